"""The blocks that pooling forms are put together from: network, shares by input, shares by output, qualities.

Symbols: f_a flow of arc a, T_l largest throughput of pool l, y_li share of pool l's content from input i,
z_lj share of it that goes to output j, v_ai = y_li f_a the part of arc a out of pool l that is from input i,
w_aj = z_lj f_a the part of arc a into pool l that goes to output j, q_lk quality k of pool l.

References: Haverly, SIGMAP Bulletin 25 (1978) for qualities; Ben-Tal, Eiger, Gershovitz, Mathematical
Programming 63 (1994) for shares; Tawarmalani, Sahinidis, Convexification and Global Optimization (2002) for
the products that tighten; Alfaki, Haugland, Strong formulations for the pooling problem, Journal of Global
Optimization 56 (2013) for shares by output; Boland, Kalinowski, Rigterink, New multi-commodity flow
formulations for the pooling problem, Journal of Global Optimization 66 (2016) for both on general networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netback.program.builder import Builder
from netback.program.index import Index, IntArray
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.limits import Limits, add_direct, limits
from netback.program.pooling.structure import (
    flow_upper,
    input_shares,
    on_cycle,
    output_shares,
    quality_range,
    reach,
)
from netback.program.problem import Block, FloatArray

Key = tuple[int, int]


class Part(Protocol):
    """Columns of a form that follow from the flows."""

    def values(self, flows: FloatArray) -> tuple[IntArray, FloatArray]:
        """Column ids and their values at these flows (A,)."""


class Network:
    """Flows with their bounds, costs, supplies, demands, capacities and balances; the base of every form."""

    def __init__(self, instance: PoolingInstance, builder: Builder) -> None:
        self.instance, self.builder = instance, builder
        self.inputs_of, self.outputs_of = reach(instance)
        self.upper, self.throughput = flow_upper(instance)
        labels = [instance.arc_label(a) for a in range(instance.arcs)]
        self.flow = builder.variables(
            "flow", Index.of(("from", "to"), labels), instance.arc_lower, self.upper
        )
        builder.add_costs(self.flow.ids, instance.cost_of_flow)
        self._ends()
        self._balances()
        self._fractions()

    @property
    def qualities_that_matter(self) -> list[int]:
        """Qualities that some output limits."""
        limited = np.isfinite(self.instance.quality_lower) | np.isfinite(self.instance.quality_upper)
        return [int(k) for k in np.flatnonzero(limited.any(axis=0))]

    def pool(self, node: int) -> int:
        """Position of a node among the pools."""
        return node - self.instance.first_pool

    def _ends(self) -> None:
        """Bounds on what inputs give, pools take and outputs take."""
        one = self.instance
        pools = len(one.pools)
        ends = (
            ("supply", "input", one.inputs, 0, one.leaving, one.supply_lower, one.supply_upper),
            ("capacity", "pool", one.pools, one.first_pool, one.entering, np.zeros(pools), one.pool_capacity),
            (
                "demand",
                "output",
                one.outputs,
                one.first_output,
                one.entering,
                one.demand_lower,
                one.demand_upper,
            ),
        )
        for name, dim, labels, start, arcs, lower, upper in ends:
            kept = np.flatnonzero((lower > 0.0) | np.isfinite(upper))
            index = Index.of(dim, [labels[n] for n in kept])
            rows = self.builder.constraints(name, index, lower[kept], upper[kept])
            row, arc = ragged(rows.ids, [arcs[node] for node in kept + start])
            self.builder.add_terms(row, self.flow.ids[arc], 1.0)

    def _balances(self) -> None:
        """What enters a pool leaves it."""
        one = self.instance
        rows = self.builder.constraints("balance", Index.of("pool", one.pools), 0.0, 0.0)
        for arcs, sign in ((one.entering, 1.0), (one.leaving, -1.0)):
            row, arc = ragged(rows.ids, arcs[one.first_pool : one.first_output])
            self.builder.add_terms(row, self.flow.ids[arc], sign)

    def _fractions(self) -> None:
        """An arc's share of its pool's throughput."""
        one = self.instance
        kept = np.flatnonzero(np.isfinite(one.arc_fraction_upper))
        index = Index.of(("from", "to"), [one.arc_label(int(a)) for a in kept])
        rows = self.builder.constraints("fraction", index, upper=0.0)
        for row, a in zip(rows.ids, kept, strict=True):
            self.builder.add_terms(row, self.flow.ids[a], 1.0)
            into = one.entering[int(one.arc_head[a])]
            self.builder.add_terms(row, self.flow.ids[into], -one.arc_fraction_upper[a])


def ragged(rows: IntArray, groups: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Every row as often as its group has members, and the members of all groups."""
    none = np.zeros(0, dtype=np.int64)
    return np.repeat(rows, [len(group) for group in groups]), np.concatenate([none, *groups])


