"""Whether two claims speak of the same thing at the same time, and their numbers on one basis."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date

from netback.errors import DataError
from netback.evidence.intervals import Interval, hull
from netback.evidence.register import Claim, Register
from netback.evidence.units import Dimensions, multiplied, raised
from netback.evidence.values import MissingError, Quantity

#: What somebody means to do is compared with what somebody means to do, never with what came of it.
INTENTIONS = ("proposed", "under study", "MoU", "forecast", "announced", "design")

#: The quantity whose claims say how mass becomes volume.
BARRELS_PER_TONNE = "barrels_per_tonne"
#: The quantity whose claims say what lies between a price fob and one delivered.
FREIGHT_PER_BARREL = "freight_per_bbl"
_FOB_AND_DELIVERED = {"fob", "delivered"}
_DAY = re.compile(r"\d{4}(-\d{2})?(-\d{2})?")
_MASS_TO_VOLUME: Dimensions = (("mass", -1), ("volume", 1))


def number_of(claim: Claim) -> Quantity | None:
    """Range of a claim's number in base uom; None where it states none or its uom cannot be read."""
    if claim["word"] is not None:
        return None
    try:
        value = claim.value
    except (MissingError, DataError, ValueError):
        return None
    return value if isinstance(value, Quantity) else None


def period_of(claim: Claim, event: bool = False) -> tuple[date, date]:
    """First and last day; an open end reaches to the end of the calendar, that of an event is its first day."""
    first, last = claim.period
    if event and claim["period_to"] is None and claim["period_from"] is not None:
        return first, first
    return first, last


def overlap(first: Claim, second: Claim) -> bool:
    """Whether two claims speak of a common day."""
    (a, b), (c, d) = first.period, second.period
    return a <= d and c <= b


def within(inner: Claim, outer: Claim) -> bool:
    """Whether the period of one claim lies in that of another; both must be known."""
    if None in (inner["period_from"], inner["period_to"], outer["period_from"], outer["period_to"]):
        return False
    (a, b), (c, d) = inner.period, outer.period
    return c <= a and b <= d


def same_class(first: Claim, second: Claim) -> bool:
    """Whether both are intentions or both are not."""
    return (first["status"] in INTENTIONS) == (second["status"] in INTENTIONS)


def same_basis(register: Register, first: Claim, second: Claim) -> bool:
    """Whether two claims state the same basis, one states none, or the register says what lies between theirs."""
    bases = {claim["basis"] for claim in (first, second)} - {None}
    return len(bases) <= 1 or (bases == _FOB_AND_DELIVERED and freight(register, first, second) is not None)


def on_one_basis(register: Register, first: Claim, second: Claim) -> tuple[Interval, Interval] | None:
    """Both ranges in one uom and on one basis; None if there is no way.

    Mass and volume meet by the barrels per tonne of the register, a price fob meets one delivered by what the
    register says that freight costs a barrel at that time.
    """
    one, two = number_of(first), number_of(second)
    if one is None or two is None:
        return None
    if one.dimensions == two.dimensions:
        return _delivered(register, first, second, one.range, two.range)
    per = barrels_per_tonne(register)
    if per is None:
        return None
    difference = multiplied(two.dimensions, raised(one.dimensions, -1))
    for power in (1, -1):
        if difference == raised(_MASS_TO_VOLUME, power):
            return (one.range * per if power > 0 else one.range / per), two.range
    return None


def _delivered(
    register: Register, first: Claim, second: Claim, one: Interval, two: Interval
) -> tuple[Interval, Interval] | None:
    """Both ranges delivered, where one of them is fob."""
    if {first["basis"], second["basis"]} != _FOB_AND_DELIVERED:
        return one, two
    step = freight(register, first, second)
    if step is None:
        return None
    return (one + step, two) if first["basis"] == "fob" else (one, two + step)


def freight(register: Register, first: Claim, second: Claim) -> Interval | None:
    """Hull of what the register says that freight costs a barrel when two claims hold, in base uom of their price."""
    number = number_of(first)
    found = [
        told.range
        for claim in register.claims.values()
        if claim["quantity"] == FREIGHT_PER_BARREL
        and (overlap(claim, first) or overlap(claim, second))
        and (told := number_of(claim)) is not None
        and number is not None
        and told.dimensions == number.dimensions
    ]
    return hull(found) if found else None


def barrels_per_tonne(register: Register) -> Interval | None:
    """Hull of what the register says of barrels per tonne, in base uom."""
    found = [
        number
        for claim in register.claims.values()
        if claim["quantity"] == BARRELS_PER_TONNE and (number := number_of(claim)) is not None
    ]
    ranges = [number.range for number in found if number.dimensions == _MASS_TO_VOLUME]
    return hull(ranges) if ranges else None


def apart(first: Interval, second: Interval, rounded: bool) -> bool:
    """Whether two ranges have no number in common; ranges of rounding that only touch have none."""
    if first.high < second.low or second.high < first.low:
        return True
    return rounded and first.width > 0 and (first.high == second.low or second.high == first.low)


def is_rounded(*claims: Claim) -> bool:
    """Whether the ranges of claims come from the last digit of their numbers alone."""
    return all(claim["low"] is None and claim["high"] is None for claim in claims)


def is_under(part: str | None, whole: str | None) -> bool:
    """Whether one subject is the other or a part of it: ``Pakistan/Karachi`` is under ``Pakistan``."""
    return part is not None and whole is not None and (part == whole or part.startswith(f"{whole}/"))


def distinct(claims: Iterable[Claim]) -> list[Claim]:
    """Leave out claims that restate one before: the same number or word of the same quantity and subject.

    A restatement has the same period, or none of its own and the status ``claimed``.
    """
    columns = ("quantity", "subject", "basis", "value", "low", "high", "word", "uom", "relation")
    seen: set[tuple[object, ...]] = set()
    kept = []
    for claim in claims:
        words = tuple(claim[column] for column in columns)
        exact = (*words, claim["period_from"], claim["period_to"])
        loose_too = words if claim["status"] == "claimed" else exact
        if claim.has_answer and (exact in seen or loose_too in seen):
            continue
        kept.append(claim)
        seen.update((words, exact))
    return kept


def latest_day(text: str) -> date | None:
    """Return the last day that a date of publication may mean, of a span its end; None if it is none."""
    last = text.rpartition("/")[2] or text
    last = last if len(last) > 2 else text.partition("/")[0]
    if not _DAY.fullmatch(last):
        return None
    year, *rest = (int(part) for part in last.split("-"))
    month = rest[0] if rest else 12
    try:
        return date(year, month, rest[1] if len(rest) > 1 else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None
