"""Bad tables of law: a finding each, in the user's words, with file, row, column and repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import exception, rule

from netback.case.case import Case
from netback.case.table import Table
from netback.errors import DataError, Finding
from netback.regimes.checks import check_case_rules, check_register
from netback.regimes.register import Register, read_rules

CAP: dict[str, Any] = {
    "effect": "caps",
    "value": 60,
    "price_uom": "USD/bbl",
    "price_basis": "fob",
    "goods": "wheat",
}
BAN: dict[str, Any] = {"goods": "wheat"}


def found(**tables: list[Any]) -> list[Finding]:
    layer = {name: Table.of(name, rows) for name, rows in tables.items()}
    return check_register(Register.of(layer))


def one(**tables: list[Any]) -> Finding:
    (finding,) = found(**tables)
    return finding


def test_the_shipped_tables_are_faultless() -> None:
    assert check_register(Register.of(), with_shipped=True) == []


def test_no_findings_without_rows_of_ones_own() -> None:
    assert check_register(Register.of()) == []
    assert found(rules=[rule("own", **BAN)]) == []


def test_end_before_start() -> None:
    finding = one(rules=[rule("own", start="2024-02-01", end="2024-01-31", **BAN)])
    assert finding.where == "rules.csv, row 2, column end"
    assert finding.what == "it ends on 2024-01-31, before it starts on 2024-02-01."
    assert one(memberships=[{"country": "Norway", "bloc": "EU", "start": "2024-02-01", "end": "2024-01-01"}])


@pytest.mark.parametrize("column", ["value", "price_uom", "price_basis"])
def test_a_cap_that_is_not_whole(column: str) -> None:
    finding = one(rules=[rule("own", **{**CAP, column: None})])
    assert finding.where == f"rules.csv, row 2, column {column}"
    assert finding.what == f'cap "own" states no {column}.'
    assert "unverified" in finding.hint
    assert found(rules=[rule("own", standing="unverified", **{**CAP, column: None})]) == []


def test_a_cap_is_no_share_and_no_number_below_zero() -> None:
    assert "not a share" in one(rules=[rule("own", **{**CAP, "price_uom": "%"})]).what
    assert "below zero" in one(rules=[rule("own", **{**CAP, "value": -1})]).what


def test_a_levy_without_amount() -> None:
    findings = found(rules=[rule("own", effect="levies", **BAN)])
    assert [finding.where[-9:] for finding in findings] == ["umn value", "price_uom"]
    assert found(rules=[rule("own", effect="levies", value=5, price_uom="%", **BAN)]) == []


@pytest.mark.parametrize(
    ("column", "value", "file", "hint"),
    [
        ("goods", "gasolin", "goods.csv", '"gasoline"'),
        ("origin", "Rusia", "places.csv", '"Russia"'),
        ("destination", "EEAU", "places.csv", '"EAEU"'),
        ("authority", "Pakstan", "places.csv", '"Pakistan"'),
        ("sellers", "Rosnef", "parties.csv", '"Rosneft"'),
        ("transport", "seas", "sea, pipeline", '"sea"'),
        ("seller_kind", "resellers", "producer", '"reseller"'),
        ("circumstance", "transitt", "circumstances.csv", '"transit"'),
        ("lifts", "us_sdnn", "rules.csv", '"us_sdn"'),
        ("replaces", "us_sdnn", "rules.csv", '"us_sdn"'),
    ],
)
def test_names_that_nobody_knows(column: str, value: str, file: str, hint: str) -> None:
    finding = one(rules=[rule("own", **{**BAN, column: value})])
    assert finding.where == f"rules.csv, row 2, column {column}"
    assert file in finding.what
    assert hint in finding.hint


def test_an_exception_of_a_rule_that_does_not_exist() -> None:
    finding = one(rule_exceptions=[exception("own", "eu_cap_crude_6")])
    assert finding.where == "rule_exceptions.csv, row 2, column of"
    assert finding.what == '"eu_cap_crude_6" is not in rules.csv or rule_exceptions.csv.'
    assert finding.hint == 'Closest name: "eu_cap_crude_60".'


def test_an_exception_complies_with_caps_alone() -> None:
    finding = one(rule_exceptions=[exception("own", "us_sdn", complies_with="us_sdn_ships")])
    assert finding.where.endswith("column complies_with")


def test_a_circle_of_exceptions() -> None:
    made = [exception("a", "b"), exception("b", "a")]
    whats = [finding.what for finding in found(rule_exceptions=made)]
    assert any("an exception of itself" in what for what in whats)


def test_an_exception_that_never_holds() -> None:
    made = exception("own", "ru_gasoline_2024_03", start="2025-01-01")
    finding = one(rule_exceptions=[made])
    assert finding.severity == "warning"
    assert "on no day" in finding.what


def test_a_listing_without_a_day() -> None:
    finding = one(party_listings=[{"party": "Lukoil", "rule": "uk_listed", "citation": "x"}])
    assert finding.where == "party_listings.csv, row 2, column start"
    assert "listed from no day" in finding.what


def test_a_listing_under_a_rule_without_a_list_or_of_nobody() -> None:
    row = {"party": "Lukoil", "rule": "eu_embargo_crude", "start": "2025-01-01", "citation": "x"}
    assert "asks for no list" in one(party_listings=[row]).what
    row = {"party": "Lukoyl", "rule": "uk_listed", "start": "2025-01-01", "citation": "x"}
    assert one(party_listings=[row]).hint == 'Closest name: "Lukoil".'


def test_a_rule_without_citation_is_a_blank_cell() -> None:
    with pytest.raises(DataError) as caught:
        Table.of("rules", [rule("own", citation="", **BAN)])
    (finding,) = caught.value.findings
    assert finding.where == "rules.csv, row 2, column citation"
    assert finding.what == "the cell is blank and must be given."


def test_ids_given_twice() -> None:
    whats = [f.what for f in found(rules=[rule("own", **BAN), rule("own", goods="rice")])]
    assert '"own" is already in row 2.' in whats
    row = {"country": "Norway", "bloc": "EU"}
    assert "the same as row 2" in one(memberships=[row, row]).what


def test_unknown_bloc_and_family() -> None:
    assert '"EFTA" is not in places.csv' in one(memberships=[{"country": "Norway", "bloc": "EFTA"}]).what
    assert '"fuels etc" is not in goods.csv' in one(goods=[{"good": "own", "parent": "fuels etc"}]).what


def test_two_caps_at_once_that_differ() -> None:
    rules = [rule("one", start="2024-01-01", **CAP), rule("two", start="2024-06-01", **{**CAP, "value": 50})]
    finding = one(rules=rules)
    assert finding.where == "rules.csv, row 3"
    assert finding.what == (
        '"one" and "two" of Pakistan cap the same trade at 60 USD/bbl fob and 50 USD/bbl fob from 2024-06-01 on.'
    )
    assert "replaces" in finding.hint


def test_caps_that_follow_or_replace_each_other_are_right() -> None:
    ended = [rule("one", end="2024-05-31", **CAP), rule("two", start="2024-06-01", **{**CAP, "value": 50})]
    replaced = [rule("one", **CAP), rule("two", start="2024-06-01", replaces="one", **{**CAP, "value": 50})]
    elsewhere = [rule("one", **CAP), rule("two", **{**CAP, "value": 50, "goods": "rice"})]
    others = [rule("one", **CAP), rule("two", authority="EU", **{**CAP, "value": 50})]
    for rules in (ended, replaced, elsewhere, others):
        assert found(rules=rules) == []


def test_overlap_of_one_day() -> None:
    rules = [rule("one", end="2024-06-01", **CAP), rule("two", start="2024-06-01", **{**CAP, "value": 50})]
    assert "from 2024-06-01 to 2024-06-01" in one(rules=rules).what


def test_bans_that_say_the_same_are_a_warning() -> None:
    finding = one(rules=[rule("one", **BAN), rule("two", **BAN)])
    assert finding.severity == "warning"
    assert "say the same of the same trade always" in finding.what


def test_a_permit_against_a_ban_of_the_same_day() -> None:
    rules = [
        rule("ban", start="2024-01-01", **BAN),
        rule("permit", effect="permits", start="2024-01-01", **BAN),
    ]
    finding = one(rules=rules)
    assert "forbid and permit the same trade from 2024-01-01 on" in finding.what
    rules[1] = {**rules[1], "lifts": "ban"}
    assert found(rules=rules) == []


def test_goods_by_code_are_known_and_compared() -> None:
    assert found(rules=[rule("own", goods="1001")]) == []
    rules = [rule("one", **CAP), rule("two", **{**CAP, "goods": "1001", "value": 50})]
    assert "cap the same trade" in one(rules=rules).what


def test_a_rule_against_a_shipped_one() -> None:
    own = rule(
        "own",
        authority="US",
        origin="Russia",
        transport="sea",
        start="2024-01-01",
        **{**CAP, "goods": "crude oil", "value": 50},
    )
    assert '"us_cap_crude_60" and "own" of US cap the same trade' in one(rules=[own]).what


def test_a_row_with_a_shipped_id_takes_its_place() -> None:
    own = rule(
        "us_cap_crude_60", authority="US", start="2022-12-05", **{**CAP, "goods": "crude oil", "value": 50}
    )
    register = Register.of({"rules": Table.of("rules", [own])})
    assert check_register(register) == []
    assert register.rules["us_cap_crude_60"]["value"] == 50.0
    assert len(register.rules) == len(Register.of().rules)


def terms_case(*terms: dict[str, Any], start: str | None = "2024-01-01") -> Case:
    return Case.of(
        "terms",
        {
            "periods": [{"period": "P1", "start": start, "days": 30}],
            "streams": [{"stream": "urals", "kind": "crude"}],
            "offers": [{"offer": "spot", "stream": "urals", "price": 70}],
            "sales": [{"sale": "out", "stream": "urals", "price": 80}],
            "trade_terms": list(terms),
        },
    )


TERMS: dict[str, Any] = {
    "terms": "t",
    "offer": "spot",
    "goods": "crude",
    "origin": "RU",
    "destination": "Pakistan",
}


def test_sound_terms() -> None:
    assert check_case_rules(terms_case(TERMS)) == []
    assert check_case_rules(terms_case()) == []


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"offer": None}, "column offer", "no offer, sale or cargo"),
        ({"sale": "out"}, "column offer", "name offer and sale"),
        ({"goods": "crud"}, "column goods", '"crud" is not in goods.csv'),
        ({"origin": "Rusia"}, "column origin", '"Rusia" is not in places.csv'),
        ({"flag": "Liberiaa"}, "column flag", '"Liberiaa" is not in places.csv'),
        ({"bound_by": "EU;UKK"}, "column bound_by", '"UKK" is not in places.csv'),
        (
            {"contract_date": "2024-01-02", "loaded_on": "2024-01-01"},
            "column loaded_on",
            "before its contract",
        ),
        ({"circumstances": "transitt"}, "column circumstances", "circumstances.csv"),
    ],
)
def test_faults_of_terms(change: dict[str, Any], where: str, what: str) -> None:
    (finding,) = check_case_rules(terms_case({**TERMS, **change}))
    assert finding.where == f"trade_terms.csv, row 2, {where}"
    assert what in finding.what


CARGO_TERMS = {**TERMS, "offer": None, "cargo": "ship"}


@pytest.mark.parametrize(
    ("terms", "column", "what"),
    [
        ({**CARGO_TERMS, "lead_days": 30}, "lead_days", "take no lead_days"),
        ({**CARGO_TERMS, "loaded_on": "2024-01-01"}, "loaded_on", "take no loaded_on"),
        ({**CARGO_TERMS, "above_cap": "at_cap"}, "above_cap", "take no above_cap"),
        ({**CARGO_TERMS, "within_period": "any_day"}, "within_period", "take no within_period"),
        ({**CARGO_TERMS, "levies": "added"}, "levies", "take no levies"),
        ({**CARGO_TERMS, "offer": "spot"}, "offer", "name offer and cargo"),
        ({**TERMS, "asked_on": "arrival"}, "asked_on", "asked_on is for terms of a cargo"),
    ],
)
def test_what_terms_of_a_cargo_leave_to_the_ship(terms: dict[str, Any], column: str, what: str) -> None:
    (finding,) = check_case_rules(terms_case(terms))
    assert finding.where == f"trade_terms.csv, row 2, column {column}"
    assert what in finding.what
    assert finding.hint


def test_sound_terms_of_a_cargo() -> None:
    assert check_case_rules(terms_case({**CARGO_TERMS, "asked_on": "arrival"})) == []


def test_an_authority_without_rules_is_a_warning() -> None:
    (finding,) = check_case_rules(terms_case({**TERMS, "bound_by": "EU;Norway"}))
    assert (finding.severity, finding.where) == ("warning", "trade_terms.csv, row 2, column bound_by")
    assert finding.what == 'no rule of "Norway" is held, so it binds nothing here.'
    assert check_case_rules(terms_case({**TERMS, "bound_by": "European Union;PK"})) == []


def test_terms_given_twice_and_periods_without_a_day() -> None:
    (finding,) = check_case_rules(terms_case(TERMS, {**TERMS, "terms": "u"}))
    assert finding.what == 'offer "spot" has its terms in row 2 already.'
    (finding,) = check_case_rules(terms_case(TERMS, start=None))
    assert finding.where == "periods.csv, column start"


def test_a_folder_of_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text(
        "rule,title,authority,effect,binds,citation\nown,a ban,Pakistan,forbids,all,me\n"
    )
    assert [r["rule"] for r in read_rules(tmp_path)["rules"].records] == ["own"]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "holds no table of rules"),
        ({"rule.csv": "x\n"}, "holds no table of rules"),
        ({"rules.csv": "rule,title\n"}, 'the column "authority" is missing'),
        (
            {"rules.csv": "rule,title,authority,effect,binds,citation,start\na,b,EU,forbids,c,d,1.1.2024\n"},
            '"1.1.2024" is not a date',
        ),
    ],
)
def test_folders_that_cannot_be_read(tmp_path: Path, files: dict[str, str], what: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as caught:
        read_rules(tmp_path)
    assert what in str(caught.value)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder of rules"):
        read_rules(tmp_path / "none")
