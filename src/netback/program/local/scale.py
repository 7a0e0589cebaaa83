"""Scale a program with products by powers of two, so that its numbers lie near one another.

Row factors r and column factors c (x = c z) are moved in turn to the geometric middle of what they multiply:
``r_i |a_ij| c_j`` and ``r_i |q| c_a c_b``. Powers of two keep every digit: a point goes there and back unchanged.
Source: Fulkerson and Wolfe, An algorithm for scaling matrices, SIAM Review 4 (1962); Tomlin, On scaling linear
programming problems, Mathematical Programming Study 4 (1975).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from netback.program.problem import FloatArray, Problem, Products
from netback.program.scaling import ScalingReport, scaling

ROUNDS = 12
LARGEST_POWER = 40


@dataclass(frozen=True, eq=False)
class Scaled:
    """A scaled problem with its factors: ``x = columns * z``, rows multiplied by ``rows``, costs by ``cost``."""

    problem: Problem
    rows: FloatArray
    columns: FloatArray
    cost: float
    before: ScalingReport
    after: ScalingReport

    def to_scaled(self, x: FloatArray) -> FloatArray:
        """Scaled point of an original one (n,)."""
        return x / self.columns

    def to_original(self, z: FloatArray) -> FloatArray:
        """Original point of a scaled one (n,)."""
        return z * self.columns

    @property
    def text(self) -> str:
        """One line: how far coefficients lay apart before and lie apart after."""
        ratios = f"{self.before.coefficients.ratio:.1e} to {self.after.coefficients.ratio:.1e}"
        return f"Scaling by powers of two brought the ratio of coefficients from {ratios}."


def scaled(problem: Problem) -> Scaled:
    """Scale rows, columns and costs; integer columns stay as they are."""
    row_powers, column_powers = _powers(problem)
    rows, columns = np.exp2(row_powers), np.exp2(column_powers)
    terms = problem.products
    coefficients = terms.coefficients * rows[terms.rows] * columns[terms.columns_a] * columns[terms.columns_b]
    matrix = sparse.diags_array(rows) @ problem.matrix @ sparse.diags_array(columns)
    objective = problem.objective * columns
    largest = float(np.max(np.abs(objective), initial=0.0))
    cost = float(np.exp2(-np.round(np.log2(largest)))) if largest > 0.0 else 1.0
    inner = problem.with_(
        matrix=sparse.csr_array(matrix),
        products=Products.of(terms.rows, terms.columns_a, terms.columns_b, coefficients),
        row_lower=problem.row_lower * rows,
        row_upper=problem.row_upper * rows,
        column_lower=problem.column_lower / columns,
        column_upper=problem.column_upper / columns,
        objective=objective * cost,
        offset=problem.offset * cost,
    )
    return Scaled(inner, rows, columns, cost, scaling(problem), scaling(inner))


def _powers(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Whole powers of two of rows (m,) and columns (n,)."""
    count, size = problem.shape
    matrix, terms = problem.matrix, problem.products
    row = np.repeat(np.arange(count), np.diff(matrix.indptr))
    column, term_row = matrix.indices, terms.rows
    logs, term_logs = np.log2(np.abs(matrix.data)), np.log2(np.abs(terms.coefficients))
    r, c = np.zeros(count), np.zeros(size)
    movable = ~problem.integer
    for _ in range(ROUNDS):
        entry = logs + c[column]
        term = term_logs + c[terms.columns_a] + c[terms.columns_b]
        r = -_middle(np.concatenate([row, term_row]), np.concatenate([entry, term]), count)
        places = np.concatenate([column, terms.columns_a, terms.columns_b])
        term_a, term_b = (
            term_logs + r[term_row] + c[terms.columns_b],
            term_logs + r[term_row] + c[terms.columns_a],
        )
        c = -_middle(places, np.concatenate([logs + r[row], term_a, term_b]), size)
        c = np.where(movable, np.clip(c, -LARGEST_POWER, LARGEST_POWER), 0.0)
    rows = np.asarray(np.round(np.clip(r, -LARGEST_POWER, LARGEST_POWER)), dtype=np.float64)
    return rows, np.asarray(np.round(c), dtype=np.float64)


def _middle(places: NDArray[np.integer[Any]], values: FloatArray, size: int) -> FloatArray:
    """Middle between the smallest and the largest value at every place (size,), 0 where there is none."""
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, places, values)
    np.maximum.at(high, places, values)
    is_empty = np.isinf(low)
    return np.where(is_empty, 0.0, np.where(is_empty, 0.0, low) + np.where(is_empty, 0.0, high)) / 2.0
