"""At what price a cargo was worth lifting in each month: the price at which the plan with it is as good as without.

For what is asked (:mod:`netback.studies.asked`), with M1(d) the best margin of all plans that have it, its price raised
by d, and M0 the best margin of all plans that do not have it, everything else free to answer in both,

    headroom     the d at which M1(d) = M0;   break-even price = price + headroom
    verdict      lift where the headroom is above zero, leave where it is below

so with a positive headroom every best plan loads the cargo, and with a negative one a single cargo is worth less than
none: where one at most may load, the verdict is that of the best plan. M1 falls in d by the weight w(x) of what is
loaded, so Newton's step d + (M1(d) - M0) / w(x) climbs to the root and, the largest cargo being known, reaches it in
one to three plans (Dinkelbach, On nonlinear fractional programming, 1967).

The interval follows from the proofs. Every plan x found with the cargo, of margin c'x at the price as it stands, beats
every plan without it while d <= (c'x - bound of M0) / w(x). No plan with it beats the best one known without it once
d >= d' + (bound of M1(d') - M0) / (least w; most w where that difference is below zero). Between the two ends a verdict
is not proven; it is then told as such.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netback.case.case import Case
from netback.errors import NetbackError
from netback.planning.phrases import failure_findings
from netback.planning.solve import fixed_integers
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.problem import FloatArray, Problem
from netback.program.separable import solve_separable
from netback.studies.asked import Asked, Question
from netback.studies.first_barrel import first_barrel
from netback.studies.lifts import Known, Lift, Lifting, priced_by
from netback.studies.run import run_all

Watch = Callable[[int, int], None]
#: Relative gap of each plan: of two hundred million dollars two thousand, a third of a cent per barrel of a cargo.
GAP = 1e-5
#: What a break-even may be off by for rounding [currency per uom].
ROUNDING = 1e-6
#: Plans with the cargo that are tried for one break-even.
MOST_ROUNDS = 5
#: Steps with the ships of one plan.
MOST_POLISHES = 8
#: A break-even is found when its interval is this narrow [currency per barrel].
NARROW = 0.02
#: The same for cases that are changed to see what a change does.
COARSE = 0.05


def solved(problem: Problem, gap: float, start: FloatArray | None = None) -> Known | None:
    """The best plan of a program, checked; None where there is none. A good ``start`` leaves the proof to be found."""
    if problem.is_integer:
        raw = solve_separable(problem, gap=gap, start=start, search=None if start is None else "proof")
    else:
        raw = Session().solve(problem)
    if raw.status != "optimal" or raw.x is None:
        return None
    found = certify(problem, raw)
    if found.value is None or found.word not in ("proven", "feasible"):
        return None
    return Known(found.value, math.inf if found.bound is None else max(found.bound, found.value), raw.x)


def with_these_ships(
    asked: Asked, ships: Iterable[FloatArray], session: Session | None = None
) -> list[Known]:
    """Plans with given numbers of ships, each float (integers,), all quantities planned anew; those that there are."""
    whole = asked.problem.integer
    distinct = {tuple(np.round(numbers)): numbers for numbers in ships}
    session, found = session or Session(), []
    for numbers in distinct.values():
        if len(numbers) != int(whole.sum()):
            continue
        x = np.zeros(len(whole))
        x[whole] = numbers
        raw = session.solve(fixed_integers(asked.problem, x))
        if raw.status == "optimal" and raw.x is not None and raw.objective is not None:
            found.append(Known(raw.objective, raw.objective, raw.x))
    return found


def lift_of(
    asked: Asked,
    question: Question,
    best: Known,
    gap: float = GAP,
    guess: float = 0.0,
    known: Sequence[Known] = (),
    narrow: float = NARROW,
) -> Lift:
    """Worth of one question; ``best`` is the best plan of the case, :func:`best_plan`.

    ``guess`` is a headroom [currency per barrel] to begin with: near the answer it saves a plan. ``known`` are plans
    to begin with, ``narrow`` the interval at which a break-even is found [currency per barrel].
    """
    per, scale = asked.barrels
    uom = asked.model.network.stream_of(asked.lot).uom
    empty = Lift(question, "not on offer", uom, per, scale)
    if question.kind == "none":
        return empty
    if question.kind == "volume" and not asked.may_load(question):
        return replace(empty, planned=asked.count(question, best.x), word="out of reach")
    empty = replace(empty, planned=asked.count(question, best.x))
    if question.kind == "first":
        base = solved(asked.held(question, with_it=False), gap)
        if base is None:
            return replace(empty, word="must")
        return first_barrel(asked, question, best, base, empty)
    # The best plan of all is the best one of the side that it is on.
    target = asked.held(question, with_it=True).row_upper[-1]
    count, none = empty.planned, asked.number(question)
    free = question.kind == "cargo"
    side = asked.held(question, with_it=False)
    base = best if free and count == none else solved(side, gap, _start(asked, question, side, known))
    if base is None:
        return replace(empty, word="must")
    first = best if free and count == target and not guess else None
    search = _Search(gap, narrow * scale, guess * scale, known)
    return _root(asked, question, base, first, search, empty)


@dataclass(frozen=True)
class _Search:
    """How a break-even is sought: gap of a plan, its interval and a first guess [currency per uom], plans known."""

    gap: float
    narrow: float
    guess: float
    known: Sequence[Known]


def fits(asked: Asked, question: Question, held: Problem, one: Known) -> bool:
    """Whether a plan is one of a side of the question, ``held``."""
    whole = held.integer
    numbers = one.x[whole]
    return (
        asked.count(question, one.x) == held.row_upper[-1]
        and bool((numbers >= held.column_lower[whole] - 1e-6).all())
        and bool((numbers <= held.column_upper[whole] + 1e-6).all())
    )


def _start(
    asked: Asked,
    question: Question,
    held: Problem,
    known: Sequence[Known],
    worth: Callable[[Known], float] | None = None,
) -> FloatArray | None:
    """The best point known of one side of the question, by ``worth`` if told."""
    mine = [one for one in known if fits(asked, question, held, one)]
    return max(mine, key=worth or (lambda one: one.value)).x if mine else None


def best_plan(asked: Asked, gap: float = GAP, known: Sequence[Known] = ()) -> Known:
    """The best plan of the case; plans that are known shorten the search.

    Raises
    ------
    ModelError
        If there is none.
    """
    near = max(known, key=lambda one: one.value, default=None)
    found = solved(asked.problem, gap, None if near is None else near.x)
    if found is None:
        raw = Session().solve(asked.problem, gap=gap)
        raise failure_findings(
            asked.model, "proven infeasible" if raw.status == "infeasible" else "not solved", raw.message
        )
    return found


def _root(
    asked: Asked,
    question: Question,
    base: Known,
    first: Known | None,
    search: _Search,
    empty: Lift,
) -> Lift:
    """Newton's steps to the price rise at which the plan with what is asked is as good as ``base``."""
    problem, weights = asked.held(question, with_it=True), asked.weights(question)
    ends = asked.ends(question)
    near = _start(
        asked,
        question,
        problem,
        search.known,
        lambda plan: plan.value - search.guess * float(weights @ plan.x),
    )
    found = root(problem, weights, ends, base, first, search.gap, search.guess, search.narrow, near)
    if found is None:
        return replace(empty, word="out of reach")
    return _told(
        asked,
        question,
        found.one,
        base,
        (found.rise, found.low, found.high),
        replace(empty, margin_with=found.margin),
    )


