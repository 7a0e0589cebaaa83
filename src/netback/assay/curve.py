"""Conversions between the boiling curves of the laboratory: ASTM D86, D2887, D1160 and true boiling point.

Every conversion works on the standard points of its method, in C, on one curve or on many (the last axis is
the curve). :func:`standard_points` takes a curve measured at other points to the standard ones. Each method
has its exact inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, above, array, choose
from netback.assay.gravity import celsius_from_fahrenheit, fahrenheit, kelvin
from netback.assay.interpolation import Pchip
from netback.errors import DataError, Finding

D86Method = Literal["api_3a1.1", "riazi_daubert", "riazi_daubert_mnl50"]
D2887Method = Literal["api_3a3.2", "riazi_daubert"]


@dataclass(frozen=True, slots=True)
class _Differences:
    """A method that converts the 50 % point by a power law and the steps to its neighbours by others [F]."""

    points: tuple[float, ...]
    middle: tuple[float, float]
    steps: tuple[tuple[float, float], ...]


_API_3A1 = _Differences(
    (0.0, 10.0, 30.0, 50.0, 70.0, 90.0, 100.0),
    (0.87180, 1.0258),
    (
        (7.4012, 0.60244),
        (4.9004, 0.71644),
        (3.0305, 0.80076),
        (2.5282, 0.82002),
        (3.0419, 0.75497),
        (0.11798, 1.6606),
    ),
)
_API_3A3_2 = _Differences(
    (0.0, 10.0, 30.0, 50.0, 70.0, 90.0, 100.0),
    (0.77601, 1.0395),
    (
        (0.3047, 1.1259), (0.06069, 1.5176), (0.07978, 1.5386), (0.14862, 1.4287), (0.30785, 1.2341),
        (2.6029, 0.65962),
    ),
)  # fmt: skip
_API_3A3_1 = _Differences(
    (5.0, 10.0, 30.0, 50.0, 70.0, 90.0, 95.0, 100.0),
    (1.0, 1.0),
    (
        (0.15779, 1.4296), (0.011903, 2.0253), (0.05342, 1.6988), (0.19861, 1.3975), (0.31531, 1.2938),
        (0.97476, 0.8723), (0.02172, 1.9733),
    ),
)  # fmt: skip

#: D86 to TBP by power law in K: vol% -> (a, b).
_RIAZI_DAUBERT = {
    0.0: (0.9177, 1.0019), 10.0: (0.5564, 1.0900), 30.0: (0.7617, 1.0425), 50.0: (0.9013, 1.0176),
    70.0: (0.8821, 1.0226), 90.0: (0.9552, 1.0110), 95.0: (0.8177, 1.0355),
}  # fmt: skip
_RIAZI_DAUBERT_MNL50 = {**_RIAZI_DAUBERT, 30.0: (0.76517, 1.0425)}
#: D2887 to D86 by power law in K: wt% -> (a, b, c).
_RIAZI_DAUBERT_D2887 = {
    0.0: (5.1764, 0.7445, 0.2879), 10.0: (3.7452, 0.7944, 0.2671), 30.0: (4.2749, 0.7719, 0.3450),
    50.0: (18.4445, 0.5425, 0.7132), 70.0: (1.0751, 0.9867, 0.0486), 90.0: (1.0849, 0.9834, 0.0354),
    100.0: (1.7991, 0.9007, 0.0625),
}  # fmt: skip


def d86_to_tbp(
    volume_pct: npt.ArrayLike, temperature_c: npt.ArrayLike, method: D86Method = "api_3a1.1"
) -> FloatArray:
    """Convert an ASTM D86 curve to true boiling points, both at atmospheric pressure.

    ``api_3a1.1`` (default; Daubert 1994): TBP50 = 0.87180 D86_50^1.0258 and each step dTBP = A dD86^B, in F.
    Standard points 0, 10, 30, 50, 70, 90, 100 vol%; 50 and an unbroken row of its neighbours are needed. The
    0 and 100 % points are the least certain. ``riazi_daubert``: TBP = a D86^b in K, point by point, at 0,
    10, 30, 50, 70, 90, 95 vol%, with a = 0.7617 at 30 %. ``riazi_daubert_mnl50`` has a = 0.76517 there: both
    are in print, each with a worked example, and they differ by 2 C.

    Parameters
    ----------
    volume_pct : array_like, shape (n,)
        Standard points [vol%], rising.
    temperature_c : array_like, shape (..., n)
        ASTM D86 temperatures [C].

    Returns
    -------
    ndarray, shape (..., n)
        TBP temperatures [C].

    Raises
    ------
    DataError
        If a point is not a standard one, 50 % is missing where it is needed, or the curve falls.

    References
    ----------
    T. E. Daubert, Hydrocarbon Processing 73 (9) 1994, 75; API Technical Data Book 3A1.1; M. R. Riazi and
    T. E. Daubert, Oil and Gas Journal 84, 25 August 1986, 50; H. Fahim et al. (2010), example 3-1.
    """
    if method == "api_3a1.1":
        return _by_differences(_API_3A1, volume_pct, temperature_c, inverse=False)
    return _by_power(_power_law(method), volume_pct, temperature_c, inverse=False)


def tbp_to_d86(
    volume_pct: npt.ArrayLike, temperature_c: npt.ArrayLike, method: D86Method = "api_3a1.1"
) -> FloatArray:
    """ASTM D86 curve from true boiling points; the exact inverse of :func:`d86_to_tbp`, same arguments."""
    if method == "api_3a1.1":
        return _by_differences(_API_3A1, volume_pct, temperature_c, inverse=True)
    return _by_power(_power_law(method), volume_pct, temperature_c, inverse=True)


def d2887_to_d86(
    weight_pct: npt.ArrayLike, temperature_c: npt.ArrayLike, method: D2887Method = "api_3a3.2"
) -> FloatArray:
    """ASTM D86 curve [C at vol%] from simulated distillation D2887 [C at the same wt%].

    ``api_3a3.2`` (default): D86_50 = 0.77601 SD50^1.0395 and dD86 = E dSD^F, in F, at 0, 10, 30, 50, 70, 90,
    100 %. ``riazi_daubert``: D86 = a SD^b F^c in K with F = 0.01411 SD10^0.05434 SD50^0.6147; it needs the
    10 and 50 % points.

    Raises
    ------
    DataError
        As :func:`d86_to_tbp`.

    References
    ----------
    API Technical Data Book 3A3.2; M. R. Riazi and T. E. Daubert, Oil and Gas Journal 84, 25 August 1986, 50.
    """
    if method == "api_3a3.2":
        return _by_differences(_API_3A3_2, weight_pct, temperature_c, inverse=False)
    choose("method", method, {"api_3a3.2": 0, "riazi_daubert": 1})
    percent, temperature = _curve(weight_pct, temperature_c)
    absolute = kelvin(temperature, "temperature_c")
    ten, fifty = (absolute[..., _position(percent, point)] for point in (10.0, 50.0))
    factor = 0.01411 * ten**0.05434 * fifty**0.6147
    a, b, c = np.array([choose_point(_RIAZI_DAUBERT_D2887, point) for point in percent]).T
    return np.asarray(a * absolute**b * factor[..., None] ** c - 273.15)


def d86_to_d2887(weight_pct: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Convert ASTM D86 to simulated distillation D2887; the exact inverse of API 3A3.2 in :func:`d2887_to_d86`."""
    return _by_differences(_API_3A3_2, weight_pct, temperature_c, inverse=True)


