"""Which column is split, where, and what a trial that shows a half to be of no interest leaves."""

from __future__ import annotations

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, haverly, small
from hypothesis import given
from hypothesis import strategies as st

from netback.program.bounds import branching
from netback.program.bounds.branching import (
    FAR,
    LEAN,
    MARGIN,
    Brancher,
    Choice,
    Crop,
    Pseudocosts,
    TrialClock,
    at_best,
    split_points,
)
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs
from netback.program.problem import FloatArray, Problem

ends = st.floats(-1e6, 1e6, allow_subnormal=False)


class Trials:
    """Stands for a live relaxation: answers each half with what is told for it, and notes the halves."""

    def __init__(self, *bounds: float, fact: bool = True) -> None:
        self.bounds, self.fact = list(bounds), fact
        self.boxes: list[tuple[list[float], list[float]]] = []
        self.limits: list[float] = []

    def set_ranges(self, lower: FloatArray, upper: FloatArray) -> None:
        self.boxes.append((lower.tolist(), upper.tolist()))

    def trial(self, _: float, limit: float) -> tuple[float, bool]:
        self.limits.append(limit)
        return self.bounds.pop(0) if len(self.bounds) > 1 else self.bounds[0], self.fact


def two_products(lower: object = 0.0, upper: object = 4.0, integer: object = False) -> Problem:
    """Columns 0 and 1, and 1 and 2, multiply."""
    return small("min", [1.0] * 3, lower, upper, [([0.0] * 3, [(0, 1, 1.0), (1, 2, 1.0)], 0.0, 9.0)], integer)


def made(problem: Problem, *, priced: bool = False) -> tuple[Brancher, Pseudocosts]:
    costs = Pseudocosts(problem.shape[1])
    return Brancher(Pairs.of(problem.products), problem.integer, costs, priced=priced), costs


def box(problem: Problem) -> Ranges:
    return Ranges(problem.column_lower, problem.column_upper)


def answer(x: list[float], prices: list[float] | None = None, bound: float = 0.0) -> Answer:
    told = None if prices is None else np.array(prices)
    return Answer("optimal", bound, np.array(x), None, prices=told)


def calm() -> TrialClock:
    return TrialClock(10.0, 600.0)


class TestWhere:
    @given(st.lists(st.tuples(ends, ends, ends), min_size=1, max_size=5))
    def test_splits_keep_a_tenth_of_the_range_off_both_ends(
        self, drawn: list[tuple[float, float, float]]
    ) -> None:
        low, high = (np.array([f(a, b) for a, b, _ in drawn]) for f in (min, max))
        found = split_points(low, high, np.array([c for *_, c in drawn]))
        width = high - low
        slack = 1e-12 * np.maximum(np.abs(low), np.abs(high))
        assert (found >= low + MARGIN * width - slack).all()
        assert (found <= high - MARGIN * width + slack).all()

    def test_they_lean_to_the_point_of_the_relaxation(self) -> None:
        found = split_points(np.array([0.0, 0.0]), np.array([8.0, 8.0]), np.array([5.0, 3.0]))
        assert found.tolist() == [LEAN * 5.0 + (1.0 - LEAN) * 4.0, LEAN * 3.0 + (1.0 - LEAN) * 4.0]
        assert found[0] > 4.0 > found[1]

    def test_where_there_is_no_end_the_point_itself_divides(self) -> None:
        low, high = np.array([-INF, 0.0, -INF]), np.array([4.0, INF, INF])
        assert split_points(low, high, np.array([1.0, 2.0, 3.0])).tolist() == [1.0, 2.0, 3.0]

    @given(ends, ends, ends, ends)
    def test_the_best_point_divides_only_off_the_ends(
        self, a: float, b: float, here: float, best: float
    ) -> None:
        low, high = np.array([min(a, b)]), np.array([max(a, b)])
        found = at_best(low, high, np.array([here]), np.array([best]))[0]
        width = high[0] - low[0]
        inside = low[0] + MARGIN * width < best < high[0] - MARGIN * width
        assert found == (best if inside else here)

    @given(bilinear(integer=True), st.integers(0, 2), st.floats(-2.9, 4.9))
    def test_halves_hold_every_point_once_and_whole_ones_too(
        self, problem: Problem, column: int, point: float
    ) -> None:
        column %= problem.shape[1]
        brancher, _ = made(problem)
        ranges = box(problem)
        choice = Choice(column, np.zeros(2), point)
        below, above = (brancher.half(ranges, choice, side) for side in (0, 1))
        others = np.arange(problem.shape[1]) != column
        for half in (below, above):
            assert np.array_equal(half.lower[others], ranges.lower[others])
            assert np.array_equal(half.upper[others], ranges.upper[others])
        assert below.lower[column] == ranges.lower[column]
        assert above.upper[column] == ranges.upper[column]
        if problem.integer[column]:
            assert above.lower[column] == below.upper[column] + 1.0
            assert below.upper[column] <= point < above.lower[column]
        else:
            assert below.upper[column] == above.lower[column] == point


