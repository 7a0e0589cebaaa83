"""The inputs of a calculation: facts, named inputs, values of a series, answers; each with its range and its centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from netback.evidence.intervals import Interval
from netback.evidence.register import Calculation, Claim, Register, precision
from netback.evidence.values import Day, ExpressionError, MissingError, Quantity, Value, united


@dataclass(frozen=True)
class Leaf:
    """One input that a calculation used: its value over its range, the value at its centre, who says so."""

    key: str
    value: Value
    centre: Value
    kind: str
    uom: str
    said: str
    doubtful: bool = False
    topic: str = ""
    urls: tuple[str, ...] = ()


def fact_leaf(register: Register, claim: Claim) -> Leaf:
    """Return a fact as it is stated."""
    said = f"{claim['said_by'] or claim['via'] or 'nobody named'}, {claim['published'] or 'undated'}"
    return Leaf(
        claim.name,
        claim.value,
        claim.centre,
        "fact",
        claim.uom,
        said,
        doubtful=claim.is_doubtful,
        topic=_topic(claim),
        urls=register.urls([claim["source"]]),
    )


def day_leaf(register: Register, key: str, claim: Claim) -> Leaf:
    """Return the day that a fact speaks of."""
    said = f"{claim['said_by'] or 'nobody named'}, {claim['published'] or 'undated'}"
    urls = register.urls([claim["source"]])
    return Leaf(key, claim.day, claim.day, "day", "", said, claim.is_doubtful, urls=urls)


def _topic(claim: Claim) -> str:
    """What a fact is about, in a few words."""
    return (claim["quantity"] or claim["topic"] or "").replace("_", " ")


def input_leaf(register: Register, name: str, row: Calculation) -> Leaf:
    """Return a named input: its range, or its last digit where it states none.

    Raises
    ------
    MissingError
        If it has no number.
    """
    value, low, high, uom = row["value"], row["low"], row["high"], row["uom"] or ""
    if value is None:
        raise MissingError(f'the input "{name}" has no number.')
    slack = 0.0 if row["status"] == "assumed" or low is not None or high is not None else precision(value)
    ends = Quantity.of(value - slack if low is None else low, value + slack if high is None else high, uom)
    said = row["note"] or row["source"] or ""
    kind = "assumed" if row["status"] == "assumed" else "input"
    return Leaf(
        name, ends, Quantity.of(value, value, uom), kind, uom, said, urls=register.urls([row["source"]])
    )


def series_leaf(register: Register, key: str, name: str, first: str, last: str) -> Leaf:
    """Return the mean of a series over months or days.

    Raises
    ------
    MissingError
        If a month, or every day, is missing.
    """
    start, end = days_of(first)[0], days_of(last)[1]
    rows = [row for row in register.series[name] if start <= row["date"] <= end]
    missing = _missing_months(rows, start, end) if len(first) == 7 else []
    if not rows or missing:
        span = first if first == last else f"{first} to {last}"
        which = f": no value for {', '.join(missing[:6])}" if missing and rows else ""
        raise MissingError(f'the series "{name}" does not cover {span}{which}.')
    uom = rows[0]["uom"] or ""
    values = [(row["value"], row["low"], row["high"], precision(row["value"])) for row in rows]
    lows = [v - s if low is None else low for v, low, _, s in values]
    highs = [v + s if high is None else high for v, _, high, s in values]
    count = len(rows)
    middle = sum(v for v, *_ in values) / count
    value = Quantity.of(sum(lows) / count, sum(highs) / count, uom)
    said = f"{count} value{'s' * (count > 1)}, {rows[0]['source'] or 'no source'}"
    urls = register.urls(row["source"] for row in rows)
    return Leaf(key, value, Quantity.of(middle, middle, uom), "series", uom, said, urls=urls)


def _missing_months(rows: Sequence[Mapping[str, date]], start: date, end: date) -> list[str]:
    have = {row["date"].strftime("%Y-%m") for row in rows}
    month, missing = start, []
    while month <= end:
        name = month.strftime("%Y-%m")
        if name not in have:
            missing.append(name)
        month = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return missing


def days_of(text: str) -> tuple[date, date]:
    """First and last day of a month or a day."""
    try:
        if len(text) == 7:
            first = date.fromisoformat(f"{text}-01")
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return date.fromisoformat(text), date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ExpressionError(
            f'"{text}" is neither a month nor a day.', "Write 2023-06 or 2023-06-15."
        ) from None


def at_leaf(register: Register, tested: str, key: str, quantity: str, subject: str, day: Day) -> Leaf:
    """Return what the claims of a quantity and a subject say of a day, the claim under test left out.

    Raises
    ------
    MissingError
        If none speaks of that day.
    """
    found = [claim for claim in register.claims.values() if _says_at(claim, tested, quantity, subject, day)]
    if not found:
        raise MissingError(f"no claim says what {quantity} of {subject} was on {day.first}.")
    said = ", ".join(claim.name for claim in found)
    value = united(claim.value for claim in found)
    doubtful = all(claim.is_doubtful for claim in found)
    return Leaf(
        key,
        value,
        middle(value),
        "fact",
        found[0].uom,
        said,
        doubtful,
        urls=register.urls(claim["source"] for claim in found),
    )


def _says_at(claim: Claim, tested: str, quantity: str, subject: str, day: Day) -> bool:
    """Whether a claim, not the one under test and not itself only claimed, speaks of that day."""
    if claim["quantity"] != quantity or claim["subject"] != subject or not claim.has_answer:
        return False
    first, last = claim.period
    return claim.id != tested and claim["status"] != "claimed" and first <= day.first and day.last <= last


def middle(value: Value) -> Value:
    """Return a number at the middle of its range; a day or a word as it is."""
    return (
        Quantity(Interval.at(value.range.middle), value.dimensions) if isinstance(value, Quantity) else value
    )
