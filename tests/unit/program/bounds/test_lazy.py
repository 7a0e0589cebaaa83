"""Envelopes added as they are broken: the optimum of the whole relaxation, and facts at every stop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds import lazy
from netback.program.bounds.lazy import LazyRelaxation, relaxed
from netback.program.bounds.live import LiveRelaxation


@settings(max_examples=60)
@given(bilinear(), st.integers(0, 100))
def test_same_bound_as_the_whole_relaxation_over_changing_boxes(problem, seed):
    random = np.random.default_rng(seed)
    low, high = problem.column_lower, problem.column_upper
    whole, own = LiveRelaxation(problem, low, high), LazyRelaxation(problem, low, high)
    for _ in range(4):
        one, other = whole.solve(), own.solve()
        assert one.outcome == other.outcome
        if one.outcome == "optimal":
            assert other.bound == pytest.approx(one.bound, rel=1e-5, abs=1e-5)
        middle = low + random.random(len(low)) * (high - low)
        side = random.random(len(low)) < 0.5
        lower, upper = np.where(side, low, middle), np.where(side, middle, high)
        whole.set_ranges(lower, upper)
        own.set_ranges(lower, upper)


@settings(max_examples=40)
@given(bilinear(), st.integers(1, 3))
def test_a_stop_after_any_round_is_a_bound(problem, rounds):
    points = feasible_grid(problem, 0.25)
    if not len(points):
        return
    sign = 1.0 if problem.sense == "min" else -1.0
    before, lazy.ROUNDS = lazy.ROUNDS, rounds
    try:
        bound = LazyRelaxation(problem, problem.column_lower, problem.column_upper).solve().bound
    finally:
        lazy.ROUNDS = before
    best = sign * (best_of(problem, points) - problem.offset)
    assert bound <= best + 1e-9 * max(1.0, abs(best))


def test_rows_long_idle_go_and_come_back(monkeypatch):
    monkeypatch.setattr(lazy, "IDLE_SOLVES", 1)
    monkeypatch.setattr(lazy, "IDLE_ROWS", 1)
    problem = haverly(1)
    own = LazyRelaxation(problem, problem.column_lower, problem.column_upper)
    whole = LiveRelaxation(problem, problem.column_lower, problem.column_upper)
    for price in (1.0, -1.0, 0.0, 1.0):
        cost = own.own_cost * price
        own.set_cost(cost)
        whole.set_cost(cost)
        assert own.solve().bound == pytest.approx(whole.solve().bound, rel=1e-6, abs=1e-6)


def test_the_cutoff_row_keeps_worse_points_out():
    problem = small("min", [1.0, 1.0], 0.0, 2.0, [([0.0, 0.0], [(0, 1, 1.0)], 1.0, INF)])
    own = LazyRelaxation(problem, problem.column_lower, problem.column_upper, cutoff_row=True)
    own.set_cutoff(0.25)  # McCormick's least is 1: x + y >= 1 / 2 + x y / 2 ...
    assert own.solve().outcome == "infeasible"
    own.set_cutoff(10.0)
    assert own.solve().bound >= 0.9


def test_prices_tell_which_product_is_worth_something():
    rows = [
        ([1.0, 0.0, 0.0, 0.0], [(1, 2, -1.0)], 0.0, 0.0),
        ([0.0, 0.0, 0.0, -1.0], [(1, 3, 1.0)], -INF, 4.0),
    ]
    problem = small("max", [1.0, -0.1, 0.0, 0.0], 0.0, 2.0, rows)
    answer = LazyRelaxation(problem, problem.column_lower, problem.column_upper).solve()
    assert answer.prices is not None
    # The first product makes what is sold; the second one's limit does not bind.
    assert answer.prices[0] > 0.01
    assert answer.prices[1] == 0.0


def test_a_bound_beyond_what_the_solver_takes_is_none():
    problem = small("min", [1.0, 0.0], 0.0, [4.0, INF], [([1.0, 0.0], [(0, 1, 1.0)], 1.0, INF)])
    own = LazyRelaxation(problem, problem.column_lower, problem.column_upper)
    own.set_ranges(np.array([0.0, 1e25]), np.array([4.0, 1e30]))
    assert math.isfinite(own.solve().bound)


def test_only_many_products_have_their_envelopes_added_as_they_are_broken(monkeypatch):
    problem = haverly(1)
    ends = problem.column_lower, problem.column_upper
    assert type(relaxed(problem, *ends)) is LiveRelaxation
    monkeypatch.setattr(lazy, "WORTH_LAZY", 3)
    many = relaxed(problem, *ends, cutoff_row=True)
    assert type(many) is LazyRelaxation
    assert many.cutoff_row
    many.set_cutoff(-450.0)
    assert many.solve().bound == pytest.approx(relaxed(problem, *ends).solve().bound)