@dataclass(frozen=True)
class Root:
    """The price rise at which a plan with something is as good as one without, with its proven ends.

    ``one`` is the plan with it that is best there, ``margin`` the best known one with it at the price as it stands.
    """

    rise: float
    low: float
    high: float
    one: Known
    margin: float


def root(
    problem: Problem,
    weights: FloatArray,
    ends: tuple[float, float],
    base: Known,
    first: Known | None = None,
    gap: float = GAP,
    guess: float = 0.0,
    narrow: float = NARROW,
    near: FloatArray | None = None,
) -> Root | None:
    """Newton's steps to the price rise at which the plan with something is as good as ``base``; None without a plan.

    Parameters
    ----------
    problem
        The program whose plans all have it.
    weights
        What a price rise of 1 costs, float (n,); what ``base`` has of it is left at its price.
    ends
        Least and greatest such weight of any plan that has it.
    base, first
        The best plan without it, and the best one with it at the price as it stands, where that is known.
    gap, guess, narrow
        Relative gap of each plan; a rise to begin with; the width of the ends that is narrow enough.
    near
        A good point with it, where one is known: the search then looks for the proof alone.
    """
    committed = float(weights @ base.x)
    least, most = (end - committed for end in ends)
    rise, low, high = guess, -math.inf, math.inf
    one, margin = first, math.nan
    for _ in range(MOST_ROUNDS):
        priced = _priced_up(problem, weights, committed, rise)
        if one is None or rise:
            one = solved(priced, gap, near if one is None else one.x)
        if one is None:
            return None
        loaded = float(weights @ one.x) - committed
        # At the price as it stands the same plan earns what the rise took.
        own = one.value + rise * loaded
        margin = own if math.isnan(margin) else max(margin, own)
        low = max(low, (own - base.bound) / loaded)
        beyond = one.bound - base.value
        high = min(high, rise + beyond / (least if beyond > 0.0 else most))
        rise = polished(problem, weights, committed, one, base, rise)
        # A step within both ends but for rounding is at the root.
        if high - low <= narrow and low - ROUNDING <= rise <= high + ROUNDING:
            break
    assert one is not None
    return Root(rise, low, high, one, margin)


