"""Small plans with ships against brute force: every number of ships, the best quantities by an own small program."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from netback.case.case import Case
from netback.program.certify import residuals
from tiny import rows, solved, tiny

MONTHS = (date(2023, 4, 1), date(2023, 5, 1))
END = date(2023, 6, 1)


@dataclass(frozen=True)
class Option:
    """One cargo of the random case: its price by month, lots, days, costs and greatest number of ships a month."""

    price: tuple[int, int]
    least: int
    most: int
    days: int
    per_ship: int
    loss_pct: int
    max_ships: int
    split: int


OPTIONS = st.builds(
    Option,
    price=st.tuples(st.integers(5, 18), st.integers(5, 18)),
    least=st.integers(10, 40),
    most=st.integers(40, 70),
    days=st.integers(0, 35),
    per_ship=st.integers(0, 300),
    loss_pct=st.sampled_from([0, 2]),
    max_ships=st.integers(0, 2),
    split=st.sampled_from([0, 0, 12]),
)


def arrival(day: date, days: int) -> int:
    there = day + timedelta(days=days)
    return 2 if there >= END else int(there >= MONTHS[1])


def loadings(option: Option) -> list[tuple[int, tuple[int, ...]]]:
    """Month of loading and months of arrival of each part, every way that some day allows."""
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for month, start in enumerate(MONTHS):
        end = END if month else MONTHS[1]
        for offset in range((end - start).days):
            day = start + timedelta(days=offset)
            parts = [option.days] if not option.split else [option.days, option.days + option.split]
            arrived = tuple(arrival(day, days) for days in parts)
            if max(arrived) < 2:
                found.setdefault((month, arrived))
    return list(found)


def brute_force(options: list[Option], demand: list[int], tank: int, berthings: int) -> float:
    """Best margin over every number of ships."""
    ways = [(option, month, arrived) for option in options for month, arrived in loadings(option)]
    best = 0.0
    for counts in itertools.product(*(range(option.max_ships + 1) for option, _, _ in ways)):
        if _numbers_fit(options, ways, counts) and _berths_fit(ways, counts, berthings):
            value = _best_quantities(ways, counts, demand, tank)
            best = max(best, value) if value is not None else best
    return best


def _numbers_fit(options: list[Option], ways: list, counts: tuple[int, ...]) -> bool:
    return all(
        sum(n for n, (o, m, _) in zip(counts, ways, strict=True) if o is option and m == month)
        <= option.max_ships
        for option in options
        for month in (0, 1)
    )


def _berths_fit(ways: list, counts: tuple[int, ...], berthings: int) -> bool:
    used = [0, 0]
    for number, (_, _, arrived) in zip(counts, ways, strict=True):
        for month in arrived:
            used[month] += number
    return max(used) <= berthings


def _best_quantities(ways: list, counts: tuple[int, ...], demand: list[int], tank: int) -> float | None:
    """Columns: quantity of every part of every way, then sales of both months, stock of both months."""
    parts = [(w, part) for w, (_, _, arrived) in enumerate(ways) for part in range(len(arrived))]
    width = len(parts) + 4
    cost, fixed = np.zeros(width), 0.0
    balance = np.zeros((2, width))
    rows_ub: list[np.ndarray] = []
    ends: list[float] = []
    for column, (w, part) in enumerate(parts):
        option, month, arrived = ways[w]
        cost[column] = option.price[month]
        balance[arrived[part], column] = 1.0 - option.loss_pct / 100.0
    for w, (option, _, _) in enumerate(ways):
        fixed += counts[w] * option.per_ship
        whole = np.array([float(other == w) for other, _ in parts] + [0.0] * 4)
        rows_ub += [whole, -whole]
        ends += [counts[w] * option.most, -counts[w] * option.least]
        for column, (other, part) in enumerate(parts):
            if other == w and option.split:
                one = np.zeros(width)
                one[column] = 1.0
                rows_ub.append(one)
                ends.append(counts[w] * (45.0 if part == 0 else 30.0))
    sale, stock = len(parts), len(parts) + 2
    for month in (0, 1):
        cost[sale + month] = -20.0
        balance[month, sale + month] = balance[month, stock + month] = -1.0
    balance[1, stock] = 1.0
    bounds = [(0, None)] * len(parts) + [(0, d) for d in demand] + [(0, tank)] * 2
    found = linprog(cost, np.array(rows_ub), ends, balance, [0.0, 0.0], bounds)
    return None if found.status != 0 else -float(found.fun) - fixed


def case_of(options: list[Option], demand: list[int], tank: int, berthings: int) -> Case:
    split = [k for k, option in enumerate(options) if option.split]
    return tiny(
        periods=[
            {"period": "2023-04", "start": MONTHS[0], "days": 30},
            {"period": "2023-05", "start": MONTHS[1], "days": 31},
        ],
        offers=rows(
            "offer stream period price",
            *(f"o{k} X 2023-0{4 + m} {o.price[m]}" for k, o in enumerate(options) for m in (0, 1)),
        ),
        cargoes=rows(
            "cargo offer max_ships min_lot max_lot days loss_pct discharge_port",
            *(
                f"c{k} o{k} {o.max_ships} {o.least} {o.most} {o.days} {o.loss_pct} port"
                for k, o in enumerate(options)
            ),
        ),
        parcels=rows(
            "cargo parcel max days discharge_port",
            *(f"c{k} {name} {most} {options[k].split * later} port" for k in split
              for name, most, later in (("first", 45, 0), ("second", 30, 1))),
        ),
        cargo_costs=rows(
            "cargo item cost per", *(f"c{k} freight {o.per_ship} ship" for k, o in enumerate(options))
        ),
        berth_limits=rows("port max_ships", f"port {berthings}"),
        inventories=rows("stream max", f"X {tank}"),
        sales=rows("sale stream period price max", *(f"s X 2023-0{4 + m} 20 {demand[m]}" for m in (0, 1))),
    )  # fmt: skip


@settings(max_examples=25)
@given(
    options=st.lists(OPTIONS, min_size=1, max_size=2),
    demand=st.lists(st.integers(20, 120), min_size=2, max_size=2),
    tank=st.integers(0, 80),
    berthings=st.integers(1, 3),
)
def test_the_plan_is_the_best_of_all_numbers_of_ships(
    options: list[Option], demand: list[int], tank: int, berthings: int
) -> None:
    made = solved(case_of(options, demand, tank, berthings))
    assert made.certificate.value == pytest.approx(
        brute_force(options, demand, tank, berthings), rel=1e-6, abs=1e-4
    )
    assert residuals(made.model.problem, made.x).worst_primal[0] < 1e-6
