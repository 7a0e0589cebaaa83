"""The first stage as a linear program: its own columns and rows, and cuts for what the blocks cost.

Blocks are put into a few groups, each with one column theta for the cost of all its blocks, so that the size of the
program does not grow with their number. Bounds are safe: multipliers evaluated with directed rounding, over a theta
that lies between a bound of its group and the most that any cut can ask for.
"""

from __future__ import annotations

import math

import highspy
import numpy as np

from netback.program import _highs
from netback.program.bounds.safe import EPSILON, Rows, lagrangian
from netback.program.decomposition.cuts import Cut
from netback.program.problem import FloatArray, Problem

_Model = highspy.HighsModelStatus


class Master:
    """See the module.

    Parameters
    ----------
    problem
        First-stage columns (k,) with their costs and rows, as a minimisation.
    lower, upper
        Box (k,), finite.
    least
        A bound on the cost of every group (g,).
    """

    def __init__(self, problem: Problem, lower: FloatArray, upper: FloatArray, least: FloatArray) -> None:
        self.problem, self.width, self.groups = problem, problem.shape[1], len(least)
        self.lower, self.upper = np.array(lower), np.array(upper)
        self.least, self.most = np.array(least), np.array(least)
        self.slopes = np.zeros((0, self.width))
        self.constants = np.zeros(0)
        self.of_group = np.zeros(0, dtype=np.int64)
        self._cost = np.concatenate([problem.objective, np.ones(self.groups)])
        self.own_cost = self._cost
        self._highs = self._new_highs()

    def _new_highs(self) -> highspy.Highs:
        matrix = self.problem.matrix
        rows, columns = self.problem.shape
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = rows, columns + self.groups
        lp.col_cost_ = self._cost
        lp.col_lower_ = np.concatenate([self.lower, self.least])
        lp.col_upper_ = np.concatenate([self.upper, np.full(self.groups, math.inf)])
        lp.row_lower_, lp.row_upper_ = self.problem.row_lower, self.problem.row_upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = rows, columns + self.groups
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        highs = _highs.new_solver()
        for name, value in (("threads", 1), ("presolve", "off"), ("solver", "simplex")):
            _highs.set_option(highs, name, value)
        _highs.check(highs.passModel(lp), f"passing the first stage of {self.problem.name}")
        return highs

    def add(self, cut: Cut, group: int) -> None:
        """Add the cut of a group, or of no group where it is a ray's."""
        cost = np.flatnonzero(cut.slope)
        columns, values = cost, -cut.slope[cost]
        if not cut.is_ray:
            columns = np.append(columns, self.width + group)
            values = np.append(values, 1.0)
            corner = np.maximum(cut.slope * self.lower, cut.slope * self.upper)
            top = cut.constant + float(np.abs(corner).sum())
            self.most[group] = max(self.most[group], math.nextafter(top + EPSILON * abs(top), math.inf))
        self.slopes = np.vstack([self.slopes, cut.slope])
        self.constants = np.append(self.constants, cut.constant)
        self.of_group = np.append(self.of_group, -1 if cut.is_ray else group)
        status = self._highs.addRow(
            cut.constant, math.inf, len(columns), columns.astype(np.int32), values
        )
        _highs.check(status, "adding a cut")

    def set_box(self, lower: FloatArray, upper: FloatArray) -> None:
        """Change the box (k,); it may only be a part of the first one."""
        self.lower, self.upper = np.array(lower), np.array(upper)
        ids = np.arange(self.width, dtype=np.int32)
        _highs.check(self._highs.changeColsBounds(self.width, ids, lower, upper), "changing the box")

    def solve(self) -> tuple[float, FloatArray | None]:
        """Safe bound and first-stage point (k,); inf and None where multipliers prove that there is none."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == _Model.kOptimal:
            solution = self._highs.getSolution()
            x = np.array(solution.col_value)
            self.multipliers = np.array(solution.row_dual)
            return self._safe(self._cost, self.multipliers), x
        if status in (_Model.kInfeasible, _Model.kUnboundedOrInfeasible) and self._empty():
            return math.inf, None
        return -math.inf, None

    def _empty(self) -> bool:
        status, there, ray = self._highs.getDualRay()
        if status != highspy.HighsStatus.kOk or not there:
            return False
        zero = np.zeros(len(self._cost))
        return any(self._safe(zero, sign * np.array(ray)) > 0.0 for sign in (1.0, -1.0))

    def _safe(self, cost: FloatArray, y: FloatArray) -> float:
        """Lagrangian bound from multipliers of the own rows and the cuts that they use."""
        count = self.problem.shape[0]
        used = np.flatnonzero(y[count:])
        own = np.repeat(np.arange(count), np.diff(self.problem.matrix.indptr))
        at, column = np.nonzero(self.slopes[used])
        theta = np.flatnonzero(self.of_group[used] >= 0)
        rows = Rows(
            np.concatenate([own, count + at, count + theta]),
            np.concatenate([self.problem.matrix.indices, column, self.width + self.of_group[used][theta]]),
            np.concatenate([self.problem.matrix.data, -self.slopes[used][at, column], np.ones(len(theta))]),
            np.concatenate([self.problem.row_lower, self.constants[used]]),
            np.concatenate([self.problem.row_upper, np.full(len(used), math.inf)]),
        )
        lower, upper = np.concatenate([self.lower, self.least]), np.concatenate([self.upper, self.most])
        return lagrangian(rows, cost, lower, upper, np.concatenate([y[:count], y[count:][used]])).value
