"""The farthest point and points kept apart, against every pattern of sides solved one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.optimize import linprog

from netback.program.builder import Builder
from netback.program.distance import Amounts, apart, farthest, with_floor
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.problem import FloatArray, Problem


def box(seed: int, columns: int = 4, rows: int = 3) -> Problem:
    """A random bounded maximisation that the origin meets."""
    random = np.random.default_rng(seed)
    builder = Builder("box", "max")
    x = builder.variables("x", Index.of("k", [str(k) for k in range(columns)]), upper=5.0)
    builder.add_costs(x.ids, random.integers(-3, 6, columns).astype(float))
    limits = builder.constraints(
        "limit",
        Index.of("r", [str(k) for k in range(rows)]),
        upper=random.integers(4, 12, rows).astype(float),
    )
    for row in range(rows):
        builder.add_terms(
            np.full(columns, limits.start + row), x.ids, random.integers(0, 3, columns).astype(float)
        )
    return builder.build()


def single(columns: int) -> Amounts:
    """Every column is an amount of its own."""
    return Amounts(
        sparse.csr_array(sparse.eye_array(columns)),
        np.zeros(columns),
        np.full(columns, 5.0),
        np.arange(1.0, columns + 1.0),
    )


def farthest_by_sides(problem: Problem, amounts: Amounts, point: FloatArray) -> float:
    """Greatest weighted distance: one linear program for each pattern of sides."""
    best = -np.inf
    for signs in itertools.product((-1.0, 1.0), repeat=len(point)):
        weights = amounts.weights * np.array(signs)
        found = linprog(
            -weights,
            A_ub=problem.matrix.toarray(),
            b_ub=problem.row_upper,
            bounds=list(zip(problem.column_lower, problem.column_upper, strict=True)),
        )
        best = max(best, float(-found.fun - weights @ point))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_farthest_is_the_best_of_all_patterns_of_sides(seed: int) -> None:
    problem, amounts = box(seed), single(4)
    point = solve(problem).x
    assert point is not None
    raw = solve(farthest(problem, amounts, [point]))
    assert raw.x is not None
    assert raw.x[-1] == pytest.approx(farthest_by_sides(problem, amounts, point), abs=1e-6)
    assert amounts.distance(raw.x, point) == pytest.approx(raw.x[-1], abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_of_several_points_counts(seed: int) -> None:
    problem, amounts = box(seed), single(4)
    points = [np.zeros(4), solve(problem).x]
    raw = solve(farthest(problem, amounts, points))  # type: ignore[arg-type]
    assert raw.x is not None
    nearest = min(amounts.distance(raw.x, point) for point in points if point is not None)
    assert raw.x[-1] == pytest.approx(nearest, abs=1e-6)
    random = np.random.default_rng(seed)
    for _ in range(200):
        other = random.uniform(0.0, 5.0, 4)
        if (problem.matrix @ other <= problem.row_upper).all():
            tried = min(amounts.distance(other, point) for point in points if point is not None)
            assert tried <= raw.x[-1] + 1e-6


def test_a_floor_keeps_the_objective() -> None:
    problem = box(1)
    best = solve(problem).objective
    assert best is not None
    assert best > 1.0
    floored = with_floor(problem, best - 1.0)
    raw = solve(floored.with_(objective=-floored.objective))
    assert raw.x is not None
    assert problem.objective @ raw.x == pytest.approx(best - 1.0)


def test_apart_is_the_best_of_what_is_far_enough() -> None:
    problem, amounts = box(2), single(4)
    best = solve(problem)
    assert best.x is not None
    assert best.objective is not None
    previous = best.objective
    for least in (0.5, 2.0, 5.0):
        raw = solve(apart(problem, amounts, [best.x], least))
        assert raw.x is not None
        assert raw.objective is not None
        assert amounts.distance(raw.x, best.x) >= least - 1e-6
        assert raw.objective <= previous + 1e-9
        previous = raw.objective


def test_what_cannot_be_so_far_is_infeasible() -> None:
    problem, amounts = box(2), single(4)
    most = farthest_by_sides(problem, amounts, np.zeros(4))
    assert solve(apart(problem, amounts, [np.zeros(4)], most + 1.0)).status == "infeasible"
    assert solve(apart(problem, amounts, [np.zeros(4)], most - 1e-3)).status == "optimal"
