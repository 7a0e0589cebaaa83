"""What caused a difference: allotments add up, equal hand-worked Shapley values, and rest on no hole."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.studies import attribute as attribute_module
from netback.studies.attribute import (
    _orders,
    _sampled,
    _sets_of,
    _shapley,
    attribute,
    differences,
    with_groups,
)


def shop(price: float = 50.0, most: float = 20.0, cost: float = 1.0, **more: Any) -> Case:
    return Case.of(
        "shop",
        {
            "periods": [{"period": "m", "days": 30}],
            "streams": [{"stream": "oil", "kind": "product"}],
            "offers": [
                {"offer": "spot", "stream": "oil", "price": 30.0, "max": most, "note": more.get("note")}
            ],
            "offer_costs": [{"offer": "spot", "item": "freight", "cost": cost}],
            "sales": [{"sale": "gate", "stream": "oil", "price": price}],
        },
    )


def test_two_changes_that_work_together_share_what_neither_makes_alone() -> None:
    # Margin is (price - 31) x most: 19 x 20 = 380, price alone 580, quantity alone 570, both 870.
    found = attribute(shop(), shop(price=60.0, most=30.0), jobs=1)
    told = {share.group.table: share.amount for share in found.shares}
    assert (found.before, found.after) == pytest.approx((380.0, 870.0))
    assert told["sales"] == pytest.approx(0.5 * (200.0 + 300.0))
    assert told["offers"] == pytest.approx(0.5 * (190.0 + 290.0))
    assert sum(told.values()) == pytest.approx(found.after - found.before)
    assert found.solves == 4
    assert "exact" in found.method
    assert all(share.error == 0.0 for share in found.shares)


def test_what_only_says_who_said_it_is_no_change() -> None:
    assert differences(shop(), shop(note="seen again")) == ()
    with pytest.raises(DataError, match="do not differ in any input"):
        attribute(shop(), shop(), jobs=1)


def test_rows_that_come_and_go_are_changes() -> None:
    more = shop().with_table(
        "sales",
        [
            {"sale": "gate", "stream": "oil", "price": 50.0},
            {"sale": "far", "stream": "oil", "price": 70.0, "max": 5},
        ],
    )
    (group,) = differences(shop(), more)
    assert group.name == "sales far m: added" or group.name.endswith("added")
    assert with_groups(shop(), []) == shop()
    found = attribute(shop(), more, jobs=1)
    assert found.shares[0].amount == pytest.approx(100.0)
    back = attribute(more, shop(), jobs=1)
    assert back.shares[0].amount == pytest.approx(-100.0)
    assert back.shares[0].group.name.endswith("dropped")


def test_a_scenario_of_karachi_adds_up() -> None:
    base, other = (
        read_case("karachi_2023_september"),
        read_case("karachi_2023_september", "reported_campaign_half"),
    )
    found = attribute(base, other, jobs=1)
    assert sum(share.amount for share in found.shares) == pytest.approx(found.after - found.before, abs=0.01)
    assert found.after == pytest.approx(plan(other).certificate.value, rel=1e-9)
    assert "min_share blank becomes 0.5" in found.shares[0].group.name


def test_cut_points_change_together() -> None:
    one, other = (
        read_case("karachi_2023_september", "reported_campaign"),
        read_case("karachi_2023_september", "reported_campaign_deep"),
    )
    groups = differences(one, other)
    assert [group.table for group in groups] == ["offers", "cuts"]
    assert len(groups[1].changes) == 4


def test_a_combination_without_a_plan_is_told_not_guessed() -> None:
    needs = shop().with_table("sales", [{"sale": "gate", "stream": "oil", "price": 50.0, "min": 25.0}])
    both = needs.with_table("offers", [{"offer": "spot", "stream": "oil", "price": 30.0, "max": 30.0}])
    with pytest.raises(DataError, match="there is no plan") as caught:
        attribute(shop(), both, jobs=1)
    assert "sales gate" in str(caught.value)


def random_game(count: int, seed: int) -> dict[frozenset[int], float]:
    random = np.random.default_rng(seed)
    return {
        frozenset(chosen): float(random.normal())
        for size in range(count + 1)
        for chosen in itertools.combinations(range(count), size)
    }


@pytest.mark.parametrize("seed", range(5))
def test_shapley_values_are_the_mean_over_all_orders(seed: int) -> None:
    margins = random_game(4, seed)
    orders = list(itertools.permutations(range(4)))
    gains = np.zeros(4)
    for order in orders:
        for k, player in enumerate(order):
            gains[player] += margins[frozenset(order[: k + 1])] - margins[frozenset(order[:k])]
    assert _shapley(4, margins) == pytest.approx(gains / len(orders))


def test_sampled_values_add_up_and_come_near(monkeypatch: pytest.MonkeyPatch) -> None:
    margins = random_game(6, 1)
    orders = _orders(6, 0)
    amounts, errors = _sampled(6, orders, margins)
    assert amounts.sum() == pytest.approx(margins[frozenset(range(6))] - margins[frozenset()])
    assert (np.abs(amounts - _shapley(6, margins)) <= 5.0 * errors + 1e-9).all()
    assert all(frozenset(order[:k]) in _sets_of(orders) for order in orders for k in range(7))
    monkeypatch.setattr(attribute_module, "EXACT", 1)
    found = attribute(shop(), shop(price=60.0, most=30.0, cost=2.0), jobs=1)
    assert sum(share.amount for share in found.shares) == pytest.approx(found.after - found.before)
    assert "orders" in found.method
