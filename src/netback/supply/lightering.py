"""Lightering: a cargo goes from a large ship into smaller ones at sea, because the berth cannot take it whole.

The mother ship keeps what she may carry to the berth (nothing if she does not berth); shuttles carry the rest:

    loads            = ceil((cargo - kept) / most that a shuttle carries)
    transfer of q    = fixed days + q / rate / 24
    cycle of shuttle = transfer + way to the berth + wait + berth days + way back
    stay of mother   = wait for the first shuttle + transfers, with the waits for shuttles that are still away

Cost: hire and fuel of the shuttles over their cycles and their positioning; their port dues; fees for each transfer
and tonne; hire and fuel of the mother over her stay. What the voyage costs anyway is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from netback.errors import DataError, Finding
from netback.supply.costs import CostLine, hired, total_usd
from netback.supply.data import SupplyData
from netback.supply.intake import best_berth, largest_cargo_t
from netback.supply.routes import Route, Sailing, find_route
from netback.supply.rows import Berth, LighteringPlan, VesselClass
from netback.supply.running import berth_days, fuel_usd_per_day, hours_days, port_dues


@dataclass(frozen=True, slots=True)
class Parcel:
    """One part of the cargo on its way to the berth; days [d] from the arrival of the mother at the place."""

    ship: str
    vessel_class: str
    berth: str
    cargo_t: float
    transfer_start: float
    transfer_end: float
    berth_start: float
    berth_end: float


@dataclass(frozen=True)
class Lightering:
    """What becomes of a cargo at a place of lightering. Days [d] count from the arrival of the mother ship."""

    plan: LighteringPlan
    parcels: tuple[Parcel, ...]
    mother_days: float
    costs: tuple[CostLine, ...]
    route: Route

    @property
    def transfers(self) -> int:
        """How many times ships lie side by side."""
        return sum(parcel.transfer_end > parcel.transfer_start for parcel in self.parcels)

    @property
    def days(self) -> float:
        """Days from the arrival of the mother until the last parcel is ashore."""
        return max(parcel.berth_end for parcel in self.parcels)

    @property
    def cost_usd(self) -> float:
        """Cost of the lightering [USD]."""
        return total_usd(self.costs)


def split_by_intake(cargo_t: float, intakes_t: Sequence[float]) -> tuple[float, ...]:
    """Split a cargo [t] into parcels by what each ship can take in [t], in their order.

    Every ship is filled before the next; the last one that is needed takes the rest, and ships that are not
    needed get no parcel.

    Raises
    ------
    DataError
        If the ships together cannot take it, or a number is not above zero.
    """
    if cargo_t <= 0.0 or any(intake <= 0.0 for intake in intakes_t):
        raise DataError(Finding("lightering", "cargo and intakes must be above zero.", "Write tonnes."))
    parcels: list[float] = []
    left = cargo_t
    for intake in intakes_t:
        if left <= 0.0:
            break
        parcels.append(min(intake, left))
        left = max(0.0, left - intake)
    if left > 1e-6 * cargo_t:
        what = f"{cargo_t:,.0f} t do not fit into ships of {sum(intakes_t):,.0f} t together."
        raise DataError(Finding("lightering", what, "Add a ship or load less."))
    return tuple(parcels)


@dataclass(frozen=True)
class _Ships:
    """What the schedule needs to know of the ships, the way and the berths."""

    data: SupplyData
    plan: LighteringPlan
    mother: VesselClass
    shuttle: VesselClass
    mother_berth: Berth
    shuttle_berth: Berth
    route: Route
    on: date

    def way_days(self, vessel: VesselClass, laden: bool) -> float:
        speed = vessel.speed_laden_kn if laden else vessel.speed_ballast_kn
        return self.route.distance_nm / (24.0 * speed)

    def transfer_days(self, cargo_t: float) -> float:
        return self.plan.fixed_days + hours_days(cargo_t, self.plan.transfer_t_per_h)


def lighten(
    data: SupplyData,
    plan: LighteringPlan,
    mother_class: str,
    cargo_t: float,
    destination: str,
    on: date,
    berth: str | None = None,
    density_t_per_m3: float | None = None,
) -> Lightering:
    """Work out parcels, days and cost of lightering a cargo.

    Parameters
    ----------
    data, plan
        Ships, berths, rates; the plan to follow.
    mother_class
        Class of the large ship.
    cargo_t
        What she brings [t].
    destination
        Port where the parcels go.
    on
        Day on which she arrives at the place.
    berth
        Berth at the destination where the plan names none; None takes the one that lets each ship carry most.
    density_t_per_m3
        Of the cargo [t/m3], for tank space.

    Raises
    ------
    DataError
        If a name is unknown, a berth has no depth, a rate is missing or a ship cannot carry anything to its berth.
    """
    ships = _ships(data, plan, mother_class, destination, on, berth)
    parcels_t = _parcels_t(ships, cargo_t, density_t_per_m3)
    parcels, mother_days = _schedule(ships, parcels_t)
    costs = tuple(_costs(ships, parcels, mother_days))
    return Lightering(plan, tuple(parcels), mother_days, costs, ships.route)


def _ships(
    data: SupplyData, plan: LighteringPlan, mother_class: str, destination: str, on: date, berth: str | None
) -> _Ships:
    mother, shuttle = data.vessel(mother_class), data.vessel(plan.shuttle_class, plan.where)
    places = [plan.mother_berth or berth, plan.shuttle_berth or berth]
    berths = [
        data.berth(name, plan.where) if name else best_berth(data, vessel, destination)
        for name, vessel in zip(places, (mother, shuttle), strict=True)
    ]
    sailing = Sailing(on, shuttle.speed_laden_kn, shuttle)
    route = find_route(data, plan.place, destination, sailing)
    return _Ships(data, plan, mother, shuttle, berths[0], berths[1], route, on)


def _parcels_t(ships: _Ships, cargo_t: float, density: float | None) -> list[tuple[str, float]]:
    """Parcels in the order of their transfer, the mother's own last: (``shuttle`` or ``mother``, tonnes)."""
    plan = ships.plan
    kept_t = 0.0
    if plan.mother_berths:
        kept_t = largest_cargo_t(
            ships.data, ships.mother.vessel_class, None, ships.mother_berth.berth, ships.route, density
        ).cargo_t
        kept_t = min(kept_t, plan.mother_cargo_t or kept_t, cargo_t)
        if kept_t <= 0.0:
            what = f"the large ship cannot berth at {ships.mother_berth.label} with any cargo."
            raise DataError(Finding(plan.where, what, "Set mother_berths to no, or name another berth."))
    most = largest_cargo_t(
        ships.data, ships.shuttle.vessel_class, None, ships.shuttle_berth.berth, ships.route, density
    )
    load_t = min(most.cargo_t, plan.shuttle_cargo_t or most.cargo_t)
    moved_t = cargo_t - kept_t
    if moved_t > 0.0 and load_t <= 0.0:
        raise DataError(
            Finding(plan.where, f"a shuttle can carry nothing: {most.limited_by}.", "Take another.")
        )
    loads = math.ceil(moved_t / load_t - 1e-9) if moved_t > 0.0 else 0
    shares = split_by_intake(moved_t, [load_t] * loads) if loads else ()
    return [*(("shuttle", part) for part in shares), *((("mother", kept_t),) if kept_t > 0.0 else ())]


