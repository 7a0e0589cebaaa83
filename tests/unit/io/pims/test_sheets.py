"""The layout of a sheet: title, heading, comments, names, merged cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from netback.errors import DataError
from netback.io.pims.draft import Basis
from netback.io.pims.reading import PimsImport, read_pims
from pims_book import Sheets, read, table, write_book

SELL = table("SELL", ("PRICE",), [["GAS", "Gasoline", 90]])


def bought(path: Path, rows: list[list[Any]], name: str = "BUY") -> PimsImport:
    return read(path, {name: rows, "SELL": SELL})


def test_comments_say_nothing(tmp_path: Path) -> None:
    rows = [
        ["* my model", None, "anything"],
        ["*TABLE BUY"],
        ["!"],
        ["ROWNAMES", "TEXT", "MAX", "*old", "COST", "!note"],
        ["***", "section", 7],
        ["CRD", "Crude", 9, 8, 70, "hello"],
        [None, "*", "a line with a star", None],
        ["!GO1", "Gas oil", 1, 1, 1],
    ]
    found = bought(tmp_path, rows)
    assert [r["offer"] for r in found.case["offers"].records] == ["CRD"]
    assert [told.where for told in found.remarks] == ["model.xlsx, sheet BUY, row 7"]
    assert "the row has cells but no name" in found.remarks[0].what


def test_names_stand_left_of_text(tmp_path: Path) -> None:
    rows = [["*TABLE BUY"], [None, None, "TEXT", "MAX", "COST"], [None, "CRD", "Crude", 9, 70]]
    assert bought(tmp_path, rows).case["offers"].records[0]["offer"] == "CRD"


def test_names_stand_under_rownames_wherever_that_is(tmp_path: Path) -> None:
    rows = [["ROWNAMES", None, "TEXT", "MAX", "COST"], ["CRD", None, "Crude", 9, 70]]
    assert bought(tmp_path, rows).case["offers"].records[0]["offer"] == "CRD"


def test_a_sheet_of_any_name_is_told_by_its_title(tmp_path: Path) -> None:
    rows = [["* TABLE", "BUY", "Table of Contents"], ["", "TEXT", "COST"], ["CRD", "Crude", 70]]
    assert len(bought(tmp_path, rows, "Feedstocks").case["offers"]) == 1
    rows = [["*TABLE BUY Table of Contents"], ["", "TEXT", "COST"], ["CRD", "Crude", 70]]
    assert len(bought(tmp_path, rows, "Feedstocks").case["offers"]) == 1


def test_a_link_to_the_contents_is_no_title(tmp_path: Path) -> None:
    for first in (["Table of Contents"], ["* Table of Contents"], ["*", "Table of", "Contents"]):
        rows = [first, ["*TABLE BUY"], ["", "TEXT", "COST"], ["CRD", "Crude", 70]]
        assert len(bought(tmp_path, rows, "Feedstocks").case["offers"]) == 1


def test_submodels_may_be_told_by_their_title(tmp_path: Path) -> None:
    sheets: Sheets = {
        "BUY": table("BUY", ("COST",), [["CRD", "Crude", 70]]),
        "SELL": SELL,
        "SUBMODS": table("SUBMODS", (), [["SREF", "Reformer"]]),
        "Reformer": table("SREF", ("BAS",), [["VBALCRD", "", 1], ["VBALGAS", "", -0.9]]),
    }
    found = read(tmp_path, sheets)
    assert [(r["unit"], r["title"]) for r in found.case["units"].records] == [("REF", "Reformer")]
    assert found.remarks == ()


def test_names_of_sheets_may_be_small(tmp_path: Path) -> None:
    assert len(bought(tmp_path, [["", "TEXT", "COST"], ["CRD", "", 70]], "buy").case["offers"]) == 1


def test_numbers_as_names_stay_what_they_are(tmp_path: Path) -> None:
    found = bought(tmp_path, [["ROWNAMES", "TEXT", "COST"], [123, "Crude", 70]])
    assert found.case["offers"].records[0]["offer"] == "123"


def test_cells_under_no_heading_are_listed(tmp_path: Path) -> None:
    rows = [["ROWNAMES", "TEXT", "COST"], ["CRD", "Crude", 70, "x", None, 4]]
    (told,) = bought(tmp_path, rows).remarks
    assert str(told) == "model.xlsx, sheet BUY: cells that stand under no heading are not read: D2, F2."


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([["*TABLE BUY"], ["CRD", "Crude", 70]], "sheet BUY: no row of the sheet has the heading TEXT"),
        ([["TEXT", "COST"], ["CRD", 70]], "sheet BUY, row 1: TEXT stands in the first column"),
        ([["", "TEXT", "COST", "COST"], ["CRD", "", 1, 2]], 'cell D1 (COST): two columns are headed "COST"'),
        ([["*TABLE SELL"], ["", "TEXT", "COST"]], 'the sheet is called BUY, and its title says "TABLE SELL"'),
    ],
)
def test_a_sheet_that_is_no_table(tmp_path: Path, rows: list[list[Any]], what: str) -> None:
    with pytest.raises(DataError) as raised:
        bought(tmp_path, rows)
    assert what in str(raised.value)


def test_the_same_table_twice(tmp_path: Path) -> None:
    rows = [["*TABLE BUY"], ["", "TEXT", "COST"], ["CRD", "Crude", 70]]
    with pytest.raises(DataError, match="sheet Other: there is a second table BUY"):
        read(tmp_path, {"BUY": rows, "Other": rows, "SELL": SELL})


def test_merged_cells_of_the_table_are_a_fault_and_those_of_the_title_are_not(tmp_path: Path) -> None:
    def book(span: str) -> Path:
        with Workbook(str(tmp_path / "m.xlsx")) as made:
            sheet = made.add_worksheet("BUY")
            for number, row in enumerate([["*TABLE BUY"], ["", "TEXT", "COST"], ["CRD", "Crude", 70]]):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell)
            sheet.merge_range(span, "x")
        return tmp_path / "m.xlsx"

    assert len(read_pims(book("C1:E1"), Basis.of("t/d", "USD/t")).case["offers"]) == 1
    with pytest.raises(DataError, match=r"m\.xlsx, sheet BUY: the cells B4:C4 are merged"):
        read_pims(book("B4:C4"), Basis.of("t/d", "USD/t"))


def test_a_formula_that_ends_in_an_error(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "m.xlsx")) as made:
        for name in ("BUY", "Notes"):
            sheet = made.add_worksheet(name)
            for number, row in enumerate([["", "TEXT", "COST"], ["CRD", "Crude", 70]]):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell)
            sheet.write_formula(1, 2, "=1/0", value="#DIV/0!")
    with pytest.raises(DataError) as raised:
        read_pims(tmp_path / "m.xlsx", Basis.of("t/d", "USD/t"))
    assert "m.xlsx, sheet BUY, cell C2: the formula ends in the error #DIV/0!" in str(raised.value)
    assert "Notes" not in str(raised.value)


def test_a_workbook_without_any_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"model.xlsx: no sheet is a table of PIMS"):
        read(tmp_path, {"Sheet1": [["a", "b"], [1, 2]]})


def test_a_workbook_of_empty_tables(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no table of the workbook names a material"):
        read(tmp_path, {"BUY": table("BUY", ("COST",), [])})


def test_what_is_no_workbook(tmp_path: Path) -> None:
    basis = Basis.of("t/d", "USD/t")
    (tmp_path / "a.xlsx").write_text("not a zip")
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)
    for name, what in (
        ("a.xlsx", "not an Excel workbook"),
        ("old.xlsx", "of the format before 2007"),
        ("none.xlsx", "cannot be read"),
    ):
        with pytest.raises(DataError, match=what):
            read_pims(tmp_path / name, basis)


def test_sheets_without_a_reader_are_listed(tmp_path: Path) -> None:
    sheets: Sheets = {
        "BUY": [["", "TEXT", "COST"], ["CRD", "Crude", 70]],
        "SELL": SELL,
        "PINV": [["", "TEXT", "OPEN"]],
        "BLNMX": [["", "TEXT", "A"]],
        "Notes": [["remember the milk"]],
        "Blank": [],
        "SXYZ": table("SXYZ", ("BAS",), [["VBALCRD", "", 1], ["VBALGAS", "", -1]]),
    }
    told = {remark.where: str(remark) for remark in read(tmp_path, sheets).remarks}
    assert list(told) == [
        "model.xlsx, sheet PINV", "model.xlsx, sheet BLNMX", "model.xlsx, sheet Notes", "model.xlsx, sheet SXYZ",
    ]  # fmt: skip
    assert "PINV is not read: inventories between periods" in told["model.xlsx, sheet PINV"]
    assert 'Closest name: "BLNMIX".' in told["model.xlsx, sheet BLNMX"]
    assert "SUBMODS does not list it" in told["model.xlsx, sheet SXYZ"]


def test_the_page_lists_what_the_command_prints(tmp_path: Path) -> None:
    rows = [["ROWNAMES", "TEXT", "COST", "TAX"], ["CRD", "Crude", None, 5]]
    found = bought(tmp_path, rows)
    page = found.files["IMPORT.md"]
    assert page.startswith("# model: what was read from model.xlsx\n")
    assert "Flows are read in bbl/d, prices in USD/bbl, one period of 1 days." in page
    assert "| offers | 1 |" in page
    partly, unread = page.split("## Not read")
    assert "1. model.xlsx, sheet BUY, row 2: COST is blank" in partly
    assert "1. model.xlsx, sheet BUY, column TAX: the column is not read" in unread


def test_write_book_leaves_blank_cells_blank(tmp_path: Path) -> None:
    book = write_book(tmp_path / "b.xlsx", {"BUY": [["", "TEXT", "MAX", "COST"], ["CRD", "Crude", None, 70]]})
    assert read_pims(book, Basis.of("t/d", "USD/t")).case["offers"].records[0]["max"] is None
