"""Cuts from splitting groups hold at every point, in exact arithmetic, and close what one split closes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, lifted, small
from hypothesis import given, settings

from netback.io.pooling_json import read_pooling
from netback.program.bounds import disjunction
from netback.program.bounds.cuts import with_cuts
from netback.program.bounds.disjunction import Splitter
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import Ranges, Structure, propagate, structural_ranges
from netback.program.bounds.relax import Pairs
from netback.program.certify import residuals
from netback.program.pooling.forms import pooling_problem
from shared import shared


def relaxed(problem, ranges):
    return LiveRelaxation(problem, ranges.lower, ranges.upper).solve()


def exact(row, point, pairs):
    """A cut's left side at a point with exact products."""
    whole = [Fraction(float(value)) for value in point]
    products = [whole[a] * whole[b] for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)]
    return sum((Fraction(float(c)) * v for c, v in zip(row, whole + products, strict=True)), Fraction(0))


@settings(max_examples=150)
@given(bilinear(integer=True))
def test_no_cut_loses_a_point(problem):
    ranges = structural_ranges(problem)
    answer = None if ranges.empty else relaxed(problem, ranges)
    if answer is None or answer.x is None:
        return
    pairs = Pairs.of(problem.products)
    found = Splitter(problem, ranges).cuts(answer.x)
    points = feasible_grid(problem, 0.5)
    for row, side in zip(found.coefficients, found.lower, strict=True):
        for x in points[:40]:
            assert exact(row, x, pairs) >= Fraction(float(side))


@settings(max_examples=60)
@given(bilinear())
def test_the_bound_rises_and_stays_below_every_point(problem):
    ranges = structural_ranges(problem)
    answer = None if ranges.empty else relaxed(problem, ranges)
    if answer is None or answer.x is None:
        return
    found = Splitter(problem, ranges).cuts(answer.x)
    again = relaxed(with_cuts(problem, found), ranges)
    points = feasible_grid(problem, 0.25)
    sign = 1.0 if problem.sense == "min" else -1.0
    assert again.bound >= answer.bound - 1e-6 * max(1.0, abs(answer.bound))
    if len(points):
        assert again.bound <= sign * (best_of(problem, points) - problem.offset)


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize(("number", "optimum", "part"), [(1, 400.0, 0.9), (2, 600.0, 0.0), (3, 750.0, 0.3)])
def test_one_round_closes_part_of_haverlys_gap(number, optimum, part, sense):
    problem = haverly(number, sense)
    ranges = structural_ranges(problem)
    answer = relaxed(problem, ranges)
    again = relaxed(with_cuts(problem, Splitter(problem, ranges).cuts(answer.x)), ranges)
    assert again.bound - answer.bound >= part * (-optimum - answer.bound)
    assert again.bound <= -optimum


def test_the_optimum_keeps_every_cut_of_several_rounds():
    instance = read_pooling(shared("benchmarks/pooling/haverly_10_addedges_20_attr_0_1.json"))
    problem = pooling_problem(instance, "pq").problem
    ranges = structural_ranges(problem)
    answer = first = relaxed(problem, ranges)
    optimum, now = -14718.46, problem
    for _ in range(3):
        now = with_cuts(now, Splitter(now, ranges).cuts(answer.x))
        answer = relaxed(now, ranges)
        assert answer.bound <= optimum + 1e-2
    assert now.shape[0] > problem.shape[0] + 8
    assert answer.bound - first.bound >= 0.6 * (optimum - first.bound)


def test_cuts_are_rows_of_the_program():
    problem = haverly(1)
    ranges = structural_ranges(problem)
    answer = relaxed(problem, ranges)
    pairs = Pairs.of(problem.products)
    found = Splitter(problem, ranges).cuts(answer.x)
    assert len(found)
    more = with_cuts(problem, found)
    assert more.shape == (problem.shape[0] + len(found), problem.shape[1])
    assert np.array_equal(Pairs.of(more.products).a, pairs.a)
    assert np.array_equal(Pairs.of(more.products).b, pairs.b)
    # All from crude b and c to the second product: 400, the optimum.
    x = np.zeros(problem.shape[1])
    x[problem.block("share").id("b")] = 1.0
    x[problem.block("flow").id("y")] = x[problem.block("direct").id("y")] = 100.0
    x[problem.block("part").id("b", "y")] = 100.0
    assert residuals(more, x).worst_primal[0] <= 1e-12
    values = found.coefficients @ lifted(pairs, x)
    assert np.all(values >= found.lower - 1e-9)
    # The relaxation's point breaks them.
    assert np.all(found.coefficients @ answer.x < found.lower)


def test_one_half_that_holds_nothing_leaves_the_other():
    # x y >= 3 with both at most 2 needs both at least 1.5: whichever is split, only its upper half is left.
    rows = [([0.0, 0.0], [(0, 1, 1.0)], 3.0, INF)]
    problem = small("min", [1.0, 1.0], 0.0, 2.0, rows)
    ranges = Ranges(np.zeros(2), np.full(2, 2.0))
    answer = relaxed(problem, ranges)
    again = relaxed(with_cuts(problem, Splitter(problem, ranges).cuts(answer.x)), ranges)
    assert again.bound > answer.bound + 0.1
    assert again.bound <= 2.0 * 3.0**0.5


def test_a_point_that_meets_its_products_gives_none_nor_does_too_little_time_or_room(monkeypatch):
    problem = haverly(1)
    ranges = propagate(Structure.of(problem), problem.column_lower, problem.column_upper)
    pairs = Pairs.of(problem.products)
    assert not len(Splitter(problem, ranges).cuts(lifted(pairs, np.zeros(problem.shape[1]))))
    answer = relaxed(problem, ranges)
    assert not len(Splitter(problem, ranges).cuts(answer.x, 0.0))
    monkeypatch.setattr(disjunction, "MOST_NONZEROS", 3)
    assert not len(Splitter(problem, ranges).cuts(answer.x))
