"""Cases as Excel workbooks, writing: one sheet per table, with uom and help under the headings and drop-down lists.

What :mod:`netback.io.excel` reads back is the case, exactly: numbers are written with all their digits, names as
text, so that the spreadsheet program does not make dates of them. Nothing that exists is overwritten unless the caller
asks.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netback.case.case import CASE_KEYS, Case
from netback.case.schema import TABLES, Column
from netback.case.table import Comment, Table
from netback.case.values import write_cell
from netback.errors import DataError, Finding
from netback.io.atomic import write_files
from netback.io.case_file import CASE_FILE, keys_of
from netback.io.excel import CASE_SHEET, FILES_SHEET, GUIDE_SHEETS, MEANING_ROW, UOM_ROW
from netback.io.xlsx_scan import column_letters

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: Longest text of a cell, and the number of rows of a sheet, that the format allows.
MAX_TEXT, MAX_ROWS = 32_767, 1_048_576
#: Rows below the table that the drop-down lists reach.
SPARE_ROWS = 500
#: Longest list of choices that a drop-down may state itself [characters].
MAX_LIST = 255
_FIRST_ROW = 3
_INK, _PAPER, _FAINT = "#FFFFFF", "#1F3B57", "#6B7280"


class Exact(float):
    """A number whose text has all the digits it needs; the writing library would give it 16."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def write_workbook(case: Case, path: str | Path, force: bool = False) -> Path:
    """Write a case as a workbook such that :func:`netback.io.excel.read_workbook` gives an equal case.

    Every table has a sheet, also one without rows, for it explains itself. Other text files of the folder (assays,
    README) go line by line into the sheet ``files``.

    Raises
    ------
    DataError
        If the file exists and ``force`` is not given, cannot be written, a cell is too long for a spreadsheet, or a
        scenario is applied.
    """
    target = Path(path)
    _check(case, target, force)
    write_files(target.parent, {target.name: workbook_bytes(case)})
    return target


def workbook_bytes(case: Case) -> bytes:
    """The workbook of a case as bytes.

    Raises
    ------
    DataError
        If a cell is too long for a spreadsheet, a table has too many rows, or a file of the folder is not text.
    """
    from xlsxwriter import Workbook

    files = _other_files(case)
    _check_fits(case, files)
    memory = io.BytesIO()
    with Workbook(
        memory, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        styles = {
            "head": book.add_format(
                {"bold": True, "font_color": _INK, "bg_color": _PAPER, "valign": "top", "num_format": "@"}
            ),
            "help": book.add_format(
                {"italic": True, "font_color": _FAINT, "text_wrap": True, "valign": "top", "num_format": "@"}
            ),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "General"}),
        }
        _guide(book.add_worksheet(GUIDE_SHEETS[0]), case)
        _keys(book.add_worksheet(CASE_SHEET), case, styles)
        for name in TABLES:
            sheet = book.add_worksheet(name)
            if not len(case.table(name)):
                sheet.set_tab_color("#C7CDD4")
            _table(sheet, case, case.table(name), styles)
        if files:
            _files(book.add_worksheet(FILES_SHEET), files, styles)
        for sheet in book.worksheets():
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
    return memory.getvalue()


def name_findings(target: Path) -> list[Finding]:
    """What is wrong with the name of a workbook: spreadsheet programs open it by its ending."""
    if target.suffix.lower() == ".xlsx":
        return []
    return [Finding(str(target), "the name does not end in .xlsx.", f"Write {target.stem}.xlsx.")]


def _check(case: Case, target: Path, force: bool) -> None:
    findings = []
    if case.scenario is not None:
        what = f'scenario "{case.scenario}" is applied, and its overrides would be applied twice.'
        findings.append(Finding("", what, "Write the case itself."))
    findings += name_findings(target)
    if target.is_dir():
        findings.append(Finding(str(target), "this is a folder.", "Name a file."))
    elif target.exists() and not force:
        findings.append(
            Finding(str(target), "the file exists and is not overwritten.", "Say --force, or another name.")
        )
    if findings:
        raise DataError(findings, case.subject)


def _check_fits(case: Case, files: Mapping[str, str]) -> None:
    findings = [
        Finding(case.table(name).where(record, column), f"the text has {len(value):,} characters.", hint)
        for hint in (f"A cell of a spreadsheet holds {MAX_TEXT:,}.",)
        for name in TABLES
        for record in case.table(name).records
        for column, value in record.items()
        if isinstance(value, str) and len(value) > MAX_TEXT
    ]
    for name in TABLES:
        rows = len(case.table(name)) + len(case.table(name).comments) + _FIRST_ROW
        if rows > MAX_ROWS:
            what = f"the table has {len(case.table(name)):,} rows."
            findings.append(Finding(f"{name}.csv", what, f"A sheet of a spreadsheet holds {MAX_ROWS:,}."))
    for name, text in files.items():
        if max((len(line) for line in text.split("\n")), default=0) > MAX_TEXT:
            findings.append(Finding(name, "a line is too long for a cell.", f"At most {MAX_TEXT:,} fit."))
    if findings:
        raise DataError(findings, case.subject)


