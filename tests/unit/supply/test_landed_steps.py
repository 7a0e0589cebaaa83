"""Steps between bases in whole cents, forth and back; days on which rows of the sea hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import event, world

from netback.errors import DataError
from netback.supply.comparison import Measured, _verdict
from netback.supply.landed_cost import (
    BASES,
    LandedItem,
    Landing,
    _before,
    _follow,
    _lines,
    landed_cost,
    landing_of,
)

SHARES = st.sampled_from(["-0.5", "-0.03", "0", "0.0015", "0.5", "1", "2.5"])


def item(stage: str, fixed: str = "0", share: str = "0") -> LandedItem:
    amount, part = Decimal(fixed), Decimal(share)
    return LandedItem(f"{stage} {fixed} {share}", stage, amount, part, amount, amount, part, part, "", "")


@st.composite
def steps_of(draw: st.DrawFn) -> list[list[LandedItem]]:
    found = []
    for stage in ("freight", "insurance", "arrival"):
        found.append(
            [
                item(stage, str(draw(st.integers(-300, 300)) / 100), draw(SHARES))
                for _ in range(draw(st.integers(0, 2)))
            ]
        )
    return found


def share_of(items: list[LandedItem]) -> Decimal:
    return sum((one.share for one in items), Decimal(0))


class TestSteps:
    @given(st.integers(0, 100_000), st.integers(0, 3), steps_of())
    def test_lines_make_the_way_from_every_basis_to_the_cent(
        self, stated: int, place: int, steps: list[list[LandedItem]]
    ) -> None:
        if any(share_of(items) <= -1 for items in steps):
            return
        values, lines = _follow(stated, place, steps)
        assert values[place] == stated
        assert values[-1] - values[0] == sum(line.amount_cents for line in lines)
        for number, stages in enumerate((("freight",), ("insurance",), ("lightering", "arrival"))):
            between = [line.amount_cents for line in lines if line.stage in stages]
            assert values[number + 1] - values[number] == sum(between)

    @given(st.integers(0, 100_000), st.integers(0, 3), steps_of())
    def test_forth_each_line_is_its_share_of_the_value_before_it_and_its_amount(
        self, stated: int, place: int, steps: list[list[LandedItem]]
    ) -> None:
        if any(share_of(items) <= -1 for items in steps):
            return
        values, lines = _follow(stated, place, steps)
        at = iter([line for line in lines if line.name != "rounding"])
        for number, items in enumerate(steps):
            for one in items:
                exact = one.fixed_usd * 100 + one.share * values[number]
                assert abs(Decimal(next(at).amount_cents) - exact) <= 1

    @given(st.integers(-2_000, 20_000), steps_of())
    def test_back_no_whole_cent_closes_better(self, after: int, steps: list[list[LandedItem]]) -> None:
        items = steps[0]
        if share_of(items) <= Decimal("-0.6"):
            return

        def miss(before: int) -> int:
            return abs(after - before - sum(line.amount_cents for line in _lines(before, items)))

        found = _before(after, items)
        assert miss(found) == min(miss(found + k) for k in range(-40, 41))

    def test_a_cent_that_no_value_before_makes_is_told_as_rounding(self) -> None:
        # Half of the value on top: 1 makes 1, 2 make 3, so that 2 cannot be made.
        values, lines = _follow(2, 1, [[item("freight", share="0.5")], [], []])
        assert [line.name for line in lines] == ["freight 0 0.5", "rounding"]
        assert sum(line.amount_cents for line in lines) == 2 - values[0]
        assert abs(lines[-1].amount_cents) == 1
        _, exact = _follow(3, 1, [[item("freight", share="0.5")], [], []])
        assert [line.name for line in exact] == ["freight 0 0.5"]

    @given(st.integers(0, 100_000), steps_of())
    def test_there_and_back_is_where_one_began_where_no_share_shrinks(
        self, stated: int, steps: list[list[LandedItem]]
    ) -> None:
        if any(one.share < 0 for items in steps for one in items):
            return
        there, _ = _follow(stated, 0, steps)
        for place in range(4):
            back, _ = _follow(there[place], place, steps)
            assert back == there

    @pytest.mark.parametrize("amount", [-100.0, -250.0])
    def test_shares_that_leave_nothing_are_told(self, amount: float) -> None:
        rows = ({"landing": None, "item": "rebate", "stage": "arrival", "amount": amount, "amount_uom": "%"},)
        cargo = replace(TestLandings.CARGO, price_basis="delivered")
        with pytest.raises(DataError, match="leave nothing of the value before them") as error:
            landed_cost(world(landed_cost_items=rows), cargo)
        assert error.value.findings[0].where == "landed_cost_items.csv"


class TestLandings:
    CARGO = Landing("here", "one", "One", "salt", 10_000.0, 7.0, 50.0, "USD/bbl", "cfr", date(2023, 6, 1))

    def test_what_stands_between_two_bases_in_either_order(self) -> None:
        rows: tuple[dict[str, Any], ...] = tuple(
            {"landing": None, "item": name, "stage": stage, "amount": 100.0, "amount_uom": "USD"}
            for name, stage in (("way", "freight"), ("cover", "insurance"), ("fee", "arrival"))
        )
        cost = landed_cost(world(landed_cost_items=rows), self.CARGO)
        names = {
            pair: [line.name for line in cost.between(*pair)]  # type: ignore[arg-type]
            for pair in ((one, other) for one in BASES for other in BASES)
        }
        assert names["fob", "cfr"] == names["cfr", "fob"] == ["way"]
        assert names["cfr", "delivered"] == ["cover", "fee"]
        assert names["fob", "delivered"] == ["way", "cover", "fee"]
        assert all(names[basis, basis] == [] for basis in BASES)
        assert cost.value_usd("cfr") == 3_500_000.0
        assert cost.value_usd("fob") == 3_499_900.0
        assert cost.price("fob", "t") == 349.99

    def test_a_landing_that_is_not_there_names_the_closest_or_all(self) -> None:
        row = {
            "landing": "urals_june", "commodity": "crude", "cargo_t": 1.0, "price": 1.0, "price_uom": "USD/t",
            "price_basis": "fob", "day": date(2023, 6, 1),
        }  # fmt: skip
        data = world(landed_costs=(row,))
        assert landing_of(data, "urals_june").cargo_t == 1.0
        with pytest.raises(DataError, match='Closest name: "urals_june"'):
            landing_of(data, "urals_jun")
        with pytest.raises(DataError, match=r"Known: urals_june\."):
            landing_of(data, "wheat")
        with pytest.raises(DataError, match=r"Known: none\."):
            landing_of(world(landed_costs=()), "wheat")

    @given(st.floats(0, 10), st.floats(0, 3), st.floats(0, 3), st.floats(0, 10), st.floats(0, 5))
    def test_a_claim_is_met_by_the_value_can_be_by_the_range_or_is_outside(
        self, value: float, down: float, up: float, low: float, wide: float
    ) -> None:
        here, high = Measured(value, value - down, value + up), low + wide
        said = _verdict(here, low, high)
        assert (said == "meets") is (low <= value <= high)
        apart = here.high < low or here.low > high
        assert (said == "outside") is apart


class TestRowsOfTheSea:
    DAY = date(2023, 6, 10)

    @pytest.mark.parametrize(
        ("start", "end", "offset", "holds"),
        [
            (0, 5, 0, True), (0, 5, 5, True), (0, 5, -1, False), (0, 5, 6, False),
            (None, 5, -400, True), (None, 5, 6, False), (0, None, 400, True), (0, None, -1, False),
            (None, None, 0, True),
        ],
    )  # fmt: skip
    def test_both_ends_of_a_row_are_days_on_which_it_holds(
        self, start: int | None, end: int | None, offset: int, holds: bool
    ) -> None:
        ends = {
            name: None if k is None else self.DAY + timedelta(days=k)
            for name, k in (("start", start), ("end", end))
        }
        row = world(chokepoint_events=(event("e", "canal", extra_days=1.0, **ends),)).events[0]
        assert row.holds(self.DAY + timedelta(days=offset), "box", True) is holds

    @given(*(st.integers(-9, 9) for _ in range(4)))
    def test_two_spans_touch_where_they_share_a_day(self, a: int, b: int, c: int, d: int) -> None:
        (start, end), (first, last) = sorted((a, b)), sorted((c, d))
        days = [self.DAY + timedelta(days=k) for k in (start, end, first, last)]
        row = world(
            chokepoint_events=(event("e", "canal", extra_days=1.0, start=days[0], end=days[1]),)
        ).events[0]
        shared = set(range(start, end + 1)) & set(range(first, last + 1))
        assert row.touches(days[2], days[3]) is bool(shared)

    @pytest.mark.parametrize("laden", [True, False])
    @pytest.mark.parametrize(
        ("loaded", "when"), [("both", {True, False}), ("laden", {True}), ("ballast", {False})]
    )
    def test_laden_in_ballast_or_both(self, loaded: str, when: set[bool], laden: bool) -> None:
        row = world(chokepoint_events=(event("e", "canal", extra_days=1.0, loaded=loaded),)).events[0]
        assert row.holds(self.DAY, "box", laden) is (laden in when)

    @pytest.mark.parametrize("ship", ["box", "boat", None])
    @pytest.mark.parametrize("of", [None, "box"])
    def test_a_row_of_a_class_holds_for_that_class(self, of: str | None, ship: str | None) -> None:
        row = world(chokepoint_events=(event("e", "canal", extra_days=1.0, vessel_class=of),)).events[0]
        assert row.holds(self.DAY, ship, True) is (of in (None, ship))
