"""Marginal values as intervals: equal to brute-force perturbation, also where plans are degenerate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.builder import Builder
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.problem import Problem
from netback.studies.slopes import Slopes, slopes


def program(costs: list[float], rows: list[tuple[list[float], float]], upper: float = math.inf) -> Problem:
    """max c'x with rows a'x <= b; the last column is the one that is moved."""
    builder = Builder("small", "max")
    block = builder.variables("x", Index.of("k", [str(k) for k in range(len(costs))]), 0.0, upper)
    builder.add_costs(block.ids, costs)
    for number, (coefficients, limit) in enumerate(rows):
        row = builder.constraints(f"row_{number}", Index.scalar(), -math.inf, limit)
        builder.add_terms(row.ids, block.ids, coefficients)
    return builder.build()


def best(problem: Problem, amount: float) -> tuple[float, np.ndarray] | None:
    column = problem.shape[1] - 1
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    lower[column] = upper[column] = amount
    raw = solve(problem.with_(column_lower=lower, column_upper=upper))
    if raw.status != "optimal":
        return None
    assert raw.x is not None
    assert raw.objective is not None
    return raw.objective, raw.x


def test_a_degenerate_plan_has_an_interval_not_a_number() -> None:
    # Two users of the barrel: the first 5 earn 10 each, further ones 4; at 5 both ends are right.
    problem = program([10.0, 4.0, 0.0], [([1.0, 0.0, 0.0], 5.0), ([1.0, 1.0, -1.0], 0.0)])
    found = best(problem, 5.0)
    assert found is not None
    assert slopes(problem, found[1], 2) == Slopes(pytest.approx(10.0), pytest.approx(4.0))
    assert not slopes(problem, found[1], 2).is_point


def test_inside_a_step_it_is_a_point() -> None:
    problem = program([10.0, 4.0, 0.0], [([1.0, 0.0, 0.0], 5.0), ([1.0, 1.0, -1.0], 0.0)])
    for amount, worth in ((2.0, 10.0), (7.0, 4.0)):
        found = best(problem, amount)
        assert found is not None
        assert slopes(problem, found[1], 2) == Slopes(pytest.approx(worth), pytest.approx(worth))
        assert slopes(problem, found[1], 2).is_point


def test_where_it_cannot_be_moved_there_is_no_slope() -> None:
    problem = program([1.0, 0.0], [([0.0, 1.0], 3.0), ([1.0, -1.0], 0.0)])
    found = best(problem, 3.0)
    assert found is not None
    assert slopes(problem, found[1], 1) == Slopes(pytest.approx(1.0), None)


def test_several_redundant_rows_change_nothing() -> None:
    rows = [([1.0, 0.0, 0.0], 5.0), ([1.0, 1.0, -1.0], 0.0)]
    plain, crowded = program([10.0, 4.0, 0.0], rows), program([10.0, 4.0, 0.0], rows * 3)
    at = best(crowded, 5.0)
    assert at is not None
    assert slopes(crowded, at[1], 2).last == pytest.approx(slopes(plain, at[1], 2).last)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_slopes_equal_brute_force(data: st.DataObject) -> None:
    # Small whole numbers make ties and degenerate corners the rule.
    width = data.draw(st.integers(2, 4))
    number = st.integers(-3, 4).map(float)
    costs = [data.draw(number) for _ in range(width)]
    rows = [
        ([data.draw(number) for _ in range(width)], float(data.draw(st.integers(0, 8))))
        for _ in range(data.draw(st.integers(1, 5)))
    ]
    problem = program(costs, rows, upper=6.0)
    amount = float(data.draw(st.integers(0, 6)))
    found = best(problem, amount)
    if found is None:
        return
    got = slopes(problem, found[1], width - 1)
    step = 1e-4
    for side, slope in ((1.0, got.next), (-1.0, got.last)):
        moved = best(problem, amount + side * step) if 0.0 <= amount + side * step <= 6.0 else None
        if moved is None:
            assert slope is None
        else:
            assert slope is not None
            assert slope == pytest.approx((moved[0] - found[0]) / (side * step), abs=1e-5)
