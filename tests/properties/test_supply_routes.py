"""Ways through random seas against an independent shortest path, and what must hold of any sea."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from netback.case.table import Table
from netback.errors import DataError
from netback.supply.data import SupplyData
from netback.supply.intake import largest_cargo_t
from netback.supply.routes import Sailing, find_route
from netback.supply.voyages import VoyageRequest, estimate_voyage

START = date(2023, 6, 1)
COUNT = 9


@st.composite
def seas(draw: st.DrawFn) -> tuple[SupplyData, np.ndarray]:
    """Two ports and seven chokepoints with random legs and waits; lengths as a matrix."""
    names = ["A", "B", *(f"c{number}" for number in range(COUNT - 2))]
    lengths = np.zeros((COUNT, COUNT))
    pairs = draw(
        st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), min_size=6, max_size=30)
    )
    for one, other in {tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]} | {(0, 2), (1, 3)}:
        lengths[one, other] = lengths[other, one] = draw(st.integers(1, 3_000))
    legs = [
        {"from_place": names[one], "to_place": names[other], "distance_nm": float(lengths[one, other])}
        for one, other in zip(*np.nonzero(np.triu(lengths)), strict=True)
    ]
    waits = [draw(st.floats(0.0, 5.0)) for _ in names[2:]]
    tables: dict[str, list[dict[str, Any]]] = {
        "ports": [{"port": name, "latitude_deg": 0, "longitude_deg": 0} for name in names[:2]],
        "chokepoints": [
            {"chokepoint": name, "kind": "strait", "latitude_deg": 0, "longitude_deg": 0}
            for name in names[2:]
        ],
        "sea_legs": legs,
        "chokepoint_events": [
            {"event": f"wait_{name}", "chokepoint": name, "extra_days": wait}
            for name, wait in zip(names[2:], waits, strict=True)
        ],
    }
    data = SupplyData.of_tables({name: Table.of(name, rows) for name, rows in tables.items()})
    return data, lengths


def shortest(lengths: np.ndarray) -> float:
    return float(dijkstra(csr_array(lengths), indices=0)[1])


def days_matrix(data: SupplyData, lengths: np.ndarray, speed_kn: float) -> np.ndarray:
    """Days of every leg with the wait at its end: what is least by days without dates."""
    waits = np.array([0.0, 0.0, *(row.extra_days or 0.0 for row in data.events)])
    # A tiny length keeps a leg without days from looking like none.
    return np.where(lengths > 0.0, lengths / (24.0 * speed_kn) + waits[None, :] + 1e-12, 0.0)


@settings(max_examples=80, deadline=None)
@given(seas())
def test_the_shortest_way_is_that_of_scipy(sea: tuple[SupplyData, np.ndarray]) -> None:
    data, lengths = sea
    expected = shortest(lengths)
    if not np.isfinite(expected):
        with pytest.raises(DataError, match=r"no leg of sea_legs\.csv leads there"):
            find_route(data, "A", "B", Sailing(START, 10.0))
        return
    route = find_route(data, "A", "B", Sailing(START, 10.0))
    assert route.distance_nm == pytest.approx(expected)
    for here, there in pairwise(place.name for place in route.places):
        assert there in data.neighbours[here]


@settings(max_examples=80, deadline=None)
@given(seas(), st.floats(5.0, 20.0))
def test_the_fastest_way_is_that_of_scipy(sea: tuple[SupplyData, np.ndarray], speed_kn: float) -> None:
    data, lengths = sea
    expected = shortest(days_matrix(data, lengths, speed_kn))
    if np.isfinite(expected):
        route = find_route(data, "A", "B", Sailing(START, speed_kn), objective="days")
        assert route.days == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(seas(), st.integers(0, COUNT - 3))
def test_avoiding_a_place_never_shortens_a_way(sea: tuple[SupplyData, np.ndarray], number: int) -> None:
    data, lengths = sea
    if not np.isfinite(shortest(lengths)):
        return
    free = find_route(data, "A", "B", Sailing(START, 10.0))
    try:
        around = find_route(data, "A", "B", Sailing(START, 10.0), avoid=(f"c{number}",))
    except DataError:
        # No other way: then the free one passes the place.
        assert f"c{number}" in {place.name for place in free.places}
        return
    assert around.distance_nm >= free.distance_nm - 1e-9
    assert f"c{number}" not in {place.name for place in around.places}
    try:
        through = find_route(data, "A", "B", Sailing(START, 10.0), via=f"c{number}")
    except DataError:
        return
    assert min(around.distance_nm, through.distance_nm) == pytest.approx(free.distance_nm)


LIBRARY = SupplyData.of(None)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.dates(date(2021, 3, 1), date(2026, 12, 31)), min_size=2, max_size=12),
    st.sampled_from(
        [("primorsk", "karachi", None), ("ras_tanura", "karachi", None), ("primorsk", "karachi", "cape")]
    ),
    st.sampled_from(["distance", "days", "cost"]),
    st.booleans(),
)
def test_a_way_that_is_kept_is_the_one_found_anew(
    days: list[date], ports: tuple[str, str, str | None], objective: Any, laden: bool
) -> None:
    """A way is kept for the days between which no passage changes; here each is searched for without it as well."""
    origin, destination, via = ports
    kept, vessel = replace(LIBRARY, kept={}), LIBRARY.vessel("aframax")
    for day in [*days, *(day + timedelta(days=1) for day in days), *days]:
        ship = Sailing(day, 12.0, vessel, laden, cargo_t=80_000.0, usd_per_day=30_000.0)
        answers = []
        for data in (kept, replace(LIBRARY, kept={})):
            try:
                answers.append(find_route(data, origin, destination, ship, via, objective=objective))
            except DataError as error:
                answers.append(error.findings)
        assert answers[0] == answers[1], day
    assert all(way.first <= way.last for ways in kept.kept.values() for way in ways)


@settings(max_examples=40, deadline=None)
@given(st.floats(9.0, 15.0), st.floats(20_000.0, 79_000.0), st.booleans())
def test_cost_and_days_of_a_voyage_are_the_sums_of_their_parts(
    speed_kn: float, cargo_t: float, back: bool
) -> None:
    request = VoyageRequest(
        "primorsk", "karachi", "aframax", START, speed_kn=speed_kn, cargo_t=cargo_t, ballast_back=back
    )
    voyage = estimate_voyage(LIBRARY, request)
    ashore = [step.days for step in voyage.steps if "in ballast" not in step.name]
    passages = (
        sum(passage.extra_days for passage in voyage.ballast_route.passages) if voyage.ballast_route else 0.0
    )
    assert sum(ashore) - passages == pytest.approx(voyage.days_total)
    rebuilt = voyage.cost_per_ship_usd + voyage.cost_per_t_usd * voyage.cargo_t
    assert rebuilt == pytest.approx(voyage.cost_usd, abs=0.01 * len(voyage.costs))
    assert voyage.round_trip_days >= voyage.days_total - 1e-9


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(LIBRARY.vessel_classes)),
    st.sampled_from(sorted(LIBRARY.berths)),
    st.floats(0.7, 1.0),
)
def test_the_largest_cargo_is_the_least_of_its_limits(vessel: str, berth: str, density: float) -> None:
    found = largest_cargo_t(LIBRARY, vessel, None, berth, density_t_per_m3=density)
    assert found.cargo_t == min(limit.cargo_t for limit in found.limits)
    assert found.limited_by in {limit.reason for limit in found.limits if limit.cargo_t == found.cargo_t}
    assert 0.0 <= found.cargo_t <= LIBRARY.vessel_classes[vessel].dwt_t
