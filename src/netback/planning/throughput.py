"""Ranges of what flows through pools, from linear programs: the ranges that decide how tight a relaxation is.

The envelope of share x draw is as loose as the range of the draw is wide, and no row of a plan bounds the stock of a
mixed tank or the throughput of a pool closely: they follow from the plan as a whole. So the greatest and the least
draw and total of every pool are found over the relaxation, among plans that are no worse than the best one known, and
put into the program as bounds of its columns. Both ends are safe: multipliers evaluated with directed rounding.

Reference: optimisation-based bounds tightening, e.g. Gleixner, Berthold, Mueller and Weltge, Three enhancements for
optimization-based bound tightening, J. Glob. Optim. 67 (2017).
"""

from __future__ import annotations

import time

import numpy as np

from netback.planning.model import Model
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import Structure, propagate
from netback.program.problem import FloatArray, Problem
from netback.refinery.build import IntArray

#: Part of the best value by which a plan may be worse and still lie within the ranges.
SLACK = 1e-7
_BLOCKS = ("pool_draw", "pool_total")


def narrowed(model: Model, best: FloatArray | None, time_limit: float) -> Problem:
    """The program with the ranges of its pools' draws and totals as bounds; every plan as good as ``best`` keeps them.

    Parameters
    ----------
    model
        A model with pools in an exact form.
    best
        The best plan known (columns,), or None: then every plan keeps the ranges.
    time_limit
        Wall time [s]; what was found by then is used.
    """
    problem = model.problem
    structure = Structure.of(problem)
    ranges = propagate(structure, problem.column_lower, problem.column_upper, 20)
    columns = _columns(model)
    if ranges.empty or not len(columns):
        return problem
    live = LiveRelaxation(problem, ranges.lower, ranges.upper, cutoff_row=best is not None)
    if best is not None:
        value = live.sign * float(problem.objective @ best)
        live.set_cutoff(value + SLACK * max(1.0, abs(value)))
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    end = time.monotonic() + time_limit
    for column in columns.tolist():
        for side in (1.0, -1.0):
            left = end - time.monotonic()
            if left <= 0.0:
                return problem.with_(**_inside(problem, lower, upper, best))
            cost = np.zeros(len(live.own_cost))
            cost[column] = side
            live.set_cost(cost)
            answer = live.solve(left)
            if answer.outcome == "infeasible":
                return problem  # the best plan contradicts it: leave the judgement to the solve
            if side > 0.0:
                lower[column] = max(lower[column], answer.bound)
            else:
                upper[column] = min(upper[column], -answer.bound)
    return problem.with_(**_inside(problem, lower, upper, best))


def _columns(model: Model) -> IntArray:
    """Draws and totals of pools that stand in products, widest first."""
    problem = model.problem
    ids = [model.build.blocks[name].ids.ravel() for name in _BLOCKS if name in model.build.blocks]
    used = np.unique(np.concatenate([problem.products.columns_a, problem.products.columns_b]))
    return np.intersect1d(np.concatenate(ids), used) if ids else np.zeros(0, dtype=np.int64)


def _inside(
    problem: Problem, lower: FloatArray, upper: FloatArray, best: FloatArray | None
) -> dict[str, FloatArray]:
    """Bounds within those of the program that leave the best plan where it is."""
    low, high = np.maximum(problem.column_lower, lower), np.minimum(problem.column_upper, upper)
    if best is not None:
        here = np.clip(best, problem.column_lower, problem.column_upper)
        low, high = np.minimum(low, here), np.maximum(high, here)
    wide = low <= high
    return {
        "column_lower": np.where(wide, low, problem.column_lower),
        "column_upper": np.where(wide, high, problem.column_upper),
    }
