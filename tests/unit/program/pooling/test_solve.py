"""Solving an instance: Haverly's optima, points carried between forms, and bad arguments."""

from __future__ import annotations

import numpy as np
import pytest
from pooling_cases import cycle, haverly, random_bipartite, random_case, small_network
from scipy.optimize import linprog

from netback.errors import ModelError
from netback.io.pooling_json import read_pooling
from netback.program.certify import residuals
from netback.program.form import Form as OtherForm
from netback.program.pooling import solve
from netback.program.pooling.forms import FORMS, Form, PoolingModel, pooling_problem
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.solve import as_other, solve_pooling
from shared import shared


@pytest.mark.parametrize(("number", "optimum"), [(1, -400.0), (2, -600.0), (3, -750.0)])
def test_haverly_is_proven(number: int, optimum: float) -> None:
    found = solve_pooling(haverly(number), time_limit=20.0)
    assert found.certificate.word == "proven"
    assert found.evaluation is not None
    assert found.evaluation.objective == pytest.approx(optimum, rel=1e-4)
    assert found.evaluation.worst < 1e-6
    assert found.certificate.bound is not None
    assert found.certificate.bound <= optimum + 1e-6


def test_a_cycle_is_proven() -> None:
    found = solve_pooling(cycle(), time_limit=20.0)
    assert found.certificate.word == "proven"
    assert found.certificate.value == pytest.approx(-360.0, rel=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_points_go_to_the_other_form_and_back(seed: int) -> None:
    instance, flows = random_case(seed)
    main, other = pooling_problem(instance, "source"), pooling_problem(instance, "tp")
    form = as_other(main, other)
    there = form.from_main(main.start_of(flows))
    assert residuals(other.problem, there).worst_primal[0] < 1e-9
    back = form.to_main(there)
    assert np.array_equal(main.flows_of(back), flows)


@pytest.mark.parametrize("seed", range(6))
def test_no_known_plan_beats_the_bound(seed: int) -> None:
    instance, flows = random_case(seed)
    found = solve_pooling(instance, time_limit=1.0)
    known = float(instance.cost_of_flow @ flows)
    assert found.certificate.word in ("proven", "feasible")
    assert found.certificate.bound is None or found.certificate.bound <= known + 1e-6 * max(1.0, abs(known))


@pytest.mark.parametrize(
    "argument", [{"gap": 0.0}, {"gap": 2.0}, {"time_limit": -1.0}, {"time_limit": float("nan")}]
)
def test_bad_arguments(argument: dict[str, float]) -> None:
    with pytest.raises(ModelError):
        solve_pooling(haverly(), **argument)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_all_forms_prove_the_same_optimum(seed: int) -> None:
    instance = small_network(seed, inputs=4, outputs=3)
    found = {form: solve_pooling(instance, form=form, time_limit=10.0) for form in (None, *FORMS)}
    assert {one.certificate.word for one in found.values()} == {"proven"}
    values = [one.evaluation.objective for one in found.values() if one.evaluation is not None]
    assert len(values) == 6
    assert max(values) - min(values) <= 2e-4 * max(1.0, abs(min(values)))
    bounds = [one.certificate.bound for one in found.values()]
    assert max(bound for bound in bounds if bound is not None) <= min(values) + 1e-6


@pytest.mark.parametrize("form", FORMS)
def test_a_form_asked_for_is_the_one_that_is_solved(form: Form) -> None:
    found = solve_pooling(haverly(), form=form, time_limit=20.0)
    assert found.model.form == form
    assert found.certificate.word == "proven"
    assert found.certificate.value == pytest.approx(-400.0, rel=1e-4)


def best_with(instance: PoolingInstance, share: float) -> float:
    """Least cost where the first input is this share of the one pool; written from the instance, without the forms."""
    pool, last = instance.first_pool, instance.first_output
    mixed = share * instance.input_quality[0] + (1.0 - share) * instance.input_quality[1]
    price = share * instance.input_cost[0] + (1.0 - share) * instance.input_cost[1]
    out = np.flatnonzero(instance.arc_head >= last)
    from_pool = instance.arc_tail[out] == pool
    quality = np.where(
        from_pool[:, None], mixed, instance.input_quality[np.minimum(instance.arc_tail[out], pool - 1)]
    )
    cost = np.where(from_pool, price, instance.input_cost[np.minimum(instance.arc_tail[out], pool - 1)])
    ends = instance.arc_head[out] - last
    rows, sides = [from_pool.astype(float)], [float(instance.pool_capacity[0])]
    for j in range(len(instance.outputs)):
        here = (ends == j).astype(float)
        rows.append(here)
        sides.append(float(instance.demand_upper[j]))
        for k in range(len(instance.qualities)):
            rows.append(here * (quality[:, k] - instance.quality_upper[j, k]))
            sides.append(0.0)
    found = linprog(cost - instance.output_price[ends], A_ub=np.array(rows), b_ub=sides, method="highs")
    return float(found.fun)


@pytest.mark.parametrize("seed", range(8))
def test_the_proven_optimum_is_that_of_a_fine_grid_of_recipes(seed: int) -> None:
    instance = small_network(seed, inputs=3, outputs=3)
    coarse = {share: best_with(instance, share) for share in np.linspace(0.0, 1.0, 41)}
    near = sorted(coarse, key=coarse.__getitem__)[:2]
    fine = [share + k / 400.0 for share in near for k in range(-9, 10) if 0.0 <= share + k / 400.0 <= 1.0]
    grid = min(*coarse.values(), *(best_with(instance, share) for share in fine))
    found = solve_pooling(instance, time_limit=10.0)
    assert found.certificate.word == "proven"
    assert found.certificate.bound is not None
    assert found.evaluation is not None
    slack = 1e-6 * max(1.0, abs(grid))
    assert found.certificate.bound <= grid + slack
    assert found.evaluation.objective <= grid + 1e-4 * max(1.0, abs(grid))
    # A share off the grid is at most 1/800 from one on it; costs and limits are of the order of ten.
    assert found.evaluation.objective >= grid - 0.02 * max(1.0, abs(grid))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("limit", [0.0, 0.05, 0.5])
def test_no_lie_however_short_the_time(seed: int, limit: float) -> None:
    instance, flows = random_bipartite(seed)
    known = float(instance.cost_of_flow @ flows)
    found = solve_pooling(instance, time_limit=limit, seed=seed)
    slack = 1e-6 * max(1.0, abs(known))
    assert found.certificate.word in ("proven", "feasible", "not solved")
    assert found.certificate.bound is None or found.certificate.bound <= known + slack
    if found.evaluation is not None:
        assert found.evaluation.worst <= 1e-6
    if found.certificate.word == "proven":
        assert found.evaluation is not None
        assert found.evaluation.objective <= known + 1e-4 * max(1.0, abs(known)) + slack


def test_a_large_network_has_a_bound_and_a_plan_from_its_own_ways() -> None:
    """Thousands of products: the blending relaxation or that of products bounds, recipes make the plan."""
    instance = read_pooling(shared("benchmarks/pooling/sppB0.json"))
    found = solve_pooling(instance, time_limit=30.0, gap=0.4)
    assert found.certificate.word == "proven"
    assert "re-evaluated with directed rounding" in found.certificate.bound_by
    assert found.raw.solver.startswith("recipes")
    assert found.evaluation is not None
    assert found.evaluation.worst < 1e-6
    # No worse than the blending relaxation, to rounding; nothing may be above the least cost known.
    assert found.certificate.bound >= -45466.5402 * (1.0 + 1e-6)
    assert found.evaluation.objective >= found.certificate.bound


def test_many_paths_are_bounded_in_the_form_by_inputs_and_outputs_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance = small_network(3, inputs=3, outputs=3)
    few = solve_pooling(instance, time_limit=10.0)
    tried: list[str] = []

    def noted(main: PoolingModel, other: PoolingModel) -> OtherForm:
        tried.append(other.form)
        return as_other(main, other)

    monkeypatch.setattr(solve, "WORTH_LAZY", 5)
    monkeypatch.setattr(solve, "as_other", noted)
    many = solve_pooling(instance, time_limit=10.0)
    assert tried == ["stp"]
    assert many.certificate.word == "proven"
    assert many.evaluation is not None
    assert few.evaluation is not None
    assert many.evaluation.objective == pytest.approx(few.evaluation.objective, rel=1e-4)
