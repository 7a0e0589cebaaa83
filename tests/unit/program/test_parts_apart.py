"""Parts with fixed columns between them, and distances of amounts that do not begin at zero."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from program_cases import INF, best_whole_point, dense

from netback.program import separable
from netback.program.certify import certify, residuals
from netback.program.distance import Amounts, apart, farthest, with_floor
from netback.program.highs import solve
from netback.program.problem import FloatArray, Problem
from netback.program.separable import parts_of, solve_separable


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separable, "SMALL_PART", 0)


def pair(fixed: float = 2.0, side: float = 7.0, lower: float = -INF) -> Problem:
    """Two knapsacks, ``2 a + 3 b + k <= side`` and ``5 c + k <= 9``, tied by nothing but the fixed column k."""
    table = [[2.0, 3.0, 0.0, 1.0], [0.0, 0.0, 5.0, 1.0]]
    return dense(
        "max", [2.0, 4.0, 3.0, -1.5], table, [lower, -INF], [side, 9.0],
        [0.0, 0.0, 0.0, fixed], [9.0, 9.0, 9.0, fixed], [True, True, True, False], 0.5,
    )  # fmt: skip


@pytest.mark.usefixtures("small_parts")
class TestFixedColumns:
    def test_they_move_to_the_sides_of_their_rows(self) -> None:
        parts = {tuple(part.columns.tolist()): part for part in parts_of(pair())}
        assert set(parts) == {(0, 1), (2,)}
        assert parts[0, 1].problem.row_upper.tolist() == [7.0 - 2.0]
        assert parts[2,].problem.row_upper.tolist() == [9.0 - 2.0]
        assert parts[0, 1].problem.row_lower.tolist() == [-INF]
        assert parts[0, 1].problem.matrix.toarray().tolist() == [[2.0, 3.0]]

    @settings(max_examples=30)
    @given(st.integers(-3, 3), st.integers(4, 14), st.one_of(st.none(), st.integers(-2, 4)))
    def test_apart_is_the_best_of_every_whole_point(self, fixed: int, side: int, least: int | None) -> None:
        problem = pair(float(fixed), float(side), -INF if least is None else float(least))
        best = best_whole_point(problem)
        raw = solve_separable(problem, gap=0.0)
        if best is None:
            assert raw.x is None
            return
        assert raw.objective == pytest.approx(best)
        assert raw.bound == pytest.approx(best)
        assert raw.x is not None
        assert raw.x[3] == fixed
        assert residuals(problem, raw.x).worst_primal[0] <= 1e-9
        assert certify(problem, raw).word == "proven"

    @pytest.mark.parametrize(
        ("side", "holds"), [(2.0, True), (2.0 - 1e-9, True), (2.0 - 1e-5, False), (1.0, False)]
    )
    def test_a_row_of_fixed_columns_alone_must_hold(self, side: float, holds: bool) -> None:
        table = [[1.0, 0.0], [0.0, 1.0]]
        for low, high, k in ((-INF, side, 2.0), (-side, INF, -2.0)):
            problem = dense(
                "max", [1.0, 0.0], table, [-INF, low], [3.5, high], [0.0, k], [9.0, k], [True, False]
            )
            assert (solve_separable(problem).status == "optimal") is holds

    def test_a_start_is_handed_to_every_part(self) -> None:
        start = np.array([1.0, 1.0, 1.0, 2.0])
        raw = solve_separable(pair(), start=start, gap=0.0)
        assert raw.objective == pytest.approx(best_whole_point(pair()) or 0.0)

    def test_several_parts_are_told(self) -> None:
        assert "2 parts that share nothing" in solve_separable(pair()).solver
        assert "share nothing" not in solve_separable(pair().with_(integer=[True, True, False, False])).solver


def test_small_parts_are_solved_together() -> None:
    assert len(parts_of(pair())) == 1


def amounts(low: float = 1.0) -> Amounts:
    """Of three columns the first two, and twice the third less the first; each from ``low`` on."""
    table = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 2.0]])
    return Amounts(
        sparse.csr_array(table),
        np.array([low, low, -4.0]),
        np.array([4.0, 5.0, 9.0]),
        np.array([1.0, 2.0, 0.5]),
    )


def box(offset: float = 0.0) -> Problem:
    """Whole columns from 1 to 4, 5 and 4, of which the sum is at most 10."""
    return dense("max", [1.0, -2.0, 3.0], [[1.0, 1.0, 1.0]], -INF, 10.0, 1.0, [4.0, 5.0, 4.0], True, offset)


def every_point(problem: Problem) -> list[FloatArray]:
    axes = [
        range(int(low), int(high) + 1)
        for low, high in zip(problem.column_lower, problem.column_upper, strict=True)
    ]
    found = [np.array(point, dtype=float) for point in itertools.product(*axes)]
    return [x for x in found if float(x.sum()) <= 10.0]


class TestDistance:
    @settings(max_examples=15)
    @given(st.lists(st.integers(0, 69), min_size=1, max_size=3))
    def test_farthest_and_apart_are_those_of_every_whole_point(self, chosen: list[int]) -> None:
        problem, own = box(), amounts()
        points = every_point(problem)
        known = [points[k % len(points)] for k in chosen]
        distance = [min(own.distance(x, other) for other in known) for x in points]
        raw = solve(farthest(problem, own, known), gap=0.0)
        assert raw.objective == pytest.approx(max(distance), abs=1e-6)
        least = 0.5 * max(distance)
        best = max(
            float(problem.objective @ x)
            for x, far in zip(points, distance, strict=True)
            if far >= least - 1e-9
        )
        found = solve(apart(problem, own, known, least), gap=0.0)
        assert found.objective == pytest.approx(best, abs=1e-6)

    def test_a_distance_is_weighted_and_of_amounts(self) -> None:
        own = amounts()
        one, other = np.array([1.0, 1.0, 1.0]), np.array([3.0, 2.0, 4.0])
        assert own.of(one).tolist() == [1.0, 1.0, 1.0]
        assert own.of(other).tolist() == [3.0, 2.0, 5.0]
        assert own.distance(one, other) == 1.0 * 2.0 + 2.0 * 1.0 + 0.5 * 4.0
        assert own.distance(other, one) == own.distance(one, other)
        assert own.of(np.append(one, 99.0)).tolist() == [1.0, 1.0, 1.0]

    def test_the_relaxation_is_as_tight_as_the_ends(self) -> None:
        """With the switch half on, each side may be half of its way to its end, no more."""
        problem, own = box().with_(integer=False), amounts()
        made = farthest(problem, own, [np.array([2.0, 2.0, 2.0])])
        relaxed = solve(made.with_(integer=False)).objective
        assert relaxed is not None
        # Of a range [low, high] with p inside, over + under is at most 2 (high - p)(p - low) / (high - low) beside p.
        assert relaxed <= sum(
            w * max(high - p, p - low)
            for w, low, high, p in zip(
                own.weights, own.low, own.high, own.of(np.array([2.0, 2.0, 2.0])), strict=True
            )
        )

    @pytest.mark.parametrize("offset", [0.0, 50.0, -7.0])
    def test_a_floor_counts_the_constant(self, offset: float) -> None:
        problem = box(offset)
        best = solve(problem).objective
        assert best is not None
        floored = with_floor(problem, best - 2.0)
        worst = solve(floored.with_(sense="min")).objective
        assert worst == pytest.approx(best - 2.0)
        assert floored.row_label(1) == "objective_floor"

    def test_labels_of_what_is_put_beside(self) -> None:
        problem, own = box(), amounts()
        made = apart(problem, own, [np.ones(3), np.full(3, 2.0)], 1.0)
        rows: list[Any] = [block.name for block in made.row_blocks]
        columns: list[Any] = [block.name for block in made.column_blocks]
        assert rows == ["row", "apart", "over", "under", "distance"]
        assert columns == ["x", "over_by", "under_by", "above", "least_distance"]
        assert made.block("apart").size == 6
        assert made.block("distance").size == 2
        assert made.column_lower[-1] == 1.0
        assert made.integer[made.block("above").ids].all()
        assert not made.integer[made.block("over_by").ids].any()
