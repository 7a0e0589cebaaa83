"""Rules in the plan: offers and sales off and on by the day, caps on prices, unknown verdicts, changes in a period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from law_cases import AUGUST_TO_OCTOBER, EXPORT, SHADOW, WEST, export, two_ways

from netback.case.case import Case
from netback.errors import DataError, ModelError
from netback.io.folder import read_case
from netback.planning.checks import require_sound
from netback.planning.model import Model, build_plan
from netback.planning.phrases import failure_findings
from netback.planning.solve import Plan, plan
from netback.planning.trade_law import RuleEffect, break_days, without_rules
from netback.regimes.question import Question
from netback.regimes.register import Register
from netback.regimes.verdict import judge


def bought(solved: Plan) -> dict[tuple[str, str], float]:
    block = solved.model.build.blocks["purchase"]
    return {
        (tranche.offer, period): round(float(solved.x[block.ids[position, k]]), 6)
        for position, tranche in enumerate(solved.model.tranches)
        for k, period in enumerate(solved.model.build.periods)
    }


def effects(model: Model, name: str) -> list[RuleEffect]:
    return [effect for effect in model.rule_effects if effect.name == name]


def shares(case: Case, name: str) -> list[float]:
    return [effect.share for effect in effects(build_plan(case), name)]


def test_without_terms_nothing_changes() -> None:
    solved = plan(two_ways())
    assert solved.model.rule_effects == ()
    assert bought(solved)["urals_west", "2023-08"] == 500.0  # 80 + 5 + 8 is dearer than 80 + 11
    assert not solved.model.build.remarks


def test_the_flagship_without_terms_builds_the_same_program() -> None:
    case = read_case("karachi_2023_september")
    assert not case["trade_terms"].records
    assert build_plan(case).rule_effects == ()


def test_western_cover_above_the_cap_is_off_and_the_shadow_is_on() -> None:
    solved = plan(two_ways(WEST, SHADOW))
    found = bought(solved)
    assert [found["urals_west", month] for month in ("2023-08", "2023-09")] == [0.0, 0.0]
    assert [found["urals_shadow", month] for month in ("2023-08", "2023-09")] == [1000.0, 1000.0]
    # Worked by hand: two months of 1,000 bbl at 100 less 80 and 11.
    assert solved.certificate.value == pytest.approx(2 * 1000 * (100 - 80 - 11))
    (first, second) = effects(solved.model, "urals_west")
    assert first.rules == ("eu_cap_crude_60", "uk_cap_crude_60")  # flag of the EU, insurer of the UK
    assert second.is_cut
    assert not any(effect.is_cut for effect in effects(solved.model, "urals_shadow"))


def test_western_cover_within_the_cap_is_on() -> None:
    assert shares(two_ways(WEST, SHADOW, price=60.0), "urals_west") == [1.0, 1.0]
    assert shares(two_ways(WEST, SHADOW, price=60.01), "urals_west") == [0.0, 0.0]


def test_only_the_authorities_that_bind_are_asked() -> None:
    assert shares(two_ways({**WEST, "bound_by": "Pakistan"}), "urals_west") == [1.0, 1.0]
    assert shares(two_ways({**WEST, "bound_by": "Pakistan;UK"}), "urals_west") == [0.0, 0.0]
    assert shares(two_ways({**SHADOW, "flag": None, "insurer": None}), "urals_shadow") == [0.0, 0.0]


def test_at_the_cap_the_price_falls_with_its_shares_and_the_offer_stays() -> None:
    model = build_plan(two_ways({**WEST, "above_cap": "at_cap"}, SHADOW))
    tranche = next(one for one in model.tranches if one.offer == "urals_west")
    assert tranche.price.tolist() == [60.0, 60.0]
    assert tranche.items["insurance"].tolist() == [6.0, 6.0]  # ten per cent of the lowered price
    assert tranche.items["freight"].tolist() == [5.0, 5.0]
    assert tranche.delivered.tolist() == [71.0, 71.0]
    assert [effect.price_before for effect in effects(model, "urals_west")] == [80.0, 80.0]


def test_at_the_cap_leaves_a_price_within_it_alone() -> None:
    model = build_plan(two_ways({**WEST, "above_cap": "at_cap"}, price=55.0))
    assert next(one for one in model.tranches if one.offer == "urals_west").price.tolist() == [55.0, 55.0]


def test_at_the_cap_does_not_help_against_a_ban() -> None:
    terms = {**WEST, "destination": "Germany", "above_cap": "at_cap"}
    assert shares(two_ways(terms), "urals_west") == [0.0, 0.0]


def test_a_price_per_tonne_is_compared_by_the_density_of_the_stream() -> None:
    def case(price: float) -> Case:
        offers = [{"offer": "urals_west", "stream": "urals", "max": 100, "price": price, "price_uom": "USD/t",
                   "price_basis": "fob"}]  # fmt: skip
        return two_ways(
            WEST, offers=offers, offer_costs=[], streams=[{"stream": "urals", "kind": "crude", "uom": "t"}],
            stream_properties=[{"stream": "urals", "property": "density_t_per_m3", "value": 0.8625}],
        )  # fmt: skip

    # 60 USD/bbl x 6.28981 bbl/m3 / 0.8625 t/m3 = 437.55 USD/t
    assert shares(case(437.5), "urals_west") == [1.0, 1.0]
    assert shares(case(437.6), "urals_west") == [0.0, 0.0]


def test_a_delivered_price_above_a_fob_cap_is_not_sure() -> None:
    offer = {"offer": "urals_west", "stream": "urals", "max": 1000, "price_uom": "USD/bbl"}
    sure = two_ways(WEST, offers=[{**offer, "price": 59}], offer_costs=[])
    unsure = two_ways(WEST, offers=[{**offer, "price": 65}], offer_costs=[])
    assert shares(sure, "urals_west") == [1.0, 1.0]
    assert shares(unsure, "urals_west") == [0.0, 0.0]
    assert effects(build_plan(unsure), "urals_west")[0].is_unsure


def test_a_ban_of_exports_by_day_of_the_period() -> None:
    assert shares(export(EXPORT), "export") == [1.0, 0.0, 0.0]  # from 21 September, every day is asked
    solved = plan(export(EXPORT))
    sales = solved.model.build.blocks["sale"]
    assert solved.x[sales.ids[0]].round(6).tolist() == [900.0, 0.0, 0.0]
    # Worked by hand: 900 x 300 + 100 x 100 in August, 1,000 x 100 after.
    assert solved.certificate.value == pytest.approx(900 * 300 + 100 * 100 + 2 * 1000 * 100)


@pytest.mark.parametrize(
    ("how", "share"), [("every_day", 0.0), ("any_day", 1.0), ("share_of_days", 20.0 / 30.0)]
)
def test_a_rule_that_changes_within_a_period(how: str, share: float) -> None:
    model = build_plan(export({**EXPORT, "within_period": how}))
    found = effects(model, "export")
    assert [effect.share for effect in found] == pytest.approx([1.0, share, 0.0])
    assert [part.first for part in found[1].stretches if not part.on][:1] == [date(2023, 9, 21)]
    told = [remark.what for remark in model.build.remarks]
    assert any("the law on export in 2023-09 changes on 2023-09-21" in what for what in told)
    tier = next(one for one in model.tiers if one.sale == "export")
    assert tier.upper.tolist() == pytest.approx([900.0, 900.0 * share, 0.0])


def test_rules_are_asked_for_the_day_of_loading() -> None:
    assert shares(export({**EXPORT, "lead_days": 31}), "export") == [1.0, 1.0, 0.0]


def test_a_cargo_at_sea_under_the_licence_of_march_2026() -> None:
    months = [
        {"period": "first", "start": "2026-03-01", "days": 11},
        {"period": "licence", "start": "2026-03-12", "days": 31},
        {"period": "after", "start": "2026-04-12", "days": 19},
    ]
    terms = {**SHADOW, "seller": "Rosneft", "bound_by": "US"}
    at_sea = two_ways({**terms, "loaded_on": "2026-03-10"}, price=55.0, periods=months)
    too_late = two_ways({**terms, "loaded_on": "2026-03-13"}, price=55.0, periods=months)
    untold = two_ways(terms, price=55.0, periods=months)
    assert shares(at_sea, "urals_shadow") == [0.0, 1.0, 0.0]  # what came after is not verified, so not traded
    assert shares(too_late, "urals_shadow") == [0.0, 0.0, 0.0]
    assert shares(untold, "urals_shadow") == [0.0, 0.0, 0.0]  # loaded on the day that is asked for


def test_a_least_sale_that_the_law_forbids_is_cut_and_told() -> None:
    model = build_plan(export(EXPORT, least=100))
    assert next(one for one in model.tiers if one.sale == "export").lower.tolist() == [100.0, 0.0, 0.0]
    assert any("the least sale of export in 2023-10 is cut to 0%" in r.what for r in model.build.remarks)


def test_a_least_purchase_that_the_law_forbids_is_cut_and_told() -> None:
    solved = plan(two_ways(WEST, least=10))
    assert bought(solved)["urals_west", "2023-08"] == 0.0
    assert any("the least purchase of urals_west in 2023-08" in r.what for r in solved.model.build.remarks)


FEBRUARY = [{"period": "2025-02", "start": "2025-02-01", "days": 28}]


@pytest.mark.parametrize(
    ("chosen", "share", "done"), [("forbidden", 0.0, "not traded"), ("allowed", 1.0, "traded")]
)
def test_an_unknown_verdict_is_decided_by_the_case_and_told(chosen: str, share: float, done: str) -> None:
    model = build_plan(export({**EXPORT, "when_unknown": chosen}, periods=FEBRUARY))
    (effect,) = effects(model, "export")
    assert effect.share == share
    assert effect.is_unsure
    (remark,) = [r for r in model.build.remarks if "when_unknown" in r.what]
    assert remark.where == "trade_terms.csv, row 2"
    assert f"export in 2025-02 is {done}, as when_unknown says. Russia: unknown" in remark.what


def test_a_conditional_verdict_is_decided_by_the_case_too() -> None:
    unsure = {**EXPORT, "seller": None}
    month = [{"period": "2024-12", "start": "2024-12-01", "days": 31}]
    assert shares(export(unsure, periods=month), "export") == [0.0]
    assert shares(export({**unsure, "when_unknown": "allowed"}, periods=month), "export") == [1.0]


def test_levies_are_added_where_the_terms_say_so() -> None:
    terms = {
        "terms": "home", "sale": "export", "goods": "furnace oil", "origin": "Pakistan",
        "destination": "Pakistan", "bound_by": "Pakistan",
    }  # fmt: skip
    month = [{"period": "2025-08", "start": "2025-08-01", "days": 31}]
    rates = [{"currency": "PKR", "rate": 280}]
    kept = build_plan(export(terms, periods=month, exchange_rates=rates))
    taken = build_plan(export({**terms, "levies": "added"}, periods=month, exchange_rates=rates))
    assert kept.tiers[0].items == ({},)
    assert {k: round(float(v[0]), 6) for k, v in taken.tiers[0].items[0].items()} == {
        "levy pk_petroleum_levy_fuel_oil": round(82077 / 280, 6),
        "levy pk_climate_levy_fuel_oil": round(2665 / 280, 6),
    }
    with pytest.raises(ModelError, match="no rate of PKR"):
        build_plan(export({**terms, "levies": "added"}, periods=month))


def test_a_levy_in_per_cent_falls_on_the_price_of_an_offer() -> None:
    terms = {**WEST, "goods": "diesel", "origin": "Kuwait", "levies": "added", "bound_by": "Pakistan"}
    model = build_plan(two_ways(terms, price=100.0))
    # Sure from 22 August, so ten days of 31; the days of the other reading are told and not counted.
    items = model.tranches[0].items
    assert items["levy pk_duty_diesel"].tolist() == pytest.approx([2.5 * 10 / 31, 2.5])
    assert items["levy pk_deemed_duty_diesel"].tolist() == pytest.approx([7.5 * 10 / 31, 7.5])
    assert any(
        "not counted, because not verified: pk_duty_diesel_august" in r.what for r in model.build.remarks
    )


def test_a_rule_of_the_case_binds_like_a_shipped_one() -> None:
    own = {
        "rule": "own", "title": "no Urals", "authority": "Pakistan", "effect": "forbids", "goods": "Urals",
        "start": "2023-09-01", "binds": "refiners", "citation": "made up",
    }  # fmt: skip
    assert shares(two_ways(SHADOW, rules=[own]), "urals_shadow") == [1.0, 0.0]


def test_one_row_asks_what_if_a_rule_ended_on_a_day() -> None:
    overrides = [
        {
            "scenario": "lifted",
            "table": "rules",
            "where": f"rule={rule}",
            "column": "end",
            "value": "2023-08-31",
        }
        for rule in ("eu_cap_crude_60", "uk_cap_crude_60")
    ]
    case = two_ways({**WEST, "flag": "UK"}, scenarios=[{"scenario": "lifted"}], overrides=overrides[1:])
    assert shares(case, "urals_west") == [0.0, 0.0]
    assert shares(case.in_scenario("lifted"), "urals_west") == [0.0, 1.0]
    both = two_ways(WEST, scenarios=[{"scenario": "lifted"}], overrides=overrides)
    assert shares(both.in_scenario("lifted"), "urals_west") == [0.0, 1.0]


def test_a_case_without_a_rule() -> None:
    case = without_rules(two_ways(WEST), "eu_cap_crude_60", "uk_cap_crude_60", "never_made")
    assert shares(case, "urals_west") == [1.0, 1.0]
    assert len(case["rules"]) == 2
    own = two_ways(WEST, rules=[r.with_(title="mine") for r in case["rules"].records])
    again = without_rules(own, "eu_cap_crude_60")["rules"].records
    assert [(r["title"], r["standing"]) for r in again] == [("mine", "withdrawn"), ("mine", "withdrawn")]


def test_periods_need_a_first_day() -> None:
    case = export(EXPORT, periods=[{"period": "P1", "days": 30}])
    with pytest.raises(ModelError, match="period P1 has no first day"):
        build_plan(case)
    with pytest.raises(DataError, match="rules are dated, and period P1 has no first day"):
        require_sound(case)


def test_terms_that_cannot_be_understood_are_told_with_their_row() -> None:
    with pytest.raises(ModelError) as caught:
        build_plan(two_ways({**WEST, "goods": "Uralz"}))
    (finding,) = caught.value.findings
    assert finding.where == "trade_terms.csv, row 2"
    assert 'Closest name: "Urals".' in finding.hint


def test_an_infeasible_plan_names_the_rules() -> None:
    case = two_ways(
        WEST, sales=[{"sale": "plant", "stream": "urals", "price": 100, "min": 1200, "max": 1500}]
    )
    solved = plan(case)
    assert not solved.solved
    told = str(failure_findings(solved.model, solved.certificate.word, ""))
    assert "urals_west" in told
    assert "cut by eu_cap_crude_60, uk_cap_crude_60" in told


def test_lots_and_tranches_of_a_forbidden_offer_buy_nothing() -> None:
    offer = {"offer": "urals_west", "stream": "urals", "price_uom": "USD/bbl", "price_basis": "fob"}
    offers = [
        {**offer, "tranche": 1, "max": 500, "lot_size": 250, "min_if_bought": 250, "price": 80},
        {**offer, "tranche": 2, "max": 500, "price": 79},
    ]
    free = plan(two_ways(offers=offers, offer_costs=[]))
    bound = plan(two_ways(WEST, offers=offers, offer_costs=[]))
    assert free.x[free.model.build.blocks["purchase"].ids].sum() == pytest.approx(2000.0)
    assert bound.x[bound.model.build.blocks["purchase"].ids].sum() == 0.0
    assert bound.certificate.word == "proven"


def test_days_on_which_anything_changes() -> None:
    days = break_days(Register.of())
    assert days == sorted(set(days))
    assert {date(2023, 9, 21), date(2023, 11, 17), date(2026, 3, 13)} <= set(days)


KARACHI: dict[str, Any] = {
    "terms": "urals", "offer": "urals_primorsk", "goods": "Urals", "origin": "Russia", "destination": "Pakistan",
    "seller": "Surgutneftegas", "lead_days": 35,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "share"),
    [
        ({"flag": "Greece", "insurer": "UK"}, 0.0),  # 80.01 USD/bbl fob, above 60
        ({"flag": "Gabon", "insurer": "Russia"}, 1.0),
        ({"bound_by": "Russia;Pakistan"}, 1.0),
    ],
)
def test_the_flagship_with_terms_for_its_urals(change: dict[str, Any], share: float) -> None:
    case = read_case("karachi_2023_september", "urals_half").with_table(
        "trade_terms", [{**KARACHI, **change}]
    )
    require_sound(case)
    assert shares(case, "urals_primorsk") == [share]


def test_months_of_the_horizon_in_tests_are_as_the_calendar_has_them() -> None:
    assert [row["days"] for row in AUGUST_TO_OCTOBER] == [31, 30, 31]


def test_shares_of_months_are_those_of_the_days_asked_one_by_one() -> None:
    """Three years of gasoline, month by month, against the verdict of every single day."""
    first, months = date(2023, 8, 1), []
    while first < date(2026, 9, 1):
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        months.append({"period": f"{first:%Y-%m}", "start": first, "days": (after - first).days})
        first = after
    terms = {**EXPORT, "seller": "reseller", "within_period": "share_of_days"}
    found = shares(export(terms, periods=months), "export")
    register = Register.of()
    for month, share in zip(months, found, strict=True):
        days = [month["start"] + timedelta(days=k) for k in range(month["days"])]
        asked = [
            Question("gasoline", "Russia", "Turkey", day, seller_kind="reseller", loaded_on=day)
            for day in days
        ]
        free = [judged(register, one) == "allowed" for one in asked]
        assert share == pytest.approx(sum(free) / len(free)), month


def judged(register: Register, question: Question) -> str:
    found = judge(register, question, "Russia")
    return "allowed" if found is None else found.word
