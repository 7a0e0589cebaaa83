"""What may be compared: periods, bases, units, subjects, and claims that restate others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.evidence.comparable import (
    apart,
    barrels_per_tonne,
    distinct,
    is_rounded,
    is_under,
    number_of,
    on_one_basis,
    overlap,
    period_of,
    same_basis,
    same_class,
    within,
)
from netback.evidence.contradictions import find
from netback.evidence.intervals import Interval
from netback.evidence.register import Claim
from small_register import claim, register

DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))


def one(**more: Any) -> Claim:
    return register([claim("A-01", **more)]).claim("A-01")


def pair(first: dict[str, Any], second: dict[str, Any]) -> tuple[Claim, Claim]:
    found = register([claim("A-01", **first), claim("B-01", **second)])
    return found.claim("A-01"), found.claim("B-01")


def days(first: str | None, last: str | None = None) -> dict[str, Any]:
    return {"period_from": first, "period_to": last}


@pytest.mark.parametrize(
    ("first", "second", "common", "inner"),
    [
        (days("2023-06-01", "2023-06-30"), days("2023-06-30", "2023-07-31"), True, False),
        (days("2023-06-01", "2023-06-30"), days("2023-07-01", "2023-07-31"), False, False),
        (days("2023-06-01", "2023-06-30"), days("2023-01-01", "2023-12-31"), True, True),
        (days("2023-06-01"), days("2026-01-01", "2026-01-31"), True, False),
        (days(None), days("2026-01-01", "2026-01-31"), True, False),
        (days(None, "2022-12-31"), days("2026-01-01", "2026-01-31"), False, False),
    ],
)
def test_periods(first: dict[str, Any], second: dict[str, Any], common: bool, inner: bool) -> None:
    claims = pair(first, second)
    assert overlap(*claims) == overlap(*claims[::-1]) == common
    assert within(*claims) == inner


def test_an_event_without_end_is_a_day() -> None:
    assert period_of(one(**days("2023-06-11")), event=True) == (date(2023, 6, 11), date(2023, 6, 11))
    assert period_of(one(**days("2023-06-11")))[1] == date.max


@given(DAYS, DAYS, DAYS, DAYS)
def test_what_lies_within_overlaps(a: date, b: date, c: date, d: date) -> None:
    first = days(min(a, b).isoformat(), max(a, b).isoformat())
    claims = pair(first, days(min(c, d).isoformat(), max(c, d).isoformat()))
    if within(*claims):
        assert overlap(*claims)


def test_bases_and_intentions() -> None:
    assert same_basis(register(), *pair({"basis": "fob"}, {"basis": "fob"}))
    assert same_basis(register(), *pair({"basis": "fob"}, {}))
    assert not same_basis(register(), *pair({"basis": "fob"}, {"basis": "delivered"}))
    assert same_class(*pair({"status": "proposed"}, {"status": "forecast"}))
    assert same_class(*pair({}, {"status": "delivered"}))
    assert not same_class(*pair({"status": "proposed"}, {"status": "delivered"}))


def test_numbers_that_cannot_be_read_are_none() -> None:
    assert number_of(one()) is None
    assert number_of(one(word="yes")) is None
    assert number_of(one(value=1, uom="no such uom")) is None
    assert number_of(one(low=3, high=1)) is None
    assert number_of(one(value=1, uom="t")) is not None


def test_prices_per_tonne_and_per_barrel() -> None:
    rows = [
        claim("A-01", 730, "USD/t"),
        claim("B-01", 100, "USD/bbl"),
        claim("C-01", uom="bbl/t", low=7.2, high=7.4, quantity="barrels_per_tonne"),
    ]
    found = register(rows)
    per_tonne, per_barrel = found.claim("A-01"), found.claim("B-01")
    ranges = on_one_basis(found, per_tonne, per_barrel)
    assert ranges is not None
    assert ranges[0].meets(ranges[1])
    back = on_one_basis(found, per_barrel, per_tonne)
    assert back is not None
    assert back[0].meets(back[1])
    assert on_one_basis(register(rows[:2]), per_tonne, per_barrel) is None
    assert barrels_per_tonne(register(rows[:2])) is None


def test_unlike_things_have_no_common_basis() -> None:
    found = register(
        [
            claim("A-01", 1, "t"),
            claim("B-01", 1, "d"),
            claim("C-01", 7.3, "bbl/t", quantity="barrels_per_tonne"),
        ]
    )
    assert on_one_basis(found, found.claim("A-01"), found.claim("B-01")) is None


def test_ranges_apart() -> None:
    assert apart(Interval(0, 1), Interval(2, 3), rounded=False)
    assert not apart(Interval(0, 1), Interval(1, 2), rounded=False)
    assert apart(Interval(0, 1), Interval(1, 2), rounded=True)
    assert not apart(Interval(1, 1), Interval(1, 2), rounded=True)
    assert is_rounded(*pair({"value": 1}, {"value": 2}))
    assert not is_rounded(*pair({"value": 1}, {"low": 2}))


@pytest.mark.parametrize(
    ("part", "whole", "under"),
    [
        ("land/port", "land", True),
        ("land", "land", True),
        ("landing", "land", False),
        ("land", "land/port", False),
        (None, "land", False),
    ],
)
def test_subjects(part: str | None, whole: str, under: bool) -> None:
    assert is_under(part, whole) == under


def test_a_restatement_is_left_out_and_another_number_kept() -> None:
    row = {"quantity": "weight", "subject": "s", "uom": "t", "value": 5, **days("2023-06-01", "2023-06-30")}
    rows = [
        claim("A-01", **row),
        claim("B-01", **row),
        claim("C-01", **{**row, "value": 6}),
        claim("D-01", **{**row, "status": "claimed", **days(None)}),
        claim("E-01", **{**row, "value": None}),
        claim("F-01", **{**row, "value": None}),
    ]
    assert [one.id for one in distinct(register(rows).claims.values())] == ["A-01", "C-01", "E-01", "F-01"]


@given(
    st.lists(st.tuples(st.sampled_from(["p", "q"]), st.integers(1, 99999)), min_size=1, max_size=7),
    st.randoms(),
)
def test_hits_do_not_depend_on_the_order_of_rows(made: list[tuple[str, int]], random: Any) -> None:
    rows = [
        claim(
            f"N-{place}",
            float(value),
            "t",
            quantity="weight",
            subject=subject,
            **days("2023-06-01", "2023-06-30"),
        )
        for place, (subject, value) in enumerate(dict.fromkeys(made))
    ]
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = ({(hit.rule, hit.ids) for hit in find(register(order))} for order in (rows, shuffled))
    assert first == second


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_a_number_never_contradicts_itself_and_contradiction_is_mutual(a: int, b: int) -> None:
    found = register([claim("A-01", float(a), "t"), claim("B-01", float(b), "t")])
    claims = found.claim("A-01"), found.claim("B-01")
    ranges = on_one_basis(found, *claims)
    assert ranges is not None
    assert apart(*ranges, rounded=True) == apart(*ranges[::-1], rounded=True)
    assert not apart(ranges[0], ranges[0], rounded=True)
    if abs(a - b) > 0.05 * max(a, b):
        assert apart(*ranges, rounded=True)
