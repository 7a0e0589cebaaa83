"""The convex hull of a block that is divided into parts: one linear program, and the cuts that it gives.

A block is divided into leaves, boxes that together hold all its points. Over every leaf the products are relaxed by
McCormick's envelopes; the convex hull of the union of these relaxations is itself linear (Balas). With ``l`` leaves, a
weight w_l of each and ``v_l = w_l times a point of leaf l``,

    rows of leaf l:   A_l v_l >= b_l w_l,   lower_l w_l <= v_l <= upper_l w_l,
    sum_l z_l = x     (the first-stage part of v_l),   sum_l w_l = 1.

A few leaves make the relaxation of a block far tighter than that of its whole range, and only the right side changes
from one first-stage point to the next, so that the dual simplex starts warm. The multipliers mu of ``sum z_l = x``
and those of every leaf give the cut ``V(x) >= min_l L_l(mu) + mu'x`` with every L_l evaluated safely. Reference:
Balas, Disjunctive programming: properties of the convex hull of feasible points (1998).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from netback.program import _highs
from netback.program.bounds.leaf import Leaf, Scaled, homogeneous
from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs
from netback.program.bounds.safe import lagrangian
from netback.program.decomposition.cuts import Cut
from netback.program.problem import FloatArray, Problem

_Model = highspy.HighsModelStatus
#: A leaf with less weight than this takes no part in a point.
WEIGHT = 1e-6


@dataclass(frozen=True, eq=False)
class Mix:
    """A point of the hull: the cost, and of every leaf its weight (l,) and its point (n + products,)."""

    cost: float
    weights: FloatArray
    points: list[FloatArray]


class Hull:
    """The hull of the leaves of one block, kept alive in HiGHS.

    Parameters
    ----------
    problem
        A piece; its first ``count`` columns are those of the first stage.
    pairs
        Its products.
    count
        Number of first-stage columns.
    leaves
        The parts, each with finite ranges.
    """

    def __init__(self, problem: Problem, pairs: Pairs, count: int, leaves: Sequence[Ranges]) -> None:
        self.count, self.pairs = count, pairs
        self.leaves = [Leaf.of(problem, pairs, ranges) for ranges in leaves]
        self.cost = np.concatenate([problem.objective, np.zeros(len(pairs))])
        self._load()

    def _load(self) -> None:
        import scipy.sparse as sparse

        width, count = len(self.cost), len(self.leaves)
        parts = [homogeneous(leaf) for leaf in self.leaves]
        self._sources = [part.behind for part in parts]
        body = sparse.block_diag([_matrix(part, width + 1) for part in parts], format="csr")
        self._first = np.cumsum([0, *(len(part.behind) for part in parts)])
        link = np.concatenate([np.append(leaf.base[: self.count], 1.0) for leaf in self.leaves])
        start = np.repeat(np.arange(count) * (width + 1), self.count + 1)
        z = np.tile(np.arange(self.count + 1), count)
        last = np.flatnonzero(z == self.count)
        own = np.delete(np.arange(len(z)), last)
        rows = np.concatenate([z, z[own]])
        columns = np.concatenate([start + width, start[own] + z[own]])
        values = np.concatenate([link, np.ones(len(own))])
        shape = (self.count + 1, count * (width + 1))
        tail = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
        matrix = sparse.csr_array(sparse.vstack([body, tail]))
        matrix.eliminate_zeros()
        low = np.concatenate([*(part.lower for part in parts), np.zeros(self.count), [1.0]])
        high = np.concatenate([*(part.upper for part in parts), np.zeros(self.count), [1.0]])
        floor = [np.append(np.where(np.isfinite(leaf.lower), 0.0, -math.inf), 0.0) for leaf in self.leaves]
        upper = [np.append(np.where(leaf.upper > leaf.lower, math.inf, 0.0), 1.0) for leaf in self.leaves]
        cost = [np.append(self.cost, float(self.cost @ leaf.base)) for leaf in self.leaves]
        ends = np.concatenate(floor), np.concatenate(upper)
        lp = _highs.linear_program(matrix, np.concatenate(cost), ends, (low, high))
        self._highs = _highs.simplex_on(lp, "the hull of a block")

    def cut_at(self, x: FloatArray, time_limit: float = math.inf) -> tuple[Cut | None, Mix | None]:
        """A cut at a first-stage point (k,), and the hull's point there; each None where unknown."""
        first = int(self._first[-1])
        ids = np.arange(first, first + self.count, dtype=np.int32)
        _highs.check(self._highs.changeRowsBounds(self.count, ids, x, x), "fixing the first stage")
        _highs.set_option(self._highs, "time_limit", self._highs.getRunTime() + time_limit)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (_Model.kInfeasible, _Model.kUnboundedOrInfeasible):
            if (ray := self._ray(x)) is not None:
                return ray, None
            # A warm start may end without a ray that proves it: once more from nothing.
            _highs.check(self._highs.clearSolver(), "clearing the solver")
            _highs.set_option(self._highs, "time_limit", self._highs.getRunTime() + time_limit)
            self._highs.run()
            status = self._highs.getModelStatus()
            if status != _Model.kOptimal:
                return self._ray(x), None
        solution = self._highs.getSolution()
        if not solution.dual_valid:
            return None, None
        cut = self._cut(self.cost, np.array(solution.row_dual))
        mix = self._mix(np.array(solution.col_value)) if status == _Model.kOptimal else None
        return cut, mix

    def _mix(self, values: FloatArray) -> Mix:
        width, points, cost = len(self.cost) + 1, [], 0.0
        weights = np.zeros(len(self.leaves))
        for at, leaf in enumerate(self.leaves):
            own = values[at * width : (at + 1) * width]
            weights[at] = max(0.0, float(own[-1]))
            whole = own[:-1] + leaf.base * own[-1]
            cost += float(self.cost @ whole)
            point = whole / own[-1] if own[-1] > WEIGHT else leaf.base
            points.append(np.clip(point, leaf.lower, leaf.upper))
        return Mix(cost, weights, points)

    def _ray(self, x: FloatArray) -> Cut | None:
        status, there, ray = self._highs.getDualRay()
        if status != highspy.HighsStatus.kOk or not there:
            return None
        zero, y = np.zeros(len(self.cost)), np.array(ray)
        found = [self._cut(zero, sign * y, is_ray=True) for sign in (1.0, -1.0)]
        best = max((cut for cut in found if cut is not None), key=lambda cut: cut.at(x), default=None)
        return best if best is not None and best.at(x) > 0.0 else None

    def _cut(self, cost: FloatArray, y: FloatArray, *, is_ray: bool = False) -> Cut | None:
        first = int(self._first[-1])
        slope = y[first : first + self.count]
        slope = np.where(np.isfinite(slope), slope, 0.0)
        moved = cost.copy()
        # The slope is taken as it is: whatever multipliers come, the bound below belongs to exactly this cost.
        moved[: self.count] = -slope
        least = math.inf
        for at, leaf in enumerate(self.leaves):
            own = y[self._first[at] : self._first[at + 1]]
            source = self._sources[at]
            used = source >= 0
            folded: FloatArray = np.bincount(
                source[used], weights=own[used], minlength=len(leaf.rows.lower)
            ).astype(np.float64)
            value = lagrangian(leaf.rows, moved, leaf.lower, leaf.upper, folded).value
            least = min(least, value)
        return Cut(least, slope, is_ray) if math.isfinite(least) else None


def _matrix(part: Scaled, width: int) -> Any:
    import scipy.sparse as sparse

    shape = (len(part.behind), width)
    return sparse.coo_array((part.values, (part.rows, part.columns)), shape=shape).tocsr()
