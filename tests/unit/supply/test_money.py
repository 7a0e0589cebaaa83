"""Amounts of money as tables state them, and exchange rates by day."""

from __future__ import annotations

from datetime import date

import pytest

from netback.case.case import Case
from netback.errors import DataError
from netback.supply.money import AmountUom, parse_amount_uom, rate_per_usd


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USD", AmountUom("USD", "", False, False)),
        ("PKR/t", AmountUom("PKR", "t", False, False)),
        (" USD/bbl ", AmountUom("USD", "bbl", False, False)),
        ("%", AmountUom("", "", True, False)),
        ("%/year", AmountUom("", "", True, True)),
    ],
)
def test_forms(text: str, expected: AmountUom) -> None:
    assert parse_amount_uom(text) == expected


@pytest.mark.parametrize("text", ["", "usd", "USD/kg", "USD/t/d", "% /year", "US/bbl", "%/month"])
def test_other_forms_are_findings(text: str) -> None:
    with pytest.raises(DataError, match="is not an amount of money") as caught:
        parse_amount_uom(text, "items.csv, row 2")
    assert caught.value.findings[0].where == "items.csv, row 2"


def case(currency: str = "USD") -> Case:
    rates = [
        {"currency": "PKR", "rate": 287},
        {"currency": "PKR", "period": "july", "rate": 280},
        {"currency": "CNY", "period": "july", "rate": 7.2},
    ]
    periods = [
        {"period": "june", "start": "2023-06-01", "days": 30},
        {"period": "july", "start": "2023-07-01", "days": 31},
    ]
    streams = [{"stream": "s", "kind": "crude"}]
    return Case.of("fx", {"periods": periods, "streams": streams, "exchange_rates": rates}, currency=currency)


def test_the_rate_of_the_period_wins_over_the_general_one() -> None:
    assert rate_per_usd(case(), "PKR", date(2023, 6, 30)) == 287.0
    assert rate_per_usd(case(), "PKR", date(2023, 7, 1)) == 280.0
    assert rate_per_usd(case(), "PKR", date(2023, 7, 31)) == 280.0
    assert rate_per_usd(case(), "PKR", date(2023, 8, 1)) == 287.0
    assert rate_per_usd(None, "USD", date(2023, 8, 1)) == 1.0


@pytest.mark.parametrize(
    ("of", "currency", "on"),
    [
        (None, "PKR", date(2023, 7, 1)),
        (case(), "CNY", date(2023, 6, 1)),
        (case("PKR"), "PKR", date(2023, 7, 1)),
    ],
)
def test_a_missing_rate_is_a_finding(of: Case | None, currency: str, on: date) -> None:
    with pytest.raises(DataError, match=f"no rate of {currency} against USD on {on}"):
        rate_per_usd(of, currency, on)
