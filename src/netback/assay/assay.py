"""One crude: boiling curve, properties by cut, whole-crude values, and where each number comes from.

An :class:`Assay` holds a chain of cuts from the initial to the final boiling point without gaps. Mass is
the master axis: cut yields add up to exactly 100 wt% and 100 vol%, and the density of each cut ties the two
together. The listed whole-crude values stay beside that sum; :mod:`netback.assay.closure` compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.blending import default_rule

Quality = Literal["measured", "reported", "derived", "correlated", "stand-in", "assumed"]
QUALITIES: Final[tuple[Quality, ...]] = (
    "measured", "reported", "derived", "correlated", "stand-in", "assumed",
)  # fmt: skip
DENSITY: Final = "density_t_per_m3"


@dataclass(frozen=True, slots=True)
class ErrorBand:
    """How far a filled value may be off: mean and 95th percentile of the absolute error, and how measured.

    ``uom`` is that of the error; ``ln`` means the error of the natural logarithm of the value.
    """

    mean_abs: float
    p95_abs: float
    uom: str
    basis: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Quality of one value, with the method and error band where it was not measured or reported."""

    quality: Quality
    method: str = ""
    band: ErrorBand | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an assay comes from. ``doubtful`` says what is wrong with it, ``prefer`` what to use instead."""

    source: str
    date: str = ""
    quality: Quality = "reported"
    region: str = ""
    vendor: str = ""
    note: str = ""
    doubtful: str = ""
    prefer: str = ""


@dataclass(frozen=True, eq=False)
class Curve:
    """True boiling point curve at its knots.

    Attributes
    ----------
    temperature_c : ndarray, shape (n,)
        Strictly increasing [C], from the initial to the final boiling point.
    cumulative_wt_pct, cumulative_vol_pct : ndarray, shape (n,)
        Cumulative yield on crude, from 0 to 100.
    known_to_c : float
        Highest temperature [C] that the source gives; above it the curve is extrapolated.
    heavy_end : str
        Method of that extrapolation; empty if the source reaches 100 %.
    light_end : str
        How the initial boiling point was found; empty if the source gives it.
    """

    temperature_c: FloatArray
    cumulative_wt_pct: FloatArray
    cumulative_vol_pct: FloatArray
    known_to_c: float
    heavy_end: str = ""
    light_end: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """Yields and densities as the source prints them, before they are made to close. NaN where not given."""

    yield_wt_pct: FloatArray
    yield_vol_pct: FloatArray
    density_t_per_m3: FloatArray


@dataclass(frozen=True, eq=False)
class Assay:
    """One crude or one blend of crudes. Frozen; arrays are not writeable.

    Attributes
    ----------
    name, title : str
        Stable identifier, and the name the source uses.
    curve : Curve
        Boiling curve of the whole crude.
    cut_names : tuple of str, length m
        Names of the cuts from light to heavy.
    edges_c, edges_wt_pct, edges_vol_pct : ndarray, shape (m + 1,)
        Boundaries of the cuts: temperature [C] and cumulative yields [%] from 0 to 100.
    properties : mapping of str to ndarray of shape (m,)
        Canonical property name to the value per cut; NaN means not known. ``density_t_per_m3`` is always
        there.
    whole : mapping of str to float
        Whole-crude values as listed by the source. They are not used to cut.
    light_ends_wt_pct : mapping of str to float
        Pure components [wt% on crude] where the source gives them.
    provenance : Provenance
        Source, date and quality of all values that have no flag of their own.
    flags : mapping of (property, cut name) to Flag
        Values whose quality differs; the cut name ``*`` stands for all cuts.
    printed : Printed
        Yields and densities as printed.
    remarks : tuple of str
        What was changed to make the data close, in words.
    """

    name: str
    title: str
    curve: Curve
    cut_names: tuple[str, ...]
    edges_c: FloatArray
    edges_wt_pct: FloatArray
    edges_vol_pct: FloatArray
    properties: Mapping[str, FloatArray]
    whole: Mapping[str, float]
    provenance: Provenance
    printed: Printed
    light_ends_wt_pct: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[tuple[str, str], Flag] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.edges_c, self.edges_wt_pct, self.edges_vol_pct, *self.properties.values()):
            array.setflags(write=False)
        for name in ("properties", "whole", "light_ends_wt_pct", "flags"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __repr__(self) -> str:
        return f"Assay({self.name!r}, {len(self.cut_names)} cuts, {self.density_t_per_m3:.4f} t/m3)"

    @cached_property
    def yield_wt_pct(self) -> FloatArray:
        """Yield of each cut [wt% on crude], shape (m,); adds up to 100."""
        return np.diff(self.edges_wt_pct)

    @cached_property
    def yield_vol_pct(self) -> FloatArray:
        """Yield of each cut [vol% on crude as the sum of its cuts], shape (m,); adds up to 100."""
        return np.diff(self.edges_vol_pct)

    @cached_property
    def density_t_per_m3(self) -> float:
        """Density [t/m3 at 15 C] of the crude as the sum of its cuts; the listed one is in ``whole``."""
        return float(self.properties[DENSITY] @ self.yield_vol_pct) / 100.0

    def sum_of_cuts(self, property: str) -> float:
        """Return the whole-crude value that follows from the cuts by the property's blending rule.

        NaN where a cut with a yield has no value.
        """
        if property == DENSITY:
            return self.density_t_per_m3
        if property not in self.properties:
            return float("nan")
        rule = default_rule(property)
        amounts = self.yield_wt_pct if rule.basis == "mass" else self.yield_vol_pct
        used = amounts > 0.0
        index = rule.to_index(self.properties[property][used])
        return float(rule.from_index(index @ amounts[used] / amounts[used].sum()))

    def whole_value(self, property: str) -> float:
        """Return the listed whole-crude value, else the sum of the cuts; NaN if neither is known."""
        listed = self.whole.get(property, float("nan"))
        return listed if listed == listed else self.sum_of_cuts(property)

    def flag(self, property: str, cut: str) -> Flag:
        """Quality of one value: its own flag, that of the property, or that of the assay."""
        for key in ((property, cut), (property, "*")):
            if key in self.flags:
                return self.flags[key]
        return Flag(self.provenance.quality)

    def with_(self, **changes: Any) -> Assay:
        """Return a changed copy; arguments are the attributes by name."""
        return replace(self, **changes)
