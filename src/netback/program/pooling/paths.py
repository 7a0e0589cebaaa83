"""Paths of a pooling network without arcs between pools: one column per input, pool and output that they join.

A path (i, l, j) carries ``v_ilj``, what output j gets from input i through pool l; what goes straight from an input to
an output is a path without a pool. All rows but the mixing are linear in the paths:

    supply_i, capacity_l, demand_j, arcs, shares        sums of paths
    quality k of output j                               sum over paths (quality_ik - limit_jk) v_ilj <= 0 (or >= 0)

Dropping the mixing, ``v_ilj = y_li f_lj``, gives the *blending relaxation*: every pool may send another mix to every
output. It has far fewer rows than the relaxations of products and on large networks nearly their bound. With shares
``y`` fixed the paths of one arc out of a pool move together, ``v = y f``, and a linear program in the flows remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from netback.errors import Finding, ModelError
from netback.program.index import Index, IntArray
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.structure import flow_upper
from netback.program.problem import Block, FloatArray, Problem

if TYPE_CHECKING:
    import scipy.sparse as sparse


@dataclass(frozen=True, eq=False)
class Paths:
    """All paths of a network and the rows that they stand in.

    Attributes
    ----------
    instance
        A network without arcs between pools.
    feed, draw
        Arc into the pool and arc to the output of every path (P,); both the same where there is no pool.
    cost
        Cost of one unit on every path (P,).
    matrix
        Rows (R, P) over paths, by columns.
    row_lower, row_upper
        Sides of the rows (R,).
    row_labels
        What every row is (R,).
    """

    instance: PoolingInstance
    feed: IntArray
    draw: IntArray
    cost: FloatArray
    matrix: sparse.csc_array[Any]
    row_lower: FloatArray
    row_upper: FloatArray
    row_labels: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, instance: PoolingInstance) -> Paths:
        """The paths of an instance.

        Raises
        ------
        ModelError
            If there are arcs between pools.
        """
        if (instance.from_pool & instance.to_pool).any():
            what = "there are arcs between pools; paths are for networks without."
            raise ModelError(Finding(f"pooling instance {instance.name}", what))
        feed, draw = _pairs(instance)
        own = instance.cost_of_flow
        cost = own[feed] + np.where(feed == draw, 0.0, own[draw])
        return cls(instance, feed, draw, cost, *_rows(instance, feed, draw))

    def __len__(self) -> int:
        return len(self.feed)

    @cached_property
    def pool(self) -> IntArray:
        """Position of every path's pool (P,); -1 where there is none."""
        return np.where(
            self.feed == self.draw, -1, self.instance.arc_tail[self.draw] - self.instance.first_pool
        )

    @cached_property
    def output(self) -> IntArray:
        """Position of every path's output (P,)."""
        return self.instance.arc_head[self.draw] - self.instance.first_output

    @cached_property
    def feeds(self) -> IntArray:
        """Arcs into pools (E,)."""
        return np.flatnonzero(self.instance.to_pool)

    @cached_property
    def draws(self) -> IntArray:
        """Arcs out of pools (D,)."""
        return np.flatnonzero(self.instance.from_pool)

    @cached_property
    def feed_place(self) -> IntArray:
        """Place of every path's arc into its pool among ``feeds`` (P,); -1 without a pool."""
        return np.where(self.pool < 0, -1, np.searchsorted(self.feeds, self.feed))

    @cached_property
    def draw_place(self) -> IntArray:
        """Place of every path's arc out of its pool among ``draws`` (P,); -1 without a pool."""
        return np.where(self.pool < 0, -1, np.searchsorted(self.draws, self.draw))

    @cached_property
    def feed_pool(self) -> IntArray:
        """Position of the pool of every arc into one (E,)."""
        return self.instance.arc_head[self.feeds] - self.instance.first_pool

    @cached_property
    def draw_pool(self) -> IntArray:
        """Position of the pool of every arc out of one (D,)."""
        return self.instance.arc_tail[self.draws] - self.instance.first_pool

    @cached_property
    def upper(self) -> FloatArray:
        """Most that can pass every path (P,): no more than either arc and the input can carry."""
        most = flow_upper(self.instance)[0]
        supply = self.instance.supply_upper[self.instance.arc_tail[self.feed]]
        return np.minimum(np.minimum(most[self.feed], most[self.draw]), supply)

    def flows(self, amounts: FloatArray) -> FloatArray:
        """Arc flows (A,) of amounts on the paths (P,)."""
        count, inner = self.instance.arcs, self.pool >= 0
        into = np.bincount(self.feed, weights=amounts, minlength=count)
        out = np.bincount(self.draw[inner], weights=amounts[inner], minlength=count)
        return np.asarray(into + out, dtype=np.float64)

    def blending(self) -> Problem:
        """The blending relaxation as a linear program over the paths; its optimum bounds that of the instance."""
        import scipy.sparse as sparse

        nodes = self.instance.nodes
        ends = zip(
            self.instance.arc_tail[self.feed].tolist(),
            self.pool.tolist(),
            self.instance.arc_head[self.draw].tolist(),
            strict=True,
        )
        labels = [
            (nodes[tail], "" if pool < 0 else self.instance.pools[pool], nodes[head])
            for tail, pool, head in ends
        ]
        count = len(self)
        return Problem(
            f"{self.instance.name} (blending)",
            "min",
            self.cost,
            0.0,
            sparse.csr_array(self.matrix),
            self.row_lower,
            self.row_upper,
            np.zeros(count),
            self.upper,
            np.zeros(count, dtype=bool),
            (Block("row", Index.of(("kind", "of"), list(self.row_labels)), 0),),
            (Block("path", Index.of(("input", "pool", "output"), labels), 0),),
        )


