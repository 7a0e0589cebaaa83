"""What is wrong with the tables of landed cost: names, uom, currencies without a rate, barrels that are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netback.case.case import Case
from netback.case.table import Record, Table
from netback.errors import DataError, Finding, closest
from netback.supply.money import parse_amount_uom, rate_per_usd
from netback.supply.rows import where_in

Tables = Mapping[str, Table]


def landed_findings(tables: Tables, case: Case | None = None) -> Iterator[Finding]:
    """Every finding of ``landed_costs`` and ``landed_cost_items``."""
    landings = {record["landing"]: record for record in tables["landed_costs"].records}
    for record in landings.values():
        yield from _landing(tables, record, case)
    table = tables["landed_cost_items"]
    for record in table.records:
        name = record["landing"]
        if name is not None and name not in landings:
            what = f'there is no landing "{name}".'
            yield Finding(where_in(table, record, "landing"), what, closest(name, landings))
            continue
        used = [landings[name]] if name is not None else list(landings.values())
        yield from _item(table, record, used, case)
    yield from _claims(tables, landings)


def _claims(tables: Tables, landings: Mapping[str, Record]) -> Iterator[Finding]:
    table = tables["landed_claims"]
    for record in table.records:
        for column in ("landing", "against"):
            name = record[column]
            if name is not None and name not in landings:
                yield Finding(
                    where_in(table, record, column), f'there is no landing "{name}".', closest(name, landings)
                )
        if record["measure"] != "lightering" and record["against"] is None:
            what = "a difference needs two cargoes."
            yield Finding(where_in(table, record, "against"), what, "Name the other one.")
        ends = [record[column] for column in ("claimed_low", "claimed_high")]
        if None not in ends and ends[0] > ends[1]:
            what = f"the range runs from {ends[0]:g} down to {ends[1]:g}."
            yield Finding(where_in(table, record, "claimed_low"), what, "Put the lower number first.")
        if record["reported"] is None and None in ends:
            yield Finding(
                where_in(table, record, "reported"), "nothing is claimed.", "Fill reported, or both ends."
            )


def _landing(tables: Tables, record: Record, case: Case | None) -> Iterator[Finding]:
    table = tables["landed_costs"]
    names = (
        ("origin", "ports", "port"),
        ("destination", "ports", "port"),
        ("vessel_class", "vessel_classes", "vessel_class"),
        ("freight_rate", "freight_rates", "rate"),
        ("lightering_plan", "lightering_plans", "plan"),
    )
    for column, target, key in names:
        known = {row[key] for row in tables[target].records}
        if record[column] is not None and record[column] not in known:
            what = f'"{record[column]}" is not in {target}.csv and not in the library.'
            yield Finding(where_in(table, record, column), what, closest(record[column], known))
    if record["cargo_t"] <= 0.0:
        yield Finding(where_in(table, record, "cargo_t"), "a cargo must be above zero.", "Write tonnes.")
    if record["vessel_class"] is not None and None in (record["origin"], record["destination"]):
        what = "a voyage needs both origin and destination."
        yield Finding(where_in(table, record), what, "Fill both, or leave vessel_class blank.")
    currency, _, uom = record["price_uom"].partition("/")
    if uom not in ("t", "bbl"):
        what = f'a price per "{uom}" is not understood here.'
        yield Finding(where_in(table, record, "price_uom"), what, "State it per t or per bbl.")
    if uom == "bbl" and record["bbl_per_t"] is None:
        what = "the price is per bbl and bbl_per_t is blank."
        yield Finding(where_in(table, record, "bbl_per_t"), what, "Fill it, for example 7.3 for Urals.")
    yield from _no_rate(table, record, "price_uom", currency, record, case)


def _item(table: Table, record: Record, landings: list[Record], case: Case | None) -> Iterator[Finding]:
    where = where_in(table, record, "amount_uom")
    try:
        uom = parse_amount_uom(record["amount_uom"], where)
    except DataError as error:
        yield from error.findings
        return
    for landing in landings:
        if uom.uom == "bbl" and landing["bbl_per_t"] is None:
            what = f'the item is per bbl and landing "{landing["landing"]}" states no bbl_per_t.'
            yield Finding(where, what, "Fill bbl_per_t in landed_costs.csv, or state the item per t.")
        if not uom.is_share:
            yield from _no_rate(table, record, "amount_uom", uom.currency, landing, case)


def _no_rate(
    table: Table, record: Record, column: str, currency: str, landing: Record, case: Case | None
) -> Iterator[Finding]:
    try:
        rate_per_usd(case, currency, landing["day"], where_in(table, record, column))
    except DataError as error:
        yield from error.findings
