"""What is wrong with the tables of supply, in the user's words; all findings together.

The tables refer to each other across library and case, so that the reader of a case cannot check their names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain

from netback.case.case import Case
from netback.case.table import Record, Table
from netback.errors import Finding, closest
from netback.supply.checks_landed import landed_findings
from netback.supply.rows import where_in

Tables = Mapping[str, Table]


def check_supply(case: Case) -> list[Finding]:
    """Check the rows of a case that are about supply, together with the library; nothing to do without rows."""
    from netback.supply.checks_names import NAMING_TABLES, name_findings
    from netback.supply.data import SUPPLY_TABLES, overlaid

    own = any(case.tables[name].records for name in SUPPLY_TABLES)
    if not own and not any(case.tables[name].records for name in NAMING_TABLES):
        return []
    tables = overlaid(case)
    return [*(table_findings(tables, case) if own else ()), *name_findings(case, tables)]


def table_findings(tables: Tables, case: Case | None = None) -> list[Finding]:
    """Every finding of the overlaid tables. With the case, currencies are looked up in its exchange rates."""
    found = chain.from_iterable(check(tables) for check in CHECKS)
    return list(dict.fromkeys(chain(found, landed_findings(tables, case))))


def check_places(tables: Tables) -> Iterator[Finding]:
    """Positions on the globe, and no name for two places."""
    ports = {record["port"] for record in tables["ports"].records}
    for name in ("ports", "chokepoints"):
        table = tables[name]
        for record in table.records:
            for column, most in (("latitude_deg", 90.0), ("longitude_deg", 180.0)):
                if abs(record[column]) > most:
                    what = f"{record[column]:g} is not on the globe."
                    yield Finding(where_in(table, record, column), what, f"Write -{most:g} to {most:g}.")
    table = tables["chokepoints"]
    for record in table.records:
        if record["chokepoint"] in ports:
            what = f'"{record["chokepoint"]}" is also a port.'
            yield Finding(where_in(table, record, "chokepoint"), what, "Give one of the two another name.")


def check_legs(tables: Tables) -> Iterator[Finding]:
    """Legs between two known places, longer than nothing; every port joined to the rest."""
    table, known = tables["sea_legs"], _places(tables)
    joined: set[str] = set()
    for record in table.records:
        for column in ("from_place", "to_place"):
            yield from _unknown(table, record, column, known, "place")
            joined.add(record[column])
        if record["from_place"] == record["to_place"]:
            yield Finding(where_in(table, record), "the leg ends where it begins.", "Name two places.")
        if record["distance_nm"] is not None and record["distance_nm"] <= 0.0:
            what = f"a leg of {record['distance_nm']:g} nm has no length."
            hint = "Leave the cell blank for the great circle between the two positions."
            yield Finding(where_in(table, record, "distance_nm"), what, hint)
    ports = tables["ports"]
    for record in ports.records:
        if record["port"] not in joined:
            what = f'no leg leads to port "{record["port"]}".'
            yield Finding(where_in(ports, record), what, "Add rows to sea_legs.csv.")


def check_events(tables: Tables) -> Iterator[Finding]:
    """Events at known chokepoints, in the order of time, that say something."""
    table = tables["chokepoint_events"]
    chokepoints = {record["chokepoint"] for record in tables["chokepoints"].records}
    effects = ("speed_kn", "extra_days", "toll_usd", "toll_usd_per_t", "max_draught_m", "max_dwt_t")
    for record in table.records:
        yield from _unknown(table, record, "chokepoint", chokepoints, "chokepoint")
        yield from _unknown(table, record, "vessel_class", _classes(tables), "vessel class")
        yield from _dates(table, record)
        yield from _not_negative(table, record, effects)
        yield from _above_zero(table, record, ("speed_kn", "max_draught_m", "max_dwt_t"))
        if not record["closed"] and all(record[column] is None for column in effects):
            what = f'event "{record["event"]}" changes nothing.'
            yield Finding(where_in(table, record), what, "Close, slow, toll or limit the passage.", "warning")


def check_vessels(tables: Tables) -> Iterator[Finding]:
    """Ships that float, move and burn no less than nothing."""
    table = tables["vessel_classes"]
    positive = ("dwt_t", "tank_m3", "loa_m", "beam_m", "draught_laden_m", "draught_ballast_m", "tpc_t_per_cm")
    speeds = ("speed_laden_kn", "speed_ballast_kn", "pump_t_per_h")
    burnt = ("consumption_laden_t_per_d", "consumption_ballast_t_per_d", "consumption_idle_t_per_d")
    fuels = {record["fuel"] for record in tables["bunker_prices"].records}
    for record in table.records:
        yield from _above_zero(table, record, (*positive, *speeds))
        yield from _not_negative(table, record, (*burnt, "consumption_discharge_t_per_d", "not_cargo_t"))
        ballast = record["draught_ballast_m"]
        if ballast is not None and ballast >= record["draught_laden_m"]:
            what = f"{ballast:g} m in ballast is not less than {record['draught_laden_m']:g} m laden."
            yield Finding(
                where_in(table, record, "draught_ballast_m"), what, "Write the draught without cargo."
            )
        if record["not_cargo_t"] >= record["dwt_t"]:
            what = "bunkers and stores leave no deadweight for cargo."
            yield Finding(where_in(table, record, "not_cargo_t"), what, "Write less than dwt_t.")
        yield from _unknown(table, record, "fuel", fuels, "fuel")


def check_berths(tables: Tables) -> Iterator[Finding]:
    """Berths of known ports with a depth or a draught, and rates above zero."""
    table = tables["berths"]
    ports = {record["port"] for record in tables["ports"].records}
    for record in table.records:
        yield from _unknown(table, record, "port", ports, "port")
        if record["depth_m"] is None and record["max_draught_m"] is None:
            what = f'berth "{record["berth"]}" has no depth, so no largest cargo follows.'
            hint = "Fill depth_m, or max_draught_m if the port states a draught."
            yield Finding(where_in(table, record, "depth_m"), what, hint)
        lengths = ("depth_m", "max_draught_m", "max_dwt_t", "max_loa_m", "load_t_per_h", "discharge_t_per_h")
        yield from _above_zero(table, record, lengths)
        money = ("dues_usd", "dues_usd_per_t", "fixed_days", "wait_days", "under_keel_m", "under_keel_share")
        yield from _not_negative(table, record, money)


def check_rates(tables: Tables) -> Iterator[Finding]:
    """Freight and bunker rows in the order of time, above zero, for known ships and ports."""
    table, ports = tables["freight_rates"], {record["port"] for record in tables["ports"].records}
    for record in table.records:
        yield from _unknown(table, record, "vessel_class", _classes(tables), "vessel class")
        yield from _unknown(table, record, "origin", ports, "port")
        yield from _unknown(table, record, "destination", ports, "port")
        yield from _dates(table, record)
        yield from _above_zero(table, record, ("amount", "flat_usd_per_t"))
        yield from _not_negative(table, record, ("min_cargo_t",))
        if record["kind"] == "worldscale" and record["flat_usd_per_t"] is None:
            what = "Worldscale points have no flat rate."
            yield Finding(where_in(table, record, "flat_usd_per_t"), what, "Fill it in USD/t.")
    bunkers = tables["bunker_prices"]
    for record in bunkers.records:
        yield from _dates(bunkers, record)
        yield from _above_zero(bunkers, record, ("price_usd_per_t",))


def check_lightering(tables: Tables) -> Iterator[Finding]:
    """Plans at known ports with known ships and berths."""
    table = tables["lightering_plans"]
    ports = {record["port"] for record in tables["ports"].records}
    berths = {record["berth"] for record in tables["berths"].records}
    for record in table.records:
        yield from _unknown(table, record, "place", ports, "port")
        yield from _unknown(table, record, "shuttle_class", _classes(tables), "vessel class")
        yield from _unknown(table, record, "mother_berth", berths, "berth")
        yield from _unknown(table, record, "shuttle_berth", berths, "berth")
        positive = ("shuttles", "transfer_t_per_h", "shuttle_cargo_t", "mother_cargo_t")
        yield from _above_zero(table, record, positive)
        spent = (
            "wait_days",
            "fixed_days",
            "positioning_days",
            "fee_usd_per_transfer",
            "fee_usd_per_t",
            "dues_usd",
        )
        yield from _not_negative(table, record, spent)


#: Every check of the overlaid tables.
CHECKS: tuple[Callable[[Tables], Iterator[Finding]], ...] = (
    check_places,
    check_legs,
    check_events,
    check_vessels,
    check_berths,
    check_rates,
    check_lightering,
)


def _places(tables: Tables) -> set[str]:
    ports = {record["port"] for record in tables["ports"].records}
    return ports | {record["chokepoint"] for record in tables["chokepoints"].records}


def _classes(tables: Tables) -> set[str]:
    return {record["vessel_class"] for record in tables["vessel_classes"].records}


def _unknown(
    table: Table, record: Record, column: str, known: Collection[str], noun: str
) -> Iterator[Finding]:
    name = record[column]
    if name is not None and name not in known:
        where = where_in(table, record, column)
        yield Finding(where, f'there is no {noun} "{name}".', closest(name, known))


def _dates(table: Table, record: Record) -> Iterator[Finding]:
    start, end = record["start"], record["end"]
    if start is not None and end is not None and end < start:
        what = f"it ends on {end}, before it starts on {start}."
        yield Finding(where_in(table, record, "end"), what, "Put the two days in the order of time.")


def _above_zero(table: Table, record: Record, columns: Collection[str]) -> Iterator[Finding]:
    for column in columns:
        if record[column] is not None and record[column] <= 0.0:
            what = f"{record[column]:g} is not above zero."
            yield Finding(where_in(table, record, column), what, "Leave the cell blank if it is not known.")


def _not_negative(table: Table, record: Record, columns: Collection[str]) -> Iterator[Finding]:
    for column in columns:
        if record[column] is not None and record[column] < 0.0:
            yield Finding(
                where_in(table, record, column), f"{record[column]:g} is below zero.", "Write 0 or more."
            )
