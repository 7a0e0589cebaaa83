"""Plans of single blocks at fixed lots, and the improvement of all together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from two_stage import TwoStage, cost_at, random_two_stage, scenario_cost, two_stage_problem

from netback.program.certify import residuals
from netback.program.decomposition.pieces import Piece, part_of
from netback.program.decomposition.plans import improve, plan_block
from netback.program.decomposition.structure import find_blocks


def spread(work, items):  # type: ignore[no-untyped-def]
    return [work(item) for item in items]


def made(data: TwoStage, *, whole: bool = True):  # type: ignore[no-untyped-def]
    problem = two_stage_problem(data, whole=whole)
    blocks = find_blocks(problem)
    assert blocks is not None
    pieces = [Piece(problem, blocks, number) for number in range(len(blocks))]
    first = part_of(problem, blocks.linking, blocks.own_rows, "first")
    return problem, first, pieces


@pytest.mark.parametrize("seed", range(4))
def test_a_block_is_planned_as_well_as_by_its_linear_program(seed: int) -> None:
    """At fixed lots the quality is known, so that the block's own optimum is that of scipy."""
    data = random_two_stage(seed, 2)
    _, _, pieces = made(data)
    x = np.array([2.0, 1.0])
    for number, piece in enumerate(pieces):
        _, mix = piece.cut_at(x)
        point = plan_block(piece, x, mix, 5.0)
        assert point is not None
        assert point[:2] == pytest.approx(x)
        assert residuals(piece.problem, point).worst_primal[0] < 1e-6
        best = float(data.chance[number]) * scenario_cost(data, number, 2.0, 1.0)
        assert float(piece.problem.objective @ point) == pytest.approx(best, abs=1e-5 * (1.0 + abs(best)))


def test_no_plan_where_a_block_has_none() -> None:
    data = random_two_stage(2, 2, least_a=6.0)
    data = TwoStage(**{**data.__dict__, "most_a": np.full(2, 8.0)})
    assert math.isinf(cost_at(data, 0.0, 0.0))
    _, _, pieces = made(data)
    assert plan_block(pieces[0], np.zeros(2), None, 2.0) is None


@pytest.mark.parametrize("seed", range(3))
def test_improving_together_never_loses_and_keeps_one_first_stage(seed: int) -> None:
    data = random_two_stage(seed, 3)
    problem, first, pieces = made(data, whole=False)
    x = np.array([1.5, 1.5])
    points = []
    for piece in pieces:
        point = plan_block(piece, x, piece.cut_at(x)[1], 5.0)
        assert point is not None
        points.append(point)
    better = improve(first, pieces, points, spread, [[0], [1], [2]])

    def whole(chosen):  # type: ignore[no-untyped-def]
        made_point = np.zeros(problem.shape[1])
        for piece, point in zip(pieces, chosen, strict=True):
            made_point[piece.columns] = point
        return made_point

    before, after = (float(problem.objective @ whole(chosen)) for chosen in (points, better))
    assert after <= before + 1e-9
    assert residuals(problem, whole(better)).worst_primal[0] < 1e-6
    assert all(point[:2] == pytest.approx(better[0][:2]) for point in better)
