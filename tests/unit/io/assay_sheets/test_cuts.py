"""Chains of cuts, light ends that are left out, and cells of a sheet."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.cuts import C4_C5_C, Column, assay_rows, chain, joined, read_value
from netback.io.assay_sheets.labels import YIELD_VOL, YIELD_WT, Meaning


def sheet(*rows: list[Any]) -> AssaySheet:
    return AssaySheet("a.xlsx", "Summary", rows)


def column(start: float | None, end: float | None, wt: float | None = 10.0, place: int = 3) -> Column:
    values = {} if wt is None else {YIELD_WT: wt, YIELD_VOL: wt}
    return Column(place, f"{start}-{end}", start, end, values)


def names(columns: list[Column]) -> list[str]:
    return [one.name for one in columns]


def test_a_chain_takes_the_narrowest_and_leaves_sums() -> None:
    page = sheet()
    columns = [
        column(None, None, 100.0),
        column(None, 150.0),
        column(150.0, 370.0),
        column(150.0, 250.0),
        column(250.0, 370.0),
        column(370.0, None, place=9),
        column(370.0, 550.0),
        column(550.0, None),
    ]
    assert names(chain(page, columns)) == [
        "None-150.0",
        "150.0-250.0",
        "250.0-370.0",
        "370.0-550.0",
        "550.0-None",
    ]
    assert [str(told) for told in page.unread] == [
        "a.xlsx, sheet Summary, column D: cut 150.0-370.0 is the sum of other cuts; it is not read.",
        "a.xlsx, sheet Summary, column J: cut 370.0-None is the sum of other cuts; it is not read.",
    ]
    assert page.findings == []


def test_the_order_of_the_columns_does_not_matter() -> None:
    columns = [column(370.0, None), column(None, 150.0), column(150.0, 370.0)]
    assert names(chain(sheet(), columns)) == ["None-150.0", "150.0-370.0", "370.0-None"]


def test_ends_within_a_third_of_a_degree_join() -> None:
    assert len(chain(sheet(), [column(None, 65.0), column(65.2, 150.0), column(150.0, None)])) == 3


@pytest.mark.parametrize(
    ("columns", "at"),
    [
        ([column(None, 65.0), column(100.0, None)], "65"),
        ([column(None, 65.0), column(65.0, 100.0)], "100"),
        ([column(20.0, 65.0), column(70.0, None)], "65"),
    ],
)
def test_a_chain_that_breaks_is_a_fault(columns: list[Column], at: str) -> None:
    page = sheet()
    chain(page, columns)
    (fault,) = page.findings
    assert fault.where == "a.xlsx, sheet Summary"
    assert f"no cut begins at {at} C, where cut" in fault.what


def test_columns_that_hold_nothing_are_no_cuts() -> None:
    columns = [column(None, 150.0), column(150.0, None), column(150.0, 300.0, None)]
    assert len(chain(sheet(), columns)) == 2
    assert chain(sheet(), []) == []


def test_what_is_lighter_than_a_start_at_c5_is_added() -> None:
    cuts = joined(sheet(), [column(C4_C5_C, 150.0, 38.0), column(150.0, None, 60.0)], {})
    assert names(cuts)[0] == "C4 and lighter"
    assert cuts[0].values == pytest.approx({YIELD_WT: 2.0, YIELD_VOL: 2.0})
    assert (cuts[0].start_c, cuts[0].end_c) == (None, C4_C5_C)


def test_light_ends_show_that_an_open_start_leaves_them_out() -> None:
    columns = [column(None, 150.0, 38.0), column(150.0, None, 60.0)]
    assert len(joined(sheet(), columns, {})) == 2
    assert len(joined(sheet(), columns, {"propane": 1.0, "n-butane": 0.4})) == 2
    cuts = joined(sheet(), columns, {"propane": 1.0, "n-butane": 0.95, "benzene": 0.3})
    assert len(cuts) == 3
    assert cuts[1].start_c == C4_C5_C


def test_nothing_is_added_where_the_cuts_add_up() -> None:
    assert len(joined(sheet(), [column(C4_C5_C, 150.0, 40.0), column(150.0, None, 60.0)], {})) == 2


def test_light_ends_that_explain_nothing_are_told() -> None:
    page = sheet()
    cuts = [column(None, 15.6, 2.0), column(15.6, None, 98.0)]
    rows = assay_rows(
        page, {"title": "A", "region": ""}, cuts, {YIELD_WT: 100.0, "pour_c": 3.0}, {"propane": 1.0}, []
    )
    assert [row.kind for row in rows.rows] == ["info", "whole", "cut", "cut"]
    assert rows.rows[1].values == {"pour_c": 3.0}
    assert "C1 to C4 add up to 1, not to the cut up to C4" in page.unread[0].what


def test_places_of_rows_name_the_cut() -> None:
    rows = assay_rows(
        sheet(), {}, [column(None, 15.6), column(15.6, None)], {}, {}, [{"end_c": 100.0, YIELD_WT: 9.0}]
    )
    places = [rows.place(row, "end_c") for row in rows.rows]
    assert places == [
        "a.xlsx, sheet Summary, whole (end_c)",
        "a.xlsx, sheet Summary, cut None-15.6 (end_c)",
        "a.xlsx, sheet Summary, cut 15.6-None (end_c)",
        "a.xlsx, sheet Summary, tbp (end_c)",
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [(1.5, 1.5), (2, 2.0), ("3.25", 3.25), (" 4 ", 4.0), ("", None), ("-", None), ("NotAvailable", None), ("N/A", None),
     (None, None), (float("nan"), None), (float("inf"), None)],
)  # fmt: skip
def test_numbers_of_cells(cell: Any, number: float | None) -> None:
    page = sheet([None, cell])
    assert page.number(0, 1) == number
    assert page.unread == []


@pytest.mark.parametrize("cell", ["<0.1", "trace", "nan", True, date(2024, 1, 1), "1,5"])
def test_cells_that_are_no_number_are_told(cell: Any) -> None:
    page = sheet([None, cell])
    assert page.number(0, 1) is None
    assert page.unread[0].where == "a.xlsx, sheet Summary, cell B1"
    assert "is no number; it is read as not known." in page.unread[0].what


def test_a_number_beyond_the_sheet_is_blank() -> None:
    assert sheet([1.0]).number(5, 5) is None
    assert sheet([1.0]).text(0, 9) == ""


def test_values_are_turned_into_our_uom_and_kept_within_reason() -> None:
    page = sheet([14.0, -500.0, 1e9])
    pour = Meaning("pour_c", 1.0 / 1.8, -32.0 / 1.8)
    assert read_value(page, 0, 0, pour) == pytest.approx(-10.0)
    assert read_value(page, 0, 1, pour) is None
    assert read_value(page, 0, 2, Meaning("sulfur_wt_pct")) is None
    assert ["is not possible" in fault.what for fault in page.findings] == [True, True]
    assert page.findings[0].where == "a.xlsx, sheet Summary, cell B1"


def test_labels_are_found_whatever_their_spelling() -> None:
    page = sheet(["x"], [None, " Total  SULFUR (% wt) "], [None, "Name:", None, "Brent"])
    assert page.find("Total Sulphur (% wt)") == (1, 1)
    assert page.find("Nothing") is None
    assert page.right_of(2, 1) == "Brent"
    assert page.right_of(2, 3) == ""
