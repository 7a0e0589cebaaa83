"""What a ship costs and how long she takes when she loads on a day: as stated, or from the voyage estimate.

What a row of cargoes.csv or cargo_costs.csv states wins; with ``estimate`` yes the rest comes from the estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.build import Build
from netback.refinery.timeline import Timeline


@dataclass(frozen=True)
class Terms:
    """Terms of one ship that loads on a day.

    ``days`` from loading to the berth or the place of lightering; ``largest_t`` what she can carry [t], infinite where
    nobody says. ``per_ship`` and ``per_quantity`` are costs by item: currency of the case per ship, and per uom of
    the stream. ``per_price`` are shares of the price at loading.
    """

    days: float
    berth_days: float
    largest_t: float = math.inf
    via: str = ""
    per_ship: Mapping[str, float] = field(default_factory=dict)
    per_quantity: Mapping[str, float] = field(default_factory=dict)
    per_price: Mapping[str, float] = field(default_factory=dict)


def terms_of(
    build: Build, lot: int, record: Record, costs: Mapping[str, Timeline], period: int, day: date
) -> Terms | None:
    """Terms of a ship that loads on a day; None where her way is closed. Findings go to ``build``."""
    table = build.network.case.table("cargoes")
    if record["days"] is None:
        what = "nothing says how long the voyage takes."
        build.findings.append(Finding(table.where(record, "days"), what, "Give days, or estimate yes."))
        return Terms(0.0, 0.0)
    key = (record.row, period)
    stated: Terms = build.once(f"cargo terms {key}", lambda: _stated(build, lot, record, costs, period))
    return stated


def _stated(build: Build, lot: int, record: Record, costs: Mapping[str, Timeline], period: int) -> Terms:
    ship: dict[str, float] = {}
    quantity: dict[str, float] = {}
    price: dict[str, float] = {}
    network = build.network
    stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
    for item, line in costs.items():
        row = line[period]
        if row is None:
            continue
        if row["per"] == "ship":
            ship[item] = row["cost"]
        elif row["cost_uom"] == "%":
            price[item] = row["cost"] / 100.0
        else:
            try:
                scale = network.money.factor(row["cost_uom"], stream_uom, density, period)
            except DataError as error:
                build.fault(network.case.table("cargo_costs").where(row, "cost_uom"), error)
                scale = 0.0
            quantity[item] = row["cost"] * scale
    return Terms(
        record["days"], record["berth_days"] or 0.0, math.inf, record["via"] or "", ship, quantity, price
    )
