"""Boiling point at other pressures, and vapour pressure, by Maxwell and Bonnell (API procedure 5A1.19).

Q = (6.761560 - 0.987672 log10 P) / (3000.538 - 43.00 log10 P)   P < 2 mmHg
Q = (5.994296 - 0.972546 log10 P) / (2663.129 - 95.76 log10 P)   2 to 760 mmHg
Q = (6.412631 - 0.989679 log10 P) / (2770.085 - 36.00 log10 P)   above
Tb' = 748.1 Q T / (1 + T (0.3861 Q - 0.00051606))
Tb = Tb' + 1.3889 F (K - 12) log10(P/760)

T [K] boils at P [mmHg], Tb [K] is the normal boiling point, K the Watson factor. F is 0 up to 367 K, 1 from
478 K, linear in Tb between. A public program drops the factor (K - 12) above 478 K; here it stays.

References: J. B. Maxwell and L. S. Bonnell, Industrial and Engineering Chemistry 49 (1957) 1187; API
Technical Data Book 5A1.19; Riazi, ASTM MNL50 (2005), equation 3.29.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, positive, valid_within
from netback.assay.gravity import ZERO_C_K, kelvin

_LOW_K, _HIGH_K = 367.0, 478.0
_RAMP_K = _HIGH_K - _LOW_K


@valid_within(Range("pressure_mmhg", 0.001, 7600.0, "mmHg"))
def normal_boiling_point(
    temperature_c: npt.ArrayLike, pressure_mmhg: npt.ArrayLike, watson_k: npt.ArrayLike = 12.0
) -> FloatArray:
    """Return the normal boiling point [C] of what boils at a temperature [C] and pressure [mmHg].

    ``watson_k`` 12 leaves the correction out. At 760 mmHg the answer is the temperature itself within 0.1 C.

    Raises
    ------
    DataError
        If a temperature is below absolute zero or a pressure or K is not above zero.
    """
    absolute, pressure = kelvin(temperature_c), positive("pressure_mmhg", pressure_mmhg, "mmHg")
    q = _q(np.log10(pressure))
    uncorrected = 748.1 * q * absolute / (1.0 + absolute * (0.3861 * q - 0.00051606))
    shift = _shift(pressure, positive("watson_k", watson_k))
    ramp = (uncorrected - _LOW_K * shift / _RAMP_K) / (1.0 - shift / _RAMP_K)
    corrected = np.where(uncorrected + shift >= _HIGH_K, uncorrected + shift, ramp)
    return np.asarray(np.where(uncorrected <= _LOW_K, uncorrected, corrected) - ZERO_C_K)


@valid_within(Range("pressure_mmhg", 0.001, 7600.0, "mmHg"))
def boiling_point_at_pressure(
    normal_boiling_point_c: npt.ArrayLike, pressure_mmhg: npt.ArrayLike, watson_k: npt.ArrayLike = 12.0
) -> FloatArray:
    """Temperature [C] at which a fraction boils under a pressure [mmHg].

    The exact inverse of :func:`normal_boiling_point`.

    Raises
    ------
    DataError
        If a temperature is below absolute zero or a pressure or K is not above zero.
    """
    normal = kelvin(normal_boiling_point_c, "normal_boiling_point_c")
    pressure = positive("pressure_mmhg", pressure_mmhg, "mmHg")
    uncorrected = normal - np.interp(normal, [_LOW_K, _HIGH_K], [0.0, 1.0]) * _shift(
        pressure, positive("watson_k", watson_k)
    )
    q = _q(np.log10(pressure))
    return uncorrected / (748.1 * q - uncorrected * (0.3861 * q - 0.00051606)) - ZERO_C_K


def vapour_pressure(
    temperature_c: npt.ArrayLike, normal_boiling_point_c: npt.ArrayLike, watson_k: npt.ArrayLike = 12.0
) -> FloatArray:
    """Vapour pressure [mmHg] at a temperature [C] of a fraction with a normal boiling point [C].

    Solves :func:`boiling_point_at_pressure` for the pressure by bisection of its logarithm between 1e-6 and
    1e5 mmHg; NaN where the pressure lies outside.

    Raises
    ------
    DataError
        If a temperature is below absolute zero or K is not above zero.
    """
    wanted = kelvin(temperature_c) - ZERO_C_K
    shape = np.broadcast_shapes(wanted.shape, np.shape(normal_boiling_point_c), np.shape(watson_k))
    low, high = np.full(shape, -6.0), np.full(shape, 5.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        cold = boiling_point_at_pressure(normal_boiling_point_c, 10.0**middle, watson_k) < wanted
        low, high = np.where(cold, middle, low), np.where(cold, high, middle)
    inside = (low > -6.0) & (high < 5.0)
    return np.asarray(np.where(inside, 10.0 ** (0.5 * (low + high)), np.nan))


def _q(logarithm: FloatArray) -> FloatArray:
    low = (6.76156 - 0.987672 * logarithm) / (3000.538 - 43.0 * logarithm)
    middle = (5.994296 - 0.972546 * logarithm) / (2663.129 - 95.76 * logarithm)
    high = (6.412631 - 0.989679 * logarithm) / (2770.085 - 36.0 * logarithm)
    return np.where(logarithm < np.log10(2.0), low, np.where(logarithm <= np.log10(760.0), middle, high))


def _shift(pressure: FloatArray, watson_k: FloatArray) -> FloatArray:
    return 1.3889 * (watson_k - 12.0) * np.log10(pressure / 760.0)
