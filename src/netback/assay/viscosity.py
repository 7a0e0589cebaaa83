"""Kinematic viscosity: from boiling point, over temperature, in Saybolt seconds, as viscosity index."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, array, positive, valid_within
from netback.assay.blending_rules import walther_z, walther_z_inverse
from netback.assay.gravity import fahrenheit, rankine
from netback.errors import DataError, Finding

_Scale = Callable[[FloatArray], FloatArray]

F100_C = 340.0 / 9.0
F210_C = 890.0 / 9.0

#: ASTM D2270: upper end of the range of viscosity at 100 C [cSt], then a, b, c of L = a Y^2 + b Y + c and
#: d, e, f of H.
_D2270 = np.array(
    [
        (3.8, 1.14673, 1.7576, -0.109, 0.84155, 1.5521, -0.077),
        (4.4, 3.38095, -15.4952, 33.196, 0.78571, 1.7929, -0.183),
        (5.0, 2.5000, -7.2143, 13.812, 0.82143, 1.5679, 0.119),
        (6.4, 0.10100, 16.6350, -45.469, 0.04985, 9.1613, -18.557),
        (7.0, 3.35714, -23.5643, 78.466, 0.22619, 7.7369, -16.656),
        (7.7, 0.01191, 21.4750, -72.870, 0.79762, -0.7321, 14.610),
        (9.0, 0.41858, 16.1558, -56.040, 0.05794, 10.5156, -28.240),
        (12.0, 0.88779, 7.5527, -16.600, 0.26665, 6.7015, -10.810),
        (15.0, 0.76720, 10.7972, -38.180, 0.20073, 8.4658, -22.490),
        (18.0, 0.97305, 5.3135, -2.200, 0.28889, 5.9741, -4.930),
        (22.0, 0.97256, 5.2500, -0.980, 0.24504, 7.4160, -16.730),
        (28.0, 0.91413, 7.4759, -21.820, 0.20323, 9.1267, -34.230),
        (40.0, 0.87031, 9.7157, -50.770, 0.18411, 10.1015, -46.750),
        (55.0, 0.84703, 12.6752, -133.310, 0.17029, 11.4866, -80.620),
        (70.0, 0.85921, 11.1009, -83.190, 0.17130, 11.3680, -76.940),
        (np.inf, 0.83531, 14.6731, -216.246, 0.16841, 11.8493, -96.947),
    ]
)


@valid_within(Range("boiling_point_c", 38.0, 649.0, "C"), Range("watson_k", 10.0, 13.0))
def viscosity_100f(boiling_point_c: npt.ArrayLike, watson_k: npt.ArrayLike) -> FloatArray:
    """Kinematic viscosity at 100 F [cSt] of a fraction.

    v = 10^(-1.35579 + 8.16059e-4 Tb + 8.38505e-7 Tb^2) + 10^(A1 + A2 K), A1 = 34.931 - 8.84387e-2 Tb +
    6.73513e-5 Tb^2 - 1.01394e-8 Tb^3, A2 = -2.92649 + 6.98405e-3 Tb - 5.09947e-6 Tb^2 + 7.49378e-10 Tb^3, Tb
    in R.

    Parameters
    ----------
    boiling_point_c : array_like
        Mean average boiling point [C].
    watson_k : array_like
        Watson characterisation factor [-].

    Raises
    ------
    DataError
        If a temperature is below absolute zero or K is not above zero.

    References
    ----------
    API Technical Data Book, procedure 11A4.2.
    """
    boiling, k = rankine(boiling_point_c, "boiling_point_c"), positive("watson_k", watson_k)
    reference = -1.35579 + boiling * (8.16059e-4 + boiling * 8.38505e-7)
    a1 = 34.931 + boiling * (-8.84387e-2 + boiling * (6.73513e-5 - boiling * 1.01394e-8))
    a2 = -2.92649 + boiling * (6.98405e-3 + boiling * (-5.09947e-6 + boiling * 7.49378e-10))
    return 10.0**reference + 10.0 ** (a1 + a2 * k)


@valid_within(Range("boiling_point_c", 38.0, 649.0, "C"))
def viscosity_210f(boiling_point_c: npt.ArrayLike, viscosity_cst_100f: npt.ArrayLike) -> FloatArray:
    """Kinematic viscosity at 210 F [cSt] from the boiling point [C] and the viscosity at 100 F [cSt].

    log10 v = -1.92353 + 2.41071e-4 Tb + 0.5113 log10(Tb v100), Tb in R (API procedure 11A4.2).

    Raises
    ------
    DataError
        If a temperature is below absolute zero or a viscosity is not above zero.
    """
    boiling = rankine(boiling_point_c, "boiling_point_c")
    viscosity = positive("viscosity_cst_100f", viscosity_cst_100f, "cSt")
    return 10.0 ** (-1.92353 + 2.41071e-4 * boiling + 0.5113 * np.log10(boiling * viscosity))


def viscosity_at(
    temperature_c: npt.ArrayLike,
    known_c: tuple[npt.ArrayLike, npt.ArrayLike],
    known_cst: tuple[npt.ArrayLike, npt.ArrayLike],
) -> FloatArray:
    """Kinematic viscosity [cSt] at a temperature from two known points, on the line of ASTM D341.

    log10 log10 Z = A - B log10 T, Z = v + 0.7 + exp(-1.47 - 1.84 v - 0.51 v^2), T absolute. The way back
    from Z is solved to rounding, where the closed form that the standard prints is good to 0.2 %.

    Parameters
    ----------
    temperature_c : array_like
        Wanted temperature [C].
    known_c, known_cst : pairs of array_like
        Two different temperatures [C] and the viscosities there [cSt].

    Raises
    ------
    DataError
        If a viscosity is at most 0.12 cSt, where the double logarithm ends, or the two temperatures are the
        same.

    References
    ----------
    ASTM D341; API Technical Data Book, procedure 11A4.4.
    """
    first, second = (np.log(rankine(value, "known_c")) for value in known_c)
    if (first == second).any():
        raise DataError(
            Finding("argument known_c", "holds the same temperature twice.", "Two points make a line.")
        )
    low, high = (np.log(np.log(walther_z(above("known_cst", value, 0.12, "cSt")))) for value in known_cst)
    slope = (high - low) / (second - first)
    line = low + slope * (np.log(rankine(temperature_c)) - first)
    return walther_z_inverse(np.exp(np.exp(line)))


def viscosity_from_boiling_point(
    temperature_c: npt.ArrayLike, boiling_point_c: npt.ArrayLike, watson_k: npt.ArrayLike
) -> FloatArray:
    """Kinematic viscosity [cSt] at any temperature [C] by API 11A4.2 and the line of ASTM D341."""
    cold = viscosity_100f(boiling_point_c, watson_k)
    hot = viscosity_210f(boiling_point_c, cold)
    return viscosity_at(temperature_c, (F100_C, F210_C), (cold, hot))


def viscosity_singh(temperature_c: npt.ArrayLike, viscosity_cst_100f: npt.ArrayLike) -> FloatArray:
    """Kinematic viscosity [cSt] at a temperature [C] from that at 100 F [cSt] alone.

    log10 v = B (559.67 / T)^S - 0.86960, S = 0.28008 log10 v100 + 1.8616, B = log10 v100 + 0.86960, T in R.

    Raises
    ------
    DataError
        If a viscosity is not above zero or a temperature is below absolute zero.

    References
    ----------
    B. Singh, S. R. Mutyala and V. Puttagunta, Hydrocarbon Processing 69 (9) 1990, 39; API procedure 11A4.1.
    """
    logarithm = np.log10(positive("viscosity_cst_100f", viscosity_cst_100f, "cSt"))
    power = (559.67 / rankine(temperature_c)) ** (0.28008 * logarithm + 1.8616)
    return 10.0 ** ((logarithm + 0.8696) * power - 0.8696)


@valid_within(Range("viscosity_cst", 1.81, 1e6, "cSt"))
def saybolt_universal(viscosity_cst: npt.ArrayLike, temperature_c: npt.ArrayLike = F100_C) -> FloatArray:
    """Saybolt universal viscosity [s] of a kinematic viscosity [cSt] at the same temperature [C].

    U100 = 4.6324 v + 1e5 (1 + 0.03264 v) / (3930.2 + 262.7 v + 23.97 v^2 + 1.646 v^3), U = U100 (1 +
    0.000061 (t - 100)), t in F.

    Raises
    ------
    DataError
        If a viscosity is not above zero.

    References
    ----------
    ASTM D2161; API Technical Data Book, procedure 11A1.1.
    """
    viscosity = positive("viscosity_cst", viscosity_cst, "cSt")
    return _universal(viscosity) * (1.0 + 0.000061 * (fahrenheit(temperature_c) - 100.0))


def saybolt_universal_to_cst(saybolt_s: npt.ArrayLike, temperature_c: npt.ArrayLike = F100_C) -> FloatArray:
    """Kinematic viscosity [cSt] of a Saybolt universal viscosity [s], from 1.81 cSt (32 s) up.

    The exact inverse of :func:`saybolt_universal`.

    Raises
    ------
    DataError
        If the time is below that of 1.81 cSt, where the scale begins.
    """
    wanted = positive("saybolt_s", saybolt_s, "s") / (1.0 + 0.000061 * (fahrenheit(temperature_c) - 100.0))
    least = float(_universal(np.asarray(1.81)))
    above("saybolt_s", wanted, least * (1.0 - 1e-12), "s at 100 F")
    return _bisect(_universal, wanted, np.full_like(wanted, 1.81), wanted / 4.0)


@valid_within(Range("viscosity_cst", 48.0, 1e6, "cSt"))
def saybolt_furol(viscosity_cst: npt.ArrayLike, at_210f: bool = False) -> FloatArray:
    """Saybolt furol viscosity [s] of a kinematic viscosity [cSt], both at 122 F (default) or both at 210 F.

    At 122 F: 0.4717 v + 13924 / (v^2 - 72.59 v + 6816); at 210 F: 0.4792 v + 5610 / (v^2 + 2130).

    Raises
    ------
    DataError
        If a viscosity is not above zero.

    References
    ----------
    ASTM D2161; API Technical Data Book, procedure 11A1.4.
    """
    viscosity = positive("viscosity_cst", viscosity_cst, "cSt")
    return _furol_210(viscosity) if at_210f else _furol_122(viscosity)


def saybolt_furol_to_cst(saybolt_s: npt.ArrayLike, at_210f: bool = False) -> FloatArray:
    """Kinematic viscosity [cSt] of a Saybolt furol viscosity [s]; the exact inverse, from 48 cSt up.

    Raises
    ------
    DataError
        If the time is below that of 48 cSt, where the scale begins.
    """
    function = _furol_210 if at_210f else _furol_122
    wanted = array("saybolt_s", saybolt_s)
    above("saybolt_s", wanted, float(function(np.asarray(48.0))) * (1.0 - 1e-12), "s")
    return _bisect(function, wanted, np.full_like(wanted, 48.0), wanted / 0.4)


@valid_within(Range("viscosity_cst_100c", 2.0, 1e3, "cSt"))
def viscosity_index(viscosity_cst_40c: npt.ArrayLike, viscosity_cst_100c: npt.ArrayLike) -> FloatArray:
    """Viscosity index [-] by ASTM D2270, procedure A up to 100 and B above.

    U and Y are the viscosities at 40 and 100 C; L and H, those of oils of index 0 and 100 with the same Y,
    are the piecewise quadratics that the standard prints for its table. VI = 100 (L - U) / (L - H); if U is
    below H, VI = (10^N - 1) / 0.00715 + 100 with N = log10(H/U) / log10 Y.

    Raises
    ------
    DataError
        If a viscosity is not above zero, or that at 100 C is below 2 cSt, where the table begins.

    References
    ----------
    ASTM D2270.
    """
    cold, hot = np.broadcast_arrays(
        positive("viscosity_cst_40c", viscosity_cst_40c, "cSt"),
        above("viscosity_cst_100c", viscosity_cst_100c, 2.0 - 1e-12, "cSt"),
    )
    a, b, c, d, e, f = _D2270[np.searchsorted(_D2270[:-1, 0], hot, side="left"), 1:].T
    low, high = (a.T * hot + b.T) * hot + c.T, (d.T * hot + e.T) * hot + f.T
    power = np.log10(high / cold) / np.log10(hot)
    above_100 = (10.0**power - 1.0) / 0.00715 + 100.0
    return np.asarray(np.where(cold < high, above_100, 100.0 * (low - cold) / (low - high)))


def _universal(v: FloatArray) -> FloatArray:
    return 4.6324 * v + 1e5 * (1.0 + 0.03264 * v) / (3930.2 + v * (262.7 + v * (23.97 + v * 1.646)))


def _furol_122(v: FloatArray) -> FloatArray:
    return 0.4717 * v + 13924.0 / (v * v - 72.59 * v + 6816.0)


def _furol_210(v: FloatArray) -> FloatArray:
    return 0.4792 * v + 5610.0 / (v * v + 2130.0)


def _bisect(function: _Scale, wanted: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    for _ in range(100):
        middle = 0.5 * (low + high)
        short = function(middle) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(np.where(np.isnan(wanted), np.nan, 0.5 * (low + high)))
