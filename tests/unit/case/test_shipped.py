"""Shipped rows of case tables, and scenarios that change one of them by a single row."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from netback.case.case import Case
from netback.case.shipped import SHIPPED_TABLES, shipped_table, with_shipped
from netback.case.table import Table
from netback.errors import DataError
from netback.io.folder import read_case
from netback.io.folder_writer import write_case

RULE: dict[str, Any] = {
    "rule": "us_cap_crude_60",
    "title": "mine",
    "authority": "US",
    "effect": "caps",
    "binds": "all",
    "citation": "made up",
}


def case_with(*overrides: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> Case:
    return Case.of(
        "mine",
        {
            "periods": [{"period": "P1", "start": "2024-01-01", "days": 30}],
            "streams": [{"stream": "x"}],
            "scenarios": [{"scenario": "s"}],
            "overrides": [{"scenario": "s", **override} for override in overrides],
            "rules": rules,
        },
    )


@pytest.mark.parametrize("name", SHIPPED_TABLES)
def test_shipped_rows_fit_their_schema_and_have_keys(name: str) -> None:
    table = shipped_table(name)
    assert len(table) > 5
    assert not table.extras
    assert len({table.key(record) for record in table.records}) == len(table)
    assert table.records[0].row == 2


def test_other_tables_are_not_shipped() -> None:
    with pytest.raises(KeyError):
        shipped_table("offers")
    offers = Table.of("offers", [])
    assert with_shipped(offers) is offers


def test_a_row_of_the_case_takes_the_place_of_a_shipped_one() -> None:
    whole = with_shipped(Table.of("rules", [RULE]))
    assert len(whole) == len(shipped_table("rules"))
    assert [record["title"] for record in whole.records if record["rule"] == RULE["rule"]] == ["mine"]


ENDS = {"table": "rules", "where": "rule=eu_cap_crude_44_10", "column": "end", "value": "2026-03-01"}


def test_one_override_changes_one_shipped_rule() -> None:
    changed = case_with(ENDS).in_scenario("s")
    (record,) = changed["rules"].records
    assert record["rule"] == "eu_cap_crude_44_10"
    assert record["end"] == date(2026, 3, 1)
    assert record["value"] == 44.1
    assert record.changed_by == "s"
    assert record.changes[0].old == date(2026, 7, 14)


def test_the_shipped_row_itself_stays_as_it_is() -> None:
    case_with(ENDS).in_scenario("s")
    (shipped,) = [r for r in shipped_table("rules").records if r["rule"] == "eu_cap_crude_44_10"]
    assert shipped["end"] == date(2026, 7, 14)
    assert not shipped.changes


def test_a_row_of_the_case_is_changed_and_not_the_shipped_one() -> None:
    override = {"table": "rules", "where": "rule=us_cap_crude_60", "column": "end", "value": "2024-01-31"}
    (record,) = case_with(override, rules=(RULE,)).in_scenario("s")["rules"].records
    assert (record["title"], record["end"]) == ("mine", date(2024, 1, 31))


def test_several_shipped_rows_by_one_condition() -> None:
    override = {
        "table": "rules",
        "where": "authority=Russia&goods=gasoline",
        "column": "standing",
        "value": "withdrawn",
    }
    records = case_with(override).in_scenario("s")["rules"].records
    assert len(records) > 5
    assert {record["standing"] for record in records} == {"withdrawn"}


def test_a_shipped_row_cannot_be_dropped() -> None:
    override = {"table": "rules", "where": "rule=us_sdn", "action": "drop"}
    with pytest.raises(DataError) as caught:
        case_with(override).in_scenario("s")
    (finding,) = caught.value.findings
    assert finding.where == "overrides.csv, row 2, column action"
    assert finding.what == '"us_sdn" comes with Netback and cannot be dropped.'
    assert "withdrawn" in finding.hint


def test_a_rule_that_does_not_exist_is_told_with_the_closest() -> None:
    with pytest.raises(DataError) as caught:
        case_with({**ENDS, "where": "rule=eu_cap_crude_44"}).in_scenario("s")
    assert 'Closest name: "eu_cap_crude_44_10"' in str(caught.value)


def test_a_date_that_is_none_is_a_fault_of_the_override() -> None:
    with pytest.raises(DataError) as caught:
        case_with({**ENDS, "value": "March"}).in_scenario("s")
    assert caught.value.findings[0].where == "overrides.csv, row 2, column value"


def test_tables_of_law_go_round_through_a_folder(tmp_path: Path) -> None:
    made = case_with(ENDS, rules=(RULE,))
    write_case(made, tmp_path / "mine")
    assert read_case(tmp_path / "mine") == made
    assert read_case(tmp_path / "mine", "s")["rules"] == made.in_scenario("s")["rules"]
