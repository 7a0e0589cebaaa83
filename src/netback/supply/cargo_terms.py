"""What a ship costs and how long she takes when she loads on a day: as stated, or from the voyage estimate.

What a row of cargoes.csv or cargo_costs.csv states wins; with ``estimate`` yes the rest comes from
:func:`netback.supply.estimate_voyage` for a ship that is ready to load on that day: days to the berth or to the place
of lightering, days at the berth, the largest cargo by deadweight and draught, the parcels of a lightering plan, and
costs by group (freight, insurance, discharge, arrival, lightering), each per ship, per tonne or as a share of the
price. The estimate charges what is lost on the way to its value; where the cargo states ``loss_pct`` the loss is in
tonnes and that charge is left out. A way that is closed on the day has no terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from netback.case.table import Record, Table
from netback.errors import DataError, Finding
from netback.refinery.build import Build
from netback.refinery.timeline import Timeline
from netback.supply.costs import CostLine
from netback.supply.data import SupplyData
from netback.supply.routes import USUAL_SPEED_KN, Sailing, find_route
from netback.supply.voyages import VoyageEstimate, VoyageRequest, estimate_voyage

#: Cost line of the estimate that ``loss_pct`` replaces.
_LOSS = "loss in transit"
#: Arguments of the estimate and the columns of cargoes.csv that they come from.
_COLUMN_OF = {
    "origin": "load_port",
    "destination": "discharge_port",
    "berth": "discharge_port",
    "vessel_class": "vessel",
    "via": "via",
    "cargo_t": "max_lot",
    "lightering": "lightering",
}


@dataclass(frozen=True)
class ParcelTerms:
    """One parcel of a lightering plan. ``days`` [d] from the arrival of the ship at the place to the berth."""

    name: str
    vessel: str
    berth: str
    largest_t: float
    days: float
    berth_days: float


@dataclass(frozen=True)
class Terms:
    """Terms of one ship that loads on a day.

    ``days`` from loading to the berth or the place of lightering; ``largest_t`` what she can carry [t], infinite where
    nobody says, and why. ``per_ship`` and ``per_quantity`` are costs by item: currency of the case per ship, and per
    uom of the stream. ``per_price`` are shares of the price at loading.
    """

    days: float
    berth_days: float
    largest_t: float = math.inf
    limited_by: str = ""
    via: str = ""
    per_ship: Mapping[str, float] = field(default_factory=dict)
    per_quantity: Mapping[str, float] = field(default_factory=dict)
    per_price: Mapping[str, float] = field(default_factory=dict)
    parcels: tuple[ParcelTerms, ...] = ()


def terms_over(
    build: Build,
    lot: int,
    record: Record,
    costs: Mapping[str, Timeline],
    period: int,
    days: tuple[date, date],
) -> list[Terms | None]:
    """Terms of a ship that loads on each day from the first to the last; None where her way is closed.

    Findings go to ``build``. Days between two with equal terms are not estimated where at most one row of supply
    begins or ends while the ships are under way: passing it later can change the terms only once.
    """
    first_day, last_day = days
    count = (last_day - first_day).days + 1
    key = f"cargo terms {record.row} {period}"
    stated: Terms = build.once(key, lambda: _stated(build, lot, record, costs, period))
    if not record["estimate"]:
        if record["days"] is None:
            where = build.network.case.table("cargoes").where(record, "days")
            what = "nothing says how long the voyage takes."
            build.findings.append(Finding(where, what, "Give days, or estimate yes."))
        return _where_open(build, record, [stated] * count, first_day)
    reading = _Days(build, lot, record, stated, period, first_day)
    found: list[Terms | None] = [None] * count
    reading.fill(found, 0, count - 1)
    return found


def _where_open(
    build: Build, record: Record, found: list[Terms | None], first_day: date
) -> list[Terms | None]:
    """Stated terms on the days on which the way is open, as far as the row tells the ports of it."""
    data, ports = _data(build), _ends(build, record)
    if data is None or ports is None or not any(event.closed for event in data.events):
        return found
    origin, destination = ports
    kept: list[Terms | None] = []
    for offset, terms in enumerate(found):
        day = first_day + timedelta(days=offset)
        under_way = day + timedelta(days=math.ceil(record["days"] or 0.0))
        try:
            if any(event.closed and event.touches(day, under_way) for event in data.events):
                find_route(data, origin, destination, Sailing(day, USUAL_SPEED_KN), record["via"])
            kept.append(terms)
        except DataError as error:
            # Ports that the library does not know have no way that could be closed.
            closed = all("closed" in finding.what for finding in error.findings)
            kept.append(None if closed else terms)
            if closed:
                _remark_closed(build, build.network.case.table("cargoes").where(record), record, error)
    return kept


def _ends(build: Build, record: Record) -> tuple[str, str] | None:
    """Port of loading and of discharge of a cargo, of its first parcel where she is split; None where not told."""
    parcels = build.network.case.table("parcels").records
    split = [row["discharge_port"] for row in parcels if row["cargo"] == record["cargo"]]
    destination = record["discharge_port"] or next((port for port in split if port is not None), None)
    if record["load_port"] is None or destination is None:
        return None
    data = _data(build)
    try:
        return record["load_port"], destination if data is None else _berth_or_port(data, destination, "")[1]
    except DataError:
        return None


class _Days:
    """Estimates of the days of one laycan."""

    def __init__(
        self, build: Build, lot: int, record: Record, stated: Terms, period: int, first_day: date
    ) -> None:
        self.build, self.lot, self.record = build, lot, record
        self.stated, self.period, self.first_day = stated, period, first_day
        self.known: dict[int, tuple[Terms | None, VoyageEstimate | None]] = {}

    def at(self, offset: int) -> tuple[Terms | None, VoyageEstimate | None]:
        """Terms and voyage of one day."""
        if offset not in self.known:
            voyage = _voyage(self.build, self.lot, self.record, self.first_day + timedelta(days=offset))
            terms = None
            if voyage is not None:
                terms = _estimated(self.build, self.lot, self.record, self.stated, voyage, self.period)
            self.known[offset] = (terms, voyage)
        return self.known[offset]

    def fill(self, found: list[Terms | None], low: int, high: int) -> None:
        """Terms of all days from ``low`` to ``high``."""
        (early, voyage), (late, _) = self.at(low), self.at(high)
        found[low], found[high] = early, late
        if high - low < 2:
            return
        if early is not None and early == late and self._changes(low, high, voyage) <= 1:
            found[low : high + 1] = [early] * (high - low + 1)
            return
        middle = (low + high) // 2
        self.fill(found, low, middle)
        self.fill(found, middle, high)

    def _changes(self, low: int, high: int, voyage: VoyageEstimate | None) -> int:
        """How many rows of supply begin or end while ships of these days are under way."""
        data = _data(self.build)
        if voyage is None or data is None:
            return 0
        begin = self.first_day + timedelta(days=low)
        end = self.first_day + timedelta(days=high + _span(voyage))
        return sum(begin < change <= end for change in _changes(data, voyage))


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
    days, at_berth = record["days"] or 0.0, record["berth_days"] or 0.0
    return Terms(days, at_berth, math.inf, "", record["via"] or "", ship, quantity, price)


def _voyage(build: Build, lot: int, record: Record, day: date) -> VoyageEstimate | None:
    """The estimate of a day. It is that of an earlier day where nothing changed on the way in between."""
    data = _data(build)
    if data is None:
        return None
    kept: dict[int, tuple[date, date, VoyageEstimate | None]] = build.once("voyage estimates", dict)
    # Rows of other periods of the same cargo are other records; a blank period shares one.
    last = kept.get(record.row)
    if last is not None and last[0] <= day <= last[1]:
        return last[2]
    voyage = _estimate(build, data, lot, record, day)
    kept[record.row] = (day, _unchanged_until(data, day, voyage), voyage)
    return voyage


#: Within so many days of loading every way, open or closed, has been sailed [d].
_LONGEST_VOYAGE_DAYS = 150


def _unchanged_until(data: SupplyData, day: date, voyage: VoyageEstimate | None) -> date:
    """Last day of loading for which the estimate of a day holds: no row begins or ends on the way until then."""
    if voyage is None:
        ends = [(event.start, event.end) for event in data.events]
        after = [change for change in _days_of_change(ends) if change > day]
        return max(day, after[0] - timedelta(days=_LONGEST_VOYAGE_DAYS)) if after else date.max
    later = [change for change in _changes(data, voyage) if change > day]
    return max(day, later[0] - timedelta(days=_span(voyage))) if later else date.max


def _span(voyage: VoyageEstimate) -> int:
    """Days in which what happens on the way may matter."""
    return math.ceil(max(voyage.round_trip_days, voyage.days_total)) + 2


def _changes(data: SupplyData, voyage: VoyageEstimate) -> list[date]:
    """Days on which a row begins or stops to hold that may change a voyage, in order.

    What happens at a place that the ship does not pass changes nothing, unless it opens or closes a shorter way.
    """
    places = {place.name for place in voyage.route.places}
    if voyage.ballast_route is not None:
        places |= {place.name for place in voyage.ballast_route.places}
    ends = [(event.start, event.end) for event in data.events if event.closed or event.chokepoint in places]
    ends += [(rate.start, rate.end) for rate in data.freight_rates.values()]
    ends += [(price.start, price.end) for price in data.bunker_prices]
    return _days_of_change(ends)


def _days_of_change(ends: Iterable[tuple[date | None, date | None]]) -> list[date]:
    """Days on which one of several windows opens or has just closed, in order."""
    found = set[date]()
    for start, end in ends:
        found |= {start} if start is not None else set()
        found |= {end + timedelta(days=1)} if end is not None else set()
    return sorted(found)


def _data(build: Build) -> SupplyData | None:
    def make() -> SupplyData | None:
        try:
            return SupplyData.of(build.network.case)
        except DataError as error:
            build.findings.extend(error.findings)
            return None

    return build.once("supply data", make)


def _estimate(build: Build, data: SupplyData, lot: int, record: Record, day: date) -> VoyageEstimate | None:
    """The voyage of a ship that is ready to load on a day; None where every way is closed."""
    table = build.network.case.table("cargoes")
    try:
        plan = None
        if record["lightering"] is not None:
            plan = data.plan(record["lightering"], table.where(record, "lightering"))
        berth, port = _berth_or_port(
            data, record["discharge_port"] or "", table.where(record, "discharge_port")
        )
        request = VoyageRequest(
            data.port(record["load_port"], table.where(record, "load_port")).name,
            port,
            record["vessel"],
            day,
            via=record["via"],
            density_t_per_m3=build.network.lots[lot].density_t_per_m3,
            lightering=plan,
            discharge_berth=berth,
        )
        return _remembered(data, request)
    except DataError as error:
        if all("closed" in finding.what for finding in error.findings):
            _remark_closed(build, table.where(record), record, error)
            return None
        build.fault(table.where(record), _in_columns(table, record, error))
        return None


#: Tables of supply whose voyages are remembered, and how many voyages of each.
_MOST_TABLES, _MOST_VOYAGES = 4, 4096
_known: list[tuple[Mapping[str, Table], dict[VoyageRequest, VoyageEstimate | DataError]]] = []


def _remembered(data: SupplyData, request: VoyageRequest) -> VoyageEstimate:
    """An estimate made once for the same tables of supply: studies build the same ships hundreds of times.

    Finding the way takes nine tenths of building a year's plan with ships. Tables are the same when their rows are, so
    a case whose offers or freights are changed asks no way anew, and one whose straits or ships are does.
    """
    voyages = next((made for tables, made in _known if tables is data.tables or tables == data.tables), None)
    if voyages is None:
        voyages = {}
        _known.insert(0, (data.tables, voyages))
        del _known[_MOST_TABLES:]
    if request not in voyages:
        if len(voyages) >= _MOST_VOYAGES:
            voyages.clear()
        try:
            voyages[request] = estimate_voyage(data, request)
        except DataError as error:
            voyages[request] = error
    found = voyages[request]
    if isinstance(found, DataError):
        raise DataError(found.findings, found.subject)
    return found


def _in_columns(table: Table, record: Record, error: DataError) -> DataError:
    """The error with the arguments of the estimate told by the columns that they come from."""
    return DataError(
        replace(finding, where=table.where(record, _COLUMN_OF[finding.where]))
        if finding.where in _COLUMN_OF
        else finding
        for finding in error.findings
    )


def _berth_or_port(data: SupplyData, name: str, where: str) -> tuple[str | None, str]:
    """A port of discharge may be named by its berth."""
    if name in data.berths and name not in data.places:
        return name, data.berths[name].port
    try:
        return None, data.port(name, where).name
    except DataError:
        berth = data.berth(name, where)
        return berth.berth, berth.port


def _remark_closed(build: Build, where: str, record: Record, error: DataError) -> None:
    what = f"{record['cargo']} cannot load on all days: {error.findings[0].what}"
    told: dict[str, Finding] = build.once("closed ways", dict)
    if record["cargo"] not in told:
        told[record["cargo"]] = Finding(where, what, "", "note")
        build.remarks.append(told[record["cargo"]])


def _estimated(
    build: Build, lot: int, record: Record, stated: Terms, voyage: VoyageEstimate, period: int
) -> Terms:
    """Terms of an estimate, with what the tables state in their place."""
    sea, berth = _days(voyage)
    ship, quantity, price = dict(stated.per_ship), dict(stated.per_quantity), dict(stated.per_price)
    told = {*ship, *quantity, *price}
    try:
        money = build.network.money.factor("USD/t", "t", None, period)
        per_t = money * build.network.factor(lot, "t")
    except DataError as error:
        build.fault(build.network.case.table("cargoes").where(record, "estimate"), error)
        return stated
    for line in voyage.costs:
        if line.group in told or (line.name == _LOSS and record["loss_pct"] > 0.0):
            continue
        _add(line, ship, quantity, price, money, per_t)
    return Terms(
        record["days"] if record["days"] is not None else sea,
        record["berth_days"] if record["berth_days"] is not None else berth,
        voyage.largest_cargo_t,
        voyage.limited_by,
        record["via"] or _via(voyage),
        ship,
        quantity,
        price,
        _parcels(voyage),
    )


def _add(
    line: CostLine,
    ship: dict[str, float],
    quantity: dict[str, float],
    price: dict[str, float],
    money: float,
    per_t: float,
) -> None:
    if line.per == "ship":
        ship[line.group] = ship.get(line.group, 0.0) + line.rate * money
    elif line.per == "t":
        quantity[line.group] = quantity.get(line.group, 0.0) + line.rate * per_t
    else:
        price[line.group] = price.get(line.group, 0.0) + line.rate


def _days(voyage: VoyageEstimate) -> tuple[float, float]:
    """Days from loading to the berth or the place of lightering, and days of discharge of a ship that berths whole."""
    sea = 0.0
    for step in voyage.steps:
        if step.kind in ("discharge", "lighter"):
            return sea, step.days if step.kind == "discharge" else 0.0
        sea += step.days
    return sea, 0.0


def _via(voyage: VoyageEstimate) -> str:
    """The canals and straits of the laden way that bear its name."""
    passed = [
        place.title for place in voyage.route.places[1:-1] if not place.is_port and not place.is_waypoint
    ]
    return ", ".join(passed)


def _parcels(voyage: VoyageEstimate) -> tuple[ParcelTerms, ...]:
    if voyage.lightering is None:
        return ()
    return tuple(
        ParcelTerms(
            parcel.ship,
            parcel.vessel_class,
            parcel.berth,
            parcel.cargo_t,
            parcel.berth_start,
            parcel.berth_end - parcel.berth_start,
        )
        for parcel in voyage.lightering.parcels
    )
