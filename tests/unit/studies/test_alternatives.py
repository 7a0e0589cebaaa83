"""Alternatives against brute force: ranges by another solver, sets of ships by enumeration; honest when short."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog

from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import Plan, plan
from netback.program.certify import objective_value, residuals
from netback.program.highs import Session
from netback.studies.alternative_tables import plan_table, range_table, shared
from netback.studies.alternatives import Alternatives, alternatives
from netback.studies.amounts import Amount
from tiny import findings, periods, rows, solved, tiny


def two_crudes() -> Case:
    """A still of 100 t: a earns 2 a tonne, b 1, at most 60 of a; c never pays enough and d must be bought."""
    return tiny(
        periods=periods(P1=10),
        streams=[{"stream": s, "kind": "crude"} for s in "abcd"] + [{"stream": "fuel"}],
        stream_properties=rows(
            "stream property value",
            *(f"{s} density_t_per_m3 0.85" for s in "abcd"),
            "fuel density_t_per_m3 0.9",
        ),
        offers=rows("offer stream price min max", "a a 8 . 60", "b b 9 . .", "c c 200 . .", "d d 10 5 5"),
        feeds=rows("unit feed", "still a", "still b", "still c", "still d"),
        yields=rows("unit feed product yield", *(f"still {s} fuel 1" for s in "abcd")),
        capacities=rows("unit max uom", "still 100 t"),
        sales=rows("sale stream price", "fuel fuel 10"),
    )


def named(found: Alternatives, group: str, name: str) -> tuple[float | None, float | None]:
    one = next(r for r in found.ranges if (r.amount.group, r.amount.name) == (group, name))
    assert one.proven
    return one.low, one.high


def test_ranges_by_hand() -> None:
    """Best: 5 of d, 60 of a, 35 of b: 120 + 35 = 155. Within 20: a may fall by 20 where b takes its place, b by 20."""
    made = solved(two_crudes())
    assert made.certificate.value == pytest.approx(155.0)
    found = alternatives(made, 20.0)
    assert named(found, "bought", "a") == pytest.approx((40.0, 60.0), abs=1e-4)
    assert named(found, "bought", "b") == pytest.approx((15.0, 55.0), abs=1e-4)
    # A tonne of c loses 190 and takes the room of a tonne of b: 191.
    assert named(found, "bought", "c") == pytest.approx((0.0, 20.0 / 191.0), abs=1e-4)
    assert named(found, "bought", "d") == pytest.approx((5.0, 5.0))
    assert named(found, "run", "still") == pytest.approx((80.0, 100.0), abs=1e-4)
    told = {(r.amount.group, r.amount.name): shared(r) for r in found.ranges}
    assert told["bought", "d"] == "the same"
    assert told["bought", "a"] == "some"
    assert told["bought", "c"] == ""


def test_nothing_to_give_away_leaves_only_the_best() -> None:
    found = alternatives(solved(two_crudes()), 0.0)
    assert all(one.fixed for one in found.ranges)
    assert {shared(one) for one in found.ranges} == {"the same", "none"}
    assert found.plans == ()
    assert found.complete


def independent(made: Plan, amount: Amount, within: float, sign: float) -> float:
    """An end of a range by another solver, straight from the arrays of the program."""
    problem = made.model.problem
    value = made.certificate.value
    assert value is not None
    matrix, objective = problem.matrix.toarray(), np.zeros(problem.shape[1])
    objective[amount.columns] = sign
    upper, lower = np.isfinite(problem.row_upper), np.isfinite(problem.row_lower)
    floor = -problem.objective[None, :]
    found = linprog(
        -objective,
        A_ub=np.vstack([matrix[upper], -matrix[lower], floor]),
        b_ub=np.concatenate(
            [problem.row_upper[upper], -problem.row_lower[lower], [problem.offset - value + within]]
        ),
        bounds=[
            (low, None if np.isinf(high) else high)
            for low, high in zip(problem.column_lower, problem.column_upper, strict=True)
        ],
        method="highs-ipm",
    )
    assert found.success
    return float(-found.fun * sign)


@pytest.fixture(scope="module")
def september() -> Alternatives:
    return alternatives(solved(read_case("karachi_2023_september")), 1e5, most=3)


@pytest.mark.parametrize("name", ["murban_spot", "urals_primorsk", "furnace_oil_export", "isom", "jet_home"])
def test_ranges_of_the_month_are_those_of_another_solver(september: Alternatives, name: str) -> None:
    one = next(r for r in september.ranges if r.amount.name == name)
    assert one.proven
    for end, sign in ((one.low, -1.0), (one.high, 1.0)):
        assert end == pytest.approx(independent(september.plan, one.amount, 1e5, sign), rel=1e-4, abs=0.5)


def test_plans_of_the_month_are_plans_and_far_from_each_other(september: Alternatives) -> None:
    problem = september.plan.model.problem
    assert len(september.plans) == 3
    points = [september.plan.x]
    for one in september.plans:
        assert residuals(problem, one.x).worst_primal[0] < 1e-6
        value = objective_value(problem, one.x)
        assert september.plan.certificate.value == pytest.approx(value + one.costs, abs=1.0)
        assert one.costs <= 1e5 + 1.0
        gaps = [
            sum(abs(r.amount.of(one.x) - r.amount.of(x)) * r.amount.barrels for r in september.ranges)
            for x in points
        ]
        assert one.distance is not None
        assert min(gaps) == pytest.approx(one.distance, rel=1e-3)
        points.append(one.x)
    distances = [one.distance or 0.0 for one in september.plans]
    assert distances[0] > distances[-1] > 0.01 * september.volume


def test_every_plan_lies_within_the_ranges(september: Alternatives) -> None:
    for one in september.ranges:
        assert one.low is not None
        assert one.high is not None
        for x in (september.plan.x, *(other.x for other in september.plans)):
            room = 1e-4 * max(1.0, abs(one.best))
            assert one.low - room <= one.amount.of(x) <= one.high + room, one.amount.name


def test_a_wider_allowance_only_widens() -> None:
    made = solved(two_crudes())
    narrow, wide = alternatives(made, 5.0), alternatives(made, 50.0)
    for one, other in zip(narrow.ranges, wide.ranges, strict=True):
        assert (other.low or 0.0) <= (one.low or 0.0) + 1e-6
        assert (other.high or 0.0) >= (one.high or 0.0) - 1e-6


def test_what_nothing_limits_has_no_end() -> None:
    """Bought and sold at one price: any amount earns the same."""
    case = tiny(offers=rows("offer stream price", "o X 10"), sales=rows("sale stream price", "s X 10"))
    found = alternatives(solved(case), 1.0)
    assert [(one.low, one.high, one.proven) for one in found.ranges] == [(0.0, None, True), (0.0, None, True)]
    assert range_table(found).column("greatest") == [None, None]


def ships(**changes: str) -> Case:
    """Two cargoes of one grain, a month, at most three ships of each."""
    return tiny(
        periods=[{"period": "P1", "start": "2023-04-01", "days": 30}],
        offers=rows("offer stream price", "black wheat 10", "south wheat 11"),
        cargoes=rows(
            "cargo offer max_ships min_lot max_lot days discharge_port",
            "handy black 3 40 60 3 kpt",
            "panamax south 3 50 100 5 kpt",
        ),
        cargo_costs=rows("cargo item cost per", "handy freight 70 ship", "panamax freight 60 ship"),
        sales=rows("sale stream max price", f"s wheat {changes.get('most', '200')} 20"),
    )


def by_enumeration(case: Case) -> list[float]:
    """The best margin of every pair of numbers of ships, best first."""
    made = plan(case)
    problem = made.model.problem
    ids = problem.block("cargo_ships").ids
    found = []
    for numbers in itertools.product(range(4), repeat=2):
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        lower[ids[:, 0]] = upper[ids[:, 0]] = numbers
        raw = Session().solve(problem.with_(column_lower=lower, column_upper=upper))
        if raw.status == "optimal" and raw.objective is not None:
            found.append(raw.objective)
    return sorted(found, reverse=True)


@pytest.mark.parametrize("within", [0.0, 30.0, 150.0, 400.0])
def test_sets_of_ships_are_all_those_within_the_allowance(within: float) -> None:
    every = by_enumeration(ships())
    found = alternatives(solved(ships()), within, most=20)
    assert found.by == "ships"
    assert found.complete
    expected = [every[0] - value for value in every[1:] if every[0] - value <= within + 1e-6]
    assert [one.costs for one in found.plans] == pytest.approx(expected, abs=1e-4)
    assert all(one.word == "proven" for one in found.plans)
    assert all(one.proven for one in found.ranges)


def test_ranges_of_ships_are_whole_and_reached() -> None:
    made = solved(ships())
    found = alternatives(made, 150.0, most=20)
    plans = [made.x, *(one.x for one in found.plans)]
    for one in found.ranges:
        if one.amount.group == "ships":
            numbers = [one.amount.of(x) for x in plans]
            assert (one.low, one.high) == pytest.approx((min(numbers), max(numbers)))


def test_most_ends_the_list_and_says_that_others_may_be_left() -> None:
    found = alternatives(solved(ships()), 400.0, most=1)
    assert len(found.plans) == 1
    assert not found.complete


def test_no_time_is_told_and_nothing_claimed() -> None:
    for case in (ships(), two_crudes()):
        made = solved(case)
        found = alternatives(made, 50.0, seconds=0.0)
        assert found.left_out == len(found.ranges)
        assert not any(one.proven or one.fixed for one in found.ranges)
        assert found.plans == ()
        assert not found.complete
        assert all(one.low == one.high == one.best for one in found.ranges)


def test_tables_hold_the_same_plans(september: Alternatives) -> None:
    told = plan_table(september)
    assert told.names == ("group", "what", "uom", "best", "plan 2", "plan 3", "plan 4")
    first = told.records()[0]
    assert first["what"] == "less than the best by"
    assert first["plan 2"] == pytest.approx(september.plans[0].costs)
    ranges = {row["what"]: row for row in range_table(september).records()}
    for row in told.records()[2:]:
        low, high = ranges[row["what"]]["least"], ranges[row["what"]]["greatest"]
        assert low - 1.0 <= min(row["best"], row["plan 2"]) <= max(row["best"], row["plan 3"]) <= high + 1.0


def test_bad_requests_are_told_together() -> None:
    made = solved(two_crudes())
    with pytest.raises(DataError) as caught:
        alternatives(made, -1.0, most=0)
    assert len(caught.value.findings) == 2
    assert "--within: -1 is not an amount of money" in findings(caught.value)
    for bad in (math.nan, math.inf):
        with pytest.raises(DataError):
            alternatives(made, bad)