class Qualities:
    """Columns q_lk with balances of quality, ``sum_in quality f = q_lk sum_out f``, and limits: form P."""

    def __init__(self, network: Network) -> None:
        self.network = network
        one, builder = network.instance, network.builder
        self.low, self.high = quality_range(one, network.inputs_of)
        self.kept = network.qualities_that_matter
        names = [one.qualities[k] for k in self.kept]
        index = Index.product(("pool", one.pools), ("quality", names))
        self.columns = builder.variables("quality", index, self.low[:, self.kept], self.high[:, self.kept])
        rows = builder.constraints("quality_balance", index, 0.0, 0.0)
        for node in range(one.first_pool, one.first_output):
            for a in one.entering[node]:
                self._add(rows.ids[network.pool(node)], int(a), 1.0)
            for a in one.leaving[node]:
                self._add(rows.ids[network.pool(node)], int(a), -1.0)
        self._limits()

    def _add(self, rows: IntArray, arc: int, sign: float) -> None:
        """Add the quality that an arc carries, one row for each quality that matters."""
        one, builder = self.network.instance, self.network.builder
        tail, flow = int(one.arc_tail[arc]), self.network.flow.ids[arc]
        if tail < one.first_pool:
            builder.add_terms(rows, flow, sign * one.input_quality[tail, self.kept])
        else:
            builder.add_products(rows, self.columns.ids[self.network.pool(tail)], flow, sign)

    def _limits(self) -> None:
        one, builder = self.network.instance, self.network.builder
        place = {k: n for n, k in enumerate(self.kept)}
        for limit in limits(self.network):
            add_direct(self.network, limit)
            arcs = one.entering[one.first_output + limit.output]
            arcs = arcs[one.from_pool[arcs]]
            flow, rows = self.network.flow.ids[arcs][None, :], limit.rows[:, None]
            which = np.array([place[int(k)] for k in limit.qualities])
            columns = self.columns.ids[(one.arc_tail[arcs] - one.first_pool)[None, :], which[:, None]]
            builder.add_products(rows, columns, flow, 1.0)
            builder.add_terms(rows, flow, -limit.bounds[:, None])

    def values(self, flows: FloatArray) -> tuple[IntArray, FloatArray]:
        """Column ids and their values at these flows (A,)."""
        one = self.network.instance
        shares = input_shares(one, flows, self.network.inputs_of)
        quality = np.clip(shares @ one.input_quality, self.low, self.high)[:, self.kept]
        return self.columns.ids.ravel(), quality.ravel()


