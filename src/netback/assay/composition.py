"""What a fraction is made of: paraffins, naphthenes, aromatics, hydrogen, sulphur; FCC feed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, array, at_least, positive, valid_within
from netback.assay.gravity import kelvin


@dataclass(frozen=True, slots=True)
class HydrocarbonTypes:
    """Fractions of paraffins, naphthenes and aromatics [mole fraction]; they add up to 1."""

    paraffins: FloatArray
    naphthenes: FloatArray
    aromatics: FloatArray


@valid_within(Range("molecular_weight", 70.0, 600.0, "g/mol"))
def hydrocarbon_types(
    molecular_weight: npt.ArrayLike,
    refractivity_intercept: npt.ArrayLike,
    viscosity_gravity_constant: npt.ArrayLike,
) -> HydrocarbonTypes:
    """Paraffins, naphthenes and aromatics of an olefin-free fraction (API procedure 2B4.1).

    M above 200: P = 2.5737 + 1.0133 Ri - 3.573 VGC, N = 2.464 - 3.6701 Ri + 1.96312 VGC. M up to 200: P =
    -13.359 + 14.4591 Ri - 1.41344 VGC, N = 23.9825 - 23.333 Ri + 0.81517 VGC. A = 1 - P - N. Nothing is cut
    off: a fraction below 0 or above 1 says that the inputs do not fit the correlation.

    Parameters
    ----------
    molecular_weight : array_like
        M [g/mol].
    refractivity_intercept : array_like
        Ri [-], see :func:`netback.assay.gravity.refractivity_intercept`.
    viscosity_gravity_constant : array_like
        VGC [-]; for M up to 200 books also use a viscosity-gravity function.

    Raises
    ------
    DataError
        If a molecular weight is not above zero.

    References
    ----------
    API Technical Data Book 2B4.1; M. R. Riazi and T. E. Daubert, Ind. Eng. Chem. Process Des. Dev. 25 (1986)
    1009.
    """
    heavy = positive("molecular_weight", molecular_weight, "g/mol") > 200.0
    ri = array("refractivity_intercept", refractivity_intercept)
    vgc = array("viscosity_gravity_constant", viscosity_gravity_constant)
    paraffins = np.where(heavy, 2.5737 + 1.0133 * ri - 3.573 * vgc, -13.359 + 14.4591 * ri - 1.41344 * vgc)
    naphthenes = np.where(heavy, 2.464 - 3.6701 * ri + 1.96312 * vgc, 23.9825 - 23.333 * ri + 0.81517 * vgc)
    return HydrocarbonTypes(paraffins, naphthenes, 1.0 - paraffins - naphthenes)


@valid_within(Range("molecular_weight", 70.0, 600.0, "g/mol"))
def hydrocarbon_types_from_ch(
    molecular_weight: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    refractive_index_20c: npt.ArrayLike,
    refractivity_intercept: npt.ArrayLike,
    ch_ratio: npt.ArrayLike,
) -> HydrocarbonTypes:
    """Paraffins, naphthenes and aromatics from the carbon-to-hydrogen weight ratio, without a viscosity.

    M up to 200: P = 2.57 - 2.877 SG + 0.02876 CH, N = 0.52641 - 0.7494 P - 0.021811 m, m = M (n - 1.475). M
    above 200: P = 1.9842 - 0.27722 Ri - 0.15643 CH, N = 0.5977 - 0.761745 Ri + 0.068048 CH. A = 1 - P - N.

    Arguments, errors as :func:`hydrocarbon_types`, and specific gravity 60/60 F [-], refractive index at 20
    C [-], weight ratio CH [-].

    References
    ----------
    M. R. Riazi and T. E. Daubert (1986); Riazi, ASTM MNL50 (2005), equations 3.78 to 3.81.
    """
    weight = positive("molecular_weight", molecular_weight, "g/mol")
    gravity, ch = positive("specific_gravity", specific_gravity), positive("ch_ratio", ch_ratio)
    ri = array("refractivity_intercept", refractivity_intercept)
    m = weight * (above("refractive_index_20c", refractive_index_20c, 1.0) - 1.475)
    heavy = weight > 200.0
    paraffins = np.where(heavy, 1.9842 - 0.27722 * ri - 0.15643 * ch, 2.57 - 2.877 * gravity + 0.02876 * ch)
    light = 0.52641 - 0.7494 * paraffins - 0.021811 * m
    naphthenes = np.where(heavy, 0.5977 - 0.761745 * ri + 0.068048 * ch, light)
    return HydrocarbonTypes(paraffins, naphthenes, 1.0 - paraffins - naphthenes)


def hydrogen_goossens(
    molecular_weight: npt.ArrayLike, refractive_index_20c: npt.ArrayLike, density_20c: npt.ArrayLike
) -> FloatArray:
    """Hydrogen content [wt%]: H = 30.346 + (82.952 - 65.341 n)/d - 306/M, n and d [g/cm3] at 20 C, M [g/mol].

    Raises
    ------
    DataError
        If a density or molecular weight is not above zero, or a refractive index is not above 1.

    References
    ----------
    A. G. Goossens, Ind. Eng. Chem. Res. 36 (1997) 2500, equation 3.
    """
    refractive = above("refractive_index_20c", refractive_index_20c, 1.0)
    gravity, weight = positive("density_20c", density_20c), positive("molecular_weight", molecular_weight)
    return 30.346 + (82.952 - 65.341 * refractive) / gravity - 306.0 / weight


def hydrogen_jenkins_walsh(specific_gravity: npt.ArrayLike, aniline_c: npt.ArrayLike) -> FloatArray:
    """Hydrogen content [wt%] of a jet fuel: H = 11.17 - 12.89 SG + 0.0389 AP, AP aniline point [K].

    References
    ----------
    G. I. Jenkins and R. P. Walsh, Hydrocarbon Processing 47 (5) 1968, 161; Riazi, ASTM MNL50 (2005).
    """
    return (
        11.17
        - 12.89 * positive("specific_gravity", specific_gravity)
        + 0.0389 * kelvin(aniline_c, "aniline_c")
    )


def hydrogen_from_ch(ch_ratio: npt.ArrayLike, sulfur_wt_pct: npt.ArrayLike = 0.0) -> FloatArray:
    """Hydrogen content [wt%] from the carbon-to-hydrogen weight ratio: H = (100 - S)/(1 + CH)."""
    return (100.0 - at_least("sulfur_wt_pct", sulfur_wt_pct, 0.0, "wt%")) / (
        1.0 + positive("ch_ratio", ch_ratio)
    )


def sulfur_riazi(
    molecular_weight: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    refractivity_intercept: npt.ArrayLike,
    m: npt.ArrayLike,
) -> FloatArray:
    """Sulphur content [wt%] of a straight-run product or crude.

    M below 200: S = 177.448 - 170.946 Ri + 0.2258 m + 4.054 SG; from 200 on: S = -58.02 + 38.463 Ri - 0.023
    m + 22.4 SG; m = M (n - 1.475). A negative answer is given as it is; it says that the sulphur is about
    zero.

    Parameters
    ----------
    molecular_weight, specific_gravity, refractivity_intercept, m : array_like
        M [g/mol], SG 60/60 F [-], Ri [-], m [g/mol].

    Raises
    ------
    DataError
        If a molecular weight or a gravity is not above zero.

    References
    ----------
    M. R. Riazi, N. Nasimi and Y. Roomi, Ind. Eng. Chem. Res. 38 (1999) 4507.
    """
    gravity = positive("specific_gravity", specific_gravity)
    ri, factor = array("refractivity_intercept", refractivity_intercept), array("m", m)
    light = 177.448 - 170.946 * ri + 0.2258 * factor + 4.054 * gravity
    heavy = -58.02 + 38.463 * ri - 0.023 * factor + 22.4 * gravity
    return np.where(positive("molecular_weight", molecular_weight) < 200.0, light, heavy)


def m_parameter(molecular_weight: npt.ArrayLike, refractive_index_20c: npt.ArrayLike) -> FloatArray:
    """Hydrocarbon type parameter m = M (n - 1.475) [g/mol] (Riazi and Daubert 1986)."""
    weight = positive("molecular_weight", molecular_weight, "g/mol")
    return weight * (above("refractive_index_20c", refractive_index_20c, 1.0) - 1.475)


def carbon_residue_from_ch(ch_ratio: npt.ArrayLike) -> FloatArray:
    """Conradson carbon residue [wt%] of a residue: CCR = 148 - 86.96 HC, HC = 11.9147/CH the atomic ratio.

    Not cut off: a negative answer says that the oil is no residue (Riazi, ASTM MNL50, 2005, equations 2.122,
    3.141).
    """
    return 148.0 - 86.96 * 11.9147 / positive("ch_ratio", ch_ratio)


def total_molecular_weight(
    specific_gravity: npt.ArrayLike, aniline_c: npt.ArrayLike, vabp_c: npt.ArrayLike
) -> FloatArray:
    """Molecular weight of an FCC feed [g/mol], TOTAL correlation.

    MW = 0.0078312 SG^-0.0978 AP^0.1238 VABP^1.6971, aniline point AP and volume average boiling point VABP
    in C.

    Raises
    ------
    DataError
        If an argument is not above zero.

    References
    ----------
    H. Dhulesia, Oil and Gas Journal, 13 January 1986, 51; R. Sadeghbeigi, Fluid Catalytic Cracking Handbook,
    example 2-2.
    """
    gravity, aniline = positive("specific_gravity", specific_gravity), positive("aniline_c", aniline_c, "C")
    return 0.0078312 * gravity**-0.0978 * aniline**0.1238 * positive("vabp_c", vabp_c, "C") ** 1.6971


def total_refractive_index_20c(
    specific_gravity: npt.ArrayLike, vabp_c: npt.ArrayLike, molecular_weight: npt.ArrayLike
) -> FloatArray:
    """Refractive index at 20 C of an FCC feed: 1 + 0.8447 SG^1.2058 VABP^-0.0557 MW^-0.0044, VABP in K.

    Arguments, errors and source as :func:`total_molecular_weight`.
    """
    return _total_refractive(specific_gravity, vabp_c, molecular_weight, (0.8447, 1.2058, -0.0557, -0.0044))


def total_refractive_index_60c(
    specific_gravity: npt.ArrayLike, vabp_c: npt.ArrayLike, molecular_weight: npt.ArrayLike
) -> FloatArray:
    """Refractive index at 60 C of an FCC feed: 1 + 0.8156 SG^1.2392 VABP^-0.0576 MW^-0.0007, VABP in K.

    Arguments, errors and source as :func:`total_molecular_weight`.
    """
    return _total_refractive(specific_gravity, vabp_c, molecular_weight, (0.8156, 1.2392, -0.0576, -0.0007))


def total_hydrogen(
    refractive_index_20c: npt.ArrayLike,
    specific_gravity: npt.ArrayLike,
    molecular_weight: npt.ArrayLike,
    sulfur_wt_pct: npt.ArrayLike,
    viscosity_cst: npt.ArrayLike,
) -> FloatArray:
    """Hydrogen content of an FCC feed [wt%].

    H2 = 52.825 - 14.26 RI20 - 21.329 SG - 0.0024 MW - 0.052 S + 0.757 ln v, v the viscosity at 98.9 C [cSt].

    Errors and source as :func:`total_molecular_weight`; sulphur may be zero.
    """
    gravity, weight = (
        positive("specific_gravity", specific_gravity),
        positive("molecular_weight", molecular_weight),
    )
    sulfur = at_least("sulfur_wt_pct", sulfur_wt_pct, 0.0, "wt%")
    logarithm = np.log(positive("viscosity_cst", viscosity_cst, "cSt"))
    refractive = above("refractive_index_20c", refractive_index_20c, 1.0)
    return (
        52.825 - 14.26 * refractive - 21.329 * gravity - 0.0024 * weight - 0.052 * sulfur + 0.757 * logarithm
    )


def _total_refractive(
    specific_gravity: npt.ArrayLike,
    vabp_c: npt.ArrayLike,
    molecular_weight: npt.ArrayLike,
    row: tuple[float, float, float, float],
) -> FloatArray:
    gravity = positive("specific_gravity", specific_gravity)
    weight = positive("molecular_weight", molecular_weight, "g/mol")
    return 1.0 + row[0] * gravity ** row[1] * kelvin(vabp_c, "vabp_c") ** row[2] * weight ** row[3]
