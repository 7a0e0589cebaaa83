"""The smaller program has the same points, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plants import plant, point, points
from program_cases import INF, dense

from netback.program.certify import objective_value, residuals
from netback.program.structure.reduce import reduce


def test_equal_columns_become_one_and_zeros_go():
    problem = plant()
    small = reduce(problem)
    labels = [problem.column_label(int(j)) for j in small.first]
    # Feeds, mix, branches, light, heavy, outside, blend, quality and two yields are left of 20 columns.
    assert labels == [
        f"x[{name}]"
        for name in [
            "feed_0",
            "feed_1",
            "mix",
            "branch_0",
            "branch_1",
            "light",
            "heavy",
            "outside",
            "blend",
            "q_mix",
            "yield_0",
            "yield_1",
        ]
    ]
    assert small.problem.shape == (9, 12)  # the demand is a bound now
    assert small.problem.column_upper[labels.index("x[blend]")] == 6.0
    assert (small.place[-2:] == -1).all()
    assert small.problem.column_upper[0] == 8.0


@given(st.integers(0, 10_000), st.sampled_from(["min", "max"]))
def test_points_and_costs_are_the_same_there_and_back(seed, sense):
    problem = plant(sense)
    small = reduce(problem)
    for x in points(5, seed):
        z = small.to_reduced(x)
        np.testing.assert_array_equal(small.to_given(z), x)
        assert residuals(small.problem, z).worst_primal[0] <= 1e-12
        assert objective_value(small.problem, z) == pytest.approx(objective_value(problem, x), rel=1e-12)


def test_what_is_no_point_stays_none():
    problem = plant()
    small = reduce(problem)
    x = point(4.0, 4.0, 0.5, 0.0)
    wrong = x.copy()
    wrong[[13, 14, 15]] *= 1.5  # the quality of a mix it is not
    assert residuals(small.problem, small.to_reduced(x)).worst_primal[0] <= 1e-12
    assert residuals(small.problem, small.to_reduced(wrong)).worst_primal[0] > 1e-3


def test_a_row_of_one_column_becomes_a_bound_only_where_it_divides_exactly():
    problem = dense(
        "max", [1.0, 1.0, 1.0], [[2.0, 0, 0], [0, 3.0, 0], [0, 0, -4.0], [1, 1, 1]], -INF, [6, 1, 8, 9]
    )
    small = reduce(problem.with_(column_lower=[0, 0, -INF]))
    assert small.problem is not problem or small.problem.shape[0] == 4
    merged = reduce(
        dense(
            "max",
            [1.0, 1.0, 1.0, 0.0],
            [[2.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, -4.0, 0], [1, 1, 1, 0]],
            -INF,
            [6, 1, 8, 9],
            [0, 0, -INF, 0],
            [INF, INF, INF, 0],
        )
    )
    assert merged.problem.column_upper.tolist() == [3.0, INF, INF]
    assert merged.problem.column_lower.tolist() == [0.0, 0.0, -2.0]
    assert merged.problem.shape == (2, 3)  # 3 x <= 1 does not divide


def test_coefficients_that_do_not_add_up_exactly_move_the_sides_outward():
    matrix = [[1.0, -1.0, 0.0], [0.1, 0.2, 1.0]]
    problem = dense("max", [1.0, 0.0, 1.0], matrix, [0.0, 1.0], [0.0, 1.0], 0.0, 2.0)
    small = reduce(problem)
    assert small.problem.shape == (1, 2)
    low, high = float(small.problem.row_lower[0]), float(small.problem.row_upper[0])
    assert low < 1.0 < high
    assert high - low < 1e-14
    from fractions import Fraction

    given_sum = Fraction(0.1) * 2 + Fraction(0.2) * 2
    own = Fraction(float(small.problem.matrix[0, 0])) * 2
    assert Fraction(low) <= 1 + own - given_sum <= Fraction(high)


def test_without_bounds_nothing_is_rounded():
    matrix = [[1.0, -1.0, 0.0], [0.1, 0.2, 1.0]]
    problem = dense("max", [1.0, 0.0, 1.0], matrix, [0.0, 1.0], [0.0, 1.0])
    assert reduce(problem).problem is problem


def test_crossed_bounds_are_left_to_the_solver():
    problem = dense("max", [1.0, 1.0], [[1.0, -1.0]], 0.0, 0.0, [0.0, 3.0], [2.0, 4.0])
    assert reduce(problem).problem is problem


def test_whole_columns_stay_whole():
    problem = dense("max", [1.0, 1.0], [[1.0, -1.0]], 0.0, 0.0, 0.0, 2.5, [False, True])
    assert reduce(problem).problem.integer.tolist() == [True]
