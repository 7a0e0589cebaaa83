"""``netback bench``: rows, exit codes, findings of all files together, and what is kept when it is interrupted."""

from __future__ import annotations

import copy
import gzip
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from netback.cli import bench
from netback.cli.bench import against_known, beside_known, contradiction, relative_gap
from netback.cli.main import run
from shared import shared

INSTANCE: dict[str, Any] = {
    "format": "pooling-json/1",
    "name": "small",
    "set": "classic",
    "sense": "min",
    "best_known": {"objective": -400.0, "dual_bound": -400.0, "status": "optimal", "source": ""},
    "qualities": ["s"],
    "inputs": [
        {"id": name, "cost": cost, "supply_lb": 0, "supply_ub": 300, "quality": {"s": quality}}
        for name, cost, quality in (("a", 6, 3), ("b", 16, 1), ("c", 10, 2))
    ],
    "pools": [{"id": "p", "capacity": 300}],
    "outputs": [
        {"id": "x", "price": 9, "demand_lb": 0, "demand_ub": 100, "quality_ub": {"s": 2.5}, "quality_lb": {}},
        {
            "id": "y",
            "price": 15,
            "demand_lb": 0,
            "demand_ub": 200,
            "quality_ub": {"s": 1.5},
            "quality_lb": {},
        },
    ],
    "arcs": [
        {"from": t, "to": h}
        for t, h in (("a", "p"), ("b", "p"), ("c", "x"), ("c", "y"), ("p", "x"), ("p", "y"))
    ],
}
KEYS = {"name", "value", "bound", "gap", "seconds", "word", "residual", "best_known", "seed", "sizes"}


def write(folder: Path, file: str = "small.json", /, **changes: Any) -> Path:
    path = folder / file
    path.write_text(json.dumps({**copy.deepcopy(INSTANCE), **changes}))
    return path


def rows(out: Path) -> list[dict[str, Any]]:
    content = json.loads(out.read_text())
    assert isinstance(content["rows"], list)
    return list(content["rows"])


def test_a_pooling_instance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    code = run(
        ["bench", "pooling", str(write(tmp_path)), "--time-limit", "20", "--json", str(out), "--seed", "3"]
    )
    shown = capsys.readouterr()
    assert code == 0
    (row,) = rows(out)
    assert row.keys() >= KEYS
    assert row["value"] == pytest.approx(-400.0, rel=1e-6)
    assert row["bound"] == pytest.approx(-400.0, rel=1e-4)
    assert (row["word"], row["seed"], row["best_known"]) == ("proven", 3, -400.0)
    assert row["gap"] <= 1e-4
    assert row["residual"] <= 1e-6
    assert row["sizes"]["pools"] == 1
    assert "small" in shown.out
    assert "1 solved for, 1 proven" in shown.out


def test_a_folder_and_gzip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write(folder, "b.json", name="b")
    (folder / "a.json.gz").write_bytes(gzip.compress(write(tmp_path, "t.json").read_bytes()))
    (folder / "index.csv").write_text("name\n")
    out = tmp_path / "out.json"
    assert run(["bench", "pooling", str(folder), "--json", str(out)]) == 0
    assert [row["file"] for row in rows(out)] == ["a.json.gz", "b.json"]


def test_findings_of_all_files_come_together_and_nothing_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write(tmp_path, "bad.json", pools=[{"id": "p", "capacity": -1}])
    worse = tmp_path / "worse.json"
    worse.write_text("{")
    out = tmp_path / "out.json"
    assert run(["bench", "pooling", str(write(tmp_path)), str(bad), str(worse), "--json", str(out)]) == 2
    shown = capsys.readouterr()
    assert "bad.json, pools[0].capacity: is -1.0, below 0." in shown.err
    assert "worse.json: is not JSON" in shown.err
    assert "2 problems in 3 files" in shown.err
    assert not out.exists()


@pytest.mark.parametrize("what", ["none.json", "empty"])
def test_nothing_to_read(tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["bench", "pooling", str(tmp_path / what)]) == 2
    assert what in capsys.readouterr().err


def test_another_format_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "program", str(write(tmp_path))]) == 2
    assert "format: is 'pooling-json/1', not 'program-json/1'" in capsys.readouterr().err


def test_the_target_may_not_be_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "pooling", str(write(tmp_path)), "--json", str(tmp_path)]) == 2


def test_an_existing_file_is_not_written_over_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, instance = tmp_path / "out.json", str(write(tmp_path))
    out.write_text("mine")
    assert run(["bench", "pooling", instance, "--json", str(out)]) == 2
    assert "out.json: exists already." in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run(["bench", "pooling", instance, "--json", str(out), "--force"]) == 0
    assert [row["name"] for row in rows(out)] == ["small"]


