"""Figures of supply: landed cost as steps side by side, and ways on a map."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from netback.plots.labels import Labels
from netback.plots.style import (
    BLUE,
    CYCLE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SETTINGS,
    SKY,
    Drawn,
    drawn,
    new_figure,
)
from netback.supply.comparison import ClaimBeside
from netback.supply.data import SupplyData
from netback.supply.geo import great_circle_points
from netback.supply.landed_cost import LandedCost
from netback.supply.routes import Route

Point = tuple[float, float]
Bounds = tuple[float, float, float, float]

#: Stage of the landed cost -> what the legend calls it, and its colour.
_STAGES = {
    "fob": ("price fob", GREY),
    "freight": ("freight, fuel, tolls, dues", BLUE),
    "insurance": ("cargo insurance", SKY),
    "lightering": ("lightering", RED),
    "arrival": ("loss, credit, interest, exchange", ORANGE),
}
#: A leg is drawn through this many points, so that a great circle bends as it does on the map.
_POINTS = 24


def landed_waterfall(costs: Sequence[LandedCost], claims: Sequence[ClaimBeside] = ()) -> Drawn:
    """Steps from fob to the gate for each cargo, side by side [USD/bbl]; whiskers are the range at the gate.

    ``claims`` stand below: what others say, as a band, and what the steps come to, as a dot with its range.

    The axis does not begin at zero, because the steps would be too small to see: bars float, and each begins
    where the last one ended. Cargoes without barrels are left out.
    """
    import matplotlib as mpl

    shown = [cost for cost in costs if cost.landing.bbl_per_t is not None]
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        below = 0.9 + 0.34 * len(claims) if claims else 0.0
        figure, axes = new_figure(max(7.0, 1.9 * len(shown) + 2.0), 5.2 + below)
        if claims:
            figure.clear()
            axes, beside = figure.subplots(2, 1, height_ratios=(5.2, below))
            _claims(beside, claims, {cost.landing.landing: cost for cost in costs})
        for place, cost in enumerate(shown):
            _column(axes, place, cost)
        lowest = min(cost.price("fob", "bbl") for cost in shown)
        highest = max(cost.high_delivered_usd / _barrels(cost) for cost in shown)
        axes.set_ylim(lowest - 0.18 * (highest - lowest), highest + 0.12 * (highest - lowest))
        axes.set_xlim(-0.6, len(shown) - 0.4)
        labels = [_label(cost) for cost in shown]
        axes.set_xticks(range(len(shown)), labels, fontsize=8.5)
        axes.set_ylabel("USD/bbl loaded (the axis does not begin at zero)")
        title = "From fob to the gate"
        axes.set_title(title)
        axes.grid(axis="y", alpha=0.3)
        handles = [mpl.patches.Patch(color=colour, label=name) for name, colour in list(_STAGES.values())[1:]]
        axes.legend(handles=handles, fontsize=8, frameon=False, ncols=2, loc="upper left")
        caption = "Steps from the price fob to the cost at the gate; whiskers: ranges of the inputs."
        if claims:
            caption += (
                " Below, what others say (bands) beside what the steps come to (dots with their ranges)."
            )
        return drawn(figure, title, caption)


_MEASURES = {
    "lightering": "lightering of {0}",
    "difference": "{1} less {0}, at the gate",
    "difference_before_lightering": "{1} less {0}, before lightering",
}


def _claims(axes: Any, claims: Sequence[ClaimBeside], costs: Mapping[str, LandedCost]) -> None:
    """What others say as bands, what the steps come to as dots with their ranges [USD/bbl]."""
    names = {name: (cost.landing.title or name).split(",")[0] for name, cost in costs.items()}
    months = {name: f"{cost.landing.day:%B %Y}" for name, cost in costs.items()}
    labels = []
    for place, claim in enumerate(reversed(claims)):
        axes.barh(
            place,
            claim.claimed_high - claim.claimed_low,
            0.62,
            left=claim.claimed_low,
            color=ORANGE,
            alpha=0.5,
        )
        axes.plot([claim.here.low, claim.here.high], [place, place], color=BLUE, lw=1.6)
        axes.plot(claim.here.value, place, "o", color=BLUE, ms=6)
        told = _MEASURES[claim.measure].format(names[claim.landing], names.get(claim.against or "", ""))
        labels.append(f"{told}, {months[claim.landing]}")
    axes.set_yticks(range(len(labels)), labels, fontsize=8.5)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("USD/bbl")
    axes.grid(axis="x", alpha=0.3)
    axes.barh(0, 0, color=ORANGE, alpha=0.5, label="claimed")
    axes.plot([], [], "o-", color=BLUE, label="here, with its range")
    axes.legend(fontsize=8, frameon=False, loc="lower right")


def _barrels(cost: LandedCost) -> float:
    return cost.landing.cargo_t * (cost.landing.bbl_per_t or 1.0)


def _label(cost: LandedCost) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(cost.landing.title or cost.landing.landing, 17))


def _column(axes: Any, place: int, cost: LandedCost) -> None:
    """One cargo: narrow bars from left to right within its place, then the level at the gate."""
    barrels = _barrels(cost)
    stages = [stage for stage in list(_STAGES)[1:] if cost.stage_cents(stage)]
    width = 0.8 / (len(stages) + 2)
    left, level = place - 0.4, cost.price("fob", "bbl")
    _level(axes, left, width, level, GREY)
    for number, stage in enumerate(stages, start=1):
        step = cost.stage_cents(stage) / 100 / barrels
        x = left + number * width
        axes.bar(x + width / 2, step, width * 0.92, bottom=level, color=_STAGES[stage][1])
        if step >= 0.4:
            axes.text(x + width / 2, level + step, f"{step:.2f}", ha="center", va="bottom", fontsize=7.5)
        level += step
    x = left + (len(stages) + 1) * width
    _level(axes, x, width, level, GREEN)
    ends = cost.low_delivered_usd / barrels, cost.high_delivered_usd / barrels
    axes.plot([x + 0.86 * width] * 2, ends, color="black", lw=1.0)


def _level(axes: Any, left: float, width: float, level: float, colour: str) -> None:
    axes.bar(left + width / 2, level, width * 0.92, color=colour)
    style = {"fontsize": 8, "fontweight": "bold", "color": "white", "rotation": 90}
    axes.text(left + width / 2, level - 0.25, f"{level:.2f}", ha="center", va="top", **style)


def route_map(data: SupplyData, routes: Sequence[Route], names: Sequence[str] = (), title: str = "") -> Drawn:
    """Ways on a map: coasts, all legs faint, chokepoints and ports of the ways named.

    Longitudes run on across the antimeridian, so that a way over the Pacific is one line.
    """
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        figure, axes = new_figure(9.5, 5.6)
        lines = [_line(route) for route in routes]
        bounds = _bounds(lines)
        _coasts(axes, bounds)
        _network(axes, data, bounds)
        for number, (route, line) in enumerate(zip(routes, lines, strict=True)):
            colour = CYCLE[number % len(CYCLE)]
            label = names[number] if number < len(names) else f"{route.distance_nm:,.0f} nm"
            axes.plot([x for x, _ in line], [y for _, y in line], color=colour, lw=1.8, label=label, zorder=4)
        axes.set(xlim=bounds[:2], ylim=bounds[2:], xlabel="longitude [deg]", ylabel="latitude [deg]")
        axes.set_aspect(1.15)
        title = title or f"{routes[0].places[0].title} to {routes[0].places[-1].title}"
        axes.set_title(title)
        legend = axes.legend(fontsize=8, frameon=True, loc="lower left")
        axes.grid(alpha=0.2)
        _name_places(axes, routes, Labels(axes, [legend]))
        return drawn(
            figure,
            title,
            "Ways by sea; legs are great circles between hand-set positions. Not for use at sea.",
        )


def _line(route: Route) -> list[tuple[float, float]]:
    """Points (longitude, latitude) of a way, without jumps at the antimeridian."""
    points: list[tuple[float, float]] = []
    for here, there in zip(route.places, route.places[1:], strict=False):
        leg = great_circle_points(
            here.latitude_deg, here.longitude_deg, there.latitude_deg, there.longitude_deg, _POINTS
        )
        points.extend((longitude, latitude) for latitude, longitude in leg[1 if points else 0 :])
    return _unwrapped(points)


def _unwrapped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found = [points[0]]
    for longitude, latitude in points[1:]:
        turns = round((found[-1][0] - longitude) / 360.0)
        found.append((longitude + 360.0 * turns, latitude))
    return found


def _bounds(lines: Sequence[Sequence[Point]]) -> Bounds:
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    pad = 0.06 * max(max(xs) - min(xs), 20.0)
    return min(xs) - pad, max(xs) + pad, max(-80.0, min(ys) - pad), min(84.0, max(ys) + pad)


def _coasts(axes: Any, bounds: Bounds) -> None:
    from matplotlib.collections import PolyCollection

    axes.set_facecolor("#EAF2F8")
    shapes = [turned for outline in land() for turned in _turned(_unwrapped(outline), bounds)]
    axes.add_collection(PolyCollection(shapes, facecolor="#E4DFD3", edgecolor="#B5AE9C", lw=0.4, zorder=1))


def _network(axes: Any, data: SupplyData, bounds: Bounds) -> None:
    from matplotlib.collections import LineCollection

    lines = []
    for leg in data.legs:
        ends = [data.places[name] for name in (leg.from_place, leg.to_place)]
        pair = _unwrapped([(end.longitude_deg, end.latitude_deg) for end in ends])
        # A long leg is far from a straight line on this map, and would mislead.
        if abs(pair[0][0] - pair[1][0]) <= 60.0:
            lines.extend(_turned(pair, bounds))
    axes.add_collection(LineCollection(lines, color=SKY, lw=0.4, alpha=0.6, zorder=2))


def _turned(points: Sequence[Point], bounds: Bounds) -> list[list[Point]]:
    """The points as often as they show within the bounds, a whole turn of the globe apart."""
    found = []
    for turn in (-360.0, 0.0, 360.0):
        xs = [x + turn for x, _ in points]
        if max(xs) >= bounds[0] and min(xs) <= bounds[1]:
            found.append([(x + turn, y) for x, y in points])
    return found


def _name_places(axes: Any, routes: Sequence[Route], labels: Labels) -> None:
    """Mark ports and straits of the ways, each once; ports are named first, straits where there is room."""
    found: dict[str, tuple[float, float, str]] = {}
    straits: dict[str, tuple[float, float, str]] = {}
    for number, route in enumerate(routes):
        corners = _unwrapped([(place.longitude_deg, place.latitude_deg) for place in route.places])
        last = len(route.places) - 1
        for at, (place, (x, y)) in enumerate(zip(route.places, corners, strict=True)):
            if at in (0, last):
                found.setdefault(place.title, (x, y, CYCLE[number % len(CYCLE)]))
            elif not (place.is_waypoint or place.is_port):
                straits.setdefault(place.title, (x, y, PURPLE))
    for places, size in ((found, 5.0), (straits, 3.5)):
        for x, y, colour in places.values():
            axes.plot(x, y, "o", ms=size, color=colour, zorder=5)
            labels.mark(x, y, size / 2.0)
    for title, (x, y, _) in found.items():
        labels.beside(title, x, y, must=True, fontsize=7.5, zorder=6)
    for title, (x, y, _) in straits.items():
        if title not in found:
            labels.beside(title, x, y, must=False, fontsize=6.5, zorder=6)


@lru_cache(maxsize=1)
def land() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Outlines of the land as (longitude, latitude) [deg], 1:110 million (Natural Earth, public domain)."""
    text = (files("netback") / "library" / "maps" / "land.csv").read_text(encoding="utf-8")
    polygons: dict[str, list[tuple[float, float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        polygons.setdefault(row["polygon"], []).append(
            (float(row["longitude_deg"]), float(row["latitude_deg"]))
        )
    return tuple(tuple(points) for points in polygons.values())
