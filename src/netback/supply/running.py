"""What a ship uses while it runs: days at berths, fuel by speed, dues."""

from __future__ import annotations

from datetime import date

from netback.errors import DataError, Finding
from netback.supply.data import SupplyData
from netback.supply.rows import Berth, VesselClass


def hours_days(cargo_t: float, rate_t_per_h: float) -> float:
    """Days [d] to move a cargo [t] at a rate [t/h]."""
    return cargo_t / rate_t_per_h / 24.0


def berth_days(berth: Berth, vessel: VesselClass, cargo_t: float, loading: bool) -> float:
    """Days [d] alongside: the fixed part and the cargo at the slower of ship and shore.

    Raises
    ------
    DataError
        If the berth states no fixed days, or neither ship nor shore states a rate.
    """
    column = "load_t_per_h" if loading else "discharge_t_per_h"
    shore = berth.load_t_per_h if loading else berth.discharge_t_per_h
    ship = None if loading else vessel.pump_t_per_h
    known = [rate for rate in (shore, ship) if rate is not None]
    if berth.fixed_days is None or not known:
        missing = "fixed_days" if berth.fixed_days is None else column
        what = f"{berth.label} states no {missing}, so the days at the berth are not known."
        raise DataError(Finding(berth.where, what, "Fill the cell."))
    return berth.fixed_days + hours_days(cargo_t, min(known))


def port_dues(berth: Berth, cargo_t: float) -> float:
    """Dues of one call with a cargo [t], in USD.

    Raises
    ------
    DataError
        If the berth states no dues.
    """
    if berth.dues_usd is None:
        what = f"{berth.label} states no dues."
        raise DataError(Finding(berth.where, what, "Fill dues_usd; write 0 if there are none."))
    return berth.dues_usd + berth.dues_usd_per_t * cargo_t


def consumption_t_per_d(at_service_t_per_d: float, service_kn: float, speed_kn: float) -> float:
    """Fuel [t/d] at another speed, by the cube of the speed.

    The cube holds near the service speed (Stopford, M. (2009). Maritime Economics, 3rd ed., eq. 6.6).
    """
    return at_service_t_per_d * float((speed_kn / service_kn) ** 3)


def fuel_usd_per_day(data: SupplyData, vessel: VesselClass, burnt_t_per_d: float, on: date) -> float:
    """Cost of fuel [USD/d] for a consumption [t/d] at the price of a day."""
    return burnt_t_per_d * data.bunker_price_usd_per_t(vessel.fuel, on)
