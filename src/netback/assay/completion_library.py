"""Estimates from the shipped library: regression over, or the nearest of, the fully measured assays.

The 58 ADIOS ExxonMobil assays are recut at the very temperatures of the assay that has the gap, so that like is
compared with like. Both methods work on the blending index of the property (Refutas for viscosity), and both
state the error they make when each library assay in turn is left out and estimated from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from netback.assay.arrays import BoolArray, FloatArray
from netback.assay.assay import DENSITY, Assay, ErrorBand
from netback.assay.blending import BlendRule, default_rule
from netback.assay.cutting import CutTable, cut_many
from netback.assay.library import index, load_many
from netback.assay.viscosity import viscosity_at

#: A library cut counts only with at least this yield [wt%] and the regression only with this many cuts.
_LEAST_YIELD_PCT: Final = 0.3
_LEAST_CUTS: Final = 20
_NEIGHBOURS: Final = 3
_RESIDUE_NAMES: Final = ("mcr_wt_pct", "ccr_wt_pct")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One filled value; NaN where the method does not apply."""

    value: float
    method: str
    band: ErrorBand | None


@dataclass(frozen=True, slots=True)
class _Sample:
    """Library cuts at one pair of temperatures: features, indices, values; and the features of the gap."""

    features: FloatArray
    indices: FloatArray
    values: FloatArray
    wanted: FloatArray
    names: str


@lru_cache(maxsize=1)
def reference_assays() -> tuple[Assay, ...]:
    """Return the fully measured assays of the library."""
    return load_many(name for name, entry in index().items() if entry.group == "adios_exxon")


@lru_cache(maxsize=16)
def _recut(edges_c: tuple[float, ...]) -> tuple[CutTable, ...]:
    return cut_many(reference_assays(), edges_c)


def from_regression(assay: Assay, property: str, wanted: list[int]) -> dict[int, Estimate]:
    """Estimate by a linear regression of the index; see the module's docstring."""
    rule = default_rule(property)
    return {number: _regress(_sample(assay, property, number), rule) for number in wanted}


def from_nearest(assay: Assay, property: str, wanted: list[int]) -> dict[int, Estimate]:
    """Estimate by the mean index of the nearest library assays."""
    rule = default_rule(property)
    return {number: _nearest(_sample(assay, property, number), rule) for number in wanted}


def _sample(assay: Assay, property: str, number: int) -> _Sample:
    tables = _recut(tuple(float(edge) for edge in assay.edges_c[1:-1]))
    values = np.array([_value(table, property, number) for table in tables])
    known = np.isfinite(values) & np.array([t.yield_wt_pct[number] >= _LEAST_YIELD_PCT for t in tables])
    columns, wanted, names = [], [], []
    for name, theirs, mine in (
        ("density", [t[DENSITY][number] for t in tables], assay.properties[DENSITY][number]),
        ("sulphur", [t["sulfur_wt_pct"][number] for t in tables], _own(assay, ("sulfur_wt_pct",), number)),
        ("carbon residue", [t["ccr_wt_pct"][number] for t in tables], _own(assay, _RESIDUE_NAMES, number)),
    ):
        column = np.asarray(theirs) if name == "density" else np.sqrt(np.asarray(theirs))
        # A published sulphur just below zero is a rounding of its source: nothing can be learnt from it.
        root = float(np.sqrt(mine)) if mine >= 0.0 else float("nan")
        target = float(mine) if name == "density" else root
        if np.isfinite(target) and _is_useful(column, known):
            columns.append(column)
            wanted.append(target)
            names.append(name)
    features = np.column_stack(columns)[known] if columns else np.empty((int(known.sum()), 0))
    rule = default_rule(property)
    indices = rule.to_index(values[known])
    return _Sample(features, indices, values[known], np.array(wanted), ", ".join(names))


def _own(assay: Assay, names: tuple[str, ...], number: int) -> float:
    found = [assay.properties[name][number] for name in names if name in assay.properties]
    return float(next((value for value in found if np.isfinite(value)), np.nan))


def _is_useful(column: FloatArray, known: BoolArray) -> bool:
    """Whether a feature is known for all library cuts and varies: light cuts have no carbon residue."""
    used = column[known]
    return bool(used.size) and bool(np.isfinite(used).all()) and float(np.std(used)) > 1e-6


def _value(table: CutTable, property: str, number: int) -> float:
    """Value of a library cut; viscosity at a temperature they do not list follows by ASTM D341."""
    if property in table:
        return float(table[property][number])
    if property.startswith("viscosity_cst_"):
        low, high = float(table["viscosity_cst_40c"][number]), float(table["viscosity_cst_50c"][number])
        if np.isfinite(low) and np.isfinite(high):
            temperature = float(property.removeprefix("viscosity_cst_").rstrip("c"))
            return float(viscosity_at(temperature, (40.0, 50.0), (low, high)))
    return float("nan")


def _regress(sample: _Sample, rule: BlendRule) -> Estimate:
    if len(sample.indices) < _LEAST_CUTS or not sample.wanted.size:
        return Estimate(float("nan"), "", None)
    design = np.column_stack([np.ones(len(sample.indices)), sample.features])
    inverse = np.linalg.pinv(design)
    coefficients = inverse @ sample.indices
    leverage = np.einsum("ij,ji->i", design, inverse)
    residual = (sample.indices - design @ coefficients) / np.maximum(1.0 - leverage, 1e-9)
    point = np.append(1.0, sample.wanted)
    value = _back(rule, sample, np.array([point @ coefficients]))[0]
    outside = float(point @ np.linalg.pinv(design.T @ design) @ point) > float(leverage.max())
    method = f"regression over {len(sample.indices)} library cuts on {sample.names}"
    method += "; outside the range of the library" if outside else ""
    return Estimate(float(value), method, _band(rule, sample, sample.indices - residual))


def _nearest(sample: _Sample, rule: BlendRule) -> Estimate:
    if len(sample.indices) < _LEAST_CUTS or not sample.wanted.size:
        return Estimate(float("nan"), "", None)
    scale = sample.features.std(axis=0)
    distance = (((sample.features - sample.wanted) / scale) ** 2).sum(axis=1)
    value = sample.indices[np.argsort(distance, kind="stable")[:_NEIGHBOURS]].mean()
    apart = (((sample.features[:, None] - sample.features) / scale) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    left_out = sample.indices[np.argsort(apart, axis=1, kind="stable")[:, :_NEIGHBOURS]].mean(axis=1)
    method = f"mean of the {_NEIGHBOURS} nearest of {len(sample.indices)} library cuts by {sample.names}"
    return Estimate(float(_back(rule, sample, np.array([value]))[0]), method, _band(rule, sample, left_out))


def _back(rule: BlendRule, sample: _Sample, index: FloatArray) -> FloatArray:
    """Turn indices into values, held within what the library has seen so that nothing runs away."""
    return rule.from_index(np.clip(index, sample.indices.min(), sample.indices.max()))


def _band(rule: BlendRule, sample: _Sample, left_out: FloatArray) -> ErrorBand:
    estimated = _back(rule, sample, left_out)
    if rule.property.startswith("viscosity"):
        error, uom = np.abs(np.log(estimated / sample.values)), "ln"
    else:
        error, uom = np.abs(estimated - sample.values), rule.property.rsplit("_", 1)[-1]
    basis = f"leave-one-out over {len(error)} ADIOS ExxonMobil assays"
    return ErrorBand(float(error.mean()), float(np.percentile(error, 95.0)), uom, basis)
