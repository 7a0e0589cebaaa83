"""Purchases: offers in tranches, with least and greatest quantities, whole lots and all-or-nothing minima.

    purchase[o, t, p]  quantity bought of tranche t of offer o            [uom of the stream]
    min <= purchase <= max
    purchase = lot_size x purchase_lots        (whole lots)
    purchase = 0 or purchase >= min_if_bought  (switch)
    tranche t+1 only when tranche t is full (switch), wherever a tranche is cheaper than an earlier one or the earlier
    has lots or a least purchase; elsewhere the order follows by itself
    cost: (price + items) x purchase, items of offer_costs.csv per quantity or as a share of the price

Reference: tranche and semi-continuous purchases, Williams, Model Building in Mathematical Programming, ch. 9.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from netback.errors import DataError
from netback.refinery.build import Build, FloatArray, Flow, Switch
from netback.refinery.network import Network
from netback.refinery.prices import cost_items, cost_lines, price_over_time
from netback.refinery.steps import chain_steps, steps_to_order
from netback.refinery.timeline import Timeline, amount_factors, first, timelines, values


@dataclass(frozen=True)
class Tranche:
    """One tranche of an offer over the horizon, in the uom of its stream and currency of the case.

    Arrays are float (periods,). ``items`` are the costs added to the price, by name.
    """

    offer: str
    tranche: str
    lot: int
    line: Timeline
    lower: FloatArray
    upper: FloatArray
    price: FloatArray
    items: dict[str, FloatArray]

    @property
    def delivered(self) -> FloatArray:
        """Price plus all items, float (periods,)."""
        return self.price + sum(self.items.values(), start=np.zeros_like(self.price))


def purchase_tranches(build: Build) -> list[Tranche]:
    """All tranches of offers.csv. Findings go to ``build``."""
    case = build.network.case
    lines = timelines(case, "offers", ("offer", "stream", "tranche"))
    items = cost_lines(case, "offer_costs", "offer")
    made: list[Tranche] = []
    rank = {key[0]: place for place, key in reversed(list(enumerate(lines)))}
    for (offer, stream, tranche), line in sorted(
        lines.items(), key=lambda item: (rank[item[0][0]], item[0][2])
    ):
        where = case.table("offers").where(first(line))
        lot = supplied_lot(build.network, stream)
        try:
            density = build.network.lots[lot].density_t_per_m3
            factors = amount_factors(case, line, build.network.stream_of(lot).uom, density)
            price = price_over_time(build.network, line, lot, "price", "price_uom")
        except DataError as error:
            build.fault(where, error)
            continue
        added = cost_items(build, items.get(offer, {}), lot, price, "offer_costs")
        offered = np.array([record is not None for record in line])
        lower = np.where(offered, values(line, "min", 0.0) * factors, 0.0)
        upper = np.where(offered, values(line, "max", np.inf) * factors, 0.0)
        made.append(Tranche(offer, str(tranche), lot, line, lower, upper, price, added))
    return made


def supplied_lot(network: Network, stream: str) -> int:
    """The lot that a purchase of a stream adds to: the one of its own making, not one that units make."""
    ids = network.stream_lots[stream]
    bought = [lot for lot in ids if network.lots[lot].made_by == "purchase"]
    return (bought or list(ids))[0]


def variables_purchase(build: Build, tranches: list[Tranche]) -> None:
    """Columns ``purchase[offer, tranche, period]``, and the integers that lots and minima need."""
    keys = [(tranche.offer, tranche.tranche) for tranche in tranches]
    if not keys:
        return
    switched = [_least_if_bought(build, tranche) for tranche in tranches]
    lower = np.stack([tranche.lower for tranche in tranches])
    upper = np.stack([tranche.upper for tranche in tranches])
    build.variables("purchase", ("offer", "tranche"), keys, lower, upper)
    lots = [key for key, tranche in zip(keys, tranches, strict=True) if _lot_size(build, tranche).any()]
    build.variables("purchase_lots", ("offer", "tranche"), lots, 0.0, np.inf, integer=True)
    used = [key for key, least in zip(keys, switched, strict=True) if least.any()]
    build.variables("purchase_made", ("offer", "tranche"), used, 0.0, 1.0, integer=True)
    early = [position for position, _ in _pairs_to_order(build, tranches)]
    # A tranche without a greatest quantity is never full, so what follows it is never bought.
    fillable = [np.where(np.isfinite(tranches[position].upper), 1.0, 0.0) for position in early]
    ordered = [keys[position] for position in early]
    build.variables("purchase_full", ("offer", "tranche"), ordered, 0.0, fillable or 1.0, integer=True)


def constraints_purchase(build: Build, tranches: list[Tranche], shipped: Collection[str] = ()) -> None:
    """Balance terms, whole lots, minima if bought, order of tranches.

    Offers in ``shipped`` are loaded, not received, when they are bought: their ships add to the balances.
    """
    if not tranches:
        return
    block = build.blocks["purchase"]
    here = [position for position, tranche in enumerate(tranches) if tranche.offer not in shipped]
    build.add_to_balances([tranches[position].lot for position in here], block.ids[here], np.ones(len(here)))
    _whole_lots(build, tranches)
    for position, tranche in enumerate(tranches):
        least = _least_if_bought(build, tranche)
        if least.any():
            flow = Flow.of([(block.ids[position], 1.0)], build.count)
            binary = build.ids_over_time("purchase_made", tranche.offer, tranche.tranche)
            where = build.network.case.table("offers").where(first(tranche.line), "max")
            name = f"purchase of {tranche.offer}"
            build.switches.append(Switch(name, flow, binary, least, tranche.upper, where))
    _tranche_order(build, tranches)


def costs_purchase(build: Build, tranches: list[Tranche]) -> None:
    """Price and items of every purchase, off the margin."""
    if tranches:
        delivered = np.stack([tranche.delivered for tranche in tranches])
        build.builder.add_costs(build.blocks["purchase"].ids, -delivered)


def _quantities(build: Build, tranche: Tranche, column: str) -> FloatArray:
    stated = values(tranche.line, column, 0.0)
    if not stated.any():
        return stated
    stream_uom = build.network.stream_of(tranche.lot).uom
    density = build.network.lots[tranche.lot].density_t_per_m3
    return stated * amount_factors(build.network.case, tranche.line, stream_uom, density)


def _lot_size(build: Build, tranche: Tranche) -> FloatArray:
    return _quantities(build, tranche, "lot_size")


def _least_if_bought(build: Build, tranche: Tranche) -> FloatArray:
    return _quantities(build, tranche, "min_if_bought")


def _whole_lots(build: Build, tranches: list[Tranche]) -> None:
    sized = [(position, _lot_size(build, tranche)) for position, tranche in enumerate(tranches)]
    sized = [(position, size) for position, size in sized if size.any()]
    keys = [(tranches[position].offer, tranches[position].tranche) for position, _ in sized]
    if not sized:
        return
    # A period without a lot size leaves the quantity free.
    ends = np.stack([np.where(size > 0.0, 0.0, np.inf) for _, size in sized])
    rows = build.constraints("purchase_lot", ("offer", "tranche"), keys, -ends, ends)
    if rows is not None:
        purchase = build.blocks["purchase"].ids[[position for position, _ in sized]]
        build.builder.add_terms(rows.ids, purchase, 1.0)
        sizes = np.stack([size for _, size in sized])
        build.builder.add_terms(rows.ids, build.blocks["purchase_lots"].ids, -sizes)


def _pairs_to_order(build: Build, tranches: list[Tranche]) -> list[tuple[int, int]]:
    """Neighbouring tranches of one offer whose order a plan would not keep by itself."""

    def better(early: int, late: int) -> bool:
        first_one, second = tranches[early], tranches[late]
        both = (first_one.upper > 0.0) & (second.upper > 0.0)
        cheaper = second.delivered < first_one.delivered - 1e-12
        stepped = (_lot_size(build, first_one) > 0.0) | (_least_if_bought(build, first_one) > 0.0)
        return bool((both & (cheaper | stepped)).any())

    return steps_to_order([tranche.offer for tranche in tranches], better)


def _fullness(build: Build, tranche: Tranche) -> FloatArray:
    """Quantity at which a tranche is full, in whole lots, float (periods,)."""
    size = _lot_size(build, tranche)
    with np.errstate(divide="ignore", invalid="ignore"):
        lots = np.floor(tranche.upper / size * (1.0 + 1e-12)) * size
    return np.where((size > 0.0) & np.isfinite(tranche.upper), lots, tranche.upper)


def _tranche_order(build: Build, tranches: list[Tranche]) -> None:
    """Early tranche full before the late one starts: early >= max x full, late <= max x full."""
    pairs = _pairs_to_order(build, tranches)
    if not pairs:
        return
    full = build.blocks["purchase_full"].ids
    purchase = build.blocks["purchase"].ids
    keys = [(tranches[early].offer, tranches[early].tranche) for early, _ in pairs]
    chain_steps(build, "tranche_chain", ("offer", "tranche"), pairs, keys, full)
    capacity = np.stack([_fullness(build, tranches[early]) for early, _ in pairs])
    filled = build.constraints("tranche_full", ("offer", "tranche"), keys, 0.0, np.inf)
    assert filled is not None
    build.builder.add_terms(filled.ids, purchase[[early for early, _ in pairs]], 1.0)
    build.builder.add_terms(filled.ids, full, -np.where(np.isfinite(capacity), capacity, 0.0))
    for position, (early, late) in enumerate(pairs):
        table = build.network.case.table("offers")
        where = table.where(first(tranches[late].line), "max")
        flow = Flow.of([(purchase[late], 1.0)], build.count)
        name = f"tranche {tranches[late].tranche} of {tranches[early].offer}"
        zero = np.zeros(build.count)
        build.switches.append(Switch(name, flow, full[position], zero, tranches[late].upper, where))
