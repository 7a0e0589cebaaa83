"""One test per shipped exception: it exempts where it should, not beside it, and not after its last day."""

from __future__ import annotations

from typing import Any

import pytest
from asking import answer, shipped, verdict, word

from netback.errors import DataError

RUSSIA_2023 = {"cargo": "gasoline", "seller": "reseller", "on": "2023-10-10", "destination": "Turkey"}
RUSSIA_2024 = {**RUSSIA_2023, "on": "2024-04-15"}
RUSSIA_2025 = {**RUSSIA_2023, "on": "2025-04-15"}


def russia(**told: Any) -> str:
    return word("Russia", **told)


@pytest.mark.parametrize("authority", ["EU", "UK", "US", "Australia", "Canada", "Japan"])
def test_pipeline_oil_is_outside_the_caps(authority: str) -> None:
    assert word(authority, "2023-06-15", price=90, transport="pipeline") == "allowed"
    assert word(authority, "2023-06-15", price=90, transport="rail") == "allowed"
    assert word(authority, "2023-06-15", price=90, transport="sea") == "forbidden"


#: authority, contract, day, price, expected
GRACE = [
    ("EU", "2025-07-19", "2025-09-03", 60, "allowed"),
    ("EU", "2025-07-19", "2025-10-18", 60, "allowed"),
    ("EU", "2025-07-19", "2025-10-19", 60, "forbidden"),
    ("EU", "2025-07-20", "2025-09-03", 60, "forbidden"),
    ("EU", "2025-07-19", "2025-10-18", 60.01, "forbidden"),  # the old cap still holds for old contracts
    ("EU", None, "2025-09-03", 60, "forbidden"),
    ("UK", "2025-09-01", "2025-09-03", 60, "allowed"),
    ("UK", "2025-09-02", "2025-09-03", 60, "forbidden"),
    ("UK", "2025-09-01", "2025-10-17", 60, "allowed"),
    ("UK", "2025-09-01", "2025-10-18", 60, "forbidden"),
    ("EU", "2026-01-14", "2026-02-01", 47.6, "allowed"),
    ("EU", "2026-01-14", "2026-04-16", 47.6, "allowed"),
    ("EU", "2026-01-14", "2026-04-17", 47.6, "forbidden"),
    ("EU", "2026-01-14", "2026-02-01", 47.61, "forbidden"),
    ("EU", "2026-01-15", "2026-02-01", 47.6, "unknown"),  # both readings are kept
    ("EU", "2026-01-31", "2026-04-16", 47.6, "unknown"),
    ("EU", "2026-02-01", "2026-02-01", 47.6, "forbidden"),
    ("UK", "2026-01-30", "2026-04-16", 47.6, "allowed"),
    ("UK", "2026-01-30", "2026-04-17", 47.6, "forbidden"),
    ("UK", "2026-01-31", "2026-04-16", 47.6, "forbidden"),
]


@pytest.mark.parametrize(("authority", "signed", "on", "price", "expected"), GRACE)
def test_grace_for_contracts_signed_before(
    authority: str, signed: str | None, on: str, price: float, expected: str
) -> None:
    assert word(authority, on, price=price, contract_date=signed, seller="Tatneft") == expected


def test_a_contract_that_is_not_told_is_forbidden_with_the_grace_as_what_would_change_it() -> None:
    found = verdict("EU", "2025-09-10", price=55)
    assert found.word == "forbidden"
    assert any("signed before 20 July 2025" in one for one in found.unless)
    assert not verdict("EU", "2025-09-10", price=65).unless


def test_grace_with_no_price_told_hangs_on_the_cap_that_the_contract_may_use() -> None:
    found = verdict("EU", "2025-09-10", contract_date="2025-07-01")
    assert found.word == "conditional"
    assert found.conditions == (
        "the fob price is at most 47.6 USD/bbl or the fob price is at most 60 USD/bbl",
    )


