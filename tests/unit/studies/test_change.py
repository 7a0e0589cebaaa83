"""The smallest change against hand and against plans made anew; what does not decide is not told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.model import build_plan
from netback.planning.solve import Plan, plan
from netback.studies import change
from netback.studies.change import Changes, changes, scenario_states
from netback.studies.levers import Lever, cut_shares, levers
from netback.studies.uncertain import with_inputs
from tiny import findings, periods, rows, solved, tiny


def three_crudes(**more: Any) -> Case:
    """A still of 100 t; a earns 2 a tonne (60 of it), b 1 (50 of it), c would earn 0.6 in place of b: it loses 0.4.

    c makes 0.8 fuel at 10 and 0.2 heavy at 6: 9.2 against its price of 8.6.
    """
    tables: dict[str, Any] = {
        "periods": periods(P1=10),
        "streams": [{"stream": s, "kind": "crude"} for s in "abc"]
        + [{"stream": "fuel"}, {"stream": "heavy"}],
        "stream_properties": rows(
            "stream property value",
            *(f"{s} density_t_per_m3 0.85" for s in "abc"),
            "fuel density_t_per_m3 0.8",
            "heavy density_t_per_m3 0.95",
        ),
        "offers": rows(
            "offer stream price max status low high",
            "a_offer a 8 60 . . .",
            "b_offer b 9 50 assumed 8.5 10",
            "c_offer c 8.6 . assumed 8.5 9",
        ),
        "feeds": rows("unit feed", "still a", "still b", "still c"),
        "yields": rows(
            "unit feed product yield basis",
            "still a fuel 1 mass",
            "still b fuel 1 mass",
            "still c fuel 0.8 mass",
            "still c heavy 0.2 mass",
        ),
        "capacities": rows("unit max uom", "still 100 t"),
        "sales": rows("sale stream price", "fuel_sale fuel 10", "heavy_sale heavy 6"),
    }
    return tiny("three", **(tables | more))


@pytest.fixture(scope="module")
def entering() -> Changes:
    return changes(solved(three_crudes()), "c", 0.01, jobs=1)


@pytest.fixture(scope="module")
def finely() -> Changes:
    """The same with a parcel so small that nothing else moves."""
    return changes(solved(three_crudes()), "c", 1e-4, jobs=1)


@pytest.fixture(scope="module")
def month() -> Plan:
    return solved(read_case("karachi_2023_september"))


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have these numbers alone looked at."""

    def look_at(*names: str) -> None:
        monkeypatch.setattr(
            change,
            "levers",
            lambda model, crude: tuple(one for one in levers(model, crude) if one.name in names),
        )

    return look_at


def by_name(found: Changes) -> dict[str, float]:
    return {one.lever.name: one.at for one in found.crossings}


def test_changes_by_hand(entering: Changes) -> None:
    assert not entering.pays
    assert entering.bought == 0.0
    assert entering.gain == pytest.approx(-0.4 * 0.01)
    assert by_name(entering) == {
        "offers c_offer price": pytest.approx(8.2, abs=1e-4),
        "offers b_offer price": pytest.approx(9.4, abs=1e-4),
        "sales heavy_sale price": pytest.approx(8.0, abs=1e-4),
        # c takes the place of a or b where one of them earns no more than 0.6.
        "offers a_offer price": pytest.approx(9.4, abs=1e-4),
        "yields still normal a fuel yield": pytest.approx(0.86, abs=1e-4),
        "yields still normal b fuel yield": pytest.approx(0.96, abs=1e-4),
        "yields still normal c fuel yield": pytest.approx(0.9, abs=1e-4),
        "yields still normal c heavy yield": pytest.approx(0.1, abs=1e-4),
        "fuel": pytest.approx(90.0, abs=1e-3),
        "heavy": pytest.approx(10.0, abs=1e-3),
        # Room for c beside a and b, or less of b: to a hundredth of a tonne, which is the parcel.
        "capacities still max": pytest.approx(110.0, abs=0.01),
        "offers b_offer max": pytest.approx(40.0, abs=0.01),
        "offers a_offer max": pytest.approx(50.0, abs=0.01),
    }


