"""``netback evaluate`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netback.cli.main import run

KARACHI = ["evaluate", "karachi_2023_september", "--crude", "urals"]


def test_base_loading_swap_and_pairs_of_urals(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*KARACHI, "--against", "murban", "--volume", "40kt", "--no-split"]
    assert run([*arguments, "--pairs", "urals, murban,das"]) == 0
    told = capsys.readouterr().out
    assert "urals against murban, 290,601 bbl" in told
    assert "On top of the base slate" in told
    assert "Asked: 80.01 fob." in told
    assert "In place of murban, bbl for bbl" in told
    assert "Together less each alone, 290,601 bbl of each" in told
    lines = [line.split() for line in told.splitlines()]
    assert ["free", "581,928", "290,601", "92.57", "91.11", "78.71", "77.26"] in lines
    assert ["held", "290,601", "-6.45", "-2.09", "-4.35"] in lines
    assert ["urals", "91.11", "-0.78", "-0.59", "-0.74"] in lines
    assert ["urals", "murban", "-0.59", "0.27"] in lines
    assert max(map(len, told.splitlines())) <= 100


def test_the_crude_that_is_displaced_most_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*KARACHI, "--no-split", "--volume", "300kbbl"]) == 0
    assert "urals against das, 300,000 bbl" in capsys.readouterr().out


def test_split_tables_figures_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", "williams_refinery", "--crude", "crude1", "--against", "crude2", "--jobs", "1"]
    arguments += ["--pairs", "crude1,crude2"]
    assert run([*arguments, "--volume", "5000bbl", "--out", str(tmp_path / "o")]) == 0
    told = capsys.readouterr().out
    assert "From crude2 to crude1: break-even price of 5,000 bbl [GBP/bbl]" in told
    assert "break-even of a crude like crude2" in told
    assert "Shapley values, exact: all 2 combinations of 1 groups solved" in told
    assert "What each step does to what is sold and bought" in told
    assert max(map(len, told.splitlines()[:-1])) <= 100
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert {
        "ladder.csv",
        "accounts.csv",
        "base_loading.csv",
        "swap.csv",
        "synergy.csv",
        "blending.csv",
    } <= names
    assert {"ladder.png", "ladder.svg", "pairs.png", "pairs.svg", "evaluation.json"} <= names
    assert run([*arguments, "--volume", "5000bbl", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["format"] == "netback-evaluation/1"
    assert (shown["crude"], shown["against"]) == ("crude1", "crude2")
    levels = [row[3] for row in shown["ladder"]["rows"]]
    assert levels[0] + sum(row[2] for row in shown["ladder"]["rows"][1:-1]) == pytest.approx(levels[-1])
    assert run([*arguments, "--out", str(tmp_path / "o")]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_the_ladder_in_cents_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "williams_refinery", "--crude", "crude1", "--jobs", "1"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    start = next(float(words[-1]) for words in lines if words[:2] == ["break-even", "of"] and "like" in words)
    end = next(float(words[-1]) for words in lines if words[:3] == ["break-even", "of", "crude1"])
    step = next(float(words[1]) for words in lines if words[:1] == ["yields"])
    assert round(start + step, 2) == end


def test_a_crude_of_the_library_has_no_price(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", "karachi_2023_september", "--crude", "maya", "--against", "murban", "--no-split"]
    assert run([*arguments, "--volume", "20kt"]) == 0
    told = capsys.readouterr().out
    assert "Nobody offers maya" in told
    assert "Asked" not in told
    assert run([*arguments, "--volume", "20kt", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    names = [column["name"] for column in shown["swap"]["columns"]]
    assert [row[names.index("gain")] for row in shown["swap"]["rows"]] == [None, None]


def test_a_balancing_crude_that_is_not_in_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*KARACHI, "--against", "arab_light", "--volume", "10kt", "--no-split"]) == 0
    assert "The plan buys no arab_light, so nothing of it can be swapped." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--crude", "ural"], 'Closest name: "urals"'),
        (["--crude", "urals", "--against", "mruban"], 'Closest name: "murban"'),
        (["--crude", "urals", "--against", "urals_primorsk"], "are the same crude"),
        (["--crude", "urals", "--volume", "many"], "is not a volume"),
        (["--crude", "urals", "--volume", "1.2.3kt"], "is not a volume"),
        (["--crude", "urals", "--volume", "0kt"], "a volume of zero"),
        (["--crude", "urals", "--volume", "5kbd"], "is a rate"),
        (["--crude", "urals", "--volume", "5furlong"], "not a unit of measure"),
        (["--crude", "urals", "--volume", "5MWh"], "measures"),
        (["--crude", "urals", "--volume", "500kt"], "3,632,508 bbl of urals; it takes at most 581,928 bbl."),
        (["--crude", "urals", "--against", "das", "--volume", "500kt"], "cannot take 3,632,508 bbl of it"),
        (["--crude", "urals", "--against", "das", "--no-split", "--pairs", "urals"], "makes no pair"),
        (["--crude", "urals", "--against", "das", "--no-split", "--pairs", "urals,mya"], "is not offered"),
        (["--crude", "adios_oman_ad00852", "--against", "das"], "sulfur_wt_pct"),
    ],
)
def test_bad_input(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "karachi_2023_september", *arguments, "--jobs", "1"]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "Traceback" not in found
