"""Pools: streams that mix in one tank, so that every user gets the same mix.

For a pooled stream with lots l, users u (a mode of a unit, a blend, a sale, a stock, a swing) and periods p:

    share[l, p]      part of the pool that is lot l, 0 to 1, adding up to 1            [-]
    draw[u, p]       what user u takes of the pool                                      [uom of the stream]
    flow(l, u, p)    the columns that the other blocks made already (run, blend, sale, stock, join)

    source form      flow(l, u, p) = share[l, p] x draw[u, p],    draw[u, p] = sum over l of flow(l, u, p)
    terminal form    flow(l, u, p) = split[u, p] x inlet[l, p],   inlet[l, p] = sum over u of flow(l, u, p)

where split[u, p] is the part of the pool that goes to user u. The sums stay in the program as redundant rows: with them
the relaxation is that of the pq formulation. A stock is a user like any other, so a tank keeps its mix from one period
to the next. What a unit makes of a mix is a mix itself: pooling passes on to the products of its runs. Nothing is
pooled that has a single user or a single lot.

Reference: Tawarmalani and Sahinidis, Convexification and Global Optimization (2002), ch. 9 (pq form); Alfaki and
Haugland, A multi-commodity flow formulation for the generalized pooling problem, J. Glob. Optim. 56 (2013) (source
and terminal forms).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from netback.errors import Finding
from netback.refinery.build import Build, IntArray
from netback.refinery.network import Network

FORMS = ("segregated", "source", "terminal")


@dataclass(frozen=True)
class Pool:
    """A pooled stream: its lots, and for every user the columns of each lot, int (lots, periods)."""

    stream: str
    lots: tuple[int, ...]
    users: Mapping[str, IntArray]


def pooled_streams(network: Network) -> tuple[str, ...]:
    """Streams of pools.csv with several lots, and those that units and swings make of them."""
    found = dict.fromkeys(record["stream"] for record in network.case.table("pools").records)
    pending = list(found)
    while pending:
        stream = pending.pop()
        for run in network.runs:
            if network.lots[run.feed].stream == stream:
                pending += _new(found, (network.lots[lot].stream for lot, _ in run.outputs))
        for join in network.joins:
            if network.lots[join.source].stream == stream:
                pending += _new(found, (network.lots[join.target].stream,))
    return tuple(stream for stream in found if len(network.stream_lots[stream]) > 1)


def _new(found: dict[str, None], streams: Iterable[str]) -> list[str]:
    added = [stream for stream in dict.fromkeys(streams) if stream not in found]
    found.update(dict.fromkeys(added))
    return added


def pools(build: Build) -> list[Pool]:
    """Pools with several lots and several users. A loss that is pooled is nobody's business."""
    network = build.network
    made: list[Pool] = []
    for stream in pooled_streams(network):
        if network.streams[stream].kind == "loss":
            continue
        lots = network.stream_lots[stream]
        users = _users(build, stream)
        complete = {
            name: np.stack([found[lot] for lot in lots])
            for name, found in users.items()
            if len(found) == len(lots)
        }
        partial = sorted(set(users) - set(complete))
        if partial:
            what = f'"{stream}" is pooled, but {partial[0]} takes only some of what it is made of.'
            build.findings.append(
                Finding("pools.csv", what, "A mix cannot be taken apart: let it take every part.")
            )
        if len(complete) > 1:
            made.append(Pool(stream, lots, complete))
    return made


def _users(build: Build, stream: str) -> dict[str, dict[int, IntArray]]:
    """Columns over time of every user of a stream, by lot."""
    network = build.network
    found: dict[str, dict[int, IntArray]] = defaultdict(dict)
    for position, run in enumerate(network.runs):
        if network.lots[run.feed].stream == stream:
            found[f"feed of {run.unit}/{run.mode}"][run.feed] = build.blocks["run"].ids[position]
    for name, axis_lot in (("blend", -1), ("sale", -1), ("stock", -1)):
        if name not in build.blocks:
            continue
        block = build.blocks[name]
        lots = {network.labels[lot]: lot for lot in network.stream_lots[stream]}
        for position, key in enumerate(block.index.axes[0]):
            if key[axis_lot] in lots:
                found[" ".join((name, *key[:-1]))][lots[key[axis_lot]]] = block.ids[position]
    for position, join in enumerate(network.joins):
        if network.lots[join.source].stream == stream:
            target = network.lots[join.target].stream
            found[f"swing to {target}"][join.source] = build.blocks["join"].ids[position]
    return dict(found)


def variables_pool(build: Build, made: list[Pool], form: str) -> None:
    """Columns ``pool_share[lot, period]`` and ``pool_draw[stream, user, period]``, or those of the terminal form."""
    labels = build.network.labels
    lots = [(labels[lot],) for pool in made for lot in pool.lots]
    users = [(pool.stream, user) for pool in made for user in pool.users]
    if form == "source":
        build.variables("pool_share", ("lot",), lots, 0.0, 1.0)
        build.variables("pool_draw", ("stream", "user"), users)
    else:
        build.variables("pool_split", ("stream", "user"), users, 0.0, 1.0)
        build.variables("pool_inlet", ("lot",), lots)


def constraints_pool(build: Build, made: list[Pool], form: str) -> None:
    """Rows that tie every flow out of a pool to its share and draw, and the redundant sums."""
    if not made:
        return
    labels = build.network.labels
    mixes = [(labels[lot], user) for pool in made for lot in pool.lots for user in pool.users]
    mix = build.constraints("pool_mix", ("lot", "user"), mixes, 0.0, 0.0)
    whole = build.constraints("pool_whole", ("stream",), [(pool.stream,) for pool in made], 1.0, 1.0)
    sums = "pool_draw" if form == "source" else "pool_inlet"
    total = build.constraints(f"{sums}_sum", *_keys(build, sums), 0.0, 0.0)
    assert mix is not None
    assert whole is not None
    assert total is not None
    build.builder.add_terms(total.ids, build.blocks[sums].ids, -1.0)
    row = lot_start = user_start = 0
    for number, pool in enumerate(made):
        lots, users = len(pool.lots), len(pool.users)
        lot_span, user_span = slice(lot_start, lot_start + lots), slice(user_start, user_start + users)
        flows = np.stack(list(pool.users.values()), axis=1)
        rows = mix.ids[row : row + lots * users].reshape(lots, users, build.count)
        build.builder.add_terms(rows, flows, 1.0)
        if form == "source":
            part = build.blocks["pool_share"].ids[lot_span][:, None, :]
            amount = build.blocks["pool_draw"].ids[user_span][None, :, :]
            shares, sum_rows = build.blocks["pool_share"].ids[lot_span], total.ids[user_span][None, :, :]
        else:
            part = build.blocks["pool_split"].ids[user_span][None, :, :]
            amount = build.blocks["pool_inlet"].ids[lot_span][:, None, :]
            shares, sum_rows = build.blocks["pool_split"].ids[user_span], total.ids[lot_span][:, None, :]
        parts, amounts = (np.broadcast_to(ids, flows.shape) for ids in (part, amount))
        build.builder.add_products(rows, parts, amounts, -1.0)
        build.builder.add_terms(np.broadcast_to(sum_rows, flows.shape), flows, 1.0)
        build.builder.add_terms(np.broadcast_to(whole.ids[number], shares.shape), shares, 1.0)
        row, lot_start, user_start = row + lots * users, lot_start + lots, user_start + users


def _keys(build: Build, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    index = build.blocks[name].index
    return index.dims[:-1], list(index.axes[0])
