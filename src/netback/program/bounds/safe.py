"""Bounds that are facts: the Lagrangian bound of a linear program, evaluated with outward rounding.

For ``min c'x`` with ``row_lower <= A x <= row_upper`` and ``lower <= x <= upper``, any multipliers y that are >= 0 on
rows without an upper bound and <= 0 on rows without a lower bound give, with ``d = c - A'y``,

    c'x >= sum_i (y_i > 0 ? row_lower_i : row_upper_i) y_i + sum_j min(d_j lower_j, d_j upper_j)

Every d_j is enclosed in an interval: a sum of k products in double precision is wrong by less than
``2 (k + 4) u sum |terms|`` with ``u = 2^-53`` (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section
3.1), plus one smallest number per product that may have underflowed. Products are stepped outward by one unit in the
last place and added by ``math.fsum``, which rounds once. Reference: Neumaier and Shcherbina, Safe bounds in linear and
mixed-integer programming (2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from netback.errors import Finding, ModelError
from netback.program.problem import FloatArray, Problem

IntArray = NDArray[np.int64]

#: Twice the unit roundoff of double precision, so that the error of the error bound is covered too.
EPSILON = 2.0**-52
#: The smallest positive double: what a product that underflows loses at most.
TINY = 5e-324


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a linear program as triplets ``rows``, ``columns``, ``values`` (nonzeros,) and bounds (m,)."""

    rows: IntArray
    columns: IntArray
    values: FloatArray
    lower: FloatArray
    upper: FloatArray

    @classmethod
    def of(cls, problem: Problem) -> Rows:
        """The rows of a problem; product terms are not part of them."""
        rows = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
        columns = problem.matrix.indices.astype(np.int64)
        return cls(rows, columns, problem.matrix.data, problem.row_lower, problem.row_upper)


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """A valid lower bound (-inf where there is none) and the interval of every reduced cost, (n,) each."""

    value: float
    least: FloatArray
    most: FloatArray


def safe_bound(problem: Problem, row_dual: FloatArray) -> float:
    """Bound on the optimum of a linear program that holds whatever the rounding.

    Parameters
    ----------
    problem
        A linear program; whole columns are allowed and relaxed.
    row_dual
        Multipliers (m,) in the problem's own sense, from any source; they need not be optimal nor right.

    Returns
    -------
    float
        A lower bound of a minimisation, an upper one of a maximisation; infinite where the multipliers give none.

    Raises
    ------
    ModelError
        If the problem has product terms or the multipliers have the wrong length.
    """
    if not problem.is_linear:
        place = problem.row_label(int(problem.products.rows[0]))
        raise ModelError(Finding(place, "a safe bound needs a linear program.", "Relax the products first."))
    if np.shape(row_dual) != (problem.shape[0],):
        what = f"multipliers of shape {np.shape(row_dual)} where ({problem.shape[0]},) is needed."
        raise ModelError(Finding(f"problem {problem.name}", what))
    sign = 1.0 if problem.sense == "min" else -1.0
    cost, y = sign * problem.objective, sign * np.asarray(row_dual, dtype=np.float64)
    found = lagrangian(Rows.of(problem), cost, problem.column_lower, problem.column_upper, y)
    if not math.isfinite(found.value):
        return sign * -math.inf
    total = math.nextafter(math.fsum([found.value, sign * problem.offset]), -math.inf)
    return sign * total


def lagrangian(
    rows: Rows, cost: FloatArray, lower: FloatArray, upper: FloatArray, row_dual: FloatArray
) -> Lagrangian:
    """Safe lower bound on ``min cost'x`` over rows and column bounds (n,), from multipliers (m,)."""
    y = valid_multipliers(rows, row_dual)
    least, most = reduced_costs(rows, cost, y)
    columns = _least_products(least, most, lower, upper)
    open_ends = np.flatnonzero(columns == -math.inf)
    if len(open_ends) > 50:
        return Lagrangian(-math.inf, least, most)
    for j in open_ends.tolist():
        columns[j] = _exact_term(rows, cost, y, lower, upper, j)
    with np.errstate(invalid="ignore", over="ignore"):
        sides = np.where(y > 0.0, rows.lower, np.where(y < 0.0, rows.upper, 0.0))
        terms = np.where(y != 0.0, np.nextafter(sides * y, -np.inf), 0.0)
    value = _sum_down(terms, columns)
    return Lagrangian(value, least, most)


def farkas(rows: Rows, lower: FloatArray, upper: FloatArray, ray: FloatArray) -> bool:
    """Whether multipliers (m,), taken with either sign, prove that no point meets rows and column bounds."""
    zero = np.zeros(len(lower))
    return any(lagrangian(rows, zero, lower, upper, sign * ray).value > 0.0 for sign in (1.0, -1.0))


def valid_multipliers(rows: Rows, row_dual: FloatArray) -> FloatArray:
    """Multipliers with zeros where they are not numbers or lean on a bound that the row does not have."""
    wrong = ~np.isfinite(row_dual)
    wrong |= (row_dual > 0.0) & ~np.isfinite(rows.lower)
    wrong |= (row_dual < 0.0) & ~np.isfinite(rows.upper)
    return np.where(wrong, 0.0, row_dual)


def reduced_costs(rows: Rows, cost: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Interval that holds every exact ``cost_j - sum_i a_ij y_i``; two arrays (n,)."""
    count = len(cost)
    use = y[rows.rows] != 0.0
    columns = rows.columns[use]
    with np.errstate(over="ignore", invalid="ignore"):
        products = rows.values[use] * y[rows.rows[use]]
        centre = cost - np.bincount(columns, weights=products, minlength=count)
        size = np.abs(cost) + np.bincount(columns, weights=np.abs(products), minlength=count)
        terms = np.bincount(columns, minlength=count)
        error = np.where(terms > 0, (terms + 4.0) * (EPSILON * size + TINY), 0.0)
        least = np.where(error > 0.0, np.nextafter(centre - error, -np.inf), centre)
        most = np.where(error > 0.0, np.nextafter(centre + error, np.inf), centre)
    wild = ~(np.isfinite(least) & np.isfinite(most))
    return np.where(wild, -np.inf, least), np.where(wild, np.inf, most)


def _least_products(least: FloatArray, most: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Lower bound of every ``d x`` over ``least <= d <= most`` and ``lower <= x <= upper``; (n,)."""
    with np.errstate(invalid="ignore", over="ignore"):
        # Where d has one sign, x stands at one end; not a number is zero times infinity, and columns are finite.
        edge = np.where(most <= 0.0, upper, lower)
        lowest = np.fmin(least * edge, most * edge)
        either = np.flatnonzero((least < 0.0) & (most > 0.0))
        if len(either):
            ends = (least[either], most[either]), (lower[either], upper[either])
            corners = np.array([d * x for d in ends[0] for x in ends[1]])
            lowest[either] = np.where(np.isnan(corners), 0.0, corners).min(axis=0)
        rounded: FloatArray = np.where(np.isnan(lowest), 0.0, np.nextafter(lowest, -np.inf))
    return rounded


def _exact_term(
    rows: Rows, cost: FloatArray, y: FloatArray, lower: FloatArray, upper: FloatArray, column: int
) -> float:
    """The least ``d x`` of one column with d as an exact fraction; -inf where d leans on a missing bound."""
    here = rows.columns == column
    pairs = zip(rows.values[here].tolist(), y[rows.rows[here]].tolist(), strict=True)
    d = Fraction(float(cost[column])) - sum((Fraction(a) * Fraction(v) for a, v in pairs), Fraction(0))
    if d == 0:
        return 0.0
    edge = float(lower[column] if d > 0 else upper[column])
    if not math.isfinite(edge):
        return -math.inf
    exact = d * Fraction(edge)
    try:
        return math.nextafter(float(exact), -math.inf)
    except OverflowError:
        return -math.inf


def _sum_down(*parts: FloatArray) -> float:
    """Sum rounded down; -inf where a part is not finite."""
    values = [value for part in parts for value in part.tolist()]
    if not all(map(math.isfinite, values)):
        return -math.inf
    try:
        return math.nextafter(math.fsum(values), -math.inf)
    except OverflowError:
        return -math.inf
