"""A point to begin with changes nothing but the time; one that breaks a row does no harm."""

from __future__ import annotations

import numpy as np
import pytest

from lifting_cases import wheat
from netback.planning.model import build_plan
from netback.program.highs import Session
from netback.program.separable import solve_separable


@pytest.mark.parametrize("seed", [0, 3])
def test_a_start_changes_no_answer(seed: int) -> None:
    problem = build_plan(wheat(seed)).problem
    first = solve_separable(problem)
    assert first.x is not None
    for start in (first.x, np.zeros(problem.shape[1]), np.full(problem.shape[1], 1e6)):
        assert solve_separable(problem, start=start).objective == pytest.approx(first.objective)
        assert Session().solve(problem, start=start).objective == pytest.approx(first.objective)


def test_a_linear_program_needs_none() -> None:
    problem = build_plan(wheat(1)).problem.with_(integer=False)
    first = Session().solve(problem)
    again = Session().solve(problem, start=np.zeros(problem.shape[1]))
    assert again.objective == pytest.approx(first.objective)