class TestPseudocosts:
    def test_the_rate_of_a_column_that_is_not_known_is_the_mean_of_those_that_are(self) -> None:
        costs = Pseudocosts(3)
        costs.learn(0, 0, 2.0, 8.0)  # 4 a unit
        costs.learn(0, 0, 1.0, 2.0)  # 2 a unit
        costs.learn(1, 1, 1.0, 6.0)  # 6 a unit
        found = costs.score(np.ones((2, 3)), np.arange(3))
        mean = (4.0 + 2.0 + 6.0) / 3.0
        assert found == pytest.approx([3.0 * mean, mean * 6.0, mean * mean])

    def test_gains_grow_with_the_distance_and_losses_count_as_none(self) -> None:
        costs = Pseudocosts(1)
        for side in (0, 1):
            costs.learn(0, side, 1.0, 2.0)
        column = np.array([0])
        assert costs.score(np.array([[3.0], [5.0]]), column)[0] == pytest.approx(60.0)
        costs.learn(0, 0, 1.0, -100.0)
        assert costs.score(np.array([[3.0], [5.0]]), column)[0] == pytest.approx(30.0)

    def test_a_split_without_distance_says_nothing(self) -> None:
        costs = Pseudocosts(1)
        costs.learn(0, 0, 0.0, 5.0)
        costs.learn(0, 0, 1.0, INF)
        assert costs.count.sum() == 0.0

    def test_only_the_columns_asked_for(self) -> None:
        costs = Pseudocosts(4)
        for side in (0, 1):
            costs.learn(3, side, 1.0, 9.0)
            costs.learn(1, side, 1.0, 1.0)
        assert costs.score(np.ones((2, 2)), np.array([1, 3])) == pytest.approx([1.0, 81.0])


