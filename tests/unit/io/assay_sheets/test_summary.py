"""Summary reports (ExxonMobil since 2020, Equinor) and sheets of BP."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay_book import LABELS, bp, put, summary, write_sheet
from netback.assay.assay import DENSITY
from netback.errors import DataError
from netback.io.assay_sheets.reading import SheetReading, read_assay_sheet
from shared import shared

CUTS: list[dict[str, Any]] = [
    {"start": "IBP", "end": "C4", "wt": 2.0, "vol": 3.0},
    {
        "start": "C5",
        "end": 150,
        "wt": 20.0,
        "vol": 24.0,
        "density": 0.70,
        "sulfur_wt_pct": 0.01,
        "nickel_ppm": None,
    },
    {
        "start": 150,
        "end": 370,
        "wt": 38.0,
        "vol": 39.0,
        "density": 0.82,
        "sulfur_wt_pct": 0.5,
        "pour_c": -12.0,
    },
    {"start": 370, "end": "FBP", "wt": 40.0, "vol": 34.0, "density": 0.966, "sulfur_wt_pct": 2.0},
    {
        "start": 370,
        "end": 550,
        "wt": 25.0,
        "vol": 22.0,
        "density": 0.93,
        "sulfur_wt_pct": 1.5,
        "nickel_ppm": 0.0,
    },
    {
        "start": 550,
        "end": "FBP",
        "wt": 15.0,
        "vol": 12.0,
        "density": 1.03,
        "sulfur_wt_pct": 2.833,
        "nickel_ppm": 40.0,
    },
]
WHOLE = {
    "Density @ 15°C (g/cc)": 0.832,
    "sulfur_wt_pct": 0.992,
    "Reid Vapour Pressure (psi)": 6.5,
    "nickel_ppm": 6.0,
}


def read(path: Path, rows: list[list[Any]], **others: list[list[Any]]) -> SheetReading:
    return read_assay_sheet(write_sheet(path / "crude.xlsx", rows, **others), allow_open=True)


def test_cuts_without_sums_of_others(tmp_path: Path) -> None:
    found = read(tmp_path, summary(CUTS, WHOLE))
    assay = found.assay
    assert found.layout == "summary report (ExxonMobil, Equinor)"
    assert assay.cut_names == ("IBP-C4", "C5-150", "150-370", "370-550", "550-FBP")
    assert assay.edges_c[1:-1].tolist() == pytest.approx([15.6, 150.0, 370.0, 550.0])
    assert assay.printed.yield_wt_pct.tolist() == [2.0, 20.0, 38.0, 25.0, 15.0]
    told = [str(remark) for remark in found.unread]
    assert (
        "crude.xlsx, sheet Summary, column G: cut 370-FBP is the sum of other cuts; it is not read." in told
    )


def test_information_and_whole_crude(tmp_path: Path) -> None:
    assay = read(tmp_path, summary(CUTS, WHOLE)).assay
    assert (assay.name, assay.title) == ("test_blend", "Test Blend")
    assert assay.provenance.source == "Equinor: Test Blend, assay TEST202401"
    assert (assay.provenance.vendor, assay.provenance.region) == ("Equinor", "Norway")
    assert assay.provenance.date == "01 April 2024"
    assert assay.whole[DENSITY] == 0.832
    assert assay.whole["sulfur_wt_pct"] == 0.992
    assert assay.whole["rvp_psi"] == 6.5


def test_properties_stand_at_their_cuts_and_blanks_stay_unknown(tmp_path: Path) -> None:
    assay = read(tmp_path, summary(CUTS, WHOLE)).assay
    assert assay.properties["sulfur_wt_pct"][1:].tolist() == [0.01, 0.5, 1.5, 2.833]
    assert math.isnan(assay.properties["sulfur_wt_pct"][0])
    assert assay.properties["pour_c"][2] == -12.0
    # Nickel of the lighter cuts is zero by balance: the listed cuts hold all of the whole crude's.
    assert assay.properties["nickel_ppm"].tolist() == [0.0, 0.0, 0.0, 0.0, 40.0]


def test_rows_that_are_not_read_are_listed_with_the_reason(tmp_path: Path) -> None:
    labels = {**LABELS, "wax_c": "Wax Appearance (°C)", "again": "Total Sulfur (% wt)", "blank": "Ash (% wt)"}
    cuts = [{**cut, "wax_c": 20.0, "again": 1.0} for cut in CUTS]
    rows = summary(cuts, WHOLE, labels)
    put(rows, 40, 3, 2.0)
    told = {remark.where.rpartition(" ")[2]: remark.what for remark in read(tmp_path, rows).unread}
    assert told["B41"] == '"Cumulative Yield (% wt)" is not read: it follows from the yields.'
    assert told["B43"] == '"API Gravity" is not read: it follows from the density.'
    assert (
        told["B52"]
        == '"Wax Appearance (°C)" is no property that is known by this name and uom; it is not read.'
    )
    assert told["B53"] == '"Total Sulfur (% wt)" says again what a row above says; it is not read.'
    assert "B54" not in told


def test_light_ends_are_read_where_they_explain_the_lightest_cut(tmp_path: Path) -> None:
    molecules = {"methane + ethane": 0.1, "propane": 0.6, "isobutane": 0.4, "n-butane": 0.9, "benzene": 0.2}
    found = read(tmp_path, summary(CUTS, WHOLE, molecules=molecules))
    assert found.assay.light_ends_wt_pct == molecules
    found = read(tmp_path, summary(CUTS, WHOLE, molecules={**molecules, "propane": 3.0}))
    assert found.assay.light_ends_wt_pct == {}
    assert any("C1 to C4 add up to 4.4, not to the cut up to C4" in remark.what for remark in found.unread)


def test_a_sheet_in_fahrenheit(tmp_path: Path) -> None:
    """Cuts of Liza (2020) as NOAA's tests of its importer of ExxonMobil sheets print them (public domain).

    github.com/NOAA-ORR-ERD/adios_oil_database, test_importing/test_exxon_v2: vol%, density and sulphur of each cut.
    """
    ends = ["C5", 149, 212, 302, 392, 482, 572, 662, 698, 842, 932, 1022, "FBP"]
    volumes = [
        3.76912,
        5.14542,
        8.15915,
        7.93166,
        8.27995,
        9.05842,
        9.20427,
        3.56733,
        13.712,
        7.55082,
        6.23317,
        15.8843,
    ]
    densities = [
        0.64246,
        0.72601,
        0.7598,
        0.79557,
        0.82449,
        0.84972,
        0.86496,
        0.88531,
        0.90317,
        0.9249,
        0.93608,
        1.0034,
    ]
    sulfur = [
        1.7074e-5,
        2.9992e-4,
        0.0046359,
        0.035549,
        0.10686,
        0.26023,
        0.4343,
        0.5292,
        0.6252,
        0.7878,
        0.9629,
        1.4684,
    ]
    cuts = [
        {"start": low, "end": high, "vol": v, "density": d, "sulfur_wt_pct": s, "pour_c": 32.0}
        for low, high, v, d, s in zip(ends[:-1], ends[1:], volumes, densities, sulfur, strict=True)
    ]  # fmt: skip
    light = {"start": "IBP", "end": "C4", "vol": 100.0 - sum(volumes), "density": 0.56}
    residue = {"start": 698, "end": "FBP", "vol": 43.3804, "density": 0.94837, "sulfur_wt_pct": 1.0274}
    labels = {"sulfur_wt_pct": "Total Sulfur (% wt)", "pour_c": "Pour Point (°F)"}
    rows = summary(
        [light, *cuts[:8], residue, *cuts[8:]],
        {"Density @ 59°F (g/cc)": 0.86505, "Total Sulfur (% wt)": 0.5839},
        labels, "Liza", "ExxonMobil", uom="F", density="Density @ 59°F (g/cc)",
    )  # fmt: skip
    assay = read_assay_sheet(write_sheet(tmp_path / "liza.xlsx", rows)).assay
    assert len(assay.cut_names) == 13
    assert assay.edges_c[2:-1].tolist() == pytest.approx(
        [65, 100, 150, 200, 250, 300, 350, 370, 450, 500, 550]
    )
    assert assay.properties["pour_c"][3] == pytest.approx(0.0)
    assert assay.provenance.vendor == "ExxonMobil"
    # The cuts add up to the listed density and sulphur; the density of C1 to C4 is not printed there, 0.56 is ours.
    assert assay.density_t_per_m3 == pytest.approx(0.86505, rel=3e-3)
    wt = np.diff(assay.edges_wt_pct)
    assert np.nansum(wt * assay.properties["sulfur_wt_pct"]) / 100.0 == pytest.approx(0.5839, rel=0.01)


COLUMNS = {
    "density": "density_15C_g_cm3", "sulfur_wt_pct": "sulfur_wt_pct", "nitrogen_ppm": "nitrogen_mass_ppm",
    "tan_mgkoh_g": "tan_mgKOH_g", "viscosity_cst_50c": "kv_50C_cSt", "pour_c": "pour_C", "mcr_wt_pct": "mcr_wt_pct",
    "nickel_ppm": "nickel_mass_ppm", "vanadium_ppm": "vanadium_mass_ppm",
}  # fmt: skip


def value_of(row: dict[str, str], column: str) -> float | None:
    return float(row[column]) if row[column] else None


def temperature(text: str) -> float | str:
    return float(text) if text.isdigit() else text


@pytest.mark.parametrize("name", ["johan", "mars", "azeri", "upper", "qua", "cpc", "wti", "thunder"])
def test_published_sheets_close(tmp_path: Path, name: str) -> None:
    """Numbers of Equinor and ExxonMobil sheets, typed beside the repository, in the layout in which they came."""
    with shared("data/assays/vendor_detailed_cuts.csv").open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["crude_id"].startswith(name)]
    assert found
    columns = [
        {
            **dict(zip(("start", "end"), map(temperature, row["cut"].split("-")), strict=True)),
            "wt": float(row["yield_wt_pct"]), "vol": float(row["yield_vol_pct"]),
            **{key: value_of(row, old) for key, old in COLUMNS.items()},
        }
        for row in found if row["cut"] != "WHOLE"
    ]  # fmt: skip
    listed = {key: value_of(found[0], old) for key, old in COLUMNS.items()}
    rows = summary(columns, {"Density @ 15°C (g/cc)": listed["density"], **{k: listed[k] for k in LABELS}})
    with shared("data/assays/vendor_detailed_tbp.csv").open(encoding="utf-8", newline="") as file:
        curve = [row for row in csv.DictReader(file) if row["crude_id"].startswith(name)]
    chart = graph([(float(row["tbp_C"]), float(row["cum_wt_pct"])) for row in curve])
    read_back = read_assay_sheet(write_sheet(tmp_path / "crude.xlsx", rows, **{"Yield Graph": chart}))
    assay = read_back.assay
    assert len(assay.cut_names) == len(columns) - 1
    assert sum(assay.printed.yield_wt_pct) == pytest.approx(100.0, abs=0.01)
    assert assay.remarks == ()
    assert not any("Yield Graph" in remark.where for remark in read_back.unread)
    assert len(assay.curve.temperature_c) > 60
    assert ["370-FBP is the sum" in remark.what for remark in read_back.unread].count(True) == 1


BP_CUTS: list[dict[str, Any]] = [
    {"start": "C5", "end": 149.0, "wt": 20.0, "vol": 24.0, "density": 0.70, "sulfur_wt_pct": 0.01},
    {"start": 149.0, "end": 369.0, "wt": 38.0, "vol": 39.0, "density": 0.82, "sulfur_wt_pct": 0.5},
    {"start": 369.0, "end": "FBP", "wt": 40.0, "vol": 34.0, "density": 0.966, "sulfur_wt_pct": 2.0},
    {"start": 369.0, "end": 550.0, "wt": 25.0, "vol": 22.0, "density": 0.93, "sulfur_wt_pct": 1.5},
    {"start": 550.0, "end": "FBP", "wt": 15.0, "vol": 12.0, "density": 1.03, "sulfur_wt_pct": 2.833},
]
BP_WHOLE = {"density": 0.832, "sulfur_wt_pct": 0.992, "start": None, "end": None}
BUTANES = {"Methane": 0.0, "Ethane": 0.1, "Propane": 0.6, "Isobutane": 0.4, "n-Butane": 0.9}


@pytest.mark.parametrize("first", ["C5", "IBP"])
def test_a_sheet_of_bp_gets_its_light_ends_back(tmp_path: Path, first: str) -> None:
    cuts = [{**BP_CUTS[0], "start": first}, *BP_CUTS[1:]]
    found = read(tmp_path, bp(cuts, BP_WHOLE, BUTANES))
    assert found.layout == "BP"
    assay = found.assay
    assert assay.cut_names[0] == "C4 and lighter"
    assert assay.printed.yield_wt_pct.tolist() == pytest.approx([2.0, 20.0, 38.0, 25.0, 15.0])
    assert assay.edges_c[1:-1].tolist() == pytest.approx([15.6, 149.0, 369.0, 550.0])
    assert assay.whole == {DENSITY: 0.832, "sulfur_wt_pct": 0.992}
    assert assay.light_ends_wt_pct["n-butane"] == 0.9
    assert assay.provenance.vendor == "BP"
    assert assay.title == "Test Crude"


def test_what_is_missing_at_the_light_end_is_not_made_up(tmp_path: Path) -> None:
    cuts = [{**BP_CUTS[0], "start": "IBP"}, *BP_CUTS[1:]]
    with pytest.raises(DataError, match="98"):
        read_assay_sheet(write_sheet(tmp_path / "crude.xlsx", bp(cuts, BP_WHOLE, {})))


@pytest.mark.parametrize(
    ("row", "place", "cell", "what"),
    [
        (38, 4, "n.d.", "cut C5-150 (yield_wt_pct): the cut has no yield"),
        (41, 5, 9.5, "sheet Summary, cell F42: 9.5 is not possible"),
        (43, 5, -0.2, "sheet Summary, cell F44: -0.2 is not possible"),
    ],
)
def test_numbers_that_cannot_be(tmp_path: Path, row: int, place: int, cell: Any, what: str) -> None:
    cuts = [{**cut, "vol": None} for cut in CUTS] if row == 38 else CUTS
    rows = summary(cuts, WHOLE)
    put(rows, row, place, cell)
    with pytest.raises(DataError) as raised:
        read(tmp_path, rows)
    assert what in str(raised.value)


def test_words_in_a_number_are_told_and_stay_unknown(tmp_path: Path) -> None:
    rows = summary(CUTS, WHOLE)
    put(rows, 43, 5, "<0.1")
    put(rows, 43, 4, "-")
    found = read(tmp_path, rows)
    assert math.isnan(found.assay.properties["sulfur_wt_pct"][2])
    assert any(
        str(remark) == 'crude.xlsx, sheet Summary, cell F44: "<0.1" is no number; it is read as not known.'
        for remark in found.unread
    )


def graph(points: list[tuple[float, float]], heading: str = "Wgt") -> list[list[Any]]:
    """The sheet behind the chart, with its block some way down."""
    return [
        ["Yields"],
        [],
        [None, "Boiling Point", heading, "Vol"],
        *([None, at, share] for at, share in points),
    ]


POINTS = [
    (-50.0, 0.0),
    (15.0, 2.0),
    (100.0, 12.0),
    (150.0, 22.1),
    (260.0, 40.0),
    (370.0, 60.0),
    (550.0, 85.0),
]


@pytest.mark.parametrize("uom", ["C", "F"])
def test_boiling_points_are_read_where_they_agree_with_the_cuts(tmp_path: Path, uom: str) -> None:
    points = POINTS if uom == "C" else [(1.8 * at + 32.0, share) for at, share in POINTS]
    found = read(tmp_path, summary(CUTS, WHOLE), **{"Yield Graph": graph(points)})
    assert not any("Yield Graph" in remark.where for remark in found.unread)
    assert 100.0 in [round(float(at), 6) for at in found.assay.curve.temperature_c]


@pytest.mark.parametrize(
    "rows",
    [
        graph([(at, share / 2.0) for at, share in POINTS]),
        graph([(at + 80.0, share) for at, share in POINTS]),
        graph(POINTS, "Moles"),
        graph(POINTS[:2]),
        [["Boiling Point", "Wgt"], [10, 1]],
    ],
)
def test_boiling_points_that_do_not_are_left_and_the_sheet_is_told(
    tmp_path: Path, rows: list[list[Any]]
) -> None:
    found = read(tmp_path, summary(CUTS, WHOLE), **{"Yield Graph": rows})
    assert str(found.unread[-1]) == "crude.xlsx, sheet Yield Graph: the sheet is not read."


def test_a_gap_between_cuts_is_told(tmp_path: Path) -> None:
    cuts = [cut for cut in CUTS if cut["end"] != 370]
    with pytest.raises(DataError) as raised:
        read_assay_sheet(write_sheet(tmp_path / "crude.xlsx", summary(cuts, WHOLE)))
    assert "crude.xlsx" in str(raised.value)
