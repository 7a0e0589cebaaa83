"""Where the answer turns: the smallest change of one assumption at which lifting begins to pay, or no longer does.

The headroom of every period with an assumption at its low end, as stated and at its high end (ships as known, see
:mod:`netback.studies.deciding`) gives straight lines, which are followed beyond the range up to three times as far. The
period whose headroom meets zero first is the one that turns first. Its turn is then sought with all ships chosen anew,
by false position: what is told is the nearest value that was planned and had the other verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netback.case.case import Case
from netback.case.scenario import changed_case
from netback.errors import DataError, Finding
from netback.studies.asked import Question
from netback.studies.deciding import Assumption, Effect
from netback.studies.lifting import Lifting, Watch, lifts_again, processes
from netback.studies.run import run_all
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs

#: How many times its range an assumption is followed.
BEYOND = 3.0
#: A turn is found when the headroom there is this small [currency per barrel], or both sides of it are this close.
AT_ZERO = 0.05
CLOSE = 0.02
MOST_STEPS = 6
#: Range of a number that states none, as a share of it.
UNSTATED = 0.2
#: A value that no row has.
_PROBE = 987654.3125


@dataclass(frozen=True)
class Turn:
    """The nearest turn of one assumption.

    ``part`` of the way to its high (below 0: low) end, beyond 1 outside its range; ``row`` is the number told, at
    ``value`` there. ``period``, ``stated`` and ``becomes`` are whose verdict turns and how; blank where none does
    within ``BEYOND`` ranges. ``sought`` counts the plans with all ships chosen anew.
    """

    assumption: Assumption
    row: Uncertain
    part: float
    value: float
    period: str
    stated: str
    becomes: str
    sought: int

    @property
    def found(self) -> bool:
        """Whether some verdict turns."""
        return bool(self.period)

    @property
    def is_within(self) -> bool:
        """Whether it turns within the stated range."""
        return self.found and abs(self.part) <= 1.0


def turns(
    case: Case,
    lifting: Lifting,
    effects: Sequence[Effect],
    jobs: int | None = None,
    watch: Watch | None = None,
) -> tuple[Turn, ...]:
    """The nearest turn of each assumption."""
    found: dict[int, Turn] = {}
    tasks = [_Task(case, lifting, effect) for effect in effects]
    count = processes(jobs, len(tasks), heavy=bool(case.table("cargoes").records))
    for done, (number, turn) in enumerate(run_all(_turn, tasks, count), start=1):
        found[number] = turn
        if watch is not None:
            watch(done, len(effects))
    return tuple(found[number] for number in range(len(tasks)))


@dataclass(frozen=True)
class _Task:
    case: Case
    lifting: Lifting
    effect: Effect


def _turn(task: _Task) -> Turn:
    case, lifting, effect = task.case, task.lifting, task.effect
    guesses = [
        (part, place)
        for place, lift in enumerate(lifting.lifts)
        if math.isfinite(lift.headroom) and (part := crossing(effect.headrooms[:, place])) is not None
    ]
    for part, place in sorted(guesses, key=lambda guess: abs(guess[0]))[:2]:
        lift = lifting.lifts[place]
        exact, sought = _sought(case, lifting, effect, place, part)
        if exact is not None:
            row = told_row(effect.assumption, lift.question)
            becomes = "leave" if lift.headroom > 0.0 else "lift"
            value = effect.assumption.at(exact)[row]
            stated = "lift" if lift.headroom > 0.0 else "leave"
            return Turn(effect.assumption, row, exact, value, lift.question.name, stated, becomes, sought)
    row = effect.assumption.inputs[0]
    return Turn(effect.assumption, row, math.nan, math.nan, "", "", "", 0)


def crossing(headrooms: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    """Part of the range nearest to what is stated at which a headroom meets zero; None where it does not.

    ``headrooms`` float (3,) at the low end, as stated, at the high end.
    """
    low, stated, high = (float(one) for one in headrooms)
    found = []
    for end, side in ((high, 1.0), (low, -1.0)):
        # Towards zero, or away from it.
        if math.isfinite(end) and stated * (stated - end) > 0.0:
            found.append(side * stated / (stated - end))
    near = min(found, key=abs, default=math.inf)
    return near if abs(near) <= BEYOND else None


def told_row(assumption: Assumption, question: Question) -> Uncertain:
    """The number of an assumption that stands for it: that of the period asked, else the first."""
    for one in assumption.inputs:
        if question.name in one.key.split():
            return one
    return assumption.inputs[0]


def _sought(
    case: Case, lifting: Lifting, effect: Effect, place: int, part: float
) -> tuple[float | None, int]:
    """The nearest part found at which the verdict is the other one, all ships chosen anew; and how many were tried."""
    assumption, lift = effect.assumption, lifting.lifts[place]
    near, far = (0.0, lift.headroom), None
    for step in range(1, MOST_STEPS + 1):
        if abs(part) > BEYOND or not _is_sound(assumption, part):
            break
        moved = with_inputs(case, assumption.at(part))
        asked = (lifting.crude, [lift.question], lifting.gap, 1)
        made = lifts_again([moved], *asked, ships=lifting.ships, alone=lifting.alone)[0]
        if made is None or not math.isfinite(made[0].headroom):
            break
        headroom = made[0].headroom
        if headroom * lift.headroom > 0.0:
            near = (part, headroom)
        else:
            far = (part, headroom)
        if far is not None and (abs(far[1]) <= AT_ZERO or abs(far[0] - near[0]) <= CLOSE * abs(far[0])):
            return far[0], step
        part = _next(near, far, lift.headroom)
    return (None if far is None else far[0]), MOST_STEPS


def _next(near: tuple[float, float], far: tuple[float, float] | None, stated: float) -> float:
    """Where to look next: between both, well off either; or farther, where a straight line leads, but not too far."""
    if far is not None:
        share = near[1] / (near[1] - far[1]) if near[1] != far[1] else 0.5
        return near[0] + min(max(share, 0.1), 0.9) * (far[0] - near[0])
    falls = (stated - near[1]) / near[0]
    ahead = near[1] / falls if falls * near[0] * stated > 0.0 else near[0]
    return near[0] + math.copysign(min(max(abs(ahead), 0.05 * abs(near[0])), abs(near[0])), near[0]) * 1.02


def _is_sound(assumption: Assumption, part: float) -> bool:
    """Whether no number changes its sign on the way."""
    return all(value * one.value >= 0.0 for one, value in assumption.at(part).items())


def assumption_named(case: Case, text: str) -> Assumption:
    """The numbers that ``TABLE WHERE COLUMN`` picks, as one assumption.

    A number without a range of its own gets one of a fifth either side.

    Raises
    ------
    DataError
        If the words do not name numbers of the case.
    """
    words = text.split()
    if len(words) != 3:
        hint = "Write 'TABLE WHERE COLUMN', for example 'sales sale=furnace_oil_export price'."
        raise DataError(Finding("--flip", f'"{text}" names no number of the case.', hint))
    table, where, column = words
    change = {"table": table, "where": where, "action": "set", "column": column, "value": str(_PROBE)}
    try:
        moved = changed_case(case, [change])
    except DataError as error:
        told = [Finding(f'--flip "{text}"', fault.what, fault.hint) for fault in error.findings]
        raise DataError(told, error.subject) from None
    known = {(one.table, one.row, one.column): one for one in uncertain_inputs(case)}
    inputs = []
    for old, new in zip(case.table(table).records, moved.table(table).records, strict=True):
        if new[column] != _PROBE or old[column] is None:
            continue
        value = float(old[column])
        key = " ".join(str(part) for part in case.table(table).key(old) if part is not None)
        slack = UNSTATED * abs(value)
        own = Uncertain(
            table, old.row, key, column, value, value - slack, value + slack, old["status"] or "reported",
            old["source"] or "", 0.5,
        )  # fmt: skip
        inputs.append(known.get((table, old.row, column), own))
    if not inputs:
        what = f'"{text}" names rows, but none states a number there.'
        raise DataError(Finding("--flip", what, "Name a column that holds numbers."))
    return Assumption(table, where.replace("=", " ").replace("&", " "), column, tuple(inputs))
