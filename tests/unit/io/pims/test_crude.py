"""Crude distillation: ASSAYS and CRDDISTL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.planning.solve import plan
from pims_book import Sheets, read, table


def book(assays: list[list[Any]], **others: list[list[Any]]) -> Sheets:
    return {
        "BUY": table("BUY", ("MAX", "COST"), [["AAA", "Crude A", 10, 50], ["BBB", "Crude B", 10, 40]]),
        "SELL": table("SELL", ("PRICE",), [["NAP", "Naphtha", 80], ["RES", "Residue", 40]]),
        "ASSAYS": table("ASSAYS", ("AAA", "BBB"), assays),
        **others,
    }


YIELDS = [["VBALNAP", "Naphtha", 0.4, 0.3], ["VBALRES", "Residue", 0.6, 0.7]]


def test_yields_by_crude(tmp_path: Path) -> None:
    found = read(tmp_path, book(YIELDS))
    assert {(r["unit"], r["feed"], r["product"]): r["yield"] for r in found.case["yields"].records} == {
        ("CDU", "AAA", "NAP"): 0.4, ("CDU", "AAA", "RES"): 0.6,
        ("CDU", "BBB", "NAP"): 0.3, ("CDU", "BBB", "RES"): 0.7,
    }  # fmt: skip
    assert {r["stream"]: r["kind"] for r in found.case["streams"].records}["AAA"] == "crude"
    assert [
        r.what == "there is no table CRDDISTL; one unit CDU takes every crude." for r in found.remarks
    ] == [True]
    assert plan(found.case).certificate.value == pytest.approx(10 * (56 - 50) + 10 * (52 - 40))


def test_yields_in_per_cent_are_told(tmp_path: Path) -> None:
    rows = [["VBALNAP", "", 40, 0.3], ["VBALRES", "", 60, 0.7]]
    found = read(tmp_path, book(rows))
    assert next(r["yield"] for r in found.case["yields"].records if r["feed"] == "AAA") == 0.4
    assert "column AAA: the yields of AAA add up to 100; they are read as per cent." in str(found.remarks[0])


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ((4, 6), "column AAA: the yields of AAA add up to 10, neither to 1 nor to 100."),
        ((-0.4, 1.4), "cell C3 (AAA): a yield of -0.4 is not possible."),
        (("x", 0.6), 'cell C3 (AAA): "x" is not a number.'),
    ],
)
def test_yields_that_cannot_be(tmp_path: Path, cells: tuple[Any, Any], what: str) -> None:
    rows = [["VBALNAP", "", cells[0], 0.3], ["VBALRES", "", cells[1], 0.7]]
    with pytest.raises(DataError) as raised:
        read(tmp_path, book(rows))
    assert f"model.xlsx, sheet ASSAYS, {what}" in str(raised.value)


def test_crddistl_says_which_crude_may_go_where(tmp_path: Path) -> None:
    towers = table("CRDDIST", ("CD1", "CD2", "CD3"), [
        ["* Feed"], ["ATMTWR", "Tower", 1, 1, 2], ["ESTAAA", "Crude A", 50, None, None], ["ESTBBB", "", 25, 25, None],
    ])  # fmt: skip
    found = read(tmp_path, book(YIELDS, CRDDIST=towers))
    feeds = {(r["unit"], r["feed"]) for r in found.case["feeds"].records}
    assert feeds == {("CD1", "AAA"), ("CD1", "BBB"), ("CD2", "BBB")}
    told = [str(remark) for remark in found.remarks]
    assert 'row 4: row "ATMTWR" is not read' in told[0]
    assert "column CD3: no crude may go into the unit; it is left out." in told[1]


def test_a_crude_that_no_unit_takes_is_told(tmp_path: Path) -> None:
    towers = table("CRDDISTL", ("CD1",), [["ESTAAA", "", 1]])
    (told,) = read(tmp_path, book(YIELDS, CRDDISTL=towers)).remarks
    assert "sheet ASSAYS, column BBB: no crude unit takes BBB" in str(told)


def test_a_crude_without_yields_is_a_fault(tmp_path: Path) -> None:
    towers = table("CRDDISTL", ("CD1",), [["ESTAAA", "", 1], ["ESTCCC", "", 1]])
    with pytest.raises(DataError, match=r"row 4: ASSAYS has no yields of CCC. Crudes of ASSAYS: AAA, BBB"):
        read(tmp_path, book(YIELDS, CRDDISTL=towers))
    sheets = book(YIELDS, CRDDISTL=towers)
    del sheets["ASSAYS"]
    with pytest.raises(DataError, match="sheet CRDDISTL: there is no table ASSAYS"):
        read(tmp_path, sheets)


def test_properties_of_cuts_are_kept_apart_by_crude(tmp_path: Path) -> None:
    rows = [
        *YIELDS,
        ["ISULNAP", "Sulphur", 0.01, 0.05],
        ["IRONNAP", "", 60, 55],
        ["IVBADD", "", 1, 2],
        ["XYZ", "", 3],
    ]
    sheets = book(rows)
    sheets["BLNMIX"] = table("BLNMIX", ("GAS",), [["NAP", "", 1]])
    sheets["BLNSPEC"] = table("BLNSPEC", ("GAS",), [["XSUL", "", 0.03]])
    sheets["SELL"].append(["GAS", "Gasoline", 200])
    found = read(tmp_path, sheets)
    known = {
        (r["feed"], r["product"], r["property"]): r["value"] for r in found.case["product_properties"].records
    }
    assert known["AAA", "NAP", "SUL"] == 0.01
    assert known["BBB", "NAP", "RON"] == 55.0
    told = "\n".join(str(remark) for remark in found.remarks)
    assert (
        'row 7: row "IVBADD" is neither the yield nor a property of a cut of this table; it is not read.'
        in told
    )
    assert 'row 8: row "XYZ"' in told
    # Half of each naphtha makes 0.03 % sulphur; A gives 4, so 4 of the 3 of B may follow.
    value = plan(found.case).certificate.value
    assert value == pytest.approx(7 * 200 + 6 * 40 + 7 * 40 - 500 - 400)


def test_yields_on_the_other_basis_are_told(tmp_path: Path) -> None:
    rows = [*YIELDS, ["WBALNAP", "", 0.35, 0.25]]
    told = [str(remark) for remark in read(tmp_path, book(rows)).remarks]
    assert (
        "row 5: the yields are on the other basis than the flows of the case; they are not read." in told[-1]
    )


def test_yields_by_mass_that_do_not_close_are_told(tmp_path: Path) -> None:
    rows = [["WBALNAP", "", 0.4, 0.3], ["WBALRES", "", 0.6, 0.6]]
    found = read(tmp_path, book(rows), "t/d", "USD/t")
    assert {(r["feed"], r["basis"]) for r in found.case["yields"].records} == {
        ("AAA", "mass"),
        ("BBB", "flow"),
    }
    assert any("the yields of BBB add up to 0.9 of its mass" in remark.what for remark in found.remarks)


def test_a_tag_is_one_unit(tmp_path: Path) -> None:
    sheets = book(YIELDS, SUBMODS=table("SUBMODS", (), [["SCDU", ""]]))
    sheets["SCDU"] = table("SCDU", ("BAS",), [["VBALNAP", "", 1], ["VBALRES", "", -1]])
    with pytest.raises(DataError, match='sheet SCDU: "CDU" is a crude unit of CRDDISTL too'):
        read(tmp_path, sheets)
