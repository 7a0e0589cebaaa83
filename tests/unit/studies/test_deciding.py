"""Assumptions: what moves together, what it does by hand, samples, and ships that stay as they were found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import netback.studies.deciding as module
from lifting_cases import NAMES, plant, wheat, with_price, with_ships
from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.studies.asked import Question
from netback.studies.deciding import (
    Assumption,
    Effect,
    answers,
    assumptions_of,
    effect_of,
    effects,
    first_anew,
    planned_anew,
    samples,
)
from netback.studies.lifting import lifting
from netback.studies.lifts import Lifting
from netback.studies.turning import assumption_named, crossing, told_row, turns
from netback.studies.uncertain import with_inputs
from tiny import margin


def named(case: Case, text: str) -> Assumption:
    (found,) = [one for one in assumptions_of(case) if text in one.name]
    return found


def test_rows_that_differ_only_in_their_month_move_together() -> None:
    case = read_case("karachi_2023")
    found = {one.name: one for one in assumptions_of(case)}
    oil = next(one for name, one in found.items() if name.startswith("sales furnace_oil_export"))
    assert len(oil.inputs) == 9
    assert (oil.column, oil.status) == ("price", "assumed")
    assert sum(len(one.inputs) for one in found.values()) == 244
    moved = oil.at(-0.5)
    assert all(value == pytest.approx(0.5 * (one.value + one.low)) for one, value in moved.items())
    assert "furnace oil export" in oil.label(case)
    assert oil.reach(case).endswith("%")
    tanks = named(case, "prl_crude_tanks")
    assert tanks.label(case) == "limits: crude tanks of PRL, max"
    assert tanks.reach(case) == "80,000 to 180,000 t"
    assert tanks.sources == ("CAR-015", "REF-011", "ENG")


def test_the_far_end_and_the_whole_range() -> None:
    one = named(wheat(), "offers black")
    assert (one.far, one.whole_of_far) == (1.0, pytest.approx(1.5))
    sales = named(wheat(), "sales s")
    assert (sales.far, sales.whole_of_far) == (1.0, pytest.approx(2.0))


def test_effects_by_hand_without_ships() -> None:
    found = lifting(plant(), "crude")
    (effect,) = effects(plant(), found)
    # The first tier of fuel at 40 to 60: at 40 the first barrel still fetches 40.
    assert effect.at_low == pytest.approx([38.0 / 1.01] * 2)
    assert effect.at_high == pytest.approx([58.0 / 1.01] * 2)
    assert effect.width == pytest.approx(20.0 / 1.01)
    assert effect.headrooms[1] == pytest.approx([lift.headroom for lift in found.lifts])
    assert not effect.anew


def with_item(case: Case, **item: object) -> Case:
    """The case with one uncertain item of an offer; an item of that name gives way."""
    kept = [dict(row) for row in case.table("offer_costs").records if row["item"] != item["item"]]
    return case.with_table("offer_costs", [*kept, {"status": "assumed", **item}])


def test_costs_of_the_offer_itself_swing_its_break_even() -> None:
    freight = with_item(plant(), offer="spot", item="freight", cost=5.0, low=3.0, high=8.0)
    effect = effect_of(freight, lifting(freight, "crude"), named(freight, "spot freight"))
    # The first barrel is worth 50 at the gate; insurance is 1 % of the price.
    assert effect.at_low == pytest.approx([47.0 / 1.01] * 2)
    assert effect.at_high == pytest.approx([42.0 / 1.01] * 2)
    insured = with_item(plant(), offer="spot", item="insurance", cost=1.0, cost_uom="%", low=0.5, high=4.0)
    effect = effect_of(insured, lifting(insured, "crude"), named(insured, "spot insurance"))
    assert effect.at_low == pytest.approx([48.0 / 1.005] * 2)
    assert effect.at_high == pytest.approx([48.0 / 1.04] * 2)
    assert effect.headrooms[2] == pytest.approx(effect.at_high - 30.0)


@pytest.mark.parametrize("seed", [1, 5])
def test_freight_of_one_month_swings_the_break_even_of_a_ship_by_its_whole_range(seed: int) -> None:
    month = NAMES[1]
    case = with_item(wheat(seed), offer="black", item="freight", period=month, cost=5.0, low=3.0, high=8.0)
    found = lifting(case, "black", jobs=1)
    effect = effect_of(case, found, named(case, "black freight"), jobs=1)
    (exact,) = planned_anew(case, found, [effect], jobs=1)
    place = [lift.question.name for lift in found.lifts].index(month)
    for made in (effect, exact):
        assert made.at_low[place] - made.at_high[place] == pytest.approx(5.0, abs=0.02)
        assert made.headrooms[0, place] - made.headrooms[2, place] == pytest.approx(5.0, abs=0.02)


@pytest.mark.parametrize("seed", [1, 5])
def test_ships_that_stay_answer_the_case_itself_as_it_was_answered(seed: int) -> None:
    case = wheat(seed)
    found = lifting(case, "black", jobs=1)
    (made,) = answers(case, found, [{}], jobs=1)
    assert made[0] == pytest.approx([lift.break_even for lift in found.lifts], abs=0.02)
    assert made[1] == pytest.approx([lift.headroom for lift in found.lifts], abs=0.02)


def test_ships_chosen_anew_are_plans_of_the_changed_case() -> None:
    case = wheat(1)
    found = lifting(case, "black", jobs=1)
    rough = effect_of(case, found, named(case, "sales s"), jobs=1)
    (exact,) = planned_anew(case, found, [rough], jobs=1)
    assert exact.anew
    moved = with_inputs(case, exact.assumption.at(1.0))
    for month, price in zip(NAMES, exact.at_high, strict=True):
        priced = with_price(moved, month, float(price))
        assert margin(with_ships(priced, month, 1)) == pytest.approx(
            margin(with_ships(priced, month, 0)), abs=0.5
        )


def test_the_first_are_planned_anew_until_the_order_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    case = wheat(1)
    found = lifting(case, "black", jobs=1)
    listed = effects(case, found, jobs=1)
    real = module.planned_anew

    def smaller(case: Case, lifting: Lifting, given: list[Effect], jobs: int | None) -> tuple[Effect, ...]:
        (one,) = real(case, lifting, given, jobs)
        # As if ships could answer nearly all of what the first one does.
        return (
            (replace(one, at_high=one.at_low + 1e-3),) if one.assumption == listed[0].assumption else (one,)
        )

    monkeypatch.setattr(module, "planned_anew", smaller)
    monkeypatch.setattr(module, "MOST_FIRST", 1)
    made = first_anew(case, found, listed, 1)
    assert made[0].anew
    assert made[0].assumption != listed[0].assumption
    assert [one.width for one in made] == sorted((one.width for one in made), reverse=True)
    assert sum(one.anew for one in made) == 2


def test_an_assumption_without_a_plan_at_one_end_is_not_a_number() -> None:
    case = wheat(2)
    sales = [r.with_(min=10.0) if r["period"] == "2023-06" else r for r in case.table("sales").records]
    stuck = case.with_table("sales", sales)
    found = lifting(stuck, "black", jobs=1)
    one = assumption_named(stuck, "inventories stream=wheat max")
    low = answers(stuck, found, [{one.inputs[0]: 0.0}], jobs=1)
    assert low.shape == (1, 2, 3)
    broken = Effect(one, np.full(3, np.nan), np.full(3, np.nan), np.full((3, 3), np.nan))
    assert broken.width == 0.0


def test_samples_lie_within_what_the_ranges_allow() -> None:
    found = lifting(plant(), "crude")
    seen: list[int] = []
    drawn = samples(plant(), found, 12, seed=3, watch=lambda done, _: seen.append(done))
    assert drawn.break_evens.shape == drawn.headrooms.shape == (12, 2)
    assert (drawn.break_evens >= 38.0 / 1.01 - 1e-6).all()
    assert (drawn.break_evens <= 58.0 / 1.01 + 1e-6).all()
    bands = drawn.percentiles()
    assert (np.diff(bands, axis=0) >= 0.0).all()
    assert drawn.pays() == pytest.approx([1.0, 1.0])
    assert (drawn.failed, drawn.assumptions, seen[-1]) == (0, 1, 12)
    again = samples(plant(), found, 12, seed=3)
    assert (again.break_evens == drawn.break_evens).all()


def test_samples_with_ships() -> None:
    case = wheat(4)
    found = lifting(case, "black", jobs=1)
    drawn = samples(case, found, 6, jobs=1)
    assert np.isfinite(drawn.headrooms).all()
    assert ((drawn.pays() >= 0.0) & (drawn.pays() <= 1.0)).all()


@pytest.mark.parametrize(
    ("headrooms", "part"),
    [
        ((2.0, 1.0, -1.0), 0.5),
        ((-3.0, 1.0, 2.0), -0.25),
        ((3.0, 1.0, 0.5), 2.0),
        ((1.5, 1.0, 0.9), None),
        ((1.0, 1.0, 1.0), None),
        ((-2.0, -1.0, 1.0), 0.5),
        ((0.5, -1.0, np.nan), -2.0 / 3.0),
        ((np.nan, np.nan, np.nan), None),
    ],
)
def test_where_straight_lines_meet_zero(headrooms: tuple[float, float, float], part: float | None) -> None:
    found = crossing(np.array(headrooms))
    assert found == (None if part is None else pytest.approx(part))


def test_a_turn_is_where_the_best_plan_changes() -> None:
    case = wheat(4)
    found = lifting(case, "black", jobs=1)
    (turn,) = turns(case, found, [effect_of(case, found, named(case, "sales s"), jobs=1)], jobs=1)
    assert turn.found
    assert turn.stated != turn.becomes
    words = []
    for beyond in (0.96, 1.04):
        moved = with_inputs(case, turn.assumption.at(turn.part * beyond))
        again = {lift.question.name: lift.word for lift in lifting(moved, "black", jobs=1).lifts}
        words.append(again[turn.period])
    assert words == [turn.stated, turn.becomes]
    assert turn.value == pytest.approx(turn.assumption.at(turn.part)[turn.row])
    assert turn.row.key.split()[-1] in (turn.period, "1", "s") or turn.period in turn.row.key


def test_no_turn_within_reach() -> None:
    found = lifting(plant(), "crude")
    (effect,) = effects(plant(), found)
    flat = Effect(effect.assumption, effect.at_low, effect.at_low, np.ones((3, 2)))
    (turn,) = turns(plant(), found, [flat])
    assert not turn.found
    assert not turn.is_within


def test_numbers_named_by_the_user() -> None:
    case = wheat()
    prices = assumption_named(case, "offers offer=black price")
    assert len(prices.inputs) == 3
    assert prices.inputs[0].low == 9.0
    tank = assumption_named(case, "inventories stream=wheat max")
    assert (tank.inputs[0].low, tank.inputs[0].high) == (pytest.approx(48.0), pytest.approx(72.0))
    assert told_row(prices, Question(1, "2023-05", "cargo")).key.split()[-2:] != []
    assert "2023-05" in told_row(prices, Question(1, "2023-05", "cargo")).key
    assert told_row(tank, Question(1, "2023-05", "cargo")) is tank.inputs[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("offers price", "names no number"),
        ("offer offer=black price", "offers"),
        ("offers offer=blak price", "blak"),
        ("offers offer=black prise", "pri"),
        ("offers offer=black max", "none states a number"),
    ],
)
def test_words_that_name_no_number(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as caught:
        assumption_named(wheat(), text)
    assert all(finding.where.startswith("--flip") for finding in caught.value.findings)
