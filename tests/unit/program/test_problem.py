"""Problem: frozen arrays, labels on demand, cheap changed copies, and every refusal."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from program_cases import INF, dense, refinery

from netback.errors import ModelError
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Block, Products


def test_labels_read_like_the_tables() -> None:
    problem = refinery()
    assert problem.row_label(0) == "balance[jet]"
    assert problem.row_label(3) == "sale_min[jet,2023-09]"
    assert problem.column_label(1) == "run[arab]"
    assert problem.column_label(4) == "sale[fuel]"
    assert problem.column_block(4).name == "sale"
    assert problem.row_block(3).name == "sale_min"


def test_scalar_block_is_its_name_alone() -> None:
    builder = Builder("plan")
    builder.variables("total", Index.scalar())
    assert builder.build().column_label(0) == "total"


def test_block_without_a_name_shows_bare_labels() -> None:
    assert Block("", Index.of("row", ["limit max"]), 0).label(0) == "limit max"


def test_empty_blocks_do_not_hide_their_neighbours() -> None:
    builder = Builder("plan")
    builder.variables("a", Index.of("k", ["x"]))
    builder.variables("b", Index.of("k", []))
    builder.variables("c", Index.of("k", ["y", "z"]))
    problem = builder.build()
    assert [problem.column_label(j) for j in range(3)] == ["a[x]", "c[y]", "c[z]"]


@pytest.mark.parametrize("place", [-1, 99])
def test_no_label_outside(place: int) -> None:
    with pytest.raises(ModelError, match=f"there is no row {place}; there are 7"):
        refinery().row_label(place)
    with pytest.raises(ModelError, match=f"there is no column {place}; there are 5"):
        refinery().column_label(place)


def test_block_by_name() -> None:
    problem = refinery()
    assert problem.block("capacity").start == 4
    with pytest.raises(ModelError, match=r'there is no block "capacty". Closest name: "capacity"'):
        problem.block("capacty")


def test_arrays_cannot_be_written() -> None:
    problem = refinery()
    for array in (
        problem.objective,
        problem.row_lower,
        problem.column_upper,
        problem.matrix.data,
        problem.integer,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.name = "other"  # type: ignore[misc]


def test_the_callers_arrays_stay_his() -> None:
    problem, costs = refinery(), np.ones(5)
    changed = problem.with_(objective=costs)
    costs[0] = 99.0
    assert changed.objective[0] == 1.0
    view = np.ones(10)[:5]
    view.setflags(write=False)
    assert not np.shares_memory(problem.with_(objective=view).objective, view)


def test_changed_copies_share_the_rest() -> None:
    problem = refinery()
    changed = problem.with_(objective=0.0, row_upper=1e3, name="other")
    assert changed.matrix is problem.matrix
    assert changed.row_lower is problem.row_lower
    assert changed.column_upper is problem.column_upper
    assert changed.objective.tolist() == [0.0] * 5
    assert changed.row_upper.tolist() == [1e3] * 7
    assert problem.objective.tolist() == [0.0, 0.0, 3.0, 2.0, 1.0]
    assert (problem.name, changed.name) == ("plan", "other")


def test_changed_matrix_is_made_canonical() -> None:
    problem = dense("min", [1.0, 1.0], [[1.0, 2.0]], 0.0, INF)
    changed = problem.with_(matrix=np.array([[0.0, 5.0]]))
    assert changed.nonzeros == 1
    assert changed.matrix.toarray().tolist() == [[0.0, 5.0]]


def test_unknown_field_names_the_closest() -> None:
    with pytest.raises(ModelError, match=r'no field "row_uper" to change. Closest name: "row_upper"'):
        refinery().with_(row_uper=1.0)


def test_bad_numbers_name_their_place() -> None:
    problem = refinery()
    with pytest.raises(ModelError, match=r"capacity\[cdu\]: bounds from nan"):
        problem.with_(row_lower=[0, 0, 0, 0, math.nan, 0, 0])
    with pytest.raises(ModelError, match=r"run\[arab\]: bounds from 0.0 to -1.0"):
        problem.with_(column_upper=[50, -1, 1, 1, 1])
    with pytest.raises(ModelError, match=r"sale\[jet\]: cost inf"):
        problem.with_(objective=[0, 0, math.inf, 0, 0])
    with pytest.raises(ModelError, match="objective: offset nan"):
        problem.with_(offset=math.nan)
    table = problem.matrix.toarray()
    table[0, 0] = math.nan
    with pytest.raises(ModelError, match=r"balance\[jet\]: coefficient nan of run\[urals\]"):
        problem.with_(matrix=table)


def test_all_bad_numbers_come_together() -> None:
    with pytest.raises(ModelError) as caught:
        refinery().with_(objective=math.nan, offset=math.inf)
    assert len(caught.value.findings) == 6
    assert caught.value.subject == "problem plan"


def test_shapes_must_fit() -> None:
    with pytest.raises(ModelError, match=r"objective of shape \(3,\) where \(5,\) is needed"):
        refinery().with_(objective=[1.0, 2.0, 3.0])
    with pytest.raises(ModelError, match=r"matrix of shape \(1, 1\) where blocks hold \(7, 5\)"):
        refinery().with_(matrix=np.ones((1, 1)))
    with pytest.raises(ModelError, match="row block late: starts at 3, not at 0"):
        refinery().with_(row_blocks=(Block("late", Index.of("k", ["a"]), 3),))
    with pytest.raises(ModelError, match='sense "up" is neither'):
        refinery().with_(sense="up")


def test_integer_and_linear_flags() -> None:
    problem = refinery()
    assert (problem.is_linear, problem.is_integer) == (True, False)
    assert problem.with_(integer=[True, False, False, False, False]).is_integer
    mixed = problem.with_(products=Products.of([0], [1], [0], [2.0]))
    assert not mixed.is_linear
    assert (mixed.products.columns_a[0], mixed.products.columns_b[0]) == (0, 1)


def test_products_of_nothing() -> None:
    assert len(Products.of([], [], [], [])) == 0
    assert len(Products.of([0, 0], [1, 1], [1, 1], [2.0, -2.0])) == 0
