"""Bounds that rows imply, and that what is kept from one program to the next never speaks of another."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given
from hypothesis import strategies as st
from program_cases import dense

from netback.program.implied import entry_rows, implied_bounds
from netback.program.problem import Problem, Products

INF = np.inf


def chain(most: float = 10.0, factor: float = 2.0) -> Problem:
    """x0 <= most; x1 = factor x0; x2 = 3 x1: each bound follows from the one before."""
    matrix = [[1.0, 0.0, 0.0], [-factor, 1.0, 0.0], [0.0, -3.0, 1.0]]
    return dense("max", [1.0, 1.0, 1.0], matrix, [-INF, 0.0, 0.0], [most, 0.0, 0.0], 0.0, INF)


def with_entry(base: Problem, old: float, new: float) -> Problem:
    """The program with one number of its matrix changed, the places of all entries shared."""
    data = np.where(base.matrix.data == old, new, base.matrix.data)
    data.setflags(write=False)
    matrix = sparse.csr_array((data, base.matrix.indices, base.matrix.indptr), shape=base.matrix.shape)
    return base.with_(matrix=matrix)


def known(problem: Problem, *places: int) -> list[float]:
    """Upper bounds of columns, each the only one that is wanted."""
    none = np.zeros(problem.shape[1], dtype=bool)
    found = []
    for place in places:
        wanted = none.copy()
        wanted[place] = True
        found.append(float(implied_bounds(problem, none, wanted)[1][place]))
    return found


def test_bounds_are_carried_from_row_to_row() -> None:
    assert known(chain(), 0, 1, 2) == [10.0, 20.0, 60.0]


def test_what_is_wanted_first_does_not_stop_what_is_wanted_next() -> None:
    problem = chain()
    assert known(problem, 0) == [10.0]
    assert known(problem, 1) == [20.0]
    assert known(problem, 1, 0) == [20.0, 10.0]


def test_nothing_is_wanted_nothing_is_looked_for() -> None:
    problem = chain()
    none = np.zeros(3, dtype=bool)
    lower, upper = implied_bounds(problem, none, none)
    assert lower is problem.column_lower
    assert upper is problem.column_upper


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"row_upper": [20.0, 0.0, 0.0]}, [20.0, 40.0, 120.0]),
        ({"column_upper": [3.0, INF, INF]}, [3.0, 6.0, 18.0]),
        ({"row_upper": [INF, 0.0, 60.0], "row_lower": [-INF, 0.0, 0.0]}, [INF, INF, INF]),
    ],
)
def test_a_changed_program_has_bounds_of_its_own(
    changes: dict[str, list[float]], expected: list[float]
) -> None:
    base = chain()
    assert known(base, 0, 1, 2) == [10.0, 20.0, 60.0]
    moved = base.with_(**{name: np.array(values) for name, values in changes.items()})
    assert known(moved, 0, 1, 2) == expected
    assert known(base, 0, 1, 2) == [10.0, 20.0, 60.0]


def test_a_matrix_that_shares_its_places_has_bounds_of_its_own() -> None:
    base = chain()
    assert known(base, 1) == [20.0]
    moved = with_entry(base, -2.0, -5.0)
    assert moved.matrix.indptr is base.matrix.indptr
    assert entry_rows(moved) is entry_rows(base)
    assert known(moved, 1) == [50.0]
    assert known(base, 1) == [20.0]


def test_rows_with_products_imply_nothing() -> None:
    base = chain()
    products = Products.of([0], [0], [1], [1.0])
    assert known(base.with_(products=products), 0, 1) == [INF, INF]
    assert known(base, 0, 1) == [10.0, 20.0]


@given(st.lists(st.tuples(st.floats(1.0, 100.0), st.floats(0.5, 4.0)), min_size=2, max_size=6))
def test_in_any_order_the_same_as_afresh(parameters: list[tuple[float, float]]) -> None:
    """Programs asked in turn, and again: as if each had been the only one."""
    problems = [chain(most, factor) for most, factor in parameters]
    for problem, (most, factor) in [*zip(problems, parameters, strict=True)] * 2:
        assert known(problem, 2, 1) == pytest.approx([3.0 * factor * most, factor * most])


def test_what_rests_on_other_rows_is_kept_and_what_rests_on_the_changed_one_is_not() -> None:
    base = chain()
    assert known(base, 1) == [20.0]
    moved = with_entry(base, -3.0, -4.0)
    assert known(moved, 1, 2) == [20.0, 80.0]
    assert known(base, 2) == [60.0]
    tighter = moved.with_(row_upper=np.array([5.0, 0.0, 0.0]))
    assert known(tighter, 2, 1) == [40.0, 10.0]
    assert known(moved, 2) == [80.0]
