"""Pivots of a plan: their totals are the sums of the long tables, and no row that is something is left out."""

from __future__ import annotations

import pytest
from result_plants import full_plant, two_crudes

import planned
from netback.planning.solve import plan
from netback.results.by_period import PRICES, by_period, has_many_periods
from netback.results.pivot import Pivot
from netback.results.solution import Solution, solution_of
from pool_cases import over_time
from tiny import periods, rows

MONTHS = ("2023-04", "2023-05", "2023-06")
SIZES = {"kt": 1e3, "Mt": 1e6, "kbbl": 1e3, "GWh": 1e3, "TJ": 1e3}


@pytest.fixture(scope="module")
def months() -> Solution:
    return planned.solution("three_months")


@pytest.fixture(scope="module")
def ships() -> Solution:
    """Five months with whole ships."""
    return planned.without_worths("hormuz_2026")


@pytest.fixture(scope="module", params=["months", "ships", "williams_food_2"])
def solution(request: pytest.FixtureRequest) -> Solution:
    if request.param == "williams_food_2":
        return planned.solution(request.param)
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def size(uom: str) -> float:
    return SIZES.get(uom, 1e3 if uom.startswith("thousand ") else 1e6 if uom.startswith("million ") else 1.0)


def test_pivots_are_for_three_periods_and_more(months: Solution) -> None:
    assert has_many_periods(months)
    assert not has_many_periods(solution_of(plan(full_plant())))
    assert not has_many_periods(solution_of(plan(two_crudes())))


def test_every_pivot_has_a_value_for_every_period(solution: Solution) -> None:
    for pivot in by_period(solution).values():
        assert pivot.periods == tuple(solution.facts["periods"])
        for row in pivot.rows:
            assert len(row.values) == len(pivot.periods)
            assert len(row.labels) == len(pivot.heads)
            assert len(row.marks) in (0, len(pivot.periods))
        assert all(len(line) == len(pivot.headings()) for line in pivot.lines())


@pytest.mark.parametrize(
    ("name", "table", "column", "key"),
    [
        ("purchases", "purchases", "mass", "offer"),
        ("sales", "sales", "mass", "sale"),
        ("revenue", "sales", "revenue", "sale"),
        ("feeds", "unit_runs", "mass", "unit"),
        ("stocks", "stocks", "mass", "stream"),
    ],
)
def test_sums_are_those_of_the_long_table(
    solution: Solution, name: str, table: str, column: str, key: str
) -> None:
    pivot = by_period(solution)[name]
    records = [row for row in solution[table].records() if row["mass"] is not None or column == "revenue"]
    told = [row for row in pivot.rows if row.labels[0] != "all"]
    if column == "mass":
        told = [row for row in told if row.uom in ("t", "kt", "Mt")]
    else:
        assert {solution.currency} == {uom.split()[-1] for uom in pivot.uoms}
    for place, period in enumerate(pivot.periods):
        expected = sum(row[column] for row in records if row["period"] == period)
        found = sum((row.values[place] or 0.0) * size(row.uom) for row in told)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6), (name, period)
    for label in {row.labels[0].split(",")[0] for row in told}:
        expected = sum(row[column] for row in records if row[key] == label)
        rows = [row for row in told if row.labels[0].split(",")[0] == label]
        if pivot.whole:
            found = sum((row.whole or 0.0) * size(row.uom) for row in rows)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-6), (name, label)


@pytest.mark.parametrize("name", ["purchases", "sales", "revenue", "stocks"])
def test_the_row_of_all_is_the_sum_of_its_rows(solution: Solution, name: str) -> None:
    pivot = by_period(solution)[name]
    found = [row for row in pivot.rows if row.labels[0] == "all"]
    for whole in found:
        rows = [row for row in pivot.rows if row.uom == whole.uom and row is not whole]
        assert len(rows) > 1
        for place, value in enumerate(whole.values):
            assert value == pytest.approx(sum(row.values[place] or 0.0 for row in rows))


