"""Tiny cases for tests: tables as lines of text, and streams, units and one period filled in where not stated.

A line holds the cells of a row in the order of the heading, separated by blanks; a dot is a blank cell. So

    tiny(offers=rows("offer stream price", "cheap X 10", "dear X 12"), sales=rows("sale stream price", "s X 20"))

is a whole case: the stream ``X`` and the period ``P1`` of 30 days are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netback.case.case import Case
from netback.case.schema import TABLES
from netback.errors import NetbackError
from netback.planning.solve import Plan, plan

Row = dict[str, Any]


def rows(heading: str, *lines: str) -> list[Row]:
    """Rows of a table from lines of cells."""
    names = heading.split()
    made = []
    for line in lines:
        cells = line.split()
        assert len(cells) == len(names), f"{len(cells)} cells under {len(names)} columns: {line}"
        made.append({name: cell for name, cell in zip(names, cells, strict=True) if cell != "."})
    return made


def periods(**days: float) -> list[Row]:
    """Rows of periods.csv: name and length."""
    return [{"period": name, "days": length} for name, length in days.items()]


def tiny(
    name: str = "tiny",
    *,
    currency: str = "USD",
    flow_uom: str = "t",
    **tables: Iterable[Mapping[str, Any]],
) -> Case:
    """A case of the tables given; streams, units and the period P1 are added where no row states them."""
    filled: dict[str, list[Mapping[str, Any]]] = {table: list(lines) for table, lines in tables.items()}
    filled.setdefault("periods", list(periods(P1=30)))
    for target, key in (("streams", "stream"), ("units", "unit")):
        stated = {row[key] for row in filled.get(target, [])}
        missing = [named for named in _referred(filled, f"{target}.{key}") if named not in stated]
        filled[target] = [*filled.get(target, []), *({key: named} for named in missing)]
    return Case.of(name, filled, currency=currency, flow_uom=flow_uom)


def _referred(tables: Mapping[str, Iterable[Mapping[str, Any]]], reference: str) -> list[str]:
    found: dict[str, None] = {}
    for table, lines in tables.items():
        columns = [column for column in TABLES[table].columns if column.refers_to == reference]
        for row in lines:
            for column in columns:
                cell = row.get(column.name)
                found.update(dict.fromkeys(part.strip() for part in str(cell).split(";")) if cell else {})
    return list(found)


def solved(case: Case) -> Plan:
    """The plan of a case, which must be proven."""
    made = plan(case)
    assert made.certificate.word == "proven", (made.raw.status, made.certificate)
    return made


def margin(case: Case) -> float:
    """Margin of the proven plan of a case."""
    value = solved(case).certificate.value
    assert value is not None
    return value


def values(made: Plan, block: str) -> dict[tuple[str, ...], float]:
    """Values of the columns of a block, by labels."""
    found = made.model.problem.block(block)
    return {found.index.label(k): float(made.x[found.start + k]) for k in range(found.size)}


def findings(error: NetbackError) -> str:
    """All findings of an error as one text."""
    return "\n".join(str(finding) for finding in error.findings)
