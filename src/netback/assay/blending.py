"""Blending rules: what average of the components gives the property of the blend, with exact inverses.

A rule turns a property into an *index*, averages the index over mass or volume, and turns the average back.
The index is what a linear program holds, so every rule has both directions. Where books disagree the method
is selectable; the first method below is the default.

==========================  ===============================  ======  ========================================
property                    methods                          basis   remark
==========================  ===============================  ======  ========================================
``density_t_per_m3``        linear                           volume  ideal mixing; also ``specific_gravity``
``api_gravity``             density                          volume  averages the specific gravity
contents by weight          linear                           mass    sulphur, metals, carbon residue, acid ...
contents by volume          linear                           volume  paraffins, aromatics, benzene ...
``viscosity_cst*``          refutas, walther                 mass    vendors' residues obey refutas
..                          chevron, d7152                   volume  d7152 is walther by volume
``rvp_psi``, ``rvp_kpa``    power_1.25, linear               volume  linear is a regulatory simplification
``flash_c``                 wickey_chittenden, hu_burns      volume  the index falls as the flash point rises
``pour_c``                  hu_burns                         volume  exponent 1/0.08
``cloud_c``                 hu_burns, exponential            volume  exponent 1/0.05
``freeze_c``                power_12.9                       volume
``ron``, ``mon``            linear, riazi                    volume  see :func:`netback.assay.octane`
cetane, aniline, smoke      linear                           volume  a first approximation
==========================  ===============================  ======  ========================================

Cold-flow and flash indices are rules of thumb with errors of several degrees. No printed worked example of
the pour, cloud and freeze rules was found; they are tested for their shape only.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from netback.assay import blending_rules as functions
from netback.assay.arrays import BoolArray, FloatArray, array, at_least
from netback.errors import DataError, Finding, closest

Basis = Literal["mass", "volume"]
IndexFunction = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class BlendRule:
    """One way to blend one property.

    ``basis`` says what the amounts are. ``valid`` is the range of the property over which the rule is used
    and its inverse is tested; values outside are computed (see :meth:`outside_validity`). ``domain`` and
    ``index_domain`` hold the values and indices that exist; others raise. ``increasing`` is False where a
    higher property has a lower index, so that a maximum of the property is a minimum of the index.
    """

    property: str
    method: str
    basis: Basis
    forward: IndexFunction
    backward: IndexFunction
    valid: tuple[float, float]
    domain: tuple[float, float]
    index_domain: tuple[float, float]
    increasing: bool
    reference: str

    @builtins.property
    def is_linear(self) -> bool:
        """Whether the index is the property itself."""
        return self.forward is functions.same

    def to_index(self, value: npt.ArrayLike) -> FloatArray:
        """Turn property values into indices of the same shape. NaN gives NaN.

        Raises
        ------
        DataError
            If a value lies outside ``domain``.
        """
        return self._apply(self.forward, self.property, array(self.property, value), self.domain)

    def from_index(self, index: npt.ArrayLike) -> FloatArray:
        """Turn indices into property values of the same shape. NaN gives NaN.

        Raises
        ------
        DataError
            If no property value has this index.
        """
        return self._apply(
            self.backward, f"index of {self.property}", array("index", index), self.index_domain
        )

    def outside_validity(self, value: npt.ArrayLike) -> BoolArray:
        """Tell which values lie outside the range the rule is meant for."""
        known = array(self.property, value)
        return (known < self.valid[0]) | (known > self.valid[1])

    def _apply(
        self, function: IndexFunction, name: str, value: FloatArray, domain: tuple[float, float]
    ) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = np.asarray(function(value), dtype=np.float64)
        bad = ~((value >= domain[0]) & (value <= domain[1]) & np.isfinite(result)) & ~np.isnan(value)
        if bad.any():
            found = value.reshape(-1)[int(np.flatnonzero(bad)[0])]
            what = f"{found:g} has no {self.method} blending index."
            hint = f"It must lie between {domain[0]:g} and {domain[1]:g}; check the uom."
            raise DataError(Finding(f"argument {name}", what, hint))
        return result


_ALL = (-np.inf, np.inf)
_POSITIVE = (0.0, np.inf)
_ABOVE_ABSOLUTE_ZERO = (-functions.ZERO_C_K, np.inf)


def _linear(name: str, basis: Basis, valid: tuple[float, float], reference: str) -> BlendRule:
    same = functions.same
    return BlendRule(name, "linear", basis, same, same, valid, _ALL, _ALL, True, reference)


_BY_MASS: Final = {
    "sulfur_wt_pct": 8.0,
    "nitrogen_ppm": 20_000.0,
    "basic_nitrogen_ppm": 20_000.0,
    "mercaptan_ppm": 5_000.0,
    "mcr_wt_pct": 60.0,
    "ccr_wt_pct": 60.0,
    "ramsbottom_wt_pct": 60.0,
    "nickel_ppm": 2_000.0,
    "vanadium_ppm": 5_000.0,
    "iron_ppm": 2_000.0,
    "sodium_ppm": 2_000.0,
    "asphaltenes_wt_pct": 60.0,
    "wax_wt_pct": 100.0,
    "hydrogen_wt_pct": 25.2,
    "carbon_wt_pct": 100.0,
    "tan_mgkoh_g": 20.0,
    "ash_wt_pct": 5.0,
    "water_wt_pct": 100.0,
    "paraffins_wt_pct": 100.0,
    "naphthenes_wt_pct": 100.0,
    "aromatics_wt_pct": 100.0,
    "olefins_wt_pct": 100.0,
    "oxygen_wt_pct": 50.0,
    "net_heat_mj_per_kg": 120.0,
    "gross_heat_mj_per_kg": 142.0,
}

_BY_VOLUME: Final = {
    "density_t_per_m3": (0.4, 1.2),
    "specific_gravity": (0.4, 1.2),
    "cetane_number": (0.0, 100.0),
    "cetane_index": (0.0, 100.0),
    "aniline_c": (-50.0, 140.0),
    "smoke_mm": (5.0, 50.0),
    "paraffins_vol_pct": (0.0, 100.0),
    "naphthenes_vol_pct": (0.0, 100.0),
    "aromatics_vol_pct": (0.0, 100.0),
    "olefins_vol_pct": (0.0, 100.0),
    "benzene_vol_pct": (0.0, 100.0),
    "naphthalenes_vol_pct": (0.0, 100.0),
    "ron": (0.0, 120.0),
    "mon": (0.0, 120.0),
}

_VISCOSITIES: Final = (
    "viscosity_cst",
    *(f"viscosity_cst_{temperature}c" for temperature in (15, 20, 30, 40, 50, 60, 80, 100, 130, 135, 150)),
)


def _viscosity_rules(name: str) -> tuple[BlendRule, ...]:
    d341 = "ASTM D341 double logarithm with its term below 2 cSt"
    chevron = "Fahim, Al-Sahhaf and Elkilani, Fundamentals of Petroleum Refining (2010), chapter 9"
    walther, walther_inverse = functions.walther_to_index, functions.walther_from_index
    refutas = functions.refutas_to_index, functions.refutas_from_index
    return (
        BlendRule(
            name, "refutas", "mass", *refutas, (0.21, 1e7), (0.2, np.inf), _ALL, True,
            "C. A. Refutas (2000); constant 14.534 (a copy prints 14.543)",
        ),
        BlendRule(
            name, "walther", "mass", walther, walther_inverse, (0.21, 2e7), _POSITIVE, _ALL, True, d341
        ),
        BlendRule(
            name, "chevron", "volume", functions.chevron_to_index, functions.chevron_from_index,
            (0.1, 1e6), (1e-3, np.inf), (-np.inf, 1.0), True, chevron,
        ),
        BlendRule(
            name, "d7152", "volume", walther, walther_inverse, (0.21, 2e7), _POSITIVE, _ALL, True,
            f"ASTM D7152 by volume: {d341}",
        ),
    )  # fmt: skip


def _vapour_pressure_rules(name: str, high: float) -> tuple[BlendRule, ...]:
    power = functions.vapour_pressure_to_index, functions.vapour_pressure_from_index
    reference = "Chevron blending index; J. Jechura, Colorado School of Mines, CBEN409 (2019)"
    return (
        BlendRule(name, "power_1.25", "volume", *power, (0.0, high), _POSITIVE, _POSITIVE, True, reference),
        _linear(name, "volume", (0.0, high), "US EPA fuels programme: a regulatory simplification"),
    )


def _temperature_rules() -> tuple[BlendRule, ...]:
    hu_burns = (
        "J. Hu and A. M. Burns, New method predicts cloud, pour, flash points of distillate blends (1970)"
    )
    note = "public note on index formulas of refinery linear programs"
    wickey = (
        "R. O. Wickey and D. H. Chittenden, Flash points of blends correlated, Hydrocarbon Processing (1963)"
    )
    absolute, positive = _ABOVE_ABSOLUTE_ZERO, _POSITIVE
    above_383 = (-415.0 / 1.8 + 1e-9, np.inf)
    return (
        BlendRule(
            "flash_c", "wickey_chittenden", "volume", functions.flash_wickey_to_index,
            functions.flash_wickey_from_index, (-50.0, 250.0), above_383, (7.61e-7, np.inf), False, wickey,
        ),
        BlendRule(
            "flash_c", "hu_burns", "volume", functions.flash_hu_burns_to_index,
            functions.flash_hu_burns_from_index, (-50.0, 250.0), absolute, positive, False, hu_burns,
        ),
        BlendRule(
            "pour_c", "hu_burns", "volume", functions.pour_to_index, functions.pour_from_index,
            (-100.0, 100.0), absolute, positive, True, hu_burns,
        ),
        BlendRule(
            "cloud_c", "hu_burns", "volume", functions.cloud_to_index, functions.cloud_from_index,
            (-100.0, 100.0), absolute, positive, True, hu_burns,
        ),
        BlendRule(
            "cloud_c", "exponential", "volume", functions.cloud_exponential_to_index,
            functions.cloud_exponential_from_index, (-100.0, 100.0), _ALL, positive, True, note,
        ),
        BlendRule(
            "freeze_c", "power_12.9", "volume", functions.freeze_to_index, functions.freeze_from_index,
            (-100.0, 50.0), (-492.0 / 1.8, np.inf), positive, True, note,
        ),
    )  # fmt: skip


def _octane_rule(name: str) -> BlendRule:
    index = functions.octane_to_index, functions.octane_from_index
    reference = "M. R. Riazi, ASTM MNL50 (2005); Fahim et al. (2010)"
    ends = (36.01 - 1e-9, float(functions.octane_to_index(np.array(130.0))) + 1e-9)
    return BlendRule(name, "riazi", "volume", *index, (0.0, 106.0), (0.0, 130.0), ends, True, reference)


def _all_rules() -> tuple[BlendRule, ...]:
    mass = "a content by mass is conserved"
    volume = "volume average; contents by volume are conserved, the others are a first approximation"
    api = functions.api_to_index, functions.api_from_index
    return (
        *(_linear(name, "mass", (0.0, high), mass) for name, high in _BY_MASS.items()),
        *(_linear(name, "volume", valid, volume) for name, valid in _BY_VOLUME.items()),
        BlendRule(
            "api_gravity", "density", "volume", *api, (-10.0, 120.0), (-131.0, np.inf), _POSITIVE, False,
            "API gravity is 141.5/SG - 131.5; the specific gravity averages by volume",
        ),
        *(blend_rule for name in _VISCOSITIES for blend_rule in _viscosity_rules(name)),
        *_vapour_pressure_rules("rvp_psi", 60.0),
        *_vapour_pressure_rules("rvp_kpa", 414.0),
        *_temperature_rules(),
        _octane_rule("ron"),
        _octane_rule("mon"),
    )  # fmt: skip


#: Every rule by property and method. The first method of a property is its default.
RULES: Final[Mapping[tuple[str, str], BlendRule]] = MappingProxyType(
    {(entry.property, entry.method): entry for entry in _all_rules()}
)
_DEFAULTS: Final[Mapping[str, BlendRule]] = MappingProxyType(
    {entry.property: entry for entry in reversed(tuple(RULES.values()))}
)


def properties() -> tuple[str, ...]:
    """Return the names of all properties that have a blending rule."""
    return tuple(dict.fromkeys(name for name, _ in RULES))


def methods(property: str) -> tuple[str, ...]:
    """Return the methods known for a property, the default first.

    Raises
    ------
    DataError
        If the property has no rule; the finding names the closest property.
    """
    default_rule(property)
    return tuple(method for name, method in RULES if name == property)


def default_rule(property: str) -> BlendRule:
    """Return the rule that is used when none is named. Raises like :func:`methods`."""
    if property in _DEFAULTS:
        return _DEFAULTS[property]
    hint = closest(property, _DEFAULTS) or f"Known: {', '.join(properties())}."
    raise DataError(Finding("argument property", f'no blending rule for "{property}".', hint))


def rule(property: str, method: str | None = None) -> BlendRule:
    """Return one rule, or the default of the property.

    Raises
    ------
    DataError
        If the property or the method is not known.
    """
    if method is None:
        return default_rule(property)
    if (property, method) in RULES:
        return RULES[property, method]
    known = ", ".join(methods(property))
    raise DataError(Finding("argument method", f'"{method}" is no rule for {property}.', f"Known: {known}."))


def blend(
    property: str, values: npt.ArrayLike, amounts: npt.ArrayLike, method: str | None = None
) -> FloatArray:
    """Return the property of a blend of components.

    Parameters
    ----------
    property : str
        Canonical name, for example ``viscosity_cst_50c``; :func:`properties` lists them.
    values : array_like, shape (..., n)
        Property of the n components along the last axis. NaN (not known) makes the blend NaN, unless its
        amount is zero.
    amounts : array_like, shape (..., n)
        Amounts of the components, mass or volume as ``rule(property, method).basis`` says, in any uom.
    method : str, optional
        One of :func:`methods`; the first is the default.

    Returns
    -------
    ndarray, shape (...)
        Property of each blend.

    Raises
    ------
    DataError
        If the property or method is unknown, a value has no index, an amount is negative or unknown, or the
        amounts add up to zero.
    """
    chosen = rule(property, method)
    weights = fractions(amounts)
    known, weights = np.broadcast_arrays(np.atleast_1d(array(property, values)), weights)
    present = np.where(weights == 0.0, np.nan, known)
    index = np.where(weights == 0.0, 0.0, chosen.to_index(present))
    return chosen.from_index(np.sum(weights * index, axis=-1))


def fractions(amounts: npt.ArrayLike) -> FloatArray:
    """Return amounts divided by their sum along the last axis, of shape (..., n).

    Raises
    ------
    DataError
        If an amount is negative or NaN, or the amounts of a blend add up to zero.
    """
    known = np.atleast_1d(at_least("amounts", amounts, 0.0))
    total = known.sum(axis=-1, keepdims=True)
    if np.isnan(known).any():
        raise DataError(Finding("argument amounts", "holds an unknown amount.", "Write zero for none."))
    if (total <= 0.0).any():
        raise DataError(
            Finding("argument amounts", "add up to zero.", "A blend needs at least one component.")
        )
    return np.asarray(known / total, dtype=np.float64)
