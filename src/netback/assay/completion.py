"""Filling gaps: a separate, visible step by a named method, with an error band, that never overwrites.

Nothing in Netback fills a gap by itself. :func:`complete` makes a new assay in which the missing values of one
property are filled by one method; each filled value is flagged ``correlated`` or ``stand-in`` and carries the
method and its error band. What the method cannot fill stays NaN.

====================  ===============================================================================
method                what it does
====================  ===============================================================================
``library``           regression over the 58 ADIOS ExxonMobil assays, recut at the same temperatures, on
                      density, sulphur and carbon residue; leave-one-out error per cut
``nearest``           mean of the three library assays nearest in those properties: a stand-in
``astm_d341``         viscosity from two known viscosities of the same cut
``astm_d4530``        micro carbon residue from Conradson or the other way: the two tests agree
``api``               API Technical Data Book correlation from density and boiling point (viscosity,
                      smoke, freeze, cloud, pour, aniline, flash); ASTM D4737 for the cetane index
====================  ===============================================================================

Cold flow, metals and the viscosity of residues decide whether a product can be sold and are the least certain:
they need ``consent=True``. API correlations do not reach residues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, Assay, ErrorBand, Flag, Quality
from netback.assay.blending import default_rule
from netback.assay.cold_flow import cloud_point, flash_point, freeze_point, pour_point
from netback.assay.completion_library import Estimate, from_nearest, from_regression
from netback.assay.curve import tbp_to_d86
from netback.assay.distillation_of_cut import tbp_of_cut
from netback.assay.gravity import watson_k
from netback.assay.ignition import aniline_point, cetane_index_d4737, smoke_point
from netback.assay.viscosity import viscosity_at, viscosity_from_boiling_point
from netback.errors import DataError, Finding, closest
from netback.uom import WATER_60F_T_PER_M3

_COLD_FLOW: Final = ("pour_c", "cloud_c", "freeze_c")
_METALS: Final = ("nickel_ppm", "vanadium_ppm", "iron_ppm", "sodium_ppm")
_CARBON_RESIDUE: Final = {"mcr_wt_pct": "ccr_wt_pct", "ccr_wt_pct": "mcr_wt_pct"}
#: A cut that starts here [C] or higher is a residue or a feed of one: its viscosity needs consent.
RESIDUE_FROM_C: Final = 340.0
#: The API correlations end with distillates.
_API_UP_TO_C: Final = 540.0
_D86_POINTS: Final = np.array([0.0, 10.0, 30.0, 50.0, 70.0, 90.0, 100.0])


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a correlation may use of one cut."""

    start_c: float
    end_c: float
    density: float
    mid_c: float
    tbp_c: FloatArray

    @property
    def gravity(self) -> float:
        return self.density / WATER_60F_T_PER_M3

    @property
    def d86_c(self) -> FloatArray:
        return tbp_to_d86(_D86_POINTS, self.tbp_c)


_Formula = Callable[[_Cell], float]
_BENCHMARK: Final = "58 ADIOS ExxonMobil assays, kerosene or diesel cut, the worse of the two"


def _viscosity_formula(temperature_c: float) -> _Formula:
    def formula(cell: _Cell) -> float:
        factor = watson_k(cell.mid_c, cell.gravity)
        return float(viscosity_from_boiling_point(temperature_c, cell.mid_c, factor))

    return formula


def _cetane_index(cell: _Cell) -> float:
    curve = cell.d86_c
    return float(cetane_index_d4737(cell.density, curve[1], curve[3], curve[5]))


