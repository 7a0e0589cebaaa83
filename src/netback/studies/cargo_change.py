"""What would have to change for a cargo of one month to pay, or no longer to pay: ships chosen anew.

For what is asked of a month (:mod:`netback.studies.asked`: one cargo, one that must load, a volume) let

    gain(v) = best margin with it - best margin without it,    one number of the case at v

all else being free in both plans: other crudes, other months, sizes and ways of all ships. The crude's own price is
told by the break-even price. Every other number is followed outwards, both ways, until the gain changes its sign; rows
that differ only in their period move in proportion, as one.

A plan with ships takes seconds, so numbers are first followed *with the ships as found*: the best known plans with the
cargo and without it keep their ships, and all quantities are planned anew (linear programs). What comes out nearest is
then planned anew in full: at the value found, and again where better ships came to light, until that value stands; and
on both sides of it, at the nearest values at which the bounds prove the one answer and the other. Between the two the
proofs leave it open. Each plan is known within a relative gap of 1e-5 (:data:`netback.studies.lifting.GAP`).

What other ships would turn is not seen with the ships as found. *Thorough*, every number without a value is planned
anew at the ends of its stated range (a fifth either side where none is stated), and every value that came out anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.case.case import Case
from netback.errors import DataError, Finding, closest
from netback.program.problem import FloatArray, Problem
from netback.refinery.timeline import amount_factors, values
from netback.studies.asked import Asked, Question
from netback.studies.cargo_work import Ships, Task, anew, as_found, at_ends
from netback.studies.change import Crossing
from netback.studies.levers import Lever, in_step, levers
from netback.studies.lifting import GAP, best_plan, lift_of, lifting, processes
from netback.studies.lifts import Lift
from netback.studies.run import run_all

#: Makes the line that shows how far one step of the work is.
Watch = Callable[[str], Callable[[int, int], None] | None]
#: Values that are planned anew in full: more stay as found.
MOST_ANEW = 12
#: Numbers that are followed as one part of the work.
TOGETHER = 6
#: Plans of other months whose ships are tried as well, on either side.
MOST_SHIPS = 3


@dataclass(frozen=True)
class CargoChanges:
    """What would have to change for a crude in one month.

    ``lifts`` are the months (or the one asked about) with their break-even prices, ``lift`` that which is followed.
    ``crossings``: within their stated range first, then by relative size; ``followed`` counts the ``all_numbers`` that
    were, ``settled`` the crossings that were planned anew or need not be. ``dropped`` are numbers whose value did not
    stand when planned anew. ``thorough`` says that numbers without a value were planned anew at their ends.
    """

    crude: str
    lifts: tuple[Lift, ...]
    lift: Lift
    crossings: tuple[Crossing, ...] = ()
    all_numbers: int = 0
    followed: int = 0
    dropped: tuple[str, ...] = ()
    thorough: bool = False
    complete: bool = False


def cargo_changes(
    case: Case,
    crude: str,
    month: str = "",
    volumes: Sequence[float] = (),
    jobs: int | None = None,
    watch: Watch | None = None,
    gap: float = GAP,
    *,
    thorough: bool = False,
) -> Iterator[CargoChanges]:
    """The smallest change of each number at which a cargo begins or ceases to pay; what is known, step by step.

    Parameters
    ----------
    case, crude
        The case in its scenario, and a stream or offer.
    month
        Period of loading; that whose break-even is nearest to the price unless told.
    volumes
        Volumes of a period [uom of the stream] in place of one cargo.
    jobs
        Processes; those of the machine unless told.
    watch
        Makes a line that shows progress.
    gap
        Relative gap of each plan.
    thorough
        Whether numbers without a value with the ships as found are planned anew at the ends of their ranges.

    Raises
    ------
    DataError
        If nothing of that name is offered, the month is none in which it can be had, or every month is without a
        break-even price.
    ModelError
        If no sound program follows from the tables, or there is no plan.
    """
    lifts = _lifts(case, crude, month, volumes, jobs, watch, gap)
    known = [one for one in lifts if math.isfinite(one.headroom)]
    if not known:
        words = ", ".join(f"{one.question.name} {one.word}" for one in lifts)
        hint = "See netback value for what the plant takes, or ask another month or parcel."
        what = f"there is no break-even price of {crude}: {words}."
        raise DataError(Finding("--month" if month else "", what, hint), case.subject)
    chosen = min(known, key=lambda one: (one.question.kind == "committed", abs(one.headroom)))
    told = CargoChanges(crude, tuple(lifts), chosen)
    yield told
    if chosen.word not in ("lift", "leave"):
        yield replace(told, complete=True)
        return
    asked = Asked(case, crude)
    every = in_step(case, levers(asked.model, crude), chosen.question.name)
    told = replace(told, all_numbers=len(every))
    task = Task(
        case,
        crude,
        chosen.question,
        1.0 if chosen.word == "lift" else -1.0,
        _ships(asked, chosen, known),
        gap,
    )
    for step in _screened(told, task, every, jobs, watch):
        told = step
        yield told
    for step in _planned(told, task, MOST_ANEW if not thorough else len(every), jobs, watch):
        told = step
        yield told
    if thorough:
        for step in _at_ends(told, task, every, jobs, watch):
            told = step
            yield told
    yield replace(told, thorough=thorough, complete=True)


def _lifts(
    case: Case,
    crude: str,
    month: str,
    volumes: Sequence[float],
    jobs: int | None,
    watch: Watch | None,
    gap: float,
) -> list[Lift]:
    """Break-even prices of the months, or of the one asked about."""
    asked = Asked(case, crude)
    volumes = volumes or _usual(asked)
    if not month:
        shown = None if watch is None else watch("months")
        return list(lifting(case, crude, volumes, gap, jobs, shown).lifts)
    questions = [one for one in asked.questions(volumes) if one.name == month]
    if not questions:
        names = list(dict.fromkeys(one.name for one in asked.questions(volumes)))
        hint = closest(month, names) or f"On offer in {', '.join(names)}."
        raise DataError(Finding("--month", f'{crude} is not on offer in "{month}".', hint), case.subject)
    best = best_plan(asked, gap)
    return [lift_of(asked, one, best, gap) for one in questions]


def _usual(asked: Asked) -> list[float]:
    """The parcel of a crude that needs no ship, in a plan in which something is whole: its lot; none with ships."""
    shipped = asked.model.cargoes.offers
    if asked.linear or all(offer in shipped for offer in asked.offers):
        return []
    position, period = next(
        (n, t) for n, t in asked.positions if asked.model.tranches[n].offer not in shipped
    )
    tranche = asked.model.tranches[position]
    lot = asked.model.network.lots[tranche.lot]
    uom = asked.model.network.stream_of(tranche.lot).uom
    scale = amount_factors(asked.case, tranche.line, uom, lot.density_t_per_m3)
    sizes = [
        float((values(tranche.line, column, 0.0) * scale)[period]) for column in ("lot_size", "min_if_bought")
    ]
    if max(sizes) <= 0.0:
        what = f"something is whole in this plan, so the first barrels of {asked.crude} have no worth of their own."
        raise DataError(Finding("--parcel", what, "Name a parcel: --parcel 50kt."), asked.case.subject)
    return [max(sizes)]


def _ships(asked: Asked, chosen: Lift, known: Sequence[Lift]) -> Ships:
    """Whole numbers of known plans with what is asked, and without it: its own first, those of other months after."""
    with_it, without = ([plan] for plan in chosen.plans)
    if chosen.question.kind != "volume":
        others = [plan for lift in known if lift is not chosen for plan in lift.plans]
        for side, answer in ((with_it, True), (without, False)):
            held = asked.held(chosen.question, with_it=answer)
            for plan in others:
                if len(side) <= MOST_SHIPS and _fits(asked, chosen.question, held, plan):
                    side.append(plan)
    return tuple(with_it), tuple(without)


def _fits(asked: Asked, question: Question, held: Problem, plan: FloatArray) -> bool:
    whole = held.integer
    x = np.zeros(len(whole))
    x[whole] = plan
    inside = (plan >= held.column_lower[whole] - 1e-6) & (plan <= held.column_upper[whole] + 1e-6)
    return bool(inside.all()) and asked.count(question, x) == held.row_upper[-1]


def _sorted(found: Sequence[Crossing]) -> tuple[Crossing, ...]:
    return tuple(sorted(found, key=lambda one: (not one.in_range, abs(one.relative), one.lever.name)))


def _screened(
    told: CargoChanges, task: Task, every: Sequence[Lever], jobs: int | None, watch: Watch | None
) -> Iterator[CargoChanges]:
    """Follow every lever with the ships as found."""
    tasks = [
        replace(task, levers=tuple(every[start : start + TOGETHER]))
        for start in range(0, len(every), TOGETHER)
    ]
    shown = None if watch is None else watch("parts of the numbers, ships as found")
    yield told
    count = processes(jobs, len(tasks), heavy=len(told.lift.plans[0]) > TOGETHER)
    for done, (number, crossings) in enumerate(run_all(as_found, tasks, count), start=1):
        told = replace(
            told,
            crossings=_sorted((*told.crossings, *crossings)),
            followed=told.followed + len(tasks[number].levers),
        )
        if shown is not None:
            shown(done, len(tasks))
        yield told


def _planned(
    told: CargoChanges, task: Task, most: int, jobs: int | None, watch: Watch | None
) -> Iterator[CargoChanges]:
    """Plan the nearest crossings anew."""
    waiting = told.crossings[:most]
    tasks = [replace(task, crossing=one) for one in waiting]
    shown = None if watch is None else watch("values, ships chosen anew")
    count = processes(jobs, len(tasks), heavy=len(told.lift.plans[0]) > TOGETHER)
    for done, (number, made) in enumerate(run_all(anew, tasks, count), start=1):
        rest = [one for one in told.crossings if one is not waiting[number]]
        if made is None:
            told = replace(told, crossings=tuple(rest), dropped=(*told.dropped, waiting[number].lever.name))
        else:
            told = replace(told, crossings=_sorted([*rest, made]))
        if shown is not None:
            shown(done, len(tasks))
        yield told


def _at_ends(
    told: CargoChanges, task: Task, every: Sequence[Lever], jobs: int | None, watch: Watch | None
) -> Iterator[CargoChanges]:
    """Plan the numbers that have no crossing anew at the ends of their ranges."""
    have = {one.lever.name for one in told.crossings}
    tasks = [replace(task, levers=(lever,)) for lever in every if lever.name not in have]
    shown = None if watch is None else watch("numbers at the ends of their ranges, ships chosen anew")
    count = processes(jobs, len(tasks), heavy=len(told.lift.plans[0]) > TOGETHER)
    for done, (number, made) in enumerate(run_all(at_ends, tasks, count), start=1):
        if made is not None:
            name = tasks[number].levers[0].name
            dropped = tuple(one for one in told.dropped if one != name)
            told = replace(told, crossings=_sorted([*told.crossings, made]), dropped=dropped)
        if shown is not None:
            shown(done, len(tasks))
        yield told
