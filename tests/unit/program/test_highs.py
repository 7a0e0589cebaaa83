"""The HiGHS adapter: right answers, signs, statuses, limits, interruption, live differences, refusals."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
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

from netback.errors import ModelError, SolveError
from netback.program import _highs, highs
from netback.program.builder import Builder
from netback.program.certify import certify
from netback.program.diagnose import diagnose
from netback.program.highs import ALGORITHMS, Session, solve
from netback.program.index import Index
from netback.program.problem import Problem, Products
from netback.program.solution import Basis, Progress


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_netlib_blend(algorithm: Any) -> None:
    raw = solve(blend(), algorithm=algorithm)
    assert raw.status == "optimal"
    assert raw.objective == pytest.approx(-30.812149845828, abs=1e-6)
    assert raw.solver.startswith("HiGHS 1.")


@given(programs(boxed=True))
def test_optimum_is_the_best_vertex(problem: Problem) -> None:
    raw, best = solve(problem), best_vertex(problem)
    if best is None:
        assert raw.status == "infeasible"
    else:
        assert raw.status == "optimal"
        assert raw.objective == pytest.approx(best, abs=1e-6)


@given(programs(boxed=True, integer=True))
def test_integer_optimum_is_the_best_whole_point(problem: Problem) -> None:
    raw, best = solve(problem), best_whole_point(problem)
    if best is None:
        assert raw.status == "infeasible"
    else:
        assert raw.status == "optimal"
        assert raw.objective == pytest.approx(best, abs=1e-6)
        assert raw.bound == pytest.approx(best, abs=1e-5)
        assert raw.row_dual is None


@given(programs(), st.sampled_from(["auto", "interior point"]))
def test_every_status_is_one_of_three(problem: Problem, algorithm: Any) -> None:
    raw = solve(problem, algorithm=algorithm)
    assert raw.status in ("optimal", "infeasible", "unbounded")
    assert (raw.ray is None) == (raw.status == "optimal")


def test_dual_sign_in_a_maximisation() -> None:
    raw = solve(dense("max", [3.0], [[2.0]], -INF, 8.0))
    assert raw.objective == 12.0
    assert raw.row_dual is not None
    assert raw.row_dual.tolist() == [1.5]


def test_dual_sign_in_a_minimisation() -> None:
    raw = solve(dense("min", [3.0], [[2.0]], 8.0, INF))
    assert raw.row_dual is not None
    assert raw.row_dual.tolist() == [1.5]


@pytest.mark.parametrize("sense", ["min", "max"])
def test_duals_are_derivatives_of_the_objective(sense: Any) -> None:
    sign = 1.0 if sense == "max" else -1.0
    problem = dense(
        sense, [2.0 * sign, 3.0 * sign], [[1.0, 2.0], [3.0, 1.0]], -INF, [8.0, 9.0], 0.0, [10.0, 30.0]
    )
    raw = solve(problem)
    assert raw.row_dual is not None
    assert raw.objective is not None
    for row in range(2):
        upper = problem.row_upper.copy()
        upper[row] += 1e-3
        moved = solve(problem.with_(row_upper=upper)).objective
        assert moved is not None
        assert (moved - raw.objective) / 1e-3 == pytest.approx(raw.row_dual[row], abs=1e-6)


def test_column_dual_is_the_derivative_by_the_bound() -> None:
    raw = solve(dense("max", [5.0, 1.0], [[1.0, 1.0]], -INF, 10.0, 0.0, [4.0, INF]))
    assert raw.column_dual is not None
    assert raw.column_dual.tolist() == [4.0, 0.0]


def test_offset_counts() -> None:
    assert solve(dense("max", [1.0], [[1.0]], -INF, 2.0, offset=100.0)).objective == 102.0


def test_no_rows_at_all() -> None:
    problem = dense("max", [1.0, -1.0], np.zeros((1, 2)), -INF, INF, 0.0, 5.0)
    assert solve(problem).objective == 5.0


def test_infeasible_has_farkas_multipliers() -> None:
    raw = solve(dense("max", [1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], [3.0, -INF], [INF, 2.0]))
    assert raw.status == "infeasible"
    assert raw.x is None
    assert raw.objective is None
    assert raw.ray is not None
    assert raw.ray[0] == pytest.approx(-raw.ray[1])


def test_row_without_columns_has_farkas_multipliers() -> None:
    problem = dense("max", [1.0], [[0.0], [1.0]], [1.0, 0.0], [1.0, 5.0])
    raw = solve(problem)
    assert raw.status == "infeasible"
    assert certify(problem, raw).word == "proven infeasible"


def test_unbounded_has_point_and_direction() -> None:
    raw = solve(dense("max", [1.0, 1.0], [[1.0, -1.0]], -INF, 2.0))
    assert raw.status == "unbounded"
    assert raw.x is not None
    assert raw.ray is not None
    assert raw.ray[0] > 0.0


@pytest.mark.parametrize("integer", [False, True])
def test_infeasible_or_unbounded_is_settled(integer: bool) -> None:
    unbounded = dense("max", [2.0, 1.0], np.zeros((1, 2)), -INF, INF, integer=integer)
    assert solve(unbounded).status == "unbounded"
    both = dense("max", [1.0, 0.0], [[0.0, 1.0], [0.0, 1.0]], [3.0, -INF], [INF, 2.0], integer=integer)
    assert solve(both).status == "infeasible"


def test_integer_infeasible_without_a_ray_says_so() -> None:
    raw = solve(dense("max", [1.0], [[2.0]], 1.0, 1.0, 0.0, 5.0, integer=True))
    assert raw.status == "infeasible"
    assert raw.ray is None


def test_basis_starts_the_next_solve() -> None:
    problem = wide()
    cold = solve(problem)
    assert cold.basis is not None
    warm = solve(problem, basis=cold.basis)
    assert warm.objective == pytest.approx(cold.objective)
    assert warm.iterations < cold.iterations / 10


def test_answers_without_a_basis_are_the_same_otherwise() -> None:
    with_one, without = Session().solve(blend()), Session(brief=True).solve(blend())
    assert with_one.basis is not None
    assert without.basis is None
    assert without.objective == with_one.objective
    assert np.array_equal(without.row_dual, with_one.row_dual)


def test_basis_of_another_shape_is_refused() -> None:
    basis = Basis(np.zeros(2, dtype=np.int8), np.zeros(3, dtype=np.int8))
    with pytest.raises(ModelError, match="the basis has 3 rows and 2 columns, the problem 7 and 5"):
        solve(refinery(), basis=basis)


def test_product_terms_are_never_dropped() -> None:
    problem = refinery().with_(products=Products.of([1], [0], [1], [2.0]))
    with pytest.raises(ModelError, match=r"balance\[gasoil\]: the linear solver cannot take product terms"):
        solve(problem)
    with pytest.raises(ModelError, match="cannot take product terms"):
        Session().solve(problem)


def test_no_columns_is_refused() -> None:
    from netback.program.builder import Builder

    with pytest.raises(ModelError, match="there are no columns, so nothing to decide"):
        solve(Builder("nothing").build())


def test_numbers_too_large_name_their_place() -> None:
    with pytest.raises(ModelError, match=r"row\[r0\]: coefficient 1e\+16 of x\[c0\] is too large for HiGHS"):
        solve(dense("max", [1.0], [[1e16]], -INF, 1.0))
    with pytest.raises(ModelError, match=r"x\[c0\]: cost 1e\+21 is too large for HiGHS"):
        solve(dense("max", [1e21], [[1.0]], -INF, 1.0))


def test_dropped_coefficients_are_told() -> None:
    raw = solve(dense("max", [1.0, 1.0], [[1.0, 1e-13]], -INF, 1.0, 0.0, 5.0))
    assert "HiGHS dropped 1 coefficients below 1e-12" in raw.message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time_limit": -1.0}, "time_limit: -1.0 is not a number of seconds >= 0"),
        ({"time_limit": float("nan")}, "time_limit: nan"),
        ({"gap": -0.1}, "gap: -0.1 is not a finite number >= 0"),
        ({"gap": float("inf")}, "gap: inf"),
        ({"threads": 0}, "threads: 0 is less than 1"),
        ({"algorithm": "barrier"}, 'algorithm: "barrier" is none of auto, simplex, interior point'),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        solve(refinery(1.0), **arguments)


def test_every_option_status_is_checked() -> None:
    solver = _highs.new_solver()
    with pytest.raises(SolveError, match="option \"solver\" does not take the value 'nonsense'"):
        _highs.set_option(solver, "solver", "nonsense")
    with pytest.raises(SolveError, match='option "no_such_option"'):
        _highs.set_option(solver, "no_such_option", 1)


def test_a_failed_call_names_what_failed() -> None:
    with pytest.raises(SolveError, match="HiGHS: passing the model returned an error"):
        _highs.check(highspy.HighsStatus.kError, "passing the model")
    _highs.check(highspy.HighsStatus.kWarning, "passing the model")


def testinterior_solver_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs.importlib.util, "find_spec", lambda _: None)
    assert highs.interior_solver(_highs.new_solver()) == "ipm"


def test_large_problems_go_to_interior_point(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = wide()
    monkeypatch.setattr(highs, "SIMPLEX_NONZEROS", 100)
    monkeypatch.setattr(highs, "COLD_ITERATIONS", 5)
    raw = solve(problem)
    assert raw.solver.endswith("interior point")
    assert raw.basis is not None
    assert raw.objective == pytest.approx(solve(problem, algorithm="simplex").objective)


def test_large_problems_with_a_good_basis_stay_with_simplex(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = wide()
    basis = solve(problem).basis
    monkeypatch.setattr(highs, "SIMPLEX_NONZEROS", 100)
    monkeypatch.setattr(highs, "COLD_ITERATIONS", 1)
    assert solve(problem, basis=basis).solver.endswith("simplex")


def test_time_limit_returns_the_best_so_far() -> None:
    problem = market_split()
    raw = solve(problem, time_limit=0.5)
    assert raw.status == "time limit"
    found = certify(problem, raw)
    assert found.word == "feasible"
    assert found.gap is not None
    assert found.gap > 1e-6


def test_no_time_at_all() -> None:
    raw = solve(wide(), time_limit=0.0)
    assert raw.status == "time limit"
    assert certify(wide(), raw).word in ("feasible", "not solved")


@pytest.mark.parametrize("problem", [wide(), market_split()], ids=["linear", "integer"])
def test_cancel_stops(problem: Problem) -> None:
    raw = solve(problem, cancel=lambda: True)
    assert raw.status == "interrupted"


def test_cancel_keeps_the_incumbent() -> None:
    problem, start = market_split(), time.monotonic()
    raw = solve(problem, cancel=lambda: time.monotonic() - start > 0.5)
    assert raw.status == "interrupted"
    assert raw.x is not None
    assert certify(problem, raw).word == "feasible"


def test_progress_is_reported() -> None:
    seen: list[Progress] = []
    solve(market_split(), time_limit=0.6, progress=seen.append)
    assert len(seen) > 1
    assert [moment.seconds for moment in seen] == sorted(moment.seconds for moment in seen)
    assert seen[-1].objective > 0.0
    assert seen[-1].bound >= 0.0
    assert seen[-1].nodes >= 0


def test_progress_of_a_linear_program_has_no_bound() -> None:
    seen: list[Progress] = []
    solve(wide(), progress=seen.append, algorithm="interior point")
    assert seen
    assert all(np.isnan(moment.bound) for moment in seen)


def test_what_a_callback_raises_comes_out() -> None:
    def fail(moment: Progress) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="the screen is gone"):
        solve(wide(), progress=fail)


def test_control_c_returns_the_best_so_far() -> None:
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    raw = solve(market_split(), time_limit=30.0)
    timer.join()
    assert raw.status == "interrupted"
    assert raw.x is not None
    assert raw.seconds < 20.0


def test_control_c_inside_a_callback_counts_as_interruption() -> None:
    def stop(moment: Progress) -> None:
        raise KeyboardInterrupt

    assert solve(wide(), progress=stop).status == "interrupted"


def test_solving_off_the_main_thread() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(solve(refinery(1.0), threads=1)))
    thread.start()
    thread.join()
    assert found[0].status == "optimal"


def test_integer_gap_is_respected() -> None:
    problem = market_split(2, 12, 1)
    raw = solve(problem, gap=10.0)
    assert raw.status == "optimal"
    found = certify(problem, raw)
    assert found.word in ("feasible", "proven")
    exact = solve(problem)
    assert certify(problem, exact).word == "proven"


_number = st.integers(-3, 3).map(float)


@settings(max_examples=30)
@given(programs(boxed=True), st.data())
def test_session_differences_equal_fresh_solves(problem: Problem, data: st.DataObject) -> None:
    session = Session()
    session.solve(problem)
    rows, columns = problem.shape
    for _ in range(3):
        width = data.draw(st.integers(0, 4))
        changes: dict[str, Any] = {
            "objective": data.draw(st.lists(_number, min_size=columns, max_size=columns)),
            "column_upper": problem.column_lower + width,
            "offset": data.draw(_number),
            "sense": data.draw(st.sampled_from(["min", "max"])),
            "matrix": np.array(
                data.draw(st.lists(_number, min_size=rows * columns, max_size=rows * columns))
            ).reshape(rows, columns),
        }
        if data.draw(st.booleans()):
            changes |= {"row_lower": problem.row_lower - width, "row_upper": problem.row_upper + width}
        changed = problem.with_(**changes)
        live, fresh = session.solve(changed), solve(changed)
        assert live.status == fresh.status
        if fresh.status == "optimal":
            assert live.objective == pytest.approx(fresh.objective, abs=1e-7)
        problem = changed


def test_session_sends_only_what_changed() -> None:
    problem, session = wide(), Session()
    cold = session.solve(problem)
    assert session.changes is None
    assert session.solve(problem).iterations == 0
    assert session.changes == 0
    upper = problem.row_upper.copy()
    upper[3] *= 0.99
    warm = session.solve(problem.with_(row_upper=upper, objective=problem.objective * 1.0))
    assert session.changes == 1
    assert warm.iterations < cold.iterations / 5
    table = problem.matrix.copy()
    table.data = table.data.copy()
    table.data[:2] *= 1.01
    session.solve(problem.with_(matrix=table))
    assert session.changes == 3


def test_session_takes_a_problem_of_another_shape() -> None:
    session = Session()
    session.solve(wide())
    assert session.solve(refinery(1.0)).objective == pytest.approx(solve(refinery(1.0)).objective)
    assert session.changes is None


def test_session_takes_integers_in_and_out() -> None:
    problem = dense("max", [1.0, 1.0], [[2.0, 1.0], [1.0, 3.0]], -INF, [7.5, 8.5], 0.0, 10.0)
    session = Session()
    linear = session.solve(problem).objective
    whole = session.solve(problem.with_(integer=True))
    assert whole.objective == 4.0
    assert whole.bound == pytest.approx(4.0)
    assert session.solve(problem).objective == linear


def test_session_sends_many_changes_as_a_whole() -> None:
    problem, session = wide(), Session()
    session.solve(problem)
    changed = problem.with_(matrix=problem.matrix * 1.1)
    raw = session.solve(changed)
    assert session.changes is None
    assert raw.objective == pytest.approx(solve(changed).objective)


def test_session_survives_a_refused_problem() -> None:
    problem, session = refinery(1.0), Session()
    first = session.solve(problem)
    assert first.objective is not None
    with pytest.raises(ModelError):
        session.solve(problem.with_(products=Products.of([0], [0], [1], [1.0])))
    with pytest.raises(ModelError):
        session.solve(problem, basis=Basis(np.zeros(1, dtype=np.int8), np.zeros(1, dtype=np.int8)))
    assert session.solve(problem).objective == pytest.approx(first.objective)


def test_session_after_an_interruption() -> None:
    session = Session()
    assert session.solve(wide(), cancel=lambda: True).status == "interrupted"
    assert session.solve(wide()).objective == pytest.approx(solve(wide()).objective)


def test_session_time_limit_is_per_solve() -> None:
    session = Session()
    problem = market_split()
    for _ in range(2):
        raw = session.solve(problem, time_limit=0.4)
        assert raw.status == "time limit"
        assert raw.seconds < 3.0
    assert session.solve(problem.with_(integer=False), time_limit=5.0).status == "optimal"


def test_presolve_alone_is_not_believed_that_nothing_is_feasible() -> None:
    # HiGHS 1.15's presolve calls this infeasible; x = 0 keeps every row, and x0 falls without end as x1 rises.
    build = Builder("no floor", "min")
    x = build.variables("x", Index.of("c", ["c0", "c1", "c2"]), [-np.inf, 0.0, 0.0], [0.0, np.inf, np.inf])
    row = build.constraints("row", Index.of("r", ["r0", "r1", "r2"]), [-np.inf, 0.0, 0.0], [1.0, 0.0, np.inf])
    build.add_terms(row.ids[[[0], [2]]], x.ids, 1.0)
    build.add_costs(x.ids[:1], 1.0)
    found = solve(build.build())
    assert found.status == "unbounded"
    assert diagnose(build.build()).word == "unbounded"
