"""Constructive starts of pooling models."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netback.io.pooling_json import read_pooling
from netback.program.certify import residuals
from netback.program.local.live import Clock
from netback.program.local.pooling_starts import (
    candidate_start,
    closed_start,
    pooling_search,
    pooling_starts,
    relaxed_start,
)
from netback.program.pooling.evaluate import evaluate
from netback.program.pooling.forms import FORMS, PoolingModel, pooling_problem
from netback.program.problem import FloatArray
from shared import shared


def model_of(name: str, form: str = "pq") -> PoolingModel:
    return pooling_problem(read_pooling(shared(f"benchmarks/pooling/{name}.json")), form)  # type: ignore[arg-type]


def is_consistent(model: PoolingModel, x: FloatArray) -> bool:
    return bool(np.array_equal(model.start_of(model.flows_of(x)), x))


@pytest.mark.parametrize("form", FORMS)
def test_starts_are_full_points_made_from_flows(form: str) -> None:
    model = model_of("Haverly1", form)
    starts = pooling_starts(model, 5, 3, Clock())
    assert starts
    assert all(start.shape == (model.problem.shape[1],) for start in starts)
    assert all(is_consistent(model, start) for start in starts)


def test_same_seed_same_starts() -> None:
    model = model_of("Adhya4")
    first, second, other = (pooling_starts(model, 4, seed, Clock()) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_candidates_keep_supply_capacity_and_demand() -> None:
    model = model_of("Adhya4")
    instance = model.instance
    start = candidate_start(model, Clock(), np.random.default_rng(2))
    assert start is not None
    flows = model.flows_of(start)
    drawn = np.bincount(instance.arc_tail, weights=flows, minlength=len(instance.nodes))
    taken = np.bincount(instance.arc_head, weights=flows, minlength=len(instance.nodes))
    first, last = instance.first_pool, instance.first_output
    assert (drawn[:first] <= instance.supply_upper + 1e-6).all()
    assert (taken[first:last] <= instance.pool_capacity + 1e-6).all()
    assert (taken[last:] <= instance.demand_upper + 1e-6).all()
    np.testing.assert_allclose(drawn[first:last], taken[first:last], atol=1e-6)


def test_a_closed_pool_carries_nothing() -> None:
    model = model_of("gppA1")
    start = relaxed_start(model, Clock())
    assert start is not None
    flows = model.flows_of(closed_start(model, start, 1))
    node = model.instance.first_pool + 1
    at = (model.instance.arc_tail == node) | (model.instance.arc_head == node)
    assert flows[at].sum() == 0.0


@pytest.mark.parametrize(
    ("name", "form", "value"),
    [
        ("Haverly1", "pq", -400.0),
        ("Haverly3", "source", -750.0),
        ("Bental4", "tp", -450.0),
        ("Foulds2", "p", -1100.0),
        ("RT2", "pq", -4391.825893),
        ("Adhya1", "pq", -549.803051),
        ("gppA1", "pq", -1175.0),
    ],
)
def test_published_optima_are_found_and_hold_by_the_flows_alone(name: str, form: str, value: float) -> None:
    model = model_of(name, form)
    raw = pooling_search(model, time_limit=20.0, descents=24)
    assert raw.x is not None
    assert raw.objective == pytest.approx(value, rel=1e-6)
    assert residuals(model.problem, raw.x, raw.objective).worst_primal[0] <= 1e-9
    found = evaluate(model.instance, model.flows_of(raw.x))
    assert found.objective == pytest.approx(value, rel=1e-6)
    assert math.isnan(raw.bound or math.nan)


def test_no_time_no_point() -> None:
    raw = pooling_search(model_of("Haverly1"), time_limit=0.0)
    assert raw.x is None
    assert raw.status == "time limit"
