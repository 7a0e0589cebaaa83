"""Programs written out with copies of their columns and with columns that are zero come back to the program itself."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bounds"))

from bilinear_cases import INF, activity, bilinear, small
from program_cases import dense

from netback.program import highs
from netback.program.bounds.ranges import structural_ranges
from netback.program.bounds.relax import mccormick
from netback.program.certify import objective_value
from netback.program.problem import FloatArray, Problem
from netback.program.structure.reduce import _added, _exact_quotient, _lost, reduce


def written_out(problem: Problem, seed: int) -> tuple[Problem, FloatArray]:
    """Every column with up to three copies, each term on one of them, and two columns of nothing; of which each is one.

    Copies hang together by rows ``a x - a y = 0`` in any order; the place of a column without any is -1.
    """
    draw = np.random.default_rng(seed)
    width = problem.shape[1]
    of = np.concatenate([np.arange(width), draw.integers(0, width, int(draw.integers(1, 4))), [-1, -1]])
    of[width:] = draw.permutation(of[width:])
    copies = [np.flatnonzero(of == column) for column in range(width)]
    nothing = np.flatnonzero(of < 0)
    table = problem.matrix.toarray()
    terms = problem.products
    rows: list[Any] = []
    for row in range(problem.shape[0]):
        linear = [0.0] * len(of)
        for column in np.flatnonzero(table[row]).tolist():
            linear[int(draw.choice(copies[column]))] += float(table[row, column])
        linear[int(draw.choice(nothing))] = float(draw.integers(-3, 4))
        products = [
            (int(draw.choice(copies[a])), int(draw.choice(copies[b])), c)
            for own, a, b, c in zip(
                terms.rows.tolist(),
                terms.columns_a.tolist(),
                terms.columns_b.tolist(),
                terms.coefficients.tolist(),
                strict=True,
            )
            if own == row
        ]
        products.append(
            (int(draw.choice(nothing)), int(draw.integers(0, len(of))), float(draw.integers(1, 4)))
        )
        rows.append((linear, products, problem.row_lower[row], problem.row_upper[row]))
    for same in copies:
        for one, other in zip(same[:-1].tolist(), same[1:].tolist(), strict=True):
            linear = [0.0] * len(of)
            factor = float(draw.choice([-2.0, 1.0, 3.0]))
            linear[one], linear[other] = factor, -factor
            rows.append((linear, [], 0.0, 0.0))
    lower, upper = (
        np.where(of >= 0, end[np.maximum(of, 0)], 0.0) for end in (problem.column_lower, problem.column_upper)
    )
    whole = np.where(of >= 0, problem.integer[np.maximum(of, 0)], False)
    costs = np.zeros(len(of))
    for column, same in enumerate(copies):
        costs[int(draw.choice(same))] = problem.objective[column]
    made = small(problem.sense, costs.tolist(), lower, upper, rows, whole, problem.offset)
    return made, of


def keeps(problem: Problem, x: FloatArray) -> bool:
    value = activity(problem, x[None, :])[0]
    rows = bool(((value >= problem.row_lower) & (value <= problem.row_upper)).all())
    return rows and bool(((x >= problem.column_lower) & (x <= problem.column_upper)).all())


@settings(max_examples=40)
@given(bilinear(integer=True), st.integers(0, 10_000))
def test_points_and_costs_are_those_of_the_program_itself(problem: Problem, seed: int) -> None:
    """On a grid of quarters, on which all of this arithmetic is exact."""
    given_program, of = written_out(problem, seed)
    found = reduce(given_program)
    if found.problem is given_program:
        # Nothing is left of it, or its rows alone show that there is no point.
        ends = structural_ranges(given_program)
        assert ends.empty or not (ends.lower.any() or ends.upper.any())
    else:
        assert found.problem.shape[1] <= problem.shape[1]
    axes = [
        np.arange(low, high + 0.25, 0.5)
        for low, high in zip(problem.column_lower, problem.column_upper, strict=True)
    ]
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
    for x in points[:: max(1, len(points) // 60)]:
        wide = np.where(of >= 0, x[np.maximum(of, 0)], 0.0)
        z = found.to_reduced(wide)
        inside = keeps(found.problem, z)
        assert inside == keeps(problem, x)
        if inside:
            assert found.to_given(z).tolist() == wide.tolist()
            assert objective_value(found.problem, z) == pytest.approx(objective_value(problem, x), abs=1e-12)


@settings(max_examples=25)
@given(bilinear(), st.integers(0, 10_000))
def test_the_relaxation_is_no_weaker(problem: Problem, seed: int) -> None:
    given_program, _ = written_out(problem, seed)
    wide = highs.solve(mccormick(given_program).linear)
    slim = highs.solve(mccormick(reduce(given_program).problem).linear)
    if wide.status == "optimal" and slim.status == "optimal":
        assert wide.objective is not None
        assert slim.objective is not None
        sign = 1.0 if problem.sense == "min" else -1.0
        assert sign * slim.objective >= sign * wide.objective - 1e-6 * max(1.0, abs(wide.objective))


def test_what_chains_of_rows_make_zero_goes_in_turn() -> None:
    # x is zero by its bounds, so y by 2 y - 2 x = 0, so z by 3 z + y = 0.
    table = [[2.0, -2.0, 0.0, 0.0], [1.0, 0.0, 3.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    problem = dense(
        "max", [1.0, 1.0, 1.0, 1.0], table, [0.0, 0.0, -INF], [0.0, 0.0, 4.0], -5.0, [5.0, 0.0, 5.0, 5.0]
    )
    problem = problem.with_(column_lower=[-5.0, 0.0, -5.0, -5.0])
    found = reduce(problem)
    assert found.place.tolist() == [-1, -1, -1, 0]
    assert found.first.tolist() == [3]
    assert found.to_given(np.array([2.5])).tolist() == [0.0, 0.0, 0.0, 2.5]
    # What is left of the last row is a bound of the only column.
    assert found.problem.shape == (0, 1)
    assert found.problem.column_upper.tolist() == [4.0]


def test_the_bounds_of_a_class_are_those_of_all_its_columns() -> None:
    table = [[1.0, -1.0, 0.0], [1.0, 1.0, 1.0]]
    problem = dense("max", [1.0, 0.0, 1.0], table, [0.0, -INF], [0.0, 9.0], [0.0, 1.0, 0.0], [4.0, 7.0, 9.0])
    found = reduce(problem)
    assert found.place.tolist() == [0, 0, 1]
    assert (found.problem.column_lower.tolist(), found.problem.column_upper.tolist()) == (
        [1.0, 0.0],
        [4.0, 9.0],
    )
    assert found.problem.matrix.toarray().tolist() == [[2.0, 1.0]]
    assert found.problem.objective.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        ([1.0, 1.0, 0.0], 0.0, 0.0),
        ([1.0, -2.0, 0.0], 0.0, 0.0),
        ([1.0, -1.0, 0.0], 1.0, 1.0),
        ([1.0, -1.0, 0.0], -1.0, 0.0),
    ],
    ids=["sum", "factor", "constant", "limit"],
)
def test_other_rows_make_nothing_equal(row: list[float], low: float, high: float) -> None:
    problem = dense("max", [1.0, 1.0, 1.0], [row, [1.0, 1.0, 1.0]], [low, -INF], [high, 4.0], -1.0, 3.0)
    assert reduce(problem).problem is problem


def test_a_row_that_holds_nothing_and_cannot_hold_stays_to_be_seen() -> None:
    table = [[1.0, 0.0], [1.0, 1.0]]
    base = dense("max", [1.0, 1.0], table, [0.0, -INF], [0.0, 4.0], [0.0, 0.0], [0.0, 3.0])
    assert reduce(base).problem.shape == (0, 1)
    broken = base.with_(row_lower=[1.0, -INF], row_upper=[2.0, 4.0])
    found = reduce(broken)
    assert highs.solve(found.problem).status == "infeasible"


@given(st.floats(-1e9, 1e9), st.floats(-1e6, 1e6).filter(bool))
def test_a_quotient_is_exact_or_none(value: float, divisor: float) -> None:
    found = _exact_quotient(value, divisor)
    if np.isnan(found):
        rounded = value / divisor
        assert not np.isfinite(rounded) or Fraction(rounded) * Fraction(divisor) != Fraction(value)
    else:
        assert Fraction(found) * Fraction(divisor) == Fraction(value)


@pytest.mark.parametrize(("divisor", "end"), [(2.0, INF), (-2.0, -INF)])
def test_no_limit_divided_is_no_limit(divisor: float, end: float) -> None:
    assert _exact_quotient(INF, divisor) == end
    assert _exact_quotient(-INF, divisor) == -end


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6, allow_subnormal=False)), min_size=1, max_size=12
    )
)
def test_sums_tell_what_they_are_off_by_at_most(entries: list[tuple[int, float]]) -> None:
    keys, values, error = _added(
        np.array([[key for key, _ in entries]]), np.array([value for _, value in entries])
    )
    assert sorted(keys[0].tolist()) == sorted({key for key, _ in entries})
    for key, total, off in zip(keys[0].tolist(), values.tolist(), error.tolist(), strict=True):
        exact = sum((Fraction(value) for own, value in entries if own == key), Fraction(0))
        assert abs(exact - Fraction(total)) <= Fraction(off)
        if sum(own == key for own, _ in entries) == 1:
            assert off == 0.0


def test_what_a_row_may_be_off_by_adds_up_over_its_sums() -> None:
    lost = _lost(np.array([0, 0, 2]), np.array([1e-16, 2e-16, 0.0]), np.array([10.0, 5.0, 99.0]), 3)
    assert lost[0] == pytest.approx(2e-15, rel=1e-6)
    assert lost[0] >= 2e-15
    assert lost[1:].tolist() == [0.0, 0.0]
