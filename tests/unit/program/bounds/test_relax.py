"""McCormick's relaxation: every row holds for every point of the ranges, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, lifted, small
from hypothesis import given
from hypothesis import strategies as st

from netback.errors import ModelError
from netback.program import highs
from netback.program.bounds.relax import Pairs, envelopes, mccormick, product_ranges, violations
from netback.program.bounds.safe import safe_bound

ends = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(*(st.tuples(ends, ends) for _ in range(2)), st.floats(0, 1), st.floats(0, 1))
def test_ranges_of_products_without_sign_hold_exactly(first, second, part_a, part_b):
    low, high = (np.array([f(map(abs, pair)) for pair in (first, second)]) for f in (min, max))
    pairs = Pairs(np.array([0]), np.array([1]), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0))
    least, most = product_ranges(pairs, low, high)
    x = np.clip(low + np.array([part_a, part_b]) * (high - low), low, high)
    assert 0.0 <= Fraction(least[0]) <= Fraction(x[0]) * Fraction(x[1]) <= Fraction(most[0])
    assert most[0] <= np.nextafter(high[0] * high[1], INF)
    assert product_ranges(pairs, np.zeros(2), np.array([0.0, INF]))[1][0] == 0.0


@given(ends, ends, ends, ends, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_envelopes_hold_exactly(la, ua, lb, ub, part_a, part_b, square):
    lower = np.array([min(la, ua), min(lb, ub)])
    upper = np.array([max(la, ua), max(lb, ub)])
    x = np.clip(lower + np.array([part_a, part_b]) * (upper - lower), lower, upper)
    second = 0 if square else 1
    pairs = Pairs(np.array([0]), np.array([second]), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0))
    made = envelopes(pairs, lower, upper)
    a, b = Fraction(x[0]), Fraction(x[second])
    for side in range(4):
        value = a * b + Fraction(made.on_a[0, side]) * a + Fraction(made.on_b[0, side]) * b
        if np.isfinite(made.lower[0, side]):
            assert value >= Fraction(made.lower[0, side])
        if np.isfinite(made.upper[0, side]):
            assert value <= Fraction(made.upper[0, side])
    low, high = product_ranges(pairs, lower, upper)
    assert Fraction(low[0]) <= a * b <= Fraction(high[0])


@pytest.mark.parametrize("square", [False, True])
def test_infinite_ends_leave_rows_out(square):
    pairs = Pairs(
        np.array([0]), np.array([0 if square else 1]), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0)
    )
    made = envelopes(pairs, np.array([0.0, 1.0]), np.array([INF, 2.0]))
    assert np.isfinite(made.on_a).all()
    assert np.isfinite(made.on_b).all()
    kept = np.isfinite(made.lower[0]) | np.isfinite(made.upper[0])
    assert kept.tolist() == ([True, False, False, True] if square else [True, False, True, False])
    low, high = product_ranges(pairs, np.array([0.0, 1.0]), np.array([INF, 2.0]))
    assert (low[0], high[0]) == (0.0, INF)


def test_one_column_per_distinct_product():
    rows = [
        ([0.0, 0.0], [(0, 1, 1.0), (0, 0, 2.0)], 0.0, 1.0),
        ([1.0, 0.0], [(1, 0, -1.0)], -INF, 5.0),
    ]
    relaxed = mccormick(small("min", [1.0, 1.0], 0.0, 2.0, rows))
    assert len(relaxed.pairs) == 2
    assert relaxed.linear.shape == (2 + 8, 2 + 2)
    assert relaxed.linear.is_linear
    x = lifted(relaxed.pairs, np.array([1.5, 0.5]))
    assert relaxed.violations(x) == pytest.approx([0.0, 0.0])
    assert violations(relaxed.pairs, x + np.array([0, 0, 1.0, 0]), 2) == pytest.approx([1.0, 0.0])
    assert relaxed.point(x).tolist() == [1.5, 0.5]
    assert relaxed.linear.row_label(2) == "envelope[0,0]"


def test_published_relaxation_of_haverly():
    # The bound of the proportions form with its redundant rows is 500 (Ben-Tal et al. 1994, table 2).
    assert highs.solve(mccormick(haverly()).linear).objective == pytest.approx(-500.0)
    assert highs.solve(mccormick(haverly(sense="max")).linear).objective == pytest.approx(500.0)


@given(bilinear())
def test_the_bound_is_never_on_the_wrong_side_of_a_grid_point(problem):
    points = feasible_grid(problem)
    relaxed = mccormick(problem).linear
    raw = highs.solve(relaxed)
    if len(points):
        assert raw.status == "optimal"
        best = best_of(problem, points)
        bound = safe_bound(relaxed, raw.row_dual)
        assert bound <= best if problem.sense == "min" else bound >= best


def test_without_products_the_relaxation_is_the_problem():
    problem = small("min", [1.0], 0.0, 2.0, [([1.0], [], 1.0, INF)])
    assert mccormick(problem).linear.shape == problem.shape


def test_wrong_ranges_are_findings():
    problem = haverly()
    with pytest.raises(ModelError, match="ranges of shapes"):
        mccormick(problem, np.zeros(2), np.ones(2))
    with pytest.raises(ModelError, match="hold no number"):
        mccormick(problem, np.full(problem.shape[1], 2.0), np.full(problem.shape[1], 1.0))
