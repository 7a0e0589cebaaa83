"""Which assumptions decide what a cargo is worth, and how wide their ranges make it.

Rows of a table that differ only in their period say one thing month by month, by one method and often from one source:
they are one assumption, and move together from their low to their high ends. Each assumption is put to both ends, and
ranked by what that does to the break-even prices; samples draw all of them at once, each a triangle.

Planning every month anew for every end and sample would take hours, so *the ships stay*: changed cases are answered
with the ships of every plan that was found for the case as stated, with and without the cargo in each month. For each
of them all quantities are planned anew (a linear program of an instant), and the best that has the cargo stands against
the best that has not. More freedom would raise both sides, so effects are overstated where ships could answer;
:func:`first_anew` plans the assumptions that come out first with all ships chosen anew. Plans in which nothing is whole
are always planned anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from netback.case.case import Case
from netback.errors import NetbackError
from netback.program.highs import Session
from netback.program.problem import FloatArray
from netback.studies.asked import Asked, Question
from netback.studies.lifting import (
    Known,
    Lifting,
    Watch,
    best_plan,
    fits,
    lift_of,
    lifts_again,
    polished,
    processes,
    with_these_ships,
)
from netback.studies.run import run_all
from netback.studies.sampling import latin_parts, triangle
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs

#: Assumptions that are put to both ends.
MOST_KEPT = 10
#: Assumptions at the head of the list that are planned anew, and how many may have to be.
MOST_FIRST = 3
MOST_ANEW = 6
#: Steps of the price with the ships of one plan; the second is off by what the size of the cargo changes only.
STEPS = 2
PERCENTILES = (5.0, 50.0, 95.0)


@dataclass(frozen=True)
class Assumption:
    """Uncertain inputs that differ only in their period and move together."""

    table: str
    key: str
    column: str
    inputs: tuple[Uncertain, ...]

    @property
    def name(self) -> str:
        """Place in one line: ``sales furnace_oil_export price``."""
        return f"{self.table} {self.key} {self.column}"

    def label(self, case: Case) -> str:
        """What it is, in words: ``cargo costs: urals suez, freight``; by the title of its row where it has one."""
        table = case.table(self.table)
        record = next(record for record in table.records if record.row == self.inputs[0].row)
        title = record["title"] if "title" in table.schema.by_name else None
        what, column = self.table.replace("_", " "), self.column.replace("_", " ")
        key = ", ".join(word.replace("_", " ") for word in self.key.split() if word != "1")
        ending = "" if column in what or column == "value" else f", {column}"
        return f"{what}: {title or key}{ending}"

    def reach(self, case: Case) -> str:
        """Its range: from low to high in its uom, or in per cent of what is stated where several numbers move.

        Of nothing there are no per cent: where one of several is stated as 0 their widest ends are told.
        """
        if len(self.inputs) == 1 or any(one.value == 0.0 for one in self.inputs):
            low, high = min(one.low for one in self.inputs), max(one.high for one in self.inputs)
            return f"{places(low)} to {places(high)} {self.measure(case)}".strip()
        low, high = (
            100.0 * float(np.mean([(getattr(one, end) - one.value) / abs(one.value) for one in self.inputs]))
            for end in ("low", "high")
        )
        return f"{low:+.0f} to {high:+.0f} %".replace("-", "\N{MINUS SIGN}")

    def measure(self, case: Case) -> str:
        """Uom of its numbers; of money without one the currency, per what the row says."""
        table = case.table(self.table)
        record = next(record for record in table.records if record.row == self.inputs[0].row)
        column = table.schema.by_name[self.column]
        for name in (f"{self.column}_uom", "uom"):
            if name in table.schema.by_name and record[name]:
                return str(record[name])
        if self.column in ("cost", "price"):
            per = record["per"] if "per" in table.schema.by_name else None
            return f"{case.currency}/{per}" if per else case.currency
        return column.uom

    @property
    def status(self) -> str:
        """The weakest word behind its numbers."""
        return max(self.inputs, key=lambda one: one.doubt).status

    @property
    def doubt(self) -> float:
        """Greatest doubt in its sources, 0 to 1."""
        return max(one.doubt for one in self.inputs)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of its sources, each once."""
        names = [name.strip() for one in self.inputs for name in one.source.split(";")]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def far(self) -> float:
        """The end that is farther from what is stated: 1 high, -1 low."""
        up = sum((one.high - one.value) / (one.high - one.low) for one in self.inputs)
        return 1.0 if up >= 0.5 * len(self.inputs) else -1.0

    @property
    def whole_of_far(self) -> float:
        """The whole range as a multiple of the way to its far end."""
        part = sum(
            (one.high - one.value if self.far > 0.0 else one.value - one.low) / (one.high - one.low)
            for one in self.inputs
        )
        return len(self.inputs) / part

    def at(self, part: float) -> Mapping[Uncertain, float]:
        """Its inputs at a part of the way to the high end (below 0: to the low end); 0 is as stated."""
        return {
            one: one.value + part * (one.high - one.value if part > 0.0 else one.value - one.low)
            for one in self.inputs
        }


