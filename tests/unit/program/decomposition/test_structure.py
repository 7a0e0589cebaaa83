"""Blocks are found with labels and without, in any order, and not where there are none."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from two_stage import random_two_stage, two_stage_problem, unlabelled

from netback.program.builder import Builder
from netback.program.decomposition.structure import Blocks, find_blocks
from netback.program.index import Index
from netback.program.problem import Problem, Products


def shuffled(problem: Problem, seed: int) -> Problem:
    """The same program without labels, its rows and columns in another order."""
    draw = np.random.default_rng(seed)
    plain = unlabelled(problem)
    rows, columns = (draw.permutation(size) for size in plain.shape)
    place = np.argsort(columns)
    terms = plain.products
    row_place = np.argsort(rows)
    return plain.with_(
        objective=plain.objective[columns],
        matrix=sparse.csr_array(plain.matrix[rows][:, columns]),
        row_lower=plain.row_lower[rows],
        row_upper=plain.row_upper[rows],
        column_lower=plain.column_lower[columns],
        column_upper=plain.column_upper[columns],
        integer=plain.integer[columns],
        products=Products.of(
            row_place[terms.rows], place[terms.columns_a], place[terms.columns_b], terms.coefficients
        ),
    )


def assert_sound(problem: Problem, blocks: Blocks) -> None:
    """Every row and column once; a row touches the first stage and its own block only."""
    every = np.concatenate([blocks.linking, *blocks.columns])
    assert sorted(every.tolist()) == list(range(problem.shape[1]))
    assert sorted(np.concatenate([blocks.own_rows, *blocks.rows]).tolist()) == list(range(problem.shape[0]))
    owner = np.full(problem.shape[1], -1)
    for number, columns in enumerate(blocks.columns):
        owner[columns] = number
    row_owner = np.full(problem.shape[0], -1)
    for number, rows in enumerate(blocks.rows):
        row_owner[rows] = number
    table = problem.matrix.tocoo()
    terms = problem.products
    for row, column in (
        *zip(table.coords[0].tolist(), table.coords[1].tolist(), strict=True),
        *zip(terms.rows.tolist(), terms.columns_a.tolist(), strict=True),
        *zip(terms.rows.tolist(), terms.columns_b.tolist(), strict=True),
    ):
        assert owner[column] in (-1, row_owner[row])


@pytest.mark.parametrize("scenarios", [2, 3, 7])
def test_scenarios_by_label_and_without(scenarios: int) -> None:
    problem = two_stage_problem(random_two_stage(1, scenarios))
    for form in (problem, unlabelled(problem)):
        blocks = find_blocks(form)
        assert blocks is not None
        assert len(blocks) == scenarios
        assert blocks.linking.tolist() == [0, 1]
        assert_sound(form, blocks)
    named = find_blocks(problem)
    assert named is not None
    assert named.by == 'columns without the label "scenario"'


@given(st.integers(0, 1000), st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_columns_does_not_matter(seed: int, scenarios: int) -> None:
    problem = shuffled(two_stage_problem(random_two_stage(seed, scenarios)), seed)
    blocks = find_blocks(problem)
    assert blocks is not None
    assert len(blocks) == scenarios
    assert len(blocks.linking) == 2
    assert_sound(problem, blocks)


def test_a_single_scenario_has_no_blocks() -> None:
    assert find_blocks(two_stage_problem(random_two_stage(1, 1))) is None


def test_a_dense_program_has_no_blocks() -> None:
    build = Builder("dense", "min")
    columns = build.variables("x", Index.of("c", [str(k) for k in range(12)]), 0.0, 1.0).ids
    rows = build.constraints("r", Index.of("r", [str(k) for k in range(6)]), upper=1.0).ids
    build.add_terms(rows[:, None], columns[None, :], 1.0)
    build.add_products(rows, columns[0], columns[1:7], 1.0)
    assert find_blocks(build.build()) is None


def test_a_chain_of_periods_with_stock_between_them_is_not_taken_for_scenarios() -> None:
    build = Builder("chain", "min")
    periods = Index.of("period", [str(k) for k in range(30)])
    flow = build.variables("flow", periods, 0.0, 1.0).ids
    stock = build.variables("stock", periods, 0.0, 1.0).ids
    rows = build.constraints("balance", periods, 0.0, 0.0).ids
    build.add_terms(rows, stock, -1.0)
    build.add_terms(rows[1:], stock[:-1], 1.0)
    build.add_products(rows, flow, stock, 1.0)
    blocks = find_blocks(build.build())
    assert blocks is None or len(blocks.linking) < 8


def test_a_first_stage_with_products_of_its_own_is_left_alone() -> None:
    problem = two_stage_problem(random_two_stage(3, 4))
    terms = problem.products
    row = int(problem.block("storage").ids.ravel()[0])
    more = Products.of(
        np.append(terms.rows, row),
        np.append(terms.columns_a, 0),
        np.append(terms.columns_b, 1),
        np.append(terms.coefficients, 0.1),
    )
    assert find_blocks(problem.with_(products=more)) is None


def test_a_label_that_does_not_part_the_program_is_no_proof() -> None:
    """All columns carry the label, yet one row sums them up: the graph decides, not the name."""
    build = Builder("summed", "min")
    over = Index.product(("scenario", [f"h{k}" for k in range(4)]), ("part", ["a", "b", "c"]))
    first = build.variables("first", Index.scalar(), 0.0, 1.0).ids
    columns = build.variables("x", over, 0.0, 1.0).ids
    row = build.constraints("all", Index.scalar(), upper=1.0).ids
    build.add_terms(row, columns.ravel(), 1.0)
    own = build.constraints("own", Index.of("scenario", [f"h{k}" for k in range(4)]), upper=1.0).ids
    build.add_terms(own[:, None], columns, 1.0)
    build.add_terms(own, first, 1.0)
    assert find_blocks(build.build()) is None


def test_parts_without_a_link_stand_in_a_block_and_not_in_the_first_stage() -> None:
    """Columns that no row ties to anything, and a lone product, as many as the blocks have columns."""
    build = Builder("loose", "min")
    names = [f"h{k}" for k in range(3)]
    lots = build.variables("lots", Index.of("feed", ["a"]), 0.0, 4.0, integer=True).ids
    inner = build.variables(
        "inner", Index.product(("scenario", names), ("part", [str(k) for k in range(24)])), 0.0, 1.0
    ).ids
    build.variables("loose", Index.of("n", [str(k) for k in range(60)]), 0.0, 1.0)
    pair = build.variables("pair", Index.of("n", ["1", "2"]), 0.0, 1.0).ids
    rows = build.constraints("own", Index.of("scenario", names), upper=1.0).ids
    build.add_terms(rows[:, None], inner, 1.0)
    build.add_terms(rows, lots, -0.25)
    lone = build.constraints("lone", Index.scalar(), 0.25, np.inf).ids
    build.add_products(lone, pair[0], pair[1], 1.0)
    problem = build.build()
    blocks = find_blocks(problem)
    assert blocks is not None
    assert len(blocks) == 3
    assert blocks.linking.tolist() == lots.tolist()
    assert_sound(problem, blocks)
