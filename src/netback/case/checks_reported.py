"""What was reported beside the plan: rows that no plan could answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netback import uom
from netback.case.case import Case
from netback.case.references import missing_finding, names_of
from netback.case.table import Record, Table
from netback.errors import Finding


@dataclass(frozen=True, slots=True)
class ResultKey:
    """How rows of a result table are found: its columns, and the input column that each one's names stand in.

    ``of`` and ``part`` are (column of the result, ``table.column`` of the case); ``period`` is the column of the
    period. ``volume`` says whether the result tells volumes as well as masses.
    """

    of: tuple[str, str]
    part: tuple[str, str] | None
    period: str
    volume: bool


RESULT_KEYS = {
    "purchases": ResultKey(("offer", "offers.offer"), None, "period", True),
    "sales": ResultKey(("sale", "sales.sale"), None, "period", True),
    "unit_runs": ResultKey(("unit", "units.unit"), ("feed", "streams.stream"), "period", True),
    "unit_products": ResultKey(("stream", "streams.stream"), ("unit", "units.unit"), "period", False),
    "blends": ResultKey(("product", "streams.stream"), ("component", "streams.stream"), "period", True),
    "stocks": ResultKey(("stream", "streams.stream"), None, "period", False),
    "voyages": ResultKey(("cargo", "cargoes.cargo"), ("parcel", "parcels.parcel"), "arrival_period", True),
}

_USUAL = {"mass": "t", "volume": "bbl"}


def check_reported(case: Case) -> list[Finding]:
    """Check that every row names something the plan tells, says a value or a range, and has an uom that fits."""
    table = case.table("reported")
    return [finding for record in table.records for finding in _row(case, table, record)]


def _row(case: Case, table: Table, record: Record) -> Iterator[Finding]:
    key = RESULT_KEYS[record["result"]]
    yield from _name(case, table, record, "of", key.of[1])
    if record["part"] is not None:
        if key.part is None:
            what = f"{record['result']} have no parts."
            yield Finding(table.where(record, "part"), what, "Leave it blank.")
        else:
            yield from _name(case, table, record, "part", key.part[1])
    if record["measure"] == "volume" and not key.volume:
        what = f"{record['result']} are told by mass."
        yield Finding(table.where(record, "measure"), what, "Write mass.")
    ends = [record[name] for name in ("claimed_low", "value", "claimed_high") if record[name] is not None]
    if not ends:
        what = "nothing is reported: no value and no range."
        yield Finding(table.where(record, "value"), what, "Fill value, claimed_low or claimed_high.")
    if ends != sorted(ends):
        what = "claimed_low, value and claimed_high are not in this order."
        yield Finding(table.where(record, "claimed_low"), what, "Correct one of them.")
    yield from _uom(table, record)


def _name(case: Case, table: Table, record: Record, column: str, reference: str) -> Iterator[Finding]:
    known = names_of(case.tables, reference)
    if record[column] not in known:
        yield missing_finding(table.where(record, column), record[column], reference, known)


def _uom(table: Table, record: Record) -> Iterator[Finding]:
    measure, stated = record["measure"], uom.parse(record["uom"])
    if stated.dimension != measure:
        what = f'"{stated.name}" measures {stated.dimension}, the row speaks of {measure}.'
        hint = f"Write an uom of {measure}, for example {_USUAL[measure]}, or another measure."
        yield Finding(table.where(record, "uom"), what, hint)
