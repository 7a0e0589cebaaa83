"""What a planner compares plans by: how much of each offer is bought, fed to each unit, sold, and how many ships load.

Each is a sum of columns of the program over the horizon, in the uom of its stream. For telling how far two plans are
apart every amount also has a volume [bbl per uom]: by the density of its lot, else by that which the blend has in the
plan, else by the mean of the components that may go into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.program.index import IntArray
from netback.program.problem import FloatArray
from netback.results.reading import Reader

GROUPS = ("bought", "ships", "run", "sold")


@dataclass(frozen=True, eq=False)
class Amount:
    """A sum of columns: ``group`` is one of GROUPS; ``barrels`` [bbl per uom], 0 where it has no volume."""

    group: str
    name: str
    uom: str
    columns: IntArray
    barrels: float

    def of(self, x: FloatArray) -> float:
        """The amount in a point of the program [uom]."""
        return float(x[self.columns].sum())


def amounts_of(reader: Reader) -> tuple[Amount, ...]:
    """Every amount of a solved plan, in the order of GROUPS and of the tables."""
    return (*_bought(reader), *_ships(reader), *_run(reader), *_sold(reader))


def matrix_of(amounts: Sequence[Amount], width: int) -> sparse.csr_array[np.float64]:
    """The sums as a matrix, float (len(amounts), width)."""
    places = np.concatenate([np.full(len(one.columns), k) for k, one in enumerate(amounts)])
    columns = np.concatenate([one.columns for one in amounts])
    return sparse.csr_array((np.ones(len(columns)), (places, columns)), shape=(len(amounts), width))


def _bought(reader: Reader) -> list[Amount]:
    found: dict[str, list[IntArray]] = {}
    lots: dict[str, int] = {}
    for position, tranche in enumerate(reader.model.tranches):
        ids = reader.model.build.blocks["purchase"].ids[position]
        found.setdefault(tranche.offer, []).append(ids)
        lots[tranche.offer] = tranche.lot
    return [
        Amount(
            "bought",
            offer,
            reader.network.stream_of(lots[offer]).uom,
            np.concatenate(parts),
            reader.barrels(lots[offer], 1.0) or 0.0,
        )
        for offer, parts in found.items()
    ]


def _ships(reader: Reader) -> list[Amount]:
    if not reader.has("cargo_ships"):
        return []
    made = reader.model.build.blocks["cargo_ships"]
    keys = enumerate(made.index.axes[0])
    return [Amount("ships", key[0], "ships", made.ids[position], 0.0) for position, key in keys]


def _run(reader: Reader) -> list[Amount]:
    """Feed of each unit; one whose feeds flow in different uom is told by none."""
    parts: dict[str, list[IntArray]] = {}
    uoms: dict[str, set[str]] = {}
    for position, run in enumerate(reader.network.runs):
        parts.setdefault(run.unit, []).append(reader.model.build.blocks["run"].ids[position])
        uoms.setdefault(run.unit, set()).add(reader.network.stream_of(run.feed).uom)
    return [
        Amount("run", unit, next(iter(uoms[unit])), np.concatenate(ids), 0.0)
        for unit, ids in parts.items()
        if len(uoms[unit]) == 1
    ]


def _sold(reader: Reader) -> list[Amount]:
    found: dict[str, list[IntArray]] = {}
    sold: dict[str, tuple[str, list[int]]] = {}
    position = 0
    for tier in reader.model.tiers:
        for lot in tier.lots:
            found.setdefault(tier.sale, []).append(reader.model.build.blocks["sale"].ids[position])
            sold.setdefault(tier.sale, (tier.stream, []))[1].append(lot)
            position += 1
    return [
        Amount(
            "sold",
            sale,
            reader.network.streams[sold[sale][0]].uom,
            np.concatenate(parts),
            _barrels(reader, sold[sale][1]),
        )
        for sale, parts in found.items()
    ]


def _barrels(reader: Reader, lots: Sequence[int]) -> float:
    """Barrels of one uom of a product."""
    lot = lots[0]
    stream = reader.network.stream_of(lot)
    if not stream.in_mass_balance:
        return 0.0
    known = [value for one in lots if (value := reader.barrels(one, 1.0)) is not None]
    if known:
        return float(np.mean(known))
    made = sum(float(amount) for amount in reader.blend_made(stream.name))
    volumes = [reader.blend_volume.get((stream.name, period)) for period in range(len(reader.periods))]
    if made > 0.0 and all(volume is not None for volume in volumes):
        return sum(volume or 0.0 for volume in volumes) / made
    arcs = [arc for arc in reader.model.arcs if arc.product == stream.name]
    pairs = [(reader.in_uom(arc.lot, 1.0, "bbl"), reader.in_uom(arc.lot, 1.0, stream.uom)) for arc in arcs]
    ratios = [barrels / own for barrels, own in pairs if barrels and own]
    return float(np.mean(ratios)) if ratios else 0.0
