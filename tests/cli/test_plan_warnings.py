"""What a planner must not miss: broken specs, specs out of reach, a plant that stands still, mass out of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.case.case import Case
from netback.cli.main import run
from netback.io.folder_writer import write_case
from netback.planning.checks import check_model
from tiny import rows, tiny


def gasoline(**tables: list[dict[str, object]]) -> Case:
    return tiny(
        offers=rows("offer stream price max", "low naphtha 10 100", "high reformate 30 100"),
        properties=rows("property basis", "octane flow"),
        stream_properties=rows("stream property value", "naphtha octane 70", "reformate octane 98"),
        blends=rows("product component", "petrol naphtha", "petrol reformate"),
        sales=rows("sale stream price max", "pump petrol 50 50"),
        **tables,
    )


def shown(case: Case, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    write_case(case, folder)
    capsys.readouterr()
    code = run(["plan", str(folder), *more])
    return code, capsys.readouterr().out


def test_a_broken_spec_is_called_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = gasoline(specs=rows("product property min breaker_cost", "petrol octane 99 2"))
    code, out = shown(case, tmp_path / "c", capsys)
    assert code == 0
    assert "BROKEN by 1.00" in out
    assert "Limits are broken: breakers cost 100" in out


def test_a_spec_out_of_reach_is_told_before_the_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = gasoline(specs=rows("product property min", "petrol octane 99"))
    code, out = shown(case, tmp_path / "c", capsys)
    top = " ".join(out.partition("Purchases")[0].split())
    assert code == 0
    assert "octane min 99 of petrol is out of reach: the best part has 98. Nothing can be made to it." in top
    assert "Nothing runs: no plan within the limits earns more than standing still." in top
    (remark,) = check_model(case)
    assert (remark.where, remark.severity) == ("specs.csv, row 2, column property", "warning")


def test_a_spec_that_one_component_reaches_brings_no_remark() -> None:
    assert check_model(gasoline(specs=rows("product property min", "petrol octane 98"))) == []


def test_mass_out_of_nothing_is_told_at_the_top(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = tiny(
        offers=rows("offer stream price max", "feed naphtha 10 100"),
        units=rows("unit", "magic"),
        yields=rows("unit feed product yield", "magic naphtha reformate 2"),
        sales=rows("sale stream price", "s reformate 20"),
    )
    code, out = shown(case, tmp_path / "c", capsys)
    top = " ".join(out.partition("Purchases")[0].split())
    assert code == 0
    assert (
        "WARNING: the mass balance of magic in P1 does not close: it makes 100 t, 100.0 % of what goes in."
        in top
    )


def test_results_never_go_into_the_folder_of_a_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "c"
    write_case(gasoline(), folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for more in ((), ("--force",)):
        assert run(["plan", str(folder), "--out", str(folder), *more]) == 2
        assert "is the folder of a case" in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_scenario_may_follow_the_case_after_a_colon(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "pike_refinery:octane_83"]) == 0
    assert "scenario octane_83" in capsys.readouterr().out
    assert run(["plan", "pike_refinery:octane_83", "--scenario", "other"]) == 2
    assert "two scenarios are named" in capsys.readouterr().err


def test_scenarios_that_change_nothing_are_said_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "pike_refinery", "pike_refinery"]) == 0
    assert "No inputs differ." in capsys.readouterr().out