def d2887_to_tbp(weight_pct: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Convert simulated distillation D2887 [C at wt%] to true boiling points [C at vol%] (API 3A3.1).

    TBP50 = SD50 and dTBP = C dSD^D, in F, at 5, 10, 30, 50, 70, 90, 95, 100 %.

    Raises
    ------
    DataError
        As :func:`d86_to_tbp`.

    References
    ----------
    API Technical Data Book 3A3.1; T. E. Daubert, Hydrocarbon Processing 73 (9) 1994, 75.
    """
    return _by_differences(_API_3A3_1, weight_pct, temperature_c, inverse=False)


def tbp_to_d2887(weight_pct: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Convert true boiling points to simulated distillation D2887; the exact inverse of :func:`d2887_to_tbp`."""
    return _by_differences(_API_3A3_1, weight_pct, temperature_c, inverse=True)


def d1160_to_tbp(volume_pct: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Convert ASTM D1160 to true boiling points, both at 10 mmHg.

    From 50 % on the curves agree. Below, a point is the D1160 temperature of the next one less F(d), d the
    D1160 step [C]: F = 0.3 + 1.2775 d - 5.539e-3 d^2 + 2.7486e-5 d^3 (10 to 50 %), F = 2.2566 d - 266.2e-4
    d^2 + 1.4093e-4 d^3 (0 to 10 %). Use :func:`netback.assay.boiling_point.normal_boiling_point` for other
    pressures.

    Parameters
    ----------
    volume_pct : array_like, shape (n,)
        Standard points among 0, 10, 30, 50, 70, 90, 100 vol%, unbroken below 50 %.
    temperature_c : array_like, shape (..., n)
        ASTM D1160 temperatures at 10 mmHg [C].

    Raises
    ------
    DataError
        If a point is not a standard one, one below 50 % has no next one, or the curve falls.

    References
    ----------
    W. C. Edmister and K. K. Okamoto, Petroleum Refiner 38 (9) 1959, 271; Riazi, ASTM MNL50 (2005), example
    3.6.
    """
    percent, temperature = _curve(volume_pct, temperature_c)
    _check_points(
        percent, (0.0, 10.0, 30.0, 50.0, 70.0, 90.0, 100.0), needs_middle=bool((percent < 50.0).any())
    )
    result = temperature.copy()
    for number in np.flatnonzero(percent < 50.0):
        step = temperature[..., number + 1] - temperature[..., number]
        result[..., number] = temperature[..., number + 1] - _d1160_step(step, bool(percent[number] < 10.0))
    return result


def tbp_to_d1160(volume_pct: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """ASTM D1160 from true boiling points, both at 10 mmHg; the inverse of :func:`d1160_to_tbp`.

    The cubics rise everywhere, so each step has one answer, found by Newton's method to rounding.

    Raises
    ------
    DataError
        As :func:`d1160_to_tbp`, and if a TBP step between 10 and 50 % is below 0.3 C, which no D1160 step
        gives.
    """
    percent, temperature = _curve(volume_pct, temperature_c, rising=False)
    _check_points(
        percent, (0.0, 10.0, 30.0, 50.0, 70.0, 90.0, 100.0), needs_middle=bool((percent < 50.0).any())
    )
    result = temperature.copy()
    for number in np.flatnonzero(percent < 50.0)[::-1]:
        first = bool(percent[number] < 10.0)
        wanted = result[..., number + 1] - temperature[..., number]
        above("TBP step below 50 vol%", wanted, -1e-9 if first else 0.3 - 1e-9, "C")
        step = wanted / (2.2566 if first else 1.2775)
        for _ in range(60):
            small = 1e-4
            slope = (_d1160_step(step + small, first) - _d1160_step(step - small, first)) / (2.0 * small)
            step = step - (_d1160_step(step, first) - wanted) / slope
        result[..., number] = result[..., number + 1] - step
    return result


def standard_points(
    percent: npt.ArrayLike,
    temperature_c: npt.ArrayLike,
    points: npt.ArrayLike = (10.0, 30.0, 50.0, 70.0, 90.0),
) -> FloatArray:
    """Temperatures [C] of a measured curve at other points, by monotone interpolation (PCHIP) in percent.

    Parameters
    ----------
    percent, temperature_c : array_like, shape (n,) and (..., n)
        The measured curve; ``percent`` rises.
    points : array_like, shape (m,)
        Wanted points [%], inside the measured range.

    Raises
    ------
    DataError
        If a wanted point lies outside the curve or the curve is not one.
    """
    return Pchip(percent, temperature_c)(points)


def choose_point(table: Mapping[float, tuple[float, ...]], point: float) -> tuple[float, ...]:
    """Coefficients of one standard point; raises :class:`DataError` naming those that exist."""
    if float(point) in table:
        return table[float(point)]
    known = ", ".join(f"{name:g}" for name in table)
    raise DataError(
        Finding("argument volume_pct", f"{point:g} % is not a standard point.", f"Known: {known}.")
    )


def _power_law(method: str) -> dict[float, tuple[float, float]]:
    known = {"riazi_daubert": _RIAZI_DAUBERT, "riazi_daubert_mnl50": _RIAZI_DAUBERT_MNL50}
    if method not in known:
        choose("method", method, {"api_3a1.1": None, **known})
    return known[method]


def _d1160_step(step: FloatArray, first: bool) -> FloatArray:
    if first:
        return step * (2.2566 + step * (-266.2e-4 + step * 1.4093e-4))
    return 0.3 + step * (1.2775 + step * (-5.539e-3 + step * 2.7486e-5))


def _curve(
    percent: npt.ArrayLike, temperature_c: npt.ArrayLike, rising: bool = True
) -> tuple[FloatArray, FloatArray]:
    points, temperature = array("volume_pct", percent), array("temperature_c", temperature_c)
    if points.ndim != 1 or temperature.ndim == 0 or temperature.shape[-1] != points.size:
        raise DataError(
            Finding(
                "argument temperature_c",
                f"has shape {temperature.shape}, volume_pct has {points.shape}.",
                "Give one temperature for each point.",
            )
        )
    if rising and (np.diff(temperature, axis=-1) < 0.0).any():
        raise DataError(
            Finding("argument temperature_c", "falls from one point to the next.", "Check the curve.")
        )
    return points, temperature


def _check_points(percent: FloatArray, known: tuple[float, ...], needs_middle: bool) -> int:
    try:
        places = [known.index(float(point)) for point in percent]
    except ValueError:
        bad = next(point for point in percent if float(point) not in known)
        names = ", ".join(f"{point:g}" for point in known)
        hint = f"Known: {names}; standard_points() interpolates."
        raise DataError(Finding("argument volume_pct", f"{bad:g} % is not a standard point.", hint)) from None
    unbroken = places == list(range(places[0], places[0] + len(places)))
    if not unbroken or (needs_middle and 50.0 not in percent):
        raise DataError(
            Finding(
                "argument volume_pct", "leaves out a standard point, or 50 %.", "Steps need every neighbour."
            )
        )
    return places[0]


def _position(percent: FloatArray, point: float) -> int:
    found = np.flatnonzero(percent == point)
    if not found.size:
        raise DataError(
            Finding("argument weight_pct", f"lacks the {point:g} % point.", "The method needs it.")
        )
    return int(found[0])


def _by_differences(
    method: _Differences, percent: npt.ArrayLike, temperature_c: npt.ArrayLike, inverse: bool
) -> FloatArray:
    points, temperature = _curve(percent, temperature_c)
    first = _check_points(points, method.points, needs_middle=True)
    centre = method.points.index(50.0) - first
    hot = fahrenheit(temperature, "temperature_c")
    a, b = method.middle
    middle = above("50 % point", hot[..., centre], 0.0, "F") if (a, b) != (1.0, 1.0) else hot[..., centre]
    a_step, b_step = np.array(method.steps[first : first + points.size - 1]).reshape(-1, 2).T
    step = np.diff(hot, axis=-1)
    if inverse:
        middle, step = (middle / a) ** (1.0 / b), (step / a_step) ** (1.0 / b_step)
    else:
        middle, step = a * middle**b, a_step * step**b_step
    below = np.cumsum(step[..., :centre][..., ::-1], axis=-1)[..., ::-1]
    after = np.cumsum(step[..., centre:], axis=-1)
    middle = middle[..., None]
    return celsius_from_fahrenheit(np.concatenate([middle - below, middle, middle + after], axis=-1))


def _by_power(
    table: Mapping[float, tuple[float, float]],
    percent: npt.ArrayLike,
    temperature_c: npt.ArrayLike,
    inverse: bool,
) -> FloatArray:
    points, temperature = _curve(percent, temperature_c)
    absolute = kelvin(temperature, "temperature_c")
    a, b = np.array([choose_point(table, point) for point in points]).T
    converted = (absolute / a) ** (1.0 / b) if inverse else a * absolute**b
    return np.asarray(converted - 273.15)