class _Shares:
    """Shares of the content of pools and the parts of arcs that they make, by input or by output.

    ``by`` is "input" (arcs that leave a pool are parted) or "output" (arcs that enter it). Where ``explicit``,
    every part of an arc is a column with a row ``part = share * flow``; else the product stands in the rows.
    """

    def __init__(self, network: Network, by: str, explicit: bool, known: dict[Key, int]) -> None:
        self.network, self.by, self.explicit = network, by, explicit
        one = network.instance
        self.is_input = by == "input"
        self.reached = network.inputs_of if self.is_input else network.outputs_of
        self.names = one.inputs if self.is_input else one.outputs
        self.pool_of_arc = (one.arc_tail if self.is_input else one.arc_head) - one.first_pool
        self.parted = one.leaving if self.is_input else one.entering
        self.pairs = [(int(pool), int(n)) for pool, n in np.argwhere(self.reached)]
        self.share_upper = self._share_upper()
        labels = [(one.pools[pool], self.names[n]) for pool, n in self.pairs]
        self.share = network.builder.variables(
            f"share_by_{by}", Index.of(("pool", by), labels), 0.0, self.share_upper[self.reached]
        )
        self.share_id = dict(zip(self.pairs, self.share.ids.tolist(), strict=True))
        arcs = np.flatnonzero(one.from_pool if self.is_input else one.to_pool)
        self.keys = [
            (int(a), int(n)) for a in arcs for n in np.flatnonzero(self.reached[self.pool_of_arc[a]])
        ]
        self.part_id = dict(known)
        self.limits: list[Limits] = []
        if explicit:
            self._parts([key for key in self.keys if key not in known])
        self._define()
        self._sums()
        self._capacity()

    def _share_upper(self) -> FloatArray:
        """One, or the limit on the share of an input where no pool feeds the pool; zero where none reaches."""
        one = self.network.instance
        upper = self.reached.astype(np.float64)
        if not self.is_input:
            return upper
        for pool in range(len(one.pools)):
            arcs = one.entering[one.first_pool + pool]
            if one.from_pool[arcs].any():
                continue
            limited = upper[pool].copy()
            limited[one.arc_tail[arcs]] = np.minimum(1.0, one.arc_fraction_upper[arcs])
            # Limits that add up to less close the pool; an empty pool has shares all the same.
            if limited.sum() >= 1.0:
                upper[pool] = limited
        return upper

    def _parts(self, keys: list[Key]) -> None:
        one = self.network.instance
        labels = [(*one.arc_label(a), self.names[n]) for a, n in keys]
        most = one.supply_upper if self.is_input else one.demand_upper
        # No more of an input than there is passes an arc, unless it goes round and passes it again.
        again = on_cycle(one)
        upper = [
            float(self.network.upper[a]) if again[a] else min(float(self.network.upper[a]), float(most[n]))
            for a, n in keys
        ]
        block = self.network.builder.variables(
            f"part_by_{self.by}", Index.of(("from", "to", self.by), labels), 0.0, np.array(upper)
        )
        self.part_id.update(zip(keys, block.ids.tolist(), strict=True))

    def _define(self) -> None:
        """``part = share * flow``."""
        if not self.explicit:
            return
        one, builder = self.network.instance, self.network.builder
        labels = [(*one.arc_label(a), self.names[n]) for a, n in self.keys]
        rows = builder.constraints(
            f"define_by_{self.by}", Index.of(("from", "to", self.by), labels), 0.0, 0.0
        )
        parts = np.array([self.part_id[key] for key in self.keys], dtype=np.int64)
        builder.add_terms(rows.ids, parts, 1.0)
        builder.add_products(rows.ids, *self._factors(self.keys), -1.0)

    def _factors(self, keys: Iterable[Key]) -> tuple[IntArray, IntArray]:
        """Columns of share and flow whose product is the part."""
        pairs = [(self.share_id[int(self.pool_of_arc[a]), n], self.network.flow.ids[a]) for a, n in keys]
        array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return array[:, 0], array[:, 1]

    def add(self, rows: NDArray[np.int64], keys: list[Key], coefficients: FloatArray | float) -> None:
        """Add ``coefficient * part`` to rows; rows and coefficients broadcast against the keys (k,)."""
        if not keys:
            return
        if self.explicit:
            parts = np.array([self.part_id[key] for key in keys], dtype=np.int64)
            self.network.builder.add_terms(rows, parts, coefficients)
        else:
            self.network.builder.add_products(rows, *self._factors(keys), coefficients)

    def _add_limits(self, arriving: dict[int, list[Key]], inputs: Callable[[list[Key]], IntArray]) -> None:
        """Rows of the quality limits, of what arrives at each output; all at once, since there are many small ones."""
        one, rows, keys, values = self.network.instance, [], [], [np.zeros(0)]
        self.limits = limits(self.network)
        for limit in self.limits:
            add_direct(self.network, limit)
            here = arriving.get(limit.output, [])
            if here:
                rows.append(np.repeat(limit.rows, len(here)))
                keys += here * len(limit.rows)
                values.append(limit.over(one, inputs(here)).ravel())
        self.add(np.concatenate([np.zeros(0, dtype=np.int64), *rows]), keys, np.concatenate(values))

    def _sums(self) -> None:
        """Shares sum to one, and so (times the flow) do the parts of an arc to its flow."""
        one, builder = self.network.instance, self.network.builder
        pools = [pool for pool in range(len(one.pools)) if self.reached[pool].any()]
        row_of = {pool: n for n, pool in enumerate(pools)}
        total = builder.constraints(
            f"share_sum_by_{self.by}", Index.of("pool", [one.pools[pool] for pool in pools]), 1.0, 1.0
        )
        which = np.array([row_of[pool] for pool, _ in self.pairs], dtype=np.int64)
        builder.add_terms(total.ids[which], self.share.ids, 1.0)
        arcs = sorted({a for a, _ in self.keys})
        rows = builder.constraints(
            f"part_sum_by_{self.by}", Index.of(("from", "to"), [one.arc_label(a) for a in arcs]), 0.0, 0.0
        )
        place = {a: n for n, a in enumerate(arcs)}
        self.add(rows.ids[[place[a] for a, _ in self.keys]], self.keys, 1.0)
        builder.add_terms(rows.ids, self.network.flow.ids[arcs], -1.0)

    def _capacity(self) -> None:
        """``sum of parts <= capacity * share``, where it says more than the arcs' own bounds do."""
        one, network = self.network.instance, self.network
        limited = []
        for pool, n in self.pairs:
            arcs = self.parted[one.first_pool + pool]
            if network.throughput[pool] < network.upper[arcs].sum() * (1.0 - 1e-9):
                limited.append((pool, n))
        labels = [(one.pools[pool], self.names[n]) for pool, n in limited]
        rows = network.builder.constraints(
            f"part_capacity_by_{self.by}", Index.of(("pool", self.by), labels), upper=0.0
        )
        row, arc = ragged(rows.ids, [self.parted[one.first_pool + pool] for pool, _ in limited])
        inputs = np.repeat(
            [n for _, n in limited], [len(self.parted[one.first_pool + p]) for p, _ in limited]
        )
        self.add(row, list(zip(arc.tolist(), inputs.tolist(), strict=True)), 1.0)
        shares = np.array([self.share_id[pair] for pair in limited], dtype=np.int64)
        network.builder.add_terms(rows.ids, shares, -network.throughput[[pool for pool, _ in limited]])

    def values(self, flows: FloatArray) -> tuple[IntArray, FloatArray]:
        """Column ids and their values at these flows (A,)."""
        find = input_shares if self.is_input else output_shares
        shares = find(self.network.instance, flows, self.share_upper)
        ids = [self.share_id[pair] for pair in self.pairs]
        found = np.minimum(shares, self.share_upper)[self.reached].tolist()
        if self.explicit:
            ids += [self.part_id[key] for key in self.keys]
            found += [float(shares[self.pool_of_arc[a], n] * flows[a]) for a, n in self.keys]
        return np.array(ids, dtype=np.int64), np.array(found)


