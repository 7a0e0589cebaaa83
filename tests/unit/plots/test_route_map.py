"""The map of ways: none hides another, names stand apart, ways without jumps, places of lightering are there."""

from __future__ import annotations

import warnings
from datetime import date
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Text

from netback.plots.boxes import Rectangle, overlap
from netback.plots.lanes import Line, side_by_side
from netback.plots.route_map import Way, draw_map, land, line_of, route_map
from netback.supply.data import SupplyData
from netback.supply.geo import great_circle_nm
from netback.supply.routes import Route, Sailing, find_route

DATA = SupplyData.of(None)


def way(origin: str, destination: str, via: str | None = None) -> Route:
    return find_route(DATA, origin, destination, Sailing(date(2023, 6, 1), 12.5), via)


#: Ports near one another, two ways with a lane in common, and a ship that is lightered.
CORRIDOR = [
    Way((way("Jebel Dhanna", "Karachi"),), "murban"),
    Way((way("Das Island", "Karachi"),), "das"),
    Way((way("Primorsk", "Karachi", "Suez"),), "order"),
    Way((way("Primorsk", "Duqm", "Suez"), way("Duqm", "Karachi")), "urals"),
    Way((way("Novorossiysk", "Duqm", "Suez"), way("Duqm", "Port Qasim")), "black sea"),
]


def texts_of(axes: Any) -> dict[str, Rectangle]:
    renderer = axes.figure.canvas.get_renderer()
    found = {}
    for text in axes.texts:
        left, bottom, right, top = Text.get_window_extent(text, renderer).extents
        found[text.get_text()] = (left, right, bottom, top)
    return found


@pytest.fixture(scope="module")
def corridor() -> Any:
    figure = draw_map(DATA, CORRIDOR, "Ways of the ships")
    figure.draw_without_rendering()
    return figure.axes[0]


def test_names_stand_apart_and_within_and_every_port_has_its_name(corridor: Any) -> None:
    texts = texts_of(corridor)
    ports = {"Jebel Dhanna", "Das Island", "Karachi", "Port Qasim", "Primorsk", "Novorossiysk"}
    assert ports | {"Duqm: lightering"} <= set(texts)
    assert not any(overlap(one, other) for one, other in combinations(texts.values(), 2))
    frame = corridor.get_window_extent()
    assert all(box[0] >= frame.x0 and box[1] <= frame.x1 for box in texts.values())


def test_names_of_straits_stand_off_the_ways(corridor: Any) -> None:
    texts = texts_of(corridor)
    straits = set(texts) & {"Suez Canal", "Bab el-Mandeb", "Strait of Gibraltar", "Strait of Dover"}
    assert len(straits) >= 3
    lines = [corridor.transData.transform(np.column_stack(line.get_data())) for line in coloured(corridor)]
    for name in straits:
        left, right, bottom, top = texts[name]
        for line in lines:
            x, y = line.T
            assert not ((x > left) & (x < right) & (y > bottom) & (y < top)).any(), name


def coloured(axes: Any) -> list[Any]:
    """The lines of the ways, in their order."""
    return [line for line in axes.lines if line.get_zorder() == 4 and len(line.get_xdata())]


