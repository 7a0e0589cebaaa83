"""Traces: from rows and claims to those who said it, with what is assumed and what is an orphan."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.case.schema import TABLES
from netback.errors import DataError
from netback.evidence.result_names import RESULT_COLUMNS, RESULTS
from netback.evidence.trace import Node, trace_claim, trace_row
from netback.io.folder import read_case
from netback.io.register import read_register, register_of
from small_register import claim, register
from tiny_case import TINY, write_folder


def texts(node: Node) -> list[str]:
    return [one.text for one in node.walk()]


def traced(
    tmp_path: Path, *words: str, scenario: str | None = None, changes: dict[str, str] | None = None
) -> Node:
    case = read_case(write_folder(tmp_path, changes), scenario)
    return trace_row(case, register_of(case), *words)


def test_every_input_of_a_result_is_a_table() -> None:
    assert {name for tables in RESULTS.values() for name in tables} <= set(TABLES)


def test_a_sourced_row(tmp_path: Path) -> None:
    found = traced(tmp_path, "yields", "5")
    assert found.text == "yields.csv, row 5: distillation normal crude lost, yield 0.005"
    assert any(text.startswith("source ours: made up for tests") for text in texts(found))


def test_an_assumed_row_says_so(tmp_path: Path) -> None:
    found = traced(tmp_path, "offers", "spot 2")
    assert "price 65 USD/bbl" in found.text
    assert [node.word for node in found.below] == ["assumed", "assumed"]
    assert found.below[0].text == "assumed, 60 to 70"


def test_a_name_finds_all_its_rows(tmp_path: Path) -> None:
    found = traced(tmp_path, "offers", "spot")
    assert found.text == "case tiny: offers of spot stands on 2 rows of the case"
    assert len(found.below) == 2


def test_an_orphan_says_so(tmp_path: Path) -> None:
    orphan = TINY["modes.csv"].replace(",ours", ",")
    found = traced(tmp_path, "modes", "distillation", changes={"modes.csv": orphan})
    assert [node.text for node in found.walk() if node.word == "orphan"] == [
        "orphan: nobody is named who says so"
    ]


def test_a_scenario_is_told(tmp_path: Path) -> None:
    found = traced(tmp_path, "offers", "spot 1", scenario="dear")
    assert "price 80 USD/bbl" in found.text
    assert "set by scenario dear (overrides.csv, row 2); it was 60" in texts(found)


def test_a_result_of_a_plan(tmp_path: Path) -> None:
    found = traced(tmp_path, "purchases", "spot")
    assert "purchases of spot stands on 2 rows" in found.text
    assert any("offers.csv" in text for text in texts(found))


def test_another_column(tmp_path: Path) -> None:
    found = traced(tmp_path, "offers", "spot 1", "max")
    assert found.text.endswith("max 1000 bbl/d")
    assert "status and range of the row speak of price 60 USD/bbl" in texts(found)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (
            ("ofers", "spot"),
            'there is no table "ofers", neither of a case nor of a plan. Closest name: "offers"',
        ),
        (("offers", "spott"), 'no row is named "spott". Closest name: "spot"'),
        (("offers", "77"), "there is no row 77. The last one is row 4"),
        (("offers", "spot", "prize"), 'no column "prize". Closest name: "price"'),
        (("inventories", "tank"), "The table is empty"),
    ],
)
def test_names_that_are_not_there(tmp_path: Path, words: tuple[str, ...], fault: str) -> None:
    with pytest.raises(DataError) as caught:
        traced(tmp_path, *words)
    assert fault in str(caught.value)


def test_the_flagship_reaches_the_register() -> None:
    case = read_case("karachi_2023_september")
    found = texts(trace_row(case, register_of(case), "offers", "urals_primorsk"))
    assert any(text.startswith("source PRI-005") for text in found)
    assert "https://interfax.com/newsroom/top-stories/98923/" in found
    assert any(text.startswith("claim CAR-010") for text in found)
    assert any("CON-05" in text for text in found), "what disputes a claim is told"


def test_every_row_of_the_flagship_can_be_traced() -> None:
    case = read_case("karachi_2023_september")
    register = register_of(case)
    for name, table in case.tables.items():
        for record in table.records:
            node = trace_row(case, register, name, str(record.row))
            assert f"row {record.row}" in node.text or node.below
            if table.schema.has_provenance:
                assert not [one for one in node.walk() if one.word == "orphan"], node.text


def test_a_source_of_the_same_name_elsewhere_is_not_the_claim(tmp_path: Path) -> None:
    sources = "source,title,url\nours,made up,\ntheirs,x,\nCAR-010,my own note,https://example.org/other\n"
    offers = TINY["offers.csv"].replace(
        "grid,power,,,,,,90,USD/MWh,,,,ours", "grid,power,,,,,,90,USD/MWh,,,,CAR-010"
    )
    found = texts(traced(tmp_path, "offers", "grid", changes={"sources.csv": sources, "offers.csv": offers}))
    assert any(text.startswith("source CAR-010: my own note") for text in found)
    assert not any(text.startswith("claim CAR-010") for text in found)


def test_a_claim_with_its_calculation() -> None:
    found = trace_claim(read_register(), "BT-12")
    words = texts(found)
    assert words[0].startswith("claim BT-12: 100,000 b/d")
    assert any(
        text.startswith("calculation, plants that ran it (stated): 69,249 to 82,410 bbl/d") for text in words
    )
    assert any(text.startswith("REF-010 = 48.75 to 51.25 %") for text in words)
    assert "https://dawn.com/news/1748667" in words


def test_a_claim_tells_assumptions_and_missing_sources() -> None:
    rows = [
        {
            "claim": "A-01",
            "input": "x",
            "value": 2,
            "status": "assumed",
            "low": 1,
            "high": 3,
            "note": "a guess",
        }
    ]
    made = register(
        [claim("A-01", 1, source=None, note="remark", quotation="word for word")],
        [{"claim": "A-01", "expression": "x"}],
        rows,
    )
    found = trace_claim(made, "A-01")
    assert "x = 1 to 3, assumed: a guess" in texts(found)
    assert "orphan: the claim names no source" in texts(found)
    assert '"word for word"' in texts(found)


def test_an_unknown_claim() -> None:
    with pytest.raises(DataError, match='there is no claim "REF-999"'):
        trace_claim(read_register(), "REF-999")


def shipped(*words: str, case: str = "karachi_2023_september") -> Node:
    found = read_case(case)
    return trace_row(found, register_of(found), *words)


def test_every_result_has_its_columns() -> None:
    assert set(RESULTS) == set(RESULT_COLUMNS)


@pytest.mark.parametrize(
    ("case", "words", "told"),
    [
        ("hormuz_2026", ("voyages", "yanbu"), "cargoes.csv, row 5: yanbu"),
        ("hormuz_2026", ("voyages", "yanbu", "freight"), "cargoes.csv, row 5: yanbu"),
        ("karachi_2023_tanks", ("pools", "light_naphtha"), "pools.csv, row"),
        ("karachi_2023_tanks", ("pool_qualities", "light_naphtha"), "pools.csv, row"),
        ("karachi_2023_september", ("lots", "swing_naphtha_kerosene@das"), "stream_properties.csv, row 11"),
        ("karachi_2023_september", ("assumed", "das_spot"), "offers.csv, row 5: das_spot"),
        ("karachi_2023_september", ("sources", "ENG"), "sources.csv, row 66: ENG"),
        ("karachi_2023_september", ("rules", "uk_cap_crude_60"), "shipped rules.csv, row 3: uk_cap_crude_60"),
        (
            "karachi_2023_september",
            ("sales", "furnace_oil_home", "revenue"),
            "sales.csv, row 7: furnace_oil_home",
        ),
        (
            "karachi_2023_september",
            ("purchases", "das_spot", "break_even_low"),
            "offers.csv, row 5: das_spot",
        ),
    ],
)
def test_results_of_a_plan_lead_to_their_inputs(case: str, words: tuple[str, ...], told: str) -> None:
    assert any(text.startswith(told) for text in texts(shipped(*words, case=case)))


def test_a_row_number_is_that_of_the_input_table() -> None:
    assert shipped("sales", "3").text.startswith("sales.csv, row 3: hsd_home")
    assert shipped("sales", "3", "revenue").text.startswith("sales.csv, row 3: hsd_home")
    with pytest.raises(DataError, match="rows of a result are named, not numbered"):
        shipped("purchases", "3")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("voyages", "yanbu", "freihgt"), 'the result has no column "freihgt". Closest name: "freight"'),
        (("purchases", "das_spot", "break_even_lo"), 'Closest name: "break_even_low"'),
        (("sales", "x", "revenu"), 'result sales has a column "revenu". Closest name: "revenue"'),
        (("sales", "x", "price_uo"), 'result sales has a column "price_uo". Closest name: "price_uom"'),
        (("voyage", "x"), 'Closest name: "voyages"'),
    ],
)  # fmt: skip
def test_unknown_columns_are_told_against_the_right_table(words: tuple[str, ...], fault: str) -> None:
    with pytest.raises(DataError) as caught:
        shipped(*words, case="hormuz_2026")
    assert fault in str(caught.value)
