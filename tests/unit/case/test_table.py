"""Tables and records: frozen, equal by value, remembering where they came from."""

from __future__ import annotations

import copy
import pickle

import pytest

from netback.case.schema import TABLES
from netback.case.table import Change, Record, Table, schema_of
from netback.errors import DataError


def offers(*rows: dict[str, object]) -> Table:
    return Table.of("offers", [{"offer": "a", "stream": "s", "price": 1.0, **row} for row in rows])


def test_rows_get_types_defaults_and_row_numbers() -> None:
    table = Table.of(
        "offers", [{"offer": "a", "stream": "s", "price": "60"}, {"offer": "b", "stream": "s", "price": 5}]
    )
    first, second = table.records
    assert (first["price"], first["tranche"], first["max"], first["period"]) == (60.0, 1, None, None)
    assert (first.row, second.row) == (2, 3)
    assert list(first) == list(TABLES["offers"].column_names)
    assert len(table) == 2


def test_all_faults_of_all_rows_come_together() -> None:
    with pytest.raises(DataError) as caught:
        Table.of(
            "offers", [{"offer": "a", "price": "x"}, {"offer": "b", "stream": "s", "price": float("nan")}]
        )
    places = [finding.where for finding in caught.value.findings]
    assert places == [
        "offers.csv, row 2, column stream",
        "offers.csv, row 2, column price",
        "offers.csv, row 3, column price",
    ]


def test_unknown_columns_are_extras() -> None:
    table = offers({"my_mark": "x"}, {})
    assert table.extras == ("my_mark",)
    assert [record["my_mark"] for record in table.records] == ["x", None]
    assert table.columns[-1] == "my_mark"


def test_unknown_table_names_the_closest() -> None:
    with pytest.raises(DataError, match='Closest name: "offers"'):
        schema_of("offer")


def test_records_are_frozen() -> None:
    record = offers({}).records[0]
    for attempt in (
        lambda: record.__setitem__("price", 2.0),
        lambda: record.update(price=2.0),
        lambda: record.pop("price"),
        lambda: record.clear(),
        lambda: record.setdefault("new", 1),
        lambda: record.popitem(),
        lambda: record.__delitem__("price"),
    ):
        with pytest.raises(TypeError, match="frozen"):
            attempt()
    with pytest.raises(TypeError):
        record |= {"price": 2.0}
    assert record["price"] == 1.0


def test_with_gives_a_changed_copy() -> None:
    record = offers({}).records[0]
    other = record.with_(price=2.0)
    assert (record["price"], other["price"], other.row) == (1.0, 2.0, record.row)
    assert isinstance(other, Record)


def test_records_are_equal_by_value_and_survive_copying() -> None:
    record = Record({"a": 1}, 7, (Change("s", "a", 0, 3),))
    assert record == Record({"a": 1}, 9)
    for again in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record)):
        assert (again, again.row, again.changes) == (record, 7, record.changes)
    assert type(record.copy()) is dict


def test_where_is_in_the_words_of_a_spreadsheet() -> None:
    table = offers({}, {})
    assert table.where() == "offers.csv"
    assert table.where(table.records[1]) == "offers.csv, row 3"
    assert table.where(table.records[1], "price") == "offers.csv, row 3, column price"


def test_where_tells_of_a_scenario() -> None:
    table = offers({})
    record = Record(table.records[0], 2, (Change("dear", "price", 1.0, 4),))
    assert table.where(record, "price") == "offers.csv, row 2, column price, set by scenario dear"
    assert table.where(record, "max") == "offers.csv, row 2, column max"
    assert record.changed_by == "dear"


def test_changed_rows_keep_their_row_numbers() -> None:
    table = offers({}, {}, {})
    kept = Table.of("offers", table.records[1:])
    assert [record.row for record in kept.records] == [3, 4]


def test_named_period_wins_over_blank() -> None:
    table = offers(
        {"price": 1.0},
        {"price": 2.0, "period": "b"},
        {"tranche": 2, "price": 3.0},
        {"offer": "z", "period": "b"},
    )
    assert [record["price"] for record in table.in_period("a")] == [1.0, 3.0]
    assert [(r["offer"], r["price"]) for r in table.in_period("b")] == [("a", 2.0), ("a", 3.0), ("z", 1.0)]


def test_tables_without_periods_hold_always() -> None:
    table = Table.of("units", [{"unit": "u"}])
    assert table.in_period("any") == table.records


def test_key_of_a_row() -> None:
    table = offers({"period": "p"})
    assert table.key(table.records[0]) == ("a", 1, "p")


def test_to_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = offers({"mark": "x"}, {"price": 2.5}).to_pandas()
    assert list(frame.index) == [2, 3]
    assert frame.index.name == "row"
    assert list(frame["price"]) == [1.0, 2.5]
    assert list(frame.columns)[-1] == "mark"
    assert isinstance(offers().to_pandas(), pandas.DataFrame)
    assert list(offers().to_pandas().columns) == list(TABLES["offers"].column_names)


def test_tables_are_equal_by_value() -> None:
    assert offers({}) == offers({})
    assert offers({}) != offers({"price": 2.0})
