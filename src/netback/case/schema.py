"""Table schemas: what each table of a case holds, read from the CSV files in ``schema/``.

The schemas are data, so that templates, the reader, the checks and the documentation cannot disagree.
``_tables.csv`` lists the tables in order; ``NAME.csv`` has one row per column of table ``NAME``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from netback.case.values import CellError, read_cell

SCHEMA_FOLDER = Path(__file__).resolve().parent / "schema"

#: Tables without which there is no case; every other table may be absent and is then empty.
REQUIRED_TABLES = ("periods", "streams")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``type`` is one of ``key``, ``name``, ``text``, ``number``, ``integer``, ``yesno``, ``date``, ``uom``,
    ``price`` and ``choice``; ``default`` is what a blank cell means, already typed, or None.
    ``refers_to`` is ``table.column`` or empty.
    """

    name: str
    type: str
    uom: str = ""
    default: Any = None
    required: bool = False
    refers_to: str = ""
    meaning: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether a cell may hold several names separated by semicolons."""
        return self.type == "text" and bool(self.refers_to)

    @property
    def is_own_key(self) -> bool:
        """Whether the column alone names the row."""
        return self.type == "key"


@dataclass(frozen=True)
class TableSchema:
    """One table: its columns in order, and the column that status, low and high describe."""

    name: str
    meaning: str
    main_number: str
    columns: tuple[Column, ...]
    shared_key: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by their name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def referring_columns(self) -> tuple[Column, ...]:
        """Columns whose cells hold names of rows of a table."""
        return tuple(column for column in self.columns if column.refers_to)

    @property
    def has_provenance(self) -> bool:
        """Whether a row may name its source and its status."""
        return "status" in self.by_name and "source" in self.by_name

    @cached_property
    def key_columns(self) -> tuple[str, ...]:
        """Columns that together name a row."""
        own = tuple(column.name for column in self.columns if column.is_own_key)
        return own or self.shared_key

    @property
    def file(self) -> str:
        """File name of the table in a case folder."""
        return f"{self.name}.csv"

    @property
    def required(self) -> bool:
        """Whether a case cannot be without rows of this table."""
        return self.name in REQUIRED_TABLES


class _Tables(Mapping[str, TableSchema]):
    """All schemas in the order of ``_tables.csv``; read on the first use and kept."""

    @cached_property
    def _listed(self) -> dict[str, dict[str, str]]:
        return {row["table"]: row for row in _read(SCHEMA_FOLDER / "_tables.csv")}

    @cached_property
    def _read_already(self) -> dict[str, TableSchema]:
        return {}

    def __getitem__(self, name: str) -> TableSchema:
        if name not in self._read_already:
            listed = self._listed[name]
            key = tuple(filter(None, listed["key"].split(";")))
            columns = tuple(_column(row) for row in _read(SCHEMA_FOLDER / f"{name}.csv"))
            self._read_already[name] = TableSchema(
                name, listed["meaning"], listed["main_number"], columns, key
            )
        return self._read_already[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(row: dict[str, str]) -> Column:
    kind, _, choices = row["type"].partition(":")
    column = Column(
        name=row["column"],
        type=kind,
        uom=row["uom"],
        required=row["required"] == "yes",
        refers_to=row["refers_to"],
        meaning=row["meaning"],
        choices=tuple(choices.split("|")) if choices else (),
    )
    if not row["default"]:
        return column
    try:
        default = read_cell(row["default"], column)
    except CellError as fault:
        raise ValueError(f"default of column {column.name}: {fault.what}") from fault
    return Column(**{**vars(column), "default": default})


#: Every table of a case by its name, in the order in which a planner fills them.
TABLES: Mapping[str, TableSchema] = _Tables()
