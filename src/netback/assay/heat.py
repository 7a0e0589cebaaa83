"""Heat of combustion, and vapour pressures of stocks at storage temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, at_least, between, positive, valid_within
from netback.assay.gravity import rankine

BTU_PER_LB_TO_MJ_PER_KG = 2.326e-3

_TABLE_API = np.arange(0.0, 36.0, 5.0)
_TABLE_SULFUR = np.array([2.95, 2.35, 1.80, 1.35, 1.00, 0.70, 0.40, 0.30])
_TABLE_ASH = np.array([1.15, 1.00, 0.95, 0.85, 0.75, 0.70, 0.65, 0.60])


@dataclass(frozen=True, slots=True)
class HeatOfCombustion:
    """Gross and net heat of combustion at 60 F [Btu/lb]."""

    gross_btu_per_lb: FloatArray
    net_btu_per_lb: FloatArray

    @property
    def gross_mj_per_kg(self) -> FloatArray:
        """Gross heat of combustion [MJ/kg]."""
        return np.asarray(self.gross_btu_per_lb * BTU_PER_LB_TO_MJ_PER_KG)

    @property
    def net_mj_per_kg(self) -> FloatArray:
        """Net heat of combustion [MJ/kg]."""
        return np.asarray(self.net_btu_per_lb * BTU_PER_LB_TO_MJ_PER_KG)


@valid_within(Range("api", 0.0, 60.0, "degAPI"))
def heat_of_combustion(
    api: npt.ArrayLike,
    water_wt_pct: npt.ArrayLike = 0.0,
    ash_wt_pct: npt.ArrayLike | None = None,
    sulfur_wt_pct: npt.ArrayLike | None = None,
) -> HeatOfCombustion:
    """Heat of combustion of a fuel oil or petroleum fraction (API procedure 14A1.3).

    Gross: h = 17672 + 66.6 API - 0.316 API^2 - 0.0014 API^3; net: h = 16796 + 54.5 API - 0.217 API^2 -
    0.0019 API^3. Both hold for the usual content of sulphur and ash at that gravity (table 14-0.1; nothing
    above 35 API). Other contents change them to h - 0.01 h (W + dS + dA) + 40.5 dS, with W water and dS, dA
    the sulphur and ash above the usual [wt%], and the net heat by
    - 10.53 W more.

    Parameters
    ----------
    api : array_like
        API gravity [degAPI].
    water_wt_pct : array_like
        Water [wt%].
    ash_wt_pct, sulfur_wt_pct : array_like, optional
        Ash and sulphur [wt%]; the usual contents if left out.

    Raises
    ------
    DataError
        If a content is below zero or an API gravity is not above -131.5.

    References
    ----------
    API Technical Data Book, procedure 14A1.3.
    """
    gravity = above("api", api, -131.5, "degAPI")
    water = at_least("water_wt_pct", water_wt_pct, 0.0, "wt%")
    sulfur = _above_usual("sulfur_wt_pct", sulfur_wt_pct, gravity, _TABLE_SULFUR)
    ash = _above_usual("ash_wt_pct", ash_wt_pct, gravity, _TABLE_ASH)
    gross = 17672.0 + gravity * (66.6 + gravity * (-0.316 - 0.0014 * gravity))
    net = 16796.0 + gravity * (54.5 + gravity * (-0.217 - 0.0019 * gravity))
    inert, extra = 0.01 * (water + sulfur + ash), 40.5 * sulfur
    return HeatOfCombustion(gross - gross * inert + extra, net - net * inert + extra - 10.53 * water)


def _above_usual(
    name: str, content: npt.ArrayLike | None, gravity: FloatArray, table: FloatArray
) -> FloatArray:
    if content is None:
        return np.zeros_like(gravity)
    usual = np.where(gravity < 35.0, np.interp(gravity, _TABLE_API, table), 0.0)
    return at_least(name, content, 0.0, "wt%") - usual


@valid_within(Range("rvp_psi", 2.0, 15.0, "psi"))
def true_vapour_pressure_crude(rvp_psi: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Return the true vapour pressure [psia] of a crude oil from its Reid vapour pressure [psi].

    ``temperature_c`` is the storage temperature [C].
    P = exp((2799/T - 2.227) log10 RVP - 7261/T + 12.82), T = F + 459.6 [R].

    Raises
    ------
    DataError
        If a vapour pressure is not above zero or a temperature is below absolute zero.

    References
    ----------
    US EPA, AP-42, chapter 7.1 (Organic Liquid Storage Tanks), figure 7.1-13b.
    """
    t = rankine(temperature_c)
    return np.exp((2799.0 / t - 2.227) * np.log10(positive("rvp_psi", rvp_psi, "psi")) - 7261.0 / t + 12.82)


def reid_vapour_pressure_crude(tvp_psia: npt.ArrayLike, temperature_c: npt.ArrayLike) -> FloatArray:
    """Reid vapour pressure [psi] of a crude oil; the exact inverse of :func:`true_vapour_pressure_crude`."""
    t = rankine(temperature_c)
    logarithm = np.log(positive("tvp_psia", tvp_psia, "psia"))
    return 10.0 ** ((logarithm + 7261.0 / t - 12.82) / (2799.0 / t - 2.227))


@valid_within(Range("rvp_psi", 1.0, 20.0, "psi"))
def true_vapour_pressure_product(
    rvp_psi: npt.ArrayLike, temperature_c: npt.ArrayLike, d86_slope_f_per_pct: npt.ArrayLike = 3.0
) -> FloatArray:
    """Return the true vapour pressure [psia] of a refined stock from its Reid vapour pressure [psi].

    ``temperature_c`` is the storage temperature [C].
    P = exp((0.7553 - 413.0/T) S^0.5 log10 RVP - (1.854 - 1042/T) S^0.5 + (2416/T - 2.013) log10 RVP - 8742/T
    + 15.64), T in R, S the slope of the D86 curve at 10 % evaporated [F/%]: aviation
    gasoline 2.0, naphtha 2.5, motor gasoline 3.0, light naphtha 3.5.

    Errors and reference as :func:`true_vapour_pressure_crude`, figure 7.1-14b.
    """
    t, logarithm, root = _product(rvp_psi, temperature_c, d86_slope_f_per_pct)
    slope = (0.7553 - 413.0 / t) * root + 2416.0 / t - 2.013
    return np.exp(slope * logarithm - (1.854 - 1042.0 / t) * root - 8742.0 / t + 15.64)


def reid_vapour_pressure_product(
    tvp_psia: npt.ArrayLike, temperature_c: npt.ArrayLike, d86_slope_f_per_pct: npt.ArrayLike = 3.0
) -> FloatArray:
    """Reid vapour pressure [psi]; the exact inverse of :func:`true_vapour_pressure_product`."""
    t, logarithm, root = _product(tvp_psia, temperature_c, d86_slope_f_per_pct)
    slope = (0.7553 - 413.0 / t) * root + 2416.0 / t - 2.013
    natural = logarithm * np.log(10.0)
    return np.asarray(10.0 ** ((natural + (1.854 - 1042.0 / t) * root + 8742.0 / t - 15.64) / slope))


def _product(
    pressure: npt.ArrayLike, temperature_c: npt.ArrayLike, slope: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    logarithm = np.log10(positive("vapour pressure", pressure, "psi"))
    return rankine(temperature_c), logarithm, np.sqrt(between("d86_slope_f_per_pct", slope, 0.0, 20.0, "F/%"))
