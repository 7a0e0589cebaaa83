"""What claims may ask of ships and law: words and uom of the answers, ranges, and what cannot be told."""

from __future__ import annotations

from datetime import date

import pytest

from netback.evidence.providers import ALONE, KNOWN, Provider
from netback.evidence.values import Day, ExpressionError, MissingError, Quantity, Value, Word
from netback.results.answers_corridor import corridor_providers


@pytest.fixture(scope="module")
def providers() -> dict[str, Provider]:
    return corridor_providers()


def word(text: str) -> Word:
    return Word.of(text)


def quantity(low: float, high: float, uom: str) -> Quantity:
    return Quantity.of(low, high, uom)


def ask(provider: Provider, **arguments: Value) -> dict[str, Value]:
    return dict(provider(arguments).fields)


def test_they_take_what_the_register_gives(providers: dict[str, Provider]) -> None:
    for name, provider in providers.items():
        assert provider.parameters[: len(KNOWN[name])] == KNOWN[name]


def test_a_voyage_by_basin_and_speed(providers: dict[str, Provider]) -> None:
    baltic = ask(
        providers["voyage"], origin=word("Primorsk"), destination=word("Karachi"), via=word("Suez"),
        speed_kn=quantity(11.0, 12.5, "kn"),
    )  # fmt: skip
    days, miles = baltic["days"], baltic["distance_nm"]
    assert isinstance(days, Quantity)
    assert isinstance(miles, Quantity)
    way = miles.within("nm")
    assert way.low == pytest.approx(7524.0, rel=0.03)
    ends = days.within("d")
    assert ends.low == pytest.approx(way.low / 12.5 / 24.0, rel=1e-6)
    assert ends.high == pytest.approx(way.low / 11.0 / 24.0, rel=1e-6)


def test_berths_take_more_than_the_officials_said(providers: dict[str, Provider]) -> None:
    found = ask(providers["largest_cargo_t"], port=word("Karachi"), berth=word("OP-3"))[ALONE]
    assert isinstance(found, Quantity)
    assert 60_000.0 < found.within("t").low < 85_000.0
    with pytest.raises(MissingError, match="not at"):
        ask(providers["largest_cargo_t"], port=word("Primorsk"), berth=word("OP-3"))
    with pytest.raises(MissingError):
        ask(providers["largest_cargo_t"], port=word("Karachi"), berth=word("OP-9"))


def test_lightering_is_a_range_over_the_plans_known(providers: dict[str, Provider]) -> None:
    cargo = quantity(97_500.0, 102_500.0, "t")
    found = ask(
        providers["lightering_cost_usd_per_bbl"],
        port=word("Duqm"),
        mother_t=cargo,
        parcels=quantity(2, 2, ""),
    )
    cost = found[ALONE]
    assert isinstance(cost, Quantity)
    assert 0.5 < cost.within("USD/bbl").low < cost.within("USD/bbl").high < 4.0
    for bad in (
        {"parcels": quantity(9, 9, "")},
        {"mother_t": quantity(9e6, 9e6, "t")},
        {"port": word("Karachi")},
    ):
        told: dict[str, Value] = {
            "port": word("Duqm"),
            "mother_t": cargo,
            "parcels": quantity(2, 2, ""),
            **bad,
        }
        with pytest.raises(MissingError):
            ask(providers["lightering_cost_usd_per_bbl"], **told)


@pytest.mark.parametrize(
    ("seller", "on", "expected"),
    [
        ("producer", date(2023, 10, 10), "forbidden"),
        ("producer", date(2024, 6, 15), "allowed"),
        ("producer", date(2024, 12, 10), "allowed"),
        ("reseller", date(2024, 12, 10), "forbidden"),
    ],
)
def test_the_word_of_the_country_of_origin(
    providers: dict[str, Provider], seller: str, on: date, expected: str
) -> None:
    found = ask(
        providers["may"], cargo=word("gasoline"), origin=word("Russia"), destination=word("Pakistan"),
        seller=word(seller), date=Day(on, on),
    )  # fmt: skip
    assert found[ALONE] == word(expected)


def test_another_authority_and_a_price(providers: dict[str, Provider]) -> None:
    trade: dict[str, Value] = {
        "cargo": word("crude"),
        "origin": word("Russia"),
        "destination": word("Pakistan"),
        "seller": word("producer"),
        "date": Day(date(2023, 6, 15), date(2023, 6, 15)),
        "authority": word("EU"),
    }
    words = {
        price: ask(providers["may"], **trade, price=quantity(price, price, "USD/bbl"))[ALONE]
        for price in (52.0, 80.0)
    }
    assert words == {52.0: word("allowed"), 80.0: word("forbidden")}
    assert ask(providers["may"], **{**trade, "authority": word("Nowhere")})[ALONE] == word("no rule")
    with pytest.raises(ExpressionError):
        ask(providers["may"], **{**trade, "price": word("cheap")})
