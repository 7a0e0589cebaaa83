"""Ranges of columns from the structure: interval arithmetic through rows and products, rounded outward.

A row ``low <= sum a_j x_j + sum q w <= high`` bounds each of its terms by what the others leave, a product
``w = a b`` is bounded by its factors and, where a factor does not change sign, bounds the other one by division.
Repeated until little moves. In a pool this puts the quality between those of its sources. Sums are widened by
their own error bound, so that no feasible point is cut off. Reference: Belotti, Cafieri, Lee and Liberti, On feasibility
based bounds tightening (2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.relax import Pairs, product_ranges
from netback.program.bounds.safe import EPSILON, TINY
from netback.program.problem import BoolArray, FloatArray, Problem

IntArray = NDArray[np.int64]

#: Whole columns may miss their number by this much, so that rounding their ranges loses no accepted point.
WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Structure:
    """Rows of a problem with its products as columns of their own: triplets over n + k columns."""

    rows: IntArray
    columns: IntArray
    values: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    counts: FloatArray
    pairs: Pairs
    width: int
    integer: BoolArray

    @classmethod
    def of(cls, problem: Problem, pairs: Pairs | None = None) -> Structure:
        """The structure of a problem; ``pairs`` its distinct products where already known."""
        pairs = Pairs.of(problem.products) if pairs is None else pairs
        count, width = problem.shape
        own = np.repeat(np.arange(count), np.diff(problem.matrix.indptr))
        rows = np.concatenate([own, pairs.rows])
        columns = np.concatenate([problem.matrix.indices.astype(np.int64), width + pairs.pairs])
        values = np.concatenate([problem.matrix.data, pairs.coefficients])
        counts = np.bincount(rows, minlength=count) + 4.0
        bounds = problem.row_lower, problem.row_upper
        return cls(rows, columns, values, *bounds, counts, pairs, width, problem.integer)


@dataclass(frozen=True, eq=False)
class Ranges:
    """Ends of every column (n,); ``empty`` when they prove that there is no feasible point."""

    lower: FloatArray
    upper: FloatArray
    empty: bool = False


def structural_ranges(
    problem: Problem, lower: FloatArray | None = None, upper: FloatArray | None = None, rounds: int = 20
) -> Ranges:
    """Ranges of the columns of a problem from its rows and products.

    Parameters
    ----------
    problem
        With or without products.
    lower, upper
        Ranges (n,) to start from; the problem's own bounds where not given.
    rounds
        At most so many passes over all rows.
    """
    low = problem.column_lower if lower is None else lower
    high = problem.column_upper if upper is None else upper
    return propagate(Structure.of(problem), low, high, rounds)


def propagate(structure: Structure, lower: FloatArray, upper: FloatArray, rounds: int = 3) -> Ranges:
    """Narrow ranges (n,) by rows and products until little moves; never cuts off a feasible point."""
    pairs, width = structure.pairs, structure.width
    w_low, w_high = product_ranges(pairs, lower, upper)
    low, high = np.concatenate([lower, w_low]), np.concatenate([upper, w_high])
    for _ in range(rounds):
        before = low, high
        low, high = _through_rows(structure, low, high)
        if len(pairs):
            low, high = _through_products(structure, low, high)
        _round_whole(structure, low, high)
        if bool((low > high).any()):
            return _crossed(structure, low, high)
        if not _moved(*before, low, high):
            break
    return Ranges(low[:width], high[:width])


def _crossed(structure: Structure, low: FloatArray, high: FloatArray) -> Ranges:
    """No point, where ends cross; the ends are rounded outward, so that crossing proves it."""
    return Ranges(low[: structure.width], high[: structure.width], empty=True)


def _moved(low: FloatArray, high: FloatArray, new_low: FloatArray, new_high: FloatArray) -> bool:
    """Whether an infinite end became finite or a range shrank by a hundredth."""
    with np.errstate(invalid="ignore"):
        old, new = high - low, new_high - new_low
        shrunk = new < 0.99 * old
    opened = (np.isfinite(new_low) & ~np.isfinite(low)) | (np.isfinite(new_high) & ~np.isfinite(high))
    return bool((shrunk | opened).any())


def _through_rows(
    structure: Structure, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ends of columns that every row leaves, together with the ends given."""
    rows, columns, values = structure.rows, structure.columns, structure.values
    positive = values > 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        least = values * np.where(positive, low[columns], high[columns])
        most = values * np.where(positive, high[columns], low[columns])
    at_most = _left_over(structure, structure.row_upper, least)
    at_least = -_left_over(structure, -structure.row_lower, -most)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        first, second = at_most / values, at_least / values
        ceiling, floor = np.where(positive, first, second), np.where(positive, second, first)
        ceiling, floor = np.nextafter(ceiling, np.inf), np.nextafter(floor, -np.inf)
    new_low, new_high = low.copy(), high.copy()
    np.minimum.at(new_high, columns, np.where(np.isnan(ceiling), np.inf, ceiling))
    np.maximum.at(new_low, columns, np.where(np.isnan(floor), -np.inf, floor))
    return new_low, new_high


def _left_over(structure: Structure, limit: FloatArray, least: FloatArray) -> FloatArray:
    """For every entry the row's limit less the least of the other entries, rounded up; inf where unknown."""
    rows, count = structure.rows, len(limit)
    is_open = ~np.isfinite(least)
    closed = np.where(is_open, 0.0, least)
    total = np.bincount(rows, weights=closed, minlength=count)
    size = np.bincount(rows, weights=np.abs(closed), minlength=count)
    holes = np.bincount(rows, weights=is_open, minlength=count)
    with np.errstate(invalid="ignore"):
        error = structure.counts * (2.0 * EPSILON * (size + np.abs(limit)) + TINY)
        left = limit[rows] - (total[rows] - closed) + error[rows]
    known = np.isfinite(limit)[rows] & (holes[rows] - is_open == 0.0)
    return np.where(known & ~np.isnan(left), left, np.inf)


def _through_products(
    structure: Structure, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    pairs, width = structure.pairs, structure.width
    own_low, own_high = product_ranges(pairs, low[:width], high[:width])
    low[width:] = np.maximum(low[width:], own_low)
    high[width:] = np.minimum(high[width:], own_high)
    for factor, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        floor, ceiling = _quotients(low[width:], high[width:], low[other], high[other])
        np.maximum.at(low, factor, floor)
        np.minimum.at(high, factor, ceiling)
    square = np.flatnonzero(pairs.square & (high[width:] >= 0.0))
    with np.errstate(invalid="ignore"):
        root = np.nextafter(np.sqrt(high[width + square]), np.inf)
    np.maximum.at(low, pairs.a[square], -root)
    np.minimum.at(high, pairs.a[square], root)
    return low, high


def _quotients(
    low: FloatArray, high: FloatArray, by_low: FloatArray, by_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ends of ``w / b`` rounded outward, infinite where b may be zero."""
    sound = (by_low > 0.0) | (by_high < 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        corners = np.stack([low / by_low, low / by_high, high / by_low, high / by_high])
    corners[:, ~sound] = 0.0
    unknown = ~sound | np.isnan(corners).any(axis=0)
    floor = np.nextafter(corners.min(axis=0), -np.inf)
    ceiling = np.nextafter(corners.max(axis=0), np.inf)
    return np.where(unknown, -np.inf, floor), np.where(unknown, np.inf, ceiling)


def _round_whole(structure: Structure, low: FloatArray, high: FloatArray) -> None:
    whole = np.flatnonzero(structure.integer)
    low[whole] = np.ceil(low[whole] - WHOLE)
    high[whole] = np.floor(high[whole] + WHOLE)
