"""Result tables of markets that are counted tonne by tonne, and laws that tables of any numbers keep."""

from __future__ import annotations

import csv
import itertools
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.planning.solve import plan
from netback.results.compare import _unique, changed_inputs, side_by_side
from netback.results.economics import economics, economics_table
from netback.results.order import period_by_period
from netback.results.reading import Reader
from netback.results.solution import Solution, solution_of
from netback.results.table import ResultTable
from tier_market import Market, markets
from tiny import margin

PLAIN = Market(
    own=((30, 3), (40, 10)), rival=((35, 4), (45, 10)), sales=((60, 3), (50, 3), (38, 9)), room=9, freight=2
)


def solution(market: Market) -> Solution:
    return solution_of(plan(market.case()))


@settings(max_examples=12)
@given(markets)
def test_margin_is_sales_less_purchases_and_freight_and_each_is_counted(market: Market) -> None:
    found = solution(market)
    bought = {row["offer"]: 0.0 for row in found["purchases"].records()}
    for row in found["purchases"].records():
        bought[row["offer"]] += row["quantity"]
    sold = sum(row["quantity"] for row in found["sales"].records())
    # A tonne that is bought is sold, and the dearest sales come first.
    assert sum(bought.values()) == pytest.approx(sold, abs=1e-6)
    income = sum(sorted((p for p, n in market.sales for _ in range(n)), reverse=True)[: round(sold)])
    rival = sum(sorted(p for p, n in market.rival for _ in range(n))[: round(bought["rival"])])
    own = market.cost(round(bought["own"]))
    assert found.economics.margin == pytest.approx(income - rival - own, abs=1e-5)
    assert found.economics.margin == pytest.approx(market.margin(), abs=1e-5)
    assert found.certificate.value == pytest.approx(market.margin(), abs=1e-5)


@settings(max_examples=12)
@given(markets)
def test_the_items_of_a_margin_add_up_to_it(market: Market) -> None:
    made = plan(market.case())
    found = economics(Reader(made))
    table = economics_table(found, "USD")
    amounts = (
        [row["amount"] for row in table.records() if row["group"] != "margin"]
        if "group" in table.names
        else []
    )
    whole = sum(value for value in amounts if value is not None)
    if amounts:
        assert whole == pytest.approx(found.margin, abs=1e-5)
    assert found.penalties == 0.0


@settings(max_examples=6)
@given(markets)
def test_a_break_even_is_where_the_plan_begins_to_buy_or_ceases(market: Market) -> None:
    """Each tranche alone, its price set a little below and a little above: the plan buys more or less of it."""
    found = solution(market)
    for row in found["purchases"].records():
        if row["headroom"] is None:
            continue
        even = row["price"] + row["headroom"]
        steps = {"own": market.own, "rival": market.rival}[row["offer"]]
        at = int(row["tranche"]) - 1
        moved = [
            [price if k != at else even + side for k, (price, _) in enumerate(steps)] for side in (-1, 1)
        ]
        if any(prices != sorted(prices) for prices in moved):
            # A tranche that is cheaper than the one before it is had only after that one.
            continue
        amounts = []
        for price in (even - 0.25, even + 0.25):
            records = [
                one.with_(price=price) if (one["offer"], one["tranche"]) == (row["offer"], at + 1) else one
                for one in market.case().table("offers").records
            ]
            again = solution_of(plan(market.case().with_table("offers", records)))
            amounts.append(
                sum(
                    one["quantity"]
                    for one in again["purchases"].records()
                    if (one["offer"], one["tranche"]) == (row["offer"], row["tranche"])
                )
            )
        below, above = amounts
        assert 0.0 <= above <= below <= steps[at][1] + 1e-6
        # The plan itself has what the cheaper or the dearer side has, or stands on the edge between.
        assert above - 1e-6 <= row["quantity"] <= below + 1e-6
        assert below > above, (row["offer"], row["tranche"], even)


@settings(max_examples=8)
@given(st.lists(markets, min_size=1, max_size=3))
def test_side_by_side_every_column_is_its_own_market(several: list[Market]) -> None:
    table = side_by_side([solution(market) for market in several])
    places = [row for row in table.rows if row[0] == "margin"]
    assert list(places[0][3:]) == pytest.approx([market.margin() for market in several], abs=1e-5)
    assert len(set(table.names)) == len(table.names)
    bought = [row[3:] for row in table.rows if row[0] == "bought"]
    sold = [row[3:] for row in table.rows if row[0] == "sold"]
    for place in range(len(several)):
        assert sum(row[place] or 0.0 for row in bought) == pytest.approx(
            sum(row[place] or 0.0 for row in sold), abs=1e-6
        )


@settings(max_examples=25)
@given(markets, markets)
def test_inputs_that_differ_are_those_that_were_made_to_differ(one: Market, other: Market) -> None:
    table = changed_inputs([one.case(), other.case()])
    told = {(row["table"], row["row"], row["column"]): (row["first"], row["this"]) for row in table.records()}
    assert len(told) == len(table)
    assert (("capacities", "still", "max") in told) == (one.room != other.room)
    if one.room != other.room:
        assert told["capacities", "still", "max"] == (one.room, other.room)
    if one.freight and other.freight:
        assert (("offer_costs", "own, freight", "cost") in told) == (one.freight != other.freight)
    elif one.freight != other.freight:
        first, second = ("there", "absent") if one.freight else ("absent", "there")
        assert told["offer_costs", "own, freight", "row"] == (first, second)
    # Tranche 1 is not told by its number, others are.
    for name, mine, theirs in (("own", one.own, other.own), ("rival", one.rival, other.rival)):
        for k, (before, after) in enumerate(itertools.zip_longest(mine, theirs), start=1):
            key = name if k == 1 else f"{name}, {k}"
            if before is None or after is None:
                assert ("offers", key, "row") in told
            else:
                assert (("offers", key, "price") in told) == (before[0] != after[0])
    assert len(changed_inputs([one.case(), one.case()])) == 0


