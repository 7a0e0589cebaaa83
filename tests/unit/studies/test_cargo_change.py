"""What turns the answer of one cargo: every value against plans made anew on both sides, and what is not told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import netback.studies.cargo_change as module
from lifting_cases import MONTHS, NAMES, wheat, with_ships
from netback.case.case import Case
from netback.errors import DataError
from netback.planning.model import build_plan
from netback.studies.cargo_change import CargoChanges, cargo_changes
from netback.studies.levers import Lever, in_step, levers
from netback.studies.uncertain import with_inputs
from tiny import findings, margin, periods, rows, solved, tiny, values


def last(case: Case, crude: str = "black", **options: object) -> CargoChanges:
    found: Iterator[CargoChanges] = cargo_changes(case, crude, jobs=1, **options)  # type: ignore[arg-type]
    return list(found)[-1]


def gain(case: Case, month: str) -> float:
    """Best margin with one ship in a month less that without, both planned afresh."""
    return margin(with_ships(case, month, 1)) - margin(with_ships(case, month, 0))


@pytest.fixture(scope="module")
def drawn() -> tuple[Case, CargoChanges]:
    case = wheat(3, insured="5")
    return case, last(case)


def test_every_value_turns_the_answer_in_plans_made_afresh(drawn: tuple[Case, CargoChanges]) -> None:
    case, found = drawn
    month, now = found.lift.question.name, 1.0 if found.lift.word == "lift" else -1.0
    assert found.complete
    assert now * gain(case, month) > 0.0
    turned = [one for one in found.crossings if one.near is not None and one.far is not None]
    assert turned
    for one in turned:
        before, beyond = (
            gain(with_inputs(case, one.lever.changed(end or 0.0)), month) for end in (one.near, one.far)
        )
        assert now * before > 0.0 > now * beyond, one.lever.name
        assert abs((one.far or 0.0) - (one.near or 0.0)) <= 0.02 * abs(one.at - one.lever.value), (
            one.lever.name
        )


def test_the_month_nearest_to_turning_is_followed_or_the_one_that_is_named(
    drawn: tuple[Case, CargoChanges],
) -> None:
    case, found = drawn
    assert abs(found.lift.headroom) == min(abs(one.headroom) for one in found.lifts)
    other = next(name for name in NAMES if name != found.lift.question.name)
    (first, *_) = cargo_changes(case, "black", other, jobs=1)
    assert [one.question.name for one in first.lifts] == [other]
    same = next(one for one in found.lifts if one.question.name == other)
    assert first.lift.break_even == pytest.approx(same.break_even, abs=1e-3)


def by_hand() -> Case:
    """One ship of 100 t or none, bought at 10 and sold at 12 with 150 of freight: it earns 50."""
    return tiny(
        periods=MONTHS[:1],
        offers=rows("offer stream price", "sea wheat 10"),
        cargoes=rows("cargo offer min_ships max_ships max_lot days", "ship sea 0 1 100 1"),
        cargo_costs=rows("cargo item cost per status low high", "ship freight 150 ship assumed 100 300"),
        sales=rows("sale stream max price", "s wheat 500 12"),
    )


def test_values_by_hand() -> None:
    found = last(by_hand(), "sea")
    assert (found.lift.word, found.lift.headroom) == ("lift", pytest.approx(0.5))
    told = {one.lever.name: one for one in found.crossings}
    assert set(told) == {
        "cargo_costs ship freight cost",
        "sales s price",
        "cargoes ship max_lot",
    }
    freight = told["cargo_costs ship freight cost"]
    assert (freight.at, freight.in_range, freight.lever.uom) == (
        pytest.approx(200.0, rel=1e-3),
        True,
        "USD/ship",
    )
    assert told["sales s price"].at == pytest.approx(11.5, rel=1e-3)
    assert found.crossings[0] is freight


def two_ways() -> Case:
    """As by hand, and a dearer wheat overland: 8 in place of 11, 100 t of it, would put the ship out."""
    return (
        by_hand()
        .with_table(
            "offers",
            rows("offer stream price max", "sea wheat 10 .", "road wheat 11 500"),
        )
        .with_table("sales", rows("sale stream max price", "s wheat 100 12"))
    )


def test_thorough_plans_anew_what_ships_as_found_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways to the same answer: with the ships as found, and where these are kept from showing anything."""
    plain = last(two_ways(), "sea")
    told = {one.lever.name: one.at for one in plain.crossings}
    # Sea earns 50 in all; by road 100 t earn 100.
    assert plain.lift.word == "leave"
    assert told["offers road price"] == pytest.approx(11.5, rel=1e-3)
    monkeypatch.setattr(module, "as_found", lambda _: [])
    blind = last(two_ways(), "sea")
    assert (blind.crossings, blind.thorough) == ((), False)
    seen = last(two_ways(), "sea", thorough=True)
    assert seen.thorough
    found = {one.lever.name: one.at for one in seen.crossings}
    assert found["offers road price"] == pytest.approx(told["offers road price"], rel=1e-3)


