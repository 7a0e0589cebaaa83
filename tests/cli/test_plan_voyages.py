"""Cases with ships as a user meets them: clean checks, the plan with its voyages, files, and what cannot be met."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.folder import read_case
from netback.io.folder_writer import write_case
from netback.planning.worth import offer_worths
from netback.plots import plan as plots
from netback.results import solution
from tiny import rows, tiny

Run = Callable[..., tuple[int, str, str]]
WIDTH = 100
CORRIDOR = ("karachi_2023", "karachi_2023_three", "hormuz_2026")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    # Each break-even of a ship takes two integer solves.
    monkeypatch.setattr(solution, "offer_worths", lambda plan: offer_worths(plan, most=1))

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


@pytest.mark.parametrize("name", CORRIDOR)
def test_the_shipped_cases_with_ships_are_clean(command: Run, name: str) -> None:
    code, out, err = command("check", name, *(["--quick"] if name.endswith("three") else []))
    assert (code, err) == (0, "")
    assert "problem in case" not in out
    assert "problems in case" not in out


def test_the_plan_shows_every_voyage(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "figures", lambda *_: {})
    code, out, err = command("plan", "hormuz_2026", "--out", "results")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "Proven best to " in out
    # Ships are not measured with the plan; one line says how they are.
    assert "netback value hormuz_2026 --crude CRUDE" in out
    assert "headroom" not in out
    voyages = out[out.index("Voyages\n") : out.index("Sales [")]
    with open("results/voyages.csv", encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert written
    for row in written:
        assert row["load_date"] in voyages
        assert row["discharge_port"] in voyages
        assert row["laycan_from"] <= row["load_date"] <= row["laycan_to"]
        assert row["load_date"] < row["arrival_date"]
        # Nothing that loads inside the closed strait.
        assert row["load_port"] not in ("Ras Tanura", "Jebel Dhanna", "Das Island")
    told = json.loads(Path("results/solution.json").read_text(encoding="utf-8"))
    freight = sum(float(row["freight [USD]"]) for row in written)
    items = {(row[0], row[1]): row[2] for row in told["tables"]["economics"]["rows"]}
    assert freight == pytest.approx(-sum(v for (group, _), v in items.items() if group == "cargo costs"))
    assert sum(
        v for (g, _), v in items.items() if g not in ("margin", "penalties", "objective")
    ) == pytest.approx(told["economics"]["margin"])
    balance = told["tables"]["mass_balance"]["rows"]
    assert any(row[1] == "at sea" for row in balance)
    # A month without any loading has no mass in; rounding of the solve is not told as a balance that is open.
    assert "WARNING" not in out
    closed = [row[6] for row in balance if row[1] in ("at sea", "whole plant")]
    assert closed == pytest.approx([0.0] * len(closed), abs=0.5)
    # The licence of March is kept.
    russian = [row for row in written if "russia" in row["cargo"]]
    assert russian
    for row in russian:
        assert row["load_date"] <= "2026-03-12"
        assert row["arrival_date"] <= "2026-04-11"


def monthly(**tables: object) -> object:
    start = [date(2023, month, 1) for month in (4, 5, 6)]
    given: dict[str, object] = {
        "periods": [
            {"period": f"{day:%Y-%m}", "start": day, "days": days}
            for day, days in zip(start, (30, 31, 30), strict=True)
        ],
        "sources": rows("source title", "ours made_up"),
        "offers": rows("offer stream price source", "far wheat 10 ours"),
        "cargoes": rows("cargo offer min_lot max_lot max_ships days source", "supra far 45 60 2 18 ours"),
        "contracts": rows("contract cargoes min_ships source", "monthly supra 2 ours"),
        "sales": rows("sale stream max price source", "s wheat 50 20 ours"),
        "inventories": rows("stream max source", "wheat 60 ours"),
    }
    return tiny(**(given | tables))  # type: ignore[arg-type]


def test_a_contract_that_clashes_is_told_in_the_planners_words(command: Run, tmp_path: Path) -> None:
    write_case(monthly(), tmp_path / "wheat")  # type: ignore[arg-type]
    code, _, err = command("plan", "wheat")
    assert code == 2
    assert "contract monthly" in err
    assert "Traceback" not in err


def test_faults_of_cargoes_come_together_with_their_places(command: Run, tmp_path: Path) -> None:
    broken = monthly(
        cargoes=rows("cargo offer min_lot max_lot days source", "supra nowhere 45 60 18 ours"),
        contracts=rows("contract cargoes min_ships source", "monthly supra;missing 2 ours"),
    )
    write_case(broken, tmp_path / "wheat")  # type: ignore[arg-type]
    code, out, err = command("check", "wheat")
    assert code == 2
    text = out + err
    assert 'offer "nowhere" is not in offers.csv' in text
    assert 'cargo "missing" is not in cargoes.csv' in text


def test_every_scenario_of_the_shipped_cases_can_be_read() -> None:
    for name in CORRIDOR:
        for row in read_case(name)["scenarios"].records:
            assert read_case(name, row["scenario"]).scenario == row["scenario"]
