"""Interval propagation: cuts off no feasible point, finds what follows, tells emptiness."""

from __future__ import annotations

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, feasible_grid, small
from hypothesis import given
from hypothesis import strategies as st

from netback.program.bounds.ranges import Structure, propagate, structural_ranges


@given(bilinear())
def test_no_feasible_point_is_cut_off(problem):
    points = feasible_grid(problem)
    found = structural_ranges(problem)
    if len(points):
        assert not found.empty
        assert (points >= found.lower).all()
        assert (points <= found.upper).all()


@given(bilinear(integer=True))
def test_nor_a_whole_one(problem):
    points = feasible_grid(problem, 0.5)
    found = structural_ranges(problem)
    if len(points):
        assert not found.empty
        assert (points >= found.lower).all()
        assert (points <= found.upper).all()


@given(st.integers(0, 10_000))
def test_with_wild_coefficients_too(seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=4) * 10.0 ** generator.integers(-4, 5, 4)
    rows = []
    for _ in range(4):
        linear = generator.normal(size=4) * 10.0 ** generator.integers(-6, 7, 4) * (generator.random(4) < 0.6)
        a, b, value = int(generator.integers(4)), int(generator.integers(4)), float(generator.normal())
        middle = float(linear @ x + value * x[a] * x[b])
        room = abs(middle) * 1e-12 + 1e-12 * float(np.abs(linear) @ np.abs(x))
        rows.append((linear.tolist(), [(a, b, value)], middle - room, middle + room))
    problem = small("min", [1.0] * 4, x - np.abs(x) - 1e-3, x + np.abs(x) + 1e-3, rows)
    found = structural_ranges(problem)
    assert not found.empty
    assert (found.lower <= x).all()
    assert (x <= found.upper).all()


def test_the_quality_of_a_pool_lies_between_those_of_its_sources():
    # quality * (a + b) = 3 a + b with a, b >= 0 and a + b >= 10 does not bound the quality by rows alone, but it does
    # with the flows' ranges: 10 q <= 3 a + b.
    rows = [
        ([3.0, 1.0, 0.0, 0.0], [(2, 3, -1.0)], 0.0, 0.0),
        ([1.0, 1.0, 0.0, -1.0], [], 0.0, 0.0),
    ]
    problem = small("min", [0.0] * 4, [0.0, 0.0, -INF, 10.0], [20.0, 20.0, INF, 20.0], rows)
    found = structural_ranges(problem)
    assert np.isfinite(found.lower[2])
    assert np.isfinite(found.upper[2])
    assert found.lower[2] <= 1.0
    assert found.upper[2] >= 3.0


def test_squares_and_quotients():
    problem = small("min", [0.0, 0.0], [-INF, 2.0], [INF, 4.0], [([0.0, 0.0], [(0, 0, 1.0)], 0.0, 9.0)])
    found = structural_ranges(problem)
    assert found.lower[0] == pytest.approx(-3.0)
    assert found.upper[0] == pytest.approx(3.0)
    divided = small("min", [0.0, 0.0], [-INF, 2.0], [INF, 4.0], [([0.0, 0.0], [(0, 1, 1.0)], 8.0, 12.0)])
    found = structural_ranges(divided)
    assert (found.lower[0], found.upper[0]) == pytest.approx((2.0, 6.0))


def test_crossed_ranges_are_a_proof():
    assert structural_ranges(small("min", [0.0], 0.0, 1.0, [([1.0], [], 2.0, INF)])).empty
    assert structural_ranges(small("min", [0.0], -2.0, 2.0, [([0.0], [(0, 0, 1.0)], -INF, -1.0)])).empty
    assert structural_ranges(small("min", [0.0], 0.2, 0.8, [([1.0], [], -INF, INF)], True)).empty


def test_whole_columns_are_rounded():
    problem = small("min", [0.0], 0.0, 9.0, [([2.0], [], 3.0, 7.0)], True)
    found = structural_ranges(problem)
    assert (found.lower[0], found.upper[0]) == (2.0, 3.0)


def test_infinite_ranges_stay_where_nothing_is_known():
    problem = small("min", [0.0, 0.0], -INF, INF, [([1.0, 1.0], [], 0.0, 1.0)])
    found = propagate(Structure.of(problem), problem.column_lower, problem.column_upper)
    assert not found.empty
    assert found.lower.tolist() == [-INF, -INF]
    assert found.upper.tolist() == [INF, INF]
