"""Small pooling instances: Haverly's three, a cycle worked out by hand, random ones with a feasible plan."""

from __future__ import annotations

from typing import Any

import numpy as np

from netback.program.pooling.evaluate import pool_qualities
from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import FloatArray

INF = np.inf


def instance_of(
    arcs: list[tuple[str, str]],
    inputs: dict[str, tuple[float, list[float]]],
    outputs: dict[str, tuple[float, float, list[float]]],
    pools: dict[str, float],
    **changes: Any,
) -> PoolingInstance:
    """Inputs as (cost, qualities), outputs as (price, demand, upper limits), pools as capacities."""
    nodes = {name: n for n, name in enumerate((*inputs, *pools, *outputs))}
    count = len(next(iter(inputs.values()))[1])
    made = PoolingInstance(
        name="made",
        qualities=tuple(f"q{k}" for k in range(count)),
        inputs=tuple(inputs),
        pools=tuple(pools),
        outputs=tuple(outputs),
        input_cost=np.array([cost for cost, _ in inputs.values()]),
        supply_lower=np.zeros(len(inputs)),
        supply_upper=np.full(len(inputs), INF),
        input_quality=np.array([quality for _, quality in inputs.values()]).reshape(len(inputs), count),
        pool_capacity=np.array(list(pools.values()), dtype=float),
        output_price=np.array([price for price, _, _ in outputs.values()]),
        demand_lower=np.zeros(len(outputs)),
        demand_upper=np.array([demand for _, demand, _ in outputs.values()]),
        quality_lower=np.full((len(outputs), count), -INF),
        quality_upper=np.array([limit for _, _, limit in outputs.values()]).reshape(len(outputs), count),
        arc_tail=np.array([nodes[tail] for tail, _ in arcs]),
        arc_head=np.array([nodes[head] for _, head in arcs]),
        arc_cost=np.zeros(len(arcs)),
        arc_lower=np.zeros(len(arcs)),
        arc_upper=np.full(len(arcs), INF),
        arc_fraction_upper=np.full(len(arcs), INF),
    )
    return made.with_(**changes)


HAVERLY_ARCS = [("a", "p"), ("b", "p"), ("c", "x"), ("c", "y"), ("p", "x"), ("p", "y")]


def haverly(number: int = 1) -> PoolingInstance:
    """Haverly's problems 1, 2 and 3, whose optima are 400, 600 and 750."""
    cost_b, demand_x = {1: (16.0, 100.0), 2: (16.0, 600.0), 3: (13.0, 100.0)}[number]
    return instance_of(
        HAVERLY_ARCS,
        {"a": (6.0, [3.0]), "b": (cost_b, [1.0]), "c": (10.0, [2.0])},
        {"x": (9.0, demand_x, [2.5]), "y": (15.0, 200.0, [1.5])},
        {"p": INF},
    )


def cycle() -> PoolingInstance:
    """Two pools that feed each other: a into p, b into q, p and q into each other, q into x."""
    return instance_of(
        [("a", "p"), ("b", "q"), ("p", "q"), ("q", "p"), ("q", "x"), ("p", "x")],
        {"a": (1.0, [0.0, 5.0]), "b": (2.0, [10.0, 1.0])},
        {"x": (5.0, 100.0, [9.0, 4.0])},
        {"p": 60.0, "q": 80.0},
    )


def random_case(seed: int) -> tuple[PoolingInstance, FloatArray]:
    """An instance with any kind of bound, cycles too, and flows that keep all of them; some bind exactly."""
    rng = np.random.default_rng(seed)
    inputs, pools, outputs, qualities = (int(rng.integers(1, top)) for top in (5, 5, 4, 4))
    tails, heads = _network(rng, inputs, pools, outputs)
    flows = _walks(rng, tails, heads, inputs, inputs + pools)
    count = inputs + pools + outputs
    into, out = (np.bincount(ends, weights=flows, minlength=count) for ends in (heads, tails))
    made = instance_of(
        [],
        {f"i{n}": (float(rng.normal()), rng.uniform(-2, 8, qualities).tolist()) for n in range(inputs)},
        {f"o{n}": (float(rng.normal(3)), INF, [INF] * qualities) for n in range(outputs)},
        {f"p{n}": INF for n in range(pools)},
    )
    made = made.with_(
        arc_tail=tails,
        arc_head=heads,
        arc_cost=rng.normal(size=len(tails)),
        arc_lower=np.where(rng.random(len(tails)) < 0.2, 0.7 * flows, 0.0),
        arc_upper=_above(rng, flows),
        arc_fraction_upper=np.full(len(tails), INF),
        supply_lower=np.where(rng.random(inputs) < 0.3, out[:inputs], 0.0),
        supply_upper=out[:inputs] * rng.uniform(1, 2, inputs),
        pool_capacity=_above(rng, into[inputs : inputs + pools]),
        demand_lower=np.where(rng.random(outputs) < 0.3, into[inputs + pools :], 0.0),
        demand_upper=into[inputs + pools :] * rng.uniform(1, 2, outputs),
    )
    return _limited(rng, _fractions(rng, made, flows, into), flows), flows


