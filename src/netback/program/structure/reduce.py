"""A smaller program with the same points: columns that rows make equal become one, columns fixed at zero go.

A plant written out stream by stream holds many rows ``x_i - x_j = 0``: what leaves one unit enters the next, both
branches of a splitter have the quality of its feed. With one column for each such class fewer products remain, and it
shows that two rows multiply the same things. Every point of the given program is one of the smaller program, up to no
rounding at all: a bound divides exactly or its row stays, and where coefficients of merged columns do not add up
exactly, the row's sides are moved outward by what was lost. So a bound on the smaller program is one on the given.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse import csgraph

from netback.program.index import Index
from netback.program.problem import Block, BoolArray, FloatArray, Problem, Products

IntArray = NDArray[np.int64]
#: Passes over the rows; each finds more columns that are zero or equal once others went.
ROUNDS = 10


@dataclass(frozen=True, eq=False)
class Reduced:
    """A smaller program and where the columns of the given one went.

    Attributes
    ----------
    problem
        The smaller program.
    place
        Column of ``problem`` for every given column, -1 where that is zero at every point; int (n,).
    first
        A given column for every column of ``problem``; int (k,).
    """

    problem: Problem
    place: IntArray
    first: IntArray

    def to_given(self, z: FloatArray) -> FloatArray:
        """Values of the given columns (n,) at a point (k,) of the smaller program."""
        return np.where(self.place >= 0, z[np.maximum(self.place, 0)], 0.0)

    def to_reduced(self, x: FloatArray) -> FloatArray:
        """A point (k,) of the smaller program from values of the given columns (n,)."""
        return np.asarray(x[self.first], dtype=np.float64)


def reduce(problem: Problem) -> Reduced:
    """Leave out columns fixed at zero, merge columns that rows make equal, drop rows that say nothing more.

    The given program comes back where nothing can be done, where bounds cross, or where a merged coefficient of an
    unbounded column would have to be rounded.
    """
    classes = _Classes(problem)
    for _ in range(ROUNDS):
        if not classes.step():
            break
    return _Small(classes).reduced()


class _Classes:
    """Columns known to be equal (``label`` (n,): the least of each class), bounds of each, and rows still needed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.label = np.arange(problem.shape[1])
        self.lower, self.upper = problem.column_lower.copy(), problem.column_upper.copy()
        self.has_products = np.zeros(problem.shape[0], dtype=bool)
        self.has_products[problem.products.rows] = True
        self.needed = np.ones(problem.shape[0], dtype=bool)

    @property
    def is_zero(self) -> BoolArray:
        """Whether a label's class is zero at every point."""
        return np.asarray((self.lower == 0.0) & (self.upper == 0.0))

    def step(self) -> bool:
        """One pass over the rows; whether anything was found."""
        linear = np.flatnonzero(self.needed & ~self.has_products)
        table = self._table()
        found = False
        count = np.diff(table.indptr)
        for row in linear[count[linear] <= 1].tolist():
            found |= self._single(table, row)
        return self._merge(table, linear[count[linear] == 2]) or found

    def _table(self) -> sparse.csr_array[np.float64]:
        """Rows over the labels without zeros, entries of one class added up."""
        matrix = self.problem.matrix
        label = self.label[matrix.indices]
        data = np.where(self.is_zero[label], 0.0, matrix.data)
        table = sparse.csr_array((data, label, matrix.indptr.copy()), shape=matrix.shape)
        table.sum_duplicates()
        table.eliminate_zeros()
        return table

    def _single(self, table: sparse.csr_array[np.float64], row: int) -> bool:
        """Turn a row of one column into its bounds where the division is exact; drop a row that always holds."""
        low, high = float(self.problem.row_lower[row]), float(self.problem.row_upper[row])
        at = int(table.indptr[row])
        if at == table.indptr[row + 1]:
            self.needed[row] = not low <= 0.0 <= high
            return False
        label, coefficient = int(table.indices[at]), float(table.data[at])
        ends = sorted(_exact_quotient(end, coefficient) for end in (low, high))
        if any(np.isnan(end) for end in ends) or not self._is_exact(row, label):
            return False
        lower, upper = max(self.lower[label], ends[0]), min(self.upper[label], ends[1])
        if lower > upper:
            return False
        self.needed[row] = False
        moved = bool(lower > self.lower[label] or upper < self.upper[label])
        self.lower[label], self.upper[label] = lower, upper
        return moved

    def _is_exact(self, row: int, label: int) -> bool:
        """Whether only one entry of a row belongs to the class, so that nothing was added up."""
        matrix = self.problem.matrix
        inside = self.label[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]] == label
        return int(inside.sum()) == 1

    def _merge(self, table: sparse.csr_array[np.float64], rows: IntArray) -> bool:
        """Merge the classes of every row ``a x - a y = 0``."""
        problem = self.problem
        at = table.indptr[rows]
        same = (table.data[at] == -table.data[at + 1]) if len(rows) else np.zeros(0, dtype=bool)
        same &= (problem.row_lower[rows] == 0.0) & (problem.row_upper[rows] == 0.0)
        alone = [
            self._is_exact(row, int(label)) and self._is_exact(row, int(other))
            for row, label, other in zip(
                rows[same], table.indices[at[same]], table.indices[at[same] + 1], strict=True
            )
        ]
        rows, at = rows[same][alone], at[same][alone]
        if not len(rows):
            return False
        size = len(self.label)
        ends = (table.indices[at], table.indices[at + 1])
        graph = sparse.csr_array((np.ones(len(rows)), ends), shape=(size, size))
        _, group = csgraph.connected_components(graph, directed=False)
        self._join(group)
        self.needed[rows] = False
        return True

    def _join(self, group: NDArray[Any]) -> None:
        size = len(self.label)
        least = np.full(size, size)
        np.minimum.at(least, group, np.arange(size))
        target = least[group]
        lower, upper = self.lower.copy(), self.upper.copy()
        np.maximum.at(lower, target, self.lower)
        np.minimum.at(upper, target, self.upper)
        self.lower, self.upper = lower, upper
        self.label = target[self.label]


