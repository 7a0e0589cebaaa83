"""Where a gain changes sign: found from both sides to the part asked, whatever its shape, in few plans."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netback.studies.crossing import FOUND, TRIED, closed_in, outwards, smallest
from netback.studies.levers import Lever

Gain = Callable[[float], float | None]


def lever(value: float, low: float | None = None, high: float | None = None) -> Lever:
    return Lever("price", "sales out price", value, "USD/t", low, high, None)


class Counted:
    """A gain that counts how often it was asked."""

    def __init__(self, gain: Gain) -> None:
        self.gain, self.asked = gain, [0.0][:0]

    def __call__(self, value: float) -> float | None:
        self.asked.append(value)
        return self.gain(value)


def line(slope: float, root: float) -> Gain:
    return lambda value: slope * (value - root)


VALUES = st.floats(0.5, 500.0)
SLOPES = st.floats(0.01, 100.0) | st.floats(-100.0, -0.01)


@given(VALUES, st.floats(-0.99, 0.99), SLOPES)
def test_a_straight_line_is_met_on_its_far_side(value: float, part: float, slope: float) -> None:
    root = value * (1.0 + part)
    gain = line(slope, root)
    now = gain(value)
    assume(now is not None and abs(part) > 1e-5)
    assert now is not None
    found = smallest(gain, lever(value), now)
    assert found is not None
    assert found == pytest.approx(root, abs=1.01 * FOUND * 2.0 * value)
    there = gain(found)
    assert there is not None
    assert (there > 0.0) != (now > 0.0)


@given(st.floats(1.0, 9.0), st.floats(0.3, 3.0), st.floats(0.02, 0.98))
def test_a_bent_gain_is_closed_in_as_well(low: float, power: float, part: float) -> None:
    """A gain as a power of the distance is flat or steep where it crosses; secants alone would creep."""
    high = low + 4.0
    root = low + part * (high - low)

    def gain(value: float) -> float:
        return math.copysign(abs(value - root) ** power, value - root)

    counted = Counted(gain)
    found = closed_in(counted, (low, gain(low)), (high, gain(high)))
    assert found is not None
    assert found == pytest.approx(root, abs=FOUND * high)
    assert gain(found) > 0.0
    # A third of the points halve: at worst three times as many as bisection needs.
    assert len(counted.asked) <= 3 * (math.ceil(math.log2((high - low) / (FOUND * high))) + 1)


@given(st.floats(5.01, 8.99), st.floats(0.1, 10.0))
def test_a_straight_line_takes_two_secants_or_three(root: float, slope: float) -> None:
    """Two that enclose the root by the wanted width, and a third where rounding leaves a hair more between them."""
    counted = Counted(line(slope, root))
    ends = (5.0, slope * (5.0 - root)), (9.0, slope * (9.0 - root))
    assert closed_in(counted, *ends) == pytest.approx(root, abs=9.0 * FOUND)
    assert len(counted.asked) <= 3


def test_a_step_has_no_slope_and_is_halved() -> None:
    found = closed_in(lambda value: -1.0 if value < math.pi else 1.0, (3.0, -1.0), (4.0, 1.0), 1e-9)
    assert found == pytest.approx(math.pi, abs=4e-9)
    assert found >= math.pi


def test_the_wanted_part_decides_how_many_plans_are_made() -> None:
    def made(found: float) -> int:
        counted = Counted(lambda value: value**3 - 20.0)
        assert closed_in(counted, (1.0, -19.0), (4.0, 44.0), found) == pytest.approx(
            20.0 ** (1 / 3), abs=4.0 * found
        )
        return len(counted.asked)

    assert made(1e-1) < made(1e-4) < made(1e-9)


def test_what_is_near_enough_already_is_not_asked() -> None:
    counted = Counted(lambda value: value)
    assert closed_in(counted, (100.0, -1.0), (100.00005, 1.0)) == 100.00005
    assert counted.asked == []


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_steps_go_outwards_and_end_at_twice_or_none(sign: float) -> None:
    counted = Counted(lambda _: 1.0)
    assert outwards(counted, lever(50.0), 1.0, sign) is None
    assert counted.asked == pytest.approx([50.0 + sign * part * 50.0 for part in TRIED])


def test_the_stated_range_is_tried_beyond_the_steps() -> None:
    counted = Counted(line(1.0, 27.0))
    assert outwards(counted, lever(10.0, 8.0, 30.0), -17.0, 1.0) == pytest.approx(27.0, abs=30.0 * FOUND)
    assert counted.asked[len(TRIED)] == 30.0
    assert outwards(line(1.0, 27.0), lever(10.0), -17.0, 1.0) is None
    # The low end is no point on the way up, nor the high end on the way down.
    down = Counted(lambda _: 1.0)
    outwards(down, lever(10.0, 9.5, 30.0), 1.0, -1.0)
    assert sorted(down.asked, reverse=True) == pytest.approx([9.9, 9.5, 8.0, 5.0, 0.0])


def test_a_negative_number_is_followed_in_parts_of_its_size() -> None:
    counted = Counted(line(-1.0, -8.5))
    assert outwards(counted, lever(-10.0), 1.5, 1.0) == pytest.approx(-8.5, abs=10.0 * FOUND)
    assert counted.asked[:3] == pytest.approx([-9.9, -9.5, -8.0])


def test_the_nearer_of_two_crossings_is_told() -> None:
    def both(value: float) -> float:
        return (value - 9.0) * (12.5 - value)

    assert smallest(both, lever(10.0), both(10.0)) == pytest.approx(9.0, abs=10.0 * FOUND)
    assert smallest(both, lever(11.0), both(11.0)) == pytest.approx(12.5, abs=13.0 * FOUND)


def test_a_crossing_behind_values_without_a_plan_is_not_told() -> None:
    def gain(value: float) -> float | None:
        return None if value > 11.0 else 1.0 if value > 6.0 else -1.0

    assert outwards(gain, lever(10.0), 1.0, 1.0) is None
    assert smallest(gain, lever(10.0), 1.0) == pytest.approx(6.0, abs=10.0 * FOUND)
    assert smallest(lambda _: None, lever(10.0), 1.0) is None


def test_no_plan_between_two_that_have_one_is_not_bridged() -> None:
    assert closed_in(lambda _: None, (1.0, -1.0), (2.0, 1.0)) is None


@given(VALUES, st.floats(-0.9, 0.9), st.floats(0.001, 1000.0))
def test_currency_does_not_move_the_crossing(value: float, part: float, rate: float) -> None:
    """A gain told in another currency crosses at the same place."""
    assume(abs(part) > 1e-4)
    root = value * (1.0 + part)
    gain = line(1.0, root)
    found = smallest(gain, lever(value), value - root)
    other = smallest(lambda at: rate * (at - root), lever(value), rate * (value - root))
    assert found == pytest.approx(other, abs=2.0 * FOUND * max(value, abs(other or 0.0)))