def _priced_up(problem: Problem, weights: FloatArray, committed: float, rise: float) -> Problem:
    """The program with what is asked dearer, what is committed of it left as it is."""
    return problem.with_(
        objective=problem.objective - rise * weights, offset=problem.offset + rise * committed
    )


def polished(
    problem: Problem,
    weights: FloatArray,
    committed: float,
    one: Known,
    base: Known,
    rise: float,
    most: int = MOST_POLISHES,
    session: Session | None = None,
) -> float:
    """Newton's steps from a rise of the price as far as the whole numbers of one plan go, by small linear programs.

    ``weights`` float (n,) is what a rise of 1 costs, of which ``committed`` is left as it is; ``problem`` has what is
    asked, ``base`` has not.
    """
    session, x, value = session or Session(), one.x, one.value
    held = fixed_integers(problem, one.x)
    for left in range(most, 0, -1):
        step = (value - base.value) / (float(weights @ x) - committed)
        rise += step
        if not problem.is_integer or abs(step) <= 1e-6 or left == 1:
            break
        raw = session.solve(_priced_up(held, weights, committed, rise))
        if raw.status != "optimal" or raw.x is None or raw.objective is None:
            break
        x, value = raw.x, raw.objective
    return rise


def _told(
    asked: Asked,
    question: Question,
    one: Known,
    base: Known,
    found: tuple[float, float, float],
    empty: Lift,
) -> Lift:
    """The answer in prices per barrel, from a plan with what is asked and the rise with its ends."""
    rise, low, high = (end / empty.per_volume for end in found)
    columns = asked.columns(question)
    loaded = np.array([float(one.x[column.column]) for column in columns])
    volume = float(loaded.sum())
    largest = columns[int(loaded.argmax())]
    prices = [asked.record(column.offer, question.period)[1] for column in columns]
    price = float(np.dot(prices, loaded)) / volume
    weight = float(np.dot([column.weight for column in columns], loaded)) / volume
    landed = price + asked.added(question, one.x) / volume
    lift = priced_by(asked, question, largest.offer, replace(empty, price=price / empty.per_volume))
    return replace(
        lift,
        word="lift" if low > 0.0 else "leave" if high < 0.0 else "cannot tell",
        cargo=largest.cargo,
        volume=volume,
        headroom=rise,
        low=lift.price + low,
        high=lift.price + high,
        landed=landed / empty.per_volume,
        worth=landed / empty.per_volume + rise * weight,
        margin_without=base.value,
        plans=tuple(known.x[asked.problem.integer] for known in (one, base)),
    )


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    questions: tuple[Question, ...]
    best: Known | None
    gap: float
    guesses: tuple[float, ...] = ()
    alone: bool = False
    ships: tuple[FloatArray, ...] = ()
    narrow: float = NARROW


