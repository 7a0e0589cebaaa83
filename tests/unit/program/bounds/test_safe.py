"""Safe bounds against exact rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from bilinear_cases import INF, haverly
from hypothesis import given
from hypothesis import strategies as st
from program_cases import dense

from netback.errors import ModelError
from netback.program import highs
from netback.program.bounds.relax import mccormick
from netback.program.bounds.safe import (
    Rows,
    _least_products,
    farkas,
    lagrangian,
    reduced_costs,
    safe_bound,
)

nasty = st.builds(
    lambda mantissa, power, sign: sign * mantissa * 10.0**power,
    st.floats(1.0, 10.0),
    st.integers(-9, 9),
    st.sampled_from([-1.0, 0.0, 1.0]),
)


@given(st.tuples(nasty, nasty), st.tuples(nasty, nasty), st.sampled_from(["", "lower", "upper", "both"]))
def test_the_least_product_is_below_every_corner(slopes, ends, missing):
    """Over intervals of either sign, with ends missing: a bound in exact arithmetic, off by rounding alone."""
    (least, most), (lower, upper) = sorted(slopes), sorted(ends)
    lower = -INF if missing in ("lower", "both") else lower
    upper = INF if missing in ("upper", "both") else upper
    found = float(_least_products(*(np.array([value]) for value in (least, most, lower, upper)))[0])
    if any(d != 0.0 and math.isinf(d * x) and d * x < 0.0 for d in (least, most) for x in (lower, upper)):
        assert found == -INF
        return
    finite = [Fraction(d) * Fraction(x) for d in (least, most) for x in (lower, upper) if math.isfinite(x)]
    exact = min(finite, default=Fraction(0))
    assert found <= exact
    assert found >= float(exact) - 1e-15 * abs(float(exact)) - 1e-300


def exact_bound(problem, y):
    """The Lagrangian bound of a boxed minimisation, in fractions."""
    table = problem.matrix.toarray()
    total = Fraction(problem.offset)
    for i, value in enumerate(y):
        side = problem.row_lower[i] if value > 0 else problem.row_upper[i]
        if value and math.isfinite(side):
            total += Fraction(value) * Fraction(side)
    for j in range(problem.shape[1]):
        d = Fraction(problem.objective[j])
        for i, value in enumerate(y):
            side = problem.row_lower[i] if value > 0 else problem.row_upper[i]
            if math.isfinite(side):
                d -= Fraction(table[i, j]) * Fraction(value)
        total += min(d * Fraction(problem.column_lower[j]), d * Fraction(problem.column_upper[j]))
    return total


@st.composite
def programs_and_multipliers(draw):
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    table = np.array(draw(st.lists(nasty, min_size=rows * columns, max_size=rows * columns)))
    low = np.array(draw(st.lists(nasty, min_size=columns, max_size=columns)))
    width = np.abs(np.array(draw(st.lists(nasty, min_size=columns, max_size=columns))))
    sides = np.array(draw(st.lists(nasty, min_size=rows, max_size=rows)))
    kind = np.array(draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)))
    problem = dense(
        "min",
        draw(st.lists(nasty, min_size=columns, max_size=columns)),
        table.reshape(rows, columns),
        np.where(kind == 1, -INF, sides),
        np.where(kind == 2, INF, sides),
        low,
        low + width,
        offset=draw(nasty),
    )
    return problem, np.array(draw(st.lists(nasty, min_size=rows, max_size=rows)))


@given(programs_and_multipliers())
def test_never_above_the_exact_bound_and_close_to_it(drawn):
    problem, y = drawn
    found, exact = safe_bound(problem, y), exact_bound(problem, y)
    assert Fraction(found) <= exact
    size = abs(problem.offset) + float(
        np.abs(problem.objective) @ np.maximum(np.abs(problem.column_lower), np.abs(problem.column_upper))
    )
    reach = np.maximum(np.abs(problem.column_lower), np.abs(problem.column_upper))
    size += float(np.abs(y) @ (np.abs(problem.matrix.toarray()) @ reach))
    sides = np.where(np.isfinite(problem.row_lower), problem.row_lower, problem.row_upper)
    size += float(np.abs(y) @ np.abs(sides))
    assert float(exact - Fraction(found)) <= 1e-13 * size + 1e-300


@given(programs_and_multipliers())
def test_intervals_hold_the_exact_reduced_costs(drawn):
    problem, y = drawn
    least, most = reduced_costs(Rows.of(problem), problem.objective, y)
    table = problem.matrix.toarray()
    for j in range(problem.shape[1]):
        d = Fraction(problem.objective[j]) - sum(
            (Fraction(table[i, j]) * Fraction(value) for i, value in enumerate(y)), Fraction(0)
        )
        assert Fraction(least[j]) <= d <= Fraction(most[j])


@given(programs_and_multipliers())
def test_a_maximisation_is_bounded_from_above(drawn):
    problem, y = drawn
    other = problem.with_(sense="max", objective=-problem.objective, offset=-problem.offset)
    assert safe_bound(other, -y) == -safe_bound(problem, y)


def test_optimal_multipliers_give_the_optimum():
    relaxed = mccormick(haverly()).linear
    raw = highs.solve(relaxed)
    assert raw.objective == pytest.approx(-500.0)
    found = safe_bound(relaxed, raw.row_dual)
    assert found <= raw.objective + 1e-9
    assert found == pytest.approx(-500.0, abs=1e-8)


def test_multipliers_that_are_no_numbers_or_lean_on_no_bound_count_as_zero():
    problem = dense("min", [1.0, 1.0], [[1.0, 1.0]], 1.0, INF, 0.0, 5.0)
    assert safe_bound(problem, np.array([1.0])) == pytest.approx(1.0)
    for wrong in (-1.0, math.nan, INF):
        assert safe_bound(problem, np.array([wrong])) == pytest.approx(0.0, abs=1e-300)


def test_an_open_column_needs_the_exact_sign():
    problem = dense("min", [0.1, 1.0], [[0.1, 1.0]], 1.0, INF, 0.0, INF)
    assert safe_bound(problem, np.array([1.0])) == pytest.approx(1.0)
    assert safe_bound(problem, np.array([1.0 + 1e-12])) == -INF
    assert safe_bound(problem.with_(sense="max", row_lower=-INF, row_upper=1.0), np.array([0.5])) == INF


def test_overflow_gives_no_bound_instead_of_a_wrong_one():
    problem = dense("min", [1e300], [[1e300]], 1e300, INF, -1e300, 1e300)
    assert safe_bound(problem, np.array([1e300])) == -INF


def test_farkas_multipliers():
    problem = dense("min", [0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]], [3.0, -INF], [INF, 2.0], 0.0, 10.0)
    rows = Rows.of(problem)
    ends = problem.column_lower, problem.column_upper
    assert farkas(rows, *ends, np.array([1.0, -1.0]))
    assert farkas(rows, *ends, np.array([-1.0, 1.0]))
    assert not farkas(rows, *ends, np.array([1.0, 0.0]))
    meets = Rows.of(problem.with_(row_lower=[2.0, -INF]))
    assert not farkas(meets, *ends, np.array([1.0, -1.0]))


def test_products_and_wrong_lengths_are_findings():
    with pytest.raises(ModelError, match="needs a linear program"):
        safe_bound(haverly(), np.zeros(haverly().shape[0]))
    with pytest.raises(ModelError, match="multipliers of shape"):
        safe_bound(dense("min", [1.0], [[1.0]], 0.0, 1.0), np.zeros(2))


def test_lagrangian_says_nothing_of_many_open_columns():
    problem = dense("min", np.ones(60), np.ones((1, 60)), 1.0, 1.0, -INF, INF)
    found = lagrangian(
        Rows.of(problem), problem.objective, problem.column_lower, problem.column_upper, np.array([0.5])
    )
    assert found.value == -INF
