"""Table CASE: what other cases change, as scenarios and overrides.

A line ``CASE n`` begins a case, a line ``TABLE name`` a block that has a heading with TEXT of its own and rows that
replace cells of that table; the word EMPTY blanks a cell (AspenTech knowledge base, "change the feed configuration in
table CASE"). Whether a case changes the base or the case before it is a setting of the model: each is read as a change
of the base, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from netback.case.values import write_cell
from netback.io.pims.draft import Draft
from netback.io.pims.sheets import Cell, heading_places, is_comment, number_of
from netback.io.xlsx_cells import SheetCells, SheetPlaces, cell_text

EMPTY: Final = "EMPTY"
_CASE: Final = re.compile(r"CASE\s*(\S*)", re.IGNORECASE)
_TABLE: Final = re.compile(r"TABLE\s*(\S*)", re.IGNORECASE)
#: Columns that stand for two cells of the case.
_BOTH: Final = {"FIX": ("MIN", "MAX")}
#: Tables in which a zero bound limits nothing.
_ZERO_IS_NONE: Final = ("CAPS", "PROCLIM")


@dataclass
class _Place:
    """Where the reading of the sheet stands: the scenario, the table and its heading."""

    scenario: str = ""
    table: str = ""
    names: int = 0
    columns: dict[int, str] = field(default_factory=dict)


def read_cases(cells: SheetCells, places: SheetPlaces, draft: Draft) -> None:
    """Read the sheet CASE into scenarios.csv and overrides.csv."""
    at = _Place()
    for number, row in enumerate(cells.rows, start=1):
        texts = [cell_text(cell).strip() for cell in row]
        filled = [text for text in texts if text]
        if not filled or is_comment(filled[0]):
            continue
        begun, block = _CASE.fullmatch(filled[0]), _TABLE.fullmatch(filled[0])
        if begun is not None:
            _begin(at, begun[1], filled[1:], places.row(number), draft)
        elif block is not None:
            rest = filled[1:] if not block[1] else []
            at.table = (block[1] or (rest[0] if rest else "")).upper()
            at.columns = {}
        elif (found := heading_places(row)) is not None and found[0] >= 0:
            at.names = found[0]
            at.columns = {
                place: text
                for place, text in enumerate(texts)
                if text and place not in found and not is_comment(text)
            }
        else:
            _changes(at, row, number, places, draft)
    if draft.tables.get("scenarios"):
        what = "each case is read as a change of the base model, not of the case before it."
        draft.remarks.partly(places.whole, what, "Name a parent in scenarios.csv where it is otherwise.")


def _begin(at: _Place, number: str, rest: list[str], where: str, draft: Draft) -> None:
    if not number and rest:
        number, rest = rest[0], rest[1:]
    name = "case_" + re.sub(r"\W+", "_", number).strip("_")
    if name == "case_" or any(row["scenario"] == name for row in draft.tables.get("scenarios", [])):
        what = f'"{number}" is no new number of a case.' if number else "the case has no number."
        draft.remarks.fault(where, what, "Number the cases 1, 2, 3, ...")
        return
    draft.add("scenarios", scenario=name, title=" ".join(rest) or None)
    at.scenario, at.table, at.columns = name, "", {}


def _changes(at: _Place, row: Sequence[Any], number: int, places: SheetPlaces, draft: Draft) -> None:
    if not (at.scenario and at.table and at.columns):
        lacks = "CASE" if not at.scenario else "TABLE" if not at.table else "heading with TEXT"
        draft.remarks.ignored(places.row(number), f"no line {lacks} stands above the row; it is not read.")
        return
    code = cell_text(row[at.names]).strip() if at.names < len(row) else ""
    for place, column in at.columns.items():
        if place < len(row) and cell_text(row[place]).strip():
            _change(at, code, column, Cell(row[place], places.cell(number, column, place)), draft)


def _change(at: _Place, code: str, column: str, cell: Cell, draft: Draft) -> None:
    targets = [draft.targets.get((at.table, code, name)) for name in _BOTH.get(column, (column,))]
    if not targets or None in targets:
        what = f"{at.table}, row {code or '(blank)'}, column {column} is no cell that was read; {at.scenario} keeps it."
        draft.remarks.ignored(cell.where, what)
        return
    value = None if cell.text.upper() == EMPTY else number_of(cell, draft.remarks)
    if value is None and cell.text.upper() != EMPTY:
        return
    if value == 0.0 and at.table in _ZERO_IS_NONE:
        what = f"0 limits nothing in {at.table}; it is read as blank."
        draft.remarks.partly(cell.where, what)
        value = None
    for table, where, target, factor in filter(None, targets):
        if value is None and target == "price":
            draft.remarks.fault(cell.where, "a price cannot be blank.", "Write the number.")
            return
        text = None if value is None else write_cell(value * factor)
        row = {"table": table, "where": where, "column": target, "value": text}
        draft.rows("overrides").append({"scenario": at.scenario, **row})