def _schedule(ships: _Ships, parcels_t: Iterable[tuple[str, float]]) -> tuple[list[Parcel], float]:
    """Parcels with their days, and the stay of the mother ship. Ships use a berth one after the other."""
    plan = ships.plan
    free = [plan.wait_days] * max(1, plan.shuttles)
    side, parcels = plan.wait_days, []
    berth_free: dict[str, float] = {}
    for kind, cargo_t in parcels_t:
        vessel, berth = (
            (ships.mother, ships.mother_berth) if kind == "mother" else (ships.shuttle, ships.shuttle_berth)
        )
        number = min(range(len(free)), key=free.__getitem__)
        start = max(side, free[number]) if kind == "shuttle" else side
        side = start + ships.transfer_days(cargo_t) if kind == "shuttle" else side
        at_berth = max(
            side + ships.way_days(vessel, True) + berth.wait_days, berth_free.get(berth.berth, 0.0)
        )
        done = at_berth + berth_days(berth, vessel, cargo_t, loading=False)
        berth_free[berth.berth] = done
        if kind == "shuttle":
            free[number] = done + ships.way_days(vessel, False)
        name = f"shuttle {number + 1}" if kind == "shuttle" else "mother"
        parcels.append(Parcel(name, vessel.vessel_class, berth.berth, cargo_t, start, side, at_berth, done))
    return parcels, side


