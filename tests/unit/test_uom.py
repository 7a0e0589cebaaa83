"""Units of measure against their definitions, and as algebra."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback import uom
from netback.errors import DataError

AMOUNTS = uom.names()
WEIGHED_OR_MEASURED = [name for name in AMOUNTS if uom.parse(name).dimension in ("mass", "volume")]


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1.0, "bbl", "gal", 42.0),
        (1.0, "bbl", "l", 158.987294928),
        (1.0, "m3", "bbl", 6.28981077),
        (1.0, "gal", "l", 3.785411784),
        (1.0, "kt", "t", 1000.0),
        (1.0, "Mt", "kt", 1000.0),
        (1.0, "lb", "kg", 0.45359237),
        (1.0, "mmBtu", "GJ", 1.05505585262),
        (1.0, "MWh", "GJ", 3.6),
        (1.0, "kWh", "MJ", 3.6),
        (1.0, "Nm3", "scf", 37.3259),
        (1.0, "kbbl/d", "bbl/d", 1000.0),
        (24.0, "t/d", "t/h", 1.0),
        (1.0, "bbl/h", "bbl/d", 24.0),
    ],
)
def test_published_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert uom.convert(value, source, target) == pytest.approx(expected, rel=1e-8)


def test_trade_words_are_not_read_as_a_general_library_reads_them() -> None:
    assert uom.convert(1.0, "bbl", "gal") == pytest.approx(42.0)
    assert uom.parse("kt").dimension == "mass"
    assert uom.convert(1.0, "Mbbl", "kbbl") == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("alias", "name"), [("kbd", "kbbl/d"), ("b/d", "bbl/d"), ("tpd", "t/d"), ("ton", "t")]
)
def test_aliases(alias: str, name: str) -> None:
    assert uom.factor(alias, name) == pytest.approx(1.0)


def test_mass_and_volume_convert_by_density_only() -> None:
    assert uom.convert(1.0, "m3", "t", 0.85) == pytest.approx(0.85)
    assert uom.convert(1.0, "t", "bbl", 0.86) == pytest.approx(6.28981077 / 0.86, rel=1e-8)
    with pytest.raises(DataError, match="needs a density"):
        uom.convert(1.0, "m3", "t")


@pytest.mark.parametrize("density", [0.0, -1.0, float("nan")])
def test_density_must_be_above_zero(density: float) -> None:
    with pytest.raises(DataError, match="needs a density"):
        uom.factor("bbl", "t", density)


@pytest.mark.parametrize(("source", "target"), [("t", "GJ"), ("m3", "scf"), ("each", "t"), ("scf", "bbl")])
def test_different_things_never_convert(source: str, target: str) -> None:
    with pytest.raises(DataError, match="measures"):
        uom.factor(source, target, 0.9)


def test_rate_and_amount_never_convert() -> None:
    with pytest.raises(DataError, match="one is a rate"):
        uom.factor("t/d", "t")


@pytest.mark.parametrize("text", ["", "bbll", "t/m", "t/month", "/d", "knot", "T", "t/d/d", "tonnes per day"])
def test_unknown_uom(text: str) -> None:
    with pytest.raises(DataError, match="is not a unit of measure"):
        uom.parse(text)


def test_unknown_uom_names_the_closest() -> None:
    with pytest.raises(DataError, match='Closest name: "bbl"'):
        uom.parse("bbll")
    with pytest.raises(DataError, match="Known: "):
        uom.parse("%%")


@given(st.sampled_from(AMOUNTS), st.floats(1e-6, 1e6))
def test_a_uom_is_one_of_itself(name: str, value: float) -> None:
    assert uom.convert(value, name, name) == pytest.approx(value, rel=1e-12)


@given(
    st.sampled_from(WEIGHED_OR_MEASURED),
    st.sampled_from(WEIGHED_OR_MEASURED),
    st.sampled_from(WEIGHED_OR_MEASURED),
    st.floats(0.3, 1.3),
)
def test_factors_chain(first: str, second: str, third: str, density: float) -> None:
    by_way_of = uom.factor(first, second, density) * uom.factor(second, third, density)
    assert by_way_of == pytest.approx(uom.factor(first, third, density), rel=1e-12)


@given(st.sampled_from(WEIGHED_OR_MEASURED), st.sampled_from(["d", "h"]), st.floats(0.3, 1.3))
def test_rates_convert_as_their_amounts(name: str, time: str, density: float) -> None:
    rate = uom.factor(f"{name}/{time}", f"t/{time}", density)
    assert rate == pytest.approx(uom.factor(name, "t", density), rel=1e-12)


@pytest.mark.parametrize(("api", "density"), [(10.0, 0.999016), (36.95, 0.8392), (6.45, 1.0247)])
def test_api_gravity(api: float, density: float) -> None:
    assert uom.api_to_density(api) == pytest.approx(density, abs=5e-5)


@given(st.floats(-10.0, 120.0))
def test_api_gravity_comes_back(api: float) -> None:
    assert uom.density_to_api(uom.api_to_density(api)) == pytest.approx(api, abs=1e-9)


@pytest.mark.parametrize(
    ("celsius", "fahrenheit"), [(0.0, 32.0), (100.0, 212.0), (-40.0, -40.0), (15.5556, 60.0)]
)
def test_temperatures(celsius: float, fahrenheit: float) -> None:
    assert uom.celsius_to_fahrenheit(celsius) == pytest.approx(fahrenheit, abs=1e-3)
    assert uom.fahrenheit_to_celsius(fahrenheit) == pytest.approx(celsius, abs=1e-3)