@dataclass(frozen=True)
class Effect:
    """Worths with one assumption at its ends, float (questions,) [currency per barrel]; NaN: no plan.

    ``at_low`` and ``at_high`` are break-even prices, ``headrooms`` float (3, questions) those less the price: at the
    low end, as stated, at the high end. ``anew`` says whether all ships were chosen anew.
    """

    assumption: Assumption
    at_low: FloatArray
    at_high: FloatArray
    headrooms: FloatArray
    anew: bool = False

    @cached_property
    def width(self) -> float:
        """Mean distance between both ends over the questions that have both."""
        return _mean(np.abs(self.at_high - self.at_low))


@dataclass(frozen=True)
class Samples:
    """Break-even prices and headrooms over samples, float (count, questions) [currency per barrel]; NaN: no plan."""

    break_evens: FloatArray
    headrooms: FloatArray
    assumptions: int
    seed: int

    def percentiles(self) -> FloatArray:
        """Break-even prices: 5th, 50th and 95th percentile, float (3, questions)."""
        found = np.full((len(PERCENTILES), self.break_evens.shape[1]), np.nan)
        known = np.isfinite(self.break_evens).any(axis=0)
        if known.any():
            found[:, known] = np.nanpercentile(self.break_evens[:, known], PERCENTILES, axis=0)
        return found

    def pays(self) -> FloatArray:
        """Share of the samples in which lifting pays, float (questions,); NaN where none has a plan."""
        known = np.isfinite(self.headrooms).sum(axis=0)
        paying = (self.headrooms > 0.0).sum(axis=0)
        return np.where(known > 0, paying / np.maximum(known, 1), np.nan)

    @property
    def failed(self) -> int:
        """Samples without a plan for some question that others answer."""
        missing = np.isnan(self.headrooms)
        return int(missing[:, ~missing.all(axis=0)].any(axis=1).sum())


def assumptions_of(case: Case) -> tuple[Assumption, ...]:
    """Every uncertain input of a case, those that differ only in their period as one, in the order of the tables."""
    rows = {table.name: {record.row: record for record in table.records} for table in case.tables.values()}
    groups: dict[tuple[str, str, str], list[Uncertain]] = {}
    for one in uncertain_inputs(case):
        table, record = case.table(one.table), rows[one.table][one.row]
        if "period" in table.schema.by_name:
            record = record.with_(period=None)
        key = " ".join(str(value) for value in table.key(record) if value is not None)
        groups.setdefault((one.table, key, one.column), []).append(one)
    return tuple(Assumption(*place, tuple(inputs)) for place, inputs in groups.items())