#: Property -> method in words, formula, lowest and highest mid-boiling point [C], error band.
_API: Final[dict[str, tuple[str, _Formula, tuple[float, float], ErrorBand | None]]] = {
    "smoke_mm": (
        "API 2B10.1 from density and boiling point",
        lambda cell: float(smoke_point(cell.gravity, cell.mid_c)),
        (93.3, 287.8),
        ErrorBand(1.604, 4.0, "mm", _BENCHMARK),
    ),
    "freeze_c": (
        "API 2B11.1 from density and boiling point",
        lambda cell: float(freeze_point(cell.gravity, cell.mid_c)),
        (129.6, 354.6),
        ErrorBand(9.103, 26.212, "C", _BENCHMARK),
    ),
    "cloud_c": (
        "API 2B12.1 from density and boiling point",
        lambda cell: float(cloud_point(cell.gravity, cell.mid_c)),
        (171.3, 407.4),
        ErrorBand(9.562, 29.835, "C", _BENCHMARK),
    ),
    "pour_c": (
        "API 2B8.1-2 from density and boiling point",
        lambda cell: float(pour_point(cell.gravity, cell.mid_c)),
        (171.3, 560.2),
        ErrorBand(9.789, 30.247, "C", _BENCHMARK),
    ),
    "aniline_c": (
        "API 2B9.1 from density and boiling point",
        lambda cell: float(aniline_point(cell.gravity, cell.mid_c)),
        (93.3, 593.3),
        ErrorBand(2.388, 5.666, "C", _BENCHMARK),
    ),
    "flash_c": (
        "API 2B7.1 from the 10 % point of D86; no measured flash points to compare with",
        lambda cell: float(flash_point(cell.d86_c[1])),
        (100.0, 400.0),
        None,
    ),
    "cetane_index": (
        "ASTM D4737 on D86 from TBP (API 3A1.1)",
        _cetane_index,
        (170.0, 360.0),
        ErrorBand(0.197, 0.212, "-", _BENCHMARK),
    ),
}
_VISCOSITY_BAND: Final = ErrorBand(0.111, 0.261, "ln", _BENCHMARK)
_D341_BAND: Final = ErrorBand(0.0, 0.0005, "ln", "232 listed values; those lie on the line by construction")


def methods(property: str) -> tuple[str, ...]:
    """Return the names of the methods that can fill a property.

    Raises
    ------
    DataError
        If the property is not known.
    """
    default_rule(property)
    viscosity = _viscosity_temperature(property) is not None
    found = ["library", "nearest"]
    if viscosity:
        found.append("astm_d341")
    if property in _CARBON_RESIDUE:
        found.append("astm_d4530")
    if viscosity or property in _API:
        found.append("api")
    return tuple(found)


def complete(
    assay: Assay, property: str, method: str, consent: bool = False, cuts: Iterable[str] | None = None
) -> Assay:
    """Fill the missing values of one property by one method.

    Parameters
    ----------
    assay : Assay
    property : str
        Canonical name, for example ``viscosity_cst_50c``.
    method : str
        One of :func:`methods`.
    consent : bool
        Needed for cold flow, metals and the viscosity of cuts that start at 340 C or higher.
    cuts : iterable of str, optional
        Fill only these cuts of the assay.

    Returns
    -------
    Assay
        A new assay; known values are untouched, filled ones are flagged with method and error band.

    Raises
    ------
    DataError
        If the property, method or a cut is not known, consent is missing, or nothing could be filled.
    """
    _check_method(property, method)
    wanted = _wanted(assay, property, cuts)
    _check_consent(assay, property, wanted, consent)
    quality, estimates = _estimates(assay, property, method, wanted)
    filled = {number: estimate for number, estimate in estimates.items() if np.isfinite(estimate.value)}
    if not filled:
        what = f'method "{method}" can fill no cut.'
        hint = "It needs known density, and lies outside its range or its library elsewhere."
        raise DataError(Finding(f"assay {assay.name}, {property}", what, hint))
    values = np.array(assay.properties.get(property, np.full(len(assay.cut_names), np.nan)))
    flags = dict(assay.flags)
    for number, estimate in filled.items():
        values[number] = estimate.value
        flags[property, assay.cut_names[number]] = Flag(quality, estimate.method, estimate.band)
    names = ", ".join(assay.cut_names[number] for number in filled)
    remark = f"{property} of {names} filled by method {method}"
    return assay.with_(
        properties={**assay.properties, property: values}, flags=flags, remarks=(*assay.remarks, remark)
    )


def _check_method(property: str, method: str) -> None:
    known = methods(property)
    if property == DENSITY:
        raise DataError(Finding("argument property", "the density of every cut is always known."))
    if method not in known:
        hint = closest(method, known) or f"Known: {', '.join(known)}."
        raise DataError(Finding("argument method", f'"{method}" cannot fill {property}.', hint))


