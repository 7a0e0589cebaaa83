"""Names as people write them: goods by synonym and code, countries, sellers, and the closest name for a slip."""

from __future__ import annotations

from datetime import date

import pytest
from asking import question, register, shipped, word

from netback.errors import DataError
from netback.regimes.names import folded
from netback.regimes.question import Price


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("petrol", "gasoline"),
        ("Gasoline", "gasoline"),
        ("motor spirit", "gasoline"),
        ("hsd", "diesel"),
        ("High-Speed Diesel", "diesel"),
        ("gasoil", "diesel"),
        ("gas oil", "diesel"),
        ("furnace oil", "fuel oil"),
        ("furnace_oil", "fuel oil"),
        ("mazut", "fuel oil"),
        ("HFO", "fuel oil"),
        ("fuel-oil", "fuel oil"),
        ("crude", "crude oil"),
        ("crude_oil", "crude oil"),
        ("Urals", "Urals"),
        ("Urals crude", "Urals"),
        ("AI-92", "gasoline"),
        ("oil products", "petroleum products"),
        ("jet a-1", "jet fuel"),
        ("SKO", "kerosene"),
        ("lng", "LNG"),
        ("liquefied petroleum gas", "LPG"),
        ("wheat", "wheat"),
        ("2709", "crude oil"),
        ("HS 2709.00", "crude oil"),
        ("2710", "petroleum products"),
        ("2710.19", "petroleum products"),
        ("27101245", "light"),
        ("1001", "wheat"),
        ("2711.11", "LNG"),
    ],
)
def test_goods(text: str, good: str) -> None:
    found = shipped().goods.find(text)
    assert found == (good if good != "light" else "petroleum products")


@pytest.mark.parametrize("text", ["27", "9999", "banana", ""])
def test_goods_that_are_none(text: str) -> None:
    assert shipped().goods.find(text) is None


def test_families() -> None:
    goods = shipped().goods
    assert goods.families("Urals") == ("Urals", "crude oil", "petroleum", "hydrocarbons")
    assert goods.is_kind_of("jet fuel", "premium products")
    assert not goods.is_kind_of("petroleum products", "diesel")
    assert goods.depth("hydrocarbons") == 0


def test_a_circle_of_families_ends() -> None:
    made = register(goods=[{"good": "a", "parent": "b"}, {"good": "b", "parent": "a"}])
    assert made.goods.families("a") == ("a", "b")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Russian Federation", "Russia"),
        ("russia", "Russia"),
        ("RU", "Russia"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("Great Britain", "UK"),
        ("The Netherlands", "Netherlands"),
        ("UAE", "United Arab Emirates"),
        ("Türkiye", "Turkey"),
        ("European Union", "EU"),
        ("G7", "G7"),
        ("western", "Price Cap Coalition"),
    ],
)
def test_places(text: str, place: str) -> None:
    assert shipped().places.find(text) == place


def test_every_member_of_the_eu_is_a_country() -> None:
    places = shipped().places
    members = places.members("EU", date(2024, 1, 1))
    assert len(members) == 27
    assert all(places.kinds[name] == "country" for name in members)


def test_memberships_have_days() -> None:
    places = shipped().places
    assert places.is_in("UK", "EU", date(2020, 1, 31))
    assert not places.is_in("UK", "EU", date(2020, 2, 1))
    assert places.is_in("Kyrgyzstan", "EAEU", date(2015, 8, 12))
    assert not places.is_in("Kyrgyzstan", "EAEU", date(2015, 8, 11))
    assert places.overlap("Price Cap Coalition", "EU", date(2024, 1, 1))
    assert not places.overlap("EAEU", "EU", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("told", "where", "hint"),
    [
        ({"cargo": "gasolin"}, "cargo", '"gasoline"'),
        ({"cargo": "furnce oil"}, "cargo", '"fuel oil"'),
        ({"origin": "Rusia"}, "from", '"Russia"'),
        ({"destination": "Pakstan"}, "to", '"Pakistan"'),
        ({"seller": "Rosnft"}, "seller", '"Rosneft"'),
        ({"seller": "reseler"}, "seller", '"reseller"'),
        ({"seller": "prodcer"}, "seller", '"producer"'),
        ({"flag": "Greec"}, "flag", '"Greece"'),
        ({"insurer": "Unted Kingdom"}, "insurer", '"UK"'),
        ({"circumstances": ["humanitarian_ade"]}, "with", '"humanitarian_aid"'),
        ({"transport": "see"}, "by", '"sea"'),
        ({"price": 50, "price_uom": "USD/barel"}, "price-uom", '"barrel"'),
        ({"price": 50, "price_uom": "dollars"}, "price-uom", "three letters"),
        ({"price": 50, "price_basis": "exw"}, "price-basis", "fob or delivered"),
        ({"price": -1}, "price", "from 0"),
        ({"price_uom": "USD/bbl"}, "price", "Add the price"),
        ({"price": 50, "density_t_per_m3": 7.3}, "density", "0.7"),
        ({"contract_date": "12/2025"}, "contract-date", "2024-12-15"),
        ({"loaded_on": "2025-02-30"}, "loaded-on", "2024-12-15"),
        ({"contract_date": "2025-03-02", "loaded_on": "2025-03-01"}, "loaded-on", "order of time"),
        ({"loaded_on": "2025-03-02", "delivered_on": "2025-03-01"}, "delivered-on", "order of time"),
    ],
)
def test_faults_name_their_place_and_the_closest_name(told: dict[str, object], where: str, hint: str) -> None:
    with pytest.raises(DataError) as caught:
        question(shipped(), "2024-12-15", **told)
    (finding,) = caught.value.findings
    assert finding.where == where
    assert hint in finding.hint


