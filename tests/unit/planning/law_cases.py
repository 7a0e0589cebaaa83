"""Small cases with terms of trade: one crude under Western cover or in the shadow, one product that Russia bans."""

from __future__ import annotations

from typing import Any

from netback.case.case import Case
from tiny import tiny

AUGUST_TO_OCTOBER = [
    {"period": "2023-08", "start": "2023-08-01", "days": 31},
    {"period": "2023-09", "start": "2023-09-01", "days": 30},
    {"period": "2023-10", "start": "2023-10-01", "days": 31},
]
WEST: dict[str, Any] = {
    "terms": "west", "offer": "urals_west", "goods": "Urals", "origin": "Russia", "destination": "Pakistan",
    "seller": "reseller", "flag": "Greece", "insurer": "UK",
}  # fmt: skip
SHADOW: dict[str, Any] = {
    **WEST,
    "terms": "shadow",
    "offer": "urals_shadow",
    "flag": "Gabon",
    "insurer": "Russia",
}


def two_ways(*terms: dict[str, Any], price: float = 80.0, least: float = 0.0, **more: Any) -> Case:
    """Urals by two ways: 1,000 bbl a month each at one price, freight 5 or 11 USD/bbl, worth 100 up to 1,500 bbl."""
    offer = {"stream": "urals", "max": 1000, "price": price, "price_uom": "USD/bbl", "price_basis": "fob"}
    tables: dict[str, Any] = {
        "periods": AUGUST_TO_OCTOBER[:2],
        "streams": [{"stream": "urals", "kind": "crude", "uom": "bbl"}],
        "offers": [{"offer": "urals_west", "min": least, **offer}, {"offer": "urals_shadow", **offer}],
        "offer_costs": [
            {"offer": "urals_west", "item": "freight", "cost": 5, "cost_uom": "USD/bbl"},
            {"offer": "urals_west", "item": "insurance", "cost": 10, "cost_uom": "%"},
            {"offer": "urals_shadow", "item": "freight", "cost": 11, "cost_uom": "USD/bbl"},
        ],
        "sales": [{"sale": "plant", "stream": "urals", "price": 100, "max": 1500}],
        "trade_terms": list(terms),
    }
    return tiny("two_ways", **{**tables, **more})


EXPORT: dict[str, Any] = {
    "terms": "out", "sale": "export", "goods": "gasoline", "origin": "Russia", "destination": "Turkey",
    "seller": "producer", "bound_by": "Russia",
}  # fmt: skip


def export(*terms: dict[str, Any], periods: Any = None, least: float = 0.0, **more: Any) -> Case:
    """A Russian plant that sells 1,000 t of gasoline a month: abroad at 700 USD/t, or at home at 500."""
    tables: dict[str, Any] = {
        "periods": periods or AUGUST_TO_OCTOBER,
        "streams": [{"stream": "petrol", "kind": "product", "uom": "t"}],
        "stream_properties": [{"stream": "petrol", "property": "density_t_per_m3", "value": 0.75}],
        "offers": [{"offer": "made", "stream": "petrol", "max": 1000, "price": 400}],
        "sales": [
            {"sale": "export", "stream": "petrol", "price": 700, "min": least, "max": 900},
            {"sale": "home", "stream": "petrol", "price": 500},
        ],
        "trade_terms": list(terms),
    }
    return tiny("export", **{**tables, **more})
