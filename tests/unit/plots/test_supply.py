"""Figures of supply: drawn without warnings, the same bytes every time, ways without jumps."""

from __future__ import annotations

import warnings
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from netback.io.folder import read_case
from netback.plots.style import Drawn
from netback.plots.supply import _line, land, landed_waterfall, route_map
from netback.supply.comparison import claims_beside
from netback.supply.data import SupplyData
from netback.supply.geo import great_circle_nm
from netback.supply.landed_cost import LandedCost, landed_cost
from netback.supply.routes import Route, Sailing, find_route

DATA = SupplyData.of(None)


def way(origin: str, destination: str) -> Route:
    return find_route(DATA, origin, destination, Sailing(date(2023, 6, 1), 12.5))


@pytest.fixture(scope="module")
def costs() -> list[LandedCost]:
    data = SupplyData.of(read_case("urals_landed_2023"))
    return [landed_cost(data, name) for name in ("arab_light_june", "urals_june")]


def is_sound(figure: Drawn) -> None:
    assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
    assert len(figure.png) > 10_000
    assert figure.title
    assert figure.caption


def test_the_waterfall(costs: list[LandedCost]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = landed_waterfall(costs)
    is_sound(figure)
    assert figure.png == landed_waterfall(costs).png


def test_the_map_of_ways_on_both_sides_of_the_antimeridian() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = route_map(DATA, [way("Primorsk", "Karachi"), way("Houston", "Yokohama")], ["one", "other"])
    is_sound(figure)
    assert (
        figure.svg
        == route_map(DATA, [way("Primorsk", "Karachi"), way("Houston", "Yokohama")], ["one", "other"]).svg
    )


@pytest.mark.parametrize(
    ("origin", "destination"), [("Houston", "Yokohama"), ("Los Angeles", "Kozmino"), ("Yokohama", "Panama")]
)
def test_ways_over_the_pacific_are_one_line(origin: str, destination: str) -> None:
    line = _line(way(origin, "Houston" if destination == "Panama" else destination))
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
    route = find_route(DATA, origin, destination, Sailing(date(2023, 6, 1), 12.5), via)
    line = [(x, y) for x, y in _line(route) if y < 60.0]
    wet = dry = 0.0
    for (ax, ay), (bx, by) in pairwise(line):
        length_nm = great_circle_nm(ay, ax, by, bx)
        on_land = any(_inside((ax + bx) / 2, (ay + by) / 2, polygon) for polygon in polygons)
        dry, wet = dry + length_nm * on_land, wet + length_nm * (not on_land)
    assert dry / (dry + wet) < 0.06


def test_what_others_say_stands_below_the_steps() -> None:
    data = SupplyData.of(read_case("urals_landed_2023"))
    costs = [landed_cost(data, name) for name in ("urals_june", "arab_light_june")]
    claims = claims_beside(data, costs)
    assert [claim.measure for claim in claims] == ["difference_before_lightering", "difference", "lightering"]
    alone, beside = landed_waterfall(costs), landed_waterfall(costs, claims)
    assert "what others say" in beside.caption
    assert "what others say" not in alone.caption
    assert height(beside) > height(alone) + 100


def height(figure: Drawn) -> int:
    """Height of a PNG in pixels, as its header tells."""
    return int.from_bytes(figure.png[20:24], "big")
