"""``netback import`` of models of others, as a user runs it: PIMS tables, and plants in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netback.cli.main import run
from pims_book import write_book
from plant_file import plant_file


def test_a_pims_workbook_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = tmp_path / "model.xlsx", tmp_path / "model"
    write_book(book, {
        "BUY": [["*TABLE BUY"], ["", "TEXT", "MAX", "COST", "TAX"], ["FED", "Feed", 9, 10, 1]],
        "SELL": [["*TABLE SELL"], ["", "TEXT", "PRICE"], ["FED", "Feed", 20]],
        "PINV": [["*TABLE PINV"]],
    })  # fmt: skip
    command = [
        "import",
        str(book),
        str(folder),
        "--pims",
        "--uom",
        "kbbl/d",
        "--price-uom",
        "USD/bbl",
        "--days",
        "30",
    ]
    assert run(command) == 0
    told = capsys.readouterr().out
    assert "sheet BUY, column TAX: the column is not read (1 cell: FED)." in told
    assert "sheet PINV: the table PINV is not read" in told
    assert f"Not read: 2 things. All of it stands in {folder / 'IMPORT.md'}." in told
    assert f"Next: netback check {folder}" in told
    assert "sheet PINV" in (folder / "IMPORT.md").read_text(encoding="utf-8")
    assert run(["check", str(folder)]) == 0
    assert run(["plan", str(folder)]) == 0
    assert "2,700,000" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run(command) == 2
    assert "exist and are not overwritten" in " ".join(capsys.readouterr().err.split())
    assert {path: path.read_bytes() for path in before} == before


def test_a_pims_workbook_needs_its_uom_and_sound_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, folder = tmp_path / "model.xlsx", tmp_path / "model"
    write_book(book, {"BUY": [["", "TEXT", "COST"], ["FED", "Feed", "dear"]]})
    assert run(["import", str(book), str(folder), "--pims"]) == 2
    assert "the workbook does not state the uom of its flows" in capsys.readouterr().err
    assert run(["import", str(book), str(folder), "--pims", "--uom", "t/d", "--price-uom", "USD/t"]) == 2
    told = capsys.readouterr().err
    assert 'model.xlsx, sheet BUY, cell C2 (COST): "dear" is not a number.' in told
    assert "Traceback" not in told
    assert not folder.exists()


def test_a_workbook_of_another_program_is_not_taken_for_a_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_book(tmp_path / "m.xlsx", {"BUY": [["", "TEXT", "COST"], ["FED", "Feed", 1]]})
    assert run(["import", str(tmp_path / "m.xlsx"), str(tmp_path / "m")]) == 2
    assert "--pims" in capsys.readouterr().err


def test_a_plant_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, folder = tmp_path / "plant.json", tmp_path / "my_plant"
    file.write_text(json.dumps(plant_file(FIX=["i.Q1", "d.Q1"])), encoding="utf-8")
    assert run(["import", str(file), str(folder), "--days", "30"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "plant.json, data.parameters.FQ0.values, i.Q0: FIX does not name it" in told
    assert f"Wrote {folder}: " in told
    assert f"Not read: 0 things. All of it stands in {folder / 'IMPORT.md'}." in told
    assert "it is read as known" in (folder / "IMPORT.md").read_text(encoding="utf-8")
    assert run(["check", str(folder)]) == 0
    assert run(["plan", str(folder), "--pooling", "exact"]) == 0
    assert "Gross margin 9,491 CNY" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run(["import", str(file), str(folder)]) == 2
    assert "exist and are not overwritten" in " ".join(capsys.readouterr().err.split())
    assert {path: path.read_bytes() for path in before} == before


def test_a_faulty_plant_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, folder = tmp_path / "plant.json", tmp_path / "my_plant"
    file.write_text(json.dumps(plant_file(c_M={"a": "x", "q": 1})), encoding="utf-8")
    assert run(["import", str(file), str(folder)]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "2 problems" in shown
    assert "plant.json, data.parameters.c_M.values.a: is text where a number is needed." in shown
    assert not folder.exists()
