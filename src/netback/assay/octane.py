"""Octane blending that needs more than one property of each component: the Ethyl RT-70 equations.

Linear blending and the index of Riazi are rules of :mod:`netback.assay.blending`. RT-70 is not separable,
because the blend's octane depends on sensitivity, olefins and aromatics together; it is linear again for a
given base blend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, array, between, choose
from netback.assay.blending import fractions

RT70Set = Literal["maples_75", "maples_135", "parkash"]

#: Coefficients of sensitivity, olefins and aromatics, for RON and for MON.
_COEFFICIENTS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "maples_75": ((0.03224, 0.00101, 0.0), (0.04450, 0.00081, -0.00645)),
    "maples_135": ((0.03324, 0.00085, 0.0), (0.04285, 0.00066, -0.00632)),
    "parkash": ((0.04307, 0.00061, -0.00046), (0.04450, 0.00081, -0.00645)),
}


@dataclass(frozen=True, slots=True)
class Octanes:
    """Research and motor octane number of blends, each of shape (...)."""

    ron: FloatArray
    mon: FloatArray

    @property
    def antiknock_index(self) -> FloatArray:
        """(RON + MON) / 2, what a North American pump shows."""
        return np.asarray(0.5 * (self.ron + self.mon))

    @property
    def sensitivity(self) -> FloatArray:
        """RON - MON."""
        return np.asarray(self.ron - self.mon)


def octane_ethyl_rt70(
    ron: npt.ArrayLike,
    mon: npt.ArrayLike,
    olefins_vol_pct: npt.ArrayLike,
    aromatics_vol_pct: npt.ArrayLike,
    volumes: npt.ArrayLike,
    coefficients: RT70Set = "maples_75",
) -> Octanes:
    """Octane numbers of a blend by the Ethyl RT-70 equations.

    R = <R> + a1 (<RJ> - <R><J>) + a2 (<O^2> - <O>^2) + a3 ((<A^2> - <A>^2)/100)^2 and M likewise with b and
    <MJ> - <M><J>; <x> is the volume average, J = R - M the sensitivity, O and A olefins and aromatics
    [vol%]. Blending equal components, or one component, changes nothing.

    Parameters
    ----------
    ron, mon, olefins_vol_pct, aromatics_vol_pct, volumes : array_like, shape (..., n)
        Properties and volumes of the n components along the last axis.
    coefficients : {"maples_75", "maples_135", "parkash"}
        ``maples_75`` (default) was fitted to 75 blends, ``maples_135`` to 135. Parkash prints another RON
        row, with the 75-blend MON row. The books do not agree and no printed worked example was found that
        would decide.

    Raises
    ------
    DataError
        If a content lies outside 0 to 100 vol%, or the volumes are not amounts.

    References
    ----------
    W. C. Healy, C. W. Maassen and R. T. Peterson, Ethyl Corporation report RT-70 (1959); R. E. Maples,
    Petroleum Refinery Process Economics (2000); S. Parkash, Refining Processes Handbook (2003).
    """
    research_set, motor_set = choose("coefficients", coefficients, _COEFFICIENTS)
    weights = fractions(volumes)
    research, motor = array("ron", ron), array("mon", mon)
    olefins = between("olefins_vol_pct", olefins_vol_pct, 0.0, 100.0, "vol%")
    aromatics = between("aromatics_vol_pct", aromatics_vol_pct, 0.0, 100.0, "vol%")
    sensitivity = research - motor
    spread = np.array(_spread(weights, olefins)), np.array((_spread(weights, aromatics) / 100.0) ** 2)

    def blended(octane: FloatArray, row: tuple[float, float, float]) -> FloatArray:
        covariance = _mean(weights, octane * sensitivity) - _mean(weights, octane) * _mean(
            weights, sensitivity
        )
        return _mean(weights, octane) + row[0] * covariance + row[1] * spread[0] + row[2] * spread[1]

    return Octanes(blended(research, research_set), blended(motor, motor_set))


def _mean(weights: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(np.sum(weights * values, axis=-1))


def _spread(weights: FloatArray, values: FloatArray) -> FloatArray:
    return _mean(weights, values**2) - _mean(weights, values) ** 2
