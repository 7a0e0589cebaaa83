"""``netback export`` and ``netback import`` as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.excel_writer import write_workbook
from netback.io.folder import read_case


def test_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = tmp_path / "k.xlsx", tmp_path / "k"
    assert run(["export", "karachi_2023_september", str(book)]) == 0
    assert f"Wrote {book}: 26 tables" in capsys.readouterr().out
    assert run(["import", str(book), str(folder)]) == 0
    assert f"Next: netback check {folder}" in capsys.readouterr().out
    assert run(["check", str(folder), "--quick"]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_a_workbook_is_checked_and_planned_without_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "w.xlsx"
    assert run(["export", "williams_refinery", str(book)]) == 0
    assert run(["check", str(book)]) == 0
    assert run(["plan", str(book)]) == 0
    assert "211,365" in capsys.readouterr().out


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = tmp_path / "w.xlsx", tmp_path / "w"
    assert run(["export", "rtl_refinery", str(book)]) == 0
    assert run(["import", str(book), str(folder)]) == 0
    before = {path: path.read_bytes() for path in folder.iterdir()} | {book: book.read_bytes()}
    assert run(["export", "karachi_2023_september", str(book)]) == 2
    assert run(["import", str(book), str(folder)]) == 2
    assert "exist and are not overwritten" in " ".join(capsys.readouterr().err.split())
    assert {path: path.read_bytes() for path in before} == before
    assert run(["import", str(book), str(folder), "--force"]) == 0


def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(tmp_path / "none.xlsx"), str(tmp_path / "x")]) == 2
    assert run(["export", "karachi_2024", str(tmp_path / "x.xlsx")]) == 2
    told = capsys.readouterr().err
    assert "none.xlsx: the file cannot be read" in told
    assert 'Closest name: "karachi_2023"' in told
    assert "Traceback" not in told


def test_a_workbook_that_no_plan_could_be_made_of_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All faults with sheet and row, and nothing written: the workbook is where they are mended."""
    case = read_case("winston_sunco")
    rows = [row.with_(max=-5.0) for row in case.table("capacities").records]
    book, folder = tmp_path / "w.xlsx", tmp_path / "back"
    write_workbook(case.with_table("capacities", rows), book)
    assert run(["import", str(book), str(folder)]) == 2
    told = capsys.readouterr().err
    for number in range(4, 4 + len(rows)):
        assert f"w.xlsx, sheet capacities, row {number}, column max: max -5 is below zero" in told
    assert not folder.exists()


def test_options_of_other_files_are_refused_not_ignored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, folder = tmp_path / "w.xlsx", tmp_path / "back"
    assert run(["export", "winston_sunco", str(book)]) == 0
    assert run(["import", str(book), str(folder), "--days", "-1", "--uom", "t/d"]) == 2
    told = capsys.readouterr().err
    assert "--days: the workbook of a case states that itself" in told
    assert "--uom: the workbook of a case states that itself" in told
    assert run(["import", str(tmp_path / "plant.json"), str(folder), "--price-uom", "USD/t", "--pims"]) == 2
    told = capsys.readouterr().err
    assert "--price-uom: a plant in JSON states that itself" in told
    assert "--pims: a plant in JSON states that itself" in told
    assert not folder.exists()


def test_results_as_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "r.xlsx"
    assert run(["plan", "rtl_refinery", "--excel", str(book)]) == 0
    assert f"Written: {book}" in capsys.readouterr().out
    before = book.read_bytes()
    assert run(["plan", "rtl_refinery", "--excel", str(book)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert book.read_bytes() == before
    two = tmp_path / "two.xlsx"
    assert run(["compare", "rtl_refinery", "sas_jet_fuel", "--excel", str(two)]) == 0
    assert two.stat().st_size > 10_000


@pytest.mark.parametrize("command", [["plan", "rtl_refinery"], ["compare", "rtl_refinery", "sas_jet_fuel"]])
def test_results_go_into_a_workbook_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run([*command, "--excel", str(tmp_path / "x.txt")]) == 2
    assert "the name does not end in .xlsx" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []
