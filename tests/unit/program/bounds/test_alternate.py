"""Repairs: covers touch every product, fixed rows are the program's own rows, and no repair is worse than its guess."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bilinear_cases import INF, activity, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds.alternate import Alternator, covers
from netback.program.bounds.points import Finder
from netback.program.bounds.relax import Pairs
from netback.program.certify import objective_value, residuals
from netback.program.problem import Problem

edges = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=14)


def pairs_of(drawn: list[tuple[int, int]]) -> Pairs:
    unique = sorted({(min(pair), max(pair)) for pair in drawn})
    none = np.zeros(0, dtype=np.int64)
    return Pairs(np.array([a for a, _ in unique]), np.array([b for _, b in unique]), none, none, np.zeros(0))


def bipartite(drawn: list[tuple[int, int]]) -> bool:
    """Whether some colouring of eight nodes divides every edge; by trying all."""
    return any(all((mask >> a & 1) != (mask >> b & 1) for a, b in drawn) for mask in range(256))


@given(edges)
def test_every_cover_touches_every_product(drawn: list[tuple[int, int]]) -> None:
    pairs = pairs_of(drawn)
    found = covers(pairs)
    assert 1 <= len(found) <= 2
    for cover in found:
        assert set(cover) <= set(pairs.columns.tolist())
        assert np.all(np.isin(pairs.a, cover) | np.isin(pairs.b, cover))


@given(edges)
def test_where_products_have_two_sides_each_is_one_and_leaves_the_other_free(
    drawn: list[tuple[int, int]],
) -> None:
    pairs = pairs_of(drawn)
    first, *rest = covers(pairs)
    if not bipartite(drawn):
        return
    assert len(rest) == 1
    assert set(first).isdisjoint(rest[0])
    assert sorted([*first, *rest[0]]) == pairs.columns.tolist()


@given(bilinear(), st.integers(0, 1000))
def test_rows_with_a_cover_put_in_are_the_rows_of_the_program(problem: Problem, seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.uniform(-4.0, 4.0, problem.shape[1])
    own = Alternator(problem)
    for side in range(len(own.covers)):
        matrix, constant = own._fixed_rows(side, x)
        assert matrix @ x + constant == pytest.approx(activity(problem, x[None, :])[0], abs=1e-9)
        # What is left is linear in the free columns: their coefficients hold for other values too.
        y = draw.uniform(-4.0, 4.0, problem.shape[1])
        y[own.covers[side]] = x[own.covers[side]]
        assert matrix @ y + constant == pytest.approx(activity(problem, y[None, :])[0], abs=1e-9)


@settings(max_examples=40)
@given(bilinear(integer=True), st.integers(0, 1000))
def test_no_repair_is_worse_than_a_feasible_guess(problem: Problem, seed: int) -> None:
    points = feasible_grid(problem, 0.5)
    if not len(points):
        return
    guess = points[seed % len(points)]
    found = Alternator(problem).improve(guess)
    assert found is not None
    x, cost = found
    sign = 1.0 if problem.sense == "min" else -1.0
    assert residuals(problem, x).worst_primal[0] <= 1e-7
    assert cost == pytest.approx(sign * float(problem.objective @ x))
    assert cost <= sign * float(problem.objective @ guess) + 1e-7
    assert np.abs(x - np.round(x))[problem.integer].max(initial=0.0) <= 1e-6


@settings(max_examples=40)
@given(bilinear(), st.integers(0, 1000))
def test_a_repair_is_the_best_point_with_the_cover_as_it_was(problem: Problem, seed: int) -> None:
    points = feasible_grid(problem, 0.5)
    if not len(points):
        return
    guess = points[seed % len(points)]
    own = Alternator(problem)
    for side, cover in enumerate(own.covers):
        found = own.repair(guess, side)
        assert found is not None
        assert found[0][cover] == pytest.approx(guess[cover], abs=1e-9)
        same = points[(points[:, cover] == guess[cover]).all(axis=1)]
        sign = 1.0 if problem.sense == "min" else -1.0
        assert found[1] <= sign * (best_of(problem, same) - problem.offset) + 1e-7


def splitting() -> Problem:
    """Greatest ``a b`` with a + b at most 4, a at least 1: 4 at (2, 2); each side alone reaches it in one step."""
    rows = [([0.0, 0.0, -1.0], [(0, 1, 1.0)], 0.0, 0.0), ([1.0, 1.0, 0.0], [], -INF, 4.0)]
    return small("max", [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [3.0, 3.0, 9.0], rows)


def test_the_cover_is_fixed_and_the_rest_is_optimal() -> None:
    own = Alternator(splitting())
    guess = np.array([3.0, 0.0, 0.0])
    sides = {tuple(cover.tolist()): side for side, cover in enumerate(own.covers)}
    found = own.repair(guess, sides[(0,)])
    assert found is not None
    assert found[0] == pytest.approx([3.0, 1.0, 3.0])
    assert found[1] == pytest.approx(-3.0)
    # With b fixed at zero nothing can be made.
    other = own.repair(guess, sides[(1,)])
    assert other is not None
    assert other[1] == pytest.approx(0.0, abs=1e-9)
    best = own.improve(guess)
    assert best is not None
    assert best[1] == pytest.approx(-3.0)


def test_a_guess_out_of_its_bounds_or_not_whole_is_put_back() -> None:
    problem = splitting().with_(integer=[True, False, False])
    own = Alternator(problem)
    side = next(side for side, cover in enumerate(own.covers) if 0 in cover)
    for guess, expected in ((7.0, 3.0), (-7.0, 1.0), (2.4, 2.0), (2.6, 3.0)):
        found = own.repair(np.array([guess, 1.0, 1.0]), side)
        assert found is not None
        assert found[0][0] == expected


def test_free_whole_columns_stay_whole() -> None:
    # b is whole and free: with a fixed at 1.5, b = 2 of the 2.5 that a + b <= 4 leaves.
    problem = splitting().with_(integer=[False, True, False])
    own = Alternator(problem)
    side = next(side for side, cover in enumerate(own.covers) if 0 in cover)
    found = own.repair(np.array([1.5, 0.0, 0.0]), side)
    assert found is not None
    assert found[0] == pytest.approx([1.5, 2.0, 3.0])


def test_rows_of_fixed_columns_alone_are_met_first() -> None:
    # p + q = 1 and 2 p - q <= 0.5 hold columns of one cover only; r is the other side of both products.
    rows = [
        ([1.0, 1.0, 0.0], [], 1.0, 1.0),
        ([2.0, -1.0, 0.0], [], -INF, 0.5),
        ([0.0, 0.0, 0.0], [(0, 2, 1.0), (1, 2, 3.0)], -INF, 12.0),
    ]
    problem = small("max", [0.0, 0.0, 1.0], 0.0, [1.0, 1.0, 9.0], rows)
    own = Alternator(problem)
    side = next(side for side, cover in enumerate(own.covers) if 0 in cover)
    moved = own._projected(side, np.array([0.9, 0.9, 7.0]))
    assert moved[0] + moved[1] == pytest.approx(1.0, abs=1e-12)
    assert 2.0 * moved[0] - moved[1] <= 0.5 + 1e-12
    assert moved[2] == 7.0
    assert own._projected(side, moved).tolist() == moved.tolist()
    other = 1 - side
    assert own._projected(other, np.array([0.9, 0.9, 7.0])).tolist() == [0.9, 0.9, 7.0]
    found = own.repair(np.array([0.9, 0.9, 7.0]), side)
    assert found is not None
    assert residuals(problem, found[0]).worst_primal[0] <= 1e-9


def test_none_where_the_rest_has_no_point() -> None:
    problem = small("min", [1.0, 1.0], 0.0, 2.0, [([0.0, 0.0], [(0, 1, 1.0)], 3.9, INF)])
    own = Alternator(problem)
    assert own.repair(np.array([0.5, 0.5])) is None
    assert own.improve(np.array([0.5, 0.5])) is None
    assert own.improve(np.array([2.0, 2.0])) is not None


def test_a_program_without_products_is_solved_at_once() -> None:
    problem = small("max", [1.0, 2.0], 0.0, 3.0, [([1.0, 1.0], [], -INF, 4.0)], offset=7.0)
    found = Alternator(problem).improve(np.zeros(2))
    assert found is not None
    assert found[0] == pytest.approx([1.0, 3.0])
    assert found[1] == pytest.approx(-7.0)  # the cost of a minimisation without the constant


def test_one_alternator_answers_the_same_whatever_it_solved_before() -> None:
    problem = haverly(3)
    draw = np.random.default_rng(4)
    guesses = [draw.uniform(problem.column_lower, problem.column_upper) for _ in range(4)]
    used = Alternator(problem)
    for guess in guesses:
        fresh, again = Alternator(problem).improve(guess), used.improve(guess)
        assert (fresh is None) == (again is None)
        if fresh is not None and again is not None:
            assert again[1] == pytest.approx(fresh[1], abs=1e-6)


class TestFinder:
    @pytest.mark.parametrize(("number", "optimum"), [(1, 400.0), (2, 600.0), (3, 750.0)])
    def test_descents_reach_haverlys_optima(self, number: int, optimum: float) -> None:
        """Of a few random guesses one gets to the published optimum (Haverly 1978), and none is said to be better."""
        problem = haverly(number, "max")
        finder = Finder(problem)
        draw = np.random.default_rng(1)
        best = 0.0
        for _ in range(8):
            found = finder.descend(draw.uniform(problem.column_lower, problem.column_upper))
            if found is not None and residuals(problem, found).worst_primal[0] <= 1e-6:
                value = objective_value(problem, found)
                assert value <= optimum + 1e-3
                best = max(best, value)
        assert best == pytest.approx(optimum, rel=1e-4)

    def test_repairs_keep_the_rows_and_are_quick(self) -> None:
        problem = haverly(1)
        found = Finder(problem).repair(0.5 * problem.column_upper)
        assert found is not None
        assert residuals(problem, found).worst_primal[0] <= 1e-8

    def test_points_on_the_way_are_told(self) -> None:
        problem = haverly(1)
        seen: list[Any] = []
        found = Finder(problem, seen.append).descend(0.3 * problem.column_upper)
        assert found is not None
        for x in seen:
            assert np.asarray(x).shape == found.shape
            assert residuals(problem, np.asarray(x)).worst_primal[0] <= 1e-4

    def test_nothing_where_the_ranges_are_empty_or_no_repair_fits(self) -> None:
        problem = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
        finder = Finder(problem)
        assert finder.repair(np.ones(2)) is None
        assert finder.descend(np.ones(2)) is None
