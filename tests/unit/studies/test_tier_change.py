"""What would have to change, and swaps, in a market that is counted tonne by tonne."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netback.planning.model import build_plan
from netback.studies.change import Changes, Crossing, changes
from netback.studies.slate import Slate, bought, priced
from netback.studies.swap import base_of
from tier_market import Market, markets
from tiny import margin, solved

PLAIN = Market(
    own=((30, 3), (40, 10)), rival=((35, 4), (45, 10)), sales=((60, 3), (50, 3), (38, 9)), room=9, freight=2
)


def gain(market: Market, parcel: int) -> float:
    """What a parcel of the first step of own earns against none of it, counted."""
    return market.held(parcel) - market.held(0) - market.with_(own=((market.own[0][0], 99),)).cost(parcel)


@settings(max_examples=8)
@given(markets, st.data())
def test_the_freight_at_which_a_parcel_turns_is_the_one_that_eats_its_gain(
    market: Market, data: st.DataObject
) -> None:
    market = market.with_(own=market.own[:1], freight=data.draw(st.integers(4, 9)))
    parcel = data.draw(st.integers(1, min(3, market.takes())))
    now = gain(market, parcel)
    turn = market.freight + now / parcel
    # On the edge itself the sign is that of rounding; beyond twice the number nothing is searched.
    assume(abs(now) > 0.5 and 0.0 < turn < 1.9 * market.freight)
    found = changes(solved(market.case()), "own", float(parcel), jobs=1)
    assert found.gain == pytest.approx(now, abs=1e-6)
    assert found.pays == (now > 0.0)
    (freight,) = [one for one in found.crossings if one.lever.name == "offer_costs own freight cost"]
    assert freight.at == pytest.approx(turn, rel=3e-6)
    assert freight.relative == pytest.approx((turn - market.freight) / market.freight, abs=3e-6)
    # The end that is told lies beyond the turn: the crude does change there.
    assert (freight.at - turn) * (turn - market.freight) >= -1e-9


@pytest.fixture(scope="module")
def plain() -> Changes:
    return changes(solved(PLAIN.case()), "own", 2.0, jobs=1)


def test_the_numbers_that_turn_the_parcel_are_found_by_counting(plain: Changes) -> None:
    """Two tonnes of own earn 26 against none; own yields less, or all that the rival still sells gets cheaper."""
    assert plain.gain == pytest.approx(gain(PLAIN, 2))
    assert plain.pays
    told = {one.lever.name: one.at for one in plain.crossings}
    # Two tonnes of 45 stand in for those of own: they break even where they cost as much as own, 32 delivered.
    assert told["offers rival 2 price"] == pytest.approx(32.0, rel=1e-5)
    # A parcel of 2 t at 32 delivered that yields a part y of it earns 45 (its rival's cost) on each of 2 y tonnes.
    assert told["yields still normal own fuel yield"] == pytest.approx(32.0 / 45.0, rel=1e-5)


def test_a_crossing_in_the_case_solved_afresh_turns_the_parcel(plain: Changes) -> None:
    """Each value a little nearer and a little farther, in the market as a planner would change it by hand."""
    case = PLAIN.case()
    tried = 0
    for one in plain.crossings:
        place = one.lever.cell
        assert place is not None
        if place.table == "offers":
            continue
        tried += 1
        signs = []
        for part in (0.99, 1.01):
            moved = one.lever.value + part * (one.at - one.lever.value)
            rows = [
                row.with_(**{place.column: moved}) if row.row == place.row else row
                for row in case.table(place.table).records
            ]
            changed = case.with_table(place.table, rows)
            rival = [row for row in changed.table("offers").records if row["offer"] == "rival"]
            own = {"offer": "own", "stream": "own", "price": 30.0}
            with_it, without = (
                margin(changed.with_table("offers", [{**own, "min": most, "max": most}, *rival]))
                for most in (2.0, 0.0)
            )
            signs.append(with_it > without)
        assert signs == [True, False], one.lever.name
    assert tried >= 2


def test_the_counts_of_a_search_add_up(plain: Changes) -> None:
    assert plain.tried == plain.all_numbers
    assert plain.flat == plain.tried - len(plain.crossings) > 0
    assert (plain.uom, plain.parcel) == ("t", 2.0)
    # The three cheapest tonnes of own are bought, none of those at 42.
    assert plain.bought == pytest.approx(3.0)
    sizes = [abs(one.relative) for one in plain.crossings]
    assert sizes == sorted(sizes)


def test_as_json_shows_it(plain: Changes) -> None:
    told = plain.crossings[0].to_dict()
    assert told["at"] == plain.crossings[0].at
    assert told["relative"] == pytest.approx((told["at"] - told["now"]) / abs(told["now"]))
    assert {key: told[key] for key in ("low", "high", "within_range")} == {
        "low": None, "high": None, "within_range": None,
    }  # fmt: skip


def test_within_a_stated_range_comes_first() -> None:
    case = PLAIN.case()
    rows = [
        {**row, "status": "assumed", "low": 20.0, "high": 65.0} if row["price"] == 35.0 else dict(row)
        for row in case.table("offers").records
    ]
    wide = case.with_table("offers", rows)
    found = changes(solved(wide), "own", 2.0, jobs=1)
    within = [one.in_range for one in found.crossings]
    assert within == sorted(within, reverse=True)
    for one in found.crossings:
        inside = one.lever.low is not None and one.lever.low <= one.at <= (one.lever.high or math.inf)
        assert one.in_range == inside


def test_where_a_value_lies_in_its_range() -> None:
    lever = next(one.lever for one in changes(solved(PLAIN.case()), "own", 2.0, jobs=1).crossings)
    assert not Crossing(lever, lever.value * 2).in_range
    assert Crossing(lever, lever.value * 0.5).relative == -0.5


# --- slates --------------------------------------------------------------------------------------


@settings(max_examples=10)
@given(markets, st.data())
def test_two_volumes_held_at_once_earn_what_their_sales_fetch(market: Market, data: st.DataObject) -> None:
    own = data.draw(st.integers(0, market.takes()))
    rival = data.draw(st.integers(0, market.takes() - own))
    slate = Slate(build_plan(market.case()), ["own", "rival"])
    found = slate.loaded({"own": float(own), "rival": float(rival)})
    assert found is not None
    assert found.value == pytest.approx(market.held(own, rival), abs=1e-6)
    assert found.gap <= 1e-6
    assert slate.loaded({"own": float(market.takes()), "rival": 1.0}) is None
    most = slate.most("own", {"own": 1.0, "rival": float(rival)})
    assert most == pytest.approx(market.takes() - rival, abs=1e-6)
    # Tonne for tonne as much of one comes in as goes out of the other.
    assert slate.most_swapped("own", "rival", {"own": 0.0, "rival": float(rival)}, 1.0) == pytest.approx(
        rival, abs=1e-6
    )


@settings(max_examples=10)
@given(markets)
def test_a_slate_of_one_has_the_slopes_of_the_count(market: Market) -> None:
    slate = Slate(build_plan(market.case()), ["own"])
    assert slate.linear
    for q in range(1, market.takes()):
        found = slate.loaded({"own": float(q)})
        assert found is not None
        told = slate.slopes("own", found)
        assert told.last == pytest.approx(market.held(q) - market.held(q - 1), abs=1e-6)
        assert told.next == pytest.approx(market.held(q + 1) - market.held(q), abs=1e-6)


@settings(max_examples=10)
@given(markets)
def test_what_the_base_buys_costs_no_more_than_it_fetches(market: Market) -> None:
    base = base_of(market.case())
    amounts = bought(base.plan.model, base.plan.x)
    assert set(amounts) == {"own", "rival"}
    assert sum(amounts.values()) <= market.takes() + 1e-6
    own, rival = (round(amounts[name]) for name in ("own", "rival"))
    assert market.held(own, rival) - market.cost(own) - sum(
        sorted(price for price, most in market.rival for _ in range(most))[:rival]
    ) == pytest.approx(market.margin(), abs=1e-5)
    assert base.bought == amounts


def test_prices_with_and_without_items() -> None:
    told = priced(build_plan(PLAIN.case()), "own", 1.0)
    assert (told.offer, told.basis, told.price) == ("own", "fob", 30.0)
    assert told.gate(30.0) == pytest.approx(32.0)
    assert told.on_basis(told.gate(47.0)) == pytest.approx(47.0)
    assert (told.item("freight", 99.0), told.item("insurance", 99.0)) == (2.0, 0.0)
    bare = priced(build_plan(PLAIN.with_(freight=0).case()), "rival", 2.0)
    assert (bare.price, bare.items) == (17.5, ())
