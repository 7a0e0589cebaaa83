"""How rules of one authority work together, on small registers of one's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from asking import answer, exception, register, rule, verdict, word

from netback.regimes import answer as short
from netback.regimes.truth import Statement, Truth, all_of, any_of

YES, NO = Statement(Truth.TRUE), Statement(Truth.FALSE)
OPEN = Statement(Truth.OPEN, "a holds", "a does not hold")
UNVERIFIED = Statement(Truth.UNVERIFIED)


def test_first_and_last_day_are_in_force() -> None:
    made = register([rule("ban", start="2024-01-10", end="2024-01-20")])
    days = {
        "2024-01-09": "allowed",
        "2024-01-10": "forbidden",
        "2024-01-20": "forbidden",
        "2024-01-21": "allowed",
    }
    assert {on: word("Pakistan", on, made) for on in days} == days


def test_blank_days_are_open() -> None:
    assert word("Pakistan", "1900-01-01", register([rule("ban")])) == "forbidden"
    assert word("Pakistan", "2100-01-01", register([rule("ban", start="2024-01-01")])) == "forbidden"


def test_an_authority_that_never_speaks_of_the_trade_is_not_shown() -> None:
    made = register([rule("ban", goods="wheat"), rule("eu", authority="EU", destination="EU")])
    assert answer("2024-01-01", made).verdicts == ()
    assert answer("2024-01-01", made).overall == "No rule held here speaks of this trade."
    assert list(answer("2024-01-01", made, destination="Spain").words) == ["EU"]


def test_verdicts_of_two_authorities_stand_side_by_side() -> None:
    made = register(
        [rule("pk"), rule("ru", authority="Russia", effect="permits", binds="exporters in Russia")]
    )
    found = answer("2024-01-01", made)
    assert found.words == {"Russia": "allowed", "Pakistan": "forbidden"}
    assert found.overall == (
        "Forbidden by Pakistan (refiners in Pakistan). Nothing held here stands against it under Russia."
    )
    with pytest.raises(KeyError):
        found.verdict("EU")


@pytest.mark.parametrize("standing", ["proposed", "withdrawn"])
def test_proposed_and_withdrawn_rules_never_decide(standing: str) -> None:
    found = answer(
        "2024-01-01", register([rule("ban", standing=standing), rule("other", start="2030-01-01")])
    )
    assert found.words == {"Pakistan": "allowed"}


def test_an_unverified_rule_is_neither_allowed_nor_forbidden() -> None:
    made = register([rule("ban", standing="unverified")])
    assert word("Pakistan", "2024-01-01", made) == "unknown"
    beside = register([rule("ban", standing="unverified"), rule("sure")])
    assert word("Pakistan", "2024-01-01", beside) == "forbidden"


def test_a_later_instrument_replaces_an_open_one_whatever_it_speaks_of() -> None:
    rules = [
        rule("old", start="2024-01-01"),
        rule("new", start="2024-06-01", seller_kind="reseller", replaces="old"),
    ]
    made = register(rules)
    assert word("Pakistan", "2024-05-31", made, seller="producer") == "forbidden"
    assert word("Pakistan", "2024-06-01", made, seller="producer") == "allowed"
    assert word("Pakistan", "2024-06-01", made, seller="reseller") == "forbidden"


def test_what_was_replaced_does_not_come_back_when_the_later_one_ends() -> None:
    made = register(
        [rule("old", start="2024-01-01"), rule("new", start="2024-06-01", end="2024-06-30", replaces="old")]
    )
    assert word("Pakistan", "2024-07-01", made) == "allowed"


def test_a_suspension_gives_way_again() -> None:
    pause = rule("pause", effect="permits", start="2024-05-20", end="2024-07-31", lifts="ban")
    made = register([rule("ban", start="2024-03-01"), pause])
    assert [word("Pakistan", on, made) for on in ("2024-05-19", "2024-05-20", "2024-07-31", "2024-08-01")] == [
        "forbidden", "allowed", "allowed", "forbidden",
    ]  # fmt: skip


def test_a_narrower_permit_goes_before_a_wider_ban() -> None:
    for cells in (
        {"goods": "Urals"},
        {"origin": "Russia"},
        {"seller_kind": "producer"},
        {"transport": "sea"},
    ):
        made = register(
            [
                rule("ban", goods="crude oil"),
                rule("permit", effect="permits", **{"goods": "crude oil", **cells}),
            ]
        )
        assert word("Pakistan", "2024-01-01", made, cargo="Urals", seller="producer") == "allowed", cells


def test_a_wider_permit_does_not_lift_a_narrower_ban() -> None:
    made = register(
        [rule("ban", goods="Urals"), rule("permit", effect="permits", goods="crude oil", start="2025-01-01")]
    )
    assert word("Pakistan", "2025-06-01", made, cargo="Urals") == "forbidden"
    assert word("Pakistan", "2025-06-01", made, cargo="ESPO") == "allowed"


def test_of_equal_scope_the_later_permit_lifts_the_earlier_ban_and_not_the_other_way() -> None:
    late = [rule("ban", start="2024-01-01"), rule("permit", effect="permits", start="2024-06-01")]
    early = [rule("ban", start="2024-06-01"), rule("permit", effect="permits", start="2024-01-01")]
    assert word("Pakistan", "2024-07-01", register(late)) == "allowed"
    assert word("Pakistan", "2024-07-01", register(early)) == "forbidden"


def test_a_permit_of_another_authority_lifts_nothing() -> None:
    made = register(
        [rule("ban"), rule("permit", effect="permits", authority="EU", lifts="ban", start="2024-01-01")]
    )
    assert word("Pakistan", "2024-07-01", made) == "forbidden"


def test_an_unverified_permit_leaves_a_ban_unknown() -> None:
    made = register([rule("ban"), rule("permit", effect="permits", standing="unverified", lifts="ban")])
    assert word("Pakistan", "2024-07-01", made) == "unknown"


CAP = {"effect": "caps", "price_uom": "USD/bbl", "price_basis": "fob"}


def test_a_narrower_cap_stands_in_place_of_a_wider_one() -> None:
    wide = rule("wide", goods="petroleum products", value=45, **CAP)
    narrow = rule("narrow", goods="diesel", value=100, **CAP)
    made = register([wide, narrow])
    assert word("Pakistan", "2024-01-01", made, cargo="diesel", price=90) == "allowed"
    assert word("Pakistan", "2024-01-01", made, cargo="fuel oil", price=90) == "forbidden"


def test_two_caps_hold_together() -> None:
    made = register(
        [
            rule("one", value=60, **CAP),
            rule("other", value=50, origin="Russia;Iran", **CAP, circumstance="transit"),
        ]
    )
    assert word("Pakistan", "2024-01-01", made, price=55) == "allowed"
    assert word("Pakistan", "2024-01-01", made, price=55, circumstances=["transit"]) == "forbidden"


def test_exceptions_of_exceptions() -> None:
    made = register(
        [rule("ban")],
        [
            exception("aid", "ban", circumstance="humanitarian_aid"),
            exception("not_to_iran", "aid", destination="Iran;Pakistan"),
            exception("but_personal", "not_to_iran", circumstance="personal_use"),
        ],
    )
    told = ["humanitarian_aid"]
    assert word("Pakistan", "2024-01-01", made, destination="India", circumstances=told) == "allowed"
    assert word("Pakistan", "2024-01-01", made, circumstances=told) == "forbidden"
    assert word("Pakistan", "2024-01-01", made, circumstances=[*told, "personal_use"]) == "allowed"
    assert word("Pakistan", "2024-01-01", made, circumstances=["personal_use"]) == "forbidden"


def test_a_circle_of_exceptions_ends() -> None:
    made = register([rule("ban")], [exception("a", "ban;b"), exception("b", "a")])
    assert word("Pakistan", "2024-01-01", made) in ("allowed", "forbidden")


def test_an_unverified_exception_leaves_a_ban_unknown_and_a_sure_one_beside_it_decides() -> None:
    unsure = exception("maybe", "ban", standing="unverified", destination="Pakistan")
    assert word("Pakistan", "2024-01-01", register([rule("ban")], [unsure])) == "unknown"
    sure = exception("sure", "ban", destination="Pakistan")
    assert word("Pakistan", "2024-01-01", register([rule("ban")], [unsure, sure])) == "allowed"


def test_what_is_not_told_is_excluded_or_open_as_the_row_says() -> None:
    for unstated, expected in (("excluded", "forbidden"), ("open", "conditional")):
        made = register(
            [rule("ban")], [exception("aid", "ban", circumstance="humanitarian_aid", unstated=unstated)]
        )
        found = verdict("Pakistan", "2024-01-01", made)
        assert found.word == expected
        assert "it is humanitarian aid" in (*found.conditions, *found.unless) or found.unless == (
            "exception aid",
        )


@pytest.mark.parametrize(
    ("flag", "insurer", "expected"),
    [
        (None, None, "forbidden"),
        ("Panama", None, "forbidden"),
        (None, "Russia", "forbidden"),
        ("Panama", "Russia", "allowed"),
        ("Malta", "Russia", "forbidden"),
        ("Panama", "France", "forbidden"),
        ("Panama", "western", "forbidden"),
        ("Panama", "UK", "allowed"),
    ],
)
def test_a_rule_on_services_reaches_flag_and_insurer(
    flag: str | None, insurer: str | None, expected: str
) -> None:
    made = register([rule("cap", authority="EU", reach="services", value=60, **CAP)])
    found = verdict("EU", "2024-01-01", made, price=70, flag=flag, insurer=insurer)
    assert found.word == expected
    if expected == "allowed":
        assert "no carrier, broker or bank of EU serves it" in found.provided


def test_a_rule_on_persons_reaches_whatever_the_flag() -> None:
    made = register([rule("ban", authority="EU")])
    assert word("EU", "2024-01-01", made, flag="Panama", insurer="Russia") == "forbidden"


def test_listed_sellers_and_the_days_of_their_listing() -> None:
    listing = {
        "party": "Rosneft",
        "rule": "list",
        "start": "2024-03-01",
        "end": "2024-03-31",
        "citation": "x",
    }
    made = register([rule("list", listed="seller")], party_listings=[listing])
    days = {
        "2024-02-29": "allowed",
        "2024-03-01": "forbidden",
        "2024-03-31": "forbidden",
        "2024-04-01": "allowed",
    }
    assert {on: word("Pakistan", on, made, seller="Rosneft") for on in days} == days
    assert word("Pakistan", "2024-03-15", made) == "conditional"
    assert word("Pakistan", "2024-03-15", made, seller="Lukoil") == "allowed"


def test_a_listed_ship_by_name() -> None:
    parties = [{"party": "Dark Star", "kind": "vessel"}]
    listing = {"party": "Dark Star", "rule": "list", "start": "2024-03-01", "citation": "x"}
    made = register([rule("list", listed="vessel")], parties=parties, party_listings=[listing])
    assert word("Pakistan", "2024-03-15", made, vessel="dark star") == "forbidden"
    assert word("Pakistan", "2024-03-15", made, vessel="Pure Point") == "conditional"


def test_levies_are_a_cost_and_never_decide() -> None:
    levy = rule("levy", effect="levies", value=10, price_uom="USD/t")
    free = exception("free", "levy", origin="Iran")
    made = register([levy], [free])
    found = verdict("Pakistan", "2024-01-01", made)
    assert found.word == "allowed"
    assert [(one.rule, one.value, one.uom, one.sure) for one in found.levies] == [
        ("levy", 10.0, "USD/t", True)
    ]
    assert verdict("Pakistan", "2024-01-01", made, origin="Iran").levies == ()


def test_a_rule_seen_last_before_the_day_is_told() -> None:
    made = register([rule("cap", value=60, seen="2024-01-01", **CAP)])
    assert verdict("Pakistan", "2024-01-01", made, price=50).provided == ()
    assert verdict("Pakistan", "2025-01-01", made, price=50).provided == (
        "cap still holds: last seen in force on 2024-01-01",
    )


def test_the_chain_names_what_decided_first() -> None:
    found = verdict(
        "Pakistan",
        "2024-01-01",
        register([rule("aside", seller_kind="reseller"), rule("ban")]),
        seller="producer",
    )
    assert [(step.id, step.decides) for step in found.steps] == [("ban", True), ("aside", False)]
    assert found.steps[1].outcome == "does not reach this trade: the seller is not a reseller"
    assert found.steps[0].window == "no dates of its own"


def test_the_register_without_a_rule() -> None:
    made = register([rule("ban"), rule("other", goods="wheat")])
    assert word("Pakistan", "2024-01-01", made) == "forbidden"
    assert answer("2024-01-01", made.without("ban")).verdicts == ()


@pytest.mark.parametrize(
    ("parts", "every", "some"),
    [
        ((), Truth.TRUE, Truth.FALSE),
        ((YES, OPEN), Truth.OPEN, Truth.TRUE),
        ((OPEN, NO), Truth.FALSE, Truth.OPEN),
        ((OPEN, UNVERIFIED), Truth.UNVERIFIED, Truth.OPEN),
        ((YES, NO, UNVERIFIED), Truth.FALSE, Truth.TRUE),
    ],
)
def test_four_values(parts: tuple[Statement, ...], every: Truth, some: Truth) -> None:
    assert all_of(parts).value == every
    assert any_of(parts).value == some
    # Where something is open and something unverified, the negation stays on the careful side.
    assert (~all_of(parts)).value <= any_of([~one for one in parts]).value


def test_words_of_conditions() -> None:
    other = Statement(Truth.OPEN, "b holds", "b does not hold")
    assert all_of([OPEN, YES, other]).yes == "a holds and b holds"
    assert (~all_of([OPEN, other])).yes == "a does not hold or b does not hold"
    assert any_of([all_of([OPEN, other]), other]).yes == "(a holds and b holds) or b holds"


def test_dates_may_be_dates() -> None:
    told: dict[str, Any] = {"contract_date": date(2024, 1, 1)}
    assert word("Pakistan", date(2024, 1, 1), register([rule("ban")]), **told) == "forbidden"


def test_barter_that_is_asked_for_needs_its_approval() -> None:
    found = verdict("Pakistan", "2023-07-01", payment="barter")
    assert found.word == "allowed"
    assert found.provided == ("it is barter by a registered firm with approval, and no money passes",)
    assert verdict("Pakistan", "2023-07-01", payment="yuan").provided == ()


def test_a_seller_that_nobody_knows_may_be_owned_by_a_listed_one() -> None:
    (told,) = [
        one for one in verdict("UK", "2025-11-15", price=40, seller="Litasco").provided if "owned" in one
    ]
    assert told.startswith("Litasco is not owned by a party on the list of uk_listed: Gazprom Neft")
    assert not any(
        "owned" in one for one in verdict("UK", "2025-11-15", price=40, seller="Forteinvest").provided
    )


def test_the_short_way_in_python() -> None:
    own = register([rule("ban")])
    asked: dict[str, Any] = {
        "cargo": "crude",
        "origin": "Russia",
        "destination": "Pakistan",
        "on": "2024-01-01",
    }
    assert short(**asked, register=own).words == {"Pakistan": "forbidden"}
    assert short(**asked, price=60).words["EU"] == "allowed"


@pytest.mark.parametrize("column", ["flag", "insurer"])
def test_rules_on_flag_or_insurer(column: str) -> None:
    made = register([rule("ban", **{column: "Gabon;EU"})])
    for told, expected in (
        ("Gabon", "forbidden"),
        ("Malta", "forbidden"),
        ("Panama", "allowed"),
        (None, "conditional"),
    ):
        assert word("Pakistan", "2024-01-01", made, **{column: told}) == expected
    assert verdict("Pakistan", "2024-01-01", made).conditions == (f"the {column} is not of Gabon, EU",)
    exempt = register([rule("ban")], [exception("served", "ban", **{column: "EU"})])
    assert word("Pakistan", "2024-01-01", exempt, **{column: "Greece"}) == "allowed"
    assert word("Pakistan", "2024-01-01", exempt, **{column: "Panama"}) == "forbidden"


@pytest.mark.parametrize(
    ("cells", "origin", "destination", "expected"),
    [
        ({"origin": "Russia"}, "Russia", "Pakistan", "forbidden"),
        ({"origin": "Russia"}, "Russia", "Russia", None),
        ({"origin": "EU"}, "Germany", "France", None),
        ({"destination": "EU"}, "India", "France", "forbidden"),
        ({"destination": "EU"}, "Germany", "France", None),
        ({"origin": "Pakistan", "destination": "Pakistan"}, "Pakistan", "Pakistan", "forbidden"),
        (
            {"destination": "Pakistan", "effect": "levies", "value": 1, "price_uom": "USD/t"},
            "Pakistan",
            "Pakistan",
            "allowed",
        ),
        ({}, "Pakistan", "Pakistan", "forbidden"),
    ],
)
def test_what_leaves_what_comes_in_and_what_stays(
    cells: dict[str, Any], origin: str, destination: str, expected: str | None
) -> None:
    found = answer("2024-01-01", register([rule("ban", **cells)]), origin=origin, destination=destination)
    assert found.words.get("Pakistan") == expected


def test_no_ban_of_exports_on_sales_at_home() -> None:
    told: dict[str, Any] = {"cargo": "gasoline", "destination": "Russia", "seller": "reseller"}
    assert not {"Russia", "EU"} & answer("2025-10-15", **told).words.keys()


@pytest.mark.parametrize("goods", ["2710", "HS 2710.19", "oil products", "hsd;mazut", "1001;2710"])
def test_rules_may_name_goods_by_code_or_synonym(goods: str) -> None:
    made = register([rule("ban", goods=goods)])
    assert word("Pakistan", "2024-01-01", made, cargo="diesel") == "forbidden"
    assert answer("2024-01-01", made, cargo="crude").verdicts == ()
