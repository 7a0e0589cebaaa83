"""``netback new``: empty templates and copies; nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.case.schema import TABLES
from netback.cli.main import run
from netback.io.folder import read_case, shipped_cases


def test_templates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "deep" / "plan"
    assert run(["new", str(folder), "--title", "First plan"]) == 0
    assert f"Made {folder} with {len(TABLES) + 2} files." in capsys.readouterr().out
    assert "title: First plan" in (folder / "case.yaml").read_text()
    assert run(["check", str(folder)]) == 2
    assert "periods.csv: there is no period." in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", str(tmp_path)]) == 0
    (tmp_path / "offers.csv").write_text("mine")
    assert run(["new", str(tmp_path)]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "exist and are not overwritten" in shown
    assert f"case.yaml, README.md, sources.csv, periods.csv, streams.csv and {len(TABLES) - 3} more" in shown
    assert (tmp_path / "offers.csv").read_text() == "mine"


def test_a_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = shipped_cases()[0]
    assert run(["new", str(tmp_path / "copy"), "--from", name, "--title", "Mine"]) == 0
    assert f"Next: netback check {tmp_path / 'copy'}" in capsys.readouterr().out
    copy = read_case(tmp_path / "copy")
    assert (copy.name, copy.title) == ("copy", "Mine")
    assert copy.with_(name=name, title="") == read_case(name).with_(title="")


def test_a_copy_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", str(tmp_path / "copy"), "--from", "zzz"]) == 2
    assert f"Shipped: {', '.join(shipped_cases())}." in " ".join(capsys.readouterr().err.split())


def test_a_file_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan").write_text("mine")
    assert run(["new", str(tmp_path / "plan")]) == 2
    assert "this is a file" in capsys.readouterr().err
