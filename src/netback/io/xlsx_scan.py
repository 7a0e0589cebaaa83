"""A careful look at a workbook before anything reads it: what would fill the memory, and what a reader passes over.

An XLSX file is a zip of XML parts. Before a library turns a sheet into cells this module

- refuses what is no such zip, is encrypted, or unfolds to more than is allowed (a zip bomb);
- streams every sheet through expat and notes the last row and column that hold something, so that a lonely cell in
  the last corner of a sheet does not become 17 billion cells;
- notes the cells whose formula ends in an error or was never calculated: readers return these as blank.

Source: ECMA-376 (Office Open XML), part 1, 18.3.1.4 ``c`` (cell), 18.18.11 ``ST_CellType``.
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from netback.errors import DataError, Finding
from netback.io.zip_damage import ZIP_DAMAGE

#: Largest size of one part and of all parts when unpacked [bytes].
MAX_PART, MAX_ALL = 512_000_000, 1_500_000_000
#: Cells that a sheet may span; readers hold every cell of the rectangle.
MAX_CELLS = 20_000_000
#: Faulty cells that are told one by one.
MAX_TOLD = 50
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CHUNK = 1 << 16
_DAMAGE: tuple[type[Exception], ...] = (*ZIP_DAMAGE, ET.ParseError, expat.ExpatError, KeyError)


@dataclass
class SheetScan:
    """One sheet: its name, the last row and column that hold something (1 for the first), and faulty cells."""

    name: str
    rows: int = 0
    columns: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    uncalculated: list[str] = field(default_factory=list)


def scan_workbook(path: Path) -> list[SheetScan]:
    """Look through a workbook without holding its cells.

    Raises
    ------
    DataError
        If it is no XLSX workbook, is encrypted, too large when unpacked, damaged, or a sheet spans too much.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start == OLE:
            what = "the workbook is encrypted with a password, or of the format before 2007."
            raise _refused(path, what, "Save it as .xlsx without a password.")
        with zipfile.ZipFile(path) as packed:
            _check_sizes(path, packed)
            return list(_sheets(path, packed))
    except zipfile.BadZipFile:
        raise _refused(path, "this is not an Excel workbook (.xlsx).", "Save it anew as .xlsx.") from None
    except _DAMAGE as error:
        raise _refused(path, f"the workbook is damaged: {error}.", "Open it and save it anew.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _refused(
            path, f"the file cannot be read: {reason}.", "Check the name and its rights."
        ) from None


def column_letters(place: int) -> str:
    """Letters of a column, 0 for the first: A, B, ..., Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_place(letters: str) -> int:
    """Place of a column by its letters, 0 for A."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def _refused(path: Path, what: str, hint: str) -> DataError:
    return DataError(Finding(path.name, what, hint), f"workbook {path.name}")


def _check_sizes(path: Path, packed: zipfile.ZipFile) -> None:
    """The directory of a zip may lie about sizes; :func:`_chunks` counts what really comes out."""
    sizes = [part.file_size for part in packed.infolist()]
    if max(sizes, default=0) > MAX_PART or sum(sizes) > MAX_ALL:
        what = f"the workbook unpacks to {sum(sizes) / 1e6:,.0f} MB; it is not opened."
        raise _refused(path, what, "Keep only the tables of this plan.")


def _chunks(path: Path, part: IO[bytes], name: str) -> Iterator[bytes]:
    total = 0
    while chunk := part.read(_CHUNK):
        total += len(chunk)
        if total > MAX_PART:
            what = f"{name} unpacks to more than {MAX_PART / 1e6:,.0f} MB; it is not opened."
            raise _refused(path, what, "Keep only the tables of this plan.")
        yield chunk


def _tree(path: Path, packed: zipfile.ZipFile, name: str) -> ET.Element:
    with packed.open(name) as part:
        text = b"".join(_chunks(path, part, name))
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text:
        raise _refused(path, f"{name} declares a document type, which no spreadsheet does.", "Save it anew.")
    return ET.fromstring(text)


def _sheets(path: Path, packed: zipfile.ZipFile) -> Iterator[SheetScan]:
    book = _tree(path, packed, "xl/workbook.xml")
    links = {
        link.get("Id"): link.get("Target", "")
        for link in _tree(path, packed, "xl/_rels/workbook.xml.rels")
        if link.get("Type", "").endswith("/worksheet")
    }
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = links.get(sheet.get(_LINK))
        if target is None:
            continue  # a chart or macro sheet
        name = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        found = SheetScan(sheet.get("name", ""))
        with packed.open(posixpath.normpath(name)) as part:
            _scan(path, part, name, found)
        if found.rows * found.columns > MAX_CELLS:
            corner = f"{column_letters(found.columns - 1)}{found.rows}"
            what = f"the sheet reaches to cell {corner}, {found.rows * found.columns:,} cells in all."
            hint = "Delete the rows and columns beyond the table, and save."
            raise DataError(Finding(f"{path.name}, sheet {found.name}", what, hint), f"workbook {path.name}")
        yield found


def _scan(path: Path, part: IO[bytes], name: str, found: SheetScan) -> None:
    reader = _CellReader(found)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text

    def refuse(*_: Any) -> None:
        raise _refused(path, f"{name} declares a document type, which no spreadsheet does.", "Save it anew.")

    parser.StartDoctypeDeclHandler = refuse
    for chunk in _chunks(path, part, name):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _CellReader:
    """Hears the parts of the cells of one sheet."""

    _place = re.compile(r"([A-Z]+)([0-9]+)")

    def __init__(self, found: SheetScan) -> None:
        self._found = found
        self._where, self._kind = "", ""
        self._row = self._column = 0
        self._value, self._filled = "", False
        self._formula = self._inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        element = tag.rpartition(" ")[2]
        if element == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
        elif element == "c":
            self._open(attributes)
        elif element == "f":
            self._formula = True
        elif element in ("v", "is"):
            self._inside = True

    def _open(self, attributes: dict[str, str]) -> None:
        self._where = attributes.get("r", f"{column_letters(self._column)}{self._row}")
        known = self._place.fullmatch(self._where)
        if known is not None:
            self._column = column_place(known[1])
            self._row = int(known[2])
        self._column += 1
        self._kind = attributes.get("t", "n")
        self._value, self._filled, self._formula = "", False, False

    def text(self, text: str) -> None:
        """Characters of an element."""
        if self._inside:
            self._filled = True
            if self._kind == "e":
                self._value += text

    def end(self, tag: str) -> None:
        """An element ends; a cell that holds something counts."""
        element = tag.rpartition(" ")[2]
        if element in ("v", "is"):
            self._inside = False
        if element != "c" or not (self._filled or self._formula):
            return
        found = self._found
        found.rows, found.columns = max(found.rows, self._row), max(found.columns, self._column)
        if self._kind == "e" and len(found.errors) <= MAX_TOLD:
            found.errors.append((self._where, self._value))
        if self._formula and not self._filled and self._kind != "str" and len(found.uncalculated) <= MAX_TOLD:
            found.uncalculated.append(self._where)
