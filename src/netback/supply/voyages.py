"""One voyage: its steps with dates, what it can carry, what it costs.

    days  = loading + laden way with its passages + lightering + discharge, then the way back in ballast
    cost  = hire x days + fuel + tolls + dues           of a ship on time charter
          = lump sum | flat x WS / 100 x t | USD/t x t  of a ship on voyage charter, plus demurrage
    + lightering + shares of the value of the cargo (insurance, losses, credit)

Freight of a voyage charter holds fuel, tolls and dues of the ship; the way back is the owner's. Worldscale is a
flat rate per tonne for a round voyage of a standard ship, and the market moves in points of a hundredth of it
(Stopford, M. (2009). Maritime Economics, 3rd ed., sections 5.3 and 5.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from netback.errors import DataError, Finding
from netback.supply.costs import CostLine, rates, total_usd
from netback.supply.data import SupplyData
from netback.supply.intake import LargestCargo, best_berth, draught_m, largest_cargo_t
from netback.supply.lightering import Lightering, lighten
from netback.supply.routes import Objective, Route, RouteLeg, Sailing, find_route
from netback.supply.rows import Berth, LighteringPlan, VesselClass
from netback.supply.running import berth_days
from netback.supply.voyage_costs import Performance, voyage_costs
from netback.uom import BARREL_M3


@dataclass(frozen=True, slots=True)
class VoyageRequest:
    """What is asked of a voyage. Names are keys, titles or aliases; blank means that the tables decide.

    ``start`` is the day on which the ship is ready to load. ``cargo_t`` [t] None means the largest cargo.
    ``density_t_per_m3`` or ``bbl_per_t`` are of the cargo. ``freight`` names a row of ``freight_rates.csv``;
    None means time charter at the closest hire of the class. ``ballast_back`` counts the way back.
    ``cargo_value_usd`` [USD] turns shares of value into money. ``laytime_allowed_days`` [d] and
    ``demurrage_usd_per_d`` hold for voyage charters.
    """

    origin: str
    destination: str
    vessel_class: str
    start: date
    via: str | None = None
    avoid: tuple[str, ...] = ()
    cargo_t: float | None = None
    density_t_per_m3: float | None = None
    bbl_per_t: float | None = None
    speed_kn: float | None = None
    lightering: LighteringPlan | None = None
    load_berth: str | None = None
    discharge_berth: str | None = None
    freight: str | None = None
    ballast_back: bool = True
    objective: Objective = "distance"
    cargo_value_usd: float | None = None
    laytime_allowed_days: float | None = None
    demurrage_usd_per_d: float | None = None

    @property
    def density(self) -> float | None:
        """Density of the cargo [t/m3], from either way of stating it."""
        if self.density_t_per_m3 is None and self.bbl_per_t is not None:
            return 1.0 / (self.bbl_per_t * BARREL_M3)
        return self.density_t_per_m3

    @property
    def barrels_per_t(self) -> float | None:
        """Barrels in a tonne [bbl/t], from either way of stating it."""
        if self.bbl_per_t is None and self.density_t_per_m3 is not None:
            return 1.0 / (self.density_t_per_m3 * BARREL_M3)
        return self.bbl_per_t


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a voyage. ``days`` [d] is its length; ``kind`` is load, sail, pass, lighter, wait or discharge."""

    name: str
    kind: str
    start: date
    end: date
    days: float


