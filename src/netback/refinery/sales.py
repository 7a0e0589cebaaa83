"""Sales at home and abroad in tiers.

sale[s, t, l, p]   quantity of lot l sold in tier t of sale s                [uom of the stream]
min <= sum over lots <= max      in the uom of the row, an amount or a rate
tier t+1 only when tier t is full (switch), wherever a tier pays more than an earlier one; elsewhere the order
follows by itself
revenue: (price - items of sale_costs.csv) x sale
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netback.errors import DataError
from netback.refinery.build import Build, FloatArray, Flow, Switch
from netback.refinery.prices import cost_items, cost_lines, price_over_time
from netback.refinery.steps import chain_steps, steps_to_order
from netback.refinery.timeline import Timeline, first, one_uom, timelines, values
from netback.refinery.units import flow_factors


@dataclass(frozen=True)
class Tier:
    """One tier of a sale over the horizon. Prices per lot are in currency of the case per uom of the stream.

    ``lower`` and ``upper`` [uom of the row] and every array are float (periods,).
    """

    sale: str
    tier: str
    stream: str
    lots: tuple[int, ...]
    line: Timeline
    lower: FloatArray
    upper: FloatArray
    prices: tuple[FloatArray, ...]
    items: tuple[dict[str, FloatArray], ...]

    def net(self, position: int) -> FloatArray:
        """Price less items for one of the lots."""
        return self.prices[position] - sum(self.items[position].values(), start=np.zeros_like(self.lower))


def sale_tiers(build: Build) -> list[Tier]:
    """All tiers of sales.csv. Findings go to ``build``."""
    case = build.network.case
    lines = timelines(case, "sales", ("sale", "stream", "tier"))
    items = cost_lines(case, "sale_costs", "sale")
    rank = {key[0]: place for place, key in reversed(list(enumerate(lines)))}
    made: list[Tier] = []
    for (sale, stream, tier), line in sorted(lines.items(), key=lambda item: (rank[item[0][0]], item[0][2])):
        where = case.table("sales").where(first(line), "price")
        lots = build.network.stream_lots[stream]
        try:
            one_uom("sales", line)
            prices = tuple(price_over_time(build.network, line, lot, "price", "price_uom") for lot in lots)
        except DataError as error:
            build.fault(where, error)
            continue
        added = tuple(
            cost_items(build, items.get(sale, {}), lot, price, "sale_costs")
            for lot, price in zip(lots, prices, strict=True)
        )
        sold = np.array([record is not None for record in line])
        lower = np.where(sold, values(line, "min", 0.0), 0.0)
        upper = np.where(sold, values(line, "max", np.inf), 0.0)
        made.append(Tier(sale, str(tier), stream, lots, line, lower, upper, prices, added))
    return made


def sale_keys(build: Build, tiers: list[Tier]) -> list[tuple[str, str, str]]:
    """Labels (sale, tier, lot) in the order of the columns."""
    return [(tier.sale, tier.tier, build.network.labels[lot]) for tier in tiers for lot in tier.lots]


def variables_sale(build: Build, tiers: list[Tier]) -> None:
    """Columns ``sale[sale, tier, lot, period]``."""
    build.variables("sale", ("sale", "tier", "lot"), sale_keys(build, tiers))
    early = [tiers[position] for position, _ in _pairs_to_order(tiers)]
    # A tier without a greatest quantity is never full, so what follows it is never sold.
    fillable = [np.where(np.isfinite(tier.upper), 1.0, 0.0) for tier in early]
    ordered = [(tier.sale, tier.tier) for tier in early]
    build.variables("sale_full", ("sale", "tier"), ordered, 0.0, fillable or 1.0, integer=True)


def tier_flow(build: Build, tiers: list[Tier], position: int, target_uom: str | None) -> Flow:
    """What is sold in one tier, in ``target_uom`` (blank: as it flows)."""
    if not tiers[position].lots:
        return Flow.of([], build.count)
    starts = build.once("starts of tiers", lambda: np.cumsum([0, *(len(tier.lots) for tier in tiers)]))
    columns = build.blocks["sale"].ids[starts[position] : starts[position + 1]]
    return Flow(columns, flow_factors(build, tiers[position].lots, target_uom))


def constraints_sale(build: Build, tiers: list[Tier]) -> None:
    """Balance terms and rows ``sale_limit[sale, tier, period]``."""
    lots = [lot for tier in tiers for lot in tier.lots]
    if lots:
        build.add_to_balances(lots, build.blocks["sale"].ids, -np.ones(len(lots)))
    _tier_order(build, tiers)
    # The least sale of a stream that nothing makes keeps its row: it cannot be met, and the plan must say so.
    limited = [
        position
        for position, tier in enumerate(tiers)
        if tier.lower.any() or (tier.lots and np.isfinite(tier.upper).any())
    ]
    keys = [(tiers[position].sale, tiers[position].tier) for position in limited]
    if not keys:
        return
    lower = np.stack([tiers[position].lower for position in limited])
    upper = np.stack([tiers[position].upper for position in limited])
    rows = build.constraints("sale_limit", ("sale", "tier"), keys, lower, upper)
    assert rows is not None
    for place, position in enumerate(limited):
        record = first(tiers[position].line)
        try:
            build.add_flow(rows.ids[place], tier_flow(build, tiers, position, record["uom"]))
        except DataError as error:
            build.fault(build.network.case.table("sales").where(record, "uom"), error)
    costs = np.stack([values(tiers[position].line, "breaker_cost", np.nan) for position in limited])
    missable = np.where(lower > 0.0, costs, np.nan)
    build.breaker("break_sale_min", keys, ("sale", "tier"), missable, rows.ids, 1.0)


def costs_sale(build: Build, tiers: list[Tier]) -> None:
    """Revenue: price less items."""
    if "sale" in build.blocks:
        net = np.stack([tier.net(place) for tier in tiers for place in range(len(tier.lots))])
        build.builder.add_costs(build.blocks["sale"].ids, net)


def _pairs_to_order(tiers: list[Tier]) -> list[tuple[int, int]]:
    """Neighbouring tiers of one sale whose order a plan would not keep by itself."""

    def better(early: int, late: int) -> bool:
        lower, upper = tiers[early], tiers[late]
        both = (lower.upper > 0.0) & (upper.upper > 0.0)
        return any(bool((both & (upper.net(k) > lower.net(k) + 1e-12)).any()) for k in range(len(lower.lots)))

    return steps_to_order([tier.sale for tier in tiers], better)


def _tier_order(build: Build, tiers: list[Tier]) -> None:
    """Early tier full before the late one starts."""
    pairs = _pairs_to_order(tiers)
    if not pairs:
        return
    keys = [(tiers[early].sale, tiers[early].tier) for early, _ in pairs]
    rows = build.constraints("tier_full", ("sale", "tier"), keys, 0.0, np.inf)
    assert rows is not None
    full = build.blocks["sale_full"].ids
    chain_steps(build, "tier_chain", ("sale", "tier"), pairs, keys, full)
    for place, (early, late) in enumerate(pairs):
        record = first(tiers[early].line)
        build.add_flow(rows.ids[place], tier_flow(build, tiers, early, record["uom"]))
        most = np.where(np.isfinite(tiers[early].upper), tiers[early].upper, 0.0)
        build.builder.add_terms(rows.ids[place], full[place], -most)
        last = first(tiers[late].line)
        where = build.network.case.table("sales").where(last, "max")
        name = f"tier {tiers[late].tier} of {tiers[late].sale}"
        flow = tier_flow(build, tiers, late, last["uom"])
        build.switches.append(
            Switch(name, flow, full[place], np.zeros(build.count), tiers[late].upper, where)
        )