@given(st.lists(st.sampled_from(["a", "b", "a (2)", "a (3)", "a (2) (2)"]), max_size=6))
def test_columns_of_a_comparison_are_told_apart(names: list[str]) -> None:
    made = _unique(names)
    assert len(set(made)) == len(made) == len(names)
    assert all(shown.startswith(name) for name, shown in zip(names, made, strict=True))
    # The first of a name keeps it unless one before it was told apart by it.
    for k, (name, shown) in enumerate(zip(names, made, strict=True)):
        assert (shown == name) == (name not in made[:k])


# --- tables --------------------------------------------------------------------------------------

cells = st.one_of(
    st.none(),
    st.floats(allow_nan=False),
    st.integers(-(10**9), 10**9),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
)


@given(st.lists(st.tuples(cells, cells, cells), max_size=8))
def test_a_table_as_csv_keeps_every_cell(rows: list[tuple[Any, Any, Any]]) -> None:
    table = ResultTable.of("t", "T", [("a", "", ""), ("b", "USD/bbl", ""), ("c", "row", "")], rows)
    head, *body = csv.reader(table.to_csv().splitlines())
    assert head == ["a", "b [USD/bbl]", "c"]
    assert len(body) == len(rows)
    for told, row in zip(body, rows, strict=True):
        for text, value in zip(told, row, strict=True):
            if value is None or value == "":
                assert text == ""
            elif isinstance(value, float):
                assert float(text) == value or math.isclose(float(text), value, rel_tol=0.0)
            else:
                assert text == str(value)
    assert table.to_dict()["rows"] == [list(row) for row in rows]


def test_numbers_of_numpy_are_numbers_and_one_is_one() -> None:
    import numpy as np

    table = ResultTable.of(
        "t", "T", [("a", "", ""), ("b", "", "")], [(np.float64(1.5), "x"), (np.int64(2), "y")]
    )
    assert table.rows == ((1.5, "x"), (2, "y"))
    assert [type(row[0]) for row in table.rows] == [float, int]
    assert table.one(b="y") == {"a": 2, "b": "y"}
    with pytest.raises(KeyError, match="0 rows of t"):
        table.one(b="z")
    with pytest.raises(KeyError, match="2 rows of t"):
        ResultTable.of("t", "T", [("a", "", "")], [(1,), (1,)]).one(a=1)
    assert len(table.where(a=2)) == 1
    with pytest.raises(ValueError):
        table.where(c=2)


periods = ("p1", "p2", "p3")
rows_of_periods = st.lists(
    st.tuples(st.sampled_from([*periods, "horizon"]), st.sampled_from("xyz"), st.integers(0, 5)), max_size=12
)


@given(rows_of_periods)
def test_period_by_period_loses_no_row_and_keeps_names_in_one_order(rows: list[tuple[str, str, int]]) -> None:
    table = ResultTable.of("t", "T", [("period", "", ""), ("what", "", ""), ("n", "", "")], rows)
    made = period_by_period(table, periods)
    assert Counter(made.rows) == Counter(table.rows)
    several = len({row[0] for row in rows}) > 1
    if not several:
        assert made.rows == table.rows
        return
    ranks = [("p1", "p2", "p3", "horizon").index(row[0]) for row in made.rows]
    assert ranks == sorted(ranks)
    first_seen = list(dict.fromkeys(row[1] for row in rows))
    for period in {row[0] for row in rows}:
        places = [first_seen.index(row[1]) for row in made.rows if row[0] == period]
        assert places == sorted(places)
    # Once in order, it stays as it is: the names of each period were in the order of the whole.
    assert Counter(period_by_period(made, periods).rows) == Counter(made.rows)


@given(rows_of_periods)
def test_rows_of_the_same_names_stay_in_their_order(rows: list[tuple[str, str, int]]) -> None:
    numbered = [(*row[:2], k) for k, row in enumerate(rows)]
    table = ResultTable.of("t", "T", [("period", "", ""), ("what", "", ""), ("n", "", "")], numbered)
    made = period_by_period(table, periods)
    for key in {row[:2] for row in numbered}:
        numbers = [row[2] for row in made.rows if row[:2] == key]
        assert numbers == sorted(numbers)


def test_the_plain_market_by_hand() -> None:
    assert margin(PLAIN.case()) == pytest.approx(132.0)
    found = solution(PLAIN)
    told = {(row["offer"], row["tranche"]): row for row in found["purchases"].records()}
    # Own at 42 delivered stays out: it would have to be as cheap as what it would push out or the sale at 38 pays.
    out = told["own", "2"]
    assert out["quantity"] == pytest.approx(0.0, abs=1e-6)
    assert out["price"] + out["headroom"] == pytest.approx(36.0)
