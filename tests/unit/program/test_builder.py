"""Builder: blocks, terms that broadcast and add up, and every refusal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.errors import ModelError
from netback.program.builder import Builder
from netback.program.index import Index

CRUDES = Index.of("crude", ["urals", "arab"])
GRID = Index.product(("crude", ["urals", "arab"]), ("period", ["p1", "p2", "p3"]))


def started() -> tuple[Builder, Any, Any]:
    builder = Builder("plan")
    return builder, builder.variables("buy", GRID), builder.constraints("limit", CRUDES, upper=10.0)


def test_ids_follow_the_index_and_blocks_follow_each_other() -> None:
    builder, buy, _ = started()
    sell = builder.variables("sell", CRUDES)
    assert buy.ids.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert sell.ids.tolist() == [6, 7]
    assert buy.id("arab", "p2") == 4
    assert buy.ids_of([("arab", "p3"), ("urals", "p1")]).tolist() == [5, 0]
    assert (buy.size, buy.stop, sell.start) == (6, 6, 6)


def test_ids_are_read_only() -> None:
    _, buy, _ = started()
    with pytest.raises(ValueError, match="read-only"):
        buy.ids[0, 0] = 7


def test_bounds_broadcast() -> None:
    builder = Builder("plan")
    builder.variables("buy", GRID, lower=1.0, upper=[[5.0], [6.0]], integer=[True, False, False])
    problem = builder.build()
    assert problem.column_lower.tolist() == [1.0] * 6
    assert problem.column_upper.tolist() == [5.0] * 3 + [6.0] * 3
    assert problem.integer.tolist() == [True, False, False] * 2


def test_terms_broadcast_and_equal_places_add_up() -> None:
    builder, buy, limit = started()
    builder.add_terms(limit.ids[:, None], buy.ids, 2.0)
    builder.add_terms(limit.id("urals"), buy.id("urals", "p1"), 0.5)
    expected = [[2.5, 2.0, 2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 2.0, 2.0, 2.0]]
    assert builder.build().matrix.toarray().tolist() == expected


def test_terms_that_cancel_leave_no_entry() -> None:
    builder, buy, limit = started()
    builder.add_terms(limit.ids[0], buy.ids[0], 1.0)
    builder.add_terms(limit.ids[0], buy.ids[0, :2], -1.0)
    assert builder.build().nonzeros == 1


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(-5, 5)), max_size=30))
def test_matrix_equals_a_dense_sum(triplets: list[tuple[int, int, int]]) -> None:
    builder, _, _ = started()
    expected = np.zeros((2, 6))
    for row, column, value in triplets:
        builder.add_terms(row, column, float(value))
        expected[row, column] += value
    matrix = builder.build().matrix
    assert np.array_equal(matrix.toarray(), expected)
    assert matrix.has_canonical_format
    assert not (matrix.data == 0.0).any()


def test_costs_and_offsets_add_up() -> None:
    builder, buy, _ = started()
    builder.add_costs(buy.ids, 1.0)
    builder.add_costs(buy.id("urals", "p2"), -3.0)
    builder.add_offset(4.0)
    builder.add_offset(0.5)
    problem = builder.build()
    assert problem.objective.tolist() == [1.0, -2.0, 1.0, 1.0, 1.0, 1.0]
    assert problem.offset == 4.5


def test_products_are_canonical() -> None:
    builder, _, _ = started()
    builder.add_products(1, [3, 0], [0, 3], [2.0, 5.0])
    builder.add_products(0, 2, 2, 1.0)
    builder.add_products(0, 1, 2, 1.0)
    builder.add_products(0, 2, 1, -1.0)
    problem = builder.build()
    terms = problem.products
    assert not problem.is_linear
    assert len(terms) == 2
    assert terms.rows.tolist() == [0, 1]
    assert terms.columns_a.tolist() == [2, 0]
    assert terms.columns_b.tolist() == [2, 3]
    assert terms.coefficients.tolist() == [1.0, 7.0]


def test_later_changes_of_the_caller_do_not_leak_in() -> None:
    builder, buy, limit = started()
    values = np.ones(3)
    builder.add_terms(limit.ids[0], buy.ids[0], values)
    values[:] = 9.0
    first = builder.build()
    builder.add_terms(limit.ids[1], buy.ids[1], 1.0)
    assert first.matrix.toarray()[0].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert first.nonzeros == 3
    assert builder.build().nonzeros == 6


def test_nothing_builds_an_empty_problem() -> None:
    problem = Builder("nothing", "min").build()
    assert problem.shape == (0, 0)
    assert problem.is_linear
    assert not problem.is_integer


def test_empty_blocks_and_empty_terms() -> None:
    builder = Builder("plan")
    empty = builder.variables("none", Index.of("crude", []))
    builder.variables("buy", CRUDES)
    rows = builder.constraints("limit", CRUDES)
    builder.add_terms(rows.ids[:, None], empty.ids[None, :], 1.0)
    problem = builder.build()
    assert problem.shape == (2, 2)
    assert problem.column_label(0) == "buy[urals]"


def test_unknown_labels_name_block_and_closest() -> None:
    _, buy, _ = started()
    with pytest.raises(ModelError, match=r'block buy, index over crude, period: no entry "ural,p1".*"urals"'):
        buy.id("ural", "p1")
    with pytest.raises(ModelError) as caught:
        buy.ids_of([("brent", "p1"), ("urals", "p9")])
    assert len(caught.value.findings) == 2
    assert all("block buy" in finding.where for finding in caught.value.findings)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(math.nan, 1.0), (0.0, math.nan), (2.0, 1.0), (math.inf, math.inf), (-math.inf, -math.inf)],
)
def test_bounds_that_hold_no_number_name_the_entry(lower: float, upper: float) -> None:
    builder = Builder("plan")
    with pytest.raises(ModelError, match=r"buy\[arab\]: bounds from .* hold no number"):
        builder.variables("buy", CRUDES, [0.0, lower], [1.0, upper])
    with pytest.raises(ModelError, match=r"limit\[arab\]: bounds from .* hold no number"):
        builder.constraints("limit", CRUDES, [0.0, lower], [1.0, upper])


def test_many_bad_bounds_are_counted() -> None:
    with pytest.raises(ModelError, match="and 5 more rows or columns with such bounds"):
        Builder("plan").variables("buy", Index.of("crude", [f"c{i}" for i in range(15)]), 2.0, 1.0)


def test_shapes_that_do_not_fit() -> None:
    builder = Builder("plan")
    with pytest.raises(ModelError, match=r"columns buy: upper of shape \(5,\) does not fit \(2,\)"):
        builder.variables("buy", CRUDES, upper=[1.0] * 5)
    with pytest.raises(ModelError, match=r"rows limit: lower of shape"):
        builder.constraints("limit", CRUDES, lower=[["a", "b"]])


def test_names_are_used_once() -> None:
    builder, _, _ = started()
    with pytest.raises(ModelError, match="columns buy: the name is already taken"):
        builder.variables("buy", CRUDES)
    with pytest.raises(ModelError, match="rows buy: the name is already taken"):
        builder.constraints("buy", CRUDES)
    with pytest.raises(ModelError, match="the name is empty"):
        builder.constraints("", CRUDES)


def test_sense_is_min_or_max() -> None:
    with pytest.raises(ModelError, match='sense "maximum" is neither "min" nor "max"'):
        Builder("plan", "maximum")  # type: ignore[arg-type]


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (2, 0), (0, -1), (0, 6)])
def test_ids_of_no_block(row: int, column: int) -> None:
    builder, _, _ = started()
    with pytest.raises(ModelError, match="belongs to no block"):
        builder.add_terms(row, column, 1.0)
    with pytest.raises(ModelError, match="belongs to no block"):
        builder.add_products(row, column, column, 1.0)


def test_ids_are_whole_numbers() -> None:
    builder, _, _ = started()
    with pytest.raises(ModelError, match="row ids must be whole numbers, not float64"):
        builder.add_terms(0.0, 0, 1.0)
    with pytest.raises(ModelError, match="column ids must be whole numbers"):
        builder.add_costs([0.5], 1.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_are_finite(value: float) -> None:
    builder, _, _ = started()
    with pytest.raises(
        ModelError, match=r"limit\[arab\], buy\[urals,p2\]: coefficient .* is not a finite number"
    ):
        builder.add_terms(1, [0, 1], [1.0, value])
    with pytest.raises(ModelError, match=r"limit\[arab\], products: coefficient"):
        builder.add_products(1, 0, 1, value)
    with pytest.raises(ModelError, match=r"buy\[urals,p1\]: cost"):
        builder.add_costs(0, value)
    with pytest.raises(ModelError, match="objective: offset"):
        builder.add_offset(value)


def test_arrays_that_do_not_broadcast() -> None:
    builder, _, _ = started()
    with pytest.raises(ModelError, match=r"terms: arrays of shapes \(2,\), \(3,\), \(\) are not numbers"):
        builder.add_terms([0, 1], [0, 1, 2], 1.0)
    with pytest.raises(ModelError, match="costs: arrays of shapes"):
        builder.add_costs([0], "dear")
