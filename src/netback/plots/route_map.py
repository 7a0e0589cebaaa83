"""Ways by sea on a map: coasts, legs, ports, straits and places of lightering; ways that share a lane side by side."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np

from netback.plots.boxes import Point
from netback.plots.labels import Labels
from netback.plots.lanes import Line, side_by_side
from netback.plots.style import CYCLE, SETTINGS, Drawn, drawn, new_figure
from netback.supply.data import SupplyData
from netback.supply.geo import great_circle_points
from netback.supply.routes import Route
from netback.supply.rows import Place

Bounds = tuple[float, float, float, float]

#: A leg is drawn through this many points, so that a great circle bends as it does on the map.
_POINTS = 24
#: Width of a way, and what is between those that share a lane [points].
_WIDE, _APART = 1.8, 2.6
#: Width and height of the map, greatest and least [inch]; a degree of latitude against one of longitude.
_WIDTH, _LEAST_WIDTH, _HEIGHT, _LEAST_HEIGHT, _ASPECT = 9.6, 6.5, 5.8, 3.0, 1.15
#: What is around it, and one line of the key below [inch].
_BESIDE, _RIGHT, _ABOVE, _BELOW, _KEY_LINE = 0.7, 0.15, 0.35, 0.55, 0.18
_DARK, _FAINT = "#222222", "#A9BFCE"


@dataclass(frozen=True)
class Way:
    """A way with its name; where it has several parts, ships are lightered between one and the next."""

    parts: tuple[Route, ...]
    name: str = ""

    @property
    def places(self) -> tuple[Place, ...]:
        """All places in order, those where parts meet once."""
        return (*self.parts[0].places, *(place for part in self.parts[1:] for place in part.places[1:]))

    @property
    def distance_nm(self) -> float:
        """Length [nm]."""
        return sum(part.distance_nm for part in self.parts)

    @property
    def lightered_at(self) -> tuple[Place, ...]:
        """Places of lightering."""
        return tuple(part.places[-1] for part in self.parts[:-1])


def route_map(data: SupplyData, ways: Sequence[Way], title: str = "") -> Drawn:
    """Ways on a map: coasts, all legs faint, chokepoints, ports and places of lightering of the ways named.

    Longitudes run on across the antimeridian, so that a way over the Pacific is one line.
    """
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        title = title or f"{ways[0].places[0].title} to {ways[0].places[-1].title}"
        caption = (
            "Ways by sea; legs are great circles between hand-set positions. Ways that share a lane are drawn side by "
            "side."
        )
        if any(way.lightered_at for way in ways):
            caption += " A square is where ships are lightered."
        if len(ways) > len(CYCLE):
            caption += f" Ways after the first {len(CYCLE)} are left out."
        return drawn(draw_map(data, ways[: len(CYCLE)], title), title, f"{caption} Not for use at sea.")


def draw_map(data: SupplyData, ways: Sequence[Way], title: str) -> Any:
    """The figure of :func:`route_map`."""
    lines = [line_of(way.places) for way in ways]
    bounds, width, height = _page(_bounds(lines))
    columns = 1 + (len(ways) > 2)
    foot = _BELOW + _KEY_LINE * -(-len(ways) // columns)
    size = (_BESIDE + width + _RIGHT, foot + height + _ABOVE)
    figure, axes = new_figure(*size)
    # The frame follows the degrees: a layout that seeks its own would cut off the title.
    figure.set_layout_engine(None)
    axes.set_position((_BESIDE / size[0], foot / size[1], width / size[0], height / size[1]))
    _coasts(axes, bounds)
    _network(axes, data, bounds)
    axes.set(xlim=bounds[:2], ylim=bounds[2:], xlabel="longitude [deg]", ylabel="latitude [deg]")
    axes.set_title(title)
    axes.grid(alpha=0.2)
    for colour, way in zip(_colours(ways), ways, strict=True):
        axes.plot([], [], color=colour, lw=_WIDE, label=way.name or f"{way.distance_nm:,.0f} nm")
    figure.legend(
        loc="lower left", bbox_to_anchor=(_BESIDE / size[0], 0.0), fontsize=8, frameon=False, ncols=columns,
        borderaxespad=0.3, borderpad=0.0,
    )  # fmt: skip
    labels = Labels(axes)
    moved = side_by_side(
        [_on_screen(axes, way.places, line) for way, line in zip(ways, lines, strict=True)],
        _APART * figure.dpi / 72.0,
    )
    for points in moved:
        across, up = axes.transData.inverted().transform(points).T
        axes.plot(across, up, color="white", lw=_WIDE + 1.4, zorder=3)
    for points, colour in zip(moved, _colours(ways), strict=True):
        across, up = axes.transData.inverted().transform(points).T
        axes.plot(across, up, color=colour, lw=_WIDE, zorder=4)
        labels.keep_off(points)
    _name_places(axes, ways, labels)
    return figure


def _colours(ways: Sequence[Way]) -> list[str]:
    return [CYCLE[number % len(CYCLE)] for number in range(len(ways))]


def line_of(places: Sequence[Place]) -> list[Point]:
    """Points (longitude, latitude) of a way, ``_POINTS`` to a leg, without jumps at the antimeridian."""
    points: list[Point] = []
    for here, there in pairwise(places):
        leg = great_circle_points(
            here.latitude_deg, here.longitude_deg, there.latitude_deg, there.longitude_deg, _POINTS
        )
        points.extend((longitude, latitude) for latitude, longitude in leg[1 if points else 0 :])
    return _unwrapped(points)


def _on_screen(axes: Any, places: Sequence[Place], line: Sequence[Point]) -> Line:
    """The way in pixels, leg by leg."""
    points = np.asarray(axes.transData.transform(np.asarray(line)))
    step = (len(points) - 1) // (len(places) - 1)
    parts = tuple(points[leg * step : (leg + 1) * step + 1] for leg in range(len(places) - 1))
    return Line(tuple(place.name for place in places), parts)


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


def _page(bounds: Bounds) -> tuple[Bounds, float, float]:
    """Bounds, width and height [inch] of the map, as large as there is room; a strip is made wider or taller."""
    west, east, south, north = bounds
    inch = min(_WIDTH / (east - west), _HEIGHT / (_ASPECT * (north - south)))
    wider = max(0.0, _LEAST_WIDTH / inch - (east - west))
    taller = max(0.0, _LEAST_HEIGHT / (_ASPECT * inch) - (north - south))
    bounds = west - 0.5 * wider, east + 0.5 * wider, south - 0.5 * taller, north + 0.5 * taller
    return bounds, inch * (bounds[1] - bounds[0]), inch * _ASPECT * (bounds[3] - bounds[2])


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
    axes.add_collection(LineCollection(lines, color=_FAINT, lw=0.4, zorder=2))


def _turned(points: Sequence[Point], bounds: Bounds) -> list[list[Point]]:
    """The points as often as they show within the bounds, a whole turn of the globe apart."""
    found = []
    for turn in (-360.0, 0.0, 360.0):
        xs = [x + turn for x, _ in points]
        if max(xs) >= bounds[0] and min(xs) <= bounds[1]:
            found.append([(x + turn, y) for x, y in points])
    return found


def _name_places(axes: Any, ways: Sequence[Way], labels: Labels) -> None:
    """Mark ports, places of lightering and straits, each once; straits are named where there is room."""
    ports: dict[str, tuple[float, float, str]] = {}
    lightered: dict[str, tuple[float, float]] = {}
    straits: dict[str, tuple[float, float]] = {}
    for colour, way in zip(_colours(ways), ways, strict=True):
        corners = _unwrapped([(place.longitude_deg, place.latitude_deg) for place in way.places])
        for place, at in zip(way.places, corners, strict=True):
            if place == way.places[0]:
                ports[place.title] = (*at, colour)
            elif place == way.places[-1]:
                ports.setdefault(place.title, (*at, _DARK))
            elif place in way.lightered_at:
                lightered[f"{place.title}: lightering"] = at
            elif not (place.is_waypoint or place.is_port):
                straits[place.title] = at
    for x, y, colour in ports.values():
        axes.plot(x, y, "o", ms=6.0, color=colour, mec="white", mew=0.8, zorder=5)
        labels.mark(x, y, 3.5)
    for x, y in lightered.values():
        axes.plot(x, y, "s", ms=6.0, color="white", mec=_DARK, mew=1.4, zorder=5)
        labels.mark(x, y, 4.0)
    for x, y in straits.values():
        axes.plot(x, y, "o", ms=3.2, color="white", mec=_DARK, mew=0.8, zorder=5)
        labels.mark(x, y, 2.2)
    for title, (x, y, _) in ports.items():
        labels.beside(title, x, y, must=True, fontsize=8, fontweight="bold", zorder=6)
    for title, (x, y) in lightered.items():
        labels.beside(title, x, y, must=True, fontsize=8, zorder=6)
    for title, (x, y) in straits.items():
        labels.beside(title, x, y, must=False, fontsize=7, zorder=6)


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