def _network(rng: Any, inputs: int, pools: int, outputs: int) -> tuple[Any, Any]:
    arcs = []
    last = inputs + pools
    for tail in range(last):
        for head in range(inputs, last + outputs):
            if tail != head and rng.random() < 0.6:
                arcs.append((tail, head))
    arcs.append((0, inputs))
    arcs.append((inputs, last))
    return np.array(sorted(set(arcs))).T


def _walks(rng: Any, tails: Any, heads: Any, first_pool: int, first_output: int) -> FloatArray:
    """Flows as the sum of walks from inputs to outputs, which may go round a cycle."""
    flows = np.zeros(len(tails))
    for _ in range(int(rng.integers(1, 9))):
        node, walk = int(rng.integers(0, first_pool)), []
        while node < first_output and len(walk) < 25:
            ways = np.flatnonzero(tails == node)
            if not len(ways):
                break
            walk.append(int(rng.choice(ways)))
            node = int(heads[walk[-1]])
        if node >= first_output:
            np.add.at(flows, walk, rng.uniform(0.1, 20))
    return flows


def _above(rng: Any, values: FloatArray) -> FloatArray:
    """The values themselves, more, or no limit."""
    kind = rng.integers(0, 3, len(values))
    return np.choose(kind, [values, values * 1.5 + 1.0, np.full(len(values), INF)])


def _fractions(rng: Any, made: PoolingInstance, flows: FloatArray, into: FloatArray) -> PoolingInstance:
    share = flows / np.maximum(into[made.arc_head], 1e-12)
    direct = (made.arc_tail < made.first_pool) & made.to_pool & (rng.random(made.arcs) < 0.4)
    limit = np.where(direct, np.minimum(1.0, share * rng.uniform(1.01, 1.5, made.arcs) + 0.01), INF)
    return made.with_(arc_fraction_upper=limit)


def _limited(rng: Any, made: PoolingInstance, flows: FloatArray) -> PoolingInstance:
    """Limits around the qualities that the flows deliver, none at outputs that get nothing."""
    known = np.vstack([made.input_quality, np.nan_to_num(pool_qualities(made, flows))])
    low, high = made.quality_lower.copy(), made.quality_upper.copy()
    for j in range(len(made.outputs)):
        arcs = made.entering[made.first_output + j]
        total = flows[arcs].sum()
        quality = flows[arcs] @ known[made.arc_tail[arcs]] / total if total > 0 else made.input_quality[0]
        for k in range(len(made.qualities)):
            if rng.random() < 0.7:
                high[j, k] = quality[k] + rng.choice([0.0, 0.5])
            if rng.random() < 0.4:
                low[j, k] = quality[k] - rng.choice([0.0, 0.5])
    return made.with_(quality_lower=np.minimum(low, high), quality_upper=high)


def random_bipartite(seed: int) -> tuple[PoolingInstance, FloatArray]:
    """As :func:`random_case` without arcs between pools."""
    for again in range(1000):
        made, flows = random_case(1000 * seed + again)
        if not (made.from_pool & made.to_pool).any():
            return made, flows
    raise AssertionError("no network without arcs between pools")


def small_network(seed: int, inputs: int = 3, outputs: int = 2) -> PoolingInstance:
    """One pool fed by two inputs, others straight to the outputs; limits that make the mixing matter."""
    rng = np.random.default_rng(seed)
    fed = [f"i{n}" for n in range(2)]
    straight = [f"i{n}" for n in range(2, inputs)]
    ends = [f"o{n}" for n in range(outputs)]
    arcs = [(name, "p") for name in fed] + [("p", name) for name in ends]
    arcs += [(name, end) for name in straight for end in ends]
    return instance_of(
        arcs,
        {f"i{n}": (float(rng.uniform(2, 12)), rng.uniform(0, 4, 2).tolist()) for n in range(inputs)},
        {
            name: (float(rng.uniform(8, 16)), float(rng.uniform(50, 200)), rng.uniform(1.2, 3, 2).tolist())
            for name in ends
        },
        {"p": float(rng.uniform(60, 300))},
    )
