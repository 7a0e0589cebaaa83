"""A leaf is a relaxation over its box; scaled by a weight its rows hold exactly where the weight times the leaf is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from bilinear_cases import bilinear, lifted, small
from hypothesis import given
from hypothesis import strategies as st

from netback.program.bounds.leaf import Leaf, Scaled, homogeneous
from netback.program.bounds.live import Answer
from netback.program.bounds.narrow import blame
from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs
from netback.program.problem import FloatArray, Problem

INF = math.inf


def leaf_of(problem: Problem) -> Leaf:
    pairs = Pairs.of(problem.products)
    return Leaf.of(problem, pairs, Ranges(problem.column_lower, problem.column_upper))


def worst(scaled: Scaled, v: FloatArray, weight: float) -> float:
    """How far a point and its weight miss the scaled rows."""
    point = np.append(v, weight)
    activity = np.bincount(scaled.rows, scaled.values * point[scaled.columns], minlength=len(scaled.lower))
    return float(np.max(np.maximum(scaled.lower - activity, activity - scaled.upper), initial=0.0))


def misses(leaf: Leaf, v: FloatArray) -> float:
    """How far a point misses the rows and the ends of a leaf."""
    own = leaf.rows
    activity = np.bincount(own.rows, own.values * v[own.columns], minlength=len(own.lower))
    rows = np.max(np.maximum(own.lower - activity, activity - own.upper), initial=0.0)
    return float(max(rows, np.max(np.maximum(leaf.lower - v, v - leaf.upper), initial=0.0)))


def grid(problem: Problem, steps: int = 4) -> list[FloatArray]:
    axes = [
        np.linspace(low, high, steps)
        for low, high in zip(problem.column_lower, problem.column_upper, strict=True)
    ]
    return [np.array(point) for point in itertools.product(*axes)]


def keeps_rows(problem: Problem, x: FloatArray) -> bool:
    pairs, terms = Pairs.of(problem.products), problem.products
    assert len(pairs.a) <= len(terms)
    activity = np.asarray(problem.matrix @ x) + np.bincount(
        terms.rows, terms.coefficients * x[terms.columns_a] * x[terms.columns_b], minlength=problem.shape[0]
    )
    return bool((activity >= problem.row_lower - 1e-9).all() and (activity <= problem.row_upper + 1e-9).all())


@given(bilinear())
def test_every_point_of_the_program_is_in_its_leaf(problem: Problem) -> None:
    leaf = leaf_of(problem)
    for x in grid(problem):
        if keeps_rows(problem, x):
            assert misses(leaf, lifted(Pairs.of(problem.products), x)) <= 1e-9


@given(bilinear(), st.floats(0.0, 3.0), st.integers(0, 2**31))
def test_scaled_rows_hold_where_the_rows_hold_whatever_the_weight(
    problem: Problem, weight: float, seed: int
) -> None:
    leaf = leaf_of(problem)
    scaled = homogeneous(leaf)
    draw = np.random.default_rng(seed)
    low = np.where(np.isfinite(leaf.lower), leaf.lower, -9.0)
    high = np.where(np.isfinite(leaf.upper), leaf.upper, 9.0)
    for _ in range(8):
        v = draw.uniform(low, high)
        there = worst(scaled, weight * (v - leaf.base), weight)
        assert there == pytest.approx(weight * misses(leaf, v), abs=1e-7)


@given(bilinear())
def test_without_weight_only_nothing_is_left_of_a_box(problem: Problem) -> None:
    """All columns are boxed, so their recession cone is zero: any move up meets the upper end of its column."""
    leaf = leaf_of(problem)
    scaled = homogeneous(leaf)
    assert worst(scaled, np.zeros(len(leaf.lower)), 0.0) == 0.0
    for column in np.flatnonzero(leaf.upper > leaf.lower):
        v = np.zeros(len(leaf.lower))
        v[column] = 1.0
        assert worst(scaled, v, 0.0) >= 1.0 - 1e-12


def test_rows_say_where_they_come_from() -> None:
    # Row 0 is an equation, row 1 has two sides, row 2 one: 1 + 2 + 1 rows, then upper ends of the wide columns.
    problem = small(
        "min", [1.0, 1.0], 0.0, [2.0, 3.0],
        [([1.0, 1.0], [], 2.0, 2.0), ([1.0, -1.0], [], -1.0, 1.0), ([0.0, 1.0], [], -INF, 2.5)],
    )  # fmt: skip
    scaled = homogeneous(leaf_of(problem))
    assert scaled.behind.tolist() == [0, 1, 1, 2, -1, -1]
    assert scaled.lower.tolist() == [0.0, 0.0, -INF, -INF, -INF, -INF]
    assert scaled.upper.tolist() == [0.0, INF, 0.0, 0.0, 0.0, 0.0]
    dense = np.zeros((6, 3))
    dense[scaled.rows, scaled.columns] = scaled.values
    assert dense.tolist() == [
        [1.0, 1.0, -2.0], [1.0, -1.0, 1.0], [1.0, -1.0, -1.0], [0.0, 1.0, -2.5], [1.0, 0.0, -2.0], [0.0, 1.0, -3.0],
    ]  # fmt: skip


def test_columns_without_a_lower_end_are_counted_from_zero() -> None:
    problem = small("min", [1.0, 1.0], [-INF, 1.0], [2.0, INF], [([1.0, 1.0], [], 2.0, INF)])
    leaf = leaf_of(problem)
    assert leaf.base.tolist() == [0.0, 1.0]
    # Only the column with an upper end has a row for it.
    assert (homogeneous(leaf).behind == -1).sum() == 1


class TestBlame:
    def pairs(self) -> Pairs:
        return Pairs.of(
            small("min", [1.0] * 3, 0.0, 9.0, [([0.0] * 3, [(0, 1, 1.0), (1, 2, 1.0)], 0.0, 1.0)]).products
        )

    def answer(self, x: list[float], w: list[float], prices: list[float]) -> Answer:
        return Answer("optimal", 0.0, np.array([*x, *w]), None, prices=np.array(prices))

    def test_each_column_bears_what_its_products_miss_at_their_price(self) -> None:
        # 2 x 3 = 6 told as 5 at 10, 3 x 1 = 3 told as 5 at 2: the middle column is in both.
        found = blame(self.pairs(), self.answer([2.0, 3.0, 1.0], [5.0, 5.0], [10.0, 2.0]), 3)
        assert found.tolist() == [10.0, 14.0, 4.0]

    def test_exact_products_and_those_that_cost_nothing_bear_none(self) -> None:
        assert (
            blame(self.pairs(), self.answer([2.0, 3.0, 1.0], [6.0, 9.0], [10.0, 0.0]), 3).tolist()
            == [0.0] * 3
        )

    def test_what_is_not_a_number_bears_none(self) -> None:
        found = blame(self.pairs(), self.answer([2.0, INF, 0.0], [5.0, 5.0], [10.0, 2.0]), 3)
        assert found.tolist() == [0.0] * 3

    def test_without_an_answer_nobody_is_to_blame(self) -> None:
        assert blame(self.pairs(), Answer("stopped", 0.0, None, None), 3).tolist() == [0.0] * 3
