"""The shipped schemas: complete, consistent, and in the words that the reader understands."""

from __future__ import annotations

import csv

import pytest

from netback.case.schema import REQUIRED_TABLES, SCHEMA_FOLDER, TABLES, Column
from netback.case.values import reader_of

ALL = tuple(TABLES)
TYPES = {"key", "name", "text", "number", "integer", "yesno", "date", "uom", "price", "choice"}


def test_every_file_is_listed_and_every_listed_table_has_a_file() -> None:
    files = {path.stem for path in SCHEMA_FOLDER.glob("*.csv")} - {"_tables"}
    assert files == set(TABLES)
    assert len(TABLES) == len(files)


def test_schemas_are_read_once() -> None:
    assert TABLES["offers"] is TABLES["offers"]


def test_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        TABLES["offer"]


def test_required_tables_are_there() -> None:
    assert set(REQUIRED_TABLES) <= set(TABLES)
    assert TABLES["periods"].required
    assert not TABLES["offers"].required


@pytest.mark.parametrize("name", ALL)
def test_columns_are_well_formed(name: str) -> None:
    schema = TABLES[name]
    assert schema.columns
    assert len(set(schema.column_names)) == len(schema.columns)
    for column in schema.columns:
        assert column.type in TYPES, column
        assert reader_of(column)
        assert bool(column.choices) == (column.type == "choice")
        assert column.name == column.name.strip().lower()
        if column.default is not None and column.choices:
            assert column.default in column.choices


@pytest.mark.parametrize("name", ALL)
def test_references_point_to_columns_that_exist(name: str) -> None:
    for column in TABLES[name].columns:
        if column.refers_to:
            table, _, target = column.refers_to.partition(".")
            assert target in TABLES[table].by_name, column


@pytest.mark.parametrize("name", ALL)
def test_key_columns_and_main_number_exist(name: str) -> None:
    schema = TABLES[name]
    assert schema.key_columns, "without a key, duplicate rows cannot be found"
    assert set(schema.key_columns) <= set(schema.column_names)
    if schema.main_number:
        assert schema.by_name[schema.main_number].type in ("number", "integer")
        assert schema.has_provenance


@pytest.mark.parametrize("name", ALL)
def test_provenance_is_whole_or_absent(name: str) -> None:
    given = {"status", "low", "high", "source"} & set(TABLES[name].column_names)
    assert len(given) in (0, 4) or name == "sources"


@pytest.mark.parametrize("name", ALL)
def test_rows_can_be_told_apart_by_something_required_or_defaulted(name: str) -> None:
    schema = TABLES[name]
    assert any(column.required for column in schema.columns), "an all-blank row would be lost on reading"


def test_defaults_are_typed() -> None:
    offers = TABLES["offers"].by_name
    assert offers["tranche"].default == 1
    assert isinstance(offers["tranche"].default, int)
    assert offers["min"].default == 0.0
    assert isinstance(offers["min"].default, float)
    assert offers["price_basis"].default == "delivered"
    assert offers["max"].default is None
    assert TABLES["completions"].by_name["consent"].default is False


def test_lists_are_texts_that_refer() -> None:
    assert TABLES["cuts"].by_name["swing_to"].is_list
    assert TABLES["offers"].by_name["source"].is_list
    assert not TABLES["offers"].by_name["stream"].is_list
    assert not TABLES["offers"].by_name["note"].is_list


def test_order_is_that_of_the_list() -> None:
    with (SCHEMA_FOLDER / "_tables.csv").open(encoding="utf-8", newline="") as file:
        assert [row["table"] for row in csv.DictReader(file)] == list(TABLES)


def test_column_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Column("x", "text").name = "y"  # type: ignore[misc]
