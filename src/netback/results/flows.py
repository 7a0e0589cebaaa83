"""Result tables of what moves: purchases, unit runs, products of units, streams, blends, stocks, sales."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from netback.planning.worth import OfferWorth
from netback.results.reading import Reader
from netback.results.table import ResultTable
from netback.results.voyages import arrived, shipping

Row = tuple[object, ...]


def purchases(reader: Reader, worths: tuple[OfferWorth, ...]) -> ResultTable:
    """What was bought of every offer, at what price, and the price at which it just enters or leaves."""
    found = {(worth.offer, worth.tranche, worth.period): worth for worth in worths}
    flows = reader.values("purchase")
    rows: list[Row] = []
    for position, tranche in enumerate(reader.model.tranches):
        stream = reader.network.stream_of(tranche.lot)
        for period, record in enumerate(tranche.line):
            if record is None:
                continue
            amount = float(flows[position, period])
            shipped = shipping(reader, tranche.offer, period)
            delivered = None if shipped is None else float(tranche.delivered[period]) + shipped
            worth = found.get((tranche.offer, tranche.tranche, reader.periods[period]))
            barrel = reader.in_uom(tranche.lot, 1.0, "bbl") if stream.in_mass_balance else None
            per = barrel or 1.0
            low, high, end = (
                None if value is None else value / per
                for value in ((None,) * 3 if worth is None else _break_evens(worth))
            )
            price = float(tranche.price[period]) / per
            rows.append(
                (
                    reader.periods[period],
                    tranche.offer,
                    tranche.tranche,
                    stream.name,
                    amount,
                    stream.uom,
                    reader.tonnes(tranche.lot, amount),
                    reader.barrels(tranche.lot, amount),
                    record["price_basis"],
                    price,
                    None if delivered is None else delivered / per,
                    low,
                    high,
                    None if end is None else end - price,
                    "bbl" if barrel else stream.uom,
                    (delivered or 0.0) * amount,
                )
            )
    money = reader.plan.case.currency
    columns = [
        ("period", "", ""),
        ("offer", "", ""),
        ("tranche", "", ""),
        ("stream", "", ""),
        ("quantity", "row", "bought"),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", "bought; blank where no density is known"),
        ("volume", "bbl", "bought; blank where no density is known"),
        ("price_basis", "", "what the price covers"),
        ("price", f"{money}/price_per", "price on its basis"),
        (
            "delivered_price",
            f"{money}/price_per",
            "price with all items and the costs of its ships, at the gate",
        ),
        (
            "break_even_low",
            f"{money}/price_per",
            "on the basis of the price: below it the next parcel is bought",
        ),
        (
            "break_even_high",
            f"{money}/price_per",
            "on the basis of the price: above it the last parcel is left",
        ),
        (
            "headroom",
            f"{money}/price_per",
            "what the last parcel bought earns, or by how much the price of one not bought is too high",
        ),
        ("price_per", "", "uom that the prices are per"),
        ("cost", money, "paid at the gate"),
    ]
    return ResultTable.of("purchases", "Purchases", columns, rows)


def _break_evens(worth: OfferWorth) -> tuple[float | None, float | None, float | None]:
    """Low end, high end, and the end that decides, on the basis of the price."""
    ends = (worth.low, worth.high, worth.break_even)
    low, high, decides = (worth.on_price_basis(value) for value in ends)
    return low, high, decides


def unit_runs(reader: Reader) -> ResultTable:
    """Feed of every unit by mode and lot; runs of nothing are left out."""
    flows = reader.values("run")
    rows: list[Row] = []
    for position, run in enumerate(reader.network.runs):
        for period, name in enumerate(reader.periods):
            amount = float(flows[position, period])
            if amount:
                label = reader.network.labels[run.feed]
                uom = reader.network.stream_of(run.feed).uom
                mass, volume = reader.tonnes(run.feed, amount), reader.barrels(run.feed, amount)
                rows.append((name, run.unit, run.mode, label, amount, uom, mass, volume))
    columns = [
        ("period", "", ""),
        ("unit", "", ""),
        ("mode", "", ""),
        ("feed", "", "stream and, where it matters, crude"),
        ("quantity", "row", ""),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", ""),
        ("volume", "bbl", ""),
    ]
    return ResultTable.of("unit_runs", "Unit runs", columns, rows)


def unit_products(reader: Reader) -> ResultTable:
    """What every unit makes of its whole feed, and the yield on it."""
    flows = reader.values("run")
    made: dict[tuple[int, str, str], list[float | None]] = defaultdict(lambda: [0.0, 0.0])
    fed: dict[tuple[int, str], float | None] = {}
    for position, run in enumerate(reader.network.runs):
        for period in range(len(reader.periods)):
            amount = float(flows[position, period])
            if not amount:
                continue
            fed[period, run.unit] = _plus(fed.get((period, run.unit), 0.0), reader.tonnes(run.feed, amount))
            for lot, share in (*run.outputs, *((lot, -use) for lot, use in run.uses)):
                cell = made[period, run.unit, reader.network.lots[lot].stream]
                cell[0] = _plus(cell[0], amount * share)
                cell[1] = _plus(cell[1], reader.tonnes(lot, amount * share))
    rows: list[Row] = []
    for (period, unit, stream), (quantity, mass) in made.items():
        feed = fed[period, unit]
        yielded = None if mass is None or not feed else 100.0 * mass / feed
        uom = reader.network.streams[stream].uom
        rows.append((reader.periods[period], unit, stream, quantity, uom, mass, yielded))
    columns = [
        ("period", "", ""),
        ("unit", "", ""),
        ("stream", "", "made; used where negative"),
        ("quantity", "row", ""),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", ""),
        ("yield", "wt%", "on the whole feed of the unit"),
    ]
    return ResultTable.of("unit_products", "Products of units", columns, rows)


def _plus(total: float | None, part: float | None) -> float | None:
    return None if total is None or part is None else total + part


def blends(reader: Reader) -> ResultTable:
    """What went into every product, with shares by volume and mass."""
    flows = reader.values("blend")
    rows: list[Row] = []
    for position, arc in enumerate(reader.model.arcs):
        for period, name in enumerate(reader.periods):
            amount = float(flows[position, period])
            if not amount:
                continue
            mass, volume = reader.tonnes(arc.lot, amount), reader.barrels(arc.lot, amount)
            rows.append(
                (
                    name,
                    arc.product,
                    arc.recipe,
                    reader.network.labels[arc.lot],
                    amount,
                    reader.network.stream_of(arc.lot).uom,
                    mass,
                    volume,
                    _share(mass, reader.blend_mass.get((arc.product, period))),
                    _share(volume, reader.blend_volume.get((arc.product, period))),
                )
            )
    columns = [
        ("period", "", ""),
        ("product", "", ""),
        ("recipe", "", "free where the plan chooses the shares"),
        ("component", "", "stream and, where it matters, crude"),
        ("quantity", "row", ""),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", ""),
        ("volume", "bbl", ""),
        ("mass_share", "wt%", "of the product"),
        ("volume_share", "vol%", "of the product"),
    ]
    return ResultTable.of("blends", "Blends", columns, rows)


def swings(reader: Reader) -> ResultTable:
    """Where every swing cut goes; moves of nothing are left out."""
    moved: dict[tuple[int, str, str], list[float | None]] = defaultdict(lambda: [0.0, 0.0])
    for join, flow in zip(reader.network.joins, reader.values("join"), strict=True):
        lots = reader.network.lots
        for period, amount in enumerate(flow.tolist()):
            if amount:
                cell = moved[period, lots[join.source].stream, lots[join.target].stream]
                cell[0] = _plus(cell[0], amount)
                cell[1] = _plus(cell[1], reader.tonnes(join.source, amount))
    rows = [
        (reader.periods[period], source, target, quantity, reader.network.streams[source].uom, mass)
        for (period, source, target), (quantity, mass) in moved.items()
    ]
    columns = [
        ("period", "", ""),
        ("stream", "", "the swing cut"),
        ("to", "", "the stream that it joins"),
        ("quantity", "row", ""),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", ""),
    ]
    return ResultTable.of("swings", "Where the swing cuts go", columns, rows)


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100.0 * part / whole


def sales(reader: Reader) -> ResultTable:
    """What was sold, at what price, less what it costs to sell."""
    flows = reader.values("sale")
    rows: list[Row] = []
    position = 0
    for tier in reader.model.tiers:
        for place, lot in enumerate(tier.lots):
            for period, record in enumerate(tier.line):
                amount = float(flows[position, period])
                if record is None or (not amount and len(tier.lots) > 1):
                    continue
                rows.append(
                    (
                        reader.periods[period],
                        tier.sale,
                        tier.tier,
                        record["market"],
                        reader.network.labels[lot],
                        amount,
                        reader.network.stream_of(lot).uom,
                        reader.product_tonnes(lot, amount, period),
                        reader.product_barrels(lot, amount, period),
                        float(tier.prices[place][period]),
                        float(tier.net(place)[period]),
                        float(tier.net(place)[period]) * amount,
                    )
                )
            position += 1
    money = reader.plan.case.currency
    columns = [
        ("period", "", ""),
        ("sale", "", ""),
        ("tier", "", ""),
        ("market", "", ""),
        ("stream", "", ""),
        ("quantity", "row", "sold"),
        ("uom", "", "uom of the quantity"),
        ("mass", "t", ""),
        ("volume", "bbl", ""),
        ("price", f"{money}/uom", ""),
        ("net_price", f"{money}/uom", "less the items of sale_costs.csv"),
        ("revenue", money, "at the net price"),
    ]
    return ResultTable.of("sales", "Sales", columns, rows)


def stocks(reader: Reader) -> ResultTable:
    """Stock of every lot at the end of every period."""
    rows: list[Row] = []
    if reader.has("stock"):
        block = reader.model.build.blocks["stock"]
        flows = reader.values("stock")
        lots = {label: lot for lot, label in enumerate(reader.network.labels)}
        for position, (label,) in enumerate(block.index.axes[0]):
            lot = lots[label]
            for period, name in enumerate(reader.periods):
                amount = float(flows[position, period])
                uom = reader.network.stream_of(lot).uom
                rows.append((name, label, amount, uom, reader.tonnes(lot, amount)))
    columns = [
        ("period", "", ""),
        ("stream", "", ""),
        ("quantity", "row", "at the end of the period"),
        ("uom", "", ""),
        ("mass", "t", ""),
    ]
    return ResultTable.of("stocks", "Stocks", columns, rows)


def streams(reader: Reader) -> ResultTable:
    """Balance of every lot: in, out, what is left over (zero but for rounding), and its marginal value."""
    moved = lot_moves(reader)
    rows: list[Row] = []
    for lot, label in enumerate(reader.network.labels):
        for period, name in enumerate(reader.periods):
            bought, made, used, sold, change = moved[:, lot, period]
            if not (bought or made or used or sold or change):
                continue
            stream = reader.network.stream_of(lot)
            left = bought + made - used - sold - change if stream.kind != "loss" else 0.0
            worth = reader.lot_worth(lot, period)
            mass = reader.product_tonnes(lot, bought + made, period)
            rows.append(
                (name, label, stream.kind, stream.uom, bought, made, used, sold, change, left, mass, worth)
            )
    money = reader.plan.case.currency
    columns = [
        ("period", "", ""),
        ("stream", "", "stream and, where it matters, crude"),
        ("kind", "", ""),
        ("uom", "", ""),
        ("bought", "row", "and received: what is shipped counts in the period of arrival"),
        ("made", "row", "by units and blends"),
        ("used", "row", "by units and blends"),
        ("sold", "row", ""),
        ("stock_change", "row", ""),
        ("left_over", "row", "in less out: zero but for rounding"),
        ("mass", "t", "bought and made"),
        ("marginal_value", f"{money}/uom", "of one more; one of several where the plan is degenerate"),
    ]
    return ResultTable.of("streams", "Streams", columns, rows)


def lot_moves(reader: Reader) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Bought, made, used, sold and stock change of every lot, float (5, lots, periods), each in its uom."""
    moved = np.zeros((5, len(reader.network.lots), len(reader.periods)))
    bought, made, used, sold, change = moved
    shipped = reader.model.cargoes.offers
    for tranche, flow in zip(reader.model.tranches, reader.values("purchase"), strict=True):
        if tranche.offer not in shipped:
            bought[tranche.lot] += flow
    bought += arrived(reader)
    for run, flow in zip(reader.network.runs, reader.values("run"), strict=True):
        used[run.feed] += flow
        for lot, share in run.outputs:
            made[lot] += share * flow
        for lot, share in run.uses:
            used[lot] += share * flow
    for join, flow in zip(reader.network.joins, reader.values("join"), strict=True):
        used[join.source] += flow
        made[join.target] += join.factor * flow
    for arc, flow in zip(reader.model.arcs, reader.values("blend"), strict=True):
        used[arc.lot] += flow
        target = reader.network.streams[arc.product].uom
        made[reader.network.blended[arc.product]] += reader.network.factor(arc.lot, target) * flow
    lots = [lot for tier in reader.model.tiers for lot in tier.lots]
    for lot, flow in zip(lots, reader.values("sale"), strict=True):
        sold[lot] += flow
    _stock_changes(reader, change)
    # Differences of stocks leave rounding behind, which would read as a movement.
    largest = np.abs(moved).max(axis=(0, 2), initial=1.0)
    moved[np.abs(moved) <= 1e-9 * largest[None, :, None]] = 0.0
    return moved


def _stock_changes(reader: Reader, change: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    lots = {label: lot for lot, label in enumerate(reader.network.labels)}
    for name, sign in (("stock", 1.0), ("opening_stock", -1.0)):
        if not reader.has(name):
            continue
        flows = reader.values(name)
        for position, (label,) in enumerate(reader.model.build.blocks[name].index.axes[0]):
            flow = np.diff(flows[position], prepend=0.0) if name == "stock" else flows[position]
            change[lots[label]] += sign * flow
