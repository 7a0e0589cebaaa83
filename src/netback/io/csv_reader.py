"""CSV files to typed tables. Every fault becomes a finding with its row and column; none stops the reading.

A row number is the one that a spreadsheet shows: the heading is row 1, blank rows count, and a cell with line
breaks inside quotes does not. Rows in which every cell is blank are passed over.
"""

from __future__ import annotations

import csv
import gc
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from netback.case.schema import Column, TableSchema
from netback.case.table import Record, Table, blank_value
from netback.case.values import MAX_CELL, CellError, reader_of
from netback.errors import Finding

#: Reading a table stops after this many findings, so that a wrong file cannot fill the memory.
MAX_FINDINGS = 10_000
MAX_HEADING = 64_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE_UTF8 = 'Save it as "CSV UTF-8".'


@dataclass
class TableReading:
    """What came of reading one file: a table, findings, and the columns that the file has."""

    table: Table
    findings: list[Finding] = field(default_factory=list)
    columns: frozenset[str] = frozenset()

    @property
    def is_readable(self) -> bool:
        """Whether the file has a usable heading line."""
        return bool(self.columns)


@dataclass
class _Grid:
    """Rows of equal length under a heading, with their spreadsheet rows."""

    heading: list[str]
    rows: list[list[str]]
    numbers: list[int]


def read_table(path: Path, schema: TableSchema, max_mb: float) -> TableReading:
    """Read one CSV file; a missing file gives an empty table without findings.

    Parameters
    ----------
    path
        The file.
    schema
        What its columns are.
    max_mb
        Largest size [MB] that is read; a larger file is refused unread.
    """
    findings: list[Finding] = []
    text = read_text(path, max_mb, findings)
    grid = _grid(text, path.name, findings) if text is not None else None
    if grid is None:
        return TableReading(Table(schema), findings)
    places = _places(grid, schema, path.name, findings)
    if places is None:
        return TableReading(Table(schema), findings)
    with _collector_at_rest():
        table = _typed(grid, schema, places, findings)
    if len(findings) > MAX_FINDINGS:
        what = f"reading stopped after {MAX_FINDINGS:,} findings; there are more."
        findings[MAX_FINDINGS:] = [
            Finding(path.name, what, "Repair these first: one cause is likely behind most.")
        ]
    return TableReading(table, findings, frozenset(places))


def read_text(path: Path, max_mb: float, findings: list[Finding]) -> str | None:
    """Text of a UTF-8 file, or None with a finding; the size is looked at before anything is read."""
    try:
        if not path.is_file():
            findings.append(
                Finding(path.name, "this is not a file.", "Move the folder of that name elsewhere.")
            )
            return None
        size = path.stat().st_size / 1e6
        if size > max_mb:
            what = f"the file has {size:,.0f} MB; more than {max_mb:,.0f} MB are not read."
            hint = "Keep only the rows of this plan, or raise max_table_mb in case.yaml."
            findings.append(Finding(path.name, what, hint))
            return None
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        findings.append(Finding(path.name, f"the file cannot be read: {reason}.", "Check its permissions."))
        return None
    return _decoded(data, path.name, findings)


def _decoded(data: bytes, name: str, findings: list[Finding]) -> str | None:
    if data.startswith(_UTF16):
        findings.append(Finding(name, "the file is UTF-16, not UTF-8.", _SAVE_UTF8))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        line = data.count(b"\n", 0, offset) + 1
        what = f"the file is not UTF-8: byte {offset} (line {line}) is 0x{data[offset]:02x}."
        findings.append(Finding(name, what, _SAVE_UTF8))
        return None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        what = f"line {line} holds a NUL byte; the file is damaged or not a text file."
        findings.append(Finding(name, what, "Export the table anew."))
        return None
    return text


def _grid(text: str, name: str, findings: list[Finding]) -> _Grid | None:
    if not text.strip():
        findings.append(
            Finding(name, "the file is empty.", "Its first row must name the columns; see: netback tables.")
        )
        return None
    if len(text) > MAX_HEADING and not any(end in text[:MAX_HEADING] for end in "\r\n"):
        findings.append(
            Finding(name, f"the first row has more than {MAX_HEADING:,} characters.", "Export it anew.")
        )
        return None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    grid = _Grid([], [], [])
    try:
        grid.heading = [cell.strip() for cell in next(lines)]
        _collect(lines, grid, name, findings)
    except csv.Error as error:
        findings.append(_csv_finding(error, name, lines.line_num))
        return None
    if not any(grid.heading):
        findings.append(
            Finding(f"{name}, row 1", "the row is blank.", "The first row must name the columns.")
        )
        return None
    return grid


