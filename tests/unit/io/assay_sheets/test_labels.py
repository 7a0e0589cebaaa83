"""Labels of assay sheets, and which sheets are refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay_book import summary, write_sheet
from netback.assay.blending import properties
from netback.errors import DataError
from netback.io.assay_sheets import labels
from netback.io.assay_sheets.labels import follows_from, meaning_of, plain
from netback.io.assay_sheets.reading import read_assay_sheet
from pims_book import write_book


@pytest.mark.parametrize(
    ("label", "property", "printed", "value"),
    [
        ("Total Sulphur (% wt)", "sulfur_wt_pct", 1.5, 1.5),
        ("Total Sulfur (% wt)", "sulfur_wt_pct", 1.5, 1.5),
        ("Sulfur, wt%", "sulfur_wt_pct", 1.5, 1.5),
        ("Total Sulphur (ppm)", "sulfur_wt_pct", 10.0, 0.001),
        ("Mercaptan Sulphur (ppm wt)", "mercaptan_ppm", 12.0, 12.0),
        ("Total Nitrogen (ppm)", "nitrogen_ppm", 9.0, 9.0),
        ("Density @ 15°C (g/cc)", "density_t_per_m3", 0.8, 0.8),
        ("Density @ 59°F (g/cc)", "density_t_per_m3", 0.8, 0.8),
        ("Density at 15°C (kg/litre)", "density_t_per_m3", 0.8, 0.8),
        ("Density at 15°C, kg/m3", "density_t_per_m3", 800.0, 0.8),
        ("Specific Gravity (60/60F)", "density_t_per_m3", 1.0, 0.999016),
        ("Viscosity @ 20°C (cSt)", "viscosity_cst_20c", 5.0, 5.0),
        ("Viscosity @ 68 F (cSt)", "viscosity_cst_20c", 5.0, 5.0),
        ("Viscosity @ 266 F (cSt)", "viscosity_cst_130c", 5.0, 5.0),
        ("Viscosity at 100C/212F, cSt", "viscosity_cst_100c", 5.0, 5.0),
        ("Pour Point (°F)", "pour_c", 14.0, -10.0),
        ("Pour Point (°C)", "pour_c", -10.0, -10.0),
        ("Freeze point, F", "freeze_c", -40.0, -40.0),
        ("Aniline pt, F", "aniline_c", 212.0, 100.0),
        ("Cetane Index 1990 (D4737),", "cetane_index", 50.0, 50.0),
        ("Reid Vapor Pressure (psi)", "rvp_psi", 8.0, 8.0),
        ("Neutralization number (TAN), MG/GM", "tan_mgkoh_g", 0.4, 0.4),
        ("Paraffins (%wt)", "paraffins_wt_pct", 60.0, 60.0),
        ("Aromatics (%vol)", "aromatics_vol_pct", 20.0, 20.0),
        ("Naphthalenes (D1840), vol%", "naphthalenes_vol_pct", 2.0, 2.0),
        ("Cut volume, %", "yield_vol_pct", 12.0, 12.0),
        ("Yield on crude (% wt)", "yield_wt_pct", 12.0, 12.0),
        ("  total   SULPHUR (%  wt) ", "sulfur_wt_pct", 1.0, 1.0),
    ],
)
def test_what_a_label_means(label: str, property: str, printed: float, value: float) -> None:
    found = meaning_of(label)
    assert found is not None
    assert found.property == property
    assert found.value(printed) == pytest.approx(value)


@pytest.mark.parametrize(
    "label",
    ["Sulphur", "Sulphur (mg)", "Viscosity @ 37.8°C (cSt)", "Viscosity @ 20°C (cP)", "Pour Point", "Calcium, ppm", "",
     "Salt content, ptb", "Naphthalenes (%wt)", "Cumulative Yield (% wt)", "API Gravity", "Smoke Point (°C)"],
)  # fmt: skip
def test_a_name_or_a_uom_that_is_not_known_means_nothing(label: str) -> None:
    assert meaning_of(label) is None


def test_every_meaning_is_a_property_of_assays() -> None:
    known = {*properties(), labels.YIELD_WT, labels.YIELD_VOL}
    assert {meaning.property for meaning in labels._MEANINGS.values()} <= known
    assert {f"viscosity_cst_{degrees}c" for degrees in labels._VISCOSITY_C} <= known


def test_what_follows_from_other_rows() -> None:
    assert follows_from("API Gravity,") == "the density"
    assert follows_from("Molecular Weight (g/mol)") == "the density and the boiling points"
    assert follows_from("Cumulative Yield (% wt)") == "the yields"
    assert follows_from("Salt content, ptb") == ""
    assert plain(" Total  Sulfur (°C), ") == "total sulphur (c)"


def refused(path: Path, rows: list[list[Any]]) -> str:
    with pytest.raises(DataError) as raised:
        read_assay_sheet(write_sheet(path / "x.xlsx", rows))
    return str(raised.value)


def test_a_sheet_of_totalenergies_is_named_and_refused(tmp_path: Path) -> None:
    rows = [["", "Crude", "", "BRENT"], ["Density at 15°C, kg/m3", "", "", 834], ["PROPERTIES OF TBP CUTS"]]
    told = refused(tmp_path, rows)
    assert (
        "this looks like a sheet of TotalEnergies, whose block of cuts has no one layout; it is not read."
        in told
    )
    assert "netback assay template" in told


@pytest.mark.parametrize(
    "rows", [[["a", 1], ["b", 2]], [[]], [["Whole crude", "Kerosene"]], [["Start (°C)", "IBP"]]]
)
def test_any_other_sheet_is_refused(tmp_path: Path, rows: list[list[Any]]) -> None:
    told = refused(tmp_path, rows)
    assert "x.xlsx: no sheet has a layout that is read (BP; summary report (ExxonMobil, Equinor); " in told
    assert "docs/assays.md" in told


def test_what_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("%PDF-1.7")
    with pytest.raises(DataError, match="not an Excel workbook"):
        read_assay_sheet(tmp_path / "a.xlsx")
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64)
    with pytest.raises(DataError, match="of the format before 2007"):
        read_assay_sheet(tmp_path / "old.xlsx")


_CELLS = st.one_of(
    st.none(), st.floats(-1e4, 1e4), st.booleans(), st.text(max_size=4),
    st.sampled_from(["IBP", "FBP", "C4", "C5", "Start (°C)", "End (°C)", "Yield (% wt)", "Name:", "Crude"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(30, 46), st.integers(0, 9), _CELLS), min_size=1, max_size=6))
def test_cells_changed_at_random_are_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int, Any]]
) -> None:
    from assay_book import put

    cuts: list[dict[str, Any]] = [
        {"start": "IBP", "end": 150, "wt": 30.0, "vol": 35.0, "density": 0.7},
        {"start": 150, "end": "FBP", "wt": 70.0, "vol": 65.0, "density": 0.9, "sulfur_wt_pct": 1.0},
    ]
    rows = summary(cuts, {"Density @ 15°C (g/cc)": 0.83})
    for number, place, cell in changes:
        put(rows, number, place, cell)
    with suppress(DataError):
        read_assay_sheet(write_book(tmp_path / "f.xlsx", {"Summary": rows}), allow_open=True)
