"""``netback value`` and ``netback rank`` as a user runs them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from netback.cli.main import run
from netback.errors import DataError


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
        ("50zz", '--volume: "zz" is no unit of measure. Write an amount of mass or volume'),
        ("0:20:0kt", "0 steps are not between 1 and 1,000"),
        ("0:20:2000kt", "2,000 steps are not between 1 and 1,000"),
        ("1.2.3kt", "is not a volume"),
        ("5:1kt", "is below"),
        ("5kt/d", "is not a volume"),
        ("5kbd", "is a rate"),
        ("5furlong", "is no unit of measure"),
        ("5MWh", "measures"),
        ("0kt", "0kt is not above zero"),
        ("0:0t", "is not above zero"),
        ("500kt", "the plant takes at most 80,100 t of urals, less than 500,000. Name a smaller volume."),
    ],
)
def test_bad_volumes(volume: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--volume", volume]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "Traceback" not in found


def test_volumes_that_no_plan_takes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["value", "karachi_2023_september", "--crude", "urals"]
    assert run([*arguments, "--volume", "0:160:4kt"]) == 0
    shown = capsys.readouterr()
    assert "Left out: 120,000 to 160,000 t; the plant takes at most 80,100 t of urals." in shown.err
    assert "80,000" in shown.out
    assert run([*arguments, "--volume", "80100t", "--json"]) == 0  # as much as is told to be the most
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out)["value"]["rows"][-1][0] == pytest.approx(80_100.0)


def test_less_than_is_committed_is_refused() -> None:
    from netback.cli.value import _within
    from netback.studies.value import Curve

    curve = Curve("urals", ("urals",), "fob", "t", "bbl", 7.3, 80.0, 0.0, 0.0, (), 50.0, 200.0, 300.0, True)
    assert _within([0.0, 50.0, 200.0], curve) == [50.0, 200.0]
    assert _within([], curve) == []
    with pytest.raises(DataError, match="every plan takes at least 50 t of urals"):
        _within([10.0], curve)
    assert _within([1e9], replace(curve, most=math.inf)) == [1e9]


def test_a_ranking_without_any_worth_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["rank", "karachi_2023_september", "--crudes", "urals,maya", "--jobs", "1", "--volume"]
    assert run([*arguments, "0t"]) == 2
    assert "0t is not above zero" in capsys.readouterr().err
    assert run([*arguments, "900kt"]) == 2
    shown = capsys.readouterr()
    assert "None of the crudes could be valued." in shown.err
    assert "Not valued: 2 crudes" in shown.out


def test_what_is_no_liquid_is_valued_in_its_own_uom(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "power_grid"]) == 0
    told = capsys.readouterr().out
    assert "It pays from the first MWh (169.12 delivered) up to 173 MWh" in told
    assert "last, next: of one MWh less and more" in told
    assert "barrel" not in told
    assert "kMWh" not in told


def test_a_volume_may_be_written_with_an_exponent(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--volume", "2e1kt"]) == 0
    assert re.search(r"^20,000 ", capsys.readouterr().out, re.MULTILINE)
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--volume", "1e9kt"]) == 2
    assert "the plant takes at most 80,100 t of urals" in capsys.readouterr().err


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


@pytest.mark.parametrize("case", ["pike_refinery", "williams_refinery"])
def test_a_plant_that_cuts_no_assays_ranks_none(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rank", case, "--jobs", "1"]) == 2
    told = capsys.readouterr().err
    assert "cuts.csv: the case states the yields of its crudes and cuts no assays" in told


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


def test_a_ranking_tells_of_doubtful_assays(capsys: pytest.CaptureFixture[str]) -> None:
    """Two samples of one crude lie 6 USD/bbl apart, because the carbon residue of one of them cannot be right."""
    command = [
        "rank",
        "karachi_2023_september",
        "--crudes",
        "murban,murban_bp",
        "--volume",
        "70kt",
        "--jobs",
        "1",
    ]
    assert run(command) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "murban_bp ? " in told
    assert "murban ? " not in told
    assert "? murban_bp: its assay is doubtful: 4.5 wt% carbon residue" in told
    assert "prefer murban." in told
    assert run(["rank", "karachi_2023_september", "--crudes", "oman,adios_oman_ad01478", "--jobs", "1"]) == 0
    assert "has adios_oman_ad01478 instead, which could not be valued." in " ".join(
        capsys.readouterr().out.split()
    )
    assert run([*command, "--json"]) == 0
    rows = {row[1]: row[-3:] for row in json.loads(capsys.readouterr().out)["ranking"]["rows"]}
    assert rows["murban"] == ["", "", ""]
    doubt, *rest = rows["murban_bp"]
    assert doubt.startswith("4.5 wt% carbon residue")
    assert rest == ["murban", ""]


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
