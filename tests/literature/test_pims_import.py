"""The Williams refinery, turned into PIMS tables and read back, reaches the optimum that its book prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.folder import read_case
from netback.planning.solve import plan
from pims_book import read, williams, write_book

PRINTED = 211_365.13


@pytest.mark.parametrize(("rate", "scale"), [("bbl/d", 1.0), ("kbbl/d", 1000.0)])
def test_the_printed_optimum(tmp_path: Path, rate: str, scale: float) -> None:
    found = read(tmp_path, williams(read_case("williams_refinery"), scale), rate, "GBP/bbl")
    best = plan(found.case)
    assert best.certificate.word == "proven"
    assert best.certificate.value == pytest.approx(PRINTED, abs=0.01)


def test_nothing_of_it_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, williams(read_case("williams_refinery")), "bbl/d", "GBP/bbl")
    assert found.remarks == ()


def test_import_check_and_plan_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = write_book(tmp_path / "w.xlsx", williams(read_case("williams_refinery")))
    folder = tmp_path / "w"
    command = ["import", str(book), str(folder), "--pims", "--uom", "bbl/d", "--price-uom", "GBP/bbl"]
    assert run(command) == 0
    assert run(["check", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "0 errors" in told
    assert run(["plan", str(folder)]) == 0
    assert "211,365" in capsys.readouterr().out
