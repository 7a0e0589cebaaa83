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

from netback.assay.arrays import BoolArray, FloatArray
from netback.assay.assay import DENSITY, QUALITIES, Assay
from netback.assay.blending import BlendRule, default_rule
from netback.assay.interpolation import Pchip
from netback.assay.profiles import IntArray, Profile, reconstruct
from netback.errors import DataError, Finding

#: Least share of a cut in which a property must be known.
KNOWN_SHARE: Final = 0.9
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
    batch = _Batch(assays)
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


class _Batch:
    """Curves, profiles and properties of several assays as arrays padded to the longest.

    Leading axis: assay. Padded cells have no width and no value, so they add nothing.
    """

    def __init__(self, assays: Sequence[Assay]) -> None:
        self.temperature = _padded([a.curve.temperature_c for a in assays], np.nan)
        self.curve = Pchip(
            self.temperature, _padded([a.curve.cumulative_wt_pct for a in assays], np.nan), "hold"
        )
        self.edges_c = _padded([a.edges_c for a in assays], np.inf)
        self.edges_wt = _padded([a.edges_wt_pct for a in assays], 100.0)
        self.edges_vol = _padded([a.edges_vol_pct for a in assays], 100.0)
        self.knots_wt = _padded([a.curve.cumulative_wt_pct for a in assays], 100.0)
        self.knots_vol = _padded([a.curve.cumulative_vol_pct for a in assays], 100.0)
        self.first = np.array([a.curve.temperature_c[0] for a in assays])[:, None]
        self.last = np.array([a.curve.temperature_c[-1] for a in assays])[:, None]
        self.density = np.array([a.density_t_per_m3 for a in assays])
        self.names = tuple(dict.fromkeys(n for a in assays for n in a.properties if n != DENSITY))
        self.rules = tuple(default_rule(name) for name in self.names)
        self.index = self._indices(assays)

    def _indices(self, assays: Sequence[Assay]) -> FloatArray:
        """Property indices per cell, shape (assays, properties, cells)."""
        cells = self.edges_c.shape[-1] - 1
        values = np.full((len(assays), len(self.names), cells), np.nan)
        for row, assay in enumerate(assays):
            for column, name in enumerate(self.names):
                found = assay.properties.get(name)
                if found is not None:
                    values[row, column, : len(found)] = found
        for column, rule in enumerate(self.rules):
            if not rule.is_linear:
                values[:, column] = rule.to_index(values[:, column])
        return values

    def locate(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Edges [C] and cumulative wt% and vol% at the ends of the new cuts, each (assays, k + 1)."""
        inner = np.clip(points[None, :], self.first, self.last)
        edges_c = np.concatenate([self.first, inner, self.last], axis=-1)
        weight = np.maximum.accumulate(np.clip(self.curve(edges_c), 0.0, 100.0), axis=-1)
        weight[:, 0], weight[:, -1] = 0.0, 100.0
        return edges_c, weight, self._volume(weight)

    def _volume(self, weight: FloatArray) -> FloatArray:
        widths = np.diff(self.knots_wt, axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            specific = np.diff(self.knots_vol, axis=-1) / widths
        profile = reconstruct(widths, specific, np.array(True))
        cell, position = _place(self.knots_wt, weight, widths)
        volume, _ = profile.integrate(cell, position)
        exact = np.take_along_axis(self.knots_vol, cell, axis=-1)
        volume = np.where(position <= 0.0, exact, volume)
        volume[:, 0], volume[:, -1] = 0.0, 100.0
        return np.asarray(np.maximum.accumulate(np.clip(volume, 0.0, 100.0), axis=-1))

    def properties(self, weight: FloatArray, volume: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and known shares of all properties but density, each (assays, properties, k)."""
        shape = (len(weight), len(self.names), weight.shape[-1] - 1)
        values, shares = np.full(shape, np.nan), np.zeros(shape)
        floors = np.array([_not_negative(rule) for rule in self.rules], dtype=np.bool_)
        for basis, edges, amount in (
            ("mass", self.edges_wt, weight),
            ("volume", self.edges_vol, volume),
        ):
            chosen = np.flatnonzero([rule.basis == basis for rule in self.rules])
            if chosen.size:
                found = _differences(edges, amount, self.index[:, chosen], floors[chosen])
                values[:, chosen], shares[:, chosen] = found
        for column, rule in enumerate(self.rules):
            if not rule.is_linear:
                values[:, column] = rule.from_index(values[:, column])
        return values, shares


def _differences(
    edges: FloatArray, amount: FloatArray, index: FloatArray, floors: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Average index and known share between neighbouring amounts; (assays, properties, k) each."""
    widths = np.diff(edges, axis=-1)
    shape = (len(edges), index.shape[1], widths.shape[-1])
    profile: Profile = reconstruct(
        np.broadcast_to(widths[:, None], shape), index, np.broadcast_to(floors, shape[:2])
    )
    cell, position = _place(edges, amount, widths)
    total, known = profile.integrate(cell[:, None], position[:, None])
    wanted, covered = np.diff(amount, axis=-1)[:, None], np.diff(known, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.diff(total, axis=-1) / covered
        share = np.where(wanted > 0.0, np.minimum(covered / wanted, 1.0), 0.0)
    value = np.where(share >= KNOWN_SHARE, value, np.nan)
    whole = _own_cells(edges, amount)
    own = np.take_along_axis(index, np.broadcast_to(whole[:, None], (*shape[:2], whole.shape[-1])), axis=-1)
    return np.where((whole >= 0)[:, None] & ~np.isnan(value), own, value), share


def _own_cells(edges: FloatArray, amount: FloatArray) -> IntArray:
    """Cell that a new cut covers exactly, or -1; the cut then keeps the cell's value to the last bit."""
    starts = amount[:, :-1, None] == edges[:, None, :-1]
    ends = amount[:, 1:, None] == edges[:, None, 1:]
    match = starts & ends & (np.diff(edges, axis=-1) > 0.0)[:, None]
    return np.where(match.any(axis=-1), match.argmax(axis=-1), -1)


def _place(edges: FloatArray, amount: FloatArray, widths: FloatArray) -> tuple[IntArray, FloatArray]:
    """Cell that holds each amount and the position [0..1] in it."""
    batched = np.stack(
        [np.searchsorted(row, wanted, side="right") for row, wanted in zip(edges, amount, strict=True)]
    )
    filled = (widths > 0.0).cumsum(axis=-1).argmax(axis=-1)
    cell = np.clip(batched - 1, 0, filled[:, None])
    width = np.take_along_axis(widths, cell, axis=-1)
    start = np.take_along_axis(edges, cell, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        position = (amount - start) / width
    return cell, np.clip(np.where(width > 0.0, position, 0.0), 0.0, 1.0)


def _not_negative(rule: BlendRule) -> bool:
    """Whether the averaged quantity cannot fall below zero."""
    return rule.valid[0] >= 0.0 if rule.is_linear else rule.index_domain[0] >= 0.0


def _padded(rows: Sequence[FloatArray], fill: float) -> FloatArray:
    result = np.full((len(rows), max(len(row) for row in rows)), fill)
    for number, row in enumerate(rows):
        result[number, : len(row)] = row
    return result