@pytest.mark.parametrize(
    ("signed", "loaded", "delivered", "expected"),
    [
        ("2025-09-11", "2025-09-11", "2025-10-17", "allowed"),
        ("2025-09-12", "2025-09-12", "2025-10-17", "forbidden"),
        ("2025-09-11", "2025-09-12", "2025-10-17", "forbidden"),
        ("2025-09-11", "2025-09-11", "2025-10-18", "forbidden"),
        ("2025-09-11", "2025-09-11", None, "forbidden"),
    ],
)
def test_grace_of_japan_asks_for_three_days(
    signed: str, loaded: str, delivered: str | None, expected: str
) -> None:
    told: dict[str, Any] = {"contract_date": signed, "loaded_on": loaded, "delivered_on": delivered}
    assert word("Japan", "2025-10-01", price=60, **told) == expected


@pytest.mark.parametrize(
    ("on", "seller", "circumstance", "expected"),
    [
        ("2025-11-21", "Rosneft", "wind_down", "allowed"),  # GL 126
        ("2025-11-22", "Rosneft", "wind_down", "forbidden"),
        ("2025-11-21", "Gazprom Neft", "wind_down", "unknown"),  # licences of January 2025, ends not held
        ("2025-11-21", "Lukoil", None, "forbidden"),
        ("2026-01-01", "Lukoil", "caspian_or_tengiz", "allowed"),  # GL 124A
        ("2026-01-01", "Surgutneftegas", "caspian_or_tengiz", "forbidden"),
        ("2026-01-01", "Lukoil", "lukoil_stations_abroad", "allowed"),  # GL 128
        ("2026-01-01", "Rosneft", "lukoil_stations_abroad", "forbidden"),
        ("2026-02-28", "Rosneft", "rosneft_germany", "allowed"),  # GL 129
        ("2026-04-29", "Rosneft", "rosneft_germany", "allowed"),
        ("2026-02-28", "Lukoil", "rosneft_germany", "forbidden"),
    ],
)
def test_licences_beside_the_listings(on: str, seller: str, circumstance: str | None, expected: str) -> None:
    told = [circumstance] if circumstance else []
    assert word("US", on, price=40, seller=seller, circumstances=told) == expected


@pytest.mark.parametrize(("on", "expected"), [("2025-11-28", "allowed"), ("2025-11-29", "forbidden")])
def test_wind_down_of_the_uk(on: str, expected: str) -> None:
    assert word("UK", on, price=40, seller="Rosneft", circumstances=["wind_down"]) == expected


def test_the_licence_of_march_2026_leaves_out_iran() -> None:
    told: dict[str, Any] = {"seller": "Rosneft", "price": 50, "loaded_on": "2026-03-10"}
    assert word("US", "2026-03-20", **told) == "allowed"
    assert word("US", "2026-03-20", **told, circumstances=["involves_iran"]) == "forbidden"
    assert word("US", "2026-03-20", **{**told, "destination": "Iran"}) == "forbidden"


def test_special_permission_for_a_contract_with_a_cap() -> None:
    told = ["applies_price_cap", "presidential_permission"]
    assert word("Russia", "2026-03-01", circumstances=told) == "allowed"
    assert (
        "special permission of the president"
        in verdict("Russia", "2026-03-01", circumstances=told[:1]).unless
    )


MEMBERS = ["Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", "EAEU"]


@pytest.mark.parametrize("country", MEMBERS)
@pytest.mark.parametrize(
    "on",
    [
        "2023-09-21",
        "2024-03-01",
        "2024-12-31",
        "2025-02-15",
        "2025-03-01",
        "2025-08-15",
        "2025-09-15",
        "2025-12-01",
    ],
)
def test_members_of_the_union_are_exempt(country: str, on: str) -> None:
    assert russia(cargo="gasoline", seller="reseller", on=on, destination=country) == "allowed"


def test_nobody_said_what_members_may_after_april_2026() -> None:
    assert russia(cargo="gasoline", seller="producer", on="2026-05-01", destination="Kazakhstan") == "unknown"