def _pairs(instance: PoolingInstance) -> tuple[IntArray, IntArray]:
    """Arcs into and out of every path's pool, after the arcs that pass no pool."""
    direct = np.flatnonzero(~instance.from_pool & ~instance.to_pool)
    feeds, draws = [direct], [direct]
    for node in range(instance.first_pool, instance.first_output):
        into, out = instance.entering[node], instance.leaving[node]
        feeds.append(np.repeat(into, len(out)))
        draws.append(np.tile(out, len(into)))
    return np.concatenate(feeds), np.concatenate(draws)


class _Rows:
    """Collects rows over paths."""

    def __init__(self) -> None:
        self.entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.lower: list[FloatArray] = []
        self.upper: list[FloatArray] = []
        self.labels: list[tuple[str, str]] = []

    def add(
        self, row: IntArray, path: IntArray, value: FloatArray, lower: FloatArray, upper: FloatArray
    ) -> None:
        """Rows with the sides given; ``row`` counts from the first of them."""
        first = sum(map(len, self.lower))
        self.entries.append((row + first, path, value))
        self.lower.append(lower)
        self.upper.append(upper)


def _rows(instance: PoolingInstance, feed: IntArray, draw: IntArray) -> tuple[Any, Any, Any, Any]:
    import scipy.sparse as sparse

    rows = _Rows()
    _sums(rows, instance, feed, draw)
    _shares(rows, instance, feed, draw)
    _qualities(rows, instance, feed, draw)
    parts = [np.concatenate(part) for part in zip(*rows.entries, strict=True)]
    lower, upper = np.concatenate(rows.lower), np.concatenate(rows.upper)
    matrix = sparse.csc_array(
        sparse.coo_array((parts[2], (parts[0], parts[1])), shape=(len(lower), len(feed)))
    )
    matrix.eliminate_zeros()
    return matrix, lower, upper, tuple(rows.labels)


def _sums(rows: _Rows, one: PoolingInstance, feed: IntArray, draw: IntArray) -> None:
    """Supply, capacity, demand and bounds of arcs: plain sums of paths, only those that limit something."""
    inner = np.flatnonzero(feed != draw)
    every = np.arange(len(feed))
    pools, arcs = np.zeros(len(one.pools)), one.arcs
    groups = (
        ("supply", one.inputs, one.arc_tail[feed], every, one.supply_lower, one.supply_upper),
        ("capacity", one.pools, one.arc_head[feed[inner]] - one.first_pool, inner, pools, one.pool_capacity),
        (
            "demand",
            one.outputs,
            one.arc_head[draw] - one.first_output,
            every,
            one.demand_lower,
            one.demand_upper,
        ),
        ("flow in", range(arcs), feed, every, one.arc_lower, one.arc_upper),
        ("flow out", range(arcs), draw[inner], inner, one.arc_lower, one.arc_upper),
    )
    for name, labels, group, paths, lower, upper in groups:
        there = np.zeros(len(lower), dtype=bool)
        there[group] = True
        kept = ((lower > 0.0) | np.isfinite(upper)) & (there | (lower > 0.0))
        if name.startswith("flow"):
            kept &= there
        place = np.cumsum(kept) - 1
        use = kept[group]
        rows.add(place[group[use]], paths[use], np.ones(int(use.sum())), lower[kept], upper[kept])
        rows.labels += [(name, str(labels[n])) for n in np.flatnonzero(kept)]


def _shares(rows: _Rows, one: PoolingInstance, feed: IntArray, draw: IntArray) -> None:
    """Limits on an input's share of a pool: ``sum of its paths <= limit * sum of the pool's paths``."""
    limited = np.flatnonzero(np.isfinite(one.arc_fraction_upper))
    head = np.where(feed != draw, one.arc_head[feed], -1)
    for arc in limited.tolist():
        paths = np.flatnonzero(head == one.arc_head[arc])
        value = (feed[paths] == arc).astype(np.float64) - float(one.arc_fraction_upper[arc])
        zero = np.zeros(len(paths), dtype=np.int64)
        rows.add(zero, paths, value, np.array([-np.inf]), np.array([0.0]))
        rows.labels.append(("share", str(arc)))


def _qualities(rows: _Rows, one: PoolingInstance, feed: IntArray, draw: IntArray) -> None:
    """Quality limits that some path breaks by itself."""
    output, quality = one.arc_head[draw] - one.first_output, one.input_quality[one.arc_tail[feed]]
    for name, bound, sign in (("max", one.quality_upper, 1.0), ("min", one.quality_lower, -1.0)):
        known = np.isfinite(bound)
        over = np.where(known[output], quality - np.where(known, bound, 0.0)[output], 0.0)
        beyond = np.zeros(bound.shape, dtype=bool)
        path, k = np.nonzero(sign * over > 0.0)
        beyond[output[path], k] = True
        kept = known & beyond
        place = (np.cumsum(kept) - 1).reshape(kept.shape)
        path, k = np.nonzero(kept[output])
        count = int(kept.sum())
        low, high = (
            (np.full(count, -np.inf), np.zeros(count))
            if sign > 0.0
            else (np.zeros(count), np.full(count, np.inf))
        )
        rows.add(place[output[path], k], path, over[path, k], low, high)
        rows.labels += [
            (f"quality_{name}", f"{one.outputs[j]} {one.qualities[q]}") for j, q in np.argwhere(kept)
        ]
