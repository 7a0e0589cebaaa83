"""Where the ships of a plan go: a map with one way for each cargo, and how much went by it."""

from __future__ import annotations

from datetime import date
from typing import Any

from netback.case.case import Case
from netback.errors import DataError
from netback.plots.style import CYCLE, Drawn
from netback.plots.supply import route_map
from netback.results.solution import Solution
from netback.supply.data import SupplyData
from netback.supply.routes import USUAL_SPEED_KN, Route, Sailing, find_route


def ways(case: Case, solution: Solution) -> Drawn | None:
    """The ways of a plan's cargoes, those that carry most; None without ships, or where no port of theirs is known."""
    told: dict[str, list[dict[str, Any]]] = {}
    for row in solution["voyages"].records():
        if row["load_port"] and row["load_date"]:
            told.setdefault(row["cargo"], []).append(row)
    if not told:
        return None
    data = SupplyData.of(case)
    via = {record["cargo"]: record["via"] for record in case.table("cargoes").records}
    shared: dict[tuple[str, ...], tuple[Route, list[dict[str, Any]]]] = {}
    for cargo, rows in told.items():
        route = _route(data, rows[0], via.get(cargo))
        if route is not None:
            key = tuple(place.name for place in route.places)
            shared.setdefault(key, (route, []))[1].extend(rows)
    if not shared:
        return None
    most = sorted(shared.values(), key=lambda way: -sum(row["mass"] or 0.0 for row in way[1]))
    shown = [(route, _name(rows)) for route, rows in most[: len(CYCLE)]]
    scenario = f", {solution.scenario}" if solution.scenario else ""
    periods = solution.facts["periods"]
    title = f"Ways of the ships, {solution.case}{scenario}, {periods[0]} to {periods[-1]}"
    return route_map(data, [route for route, _ in shown], [name for _, name in shown], title)


def _name(rows: list[dict[str, Any]]) -> str:
    """Cargoes of one way, their ships and what they load."""
    cargoes = ", ".join(dict.fromkeys(row["cargo"] for row in rows))
    ships = len({row["voyage"] for row in rows})
    loaded = " and ".join(
        f"{sum(row['loaded'] for row in rows if row['uom'] == uom):,.0f} {uom}"
        for uom in dict.fromkeys(row["uom"] for row in rows)
    )
    return f"{cargoes}: {ships} ship{'s' * (ships > 1)}, {loaded}"


def _route(data: SupplyData, row: dict[str, Any], via: str | None) -> Route | None:
    """The way of a voyage on the day she loads; None where the library does not know her ports."""
    try:
        return find_route(
            data,
            row["load_port"],
            _port(data, row["discharge_port"]),
            Sailing(date.fromisoformat(row["load_date"]), USUAL_SPEED_KN),
            via,
        )
    except DataError:
        return None


def _port(data: SupplyData, name: str) -> str:
    try:
        return data.port(name).name
    except DataError:
        return data.berth(name).port
