"""Nodes of the tree: what may be cut off at one, what the tree's bound rests on, and who works on it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds.board import Board
from netback.program.bounds.branching import Choice, Crop
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.ranges import Ranges, structural_ranges
from netback.program.bounds.safe import Lagrangian
from netback.program.bounds.spatial import Node, Spatial, _settled, _Worker
from netback.program.problem import Problem


def line(offset: float = 0.0, integer: bool = False) -> Problem:
    """Least x + y, both from 0 to 10, with x y at most 50."""
    return small("min", [1.0, 1.0], 0.0, 10.0, [([0.0, 0.0], [(0, 1, 1.0)], -INF, 50.0)], integer, offset)


def search_of(problem: Problem, value: float = INF, gap: float = 1e-4) -> Spatial:
    board = Board(problem, gap, 60.0)
    board.value = value
    return Spatial(board, problem, structural_ranges(problem))


def lagrangian(value: float, slopes: list[float]) -> Lagrangian:
    made = np.array([*slopes, 0.0])
    return Lagrangian(value, made, made)


class TestReducedCosts:
    def cut(self, search: Spatial, answer: Answer) -> Ranges:
        ranges = Ranges(search.problem.column_lower, search.problem.column_upper)
        return _Worker(search)._by_reduced_cost(ranges, answer)

    def test_a_column_may_cost_no_more_than_what_is_open(self) -> None:
        # Bound 2, best value 6: a column that costs 2 a unit moves at most 2 off its end, one that costs 1 at most 4.
        search = search_of(line(), 6.0, gap=0.0)
        found = self.cut(search, Answer("optimal", 2.0, None, lagrangian(2.0, [2.0, -1.0])))
        assert found.upper == pytest.approx([2.0, 10.0])
        assert found.lower == pytest.approx([0.0, 6.0])
        assert not found.empty
        assert found.upper[0] >= 2.0
        assert found.lower[1] <= 6.0

    def test_the_constant_of_the_program_is_not_a_part_of_the_bound(self) -> None:
        search = search_of(line(offset=100.0), 106.0, gap=0.0)
        found = self.cut(search, Answer("optimal", 2.0, None, lagrangian(2.0, [2.0, 0.0])))
        assert found.upper == pytest.approx([2.0, 10.0])

    def test_a_better_bound_of_an_earlier_round_does_not_go_with_the_last_rounds_costs(self) -> None:
        """The last round, broken off, proves 0 with slope 1: x = 3 costs 3 of the 6 and stays."""
        search = search_of(line(), 6.0, gap=0.0)
        found = self.cut(search, Answer("stopped", 5.0, None, lagrangian(0.0, [1.0, 0.0])))
        assert found.upper[0] >= 6.0
        broken = self.cut(search, Answer("stopped", 5.0, None, lagrangian(-INF, [1.0, 0.0])))
        assert broken.upper.tolist() == [10.0, 10.0]

    def test_nothing_is_cut_without_a_value_or_a_bound(self) -> None:
        told = Answer("optimal", 2.0, None, lagrangian(2.0, [2.0, -1.0]))
        for search, answer in (
            (search_of(line()), told),
            (search_of(line(), 6.0), Answer("stopped", -INF, None, None)),
        ):
            found = self.cut(search, answer)
            assert (found.lower.tolist(), found.upper.tolist()) == ([0.0, 0.0], [10.0, 10.0])
            assert search._used == INF

    def test_what_is_cut_is_noted(self) -> None:
        search = search_of(line(), 6.0, gap=0.1)
        self.cut(search, Answer("optimal", 2.0, None, lagrangian(2.0, [2.0, 0.0])))
        assert search._used == search.board.cutoff == pytest.approx(6.0 - 0.09 * 6.0)
        assert search.bound <= search._used

    def test_whole_columns_are_rounded_and_crossing_is_empty(self) -> None:
        search = search_of(line(integer=True), 6.0, gap=0.0)
        found = self.cut(search, Answer("optimal", 2.0, None, lagrangian(2.0, [1.6, -1.6])))
        assert found.upper[0] == 2.0
        assert found.lower[1] == 8.0
        crossed = self.cut(search, Answer("optimal", 7.0, None, lagrangian(7.0, [1.0, 0.0])))
        assert crossed.empty

    @settings(max_examples=60)
    @given(bilinear(integer=True), st.sampled_from([LiveRelaxation, LazyRelaxation]), st.floats(0.0, 1.0))
    def test_no_point_better_than_the_value_is_lost(
        self, problem: Problem, kind: type[LiveRelaxation], part: float
    ) -> None:
        points = feasible_grid(problem, 0.5)
        ranges = structural_ranges(problem)
        if not len(points) or ranges.empty:
            return
        sign = 1.0 if problem.sense == "min" else -1.0
        values = sign * (points @ problem.objective + problem.offset)
        search = search_of(problem, float(np.quantile(values, part, method="higher")), gap=0.0)
        answer = kind(problem, ranges.lower, ranges.upper).solve()
        found = _Worker(search)._by_reduced_cost(ranges, answer)
        kept = points[values < search.board.cutoff]
        if len(kept):
            assert not found.empty
            assert (kept >= found.lower).all()
            assert (kept <= found.upper).all()


class TestTree:
    def test_the_least_of_open_worked_closed_and_cut_is_the_bound(self) -> None:
        search = search_of(line())
        root = search.take()
        assert root is not None
        assert search.bound == root.bound == -INF
        low, high = root.lower, root.upper
        search.give(root, [Node(3.0, 0, low, high), Node(1.0, 0, low, high), Node(2.0, 0, low, high)])
        assert search.bound == 1.0
        first = search.take()
        assert first is not None
        assert first.bound == 1.0
        assert search.bound == 1.0  # in work
        search.give(first, [])
        assert search.bound == 2.0
        assert search.board.bound == 2.0
        search.close(1.5)
        assert search.bound == 1.5
        search.close(7.0)
        assert search.bound == 1.5
        search.cut_with(1.25)
        search.cut_with(9.0)
        assert search.bound == 1.25
        assert not search.over
        assert search.board.bound == 2.0  # what was published stands

    def test_equal_bounds_go_in_the_order_they_came(self) -> None:
        search = search_of(line())
        root = search.take()
        assert root is not None
        search.give(root, [Node(1.0, 0, root.lower + k, root.upper) for k in range(3)])
        taken = [search.take() for _ in range(3)]
        assert [node.lower[0] for node in taken if node is not None] == [0.0, 1.0, 2.0]

    def test_a_tree_is_empty_only_where_nothing_was_closed_by_a_value(self) -> None:
        for closed, empty in ((INF, True), (4.0, False)):
            search = search_of(line())
            root = search.take()
            assert root is not None
            search.close(closed)
            search.give(root, [])
            assert search.over
            assert search.empty is empty

    def test_no_tree_over_empty_ranges(self) -> None:
        problem = line()
        search = Spatial(
            Board(problem, 1e-4), problem, Ranges(problem.column_lower, problem.column_upper, empty=True)
        )
        assert search.over
        assert search.empty
        assert search.take() is None

    def test_ranges_cut_before_with_a_value_bound_by_it(self) -> None:
        problem = line()
        search = Spatial(Board(problem, 1e-4), problem, structural_ranges(problem), used=3.0)
        root = search.take()
        assert root is not None
        search.close(INF)
        search.give(root, [])
        assert search.bound == 3.0
        assert not search.empty

    def test_no_node_past_the_time_or_the_count(self) -> None:
        search = search_of(line())
        assert search.take(until=0.0) is None
        search._most = 0
        assert search.take() is None
        search._most = 1
        assert search.take() is not None

    def test_boxes_are_kept_within_narrower_ranges(self) -> None:
        search = search_of(line())
        root = search.take()
        assert root is not None
        left, right = root.upper.copy(), root.lower.copy()
        left[0], right[0] = 4.0, 6.0
        search.give(root, [Node(1.0, 0, root.lower, left), Node(2.0, 0, right, root.upper)])
        search.narrow(Ranges(np.array([1.0, 0.0]), np.array([5.0, 9.0])), 8.0)
        assert len(search._heap) == 1
        node = search._heap[0]
        assert (node.lower.tolist(), node.upper.tolist()) == ([1.0, 0.0], [4.0, 9.0])
        search.narrow(Ranges(node.lower, node.upper, empty=True), 8.0)
        assert search.over
        assert search.bound == 8.0


class TestNodes:
    def test_children_divide_the_box_and_carry_their_split(self) -> None:
        search = search_of(line())
        worker, ranges = _Worker(search), structural_ranges(line())
        choice = Choice(0, np.array([1.0, 2.0]), 4.0)
        below, above = worker._children(3.0, ranges, choice)
        assert (below.bound, above.bound) == (3.0, 3.0)
        assert (below.upper.tolist(), above.lower.tolist()) == ([4.0, 10.0], [4.0, 0.0])
        assert (below.split, above.split) == ((choice, 0), (choice, 1))

    def test_a_cropped_box_is_one_child_and_what_went_is_closed_with_its_bound(self) -> None:
        search = search_of(line(offset=2.0))
        worker, ranges = _Worker(search), structural_ranges(line())
        (child,) = worker._children(3.0, ranges, Crop(Ranges(ranges.lower, np.array([4.0, 10.0])), 5.0))
        assert child.upper.tolist() == [4.0, 10.0]
        assert child.split is None
        assert search._closed == pytest.approx(7.0)
        assert search._closed < 7.0  # rounded down

    def test_where_nothing_can_be_split_the_bound_closes_the_node(self) -> None:
        search = search_of(line())
        assert _Worker(search)._children(3.0, structural_ranges(line()), None) == []
        assert search._closed == 3.0

    def test_a_node_that_cannot_beat_the_value_is_closed_unsolved(self) -> None:
        search = search_of(line(), 2.0)
        root = search.take()
        assert root is not None
        root.bound = 2.5
        before = search.board.iterations
        assert _Worker(search)._process(root) == []
        assert search._closed == 2.5
        assert search.board.iterations == before

    def test_gains_teach_the_rate_of_the_split(self) -> None:
        search = search_of(line())
        worker = _Worker(search)
        split = Choice(1, np.array([2.0, 4.0]), 5.0)
        worker._learn(Node(1.0, 1, np.zeros(2), np.ones(2), (split, 1)), 3.0)
        assert search.costs.sum[:, 1].tolist() == [0.0, 0.5]
        worker._learn(Node(-INF, 1, np.zeros(2), np.ones(2), (split, 0)), 3.0)
        worker._learn(Node(1.0, 1, np.zeros(2), np.ones(2)), 3.0)
        assert search.costs.count.sum() == 1.0

    def test_changes_too_small_to_matter_are_left(self) -> None:
        old = Ranges(np.array([0.0, 0.0, -INF]), np.array([1.0, 1.0, INF]))
        new = Ranges(np.array([5e-4, 5e-3, 2.0]), np.array([1.0 - 5e-3, 1.0 - 5e-4, 3.0]))
        found = _settled(old, new)
        assert found.lower.tolist() == [0.0, 5e-3, 2.0]
        assert found.upper.tolist() == [1.0 - 5e-3, 1.0, 3.0]

    def test_an_offer_counts_where_it_closes_a_part_of_what_is_open(self) -> None:
        problem = line()
        search = search_of(problem)
        worker = _Worker(search)
        assert search.board.offer(np.array([6.0, 0.0]), "hand")
        search.board.raise_bound(0.0, "proof")
        assert not worker._offer(np.array([6.0 - 1e-3, 0.0]), "hand")
        assert search.board.value == 6.0 - 1e-3  # taken all the same
        assert worker._offer(np.array([3.0, 0.0]), "hand")
        assert not worker._offer(np.array([4.0, 0.0]), "hand")

    def test_a_helper_shares_the_tree(self) -> None:
        problem = haverly(2)
        board = Board(problem, 1e-6, 20.0)
        search = Spatial(board, problem, structural_ranges(problem))
        search.help(until=20.0)
        assert board.error is None
        assert board.value == pytest.approx(-600.0, rel=1e-5)
        assert math.isclose(board.bound, -600.0, rel_tol=1e-5)