def test_no_way_hides_another(corridor: Any) -> None:
    """Half of every way, or more, is further from each other way than it is wide."""
    lines = [corridor.transData.transform(np.column_stack(line.get_data())) for line in coloured(corridor)]
    assert len(lines) == len(CORRIDOR)
    wide = coloured(corridor)[0].get_linewidth() * corridor.figure.dpi / 72.0
    for one, line in enumerate(lines):
        others = np.concatenate([other for number, other in enumerate(lines) if number != one])
        near = np.hypot(*(line[:, None, :] - others[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        assert (near > wide).mean() > 0.5, CORRIDOR[one].name


def test_lines_of_one_lane_keep_their_distance_and_their_sides() -> None:
    points = np.column_stack([np.linspace(0.0, 400.0, 50), np.zeros(50)])
    bend = np.column_stack([np.full(50, 400.0), np.linspace(0.0, 400.0, 50)])
    there = Line(("a", "b", "c"), (points, bend))
    back = Line(("c", "b", "a"), (bend[::-1], points[::-1]))
    alone = Line(("x", "y"), (points + 1_000.0,))
    one, other, third = side_by_side([there, back, alone], 6.0)
    for line in (one, other):
        assert line[[0, -1]] == pytest.approx(
            np.array([[0.0, 0.0], [400.0, 400.0]])[:: 1 if line is one else -1]
        )
    straight = [line[(line[:, 0] > 50.0) & (line[:, 0] < 350.0), 1] for line in (one, other)]
    assert straight[0] == pytest.approx(-3.0)
    assert straight[1] == pytest.approx(3.0)
    upright = [line[(line[:, 1] > 50.0) & (line[:, 1] < 350.0), 0] for line in (one, other)]
    assert upright[0] == pytest.approx(403.0)
    assert upright[1] == pytest.approx(397.0)
    assert third[:, 1] == pytest.approx(1_000.0)


def test_a_way_of_two_parts_is_one_line_with_its_place_of_lightering() -> None:
    whole = CORRIDOR[3]
    assert [place.title for place in whole.lightered_at] == ["Duqm"]
    assert whole.distance_nm == pytest.approx(sum(part.distance_nm for part in whole.parts))
    names = [place.name for place in whole.places]
    assert names.count("duqm") == 1
    assert (names[0], names[-1]) == (whole.parts[0].places[0].name, whole.parts[1].places[-1].name)
    assert "square" in route_map(DATA, [whole]).caption
    assert "square" not in route_map(DATA, CORRIDOR[:1]).caption


def test_the_map_of_ways_on_both_sides_of_the_antimeridian() -> None:
    ways = [Way((way("Primorsk", "Karachi"),), "one"), Way((way("Houston", "Yokohama"),), "other")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = route_map(DATA, ways)
    assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
    assert len(figure.png) > 10_000
    assert figure.svg == route_map(DATA, ways).svg


@pytest.mark.parametrize(
    ("origin", "destination"), [("Houston", "Yokohama"), ("Los Angeles", "Kozmino"), ("Yokohama", "Panama")]
)
def test_ways_over_the_pacific_are_one_line(origin: str, destination: str) -> None:
    line = line_of(way(origin, "Houston" if destination == "Panama" else destination).places)
    steps = [abs(one[0] - other[0]) for one, other in pairwise(line)]
    assert max(steps) < 30.0
    assert abs(line[0][0] - line[-1][0]) > 60.0


def test_the_land_is_of_the_globe() -> None:
    polygons = land()
    assert len(polygons) > 100
    assert all(-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0 for polygon in polygons for x, y in polygon)


def _inside(x: float, y: float, polygon: tuple[tuple[float, float], ...]) -> bool:
    """Ray casting (Shimrat 1962)."""
    inside = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


@pytest.mark.parametrize(
    ("origin", "destination", "via"),
    [
        ("Primorsk", "Karachi", "Cape"),
        ("Bonny", "Karachi", "Cape"),
        ("Houston", "Karachi", "Cape"),
        ("Kozmino", "Karachi", "Malacca"),
        ("Murmansk", "Karachi", "Suez"),
    ],
)
def test_long_ways_go_round_the_continents(origin: str, destination: str, via: str) -> None:
    """Most of a way lies off the coarse outline of the land; straits and river mouths are finer than it."""
    # Two outlines wrap at the antimeridian and would hold a whole band of the globe.
    polygons = [p for p in land() if max(x for x, _ in p) - min(x for x, _ in p) < 150.0]
    polygons += [p for p in land() if len(p) > 1_000]
    route = way(origin, destination, via)
    line = [(x, y) for x, y in line_of(route.places) if y < 60.0]
    wet = dry = 0.0
    for (ax, ay), (bx, by) in pairwise(line):
        length_nm = great_circle_nm(ay, ax, by, bx)
        on_land = any(_inside((ax + bx) / 2, (ay + by) / 2, polygon) for polygon in polygons)
        dry, wet = dry + length_nm * on_land, wet + length_nm * (not on_land)
    assert dry / (dry + wet) < 0.06
