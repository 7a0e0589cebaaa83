"""Coarse assays: a boiling curve and a whole-crude density, and nothing by cut.

Mass and volume are tied by the oldest rule there is: Watson K = T^(1/3) / specific gravity is the same for
all cuts of one crude, so specific gravity rises with the cube root of the boiling point. Densities found
this way are flagged ``correlated``.

Reference: K. M. Watson and E. F. Nelson, Ind. Eng. Chem. 25 (1933) 880.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, Assay, ErrorBand, Flag, Provenance
from netback.assay.assembly import Draft, Points, assemble
from netback.assay.extrapolation import HeavyEnd, extrapolate
from netback.errors import DataError, Finding

METHOD: Final = "constant Watson K, scaled to the whole-crude density"
#: Measured on the 58 ADIOS ExxonMobil assays, light naphtha to residue.
BAND: Final = ErrorBand(0.0187, 0.0560, "t/m3", "348 cuts of 58 ADIOS ExxonMobil assays")
_ZERO_C_K: Final = 273.15


def densities_constant_watson_k(
    boiling_point_c: FloatArray, yields_pct: FloatArray, whole_density: float, *, by_weight: bool
) -> FloatArray:
    """Density of each cut [t/m3] so that all have one Watson K and together the whole-crude density.

    Parameters
    ----------
    boiling_point_c : ndarray, shape (m,)
        Mid-boiling point of each cut [C].
    yields_pct : ndarray, shape (m,)
        Yields [%] by weight or by volume.
    whole_density : float
        Density of the crude [t/m3].
    by_weight : bool
        What the yields are.
    """
    shape = np.cbrt(boiling_point_c + _ZERO_C_K)
    share = yields_pct / yields_pct.sum()
    mean = 1.0 / float(share @ (1.0 / shape)) if by_weight else float(share @ shape)
    return np.asarray(shape * whole_density / mean)


def from_curve(
    name: str,
    title: str,
    points: Points,
    whole: Mapping[str, float],
    provenance: Provenance,
    heavy_end: HeavyEnd = "probability",
) -> Assay:
    """Make an assay of a boiling curve alone: one cut between each two points.

    Raises
    ------
    DataError
        If the whole-crude density or three points with a yield are missing, or points mix weight and volume.
    """
    where = f"assay {name}"
    density = whole.get(DENSITY, float("nan"))
    if not density > 0.0:
        raise DataError(Finding(where, "the whole-crude density is not known.", f"Give {DENSITY}."))
    by_weight = not np.isnan(points.cumulative_wt_pct).any()
    amount = points.cumulative_wt_pct if by_weight else points.cumulative_vol_pct
    if np.isnan(amount).any():
        raise DataError(Finding(where, "points are partly by weight and partly by volume.", "Use one basis."))
    order = np.lexsort((amount, points.temperature_c))
    temperature, amount = points.temperature_c[order], amount[order]
    fresh = (amount > 0.0) & (np.diff(amount, prepend=-1.0) > 0.0)
    temperature, amount = temperature[fresh], amount[fresh]
    if len(temperature) < 3:
        raise DataError(Finding(where, "fewer than three points with a yield.", "Give more points."))
    edges = np.append(0.0, amount)
    ends = np.append(np.nan, temperature)
    if amount[-1] < 100.0:
        edges, ends = np.append(edges, 100.0), np.append(ends, np.nan)
    middle = _middles(temperature, amount, heavy_end)
    yields, blank = np.diff(edges), np.full(len(edges) - 1, np.nan)
    found = densities_constant_watson_k(middle, yields, density, by_weight=by_weight)
    labels = ["IBP", *(f"{t:g}" for t in temperature)] + (["FBP"] if amount[-1] < 100.0 else [])
    draft = Draft(
        name=name,
        title=title,
        cut_names=[f"{low}-{high}" for low, high in pairwise(labels)],
        start_c=ends[:-1],
        end_c=ends[1:],
        yield_wt_pct=yields if by_weight else blank,
        yield_vol_pct=blank if by_weight else yields,
        density_t_per_m3=found,
        properties={},
        whole=whole,
        provenance=provenance,
        points=points,
        flags={(DENSITY, "*"): Flag("correlated", METHOD, BAND)},
    )
    return assemble(draft, heavy_end)


def _middles(temperature: FloatArray, amount: FloatArray, heavy_end: HeavyEnd) -> FloatArray:
    """Mid-boiling point of each cut [C]; the first by the line through two points, the last extrapolated."""
    slope = (temperature[1] - temperature[0]) / (amount[1] - amount[0])
    first = max(temperature[0] - 0.5 * slope * amount[0], -42.1)
    middle = np.append(first, 0.5 * (temperature[1:] + temperature[:-1]))
    if amount[-1] >= 100.0:
        return middle
    tail_c, tail = extrapolate(temperature, amount, heavy_end)
    half = np.interp(
        0.5 * (amount[-1] + 100.0), np.append(amount[-1], tail), np.append(temperature[-1], tail_c)
    )
    return np.append(middle, half)
