"""Ctrl-C, time limits and killed runs: the best plan with its certificate or plain words, and no half folder."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hard_case import write_market_split

from netback.cli.main import run
from netback.planning.worth import Prober

NETBACK = [sys.executable, "-m", "netback.cli.main"]

#: Runs a command and sends itself Ctrl-C when the solve has been running for a while, however busy the machine is.
_CTRL_C = """
import os, signal, sys, threading
from netback.cli.main import run
from netback.program.highs import Session
import netback.plots.plan
netback.plots.plan.figures = lambda *given: {}
real, begun = Session.solve, []
def solve(*arguments, **named):
    if not begun:
        begun.append(True)
        threading.Timer(0.8, os.kill, (os.getpid(), signal.SIGINT)).start()
    return real(*arguments, **named)
Session.solve = solve
sys.exit(run(sys.argv[1:]))
"""


def interrupted(folder: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-c", _CTRL_C, *arguments]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hard")
    write_market_split(folder / "soft")
    write_market_split(folder / "rigid", breaker=False)
    return folder


def test_ctrl_c_keeps_the_best_plan_with_its_certificate(hard: Path, tmp_path: Path) -> None:
    code, out, err = interrupted(tmp_path, "plan", str(hard / "soft"), "--json", "--out", "o")
    assert code == 130, err
    assert "Traceback" not in err
    assert "this is the best plan found until then" in err
    found = json.loads(out)
    assert found["certificate"]["word"] == "feasible"
    assert found["certificate"]["bound"] is not None
    assert found["economics"]["objective"] == pytest.approx(found["certificate"]["value"])
    assert json.loads((tmp_path / "o" / "solution.json").read_text())["economics"] == found["economics"]


def test_ctrl_c_without_a_plan_says_that_there_is_none(hard: Path, tmp_path: Path) -> None:
    code, out, err = interrupted(tmp_path, "plan", str(hard / "rigid"), "--out", "o")
    assert (code, out) == (130, "")
    assert "Stopped before any plan was found." in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_time_limit_gives_the_best_plan_and_its_gap(hard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["plan", str(hard / "soft"), "--time-limit", "0.7"])
    shown = capsys.readouterr()
    assert code == 0
    assert "% below the best: bound by" in shown.out
    assert "best plan found until then" in shown.err


def test_a_time_limit_without_a_plan_says_so(hard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(hard / "rigid"), "--time-limit", "0.5"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "not solved in the time given" in shown.err
    assert "Allow more time." in shown.err


#: Writes a plan, and dies by SIGKILL right before one of its system calls that put files in place.
_DYING = """
import os, sys
from netback.cli.main import run
deaths, calls = int(sys.argv[1]), 0
def dying(real):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == deaths:
            os.kill(os.getpid(), 9)
        return real(*arguments, **named)
    return call
import netback.plots.plan
netback.plots.plan.figures = lambda *given: {}
os.fsync, os.replace, os.rename = dying(os.fsync), dying(os.replace), dying(os.rename)
run(["plan", "rtl_refinery", "--out", "o"])
"""


def dying(folder: Path, deaths: int) -> tuple[int, list[str]]:
    """Exit code of a run that dies, and what can be seen in the folder afterwards."""
    command = [sys.executable, "-c", _DYING, str(deaths)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode, [path.name for path in folder.iterdir() if not path.name.startswith(".")]


def test_killed_runs_leave_no_folder_and_after_them_the_same_command_works(tmp_path: Path) -> None:
    for deaths in (1, 9, 18):
        assert dying(tmp_path, deaths) == (-signal.SIGKILL, []), deaths
    assert dying(tmp_path, 1000) == (0, ["o"])
    assert (tmp_path / "o" / "solution.json").is_file()
    assert (tmp_path / "o" / "report.html").read_text().endswith("</body></html>\n")
    assert not list((tmp_path / "o").glob(".*"))


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    command = [*NETBACK, "plan", "rtl_refinery", "--full"]
    running = subprocess.Popen(
        command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(timeout=30) in (0, 141)
    assert running.stderr is not None
    assert "Traceback" not in running.stderr.read()


def test_an_explanation_that_is_stopped_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from netback.results import explain as explaining

    real, begun = explaining._explain, []

    def stopping(prober: Prober, position: int, period: int) -> object:
        begun.append(period)
        prober.stopped = len(begun) > 1
        return real(prober, position, period)

    monkeypatch.setattr(explaining, "_explain", stopping)
    assert run(["explain", "veg1", "--case", "williams_food_1"]) == 130
    shown = capsys.readouterr()
    assert "veg1" in shown.out
    assert "Stopped: 1 of 6 offers by period explained until then." in shown.err


def test_how_far_an_explanation_is_shows_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from netback.cli.plan import _Explaining
    from netback.program.solution import Progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for terminal in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", terminal)
        line = _Explaining("urals")
        line.count(0, 18)
        line.clear()
        assert terminal.getvalue() == ""  # quick answers need no line
        now[0] += 2.0
        line.tick(Progress(2.0, 0, 1.0, 2.0, 0))
        line.count(1, 18)
        now[0] += 2.0
        line.tick(Progress(4.0, 0, 1.0, 2.0, 0))
        line.clear()
        shown = [part.strip() for part in terminal.getvalue().split("\r") if part.strip()]
        told = "urals: {} of 18 offers by period explained, {} s  (Ctrl-C shows those)"
        assert shown == ([told.format(0, 2), told.format(1, 4)] if terminal.isatty() else [])