@dataclass(frozen=True)
class VoyageEstimate:
    """A voyage worked out. Costs and days are of one ship and one cargo."""

    request: VoyageRequest
    route: Route
    ballast_route: Route | None
    steps: tuple[Step, ...]
    arrival: date
    days_total: float
    round_trip_days: float
    cargo_t: float
    cargo_limits: LargestCargo
    costs: tuple[CostLine, ...]
    lightering: Lightering | None

    @property
    def legs(self) -> tuple[RouteLeg, ...]:
        """Legs of the laden way from one chokepoint to the next."""
        return self.route.to_next_chokepoint()

    @property
    def largest_cargo_t(self) -> float:
        """Largest cargo [t]."""
        return self.cargo_limits.cargo_t

    @property
    def limited_by(self) -> str:
        """What limits the largest cargo, in words."""
        return self.cargo_limits.limited_by

    @property
    def cost_usd(self) -> float:
        """Sum of all costs whose amount is known [USD], exact to the cent."""
        return total_usd(self.costs)

    @property
    def cost_per_ship_usd(self) -> float:
        """Sum of the costs of each ship, whatever it carries [USD]."""
        return rates(self.costs, "ship")

    @property
    def cost_per_t_usd(self) -> float:
        """Sum of the costs of each tonne [USD/t], without those of the ship."""
        return rates(self.costs, "t")

    @property
    def share_of_value(self) -> float:
        """Sum of the costs that are a share of the value of the cargo."""
        return rates(self.costs, "value")


def estimate_voyage(data: SupplyData, request: VoyageRequest) -> VoyageEstimate:
    """Work out one voyage.

    Raises
    ------
    DataError
        If a name is unknown, every way is closed, a berth has no depth or a rate is missing, or the cargo is more
        than the ship can carry: the finding says what limits it.
    """
    plan = _Plan.of(data, request)
    lightering = plan.lightered()
    steps = list(_dated(request.start, plan.laden_steps(lightering)))
    days_total = sum(step.days for step in steps)
    free = plan.mother_days(lightering)
    back = plan.ballast_route(lightering) if request.ballast_back else None
    if back is not None:
        steps.extend(_dated(_later(request.start, free), plan.sailing_steps(back, "in ballast")))
    costs = voyage_costs(data, plan.performance(back, lightering, free), request, days_total)
    return VoyageEstimate(
        request=request,
        route=plan.route,
        ballast_route=back,
        steps=tuple(steps),
        arrival=_later(request.start, plan.arrival_days(lightering)),
        days_total=days_total,
        round_trip_days=free + (back.days if back is not None else 0.0),
        cargo_t=plan.cargo_t,
        cargo_limits=plan.limits,
        costs=(*costs, *(lightering.costs if lightering is not None else ())),
        lightering=lightering,
    )


def _later(start: date, days: float) -> date:
    """The day on which so many days have passed."""
    return start + timedelta(days=int(days + 1e-9))


