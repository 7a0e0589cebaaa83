"""Rows multiplied by columns hold at every point, and only useful ones are made."""

from __future__ import annotations

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings

from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.relax import Pairs
from netback.program.bounds.rlt import multiplied
from netback.program.certify import residuals


@settings(max_examples=60)
@given(bilinear())
def test_every_point_keeps_the_new_rows(problem):
    more = multiplied(problem, problem.column_lower, problem.column_upper, new_products=3)
    for x in feasible_grid(problem, 0.5)[:20]:
        assert residuals(more.problem, x).worst_primal[0] <= 1e-12


def test_a_splitter_times_its_quality_needs_no_new_product():
    # F = g + h; q F = 6 and both branches carry q: the row F q = g q + h q ties the three products.
    rows = [
        ([1.0, -1.0, -1.0, 0.0], [], 0.0, 0.0),
        ([0.0, 0.0, 0.0, 0.0], [(0, 3, 1.0)], 6.0, 6.0),
        ([0.0, 0.0, 0.0, 0.0], [(1, 3, 1.0), (2, 3, 2.0)], -INF, 9.0),
    ]
    problem = small("max", [0.0, 1.0, 0.0, 1.0], 0.0, [10.0, 10.0, 10.0, 4.0], rows)
    more = multiplied(problem, problem.column_lower, problem.column_upper, new_products=0)
    assert list(zip(more.rows, more.columns, strict=True)) == [(0, 3)]
    assert len(Pairs.of(more.problem.products)) == len(Pairs.of(problem.products))
    assert more.problem.shape == (4, 4)
    given_bound = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve().bound
    own = LiveRelaxation(more.problem, problem.column_lower, problem.column_upper).solve().bound
    assert own >= given_bound


def test_the_right_side_is_multiplied_too():
    rows = [([1.0, 1.0, 0.0], [], 1.0, 1.0), ([0.0, 0.0, 0.0], [(0, 2, 1.0), (1, 2, 3.0)], 2.0, 2.0)]
    problem = small("min", [0.0, 0.0, 1.0], 0.0, [1.0, 1.0, 9.0], rows)
    more = multiplied(problem, problem.column_lower, problem.column_upper)
    row = more.problem.shape[0] - 1
    assert more.problem.matrix[row, 2] == -1.0
    assert residuals(more.problem, np.array([0.5, 0.5, 1.0])).worst_primal[0] <= 1e-15
    assert residuals(more.problem, np.array([0.5, 0.6, 1.0])).worst_primal[0] > 1e-3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_shares_that_add_to_one_tighten_haverly(number):
    problem = haverly(number)
    more = multiplied(problem, problem.column_lower, problem.column_upper)
    assert len(more.rows) == 2
    plain = LiveRelaxation(problem, problem.column_lower, problem.column_upper).solve().bound
    own = LiveRelaxation(more.problem, problem.column_lower, problem.column_upper).solve().bound
    assert own >= plain - 1e-9


def test_columns_of_one_value_make_no_product():
    rows = [([1.0, -1.0, 0.0], [], 0.0, 0.0), ([0.0, 0.0, 0.0], [(0, 2, 1.0)], 1.0, 1.0)]
    problem = small("min", [1.0, 0.0, 0.0], [0.0, 0.0, 2.0], [9.0, 9.0, 2.0], rows)
    assert len(multiplied(problem, problem.column_lower, problem.column_upper).rows) == 0