def test_within_the_stated_range_comes_first_then_the_smallest(entering: Changes) -> None:
    told = [(one.lever.name, one.in_range) for one in entering.crossings]
    assert told[0] == ("offers b_offer price", True)
    assert not any(inside for _, inside in told[1:])
    sizes = [abs(one.relative) for one in entering.crossings[1:]]
    assert sizes == sorted(sizes)
    own = next(one for one in entering.crossings if one.lever.kind == "own price")
    assert own.lever.within(own.at) is False
    assert own.relative == pytest.approx(-0.4 / 8.6, abs=1e-4)
    fuel = next(one for one in entering.crossings if one.lever.name == "fuel")
    assert fuel.lever.within(fuel.at) is None


def bought(case: Case, offer: str) -> float:
    made = solved(case)
    block = made.model.problem.block("purchase")
    labels = [k for k in range(block.size) if block.index.label(k)[0] == offer]
    return float(made.x[[block.start + k for k in labels]].sum())


def moved(case: Case, lever: Lever, value: float) -> Case:
    assert lever.cell is not None
    return with_inputs(case, {lever.cell: value})


@pytest.mark.parametrize(("crude", "buys_now"), [("c", False), ("b", True)])
def test_plans_made_anew_turn_at_every_value(crude: str, buys_now: bool, finely: Changes) -> None:
    """The claim itself: just before the value the plan does what it does now, just beyond it does the other."""
    case = three_crudes()
    found = finely if crude == "c" else changes(solved(case), crude, 1e-4, jobs=1)
    assert found.pays is buys_now
    cells = [one for one in found.crossings if one.lever.cell is not None]
    assert len(cells) >= 3
    for one in cells:
        change = one.at - one.lever.value
        before = bought(moved(case, one.lever, one.lever.value + 0.99 * change), f"{crude}_offer")
        beyond = bought(moved(case, one.lever, one.lever.value + 1.01 * change), f"{crude}_offer")
        assert (before > 1e-6, beyond > 1e-6) == (buys_now, not buys_now), one.lever.name


def test_numbers_that_are_not_told_do_not_decide(finely: Changes) -> None:
    """Every other number, at a half and at half as much again: the plan does as before."""
    case = three_crudes()
    told = {one.lever.name for one in finely.crossings}
    rest = [one for one in levers(build_plan(case), "c") if one.name not in told and one.cell is not None]
    assert "sales fuel_sale price" in {one.name for one in rest}
    for one in rest:
        for factor in (0.5, 1.5):
            if one.most is None or factor * one.value <= one.most:
                assert bought(moved(case, one, factor * one.value), "c_offer") <= 1e-6, (one.name, factor)


def test_a_crude_that_is_in_leaves_when_another_is_worth_more(only: Callable[..., None]) -> None:
    """Without b the room goes to c at 0.6 a tonne; b earns 1: it leaves at 9.4, or where c is 0.4 cheaper."""
    only("offers b_offer price", "offers c_offer price")
    found = changes(solved(three_crudes()), "b_offer", 0.01, jobs=1)
    assert found.pays
    assert found.gain == pytest.approx(0.4 * 0.01)
    told = by_name(found)
    assert told["offers b_offer price"] == pytest.approx(9.4, abs=1e-4)
    assert told["offers c_offer price"] == pytest.approx(8.2, abs=1e-4)


def test_a_large_parcel_needs_more_than_the_first_barrel(
    entering: Changes, only: Callable[..., None]
) -> None:
    """50 t of c take the room of 40 t of b (0.4 lost on each) and of 10 t of a (1.4 lost): 30 / 50 = 0.6 cheaper."""
    first = by_name(entering)["offers c_offer price"]
    only("offers c_offer price")
    cargo = by_name(changes(solved(three_crudes()), "c", 50.0, jobs=1))["offers c_offer price"]
    assert first == pytest.approx(8.2, abs=1e-4)
    assert cargo == pytest.approx(8.6 - (40 * 0.4 + 10 * 1.4) / 50, abs=1e-4)


def test_own_limits_do_not_count_but_prices_do(only: Callable[..., None]) -> None:
    """A crude that pays but whose greatest quantity is 0 is out although it pays."""
    only("offers c_offer price")
    case = three_crudes(
        offers=rows("offer stream price max", "a_offer a 8 60", "b_offer b 9 50", "c_offer c 8 0")
    )
    found = changes(solved(case), "c", 0.01, jobs=1)
    assert found.pays
    assert found.bought == 0.0
    assert by_name(found)["offers c_offer price"] == pytest.approx(8.2, abs=1e-4)


