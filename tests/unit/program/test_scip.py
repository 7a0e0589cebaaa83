"""The adapter to SCIP: known optima, starts, limits, and words that are not trusted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bounds"))

from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from program_cases import market_split

from netback.errors import ModelError
from netback.program import scip
from netback.program.certify import residuals


@pytest.mark.parametrize(("number", "optimum"), [(1, 400.0), (2, 600.0), (3, 750.0)])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_haverly(number, optimum, sense):
    problem = haverly(number, sense)
    raw = scip.solve(problem, time_limit=20.0)
    sign = 1.0 if sense == "max" else -1.0
    assert raw.status == "optimal"
    assert raw.objective == pytest.approx(sign * optimum, rel=1e-4)
    assert raw.bound == pytest.approx(sign * optimum, rel=1e-3)
    assert raw.solver.startswith("SCIP")
    assert residuals(problem, raw.x).worst_primal[0] <= 1e-5


@settings(max_examples=15)
@given(bilinear(integer=True))
def test_not_worse_than_a_grid(problem):
    points = feasible_grid(problem, 0.5)
    raw = scip.solve(problem, time_limit=5.0)
    if len(points) and raw.status == "optimal":
        best = best_of(problem, points)
        worse = raw.objective - best if problem.sense == "min" else best - raw.objective
        assert worse <= 1e-3 * max(1.0, abs(best))


def test_offset_bounds_and_empty_rows():
    problem = small("min", [1.0, 0.0], [0.5, -INF], [INF, INF], [([0.0, 0.0], [], -1.0, 1.0)], offset=2.0)
    assert scip.solve(problem).objective == pytest.approx(2.5)
    never = small("min", [1.0], 0.0, 1.0, [([0.0], [], 1.0, 2.0)])
    assert scip.solve(never).status == "infeasible"
    narrow = scip.solve(
        haverly(), lower=haverly().column_lower, upper=np.minimum(haverly().column_upper, 50.0)
    )
    assert narrow.objective >= -400.0


def test_infeasible_is_its_word_and_a_feasible_start_contradicts_it():
    rows = [([1.0], [], 2.0, INF)]
    raw = scip.solve(small("min", [1.0], 0.0, 1.0, rows))
    assert raw.status == "infeasible"
    assert "word alone" in raw.message
    problem = haverly()
    start = scip.solve(problem).x
    # Ranges that exclude everything stand in for a wrong word.
    raw = scip.solve(problem, start=start, lower=problem.column_upper, upper=problem.column_upper)
    assert raw.status == "failed"
    assert "It is wrong" in raw.message
    assert raw.bound is None


def test_unbounded_and_limits():
    open_end = small("max", [1.0], 0.0, INF, [([1.0], [], 0.0, INF)])
    assert scip.solve(open_end).status == "unbounded"
    hard = market_split()
    seen = []
    raw = scip.solve(hard, time_limit=0.5, progress=seen.append)
    assert raw.status == "time limit"
    assert seen
    assert scip.solve(hard, cancel=lambda: True).status == "interrupted"
    assert scip.solve(hard, node_limit=1).status in ("interrupted", "optimal")


def test_better_points_are_told():
    found = []
    scip.solve(haverly(), found=lambda x, value: found.append((x, value)))
    assert found
    assert found[-1][1] == pytest.approx(-400.0, rel=1e-4)
    assert found[-1][0].shape == (haverly().shape[1],)


def test_what_a_callback_raises_comes_back():
    def broken(_moment):
        raise KeyError("progress")

    with pytest.raises(KeyError):
        scip.solve(market_split(), progress=broken, time_limit=5.0)


def test_bad_arguments_are_findings():
    with pytest.raises(ModelError, match="start of shape"):
        scip.solve(haverly(), start=np.zeros(1))
    with pytest.raises(ModelError, match="upper of shape"):
        scip.solve(haverly(), upper=np.zeros(1))
    empty = small("min", [], 0.0, 1.0, [])
    with pytest.raises(ModelError, match="no columns"):
        scip.solve(empty)


def test_version_names_the_solver():
    assert scip.version().startswith("SCIP 1")