def _answers(task: _Task) -> tuple[Lift, ...]:
    asked = Asked(task.case, task.crude, task.alone)
    known = [] if task.best is None else [task.best]
    if task.ships and not asked.linear:
        known += with_these_ships(asked, task.ships)
    best = task.best or best_plan(asked, task.gap, known)
    guesses = task.guesses or (0.0,) * len(task.questions)
    return tuple(
        lift_of(asked, question, best, task.gap, guess if math.isfinite(guess) else 0.0, known, task.narrow)
        for question, guess in zip(task.questions, guesses, strict=True)
    )


def processes(jobs: int | None, tasks: int, *, heavy: bool) -> int:
    """Processes for some tasks: those of the machine where each takes seconds, one where they take an instant."""
    return min(jobs or (os.cpu_count() or 1 if heavy else 1), tasks)


def lifting(
    case: Case,
    crude: str,
    volumes: Sequence[float] = (),
    gap: float = GAP,
    jobs: int | None = None,
    watch: Watch | None = None,
    alone: bool = False,
) -> Lifting:
    """What a crude was worth in every period of a case.

    Parameters
    ----------
    case, crude
        The case in its scenario, and a stream or offer.
    volumes
        Volumes of a period [uom of the stream] in place of one cargo or barrel.
    gap
        Relative gap of each plan in which something is whole.
    jobs
        Processes; those of the machine in plans in which something is whole, else one.
    watch
        Called with the number of periods done and of all.
    alone
        Whether the crude is left out of all other periods.

    Raises
    ------
    DataError
        If nothing of that name is offered.
    ModelError
        If no sound program follows from the tables, or there is no plan.
    """
    asked = Asked(case, crude, alone)
    best = best_plan(asked, gap)
    questions = asked.questions(volumes)
    found: dict[int, Lift] = {}
    if asked.linear:
        for number, question in enumerate(questions):
            found[number] = lift_of(asked, question, best, gap)
    else:
        tasks = [_Task(case, crude, (question,), best, gap, alone=alone) for question in questions]
        count = processes(jobs, len(tasks), heavy=True)
        for done, (number, answer) in enumerate(run_all(_answers, tasks, count), start=1):
            found[number] = answer[0]
            if watch is not None:
                watch(done, len(tasks))
    lifts = tuple(found[number] for number in range(len(questions)))
    none = best if alone else solved(asked.without_any(), gap)
    return Lifting(crude, lifts, best.value, best.bound, None if none is None else none.value, gap, alone)


def lifts_again(
    cases: Sequence[Case],
    crude: str,
    questions: Sequence[Question],
    gap: float,
    jobs: int | None = None,
    watch: Watch | None = None,
    guesses: Sequence[Sequence[float]] = (),
    ships: Sequence[FloatArray] = (),
    alone: bool = False,
) -> list[tuple[Lift, ...] | None]:
    """The same questions put to changed cases, each planned anew; None for a case without a plan.

    ``guesses`` are headrooms to begin with, of each case those of its questions, ``ships`` numbers of ships, each float
    (integers,). Break-evens are found to ``COARSE``.
    """
    tasks = [
        _Task(
            case, crude, tuple(questions), None, gap, tuple(guesses[place]) if guesses else (), alone,
            tuple(ships), COARSE,
        )
        for place, case in enumerate(cases)
    ]  # fmt: skip
    found: list[tuple[Lift, ...] | None] = [None] * len(tasks)
    count = processes(jobs, len(tasks), heavy=bool(cases) and _is_heavy(cases[0]))
    for done, (number, answer) in enumerate(run_all(_maybe, tasks, count), start=1):
        found[number] = answer
        if watch is not None:
            watch(done, len(tasks))
    return found


def _maybe(task: Any) -> tuple[Lift, ...] | None:
    try:
        return _answers(task)
    except NetbackError:
        return None


def _is_heavy(case: Case) -> bool:
    """Whether a plan of the case takes seconds."""
    return bool(case.table("cargoes").records)


__all__ = [
    "GAP",
    "Known",
    "Lift",
    "Lifting",
    "Root",
    "best_plan",
    "lift_of",
    "lifting",
    "lifts_again",
    "polished",
    "processes",
    "root",
]
