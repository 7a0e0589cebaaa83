"""First-order linearisation of a program with products, with elastic product rows, on live linear programs.

At a point x0 every product is replaced by  x_a x0_b + x0_a x_b - x0_a x0_b  (:meth:`Linearised.step`), or the columns
of a cover take fixed values, which makes the rows exact (:meth:`Linearised.fixed`). Product rows carry slacks either
way at a price per row, so that a linear program exists wherever the linear rows allow one. Source: Palacios-Gomez,
Lasdon, Engquist, Nonlinear optimization by successive linear programming, Management Science 28 (1982).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse

from netback.program.index import Index, IntArray
from netback.program.local.live import Clock, Live, Numbers, Point
from netback.program.problem import Block, BoolArray, FloatArray, Problem, Products


class Linearised:
    """A program with products as live linear programs in the sense of a minimisation.

    Attributes
    ----------
    rows
        Ids of the product rows, int (e,).
    columns
        Ids of the columns in products, int.
    cost
        Costs as a minimisation (n,).
    lower, upper
        Bounds of the columns (n,); set them to fix whole numbers.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.cost = problem.objective * (1.0 if problem.sense == "min" else -1.0)
        self.lower, self.upper = problem.column_lower, problem.column_upper
        terms = problem.products
        self.rows = np.unique(terms.rows)
        self.columns = np.unique(np.concatenate([terms.columns_a, terms.columns_b]))
        self._size = problem.shape[1]
        rows, columns, values = self._pattern()
        shape = problem.shape[0], self._size + 2 * len(self.rows)
        self._base, self._places = values, (rows, columns)
        self._step, self._fixed = Live(shape, rows, columns), Live(shape, rows, columns)

    @property
    def iterations(self) -> int:
        """Simplex iterations so far."""
        return self._step.iterations + self._fixed.iterations

    def _pattern(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Places and linear parts of all entries; finds where each product term adds to them."""
        problem, terms = self.problem, self.problem.products
        matrix = problem.matrix
        row = np.repeat(np.arange(problem.shape[0]), np.diff(matrix.indptr))
        rows = np.concatenate([row, terms.rows, terms.rows])
        columns = np.concatenate([matrix.indices, terms.columns_a, terms.columns_b]).astype(np.int64)
        keys, inverse = np.unique(rows * self._size + columns, return_inverse=True)
        count, k = len(row), len(terms)
        self._at_a, self._at_b = inverse[count : count + k], inverse[count + k :]
        values = np.bincount(inverse[:count], weights=matrix.data, minlength=len(keys))
        slack = np.arange(len(self.rows))
        above, below = self._size + slack, self._size + len(self.rows) + slack
        ones = np.ones(len(self.rows))
        rows = np.concatenate([keys // self._size, self.rows, self.rows])
        columns = np.concatenate([keys % self._size, above, below])
        return rows, columns, np.concatenate([values, ones, -ones])

    def violations(self, x: FloatArray) -> FloatArray:
        """Distance of every product row (e,) outside its bounds at a point."""
        problem, terms = self.problem, self.problem.products
        activity = np.asarray(problem.matrix @ x)
        np.add.at(activity, terms.rows, terms.coefficients * x[terms.columns_a] * x[terms.columns_b])
        below, above = problem.row_lower - activity, activity - problem.row_upper
        return np.asarray(np.maximum(np.maximum(below, above), 0.0)[self.rows])

    def step(
        self,
        x0: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        price: FloatArray,
        clock: Clock,
        moved: FloatArray | None = None,
    ) -> Point:
        """Best point of the linearisation at ``x0`` with columns between ``lower`` and ``upper`` (n,).

        With ``moved`` (n,) the products' second-order parts of the move from ``x0`` to there are added to the rows.
        """
        return self._step.solve(self._first_order(x0, lower, upper, price, moved), clock)

    def _first_order(
        self,
        x0: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        price: FloatArray,
        moved: FloatArray | None = None,
    ) -> Numbers:
        terms, size = self.problem.products, self.problem.shape[0]
        at_a, at_b = x0[terms.columns_a], x0[terms.columns_b]
        numbers = self._numbers(terms.coefficients * at_b, terms.coefficients * at_a, lower, upper, price)
        shift = np.bincount(terms.rows, weights=terms.coefficients * at_a * at_b, minlength=size)
        if moved is not None:
            move = moved - x0
            second = terms.coefficients * move[terms.columns_a] * move[terms.columns_b]
            shift -= np.bincount(terms.rows, weights=second, minlength=size)
        numbers.row_lower, numbers.row_upper = numbers.row_lower + shift, numbers.row_upper + shift
        return numbers

    def as_problem(self, x0: FloatArray, lower: FloatArray, upper: FloatArray, price: FloatArray) -> Problem:
        """Linearisation at ``x0`` as an integer program: the columns, then slacks above and below product rows."""
        problem, numbers = self.problem, self._first_order(x0, lower, upper, price)
        slacks = 2 * len(self.rows)
        size = len(numbers.cost)
        index = Index.product(("side", ["above", "below"]), ("row", [str(row) for row in self.rows]))
        rows, columns = self._places
        return problem.with_(
            sense="min",
            objective=numbers.cost,
            offset=0.0,
            matrix=sparse.csr_array((numbers.entries, (rows, columns)), shape=(problem.shape[0], size)),
            row_lower=numbers.row_lower,
            row_upper=numbers.row_upper,
            column_lower=numbers.column_lower,
            column_upper=numbers.column_upper,
            integer=np.concatenate([problem.integer, np.zeros(slacks, dtype=bool)]),
            column_blocks=(*problem.column_blocks, Block("slack", index, self._size)),
            products=Products.empty(),
        )

    def fixed(self, x0: FloatArray, is_set: BoolArray, price: FloatArray, clock: Clock) -> Point:
        """Best point with the columns marked (n,) at their values in ``x0``; all products must become linear."""
        terms = self.problem.products
        values = np.clip(x0, self.lower, self.upper)
        # A column that its bounds fix is in no cover: its products are linear by it, not by their other column.
        set_a = (is_set | (self.lower == self.upper))[terms.columns_a]
        on_a = np.where(set_a, 0.0, terms.coefficients * values[terms.columns_b])
        on_b = np.where(set_a, terms.coefficients * values[terms.columns_a], 0.0)
        lower = np.where(is_set, values, self.lower)
        upper = np.where(is_set, values, self.upper)
        return self._fixed.solve(self._numbers(on_a, on_b, lower, upper, price), clock)

    def _numbers(
        self, on_a: FloatArray, on_b: FloatArray, lower: FloatArray, upper: FloatArray, price: FloatArray
    ) -> Numbers:
        """Numbers of a linear program in which product terms add ``on_a`` and ``on_b`` (k,) to their columns."""
        problem, slacks = self.problem, 2 * len(self.rows)
        entries = self._base.copy()
        np.add.at(entries, self._at_a, on_a)
        np.add.at(entries, self._at_b, on_b)
        priced = np.tile(price, 2)
        most = np.where(np.isfinite(priced), np.inf, 0.0)
        return Numbers(
            np.concatenate([self.cost, np.where(np.isfinite(priced), priced, 0.0)]),
            np.concatenate([lower, np.zeros(slacks)]),
            np.concatenate([upper, most]),
            problem.row_lower,
            problem.row_upper,
            entries,
        )
