"""How a fuel burns: aniline and smoke point, cetane indices, diesel index, carbon aromaticity of fuel oil."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, array, positive, valid_within
from netback.assay.gravity import celsius_from_rankine, fahrenheit, kelvin, rankine, watson_k


@valid_within(Range("specific_gravity", 0.7, 1.0), Range("boiling_point_c", 93.3, 593.3, "C"))
def aniline_point(specific_gravity: npt.ArrayLike, boiling_point_c: npt.ArrayLike) -> FloatArray:
    """Aniline point [C]: AP = -1253.7 - 0.139 Tb + 107.8 K + 868.7 SG, AP and Tb in R, K the Watson factor.

    Parameters
    ----------
    specific_gravity : array_like
        Specific gravity 60/60 F [-].
    boiling_point_c : array_like
        Mean average boiling point [C].

    Raises
    ------
    DataError
        If a gravity is not above zero or a temperature is below absolute zero.

    References
    ----------
    API Technical Data Book, procedure 2B9.1.
    """
    gravity, boiling = (
        positive("specific_gravity", specific_gravity),
        rankine(boiling_point_c, "boiling_point_c"),
    )
    k = watson_k(boiling_point_c, gravity)
    return celsius_from_rankine(-1253.7 - 0.139 * boiling + 107.8 * k + 868.7 * gravity)


@valid_within(Range("specific_gravity", 0.7, 0.86), Range("boiling_point_c", 93.3, 287.8, "C"))
def smoke_point(specific_gravity: npt.ArrayLike, boiling_point_c: npt.ArrayLike) -> FloatArray:
    """Smoke point [mm]: ln SP = -1.028 + 0.474 K - 0.00168 Tb, Tb in R, K the Watson factor.

    Arguments and errors as :func:`aniline_point`; API Technical Data Book, procedure 2B10.1.
    """
    gravity, boiling = (
        positive("specific_gravity", specific_gravity),
        rankine(boiling_point_c, "boiling_point_c"),
    )
    return np.exp(-1.028 + 0.474 * watson_k(boiling_point_c, gravity) - 0.00168 * boiling)


def smoke_point_from_aniline(specific_gravity: npt.ArrayLike, aniline_c: npt.ArrayLike) -> FloatArray:
    """Smoke point [mm] from specific gravity [-] and aniline point [C].

    SP = -255.26 + 2.04 AP - 240.8 ln SG + 7727 SG/AP (G. I. Jenkins and R. P. Walsh, Hydrocarbon Processing
    47 (5) 1968, 161; Riazi, ASTM MNL50, 2005).

    Raises
    ------
    DataError
        If a gravity or an aniline point is not above zero.
    """
    gravity, aniline = positive("specific_gravity", specific_gravity), positive("aniline_c", aniline_c, "C")
    return -255.26 + 2.04 * aniline - 240.8 * np.log(gravity) + 7727.0 * gravity / aniline


@valid_within(Range("api", 27.0, 47.0, "degAPI"), Range("d86_50_c", 182.2, 371.1, "C"))
def cetane_index_d976(api: npt.ArrayLike, d86_50_c: npt.ArrayLike) -> FloatArray:
    """Cetane index by ASTM D976 in its API gravity form (API procedure 2B13.1).

    CI = 415.26 - 7.673 API + 0.186 T50 + 3.503 API log10 T50 - 193.816 log10 T50, T50 in F. The form in
    density and C, :func:`cetane_index_d976_si`, is another regression and gives other numbers.

    Parameters
    ----------
    api : array_like
        API gravity [degAPI].
    d86_50_c : array_like
        50 vol% point of the ASTM D86 curve [C].

    Raises
    ------
    DataError
        If a temperature is not above -17.8 C (0 F).
    """
    gravity = above("api", api, -131.5, "degAPI")
    middle = positive("d86_50_c in F", fahrenheit(d86_50_c, "d86_50_c"), "F")
    logarithm = np.log10(middle)
    return 415.26 - 7.673 * gravity + 0.186 * middle + (3.503 * gravity - 193.816) * logarithm


def cetane_index_d976_si(density_t_per_m3: npt.ArrayLike, d86_50_c: npt.ArrayLike) -> FloatArray:
    """Cetane index by ASTM D976 in its SI form.

    CI = 454.74 - 1641.416 D + 774.74 D^2 - 0.554 B + 97.803 (log10 B)^2, D density at 15 C [g/ml], B the 50
    vol% point of the D86 curve [C].

    Raises
    ------
    DataError
        If a density or a temperature is not above zero.
    """
    gravity, middle = (
        positive("density_t_per_m3", density_t_per_m3, "t/m3"),
        positive("d86_50_c", d86_50_c, "C"),
    )
    return 454.74 - 1641.416 * gravity + 774.74 * gravity**2 - 0.554 * middle + 97.803 * np.log10(middle) ** 2


@valid_within(
    Range("density_t_per_m3", 0.8, 0.96, "t/m3"),
    Range("d86_10_c", 170.0, 260.0, "C"),
    Range("d86_50_c", 210.0, 310.0, "C"),
    Range("d86_90_c", 250.0, 350.0, "C"),
)
def cetane_index_d4737(
    density_t_per_m3: npt.ArrayLike, d86_10_c: npt.ArrayLike, d86_50_c: npt.ArrayLike, d86_90_c: npt.ArrayLike
) -> FloatArray:
    """Return the calculated cetane index by the four-variable equation, ASTM D4737 procedure A.

    CI = 45.2 + 0.0892 t10 + (0.131 + 0.901 B) t50 + (0.0523 - 0.420 B) t90 + 0.00049 (t10^2 - t90^2) + 107 B
    + 60 B^2, t10 = T10 - 215, t50 = T50 - 260, t90 = T90 - 310 [C], B = exp(-3.5 (D - 0.85)) - 1.

    Parameters
    ----------
    density_t_per_m3 : array_like
        Density at 15 C [g/ml].
    d86_10_c, d86_50_c, d86_90_c : array_like
        Points of the ASTM D86 curve [C]. From a TBP curve take them with
        :func:`netback.assay.curve.tbp_to_d86`: the TBP points themselves give 0.6 to 1.5 too much.

    Raises
    ------
    DataError
        If a density is not above zero.
    """
    b = np.exp(-3.5 * (positive("density_t_per_m3", density_t_per_m3, "t/m3") - 0.85)) - 1.0
    t10 = array("d86_10_c", d86_10_c) - 215.0
    t50 = array("d86_50_c", d86_50_c) - 260.0
    t90 = array("d86_90_c", d86_90_c) - 310.0
    linear = 45.2 + 0.0892 * t10 + (0.131 + 0.901 * b) * t50 + (0.0523 - 0.42 * b) * t90
    return linear + 0.00049 * (t10**2 - t90**2) + 107.0 * b + 60.0 * b**2


def diesel_index(api: npt.ArrayLike, aniline_c: npt.ArrayLike) -> FloatArray:
    """Diesel index [-]: API gravity times aniline point [F] / 100 (Riazi, ASTM MNL50, 2005)."""
    return above("api", api, -131.5, "degAPI") * fahrenheit(aniline_c, "aniline_c") / 100.0


def ccai(
    density_kg_per_m3: npt.ArrayLike, viscosity_cst: npt.ArrayLike, temperature_c: npt.ArrayLike = 50.0
) -> FloatArray:
    """Return the calculated carbon aromaticity index of a residual fuel [-].

    CCAI = D - 140.7 log10 log10(v + 0.85) - 80.6 - 210 ln((t + 273)/323), the density D [kg/m3] at 15 C, the
    viscosity v [cSt] at t [C]. ISO 8217 prints the last term as - 483.5 log10((t + 273)/323), which is the
    same to 0.01.

    Raises
    ------
    DataError
        If a density is not above zero, a viscosity is not above 0.15 cSt or a temperature is below absolute
        zero.

    References
    ----------
    ISO 8217, annex on ignition characteristics.
    """
    gravity = positive("density_kg_per_m3", density_kg_per_m3, "kg/m3")
    viscosity = above("viscosity_cst", viscosity_cst, 0.15, "cSt")
    ratio = (kelvin(temperature_c) - 0.15) / 323.0
    return gravity - 140.7 * np.log10(np.log10(viscosity + 0.85)) - 80.6 - 210.0 * np.log(ratio)
