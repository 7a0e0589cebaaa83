"""Rules on cargoes: ways, ships and services that may load on some days only, and what that is worth."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.checks import require_sound
from netback.planning.model import Model, build_plan
from netback.planning.rule_worth import rule_worths
from netback.planning.solve import Plan, plan
from netback.planning.trade_law import RuleEffect
from netback.supply.cargo_options import Slot
from tiny import tiny

#: A ban of Urals to Pakistan, of nothing else, made for these tests.
BAN: dict[str, Any] = {
    "rule": "ban", "title": "no Urals", "authority": "Pakistan", "effect": "forbids", "goods": "Urals",
    "origin": "Russia", "destination": "Pakistan", "binds": "refiners", "citation": "made up",
}  # fmt: skip
TERMS: dict[str, Any] = {
    "terms": "law", "cargo": "near", "goods": "Urals", "origin": "Russia", "destination": "Pakistan",
    "seller": "reseller", "flag": "Gabon", "insurer": "Russia", "bound_by": "Pakistan",
}  # fmt: skip


def shipped(*terms: dict[str, Any], rules: Any = (), days: int = 10, least: int = 0, **more: Any) -> Case:
    """100 t of Urals a ship, one a month at most by each of two ways, worth 100 USD/t, bought at 60, freight 5 or 9."""
    cargo = {"offer": "urals", "min_lot": 100, "max_lot": 100, "max_ships": 1, "days": days}
    tables: dict[str, Any] = {
        "periods": [
            {"period": "2023-08", "start": "2023-08-01", "days": 31},
            {"period": "2023-09", "start": "2023-09-01", "days": 30},
            {"period": "2023-10", "start": "2023-10-01", "days": 31},
        ],
        "streams": [{"stream": "urals", "kind": "crude", "uom": "t"}],
        "stream_properties": [{"stream": "urals", "property": "density_t_per_m3", "value": 0.87}],
        "offers": [
            {"offer": "urals", "stream": "urals", "price": 60, "price_uom": "USD/t", "price_basis": "fob"}
        ],
        "cargoes": [{"cargo": "near", "min_ships": least, **cargo}, {"cargo": "far", **cargo}],
        "cargo_costs": [
            {"cargo": "near", "item": "freight", "per": "quantity", "cost": 5, "cost_uom": "USD/t"},
            {"cargo": "far", "item": "freight", "per": "quantity", "cost": 9, "cost_uom": "USD/t"},
        ],
        "sales": [{"sale": "plant", "stream": "urals", "price": 100, "price_uom": "USD/t"}],
        "rules": list(rules),
        "trade_terms": list(terms),
    }
    return tiny("shipped", **{**tables, **more})


def slots(model: Model, name: str = "near") -> list[tuple[Slot, ...]]:
    (cargo,) = [one for one in model.cargoes.cargoes if one.name == name]
    return [loading.slots if loading is not None else () for loading in cargo.loadings]


def windows(model: Model, name: str = "near") -> list[list[tuple[date, date]]]:
    return [[(slot.first, slot.last) for slot in one] for one in slots(model, name)]


def effects(model: Model) -> list[RuleEffect]:
    return [effect for effect in model.rule_effects if effect.kind == "cargo"]


def margin(solved: Plan) -> float:
    assert solved.certificate.word == "proven"
    return float(solved.certificate.value)


def test_without_terms_the_case_plans_as_before() -> None:
    model = build_plan(shipped(rules=[BAN]))
    assert model.rule_effects == ()
    # August and September twice, October once each: 35 or 31 USD/t.
    assert margin(plan(shipped(rules=[BAN]))) == pytest.approx(3 * 100 * (35 + 31))


def test_a_rule_that_forbids_one_way_leaves_the_other() -> None:
    case = shipped(TERMS, rules=[BAN])
    require_sound(case)
    model = build_plan(case)
    assert slots(model) == [(), (), ()]
    assert all(slots(model, "far"))
    assert [(one.name, one.period, one.share) for one in effects(model)] == [
        ("near", period, 0.0) for period in range(3)
    ]
    assert margin(plan(case)) == pytest.approx(3 * 100 * 31)


def test_the_law_cuts_a_laycan_to_the_day() -> None:
    ban = {**BAN, "start": "2023-08-11", "end": "2023-09-14"}
    model = build_plan(shipped({**TERMS, "asked_on": "loading"}, rules=[ban]))
    found = windows(model)
    assert found[0][0][0] == date(2023, 8, 1)
    assert found[0][-1][1] == date(2023, 8, 10)
    assert found[1][0][0] == date(2023, 9, 15)
    assert found[1][-1][1] == date(2023, 9, 30)
    shares = [one.share for one in effects(model)]
    # Of October the ships that load by the 21st arrive within the horizon: all of these days are open.
    assert shares == [pytest.approx(10 / 31), pytest.approx(16 / 30), 1.0]


@pytest.mark.parametrize(
    ("asked_on", "first", "last"),
    [
        ("loading", None, date(2023, 8, 31)),  # in force from 1 September, asked for the day of loading
        ("arrival", None, date(2023, 8, 21)),  # ten days at sea: in by 31 August
        ("both", None, date(2023, 8, 21)),
    ],
)
def test_the_days_asked_for(asked_on: str, first: None, last: date) -> None:
    ban = {**BAN, "start": "2023-09-01"}
    found = windows(build_plan(shipped({**TERMS, "asked_on": asked_on}, rules=[ban])))
    assert found[0][-1][1] == last
    assert found[1:] == [[], []]


def test_boundary_days_of_a_ban() -> None:
    one_day = {**BAN, "start": "2023-09-10", "end": "2023-09-10"}
    found = windows(build_plan(shipped({**TERMS, "asked_on": "loading"}, rules=[one_day])))
    days = [day for span in found[1] for day in span]
    assert date(2023, 9, 9) in days
    assert date(2023, 9, 11) in days
    assert date(2023, 9, 10) not in days
    arriving = windows(build_plan(shipped({**TERMS, "asked_on": "arrival"}, rules=[one_day])))
    assert [span for span in arriving[0] if span[1] == date(2023, 8, 30)]  # arrives on the 9th
    assert [span for span in arriving[0] + arriving[1] if span[0] == date(2023, 9, 1)]  # and on the 11th


def test_arrival_dates_follow_the_first_day_that_is_left() -> None:
    ban = {**BAN, "start": "2023-08-01", "end": "2023-08-10"}
    model = build_plan(shipped({**TERMS, "asked_on": "loading"}, rules=[ban]))
    first = slots(model)[0][0]
    assert first.first == date(2023, 8, 11)
    assert first.dates == (date(2023, 8, 21),)
    assert first.periods == (0,)


def test_a_cargo_loaded_by_a_day_and_delivered_by_another() -> None:
    licence = {
        **BAN, "rule": "licence", "effect": "permits", "lifts": "ban", "loaded_by": "2023-08-12",
        "delivered_by": "2023-08-20", "unstated": "open",
    }  # fmt: skip
    found = windows(build_plan(shipped(TERMS, rules=[BAN, licence])))
    assert found == [
        [(date(2023, 8, 1), date(2023, 8, 10))],
        [],
        [],
    ]  # ten days at sea, delivered by the 20th
    quicker = windows(build_plan(shipped(TERMS, rules=[BAN, licence], days=3)))
    assert quicker[0][-1][1] == date(2023, 8, 12)  # now loading decides


def test_a_cap_switches_the_services_off_by_the_price_of_the_month() -> None:
    west = {**TERMS, "insurer": "UK", "bound_by": "UK"}
    prices = [
        {"offer": "urals", "stream": "urals", "period": period, "price": price, "price_uom": "USD/bbl",
         "price_basis": "fob"}
        for period, price in (("2023-08", 59.99), ("2023-09", 60.0), ("2023-10", 60.01))
    ]  # fmt: skip
    found = build_plan(
        shipped(west, offers=prices, sales=[{"sale": "plant", "stream": "urals", "price": 900}])
    )
    assert [bool(one) for one in slots(found)] == [True, True, False]
    assert effects(found)[2].rules == ("uk_cap_crude_60",)
    assert [one.is_cut for one in effects(found)] == [False, False, True]


def test_what_the_law_forbids_need_not_be_loaded_and_the_planner_is_told() -> None:
    model = build_plan(shipped(TERMS, rules=[BAN], least=1))
    told = [finding.what for finding in model.build.remarks if finding.where == "trade_terms.csv, row 2"]
    assert "near in 2023-08 cannot load as it must: the law is in the way." in told
    assert margin(plan(shipped(TERMS, rules=[BAN], least=1))) == pytest.approx(3 * 100 * 31)


def test_months_of_which_the_same_is_said_are_told_together() -> None:
    doubtful = {**BAN, "standing": "unverified"}
    for when_unknown, done in (("forbidden", "not traded"), ("allowed", "traded")):
        model = build_plan(shipped({**TERMS, "when_unknown": when_unknown}, rules=[doubtful]))
        (told,) = [finding.what for finding in model.build.remarks]
        assert told.startswith(f"near in 2023-08, 2023-09, 2023-10 is {done}, as when_unknown says.")
        assert bool(slots(model)[0]) == (when_unknown == "allowed")


def test_what_a_rule_on_a_way_is_worth() -> None:
    solved = plan(shipped(TERMS, rules=[BAN]))
    (one,) = rule_worths(solved)
    assert one.rules == ("ban",)
    assert one.worth == pytest.approx(3 * 100 * 35)
    assert one.more_bbl == pytest.approx(300 / 0.87 / 0.158987294928)
    assert one.worth_per_bbl == pytest.approx(35 * 0.87 * 0.158987294928)


def test_a_rule_whose_days_do_not_matter_is_worth_nothing() -> None:
    # Any day of the month will do, so ten days less change nothing: told, and worth 0.
    ban = {**BAN, "start": "2023-08-01", "end": "2023-08-10"}
    (one,) = rule_worths(plan(shipped({**TERMS, "asked_on": "loading"}, rules=[ban])))
    assert (one.rules, one.worth, one.binds) == (("ban",), 0.0, False)


def test_the_end_of_a_rule_is_a_scenario_of_one_row() -> None:
    ended = shipped({**TERMS, "asked_on": "loading"}, rules=[{**BAN, "end": "2023-08-31"}])
    assert margin(plan(ended)) == pytest.approx(100 * (35 + 31) * 3 - 100 * 35)


def test_offers_and_cargoes_may_both_have_terms() -> None:
    offer = {**TERMS, "terms": "on_offer", "offer": "urals", "cargo": None}
    far = {**TERMS, "terms": "on_far", "cargo": "far"}
    solved = plan(shipped(offer, TERMS, far, rules=[BAN]))
    assert margin(solved) == pytest.approx(0.0)
    assert {effect.kind for effect in solved.model.rule_effects} == {"offer", "cargo"}


@pytest.mark.parametrize("name", ["karachi_2023", "karachi_2023_year", "karachi_2023_three", "hormuz_2026"])
def test_every_russian_cargo_of_the_shipped_cases_has_terms(name: str) -> None:
    case = read_case(name)
    urals = {row["offer"] for row in case["offers"].records if "urals" in row["offer"]}
    russian = {row["cargo"] for row in case["cargoes"].records if row["offer"] in urals}
    assert russian
    assert russian == {row["cargo"] for row in case["trade_terms"].records}


def test_the_price_cap_binds_where_cover_is_british() -> None:
    model = build_plan(read_case("karachi_2023", "western_cover"))
    off = {(one.name, model.build.periods[one.period]) for one in effects(model) if one.share == 0.0}
    # Urals stood above 60 from July to November 2023 and at 59.41 in December.
    months = [f"2023-{month:02}" for month in (7, 8, 9, 10, 11)]
    # By Suez or the Cape a ship of November and December arrives after the horizon or is not on offer at all.
    assert {month for name, month in off if name == "urals_suez"} <= set(months)
    assert {month for name, month in off if name == "urals_black_sea"} == set(months)
    base = build_plan(read_case("karachi_2023"))
    assert not [one for one in effects(base) if one.is_cut]


def test_the_licence_of_march_gives_the_days_of_loading() -> None:
    model = build_plan(read_case("hormuz_2026"))
    for name in ("russia", "cnergyico_russia"):
        found = [span for one in windows(model, name) for span in one]
        assert (found[0][0], found[-1][1]) == (date(2026, 3, 1), date(2026, 3, 12))
        for one in slots(model, name)[0]:
            assert max(one.dates) <= date(2026, 4, 11)
    without = build_plan(read_case("hormuz_2026", "no_licence"))
    assert not [span for one in windows(without, "russia") for span in one]