def test_all_faults_come_together() -> None:
    with pytest.raises(DataError) as caught:
        question(shipped(), "15.12.2024", cargo="gasolin", destination="Mongolai", seller="Rosnef")
    assert [finding.where for finding in caught.value.findings] == ["cargo", "to", "on", "seller"]


def test_what_is_not_told_is_taken_and_said() -> None:
    assert question(shipped(), "2024-12-15").taken == ("by sea",)
    assert question(shipped(), "2024-12-15", price=50).taken == ("by sea", "price in USD/bbl", "price fob")
    whole = question(
        shipped(), "2024-12-15", price=50, price_uom="USD/bbl", price_basis="fob", transport="sea"
    )
    assert whole.taken == ()


def test_the_sea_is_not_taken_for_a_country_without_a_coast() -> None:
    inland = question(shipped(), "2024-12-15", destination="Mongolia")
    assert inland.transport is None
    assert inland.taken == ("no way (Mongolia has no coast; name one with --by)",)
    both = question(shipped(), "2024-12-15", origin="Kazakhstan", destination="Uzbekistan", transport="rail")
    assert (both.transport, both.taken) == ("rail", ())
    assert (
        "Kazakhstan and Uzbekistan have no coast"
        in question(shipped(), "2024-12-15", origin="Kazakhstan", destination="Uzbekistan").taken[0]
    )


@pytest.mark.parametrize("text", ["$/bbl", "usd/bbl", "USD / bbl", "USD/barrel"])
def test_money_as_people_write_it(text: str) -> None:
    assert word("EU", "2023-06-15", price=60, price_uom=text) == "allowed"
    assert word("EU", "2023-06-15", price=60.5, price_uom=text) == "forbidden"


@pytest.mark.parametrize(("basis", "read"), [("FOB", "fob"), ("cif", "delivered"), ("DES", "delivered")])
def test_bases(basis: str, read: str) -> None:
    found = question(shipped(), "2024-12-15", price=50, price_basis=basis).price
    assert found is not None
    assert found.basis == read


def test_a_price_per_tonne_needs_a_density() -> None:
    with pytest.raises(DataError) as caught:
        word("EU", "2023-06-15", price=380, price_uom="USD/t")
    assert "density" in str(caught.value)
    # 380 USD/t at 0.8625 t/m3 is 52.1 USD/bbl.
    assert word("EU", "2023-06-15", price=380, price_uom="USD/t", density_t_per_m3=0.8625) == "allowed"
    assert word("EU", "2023-06-15", price=440, price_uom="USD/t", density_t_per_m3=0.8625) == "forbidden"


def test_a_price_in_another_currency_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        word("EU", "2023-06-15", price=4000, price_uom="RUB/bbl")
    assert "State the price in USD" in str(caught.value)


def test_a_price_at_the_cap_in_another_uom_is_at_the_cap() -> None:
    per_m3 = 60.0 / 0.158987294928
    assert Price(per_m3, "USD/m3").in_uom("USD/bbl") == 60.0
    assert word("US", "2023-06-15", price=per_m3, price_uom="USD/m3") == "allowed"


def test_a_delivered_price_shows_the_fob_price_from_one_side() -> None:
    assert word("US", "2023-06-15", price=60, price_basis="delivered") == "allowed"
    assert word("US", "2023-06-15", price=60.01, price_basis="delivered") == "conditional"


def test_folding() -> None:
    assert folded("The  Fuel-Oil") == folded("fuel_oil")
