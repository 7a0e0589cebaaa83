"""What a calculation reckons with: numbers with a range and a uom, days, and words such as yes and no."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from netback.evidence.intervals import Interval, UndefinedError, greatest, hull, smallest
from netback.evidence.units import NONE, Dimensions, base_name, multiplied, parse_unit, raised, words_of


class ExpressionError(ValueError):
    """A calculation is written wrongly: a name nobody knows, sums of unlike things, a form not allowed."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what} {hint}".strip())
        self.what, self.hint = what, hint


class MissingError(LookupError):
    """A calculation is sound, but a number that it needs is not known."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its range [base uom of its dimensions]."""

    range: Interval
    dimensions: Dimensions = NONE

    @classmethod
    def of(cls, low: float, high: float, uom: str = "") -> Quantity:
        """Make a quantity from a range in a uom."""
        unit = parse_unit(uom)
        ends = Interval(low, high)
        if unit.factor != 1.0:
            ends = ends * Interval.at(unit.factor)
        return cls(ends, unit.dimensions)

    def within(self, uom: str) -> Interval:
        """Return the range in a uom.

        Raises
        ------
        ExpressionError
            If the uom measures something else.
        """
        unit = parse_unit(uom)
        if unit.dimensions != self.dimensions:
            raise ExpressionError(f'{words_of(self.dimensions)} cannot be told in "{uom}".')
        if unit.factor == 1.0:
            return self.range
        return Interval(self.range.low / unit.factor, self.range.high / unit.factor)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that lies between two days of the calendar, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or several of which one holds: ``yes``, ``no``, a name."""

    words: frozenset[str]

    @classmethod
    def of(cls, *words: str) -> Word:
        """Make it from words."""
        return cls(frozenset(words))

    @property
    def can_hold(self) -> bool:
        """Whether yes is among the words."""
        return "yes" in self.words

    @property
    def must_hold(self) -> bool:
        """Whether yes is the only word."""
        return self.words == {"yes"}


Value = Quantity | Day | Word

YES, NO, EITHER = Word.of("yes"), Word.of("no"), Word.of("yes", "no")


def kind_of(value: Value) -> str:
    """Say what a value is, for messages."""
    if isinstance(value, Quantity):
        return words_of(value.dimensions)
    return "a day" if isinstance(value, Day) else "a word"


def add(first: Value, second: Value, sign: int = 1) -> Value:
    """Sum or, with sign -1, difference; a day may be moved by a time, and two days have a time between them."""
    if isinstance(first, Day) and isinstance(second, Day) and sign < 0:
        return days_between(second, first)
    if isinstance(first, Day) and isinstance(second, Quantity):
        return _moved(first, second, sign)
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        _same(first, second, "added to" if sign > 0 else "taken from")
        ends = first.range + second.range if sign > 0 else first.range - second.range
        return Quantity(ends, first.dimensions)
    raise ExpressionError(f"{kind_of(second)} cannot be added to {kind_of(first)}.")


def multiply(first: Value, second: Value, power: int = 1) -> Quantity:
    """Product or, with power -1, quotient."""
    if not (isinstance(first, Quantity) and isinstance(second, Quantity)):
        raise ExpressionError(f"{kind_of(first)} cannot be multiplied or divided by {kind_of(second)}.")
    ends = first.range * second.range if power > 0 else first.range / second.range
    return Quantity(ends, multiplied(first.dimensions, raised(second.dimensions, power)))


def power(base: Value, exponent: Value) -> Quantity:
    """A power; the exponent is one number without uom, a whole one where the base has a uom."""
    if not isinstance(base, Quantity) or not isinstance(exponent, Quantity):
        raise ExpressionError("only numbers have powers.")
    value = exponent.range.middle
    if exponent.dimensions or exponent.range.width > 1e-9 or abs(value) > 64:
        raise ExpressionError("an exponent is one number without uom, at most 64.")
    if base.dimensions and not value.is_integer():
        raise ExpressionError("a number with a uom has whole powers only.")
    return Quantity(base.range.power(value), raised(base.dimensions, int(value)))


def negative(value: Value) -> Quantity:
    """Change of sign."""
    if not isinstance(value, Quantity):
        raise ExpressionError(f"{kind_of(value)} has no sign.")
    return Quantity(-value.range, value.dimensions)


def chosen(values: Sequence[Value], how: str) -> Quantity:
    """Least, greatest, mean, sum or hull of numbers of one dimension."""
    numbers = [value for value in values if isinstance(value, Quantity)]
    if not numbers or len(numbers) != len(values):
        raise ExpressionError(f"{how} takes numbers, at least one.")
    for other in numbers[1:]:
        _same(numbers[0], other, "compared with")
    ranges = [number.range for number in numbers]
    return Quantity(_chosen(ranges, how), numbers[0].dimensions)


def _chosen(ranges: list[Interval], how: str) -> Interval:
    if how == "min":
        return smallest(ranges)
    if how == "max":
        return greatest(ranges)
    if how == "span":
        return hull(ranges)
    total = ranges[0]
    for other in ranges[1:]:
        total = total + other
    return total if how == "sum" else total / Interval.at(float(len(ranges)))


def compare(first: Value, sign: str, second: Value) -> Word:
    """Whether a comparison holds: yes, no, or either where the ranges overlap."""
    if isinstance(first, Word) and isinstance(second, Word):
        return _compare_words(first, sign, second)
    if isinstance(first, Day) and isinstance(second, Day):
        ends = [Interval(day.first.toordinal(), day.last.toordinal()) for day in (first, second)]
        return _compare_ranges(ends[0], sign, ends[1])
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        _same(first, second, "compared with")
        return _compare_ranges(first.range, sign, second.range)
    raise ExpressionError(f"{kind_of(first)} cannot be compared with {kind_of(second)}.")


def _compare_words(first: Word, sign: str, second: Word) -> Word:
    if sign not in ("==", "!="):
        raise ExpressionError("words are equal or not; none is greater than another.")
    can = bool(first.words & second.words)
    must = can and len(first.words) == 1 == len(second.words)
    found = YES if must else EITHER if can else NO
    return found if sign == "==" else inverted(found)


def _compare_ranges(first: Interval, sign: str, second: Interval) -> Word:
    if sign in (">", ">="):
        return _compare_ranges(second, {">": "<", ">=": "<="}[sign], first)
    if sign == "!=":
        return inverted(_compare_ranges(first, "==", second))
    if sign == "==":
        if not first.meets(second):
            return NO
        return YES if first.width == 0.0 == second.width else EITHER
    strict = sign == "<"
    if first.high < second.low or (not strict and first.high == second.low):
        return YES
    if first.low > second.high or (strict and first.low == second.high):
        return NO
    return EITHER


def inverted(word: Word) -> Word:
    """Return the opposite of yes and no."""
    opposite = {"yes": "no", "no": "yes"}
    if not word.words <= set(opposite):
        raise ExpressionError("only yes and no have an opposite.")
    return Word(frozenset(opposite[one] for one in word.words))


def united(values: Iterable[Value]) -> Value:
    """One value that may be any of several: the hull of numbers and days, all of the words."""
    listed = list(values)
    if all(isinstance(value, Quantity) for value in listed):
        return chosen(listed, "span")
    if all(isinstance(value, Word) for value in listed):
        return Word(frozenset().union(*(value.words for value in listed if isinstance(value, Word))))
    days = [value for value in listed if isinstance(value, Day)]
    if len(days) != len(listed):
        raise ExpressionError("the two ends of a choice are unlike things.")
    return Day(min(day.first for day in days), max(day.last for day in days))


def days_between(first: Day, last: Day) -> Quantity:
    """Time from one day to another [d]; days known only to the month give a range."""
    low = (last.first - first.last).days
    high = (last.last - first.first).days
    return Quantity.of(float(low), float(high), "d")


def _moved(day: Day, time: Quantity, sign: int) -> Day:
    ends = time.within("d")
    if math.isinf(ends.low) or math.isinf(ends.high):
        raise UndefinedError("a day moved without end")
    low, high = sorted((sign * ends.low, sign * ends.high))
    try:
        first = date.fromordinal(day.first.toordinal() + math.floor(low + 1e-6))
        return Day(first, date.fromordinal(day.last.toordinal() + math.ceil(high - 1e-6)))
    except (ValueError, OverflowError):
        raise UndefinedError("a day beyond the calendar") from None


def _same(first: Quantity, second: Quantity, verb: str) -> None:
    if first.dimensions != second.dimensions:
        raise ExpressionError(
            f"{words_of(second.dimensions)} cannot be {verb} {words_of(first.dimensions)}.",
            "Convert one with a number that has both uom, for example 7.3 bbl/t.",
        )


def text_of(value: Value, uom: str = "", figures: int = 4) -> str:
    """Say a value: ``28.5 to 36.9 d``, ``2023-06-11``, ``yes``."""
    if isinstance(value, Word):
        return " or ".join(sorted(value.words, reverse=True))
    if isinstance(value, Day):
        first, last = value.first.isoformat(), value.last.isoformat()
        return first if first == last else f"{first} to {last}"
    unit = uom if uom and parse_unit(uom).dimensions == value.dimensions else base_name(value.dimensions)
    return f"{range_text(value.within(unit), figures)} {unit}".rstrip()


def range_text(ends: Interval, figures: int = 4) -> str:
    """Say a range; one number where its ends agree to the figures shown."""
    if math.isinf(ends.low) and math.isinf(ends.high):
        return "any"
    if math.isinf(ends.low):
        return f"at most {number_text(ends.high, figures)}"
    if math.isinf(ends.high):
        return f"at least {number_text(ends.low, figures)}"
    low, high = number_text(ends.low, figures), number_text(ends.high, figures)
    if low == high:
        return low
    scale = high.partition(" ")[2]
    return f"{low.removesuffix(f' {scale}') if scale else low} to {high}"


def number_text(value: float, figures: int = 4) -> str:
    """Say a number with so many figures, whole from a thousand on, in millions and billions where it is large."""
    size = abs(value)
    if size < 1e-12:
        return "0"
    for factor, word in ((1e9, " billion"), (1e6, " million")):
        if size >= factor:
            return f"{value / factor:.{figures}g}{word}"
    short = f"{value:.{figures}g}"
    return f"{value:,.0f}" if abs(float(short)) >= 1000.0 else short