def _costs(ships: _Ships, parcels: Sequence[Parcel], mother_days: float) -> Iterable[CostLine]:
    plan, data, on = ships.plan, ships.data, ships.on
    moved = [parcel for parcel in parcels if parcel.ship != "mother"]
    moved_t = sum(parcel.cargo_t for parcel in moved)
    hire = data.hire(ships.mother.vessel_class, on)
    idle = fuel_usd_per_day(data, ships.mother, ships.mother.consumption_idle_t_per_d, on)
    yield hired("hire of the large ship", "lightering", hire, mother_days, f"{mother_days:.2f} days")
    yield CostLine.ship("fuel of the large ship", "lightering", idle * mother_days)
    if plan.dues_usd:
        yield CostLine.ship("dues of the large ship", "lightering", plan.dues_usd)
    if not moved:
        return
    yield from _shuttle_costs(ships, moved)
    yield CostLine.ship("ship-to-ship service", "lightering", plan.fee_usd_per_transfer * len(moved))
    if plan.fee_usd_per_t:
        yield CostLine.ship("ship-to-ship service, per tonne", "lightering", plan.fee_usd_per_t * moved_t)


def _shuttle_costs(ships: _Ships, moved: Sequence[Parcel]) -> Iterable[CostLine]:
    shuttle, data, on = ships.shuttle, ships.data, ships.on
    used = {parcel.ship for parcel in moved}
    back = ships.way_days(shuttle, False)
    busy = sum(
        max(parcel.berth_end for parcel in moved if parcel.ship == name)
        - min(parcel.transfer_start for parcel in moved if parcel.ship == name)
        + back
        + ships.plan.positioning_days
        for name in used
    )
    hire = data.hire(shuttle.vessel_class, on)
    yield hired("hire of shuttles", "lightering", hire, busy, f"{busy:.2f} days")
    laden = len(moved) * ships.way_days(shuttle, True)
    empty = len(moved) * back + len(used) * ships.plan.positioning_days
    pumping = sum(berth_days(ships.shuttle_berth, shuttle, parcel.cargo_t, loading=False) for parcel in moved)
    idle = max(0.0, busy - laden - empty - pumping)
    discharge = shuttle.consumption_discharge_t_per_d or shuttle.consumption_idle_t_per_d
    burnt_t = (
        laden * shuttle.consumption_laden_t_per_d
        + empty * shuttle.consumption_ballast_t_per_d
        + pumping * discharge
        + idle * shuttle.consumption_idle_t_per_d
    )
    price = data.bunker_price_usd_per_t(shuttle.fuel, on)
    yield CostLine.ship("fuel of shuttles", "lightering", burnt_t * price, f"{burnt_t:.0f} t")
    dues = sum(port_dues(ships.shuttle_berth, parcel.cargo_t) for parcel in moved)
    yield CostLine.ship("dues of shuttles", "lightering", dues)
