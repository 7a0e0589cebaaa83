"""Boiling points of the whole crude from the sheet of a summary report that feeds its chart.

A block is headed ``Boiling Point`` and, beside it, ``Wgt``: cumulative wt% (github.com/NOAA-ORR-ERD/
adios_oil_database, exxon_assays/v2/mapper.py). The uom of the temperatures stands nowhere, so the points are used only
where they agree with the cuts: at the boundaries of the cuts the points must say what the yields add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.cuts import Column
from netback.io.assay_sheets.labels import YIELD_WT, plain

#: Columns right of ``Boiling Point`` in which ``Wgt`` may stand.
_NEAR: Final = 3
#: By how much [wt%] points and cuts may differ on average at the boundaries.
_AGREES: Final = 0.5
#: Boundaries and points that a comparison needs.
_LEAST: Final = 3


def read_points(
    sheets: Sequence[AssaySheet], cuts: Sequence[Column]
) -> tuple[list[tuple[float, float]], str]:
    """Points (temperature [C], cumulative wt%) and their sheet; none where no sheet agrees with the cuts."""
    reached = np.cumsum([cut.values.get(YIELD_WT, np.nan) for cut in cuts])
    known = [(cut.end_c, at) for cut, at in zip(cuts, reached, strict=True) if cut.end_c is not None]
    boundaries = [(end, at) for end, at in known if np.isfinite(at)]
    for sheet in sheets:
        printed = _printed(sheet)
        if len(printed) < _LEAST or len(boundaries) < _LEAST:
            continue
        for factor, zero in ((1.0, 0.0), (1.0 / 1.8, 32.0)):
            points = [((at - zero) * factor, share) for at, share in printed]
            if _agree(points, boundaries):
                return points, sheet.name
    return [], ""


def _printed(sheet: AssaySheet) -> list[tuple[float, float]]:
    """Points as they stand, from the first block whose temperatures and shares rise."""
    for row, column, text in sheet.labels():
        if plain(text) != "boiling point":
            continue
        beside = range(column + 1, column + 1 + _NEAR)
        weights = next((place for place in beside if plain(sheet.text(row, place)) == "wgt"), None)
        if weights is None:
            continue
        found: list[tuple[float, float]] = []
        for below in range(row + 1, len(sheet.rows)):
            at, share = sheet.cell(below, column), sheet.cell(below, weights)
            if not isinstance(at, int | float) or not isinstance(share, int | float):
                break
            if 0.0 < share < 100.0 and (not found or (at > found[-1][0] and share >= found[-1][1])):
                found.append((float(at), float(share)))
        return found
    return []


def _agree(points: Sequence[tuple[float, float]], boundaries: Sequence[tuple[float, float]]) -> bool:
    temperatures, shares = zip(*points, strict=True)
    inside = [(end, at) for end, at in boundaries if temperatures[0] <= end <= temperatures[-1]]
    if len(inside) < _LEAST:
        return False
    differences = [abs(float(np.interp(end, temperatures, shares)) - at) for end, at in inside]
    return float(np.mean(differences)) <= _AGREES