class InputShares(_Shares):
    """Shares by input: what comes from an input through a pool leaves it again; limits by the parts delivered."""

    def __init__(self, network: Network, explicit: bool = True, with_limits: bool = True) -> None:
        super().__init__(network, "input", explicit, {})
        one, builder = network.instance, network.builder
        labels = [(one.pools[pool], one.inputs[n]) for pool, n in self.pairs]
        rows = builder.constraints("part_balance_by_input", Index.of(("pool", "input"), labels), 0.0, 0.0)
        row_of = dict(zip(self.pairs, rows.ids.tolist(), strict=True))
        direct = np.flatnonzero(one.to_pool & ~one.from_pool)
        row = [row_of[network.pool(int(one.arc_head[a])), int(one.arc_tail[a])] for a in direct]
        builder.add_terms(np.array(row, dtype=np.int64), network.flow.ids[direct], 1.0)
        self.add(np.array([row_of[int(self.pool_of_arc[a]), n] for a, n in self.keys]), self.keys, -1.0)
        onward = [(a, n) for a, n in self.keys if one.to_pool[a]]
        self.add(np.array([row_of[network.pool(int(one.arc_head[a])), n] for a, n in onward]), onward, 1.0)
        if with_limits:
            self._limits()

    def _limits(self) -> None:
        one = self.network.instance
        arriving: dict[int, list[Key]] = {}
        for a, i in self.keys:
            arriving.setdefault(int(one.arc_head[a]) - one.first_output, []).append((a, i))
        self._add_limits(arriving, lambda keys: np.array([i for _, i in keys], dtype=np.int64))


