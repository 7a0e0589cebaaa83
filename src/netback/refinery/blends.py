"""Blends: components into products, in free shares, bounded shares or fixed recipes.

    blend[q, r, l, p]   lot l put into product q by recipe r (r is free where none)   [uom of the component]
    balance of q: + (uom of q per uom of l) x blend        balance of l: - blend
    share:  amount of component <= max_share x amount of product   (and >= min_share), on the stated basis
    recipe[q, r, p]     amount made by a recipe;  amount of component = parts / all parts x recipe
    blend = 0 or >= min_if_used (switch)
    cost: cost of the row x blend

Quality is the business of :mod:`netback.refinery.specs`. Reference: Williams, Model Building in Mathematical
Programming, problems 12.1 and 12.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.build import Build, FloatArray, Flow, Switch
from netback.refinery.units import flow_factors

FREE = "free"


@dataclass(frozen=True, slots=True)
class Arc:
    """One lot that may go into a product by one row of blends.csv."""

    product: str
    recipe: str
    component: str
    lot: int
    record: Record


def blend_arcs(build: Build) -> list[Arc]:
    """All arcs of blends.csv, by product. A component that is the product itself is a finding."""
    network = build.network
    made: list[Arc] = []
    for record in network.case.table("blends").records:
        if record["component"] == record["product"]:
            where = network.case.table("blends").where(record, "component")
            build.findings.append(Finding(where, "a product cannot be a component of itself."))
            continue
        for lot in network.stream_lots[record["component"]]:
            recipe = record["recipe"] or FREE
            made.append(Arc(record["product"], recipe, record["component"], lot, record))
    return made


def variables_blend(build: Build, arcs: list[Arc]) -> None:
    """Columns ``blend[product, recipe, lot, period]`` and ``recipe[product, recipe, period]``."""
    network = build.network
    keys = [(arc.product, arc.recipe, network.labels[arc.lot]) for arc in arcs]
    build.variables("blend", ("product", "recipe", "lot"), keys)
    build.variables("recipe", ("product", "recipe"), list(_recipes(build)))
    used = [key for key, rows in _rows(build).items() if any(row["min_if_used"] for row in rows)]
    build.variables("blend_used", ("product", "component"), used, 0.0, 1.0, integer=True)


def _recipes(build: Build) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for record in build.network.case.table("blends").records:
        if record["parts"] is not None:
            found.setdefault((record["product"], record["recipe"] or FREE), []).append(record)
    return found


def _rows(build: Build) -> dict[tuple[str, str], list[Any]]:
    """Rows of blends.csv by (product, component)."""
    found: dict[tuple[str, str], list[Any]] = {}
    for record in build.network.case.table("blends").records:
        found.setdefault((record["product"], record["component"]), []).append(record)
    return found


def blend_flow(
    build: Build,
    arcs: list[Arc],
    product: str,
    component: str | None = None,
    target_uom: str | None = None,
    recipe: str | None = None,
    origin: str | None = None,
) -> Flow:
    """What goes into a product, counted in ``target_uom`` (blank: the uom of the product)."""
    network = build.network
    uom_wanted = target_uom or network.streams[product].uom
    chosen: list[int] = []
    for position in product_arcs(build, arcs).get(product, ()):
        arc = arcs[position]
        if component not in (None, arc.component) or recipe not in (None, arc.recipe):
            continue
        if network.comes_from(arc.lot, origin):
            chosen.append(position)
    if not chosen:
        return Flow.of([], build.count)
    lots = [arcs[position].lot for position in chosen]
    return Flow(build.blocks["blend"].ids[chosen], flow_factors(build, lots, uom_wanted))


def product_arcs(build: Build, arcs: list[Arc]) -> dict[str, list[int]]:
    """Positions of the arcs into each product."""

    def make() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, arc in enumerate(arcs):
            found.setdefault(arc.product, []).append(position)
        return found

    return build.once("arcs of products", make)


def constraints_blend(build: Build, arcs: list[Arc]) -> None:
    """Balance terms of every blend."""
    if not arcs:
        return
    network, ids = build.network, build.blocks["blend"].ids
    build.add_to_balances([arc.lot for arc in arcs], ids, -np.ones(len(arcs)))
    factors = np.ones(len(arcs))
    for position, arc in enumerate(arcs):
        try:
            factors[position] = network.factor(arc.lot, network.streams[arc.product].uom)
        except DataError as error:
            build.fault(network.case.table("blends").where(arc.record, "component"), error)
    build.add_to_balances([network.blended[arc.product] for arc in arcs], ids, factors)


def constraints_blend_share(build: Build, arcs: list[Arc]) -> None:
    """Rows ``share_max`` and ``share_min`` [product, component, period]."""
    table = build.network.case.table("blends")
    for side, column in (("max", "max_share"), ("min", "min_share")):
        chosen = {(row["product"], row["component"]): row for row in table.records if row[column] is not None}
        bounds = (-np.inf, 0.0) if side == "max" else (0.0, np.inf)
        rows = build.constraints(f"share_{side}", ("product", "component"), list(chosen), *bounds)
        for position, ((product, component), record) in enumerate(chosen.items()):
            assert rows is not None
            basis = {"mass": "t", "volume": "m3"}.get(record["basis"])
            try:
                part = blend_flow(build, arcs, product, component, basis)
                whole = blend_flow(build, arcs, product, None, basis)
            except DataError as error:
                build.fault(table.where(record, column), error)
                continue
            build.add_flow(rows.ids[position], part)
            build.add_flow(rows.ids[position], whole.scaled(-record[column]))


def constraints_recipe(build: Build, arcs: list[Arc]) -> None:
    """Rows ``recipe_part[product, recipe, component, period]``: fixed parts of the recipe's amount."""
    recipes = _recipes(build)
    keys = [(*key, row["component"]) for key, rows in recipes.items() for row in rows]
    block = build.constraints("recipe_part", ("product", "recipe", "component"), keys, 0.0, 0.0)
    if block is None:
        return
    position = 0
    for place, ((product, recipe), rows) in enumerate(recipes.items()):
        total = sum(row["parts"] for row in rows)
        for row in rows:
            basis = {"mass": "t", "volume": "m3"}.get(row["basis"])
            try:
                part = blend_flow(build, arcs, product, row["component"], basis, recipe)
                build.add_flow(block.ids[position], part)
            except DataError as error:
                build.fault(build.network.case.table("blends").where(row, "basis"), error)
            build.builder.add_terms(
                block.ids[position], build.blocks["recipe"].ids[place], -row["parts"] / total
            )
            position += 1


