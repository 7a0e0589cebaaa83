"""Calculations carried out: facts, inputs, series, days, words and providers."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.evidence.evaluate import Evaluator, ProviderAbsentError
from netback.evidence.providers import ALONE, Answer
from netback.evidence.values import ExpressionError, MissingError, Quantity, Value, Word, text_of
from small_register import claim, register

REGISTER = register(
    claims=[
        claim("CARGO-01", 100000, "t", quantity="weight", period_from="2023-04-21", period_to="2023-04-21"),
        claim("RATE-01", 5340, "t/d", quantity="rate", said_by="the plant", published="2023-10"),
        claim("SHARE-01", uom="%", low=30, high=35),
        claim("PARTS-01", 10, "t"),
        claim("PARTS-01", 20, "t", part=2),
        claim(
            "WORD-01",
            word="yes",
            quantity="state",
            subject="strait",
            period_from="2026-01-01",
            period_to="2026-02-27",
        ),
        claim("WORD-02", word="no", quantity="state", subject="strait", period_from="2026-02-28"),
        claim("BLANK-01"),
        claim("DOUBT-01", 1, "t", confidence="D"),
        claim("ARRIVED-01", 12, "d", period_from="2023-05-17", period_to="2023-05-17"),
    ],
    inputs=[
        {
            "claim": "X",
            "input": "speed",
            "value": 12,
            "uom": "kn",
            "status": "assumed",
            "low": 11,
            "high": 13,
            "note": "usual",
        },
        {"claim": "X", "input": "total", "value": 9886, "uom": "GWh", "source": "paper"},
    ],
    series=[
        {
            "series": "brent",
            "date": f"2023-{month:02d}-01",
            "value": value,
            "uom": "USD/bbl",
            "source": "paper",
        }
        for month, value in ((6, 74.84), (7, 80.11), (9, 93.72))
    ],
)


def evaluated(text: str, **more: Any) -> Value:
    return Evaluator(REGISTER, REGISTER.inputs.get("X", {}), "X", **more)(text)


@pytest.mark.parametrize(
    ("text", "uom", "told"),
    [
        ("CARGO-01 / RATE-01 / SHARE-01", "d", "52.12 to 64.04 d"),
        ("2 + 3 * 4", "", "14"),
        ("-2 ** 2", "", "-4"),
        ("(1 + 2) ** 2", "", "9"),
        ("30 * d", "d", "30 d"),
        ("4630 * nm / (16 * d)", "kn", "12.06 kn"),
        ('quantity(30, "t/d") * d', "t", "30 t"),
        ('range(2, 3, "USD/bbl")', "USD/bbl", "2 to 3 USD/bbl"),
        ("PARTS-01 + PARTS-01[2]", "t", "29.25 to 30.75 t"),
        ("mean(1, 2, 6)", "", "3"),
        ("sum(1, 2, 6) - min(4, 5) + max(1, 2)", "", "7"),
        ("span(1, 5)", "", "1 to 5"),
        ("low(SHARE-01)", "%", "30 %"),
        ("high(SHARE-01)", "%", "35 %"),
        ("abs(-3 * t)", "t", "3 t"),
        ("round(2.6)", "", "3"),
        ('series("brent", "2023-06")', "USD/bbl", "74.83 to 74.84 USD/bbl"),
        ('series("brent", "2023-06", "2023-07")', "USD/bbl", "77.47 to 77.48 USD/bbl"),
        ('days(day(CARGO-01), date("2023-05-17"))', "d", "26 d"),
        ("day(CARGO-01) + 10 * d", "", "2023-05-01"),
        ('days(date("2023-05"), date("2023-06-01"))', "d", "1 to 31 d"),
        ("1 * t if RATE-01 > 6000 * t / d else 2 * t", "t", "2 t"),
        ("1 * t if speed > 12 * kn else 2 * t", "t", "1 to 2 t"),
        ("total / (31 * d)", "GW", "13.29 GW"),
    ],
)
def test_numbers(text: str, uom: str, told: str) -> None:
    assert text_of(evaluated(text), uom) == told


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("RATE-01 <= 6 * kt / d", "yes"),
        ("8 * kn <= speed <= 14 * kn", "yes"),
        ("speed < 12 * kn", "yes or no"),
        ("not (RATE-01 > 6 * kt / d) and 1 < 2", "yes"),
        ("1 > 2 or speed < 5 * kn", "no"),
        ('which("Baltic", 1 < 2, "Black Sea", 2 < 1)', "Baltic"),
        ('at("state", "strait", date("2026-02-27"))', "yes"),
        ('at("state", "strait", date("2026-02-28"))', "no"),
        ("WORD-01", "yes"),
        ("WORD-01 == WORD-02", "no"),
    ],
)
def test_words(text: str, word: str) -> None:
    assert text_of(evaluated(text)) == word


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("CARGO-01 + RATE-01", "mass per time cannot be added to mass"),
        ("sped * d", 'neither an input nor a uom. Closest name: "speed"'),
        ("serie('brent', '2023-06')", 'no function "serie". Closest name: "series"'),
        ("series('brend', '2023-06')", 'no series "brend". Closest name: "brent"'),
        ("series('brent', '2023-13')", "neither a month nor a day"),
        ("series(2, 3)", "series takes a name"),
        ("round(3 * t)", "without uom"),
        ("low('a')", "take a number"),
        ("range(3, 2)", "runs backwards"),
        ("range(2, 3, 'USD/barel')", "is not a unit of measure"),
        ("days(1, 2)", "takes two days"),
        ("day(3)", "day takes a fact"),
        ("which('a', 1 < 2, 'b')", "in turn"),
        ("which('a', 3)", "a condition must be yes or no"),
        ("at('stat', 'strait', date('2026-01-01'))", 'no quantity "stat". Closest name: "state"'),
        ("at('state', 'strait', 3)", "takes a day"),
        ("min()", "min takes 1 to 64 arguments"),
        ("mean(1, x=2)", "in order"),
        ("voyage('a', 'b', 'c', 1, 2)", "takes 4 arguments"),
        ("voyage('a', orign='b')", 'no argument "orign"'),
        ("1 if 3 else 2", "a condition must be yes or no"),
        ("9" * 400, "too large to hold"),
    ],
)
def test_faults_of_the_writer(text: str, fault: str) -> None:
    with pytest.raises(ExpressionError, match=fault):
        evaluated(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("BLANK-01 * 2", "BLANK-01 states no number"),
        ("PARTS-01[3]", "has 2 parts, and none is 3"),
        ("day(RATE-01) + d", "names no day"),
        ("series('brent', '2023-07', '2023-09')", "no value for 2023-08"),
        ("series('brent', '2020-01')", "does not cover 2020-01"),
        ("1 / (SHARE-01 - SHARE-01)", "holds zero"),
        ("(0 - 1) ** 0.5", "below zero"),
        ("at('state', 'strait', date('2020-01-01'))", "no claim says"),
        ("which('a', 2 < 1)", "none of the names"),
    ],
)
def test_numbers_that_are_not_known(text: str, why: str) -> None:
    with pytest.raises(MissingError, match=why):
        evaluated(text)


def test_a_calculation_may_not_use_the_claim_that_it_tests() -> None:
    with pytest.raises(ExpressionError, match="the claim that it is to test"):
        Evaluator(REGISTER, {}, "RATE-01")("RATE-01 * 2")


def test_the_claim_under_test_does_not_answer_for_itself() -> None:
    with pytest.raises(MissingError, match="no claim says"):
        Evaluator(REGISTER, {}, "WORD-01")('at("state", "strait", date("2026-01-15"))')


@dataclass(frozen=True)
class Voyage:
    name: str = "voyage"
    parameters: tuple[str, ...] = ("origin", "destination", "via", "speed_kn")

    def __call__(self, arguments: Mapping[str, Value]) -> Answer:
        speed = arguments["speed_kn"]
        assert isinstance(speed, Quantity)
        distance = Quantity.of(4000, 4200, "nm")
        days = Quantity(distance.range / speed.range, (("time", 1),))
        return Answer(
            {"days": days, "distance_nm": distance, ALONE: Word.of("by Suez")}, "distances of the test"
        )


def test_a_provider_answers_with_fields() -> None:
    providers = {"voyage": Voyage()}
    text = 'voyage("Novorossiysk", "Karachi", speed_kn=speed).days + 1 * d'
    evaluator = Evaluator(REGISTER, REGISTER.inputs["X"], "X", providers)
    assert text_of(evaluator(text), "d") == "13.82 to 16.91 d"
    assert [leaf.kind for leaf in evaluator.used.values()] == ["assumed", "provider"]
    assert evaluated('voyage("a", "b", speed_kn=speed) == "by Suez"', providers=providers) == Word.of("yes")
    with pytest.raises(ExpressionError, match=r'no field "dayz"\. It has: days, distance_nm'):
        evaluated('voyage("a", "b", speed_kn=speed).dayz', providers=providers)


def test_a_provider_that_is_not_there_is_missing_not_wrong() -> None:
    with pytest.raises(ProviderAbsentError, match=r"nothing here answers may"):
        evaluated('may("gasoline", "Russia", "Mongolia", "producer", date("2024-06-15")) == "allowed"')


def test_leaves_keep_their_source_and_can_be_replaced() -> None:
    evaluator = Evaluator(REGISTER, REGISTER.inputs["X"], "X")
    evaluator("RATE-01 * speed * DOUBT-01 * RATE-01")
    leaves = evaluator.used
    assert leaves["RATE-01"].said == "the plant, 2023-10"
    assert leaves["speed"].kind == "assumed"
    assert leaves["DOUBT-01"].doubtful
    assert evaluator.times["RATE-01"] == 2
    assert text_of(evaluated("RATE-01 * d", replaced={"RATE-01": Quantity.of(1, 1, "t/d")}), "t") == "1 t"


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_the_result_holds_what_python_reckons(a: float, b: float, c: float) -> None:
    value = evaluated(f"({a!r} + {b!r}) * {c!r} / {a!r} - {b!r}")
    assert isinstance(value, Quantity)
    exact = (a + b) * c / a - b
    slack = 1e-9 * max(abs(exact), c, b)
    assert value.range.low - slack <= exact <= value.range.high + slack


NAMES = st.sampled_from(
    [
        "CARGO-01",
        "RATE-01",
        "SHARE-01",
        "PARTS-01[2]",
        "WORD-01",
        "BLANK-01",
        "speed",
        "d",
        "t",
        "2",
        "0",
        "-3",
    ]
)


def _joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "**", "<", ">=", "==", "and", "or"])
    calls = st.sampled_from(
        ["min", "max", "span", "abs", "low", "high", "round", "days", "day", "which", "quantity"]
    )
    return st.one_of(
        st.tuples(parts, signs, parts).map(lambda x: f"({x[0]}) {x[1]} ({x[2]})"),
        st.tuples(calls, parts, parts).map(lambda x: f"{x[0]}({x[1]}, {x[2]})"),
        st.tuples(calls, parts).map(lambda x: f"{x[0]}({x[1]})"),
        st.tuples(parts, parts, parts).map(lambda x: f"{x[0]} if {x[1]} else {x[2]}"),
        parts.map(lambda x: f"not ({x})"),
    )


@given(st.recursive(NAMES, _joined, max_leaves=12))
@settings(max_examples=300)
def test_any_expression_has_a_value_or_a_plain_reason(text: str) -> None:
    with contextlib.suppress(ExpressionError, MissingError):
        assert text_of(evaluated(text))
