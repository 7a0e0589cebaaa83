"""Branch and bound, its board and its repairs against known optima and grids."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds.alternate import Alternator, covers
from netback.program.bounds.board import Board
from netback.program.bounds.branching import (
    Brancher,
    Choice,
    Pseudocosts,
    TrialClock,
    at_best,
    split_points,
)
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import Ranges, structural_ranges
from netback.program.bounds.relax import Pairs
from netback.program.bounds.spatial import Spatial
from netback.program.certify import residuals


def solved(problem, *, gap=1e-4, threads=1, time_limit=5.0):
    board = Board(problem, gap, time_limit)
    search = Spatial(board, problem, structural_ranges(problem))
    search.run(threads)
    if board.error is not None:
        raise board.error
    return board, search


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("number", "optimum"), [(1, 400.0), (2, 600.0), (3, 750.0)])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_haverly_to_the_published_optimum(number, optimum, sense, threads):
    board, _ = solved(haverly(number, sense), threads=threads)
    assert board.value == pytest.approx(-optimum, rel=1e-4)
    assert board.relative_gap <= 1e-4
    assert board.bound <= -optimum * (1.0 - 1e-9)


@settings(max_examples=40)
@given(bilinear(integer=True), st.sampled_from([1, 2]))
def test_never_worse_than_a_grid_nor_better_than_the_rows(problem, threads):
    board, search = solved(problem, threads=threads, time_limit=1.5)
    points = feasible_grid(problem, 0.25)
    sign = 1.0 if problem.sense == "min" else -1.0
    best = sign * best_of(problem, points)
    assert board.bound <= best + 1e-9 * max(1.0, abs(best)) or not len(points)
    if len(points):
        assert not search.empty
    if board.x is not None:
        assert residuals(problem, board.x).worst_primal[0] <= 1e-6
        assert board.bound <= board.value + 1e-6 * max(1.0, abs(board.value))
        if board.relative_gap <= board.gap:
            assert board.value <= best + 2e-4 * max(1.0, abs(best)) or not len(points)


def test_a_row_that_a_square_closes_leaves_no_point_below_the_bound():
    # x0 <= 2 and (x0 - 1) (x0 - 2) >= x1^2: at x0 = 2 a miss of 1e-10 moves x1, and the value, by 1e-5.
    rows = [([-3.0, 0.0, 0.0], [(0, 0, 1.0), (1, 1, -1.0)], -2.0, INF)]
    problem = small("max", [1.0, -1.0, 0.0], [0.0, -1.0, 0.0], [2.0, 0.0, 0.0], rows)
    board, _ = solved(problem, time_limit=1.5)
    assert residuals(problem, board.x).worst_primal[0] <= 1e-8
    assert board.value == pytest.approx(-2.0, abs=2e-4)
    assert -2.0 - 2e-4 <= board.bound <= board.value
    assert board.relative_gap <= board.gap


def test_empty_programs_are_told_from_unsolved_ones():
    problem = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
    board, search = solved(problem)
    assert search.empty
    assert board.x is None
    # x y = 0.6 with x + y = 1 has no point, and the root relaxation does not show it.
    rows = [([0.0, 0.0], [(0, 1, 1.0)], 0.26, 0.26), ([1.0, 1.0], [], 1.0, 1.0)]
    board, search = solved(small("min", [1.0, 0.0], 0.0, 1.0, rows))
    assert search.empty
    assert search.nodes > 0


def test_stops_at_once_and_keeps_what_it_has():
    problem = haverly()
    board = Board(problem, 1e-4, 0.0)
    Spatial(board, problem, structural_ranges(problem)).run()
    assert board.value == math.inf
    board = Board(problem, 1e-4, cancel=lambda: True)
    search = Spatial(board, problem, structural_ranges(problem))
    search.run()
    assert search.nodes == 0
    assert not search.empty


def test_a_limit_of_nodes_ends_it_and_it_goes_on_from_there():
    problem = haverly(2)
    board = Board(problem, 1e-6, 20.0)
    search = Spatial(board, problem, structural_ranges(problem))
    search.run(nodes=1)
    assert search.nodes == 1
    assert not search.over
    search.run()
    assert board.relative_gap <= 1e-6


@settings(max_examples=30)
@given(bilinear(integer=True), st.floats(0.0, 1.0))
def test_a_tree_narrowed_in_between_keeps_what_is_better(problem, part):
    """Ranges that hold the points better than a value, here by a row on the cost: nothing better is lost."""
    board = Board(problem, 1e-4, 2.0)
    search = Spatial(board, problem, structural_ranges(problem))
    search.run(nodes=1)
    points = feasible_grid(problem, 0.25)
    sign = 1.0 if problem.sense == "min" else -1.0
    if not len(points) or not search._heap:
        return
    values = sign * (points @ problem.objective + problem.offset)
    used = float(np.quantile(values, part, method="lower"))
    kept = points[values <= used]
    search.narrow(Ranges(kept.min(axis=0) - 0.25, kept.max(axis=0) + 0.25), used)
    assert search.bound <= used
    search.run()
    assert search.bound <= used
    assert not search.empty


def test_a_tree_without_boxes_left_bounds_by_the_value_that_cut_it():
    problem = haverly(1)
    board = Board(problem, 1e-6, 20.0)
    search = Spatial(board, problem, structural_ranges(problem))
    search.run(nodes=1)
    nothing = np.full(problem.shape[1], 1e9)
    search.narrow(Ranges(nothing, nothing), -401.0)
    assert search.over
    assert search.bound == -401.0
    assert not search.empty


def test_what_a_worker_raises_comes_back():
    problem = haverly()
    board = Board(problem, 1e-4)

    def broken(_x):
        raise ZeroDivisionError("mapping")

    Spatial(board, problem, structural_ranges(problem), to_board=broken).run(2)
    assert isinstance(board.error, ZeroDivisionError)


def test_covers_touch_every_product():
    problem = haverly()
    pairs = Pairs.of(problem.products)
    for cover in covers(pairs):
        assert np.all(np.isin(pairs.a, cover) | np.isin(pairs.b, cover))
    # A triangle and a square have no two sides.
    odd = Pairs(
        np.array([0, 1, 0, 3]), np.array([1, 2, 2, 3]), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0)
    )
    for cover in covers(odd):
        assert np.all(np.isin(odd.a, cover) | np.isin(odd.b, cover))
        assert 3 in cover


@given(bilinear())
def test_repaired_points_keep_every_row(problem):
    guess = 0.5 * (problem.column_lower + problem.column_upper)
    found = Alternator(problem).improve(guess)
    if found is not None:
        assert residuals(problem, found[0]).worst_primal[0] <= 1e-7
        sign = 1.0 if problem.sense == "min" else -1.0
        assert found[1] == pytest.approx(sign * float(problem.objective @ found[0]))


def test_a_guess_with_shares_that_do_not_add_up_is_put_right():
    problem = haverly()
    guess = np.zeros(problem.shape[1])
    guess[problem.block("share").ids] = [0.3 + 1e-7, 0.7 + 2e-7]
    found = Alternator(problem).repair(guess)
    assert found is not None
    shares = found[0][problem.block("share").ids]
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_board_takes_only_points_that_pass():
    problem = haverly()
    board = Board(problem, 1e-4)
    zero = np.zeros(problem.shape[1])
    assert not board.offer(np.full(problem.shape[1], math.nan), "nobody")
    assert not board.offer(np.zeros(3), "nobody")
    board.offer(zero, "shares that do not add to one, repaired")
    assert board.x is not None
    assert residuals(problem, board.x).worst_primal[0] <= 1e-8
    value = board.value
    board.hear_bound(value + 50.0, "a liar")
    assert board.word == -math.inf
    board.hear_bound(value - 50.0, "a solver")
    assert board.best_bound() == (value - 50.0, "a solver")
    board.raise_bound(value - 10.0, "own")
    board.raise_bound(value - 20.0, "worse")
    assert board.best_bound() == (value - 10.0, "own")


def test_progress_is_in_the_problems_own_sense():
    seen = []
    board = Board(haverly(sense="max"), 1e-4, progress=seen.append)
    Spatial(board, board.problem, structural_ranges(board.problem)).run()
    moment = board.moment()
    assert moment.objective == pytest.approx(400.0, rel=1e-4)
    assert moment.bound >= 400.0 - 1e-9
    assert seen
    assert threading.active_count() >= 1


def test_pseudocosts_prefer_what_moved_the_bound():
    costs = Pseudocosts(2)
    columns, distances = np.array([0, 1]), np.ones((2, 2))
    assert costs.score(distances, columns).tolist() == [1.0, 1.0]
    for side in (0, 1):
        costs.learn(1, side, 1.0, 5.0)
        costs.learn(0, side, 1.0, 1.0)
        costs.learn(0, side, 1.0, math.inf)
    first, second = costs.score(distances, columns)
    assert second == pytest.approx(25.0)
    assert first == pytest.approx(1.0)


def test_splits_lie_inside():
    low, high = np.array([0.0, 0.0, -INF]), np.array([1.0, 1.0, INF])
    points = split_points(low, high, np.array([0.0, 0.5, 7.0]))
    assert points[0] == pytest.approx(0.125)
    assert points[1] == pytest.approx(0.5)
    assert points[2] == 7.0


def test_splits_move_to_the_best_point_unless_it_is_at_an_end():
    low, high = np.array([0.0, 0.0, -INF, 0.0]), np.array([1.0, 1.0, INF, 1.0])
    points = np.array([0.5, 0.5, 7.0, 0.5])
    assert at_best(low, high, points, np.array([0.3, 0.02, 1.0, 4.0])).tolist() == [0.3, 0.5, 7.0, 0.5]


def test_in_doubt_a_box_is_split_where_the_best_point_lies():
    problem = haverly(1)
    ranges = structural_ranges(problem)
    live = LiveRelaxation(problem, ranges.lower, ranges.upper)
    answer = live.solve()
    brancher = Brancher(Pairs.of(problem.products), problem.integer, Pseudocosts(problem.shape[1]))
    best = 0.7 * ranges.lower + 0.3 * ranges.upper
    found = brancher.choose(live, ranges, answer, math.inf, TrialClock(1.0, 60.0), doubt=True, best=best)
    assert isinstance(found, Choice)
    assert found.point == pytest.approx(best[found.column])


@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_the_best_point_is_told_only_to_boxes_that_hold_it(shift):
    problem = haverly(1)
    board, _ = solved(problem)
    assert board.x is not None
    ranges = structural_ranges(problem)
    search = Spatial(board, problem, ranges, to_board=lambda x: x - shift, from_board=lambda x: x + shift)
    best = board.x + shift
    whole = Ranges(best - 1.0, best + 1.0)
    assert search.best_in(whole) == pytest.approx(best)
    upper = whole.upper.copy()
    upper[0] = best[0] - 0.5
    assert search.best_in(Ranges(whole.lower, upper)) is None


def test_without_a_point_there_is_none_to_split_at():
    problem = haverly(1)
    ranges = structural_ranges(problem)
    assert Spatial(Board(problem, 1e-4), problem, ranges).best_in(ranges) is None


def test_trials_end_with_the_time():
    assert TrialClock(1.0, 0.0).over
    assert TrialClock(1.0, 0.0).one == 0.0
    clock = TrialClock(1.0, 3.0)
    assert not clock.over
    assert 0.0 < clock.one <= 3.0


@pytest.mark.parametrize("doubt", [False, True])
def test_columns_with_known_pseudocosts_are_tried_again_in_doubt(doubt):
    problem = haverly(1)
    ranges = structural_ranges(problem)
    live = LiveRelaxation(problem, ranges.lower, ranges.upper)
    answer = live.solve()
    costs = Pseudocosts(problem.shape[1])
    costs.sum[:], costs.count[:] = 1.0, 100.0
    known = costs.count.sum()
    brancher = Brancher(Pairs.of(problem.products), problem.integer, costs)
    found = brancher.choose(live, ranges, answer, math.inf, TrialClock(1.0, 60.0), doubt=doubt)
    assert found is not None
    assert bool(costs.count.sum() > known) is doubt
