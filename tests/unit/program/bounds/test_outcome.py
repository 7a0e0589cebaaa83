"""What a global solve may claim: each word needs its evidence, and what contradicts itself is told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import small

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.bounds.outcome import outcome
from netback.program.problem import Problem
from netback.program.solution import RawSolution

INF = math.inf
PROOF = "boxes without a point, each by multipliers re-evaluated"


def square(sense: str = "min", offset: float = 0.0) -> Problem:
    """Least x with x^2 >= 1 between 0 and 2; as a maximisation, the greatest -x."""
    cost = 1.0 if sense == "min" else -1.0
    return small(sense, [cost], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 1.0, INF)], offset=offset)


def board(problem: Problem | None = None, gap: float = 1e-4, time_limit: float = 60.0) -> Board:
    return Board(problem if problem is not None else square(), gap, time_limit)


def impossible() -> Problem:
    """No x between 0 and 2 has a square of at least 5."""
    return small("min", [1.0], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 5.0, INF)])


class Scip:
    """Stands for SCIP with one answer; counts how often it was asked."""

    def __init__(self, answer: RawSolution) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, *_: object, **__: object) -> RawSolution:
        self.asked += 1
        return self.answer


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> Scip:
    said = Scip(RawSolution("failed"))
    monkeypatch.setattr(scip, "solve", said)
    return said


class TestWithAPoint:
    @pytest.mark.parametrize(("sense", "sign"), [("min", 1.0), ("max", -1.0)])
    @pytest.mark.parametrize("offset", [0.0, 5.0])
    def test_proven_where_bound_and_value_meet_within_the_gap(
        self, sense: str, sign: float, offset: float
    ) -> None:
        kept = board(square(sense, offset))
        assert kept.offer(np.array([1.00005]), "hand")
        kept.raise_bound(1.0 + sign * offset, "arithmetic")
        raw, found = outcome(kept, [], 0)
        assert (found.word, raw.status) == ("proven", "optimal")
        assert found.value == pytest.approx(sign * 1.00005 + offset)
        assert found.bound == raw.bound == pytest.approx(sign * 1.0 + offset)
        assert (found.value_by, found.bound_by) == ("hand, re-evaluated", "arithmetic")
        assert found.gap == pytest.approx(5e-5 / abs(found.value), rel=1e-3)

    def test_feasible_where_they_do_not(self) -> None:
        kept = board()
        assert kept.offer(np.array([1.5]), "hand")
        kept.raise_bound(1.0, "arithmetic")
        raw, found = outcome(kept, [], 0)
        assert (found.word, raw.status) == ("feasible", "interrupted")
        assert found.gap == pytest.approx(0.5 / 1.5)

    def test_a_gap_is_told_against_the_scale_where_the_value_is_near_zero(self) -> None:
        kept = board(small("min", [1.0], -1.0, 2.0, [([1.0], [(0, 0, 1.0)], 0.0, INF)]))
        assert kept.offer(np.array([0.0]), "hand")
        kept.raise_bound(-0.25, "arithmetic")
        _, found = outcome(kept, [], 0)
        assert (found.word, found.gap) == ("feasible", pytest.approx(0.25))

    def test_without_a_bound_nothing_is_said_of_the_gap(self) -> None:
        kept = board()
        assert kept.offer(np.array([1.5]), "hand")
        _, found = outcome(kept, [], 0)
        assert (found.word, found.bound, found.gap) == ("feasible", None, None)

    def test_a_bound_that_the_point_beats_is_told_and_not_used(self) -> None:
        kept = board()
        assert kept.offer(np.array([1.0]), "hand")
        kept.raise_bound(1.01, "a wrong proof")
        _, found = outcome(kept, [], 0)
        assert found.word != "proven"
        assert found.bound is None
        assert found.message == "The bound 1.01 (a wrong proof) is wrong: the checked point is better."

    def test_time_that_is_out_is_told(self) -> None:
        kept = board(time_limit=0.0)
        kept.x, kept.value, kept.value_by = np.array([1.5]), 1.5, "hand"
        raw, found = outcome(kept, [], 0)
        assert raw.status == "time limit"
        assert found.word == "feasible"

    def test_evidence_of_nothing_does_not_matter_once_there_is_a_point(self, unasked: Scip) -> None:
        kept = board()
        assert kept.offer(np.array([1.5]), "hand")
        assert outcome(kept, [PROOF], 0)[1].word == "feasible"
        assert unasked.asked == 0


class TestWithoutAPoint:
    def test_nothing_known_is_not_solved(self, unasked: Scip) -> None:
        kept = board()
        kept.raise_bound(0.75, "arithmetic")
        raw, found = outcome(kept, [], 0)
        assert (found.word, found.bound, found.bound_by) == ("not solved", 0.75, "arithmetic")
        assert found.message == "No point that keeps every row was found."
        assert (raw.status, raw.x) == ("interrupted", None)
        assert unasked.asked == 0

    def test_a_bound_of_a_maximisation_keeps_its_side(self) -> None:
        kept = board(square("max"))
        kept.raise_bound(0.75, "arithmetic")
        assert outcome(kept, [], 0)[1].bound == -0.75

    def test_two_methods_prove_it_infeasible(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = Scip(RawSolution("infeasible", message="SCIP says infeasible"))
        monkeypatch.setattr(scip, "solve", said)
        raw, found = outcome(board(impossible()), [PROOF], 0)
        assert (found.word, raw.status) == ("proven infeasible", "infeasible")
        assert found.bound_by == f"{PROOF}, confirmed by SCIP"
        assert found.message == f"Infeasible: {PROOF}; SCIP says infeasible"
        assert said.asked == 1

    def test_a_word_that_was_given_before_is_not_asked_for_again(self, unasked: Scip) -> None:
        kept = board(impossible())
        kept.infeasible_word = "SCIP says infeasible"
        assert outcome(kept, [PROOF], 0)[1].word == "proven infeasible"
        assert unasked.asked == 0

    def test_one_proof_that_nobody_confirms_is_no_proof(self, unasked: Scip) -> None:
        raw, found = outcome(board(impossible()), [PROOF], 0)
        assert (found.word, raw.status) == ("not solved", "interrupted")
        assert found.message == f"One method says infeasible ({PROOF}); no second one confirms it."
        assert unasked.asked == 1

    def test_the_word_of_a_solver_alone_is_no_proof(self, unasked: Scip) -> None:
        kept = board(impossible())
        kept.infeasible_word = "SCIP says infeasible"
        _, found = outcome(kept, [], 0)
        assert found.word == "not solved"
        assert (
            found.message == "One method says infeasible (SCIP says infeasible); no second one confirms it."
        )
        assert unasked.asked == 0

    def test_a_point_of_the_second_method_shows_the_first_was_wrong(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scip, "solve", Scip(RawSolution("optimal", x=np.array([1.25]))))
        kept = board()
        kept.raise_bound(1.0, "arithmetic")
        raw, found = outcome(kept, [PROOF], 0)
        assert (found.word, found.value, found.bound, found.gap) == ("feasible", 1.25, None, None)
        assert found.message == f"Contradiction: {PROOF}, yet SCIP has a point that passes the check."
        assert raw.x is not None

    def test_a_point_of_the_second_method_that_misses_a_row_is_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scip, "solve", Scip(RawSolution("optimal", x=np.array([2.0]))))
        _, found = outcome(board(impossible()), [PROOF], 0)
        assert found.word == "not solved"
        assert "no second one confirms it" in found.message

    def test_scip_itself_confirms(self) -> None:
        _, found = outcome(board(impossible(), time_limit=5.0), [PROOF], 0)
        assert found.word == "proven infeasible"
