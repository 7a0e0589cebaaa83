"""Headings, rows, cells and sizes of the tables in a case folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.errors import DataError, Finding
from netback.io.grid import MAX_FINDINGS, distance
from tiny_case import CASE_YAML, TINY, tiny


def faults(folder: Path, changes: dict[str, str | bytes | None]) -> tuple[Finding, ...]:
    with pytest.raises(DataError) as caught:
        tiny(folder, changes)
    return caught.value.findings


def fault(folder: Path, changes: dict[str, str | bytes | None]) -> Finding:
    found = faults(folder, changes)
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0]


def test_required_column_missing(tmp_path: Path) -> None:
    found = fault(tmp_path, {"sources.csv": "source\nours\ntheirs\n"})
    assert (found.where, found.what) == ("sources.csv, row 1", 'the column "title" is missing.')
    assert "own words" in found.hint


def test_misspelt_column_is_one_finding(tmp_path: Path) -> None:
    found = fault(tmp_path, {"sources.csv": "source,titel\nours,x\ntheirs,y\n"})
    assert str(found) == 'sources.csv, row 1: the table has no column "titel". Closest name: "title".'


@pytest.mark.parametrize("heading", ["Title", "TITLE", "tittle", "ttle"])
def test_near_misses_of_optional_columns_are_refused_too(tmp_path: Path, heading: str) -> None:
    assert "no column" in fault(tmp_path, {"units.csv": f"unit,{heading}\ndistillation,x\n"}).what


def test_strange_column_is_kept_with_a_warning(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"units.csv": "unit,built in\ndistillation,1962\n"})
    assert case["units"].records[0]["built in"] == "1962"
    (remark,) = case.remarks
    assert remark.severity == "warning"
    assert 'column "built in" is none of Netback' in remark.what


def test_duplicated_heading(tmp_path: Path) -> None:
    found = fault(tmp_path, {"units.csv": "unit,title,title\ndistillation,a,b\n"})
    assert 'two columns are headed "title"' in found.what


def test_blank_heading_over_cells(tmp_path: Path) -> None:
    assert (
        "column 2 has cells but no heading" in fault(tmp_path, {"units.csv": "unit,\ndistillation,x\n"}).what
    )


def test_blank_heading_over_nothing_is_what_spreadsheets_write(tmp_path: Path) -> None:
    assert len(tiny(tmp_path, {"units.csv": "unit,,\ndistillation,,\n,,\n"})["units"]) == 1


@pytest.mark.parametrize(
    ("text", "sign"), [("unit;title\na;b\n", "semicolons"), ("unit\ttitle\na\tb\n", "tabs")]
)
def test_other_separators(tmp_path: Path, text: str, sign: str) -> None:
    assert f"separated by {sign}" in fault(tmp_path, {"units.csv": text}).what


@pytest.mark.parametrize(
    "text", ["\nunit,title\ndistillation,x\n", "\r\x01", ",\ndistillation,x\n", " ,\n\n"]
)
def test_a_blank_first_row(tmp_path: Path, text: str) -> None:
    places = {finding.where: finding.what for finding in faults(tmp_path, {"units.csv": text})}
    assert places["units.csv, row 1"] == "the row is blank."


def test_endless_heading(tmp_path: Path) -> None:
    assert "first row has more than" in fault(tmp_path, {"units.csv": "unit," * 100_000}).what


@pytest.mark.parametrize(
    ("row", "what", "hint"),
    [
        ("distillation", "the row has 1 cell, the heading has 2.", "A comma is missing."),
        ("distillation,a,b", "the row has 3 cells, the heading has 2.", "quotation marks"),
    ],
)
def test_ragged_rows(tmp_path: Path, row: str, what: str, hint: str) -> None:
    found = [
        f for f in faults(tmp_path, {"units.csv": f"unit,title\n{row}\n"}) if f.where == "units.csv, row 2"
    ]
    assert found[0].what == what
    assert hint in found[0].hint


def test_blank_rows_count_but_hold_nothing(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"units.csv": "unit,title\n\n,\n  , \ndistillation,x\n\n\n"})
    assert [record.row for record in case["units"].records] == [5]


def test_quoted_line_breaks_are_one_row(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"units.csv": 'unit,title\ndistillation,"two\r\nlines, and ""quotes"""\nother,x\n'})
    assert case["units"].records[0]["title"] == 'two\nlines, and "quotes"'
    assert case["units"].records[1].row == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('unit,title\ndistillation,"open\nother,x\n', "never closed"),
        ('unit,title\ndistillation,"a"b\n', "do not fit"),
        ('unit,title\ndistillation,"' + "x" * 200_000 + '"\n', "more than 100,000 characters"),
    ],
)
def test_quotation_marks_that_do_not_fit(tmp_path: Path, text: str, what: str) -> None:
    assert what in fault(tmp_path, {"units.csv": text}).what


