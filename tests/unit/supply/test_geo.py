"""Great circles against printed values and against themselves."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.supply.geo import EARTH_RADIUS_NM, great_circle_nm, great_circle_points

LATITUDES = st.floats(-85.0, 85.0)
LONGITUDES = st.floats(-180.0, 180.0)


def test_a_degree_of_a_meridian_is_sixty_miles() -> None:
    assert great_circle_nm(0, 0, 1, 0) == pytest.approx(60.04, abs=0.01)


def test_a_quarter_of_the_equator() -> None:
    assert great_circle_nm(0, 0, 0, 90) == pytest.approx(math.pi / 2 * EARTH_RADIUS_NM)


def test_a_printed_distance() -> None:
    # Los Angeles to New York airports, 2,144 nm: Williams, Aviation Formulary, worked examples.
    assert great_circle_nm(33.95, -118.4, 40.633, -73.783) == pytest.approx(2144, abs=2)


def test_the_antimeridian_is_no_border() -> None:
    assert great_circle_nm(10, 179, 10, -179) == pytest.approx(great_circle_nm(10, -1, 10, 1))


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_both_directions_are_the_same_and_none_is_longer_than_half_the_globe(
    a: float, b: float, c: float, d: float
) -> None:
    there, back = great_circle_nm(a, b, c, d), great_circle_nm(c, d, a, b)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0.0 <= there <= math.pi * EARTH_RADIUS_NM + 1e-6


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_no_detour_is_shorter(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    direct = great_circle_nm(a, b, e, f)
    assert direct <= great_circle_nm(a, b, c, d) + great_circle_nm(c, d, e, f) + 1e-6


def test_points_lie_on_the_way_at_equal_steps() -> None:
    points = great_circle_points(60, 20, -30, 70, 9)
    steps = [great_circle_nm(*one, *other) for one, other in pairwise(points)]
    assert points[0] == pytest.approx((60, 20))
    assert points[-1] == pytest.approx((-30, 70))
    assert max(steps) == pytest.approx(min(steps))
    assert sum(steps) == pytest.approx(great_circle_nm(60, 20, -30, 70))


def test_points_of_no_way_stay_in_place() -> None:
    assert great_circle_points(5, 5, 5, 5, 3) == [pytest.approx((5, 5))] * 3