def test_the_small_parcel_is_a_thousandth_of_what_is_bought(only: Callable[..., None]) -> None:
    only("offers c_offer price")
    found = changes(solved(three_crudes()), "c", jobs=1)
    assert (found.parcel, found.uom) == (pytest.approx(0.1), "t")


def test_shares_of_cuts_are_masses() -> None:
    case = three_crudes()
    assert cut_shares(build_plan(case), "c") == pytest.approx({"fuel": 0.8, "heavy": 0.2})
    assert cut_shares(build_plan(case), "a") == {}
    counted = three_crudes(
        limits=rows("limit max uom", "made 500 t"),
        limit_terms=rows("limit activity item of coefficient", "made make still fuel 1"),
    )
    assert cut_shares(build_plan(counted), "c") == {}


def test_a_lever_has_the_range_of_its_own_number_alone() -> None:
    found = {one.name: one for one in levers(build_plan(three_crudes()), "c")}
    assert (found["offers b_offer price"].low, found["offers b_offer price"].high) == (8.5, 10.0)
    assert found["offers b_offer max"].low is None
    assert "offers c_offer max" not in found
    assert found["offers c_offer price"].kind == "own price"
    assert (found["capacities still max"].kind, found["capacities still max"].uom) == ("limit", "t")
    assert found["yields still normal c fuel yield"].most == 1.0


def test_scenarios_that_do_otherwise() -> None:
    case = three_crudes(
        scenarios=rows("scenario parent", "cheap .", "dear .", "none ."),
        overrides=rows(
            "scenario table where column value",
            "cheap offers offer=c_offer price 8",
            "dear offers offer=c_offer price 9",
            "none sales sale=fuel_sale min 9000",
        ),
    )
    states = {one.scenario: one.bought for one in scenario_states(case, "c", jobs=1)}
    assert states == {"cheap": pytest.approx(40.0), "dear": pytest.approx(0.0), "none": None}
    assert scenario_states(case.in_scenario("cheap"), "c") == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sales furnace_oil_export price", 525.88),
        ("offer_costs urals_primorsk freight cost", 9.658),
        ("offers urals_primorsk price", 78.71),
        ("cuts cdu normal swing_diesel_residue to_c", 372.41),
        ("residue", 45.51),
    ],
)
def test_what_the_page_says_of_urals(month: Plan, only: Callable[..., None], name: str, value: float) -> None:
    """docs/value.md prints these; a crude's own price must be the break-even price that the plan tells."""
    only(name)
    (one,) = changes(month, "urals", jobs=1).crossings
    assert one.at == pytest.approx(value, rel=1e-4)


def test_what_cannot_be_asked_is_told() -> None:
    made = solved(three_crudes())
    with pytest.raises(DataError) as caught:
        changes(made, "d")
    assert '"d" is not offered' in findings(caught.value)
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(DataError) as caught:
            changes(made, "c", bad)
        assert "--parcel" in findings(caught.value)
    with pytest.raises(DataError) as caught:
        changes(made, "c", 1000.0)
    assert "there is no plan with 1,000 t of c" in findings(caught.value)
    lots = plan(three_crudes(offers=rows("offer stream price lot_size", "a_offer a 8 10", "c_offer c 8 .")))
    with pytest.raises(DataError) as caught:
        changes(lots, "c")
    assert "something is whole in this plan" in findings(caught.value)


def test_a_limit_that_falls_below_its_least_ends_the_search_in_silence() -> None:
    """A tank that must close with 20 t: its greatest is followed down to 0, where no sound program follows."""
    case = three_crudes(inventories=rows("stream max closing_min", "fuel 40 20"))
    found = changes(solved(case), "c", 0.01, jobs=1)
    assert found.tried == found.all_numbers
    assert "offers c_offer price" in by_name(found)


def test_stopped_it_keeps_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    first = change._crossings

    def stopping(task: Any) -> Any:
        if task.levers[0].name != levers(build_plan(case), "c")[0].name:
            raise KeyboardInterrupt
        return first(task)

    case = three_crudes()
    monkeypatch.setattr(change, "TOGETHER", 3)
    monkeypatch.setattr(change, "_crossings", stopping)
    found = changes(solved(case), "c", 0.01, jobs=1)
    assert found.tried == 3
    assert found.all_numbers > 3
