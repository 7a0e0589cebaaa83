"""Reference data of supply: the rows of the library, overlaid by those of a case.

A row of a case replaces the row of the library that has the same key, whole; other rows are added. Every name
is understood as its key, its title or an alias, capitals aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from heapq import heappop, heappush
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from netback.case.case import Case
from netback.case.schema import TABLES
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import DataError, Finding, closest
from netback.io.csv_reader import read_table
from netback.supply.geo import great_circle_nm
from netback.supply.rows import (
    Berth,
    BunkerPrice,
    ChokepointEvent,
    FreightRate,
    LighteringPlan,
    Place,
    SeaLeg,
    VesselClass,
    place_of,
    rows_of,
    where_in,
)

LIBRARY = Path(__file__).resolve().parent.parent / "library" / "supply"
#: Tables that supply reads; each may stand in the library and in a case.
SUPPLY_TABLES = (
    "ports",
    "chokepoints",
    "chokepoint_events",
    "sea_legs",
    "vessel_classes",
    "berths",
    "freight_rates",
    "bunker_prices",
    "lightering_plans",
    "landed_costs",
    "landed_cost_items",
    "landed_claims",
)
_MAX_MB = 4.0
#: Rows of cases whose data are kept, and answers kept for each: studies build the same ships hundreds of times.
_MOST_CASES = 8
_MOST_KEPT = 8192
Named = TypeVar("Named")
T = TypeVar("T")


@dataclass(frozen=True)
class SupplyData:
    """Places, legs, ships, berths and rates. Mappings are by key; ``tables`` keeps the records themselves."""

    places: Mapping[str, Place]
    legs: tuple[SeaLeg, ...]
    events: tuple[ChokepointEvent, ...]
    vessel_classes: Mapping[str, VesselClass]
    berths: Mapping[str, Berth]
    freight_rates: Mapping[str, FreightRate]
    bunker_prices: tuple[BunkerPrice, ...]
    lightering_plans: Mapping[str, LighteringPlan]
    tables: Mapping[str, Table]
    case: Case | None = field(default=None, compare=False)
    #: What was worked out over these rows, by what was asked; cases with the same rows of supply share it.
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, case: Case | None = None) -> SupplyData:
        """Return the rows of the library overlaid by the rows of a case.

        Raises
        ------
        DataError
            With all findings of the case's rows together: see :mod:`netback.supply.checks`.
        """
        if case is None or not any(case.tables[name].records for name in SUPPLY_TABLES):
            shipped = _shipped()
            return shipped if case is None else replace(shipped, case=case)
        own = _own_rows(case)
        if own not in _OF_CASES:
            if len(_OF_CASES) >= _MOST_CASES:
                _OF_CASES.clear()
            _OF_CASES[own] = cls.of_tables(overlaid(case), case.subject, case)
        return replace(_OF_CASES[own], case=case)

    def once(self, asked: Any, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for all cases with the same rows of supply. ``asked`` is hashable.

        Raises
        ------
        DataError
            Whatever ``make`` raised, again each time.
        """
        if asked not in self.kept:
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            try:
                self.kept[asked] = make()
            except DataError as error:
                self.kept[asked] = error
        found = self.kept[asked]
        if isinstance(found, DataError):
            raise found.with_traceback(None)
        made: T = found
        return made

    @classmethod
    def of_tables(
        cls, tables: Mapping[str, Table], subject: str = "", case: Case | None = None
    ) -> SupplyData:
        """Return the data of tables alone, without the library; tables that are not given are empty.

        Raises
        ------
        DataError
            With all findings together.
        """
        from netback.supply.checks import table_findings

        whole = {name: tables.get(name, Table(TABLES[name])) for name in SUPPLY_TABLES}
        findings = table_findings(whole, case)
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            raise DataError(errors, subject)
        return replace(_made(whole), case=case)

    def place(self, name: str, where: str = "") -> Place:
        """Return a place by its key, title or alias; a port is preferred to a chokepoint of the same alias.

        Raises
        ------
        DataError
            If there is none; the finding names the closest.
        """
        return _named(self._passage_names | self._port_names, name, "place", where)

    def port(self, name: str, where: str = "") -> Place:
        """Return a port by its key, title or alias. Raises as :meth:`place`."""
        return _named(self._port_names, name, "port", where)

    def passage(self, name: str, where: str = "") -> Place:
        """Return a chokepoint, or else a port, by its key, title or alias. Raises as :meth:`place`."""
        return _named(self._port_names | self._passage_names, name, "chokepoint", where)

    def vessel(self, name: str, where: str = "") -> VesselClass:
        """Return a vessel class by its key, title or alias. Raises as :meth:`place`."""
        return _named(self._vessel_names, name, "vessel class", where)

    def berth(self, name: str, where: str = "") -> Berth:
        """Return a berth by its key, title or alias. Raises as :meth:`place`."""
        return _named(self._berth_names, name, "berth", where)

    def plan(self, name: str, where: str = "") -> LighteringPlan:
        """Return a lightering plan by its key or title, or the first one at a place. Raises as :meth:`place`."""
        known: Mapping[str, LighteringPlan] = _spellings(
            (row.plan, (row.title or "", row.place), row) for row in self.lightering_plans.values()
        )
        return _named(known, name, "lightering plan", where)

    def freight_rate(self, name: str, where: str = "") -> FreightRate:
        """Return a freight rate by its key. Raises as :meth:`place`."""
        known: Mapping[str, FreightRate] = _spellings(
            (row.rate, (), row) for row in self.freight_rates.values()
        )
        return _named(known, name, "freight rate", where)

    def berths_of(self, port: str) -> tuple[Berth, ...]:
        """Return the berths of a port (its key), in the order of the table."""
        return tuple(berth for berth in self.berths.values() if berth.port == port)

    def hire(self, vessel_class: str, on: date, origin: str = "", destination: str = "") -> FreightRate:
        """Return the closest time-charter rate of a class on a day: the row that names most things wins.

        Raises
        ------
        DataError
            If no row holds on that day.
        """
        fitting = [
            rate
            for rate in self.freight_rates.values()
            if rate.kind == "time_charter" and rate.fits(on, vessel_class, origin, destination)
        ]
        if not fitting:
            what = f"no time-charter rate of {vessel_class} holds on {on}."
            raise DataError(Finding("freight_rates.csv", what, "Add a row of kind time_charter."))
        return max(fitting, key=lambda rate: rate.closeness)

    def bunker_price_usd_per_t(self, fuel: str, on: date) -> float:
        """Return the price of a ship fuel on a day [USD/t]; of several rows the one that starts last.

        Raises
        ------
        DataError
            If no row holds on that day.
        """
        holding = [
            row
            for row in self.bunker_prices
            if row.fuel == fuel
            and (row.start is None or row.start <= on)
            and (row.end is None or on <= row.end)
        ]
        if not holding:
            hint = closest(fuel, {row.fuel for row in self.bunker_prices}) or "Add a row."
            raise DataError(Finding("bunker_prices.csv", f'no price of fuel "{fuel}" on {on}.', hint))
        return max(holding, key=lambda row: row.start or date.min).price_usd_per_t

    @cached_property
    def neighbours(self) -> Mapping[str, Mapping[str, float]]:
        """Length of every leg [nm], from each place to the next."""
        found: dict[str, dict[str, float]] = {name: {} for name in self.places}
        for leg in self.legs:
            found[leg.from_place][leg.to_place] = leg.distance_nm
            found[leg.to_place][leg.from_place] = leg.distance_nm
        return found

    def distances_nm(self, destination: str) -> Mapping[str, float]:
        """Least distance [nm] to a place (its key) from every place that legs join to it, nothing being closed."""
        if destination not in self._distances:
            found: dict[str, float] = {}
            queue = [(0.0, destination)]
            while queue:
                distance, name = heappop(queue)
                if name in found:
                    continue
                found[name] = distance
                for other, length in self.neighbours[name].items():
                    if other not in found:
                        heappush(queue, (distance + length, other))
            self._distances[destination] = found
        return self._distances[destination]

    @cached_property
    def _distances(self) -> dict[str, dict[str, float]]:
        return {}

    @cached_property
    def waters(self) -> Mapping[str, int]:
        """Which water each port and waypoint lies in: what can be reached without passing a chokepoint."""
        found: dict[str, int] = {}
        for water, name in enumerate(self.places):
            waiting = [name]
            while waiting:
                here = waiting.pop()
                place = self.places[here]
                if here not in found and (place.is_port or place.is_waypoint):
                    found[here] = water
                    waiting.extend(self.neighbours[here])
        return found

    def parts_waters(self, chokepoint: str) -> bool:
        """Whether a chokepoint lies between different waters; a cape may lie in one."""
        joined = {self.waters.get(name) for name in self.neighbours[chokepoint]} - {None}
        return len(joined) > 1

    @cached_property
    def events_at(self) -> Mapping[str, tuple[ChokepointEvent, ...]]:
        """Events by the chokepoint that they are about."""
        found: dict[str, list[ChokepointEvent]] = {}
        for event in self.events:
            found.setdefault(event.chokepoint, []).append(event)
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def changes_at(self) -> Mapping[str, tuple[date, ...]]:
        """Days from which on another set of events holds at a chokepoint than the day before, in order."""
        found: dict[str, tuple[date, ...]] = {}
        for name, rows in self.events_at.items():
            starts = {row.start for row in rows if row.start is not None}
            ends = {row.end + timedelta(days=1) for row in rows if row.end is not None and row.end < date.max}
            found[name] = tuple(sorted(starts | ends))
        return found

    @cached_property
    def _port_names(self) -> dict[str, Place]:
        ports = (place for place in self.places.values() if place.is_port)
        return _spellings((place.name, (place.title, *place.aliases), place) for place in ports)

    @cached_property
    def _passage_names(self) -> dict[str, Place]:
        others = (place for place in self.places.values() if not place.is_port)
        return _spellings((place.name, (place.title, *place.aliases), place) for place in others)

    @cached_property
    def _vessel_names(self) -> dict[str, VesselClass]:
        rows = self.vessel_classes.values()
        return _spellings((row.vessel_class, (row.title or "", *names_in(row.aliases)), row) for row in rows)

    @cached_property
    def _berth_names(self) -> dict[str, Berth]:
        rows = self.berths.values()
        return _spellings((row.berth, (row.title or "", *names_in(row.aliases)), row) for row in rows)


