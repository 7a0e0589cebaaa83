"""The shipped tables: every number has a source or a range, every leg its length, every port its way."""

from __future__ import annotations

import re
from datetime import date

import pytest

from netback.case.checks_sources import described_number
from netback.case.schema import TABLES
from netback.case.values import names_in
from netback.io.csv_reader import read_table
from netback.supply.data import LIBRARY, SUPPLY_TABLES, SupplyData, library_tables
from netback.supply.geo import great_circle_nm
from netback.supply.intake import best_berth
from netback.supply.routes import Sailing, find_route

SHIPPED = [name for name in SUPPLY_TABLES if library_tables()[name].records]
DATA = SupplyData.of(None)


def test_files_and_tables_are_the_same() -> None:
    files = {path.stem for path in LIBRARY.glob("*.csv")}
    assert files == {*SHIPPED, "sources"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_row_names_a_source_that_is_listed(name: str) -> None:
    reading = read_table(LIBRARY / "sources.csv", TABLES["sources"], 1.0)
    assert reading.findings == []
    known = {record["source"] for record in reading.table.records}
    for record in library_tables()[name].records:
        named = names_in(record["source"])
        assert named, record
        assert set(named) <= known, record


def test_every_source_is_used_and_has_an_address_unless_it_is_ours() -> None:
    used = {
        source
        for name in SHIPPED
        for record in library_tables()[name].records
        for source in names_in(record["source"])
    }
    sources = read_table(LIBRARY / "sources.csv", TABLES["sources"], 1.0).table.records
    assert {record["source"] for record in sources} == used
    # One row of the register has no address: the page was read without one.
    without = {record["source"] for record in sources if not record["url"]}
    assert without == {"HAND", "ENG", "DISTANCES", "CON-25", "POR-033"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_assumed_number_has_a_range_around_it(name: str) -> None:
    for record in library_tables()[name].records:
        if record["status"] != "assumed":
            continue
        column = described_number(TABLES[name], record)
        assert column, record
        assert record["low"] is not None, record
        assert record["low"] <= record[column] <= record["high"], record


@pytest.mark.parametrize("name", SHIPPED)
def test_no_row_claims_more_than_it_has(name: str) -> None:
    """General knowledge alone is assumed, never reported; what is assumed beside a reported number is said."""
    for record in library_tables()[name].records:
        if names_in(record["source"]) == ("ENG",):
            assert record["status"] in ("assumed", "stand_in"), record


def test_derived_legs_are_the_great_circle_of_their_ends() -> None:
    reported = 0
    for record in library_tables()["sea_legs"].records:
        ends = [DATA.places[record[column]] for column in ("from_place", "to_place")]
        circle = great_circle_nm(
            ends[0].latitude_deg, ends[0].longitude_deg, ends[1].latitude_deg, ends[1].longitude_deg
        )
        if record["source"] == "HAND":
            assert record["distance_nm"] == pytest.approx(circle, abs=0.06), record
            assert record["status"] == "derived"
        else:
            reported += 1
            assert record["distance_nm"] > 0.95 * circle, "a leg shorter than the great circle"
    assert reported == 2  # the two halves of the Suez Canal


def test_there_are_the_chokepoints_and_terminals_of_the_trade() -> None:
    chokepoints = [p for p in DATA.places.values() if not p.is_port and not p.is_waypoint]
    assert len(chokepoints) >= 25
    for name in (
        "Suez",
        "Bab el-Mandeb",
        "Hormuz",
        "Danish straits",
        "Bosporus",
        "Cape",
        "Malacca",
        "Gibraltar",
    ):
        assert DATA.passage(name).kind in ("canal", "strait", "cape")
    terminals = (
        "Primorsk; Ust-Luga; Novorossiysk; CPC; Tuapse; Ras Tanura; Juaymah; Basrah; Das; Jebel Dhanna; Ruwais; Zirku; "
        "Mina al Ahmadi; Kharg; Fujairah; Ras Laffan; Sitra; Yanbu; Mina al Fahal; Sohar; Duqm; Kozmino; De-Kastri; "
        "Murmansk; Bonny; Qua Iboe; Girassol; Houston; LOOP; Corpus Christi; Ceyhan; Sidi Kerir; Sikka; Vadinar; "
        "Mumbai; Singapore; Rotterdam; Ningbo; Qingdao; Karachi; Port Qasim; Hub"
    )
    for name in re.split(r";\s*", terminals):
        port = DATA.port(name)
        assert DATA.berths_of(port.name), name


def test_every_port_reaches_karachi_before_the_strait_closes() -> None:
    sailing = Sailing(date(2023, 6, 1), 12.5)
    for place in DATA.places.values():
        if place.is_port:
            assert find_route(DATA, place.name, "karachi", sailing).distance_nm < 16_000, place.name


def test_every_berth_takes_some_ship_of_its_kind() -> None:
    for berth in DATA.berths.values():
        kinds = [v for v in DATA.vessel_classes.values() if berth.cargo_kind in ("any", v.cargo_kind)]
        port = DATA.places[berth.port].name
        assert any(best_berth(DATA, vessel, port) for vessel in kinds), berth.berth


def test_every_class_has_hire_and_fuel_and_its_tolls_at_suez() -> None:
    on = date(2023, 6, 15)
    tolled = {row.vessel_class for row in DATA.events_at["suez_canal"] if row.toll_usd}
    for vessel in DATA.vessel_classes.values():
        assert DATA.hire(vessel.vessel_class, on).amount > 5_000
        assert 300 < DATA.bunker_price_usd_per_t(vessel.fuel, on) < 1_500
        assert vessel.vessel_class in tolled


def test_ships_are_plausible() -> None:
    """Displacement must float the ship: block coefficient 0.75 to 0.90; TPC within its water plane of 0.8 to 1.0."""
    for vessel in DATA.vessel_classes.values():
        assert vessel.loa_m is not None
        assert vessel.beam_m is not None
        between_perpendiculars = 0.965 * vessel.loa_m
        lightship_t = 0.17 * vessel.dwt_t
        volume = between_perpendiculars * vessel.beam_m * vessel.draught_laden_m
        assert 0.72 < (vessel.dwt_t + lightship_t) / 1.025 / volume < 0.92, vessel.vessel_class
        water_plane = vessel.tpc_t_per_cm * 100 / 1.025 / (between_perpendiculars * vessel.beam_m)
        assert 0.80 < water_plane < 1.0, vessel.vessel_class
