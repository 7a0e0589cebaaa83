"""CAPS and PROCLIM: capacities and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.planning.solve import plan
from pims_book import Sheets, read, table


def book(limits: list[list[Any]], caps: list[list[Any]], **others: list[list[Any]]) -> Sheets:
    """Two feeds of one unit; ``limits`` are further rows of the submodel, with a cell for each feed."""
    rows = [["VBALONE", "", 1, None], ["VBALTWO", "", None, 1], ["VBALPRD", "", -1, -0.8], *limits]
    return {
        "BUY": table("BUY", ("MAX", "COST"), [["ONE", "", 50, 10], ["TWO", "", 50, 10]]),
        "SELL": table("SELL", ("PRICE",), [["PRD", "", 20]]),
        "SUBMODS": table("SUBMODS", (), [["SUNI", ""]]),
        "SUNI": table("SUNI", ("ONE", "TWO"), rows),
        "CAPS": table("CAPS", ("MIN", "MAX"), caps),
        **others,
    }


def test_all_feed_with_weight_one_is_a_capacity(tmp_path: Path) -> None:
    case = read(tmp_path, book([["CCAPUNI", "", 1, 1]], [["CCAPUNI", "Unit", 5, 60]])).case
    (capacity,) = case["capacities"].records
    assert (capacity["unit"], capacity["min"], capacity["max"], capacity["uom"]) == (
        "UNI",
        5.0,
        60.0,
        "bbl/d",
    )
    assert plan(case).certificate.value == pytest.approx(50 * 10 + 10 * 6)


def test_other_weights_are_a_limit_with_terms(tmp_path: Path) -> None:
    found = read(tmp_path, book([["CCAPFUR", "", 1, 2]], [["CCAPFUR", "Furnace", None, 60]]))
    (limit,) = found.case["limits"].records
    assert (limit["limit"], limit["title"], limit["max"], limit["uom"]) == (
        "CCAPFUR",
        "Furnace",
        60.0,
        "bbl/d",
    )
    terms = {r["of"]: r["coefficient"] for r in found.case["limit_terms"].records}
    assert terms == {"ONE": 1.0, "TWO": 2.0}
    assert plan(found.case).certificate.value == pytest.approx(50 * 10 + 5 * 6)


def test_part_of_the_feed_is_a_limit(tmp_path: Path) -> None:
    case = read(tmp_path, book([["CCAPTWO", "", None, 1]], [["CCAPTWO", "", None, 20]])).case
    assert [r["of"] for r in case["limit_terms"].records] == ["TWO"]
    assert len(case["capacities"]) == 0
    assert plan(case).certificate.value == pytest.approx(50 * 10 + 20 * 6)


def test_a_second_capacity_of_a_unit_is_a_limit(tmp_path: Path) -> None:
    rows = [["CCAPUNI", "", 1, 1], ["CCAPPMP", "", 1, 1]]
    case = read(tmp_path, book(rows, [["CCAPUNI", "", None, 90], ["CCAPPMP", "", None, 60]])).case
    assert [r["max"] for r in case["capacities"].records] == [90.0]
    assert [r["max"] for r in case["limits"].records] == [60.0]
    assert plan(case).certificate.value == pytest.approx(50 * 10 + 10 * 6)


def test_process_limits_are_rows_of_the_same_name(tmp_path: Path) -> None:
    limits = table(
        "PROCLIM", ("MIN", "MAX", "PENALTY"), [["ZSEV", "Severity", -5, 30, 2], ["ZNON", "", 1, None, None]]
    )
    found = read(tmp_path, book([["ZSEV", "", 1, -1]], [], PROCLIM=limits))
    (limit,) = found.case["limits"].records
    assert (limit["limit"], limit["min"], limit["max"]) == ("ZSEV", -5.0, 30.0)
    told = [str(remark) for remark in found.remarks]
    assert (
        "sheet PROCLIM, column PENALTY: the column is not read (1 cell: ZSEV). Read: TEXT, MIN, MAX."
        in told[0]
    )
    assert 'sheet PROCLIM, row 4: no submodel has a row "ZNON", and no crude unit is called so' in told[1]
    assert plan(found.case).certificate.value == pytest.approx(50 * 10 + 50 * 6)


def test_a_bound_of_zero_limits_nothing_and_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, book([["CCAPUNI", "", 1, 1]], [["CCAPUNI", "", 0, 0]]))
    assert len(found.case["capacities"]) == 0
    assert [remark.severity for remark in found.remarks] == ["warning", "warning"]
    assert "row 3: MIN is 0, which limits nothing in this table; it is read as blank." in str(
        found.remarks[0]
    )


def test_rows_of_a_submodel_without_a_line_in_caps_are_told(tmp_path: Path) -> None:
    (told,) = read(tmp_path, book([["CCAPUNI", "", 1, 1]], [])).remarks
    assert str(told) == (
        'model.xlsx, sheet SUNI, row 6: row "CCAPUNI" has no line in CAPS, so it limits nothing.'
    )


def test_the_capacity_of_a_crude_unit_bears_its_tag(tmp_path: Path) -> None:
    sheets = book([], [["CCAPCD1", "", None, 30]])
    sheets["ASSAYS"] = table("ASSAYS", ("ONE",), [["VBALPRD", "", 1]])
    sheets["CRDDISTL"] = table("CRDDISTL", ("CD1",), [["ESTONE", "", 1]])
    assert [(r["unit"], r["max"]) for r in read(tmp_path, sheets).case["capacities"].records] == [
        ("CD1", 30.0)
    ]


def test_a_limit_across_two_units(tmp_path: Path) -> None:
    sheets = book([["CCAPH2X", "", 1, 1]], [["CCAPH2X", "Hydrogen", None, 40]])
    sheets["SUBMODS"].append(["STWO", ""])
    sheets["STWO"] = table(
        "STWO", ("ALT",), [["VBALONE", "", 1], ["VBALPRD", "", -0.9], ["CCAPH2X", "", 0.5]]
    )
    found = read(tmp_path, sheets)
    terms = {(r["item"], r["of"]): r["coefficient"] for r in found.case["limit_terms"].records}
    assert terms == {("UNI", "ONE"): 1.0, ("UNI", "TWO"): 1.0, ("TWO", "ONE"): 0.5}
    assert plan(found.case).certificate.word == "proven"