@pytest.mark.parametrize("kind", ["planning", "program"])
def test_no_kind_writes_over_a_file(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    out.write_text("mine")
    assert run(["bench", kind, str(write(tmp_path)), "--json", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_a_folder_for_the_rows_must_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "none" / "out.json"
    assert run(["bench", "pooling", str(write(tmp_path)), "--json", str(out)]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["auto", "p", "pq", "source", "tp", "stp"])
def test_every_form_can_be_chosen(tmp_path: Path, form: str) -> None:
    out = tmp_path / "out.json"
    assert run(["bench", "pooling", str(write(tmp_path)), "--form", form, "--json", str(out)]) == 0
    (row,) = rows(out)
    assert (row["form"], row["word"]) == (form, "proven")
    assert row["value"] == pytest.approx(-400.0, rel=1e-4)


def test_another_form_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "pooling", str(write(tmp_path)), "--form", "sourc"]) == 2
    shown = capsys.readouterr().err
    assert '--form: "sourc" is none of auto, p, pq, source, tp, stp.' in shown
    assert 'Closest name: "source"' in shown


BAD: list[tuple[dict[str, Any], str]] = [
    ({"arcs": [{"from": "a", "to": "nowhere"}]}, 'bad.json, arcs[0].to: there is no node "nowhere"'),
    ({"arcs": [{"from": "a", "to": "p", "lb": 2, "ub": 1}]}, "bad.json, arcs[0]"),
    ({"pools": [{"id": "p", "capacity": -1}]}, "bad.json, pools[0].capacity: is -1.0, below 0."),
    ({"pools": [{"id": "p", "capacity": math.nan}]}, "bad.json"),
    ({"pools": [{"id": "a", "capacity": 1}]}, 'bad.json, pools[0].id: "a" is the id of an earlier input'),
    ({"qualities": ["t"]}, "quality.s: is no quality of this instance"),
]


@pytest.mark.parametrize(("changes", "part"), BAD)
def test_malformed_instances_name_file_and_field(
    tmp_path: Path, changes: dict[str, Any], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "pooling", str(write(tmp_path, "bad.json", **changes))]) == 2
    shown = capsys.readouterr().err
    assert part in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    "option", [["--gap", "0"], ["--gap", "nan"], ["--time-limit", "-1"], ["--seed", "-1"]]
)
def test_options_out_of_range(tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "pooling", str(write(tmp_path)), *option]) == 2


def test_programs(tmp_path: Path) -> None:
    program = {
        "format": "program-json/1",
        "name": "square",
        "sense": "max",
        "objective": {"x": 1.0},
        "variables": [{"name": "x", "lower": 0, "upper": 4}, {"name": "y", "lower": 1, "upper": 3}],
        "rows": [{"name": "r", "relation": "<=", "rhs": 6.0, "linear": {}, "products": [["x", "y", 1.0]]}],
    }
    path, out = tmp_path / "p.json", tmp_path / "out.json"
    path.write_text(json.dumps(program))
    assert run(["bench", "program", str(path), "--json", str(out), "--time-limit", "10"]) == 0
    (row,) = rows(out)
    assert (row["word"], row["sense"]) == ("proven", "max")
    assert row["value"] == pytest.approx(4.0, abs=1e-6)
    assert row["sizes"] == {"rows": 1, "columns": 2, "products": 1, "integers": 0}


def test_planning_turns_the_sign_and_lists_what_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        str(shared(f"benchmarks/planning/{name}.json"))
        for name in ("haverly_1", "rtl_refinery", "netlib_blend")
    ]
    out = tmp_path / "out.json"
    assert run(["bench", "planning", *files, "--json", str(out), "--time-limit", "20"]) == 0
    first, second = rows(out)
    assert (first["name"], first["sense"]) == ("haverly_1", "max")
    assert first["value"] == pytest.approx(400.0, rel=1e-6)
    assert first["bound"] >= 400.0 - 1e-3
    assert second["value"] == pytest.approx(-30.812149845828, rel=1e-6)
    assert json.loads(out.read_text())["not_read"][0]["file"] == "rtl_refinery.json"
    assert "Not read: rtl_refinery.json: a linear program told in words" in capsys.readouterr().err


