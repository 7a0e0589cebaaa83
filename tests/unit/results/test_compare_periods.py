"""Plans of many periods compared: sums, differences, spans of prices, and what is bought and sold when."""

from __future__ import annotations

import pytest

from netback.case.case import Case
from netback.planning.solve import plan
from netback.results.compare import changed_inputs, side_by_side
from netback.results.compare_periods import (
    Span,
    break_even_spans,
    flow_differences,
    inputs_by_row,
    less_first,
    over_all_periods,
)
from netback.results.solution import Solution, solution_of
from netback.results.table import ResultTable
from three_months import three_months
from tiny import periods, rows, tiny

PERIODS = ("2023-04", "2023-05", "2023-06")


def cheaper() -> Case:
    """The dear crude at half the price of the other, from May on."""
    case = three_months()
    offers = [row.with_(price=30.0) if row["offer"] == "dear" else row for row in case["offers"].records]
    return case.with_table("offers", offers)


@pytest.fixture(scope="module")
def both() -> tuple[Solution, Solution]:
    return solution_of(plan(three_months())), solution_of(plan(cheaper()))


def test_sums_are_told_without_periods_and_without_what_is_nothing(both: tuple[Solution, Solution]) -> None:
    results = side_by_side(both)
    sums, nothing = over_all_periods(results)
    assert {row[0] for row in sums.rows} == {"margin", "crude", "bought", "sold"}
    assert set(nothing) == {"petrol", "tar"}
    left = [row for row in results.rows if row not in sums.rows]
    assert all(row[0] == "break-even" or row[1] in nothing for row in left)
    assert all(any(row[3:]) for row in sums.rows)


def test_sums_are_those_of_the_long_tables(both: tuple[Solution, Solution]) -> None:
    sums, _ = over_all_periods(side_by_side(both))
    for place, solution in enumerate(both):
        for row in sums.rows:
            if row[0] == "bought" and row[2] == "t":
                found = sum(one["mass"] for one in solution["purchases"].where(offer=row[1]).records())
                assert row[3 + place] == pytest.approx(found)


def table(*lines: tuple[object, ...]) -> ResultTable:
    columns = [(name, "", "") for name in ("group", "what", "uom", "base", "one", "two")]
    return ResultTable.of("comparison", "Side by side", columns, lines)


def test_differences_are_to_the_first() -> None:
    found = less_first(table(("margin", "m", "USD", 10.0, 12.5, 9.0), ("bought", "x", "t", 5.0, 5.0, 5.0)))
    assert found.names == ("group", "what", "uom", "one", "two")
    assert found.rows == (("margin", "m", "USD", 2.5, -1.0),)


def test_rounding_is_no_difference() -> None:
    found = less_first(
        table(("bought", "x", "t", 1e6, 1e6 + 0.1, 1e6 - 0.1), ("sold", "y", "t", 1e6, 1e6 + 0.1, 2e6))
    )
    assert found.rows == (("sold", "y", "t", 0.0, 1e6),)


def test_what_one_plan_does_not_know_has_no_difference() -> None:
    assert less_first(table(("margin", "m", "USD", None, 1.0, None))).rows == ()
    assert less_first(table(("margin", "m", "USD", 1.0, None, 3.0))).rows == (
        ("margin", "m", "USD", None, 2.0),
    )


def test_spans_hold_every_break_even_price(both: tuple[Solution, Solution]) -> None:
    spans = {(offer, uom): found for offer, uom, found in break_even_spans(both)}
    assert ("crude, tranche 2", "USD/bbl") in spans
    assert ("grid", "USD/MWh") in spans
    for place, solution in enumerate(both):
        for (offer, _), found in spans.items():
            name, _, tranche = offer.partition(", tranche ")
            prices = [
                row["price"] + row["headroom"]
                for row in solution["purchases"].where(offer=name, tranche=tranche or "1").records()
                if row["headroom"] is not None
            ]
            assert found[place] == (Span(min(prices), max(prices), len(prices)) if prices else None)


