"""Intervals: they lose no value, whatever the operation."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.evidence.intervals import Interval, UndefinedError, greatest, hull, smallest

ENDS = st.floats(-1e6, 1e6, allow_nan=False)
INTERVALS = st.tuples(ENDS, ENDS).map(lambda pair: Interval(min(pair), max(pair)))
SHARES = st.floats(0.0, 1.0)


def point(interval: Interval, share: float) -> float:
    return min(max(interval.low + share * (interval.high - interval.low), interval.low), interval.high)


def holds_exactly(interval: Interval, value: Fraction) -> bool:
    above = math.isinf(interval.high) or value <= Fraction(interval.high)
    return above and (math.isinf(interval.low) or Fraction(interval.low) <= value)


@given(INTERVALS, INTERVALS, SHARES, SHARES)
def test_sums_differences_and_products_hold_every_true_value(
    a: Interval, b: Interval, s: float, t: float
) -> None:
    x, y = Fraction(point(a, s)), Fraction(point(b, t))
    assert holds_exactly(a + b, x + y)
    assert holds_exactly(a - b, x - y)
    assert holds_exactly(a * b, x * y)
    if not b.low <= 0.0 <= b.high:
        assert holds_exactly(a / b, x / y)


@given(INTERVALS, SHARES, st.integers(0, 5))
def test_powers_hold_every_true_value(a: Interval, s: float, exponent: int) -> None:
    assert holds_exactly(a.power(float(exponent)), Fraction(point(a, s)) ** exponent)


@given(INTERVALS, SHARES)
def test_magnitude_and_sign(a: Interval, s: float) -> None:
    x = point(a, s)
    assert a.magnitude().low <= abs(x) <= a.magnitude().high
    assert -a == Interval(-a.high, -a.low)


def test_an_even_power_of_a_range_through_zero_begins_at_zero() -> None:
    squared = Interval(-2.0, 3.0).power(2.0)
    assert squared.low == pytest.approx(0.0, abs=1e-300)
    assert squared.high == pytest.approx(9.0)


def test_negative_and_fractional_powers() -> None:
    assert Interval(4.0, 9.0).power(0.5).low == pytest.approx(2.0)
    assert Interval(2.0, 4.0).power(-1.0).high == pytest.approx(0.5)
    with pytest.raises(UndefinedError):
        Interval(-1.0, 1.0).power(0.5)


def test_division_by_a_range_that_holds_zero_is_undefined() -> None:
    with pytest.raises(UndefinedError, match="holds zero"):
        Interval(1.0, 2.0) / Interval(-1.0, 1.0)


def test_infinite_ends() -> None:
    assert (Interval(1.0, math.inf) + Interval.at(1.0)).high == math.inf
    assert (Interval(0.0, math.inf) * Interval.at(0.0)).holds(Interval.at(0.0))
    with pytest.raises(UndefinedError):
        Interval(math.inf, math.inf) - Interval(math.inf, math.inf)


def test_a_power_too_large_to_hold_has_an_infinite_end() -> None:
    assert Interval(10.0, 1e10).power(64.0).high == math.inf


@pytest.mark.parametrize(
    ("exponent", "ends"), [(2.0, (1e300, math.inf)), (3.0, (-math.inf, -1.7976931348623157e308))]
)
def test_an_even_power_of_what_is_far_below_zero_is_far_above_it(
    exponent: float, ends: tuple[float, float]
) -> None:
    found = Interval(-1e200, -1e150).power(exponent)
    assert found.low == pytest.approx(ends[0])
    assert found.high == pytest.approx(ends[1])
    # One over it is a hair above or below zero, never without a value.
    assert Interval(-1e200, -1e150).power(-exponent).holds(Interval.at(math.copysign(0.0, 1.0)))


WIDER = st.floats(0.0, 1e3)


@given(INTERVALS, INTERVALS, WIDER, WIDER)
def test_a_wider_operand_never_gives_a_narrower_result(
    a: Interval, b: Interval, below: float, above: float
) -> None:
    """Inclusion is kept (Moore, 1966): what held for a range holds for every range around it."""
    wide = Interval(a.low - below, a.high + above)
    assert (wide + b).holds(a + b)
    assert (wide - b).holds(a - b)
    assert (b - wide).holds(b - a)
    assert (wide * b).holds(a * b)
    assert wide.magnitude().holds(a.magnitude())
    for exponent in (1.0, 2.0, 3.0):
        assert wide.power(exponent).holds(a.power(exponent))
    if not wide.low <= 0.0 <= wide.high:
        assert (b / wide).holds(b / a)


@given(INTERVALS, INTERVALS)
def test_order_of_operands_does_not_matter(a: Interval, b: Interval) -> None:
    assert a + b == b + a
    assert a * b == b * a
    assert a.meets(b) == b.meets(a)
    assert hull([a, b]) == hull([b, a])
    assert smallest([a, b]) == smallest([b, a])
    assert greatest([a, b]) == -smallest([-a, -b])


@given(INTERVALS, INTERVALS)
def test_one_holds_the_other_where_their_hull_is_the_one(a: Interval, b: Interval) -> None:
    assert a.holds(b) == (hull([a, b]) == a)
    if a.holds(b):
        assert a.meets(b)
        assert a.width >= b.width


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_rounding_is_outwards_by_a_unit_in_the_last_place_and_no_more(x: float, y: float) -> None:
    total = Interval.at(x) + Interval.at(y)
    assert total.low < x + y < total.high
    assert total.width <= 4.0 * math.ulp(max(abs(x + y), 1e-300))


@pytest.mark.parametrize("ends", [(2.0, 1.0), (math.nan, 1.0)])
def test_no_interval(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        Interval(*ends)


def test_hull_least_and_greatest() -> None:
    both = [Interval(1.0, 5.0), Interval(2.0, 3.0)]
    assert hull(both) == Interval(1.0, 5.0)
    assert smallest(both) == Interval(1.0, 3.0)
    assert greatest(both) == Interval(2.0, 5.0)


def test_middle_of_a_half_open_interval_is_its_end() -> None:
    assert Interval(2.0, math.inf).middle == 2.0
    assert Interval(-math.inf, 3.0).middle == 3.0
    assert Interval(2.0, 4.0).middle == 3.0


def test_meeting_and_holding() -> None:
    assert Interval(0.0, 1.0).meets(Interval(1.0, 2.0))
    assert not Interval(0.0, 1.0).meets(Interval(1.1, 2.0))
    assert Interval(0.0, 2.0).holds(Interval(0.5, 1.0))
    assert not Interval(0.0, 2.0).holds(Interval(0.5, 2.1))