def _other_files(case: Case) -> dict[str, str]:
    """Text files in the folder of a case that are none of its tables.

    Raises
    ------
    DataError
        If one of them is not UTF-8 text.
    """
    if case.folder is None:
        return {}
    own = {CASE_FILE, *(schema.file for schema in TABLES.values())}
    found: dict[str, str] = {}
    findings = []
    for path in sorted(case.folder.rglob("*")):
        name = path.relative_to(case.folder).as_posix()
        if not path.is_file() or name in own or any(part.startswith(".") for part in name.split("/")):
            continue
        try:
            found[name] = path.read_bytes().decode("utf-8")
        except (UnicodeDecodeError, OSError):
            hint = "Move it out of the folder; a workbook carries text alone."
            findings.append(Finding(name, "this file of the folder is not UTF-8 text.", hint))
    if findings:
        raise DataError(findings, case.subject)
    return found


def _guide(sheet: Worksheet, case: Case) -> None:
    """A first page that says what the workbook is and leads to its sheets."""
    lines = [
        case.title or case.name,
        "Netback case: one sheet per table. Row 1 names the columns; rows that begin with # are not read.",
        "A blank cell means not known or no limit, never zero. Grey tabs are empty tables.",
    ]
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    for row, (name, schema) in enumerate(TABLES.items(), start=len(lines) + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        count = len(case.table(name))
        sheet.write_string(row, 1, f"{count:,} row{'' if count == 1 else 's'}" if count else "")
        sheet.write_string(row, 2, schema.meaning)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 90)


def _keys(sheet: Worksheet, case: Case, styles: Mapping[str, Format]) -> None:
    for column, title in enumerate(("key", "value", "meaning")):
        sheet.write_string(0, column, title, styles["head"])
    stated = keys_of(case)
    for row, column_of in enumerate(CASE_KEYS, start=1):
        sheet.write_string(row, 0, column_of.name)
        sheet.write_string(row, 2, column_of.meaning, styles["help"])
        if column_of.name in stated:
            _cell(sheet, row, 1, stated[column_of.name], styles)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 2, 70)
    sheet.freeze_panes(1, 0)


def _table(sheet: Worksheet, case: Case, table: Table, styles: Mapping[str, Format]) -> None:
    schema = table.schema
    for place, name in enumerate(table.columns):
        column = schema.by_name.get(name) or Column(name, "text", meaning="a column of your own")
        sheet.write_string(0, place, name, styles["head"])
        for row, text in ((1, column.uom), (2, _meaning(column))):
            mark = (UOM_ROW, MEANING_ROW)[row - 1] + " " if place == 0 else ""
            if mark or text:
                sheet.write_string(row, place, f"{mark}{text}".strip(), styles["help"])
    row = _FIRST_ROW
    for line in table.lines():
        cells = (
            line.cells if isinstance(line, Comment) else [table.stated(line, name) for name in table.columns]
        )
        for place, value in enumerate(cells):
            _cell(sheet, row, place, value, styles)
        row += 1
    sheet.set_row(2, 62)
    sheet.freeze_panes(_FIRST_ROW, min(len(schema.key_columns), 2) or 1)
    for place, width in enumerate(_widths(table)):
        name = table.columns[place]
        column = schema.by_name.get(name) or Column(name, "text")
        kind = "number" if column.type in ("number", "integer") else column.type
        sheet.set_column(place, place, width, styles[kind if kind in ("number", "date") else "text"])
        _drop_down(sheet, case, column, place, row + SPARE_ROWS)


def _meaning(column: Column) -> str:
    parts = [column.meaning]
    if column.required:
        parts.append("must be given")
    if column.default is not None:
        parts.append(f"{write_cell(column.default)} if blank")
    return "; ".join(part for part in parts if part)


def _widths(table: Table) -> Iterator[float]:
    for name in table.columns:
        texts = (write_cell(record[name]) for record in table.records[:200])
        yield min(44.0, max(len(name) + 2.0, 9.0, *(len(text) + 1.0 for text in texts), 0.0))


def _drop_down(sheet: Worksheet, case: Case, column: Column, place: int, last: int) -> None:
    """A list to choose from: the choices of the column, yes and no, or the names of another sheet."""
    source: str | Sequence[str] = ""
    if column.choices and len(",".join(column.choices)) <= MAX_LIST:
        source = list(column.choices)
    elif column.type == "yesno":
        source = ["yes", "no"]
    elif column.refers_to and not column.is_list:
        other, _, name = column.refers_to.partition(".")
        letters = column_letters(case.table(other).columns.index(name))
        end = _FIRST_ROW + len(case.table(other)) + len(case.table(other).comments) + SPARE_ROWS
        source = f"='{other}'!${letters}${_FIRST_ROW + 1}:${letters}${end}"
    if source:
        sheet.data_validation(
            _FIRST_ROW, place, last, place,
            # A warning, not a stop: the list may be behind the table, and checks say what is wrong.
            {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True},
        )  # fmt: skip


def _cell(sheet: Worksheet, row: int, place: int, value: Any, styles: Mapping[str, Format]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, write_cell(value), styles["text"])
    elif isinstance(value, int | float):
        sheet.write_number(row, place, Exact(value), styles["number"])
    elif isinstance(value, date) and value.year >= 1900:
        sheet.write_datetime(row, place, value, styles["date"])
    else:
        sheet.write_string(row, place, write_cell(value), styles["text"])


def _files(sheet: Worksheet, files: Mapping[str, str], styles: Mapping[str, Format]) -> None:
    for column, title in enumerate(("file", "line")):
        sheet.write_string(0, column, title, styles["head"])
    row = 1
    for name, text in files.items():
        for line in text.split("\n"):
            sheet.write_string(row, 0, name)
            if line:
                sheet.write_string(row, 1, line, styles["text"])
            row += 1
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 120)
    sheet.freeze_panes(1, 0)
