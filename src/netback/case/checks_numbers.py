"""Numbers that cannot hold: ranges, least above greatest, signs, shares, recipes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from netback.case.case import Case
from netback.case.checks_sources import described_number, spans
from netback.case.table import Record, Table
from netback.case.values import CellError, read_cell
from netback.errors import Finding

#: Slack on sums of shares, so that 0.333 three times counts as one.
SHARE_TOLERANCE = 0.005

_NOT_NEGATIVE: dict[str, tuple[str, ...]] = {
    "offers": ("min", "max", "min_if_bought"),
    "sales": ("min", "max"),
    "capacities": ("min", "max", "min_if_run"),
    "blends": ("min_if_used",),
    "inventories": ("min", "max", "closing_min", "closing_max"),
    "opening_stocks": ("quantity",),
    "modes": ("loss_wt_pct",),
    "cargoes": ("min_ships", "max_ships", "min_lot", "days", "berth_days", "loss_pct"),
    "parcels": ("min", "days", "berth_days"),
    "contracts": ("min_ships", "max_ships", "short_cost"),
    "berth_limits": ("max_ships", "max_days"),
    "cargoes_at_sea": ("quantity", "berth_days"),
}
_ABOVE_ZERO: dict[str, tuple[str, ...]] = {
    "offers": ("lot_size",),
    "exchange_rates": ("rate",),
    "blends": ("parts",),
    "cargoes": ("max_lot",),
    "parcels": ("per_ship", "max"),
    "contracts": ("lot", "total"),
    "berth_limits": ("max_lot",),
}
_NOT_ZERO: dict[str, tuple[str, ...]] = {"deltas": ("step",)}


def check_ranges(case: Case) -> list[Finding]:
    """Check that low <= number <= high, and that assumed rows state their range."""
    findings: list[Finding] = []
    for table in case.tables.values():
        if table.schema.has_provenance and table.name not in ("overrides", "claims"):
            for record in table.records:
                column = described_number(table.schema, record)
                number = record[column] if column else None
                findings.extend(_range_findings(table, record, column, number))
    return findings


def check_override_ranges(case: Case) -> list[Finding]:
    """Check the ranges of ``overrides.csv``, whose value is a number only if the cell that it sets is one."""
    findings: list[Finding] = []
    table = case.table("overrides")
    for record in table.records:
        number = _override_number(case, record)
        findings.extend(_range_findings(table, record, "value" if number is not None else "", number))
    return findings


def _override_number(case: Case, record: Record) -> float | None:
    target = case.tables.get(record["table"])
    column = target.schema.by_name.get(record["column"] or "") if target is not None else None
    if column is None or column.type not in ("number", "integer") or record["action"] != "set":
        return None
    try:
        number: float | None = read_cell(record["value"] or "", column)
    except CellError:
        return None
    return number


def _range_findings(table: Table, record: Record, column: str, number: float | None) -> Iterator[Finding]:
    low, high = record["low"], record["high"]
    where = table.where(record, column)
    if low is not None and high is not None and low > high:
        yield Finding(table.where(record, "high"), f"high {high:g} is below low {low:g}.", "Swap them.")
    elif number is None:
        if low is not None or high is not None:
            what = "low and high describe a number, and the row has none."
            yield Finding(table.where(record), what, "Give the number or leave low and high blank.")
    elif low is not None and number < low:
        yield Finding(where, f"{number:g} is below its own low {low:g}.", "Correct the number or its range.")
    elif high is not None and number > high:
        yield Finding(
            where, f"{number:g} is above its own high {high:g}.", "Correct the number or its range."
        )
    elif record["status"] == "assumed":
        yield from _assumed_findings(where, number, low, high)


def _assumed_findings(where: str, number: float, low: float | None, high: float | None) -> Iterator[Finding]:
    if low is None or high is None:
        missing = " and ".join(name for name, value in (("low", low), ("high", high)) if value is None)
        yield Finding(where, f"{number:g} is assumed without its range.", f"Give {missing}.")
    elif low == high:
        what = f"{number:g} is assumed, but its range has no width."
        yield Finding(where, what, "Give low and high between which the number may lie.", "warning")


def check_signs(case: Case) -> list[Finding]:
    """Check that quantities are not negative, and that sizes, rates and steps are not zero."""
    findings: list[Finding] = []
    rules: tuple[tuple[dict[str, tuple[str, ...]], Any, str], ...] = (
        (_NOT_NEGATIVE, lambda value: value >= 0.0, "is below zero."),
        (_ABOVE_ZERO, lambda value: value > 0.0, "is not above zero."),
        (_NOT_ZERO, lambda value: value != 0.0, "must not be zero."),
    )
    for tables, holds, what in rules:
        for name, columns in tables.items():
            findings.extend(_sign_findings(case.table(name), columns, holds, what))
    for table in case.tables.values():
        if "breaker_cost" in table.schema.by_name:
            findings.extend(
                _sign_findings(table, ("breaker_cost",), lambda value: value >= 0.0, "is below zero.")
            )
    for record in case.table("modes").records:
        if record["loss_wt_pct"] >= 100.0:
            where = case.table("modes").where(record, "loss_wt_pct")
            findings.append(
                Finding(where, f"{record['loss_wt_pct']:g} % lost leaves nothing.", "Write 0.5 for 0.5 %.")
            )
    return findings


def _sign_findings(table: Table, columns: Iterable[str], holds: Any, what: str) -> Iterator[Finding]:
    for record in table.records:
        for column in columns:
            value = record[column]
            if value is not None and not holds(value):
                hint = "Leave it blank for no limit." if column == "max" else ""
                yield Finding(table.where(record, column), f"{column} {value:g} {what}", hint)


def check_min_max(case: Case) -> list[Finding]:
    """Check that no least value is above its greatest value."""
    findings: list[Finding] = []
    for table in case.tables.values():
        pairs = list(_pairs(table.schema.column_names))
        for record in table.records:
            for low, high in pairs:
                least, most = record[low], record[high]
                if low.startswith("min_if") and most == 0.0:
                    continue  # a greatest quantity of zero leaves the thing out, whatever its least would be
                if least is not None and most is not None and least > most:
                    what = f"{high} {most:g} is below {low} {least:g}."
                    findings.append(
                        Finding(table.where(record), _named(table, record) + what, _consequence(table))
                    )
    return findings


def _pairs(columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for column in columns:
        if "min" in column.split("_"):
            greatest = column.replace("min", "max", 1)
            if greatest in columns:
                yield column, greatest
            elif column.startswith("min_if") and "max" in columns:
                yield column, "max"


def _named(table: Table, record: Record) -> str:
    return f"{record['property']} " if "property" in table.schema.by_name else ""


def _consequence(table: Table) -> str:
    return {"specs": "No blend can meet both.", "feed_specs": "No feed can meet both."}.get(
        table.name, "Nothing can meet both."
    )


def check_shares(case: Case) -> list[Finding]:
    """Check that every share lies between 0 and 1."""
    findings = []
    for name in ("feeds", "blends"):
        table = case.table(name)
        for record in table.records:
            for column in ("min_share", "max_share"):
                share = record[column]
                if share is not None and not 0.0 <= share <= 1.0:
                    hint = f"Write {share / 100:g} for {share:g} %." if 1.0 < share <= 100.0 else ""
                    what = f"the share {share:g} is not between 0 and 1."
                    findings.append(Finding(table.where(record, column), what, hint))
    return findings


def check_share_sums(case: Case) -> list[Finding]:
    """Check that the least shares of a feed or a blend leave room, and that the greatest ones can fill it."""
    findings: list[Finding] = []
    mixes = {record["product"] for record in case.table("blends").records if record["recipe"] is not None}
    for name, group in (("feeds", ("unit", "mode")), ("blends", ("product",))):
        table = case.table(name)
        groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for record in table.records:
            if name == "feeds" or record["recipe"] is None:
                groups[tuple(record[column] for column in group)].append(record)
        for key, records in groups.items():
            # A unit's row without a mode adds to those of its modes, and recipes fill what components do not.
            whole = key[0] not in mixes if name == "blends" else _is_whole(table, key)
            findings.extend(_share_sum(table, key, records, whole))
    return findings


def _is_whole(table: Table, key: tuple[Any, ...]) -> bool:
    return all(
        (record["mode"] is None) == (key[1] is None) for record in table.records if record["unit"] == key[0]
    )


def _share_sum(table: Table, key: tuple[Any, ...], records: list[Record], whole: bool) -> Iterator[Finding]:
    if len({record["basis"] for record in records}) != 1:
        return
    place = f"{table.schema.file}, {', '.join(spans(record.row for record in records))}"
    name = " ".join(str(part) for part in key if part is not None)
    least = sum(record["min_share"] or 0.0 for record in records)
    if least > 1.0 + SHARE_TOLERANCE:
        what = f'the least shares of "{name}" add up to {least:g}, above 1.'
        yield Finding(place, what, "Nothing can meet all of them; lower one.")
    shares = [record["max_share"] for record in records]
    if whole and None not in shares and sum(shares) < 1.0 - SHARE_TOLERANCE:
        what = f'the greatest shares of "{name}" add up to {sum(shares):g}, below 1.'
        hint = "Nothing can be made; raise one or leave it blank."
        breakable = any(record.get("breaker_cost") is not None for record in records)
        yield Finding(place, what, hint, "warning" if breakable else "error")


def check_recipes(case: Case) -> list[Finding]:
    """Check that parts and recipes come together."""
    findings = []
    table = case.table("blends")
    for record in table.records:
        if record["parts"] is not None and record["recipe"] is None:
            what, column = "parts are given, but no recipe that they belong to.", "recipe"
        elif record["recipe"] is not None and record["parts"] is None:
            what, column = f'the recipe "{record["recipe"]}" does not say how many parts.', "parts"
        else:
            continue
        findings.append(Finding(table.where(record, column), what, "Give both, or neither for a free blend."))
    return findings
