"""Four values of a statement about a trade: false, not verified, depends on something not told, true.

    all of several statements    the least of their values
    any of several statements    the greatest of their values
    not                          false and true change places, the two between stay

An open statement carries the condition on which it is true, and the one on which it is false; of one that is true
whatever its parts say, nobody asks for words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Truth(IntEnum):
    """Value of a statement, in order: FALSE < UNVERIFIED < OPEN < TRUE."""

    FALSE = 0
    UNVERIFIED = 1
    OPEN = 2
    TRUE = 3


@dataclass(frozen=True, slots=True)
class Statement:
    """A value with the words for it: ``yes`` what holds where it is true, ``no`` what holds where it is not."""

    value: Truth
    yes: str = ""
    no: str = ""

    def __invert__(self) -> Statement:
        swapped = {Truth.FALSE: Truth.TRUE, Truth.TRUE: Truth.FALSE}.get(self.value, self.value)
        return Statement(swapped, self.no, self.yes)


def all_of(statements: Iterable[Statement]) -> Statement:
    """Whether every statement is true; true where there is none."""
    listed = list(statements)
    value = min((one.value for one in listed), default=Truth.TRUE)
    if value == Truth.TRUE:
        return Statement(value)
    return Statement(value, *_words(listed, value, " and ", " or "))


def any_of(statements: Iterable[Statement]) -> Statement:
    """Whether at least one statement is true; false where there is none."""
    listed = list(statements)
    value = max((one.value for one in listed), default=Truth.FALSE)
    if value == Truth.FALSE:
        return Statement(value)
    return Statement(value, *_words(listed, value, " or ", " and "))


def _words(listed: list[Statement], value: Truth, yes: str, no: str) -> tuple[str, str]:
    """Words of the statements that decide the value."""
    deciding = [one for one in listed if one.value == value]
    return _joined((one.yes for one in deciding), yes), _joined((one.no for one in deciding), no)


def _joined(words: Iterable[str], by: str) -> str:
    told = [word for word in dict.fromkeys(words) if word]
    return (
        by.join(f"({word})" if _mixed(word, by) else word for word in told)
        if len(told) > 1
        else "".join(told)
    )


def _mixed(word: str, by: str) -> bool:
    other = " or " if by == " and " else " and "
    return other in word
