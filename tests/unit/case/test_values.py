"""Cells: what is read, what is refused and with which repair, and that writing comes back."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.schema import Column
from netback.case.values import (
    MAX_CELL,
    CellError,
    PriceUom,
    check_value,
    names_in,
    parse_price,
    read_cell,
    write_cell,
)

NUMBER = Column("x", "number")
INTEGER = Column("x", "integer")
NAME = Column("x", "name")
TEXT = Column("x", "text")
CHOICE = Column("x", "choice", choices=("mass", "volume"))


def fault(text: str, column: Column) -> CellError:
    with pytest.raises(CellError) as caught:
        read_cell(text, column)
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("12", "number", 12.0),
        (" -1.5e3 ", "number", -1500.0),
        (".5", "number", 0.5),
        ("0", "number", 0.0),
        ("0.000", "number", 0.0),
        ("0e5", "number", 0.0),
        ("1e-300", "number", 1e-300),
        ("+3", "integer", 3),
        ("2.0", "integer", 2),
        ("yes", "yesno", True),
        ("FALSE", "yesno", False),
        ("2024-02-29", "date", date(2024, 2, 29)),
        ("kbd", "uom", "kbd"),
        ("USD/bbl", "price", "USD/bbl"),
        ("%", "price", "%"),
        (" urals ", "name", "urals"),
        ("Öl, schwer", "key", "Öl, schwer"),
        ("two\r\nlines", "text", "two\nlines"),
        ("one\rtwo", "text", "one\ntwo"),
    ],
)
def test_cells_that_are_read(text: str, kind: str, expected: Any) -> None:
    value = read_cell(text, Column("x", kind))
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    "kind", ["key", "name", "text", "number", "integer", "yesno", "date", "uom", "price"]
)
@pytest.mark.parametrize("text", ["", "   ", "\t", "\u00a0"])
def test_blank_is_none(kind: str, text: str) -> None:
    assert read_cell(text, Column("x", kind)) is None


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("1,000", "thousands separator", "Write 1000"),
        ("1,234,567.8", "thousands separator", "Write 1234567.8"),
        ("1 000", "thousands separator", "Write 1000"),
        ("1\u202f000", "thousands separator", "Write 1000"),
        ("1'000", "thousands separator", "Write 1000"),
        ("1,5", "decimal comma", "Write 1.5"),
        ("5%", "percent sign", "number alone"),
        ("nan", "is not a number", "Leave the cell blank"),
        ("-inf", "is not a number", "Leave the cell blank"),
        ("Infinity", "is not a number", "Leave the cell blank"),
        ("n/a", "is not a number", "Leave the cell blank"),
        ("1e999", "too large", "Leave the cell blank"),
        ("9" * 400, "too large", "Leave the cell blank"),
        ("1e-999", "too small", "Write 0"),
        ("1_000", "is not a number", "digits"),
        ("abc", "is not a number", "digits"),
        ("0x10", "is not a number", "digits"),
        ("١٢", "is not a number", "digits"),
        ("12 t", "is not a number", "digits"),
        ("=A1+B1", "is not a number", "digits"),
        ("#REF!", "is not a number", "digits"),
    ],
)
def test_bad_numbers_name_their_repair(text: str, what: str, hint: str) -> None:
    error = fault(text, NUMBER)
    assert what in error.what
    assert hint in error.hint


@pytest.mark.parametrize("text", ["1.5", "1e10", "one"])
def test_bad_integers(text: str) -> None:
    assert fault(text, INTEGER).what


@pytest.mark.parametrize("text", ["01.09.2023", "2023-9-1", "20230901", "2023-13-01", "2023-02-29", "Sep-23"])
def test_bad_dates(text: str) -> None:
    error = fault(text, Column("x", "date"))
    assert "date" in error.what or "calendar" in error.what


@pytest.mark.parametrize("text", ["maybe", "1", "y"])
def test_bad_yesno(text: str) -> None:
    assert fault(text, Column("x", "yesno")).hint == "Write yes or no."


@pytest.mark.parametrize(
    "text",
    ["USD", "bbl", "usd/bbl", "US$/bbl", "USD/", "USD/bl", "USD/bbl/d", "USD / t / t", "/bbl", "%/bbl"],
)
def test_bad_prices(text: str) -> None:
    assert fault(text, Column("x", "price")).what


def test_prices_are_taken_apart() -> None:
    assert parse_price("PKR/l") == PriceUom("PKR", "l")
    assert parse_price(" EUR / t ") == PriceUom("EUR", "t")
    assert parse_price("%").is_share
    assert not parse_price("USD/bbl").is_share


def test_unknown_uom_names_the_closest() -> None:
    assert fault("bbll", Column("x", "uom")).hint == 'Closest name: "bbl".'
    assert fault("USD/bbll", Column("x", "price")).hint == 'Closest name: "bbl".'


def test_unknown_choice_names_all() -> None:
    error = fault("mas", CHOICE)
    assert error.hint == 'Closest name: "mass". Known: mass, volume.'
    assert fault("Mass", CHOICE)


@pytest.mark.parametrize("text", ["a;b", "a\nb", "a\x1bb", "a\u2028b", "\x00a"])
def test_bad_names(text: str) -> None:
    assert "cannot be a name" in fault(text, NAME).what


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_texts_that_cannot_be_saved(text: str) -> None:
    assert "cannot be saved" in fault(text, TEXT).what


@pytest.mark.parametrize("kind", ["text", "name"])
def test_texts_have_a_longest_length(kind: str) -> None:
    assert read_cell("x" * MAX_CELL, Column("x", kind)) == "x" * MAX_CELL
    assert "characters" in fault("x" * (MAX_CELL + 1), Column("x", kind)).what


def test_long_cells_are_shortened_in_messages() -> None:
    assert len(fault("x" * 5000, NUMBER).what) < 120


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (5, "number", 5.0),
        (True, "yesno", True),
        (date(2023, 9, 1), "date", date(2023, 9, 1)),
        ("7", "number", 7.0),
    ],
)
def test_values_of_python_callers(value: Any, kind: str, expected: Any) -> None:
    assert check_value(value, Column("x", kind)) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (float("nan"), "number"),
        (math.inf, "number"),
        (True, "number"),
        (1.5, "integer"),
        (datetime(2023, 9, 1), "date"),
    ],
)
def test_values_of_python_callers_that_do_not_fit(value: Any, kind: str) -> None:
    with pytest.raises(CellError):
        check_value(value, Column("x", kind))


def test_numpy_numbers_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert check_value(numpy.float64(2.5), NUMBER) == 2.5
    assert check_value(numpy.int64(3), INTEGER) == 3


def test_lists_of_names() -> None:
    assert names_in("a; b ;;c") == ("a", "b", "c")
    assert names_in(None) == names_in("") == names_in(" ; ") == ()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_exactly(value: float) -> None:
    again = read_cell(write_cell(value), NUMBER)
    assert again == value
    assert math.copysign(1.0, again) == math.copysign(1.0, value)


@given(st.integers(-(10**9), 10**9))
def test_integers_come_back(value: int) -> None:
    assert read_cell(write_cell(value), INTEGER) == value


@given(st.dates())
def test_dates_come_back(value: date) -> None:
    assert read_cell(write_cell(value), Column("x", "date")) == value


@given(st.booleans())
def test_yesno_comes_back(value: bool) -> None:
    assert read_cell(write_cell(value), Column("x", "yesno")) is value


@given(
    st.text(max_size=60),
    st.sampled_from(["text", "name", "number", "integer", "yesno", "date", "uom", "price"]),
)
def test_any_text_is_read_or_is_a_fault_and_what_is_read_stays(text: str, kind: str) -> None:
    column = Column("x", kind)
    try:
        value = read_cell(text, column)
    except CellError:
        return
    assert read_cell(write_cell(value), column) == value
    if kind in ("number", "integer") and value is not None:
        assert math.isfinite(value)
