"""Sheets with a block of cuts below rows ``Start (°C)`` and ``End (°C)``.

Two layouts share this shape. *Summary report* of ExxonMobil (since 2020) and Equinor: the column IBP to FBP is the
whole crude, a block to the right repeats it, another lists molecules. *BP*: ``Start (°C API)``, ``Yield on crude
(% wt)``, the column headed Crude is the whole, cuts begin at C5 and the light ends stand apart. In both, sums of other
cuts, such as the atmospheric residue, stand between the cuts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.cuts import (
    C1_TO_C4,
    C4_C5_C,
    Column,
    SheetOfCuts,
    assay_rows,
    joined,
    read_value,
)
from netback.io.assay_sheets.graph import read_points
from netback.io.assay_sheets.labels import YIELD_VOL, YIELD_WT, follows_from, meaning_of, plain

_START: Final = re.compile(r"start \(([cf])(?: api)?\)")
_END: Final = re.compile(r"end \(([cf])(?: api)?\)")
#: Rows below ``Start`` in which ``End`` may stand, and columns right of a label in which its value may.
_NEAR, _REACH = 3, 6
_MOLECULES: Final = (
    *C1_TO_C4,
    *("isopentane", "n-pentane", "cyclopentane", "c6 paraffins", "c6 naphthenes", "benzene", "c7 paraffins"),
    *("c7 naphthenes", "toluene"),
)
_INFO: Final = {"name": "title", "origin": "region", "sample date": "date", "assay date": "date"}


def block_of(sheet: AssaySheet) -> tuple[int, int, int, str] | None:
    """Rows of the starts and ends of the cuts, column of the labels, and C or F; None if there is no such block."""
    for row, column, text in sheet.labels():
        start = _START.fullmatch(plain(text))
        if start is None:
            continue
        for below in range(row + 1, row + 1 + _NEAR):
            end = _END.fullmatch(plain(sheet.text(below, column)))
            if end is not None and end[1] == start[1]:
                return row, below, column, start[1].upper()
    return None


def is_bp(sheet: AssaySheet) -> bool:
    """Whether the labels are those of BP's sheets."""
    return sheet.find("Yield on crude (% wt)", "Yield on crude (% vol)") is not None


def read_summary(sheet: AssaySheet, others: Sequence[AssaySheet]) -> SheetOfCuts | None:
    """Rows of the assay that the sheet holds, with boiling points of another; None if it has no block of cuts."""
    block = block_of(sheet)
    if block is None:
        return None
    columns = _columns(sheet, block)
    _fill(sheet, block, columns)
    whole = next((column for column in columns if column.is_whole), None)
    values = dict(whole.values) if whole is not None else {}
    for name, value in _beside(sheet, block).items():
        values.setdefault(name, value)
    molecules = _molecules(sheet)
    cuts = joined(sheet, columns, molecules)
    points, source = read_points(others, cuts)
    if source:
        sheet.used.append(source)
    curve = [{"end_c": at, YIELD_WT: share} for at, share in points]
    return assay_rows(sheet, _info(sheet), cuts, values, molecules, curve)


def _columns(sheet: AssaySheet, block: tuple[int, int, int, str]) -> list[Column]:
    start_row, end_row, labels, uom = block
    width = max(len(row) for row in sheet.rows[start_row : end_row + 1])
    found = []
    for place in range(labels + 1, width):
        start, end = sheet.text(start_row, place), sheet.text(end_row, place)
        low, high = _end(start, uom), _end(end, uom)
        if not start and not end and not _heads_crude(sheet, start_row, place):
            continue
        if isinstance(low, str) or isinstance(high, str):
            if not _heads_crude(sheet, start_row, place):
                sheet.ignore(start_row, place, f'"{start}" to "{end}" is no cut; the column is not read.')
                continue
            low = high = None
        found.append(Column(place, f"{start or 'IBP'}-{end or 'FBP'}", low, high))
    return found


