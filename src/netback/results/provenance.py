"""On what a plan rests: every assumed number with its range, and every source that the case names."""

from __future__ import annotations

from netback.case.case import Case
from netback.case.checks_sources import assumptions
from netback.results.table import ResultTable


def assumed(case: Case) -> ResultTable:
    """Every assumed row of the case with its range and its reason."""
    columns = [
        ("table", "", ""),
        ("row", "", "row of the table"),
        ("key", "", ""),
        ("column", "", "what the range describes"),
        ("value", "row", ""),
        ("low", "row", ""),
        ("high", "row", ""),
        ("uom", "", "of value, low and high, where the table states one"),
        ("source", "", ""),
        ("note", "", "why"),
    ]
    rows = [
        (
            *(one.table, one.row, one.key, one.column, one.value, one.low, one.high),
            _uom(case, one.table, one.row, one.column),
            *(one.source, one.note),
        )
        for one in assumptions(case)
    ]
    return ResultTable.of("assumed", "What is assumed, with its range", columns, rows)


def _uom(case: Case, table: str, row: int, column: str) -> str:
    """Uom of a number: stated in the row beside it, or by the column."""
    schema = case.table(table).schema
    record = next(r for r in case.table(table).records if r.row == row)
    for name in (f"{column}_uom", "uom"):
        if record.get(name):
            return str(record[name])
    return schema.by_name[column].uom if column in schema.by_name else ""


def sources(case: Case) -> ResultTable:
    """Every source of the case, as it stands."""
    table = case.table("sources")
    columns = [(column.name, "", column.meaning) for column in table.schema.columns]
    rows = [[record[column.name] for column in table.schema.columns] for record in table.records]
    return ResultTable.of("sources", "Who said it", columns, rows)