@dataclass(frozen=True)
class _Plan:
    """The parts of a voyage before its days and costs are put together."""

    data: SupplyData
    request: VoyageRequest
    vessel: VesselClass
    load_berth: Berth
    discharge_berth: Berth
    route: Route
    limits: LargestCargo
    cargo_t: float
    load_days: float

    @classmethod
    def of(cls, data: SupplyData, request: VoyageRequest) -> _Plan:
        vessel = data.vessel(request.vessel_class, "vessel_class")
        _check_deadweight(request.cargo_t or 0.0, vessel)
        load = _berth(data, request.load_berth, vessel, request.origin)
        discharge = _berth(data, request.discharge_berth, vessel, request.destination)
        end = request.lightering.place if request.lightering is not None else request.destination
        at_end = None if request.lightering is not None else discharge.berth
        sailing = Sailing(
            request.start,
            request.speed_kn or vessel.speed_laden_kn,
            vessel,
            draught_m=None if request.cargo_t is None else draught_m(vessel, request.cargo_t),
            cargo_t=request.cargo_t or 0.0,
            usd_per_day=_day_cost(data, vessel, request),
        )
        # What holds at a passage depends on the day of sailing, which depends on the cargo: hence two rounds.
        for _ in range(2):
            route = find_route(
                data, request.origin, end, sailing, request.via, request.avoid, request.objective
            )
            limits = largest_cargo_t(data, vessel.vessel_class, load.berth, at_end, route, request.density)
            cargo_t = limits.cargo_t if request.cargo_t is None else request.cargo_t
            _check_cargo(cargo_t, limits, vessel)
            load_days = load.wait_days + berth_days(load, vessel, cargo_t, loading=True)
            sailing = replace(sailing, start=_later(request.start, load_days), cargo_t=cargo_t)
        return cls(data, request, vessel, load, discharge, route, limits, cargo_t, load_days)

    def lightered(self) -> Lightering | None:
        """What becomes of the cargo at the place of lightering; None without a plan."""
        request = self.request
        if request.lightering is None:
            return None
        return lighten(
            self.data,
            request.lightering,
            self.vessel.vessel_class,
            self.cargo_t,
            request.destination,
            _later(request.start, self.load_days + self.route.days),
            request.discharge_berth,
            request.density,
        )

    def laden_steps(self, lightering: Lightering | None) -> Iterator[tuple[str, str, float]]:
        """Names, kinds and days of the steps until the cargo is ashore."""
        if self.load_berth.wait_days:
            yield f"wait for {self.load_berth.label}", "wait", self.load_berth.wait_days
        days = berth_days(self.load_berth, self.vessel, self.cargo_t, loading=True)
        yield f"load at {self.load_berth.label}", "load", days
        yield from self.sailing_steps(self.route, "laden")
        if lightering is None:
            if self.discharge_berth.wait_days:
                yield f"wait for {self.discharge_berth.label}", "wait", self.discharge_berth.wait_days
            yield f"discharge at {self.discharge_berth.label}", "discharge", self.discharge_days
        else:
            place = self.data.places[self.data.port(lightering.plan.place).name].title
            yield f"lighter at {place} until side free", "lighter", lightering.mother_days
            yield "parcels to berth and ashore", "discharge", lightering.days - lightering.mother_days

    def sailing_steps(self, route: Route, how: str) -> Iterator[tuple[str, str, float]]:
        """Steps of a way: steaming from one place that takes time to the next, and the places themselves."""
        slow = {passage.place.name: passage for passage in route.passages if passage.extra_days > 0.0}
        begin, days = route.places[0].title, 0.0
        for place, leg in zip(route.places[1:], route.legs, strict=True):
            days += leg.days
            if place.name in slow or place is route.places[-1]:
                yield f"{begin} to {place.title}, {how}", "sail", days
                begin, days = place.title, 0.0
            if place.name in slow:
                yield f"wait and passage, {place.title}", "pass", slow[place.name].extra_days

    @property
    def discharge_days(self) -> float:
        """Days alongside at the berth of discharge."""
        return berth_days(self.discharge_berth, self.vessel, self.cargo_t, loading=False)

    def arrival_days(self, lightering: Lightering | None) -> float:
        """Days from the start until the cargo, or its first parcel, is at the berth."""
        days = self.load_days + self.route.days
        if lightering is None:
            return days + self.discharge_berth.wait_days
        return days + min(parcel.berth_start for parcel in lightering.parcels)

    def mother_days(self, lightering: Lightering | None) -> float:
        """Days from the start until the ship herself is empty."""
        days = self.load_days + self.route.days
        if lightering is None:
            return days + self.discharge_berth.wait_days + self.discharge_days
        own = [parcel.berth_end for parcel in lightering.parcels if parcel.ship == "mother"]
        return days + max((lightering.mother_days, *own))

    def ballast_route(self, lightering: Lightering | None) -> Route:
        """Way back in ballast, from where the ship is empty to where she loaded."""
        at_berth = lightering is None or any(parcel.ship == "mother" for parcel in lightering.parcels)
        begin = self.request.destination
        if lightering is not None and not at_berth:
            begin = lightering.plan.place
        on = _later(self.request.start, self.mother_days(lightering))
        sailing = Sailing(
            on,
            self.vessel.speed_ballast_kn,
            self.vessel,
            laden=False,
            draught_m=self.vessel.draught_ballast_m,
            usd_per_day=_day_cost(self.data, self.vessel, self.request),
        )
        via = self.request.via
        back = ";".join(reversed(via.split(";"))) if via else None
        return find_route(
            self.data, begin, self.request.origin, sailing, back, self.request.avoid, self.request.objective
        )

    def performance(self, back: Route | None, lightering: Lightering | None, free: float) -> Performance:
        """What the ship does on the voyage, for its costs."""
        own = [parcel for parcel in (lightering.parcels if lightering else ()) if parcel.ship == "mother"]
        return Performance(
            vessel=self.vessel,
            origin=self.data.port(self.request.origin).name,
            destination=self.data.port(self.request.destination).name,
            cargo_t=self.cargo_t,
            load_berth=self.load_berth,
            discharge_berth=self.data.berth(own[0].berth) if own else self.discharge_berth,
            discharged_t=self.cargo_t if lightering is None else sum(parcel.cargo_t for parcel in own),
            route=self.route,
            ballast_route=back,
            speed_kn=self.request.speed_kn or self.vessel.speed_laden_kn,
            free_days=free,
            lightering_days=lightering.mother_days if lightering is not None else 0.0,
            own_way_days=_own_way(lightering, self.vessel) if own else 0.0,
        )


