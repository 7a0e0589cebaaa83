"""How much a ship can carry: deadweight, tanks, and draught at both berths and at every chokepoint between.

Draught against cargo is linear, by the tonnes per centimetre immersion (TPC) of the laden ship:

    cargo(T) = deadweight - what is not cargo - 100 x TPC x (laden draught - T)
    T_max    = min(draught allowed, (depth + tide) / (1 + clearance share), depth + tide - least clearance)

The line holds near the laden draught; TPC falls by a few per cent towards ballast draught, so that a deep cut is a
little pessimistic. Barrass, C. B. and Derrett, D. R. (2012). Ship Stability for Masters and Mates, 7th ed., ch. 7.
A limit that somebody merely states is a claim: it is shown beside the limits and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netback.errors import DataError, Finding
from netback.supply.data import SupplyData
from netback.supply.routes import Passage, Route
from netback.supply.rows import Berth, VesselClass


@dataclass(frozen=True, slots=True)
class CargoLimit:
    """One limit on the cargo [t] and what makes it, in words."""

    name: str
    cargo_t: float
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A cargo limit that somebody states [t]; nothing is derived from it."""

    about: str
    cargo_t: float
    stated_by: str


@dataclass(frozen=True, slots=True)
class LargestCargo:
    """The largest cargo [t], every limit, the one that binds, and what others claim."""

    cargo_t: float
    limited_by: str
    limits: tuple[CargoLimit, ...]
    claims: tuple[Claim, ...]


def draught_m(vessel: VesselClass, cargo_t: float) -> float:
    """Draught [m] of a ship with a cargo [t] and its bunkers; never less than its ballast draught."""
    missing_t = vessel.dwt_t - vessel.not_cargo_t - cargo_t
    return max(
        vessel.draught_laden_m - missing_t / (100.0 * vessel.tpc_t_per_cm), vessel.draught_ballast_m or 0.0
    )


def cargo_at_draught_t(vessel: VesselClass, draught: float) -> float:
    """Cargo [t] with which a ship has a draught [m]; 0 where it is deeper in ballast."""
    if vessel.draught_ballast_m is not None and draught < vessel.draught_ballast_m:
        return 0.0
    sunk_t = 100.0 * vessel.tpc_t_per_cm * (vessel.draught_laden_m - draught)
    return max(0.0, vessel.dwt_t - vessel.not_cargo_t - max(0.0, sunk_t))


def berth_draught_m(berth: Berth) -> float:
    """Greatest draught [m] at a berth, from its rule and from its depth, tide and under-keel clearance.

    Raises
    ------
    DataError
        If neither a depth nor a greatest draught is known.
    """
    found = [] if berth.max_draught_m is None else [berth.max_draught_m]
    if berth.depth_m is not None:
        water_m = berth.depth_m + berth.tide_m
        found.extend((water_m / (1.0 + berth.under_keel_share), water_m - berth.under_keel_m))
    if not found:
        what = f"berth {berth.label} has no depth, so the largest cargo cannot be derived."
        raise DataError(Finding(berth.where, what, "Give depth_m, or max_draught_m if the port states one."))
    return min(found)


def largest_cargo_t(
    data: SupplyData,
    vessel_class: str,
    load_berth: str | None,
    discharge_berth: str | None,
    route: Route | None = None,
    density_t_per_m3: float | None = None,
) -> LargestCargo:
    """Derive the largest cargo of a class between two berths along a route.

    Parameters
    ----------
    data
        Berths and classes.
    vessel_class
        Name of the class.
    load_berth, discharge_berth
        Names of berths; None leaves that end out.
    route
        Its passages hold the limits of chokepoints on their day; None leaves them out.
    density_t_per_m3
        Of the cargo [t/m3]; without it tank space limits nothing.

    Raises
    ------
    DataError
        If a name is unknown or a berth has neither a depth nor a greatest draught.
    """
    vessel = data.vessel(vessel_class)
    berths = [data.berth(name) for name in (load_berth, discharge_berth) if name is not None]
    limits = list(_limits(vessel, berths, route.passages if route else (), density_t_per_m3))
    binding = min(limits, key=lambda limit: limit.cargo_t)
    claims = (
        Claim(berth.label, berth.stated_max_cargo_t, berth.stated_by or "")
        for berth in berths
        if berth.stated_max_cargo_t is not None
    )
    return LargestCargo(binding.cargo_t, binding.reason, tuple(limits), tuple(claims))


def _limits(
    vessel: VesselClass, berths: Iterable[Berth], passages: Iterable[Passage], density: float | None
) -> Iterator[CargoLimit]:
    dead_t = vessel.dwt_t - vessel.not_cargo_t
    yield CargoLimit("deadweight", dead_t, f"deadweight less bunkers and stores, {dead_t:,.0f} t")
    if vessel.tank_m3 is not None and density is not None:
        yield CargoLimit("tanks", vessel.tank_m3 * density, f"{vessel.tank_m3:,.0f} m3 of tanks")
    for berth in berths:
        yield from berth_limits(vessel, berth)
    for passage in passages:
        if passage.max_draught_m is not None:
            cargo_t = cargo_at_draught_t(vessel, passage.max_draught_m)
            name = passage.place.title
            yield CargoLimit(f"draught, {name}", cargo_t, f"{passage.max_draught_m:.2f} m draught at {name}")


def berth_limits(vessel: VesselClass, berth: Berth) -> Iterator[CargoLimit]:
    """Limits of one berth for one class: its size, its length, its draught.

    Raises
    ------
    DataError
        If the berth has neither a depth nor a greatest draught.
    """
    if berth.max_dwt_t is not None and vessel.dwt_t > berth.max_dwt_t:
        reason = f"{berth.label} takes {berth.max_dwt_t:,.0f} dwt, the ship has {vessel.dwt_t:,.0f}"
        yield CargoLimit(f"deadweight, {berth.label}", 0.0, reason)
    if berth.max_loa_m is not None and vessel.loa_m is not None and vessel.loa_m > berth.max_loa_m:
        reason = f"{berth.label} takes {berth.max_loa_m:g} m of length, the ship has {vessel.loa_m:g}"
        yield CargoLimit(f"length, {berth.label}", 0.0, reason)
    draught = berth_draught_m(berth)
    water = "" if berth.depth_m is None else f" of {berth.depth_m + berth.tide_m:g} m water"
    reason = f"{draught:.2f} m draught{water} at {berth.label}"
    yield CargoLimit(f"draught, {berth.label}", cargo_at_draught_t(vessel, draught), reason)


def best_berth(data: SupplyData, vessel: VesselClass, port: str) -> Berth:
    """Return the berth of a port that lets a class carry most; of equals the first.

    Raises
    ------
    DataError
        If the port has no berth, or one of them neither a depth nor a greatest draught.
    """
    place = data.port(port)
    berths = [berth for berth in data.berths_of(place.name) if berth.cargo_kind in ("any", vessel.cargo_kind)]
    if not berths:
        what = f'port "{place.title}" has no berth for {vessel.cargo_kind} cargo.'
        raise DataError(Finding(place.where, what, "Add a row with its depth to berths.csv."))
    return max(berths, key=lambda berth: min(limit.cargo_t for limit in berth_limits(vessel, berth)))
