"""Largest cargo from deadweight, tanks, berths and chokepoints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import BERTHS, berth, event, ship, world

from netback.errors import DataError
from netback.supply.data import SupplyData
from netback.supply.intake import (
    LargestCargo,
    berth_draught_m,
    best_berth,
    cargo_at_draught_t,
    draught_m,
    largest_cargo_t,
)
from netback.supply.routes import Sailing, find_route
from netback.supply.rows import Berth

SHIP = world().vessel_classes["box"]


def at(**columns: Any) -> Berth:
    return world(berths=(*BERTHS, berth("x", "A", **columns))).berths["x"]


def largest(data: SupplyData, load: str | None, discharge: str | None, **more: Any) -> LargestCargo:
    return largest_cargo_t(data, "box", load, discharge, **more)


def test_draught_and_cargo_on_the_line() -> None:
    assert draught_m(SHIP, 10_000) == 10.0
    assert draught_m(SHIP, 9_000) == 9.0
    assert draught_m(SHIP, 0) == 4.0  # no shallower than in ballast
    assert cargo_at_draught_t(SHIP, 10.0) == 10_000.0
    assert cargo_at_draught_t(SHIP, 12.0) == 10_000.0
    assert cargo_at_draught_t(SHIP, 9.5) == 9_500.0
    assert cargo_at_draught_t(SHIP, 3.9) == 0.0


@given(st.floats(4_000.0, 10_000.0))
def test_draught_and_cargo_are_inverse_above_ballast(cargo_t: float) -> None:
    assert cargo_at_draught_t(SHIP, draught_m(SHIP, cargo_t)) == pytest.approx(cargo_t)


def test_the_rule_of_a_berth() -> None:
    assert berth_draught_m(at(depth_m=11.0)) == pytest.approx(10.0)
    assert berth_draught_m(at(depth_m=11.0, tide_m=1.1)) == pytest.approx(11.0)
    assert berth_draught_m(at(depth_m=11.0, under_keel_share=0.0, under_keel_m=0.5)) == pytest.approx(10.5)
    assert berth_draught_m(at(depth_m=11.0, under_keel_m=2.0)) == pytest.approx(9.0)
    assert berth_draught_m(at(depth_m=11.0, max_draught_m=7.0)) == 7.0
    assert berth_draught_m(at(depth_m=None, max_draught_m=12.0)) == 12.0


def test_each_limit_binds_in_turn_and_says_why() -> None:
    assert largest(world(), None, None).limited_by == "deadweight less bunkers and stores, 10,000 t"
    shallow = world(berths=(*BERTHS, berth("low", "B", depth_m=9.9, title="Low pier")))
    found = largest(shallow, "a1", "low")
    assert found.cargo_t == pytest.approx(9_000.0)
    assert found.limited_by == "9.00 m draught of 9.9 m water at Low pier"
    assert [limit.name for limit in found.limits] == ["deadweight", "draught, a1", "draught, Low pier"]
    tanks = world(vessel_classes=(ship(tank_m3=11_000),))
    assert largest(tanks, None, None).cargo_t == 10_000.0
    assert largest(tanks, None, None, density_t_per_m3=0.8).cargo_t == 8_800.0
    assert largest(tanks, None, None, density_t_per_m3=0.8).limited_by == "11,000 m3 of tanks"


def test_a_ship_too_large_for_a_berth_carries_nothing_there() -> None:
    heavy = world(berths=(*BERTHS, berth("x", "B", max_dwt_t=10_000)))
    assert largest(heavy, None, "x").cargo_t == 0.0
    assert largest(heavy, None, "x").limited_by == "x takes 10,000 dwt, the ship has 11,000"
    long = world(vessel_classes=(ship(loa_m=200),), berths=(*BERTHS, berth("x", "B", max_loa_m=180)))
    assert largest(long, None, "x").limited_by == "x takes 180 m of length, the ship has 200"


def test_a_sill_on_the_way_limits_the_cargo_of_its_day() -> None:
    data = world(chokepoint_events=(event("sill", "canal", max_draught_m=9.2, end="2023-06-30"),))
    inside = find_route(data, "A", "B", Sailing(date(2023, 6, 1), 10.0))
    after = find_route(data, "A", "B", Sailing(date(2023, 7, 2), 10.0))
    assert largest(data, None, None, route=inside).cargo_t == pytest.approx(9_200.0)
    assert largest(data, None, None, route=inside).limited_by == "9.20 m draught at The Canal"
    assert largest(data, None, None, route=after).cargo_t == 10_000.0


def test_a_claim_stands_beside_and_decides_nothing() -> None:
    data = world(berths=(*BERTHS, berth("x", "B", stated_max_cargo_t=5_000, stated_by="an official")))
    found = largest(data, None, "x")
    assert found.cargo_t == 10_000.0
    assert [(c.about, c.cargo_t, c.stated_by) for c in found.claims] == [("x", 5_000.0, "an official")]


def test_the_best_berth_is_the_deepest_that_takes_the_ship_and_its_cargo() -> None:
    rows = (
        *BERTHS,
        berth("deep_but_small", "B", depth_m=30, max_dwt_t=5_000),
        berth("grain", "B", depth_m=40, cargo_kind="dry"),
        berth("deeper", "B", depth_m=12),
    )
    data = world(berths=rows)
    assert best_berth(data, SHIP, "B").berth == "b1"  # both take 10,000 t: the first
    assert (
        best_berth(data, world(vessel_classes=(ship(cargo_kind="dry"),)).vessel("box"), "B").berth == "grain"
    )
    with pytest.raises(DataError, match='port "A" has no berth for dry cargo'):
        best_berth(data, world(vessel_classes=(ship(cargo_kind="dry"),)).vessel("box"), "A")


# What the library says of the Pakistani ports (BT-11: officials said 50,000 t; accepted 60,000 to 80,000 t).
@pytest.mark.parametrize(
    ("vessel_class", "berth_name", "low_t", "high_t"),
    [
        ("aframax", "karachi_op2", 60_000, 80_000),
        ("aframax", "karachi_op3", 60_000, 80_000),
        ("lr1", "karachi_op2", 56_000, 65_000),
        ("lr1", "fotco", 60_000, 75_000),
        ("mr", "karachi_op2", 45_142, 48_000),
    ],
)
def test_karachi_takes_more_than_officials_say(
    vessel_class: str, berth_name: str, low_t: float, high_t: float
) -> None:
    found = largest_cargo_t(SupplyData.of(None), vessel_class, None, berth_name)
    assert low_t <= found.cargo_t <= high_t


def test_the_stated_limit_of_karachi_is_a_claim() -> None:
    found = largest_cargo_t(SupplyData.of(None), "aframax", None, "karachi_op2")
    assert [claim.cargo_t for claim in found.claims] == [50_000.0]
    assert "officials" in found.claims[0].stated_by


def test_the_hub_buoy_takes_a_suezmax_and_fotco_no_aframax() -> None:
    data = SupplyData.of(None)
    suezmax = largest_cargo_t(data, "suezmax", None, "cnergyico_spm", density_t_per_m3=0.86)
    assert suezmax.cargo_t * 7.3 > 1_000_000
    assert largest_cargo_t(data, "aframax", None, "fotco").cargo_t == 0.0


# Reported, and not used to set the rows: a Suezmax loads 800,000 to 850,000 bbl in the 45 ft of Houston and in the
# 47 ft that Corpus Christi had until 2023, and 1 million in its 54 ft (Greater Houston Port Bureau; RBN Energy).
@pytest.mark.parametrize(
    ("berth_name", "depth_ft", "low_bbl", "high_bbl"),
    [
        ("houston_oil", None, 800_000, 870_000),
        ("corpus_christi_oil", 47, 800_000, 870_000),
        ("corpus_christi_oil", 54, 1_000_000, 1_060_000),
    ],
)
def test_reported_loads_of_a_suezmax_in_the_gulf_of_mexico(
    berth_name: str, depth_ft: float | None, low_bbl: float, high_bbl: float
) -> None:
    data, density = SupplyData.of(None), 0.82
    if depth_ft is not None:
        berth = replace(data.berth(berth_name), depth_m=depth_ft * 0.3048)
        data = replace(data, berths={**data.berths, berth_name: berth})
    cargo_t = largest_cargo_t(data, "suezmax", berth_name, None, density_t_per_m3=density).cargo_t
    assert low_bbl <= cargo_t / density / 0.158987 <= high_bbl
