"""Marginal values as intervals: how the best objective moves when one column is moved up or down.

A degenerate linear program has many multipliers, and any one basis shows one of them. The best objective V(q) of a
maximisation, as a function of the amount q at which a column is held, is concave and piecewise linear; its slopes to
the right and to the left are the least and the greatest multiplier over the whole optimal face of the dual. By
duality each is the best rate of improvement among directions that leave the optimal point without breaking a row or
bound that is active there, and that move the column by plus or minus one:

    right = max { c'z : z feasible direction at x*, z_q = +1 },    left = -max { c'z : z_q = -1 }

which is one small linear program a side. Reference: Gauvin, Shadow prices and directional derivatives in linear
programming (2001); Jansen, de Jong, Roos and Terlaky, Sensitivity analysis in linear programming (EJOR 101, 1997).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netback.program.highs import Session
from netback.program.problem import FloatArray, Problem

#: A row or bound counts as active when it is this close, relative to its size: the first is ten times the tolerance of
#: the solver; the others are for a point at which that leaves contradictory or missing ends.
ACTIVE = (1e-6, 1e-5, 1e-8)


@dataclass(frozen=True)
class Slopes:
    """Change of the best objective per unit of the column: when it is lowered, and when it is raised.

    None where the column cannot be moved that way. In a maximisation ``last >= next``.
    """

    last: float | None
    next: float | None

    @property
    def is_point(self) -> bool:
        """Whether both agree to a millionth."""
        if self.last is None or self.next is None:
            return False
        return abs(self.last - self.next) <= 1e-6 * max(1.0, abs(self.last))


def slopes(problem: Problem, x: FloatArray, column: int) -> Slopes:
    """Slopes of the best objective in the amount of one column.

    Parameters
    ----------
    problem
        A linear maximisation.
    x
        A best point (n,) for the amount at which the column is held.
    column
        The column that is moved.
    """
    found: list[float | None] = []
    for move in (-1.0, 1.0):
        rates = (_rate(_directions(problem, x, near), column, move) for near in ACTIVE)
        found.append(next((rate for rate in rates if rate is not None), None))
    return Slopes(found[0], found[1])


def _directions(problem: Problem, x: FloatArray, near: float) -> Problem:
    """The program of feasible directions at a point: active ends hold, all others are far away."""
    activity = np.asarray(problem.matrix @ x, dtype=np.float64)
    row_lower, row_upper = _open(activity, problem.row_lower, problem.row_upper, near)
    column_lower, column_upper = _open(x, problem.column_lower, problem.column_upper, near)
    return problem.with_(
        row_lower=row_lower, row_upper=row_upper, column_lower=column_lower, column_upper=column_upper
    )


def _open(
    value: FloatArray, lower: FloatArray, upper: FloatArray, near: float
) -> tuple[FloatArray, FloatArray]:
    with np.errstate(invalid="ignore"):
        reach = near * np.maximum(1.0, np.abs(value))
        at_lower, at_upper = value <= lower + reach, value >= upper - reach
    return np.where(at_lower, 0.0, -math.inf), np.where(at_upper, 0.0, math.inf)


def _rate(directions: Problem, column: int, move: float) -> float | None:
    lower, upper = directions.column_lower.copy(), directions.column_upper.copy()
    if not lower[column] <= move <= upper[column]:
        return None
    lower[column] = upper[column] = move
    raw = Session().solve(directions.with_(column_lower=lower, column_upper=upper, offset=0.0))
    if raw.status != "optimal" or raw.objective is None:
        return None
    return raw.objective * move
