"""Linear relaxations of products: McCormick's envelopes over ranges.

With ``la <= a <= ua`` and ``lb <= b <= ub`` the product ``w = a b`` obeys

    w >= la b + lb a - la lb        w >= ua b + ub a - ua ub
    w <= la b + ub a - la ub        w <= ua b + lb a - ua lb

and a square ``w = a^2`` with ``m`` the middle of the range

    w >= 2 la a - la^2    w >= 2 ua a - ua^2    w >= 2 m a - m^2    w <= (la + ua) a - la ua

An envelope that needs an infinite end is left out, which is valid. Right sides are rounded outward, so that every row
holds exactly for every point of the ranges. Reference: McCormick, Computability of global solutions to factorable
nonconvex programs (1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netback.errors import Finding, ModelError
from netback.program.bounds.safe import EPSILON
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem, Products

if TYPE_CHECKING:
    import scipy.sparse as sparse

IntArray = NDArray[np.int64]

#: Envelope rows per product.
SIDES = 4


@dataclass(frozen=True, eq=False)
class Pairs:
    """The distinct products ``x[a] x[b]`` of a problem, (k,) each, and where their terms stand.

    ``rows``, ``pairs``, ``coefficients`` (terms,) add ``coefficient * w[pair]`` to a row.
    """

    a: IntArray
    b: IntArray
    rows: IntArray
    pairs: IntArray
    coefficients: FloatArray

    @classmethod
    def of(cls, products: Products) -> Pairs:
        """The distinct pairs of columns of product terms."""
        keys = np.stack([products.columns_a, products.columns_b])
        unique, inverse = np.unique(keys, axis=1, return_inverse=True)
        place = np.asarray(inverse, dtype=np.int64).ravel()
        return cls(unique[0], unique[1], products.rows, place, products.coefficients)

    def __len__(self) -> int:
        return len(self.a)

    @cached_property
    def columns(self) -> IntArray:
        """Every column that stands in a product, once."""
        return np.unique(np.concatenate([self.a, self.b]))

    @cached_property
    def square(self) -> NDArray[np.bool_]:
        """Whether a pair is a square, (k,)."""
        return np.asarray(self.a == self.b)


@dataclass(frozen=True, eq=False)
class Envelopes:
    """Rows ``lower <= w + on_a a + on_b b <= upper`` of every pair; arrays (k, 4)."""

    on_a: FloatArray
    on_b: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A linear problem whose optimum bounds that of a problem with products.

    Its columns are those of the problem, then one per distinct product; its rows those of the problem, then four
    envelopes per product. Whole columns stay whole: drop them with ``linear.with_(integer=False)``.
    """

    problem: Problem
    linear: Problem
    pairs: Pairs
    lower: FloatArray
    upper: FloatArray

    def point(self, x: FloatArray) -> FloatArray:
        """The original columns (n,) of a point (n + k,) of the relaxation."""
        return x[: self.problem.shape[1]]

    def violations(self, x: FloatArray) -> FloatArray:
        """``w - a b`` of every product at a point (n + k,) of the relaxation; (k,)."""
        return violations(self.pairs, x, self.problem.shape[1])


def violations(pairs: Pairs, x: FloatArray, columns: int) -> FloatArray:
    """``w - a b`` of every product at a point whose products follow the first ``columns`` entries."""
    difference: FloatArray = x[columns:] - x[pairs.a] * x[pairs.b]
    return difference


def mccormick(
    problem: Problem, lower: FloatArray | None = None, upper: FloatArray | None = None
) -> Relaxation:
    """Relax a problem with products to a linear one.

    Parameters
    ----------
    problem
        The problem; without products the relaxation is the problem.
    lower, upper
        Ranges (n,) of the columns; the problem's own bounds where not given.

    Raises
    ------
    ModelError
        If the ranges have the wrong length, hold NaN or cross.
    """
    low = problem.column_lower if lower is None else np.asarray(lower, dtype=np.float64)
    high = problem.column_upper if upper is None else np.asarray(upper, dtype=np.float64)
    if low.shape != (problem.shape[1],) or high.shape != low.shape:
        what = f"ranges of shapes {low.shape} and {high.shape} where ({problem.shape[1]},) is needed."
        raise ModelError(Finding(f"problem {problem.name}", what))
    pairs = Pairs.of(problem.products)
    base = problem.with_(column_lower=low, column_upper=high, products=Products.empty())
    if not len(pairs):
        return Relaxation(problem, base, pairs, low, high)
    return Relaxation(problem, _linear(base, pairs, envelopes(pairs, low, high)), pairs, low, high)


def _linear(base: Problem, pairs: Pairs, sides: Envelopes) -> Problem:
    count, (rows, columns) = len(pairs), base.shape
    low, high = product_ranges(pairs, base.column_lower, base.column_upper)
    index = Index.of("product", [str(k) for k in range(count)])
    around = Index.product(("product", [str(k) for k in range(count)]), ("side", list("0123")))
    return base.with_(
        objective=np.concatenate([base.objective, np.zeros(count)]),
        matrix=relaxed_matrix(base, pairs, sides),
        row_lower=np.concatenate([base.row_lower, sides.lower.ravel()]),
        row_upper=np.concatenate([base.row_upper, sides.upper.ravel()]),
        column_lower=np.concatenate([base.column_lower, low]),
        column_upper=np.concatenate([base.column_upper, high]),
        integer=np.concatenate([base.integer, np.zeros(count, dtype=bool)]),
        row_blocks=(*base.row_blocks, Block(_free_name(base, "envelope"), around, rows)),
        column_blocks=(*base.column_blocks, Block(_free_name(base, "product"), index, columns)),
    )