def _csv_finding(error: csv.Error, name: str, line: int) -> Finding:
    reason = str(error)
    if "unexpected end" in reason:
        return Finding(
            name, "a quotation mark is opened and never closed.", 'Inside quotes, write " twice: "".'
        )
    if "field limit" in reason or "field larger" in reason:
        what = f"a cell before line {line + 1} has more than {MAX_CELL:,} characters."
        return Finding(name, what, "A closing quotation mark may be missing.")
    return Finding(
        f"{name}, line {line}", f"the quotation marks do not fit: {reason}.", 'Write " twice inside quotes.'
    )


def _collect(lines: Iterable[list[str]], grid: _Grid, name: str, findings: list[Finding]) -> None:
    width = len(grid.heading)
    for number, cells in enumerate(lines, start=2):
        if len(cells) != width:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                findings.append(_ragged(name, number, len(cells), width))
                if len(findings) > MAX_FINDINGS:
                    return
                continue
            cells = cells[:width]
        elif not any(map(str.strip, cells)):
            continue
        grid.rows.append(cells)
        grid.numbers.append(number)


def _ragged(name: str, number: int, found: int, width: int) -> Finding:
    hint = "A comma is missing." if found < width else "Put a cell that holds a comma into quotation marks."
    cells = "cell" if found == 1 else "cells"
    return Finding(f"{name}, row {number}", f"the row has {found} {cells}, the heading has {width}.", hint)


def _places(grid: _Grid, schema: TableSchema, name: str, findings: list[Finding]) -> dict[str, int] | None:
    """Where each column stands; None if the heading line cannot be used."""
    before = len(findings)
    joined = grid.heading[0]
    if len(grid.heading) == 1 and (";" in joined or "\t" in joined):
        sign = "semicolons" if ";" in joined else "tabs"
        findings.append(
            Finding(name, f"the columns are separated by {sign}.", "Save it with commas as separators.")
        )
        return None
    places: dict[str, int] = {}
    for place, heading in enumerate(grid.heading):
        if not heading:
            findings.extend(_blank_heading(grid, place, name))
        elif heading in places:
            findings.append(
                Finding(f"{name}, row 1", f'two columns are headed "{heading}".', "Remove one of them.")
            )
        else:
            places[heading] = place
    findings.extend(_heading_findings(places, schema, name))
    fatal = any(finding.severity == "error" for finding in findings[before:])
    return None if fatal and not set(places) & set(schema.column_names) else places


def _blank_heading(grid: _Grid, place: int, name: str) -> list[Finding]:
    if not any(row[place].strip() for row in grid.rows):
        return []
    return [
        Finding(f"{name}, row 1", f"column {place + 1} has cells but no heading.", "Name it or remove it.")
    ]


def _heading_findings(places: dict[str, int], schema: TableSchema, name: str) -> list[Finding]:
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
            findings.append(Finding(f"{name}, row 1", what, f'Closest name: "{near}".'))
        else:
            what = f'column "{heading}" is none of Netback\'s; it is kept and not used.'
            findings.append(Finding(f"{name}, row 1", what, "See: netback tables.", "warning"))
    for column in schema.columns:
        if (
            column.required
            and column.default is None
            and column.name in absent
            and column.name not in guessed
        ):
            hint = column.meaning and f"It is: {column.meaning}."
            findings.append(Finding(f"{name}, row 1", f'the column "{column.name}" is missing.', hint))
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


def _typed(grid: _Grid, schema: TableSchema, places: dict[str, int], findings: list[Finding]) -> Table:
    """Make records of a grid; cells go column by column and each distinct text once, since tables repeat."""
    extras = tuple(name for name in places if name not in schema.by_name)
    columns = (*schema.columns, *(Column(name, "text") for name in extras))
    found: list[tuple[int, Finding]] = []
    values = [
        _column_values(
            column, [row[places[column.name]] for row in grid.rows], grid.numbers, schema.file, found
        )
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
    return Table(schema, records, extras)


def _column_values(
    column: Column, cells: list[str], numbers: list[int], file: str, found: list[tuple[int, Finding]]
) -> Sequence[Any]:
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
        bad = ((number, faults[text]) for number, text in zip(numbers, cells, strict=True) if text in faults)
        for number, error in islice(bad, MAX_FINDINGS + 1):
            where = f"{file}, row {number}, column {column.name}"
            found.append((number, Finding(where, error.what, error.hint)))
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
