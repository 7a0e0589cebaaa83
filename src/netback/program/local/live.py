"""A live linear program of one shape: new numbers go to HiGHS as differences and simplex starts from its last basis.

Unlike :class:`netback.program.highs.Session` the pattern of coefficients is given once and never changes, so that a
change costs no comparison of matrices; it is meant for hundreds of solves of a successive linear program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from netback.program import _highs
from netback.program.index import IntArray
from netback.program.problem import FloatArray

TOLERANCE = 1e-9
#: Coefficients to change, above which passing the whole model is quicker (measured: 7 us a coefficient).
MANY_CHANGES = 500
_Status = highspy.HighsModelStatus
_OPTIMAL = (_Status.kOptimal,)


@dataclass(eq=False)
class Numbers:
    """All numbers of a linear program ``min cost x``; entries follow the pattern of the live program."""

    cost: FloatArray
    column_lower: FloatArray
    column_upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    entries: FloatArray


@dataclass(frozen=True, eq=False)
class Point:
    """What a live solve found: ``x`` and duals, or None without an optimum."""

    is_optimal: bool
    x: FloatArray | None = None
    row_dual: FloatArray | None = None
    objective: float = np.nan
    iterations: int = 0


@dataclass(eq=False)
class Clock:
    """When to stop: a deadline in seconds of the monotonic clock and the caller's wish."""

    deadline: float = np.inf
    cancel: Callable[[], bool] | None = None
    stopped: bool = field(default=False, init=False)

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    def is_over(self) -> bool:
        """Whether the time is up or the caller has asked to stop; stays True."""
        if not self.stopped:
            self.stopped = self.left <= 0.0 or (self.cancel is not None and bool(self.cancel()))
        return self.stopped


class Live:
    """One linear program, kept in HiGHS. ``rows`` and ``columns`` (k,) are the places of the entries, unique."""

    def __init__(self, shape: tuple[int, int], rows: IntArray, columns: IntArray) -> None:
        self._shape = shape
        order = np.lexsort((columns, rows))
        self._rows, self._columns, self._order = rows[order], columns[order], order
        self._highs: Any = None
        self._lp: Any = None
        self._now: Numbers | None = None
        self.iterations = 0

    def solve(self, numbers: Numbers, clock: Clock) -> Point:
        """Solve with new numbers from the last basis; without an optimum once more from the start."""
        if self._now is None:
            self._begin()
            self._pass(numbers)
        elif int((self._now.entries != numbers.entries).sum()) > MANY_CHANGES:
            basis = self._highs.getBasis()
            self._pass(numbers)
            if basis.valid:
                _highs.check(self._highs.setBasis(basis), "setting the basis")
        else:
            self._send(self._now, numbers)
        self._now = numbers
        point = self._run(clock)
        if not point.is_optimal and not clock.is_over():
            _highs.check(self._highs.clearSolver(), "clearing the solver")
            point = self._run(clock)
        return point

    def _begin(self) -> None:
        self._highs, self._lp = _highs.new_solver(), self._empty()
        for name, value in (("solver", "simplex"), ("threads", 1), ("presolve", "off")):
            _highs.set_option(self._highs, name, value)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            _highs.set_option(self._highs, name, TOLERANCE)

    def _pass(self, new: Numbers) -> None:
        lp = self._lp
        lp.col_cost_ = new.cost
        lp.col_lower_, lp.col_upper_ = new.column_lower, new.column_upper
        lp.row_lower_, lp.row_upper_ = new.row_lower, new.row_upper
        lp.a_matrix_.value_ = new.entries[self._order]
        _highs.check(self._highs.passModel(lp), "passing a linearisation")

    def _empty(self) -> Any:
        """The model's pattern, which stays."""
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = self._shape
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = self._shape
        lp.a_matrix_.start_ = np.searchsorted(self._rows, np.arange(self._shape[0] + 1)).astype(np.int32)
        lp.a_matrix_.index_ = self._columns.astype(np.int32)
        return lp

    def _send(self, old: Numbers, new: Numbers) -> None:
        highs = self._highs
        changed = _changed(old.cost, new.cost)
        _highs.check(highs.changeColsCost(len(changed), changed, new.cost[changed]), "changing costs")
        changed = _changed(old.column_lower, new.column_lower, old.column_upper, new.column_upper)
        low, high = new.column_lower[changed], new.column_upper[changed]
        _highs.check(highs.changeColsBounds(len(changed), changed, low, high), "changing column bounds")
        changed = _changed(old.row_lower, new.row_lower, old.row_upper, new.row_upper)
        low, high = new.row_lower[changed], new.row_upper[changed]
        _highs.check(highs.changeRowsBounds(len(changed), changed, low, high), "changing row bounds")
        before, after = old.entries[self._order], new.entries[self._order]
        at = np.flatnonzero(before != after)
        change, error = highs.changeCoeff, highspy.HighsStatus.kError
        triplets = zip(self._rows[at].tolist(), self._columns[at].tolist(), after[at].tolist(), strict=True)
        if any(change(*triplet) == error for triplet in triplets):
            _highs.check(error, "changing a coefficient")

    def _run(self, clock: Clock) -> Point:
        # The time limit of HiGHS counts all runs of one instance together.
        limit = self._highs.getRunTime() + clock.left
        _highs.set_option(self._highs, "time_limit", float(min(limit, 1e30)))
        status = self._highs.run()
        info = self._highs.getInfo()
        self.iterations += max(0, info.simplex_iteration_count)
        if status == highspy.HighsStatus.kError or self._highs.getModelStatus() not in _OPTIMAL:
            return Point(False, iterations=max(0, info.simplex_iteration_count))
        found = self._highs.getSolution()
        return Point(
            True,
            np.array(found.col_value),
            np.array(found.row_dual),
            float(info.objective_function_value),
            max(0, info.simplex_iteration_count),
        )


def _changed(*arrays: FloatArray) -> NDArray[np.int32]:
    """Places where any old and new array of the given pairs differ."""
    differs = arrays[0] != arrays[1]
    for old, new in zip(arrays[2::2], arrays[3::2], strict=True):
        differs = differs | (old != new)
    return np.flatnonzero(differs).astype(np.int32)
