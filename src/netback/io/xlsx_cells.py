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
from netback.io.xlsx_scan import OLE, SheetScan, column_letters

#: Largest .xls that is opened [bytes].
MAX_OLD = 20_000_000


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


def is_old(path: Path) -> bool:
    """Whether a file is a workbook of the format before 2007 (.xls): its name and its first bytes say so."""
    try:
        with path.open("rb") as file:
            return path.suffix.casefold() == ".xls" and file.read(8) == OLE
    except OSError:
        return False


def old_sheets(path: Path) -> list[str]:
    """Names of the sheets of an .xls, which holds at most 65,536 rows of 256 cells and unpacks nothing.

    Raises
    ------
    DataError
        If it is larger than any assay, encrypted or damaged.
    """
    import python_calamine

    subject = f"workbook {path.name}"
    if path.stat().st_size > MAX_OLD:
        what = f"the workbook has more than {MAX_OLD / 1e6:,.0f} MB; it is not opened."
        raise DataError(Finding(path.name, what, "Keep only the sheets that are needed."), subject)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            return list(book.sheet_names)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        what = f"the workbook cannot be read, or has a password: {error}."
        raise DataError(Finding(path.name, what, "Save it as .xlsx without a password."), subject) from None


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
