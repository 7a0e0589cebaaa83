"""Ranges of what flows through pools, from linear programs: the ranges that decide how tight a relaxation is.

The envelope of share x draw is as loose as the range of the draw is wide, and no row of a plan bounds the stock of a
mixed tank or the throughput of a pool closely: they follow from the plan as a whole. So the greatest and the least
draw and total of every pool are found over the relaxation, among plans that are no worse than the best one known, and
after them, over the ranges found, those of the shares of its classes; all are put into the program as bounds of its
columns. Both ends are safe: multipliers evaluated with directed rounding.

Reference: optimisation-based bounds tightening, e.g. Gleixner, Berthold, Mueller and Weltge, Three enhancements for
optimization-based bound tightening, J. Glob. Optim. 67 (2017).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from netback.planning.model import Model
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.ranges import Structure, propagate
from netback.program.problem import FloatArray, Problem
from netback.refinery.build import IntArray

#: Part of the best value by which a plan may be worse and still lie within the ranges.
SLACK = 1e-7
#: Part of the time by which the ranges of draws and totals must be found; the rest is for those of shares.
FLOW_SHARE = 0.7
_FLOWS, _SHARES = ("pool_draw", "pool_total"), ("pool_share",)


def narrowed(model: Model, best: FloatArray | None, time_limit: float) -> Problem:
    """The program with the ranges of its pools' draws, totals and shares as bounds.

    Parameters
    ----------
    model
        A model with pools in an exact form.
    best
        The best plan known (columns,), which no plan as good breaks; None: no plan breaks them, shares stay.
    time_limit
        Wall time [s]; what was found by then is used.
    """
    problem, started = model.problem, time.monotonic()
    flows = _columns(model, _FLOWS)
    found = _Ends(problem, best)
    if found.ranges.empty or not len(flows):
        return problem
    found.narrow(flows, started + FLOW_SHARE * time_limit)
    if best is not None:
        found.narrow(_columns(model, _SHARES), started + time_limit)
    return found.problem()


class _Ends:
    """Ends of columns that every plan as good as the best one keeps."""

    def __init__(self, problem: Problem, best: FloatArray | None) -> None:
        self._problem, self._best = problem, best
        self._structure = Structure.of(problem)
        self.ranges = propagate(self._structure, problem.column_lower, problem.column_upper, 20)
        self._lower, self._upper = problem.column_lower.copy(), problem.column_upper.copy()
        self._live: LazyRelaxation | None = None
        self._contradicted = False

    def narrow(self, columns: IntArray, end: float) -> None:
        """Narrow both ends of some columns until a moment of the monotonic clock [s], then what follows from them."""
        live = self._relaxation()
        for column in columns.tolist():
            for side in (1.0, -1.0):
                left = end - time.monotonic()
                if left <= 0.0 or self._contradicted:
                    return
                cost = np.zeros(len(live.own_cost))
                cost[column] = side
                live.set_cost(cost)
                answer = live.solve(left)
                # The best plan contradicts it: the judgement is left to the solve.
                self._contradicted = answer.outcome == "infeasible"
                if side > 0.0 and not self._contradicted:
                    self._lower[column] = max(self._lower[column], answer.bound)
                elif not self._contradicted:
                    self._upper[column] = min(self._upper[column], -answer.bound)
        lower, upper = np.maximum(self._lower, self.ranges.lower), np.minimum(self._upper, self.ranges.upper)
        follow = propagate(self._structure, lower, upper, 20)
        if not follow.empty:
            self.ranges = follow
            live.set_ranges(follow.lower, follow.upper)

    def _relaxation(self) -> LazyRelaxation:
        if self._live is None:
            lower, upper, best = self.ranges.lower, self.ranges.upper, self._best
            self._live = LazyRelaxation(self._problem, lower, upper, cutoff_row=best is not None)
            if best is not None:
                value = self._live.sign * float(self._problem.objective @ best)
                self._live.set_cutoff(value + SLACK * max(1.0, abs(value)))
        return self._live

    def problem(self) -> Problem:
        """The program with the ends as bounds, within those of its own; the best plan stays where it is."""
        problem, best = self._problem, self._best
        if self._contradicted:
            return problem
        low = np.maximum(problem.column_lower, self._lower)
        high = np.minimum(problem.column_upper, self._upper)
        if best is not None:
            here = np.clip(best, problem.column_lower, problem.column_upper)
            low, high = np.minimum(low, here), np.maximum(high, here)
        wide = low <= high
        return problem.with_(
            column_lower=np.where(wide, low, problem.column_lower),
            column_upper=np.where(wide, high, problem.column_upper),
        )


def _columns(model: Model, blocks: Sequence[str]) -> IntArray:
    """Columns of some blocks that stand in products."""
    problem = model.problem
    ids = [model.build.blocks[name].ids.ravel() for name in blocks if name in model.build.blocks]
    used = np.unique(np.concatenate([problem.products.columns_a, problem.products.columns_b]))
    return np.intersect1d(np.concatenate(ids), used) if ids else np.zeros(0, dtype=np.int64)
