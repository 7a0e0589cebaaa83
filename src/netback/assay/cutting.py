"""Cutting: yields and properties of any cuts of a crude, by differences of running totals.

Mass at a temperature is a monotone PCHIP of the boiling curve. Volume follows from mass by the density
profile, and every property from its own profile over mass or volume (:mod:`netback.assay.profiles`), as
index where its blending rule is not linear. A new cut is the difference of running totals at its two ends.
So for any cut points mass, volume, sulphur, nitrogen, metals and carbon residue of the new cuts add up to
those of the assay's own cuts, and a cut between two of the assay's own boundaries gets exactly the assay's
own values.

A property that is not known in at least nine tenths of a new cut is NaN there: not known, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, QUALITIES, Assay
from netback.assay.batch import prepare
from netback.errors import DataError, Finding

#: Upper end [C] of the cut C1-C4 where light ends are asked for by themselves (60 F, as in vendors' assays).
LIGHT_ENDS_C: Final = 15.6

CutFlag = Literal[
    "measured", "reported", "derived", "interpolated", "partial", "extrapolated",
    "correlated", "stand-in", "assumed", "not known",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class CutTable(Mapping[str, FloatArray]):
    """Cuts of one crude.

    ``table["sulfur_wt_pct"]`` is the array of one property; iterating gives the property names.

    Attributes
    ----------
    assay : Assay
        The crude that was cut.
    names : tuple of str, length k
        ``IBP-180``, ``180-240``, ... ``340-FBP``.
    start_c, end_c : ndarray, shape (k,)
        Ends of each cut [C]. Cut points below the initial or above the final boiling point make empty cuts.
    yield_wt_pct, yield_vol_pct : ndarray, shape (k,)
        Yields on crude [%]; each adds up to 100. Volume is that of the crude as the sum of its cuts.
    properties : mapping of str to ndarray of shape (k,)
        NaN where not known.
    known_share : mapping of str to ndarray of shape (k,)
        Share [0..1] of each cut, on the basis of the property's rule, in which the property is known.
    """

    assay: Assay
    names: tuple[str, ...]
    start_c: FloatArray
    end_c: FloatArray
    yield_wt_pct: FloatArray
    yield_vol_pct: FloatArray
    properties: Mapping[str, FloatArray]
    known_share: Mapping[str, FloatArray]

    def __getitem__(self, property: str) -> FloatArray:
        return self.properties[property]

    def __iter__(self) -> Iterator[str]:
        return iter(self.properties)

    def __len__(self) -> int:
        return len(self.properties)

    def __repr__(self) -> str:
        return f"CutTable({self.assay.name!r}, {', '.join(self.names)})"

    def flags(self, property: str = "yield") -> tuple[CutFlag, ...]:
        """How each value came about, the weakest word of those that apply; length k.

        ``interpolated``: an end of the cut lies inside one of the assay's own cuts. ``derived``: whole own
        cuts added up. ``extrapolated``: an end lies above the last temperature the source gives.
        ``partial``: part of the cut has no value. The others are the quality of the assay's own values.
        """
        return tuple(_flag(self, property, number) for number in range(len(self.names)))


def _flag(table: CutTable, property: str, number: int) -> CutFlag:
    assay = table.assay
    if property != "yield" and np.isnan(table.properties[property][number]):
        return "not known"
    start, end = table.start_c[number], table.end_c[number]
    used = [
        assay.flag(property, name).quality
        for name, low, high in zip(assay.cut_names, assay.edges_c[:-1], assay.edges_c[1:], strict=True)
        if low < end and high > start
    ]
    worst = max(used, key=QUALITIES.index, default=assay.provenance.quality)
    if QUALITIES.index(worst) >= QUALITIES.index("correlated"):
        return worst
    curve = assay.curve
    last = float(curve.temperature_c[-1])
    if curve.heavy_end and any(curve.known_to_c + 1e-9 < edge < last for edge in (start, end)):
        return "extrapolated"
    if property != "yield" and table.known_share[property][number] < 1.0 - 1e-9:
        return "partial"
    if not (np.isin(start, assay.edges_c) and np.isin(end, assay.edges_c)):
        return "interpolated"
    return worst if len(used) == 1 else "derived"


def cut(assay: Assay, cut_points_c: npt.ArrayLike, *, light_ends: bool = False) -> CutTable:
    """Cut one crude.

    Parameters
    ----------
    assay : Assay
    cut_points_c : array_like, shape (k - 1,)
        Cut points [C], strictly increasing. The first cut starts at the initial, the last ends at the final
        boiling point. An empty list gives the whole crude as one cut.
    light_ends : bool
        Give C1-C4 (below 15.6 C) as a first cut of their own.

    Raises
    ------
    DataError
        If the cut points are not numbers or do not increase.
    """
    return cut_many((assay,), cut_points_c, light_ends=light_ends)[0]


def cut_many(
    assays: Sequence[Assay], cut_points_c: npt.ArrayLike, *, light_ends: bool = False
) -> tuple[CutTable, ...]:
    """Cut many crudes at the same points in one pass of array operations; arguments as in :func:`cut`."""
    points = _checked_points(cut_points_c)
    if light_ends:
        points = np.unique(np.append(points, LIGHT_ENDS_C))
    if not assays:
        return ()
    batch = prepare(tuple(assays))
    edges_c, weight, volume = batch.locate(points)
    yields_wt, yields_vol = np.diff(weight, axis=-1), np.diff(volume, axis=-1)
    values, shares = batch.properties(weight, volume)
    names = _names(points, light_ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = batch.density[:, None] * yields_wt / yields_vol
    tables = []
    for row, assay in enumerate(assays):
        mine = [(column, name) for column, name in enumerate(batch.names) if name in assay.properties]
        share = {name: shares[row, column] for column, name in mine}
        found = {name: values[row, column] for column, name in mine}
        full = np.where(yields_wt[row] > 0.0, 1.0, 0.0)
        properties = {DENSITY: density[row], **found}
        known_share = {DENSITY: full, **share}
        table = CutTable(
            assay, names, edges_c[row, :-1], edges_c[row, 1:], yields_wt[row], yields_vol[row], properties,
            known_share
        )  # fmt: skip
        tables.append(table)
    return tuple(tables)


def _checked_points(cut_points_c: npt.ArrayLike) -> FloatArray:
    try:
        points = np.atleast_1d(np.asarray(cut_points_c, dtype=np.float64))
    except (TypeError, ValueError):
        raise DataError(
            Finding("cut points", "are not numbers.", "Give temperatures in C, for example 180, 240, 340.")
        ) from None
    if points.ndim != 1 or not np.isfinite(points).all():
        raise DataError(Finding("cut points", "must be a list of finite temperatures [C]."))
    falls = np.flatnonzero(np.diff(points) <= 0.0)
    if falls.size:
        first, second = points[falls[0]], points[falls[0] + 1]
        raise DataError(Finding("cut points", f"{second:g} follows {first:g}.", "Give them in rising order."))
    return points


def _names(points: FloatArray, light_ends: bool) -> tuple[str, ...]:
    ends = ["IBP", *(f"{point:g}" for point in points), "FBP"]
    names = [f"{low}-{high}" for low, high in pairwise(ends)]
    if light_ends and points.size and points[0] == LIGHT_ENDS_C:
        names[0] = "C1-C4"
    return tuple(names)
