"""Instances: shapes, bad numbers and arcs found together, and what follows from the network alone."""

from __future__ import annotations

import numpy as np
import pytest
from pooling_cases import INF, cycle, haverly, random_case

from netback.errors import ModelError
from netback.program.pooling.structure import flow_upper, input_shares, output_shares, quality_range, reach


def test_sizes_and_labels() -> None:
    made = cycle()
    assert made.sizes == {"inputs": 2, "pools": 2, "outputs": 1, "qualities": 2, "arcs": 6, "pool_to_pool": 2}
    assert made.arc_label(3) == ("q", "p")
    assert made.cost_of_flow.tolist() == [1.0, 2.0, 0.0, 0.0, -5.0, -5.0]
    assert made.entering[2].tolist() == [0, 3]


def test_arrays_are_frozen() -> None:
    with pytest.raises(ValueError, match="read-only"):
        haverly().input_cost[0] = 1.0


def test_shapes_are_checked() -> None:
    with pytest.raises(ModelError, match=r"supply_upper: has shape \(2,\) where \(3,\) is needed"):
        haverly().with_(supply_upper=np.zeros(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_cost": [np.nan, 1, 1]}, "a: cost nan is not a finite number"),
        ({"output_price": [np.inf, 1]}, "x: price inf is not a finite number"),
        ({"input_quality": [[1], [np.inf], [1]]}, "b: quality q0 inf is not a finite number"),
        ({"supply_lower": [5, 0, 0], "supply_upper": [3, 1, 1]}, "a: supply from 5.0 to 3.0 holds no number"),
        ({"supply_lower": [-5, 0, 0]}, "a: supply from -5.0 to inf leaves its range"),
        ({"pool_capacity": [-1]}, "p: capacity from 0.0 to -1.0 holds no number"),
        ({"pool_capacity": [np.nan]}, "p: capacity"),
        ({"demand_upper": [1, np.nan]}, "y: demand"),
        ({"quality_lower": [[3], [-INF]]}, "x, quality: |q0: x, quality from 3.0 to 2.5 holds no number"),
        ({"arc_upper": [1, 1, 1, 1, 1, -1]}, "arc p to y: flow from 0.0 to -1.0"),
        ({"arc_fraction_upper": [INF, INF, 0.5, INF, INF, INF]}, "arc c to x: a share is limited"),
        ({"arc_head": [3, 3, 4, 5, 4, 9]}, "arc 5: runs from node 3 to node 9"),
        ({"arc_head": [3, 3, 4, 5, 4, 0]}, "arc p to a: cannot carry flow"),
        ({"arc_head": [3, 3, 4, 5, 4, 4]}, "arc p to x: stands twice"),
        ({"arc_tail": [0, 1, 2, 2, 3, 4]}, "arc x to y: cannot carry flow"),
        ({"inputs": ("a", "a", "c")}, "node a: stands twice"),
    ],
)
def test_faults(change: dict[str, object], message: str) -> None:
    arrays = {
        name: np.array(values, dtype=np.int64 if name in ("arc_head", "arc_tail") else float)
        if isinstance(values, list)
        else values
        for name, values in change.items()
    }
    with pytest.raises(ModelError) as raised:
        haverly().with_(**arrays)
    assert any(part in str(raised.value) for part in message.split("|"))


def test_faults_come_together() -> None:
    with pytest.raises(ModelError) as raised:
        haverly().with_(input_cost=np.full(3, np.nan), pool_capacity=np.array([-1.0]))
    assert len(raised.value.findings) == 4


def test_reach_goes_round_cycles() -> None:
    fed, used = reach(cycle())
    assert fed.all()
    assert used.all()
    fed, used = reach(haverly())
    assert fed.tolist() == [[True, True, False]]
    assert used.tolist() == [[True, True]]


def test_flows_are_limited_by_their_ends() -> None:
    upper, throughput = flow_upper(haverly())
    assert upper.tolist() == [300.0, 300.0, 100.0, 200.0, 100.0, 200.0]
    assert throughput.tolist() == [300.0]
    limits = np.full(6, INF)
    limits[0] = 0.1
    upper, _ = flow_upper(haverly().with_(arc_fraction_upper=limits))
    assert upper[0] == pytest.approx(30.0)


def test_quality_lies_between_the_inputs() -> None:
    low, high = quality_range(haverly(), reach(haverly())[0])
    assert (low.tolist(), high.tolist()) == ([[1.0]], [[3.0]])


def test_shares_by_hand() -> None:
    flows = np.array([10.0, 10.0, 15.0, 5.0, 20.0, 0.0])
    fed, used = reach(cycle())
    # 15 p_a = 10 + 5 q_a and 25 q_a = 15 p_a: p_a = 5/6, q_a = 1/2.
    assert input_shares(cycle(), flows, fed) == pytest.approx(np.array([[5 / 6, 1 / 6], [0.5, 0.5]]))
    assert output_shares(cycle(), flows, used) == pytest.approx(np.ones((2, 1)))


@pytest.mark.parametrize("seed", range(40))
def test_shares_are_shares_whatever_flows(seed: int) -> None:
    instance, flows = random_case(seed)
    fed, used = reach(instance)
    for shares, reached in (
        (input_shares(instance, flows, fed), fed),
        (output_shares(instance, flows, used), used),
    ):
        assert (shares >= 0.0).all()
        assert not shares[~reached].any()
        assert shares.sum(axis=1) == pytest.approx(reached.any(axis=1).astype(float))


@pytest.mark.parametrize("seed", range(40))
def test_ranges_hold_feasible_flows(seed: int) -> None:
    instance, flows = random_case(seed)
    upper, throughput = flow_upper(instance)
    into = np.bincount(instance.arc_head, weights=flows, minlength=len(instance.nodes))
    assert (flows <= upper * (1 + 1e-12)).all()
    assert (into[instance.first_pool : instance.first_output] <= throughput * (1 + 1e-12)).all()
