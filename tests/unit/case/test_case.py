"""The case: complete, frozen, comparable, changed only by making another."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from netback.case.case import Case
from netback.case.schema import TABLES
from netback.case.table import Table
from netback.errors import DataError
from tiny_case import tiny

PERIODS = [{"period": "p", "days": 1}]


def test_every_table_is_there() -> None:
    case = Case.of("x", {"periods": PERIODS})
    assert list(case.tables) == list(TABLES)
    assert case.table("offers").records == ()
    assert case["periods"].records[0]["days"] == 1.0


def test_settings_and_defaults() -> None:
    case = Case.of("x", {"periods": PERIODS}, currency="PKR", title="A title")
    assert (case.currency, case.flow_uom, case.title, case.source, case.scenario) == (
        "PKR",
        "t",
        "A title",
        None,
        None,
    )
    assert case.subject == "case x"


def test_a_case_needs_a_period() -> None:
    with pytest.raises(DataError, match="there is no period"):
        Case.of("x", {})


def test_faults_of_several_tables_come_together() -> None:
    with pytest.raises(DataError) as caught:
        Case.of("x", {"periods": [{"period": "p", "days": "long"}], "units": [{}], "unis": []})
    places = [finding.where for finding in caught.value.findings]
    assert places == ["periods.csv, row 2, column days", "units.csv, row 2, column unit", ""]
    assert caught.value.subject == "case x"


def test_unknown_table_names_the_closest() -> None:
    with pytest.raises(DataError, match='Closest name: "offers"'):
        Case.of("x", {"periods": PERIODS}).table("ofers")


def test_a_case_is_frozen(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    with pytest.raises(AttributeError):
        case.title = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        case.tables["offers"] = Table(TABLES["offers"])  # type: ignore[index]
    with pytest.raises(TypeError):
        case.settings["licence"] = "none"  # type: ignore[index]


def test_with_makes_another(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    other = case.with_(title="Other", currency="EUR")
    assert (other.title, other.currency) == ("Other", "EUR")
    assert case.currency == "USD"
    assert other.tables == case.tables


def test_with_table_makes_another(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    other = case.with_table("units", [{"unit": "cracker"}])
    assert [record["unit"] for record in other["units"].records] == ["cracker"]
    assert len(case["units"]) == 1
    assert case["units"].records[0]["unit"] == "distillation"


def test_other_periods_make_another_horizon(tmp_path: Path) -> None:
    other = tiny(tmp_path).with_table("periods", [{"period": "q", "days": 7}])
    assert other.horizon.names == ("q",)
    with pytest.raises(DataError, match="no period"):
        other.with_table("periods", [])


def test_with_table_checks_cells(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 2, column days"):
        tiny(tmp_path).with_table("periods", [{"period": "q", "days": float("inf")}])


def test_equality_is_by_content(tmp_path: Path) -> None:
    first, second = tiny(tmp_path / "a"), tiny(tmp_path / "b")
    assert first == second
    assert first.folder != second.folder
    assert first != first.with_(name="other")


def test_cases_travel_between_processes(tmp_path: Path) -> None:
    case = tiny(tmp_path).in_scenario("dear")
    for again in (pickle.loads(pickle.dumps(case)), copy.deepcopy(case)):
        assert again == case
        assert again["offers"].records[0].changed_by == "dear"
        assert again["offers"].records[0].row == 2
