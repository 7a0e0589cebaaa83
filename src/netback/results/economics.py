"""Economics of a plan: margin by item, the waterfall from product value to crude price, and the mass balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from netback.refinery.blends import blending_costs
from netback.refinery.inventory import holding_costs
from netback.refinery.units import operating_costs
from netback.results.flows import lot_moves
from netback.results.reading import Reader
from netback.results.table import ResultTable
from netback.results.voyages import at_sea_balance, cargo_items

Row = tuple[object, ...]


@dataclass(frozen=True)
class Economics:
    """The margin and its parts, in currency of the case over the horizon.

    ``items`` are (group, name, amount) with costs negative; they add up to ``margin``. ``penalties`` stand apart:
    the objective is margin less penalties. ``crude`` is the crude run, in ``crude_uom`` (bbl where densities allow).
    """

    items: tuple[tuple[str, str, float], ...]
    penalties: float
    crude: float
    crude_uom: str

    @property
    def margin(self) -> float:
        """Gross margin over the horizon."""
        return float(sum(amount for _, _, amount in self.items))

    @property
    def objective(self) -> float:
        """What was maximised: the margin less penalties of breakers."""
        return self.margin - self.penalties

    def total(self, group: str) -> float:
        """Sum of one group."""
        return float(sum(amount for kind, _, amount in self.items if kind == group))


def economics(reader: Reader) -> Economics:
    """Add the plan up, item by item, from its flows and the prices of the tables."""
    items = [*_revenue(reader), *_purchase_items(reader), *cargo_items(reader), *_operating(reader)]
    items += _stock_items(reader)
    penalties = reader.model.penalty_columns
    paid = (
        -float(reader.model.problem.objective[penalties] @ reader.plan.x[penalties])
        if len(penalties)
        else 0.0
    )
    crude, crude_uom = crude_run(reader)
    return Economics(tuple(items), paid, crude, crude_uom)


def crude_run(reader: Reader) -> tuple[float, str]:
    """Crude fed to units, or else all that is bought: in bbl where every density is known, or in its own uom."""
    crudes = [
        (run.feed, flow.sum())
        for run, flow in zip(reader.network.runs, reader.values("run"), strict=True)
        if reader.network.stream_of(run.feed).kind == "crude"
    ]
    if not crudes:
        crudes = [
            (tranche.lot, flow.sum())
            for tranche, flow in zip(reader.model.tranches, reader.values("purchase"), strict=True)
            if reader.network.stream_of(tranche.lot).kind in ("crude", "feedstock", "intermediate")
        ]
    volumes = [reader.in_uom(lot, float(amount), "bbl") for lot, amount in crudes]
    if all(volume is not None for volume in volumes):
        return float(sum(volume or 0.0 for volume in volumes)), "bbl"
    uoms = {reader.network.stream_of(lot).uom for lot, _ in crudes}
    if len(uoms) == 1:
        return float(sum(amount for _, amount in crudes)), uoms.pop()
    return 0.0, ""


def _revenue(reader: Reader) -> list[tuple[str, str, float]]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    flows, position = reader.values("sale"), 0
    for tier in reader.model.tiers:
        for place in range(len(tier.lots)):
            found["sales", tier.sale] += float(tier.prices[place] @ flows[position])
            for item, price in tier.items[place].items():
                found["sale costs", item] -= float(price @ flows[position])
            position += 1
    return [(group, name, amount) for (group, name), amount in found.items()]


def _purchase_items(reader: Reader) -> list[tuple[str, str, float]]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    for tranche, flow in zip(reader.model.tranches, reader.values("purchase"), strict=True):
        found["purchases", tranche.offer] -= float(tranche.price @ flow)
        for item, price in tranche.items.items():
            found["purchase costs", item] -= float(price @ flow)
    return [(group, name, amount) for (group, name), amount in found.items()]


def _operating(reader: Reader) -> list[tuple[str, str, float]]:
    found: dict[str, float] = defaultdict(float)
    if reader.network.runs:
        spent = (operating_costs(reader.model.build) * reader.values("run")).sum(axis=1)
        for run, cost in zip(reader.network.runs, spent, strict=True):
            found[run.unit] -= float(cost)
    arcs = list(reader.model.arcs)
    if any(arc.record["cost"] for arc in arcs):
        blended = (blending_costs(reader.model.build, arcs) * reader.values("blend")).sum(axis=1)
        for arc, cost in zip(arcs, blended, strict=True):
            found[f"blending {arc.product}"] -= float(cost)
    return [("operating costs", name, amount) for name, amount in found.items() if amount]


def _stock_items(reader: Reader) -> list[tuple[str, str, float]]:
    if not reader.has("stock"):
        return []
    flows = reader.values("stock")
    held = -float((holding_costs(reader.model.build) * flows).sum())
    closing = float((holding_costs(reader.model.build, "closing_value")[:, -1] * flows[:, -1]).sum())
    items = [("stocks", "holding cost", held), ("stocks", "closing value", closing)]
    return [item for item in items if item[2]]


def economics_table(found: Economics, currency: str) -> ResultTable:
    """The margin item by item, in money and per unit of crude."""
    per = found.crude or None
    rows: list[Row] = [
        (group, name, amount, None if per is None else amount / per) for group, name, amount in found.items
    ]
    rows.append(("margin", "gross margin", found.margin, None if per is None else found.margin / per))
    if found.penalties:
        rows.append(
            ("penalties", "breakers", -found.penalties, None if per is None else -found.penalties / per)
        )
        objective = found.objective
        rows.append(
            ("objective", "margin less penalties", objective, None if per is None else objective / per)
        )
    columns = [
        ("group", "", ""),
        ("item", "", ""),
        ("amount", currency, "over the horizon; costs negative"),
        ("per_crude", f"{currency}/{found.crude_uom}" if found.crude_uom else "", "per crude run"),
    ]
    return ResultTable.of("economics", "Economics", columns, rows)


def waterfall(found: Economics, currency: str) -> ResultTable:
    """From product value down to the crude price and the margin that is left, per crude run where it is known."""
    scale = 1.0 / found.crude if found.crude else 1.0
    uom = f"{currency}/{found.crude_uom}" if found.crude else currency
    rows: list[Row] = []
    level = 0.0
    for group in (
        "sales",
        "sale costs",
        "operating costs",
        "stocks",
        "cargo costs",
        "purchase costs",
        "purchases",
    ):
        for kind, name, amount in found.items:
            if kind == group and amount:
                level += amount * scale
                rows.append((group, name, amount * scale, level))
    rows.append(("margin", "gross margin", found.margin * scale, found.margin * scale))
    columns = [
        ("group", "", ""),
        ("step", "", ""),
        ("amount", uom, ""),
        ("level", uom, "after this step"),
    ]
    return ResultTable.of("waterfall", "Waterfall", columns, rows)


def mass_balance(reader: Reader) -> ResultTable:
    """Mass in and out of every unit, every blend and the whole plant, with what does not close."""
    mass = reader.network.mass_factors()
    rows: list[Row] = [*_unit_balances(reader, mass), *_plant_balance(reader, mass), *at_sea_balance(reader)]
    columns = [
        ("period", "", ""),
        ("part", "", "unit, the whole plant, or what is at sea"),
        ("mass_in", "t", "feeds and what is used beside them"),
        ("mass_out", "t", "products"),
        ("loss", "t", "streams declared as loss, and loss_wt_pct of distillations"),
        ("stock_change", "t", ""),
        ("imbalance", "t", "in less out, loss and stock change: zero where the tables close"),
        ("imbalance_pct", "%", "of mass in"),
        ("unknown", "", "streams left out because no density is known"),
    ]
    return ResultTable.of("mass_balance", "Mass balance", columns, rows)


def _unit_balances(reader: Reader, mass: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Row]:
    flows = reader.values("run")
    losses = {
        (row["unit"], row["mode"]): (row["loss_wt_pct"] or 0.0) / 100.0
        for row in reader.plan.case.table("modes").records
    }
    cells: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    unknown: dict[tuple[int, str], dict[str, None]] = defaultdict(dict)
    for position, run in enumerate(reader.network.runs):
        for period in range(len(reader.periods)):
            amount = float(flows[position, period])
            if not amount:
                continue
            cell = cells[period, run.unit]
            parts = [(run.feed, 1.0, 0), *((lot, use, 0) for lot, use in run.uses)]
            parts += [
                (lot, share, 2 if reader.network.stream_of(lot).kind == "loss" else 1)
                for lot, share in run.outputs
            ]
            for lot, share, place in parts:
                stream = reader.network.stream_of(lot)
                if np.isnan(mass[lot]):
                    if stream.in_mass_balance:
                        unknown[period, run.unit].setdefault(stream.name)
                    continue
                cell[place] += amount * share * mass[lot]
            stated = losses.get((run.unit, run.mode), 0.0)
            if stated and not np.isnan(mass[run.feed]):
                cell[2] += amount * mass[run.feed] * stated
    rows: list[Row] = []
    for (period, unit), (fed, made, lost) in cells.items():
        left = fed - made - lost
        names = ", ".join(unknown[period, unit])
        part = 100.0 * left / fed if fed else None
        rows.append((reader.periods[period], unit, fed, made, lost, 0.0, left, part, names))
    return rows


def _plant_balance(reader: Reader, mass: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Row]:
    """Bought against sold, lost and kept; mass of blends from what went into them."""
    moved = lot_moves(reader)
    rows: list[Row] = []
    for period, name in enumerate(reader.periods):
        bought = sold = lost = change = 0.0
        unknown: dict[str, None] = {}
        for lot in range(len(reader.network.lots)):
            stream = reader.network.stream_of(lot)
            into, made, used, out, kept = moved[:, lot, period]
            if not stream.in_mass_balance or not (into or out or kept or made or used):
                continue
            parts = [reader.product_tonnes(lot, float(part), period) for part in (into, out, kept)]
            if stream.kind == "loss":
                lost += made * mass[lot] if not np.isnan(mass[lot]) else 0.0
            if any(part is None for part in parts):
                unknown.setdefault(stream.name)
                continue
            bought, sold, change = (
                bought + (parts[0] or 0.0),
                sold + (parts[1] or 0.0),
                change + (parts[2] or 0.0),
            )
        lost += _stated_losses(reader, mass, period)
        left = bought - sold - lost - change
        share = 100.0 * left / bought if bought else None
        rows.append((name, "whole plant", bought, sold, lost, change, left, share, ", ".join(unknown)))
    return rows


def _stated_losses(reader: Reader, mass: np.ndarray[tuple[int], np.dtype[np.float64]], period: int) -> float:
    stated = {
        (row["unit"], row["mode"]): (row["loss_wt_pct"] or 0.0) / 100.0
        for row in reader.plan.case.table("modes").records
    }
    flows = reader.values("run")
    return float(
        sum(
            flows[position, period] * mass[run.feed] * stated.get((run.unit, run.mode), 0.0)
            for position, run in enumerate(reader.network.runs)
            if not np.isnan(mass[run.feed])
        )
    )
