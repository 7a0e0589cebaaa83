"""Recursion and the ranges of draws: passes are first-order expansions, plans keep their rows, ranges lose no plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netback.planning.mixes import Loose, Mix, completed, distributed, held, mixes
from netback.planning.model import Model, build_plan
from netback.planning.recursion import Recursion
from netback.planning.solve import plan
from netback.planning.throughput import narrowed
from netback.program.certify import residuals
from netback.program.highs import Session, solve
from netback.program.problem import FloatArray, Problem
from netback.program.solution import RawSolution
from pool_cases import HAVERLY, haverly, in_a_row, over_time, with_deltas
from tiny import rows

CASES = {"haverly": haverly(), "in_a_row": in_a_row(), "over_time": over_time(), "with_deltas": with_deltas()}


@pytest.fixture(params=list(CASES))
def solved(request: pytest.FixtureRequest) -> tuple[Model, FloatArray, float]:
    made = plan(CASES[request.param], pooling="source", gap=1e-6)
    assert made.certificate.word == "proven"
    assert made.certificate.value is not None
    return made.model, made.x, made.certificate.value


def test_holding_the_mix_of_the_best_plan_finds_the_best_plan(
    solved: tuple[Model, FloatArray, float],
) -> None:
    model, x, best = solved
    raw = solve(held(Loose.of(model), mixes(model.pools, x)))
    assert raw.objective == pytest.approx(best, rel=1e-5)
    found = residuals(model.problem, completed(model, raw.x[: model.problem.shape[1]]))
    assert found.worst_primal[0] < 1e-7


def test_a_pass_without_reach_is_the_plan_held(solved: tuple[Model, FloatArray, float]) -> None:
    """With a reach of nothing the error is nothing, and what is distributed is the mix itself."""
    model, x, _ = solved
    loose, chosen = Loose.of(model), mixes(model.pools, x)
    still, passed = solve(held(loose, chosen)), solve(distributed(loose, chosen, 0.0))
    assert passed.objective == pytest.approx(still.objective, rel=1e-6, abs=1e-6)


def test_a_wider_reach_promises_no_less(solved: tuple[Model, FloatArray, float]) -> None:
    model, x, _ = solved
    loose, chosen = Loose.of(model), mixes(model.pools, x)
    promised = [solve(distributed(loose, chosen, reach)).objective for reach in (0.0, 0.1, 1.0)]
    assert promised[1] >= promised[0] - 1e-6 * abs(promised[0])
    assert promised[2] >= promised[1] - 1e-6 * abs(promised[1])


def test_the_rows_of_a_pass_are_the_expansion_at_the_guess() -> None:
    """flow(g, u) = share0 D(u) + split0(u) error(g), at flows drawn at random."""
    model = build_plan(haverly(), "source")
    loose = Loose.of(model)
    (pool,) = model.pools
    share, split = np.array([[0.3], [0.7]]), np.array([[0.25], [0.75]])
    problem = distributed(loose, [Mix(pool, share, split, np.ones(1))], 1.0)
    first, columns = loose.problem.shape
    draw = np.random.default_rng(7)
    x = np.zeros(problem.shape[1])
    flows = draw.uniform(0.0, 50.0, size=(2, 2))
    for user, ids in enumerate(pool.users.values()):
        x[ids[:, 0]] = flows[user]
    x[:columns] = completed(model, x[:columns])
    error = flows[:, 0].sum() - 0.3 * flows.sum()
    x[columns] = error
    activity = np.asarray(problem.matrix @ x)[first:]
    wanted = [flows[user, 0] - 0.3 * flows[user].sum() - split[user, 0] * error for user in range(2)]
    assert activity[0] == pytest.approx(0.0, abs=1e-9)
    assert activity[1:3] == pytest.approx(wanted)


def test_missing_the_mix_at_a_price_always_has_a_plan() -> None:
    """With 200 of Y to be sold and a mix of pure A held, no plan keeps the mix; at a price there is one."""
    sales = rows("sale stream price min max", "X X 9 0 100", "Y Y 15 200 200")
    model = build_plan(haverly(sales=sales), "source")
    loose = Loose.of(model)
    (pool,) = model.pools
    pure = [Mix(pool, np.array([[1.0], [0.0]]), np.array([[0.5], [0.5]]), np.ones(1))]
    assert solve(distributed(loose, pure, 0.0)).status == "infeasible"
    assert solve(distributed(loose, pure, 0.0, price=5.0)).status == "optimal"


@pytest.mark.parametrize(("changes", "best"), HAVERLY)
def test_recursion_finds_plans_that_keep_every_row(changes: dict[str, float], best: float) -> None:
    model = build_plan(haverly(**changes), "exact")
    run = Recursion(model, 10.0)
    run.go()
    assert run.best.x is not None
    assert residuals(model.problem, run.best.x).worst_primal[0] < 1e-7
    assert run.best.value <= best + 1e-6
    assert run.segregated_bound is not None
    assert run.segregated_bound >= best


def test_it_can_be_stopped_at_once() -> None:
    run = Recursion(build_plan(over_time(), "exact"), 10.0, cancel=lambda: True)
    run.go()
    assert run.cancelled
    assert run.best.passes == 0


def test_parts_of_a_plant_are_found() -> None:
    model = build_plan(in_a_row(), "exact")
    assert Recursion(model, 1.0)._parts() == [[0, 1]]


@pytest.mark.parametrize("form", ["source", "terminal", "exact"])
def test_narrowed_draws_keep_the_best_plan(form: str) -> None:
    for case in CASES.values():
        made = plan(case, pooling=form, gap=1e-6)
        assert made.certificate.value is not None
        run = Recursion(made.model, 10.0)
        run.go()
        for known in (None, run.best.x):
            problem = narrowed(made.model, known, 10.0)
            inside = np.clip(made.x, problem.column_lower, problem.column_upper)
            size = np.maximum(1.0, np.abs(made.x))
            assert np.abs(inside - made.x).max() <= 1e-6 * size.max()
            if known is not None:
                assert (known >= problem.column_lower - 1e-9).all()
                assert (known <= problem.column_upper + 1e-9).all()


def test_ctrl_c_in_a_solver_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS takes Ctrl-C itself and says "interrupted": the recursion must hear it."""
    run = Recursion(build_plan(haverly(), "exact"), 10.0)
    real = Session.solve

    def interrupted(self: Session, problem: Problem, **named: Any) -> RawSolution:
        return replace(real(self, problem, **named), status="interrupted")

    monkeypatch.setattr(Session, "solve", interrupted)
    run.go()
    assert run.cancelled
    assert run.best.passes == 0


def test_one_period_or_one_pool_is_freed_while_the_others_keep_their_mix() -> None:
    made = plan(over_time(), pooling="source", gap=1e-6)
    loose, (mix,) = Loose.of(made.model), mixes(made.model.pools, made.x)
    even = replace(mix, share=np.full_like(mix.share, 0.5))
    passed = solve(distributed(loose, [even], 1.0, only=1))
    assert passed.x is not None
    (found,) = mixes(made.model.pools, passed.x)
    if found.full[0]:
        assert found.share[:, 0] == pytest.approx(0.5, abs=1e-7)
    still = solve(distributed(loose, [], 1.0, keep=[even]))
    assert still.objective == pytest.approx(solve(held(loose, [even])).objective, abs=1e-6)
    assert passed.objective >= still.objective - 1e-6
