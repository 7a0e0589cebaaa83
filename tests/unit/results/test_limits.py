"""Marginal values against plans solved again with the limit moved: sign and size; quality against hand blending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from result_plants import full_plant, two_crudes

from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.results.limit_reason import limit_reasons
from netback.results.limits import binding_first
from netback.results.solution import Solution, solution_of
from tiny import margin, periods, rows, tiny


def moved(case: Case, table: str, where: Mapping[str, Any], column: str, change: float) -> Case:
    """The case with a number of the one matching row moved."""
    hits = [r for r in case[table].records if all(r[name] == value for name, value in where.items())]
    assert len(hits) == 1, (table, where, len(hits))
    changed = [r.with_(**{column: r[column] + change}) if r is hits[0] else r for r in case[table].records]
    return case.with_table(table, changed)


def slope(case: Case, table: str, where: Mapping[str, Any], column: str, step: float) -> float:
    """Central difference of the margin over a number of the case."""
    up, down = (margin(moved(case, table, where, column, sign * step)) for sign in (1.0, -1.0))
    return (up - down) / (2.0 * step)


def solution(case: Case) -> Solution:
    return solution_of(plan(case))


LIMITS = [
    ("capacities", {"unit": "cdu"}, "max", 1.0, "P1", "capacity", "cdu", 2),
    ("sales", {"sale": "diesel", "period": "P1"}, "max", 0.5, "P1", "sale", "diesel", 1),
    ("sales", {"sale": "diesel", "period": "P2"}, "max", 0.5, "P2", "sale", "diesel", 1),
    ("sales", {"sale": "petrol"}, "min", 1.0, "P1", "sale", "petrol", 2),
    ("offers", {"offer": "other"}, "max", 0.5, "P1", "offer", "other", 0),
]


@pytest.mark.parametrize(("table", "where", "column", "step", "period", "kind", "limit", "kept"), LIMITS)
def test_a_limit_is_worth_what_moving_it_brings(
    table: str, where: dict[str, Any], column: str, step: float, period: str, kind: str, limit: str, kept: int
) -> None:
    case = full_plant()
    found = solution(case)["limits"].where(kind=kind, limit=limit).records()
    told = {row["period"]: row["marginal_value"] for row in found}
    assert all(row["binding"] for row in found)
    if kept == 1:
        expected = told[period]
    elif kept == 2:
        expected = sum(told.values())
    else:
        # The offer is stated as a rate; its limit is told as an amount of the period.
        expected = 10.0 * told["P1"] + 20.0 * told["P2"]
    assert slope(case, table, where, column, step) == pytest.approx(expected, rel=1e-6)


def test_slack_limits_are_worth_nothing_and_show_their_slack() -> None:
    row = solution(two_crudes())["limits"].one(kind="sale", limit="heavy")
    assert (row["value"], row["max"], row["slack"]) == (30.0, 40.0, 10.0)
    assert (row["binding"], row["marginal_value"], row["broken_by"]) == (False, 0.0, None)


def test_limits_without_a_uom_are_told_in_that_of_the_feed() -> None:
    assert solution(two_crudes())["limits"].one(kind="capacity")["uom"] == "bbl"


def test_a_minimum_that_costs_is_worth_less_than_nothing() -> None:
    case = two_crudes(
        capacities=rows("unit min max", "cdu 10 100"),
        sales=rows("sale stream price", "light light 8", "heavy heavy 4"),
    )
    row = solution(case)["limits"].one(kind="capacity")
    assert (row["value"], row["min"], row["binding"]) == (10.0, 10.0, True)
    assert row["marginal_value"] == pytest.approx(slope(case, "capacities", {"unit": "cdu"}, "min", 1.0))
    assert row["marginal_value"] < 0.0


def test_a_minimum_sale_is_told_with_its_sign() -> None:
    case = two_crudes(sales=rows("sale stream price min", "light light 80 .", "heavy heavy 10 45"))
    row = solution(case)["limits"].one(kind="sale", limit="heavy")
    assert row["binding"]
    expected = slope(case, "sales", {"sale": "heavy"}, "min", 0.5)
    assert expected < 0.0
    assert row["marginal_value"] == pytest.approx(expected)


def shares(side: str, value: float) -> Case:
    price_a, price_b = (60.0, 40.0) if side == "max" else (40.0, 60.0)
    return two_crudes(
        price_a,
        price_b,
        sales=rows("sale stream price", "light light 80", "heavy heavy 75"),
        feeds=[{"unit": "cdu", "feed": "a"}, {"unit": "cdu", "feed": "b", f"{side}_share": value}],
    )


@pytest.mark.parametrize("side", ["max", "min"])
def test_a_share_of_feed_is_worth_what_a_point_more_brings(side: str) -> None:
    case = shares(side, 0.3)
    kind = f"{'greatest' if side == 'max' else 'least'} share of feed"
    row = solution(case)["limits"].one(kind=kind)
    assert (row["limit"], row["uom"], row["binding"]) == ("b in cdu", "%", True)
    assert row["value"] == pytest.approx(30.0)
    assert row[side] == pytest.approx(30.0)
    per_point = slope(case, "feeds", {"feed": "b"}, f"{side}_share", 0.01) / 100.0
    assert row["marginal_value"] == pytest.approx(per_point)
    assert (per_point > 0.0) == (side == "max")


def test_a_share_of_feed_by_mass_counts_mass() -> None:
    case = shares("max", 0.3)
    densities = rows("stream property value", "a density_t_per_m3 0.8", "b density_t_per_m3 0.9")
    heavier = case.with_table(
        "feeds", [r.with_(basis="mass") if r["max_share"] else r for r in case["feeds"].records]
    )
    heavier = heavier.with_table("stream_properties", densities)
    row = solution(heavier)["limits"].one(kind="greatest share of feed")
    runs = {r["feed"]: r for r in solution(heavier)["unit_runs"].records()}
    assert row["value"] == pytest.approx(30.0)
    assert runs["b"]["mass"] / (runs["a"]["mass"] + runs["b"]["mass"]) == pytest.approx(0.3)
    per_point = slope(heavier, "feeds", {"feed": "b"}, "max_share", 0.01) / 100.0
    assert row["marginal_value"] == pytest.approx(per_point, rel=1e-3)


def test_a_broken_share_is_shown_as_it_is() -> None:
    case = shares("max", 0.3)
    case = case.with_table(
        "feeds", [r.with_(breaker_cost=1.0) if r["max_share"] else r for r in case["feeds"].records]
    )
    row = solution(case)["limits"].one(kind="greatest share of feed")
    assert row["value"] == pytest.approx(100.0)
    assert row["broken_by"] == pytest.approx(70.0)
    assert row["binding"]


def test_a_broken_capacity_shows_what_is_run() -> None:
    case = two_crudes(capacities=rows("unit max breaker_cost", "cdu 50 2"))
    row = solution(case)["limits"].one(kind="capacity")
    run = sum(r["quantity"] for r in solution(case)["unit_runs"].records())
    assert run > 50.0
    assert row["value"] == pytest.approx(run)
    assert row["broken_by"] == pytest.approx(run - 50.0)
    assert row["marginal_value"] == pytest.approx(2.0)


def test_a_broken_minimum_run_shows_what_is_run() -> None:
    sales = rows("sale stream price", "light light 8", "heavy heavy 4")
    case = two_crudes(capacities=rows("unit min breaker_cost", "cdu 50 2"), sales=sales)
    row = solution(case)["limits"].one(kind="capacity")
    assert (row["value"], row["broken_by"]) == (pytest.approx(0.0), pytest.approx(50.0))
    assert row["marginal_value"] == pytest.approx(-2.0)


def limited(scope: str, side: str, value: float, breaker: str = ".") -> Case:
    price = 80 if side == "max" else 20
    return tiny(
        periods=periods(P1=10, P2=20),
        offers=rows("offer stream price", "a a 50"),
        yields=rows("unit feed product yield", "u a p 1"),
        capacities=rows("unit max", "u 100"),
        sales=[
            {"sale": "p", "stream": "p", "price": price, "period": "P1"},
            {"sale": "p", "stream": "p", "price": price + 5, "period": "P2"},
        ],
        limits=rows(f"limit scope {side} uom breaker_cost", f"l {scope} {value} t {breaker}"),
        limit_terms=rows("limit activity item coefficient", "l purchase a 1"),
    )


@pytest.mark.parametrize(("scope", "side", "value", "expected"), [
    ("period", "max", 60.0, {"P1": 30.0, "P2": 35.0}),
    ("period", "min", 60.0, {"P1": -30.0, "P2": -25.0}),
    ("horizon", "max", 60.0, {"horizon": 35.0}),
    ("horizon", "max", 150.0, {"horizon": 30.0}),
    ("horizon", "min", 60.0, {"horizon": -25.0}),
])  # fmt: skip
def test_limits_of_periods_and_of_the_horizon(
    scope: str, side: str, value: float, expected: dict[str, float]
) -> None:
    case = limited(scope, side, value)
    found = {row["period"]: row for row in solution(case)["limits"].where(kind="limit").records()}
    assert {name: row["marginal_value"] for name, row in found.items()} == pytest.approx(expected)
    assert all(row["value"] == pytest.approx(value) for row in found.values())
    assert slope(case, "limits", {"limit": "l"}, side, 0.25) == pytest.approx(sum(expected.values()))


def test_a_broken_limit_shows_what_is_done() -> None:
    found = solution(limited("period", "max", 60.0, "32"))["limits"].where(kind="limit").records()
    assert [row["value"] for row in found] == pytest.approx([60.0, 100.0])
    assert [row["broken_by"] for row in found] == [None, pytest.approx(40.0)]
    assert [row["marginal_value"] for row in found] == pytest.approx([30.0, 32.0])


def tank(least: float = 0.0) -> Case:
    return tiny(
        periods=periods(P1=10, P2=20),
        offers=rows("offer stream period price", "a a P1 50", "a a P2 70"),
        yields=rows("unit feed product yield", "u a p 1"),
        sales=rows("sale stream max price", "p p 100 80"),
        inventories=[{"stream": "a", "max": 40, "min": least, "holding_cost": 1}],
    )


def test_a_full_tank_is_worth_the_spread_less_holding() -> None:
    case = tank()
    found = solution(case)["limits"].where(kind="tank").records()
    assert {row["period"]: row["marginal_value"] for row in found} == pytest.approx({"P1": 19.0, "P2": 0.0})
    assert slope(case, "inventories", {"stream": "a"}, "max", 1.0) == pytest.approx(19.0)


def test_a_tank_that_must_not_be_empty_costs() -> None:
    case = tank(least=10.0)
    found = {row["period"]: row for row in solution(case)["limits"].where(kind="tank").records()}
    assert found["P2"]["binding"]
    total = sum(row["marginal_value"] for row in found.values()) - found["P1"]["marginal_value"]
    assert slope(case, "inventories", {"stream": "a"}, "min", 1.0) == pytest.approx(total)
    assert total < 0.0


def test_an_empty_tank_without_a_minimum_is_no_limit() -> None:
    rows_of = solution(tank())["limits"].where(kind="tank", period="P2").records()
    assert [(row["value"], row["min"], row["binding"]) for row in rows_of] == [(0.0, None, False)]


def blend(property_name: str, side: str, limit: float, good: float, bad: float) -> Case:
    """A dear good component and a cheap bad one, to be blended to a spec."""
    return tiny(
        stream_properties=[
            {"stream": "good", "property": property_name, "value": good},
            {"stream": "bad", "property": property_name, "value": bad},
            {"stream": "good", "property": "density_t_per_m3", "value": 0.82},
            {"stream": "bad", "property": "density_t_per_m3", "value": 0.94},
        ],
        offers=rows("offer stream price", "good good 700", "bad bad 400"),
        blends=rows("product component", "mix good", "mix bad"),
        specs=[{"product": "mix", "property": property_name, side: limit}],
        sales=rows("sale stream max price", "mix mix 1000 650"),
    )


SPECS = [
    ("sulfur_wt_pct", "max", 1.0, 0.1, 2.5),
    ("density_t_per_m3", "max", 0.88, None, None),
    ("ron", "min", 92.0, 98.0, 80.0),
    ("flash_c", "min", 60.0, 90.0, 40.0),
    ("viscosity_cst_50c", "max", 180.0, 20.0, 900.0),
    ("rvp_psi", "max", 9.0, 2.0, 20.0),
    ("pour_c", "max", 6.0, -10.0, 24.0),
    ("smoke_mm", "min", 22.0, 28.0, 15.0),
]


@pytest.mark.parametrize(("name", "side", "limit", "good", "bad"), SPECS)
def test_easing_a_spec_is_worth_what_it_brings(
    name: str, side: str, limit: float, good: float | None, bad: float | None
) -> None:
    case = blend(name, side, limit, 0.82 if good is None else good, 0.94 if bad is None else bad)
    if good is None:
        case = case.with_table("stream_properties", case["stream_properties"].records[:2])
    row = solution(case)["qualities"].one(property=name)
    assert row["value"] == pytest.approx(limit, rel=1e-6)
    assert row["binding"]
    assert row["giveaway"] == pytest.approx(0.0, abs=1e-4)
    raised = slope(case, "specs", {"property": name}, side, 1e-3 * limit)
    eased = raised if side == "max" else -raised
    assert eased > 0.0
    assert row["marginal_value"] == pytest.approx(eased, rel=5e-3)


def test_quality_and_giveaway_by_hand() -> None:
    """Two parts of sulphur 0.4 and one of 1.6 by mass are 0.8; densities 0.80 and 0.95 add up by volume."""
    case = tiny(
        streams=[{"stream": "mix", "uom": "t"}],
        stream_properties=rows(
            "stream property value",
            "x sulfur_wt_pct 0.4",
            "y sulfur_wt_pct 1.6",
            "x density_t_per_m3 0.80",
            "y density_t_per_m3 0.95",
        ),
        offers=rows("offer stream max price", "x x 200 500", "y y 100 400"),
        blends=rows("product component", "mix x", "mix y"),
        specs=rows("product property min max", "mix sulfur_wt_pct 0.1 1.0", "mix density_t_per_m3 . 0.9"),
        sales=rows("sale stream price", "mix mix 650"),
    )
    table = solution(case)["qualities"]
    sulphur = table.one(property="sulfur_wt_pct")
    assert sulphur["value"] == pytest.approx((200 * 0.4 + 100 * 1.6) / 300)
    assert sulphur["giveaway"] == pytest.approx(0.2)
    assert (sulphur["binding"], sulphur["marginal_value"]) == (False, None)
    density = table.one(property="density_t_per_m3")
    assert density["value"] == pytest.approx(300 / (200 / 0.8 + 100 / 0.95))
    assert density["giveaway"] == pytest.approx(0.9 - density["value"])


def test_a_small_limit_is_not_taken_for_binding_when_it_is_not() -> None:
    """Ten parts per million of a limit of ten are not the limit."""
    case = blend("sulfur_wt_pct", "max", 0.001, 0.0001, 0.0005)
    row = solution(case)["qualities"].one(property="sulfur_wt_pct")
    assert row["value"] == pytest.approx(0.0005)
    assert row["giveaway"] == pytest.approx(0.0005)
    tight = blend("sulfur_wt_pct", "max", 0.0005001, 0.0001, 0.0005)
    assert not solution(tight)["qualities"].one(property="sulfur_wt_pct")["binding"]


def test_a_broken_spec_binds_and_gives_less_than_nothing_away() -> None:
    case = blend("sulfur_wt_pct", "max", 1.0, 0.1, 2.5)
    case = case.with_table("specs", [r.with_(breaker_cost=0.5) for r in case["specs"].records])
    row = solution(case)["qualities"].one(property="sulfur_wt_pct")
    assert row["value"] == pytest.approx(2.5)
    assert row["giveaway"] == pytest.approx(-1.5)
    assert row["binding"]
    assert row["marginal_value"] == pytest.approx(0.5 * 1000.0)


def test_nothing_blended_has_no_quality() -> None:
    case = blend("sulfur_wt_pct", "max", 1.0, 0.1, 2.5)
    case = case.with_table("sales", [r.with_(price=1.0) for r in case["sales"].records])
    assert len(solution(case)["qualities"]) == 0


def test_pike_octane_is_worth_what_solving_again_says() -> None:
    case = read_case("pike_refinery")
    row = solution(case)["qualities"].one(product="premium", property="octane")
    raised = slope(case, "specs", {"product": "premium", "property": "octane"}, "min", 0.01)
    assert row["marginal_value"] == pytest.approx(-raised, rel=1e-4)


def test_pike_capacities_and_minimum_sale_are_worth_what_solving_again_says() -> None:
    case = read_case("pike_refinery")
    table = solution(case)["limits"]
    for unit in ("distillation", "cracker"):
        row = table.one(kind="capacity", limit=unit)
        assert row["marginal_value"] == pytest.approx(slope(case, "capacities", {"unit": unit}, "max", 10.0))
    row = table.one(kind="sale", limit="fuel_oil")
    assert row["marginal_value"] == pytest.approx(slope(case, "sales", {"sale": "fuel_oil"}, "min", 10.0))


def test_binding_first_puts_the_dearest_on_top() -> None:
    bound = binding_first(solution(full_plant())["limits"])
    worths = [abs(row["marginal_value"]) for row in bound.records()]
    assert worths == sorted(worths, reverse=True)
    assert all(row["binding"] for row in bound.records())


def test_a_sale_that_is_not_on_offer_in_a_period_has_no_row_there() -> None:
    case = tiny(
        periods=periods(P1=10, P2=10),
        offers=rows("offer stream price", "x X 10"),
        sales=rows("sale stream period price max", "s X P1 20 100"),
    )
    found = solution(case)["limits"].records()
    assert [(row["period"], row["limit"], row["max"]) for row in found if row["kind"] == "sale"] == [
        ("P1", "s", 100.0)
    ]
    assert [one.period for one in limit_reasons(plan(case), "s")] == ["P1"]


@pytest.mark.parametrize(
    ("kind", "apart"),
    [
        ("crude", "cuts of different crudes are kept apart"),
        ("feed", "streams of different origin are kept apart"),
    ],
)
def test_the_note_of_the_form_speaks_of_crudes_where_there_are_some(kind: str, apart: str) -> None:
    case = tiny(
        streams=[{"stream": "X", "kind": "crude" if kind == "crude" else "intermediate"}],
        offers=rows("offer stream price", "x X 10"),
        sales=rows("sale stream price max", "s X 20 100"),
    )
    assert apart in solution(case).facts["form"]
