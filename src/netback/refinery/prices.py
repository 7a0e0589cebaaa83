"""Prices and cost items of offers and sales over the horizon, in currency of the case per uom of the stream."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netback.case.case import Case
from netback.errors import DataError
from netback.refinery.build import Build, FloatArray
from netback.refinery.network import Network
from netback.refinery.timeline import Timeline, timelines


def price_over_time(network: Network, line: Timeline, lot: int, column: str, uom_column: str) -> FloatArray:
    """Prices of a timeline in currency of the case per uom of the lot's stream; 0 where there is no row.

    Raises
    ------
    DataError
        If a density or an exchange rate is missing.
    """
    stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
    found = np.zeros(len(line))
    scales: dict[str | None, float] = {}
    for period, record in enumerate(line):
        if record is None or record[column] is None:
            continue
        price_uom = record[uom_column]
        if price_uom not in scales or not network.money.is_own(price_uom):
            scales[price_uom] = network.money.factor(price_uom, stream_uom, density, period)
        found[period] = record[column] * scales[price_uom]
    return found


def cost_lines(case: Case, table: str, owner: str) -> dict[str, dict[str, Timeline]]:
    """Timelines of offer_costs.csv or sale_costs.csv: owner -> item -> line."""
    found: dict[str, dict[str, Timeline]] = {}
    for (name, item), line in timelines(case, table, (owner, "item")).items():
        found.setdefault(name, {})[str(item)] = line
    return found


def cost_items(
    build: Build,
    items: Mapping[str, Timeline],
    lot: int,
    price: FloatArray,
    table: str,
) -> dict[str, FloatArray]:
    """Costs of an offer or a sale by item, in currency of the case per uom of the stream."""
    found: dict[str, FloatArray] = {}
    for item, line in items.items():
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
        found[item] = total
    return found
