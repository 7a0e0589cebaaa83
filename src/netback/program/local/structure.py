"""Which product columns are flows and which are qualities or shares, read from the rows alone.

A plant twice as large has every flow doubled and every quality the same. So each column gets a degree d: all terms of
an equation without a constant have one degree, a product has the sum of its two, and in an equation with a constant
each term has degree 0. Limits say nothing: they do not grow with the plant. Columns whose degree these conditions force
to 0 are intensive (qualities, shares, prices), others extensive (flows). Where each product has one of either kind,
the intensive columns are a cover with a meaning: with them fixed a linear program over the flows remains that can
nearly always be met, if only by doing nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import lsmr

from netback.program.index import IntArray
from netback.program.local.cover import Cover, cover, product_pairs
from netback.program.problem import BoolArray, FloatArray, Problem

#: A degree counts as zero below this; the probe has entries between 1 and 2.
ZERO_DEGREE = 1e-4
PRECISION = 1e-9
MOST_ITERATIONS = 3000


def intensive(problem: Problem) -> BoolArray:
    """Mark the columns (n,) whose degree the rows force to zero."""
    conditions = _conditions(problem)
    probe = 1.0 + np.random.default_rng(0).random(problem.shape[1])
    if conditions.shape[0] == 0:
        return np.zeros(problem.shape[1], dtype=bool)
    # Nearest degrees to the probe that meet all conditions: those forced to zero become zero.
    found = lsmr(conditions.T, probe, atol=PRECISION, btol=PRECISION, conlim=0.0, maxiter=MOST_ITERATIONS)
    degrees = probe - conditions.T @ found[0]
    return np.asarray(np.abs(degrees) < ZERO_DEGREE)


def sides(problem: Problem) -> Cover:
    """Cover whose first side is intensive and second extensive in each block where all products tell them apart.

    Blocks of the product graph in which they do not keep their sides of the smallest cover.
    """
    found = cover(problem)
    pairs = product_pairs(problem)
    is_intensive = intensive(problem)
    if not len(pairs):
        return found
    is_told = is_intensive[pairs[:, 0]] ^ is_intensive[pairs[:, 1]]
    unclear = np.unique(found.block[pairs[~is_told, 0]])
    columns = np.unique(pairs)
    columns = columns[~np.isin(found.block[columns], unclear)]
    first = columns[is_intensive[columns]], found.first[np.isin(found.block[found.first], unclear)]
    second = columns[~is_intensive[columns]], found.second[np.isin(found.block[found.second], unclear)]
    both = np.sort(np.concatenate(first)), np.sort(np.concatenate(second))
    return replace(found, first=both[0], second=both[1], is_smallest=len(both[0]) == len(found.first))


def _conditions(problem: Problem) -> sparse.csr_array[np.float64]:
    """One row per condition on the degrees (n,): difference of a term and its row's first term, or a term alone."""
    rows, first, second = _terms(problem)
    is_equal = problem.row_lower == problem.row_upper
    has_constant = (problem.row_lower != 0.0) | _meets_constants(problem)
    keep = is_equal[rows]
    rows, first, second = rows[keep], first[keep], second[keep]
    order = np.argsort(rows, kind="stable")
    rows, first, second = rows[order], first[order], second[order]
    leader = np.searchsorted(rows, rows)
    alone = has_constant[rows]
    use = alone | (leader != np.arange(len(rows)))
    count = np.arange(int(use.sum()))
    lead = leader[use]
    sign = np.where(alone[use], 0.0, -1.0)
    parts = [(first[use], 1.0 + 0.0 * sign), (second[use], 1.0 + 0.0 * sign)]
    parts += [(first[lead], sign), (second[lead], sign)]
    return _matrix(count, parts, problem.shape[1])


def _matrix(
    count: IntArray, parts: list[tuple[IntArray, FloatArray]], columns: int
) -> sparse.csr_array[np.float64]:
    """Sum of entries at ``(count, columns)``; column -1 has degree zero and drops out."""
    row = np.concatenate([count for _ in parts])
    column = np.concatenate([part for part, _ in parts])
    value = np.concatenate([values for _, values in parts])
    keep = (column >= 0) & (value != 0.0)
    return sparse.csr_array((value[keep], (row[keep], column[keep])), shape=(len(count), columns))


def _terms(problem: Problem) -> tuple[IntArray, IntArray, IntArray]:
    """Rows and the one or two moving columns of all terms, -1 where a column is missing or fixed by its bounds."""
    free = problem.column_lower < problem.column_upper
    row = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
    column = problem.matrix.indices.astype(np.int64)
    terms = problem.products
    first = np.concatenate([column, np.where(free[terms.columns_a], terms.columns_a, -1)])
    second = np.concatenate([np.full(len(row), -1), np.where(free[terms.columns_b], terms.columns_b, -1)])
    rows = np.concatenate([row, terms.rows])
    moves = np.concatenate([free[column], free[terms.columns_a] | free[terms.columns_b]])
    return rows[moves], first[moves], second[moves]


def _meets_constants(problem: Problem) -> BoolArray:
    """Rows (m,) with a term that is fixed by bounds at something other than zero."""
    fixed = problem.column_lower == problem.column_upper
    value = np.where(fixed, problem.column_lower, 0.0)
    row = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
    terms = problem.products
    found = np.zeros(problem.shape[0], dtype=bool)
    found[row[value[problem.matrix.indices] != 0.0]] = True
    found[terms.rows[value[terms.columns_a] * value[terms.columns_b] != 0.0]] = True
    return found
