"""SCIP as a finisher: its points are checked, its bound and its "infeasible" stay its word."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from bilinear_cases import haverly, small

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.bounds.finish import finish_by_scip
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress, RawSolution

INF = math.inf


def square(sense: str = "min") -> Problem:
    """Least x with x^2 >= 1 between 0 and 2; as a maximisation, the greatest -x."""
    return small(sense, [1.0 if sense == "min" else -1.0], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 1.0, INF)])


def same(x: FloatArray) -> FloatArray:
    return x


class Said:
    """Stands for SCIP: keeps what it was asked, tells progress and points, and answers."""

    def __init__(self, answer: RawSolution, bounds: list[float] | None = None, found: Any = None) -> None:
        self.answer, self.bounds, self.found = answer, bounds or [], found
        self.asked: dict[str, Any] = {}
        self.stopped: bool | None = None

    def __call__(self, problem: Problem, **asked: Any) -> RawSolution:
        self.asked = {"problem": problem, **asked}
        for bound in self.bounds:
            asked["progress"](Progress(0.0, 0, math.nan, bound, 1))
        if self.found is not None:
            asked["found"](self.found, 0.0)
        self.stopped = asked["cancel"]()
        return self.answer


def finish(
    monkeypatch: pytest.MonkeyPatch, said: Said, board: Board, start: FloatArray | None = None, **other: Any
) -> None:
    monkeypatch.setattr(scip, "solve", said)
    to_board = other.pop("to_board", same)
    over = other.pop("over", lambda: False)
    finish_by_scip(board, board.problem, to_board, start, seed=3, limit=7.0, over=over)


@pytest.mark.parametrize(("sense", "sign"), [("min", 1.0), ("max", -1.0)])
def test_its_bound_is_heard_in_the_sense_of_a_minimisation(
    monkeypatch: pytest.MonkeyPatch, sense: str, sign: float
) -> None:
    board = Board(square(sense), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("time limit", bound=sign * 0.75), [sign * 0.5]), board)
    assert (board.word, board.word_by) == (0.75, "SCIP, its word")
    assert board.bound == -INF
    assert board.best_bound() == (0.75, "SCIP, its word")


def test_bounds_on_the_way_are_heard_and_what_is_no_number_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(square(), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("interrupted"), [0.25, -INF, 0.5, INF]), board)
    assert board.word == 0.5


def test_its_points_are_checked_before_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(square(), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("optimal", x=np.array([1.25]), objective=-9.0, bound=1.25)), board)
    assert (board.value, board.value_by) == (1.25, "SCIP, re-evaluated")
    impossible = Board(small("min", [1.0], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 5.0, INF)]), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("optimal", x=np.array([2.0]))), impossible)
    assert impossible.x is None


def test_points_on_the_way_wait_for_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(square(), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("interrupted"), found=np.array([1.5])), board)
    assert board.x is None
    board.tick()
    assert (board.value, board.value_by) == (1.5, "SCIP, re-evaluated")


def test_points_of_a_form_are_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(square(), 1e-4, 60.0)
    said = Said(RawSolution("optimal", x=np.array([0.25])), found=np.array([0.5]))
    finish(monkeypatch, said, board, to_board=lambda x: x + 1.0)
    assert board.value == 1.25
    board.tick()
    assert board.value == 1.25


def test_infeasible_is_kept_as_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(square(), 1e-4, 60.0)
    finish(monkeypatch, Said(RawSolution("infeasible", message="SCIP: no point")), board)
    assert board.infeasible_word == "SCIP: no point"
    finish(
        monkeypatch, Said(RawSolution("time limit", message="too slow")), other := Board(square(), 1e-4, 60.0)
    )
    assert other.infeasible_word == ""


def test_it_is_asked_with_seed_time_start_and_a_gap_a_little_finer(monkeypatch: pytest.MonkeyPatch) -> None:
    board, said = Board(square(), 1e-3, 60.0), Said(RawSolution("interrupted"))
    finish(monkeypatch, said, board, np.array([1.5]))
    assert said.asked["seed"] == 3
    assert said.asked["time_limit"] == 7.0
    assert said.asked["gap"] == pytest.approx(9e-4)
    assert said.asked["start"].tolist() == [1.5]
    finish(monkeypatch, said, board, np.array([1.5, 2.0]))
    assert said.asked["start"] is None
    finish(monkeypatch, said, board, None)
    assert said.asked["start"] is None


def test_it_stops_when_the_board_is_done_or_the_caller_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said(RawSolution("interrupted"))
    finish(monkeypatch, said, Board(square(), 1e-4, 60.0))
    assert said.stopped is False
    finish(monkeypatch, said, Board(square(), 1e-4, 0.0))
    assert said.stopped is True
    finish(monkeypatch, said, Board(square(), 1e-4, 60.0), over=lambda: True)
    assert said.stopped is True


def test_scip_itself_closes_haverlys_first_problem() -> None:
    """To 400 (Haverly 1978), by its word; the point is checked on the board."""
    problem = haverly(1, "max")
    board = Board(problem, 1e-4, 20.0)
    finish_by_scip(board, problem, same, None, seed=0, limit=10.0, over=lambda: False)
    board.tick()
    assert board.value == pytest.approx(-400.0, rel=1e-6)
    assert board.word == pytest.approx(-400.0, rel=2e-4)
    assert board.bound == -INF
