"""Rows against each other and against the lists they refer to: names, duplicates, periods, prices, uom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import Any

from netback import uom
from netback.case.case import Case
from netback.case.references import dangling, keys_twice
from netback.case.table import Record, Table
from netback.case.values import parse_price
from netback.errors import Finding, closest

#: Columns whose uom must be an amount, because a stock or a use per feed cannot be a rate.
_AMOUNTS = (
    ("inventories", "uom"),
    ("opening_stocks", "uom"),
    ("utilities", "per"),
    ("streams", "uom"),
    *((name, "uom") for name in ("cargoes", "parcels", "contracts", "berth_limits", "cargoes_at_sea")),
)

#: Prices and quantities of one stream: table, column with the stream, columns with a uom, columns with a price uom.
_STREAM_UOM = (
    ("offers", "stream", ("uom",), ("price_uom",)),
    ("sales", "stream", ("uom",), ("price_uom",)),
    ("inventories", "stream", ("uom",), ("holding_cost_uom", "closing_value_uom")),
    ("opening_stocks", "stream", ("uom",), ()),
    ("cargoes_at_sea", "stream", ("uom",), ("price_uom",)),
    ("feeds", "feed", (), ("cost_uom",)),
)

#: Where money may be a share of a price.
_SHARES = ("offer_costs", "sale_costs", "cargo_costs", "rules")


def check_references(case: Case) -> list[Finding]:
    """Check that every name stands in the table it refers to, and that keys are given once."""
    findings = dangling(case.tables)
    for table in case.tables.values():
        findings.extend(keys_twice(table))
    return findings


def check_duplicate_rows(case: Case) -> list[Finding]:
    """Check that no two rows say something of the same thing in the same period."""
    findings = []
    for table in case.tables.values():
        columns = table.schema.key_columns
        if not columns or table.schema.by_name[columns[0]].is_own_key:
            continue
        rows: dict[tuple[Any, ...], int] = {}
        for record in table.records:
            first = rows.setdefault(table.key(record), record.row)
            if first != record.row:
                same = ", ".join(columns)
                what = f"the row says the same as row {first}: equal in {same}."
                findings.append(Finding(table.where(record), what, "Remove one of them."))
    return findings


def check_similar_names(case: Case) -> list[Finding]:
    """Warn of names that differ only in capital letters, blanks or underscores."""
    findings = []
    for table in case.tables.values():
        for column in table.schema.columns:
            if not column.is_own_key:
                continue
            names: dict[str, str] = {}
            for record in table.records:
                name = str(record[column.name])
                other = names.setdefault(name.casefold().replace(" ", "_").replace("-", "_"), name)
                if other != name:
                    what = f'"{name}" and "{other}" are two names that are easily mistaken for each other.'
                    where = table.where(record, column.name)
                    findings.append(Finding(where, what, "Rename one of them.", "warning"))
    return findings


def check_period_rows(case: Case) -> list[Finding]:
    """Note where a row that names its period replaces a row whose period is blank."""
    findings = []
    for table in case.tables.values():
        rest = [column for column in table.schema.key_columns if column != "period"]
        if "period" not in table.schema.key_columns or not rest:
            continue
        blank = {tuple(r[c] for c in rest): r.row for r in table.records if r["period"] is None}
        named = [r for r in table.records if r["period"] is not None and tuple(r[c] for c in rest) in blank]
        if named:
            replaced = blank[tuple(named[0][column] for column in rest)]
            others = f" ({len(named)} such rows in this table)" if len(named) > 1 else ""
            what = f"in {named[0]['period']} this row holds in place of row {replaced}, whose period is blank{others}."
            findings.append(Finding(table.where(named[0]), what, "", "note"))
    return findings


def check_one_stream_each(case: Case) -> list[Finding]:
    """Check that all rows of an offer or a sale are of one stream."""
    findings = []
    for name, owner in (("offers", "offer"), ("sales", "sale")):
        table = case.table(name)
        first: dict[str, Record] = {}
        for record in table.records:
            before = first.setdefault(record[owner], record)
            if before["stream"] != record["stream"]:
                what = f'{owner} "{record[owner]}" is of "{before["stream"]}" in row {before.row}.'
                hint = f'Give the rows of "{record["stream"]}" another name.'
                findings.append(Finding(table.where(record, "stream"), what, hint))
    return findings


def check_steps(case: Case) -> list[Finding]:
    """Check that tranches and tiers are numbered 1, 2, 3, ... in every period."""
    findings: list[Finding] = []
    for name, owner, step in (("offers", "offer", "tranche"), ("sales", "sale", "tier")):
        table = case.table(name)
        groups: dict[str, list[Record]] = defaultdict(list)
        for record in table.records:
            groups[record[owner]].append(record)
        for records in groups.values():
            findings.extend(_step_findings(table, records, owner, step))
    return findings


def _step_findings(table: Table, records: list[Record], owner: str, step: str) -> Iterator[Finding]:
    always = {record[step] for record in records if record["period"] is None}
    periods: dict[str | None, set[int]] = defaultdict(lambda: set(always))
    for record in records:
        periods[record["period"]].add(record[step])
    for period, steps in periods.items():
        missing = sorted(set(range(1, max(steps) + 1)) - steps)
        wrong = sorted(number for number in steps if number < 1)
        when = f" in {period}" if period else ""
        if missing or wrong:
            numbers = ", ".join(str(number) for number in (wrong or missing))
            what = (
                f'{step} {numbers} of {owner} "{records[0][owner]}"{when} {"is" if wrong else "is missing"}'
            )
            what += " below 1." if wrong else "."
            yield Finding(table.where(records[0], step), what, "Number them 1, 2, 3, ...")
            return


def check_price_uom(case: Case) -> list[Finding]:
    """Check that a share of a price stands only where there is a price to share, and stocks are amounts."""
    findings = []
    for table in case.tables.values():
        for column in table.schema.columns:
            if column.type != "price" or table.name in _SHARES:
                continue
            for record in table.records:
                if record[column.name] == "%":
                    hint = "Write money per amount, for example USD/bbl."
                    where = table.where(record, column.name)
                    findings.append(Finding(where, "% is a share of a price, and here is none.", hint))
    for name, column_name in _AMOUNTS:
        table = case.table(name)
        for record in table.records:
            if record[column_name] is not None and uom.parse(record[column_name]).is_rate:
                what = f'"{record[column_name]}" is a rate; here an amount is meant.'
                findings.append(
                    Finding(table.where(record, column_name), what, "Leave out the time: t, m3, bbl.")
                )
    return findings


def check_uom_of_streams(case: Case) -> list[Finding]:
    """Check that uom and price uom measure what the stream is measured in (mass and volume convert by density)."""
    findings: list[Finding] = []
    streams = {r["stream"]: r["uom"] or case.flow_uom for r in case.table("streams").records}
    for name, stream_column, amounts, prices in _STREAM_UOM:
        table = case.table(name)
        for record in table.records:
            stream = record[stream_column]
            if stream not in streams:
                continue
            stated = [(column, record[column]) for column in amounts if record[column] is not None]
            stated += [(c, parse_price(record[c]).uom) for c in prices if record[c] not in (None, "%")]
            for column, name_of_uom in stated:
                if _kind(name_of_uom) != _kind(streams[stream]):
                    what = (
                        f'"{record[column]}" does not measure "{stream}", which flows in {streams[stream]}.'
                    )
                    hint = f"Write a uom of {_kind(streams[stream])}, or change the stream."
                    findings.append(Finding(table.where(record, column), what, hint))
    return findings


def _kind(name: str) -> str:
    dimension = uom.parse(name).dimension
    return "mass or volume" if dimension in ("mass", "volume") else dimension


def check_exchange_rates(case: Case) -> list[Finding]:
    """Check that every currency of a price has a rate in every period."""
    rates: dict[str, set[str | None]] = defaultdict(set)
    for record in case.table("exchange_rates").records:
        rates[record["currency"]].add(record["period"])
    findings = []
    for currency, where in _currencies(case).items():
        if currency == case.currency or None in rates[currency]:
            continue
        missing = [period for period in case.horizon.names if period not in rates[currency]]
        if missing:
            when = "" if len(missing) == len(case.horizon.names) else f" in {', '.join(missing[:3])}"
            what = f"prices are in {currency}, and exchange_rates.csv has no rate of it{when}."
            hint = f"Add how many {currency} one {case.currency} is worth."
            findings.append(Finding(where, what, hint))
    return findings


def _currencies(case: Case) -> dict[str, str]:
    """Return each currency with the first place where it is used."""
    found: dict[str, str] = {}
    for table in case.tables.values():
        for column in table.schema.columns:
            if column.type == "price":
                for record in table.records:
                    text = record[column.name]
                    if text is not None and not parse_price(text).is_share:
                        found.setdefault(parse_price(text).currency, table.where(record, column.name))
    return found


def check_freight(case: Case) -> list[Finding]:
    """Warn of offers at the port of loading to which no freight is added."""
    table = case.table("offers")
    items = {record["offer"] for name in ("offer_costs", "cargoes") for record in case.table(name).records}
    first = {
        record["offer"]: record
        for record in reversed(table.records)
        if record["price_basis"] == "fob" and record["offer"] not in items
    }
    return [
        Finding(
            table.where(record, "price_basis"),
            f'offer "{offer}" is priced fob, and nothing is added on the way to the gate.',
            "Add its freight and other items to offer_costs.csv, or ship it in cargoes.csv.",
            "warning",
        )
        for offer, record in reversed(list(first.items()))
    ]


def check_properties(case: Case, built_in: Callable[[], Collection[str]]) -> list[Finding]:
    """Check that properties are built in or declared; ``built_in`` is called only if one is not declared."""
    declared = {record["property"] for record in case.table("properties").records}
    places: dict[str, str] = {}
    for table in case.tables.values():
        if table.name != "properties" and "property" in table.schema.by_name:
            for record in table.records:
                places.setdefault(record["property"], table.where(record, "property"))
    undeclared = {name: where for name, where in places.items() if name not in declared}
    known = built_in() if undeclared else ()
    return [
        Finding(
            where,
            f'property "{name}" is neither built in nor declared.',
            _property_hint(name, declared, known),
        )
        for name, where in undeclared.items()
        if name not in known
    ]


def _property_hint(name: str, declared: Collection[str], known: Collection[str]) -> str:
    return closest(name, [*declared, *known]) or "Declare it in properties.csv."
