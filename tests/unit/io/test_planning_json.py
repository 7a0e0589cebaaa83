"""netback-benchmark/1 files of planning: which become programs, and that their published answers come out."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from netback.errors import DataError
from netback.io.crude_selection import CrudeSelection, read_crude_selection
from netback.io.crude_selection_model import crude_selection_problem
from netback.io.json_file import Fields
from netback.io.planning_json import PlanningCase, planning_of, read_planning
from netback.program import highs, scip
from netback.program.certify import residuals
from netback.program.pooling.evaluate import evaluate
from netback.program.pooling.forms import pooling_problem
from shared import shared

#: Crude bought in kt, as published with its expected profit of 18,350.09 thousand dollars.
PUBLISHED = {"c2": 152.087, "c3": 201.296, "c4": 55.933, "c8": 164.549, "c10": 15.559}


def case(name: str) -> PlanningCase:
    return read_planning(shared(f"benchmarks/planning/{name}.json"))


def raw(name: str) -> Any:
    return json.loads(shared(f"benchmarks/planning/{name}.json").read_text())


@pytest.mark.parametrize(
    ("name", "value"), [("haverly_1", 400.0), ("haverly_2", 600.0), ("haverly_3", 750.0)]
)
def test_haverly(name: str, value: float) -> None:
    found = case(name)
    assert found.pooling is not None
    assert (found.sense, found.best_known) == ("max", value)
    model = pooling_problem(found.pooling, "pq")
    solved = scip.solve(model.problem, time_limit=20.0, gap=1e-7)
    assert solved.x is not None
    assert -evaluate(found.pooling, model.flows_of(solved.x)).objective == pytest.approx(value, rel=1e-6)


def test_adhya_has_its_two_pools() -> None:
    found = case("adhya_1")
    assert found.pooling is not None
    assert found.pooling.sizes == {
        "inputs": 5, "pools": 2, "outputs": 4, "qualities": 4, "arcs": 13, "pool_to_pool": 0
    }  # fmt: skip
    assert found.pooling.pool_capacity.tolist() == [75.0, 75.0]
    assert found.pooling.quality_upper[2].tolist() == [1.5, 5.5, 3.9, 0.8]


def test_netlib_blend_has_netlibs_value() -> None:
    found = case("netlib_blend")
    assert found.problem is not None
    assert highs.solve(found.problem).objective == pytest.approx(-30.812149845828, abs=1e-9)


def fixed_to(found: PlanningCase, purchases: dict[str, float], within: float = 5e-4) -> Any:
    assert found.problem is not None
    problem = found.problem
    low, high = problem.column_lower.copy(), problem.column_upper.copy()
    for crude in [key[0] for key in problem.block("crude").index.axes[0]]:
        kt, at, pick = (
            purchases.get(crude, 0.0),
            problem.block("crude").id(crude),
            problem.block("pick").id(crude),
        )
        low[at], high[at] = max(0.0, min(kt, high[at]) - within), min(high[at], kt + (within if kt else 0.0))
        low[pick] = high[pick] = float(kt > 0.0)
    return problem.with_(column_lower=low, column_upper=high)


def test_published_purchases_earn_the_published_profit() -> None:
    """With the purchases held each scenario is a program of its own; together they are a plan of the whole."""
    whole, value = fixed_to(case("crude_selection_5scen"), PUBLISHED), raw("crude_selection_5scen")
    x = np.zeros(whole.shape[1])
    for place, h in enumerate("12345"):
        alone = fixed_to(planning_of(alone_in(value, h)), PUBLISHED, within=0.0)
        solved = scip.solve(alone, time_limit=30.0, gap=1e-6)
        assert solved.x is not None
        for block in whole.column_blocks:
            ids, own = block.ids, alone.block(block.name).ids
            if "scenario" in block.index.dims:
                x[ids[..., place]] = solved.x[own[..., 0]]
            else:
                x[ids] = solved.x[own]
    assert residuals(whole, x).worst_primal[0] < 1e-6
    assert whole.objective @ x == pytest.approx(-18350.09, abs=0.2)


def alone_in(value: Any, h: str) -> Any:
    """The program of one of the scenarios, which is certain."""
    drawn = {key: {"1": value["data"]["scenarios"][key][h]} for key in ("sulphur_go", "vacuum_residue")}
    return {**value, "data": {**value["data"], "scenarios": {"prob": {"1": 1.0}, **drawn}}}


@pytest.mark.parametrize(
    ("name", "scenarios"), [("5scen", 5), ("20scen", 20), ("40scen", 40), ("120scen", 120)]
)
def test_crude_selection_grows_with_its_scenarios(name: str, scenarios: int) -> None:
    problem = case(f"crude_selection_{name}").problem
    assert problem is not None
    assert problem.shape[1] == 20 + 100 * scenarios
    assert len(problem.products) == 33 * scenarios
    assert int(problem.integer.sum()) == 10
    assert np.isfinite(problem.column_upper).all()


def test_one_scenario_bounds_what_five_can_earn_together() -> None:
    """Knowing the scenario is worth something: the mean of the five optima alone is no worse than the plan for all."""
    value = raw("crude_selection_5scen")
    total = 0.0
    for h in "12345":
        found = planning_of(alone_in(value, h)).problem
        assert found is not None
        solved = scip.solve(found, time_limit=20.0, gap=1e-4)
        assert solved.bound is not None
        total += 0.2 * solved.bound
    assert total <= -18350.0


@pytest.mark.parametrize("name", ["williams_refinery", "williams_food_1", "pike_refinery", "rtl_refinery"])
def test_programs_in_words_are_not_read(name: str) -> None:
    found = case(name)
    assert (found.problem, found.pooling) == (None, None)
    assert "told in words" in found.reason


def test_the_petrochemical_complex_is_a_program_and_its_flows_earn_the_published_profit() -> None:
    found = case("refinery_petrochemical_case1")
    assert found.problem is not None
    assert (found.problem.sense, len(found.problem.products)) == ("max", 1280)
    value = raw("refinery_petrochemical_case1")
    prices, costs = (value["data"]["parameters"][name]["values"] for name in ("c_P", "c_M"))
    expected = value["expected"]
    earned = [prices[stream] * flow for stream, flow in expected["published_product_flows_kt"].items()]
    spent = [-costs[stream] * flow for stream, flow in expected["published_raw_material_flows_kt"].items()]
    assert math.fsum(earned + spent) == pytest.approx(expected["objective"], abs=0.01)


def small(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "format": "netback-benchmark/1",
        "id": "small",
        "kind": "LP",
        "sense": "min",
        "data": {
            "rows_lower_upper": {"r": [1.0, None]},
            "columns": [{"name": "x", "cost": 2.0, "entries": {"r": 1.0}}],
            "column_bounds": "all >= 0",
        },
        "expected": {"objective": 2.0},
    }
    return {**value, **changes}


def test_a_small_matrix() -> None:
    found = planning_of(small())
    assert found.problem is not None
    assert highs.solve(found.problem).objective == 2.0


def test_a_layout_that_nobody_knows() -> None:
    assert planning_of(small(data={"x": 1}, kind="MILP")).reason.startswith("no program is known")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (small(format="x"), "f.json, format: is 'x'"),
        (small(sense=None), "f.json, sense: is None"),
        (small(id=""), "f.json, id: is empty"),
        (small(data=None), "f.json, data: is null where an object is needed"),
        (small(expected={"objective": "2"}), "f.json, expected.objective: is text"),
        (small(data={**small()["data"], "column_bounds": "free"}), "f.json, data.column_bounds: is 'free'"),
        (
            small(data={**small()["data"], "rows_lower_upper": {"r": [2, 1]}}),
            "f.json, data.rows_lower_upper.r: runs",
        ),
        (
            small(data={**small()["data"], "rows_lower_upper": {"r": 1}}),
            "f.json, data.rows_lower_upper.r: is not",
        ),
        (
            small(data={**small()["data"], "columns": [{"name": "x", "entries": {"q": 1}}]}),
            "f.json, data.columns[0].entries.q: there is no such row",
        ),
    ],
)
def test_faults(value: Any, fault: str) -> None:
    with pytest.raises(DataError) as raised:
        planning_of(value, "f.json")
    assert any(str(finding).startswith(fault) for finding in raised.value.findings), raised.value.findings


@pytest.mark.parametrize(
    ("way", "value", "fault"),
    [
        (("scalars", "CDU_capacity"), None, "data.scalars.CDU_capacity: is missing"),
        (("vectors", "RON", "3"), "x", "data.vectors.RON.3: is text"),
        (("tables", "Crude_yield", "4"), None, "data.tables.Crude_yield.4: is null"),
        (("scenarios", "prob", "2"), 0.9, "data.scenarios.prob: adds up to"),
        (("scenarios", "sulphur_go", "5"), None, "data.scenarios.sulphur_go.5: is null"),
        (("scenarios", "sulphur_go", "6"), {}, "data.scenarios.sulphur_go: has 1 scenarios more"),
        (("scenarios", "prob", "1"), -0.2, "data.scenarios.prob.1: -0.2 is not in 0 to 1"),
        (("scenarios", "prob"), {}, "data.scenarios.prob: is empty"),
        (("scenarios", "prob"), [0.2] * 5, "data.scenarios.prob: is a list"),
        (("scenarios", "vacuum_residue", "1", "3"), 1.7, "data.scenarios.vacuum_residue.1.3: 1.7 is not in"),
        (("vectors", "Crude_price"), {}, "data.vectors.Crude_price: is empty"),
        (
            ("vectors", "Crude_density", "2"),
            0.0,
            "data.vectors.Crude_density.2: 0.0 is not in numbers above 0",
        ),
        (("scalars", "CDU_capacity"), -5.0, "data.scalars.CDU_capacity: -5.0 is negative"),
        (("scalars", "Barrel_lower_bound"), 2e6, "data.scalars.Barrel_lower_bound: 2000000.0 is above"),
        (("scalars", "CGO_density"), 0.0, "data.scalars.CGO_density: 0.0 is not above 0"),
        (("tables", "Crude_yield", "1", "8"), 1.0, "data.tables.Crude_yield.1.8: is 1"),
        (("tables", "JPF_fraction", "3", "1"), 0.0, "data.tables.JPF_fraction.3.1: is 0"),
    ],
)
def test_faults_of_crude_selection(way: tuple[str, ...], value: Any, fault: str) -> None:
    made = raw("crude_selection_5scen")
    place = made["data"]
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    with pytest.raises(DataError) as raised:
        planning_of(made, "f.json")
    assert any(fault in str(finding) for finding in raised.value.findings), raised.value.findings


def numbers_of(scenarios: str) -> CrudeSelection:
    """The first scenarios of the published five, all as likely."""
    data = raw("crude_selection_5scen")["data"]
    drawn = {
        key: {h: data["scenarios"][key][h] for h in scenarios} for key in ("sulphur_go", "vacuum_residue")
    }
    data["scenarios"] = {"prob": dict.fromkeys(scenarios, 1.0 / len(scenarios)), **drawn}
    return read_crude_selection(data, Fields("f.json"))


def test_rows_of_whole_pools_are_redundant() -> None:
    """A plan of either form is a plan of the other with the same cost: they only tell a solver more."""
    tight = crude_selection_problem(numbers_of("1"), "tight")
    plain = crude_selection_problem(numbers_of("1"), "plain", whole_pools=False)
    solved = scip.solve(plain, time_limit=20.0, gap=1e-4)
    assert solved.x is not None
    x = np.zeros(tight.shape[1])
    for block in plain.column_blocks:
        x[tight.block(block.name).ids] = solved.x[block.ids]
    for name in ("lg", "cgo"):
        drawn = x[tight.block(f"{name}_drawn").ids]
        x[tight.block(f"{name}_whole").ids] = drawn.sum(axis=0)
    assert residuals(tight, x).worst_primal[0] < 1e-5
    assert float(tight.objective @ x) == pytest.approx(float(plain.objective @ solved.x))