def _wanted(assay: Assay, property: str, cuts: Iterable[str] | None) -> list[int]:
    values = assay.properties.get(property, np.full(len(assay.cut_names), np.nan))
    chosen = assay.cut_names if cuts is None else tuple(cuts)
    findings = [
        Finding(
            f'cut "{name}"', f"assay {assay.name} has no such cut.", f"It has {', '.join(assay.cut_names)}."
        )
        for name in chosen
        if name not in assay.cut_names
    ]
    if findings:
        raise DataError(findings)
    wanted = [n for n, name in enumerate(assay.cut_names) if name in chosen and np.isnan(values[n])]
    if not wanted:
        what = "every value asked for is known already; known values are never overwritten."
        raise DataError(Finding(f"assay {assay.name}, {property}", what))
    return wanted


def _check_consent(assay: Assay, property: str, wanted: list[int], consent: bool) -> None:
    if consent:
        return
    reason = ""
    if property in _COLD_FLOW:
        reason = "estimates of cold flow miss by 5 to 30 C"
    elif property in _METALS:
        reason = "metals do not follow from density, sulphur and carbon residue"
    elif _viscosity_temperature(property) is not None and any(
        assay.edges_c[number] >= RESIDUE_FROM_C - 1e-9 for number in wanted
    ):
        reason = "the viscosity of a residue is known only within a factor of about 2"
    if reason:
        hint = "Say consent=True to fill it all the same, or name lighter cuts."
        raise DataError(Finding(f"assay {assay.name}, {property}", f"{reason}, so consent is needed.", hint))


def _estimates(
    assay: Assay, property: str, method: str, wanted: list[int]
) -> tuple[Quality, dict[int, Estimate]]:
    if method == "library":
        return "correlated", from_regression(assay, property, wanted)
    if method == "nearest":
        return "stand-in", from_nearest(assay, property, wanted)
    if method == "astm_d4530":
        return "correlated", {number: _from_other_test(assay, property, number) for number in wanted}
    if method == "astm_d341":
        return "correlated", {number: _from_d341(assay, property, number) for number in wanted}
    return "correlated", {number: _from_api(assay, property, number) for number in wanted}


def _viscosity_temperature(property: str) -> float | None:
    text = property.removeprefix("viscosity_cst_")
    return float(text[:-1]) if text != property and text.endswith("c") and text[:-1].isdigit() else None


def _from_d341(assay: Assay, property: str, number: int) -> Estimate:
    wanted = _viscosity_temperature(property)
    known = []
    for name, values in assay.properties.items():
        temperature = _viscosity_temperature(name)
        if temperature is not None and name != property and np.isfinite(values[number]):
            known.append((abs(temperature - (wanted or 0.0)), temperature, float(values[number])))
    if len(known) < 2 or wanted is None:
        return Estimate(float("nan"), "", None)
    (_, t1, v1), (_, t2, v2) = sorted(known)[:2]
    value = float(viscosity_at(wanted, (t1, t2), (v1, v2)))
    return Estimate(value, f"ASTM D341 from {t1:g} and {t2:g} C", _D341_BAND)


def _from_other_test(assay: Assay, property: str, number: int) -> Estimate:
    other = _CARBON_RESIDUE[property]
    value = float(assay.properties[other][number]) if other in assay.properties else float("nan")
    return Estimate(value, f"taken equal to {other}: ASTM D4530 and D189 agree above 0.1 wt%", None)


def _from_api(assay: Assay, property: str, number: int) -> Estimate:
    start, end = float(assay.edges_c[number]), float(assay.edges_c[number + 1])
    tbp = tbp_of_cut(assay, start, end, _D86_POINTS)
    cell = _Cell(start, end, float(assay.properties[DENSITY][number]), float(tbp[3]), tbp)
    temperature = _viscosity_temperature(property)
    band: ErrorBand | None
    if temperature is not None:
        text, band = "API 11A4.2 and ASTM D341 from density and boiling point", _VISCOSITY_BAND
        formula, (low, high) = _viscosity_formula(temperature), (60.0, 450.0)
    else:
        text, formula, (low, high), band = _API[property]
    inside = low <= cell.mid_c <= high and end <= _API_UP_TO_C
    return Estimate(formula(cell) if inside else float("nan"), text, band)
