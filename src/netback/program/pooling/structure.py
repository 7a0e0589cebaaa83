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
    first, last = instance.first_pool, instance.first_output
    fed = np.zeros((last - first, first), dtype=bool)
    used = np.zeros((last - first, len(instance.outputs)), dtype=bool)
    direct = instance.to_pool & ~instance.from_pool
    fed[instance.arc_head[direct] - first, instance.arc_tail[direct]] = True
    delivering = instance.from_pool & ~instance.to_pool
    used[instance.arc_tail[delivering] - first, instance.arc_head[delivering] - last] = True
    paths = _paths(instance).astype(np.float64)
    return paths.T @ fed > 0.0, paths @ used > 0.0


def on_cycle(instance: PoolingInstance) -> BoolArray:
    """Whether an arc lies on a cycle of pools (A,): what flows there may pass it more than once."""
    paths, first = _paths(instance), instance.first_pool
    inner = instance.from_pool & instance.to_pool
    found = np.zeros(instance.arcs, dtype=bool)
    found[inner] = paths[instance.arc_head[inner] - first, instance.arc_tail[inner] - first]
    return found


def _paths(instance: PoolingInstance) -> BoolArray:
    """Whether there is a way from one pool to another (L, L), true from each to itself."""
    first = instance.first_pool
    between = np.eye(len(instance.pools), dtype=bool)
    inner = instance.from_pool & instance.to_pool
    between[instance.arc_tail[inner] - first, instance.arc_head[inner] - first] = True
    for middle in range(len(between)):
        between |= np.outer(between[:, middle], between[middle])
    return between


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


def input_shares(instance: PoolingInstance, flows: FloatArray, weights: FloatArray | BoolArray) -> FloatArray:
    """Share of every pool's content by input (L, I).

    ``weights`` (L, I) is zero for inputs that do not reach the pool; shares are in its proportion where nothing flows.
    """
    inputs = instance.first_pool
    fed, between = _matrices(instance, flows)
    arriving = fed[:, :inputs]
    return _shares(arriving, between.T, arriving.sum(axis=1) + between.sum(axis=0), weights)


def output_shares(
    instance: PoolingInstance, flows: FloatArray, weights: FloatArray | BoolArray
) -> FloatArray:
    """Share of every pool's content by output (L, J); ``weights`` as in :func:`input_shares`."""
    fed, between = _matrices(instance, flows)
    leaving = fed[:, instance.first_pool :]
    return _shares(leaving, between, leaving.sum(axis=1) + between.sum(axis=1), weights)


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
    outside: FloatArray, between: FloatArray, throughput: FloatArray, weights: FloatArray | BoolArray
) -> FloatArray:
    """Solve ``throughput share - between @ share = outside``; by weight where no flow comes from outside."""
    total = weights.sum(axis=1, keepdims=True)
    shares: FloatArray = weights / np.where(total > 0.0, total, 1.0)
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
        found = np.where(weights[alive] > 0.0, np.clip(found, 0.0, None), 0.0)
        shares[alive] = found / found.sum(axis=1, keepdims=True)
    return shares
