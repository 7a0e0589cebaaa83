"""``netback assay import`` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay_book import summary, write_sheet
from netback.cli.main import run

SHEET_CUTS = [
    {"start": "IBP", "end": 150, "wt": 30.0, "vol": 34.4, "density": 0.725},
    {"start": 150, "end": 370, "wt": 40.0, "vol": 40.5, "density": 0.822, "sulfur_wt_pct": 0.5},
    {"start": 370, "end": "FBP", "wt": 30.0, "vol": 25.1, "density": 0.994, "sulfur_wt_pct": 2.0},
]


def test_a_sheet_of_a_seller_into_an_assay_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = {"Density @ 15°C (g/cc)": 0.8316, "sulfur_wt_pct": 0.8}
    sheet = write_sheet(tmp_path / "crude.xlsx", summary(SHEET_CUTS, whole))
    out = tmp_path / "crude.csv"
    assert run(["assay", "import", str(sheet), str(out)]) == 0
    told = capsys.readouterr().out
    assert f"Wrote {out}: Test Blend, 3 cuts, layout summary report (ExxonMobil, Equinor)." in told
    assert '"API Gravity" is not read: it follows from the density.' in told
    assert run(["assay", "show", str(out)]) == 0
    assert "Test Blend" in capsys.readouterr().out
    assert run(["assay", "cut", str(sheet), "--at", "150,370", "--json"]) == 0
    assert '"yield_wt_pct"' in capsys.readouterr().out
    before = out.read_bytes()
    assert run(["assay", "import", str(sheet), str(out)]) == 2
    assert "the file exists and is not overwritten" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert run(["assay", "import", str(sheet), str(tmp_path / "crude.txt")]) == 2
    assert "does not end in .csv" in capsys.readouterr().err


def test_a_sheet_that_is_no_assay_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = write_sheet(tmp_path / "crude.xlsx", [["what", "ever"]])
    assert run(["assay", "import", str(sheet), str(tmp_path / "crude.csv")]) == 2
    told = capsys.readouterr().err
    assert "no sheet has a layout that is read" in told
    assert "Traceback" not in told
    assert not (tmp_path / "crude.csv").exists()
