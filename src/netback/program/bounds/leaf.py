"""One part of a program with products: its relaxation over a box, and the rows scaled by a weight, for a hull."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

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


def homogeneous(leaf: Leaf) -> tuple[Any, FloatArray, FloatArray, IntArray]:
    """Rows of a leaf over ``v - base w`` and its weight w, for a hull of leaves.

    Returns
    -------
    tuple
        Matrix over the leaf's columns and w, lower and upper sides, and the row of the leaf behind each (-1: a bound).
    """
    import scipy.sparse as sparse

    rows, width = leaf.rows, len(leaf.lower)
    shape = (len(rows.lower), width)
    matrix = sparse.coo_array((rows.values, (rows.rows, rows.columns)), shape=shape).tocsr()
    base = leaf.base
    at_base = np.asarray(matrix @ base)
    has_low, has_high = np.isfinite(rows.lower), np.isfinite(rows.upper)
    equal = has_low & has_high & (rows.lower == rows.upper)
    source = [np.flatnonzero(equal), np.flatnonzero(has_low & ~equal), np.flatnonzero(has_high & ~equal)]
    sides = [rows.lower, rows.lower, rows.upper]
    parts = [
        sparse.hstack([matrix[own], sparse.csr_array((at_base - side)[own][:, None])])
        for own, side in zip(source, sides, strict=True)
    ]
    wide = np.flatnonzero((leaf.upper > leaf.lower) & np.isfinite(leaf.upper))
    unit = sparse.csr_array((np.ones(len(wide)), (np.arange(len(wide)), wide)), shape=(len(wide), width))
    parts.append(sparse.hstack([unit, sparse.csr_array((base - leaf.upper)[wide][:, None])]))
    sizes = [len(own) for own in source]
    low = np.concatenate([np.zeros(sizes[0] + sizes[1]), np.full(sizes[2] + len(wide), -math.inf)])
    high = np.concatenate([np.zeros(sizes[0]), np.full(sizes[1], math.inf), np.zeros(sizes[2] + len(wide))])
    behind = np.concatenate([*source, np.full(len(wide), -1)])
    return sparse.vstack(parts, format="csr"), low, high, behind
