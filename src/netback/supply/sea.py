"""Voyages that began before the horizon: they arrive on their date, whatever the plan does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from netback import uom
from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.build import Build
from netback.refinery.purchases import supplied_lot
from netback.supply.cargo_options import Calendar, calendar_of


@dataclass(frozen=True)
class Afloat:
    """One voyage at sea when the horizon begins; ``quantity`` and ``price`` per uom of the stream."""

    voyage: str
    lot: int
    quantity: float
    price: float
    period: int
    arrival: date
    port: str
    vessel: str
    berth_days: float


def read_afloat(build: Build) -> list[Afloat]:
    """All rows of cargoes_at_sea.csv. Findings go to ``build``."""
    table = build.network.case.table("cargoes_at_sea")
    if not table.records:
        return []
    calendar = calendar_of(build)
    if calendar is None:
        return []
    found = [_afloat(build, calendar, record) for record in table.records]
    return [afloat for afloat in found if afloat is not None]


def _afloat(build: Build, calendar: Calendar, record: Record) -> Afloat | None:
    table, network = build.network.case.table("cargoes_at_sea"), build.network
    period = calendar.period(record["arrival"])
    if not 0 <= period < build.count:
        what = f"{record['voyage']} arrives on {record['arrival']}, outside the horizon."
        hint = "Leave it out, or put what arrived before into opening_stocks.csv."
        build.findings.append(Finding(table.where(record, "arrival"), what, hint))
        return None
    lot = supplied_lot(network, record["stream"])
    stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
    try:
        scale = uom.factor(record["uom"] or stream_uom, stream_uom, density)
        money = network.money.factor(record["price_uom"], stream_uom, density, period)
    except DataError as error:
        build.fault(table.where(record), error)
        return None
    return Afloat(
        record["voyage"], lot, record["quantity"] * scale, record["price"] * money, period, record["arrival"],
        record["discharge_port"] or "", record["vessel"] or "", record["berth_days"],
    )  # fmt: skip