def _heads_crude(sheet: AssaySheet, start_row: int, place: int) -> bool:
    return any(plain(sheet.text(row, place)) == "crude" for row in range(max(0, start_row - 4), start_row))


def _end(text: str, uom: str) -> float | str | None:
    """A temperature [C], None for an open end, or the text that is neither."""
    word = text.upper()
    if word in ("IBP", "FBP"):
        return None
    if word in ("C4", "C5"):
        return C4_C5_C
    try:
        value = float(text)
    except ValueError:
        return text
    return value if uom == "C" else (value - 32.0) / 1.8


def _fill(sheet: AssaySheet, block: tuple[int, int, int, str], columns: list[Column]) -> None:
    _, end_row, labels, _ = block
    seen: set[str] = set()
    for row in range(end_row + 1, len(sheet.rows)):
        label = sheet.text(row, labels)
        if not label:
            continue
        meaning = meaning_of(label)
        if meaning is None or meaning.property in seen:
            _tell(sheet, row, labels, label, columns, again=meaning is not None)
            continue
        seen.add(meaning.property)
        for column in columns:
            value = read_value(sheet, row, column.place, meaning)
            if value is not None:
                column.values[meaning.property] = value


def _tell(sheet: AssaySheet, row: int, labels: int, label: str, columns: list[Column], again: bool) -> None:
    """Note a row that is not read, if it holds anything."""
    if not any(isinstance(sheet.cell(row, column.place), int | float) for column in columns):
        return
    source = follows_from(label)
    if again:
        what = f'"{label}" says again what a row above says; it is not read.'
    elif source:
        what = f'"{label}" is not read: it follows from {source}.'
    else:
        what = f'"{label}" is no property that is known by this name and uom; it is not read.'
    sheet.ignore(row, labels, what)


def _beside(sheet: AssaySheet, block: tuple[int, int, int, str]) -> dict[str, float]:
    """Values of the whole crude in a block of labels beside or above the cuts."""
    found: dict[str, float] = {}
    for row, column, text in sheet.labels():
        if row >= block[0] and column <= block[2]:
            continue
        meaning = meaning_of(text)
        if meaning is None or meaning.property in found or meaning.property in (YIELD_WT, YIELD_VOL):
            continue
        for place in range(column + 1, column + 1 + _REACH):
            if isinstance(sheet.cell(row, place), int | float):
                value = read_value(sheet, row, place, meaning)
                if value is not None:
                    found[meaning.property] = value
                break
    return found


def _molecules(sheet: AssaySheet) -> dict[str, float]:
    """Pure components [% on crude] by name."""
    found: dict[str, float] = {}
    for row, column, text in sheet.labels():
        name = plain(text)
        if name not in _MOLECULES or name in found:
            continue
        for place in range(column + 1, column + _REACH):
            if isinstance(sheet.cell(row, place), int | float):
                value = sheet.number(row, place)
                if value is not None and 0.0 <= value <= 100.0:
                    found[name] = value
                break
    return found


def _info(sheet: AssaySheet) -> dict[str, str]:
    found: dict[str, str] = {"vendor": vendor_of(sheet)}
    reference = ""
    for row, column, text in sheet.labels():
        label = plain(text)
        value = sheet.right_of(row, column)
        if label == "reference" and not reference:
            reference = value
        elif label in _INFO and value:
            found.setdefault(_INFO[label], value)
    title = found.get("title", "")
    if reference:
        found["source"] = f"{found['vendor'] or 'seller'}: {title or 'crude'}, assay {reference}".strip()
    if title:
        found["name"] = title
    return found


def vendor_of(sheet: AssaySheet) -> str:
    """The seller that the sheet names, blank if none."""
    words = " ".join(text for _, _, text in sheet.labels()).casefold()
    for word, name in (("exxonmobil", "ExxonMobil"), ("equinor", "Equinor")):
        if word in words:
            return name
    return "BP" if is_bp(sheet) else ""
