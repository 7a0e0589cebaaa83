"""Library rows overlaid by the rows of a case; what is wrong with either."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from world import BERTHS, CHOKEPOINTS, LEGS, PORTS, berth, choke, event, hire, leg, port, ship, world

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.supply.checks import check_supply
from netback.supply.data import SupplyData, library_tables, plain


def case(**tables: Any) -> Case:
    periods = [{"period": "p", "start": "2023-06-01", "days": 30}]
    return Case.of("mine", {"periods": periods, "streams": [{"stream": "s", "kind": "crude"}], **tables})


def findings(**tables: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        world(**tables)
    return [str(finding) for finding in caught.value.findings]


def test_a_case_without_rows_uses_the_library() -> None:
    own = case()
    assert SupplyData.of(own) == SupplyData.of(None)
    assert SupplyData.of(own).case is own


def test_a_row_of_a_case_replaces_that_of_the_library_whole() -> None:
    deep = berth("karachi_op2", "karachi", depth_m=16.0, title="OP-2 dredged")
    data = SupplyData.of(case(berths=[deep]))
    assert data.berth("karachi_op2").depth_m == 16.0
    assert data.berth("karachi_op2").stated_max_cargo_t is None
    assert data.berth("OP-2 dredged").where == "berths.csv, row 2"
    assert data.berth("karachi_op3") == SupplyData.of(None).berth("karachi_op3")


def test_a_case_adds_ports_and_legs_without_a_length() -> None:
    own = case(ports=[port("chabahar", 25.3, 60.6)], sea_legs=[leg("chabahar", "gulf_of_oman", None)])
    lengths = SupplyData.of(own).neighbours["chabahar"]
    assert lengths == {"gulf_of_oman": pytest.approx(189.6, abs=1)}


def test_the_longest_agreement_of_hire_wins() -> None:
    rates = (
        hire(1, rate="any"),
        hire(2, "box", rate="class"),
        hire(3, "box", rate="june", start="2023-06-01", end="2023-06-30"),
        hire(4, "box", rate="way", start="2023-06-01", end="2023-06-30", origin="A", destination="B"),
    )
    data = world(freight_rates=rates)
    assert data.hire("box", date(2023, 5, 31)).rate == "class"
    assert data.hire("box", date(2023, 6, 30)).rate == "june"
    assert data.hire("box", date(2023, 6, 1), "A", "B").rate == "way"
    with pytest.raises(DataError, match="no time-charter rate of box holds on 2023-07-01"):
        world(freight_rates=rates[2:]).hire("box", date(2023, 7, 1))


def test_the_latest_price_of_a_fuel_holds() -> None:
    prices = (
        {"fuel": "oil", "price_usd_per_t": 500},
        {"fuel": "oil", "start": "2023-06-01", "end": "2023-06-30", "price_usd_per_t": 600},
    )
    data = world(bunker_prices=prices)
    assert data.bunker_price_usd_per_t("oil", date(2023, 5, 31)) == 500.0
    assert data.bunker_price_usd_per_t("oil", date(2023, 6, 30)) == 600.0
    with pytest.raises(DataError, match='no price of fuel "gas"'):
        data.bunker_price_usd_per_t("gas", date(2023, 6, 1))


def test_spellings() -> None:
    assert plain("Ust-Luga") == plain("ust luga") == "ust_luga"
    data = SupplyData.of(None)
    assert data.port("UST LUGA").name == "ust_luga"
    assert data.passage("Suez").name == "suez_canal"
    assert data.port("Suez").name == "port_suez"
    assert data.vessel("Medium Range").vessel_class == "mr"
    assert data.plan("Duqm").plan == "oman_one_shuttle"


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("port", "Primosk", "primorsk"),
        ("passage", "Gibralter", "gibraltar"),
        ("vessel", "afra max", "aframax"),
        ("berth", "karachi op4", "karachi_op"),
        ("plan", "oman_one_shutle", "oman_one_shuttle"),
        ("freight_rate", "hire_mrr", "hire_mr"),
        ("place", "Hormus", "hormuz"),
    ],
)
def test_unknown_names_are_findings_with_the_closest(kind: str, name: str, near: str) -> None:
    with pytest.raises(DataError) as caught:
        getattr(SupplyData.of(None), kind)(name)
    (finding,) = caught.value.findings
    assert name in finding.what
    assert near in finding.hint


def test_faults_of_a_case_come_together_with_their_place() -> None:
    own = case(
        berths=[berth("x", "karachi", depth_m=None), berth("y", "Krachi")],
        chokepoint_events=[event("e", "hormuz", closed="yes", start="2026-03-01", end="2026-02-28")],
        sea_legs=[leg("karachi", "gwadar", -5), leg("karachi", "nowhere", 5)],
        vessel_classes=[ship("bad", fuel="vlsfo", dwt_t=-1)],
    )
    texts = [str(finding) for finding in check_supply(own)]
    assert any(t.startswith('berths.csv, row 2, column depth_m: berth "x" has no depth') for t in texts)
    assert any(
        'berths.csv, row 3, column port: there is no port "Krachi". Closest name: "karachi".' in t
        for t in texts
    )
    assert any("it ends on 2026-02-28, before it starts on 2026-03-01" in t for t in texts)
    assert any("sea_legs.csv, row 2, column distance_nm: a leg of -5 nm has no length" in t for t in texts)
    assert any('sea_legs.csv, row 3, column to_place: there is no place "nowhere"' in t for t in texts)
    assert any("vessel_classes.csv, row 2, column dwt_t: -1 is not above zero" in t for t in texts)
    with pytest.raises(DataError) as caught:
        SupplyData.of(own)
    assert caught.value.subject == "case mine"
    assert {str(finding) for finding in caught.value.findings} == set(texts)
    assert check_supply(case()) == []


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ({"ports": (*PORTS[:3], port("D", 91.0))}, "91 is not on the globe. Write -90 to 90."),
        ({"ports": (*PORTS[:3], port("D", 0.0, 200.0))}, "200 is not on the globe"),
        ({"ports": (*PORTS, port("E"))}, 'no leg leads to port "E". Add rows to sea_legs.csv.'),
        ({"chokepoints": (*CHOKEPOINTS, choke("A"))}, '"A" is also a port'),
        ({"sea_legs": (*LEGS, leg("A", "A", 5))}, "the leg ends where it begins"),
        ({"sea_legs": (*LEGS, leg("A", "D", 0))}, "a leg of 0 nm has no length"),
        ({"chokepoint_events": (event("e", "canel", closed="yes"),)}, 'there is no chokepoint "canel"'),
        (
            {"chokepoint_events": (event("e", "canal", vessel_class="bix", toll_usd=1),)},
            'no vessel class "bix"',
        ),
        ({"chokepoint_events": (event("e", "canal", toll_usd=-1),)}, "-1 is below zero"),
        ({"chokepoint_events": (event("e", "canal", speed_kn=0),)}, "0 is not above zero"),
        ({"vessel_classes": (ship(draught_ballast_m=10),)}, "10 m in ballast is not less than 10 m laden"),
        ({"vessel_classes": (ship(not_cargo_t=11_000),)}, "leave no deadweight for cargo"),
        ({"vessel_classes": (ship(fuel="coal"),)}, 'there is no fuel "coal"'),
        ({"berths": (*BERTHS, berth("x", "A", discharge_t_per_h=0))}, "0 is not above zero"),
        ({"berths": (*BERTHS, berth("x", "A", wait_days=-1))}, "-1 is below zero"),
        ({"freight_rates": (hire(0),)}, "0 is not above zero"),
        ({"freight_rates": ({"rate": "w", "kind": "worldscale", "amount": 100},)}, "no flat rate"),
        ({"freight_rates": (hire(1, start="2023-02-01", end="2023-01-01"),)}, "before it starts"),
        ({"bunker_prices": ({"fuel": "oil", "price_usd_per_t": -5},)}, "-5 is not above zero"),
        (
            {
                "lightering_plans": (
                    {
                        "plan": "p",
                        "place": "X",
                        "shuttle_class": "box",
                        "fixed_days": 1,
                        "transfer_t_per_h": 1,
                    },
                )
            },
            'there is no port "X"',
        ),
    ],
)
def test_each_fault_is_one_finding(tables: dict[str, Any], fault: str) -> None:
    found = findings(**tables)
    assert len(found) == 1
    assert fault in found[0]


def test_an_event_that_changes_nothing_is_a_remark() -> None:
    own = case(chokepoint_events=[event("idle", "hormuz")])
    (finding,) = check_supply(own)
    assert (finding.severity, "changes nothing" in finding.what) == ("warning", True)
    assert SupplyData.of(own).events_at["hormuz"][-1].event == "idle"


def test_library_tables_are_read_once() -> None:
    assert library_tables() is library_tables()


def shut(day: str, **settings: Any) -> Case:
    periods = [{"period": "p", "start": "2023-06-01", "days": 30}]
    shut = [{"event": "shut", "chokepoint": "suez_canal", "start": day, "closed": True}]
    return Case.of("mine", {"periods": periods, "chokepoint_events": shut}, **settings)


def test_cases_with_the_same_rows_of_supply_share_what_was_worked_out() -> None:
    made: list[str] = []

    def asked(own: Case) -> str:
        data = SupplyData.of(own)
        assert data.case is own
        return data.once("which", lambda: made.append(own.title) or own.title)

    june, july = "2023-06-01", "2023-07-01"
    assert [asked(shut(june, title="a")), asked(shut(june, title="b")), asked(shut(july, title="c"))] == list(
        "aac"
    )
    assert made == ["a", "c"]


def test_an_error_is_kept_as_well_and_raised_each_time() -> None:
    data, tried = SupplyData.of(shut("2023-06-02")), []

    def fails() -> int:
        tried.append(1)
        raise DataError(Finding("here", "no way.", ""))

    for _ in range(3):
        with pytest.raises(DataError, match="no way"):
            data.once("a way", fails)
    assert len(tried) == 1