def test_a_plan_without_a_measured_price_has_no_span() -> None:
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "a X 5 1"),
        sales=rows("sale stream price", "s X 5"),
    )
    other = case.with_table("offers", [row.with_(offer="b") for row in case["offers"].records])
    found = {
        offer: spans
        for offer, _, spans in break_even_spans([solution_of(plan(one)) for one in (case, other)])
    }
    assert [span is None for span in found["a"]] == [False, True]
    assert [span is None for span in found["b"]] == [True, False]
    assert found["a"][0] is not None
    assert (found["a"][0].least, found["a"][0].most, found["a"][0].count) == pytest.approx((5.0, 5.0, 3))


def test_differences_by_period_are_those_of_the_long_tables(both: tuple[Solution, Solution]) -> None:
    first, other = both
    bought, sold = flow_differences(first, other, "cheaper less base")
    assert bought.title == "Purchases, cheaper less base"
    assert bought.periods == sold.periods == PERIODS
    for pivot, name, key in ((bought, "purchases", "offer"), (sold, "sales", "sale")):
        told = {row.labels[0]: row for row in pivot.rows}
        assert told
        for label, row in told.items():
            if label == "all" or "," in label or row.uom not in ("t", "kt"):
                continue
            size = 1e3 if row.uom == "kt" else 1.0
            tier = {"tranche": "1"} if key == "offer" else {"tier": "1"}
            for place, period in enumerate(PERIODS):
                ours, theirs = (
                    sum(
                        one["mass"]
                        for one in solution[name].where(period=period, **{key: label}, **tier).records()
                    )
                    for solution in both
                )
                assert (row.values[place] or 0.0) * size == pytest.approx(theirs - ours, abs=1e-3)
            assert row.whole == pytest.approx(sum(value or 0.0 for value in row.values))


def test_gains_have_a_plus() -> None:
    cheap, base = solution_of(plan(cheaper())), solution_of(plan(three_months()))
    bought, _ = flow_differences(base, cheap, "")
    (dear,) = [line for line in bought.lines() if line[0] == "dear"]
    assert all(cell.startswith("+") for cell in dear[2:])


def test_equal_plans_differ_nowhere(both: tuple[Solution, Solution]) -> None:
    assert [pivot.rows for pivot in flow_differences(both[0], both[0], "")] == [(), ()]


def test_plans_of_other_periods_are_not_told_by_period(both: tuple[Solution, Solution]) -> None:
    case = tiny(offers=rows("offer stream max price", "a X 5 1"), sales=rows("sale stream price", "s X 5"))
    assert [pivot.rows for pivot in flow_differences(both[0], solution_of(plan(case)), "")] == [(), ()]


def test_the_sum_of_what_moves_to_and_fro_is_nothing() -> None:
    """What one offer takes from another is no difference of all: neither plus nor minus zero is told."""
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "a X 0.1 1", "b X 0.3 2", "c X 5 3"),
        sales=rows("sale stream max price", "s X 0.7 5"),
    )
    other = case.with_table(
        "offers", [row.with_(max=0.2) if row["offer"] == "a" else row for row in case["offers"].records]
    )
    bought, sold = flow_differences(*(solution_of(plan(one)) for one in (case, other)), "")
    assert {line[0]: line[1] for line in bought.lines()} == {"a": "+0.300", "c": "-0.300", "all": "-"}
    assert sold.rows == ()


def test_inputs_that_differ_in_their_period_alone_are_one() -> None:
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream period price", "a X P1 1", "a X P2 2", "a X P3 3", "b X . 4"),
        sales=rows("sale stream price", "s X 5"),
    )
    other = case.with_table("offers", [row.with_(price=9.0) for row in case["offers"].records])
    inputs = changed_inputs([case, other]).records()
    found = inputs_by_row(inputs, ("P1", "P2", "P3"))
    assert {key: [row["first"] for row in rows] for key, rows in found.items()} == {
        ("tiny", "offers", "a", "price"): [1.0, 2.0, 3.0],
        ("tiny", "offers", "b", "price"): [4.0],
    }
    assert sum(map(len, found.values())) == len(inputs)
