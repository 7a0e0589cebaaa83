"""Rows of result tables stand period by period, and the same things in the same order in each of them."""

from __future__ import annotations

import itertools
import random

import pytest
from result_plants import full_plant

from netback.planning.solve import plan
from netback.results.order import period_by_period
from netback.results.solution import Solution, solution_of
from netback.results.table import ResultTable
from tiny import periods, rows, tiny

PERIODS = ("P1", "P2", "P3")


def table(*lines: str, names: str = "period unit stream") -> ResultTable:
    """Rows of names and one number, which says where the row stood."""
    columns = [(name, "", "") for name in (*names.split(), "mass")]
    return ResultTable.of("t", "T", columns, [(*line.split(), place) for place, line in enumerate(lines)])


def told(found: ResultTable) -> list[str]:
    return [" ".join(row[:-1]) for row in found.rows]


def test_what_is_first_used_late_stands_in_its_own_period() -> None:
    found = period_by_period(
        table("P1 cdu gas", "P3 cdu gas", "P2 cdu gas", "P2 nht gas", "P1 nht gas"), PERIODS
    )
    assert told(found) == ["P1 cdu gas", "P1 nht gas", "P2 cdu gas", "P2 nht gas", "P3 cdu gas"]


def test_products_of_one_unit_stay_together_in_the_order_they_are_first_made() -> None:
    made = table("P1 cdu gas", "P1 nht hydrogen", "P2 nht hydrogen", "P2 cdu kero", "P2 cdu gas")
    assert told(period_by_period(made, PERIODS)) == [
        "P1 cdu gas", "P1 nht hydrogen", "P2 cdu gas", "P2 cdu kero", "P2 nht hydrogen",
    ]  # fmt: skip


def test_what_holds_over_the_horizon_comes_last() -> None:
    found = period_by_period(table("horizon limit a", "P2 limit b", "P1 limit b"), PERIODS)
    assert told(found) == ["P1 limit b", "P2 limit b", "horizon limit a"]


def test_rows_of_one_name_keep_their_order_and_none_is_lost() -> None:
    lines = [f"{period} u s" for period in ("P2", "P1", "P2", "P1")]
    found = period_by_period(table(*lines), PERIODS)
    assert [row[-1] for row in found.rows] == [1, 3, 0, 2]


def test_one_period_and_tables_without_periods_stay_as_they_are() -> None:
    one = table("P1 b x", "P1 a y", "P1 b x")
    assert period_by_period(one, PERIODS) is one
    free = table("b P2 x", "a P1 y", names="unit period stream")
    assert period_by_period(free, PERIODS) is free
    empty = table()
    assert period_by_period(empty, PERIODS) is empty


def test_a_table_of_names_alone_is_ordered_too() -> None:
    made = ResultTable.of(
        "t", "T", [("period", "", ""), ("who", "", "")], [("P2", None), ("P1", "a"), ("P1", None)]
    )
    assert period_by_period(made, PERIODS).rows == (("P1", None), ("P1", "a"), ("P2", None))


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_periods_in_the_table_does_not_matter(seed: int) -> None:
    """Within a name rows may come by any order of periods: the answer is the same."""
    draw = random.Random(seed)
    units = ["cdu", "nht", "isom"]
    lines = []
    for unit in units:
        mixed = list(PERIODS)
        draw.shuffle(mixed)
        lines += [f"{period} {unit} s" for period in mixed]
    expected = [f"{period} {unit} s" for period, unit in itertools.product(PERIODS, units)]
    assert told(period_by_period(table(*lines), PERIODS)) == expected


@pytest.fixture(scope="module")
def solution() -> Solution:
    return solution_of(plan(full_plant()))


def test_every_table_of_a_plan_is_in_order(solution: Solution) -> None:
    rank = {name: place for place, name in enumerate((*solution.facts["periods"], "horizon"))}
    ordered = 0
    for found in solution.tables.values():
        if found.rows and found.names[0] == "period":
            places = [rank[period] for period in found.column("period")]
            assert places == sorted(places), found.name
            ordered += len(set(places)) > 1
    assert ordered > 5


def test_a_unit_that_starts_late_does_not_upset_the_balance() -> None:
    """Light is cracked in the second period only, where gas is dear: the balance of P1 still comes first, whole."""
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "crude crude 100 10"),
        yields=rows("unit feed product yield", "cdu crude light 1", "cracker light gas 1"),
        sales=rows(
            "sale stream period max price", "light light . 200 20", "gas gas P1 200 1", "gas gas P2 200 90",
            "gas gas P3 200 1",
        ),
    )  # fmt: skip
    found = solution_of(plan(case))
    parts = [(row["period"], row["part"]) for row in found["mass_balance"].records()]
    assert parts == [
        ("P1", "cdu"), ("P1", "whole plant"),
        ("P2", "cdu"), ("P2", "cracker"), ("P2", "whole plant"),
        ("P3", "cdu"), ("P3", "whole plant"),
    ]  # fmt: skip
    made = [(row["period"], row["unit"]) for row in found["unit_products"].records()]
    assert made == [("P1", "cdu"), ("P2", "cdu"), ("P2", "cracker"), ("P3", "cdu")]
