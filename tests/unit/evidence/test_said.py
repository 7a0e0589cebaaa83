"""What was said at the time: which claims count, when, and each only once."""

from __future__ import annotations

from datetime import date
from typing import Any

from netback.evidence.said import WORTH, said_of
from netback.io.register import read_register
from small_register import claim, register

FIRST, LAST = date(2023, 4, 1), date(2023, 12, 31)


def made(*claims: dict[str, Any]) -> list[str]:
    return [one.claim for one in said_of(register(claims=claims), ["urals", "Russia"], FIRST, LAST)]


def on_price(name: str, value: float = 50.0, **more: Any) -> dict[str, Any]:
    given = {"quantity": "price", "statement": "Urals at 50", "published": "2023-06-01", "said_by": name}
    return claim(name, value, "USD/bbl", **(given | more))


def test_claims_on_worth_that_name_the_crude_in_time() -> None:
    assert made(
        on_price("IN"),
        on_price("COUNTRY", statement="Russian crude at 50"),
        on_price("LATER", published="2024-06-01"),
        on_price("OTHER", statement="Murban at 90"),
        on_price("LENGTH", quantity="volume"),
        on_price("VAGUE", published="2023"),
        on_price("SPOKEN", published="2024-01-31", period_from="2023-09-01", period_to="2023-09-30"),
        on_price("LONG", published="", period_from="2022-12-05", period_to="2025-09-02"),
    ) == ["COUNTRY", "IN", "SPOKEN"]


def test_a_claim_on_the_same_subject_counts() -> None:
    first = on_price("A", subject="first cargo")
    assert made(first, on_price("B", 16.0, subject="first cargo", statement="16 off the cargo")) == ["A", "B"]
    assert made(first, on_price("B", 16.0, subject="another", statement="16 off the cargo")) == ["A"]


def test_the_same_said_twice_is_told_once_and_parts_with_all_their_numbers() -> None:
    twice = [on_price("A", said_by="x"), on_price("B", said_by="x (paper)")]
    assert made(*twice) == ["A"]
    parts = [on_price("P", 50.0, part=1), on_price("P", 52.0, part=2)]
    (told,) = said_of(register(claims=parts), ["urals"], FIRST, LAST)
    assert told.number == "50 USD/bbl; 52 USD/bbl"


def test_the_shipped_register_on_urals_in_2023() -> None:
    told = said_of(read_register(None), ["urals", "Russia"], FIRST, LAST)
    by_name = {one.claim: one for one in told}
    assert {"CAR-019", "CAR-020", "BT-19"} <= set(by_name)
    assert by_name["CAR-019"].number == "16 to 18 USD/bbl"
    assert by_name["BT-19"].is_tested
    assert [one.when for one in told] == sorted(one.when for one in told)
    known = read_register(None).quantities
    assert set(known) >= WORTH