def test_bad_cells_name_row_and_column(tmp_path: Path) -> None:
    text = (
        "offer,stream,price,price_uom,tranche,uom,price_basis\n"
        'spot,crude,"1,000",USD/bbl,one,bbl,fob\n'
        "\n"
        "spot,crud,nan,USD/bl,2,bbll,cif\n"
        ",crude,1e999,usd/bbl,1.5,bbl,\n"
    )
    found = faults(tmp_path, {"offers.csv": text, "overrides.csv": None})
    assert [finding.where for finding in found] == [
        "offers.csv, row 2, column tranche",
        "offers.csv, row 2, column price",
        "offers.csv, row 4, column uom",
        "offers.csv, row 4, column price",
        "offers.csv, row 4, column price_uom",
        "offers.csv, row 4, column price_basis",
        "offers.csv, row 5, column offer",
        "offers.csv, row 5, column tranche",
        "offers.csv, row 5, column price",
        "offers.csv, row 5, column price_uom",
        "offers.csv, row 4, column stream",
    ]
    assert found[1].hint.startswith("Write 1000")
    assert found[-1].hint == 'Closest name: "crude".'


def test_findings_of_all_files_come_together(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        {
            "case.yaml": CASE_YAML + "curency: X\n",
            "units.csv": "unt\nx\n",
            "sources.csv": b"\xff",
            "extra.csv": "a\n",
        },
    )
    assert {finding.where.partition(",")[0] for finding in found} == {
        "case.yaml",
        "units.csv",
        "sources.csv",
        "extra.csv",
    }


def test_the_error_names_the_case(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 problem in case tiny"):
        tiny(tmp_path, {"units.csv": "unt\nx\n"})


def test_key_twice(tmp_path: Path) -> None:
    found = fault(tmp_path, {"units.csv": "unit\ndistillation\nother\ndistillation\n"})
    assert str(found) == (
        'units.csv, row 4, column unit: "distillation" is already in row 2. '
        "Give it another name or remove one row."
    )


def test_dangling_references_of_lists(tmp_path: Path) -> None:
    text = TINY["capacities.csv"].replace("ours", "ours; their")
    found = fault(tmp_path, {"capacities.csv": text})
    assert str(found) == (
        'capacities.csv, row 2, column source: source "their" is not in sources.csv. Closest name: "theirs".'
    )


def test_empty_periods_and_streams(tmp_path: Path) -> None:
    least: dict[str, str | bytes | None] = {name: None for name in TINY if name.endswith(".csv")}
    least["periods.csv"], least["streams.csv"] = "period,days\n", "stream\ns\n"
    assert fault(tmp_path, least).where == "periods.csv"
    least["periods.csv"], least["streams.csv"] = "period,days\np,1\n", "stream\n"
    assert fault(tmp_path / "b", least).where == "streams.csv"


def test_a_bad_period_is_told_once(tmp_path: Path) -> None:
    found = fault(tmp_path, {"periods.csv": "period,days\n2023-09,x\n2023-10,31\n"})
    assert found.where == "periods.csv, row 2, column days"


def test_orphans_do_not_stop_the_reading(tmp_path: Path) -> None:
    assert (
        tiny(tmp_path, {"capacities.csv": "unit,max\ndistillation,5\n"})["capacities"].records[0]["source"]
        is None
    )


# --- size ----------------------------------------------------------------------------------------


def test_too_many_findings_stop_the_table(tmp_path: Path) -> None:
    rows = "".join(f"unit {number},x,y\n" for number in range(MAX_FINDINGS + 500))
    found = [
        f for f in faults(tmp_path, {"units.csv": "unit,title\n" + rows}) if f.where.startswith("units.csv")
    ]
    assert len(found) == MAX_FINDINGS + 1
    assert "reading stopped after 10,000 findings" in found[-1].what


def test_too_many_bad_cells_stop_the_table(tmp_path: Path) -> None:
    rows = "".join(f"crude {number},solid,t\n" for number in range(MAX_FINDINGS + 500))
    changes: dict[str, str | bytes | None] = {
        name: None for name in TINY if name not in ("case.yaml", "periods.csv")
    }
    found = faults(tmp_path, {**changes, "streams.csv": "stream,kind,uom\n" + rows})
    assert len(found) == MAX_FINDINGS + 1
    assert found[0].where == "streams.csv, row 2, column kind"


def test_a_large_table_is_read_whole(tmp_path: Path) -> None:
    rows = "".join(
        f"offer {n // 20},crude,{n % 20 + 1},{n},{60 + n * 1e-4},USD/bbl,ours\n" for n in range(30_000)
    )
    text = "offer,stream,tranche,max,price,price_uom,source\n" + rows
    case = tiny(tmp_path, {"offers.csv": text, "overrides.csv": None})
    assert len(case["offers"]) == 30_000
    assert case["offers"].records[-1]["price"] == 60 + 29_999 * 1e-4


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("min", "mni", 1),
        ("title", "titel", 1),
        ("price", "prise", 1),
        ("max", "", 3),
        ("uom", "uoms", 1),
        ("stream", "steam", 1),
        ("ab", "ba", 1),
        ("kind", "kinds_x", 3),
        ("abc", "xyz", 3),
    ],
)
def test_distance(first: str, second: str, expected: int) -> None:
    assert distance(first, second) == distance(second, first) == expected
