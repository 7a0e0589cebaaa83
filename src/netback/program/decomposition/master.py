"""The first stage as a linear program: its own columns and rows, and cuts for what the blocks cost.

Blocks are put into a few groups, each with one column theta for the cost of all its blocks, so that the size of the
program does not grow with their number. Bounds are safe: multipliers evaluated with directed rounding, over a theta
that lies between a bound of its group and the most that any cut can ask for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np

from netback.program import _highs, highs
from netback.program.bounds.ranges import WHOLE
from netback.program.bounds.safe import Rows, lagrangian
from netback.program.decomposition.cuts import Cut, reach
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem

_Model = highspy.HighsModelStatus


class Master:
    """See the module.

    Parameters
    ----------
    problem
        First-stage columns (k,) with their costs and rows, as a minimisation.
    lower, upper
        Box (k,); a column in a cut is finite.
    least
        A bound on the cost of every group (g,).
    cuts
        Cuts with their groups, valid over the box.
    """

    def __init__(
        self,
        problem: Problem,
        lower: FloatArray,
        upper: FloatArray,
        least: FloatArray,
        cuts: Sequence[tuple[Cut, int]] = (),
    ) -> None:
        self.problem, self.width, self.groups = problem, problem.shape[1], len(least)
        self.lower, self.upper = np.array(lower), np.array(upper)
        self.least, self.most = np.array(least), np.array(least)
        self.cost = np.concatenate([problem.objective, np.ones(self.groups)])
        self._cuts: list[tuple[Cut, int]] = []
        self._used: list[int] = []
        self._slopes = np.zeros((64, self.width))
        self._solves = 0
        self._own_rows = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
        self._highs = self._new_highs()
        for cut, group in cuts:
            self.add(cut, group)

    def _new_highs(self) -> Any:
        import scipy.sparse as sparse

        problem = self.problem
        parts = problem.matrix.data, problem.matrix.indices, problem.matrix.indptr
        matrix = sparse.csr_array(parts, shape=(problem.shape[0], problem.shape[1] + self.groups))
        lower = np.concatenate([self.lower, self.least])
        upper = np.concatenate([self.upper, np.full(self.groups, math.inf)])
        sides = problem.row_lower, problem.row_upper
        lp = _highs.linear_program(matrix, self.cost, (lower, upper), sides)
        return _highs.simplex_on(lp, f"the first stage of {problem.name}")

    @property
    def cuts(self) -> list[tuple[Cut, int]]:
        """All cuts with their groups."""
        return list(self._cuts)

    def kept_cuts(self, age: int) -> list[tuple[Cut, int]]:
        """The cuts that took part in one of the last ``age`` solves, or came since."""
        since = self._solves - age
        return [cut for cut, used in zip(self._cuts, self._used, strict=True) if used >= since]

    def add(self, cut: Cut, group: int) -> None:
        """Add the cut of a group; a ray's cut belongs to none."""
        columns = np.flatnonzero(cut.slope)
        values = -cut.slope[columns]
        if not cut.is_ray:
            columns, values = np.append(columns, self.width + group), np.append(values, 1.0)
            self._raise_most(cut, group)
        at = len(self._cuts)
        if at == len(self._slopes):
            self._slopes = np.concatenate([self._slopes, np.zeros_like(self._slopes)])
        self._slopes[at] = cut.slope
        self._cuts.append((cut, group))
        self._used.append(self._solves)
        status = self._highs.addRow(cut.constant, math.inf, len(columns), columns.astype(np.int32), values)
        _highs.check(status, "adding a cut")

    def _raise_most(self, cut: Cut, group: int) -> None:
        """No best point needs a theta above what its cuts can ask for."""
        top = abs(cut.constant) + float(reach(np.abs(cut.slope), self.lower, self.upper).sum())
        self.most[group] = max(self.most[group], math.nextafter(top * (1.0 + 1e-12), math.inf))

    def set_box(self, lower: FloatArray, upper: FloatArray) -> None:
        """Change the box (k,) to a part of the first one."""
        self.lower, self.upper = np.array(lower), np.array(upper)
        ids = np.arange(self.width, dtype=np.int32)
        status = self._highs.changeColsBounds(self.width, ids, self.lower, self.upper)
        _highs.check(status, "changing the box")

    def solve(self) -> tuple[float, FloatArray | None]:
        """Safe bound and the best point (k + g,); inf and None where multipliers prove that there is none."""
        self._solves += 1
        y = self._run()
        if y is not None:
            for at in np.flatnonzero(y[self.problem.shape[0] :]).tolist():
                self._used[at] = self._solves
            return self._safe(self.cost, y), np.array(self._highs.getSolution().col_value)
        return (math.inf if self._empty() else -math.inf), None

    def _run(self) -> FloatArray | None:
        self._highs.run()
        if self._highs.getModelStatus() != _Model.kOptimal:
            # A warm start may end without an answer or a ray that proves there is none: once more from nothing.
            _highs.check(self._highs.clearSolver(), "clearing the solver")
            self._highs.run()
        if self._highs.getModelStatus() != _Model.kOptimal:
            return None
        return np.array(self._highs.getSolution().row_dual)

    def _empty(self, extra: Rows | None = None) -> bool:
        status, there, ray = self._highs.getDualRay()
        if status != highspy.HighsStatus.kOk or not there:
            return False
        zero = np.zeros(len(self.cost))
        return any(self._safe(zero, sign * np.array(ray), extra) > 0.0 for sign in (1.0, -1.0))

    def _safe(self, cost: FloatArray, y: FloatArray, extra: Rows | None = None) -> float:
        """Lagrangian bound from multipliers of the own rows, of the cuts that they use, and of one extra row."""
        count, total = self.problem.shape[0], len(self._cuts)
        used = np.flatnonzero(y[count : count + total])
        group = np.array(
            [-1 if self._cuts[at][0].is_ray else self._cuts[at][1] for at in used], dtype=np.int64
        )
        constants = np.array([self._cuts[at][0].constant for at in used])
        slopes = self._slopes[used]
        at, column = np.nonzero(slopes)
        theta = np.flatnonzero(group >= 0)
        rows: list[Any] = [self._own_rows, count + at, count + theta]
        columns: list[Any] = [self.problem.matrix.indices, column, self.width + group[theta]]
        values: list[Any] = [self.problem.matrix.data, -slopes[at, column], np.ones(len(theta))]
        low, high = (
            [self.problem.row_lower, constants],
            [self.problem.row_upper, np.full(len(used), math.inf)],
        )
        multipliers = [y[:count], y[count : count + total][used]]
        if extra is not None:
            rows.append(np.full(len(extra.columns), count + len(used)))
            columns.append(extra.columns)
            values.append(extra.values)
            low.append(extra.lower)
            high.append(extra.upper)
            multipliers.append(y[count + total :])
        whole = Rows(
            np.concatenate(rows),
            np.concatenate(columns),
            np.concatenate(values),
            np.concatenate(low),
            np.concatenate(high),
        )
        lower, upper = np.concatenate([self.lower, self.least]), np.concatenate([self.upper, self.most])
        return lagrangian(whole, cost, lower, upper, np.concatenate(multipliers)).value

    def tighten(self, cutoff: float) -> tuple[FloatArray, FloatArray] | None:
        """The box (k,) that holds every point with a cost of at most ``cutoff``; None where there is none."""
        own = np.flatnonzero(self.cost)
        extra = Rows(
            np.zeros(len(own), dtype=np.int64), own, self.cost[own], np.array([-math.inf]), np.array([cutoff])
        )
        status = self._highs.addRow(-math.inf, cutoff, len(own), own.astype(np.int32), self.cost[own])
        _highs.check(status, "adding the cutoff")
        try:
            return self._ends(extra)
        finally:
            last = self._highs.getNumRow() - 1
            _highs.check(self._highs.deleteRows(1, np.array([last], dtype=np.int32)), "dropping the cutoff")
            self._send_cost(self.cost)

    def _ends(self, extra: Rows) -> tuple[FloatArray, FloatArray] | None:
        lower, upper = self.lower.copy(), self.upper.copy()
        seen_low, seen_high = np.full(self.width, math.inf), np.full(self.width, -math.inf)
        for column in np.flatnonzero(upper > lower).tolist():
            for sign in (1.0, -1.0):
                end, seen = (lower, seen_low) if sign > 0.0 else (upper, seen_high)
                if abs(seen[column] - end[column]) <= 1e-3 * (upper[column] - lower[column]):
                    continue
                cost = np.zeros(len(self.cost))
                cost[column] = sign
                self._send_cost(cost)
                y = self._run()
                if y is None:
                    if self._empty(extra):
                        return None
                    continue
                x = np.array(self._highs.getSolution().col_value)[: self.width]
                np.minimum(seen_low, x, out=seen_low)
                np.maximum(seen_high, x, out=seen_high)
                bound = self._safe(cost, y, extra)
                if sign > 0.0:
                    lower[column] = max(lower[column], bound)
                else:
                    upper[column] = min(upper[column], -bound)
        whole = self.problem.integer
        lower = np.where(whole, np.ceil(lower - WHOLE), lower)
        upper = np.where(whole, np.floor(upper + WHOLE), upper)
        return None if (lower > upper).any() else (lower, upper)

    def _send_cost(self, cost: FloatArray) -> None:
        ids = np.arange(len(cost), dtype=np.int32)
        _highs.check(self._highs.changeColsCost(len(cost), ids, cost), "changing costs")

    def whole_point(self, time_limit: float) -> tuple[float, FloatArray] | None:
        """Best point (k,) with whole columns whole, and its cost: a solver's word, for plans and choices only."""
        slopes = self._slopes[: len(self._cuts)]
        theta = np.zeros((len(self._cuts), self.groups))
        for at, (cut, group) in enumerate(self._cuts):
            theta[at, group] = 0.0 if cut.is_ray else 1.0
        raw = highs.solve(
            _with_cuts(self, np.hstack([-slopes, theta])), gap=1e-5, time_limit=max(0.1, time_limit)
        )
        if raw.x is None or raw.objective is None:
            return None
        return raw.objective, raw.x[: self.width]


def _with_cuts(master: Master, cuts: FloatArray) -> Problem:
    """The first stage with its thetas and cuts as a problem of its own."""
    import scipy.sparse as sparse

    problem, groups = master.problem, master.groups
    count = len(cuts)
    own = sparse.hstack([problem.matrix, sparse.csr_array((problem.shape[0], groups))])
    constants = np.array([cut.constant for cut, _ in master.cuts])
    return Problem(
        problem.name,
        "min",
        master.cost,
        0.0,
        sparse.csr_array(sparse.vstack([own, sparse.csr_array(cuts)])),
        np.concatenate([problem.row_lower, constants]),
        np.concatenate([problem.row_upper, np.full(count, math.inf)]),
        np.concatenate([master.lower, master.least]),
        np.concatenate([master.upper, np.maximum(master.most, master.least)]),
        np.concatenate([problem.integer, np.zeros(groups, dtype=bool)]),
        (_numbered("row", problem.shape[0] + count),),
        (_numbered("column", problem.shape[1] + groups),),
    )


def _numbered(name: str, count: int) -> Block:
    return Block(name, Index.of(name, [str(k) for k in range(count)]), 0)
