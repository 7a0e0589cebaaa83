"""Passes over columns: their order, what is settled without a solve, faults of workers; searches beside the bounds."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Any

import numpy as np
import pytest
from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.bounds import seek as module
from netback.program.bounds.board import Board
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import Ranges, Structure, structural_ranges
from netback.program.bounds.relax import mccormick
from netback.program.bounds.safe import Rows, lagrangian
from netback.program.bounds.seek import seek
from netback.program.bounds.tighten import Clock, Pass, _gain
from netback.program.certify import residuals
from netback.program.local.live import Clock as Watch
from netback.program.problem import FloatArray, Problem


def three() -> Problem:
    """Columns 0 and 1 multiply, and 1 and 2."""
    rows = [([0.0] * 3, [(0, 1, 1.0), (1, 2, 1.0)], 1.0, INF)]
    return small("min", [1.0] * 3, [0.0, 0.0, 2.0], [4.0, 4.0, 4.0], rows)


def one_pass(problem: Problem, workers: list[Any] | None = None, **more: Any) -> Pass:
    ranges = Ranges(problem.column_lower, problem.column_upper)
    if workers is None:
        workers = [LiveRelaxation(problem, ranges.lower, ranges.upper)]
    return Pass(Structure.of(problem), ranges, Clock(INF, None), workers, **more)


class TestPass:
    def order(self, problem: Problem, **more: Any) -> list[tuple[int, int]]:
        made = one_pass(problem, **more)
        made.lower, made.upper = made.ranges.lower.copy(), made.ranges.upper.copy()
        return made._order()

    def test_columns_in_many_products_and_wide_ones_come_first(self) -> None:
        # Column 1 stands in two products; 2 has half the relative width of 0.
        assert self.order(three()) == [(1, 1), (1, -1), (0, 1), (0, -1), (2, 1), (2, -1)]

    def test_columns_without_an_end_come_before_all(self) -> None:
        problem = three().with_(column_upper=[4.0, 4.0, INF])
        assert self.order(problem) == [(2, 1), (2, -1), (1, 1), (1, -1), (0, 1), (0, -1)]

    def test_an_end_that_the_rows_do_not_give_is_found_by_the_relaxation(self) -> None:
        # w = x y with y from 1 to 2 and x + w at most 9.
        rows = [([0.0, 0.0, -1.0], [(0, 1, 1.0)], 0.0, 0.0), ([1.0, 0.0, 1.0], [], -INF, 9.0)]
        problem = small("min", [0.0] * 3, [-INF, 1.0, -INF], [INF, 2.0, INF], rows)
        low, high = np.array([0.0, 1.0, 0.0]), np.array([INF, 2.0, INF])
        made = Pass(
            Structure.of(problem), Ranges(low, high), Clock(INF, None), [LiveRelaxation(problem, low, high)]
        )
        # With x at least 0, w = x y >= x, so that x + w <= 9 leaves x at most 4.5.
        assert made.run().upper[0] == pytest.approx(4.5)

    def test_columns_of_one_value_and_those_in_no_product_are_left_out(self) -> None:
        rows = [([0.0] * 4, [(0, 1, 1.0), (1, 2, 1.0)], 1.0, INF)]
        problem = small("min", [1.0] * 4, [2.0, 0.0, 0.0, 0.0], [2.0, 4.0, 1e-10, 4.0], rows)
        assert {column for column, _ in self.order(problem)} == {1}

    def test_some_columns_and_some_ends_alone(self) -> None:
        assert self.order(three(), columns=np.array([0, 2]), ends=(1,)) == [(0, 1), (2, 1)]

    def test_a_solution_at_an_end_settles_it(self) -> None:
        made = one_pass(three())
        made.run()
        made._seen_low[:], made._seen_high[:] = INF, -INF
        assert not made._settled(2, 1)
        made._seen_low[2] = 2.0 + 1e-3  # within a thousandth of 2 to 4
        assert made._settled(2, 1)
        made._seen_low[2] = 2.0 + 3e-3
        assert not made._settled(2, 1)
        made._seen_high[2] = 4.0 - 1e-3
        assert made._settled(2, -1)
        made._seen_high[2] = 4.0 - 3e-3
        assert not made._settled(2, -1)

    def test_only_the_ends_asked_for_move(self) -> None:
        # x y >= 3 over [0, 2]^2 needs both at least 1.5.
        problem = small("min", [1.0, 1.0], 0.0, 2.0, [([0.0, 0.0], [(0, 1, 1.0)], 3.0, INF)])
        found = one_pass(problem, columns=np.array([0]), ends=(1,)).run()
        assert found.lower[0] == pytest.approx(1.5)
        assert found.lower[1] == 0.0
        assert found.upper.tolist() == [2.0, 2.0]
        assert one_pass(problem, ends=(-1,)).run().lower.tolist() == [0.0, 0.0]

    def test_costs_are_put_back_and_solves_counted(self) -> None:
        problem = haverly(1)
        live = LiveRelaxation(problem, problem.column_lower, problem.column_upper)
        before = live.solve().bound
        made = one_pass(problem, [live])
        made.run()
        assert 0 < made.solves <= len(made._tasks)
        assert live.solve().bound == pytest.approx(before)

    def test_what_a_worker_raises_is_raised_again(self) -> None:
        class Broken(LiveRelaxation):
            def solve(self, _time_limit: float = math.inf) -> Any:
                raise ZeroDivisionError("a worker")

        problem = three()
        ends = problem.column_lower, problem.column_upper
        with pytest.raises(ZeroDivisionError, match="a worker"):
            one_pass(problem, [Broken(problem, *ends), Broken(problem, *ends)]).run()

    def test_no_work_when_time_is_over(self) -> None:
        made = one_pass(three())
        made.clock = Clock(0.0, None)
        found = made.run()
        assert made.solves == 0
        assert found.lower.tolist() == [0.0, 0.0, 2.0]

    def test_a_part_without_a_point_is_proven_empty(self) -> None:
        problem = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
        made = one_pass(problem)
        made.run()
        assert made.proven_empty
        assert made.solves == 1

    def test_the_gain_is_the_mean_part_by_which_ranges_shrink(self) -> None:
        structure = Structure.of(three())
        old = Ranges(np.zeros(3), np.array([4.0, 4.0, 0.0]))
        new = Ranges(np.array([1.0, 0.0, 0.0]), np.array([4.0, 2.0, 0.0]))
        assert _gain(structure, old, new) == pytest.approx((0.25 + 0.5 + 0.0) / 3.0)
        opened = Ranges(np.zeros(3), np.array([INF, 4.0, 0.0]))
        assert _gain(structure, opened, old) == pytest.approx(1.0 / 3.0)

    def test_the_clock_asks_the_caller(self) -> None:
        asked = [False]
        clock = Clock(INF, lambda: asked[0])
        assert not clock.over
        asked[0] = True
        assert clock.over
        assert Clock(0.0, None).left == 0.0


class TestLive:
    @settings(max_examples=40)
    @given(bilinear(), st.integers(0, 1000), st.sampled_from([LiveRelaxation, LazyRelaxation]))
    def test_any_multipliers_give_a_bound(
        self, problem: Problem, seed: int, kind: type[LiveRelaxation]
    ) -> None:
        points = feasible_grid(problem, 0.5)
        live = kind(problem, problem.column_lower, problem.column_upper)
        live.solve()
        y = np.random.default_rng(seed).normal(0.0, 2.0, len(live.rows.lower))
        found = live.bound_of(y).value
        if len(points):
            sign = 1.0 if problem.sense == "min" else -1.0
            assert found <= sign * (best_of(problem, points) - problem.offset) + 1e-9

    @settings(max_examples=40)
    @given(bilinear())
    def test_reduced_costs_and_bound_of_an_answer_belong_together(self, problem: Problem) -> None:
        live = LiveRelaxation(problem, problem.column_lower, problem.column_upper)
        answer = live.solve()
        if answer.outcome != "optimal":
            return
        assert answer.found is not None
        assert answer.row_dual is not None
        assert answer.bound == answer.found.value
        again = lagrangian(live.rows, live.own_cost, live.all_lower, live.all_upper, answer.row_dual)
        assert again.value == answer.bound
        assert np.array_equal(again.least, answer.found.least)

    def test_prices_are_coefficients_times_multipliers(self) -> None:
        # Maximise w <= 2 x y with x <= 1, y = 3: the row's multiplier is one, so that the product is worth 2.
        rows = [([0.0, 0.0, 1.0], [(0, 1, -2.0)], -INF, 0.0)]
        problem = small("max", [0.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 3.0, 99.0], rows)
        answer = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve()
        assert answer.bound == pytest.approx(-6.0)
        assert answer.prices == pytest.approx([2.0])

    def test_its_rows_are_those_of_mccormick(self) -> None:
        problem = haverly(2)
        live = LiveRelaxation(problem, problem.column_lower, problem.column_upper)
        whole = Rows.of(mccormick(problem).linear)
        kept = live.rows.values != 0.0
        dense = np.zeros((len(live.rows.lower), live.width + len(live.pairs)))
        other = np.zeros_like(dense)
        np.add.at(dense, (live.rows.rows[kept], live.rows.columns[kept]), live.rows.values[kept])
        np.add.at(other, (whole.rows, whole.columns), whole.values)
        assert np.array_equal(dense, other)
        assert np.array_equal(live.rows.lower, whole.lower)
        assert np.array_equal(live.rows.upper, whole.upper)


class TestBoard:
    def board(self, **more: Any) -> Board:
        problem = small("min", [1.0], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 1.0, INF)])
        return Board(problem, 0.1, **more)

    def test_the_cutoff_is_nearly_the_whole_gap_below_the_value(self) -> None:
        kept = self.board()
        assert kept.cutoff == INF
        assert kept.offer(np.array([1.5]), "hand")
        assert kept.cutoff == pytest.approx(1.5 - 0.09 * 1.5)

    def test_small_values_are_seen_against_the_size_of_the_costs(self) -> None:
        tiny = small("min", [1e-3], -1.0, 2.0, [([1.0], [(0, 0, 1.0)], 0.0, INF)])
        kept = Board(tiny, 0.1)
        assert kept.scale == 1e-3
        assert kept.offer(np.array([0.0]), "hand")
        kept.raise_bound(-1e-4, "proof")
        assert kept.relative_gap == pytest.approx(0.1)
        assert Board(tiny.with_(objective=[50.0]), 0.1).scale == 1.0
        assert Board(tiny.with_(objective=[0.0]), 0.1).scale == 1e-9

    def test_it_is_done_when_closed_out_of_time_cancelled_or_broken(self) -> None:
        kept = self.board()
        assert not kept.done
        kept.offer(np.array([1.0]), "hand")
        kept.raise_bound(0.85, "proof")
        assert not kept.done
        kept.raise_bound(0.95, "proof")
        assert kept.done
        assert self.board(time_limit=0.0).done
        assert self.board(cancel=lambda: True).done
        broken = self.board()
        broken.error = ValueError("x")
        assert broken.done

    def test_points_out_of_bounds_are_put_back_and_nearly_whole_ones_rounded(self) -> None:
        kept = self.board()
        assert kept.offer(np.array([2.5]), "hand")
        assert kept.value == 2.0
        whole = Board(kept.problem.with_(integer=[True]), 0.1)
        assert whole.offer(np.array([1.0 + 5e-7]), "hand")
        assert whole.x is not None
        assert whole.x[0] == 1.0
        repaired = Board(kept.problem.with_(integer=[True]), 0.1)
        assert repaired.offer(np.array([1.4]), "hand")
        assert repaired.x is not None
        assert repaired.x[0] in (1.0, 2.0)

    def test_progress_is_told_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []
        kept = self.board(progress=seen.append)
        assert kept.tick()
        assert kept.tick()
        assert len(seen) == 1
        assert math.isnan(seen[0].objective)
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 1.0)
        kept.tick()
        assert len(seen) == 2

    def test_guesses_are_kept_where_someone_listens(self) -> None:
        heard: deque[FloatArray] = deque()
        self.board(guesses=heard).guess(np.array([0.5]))
        assert [x.tolist() for x in heard] == [[0.5]]
        self.board().guess(np.array([0.5]))

    def test_points_that_wait_are_offered_by_the_next_tick(self) -> None:
        kept = self.board()
        kept.note_point(np.array([1.5]), "one")
        kept.note_point(np.array([1.25]), "two")
        assert kept.x is None
        kept.tick()
        assert (kept.value, kept.value_by) == (1.25, "two")
        assert kept._waiting == []


class TestSeek:
    def found(self, problem: Problem, seed: int = 1, tries: int = 8) -> list[tuple[FloatArray, str]]:
        offered: list[tuple[FloatArray, str]] = []
        best = [INF]
        sign = 1.0 if problem.sense == "min" else -1.0

        def offer(x: FloatArray, by: str) -> bool:
            offered.append((x, by))
            value = sign * float(problem.objective @ x)
            if value >= best[0] - 1e-9:
                return False
            best[0] = value
            return True

        seek(problem, offer, Watch(), seed, tries)
        return offered

    def test_haverlys_optimum_is_offered_and_nothing_better(self) -> None:
        problem = haverly(1)
        offered = self.found(problem)
        values = [float(problem.objective @ x) for x, _ in offered]
        assert min(values) == pytest.approx(-400.0, rel=1e-5)
        assert {by for _, by in offered} == {"local search"}
        assert all(residuals(problem, x).worst_primal[0] <= 1e-6 for x, _ in offered)

    def test_the_same_seed_offers_the_same(self) -> None:
        one, two = self.found(haverly(3), 5, 4), self.found(haverly(3), 5, 4)
        assert len(one) == len(two)
        assert all(a.tolist() == b.tolist() for (a, _), (b, _) in zip(one, two, strict=True))

    def test_it_ends_where_there_is_no_point_and_when_time_is_over(self) -> None:
        empty = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
        assert self.found(empty, tries=8) == []
        calls: list[FloatArray] = []
        seek(haverly(1), lambda x, _: bool(calls.append(x)), Watch(deadline=0.0), 1)
        assert calls == []

    def test_its_own_starts_and_random_vertices_have_their_turns(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        turns: list[str] = []
        search = module.local_search

        def told(*args: Any, **more: Any) -> Any:
            turns.append("starts")
            assert more["descents"] == module.TURN
            return search(*args, **more)

        points = module._Wanderer.points
        monkeypatch.setattr(module, "local_search", told)
        monkeypatch.setattr(
            module._Wanderer, "points", lambda self, *a: (turns.append("vertices"), points(self, *a))[1]
        )
        problem = haverly(1)
        seek(problem, lambda _x, _by: False, Watch(), 1, tries=3 * module.TURN)
        assert turns == ["starts", "vertices", "starts"]

    def test_vertices_of_an_empty_relaxation_are_none(self) -> None:
        empty = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
        assert structural_ranges(empty).empty
        assert module._Wanderer(empty, 1).points(2, Watch()) == []