def switches_blend(build: Build, arcs: list[Arc]) -> None:
    """Use none of a component or at least ``min_if_used`` [uom of the product]."""
    for (product, component), rows in _rows(build).items():
        least = max((row["min_if_used"] or 0.0) for row in rows)
        if not least:
            continue
        flow = blend_flow(build, arcs, product, component)
        binary = build.ids_over_time("blend_used", product, component)
        where = build.network.case.table("blends").where(rows[0], "min_if_used")
        name = f"{component} in {product}"
        unlimited = np.full(build.count, np.inf)
        build.switches.append(Switch(name, flow, binary, np.full(build.count, least), unlimited, where))


def blending_costs(build: Build, arcs: list[Arc]) -> FloatArray:
    """Cost per uom of the component of every blend, float (arcs, periods), in currency of the case."""
    network = build.network
    found = np.zeros((len(arcs), build.count))
    for position, arc in enumerate(arcs):
        if not arc.record["cost"]:
            continue
        lot, stream_uom = network.lots[arc.lot], network.stream_of(arc.lot).uom
        try:
            for period in range(build.count):
                scale = network.money.factor(arc.record["cost_uom"], stream_uom, lot.density_t_per_m3, period)
                found[position, period] = arc.record["cost"] * scale
        except DataError as error:
            build.fault(network.case.table("blends").where(arc.record, "cost_uom"), error)
    return found


def costs_blend(build: Build, arcs: list[Arc]) -> None:
    """Blending costs, off the margin."""
    if any(arc.record["cost"] for arc in arcs):
        build.builder.add_costs(build.blocks["blend"].ids, -blending_costs(build, arcs))
