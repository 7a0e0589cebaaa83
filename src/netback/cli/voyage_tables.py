"""How the voyages of a plan look in a terminal: each ship and parcel with its dates, then what each way costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netback.results.solution import Solution

Rows = list[tuple[str, ...]]


def voyage_tables(solution: Solution) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Title, headings and rows of both tables; nothing for a plan without ships."""
    records = solution["voyages"].records()
    if not records:
        return
    columns = ("voyage", "cargo", "vessel", "loads", "arrives", "at", "loaded>")
    yield "Voyages", columns, [_voyage(row) for row in records]
    loading = [row for row in records if row["load_date"] is not None]
    if loading:
        money = solution.currency
        heads = (
            "cargo",
            "from",
            "via",
            "lightering",
            "ships>",
            "loaded>",
            f"cost {money}>",
            f"{money}/bbl>",
        )
        yield "Ways: cost is all that the voyages cost, freight, lightering and dues", heads, _ways(loading)


def _voyage(row: dict[str, Any]) -> tuple[str, ...]:
    cargo = row["cargo"] or row["stream"]
    return (
        row["voyage"],
        f"{cargo}: {row['parcel']}" if row["parcel"] else cargo,
        row["vessel"],
        row["load_date"] or "before",
        row["arrival_date"],
        row["discharge_port"],
        f"{row['loaded']:,.0f} {row['uom']}",
    )


def _ways(records: list[dict[str, Any]]) -> Rows:
    """One row for each way to ship: how many ships, how much, and what it cost."""
    told: dict[tuple[str, str, str, str, str], list[dict[str, Any]]] = {}
    for row in records:
        key = (row["cargo"], row["load_port"], row["via"], row["lightering"], row["uom"])
        told.setdefault(key, []).append(row)
    rows: Rows = []
    for (cargo, port, via, lightering, uom), parts in told.items():
        loaded, freight = (sum(row[name] for row in parts) for name in ("loaded", "freight"))
        volumes = [row["volume"] for row in parts]
        per_barrel = "" if None in volumes or not sum(volumes) else f"{freight / sum(volumes):,.2f}"
        ships = len({row["voyage"] for row in parts})
        rows.append(
            (cargo, port, via, lightering, str(ships), f"{loaded:,.0f} {uom}", f"{freight:,.0f}", per_barrel)
        )
    return rows
