"""Blending whole crudes: several assays become one.

The blend has the cut boundaries of all components together. Each component is cut there; yields add up, and each
property averages by its blending rule over the amounts in that cut. Mass, volume, sulphur, nitrogen, metals and
carbon residue of the blend are those of its components. A property that one component does not know in a cut is
not known for the blend there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, QUALITIES, Assay, Curve, Flag, Printed, Provenance, Quality
from netback.assay.batch import prepare
from netback.assay.blending import blend, default_rule
from netback.assay.cutting import CutTable, cut_many
from netback.errors import DataError, Finding

Basis = Literal["mass", "volume"]
#: Boundaries closer than this [C] become one, so that 340 C and 340.0001 C do not make an empty cut.
_SAME_C: Final = 0.01


def blend_assays(
    components: Sequence[tuple[Assay, float]], by: Basis = "volume", name: str = "blend"
) -> Assay:
    """Blend whole crudes.

    Parameters
    ----------
    components : sequence of (Assay, float)
        Crudes and their amounts, in any uom of mass or volume; they need not add up to 1.
    by : {"volume", "mass"}
        What the amounts are. Volume is turned into mass with the listed whole-crude density where there is one.
    name : str
        Name of the blend.

    Raises
    ------
    DataError
        If there is no component, an amount is negative or not a number, or all are zero.
    """
    used = [(assay, amount) for assay, amount in components if amount != 0.0]
    mass, volume = _shares(components, used, by)
    assays = tuple(assay for assay, _ in used)
    inner = _boundaries(assays)
    tables = cut_many(assays, inner)
    low = min(float(assay.curve.temperature_c[0]) for assay in assays)
    high = max(float(assay.curve.temperature_c[-1]) for assay in assays)
    weights = np.stack([f * t.yield_wt_pct for f, t in zip(mass, tables, strict=True)])
    densities = np.array([assay.density_t_per_m3 for assay in assays])
    parts = np.stack([w * t.yield_vol_pct for w, t in zip(mass / densities, tables, strict=True)])
    volumes = 100.0 * parts / parts.sum()
    keep = weights.sum(axis=0) > 0.0
    weights, volumes = weights[:, keep], volumes[:, keep]
    ends = np.concatenate([[low], inner, [high]])
    edges_c = np.append(ends[:-1][keep], ends[1:][keep][-1])
    edges_wt, edges_vol = _edges(weights.sum(axis=0)), _edges(volumes.sum(axis=0))
    properties = _properties(assays, tables, keep, weights, volumes)
    density = 1.0 / float(mass @ (1.0 / densities))
    properties = {DENSITY: density * np.diff(edges_wt) / np.diff(edges_vol), **properties}
    curve = _curve(assays, mass, mass / densities, low, high)
    blank = np.full(int(keep.sum()), np.nan)
    return Assay(
        name=name,
        title=" + ".join(
            f"{100.0 * share:.4g} % {a.name}" for a, share in zip(assays, _of(by, mass, volume), strict=True)
        )
        + f" by {by}",
        curve=curve,
        cut_names=tuple(_names(edges_c)),
        edges_c=edges_c,
        edges_wt_pct=edges_wt,
        edges_vol_pct=edges_vol,
        properties=properties,
        whole=_whole(assays, mass, volume),
        provenance=_provenance(assays),
        printed=Printed(blank, blank, blank),
        light_ends_wt_pct=_light_ends(assays, mass),
        flags=_flags(assays, properties),
    )


def _of(by: Basis, mass: FloatArray, volume: FloatArray) -> FloatArray:
    return mass if by == "mass" else volume


def _shares(
    components: Sequence[tuple[Assay, float]], used: Sequence[tuple[Assay, float]], by: Basis
) -> tuple[FloatArray, FloatArray]:
    findings = [
        Finding(f"component {assay.name}", f"its amount is {amount:g}.", "Amounts are zero or more.")
        for assay, amount in components
        if not (np.isfinite(amount) and amount >= 0.0)
    ]
    if by not in ("mass", "volume"):
        findings.append(Finding("argument by", f'"{by}" is no basis.', "Known: mass, volume."))
    if not findings and not used:
        findings.append(Finding("blend", "no crude has an amount.", "Give at least one above zero."))
    if findings:
        raise DataError(findings)
    amount = np.array([amount for _, amount in used], dtype=np.float64)
    density = np.array([assay.whole_value(DENSITY) for assay, _ in used])
    mass = amount if by == "mass" else amount * density
    volume = amount if by == "volume" else amount / density
    return mass / mass.sum(), volume / volume.sum()


def _boundaries(assays: Sequence[Assay]) -> FloatArray:
    """Inner cut boundaries of all components."""
    inner = np.unique(np.concatenate([assay.edges_c[1:-1] for assay in assays]))
    low = min(float(assay.edges_c[0]) for assay in assays)
    high = max(float(assay.edges_c[-1]) for assay in assays)
    inner = inner[(inner > low + _SAME_C) & (inner < high - _SAME_C)]
    return inner[np.diff(inner, prepend=-np.inf) > _SAME_C]


def _edges(yields: FloatArray) -> FloatArray:
    edges = np.append(0.0, np.cumsum(yields))
    return np.asarray(edges * (100.0 / edges[-1]))


def _names(edges_c: FloatArray) -> list[str]:
    labels = ["IBP", *(f"{edge:g}" for edge in edges_c[1:-1]), "FBP"]
    return [f"{low}-{high}" for low, high in pairwise(labels)]


def _properties(
    assays: Sequence[Assay],
    tables: Sequence[CutTable],
    keep: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    weights: FloatArray,
    volumes: FloatArray,
) -> dict[str, FloatArray]:
    names = dict.fromkeys(name for assay in assays for name in assay.properties if name != DENSITY)
    blank = np.full(int(keep.sum()), np.nan)
    found = {}
    for name in names:
        values = np.stack([t[name][keep] if name in t else blank for t in tables])
        amounts = weights if default_rule(name).basis == "mass" else volumes
        mixed = blend(name, values.T, amounts.T)
        if not np.isnan(mixed).all():
            found[name] = mixed
    return found


def _curve(assays: tuple[Assay, ...], mass: FloatArray, volume: FloatArray, low: float, high: float) -> Curve:
    """Boiling curve at the knots of all components."""
    knots = np.unique(np.concatenate([assay.curve.temperature_c for assay in assays]))
    knots = knots[np.diff(knots, prepend=-np.inf) > 1e-6]
    _, weight, parts = prepare(assays).locate(knots[1:-1])
    total_weight = np.sum(mass[:, None] * weight, axis=0)
    total_volume = np.sum(volume[:, None] * parts, axis=0) / volume.sum()
    methods = dict.fromkeys(a.curve.heavy_end for a in assays if a.curve.heavy_end)
    starts = dict.fromkeys(a.curve.light_end for a in assays if a.curve.light_end)
    known = min(a.curve.known_to_c for a in assays if a.curve.heavy_end) if methods else high
    temperature = np.concatenate([[low], knots[1:-1], [high]])
    return Curve(temperature, total_weight, total_volume, known, "; ".join(methods), "; ".join(starts))


def _whole(assays: Sequence[Assay], mass: FloatArray, volume: FloatArray) -> dict[str, float]:
    """Listed whole-crude values, where every component has one."""
    names = [name for name in assays[0].whole if all(name in assay.whole for assay in assays)]
    found = {}
    for name in names:
        amounts = mass if default_rule(name).basis == "mass" else volume
        found[name] = float(blend(name, [assay.whole[name] for assay in assays], amounts))
    return found


def _light_ends(assays: Sequence[Assay], mass: FloatArray) -> dict[str, float]:
    if not all(assay.light_ends_wt_pct for assay in assays):
        return {}
    names = dict.fromkeys(name for assay in assays for name in assay.light_ends_wt_pct)
    return {
        name: sum(float(f) * a.light_ends_wt_pct.get(name, 0.0) for f, a in zip(mass, assays, strict=True))
        for name in names
    }


def _worst(flags: Sequence[Quality]) -> Quality:
    return max(flags, key=QUALITIES.index)


def _provenance(assays: Sequence[Assay]) -> Provenance:
    worst = _worst([assay.provenance.quality for assay in assays])
    quality: Quality = worst if QUALITIES.index(worst) > QUALITIES.index("derived") else "derived"
    return Provenance(
        source="; ".join(dict.fromkeys(assay.provenance.source for assay in assays)),
        quality=quality,
        note="a blend; its values follow from those of its components",
        doubtful="; ".join(f"{a.name}: {a.provenance.doubtful}" for a in assays if a.provenance.doubtful),
    )


def _flags(assays: Sequence[Assay], properties: Mapping[str, FloatArray]) -> dict[tuple[str, str], Flag]:
    """The weakest quality any component has in a property, for the whole column."""
    flags = {}
    for name in properties:
        own = [flag for assay in assays for (key, _), flag in assay.flags.items() if key == name]
        weak = [flag for flag in own if QUALITIES.index(flag.quality) > QUALITIES.index("derived")]
        if weak:
            worst = max(weak, key=lambda flag: QUALITIES.index(flag.quality))
            flags[name, "*"] = worst
    return flags
