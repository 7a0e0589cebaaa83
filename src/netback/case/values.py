"""Cells of tables: from text to typed values and back, with the fault and the repair of each bad cell.

A number is written with a decimal point and without thousands separators; ``nan``, ``inf`` and numbers too
large or too small to hold are faults, so that no record ever holds one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any, Protocol

from netback import uom as uoms
from netback.errors import DataError, closest

#: Longest cell [characters]; the csv module reads no more than 131,072.
MAX_CELL = 100_000

_CURRENCY = re.compile(r"[A-Z]{3}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_SURROGATE = re.compile(r"[\x00\ud800-\udfff]")
_SPACES = ", \u00a0\u202f\u2009'"
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}([{_SPACES}]\d{{3}})+(\.\d+)?")
_YES = {"yes": True, "no": False, "true": True, "false": False}


class CellError(Exception):
    """A cell that cannot be read: ``what`` is wrong and the ``hint`` that repairs it."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class ColumnLike(Protocol):
    """What reading a cell needs to know of its column."""

    @property
    def type(self) -> str:
        """Type of the column."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """Values allowed in a column of type choice."""
        ...


@dataclass(frozen=True, slots=True)
class PriceUom:
    """Money per amount: ``currency`` is three capital letters, or ``%`` for a share of a price."""

    currency: str
    uom: str

    @property
    def is_share(self) -> bool:
        """Whether this is a percentage of a price."""
        return self.currency == "%"


@lru_cache(maxsize=512)
def parse_price(text: str) -> PriceUom:
    """Read ``USD/bbl``, ``PKR/l`` or ``%``.

    Raises
    ------
    CellError
        If the currency is not three capital letters, or the uom is unknown or a rate.
    """
    if text.strip() == "%":
        return PriceUom("%", "")
    currency, slash, amount = (part.strip() for part in text.partition("/"))
    example = "Write a currency of three letters and a uom, for example USD/bbl."
    if not slash or not _CURRENCY.fullmatch(currency):
        raise CellError(f'"{_short(text)}" is not money per amount.', example)
    parsed = _uom(amount)
    if parsed.is_rate:
        raise CellError(f'"{_short(text)}" is money per rate, not per amount.', example)
    return PriceUom(currency, amount)


def read_cell(text: str, column: ColumnLike) -> Any:
    """Typed value of a cell; None for a blank cell.

    Numbers become float, integers int, yesno bool, dates ``datetime.date``; everything else is text without
    surrounding blanks. Defaults are the business of the caller.

    Raises
    ------
    CellError
        If the text does not fit the type of the column.
    """
    text = text.strip()
    if not text:
        return None
    return reader_of(column)(text)


def reader_of(column: ColumnLike) -> Callable[[str], Any]:
    """Return the function that reads the stripped, filled cells of a column; it raises :class:`CellError`."""
    if column.type == "choice":
        return partial(_choice, choices=column.choices)
    return _READERS[column.type]


def check_value(value: Any, column: ColumnLike) -> Any:
    """Return the value of a Python caller as the reader would give it: text is read, the rest checked.

    Raises
    ------
    CellError
        If the value does not fit the type of the column.
    """
    if value is None or isinstance(value, str):
        return read_cell(value or "", column)
    return read_cell(write_cell(value), column)


def write_cell(value: Any) -> str:
    """Text of a value that :func:`read_cell` reads back exactly; blank for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _float_text(float(value))
    return str(value)


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the names of a cell that holds several, separated by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip()) if text else ()


def _float_text(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15 and not (value == 0.0 and math.copysign(1.0, value) < 0.0):
        return str(int(value))
    return repr(value)


def _text(text: str) -> str:
    if len(text) <= MAX_CELL and text.isprintable():
        return text
    if _SURROGATE.search(text):
        raise CellError("the text holds a character that cannot be saved.", "Type the text anew.")
    if len(text) > MAX_CELL:
        raise CellError(f"the text has {len(text):,} characters.", f"At most {MAX_CELL:,} fit into a cell.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _name(text: str) -> str:
    if text.startswith("#"):
        raise CellError(f'"{_short(text)}" cannot be a name: # begins a comment.', "Begin it with a letter.")
    if len(text) <= MAX_CELL and text.isprintable() and ";" not in text:
        return text
    if ";" in text or _CONTROL.search(text):
        hint = "Use letters, digits, blanks and signs other than the semicolon, which separates names."
        raise CellError(f'"{_short(text)}" cannot be a name.', hint)
    return _text(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _number_fault(text) from None
    if not text.isascii() or "_" in text or not math.isfinite(value):
        raise _number_fault(text)
    if value == 0.0 and re.search(r"[1-9]", re.split("[eE]", text)[0]):
        raise CellError(f'"{_short(text)}" is too small a number to hold.', "Write 0 if nothing is meant.")
    return value


def _number_fault(text: str) -> CellError:
    word = text.lstrip("+-").casefold()
    if word in ("nan", "inf", "infinity", "n/a", "na", "none", "-"):
        hint = "Leave the cell blank if the number is not known or there is no limit."
        return CellError(f'"{_short(text)}" is not a number.', hint)
    if _GROUPED.fullmatch(text):
        plain = re.sub(rf"[{_SPACES}]", "", text)
        hint = f"Write {plain}, or a decimal point if the comma is one."
        return CellError(f'"{_short(text)}" has a thousands separator.', hint)
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return CellError(f'"{text}" has a decimal comma.', f"Write {text.replace(',', '.')}.")
    if re.fullmatch(r"[+-]?\d+(\.\d*)?([eE]\+?\d+)?", text, re.ASCII):
        return CellError(
            f'"{_short(text)}" is too large a number to hold.', "Leave the cell blank for no limit."
        )
    if text.endswith("%"):
        return CellError(
            f'"{_short(text)}" has a percent sign.', "Write the number alone; the column has its uom."
        )
    return CellError(
        f'"{_short(text)}" is not a number.', "Write digits with a decimal point, for example 1250.5."
    )


def _integer(text: str) -> int:
    value = _number(text)
    if not value.is_integer() or abs(value) > 1e9:
        raise CellError(f'"{_short(text)}" is not a whole number.', "Write 1, 2, 3, ...")
    return int(value)


def _yesno(text: str) -> bool:
    if text.casefold() not in _YES:
        raise CellError(f'"{_short(text)}" is neither yes nor no.', "Write yes or no.")
    return _YES[text.casefold()]


def _date(text: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise CellError(f'"{text}" is no day of the calendar.', f"{str(error).capitalize()}.") from None
    raise CellError(f'"{_short(text)}" is not a date.', "Write year, month and day as 2023-09-01.")


def _uom(text: str) -> uoms.Uom:
    try:
        return uoms.parse(text)
    except DataError as error:
        raise CellError(error.findings[0].what, error.findings[0].hint) from None


def _uom_text(text: str) -> str:
    _uom(text)
    return text


def _price_text(text: str) -> str:
    parse_price(text)
    return text


def _choice(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        known = f"Known: {', '.join(choices)}."
        raise CellError(
            f'"{_short(text)}" is not one of the choices.', f"{closest(text, choices)} {known}".strip()
        )
    return text


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


_READERS: dict[str, Callable[[str], Any]] = {
    "key": _name,
    "name": _name,
    "text": _text,
    "number": _number,
    "integer": _integer,
    "yesno": _yesno,
    "date": _date,
    "uom": _uom_text,
    "price": _price_text,
}