def _free_name(problem: Problem, name: str) -> str:
    taken = {block.name for block in (*problem.row_blocks, *problem.column_blocks)}
    while name in taken:
        name += "_"
    return name


def relaxed_matrix(base: Problem, pairs: Pairs, sides: Envelopes) -> sparse.csr_array[Any]:
    """Matrix (m + 4k, n + k) of a relaxation; zero coefficients of envelopes are not stored."""
    import scipy.sparse as sparse

    row, column, value = entries(base, pairs, sides)
    rows, columns = base.shape
    shape = (rows + SIDES * len(pairs), columns + len(pairs))
    matrix = sparse.coo_array((value, (row, column)), shape=shape).tocsr()
    matrix.eliminate_zeros()
    return matrix


def entries(base: Problem, pairs: Pairs, sides: Envelopes) -> tuple[IntArray, IntArray, FloatArray]:
    """Triplets of a relaxation's matrix: rows of the problem, its products, then w, a and b of the envelopes."""
    rows, columns = base.shape
    count = len(pairs)
    own = np.repeat(np.arange(rows), np.diff(base.matrix.indptr))
    around = rows + np.arange(SIDES * count)
    w = columns + np.repeat(np.arange(count), SIDES)
    a, b = np.repeat(pairs.a, SIDES), np.repeat(pairs.b, SIDES)
    row = np.concatenate([own, pairs.rows, around, around, around])
    column = np.concatenate([base.matrix.indices.astype(np.int64), columns + pairs.pairs, w, a, b])
    coefficient = [base.matrix.data, pairs.coefficients, np.ones(SIDES * count)]
    return row, column, np.concatenate([*coefficient, sides.on_a.ravel(), sides.on_b.ravel()])


def envelopes(pairs: Pairs, lower: FloatArray, upper: FloatArray) -> Envelopes:
    """McCormick's rows of every pair over ranges (n,); rows with an infinite end are free."""
    la, ua, lb, ub = lower[pairs.a], upper[pairs.a], lower[pairs.b], upper[pairs.b]
    on_a, on_b = np.stack([-lb, -ub, -ub, -lb], axis=1), np.stack([-la, -ua, -la, -ua], axis=1)
    at_least = np.broadcast_to(np.arange(SIDES) < 2, on_a.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        corner = -(on_a * on_b)
        side = np.nextafter(corner, np.where(at_least, -np.inf, np.inf))
        if pairs.square.any():
            at_least = at_least | (pairs.square[:, None] & (np.arange(SIDES) == 3))
            on_a[pairs.square], on_b[pairs.square] = _square_slopes(la[pairs.square], ua[pairs.square]), 0.0
            side[pairs.square] = _square_sides(la[pairs.square], ua[pairs.square])
    known = np.isfinite(on_a) & np.isfinite(on_b) & np.isfinite(side)
    low = np.where(known & at_least, side, -np.inf)
    high = np.where(known & ~at_least, side, np.inf)
    return Envelopes(np.where(known, on_a, 0.0), np.where(known, on_b, 0.0), low, high)


def _middle(lower: FloatArray, upper: FloatArray) -> FloatArray:
    middle: FloatArray = np.where(np.isfinite(lower) & np.isfinite(upper), 0.5 * lower + 0.5 * upper, 0.0)
    return middle


def _square_slopes(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Coefficients of a in the rows of squares (k, 4): tangents at the ends, the secant, the middle tangent."""
    return np.stack([-2.0 * lower, -2.0 * upper, -(lower + upper), -2.0 * _middle(lower, upper)], axis=1)


def _square_sides(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Right sides of the rows of squares (k, 4), rounded outward."""
    first, second, last = (
        np.nextafter(-(end * end), -np.inf) for end in (lower, upper, _middle(lower, upper))
    )
    # The slope of the secant is rounded; its error times the largest value is given back.
    lost = EPSILON * np.abs(lower + upper) * np.maximum(np.abs(lower), np.abs(upper))
    secant = np.nextafter(np.nextafter(-lower * upper, np.inf) + lost, np.inf)
    return np.stack([first, second, secant, last], axis=1)


def product_ranges(pairs: Pairs, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ranges (k,) of the products of columns in ranges (n,), rounded outward."""
    la, ua, lb, ub = lower[pairs.a], upper[pairs.a], lower[pairs.b], upper[pairs.b]
    if len(la) and float(la.min()) >= 0.0 and float(lb.min()) >= 0.0:
        return _ranges_without_sign(la, ua, lb, ub)
    with np.errstate(invalid="ignore", over="ignore"):
        corners = np.array([la * lb, la * ub, ua * lb, ua * ub])
    corners[np.isnan(corners)] = 0.0  # zero times an infinite end: the column itself is finite
    low = np.nextafter(corners.min(axis=0), -np.inf)
    high = np.nextafter(corners.max(axis=0), np.inf)
    zero = ((la == 0.0) & (ua == 0.0)) | ((lb == 0.0) & (ub == 0.0))
    positive = zero | ((la >= 0.0) & (lb >= 0.0)) | ((ua <= 0.0) & (ub <= 0.0)) | pairs.square
    low = np.where(positive, np.maximum(low, 0.0), low)
    return low, np.where(zero, 0.0, high)


def _ranges_without_sign(
    la: FloatArray, ua: FloatArray, lb: FloatArray, ub: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ranges (k,) of products of columns that are nowhere negative, rounded outward."""
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = np.nextafter(la * lb, -np.inf), np.nextafter(ua * ub, np.inf)
    # Zero times an infinite end: the column itself is finite.
    zero = (ua == 0.0) | (ub == 0.0)
    return np.where(low > 0.0, low, 0.0), np.where(zero, 0.0, high)
