"""Sessions for many small programs: the same answers in the calling thread as in one of their own, and time limits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from program_cases import dense, wide

from netback.program import _highs, highs
from netback.program.highs import Session
from netback.program.problem import Problem


def small() -> Problem:
    """A program that takes some iterations and a fraction of a millisecond."""
    return wide(20, 30)


@pytest.fixture(name="threads_of_runs")
def _threads_of_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each program was run: here, or in a thread of its own."""
    seen: list[str] = []

    def told(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            seen.append(name)
            return call(*arguments)

        return wrapped

    monkeypatch.setattr(_highs, "run_here", told("here", _highs.run_here))
    monkeypatch.setattr(_highs, "run", told("thread", _highs.run))
    return seen


def test_small_programs_are_solved_here(threads_of_runs: list[str]) -> None:
    session, problem = Session(brief=True), small()
    first = session.solve(problem)
    second = session.solve(problem.with_(objective=problem.objective * 2.0), time_limit=5.0)
    assert threads_of_runs == ["here", "here"]
    assert second.objective == pytest.approx(2.0 * first.objective)
    assert first.objective == Session().solve(problem).objective


@pytest.mark.parametrize(
    "options", [{"cancel": lambda: False}, {"progress": lambda _: None}, {"time_limit": 0.01}]
)
def test_whoever_watches_or_has_no_time_gets_a_thread(
    threads_of_runs: list[str], options: dict[str, Any]
) -> None:
    raw = Session(brief=True).solve(small(), **options)
    assert raw.status == "optimal"
    assert threads_of_runs == ["thread"]


def test_integer_and_large_programs_get_a_thread(
    threads_of_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Session(brief=True).solve(small().with_(integer=True)).status == "optimal"
    monkeypatch.setattr(highs, "HERE_NONZEROS", 3)
    assert Session(brief=True).solve(small()).status == "optimal"
    assert threads_of_runs == ["thread", "thread"]


def test_what_takes_too_long_here_goes_on_in_a_thread(
    threads_of_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highs, "HERE_SECONDS", 0.0)
    raw = Session(brief=True).solve(wide())
    assert threads_of_runs == ["here", "thread"]
    assert raw.objective == pytest.approx(Session().solve(wide()).objective)


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (dense("max", [1.0], [[1.0]], 3.0, 2.0 + 1.0, 0.0, 1.0), "infeasible"),
        (dense("max", [1.0], [[-1.0]], -np.inf, 3.0), "unbounded"),
    ],
)
def test_what_has_no_plan_is_told_with_evidence(problem: Any, status: str) -> None:
    raw = Session(brief=True).solve(problem)
    assert raw.status == status
    assert raw.ray is not None


def test_threads_of_callers_do_not_disturb_each_other() -> None:
    """HiGHS ties its workers to the calling thread: sessions in several threads, and others in this one, agree."""
    expected = Session().solve(small()).objective
    found: list[float | None] = []

    def several() -> None:
        session = Session(brief=True)
        found.extend(session.solve(small()).objective for _ in range(3))

    callers = [threading.Thread(target=several) for _ in range(3)]
    for caller in callers:
        caller.start()
    several()
    for caller in callers:
        caller.join()
    assert found == [expected] * 12
    assert Session(threads=2).solve(small()).objective == pytest.approx(expected)


def test_the_limit_of_a_linear_program_does_not_count_what_ran_before() -> None:
    """HiGHS adds up the time of all its linear runs; ten of them must not use up the time of the next."""
    session = Session(algorithm="simplex")
    spent = sum(session.solve(wide(seed=seed)).seconds for seed in range(10))
    assert session.solve(wide(seed=10), time_limit=0.7 * spent).status == "optimal"
