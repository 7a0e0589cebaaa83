"""Prices and cost items of offers and sales over the horizon, in currency of the case per uom of the stream."""

from __future__ import annotations

import numpy as np

from netback.errors import DataError
from netback.refinery.build import Build, FloatArray
from netback.refinery.network import Network
from netback.refinery.timeline import Timeline


def price_over_time(network: Network, line: Timeline, lot: int, column: str, uom_column: str) -> FloatArray:
    """Prices of a timeline in currency of the case per uom of the lot's stream; 0 where there is no row.

    Raises
    ------
    DataError
        If a density or an exchange rate is missing.
    """
    stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
    found = np.zeros(len(line))
    for period, record in enumerate(line):
        if record is not None and record[column] is not None:
            scale = network.money.factor(record[uom_column], stream_uom, density, period)
            found[period] = record[column] * scale
    return found


def cost_items(
    build: Build,
    items: dict[tuple[object, ...], Timeline],
    owner: str,
    lot: int,
    price: FloatArray,
    table: str,
) -> dict[str, FloatArray]:
    """Cost items of an offer or a sale by name, in currency of the case per uom of the stream."""
    found: dict[str, FloatArray] = {}
    for (name, item), line in items.items():
        if name != owner:
            continue
        total = np.zeros(build.count)
        for period, record in enumerate(line):
            if record is None:
                continue
            if record["cost_uom"] == "%":
                total[period] = record["cost"] / 100.0 * price[period]
                continue
            try:
                stream_uom, density = (
                    build.network.stream_of(lot).uom,
                    build.network.lots[lot].density_t_per_m3,
                )
                scale = build.network.money.factor(record["cost_uom"], stream_uom, density, period)
            except DataError as error:
                build.fault(build.network.case.table(table).where(record, "cost_uom"), error)
                scale = 0.0
            total[period] = record["cost"] * scale
        found[str(item)] = total
    return found
