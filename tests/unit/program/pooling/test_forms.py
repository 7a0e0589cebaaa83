"""Forms: the same optimum, starts from flows, root bounds, redundant rows, and what may not be asked."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pooling_cases import INF, cycle, haverly, instance_of, random_case

from netback.errors import ModelError
from netback.program import highs, scip
from netback.program.bounds.relax import mccormick
from netback.program.certify import objective_value, residuals
from netback.program.pooling.evaluate import evaluate
from netback.program.pooling.forms import FORMS, Form, pooling_problem
from netback.program.pooling.instance import PoolingInstance


def root_bound(instance: PoolingInstance, form: Form) -> float:
    found = highs.solve(mccormick(pooling_problem(instance, form).problem).linear, threads=1)
    if found.status == "unbounded":
        return -math.inf  # no bound at all is a bound that holds
    assert found.status == "optimal"
    assert found.objective is not None
    return found.objective


def best_on_grid(instance: PoolingInstance, steps: int = 40) -> float:
    """Optimum over pool shares on a grid, each with the linear program that is left; one pool, two inputs."""
    pool = instance.first_pool
    first, second = (int(a) for a in instance.entering[pool])
    best = math.inf
    for share in np.linspace(0.0, 1.0, steps + 1):
        model = pooling_problem(instance, "p")
        quality = share * instance.input_quality[0] + (1 - share) * instance.input_quality[1]
        problem = model.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        ids = problem.block("quality").ids[0]
        lower[ids] = upper[ids] = quality
        fixed = problem.with_(column_lower=lower, column_upper=upper)
        # With the quality fixed every product is a number times a flow, and its envelope is exact.
        found = highs.solve(mccormick(fixed).linear, threads=1)
        if found.x is not None and found.status == "optimal":
            flows = model.flows_of(found.x)
            total = flows[first] + flows[second]
            assert total == 0.0 or flows[first] == pytest.approx(share * total, abs=1e-6)
            best = min(best, float(found.objective or 0.0))
    return best


@pytest.mark.parametrize(("number", "optimum"), [(1, -400.0), (2, -600.0), (3, -750.0)])
@pytest.mark.parametrize("form", FORMS)
def test_haverly_has_its_published_optimum_in_every_form(number: int, optimum: float, form: Form) -> None:
    model = pooling_problem(haverly(number), form)
    found = scip.solve(model.problem, time_limit=20.0, gap=1e-7)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(optimum, rel=1e-6)
    assert found.x is not None
    checked = evaluate(model.instance, model.flows_of(found.x))
    assert checked.objective == pytest.approx(optimum, rel=1e-6)
    assert checked.worst < 1e-6


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_grid_of_shares_finds_haverlys_optima(number: int) -> None:
    """Shares of the optima are 0, 1 and one quarter, which are on the grid."""
    assert best_on_grid(haverly(number)) == pytest.approx({1: -400.0, 2: -600.0, 3: -750.0}[number], abs=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_a_cycle_has_one_optimum(form: Form) -> None:
    found = scip.solve(pooling_problem(cycle(), form).problem, time_limit=20.0, gap=1e-7)
    # The limits allow three quarters of a, p has room for 60 of it: 100 (5 - 0.6 * 1 - 0.4 * 2) = 360.
    assert found.objective == pytest.approx(-360.0, rel=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_feasible_flows_give_a_feasible_start_in_every_form(seed: int) -> None:
    instance, flows = random_case(seed)
    checked = evaluate(instance, flows)
    assert checked.worst < 1e-9
    for form in FORMS:
        model = pooling_problem(instance, form)
        start = model.start_of(flows)
        found = residuals(model.problem, start)
        assert found.worst_primal[0] < 1e-9, (form, found)
        assert np.array_equal(model.flows_of(start), flows)
        assert objective_value(model.problem, start) == pytest.approx(checked.objective, rel=1e-9, abs=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_relaxations_bound_every_feasible_plan_and_shares_bound_better_than_qualities(seed: int) -> None:
    instance, flows = random_case(seed)
    if not np.isfinite(instance.supply_upper).all():
        return
    value = evaluate(instance, flows).objective
    slack = 1e-6 * max(1.0, abs(value))
    bound = {form: root_bound(instance, form) for form in FORMS}
    assert max(bound.values()) <= value + slack
    assert bound["pq"] >= bound["p"] - slack
    # A column for each part has a bound of its own, which supply makes tighter than the product's range.
    assert bound["source"] >= bound["pq"] - slack
    assert bound["stp"] >= max(bound["source"], bound["tp"]) - slack


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_flows_that_break_a_rule_break_a_row(seed: int) -> None:
    """The forms leave out only what no mix can break, so that a bad plan is bad in every form."""
    instance, flows = random_case(seed)
    rng = np.random.default_rng(seed)
    bad = flows * rng.uniform(0.0, 3.0, len(flows))
    if evaluate(instance, bad).worst < 1e-3:
        return
    for form in FORMS:
        model = pooling_problem(instance, form)
        assert residuals(model.problem, model.start_of(bad)).worst_primal[0] > 1e-7


def test_columns_and_products_of_haverly() -> None:
    """One pool, two inputs, two outputs: one quality or two shares, and two by two products."""
    sizes = {form: pooling_problem(haverly(), form).problem for form in FORMS}
    assert {form: problem.shape[1] for form, problem in sizes.items()} == {
        "p": 7,
        "pq": 8,
        "source": 12,
        "tp": 12,
        "stp": 14,
    }
    assert {form: len(problem.products) for form, problem in sizes.items() if form != "pq"} == {
        "p": 4,
        "source": 4,
        "tp": 4,
        "stp": 8,
    }
    pairs = {
        (int(a), int(b))
        for a, b in zip(sizes["pq"].products.columns_a, sizes["pq"].products.columns_b, strict=True)
    }
    assert len(pairs) == 4
    assert all(problem.sense == "min" for problem in sizes.values())


def test_labels_say_what_rows_and_columns_are() -> None:
    problem = pooling_problem(haverly(), "source").problem
    columns = [problem.column_label(j) for j in range(problem.shape[1])]
    assert columns[:2] == ["flow[a,p]", "flow[b,p]"]
    assert "share_by_input[p,a]" in columns
    assert "part_by_input[p,x,a]" in columns
    rows = {problem.row_label(i).partition("[")[0] for i in range(problem.shape[0])}
    assert rows >= {"demand", "balance", "share_sum_by_input", "part_sum_by_input", "quality_max"}


def test_redundant_rows_tighten_adhyas_bound() -> None:
    """Without the sum of shares times the flow the relaxation of Haverly 3 by shares is weaker."""
    problem = pooling_problem(haverly(3), "source").problem
    rows = problem.block("part_sum_by_input").ids.ravel()
    low, high = problem.row_lower.copy(), problem.row_upper.copy()
    low[rows], high[rows] = -INF, INF
    without = highs.solve(mccormick(problem.with_(row_lower=low, row_upper=high)).linear).objective
    assert without is not None
    assert without <= root_bound(haverly(3), "source") + 1e-9


def test_limits_that_no_mix_can_break_have_no_row() -> None:
    base = haverly()
    wide = base.with_(quality_upper=np.array([[3.0], [1.5]]))
    index = pooling_problem(wide, "p").problem.block("quality_max").index
    assert index.axes == ((("y", "q0"),),)


def test_a_pool_without_inputs_carries_nothing() -> None:
    made = instance_of(
        [("a", "x"), ("p", "x"), ("p", "r"), ("r", "p")],
        {"a": (1.0, [1.0])},
        {"x": (5.0, 10.0, [2.0])},
        {"p": 5.0, "r": 5.0},
    )
    for form in FORMS:
        found = scip.solve(pooling_problem(made, form).problem, time_limit=10.0)
        assert found.objective == pytest.approx(-40.0, rel=1e-6)
        assert found.x is not None
        assert found.x[1] == pytest.approx(0.0, abs=1e-6)


def test_a_share_is_limited() -> None:
    limits = np.full(6, INF)
    limits[0] = 0.2
    limited = haverly(2).with_(arc_fraction_upper=limits)
    values = [scip.solve(pooling_problem(limited, form).problem, time_limit=10.0, gap=1e-7) for form in FORMS]
    assert values[0].objective is not None
    assert values[0].objective > -600.0 + 1e-3
    for one, other in itertools.pairwise(values):
        assert one.objective == pytest.approx(other.objective, rel=1e-5, abs=1e-5)


def test_bounds_that_contradict_each_other_stay_for_the_rows_to_show() -> None:
    lower = np.zeros(6)
    lower[4] = 150.0
    model = pooling_problem(haverly().with_(arc_lower=lower), "source")
    assert scip.solve(model.problem, time_limit=10.0).status == "infeasible"


def test_an_unknown_form_is_named_with_the_closest() -> None:
    with pytest.raises(ModelError, match=r'none of p, pq, source, tp, stp\. Closest name: "source"'):
        pooling_problem(haverly(), "sources")  # type: ignore[arg-type]


@pytest.mark.parametrize("flows", [np.zeros(5), np.full(6, np.nan)])
def test_a_start_needs_finite_flows_of_every_arc(flows: np.ndarray) -> None:
    with pytest.raises(ModelError, match="6 finite ones are needed"):
        pooling_problem(haverly(), "pq").start_of(flows)
