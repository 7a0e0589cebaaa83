"""Comparison of scenarios: what differs in the inputs, and results side by side."""

from __future__ import annotations

import pytest
from result_plants import two_crudes

from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.results.compare import changed_inputs, side_by_side
from netback.results.solution import solution_of
from tiny import periods, rows, solved, tiny


def test_inputs_that_differ_are_those_of_the_scenario() -> None:
    base, other = read_case("pike_refinery"), read_case("pike_refinery", "octane_83")
    table = changed_inputs([base, other])
    overrides = [row for row in base["overrides"].records if row["scenario"] == "octane_83"]
    assert len(table) == len(overrides)
    assert {row["scenario"] for row in table.records()} == {"octane_83"}
    assert len(changed_inputs([base, base])) == 0


def test_rows_that_are_only_in_one_case_are_told() -> None:
    base = two_crudes()
    less = base.with_table("offers", base["offers"].records[:1])
    (row,) = changed_inputs([base, less]).records()
    assert (row["table"], row["column"], row["first"], row["this"]) == ("offers", "row", "there", "absent")
    (row,) = changed_inputs([less, base]).records()
    assert (row["first"], row["this"]) == ("absent", "there")


def test_side_by_side_has_the_margins_and_flows_of_each() -> None:
    cases = [read_case("pike_refinery"), read_case("pike_refinery", "octane_83")]
    found = [solution_of(plan(case)) for case in cases]
    table = side_by_side(found)
    assert table.names == ("group", "what", "uom", "pike_refinery", "octane_83")
    margin = table.one(what="gross margin")
    assert margin["pike_refinery"] == pytest.approx(701_823.4, abs=0.1)
    assert margin["octane_83"] == pytest.approx(708_164.28, abs=1.0)
    for place, solution in zip(table.names[3:], found, strict=True):
        sold = solution["sales"].one(sale="premium")["quantity"]
        assert table.one(group="sold", what="premium")[place] == pytest.approx(sold)


def test_a_sale_of_nothing_keeps_its_uom() -> None:
    """Density is not known: a scenario that sells none must not open a second line in tons."""
    base = two_crudes()
    none = base.with_table(
        "sales", [r.with_(price=1.0) if r["sale"] == "heavy" else r for r in base["sales"].records]
    )
    none = none.with_table("capacities", [r.with_(max=0.0) for r in base["capacities"].records])
    table = side_by_side([solution_of(plan(base)), solution_of(plan(none))])
    assert [row["uom"] for row in table.records() if row["what"] == "heavy"] == ["bbl"]


def test_a_margin_per_crude_without_crude_is_blank() -> None:
    idle = two_crudes(price_a=500.0, price_b=500.0)
    table = side_by_side([solution_of(plan(two_crudes())), solution_of(plan(idle))])
    row = table.one(what="gross margin per crude")
    assert list(row.values())[3:] == [pytest.approx(18.0), None]


def test_break_evens_are_told_apart_by_period_and_tranche() -> None:
    case = tiny(
        periods=periods(P1=1, P2=1),
        offers=rows("offer stream tranche price max", "a a 1 5 4", "a a 2 6 4"),
        sales=rows("sale stream period price max", "a a P1 9 6", "a a P2 8 6"),
    )
    table = side_by_side([solution_of(solved(case))])
    told = {row["what"]: row["tiny"] for row in table.where(group="break-even").records()}
    assert told == pytest.approx(
        {"a, P1": 6.0, "a, tranche 2, P1": 9.0, "a, P2": 6.0, "a, tranche 2, P2": 8.0}
        if "a, P1" in told
        else {
            "a, tranche 1, P1": 6.0,
            "a, tranche 2, P1": 9.0,
            "a, tranche 1, P2": 6.0,
            "a, tranche 2, P2": 8.0,
        }
    )


def test_the_same_scenario_twice_gets_two_columns() -> None:
    one = solution_of(plan(two_crudes()))
    assert side_by_side([one, one]).names[3:] == ("two_crudes", "two_crudes (2)")


def test_a_shipped_rule_that_a_scenario_changes_is_compared_with_itself() -> None:
    override = {
        "scenario": "s",
        "table": "rules",
        "where": "rule=us_cap_crude_60",
        "column": "end",
        "value": "2024-01-01",
    }
    case = tiny(
        offers=rows("offer stream price", "o X 10"), scenarios=[{"scenario": "s"}], overrides=[override]
    )
    (row,) = changed_inputs([case, case.in_scenario("s")]).records()
    assert (row["table"], row["row"], row["column"]) == ("rules", "us_cap_crude_60", "end")
    assert (row["first"], str(row["this"])) == (None, "2024-01-01")
