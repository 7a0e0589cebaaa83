"""What may be bought and sold: BUY, SELL, UTILBUY, UTILSEL."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.errors import DataError
from pims_book import Sheets, read, table

SELL = table(
    "SELL", ("MIN", "MAX", "PRICE"), [["GAS", "Gasoline", 1, 5, 90], ["FUE", "Fuel oil", None, None, 60]]
)


def buy(*rows: list[object], columns: tuple[str, ...] = ("MIN", "MAX", "FIX", "COST")) -> Sheets:
    return {"BUY": table("BUY", columns, rows), "SELL": SELL}


def test_bounds_prices_and_kinds(tmp_path: Path) -> None:
    case = read(tmp_path, buy(["CRD", "Crude", 10, 20, None, 70])).case
    offer, *rest = case["offers"].records
    assert not rest
    assert (offer["offer"], offer["stream"], offer["min"], offer["max"]) == ("CRD", "CRD", 10.0, 20.0)
    assert (offer["uom"], offer["price"], offer["price_uom"]) == ("bbl/d", 70.0, "USD/bbl")
    gas, fuel = case["sales"].records
    assert (gas["min"], gas["max"], gas["price"]) == (1.0, 5.0, 90.0)
    assert (fuel["min"], fuel["max"], fuel["price"]) == (0.0, None, 60.0)
    kinds = {r["stream"]: (r["kind"], r["title"], r["uom"]) for r in case["streams"].records}
    assert kinds["CRD"] == ("feedstock", "Crude", "bbl")
    assert kinds["GAS"] == ("product", "Gasoline", "bbl")


def test_everything_rests_on_the_workbook(tmp_path: Path) -> None:
    case = read(tmp_path, buy(["CRD", "Crude", None, None, None, 70])).case
    assert case.source == "pims_workbook"
    assert case["sources"].records[0]["title"] == "Workbook in the layout of PIMS tables: model.xlsx"
    assert (case.currency, case.flow_uom) == ("USD", "bbl")


def test_a_maximum_of_zero_is_a_real_zero(tmp_path: Path) -> None:
    case = read(tmp_path, buy(["CRD", "Crude", 0, 0, None, 70])).case
    assert case["offers"].records[0]["max"] == 0.0


def test_fix_holds_and_the_bounds_beside_it_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, buy(["CRD", "Crude", 1, 9, 4, 70], ["GO1", "Gas oil", None, None, 3, 80]))
    assert [(r["min"], r["max"]) for r in found.case["offers"].records] == [(4.0, 4.0), (3.0, 3.0)]
    (told,) = found.remarks
    assert told.severity == "warning"
    assert told.where == "model.xlsx, sheet BUY, row 3"
    assert "FIX holds; MIN and MAX of the row are not read." in told.what


def test_a_blank_price_is_zero_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, buy(["CRD", "Crude", None, 9, None, None]))
    assert found.case["offers"].records[0]["price"] == 0.0
    assert [str(told) for told in found.remarks] == [
        "model.xlsx, sheet BUY, row 3: COST is blank; 0 is written. Give it if it is not free."
    ]


def test_other_columns_are_listed_with_their_cells(tmp_path: Path) -> None:
    columns = ("MIN", "MAX", "COST", "ALTTAG", "GROUP")
    found = read(tmp_path, buy(["CRD", "Crude", None, 9, 70, "X", None], columns=columns))
    (told,) = found.remarks
    assert told.severity == "note"
    assert told.where == "model.xlsx, sheet BUY, column ALTTAG"
    assert told.what == "the column is not read (1 cell: CRD)."


def test_utilities_are_counted_each_and_scaled_with_the_flows(tmp_path: Path) -> None:
    sheets = buy(["CRD", "Crude", None, 9, None, 70])
    sheets["UTILBUY"] = table("UTILBUY", ("MAX", "COST"), [["KWH", "Power", 5, 0.1]])
    sheets["UTILSEL"] = table("UTILSEL", ("PRICE",), [["STM", "Steam", 8]])
    case = read(tmp_path, sheets, "kbbl/d", "USD/bbl").case
    power = case["offers"].records[1]
    assert (power["max"], power["uom"], power["price_uom"]) == (5000.0, "each/d", "USD/each")
    assert case["sales"].records[2]["price"] == 8.0
    kinds = {r["stream"]: (r["kind"], r["uom"]) for r in case["streams"].records}
    assert kinds["KWH"] == kinds["STM"] == ("utility", "each")


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        ([["CRD", "Crude", "a", 9, None, 70]], "cell C3 (MIN)", '"a" is not a number'),
        ([["CRD", "Crude", "1,000", 9, None, 70]], "cell C3 (MIN)", "thousands separator"),
        ([["CRD", "Crude", True, 9, None, 70]], "cell C3 (MIN)", "TRUE or FALSE"),
        ([["CRD", "Crude", -1, 9, None, 70]], "row 3", "a quantity of -1 is not possible"),
        ([["CRD", "", 1, 9, None, 7], ["CRD", "", 1, 9, None, 7]], "row 4", 'the row "CRD" stands here a second time'),
        ([["C;D", "", 1, 9, None, 70]], "row 3", "cannot be a name"),
    ],
)  # fmt: skip
def test_faults_name_sheet_and_cell(tmp_path: Path, rows: list[list[object]], where: str, what: str) -> None:
    with pytest.raises(DataError) as raised:
        read(tmp_path, buy(*rows))
    assert f"model.xlsx, sheet BUY, {where}" in str(raised.value)
    assert what in str(raised.value)


def test_a_number_stored_as_text_is_read_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, buy(["CRD", "Crude", None, "9.5", None, 70]))
    assert found.case["offers"].records[0]["max"] == 9.5
    assert 'sheet BUY, cell D3 (MAX): the number "9.5" is stored as text' in str(found.remarks[0])


def test_a_price_column_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="sheet BUY: the column COST is missing"):
        read(tmp_path, buy(["CRD", "Crude", 1], columns=("MIN",)))


def test_a_tag_is_a_material_or_a_utility(tmp_path: Path) -> None:
    sheets = buy(["CRD", "Crude", None, 9, None, 70])
    sheets["UTILBUY"] = table("UTILBUY", ("COST",), [["CRD", "Power", 1]])
    with pytest.raises(DataError, match=r"sheet UTILBUY, row 3.*a material in one table and a utility"):
        read(tmp_path, sheets)


@pytest.mark.parametrize(
    ("rate", "price", "days", "what"),
    [
        ("", "USD/bbl", 1.0, "option --uom: the workbook does not state the uom of its flows"),
        ("bbl/d", "", 1.0, "option --price-uom: the workbook does not state the uom of its prices"),
        ("bbl", "USD/bbl", 1.0, '"bbl" is not a mass or volume per day'),
        ("MWh/d", "USD/MWh", 1.0, '"MWh/d" is not a mass or volume per day'),
        ("barel/d", "USD/bbl", 1.0, "not a unit of measure"),
        ("bbl/d", "USD/t", 1.0, "one is by mass, the other by volume"),
        ("bbl/d", "%", 1.0, "a share is no price"),
        ("bbl/d", "70", 1.0, "not money per amount"),
        ("bbl/d", "USD/bbl", 0.0, "0 days are no period"),
    ],
)
def test_what_the_user_states_is_checked(rate: str, price: str, days: float, what: str) -> None:
    from netback.io.pims.draft import Basis

    with pytest.raises(DataError) as raised:
        Basis.of(rate, price, days)
    assert what in str(raised.value)