@pytest.mark.parametrize(
    ("on", "destination", "expected"),
    [
        ("2024-04-15", "Uzbekistan", "allowed"),
        ("2024-08-15", "Uzbekistan", "allowed"),
        ("2023-10-10", "Uzbekistan", "unknown"),
        ("2024-12-15", "Uzbekistan", "unknown"),
        ("2023-10-10", "Abkhazia", "allowed"),
        ("2024-04-15", "South Ossetia", "allowed"),
        ("2024-12-15", "Abkhazia", "unknown"),
        ("2025-10-15", "South Ossetia", "unknown"),
        ("2023-10-10", "Baikonur", "allowed"),
        ("2023-10-10", "Svalbard", "allowed"),
        ("2024-04-15", "Baikonur", "forbidden"),
        ("2024-04-15", "Tajikistan", "forbidden"),
    ],
)
def test_places_exempt_by_name(on: str, destination: str, expected: str) -> None:
    assert russia(cargo="gasoline", seller="reseller", on=on, destination=destination) == expected


@pytest.mark.parametrize(
    ("circumstance", "asked", "expected"),
    [
        ("intergovernmental_agreement", RUSSIA_2023, "allowed"),
        ("intergovernmental_agreement", RUSSIA_2024, "allowed"),
        ("intergovernmental_agreement", RUSSIA_2025, "allowed"),
        ("humanitarian_aid", RUSSIA_2023, "allowed"),
        ("humanitarian_aid", RUSSIA_2024, "allowed"),
        ("transit", RUSSIA_2023, "allowed"),
        ("transit", RUSSIA_2024, "forbidden"),
        ("forces_abroad", RUSSIA_2023, "allowed"),
        ("personal_use", RUSSIA_2024, "allowed"),
        ("personal_use", RUSSIA_2023, "forbidden"),
        ("papers_accepted", RUSSIA_2023, "allowed"),
        ("papers_accepted", RUSSIA_2024, "forbidden"),
    ],
)
def test_purposes_exempt(circumstance: str, asked: dict[str, str], expected: str) -> None:
    assert russia(**asked) == "forbidden"
    assert russia(**asked, circumstances=[circumstance]) == expected


def test_what_would_change_a_ban_is_listed() -> None:
    unless = verdict("Russia", **RUSSIA_2023).unless
    assert {"humanitarian aid", "transit", "Russian forces abroad"} <= set(unless)
    assert "deliveries under any intergovernmental agreement" in unless


DIESEL = {"cargo": "diesel", "destination": "Turkey"}


@pytest.mark.parametrize(
    ("on", "seller", "half", "expected"),
    [
        ("2023-10-05", "producer", True, "forbidden"),
        ("2023-10-06", "producer", True, "unknown"),  # both readings are kept
        ("2023-10-07", "producer", True, "allowed"),
        ("2023-10-07", "producer", False, "conditional"),
        ("2023-10-07", "reseller", True, "forbidden"),
        ("2023-11-16", "producer", True, "allowed"),
        ("2023-11-17", "reseller", True, "unknown"),  # lifted, says one; not yet, says another
        ("2023-11-22", "reseller", False, "allowed"),
    ],
)
def test_diesel_by_pipeline_to_sea_ports(on: str, seller: str, half: bool, expected: str) -> None:
    told = ["half_sold_at_home"] if half else []
    assert russia(on=on, seller=seller, circumstances=told, **DIESEL) == expected


def test_the_condition_of_diesel_names_the_half_sold_at_home() -> None:
    found = verdict("Russia", "2023-10-20", seller="producer", **DIESEL)
    assert found.conditions == ("the producer sells at least half of its output at home",)


def test_products_of_partner_countries() -> None:
    told: dict[str, Any] = {"cargo": "diesel", "origin": "Norway", "destination": "Germany"}
    assert word("EU", "2026-02-01", circumstances=["refined_from_russian_crude"], **told) == "allowed"


