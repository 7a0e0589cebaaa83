"""CSV files to typed tables. Every fault becomes a finding with its row and column; none stops the reading.

A row number is the one that a spreadsheet shows: the heading is row 1, blank rows count, and a cell with line
breaks inside quotes does not. What the rows mean is the business of :mod:`netback.io.grid`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from netback.case.schema import TableSchema
from netback.case.table import Table
from netback.case.values import MAX_CELL
from netback.errors import Finding
from netback.io.grid import CsvPlaces, Grid, TableReading, table_of

MAX_HEADING = 64_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE_UTF8 = 'Save it as "CSV UTF-8".'


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
    return table_of(grid, schema, CsvPlaces(path.name), findings)


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
            what = f"the file has {_whole(size)} MB; more than {_whole(max_mb)} MB are not read."
            hint = "Keep only the rows of this plan, or raise max_table_mb in case.yaml."
            findings.append(Finding(path.name, what, hint))
            return None
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        findings.append(Finding(path.name, f"the file cannot be read: {reason}.", "Check its permissions."))
        return None
    return _decoded(data, path.name, findings)


def _whole(size_mb: float) -> str:
    """A size in whole MB, with what lies behind the point where it is small."""
    return f"{size_mb:,.0f}" if size_mb >= 10.0 else f"{size_mb:.3g}"


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


def _grid(text: str, name: str, findings: list[Finding]) -> Grid | None:
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
    try:
        grid = Grid([cell.strip() for cell in next(lines)])
        if not any(grid.heading):
            findings.append(
                Finding(f"{name}, row 1", "the row is blank.", "The first row must name the columns.")
            )
            return None
        grid.collect(lines, CsvPlaces(name), findings)
    except csv.Error as error:
        findings.append(_csv_finding(error, name, lines.line_num))
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