def _exact_quotient(value: float, divisor: float) -> float:
    """``value / divisor`` where that is a double without rounding, else not a number."""
    if not np.isfinite(value):
        return value if divisor > 0.0 else -value
    found = value / divisor
    if not np.isfinite(found) or Fraction(found) * Fraction(divisor) != Fraction(value):
        return np.nan
    return found + 0.0


class _Small:
    """The smaller program, made from the classes."""

    def __init__(self, classes: _Classes) -> None:
        self.classes, self.problem = classes, classes.problem
        kept = np.unique(classes.label)
        self.kept = kept[~classes.is_zero[kept]]
        number = np.full(len(classes.label), -1)
        number[self.kept] = np.arange(len(self.kept))
        self.place = number[classes.label]
        self.lower, self.upper = classes.lower[self.kept], classes.upper[self.kept]

    def reduced(self) -> Reduced:
        problem, whole = self.problem, np.zeros(len(self.kept), dtype=bool)
        matrix, lost = self._matrix()
        terms, lost_terms = self._terms()
        cost, lost_cost = self._cost()
        lost = lost + lost_terms
        if not len(self.kept) or bool((self.lower > self.upper).any()) or lost_cost:
            return self._unchanged()
        if not np.isfinite(lost).all() or len(self.kept) == len(self.place):
            return self._unchanged()
        used = np.diff(matrix.indptr) > 0
        used[terms.rows] = True
        keep = self.classes.needed & (used | ~_holds_empty(problem))
        rows = np.flatnonzero(keep)
        number = np.cumsum(keep) - 1
        at = self.place >= 0
        np.logical_or.at(whole, self.place[at], problem.integer[at])
        down = np.where(lost > 0.0, np.nextafter(problem.row_lower - lost, -np.inf), problem.row_lower)
        up = np.where(lost > 0.0, np.nextafter(problem.row_upper + lost, np.inf), problem.row_upper)
        small = problem.with_(
            objective=cost,
            matrix=matrix[rows],
            row_lower=down[rows],
            row_upper=up[rows],
            column_lower=self.lower,
            column_upper=self.upper,
            integer=whole,
            products=Products.of(number[terms.rows], terms.columns_a, terms.columns_b, terms.coefficients),
            row_blocks=(Block("row", Index.of("row", [str(row) for row in rows]), 0),),
            column_blocks=(Block("column", Index.of("column", [str(column) for column in self.kept]), 0),),
        )
        return Reduced(small, self.place, self.kept)

    def _unchanged(self) -> Reduced:
        same = np.arange(self.problem.shape[1])
        return Reduced(self.problem, same, same)

    def _matrix(self) -> tuple[sparse.csr_array[np.float64], FloatArray]:
        """Rows over the classes kept, and by how much each may be off at a point, (m,)."""
        matrix = self.problem.matrix
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        column = self.place[matrix.indices]
        use = column >= 0
        keys, values, error = _added(np.stack([rows[use], column[use]]), matrix.data[use])
        shape = (matrix.shape[0], len(self.kept))
        size = np.maximum(np.abs(self.lower), np.abs(self.upper))
        return (
            sparse.csr_array((values, (keys[0], keys[1])), shape=shape),
            _lost(keys[0], error, size[keys[1]], shape[0]),
        )

    def _terms(self) -> tuple[Products, FloatArray]:
        terms = self.problem.products
        a, b = self.place[terms.columns_a], self.place[terms.columns_b]
        use = (a >= 0) & (b >= 0)
        pairs = np.stack([terms.rows, np.minimum(a, b), np.maximum(a, b)])[:, use]
        keys, values, error = _added(pairs, terms.coefficients[use])
        size = np.maximum(np.abs(self.lower), np.abs(self.upper))
        with np.errstate(over="ignore", invalid="ignore"):
            size = np.nextafter(size[keys[1]] * size[keys[2]], np.inf)
        return Products.of(keys[0], keys[1], keys[2], values), _lost(
            keys[0], error, size, self.problem.shape[0]
        )

    def _cost(self) -> tuple[FloatArray, bool]:
        """Costs of the classes, and whether one had to be rounded."""
        use = self.place >= 0
        keys, values, error = _added(self.place[use][None, :], self.problem.objective[use])
        cost = np.zeros(len(self.kept))
        cost[keys[0]] = values
        return cost, bool((error > 0.0).any())


