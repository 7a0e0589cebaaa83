"""What flows into a pool: purchases, runs, swings, opening stocks and the stock of the period before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netback.refinery.build import Build, FloatArray, IntArray
from netback.refinery.pools import Pool


@dataclass(frozen=True, eq=False)
class Inlet:
    """One inlet: the lot that it adds, by what, and its columns and weights over time, (periods,); -1 where none.

    ``feed`` is the lot of which a run or a swing makes it in the same period, None where it comes from elsewhere.
    """

    name: str
    lot: int
    by: str
    feed: int | None
    columns: IntArray
    weights: FloatArray


def inlets_of(build: Build, pool: Pool) -> list[Inlet]:
    """All inlets of a pool, in the order of the blocks that make them."""
    network, periods = build.network, build.count
    lots, found = set(pool.lots), []

    def add(name: str, lot: int, by: str, feed: int | None, columns: IntArray, weight: float) -> None:
        found.append(
            Inlet(f"{network.labels[lot]} by {name}", lot, by, feed, columns, np.full(periods, weight))
        )

    block = build.blocks.get("purchase")
    offered = build.once("lots of purchases", lambda: _purchased(build))
    if block is not None:
        for position, lot in enumerate(offered):
            if lot in lots:
                add(
                    "purchase of " + " ".join(block.index.axes[0][position]),
                    lot,
                    "purchase",
                    None,
                    block.ids[position],
                    1.0,
                )
    for position, run in enumerate(network.runs):
        made: dict[int, float] = {}
        for lot, amount in run.outputs:
            made[lot] = made.get(lot, 0.0) + amount
        for lot, amount in made.items():
            if lot in lots and amount != 0.0:
                name = f"{run.unit}/{run.mode} of {network.labels[run.feed]}"
                add(name, lot, f"{run.unit}/{run.mode}", run.feed, build.blocks["run"].ids[position], amount)
    for position, join in enumerate(network.joins):
        if join.target in lots:
            name = f"{join.unit} of {network.labels[join.source]}"
            source = network.lots[join.source].stream
            ids = build.blocks["join"].ids[position]
            add(name, join.target, f"join of {source}", join.source, ids, join.factor)
    for name in ("opening_stock", "stock"):
        found += _from_stock(build, pool, name)
    return found


def _purchased(build: Build) -> list[int]:
    """Lot of every purchase, in the order of its block, as the balances have it."""
    if "purchase" not in build.blocks:
        return []
    problem = build.builder.build()
    ids = build.blocks["stream_balance"].ids
    matrix = problem.matrix.tocsc()
    lots = {int(row): lot for lot, at in build.balance_position.items() for row in ids[at]}
    found = []
    for columns in build.blocks["purchase"].ids:
        rows = matrix[:, [int(columns[0])]].tocoo().row.tolist()
        found.append(next((lots[row] for row in rows if row in lots), -1))
    return found


def _from_stock(build: Build, pool: Pool, name: str) -> list[Inlet]:
    """Opening stocks as they stand, or the stock of the period before."""
    if name not in build.blocks:
        return []
    network, block = build.network, build.blocks[name]
    labels = {network.labels[lot]: lot for lot in pool.lots}
    found = []
    for position, key in enumerate(block.index.axes[0]):
        if key[-1] not in labels:
            continue
        columns = np.array(block.ids[position])
        if name == "stock":
            columns = np.concatenate([[-1], columns[:-1]])
        else:
            columns[1:] = -1
        if (columns < 0).all():
            continue
        lot = labels[key[-1]]
        what = "stock of before" if name == "stock" else "opening stock"
        found.append(Inlet(f"{key[-1]} by {what}", lot, what, None, columns, np.ones(build.count)))
    return found
