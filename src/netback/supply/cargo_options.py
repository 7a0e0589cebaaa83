"""Ways to ship an offer, read from the tables: cargoes, their laycans cut into slots, their lots, days and costs.

A ship loads on a day of her laycan and berths ``ceil(days)`` days later, a parcel of hers ``ceil(days + its days)``
days after loading. The days of a laycan from which every part of a ship arrives in the same periods make one *slot*;
the plan chooses ships by slot, so it may load early or late in the laycan but never divides one ship over two slots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from netback import uom
from netback.case.case import Case
from netback.case.table import Record, Table
from netback.errors import DataError, Finding
from netback.refinery.build import Build
from netback.refinery.prices import cost_lines
from netback.refinery.purchases import supplied_lot
from netback.refinery.timeline import Timeline, first, timelines
from netback.supply.cargo_terms import Terms, terms_over


@dataclass(frozen=True)
class Calendar:
    """First days of all periods and the day after the last."""

    starts: tuple[date, ...]
    end: date

    def period(self, day: date) -> int:
        """Position of the period of a day; the number of periods for a day after the end, -1 before the start."""
        if day >= self.end:
            return len(self.starts)
        return sum(start <= day for start in self.starts) - 1

    def last(self, period: int) -> date:
        """Last day of a period."""
        after = self.starts[period + 1] if period + 1 < len(self.starts) else self.end
        return after - timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """What of a ship berths by itself: the ship, or one kind of parcel. Quantities in the uom of the offer's stream.

    It adds ``factor`` uom of the stream of ``lot`` for each uom of the offer's.
    """

    name: str
    lot: int
    factor: float
    per_ship: int
    vessel: str
    port: str
    least: float
    most: float
    days: float
    berth_days: float
    cost: float


@dataclass(frozen=True)
class Slot:
    """Days of a laycan from which each part arrives in the same period.

    ``dates`` and ``periods`` are the arrivals of each part for a ship that loads on ``first``; a period after the
    horizon has the number of periods. ``least`` and ``most`` bound the quantity of one ship, ``parts_most`` that of
    one parcel of each part [uom of the stream].
    """

    first: date
    last: date
    dates: tuple[date, ...]
    periods: tuple[int, ...]
    least: float
    most: float
    parts_most: tuple[float, ...]
    terms: Terms


@dataclass(frozen=True)
class Loading:
    """One cargo in one period of loading. ``slots`` is empty where nothing can be loaded."""

    record: Record
    laycan: tuple[date, date]
    slots: tuple[Slot, ...]
    min_ships: float
    max_ships: float
    closing_value: float | None


@dataclass(frozen=True)
class Cargo:
    """One way to ship an offer; ``loadings`` has one entry per period, None where no row speaks of it."""

    name: str
    offer: str
    lot: int
    parts: tuple[Part, ...]
    loadings: tuple[Loading | None, ...]
    split: bool

    @property
    def most_slots(self) -> int:
        """Greatest number of slots in any period."""
        return max((len(loading.slots) for loading in self.loadings if loading is not None), default=0)


def calendar_of(build: Build) -> Calendar | None:
    """The calendar of the horizon; a finding and None where a period has no first day."""
    periods = build.network.case.horizon.periods
    starts = [period.start for period in periods if period.start is not None]
    if len(starts) < len(periods):
        what = "cargoes have dates, so every period needs its first day."
        build.findings.append(Finding("periods.csv, column start", what, "Fill it, for example 2023-04-01."))
        return None
    return Calendar(tuple(starts), starts[-1] + timedelta(days=math.ceil(periods[-1].days)))


def read_cargoes(build: Build, lots: Mapping[str, int], offered: Mapping[str, Sequence[bool]]) -> list[Cargo]:
    """All cargoes of cargoes.csv.

    ``lots`` is the lot that each offer adds to, ``offered`` whether it has a price in each period. Findings go to
    ``build``.
    """
    case = build.network.case
    if not case.table("cargoes").records:
        return []
    calendar = calendar_of(build)
    if calendar is None:
        return []
    made: list[Cargo] = []
    for (name, offer), line in timelines(case, "cargoes", ("cargo", "offer")).items():
        if offer in lots:
            reader = _Reading(build, calendar, name, offer, lots[offer])
            made.append(reader.cargo(line, offered[offer]))
    return made


class _Reading:
    """Reads one cargo."""

    def __init__(self, build: Build, calendar: Calendar, name: str, offer: str, lot: int) -> None:
        self.build, self.calendar = build, calendar
        self.name, self.offer, self.lot = name, offer, lot
        self.case: Case = build.network.case
        self.table: Table = self.case.table("cargoes")
        self.costs = cost_lines(self.case, "cargo_costs", "cargo").get(name, {})
        self.rows = [r for r in self.case.table("parcels").records if r["cargo"] == name]

    def cargo(self, line: Timeline, offered: Sequence[bool]) -> Cargo:
        parts = tuple(self._part(row) for row in self.rows)
        if not parts:
            parts = self._planned(line) or (self._herself(first(line)),)
        loadings = [
            None if record is None or not offered[period] else self._loading(record, period, parts)
            for period, record in enumerate(line)
        ]
        return Cargo(self.name, self.offer, self.lot, parts, tuple(loadings), bool(parts[0].name))

    def _planned(self, line: Timeline) -> tuple[Part, ...]:
        """Parts of a ship whose lightering is estimated: the parcels of the plan on the first day that she can sail."""
        for period, record in enumerate(line):
            if record is None or not record["estimate"] or record["lightering"] is None:
                continue
            laycan = self._laycan(record, period)
            if laycan is None:
                continue
            for terms in terms_over(self.build, self.lot, record, self.costs, period, laycan):
                if terms is not None and terms.parcels:
                    scale = self.scale_t()
                    return tuple(
                        Part(
                            parcel.name, self.lot, 1.0, 1, parcel.vessel, parcel.berth, 0.0,
                            parcel.largest_t * scale, parcel.days, parcel.berth_days, 0.0,
                        )
                        for parcel in terms.parcels
                    )  # fmt: skip
        return ()

    def _herself(self, record: Record) -> Part:
        port, days = record["discharge_port"] or "", record["berth_days"] or 0.0
        return Part("", self.lot, 1.0, 1, record["vessel"] or "", port, 0.0, math.inf, 0.0, days, 0.0)

    def _part(self, row: Record) -> Part:
        scale = self.scale(self.case.table("parcels"), row)
        most = math.inf if row["max"] is None else row["max"] * scale
        lot, factor = self._becomes(row)
        return Part(
            row["parcel"], lot, factor, row["per_ship"], row["vessel"] or "", row["discharge_port"] or "",
            row["min"] * scale, most, row["days"], row["berth_days"], row["cost"],
        )  # fmt: skip

    def _becomes(self, row: Record) -> tuple[int, float]:
        """The lot that a parcel adds to, and how much of it one uom of the offer's stream makes: mass is kept."""
        network = self.build.network
        if row["stream"] is None or row["stream"] == network.lots[self.lot].stream:
            return self.lot, 1.0
        lot = supplied_lot(network, row["stream"])
        if network.stream_of(lot).uom == network.stream_of(self.lot).uom:
            return lot, 1.0
        try:
            return lot, network.factor(self.lot, "t") / network.factor(lot, "t")
        except DataError as error:
            self.build.fault(self.case.table("parcels").where(row, "stream"), error)
            return lot, 1.0

    def scale(self, table: Table, record: Record) -> float:
        """Uom of the stream per uom of a row."""
        stream_uom = self.build.network.stream_of(self.lot).uom
        try:
            density = self.build.network.lots[self.lot].density_t_per_m3
            return uom.factor(record["uom"] or stream_uom, stream_uom, density)
        except DataError as error:
            self.build.fault(table.where(record, "uom"), error)
            return 1.0

    def _loading(self, record: Record, period: int, parts: tuple[Part, ...]) -> Loading:
        laycan = self._laycan(record, period)
        closing = self._closing_value(record, period)
        slots = () if laycan is None else self._slots(record, period, laycan, parts, closing is not None)
        days = laycan or (self.calendar.starts[period], self.calendar.last(period))
        most = math.inf if record["max_ships"] is None else float(record["max_ships"])
        least = float(record["min_ships"])
        if least > 0.0 and laycan is not None and not slots:
            what = f"{least:g} ships must load in {self.build.periods[period]}, but none can arrive."
            hint = "Give closing_value if they may be at sea at the end, or an earlier laycan."
            self.build.findings.append(Finding(self.table.where(record, "min_ships"), what, hint))
        return Loading(record, days, slots, least, most, closing)

    def _laycan(self, record: Record, period: int) -> tuple[date, date] | None:
        start, last = self.calendar.starts[period], self.calendar.last(period)
        early, late = record["laycan_from"] or start, record["laycan_to"] or last
        where = self.table.where(record, "laycan_from")
        beyond = self._beyond_end(record)
        if beyond is not None:
            self.build.findings.append(beyond)
            return None
        if early > late:
            self.build.findings.append(
                Finding(where, f"the laycan ends on {late}, before it begins on {early}.")
            )
            return None
        if early < start or late > last:
            what = f"the laycan {early} to {late} is not within the period of loading, {start} to {last}."
            hint = "Name the period that the laycan lies in; its price is that of this period."
            self.build.findings.append(Finding(where, what, hint))
            return None
        return early, late

    def _beyond_end(self, record: Record) -> Finding | None:
        """A stated day of loading outside the horizon: one finding for the row, the same in every period."""
        begin, end = self.calendar.starts[0], self.calendar.end
        for column in ("laycan_from", "laycan_to"):
            day = record[column]
            if day is None or begin <= day < end:
                continue
            side = (
                f"after the end of the horizon, {end - timedelta(days=1)}"
                if day >= end
                else (f"before the horizon begins, {begin}")
            )
            hint = (
                "Correct the day, or add periods."
                if day >= end
                else ("Correct the day; a ship that has loaded belongs into cargoes_at_sea.csv.")
            )
            return Finding(self.table.where(record, column), f"{day} lies {side}.", hint)
        return None

    def _closing_value(self, record: Record, period: int) -> float | None:
        if record["closing_value"] is None:
            return None
        network = self.build.network
        stream_uom, density = network.stream_of(self.lot).uom, network.lots[self.lot].density_t_per_m3
        try:
            scale = network.money.factor(record["closing_value_uom"], stream_uom, density, period)
        except DataError as error:
            self.build.fault(self.table.where(record, "closing_value_uom"), error)
            return None
        return float(record["closing_value"] * scale)

    def _slots(
        self,
        record: Record,
        period: int,
        laycan: tuple[date, date],
        parts: tuple[Part, ...],
        after_end: bool,
    ) -> tuple[Slot, ...]:
        """Slots in order of time; days on which the way is closed, or from which a part is too late, are left out."""
        found: list[Slot] = []
        known: tuple[object, ...] = ()
        told = terms_over(self.build, self.lot, record, self.costs, period, laycan)
        for offset, terms in enumerate(told):
            day = laycan[0] + timedelta(days=offset)
            if terms is None:
                known = ()
                continue
            dates = tuple(day + timedelta(days=math.ceil(terms.days + part.days - 1e-9)) for part in parts)
            periods = tuple(self.calendar.period(arrival) for arrival in dates)
            if not after_end and max(periods) >= len(self.calendar.starts):
                known = ()
                continue
            if known == (periods, terms):
                found[-1] = _until(found[-1], day)
                continue
            slot = self._slot(record, day, dates, periods, parts, terms)
            if slot is None:
                return ()
            found.append(slot)
            known = (periods, terms)
        return tuple(found)

    def _slot(
        self,
        record: Record,
        day: date,
        dates: tuple[date, ...],
        periods: tuple[int, ...],
        parts: tuple[Part, ...],
        terms: Terms,
    ) -> Slot | None:
        scale = self.scale(self.table, record)
        most = terms.largest_t * self.scale_t() if record["max_lot"] is None else record["max_lot"] * scale
        berth = [self._berth_most(part, arrival) for part, arrival in zip(parts, periods, strict=True)]
        ends = tuple(min(part.most, limit) for part, limit in zip(parts, berth, strict=True))
        room = sum(part.per_ship * end for part, end in zip(parts, ends, strict=True))
        if not math.isfinite(min(most, room)):
            what = "nothing says how much a ship holds."
            hint = "Give max_lot, or estimate yes with load_port, discharge_port and vessel."
            self.build.findings.append(Finding(self.table.where(record, "max_lot"), what, hint))
            return None
        least = min(most, room) if record["min_lot"] is None else record["min_lot"] * scale
        if least > min(most, room) * (1.0 + 1e-9):
            what = f"the least lot {least:,.0f} is above the largest that can be shipped, {min(most, room):,.0f}."
            hint = "Lower min_lot, or name a larger ship, a deeper berth or more parcels."
            self.build.findings.append(Finding(self.table.where(record, "min_lot"), what, hint))
            return None
        return Slot(day, day, dates, periods, least, min(most, room), ends, terms)

    def scale_t(self) -> float:
        """Uom of the stream per tonne."""
        return 1.0 / self.build.network.factor(self.lot, "t")

    def _berth_most(self, part: Part, period: int) -> float:
        """Greatest quantity of one parcel at the berth in a period [uom of the stream]."""
        most = math.inf
        names = self.build.periods
        for record in self.case.table("berth_limits").in_period(names[min(period, len(names) - 1)]):
            if record["port"] == part.port and record["max_lot"] is not None:
                most = min(most, record["max_lot"] * self.scale(self.case.table("berth_limits"), record))
        return most


def _until(slot: Slot, day: date) -> Slot:
    return Slot(slot.first, day, slot.dates, slot.periods, slot.least, slot.most, slot.parts_most, slot.terms)
