"""Cells of a workbook as Python values, with their places and what is wrong with them.

:mod:`netback.io.xlsx_scan` has looked at the file before; here a library turns its sheets into cells. Readers of
cases, of planning workbooks of other programs and of assay sheets share this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from netback.case.values import write_cell
from netback.errors import DataError, Finding
from netback.io.xlsx_scan import SheetScan, column_letters


@dataclass(frozen=True)
class SheetPlaces:
    """Places of a sheet."""

    file: str
    sheet: str

    @property
    def whole(self) -> str:
        """``plan.xlsx, sheet offers``."""
        return f"{self.file}, sheet {self.sheet}"

    @property
    def name(self) -> str:
        """The same: a table that came from a sheet is called by it."""
        return self.whole

    def row(self, number: int) -> str:
        """``plan.xlsx, sheet offers, row 7``."""
        return f"{self.whole}, row {number}"

    def cell(self, number: int, column: str, place: int) -> str:
        """``plan.xlsx, sheet offers, cell F7 (price)``."""
        return f"{self.whole}, cell {column_letters(place)}{number} ({column})"


@dataclass(frozen=True)
class SheetCells:
    """Cells of a sheet, row by row from A1, and the corners of its merged cells."""

    rows: Sequence[Sequence[Any]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]


def load_sheets(path: Path, names: Sequence[str]) -> dict[str, SheetCells]:
    """The cells of the named sheets, every row from A1 on.

    Raises
    ------
    DataError
        If the library cannot read the workbook.
    """
    import python_calamine

    found = {}
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            for name in names:
                sheet = book.get_sheet_by_name(name)
                rows = sheet.to_python(skip_empty_area=False)
                found[name] = SheetCells(rows, sheet.merged_cell_ranges or ())
    except BaseException as error:
        # Faults of the library have no common base, and where its Rust code gives up it is not even an Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        fault = Finding(path.name, f"the workbook cannot be read: {error}.", "Open it and save it anew.")
        raise DataError(fault, f"workbook {path.name}") from None
    return found


def faulty_cells(file: str, scans: Sequence[SheetScan], sheets: Collection[str]) -> Iterator[Finding]:
    """Formulas of these sheets that end in an error or were never calculated."""
    for scan in scans:
        if scan.name not in sheets:
            continue
        at = SheetPlaces(file, scan.name).whole
        for cell, value in scan.errors:
            what = f"the formula ends in the error {value or 'that the cell shows'}."
            yield Finding(f"{at}, cell {cell}", what, "Correct the formula, or write the value.")
        for cell in scan.uncalculated:
            what = "the cell holds a formula that was never calculated."
            yield Finding(
                f"{at}, cell {cell}", what, "Open the workbook in the spreadsheet program and save."
            )


def merged_cells(file: str, sheets: Mapping[str, SheetCells]) -> Iterator[Finding]:
    """Merged cells of the sheets."""
    for name, sheet in sheets.items():
        for (top, left), (bottom, right) in sheet.merged:
            span = f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
            what = f"the cells {span} are merged; only the first would be read."
            hint = "Unmerge them and fill each cell that is meant."
            yield Finding(SheetPlaces(file, name).whole, what, hint)


def cell_text(cell: Any) -> str:
    """Text of a cell as a CSV file would have it."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return write_cell(cell)