@pytest.mark.parametrize(
    ("name", "table", "column", "key"),
    [
        ("purchases", "purchases", "quantity", "offer"),
        ("sales", "sales", "quantity", "sale"),
        ("feeds", "unit_runs", "quantity", "unit"),
        ("stocks", "stocks", "quantity", "stream"),
        ("qualities", "qualities", "value", "product"),
    ],
)
def test_nothing_that_is_something_is_left_out(
    solution: Solution, name: str, table: str, column: str, key: str
) -> None:
    """What stands in no row is named in a note, and it is nothing in every period."""
    pivot = by_period(solution)[name]
    records = solution[table].records()
    largest = max(abs(row[column]) for row in records)
    told = {row.labels[0].split(", t")[0] for row in pivot.rows}
    for row in records:
        if abs(row[column]) > 1e-6 * largest:
            assert row[key] in told
        else:
            assert row[key] in told or row[key] in " ".join(pivot.notes)


def test_every_period_with_a_purchase_shows_it(ships: Solution) -> None:
    pivot = by_period(ships)["purchases"]
    rows = {row.labels[0]: row for row in pivot.rows}
    bought = [row for row in ships["purchases"].records() if row["quantity"] > 0.0]
    assert len(bought) > 10
    for row in bought:
        assert rows[row["offer"]].values[pivot.periods.index(row["period"])]


def test_purchases_of_the_three_months(months: Solution) -> None:
    pivot = by_period(months)["purchases"]
    assert pivot.heading == "Purchases [kt; MWh]"
    assert [row.labels[0] for row in pivot.rows] == ["crude", "grid"]
    assert pivot.rows[0].values == pytest.approx((4.0, 8.0, 10.963), abs=1e-3)
    assert pivot.notes == ("Not bought in any period: crude, tranche 2; dear.",)


def test_sales_without_density_keep_their_uom_and_stay_out_of_the_sum(months: Solution) -> None:
    pivot = by_period(months)["sales"]
    rows = {row.labels[0]: row for row in pivot.rows}
    assert rows["gas"].uom == "m3"
    # Gas is sold from May on; that April has no row for it is nothing sold.
    assert rows["gas"].values == pytest.approx((0.0, 1000.0, 1500.0))
    assert rows["diesel, tier 2"].values == pytest.approx((1000.0, 2000.0, 3000.0))
    assert rows["all"].whole == pytest.approx(
        sum(rows[name].whole or 0.0 for name in ("diesel", "diesel, tier 2", "fuel"))
    )
    assert pivot.notes == ("Not sold in any period: petrol, tar.",)


def test_prices_stand_on_their_basis_at_the_gate_and_at_break_even(months: Solution) -> None:
    found = by_period(months)
    assert [name for name in found if name.startswith(PRICES)] == [
        "price_bbl", "gate_bbl", "break_even_bbl", "price_MWh", "break_even_MWh",
    ]  # fmt: skip
    price = found["price_bbl"]
    assert price.heading == "Price on its basis [USD/bbl]"
    assert price.lines() == [("crude, tranche 2", "fob", "61.00", "62.00", "")]
    assert price.notes == (
        "The same price in every period: crude 60.00 USD/bbl fob; dear 190.00 USD/bbl fob.",
    )
    gate = {row.labels[0]: row for row in found["gate_bbl"].rows}
    assert gate["crude"].values == pytest.approx((62.0, 62.0, 62.0))
    assert gate["crude"].whole == pytest.approx(62.0)
    assert gate["dear"].whole is None
    even = {row.labels[0]: row for row in found["break_even_bbl"].rows}
    assert even["crude"].marks == (True, True, True)
    assert even["dear"].marks == (False, False, False)
    assert found["break_even_bbl"].heading.endswith("[USD/bbl], * bought")


def test_what_is_paid_is_weighed_by_what_is_bought(ships: Solution) -> None:
    rows = {row.labels[0]: row for row in by_period(ships)["gate_bbl"].rows}
    bought = [
        row for row in ships["purchases"].records() if row["offer"] == "murban_fujairah" and row["quantity"]
    ]
    assert len(bought) > 1
    expected = sum(row["cost"] for row in bought) / sum(row["volume"] for row in bought)
    assert rows["murban_fujairah"].whole == pytest.approx(expected)


