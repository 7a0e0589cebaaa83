"""Claims as stated: how exact a number is, parts, names, and registers joined."""

from __future__ import annotations

import math

import pytest

from netback.errors import DataError
from netback.evidence.intervals import Interval
from netback.evidence.register import Register, name_of, precision, split_name
from netback.evidence.values import MissingError, text_of
from small_register import claim, register


@pytest.mark.parametrize(
    ("value", "half"),
    [
        (45142, 0.5),
        (56000, 500),
        (100000, 2500),
        (50, 1.25),
        (45, 0.5),
        (0.07, 0.00175),
        (59.6, 0.05),
        (7.33, 0.005),
        (0, 0),
    ],
)
def test_precision_is_half_the_last_digit_at_most_a_fortieth(value: float, half: float) -> None:
    assert precision(value) == pytest.approx(half)
    assert precision(-value) == pytest.approx(half)


@pytest.mark.parametrize(
    ("row", "ends"),
    [
        ({"value": 45142}, (45141.5, 45142.5)),
        ({"value": 50, "relation": "about"}, (45.0, 55.0)),
        ({"value": 60, "relation": "at_least"}, (60.0, math.inf)),
        ({"value": 60, "relation": "at_most"}, (-math.inf, 60.0)),
        ({"low": 30, "high": 36}, (30.0, 36.0)),
        ({"low": 30}, (30.0, math.inf)),
        ({"value": 60, "low": 60, "high": 60}, (60.0, 60.0)),
        ({"value": 7524, "low": 7298, "high": 7750}, (7298.0, 7750.0)),
    ],
)
def test_what_a_claim_states(row: dict[str, float], ends: tuple[float, float]) -> None:
    one = register([claim("A-01", **row)]).claim("A-01")
    assert one.stated == Interval(*ends)


def test_a_claim_without_number_asks() -> None:
    one = register([claim("A-01")]).claim("A-01")
    assert not one.has_answer
    with pytest.raises(MissingError, match="states no number"):
        _ = one.value


def test_words_and_days() -> None:
    one = register([claim("A-01", word="Baltic", period_from="2023-04-21")]).claim("A-01")
    assert text_of(one.value) == "Baltic"
    assert text_of(one.day) == "2023-04-21"
    with pytest.raises(MissingError, match="no day"):
        _ = register([claim("B-01")]).claim("B-01").day


def test_the_uom_is_applied() -> None:
    one = register([claim("A-01", uom="%", low=30, high=35)]).claim("A-01")
    assert text_of(one.value, "") == "0.3 to 0.35"
    assert text_of(one.centre, "%") == "32.5 %"


def test_parts_by_name() -> None:
    found = register([claim("A-01", 1, "t"), claim("A-01", 2, "t", part=2)])
    assert [one.name for one in found.parts_of("a-01")] == ["A-01", "A-01[2]"]
    assert [one.key for one in found.parts_of("A-01[2]")] == [("A-01", 2)]
    with pytest.raises(DataError, match="has 2 parts, and none is 3"):
        found.parts_of("A-01[3]")
    with pytest.raises(DataError, match=r'there is no claim "A-02"\. Closest name: "A-01"'):
        found.parts_of("A-02")
    assert found.claim("A-01", 2).where("value") == "claims.csv, row 3, column value"


def test_names_of_parts() -> None:
    assert name_of(("A-01", 1)) == "A-01"
    assert split_name(name_of(("A-01", 3))) == ("A-01", 3)
    assert split_name(" A-01 ") == ("A-01", None)


def test_ones_own_claim_holds_before_another_with_all_its_parts() -> None:
    own = register([claim("A-01", 5, "t")])
    shipped = register([claim("A-01", 1, "t"), claim("A-01", 2, "t", part=2), claim("B-01", 3, "t")])
    groups = [{name: tables[0] for name, tables in one.tables.items()} for one in (own, shipped)]
    joined = Register.of(*groups)
    assert [one["value"] for one in joined.claims.values()] == [5.0, 3.0]
    assert [row["claim"] for row in joined.own("claims")] == ["A-01"]
