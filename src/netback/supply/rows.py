"""The rows that supply works with, as frozen objects: places, ships, berths, rates and plans.

Each is made from one record of a table and keeps ``where``, its place in the user's own file, for findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, TypeVar

from netback.case.table import Record, Table
from netback.case.values import names_in

Row = TypeVar("Row", bound="_Row")


@dataclass(frozen=True, slots=True)
class _Row:
    where: str


@dataclass(frozen=True, slots=True)
class Place(_Row):
    """A port, anchorage, chokepoint or waypoint. ``kind`` is ``port`` or the kind of the chokepoint."""

    name: str
    title: str
    aliases: tuple[str, ...]
    kind: str
    latitude_deg: float
    longitude_deg: float
    length_nm: float = 0.0

    @property
    def is_port(self) -> bool:
        """Whether a voyage can begin or end here."""
        return self.kind == "port"

    @property
    def is_waypoint(self) -> bool:
        """Whether the place only bends a route and is not worth a line."""
        return self.kind == "waypoint"


@dataclass(frozen=True, slots=True)
class SeaLeg(_Row):
    """One leg between two places, the same in both directions; ``distance_nm`` [nautical miles]."""

    from_place: str
    to_place: str
    distance_nm: float


@dataclass(frozen=True, slots=True)
class ChokepointEvent(_Row):
    """What holds at a chokepoint between two days, both included; None means open."""

    event: str
    chokepoint: str
    start: date | None
    end: date | None
    vessel_class: str | None
    loaded: str
    closed: bool
    speed_kn: float | None
    extra_days: float | None
    toll_usd: float | None
    toll_usd_per_t: float | None
    max_draught_m: float | None
    max_dwt_t: float | None

    def holds(self, on: date, vessel_class: str | None, laden: bool) -> bool:
        """Whether the row holds on a day for a ship; rows of a class hold for no nameless ship."""
        if self.vessel_class is not None and self.vessel_class != vessel_class:
            return False
        if self.loaded != "both" and (self.loaded == "laden") != laden:
            return False
        return self.touches(on, on)

    def touches(self, first: date, last: date) -> bool:
        """Whether the row is there on any day between two, both included."""
        return (self.start is None or self.start <= last) and (self.end is None or first <= self.end)


@dataclass(frozen=True, slots=True)
class VesselClass(_Row):
    """A class of ships; columns as in ``vessel_classes.csv``, uom in the names."""

    vessel_class: str
    title: str | None
    aliases: str | None
    cargo_kind: str
    dwt_t: float
    not_cargo_t: float
    tank_m3: float | None
    loa_m: float | None
    beam_m: float | None
    draught_laden_m: float
    draught_ballast_m: float | None
    tpc_t_per_cm: float
    speed_laden_kn: float
    speed_ballast_kn: float
    fuel: str
    consumption_laden_t_per_d: float
    consumption_ballast_t_per_d: float
    consumption_idle_t_per_d: float
    consumption_discharge_t_per_d: float | None
    pump_t_per_h: float | None


@dataclass(frozen=True, slots=True)
class Berth(_Row):
    """A berth; columns as in ``berths.csv``, uom in the names."""

    berth: str
    port: str
    title: str | None
    aliases: str | None
    kind: str
    cargo_kind: str
    depth_m: float | None
    tide_m: float
    under_keel_share: float
    under_keel_m: float
    max_draught_m: float | None
    max_dwt_t: float | None
    max_loa_m: float | None
    load_t_per_h: float | None
    discharge_t_per_h: float | None
    fixed_days: float | None
    wait_days: float
    dues_usd: float | None
    dues_usd_per_t: float
    stated_max_cargo_t: float | None
    stated_by: str | None

    @property
    def label(self) -> str:
        """Name as people write it."""
        return self.title or self.berth


RateKind = Literal["time_charter", "lump_sum", "worldscale", "per_tonne"]


@dataclass(frozen=True, slots=True)
class FreightRate(_Row):
    """What a ship costs: USD a day, USD a voyage, Worldscale points or USD/t by ``kind``."""

    rate: str
    kind: RateKind
    vessel_class: str | None
    origin: str | None
    destination: str | None
    start: date | None
    end: date | None
    amount: float
    flat_usd_per_t: float | None = None
    min_cargo_t: float | None = None
    low: float | None = None
    high: float | None = None

    def fits(self, on: date, vessel_class: str, origin: str, destination: str) -> bool:
        """Whether the rate holds for a voyage that begins on a day."""
        named = ((self.vessel_class, vessel_class), (self.origin, origin), (self.destination, destination))
        if any(mine is not None and mine != asked for mine, asked in named):
            return False
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    @property
    def closeness(self) -> int:
        """How many things the rate names: the more, the closer it fits."""
        parts = (self.vessel_class, self.origin, self.destination, self.start, self.end)
        return sum(part is not None for part in parts)


@dataclass(frozen=True, slots=True)
class BunkerPrice(_Row):
    """Price of a ship fuel [USD/t] between two days, both included."""

    fuel: str
    start: date | None
    end: date | None
    price_usd_per_t: float


@dataclass(frozen=True, slots=True)
class LighteringPlan(_Row):
    """How a cargo goes from a large ship (the mother) into smaller ones; columns of ``lightering_plans.csv``."""

    plan: str
    title: str | None
    place: str
    shuttle_class: str
    shuttles: int = 1
    shuttle_cargo_t: float | None = None
    mother_berths: bool = False
    mother_cargo_t: float | None = None
    mother_berth: str | None = None
    shuttle_berth: str | None = None
    wait_days: float = 0.0
    fixed_days: float = 0.5
    transfer_t_per_h: float = 2500.0
    positioning_days: float = 0.0
    fee_usd_per_transfer: float = 0.0
    fee_usd_per_t: float = 0.0
    dues_usd: float = 0.0


def where_in(table: Table, record: Record, column: str = "") -> str:
    """Return the place of a row in the user's words; rows of the library carry a row below zero and say so."""
    if record.row >= 0:
        return table.where(record, column)
    parts = [f"library, {table.schema.file}, row {-record.row}", *([f"column {column}"] if column else [])]
    return ", ".join(parts)


def rows_of(kind: type[Row], table: Table) -> Iterator[Row]:
    """Make one object of ``kind`` from each record of a table; columns and fields have the same names."""
    names = [field.name for field in fields(kind) if field.name != "where"]
    for record in table.records:
        yield kind(where_in(table, record), **{name: record[name] for name in names})


def place_of(table: Table, record: Record, name_column: str) -> Place:
    """Make a place from a row of ``ports.csv`` or ``chokepoints.csv``."""
    name: str = record[name_column]
    return Place(
        where=where_in(table, record),
        name=name,
        title=record["title"] or name,
        aliases=names_in(record["aliases"]),
        kind=record["kind"] if name_column == "chokepoint" else "port",
        latitude_deg=record["latitude_deg"],
        longitude_deg=record["longitude_deg"],
        length_nm=_number(record.get("length_nm")),
    )


def _number(value: Any) -> float:
    return 0.0 if value is None else float(value)