def test_licence_for_bulgaria_lifts_the_american_cap_alone() -> None:
    found = answer("2023-06-15", destination="Bulgaria", price=80)
    assert found.words["US"] == "allowed"
    assert "us_gl_56a" in found.verdict("US").deciding
    assert found.words["UK"] == "forbidden"


def test_every_shipped_exception_can_hold() -> None:
    """No row that never holds: each exempts from a rule that is in force on some day of its own."""
    register = shipped()
    known = {r["rule"]: r for r in register.records("rules")}
    known |= {r["exception"]: r for r in register.records("rule_exceptions")}
    for record in register.records("rule_exceptions"):
        targets = [known[name] for name in record["of"].split(";")]
        assert targets
        for target in targets:
            starts = [r["start"] for r in (record, target) if r["start"]]
            ends = [r["end"] for r in (record, target) if r["end"]]
            assert not starts or not ends or max(starts) <= min(ends), (record["exception"], target)


@pytest.mark.parametrize(
    ("on", "loaded", "delivered", "price", "expected"),
    [
        ("2026-03-12", "2026-03-12", "2026-04-11", 70, "allowed"),  # last days of loading and of delivery
        ("2026-03-12", "2026-03-12", "2026-04-12", 70, "forbidden"),
        ("2026-03-12", "2026-03-13", None, 70, "forbidden"),
        ("2026-03-20", "2026-03-12", "2026-06-30", None, "forbidden"),
        ("2026-03-20", "2026-03-12", None, 70, "allowed"),
        (
            "2026-04-12",
            "2026-03-12",
            None,
            70,
            "unknown",
        ),  # whether it was extended was not found: at any price
        ("2026-04-12", "2026-03-12", None, 55, "unknown"),
        ("2026-04-12", "2026-03-12", None, None, "unknown"),
    ],
)
def test_a_licence_asks_for_loading_and_delivery(
    on: str, loaded: str, delivered: str | None, price: float | None, expected: str
) -> None:
    found = answer(
        cargo="Urals", origin="Russia", destination="Pakistan", seller="Rosneft", on=on, loaded_on=loaded,
        delivered_on=delivered, price=price,
    )  # fmt: skip
    assert found.words["US"] == expected
    taken = [told for told in found.verdict("US").provided if "delivered by 2026-04-11" in told]
    assert bool(taken) == (expected == "allowed" and delivered is None)


@pytest.mark.parametrize("on", ["2025-10-15", "2026-01-15", "2026-02-15"])
def test_aid_under_resolutions_that_name_no_exceptions_is_unknown(on: str) -> None:
    told = {"cargo": "gasoline", "origin": "Russia", "destination": "Syria", "seller": "reseller", "on": on}
    assert answer(**told).words["Russia"] == "forbidden"
    assert answer(**told, circumstances=["humanitarian_aid"]).words["Russia"] == "unknown"


@pytest.mark.parametrize("on", ["2026-04-01", "2026-07-31", "2026-08-01"])
def test_under_an_agreement_always(on: str) -> None:
    told = {
        "cargo": "gasoline",
        "origin": "Russia",
        "destination": "Mongolia",
        "seller": "reseller",
        "on": on,
    }
    assert answer(**told).words["Russia"] == "allowed"


def test_a_cap_that_does_not_reach_the_ship_is_named() -> None:
    found = answer(
        cargo="Urals", origin="Russia", destination="Pakistan", on="2025-09-15", price=52, flag="Liberia",
        insurer="UK",
    )  # fmt: skip
    assert found.words["EU"] == "allowed"
    assert found.verdict("EU").because.endswith(
        "no prohibition reaches it as told, not even eu_cap_crude_47_60"
    )


def test_a_contract_signed_after_the_day_asked_for_is_a_fault() -> None:
    with pytest.raises(DataError, match="signed on 2026-01-01, after the day asked for"):
        answer(
            cargo="Urals",
            origin="Russia",
            destination="Pakistan",
            on="2025-03-01",
            contract_date="2026-01-01",
        )
