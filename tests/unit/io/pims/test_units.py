"""Submodels: activities as feeds, modes, yields and utilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.io.pims.reading import PimsImport
from netback.planning.solve import plan
from pims_book import Sheets, read, table


def book(columns: tuple[str, ...], rows: list[list[Any]], **others: list[list[Any]]) -> Sheets:
    return {
        "BUY": table("BUY", ("MAX", "COST"), [["FED", "Feed", 100, 10], ["OTH", "Other", 50, 12]]),
        "SELL": table("SELL", ("PRICE",), [["PRD", "Product", 20], ["BYP", "By-product", 5]]),
        "SUBMODS": table("SUBMODS", (), [["SUNI", "A unit"]]),
        "SUNI": table("SUNI", columns, rows),
        **others,
    }


def yields(found: PimsImport) -> dict[tuple[str, str, str], float]:
    records = found.case["yields"].records
    return {(r["mode"], r["feed"], r["product"]): r["yield"] for r in records}


def test_consumed_is_above_zero_and_produced_below(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1], ["VBALPRD", "", -0.7], ["VBALBYP", "", -0.4]]
    found = read(tmp_path, book(("BAS",), rows))
    assert yields(found) == {("normal", "FED", "PRD"): 0.7, ("normal", "FED", "BYP"): 0.4}
    assert found.case["units"].records[0]["title"] == "A unit"
    assert {r["basis"] for r in found.case["yields"].records} == {"volume"}
    assert found.remarks == ()
    assert plan(found.case).certificate.value == pytest.approx(100 * (0.7 * 20 + 0.4 * 5 - 10))


def test_the_level_of_an_activity_does_not_matter(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 2], ["VBALPRD", "", -1.5], ["CCAPUNI", "", 2]]
    caps = table("CAPS", ("MAX",), [["CCAPUNI", "Unit", 80]])
    found = read(tmp_path, book(("BAS",), rows, CAPS=caps))
    assert yields(found) == {("normal", "FED", "PRD"): 0.75}
    assert [(r["unit"], r["max"]) for r in found.case["capacities"].records] == [("UNI", 80.0)]
    assert len(found.case["limits"]) == 0


def test_several_streams_above_zero_are_used_beside_the_feed(tmp_path: Path) -> None:
    rows = [["VBALOTH", "", 0.2], ["VBALFED", "", 0.8], ["VBALPRD", "", -1]]
    found = read(tmp_path, book(("BAS",), rows))
    assert yields(found) == {("normal", "FED", "PRD"): 1.25, ("normal", "FED", "OTH"): -0.25}


def test_the_feed_is_the_stream_that_the_capacity_counts(tmp_path: Path) -> None:
    rows = [["VBALOTH", "", 0.2], ["VBALFED", "", 0.8], ["VBALPRD", "", -1], ["CCAPUNI", "", 0.2]]
    caps = table("CAPS", ("MAX",), [["CCAPUNI", "", 3]])
    found = read(tmp_path, book(("BAS",), rows, CAPS=caps))
    assert {key[1] for key in yields(found)} == {"OTH"}
    assert found.case["capacities"].records[0]["max"] == 3.0


def test_columns_of_the_same_feed_are_modes(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1, 1], ["VBALPRD", "", -0.7, -0.5], ["VBALBYP", "", -0.3, -0.5]]
    found = read(tmp_path, book(("LOW", "HIG"), rows))
    assert [(r["unit"], r["mode"]) for r in found.case["modes"].records] == [("UNI", "LOW"), ("UNI", "HIG")]
    assert yields(found)["HIG", "FED", "PRD"] == 0.5


def test_utilities_are_used_per_priced_amount(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1], ["VBALPRD", "", -1], ["UBALKWH", "Power", 3], ["UBALSTM", "Steam", -2]]
    buy = table("UTILBUY", ("MAX", "COST"), [["KWH", "Power", None, 0.5]])
    sell = table("UTILSEL", ("PRICE",), [["STM", "Steam", 0.25]])
    sheets = book(("BAS",), rows, UTILBUY=buy, UTILSEL=sell)
    for rate, thousand in (("bbl/d", 1.0), ("kbbl/d", 1000.0)):
        found = read(tmp_path, sheets, rate)
        uses = {r["utility"]: (r["use"], r["per"]) for r in found.case["utilities"].records}
        assert uses == {"KWH": (3.0, "bbl"), "STM": (-2.0, "bbl")}
        value = plan(found.case).certificate.value
        assert value == pytest.approx(thousand * 100 * (20 - 10 - 3 * 0.5 + 2 * 0.25))


def test_losses_are_streams_of_kind_loss_and_gains_are_told(tmp_path: Path) -> None:
    rows = [
        ["VBALFED", "", 1, None],
        ["VBALOTH", "", None, 1],
        ["VBALPRD", "", -0.9, -1.1],
        ["VBALLOS", "", -0.1, 0.1],
    ]
    found = read(tmp_path, book(("BAS", "TWO"), rows))
    assert yields(found)["normal", "FED", "LOS"] == 0.1
    assert ("normal", "OTH", "LOS") not in yields(found)
    assert {r["stream"]: r["kind"] for r in found.case["streams"].records}["LOS"] == "loss"
    (told,) = found.remarks
    assert "sheet SUNI, cell D6 (TWO): a gain in the balance of losses is not read" in str(told)


def test_the_other_basis_is_told(tmp_path: Path) -> None:
    rows = [
        ["VBALFED", "", 1], ["WBALFED", "", 0.14], ["VBALPRD", "", -1], ["WBALH2X", "Hydrogen", -0.01], ["WBALABC", ""],
    ]  # fmt: skip
    told = [str(remark) for remark in read(tmp_path, book(("BAS",), rows)).remarks]
    assert len(told) == 2
    assert "row 4: the balance by weight of FED is not read; its balance by volume is." in told[0]
    assert (
        "row 6: H2X flows by weight alone, in a uom that the workbook does not state; it is left out."
        in told[1]
    )


def test_a_model_by_mass_reads_weights(tmp_path: Path) -> None:
    rows = [["WBALFED", "", 1], ["WBALPRD", "", -0.7], ["WBALLOS", "", -0.3]]
    found = read(tmp_path, book(("BAS",), rows), "t/d", "USD/t")
    assert {r["basis"] for r in found.case["yields"].records} == {"mass"}
    assert found.remarks == ()
    rows = [["WBALFED", "", 1], ["WBALPRD", "", -0.7]]
    found = read(tmp_path, book(("BAS",), rows), "t/d", "USD/t")
    assert {r["basis"] for r in found.case["yields"].records} == {"flow"}
    assert "add up to 0.7 of the mass of its feed. They are read as they stand." in str(found.remarks[0])


def test_recursion_and_base_and_delta_are_told(tmp_path: Path) -> None:
    rows = [
        ["VBALFED", "", 1, None],
        ["VBALPRD", "", -0.7, -0.01],
        ["VBALBYP", "", -0.3, 0.01],
        ["EBALSUL", "Sulphur", 0.5, -1],
        ["RSULPRD", "Recursion", 999, None],
    ]
    found = read(tmp_path, book(("BAS", "SUL"), rows))
    told = [str(remark) for remark in found.remarks]
    unread = 'row 6: row "EBALSUL" is no VBAL, WBAL, UBAL, CCAP or process limit and is not read (2 cells: BAS, SUL).'
    assert unread in told[1]
    assert 'row "RSULPRD"' in told[2]
    assert yields(found) == {("normal", "FED", "PRD"): 0.7, ("normal", "FED", "BYP"): 0.3}
    partly = "column BAS: the column is read as it stands at its base, without the rows EBALSUL, RSULPRD."
    assert partly in "".join(told)
    assert "column SUL: the column shifts yields, as a vector of base and delta; it is not read." in "".join(
        told
    )
    rows[2][3] = -0.02
    told = [str(remark) for remark in read(tmp_path, book(("BAS", "SUL"), rows)).remarks]
    assert "column SUL: the column takes no feed, as a vector of recursion or of base and delta" in "".join(
        told
    )


def test_what_is_recycled_is_a_run_all_the_same(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1, None], ["VBALBYP", "", -0.4, 1], ["VBALPRD", "", -0.6, -0.9]]
    found = read(tmp_path, book(("BAS", "RCY"), rows))
    assert yields(found)["normal", "BYP", "PRD"] == 0.9
    assert found.remarks == ()


def test_a_column_that_makes_nothing_is_told(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1, 1], ["VBALPRD", "", -1, None]]
    (told,) = read(tmp_path, book(("BAS", "DMP"), rows)).remarks
    assert "sheet SUNI, column DMP: the column makes nothing" in str(told)


def test_a_submodel_of_nothing_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, book(("BAS",), [["RFLOW", "", 1]]))
    assert len(found.case["units"]) == 0
    assert "no column of the submodel takes a feed and makes something" in str(found.remarks[-1])


def test_submods_may_name_the_sheet_or_the_tag_alone(tmp_path: Path) -> None:
    sheets = book(("BAS",), [["VBALFED", "", 1], ["VBALPRD", "", -1]])
    sheets["SUBMODS"] = table("SUBMODS", ("REPORT",), [["UNI", "A unit", 1], ["*OLD", "Gone"]])
    found = read(tmp_path, sheets)
    assert found.case["units"].records[0]["unit"] == "UNI"
    assert [str(told) for told in found.remarks] == [
        "model.xlsx, sheet SUBMODS, column REPORT: the column is not read (1 cell: UNI). Read: TEXT."
    ]


def test_a_submodel_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    sheets = book(("BAS",), [["VBALFED", "", 1], ["VBALPRD", "", -1]])
    sheets["SUBMODS"].append(["SUNX", "Another"])
    with pytest.raises(DataError) as raised:
        read(tmp_path, sheets)
    assert 'sheet SUBMODS, row 4: there is no sheet "SUNX" for the submodel SUNX.' in str(raised.value)
    assert 'Closest name: "SUNI".' in str(raised.value)


def test_text_in_a_coefficient_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'sheet SUNI, cell C4 \(BAS\): "x" is not a number'):
        read(tmp_path, book(("BAS",), [["VBALFED", "", 1], ["VBALPRD", "", "x"]]))


def test_a_column_that_cannot_be_the_name_of_a_mode(tmp_path: Path) -> None:
    rows = [["VBALFED", "", 1, 1], ["VBALPRD", "", -0.7, -0.5]]
    with pytest.raises(DataError) as raised:
        read(tmp_path, book(("A;B", "HIG"), rows))
    assert "model.xlsx, as modes.csv, row 2, column mode" in str(raised.value)
    assert '"A;B" cannot be a name' in str(raised.value)


def test_signs_the_other_way_round_are_found_by_the_checks(tmp_path: Path) -> None:
    from netback.case.checks import check

    rows = [["VBALFED", "", -1], ["VBALPRD", "", 0.6], ["VBALBYP", "", 0.4]]
    faults = [str(finding) for finding in check(read(tmp_path, book(("BAS",), rows)).case, tuple)]
    assert any('stream "PRD" is made by no unit and not bought' in fault for fault in faults)
    assert any('stream "BYP" is made by no unit and not bought' in fault for fault in faults)
