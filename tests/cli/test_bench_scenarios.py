"""``netback bench planning`` on crude selection: any number of scenarios, proven block by block, and its faults."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netback.cli.main import run
from shared import shared

#: What the published runs know of five scenarios: best value, and a bound proven to 0.01 %.
BEST, BOUND = -18350.1505, -18351.763


#: Runs a command and sends itself Ctrl-C when the solve has been running for a while, however busy the machine is.
_CTRL_C = """
import os, signal, sys, threading
from netback.cli.main import run
from netback.program import globally
real = globally.solve_global
def solve(*arguments, **named):
    threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    return real(*arguments, **named)
globally.solve_global = solve
sys.exit(run(sys.argv[1:]))
"""


def value_of(scenarios: str) -> dict[str, Any]:
    """The published case with some of its five scenarios, all as likely."""
    text = shared("benchmarks/planning/crude_selection_5scen.json").read_text(encoding="utf-8")
    value: dict[str, Any] = json.loads(text)
    drawn = value["data"]["scenarios"]
    made = {"prob": {str(n + 1): 1.0 / len(scenarios) for n in range(len(scenarios))}}
    for key in ("sulphur_go", "vacuum_residue"):
        made[key] = {str(n + 1): drawn[key][h] for n, h in enumerate(scenarios)}
    value["data"]["scenarios"] = made
    value["expected"] = {}
    return value


def test_five_scenarios_are_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = shared("benchmarks/planning/crude_selection_5scen.json"), tmp_path / "out.json"
    assert run(["bench", "planning", str(file), "--gap", "1e-4", "--json", str(out)]) == 0
    row = json.loads(out.read_text())["rows"][0]
    assert row["word"] == "proven"
    assert row["gap"] <= 1e-4
    assert row["bound"] <= BEST + 1e-3
    assert row["value"] == pytest.approx(BEST, abs=1e-4 * abs(BEST))
    assert row["value"] >= BOUND
    assert row["residual"] < 1e-6
    assert "own decomposition into 5 blocks" in row["bound_by"]
    assert 'columns without the label "scenario"' in row["bound_by"]
    assert "1 proven" in capsys.readouterr().out


def test_any_number_of_scenarios_gzipped_or_not(tmp_path: Path) -> None:
    plain, packed, out = tmp_path / "three.json", tmp_path / "two.json.gz", tmp_path / "out.json"
    plain.write_text(json.dumps(value_of("135")))
    packed.write_bytes(gzip.compress(json.dumps(value_of("24")).encode()))
    assert run(["bench", "planning", str(plain), str(packed), "--gap", "1e-3", "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["rows"]
    assert [row["word"] for row in rows] == ["proven", "proven"]
    assert [row["sizes"]["columns"] for row in rows] == [320, 220]
    assert [f"into {n} blocks" in row["bound_by"] for n, row in zip((3, 2), rows, strict=True)] == [
        True,
        True,
    ]


def test_faults_name_file_and_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = value_of("12")
    value["data"]["scenarios"]["prob"]["2"] = 0.7
    (tmp_path / "sum.json").write_text(json.dumps(value))
    value = value_of("12")
    value["data"]["scenarios"]["vacuum_residue"]["1"]["4"] = 1.4
    del value["data"]["scenarios"]["sulphur_go"]["2"]
    (tmp_path / "range.json.gz").write_bytes(gzip.compress(json.dumps(value).encode()))
    assert run(["bench", "planning", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "sum.json, data.scenarios.prob: adds up to 1.2" in said
    assert "range.json.gz, data.scenarios.vacuum_residue.1.4: 1.4 is not in 0 to 1" in said
    assert "range.json.gz, data.scenarios.sulphur_go.2: is null" in said


def test_ctrl_c_comes_back_with_plan_and_bound(tmp_path: Path) -> None:
    shared("benchmarks/planning/crude_selection_5scen.json")
    file, out = tmp_path / "five.json", tmp_path / "out.json"
    file.write_text(json.dumps(value_of("12345")))
    command = [sys.executable, "-c", _CTRL_C, "bench", "planning", str(file)]
    command += ["--gap", "1e-9", "--time-limit", "120", "--json", str(out)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 130), done.stderr
    row = json.loads(out.read_text())["rows"][0]
    # The best known value rests on a solver's tolerances; the bound does not.
    assert row["bound"] is None or row["bound"] <= BEST + 1e-6 * abs(BEST)
    assert row["value"] is None or row["value"] >= BOUND
    assert row["word"] in ("feasible", "proven", "not solved")