class TestWhich:
    def test_the_column_in_the_products_that_are_furthest_off(self) -> None:
        # 2 x 2 told as 5, 2 x 1 told as 4: the middle column is off by 1 + 2.
        problem = two_products()
        brancher, costs = made(problem)
        live = Trials(1.0)
        found = brancher.choose(live, box(problem), answer([2.0, 2.0, 1.0, 5.0, 4.0]), INF, calm())
        assert isinstance(found, Choice)
        assert found.column == 1
        # The blame of a column goes to the sides as its range is divided: at 2 of 0 to 4, by halves.
        assert found.point == pytest.approx(2.0)
        assert found.distances == pytest.approx([1.5, 1.5])
        assert costs.count[:, 1].tolist() == [1.0, 1.0]
        assert costs.sum[:, 1] == pytest.approx([1.0 / 1.5] * 2)

    def test_products_that_are_met_are_not_to_blame(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        found = brancher.choose(
            Trials(1.0), box(problem), answer([1.0, 2.0, 3.0, 2.0 + 1e-9, 6.5]), INF, calm()
        )
        assert isinstance(found, Choice)
        assert found.column in (1, 2)
        # Column 0 is in the met product only: it is never tried.
        tried = Trials(1.0)
        brancher.choose(
            tried, box(problem), answer([1.0, 2.0, 3.0, 2.0 + 1e-9, 6.5]), INF, calm(), doubt=True
        )
        assert all(low[0] == 0.0 and high[0] == 4.0 for low, high in tried.boxes)

    def test_priced_only_products_that_are_paid_for(self) -> None:
        problem = two_products()
        brancher, _ = made(problem, priced=True)
        x = [2.0, 2.0, 1.0, 9.0, 2.5]
        found = brancher.choose(Trials(1.0), box(problem), answer(x, [0.0, 3.0]), INF, calm())
        assert isinstance(found, Choice)
        assert found.column in (1, 2)
        assert found.distances.sum() == pytest.approx(0.5 * 3.0)
        free = brancher.choose(Trials(1.0), box(problem), answer(x, [0.0, 0.0]), INF, calm())
        assert isinstance(free, Choice)
        assert free.distances.sum() == pytest.approx(5.5)

    def test_where_nothing_is_off_the_widest_range_against_its_size(self) -> None:
        problem = two_products([0.0, 3.0, 0.0], [4.0, 4.0, 4.0])
        brancher, _ = made(problem)
        met = answer([1.0, 3.5, 1.0, 3.5, 3.5])
        found = brancher.choose(Trials(1.0), box(problem), met, INF, calm())
        assert isinstance(found, Choice)
        assert found.column == 0
        unknown = Answer("stopped", -INF, None, None)
        found = brancher.choose(Trials(1.0), box(problem), unknown, INF, calm())
        assert isinstance(found, Choice)
        assert found.column == 0
        assert found.point == pytest.approx(2.0)

    def test_no_split_where_every_range_is_a_number(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        point = np.array([1.0, 2.0, 3.0])
        narrow = Ranges(point, point * (1.0 + 1e-10))
        assert brancher.choose(Trials(1.0), narrow, answer([1.0, 2.0, 3.0, 9.0, 9.0]), INF, calm()) is None

    def test_a_range_without_end_is_not_split_far_out(self) -> None:
        problem = two_products([0.0, 1.0, 1.0], [INF, 1.0, 1.0])
        brancher, _ = made(problem)
        near = brancher.choose(Trials(1.0), box(problem), answer([5.0, 1.0, 1.0, 9.0, 1.0]), INF, calm())
        assert isinstance(near, Choice)
        assert (near.column, near.point) == (0, 5.0)
        far = answer([10.0 * FAR, 1.0, 1.0, 9.0, 1.0])
        assert brancher.choose(Trials(1.0), box(problem), far, INF, calm()) is None

    def test_whole_columns_that_are_not_whole_come_first(self) -> None:
        problem = two_products(integer=[True, False, False])
        brancher, _ = made(problem)
        live = Trials(2.0)
        found = brancher.choose(live, box(problem), answer([1.25, 2.0, 1.0, 9.0, 9.0]), INF, calm())
        assert isinstance(found, Choice)
        assert (found.column, found.point) == (0, 1.25)
        assert found.distances.tolist() == [0.25, 0.75]
        assert live.boxes == [([0.0] * 3, [1.0, 4.0, 4.0]), ([2.0, 0.0, 0.0], [4.0] * 3)]

    def test_whole_within_the_tolerance_is_whole(self) -> None:
        problem = two_products(integer=[True, False, False])
        brancher, _ = made(problem)
        found = brancher.choose(
            Trials(2.0), box(problem), answer([1.0 + 5e-7, 2.0, 1.0, 2.0, 9.0]), INF, calm()
        )
        assert isinstance(found, Choice)
        assert found.column != 0


class TestTrials:
    def x(self) -> Answer:
        return answer([2.0, 2.0, 1.0, 5.0, 4.0], bound=1.0)

    def test_the_product_of_both_gains_decides(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        # In the order of blame: column 1, then 2 (off by 2), then 0 (off by 1), each below and above.
        live = Trials(3.0, 2.0, 4.0, 4.0, 9.0, 1.0)
        found = brancher.choose(live, box(problem), self.x(), INF, calm())
        assert isinstance(found, Choice)
        assert found.column == 2  # (4 - 1) (4 - 1) = 9 against 2 x 1 and 8 x 0
        assert len(live.boxes) == 6

    def test_a_half_that_holds_nothing_better_is_cut_off(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        found = brancher.choose(Trials(7.0), box(problem), self.x(), 6.0, calm())
        assert isinstance(found, Crop)
        assert found.closed == 7.0
        # The lower half of the column to blame is gone.
        assert found.ranges.lower[1] > 0.0
        assert found.ranges.upper.tolist() == [4.0] * 3

    def test_a_word_of_the_solver_cuts_nothing_off(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        assert isinstance(
            brancher.choose(Trials(7.0, fact=False), box(problem), self.x(), 6.0, calm()), Choice
        )

    def test_the_upper_half_may_be_the_one_that_goes(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        found = brancher.choose(Trials(3.0, 8.0), box(problem), self.x(), 6.0, calm())
        assert isinstance(found, Crop)
        assert found.closed == 8.0
        assert found.ranges.upper[1] < 4.0
        assert found.ranges.lower.tolist() == [0.0] * 3

    def test_a_trial_that_knows_nothing_has_no_gain_and_teaches_nothing_wrong(self) -> None:
        problem = two_products()
        brancher, costs = made(problem)
        assert isinstance(brancher.choose(Trials(-INF), box(problem), self.x(), INF, calm()), Choice)
        assert costs.sum.sum() == 0.0

    def test_what_has_been_split_often_is_not_tried(self) -> None:
        problem = two_products()
        brancher, costs = made(problem)
        costs.count[:] = branching.RELIABLE
        costs.sum[:] = branching.RELIABLE
        live = Trials(5.0)
        assert isinstance(brancher.choose(live, box(problem), self.x(), INF, calm()), Choice)
        assert live.boxes == []
        costs.count[0, 1] = branching.RELIABLE - 1
        brancher.choose(live, box(problem), self.x(), INF, calm())
        assert len(live.boxes) == 2

    def test_no_trial_begins_when_their_time_is_over(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        live = Trials(5.0)
        found = brancher.choose(live, box(problem), self.x(), INF, TrialClock(1.0, 0.0))
        assert isinstance(found, Choice)
        assert found.column == 1
        assert live.boxes == []

    def test_no_more_columns_are_tried_than_a_node_has_trials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(branching, "TRIALS", 1)
        problem = two_products()
        brancher, _ = made(problem)
        live = Trials(1.5)
        brancher.choose(live, box(problem), self.x(), INF, calm())
        assert len(live.boxes) == 2
        doubted = Trials(1.5)
        brancher.choose(doubted, box(problem), self.x(), INF, calm(), doubt=True)
        assert len(doubted.boxes) == 2 * min(3, branching.DOUBTED)

    def test_the_limit_is_handed_on(self) -> None:
        problem = two_products()
        brancher, _ = made(problem)
        live = Trials(1.5)
        brancher.choose(live, box(problem), self.x(), 42.0, calm())
        assert set(live.limits) == {42.0}

    def test_the_time_of_trials_grows_with_that_of_the_node(self) -> None:
        assert TrialClock(2.0, 600.0).one == pytest.approx(branching.TRIAL_TIMES * 2.0)
        assert TrialClock(0.0, 600.0).one == pytest.approx(branching.TRIAL_TIMES * 1e-3)
        assert TrialClock(100.0, 1.0).one <= 1.0


def test_a_crop_of_a_real_relaxation_loses_no_better_point() -> None:
    """At Haverly's optimum, 400, with the bound from which on nothing is of interest just above it."""
    problem = haverly(1)
    ranges = box(problem)
    live = LiveRelaxation(problem, ranges.lower, ranges.upper)
    best = np.zeros(problem.shape[1])
    best[problem.block("share").id("b")] = 1.0
    best[problem.block("flow").id("y")] = best[problem.block("direct").id("y")] = 100.0
    best[problem.block("part").id("b", "y")] = 100.0
    assert float(problem.objective @ best) == -400.0
    brancher, _ = made(problem)
    crops = 0
    for _ in range(12):
        live.set_ranges(ranges.lower, ranges.upper)
        found = brancher.choose(live, ranges, live.solve(), -399.0, calm(), doubt=True)
        if not isinstance(found, Crop):
            break
        ranges, crops = found.ranges, crops + 1
        assert (best >= ranges.lower - 1e-9).all()
        assert (best <= ranges.upper + 1e-9).all()
        assert found.closed >= -399.0
    assert crops >= 1