def effects(
    case: Case, lifting: Lifting, jobs: int | None = None, watch: Watch | None = None
) -> tuple[Effect, ...]:
    """The assumptions that do most to the break-even prices between the ends of their ranges, the most first.

    Every assumption is put to the end that is farther from what is stated; those that come out first, to both.
    """
    found = assumptions_of(case)
    far = [one.far for one in found]
    total = len(found) + 1 + min(MOST_KEPT, len(found))

    def watched(before: int) -> Watch | None:
        return None if watch is None else lambda done, _: watch(before + done, total)

    first = [{}, *(one.at(end) for one, end in zip(found, far, strict=True))]
    stated = answers(case, lifting, first, jobs, watched(0))
    guessed = [
        _mean(np.abs(made - stated[0, 0])) * one.whole_of_far
        for one, made in zip(found, stated[1:, 0], strict=True)
    ]
    kept = sorted(range(len(found)), key=lambda k: -guessed[k])[:MOST_KEPT]
    near = answers(case, lifting, [found[k].at(-far[k]) for k in kept], jobs, watched(len(first)))
    both = []
    for k, other in zip(kept, near, strict=True):
        low, high = (other, stated[1 + k]) if far[k] > 0.0 else (stated[1 + k], other)
        both.append(Effect(found[k], low[0], high[0], np.stack([low[1], stated[0, 1], high[1]])))
    return tuple(sorted(both, key=lambda effect: -effect.width))


def effect_of(case: Case, lifting: Lifting, assumption: Assumption, jobs: int | None = None) -> Effect:
    """What one assumption does at both ends of its range."""
    made = answers(case, lifting, [assumption.at(-1.0), {}, assumption.at(1.0)], jobs)
    return Effect(assumption, made[0, 0], made[2, 0], made[:, 1])


def first_anew(
    case: Case,
    lifting: Lifting,
    effects: Sequence[Effect],
    jobs: int | None = None,
    watch: Watch | None = None,
) -> tuple[Effect, ...]:
    """The effects, of which the first ``MOST_FIRST`` are planned anew and in the order that this gives.

    Ships that stay overstate what an assumption does, so what is planned anew may fall behind the next one, which is
    then planned anew too, up to ``MOST_ANEW`` in all.
    """
    found = list(effects)
    for done in range(1, MOST_ANEW + 1):
        place = next((k for k, one in enumerate(found[:MOST_FIRST]) if not one.anew), None)
        if place is None:
            break
        found[place] = planned_anew(case, lifting, [found[place]], jobs)[0]
        found.sort(key=lambda effect: -effect.width)
        if watch is not None:
            watch(done, MOST_ANEW)
    return tuple(found)


def planned_anew(
    case: Case,
    lifting: Lifting,
    effects: Sequence[Effect],
    jobs: int | None = None,
    watch: Watch | None = None,
) -> tuple[Effect, ...]:
    """The same effects with all ships chosen anew at both ends."""
    questions = [lift.question for lift in lifting.lifts]
    cases = [with_inputs(case, one.assumption.at(end)) for one in effects for end in (-1.0, 1.0)]
    guesses = [one.headrooms[end].tolist() for one in effects for end in (0, 2)]
    found = lifts_again(
        cases, lifting.crude, questions, lifting.gap, jobs, watch, guesses, lifting.ships, lifting.alone
    )
    made = np.full((len(cases), 2, len(questions)), np.nan)
    for place, lifts in enumerate(found):
        if lifts is not None:
            made[place] = [lift.break_even for lift in lifts], [lift.headroom for lift in lifts]
    stated = [lift.headroom for lift in lifting.lifts]
    return tuple(
        replace(
            one,
            at_low=made[2 * k, 0],
            at_high=made[2 * k + 1, 0],
            headrooms=np.stack([made[2 * k, 1], stated, made[2 * k + 1, 1]]),
            anew=True,
        )
        for k, one in enumerate(effects)
    )


