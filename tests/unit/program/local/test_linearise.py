"""Linearisations: first order exactly, slacks that are the misses, live programs that answer as fresh ones do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program import highs
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.local import live as module
from netback.program.local.cover import cover
from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock, Live, Numbers
from netback.program.local.slp import MET, Descent, Place, Search, Settings, Walk
from netback.program.problem import FloatArray, Problem

from .local_cases import INF, bilinear, haverly

seeds = st.integers(0, 400)


def drawn(seed: int) -> tuple[Problem, Linearised, np.random.Generator]:
    random = np.random.default_rng(seed)
    problem = bilinear(random)
    return problem, Linearised(problem), random


def activity(problem: Problem, x: FloatArray) -> FloatArray:
    terms = problem.products
    found = np.asarray(problem.matrix @ x)
    np.add.at(found, terms.rows, terms.coefficients * x[terms.columns_a] * x[terms.columns_b])
    return found


def ratio() -> Problem:
    """Most of x y with y = 2 - x, both at least 0: 1 at (1, 1); the linear row keeps x + y = 2."""
    builder = Builder("ratio", "max")
    x = builder.variables("x", Index.of("c", ["x", "y", "w"]), 0.0, [2.0, 2.0, 9.0])
    made = builder.constraints("made", Index.of("r", ["w"]), -INF, 0.0)
    builder.add_terms(made.ids[0], x.ids[2], 1.0)
    builder.add_products(made.ids[0], x.ids[0], x.ids[1], -1.0)
    total = builder.constraints("total", Index.of("r", ["t"]), 2.0, 2.0)
    builder.add_terms(total.ids[0], x.ids[:2], 1.0)
    builder.add_costs(x.ids[2], 1.0)
    return builder.build()


class TestFirstOrder:
    @given(seeds)
    def test_its_rows_differ_from_the_true_ones_by_the_product_of_the_moves_alone(self, seed: int) -> None:
        """``a b = a0 b + a b0 - a0 b0 + (a - a0)(b - b0)``: activity and sides of the linear rows, checked at x."""
        problem, lin, random = drawn(seed)
        x0, x = random.uniform(0.0, 2.0, (2, problem.shape[1]))
        made = lin.as_problem(x0, problem.column_lower, problem.column_upper, np.ones(len(lin.rows)))
        assert made.is_linear
        linear = np.asarray(made.matrix @ np.concatenate([x, np.zeros(made.shape[1] - len(x))]))
        terms, move = problem.products, x - x0
        second = np.zeros(problem.shape[0])
        np.add.at(second, terms.rows, terms.coefficients * move[terms.columns_a] * move[terms.columns_b])
        for mine, theirs in ((made.row_lower, problem.row_lower), (made.row_upper, problem.row_upper)):
            there = np.isfinite(theirs)
            miss = (linear - mine)[there]
            assert miss == pytest.approx((activity(problem, x) - second - theirs)[there], abs=1e-9)

    @given(seeds)
    def test_second_order_parts_of_a_move_make_the_rows_exact_at_its_end(self, seed: int) -> None:
        problem, lin, random = drawn(seed)
        x0, x = random.uniform(0.0, 2.0, (2, problem.shape[1]))
        price = np.ones(len(lin.rows))
        numbers = lin._first_order(x0, problem.column_lower, problem.column_upper, price, x)
        made = lin.as_problem(x0, problem.column_lower, problem.column_upper, price)
        linear = np.asarray(made.matrix @ np.concatenate([x, np.zeros(made.shape[1] - len(x))]))
        there = np.isfinite(problem.row_upper)
        exact = (activity(problem, x) - problem.row_upper)[there]
        assert (linear - numbers.row_upper)[there] == pytest.approx(exact, abs=1e-9)

    @settings(max_examples=30)
    @given(seeds)
    def test_where_nothing_may_move_the_slacks_are_the_misses_at_their_price(self, seed: int) -> None:
        problem, lin, random = drawn(seed)
        x0 = random.uniform(0.0, 2.0, problem.shape[1])
        point = lin.step(x0, x0, x0, np.full(len(lin.rows), 7.0), Clock())
        plain = np.setdiff1d(np.arange(problem.shape[0]), lin.rows)
        value = activity(problem, x0)
        if ((value < problem.row_lower - 1e-9) | (value > problem.row_upper + 1e-9))[plain].any():
            assert point.x is None  # a row without products has no slack
            return
        assert point.x is not None
        sign = 1.0 if problem.sense == "min" else -1.0
        missed = lin.violations(x0)
        expected = sign * float(problem.objective @ x0) + 7.0 * float(missed.sum())
        assert point.objective == pytest.approx(expected, abs=1e-7)
        slack = point.x[len(x0) :].reshape(2, -1).sum(axis=0)
        assert slack == pytest.approx(missed, abs=1e-8)

    @given(seeds)
    def test_misses_are_how_far_each_product_row_is_outside(self, seed: int) -> None:
        problem, lin, random = drawn(seed)
        x = random.uniform(-1.0, 3.0, problem.shape[1])
        value = activity(problem, x)
        by_hand = [
            max(0.0, problem.row_lower[i] - value[i], value[i] - problem.row_upper[i]) for i in lin.rows
        ]
        assert lin.violations(x) == pytest.approx(by_hand, abs=1e-12)

    def test_an_infinite_price_leaves_no_slack(self) -> None:
        lin = Linearised(ratio())
        x0 = np.array([1.0, 1.0, 5.0])
        assert lin.step(x0, x0, x0, np.array([INF]), Clock()).x is None
        assert lin.step(x0, x0, x0, np.array([10.0]), Clock()).x is not None


class TestFixed:
    @settings(max_examples=30)
    @given(seeds, st.booleans())
    def test_with_a_cover_set_the_best_point_is_that_of_the_exact_program(
        self, seed: int, other: bool
    ) -> None:
        problem, lin, random = drawn(seed)
        found = cover(problem)
        columns = found.second if other else found.first
        is_set = np.zeros(problem.shape[1], dtype=bool)
        is_set[columns] = True
        x0 = random.uniform(0.0, 2.0, problem.shape[1])
        point = lin.fixed(x0, is_set, np.full(len(lin.rows), 1e5), Clock())
        if point.x is None:
            assert len(lin.rows) < problem.shape[0]  # a row without products has no slack
            return
        x = point.x[: len(x0)]
        assert x[columns] == pytest.approx(x0[columns], abs=1e-9)
        missed = point.x[len(x0) :].sum()
        assert lin.violations(x).sum() == pytest.approx(missed, abs=1e-6)

    def test_values_out_of_bounds_are_put_back_first(self) -> None:
        lin = Linearised(ratio())
        point = lin.fixed(
            np.array([-5.0, 0.0, 0.0]), np.array([True, False, False]), np.array([1e3]), Clock()
        )
        assert point.x is not None
        assert point.x[:2] == pytest.approx([0.0, 2.0])


def numbers(cost: FloatArray, upper: FloatArray, sides: FloatArray, entries: FloatArray) -> Numbers:
    size = len(cost)
    return Numbers(cost, np.zeros(size), upper, np.full(len(sides), -INF), sides, entries)


class TestLive:
    rows, columns = np.array([1, 0, 0, 1]), np.array([1, 0, 2, 2])

    def draw(self, random: np.random.Generator) -> Numbers:
        return numbers(
            -random.integers(0, 4, 3).astype(float),
            random.integers(1, 5, 3).astype(float),
            random.integers(1, 6, 2).astype(float),
            random.integers(1, 4, 4).astype(float),
        )

    def best(self, new: Numbers) -> float:
        """By a fresh program with its entries put in one by one."""
        builder = Builder("fresh", "min")
        x = builder.variables("x", Index.of("c", ["0", "1", "2"]), new.column_lower, new.column_upper)
        made = builder.constraints("row", Index.of("r", ["0", "1"]), new.row_lower, new.row_upper)
        for row, column, value in zip(self.rows, self.columns, new.entries, strict=True):
            builder.add_terms(made.ids[row], x.ids[column], value)
        builder.add_costs(x.ids, new.cost)
        found = highs.solve(builder.build()).objective
        assert found is not None
        return found

    @settings(max_examples=20)
    @given(st.integers(0, 1000), st.booleans())
    def test_new_numbers_give_the_optimum_of_a_fresh_program(self, seed: int, whole_model: bool) -> None:
        random = np.random.default_rng(seed)
        kept, module.MANY_CHANGES = module.MANY_CHANGES, -1 if whole_model else 500
        try:
            live = Live((2, 3), self.rows, self.columns)
            for _ in range(4):
                new = self.draw(random)
                point = live.solve(new, Clock())
                assert point.is_optimal
                assert point.x is not None
                assert point.objective == pytest.approx(self.best(new), abs=1e-8)
                assert point.objective == pytest.approx(float(new.cost @ point.x), abs=1e-8)
        finally:
            module.MANY_CHANGES = kept

    def test_no_point_where_there_is_none_and_again_one_where_there_is(self) -> None:
        live = Live((2, 3), self.rows, self.columns)
        new = self.draw(np.random.default_rng(0))
        impossible = Numbers(
            new.cost, np.full(3, 1.0), new.column_upper, new.row_lower, np.full(2, -1.0), new.entries
        )
        assert live.solve(new, Clock()).is_optimal
        assert live.solve(impossible, Clock()).x is None
        assert live.solve(new, Clock()).objective == pytest.approx(self.best(new))

    def test_the_clock_says_when_it_is_over_and_stays_so(self) -> None:
        wish = [False]
        clock = Clock(cancel=lambda: wish[0])
        assert clock.left == INF
        assert not clock.is_over()
        wish[0] = True
        assert clock.is_over()
        wish[0] = False
        assert clock.is_over()
        assert Clock(deadline=0.0).is_over()
        assert Clock(deadline=0.0).left == 0.0


class TestWalk:
    def search(self, problem: Problem, **settings: object) -> Search:
        lin = Linearised(problem)
        is_cover = np.zeros(problem.shape[1], dtype=bool)
        is_cover[cover(problem).first] = True
        upper = np.where(np.isfinite(problem.column_upper), problem.column_upper, 400.0)
        return Search(lin, is_cover, problem.column_lower, upper, Settings(**settings))  # type: ignore[arg-type]

    @pytest.mark.parametrize("project", [False, True])
    @pytest.mark.parametrize("start", [0.05, 0.7, 1.9])
    def test_the_greatest_product_of_two_parts_is_their_halves(self, project: bool, start: float) -> None:
        found = self.search(ratio(), project=project).run(np.array([start, 2.0 - start, 0.0]), Clock())
        assert found is not None
        assert found.is_met
        assert found.rested
        assert found.place.cost == pytest.approx(-1.0, abs=1e-6)
        assert found.place.x[:2] == pytest.approx([1.0, 1.0], abs=1e-2)

    def test_it_begins_at_a_point_that_keeps_the_linear_rows(self) -> None:
        search = self.search(ratio())
        place = search.begin(np.array([1.7, 1.7, 0.0]), Clock())
        assert place is not None
        assert place.x[0] + place.x[1] == pytest.approx(2.0)
        assert search.begin(np.array([1.7, 1.7, 0.0]), Clock(deadline=0.0)) is None

    def test_steps_stay_in_their_box_and_the_box_in_the_bounds(self) -> None:
        search = self.search(ratio())
        low, high = search.box(np.array([0.1, 1.0, 3.0]), 0.25)
        # A quarter of the ranges of 2 to either side; the last column is in no product.
        assert low.tolist() == [0.0, 0.5, 0.0]
        assert high.tolist() == [0.6, 1.5, 9.0]
        point = search.step(np.array([0.6, 1.4, 0.0]), 0.1, 1e3, Clock())
        assert point.x is not None
        assert (point.x[:2] >= np.array([0.4, 1.2]) - 1e-9).all()
        assert (point.x[:2] <= np.array([0.8, 1.6]) + 1e-9).all()

    def test_where_a_range_has_no_end_the_box_grows_with_the_point(self) -> None:
        problem = ratio()
        search = Search(
            Linearised(problem), np.zeros(3, dtype=bool), problem.column_lower, np.array([INF, 2.0, 9.0])
        )
        low, high = search.box(np.array([1.5, 1.0, 0.0]), 0.2)
        assert (low[0], high[0]) == (pytest.approx(1.2), pytest.approx(1.8))
        low, high = search.box(np.array([0.5, 1.0, 0.0]), 0.2)
        assert (low[0], high[0]) == (pytest.approx(0.3), pytest.approx(0.7))

    @settings(max_examples=25)
    @given(st.integers(0, 200))
    def test_the_merit_at_its_price_never_rises(self, seed: int) -> None:
        problem, _, random = drawn(seed)
        search = self.search(problem)
        place = search.begin(random.uniform(0.0, 2.0, problem.shape[1]), Clock())
        assert place is not None
        walk = Walk(search, place, Clock())
        for _ in range(12):
            price, before = walk._price, walk._place
            if not walk._go():
                break
            if walk._price == price:
                assert walk._place.merit(price) <= before.merit(price) + 1e-9 * max(
                    1.0, abs(before.merit(price))
                )
            else:
                assert walk._price == pytest.approx(10.0 * price)

    def test_a_merit_is_cost_and_priced_miss_and_a_miss_is_told(self) -> None:
        place = Place(np.zeros(1), 3.0, 0.5)
        assert place.merit(10.0) == 8.0
        assert not Descent(place, 1, True).is_met
        assert Descent(Place(np.zeros(1), 3.0, MET), 1, True).is_met

    def test_it_stops_with_the_clock_and_after_its_steps(self) -> None:
        search = self.search(haverly(), steps=1)
        x0 = np.array([50.0, 50.0, 50.0, 50.0, 0.0, 0.0, 2.0])
        found = search.run(x0, Clock())
        assert found is not None
        assert (found.steps, found.rested) == (1, False)
        place = search.begin(x0, Clock())
        assert place is not None
        over = Walk(search, place, Clock(deadline=0.0)).walk(50)
        assert (over.steps, over.rested) == (1, False)
        assert over.place is place
