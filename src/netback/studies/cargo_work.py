"""One cargo and one number of a case: the gain with ships as found, and with all ships chosen anew.

The definitions stand in :mod:`netback.studies.cargo_change`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netback.case.case import Case
from netback.errors import NetbackError
from netback.planning.solve import fixed_integers
from netback.program.highs import Session
from netback.program.problem import FloatArray
from netback.studies.affine import moved_program
from netback.studies.asked import Asked, Question
from netback.studies.change import PROPORTIONAL, Crossing, shifted
from netback.studies.crossing import smallest
from netback.studies.levers import Lever
from netback.studies.lifting import solved
from netback.studies.uncertain import with_inputs

#: A value with the ships as found is known to this part of itself.
FOUND = 1e-4
#: The gain is flat where a twentieth of the number moves it by less than this part of itself.
FLAT = 1e-4
#: Plans anew until the value stands, and how near the next one must be to the last, in parts of the change.
MOST_ROUNDS, CLOSE = 5, 2e-3
#: Both sides are tried at this part of the change, or as far off as the gap of the proofs asks, and wider twice.
BESIDE, WIDER, MOST_WIDER = 1e-3, 3.0, 3
#: Range of a number that states none, as a share of it.
UNSTATED = 0.2
#: Whole numbers of plans with what is asked, and without it.
Ships = tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]


@dataclass(frozen=True)
class Task:
    """Levers to follow, or one crossing to plan anew; ``now`` is the sign of the gain as things are."""

    case: Case
    crude: str
    question: Question
    now: float
    ships: Ships
    gap: float
    levers: tuple[Lever, ...] = ()
    crossing: Crossing | None = None


def as_found(task: Task) -> list[Crossing]:
    """Values of the levers at which the gain changes its sign with the ships as found."""
    work = _Work(task)
    found = (work.followed(lever) for lever in task.levers)
    return [one for one in found if one is not None]


def anew(task: Task) -> Crossing | None:
    """The crossing of a task with all ships chosen anew; None where it does not stand."""
    assert task.crossing is not None
    return _Anew(_Work(task), task.crossing).found()


def at_ends(task: Task) -> Crossing | None:
    """The crossing of a lever between what it is and an end of its range at which the answer has turned."""
    work, (lever,) = _Work(task), task.levers
    slack = UNSTATED * abs(lever.value)
    low, high = lever.low, lever.high
    ends = (lever.value - slack if low is None else low, lever.value + slack if high is None else high)
    for end in sorted(ends, key=lambda value: abs(value - lever.value)):
        gain = work.anew(lever, end)
        if gain is not None and gain.sign == -task.now:
            # The ships of that end are known now, so that the way back shows where it turns.
            now = work.as_found(work.asked)
            at = None if now is None else smallest(work.guess(lever), lever, now, FOUND)
            return _Anew(work, Crossing(lever, end if at is None else at)).found()
    return None


@dataclass(frozen=True)
class Margins:
    """Ends of a gain by the proofs of both plans [currency]."""

    low: float
    high: float

    @property
    def sign(self) -> float:
        """1 and -1 where it is proven, else 0."""
        return 1.0 if self.low > 0.0 else -1.0 if self.high < 0.0 else 0.0


class _Work:
    """One question in cases with one lever moved, with ships as found and with ships anew."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.asked = Asked(task.case, task.crude)
        self.ships: tuple[list[FloatArray], list[FloatArray]] = (list(task.ships[0]), list(task.ships[1]))
        self._sessions = (Session(), Session())

    def at(self, lever: Lever, value: float) -> Asked | None:
        """The plan with a lever at a value, built; None where no sound one follows."""
        task = self.task
        if value == lever.value:
            return self.asked
        if lever.most is not None and value > lever.most:
            return None
        try:
            if lever.cell is None:
                moved = shifted(self.asked.model, self.asked.problem, task.crude, lever.name, value / 100.0)
                return None if moved is None else self.asked.moved(moved)
            return Asked(with_inputs(task.case, lever.changed(value)), task.crude)
        except NetbackError:
            return None

    def as_found(self, asked: Asked) -> float | None:
        """Gain with the ships as found [currency]; None where one side has no plan."""
        best = []
        for side, session in enumerate(self._sessions):
            margins = (self._held(asked, side, plan, session)[0] for plan in self.ships[side])
            found = [margin for margin in margins if margin is not None]
            if not found:
                return None
            best.append(max(found))
        return best[0] - best[1]

    def _held(
        self, asked: Asked, side: int, plan: FloatArray, session: Session
    ) -> tuple[float | None, FloatArray | None]:
        """Best margin, and its columns, with the ships of one plan."""
        held = asked.held(self.task.question, with_it=side == 0)
        if int(held.integer.sum()) != len(plan):
            return None, None
        x = np.zeros(held.shape[1])
        x[held.integer] = plan
        raw = session.solve(fixed_integers(held, x))
        return (raw.objective, raw.x) if raw.status == "optimal" else (None, None)

    def anew(self, lever: Lever, value: float) -> Margins | None:
        """Gain with all ships chosen anew; the ships found are kept. None where one side has no plan."""
        asked = self.at(lever, value)
        if asked is None:
            return None
        sides = []
        for side, session in enumerate(self._sessions):
            starts = [self._held(asked, side, plan, session) for plan in self.ships[side]]
            known = [(margin, x) for margin, x in starts if margin is not None]
            start = max(known, key=lambda one: one[0])[1] if known else None
            made = solved(asked.held(self.task.question, with_it=side == 0), self.task.gap, start)
            if made is None:
                return None
            own = np.round(made.x[asked.problem.integer])
            if not any(np.array_equal(own, np.round(plan)) for plan in self.ships[side]):
                self.ships[side].append(own)
            sides.append(made)
        return Margins(sides[0].value - sides[1].bound, sides[0].bound - sides[1].value)

    def _built(self, lever: Lever, value: float) -> float | None:
        asked = self.at(lever, value)
        return None if asked is None else self.as_found(asked)

    def guess(self, lever: Lever) -> Callable[[float], float | None]:
        """The gain with ships as found as a function of one lever, in one program that is moved where it is exact."""

        def built(value: float) -> float | None:
            return self._built(lever, value)

        if lever.cell is None:
            return built
        trials = (0.99,) if lever.kind in PROPORTIONAL else (0.99, 0.95)
        others = [(factor * lever.value, self.at(lever, factor * lever.value)) for factor in trials]
        programs = [(value, asked.problem) for value, asked in others if asked is not None]
        moved = (
            moved_program(self.asked.problem, lever.value, programs) if len(programs) == len(trials) else None
        )
        if moved is None:
            return built

        def quick(value: float) -> float | None:
            if lever.most is not None and value > lever.most:
                return None
            try:
                return self.as_found(self.asked.moved(moved(value)))
            except NetbackError:
                # A least above the greatest: as unsound as in a build.
                return None

        return quick

    def followed(self, lever: Lever) -> Crossing | None:
        """The nearest value with ships as found at which the gain changes its sign."""
        gain, now = self.guess(lever), self.as_found(self.asked)
        if now is None or now * self.task.now <= 0.0:
            return None
        near = [gain(lever.value * factor) for factor in (0.95, 1.05)]
        if all(there is None or abs(there - now) <= FLAT * abs(now) for there in near):
            return None
        at = smallest(gain, lever, now, FOUND)
        if at is None:
            return None
        beyond = self._built(lever, at + BESIDE * (at - lever.value))
        if beyond is None or beyond * now > 0.0:
            # In proportion only near by: built at every point.
            at = smallest(lambda value: self._built(lever, value), lever, now, FOUND)
        return None if at is None else Crossing(lever, at)


