"""Verdicts follow from the numbers: every criterion, and that a changed number changes the verdict."""

from __future__ import annotations

from typing import Any

import pytest

from netback.errors import DataError
from netback.evidence.register import Register
from netback.evidence.values import text_of
from netback.evidence.verdicts import Verdict, claimed_text, overall, verify
from small_register import claim, register


def calculation(expression: str, **more: Any) -> dict[str, Any]:
    return {"claim": "T-01", "expression": expression, **more}


def judged(row: dict[str, Any], *calculations: dict[str, Any], **more: Any) -> Verdict:
    """The verdict on one claim, beside two facts of 10 and 20 t/d."""
    facts = [
        claim("F-01", 10, "t/d", quantity="rate"),
        claim("F-02", uom="t/d", quantity="rate", low=18, high=22),
    ]
    facts += more.pop("facts", [])
    (found,) = verify(register([{**row, "claim": "T-01"}, *facts], calculations, **more), "T-01")
    return found


def to_test(value: float | None = None, uom: str = "t", **more: Any) -> dict[str, Any]:
    return claim("T-01", value, uom, **more)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (20, "reproduced"),
        (22, "reproduced"),
        (23, "challenged"),
        (30, "challenged"),
        (60, "refuted"),
        (-20, "refuted"),
    ],
)
def test_a_number_against_a_range(value: float, word: str) -> None:
    """F-02 makes 18 to 22 t a day; 22.5 t is just outside, 60 t is off by more than a factor of two."""
    assert judged(to_test(value), calculation("F-02 * d")).word == word


def test_the_verdict_follows_the_fact() -> None:
    """The same claim and calculation, another fact: another verdict."""
    for rate, word in ((10, "reproduced"), (14, "challenged"), (40, "refuted")):
        facts = [claim("R-01", rate, "t/d")]
        assert judged(to_test(300), calculation("R-01 * 30 * d"), facts=facts).word == word


def test_off_by_more_than_a_factor_of_two_is_refuted() -> None:
    found = judged(to_test(100), calculation("F-01 * d"))
    assert (found.word, found.why) == ("refuted", "off by a factor of 9.5.")


def test_the_other_sign_is_refuted() -> None:
    assert judged(to_test(-10), calculation("F-01 * d")).why == "the facts have the other sign."


def test_an_alternative_challenges_and_says_what_it_needs() -> None:
    found = judged(
        to_test(20),
        calculation("F-01 * d"),
        calculation(
            "F-02 * d", reading="other basis", role="alternative", assumption="the other basis is meant"
        ),
    )
    assert found.word == "challenged"
    assert found.why == "it holds only if the other basis is meant."
    assert found.agreeing == {"other basis"}
    assert found.answer == "9.75 to 10.25 t"


def test_one_of_two_stated_readings_is_enough_and_the_other_is_told() -> None:
    found = judged(
        to_test(10), calculation("F-02 * d", reading="wide"), calculation("F-01 * d", reading="narrow")
    )
    assert found.word == "reproduced"
    assert "Not so by: wide." in found.why


@pytest.mark.parametrize(("role", "value"), [("ceiling", 50), ("floor", 5)])
def test_beyond_a_bound_is_impossible(role: str, value: float) -> None:
    found = judged(
        to_test(value), calculation(f"{value} * t"), calculation("F-02 * d", role=role, assumption="so it is")
    )
    assert (found.word, found.why) == ("refuted", "impossible: so it is.")
    assert found.decided_by is not None
    assert found.decided_by.role == role


def test_within_a_bound_alone_tells_nothing() -> None:
    assert judged(to_test(5), calculation("F-02 * d", role="ceiling")).word == "cannot tell"


def test_a_unit_that_measures_something_else_is_refuted() -> None:
    found = judged(to_test(48, "MW", quantity="energy"), calculation("48 * GWh"))
    assert found.word == "refuted"
    assert 'energy is energy, told in GWh; the claim says "MW"' in found.why
    assert judged(to_test(48, "t"), calculation("F-01")).word == "refuted"


