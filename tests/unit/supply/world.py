"""A small sea for tests: four ports, a canal, a cape, a strait, and ships with round numbers.

A --100-- canal --100-- B --50-- strait --50-- D        A --600-- cape --600-- B        C is joined to A by 30
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netback.case.table import Table
from netback.supply.data import SupplyData

Rows = Iterable[Mapping[str, Any]]


def port(name: str, latitude_deg: float = 0.0, longitude_deg: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"port": name, "latitude_deg": latitude_deg, "longitude_deg": longitude_deg, **more}


def choke(name: str, kind: str = "strait", **more: Any) -> dict[str, Any]:
    return {"chokepoint": name, "kind": kind, "latitude_deg": 1.0, "longitude_deg": 1.0, **more}


def leg(one: str, other: str, distance_nm: float | None) -> dict[str, Any]:
    return {"from_place": one, "to_place": other, "distance_nm": distance_nm}


def event(name: str, chokepoint: str, **more: Any) -> dict[str, Any]:
    return {"event": name, "chokepoint": chokepoint, **more}


def ship(name: str = "box", **more: Any) -> dict[str, Any]:
    """A ship whose sums are easy: 10,000 t of cargo at 10 m, 10 t to the centimetre, 10 kn."""
    plain = {
        "vessel_class": name,
        "dwt_t": 11_000,
        "not_cargo_t": 1_000,
        "draught_laden_m": 10,
        "draught_ballast_m": 4,
        "tpc_t_per_cm": 10,
        "speed_laden_kn": 10,
        "speed_ballast_kn": 10,
        "fuel": "oil",
        "consumption_laden_t_per_d": 20,
        "consumption_ballast_t_per_d": 10,
        "consumption_idle_t_per_d": 2,
    }
    return plain | more


def berth(name: str, at: str, **more: Any) -> dict[str, Any]:
    plain = {
        "berth": name,
        "port": at,
        "depth_m": 20,
        "load_t_per_h": 1_000,
        "discharge_t_per_h": 500,
        "fixed_days": 0.5,
        "dues_usd": 10_000,
    }
    return plain | more


def hire(usd_per_d: float, vessel_class: str | None = None, **more: Any) -> dict[str, Any]:
    name = f"hire_{vessel_class or 'any'}"
    return {"rate": name, "kind": "time_charter", "vessel_class": vessel_class, "amount": usd_per_d, **more}


PORTS = (port("A", aliases="Alpha; First"), port("B", 0.0, 5.0), port("C", 0.0, 1.0), port("D", 3.0, 4.0))
CHOKEPOINTS = (
    choke("canal", "canal", length_nm=48, title="The Canal", aliases="Ditch"),
    choke("cape", "cape"),
    choke("strait"),
    choke("bend", "waypoint"),
)
LEGS = (
    leg("A", "canal", 100),
    leg("canal", "B", 100),
    leg("A", "bend", 300),
    leg("bend", "cape", 300),
    leg("cape", "B", 600),
    leg("A", "C", 30),
    leg("B", "strait", 50),
    leg("strait", "D", 50),
)
BERTHS = (berth("a1", "A"), berth("b1", "B", depth_m=11), berth("c1", "C"), berth("d1", "D"))


def world(**changes: Rows) -> SupplyData:
    """The small sea; ``changes`` replace whole tables."""
    tables: dict[str, Rows] = {
        "ports": PORTS,
        "chokepoints": CHOKEPOINTS,
        "sea_legs": LEGS,
        "vessel_classes": (ship(),),
        "berths": BERTHS,
        "freight_rates": (hire(24_000),),
        "bunker_prices": ({"fuel": "oil", "price_usd_per_t": 500},),
    }
    tables |= changes
    return SupplyData.of_tables(
        {name: Table.of(name, rows) for name, rows in tables.items()}, "the small sea"
    )
