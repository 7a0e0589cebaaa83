"""Blending: BLENDS, BLNMIX, BLNPROP, BLNSPEC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.planning.solve import plan
from pims_book import Sheets, read, table

MIX = table("BLNMIX", ("REG", "PRM"), [["LOW", "", 1, 1], ["HIG", "", 1, 1]])
PROPERTIES = table("BLNPROP", ("RON", "SUL"), [["LOW", "", 80, 0.1], ["HIG", "", 100, 0.0]])
SPECS = table("BLNSPEC", ("REG", "PRM"), [["NRON", "", 85, 95], ["XSUL", "", None, 0.05]])


def turned(sheet: list[list[Any]]) -> list[list[Any]]:
    """The same table with rows and columns changed over."""
    columns, rows = sheet[1][2:], sheet[2:]
    names = [row[0] for row in rows]
    cells = [
        [row[place + 2] if place + 2 < len(row) else None for row in rows] for place in range(len(columns))
    ]
    return [
        sheet[0],
        ["ROWNAMES", "TEXT", *names],
        *([c, "", *line] for c, line in zip(columns, cells, strict=True)),
    ]


def book(**others: list[list[Any]]) -> Sheets:
    return {
        "BUY": table("BUY", ("MAX", "COST"), [["LOW", "", 100, 50], ["HIG", "", 100, 70]]),
        "SELL": table("SELL", ("PRICE",), [["REG", "", 60], ["PRM", "", 72]]),
        "BLNMIX": MIX,
        "BLNPROP": PROPERTIES,
        "BLNSPEC": SPECS,
        **others,
    }


def test_components_properties_and_specs(tmp_path: Path) -> None:
    found = read(tmp_path, book())
    case = found.case
    assert {(r["product"], r["component"]) for r in case["blends"].records} == {
        ("REG", "LOW"), ("REG", "HIG"), ("PRM", "LOW"), ("PRM", "HIG"),
    }  # fmt: skip
    specs = {(r["product"], r["property"]): (r["min"], r["max"]) for r in case["specs"].records}
    assert specs == {("REG", "RON"): (85.0, None), ("PRM", "RON"): (95.0, None), ("PRM", "SUL"): (None, 0.05)}
    assert {(r["property"], r["basis"]) for r in case["properties"].records} == {
        ("RON", "volume"),
        ("SUL", "volume"),
    }
    assert found.remarks == ()
    # Every barrel of LOW with a third of HIG makes regular; premium takes HIG three to one: 1 LOW needs 1/3 HIG.
    assert plan(case).certificate.word == "proven"


def test_either_table_may_stand_the_other_way_round(tmp_path: Path) -> None:
    straight = read(tmp_path, book()).case
    found = read(tmp_path, book(BLNPROP=turned(PROPERTIES), BLNSPEC=turned(SPECS)))
    assert found.remarks == ()
    for name in ("stream_properties", "specs"):
        assert sorted(map(str, found.case[name].records)) == sorted(map(str, straight[name].records))


def test_properties_by_mass_where_flows_are(tmp_path: Path) -> None:
    case = read(tmp_path, book(), "t/d", "USD/t").case
    assert {r["basis"] for r in case["properties"].records} == {"mass"}


def test_an_entry_other_than_one_is_told_and_not_read(tmp_path: Path) -> None:
    mix = table("BLNMIX", ("REG",), [["LOW", "", 0.5], ["HIG", "", 1], ["OTH", "", 0]])
    found = read(tmp_path, book(BLNMIX=mix, BLNSPEC=table("BLNSPEC", ("REG",), [])))
    assert [r["component"] for r in found.case["blends"].records] == ["HIG"]
    told = [str(remark) for remark in found.remarks]
    assert (
        "sheet BLNMIX, cell C3 (REG): 0.5 is not 1, which lets a component in; LOW is not read into REG."
        in told[0]
    )
    assert "cell C5 (REG): 0 is not 1" in told[1]


def test_blends_lists_titles_and_its_columns_are_told(tmp_path: Path) -> None:
    listed = table("BLENDS", ("SPEC",), [["REG", "Regular", 1], ["XXX", "Nothing", 1]])
    found = read(tmp_path, book(BLENDS=listed))
    assert {r["stream"]: r["title"] for r in found.case["streams"].records}["REG"] == "Regular"
    told = [str(remark) for remark in found.remarks]
    assert "sheet BLENDS, row 4: the blend XXX has no component in BLNMIX; it is not read." in told[0]
    assert "sheet BLENDS, column SPEC: the column is not read (2 cells: REG, XXX)." in told[1]


def test_properties_of_streams_that_no_table_knows_are_told(tmp_path: Path) -> None:
    properties = table(
        "BLNPROP", ("RON", "SUL"), [["LOW", "", 80, 0.1], ["HIG", "", 100, 0], ["ZZZ", "", 1, 2]]
    )
    (told,) = read(tmp_path, book(BLNPROP=properties)).remarks
    assert (
        "sheet BLNPROP: no table buys, makes, blends or sells ZZZ; its properties (2) are not read."
        in str(told)
    )


def test_tables_of_unknown_tags_are_told(tmp_path: Path) -> None:
    strange = {name: table(name, ("AAA",), [["BBB", "", 1]]) for name in ("BLNPROP", "BLNSPEC")}
    told = [str(remark) for remark in read(tmp_path, book(**strange)).remarks]
    assert "neither the rows nor the columns are mostly tags of streams" in told[0]
    assert "neither the rows nor the columns are mostly blends of BLNMIX" in told[1]


def test_limits_that_are_neither_least_nor_greatest_are_told(tmp_path: Path) -> None:
    specs = table(
        "BLNSPEC", ("REG", "QQQ"), [["NRON", "", 85, 90], ["RON", "", 86, None], ["X", "", 1, None]]
    )
    told = [str(remark) for remark in read(tmp_path, book(BLNSPEC=specs)).remarks]
    assert "cell D3 (QQQ): QQQ has no component in BLNMIX" in told[0]
    assert 'cell C4 (REG): "RON" is neither Nppp, a least value, nor Xppp, a greatest' in told[1]
    assert 'cell C5 (REG): "X" is neither' in told[2]


def test_a_table_called_specs_is_read_as_blnspec(tmp_path: Path) -> None:
    sheets = book(SPECS=[["*TABLE SPECS"], *SPECS[1:]])
    assert ["SPECS is not read" in remark.what for remark in read(tmp_path, sheets).remarks] == [True]
    del sheets["BLNSPEC"]
    assert len(read(tmp_path, sheets).case["specs"]) == 3


@pytest.mark.parametrize(
    ("sheet", "rows", "where"),
    [
        ("BLNMIX", [["LOW", "", "yes", 1]], "sheet BLNMIX, cell C3 (REG)"),
        ("BLNPROP", [["LOW", "", "high", 1]], "sheet BLNPROP, cell C3 (REG)"),
        ("BLNSPEC", [["NRON", "", "high", 1]], "sheet BLNSPEC, cell C3 (REG)"),
    ],
)
def test_text_where_a_number_is_needed(tmp_path: Path, sheet: str, rows: list[list[Any]], where: str) -> None:
    with pytest.raises(DataError) as raised:
        read(tmp_path, book(**{sheet: table(sheet, ("REG", "PRM"), rows)}))
    assert f"model.xlsx, {where}" in str(raised.value)
    assert "is not a number" in str(raised.value)
