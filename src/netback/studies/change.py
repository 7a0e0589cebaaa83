"""What would have to change for a crude to enter the plan, or to leave it: the smallest change of each number.

For a parcel q of the crude let

    gain = best margin with q of it  -  best margin with none of it          (its price included)

The crude pays where gain > 0. The margin being concave in q where the plan is linear, a small parcel tells whether any
of it is bought. For each number of the case (:mod:`netback.studies.levers`) the gain is followed outwards, both ways,
until its sign changes; between the last point on this side and the first beyond, the value at which it does is closed
in on. Prices and limits move the program in proportion, so one build serves the search; every value found is then tried
on both sides in a program that is built anew. A number that is not in proportion is built at every point, and followed
only where a twentieth of it moves the gain at all.

The quantity of the crude's own offers does not bind here, nor what the law takes off it: asked is whether it pays.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.errors import DataError, Finding, NetbackError, closest
from netback.planning.model import Model, build_plan
from netback.planning.solve import Plan
from netback.planning.solve import plan as solve_plan
from netback.program.highs import Session
from netback.program.index import Index, IntArray
from netback.program.problem import Block, Problem
from netback.refinery.network import Network
from netback.studies.affine import moved_program
from netback.studies.crossing import smallest
from netback.studies.levers import Lever, cut_shares, levers, runs_of
from netback.studies.run import run_all
from netback.studies.uncertain import with_inputs

#: The gain is flat where it moves by less than this part of itself.
FLAT = 1e-6
#: Levers that one process follows before it is given more.
TOGETHER = 10
#: The value is tried on both sides at this part of the change.
BESIDE = 1e-3
#: Part of all that is bought of the same kind that makes the small parcel.
PARCEL_SHARE = 1e-3
#: Time for the plan of one scenario [s].
SCENARIO_SECONDS = 20.0
#: Kinds that enter the program in proportion, to be trusted until the value found is tried.
PROPORTIONAL = ("own price", "price", "limit")


@dataclass(frozen=True)
class Crossing:
    """The value of a lever at which the crude just enters or leaves.

    With ships ``near`` and ``far`` are values on both sides of it at which the answer is proven, as it is now and as it
    becomes; None where ships are as found, so that nothing is proven.
    """

    lever: Lever
    at: float
    near: float | None = None
    far: float | None = None

    @property
    def relative(self) -> float:
        """Change as a part of the number."""
        return (self.at - self.lever.value) / abs(self.lever.value)

    @property
    def in_range(self) -> bool:
        """Whether the value lies in the range that its row states."""
        return self.lever.within(self.at) is True

    def to_dict(self) -> dict[str, Any]:
        """As JSON shows it: the number, where it turns, and its stated range."""
        return {
            "kind": self.lever.kind,
            "number": self.lever.name,
            "now": self.lever.value,
            "at": self.at,
            "uom": self.lever.uom,
            "relative": self.relative,
            "low": self.lever.low,
            "high": self.lever.high,
            "within_range": self.lever.within(self.at),
        }


@dataclass(frozen=True)
class Changes:
    """What would have to change for a crude.

    ``gain`` [currency] is that of the parcel ``parcel`` [uom]; ``bought`` [uom] is what the plan buys. ``crossings``:
    those within their stated range first, then by relative size. ``tried`` counts the numbers that were followed, of
    ``all_numbers``: fewer where the user stopped the search.
    """

    crude: str
    parcel: float
    uom: str
    bought: float
    gain: float
    crossings: tuple[Crossing, ...]
    tried: int
    all_numbers: int = 0

    @property
    def pays(self) -> bool:
        """Whether the parcel pays as things are."""
        return self.gain > 0.0

    @property
    def flat(self) -> int:
        """Numbers of which no value was found that changes the answer."""
        return self.tried - len(self.crossings)


class Parcel:
    """The plan of a case with a parcel of one crude, or with none."""

    def __init__(self, crude: str, quantity: float) -> None:
        self.crude, self.quantity = crude, quantity
        self._with, self._without = Session(), Session()

    def program(self, case: Case) -> Problem:
        """The program of a case with a last row, the quantity of the crude, and nothing else on its offers."""
        return self.of(build_plan(case))

    def of(self, model: Model) -> Problem:
        """As :meth:`program`, of a model that is built."""
        columns = purchase_columns(model, self.crude)
        problem = model.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        lower[columns], upper[columns] = 0.0, math.inf
        rows, width = problem.shape
        total = sparse.csr_array(
            (np.ones(len(columns)), (np.zeros(len(columns), dtype=int), columns)), shape=(1, width)
        )
        return problem.with_(
            matrix=sparse.csr_array(sparse.vstack([problem.matrix, total])),
            row_lower=np.append(problem.row_lower, 0.0),
            row_upper=np.append(problem.row_upper, 0.0),
            column_lower=lower,
            column_upper=upper,
            row_blocks=(*problem.row_blocks, Block("volume_of_crude", Index.scalar(), rows)),
        )

    def gain(self, problem: Problem) -> float | None:
        """Best margin with the parcel less that without [currency]; None where one of them has no plan."""
        found = []
        for session, held in ((self._with, self.quantity), (self._without, 0.0)):
            lower, upper = problem.row_lower.copy(), problem.row_upper.copy()
            lower[-1] = upper[-1] = held
            raw = session.solve(problem.with_(row_lower=lower, row_upper=upper))
            if raw.status != "optimal" or raw.objective is None:
                return None
            found.append(raw.objective)
        return found[0] - found[1]


def first_lot(model: Model, crude: str) -> int:
    """Lot of the first offer of a stream or offer of that name; raises DataError if nothing is offered."""
    purchase_columns(model, crude)
    return next(t.lot for t in model.tranches if crude in (t.offer, model.network.lots[t.lot].stream))


def purchase_columns(model: Model, crude: str, only: int | None = None) -> IntArray:
    """Columns in which a stream or offer of that name is bought, in all periods or in one (by number).

    Raises
    ------
    DataError
        If nothing of that name is offered.
    """
    found = [
        model.build.blocks["purchase"].ids[position, period]
        for position, tranche in enumerate(model.tranches)
        if crude in (tranche.offer, model.network.lots[tranche.lot].stream)
        for period, record in enumerate(tranche.line)
        if record is not None and only in (None, period)
    ]
    if not found:
        names = [t.offer for t in model.tranches] + [model.network.lots[t.lot].stream for t in model.tranches]
        hint = closest(crude, names) or f"Offered: {', '.join(dict.fromkeys(names))}."
        raise DataError(Finding("", f'"{crude}" is not offered in {model.case.subject}.', hint))
    return np.array(found, dtype=np.int64)


def changes(
    plan: Plan,
    crude: str,
    quantity: float | None = None,
    jobs: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Changes:
    """The smallest change of each number that makes a crude enter a plan, or leave it.

    Parameters
    ----------
    plan
        A solved plan without pools, whole ships and lots.
    crude
        Stream or offer.
    quantity
        The parcel [uom of the stream]; a thousandth of what the plan buys of the kind when None.
    jobs
        Processes, see :func:`netback.studies.run.run_all`.
    watch
        Called with the number of parts done and of all.

    Raises
    ------
    DataError
        If nothing of that name is offered, something is whole or mixed, the parcel is none, or one of both plans does
        not exist.
    """
    model = plan.model
    columns = purchase_columns(model, crude)
    _require(plan, quantity)
    uom = model.network.stream_of(first_lot(model, crude)).uom
    quantity = _small(plan, uom) if quantity is None else quantity
    parcel = Parcel(crude, quantity)
    gain = parcel.gain(parcel.of(model))
    if gain is None:
        what = f"there is no plan with {quantity:,.6g} {uom} of {crude}, or none without any of it."
        raise DataError(
            Finding("", what, "Ask for another parcel, or see netback value for what the plant takes.")
        )
    every = levers(model, crude)
    tasks = [
        _Task(plan.case, crude, quantity, every[start : start + TOGETHER])
        for start in range(0, len(every), TOGETHER)
    ]
    jobs = min(os.cpu_count() or 1, len(tasks)) if jobs is None else jobs
    found: list[Crossing] = []
    tried = 0
    try:
        for done, (number, crossings) in enumerate(run_all(_crossings, tasks, jobs), start=1):
            found += crossings
            tried += len(tasks[number].levers)
            if watch is not None:
                watch(done, len(tasks))
    except KeyboardInterrupt:
        # What is known by then is worth more than nothing; the counts say what is missing.
        pass
    found.sort(key=lambda one: (not one.in_range, abs(one.relative), one.lever.name))
    return Changes(crude, quantity, uom, float(plan.x[columns].sum()), gain, tuple(found), tried, len(every))


def _require(plan: Plan, quantity: float | None) -> None:
    problem = plan.model.problem
    if not problem.is_linear:
        what = "in a plan with pools that mix no smallest change is searched."
        raise DataError(Finding("--change", what, "Ask the segregated plan: leave out --pooling."))
    if problem.is_integer:
        what = "something is whole in this plan: first barrels of it have no worth of their own."
        raise DataError(Finding("--change", what, "Ask by month: netback.studies.cargo_change."))
    if quantity is not None and not (math.isfinite(quantity) and quantity > 0.0):
        raise DataError(Finding("--parcel", f"{quantity:g} is no quantity above 0.", "Write 70kt."))


def _small(plan: Plan, uom: str) -> float:
    """A small parcel [uom of the stream]."""
    network: Network = plan.model.network
    same = [k for k, t in enumerate(plan.model.tranches) if network.stream_of(t.lot).uom == uom]
    ids = plan.model.build.blocks["purchase"].ids[same]
    return max(float(plan.x[ids].sum()) * PARCEL_SHARE, 1e-3)


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    quantity: float
    levers: tuple[Lever, ...]


def _crossings(task: _Task) -> list[Crossing]:
    """The values of some levers at which the sign of the gain changes, each tried on both sides."""
    parcel = Parcel(task.crude, task.quantity)
    model = build_plan(task.case)
    base = parcel.of(model)
    now = parcel.gain(base)
    if now is None:
        return []
    found = (_crossing(_Built(task, one, parcel, model, base), one, now) for one in task.levers)
    return [one for one in found if one is not None]


def _crossing(built: _Built, lever: Lever, now: float) -> Crossing | None:
    quick = built.in_proportion()
    if quick is not None:
        at = smallest(quick, lever, now)
        if at is None or _holds(built.gain, lever.value, at, now):
            return None if at is None else Crossing(lever, at)
    # Not in proportion, or only near by: built at every point.
    near = [built.gain(lever.value * factor) for factor in (0.95, 1.05)]
    if all(there is None or abs(there - now) <= FLAT * abs(now) for there in near):
        return None
    at = smallest(built.gain, lever, now)
    if at is None or not _holds(built.gain, lever.value, at, now):
        return None
    return Crossing(lever, at)


class _Built:
    """The gain as a function of one lever: in programs that are built, or in one that is moved."""

    def __init__(self, task: _Task, lever: Lever, parcel: Parcel, model: Model, base: Problem) -> None:
        self.task, self.lever, self.parcel, self.model, self.base = task, lever, parcel, model, base

    def gain(self, value: float) -> float | None:
        """Gain with the lever at a value; None where no sound plan follows."""
        problem = self.at(value)
        return None if problem is None else self.parcel.gain(problem)

    def at(self, value: float) -> Problem | None:
        """The program with the lever at a value; None where no sound one follows."""
        if value == self.lever.value:
            return self.base
        if self.lever.most is not None and value > self.lever.most:
            return None
        if self.lever.cell is None:
            return shifted(self.model, self.base, self.task.crude, self.lever.name, value / 100.0)
        try:
            return self.parcel.program(with_inputs(self.task.case, {self.lever.cell: value}))
        except NetbackError:
            return None

    def in_proportion(self) -> Callable[[float], float | None] | None:
        """The gain in a program that is moved instead of built; None where it does not move in proportion."""
        value, most = self.lever.value, self.lever.most
        if self.lever.cell is None:
            return self.gain
        trials = (0.99,) if self.lever.kind in PROPORTIONAL else (0.99, 0.95)
        others = [(factor * value, self.at(factor * value)) for factor in trials]
        if any(problem is None for _, problem in others):
            return None
        moved = moved_program(self.base, value, [(v, p) for v, p in others if p is not None])
        if moved is None:
            return None

        def gain(v: float) -> float | None:
            if most is not None and v > most:
                return None
            try:
                return self.parcel.gain(moved(v))
            except NetbackError:
                # A least above the greatest: as unsound as in a build.
                return None

        return gain


def _holds(gain: Callable[[float], float | None], value: float, at: float, now: float) -> bool:
    """Whether the crude changes between a hair before a value and a hair beyond it, in programs built anew."""
    hair = BESIDE * (at - value)
    before, beyond = gain(at - hair), gain(at + hair)
    if before is None or beyond is None:
        return False
    return (before > 0.0) == (now > 0.0) != (beyond > 0.0)


def shifted(model: Model, problem: Problem, crude: str, stream: str, share: float) -> Problem | None:
    """The program with another yield of one cut of a crude [mass per mass], the other cuts in proportion.

    Their qualities stay as they are. None where the yield is no share.
    """
    shares = cut_shares(model, crude)
    rest = 1.0 - shares[stream] / sum(shares.values())
    whole = sum(shares.values())
    if not 0.0 <= share <= whole or rest <= 0.0:
        return None
    number = runs_of(model, crude)[0]
    run = model.network.runs[number]
    columns = model.build.blocks["run"].ids[number]
    matrix = problem.matrix.tolil(copy=True)
    for lot, amount in run.outputs:
        rows = model.build.balance_ids(lot)
        name = model.network.lots[lot].stream
        if rows is None:
            continue
        factor = share / shares[name] if name == stream else (whole - share) / (whole * rest)
        for row, column in zip(rows, columns, strict=True):
            matrix[row, column] += (factor - 1.0) * amount
    return problem.with_(matrix=sparse.csr_array(matrix))


@dataclass(frozen=True)
class ScenarioState:
    """How much of a crude the plan of a scenario buys [uom of the stream]; None where the scenario has no plan."""

    scenario: str
    bought: float | None


def scenario_states(
    case: Case, crude: str, jobs: int | None = None, period: int | None = None
) -> tuple[ScenarioState, ...]:
    """What the plan of every scenario of a case buys of a crude, in all or in one period (by number).

    None of a case that is a scenario itself.
    """
    if case.scenario is not None:
        return ()
    names = [str(row["scenario"]) for row in case.table("scenarios").records]
    found = [ScenarioState(name, None) for name in names]
    for place, state in run_all(_state, [(case, name, crude, period) for name in names], jobs):
        found[place] = state
    return tuple(found)


def _state(task: tuple[Case, str, str, int | None]) -> ScenarioState:
    case, name, crude, period = task
    try:
        solved = solve_plan(case.in_scenario(name), time_limit=SCENARIO_SECONDS)
        columns = purchase_columns(solved.model, crude, period)
    except NetbackError:
        return ScenarioState(name, None)
    return ScenarioState(name, float(solved.x[columns].sum()) if solved.solved else None)
