"""The sheet ``files`` of a workbook: what a case folder holds beside the rows of its tables, line by line.

Each row has the name of a file within the folder and one line of its text; a line longer than a cell holds goes on in
the cells to the right. So come back

- files that are no table: assays, pages of text;
- ``case.yaml`` with its comments. What the sheet ``case`` says holds: where it differs, lines of the text are changed;
- tables of a heading row alone, which a folder may have. Rows stand in the sheet of the table, never here.

Hidden files, whose name begins with a point, stay out of the workbook.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from netback.case.case import Case
from netback.case.schema import TABLES
from netback.errors import DataError, Finding
from netback.io.case_file import CASE_FILE, differing_keys, keys_of, with_keys
from netback.io.xlsx_cells import SheetPlaces, cell_text

FILES_SHEET: Final = "files"
FILES_HEADING: Final = ("file", "line")
#: Longest piece of a line in one cell [characters]: a cell holds 32,767 units of UTF-16, a character is one or two.
PIECE: Final = 16_000
_TABLE_FILES: Final = {schema.file: name for name, schema in TABLES.items()}
#: Characters that are in no name of a file that every system can hold.
_NO_NAME: Final = re.compile(r"[\\:\x00-\x1f\x7f\ud800-\udfff]")


def folder_files(case: Case) -> dict[str, str]:
    """Texts that the workbook of a case carries beside the rows of its tables, by their name within the folder.

    Raises
    ------
    DataError
        If a file is not UTF-8 text, or has a name that no workbook brings back.
    """
    if case.folder is None:
        return {}
    found: dict[str, str] = {}
    findings: list[Finding] = []
    for path in sorted(case.folder.rglob("*")):
        name = path.relative_to(case.folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        if name in _TABLE_FILES and _has_lines(case, name):
            continue
        try:
            text = path.read_bytes().decode("utf-8")
        except (UnicodeDecodeError, OSError):
            hint = "Move it out of the folder; a workbook carries text alone."
            findings.append(Finding(name, "this file of the folder is not UTF-8 text.", hint))
            continue
        if not _is_inside(name) or name.startswith("#"):
            what = "a file of this name does not come back from a workbook."
            findings.append(Finding(repr(name)[1:-1], what, "Name it with letters, digits, _ and -."))
        elif name not in _TABLE_FILES or _is_heading(text):
            found[name] = text
    if findings:
        raise DataError(findings, case.subject)
    return found


def pieces_of(line: str) -> list[str]:
    """A line in pieces that fit into cells; one blank piece for a blank line."""
    return [line[start : start + PIECE] for start in range(0, len(line), PIECE)] or [""]


def lines_of(files: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Rows of the sheet below its heading: the name of the file and the pieces of one line."""
    for name, text in files.items():
        for line in text.split("\n"):
            yield name, pieces_of(line)


def files_in(at: SheetPlaces, rows: Sequence[Sequence[Any]], findings: list[Finding]) -> dict[str, str]:
    """Texts of the sheet by their name within the folder; names out of it and rows of tables give findings."""
    lines: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        name, *cells = (cell_text(cell) for cell in row)
        if (number == 1 and name == FILES_HEADING[0]) or name.startswith("#") or not name:
            continue
        if not _is_inside(name):
            what = f'"{name}" is no place inside the folder of the case.'
            findings.append(Finding(at.cell(number, "file", 0), what, "Write a name such as assays/a.csv."))
            continue
        first.setdefault(name, number)
        lines.setdefault(name, []).append(_joined(cells))
    texts = {name: "\n".join(found) for name, found in lines.items()}
    for name in [name for name in texts if name in _TABLE_FILES and not _is_heading(texts[name])]:
        what = f"rows of the table {_TABLE_FILES[name]} stand here."
        hint = f"Write them into the sheet {_TABLE_FILES[name]}; here stands at most the heading."
        findings.append(Finding(at.cell(first[name], "file", 0), what, hint))
    return texts


def files_beside(
    case: Case, texts: Mapping[str, str], at: SheetPlaces
) -> tuple[dict[str, str], list[Finding]]:
    """The texts as they go with what the other sheets say of the case, and what there is to tell of that."""
    files, remarks = dict(texts), list[Finding]()
    for name in _TABLE_FILES:
        if name in files and _has_lines(case, name):
            del files[name]
    if CASE_FILE in files:
        keys = keys_of(case)
        text = with_keys(files[CASE_FILE], keys)
        where = f"{at.whole}, file {CASE_FILE}"
        if text is None:
            del files[CASE_FILE]
            what = "its text is no case.yaml whose lines can be changed one by one; it is written anew."
            remarks.append(Finding(where, what, "Its comments are not kept.", "warning"))
        elif text != files[CASE_FILE]:
            names = ", ".join(differing_keys(files[CASE_FILE], keys))
            files[CASE_FILE] = text
            what = f"what the sheet case says is taken where the text says something else: {names}."
            remarks.append(Finding(where, what, severity="note"))
    return files, remarks


def _has_lines(case: Case, file: str) -> bool:
    """Whether the sheet of a table has rows, comments or columns that its file must have."""
    table = case.table(_TABLE_FILES[file])
    return bool(table.records or table.comments or table.extras)


def _is_heading(text: str) -> bool:
    """Whether the text of a table has a heading and nothing below it that would be read."""
    try:
        heading, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    except (csv.Error, ValueError):
        return False
    return any(map(str.strip, heading)) and not any(cell.strip() for line in lines for cell in line)


def _joined(cells: Sequence[str]) -> str:
    """A line from its pieces: it goes on to the right only where a cell is full, so that notes beside it stay out."""
    used = 1
    while used < len(cells) and len(cells[used - 1]) == PIECE:
        used += 1
    return "".join(cells[:used])


def _is_inside(name: str) -> bool:
    """Whether a name is that of a file within the folder, spelt in the one way that :class:`PurePosixPath` does."""
    path = PurePosixPath(name)
    plain = path.as_posix() == name and bool(path.parts) and not path.is_absolute() and ".." not in path.parts
    return plain and not _NO_NAME.search(name) and not Path(name).is_absolute()
