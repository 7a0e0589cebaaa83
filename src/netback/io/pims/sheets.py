"""Sheets of a PIMS-style workbook as tables of named rows and columns.

What is taken for granted of the layout, each with where it is stated in public:

- Rows and columns are named, a row or column name stands once in a table, and cells hold numbers or text (AspenTech
  knowledge base; text of AspenTech's help on PIMS tables quoted in theses).
- The title stands in a row such as ``*TABLE BUY``; ``*`` or ``!`` at the beginning of a row or a column heading makes
  a comment of it (knowledge base, table CRDDISTL; material tags may begin with neither sign).
- The heading is the first other row that has ``TEXT``; names of rows stand left of it, in the column headed
  ``ROWNAMES`` or the one before ``TEXT`` (knowledge base, tables CRDDISTL and ABML).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from netback.case.schema import Column
from netback.case.values import CellError, read_cell
from netback.io.remarks import Remarks
from netback.io.xlsx_cells import SheetCells, SheetPlaces, cell_text
from netback.io.xlsx_scan import column_letters

TEXT: Final = "TEXT"
_ROW_NAMES: Final = ("ROWNAMES", "ROWNAME")
_COMMENTS: Final = ("*", "!")
_TITLE: Final = re.compile(r"[*!]+\s*TABLE\s+(?!OF\b)([^\s,;:.]+)", re.IGNORECASE)
#: Rows above the heading in which the title may stand.
_TITLE_ROWS: Final = 10
_NAME: Final = Column("name", "name")


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell and its place in the user's words."""

    value: Any
    where: str

    @property
    def text(self) -> str:
        """What the cell shows, without blanks around it."""
        return cell_text(self.value).strip()


@dataclass(frozen=True, slots=True)
class Row:
    """A named row: its title, its number in the spreadsheet and its filled cells by column."""

    code: str
    title: str
    where: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class PimsTable:
    """One table: its name, its sheet, its columns in order, and its rows."""

    name: str
    places: SheetPlaces
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def codes(self) -> tuple[str, ...]:
        """Names of the rows, in order."""
        return tuple(row.code for row in self.rows)

    def heading(self, column: str) -> str:
        """The place of a column in the user's words."""
        return f"{self.places.whole}, column {column}"


@dataclass(frozen=True, slots=True)
class _Heading:
    """Where the heading of a sheet stands: its row, the columns of names and of titles, and the others by place.

    ``comments`` are the places of columns whose heading makes a comment of them.
    """

    row: int
    names: int
    titles: int
    columns: Mapping[int, str]
    comments: frozenset[int]


def title_of(cells: SheetCells) -> str:
    """The name that the title row ``*TABLE NAME`` of a sheet gives, in capitals; blank if there is none."""
    for row in cells.rows[:_TITLE_ROWS]:
        texts = [text for cell in row if (text := cell_text(cell).strip())]
        found = _TITLE.match(" ".join(texts[:2]))
        if found:
            return found[1].upper()
        if TEXT in (text.upper() for text in texts):
            return ""
    return ""


def read_sheet(name: str, places: SheetPlaces, cells: SheetCells, remarks: Remarks) -> PimsTable | None:
    """Read a sheet as a table called ``name``; None with a fault if it has no heading."""
    heading = _heading(places, cells.rows, remarks)
    if heading is None:
        return None
    _check_merged(places, cells, heading.row, remarks)
    rows = _rows(places, cells.rows, heading, remarks)
    return PimsTable(name, places, tuple(heading.columns.values()), rows)


def is_comment(text: str) -> bool:
    """Whether a row or a column whose name this is says nothing to the plan."""
    return text.startswith(_COMMENTS)


def heading_places(row: Sequence[Any]) -> tuple[int, int] | None:
    """Columns of the row names and of ``TEXT`` of a heading row; None if it is no heading."""
    texts = [cell_text(cell).strip().upper() for cell in row]
    if TEXT not in texts:
        return None
    titles = texts.index(TEXT)
    named = [texts.index(word) for word in _ROW_NAMES if word in texts]
    return (named[0] if named else titles - 1), titles


def _heading(places: SheetPlaces, rows: Sequence[Sequence[Any]], remarks: Remarks) -> _Heading | None:
    for number, row in enumerate(rows):
        if row and is_comment(cell_text(row[0]).strip()):
            continue
        found = heading_places(row)
        if found is None:
            continue
        if found[0] < 0:
            what = "TEXT stands in the first column, so no column is left for the names of the rows."
            remarks.fault(places.row(number + 1), what, "Names of rows stand left of TEXT.")
            return None
        columns = _columns(places, row, number, found, remarks)
        comments = {place for place, cell in enumerate(row) if is_comment(cell_text(cell).strip())}
        return _Heading(number, found[0], found[1], columns, frozenset(comments))
    remarks.fault(places.whole, "no row of the sheet has the heading TEXT.", "It names the columns.")
    return None