@pytest.mark.parametrize(
    ("row", "expression", "fault"),
    [
        ({"quantity": "weight"}, "F-01", "gives mass per time, the claim states mass"),
        ({}, "F-01 * d * 7.3 * bbl / t", "gives volume, the claim states mass"),
        ({}, "F-01 < F-02", "gives a word, the claim states mass"),
        ({"value": None, "word": "yes", "uom": ""}, "F-01", "gives mass per time, the claim states a word"),
    ],
)
def test_a_calculation_of_another_kind_is_its_own_fault(
    row: dict[str, Any], expression: str, fault: str
) -> None:
    with pytest.raises(DataError, match=fault):
        judged({**to_test(48), **row}, calculation(expression))


def test_one_misfit_beside_a_sound_reading_is_a_fault() -> None:
    with pytest.raises(DataError, match=r"calculations\.csv, row 3, column expression"):
        judged(to_test(10), calculation("F-01 * d"), calculation("F-01", reading="second"))


def test_a_question_about_a_day() -> None:
    facts = [claim("L-01", period_from="2023-04-21")]
    found = judged(to_test(None, ""), calculation("day(L-01) + 10 * d"), facts=facts)
    assert (found.word, found.answer) == ("inferred", "2023-05-01")


def test_a_question_with_one_answer_is_inferred() -> None:
    asks = to_test(None, "")
    assert (
        judged(asks, calculation('which("a", F-01 < 11 * t / d, "b", F-01 > 11 * t / d)')).word == "inferred"
    )
    assert (
        judged(asks, calculation('which("a", F-02 < 20 * t / d, "b", F-02 > 20 * t / d)')).word
        == "cannot tell"
    )
    assert judged(asks, calculation("F-01 * d")).word == "inferred"
    assert judged(asks, calculation("F-02 * F-02")).word == "cannot tell"
    assert claimed_text(judged(asks, calculation("F-01")).claim) == "asks"


def test_words_are_the_same_or_another() -> None:
    says = to_test(None, "", word="yes")
    assert judged(says, calculation("F-01 < F-02")).word == "reproduced"
    assert judged(says, calculation("F-01 > F-02")).word == "refuted"
    assert judged(says, calculation("F-02 > 20 * t / d")).word == "cannot tell"


def test_a_missing_number_cannot_tell() -> None:
    found = judged(to_test(10), calculation("B-01 * d"), facts=[claim("B-01", uom="t/d")])
    assert (found.word, found.why) == ("cannot tell", "B-01 states no number.")


def test_a_provider_that_is_not_there_cannot_tell() -> None:
    found = judged(to_test(10), calculation('voyage("a", "b").distance_nm'))
    assert (found.word, found.why) == ("cannot tell", "nothing here answers voyage(...).")


def test_a_range_too_wide_cannot_tell() -> None:
    facts = [claim("W-01", uom="t/d", low=5, high=50)]
    assert judged(to_test(10), calculation("W-01 * d"), facts=facts).word == "cannot tell"


def test_a_doubtful_fact_may_object_and_not_confirm() -> None:
    facts = [claim("D-01", 10, "t/d", confidence="D")]
    assert judged(to_test(10), calculation("D-01 * d"), facts=facts).word == "cannot tell"
    assert judged(to_test(100), calculation("D-01 * d"), facts=facts).word == "refuted"
    assert judged(to_test(None), calculation("D-01 * d"), facts=facts).word == "cannot tell"


def test_at_least_and_at_most() -> None:
    assert judged(to_test(60, "d", relation="at_least"), calculation("700 * t / F-01")).word == "reproduced"
    assert judged(to_test(90, "d", relation="at_least"), calculation("700 * t / F-01")).word == "challenged"
    assert judged(to_test(90, "d", relation="at_most"), calculation("700 * t / F-01")).word == "reproduced"


