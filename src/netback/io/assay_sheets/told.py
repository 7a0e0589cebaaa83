"""An assay sheet of any seller, whose layout the user tells in a small file.

The file is a CSV with the columns ``item,place,label``. Places are those that the spreadsheet shows:

``sheet``
    Place: the name of the sheet. Without it the first sheet is read.
``title``, ``source``, ``date``, ``vendor``
    Place: the cell that holds it (``B2``), or label: the text itself. Title and source are needed.
``whole``
    Place: the column (or row) of the whole crude. May be left out.
``first_cut``, ``last_cut``
    Place: the columns of the first and the last cut, where cuts stand side by side, or their rows.
``name``, ``start``, ``end``
    Place: the row (or column) with names of the cuts, and with the temperatures at which they begin and end, label
    ``C`` or ``F``. A blank or ``IBP`` is an open beginning, a blank, ``FBP`` or ``+`` an open end; ``C5`` is 15.6 C.
``value``
    Place: a row (or column) of numbers; label: what they are with their uom, ``Total Sulphur (% wt)``. As many as there
    are.

Nothing is guessed: a line whose label is not known is a fault, with the labels that are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netback.errors import DataError, Finding, closest
from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.cuts import C4_C5_C, Column, SheetOfCuts, assay_rows, joined, read_value
from netback.io.assay_sheets.labels import YIELD_VOL, YIELD_WT, known_labels, meaning_of
from netback.io.xlsx_scan import column_letters, column_place

HEADING: Final = ("item", "place", "label")
INFO: Final = ("title", "source", "date", "vendor")
ITEMS: Final = ("sheet", *INFO, "whole", "first_cut", "last_cut", "name", "start", "end", "value")
_MOST_BYTES: Final = 100_000
_CELL: Final = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_OPEN_START: Final = ("", "ibp", "-")
_OPEN_END: Final = ("", "fbp", "+", "ep", "-")


@dataclass(frozen=True)
class Line:
    """One line of the file, with its place in it."""

    where: str
    item: str
    place: str
    label: str


@dataclass(frozen=True)
class ToldLayout:
    """The layout as the user tells it; ``across`` when cuts stand side by side in columns."""

    file: str
    lines: tuple[Line, ...]

    def one(self, item: str) -> Line | None:
        """The line of an item that stands once."""
        return next((line for line in self.lines if line.item == item), None)

    @property
    def across(self) -> bool:
        """Whether cuts are columns."""
        first = self.one("first_cut")
        return first is not None and first.place.isalpha()


def read_layout(path: Path) -> ToldLayout:
    """Read the file of a layout.

    Raises
    ------
    DataError
        With all faults: columns, items that are not known, missing or twice, places and labels that say nothing.
    """
    subject = f"layout {path.name}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(Finding(path.name, "the file is too large for a layout."), subject)
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(Finding(path.name, f"the file cannot be read: {reason}."), subject) from None
    except (UnicodeDecodeError, csv.Error):
        raise DataError(Finding(path.name, "the file is no CSV in UTF-8.", "Save it so."), subject) from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != HEADING:
        hint = f"The first line must be: {','.join(HEADING)}."
        raise DataError(Finding(f"{path.name}, row 1", "the heading is another.", hint), subject)
    lines = tuple(
        Line(f"{path.name}, row {number}", *(cell.strip() for cell in (*row, "", "", "")[:3]))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row) and not row[0].startswith("#")
    )
    layout = ToldLayout(path.name, lines)
    findings = [*_faults_of_lines(layout), *_faults_of_whole(layout)]
    if findings:
        raise DataError(findings, subject)
    return layout


def _faults_of_lines(layout: ToldLayout) -> list[Finding]:
    found, seen = [], set()
    for line in layout.lines:
        if line.item not in ITEMS:
            hint = closest(line.item, ITEMS) or f"Known: {', '.join(ITEMS)}."
            found.append(Finding(f"{line.where}, column item", f'"{line.item}" is no item.', hint))
            continue
        if line.item != "value" and line.item in seen:
            found.append(Finding(line.where, f"{line.item} stands here twice.", "Remove one."))
        seen.add(line.item)
        found += _faults_of_place(layout, line)
        if line.item in ("start", "end") and line.label.upper() not in ("C", "F"):
            what = f'"{line.label}" is no uom of temperature.'
            found.append(Finding(f"{line.where}, column label", what, "Write C or F."))
        if line.item == "value" and meaning_of(line.label) is None:
            hint = closest(line.label, known_labels()) or "Write name and uom, as: Total Sulphur (% wt)."
            what = f'"{line.label}" is no property that is known by this name and uom.'
            found.append(Finding(f"{line.where}, column label", what, hint))
    return found


def _faults_of_place(layout: ToldLayout, line: Line) -> list[Finding]:
    where = f"{line.where}, column place"
    if line.item == "sheet":
        return [] if line.place else [Finding(where, "the name of the sheet is blank.")]
    if line.item in INFO:
        if (line.label and not line.place) or _CELL.fullmatch(line.place):
            return []
        return [
            Finding(where, f'"{line.place}" is no cell.', "Write a cell such as B2, or the text as label.")
        ]
    is_cut = line.item in ("whole", "first_cut", "last_cut")
    letters = layout.across if is_cut else not layout.across
    if re.fullmatch("[A-Za-z]{1,3}" if letters else "[1-9][0-9]{0,6}", line.place):
        return []
    kind = "a column such as D" if letters else "the number of a row"
    what = f'"{line.place}" is not {kind}.'
    return [
        Finding(where, what, "Cuts and values stand across each other: one by columns, the other by rows.")
    ]


def _faults_of_whole(layout: ToldLayout) -> list[Finding]:
    needed = ("title", "source", "first_cut", "last_cut", "start", "end")
    found = [
        Finding(layout.file, f"there is no line {item}.", "docs/import.md says what it holds.")
        for item in needed
        if layout.one(item) is None
    ]
    meanings = [meaning_of(line.label) for line in layout.lines if line.item == "value"]
    if not {YIELD_WT, YIELD_VOL} & {meaning.property for meaning in meanings if meaning is not None}:
        hint = 'Add a line value with the label "Yield (% wt)" or "Yield (% vol)".'
        found.append(Finding(layout.file, "no line says where the yields are.", hint))
    return found


class _Turned(AssaySheet):
    """A sheet seen with rows as columns; places are told as in the sheet itself."""

    def where(self, row: int, column: int) -> str:
        """``a.xlsx, sheet Summary, cell D7``."""
        return super().where(column, row)

    def ignore_column(self, column: int, what: str) -> None:
        """Note a row of the sheet that is not read."""
        self.unread.append(Finding(f"{self.file}, sheet {self.name}, row {column + 1}", what, "", "note"))


def chosen_sheet(layout: ToldLayout, sheets: Sequence[AssaySheet]) -> AssaySheet:
    """The sheet that the layout names, turned where cuts are its rows.

    Raises
    ------
    DataError
        If the workbook has no such sheet.
    """
    line = layout.one("sheet")
    found = next((sheet for sheet in sheets if line is None or sheet.name == line.place), None)
    if found is None:
        names = [sheet.name for sheet in sheets]
        wanted = "" if line is None else line.place
        hint = closest(wanted, names) or f"It has: {', '.join(names) or 'no sheet'}."
        what = f'the workbook has no sheet "{wanted}".'
        raise DataError(Finding(layout.file if line is None else line.where, what, hint))
    if layout.across:
        return found
    width = max((len(row) for row in found.rows), default=0)
    rows = [[row[place] if place < len(row) else None for row in found.rows] for place in range(width)]
    return _Turned(found.file, found.name, rows)


def read_told(layout: ToldLayout, sheet: AssaySheet) -> SheetOfCuts:
    """Rows of the assay; faults and what is not read are kept in the sheet."""
    first, last = (_place(layout, item) for item in ("first_cut", "last_cut"))
    assert first is not None
    assert last is not None
    columns = [_column(layout, sheet, place) for place in range(min(first, last), max(first, last) + 1)]
    whole_place = _place(layout, "whole")
    whole = None if whole_place is None else Column(whole_place, "whole crude", None, None)
    for line in layout.lines:
        meaning = meaning_of(line.label) if line.item == "value" else None
        if meaning is None:
            continue
        row = _number(line.place)
        for column in (*columns, *(() if whole is None else (whole,))):
            value = read_value(sheet, row, column.place, meaning)
            if value is not None:
                column.values[meaning.property] = value
    filled = [column for column in columns if column.values]
    info = {item: _text(layout, sheet, item) for item in INFO}
    return assay_rows(sheet, info, joined(sheet, filled, {}), {} if whole is None else whole.values, {}, ())


def _number(place: str) -> int:
    """Place of a column or row, 0 for the first."""
    return int(place) - 1 if place.isdigit() else column_place(place.upper())


def _place(layout: ToldLayout, item: str) -> int | None:
    line = layout.one(item)
    return None if line is None else _number(line.place)


def _text(layout: ToldLayout, sheet: AssaySheet, item: str) -> str:
    line = layout.one(item)
    if line is None or not line.place:
        return "" if line is None else line.label
    known = _CELL.fullmatch(line.place)
    assert known is not None
    row, column = int(known[2]) - 1, column_place(known[1].upper())
    text = sheet.text(row, column) if layout.across else sheet.text(column, row)
    if not text and item in ("title", "source"):
        what = f"the cell {line.place} is blank, which should hold the {item}."
        sheet.findings.append(Finding(line.where, what, "Name another cell, or write the text as label."))
    return text


def _column(layout: ToldLayout, sheet: AssaySheet, place: int) -> Column:
    name_row = _place(layout, "name")
    name = "" if name_row is None else " ".join(sheet.text(name_row, place).split())
    start, end = (_temperature(layout, sheet, item, place) for item in ("start", "end"))
    at = column_letters(place) if layout.across else str(place + 1)
    return Column(place, name or f"{_shown(start, 'IBP')}-{_shown(end, 'FBP')} ({at})", start, end)


def _shown(value: float | None, blank: str) -> str:
    return blank if value is None else f"{value:.4g}"


def _temperature(layout: ToldLayout, sheet: AssaySheet, item: str, place: int) -> float | None:
    line = layout.one(item)
    assert line is not None
    row = _number(line.place)
    text = sheet.text(row, place).casefold().replace("°", "").strip()
    if text in (_OPEN_START if item == "start" else _OPEN_END):
        return None
    if text == "c5":
        return C4_C5_C
    try:
        value = float(text)
    except ValueError:
        what = f'"{text[:40]}" is no temperature at which a cut could {item}.'
        sheet.findings.append(Finding(sheet.where(row, place), what, "Write the number, IBP, C5 or FBP."))
        return None
    return value if line.label.upper() == "C" else (value - 32.0) / 1.8
