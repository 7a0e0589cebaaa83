"""BT-28 and BT-30 of the corridor register, and the questions of the same kind around them."""

from __future__ import annotations

import pytest
from asking import answer, verdict, word

COALITION = ("EU", "UK", "US", "Australia", "Canada", "Japan")


def test_june_2023_western_shipping_is_allowed_at_52() -> None:
    words = answer("2023-06-15", price=52, price_uom="USD/bbl", price_basis="fob").words
    assert {words[name] for name in COALITION} == {"allowed"}


def test_september_2023_western_shipping_is_forbidden_at_80() -> None:
    found = answer("2023-09-15", price=93.72 - 13.71, price_uom="USD/bbl", price_basis="fob")
    assert {found.words[name] for name in COALITION} == {"forbidden"}
    assert found.verdict("EU").deciding == ("eu_cap_crude_60",)
    assert "80.01 USD/bbl fob is above 60 USD/bbl" in found.verdict("EU").because


def test_september_2023_pakistan_forbids_its_refiners_nothing() -> None:
    found = answer("2023-09-15", price=80.01)
    assert found.words["Pakistan"] == "allowed"
    assert "Forbidden by EU (carriers" in found.overall
    assert "Nothing held here stands against it under Russia, Pakistan." in found.overall


def test_november_2025_is_within_the_caps_and_the_sellers_are_listed() -> None:
    found = answer("2025-11-15", price=44.87)
    assert found.words["EU"] == "allowed"
    assert found.verdict("EU").deciding == ("eu_cap_crude_47_60",)
    assert found.words["US"] == "conditional"
    assert "Rosneft, Lukoil" in found.verdict("US").conditions[0]


@pytest.mark.parametrize("seller", ["Rosneft", "LUKOIL", "PJSC Lukoil", "Gazpromneft", "Surgutneftegaz"])
def test_november_2025_a_listed_seller_is_forbidden_by_the_us(seller: str) -> None:
    assert word("US", "2025-11-15", price=44.87, seller=seller) == "forbidden"
    assert word("EU", "2025-11-15", price=44.87, seller=seller) == "allowed"


def test_november_2025_a_seller_on_no_list_is_allowed() -> None:
    assert word("US", "2025-11-15", price=44.87, seller="Tatneft") == "allowed"


BT_30 = [
    ("2023-10-10", "n", "n"),
    ("2024-04-15", "n", "n"),
    ("2024-06-15", "y", "y"),
    ("2024-12-10", "y", "n"),
    ("2025-04-15", "y", "n"),
    ("2025-10-15", "n", "n"),
]
YES = {"y": "allowed", "n": "forbidden"}


@pytest.mark.parametrize(("on", "producer", "reseller"), BT_30)
@pytest.mark.parametrize("cargo", ["gasoline", "petrol"])
def test_gasoline_from_russia(on: str, producer: str, reseller: str, cargo: str) -> None:
    assert word("Russia", on, cargo=cargo, seller="producer") == YES[producer]
    assert word("Russia", on, cargo=cargo, seller="reseller") == YES[reseller]


@pytest.mark.parametrize(("on", "producer", "reseller"), BT_30)
@pytest.mark.parametrize("seller", ["producer", "reseller", None])
def test_gasoline_to_mongolia_under_an_agreement_always_yes(
    on: str, producer: str, reseller: str, seller: str | None
) -> None:
    found = verdict("Russia", on, cargo="gasoline", destination="Mongolia", seller=seller)
    assert found.word == "allowed"
    if "n" in (producer, reseller) and seller != "producer":
        assert "ru_agreement_mongolia" in found.deciding
        assert "the delivery is under the agreement" in found.provided


@pytest.mark.parametrize(("on", "producer", "reseller"), BT_30)
def test_a_seller_that_is_not_told_is_conditional_only_where_it_matters(
    on: str, producer: str, reseller: str
) -> None:
    expected = YES[producer] if producer == reseller else "conditional"
    found = verdict("Russia", on, cargo="gasoline")
    assert found.word == expected
    if expected == "conditional":
        assert found.conditions == ("the seller is not a reseller",)


