"""Molecular weight, critical constants and acentric factor of a fraction from two easy measurements.

The answers keep the units of their sources: critical temperature in R, pressure in psia, volume in ft3/lb.
Boiling points go in and come out in C, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, array, choose, positive, valid_within
from netback.assay.gravity import celsius_from_rankine, kelvin, rankine, watson_k

PSI_PER_ATM = 14.695949

TbMethod = Literal["riazi_daubert_1980", "riazi_daubert_1987", "lee_kesler", "winn"]
Coefficients = tuple[float, float, float, float, float, float]

#: theta = a x^e SG^f exp(b x + c SG + d x SG); rows a, b, c, d, e, f. Riazi and Daubert (1987), x = Tb [R].
_FROM_BOILING_POINT: dict[str, Coefficients] = {
    "molecular_weight": (581.96, 5.43076e-4, -9.53384, 1.11056e-3, 0.97476, 6.51274),
    "critical_temperature_r": (10.6443, -5.1747e-4, -0.54444, 3.5995e-4, 0.81067, 0.53691),
    "critical_pressure_psia": (6.162e6, -4.725e-3, -4.8014, 3.1939e-3, -0.4844, 4.0846),
    "critical_volume_ft3_per_lb": (6.233e-4, -1.4679e-3, -0.26404, 1.095e-3, 0.7506, -1.2028),
    "huang_index": (0.022657, 3.9052e-4, 2.468316, -5.70425e-4, 5.7209e-2, -0.719895),
    "ch_ratio": (17.22022, 8.24983e-3, 16.9402, -6.93931e-3, -2.72522, -6.79769),
}
#: The same with x = M [g/mol].
_FROM_MOLECULAR_WEIGHT: dict[str, Coefficients] = {
    "boiling_point_r": (6.77857, 3.77409e-3, 2.984036, -4.25288e-3, 0.401673, -1.58262),
    "critical_temperature_r": (554.4, -1.3478e-4, -0.61641, 0.0, 0.2998, 1.0555),
    "critical_pressure_psia": (4.5203e4, -1.8078e-3, -0.3084, 0.0, -0.8063, 1.6015),
    "critical_volume_ft3_per_lb": (1.206e-2, -2.657e-3, 0.5287, 2.6012e-3, 0.20378, -1.3036),
    "huang_index": (0.422375, 3.18857e-4, -0.200996, -4.24514e-4, -8.43271e-3, 1.117818),
    "ch_ratio": (2.35475, 9.3485e-3, 4.74695, -8.01719e-3, -0.68418, -0.7682),
}
#: theta = a Tb^b SG^c. Riazi and Daubert (1980), Tb in R.
_1980: dict[str, tuple[float, float, float]] = {
    "molecular_weight": (4.5673e-5, 2.1962, -1.0164),
    "critical_temperature_r": (24.2787, 0.58848, 0.3596),
    "critical_pressure_psia": (3.12281e9, -2.3125, 2.3201),
    "critical_volume_ft3_per_lb": (7.5214e-3, 0.2896, -0.7666),
}


@dataclass(frozen=True, slots=True)
class PseudoComponent:
    """What a correlation gives for a fraction. NaN where the correlation gives nothing."""

    molecular_weight: FloatArray
    boiling_point_c: FloatArray
    critical_temperature_r: FloatArray
    critical_pressure_psia: FloatArray
    critical_volume_ft3_per_lb: FloatArray
    huang_index: FloatArray
    ch_ratio: FloatArray


@valid_within(Range("boiling_point_c", 26.7, 343.3, "C"), Range("specific_gravity", 0.63, 0.97))
def from_boiling_point(
    boiling_point_c: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    method: Literal["riazi_daubert_1980", "riazi_daubert_1987"] = "riazi_daubert_1987",
) -> PseudoComponent:
    """Properties of a fraction from its boiling point and gravity.

    ``riazi_daubert_1987`` (default): theta = a Tb^e SG^f exp(b Tb + c SG + d Tb SG); ``riazi_daubert_1980``:
    theta = a Tb^b SG^c, which gives no Huang index and no carbon-to-hydrogen ratio. Tb in R. Valid for M 70
    to 300.

    Parameters
    ----------
    boiling_point_c : array_like
        Mean average boiling point [C].
    specific_gravity : array_like
        Specific gravity 60/60 F [-].

    Raises
    ------
    DataError
        If a gravity is not above zero or a temperature is below absolute zero.

    References
    ----------
    M. R. Riazi and T. E. Daubert, Hydrocarbon Processing 59 (3) 1980, 115; Ind. Eng. Chem. Res. 26 (1987)
    755; T. Ahmed, Equations of State and PVT Analysis (2016), examples 2.1 and 2.2.
    """
    boiling, gravity = _inputs(rankine(boiling_point_c, "boiling_point_c"), specific_gravity)
    choose("method", method, {"riazi_daubert_1980": 0, "riazi_daubert_1987": 1})
    if method == "riazi_daubert_1980":
        values = {name: a * boiling**b * gravity**c for name, (a, b, c) in _1980.items()}
    else:
        values = {name: _exponential(row, boiling, gravity) for name, row in _FROM_BOILING_POINT.items()}
    return _component({**values, "boiling_point_r": boiling})


@valid_within(Range("molecular_weight", 70.0, 300.0, "g/mol"), Range("specific_gravity", 0.63, 0.97))
def from_molecular_weight(
    molecular_weight: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    tc_factor: Literal["554.4", "544.4"] = "554.4",
) -> PseudoComponent:
    """Properties of a fraction from its molecular weight [g/mol] and gravity (Riazi and Daubert 1987).

    theta = a M^e SG^f exp(b M + c SG + d M SG). The factor of the critical temperature is printed as 554.4
    and as 544.4. The default is 554.4: it is 1.8 times the 308 of the form in K, and for hexane, heptane,
    decane, hexadecane, cyclohexane and toluene it is within 1.7 %, where 544.4 is 1 to 3.4 % low.

    Errors and references as :func:`from_boiling_point`.
    """
    weight, gravity = _inputs(positive("molecular_weight", molecular_weight, "g/mol"), specific_gravity)
    rows = dict(_FROM_MOLECULAR_WEIGHT)
    factor = choose("tc_factor", tc_factor, {"554.4": 554.4, "544.4": 544.4})
    rows["critical_temperature_r"] = (factor, *rows["critical_temperature_r"][1:])
    values = {name: _exponential(row, weight, gravity) for name, row in rows.items()}
    return _component({**values, "molecular_weight": weight})


@valid_within(Range("boiling_point_c", 32.2, 565.6, "C"), Range("specific_gravity", 0.63, 0.97))
def molecular_weight_api(boiling_point_c: npt.ArrayLike, specific_gravity: npt.ArrayLike) -> FloatArray:
    """Molecular weight [g/mol] (API procedure 2B2.1, good to M 700).

    M = 20.486 exp(1.165e-4 Tb - 7.78712 SG + 1.1582e-3 Tb SG) Tb^1.26007 SG^4.98308, Tb in R.

    Errors as :func:`from_boiling_point`; API Technical Data Book, 5th edition; Riazi, ASTM MNL50 (2005),
    equation 2.51.
    """
    boiling, gravity = _inputs(rankine(boiling_point_c, "boiling_point_c"), specific_gravity)
    return _exponential((20.486, 1.165e-4, -7.78712, 1.1582e-3, 1.26007, 4.98308), boiling, gravity)


@valid_within(Range("viscosity_cst_100f", 3.0, 1e4, "cSt"), Range("viscosity_cst_210f", 1.0, 300.0, "cSt"))
def molecular_weight_heavy(
    specific_gravity: npt.ArrayLike, viscosity_cst_100f: npt.ArrayLike, viscosity_cst_210f: npt.ArrayLike
) -> FloatArray:
    """Molecular weight [g/mol] of a heavy fraction from viscosities at 100 and 210 F [cSt].

    API procedure 2B2.3: M = 223.56 v100^(-1.2435 + 1.1228 SG) v210^(3.4758 - 3.038 SG) SG^-0.6665.

    Raises
    ------
    DataError
        If an argument is not above zero.

    References
    ----------
    M. R. Riazi and T. E. Daubert, Oil and Gas Journal 58 (52) 1987, 110.
    """
    gravity = positive("specific_gravity", specific_gravity)
    cold = positive("viscosity_cst_100f", viscosity_cst_100f, "cSt") ** (-1.2435 + 1.1228 * gravity)
    hot = positive("viscosity_cst_210f", viscosity_cst_210f, "cSt") ** (3.4758 - 3.038 * gravity)
    return 223.56 * cold * hot * gravity**-0.6665


def molecular_weight_goossens(boiling_point_c: npt.ArrayLike, density_20c: npt.ArrayLike) -> FloatArray:
    """Molecular weight [g/mol] from boiling point and density at 20 C [g/cm3].

    M = 0.01077 Tb^b / d, b = 1.52869 + 0.06486 ln(Tb/(1078 - Tb)), Tb in K.

    Raises
    ------
    DataError
        If a boiling point is not below 1078 K or a density is not above zero.

    References
    ----------
    A. G. Goossens, Ind. Eng. Chem. Res. 35 (1996) 985.
    """
    boiling = kelvin(boiling_point_c, "boiling_point_c")
    above("1078 K less boiling_point_c", 1078.0 - boiling, 0.0, "K")
    power = 1.52869 + 0.06486 * np.log(boiling / (1078.0 - boiling))
    return 0.01077 * boiling**power / positive("density_20c", density_20c, "g/cm3")


@valid_within(Range("specific_gravity", 0.6, 1.1), Range("boiling_point_c", 15.0, 649.0, "C"))
def lee_kesler(boiling_point_c: npt.ArrayLike, specific_gravity: npt.ArrayLike) -> PseudoComponent:
    """Molecular weight and critical constants by Kesler and Lee (1976).

    Arguments and errors as :func:`from_boiling_point`.
    Tc = 341.7 + 811.1 SG + (0.4244 + 0.1174 SG) Tb + (0.4669 - 3.26238 SG) 1e5/Tb; ln Pc = 8.3634 -
    0.0566/SG - (0.24244 + 2.2898/SG + 0.11857/SG^2) 1e-3 Tb + (1.4685 + 3.648/SG + 0.47227/SG^2) 1e-7 Tb^2 -
    (0.42019 + 1.6977/SG^2) 1e-10 Tb^3; M =
    -12272.6 + 9486.4 SG + (4.6523 - 3.3287 SG) Tb + (1 - 0.77084 SG - 0.02058 SG^2)(1.3437 - 720.79/Tb)
    1e7/Tb + (1 - 0.80882 SG + 0.02226 SG^2)(1.8828 - 181.98/Tb) 1e12/Tb^3; Tb and Tc in R, Pc in psia.

    References
    ----------
    M. G. Kesler and B. I. Lee, Hydrocarbon Processing 55 (3) 1976, 153; Ahmed (2016), example 2.2.
    """
    tb, sg = _inputs(rankine(boiling_point_c, "boiling_point_c"), specific_gravity)
    critical = 341.7 + 811.1 * sg + (0.4244 + 0.1174 * sg) * tb + (0.4669 - 3.26238 * sg) * 1e5 / tb
    first = 8.3634 - 0.0566 / sg - (0.24244 + 2.2898 / sg + 0.11857 / sg**2) * 1e-3 * tb
    second = (1.4685 + 3.648 / sg + 0.47227 / sg**2) * 1e-7 * tb**2 - (
        0.42019 + 1.6977 / sg**2
    ) * 1e-10 * tb**3
    near = (1.0 - 0.77084 * sg - 0.02058 * sg**2) * (1.3437 - 720.79 / tb) * 1e7 / tb
    far = (1.0 - 0.80882 * sg + 0.02226 * sg**2) * (1.8828 - 181.98 / tb) * 1e12 / tb**3
    weight = -12272.6 + 9486.4 * sg + (4.6523 - 3.3287 * sg) * tb + near + far
    return _component(
        {
            "molecular_weight": weight,
            "boiling_point_r": tb,
            "critical_temperature_r": critical,
            "critical_pressure_psia": np.exp(first + second),
        }
    )


def acentric_factor_edmister(
    boiling_point_c: npt.ArrayLike,
    critical_temperature_r: npt.ArrayLike,
    critical_pressure_psia: npt.ArrayLike,
) -> FloatArray:
    """Acentric factor [-]: w = 3/7 log10(Pc)/(Tc/Tb - 1) - 1, Pc in atm.

    Raises
    ------
    DataError
        If a critical temperature is not above the boiling point, or a pressure is not above zero.

    References
    ----------
    W. C. Edmister, Petroleum Refiner 37 (4) 1958, 173.
    """
    boiling, critical = (
        rankine(boiling_point_c, "boiling_point_c"),
        array("critical_temperature_r", critical_temperature_r),
    )
    excess = above("critical_temperature_r / boiling point", critical / boiling, 1.0) - 1.0
    pressure = positive("critical_pressure_psia", critical_pressure_psia, "psia") / PSI_PER_ATM
    return 3.0 / 7.0 * np.log10(pressure) / excess - 1.0


def acentric_factor_lee_kesler(
    boiling_point_c: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    critical_temperature_r: npt.ArrayLike,
    critical_pressure_psia: npt.ArrayLike,
) -> FloatArray:
    """Acentric factor [-] by Lee and Kesler (1975), above a reduced boiling point of 0.8 by Kesler and Lee (1976).

    t = Tb/Tc. Up to 0.8: w = (-ln(Pc/14.696) - 5.92714 + 6.09648/t + 1.28862 ln t - 0.169347 t^6) / (15.2518
    - 15.6875/t - 13.4721 ln t + 0.43577 t^6). Above: w = -7.904 + 0.1352 K - 0.007465 K^2 + 8.359 t + (1.408
    - 0.01063 K)/t. A public program writes 8359 for 8.359.

    Raises
    ------
    DataError
        If an argument is not above zero.
    """
    t = rankine(boiling_point_c, "boiling_point_c") / positive(
        "critical_temperature_r", critical_temperature_r, "R"
    )
    pressure = positive("critical_pressure_psia", critical_pressure_psia, "psia") / 14.696
    k = watson_k(boiling_point_c, specific_gravity)
    numerator = -np.log(pressure) - 5.92714 + 6.09648 / t + 1.28862 * np.log(t) - 0.169347 * t**6
    low = numerator / (15.2518 - 15.6875 / t - 13.4721 * np.log(t) + 0.43577 * t**6)
    high = -7.904 + 0.1352 * k - 0.007465 * k**2 + 8.359 * t + (1.408 - 0.01063 * k) / t
    return np.where(t <= 0.8, low, high)


def _inputs(first: FloatArray, specific_gravity: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    both = np.broadcast_arrays(first, positive("specific_gravity", specific_gravity))
    return np.asarray(both[0]), np.asarray(both[1])


def _exponential(row: Coefficients, x: FloatArray, gravity: FloatArray) -> FloatArray:
    a, b, c, d, e, f = row
    return np.asarray(a * x**e * gravity**f * np.exp(b * x + c * gravity + d * x * gravity))


def _component(values: dict[str, FloatArray]) -> PseudoComponent:
    unknown = np.full_like(next(iter(values.values())), np.nan)
    boiling = values.get("boiling_point_r", unknown)
    names = (
        "critical_temperature_r", "critical_pressure_psia", "critical_volume_ft3_per_lb", "huang_index",
        "ch_ratio",
    )  # fmt: skip
    rest = {name: values.get(name, unknown) for name in names}
    return PseudoComponent(values["molecular_weight"], celsius_from_rankine(boiling), **rest)
