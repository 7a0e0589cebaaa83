"""ExxonMobil's sheets of before 2020."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay_book import OLD_LABELS, old_exxon, write_sheet
from netback.assay import library
from netback.assay.assay import DENSITY
from netback.errors import DataError
from netback.io.assay_sheets.reading import read_assay_sheet

SHEET = "HOOPS16F"


@pytest.mark.parametrize("name", ["adios_upper_zakum", "adios_hoops_blend", "adios_azeri_light"])
def test_every_number_comes_back(tmp_path: Path, name: str) -> None:
    """Assays that NOAA transcribed from these sheets, put back into their layout and uom."""
    assay = library.load(name)
    found = read_assay_sheet(write_sheet(tmp_path / "a.xlsx", old_exxon(assay), SHEET), allow_open=True)
    assert found.layout == "ExxonMobil before 2020"
    back = found.assay
    assert back.printed.yield_vol_pct.tolist() == pytest.approx(assay.printed.yield_vol_pct.tolist())
    assert back.edges_c[1:-1].tolist() == pytest.approx([15.6, 73.9, 165.6, 248.9, 343.3, 537.8], abs=0.06)
    for key in OLD_LABELS:
        if key in assay.whole:
            assert back.whole[key] == pytest.approx(assay.whole[key], rel=1e-9, abs=1e-9)
        if key in assay.properties and key != DENSITY:
            kept = ~np.isnan(assay.properties[key])
            assert back.properties[key][kept].tolist() == pytest.approx(
                assay.properties[key][kept].tolist(), abs=1e-9
            )
    assert back.provenance.source == "ExxonMobil: assay TEST16F"
    told = [remark.what for remark in found.unread]
    assert told == [
        '"API Gravity," is not read: it follows from the density.',
        '"Calcium, ppm" is no property that is known by this name and uom; it is not read.',
    ]


def test_numbers_that_noaa_prints_for_hoops_blend(tmp_path: Path) -> None:
    """Cut volumes, sulphur and cloud points of HOOPS Blend as NOAA's tests of its importer print them (public domain).

    The specific gravities of the cuts are not printed there; those below are only there to fill the row.
    """
    rows: list[list[Any]] = [
        ["ExxonMobil"], ["x"], ["y"], [],
        ["HOOPS16F", "Whole crude", "Butane and Lighter\nIBP - 60F", "Lt. Naphtha\nC5 - 165F",
         "Hvy Naphtha\n165 - 330F", "Kerosene\n330 - 480F", "Diesel\n480 - 650F",
         "Vacuum Gas Oil\n650 - 1000F", "Vacuum Residue\n1000F+"],
        ["Cut volume, %", 100, 2.3128, 6.6891, 17.6059, 14.6657, 16.6362, 27.1985, 14.8918],
        ["Specific Gravity (60/60F)", 0.8488, 0.566, 0.667, 0.757, 0.809, 0.859, 0.911, 0.9922],
        ["Sulfur, wt%", 1.1494, 0.00019105, 0.0024387, 0.019791, 0.11793, 0.76024, 1.5844, 3.047],
        ["Viscosity at 20C/68F, cSt", 6.739], ["Cloud point, F", None, None, None, -106.574729, -62.385169, 4.0361],
    ]  # fmt: skip
    assay = read_assay_sheet(write_sheet(tmp_path / "h.xlsx", rows, SHEET), allow_open=True).assay
    assert len(assay.cut_names) == 7
    assert assay.cut_names[1] == "Lt. Naphtha C5 - 165F"
    assert assay.whole["viscosity_cst_20c"] == 6.739
    assert assay.properties["cloud_c"][2:5].tolist() == pytest.approx([-76.986, -52.436, -15.536], abs=0.001)


def test_a_column_that_names_no_cut_is_told(tmp_path: Path) -> None:
    rows = old_exxon(library.load("adios_upper_zakum"))
    rows[4].append("Lubes")
    found = read_assay_sheet(write_sheet(tmp_path / "a.xlsx", rows, SHEET), allow_open=True)
    assert any('"Lubes" names no cut; the column is not read.' in remark.what for remark in found.unread)


def test_a_missing_yield_is_a_fault(tmp_path: Path) -> None:
    rows = old_exxon(library.load("adios_upper_zakum"))
    rows[5][4] = None
    with pytest.raises(DataError, match=r"a.xlsx, sheet HOOPS16F"):
        read_assay_sheet(write_sheet(tmp_path / "a.xlsx", rows, SHEET))
