"""From the numbers a source prints to an :class:`~netback.assay.assay.Assay` that closes.

Mass and volume are tied by density, so one of the three is redundant. The order of trust: yields by weight
and cut densities; yields by volume and cut densities; yields by weight and by volume with the whole-crude
density. Yields are then scaled to add up to exactly 100; what the source printed is kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from netback.assay.arrays import BoolArray, FloatArray
from netback.assay.assay import DENSITY, Assay, Curve, Flag, Printed, Provenance
from netback.assay.extrapolation import HeavyEnd, extrapolate
from netback.assay.profiles import reconstruct
from netback.errors import DataError, Finding

#: Lowest initial boiling point [C] that is made up when the source gives none: propane.
LOWEST_START_C: Final = -42.1
#: Whole-crude points may differ from the cut yields by this much [%] before it is remarked.
_POINT_TOLERANCE_PCT: Final = 0.5
#: Points further apart [C] than this around a cut boundary do not say what the curve is there.
_POINT_GAP_C: Final = 30.0


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a boiling curve: temperatures [C] and cumulative yields [%]; NaN where a basis is not given.

    ``from_cuts`` says that they were measured on the cuts themselves, so that they cannot contradict the cut
    yields; points of the whole crude can, and are then shifted to agree with them.
    """

    temperature_c: FloatArray
    cumulative_wt_pct: FloatArray
    cumulative_vol_pct: FloatArray
    from_cuts: bool = False

    @staticmethod
    def none() -> Points:
        """No points at all."""
        return Points(np.empty(0), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Draft:
    """What a source gives, cut by cut; NaN where it gives nothing.

    ``start_c`` of the first and ``end_c`` of the last cut may be NaN: initial and final boiling point
    unknown.
    """

    name: str
    title: str
    cut_names: Sequence[str]
    start_c: FloatArray
    end_c: FloatArray
    yield_wt_pct: FloatArray
    yield_vol_pct: FloatArray
    density_t_per_m3: FloatArray
    properties: Mapping[str, FloatArray]
    whole: Mapping[str, float]
    provenance: Provenance
    points: Points = field(default_factory=Points.none)
    light_ends_wt_pct: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[tuple[str, str], Flag] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def assemble(draft: Draft, heavy_end: HeavyEnd = "probability") -> Assay:
    """Make the yields close, tie mass to volume and draw the boiling curve.

    Parameters
    ----------
    draft : Draft
        Cuts from light to heavy, each starting where the one before ends.
    heavy_end : {"probability", "riazi", "linear"}
        How the curve goes on where the source stops.

    Raises
    ------
    DataError
        If mass and volume cannot be tied, no cut has a yield, or too few boiling points are known.
    """
    used = _used_cuts(draft)
    density = _densities(draft)[used]
    mass, volume = _amounts(draft, used, density)
    whole_density = mass.sum() / volume.sum()
    weights, volumes = 100.0 * mass / mass.sum(), 100.0 * volume / volume.sum()
    edges_wt, edges_vol = _edges(weights), _edges(volumes)
    properties = {name: np.array(values[used]) for name, values in draft.properties.items()}
    properties = {name: values for name, values in properties.items() if not np.isnan(values).all()}
    properties = {DENSITY: whole_density * weights / volumes, **properties}
    properties, flags = _balance_zeros(draft, properties, weights, used)
    edges_c = np.append(draft.start_c[used], draft.end_c[used][-1])
    curve, remarks = _curve(draft, edges_c, edges_wt, edges_vol, heavy_end)
    edges_c[0], edges_c[-1] = curve.temperature_c[0], curve.temperature_c[-1]
    return Assay(
        name=draft.name,
        title=draft.title,
        curve=curve,
        cut_names=tuple(name for name, keep in zip(draft.cut_names, used, strict=True) if keep),
        edges_c=edges_c,
        edges_wt_pct=edges_wt,
        edges_vol_pct=edges_vol,
        properties=properties,
        whole=draft.whole,
        provenance=draft.provenance,
        printed=Printed(draft.yield_wt_pct[used], draft.yield_vol_pct[used], draft.density_t_per_m3[used]),
        light_ends_wt_pct=draft.light_ends_wt_pct,
        flags={**draft.flags, **flags},
        remarks=(*draft.remarks, *remarks),
    )


def _edges(yields: FloatArray) -> FloatArray:
    edges = np.append(0.0, np.cumsum(yields))
    edges[-1] = 100.0
    return edges


def _used_cuts(draft: Draft) -> BoolArray:
    """Cuts with a yield; empty ones carry nothing and would divide by zero."""
    some = np.where(np.isnan(draft.yield_wt_pct), draft.yield_vol_pct, draft.yield_wt_pct)
    used = some > 0.0
    if not used.any():
        raise DataError(Finding(f"assay {draft.name}", "no cut has a yield.", "Give yields in wt% or vol%."))
    return used


def _densities(draft: Draft) -> FloatArray:
    """Density per cut; where not listed, from both yields and the whole-crude density."""
    whole = draft.whole.get(DENSITY, float("nan"))
    with np.errstate(divide="ignore", invalid="ignore"):
        from_yields = draft.yield_wt_pct / draft.yield_vol_pct * whole
    return np.where(np.isnan(draft.density_t_per_m3), from_yields, draft.density_t_per_m3)


def _amounts(draft: Draft, used: BoolArray, density: FloatArray) -> tuple[FloatArray, FloatArray]:
    weight, volume = draft.yield_wt_pct[used], draft.yield_vol_pct[used]
    if not (density > 0.0).all():
        names = [n for n, keep in zip(draft.cut_names, used, strict=True) if keep]
        missing = ", ".join(n for n, known in zip(names, density > 0.0, strict=True) if not known)
        what = f"density of cut {missing} is not known, so mass and volume cannot be tied."
        hint = "Give the cut's density, or both its yields and the whole-crude density."
        raise DataError(Finding(f"assay {draft.name}", what, hint))
    if not np.isnan(weight).any():
        return weight, weight / density
    if not np.isnan(volume).any():
        return volume * density, volume
    raise DataError(
        Finding(f"assay {draft.name}", "yields are given partly by weight and partly by volume.", "Fill one.")
    )


#: Properties of the heavy end, which sources leave blank in distillates that hold none.
_IN_HEAVY_ENDS: Final = ("mcr_wt_pct", "ccr_wt_pct", "asphaltenes_wt_pct", "nickel_ppm", "vanadium_ppm")
_BALANCE_TOLERANCE: Final = 0.005


def _balance_zeros(
    draft: Draft, properties: dict[str, FloatArray], weights: FloatArray, used: BoolArray
) -> tuple[dict[str, FloatArray], dict[tuple[str, str], Flag]]:
    """Derive zeros by balance: sources leave cuts blank that hold no metals or carbon residue.

    Only where the cuts that are given account for the listed whole-crude content within 0.5 %; then nothing
    is left for the blank ones. Otherwise blank stays unknown.
    """
    names = [n for n, keep in zip(draft.cut_names, used, strict=True) if keep]
    flags: dict[tuple[str, str], Flag] = {}
    for name in _IN_HEAVY_ENDS:
        whole, values = draft.whole.get(name, float("nan")), properties.get(name)
        if values is None or not np.isnan(values).any() or not whole > 0.0:
            continue
        if abs(np.nansum(values * weights) / 100.0 / whole - 1.0) > _BALANCE_TOLERANCE:
            continue
        blank = np.isnan(values)
        properties[name] = np.where(blank, 0.0, values)
        method = "zero by balance: the listed cuts hold all of the whole crude's"
        flags.update({(name, names[i]): Flag("derived", method) for i in np.flatnonzero(blank)})
    return properties, flags


def _curve(
    draft: Draft, edges_c: FloatArray, edges_wt: FloatArray, edges_vol: FloatArray, heavy_end: HeavyEnd
) -> tuple[Curve, tuple[str, ...]]:
    """Knots of the curve: cut boundaries first, then the points that lie between them."""
    inner = slice(1, -1)
    fixed_c, fixed_wt = edges_c[inner], edges_wt[inner]
    points_c, points_wt, remarks = _points_by_weight(draft, edges_c, edges_wt, edges_vol)
    temperature, weight = _merge(fixed_c, fixed_wt, points_c, points_wt)
    start, light_end = _start(edges_c[0], points_c, points_wt, temperature, weight)
    keep = temperature > start
    temperature, weight = np.append(start, temperature[keep]), np.append(0.0, weight[keep])
    end_c, known_to = edges_c[-1], temperature[-1]
    method = ""
    if end_c > known_to:
        temperature, weight, known_to = np.append(temperature, end_c), np.append(weight, 100.0), end_c
    elif weight[-1] < 100.0:
        tail_c, tail = extrapolate(temperature, weight, heavy_end)
        temperature, weight, method = np.append(temperature, tail_c), np.append(weight, tail), heavy_end
        known_to = max(fixed_c[-1] if fixed_c.size else points_c[-1], draft_known(draft))
    volume = np.maximum.accumulate(convert(weight, edges_wt, edges_vol))
    return Curve(temperature, weight, volume, float(known_to), method, light_end), remarks


def draft_known(draft: Draft) -> float:
    """Highest temperature [C] at which the source gives a cumulative yield, or minus infinity."""
    given = ~np.isnan(draft.points.cumulative_wt_pct) | ~np.isnan(draft.points.cumulative_vol_pct)
    return float(draft.points.temperature_c[given].max()) if given.any() else float("-inf")


def convert(amount: FloatArray, from_edges: FloatArray, to_edges: FloatArray) -> FloatArray:
    """Cumulative yield on the other basis, by the density profile that keeps every cut's own density.

    ``amount`` (n,) and ``from_edges`` (m + 1,) are on one basis, ``to_edges`` (m + 1,) on the other.
    """
    widths = np.diff(from_edges)
    profile = reconstruct(widths, np.diff(to_edges) / widths, np.array(True))
    cell = np.clip(np.searchsorted(from_edges, amount, side="right") - 1, 0, len(widths) - 1)
    position = np.clip((amount - from_edges[cell]) / widths[cell], 0.0, 1.0)
    result, _ = profile.integrate(cell, position)
    at_edge = amount == from_edges[cell]
    return np.where(at_edge, to_edges[cell], np.where(amount >= from_edges[-1], to_edges[-1], result))


def _points_by_weight(
    draft: Draft, edges_c: FloatArray, edges_wt: FloatArray, edges_vol: FloatArray
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    """Points as cumulative wt%, shifted so that they agree with the cut yields at the cut boundaries."""
    given = draft.points
    if given.temperature_c.size == 0:
        return np.empty(0), np.empty(0), ()
    by_volume = convert(np.clip(np.nan_to_num(given.cumulative_vol_pct), 0.0, 100.0), edges_vol, edges_wt)
    weight = np.where(np.isnan(given.cumulative_wt_pct), by_volume, given.cumulative_wt_pct)
    order = np.argsort(given.temperature_c, kind="stable")
    temperature, weight = given.temperature_c[order], weight[order]
    if given.from_cuts or temperature.size < 2:
        return temperature, weight, ()
    fixed_c, fixed_wt = edges_c[1:-1], edges_wt[1:-1]
    inside = (fixed_c >= temperature[0]) & (fixed_c <= temperature[-1])
    after = np.clip(np.searchsorted(temperature, fixed_c), 1, len(temperature) - 1)
    inside &= temperature[after] - temperature[after - 1] <= _POINT_GAP_C
    if not inside.any():
        return temperature, weight, ()
    miss = fixed_wt[inside] - np.interp(fixed_c[inside], temperature, weight)
    ends = np.concatenate([[temperature[0] - 1.0], fixed_c[inside], [temperature[-1] + 1.0]])
    shift = np.interp(temperature, ends, np.concatenate([[0.0], miss, [0.0]]))
    worst = float(np.abs(miss).max())
    text = f"boiling curve and cut yields differ by up to {worst:.2f} wt%; the cut yields were kept"
    return temperature, weight + shift, ((text,) if worst > _POINT_TOLERANCE_PCT else ())


def _merge(
    fixed_c: FloatArray, fixed_wt: FloatArray, points_c: FloatArray, points_wt: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Put points between the fixed boundaries, dropping those that would make the curve fall."""
    bounds_c = np.concatenate([[-np.inf], fixed_c, [np.inf]])
    bounds_wt = np.concatenate([[0.0], fixed_wt, [100.0]])
    cell = np.searchsorted(bounds_c, points_c, side="right") - 1
    clear = points_c - bounds_c[cell] > 0.05
    clear &= bounds_c[np.minimum(cell + 1, len(bounds_c) - 1)] - points_c > 0.05
    clear &= (points_wt > bounds_wt[cell]) & (points_wt < bounds_wt[np.minimum(cell + 1, len(bounds_wt) - 1)])
    temperature = np.concatenate([fixed_c, points_c[clear]])
    weight = np.concatenate([fixed_wt, points_wt[clear]])
    order = np.argsort(temperature, kind="stable")
    temperature, weight = temperature[order], weight[order]
    fixed = np.isin(temperature, fixed_c)
    ceiling = np.minimum.accumulate(np.where(fixed, weight, np.inf)[::-1])[::-1]
    rising = np.maximum.accumulate(np.minimum(weight, ceiling))
    fresh = fixed | (np.append(True, np.diff(temperature) > 1e-9))
    return temperature[fresh], rising[fresh]


def _start(
    listed_c: float, points_c: FloatArray, points_wt: FloatArray, temperature: FloatArray, weight: FloatArray
) -> tuple[float, str]:
    """Find the initial boiling point [C]: listed, or the line through the first two knots."""
    first = float(temperature[0]) if temperature.size else np.inf
    if listed_c < first:
        return float(listed_c), ""
    at_zero = points_c[points_wt <= 0.0]
    if at_zero.size and at_zero[-1] < first:
        return float(at_zero[-1]), ""
    if temperature.size < 2 or weight[1] <= weight[0]:
        return min(first - 1.0, LOWEST_START_C), "assumed: the boiling point of propane"
    line = first - weight[0] * (temperature[1] - first) / (weight[1] - weight[0])
    if line <= LOWEST_START_C:
        return min(first - 1.0, LOWEST_START_C), "assumed: the boiling point of propane"
    return float(min(line, first - 1.0)), "extrapolated: straight line through the first two points"