def _own_way(lightering: Lightering | None, vessel: VesselClass) -> float:
    if lightering is None:
        return 0.0
    return lightering.route.distance_nm / (24.0 * vessel.speed_laden_kn)


def _berth(data: SupplyData, name: str | None, vessel: VesselClass, port: str) -> Berth:
    if name is None:
        return best_berth(data, vessel, port)
    berth, place = data.berth(name), data.port(port)
    if berth.port != place.name:
        what = f"{berth.label} is a berth of {data.places[berth.port].title}, not of {place.title}."
        known = ", ".join(row.berth for row in data.berths_of(place.name)) or "none"
        raise DataError(Finding("berth", what, f"Berths there: {known}."))
    return berth


def _check_deadweight(cargo_t: float, vessel: VesselClass) -> None:
    """More than a ship can carry at all is told as that, not as the draught that it would give her."""
    if cargo_t > vessel.dwt_t:
        what = (
            f"{cargo_t:,.0f} t are more than the {vessel.dwt_t:,.0f} t deadweight of {vessel.vessel_class}."
        )
        raise DataError(
            Finding("cargo_t", what, "Leave it out for the largest cargo, or take another class.")
        )


def _check_cargo(cargo_t: float, limits: LargestCargo, vessel: VesselClass) -> None:
    if limits.cargo_t <= 0.0:
        what = f"a ship of class {vessel.vessel_class} can carry nothing on this voyage: {limits.limited_by}."
        raise DataError(Finding("vessel_class", what, "Take another class, berth or way, or lighten."))
    if cargo_t <= 0.0:
        raise DataError(Finding("cargo_t", f"a cargo of {cargo_t:g} t is none.", "Write tonnes above zero."))
    if cargo_t > limits.cargo_t * (1.0 + 1e-9):
        what = f"{cargo_t:,.0f} t are more than the largest cargo of {limits.cargo_t:,.0f} t: {limits.limited_by}."
        raise DataError(Finding("cargo_t", what, "Load less, take another class or berth, or lighten."))


def _day_cost(data: SupplyData, vessel: VesselClass, request: VoyageRequest) -> float:
    if request.objective != "cost":
        return 0.0
    fuel = data.bunker_price_usd_per_t(vessel.fuel, request.start) * vessel.consumption_laden_t_per_d
    return data.hire(vessel.vessel_class, request.start).amount + fuel


def _dated(start: date, steps: Iterator[tuple[str, str, float]]) -> Iterator[Step]:
    passed = 0.0
    for name, kind, days in steps:
        begin, passed = passed, passed + days
        yield Step(name, kind, _later(start, begin), _later(start, passed), days)
