"""What a planner asks of a plan of many periods, as pivots: purchases, prices, sales, units, qualities, stocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from netback.results.pivot import (
    LEAST_PERIODS,
    Pivot,
    PivotRow,
    amounts,
    folded,
    gathered,
    listed,
    places_of,
    readable,
    summed,
)
from netback.results.solution import Solution

Record = dict[str, Any]

#: How the names of the pivots of prices begin: on their basis, at the gate, and break-even.
PRICES = ("price_", "gate_", "break_even_")


def has_many_periods(solution: Solution) -> bool:
    """Whether the plan has so many periods that pivots tell it better than rows."""
    return len(solution.facts["periods"]) >= LEAST_PERIODS


def by_period(solution: Solution) -> dict[str, Pivot]:
    """Every pivot that has rows, by name, in the order in which a planner asks for them."""
    made = (
        purchases(solution),
        *prices(solution),
        sales(solution),
        revenue(solution),
        capacity_use(solution),
        feeds(solution),
        pools(solution),
        qualities(solution),
        stocks(solution),
    )
    return {pivot.name: pivot for pivot in made if pivot.rows or pivot.notes}


def offer_label(row: Record) -> str:
    """The offer, with its tranche where it has several."""
    return f"{row['offer']}, tranche {row['tranche']}" if row["tranche"] != "1" else str(row["offer"])


def sale_label(row: Record) -> str:
    """The sale, with its tier where it has several."""
    return f"{row['sale']}, tier {row['tier']}" if row["tier"] != "1" else str(row["sale"])


def _periods(solution: Solution) -> tuple[str, ...]:
    return tuple(solution.facts["periods"])


def _flows(
    solution: Solution, name: str, title: str, head: str, rows: tuple[PivotRow, ...], whole: str = "total"
) -> Pivot:
    """A pivot of amounts in a readable uom; tenths tell enough of what is told in thousands."""
    return readable(Pivot(name, title, (head,), _periods(solution), rows, whole, 1))


def _by_mass(pivot: Pivot) -> Pivot:
    """The pivot with the sum of all that is told by mass."""
    mass = next((uom for uom in pivot.uoms if uom in ("t", "kt", "Mt")), "")
    return summed(pivot, "all", mass)


def purchases(solution: Solution) -> Pivot:
    """What is bought of every offer: by mass, power and the like in their own uom."""
    rows = gathered(amounts(solution["purchases"], offer_label), _periods(solution))
    made = _flows(solution, "purchases", "Purchases", "offer", rows)
    return _by_mass(folded(made, "Not bought in any period"))


def sales(solution: Solution) -> Pivot:
    """What is sold: by mass where the density is known."""
    rows = gathered(amounts(solution["sales"], sale_label), _periods(solution), 0.0)
    made = _flows(solution, "sales", "Sales", "sale", rows)
    return _by_mass(folded(made, "Not sold in any period"))


def revenue(solution: Solution) -> Pivot:
    """What the sales bring, at their net prices; what is not sold is told beside the amounts."""
    periods, money = _periods(solution), solution.currency
    cells = [
        ((sale_label(row),), money, row["period"], row["revenue"]) for row in solution["sales"].records()
    ]
    rows = tuple(row for row in gathered(cells, periods, 0.0) if any(row.values))
    made = _flows(solution, "revenue", "Revenue of sales", "sale", rows)
    return summed(made, "all", *made.uoms) if rows else made


def prices(solution: Solution) -> Iterator[Pivot]:
    """Price on its basis, at the gate, and break-even where it was measured; for each uom that prices are per."""
    records = solution["purchases"].records()
    for per in dict.fromkeys(row["price_per"] for row in records):
        rows = [row for row in records if row["price_per"] == per]
        uom = f"{solution.currency}/{per}"
        yield _constant_told(
            _of_prices(solution, f"price_{per}", "Price on its basis", uom, rows, "price"),
        )
        gate = _of_prices(solution, f"gate_{per}", "Price at the gate", uom, rows, "delivered_price")
        if any(row["delivered_price"] not in (None, row["price"]) for row in rows):
            paid = {name: _paid(part) for name, part in _by_offer(rows)}
            averaged = tuple(replace(row, whole=paid[row.labels[0]]) for row in gate.rows)
            yield replace(gate, rows=averaged, whole="paid")
        measured = [row for row in rows if row["headroom"] is not None]
        if measured:
            yield _break_evens(solution, f"break_even_{per}", uom, measured)


def _of_prices(solution: Solution, name: str, title: str, uom: str, rows: list[Record], column: str) -> Pivot:
    periods = _periods(solution)
    cells = [((offer_label(row), row["price_basis"]), uom, row["period"], row[column]) for row in rows]
    if column == "price":
        return Pivot(
            name, title, ("offer", "basis"), periods, gathered(cells, periods), places=2, dashed=False
        )
    alone = [((labels[0],), *rest) for labels, *rest in cells]
    return Pivot(name, title, ("offer",), periods, gathered(alone, periods), places=2, dashed=False)


def _constant_told(pivot: Pivot) -> Pivot:
    """Prices that never change in a note, where they would fill a row with one number."""
    kept: list[PivotRow] = []
    told: dict[str, list[str]] = {}
    for row in pivot.rows:
        price = row.values[0]
        if price is not None and len(set(row.values)) == 1:
            told.setdefault(f"{price:,.2f} {row.uom} {row.labels[1]}", []).append(row.labels[0])
        else:
            kept.append(row)
    if not told:
        return pivot
    groups = "; ".join(f"{listed(names)} {price}" for price, names in told.items())
    return replace(pivot, rows=tuple(kept), notes=(f"The same price in every period: {groups}.",))


def _by_offer(rows: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    for name in dict.fromkeys(offer_label(row) for row in rows):
        yield name, [row for row in rows if offer_label(row) == name]


def _paid(rows: list[Record]) -> float | None:
    """Mean price at the gate of what is bought, weighed by the amounts; None where nothing is."""
    bought = [row for row in rows if row["quantity"] > 0.0 and row["delivered_price"] is not None]
    weights = [row["volume"] if row["price_per"] == "bbl" else row["quantity"] for row in bought]
    if not bought or not sum(weights):
        return None
    paid = sum(row["delivered_price"] * weight for row, weight in zip(bought, weights, strict=True))
    return float(paid / sum(weights))


def _break_evens(solution: Solution, name: str, uom: str, rows: list[Record]) -> Pivot:
    """The end of the interval that decides; marked where the offer is bought."""
    periods = _periods(solution)
    cells = [
        ((offer_label(row), row["price_basis"]), uom, row["period"], row["price"] + row["headroom"])
        for row in rows
    ]
    bought = {(offer_label(row), row["period"]) for row in rows if row["quantity"] > 0.0}
    made = tuple(
        replace(row, marks=tuple((row.labels[0], period) in bought for period in periods))
        for row in gathered(cells, periods)
    )
    title = "Break-even price on the basis of the price"
    return Pivot(name, title, ("offer", "basis"), periods, made, places=2, dashed=False, mark="bought")


def capacity_use(solution: Solution) -> Pivot:
    """Share of every capacity that is used; marked where it binds. The mean is of the periods, each counted once."""
    periods = _periods(solution)
    records = [row for row in solution["limits"].records() if row["kind"] == "capacity" and row["max"]]
    rows = []
    for unit in dict.fromkeys(row["limit"] for row in records):
        cells = {row["period"]: row for row in records if row["limit"] == unit}
        used = {period: 100.0 * row["value"] / row["max"] for period, row in cells.items()}
        most = _ends([row["max"] for row in cells.values()])
        rows.append(
            PivotRow(
                (unit, f"{most} {next(iter(cells.values()))['uom']}"),
                "%",
                tuple(used.get(period) for period in periods),
                sum(used.values()) / len(used),
                tuple(period in cells and cells[period]["binding"] for period in periods),
            )
        )
    heads = ("unit", "capacity>")
    made = Pivot("capacity", "Units: use of capacity", heads, periods, tuple(rows), "mean", 0, mark="binds")
    return folded(readable(made), "Not run in any period")


def feeds(solution: Solution) -> Pivot:
    """What every unit runs; units feed one another, so that there is no sum."""
    cells = amounts(solution["unit_runs"], lambda row: str(row["unit"]))
    return _flows(solution, "feeds", "Units: feed", "unit", gathered(cells, _periods(solution), 0.0))


def pools(solution: Solution) -> Pivot:
    """What every pool is made of, and what takes it."""
    periods = _periods(solution)
    cells = [
        (
            (row["pool"], "of" if row["side"] == "part" else "to", row["name"]),
            "%",
            row["period"],
            row["share"],
        )
        for row in solution["pools"].records()
    ]
    rows = gathered(cells, periods, 0.0)
    return readable(Pivot("pools", "Pools: of what, and to what", ("pool", "", ""), periods, rows, places=1))


def qualities(solution: Solution) -> Pivot:
    """Every specified property of every blend with its limits; marked where one binds."""
    periods = _periods(solution)
    records = solution["qualities"].records()
    rows = []
    for key in dict.fromkeys((row["product"], row["property"]) for row in records):
        cells = {row["period"]: row for row in records if (row["product"], row["property"]) == key}
        limits = (_ends([row[end] for row in cells.values()]) for end in ("min", "max"))
        rows.append(
            PivotRow(
                (*key, *limits),
                "",
                tuple(cells[period]["value"] if period in cells else None for period in periods),
                None,
                tuple(period in cells and cells[period]["binding"] for period in periods),
            )
        )
    heads = ("product", "property", "min>", "max>")
    title = "Quality of blends, uom as named"
    return Pivot("qualities", title, heads, periods, tuple(rows), dashed=False, mark="binds", grouped=True)


def stocks(solution: Solution) -> Pivot:
    """Stock of every part at the end of every period."""
    rows = gathered(amounts(solution["stocks"], lambda row: str(row["stream"])), _periods(solution))
    made = _flows(solution, "stocks", "Stocks at the end of the period", "stream", rows, "")
    return _by_mass(folded(made, "Empty at the end of every period"))


def _ends(values: list[float | None]) -> str:
    """A limit as text: one number, or its range where it changes."""
    known = sorted({value for value in values if value is not None})
    if not known:
        return ""
    places = places_of(max(map(abs, known)))
    texts = dict.fromkeys(f"{value:,.{places}f}" for value in (known[0], known[-1]))
    return " to ".join(texts)
