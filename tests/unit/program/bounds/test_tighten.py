"""Optimisation-based tightening: no point better than the cutoff is lost, and bounds get better."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import structural_ranges
from netback.program.bounds.tighten import tighten


@settings(max_examples=30)
@given(bilinear(), st.sampled_from([1, 2]), st.booleans())
def test_no_point_better_than_the_cutoff_is_cut_off(problem, threads, with_cutoff):
    points = feasible_grid(problem, 0.5)
    if not len(points):
        return
    sign = 1.0 if problem.sense == "min" else -1.0
    costs = sign * (points @ problem.objective)
    cutoff = float(np.median(costs)) if with_cutoff else math.inf
    found = tighten(
        problem, problem.column_lower, problem.column_upper, cutoff=cutoff, threads=threads
    ).ranges
    kept = points[costs <= cutoff]
    assert not found.empty
    assert (kept >= found.lower).all()
    assert (kept <= found.upper).all()


@pytest.mark.parametrize(("number", "optimum"), [(1, -400.0), (3, -750.0)])
def test_haverly_closes_at_the_root(number, optimum):
    problem = haverly(number)
    start = structural_ranges(problem)
    done = tighten(problem, start.lower, start.upper, cutoff=optimum, passes=10)
    live = LiveRelaxation(problem, done.ranges.lower, done.ranges.upper)
    assert live.solve().bound == pytest.approx(optimum, rel=1e-3)
    assert done.solves > 0
    assert not done.stopped


def test_a_cutoff_that_nothing_meets_leaves_nothing():
    problem = haverly()
    done = tighten(problem, problem.column_lower, problem.column_upper, cutoff=-501.0)
    assert done.ranges.empty


def test_stops_when_asked_and_when_time_is_out():
    problem = haverly()
    for stop in ({"time_limit": 0.0}, {"cancel": lambda: True}):
        done = tighten(problem, problem.column_lower, problem.column_upper, **stop)
        assert done.stopped
        assert done.solves == 0
        assert not done.ranges.empty


def test_infeasible_from_the_start_and_without_products():
    problem = small("min", [0.0], 0.0, 1.0, [([1.0], [], 2.0, INF)])
    assert tighten(problem, problem.column_lower, problem.column_upper).ranges.empty
    linear = small("min", [0.0], 0.0, 1.0, [([1.0], [], 0.5, INF)])
    assert tighten(linear, linear.column_lower, linear.column_upper).solves == 0


def test_best_of_grid_is_the_reference():
    problem = small("min", [1.0, 1.0], 0.0, 2.0, [([0.0, 0.0], [(0, 1, 1.0)], 1.0, INF)])
    assert best_of(problem, feasible_grid(problem)) == 2.0