def test_break_evens_are_shown_where_they_were_measured(ships: Solution, months: Solution) -> None:
    assert not any(name.startswith("break_even_") for name in by_period(ships))
    even = by_period(months)["break_even_bbl"]
    for row in months["purchases"].records():
        if row["price_per"] == "bbl" and row["headroom"] is not None:
            label = row["offer"] if row["tranche"] == "1" else f"{row['offer']}, tranche {row['tranche']}"
            (found,) = [one for one in even.rows if one.labels[0] == label]
            assert found.values[MONTHS.index(row["period"])] == pytest.approx(row["price"] + row["headroom"])


def test_use_of_capacity_is_marked_where_it_binds(ships: Solution) -> None:
    pivot = by_period(ships)["capacity"]
    rows = {row.labels[0]: row for row in pivot.rows}
    assert rows["platformer"].labels[1] == "450.0 t/d"
    known = [row for row in ships["limits"].records() if row["kind"] == "capacity"]
    assert known
    for row in known:
        place = pivot.periods.index(row["period"])
        assert rows[row["limit"]].values[place] == pytest.approx(100.0 * row["value"] / row["max"])
        assert rows[row["limit"]].marks[place] == row["binding"]
    for row in pivot.rows:
        assert row.whole == pytest.approx(sum(value or 0.0 for value in row.values) / len(row.values))


def test_a_unit_that_stands_still_is_a_dash(months: Solution) -> None:
    found = by_period(months)
    assert [line for line in found["feeds"].lines() if line[0] == "gasifier"] == [
        ("gasifier", "2.5", "-", "1.0", "1.5")
    ]
    assert found["capacity"].lines()[1] == ("gasifier", "1,000 t/d", "3", "-", "5", "5")


def test_qualities_are_marked_where_they_bind(solution: Solution) -> None:
    pivot = by_period(solution)["qualities"]
    rows = {row.labels[:2]: row for row in pivot.rows}
    for row in solution["qualities"].records():
        found = rows[row["product"], row["property"]]
        place = pivot.periods.index(row["period"])
        assert found.values[place] == row["value"]
        assert found.marks[place] == row["binding"]
        assert bool(found.labels[2]) == (row["min"] is not None)
        assert bool(found.labels[3]) == (row["max"] is not None)


def test_a_limit_that_changes_is_told_as_a_range() -> None:
    from netback.results.by_period import _ends

    assert _ends([None, None]) == ""
    assert _ends([92.0, 92.0, None]) == "92.00"
    assert _ends([0.5, 1.25]) == "0.50 to 1.25"


def test_pools_add_up_in_every_period() -> None:
    """A tank that is fed on two days and emptied on the second."""
    case = over_time(
        periods=periods(one=1, two=1, three=1),
        offers=rows(
            "offer stream period price max",
            *("A A one 6 100", "B B one 16 100", "B B two 14 20", "C C . 10 100"),
        ),
        sales=rows("sale stream period price max", "X X one 9 100", "Y Y one 15 150", "Y Y two 15 150"),
    )
    solution = solution_of(plan(case, pooling="recursion"))
    pivot: Pivot = by_period(solution)["pools"]
    assert pivot.uoms == ("%",)
    for way in ("of", "to"):
        parts = [row.values for row in pivot.rows if row.labels[:2] == ("mix", way)]
        assert len(parts) >= 2
        wholes = [sum(value or 0.0 for value in values) for values in zip(*parts, strict=True)]
        assert wholes == pytest.approx([100.0, 100.0, 0.0])


def test_a_plan_of_nothing_has_no_rows_to_tell() -> None:
    solution = solution_of(plan(two_crudes(price_a=500.0, price_b=500.0)))
    found = by_period(solution)
    assert found["purchases"].rows == ()
    assert found["purchases"].notes == ("Not bought in any period: a, b.",)
    assert "revenue" not in found
    assert "stocks" not in found
