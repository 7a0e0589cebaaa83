"""All exact forms of a pooled plan have the same optimum; recursion is never better, segregated never worse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.planning.mixes import Loose, completed, held, mixes
from netback.planning.model import build_plan
from netback.planning.solve import Plan, plan
from netback.program.certify import residuals
from netback.program.highs import solve
from netback.refinery.pool_forms import EXACT_FORMS
from pool_cases import HAVERLY, haverly, in_a_row, over_time, passed_on, with_deltas
from properties.random_plants import Plant, plants
from tiny import periods, rows

GAP = 1e-6


def proven(case: Case, form: str) -> Plan:
    found = plan(case, pooling=form, gap=GAP, time_limit=30)
    assert found.certificate.word == "proven", (form, found.certificate)
    return found


def value_of(found: Plan) -> float:
    assert found.certificate.value is not None
    return found.certificate.value


def checked(case: Case, forms: tuple[str, ...] = EXACT_FORMS) -> dict[str, Plan]:
    """The plans of all forms, after every check that must hold between the forms: they share one optimum."""
    plans = {form: proven(case, form) for form in forms}
    values = {form: value_of(found) for form, found in plans.items()}
    best = values["exact"]
    size = max(1.0, abs(best))
    for form, value in values.items():
        assert value == pytest.approx(best, abs=3.0 * GAP * size), (form, values)
    assert value_of(proven(case, "segregated")) >= best - 2.0 * GAP * size
    local = plan(case, pooling="recursion")
    assert local.solved, local.certificate
    assert local.certificate.value is not None
    assert local.certificate.value <= best + 2.0 * GAP * size
    assert local.certificate.bound is not None
    assert local.certificate.bound >= best - 2.0 * GAP * size
    return plans


def users_agree(made: Plan) -> None:
    """Every user of a pool takes the same mix, as far as it matters, whatever the form wrote."""
    for pool in made.model.pools:
        flows = np.stack([made.x[columns] for columns in pool.users.values()])
        for quality in pool.matter.qualities:
            for period in range(flows.shape[2]):
                taken = flows[:, :, period]
                whole = taken.sum(axis=1)
                some = whole > 1e-6
                values = (taken @ quality.weights)[some] / whole[some]
                assert np.ptp(values) <= 1e-5 * max(1.0, np.abs(values).max()) if some.any() else True


@pytest.mark.parametrize(("changes", "best"), HAVERLY)
def test_haverly_in_every_form(changes: dict[str, float], best: float) -> None:
    assert value_of(checked(haverly(**changes))["exact"]) == pytest.approx(best, rel=1e-5)


STRUCTURES = {
    "in_a_row": in_a_row(),
    "over_time": over_time(),
    "deltas": with_deltas(),
    "passed_on": passed_on(),
    "passed_on_into_a_tank": passed_on(inventories=rows("stream max closing_value", "clean 50 3")),
}


@pytest.mark.parametrize("case", STRUCTURES.values(), ids=STRUCTURES)
def test_structures_in_every_form(case: Case) -> None:
    plans = checked(case)
    assert value_of(plans["exact"]) > 0.0
    for found in plans.values():
        users_agree(found)


def test_shares_pass_on_where_yields_are_even() -> None:
    names = {block.name for block in build_plan(passed_on(), "source").problem.row_blocks}
    assert "pool_pass_clean" in names
    kept = build_plan(STRUCTURES["passed_on_into_a_tank"], "source").problem
    assert "pool_pass_clean" in {block.name for block in kept.row_blocks}
    two_days = passed_on(periods=periods(one=1, two=1), inventories=rows("stream max", "clean 50"))
    carried = {block.name for block in build_plan(two_days, "source").problem.row_blocks}
    assert "pool_pass_clean" not in carried


def test_the_plan_of_one_form_is_a_plan_of_every_other() -> None:
    """Columns of a form follow from the flows; nothing but the flows is a choice."""
    case = over_time()
    flows = plan(case, pooling="source", gap=GAP)
    shared = [block for block in flows.model.problem.column_blocks if not block.name.startswith("pool_")]
    for form in EXACT_FORMS:
        model = build_plan(case, form)
        x = np.zeros(model.problem.shape[1])
        for block in shared:
            x[model.problem.block(block.name).ids] = flows.x[block.ids]
        found = residuals(model.problem, completed(model, x))
        assert found.worst_primal[0] < 1e-6, (form, found)


def with_pools(plant: Plant) -> Case:
    """The plant with its light and heavy streams in one tank each."""
    return plant.case(pools=rows("stream", "light", "heavy"))


@settings(max_examples=6)
@given(plants(most_periods=2), st.sampled_from(["p", "pq", "terminal", "stp"]))
def test_random_plants(plant: Plant, form: str) -> None:
    checked(with_pools(plant), ("exact", "source", form))


@settings(max_examples=6)
@given(plants(most_periods=2), st.integers(0, 2**31))
def test_no_mix_beats_the_proven_plan(plant: Plant, seed: int) -> None:
    """Random mixes held, each a linear program of its own: none is better than what was proven best."""
    model = build_plan(with_pools(plant), "exact")
    best = value_of(proven(with_pools(plant), "exact"))
    if not model.pools:
        return
    loose = Loose.of(model)
    free = solve(loose.problem)
    assert free.x is not None
    draw = np.random.default_rng(seed)
    for _ in range(5):
        chosen = []
        for mix in mixes(model.pools, free.x):
            share = draw.dirichlet(np.ones(mix.share.shape[0]), size=mix.share.shape[1]).T
            chosen.append(type(mix)(mix.pool, share, mix.split, mix.whole))
        raw = solve(held(loose, chosen))
        if raw.objective is not None and raw.status == "optimal":
            assert raw.objective <= best + 3.0 * GAP * max(1.0, abs(best))
