"""Worth, break-even, pairs and causes in a market of whole tonnes, against counting tonne by tonne."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.errors import DataError
from netback.planning.solve import plan
from netback.studies.attribute import attribute, differences, with_groups
from netback.studies.pairs import pairs
from netback.studies.value import Held, break_evens, curve, least_of, most_of
from netback.studies.volume_worth import room, worth
from tier_market import Market, markets, tonnes
from tiny import margin

#: One of everything: steps of both crudes, a sale that no rival serves with profit, a still that binds at 9 t.
PLAIN = Market(
    own=((30, 3), (40, 10)), rival=((35, 4), (45, 10)), sales=((60, 3), (50, 3), (38, 9)), room=9, freight=2
)


def test_the_count_of_the_plain_market_by_hand() -> None:
    # Own 32, 32, 32 and rival 35, 35, 35 serve 60, 60, 60, 50, 50, 50; rival 35 also serves 38; own at 42 does not.
    assert PLAIN.margin() == 3 * 60 + 3 * 50 + 38 - 3 * 32 - 4 * 35
    assert margin(PLAIN.case()) == pytest.approx(132.0)


@settings(max_examples=15)
@given(markets)
def test_the_plan_earns_what_counting_says(market: Market) -> None:
    assert margin(market.case()) == pytest.approx(market.margin(), abs=1e-6)


@settings(max_examples=12)
@given(markets)
def test_every_point_of_a_curve_is_counted(market: Market) -> None:
    whole = range(market.takes() + 1)
    found = curve(market.case(), "own", [float(q) for q in whole])
    points = {round(point.volume): point for point in found.points}
    value = [market.held(q) for q in whole]
    assert set(points) == set(whole)
    assert found.exact
    for q in whole:
        point = points[q]
        if q:
            assert point.last == pytest.approx(value[q] - value[q - 1], abs=1e-6)
            assert point.average == pytest.approx((value[q] - value[0]) / q, abs=1e-6)
            assert point.average_gap <= 1e-6
        else:
            assert (point.last, point.average) == (None, None)
        if q < market.takes():
            assert point.next == pytest.approx(value[q + 1] - value[q], abs=1e-6)
        assert point.is_point == (0 < q < market.takes() and 2 * value[q] == value[q - 1] + value[q + 1])


@settings(max_examples=12)
@given(markets)
def test_a_curve_has_a_step_where_the_count_has_one_and_nowhere_else(market: Market) -> None:
    value = [market.held(q) for q in range(market.takes() + 1)]
    slope = np.diff(value)
    corners = [q for q in range(1, len(slope)) if slope[q] != slope[q - 1]]
    found = curve(market.case(), "own")
    assert [point.volume for point in found.points] == pytest.approx([0, *corners, market.takes()], abs=1e-6)
    assert found.planned == sum(most for _, most in market.own)
    assert found.most == pytest.approx(market.takes())


@settings(max_examples=12)
@given(markets, st.data())
def test_the_worth_of_a_volume_is_that_of_its_tonnes(market: Market, data: st.DataObject) -> None:
    q = data.draw(st.integers(1, market.takes()))
    got = worth(market.case(), "own", float(q))
    assert got.average == pytest.approx((market.held(q) - market.held(0)) / q, abs=1e-6)
    assert got.first == pytest.approx(market.held(1) - market.held(0), abs=1e-6)
    taken = room(market.case(), "own")
    assert (taken.most, taken.uom, taken.per, taken.per_volume) == (
        pytest.approx(market.takes()),
        "t",
        "t",
        1.0,
    )


@settings(max_examples=10)
@given(markets)
def test_a_break_even_price_with_its_freight_is_the_worth_at_the_gate(market: Market) -> None:
    volumes = [float(q) for q in range(1, market.takes() + 1)]
    found = break_evens(market.case(), "own", volumes)
    first = market.held(1) - market.held(0)
    averages = [(market.held(round(q)) - market.held(0)) / q for q in volumes]
    assert found + market.freight == pytest.approx([first, *averages], abs=1e-6)


def test_at_its_break_even_price_a_parcel_earns_nothing_and_beside_it_something_or_less() -> None:
    """The plan with just the parcel on offer at a price, solved afresh on both sides of the break-even."""
    none = margin(PLAIN.with_(own=((30, 0),)).case())
    _, even = break_evens(PLAIN.case(), "own", [5.0])
    for price, sign in ((even - 0.5, 1.0), (even, 0.0), (even + 0.5, -1.0)):
        offers = [
            {"offer": "own", "stream": "own", "price": price, "min": 5.0, "max": 5.0},
            *PLAIN.case().table("offers").records[2:],
        ]
        bought = margin(PLAIN.case().with_table("offers", offers))
        assert bought - none == pytest.approx(sign * 2.5, abs=1e-5)


def test_a_volume_beyond_what_the_plant_takes_has_no_break_even() -> None:
    found = break_evens(PLAIN.case(), "own", [9.0, 9.5])
    assert np.isfinite(found[:2]).all()
    assert math.isnan(found[2])
    held = Held(PLAIN.case(), "own")
    assert held.value(9.5) is None
    assert held.uom == "t"
    assert (least_of(held), most_of(held, 13.0)) == (0.0, pytest.approx(9.0))


@pytest.mark.parametrize("q", [2.5, 4.25, 8.75])
def test_between_steps_the_value_is_straight(q: float) -> None:
    held = Held(PLAIN.case(), "own")
    low, high = math.floor(q), math.ceil(q)
    part = q - low
    found = held.value(q)
    assert found is not None
    assert found[0] == pytest.approx((1 - part) * PLAIN.held(low) + part * PLAIN.held(high))
    assert found[1] <= 1e-6


# --- two crudes together -------------------------------------------------------------------------


@settings(max_examples=10)
@given(markets, st.data())
def test_crudes_that_are_alike_take_worth_from_each_other_as_from_themselves(
    market: Market, data: st.DataObject
) -> None:
    q = data.draw(st.integers(1, max(1, market.takes() // 2)))
    found = pairs(market.case(), ["own", "rival"], float(q))

    def value(own: int, rival: int) -> float:
        return market.held(own, rival) if own + rival <= market.takes() else math.nan

    def other_free(own: int) -> float:
        return market.held(own) if own <= market.takes() else math.nan

    assert found.alone["own"] == pytest.approx((other_free(q) - other_free(0)) / q, abs=1e-6)
    if 2 * q <= market.takes():
        both = (value(q, q) - value(q, 0) - value(0, q) + value(0, 0)) / (2 * q)
        assert found.synergy["own", "rival"] == pytest.approx(both, abs=1e-6)
        assert found.synergy["rival", "own"] == found.synergy["own", "rival"]
        # A tonne is a tonne here, whichever crude it comes from.
        assert found.blending["own", "rival"] == pytest.approx(0.0, abs=1e-6)
        own = (other_free(2 * q) - 2 * other_free(q) + other_free(0)) / (2 * q)
        assert found.synergy["own", "own"] == pytest.approx(own, abs=1e-6)
        assert own <= 1e-9
    else:
        assert found.synergy["own", "own"] is None
        assert found.synergy["own", "rival"] is None


def test_pairs_are_counted_as_they_are_done() -> None:
    told: list[tuple[int, int]] = []
    pairs(PLAIN.case(), ["own", "rival"], 1.0, watch=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_pairs_that_are_none() -> None:
    with pytest.raises(DataError) as caught:
        pairs(PLAIN.case(), ["own"], 1.0)
    assert "one crude makes no pair" in str(caught.value)
    with pytest.raises(DataError, match='"own" is named twice'):
        pairs(PLAIN.case(), ["own", "own"], 1.0)


# --- what caused a difference --------------------------------------------------------------------


@settings(max_examples=8)
@given(markets, st.data())
def test_the_shares_of_a_difference_are_the_mean_over_all_orders(market: Market, data: st.DataObject) -> None:
    """Freight, still and the best sale change; the count gives the margin of every combination of them."""
    market = market.with_(freight=max(1, market.freight))
    (dearest, most), *rest = market.sales
    other = market.with_(
        freight=market.freight + data.draw(st.integers(1, 5)),
        room=market.room + data.draw(st.integers(1, 5)),
        sales=((dearest + data.draw(st.integers(1, 20)), most), *rest),
    )
    names = {"offer_costs": "freight", "capacities": "room", "sales": "sales"}
    found = attribute(market.case(), other.case(), jobs=1)
    assert {share.group.table for share in found.shares} == set(names)
    assert found.solves == 8

    def with_these(chosen: frozenset[str]) -> float:
        return market.with_(**{name: getattr(other, name) for name in chosen}).margin()

    gains = dict.fromkeys(names.values(), 0.0)
    for order in itertools.permutations(gains):
        for k, name in enumerate(order):
            gains[name] += with_these(frozenset(order[: k + 1])) - with_these(frozenset(order[:k]))
    told = {names[share.group.table]: share.amount for share in found.shares}
    assert told == pytest.approx({name: gain / 6 for name, gain in gains.items()}, abs=1e-5)
    assert found.after - found.before == pytest.approx(other.margin() - market.margin(), abs=1e-5)
    sizes = [abs(share.amount) for share in found.shares]
    assert sizes == sorted(sizes, reverse=True)


def test_changes_are_told_in_the_users_words() -> None:
    other = PLAIN.with_(room=12, freight=3)
    told = [group.name for group in differences(PLAIN.case(), other.case())]
    assert told == ["offer_costs own freight: cost 2 becomes 3", "capacities still: max 9 becomes 12"]


@settings(max_examples=20)
@given(markets, markets)
def test_all_groups_together_are_the_other_case(one: Market, other: Market) -> None:
    """Rows that come, go and change: changed one group after the other the first case becomes the second."""
    mine, theirs = one.case(), other.case()
    groups = differences(mine, theirs)
    made = with_groups(mine, groups)
    assert differences(made, theirs) == ()
    assert plan(made).certificate.value == pytest.approx(other.margin(), abs=1e-6)
    back = differences(theirs, mine)
    assert len(back) == len(groups)


def test_a_market_without_a_crude_is_counted_too() -> None:
    assert tonnes(((30, 2), (40, 1))) == [30, 30, 40]
    assert PLAIN.with_(own=((30, 0),)).margin() == PLAIN.held(0)
