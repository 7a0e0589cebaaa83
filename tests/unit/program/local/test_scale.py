"""Scaling by powers of two."""

from __future__ import annotations

import numpy as np
import pytest

from netback.program.certify import residuals
from netback.program.local.scale import scaled

from .local_cases import bilinear, haverly


def test_factors_are_powers_of_two_and_points_come_back_unchanged() -> None:
    found = scaled(haverly(unit=1e6))
    for factors in (found.rows, found.columns, np.array([found.cost])):
        assert (np.log2(factors) == np.round(np.log2(factors))).all()
    x = np.random.default_rng(1).random(7)
    assert (found.to_original(found.to_scaled(x)) == x).all()


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_scaled_rows_say_the_same_of_every_point(unit: float) -> None:
    problem = haverly(unit=unit)
    found = scaled(problem)
    x = np.array([0.0, 100.0, 0.0, 100.0, 0.0, 100.0, 0.0]) * unit
    x[6] = 1.0
    assert residuals(problem, x).worst_primal[0] < 1e-12
    assert residuals(found.problem, found.to_scaled(x)).worst_primal[0] < 1e-12
    value = found.problem.objective @ found.to_scaled(x) + found.problem.offset
    assert value == pytest.approx(found.cost * (problem.objective @ x + problem.offset))


def test_wide_numbers_come_together_and_the_report_says_so() -> None:
    problem = haverly()
    sizes = np.exp2(np.arange(7) * 6.0 - 18.0)
    wide = problem.with_(matrix=problem.matrix @ np.diag(sizes), column_lower=0.0)
    found = scaled(wide)
    assert found.after.coefficients.ratio < found.before.coefficients.ratio / 1e3
    assert "powers of two" in found.text


def test_whole_numbers_keep_their_unit() -> None:
    problem = bilinear(np.random.default_rng(3), integer=True)
    assert (scaled(problem).columns == 1.0).all()


def test_no_costs_are_left_alone() -> None:
    assert scaled(haverly().with_(objective=0.0)).cost == 1.0