def overlaid(case: Case) -> dict[str, Table]:
    """Return the tables of supply: rows of the library, those of the case in their place or added."""
    return {name: _overlay(table, case.tables[name]) for name, table in library_tables().items()}


def library_tables() -> Mapping[str, Table]:
    """Return the shipped tables; a table without a file is empty."""
    return _library()


def library_sources() -> Table:
    """Return who said what stands in the library."""
    return read_table(LIBRARY / "sources.csv", TABLES["sources"], _MAX_MB).table


@lru_cache(maxsize=1)
def _library() -> dict[str, Table]:
    tables = {}
    for name in SUPPLY_TABLES:
        path = LIBRARY / TABLES[name].file
        reading = read_table(path, TABLES[name], _MAX_MB) if path.exists() else None
        if reading is not None and reading.findings:
            raise DataError(reading.findings, "the shipped library of supply")
        tables[name] = _marked(reading.table) if reading is not None else Table(TABLES[name])
    return tables


def _marked(table: Table) -> Table:
    """Return the table with row numbers below zero, by which findings know rows of the library."""
    return replace(table, records=tuple(Record(record, -record.row) for record in table.records))


_OF_CASES: dict[Any, SupplyData] = {}


def _own_rows(case: Case) -> tuple[Any, ...]:
    """What the data of a case follow from: its rows of supply with the places that findings name, and its money."""
    rows = (
        (name, case.tables[name].place, record.row, record.changes, *record.items())
        for name in (*SUPPLY_TABLES, "exchange_rates")
        for record in case.tables[name].records
    )
    return case.subject, case.currency, *rows


