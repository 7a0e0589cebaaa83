"""``netback value`` and ``netback rank`` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netback.cli.main import run


def test_value_of_urals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals"]) == 0
    told = capsys.readouterr().out
    assert "It does not pay: the first barrel is worth 78.71 fob, 1.30 below its price." in told
    assert "Every step of the curve is shown" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= 100


def test_value_that_pays_up_to_a_volume(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "murban_spot", "--volume", "0:80kt"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "It pays from the first barrel" in told
    assert "20,000" in told
    assert "80,000" in told


def test_value_as_json_with_samples_and_ranking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["value", "williams_refinery", "--crude", "crude1", "--json", "--samples", "3", "--verify"]
    assert run([*arguments, "--jobs", "1", "--out", str(tmp_path / "o")]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["format"] == "netback-value/1"
    assert shown["samples"] == 3
    assert shown["value"]["rows"][0][0] == 0.0
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert {"value.csv", "value.json", "break_even_curve.png", "break_even_curve.svg"} <= names
    assert run([*arguments, "--out", str(tmp_path / "o")]) == 2
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("volume", "told"),
    [
        ("many", "is not a volume"),
        ("1.2.3kt", "is not a volume"),
        ("5:1kt", "is below"),
        ("5kt/d", "is not a volume"),
        ("5kbd", "is a rate"),
        ("5furlong", "not a unit of measure"),
        ("5MWh", "measures"),
    ],
)
def test_bad_volumes(volume: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--volume", volume]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "Traceback" not in found


def test_barrels_are_a_volume_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--volume", "100kbbl"]) == 0
    assert "100.0" in capsys.readouterr().out


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "ural"]) == 2
    assert run(["rank", "karachi_2023_september", "--crudes", "mruban"]) == 2
    assert run(["rank", "karachi_2023_september", "--crudes", "murban", "--like", "urls"]) == 2
    told = capsys.readouterr().err
    assert 'Closest name: "urals"' in told
    assert 'Closest name: "murban"' in told


def test_rank_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "rank",
        "karachi_2023_september",
        "--crudes",
        "urals,maya,adios_oman_ad00852",
        "--volume",
        "70kt",
        "--jobs",
        "1",
    ]
    assert run([*arguments, "--out", str(tmp_path / "o")]) == 0
    told = capsys.readouterr().out
    assert "What 70,000 t of each crude" in told
    assert told.index("urals") < told.index("maya")
    assert "Not valued: 1 crude" in told
    assert "flash_c of residue" in told
    assert max(map(len, told.splitlines())) <= 100
    assert (tmp_path / "o" / "ranking.csv").read_text().startswith("place,crude,title,api_gravity [API]")
    assert run([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row[1] for row in shown["ranking"]["rows"]] == ["urals", "maya", "adios_oman_ad00852"]


def test_compare_tells_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "karachi_2023_september", "karachi_2023_september:urals_tax_price", "--why"]) == 0
    assert "price 80.01 becomes 83.08" in capsys.readouterr().out
    assert (
        run(["compare", "karachi_2023_september", "karachi_2023_september:reported_campaign_half", "--why"])
        == 0
    )
    told = capsys.readouterr().out
    assert "Why reported_campaign_half earns" in told
    assert "sum: margin of the second less that of the first" in told
    assert run(["compare", "rtl_refinery", "sas_jet_fuel", "--why"]) == 2
    assert "are different cases" in capsys.readouterr().err
