"""Whole cents, and rounding that still adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.supply.costs import CostLine, cents, hired, rates, rounded_to_sum, total_usd
from netback.supply.rows import FreightRate


def test_cents_round_half_to_even_and_take_decimals() -> None:
    assert cents(1.005) == 100  # 1.005 is written so, and half goes to the even cent
    assert cents(1.015) == 102
    assert cents(-2.5) == -250
    assert cents(Decimal("0.125")) == 12


def test_lines_know_what_they_grow_with() -> None:
    lines = [
        CostLine.ship("hire", "freight", 1000.0),
        CostLine.tonne("dues", "freight", 0.5, 300.0),
        CostLine.share("insurance", "insurance", 0.001, 50_000.0),
        CostLine.share("interest", "arrival", 0.002, None),
    ]
    assert [line.amount_usd for line in lines] == [1000.0, 150.0, 50.0, None]
    assert total_usd(lines) == 1200.0
    assert (rates(lines, "ship"), rates(lines, "t")) == (1000.0, 0.5)
    assert rates(lines, "value") == pytest.approx(0.003)


def test_ranges_of_lines() -> None:
    rate = FreightRate("x", "hire", "time_charter", None, None, None, None, None, 100.0, low=80.0, high=150.0)
    line = hired("hire", "freight", rate, 2.5)
    assert (line.amount_usd, line.range_usd) == (250.0, (200.0, 375.0))
    assert CostLine.ship("x", "y", 5.0).range_usd == (5.0, 5.0)
    with pytest.raises(ValueError, match="not known"):
        _ = CostLine.share("x", "y", 0.1, None).range_usd


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(0, 4))
def test_rounded_parts_add_up_to_the_rounded_whole(values: list[float], digits: int) -> None:
    parts = rounded_to_sum(values, digits)
    assert sum(parts) == pytest.approx(round(sum(values), digits), abs=1.01 * 10**-digits)
    assert all(abs(part - value) < 1.01 * 10**-digits for part, value in zip(parts, values, strict=True))


def test_a_column_of_thirds() -> None:
    assert rounded_to_sum([1 / 3, 1 / 3, 1 / 3], 2) == [0.34, 0.33, 0.33]