def _columns(
    places: SheetPlaces, row: Sequence[Any], number: int, found: tuple[int, int], remarks: Remarks
) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, cell in enumerate(row):
        text = cell_text(cell).strip()
        if place in found or not text or is_comment(text):
            continue
        if text in columns.values():
            where = places.cell(number + 1, text, place)
            remarks.fault(where, f'two columns are headed "{text}".', "Remove one, or begin one with *.")
        else:
            columns[place] = text
    return columns


def _check_merged(places: SheetPlaces, cells: SheetCells, heading: int, remarks: Remarks) -> None:
    for (top, left), (bottom, right) in cells.merged:
        if bottom >= heading:
            span = f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
            what = f"the cells {span} are merged; only the first would be read."
            remarks.fault(places.whole, what, "Unmerge them and fill each cell that is meant.")


def _rows(
    places: SheetPlaces, rows: Sequence[Sequence[Any]], heading: _Heading, remarks: Remarks
) -> tuple[Row, ...]:
    found: dict[str, Row] = {}
    unnamed: list[str] = []
    for number, row in enumerate(rows[heading.row + 1 :], start=heading.row + 2):
        code = _at(row, heading.names)
        if is_comment(code) or (row and is_comment(cell_text(row[0]).strip())):
            continue
        cells = dict(_cells(places, number, row, heading))
        unnamed.extend(_stray(number, row, heading))
        if not code:
            if cells:
                what = "the row has cells but no name, so it is not read."
                remarks.ignored(places.row(number), what, "Begin it with * if it is a comment.")
        elif code in found:
            what = f'the row "{code}" stands here a second time; the first is in {found[code].where}.'
            remarks.fault(places.row(number), what, "Remove one, or begin one with *.")
        elif (fault := name_fault(code)) is not None:
            remarks.fault(places.row(number), *fault)
        else:
            found[code] = Row(code, _at(row, heading.titles), places.row(number), cells)
    if unnamed:
        shown = ", ".join(unnamed[:8]) + (f" and {len(unnamed) - 8} more" if len(unnamed) > 8 else "")
        what = f"cells that stand under no heading are not read: {shown}."
        remarks.ignored(places.whole, what)
    return tuple(found.values())


def name_fault(code: str) -> tuple[str, str] | None:
    """What keeps a code from being a name in a case, and the repair; None if nothing does."""
    try:
        read_cell(code, _NAME)
    except CellError as error:
        return error.what, error.hint
    return None


def _at(row: Sequence[Any], place: int) -> str:
    return cell_text(row[place]).strip() if 0 <= place < len(row) else ""


def _cells(
    places: SheetPlaces, number: int, row: Sequence[Any], heading: _Heading
) -> Iterator[tuple[str, Cell]]:
    for place, column in heading.columns.items():
        if _at(row, place):
            yield column, Cell(row[place], places.cell(number, column, place))


def _stray(number: int, row: Sequence[Any], heading: _Heading) -> Iterator[str]:
    known = {heading.names, heading.titles, *heading.columns, *heading.comments}
    for place in range(len(row)):
        if place not in known and place > heading.names and _at(row, place):
            yield f"{column_letters(place)}{number}"


def some(names: Collection[str]) -> str:
    """How many cells, and the first of them by name: ``2 cells: CRD, GO1``."""
    shown = ", ".join(list(names)[:6]) + (", ..." if len(names) > 6 else "")
    return f"{len(names)} {'cell' if len(names) == 1 else 'cells'}: {shown}"


def tell_columns(table: PimsTable, known: Collection[str], remarks: Remarks) -> None:
    """List the columns of a table that hold something and are not read."""
    hint = f"Read: {', '.join((TEXT, *known))}."
    for column in table.columns:
        filled = [row.code for row in table.rows if column in row.cells]
        if column not in known and filled:
            remarks.ignored(table.heading(column), f"the column is not read ({some(filled)}).", hint)


def number_of(cell: Cell | None, remarks: Remarks) -> float | None:
    """The number in a cell; None where it is blank, or with a fault where it is none."""
    if cell is None:
        return None
    value = cell.value
    if isinstance(value, bool | date | time | timedelta):
        kind = "TRUE or FALSE" if isinstance(value, bool) else "a date"
        remarks.fault(cell.where, f"the cell is {kind} where a number is needed.", "Write the number.")
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    try:
        found = read_cell(cell.text, Column("number", "number"))
    except CellError as error:
        remarks.fault(cell.where, error.what, error.hint)
        return None
    remarks.partly(cell.where, f'the number "{cell.text}" is stored as text; it is read as a number.')
    return None if found is None else float(found)
