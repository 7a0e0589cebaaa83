"""One descent from a start to a point that is feasible in the original rows, checked.

Where fixing the cover's columns leaves a point that misses nothing, descent goes with projection from the first step.
Else, or where that rests at once (no flow, no slope), it goes without projection for a few steps before the next try,
and at last until it rests. Whole numbers come from
integer programs on the linearisation and stay fixed for the descent after it. The last point is solved once more with
the cover's columns fixed and no slacks, put back into original units and evaluated by
:func:`netback.program.certify.residuals`: what fails there is no point.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netback.program.certify import objective_value, residuals
from netback.program.highs import solve
from netback.program.local.cover import Cover
from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock
from netback.program.local.scale import Scaled
from netback.program.local.slp import FIRST_REACH, Descent, Search, Settings, Walk
from netback.program.local.starts import Nearest, Ranges, alternate
from netback.program.problem import BoolArray, FloatArray, Problem

Way = Literal["direct", "open", "alternate"]
#: Largest relative residual in the original rows of a point that is returned.
FEASIBLE = 1e-9
OPENING_STEPS = 5
OPENING_RADIUS = 0.3
#: Prices of a miss, in turn, while a descent from a point that misses nothing opens; scaled costs are at most 1.
LENIENT_PRICES = (0.1, 1.0, 10.0)
#: What repairing the last point may take beyond the time limit [s].
GRACE_SECONDS = 1.0
#: Points this near to the best, relative, are polished, until a step promises less than this part, in so many steps.
NEAR, POLISH_GAIN, POLISH_STEPS, POLISHES = 1e-3, 1e-10, 100, 4
INTEGER_ROUNDS = 3
INTEGER_SECONDS = 5.0
INTEGER_RADIUS = 0.5


@dataclass(frozen=True, eq=False)
class Found:
    """A checked feasible point of the original problem (n,), its objective and worst relative residual."""

    x: FloatArray
    objective: float
    residual: float


class Lane:
    """Everything that one thread needs to descend from many starts, one after another.

    ``found``, where set, is called with every better point (n,) of a descent that goes on from there.
    """

    def __init__(self, problem: Problem, scaled: Scaled, cover: Cover, ranges: Ranges) -> None:
        self._problem, self._scaled, self._cover = problem, scaled, cover
        self.linearised = Linearised(scaled.problem)
        first, second = (np.zeros(problem.shape[1], dtype=bool) for _ in range(2))
        first[cover.first], second[cover.second] = True, True
        self._sides = (first, second)
        self._nearest = Nearest(scaled.problem, cover.first)
        ends = self._ends = ranges.lower, ranges.upper
        free, fixed = Settings(), Settings(project=True, gain=1e-7, steps=100)
        lenient = [Settings(price=price) for price in LENIENT_PRICES]
        self._free = Search(self.linearised, first, *ends, free)
        self._exact = Search(self.linearised, first, *ends, fixed)
        self._lenient = [Search(self.linearised, first, *ends, settings) for settings in lenient]
        self.descents = 0
        self.found: Callable[[FloatArray], object] | None = None
        self._best: Found | None = None

    def descend(self, z: FloatArray, clock: Clock, way: Way = "direct") -> Found | None:
        """Descend from scaled values ``z`` (n,).

        The way is "direct" with projection from the start, "open" without it for the first steps, or "alternate"
        between the sides of the cover first.
        """
        found = self._descended(z, clock, way)
        if found is None or not self._is_near_best(found):
            return found
        found = self._polished(found, clock)
        self._best = found if self._is_better(found, self._best) else self._best
        return found

    def _descended(self, z: FloatArray, clock: Clock, way: Way) -> Found | None:
        self.descents += 1
        if way == "alternate":
            z = alternate(self.linearised, self._cover, z, self._free.settings.price, clock)
        if not self._scaled.problem.is_integer:
            return self._checked(self._continuous(z, clock, way != "open"), clock)
        return self._integer(z, clock)

    def _continuous(self, z: FloatArray, clock: Clock, is_direct: bool = True) -> FloatArray | None:
        """Descend with the whole numbers as they are bounded now; ``is_direct`` tries projection first."""
        z = self._nearest.move(z)
        place = self._exact.exact(z, self._exact.settings.price, clock)
        is_met = place is not None and Descent(place, 0, False).is_met
        if place is not None and is_met and is_direct:
            found = Walk(self._exact, place, clock).walk(self._exact.settings.steps)
            if found.steps > 1:
                return found.place.x
        opening = self._lenient[self.descents % len(LENIENT_PRICES)] if is_met else self._free
        place = opening.begin(z, clock, OPENING_RADIUS if is_met else FIRST_REACH)
        if place is None:
            return None
        walk = Walk(opening, place, clock)
        found = walk.walk(OPENING_STEPS)
        better = self._projected(found, clock)
        if better is None and not found.rested:
            found = walk.walk(self._free.settings.steps)
            better = self._projected(found, clock)
        return found.place.x if better is None else better.place.x

    def _projected(self, found: Descent, clock: Clock) -> Descent | None:
        """Go on with projection where that misses nothing from here."""
        place = self._exact.exact(found.place.x, self._exact.settings.price, clock)
        if place is None or not Descent(place, 0, False).is_met:
            return None
        if (
            found.is_met
            and found.rested
            and place.cost >= found.place.cost - 1e-9 * max(1.0, abs(place.cost))
        ):
            return Descent(place, 0, True)
        return Walk(self._exact, place, clock).walk(self._exact.settings.steps)

    def _is_near_best(self, found: Found) -> bool:
        if self._best is None or self._is_better(found, self._best):
            return True
        return abs(found.objective - self._best.objective) <= NEAR * max(1.0, abs(found.objective))

    def _polished(self, found: Found, clock: Clock) -> Found:
        """The last digits of a point: more steps, at prices just above the multipliers, while that brings anything.

        The first price of a miss suits a plant of any kind and may lie far from what a miss is worth here.
        """
        lin = self.linearised
        for _ in range(POLISHES):
            z = self._scaled.to_scaled(found.x)
            if self._scaled.problem.is_integer:
                self._fix(z)
            try:
                better = self._checked(self._from_multipliers(z, clock), clock)
            finally:
                lin.lower, lin.upper = lin.problem.column_lower, lin.problem.column_upper
            if better is None or not self._is_better(better, found):
                break
            last, found = found.objective, better
            if abs(found.objective - last) <= POLISH_GAIN * max(1.0, abs(last)):
                break
        return found

    def _from_multipliers(self, z: FloatArray, clock: Clock) -> FloatArray | None:
        """Where a descent from a point that misses nothing rests, at twice the largest multiplier for a price."""
        lin, (first, _) = self.linearised, self._sides
        point = lin.fixed(z, first, np.full(len(lin.rows), np.inf), clock)
        if point.x is None or point.row_dual is None:
            return None
        price = float(2.0 * np.max(np.abs(point.row_dual[lin.rows]), initial=1.0))
        settings = Settings(price=price, gain=POLISH_GAIN, steps=POLISH_STEPS)
        search = Search(lin, first, *self._ends, settings)
        place = search.exact(z, price, clock)
        if place is None or not Descent(place, 0, False).is_met:
            return None
        return Walk(search, place, clock).walk(POLISH_STEPS).place.x

    def _integer(self, z: FloatArray, clock: Clock) -> Found | None:
        """Descend with whole numbers relaxed, then in turn choose them by an integer program and descend."""
        lin, best = self.linearised, None
        x = self._continuous(z, clock)
        for _ in range(INTEGER_ROUNDS):
            if x is None or clock.is_over():
                break
            chosen = self._whole(x, clock)
            if chosen is None:
                break
            self._fix(chosen)
            try:
                x = self._continuous(chosen, clock)
                found = self._checked(x, clock)
            finally:
                lin.lower, lin.upper = lin.problem.column_lower, lin.problem.column_upper
            if found is None or not self._is_better(found, best):
                break
            best = found
            if self.found is not None:
                self.found(found.x)
        return best

    def _whole(self, x: FloatArray, clock: Clock) -> FloatArray | None:
        """Best point of the linearisation around ``x`` with whole numbers, by branch and bound."""
        limit = min(INTEGER_SECONDS, clock.left)
        prices = np.full(len(self.linearised.rows), self._free.settings.price)
        low, high = self._free.box(x, INTEGER_RADIUS)
        program = self.linearised.as_problem(x, low, high, prices)
        raw = solve(program, time_limit=limit, gap=1e-4, cancel=clock.cancel, threads=1)
        if raw.x is None:
            return None
        point = raw.x[: len(x)].copy()
        point[program.integer[: len(x)]] = np.round(point[program.integer[: len(x)]])
        return point

    def _fix(self, point: FloatArray) -> None:
        lin, whole = self.linearised, self._scaled.problem.integer
        lin.lower = np.where(whole, point, lin.problem.column_lower)
        lin.upper = np.where(whole, point, lin.problem.column_upper)

    def _checked(self, z: FloatArray | None, clock: Clock) -> Found | None:
        """The point repaired with the first or else the second side fixed, or as it is, if it passes the check."""
        if z is None:
            return None
        # What was found in time is not lost for want of the last linear program.
        grace = Clock(max(clock.deadline, time.monotonic() + GRACE_SECONDS))
        for side in self._sides:
            found = self._checked_point(self._repaired(z, side, grace))
            if found is not None:
                return found
        return self._checked_point(z)

    def _repaired(self, z: FloatArray, side: BoolArray, clock: Clock) -> FloatArray | None:
        """Solve with one side fixed and no slacks."""
        point = self.linearised.fixed(z, side, np.full(len(self.linearised.rows), np.inf), clock)
        return None if point.x is None else point.x[: len(z)]

    def _checked_point(self, z: FloatArray | None) -> Found | None:
        if z is None:
            return None
        problem = self._problem
        x = np.clip(self._scaled.to_original(z), problem.column_lower, problem.column_upper)
        x = np.where(problem.integer, np.round(x), x)
        value = objective_value(problem, x)
        size, _, _ = residuals(problem, x, value).worst_primal
        return Found(x, value, size) if size <= FEASIBLE else None

    def _is_better(self, found: Found, best: Found | None) -> bool:
        if best is None:
            return True
        gained = found.objective - best.objective
        return gained > 0.0 if self._problem.sense == "max" else gained < 0.0
