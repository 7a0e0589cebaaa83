"""Rows under a heading: words counted apart, rows kept or told, cells typed, blanks remembered."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netback.case.schema import Column, TableSchema
from netback.case.table import Comment
from netback.case.values import CellError, reader_of
from netback.errors import Finding
from netback.io import grid as module
from netback.io.grid import CsvPlaces, Grid, TableReading, _plain_numbers, distance, table_of
from netback.io.xlsx_cells import SheetPlaces

SCHEMA = TableSchema(
    "tanks",
    "what stands in the yard",
    "volume",
    (
        Column("tank", "key", required=True, meaning="name of the tank"),
        Column("volume", "number", default=1.0),
        Column("heated", "yesno", default=False),
        Column("note", "text"),
    ),
)
AT = CsvPlaces("tanks.csv")


def read(heading: str, *lines: str) -> TableReading:
    """A table from lines of cells separated by commas."""
    findings: list[Finding] = []
    grid = Grid([cell.strip() for cell in heading.split(",")])
    grid.collect((line.split(",") for line in lines), AT, findings)
    return table_of(grid, SCHEMA, AT, findings)


def told(reading: TableReading) -> list[str]:
    return [str(finding) for finding in reading.findings]


# --- distance between words ----------------------------------------------------------------------------------------


def by_definition(first: str, second: str) -> int:
    """Optimal string alignment distance, straight from its recurrence (Boytsov, 2011, section 2.2)."""
    if not first or not second:
        return len(first) + len(second)
    options = [
        by_definition(first[:-1], second) + 1,
        by_definition(first, second[:-1]) + 1,
        by_definition(first[:-1], second[:-1]) + (first[-1] != second[-1]),
    ]
    if len(first) > 1 and len(second) > 1 and first[-2:] == second[-1] + second[-2]:
        options.append(by_definition(first[:-2], second[:-2]) + 1)
    return min(options)


WORDS = st.text("abc", max_size=6)


@given(WORDS, WORDS)
@example("ca", "abc")
def test_letters_are_counted_by_the_definition(first: str, second: str) -> None:
    found = distance(first, second)
    if abs(len(first) - len(second)) <= 2:
        assert found == by_definition(first, second)
    else:
        assert 2 < found <= by_definition(first, second)


@given(WORDS, WORDS)
def test_it_is_the_same_both_ways_and_nothing_only_between_equals(first: str, second: str) -> None:
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) == (first == second)


@pytest.mark.parametrize(
    ("first", "second", "letters"),
    [("price", "price", 0), ("pirce", "price", 1), ("prce", "price", 1), ("pricee", "price", 1), ("prize", "price", 1),
     ("kitten", "sitting", 3), ("stream", "streams_of", 4), ("", "ab", 2)],
)  # fmt: skip
def test_letters_by_hand(first: str, second: str, letters: int) -> None:
    assert distance(first, second) == letters


# --- rows ----------------------------------------------------------------------------------------------------------


def test_rows_have_the_numbers_of_the_spreadsheet() -> None:
    reading = read("tank,volume", "a,1", ",", "  , ", "b,2", "", "c,3")
    assert [(record["tank"], record.row) for record in reading.table.records] == [
        ("a", 2),
        ("b", 5),
        ("c", 7),
    ]
    assert told(reading) == []


def test_comments_stay_where_they_stood() -> None:
    reading = read("tank,volume", "# the north yard,,", "a,1", "# the south yard,x", "b,2", "#")
    assert reading.table.comments == (
        Comment(0, ("# the north yard",)),
        Comment(1, ("# the south yard", "x")),
        Comment(2, ("#",)),
    )
    assert [type(line).__name__ for line in reading.table.lines()] == [
        "Comment", "Record", "Comment", "Record", "Comment",
    ]  # fmt: skip


def test_rows_of_another_length_are_told_unless_what_is_beyond_is_blank() -> None:
    reading = read("tank,volume", "a", "b,1,2", "c,1,,  ", "d,4")
    assert told(reading) == [
        "tanks.csv, row 2: the row has 1 cell, the heading has 2. A comma is missing.",
        "tanks.csv, row 3: the row has 3 cells, the heading has 2. "
        "Put a cell that holds a comma into quotation marks.",
    ]
    assert [record["tank"] for record in reading.table.records] == ["c", "d"]


def test_reading_stops_where_everything_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FINDINGS", 3)
    ragged = read("tank,volume", *["x"] * 9)
    assert told(ragged)[3:] == [
        "tanks.csv: reading stopped after 3 findings; there are more. "
        "Repair these first: one cause is likely behind most."
    ]
    wrong = read("tank,volume", *[f"t{k},x" for k in range(9)])
    assert [finding.where for finding in wrong.findings[:3]] == [
        f"tanks.csv, row {row}, column volume" for row in (2, 3, 4)
    ]
    assert len(wrong.findings) == 4


# --- headings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "faults"),
    [
        ("tank;volume", ["tanks.csv: the columns are separated by semicolons. Save it with commas as separators."]),
        ("tank\tvolume", ["tanks.csv: the columns are separated by tabs. Save it with commas as separators."]),
        ("tank,tank", ['tanks.csv, row 1: two columns are headed "tank". Remove one of them.']),
        ("volume", ['tanks.csv, row 1: the column "tank" is missing. It is: name of the tank.']),
        ("tnak,volume", ['tanks.csv, row 1: the table has no column "tnak". Closest name: "tank".']),
        ("tank,Volume", ['tanks.csv, row 1: the table has no column "Volume". Closest name: "volume".']),
        ("tank,volumen", ['tanks.csv, row 1: the table has no column "volumen". Closest name: "volume".']),
        ("tank,notes", ['tanks.csv, row 1: the table has no column "notes". Closest name: "note".']),
        ("tank,rotes", ["tanks.csv, row 1: column \"rotes\" is none of Netback's; it is kept and not used. "
                        "See: netback tables."]),
    ],
)  # fmt: skip
def test_headings(heading: str, faults: list[str]) -> None:
    assert told(read(heading)) == faults


def test_a_column_of_ones_own_is_kept_as_text_with_a_warning() -> None:
    reading = read("tank,built by,volume", "a,us,3")
    assert [finding.severity for finding in reading.findings] == ["warning"]
    assert reading.table.extras == ("built by",)
    assert reading.table.records[0]["built by"] == "us"
    assert reading.columns == {"tank", "built by", "volume"}


def test_a_column_without_a_heading_matters_only_where_it_has_cells() -> None:
    assert told(read("tank,,volume", "a,,1")) == []
    assert told(read("tank,,volume", "a,x,1")) == [
        "tanks.csv, row 1: column 2 has cells but no heading. Name it or remove it."
    ]


def test_a_heading_without_any_known_column_gives_no_table() -> None:
    reading = read("tnak", "a")
    assert not reading.is_readable
    assert len(reading.table) == 0
    assert read("tank,volumen", "a,1").is_readable


def test_order_of_columns_does_not_matter() -> None:
    assert read("tank,volume,note", "a,2,x").table == read("note,tank,volume", "x,a,2").table


# --- cells ---------------------------------------------------------------------------------------------------------


def test_every_faulty_cell_has_its_place_in_the_order_of_the_rows() -> None:
    reading = read("tank,volume,heated", "a,x,maybe", "b,2,yes", "c,,perhaps")
    assert [finding.where for finding in reading.findings] == [
        "tanks.csv, row 2, column volume",
        "tanks.csv, row 2, column heated",
        "tanks.csv, row 4, column heated",
    ]
    assert [record["volume"] for record in reading.table.records] == [None, 2.0, 1.0]


def test_a_blank_key_is_told_with_what_it_is() -> None:
    (fault,) = read("tank,volume", " ,5").findings
    assert (fault.where, fault.what, fault.hint) == (
        "tanks.csv, row 2, column tank",
        "the cell is blank and must be given.",
        "It is: name of the tank.",
    )


def test_blanks_that_stand_for_a_default_are_remembered() -> None:
    table = read("tank,volume", "a,1", "b,", "", "c, ").table
    assert [record["volume"] for record in table.records] == [1.0, 1.0, 1.0]
    assert [table.stated(record, "volume") for record in table.records] == [1.0, None, None]
    # A column that is not there is blank in every row.
    assert [table.stated(record, "heated") for record in table.records] == [None, None, None]
    # What was set since is stated, whatever stood in the cell.
    assert table.stated(table.records[1].with_(volume=7.0), "volume") == 7.0


NUMBERS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.text("0123456789.eE+-_ ", min_size=1, max_size=8),
    st.sampled_from(
        ["1e400", "1e-400", "-0", "inf", "nan", "0x1", "1_0", "٣", "1.", ".5", "+2", " 3 ", "\t4"]
    ),
)


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_numbers_read_at_once_are_those_read_one_by_one(texts: list[str]) -> None:
    at_once = _plain_numbers(texts)
    one = reader_of(Column("volume", "number"))
    if at_once is not None:
        assert at_once == [one(text.strip()) for text in texts]
        return
    # What is left to the careful path has a fault, or a zero.
    careful = []
    for text in texts:
        try:
            careful.append(one(text.strip()))
        except CellError:
            careful.append(0.0)
    assert 0.0 in careful or not "".join(texts).isascii()


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.floats(0.1, 9e9)), max_size=8))
def test_what_is_written_is_read(cells: list[tuple[str, float]]) -> None:
    reading = read("tank,volume", *(f"{name},{value!r}" for name, value in cells))
    assert [(record["tank"], record["volume"]) for record in reading.table.records] == cells
    rows = [record.row for record in reading.table.records]
    assert all(after == before + 1 for before, after in pairwise(rows))


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        read("tank,volume", "a,1")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (AT, ["tanks.csv", "tanks.csv, row 7", "tanks.csv, row 7, column volume", ""]),
        (
            SheetPlaces("plan.xlsx", "tanks"),
            ["plan.xlsx, sheet tanks", "plan.xlsx, sheet tanks, row 7", "plan.xlsx, sheet tanks, cell AB7 (volume)",
             "plan.xlsx, sheet tanks"],
        ),
    ],
)  # fmt: skip
def test_places_in_the_words_of_the_users_program(
    places: CsvPlaces | SheetPlaces, expected: Sequence[str]
) -> None:
    assert [places.whole, places.row(7), places.cell(7, "volume", 27), places.name] == list(expected)
