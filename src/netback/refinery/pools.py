"""Pools: streams that mix in one tank, so that every user gets the same mix.

For a pooled stream with lots l, users u (a mode of a unit, a blend, a sale, a stock, a swing) and periods p the other
blocks made the columns ``flow(l, u, p)`` already (run, blend, sale, stock, join). A pool says that what each user
takes is made up alike:

    flow(l, u, p) / draw[u, p] is the same for every user u,    draw[u, p] = sum over l of flow(l, u, p)

How that is written is the form, see :mod:`netback.refinery.pool_forms`; the plans that it holds are the same in every
exact form. A stock is a user like any other, so a tank keeps its mix from one period to the next, and opening stocks
of several origins are mixed with what comes in. What a unit makes of a mix is a mix itself: pooling passes on to the
products of its runs. Lots that no row can tell apart share one share (a *class*, :mod:`netback.refinery.pool_matters`),
and nothing is pooled that has a single user or a single class.

A yield that moves with a quality of the feed is the mean of the yields of the lots, each at its own quality, weighted
as they flow. That is the yield at the quality of the mix where the quality averages over the uom in which the stream
flows; elsewhere a remark says so.

Reference: Haverly, Studies of the behavior of recursion for the pooling problem, SIGMAP Bulletin 25 (1978); Tawarmalani
and Sahinidis, Convexification and Global Optimization (2002), ch. 9; Alfaki and Haugland, A multi-commodity flow
formulation for the generalized pooling problem, J. Glob. Optim. 56 (2013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from netback import uom
from netback.case.checks_sources import spans
from netback.case.table import Record
from netback.errors import Finding
from netback.refinery.build import Build, IntArray
from netback.refinery.network import POOL, Network
from netback.refinery.pool_matters import Matter, what_matters


@dataclass(frozen=True, eq=False)
class Pool:
    """A pooled stream: its lots, what matters of them, and for every user the columns of each lot (lots, periods).

    ``form`` says how it is written, see :mod:`netback.refinery.pool_forms`.
    """

    stream: str
    lots: tuple[int, ...]
    users: Mapping[str, IntArray]
    matter: Matter
    form: str = "source"

    @property
    def is_kept(self) -> bool:
        """Whether a stock carries the mix on from period to period."""
        return any(user.split()[0] == "stock" for user in self.users)

    @cached_property
    def class_columns(self) -> tuple[tuple[tuple[list[int], ...], ...], ...]:
        """Columns of the flows of every user, of every class and in every period: lists of lots."""
        members = [self.matter.classes == number for number in range(self.matter.count)]
        return tuple(
            tuple(tuple(columns[mine].T.tolist()) for mine in members) for columns in self.users.values()
        )

    def class_labels(self, network: Network) -> tuple[str, ...]:
        """A readable unique name per class: the label of its first lot, and how many more are like it."""
        found: dict[int, list[int]] = defaultdict(list)
        for lot, number in zip(self.lots, self.matter.classes.tolist(), strict=True):
            found[number].append(lot)
        return tuple(
            network.labels[lots[0]] + (f" and {len(lots) - 1} alike" if len(lots) > 1 else "")
            for _, lots in sorted(found.items())
        )


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
    """Pools with several classes of lots and several users; misuse of pools.csv is told in findings and remarks.

    To be called when every other row and cost is there: what matters of a mix is read off them.
    """
    network = build.network
    _find_misuse(build)
    users = {stream: _users(build, stream) for stream in pooled_streams(network)}
    complete: dict[str, dict[str, IntArray]] = {}
    for stream, found in users.items():
        if network.streams[stream].kind == "loss":
            continue
        lots = network.stream_lots[stream]
        partial = sorted(name for name, columns in found.items() if len(columns) < len(lots))
        if partial:
            what = f'"{stream}" is pooled, but {partial[0]} takes only some of what it is made of.'
            hint = "A mix cannot be taken apart: let it take every part."
            build.findings.append(Finding("pools.csv", what, hint))
            continue
        complete[stream] = {name: np.stack([columns[lot] for lot in lots]) for name, columns in found.items()}
    matters = what_matters(build, complete) if complete else {}
    return [
        Pool(stream, network.stream_lots[stream], complete[stream], matter)
        for stream, matter in matters.items()
        if matter.count > 1 and len(complete[stream]) > 1
    ]


def _find_misuse(build: Build) -> None:
    """Pools that pool nothing, or whose yields take the mean of another basis than their property has."""
    network = build.network
    table = network.case.table("pools")
    for record in table.records:
        stream, where = record["stream"], table.where(record, "stream")
        if stream in network.blended and record["component"] is None:
            what = f'"{stream}" is blended to its specs and has one quality, so there is nothing to pool.'
            hint = "To mix without specs, name what flows into the tank in the column component of pools.csv."
            build.findings.append(Finding(where, what, hint))
        elif not network.stream_lots[stream]:
            what = f'nothing flows into pool "{stream}": it is made by no unit, joined by nothing and not bought.'
            build.remarks.append(Finding(where, what, "", "warning"))
        elif network.streams[stream].kind == "utility":
            what = f'"{stream}" is a utility: it has no quality that could mix.'
            build.findings.append(Finding(where, what, "Take the row out."))
    _remark_mean_yields(build)


def _remark_mean_yields(build: Build) -> None:
    """Tell of yields that take the mean over the parts of a mix where their property averages on another basis."""
    network = build.network
    pooled = set(pooled_streams(network))
    deltas = network.case.table("deltas")
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in deltas.records:
        if record["feed"] in pooled and network.rules.known(record["property"]):
            dimension = uom.parse(network.streams[record["feed"]].uom).dimension
            rule = network.rules[record["property"]]
            if rule.basis not in (dimension, "flow") or rule.method != "linear":
                found[record["property"], dimension].append(record)
    for (name, dimension), records in found.items():
        rule = network.rules[name]
        feeds = ", ".join(f'"{feed}"' for feed in dict.fromkeys(record["feed"] for record in records))
        what = (
            f"{name} blends by {rule.basis} ({rule.method}), but the feeds {feeds} flow by {dimension}: the yield of "
            f"a mix is the mean of the yields of its parts, near that at the mixed {name}."
        )
        rows = ", ".join(spans(record.row for record in records))
        build.remarks.append(Finding(f"{deltas.schema.file}, {rows}", what, "", "warning"))


def _users(build: Build, stream: str) -> dict[str, dict[int, IntArray]]:
    """Columns over time of every user of a stream, by lot."""
    network = build.network
    found: dict[str, dict[int, IntArray]] = defaultdict(dict)
    for position, run in enumerate(network.runs):
        if network.lots[run.feed].stream == stream:
            found[f"feed of {run.unit}/{run.mode}"][run.feed] = build.blocks["run"].ids[position]
    lots = {network.labels[lot]: lot for lot in network.stream_lots[stream]}
    for name in ("blend", "sale", "stock"):
        if name not in build.blocks:
            continue
        block = build.blocks[name]
        for position, key in enumerate(block.index.axes[0]):
            if key[-1] in lots:
                found[" ".join((name, *key[:-1]))][lots[key[-1]]] = block.ids[position]
    for position, join in enumerate(network.joins):
        if network.lots[join.source].stream == stream:
            target = network.lots[join.target].stream
            way = "swing" if join.unit != POOL else "flow"
            found[f"{way} to {target}"][join.source] = build.blocks["join"].ids[position]
    return dict(found)
