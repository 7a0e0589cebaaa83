"""``netback check``: findings, counts by status, assumptions; exit code 0 without errors, else 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netback.cli import check as command
from netback.cli.main import run
from netback.errors import Finding, ModelError
from netback.io.folder import shipped_cases
from tiny_case import TINY, write_folder


@pytest.fixture(autouse=True)
def _tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the checks of the model, which have their own tests; one test here puts them back."""
    monkeypatch.setattr(command, "find_spec", lambda _: None)


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["check", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code, out, err = checked(capsys, *arguments, "--json")
    assert err == ""
    return code, json.loads(out)


def test_a_faultless_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = checked(capsys, str(write_folder(tmp_path)))
    assert (code, err) == (0, "")
    assert out.startswith("case tiny: A tiny refinery\n2 periods, ")
    assert "1 remark in case tiny" in out
    assert "2 assumed rows" in out
    assert out.endswith("0 errors, 1 remark.\n")
    assert max(map(len, [line for line in out.splitlines() if not line.startswith(" 1. ")])) <= 100


def test_errors_leave_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path, {"yields.csv": TINY["yields.csv"].replace("0.495", "0.4")})
    code, out, _ = checked(capsys, str(tmp_path))
    assert code == 2
    assert "1 problem in case tiny\n 1. yields.csv, rows 2-5: " in out
    assert "1 error, 1 remark." in out


def test_a_case_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path, {"units.csv": "unt\nx\n"})
    code, out, err = checked(capsys, str(tmp_path))
    assert (code, out) == (2, "")
    assert err.startswith("1 problem in case tiny\n 1. units.csv, row 1: ")


def test_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(tmp_path)
    code, out, _ = checked(capsys, str(tmp_path), "--scenario", "dear")
    assert code == 0
    assert out.startswith("case tiny, scenario dear: ")
    assert "3 assumed rows" in out
    code, _, err = checked(capsys, str(tmp_path), "--scenario", "deer")
    assert code == 2
    assert 'there is no scenario "deer"' in err


def test_assumed_rows_alone_with_their_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offers = "offer,stream,price,price_uom,status,low,high,source,note\n"
    offers += "spot,crude,60,USD/bbl,assumed,50,70,ours,guessed\n"
    offers += "grid,power,90,USD/MWh,,,,ours,\n"
    write_folder(tmp_path, {"offers.csv": offers, "overrides.csv": None})
    code, out, _ = checked(capsys, str(tmp_path), "--assumed")
    assert code == 0
    assert out.startswith("1 assumed row\n")
    assert "guessed [ours]" in out
    assert "reported" not in out


def test_nothing_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(
        tmp_path,
        {"offers.csv": TINY["offers.csv"].replace("assumed,60,70,", ",,,ours"), "overrides.csv": None},
    )
    assert "Nothing is assumed." in checked(capsys, str(tmp_path))[1]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = as_json(capsys, str(write_folder(tmp_path)))
    assert code == 0
    assert (shown["case"], shown["scenario"], shown["ok"]) == ("tiny", None, True)
    assert [finding["severity"] for finding in shown["findings"]] == ["note"]
    assert shown["statuses"]["assumed"] == 2
    assert shown["assumed"][0] == {
        "table": "offers",
        "row": 3,
        "key": "spot 2",
        "column": "price",
        "value": 65.0,
        "low": 60.0,
        "high": 70.0,
        "source": "",
        "note": "",
    }


def test_json_of_a_case_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = as_json(capsys, str(write_folder(tmp_path, {"units.csv": "unt\nx\n"})))
    assert (code, shown["ok"]) == (2, False)
    assert shown["findings"][0]["hint"] == 'Closest name: "unit".'


def test_json_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = as_json(capsys, "nowhere")
    assert (code, shown["ok"], shown["findings"][0]["what"]) == (2, False, "there is no such folder.")


@pytest.mark.parametrize("name", shipped_cases())
def test_shipped_cases(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = as_json(capsys, name)
    assert code == (0 if shown["ok"] else 2)
    assert all(
        row["low"] is not None and row["high"] is not None for row in shown["assumed"] if row["column"]
    )


def test_properties_of_the_trade_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    specs = "product,property,max,source\npetrol,sulfur_wt_pct,1,ours\npetrol,octan,90,ours\n"
    _, shown = as_json(capsys, str(write_folder(tmp_path, {"specs.csv": specs})))
    errors = [finding["where"] for finding in shown["findings"] if finding["severity"] == "error"]
    assert errors == ["specs.csv, row 3, column property"]


class Model:
    """Stands for the checks of the model."""

    def __init__(self, answer: list[Finding] | ModelError) -> None:
        self.answer = answer

    def check_model(self, _: object) -> list[Finding]:
        if isinstance(self.answer, ModelError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer", [[Finding("specs.csv", "nobody knows.")], ModelError(Finding("specs.csv", "nobody knows."))]
)
def test_findings_of_the_model_come_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: True)
    monkeypatch.setattr(command, "import_module", lambda _: Model(answer))
    code, shown = as_json(capsys, str(write_folder(tmp_path)))
    assert code == 2
    assert "nobody knows." in [finding["what"] for finding in shown["findings"]]


def test_a_quick_check_leaves_the_model_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: True)
    monkeypatch.setattr(command, "import_module", lambda _: Model([Finding("a", "nobody asks.")]))
    code, shown = as_json(capsys, str(write_folder(tmp_path)), "--quick")
    assert code == 0
    assert "nobody asks." not in [finding["what"] for finding in shown["findings"]]


def test_the_model_is_not_asked_about_unsound_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: True)
    monkeypatch.setattr(command, "import_module", lambda _: Model([Finding("a", "nobody asks.")]))
    write_folder(tmp_path, {"yields.csv": TINY["yields.csv"].replace("0.495", "0.4")})
    code, shown = as_json(capsys, str(tmp_path))
    assert code == 2
    assert "nobody asks." not in [finding["what"] for finding in shown["findings"]]