def _holds_empty(problem: Problem) -> BoolArray:
    return np.asarray((problem.row_lower <= 0.0) & (problem.row_upper >= 0.0))


def _added(keys: IntArray, values: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Values of equal keys added up: distinct keys, sums, and what each sum may be off by."""
    unique, inverse, count = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    size = unique.shape[1]
    total: FloatArray = np.asarray(np.bincount(inverse, weights=values, minlength=size), dtype=np.float64)
    error = np.zeros(size)
    for at in np.flatnonzero(count > 1).tolist():
        exact = sum((Fraction(value) for value in values[inverse == at].tolist()), Fraction(0))
        off = abs(exact - Fraction(float(total[at])))
        error[at] = np.nextafter(float(off), np.inf) if off else 0.0
    return unique, total, error


def _lost(rows: IntArray, error: FloatArray, size: FloatArray, count: int) -> FloatArray:
    """What the sum of a row (m,) may be off by, from errors of coefficients and the sizes of what they multiply."""
    wrong = error > 0.0
    with np.errstate(over="ignore"):
        part = np.nextafter(error[wrong] * size[wrong], np.inf)
    total = np.bincount(rows[wrong], weights=part, minlength=count)
    return np.where(total > 0.0, total * (1.0 + 1e-9), 0.0)
