"""Numbers, days and words: sums, comparisons, and what cannot be done."""

from __future__ import annotations

from datetime import date

import pytest

from netback.evidence.intervals import Interval, UndefinedError
from netback.evidence.values import (
    EITHER,
    NO,
    YES,
    Day,
    ExpressionError,
    Quantity,
    Word,
    add,
    chosen,
    compare,
    days_between,
    inverted,
    multiply,
    number_text,
    power,
    range_text,
    text_of,
    united,
)

MAY = Day(date(2023, 5, 1), date(2023, 5, 31))
FIRST = Day(date(2023, 5, 17), date(2023, 5, 17))


def q(low: float, high: float, uom: str = "") -> Quantity:
    return Quantity.of(low, high, uom)


def test_sums_need_one_dimension() -> None:
    assert text_of(add(q(1, 2, "t"), q(500, 500, "kg")), "t") == "1.5 to 2.5 t"
    with pytest.raises(ExpressionError, match="volume cannot be added to mass"):
        add(q(1, 1, "t"), q(1, 1, "bbl"))


def test_products_multiply_dimensions() -> None:
    days = multiply(q(100_000, 100_000, "t"), multiply(q(5340, 5340, "t/d"), q(50, 50, "%")), -1)
    assert text_of(days, "d") == "37.45 d"
    with pytest.raises(ExpressionError, match="cannot be told"):
        days.within("t")


def test_powers() -> None:
    assert power(q(3, 3, "m"), q(2, 2)).dimensions == (("length", 2),)
    with pytest.raises(ExpressionError, match="whole powers"):
        power(q(3, 3, "m"), q(0.5, 0.5))
    with pytest.raises(ExpressionError, match="at most 64"):
        power(q(3, 3), q(1000, 1000))
    with pytest.raises(ExpressionError, match="only numbers"):
        power(YES, q(2, 2))


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("min", "1 to 2 t"),
        ("max", "2 to 5 t"),
        ("mean", "1.5 to 3.5 t"),
        ("sum", "3 to 7 t"),
        ("span", "1 to 5 t"),
    ],
)
def test_choices(how: str, text: str) -> None:
    assert text_of(chosen([q(1, 5, "t"), q(2, 2, "t")], how), "t") == text


def test_choices_take_numbers_of_one_dimension() -> None:
    with pytest.raises(ExpressionError, match="compared with"):
        chosen([q(1, 1, "t"), q(1, 1, "d")], "max")
    with pytest.raises(ExpressionError, match="takes numbers"):
        chosen([YES], "max")


@pytest.mark.parametrize(
    ("first", "sign", "second", "word"),
    [
        (q(1, 2), "<", q(3, 4), YES),
        (q(1, 3), "<", q(2, 4), EITHER),
        (q(3, 4), "<", q(1, 2), NO),
        (q(1, 2), "<=", q(2, 3), YES),
        (q(1, 2), "<", q(2, 3), EITHER),
        (q(3, 4), ">", q(1, 2), YES),
        (q(3, 4), ">=", q(5, 6), NO),
        (q(1, 1), "==", q(1, 1), YES),
        (q(1, 2), "==", q(2, 3), EITHER),
        (q(1, 2), "!=", q(3, 3), YES),
        (FIRST, "<", MAY, EITHER),
        (FIRST, ">", Day(date(2023, 4, 1), date(2023, 4, 30)), YES),
        (Word.of("a"), "==", Word.of("a"), YES),
        (Word.of("a", "b"), "==", Word.of("a"), EITHER),
        (Word.of("a"), "!=", Word.of("b"), YES),
    ],
)
def test_comparisons(first: Quantity, sign: str, second: Quantity, word: Word) -> None:
    assert compare(first, sign, second) == word


def test_comparisons_that_make_no_sense() -> None:
    with pytest.raises(ExpressionError, match="cannot be compared"):
        compare(q(1, 1), "<", FIRST)
    with pytest.raises(ExpressionError, match="none is greater"):
        compare(Word.of("a"), "<", Word.of("b"))
    with pytest.raises(ExpressionError, match="opposite"):
        inverted(Word.of("Baltic"))


def test_days() -> None:
    assert text_of(days_between(FIRST, Day(date(2023, 6, 7), date(2023, 6, 7))), "d") == "21 d"
    assert text_of(days_between(MAY, FIRST), "d") == "-14 to 16 d"
    moved = add(FIRST, q(12, 12, "d"))
    assert moved == Day(date(2023, 5, 29), date(2023, 5, 29))
    assert add(FIRST, q(12, 12, "d"), -1) == Day(date(2023, 5, 5), date(2023, 5, 5))
    assert text_of(add(FIRST, FIRST, -1), "d") == "0 d"
    with pytest.raises(ExpressionError):
        add(q(1, 1, "d"), FIRST)
    with pytest.raises(UndefinedError):
        add(FIRST, q(1e9, 1e9, "d"))


def test_uncertain_days_widen() -> None:
    moved = add(FIRST, q(9.5, 10.5, "d"))
    assert moved == Day(date(2023, 5, 26), date(2023, 5, 28))


def test_united() -> None:
    assert united([q(1, 1, "t"), q(3, 3, "t")]) == q(1, 3, "t")
    assert united([YES, NO]) == EITHER
    assert united([FIRST, MAY]) == MAY
    with pytest.raises(ExpressionError, match="unlike"):
        united([YES, q(1, 1)])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (31.2147, "31.21"),
        (1234.6, "1,235"),
        (4e9, "4 billion"),
        (6_615_000.0, "6.615 million"),
        (-0.05, "-0.05"),
    ],
)
def test_number_text(value: float, text: str) -> None:
    assert number_text(value) == text


def test_range_text() -> None:
    assert range_text(Interval(1.0, 1.00001)) == "1"
    assert range_text(Interval(5.07e6, 6.62e6), 3) == "5.07 to 6.62 million"
    assert range_text(Interval(3.0, float("inf"))) == "at least 3"
    assert range_text(Interval(float("-inf"), 3.0)) == "at most 3"
    assert range_text(Interval(float("-inf"), float("inf"))) == "any"


def test_text_falls_back_on_a_uom_of_the_same_kind() -> None:
    assert text_of(q(24, 24, "h"), "t") == "1 d"
    assert text_of(MAY) == "2023-05-01 to 2023-05-31"
    assert text_of(EITHER) == "yes or no"
