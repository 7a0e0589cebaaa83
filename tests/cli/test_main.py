"""The root of the command line as a user runs it: help, version, errors without traceback, exit codes, speed."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from netback import __version__
from netback.cli import common
from netback.cli import main as root
from netback.cli.common import MOST_SHOWN, counted, findings_text, number, printable, show_error, show_table
from netback.errors import DataError, Finding, SolveError
from netback.io.folder import shipped_cases
from tiny_case import write_folder

NETBACK = str(Path(sys.executable).with_name("netback"))
HEAVY = ("scipy", "pandas", "highspy", "matplotlib", "numpy")


def netback(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [NETBACK, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        encoding="utf-8",
        **options,
    )


# --- as a process --------------------------------------------------------------------------------


def test_version() -> None:
    done = netback("--version")
    assert (done.returncode, done.stdout) == (0, f"netback {__version__}\n")


def test_help_names_the_commands_and_fits() -> None:
    done = netback("--help")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 100
    for name in ("new", "check", "tables"):
        assert f"\n  {name} " in done.stdout


def test_no_arguments_show_the_help() -> None:
    done = netback()
    assert done.returncode == 2
    assert "Usage: netback" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], "Did you mean 'check'?"),
        (["check"], "Missing argument 'CASE'"),
        (["check", "a", "--scenaro", "b"], "No such option"),
        (["tables", "a", "b"], "unexpected extra argument"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    done = netback(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_users_error_has_the_form_of_the_house(tmp_path: Path) -> None:
    write_folder(tmp_path / "tiny", {"sources.csv": "source\nours\ntheirs\n"})
    done = netback("check", str(tmp_path / "tiny"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "1 problem in case tiny\n"
        ' 1. sources.csv, row 1: the column "title" is missing. It is: statement or title, in our own words.\n'
    )


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [NETBACK, "tables", "--markdown"], stdout=pipe, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_what_c_libraries_print_is_not_in_the_output() -> None:
    script = (
        "import ctypes, os, sys, netback.cli.tables\n"
        "def tables():\n"
        "    os.write(1, b'from C\\n')\n"
        "    print('from Python: \u00d6l \u2500', sys.stdout.encoding, sys.stdout.errors)\n"
        "    print(sys.stdout is sys.__stdout__, sys.stdout.line_buffering, sys.stdout.isatty())\n"
        "netback.cli.tables.tables = tables\n"
        "from netback.cli.main import main\n"
        "main(['tables'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        timeout=60,
        check=False,
        env={"PYTHONIOENCODING": "latin-1", "PATH": "/bin", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("latin-1") == "from Python: \u00d6l ? iso8859-1 replace\nTrue False False\n"


def test_a_ranking_as_json_is_json_alone() -> None:
    done = netback("rank", "karachi_2023_september", "--crudes", "urals,arab_light", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["format"] == "netback-ranking/1"


def test_an_interrupted_run_says_so(tmp_path: Path) -> None:
    rows = "".join(f"offer {n},crude,{60 + n * 1e-4},ours\n" for n in range(400_000))
    folder = write_folder(tmp_path / "tiny", {"offers.csv": "offer,stream,price,source\n" + rows})
    with subprocess.Popen([NETBACK, "check", str(folder)], stderr=subprocess.PIPE, text=True) as running:
        time.sleep(1.5)
        running.send_signal(signal.SIGINT)
        _, shown = running.communicate(timeout=60)
    assert running.returncode == 130
    assert shown.strip() == "Interrupted. No file was left half written."


def test_a_poor_terminal_shows_marks_instead_of_crashing() -> None:
    done = netback("tables", env={"PYTHONIOENCODING": "ascii", "PATH": "/bin"})
    assert done.returncode == 0
    assert "offers" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "--version",
        "cases",
        "tables",
        "tables offers",
        "check {case} --quick",
        "trace BT-12",
        "trace karachi_2023_september offers urals_primorsk",
        "verify BT-18",
        "contradictions",
        "may --cargo gasoline --from Russia --to Mongolia --seller reseller --on 2024-12-15",
        "voyage --from Primorsk --to Karachi --ship aframax --via Suez --on 2023-04-21",
        "landed",
    ],
)
def test_light_commands_import_nothing_heavy(tmp_path: Path, words: str) -> None:
    """They answer at once; how fast, benchmarks/cli_speed.py measures."""
    arguments = words.split()
    write_folder(tmp_path / "tiny")
    filled = [argument.format(case=tmp_path / "tiny") for argument in arguments]
    script = (
        "import sys\nfrom netback.cli.main import run\n"
        f"code = run({filled!r})\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "plan {nosuch}",
        "compare {nosuch} {nosuch}",
        "explain urals --case {nosuch}",
        "value {nosuch} --crude urals",
        "rank {nosuch}",
        "evaluate {nosuch} --crude urals",
        "study {nosuch}",
        "archive {nosuch} {nosuch}.netback",
    ],
)
def test_a_case_that_is_not_there_is_missed_before_anything_heavy_is_imported(
    tmp_path: Path, words: str
) -> None:
    """Numbers apart, which are needed to read a case that is there."""
    filled = [argument.format(nosuch=tmp_path / "nosuch") for argument in words.split()]
    heavy = tuple(name for name in HEAVY if name != "numpy")
    script = (
        "import sys\nfrom netback.cli.main import run\n"
        f"code = run({filled!r})\n"
        f"print('heavy:', [name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "there is no such folder" in done.stderr
    assert "netback cases" in done.stderr
    assert "heavy: []" in done.stderr


# --- in the process ------------------------------------------------------------------------------


def test_the_cases_that_come_with_netback(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["cases"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    assert re.search(
        r"^karachi_2023 +Pakistan Refinery Ltd, Karachi, April to December 2023", told, re.MULTILINE
    )
    assert root.run(["cases", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["case"] for one in listed] == list(shipped_cases())
    assert all(one["title"] and one["description"] for one in listed)


@pytest.mark.parametrize(
    "words", ["plan pike_refinery", "bench pooling x.json", "archive pike_refinery x.netback"]
)
def test_no_time_at_all_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run([*words.split(), "--time-limit", "0"]) == 2
    assert "0 is not above zero" in capsys.readouterr().err


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make the command ``tables`` fail with an error."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("netback.cli.tables.tables", fail)


def test_errors_of_the_user(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, SolveError([Finding("a", "b."), Finding("c", "d.")], "case x"))
    assert root.run(["tables"]) == 2
    assert capsys.readouterr().err == "2 problems in case x\n 1. a: b.\n 2. c: d.\n"


def test_interruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert root.run(["tables"]) == 130
    assert capsys.readouterr().err.strip() == "Interrupted. No file was left half written."


def test_faults_of_netback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(root.DEBUG, raising=False)
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    assert root.run(["tables"]) == 1
    shown = capsys.readouterr().err
    assert "fault of its own (ZeroDivisionError: division by zero)" in shown
    assert "NETBACK_DEBUG=1" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), DataError("y.")])
def test_the_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setenv(root.DEBUG, "1")
    failing(monkeypatch, error)
    with pytest.raises(type(error)):
        root.run(["tables"])


@pytest.mark.parametrize("code", [0, 2, 3])
def test_exit_codes_of_commands(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    import typer

    failing(monkeypatch, typer.Exit(code))
    assert root.run(["tables"]) == code


def test_commands_that_are_not_there_are_not_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(root.COMMANDS, "dream", ("netback.cli.dream", "dream", "Not there."))
    assert root.run(["--help"]) == 0
    assert "dream" not in capsys.readouterr().out
    assert root.run(["dream"]) == 2


@pytest.mark.parametrize("name", list(root.COMMANDS))
def test_every_command_that_is_there_has_its_own_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.util import find_spec

    expected = 0 if find_spec(root.COMMANDS[name][0]) else 2
    assert root.run([name, "--help"]) == expected
    assert expected == 2 or f"netback {name}" in capsys.readouterr().out


# --- common --------------------------------------------------------------------------------------


def test_findings_are_capped_with_a_count() -> None:
    text = findings_text([Finding(f"row {n}", "bad.") for n in range(1234)], "case x")
    lines = text.splitlines()
    assert lines[0] == "1,234 problems in case x"
    assert len(lines) == MOST_SHOWN + 2
    assert lines[-1] == " ... and 1,184 more."


def test_findings_up_to_the_cap_are_shown_whole() -> None:
    text = findings_text([Finding("a", "bad.")] * MOST_SHOWN)
    assert text.splitlines()[-1] == f" {MOST_SHOWN}. a: bad."


def test_control_signs_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(DataError(Finding("x.csv", 'name "\x1b[2J\u202eevil" is bad.'), "case \x07"))
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "\\x1b[2J\\u202eevil" in shown
    assert printable("Öl\n") == "Öl\n"


def test_tables_fit_and_fold(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("A title", ("name", "number>"), [("x" * 300, "1"), ("[red]not markup[/red]", "22")])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 100
    assert shown.replace("\n", "").replace(" ", "").count("x") == 300
    assert "[red]not markup[/red]" in shown
    assert shown.startswith("A title")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (1.0, "1"), (1234567.0, "1.23457e+06"), (0.1 + 0.2, "0.3"), ("x", "x"), (1500, "1,500")],
)
def test_numbers_as_cells(value: Any, text: str) -> None:
    assert number(value) == text


def test_counted() -> None:
    assert (counted(1, "row"), counted(0, "row"), counted(2500, "row")) == ("1 row", "0 rows", "2,500 rows")


def test_findings_fold_at_100_columns_and_keep_names_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "looked_at", lambda: True)
    name = "a very long name of a tank with blanks"
    findings = [
        Finding(f"table.csv, row {n}, column x", f'"{name}" is {"quite " * 12}"{name}".') for n in (1, 2)
    ]
    text = findings_text(findings, "case x")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert sum(line.count(f'"{name}"') for line in lines) == 4
    assert [line for line in lines if line.startswith(" 1. ")]
    assert all(line.startswith((" 1. ", " 2. ", "    ")) for line in lines[1:])


def test_a_list_in_a_finding_hangs_under_its_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "looked_at", lambda: True)
    text = findings_text([Finding("", "cannot:\n  - " + "limit " * 30 + "\nThese clash.")])
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[1].startswith("  - limit")
    assert lines[2].startswith("    limit")
    assert lines[-1] == "These clash."


def test_a_long_word_is_not_broken() -> None:
    address = "https://example.org/" + "x" * 120
    assert address in findings_text([Finding("a", f"see {address} for more of it and of the rest.")])


def test_piped_findings_stay_on_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    long = " ".join(["limit"] * 40)
    show_error(DataError(Finding("table.csv", long)))
    assert long in capsys.readouterr().err


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from netback.cli.common import WIDTH, progress_line
    from netback.program.solution import Progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress_line() is None
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    show = progress_line("haverly: ")
    assert show is not None
    show(Progress(0.5, 0, 1.0, 2.0, 0))
    assert shown.getvalue() == ""  # quick answers need no line
    show(Progress(1.5, 0, 400.0, 500.0, 0))
    show(Progress(1.9, 0, 400.0, 500.0, 0))
    (line,) = [part for part in shown.getvalue().split("\r") if part.strip()]
    assert line.startswith("haverly:      2 s  value 400  bound 500  gap 25 %  (Ctrl-C keeps the best)")
    assert len(line) < WIDTH


def test_the_last_step_and_whether_it_is_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    from collections.abc import Iterator

    from netback.cli.common import last_step

    def steps(until: int, stop: bool) -> Iterator[int]:
        yield from range(until)
        if stop:
            raise KeyboardInterrupt

    assert last_step(steps(3, stop=False)) == (2, False)
    assert capsys.readouterr().err == ""
    assert last_step(steps(2, stop=True)) == (1, True)
    assert "what was known by then" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        last_step(steps(0, stop=True))
