r"""Programs whose solution must lie far from points that are known: rows and columns put beside an existing program.

An *amount* k is a weighted sum of columns, a_k = sum_j c_kj x_j, that stays in low_k <= a_k <= high_k. Its distance
from a point p is |a_k - p_k|, which is convex, so asking for much of it needs a switch:

    a_k - over_k + under_k = p_k
    over_k  <= (high_k - p_k) x above_k,    under_k <= (p_k - low_k) x (1 - above_k),    above_k in {0, 1}
    distance from p = sum over k of  w_k x (over_k + under_k)

With the switch only one of over and under can be above zero, so their sum is the distance, neither less nor more.
The constants are the distances to the ends of the range, so the relaxation is as tight as the ranges are.

    farthest    greatest t with  t <= distance from every point          (maximin; t is the last column)
    apart       the program's own objective, distance from every point at least a given number

Reference: max-min diversity of solutions, e.g. Danna and Woodruff, How to select a small set of diverse solutions to
mixed integer programs (Operations Research Letters 37, 2009); modelling to generate alternatives, Brill, Chang and
Hopkins (Management Science 28, 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse

from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem


@dataclass(frozen=True, eq=False)
class Amounts:
    """Weighted sums of columns. ``matrix`` (k, n) makes them; ``low`` and ``high`` (k,) are finite ends of each.

    ``weights`` (k,) >= 0 are what a unit of distance counts.
    """

    matrix: sparse.csr_array[np.float64]
    low: FloatArray
    high: FloatArray
    weights: FloatArray

    def of(self, x: FloatArray) -> FloatArray:
        """The amounts of a point of the program (n,), float (k,)."""
        width = self.matrix.shape[1]
        return np.asarray(self.matrix @ x[:width], dtype=np.float64)

    def distance(self, one: FloatArray, other: FloatArray) -> float:
        """Weighted distance between the amounts of two points."""
        return float(self.weights @ np.abs(self.of(one) - self.of(other)))


def with_floor(problem: Problem, least: float) -> Problem:
    """The program with a last row: its objective, a maximisation, is at least ``least``."""
    rows, _ = problem.shape
    row = sparse.csr_array(problem.objective[None, :])
    return problem.with_(
        matrix=sparse.csr_array(sparse.vstack([problem.matrix, row])),
        row_lower=np.append(problem.row_lower, least - problem.offset),
        row_upper=np.append(problem.row_upper, math.inf),
        row_blocks=(*problem.row_blocks, Block("objective_floor", Index.scalar(), rows)),
    )


def farthest(problem: Problem, amounts: Amounts, points: Sequence[FloatArray]) -> Problem:
    """The program of the point that lies farthest from the nearest of some points; its value is that distance."""
    made = _beside(problem, amounts, points, 0.0)
    objective = np.zeros(made.shape[1])
    objective[-1] = 1.0
    return made.with_(objective=objective, offset=0.0)


def apart(problem: Problem, amounts: Amounts, points: Sequence[FloatArray], least: float) -> Problem:
    """The program itself, at a distance of at least ``least`` from every point."""
    return _beside(problem, amounts, points, least)


def _beside(problem: Problem, amounts: Amounts, points: Sequence[FloatArray], least: float) -> Problem:
    """Put the rows and columns of the distances beside a program; the last column is the least distance."""
    rows, columns = problem.shape
    count, number = len(amounts.low), len(points)
    known = np.concatenate([np.clip(amounts.of(point), amounts.low, amounts.high) for point in points])
    over, under = np.tile(amounts.high, number) - known, known - np.tile(amounts.low, number)
    each = count * number
    one, none = sparse.eye_array(each), sparse.csr_array((each, each))
    last, sums = sparse.csr_array((each, 1)), sparse.kron(sparse.eye_array(number), amounts.weights[None, :])
    wide = sparse.hstack([amounts.matrix, sparse.csr_array((count, columns - amounts.matrix.shape[1]))])
    parts: Any = [
        [problem.matrix, sparse.csr_array((rows, each)), None, None, None],
        [sparse.vstack([wide] * number), -one, one, none, last],
        [None, one, none, -sparse.diags_array(over), None],
        [None, none, one, sparse.diags_array(under), None],
        [None, sums, sums, None, -np.ones((number, 1))],
    ]
    free, zero = np.full(each, -math.inf), np.zeros(each)
    names = Index.of("entry", [str(k) for k in range(each)])
    points_named = Index.of("point", [str(k) for k in range(number)])
    row_blocks, start = list(problem.row_blocks), rows
    for name, index in (("apart", names), ("over", names), ("under", names), ("distance", points_named)):
        row_blocks.append(Block(name, index, start))
        start += index.size
    column_blocks, start = list(problem.column_blocks), columns
    for name, index in (
        ("over_by", names),
        ("under_by", names),
        ("above", names),
        ("least_distance", Index.scalar()),
    ):
        column_blocks.append(Block(name, index, start))
        start += index.size
    whole = np.concatenate([problem.integer, np.zeros(2 * each, bool), np.ones(each, bool), [False]])
    return problem.with_(
        objective=np.append(problem.objective, np.zeros(3 * each + 1)),
        matrix=sparse.csr_array(sparse.block_array(parts)),
        row_lower=np.concatenate([problem.row_lower, known, free, free, np.zeros(number)]),
        row_upper=np.concatenate([problem.row_upper, known, zero, under, np.full(number, math.inf)]),
        column_lower=np.concatenate([problem.column_lower, np.zeros(3 * each), [least]]),
        column_upper=np.concatenate([problem.column_upper, over, under, np.ones(each), [math.inf]]),
        integer=whole,
        row_blocks=tuple(row_blocks),
        column_blocks=tuple(column_blocks),
    )
