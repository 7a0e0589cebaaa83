"""One test or more per row of the regimes of the corridor register, on and around its first and last day."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from asking import answer, day_after, day_before, shipped, verdict, word

from netback.case.values import names_in
from shared import shared

#: authority, cargo, cap, first day, last day (blank: open)
CAPS = [
    ("EU", "crude", 60.0, "2022-12-05", "2025-09-02"),  # REG-001
    ("UK", "crude", 60.0, "2022-12-05", "2025-09-02"),
    ("US", "crude", 60.0, "2022-12-05", ""),
    ("Australia", "crude", 60.0, "2022-12-05", "2025-09-17"),
    ("Canada", "crude", 60.0, "2022-12-05", "2025-09-02"),
    ("Japan", "crude", 60.0, "2022-12-05", "2025-09-11"),
    ("EU", "crude", 47.6, "2025-09-03", "2026-01-31"),  # REG-002
    ("EU", "crude", 44.1, "2026-02-01", "2026-07-14"),  # REG-003
    ("UK", "crude", 47.6, "2025-09-03", "2026-01-31"),  # REG-004
    ("UK", "crude", 44.1, "2026-02-01", ""),
    ("Japan", "crude", 47.6, "2025-09-12", "2026-01-31"),
    ("Canada", "crude", 47.6, "2025-09-03", "2026-01-31"),
    ("Australia", "crude", 47.6, "2025-09-18", "2026-01-31"),
    ("EU", "diesel", 100.0, "2023-02-05", ""),  # REG-006
    ("US", "fuel oil", 45.0, "2023-02-05", ""),
    ("UK", "gasoline", 100.0, "2023-02-05", ""),
    ("Japan", "naphtha", 45.0, "2023-02-05", ""),
]


@pytest.mark.parametrize(("authority", "cargo", "cap", "first", "last"), CAPS)
def test_caps_on_their_first_and_last_day(
    authority: str, cargo: str, cap: float, first: str, last: str
) -> None:
    told: dict[str, Any] = {"cargo": cargo, "seller": "Tatneft"}
    for on in (first, last or "2026-03-01"):
        assert word(authority, on, price=cap, **told) == "allowed"
        assert word(authority, on, price=round(cap + 0.01, 2), **told) == "forbidden"
        assert word(authority, on, **told) == "conditional"
    assert word(authority, day_before(first), price=cap + 0.01, **told) in ("allowed", "forbidden")


@pytest.mark.parametrize("authority", ["EU", "UK", "US", "Australia", "Canada", "Japan"])
def test_no_cap_before_the_first_day(authority: str) -> None:
    found = verdict(authority, "2022-12-04", price=90)
    assert found.word == "allowed"
    assert "begins on 2022-12-05" in found.because


@pytest.mark.parametrize(
    ("authority", "on", "price", "expected"),
    [
        ("EU", "2025-09-02", 60.0, "allowed"),
        ("EU", "2025-09-03", 47.61, "forbidden"),
        ("EU", "2026-01-31", 47.6, "allowed"),
        ("EU", "2026-02-01", 44.11, "forbidden"),
        ("US", "2025-11-15", 60.0, "allowed"),
        ("Japan", "2025-09-11", 60.0, "allowed"),
        ("Japan", "2025-09-12", 60.0, "forbidden"),
        ("Australia", "2025-09-17", 60.0, "allowed"),
        ("Australia", "2025-09-18", 60.0, "forbidden"),
    ],
)
def test_levels_of_the_coalition_part_in_september_2025(
    authority: str, on: str, price: float, expected: str
) -> None:
    assert word(authority, on, price=price, seller="Tatneft") == expected


@pytest.mark.parametrize("authority", ["EU"])
@pytest.mark.parametrize("price", [None, 40.0, 44.1, 60.0])
def test_reg_005_the_cap_from_15_july_2026_is_not_known(authority: str, price: float | None) -> None:
    assert word(authority, "2026-07-15", price=price) == "unknown"
    assert word(authority, "2026-11-01", price=price) == "unknown"
    assert word(authority, "2026-07-14", price=price) != "unknown"


def test_products_with_no_kind_told_are_conditional_on_the_kind() -> None:
    found = verdict("US", "2024-01-10", cargo="oil products", price=70)
    assert found.word == "conditional"
    assert found.conditions == ("the goods are not discount products",)
    assert word("US", "2024-01-10", cargo="2710", price=45) == "allowed"


@pytest.mark.parametrize("country", ["Germany", "Greece", "EU", "NL"])
def test_reg_010_embargo_on_crude(country: str) -> None:
    assert word("EU", "2022-12-04", destination=country) == "allowed"
    assert word("EU", "2022-12-05", destination=country, price=10) == "forbidden"
    assert word("EU", "2022-12-05", destination="UK", price=10) == "allowed"


def test_reg_010_pipeline_is_exempt() -> None:
    found = verdict("EU", "2023-05-01", destination="Slovakia", transport="pipeline")
    assert found.word == "allowed"
    assert "eu_embargo_pipeline" in found.deciding


@pytest.mark.parametrize("country", ["Bulgaria", "Croatia", "Hungary"])
def test_reg_010_derogations_have_no_end_that_was_found(country: str) -> None:
    assert word("EU", "2023-05-01", destination=country, price=50, transport="sea") == "unknown"


@pytest.mark.parametrize("cargo", ["diesel", "hsd", "gasoil", "naphtha", "mazut", "jet fuel"])
def test_reg_011_embargo_on_products(cargo: str) -> None:
    assert word("EU", "2023-02-04", cargo=cargo, destination="Italy") == "allowed"
    assert word("EU", "2023-02-05", cargo=cargo, destination="Italy", price=1) == "forbidden"


def test_reg_012_products_of_russian_crude() -> None:
    told: dict[str, Any] = {"cargo": "diesel", "origin": "India", "destination": "France"}
    assert word("EU", "2026-01-20", **told) == "allowed"
    found = verdict("EU", "2026-01-21", **told)
    assert found.word == "conditional"
    assert found.conditions == ("it is not refined from Russian crude",)
    refined = ["refined_from_russian_crude"]
    assert word("EU", "2026-01-21", circumstances=refined, **told) == "forbidden"
    for partner in ("Norway", "UK", "USA", "Canada"):
        assert word("EU", "2026-03-01", circumstances=refined, **{**told, "origin": partner}) == "allowed"


def test_reg_013_a_proposal_never_decides_and_is_shown() -> None:
    found = verdict("EU", "2026-03-01", price=40)
    assert found.word == "allowed"
    assert [step.id for step in found.steps if step.role == "proposed"] == ["eu_services_ban_proposal"]


def test_reg_014_ships_whose_names_are_not_held() -> None:
    assert verdict("EU", "2025-07-17", price=40).provided == ()
    assert any("eu_ships" in one for one in verdict("EU", "2025-07-18", price=40).provided)
    named = verdict("EU", "2025-07-18", price=40, vessel="Clyde Noble")
    assert named.word == "conditional"
    assert "Clyde Noble is not on the list" in named.conditions[0]
    assert word("EU", "2025-07-17", price=40, vessel="Clyde Noble") == "allowed"


@pytest.mark.parametrize("authority", ["US", "UK"])
@pytest.mark.parametrize("seller", ["Gazprom Neft", "Surgutneftegas"])
def test_reg_020_first_listings(authority: str, seller: str) -> None:
    assert word(authority, "2025-01-09", price=40, seller=seller) == "allowed"
    assert word(authority, "2025-01-10", price=40, seller=seller) == "forbidden"


def test_reg_020_the_seller_of_november_2023_was_not_yet_listed() -> None:
    assert word("US", "2023-11-09", price=59, seller="Surgutneftegas") == "allowed"


def test_reg_020_services_ban_leaves_what_meets_the_cap() -> None:
    told: dict[str, Any] = {"seller": "Tatneft"}
    before = verdict("US", "2025-02-26", price=61, **told)
    after = verdict("US", "2025-02-27", price=61, **told)
    assert before.deciding == ("us_cap_crude_60",)
    assert set(after.deciding) == {"us_cap_crude_60", "us_services_ban"}
    met = verdict("US", "2025-02-27", price=60, **told)
    assert met.word == "allowed"
    assert "us_services_within_cap" in met.deciding


@pytest.mark.parametrize("seller", ["Rosneft", "Lukoil"])
def test_reg_021_second_listings(seller: str) -> None:
    assert word("US", "2025-10-21", price=40, seller=seller) == "allowed"
    assert word("US", "2025-10-22", price=40, seller=seller) == "forbidden"
    assert word("UK", "2025-10-14", price=40, seller=seller) == "allowed"
    assert word("UK", "2025-10-15", price=40, seller=seller) == "forbidden"


@pytest.mark.parametrize(
    ("on", "loaded", "destination", "expected"),
    [
        ("2026-03-04", "2026-03-01", "India", "forbidden"),
        ("2026-03-05", "2026-03-05", "India", "allowed"),
        ("2026-03-05", "2026-03-06", "India", "forbidden"),
        ("2026-03-05", "2026-03-05", "Pakistan", "forbidden"),
        ("2026-03-05", None, "India", "conditional"),
        ("2026-04-04", "2026-03-05", "India", "allowed"),
        ("2026-03-12", "2026-03-12", "Pakistan", "allowed"),
        ("2026-03-11", "2026-03-11", "Pakistan", "forbidden"),
        ("2026-03-12", "2026-03-13", "Pakistan", "forbidden"),
        ("2026-03-20", None, "Pakistan", "conditional"),
        ("2026-04-11", "2026-03-12", "Pakistan", "allowed"),
        ("2026-04-12", "2026-03-12", "Pakistan", "unknown"),
        ("2026-06-01", "2026-05-20", "Pakistan", "unknown"),
        ("2026-04-08", "2026-04-01", "India", "unknown"),
    ],
)
def test_reg_022_and_023_licences_for_cargoes_already_loaded(
    on: str, loaded: str | None, destination: str, expected: str
) -> None:
    told: dict[str, Any] = {"seller": "Rosneft", "price": 55, "loaded_on": loaded}
    assert word("US", on, destination=destination, **told) == expected


def test_reg_023_lifts_the_cap_too_and_names_the_licence() -> None:
    found = verdict("US", "2026-03-20", price=95, loaded_on="2026-03-10", seller="Lukoil")
    assert found.word == "allowed"
    assert "us_gl_134" in found.deciding


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2022-12-04", "allowed"),
        ("2024-05-01", "unknown"),
        ("2025-12-31", "unknown"),
        ("2026-01-01", "forbidden"),
        ("2026-06-30", "forbidden"),
        ("2026-07-01", "unknown"),
    ],
)
def test_reg_030_contracts_that_apply_the_cap(on: str, expected: str) -> None:
    assert word("Russia", on, circumstances=["applies_price_cap"]) == expected
    silent = verdict("Russia", on)
    assert silent.word == "allowed"
    if expected != "allowed":
        assert "the contract applies no price cap" in silent.provided


#: cargo, seller, first day, last day of a Russian ban, register row
BANS = [
    ("gasoline", "producer", "2023-09-21", "2023-11-16"),  # RGB-01
    ("gasoline", "reseller", "2023-09-21", "2023-11-16"),
    ("diesel", "producer", "2023-09-21", "2023-10-05"),  # RGB-01 and RGB-02
    ("gasoline", "producer", "2024-03-01", "2024-05-19"),  # RGB-03 and the day of RGB-04
    ("gasoline", "reseller", "2024-03-01", "2024-05-19"),
    ("gasoline", "producer", "2024-08-01", "2024-11-29"),  # RGB-05 and the last day of RGB-04
    ("gasoline", "reseller", "2024-08-01", "2025-01-31"),  # RGB-06
    ("gasoline", "reseller", "2025-03-01", "2026-07-31"),  # RGB-07 to RGB-12
    ("gasoline", "producer", "2025-07-29", "2026-01-30"),  # RGB-08 to RGB-11
    ("diesel", "reseller", "2025-10-01", "2026-07-31"),  # RGB-10 to RGB-12
    ("marine fuel", "reseller", "2025-10-01", "2026-07-31"),
]


@pytest.mark.parametrize(("cargo", "seller", "first", "last"), BANS)
def test_bans_of_russia_on_and_around_their_days(cargo: str, seller: str, first: str, last: str) -> None:
    told = {"cargo": cargo, "seller": seller, "destination": "Turkey"}
    assert word("Russia", first, **told) == "forbidden"
    assert word("Russia", last, **told) == "forbidden"
    assert word("Russia", day_before(first), **told) in ("allowed", "unknown")
    assert word("Russia", day_after(last), **told) in ("allowed", "unknown")


@pytest.mark.parametrize(
    ("on", "seller", "expected"),
    [
        ("2023-09-20", "reseller", "allowed"),
        ("2023-11-17", "reseller", "allowed"),
        ("2024-02-29", "reseller", "allowed"),
        ("2024-05-20", "reseller", "allowed"),
        ("2024-07-31", "producer", "allowed"),
        ("2024-11-29", "producer", "forbidden"),
        ("2024-11-30", "producer", "allowed"),
        ("2025-01-31", "producer", "allowed"),
        ("2025-02-01", "producer", "unknown"),
        ("2025-02-28", "reseller", "unknown"),
        ("2025-03-01", "producer", "allowed"),
        ("2025-07-28", "producer", "allowed"),
        ("2025-08-31", "producer", "forbidden"),
        ("2025-09-30", "producer", "forbidden"),
        ("2025-12-31", "producer", "forbidden"),
        ("2026-01-31", "producer", "allowed"),
        ("2026-03-31", "producer", "allowed"),
        ("2026-04-01", "producer", "unknown"),
        ("2026-07-31", "producer", "unknown"),
        ("2026-08-01", "reseller", "unknown"),
        ("2026-08-01", "producer", "unknown"),
    ],
)
def test_gasoline_day_by_day(on: str, seller: str, expected: str) -> None:
    assert word("Russia", on, cargo="gasoline", seller=seller, destination="Turkey") == expected


@pytest.mark.parametrize("on", ["2025-10-01", "2025-12-31", "2026-01-01", "2026-01-31"])
def test_producers_of_diesel_are_free(on: str) -> None:
    assert word("Russia", on, cargo="diesel", seller="producer", destination="Turkey") == "allowed"


def test_reg_040_barter_is_permitted_and_nothing_forbids_the_rest() -> None:
    barter = verdict("Pakistan", "2023-06-01", payment="barter", circumstances=["approved_barter"])
    assert barter.word == "allowed"
    assert ("pk_barter", "holds") in [(step.id, step.outcome) for step in barter.steps]
    money = verdict("Pakistan", "2023-06-01", payment="yuan")
    assert ("pk_barter", "not told to hold") in [(step.id, step.outcome) for step in money.steps]
    assert "pk_barter" not in [step.id for step in verdict("Pakistan", "2023-05-31").steps]


def test_reg_041_context_is_shown_on_its_day_and_never_decides() -> None:
    steps = {step.id: step for step in verdict("Pakistan", "2023-06-02").steps}
    assert steps["pk_fx"].role == "informs"
    assert not steps["pk_fx"].decides
    assert "pk_fx" not in {step.id for step in verdict("Pakistan", "2023-06-03").steps}


def test_reg_042_direct_contracts() -> None:
    assert "pk_direct_contracts" in {step.id for step in verdict("Pakistan", "2023-10-19").steps}
    early = {step.id: step for step in verdict("Pakistan", "2023-10-18").steps}
    assert early["pk_direct_contracts_october"].outcome == "not verified"
    assert "pk_direct_contracts_october" not in {step.id for step in verdict("Pakistan", "2023-09-30").steps}


def test_reg_043_levies_on_furnace_oil_sold_at_home() -> None:
    told: dict[str, Any] = {"cargo": "furnace oil", "origin": "Pakistan", "destination": "Pakistan"}
    levies = verdict("Pakistan", "2025-07-01", **told).levies
    assert [(levy.value, levy.uom, levy.sure) for levy in levies] == [
        (82077.0, "PKR/t", True),
        (2665.0, "PKR/t", True),
    ]
    assert sum(levy.value for levy in levies) == 84742.0
    assert verdict("Pakistan", "2025-06-30", **told).levies == ()
    assert answer("2025-07-01", **{**told, "destination": "China"}).verdicts == ()


def test_reg_044_duties_and_the_two_days_of_the_notification() -> None:
    told: dict[str, Any] = {"cargo": "hsd", "origin": "Kuwait"}
    assert verdict("Pakistan", "2023-08-16", **told).levies == ()
    early = verdict("Pakistan", "2023-08-17", **told).levies
    assert [(levy.value, levy.sure) for levy in early] == [(2.5, False), (7.5, False)]
    late = verdict("Pakistan", "2023-08-22", **told).levies
    assert [(levy.value, levy.uom, levy.sure) for levy in late] == [(2.5, "%", True), (7.5, "%", True)]
    assert [
        levy.value for levy in verdict("Pakistan", "2024-01-01", cargo="petrol", origin="UAE").levies
    ] == [10.0]


@pytest.mark.parametrize("country", ["US", "UK", "Canada", "Australia"])
def test_members_of_the_coalition_import_no_russian_oil(country: str) -> None:
    assert word(country, "2023-06-15", destination=country, price=50) == "forbidden"


@pytest.mark.parametrize("country", ["US", "UK", "Australia"])
def test_the_first_day_of_their_bans_was_not_found(country: str) -> None:
    assert word(country, "2022-06-15", destination=country) == "unknown"
    assert word(country, "2022-12-05", destination=country, price=50) == "forbidden"


def test_every_row_of_the_register_stands_behind_a_shipped_row() -> None:
    with shared("data/corridor/regimes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["id"] for row in csv.DictReader(file)]
    assert len(rows) >= 34
    register = shipped()
    cited = {
        fact
        for table in ("rules", "rule_exceptions", "party_listings")
        for record in register.records(table)
        for fact in names_in(record["fact"])
    }
    assert set(rows) <= cited


def test_days_of_the_register_are_days_of_the_shipped_rules() -> None:
    """First and last days that the register states to the day, against the rules that quote the row alone."""
    with shared("data/corridor/regimes.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    elsewhere = {"REG-020", "REG-005", "RGB-12", "RGB-13", "RGB-02", "REG-013"}  # told in their notes
    for fact, row in rows.items():
        if fact in elsewhere or len(row["start_date"]) != 10:
            continue
        shown = [*shipped().rules.values(), *shipped().records("party_listings")]
        starts = {str(r["start"]) for r in shown if fact in names_in(r["fact"])}
        assert row["start_date"] in starts, fact
        if len(row["end_date"]) == 10:
            ends = {str(r["end"]) for r in shipped().rules.values() if fact in names_in(r["fact"])}
            assert row["end_date"] in ends or fact == "REG-003", fact


def test_shipped_rows_cite_with_an_address() -> None:
    for table in ("rules", "rule_exceptions", "party_listings"):
        for record in shipped().records(table):
            assert record["citation"], record
            assert record["url"], record
            assert "," in record["citation"] or record["fact"], record
