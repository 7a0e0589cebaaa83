"""The split of two break-even prices: worked out by hand, additive to the cent, nothing against a twin."""

from __future__ import annotations

import numpy as np
import pytest
from two_crudes import lossy, sour_and_sweet, two_assays

from netback.case.case import Case
from netback.errors import DataError, ModelError
from netback.io.folder import read_case
from netback.studies import shapley
from netback.studies import split as module
from netback.studies.evaluate_tables import accounts_table, ladder_table, steps
from netback.studies.split import OTHER_CRUDES, REST, Split, split
from netback.studies.value import curve
from tiny import findings, rows


@pytest.fixture(scope="module")
def assays() -> Split:
    return split(two_assays(), "urals", "murban", 20_000.0, jobs=1)


def test_one_property_that_matters_by_hand() -> None:
    found = split(sour_and_sweet(), "sour", "sweet", 10.0, jobs=1)
    assert found.per == "t"
    assert (found.worth_crude, found.worth_reference) == pytest.approx((40.0, 50.0))
    (bar,) = found.bars
    assert bar.title == "sulphur"
    assert (bar.amount, bar.least, bar.greatest, bar.error) == pytest.approx((-10.0, -10.0, -10.0, 0.0))
    told = dict(zip(found.accounts, bar.accounts, strict=True))
    # One more tonne of gas oil is sold, and a tonne of cutter stock is bought to make it: the giveaway in reverse.
    assert told == pytest.approx({"gasoil": 50.0, OTHER_CRUDES: 0.0, REST: -60.0})
    assert found.method == "Shapley values, exact: all 2 combinations of 1 groups solved"


def test_break_even_prices_and_items_by_hand() -> None:
    found = split(sour_and_sweet(), "sour", "sweet", 10.0, jobs=1)
    price = (40.0 - 5.0) / 1.01
    assert found.break_even == pytest.approx(price)
    assert found.break_even_reference == pytest.approx(48.0)
    assert dict(found.items) == pytest.approx({"freight": -3.0, "insurance": -0.01 * price})
    total = sum(amount for *_, amount in steps(found))
    assert total == pytest.approx(found.break_even - found.break_even_reference, abs=1e-9)


def test_two_groups_by_hand() -> None:
    found = split(lossy(), "sour", "sweet", 10.0, jobs=1)
    told = {bar.group: bar for bar in found.bars}
    # Worth of a tonne: 50, with its own sulphur 40, with its own yields 45, with both 36.
    assert told["sulphur"].amount == pytest.approx(0.5 * ((40 - 50) + (36 - 45)))
    assert told["yields"].amount == pytest.approx(0.5 * ((45 - 50) + (36 - 40)))
    assert (told["sulphur"].least, told["sulphur"].greatest) == pytest.approx((-10.0, -9.0))
    assert found.worth_crude == pytest.approx(36.0)


def test_a_crude_the_other_way_round_has_the_opposite_bars() -> None:
    there, back = (split(lossy(), *names, 10.0, jobs=1) for names in (("sour", "sweet"), ("sweet", "sour")))
    assert {bar.group: bar.amount for bar in back.bars} == pytest.approx(
        {bar.group: -bar.amount for bar in there.bars}
    )


def test_terms_of_running_are_a_group() -> None:
    feeds = rows("unit feed cost", "still sweet 1", "still sour 4")
    found = split(sour_and_sweet(feeds=feeds), "sour", "sweet", 10.0, jobs=1)
    told = {bar.group: bar.amount for bar in found.bars}
    assert told == pytest.approx({"sulphur": -10.0, "handling": -3.0})


def test_additive_with_assays(assays: Split) -> None:
    assert len(assays.bars) >= 4
    gate = sum(bar.amount for bar in assays.bars)
    assert gate == pytest.approx(assays.worth_crude - assays.worth_reference, abs=1e-8)
    for bar in assays.bars:
        assert sum(bar.accounts) == pytest.approx(bar.amount, abs=1e-8)
        assert bar.least - 1e-9 <= bar.amount <= bar.greatest + 1e-9
    cents = shapley.in_cents(assays.break_even_reference, [amount for *_, amount in steps(assays)])
    shown = round(assays.break_even_reference, 2) + sum(cents)
    assert round(shown, 2) == round(assays.break_even, 2)
    assert assays.gap < 1e-6


def test_the_crude_is_worth_what_its_curve_says(assays: Split) -> None:
    case = two_assays()
    found = curve(case, "urals")
    volume = assays.barrels / found.per_volume
    point = next(p for p in curve(case, "urals", [volume]).points if p.volume == pytest.approx(volume))
    assert assays.worth_crude == pytest.approx(point.average)
    assert assays.break_even == pytest.approx(found.on_basis(point.average))


