"""Scenarios: parents first, every change fits or is a finding, provenance follows the number."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.case.scenario import parents_and
from netback.errors import DataError, Finding
from tiny_case import TINY, added, tiny

HEAD = "scenario,table,where,action,column,value,status,low,high,source\n"


def with_overrides(folder: Path, *lines: str) -> Case:
    return tiny(folder, {"overrides.csv": HEAD + "".join(f"dear,{line}\n" for line in lines)})


def faults(case: Case, scenario: str = "dear") -> tuple[Finding, ...]:
    with pytest.raises(DataError) as caught:
        case.in_scenario(scenario)
    assert caught.value.subject == f"case tiny, scenario {scenario}"
    return caught.value.findings


def prices(case: Case) -> list[float]:
    return [record["price"] for record in case["offers"].records]


def test_no_scenario_is_the_case_itself(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    assert case.in_scenario(None) is case
    assert case.in_scenario("") is case


def test_a_scenario_changes_cells_and_nothing_else(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    dear = case.in_scenario("dear")
    assert prices(dear) == [80.0, 65.0, 90.0]
    assert prices(case) == [60.0, 65.0, 90.0]
    assert (dear.scenario, dear.subject) == ("dear", "case tiny, scenario dear")
    assert {name for name in case.tables if case[name] != dear[name]} == {"offers"}


def test_parents_come_first(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    assert parents_and(case, "dearer") == ("dear", "dearer")
    assert prices(case.in_scenario("dearer")) == [80.0, 95.0, 90.0]


def test_a_child_has_the_last_word(tmp_path: Path) -> None:
    line = "dearer,offers,offer=spot&tranche=1,set,price,99,,,,ours\n"
    case = tiny(tmp_path, {"overrides.csv": TINY["overrides.csv"] + line})
    changed = case.in_scenario("dearer")["offers"].records[0]
    assert changed["price"] == 99.0
    assert [(change.scenario, change.old) for change in changed.changes] == [("dear", 60.0), ("dearer", 80.0)]
    assert changed.changed_by == "dearer"


def test_provenance_follows_the_main_number(tmp_path: Path) -> None:
    dear = tiny(tmp_path).in_scenario("dearer")
    first, second, third = dear["offers"].records
    assert (first["status"], first["low"], first["high"], first["source"]) == ("assumed", 70.0, 90.0, None)
    assert (second["status"], second["low"], second["source"]) == (None, None, "theirs")
    assert (third["source"], third.changes) == ("ours", ())
    assert first.changes[0].row == 2


def test_provenance_stays_when_another_cell_changes(tmp_path: Path) -> None:
    case = with_overrides(tmp_path, "offers,offer=spot&tranche=1,set,max,500,assumed,400,600,")
    record = case.in_scenario("dear")["offers"].records[0]
    assert (record["max"], record["status"], record["source"]) == (500.0, None, "ours")
    assert record.changed_by == "dear"


def test_all_rows(tmp_path: Path) -> None:
    case = with_overrides(tmp_path, "offers,*,set,price,7,,,,ours")
    assert prices(case.in_scenario("dear")) == [7.0, 7.0, 7.0]


def test_drop(tmp_path: Path) -> None:
    case = with_overrides(tmp_path, "offers,offer=spot & tranche = 2,drop,,,,,,ours")
    assert prices(case.in_scenario("dear")) == [60.0, 90.0]


def test_a_later_change_of_dropped_rows_is_a_finding(tmp_path: Path) -> None:
    case = with_overrides(
        tmp_path, "offers,offer=spot,drop,,,,,,ours", "offers,offer=spot,set,price,7,,,,ours"
    )
    assert [finding.where for finding in faults(case)] == ["overrides.csv, row 3, column where"]


def test_where_sees_typed_values_and_blanks(tmp_path: Path) -> None:
    case = with_overrides(
        tmp_path,
        "offers,price=60.0,set,max,1,,,,ours",
        "offers,max=&offer=grid,set,max,2,,,,ours",
        "sales,period=,set,price,3,,,,ours",
        "offers,tranche=&offer=grid,set,min,0.5,,,,ours",
    ).in_scenario("dear")
    assert [record["max"] for record in case["offers"].records] == [1.0, None, 2.0]
    assert [record["price"] for record in case["sales"].records] == [3.0, 810.0, 3.0, 3.0]
    assert case["offers"].records[2]["min"] == 0.5


def test_a_blank_value_sets_the_default_or_blank(tmp_path: Path) -> None:
    case = with_overrides(
        tmp_path, "offers,offer=spot&tranche=1,set,max,,,,,ours", "offers,price=60,set,min,,,,,ours"
    ).in_scenario("dear")
    assert case["offers"].records[0]["max"] is None
    assert case["offers"].records[0]["min"] == 0.0


def test_columns_of_the_user_can_be_set(tmp_path: Path) -> None:
    case = tiny(
        tmp_path,
        {
            "units.csv": "unit,colour\ndistillation,red\n",
            "overrides.csv": HEAD + "dear,units,colour=red,set,colour,blue,,,,ours\n",
        },
    )
    assert case.in_scenario("dear")["units"].records[0]["colour"] == "blue"


def test_names_may_hold_an_ampersand(tmp_path: Path) -> None:
    case = added(tiny(tmp_path), "units", {"unit": "gas & power"})
    case = case.with_table(
        "overrides",
        [
            {
                "scenario": "dear",
                "table": "units",
                "where": "unit=gas & power&title=",
                "column": "title",
                "value": "both",
            }
        ],
    )
    assert case.in_scenario("dear")["units"].records[1]["title"] == "both"


def test_periods_can_change(tmp_path: Path) -> None:
    case = with_overrides(tmp_path, "periods,period=2023-10,set,days,10,,,,ours").in_scenario("dear")
    assert case.horizon.days.tolist() == [30.0, 10.0]


@pytest.mark.parametrize(
    ("line", "column", "what", "hint"),
    [
        ("ofers,*,set,price,7,,,,ours", "table", 'no table "ofers"', 'Closest name: "offers".'),
        ("scenarios,*,set,title,x,,,,ours", "table", 'no table "scenarios" to change', "of the plan only"),
        (
            "offers,offer=spott,set,price,7,,,,ours",
            "where",
            "no row of offers.csv fits",
            'Closest name: "spot".',
        ),
        ("offers,offer=spot&tranche=7,set,price,7,,,,ours", "where", "no row", "No row has tranche=7."),
        ("offers,offer=grid&tranche=2,set,price,7,,,,ours", "where", "no row", "no row fits all"),
        ("offers,ofer=spot,set,price,7,,,,ours", "where", 'no column "ofer"', 'Closest name: "offer".'),
        ("offers,spot,set,price,7,,,,ours", "where", '"spot" is not a condition', "column=value"),
        ("offers,tranche=one,set,price,7,,,,ours", "where", "tranche: ", "digits"),
        (
            'offers,"offer=spot, tranche=1",set,price,7,,,,ours',
            "where",
            "no row of offers.csv fits",
            'Join conditions by &: "offer=spot&tranche=1".',
        ),
        (
            'offers,"tranche=1 offer=spot",set,price,7,,,,ours',
            "where",
            "is not a number",
            'Join conditions by &: "tranche=1&offer=spot".',
        ),
        ('offers,"offer=a, b=c",set,price,7,,,,ours', "where", "no row", "No row has offer=a, b=c."),
        ("offers,*,set,prise,7,,,,ours", "column", 'no column "prise"', 'Closest name: "price".'),
        ("offers,*,set,,7,,,,ours", "column", "not named", "Columns: offer"),
        ("offers,*,set,price,cheap,,,,ours", "value", "is not a number", "digits"),
        ("offers,*,set,price,,,,,ours", "value", "must be given", ""),
        (
            "offers,*,set,stream,crud,,,,ours",
            "value",
            'stream "crud" is not in streams.csv',
            'Closest name: "crude".',
        ),
        ("offers,*,set,source,ours;hers,,,,ours", "value", 'source "hers" is not', 'Closest name: "theirs".'),
        ("offers,*,set,price_uom,USD/bl,,,,ours", "value", "unit of measure", 'Closest name: "bbl".'),
        ("capacities,unit=x,drop,,,,,,ours", "where", "no row", ""),
        ("cuts,*,drop,,,,,,ours", "where", "no row", "The table has no rows."),
    ],
)
def test_changes_that_do_not_fit(tmp_path: Path, line: str, column: str, what: str, hint: str) -> None:
    (found,) = faults(with_overrides(tmp_path, line))
    assert found.where == f"overrides.csv, row 2, column {column}"
    assert what in found.what
    assert hint in found.hint


def test_all_changes_that_do_not_fit_come_together(tmp_path: Path) -> None:
    case = with_overrides(tmp_path, "ofers,*,set,price,7,,,,ours", "offers,*,set,price,x,,,,ours")
    assert len(faults(case)) == 2


def test_references_that_a_drop_leaves_dangling(tmp_path: Path) -> None:
    found = faults(with_overrides(tmp_path, "streams,stream=naphtha,drop,,,,,,ours"))
    assert "stream_properties.csv, row 2, column stream" in [finding.where for finding in found]
    assert all("naphtha" in finding.what for finding in found)


def test_keys_that_a_change_makes_double(tmp_path: Path) -> None:
    found = faults(with_overrides(tmp_path, "sources,source=theirs,set,source,ours,,,,ours"))
    assert found[0].where == "sources.csv, row 3, column source, set by scenario dear"


def test_periods_that_a_change_spoils(tmp_path: Path) -> None:
    found = faults(with_overrides(tmp_path, "periods,*,set,days,0,,,,ours"))
    assert len(found) == 2
    assert "has no length" in found[0].what


def test_unknown_scenario(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    with pytest.raises(DataError, match='there is no scenario "dere"'):
        case.in_scenario("dere")
    with pytest.raises(DataError, match="Known: dear, dearer"):
        case.in_scenario("1")


def test_unknown_scenario_of_a_case_without_any(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"scenarios.csv": None, "overrides.csv": None})
    with pytest.raises(DataError, match="The case has none"):
        case.in_scenario("dear")


@pytest.mark.parametrize(
    ("rows", "circle"),
    [("a,a\n", "a > a"), ("a,b\nb,a\n", "a > b > a"), ("a,b\nb,c\nc,b\n", "b > c > b")],
)
def test_parents_that_go_round(tmp_path: Path, rows: str, circle: str) -> None:
    case = tiny(tmp_path, {"scenarios.csv": f"scenario,parent\n{rows}", "overrides.csv": None})
    with pytest.raises(DataError, match=f"round in a circle: {circle}"):
        case.in_scenario("a")


def test_a_scenario_is_not_applied_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='already in scenario "dear"'):
        tiny(tmp_path).in_scenario("dear").in_scenario("dear")


@given(st.floats(0.01, 1e6), st.sampled_from([1, 2]))
def test_a_set_number_is_the_number(value: float, tranche: int) -> None:
    case = Case.of(
        "x",
        {
            "periods": [{"period": "p", "days": 1}],
            "streams": [{"stream": "s"}],
            "offers": [{"offer": "o", "stream": "s", "tranche": step, "price": 1.0} for step in (1, 2)],
            "scenarios": [{"scenario": "a"}],
            "overrides": [
                {
                    "scenario": "a",
                    "table": "offers",
                    "where": f"tranche={tranche}",
                    "column": "price",
                    "value": repr(value),
                }
            ],
        },
    )
    changed = {record["tranche"]: record["price"] for record in case.in_scenario("a")["offers"].records}
    assert changed == {1: 1.0, 2: 1.0, tranche: value}
