"""Ways of the shipped sea against published distances and those of the corridor register: within 3 per cent."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from netback.supply.data import SupplyData
from netback.supply.routes import Sailing, find_route
from shared import shared

TOLERANCE = 0.03
SAILING = Sailing(date(2023, 6, 1), 12.5)

#: Typed from the sources, so that the comparison runs without the shared folder: Drewry in Oil & Gas Journal of
#: 28 December 1992 (round trips halved) and the Suez Canal Authority (seapace.com/scinfo).
PUBLISHED = [
    ("Ras Tanura", "Rotterdam", "Suez", 6349),
    ("Ras Tanura", "Rotterdam", "Cape", 11169),
    ("Yokohama", "London", "Suez", 11021),
    ("Yokohama", "London", "Cape", 14427),
    ("Jeddah", "Constanta", "Suez", 1698),
    ("Jeddah", "Constanta", "Cape", 11771),
]


def distance_nm(origin: str, destination: str, via: str | None) -> float:
    return find_route(SupplyData.of(None), origin, destination, SAILING, via).distance_nm


@pytest.mark.parametrize(("origin", "destination", "via", "published"), PUBLISHED)
def test_published_tanker_routes(origin: str, destination: str, via: str, published: float) -> None:
    assert distance_nm(origin, destination, via) == pytest.approx(published, rel=TOLERANCE)


def test_the_published_file_holds_nothing_else() -> None:
    case = json.loads(shared("benchmarks/scheduling/sea_distances.json").read_text(encoding="utf-8"))
    assert case["expected"]["tolerance_rel"] == TOLERANCE
    for row in case["data"]["routes"]:
        origin, destination = row["pair"].split("-")
        for via, published in (("Suez", row["suez"]), ("Cape", row["cape"])):
            assert distance_nm(origin, destination, via) == pytest.approx(published, rel=TOLERANCE)


def test_every_distance_of_the_register() -> None:
    with shared("data/corridor/distances.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    for row in rows:
        via = None if row["via"] in ("direct", "leg") else row["via"]
        ours = distance_nm(row["origin"], row["destination"], via)
        assert ours == pytest.approx(float(row["distance_nm"]), rel=TOLERANCE), row


def test_short_hauls_are_told_apart() -> None:
    """The package searoute gives 603.6 nm from Fujairah and from Sohar alike; the ports are 41 nm apart."""
    assert distance_nm("Fujairah", "Karachi", None) - distance_nm("Sohar", "Karachi", None) > 5
    assert distance_nm("Fujairah", "Sohar", None) == pytest.approx(43, abs=3)
