"""Small cases with several months for tests of what cargoes are worth: with whole ships, and without any."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netback.case.case import Case
from tiny import Row, rows, tiny

MONTHS: list[Row] = [
    {"period": "2023-04", "start": "2023-04-01", "days": 30},
    {"period": "2023-05", "start": "2023-05-01", "days": 31},
    {"period": "2023-06", "start": "2023-06-01", "days": 30},
]
NAMES = tuple(row["period"] for row in MONTHS)


def wheat(
    seed: int | None = None,
    prices: Mapping[str, float] | None = None,
    ships: Mapping[str, tuple[int, int]] | None = None,
    insured: str = ".",
) -> Case:
    """Wheat by ships of 40 to 70 t from the Black Sea, three days away, and of 100 t from Australia, thirty.

    ``seed`` draws prices of the months, tank and freight; ``prices`` are of the Black Sea by month; ``ships`` the least
    and greatest number of its ships by month; ``insured`` a share of the price [%] that its cargoes cost.
    """
    random = np.random.default_rng(seed)
    drawn = (10.0, 10.0, 10.0) if seed is None else random.uniform(6.0, 16.0, 3).tolist()
    own = {**dict(zip(NAMES, drawn, strict=True)), **(prices or {})}
    sold = (20.0, 20.0, 20.0) if seed is None else random.uniform(12.0, 22.0, 3).tolist()
    tank, freight = (60.0, 70.0) if seed is None else (random.uniform(20, 90), random.uniform(20, 150))
    numbers = dict.fromkeys(NAMES, (0, 1)) | dict(ships or {})
    return tiny(
        periods=MONTHS,
        offers=rows(
            "offer stream period price price_basis status low high",
            *(
                f"black wheat {name} {price!r} fob assumed {price - 1!r} {price + 2!r}"
                for name, price in own.items()
            ),
            "south wheat 2023-04 4 fob . . .",
        ),
        cargoes=rows(
            "cargo offer period min_ships max_ships min_lot max_lot days",
            *(f"handy black {name} {low} {high} 40 70 3" for name, (low, high) in numbers.items()),
            "panamax south 2023-04 0 1 . 100 29.2",
        ),
        cargo_costs=rows(
            "cargo item cost per cost_uom",
            f"handy freight {freight!r} ship .",
            *((f"handy insurance {insured} quantity %",) if insured != "." else ()),
            "panamax freight 1.5 quantity .",
        ),
        sales=rows(
            "sale stream period max price status low high",
            *(
                f"s wheat {name} 80 {price!r} assumed {price - 2!r} {price + 2!r}"
                for name, price in zip(NAMES, map(float, sold), strict=True)
            ),
        ),
        inventories=rows("stream max", f"wheat {tank!r}"),
    )


def plant(price_2: float = 30.0, currency: str = "USD") -> Case:
    """No ships: a crude into fuel over two months; the fuel sells in three tiers, the still takes 100 t a month."""
    return tiny(
        currency=currency,
        periods=[{"period": "m1", "days": 30}, {"period": "m2", "days": 30}],
        streams=rows("stream kind", "crude intermediate", "fuel product"),
        units=rows("unit", "still"),
        feeds=rows("unit feed", "still crude"),
        yields=rows("unit feed product yield", "still crude fuel 1"),
        capacities=rows("unit max uom", "still 100 t"),
        offers=rows(
            "offer stream period price price_basis max",
            "spot crude m1 30 fob 500",
            f"spot crude m2 {price_2!r} fob 500",
        ),
        offer_costs=rows("offer item cost cost_uom", "spot freight 2 .", "spot insurance 1 %"),
        sales=rows(
            "sale stream tier max price status low high",
            "fuel fuel 1 20 50 assumed 40 60",
            "fuel fuel 2 30 40 . . .",
            "fuel fuel 3 . 25 . . .",
        ),
    )


def with_ships(case: Case, month: str, number: int) -> Case:
    """The case with exactly so many ships from the Black Sea in a month."""
    records = [
        record.with_(min_ships=number, max_ships=number)
        if record["cargo"] == "handy" and record["period"] == month
        else record
        for record in case.table("cargoes").records
    ]
    return case.with_table("cargoes", records)


def with_price(case: Case, month: str, price: float, offer: str = "black") -> Case:
    """The case with another price in a month."""
    records = [
        record.with_(price=price) if record["offer"] == offer and record["period"] == month else record
        for record in case.table("offers").records
    ]
    return case.with_table("offers", records)