def test_the_reference_is_worth_what_a_crude_with_its_assay_is(assays: Split) -> None:
    case = two_assays()
    case = case.with_table(
        "crudes",
        [{**row, "assay": "murban"} if row["crude"] == "urals" else row for row in case["crudes"].records],
    )
    case = case.with_table("feeds", [row.with_(max_share=None) for row in case["feeds"].records])
    per = curve(case, "urals").per_volume
    point = curve(case, "urals", [assays.barrels / per]).points
    (found,) = [p for p in point if p.volume == pytest.approx(assays.barrels / per)]
    assert assays.worth_reference == pytest.approx(found.average)


def test_facts_stand_behind_the_bars(assays: Split) -> None:
    told = {bar.group: bar.fact for bar in assays.bars}
    light, density, residue = told["yield_light"], told["density"], assays.residue
    assert light is not None
    assert density is not None
    assert residue is not None
    assert light.reference > light.crude
    assert residue.reference < residue.crude
    assert (light.uom, residue.uom) == ("wt%", "wt%")
    assert 0.80 < density.reference < density.crude < 0.90


def twin() -> Case:
    """Two crudes that differ in nothing but their names."""
    case = two_assays()
    for table, column, value in (
        ("crudes", "assay", "urals"),
        ("feeds", "max_share", 0.9),
    ):
        key = "crude" if table == "crudes" else "feed"
        records = [row.with_(**{column: value}) if row[key] == "das" else row for row in case[table].records]
        case = case.with_table(table, records)
    costs = [row for row in case["offer_costs"].records if row["offer"] == "urals_spot"]
    return case.with_table(
        "offer_costs", [*case["offer_costs"].records, *(row.with_(offer="das_spot") for row in costs)]
    )


def test_against_a_twin_nothing_is_left() -> None:
    found = split(twin(), "urals", "das", 10_000.0, jobs=1)
    assert found.bars == ()
    assert found.worth_crude == pytest.approx(found.worth_reference, abs=1e-12)
    assert found.break_even == pytest.approx(found.break_even_reference, abs=1e-12)
    assert [round(amount, 12) + 0.0 for _, amount in found.items] == [0.0, 0.0]


def test_plans_made_in_parts_are_the_same(assays: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TOGETHER", 7)
    watched: list[tuple[int, int]] = []
    again = split(two_assays(), "urals", "murban", 20_000.0, jobs=1, watch=lambda *n: watched.append(n))
    assert again == assays
    assert watched[-1] == (assays.plans, assays.plans)


def test_many_groups_are_drawn_and_still_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "EXACT", 1)
    monkeypatch.setattr(shapley, "ORDERS", 4)
    found = split(lossy(), "sour", "sweet", 10.0, jobs=1)
    assert sum(bar.amount for bar in found.bars) == pytest.approx(-14.0)
    assert "over 4 orders" in found.method


def test_karachi_as_the_manual_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapley, "EXACT", 1)
    monkeypatch.setattr(shapley, "ORDERS", 4)
    case = read_case("karachi_2023_september")
    barrels = 40_000.0 * curve(case, "urals").per_volume
    found = split(case, "urals", "murban", barrels, jobs=1)
    assert (round(found.break_even, 2), round(found.break_even_reference, 2)) == (77.26, 96.28)
    assert {name: round(amount, 2) for name, amount in found.items} == {
        "freight": -9.96,
        "insurance": -0.29,
        "lightering": -2.5,
    }
    told = {bar.group: bar for bar in found.bars}
    assert len(told) == 8
    # Within what any order adds, and nothing for what the limits leave room for.
    assert -4.57 <= told["viscosity"].amount <= -2.84
    assert 4.18 <= told["density"].amount <= 4.62
    assert told["sulphur"].amount == pytest.approx(0.0, abs=1e-6)
    assert sum(bar.amount for bar in found.bars) == pytest.approx(-6.27, abs=5e-3)
    curve_says = curve(case, "urals", [40_000.0])
    (point,) = [p for p in curve_says.points if p.volume == 40_000.0]
    assert found.worth_crude == pytest.approx(point.average)


def test_tables(assays: Split) -> None:
    ladder = ladder_table(assays, "USD")
    levels = ladder.column("level")
    assert levels[0] == pytest.approx(assays.break_even_reference)
    assert levels[-2] == pytest.approx(levels[-1], abs=1e-9)
    assert np.diff(levels[:-1]) == pytest.approx(ladder.column("amount")[1:-1])
    accounts = accounts_table(assays, "USD")
    for row in accounts.rows:
        assert row[1] == pytest.approx(sum(row[2:]))
    assert accounts.rows[-1][1] == pytest.approx(assays.worth_crude - assays.worth_reference)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("sour", "sour_spot"), "are the same crude"),
        (("sowr", "sweet"), 'Closest name: "sour"'),
        (("sour", "sweat"), 'Closest name: "sweet"'),
    ],
)
def test_names_that_make_no_pair(names: tuple[str, str], told: str) -> None:
    with pytest.raises(DataError, match=told):
        split(sour_and_sweet(), *names, 10.0, jobs=1)


