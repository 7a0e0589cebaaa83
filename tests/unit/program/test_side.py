"""Which form is branched on, and what a descent from its relaxation's point gives."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bounds"))

from bilinear_cases import haverly

from netback.program.bounds.board import Board
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, Structure
from netback.program.form import same
from netback.program.side import Side, chosen


def stand_in(bound: float, columns: int) -> Any:
    problem = SimpleNamespace(shape=(1, columns))
    return SimpleNamespace(bound=bound, form=SimpleNamespace(problem=problem))


@pytest.mark.parametrize(
    ("bounds", "columns", "value", "which"),
    [
        ([-110.0, -105.0], [10, 20], -100.0, 1),
        ([-105.1, -105.0], [10, 20], -100.0, 0),
        ([-105.1, -105.0], [10, 20], math.inf, 1),
        ([-105.0, -105.0], [20, 10], math.inf, 1),
        ([-105.0], [20], -106.0, 0),
    ],
)
def test_the_best_bound_and_among_alike_the_fewest_columns(
    bounds: list[float], columns: list[int], value: float, which: int
) -> None:
    sides = [stand_in(bound, count) for bound, count in zip(bounds, columns, strict=True)]
    assert chosen(sides, value) is sides[which]


def test_a_descent_gives_the_board_what_it_finds() -> None:
    problem = haverly(1)
    ends = Ranges(problem.column_lower, problem.column_upper)
    live = LiveRelaxation(problem, ends.lower, ends.upper)
    side = Side(same(problem), ends, Structure.of(problem), live, Finder(problem))
    board = Board(problem, 1e-4, 10.0)
    side.descend(board)
    assert board.x is None
    side.x = live.solve().x
    side.descend(board)
    assert board.x is not None
    assert board.value >= -400.0 - 1e-6
    assert np.isfinite(board.value)
