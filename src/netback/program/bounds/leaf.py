"""One part of a program with products: its relaxation over a box, and the rows scaled by a weight, for a hull."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs, entries, envelopes, product_ranges
from netback.program.bounds.safe import Rows
from netback.program.index import IntArray
from netback.program.problem import FloatArray, Problem


@dataclass(frozen=True, eq=False)
class Leaf:
    """One part: its box (n,), the rows of its relaxation, and the ends of all columns (n + products,)."""

    ranges: Ranges
    rows: Rows
    lower: FloatArray
    upper: FloatArray

    @property
    def base(self) -> FloatArray:
        """The point from which the leaf's columns are counted: its lower ends, zero where there are none."""
        base: FloatArray = np.where(np.isfinite(self.lower), self.lower, 0.0)
        return base

    @classmethod
    def of(cls, problem: Problem, pairs: Pairs, ranges: Ranges) -> Leaf:
        """The relaxation of a program over a box."""
        sides = envelopes(pairs, ranges.lower, ranges.upper)
        row, column, value = entries(problem, pairs, sides)
        kept = value != 0.0
        low = np.concatenate([problem.row_lower, sides.lower.ravel()])
        high = np.concatenate([problem.row_upper, sides.upper.ravel()])
        w_low, w_high = product_ranges(pairs, ranges.lower, ranges.upper)
        rows = Rows(row[kept], column[kept], value[kept], low, high)
        lower, upper = np.concatenate([ranges.lower, w_low]), np.concatenate([ranges.upper, w_high])
        return cls(ranges, rows, lower, upper)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Rows of a leaf over ``v - base w`` and its weight w, the last column, for a hull of leaves.

    Triplets ``rows``, ``columns``, ``values`` (nonzeros,), sides (m,), and ``behind`` (m,): the row of the leaf that
    each comes from, -1 for the upper end of a column.
    """

    rows: IntArray
    columns: IntArray
    values: FloatArray
    lower: FloatArray
    upper: FloatArray
    behind: IntArray


def homogeneous(leaf: Leaf) -> Scaled:
    """Rows of a leaf scaled by its weight; every finite side and every finite upper end gives one."""
    own, width = leaf.rows, len(leaf.lower)
    base = leaf.base
    at_base = np.bincount(own.rows, weights=own.values * base[own.columns], minlength=len(own.lower))
    has_low, has_high = np.isfinite(own.lower), np.isfinite(own.upper)
    equal = has_low & has_high & (own.lower == own.upper)
    kinds = (
        (equal, own.lower, 0.0, 0.0),
        (has_low & ~equal, own.lower, 0.0, math.inf),
        (has_high & ~equal, own.upper, -math.inf, 0.0),
    )
    first, rows, columns, values = 0, [], [], []
    low, high, behind = [], [], []
    for chosen, side, least, most in kinds:
        ids = np.flatnonzero(chosen)
        kept = chosen[own.rows]
        place = first + np.cumsum(chosen) - 1
        rows += [place[own.rows[kept]], place[ids]]
        columns += [own.columns[kept], np.full(len(ids), width)]
        values += [own.values[kept], (at_base - np.where(chosen, side, 0.0))[ids]]
        low.append(np.full(len(ids), least))
        high.append(np.full(len(ids), most))
        behind.append(ids)
        first += len(ids)
    wide = np.flatnonzero((leaf.upper > leaf.lower) & np.isfinite(leaf.upper))
    ends = first + np.arange(len(wide))
    rows += [ends, ends]
    columns += [wide, np.full(len(wide), width)]
    values += [np.ones(len(wide)), (base - leaf.upper)[wide]]
    low.append(np.full(len(wide), -math.inf))
    high.append(np.zeros(len(wide)))
    behind.append(np.full(len(wide), -1))
    row, column, number = (np.concatenate(part) for part in (rows, columns, values))
    there = number != 0.0
    return Scaled(
        row[there], column[there], number[there], *(np.concatenate(part) for part in (low, high, behind))
    )
