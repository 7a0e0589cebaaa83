"""``netback evaluate`` of crudes in ships: what it prints, in 100 columns and as JSON, and how it is stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import netback.studies.cargo_swap as module
from netback.cli.main import run
from netback.io.folder_writer import write_case
from tiny import rows, tiny

WIDTH = 100


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Two crudes of one month in full ships of 50 t: a sells at 12 and costs 10, b at 11.5 and 10; one market of 80."""
    case = tiny(
        "two",
        periods=[{"period": "2023-04", "start": "2023-04-01", "days": 30}],
        streams=[{"stream": "a", "kind": "crude"}, {"stream": "b", "kind": "crude"}, {"stream": "fuel"}],
        offers=rows("offer stream price price_basis", "a a 10 fob", "b b 10 fob"),
        cargoes=rows("cargo offer max_ships max_lot days", "ship_a a 2 50 1", "ship_b b 2 50 1"),
        cargo_costs=rows("cargo item cost per", "ship_a freight 10 ship", "ship_b freight 5 ship"),
        feeds=rows("unit feed", "still a", "still b"),
        yields=rows("unit feed product yield", "still a fuel 1", "still b fuel 0.95"),
        sales=rows("sale stream tier max price", "s fuel 1 80 12", "s fuel 2 . 6"),
    )
    write_case(case, tmp_path / "two")
    return ["evaluate", str(tmp_path / "two"), "--crude", "a"]


def test_cargo_by_cargo(command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # One of a earns 600 - 510 = 90; one of each would earn 80 x 12 + 17.5 x 6 - 1015 = 50, b alone 570 - 505 = 65.
    assert run([*command, "--against", "b", "--pairs", "a,b", "--out", str(tmp_path / "o")]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines()[:-1])) <= WIDTH
    text = " ".join(told.split())
    assert "loads 1 of a, 0 of b." in text
    assert "The plan loads no b, so no cargo of it can go out." in text
    # A second of a: 20 t at 6 more in place of 12 for 30 t: 80 x 12 + 20 x 6 - 1020 = 60, so -30.
    assert (
        "With the others held the further cargo would just pay at 9.40 USD/t fob; at its price, 10.00, it does"
        in text
    )
    assert "Why two break-even prices differ is not split for whole ships" in text
    shown = json.loads((tmp_path / "o" / "evaluation.json").read_text())
    assert shown["complete"]
    gains = {row[0]: row[1] for row in shown["base_loading"]["rows"]}
    assert gains == {"held": pytest.approx(-30.0, abs=1e-3), "free": pytest.approx(-30.0, abs=1e-3)}
    synergy = {row[0]: row[1:] for row in shown["synergy"]["rows"]}
    # b alone is free when a is asked about; both less each alone: 50 - 90 - 65.
    assert synergy["a"][2] == pytest.approx(50.0 - 90.0 - 65.0, abs=1e-3)
    assert {"base_loading.csv", "synergy.csv", "blending.csv"} <= {
        path.name for path in (tmp_path / "o").iterdir()
    }


def test_a_swap(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*command[:-1], "b", "--against", "a", "--json"]
    assert run(arguments) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row[1] for row in shown["swap"]["rows"]] == pytest.approx([65.0 - 90.0] * 2, abs=1e-3)
    (first, *_) = shown["swap"]["rows"]
    names = [column["name"] if isinstance(column, dict) else column for column in shown["swap"]["columns"]]
    told = dict(zip(names, first, strict=True))
    # The cargo of b costs 505 in place of 510; what it makes sells for 570 in place of 600.
    assert (told["costs"], told["worth"]) == (pytest.approx(-5.0, abs=1e-3), pytest.approx(-30.0, abs=1e-3))
    assert (told["loads"], told["leaves"]) == ("1 ship_b 2023-04", "1 ship_a 2023-04")


def test_stopped_it_tells_what_is_known(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module._Work, "pairs", stop)
    assert run([*command, "--against", "b", "--pairs", "a,b", "--json"]) == 130
    found = capsys.readouterr()
    assert "Stopped: what was known by then follows." in found.err
    shown = json.loads(found.out)
    assert not shown["complete"]
    assert "synergy" not in shown
    assert len(shown["base_loading"]["rows"]) == 2


def test_a_volume_is_refused_with_what_to_use(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--volume", "40t"]) == 2
    assert "netback value two --crude a --volume 40t" in " ".join(capsys.readouterr().err.split())
