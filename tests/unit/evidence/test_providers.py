"""Providers of the layers above: plain functions asked over the ranges of their arguments, and the shipped bindings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from netback.errors import DataError
from netback.evidence.language import FUNCTIONS
from netback.evidence.providers import DAY, KNOWN, WORD, FunctionProvider
from netback.evidence.values import Day, ExpressionError, MissingError, Quantity, Word, text_of
from netback.evidence.verdicts import overall, verify
from netback.io.register import read_register

MILES = {"Primorsk": 7524.0, "Novorossiysk": 4154.0}


def sail(origin: str, destination: str, via: str = "", speed_kn: float = 12.0) -> Mapping[str, Any]:
    if origin not in MILES:
        raise DataError(f'there is no port "{origin}".')
    assert (destination, via) == ("Karachi", "Suez")
    return {"days": MILES[origin] / speed_kn / 24.0, "distance_nm": MILES[origin]}


VOYAGE = FunctionProvider(
    "voyage",
    {"origin": WORD, "destination": WORD, "via": WORD, "speed_kn": "kn"},
    {"days": "d", "distance_nm": "nm"},
    sail,
    "ports of the test",
)


def words(**given: str) -> dict[str, Word]:
    return {name: Word.of(word) for name, word in given.items()}


def test_a_range_is_asked_at_both_ends() -> None:
    arguments = {
        **words(origin="Primorsk", destination="Karachi", via="Suez"),
        "speed_kn": Quantity.of(11, 12.5, "kn"),
    }
    answer = VOYAGE(arguments)
    assert text_of(answer.fields["days"], "d") == "25.08 to 28.5 d"
    assert text_of(answer.fields["distance_nm"], "nm") == "7,524 nm"
    assert answer.said == "ports of the test"


def test_uom_are_converted() -> None:
    arguments = {
        **words(origin="Primorsk", destination="Karachi", via="Suez"),
        "speed_kn": Quantity.of(300, 300, "nm/d"),
    }
    assert text_of(VOYAGE(arguments).fields["days"], "d") == "25.08 d"


def test_what_the_function_cannot_tell_is_missing() -> None:
    with pytest.raises(MissingError, match=r'voyage.* cannot be told: there is no port "Atlantis"'):
        VOYAGE(words(origin="Atlantis", destination="Karachi", via="Suez"))


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"origin": Quantity.of(1, 1)}, "origin of voyage is a word in quotes"),
        ({**words(origin="Primorsk"), "speed_kn": Word.of("fast")}, "speed_kn of voyage is a number in kn"),
        ({**words(origin="Primorsk"), "speed_kn": Quantity.of(1, 1, "t")}, "cannot be told in"),
        (words(origin="Primorsk"), "needs more arguments"),
    ],
)
def test_faults_of_the_writer(arguments: Mapping[str, Any], fault: str) -> None:
    with pytest.raises(ExpressionError, match=fault):
        VOYAGE(arguments)


def test_days_and_words() -> None:
    def may(day: date) -> Mapping[str, Any]:
        return {"": "allowed" if day < date(2023, 9, 21) else "forbidden", "until": date(2023, 9, 20)}

    provider = FunctionProvider("may", {"day": DAY}, {"": WORD, "until": DAY}, may)
    month = Day(date(2023, 9, 1), date(2023, 9, 30))
    assert provider({"day": month}).fields[""] == Word.of("allowed", "forbidden")
    assert text_of(provider({"day": Day(date(2023, 9, 1), date(2023, 9, 1))}).fields["until"]) == "2023-09-20"
    with pytest.raises(ExpressionError, match="day of may is a day"):
        provider({"day": Word.of("today")})


def test_a_function_may_answer_with_a_range_and_must_declare_its_fields() -> None:
    ranged = FunctionProvider("largest", {}, {"": "t"}, lambda: {"": (60000.0, 75000.0)})
    assert text_of(ranged({}).fields[""], "t") == "60,000 to 75,000 t"
    with pytest.raises(ValueError, match="does not declare"):
        FunctionProvider("x", {}, {"": "t"}, lambda: {"y": 1.0})({})


def test_no_provider_has_the_name_of_a_function() -> None:
    assert not set(KNOWN) & set(FUNCTIONS)


@pytest.fixture
def filled() -> dict[str, FunctionProvider]:
    """Every provider that the layers above are to fill, with made answers."""
    rule = {"cargo": WORD, "origin": WORD, "destination": WORD, "seller": WORD, "date": DAY}
    lighter = {"port": WORD, "mother_t": "t", "parcels": ""}
    made = (
        VOYAGE,
        FunctionProvider("may", rule, {"": WORD}, lambda **_: {"": "forbidden"}),
        FunctionProvider(
            "largest_cargo_t", {"port": WORD, "berth": WORD}, {"": "t"}, lambda **_: {"": (62000.0, 70000.0)}
        ),
        FunctionProvider(
            "lightering_cost_usd_per_bbl", lighter, {"": "USD/bbl"}, lambda **_: {"": (1.2, 2.4)}
        ),
    )
    return {one.name: one for one in made}


@pytest.mark.parametrize(
    ("claim", "reading", "told"),
    [
        ("BT-05", "voyage model", "1.2 to 2.4 USD/bbl"),
        ("BT-11", "draught", "62,000 to 70,000 t"),
        ("BT-15", "Baltic, voyage model", "29.08 to 35.5 d"),
        ("BT-15", "Black Sea, voyage model", "17.85 to 22.73 d"),
        ("BT-30", "rule query", "no"),
    ],
)
def test_the_shipped_bindings_fit_the_protocol(
    claim: str, reading: str, told: str, filled: dict[str, FunctionProvider]
) -> None:
    verdict = verify(read_register(), claim, filled)[0]
    (found,) = [one for one in verdict.readings if one.name == reading]
    assert found.result is not None, found.missing
    assert text_of(found.result, verdict.uom) == told


def test_bindings_declare_what_is_known(filled: dict[str, FunctionProvider]) -> None:
    for name, provider in filled.items():
        assert provider.parameters == KNOWN[name]


def test_a_rule_that_forbids_what_is_claimed_allowed_is_told(filled: dict[str, FunctionProvider]) -> None:
    """The table of bans allows producers on 2024-06-15; the made rule forbids all. One stated reading is enough."""
    found = verify(read_register(), "BT-30[5]", filled)
    assert overall(found) == "reproduced"
    assert "Not so by: rule query." in found[0].why