@lru_cache(maxsize=1)
def _shipped() -> SupplyData:
    return SupplyData.of_tables(library_tables(), "the shipped library of supply")


def _overlay(shipped: Table, own: Table) -> Table:
    if not own.records:
        return shipped
    replaced = {own.key(record) for record in own.records}
    kept = [record for record in shipped.records if shipped.key(record) not in replaced]
    return replace(own, records=(*kept, *own.records))


def _made(tables: Mapping[str, Table]) -> SupplyData:
    places = {place.name: place for place in _places(tables)}
    return SupplyData(
        places=places,
        legs=tuple(_legs(tables["sea_legs"], places)),
        events=tuple(rows_of(ChokepointEvent, tables["chokepoint_events"])),
        vessel_classes={row.vessel_class: row for row in rows_of(VesselClass, tables["vessel_classes"])},
        berths={row.berth: row for row in rows_of(Berth, tables["berths"])},
        freight_rates={row.rate: row for row in rows_of(FreightRate, tables["freight_rates"])},
        bunker_prices=tuple(rows_of(BunkerPrice, tables["bunker_prices"])),
        lightering_plans={row.plan: row for row in rows_of(LighteringPlan, tables["lightering_plans"])},
        tables=dict(tables),
    )


def _places(tables: Mapping[str, Table]) -> Iterator[Place]:
    for name, column in (("ports", "port"), ("chokepoints", "chokepoint")):
        for record in tables[name].records:
            yield place_of(tables[name], record, column)


def _legs(table: Table, places: Mapping[str, Place]) -> Iterator[SeaLeg]:
    for record in table.records:
        ends = places[record["from_place"]], places[record["to_place"]]
        yield SeaLeg(where_in(table, record), ends[0].name, ends[1].name, leg_length_nm(record, *ends))


def leg_length_nm(record: Record, one: Place, other: Place) -> float:
    """Length of a leg [nm]: as stated, or the great circle between the positions where it is blank."""
    if record["distance_nm"] is not None:
        return float(record["distance_nm"])
    return great_circle_nm(one.latitude_deg, one.longitude_deg, other.latitude_deg, other.longitude_deg)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Spelling without capitals, accents of writing and signs: ``Ust-Luga`` and ``ust luga`` are one."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def _spellings(rows: Iterable[tuple[str, Sequence[str], Any]]) -> dict[str, Any]:
    """Every spelling of every row; keys win over titles and aliases, early rows over late ones."""
    listed = list(rows)
    found = {plain(key): row for key, _, row in reversed(listed)}
    for other, row in chain.from_iterable(((name, row) for name in names) for _, names, row in listed):
        if plain(other):
            found.setdefault(plain(other), row)
    return found


def _named(known: Mapping[str, Named], name: str, noun: str, where: str) -> Named:
    if plain(name) in known:
        return known[plain(name)]
    listed = ", ".join(sorted(known)) if len(known) <= 12 else ""
    hint = closest(plain(name), known) or (f"Known: {listed}." if listed else "")
    raise DataError(Finding(where, f'there is no {noun} "{name}".', hint))
