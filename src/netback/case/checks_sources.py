"""Where the numbers come from: rows without a source, and how many rows rest on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from netback.case.case import Case
from netback.case.schema import TableSchema
from netback.case.table import Record, Table
from netback.errors import Finding

STATUSES = ("reported", "measured", "correlated", "derived", "stand_in", "assumed")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed row: the number that its range describes. ``key`` names the row in the user's words."""

    table: str
    row: int
    key: str
    column: str
    value: Any
    low: float | None
    high: float | None
    source: str
    note: str


def check_sources(case: Case) -> list[Finding]:
    """Find rows that name no source, are not assumed and fall under no source of the whole case."""
    findings = []
    if case.source is not None:
        return findings_of_default(case)
    for table in _with_provenance(case):
        rows = [r.row for r in table.records if r["source"] is None and r["status"] != "assumed"]
        for span in spans(rows):
            hint = "Name a source, or give status assumed with low and high, or source in case.yaml."
            findings.append(Finding(f"{table.schema.file}, {span}", "nobody is named who says so.", hint))
    return findings


def findings_of_default(case: Case) -> list[Finding]:
    """Check that the source of the whole case is one of ``sources.csv``."""
    known = {record["source"] for record in case.table("sources").records}
    if case.source in known:
        return []
    what = f'source "{case.source}" is not in sources.csv.'
    return [Finding("case.yaml, key source", what, "Add it to sources.csv.")]


def count_statuses(case: Case) -> dict[str, int]:
    """Count the rows of each status over all tables whose rows may name a source; blank counts as reported."""
    counts = Counter(
        record["status"] or "reported" for table in _with_provenance(case) for record in table.records
    )
    return {status: counts.get(status, 0) for status in STATUSES}


def assumptions(case: Case) -> list[Assumption]:
    """List every assumed row with its number and range."""
    return [
        _assumption(case, table, record)
        for table in _with_provenance(case)
        for record in table.records
        if record["status"] == "assumed"
    ]


def described_number(schema: TableSchema, record: Record) -> str:
    """Return the column that status, low and high of a row describe; empty if the row has no number.

    That is the main number of the table; where it is blank, the first filled number without a default.
    """
    if not schema.main_number or record[schema.main_number] is not None:
        return schema.main_number
    for column in schema.columns:
        usual = column.default is not None or column.name in ("low", "high", "breaker_cost")
        if column.type in ("number", "integer") and not usual and record[column.name] is not None:
            return column.name
    return ""


def spans(rows: Iterable[int]) -> Iterator[str]:
    """Write rows as ``row 3`` and ``rows 5-9``, in order."""
    ordered = sorted(set(rows))
    start = 0
    for place, row in enumerate(ordered, start=1):
        if place == len(ordered) or ordered[place] != row + 1:
            first = ordered[start]
            yield f"row {row}" if first == row else f"rows {first}-{row}"
            start = place


def _with_provenance(case: Case) -> Iterator[Table]:
    return (table for table in case.tables.values() if table.schema.has_provenance)


def _assumption(case: Case, table: Table, record: Record) -> Assumption:
    column = "value" if table.name == "overrides" else described_number(table.schema, record)
    key = " ".join(str(value) for value in table.key(record) if value is not None)
    return Assumption(
        table.name,
        record.row,
        key,
        column,
        record[column] if column else None,
        record["low"],
        record["high"],
        record["source"] or case.source or "",
        record["note"] or "",
    )