def test_rows_of_several_months_move_in_step_and_the_own_price_is_told_by_the_break_even() -> None:
    case = wheat(1)
    every = in_step(case, levers(build_plan(case), "black"), "2023-05")
    named = {one.name: one for one in every}
    sold = named["sales s price, all months"]
    assert len(sold.others) == 2
    assert [value / one.value for one, value in sold.changed(1.1 * sold.value).items()] == pytest.approx(
        [1.1] * 3
    )
    own = [one for one in every if one.kind == "own price"]
    assert len(own) == 1
    assert len(own[0].others) == 1
    assert own[0].name.endswith("other months")


def test_in_step_the_range_is_that_of_every_month() -> None:
    case = wheat(1)
    sold = next(
        one
        for one in in_step(case, levers(build_plan(case), "black"), "2023-05")
        if one.name.startswith("sales s price")
    )
    tight = min(one.high / one.value for one in (*sold.others, sold.cell) if one is not None)
    assert sold.within(sold.value * (tight - 1e-6)) is True
    assert sold.within(sold.value * (tight + 1e-6)) is False
    assert Lever("price", "x", 1.0, "", None, None, None).within(2.0) is None
    assert Lever("cut", "x", 1.0, "wt%", None, None, None).changed(2.0) == {}


def test_known_so_far_comes_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops the search has every step before."""
    monkeypatch.setattr(module, "TOGETHER", 2)
    steps = list(cargo_changes(by_hand(), "sea", jobs=1))
    assert steps[0].followed == 0
    assert [one.followed for one in steps] == sorted(one.followed for one in steps)
    assert [one.complete for one in steps[:-1]] == [False] * (len(steps) - 1)
    assert len({len(one.crossings) for one in steps}) > 1


def test_whole_lots_without_ships_are_asked_by_the_lot() -> None:
    """A lot of 50 t at 8 sells at 10 for 100 t; what another offer brings at 9.5 a tonne pays less."""
    case = tiny(
        periods=periods(P1=30),
        offers=rows("offer stream price lot_size max", "lots grain 8 50 200", "free grain 9.5 . 40"),
        sales=rows("sale stream max price", "s grain 100 10"),
    )
    found = last(case, "lots")
    assert (found.lift.question.kind, found.lift.question.volume) == ("volume", 50.0)
    assert found.lift.word == "lift"
    with pytest.raises(DataError, match="--parcel"):
        last(case, "free")
    assert last(case, "free", volumes=[20.0]).lift.question.volume == 20.0


def test_what_cannot_be_asked_is_told() -> None:
    with pytest.raises(DataError) as caught:
        last(wheat(1), "black", month="2023-4")
    assert 'Closest name: "2023-04"' in findings(caught.value)
    with pytest.raises(DataError) as caught:
        last(wheat(1), "blak")
    assert 'Closest name: "black"' in findings(caught.value)
    assert values(solved(wheat(1)), "cargo_ships")
