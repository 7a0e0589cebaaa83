"""Programs moved in proportion equal programs built afresh, and what does not move so is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.builder import Builder
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.problem import Problem
from netback.studies.affine import AffinePrograms, _agree, _flatten, _pattern

START = {0: 2.0, 1: 3.0, 2: 1.0, 3: 5.0}


def build(changes: Mapping[int, float]) -> Problem:
    """Inputs: 0 a price, 1 a yield that also moves a limit, 2 a square, 3 a limit that vanishes above 9."""
    price, share, squared, limit = ({**START, **changes}[k] for k in range(4))
    builder = Builder("p", "max")
    x = builder.variables("x", Index.of("k", ["a", "b"]), 0.0, [10.0, np.inf if limit > 9.0 else limit])
    row = builder.constraints("row", Index.scalar(), -np.inf, 4.0 * share)
    builder.add_terms(row.ids, x.ids, [share, squared**2])
    builder.add_costs(x.ids, [price, 1.0])
    return builder.build()


def points(*numbers: int, one: float = 4.0, other: float = 3.5) -> list[tuple[float, float, float]]:
    return [(START[k], one, other) for k in numbers]


def test_what_moves_in_proportion_is_learnt_and_the_rest_left() -> None:
    made = AffinePrograms(build, [*points(0, 1, 2), (5.0, 20.0, 6.0)])
    assert made.inputs == {0, 1}
    assert made.at({2: 1.5}) is None
    assert made.at({0: 9.0, 3: 6.0}) is None


def test_one_input_is_learnt_from_three_builds() -> None:
    made = AffinePrograms(build, points(0))
    assert made.builds == 3
    assert made.inputs == {0}


@settings(max_examples=30, deadline=None)
@given(st.floats(-20, 20), st.floats(0.5, 20))
def test_moved_equals_built(price: float, share: float) -> None:
    made = AffinePrograms(build, points(0, 1))
    moved = made.at({0: price, 1: share})
    assert moved is not None
    assert _pattern(moved) == _pattern(build({0: price, 1: share}))
    assert _agree(_flatten(moved), _flatten(build({0: price, 1: share})))
    one, other = solve(moved), solve(build({0: price, 1: share}))
    assert one.objective == pytest.approx(other.objective, rel=1e-9, abs=1e-9)


def test_effects_that_do_not_add_up_are_not_moved_together() -> None:
    def product(changes: Mapping[int, float]) -> Problem:
        return build({0: changes.get(0, 1.0) * changes.get(1, 1.0), 3: changes.get(2, 5.0)})

    made = AffinePrograms(product, [(1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (5.0, 6.0, 7.0)])
    assert made.inputs in ({0, 2}, {1, 2})


def test_an_input_without_a_range_is_not_learnt() -> None:
    assert AffinePrograms(build, [(2.0, 2.0, 2.0)]).inputs == frozenset()


def test_the_unmoved_program_is_the_first() -> None:
    made = AffinePrograms(build, points(0))
    same = made.at({})
    assert same is not None
    assert (_flatten(same) == _flatten(build({}))).all()
