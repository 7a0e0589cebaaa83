"""Distillation curve of one cut, from the boiling curve of its crude."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray
from netback.assay.assay import Assay


def tbp_of_cut(assay: Assay, start_c: float, end_c: float, volume_pct: npt.ArrayLike) -> FloatArray:
    """True boiling temperatures [C] of the cut of a crude between two temperatures.

    Parameters
    ----------
    assay : Assay
    start_c, end_c : float
        Ends of the cut [C].
    volume_pct : array_like, shape (n,)
        Cumulative volume of the cut [%].

    Returns
    -------
    ndarray, shape (n,)
        NaN if the cut is empty.
    """
    curve = assay.curve
    rising = np.append(True, np.diff(curve.cumulative_vol_pct) > 0.0)
    temperature, volume = curve.temperature_c[rising], curve.cumulative_vol_pct[rising]
    low, high = np.interp([start_c, end_c], curve.temperature_c, curve.cumulative_vol_pct)
    wanted = np.asarray(volume_pct, dtype=np.float64)
    if high <= low:
        return np.full(wanted.shape, np.nan)
    found = np.interp(low + (high - low) * wanted / 100.0, volume, temperature)
    return np.asarray(np.clip(found, start_c, end_c))
