"""Report how far apart the numbers of a program lie, where, and what to do about it.

Solvers work with tolerances near 1e-7 in the units given. Rule of thumb (Gurobi guidelines for numerical
issues; the ranges HiGHS prints): coefficients of one row within six orders of magnitude, bounds and costs
below 1e6 or so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.program.problem import FloatArray, Problem

WIDE = 1e6
LARGE = 1e8


@dataclass(frozen=True)
class Range:
    """Smallest and largest non-zero size of some numbers, each with its label; zeros where there are none."""

    smallest: float
    smallest_label: str
    largest: float
    largest_label: str

    @property
    def ratio(self) -> float:
        """Largest divided by smallest; 1 where there are no numbers."""
        return self.largest / self.smallest if self.smallest > 0.0 else 1.0


@dataclass(frozen=True)
class ScalingReport:
    """Ranges of the numbers of a program.

    ``coefficients``, ``costs`` and ``bounds`` cover all rows and columns (product terms count as
    coefficients); ``row`` is the range inside the row where it is widest. ``text`` ends with a next step.
    """

    coefficients: Range
    costs: Range
    bounds: Range
    row: Range
    row_label: str
    text: str

    @property
    def is_good(self) -> bool:
        """Whether no range is wide enough to cost digits."""
        return self.row.ratio <= WIDE and self.bounds.largest <= LARGE and self.costs.largest <= LARGE


def scaling(problem: Problem) -> ScalingReport:
    """Measure the ranges of coefficients, costs and bounds, with the labels of the extremes."""
    matrix, terms = problem.matrix, problem.products
    rows = np.concatenate([np.repeat(np.arange(problem.shape[0]), np.diff(matrix.indptr)), terms.rows])
    columns = np.concatenate([matrix.indices, terms.columns_a])
    sizes = np.abs(np.concatenate([matrix.data, terms.coefficients]))

    def entry(k: int) -> str:
        return f"{problem.row_label(int(rows[k]))} of {problem.column_label(int(columns[k]))}"

    coefficients = _range(sizes, np.arange(len(sizes)), entry)
    costs = _finite_range(problem.objective, problem.column_label)
    bounds = _bound_range(problem)
    row, widest = _widest_row(problem, rows, sizes)
    inside = np.flatnonzero(rows == row)
    inner = _range(sizes[inside], inside, entry)
    report = ScalingReport(coefficients, costs, bounds, inner, widest, "")
    return ScalingReport(coefficients, costs, bounds, inner, widest, _text(report))


def _range(sizes: FloatArray, places: NDArray[np.int64], label: Callable[[int], str]) -> Range:
    """Range of positive sizes; ``places`` are handed to ``label`` for the extremes."""
    if sizes.size == 0:
        return Range(0.0, "", 0.0, "")
    low, high = int(np.argmin(sizes)), int(np.argmax(sizes))
    named = [label(int(places[k])) for k in (low, high)]
    return Range(float(sizes[low]), named[0], float(sizes[high]), named[1])


def _finite_range(values: FloatArray, label: Callable[[int], str]) -> Range:
    keep = np.flatnonzero(np.isfinite(values) & (values != 0.0))
    return _range(np.abs(values[keep]), keep, label)


def _bound_range(problem: Problem) -> Range:
    """Range of all finite non-zero bounds of rows and columns."""
    rows, columns = problem.shape
    values = np.concatenate(
        [problem.row_lower, problem.row_upper, problem.column_lower, problem.column_upper]
    )

    def label(k: int) -> str:
        return problem.row_label(k % rows) if k < 2 * rows else problem.column_label((k - 2 * rows) % columns)

    return _finite_range(values, label)


def _widest_row(problem: Problem, rows: NDArray[np.int64], sizes: FloatArray) -> tuple[int, str]:
    """Find the row whose coefficients lie furthest apart, and its label."""
    if sizes.size == 0:
        return -1, ""
    low, high = np.full(problem.shape[0], np.inf), np.zeros(problem.shape[0])
    np.minimum.at(low, rows, sizes)
    np.maximum.at(high, rows, sizes)
    widest = int(np.argmax(np.where(high > 0.0, high / low, 0.0)))
    return widest, problem.row_label(widest)


def _text(report: ScalingReport) -> str:
    lines = [
        _line("coefficients", report.coefficients),
        _line("costs", report.costs),
        _line("bounds", report.bounds),
    ]
    steps = []
    if report.row.ratio > WIDE:
        steps.append(
            f"Row {report.row_label} mixes {_size(report.row.smallest)} and {_size(report.row.largest)}: give its "
            "columns nearer uoms, or drop a term that does not matter."
        )
    if report.bounds.largest > LARGE:
        what = f"Bound {_size(report.bounds.largest)} of {report.bounds.largest_label} is large"
        steps.append(f"{what}: use a larger uom, or leave it blank if it means no limit.")
    if report.costs.largest > LARGE:
        what = f"Cost {_size(report.costs.largest)} of {report.costs.largest_label} is large"
        steps.append(f"{what}: use a larger uom, or a smaller penalty.")
    return "\n".join([*lines, *(steps or ["Nothing to do: the ranges cost no digits."])])


def _line(what: str, found: Range) -> str:
    if found.largest == 0.0:
        return f"{what}: none."
    low, high = _size(found.smallest), _size(found.largest)
    extremes = f"{low} ({found.smallest_label}) to {high} ({found.largest_label})"
    return f"{what}: {extremes}, ratio {_size(found.ratio, 2)}."


def _size(number: float, digits: int = 3) -> str:
    """A size with so many digits; as a power of ten where it would be long."""
    rounded = float(f"{number:.{digits}g}")
    return f"{rounded:,.10g}" if 1e-4 <= rounded < 1e9 else f"{number:.{digits}g}"
