"""Streams from origin to destination, and limits: what is used must come from somewhere, what is made must go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from netback.case.case import Case
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import Finding, Severity, closest


@dataclass
class _Ways:
    """Streams with the first place that makes or uses them, in the words of the user."""

    made: dict[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)


def check_origins(case: Case) -> list[Finding]:
    """Find streams that are used or sold but made by no unit, not blended, not bought and not in tank."""
    ways = _ways(case)
    severity: Severity = "error" if case.scenario is None else "warning"
    return [
        Finding(
            where,
            f'stream "{stream}" is made by no unit and not bought.',
            closest(stream, [name for name in ways.made if name not in ways.used]),
            severity,
        )
        for stream, where in ways.used.items()
        if stream not in ways.made
    ]


def check_destinations(case: Case) -> list[Finding]:
    """Find streams that are made or blended but neither used, sold nor kept, and are no loss."""
    ways = _ways(case)
    kinds = {record["stream"]: record["kind"] for record in case.table("streams").records}
    bought = {record["stream"] for record in case.table("offers").records}
    blended = {record["product"] for record in case.table("blends").records}
    findings = []
    for stream, where in ways.made.items():
        if stream in ways.used or stream in ways.kept or kinds.get(stream) == "loss":
            continue
        if stream in blended:
            what, hint = f'"{stream}" is blended but neither sold, used nor kept.', "Add a row to sales.csv."
        elif stream in bought:
            what, hint = (
                f'"{stream}" may be bought, but nothing uses it.',
                "Add a unit or a blend that takes it.",
            )
        else:
            what = (
                f'stream "{stream}" is made but neither used, sold nor kept, so what makes it stands still.'
            )
            hint = "Add a sale, a use or a tank, or give it kind loss."
        mild = stream in bought or kinds.get(stream) == "utility"
        findings.append(Finding(where, what, hint, "warning" if mild else "error"))
    return findings


def check_limits(case: Case) -> list[Finding]:
    """Find limits that count nothing or limit nothing."""
    table = case.table("limits")
    counted = {record["limit"] for record in case.table("limit_terms").records}
    findings = []
    for record in table.records:
        if record["limit"] not in counted:
            what = f'limit "{record["limit"]}" counts nothing.'
            findings.append(Finding(table.where(record, "limit"), what, "Add its terms to limit_terms.csv."))
        if record["min"] is None and record["max"] is None:
            what = f'limit "{record["limit"]}" has neither min nor max.'
            findings.append(Finding(table.where(record), what, "It limits nothing.", "warning"))
    return findings


def check_limit_terms(case: Case) -> list[Finding]:
    """Check that each term counts something that is there: the item, the stream of it, the mode of the unit."""
    table = case.table("limit_terms")
    known = _items(case)
    findings: list[Finding] = []
    for record in table.records:
        activity = record["activity"]
        if record["item"] not in known[activity]:
            what = f'"{record["item"]}" is no {_WORDS[activity]}.'
            findings.append(
                Finding(table.where(record, "item"), what, closest(record["item"], known[activity]))
            )
        else:
            findings.extend(_detail_findings(case, table, record))
    return findings


_WORDS = {
    "purchase": "offer and no stream that is offered",
    "feed": "unit",
    "make": "unit",
    "blend": "product of blends.csv",
    "pool": "stream of pools.csv with a component",
    "sale": "sale and no stream that is sold",
    "stock": "stream of inventories.csv",
}


#: How a unit has no such part; blends and pools have components.
_VERBS = {"feed": "takes no", "make": "makes no"}


def _items(case: Case) -> dict[str, set[str]]:
    def column(table: str, *names: str) -> set[str]:
        return {record[name] for record in case.table(table).records for name in names}

    units = column("units", "unit")
    return {
        "purchase": column("offers", "offer", "stream"),
        "feed": units,
        "make": units,
        "blend": column("blends", "product"),
        "pool": {row["stream"] for row in case.table("pools").records if row["component"] is not None},
        "sale": column("sales", "sale", "stream"),
        "stock": column("inventories", "stream"),
    }


def _detail_findings(case: Case, table: Table, record: Record) -> Iterator[Finding]:
    activity, item = record["activity"], record["item"]
    if record["of"] is not None:
        parts = _parts(case, activity, item)
        if parts is None:
            what = f"a term of activity {activity} has no part to count."
            yield Finding(table.where(record, "of"), what, "Leave the cell blank.")
        elif record["of"] not in parts:
            verb = _VERBS.get(activity, "has no component")
            what = f'"{item}" {verb} "{record["of"]}".'
            yield Finding(table.where(record, "of"), what, closest(record["of"], parts))
    if record["mode"] is not None and activity not in ("feed", "make"):
        what = f"a term of activity {activity} has no mode."
        yield Finding(table.where(record, "mode"), what, "Leave the cell blank.")
    elif record["mode"] is not None:
        modes = [r["mode"] for r in case.table("modes").records if r["unit"] == item] or ["normal"]
        if record["mode"] not in modes:
            hint = closest(record["mode"], modes) or f"Its modes: {', '.join(modes)}."
            yield Finding(table.where(record, "mode"), f'unit "{item}" has no mode "{record["mode"]}".', hint)


def _parts(case: Case, activity: str, item: str) -> set[str] | None:
    """Return the streams that a term may single out; None for activities that have no parts."""
    if activity == "blend":
        return {r["component"] for r in case.table("blends").records if r["product"] == item}
    if activity == "pool":
        rows = case.table("pools").records
        return {r["component"] for r in rows if r["stream"] == item and r["component"] is not None}
    if activity == "feed":
        found = {
            r["feed"] for name in ("feeds", "yields") for r in case.table(name).records if r["unit"] == item
        }
        if any(record["unit"] == item for record in case.table("cuts").records):
            found |= {record["crude"] for record in case.table("crudes").records}
        return found
    if activity == "make":
        found = {r["product"] for r in case.table("yields").records if r["unit"] == item}
        cuts = [record for record in case.table("cuts").records if record["unit"] == item]
        found |= {record["stream"] for record in cuts}
        return found | {name for record in cuts for name in names_in(record["swing_to"])}
    return None


def _ways(case: Case) -> _Ways:
    ways = _Ways()
    outside = ("offers", "opening_stocks", "cargoes_at_sea", "parcels")
    for name, column in (*((table, "stream") for table in outside), ("blends", "product")):
        filled = [record for record in case.table(name).records if record[column] is not None]
        _note(ways.made, case.table(name), column, filled)
    for name, column in (("feeds", "feed"), ("yields", "feed"), ("blends", "component"), ("sales", "stream")):
        _note(ways.used, case.table(name), column, case.table(name).records)
    for name, column, number in (("yields", "product", "yield"), ("utilities", "utility", "use")):
        table, sign = case.table(name), 1.0 if name == "yields" else -1.0
        _note(ways.made, table, column, [r for r in table.records if sign * r[number] > 0.0])
        _note(ways.used, table, column, [r for r in table.records if sign * r[number] < 0.0])
    cuts = case.table("cuts")
    _note(ways.made, cuts, "stream", cuts.records)
    _note(ways.used, cuts, "stream", [record for record in cuts.records if record["swing_to"] is not None])
    tanks = case.table("pools")
    filled = [record for record in tanks.records if record["component"] is not None]
    _note(ways.made, tanks, "stream", filled)
    _note(ways.used, tanks, "component", filled)
    _note_crudes(case, ways)
    ways.kept = {record["stream"] for record in case.table("inventories").records}
    return ways


def _note_crudes(case: Case, ways: _Ways) -> None:
    """Note that a distillation without rows of feeds takes every crude; a crude nobody offers is no fault."""
    fed = {record["unit"] for name in ("feeds", "yields") for record in case.table(name).records}
    if any(record["unit"] not in fed for record in case.table("cuts").records):
        crudes = case.table("crudes")
        _note(ways.used, crudes, "crude", [r for r in crudes.records if r["crude"] in ways.made])


def _note(found: dict[str, str], table: Table, column: str, records: Iterable[Record]) -> None:
    for record in records:
        found.setdefault(record[column], table.where(record, column))