def test_too_much_is_told_with_what_was_exchanged() -> None:
    with pytest.raises(DataError) as caught:
        split(sour_and_sweet(), "sour", "sweet", 500.0, jobs=1)
    assert "a crude like sweet: the plant cannot take 500" in findings(caught.value)


def test_a_quality_that_is_not_known_is_a_finding() -> None:
    known = rows("stream property value", "sweet sulfur_wt_pct 1", "cutter sulfur_wt_pct 0")
    with pytest.raises(ModelError) as caught:
        split(sour_and_sweet(stream_properties=known), "sour", "sweet", 10.0, jobs=1)
    assert "sulfur_wt_pct of the feed" in findings(caught.value)


def test_a_crude_in_stock_or_described_otherwise_is_refused() -> None:
    stock = rows("stream quantity", "sour 5")
    inventories = rows("stream max", "sour 10")
    with pytest.raises(DataError, match="lies in stock"):
        split(sour_and_sweet(opening_stocks=stock, inventories=inventories), "sour", "sweet", 1.0, jobs=1)
    with pytest.raises(DataError, match='"sweet" has no assay'):
        split(sour_and_sweet(crudes=rows("crude assay", "sour urals")), "sour", "sweet", 1.0, jobs=1)


def test_a_crude_that_must_be_bought_has_no_worth_against_none() -> None:
    limits = {
        "limits": rows("limit min uom", "contract 5 t"),
        "limit_terms": rows("limit activity item", "contract purchase sour"),
    }
    with pytest.raises(DataError, match="without any sour there is no plan"):
        split(sour_and_sweet(**limits), "sour", "sweet", 10.0, jobs=1)


def test_several_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TOGETHER", 2)
    alone, together = (split(lossy(), "sour", "sweet", 10.0, jobs=jobs) for jobs in (1, 2))
    assert alone == together


def test_over_several_periods_items_are_those_of_the_first() -> None:
    case = sour_and_sweet(
        periods=[{"period": "P1", "days": 30}, {"period": "P2", "days": 30}],
        offer_costs=rows(
            "offer item period cost",
            "sour_spot freight P1 5",
            "sour_spot freight P2 7",
            "sweet_spot freight . 2",
        ),
    )
    found = split(case, "sour", "sweet", 20.0, jobs=1)
    assert found.worth_crude - found.worth_reference == pytest.approx(-10.0)
    assert dict(found.items) == pytest.approx({"freight": -3.0})


def test_a_limit_by_name_is_a_term_of_running() -> None:
    limits = {
        "limits": rows("limit max uom breaker_cost", "sour_max 4 t 6"),
        "limit_terms": rows("limit activity item", "sour_max purchase sour"),
    }
    found = split(sour_and_sweet(**limits), "sour", "sweet", 10.0, jobs=1)
    told = {bar.group: bar.amount for bar in found.bars}
    # Six of the ten tonnes break it, at 6 each.
    assert told == pytest.approx({"sulphur": -10.0, "handling": -3.6})


def test_qualities_that_no_limit_asks_for_make_no_difference() -> None:
    found = split(sour_and_sweet(specs=[]), "sour", "sweet", 10.0, jobs=1)
    assert [(bar.least, bar.greatest) for bar in found.bars] == [(0.0, 0.0)]
    assert {"density", "viscosity"} <= set(found.same)
    assert found.worth_crude == pytest.approx(found.worth_reference)


def test_a_limit_with_room_is_felt_and_worth_nothing() -> None:
    wide = rows("product property max", "gasoil sulfur_wt_pct 3")
    (bar,) = split(sour_and_sweet(specs=wide), "sour", "sweet", 10.0, jobs=1).bars
    assert (bar.group, bar.amount, bar.least, bar.greatest) == (
        "sulphur", pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9)
    )  # fmt: skip


@pytest.mark.parametrize("barrels", [1.0, 10.0, 45.0])
def test_one_property_at_any_volume_by_hand(barrels: float) -> None:
    found = split(sour_and_sweet(), "sour", "sweet", barrels, jobs=1)
    assert found.barrels == barrels
    # The slate beside it is 30 t of sweet crude bought below its worth, in a still of 100 t.
    assert found.worth_crude == pytest.approx(40.0)
    assert sum(bar.amount for bar in found.bars) == pytest.approx(-10.0)


def test_crudes_that_are_priced_in_different_uom_are_refused() -> None:
    known = rows(
        "stream property value",
        "sweet sulfur_wt_pct 1", "sour sulfur_wt_pct 2", "cutter sulfur_wt_pct 0", "sour density_t_per_m3 0.9",
    )  # fmt: skip
    with pytest.raises(DataError, match="Give both a density"):
        split(sour_and_sweet(stream_properties=known), "sour", "sweet", 10.0, jobs=1)
