"""Ranges of columns from the structure: interval arithmetic through rows and products, rounded outward.

A row ``low <= sum a_j x_j + sum q w <= high`` bounds each of its terms by what the others leave, a product
``w = a b`` is bounded by its factors and, where a factor does not change sign, bounds the other one by division.
Repeated until little moves. In a pool this puts the quality between those of its sources. Sums are widened by
their own error bound, so that no feasible point is cut off. Reference: Belotti, Cafieri, Lee and Liberti, On
feasibility based bounds tightening (2012).
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
    """Rows of a problem with its products as columns of their own, every row as two of the form ``sum v x <= limit``.

    Triplets ``rows``, ``columns``, ``values`` over 2m rows and n + k columns; ``least`` points into the ends
    ``[low, high]`` at the one that makes a term least; ``ups`` and ``downs`` are the entries that bound from above and
    from below.
    """

    rows: IntArray
    columns: IntArray
    values: FloatArray
    least: IntArray
    limits: FloatArray
    allowance: FloatArray
    ups: IntArray
    downs: IntArray
    pairs: Pairs
    width: int
    integer: BoolArray
    whole: IntArray

    @classmethod
    def of(cls, problem: Problem, pairs: Pairs | None = None) -> Structure:
        """The structure of a problem; ``pairs`` its distinct products where already known."""
        pairs = Pairs.of(problem.products) if pairs is None else pairs
        count, width = problem.shape
        own = np.repeat(np.arange(count), np.diff(problem.matrix.indptr))
        rows = np.concatenate([own, pairs.rows])
        columns = np.concatenate([problem.matrix.indices.astype(np.int64), width + pairs.pairs])
        values = np.concatenate([problem.matrix.data, pairs.coefficients])
        limits = np.concatenate([problem.row_upper, -problem.row_lower])
        kept = np.isfinite(limits)[np.concatenate([rows, count + rows])]
        rows, columns = np.concatenate([rows, count + rows])[kept], np.concatenate([columns, columns])[kept]
        values = np.concatenate([values, -values])[kept]
        least = np.where(values > 0.0, columns, columns + width + len(pairs))
        terms = np.bincount(rows, minlength=2 * count).astype(np.float64) + 4.0
        whole = np.flatnonzero(problem.integer)
        ups, downs = np.flatnonzero(values > 0.0), np.flatnonzero(values < 0.0)
        return cls(
            rows, columns, values, least, limits, terms, ups, downs, pairs, width, problem.integer, whole
        )


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
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for _ in range(rounds):
            before = low, high
            low, high = _through_rows(structure, low, high)
            if len(pairs):
                _through_products(structure, low, high)
            if len(structure.whole):
                _round_whole(structure, low, high)
            if bool((low > high).any()):
                # The ends are rounded outward, so that crossing is a proof.
                return Ranges(low[:width], high[:width], empty=True)
            if not _moved(*before, low, high):
                break
    return Ranges(low[:width], high[:width])


def _moved(low: FloatArray, high: FloatArray, new_low: FloatArray, new_high: FloatArray) -> bool:
    """Whether an infinite end became finite or a range shrank by a hundredth."""
    if bool((new_high - new_low < 0.99 * (high - low)).any()):
        return True
    opened = (np.isfinite(new_low) & ~np.isfinite(low)) | (np.isfinite(new_high) & ~np.isfinite(high))
    return bool(opened.any())


def _through_rows(structure: Structure, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends of columns that every row leaves, together with the ends given; new arrays."""
    columns, ups, downs = structure.columns, structure.ups, structure.downs
    least = structure.values * np.concatenate([low, high])[structure.least]
    bounds = _left_over(structure, least) / structure.values
    new_low, new_high = low.copy(), high.copy()
    ceiling, floor = np.nextafter(bounds[ups], np.inf), np.nextafter(bounds[downs], -np.inf)
    # fmin and fmax pass over what is not a number: nothing is known there.
    np.fmin.at(new_high, columns[ups], ceiling)
    np.fmax.at(new_low, columns[downs], floor)
    return new_low, new_high


def _left_over(structure: Structure, least: FloatArray) -> FloatArray:
    """For every entry the row's limit less the least of the other entries, rounded up; inf where unknown."""
    rows, limits = structure.rows, structure.limits
    count = len(limits)
    finite = np.isfinite(least)
    if finite.all():
        total = np.bincount(rows, weights=least, minlength=count)
        size = np.bincount(rows, weights=np.abs(least), minlength=count)
        error = structure.allowance * (2.0 * EPSILON * (size + np.abs(limits)) + TINY)
        return np.asarray((limits - total + error)[rows] + least + error[rows])
    closed = np.where(finite, least, 0.0)
    total = np.bincount(rows, weights=closed, minlength=count)
    size = np.bincount(rows, weights=np.abs(closed), minlength=count)
    holes = np.bincount(rows, weights=~finite, minlength=count)
    error = structure.allowance * (2.0 * EPSILON * (size + np.abs(limits)) + TINY)
    left = (limits - total + error)[rows] + closed + error[rows]
    return np.where(holes[rows] - ~finite == 0.0, left, np.inf)


def _through_products(structure: Structure, low: FloatArray, high: FloatArray) -> None:
    """Ends of products from their factors, and of factors from their products; in place."""
    pairs, width = structure.pairs, structure.width
    own_low, own_high = product_ranges(pairs, low[:width], high[:width])
    np.maximum(low[width:], own_low, out=low[width:])
    np.minimum(high[width:], own_high, out=high[width:])
    for factor, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        sound = np.flatnonzero((low[other] > 0.0) | (high[other] < 0.0))
        if len(sound):
            by, w = other[sound], width + sound
            floor, ceiling = _quotients(low[w], high[w], low[by], high[by])
            np.fmax.at(low, factor[sound], floor)
            np.fmin.at(high, factor[sound], ceiling)
    if pairs.square.any():
        square = np.flatnonzero(pairs.square & (high[width:] >= 0.0))
        root = np.nextafter(np.sqrt(high[width + square]), np.inf)
        np.maximum.at(low, pairs.a[square], -root)
        np.minimum.at(high, pairs.a[square], root)


def _quotients(
    low: FloatArray, high: FloatArray, by_low: FloatArray, by_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ends of ``w / b`` rounded outward for b that is not zero; not a number where unknown."""
    corners = np.array([low / by_low, low / by_high, high / by_low, high / by_high])
    return np.nextafter(corners.min(axis=0), -np.inf), np.nextafter(corners.max(axis=0), np.inf)


def _round_whole(structure: Structure, low: FloatArray, high: FloatArray) -> None:
    whole = structure.whole
    low[whole] = np.ceil(low[whole] - WHOLE)
    high[whole] = np.floor(high[whole] + WHOLE)
