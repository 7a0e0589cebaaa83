"""Tiny plants that more than one test of results needs."""

from __future__ import annotations

from netback.case.case import Case
from tiny import periods, rows, tiny


def full_plant() -> Case:
    """Two periods with every kind of income and cost: items, modes, feeds, blending, stocks, breakers, losses."""
    return tiny(
        "full_plant",
        periods=periods(P1=10, P2=20),
        streams=[
            {"stream": "crude", "kind": "crude"},
            {"stream": "lost", "kind": "loss"},
            {"stream": "power", "kind": "utility", "uom": "MWh"},
        ],
        properties=rows("property basis", "sulfur mass"),
        stream_properties=rows(
            "stream property value",
            "crude density_t_per_m3 0.85",
            "light sulfur 0.2",
            "light density_t_per_m3 0.75",
            "heavy sulfur 2.0",
            "heavy density_t_per_m3 0.95",
            "other sulfur 0.9",
            "other density_t_per_m3 0.80",
            "petrol density_t_per_m3 0.76",
        ),
        offers=rows(
            "offer stream max uom price price_uom price_basis",
            "crude crude 200 t/d 60 USD/bbl fob",
            "other other 30 t/d 520 USD/t delivered",
            "grid power . . 100 . delivered",
        ),
        offer_costs=rows(
            "offer item cost cost_uom", "crude freight 2 USD/bbl", "crude insurance 3 %", "other duty 5 USD/t"
        ),
        modes=rows("unit mode cost cost_uom", "cdu normal 4 USD/t"),
        feeds=rows("unit feed cost cost_uom", "cdu crude 0.25 USD/bbl"),
        yields=rows(
            "unit feed product yield", "cdu crude light 0.45", "cdu crude heavy 0.54", "cdu crude lost 0.01"
        ),
        utilities=rows("unit utility use", "cdu power 0.02"),
        capacities=rows("unit max uom", "cdu 180 t/d"),
        blends=rows(
            "product component cost max_share",
            "diesel light 0.5 .",
            "diesel heavy . 0.6",
            "diesel other 1.5 .",
            "petrol light . .",
        ),
        specs=rows("product property max", "diesel sulfur 1.0"),
        sales=rows(
            "sale stream period min max uom price price_uom breaker_cost",
            "diesel diesel P1 . 60 t/d 700 USD/t .",
            "diesel diesel P2 . 150 t/d 760 USD/t .",
            "petrol petrol . 100 110 t/d 90 USD/bbl 500",
            "fuel heavy . . . . 380 USD/t .",
        ),
        sale_costs=rows("sale item cost cost_uom", "diesel inland 6 USD/t", "petrol tax 2 %"),
        inventories=rows("stream max holding_cost closing_value", "diesel 900 0.8 600"),
        opening_stocks=rows("stream quantity", "diesel 150"),
    )


def two_crudes(price_a: float = 50.0, price_b: float = 48.0, **more: object) -> Case:
    """Two crudes in barrels for one unit of 100 bbl that must not make more than 40 of heavy."""
    tables = {
        "streams": [{"stream": "a", "kind": "crude"}, {"stream": "b", "kind": "crude"}],
        "offers": [
            {"offer": "a", "stream": "a", "price": price_a, "max": 500},
            {"offer": "b", "stream": "b", "price": price_b, "max": 500},
        ],
        "yields": rows(
            "unit feed product yield",
            "cdu a light 0.7",
            "cdu a heavy 0.3",
            "cdu b light 0.4",
            "cdu b heavy 0.6",
        ),
        "capacities": rows("unit max", "cdu 100"),
        "sales": rows("sale stream price max", "light light 80 .", "heavy heavy 40 40"),
        **more,
    }
    return tiny("two_crudes", flow_uom="bbl", **tables)  # type: ignore[arg-type]
