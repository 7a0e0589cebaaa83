"""Index functions of the blending rules: from a property to a number that averages linearly, and back.

Every pair is exact: ``from_index(to_index(x)) == x`` to rounding. Arguments are arrays; NaN gives NaN. These
functions do not check their domain; :mod:`netback.assay.blending` does.
"""

from __future__ import annotations

import numpy as np

from netback.assay.arrays import FloatArray

ZERO_C_K = 273.15
_FLASH_A, _FLASH_B, _FLASH_C = -6.1188, 4345.2, 383.0
_FREEZE_POWER, _FREEZE_SHIFT = 12.8852, 73.0883

#: Octane index of Riazi: lower end of each branch, and its coefficients in x = octane/100, lowest first.
_OCTANE_BRANCHES = (
    (0.0, (36.01, 38.33, -99.8, 341.3, -507.02, 268.64)),
    (76.0, (-299.5, 1272.0, -1552.9, 651.0)),
    (103.0, (2206.3, -4313.64, 2178.57)),
)


def same(value: FloatArray) -> FloatArray:
    """Return the value itself: the rule is linear in the property."""
    return value


def api_to_index(value: FloatArray) -> FloatArray:
    """Turn API gravity into specific gravity, which volume averages: 141.5 / (API + 131.5)."""
    return 141.5 / (value + 131.5)


def api_from_index(index: FloatArray) -> FloatArray:
    """Turn specific gravity back into API gravity."""
    return 141.5 / index - 131.5


def refutas_to_index(value: FloatArray) -> FloatArray:
    """VBN = 14.534 ln(ln(v + 0.8)) + 10.975, v in cSt."""
    return 14.534 * np.log(np.log(value + 0.8)) + 10.975


def refutas_from_index(index: FloatArray) -> FloatArray:
    """Viscosity exp(exp((VBN - 10.975) / 14.534)) - 0.8 [cSt]."""
    return np.exp(np.exp((index - 10.975) / 14.534)) - 0.8


def chevron_to_index(value: FloatArray) -> FloatArray:
    """VBI = log10 v / (3 + log10 v), v in cSt."""
    logarithm = np.log10(value)
    return logarithm / (3.0 + logarithm)


def chevron_from_index(index: FloatArray) -> FloatArray:
    """Viscosity 10^(3 VBI / (1 - VBI)) [cSt]."""
    return 10.0 ** (3.0 * index / (1.0 - index))


def walther_z(value: FloatArray) -> FloatArray:
    """Z = v + 0.7 + exp(-1.47 - 1.84 v - 0.51 v^2) of ASTM D341, v in cSt."""
    return value + 0.7 + np.exp(-1.47 - 1.84 * value - 0.51 * value * value)


def walther_z_inverse(z: FloatArray) -> FloatArray:
    """Viscosity [cSt] that has the given Z, to rounding.

    The closed form that ASTM D341 prints is good to 0.2 %; Newton's method finishes from there. Z rises
    with v everywhere (its slope is above 0.57), so there is one answer.
    """
    value = walther_z_approximate_inverse(z)
    for _ in range(6):
        tail = np.exp(-1.47 - 1.84 * value - 0.51 * value * value)
        value = value - (value + 0.7 + tail - z) / (1.0 - (1.84 + 1.02 * value) * tail)
    return value


def walther_z_approximate_inverse(z: FloatArray) -> FloatArray:
    """Viscosity y - exp(-0.7487 - 3.295 y + 0.6119 y^2 - 0.3193 y^3), y = Z - 0.7, as ASTM D341 prints it."""
    y = z - 0.7
    return y - np.exp(-0.7487 + y * (-3.295 + y * (0.6119 - 0.3193 * y)))


def walther_to_index(value: FloatArray) -> FloatArray:
    """W = ln ln Z(v), v in cSt."""
    return np.log(np.log(walther_z(value)))


def walther_from_index(index: FloatArray) -> FloatArray:
    """Viscosity [cSt] from W = ln ln Z."""
    return walther_z_inverse(np.exp(np.exp(index)))


def vapour_pressure_to_index(value: FloatArray) -> FloatArray:
    """RVP^1.25 in the uom of the argument."""
    return np.power(value, 1.25)


def vapour_pressure_from_index(index: FloatArray) -> FloatArray:
    """Index^(1/1.25)."""
    return np.power(index, 0.8)


def flash_wickey_to_index(value: FloatArray) -> FloatArray:
    """I = 10^(-6.1188 + 4345.2 / (F + 383)), F in degrees Fahrenheit; the argument is in C."""
    return 10.0 ** (_FLASH_A + _FLASH_B / (1.8 * value + 32.0 + _FLASH_C))


