"""Where the ships of a plan go: a map with one way for each cargo, and how much went by it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from netback.case.case import Case
from netback.errors import DataError
from netback.plots.route_map import Way, route_map
from netback.plots.style import Drawn, subtitle
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
    shared: dict[tuple[str, ...], tuple[tuple[Route, ...], list[dict[str, Any]]]] = {}
    for cargo, rows in told.items():
        parts = _parts(data, rows[0], via.get(cargo))
        if parts:
            key = tuple(place.name for part in parts for place in part.places)
            shared.setdefault(key, (parts, []))[1].extend(rows)
    if not shared:
        return None
    most = sorted(shared.values(), key=lambda way: -sum(row["mass"] or 0.0 for row in way[1]))
    title = f"Ways of the ships: {subtitle(solution)}"
    return route_map(data, [Way(parts, _name(rows) + _lightered(parts, rows)) for parts, rows in most], title)


def _name(rows: list[dict[str, Any]]) -> str:
    """Cargoes of one way, their ships and what they load."""
    cargoes = ", ".join(dict.fromkeys(row["cargo"] for row in rows))
    ships = len({row["voyage"] for row in rows})
    loaded = " and ".join(
        f"{sum(row['loaded'] for row in rows if row['uom'] == uom):,.0f} {uom}"
        for uom in dict.fromkeys(row["uom"] for row in rows)
    )
    return f"{cargoes}: {ships} ship{'s' * (ships > 1)}, {loaded}"


def _lightered(parts: tuple[Route, ...], rows: list[dict[str, Any]]) -> str:
    """Where ships of a way are lightered: the place, or in which country where no place of it is known."""
    if len(parts) > 1:
        return f", lightered off {parts[0].places[-1].title}"
    told = dict.fromkeys(row["lightering"] for row in rows if row["lightering"])
    return f", lightered off {' and '.join(told)}" if told else ""


def _parts(data: SupplyData, row: dict[str, Any], via: str | None) -> tuple[Route, ...]:
    """The way of a voyage on the day she loads, by the place where she is lightered if the library knows it.

    Empty where it does not know her ports.
    """
    sailing = Sailing(date.fromisoformat(row["load_date"]), USUAL_SPEED_KN)
    try:
        port = _port(data, row["discharge_port"])
        place = _lightered_at(data, row["lightering"])
        if place is None or place == port:
            return (find_route(data, row["load_port"], port, sailing, via),)
        return find_route(data, row["load_port"], place, sailing, via), find_route(data, place, port, sailing)
    except DataError:
        return ()


def _lightered_at(data: SupplyData, name: str) -> str | None:
    """Port of a lightering plan, or the port itself; None for a country, of which no place is known."""
    if not name:
        return None
    with suppress(DataError):
        name = data.plan(name).place
    try:
        return data.port(name).name
    except DataError:
        return None


def _port(data: SupplyData, name: str) -> str:
    try:
        return data.port(name).name
    except DataError:
        return data.berth(name).port