def test_what_decides_is_the_input_that_moves_most_and_its_turn() -> None:
    inputs = [
        {
            "claim": "T-01",
            "input": "days",
            "value": 20,
            "uom": "d",
            "status": "assumed",
            "low": 15,
            "high": 25,
            "note": "x",
        },
        {
            "claim": "T-01",
            "input": "loss",
            "value": 0.1,
            "status": "assumed",
            "low": 0.09,
            "high": 0.11,
            "note": "x",
        },
    ]
    found = judged(to_test(300), calculation("F-01 * days * (1 - loss)"), inputs=inputs)
    assert found.word == "challenged"
    assert found.reading is not None
    deciding = found.reading.deciding
    assert deciding is not None
    assert deciding.leaf.key == "days"
    assert deciding.ranged
    assert deciding.flip is not None
    turn = deciding.flip.within("d").middle
    assert turn == pytest.approx((300 - 7.5) / 9, rel=1e-6)
    for days, word in ((turn * 0.999, "challenged"), (turn * 1.001, "reproduced")):
        moved = [
            {**inputs[0], "value": days, "low": days, "high": days},
            {**inputs[1], "low": 0.1, "high": 0.1},
        ]
        facts = [claim("F-03", 10, "t/d", low=10, high=10)]
        assert (
            judged(to_test(300), calculation("F-03 * days * (1 - loss)"), inputs=moved, facts=facts).word
            == word
        )


def test_an_input_of_zero_can_decide() -> None:
    inputs = [
        {
            "claim": "T-01",
            "input": "error",
            "value": 0,
            "uom": "t",
            "status": "assumed",
            "low": -1,
            "high": 1,
            "note": "x",
        }
    ]
    found = judged(to_test(12), calculation("F-01 * d + error"), inputs=inputs)
    assert found.reading is not None
    assert found.reading.deciding is not None
    assert found.reading.deciding.flip is not None
    assert text_of(found.reading.deciding.flip, "t") == "1.7 t"


def test_a_word_turns_where_it_becomes_another() -> None:
    found = judged(to_test(None, "", word="yes"), calculation("F-01 <= 11 * t / d"))
    assert found.reading is not None
    assert found.reading.deciding is not None
    assert found.reading.deciding.flip is not None
    assert text_of(found.reading.deciding.flip, "t/d") == "11 t/d"


def test_a_number_used_twice_is_one_number() -> None:
    found = judged(to_test(1, ""), calculation("F-02 / F-02"))
    assert found.reading is not None
    assert found.word == "reproduced"
    result = found.reading.result
    assert result is not None
    low, high = result.range.low, result.range.high  # type: ignore[union-attr]
    assert 0.98 < low <= 1.0 <= high < 1.02


def test_parts_have_their_own_verdict() -> None:
    claims = [claim("T-01", 10, "t"), claim("T-01", 99, "t", part=2), claim("F-01", 10, "t/d")]
    rows = [calculation("F-01 * d"), calculation("F-01 * d", part=2)]
    found = verify(register(claims, rows), "T-01")
    assert [one.word for one in found] == ["reproduced", "refuted"]
    assert overall(found) == "refuted"
    assert [one.word for one in verify(register(claims, rows), "T-01[1]")] == ["reproduced"]


def test_a_claim_without_calculation_is_a_finding() -> None:
    with pytest.raises(DataError, match="has no calculation"):
        verify(register([claim("A-01", 1)]), "A-01")


def test_faults_of_all_calculations_come_together() -> None:
    found: Register = register(
        [to_test(10)], [calculation("sped * d"), calculation("10 * (", reading="second")]
    )
    with pytest.raises(DataError) as caught:
        verify(found, "T-01")
    assert [finding.where for finding in caught.value.findings] == [
        "calculations.csv, row 2, column expression",
        "calculations.csv, row 3, column expression",
    ]
