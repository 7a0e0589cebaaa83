"""The curve of a crude: steps found exactly, integrals of slopes are values, bases convert, the book's break-even."""

from __future__ import annotations

import itertools

import pytest

from netback.case.case import Case
from netback.errors import DataError, ModelError, SolveError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.planning.worth import offer_worths
from netback.studies.value import Curve, Held, curve
from netback.studies.volume_worth import Room, room, worth


def stepped() -> Case:
    """One crude into one product that sells in three tiers, beside a dear crude: worth falls in steps by hand."""
    return Case.of(
        "stepped",
        {
            "periods": [{"period": "m", "days": 30}],
            "streams": [{"stream": "crude", "kind": "intermediate"}, {"stream": "fuel", "kind": "product"}],
            "units": [{"unit": "still"}],
            "feeds": [{"unit": "still", "feed": "crude"}],
            "yields": [{"unit": "still", "feed": "crude", "product": "fuel", "yield": 1.0}],
            "capacities": [{"unit": "still", "max": 100.0, "uom": "t"}],
            "offers": [
                {"offer": "spot", "stream": "crude", "price": 30.0, "max": 10.0, "price_basis": "fob"}
            ],
            "offer_costs": [
                {"offer": "spot", "item": "freight", "cost": 2.0},
                {"offer": "spot", "item": "insurance", "cost": 1.0, "cost_uom": "%"},
            ],
            "sales": [
                {"sale": "fuel", "stream": "fuel", "tier": 1, "max": 20.0, "price": 50.0},
                {"sale": "fuel", "stream": "fuel", "tier": 2, "max": 30.0, "price": 40.0},
                {"sale": "fuel", "stream": "fuel", "tier": 3, "price": 25.0},
            ],
        },
    )


@pytest.fixture(scope="module")
def karachi() -> Case:
    return read_case("karachi_2023_september")


def test_steps_by_hand() -> None:
    found = curve(stepped(), "crude")
    told = [(p.volume, p.last, p.next, p.average) for p in found.points]
    assert found.exact
    assert [volume for volume, *_ in told] == pytest.approx([0.0, 20.0, 50.0, 100.0])
    assert told[0][1:] == (None, pytest.approx(50.0), None)
    assert told[1][1:] == pytest.approx((50.0, 40.0, 50.0))
    assert told[2][1:] == pytest.approx((40.0, 25.0, 44.0))
    assert told[3][1] == pytest.approx(25.0)
    assert told[3][3] == pytest.approx(34.5)
    assert (found.most, found.planned) == pytest.approx((100.0, 10.0))


def test_the_price_on_its_basis_costs_the_worth_with_its_items() -> None:
    found = curve(stepped(), "spot")
    assert (found.price, found.added, found.added_share) == pytest.approx((30.0, 2.3, 0.01))
    fob = found.on_basis(50.0)
    assert fob is not None
    assert fob * 1.01 + 2.0 == pytest.approx(50.0)
    assert found.on_basis(None) is None


def test_volumes_that_are_wanted_are_there_and_too_large_ones_not() -> None:
    found = curve(stepped(), "crude", [10.0, 35.0, 1e6])
    volumes = [p.volume for p in found.points]
    assert volumes == pytest.approx([0.0, 10.0, 20.0, 35.0, 50.0, 100.0])
    inside = found.points[3]
    assert inside.is_point
    assert inside.last == pytest.approx(40.0)


def test_slopes_add_up_to_the_average(karachi: Case) -> None:
    found = curve(karachi, "urals")
    total = 0.0
    for one, other in itertools.pairwise(found.points):
        assert one.next is not None
        assert other.last is not None
        assert one.next >= other.last - 1e-6
        step = other.volume - one.volume
        assert other.last * step - 1e-3 <= (_sum(other) - total) <= one.next * step + 1e-3
        total = _sum(other)
    assert max(p.average_gap for p in found.points) < 1e-6


def _sum(point: object) -> float:
    return point.average * point.volume  # type: ignore[attr-defined, no-any-return]


def test_the_first_barrel_is_worth_what_the_plan_says(karachi: Case) -> None:
    found = curve(karachi, "urals_primorsk")
    (told,) = [w for w in offer_worths(plan(karachi)) if w.offer == "urals_primorsk"]
    price = told.on_price_basis(told.break_even)
    assert price is not None
    assert found.on_basis(found.points[0].next) == pytest.approx(price / found.per_volume, abs=1e-3)
    assert found.points[0].last is None
    # The feed share of one half ends what the plant takes.
    assert found.most == pytest.approx(80_100.0, rel=1e-6)


