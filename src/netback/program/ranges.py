"""Ranges of columns that follow from the rows: interval propagation on the linear part.

For a row  low <= sum a_j x_j <= high  and a column k with a_k > 0:

    x_k <= (high - sum over j != k of the least a_j x_j) / a_k

and likewise for the other signs. Repeated until nothing moves much. Reference: Belotti, Cafieri, Lee, Liberti, On
feasibility based bounds tightening (2012). Results are widened by a relative 1e-9, so that rounding cannot cut off a
feasible point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netback.program.problem import Problem

FloatArray = NDArray[np.float64]

_WIDEN = 1e-9


def column_ranges(problem: Problem, rounds: int = 30) -> tuple[FloatArray, FloatArray]:
    """Lower and upper ends of every column, float (columns,) each; rows with product terms are left out."""
    matrix = problem.matrix.tocsr()
    linear = np.ones(matrix.shape[0], dtype=bool)
    linear[problem.products.rows] = False
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    keep = linear[rows]
    entries = rows[keep], matrix.indices[keep].astype(np.int64), matrix.data[keep]
    for _ in range(rounds):
        before = np.isfinite(lower).sum() + np.isfinite(upper).sum()
        width = _width(lower, upper)
        _tighten(problem, entries, lower, upper)
        grew = np.isfinite(lower).sum() + np.isfinite(upper).sum() - before
        if not grew and _width(lower, upper) > width * (1.0 - 1e-3):
            break
    return lower, upper


def _width(lower: FloatArray, upper: FloatArray) -> float:
    both = np.isfinite(lower) & np.isfinite(upper)
    return float((upper[both] - lower[both]).sum())


def _tighten(
    problem: Problem,
    entries: tuple[NDArray[np.int64], NDArray[np.int64], FloatArray],
    lower: FloatArray,
    upper: FloatArray,
) -> None:
    rows, columns, values = entries
    count = problem.shape[0]
    low = np.where(values > 0.0, values * lower[columns], values * upper[columns])
    high = np.where(values > 0.0, values * upper[columns], values * lower[columns])
    rest_low = _without_own(rows, low, count)
    rest_high = _without_own(rows, high, count)
    with np.errstate(invalid="ignore"):
        at_most = (problem.row_upper[rows] - rest_low) / values
        at_least = (problem.row_lower[rows] - rest_high) / values
    at_most, at_least = (
        np.where(values > 0.0, at_most, at_least),
        np.where(values > 0.0, at_least, at_most),
    )
    at_most = np.where(np.isnan(at_most), np.inf, at_most)
    at_least = np.where(np.isnan(at_least), -np.inf, at_least)
    lost = _lost_digits(rows, low, high, values, count)
    at_most += _WIDEN * (1.0 + np.abs(at_most)) + lost
    at_least -= _WIDEN * (1.0 + np.abs(at_least)) + lost
    np.minimum.at(upper, columns, at_most)
    np.maximum.at(lower, columns, at_least)


def _without_own(rows: NDArray[np.int64], ends: FloatArray, count: int) -> FloatArray:
    """For every entry the sum of its row's other ends; infinite where another end is."""
    infinite = ~np.isfinite(ends)
    finite = np.where(infinite, 0.0, ends)
    total = np.bincount(rows, weights=finite, minlength=count)
    infinities = np.bincount(rows, weights=infinite.astype(float), minlength=count)
    others = infinities[rows] - infinite
    # All infinite ends of a "least" sum are -inf and of a "most" sum +inf.
    endless = -np.inf if infinite.any() and ends[infinite][0] < 0.0 else np.inf
    return np.where(others > 0.0, endless, total[rows] - finite)


def _lost_digits(
    rows: NDArray[np.int64], low: FloatArray, high: FloatArray, values: FloatArray, count: int
) -> FloatArray:
    """Error that cancellation may leave in an end: a few rounding units of all that was added up in its row."""
    size = np.maximum(
        np.where(np.isfinite(low), np.abs(low), 0.0), np.where(np.isfinite(high), np.abs(high), 0.0)
    )
    total = np.bincount(rows, weights=size, minlength=count)[rows]
    entries = np.bincount(rows, minlength=count)[rows]
    lost: FloatArray = 4.0 * np.finfo(np.float64).eps * entries * total / np.abs(values)
    return lost