class _Anew:
    """One crossing, planned anew until it stands."""

    def __init__(self, work: _Work, crossing: Crossing) -> None:
        self.work, self.crossing, self.lever = work, crossing, crossing.lever
        self.now = work.task.now
        self._guess = work.guess(crossing.lever)

    def found(self) -> Crossing | None:
        """The crossing with values on both sides that are proven; as found where they could not be; None if none."""
        at, width = self.crossing.at, 0.0
        near, far = self.lever.value, None
        for _ in range(MOST_ROUNDS):
            gain = self.work.anew(self.lever, at)
            if gain is None:
                return None
            width = gain.high - gain.low
            if gain.sign == self.now:
                near = at
            elif gain.sign == -self.now:
                far = at
            following = self._next(near, far)
            if following is None:
                return None
            if gain.sign == 0.0 or abs(following - at) <= CLOSE * abs(at - self.lever.value):
                break
            at = following
        return self._both_sides(at, width)

    def _next(self, near: float, far: float | None) -> float | None:
        """Where the gain changes its sign by the ships known now, beyond ``near`` and before ``far``."""
        now = self.work.as_found(self.work.asked)
        if now is None or now * self.now <= 0.0:
            return None
        at = smallest(self._guess, self.lever, now, FOUND)
        if far is None:
            return at if at is not None and (at - near) * (near - self.lever.value) >= 0.0 else None
        inside = at is not None and min(near, far) <= at <= max(near, far)
        return at if inside else 0.5 * (near + far)

    def _both_sides(self, at: float, width: float) -> Crossing:
        """Values before and beyond at which the answer is proven: as near as the gap of the proofs lets them be."""
        change = at - self.lever.value
        hair = BESIDE * abs(change)
        ends = [self._guess(at - hair), self._guess(at + hair)]
        if None not in ends and ends[0] != ends[1]:
            slope = abs((ends[1] or 0.0) - (ends[0] or 0.0)) / (2.0 * hair)
            hair = max(hair, 1.2 * width / slope)
        sides: list[float | None] = []
        for sign, wanted in ((-1.0, self.now), (1.0, -self.now)):
            sides.append(None)
            for wider in range(MOST_WIDER):
                value = at + math.copysign(hair, change) * sign * WIDER**wider
                if sign < 0.0 and (value - self.lever.value) * change <= 0.0:
                    # As things are, the answer is proven.
                    sides[-1] = self.lever.value
                    break
                gain = self.work.anew(self.lever, value)
                if gain is not None and gain.sign == wanted:
                    sides[-1] = value
                    break
        if None in sides:
            return replace(self.crossing, at=at)
        return replace(self.crossing, at=at, near=sides[0], far=sides[1])
