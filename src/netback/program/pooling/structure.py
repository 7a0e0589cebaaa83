"""What follows from a pooling network alone: which inputs reach a pool, which outputs it reaches, how much flows.

The least and greatest quality of a pool lie between those of the inputs that reach it; the flow of an arc is
at most what its ends can take. Shares of the content of a pool by input, and of its use by output, are those
of a stationary flow and solve one linear system each:

    T_l y_li = f_il + sum over pools m of f_ml y_mi          (y: share of the content of l that is from input i)
    T_l z_lj = f_lj + sum over pools m of f_lm z_mj          (z: share of the content of l that goes to output j)

with T_l the throughput of pool l. Reference: Alfaki, Haugland, A multi-commodity flow formulation for the
generalized pooling problem, Journal of Global Optimization 56 (2013).
"""

from __future__ import annotations

import numpy as np

from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import BoolArray, FloatArray

#: Rounds of carrying capacities along the network; longer chains gain little.
ROUNDS = 10


def reach(instance: PoolingInstance) -> tuple[BoolArray, BoolArray]:
    """Inputs that reach each pool (L, I) and outputs that each pool reaches (L, J), as truth values."""
    inputs, pools = instance.first_pool, len(instance.pools)
    between = np.eye(pools, dtype=bool)
    fed = np.zeros((pools, inputs), dtype=bool)
    used = np.zeros((pools, len(instance.outputs)), dtype=bool)
    for tail, head in zip(instance.arc_tail.tolist(), instance.arc_head.tolist(), strict=True):
        if tail < inputs and head < instance.first_output:
            fed[head - inputs, tail] = True
        elif tail >= inputs and head < instance.first_output:
            between[tail - inputs, head - inputs] = True
        elif tail >= inputs:
            used[tail - inputs, head - instance.first_output] = True
    for middle in range(pools):
        between |= np.outer(between[:, middle], between[middle])
    paths = between.astype(np.float64)
    return paths.T @ fed > 0.0, paths @ used > 0.0


def flow_upper(instance: PoolingInstance) -> tuple[FloatArray, FloatArray]:
    """Largest flow of every arc (A,) and largest throughput of every pool (L,); infinite where nothing limits it.

    Never below the arc's own lower bound, so that bounds that contradict each other stay for the rows to show.
    """
    capacity = np.concatenate([instance.supply_upper, instance.pool_capacity, instance.demand_upper])
    first, last = instance.first_pool, instance.first_output
    upper = instance.arc_upper.copy()
    for _ in range(ROUNDS):
        before = upper
        upper = np.minimum(upper, np.minimum(capacity[instance.arc_tail], capacity[instance.arc_head]))
        limited = np.isfinite(instance.arc_fraction_upper)
        share = np.where(limited, instance.arc_fraction_upper, 1.0)
        upper = np.minimum(upper, share * capacity[instance.arc_head], where=limited, out=upper.copy())
        flowing_in = np.bincount(instance.arc_head, weights=upper, minlength=len(capacity))
        flowing_out = np.bincount(instance.arc_tail, weights=upper, minlength=len(capacity))
        pools = slice(first, last)
        capacity[pools] = np.minimum(capacity[pools], np.minimum(flowing_in, flowing_out)[pools])
        if np.array_equal(before, upper):
            break
    return np.maximum(upper, instance.arc_lower), capacity[first:last].copy()


def quality_range(instance: PoolingInstance, reached: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest quality of every pool (L, K); zero for a pool that no input reaches."""
    shown = reached[:, :, None]
    quality = instance.input_quality[None, :, :]
    low = np.min(np.where(shown, quality, np.inf), axis=1, initial=np.inf)
    high = np.max(np.where(shown, quality, -np.inf), axis=1, initial=-np.inf)
    empty = ~reached.any(axis=1)
    low[empty], high[empty] = 0.0, 0.0
    return low, high


def input_shares(instance: PoolingInstance, flows: FloatArray, reached: BoolArray) -> FloatArray:
    """Share of every pool's content by input (L, I); even among those that reach it where nothing flows."""
    inputs = instance.first_pool
    fed, between = _matrices(instance, flows)
    arriving = fed[:, :inputs]
    return _shares(arriving, between.T, arriving.sum(axis=1) + between.sum(axis=0), reached)


def output_shares(instance: PoolingInstance, flows: FloatArray, reached: BoolArray) -> FloatArray:
    """Share of every pool's content by output (L, J); even among those it reaches where nothing flows."""
    fed, between = _matrices(instance, flows)
    leaving = fed[:, instance.first_pool :]
    return _shares(leaving, between, leaving.sum(axis=1) + between.sum(axis=1), reached)


def _matrices(instance: PoolingInstance, flows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Flows between pools and the outside (L, I + J) and from pool to pool (L, L), never below zero."""
    first, last = instance.first_pool, instance.first_output
    pools = last - first
    outside = np.zeros((pools, first + len(instance.outputs)))
    between = np.zeros((pools, pools))
    positive = np.maximum(flows, 0.0)
    tail, head = instance.arc_tail, instance.arc_head
    inward = (tail < first) & instance.to_pool
    np.add.at(outside, (head[inward] - first, tail[inward]), positive[inward])
    onward = instance.from_pool & instance.to_pool
    np.add.at(between, (tail[onward] - first, head[onward] - first), positive[onward])
    outward = instance.from_pool & ~instance.to_pool
    np.add.at(outside, (tail[outward] - first, head[outward] - last + first), positive[outward])
    return outside, between


def _shares(
    outside: FloatArray, between: FloatArray, throughput: FloatArray, reached: BoolArray
) -> FloatArray:
    """Solve ``throughput share - between @ share = outside``; even shares where no flow comes from outside."""
    count = np.maximum(reached.sum(axis=1, keepdims=True), 1)
    shares: FloatArray = reached / count
    alive = outside.sum(axis=1) > 0.0
    for _ in range(len(alive)):
        grown = alive | ((between > 0.0) & alive[None, :]).any(axis=1)
        if np.array_equal(grown, alive):
            break
        alive = grown
    if alive.any():
        scale = throughput[alive][:, None]
        matrix = np.eye(int(alive.sum())) - between[np.ix_(alive, alive)] / scale
        found = np.linalg.solve(matrix, outside[alive] / scale)
        # An even flow has shares that sum to one; where the flow is not quite even, they are made to.
        found = np.where(reached[alive], np.clip(found, 0.0, None), 0.0)
        shares[alive] = found / found.sum(axis=1, keepdims=True)
    return shares