class OutputShares(_Shares):
    """Shares by output: what enters a pool for an output leaves it for that output; limits by the parts drawn."""

    def __init__(
        self, network: Network, with_limits: bool = True, known: dict[Key, int] | None = None
    ) -> None:
        super().__init__(network, "output", True, known or {})
        one, builder = network.instance, network.builder
        labels = [(one.pools[pool], one.outputs[n]) for pool, n in self.pairs]
        rows = builder.constraints("part_balance_by_output", Index.of(("pool", "output"), labels), 0.0, 0.0)
        row_of = dict(zip(self.pairs, rows.ids.tolist(), strict=True))
        direct = np.flatnonzero(one.from_pool & ~one.to_pool)
        row = [
            row_of[network.pool(int(one.arc_tail[a])), int(one.arc_head[a]) - one.first_output]
            for a in direct
        ]
        builder.add_terms(np.array(row, dtype=np.int64), network.flow.ids[direct], -1.0)
        self.add(np.array([row_of[int(self.pool_of_arc[a]), n] for a, n in self.keys]), self.keys, 1.0)
        onward = [(a, n) for a, n in self.keys if one.from_pool[a]]
        self.add(np.array([row_of[network.pool(int(one.arc_tail[a])), n] for a, n in onward]), onward, -1.0)
        self._fractions()
        if with_limits:
            self._limits()

    def _fractions(self) -> None:
        """The limit on an input's share of a pool, times the share of the pool's content by output."""
        one, network = self.network.instance, self.network
        keys = [(a, n) for a, n in self.keys if np.isfinite(one.arc_fraction_upper[a])]
        labels = [(*one.arc_label(a), one.outputs[n]) for a, n in keys]
        index = Index.of(("from", "to", "output"), labels)
        rows = network.builder.constraints("part_fraction_by_output", index, upper=0.0)
        for row, (a, n) in zip(rows.ids, keys, strict=True):
            into = [(int(b), n) for b in one.entering[int(one.arc_head[a])]]
            self.add(np.array([row]), [(a, n)], 1.0)
            self.add(np.full(len(into), row), into, -float(one.arc_fraction_upper[a]))

    def _limits(self) -> None:
        one = self.network.instance
        drawn: dict[int, list[Key]] = {}
        for a, j in self.keys:
            if not one.from_pool[a]:
                drawn.setdefault(j, []).append((a, j))
        self._add_limits(drawn, lambda keys: one.arc_tail[[a for a, _ in keys]])


def link(network: Network, by_input: InputShares, by_output: OutputShares) -> Block:
    """Rows: what comes from an input and reaches an output through pools is the same by both counts."""
    one, builder = network.instance, network.builder
    arriving: dict[Key, list[Key]] = {}
    for a, i in by_input.keys:
        if not one.to_pool[a]:
            arriving.setdefault((i, int(one.arc_head[a]) - one.first_output), []).append((a, i))
    drawn: dict[Key, list[Key]] = {}
    for a, j in by_output.keys:
        if not one.from_pool[a]:
            drawn.setdefault((int(one.arc_tail[a]), j), []).append((a, j))
    pairs = sorted(arriving.keys() | drawn.keys())
    needed = []
    for pair in pairs:
        left = {by_input.part_id[key] for key in arriving.get(pair, [])}
        right = {by_output.part_id[key] for key in drawn.get(pair, [])}
        if left != right:
            needed.append(pair)
    index = Index.of(("input", "output"), [(one.inputs[i], one.outputs[j]) for i, j in needed])
    rows = builder.constraints("part_link", index, 0.0, 0.0)
    for row, pair in zip(rows.ids, needed, strict=True):
        left_keys, right_keys = arriving.get(pair, []), drawn.get(pair, [])
        by_input.add(np.full(len(left_keys), row), left_keys, 1.0)
        by_output.add(np.full(len(right_keys), row), right_keys, -1.0)
    return rows


def shared_parts(network: Network, by_input: InputShares) -> dict[Key, int]:
    """Parts by output that are parts by input too: in pools without pool neighbours both are one path's flow."""
    one = network.instance
    arc_at = {(int(t), int(h)): a for a, (t, h) in enumerate(zip(one.arc_tail, one.arc_head, strict=True))}
    alone = [
        not (one.from_pool[one.entering[node]].any() or one.to_pool[one.leaving[node]].any())
        for node in range(one.first_pool, one.first_output)
    ]
    known: dict[Key, int] = {}
    for a, i in by_input.keys:
        pool = int(by_input.pool_of_arc[a])
        if alone[pool]:
            entering = arc_at[i, one.first_pool + pool]
            known[entering, int(one.arc_head[a]) - one.first_output] = by_input.part_id[a, i]
    return known
