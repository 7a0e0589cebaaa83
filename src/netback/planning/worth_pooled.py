"""What one more barrel of an offer is worth in a plan with pools: by the linear expansion at the plan, so locally.

One pass of distributive recursion expands the mixes to first order at those of the plan:

    flow of a class to a user = share of the plan * its draw + the user's split * error of the class

A plan that is a local optimum is an optimum of its expansion too, and the multipliers of the one are those of the other
(the first-order conditions of both are the same rows). Parcels are moved in the expansion, as in any linear plan: next
and last apart, since a degenerate plan has many multipliers. Mixes may answer, but nobody looks for a plan of another
kind: the best plan with the parcel may be better still. Integers stay as they are.

A plan that is no local optimum is brought to one by recursion from its mixes, so that a gap that it has left is not
taken for the worth of a barrel; where recursion ends before, the worth is not known.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netback.planning.mixes import Loose, distributed, mixes
from netback.planning.recursion import Recursion
from netback.planning.solve import Plan, fixed_integers
from netback.planning.worth import Prober
from netback.program.problem import FloatArray, Problem

#: Passes of recursion towards a local optimum.
PASSES = 10
#: Part of the margin within which the expansion expects no more than the plan has.
SETTLED = 1e-7
#: How far the shares of a pool may move.
REACH = 0.03


class PooledProber(Prober):
    """As :class:`netback.planning.worth.Prober`, for a plan with pools in an exact form.

    ``problem`` is the expansion; where ``settled`` is false, the plan is no optimum of it and nothing is known.
    """

    def __init__(self, plan: Plan, seconds: float | None = None) -> None:
        self.settled = False
        super().__init__(plan, seconds)

    def _prepared(self) -> Problem:
        return self._expansion(fixed_integers(self.plan.model.problem, self.plan.x), self.plan.x)

    def _expansion(self, problem: Problem, x: FloatArray) -> Problem:
        model = self.plan.model
        return distributed(Loose.of(model, problem), mixes(model.pools, x), REACH)

    def _first(self) -> None:
        """Find the optimum of the expansion, at the plan or at a local optimum near it."""
        if self._settle(self.plan.x) or self.stopped:
            return
        left, fixed = self._left(), fixed_integers(self.plan.model.problem, self.plan.x)
        run = Recursion(self.plan.model, np.inf if left is None else left, problem=fixed)
        run.refine(mixes(self.plan.model.pools, self.plan.x), PASSES)
        self.stopped = run.cancelled or run.over
        if not self.stopped and run.best.x is not None:
            self.problem = self._expansion(fixed, run.best.x)
            self._settle(run.best.x)

    def _settle(self, x: FloatArray) -> bool:
        """Solve the expansion at a plan; whether it expects what the plan has."""
        has = self._margin(x)
        found = self._solved(self.problem)
        if found is not None:
            self.settled = abs(self._margin(found) - has) <= SETTLED * max(1.0, abs(has))
            self.x = found
        return self.settled

    def _margin(self, x: FloatArray) -> float:
        return float(self.plan.model.problem.objective @ x)

    def _solved(self, problem: Problem, basis: Any = None) -> FloatArray | None:
        """The columns of the plan; those that the expansion adds cost nothing."""
        found = super()._solved(problem, basis)
        return None if found is None else found[: len(self.plan.x)]

    def moved(self, position: int, period: int, change: float) -> FloatArray | None:
        """Columns of the expansion with the quantity changed; None where there is none, or the plan is not settled."""
        return super().moved(position, period, change) if self.settled else None

    def gain(self, x: FloatArray | None) -> float | None:
        """Margin of a moved plan less that of the plan."""
        return None if x is None else self._margin(x) - self._margin(self.x)
