"""Limits and balances over the horizon: each once, the dearest first, with what the long tables say."""

from __future__ import annotations

from datetime import date

import pytest
from result_plants import full_plant

from netback.case.case import Case
from netback.planning.solve import plan
from netback.results.horizon import balance_sums, binding_limits
from netback.results.solution import Solution, solution_of
from three_months import three_months
from tiny import periods, rows, tiny


@pytest.fixture(scope="module")
def months() -> Solution:
    return solution_of(plan(three_months()))


@pytest.fixture(scope="module", params=[three_months, full_plant])
def solution(request: pytest.FixtureRequest) -> Solution:
    return solution_of(plan(request.param()))


def test_every_limit_that_binds_is_told_once_with_its_periods(solution: Solution) -> None:
    found = {(row["kind"], row["limit"], row["uom"]): row for row in binding_limits(solution).records()}
    limits = solution["limits"].records()
    for key in {(row["kind"], row["limit"], row["uom"]) for row in limits}:
        rows = [row for row in limits if (row["kind"], row["limit"], row["uom"]) == key]
        binding = [row for row in rows if row["binding"]]
        assert (key in found) == bool(binding)
        if binding:
            told = found[key]
            assert (told["binds"], told["periods"]) == (len(binding), len(rows))
            assert told["least"] == min(row["value"] for row in binding)
            assert told["most"] == max(row["value"] for row in binding)
            worths = [abs(row["marginal_value"]) for row in binding if row["marginal_value"] is not None]
            assert abs(told["worth"] or 0.0) == max(worths, default=0.0)
    assert len(binding_limits(solution)) == len(found)


def test_specs_bind_too(months: Solution) -> None:
    (found,) = [row for row in binding_limits(months).records() if row["kind"] == "quality"]
    specs = months["qualities"].records()
    dearest = max(specs, key=lambda row: row["marginal_value"])
    assert found["limit"] == "diesel sulfur"
    assert (found["binds"], found["periods"]) == (3, 3)
    assert (found["worth"], found["dearest"]) == (dearest["marginal_value"], dearest["period"])
    assert found["broken_by"] is None


def test_the_dearest_comes_first(solution: Solution) -> None:
    worths = [abs(row["worth"] or 0.0) for row in binding_limits(solution).records()]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] > 0.0


MONTHS = [date(2023, month, 1) for month in (4, 5, 6)]


def ships() -> Case:
    return tiny(
        periods=[{"period": f"{day:%Y-%m}", "start": day, "days": 30} for day in MONTHS],
        sources=rows("source title", "ours made_up"),
        offers=rows("offer stream price", "far wheat 10"),
        cargoes=rows("cargo offer min_lot max_lot max_ships days source", "supra far 45 60 1 2 ours"),
        sales=rows("sale stream max price", "s wheat 50 20"),
        inventories=rows("stream max", "wheat 60"),
    )


def test_ships_have_no_worth_and_come_last() -> None:
    records = binding_limits(solution_of(plan(ships()))).records()
    (found,) = [row for row in records if row["kind"] == "cargo"]
    assert found["limit"] == "ships of supra"
    assert found["worth"] is None
    assert found["dearest"] is None
    assert all(row["worth"] is None for row in records[records.index(found) :])


def test_a_broken_limit_says_how_far_at_most() -> None:
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream price max", "o X 10 5"),
        sales=rows(
            "sale stream period min price breaker_cost", "s X P1 3 20 9", "s X P2 7 20 9", "s X P3 9 20 9"
        ),
    )
    (found,) = [row for row in binding_limits(solution_of(plan(case))).records() if row["kind"] == "sale"]
    assert found["broken_by"] == pytest.approx(4.0)
    assert (found["binds"], found["periods"]) == (2, 3)


def test_a_broken_spec_says_how_far() -> None:
    case = tiny(
        offers=rows("offer stream price max", "low naphtha 10 100", "high reformate 30 100"),
        properties=rows("property basis", "octane flow"),
        stream_properties=rows("stream property value", "naphtha octane 70", "reformate octane 98"),
        blends=rows("product component", "petrol naphtha", "petrol reformate"),
        specs=rows("product property min breaker_cost", "petrol octane 99 2"),
        sales=rows("sale stream price max", "pump petrol 50 50"),
    )
    (found,) = [row for row in binding_limits(solution_of(plan(case))).records() if row["kind"] == "quality"]
    assert found["broken_by"] == pytest.approx(1.0)


def test_balances_are_sums_over_the_periods(solution: Solution) -> None:
    long = solution["mass_balance"].records()
    found = balance_sums(solution).records()
    assert [row["part"] for row in found] == list(dict.fromkeys(row["part"] for row in long))
    for row in found:
        rows_of = [one for one in long if one["part"] == row["part"]]
        for name in ("mass_in", "mass_out", "loss", "stock_change", "imbalance"):
            assert row[name] == pytest.approx(sum(one[name] for one in rows_of), abs=1e-6)
        assert abs(row["worst"]) == pytest.approx(max(abs(one["imbalance"]) for one in rows_of), abs=1e-6)
        assert (row["worst_period"] is None) == (row["worst"] == 0.0)


def test_a_part_that_does_not_close_is_told_with_its_worst_period(months: Solution) -> None:
    found = {row["part"]: row for row in balance_sums(months).records()}
    assert found["cdu"]["closes"]
    assert (found["cdu"]["imbalance"], found["cdu"]["worst"], found["cdu"]["unknown"]) == (0.0, 0.0, None)
    # Gas has no density, so that what the gasifier makes is not known by mass.
    assert not found["gasifier"]["closes"]
    assert found["gasifier"]["worst"] == pytest.approx(1500.0)
    assert found["gasifier"]["worst_period"] == "2023-06"
    assert found["gasifier"]["unknown"] == "gas"


def test_two_wrongs_do_not_close() -> None:
    """What one period makes and another loses adds up to nothing, and is told all the same."""
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "o X 10 1"),
        yields=rows("unit feed product yield", "twice X Y 1.5", "half Y Z 0.5"),
        sales=rows("sale stream price", "s Z 20"),
    )
    found = {row["part"]: row for row in balance_sums(solution_of(plan(case))).records()}
    assert not found["twice"]["closes"]
    assert not found["half"]["closes"]
    assert found["whole plant"]["imbalance"] == pytest.approx(30.0 - 22.5)
