"""Scaling report: extremes with their labels, and a next step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from program_cases import INF, dense, programs, refinery

from netback.program.diagnose import scaling
from netback.program.problem import Problem, Products


def test_ranges_of_a_plan() -> None:
    report = scaling(refinery())
    assert report.coefficients.smallest == 0.1
    assert report.coefficients.smallest_label == "balance[jet] of run[urals]"
    assert report.coefficients.largest == 1.0
    assert (report.costs.smallest_label, report.costs.largest_label) == ("sale[fuel]", "sale[jet]")
    assert (report.bounds.smallest, report.bounds.largest) == (9.2, 100.0)
    assert report.bounds.smallest_label == "sale_min[jet,2023-09]"
    assert report.bounds.largest_label == "market[gasoil]"
    assert report.row_label == "balance[jet]"
    assert report.row.ratio == pytest.approx(10.0)
    assert report.is_good
    assert report.text.endswith("Nothing to do: the ranges cost no digits.")


def test_a_row_of_mixed_units_is_named() -> None:
    report = scaling(dense("max", [1.0, 1.0], [[1.0, 1.0], [1e-4, 1e4]], -INF, 5.0))
    assert not report.is_good
    assert report.row_label == "row[r1]"
    assert (report.row.smallest_label, report.row.largest_label) == ("row[r1] of x[c0]", "row[r1] of x[c1]")
    assert "Row row[r1] mixes 0.0001 and 10,000: give its columns nearer uoms" in report.text


def test_different_rows_may_differ() -> None:
    assert scaling(dense("max", [1.0, 1.0], [[1e-4, 1e-4], [1e4, 1e4]], -INF, 5.0)).is_good


def test_large_bounds_and_costs_are_named() -> None:
    report = scaling(dense("max", [1e9, -1.0], [[1.0, 1.0]], -INF, 5.0, 0.0, [1e10, INF]))
    assert not report.is_good
    assert (
        "Bound 1e+10 of x[c0] is large: use a larger uom, or leave it blank if it means no limit."
        in report.text
    )
    assert "Cost 1e+09 of x[c0] is large: use a larger uom, or a smaller penalty." in report.text


def test_lower_bounds_of_columns_are_labelled() -> None:
    report = scaling(dense("max", [1.0, 1.0], [[1.0, 1.0]], -INF, 5.0, [0.0, -70.0], [3.0, 4.0]))
    assert (report.bounds.largest, report.bounds.largest_label) == (70.0, "x[c1]")
    assert (report.bounds.smallest, report.bounds.smallest_label) == (3.0, "x[c0]")


def test_product_terms_count_as_coefficients() -> None:
    problem = refinery().with_(products=Products.of([4], [0], [1], [500.0]))
    report = scaling(problem)
    assert (report.coefficients.largest, report.coefficients.largest_label) == (
        500.0,
        "capacity[cdu] of run[urals]",
    )


def test_numbers_have_separators_and_every_line_ends() -> None:
    report = scaling(dense("max", [1_234_567.0, 3e-7], [[1.0, 1.0]], -INF, 120_000.0))
    assert report.text.splitlines() == [
        "coefficients: 1 (row[r0] of x[c0]) to 1 (row[r0] of x[c0]), ratio 1.",
        "costs: 3e-07 (x[c1]) to 1,230,000 (x[c0]), ratio 4.1e+12.",
        "bounds: 120,000 (row[r0]) to 120,000 (row[r0]), ratio 1.",
        "Nothing to do: the ranges cost no digits.",
    ]


def test_a_program_without_numbers() -> None:
    report = scaling(dense("max", [0.0], [[0.0]], -INF, INF))
    assert report.is_good
    assert report.coefficients.ratio == 1.0
    assert report.text.startswith("coefficients: none.\ncosts: none.\nbounds: none.")


@given(programs())
def test_extremes_are_the_extremes(problem: Problem) -> None:
    report = scaling(problem)
    sizes = np.abs(problem.matrix.data)
    if len(sizes):
        assert (report.coefficients.smallest, report.coefficients.largest) == (sizes.min(), sizes.max())
    costs = np.abs(problem.objective[problem.objective != 0.0])
    if len(costs):
        assert (report.costs.smallest, report.costs.largest) == (costs.min(), costs.max())
