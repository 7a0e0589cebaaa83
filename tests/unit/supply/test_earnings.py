"""The printed voyage estimate, and the speeds that reported dates imply."""

from __future__ import annotations

import json
from datetime import date

import pytest

from netback.errors import DataError
from netback.supply.data import SupplyData
from netback.supply.earnings import required_speed_kn, time_charter_equivalent
from netback.supply.routes import Sailing, find_route
from shared import shared


def test_the_printed_voyage_estimate_is_met() -> None:
    case = json.loads(shared("benchmarks/economics/voyage_estimate.json").read_text(encoding="utf-8"))
    data, expected = case["data"], case["expected"]
    found = time_charter_equivalent(
        data["cargo_t"],
        data["freight_per_t"],
        data["commission"],
        data["bunkers_total"],
        data["port_costs"],
        data["voyage_days"],
        data["running_cost_per_day"],
    )
    tolerance = expected["tolerance"]
    assert found.net_freight_usd == pytest.approx(expected["net_freight"], abs=tolerance)
    assert found.voyage_expenses_usd == pytest.approx(expected["voyage_expenses"], abs=tolerance)
    assert found.gross_daily_usd == pytest.approx(expected["gross_daily"], abs=tolerance)
    assert found.net_daily_usd == pytest.approx(expected["net_daily"], abs=tolerance)
    assert found.tc_equivalent_usd_per_d == pytest.approx(expected["tc_equivalent_gross"], abs=tolerance)


def test_the_same_from_typed_digits() -> None:
    """handybulk.com/bunkerbill: 958,360 less 303,625 over 63.5 days."""
    found = time_charter_equivalent(63_050, 16.0, 0.05, 191_125, {"a": 50_000, "b": 62_500}, 63.5, 4_500)
    assert round(found.net_freight_usd) == 958_360
    assert round(found.gross_daily_usd) == 10_311
    assert round(found.net_daily_usd) == 5_811


def test_faults() -> None:
    with pytest.raises(DataError, match="has no length"):
        time_charter_equivalent(1, 1, 0, 0, {}, 0, 0)
    with pytest.raises(DataError, match=r"5 is not a share. Write 0.05"):
        time_charter_equivalent(1, 1, 5, 0, {}, 1, 0)
    with pytest.raises(DataError, match="no day is left under way"):
        required_speed_kn(100, date(2023, 5, 2), date(2023, 5, 1))


def distance_nm(origin: str, destination: str) -> float:
    data = SupplyData.of(None)
    return find_route(data, origin, destination, Sailing(date(2023, 5, 1), 12.0)).distance_nm


# BT-16: loaded 21 April and held ten days, at Suez on 17 May: from which basin?
def test_only_the_baltic_fits_the_dates() -> None:
    speeds = {
        origin: required_speed_kn(distance_nm(origin, "Port Said"), date(2023, 4, 21), date(2023, 5, 17), 10)
        for origin in ("Primorsk", "Ust-Luga", "Novorossiysk")
    }
    assert speeds["Primorsk"] == pytest.approx(12.1, abs=0.2)
    assert speeds["Ust-Luga"] == pytest.approx(12.1, abs=0.2)
    assert speeds["Novorossiysk"] == pytest.approx(3.3, abs=0.2)  # no tanker steams at this speed


# BT-17: Suez on 29 May, Duqm on 7 June: 10.3 kn (accepted 9 to 12).
def test_the_leg_to_duqm() -> None:
    speed = required_speed_kn(distance_nm("Port Suez", "Duqm"), date(2023, 5, 29), date(2023, 6, 7))
    assert speed == pytest.approx(10.3, abs=0.2)