def test_a_contradiction_leaves_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        tmp_path, best_known={"objective": -500.0, "dual_bound": None, "status": "best", "source": ""}
    )
    assert run(["bench", "pooling", str(path), "--time-limit", "20"]) == 1
    assert "on the wrong side of the known value" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, ""),
        ({"bound": -399.0}, "the bound -399.0 is on the wrong side"),
        ({"bound": -400.001}, ""),
        ({"value": -401.0}, "the value -401.0 is better than the known bound"),
        ({"word": "proven infeasible", "value": None, "bound": None}, "called infeasible"),
        (
            {"sense": "max", "value": 400.0, "bound": 399.0, "best_known": 400.0, "best_bound": 400.0},
            "wrong side",
        ),
        ({"best_known": None, "best_bound": None, "bound": 0.0}, ""),
    ],
)
def test_contradictions(changes: dict[str, Any], part: str) -> None:
    row = {"sense": "min", "value": -400.0, "bound": -400.0, "word": "proven"}
    found = contradiction({**row, "best_known": -400.0, "best_bound": -400.0, **changes})
    assert (part in found) if part else found == ""


@pytest.mark.parametrize(
    ("value", "bound", "gap"),
    [
        (None, 1.0, None),
        (1.0, None, None),
        (0.0, 0.0, 0.0),
        (-100.0, -110.0, 10 / 110),
        (100.0, 110.0, 10 / 110),
    ],
)
def test_gap_is_over_the_larger_magnitude(value: Any, bound: Any, gap: Any) -> None:
    assert relative_gap(value, bound) == (None if gap is None else pytest.approx(gap))


def test_an_interruption_between_instances_keeps_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    solve, calls = bench.solve, []

    def interrupted(*arguments: Any) -> dict[str, Any]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return solve(*arguments)

    monkeypatch.setattr(bench, "solve", interrupted)
    out = tmp_path / "out.json"
    files = [str(write(tmp_path, f"{n}.json", name=f"n{n}")) for n in range(3)]
    assert run(["bench", "pooling", *files, "--json", str(out)]) == 130
    assert [row["name"] for row in rows(out)] == ["n0"]
    assert json.loads(out.read_text())["complete"] is False


def test_ctrl_c_keeps_the_best_plan_so_far(tmp_path: Path) -> None:
    large, out = shared("benchmarks/pooling/sppA0.json"), tmp_path / "out.json"
    command = [sys.executable, "-m", "netback.cli.main", "bench", "pooling", str(write(tmp_path)), str(large)]
    running = subprocess.Popen(
        [*command, "--json", str(out), "--time-limit", "120"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    started = time.monotonic()
    while not out.exists() and time.monotonic() - started < 60:
        time.sleep(0.2)
    time.sleep(4.0)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    first, second = rows(out)
    assert first["word"] == "proven"
    assert second["status"] == "interrupted"
    assert second["bound"] <= -34559.0


@pytest.mark.parametrize(
    ("sense", "known", "value", "told"),
    [
        ("min", -100.0, -90.0, "best known -100.00, ours is 10 % worse"),
        ("min", -100.0, -101.0, "best known -100.00, ours is 0.99 % better"),
        ("max", 100.0, 90.0, "best known 100.00, ours is 10 % worse"),
        ("min", -100.0, -100.0001, ""),
        ("min", None, -90.0, ""),
        ("max", 100.0, None, ""),
    ],
)
def test_a_value_stands_beside_the_best_known(sense, known, value, told):
    assert beside_known({"sense": sense, "best_known": known, "value": value}) == told


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--time-limit", "nan", "not a number to reckon with"),
        ("--time-limit", "inf", "not a number to reckon with"),
        ("--gap", "nan", "not a number to reckon with"),
        ("--gap", "inf", "not in the range 0.0<=x<=0.5"),
    ],
)
def test_numbers_that_are_none_are_refused(option, value, told, capsys):
    assert run(["plan", "rtl_refinery", option, value]) == 2
    assert told in capsys.readouterr().err


def test_a_file_of_another_format_names_its_reader(tmp_path, capsys):
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"format": "netback-benchmark/1", "units": []}))
    assert run(["bench", "pooling", str(file)]) == 2
    told = capsys.readouterr().err
    assert "netback bench planning" in told
    assert "units" not in told


def test_the_end_tells_how_many_values_agree_with_the_best_known() -> None:
    same = {"sense": "min", "best_known": -100.0, "value": -100.0}
    worse = {"sense": "min", "best_known": -100.0, "value": -90.0}
    unsolved = {"sense": "min", "best_known": -100.0, "value": None}
    unknown = {"sense": "min", "best_known": None, "value": -5.0}
    told = against_known([same, worse, unsolved, unknown])
    assert told == "1 of 3 with a best known value agree with it."
    assert against_known([unknown]) == ""
