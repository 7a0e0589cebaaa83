"""Closed intervals of real numbers, rounded outwards, so that no true value is ever lost.

Every operation gives an interval that holds all results of all pairs of points of its operands. Ends are moved
outwards by one unit in the last place where a rounding error may have moved them inwards (R. E. Moore, Interval
Analysis, 1966). A number used twice counts as two numbers, so that a result may be wider than it need be, never
narrower.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


class UndefinedError(ArithmeticError):
    """An operation has no value somewhere in the ranges of its operands, for example a division by zero."""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included; an end may be infinite.

    Raises
    ------
    ValueError
        If an end is not a number or low is above high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high) or self.low > self.high:
            raise ValueError(f"[{self.low}, {self.high}] is not an interval")

    @classmethod
    def at(cls, value: float) -> Interval:
        """Return the interval of one number."""
        return cls(value, value)

    @property
    def width(self) -> float:
        """High less low."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        """The number half way; the finite end of a half-open interval."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.low) else self.low
        return self.low + 0.5 * (self.high - self.low)

    def meets(self, other: Interval) -> bool:
        """Whether the two have a number in common."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, other: Interval) -> bool:
        """Whether every number of the other is in this one."""
        return self.low <= other.low and other.high <= self.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return _outwards(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return self + (-other)

    def __mul__(self, other: Interval) -> Interval:
        ends = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return _outwards(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0.0 <= other.high:
            raise UndefinedError("a division by a range that holds zero")
        return self * _outwards(1.0 / other.high, 1.0 / other.low)

    def power(self, exponent: float) -> Interval:
        """Raise to a fixed exponent; a fractional one needs a base that is not below zero."""
        if exponent == 0.0:
            return Interval.at(1.0)
        if exponent < 0.0:
            return Interval.at(1.0) / self.power(-exponent)
        whole = float(exponent).is_integer()
        if not whole and self.low < 0.0:
            raise UndefinedError("a root of a range that goes below zero")
        ends = [_power(self.low, exponent), _power(self.high, exponent)]
        if whole and exponent % 2 == 0.0 and self.low < 0.0 < self.high:
            ends.append(0.0)
        return _outwards(min(ends), max(ends))

    def magnitude(self) -> Interval:
        """Return the absolute values."""
        if self.low >= 0.0:
            return self
        return -self if self.high <= 0.0 else Interval(0.0, max(-self.low, self.high))


def hull(intervals: Iterable[Interval]) -> Interval:
    """Return the smallest interval that holds all of them.

    Raises
    ------
    ValueError
        If there is none.
    """
    listed = list(intervals)
    return Interval(min(i.low for i in listed), max(i.high for i in listed))


def smallest(intervals: Iterable[Interval]) -> Interval:
    """Return the range of the least of numbers that lie in the intervals."""
    listed = list(intervals)
    return Interval(min(i.low for i in listed), min(i.high for i in listed))


def greatest(intervals: Iterable[Interval]) -> Interval:
    """Return the range of the greatest of numbers that lie in the intervals."""
    listed = list(intervals)
    return Interval(max(i.low for i in listed), max(i.high for i in listed))


def _product(a: float, b: float) -> float:
    return 0.0 if a == 0.0 or b == 0.0 else a * b


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return -math.inf if base < 0.0 and exponent % 2.0 == 1.0 else math.inf


def _outwards(low: float, high: float) -> Interval:
    if math.isnan(low) or math.isnan(high):
        raise UndefinedError("infinity less infinity")
    return Interval(math.nextafter(low, -math.inf), math.nextafter(high, math.inf))