def test_a_named_producer_counts_as_producer() -> None:
    assert word("Russia", "2024-12-10", cargo="gasoline", seller="Forteinvest") == "allowed"
    assert word("Russia", "2024-12-10", cargo="gasoline", seller="Prodintorg") == "forbidden"
    assert word("Russia", "2024-12-10", cargo="gasoline", seller="Somebody Else Ltd") == "conditional"


def test_every_authority_cites_and_says_whom_it_binds() -> None:
    found = answer("2024-12-15", cargo="gasoline", destination="Mongolia", seller="reseller")
    assert list(found.words) == ["Russia", "EU", "UK", "US", "Canada", "Japan"]
    for one in found.verdicts:
        assert one.binds
        deciding = [step for step in one.steps if step.decides]
        assert deciding
        assert all(step.citation and step.url.startswith("http") for step in deciding)


def test_the_chain_of_a_listed_seller_cites_its_own_listing() -> None:
    found = verdict("US", "2025-11-15", price=44.87, seller="Rosneft")
    assert found.deciding == ("us_sdn", "Rosneft under us_sdn")
    (listing,) = [step for step in found.steps if step.role == "lists"]
    assert listing.window == "from 2025-10-22"
    assert listing.url == "https://azlaw.lu/us-ofac-designated-rosneft-and-lukoil-as-sdns"
    assert listing.record["fact"] == "REG-021"
    assert found.because == "No dealing with parties on the SDN list (Rosneft is listed)"


def test_the_chain_without_a_seller_names_all_that_are_listed() -> None:
    steps = verdict("US", "2025-11-15", price=44.87).steps
    names = {step.id for step in steps if step.role == "lists"}
    assert names == {
        f"{name} under us_sdn" for name in ("Rosneft", "Lukoil", "Gazprom Neft", "Surgutneftegas")
    }


@pytest.mark.parametrize(
    ("on", "seller", "deciding"),
    [
        ("2023-10-10", "producer", ("ru_gasoline_2023_09",)),  # RGB-01
        ("2024-04-15", "reseller", ("ru_gasoline_2024_03",)),  # RGB-03
        ("2024-06-15", "reseller", ("ru_gasoline_2024_05",)),  # RGB-04: the suspension itself
        ("2024-12-10", "producer", ("ru_gasoline_2024_11",)),  # RGB-06: the ban leaves producers out
        ("2025-04-15", "reseller", ("ru_gasoline_2025_03",)),  # RGB-07
        ("2025-10-15", "producer", ("ru_gasoline_2025_10",)),  # RGB-10
    ],
)
def test_the_rows_that_the_back_test_names_decide(on: str, seller: str, deciding: tuple[str, ...]) -> None:
    assert verdict("Russia", on, cargo="gasoline", seller=seller).deciding == deciding


def test_a_day_without_a_ban_cites_the_one_before_and_the_one_after() -> None:
    found = verdict("Russia", "2023-12-15", cargo="gasoline", seller="reseller")
    assert found.word == "allowed"
    assert found.deciding == ()
    assert found.because == (
        "no prohibition reaches it as told, ru_gasoline_2023_09 ended on 2023-11-16, "
        "ru_gasoline_2024_03 begins on 2024-03-01"
    )
    assert {step.role: step.id for step in found.steps if step.role in ("ended", "begins")} == {
        "ended": "ru_gasoline_2023_09",
        "begins": "ru_gasoline_2024_03",
    }


def test_pakistan_is_answered_by_its_own_permit() -> None:
    found = verdict("Pakistan", "2025-11-15")
    assert found.deciding == ("pk_direct_contracts",)
    assert found.because.startswith("Refineries may contract directly")
