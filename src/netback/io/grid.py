"""Rows of text under a heading to typed tables, whatever file they came from.

Every fault becomes a finding with its place in the user's own file; none stops the reading. A row number is the one
that a spreadsheet shows: the heading is row 1 and blank rows count. Rows in which every cell is blank are passed over;
a row whose first cell begins with # is a comment, kept with the table and not read.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any, Protocol

from netback.case.schema import Column, TableSchema
from netback.case.table import COMMENT, Comment, Record, Table, blank_value
from netback.case.values import CellError, reader_of
from netback.errors import Finding

#: Reading a table stops after this many findings, so that a wrong file cannot fill the memory.
MAX_FINDINGS = 10_000


@dataclass
class TableReading:
    """What came of reading one file: a table, findings, and the columns that the file has.

    ``absent`` says that there is no such file or sheet; its columns count as known, so that it reads as empty.
    """

    table: Table
    findings: list[Finding] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    absent: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether the file has a usable heading line."""
        return bool(self.columns)


class Places(Protocol):
    """How a file calls its places, in the words of the user's own program."""

    @property
    def whole(self) -> str:
        """The table as a whole: ``offers.csv``."""
        ...

    @property
    def name(self) -> str:
        """What a table that is read keeps as its place; empty for the CSV file of its name."""
        ...

    def row(self, number: int) -> str:
        """One row: ``offers.csv, row 7``."""
        ...

    def cell(self, number: int, column: str, place: int) -> str:
        """One cell, by its row, the name of its column and the place of the column, 0 for the first."""
        ...


@dataclass(frozen=True)
class CsvPlaces:
    """Places of a CSV file."""

    whole: str
    name: str = ""

    def row(self, number: int) -> str:
        """``offers.csv, row 7``."""
        return f"{self.whole}, row {number}"

    def cell(self, number: int, column: str, place: int) -> str:  # noqa: ARG002
        """``offers.csv, row 7, column price``."""
        return f"{self.whole}, row {number}, column {column}"


@dataclass
class Grid:
    """Rows of equal length under a heading, with their spreadsheet rows, and the comments between them."""

    heading: list[str]
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def collect(self, lines: Iterable[Sequence[str]], at: Places, findings: list[Finding]) -> None:
        """Take the rows below the heading; the first is row 2."""
        width = len(self.heading)
        for number, line in enumerate(lines, start=2):
            cells = list(line)
            if cells and cells[0].startswith(COMMENT):
                self.comments.append(Comment(len(self.rows), _trimmed(cells)))
                continue
            if len(cells) != width:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                    findings.append(_ragged(at, number, len(cells), width))
                    if len(findings) > MAX_FINDINGS:
                        return
                    continue
                cells = cells[:width]
            elif not any(map(str.strip, cells)):
                continue
            self.rows.append(cells)
            self.numbers.append(number)


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    """Cells without the blank ones at the end."""
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    return tuple(cells[: max(filled, default=0)])


def table_of(grid: Grid, schema: TableSchema, at: Places, findings: list[Finding]) -> TableReading:
    """Typed table of a grid; findings go to ``findings``, no more than :data:`MAX_FINDINGS`."""
    places = _places(grid, schema, at, findings)
    if places is None:
        return TableReading(Table(schema), findings)
    with _collector_at_rest():
        table = _typed(grid, schema, places, at, findings)
    if len(findings) > MAX_FINDINGS:
        what = f"reading stopped after {MAX_FINDINGS:,} findings; there are more."
        findings[MAX_FINDINGS:] = [
            Finding(at.whole, what, "Repair these first: one cause is likely behind most.")
        ]
    return TableReading(table, findings, frozenset(places))


def _ragged(at: Places, number: int, found: int, width: int) -> Finding:
    hint = "A comma is missing." if found < width else "Put a cell that holds a comma into quotation marks."
    cells = "cell" if found == 1 else "cells"
    return Finding(at.row(number), f"the row has {found} {cells}, the heading has {width}.", hint)


def _places(grid: Grid, schema: TableSchema, at: Places, findings: list[Finding]) -> dict[str, int] | None:
    """Where each column stands; None if the heading line cannot be used."""
    before = len(findings)
    joined = grid.heading[0]
    if len(grid.heading) == 1 and (";" in joined or "\t" in joined):
        sign = "semicolons" if ";" in joined else "tabs"
        findings.append(
            Finding(at.whole, f"the columns are separated by {sign}.", "Save it with commas as separators.")
        )
        return None
    places: dict[str, int] = {}
    for place, heading in enumerate(grid.heading):
        if not heading:
            findings.extend(_blank_heading(grid, place, at))
        elif heading in places:
            findings.append(Finding(at.row(1), f'two columns are headed "{heading}".', "Remove one of them."))
        else:
            places[heading] = place
    findings.extend(_heading_findings(places, schema, at))
    fatal = any(finding.severity == "error" for finding in findings[before:])
    return None if fatal and not set(places) & set(schema.column_names) else places


