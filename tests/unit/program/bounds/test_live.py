"""A live relaxation answers as a fresh one does, whatever was changed before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program import highs
from netback.program.bounds import live as module
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.relax import mccormick


def fresh(problem, lower, upper):
    return highs.solve(mccormick(problem, lower, upper).linear)


@settings(max_examples=25)
@given(
    bilinear(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=9, max_size=9), st.booleans()
)
def test_changed_ranges_give_the_bound_of_a_fresh_relaxation(problem, parts, whole_model):
    live = LiveRelaxation(problem, problem.column_lower, problem.column_upper)
    many = module.MANY_CHANGES
    module.MANY_CHANGES = 0 if whole_model else many
    try:
        for step in range(3):
            part = np.array(parts[3 * step : 3 * step + problem.shape[1]])
            width = problem.column_upper - problem.column_lower
            lower = problem.column_lower + part.min(axis=1) * width
            upper = np.maximum(lower, problem.column_lower + part.max(axis=1) * width)
            live.set_ranges(lower, upper)
            answer, other = live.solve(), fresh(problem, lower, upper)
            if other.status == "infeasible":
                # What one start calls empty another may keep by a hair within the solver's tolerance.
                assert (
                    answer.outcome != "optimal"
                    or answer.bound == -INF
                    or _kept(problem, answer.x, lower, upper)
                )
            else:
                sign = 1.0 if problem.sense == "min" else -1.0
                expected = sign * (other.objective - problem.offset)
                assert answer.outcome == "optimal"
                assert answer.bound <= expected + 1e-6
                assert answer.bound == pytest.approx(expected, abs=1e-5)
    finally:
        module.MANY_CHANGES = many


def _kept(problem, x, lower, upper):
    """Whether a point of a linear program keeps its rows and ranges within the solver's tolerance."""
    x = x[: problem.shape[1]]
    activity = problem.matrix @ x
    ends = (problem.row_lower - activity, activity - problem.row_upper, lower - x, x - upper)
    return problem.is_linear and max(float(end.max(initial=0.0)) for end in ends) <= 2e-7


def test_costs_and_cutoff():
    problem = haverly()
    live = LiveRelaxation(problem, problem.column_lower, problem.column_upper, cutoff_row=True)
    assert live.solve().bound == pytest.approx(-500.0)
    live.set_cutoff(-450.0)
    cost = np.zeros(len(live.own_cost))
    cost[problem.block("share").id("a")] = 1.0
    live.set_cost(cost)
    least = live.solve().bound
    live.set_cutoff(math.inf)
    assert live.solve().bound <= least
    live.set_cost(live.own_cost)
    assert live.solve().bound == pytest.approx(-500.0)


def test_infeasible_is_proven_not_believed():
    problem = small("min", [1.0, 1.0], 0.0, 1.0, [([0.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
    answer = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve()
    assert answer.outcome == "infeasible"
    assert answer.bound == INF


def test_an_open_relaxation_has_no_bound():
    problem = small("min", [1.0, 0.0], -INF, INF, [([1.0, 0.0], [(0, 1, 1.0)], 2.0, INF)])
    answer = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve()
    assert answer.outcome == "stopped"
    assert answer.bound == -INF


def test_no_time_no_bound():
    problem = haverly()
    answer = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve(0.0)
    assert answer.outcome in ("stopped", "optimal")
    assert answer.bound <= -400.0


def test_a_large_relaxation_starts_by_interior_point_and_goes_on_by_simplex(monkeypatch):
    problem = haverly(1)
    lower, upper = problem.column_lower, problem.column_upper
    half = upper.copy()
    half[0] = 0.5
    usual = [LiveRelaxation(problem, lower, end).solve().bound for end in (upper, half)]
    monkeypatch.setattr(module, "SIMPLEX_NONZEROS", 0)
    first = []
    real = LiveRelaxation._first_run
    monkeypatch.setattr(LiveRelaxation, "_first_run", lambda self: (first.append(1), real(self)))
    live = LiveRelaxation(problem, lower, upper)
    assert live.solve().bound == pytest.approx(usual[0], rel=1e-7)
    live.set_ranges(lower, half)
    assert live.solve().bound == pytest.approx(usual[1], rel=1e-7)
    assert len(first) == 1


def test_a_large_relaxation_without_a_point_is_proven_empty_after_interior_point(monkeypatch):
    monkeypatch.setattr(module, "SIMPLEX_NONZEROS", 0)
    problem = small("min", [1.0, 0.0], [2.0, 2.0], [3.0, 3.0], [([0.0, 0.0], [(0, 1, 1.0)], -INF, 3.0)])
    assert LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve().outcome == "infeasible"


def test_a_first_solve_can_be_stopped_by_the_caller_and_by_ctrl_c(monkeypatch):
    monkeypatch.setattr(module, "SIMPLEX_NONZEROS", 0)
    problem = haverly(1)
    live = LiveRelaxation(problem, problem.column_lower, problem.column_upper)

    def interrupted(_, watch):
        watch.stop = True

    monkeypatch.setattr(module._highs, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        live.solve()
    live.cancel = lambda: True
    answer = live.solve()
    assert (answer.outcome, answer.bound) == ("stopped", -INF)


@settings(max_examples=25)
@given(bilinear(), st.sampled_from([LiveRelaxation, LazyRelaxation]))
def test_a_trial_proves_what_reaches_the_limit_and_estimates_the_rest(problem, kind):
    """Above the limit a trial is a safe bound, below it no more than the optimum by the solver's word."""
    live = kind(problem, problem.column_lower, problem.column_upper)
    answer = live.solve()
    if answer.outcome != "optimal":
        assert not math.isfinite(live.trial(5.0, 0.0)[0])
        return
    size = 1e-6 * max(1.0, abs(answer.bound))
    low, proven = live.trial(5.0, answer.bound - 1.0)
    assert proven
    assert low <= answer.bound + size
    above, proven = live.trial(5.0, answer.bound + 1.0)
    assert not proven
    assert above == pytest.approx(answer.bound, abs=size)
