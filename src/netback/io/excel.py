"""Cases as Excel workbooks, reading: one sheet per table with the same names.

Row 1 of a sheet names the columns. Below it :mod:`netback.io.excel_writer` puts two rows of help, which begin with
``#uom`` and ``#meaning``; every other row that begins with ``#`` is a comment of the user's and is kept. The sheet
``case`` holds the keys of ``case.yaml``; the sheet ``files`` (:mod:`netback.io.excel_files`) holds, line by line, what
else lies in the folder, so that a folder comes back whole. Sheets of other names are told and not read.

Faults name the sheet and the cell, as ``plan.xlsx, sheet offers, cell F7``.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from netback.case.case import CASE_KEYS, Case
from netback.case.schema import TABLES, TableSchema
from netback.case.table import Table
from netback.case.values import CellError, check_value
from netback.errors import Finding, Severity, closest
from netback.io.atomic import write_tree
from netback.io.case_file import checked_key
from netback.io.excel_files import FILES_SHEET, files_beside, files_in
from netback.io.folder import case_of
from netback.io.grid import Grid, TableReading, table_of
from netback.io.xlsx_cells import SheetCells, SheetPlaces, cell_text, faulty_cells, load_sheets, merged_cells
from netback.io.xlsx_scan import scan_workbook

CASE_SHEET = "case"
UOM_ROW, MEANING_ROW = "#uom", "#meaning"
#: Below this row what begins like help is a comment of the user's.
LAST_HELP_ROW = 3
#: Sheets that the writer adds for the reader's eye; they hold nothing of the case.
GUIDE_SHEETS = ("guide",)
KNOWN_SHEETS = (*TABLES, CASE_SHEET, FILES_SHEET)


@dataclass(frozen=True)
class Workbook:
    """A case that came from a workbook, and the texts that belong to its folder beside the tables with rows."""

    case: Case
    files: dict[str, str]


def read_workbook(path: str | Path, scenario: str | None = None) -> Workbook:
    """Read a case from a workbook and apply a scenario.

    Raises
    ------
    DataError
        With all findings of all sheets together.
    """
    file = Path(path)
    scans = scan_workbook(file)
    findings = list(faulty_cells(file.name, scans, KNOWN_SHEETS))
    sheets = load_sheets(file, [scan.name for scan in scans if scan.name in KNOWN_SHEETS])
    findings.extend(merged_cells(file.name, sheets))
    readings = {name: _table(file.name, sheets.get(name), TABLES[name], findings) for name in TABLES}
    findings = _first_of_each_cell(findings)
    findings.extend(_strange_sheets(file.name, [scan.name for scan in scans]))
    keys = _keys(file.name, sheets.get(CASE_SHEET), findings)
    at_files = SheetPlaces(file.name, FILES_SHEET)
    texts = files_in(at_files, sheets[FILES_SHEET].rows, findings) if FILES_SHEET in sheets else {}
    case = case_of(str(keys.get("name") or file.stem), keys, readings, findings)
    files, remarks = files_beside(case, texts, at_files)
    case = case.with_(remarks=(*case.remarks, *remarks))
    return Workbook(case.in_scenario(scenario), files)


def _first_of_each_cell(findings: Sequence[Finding]) -> list[Finding]:
    """A cell with a fault is told once: what follows from it, that it is blank or no number, only confuses."""
    kept, faulty = [], set()
    for finding in findings:
        cell = finding.where.partition(" (")[0] if ", cell " in finding.where else ""
        if finding.severity == "error" and cell:
            if cell in faulty:
                continue
            faulty.add(cell)
        kept.append(finding)
    return kept


def read_case_of_workbook(path: str | Path, scenario: str | None = None) -> Case:
    """Read a case from a workbook, with its files, assays for example, laid into a folder until the program ends.

    Raises
    ------
    DataError
        With all findings of all sheets together.
    """
    found = read_workbook(path, scenario)
    if not found.files:
        return found.case
    folder = Path(tempfile.mkdtemp(prefix="netback-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_tree(folder, found.files)
    return found.case.with_(folder=folder)


def _strange_sheets(file: str, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        if name in KNOWN_SHEETS or name in GUIDE_SHEETS:
            continue
        near = closest(name, KNOWN_SHEETS)
        what = f'there is no table "{name}", so the sheet is not read.'
        severity: Severity = "error" if near else "warning"
        yield Finding(SheetPlaces(file, name).whole, what, near or "See: netback tables.", severity)


def _table(file: str, sheet: SheetCells | None, schema: TableSchema, findings: list[Finding]) -> TableReading:
    at = SheetPlaces(file, schema.name)
    if sheet is None:
        known = frozenset(() if schema.required else schema.column_names)
        if schema.required:
            what = f"the sheet {schema.name} is missing."
            findings.append(Finding(file, what, f"It holds {schema.meaning}."))
        return TableReading(Table(schema, place=at.name), [], known, absent=True)
    rows = sheet.rows
    if not rows or not any(cell_text(cell).strip() for cell in rows[0]):
        findings.append(Finding(at.row(1), "the row is blank.", "The first row must name the columns."))
        return TableReading(Table(schema), findings)
    mine: list[Finding] = []
    grid = Grid([cell_text(cell).strip() for cell in rows[0]])
    grid.collect(_lines(rows[1:], schema, at, grid.heading, mine), at, mine)
    reading = table_of(grid, schema, at, mine)
    findings.extend(mine)
    return reading


def _lines(
    rows: Sequence[Sequence[Any]],
    schema: TableSchema,
    at: SheetPlaces,
    heading: Sequence[str],
    findings: list[Finding],
) -> Iterator[list[str]]:
    """Rows as text; help rows come as blank ones, so that every row keeps its number."""
    kinds = [schema.by_name[name].type if name in schema.by_name else "text" for name in heading]
    for number, cells in enumerate(rows, start=2):
        if number <= LAST_HELP_ROW and cells and cell_text(cells[0]).split(" ")[0] in (UOM_ROW, MEANING_ROW):
            yield []
            continue
        line = [cell_text(cell) for cell in cells]
        if not line[0].startswith("#"):
            for place, (kind, cell) in enumerate(zip(kinds, cells, strict=False)):
                remark = _remark(kind, cell)
                if remark is not None:
                    findings.append(Finding(at.cell(number, heading[place], place), *remark))
        yield line


def _remark(kind: str, cell: Any) -> tuple[str, str, Severity] | None:
    """What is odd about a cell that can be read all the same, or the fault of one that a spreadsheet changed."""
    is_date = isinstance(cell, date | time | timedelta)
    if is_date and kind != "date":
        what = f"the spreadsheet made a date of this cell ({cell_text(cell)})."
        return what, "Format the cell as text and type it again.", "error"
    if kind in ("number", "integer") and isinstance(cell, str) and _is_number(cell):
        return f'the number "{cell.strip()}" is stored as text; it is read as a number.', "", "warning"
    if kind in ("number", "integer") and isinstance(cell, bool):
        return "the cell is TRUE or FALSE where a number is needed.", "Write the number.", "error"
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _keys(file: str, sheet: SheetCells | None, findings: list[Finding]) -> dict[str, Any]:
    """Typed keys of the sheet ``case``: a key in the first column, its value in the second."""
    if sheet is None:
        what = f"the sheet {CASE_SHEET} is missing."
        hint = "It has a row per key of case.yaml: format, name, title, ... Tables of PIMS are imported with --pims."
        findings.append(Finding(file, what, hint))
        return {}
    columns = {column.name: column for column in CASE_KEYS}
    at = SheetPlaces(file, CASE_SHEET)
    keys: dict[str, Any] = {}
    for number, row in enumerate(sheet.rows, start=1):
        name, value = (cell_text(cell).strip() for cell in (*row, "", "")[:2])
        if not name or name.startswith("#") or (number == 1 and name == "key"):
            continue
        if name not in columns:
            hint = closest(name, columns) or f"Known: {', '.join(columns)}."
            findings.append(Finding(at.cell(number, name, 0), f'the key "{name}" is not known.', hint))
        elif name in keys:
            findings.append(
                Finding(at.cell(number, name, 0), f'the key "{name}" stands here twice.', "Remove one.")
            )
        else:
            try:
                keys[name] = checked_key(name, check_value(value, columns[name]))
            except CellError as error:
                findings.append(Finding(at.cell(number, name, 1), error.what, error.hint))
    missing = [column for column in CASE_KEYS if column.required and column.name not in keys]
    findings.extend(
        Finding(at.whole, f'the key "{column.name}" is missing.', f"It is: {column.meaning}.")
        for column in missing
    )
    return {name: value for name, value in keys.items() if value is not None}