def _blank_heading(grid: Grid, place: int, at: Places) -> list[Finding]:
    if not any(row[place].strip() for row in grid.rows):
        return []
    return [Finding(at.row(1), f"column {place + 1} has cells but no heading.", "Name it or remove it.")]


def _heading_findings(places: dict[str, int], schema: TableSchema, at: Places) -> list[Finding]:
    findings = []
    absent = [column for column in schema.column_names if column not in places]
    guessed = set()
    for heading in places:
        if heading in schema.by_name:
            continue
        near = _nearest(heading, absent)
        guessed.add(near)
        if near:
            what = f'the table has no column "{heading}".'
            findings.append(Finding(at.row(1), what, f'Closest name: "{near}".'))
        else:
            what = f'column "{heading}" is none of Netback\'s; it is kept and not used.'
            findings.append(Finding(at.row(1), what, "See: netback tables.", "warning"))
    for column in schema.columns:
        if (
            column.required
            and column.default is None
            and column.name in absent
            and column.name not in guessed
        ):
            hint = column.meaning and f"It is: {column.meaning}."
            findings.append(Finding(at.row(1), f'the column "{column.name}" is missing.', hint))
    return findings


def _nearest(heading: str, absent: Sequence[str]) -> str:
    """Find the absent column that a heading probably means, or an empty string."""
    plain = heading.casefold().replace(" ", "_").replace("-", "_")
    for column in absent:
        if distance(plain, column) <= (2 if len(column) > 4 else 1):
            return column
    return ""


def distance(first: str, second: str) -> int:
    """Count the letters to insert, drop, change or swap with a neighbour to make one word the other."""
    if abs(len(first) - len(second)) > 2:
        return abs(len(first) - len(second))
    before: list[int] = []
    last: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        before, last, row = last, row, [i] + [0] * len(second)
        for j, other in enumerate(second, start=1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
    return row[-1]


def _typed(
    grid: Grid, schema: TableSchema, places: dict[str, int], at: Places, findings: list[Finding]
) -> Table:
    """Make records of a grid; cells go column by column and each distinct text once, since tables repeat."""
    extras = tuple(name for name in places if name not in schema.by_name)
    columns = (*schema.columns, *(Column(name, "text") for name in extras))
    found: list[tuple[int, Finding]] = []
    values = [
        _column_values(column, grid, places[column.name], at, found)
        if column.name in places
        else repeat(column.default, len(grid.rows))
        for column in columns
    ]
    found.sort(key=lambda item: item[0])
    findings.extend(finding for _, finding in found)
    names = [column.name for column in columns]
    rows = zip(*values, strict=True)
    records = tuple(
        Record(zip(names, cells, strict=True), number)
        for cells, number in zip(rows, grid.numbers, strict=True)
    )
    return Table(schema, records, extras, tuple(grid.comments), at.name, _blanks(grid, schema, places))


def _blanks(grid: Grid, schema: TableSchema, places: dict[str, int]) -> dict[str, Container[int]]:
    """Rows whose cell stands for the default because it is blank, by column; all of them where there is no column."""
    found: dict[str, Container[int]] = {}
    every = range(grid.numbers[0], grid.numbers[-1] + 1) if grid.numbers else range(0)
    for column in schema.columns:
        if column.default is None or not grid.rows:
            continue
        place = places.get(column.name)
        texts = {""} if place is None else {row[place] for row in grid.rows}
        blank = {text for text in texts if not text.strip()}
        if len(blank) == len(texts):
            found[column.name] = every
        elif blank and place is not None:
            numbered = zip(grid.numbers, grid.rows, strict=True)
            found[column.name] = frozenset(number for number, row in numbered if row[place] in blank)
    return found


def _column_values(
    column: Column, grid: Grid, place: int, at: Places, found: list[tuple[int, Finding]]
) -> Sequence[Any]:
    cells = [row[place] for row in grid.rows]
    plain = _plain_numbers(cells) if column.type == "number" else None
    if plain is not None:
        return plain
    typed: dict[str, Any] = {}
    faults: dict[str, CellError] = {}
    read = reader_of(column)
    for cell in set(cells):
        text = cell.strip()
        try:
            typed[cell] = read(text) if text else blank_value(column)
        except CellError as fault:
            typed[cell], faults[cell] = None, fault
    if faults:
        bad = (
            (number, faults[text]) for number, text in zip(grid.numbers, cells, strict=True) if text in faults
        )
        for number, error in islice(bad, MAX_FINDINGS + 1):
            found.append((number, Finding(at.cell(number, column.name, place), error.what, error.hint)))
    return [typed[text] for text in cells]


def _plain_numbers(cells: list[str]) -> list[float] | None:
    """Read a column of nothing but faultless numbers at once; None leaves it to the cell by cell reading."""
    try:
        values = list(map(float, cells))
    except ValueError:
        return None
    text = "".join(cells)
    # A zero may be a number too small to hold, so zeros take the careful path too.
    usual = text.isascii() and "_" not in text and 0.0 not in values and all(map(math.isfinite, values))
    return values if usual else None


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from walking through millions of fresh cells that all stay alive."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
