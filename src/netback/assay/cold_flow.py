"""Cold-flow properties from density and boiling point: pour, cloud and freezing point; flash point from D86.

All are API Technical Data Book correlations for straight-run fractions. Their average errors are 4 to 7 C,
and on recent assays some fractions miss by 20 C and more: measured values come first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, array, positive, valid_within
from netback.assay.gravity import celsius_from_fahrenheit, celsius_from_rankine, fahrenheit, rankine, watson_k


@valid_within(
    Range("specific_gravity", 0.8, 1.0),
    Range("boiling_point_c", 171.3, 560.2, "C"),
    Range("viscosity_cst_100f", 2.0, 960.0, "cSt"),
)
def pour_point(
    specific_gravity: npt.ArrayLike,
    boiling_point_c: npt.ArrayLike,
    viscosity_cst_100f: npt.ArrayLike | None = None,
) -> FloatArray:
    """Pour point [C] of a petroleum fraction.

    With a viscosity, equation 2B8.1-1: PP = 753 + 136 (1 - exp(-0.15 v)) - 572 SG + 0.0512 v + 0.139 Tb.
    Without, equation 2B8.1-2: PP = 3.85e-8 Tb^5.49 10^-(0.712 Tb^0.315 + 0.133 SG) + 1.4. PP and Tb in R.

    Parameters
    ----------
    specific_gravity : array_like
        Specific gravity 60/60 F [-].
    boiling_point_c : array_like
        Mean average boiling point [C].
    viscosity_cst_100f : array_like, optional
        Kinematic viscosity at 100 F [cSt].

    Raises
    ------
    DataError
        If a gravity or viscosity is not above zero, or a temperature is below absolute zero.

    References
    ----------
    API Technical Data Book, procedure 2B8.1; average error 5.5 F (first form) on its data.
    """
    gravity, boiling = (
        positive("specific_gravity", specific_gravity),
        rankine(boiling_point_c, "boiling_point_c"),
    )
    if viscosity_cst_100f is None:
        exponent = 0.712 * boiling**0.315 + 0.133 * gravity
        return celsius_from_rankine(3.85e-8 * boiling**5.49 * 10.0**-exponent + 1.4)
    viscosity = positive("viscosity_cst_100f", viscosity_cst_100f, "cSt")
    rise = 136.0 * (1.0 - np.exp(-0.15 * viscosity))
    return celsius_from_rankine(753.0 + rise - 572.0 * gravity + 0.0512 * viscosity + 0.139 * boiling)


@valid_within(Range("specific_gravity", 0.77, 0.93), Range("boiling_point_c", 171.3, 407.4, "C"))
def cloud_point(specific_gravity: npt.ArrayLike, boiling_point_c: npt.ArrayLike) -> FloatArray:
    """Cloud point [C]: log10 CP = -7.41 + 5.49 log10 Tb - 0.712 Tb^0.315 - 0.133 SG, CP and Tb in R.

    Arguments, errors and source as :func:`pour_point`; API procedure 2B12.1.
    """
    gravity, boiling = (
        positive("specific_gravity", specific_gravity),
        rankine(boiling_point_c, "boiling_point_c"),
    )
    logarithm = -7.41 + 5.49 * np.log10(boiling) - 0.712 * boiling**0.315 - 0.133 * gravity
    return celsius_from_rankine(10.0**logarithm)


@valid_within(Range("specific_gravity", 0.74, 0.90), Range("boiling_point_c", 129.6, 354.6, "C"))
def freeze_point(specific_gravity: npt.ArrayLike, boiling_point_c: npt.ArrayLike) -> FloatArray:
    """Freezing point [C]: FP = -2390.42 + 1826 SG + 122.49 K - 0.135 Tb, FP and Tb in R, K the Watson factor.

    Arguments, errors and source as :func:`pour_point`; API procedure 2B11.1.
    """
    gravity, boiling = (
        positive("specific_gravity", specific_gravity),
        rankine(boiling_point_c, "boiling_point_c"),
    )
    k = watson_k(boiling_point_c, gravity)
    return celsius_from_rankine(-2390.42 + 1826.0 * gravity + 122.49 * k - 0.135 * boiling)


@valid_within(Range("d86_10_c", 65.6, 621.1, "C"))
def flash_point(d86_10_c: npt.ArrayLike, open_cup: bool = False) -> FloatArray:
    """Flash point [C] from the 10 vol% point of the ASTM D86 curve [C].

    Closed cup (Pensky-Martens, ASTM D93): FP = 0.69 T10 - 118.2; open cup (Cleveland, ASTM D92): FP = 0.68
    T10 - 109.6; in F.

    References
    ----------
    API Technical Data Book, procedure 2B7.1.
    """
    ten = fahrenheit(array("d86_10_c", d86_10_c))
    return celsius_from_fahrenheit(0.68 * ten - 109.6 if open_cup else 0.69 * ten - 118.2)
