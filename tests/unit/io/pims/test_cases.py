"""Table CASE: scenarios and what they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.io.pims.reading import PimsImport
from netback.planning.solve import plan
from pims_book import Sheets, read, table


def book(cases: list[list[Any]]) -> Sheets:
    return {
        "BUY": table("BUY", ("MIN", "MAX", "COST"), [["FED", "Feed", None, 100, 10]]),
        "SELL": table("SELL", ("MAX", "PRICE"), [["PRD", "Product", 80, 20]]),
        "SUBMODS": table("SUBMODS", (), [["SUNI", ""]]),
        "SUNI": table(
            "SUNI", ("BAS",), [["VBALFED", "", 1], ["VBALINT", "", -1], ["CCAPUNI", "", 1], ["ZLIM", "", 1]]
        ),
        "CAPS": table("CAPS", ("MAX",), [["CCAPUNI", "", 90]]),
        "PROCLIM": table("PROCLIM", ("MAX",), [["ZLIM", "", 95]]),
        "BLNMIX": table("BLNMIX", ("PRD",), [["INT", "", 1]]),
        "BLNPROP": table("BLNPROP", ("RON",), [["INT", "", 90]]),
        "BLNSPEC": table("BLNSPEC", ("PRD",), [["NRON", "", 85]]),
        "CASE": [["*TABLE CASE"], *cases],
    }


def changes(found: PimsImport) -> list[tuple[str, str, str, str, str | None]]:
    keys = ("scenario", "table", "where", "column", "value")
    return [tuple(r[key] for key in keys) for r in found.case["overrides"].records]  # type: ignore[misc]


def test_cases_are_scenarios_with_overrides(tmp_path: Path) -> None:
    found = read(tmp_path, book([
        ["CASE 1", "Base"],
        ["CASE", 2, "Dear feed"],
        ["TABLE BUY"],
        ["", "TEXT", "COST", "MAX"],
        ["FED", "Feed", 12, 60],
        ["TABLE", "SELL"],
        ["ROWNAMES", "TEXT", "PRICE"],
        ["* a comment"],
        ["PRD", "", 30],
        ["CASE 3"],
        ["TABLE CAPS"],
        ["", "TEXT", "MAX"],
        ["CCAPUNI", "", 50],
        ["TABLE PROCLIM"],
        ["", "TEXT", "MAX"],
        ["ZLIM", "", 40],
        ["TABLE BLNSPEC"],
        ["", "TEXT", "PRD"],
        ["NRON", "", 89],
    ]))  # fmt: skip
    assert [(r["scenario"], r["title"]) for r in found.case["scenarios"].records] == [
        ("case_1", "Base"), ("case_2", "Dear feed"), ("case_3", None),
    ]  # fmt: skip
    assert changes(found) == [
        ("case_2", "offers", "offer=FED", "price", "12"),
        ("case_2", "offers", "offer=FED", "max", "60"),
        ("case_2", "sales", "sale=PRD", "price", "30"),
        ("case_3", "capacities", "unit=UNI", "max", "50"),
        ("case_3", "limits", "limit=ZLIM", "max", "40"),
        ("case_3", "specs", "product=PRD&property=RON", "min", "89"),
    ]
    (told,) = found.remarks
    assert told.where == "model.xlsx, sheet CASE"
    assert "each case is read as a change of the base model, not of the case before it." in told.what
    values = [plan(found.case.in_scenario(name)).certificate.value for name in ("case_1", "case_2", "case_3")]
    assert values == pytest.approx([80 * 10, 60 * (30 - 12), 40 * 10])


def test_empty_blanks_a_cell_and_fix_sets_two(tmp_path: Path) -> None:
    found = read(tmp_path, book([
        ["CASE 1"], ["TABLE BUY"], ["", "TEXT", "MAX", "FIX"], ["FED", "", "EMPTY", None],
        ["CASE 2"], ["TABLE BUY"], ["", "TEXT", "MAX", "FIX"], ["FED", "", None, 30],
    ]))  # fmt: skip
    assert changes(found) == [
        ("case_1", "offers", "offer=FED", "max", None),
        ("case_2", "offers", "offer=FED", "min", "30"),
        ("case_2", "offers", "offer=FED", "max", "30"),
    ]
    assert found.case.in_scenario("case_1")["offers"].records[0]["max"] is None


def test_zero_blanks_a_capacity(tmp_path: Path) -> None:
    found = read(tmp_path, book([["CASE 1"], ["TABLE CAPS"], ["", "TEXT", "MAX"], ["CCAPUNI", "", 0]]))
    assert changes(found) == [("case_1", "capacities", "unit=UNI", "max", None)]
    assert "0 limits nothing in CAPS; it is read as blank." in found.remarks[0].what


def test_what_was_not_read_cannot_be_changed_and_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, book([
        ["TABLE BUY"], ["", "TEXT", "COST"], ["FED", "", 1],
        ["CASE 1"],
        ["FED", "", 2],
        ["TABLE BUY"],
        ["FED", "", 3],
        ["", "TEXT", "COST", "TAX"],
        ["FED", "", None, 4],
        ["NEW", "", 5],
        ["TABLE SUNI"], ["", "TEXT", "BAS"], ["VBALFED", "", 1.1],
    ]))  # fmt: skip
    assert changes(found) == []
    told = [str(remark) for remark in found.remarks if remark.severity == "note"]
    assert told == [
        "model.xlsx, sheet CASE, row 4: no line CASE stands above the row; it is not read.",
        "model.xlsx, sheet CASE, row 6: no line TABLE stands above the row; it is not read.",
        "model.xlsx, sheet CASE, row 8: no line heading with TEXT stands above the row; it is not read.",
        "model.xlsx, sheet CASE, cell D10 (TAX): BUY, row FED, column TAX is no cell that was read; case_1 keeps it.",
        "model.xlsx, sheet CASE, cell C11 (COST): BUY, row NEW, column COST is no cell that was read; case_1 keeps it.",
        "model.xlsx, sheet CASE, cell C14 (BAS): SUNI, row VBALFED, column BAS is no cell that was read; "
        "case_1 keeps it.",
    ]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([["CASE 1"], ["CASE 1"]], 'sheet CASE, row 3: "1" is no new number of a case'),
        ([["CASE"]], "sheet CASE, row 2: the case has no number"),
        (
            [["CASE 1"], ["TABLE BUY"], ["", "TEXT", "COST"], ["FED", "", "x"]],
            'cell C5 (COST): "x" is not a number',
        ),
        ([["CASE 1"], ["TABLE BUY"], ["", "TEXT", "COST"], ["FED", "", "EMPTY"]], "a price cannot be blank"),
    ],
)
def test_faults(tmp_path: Path, rows: list[list[Any]], what: str) -> None:
    with pytest.raises(DataError) as raised:
        read(tmp_path, book(rows))
    assert what in str(raised.value)


def test_formulas_of_the_sheet_are_looked_at(tmp_path: Path) -> None:
    from xlsxwriter import Workbook

    from netback.io.pims.draft import Basis
    from netback.io.pims.reading import read_pims

    with Workbook(str(tmp_path / "m.xlsx")) as made:
        sheet = made.add_worksheet("BUY")
        for number, row in enumerate(table("BUY", ("COST",), [["FED", "", 1]])):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
        made.add_worksheet("CASE").write_formula("C4", "=1/0", value="#DIV/0!")
    with pytest.raises(DataError, match="sheet CASE, cell C4: the formula ends in the error"):
        read_pims(tmp_path / "m.xlsx", Basis.of("t/d", "USD/t"))
