"""One sheet of a workbook as a grid in which labels are looked up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from netback.errors import Finding
from netback.io.assay_sheets.labels import plain
from netback.io.xlsx_cells import cell_text
from netback.io.xlsx_scan import column_letters

#: What sheets write where nothing is known.
_BLANKS: Final = ("", "-", "--", "n/a", "na", "notavailable", "not available")


@dataclass
class AssaySheet:
    """Cells of one sheet with their places; ``findings`` are faults, ``unread`` what was not read and why.

    ``used`` names the other sheets of the workbook from which something was read.
    """

    file: str
    name: str
    rows: Sequence[Sequence[Any]]
    findings: list[Finding] = field(default_factory=list)
    unread: list[Finding] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def where(self, row: int, column: int) -> str:
        """``a.xlsx, sheet Summary, cell D7``; places count from 0."""
        return f"{self.file}, sheet {self.name}, cell {column_letters(column)}{row + 1}"

    def cell(self, row: int, column: int) -> Any:
        """A cell, None beyond the end of the sheet."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """What a cell shows, without blanks around it."""
        cell = self.cell(row, column)
        return "" if cell is None else cell_text(cell).strip()

    def number(self, row: int, column: int) -> float | None:
        """The number of a cell; None where it is blank, and told where it is something else."""
        cell = self.cell(row, column)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell) if math.isfinite(cell) else None
        text = self.text(row, column)
        if text.casefold() in _BLANKS:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and not isinstance(cell, bool | date):
            return value
        self.ignore(row, column, f'"{text[:40]}" is no number; it is read as not known.')
        return None

    def ignore(self, row: int, column: int, what: str) -> None:
        """Note something that is not read."""
        self.unread.append(Finding(self.where(row, column), what, "", "note"))

    def ignore_column(self, column: int, what: str) -> None:
        """Note a column that is not read."""
        where = f"{self.file}, sheet {self.name}, column {column_letters(column)}"
        self.unread.append(Finding(where, what, "", "note"))

    def ignore_all(self, what: str) -> None:
        """Note something of the sheet as a whole that is not read."""
        self.unread.append(Finding(f"{self.file}, sheet {self.name}", what, "", "note"))

    def labels(self) -> Iterator[tuple[int, int, str]]:
        """Row, column and text of every cell that holds text."""
        for number, row in enumerate(self.rows):
            for place, cell in enumerate(row):
                if isinstance(cell, str) and cell.strip():
                    yield number, place, cell.strip()

    def find(self, *labels: str) -> tuple[int, int] | None:
        """Place of the first cell with one of these labels, whatever its spelling and degrees."""
        wanted = {plain(label) for label in labels}
        return next(((row, place) for row, place, text in self.labels() if plain(text) in wanted), None)

    def right_of(self, row: int, column: int, reach: int = 5) -> str:
        """The first filled cell to the right, as text."""
        return next((text for k in range(1, reach + 1) if (text := self.text(row, column + k))), "")
