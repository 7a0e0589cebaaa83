"""The uncertain inputs of a case: every number that carries a range, and cases with other values in their place.

A row whose ``low`` and ``high`` differ describes its main number as uncertain (an assumption must; a reported number
may). What hangs on such a number moves with it: the start of the next cut with the end of the one before, and the
other mass yields of a feed so that their sum stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netback.case.case import Case
from netback.case.checks_sources import described_number
from netback.case.table import Record, Table

#: Tables whose ranges do not describe an input of the plan itself.
_LEFT_OUT = frozenset({"overrides", "scenarios", "sources", "claims", "calculations"})
#: Yields that add up to 1 within this make a closed balance.
_CLOSED = 1e-6
#: How much the word behind a number is to be doubted, 0 to 1: a convention for ranking what to verify first.
DOUBT = {"assumed": 1.0, "stand_in": 0.75, "derived": 0.5, "correlated": 0.5, "measured": 0.1}
DOUBT_BY_CONFIDENCE = {"A": 0.1, "B": 0.25, "C": 0.5, "D": 1.0}


@dataclass(frozen=True)
class Uncertain:
    """One uncertain number: its place, its value and range, and how much its source is to be doubted (0 to 1)."""

    table: str
    row: int
    key: str
    column: str
    value: float
    low: float
    high: float
    status: str
    source: str
    doubt: float

    @property
    def name(self) -> str:
        """Place in one line: ``offer_costs urals_primorsk freight cost``."""
        return f"{self.table} {self.key} {self.column}"


def uncertain_inputs(case: Case) -> tuple[Uncertain, ...]:
    """Every number of the case that carries a range, in the order of the tables."""
    confidence = {row["source"]: row["confidence"] for row in case.table("sources").records}
    found = []
    for table in case.tables.values():
        if table.name in _LEFT_OUT or not table.schema.has_provenance or "low" not in table.schema.by_name:
            continue
        for record in table.records:
            one = _uncertain(table, record, confidence)
            if one is not None:
                found.append(one)
    return tuple(found)


def _uncertain(table: Table, record: Record, confidence: Mapping[str, str | None]) -> Uncertain | None:
    column = described_number(table.schema, record)
    low, high = record["low"], record["high"]
    if not column or low is None or high is None or not low < high or not isinstance(record[column], float):
        return None
    status, source = record["status"] or "reported", record["source"] or ""
    key = " ".join(str(value) for value in table.key(record) if value is not None)
    grades = [confidence.get(name.strip()) for name in source.split(";")]
    worst = max((DOUBT_BY_CONFIDENCE[grade] for grade in grades if grade), default=0.5)
    doubt = DOUBT.get(status, worst)
    return Uncertain(table.name, record.row, key, column, record[column], low, high, status, source, doubt)


def with_inputs(case: Case, changes: Mapping[Uncertain, float]) -> Case:
    """The case with other values for some of its uncertain numbers."""
    by_table: dict[str, dict[int, tuple[Uncertain, float]]] = {}
    for one, value in changes.items():
        by_table.setdefault(one.table, {})[one.row] = (one, value)
    tables = dict(case.tables)
    for name, rows in by_table.items():
        records = [
            record.with_(**{rows[record.row][0].column: rows[record.row][1]})
            if record.row in rows
            else record
            for record in tables[name].records
        ]
        if name == "cuts":
            records = _joined_cuts(tables[name].records, records)
        elif name == "yields":
            records = _closed_yields(tables[name].records, records, set(rows))
        tables[name] = Table(tables[name].schema, tuple(records), tables[name].extras)
    return case.with_(tables=tables)


def _joined_cuts(before: tuple[Record, ...], after: list[Record]) -> list[Record]:
    """Cuts whose start was the end of another cut of the same distillation follow that end."""
    ends = {(r["unit"], r["mode"], r["to_c"]): n["to_c"] for r, n in zip(before, after, strict=True)}
    return [
        new.with_(from_c=ends.get((old["unit"], old["mode"], old["from_c"]), new["from_c"]))
        if old["from_c"] is not None
        else new
        for old, new in zip(before, after, strict=True)
    ]


def _closed_yields(before: tuple[Record, ...], after: list[Record], moved: set[int]) -> list[Record]:
    """Yields of a feed that add up to a whole, or are by mass, keep their sum: the others take up the change."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, record in enumerate(before):
        groups.setdefault((record["unit"], record["mode"], record["feed"]), []).append(place)
    made = list(after)
    for places in groups.values():
        if not any(before[place].row in moved for place in places):
            continue
        whole = sum(before[place]["yield"] for place in places)
        if abs(whole - 1.0) > _CLOSED and any(before[place]["basis"] != "mass" for place in places):
            continue
        rest = [place for place in places if before[place].row not in moved]
        change = sum(after[place]["yield"] - before[place]["yield"] for place in places)
        total = sum(before[place]["yield"] for place in rest)
        if total > 0.0:
            for place in rest:
                share = before[place]["yield"] / total
                made[place] = after[place].with_(**{"yield": before[place]["yield"] - change * share})
    return made
