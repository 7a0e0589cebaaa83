"""Successive linear programming with a trust region for programs with products.

From a point that keeps the linear rows, repeat: solve the linearisation within a box around the point, price what the
product rows miss by, correct the step for the products' second-order parts, compare what the merit (cost plus priced
misses) should gain with what it gains, and take the step and move the box accordingly. Prices rise while a step leaves
most of a miss standing, and where the search comes to rest at a point that misses rows. With ``project`` the columns
of a cover keep the step's values and the rest is solved anew, exactly: then every point without a miss is feasible.

Sources: Palacios-Gomez, Lasdon, Engquist, Nonlinear optimization by successive linear programming, Management Science
28 (1982); Zhang, Kim, Lasdon, An improved successive linear programming algorithm, Management Science 31 (1985);
second-order correction and rising prices: Nocedal and Wright, Numerical Optimization (2006), chapter 18; Byrd,
Nocedal, Waltz, Steering exact penalty methods for nonlinear programming, Optimization Methods and Software 23 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock, Point
from netback.program.problem import BoolArray, FloatArray

#: Sum of the product rows' misses, in scaled units, below which they count as met.
MET = 1e-8
LARGEST_PRICE = 1e9
WIDEST, FIRST_REACH = 1e3, 1e-3


@dataclass(frozen=True)
class Settings:
    """How the search moves.

    Attributes
    ----------
    radius, smallest_radius, largest_radius
        Half-width of the box relative to the columns' ranges: at first, where the search gives up, and at most.
    price
        First price of a unit missed of a product row.
    steps
        Most linearisations.
    gain
        The search rests when a step promises less than this part of the merit.
    corrections
        Most second-order corrections of a step.
    project
        Whether the columns off the cover are solved anew after each step.
    """

    radius: float = 0.2
    smallest_radius: float = 1e-7
    largest_radius: float = 1.0
    price: float = 1e3
    steps: int = 200
    gain: float = 1e-9
    corrections: int = 3
    project: bool = False


@dataclass(frozen=True, eq=False)
class Place:
    """A point that keeps the linear rows: ``x`` (n,), cost as a minimisation, total miss of the product rows."""

    x: FloatArray
    cost: float
    miss: float

    def merit(self, price: float) -> float:
        """Cost plus priced miss."""
        return self.cost + price * self.miss


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a search ended and how many steps it took; ``rested`` says that no step promised a gain."""

    place: Place
    steps: int
    rested: bool

    @property
    def is_met(self) -> bool:
        """Whether the product rows are met up to rounding."""
        return self.place.miss <= MET


class Search:
    """Successive linear programming on one linearised program, kept live between starts.

    ``lower`` and ``upper`` (n,) are the columns' ranges as far as known; they set the width of the box only.
    """

    def __init__(
        self,
        linearised: Linearised,
        is_cover: BoolArray,
        lower: FloatArray,
        upper: FloatArray,
        settings: Settings | None = None,
    ) -> None:
        self._lin, self._cover = linearised, is_cover
        self.settings = settings or Settings()
        self._lower, self._upper, self._span = lower, upper, upper - lower
        self._boxed = np.zeros(len(lower), dtype=bool)
        self._boxed[linearised.columns] = True

    def run(self, x0: FloatArray, clock: Clock) -> Descent | None:
        """Descend from the values of the product columns in ``x0`` (n,); None if no point keeps the linear rows."""
        place = self.begin(x0, clock)
        return None if place is None else Walk(self, place, clock).walk(self.settings.steps)

    def begin(self, x0: FloatArray, clock: Clock, radius: float = FIRST_REACH) -> Place | None:
        """Find a point that keeps the linear rows, within the radius or a wider one of the given product columns."""
        price, x0 = self.settings.price, np.clip(x0, self._lower, self._upper)
        if self.settings.project and (place := self.exact(x0, price, clock)) is not None:
            return place
        while not clock.is_over():
            place = self.place(self.step(x0, radius, price, clock))
            if place is not None or radius >= WIDEST:
                return place
            radius *= 10.0
        return None

    def step(
        self, x0: FloatArray, radius: float, price: float, clock: Clock, moved: FloatArray | None = None
    ) -> Point:
        """Solve the linearisation in the box around ``x0``, corrected for the move to ``moved`` if given."""
        low, high = self.box(x0, radius)
        return self._lin.step(x0, low, high, self._prices(price), clock, moved)

    def box(self, x0: FloatArray, radius: float) -> tuple[FloatArray, FloatArray]:
        """Bounds (n,) of a step: product columns within the radius of ``x0``, the others within their own bounds."""
        lower, upper = self._lin.lower, self._lin.upper
        reach = radius * np.where(np.isfinite(self._span), self._span, np.maximum(1.0, np.abs(x0)))
        low = np.where(self._boxed, np.minimum(np.maximum(lower, x0 - reach), upper), lower)
        high = np.where(self._boxed, np.maximum(np.minimum(upper, x0 + reach), lower), upper)
        return low, high

    def exact(self, x: FloatArray, price: float, clock: Clock) -> Place | None:
        """Best place with the cover's columns as in ``x``."""
        return self.place(self._lin.fixed(x, self._cover, self._prices(price), clock))

    def trial(self, point: Point, price: float, clock: Clock) -> Place | None:
        """Place of a step's point, projected if so set."""
        place = self.place(point)
        if place is not None and self.settings.project:
            better = self.exact(place.x, price, clock)
            if better is not None and better.merit(price) < place.merit(price):
                return better
        return place

    def place(self, point: Point) -> Place | None:
        """Evaluate a linear program's point without its slacks."""
        if point.x is None:
            return None
        x = point.x[: self._lin.problem.shape[1]]
        return Place(x, float(self._lin.cost @ x), float(self._lin.violations(x).sum()))

    def _prices(self, price: float) -> FloatArray:
        return np.full(len(self._lin.rows), price)