def flash_wickey_from_index(index: FloatArray) -> FloatArray:
    """Flash point [C] from the index."""
    return (_FLASH_B / (np.log10(index) - _FLASH_A) - _FLASH_C - 32.0) / 1.8


def _absolute_power(value: FloatArray, power: float) -> FloatArray:
    # Divided by 273.15 K so that an index is near 1: T^20 would wreck the scaling of a linear program,
    # and a constant factor leaves every blend unchanged.
    return np.power((value + ZERO_C_K) / ZERO_C_K, power)


def _absolute_root(index: FloatArray, power: float) -> FloatArray:
    return ZERO_C_K * np.power(index, 1.0 / power) - ZERO_C_K


def flash_hu_burns_to_index(value: FloatArray) -> FloatArray:
    """Return (T / 273.15 K)^(1 / -0.06) of a flash point in C."""
    return _absolute_power(value, -1.0 / 0.06)


def flash_hu_burns_from_index(index: FloatArray) -> FloatArray:
    """Flash point [C] from the index."""
    return _absolute_root(index, -1.0 / 0.06)


def pour_to_index(value: FloatArray) -> FloatArray:
    """Return (T / 273.15 K)^12.5 of a pour point in C."""
    return _absolute_power(value, 12.5)


def pour_from_index(index: FloatArray) -> FloatArray:
    """Pour point [C] from the index."""
    return _absolute_root(index, 12.5)


def cloud_to_index(value: FloatArray) -> FloatArray:
    """Return (T / 273.15 K)^20 of a cloud point in C."""
    return _absolute_power(value, 20.0)


def cloud_from_index(index: FloatArray) -> FloatArray:
    """Cloud point [C] from the index."""
    return _absolute_root(index, 20.0)


def cloud_exponential_to_index(value: FloatArray) -> FloatArray:
    """exp(0.035 F), F in degrees Fahrenheit; the argument is in C."""
    return np.exp(0.035 * (1.8 * value + 32.0))


def cloud_exponential_from_index(index: FloatArray) -> FloatArray:
    """Cloud point [C] from exp(0.035 F)."""
    return (np.log(index) / 0.035 - 32.0) / 1.8


def freeze_to_index(value: FloatArray) -> FloatArray:
    """exp(12.8852 ln(F + 460) - 73.0883), F in degrees Fahrenheit; the argument is in C."""
    return np.exp(_FREEZE_POWER * np.log(1.8 * value + 492.0) - _FREEZE_SHIFT)


def freeze_from_index(index: FloatArray) -> FloatArray:
    """Freezing point [C] from the index."""
    return (np.exp((np.log(index) + _FREEZE_SHIFT) / _FREEZE_POWER) - 492.0) / 1.8


def octane_to_index(value: FloatArray) -> FloatArray:
    """Octane index of Riazi: one polynomial in x = octane/100 for each of three ranges."""
    x = value / 100.0
    result = _polynomial(_OCTANE_BRANCHES[0][1], x)
    for low, coefficients in _OCTANE_BRANCHES[1:]:
        result = np.where(value > low, _polynomial(coefficients, x), result)
    return result


def octane_from_index(index: FloatArray) -> FloatArray:
    """Octane number from the index of Riazi, at most 130.

    The printed polynomials do not meet: at 76 the index falls from 56.28 to 56.04, at 103 from 74.56 to
    74.49. An index in such an overlap belongs to two octane numbers, less than 1 apart; the answer is the
    higher one.
    """
    result = _solve(_OCTANE_BRANCHES[0][1], index, 0.0, 0.76)
    for (low, coefficients), high in zip(_OCTANE_BRANCHES[1:], (103.0, 130.0), strict=True):
        starts = _polynomial(coefficients, np.full_like(index, low / 100.0))
        result = np.where(index > starts, _solve(coefficients, index, low / 100.0, high / 100.0), result)
    return 100.0 * result


def _polynomial(coefficients: tuple[float, ...], x: FloatArray) -> FloatArray:
    total = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def _solve(coefficients: tuple[float, ...], index: FloatArray, start: float, stop: float) -> FloatArray:
    """Find x in [start, stop] where the rising polynomial equals the index, by bisection."""
    low, high = np.full_like(index, start), np.full_like(index, stop)
    for _ in range(60):
        middle = 0.5 * (low + high)
        short = _polynomial(coefficients, middle) < index
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(np.isnan(index), np.nan, 0.5 * (low + high))
