"""What one more barrel of an offer is worth in a plan with pools: by recursion from the plan, so locally.

The quantity of one offer is moved by a parcel and the plan is solved again by distributive recursion from the mixes
that it has; mixes may answer, but nobody looks for a plan of another kind. What is found is therefore a local worth:
the best plan with the parcel may be better still. Integers stay as they are. The first point is the plan itself after
the same recursion, so that a gap that the plan has left is not taken for the worth of a barrel. Where recursion does
not settle the worth is not known.
"""

from __future__ import annotations

import numpy as np

from netback.planning.mixes import mixes
from netback.planning.recursion import Recursion
from netback.planning.solve import Plan, fixed_integers
from netback.planning.worth import Prober
from netback.program.problem import FloatArray, Problem

#: Passes of recursion for one parcel.
PASSES = 10
#: Part of the margin within which the last plan agrees with what its pass expected.
SETTLED = 1e-7
#: Times its own cost that a parcel may move the margin and still count as valued.
FAR = 2.0


class PooledProber(Prober):
    """As :class:`netback.planning.worth.Prober`, for a plan with pools in an exact form."""

    def __init__(self, plan: Plan, seconds: float | None = None) -> None:
        super().__init__(plan, seconds)
        self._mixes = mixes(plan.model.pools, plan.x)
        self._base: float | None = None
        found = self._solved(self.problem)
        better = found is not None and self._margin(found) > self._margin(plan.x)
        self.x = found if better and found is not None else plan.x
        self._mixes, self._base = mixes(plan.model.pools, self.x), self._margin(self.x)

    def _prepared(self) -> Problem:
        return fixed_integers(self.plan.model.problem, self.plan.x)

    def _first(self) -> None:
        """Nothing to prepare: every parcel starts from the mixes of the plan."""

    def moved(self, position: int, period: int, change: float) -> FloatArray | None:
        """Columns of a plan near this one with the quantity changed; None where recursion went to another plan.

        A parcel that moves the margin by more than a few times what it costs has not been valued: recursion has
        ended elsewhere.
        """
        found = super().moved(position, period, change)
        if found is None:
            return None
        price = abs(float(self.plan.model.tranches[position].delivered[period]))
        room = FAR * abs(change) * price + SETTLED * abs(self._margin(self.x))
        return found if abs(self._margin(found) - self._margin(self.x)) <= room else None

    def _margin(self, x: FloatArray) -> float:
        return float(self.problem.objective @ x)

    def _solved(self, problem: Problem, basis: object = None) -> FloatArray | None:
        del basis
        left = self._left()
        if self.stopped or (left is not None and left <= 0.0):
            self.stopped = True
            return None
        run = Recursion(self.plan.model, np.inf if left is None else left, problem=problem)
        run.refine(self._mixes, PASSES)
        self.stopped = run.cancelled or run.over
        return None if self.stopped or self._unsettled(run) else run.best.x

    def _unsettled(self, run: Recursion) -> bool:
        """Whether recursion stopped at a plan far from what its last pass expected: then nothing is known."""
        if self._base is None or run.best.x is None or run.promised is None:
            return False
        missing = run.promised - run.best.value
        return missing > abs(run.promised - self._base) + SETTLED * abs(self._base)
