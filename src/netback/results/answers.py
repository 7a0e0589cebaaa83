"""What calculations of evidence may ask of a case and of its plan.

``plan("karachi_2023_september:only_urals", "blends", "mass", product="furnace_oil")`` solves a case in a scenario and
adds up a column of a result table over the rows that the further arguments pick.
``case("karachi_2023_september", "sales", "furnace_oil_export", "price")`` is one number of the input tables with its
range.
Every case is read and solved once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, NetbackError, closest
from netback.evidence.providers import ALONE, Answer
from netback.evidence.units import parse_unit
from netback.evidence.values import ExpressionError, MissingError, Quantity, Value, Word
from netback.results.table import ResultTable

#: Uom of the result tables that are written with a word of what they count.
_SHARES = {"wt%": "%", "vol%": "%"}

ReadCase = Callable[[str, str | None], Case]


@dataclass(frozen=True)
class PlanProvider:
    """Answers ``plan(case, table, column, key=value, ...)``."""

    read: ReadCase
    name: str = "plan"
    parameters: tuple[str, ...] = ("case", "table", "column", "**")
    solved: dict[str, Mapping[str, ResultTable]] = field(default_factory=dict)

    def __call__(self, arguments: Mapping[str, Value]) -> Answer:
        """Add up a column of a result table.

        Raises
        ------
        MissingError
            If the case has no plan.
        ExpressionError
            If a case, table, column or row is not there.
        """
        words = _words(arguments, self.name)
        case, wanted, column = (_given(words, key, self.name) for key in ("case", "table", "column"))
        tables = self._tables(case)
        if wanted not in tables:
            hint = closest(wanted, tables) or f"Known: {', '.join(tables)}."
            raise ExpressionError(f'a plan has no table "{wanted}".', hint)
        table = tables[wanted]
        keys = {key: word for key, word in words.items() if key not in ("case", "table", "column")}
        for name in (column, *keys):
            if name not in table.names:
                raise ExpressionError(f'"{wanted}" has no column "{name}".', closest(name, table.names))
        rows = table.where(**keys).records()
        if not rows and keys:
            _check_row(table, keys)
        total = sum(_finite(row[column], column) for row in rows)
        uom = _uom(table, column, rows)
        return Answer({ALONE: Quantity.of(total, total, uom)}, f"plan of {case}, {wanted}")

    def _tables(self, name: str) -> Mapping[str, ResultTable]:
        if name not in self.solved:
            self.solved[name] = _solve(_read(self.read, name), name)
        return self.solved[name]


@dataclass(frozen=True)
class CaseProvider:
    """Answers ``case(case, table, row, column)``: one number of the input tables with its range."""

    read: ReadCase
    name: str = "case"
    parameters: tuple[str, ...] = ("case", "table", "row", "column")

    def __call__(self, arguments: Mapping[str, Value]) -> Answer:
        """Give the number.

        Raises
        ------
        MissingError
            If the cell is blank.
        ExpressionError
            If a case, table, row or column is not there, or the cell holds no number.
        """
        words = _words(arguments, self.name)
        case, table, row, column = (_given(words, key, self.name) for key in self.parameters)
        found = _read(self.read, case)
        try:
            rows = found.table(table)
        except DataError as fault:
            raise ExpressionError(fault.findings[0].what, fault.findings[0].hint) from None
        first = rows.schema.key_columns[0]
        known = {str(record[first]): record for record in reversed(rows.records)}
        if row not in known:
            raise ExpressionError(f'no row of {rows.schema.file} is "{row}".', closest(row, known))
        if column not in rows.schema.by_name:
            raise ExpressionError(f'{table} has no column "{column}".', closest(column, rows.columns))
        return Answer({ALONE: _cell(rows.schema.main_number, known[row], column)}, f"{case}, {table}, {row}")


def _read(read: ReadCase, name: str) -> Case:
    path, _, scenario = name.partition(":")
    try:
        return read(path, scenario or None)
    except NetbackError as fault:
        raise ExpressionError(fault.findings[0].what, fault.findings[0].hint) from None


def _solve(case: Case, name: str) -> Mapping[str, ResultTable]:
    from netback.planning.solve import plan
    from netback.results import flows
    from netback.results.economics import economics, economics_table, mass_balance
    from netback.results.reading import Reader
    from netback.results.voyages import voyages

    try:
        solved = plan(case)
    except NetbackError as fault:
        raise MissingError(f"{name} has no plan: {fault.findings[0].what}") from None
    if not solved.solved:
        raise MissingError(f"{name} has no plan: it is {solved.certificate.word}.")
    reader = Reader(solved)
    found = economics(reader)
    tables = (
        flows.purchases(reader, ()),
        flows.unit_runs(reader),
        flows.unit_products(reader),
        flows.streams(reader),
        flows.blends(reader),
        flows.sales(reader),
        flows.stocks(reader),
        voyages(reader),
        economics_table(found, case.currency),
        mass_balance(reader),
    )
    return {table.name: table for table in tables}


def _words(arguments: Mapping[str, Value], name: str) -> dict[str, str]:
    words = {}
    for key, value in arguments.items():
        if not isinstance(value, Word) or len(value.words) != 1:
            raise ExpressionError(f"{name} takes names in quotes, and {key} is none.")
        words[key] = next(iter(value.words))
    return words


def _given(words: Mapping[str, str], key: str, name: str) -> str:
    if key not in words:
        raise ExpressionError(f"{name} needs the argument {key}.")
    return words[key]


def _check_row(table: ResultTable, keys: Mapping[str, str]) -> None:
    for key, word in keys.items():
        known = [str(value) for value in table.column(key)]
        if word not in known:
            raise ExpressionError(f'no row of {table.name} has {key} "{word}".', closest(word, known))


def _finite(value: Any, column: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MissingError(f"{column} is blank in the plan.")
    return float(value)


def _uom(table: ResultTable, column: str, rows: list[dict[str, Any]]) -> str:
    uom = table.columns[table.names.index(column)].uom
    if uom == "row":
        uoms = {row["uom"] for row in rows}
        if len(uoms) > 1:
            raise ExpressionError(f"the rows of {table.name} have different uom: {', '.join(sorted(uoms))}.")
        uom = uoms.pop() if uoms else ""
    if uom.endswith("/price_per"):
        uom = f"{uom.removesuffix('price_per')}{rows[0]['price_per'] if rows else 'bbl'}"
    return _SHARES.get(uom, uom)


def _cell(main_number: str, record: Record, column: str) -> Quantity:
    value = record[column]
    if value is None:
        raise MissingError(f"{column} is blank.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"{column} holds no number.")
    uom = record.get(f"{column}_uom") or record.get("uom") or ""
    try:
        parse_unit(uom)
    except DataError:
        uom = ""
    low, high = (record.get(end) if column == main_number else None for end in ("low", "high"))
    return Quantity.of(value if low is None else low, value if high is None else high, uom)
