"""Quality: specs on blended products and on the mixed feed of units.

For a property with blending index I and amounts on the basis of its rule (mass, volume, or as the flows stand):

    sum over lots of amount x (I(property of the lot) - I(limit)) <= 0        a maximum, index rising with the property

and >= 0 for a minimum; the other way round where the index falls as the property rises (flash point). The row counts
amount x index, so its breaker is priced per that. References of the indices: :mod:`netback.assay.blending`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.errors import DataError, Finding
from netback.refinery.blends import Arc, product_arcs
from netback.refinery.build import Build, FloatArray, IntArray
from netback.refinery.rules import Rule
from netback.refinery.timeline import Timeline, first, timelines, values

#: (lot, columns of its flow over time, uom in which "flow" counts)
Part = tuple[int, IntArray, str]


@dataclass(frozen=True)
class SpecRow:
    """One side of one spec over the horizon: where it stands and what it weighs.

    ``limit`` is float (periods,), NaN where there is none; ``amounts`` float (parts,) on the basis of the rule and
    ``indices`` float (parts,) of the lots.
    """

    key: tuple[str, ...]
    property: str
    side: str
    limit: FloatArray
    rule: Rule
    parts: tuple[Part, ...]
    amounts: FloatArray
    indices: FloatArray
    line: Timeline
    table: str


def blend_spec_rows(build: Build, arcs: list[Arc]) -> list[SpecRow]:
    """Both sides of specs.csv. A spec on a stream that is not blended, or not only, is a finding."""
    network = build.network
    made: dict[str, tuple[Part, ...]] = {}

    def parts_of(key: tuple[Any, ...], where: str) -> tuple[Part, ...]:
        if key[0] not in network.blended:
            what = f'"{key[0]}" is not blended, so its quality cannot be chosen.'
            build.findings.append(Finding(where, what, "Give it components in blends.csv."))
            return ()
        _find_bypass(build, key[0], where)
        if key[0] not in made and not arcs:
            return ()
        if key[0] not in made:
            ids, flow_uom = build.blocks["blend"].ids, network.streams[key[0]].uom
            chosen = product_arcs(build, arcs).get(key[0], ())
            made[key[0]] = tuple((arcs[k].lot, ids[k], flow_uom) for k in chosen)
        return made[key[0]]

    return _spec_rows(build, "specs", ("product", "property"), parts_of)


def _find_bypass(build: Build, product: str, where: str) -> None:
    """Find units that make a specified product: what they make would be sold whatever its quality."""
    lots = build.network.lots

    def make() -> dict[str, str]:
        return {lots[lot].stream: run.unit for run in build.network.runs for lot, _ in run.outputs}

    unit = build.once("a unit that makes each stream", make).get(product)
    if unit is not None:
        what = f'unit "{unit}" makes "{product}" too, and the spec would not hold for that part.'
        hint = "Give what the unit makes a name of its own and blend it in."
        build.findings.append(Finding(where, what, hint))


def feed_spec_rows(build: Build) -> list[SpecRow]:
    """Both sides of feed_specs.csv."""
    network = build.network

    def parts_of(key: tuple[Any, ...], where: str) -> tuple[Part, ...]:
        del where
        found = []
        for position in network.unit_runs.get(key[0], ()):
            run = network.runs[position]
            if key[1] in (None, run.mode):
                uom = network.stream_of(run.feed).uom
                found.append((run.feed, build.blocks["run"].ids[position], uom))
        return tuple(found)

    return _spec_rows(build, "feed_specs", ("unit", "mode", "property"), parts_of)


def _spec_rows(
    build: Build,
    table: str,
    key_columns: Sequence[str],
    parts_of: Callable[[tuple[Any, ...], str], tuple[Part, ...]],
) -> list[SpecRow]:
    case = build.network.case
    made: list[SpecRow] = []
    for key, line in timelines(case, table, key_columns).items():
        where = case.table(table).where(first(line), "property")
        try:
            rule = build.network.rules[key[-1]]
        except DataError as error:
            build.fault(where, error)
            continue
        parts = parts_of(key, where)
        weighed = _weigh(build, rule, parts, where)
        if weighed is None:
            continue
        labels = tuple(label or "all" for label in key)
        for side in ("min", "max"):
            limit = values(line, side, np.nan)
            if not np.isnan(limit).all() and _has_indices(build, rule, line, limit, table, side):
                row = SpecRow(labels, key[-1], side, limit, rule, parts, *weighed, line, table)
                _remark_on_reach(build, row, where)
                made.append(row)
    return made


def _remark_on_reach(build: Build, row: SpecRow, where: str) -> None:
    """Remark when no component reaches a limit: then no blend of them does, and the product cannot be made."""
    if not row.parts:
        return
    low = (row.side == "min") == row.rule.rising
    best = float(row.indices.max() if low else row.indices.min())
    for value in np.unique(row.limit[~np.isnan(row.limit)]):
        needed = row.rule.to_index(float(value))
        slack = 1e-9 * max(1.0, abs(needed))
        if (best < needed - slack) if low else (best > needed + slack):
            what = f"{row.property} {row.side} {value:g} of {row.key[0]} is out of reach: the best part has"
            reached = row.rule.from_index(best)
            build.remarks.append(
                Finding(where, f"{what} {reached:.6g}. Nothing can be made to it.", "", "warning")
            )


def _has_indices(build: Build, rule: Rule, line: Timeline, limit: FloatArray, table: str, side: str) -> bool:
    """Whether every limit has a blending index; a finding where it has none."""
    for value in np.unique(limit[~np.isnan(limit)]):
        try:
            rule.to_index(float(value))
        except DataError as error:
            record = next(record for record in line if record is not None and record[side] == value)
            build.fault(build.network.case.table(table).where(record, side), error)
            return False
    return True


def _weigh(
    build: Build, rule: Rule, parts: tuple[Part, ...], where: str
) -> tuple[FloatArray, FloatArray] | None:
    """Amounts on the basis of the rule and indices of all parts; None after a finding."""
    network = build.network
    lots = [lot for lot, _, _ in parts]
    known = np.array([network.lots[lot].properties.get(rule.property, np.nan) for lot in lots])
    if rule.basis == "flow" or np.isnan(known).any():
        return _weigh_singly(build, rule, parts, where)
    try:
        return network.factors(lots, "t" if rule.basis == "mass" else "m3"), rule.to_indices(known)
    except DataError:
        return _weigh_singly(build, rule, parts, where)


def _weigh_singly(
    build: Build, rule: Rule, parts: tuple[Part, ...], where: str
) -> tuple[FloatArray, FloatArray] | None:
    """As :func:`_weigh`, part by part, so that every fault is told of its own part."""
    network = build.network
    amounts, indices, faults = np.ones(len(parts)), np.zeros(len(parts)), 0
    for position, (lot, _, flow_uom) in enumerate(parts):
        known = network.lots[lot].properties.get(rule.property)
        if known is None:
            faults += 1
            build.findings.append(_unknown(build, rule.property, lot, where))
            continue
        target = {"mass": "t", "volume": "m3", "flow": flow_uom}[rule.basis]
        try:
            amounts[position] = network.factor(lot, target)
            indices[position] = rule.to_index(known)
        except DataError as error:
            faults += 1
            build.fault(where, error)
    return None if faults else (amounts, indices)


def _unknown(build: Build, name: str, lot: int, where: str) -> Finding:
    label, stream = build.network.labels[lot], build.network.lots[lot].stream
    what = f'{name} of component "{label}" is not known.'
    if stream in build.network.blended:
        hint = "It is a blend itself: give it a fixed quality in stream_properties.csv."
    else:
        hint = "Give it in stream_properties.csv or product_properties.csv, or fill the assay by completions.csv."
    return Finding(where, what, hint)


def constraints_spec(build: Build, rows: list[SpecRow], block: str) -> None:
    """Rows ``spec_min``, ``spec_max`` (or ``feed_spec_...``) [product, property, period]."""
    for side in ("min", "max"):
        chosen = [row for row in rows if row.side == side]
        dims = ("product", "property") if block == "spec" else ("unit", "mode", "property")
        at_most = np.array([(side == "max") == row.rule.rising for row in chosen])
        lower = np.where(at_most, -np.inf, 0.0)[:, None] * np.ones(build.count)
        upper = np.where(at_most, 0.0, np.inf)[:, None] * np.ones(build.count)
        for position, row in enumerate(chosen):
            free = np.isnan(row.limit)
            lower[position, free], upper[position, free] = -np.inf, np.inf
        made = build.constraints(f"{block}_{side}", dims, [row.key for row in chosen], lower, upper)
        if made is None:
            continue
        stacked: dict[int, IntArray] = {}
        for position, row in enumerate(chosen):
            if row.parts:
                if id(row.parts) not in stacked:
                    stacked[id(row.parts)] = np.stack([columns for _, columns, _ in row.parts])
                _add_row(build, row, made.ids[position], stacked[id(row.parts)])
        costs = np.stack([values(row.line, "breaker_cost", np.nan) for row in chosen])
        costs[np.stack([np.isnan(row.limit) for row in chosen])] = np.nan
        signs = np.where(at_most, -1.0, 1.0)
        build.breaker(f"break_{block}_{side}", [row.key for row in chosen], dims, costs, made.ids, signs)


def _add_row(build: Build, row: SpecRow, row_ids: IntArray, columns: IntArray) -> None:
    limits = np.array([0.0 if np.isnan(value) else row.rule.to_index(float(value)) for value in row.limit])
    weights = row.amounts[:, None] * (row.indices[:, None] - limits[None, :])
    weights[:, np.isnan(row.limit)] = 0.0
    build.builder.add_terms(np.broadcast_to(row_ids, columns.shape), columns, weights)
