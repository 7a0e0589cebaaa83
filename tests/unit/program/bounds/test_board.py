"""The board: points are checked, bounds only rise, and what a point beats by rounding alone gives way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bilinear_cases import small

from netback.program.bounds.board import Board

INF = math.inf


def board() -> Board:
    """Minimise x with x^2 >= 1 and x >= 0: least at 1."""
    return Board(small("min", [1.0], 0.0, 2.0, [([0.0], [(0, 0, 1.0)], 1.0, INF)]), 1e-4, 10.0)


def test_bounds_rise_and_name_who_raised_them() -> None:
    kept = board()
    kept.raise_bound(0.5, "one")
    kept.raise_bound(0.25, "two")
    assert (kept.bound, kept.bound_by) == (0.5, "one")
    assert kept.offer(np.array([1.0]), "hand")
    assert kept.relative_gap == pytest.approx(0.5)


def test_points_that_miss_a_row_or_are_no_numbers_are_not_taken() -> None:
    kept = board()
    assert not kept.offer(np.array([math.nan]), "hand")
    assert not kept.offer(np.array([1.0, 1.0]), "hand")
    assert kept.x is None
    assert kept.offer(np.array([1.5]), "hand")
    assert not kept.offer(np.array([1.75]), "hand")
    assert kept.value == 1.5


@pytest.mark.parametrize("first", ["bound", "point"])
def test_a_bound_gives_way_to_a_point_that_misses_a_row_by_rounding(first: str) -> None:
    kept, point = board(), np.array([1.0 - 2e-9])  # misses its row by 4e-9, which is within what is exact
    if first == "bound":
        kept.raise_bound(1.0, "proof")
        assert kept.offer(point, "hand")
    else:
        assert kept.offer(point, "hand")
        kept.raise_bound(1.0, "proof")
    assert kept.value == point[0]
    assert (kept.bound, kept.bound_by) == (kept.value, "proof")


def test_a_bound_that_an_exact_point_beats_stays_to_be_told_as_wrong() -> None:
    kept = board()
    assert kept.offer(np.array([1.0]), "hand")
    kept.raise_bound(1.0 + 1e-5, "a wrong proof")
    assert kept.bound == 1.0 + 1e-5
    assert kept.relative_gap == 0.0


def test_what_a_bound_may_give_way_by_has_an_end() -> None:
    kept = board()
    assert kept.offer(np.array([1.0 - 2e-9]), "hand")
    kept.raise_bound(1.0 + 1e-3, "a wrong proof")
    assert kept.bound == 1.0 + 1e-3


def test_a_word_that_the_best_point_beats_is_not_heard() -> None:
    kept = board()
    assert kept.offer(np.array([1.0]), "hand")
    kept.hear_bound(1.5, "a solver")
    assert kept.best_bound()[0] == -INF
    kept.hear_bound(0.75, "a solver")
    assert kept.best_bound() == (0.75, "a solver")
    kept.raise_bound(0.75, "proof")
    assert kept.best_bound() == (0.75, "proof")
