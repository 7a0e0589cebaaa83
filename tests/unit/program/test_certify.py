"""The independent check: it agrees with brute force, and it catches every kind of wrong answer."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from program_cases import (
    INF,
    best_vertex,
    best_whole_point,
    blend,
    dense,
    market_split,
    programs,
    refinery,
    wide,
)
from scipy.optimize import linprog

from netback.errors import ModelError
from netback.program.certify import certify, dual_bound, objective_value, residuals
from netback.program.highs import solve
from netback.program.problem import Problem, Products
from netback.program.solution import RawSolution


def known() -> tuple[Problem, RawSolution]:
    """Max 2a + 3b, a + 2b <= 8, 3a + b <= 9: a = 2, b = 3, value 13, multipliers 1.4 and 0.2."""
    problem = dense("max", [2.0, 3.0], [[1.0, 2.0], [3.0, 1.0]], -INF, [8.0, 9.0])
    return problem, solve(problem)


def test_known_optimum_is_proven() -> None:
    problem, raw = known()
    found = certify(problem, raw)
    assert found.word == "proven"
    assert found.value == pytest.approx(13.0)
    assert found.bound == pytest.approx(13.0)
    assert found.gap == pytest.approx(0.0, abs=1e-12)
    assert raw.row_dual == pytest.approx([1.4, 0.2])
    assert found.value_by.endswith("simplex, re-evaluated")
    assert found.bound_by.endswith("simplex, dual multipliers re-evaluated")
    assert found.residuals.worst_primal[0] < 1e-12


def test_netlib_blend_is_proven() -> None:
    problem = blend()
    found = certify(problem, solve(problem))
    assert found.word == "proven"
    assert found.value == pytest.approx(-30.812149845828, abs=1e-8)
    assert found.bound == pytest.approx(-30.812149845828, abs=1e-8)


@given(programs(boxed=True))
def test_word_and_value_agree_with_every_vertex(problem: Problem) -> None:
    found, best = certify(problem, solve(problem)), best_vertex(problem)
    if best is None:
        assert found.word == "proven infeasible"
        assert found.value is None
    else:
        assert found.word == "proven"
        assert found.value == pytest.approx(best, abs=1e-6)
        assert found.bound == pytest.approx(best, abs=1e-6)


@given(programs())
def test_word_agrees_with_scipy(problem: Problem) -> None:
    found = certify(problem, solve(problem))
    table, low, high = problem.matrix.toarray(), problem.row_lower, problem.row_upper
    above, below = np.isfinite(high), np.isfinite(low)
    sign = 1.0 if problem.sense == "min" else -1.0
    peer = linprog(
        sign * problem.objective,
        A_ub=np.vstack([table[above], -table[below]]) if (above | below).any() else None,
        b_ub=np.concatenate([high[above], -low[below]]) if (above | below).any() else None,
        bounds=list(zip(problem.column_lower, problem.column_upper, strict=True)),
        method="highs-ds",
        options={"presolve": False},
    )
    assume(peer.status in (0, 2, 3))
    assert found.word == {0: "proven", 2: "proven infeasible", 3: "unbounded"}[peer.status]
    if peer.status == 0:
        assert found.value == pytest.approx(sign * peer.fun + problem.offset, abs=1e-6)


@given(programs(boxed=True, integer=True))
def test_integer_words_agree_with_every_point(problem: Problem) -> None:
    found, best = certify(problem, solve(problem)), best_whole_point(problem)
    if best is None:
        assert found.word in ("proven infeasible", "not solved")
        if found.word == "not solved":
            assert "its word alone" in found.message
    else:
        assert found.word == "proven"
        assert found.value == pytest.approx(best, abs=1e-6)
        assert found.bound_by.endswith("branch and bound, its word")


@given(programs(boxed=True), st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_any_multipliers_give_a_valid_bound(problem: Problem, numbers: list[float]) -> None:
    best = best_vertex(problem)
    assume(best is not None)
    assert best is not None
    bound = dual_bound(problem, np.array(numbers[: problem.shape[0]])).value
    assert bound is not None
    assert (bound >= best - 1e-7) if problem.sense == "max" else (bound <= best + 1e-7)


@settings(max_examples=30)
@given(st.integers(0, 4), st.floats(0.05, 10.0), st.booleans())
def test_a_moved_point_is_caught(column: int, step: float, down: bool) -> None:
    problem = blend()
    raw = solve(problem)
    assert raw.x is not None
    x = raw.x.copy()
    x[np.argsort(-np.abs(raw.x))[column]] += -step if down else step
    found = certify(problem, replace(raw, x=x))
    assert found.word == "not solved"
    assert found.value is None
    assert "fails the check" in found.message


def test_a_row_outside_its_bound_is_named() -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, x=np.array([2.5, 3.0]), objective=14.0))
    assert found.word == "not solved"
    assert found.residuals.row_label == "row[r1]"
    assert found.residuals.row == pytest.approx(1.5 / 9.0)
    assert "row residual of row[r1] is 0.167, more than 1e-06" in found.message


def test_a_small_row_is_measured_by_its_own_size() -> None:
    problem = dense("max", [1.0], [[1e-6]], -INF, 1e-6)
    raw = replace(solve(problem), x=np.array([2.0]), objective=2.0)
    assert certify(problem, raw).word == "not solved"


def test_a_column_outside_its_bound_is_named() -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, x=np.array([-0.5, 3.0]), objective=8.0))
    assert found.word == "not solved"
    assert found.residuals.bound_label == "x[c0]"
    assert found.residuals.bound == pytest.approx(0.5)


def test_a_broken_whole_number_is_named() -> None:
    problem = dense("max", [1.0], [[2.0]], -INF, 7.0, integer=True)
    found = certify(problem, replace(solve(problem), x=np.array([3.5]), objective=3.5))
    assert found.word == "not solved"
    assert found.residuals.integrality_label == "x[c0]"
    assert found.residuals.integrality == pytest.approx(0.5)


@pytest.mark.parametrize("claim", [12.0, 14.0, math.nan, math.inf])
def test_a_wrong_objective_is_caught(claim: float) -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, objective=claim))
    assert found.word == "not solved"
    assert "objective residual" in found.message


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_in_the_point_is_caught(value: float) -> None:
    problem, raw = known()
    assert certify(problem, replace(raw, x=np.array([value, 3.0]))).word == "not solved"
    free = problem.with_(column_lower=-INF, row_upper=INF)
    assert certify(free, replace(raw, x=np.array([value, 3.0]))).word == "not solved"


def test_wrong_multipliers_lose_the_proof() -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, row_dual=np.array([2.0, 1.0])))
    assert found.word == "feasible"
    assert found.bound == pytest.approx(25.0)
    assert found.gap == pytest.approx(12.0 / 13.0)


@pytest.mark.parametrize("dual", [0.0, -1.4, math.nan, math.inf, 3.0])
def test_multipliers_that_say_nothing_give_no_bound(dual: float) -> None:
    problem = dense("max", [2.0, -2.0], [[1.0, -1.0]], -INF, 8.0)
    raw = solve(problem)
    assert certify(problem, raw).word == "proven"
    found = certify(problem, replace(raw, row_dual=np.array([dual])))
    assert found.word == "feasible"
    assert (found.bound, found.gap) == (None, None)
    assert "no bound: the reduced cost of x[c" in found.bound_by


def test_multipliers_on_missing_bounds_count_as_zero() -> None:
    problem, _ = known()
    assert dual_bound(problem, np.array([-5.0, -5.0])) == dual_bound(problem, np.zeros(2))


def test_bounds_that_rows_imply_are_used() -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, row_dual=np.zeros(2)))
    assert found.bound == pytest.approx(2.0 * 3.0 + 3.0 * 4.0)
    assert found.word == "feasible"


def test_tiny_wrong_signs_on_open_columns_are_reported() -> None:
    problem = dense("min", [1.0, 1.0], [[1.0, -1.0]], 2.0, 2.0, [0.0, -INF], [INF, INF]).with_(
        objective=[1.0, -1.0]
    )
    raw = solve(problem)
    assert raw.row_dual is not None
    found = certify(problem, replace(raw, row_dual=raw.row_dual - 1e-8))
    assert found.word == "proven"
    assert 1e-9 < found.residuals.dual < 1e-7
    assert found.residuals.dual_label.startswith("x[")
    assert "taken as zero" in found.bound_by
    worse = certify(problem, replace(raw, row_dual=raw.row_dual - 1e-4))
    assert worse.word == "feasible"
    assert worse.bound is None
    assert "has the wrong sign" in worse.bound_by


def test_a_bound_that_the_point_beats_is_dropped() -> None:
    problem = dense("max", [1.0], [[2.0]], -INF, 7.0, integer=True)
    raw = solve(problem)
    found = certify(problem, replace(raw, bound=2.0))
    assert found.word == "feasible"
    assert found.bound is None
    assert "is wrong: the checked point is better" in found.message


def test_the_claimed_linear_bound_is_never_taken_on_trust() -> None:
    problem, raw = known()
    found = certify(problem, replace(raw, row_dual=None))
    assert found.word == "feasible"
    assert (found.bound, found.gap) == (None, None)


def test_a_stopped_integer_solve_states_its_gap() -> None:
    problem = market_split()
    found = certify(problem, solve(problem, time_limit=0.3))
    assert found.word == "feasible"
    assert found.gap is not None
    assert found.gap > 0.01


def test_small_costs_do_not_make_a_gap_vanish() -> None:
    problem, raw = known()
    small = problem.with_(objective=problem.objective * 1e-9)
    found = certify(
        small,
        replace(raw, objective=raw.objective * 1e-9 if raw.objective else 0.0, row_dual=np.ones(2) * 1e-9),
    )
    assert found.word == "feasible"
    assert found.gap is not None
    assert found.gap > 0.1


def test_products_are_evaluated() -> None:
    problem = dense("max", [1.0, 1.0], [[1.0, 0.0]], -INF, 10.0, 0.0, 5.0).with_(
        products=Products.of([0], [0], [1], [2.0])
    )
    inside = RawSolution("optimal", x=np.array([2.0, 2.0]), objective=4.0, solver="by hand")
    assert residuals(problem, np.array([2.0, 2.0])).row == 0.0
    found = certify(problem, inside)
    assert found.word == "feasible"
    assert (found.value, found.bound) == (4.0, None)
    outside = replace(inside, x=np.array([3.0, 2.0]), objective=5.0)
    assert certify(problem, outside).word == "not solved"
    ray = RawSolution("infeasible", ray=np.ones(1), solver="by hand")
    assert "prove nothing where there are product terms" in certify(problem, ray).message
    direction = RawSolution("unbounded", x=np.zeros(2), ray=np.ones(2), solver="by hand")
    assert "proves nothing where there are product terms" in certify(problem, direction).message


@settings(max_examples=30)
@given(programs())
def test_infeasible_is_proven_by_own_arithmetic(problem: Problem) -> None:
    raw = solve(problem)
    assume(raw.status == "infeasible")
    assert raw.ray is not None
    assert certify(problem, raw).word == "proven infeasible"
    assert certify(problem, replace(raw, ray=-raw.ray)).word == "proven infeasible"
    assert certify(problem, replace(raw, ray=np.zeros_like(raw.ray))).word == "not solved"


@given(programs(boxed=True), st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_no_multipliers_prove_a_feasible_program_infeasible(problem: Problem, numbers: list[float]) -> None:
    assume(best_vertex(problem) is not None)
    raw = RawSolution("infeasible", ray=np.array(numbers[: problem.shape[0]]), solver="liar")
    found = certify(problem, raw)
    assert found.word == "not solved"
    assert "its word alone" in found.message


def test_infeasible_without_multipliers_is_a_word() -> None:
    problem = dense("max", [1.0], [[2.0]], 1.0, 1.0, 0.0, 5.0, integer=True)
    found = certify(problem, solve(problem))
    assert found.word == "not solved"
    assert "this is its word alone" in found.message
    assert found.bound_by.endswith("its word alone")


@pytest.mark.parametrize(
    ("x", "ray", "message"),
    [
        (None, [1.0, 1.0], "this is its word alone"),
        ([0.0, 0.0], None, "this is its word alone"),
        ([9.0, 0.0], [1.0, 1.0], "The point fails the check at row[r0]"),
        ([0.0, 0.0], [1.0, 0.0], "The direction does not keep row[r0]"),
        ([0.0, 0.0], [-1.0, 0.0], "The direction does not keep x[c0]"),
        ([0.0, 0.0], [0.0, 0.0], "The direction does not improve"),
        ([0.0, 0.0], [math.nan, 1.0], "The direction does not"),
        ([0.0, 0.0], [0.0, 1.0], "The direction does not improve"),
    ],
)
def test_unbounded_needs_point_and_direction(x: Any, ray: Any, message: str) -> None:
    problem = dense("max", [1.0, 0.0], [[1.0, -1.0]], -INF, 2.0)
    raw = RawSolution(
        "unbounded",
        x=None if x is None else np.array(x),
        ray=None if ray is None else np.array(ray),
        solver="liar",
    )
    found = certify(problem, raw)
    assert found.word == "not solved"
    assert message in found.message
    assert certify(problem, solve(problem)).word == "unbounded"


@pytest.mark.parametrize("status", ["failed", "time limit", "interrupted", "optimal"])
def test_no_point_is_not_solved(status: Any) -> None:
    found = certify(refinery(1.0), RawSolution(status, solver="none", message="Nothing came."))
    assert found.word == "not solved"
    assert found.message == "There is no point to check. Nothing came."


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -1.0, math.nan])
def test_tolerance_is_between_zero_and_one(tolerance: float) -> None:
    problem, raw = known()
    with pytest.raises(ModelError, match="is not between 0 and 1"):
        certify(problem, raw, tolerance)


def test_vectors_must_fit() -> None:
    problem, raw = known()
    with pytest.raises(ModelError, match=r"solution of small: x of shape \(3,\) where \(2,\) is needed"):
        certify(problem, replace(raw, x=np.zeros(3)))
    with pytest.raises(ModelError, match="row_dual of shape"):
        certify(problem, replace(raw, row_dual=np.zeros(1)))
    with pytest.raises(ModelError, match="ray of shape"):
        certify(problem, RawSolution("infeasible", ray=np.zeros(5)))


def test_objective_is_summed_without_loss() -> None:
    problem = dense("max", [1.0, 1.0, 1.0], [[1.0, 0.0, 0.0]], -INF, INF, -INF, INF, offset=0.1)
    assert objective_value(problem, np.array([1e17, 1.0, -1e17])) == 1.1


def test_large_cancelling_terms_are_summed_without_loss() -> None:
    """A row is judged by its largest term, so what rounding of one sum loses is no more than a few times 1e-16."""
    problem = dense("max", [0.0, 0.0, 0.0], [[1.0, 1.0, 1.0]], 1.0, 1.0, -INF, INF)
    assert residuals(problem, np.array([1e17, 1.0, -1e17])).row <= 1e-16


def test_a_long_sum_that_rounding_alone_would_break_is_summed_without_loss() -> None:
    """Every small term is lost beside the large one: in a plain sum 2e-11 is missing in the end."""
    count = 400_000
    problem = dense("max", np.zeros(count), np.ones((1, count)), 1.0, 1.0, -INF, INF)
    x = np.full(count, 5e-17)
    x[0] = 1.0 - 5e-17 * (count - 1)
    assert residuals(problem, x).row <= 1e-15


def test_certificate_goes_to_json() -> None:
    problem, raw = known()
    written = json.loads(json.dumps(certify(problem, raw).to_dict()))
    assert written["word"] == "proven"
    assert written["residuals"]["row"] < 1e-9
    assert written["tolerance"] == 1e-6
    broken = certify(problem, replace(raw, x=np.array([math.nan, 0.0])))
    assert broken.residuals.bound == math.inf
    assert json.loads(json.dumps(broken.to_dict(), allow_nan=False))["residuals"]["bound"] is None


@pytest.mark.parametrize("algorithm", ["simplex", "interior point"])
def test_larger_programs_are_proven(algorithm: Any) -> None:
    problem = wide()
    found = certify(problem, solve(problem, algorithm=algorithm))
    assert found.word == "proven"
    assert found.gap is not None
    assert found.gap < 1e-9


@pytest.mark.parametrize("last", [7.0, INF])
def test_a_missing_bound_is_carried_through_several_rows(last: float) -> None:
    """Each column is bounded by the one after it, so the first is bounded only after three rounds, or never."""
    matrix = [[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0], [0.0, 0.0, 1.0, -1.0]]
    upper = [INF, INF, INF, last]
    problem = dense("max", [1.0, 0.0, 0.0, 0.0], matrix, -INF, 0.0, 0.0, upper)
    found = dual_bound(problem, np.zeros(3))
    assert found.value == (last if last < INF else None)
    assert found.columns == (0 if last < INF else 1)


def test_a_zero_that_is_stored_divides_nothing() -> None:
    problem = dense("max", [1.0, 0.0], [[1.0, 1.0]], -INF, 5.0)
    matrix = problem.matrix.copy()
    matrix.data[1] = 0.0
    assert dual_bound(problem.with_(matrix=matrix), np.zeros(1)).value == 5.0
