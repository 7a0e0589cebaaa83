"""Cases as Excel workbooks, writing: one sheet per table, with uom and help under the headings and drop-down lists.

What :mod:`netback.io.excel` reads back is the case, exactly: numbers are written with all their digits, names as
text, so that the spreadsheet program does not make dates of them. What a workbook cannot hold is told. Nothing that
exists is overwritten unless the caller asks.
"""

from __future__ import annotations

import io
import re
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
from netback.io.excel import CASE_SHEET, GUIDE_SHEETS, LAST_HELP_ROW, MEANING_ROW, UOM_ROW
from netback.io.excel_files import FILES_HEADING, FILES_SHEET, folder_files, lines_of
from netback.io.xlsx_scan import MAX_CELLS, column_letters

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: Longest text of a cell [units of UTF-16], and the rows and columns of a sheet, that the format allows.
MAX_TEXT, MAX_ROWS, MAX_COLUMNS = 32_767, 1_048_576, 16_384
#: Rows below the table that the drop-down lists reach.
SPARE_ROWS = 500
#: Longest list of choices that a drop-down may state itself [characters].
MAX_LIST = 255
_FIRST_ROW = LAST_HELP_ROW
#: Code points that XML has not, and what is told of them.
_NO_XML = re.compile("[\ufffe\uffff]")
_DAMAGED = ("the text holds U+FFFE or U+FFFF, which no workbook can hold.", "Type the text anew.")
_INK, _PAPER, _FAINT = "#FFFFFF", "#1F3B57", "#6B7280"


class Exact(float):
    """A number whose text has all the digits it needs; the writing library would give it 16."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def write_workbook(case: Case, path: str | Path, force: bool = False) -> Path:
    """Write a case as a workbook such that :func:`netback.io.excel.read_workbook` gives an equal case.

    Every table has a sheet, also one without rows, for it explains itself. Other text files of the folder (assays,
    README, ``case.yaml`` as the user wrote it) go line by line into the sheet ``files``.

    Raises
    ------
    DataError
        If the file exists and ``force`` is not given, cannot be written, the workbook cannot hold what is in the
        folder, or a scenario is applied.
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
        If a text is too long for a cell, a table too large for a sheet, or a file of the folder is not text.
    """
    from xlsxwriter import Workbook

    files = folder_files(case)
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
    """What a workbook cannot hold, or its reader does not take, is told before anything is written.

    Raises
    ------
    DataError
        With all findings.
    """
    findings = []
    for where, text in _texts(case):
        if len(text) > MAX_TEXT // 2 and (length := len(text.encode("utf-16-le")) // 2) > MAX_TEXT:
            what = f"the text has {length:,} characters."
            findings.append(Finding(where, what, f"A cell of a spreadsheet holds {MAX_TEXT:,}."))
        elif _NO_XML.search(text):
            findings.append(Finding(where, *_DAMAGED))
    for name, text in files.items():
        if found := _NO_XML.search(text):
            line = text.count("\n", 0, found.start()) + 1
            findings.append(Finding(f"{name}, line {line}", *_DAMAGED))
    for where, rows, columns in _sizes(case, files):
        if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
            what = f"the sheet would have {rows:,} rows of {columns:,} cells."
            hint = f"At most {MAX_ROWS:,} rows, {MAX_COLUMNS:,} columns and {MAX_CELLS:,} cells fit."
            findings.append(Finding(where, what, hint))
    if findings:
        raise DataError(findings, case.subject)


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    """Every text that goes into one cell, with its place in the user's words."""
    for key, value in keys_of(case).items():
        if isinstance(value, str):
            yield f"{CASE_FILE}, key {key}", value
    for table in case.tables.values():
        for column in table.extras:
            yield f"{table.where()}, row 1", column
        for record in table.records:
            for column, value in record.items():
                if isinstance(value, str):
                    yield table.where(record, column), value
        for comment in table.comments:
            for cell in comment.cells:
                above = table.records[comment.above - 1].row if comment.above else 1
                yield f"{table.where()}, comment below row {above}", cell


def _sizes(case: Case, files: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    """Rows and columns of every sheet that may grow large."""
    for table in case.tables.values():
        widths = (len(comment.cells) for comment in table.comments)
        rows = len(table) + len(table.comments) + _FIRST_ROW
        yield table.where(), rows, max(len(table.columns), *widths, 0)
    pieces = [len(cells) for _, cells in lines_of(files)]
    yield f"sheet {FILES_SHEET}", len(pieces) + 1, max(pieces, default=0) + 1


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
    for column, title in enumerate(FILES_HEADING):
        sheet.write_string(0, column, title, styles["head"])
    for row, (name, pieces) in enumerate(lines_of(files), start=1):
        sheet.write_string(row, 0, name, styles["text"])
        for column, piece in enumerate(pieces, start=1):
            _cell(sheet, row, column, piece, styles)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 120)
    sheet.freeze_panes(1, 0)
