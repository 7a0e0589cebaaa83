"""Covers of the product graph, sides with a meaning, and what fixing them leaves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.errors import ModelError
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.local.cover import cover, fixed, product_pairs
from netback.program.local.structure import intensive, sides
from netback.program.problem import Problem

from .local_cases import haverly


def graph(pairs: list[tuple[int, int]], size: int, fixed_columns: tuple[int, ...] = ()) -> Problem:
    builder = Builder("graph", "min")
    upper = np.ones(size)
    upper[list(fixed_columns)] = 0.0
    x = builder.variables("x", Index.of("c", [str(j) for j in range(size)]), 0.0, upper)
    row = builder.constraints("r", Index.of("r", ["r"]), upper=1.0)
    for a, b in pairs:
        builder.add_products(row.ids, x.ids[a], x.ids[b], 1.0)
    return builder.build()


def is_cover(pairs: list[tuple[int, int]], columns: np.ndarray) -> bool:
    chosen = set(columns.tolist())
    return all(a in chosen or b in chosen for a, b in pairs)


def smallest_size(pairs: list[tuple[int, int]], size: int) -> int:
    for count in range(size + 1):
        for chosen in itertools.combinations(range(size), count):
            if all(a in chosen or b in chosen for a, b in pairs):
                return count
    raise AssertionError


EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


@given(EDGES)
@settings(max_examples=30, deadline=None)
def test_both_sides_cover_and_first_is_smallest_where_said(pairs: list[tuple[int, int]]) -> None:
    found = cover(graph(pairs, 7))
    assert is_cover(pairs, found.first)
    assert is_cover(pairs, found.second)
    if found.is_smallest:
        assert len(found.first) == smallest_size(pairs, 7)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(4, 7)), max_size=12))
@settings(max_examples=30, deadline=None)
def test_bipartite_graphs_are_covered_exactly_with_sides_apart(pairs: list[tuple[int, int]]) -> None:
    found = cover(graph(pairs, 8))
    assert found.is_smallest
    assert len(found.first) == smallest_size(pairs, 8)


def test_blocks_are_connected_parts() -> None:
    found = cover(graph([(0, 1), (1, 2), (4, 5)], 7))
    assert found.blocks == 2
    assert found.block[0] == found.block[1] == found.block[2] != found.block[4] == found.block[5]
    assert found.block[[3, 6]].tolist() == [-1, -1]


def test_squares_are_always_fixed() -> None:
    found = cover(graph([(2, 2), (2, 3)], 4))
    assert found.first.tolist() == [2]
    assert 2 in found.second


def test_products_with_a_fixed_column_do_not_count() -> None:
    problem = graph([(0, 1), (2, 3)], 4, fixed_columns=(0,))
    assert product_pairs(problem).tolist() == [[2, 3]]


def test_no_products_no_cover() -> None:
    found = cover(graph([], 3))
    assert len(found.first) == len(found.second) == found.blocks == 0


def test_fixing_a_cover_makes_the_program_linear_and_exact() -> None:
    problem = haverly()
    side = sides(problem).first
    linear = fixed(problem, side, np.full(len(side), 1.5))
    assert linear.is_linear
    x = np.arange(1.0, 8.0)
    x[side] = 1.5
    terms = problem.products
    activity = problem.matrix @ x
    np.add.at(activity, terms.rows, terms.coefficients * x[terms.columns_a] * x[terms.columns_b])
    np.testing.assert_allclose(linear.matrix @ x, activity, rtol=1e-14)
    assert linear.column_lower[side].tolist() == linear.column_upper[side].tolist() == [1.5]


def test_fixing_part_of_a_cover_keeps_the_other_products() -> None:
    problem = graph([(0, 1), (2, 3)], 4)
    left = fixed(problem, np.array([0]), np.array([0.5]))
    assert len(left.products) == 1
    assert left.matrix[0, 1] == 0.5


def test_fixed_values_are_moved_into_bounds() -> None:
    problem = graph([(0, 1)], 2)
    assert fixed(problem, np.array([0]), np.array([7.0])).column_lower[0] == 1.0


def test_fixing_to_a_number_that_is_none_names_the_column() -> None:
    with pytest.raises(ModelError, match=r"x\[1\]"):
        fixed(graph([(0, 1)], 2), np.array([1]), np.array([np.nan]))


def test_fixing_with_wrong_length_is_a_finding() -> None:
    with pytest.raises(ModelError, match="do not fit"):
        fixed(graph([(0, 1)], 2), np.array([1]), np.array([1.0, 2.0]))


def test_quality_is_told_from_flows_by_the_rows() -> None:
    problem = haverly()
    marked = intensive(problem)
    assert marked[problem.block("sulfur").ids].all()
    assert not marked[problem.block("flow").ids].any()
    found = sides(problem)
    assert found.first.tolist() == problem.block("sulfur").ids.tolist()
    assert {problem.column_label(int(j)) for j in found.second} == {"flow[px]", "flow[py]"}


def test_without_equations_sides_are_those_of_the_smallest_cover() -> None:
    problem = graph([(0, 1), (0, 2)], 3)
    assert sides(problem).first.tolist() == cover(problem).first.tolist() == [0]
