"""Rows multiplied by columns: redundant for points, not for relaxations (reformulation and linearisation).

A row ``sum a_j x_j = b`` times a column y gives ``sum a_j (x_j y) = b y``, which holds at every point. McCormick's
envelopes treat each product ``x_j y`` alone; such a row ties them together. Three things of a refinery come out,
without being named: a splitter's balance times the quality of its feed (``sum f_k q = F q``: what the branches carry is
what came in); the yields of a unit that move with its feed's quality, times the feed (``y F + d (q F) = c F``: what one
product gains another loses); the sum of shares times a flow. Rows are taken where few of the products are new.
Coefficients are those of the row, so that nothing is rounded. Reference: Sherali and Adams, A Reformulation-
Linearization Technique (1999); Liberti and Pantelides, An exact reformulation algorithm for large nonconvex NLPs
involving bilinear terms (2006), on which rows bring few new products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from netback.program.bounds.relax import Pairs
from netback.program.index import Index
from netback.program.problem import Block, BoolArray, FloatArray, Problem, Products

IntArray = NDArray[np.int64]

#: A multiplied row brings at most so many new products.
NEW_PRODUCTS = 1
#: New products in all, in times of those there are.
GROWTH = 2.0


@dataclass(frozen=True, eq=False)
class Multiplied:
    """A problem with redundant rows behind its own: row ``rows[k]`` times column ``columns[k]``, int (r,) each."""

    problem: Problem
    rows: IntArray
    columns: IntArray


def multiplied(
    problem: Problem, lower: FloatArray, upper: FloatArray, new_products: int = NEW_PRODUCTS
) -> Multiplied:
    """Add rows multiplied by columns where that ties products together.

    Parameters
    ----------
    problem
        With or without products; only rows that are equations without products are multiplied.
    lower, upper
        Ranges (n,): columns whose range is one number make no product.
    new_products
        A row is left out if it would bring more products than so many.
    """
    chosen = _Chooser(problem, lower == upper, new_products).chosen()
    rows, columns = (np.array([pair[k] for pair in chosen], dtype=np.int64) for k in range(2))
    return Multiplied(_with_rows(problem, rows, columns), rows, columns)


class _Chooser:
    """Goes over rows and columns, those first that bring the fewest new products."""

    def __init__(self, problem: Problem, fixed: BoolArray, most: int) -> None:
        self._fixed, self._most = fixed, most
        self._matrix = problem.matrix
        self._by_column = sparse.csc_array(problem.matrix)
        self._fit = problem.row_lower == problem.row_upper
        self._fit[problem.products.rows] = False
        pairs = Pairs.of(problem.products)
        free = ~(fixed[pairs.a] | fixed[pairs.b])
        self._partners: dict[int, set[int]] = {}
        for a, b in zip(pairs.a[free].tolist(), pairs.b[free].tolist(), strict=True):
            self._pair(a, b)
        self._room = GROWTH * float(free.sum())

    def _pair(self, a: int, b: int) -> None:
        self._partners.setdefault(a, set()).add(b)
        self._partners.setdefault(b, set()).add(a)

    def chosen(self) -> list[tuple[int, int]]:
        """Pairs of a row and a column."""
        found = sorted(item for column in self._partners for item in self._of(column))
        kept = []
        for new, row, column in found:
            if new > self._room:
                break
            self._room -= new
            kept.append((row, column))
        return kept

    def _of(self, column: int) -> list[tuple[int, int, int]]:
        """New products, row and column for every row that fits a column."""
        partners, table = self._partners[column], self._by_column
        rows: set[int] = set()
        for other in partners:
            rows.update(table.indices[table.indptr[other] : table.indptr[other + 1]].tolist())
        found = []
        for row in rows:
            if self._fit[row]:
                inside = self._matrix.indices[
                    self._matrix.indptr[row] : self._matrix.indptr[row + 1]
                ].tolist()
                new = sum(not self._fixed[j] and j not in partners for j in inside)
                if new <= self._most:
                    found.append((new, row, column))
        return found


def _with_rows(problem: Problem, rows: IntArray, columns: IntArray) -> Problem:
    """Rows times columns as equations behind the others."""
    count, (own, width) = len(rows), problem.shape
    if not count:
        return problem
    matrix, terms = problem.matrix, problem.products
    table = sparse.csr_array(matrix[rows])
    at = np.repeat(np.arange(count), np.diff(table.indptr))
    constant = (-problem.row_lower[rows], (np.arange(count), columns))
    extra = sparse.csr_array(constant, shape=(count, width))
    zero = np.zeros(count)
    return problem.with_(
        matrix=sparse.csr_array(sparse.vstack([matrix, extra])),
        row_lower=np.concatenate([problem.row_lower, zero]),
        row_upper=np.concatenate([problem.row_upper, zero]),
        row_blocks=(
            *problem.row_blocks,
            Block("multiplied", Index.of("row", [str(k) for k in range(count)]), own),
        ),
        products=Products.of(
            np.concatenate([terms.rows, own + at]),
            np.concatenate([terms.columns_a, table.indices]),
            np.concatenate([terms.columns_b, columns[at]]),
            np.concatenate([terms.coefficients, table.data]),
        ),
    )