class Walk:
    """One descent: where it is, how wide its box and how high its price."""

    def __init__(self, search: Search, place: Place, clock: Clock) -> None:
        self._search, self._clock, self._settings = search, clock, search.settings
        self._place, self._price, self._radius = place, search.settings.price, search.settings.radius
        self._was_refused = False

    def walk(self, steps: int) -> Descent:
        """Make so many steps at most, from where the last call stopped."""
        for count in range(1, steps + 1):
            if self._clock.is_over():
                return Descent(self._place, count, False)
            if not self._go():
                return Descent(self._place, count, True)
        return Descent(self._place, steps, False)

    def _go(self) -> bool:
        """Make one step; False when the search has come to rest."""
        point = self._search.step(self._place.x, self._radius, self._price, self._clock)
        if point.x is None:
            return self._shrink()
        if self._leaves_most(point):
            self._price *= 10.0
            return True
        merit = self._place.merit(self._price)
        promised = merit - point.objective
        if promised <= self._settings.gain * max(1.0, abs(merit)):
            return self._raise_price()
        trial, gained = self._corrected(point, promised)
        if trial is None or gained <= 1e-3 * promised:
            return self._shrink()
        self._place = trial
        if gained > 0.75 * promised and not self._was_refused:
            self._radius = min(2.0 * self._radius, self._settings.largest_radius)
        elif gained < 0.25 * promised:
            self._radius *= 0.5
        self._was_refused = False
        return True

    def _leaves_most(self, point: Point) -> bool:
        """Whether a step leaves nine tenths of a miss standing and gains mostly cost: the price is too low."""
        place = self._place
        if place.miss <= MET or self._price >= LARGEST_PRICE or point.x is None:
            return False
        slack = float(point.x[len(place.x) :].sum())
        cost = point.objective - self._price * slack
        return slack > 0.9 * place.miss and place.cost - cost > self._price * (place.miss - slack)

    def _corrected(self, point: Point, promised: float) -> tuple[Place | None, float]:
        """Place of a step after second-order corrections, as long as they help, and the merit it gains."""
        search, place, price = self._search, self._place, self._price
        merit = place.merit(price)
        best = search.trial(point, price, self._clock)
        gained = -np.inf if best is None else merit - best.merit(price)
        for _ in range(self._settings.corrections):
            if best is None or gained > 0.9 * promised:
                break
            other = search.trial(
                search.step(place.x, self._radius, price, self._clock, best.x), price, self._clock
            )
            if other is None or merit - other.merit(price) <= gained:
                break
            best, gained = other, merit - other.merit(price)
        return best, float(gained)

    def _shrink(self) -> bool:
        self._radius *= 0.25
        self._was_refused = True
        return self._radius >= self._settings.smallest_radius or self._raise_price()

    def _raise_price(self) -> bool:
        """Ask more for a miss, if there is one and the price can still rise."""
        if self._place.miss <= MET or self._price >= LARGEST_PRICE:
            return False
        self._price *= 10.0
        self._radius = max(self._radius, self._settings.radius / 4.0)
        return True
