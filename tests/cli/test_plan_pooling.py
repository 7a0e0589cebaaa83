"""``netback plan --pooling`` as a user runs it: forms, certificates, misuse, Ctrl-C."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.folder_writer import write_case
from pool_cases import haverly

_CTRL_C = """
import os, signal, sys, threading
from netback.cli.main import run
from netback.planning import solve_pools
from netback.results import solution
solution.offer_worths = lambda _: ()  # as long again, and no part of what is asked here
real, begun = solve_pools.solve_global, []
def solve(*arguments, **named):
    if not begun:
        begun.append(True)
        threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT)).start()
    return real(*arguments, **named)
solve_pools.solve_global = solve
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    write_case(haverly(), tmp_path / "haverly")
    return tmp_path / "haverly"


@pytest.mark.parametrize(
    ("form", "value", "word"),
    [
        ("segregated", 500.0, "proven"),
        ("exact", 400.0, "proven"),
        ("p", 400.0, "proven"),
        ("stp", 400.0, "proven"),
        ("recursion", 400.0, "feasible"),
    ],
)
def test_every_form_tells_its_certificate(
    case: Path, capsys: pytest.CaptureFixture[str], form: str, value: float, word: str
) -> None:
    assert run(["plan", str(case), "--pooling", form, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    told = found["certificate"]
    assert told["word"] == word
    assert told["value"] == pytest.approx(value, rel=1e-4)
    assert told["bound"] >= told["value"] - 1e-6
    assert told["bound_by"]
    assert found["facts"]["pooling"] == form
    assert found["facts"]["scaling"]


def test_the_tables_tell_the_mix_and_where_value_and_bound_come_from(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", str(case), "--pooling", "exact"]) == 0
    out = capsys.readouterr().out
    assert "Proven best to " in out
    assert "Value found by " in out
    assert "Scaling: coefficients span a factor of" in out
    assert "local" in out
    assert "Pools: what each is made of, and what takes it" in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_the_gap_of_recursion_is_stated(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(case), "--pooling", "recursion"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Feasible, at most 25 % below the best: bound by relaxation" in out


def test_a_fixed_recipe_says_so(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(case), "--pooling", "fixed_recipe"]) == 0
    assert "best for these recipes only" in " ".join(capsys.readouterr().out.split())


def test_full_explains_the_names_of_parts(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(case), "--pooling", "exact", "--full"]) == 0
    out = capsys.readouterr().out
    assert "Names of parts: " in out
    assert "Parts of streams" in out


def test_an_unknown_form_is_a_finding(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(case), "--pooling", "exakt"]) == 2
    assert 'there is no form "exakt". Closest name: "exact".' in capsys.readouterr().err


def test_ctrl_c_prints_the_best_plan_and_its_certificate(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CTRL_C, "plan", "karachi_2023_tanks", "--pooling", "exact", "--json"]
    done = subprocess.run(
        [*command, "--gap", "1e-9"], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "this is the best plan found until then" in done.stderr
    told = json.loads(done.stdout)["certificate"]
    assert told["word"] == "feasible"
    assert told["value"] < told["bound"]
    assert told["gap"] > 0.0
