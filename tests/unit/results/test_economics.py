"""The margin adds up, item by item, to what was maximised, and the mass balance closes."""

from __future__ import annotations

import math

import pytest
from result_plants import full_plant, two_crudes

import planned
from netback.planning.solve import plan
from netback.results.economics import Economics, waterfall
from netback.results.solution import Solution, solution_of
from tiny import periods, rows, tiny

CASES = [
    ("pike_refinery", None, 701_823.4),
    ("pike_refinery", "octane_83", 708_164.28),
    ("williams_refinery", None, 211_365.13),
    ("williams_food_1", None, 107_842.59),
    ("williams_factory_1", None, 93_715.18),
    ("rtl_refinery", None, 1_545_161.29),
    ("winston_sunco", None, 287_750.0),
    ("palmer_fawley", None, 2_899_250.0),
    ("karachi_2023_september", None, None),
]


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-5)


@pytest.fixture(scope="module")
def full() -> Solution:
    return solution_of(plan(full_plant()))


@pytest.mark.parametrize(("name", "scenario", "printed"), CASES)
def test_items_add_up_to_the_proven_value(name: str, scenario: str | None, printed: float | None) -> None:
    solution = planned.solution(name, scenario)
    found, value = solution.economics, solution.certificate.value
    assert value is not None
    assert close(found.objective, value)
    assert close(math.fsum(amount for _, _, amount in found.items) - found.penalties, value)
    if printed is not None:
        assert found.margin == pytest.approx(printed, abs=max(1.0, 2e-6 * printed))
    level = solution["waterfall"].records()[-2]["level"]
    scale = found.crude or 1.0
    assert close(level * scale, found.margin)
    assert solution["waterfall"].records()[-1]["level"] == pytest.approx(found.margin / scale)


@pytest.mark.parametrize("name", ["karachi_2023_september", "palmer_fawley", "rtl_refinery"])
def test_the_mass_balance_of_shipped_cases_closes(name: str) -> None:
    for row in planned.solution(name)["mass_balance"].records():
        if row["unknown"] == "" and row["mass_in"]:
            assert abs(row["imbalance"]) <= 1e-6 * row["mass_in"], row


def test_every_kind_of_item_by_hand(full: Solution) -> None:
    barrel = 158.987294928e-3
    crude_t = sum(row["quantity"] for row in full["purchases"].where(offer="crude").records())
    crude_bbl = crude_t / 0.85 / barrel
    items = {(group, name): amount for group, name, amount in full.economics.items}
    assert crude_t == pytest.approx(180.0 * 30)
    assert items["purchases", "crude"] == pytest.approx(-60.0 * crude_bbl)
    assert items["purchase costs", "freight"] == pytest.approx(-2.0 * crude_bbl)
    assert items["purchase costs", "insurance"] == pytest.approx(-0.03 * 60.0 * crude_bbl)
    assert items["operating costs", "cdu"] == pytest.approx(-4.0 * crude_t - 0.25 * crude_bbl)
    assert items["purchases", "grid"] == pytest.approx(-100.0 * 0.02 * crude_t)
    other = sum(row["quantity"] for row in full["purchases"].where(offer="other").records())
    assert items["purchase costs", "duty"] == pytest.approx(-5.0 * other)
    light = sum(
        row["quantity"]
        for row in full["blends"].where(product="diesel").records()
        if row["component"].startswith("light")
    )
    assert items["operating costs", "blending diesel"] == pytest.approx(-0.5 * light - 1.5 * other)


def test_sales_and_their_costs_by_hand(full: Solution) -> None:
    items = {(group, name): amount for group, name, amount in full.economics.items}
    sold = {(r["sale"], r["period"]): r["quantity"] for r in full["sales"].records()}
    diesel = 700.0 * sold["diesel", "P1"] + 760.0 * sold["diesel", "P2"]
    assert items["sales", "diesel"] == pytest.approx(diesel)
    tonnes = sold["diesel", "P1"] + sold["diesel", "P2"]
    assert items["sale costs", "inland"] == pytest.approx(-6.0 * tonnes)
    assert items["sale costs", "tax"] == pytest.approx(-0.02 * items["sales", "petrol"])
    revenue = sum(row["revenue"] for row in full["sales"].records())
    assert revenue == pytest.approx(full.economics.total("sales") + full.economics.total("sale costs"))


