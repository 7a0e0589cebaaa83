"""Paths of a network: their rows by hand, the blending relaxation as a bound, and what cannot be one."""

from __future__ import annotations

import numpy as np
import pytest
from pooling_cases import cycle, haverly, random_bipartite, small_network

from netback.errors import ModelError
from netback.io.pooling_json import read_pooling
from netback.program import highs
from netback.program.bounds.safe import safe_bound
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.paths import Paths
from netback.program.pooling.structure import input_shares
from netback.program.problem import FloatArray
from shared import shared


def amounts_of(paths: Paths, flows: FloatArray) -> FloatArray:
    """What flows (A,) send along every path, pools mixed perfectly."""
    one = paths.instance
    weights = np.zeros((len(one.pools), len(one.inputs)))
    weights[paths.feed_pool, one.arc_tail[paths.feeds]] = 1.0
    shares = input_shares(one, flows, weights)
    tail = one.arc_tail[paths.feed]
    return np.where(paths.pool < 0, flows[paths.feed], shares[paths.pool, tail] * flows[paths.draw])


def test_paths_of_haverly() -> None:
    paths = Paths.of(haverly())
    nodes = haverly().nodes
    named = {
        (nodes[paths.instance.arc_tail[f]], nodes[paths.instance.arc_head[d]], int(pool))
        for f, d, pool in zip(paths.feed, paths.draw, paths.pool, strict=True)
    }
    assert named == {
        ("c", "x", -1),
        ("c", "y", -1),
        ("a", "x", 0),
        ("a", "y", 0),
        ("b", "x", 0),
        ("b", "y", 0),
    }


def test_costs_and_quality_rows_of_haverly_by_hand() -> None:
    paths = Paths.of(haverly())
    one, nodes = paths.instance, paths.instance.nodes
    at = {
        (nodes[one.arc_tail[f]], nodes[one.arc_head[d]]): p
        for p, (f, d) in enumerate(zip(paths.feed, paths.draw, strict=True))
    }
    assert paths.cost[at["a", "x"]] == 6.0 - 9.0
    assert paths.cost[at["b", "y"]] == 16.0 - 15.0
    assert paths.cost[at["c", "y"]] == 10.0 - 15.0
    rows = dict(zip(paths.row_labels, paths.matrix.toarray(), strict=True))
    x, y = rows["quality_max", "x q0"], rows["quality_max", "y q0"]
    assert [x[at[name, "x"]] for name in "abc"] == [0.5, -1.5, -0.5]
    assert [y[at[name, "y"]] for name in "abc"] == [1.5, -0.5, 0.5]
    assert rows["demand", "x"].sum() == 3.0


def test_blending_relaxation_of_haverly() -> None:
    """The pool may send b alone to y and a to x: the well-known root of 500 against 400."""
    found = highs.solve(Paths.of(haverly()).blending())
    assert found.objective == pytest.approx(-500.0)


def test_arcs_between_pools_are_refused() -> None:
    with pytest.raises(ModelError, match="arcs between pools"):
        Paths.of(cycle())


@pytest.mark.parametrize("seed", range(25))
def test_a_plan_keeps_every_row_and_costs_the_same(seed: int) -> None:
    instance, flows = random_bipartite(seed)
    paths = Paths.of(instance)
    amounts = amounts_of(paths, flows)
    size = max(1.0, float(np.max(flows, initial=0.0)))
    activity = paths.matrix @ amounts
    assert (activity >= paths.row_lower - 1e-9 * size).all()
    assert (activity <= paths.row_upper + 1e-9 * size).all()
    assert (amounts <= paths.upper * (1.0 + 1e-12) + 1e-9 * size).all()
    assert paths.cost @ amounts == pytest.approx(float(instance.cost_of_flow @ flows), abs=1e-9 * size)
    assert paths.flows(amounts) == pytest.approx(flows, abs=1e-9 * size)


@pytest.mark.parametrize("seed", range(25))
def test_the_safe_bound_of_the_relaxation_is_below_a_known_plan(seed: int) -> None:
    instance, flows = random_bipartite(seed)
    relaxation = Paths.of(instance).blending()
    found = highs.solve(relaxation)
    known = float(instance.cost_of_flow @ flows)
    assert found.status == "optimal"
    assert found.row_dual is not None
    assert safe_bound(relaxation, found.row_dual) <= known + 1e-9 * max(1.0, abs(known))


def limited(instance: PoolingInstance) -> PoolingInstance:
    fraction = instance.arc_fraction_upper.copy()
    fraction[np.flatnonzero(instance.to_pool)[0]] = 0.25
    return instance.with_(arc_fraction_upper=fraction)


def test_a_limit_on_a_share_is_a_row() -> None:
    paths = Paths.of(limited(small_network(1)))
    (row,) = (n for n, (kind, _) in enumerate(paths.row_labels) if kind == "share")
    found = paths.matrix.toarray()[row]
    here = paths.pool >= 0
    assert set(found[here]) == {0.75, -0.25}
    assert not found[~here].any()


@pytest.mark.parametrize("name", ["Adhya1", "Foulds3", "sppA0", "randstd11"])
def test_known_values_are_not_below_the_relaxation(name: str) -> None:
    instance = read_pooling(shared(f"benchmarks/pooling/{name}.json"))
    relaxation = Paths.of(instance).blending()
    found = highs.solve(relaxation)
    assert found.row_dual is not None
    bound, known = safe_bound(relaxation, found.row_dual), instance.best_known
    assert np.isfinite(bound)
    if known.objective is not None:
        assert bound <= known.objective + 1e-6 * abs(known.objective)
