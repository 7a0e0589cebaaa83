"""Pieces of a program: they hold what the whole holds, their bounds are facts, and leaves divide and lose nothing."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_stage import TwoStage, random_blocks, random_two_stage, scenario_cost, two_stage_problem

from netback.program.bounds.ranges import Ranges
from netback.program.certify import objective_value, residuals
from netback.program.decomposition.cuts import Cut
from netback.program.decomposition.hull import Mix
from netback.program.decomposition.pieces import Piece, Rest, _with_rest, part_of
from netback.program.decomposition.structure import Blocks, find_blocks
from netback.program.problem import FloatArray, Problem

seeds = st.integers(0, 3_000)


def cut_up(problem: Problem) -> tuple[Blocks, Problem, list[Piece]]:
    blocks = find_blocks(problem)
    assert blocks is not None
    first = part_of(problem, blocks.linking, blocks.own_rows, "first")
    return blocks, first, [Piece(problem, blocks, number) for number in range(len(blocks))]


def two(seed: int, whole: bool = True, scenarios: int = 2) -> tuple[TwoStage, list[Piece]]:
    data = random_two_stage(seed, scenarios)
    return data, cut_up(two_stage_problem(data, whole=whole))[2]


class TestParts:
    @settings(max_examples=40)
    @given(seeds)
    def test_what_parts_cost_and_miss_together_is_what_the_whole_does(self, seed: int) -> None:
        problem = random_blocks(seed)
        blocks = find_blocks(problem)
        if blocks is None:
            return
        _, first, pieces = cut_up(problem)
        draw = np.random.default_rng(seed)
        x = draw.uniform(problem.column_lower, problem.column_upper)
        sign = 1.0 if problem.sense == "min" else -1.0
        total = float(first.objective @ x[blocks.linking])
        total += sum(float(piece.problem.objective @ x[piece.columns]) for piece in pieces)
        assert total == pytest.approx(sign * (objective_value(problem, x) - problem.offset), abs=1e-9)
        terms = problem.products
        activity = np.asarray(problem.matrix @ x)
        np.add.at(activity, terms.rows, terms.coefficients * x[terms.columns_a] * x[terms.columns_b])
        for number, piece in enumerate(pieces):
            own = piece.problem
            z = x[piece.columns]
            mine = np.asarray(own.matrix @ z)
            parts = own.products
            np.add.at(mine, parts.rows, parts.coefficients * z[parts.columns_a] * z[parts.columns_b])
            rows = np.concatenate([blocks.own_rows, blocks.rows[number]])
            assert mine == pytest.approx(activity[rows], abs=1e-9)
            assert own.row_upper.tolist() == problem.row_upper[rows].tolist()
            assert own.column_upper.tolist() == problem.column_upper[piece.columns].tolist()
            assert own.integer.tolist() == problem.integer[piece.columns].tolist()

    def test_the_first_stage_costs_nothing_in_a_piece(self) -> None:
        _, pieces = two(1)
        for piece in pieces:
            assert piece.count == 2
            assert piece.problem.objective[:2].tolist() == [0.0, 0.0]
            assert piece.problem.objective[2:].any()
            assert piece.problem.sense == "min"

    def test_a_maximisation_is_turned(self) -> None:
        data = random_two_stage(1, 2)
        least, most = (cut_up(two_stage_problem(data, sense=sense)) for sense in ("min", "max"))
        assert most[1].objective.tolist() == least[1].objective.tolist()
        for one, other in zip(least[2], most[2], strict=True):
            assert other.problem.objective.tolist() == one.problem.objective.tolist()


class TestBounds:
    @pytest.mark.parametrize("seed", range(5))
    def test_the_least_cost_is_below_that_of_every_first_stage(self, seed: int) -> None:
        data, pieces = two(seed, whole=False)
        for number, piece in enumerate(pieces):
            least = piece.least()
            assert math.isfinite(least)
            for x in itertools.product(np.arange(0.0, 4.1, 1.0), repeat=2):
                if sum(x) <= 6.0:
                    cost = float(data.chance[number]) * scenario_cost(data, number, *x)
                    assert least <= cost + 1e-7 * max(1.0, abs(cost))

    @pytest.mark.parametrize("seed", range(4))
    def test_a_slope_moves_the_bound_by_what_the_first_stage_pays(self, seed: int) -> None:
        """``cost'y - slope'z`` over a box: below every true cost less what the slope takes off."""
        data, pieces = two(seed, whole=False)
        draw = np.random.default_rng(seed)
        for number, piece in enumerate(pieces):
            for _ in range(3):
                slope = draw.normal(0.0, 3.0, 2)
                bound = min(piece.bound(leaf, slope, math.inf) for leaf in piece.leaves)
                for x in ((0.0, 0.0), (1.0, 2.0), (3.0, 3.0), (4.0, 0.5)):
                    cost = float(data.chance[number]) * scenario_cost(data, number, *x)
                    assert bound <= cost - float(slope @ np.array(x)) + 1e-7

    def test_an_empty_box_costs_without_end(self) -> None:
        _, pieces = two(2)
        piece = pieces[0]
        leaf = piece.leaves[0]
        lower = leaf.lower.copy()
        lower[:2] = 4.0  # more than the storage of 6
        assert piece.bound(Ranges(lower, leaf.upper), np.zeros(2), math.inf) == math.inf


class TestLeaves:
    @pytest.mark.parametrize("seed", range(4))
    def test_leaves_of_a_refined_piece_hold_what_the_first_held(self, seed: int) -> None:
        """Qualities that mixing at some first stage gives lie in a leaf whose ranges hold the first stage."""
        _, pieces = two(seed, whole=False)
        piece = pieces[0]
        x = np.array([1.7, 1.9])
        for _ in range(4):
            cut, mix = piece.cut_at(x)
            assert cut is not None
            assert mix is not None
            if not piece.refine(mix, cut.slope):
                break
        lower, upper = piece.box
        assert (lower <= 1e-9).all()
        assert (upper >= 4.0 - 1e-9).all()
        for a, b in itertools.product(np.arange(0.5, 4.1, 0.5), repeat=2):
            if a + b > 6.0:
                continue
            quality = (3.0 * a + b) / (a + b)
            point = np.array([a, b, quality])
            assert any(
                (leaf.lower[:3] <= point + 1e-7).all() and (point <= leaf.upper[:3] + 1e-7).all()
                for leaf in piece.leaves
            )

    def test_nothing_is_split_where_the_products_are_met(self) -> None:
        _, pieces = two(1, whole=False)
        piece = pieces[0]
        leaf = piece.leaves[0]
        x = np.clip(np.zeros(len(leaf.lower)), leaf.lower, leaf.upper)
        met = np.concatenate([x, x[piece.pairs.a] * x[piece.pairs.b]])
        assert not piece.refine(Mix(0.0, np.ones(1), [met]), np.zeros(2))
        assert len(piece.leaves) == 1

    def test_a_leaf_without_weight_is_not_split(self) -> None:
        _, pieces = two(1, whole=False)
        piece = pieces[0]
        leaf = piece.leaves[0]
        off = np.concatenate([0.5 * (leaf.lower + leaf.upper), np.zeros(len(piece.pairs.a))])
        assert not piece.refine(Mix(0.0, np.zeros(1), [off]), np.zeros(2))
        assert piece.refine(Mix(0.0, np.ones(1), [off]), np.zeros(2))
        assert len(piece.leaves) == 2

    def test_first_stage_columns_bear_no_blame(self) -> None:
        _, pieces = two(1)
        piece = pieces[0]
        point = np.concatenate([piece.leaves[0].upper, np.zeros(len(piece.pairs.a))])
        point[:2] = 1.5  # not whole, but that is for the tree
        blame = piece._blame(point)
        assert blame[:2].tolist() == [0.0, 0.0]
        assert blame[2:].any()

    def test_narrowing_to_a_box_keeps_its_own_side(self) -> None:
        _, pieces = two(3, whole=False)
        piece = pieces[0]
        piece.narrow(np.array([1.0, 0.0]), np.array([2.0, 3.0]))
        assert not piece.empty
        lower, upper = piece.box
        assert (lower >= np.array([1.0, 0.0]) - 1e-9).all()
        assert (upper <= np.array([2.0, 3.0]) + 1e-9).all()
        for _ in range(3):
            cut, mix = piece.cut_at(np.array([1.5, 1.5]))
            assert cut is not None
            if mix is None or not piece.refine(mix, cut.slope):
                break
        piece.narrow(np.array([2.0, 3.0]), np.array([2.0, 3.0]))
        assert not piece.empty
        piece.narrow(np.array([0.0, 0.0]), np.array([1.0, 1.0]))
        assert piece.empty


class TestSplits:
    def test_a_whole_column_is_divided_between_whole_numbers(self) -> None:
        """The own columns of a piece made whole: 2.3 parts 0 to 2 from 3 on, and no number is lost."""
        problem = two_stage_problem(random_two_stage(1, 2), whole=False)
        whole = problem.integer.copy()
        flows = problem.block("pool_a").ids
        whole[flows] = True
        _, _, pieces = cut_up(problem.with_(integer=whole))
        piece = pieces[0]
        column = int(np.flatnonzero(piece.problem.integer)[0])
        leaf = piece.leaves[0]
        point = 0.5 * (leaf.lower + leaf.upper)
        point[column] = 2.3
        below, above = piece._halves(leaf, column, point)
        assert below.upper[column] + 1.0 == above.lower[column]
        assert below.upper[column] == math.floor(below.upper[column])
        assert below.lower[column] == leaf.lower[column]
        assert above.upper[column] <= leaf.upper[column]
        loose = np.concatenate([point, point[piece.pairs.a] * point[piece.pairs.b]])
        blame = piece._blame(loose)
        assert blame[column] == pytest.approx(0.3)
        assert np.count_nonzero(blame) == 1

    def test_a_column_of_one_value_is_not_split(self) -> None:
        _, pieces = two(1, whole=False)
        piece = pieces[0]
        leaf = piece.leaves[0]
        point = Ranges(leaf.upper, leaf.upper)
        blame = np.zeros(len(leaf.upper))
        blame[2] = 1.0
        assert piece._split(point, leaf.upper, blame, np.zeros(2), math.inf) is None


class TestRest:
    def rest(self, cutoff: float = 10.0) -> Rest:
        """A first stage that costs 1 and 2, and one other group that costs at least 3 + a - b, and is at most 50."""
        return Rest(
            np.array([1.0, 2.0]),
            [(Cut(3.0, np.array([1.0, -1.0])), 0)],
            np.array([-5.0]),
            np.array([50.0]),
            cutoff,
        )

    def test_it_is_a_column_for_each_group_under_its_cuts(self) -> None:
        _, pieces = two(1)
        own = pieces[0].problem
        made = _with_rest(own, self.rest())
        assert made.shape == (own.shape[0] + 1, own.shape[1] + 1)
        assert made.objective.tolist() == [1.0, 2.0, *own.objective[2:].tolist(), 1.0]
        row = made.matrix.toarray()[-1]
        assert row[:2].tolist() == [-1.0, 1.0]
        assert row[-1] == 1.0
        assert not row[2:-1].any()
        assert (made.row_lower[-1], made.row_upper[-1]) == (3.0, math.inf)
        assert (made.column_lower[-1], made.column_upper[-1]) == (-5.0, 50.0)
        assert not made.integer[-1]

    def test_a_rays_cut_belongs_to_no_group(self) -> None:
        _, pieces = two(1)
        ray = Rest(
            np.zeros(2), [(Cut(-2.0, np.array([1.0, 1.0]), is_ray=True), 0)], np.zeros(1), np.ones(1), 1.0
        )
        made = _with_rest(pieces[0].problem, ray)
        row = made.matrix.toarray()[-1]
        assert row[-1] == 0.0
        assert row[:2].tolist() == [-1.0, -1.0]
        assert made.row_lower[-1] == -2.0

    @pytest.mark.parametrize("seed", range(3))
    def test_narrowed_by_a_cutoff_no_first_stage_within_it_is_lost(self, seed: int) -> None:
        data, pieces = two(seed, whole=False)
        piece = pieces[0]

        def cost(a: float, b: float) -> float:
            own = float(data.chance[0]) * scenario_cost(data, 0, a, b)
            return own + a + 2.0 * b + max(-5.0, 3.0 + a - b)

        grid = [x for x in itertools.product(np.arange(0.0, 4.1, 0.5), repeat=2) if sum(x) <= 6.0]
        costs = [cost(*x) for x in grid]
        cutoff = float(np.quantile(costs, 0.3))
        piece.tighten(math.inf, self.rest(cutoff))
        assert not piece.empty
        lower, upper = piece.box
        for x, value in zip(grid, costs, strict=True):
            if value <= cutoff:
                assert (lower <= np.array(x) + 1e-7).all()
                assert (np.array(x) <= upper + 1e-7).all()


def test_a_random_program_and_its_pieces_agree_on_feasible_points() -> None:
    found = 0
    for seed in range(30):
        problem = random_blocks(seed)
        blocks = find_blocks(problem)
        if blocks is None:
            continue
        _, first, pieces = cut_up(problem)
        draw = np.random.default_rng(seed)
        for _ in range(40):
            x: FloatArray = draw.uniform(problem.column_lower, problem.column_upper)
            x[problem.integer] = np.round(x[problem.integer])
            whole = residuals(problem, x).worst_primal[0] <= 1e-9
            parts = all(
                residuals(piece.problem, x[piece.columns]).worst_primal[0] <= 1e-9 for piece in pieces
            )
            own = residuals(first, x[blocks.linking]).worst_primal[0] <= 1e-9
            assert whole == (parts and own)
            if whole:
                found += 1
                for piece in pieces:
                    z = x[piece.columns]
                    assert any(
                        (leaf.lower <= z + 1e-9).all() and (z <= leaf.upper + 1e-9).all()
                        for leaf in piece.leaves
                    )
    assert found > 20
