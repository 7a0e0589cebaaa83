"""Cuts of a block hold wherever the block has a point, and leaves make them tighter."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from two_stage import TwoStage, random_two_stage, scenario_cost, two_stage_problem

from netback.program.decomposition.pieces import Piece
from netback.program.decomposition.structure import find_blocks


def pieces_of(data: TwoStage) -> list[Piece]:
    problem = two_stage_problem(data, whole=False)
    blocks = find_blocks(problem)
    assert blocks is not None
    return [Piece(problem, blocks, number) for number in range(len(blocks))]


def true_cost(data: TwoStage, number: int, x: np.ndarray) -> float:
    return float(data.chance[number]) * scenario_cost(data, number, float(x[0]), float(x[1]))


GRID = [np.array(x) for x in itertools.product(np.arange(0.0, 4.1, 0.5), repeat=2) if sum(x) <= 6.0]


@pytest.mark.parametrize("seed", range(4))
def test_cuts_hold_at_every_first_stage_and_leaves_raise_them(seed: int) -> None:
    data = random_two_stage(seed, 2)
    for number, piece in enumerate(pieces_of(data)):
        known = [true_cost(data, number, x) for x in GRID]
        for x in (np.array([1.3, 2.1]), np.array([2.6, 0.7])):
            before = -math.inf
            for _ in range(4):
                cut, mix = piece.cut_at(x)
                assert cut is not None
                assert mix is not None
                assert not cut.is_ray
                for at, cost in zip(GRID, known, strict=True):
                    assert cut.at(at) <= cost + 1e-7 * (1.0 + abs(cost))
                assert cut.at(x) == pytest.approx(mix.cost, abs=1e-6)
                assert cut.at(x) >= before - 1e-7
                before = cut.at(x)
                if not piece.refine(mix, cut.slope):
                    break


def test_weights_and_points_of_a_mix_make_the_first_stage() -> None:
    data = random_two_stage(5, 2)
    piece = pieces_of(data)[0]
    x = np.array([1.7, 1.9])
    for _ in range(3):
        cut, mix = piece.cut_at(x)
        assert cut is not None
        assert mix is not None
        assert float(mix.weights.sum()) == pytest.approx(1.0)
        mean = sum(w * point[:2] for w, point in zip(mix.weights, mix.points, strict=True))
        assert mean == pytest.approx(x, abs=1e-6)
        piece.refine(mix, cut.slope)
    assert len(piece.leaves) > 1


def test_a_ray_cuts_off_only_what_has_no_point() -> None:
    data = random_two_stage(2, 2, least_a=6.0)
    data = TwoStage(**{**data.__dict__, "most_a": np.full(2, 8.0)})
    for number, piece in enumerate(pieces_of(data)):
        cut, mix = piece.cut_at(np.zeros(2))
        assert cut is not None
        assert mix is None
        assert cut.is_ray
        assert cut.at(np.zeros(2)) > 0.0
        possible = [x for x in GRID if math.isfinite(true_cost(data, number, x))]
        assert possible
        assert all(cut.at(x) <= 1e-9 for x in possible)


def test_narrowing_keeps_every_point_of_the_box_and_drops_what_is_empty() -> None:
    data = random_two_stage(7, 2)
    piece = pieces_of(data)[0]
    lower, upper = np.array([1.0, 1.0]), np.array([2.0, 3.0])
    piece.narrow(lower, upper)
    piece.tighten(math.inf, None)
    assert not piece.empty
    for x in (np.array([1.0, 1.0]), np.array([1.5, 2.5]), np.array([2.0, 3.0])):
        cut, _ = piece.cut_at(x)
        cost = true_cost(data, 0, x)
        assert cut is not None
        assert cut.is_ray == math.isinf(cost)
        assert math.isinf(cost) or cut.at(x) <= cost + 1e-7
    piece.narrow(np.array([3.0, 3.5]), np.array([4.0, 4.0]))
    assert piece.empty
