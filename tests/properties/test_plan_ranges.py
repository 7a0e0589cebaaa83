"""Interval propagation never cuts off a feasible point, checked against the linear program's own ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netback.planning.model import build_plan
from netback.planning.solve import plan
from netback.program.builder import Builder
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.problem import Problem
from netback.program.ranges import column_ranges
from properties.random_plants import Plant, plants

Array = NDArray[np.float64]
COEFFICIENT = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.0, 0.25, 1.0, 2.0])
END = st.sampled_from([0.0, 1.0, 5.0, 40.0, 1e6, np.inf])


def program(matrix: Array, rows: tuple[Array, Array], columns: tuple[Array, Array]) -> Problem:
    """A program without costs."""
    builder = Builder("ranges", "max")
    made = builder.variables("x", Index.of("j", [str(j) for j in range(matrix.shape[1])]), *columns)
    block = builder.constraints("r", Index.of("i", [str(i) for i in range(matrix.shape[0])]), *rows)
    builder.add_terms(block.ids[:, None], made.ids[None, :], matrix)
    return builder.build()


@st.composite
def programs(draw: st.DrawFn) -> tuple[Problem, Array]:
    """A small program and a point that it allows."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    matrix = np.array(draw(st.lists(st.lists(COEFFICIENT, min_size=n, max_size=n), min_size=m, max_size=m)))
    point = np.array(draw(st.lists(st.sampled_from([-4.0, 0.0, 0.5, 3.0, 1000.0]), min_size=n, max_size=n)))

    def around(value: Array) -> tuple[Array, Array]:
        below = np.array([draw(END) for _ in value])
        above = np.array([draw(END) for _ in value])
        return value - below, value + above

    return program(matrix, around(matrix @ point), around(point)), point


@settings(max_examples=60)
@given(programs())
def test_a_feasible_point_stays_inside(made: tuple[Problem, Array]) -> None:
    problem, point = made
    lower, upper = column_ranges(problem)
    assert (lower <= point).all()
    assert (point <= upper).all()
    assert (lower >= problem.column_lower).all()
    assert (upper <= problem.column_upper).all()


@settings(max_examples=15)
@given(programs())
def test_the_ends_of_the_linear_program_stay_inside(made: tuple[Problem, Array]) -> None:
    problem, _ = made
    lower, upper = column_ranges(problem)
    for column in range(problem.shape[1]):
        for sign, end in ((1.0, upper[column]), (-1.0, lower[column])):
            costs = np.zeros(problem.shape[1])
            costs[column] = sign
            found = solve(problem.with_(objective=costs))
            if found.status == "optimal" and found.x is not None:
                slack = 1e-6 * max(1.0, abs(found.x[column]))
                assert sign * found.x[column] <= sign * end + slack
            elif found.status == "unbounded":
                assert np.isinf(end)


@settings(max_examples=10)
@given(plants())
def test_the_best_plan_stays_inside(plant: Plant) -> None:
    made = plan(plant.case())
    lower, upper = column_ranges(build_plan(plant.case()).problem)
    slack = 1e-6 * np.maximum(1.0, np.abs(made.x))
    assert (made.x >= lower - slack).all()
    assert (made.x <= upper + slack).all()


def test_a_chain_of_equalities_hands_the_bound_on() -> None:
    matrix = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 2.0, -1.0, 0.0], [0.0, 0.0, 0.5, -1.0]])
    none = np.zeros(3)
    problem = program(matrix, (none, none), (np.zeros(4), np.array([7.0, np.inf, np.inf, np.inf])))
    _, upper = column_ranges(problem)
    assert upper == pytest.approx([7.0, 7.0, 14.0, 7.0], rel=1e-6)


def test_a_point_beside_large_ends_stays_inside() -> None:
    """x + y >= 5 with x up to 1e6: the sum of the other ends is taken less the own one, and must keep its digits."""
    ends = np.array([5.0]), np.array([np.inf])
    problem = program(np.array([[1.0, 1.0]]), ends, (np.zeros(2), np.array([1e6, 0.31])))
    lower, _ = column_ranges(problem)
    assert 4.69 - 1e-6 <= lower[0] <= 4.69


def test_rows_with_products_are_left_out() -> None:
    builder = Builder("products", "max")
    x = builder.variables("x", Index.of("j", ["a", "b"]), 0.0, np.array([np.inf, 2.0]))
    row = builder.constraints("r", Index.of("i", ["r"]), -np.inf, 1.0)
    builder.add_terms(row.ids, x.ids[:1], 1.0)
    builder.add_products(row.ids, x.ids[:1], x.ids[1:], -1.0)
    _, upper = column_ranges(builder.build())
    assert np.isinf(upper[0])
