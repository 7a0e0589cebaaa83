"""A case that no solver proves in a test's time: market split by whole cargoes (Cornuejols and Dawande 1998)."""

from __future__ import annotations

import random
from pathlib import Path

from netback.case.case import Case
from netback.io.folder_writer import write_case
from tiny import tiny

CARGOES, BUYERS = 40, 5


def market_split(breaker: bool = True) -> Case:
    """Forty cargoes, taken whole or not, of which five buyers each must get exactly half; breakers make it feasible."""
    draw = random.Random(7)
    names = [f"cargo{k:02d}" for k in range(CARGOES)]
    weights = [[draw.randrange(100) for _ in names] for _ in range(BUYERS)]
    return tiny(
        "market_split",
        offers=[{"offer": n, "stream": "crude", "price": 1, "lot_size": 1, "max": 1} for n in names],
        sales=[{"sale": "crude", "stream": "crude", "price": 1}],
        limits=[
            {
                "limit": f"buyer{j}", "uom": "t", "min": sum(row) // 2, "max": sum(row) // 2,
                **({"breaker_cost": 10} if breaker else {}),
            }
            for j, row in enumerate(weights)
        ],
        limit_terms=[
            {"limit": f"buyer{j}", "activity": "purchase", "item": name, "coefficient": weight}
            for j, row in enumerate(weights)
            for name, weight in zip(names, row, strict=True)
        ],
    )  # fmt: skip


def write_market_split(folder: Path, breaker: bool = True) -> Path:
    """The case as a folder."""
    return write_case(market_split(breaker), folder)
