"""A user's assay file: round trip, coarse files, every fault with its place, and anything at all without a crash."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netback.assay import library
from netback.assay.assay import DENSITY
from netback.assay.blending import properties
from netback.assay.completion import complete
from netback.assay.cutting import cut
from netback.errors import DataError
from netback.io.assay_files import assay_text, is_assay_path, read_assay, template, write_assay

GOOD = """kind,name,start_c,end_c,yield_wt_pct,density_t_per_m3,sulfur_wt_pct,text
info,title,,,,,,My crude
info,source,,,,,,Laboratory sheet 12
info,quality,,,,,,measured
whole,,,,,0.8447,1.062,
cut,naphtha,IBP,150,20,0.7,0.01,
cut,kerosene,150,250,30,0.8,0.2,
cut,residue,250,FBP,50,0.95,2,
tbp,,,350,70,,,
light_end,propane,,,0.3,,,
light_end,n-butane,,,0.9,,,
quality,sulfur_wt_pct@residue,,,,,,reported; by the seller
"""


def write(folder: Path, text: str | bytes, name: str = "crude.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(DataError) as error:
        read_assay(write(folder, text))
    assert error.value.subject == "assay file crude.csv"
    return [str(finding) for finding in error.value.findings]


def test_a_good_file(tmp_path: Path) -> None:
    assay = read_assay(write(tmp_path, GOOD))
    assert assay.name == "crude"
    assert assay.title == "My crude"
    assert assay.provenance.quality == "measured"
    assert assay.provenance.source == "Laboratory sheet 12"
    assert assay.cut_names == ("naphtha", "kerosene", "residue")
    assert assay.light_ends_wt_pct == {"propane": 0.3, "n-butane": 0.9}
    assert assay.flag("sulfur_wt_pct", "residue").quality == "reported"
    assert assay.flag("sulfur_wt_pct", "naphtha").quality == "measured"
    assert cut(assay, [250, 350]).yield_wt_pct.tolist() == pytest.approx([50.0, 20.0, 30.0])


def test_byte_order_mark_crlf_and_blank_rows(tmp_path: Path) -> None:
    text = ("\ufeff" + GOOD.replace("\nwhole", "\n\n,,,,,,,\nwhole")).replace("\n", "\r\n")
    assert read_assay(write(tmp_path, text)).density_t_per_m3 == pytest.approx(0.8374, abs=0.01)


@pytest.mark.parametrize(
    "name", ["urals", "adios_upper_zakum", "murban_bp", "adios_liza", "m100_fuel_oil", "adios_kearl"]
)
def test_round_trip(tmp_path: Path, name: str) -> None:
    assay = library.load(name)
    write_assay(assay, tmp_path / "out.csv")
    again = read_assay(tmp_path / "out.csv", allow_open=True)
    assert (again.name, again.title, again.cut_names) == (assay.name, assay.title, assay.cut_names)
    assert again.provenance.source == assay.provenance.source
    assert set(again.properties) == set(assay.properties)
    for property, values in assay.properties.items():
        np.testing.assert_allclose(again.properties[property], values, rtol=1e-9, err_msg=property)
    points = [60, 120, 180, 240, 340, 420, 520, 640, 720]
    np.testing.assert_allclose(cut(again, points).yield_wt_pct, cut(assay, points).yield_wt_pct, atol=1e-6)
    for property in assay.properties:
        for cut_name in assay.cut_names:
            quality = assay.flag(property, cut_name).quality
            assert again.flag(property, cut_name).quality == quality


def test_filled_values_stay_flagged_in_the_file(tmp_path: Path) -> None:
    filled = complete(library.load("urals"), "smoke_mm", "library")
    write_assay(filled, tmp_path / "out.csv")
    flag = read_assay(tmp_path / "out.csv").flag("smoke_mm", "KEROSENE")
    assert flag.quality == "correlated"
    assert "regression" in flag.method


def test_a_curve_and_a_density_make_a_coarse_assay(tmp_path: Path) -> None:
    text = "kind,end_c,yield_vol_pct,density_t_per_m3\nwhole,,,0.86\ntbp,60,5,\ntbp,150,20,\ntbp,250,40,\ntbp,350,58,\n"
    assay = read_assay(write(tmp_path, text))
    assert assay.flag(DENSITY, assay.cut_names[0]).quality == "correlated"
    assert assay.density_t_per_m3 == pytest.approx(0.86)


def test_template_names_what_is_missing_when_read_as_it_is(tmp_path: Path) -> None:
    found = faults(tmp_path, template())
    assert len([text for text in found if "the cut has no yield" in text]) == 10


def test_template_can_be_filled(tmp_path: Path) -> None:
    lines = template().splitlines()
    heading = lines[0].split(",")
    filled, density = [lines[0]], 0.60
    for line in lines[1:]:
        cells = line.split(",")
        if cells[0] == "cut":
            density += 0.04
            cells[heading.index("yield_wt_pct")] = "10"
            cells[heading.index(DENSITY)] = f"{density:.2f}"
        filled.append(",".join(cells))
    assert len(read_assay(write(tmp_path, "\n".join(filled))).cut_names) == 10


def test_all_faults_come_together_with_row_and_column(tmp_path: Path) -> None:
    text = (
        "kind,name,start_c,end_c,yield_wt_pct,density_t_per_m3,sulphur_wt_pct,viscosity_cst_50c\n"
        "info,titel,,,,,,\n"
        "whole,,,,,0.87,,\n"
        "cut,a,IBP,80,20,0.65,,0.1\n"
        "cut,b,80,70,30,650,,x\n"
        "cut,b,75,300,abc,0.8,,\n"
        "cutt,c,300,FBP,,0.9,,\n"
        'cut,d,310,FBP,30,0.95,,"5,5"\n'
    )
    found = "\n".join(faults(tmp_path, text))
    for words in (
        'row 1: "sulphur_wt_pct" is not a column of an assay. Closest name: "sulfur_wt_pct".',
        'row 2, column name: "titel" is no information of an assay. Closest name: "title".',
        "row 4, column viscosity_cst_50c: 0.1 is not possible.",
        "row 5, column end_c: the cut ends at 70 C, not above its start 80 C.",
        "row 5, column density_t_per_m3: 650 is not possible.",
        'row 5, column viscosity_cst_50c: "x" is not a number.',
        'row 6, column name: cut "b" is given twice (row 5).',
        'row 6, column yield_wt_pct: "abc" is not a number.',
        'row 7, column kind: "cutt" is no kind. Closest name: "cut".',
        'row 8, column viscosity_cst_50c: "5,5" is not a number. Use a point for the decimal.',
        "row 8, column start_c: nothing covers 300 to 310 C.",
    ):
        assert words in found


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the first row names no columns"),
        ("\n\n", "the first row names no columns"),
        ("a;b;c\n1;2;3\n", "separated by semicolons"),
        ("a\tb\n", "separated by tabs"),
        ("name,start_c\nx,1\n", 'the column "kind" is missing'),
        ("kind,kind\ncut,cut\n", 'two columns are headed "kind"'),
        ("kind,name\n", "no cuts and no boiling points"),
        ('kind,"name\n', "quotation marks do not fit"),
        (b"kind,name\ncut,\xff\xfe\n", "not UTF-8"),
        (b"\xff\xfek\x00i\x00", "UTF-16"),
        (b"kind,name\ncut,\x00\n", "NUL"),
        (replaced("cut,kerosene,150", "cut,kerosene,140"), "overlaps the cut before, which ends at 150 C"),
        (replaced("cut,kerosene,150,250", "cut,kerosene,100,250"), "overlaps"),
        (replaced("cut,kerosene,150", "cut,kerosene,"), "only the first cut may start at IBP"),
        (replaced("150,250,30", "150,,30"), "only the last cut may end at FBP"),
        (replaced("naphtha,IBP,150,20", "naphtha,IBP,150,50"), "adds up to 130.00, not 100 within 1"),
        (replaced("0.8447", "0.9"), "density_t_per_m3 of the cuts adds up to"),
        (replaced("1.062", "1.2"), "sulfur_wt_pct of the cuts adds up to 1.062"),
        (replaced("whole,", "whole,,,,,,,\nwhole,"), "a second row of the whole crude"),
        (replaced("measured", "meassured"), 'Closest name: "measured"'),
        (replaced("info,source", "info,title"), '"title" is given twice'),
        (replaced("tbp,,,350", "tbp,,,"), "a boiling point has no temperature"),
        (replaced("tbp,,,350,70", "tbp,,,350,"), "a boiling point has no cumulative yield"),
        (replaced("tbp,,,350,70", "tbp,,,350,70,,,\ntbp,,,340,75"), "340 C follows 350 C"),
        (replaced("tbp,,,350,70", "tbp,,,350,70,,,\ntbp,,,360,65"), "65 % at 360 C is less than 70 % before"),
        (replaced("light_end,n-butane", "light_end,propane"), '"propane" is given twice'),
        (replaced("light_end,propane,,,0.3", "light_end,propane,,,"), "needs a name and a yield"),
        (replaced("light_end,propane,,,0.3", "light_end,propane,,,99.9"), "more than 100 wt%"),
        (replaced("@residue", "@residuum"), 'there is no cut "residuum". Closest name: "residue"'),
        (replaced("quality,sulfur_wt_pct@", "quality,sulfur@"), 'no property "sulfur" is given'),
        (replaced("reported; by", "reportd; by"), 'Closest name: "reported"'),
        (replaced("0.7,0.01", "-0.7,0.01"), "-0.7 is not possible"),
        (replaced("0.7,0.01", "0.7,-0.01"), "-0.01 is not possible. It must lie between 0 and 100"),
        (replaced("0.7,0.01", "nan,0.01"), '"nan" is not a number. Blank means not known.'),
        (replaced("0.7,0.01", "1e999,0.01"), "is not a number"),
        (replaced("0.8,0.2", ",0.2"), "density of cut kerosene is not known"),
        (replaced("My crude", "My crude,and more"), "the row has 9 cells, the heading has 8"),
    ],
)  # fmt: skip
def test_each_fault(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert words in "\n".join(faults(tmp_path, text))


def test_missing_file_folder_and_giant(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_assay(tmp_path / "none.csv")
    with pytest.raises(DataError, match="not a file"):
        read_assay(tmp_path)
    giant = tmp_path / "giant.csv"
    with giant.open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(DataError, match="300 MB"):
        read_assay(giant)


def test_an_open_assay_can_be_accepted_and_says_what_is_open(tmp_path: Path) -> None:
    path = write(tmp_path, replaced("1.062", "1.2"))
    with pytest.raises(DataError):
        read_assay(path)
    assay = read_assay(path, allow_open=True)
    assert any("sulfur_wt_pct of the cuts adds up to 1.062" in remark for remark in assay.remarks)


def test_minor_openness_is_a_remark(tmp_path: Path) -> None:
    text = GOOD.replace("sulfur_wt_pct", "nitrogen_ppm").replace("1.062", "1.3").replace("0.2,", "2,")
    text = text.replace("1.3,\ncut", "130,\ncut").replace("0.95,2,", "0.95,200,")
    assay = read_assay(write(tmp_path, text))
    assert any("nitrogen_ppm" in remark for remark in assay.remarks)


def test_write_into_a_place_that_is_no_folder(tmp_path: Path) -> None:
    blocker = write(tmp_path, "x", "blocker")
    with pytest.raises(DataError, match="cannot be written"):
        write_assay(library.load("urals"), blocker / "out.csv")


def test_text_has_no_extrapolated_points() -> None:
    rows = [row.split(",") for row in assay_text(library.load("urals")).splitlines()]
    temperatures = [float(row[3]) for row in rows if row[0] == "tbp"]
    assert max(temperatures) <= library.load("urals").curve.known_to_c


@pytest.mark.parametrize(
    ("text", "is_path"),
    [("urals", False), ("my.csv", True), ("MY.CSV", True), ("./urals", True), ("a\\b", True)],
)
def test_names_and_paths(text: str, is_path: bool) -> None:
    assert is_assay_path(text) is is_path


def read_or_refuse(path: Path) -> None:
    refused: DataError | None = None
    try:
        assay = read_assay(path)
    except DataError as error:
        refused = error
    if refused is not None:
        assert refused.findings
        assert all(finding.what for finding in refused.findings)
    else:
        assert np.isfinite(assay.yield_wt_pct).all()
        assert cut(assay, [180, 340]).yield_wt_pct.sum() == pytest.approx(100.0)


fuzz = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)


@fuzz
@given(st.binary(max_size=400))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    read_or_refuse(write(tmp_path, data))


cell = st.one_of(
    st.sampled_from(
        ["", "IBP", "FBP", "-1", "0", "1e400", "nan", "12,5", "100", "x", "0.85", "340", "1e-320"]
    ),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.text(max_size=5),
)
columns = st.lists(
    st.sampled_from(["name", "start_c", "end_c", "yield_wt_pct", "yield_vol_pct", "text", *properties()]),
    min_size=3, max_size=9, unique=True,
)  # fmt: skip


@fuzz
@given(columns, st.lists(st.lists(cell, min_size=9, max_size=9), max_size=8), st.data())
def test_any_cells(tmp_path: Path, heading: list[str], rows: list[list[str]], data: st.DataObject) -> None:
    kinds = st.sampled_from(["info", "whole", "cut", "cut", "cut", "tbp", "tbp", "light_end", "quality", "?"])
    lines = [",".join(["kind", *heading])]
    for row in rows:
        cells = [f'"{text}"'.replace('""', "") for text in (t.replace('"', "") for t in row)]
        lines.append(",".join([data.draw(kinds), *cells[: len(heading)]]))
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    read_or_refuse(write(tmp_path, text))


@fuzz
@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3))
def test_a_good_file_with_a_slip(tmp_path: Path, place: int, slip: str) -> None:
    changed = GOOD[:place] + slip + GOOD[place + 1 :]
    read_or_refuse(write(tmp_path, changed.encode("utf-8", "surrogatepass")))


@fuzz
@given(
    st.lists(st.floats(0.01, 60.0), min_size=2, max_size=8),
    st.lists(st.floats(0.4, 1.2), min_size=8, max_size=8),
)
def test_any_sound_numbers_make_an_assay(tmp_path: Path, yields: list[float], density: list[float]) -> None:
    total = sum(yields)
    lines = ["kind,start_c,end_c,yield_wt_pct,density_t_per_m3,sulfur_wt_pct"]
    for number, amount in enumerate(yields):
        start, end = 60 * number or "IBP", 60 * (number + 1)
        lines.append(f"cut,{start},{end},{100.0 * amount / total!r},{density[number]!r},{0.1 * number}")
    assay = read_assay(write(tmp_path, "\n".join(lines)))
    table = cut(assay, [55, 111, 170, 190])
    assert table.yield_wt_pct.sum() == pytest.approx(100.0, abs=1e-9)
    sulfur = assay.sum_of_cuts("sulfur_wt_pct")
    used = table.yield_wt_pct > 0.0
    again = float(table["sulfur_wt_pct"][used] @ table.yield_wt_pct[used]) / 100.0
    assert again == pytest.approx(sulfur, rel=1e-9, abs=1e-12)