def test_stocks_and_breakers_by_hand(full: Solution) -> None:
    kept = {row["period"]: row["quantity"] for row in full["stocks"].records()}
    items = {(group, name): amount for group, name, amount in full.economics.items}
    assert items["stocks", "holding cost"] == pytest.approx(-0.8 * (kept["P1"] + kept["P2"]))
    assert items["stocks", "closing value"] == pytest.approx(600.0 * kept["P2"])
    missed = [row["broken_by"] for row in full["limits"].where(kind="sale").records() if row["broken_by"]]
    assert full.economics.penalties == pytest.approx(500.0 * sum(missed))
    assert full.economics.penalties > 1.0
    objective = full["economics"].one(group="objective")
    assert objective["amount"] == pytest.approx(full.economics.objective)


def test_purchases_cost_what_the_items_say(full: Solution) -> None:
    paid = sum(row["cost"] for row in full["purchases"].records())
    assert -paid == pytest.approx(full.economics.total("purchases") + full.economics.total("purchase costs"))


def test_crude_run_is_told_in_barrels_where_densities_allow(full: Solution) -> None:
    assert full.economics.crude_uom == "bbl"
    assert full.economics.crude == pytest.approx(5400 / 0.85 / 0.158987294928)
    bare = solution_of(plan(two_crudes()))
    assert (bare.economics.crude, bare.economics.crude_uom) == (pytest.approx(100.0), "bbl")


def test_mass_balance_of_the_full_plant_closes_with_losses_and_stocks(full: Solution) -> None:
    table = full["mass_balance"]
    for row in table.records():
        assert abs(row["imbalance"]) < 1e-6, row
        assert row["unknown"] == ""
    assert table.one(period="P1", part="cdu")["loss"] == pytest.approx(18.0)
    assert table.one(period="P1", part="whole plant")["stock_change"] == pytest.approx(-150.0)


def test_a_missing_density_is_named_and_not_counted() -> None:
    case = tiny(
        flow_uom="bbl",
        streams=[{"stream": "a", "kind": "crude"}],
        offers=rows("offer stream max price", "a a 10 5"),
        yields=rows("unit feed product yield", "u a p 1"),
        sales=rows("sale stream price", "p p 9"),
    )
    row = solution_of(plan(case))["mass_balance"].one(part="whole plant")
    assert row["unknown"] == "a, p"
    assert row["mass_in"] == 0.0
    assert row["imbalance_pct"] is None


def test_a_table_that_does_not_close_is_shown_as_such() -> None:
    case = tiny(
        offers=rows("offer stream max price", "a a 10 5"),
        yields=rows("unit feed product yield", "u a p 0.9"),
        sales=rows("sale stream price", "p p 9"),
    )
    row = solution_of(plan(case))["mass_balance"].one(part="u")
    assert row["imbalance"] == pytest.approx(1.0)
    assert row["imbalance_pct"] == pytest.approx(10.0)


def test_waterfall_leaves_out_what_is_zero_and_ends_at_the_margin() -> None:
    found = Economics((("sales", "p", 30.0), ("sales", "q", 0.0), ("purchases", "c", -20.0)), 0.0, 4.0, "bbl")
    table = waterfall(found, "USD")
    assert [row["step"] for row in table.records()] == ["p", "c", "gross margin"]
    assert [row["level"] for row in table.records()] == [7.5, 2.5, 2.5]
    assert table.columns[2].uom == "USD/bbl"


def test_a_waterfall_without_crude_is_told_in_money() -> None:
    table = waterfall(Economics((("sales", "p", 30.0),), 0.0, 0.0, ""), "EUR")
    assert table.columns[2].uom == "EUR"
    assert table.records()[-1]["level"] == 30.0


def test_nothing_worth_doing_is_a_plan_of_nothing() -> None:
    case = tiny(
        periods=periods(P1=1, P2=2),
        offers=rows("offer stream max price", "a a 10 50"),
        sales=rows("sale stream price", "a a 9"),
    )
    solution = solution_of(plan(case))
    assert solution.economics.margin == 0.0
    assert solution["waterfall"].records()[-1]["level"] == 0.0
    assert {row["quantity"] for row in solution["purchases"].records()} == {0.0}