def places(value: float) -> str:
    """A number with the places that its size deserves."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:,.5g}"


def _mean(apart: FloatArray) -> float:
    """Mean of what is known; 0 where nothing is."""
    return float(np.nanmean(apart)) if np.isfinite(apart).any() else 0.0


def samples(
    case: Case,
    lifting: Lifting,
    count: int,
    seed: int = 0,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Samples:
    """Break-even prices over a Latin hypercube of all assumptions, each moving its inputs together."""
    found = assumptions_of(case)
    parts = latin_parts(len(found), count, seed)
    drawn = [
        {one: _drawn(one, part) for assumption, part in zip(found, row, strict=True) for one in assumption.inputs}
        for row in parts
    ]  # fmt: skip
    made = answers(case, lifting, drawn, jobs, watch)
    return Samples(made[:, 0], made[:, 1], len(found), seed)


def _drawn(one: Uncertain, part: float) -> float:
    ends = (np.array(end) for end in (one.low, min(max(one.value, one.low), one.high), one.high))
    return float(triangle(np.array(part), *ends))


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    questions: tuple[Question, ...]
    ships: tuple[FloatArray, ...]
    changes: tuple[tuple[Uncertain, float], ...]
    alone: bool


def answers(
    case: Case,
    lifting: Lifting,
    changes: Sequence[Mapping[Uncertain, float]],
    jobs: int | None = None,
    watch: Watch | None = None,
) -> FloatArray:
    """Break-even prices and headrooms of changed cases, float (cases, 2, questions) [currency per barrel].

    The questions and ships are those of ``lifting``; NaN where there is no plan.
    """
    questions = tuple(lift.question for lift in lifting.lifts)
    tasks = [
        _Task(case, lifting.crude, questions, lifting.ships, tuple(change.items()), lifting.alone)
        for change in changes
    ]
    made = np.full((len(tasks), 2, len(questions)), np.nan)
    heavy = bool(case.table("cargoes").records) and len(tasks) > 1
    for done, (number, found) in enumerate(
        run_all(_answer, tasks, processes(jobs, len(tasks), heavy=heavy)), 1
    ):
        made[number] = found
        if watch is not None:
            watch(done, len(tasks))
    return made


def _answer(task: _Task) -> FloatArray:
    """Float (2, questions): break-even prices and headrooms."""
    made = np.full((2, len(task.questions)), np.nan)
    try:
        asked = Asked(with_inputs(task.case, dict(task.changes)), task.crude, task.alone)
        if asked.linear:
            best = best_plan(asked)
            for place, question in enumerate(task.questions):
                lift = lift_of(asked, question, best)
                made[:, place] = lift.break_even, lift.headroom
            return made
        return _with_ships(asked, task, made)
    except NetbackError:
        return made


def _with_ships(asked: Asked, task: _Task, made: FloatArray) -> FloatArray:
    """With the numbers of ships of known plans."""
    session = Session()
    found = with_these_ships(asked, task.ships, session)
    for place, question in enumerate(task.questions):
        if question.kind in ("cargo", "committed"):
            made[:, place] = _headroom(asked, question, found, session)
    return made


def _headroom(
    asked: Asked, question: Question, known: Sequence[Known], session: Session
) -> tuple[float, float]:
    """Break-even price and headroom of a question, of the plans known; NaN where one side has none."""
    sides = [
        [one for one in known if fits(asked, question, held, one)]
        for held in (asked.held(question, with_it=True), asked.held(question, with_it=False))
    ]
    if not sides[0] or not sides[1]:
        return np.nan, np.nan
    base = max(sides[1], key=lambda one: one.value)
    weights = asked.weights(question)
    committed = float(weights @ base.x)

    def first(one: Known) -> float:
        return (one.value - base.value) / (float(weights @ one.x) - committed)

    columns = asked.columns(question)
    one = max(sides[0], key=first)
    rise = polished(asked.problem, weights, committed, one, base, 0.0, STEPS, session)
    loaded = np.array([float(one.x[column.column]) for column in columns])
    prices = [asked.record(column.offer, question.period)[1] for column in columns]
    scale = asked.barrels[1]
    price = float(np.dot(prices, loaded) / loaded.sum()) / scale
    return price + rise / scale, rise / scale
