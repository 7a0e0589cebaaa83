"""Pivots: sums of the long table, blanks and dashes in their places, readable uom, and text of a few signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.results.pivot import (
    Pivot,
    PivotRow,
    amounts,
    folded,
    gathered,
    listed,
    places_of,
    readable,
    summed,
)
from netback.results.table import ResultTable

PERIODS = ("P1", "P2", "P3")


def pivot(*rows: PivotRow, **more: object) -> Pivot:
    given = {"whole": "total", "places": 1} | more
    return Pivot("p", "Purchases", ("offer",), PERIODS, rows, **given)  # type: ignore[arg-type]


def row(name: str, *values: float | None, uom: str = "t", marks: tuple[bool, ...] = ()) -> PivotRow:
    known = [value for value in values if value is not None]
    return PivotRow((name,), uom, values, sum(known), marks)


def test_values_of_a_cell_add_up_and_the_periods_to_the_whole() -> None:
    cells = [
        (("a",), "t", "P1", 1.0),
        (("a",), "t", "P3", 4.0),
        (("a",), "t", "P1", 2.0),
        (("b",), "t", "P2", 5.0),
    ]
    assert gathered(cells, PERIODS) == (
        PivotRow(("a",), "t", (3.0, None, 4.0), 7.0),
        PivotRow(("b",), "t", (None, 5.0, None), 5.0),
    )


def test_what_a_table_leaves_out_may_be_nothing() -> None:
    (found,) = gathered([(("a",), "t", "P2", 1.0)], PERIODS, 0.0)
    assert found.values == (0.0, 1.0, 0.0)


def test_a_part_that_is_not_known_makes_its_cell_and_the_whole_unknown() -> None:
    cells = [(("a",), "t", "P1", 1.0), (("a",), "t", "P1", None), (("a",), "t", "P2", 2.0)]
    (found,) = gathered(cells, PERIODS)
    assert found.values == (None, 2.0, None)
    assert found.whole is None


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(PERIODS), st.floats(-1e6, 1e6)),
        min_size=1,
        max_size=30,
    )
)
def test_nothing_is_lost_between_cells_and_rows(cells: list[tuple[str, str, float]]) -> None:
    rows = gathered([((name,), "t", period, value) for name, period, value in cells], PERIODS)
    scale = sum(abs(value) for *_, value in cells) + 1.0
    assert sum(found.whole or 0.0 for found in rows) == pytest.approx(
        sum(value for *_, value in cells), abs=1e-12 * scale
    )
    for place, period in enumerate(PERIODS):
        expected = sum(value for _, when, value in cells if when == period)
        assert sum(found.values[place] or 0.0 for found in rows) == pytest.approx(expected, abs=1e-12 * scale)


def test_amounts_are_by_mass_only_where_every_density_is_known() -> None:
    columns = [(name, "", "") for name in ("period", "offer", "quantity", "uom", "mass")]
    records = [("P1", "a", 10.0, "bbl", 1.4), ("P2", "a", 20.0, "bbl", 2.8), ("P1", "b", 5.0, "bbl", 0.7),
               ("P2", "b", 6.0, "bbl", None)]  # fmt: skip
    table = ResultTable.of("t", "T", columns, records)
    assert amounts(table, lambda one: one["offer"]) == [
        (("a",), "t", "P1", 1.4), (("a",), "t", "P2", 2.8), (("b",), "bbl", "P1", 5.0), (("b",), "bbl", "P2", 6.0),
    ]  # fmt: skip


def test_rows_of_nothing_are_named_in_a_note() -> None:
    found = folded(
        pivot(row("a", 1.0, 0.0, None), row("b", 0.0, 0.0, 0.0), row("c", None, 0.0, None)), "Not bought"
    )
    assert [one.labels for one in found.rows] == [("a",)]
    assert found.notes == ("Not bought: b, c.",)
    full = pivot(row("a", 1.0, 0.0, None))
    assert folded(full, "Not bought") is full


def test_names_with_commas_are_kept_apart() -> None:
    assert listed(["a", "b", "a"]) == "a, b"
    assert listed(["a, tranche 2", "b"]) == "a, tranche 2; b"


def test_a_negative_row_is_something() -> None:
    found = pivot(row("a", -1.0, 0.0, 0.0))
    assert folded(found, "Nothing") is found


def test_large_numbers_are_told_in_thousands_and_millions_of_their_uom() -> None:
    made = readable(
        pivot(
            row("a", 50_000.0, 500.0, 0.0),
            row("b", 2_000.0, 0.0, None, uom="MWh"),
            row("c", 2e7, 1e6, 0.0, uom="USD"),
            row("d", 3e7, None, None, uom="bbl"),
            row("e", 2e4, None, None, uom="each"),
        )
    )
    assert [one.uom for one in made.rows] == ["kt", "MWh", "million USD", "million bbl", "thousand each"]
    assert made.rows[0].values == (50.0, 0.5, 0.0)
    assert made.rows[0].whole == pytest.approx(50.5)
    assert made.rows[1].values == (2_000.0, 0.0, None)
    assert made.rows[2].values == (20.0, 1.0, 0.0)
    assert made.heading == "Purchases [kt; MWh; million USD; million bbl; thousand each]"


def test_every_row_of_a_uom_is_told_in_the_same_size() -> None:
    made = readable(pivot(row("a", 50_000.0, 0.0, 0.0), row("b", 12.0, 0.0, 0.0)))
    assert [one.uom for one in made.rows] == ["kt", "kt"]
    assert made.lines() == [("a", "50.0", "50.0", "-", "-"), ("b", "0.012", "0.012", "-", "-")]


def test_rounding_is_nothing() -> None:
    made = readable(pivot(row("a", 50_000.0, 0.0, 0.0), row("b", 1e-7, -1e-8, 0.0)))
    assert made.rows[1].values == (0.0, 0.0, 0.0)
    assert folded(made, "Not bought").notes == ("Not bought: b.",)


def test_a_row_of_all_stands_behind_the_rows_of_its_uom() -> None:
    made = summed(
        pivot(row("a", 1.0, 2.0, None), row("b", 3.0, None, None), row("p", 9.0, 9.0, 9.0, uom="MWh")),
        "all",
        "t",
    )
    assert [one.labels for one in made.rows] == [("a",), ("b",), ("all",), ("p",)]
    assert made.rows[2] == PivotRow(("all",), "t", (4.0, 2.0, None), 6.0)


def test_one_row_needs_no_sum() -> None:
    one = pivot(row("a", 1.0, 2.0, 3.0), row("p", 1.0, 1.0, 1.0, uom="MWh"))
    assert summed(one, "all", "t") is one
    assert summed(one, "all", "kt") is one


def test_one_uom_stands_in_the_title_and_several_in_a_column() -> None:
    one = pivot(row("a", 1.0, 2.0, 3.0))
    assert (one.heading, one.headings()) == ("Purchases [t]", ("offer", "total>", "P1>", "P2>", "P3>"))
    two = pivot(row("a", 1.0, 2.0, 3.0), row("p", 4.0, None, 0.0, uom="MWh"))
    assert (two.heading, two.headings()) == (
        "Purchases [t; MWh]",
        ("offer", "uom", "total>", "P1>", "P2>", "P3>"),
    )
    assert two.lines() == [("a", "t", "6.0", "1.0", "2.0", "3.0"), ("p", "MWh", "4.0", "4.0", "", "-")]


def test_a_star_marks_a_number_and_the_title_says_what_it_means() -> None:
    made = pivot(row("a", 1.0, 2.0, 3.0, marks=(False, True, False)), whole="", mark="binds")
    assert made.heading == "Purchases [t], * binds"
    assert made.lines() == [("a", "1.0", "*2.0", "3.0")]
    assert pivot(row("a", 1.0, 2.0, 3.0), mark="binds").heading == "Purchases [t]"


def test_groups_are_named_once_above_their_rows() -> None:
    rows = tuple(
        PivotRow((product, name, "1"), "", (1.0, 2.0, 3.0))
        for product, name in (("x", "p"), ("x", "q"), ("y", "p"))
    )
    made = Pivot("q", "Quality", ("product", "property", "max>"), PERIODS, rows, grouped=True)
    assert made.headings() == ("product", "max>", "P1>", "P2>", "P3>")
    assert [line[0] for line in made.lines()] == ["x", "  p", "  q", "y", "  p"]
    assert {len(line) for line in made.lines()} == {5}
    assert made.lines()[1] == ("  p", "1", "1.00", "2.00", "3.00")


@pytest.mark.parametrize(
    ("greatest", "places", "text"),
    [(0.01, 3, "0.010"), (0.99, 3, "0.990"), (1.0, 2, "1.00"), (99.0, 2, "99.00"), (150.0, 1, "150.0"),
     (4e4, 0, "40,000")],
)  # fmt: skip
def test_decimals_follow_the_size(greatest: float, places: int, text: str) -> None:
    assert places_of(greatest) == places
    made = pivot(row("a", greatest, 0.0, None), places=None, whole="")
    assert made.lines() == [("a", text, "-", "")]


def test_decimals_agree_within_a_uom() -> None:
    """Beside thousands nobody needs tenths, but what is small keeps a figure."""
    made = pivot(
        row("a", 1500.0, 0.0, 0.0),
        row("b", 150.0, 0.0, 0.0),
        row("c", 5.25, 0.0, 0.0),
        row("d", 0.25, 0.0, 0.0),
    )
    assert [line[2] for line in made.lines()] == ["1,500", "150", "5.2", "0.250"]


def test_zero_is_a_price_where_dashes_would_mislead() -> None:
    made = pivot(row("a", 0.0, 5.0, None), whole="", places=2, dashed=False)
    assert made.lines() == [("a", "0.00", "5.00", "")]


@given(st.lists(st.none() | st.floats(-1e12, 1e12), min_size=3, max_size=3), st.sampled_from([None, 0, 1, 2]))
def test_no_text_says_minus_zero_or_none(values: list[float | None], places: int | None) -> None:
    made = readable(pivot(PivotRow(("a",), "t", tuple(values), None), places=places))
    for text in made.lines()[0][1:]:
        assert text in ("", "-") or float(text.replace(",", "")) != 0.0 or not text.startswith("-")
        assert "nan" not in text
        assert "None" not in text