def test_values_agree_with_plans_solved_afresh(karachi: Case) -> None:
    held = Held(karachi, "urals")
    base, some = held.value(0.0), held.value(40_000.0)
    assert base is not None
    assert some is not None
    forced = karachi.with_table(
        "offers",
        [
            {**row, "min": 40_000.0, "max": 40_000.0} if row["offer"] == "urals_primorsk" else dict(row)
            for row in karachi.table("offers").records
        ],
    )
    afresh = plan(forced)
    tranche = next(t for t in afresh.model.tranches if t.offer == "urals_primorsk")
    assert afresh.certificate.value == pytest.approx(
        some[0] - 40_000.0 * float(tranche.delivered[0]), rel=1e-9
    )
    assert base[1] < 1e-3


def test_worths_are_those_of_the_curve(karachi: Case) -> None:
    found = curve(karachi, "urals", [30_000.0])
    got = worth(karachi, "urals", 30_000.0)
    point = next(p for p in found.points if p.volume == 30_000.0)
    assert got.first == pytest.approx(found.points[0].next)
    assert got.average == pytest.approx(point.average)
    assert got.within < 1e-3
    assert room(karachi, "urals") == Room(pytest.approx(found.most), found.uom, found.per, found.per_volume)


def test_a_volume_without_a_worth_says_why(karachi: Case) -> None:
    with pytest.raises(DataError, match="the plant takes at most 80,100 t of it"):
        worth(karachi, "urals", 1e9)
    case = stepped().with_table("sales", [{"sale": "fuel", "stream": "fuel", "min": 5.0, "price": 50.0}])
    with pytest.raises(DataError, match=r"every plan takes 5 .* of it, no less than the volume asked"):
        worth(case, "crude", 4.0)
    lots = stepped().with_table(
        "offers", [{"offer": "spot", "stream": "crude", "price": 30.0, "max": 60.0, "lot_size": 20.0}]
    )
    assert worth(lots, "crude", 40.0).first is None
    assert worth(lots, "crude", 40.0).average == pytest.approx(45.0)
    with pytest.raises(SolveError, match="no plan with this volume"):
        worth(lots, "crude", 50.0)


def test_whole_lots_have_averages_and_no_slopes() -> None:
    case = stepped().with_table(
        "offers", [{"offer": "spot", "stream": "crude", "price": 30.0, "max": 60.0, "lot_size": 20.0}]
    )
    found = curve(case, "crude", [20.0, 40.0, 50.0])
    assert not found.exact
    by_volume = {round(p.volume): p for p in found.points}
    assert by_volume[20].last is None
    assert by_volume[20].average == pytest.approx(50.0)
    assert by_volume[40].average == pytest.approx(45.0)
    # Half a lot cannot be bought.
    assert 50 not in by_volume


def test_what_is_not_offered_is_told_with_the_closest_name() -> None:
    with pytest.raises(DataError, match='Closest name: "crude"'):
        curve(stepped(), "crud")


def test_what_is_committed_is_where_averages_begin() -> None:
    case = stepped().with_table(
        "sales",
        [
            {"sale": "fuel", "stream": "fuel", "tier": 1, "min": 5.0, "max": 20.0, "price": 50.0},
            {"sale": "fuel", "stream": "fuel", "tier": 2, "price": 40.0},
        ],
    )
    found = curve(case, "crude", [2.0, 30.0])
    assert found.committed == pytest.approx(5.0)
    told = {round(p.volume): p for p in found.points}
    assert min(told) == 5
    assert told[5].average is None
    assert told[30].average == pytest.approx((15.0 * 50.0 + 10.0 * 40.0) / 25.0)
    assert worth(case, "crude", 30.0).average == pytest.approx(told[30].average)


def test_without_any_plan_the_clash_is_told() -> None:
    case = stepped().with_table("sales", [{"sale": "fuel", "stream": "fuel", "min": 500.0, "price": 50.0}])
    with pytest.raises(ModelError, match="no plan"):
        curve(case, "crude")


def test_an_endless_curve_ends_at_what_is_on_offer() -> None:
    case = stepped().with_table("capacities", [])
    found = curve(case, "crude")
    assert isinstance(found, Curve)
    assert found.points[-1].volume == pytest.approx(10.0)
