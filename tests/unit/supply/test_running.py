"""What a ship uses: days at berths, dues, fuel by the cube, demurrage, freight, and what a voyage earns."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_voyages import estimate
from world import BERTHS, berth, event, ship, world

from netback.errors import DataError
from netback.supply.basis import Price, against
from netback.supply.costs import rounded_to_sum
from netback.supply.data import SupplyData
from netback.supply.earnings import required_speed_kn, time_charter_equivalent
from netback.supply.rows import Berth, FreightRate, VesselClass
from netback.supply.running import berth_days, consumption_t_per_d, fuel_usd_per_day, hours_days, port_dues
from netback.supply.voyage_costs import demurrage, freight_line

START = date(2023, 6, 1)


def one_berth(**more: Any) -> Berth:
    return world(berths=(berth("b1", "B", **more),)).berths["b1"]


def one_ship(**more: Any) -> VesselClass:
    return world(vessel_classes=(ship(**more),)).vessel_classes["box"]


class TestBerths:
    @given(st.floats(1.0, 2e5), st.floats(100.0, 9e3))
    def test_days_are_hours_over_24(self, cargo_t: float, rate: float) -> None:
        assert hours_days(cargo_t, rate) * 24.0 * rate == pytest.approx(cargo_t)

    def test_loading_and_discharge_have_their_own_rates(self) -> None:
        at = one_berth(load_t_per_h=1_000, discharge_t_per_h=500, fixed_days=0.5)
        assert berth_days(at, one_ship(), 12_000.0, loading=True) == pytest.approx(0.5 + 0.5)
        assert berth_days(at, one_ship(), 12_000.0, loading=False) == pytest.approx(0.5 + 1.0)

    def test_the_pump_of_the_ship_counts_in_discharge_alone(self) -> None:
        at, slow = one_berth(), one_ship(pump_t_per_h=250)
        assert berth_days(at, slow, 12_000.0, loading=False) == pytest.approx(0.5 + 2.0)
        assert berth_days(at, slow, 12_000.0, loading=True) == pytest.approx(0.5 + 0.5)
        assert berth_days(at, one_ship(pump_t_per_h=9_000), 12_000.0, loading=False) == pytest.approx(1.5)

    @pytest.mark.parametrize(
        ("blank", "loading", "told"),
        [
            ({"fixed_days": None}, True, "states no fixed_days"),
            ({"load_t_per_h": None}, True, "states no load_t_per_h"),
            ({"discharge_t_per_h": None}, False, "states no discharge_t_per_h"),
        ],
    )
    def test_what_a_berth_does_not_state(self, blank: dict[str, Any], loading: bool, told: str) -> None:
        with pytest.raises(DataError, match=told):
            berth_days(one_berth(**blank), one_ship(), 1.0, loading)

    def test_dues_have_a_part_by_the_tonne(self) -> None:
        assert port_dues(one_berth(dues_usd=10_000, dues_usd_per_t=0.25), 8_000.0) == 12_000.0
        assert port_dues(one_berth(dues_usd=0), 8_000.0) == 0.0
        with pytest.raises(DataError, match=r"states no dues\. Fill dues_usd; write 0 if there are none\."):
            port_dues(one_berth(dues_usd=None), 1.0)

    def test_dues_of_a_voyage_are_lines_of_the_ship_and_of_the_tonne(self) -> None:
        data = world(berths=(*BERTHS[:1], berth("b1", "B", dues_usd=7_000, dues_usd_per_t=0.5)))
        voyage = estimate(data, cargo_t=9_600)
        found = {
            line.name: (line.per, line.amount_usd) for line in voyage.costs if line.name.startswith("dues")
        }
        assert found == {
            "dues a1": ("ship", 10_000.0),
            "dues b1": ("ship", 7_000.0),
            "dues b1, per tonne": ("t", 4_800.0),
        }
        assert voyage.cost_per_t_usd == pytest.approx(0.5)


class TestFuel:
    @given(st.floats(5.0, 20.0), st.floats(5.0, 20.0), st.floats(1.0, 90.0))
    def test_the_cube_of_the_speed(self, service: float, speed: float, burnt: float) -> None:
        found = consumption_t_per_d(burnt, service, speed)
        assert found / burnt == pytest.approx((speed / service) ** 3)
        assert consumption_t_per_d(found, speed, service) == pytest.approx(burnt)

    def test_half_the_speed_takes_twice_the_days_and_a_quarter_of_the_fuel(self) -> None:
        fast, slow = consumption_t_per_d(80.0, 14.0, 14.0) * 10.0, consumption_t_per_d(80.0, 14.0, 7.0) * 20.0
        assert slow == pytest.approx(fast / 4.0)

    def test_a_day_costs_what_is_burnt_at_the_price_of_the_day(self) -> None:
        prices = (
            {"fuel": "oil", "price_usd_per_t": 500, "end": "2023-06-30"},
            {"fuel": "oil", "price_usd_per_t": 650, "start": "2023-07-01"},
        )
        data = world(bunker_prices=prices)
        assert fuel_usd_per_day(data, one_ship(), 20.0, date(2023, 6, 30)) == 10_000.0
        assert fuel_usd_per_day(data, one_ship(), 20.0, date(2023, 7, 1)) == 13_000.0


class TestDemurrage:
    @given(st.floats(0.0, 9.0), st.floats(0.0, 9.0), st.floats(1e3, 9e4))
    def test_days_beyond_the_laytime_alone_are_paid(self, allowed: float, used: float, rate: float) -> None:
        line = demurrage(allowed, used, rate)
        assert line.amount_usd == pytest.approx(max(0.0, used - allowed) * rate, abs=0.01)
        assert line.per == "ship"

    def test_waits_at_both_berths_use_up_laytime(self) -> None:
        data = world(
            berths=(berth("a1", "A", wait_days=1.0), berth("b1", "B", wait_days=0.25)),
            freight_rates=({"rate": "spot", "kind": "per_tonne", "amount": 10},),
        )
        voyage = estimate(
            data, cargo_t=9_600, freight="spot", laytime_allowed_days=3.0, demurrage_usd_per_d=20_000
        )
        # Loading 0.5 + 0.4 and discharge 0.5 + 0.8 days, waits 1.25: 3.45 days, 0.45 of them beyond the laytime.
        (line,) = [line for line in voyage.costs if line.name == "demurrage"]
        assert line.amount_usd == pytest.approx(0.45 * 20_000, abs=0.01)
        assert "3.45 of 3 days used" in line.note


def rate(**more: Any) -> FreightRate:
    line = {"rate": "spot", "kind": "per_tonne", "amount": 10, **more}
    return world(freight_rates=(line,)).freight_rate("spot", "freight")


class TestFreight:
    @settings(max_examples=8)
    @given(st.floats(1.0, 2e5), st.floats(0.0, 2e5))
    def test_a_least_cargo_is_paid_for_whether_it_is_loaded_or_not(
        self, cargo_t: float, least_t: float
    ) -> None:
        line = freight_line(rate(min_cargo_t=least_t), cargo_t)
        assert line.amount_usd == pytest.approx(10.0 * max(cargo_t, least_t), abs=0.01)
        # Only where the cargo is above the least does another tonne cost freight.
        assert line.per == ("ship" if least_t > cargo_t else "t")

    def test_worldscale_points_are_per_cent_of_the_flat_rate(self) -> None:
        line = freight_line(rate(kind="worldscale", amount=120, flat_usd_per_t=8.5), 80_000.0)
        assert line.amount_usd == pytest.approx(1.2 * 8.5 * 80_000)

    def test_a_lump_sum_is_the_same_for_any_cargo(self) -> None:
        lump = rate(kind="lump_sum", amount=1.5e6, low=1.4e6, high=1.8e6)
        lines = [freight_line(lump, cargo_t) for cargo_t in (1.0, 1e5)]
        assert [line.amount_usd for line in lines] == [1.5e6, 1.5e6]
        assert (lines[0].low_usd, lines[0].high_usd) == (1.4e6, 1.8e6)


class TestEarnings:
    def test_canal_dues_are_voyage_expenses(self) -> None:
        without = time_charter_equivalent(50_000, 20.0, 0.0, 200_000, {"load": 30_000}, 40.0, 5_000)
        through = time_charter_equivalent(50_000, 20.0, 0.0, 200_000, {"load": 30_000}, 40.0, 5_000, 250_000)
        assert (without.net_freight_usd, without.voyage_expenses_usd) == (1_000_000.0, 230_000.0)
        assert through.voyage_expenses_usd - without.voyage_expenses_usd == 250_000.0
        assert without.gross_daily_usd - through.gross_daily_usd == pytest.approx(250_000 / 40.0)

    @given(st.floats(0.0, 0.3), st.floats(5.0, 90.0), st.floats(0.0, 9e5))
    def test_the_hire_that_earns_the_same_after_the_same_commission(
        self, commission: float, days: float, bunkers: float
    ) -> None:
        found = time_charter_equivalent(60_000, 18.0, commission, bunkers, {"a": 1e4, "b": 2e4}, days, 6_000)
        hired = found.tc_equivalent_usd_per_d * (1.0 - commission) * days
        assert hired == pytest.approx(found.net_freight_usd - found.voyage_expenses_usd, abs=1e-3)
        assert found.net_daily_usd == pytest.approx(found.gross_daily_usd - 6_000)

    @pytest.mark.parametrize("commission", [-0.01, 1.0, 1.5])
    def test_a_commission_is_a_share_below_one(self, commission: float) -> None:
        with pytest.raises(DataError, match="is not a share"):
            time_charter_equivalent(1, 1, commission, 0, {}, 1, 0)

    @given(st.floats(50.0, 9e3), st.integers(1, 60), st.floats(0.0, 0.9))
    def test_speed_time_and_distance(self, distance_nm: float, days: int, waits: float) -> None:
        arrival = date.fromordinal(START.toordinal() + days)
        speed = required_speed_kn(distance_nm, START, arrival, waits)
        assert speed * 24.0 * (days - waits) == pytest.approx(distance_nm)

    def test_no_time_under_way_is_told(self) -> None:
        with pytest.raises(DataError, match="no day is left under way"):
            required_speed_kn(100.0, START, START)
        with pytest.raises(DataError, match="no day is left under way"):
            required_speed_kn(100.0, START, date(2023, 6, 11), 10.0)


class TestPrices:
    BASES = ("fob", "cfr", "cif", "delivered")

    @given(
        st.floats(1.0, 600.0), st.integers(0, 3), st.integers(0, 3), st.floats(0.0, 40.0), st.floats(5.0, 9.0)
    )
    def test_there_and_back_is_the_same_price_in_either_measure(
        self, value: float, one: int, other: int, item: float, bbl_per_t: float
    ) -> None:
        if one == other:
            return
        price = Price(value, "bbl", self.BASES[one])
        there = price.to(self.BASES[other], {"freight": item})
        assert there.value - value == pytest.approx(item if other > one else -item)
        assert there.to(self.BASES[one], {"freight": item}).value == pytest.approx(value)
        per_t = there.per_t(bbl_per_t)
        assert per_t.value == pytest.approx(there.value * bbl_per_t)
        assert per_t.items[0][1] == pytest.approx(there.items[0][1] * bbl_per_t)
        assert per_t.per_t(1.0) is per_t

    @pytest.mark.parametrize("bbl_per_t", [0.0, -7.3, float("nan")])
    def test_barrels_in_a_tonne_are_above_zero(self, bbl_per_t: float) -> None:
        for turned in (Price(50.0, "bbl", "fob").per_t, Price(400.0, "t", "fob").per_bbl):
            with pytest.raises(DataError, match="is not above zero"):
                turned(bbl_per_t)

    def test_a_differential_moves_the_benchmark_on_its_own_basis(self) -> None:
        outright = against(Price(80.0, "bbl", "fob"), -15.0, "delivered")
        assert (outright.value, outright.basis, outright.per) == (65.0, "delivered", "bbl")


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=9), st.integers(0, 2))
def test_rounded_parts_are_near_their_own_values(values: list[float], digits: int) -> None:
    found = rounded_to_sum(values, digits)
    unit = 10.0**-digits
    assert sum(found) == pytest.approx(round(sum(values), digits), abs=unit * 1.001 if digits else 1.0)
    for rounded, value in zip(found, values, strict=True):
        assert abs(rounded - value) <= unit * (1.0 + 1e-6)


def test_the_largest_remainders_get_the_last_units() -> None:
    # 4.4 + 3.3 + 2.3 = 10: floors 4 + 3 + 2, and the unit that is missing goes to the largest remainder, 0.4.
    assert rounded_to_sum([4.4, 3.3, 2.3], 0) == [5.0, 3.0, 2.0]
    assert rounded_to_sum([2.3, 3.3, 4.4], 0) == [2.0, 3.0, 5.0]


def test_tolls_by_the_ship_and_by_the_tonne_are_apart() -> None:
    data: SupplyData = world(chokepoint_events=(event("dues", "canal", toll_usd=3_000, toll_usd_per_t=0.5),))
    lines = {line.name: line for line in estimate(data, cargo_t=9_600).costs if line.name.startswith("toll")}
    assert {name: (line.per, line.amount_usd) for name, line in lines.items()} == {
        "toll The Canal, laden": ("ship", 3_000.0),
        "toll The Canal, laden, per tonne": ("t", 4_800.0),
        "toll The Canal, in ballast": ("ship", 3_000.0),
    }
