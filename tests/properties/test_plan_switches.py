"""Plans with whole numbers against enumeration: switches, lots, tranches and tiers in their order, counts of use."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.solve import plan
from properties.random_plants import in_steps
from tiny import margin, rows, tiny

SOME = settings(max_examples=12)
CLOSE: dict[str, Any] = {"rel": 1e-6, "abs": 1e-4}

#: (price, greatest quantity) of each step.
Steps = list[tuple[float, float]]


def steps(most: int = 4) -> st.SearchStrategy[Steps]:
    return st.lists(st.tuples(in_steps(1, 20, 1), in_steps(0, 10, 1)), min_size=1, max_size=most)


def filled(amount: float, ladder: Steps) -> float:
    """Money for an amount taken from the steps in their order."""
    total = 0.0
    for price, most in ladder:
        taken = min(amount, most)
        total, amount = total + taken * price, amount - taken
    assert amount <= 1e-9
    return total


def ladders(buy: Steps, sell: Steps) -> Case:
    """One offer in tranches, one sale in tiers, nothing between."""
    return tiny(
        offers=rows(
            "offer stream tranche price max",
            *(f"o X {k} {price} {most}" for k, (price, most) in enumerate(buy, 1)),
        ),
        sales=rows(
            "sale stream tier price max",
            *(f"s X {k} {price} {most}" for k, (price, most) in enumerate(sell, 1)),
        ),
    )


@settings(max_examples=25)
@given(steps(), steps())
def test_tranches_and_tiers_are_filled_in_order(buy: Steps, sell: Steps) -> None:
    """The margin is piecewise linear in the amount, so its best value lies at the end of a step."""
    most = min(sum(size for _, size in buy), sum(size for _, size in sell))
    ends = {0.0, most}
    for ladder in (buy, sell):
        reached = 0.0
        for _, size in ladder:
            reached += size
            ends.add(min(reached, most))
    best = max(filled(end, sell) - filled(end, buy) for end in ends)
    assert margin(ladders(buy, sell)) == pytest.approx(best, **CLOSE)


def choice_case(
    offers: Sequence[tuple[float, float, float]], least_run: float, most_run: float, price: float
) -> Case:
    """Offers (price, least if bought, greatest) into one unit that stands still or runs at least so much."""
    return tiny(
        offers=rows(
            "offer stream price min_if_bought max",
            *(f"o{k} X {cost} {least} {most}" for k, (cost, least, most) in enumerate(offers)),
        ),
        yields=rows("unit feed product yield", "U X Y 0.9"),
        capacities=rows("unit max min_if_run", f"U {most_run} {least_run}"),
        sales=rows("sale stream tier price max", f"s Y 1 {price} 12", "s Y 2 2 ."),
    )


OFFERS = st.lists(
    st.tuples(in_steps(1, 12, 1), in_steps(1, 8, 1), in_steps(8, 15, 1)), min_size=1, max_size=3
)


@SOME
@given(OFFERS, in_steps(1, 10, 1), in_steps(10, 25, 1), in_steps(5, 20, 1))
def test_switches_agree_with_trying_every_combination(
    offers: list[tuple[float, float, float]], least_run: float, most_run: float, price: float
) -> None:
    case = choice_case(offers, least_run, most_run, price)
    best = 0.0
    for taken in product([False, True], repeat=len(offers)):
        if not any(taken):
            continue
        chosen = [
            f"o{k} X {c} {lo} {hi}"
            for k, ((c, lo, hi), on) in enumerate(zip(offers, taken, strict=True))
            if on
        ]
        fixed = case.with_table("offers", rows("offer stream price min max", *chosen)).with_table(
            "capacities", rows("unit min max", f"U {least_run} {most_run}")
        )
        found = plan(fixed)
        if found.certificate.word == "proven":
            best = max(best, found.certificate.value or 0.0)
        else:
            assert found.certificate.word == "proven infeasible"
    assert margin(case) == pytest.approx(best, **CLOSE)


@SOME
@given(in_steps(1, 7, 0.5), in_steps(5, 40, 0.5), in_steps(5, 40, 0.5), in_steps(1, 30, 1))
def test_whole_lots_agree_with_counting_them(lot: float, most: float, wanted: float, price: float) -> None:
    case = tiny(
        offers=rows("offer stream price max lot_size", f"o X {price} {most} {lot}"),
        inventories=rows("stream max closing_value", "X 1000 10"),
        sales=rows("sale stream price max", f"s X 20 {wanted}"),
    )
    count = int(most / lot + 1e-9)
    best = max(
        20 * min(k * lot, wanted) + 10 * max(k * lot - wanted, 0.0) - price * k * lot
        for k in range(count + 1)
    )
    assert margin(case) == pytest.approx(best, **CLOSE)


@SOME
@given(st.lists(in_steps(1, 9, 1), min_size=3, max_size=3), st.integers(0, 3))
def test_a_count_of_used_components_agrees_with_trying_them(prices: list[float], most: int) -> None:
    """At most so many of three components, each none or 2 to 6 t."""
    case = tiny(
        offers=rows("offer stream price max", *(f"o{k} C{k} {price} 6" for k, price in enumerate(prices))),
        blends=rows("product component min_if_used", *(f"Q C{k} 2" for k in range(3))),
        sales=rows("sale stream price max", "q Q 10 11"),
        limits=rows("limit max", f"few {most}"),
        limit_terms=rows("limit activity item of measure", *(f"few blend Q C{k} used" for k in range(3))),
    )
    best = 0.0
    for used in product([False, True], repeat=3):
        if sum(used) > most:
            continue
        costs = sorted(price for price, on in zip(prices, used, strict=True) if on)
        free, gain = 11.0 - 2.0 * len(costs), sum(2.0 * (10 - price) for price in costs)
        for price in costs:
            more = min(free, 4.0)
            gain, free = gain + more * (10 - price), free - more
        best = max(best, gain)
    assert margin(case) == pytest.approx(best, **CLOSE)


def test_use_of_one_asks_for_use_of_another() -> None:
    """Used C0 <= used C1: C1 has a least amount, so its use is real."""
    case = tiny(
        offers=rows("offer stream price max", "a C0 1 6", "b C1 30 6"),
        blends=rows("product component min_if_used", "Q C0 .", "Q C1 2"),
        sales=rows("sale stream price max", "q Q 10 11"),
        limits=rows("limit max", "both 0"),
        limit_terms=rows(
            "limit activity item of measure coefficient", "both blend Q C0 used 1", "both blend Q C1 used -1"
        ),
    )
    # 6 t of C0 gain 54, 2 t of C1 cost 40.
    assert margin(case) == pytest.approx(14.0)
    cheat = case.with_table("blends", rows("product component", "Q C0", "Q C1"))
    with pytest.raises(ModelError, match="no least amount says what use is"):
        plan(cheat)


def test_an_unlimited_step_is_never_full() -> None:
    buy = tiny(
        offers=rows("offer stream tranche price max", "o X 1 5 .", "o X 2 1 10"),
        sales=rows("sale stream price max", "s X 20 15"),
    )
    assert margin(buy) == pytest.approx(15 * 15)
    sell = tiny(
        offers=rows("offer stream price max", "o X 5 15"),
        sales=rows("sale stream tier price", "s X 1 10", "s X 2 30"),
    )
    assert margin(sell) == pytest.approx(15 * 5)


def test_a_middle_step_of_nothing_opens_no_later_one() -> None:
    case = tiny(
        offers=rows("offer stream tranche price max", "o X 1 9 10", "o X 2 8 0", "o X 3 1 10"),
        sales=rows("sale stream price max", "s X 10 12"),
    )
    assert margin(case) == pytest.approx(10 * 1 + 2 * 9)


def test_a_first_tranche_in_lots_comes_first() -> None:
    case = tiny(
        offers=rows("offer stream tranche price max lot_size", "o X 1 2 25 10", "o X 2 5 10 ."),
        sales=rows("sale stream price max", "s X 6 7"),
    )
    # Two lots of 10 fill the first tranche; 7 t cannot be a lot, and the second waits.
    assert margin(case) == 0.0
    wide = case.with_table("sales", rows("sale stream price max", "s X 6 23"))
    assert margin(wide) == pytest.approx(20 * 4 + 3 * 1)
