"""ExxonMobil's sheets of before 2020: names of cuts in one row, labels in the first column.

The row of names begins with the reference of the assay and holds ``Whole crude``, then cuts such as ``Butane and
Lighter IBP - 60F``, ``Lt. Naphtha C5 - 165F``, ``Vacuum Residue 1000F+``; rows ``5 vol%, F`` are boiling points.
Source: github.com/NOAA-ORR-ERD/adios_oil_database, data_sources/exxon_assays and its tests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.cuts import Column, SheetOfCuts, assay_rows, joined, read_value
from netback.io.assay_sheets.labels import YIELD_VOL, follows_from, meaning_of, plain

_WHOLE: Final = "whole crude"
_CUT: Final = re.compile(r"(?:^|.*\s)(ibp|c5|-?\d+(?:\.\d+)?) ?f? ?- ?(\d+(?:\.\d+)?) ?f")
_LAST: Final = re.compile(r"(?:^|.*\s)(\d+(?:\.\d+)?) ?f ?\+")
_POINT: Final = re.compile(r"(\d+(?:\.\d+)?) ?vol%, f")
#: Rows that say what a distillation is; those of the cuts themselves are not read.
_OF_CUTS: Final = ("ibp, f", "ep, f")


def heading_of(sheet: AssaySheet) -> tuple[int, int] | None:
    """Row of the names and column of ``Whole crude``; None if there is none."""
    found = sheet.find("Whole crude")
    return found if found is not None and sheet.find("Cut volume, %") is not None else None


def read_columns(sheet: AssaySheet, _: Sequence[AssaySheet]) -> SheetOfCuts | None:
    """Rows of the assay that the sheet holds; None if it has no such heading."""
    heading = heading_of(sheet)
    if heading is None:
        return None
    row, whole_place = heading
    columns = _columns(sheet, row, whole_place)
    whole = Column(whole_place, "whole crude", None, None)
    points = _fill(sheet, row, whole, columns)
    reference = sheet.text(row, 0)
    title = next((text for _, _, text in sheet.labels() if plain(text) not in ("exxonmobil", _WHOLE)), "")
    info = {
        "source": f"ExxonMobil: assay {reference}" if reference else "ExxonMobil",
        "vendor": "ExxonMobil",
        "title": reference or title,
    }
    curve = [{"end_c": at, YIELD_VOL: share} for at, share in points]
    return assay_rows(sheet, info, joined(sheet, columns, {}), whole.values, {}, curve)


def _columns(sheet: AssaySheet, row: int, whole_place: int) -> list[Column]:
    found: list[Column] = []
    for place in range(1, len(sheet.rows[row])):
        name = " ".join(sheet.text(row, place).split())
        if not name or place == whole_place:
            continue
        cut, last = _CUT.fullmatch(plain(name)), _LAST.fullmatch(plain(name))
        if cut is None and last is None:
            sheet.ignore(row, place, f'"{name}" names no cut; the column is not read.')
            continue
        if cut is not None:
            low = {"ibp": None, "c5": found[-1].end_c if found else None}.get(cut[1], _celsius(cut[1]))
            found.append(Column(place, name, low, _celsius(cut[2])))
        elif last is not None:
            found.append(Column(place, name, _celsius(last[1]), None))
    return found


def _celsius(text: str) -> float | None:
    try:
        return (float(text) - 32.0) / 1.8
    except ValueError:
        return None


def _fill(sheet: AssaySheet, heading: int, whole: Column, columns: list[Column]) -> list[tuple[float, float]]:
    """Fill the columns; return the boiling points of the whole crude."""
    points: list[tuple[float, float]] = []
    for row in range(heading + 1, len(sheet.rows)):
        label = sheet.text(row, 0)
        if not label:
            continue
        point = _POINT.fullmatch(plain(label))
        if point is not None or plain(label) in _OF_CUTS:
            at = sheet.number(row, whole.place)
            if point is not None and at is not None and 0.0 < float(point[1]) < 100.0:
                points.append(((at - 32.0) / 1.8, float(point[1])))
            continue
        meaning = meaning_of(label)
        if meaning is None:
            _tell(sheet, row, label, [whole, *columns])
            continue
        for column in (whole, *columns):
            value = read_value(sheet, row, column.place, meaning)
            if value is not None:
                column.values[meaning.property] = value
    return points


def _tell(sheet: AssaySheet, row: int, label: str, columns: list[Column]) -> None:
    if not any(isinstance(sheet.cell(row, column.place), int | float) for column in columns):
        return
    source = follows_from(label)
    what = (
        f'"{label}" is not read: it follows from {source}.'
        if source
        else f'"{label}" is no property that is known by this name and uom; it is not read.'
    )
    sheet.ignore(row, 0, what)
