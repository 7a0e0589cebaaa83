"""Units of measure that multiply and divide."""

from __future__ import annotations

import pytest

from netback import uom
from netback.errors import DataError
from netback.evidence.units import NONE, atoms, base_name, multiplied, parse_unit, raised, words_of


@pytest.mark.parametrize(
    ("text", "other", "factor"),
    [
        ("b/d", "bbl/d", 1.0),
        ("kbd", "bbl/d", 1000.0),
        ("kn", "nm/h", 1.0),
        ("Mt/yr", "t/d", 1e6 / 365.0),
        ("each/month", "each/d", 12.0 / 365.0),
        ("GWh", "MW*h", 1000.0),
        ("PKR/l", "PKR/bbl", 158.987294928),
        ("%", "", 0.01),
        ("week", "d", 7.0),
        ("t/h", "t/d", 24.0),
    ],
)
def test_conversions(text: str, other: str, factor: float) -> None:
    first, second = parse_unit(text), parse_unit(other)
    assert first.dimensions == second.dimensions
    assert first.factor / second.factor == pytest.approx(factor, rel=1e-12)


def test_every_amount_of_the_closed_list_is_known() -> None:
    for name in uom.names():
        assert parse_unit(name).factor > 0.0
    assert set(uom.names()) <= set(atoms())


def test_currencies_do_not_mix() -> None:
    assert parse_unit("USD/bbl").dimensions != parse_unit("PKR/bbl").dimensions
    assert parse_unit("PKR/USD").dimensions == multiplied(
        parse_unit("PKR").dimensions, raised(parse_unit("USD").dimensions, -1)
    )


def test_mass_and_volume_do_not_mix() -> None:
    assert parse_unit("t").dimensions != parse_unit("bbl").dimensions


@pytest.mark.parametrize("text", ["", "1", "each", "%", "t/t"])
def test_numbers_without_dimension(text: str) -> None:
    assert parse_unit(text).dimensions == NONE


def test_an_unknown_uom_names_the_closest() -> None:
    with pytest.raises(DataError) as caught:
        parse_unit("USD/barel")
    assert '"barel" is not a unit of measure' in str(caught.value)
    assert "Closest name:" in str(caught.value)


@pytest.mark.parametrize("text", ["usd/bbl", "t//d", "/d", "t/", "dollars"])
def test_faults(text: str) -> None:
    with pytest.raises(DataError):
        parse_unit(text)


def test_words() -> None:
    assert words_of(parse_unit("t/d").dimensions) == "mass per time"
    assert words_of(parse_unit("USD/bbl").dimensions) == "USD per volume"
    assert words_of(NONE) == "a number without uom"
    assert words_of(parse_unit("acre").dimensions) == "length^2"


@pytest.mark.parametrize("text", ["USD/bbl", "kn", "MW", "t/d", "acre", "each/month", "bbl/t"])
def test_the_base_name_measures_the_same(text: str) -> None:
    dimensions = parse_unit(text).dimensions
    assert parse_unit(base_name(dimensions)).dimensions == dimensions
