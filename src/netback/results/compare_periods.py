"""Plans of many periods compared: what changes over the horizon, ranges of break-even prices, what moves when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from netback.results.by_period import offer_label, sale_label
from netback.results.pivot import Cell, Pivot, PivotRow, amounts, gathered, readable, summed
from netback.results.solution import Solution
from netback.results.table import ResultTable

#: A difference below this part of the greatest amount of its uom is that of two solves, not of two plans.
_ROUNDING = 1e-6
_FLOWS = ("bought", "sold")


@dataclass(frozen=True, slots=True)
class Span:
    """Least and most of a number over the periods, and in how many of them it is known."""

    least: float
    most: float
    count: int


def over_all_periods(results: ResultTable) -> tuple[ResultTable, tuple[str, ...]]:
    """The table side by side without what is told by period, and what is nothing in every plan."""
    kept, nothing = [], []
    for row in results.rows:
        if row[0] in _FLOWS and not any(row[3:]):
            nothing.append(str(row[1]))
        elif row[0] != "break-even":
            kept.append(row)
    return ResultTable(results.name, results.title, results.columns, tuple(kept)), tuple(nothing)


def less_first(results: ResultTable) -> ResultTable:
    """What each other plan has more or less than the first; rows that differ nowhere are left out."""
    rows = []
    for row in results.rows:
        first, *others = row[3:]
        changes = [None if first is None or other is None else other - first for other in others]
        scale = max((abs(value) for value in row[3:] if value is not None), default=0.0)
        told = [change if change is None or abs(change) > _ROUNDING * scale else 0.0 for change in changes]
        if any(told):
            rows.append((*row[:3], *told))
    return ResultTable(results.name, results.title, (*results.columns[:3], *results.columns[4:]), tuple(rows))


def break_even_spans(solutions: Sequence[Solution]) -> list[tuple[str, str, tuple[Span | None, ...]]]:
    """Offer, uom, and the span of its break-even prices over the periods in every plan; None where none is known."""
    found: dict[tuple[str, str], dict[int, list[float]]] = {}
    for place, solution in enumerate(solutions):
        for row in solution["purchases"].records():
            if row["headroom"] is not None:
                key = (offer_label(row), f"{solution.currency}/{row['price_per']}")
                prices = found.setdefault(key, {}).setdefault(place, [])
                prices.append(row["price"] + row["headroom"])
    return [
        (offer, uom, tuple(_span(prices.get(place, [])) for place in range(len(solutions))))
        for (offer, uom), prices in found.items()
    ]


def _span(values: list[float]) -> Span | None:
    return Span(min(values), max(values), len(values)) if values else None


def flow_differences(first: Solution, other: Solution, names: str) -> tuple[Pivot, Pivot]:
    """Purchases and sales of another plan less those of the first, by period; empty where their periods differ.

    ``names`` are what the titles call the difference.
    """
    return (
        _difference(first, other, "purchases", f"Purchases, {names}", "offer"),
        _difference(first, other, "sales", f"Sales, {names}", "sale"),
    )


def _difference(first: Solution, other: Solution, table: str, title: str, head: str) -> Pivot:
    periods = tuple(first.facts["periods"])
    empty = Pivot(table, title, (head,), periods, (), "total", 1, signed=True)
    if tuple(other.facts["periods"]) != periods:
        return empty
    label = offer_label if table == "purchases" else sale_label
    ours, theirs = (amounts(solution[table], label) for solution in (first, other))
    rows = gathered([*theirs, *_negative(ours)], periods, 0.0)
    greatest = _greatest([*ours, *theirs])
    cleaned = (_cleaned(row, _ROUNDING * greatest.get(row.uom, 0.0)) for row in rows)
    kept = tuple(row for row in cleaned if any(row.values))
    pivot = readable(Pivot(table, title, (head,), periods, kept, "total", 1, signed=True))
    mass = next((uom for uom in pivot.uoms if uom in ("t", "kt", "Mt")), "")
    return summed(pivot, "all", mass)


def _negative(cells: Iterable[Cell]) -> list[Cell]:
    return [(labels, uom, period, None if value is None else -value) for labels, uom, period, value in cells]


def _greatest(cells: Iterable[Cell]) -> dict[str, float]:
    found: dict[str, float] = {}
    for _, uom, _, value in cells:
        found[uom] = max(found.get(uom, 0.0), abs(value or 0.0))
    return found


def _cleaned(row: PivotRow, least: float) -> PivotRow:
    values = tuple(value if value is None or abs(value) > least else 0.0 for value in row.values)
    whole = row.whole if row.whole is None or abs(row.whole) > least else 0.0
    return PivotRow(row.labels, row.uom, values, whole)


def inputs_by_row(
    inputs: Iterable[dict[str, Any]], periods: Sequence[str]
) -> dict[tuple[str, str, str, str], list[dict[str, Any]]]:
    """Inputs that differ by scenario, table, row and column; rows that differ only in their period are one."""
    found: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for row in inputs:
        name = ", ".join(part for part in row["row"].split(", ") if part not in periods)
        found.setdefault((row["scenario"], row["table"], name, row["column"]), []).append(row)
    return found
