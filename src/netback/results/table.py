"""A result table: named columns with uom, rows as plain tuples, written as tidy CSV or shown in the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column. ``uom`` may be blank, or ``row`` where a column ``uom`` of the table tells it row by row."""

    name: str
    uom: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class ResultTable:
    """Rows of one kind of result. Missing numbers are None: not known, or no limit; never zero."""

    name: str
    title: str
    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(
        cls, name: str, title: str, columns: Sequence[tuple[str, str, str]], rows: Iterable[Sequence[Any]]
    ) -> ResultTable:
        """Make a table from (name, uom, meaning) triples and rows of the same length."""
        made = tuple(ResultColumn(*column) for column in columns)
        return cls(name, title, made, tuple(tuple(_plain(value) for value in row) for row in rows))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.rows)

    def records(self) -> list[dict[str, Any]]:
        """Rows as dictionaries."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        """Values of one column."""
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def where(self, **wanted: Any) -> ResultTable:
        """Rows whose columns have these values."""
        places = {self.names.index(name): value for name, value in wanted.items()}
        kept = tuple(row for row in self.rows if all(row[k] == value for k, value in places.items()))
        return ResultTable(self.name, self.title, self.columns, kept)

    def one(self, **wanted: Any) -> Mapping[str, Any]:
        """The single row with these values.

        Raises
        ------
        KeyError
            If none or several rows match.
        """
        found = self.where(**wanted)
        if len(found) != 1:
            raise KeyError(f"{len(found)} rows of {self.name} have {wanted}")
        return found.records()[0]

    def to_csv(self) -> str:
        """Tidy CSV: one heading line with the uom in brackets, numbers in full, blank for None.

        A column whose uom differs by row has it in a column of its own.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([c.name if c.uom in ("", "row") else f"{c.name} [{c.uom}]" for c in self.columns])
        for row in self.rows:
            writer.writerow(["" if value is None else _cell(value) for value in row])
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Columns with uom and meaning, and rows as lists, for JSON."""
        columns = [{"name": c.name, "uom": c.uom, "meaning": c.meaning} for c in self.columns]
        return {"title": self.title, "columns": columns, "rows": [list(row) for row in self.rows]}

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with the same columns."""
        import pandas

        return pandas.DataFrame(list(self.rows), columns=list(self.names))


def _cell(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """A numpy scalar as the Python number that it is."""
    return value.item() if hasattr(value, "item") else value
