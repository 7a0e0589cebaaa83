"""Cost lines of a voyage: of the ship by its charter, and shares of the value of the cargo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from netback.errors import DataError, Finding
from netback.supply.costs import CostLine, hired
from netback.supply.data import SupplyData
from netback.supply.routes import Route
from netback.supply.rows import Berth, FreightRate, VesselClass
from netback.supply.running import berth_days, consumption_t_per_d

if TYPE_CHECKING:
    from netback.supply.voyages import VoyageRequest


@dataclass(frozen=True, slots=True)
class Performance:
    """What one ship does on one voyage. Days [d], tonnes [t], speeds [kn]."""

    vessel: VesselClass
    origin: str
    destination: str
    cargo_t: float
    load_berth: Berth
    discharge_berth: Berth
    discharged_t: float
    route: Route
    ballast_route: Route | None
    speed_kn: float
    free_days: float
    lightering_days: float
    own_way_days: float

    @property
    def hired_days(self) -> float:
        """Days that a time charter pays for, without the stay for lightering, which is counted there."""
        back = self.ballast_route.days if self.ballast_route is not None else 0.0
        return self.free_days + back - self.lightering_days

    @property
    def at_berth_days(self) -> tuple[float, float]:
        """Days alongside for loading and for discharge."""
        load = berth_days(self.load_berth, self.vessel, self.cargo_t, loading=True)
        if not self.discharged_t:
            return load, 0.0
        return load, berth_days(self.discharge_berth, self.vessel, self.discharged_t, loading=False)

    @property
    def fuel_t(self) -> float:
        """Fuel of the voyage [t]: laden, in ballast, idle and at work; the stay for lightering is counted there."""
        ship = self.vessel
        laden = self.route.steaming_days + self.own_way_days
        at_speed = consumption_t_per_d(ship.consumption_laden_t_per_d, ship.speed_laden_kn, self.speed_kn)
        back = self.ballast_route.steaming_days if self.ballast_route is not None else 0.0
        discharge = self.at_berth_days[1]
        idle = max(0.0, self.hired_days - laden - back - discharge)
        at_work = ship.consumption_discharge_t_per_d or ship.consumption_idle_t_per_d
        return (
            self.route.steaming_days * at_speed
            + self.own_way_days * ship.consumption_laden_t_per_d
            + back * ship.consumption_ballast_t_per_d
            + idle * ship.consumption_idle_t_per_d
            + discharge * at_work
        )


def voyage_costs(
    data: SupplyData, voyage: Performance, request: VoyageRequest, days_total: float
) -> Iterator[CostLine]:
    """Cost lines of the ship and of the value of the cargo; those of lightering come from its own module.

    Raises
    ------
    DataError
        If a rate, a price or dues are missing, or a named rate does not fit the voyage.
    """
    if request.freight is None:
        yield from _time_charter(data, voyage, request.start)
    else:
        yield from _voyage_charter(data, voyage, request)
    yield from value_shares(data, request.cargo_value_usd, days_total)


def _time_charter(data: SupplyData, voyage: Performance, on: date) -> Iterator[CostLine]:
    vessel = voyage.vessel
    hire = data.hire(vessel.vessel_class, on, voyage.origin, voyage.destination)
    days = voyage.hired_days
    note = f"{days:.2f} days at {hire.amount:,.0f}"
    yield hired("hire", "freight", hire, days, note)
    price = data.bunker_price_usd_per_t(vessel.fuel, on)
    fuel_t = voyage.fuel_t
    yield CostLine.ship("fuel", "freight", fuel_t * price, f"{fuel_t:,.0f} t at {price:,.0f}")
    yield from _tolls(voyage)
    yield from _dues(voyage)


def _tolls(voyage: Performance) -> Iterator[CostLine]:
    for route, how in ((voyage.route, "laden"), (voyage.ballast_route, "in ballast")):
        for passage in route.passages if route is not None else ():
            if passage.toll_usd:
                per_t = sum(row.toll_usd_per_t or 0.0 for row in passage.events)
                fixed = sum(row.toll_usd or 0.0 for row in passage.events)
                name = f"toll {passage.place.title}, {how}"
                if fixed:
                    yield CostLine.ship(name, "freight", fixed)
                if per_t and how == "laden":
                    yield CostLine.tonne(f"{name}, per tonne", "freight", per_t, voyage.cargo_t)


def _dues(voyage: Performance) -> Iterator[CostLine]:
    calls = [(voyage.load_berth, voyage.cargo_t)]
    if voyage.discharged_t:
        calls.append((voyage.discharge_berth, voyage.discharged_t))
    for berth, cargo_t in calls:
        if berth.dues_usd is None:
            what = f"{berth.label} states no dues."
            raise DataError(Finding(berth.where, what, "Fill dues_usd; write 0 if there are none."))
        yield CostLine.ship(f"dues {berth.label}", "freight", berth.dues_usd)
        if berth.dues_usd_per_t:
            name = f"dues {berth.label}, per tonne"
            yield CostLine.tonne(name, "freight", berth.dues_usd_per_t, cargo_t)


def _voyage_charter(data: SupplyData, voyage: Performance, request: VoyageRequest) -> Iterator[CostLine]:
    rate = data.freight_rate(str(request.freight), "freight")
    if not rate.fits(request.start, voyage.vessel.vessel_class, voyage.origin, voyage.destination):
        what = f"freight rate {rate.rate} does not hold for this class, way and day."
        raise DataError(Finding(rate.where, what, "Name another rate, or widen its columns."))
    yield freight_line(rate, voyage.cargo_t, voyage)
    if request.laytime_allowed_days is None or request.demurrage_usd_per_d is None:
        return
    # A ship whose cargo goes over the side has no berth of discharge to wait for.
    wait = voyage.discharge_berth.wait_days if voyage.discharged_t else 0.0
    used = sum(voyage.at_berth_days) + voyage.load_berth.wait_days + wait
    yield demurrage(request.laytime_allowed_days, used, request.demurrage_usd_per_d)


def freight_line(rate: FreightRate, cargo_t: float, voyage: Performance | None = None) -> CostLine:
    """Freight of a voyage charter [USD]; time charter needs the voyage for its days.

    Raises
    ------
    DataError
        If the rate is a hire and no voyage is given, or Worldscale has no flat rate.
    """
    paid_t = max(cargo_t, rate.min_cargo_t or 0.0)
    if rate.kind == "lump_sum":
        return CostLine.ship("freight", "freight", rate.amount, f"lump sum, {rate.rate}", rate.low, rate.high)
    if rate.kind == "time_charter":
        if voyage is None:
            raise DataError(Finding(rate.where, "a hire needs a voyage to become freight."))
        return hired("hire", "freight", rate, voyage.hired_days, rate.rate)
    usd_per_t = rate.amount
    if rate.kind == "worldscale":
        if rate.flat_usd_per_t is None:
            raise DataError(
                Finding(rate.where, "Worldscale points have no flat rate.", "Fill flat_usd_per_t.")
            )
        usd_per_t = rate.amount / 100.0 * rate.flat_usd_per_t
    if paid_t > cargo_t:
        return CostLine.ship(
            "freight", "freight", usd_per_t * paid_t, f"on least {paid_t:,.0f} t, {rate.rate}"
        )
    return CostLine.tonne("freight", "freight", usd_per_t, cargo_t, rate.rate)


def demurrage(allowed_days: float, used_days: float, usd_per_d: float) -> CostLine:
    """Demurrage: days used beyond the laytime allowed [d] at a rate [USD/d]; zero if there are none."""
    over = max(0.0, used_days - allowed_days)
    return CostLine.ship(
        "demurrage", "freight", over * usd_per_d, f"{used_days:.2f} of {allowed_days:g} days used"
    )


def value_shares(data: SupplyData, value_usd: float | None, days: float) -> Iterator[CostLine]:
    """Shares of the value of the cargo that hold for every landing: rows of ``landed_cost_items`` without one."""
    for record in data.tables["landed_cost_items"].records:
        if record["landing"] is not None or not record["amount_uom"].startswith("%"):
            continue
        share, note = record["amount"] / 100.0, f"{record['amount']:g} %"
        if record["amount_uom"] == "%/year":
            held = record["days"] if record["days"] is not None else days
            share, note = share * held / 365.0, f"{record['amount']:g} % a year, {held:.1f} days"
        yield CostLine.share(record["item"], record["stage"], share, value_usd, note)
