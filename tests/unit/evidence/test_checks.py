"""Checks of a register: each fault gives one finding in the user's words, and a sound register none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from netback.evidence.checks import check_register
from netback.evidence.comparable import latest_day
from small_register import claim, register


def findings(*claims: dict[str, Any], **more: Any) -> list[str]:
    return [str(finding) for finding in check_register(register(claims, **more))]


def one(*claims: dict[str, Any], **more: Any) -> str:
    (found,) = findings(*claims, **more)
    return found


SOUND = claim(
    "A-01", 10, "t/d", quantity="rate", status="delivered", period_from="2023-06-11", published="2023-06-12"
)


def test_a_sound_register_has_no_finding() -> None:
    rows = [{"claim": "A-01", "expression": "B-01 * speed"}]
    inputs = [
        {
            "claim": "A-01",
            "input": "speed",
            "value": 2,
            "status": "assumed",
            "low": 1,
            "high": 3,
            "note": "usual",
        }
    ]
    assert findings(SOUND, claim("B-01", 5, "t/d"), calculations=rows, inputs=inputs) == []


def test_a_claim_without_source() -> None:
    assert one({**SOUND, "source": None}).startswith(
        "claims.csv, row 2, column source: A-01 names no source."
    )


def test_dates_out_of_order() -> None:
    assert "ends on 2023-06-01, before it begins on 2023-06-11" in one({**SOUND, "period_to": "2023-06-01"})
    late = one({**SOUND, "published": "2023-06-10"})
    assert "published 2023-06-10, yet it reports as delivered what happened from 2023-06-11 on" in late
    assert late.startswith("claims.csv, row 2, column published")
    assert findings({**SOUND, "published": "2023-06"}) == [], "the month may end after the day"
    assert findings({**SOUND, "published": "2023-05", "status": "proposed"}) == []
    assert "not a day, month or year" in one({**SOUND, "published": "last June"})


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023", date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2023-06-28", date(2023, 6, 28)),
        ("2022-11-21/2025-08-06", date(2025, 8, 6)),
        ("2023-13", None),
        ("2023-02-30", None),
        ("soon", None),
    ],
)
def test_the_latest_day_of_a_publication(text: str, day: date | None) -> None:
    assert latest_day(text) == day


def test_units_that_cannot_be_read_or_do_not_fit() -> None:
    assert '"barel" is not a unit of measure' in one(claim("A-01", 1, "USD/barel"))
    found = one(claim("A-01", 48, "MW", quantity="energy"))
    assert found.startswith("claims.csv, row 2, column uom")
    assert '"MW" measures energy per time, but energy is energy, told for example in GWh' in found
    assert findings(claim("A-01", 1e6, "bbl", quantity="weight")) == [], "barrels per tonne convert"


def test_a_claim_to_be_tested_may_have_the_wrong_unit() -> None:
    found = check_register(
        register(
            [claim("A-01", 48, "MW", quantity="energy"), claim("B-01", 1, "GWh")],
            [{"claim": "A-01", "expression": "B-01"}],
        )
    )
    assert [finding.severity for finding in found] == ["warning"]


def test_ranges_and_words() -> None:
    assert "high 30 is below low 36" in one(claim("A-01", low=36, high=30))
    assert "a word and a number" in one(claim("A-01", 3, word="yes"))
    assert "at_least needs a value" in one(claim("A-01", low=3, relation="at_least"))


def test_names_that_are_not_there() -> None:
    assert 'quantity "wieght" is not in quantities.csv. Closest name: "weight"' in one(
        claim("A-01", 1, "t", quantity="wieght")
    )
    assert 'there is no claim "A-1". Closest name: "A-01"' in one(claim("A-01", 1, "t", part_of="A-1"))
    assert 'there is no claim "A-09"' in one(
        claim("A-01", 1), contradictions=[{"contradiction": "K", "claims": "A-01;A-09"}]
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            {"claim": "A-02", "expression": "1"},
            'column claim: there is no claim "A-02". Closest name: "A-01"',
        ),
        ({"claim": "A-01", "part": 2, "expression": "1"}, "column part: A-01 has 1 part(s), and none is 2"),
        ({"claim": "A-01", "expression": "FACT-07 * 2"}, 'column expression: there is no claim "FACT-07"'),
        ({"claim": "A-01", "expression": "2 * ("}, 'column expression: "2 * (" is not a calculation'),
        ({"claim": "A-01", "expression": "1 * t + 1 * d"}, "time cannot be added to mass"),
        ({"claim": "A-01", "expression": "A-01 * 2"}, "the claim that it is to test"),
        ({"claim": "A-01", "expression": "open('x')"}, 'there is no function "open"'),
        ({"claim": "A-01", "expression": "1", "uom": "tt"}, 'column uom: "tt" is not a unit'),
        ({"claim": "A-01", "expression": "1", "role": "alternative"}, "must say what it needs"),
        ({"claim": "A-01", "expression": "series('x', '2023-06')"}, 'there is no series "x"'),
        ({"claim": "A-01", "expression": "BLANK * 1"}, '"BLANK" is neither an input nor a uom'),
    ],
)
def test_faults_of_calculations(row: dict[str, Any], fault: str) -> None:
    found = one(claim("A-01", 1), calculations=[row])
    assert found.startswith("calculations.csv, row 2, column ")
    assert fault in found


def test_a_provider_that_is_not_there_is_no_fault() -> None:
    assert (
        findings(claim("A-01", 1), calculations=[{"claim": "A-01", "expression": "voyage('a', 'b').days"}])
        == []
    )


def test_a_number_that_is_not_known_is_a_warning() -> None:
    found = check_register(
        register([claim("A-01", 1), claim("B-01")], [{"claim": "A-01", "expression": "B-01"}])
    )
    assert [finding.severity for finding in found] == ["warning"]


def test_inputs() -> None:
    def of(**more: Any) -> str:
        row = {
            "claim": "A-01",
            "input": "x",
            "value": 2,
            "status": "assumed",
            "low": 1,
            "high": 3,
            "note": "why",
            **more,
        }
        return " ".join(
            findings(claim("A-01", 1), calculations=[{"claim": "A-01", "expression": "x * 1"}], inputs=[row])
        )

    assert of() == ""
    assert "no reason is given" in of(note=None)
    assert "assumed without its range" in of(low=None)
    assert "outside its range" in of(value=9)
    assert "nobody is named" in of(status=None)
    assert "is not a unit of measure" in of(uom="xx")
    assert '"x" is neither an input nor a uom' in of(input="y")
    assert 'no calculation is of the claim "A-02". Closest name: "A-01"' in of(claim="A-02")


def test_series_and_quantities() -> None:
    rows = [
        {"series": "s", "date": f"2023-0{n}-01", "value": 1, "uom": u}
        for n, u in ((1, "USD/bbl"), (2, "USD/t"))
    ]
    assert 'series "s" is told in "USD/bbl" before' in one(series=rows)
    assert "a change must say of which quantity" in one(quantities=[{"quantity": "c", "kind": "change"}])
    assert 'quantity "d" is not in' in one(quantities=[{"quantity": "c", "kind": "ratio", "of": "d"}])
    assert "is not a unit" in one(quantities=[{"quantity": "c", "uom": "blb"}])


def test_bounds_of_quantities() -> None:
    def of(text: str) -> list[str]:
        return findings(quantities=[{"quantity": "price"}, {"quantity": "saving", "at_most": text}])

    assert of("2 * price * t") == []
    assert (
        'quantities.csv, row 3, column at_most: "prise" is neither a quantity nor a uom. Closest name: "price"'
        in of("prise * 2")[0]
    )
    assert "is not a calculation" in of("price *")[0]
