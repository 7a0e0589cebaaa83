"""A program as text that a person can read and check: one line per row, columns and rows by name.

    max
      -10 purchase[cheap,1,P1]
    rows
      stream_balance[X,P1]: 1 purchase[cheap,1,P1] - 1 sale[s,1,X,P1] = 0
    columns
      0 <= purchase[cheap,1,P1] <= inf

Numbers have nine digits. Lines are sorted, so the text does not depend on the order of the blocks.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np

from netback.program.problem import Problem

GOLDEN = Path(__file__).resolve().parent / "golden"


def lp_text(problem: Problem) -> str:
    """The whole program."""
    costs = [
        f"  {_number(cost)} {problem.column_label(j)}" for j, cost in enumerate(problem.objective) if cost
    ]
    rows = [f"  {row_text(problem, i)}" for i in range(problem.shape[0])]
    columns = [f"  {_column(problem, j)}" for j in range(problem.shape[1])]
    lines = [problem.sense, *sorted(costs), "rows", *sorted(rows), "columns", *sorted(columns)]
    return "\n".join(lines) + "\n"


def row_text(problem: Problem, row: int) -> str:
    """One row with its terms, sorted by column, and its bounds."""
    matrix = problem.matrix
    span = slice(matrix.indptr[row], matrix.indptr[row + 1])
    terms = sorted(
        (problem.column_label(int(j)), float(a))
        for j, a in zip(matrix.indices[span], matrix.data[span], strict=True)
    )
    text = ""
    for label, value in terms:
        sign = ("- " if value < 0 else "+ ") if text else ("-" if value < 0 else "")
        text += f"{sign}{_number(abs(value))} {label} "
    bounds = _bounds(float(problem.row_lower[row]), float(problem.row_upper[row]))
    return f"{problem.row_label(row)}: {text or '0 '}{bounds}"


def _bounds(lower: float, upper: float) -> str:
    if lower == upper:
        return f"= {_number(lower)}"
    if np.isinf(lower) and np.isinf(upper):
        return "free"
    if np.isinf(lower):
        return f"<= {_number(upper)}"
    return f">= {_number(lower)}" + ("" if np.isinf(upper) else f" and <= {_number(upper)}")


def _column(problem: Problem, column: int) -> str:
    lower, upper = float(problem.column_lower[column]), float(problem.column_upper[column])
    whole = " whole" if problem.integer[column] else ""
    return f"{_number(lower)} <= {problem.column_label(column)} <= {_number(upper)}{whole}"


def _number(value: float) -> str:
    return f"{value + 0.0:.9g}"


def assert_golden(problem: Problem, name: str) -> None:
    """Compare with the stored text; lines of the file that start with # say what was checked by hand."""
    path = GOLDEN / f"{name}.txt"
    stored = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    made = lp_text(problem).splitlines()
    difference = "\n".join(
        difflib.unified_diff(stored, made, f"golden/{name}.txt", "built", lineterm="", n=0)
    )
    assert not difference, difference
