"""Feasible points of a problem with products from any guess: fix one side of the products, solve for the rest.

The columns of the products form a graph; fixing a set that touches every edge (a vertex cover) leaves a linear
program. Its solution is a point of the problem itself, exact to the solver's tolerance. Fixing another cover at that
point and solving again can only improve it. Whole columns stay whole where the rest is solved as an integer program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from netback.program import _highs
from netback.program.bounds.relax import Pairs
from netback.program.problem import BoolArray, FloatArray, Problem

IntArray = NDArray[np.int64]

#: Rows and bounds of a repaired point hold this closely (the finest HiGHS takes is 1e-10).
FEASIBILITY = 1e-9
#: An alternation ends when it gains less than this part of the objective.
WORTH = 1e-6


def covers(pairs: Pairs) -> list[IntArray]:
    """Vertex covers of the products: both sides of a two-sided graph, else one that leaves none of its own out.

    A square is touched only by its own column, which then stands in every cover.
    """
    neighbours: dict[int, list[int]] = {}
    for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True):
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    colour: dict[int, int] = {}
    both: set[int] = set(pairs.a[pairs.square].tolist())
    for start in sorted(neighbours, key=lambda node: -len(neighbours[node])):
        if start not in colour:
            _paint(start, neighbours, colour, both)
    found = []
    for side in (0, 1):
        chosen = {node for node, paint in colour.items() if paint == side or node in both}
        found.append(np.array(sorted(chosen), dtype=np.int64))
    return [cover for cover in found if len(cover)]


def _paint(start: int, neighbours: dict[int, list[int]], colour: dict[int, int], both: set[int]) -> None:
    """Two-colour the component of ``start``; a node between equal colours joins both sides."""
    colour[start] = 0
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node in both:
            continue
        for other in neighbours[node]:
            if other not in colour:
                colour[other] = 1 - colour[node]
                waiting.append(other)
            elif colour[other] == colour[node] and other not in both and other != node:
                both.add(other)


@dataclass(frozen=True, eq=False)
class _Pattern:
    """Where the products of a program go once a cover is fixed.

    Of every product its factor that is fixed, ``known``, and the ``other``; those that are fixed ``wholly``; and of
    the rest, ``part``, the places of their values in ``matrix``, the linear rows with room for them.
    """

    known: IntArray
    other: IntArray
    wholly: BoolArray
    part: IntArray
    matrix: Any
    places: IntArray

    @classmethod
    def of(cls, problem: Problem, cover: IntArray) -> _Pattern:
        """The pattern of one cover."""
        import scipy.sparse as sparse

        terms = problem.products
        fixed: BoolArray = np.zeros(problem.shape[1], dtype=bool)
        fixed[cover] = True
        first = fixed[terms.columns_a]
        known = np.where(first, terms.columns_a, terms.columns_b)
        other = np.where(first, terms.columns_b, terms.columns_a)
        wholly = first & fixed[terms.columns_b]
        part = np.flatnonzero(~wholly)
        own = sparse.coo_array(problem.matrix)
        # Keys in the order of rows and columns are places in the matrix by rows.
        width = np.int64(problem.shape[1])
        mine = own.row.astype(np.int64) * width + own.col
        theirs = terms.rows[part] * width + other[part]
        keys = np.unique(np.concatenate([mine, theirs]))
        data = np.bincount(np.searchsorted(keys, mine), weights=own.data, minlength=len(keys))
        starts = np.searchsorted(keys, np.arange(problem.shape[0] + 1) * width)
        matrix = sparse.csr_array((data.astype(np.float64), keys % width, starts), shape=problem.shape)
        return cls(known, other, wholly, part, matrix, np.searchsorted(keys, theirs))


class Alternator:
    """Repairs guesses of one problem. Not for use from several threads at once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pairs = Pairs.of(problem.products)
        self.covers = covers(self.pairs) or [np.zeros(0, dtype=np.int64)]
        self._sign = 1.0 if problem.sense == "min" else -1.0
        self._bases: dict[int, Any] = {}
        self._own_rows = [self._rows_within(cover) for cover in self.covers]
        self._own_tables = [problem.matrix[rows] for rows in self._own_rows]
        self._patterns = [_Pattern.of(problem, cover) for cover in self.covers]

    def improve(
        self, guess: FloatArray, rounds: int = 6, time_limit: float = math.inf
    ) -> tuple[FloatArray, float] | None:
        """Best point (n,) found from a guess and its cost, as a minimisation without the offset; None if none."""
        best: tuple[FloatArray, float] | None = None
        for first in range(len(self.covers)):
            found = self._walk(guess, first, rounds, time_limit)
            if found is not None and (best is None or found[1] < best[1]):
                best = found
        return best

    def _walk(
        self, guess: FloatArray, first: int, rounds: int, time_limit: float
    ) -> tuple[FloatArray, float] | None:
        best: tuple[FloatArray, float] | None = None
        point = guess
        for step in range(rounds):
            side = (first + step) % len(self.covers)
            found = self.repair(point, side, time_limit)
            if found is None:
                return best
            gained = math.inf if best is None else best[1] - found[1]
            best = found if gained > 0.0 else best
            point = found[0]
            if len(self.covers) == 1 or gained <= WORTH * max(1e-9, abs(found[1])):
                return best
        return best

    def repair(
        self, guess: FloatArray, side: int = 0, time_limit: float = math.inf
    ) -> tuple[FloatArray, float] | None:
        """Optimal point with the cover ``side`` fixed at the guess, and its cost; None where there is none."""
        problem, cover = self.problem, self.covers[side]
        value = np.clip(guess, problem.column_lower, problem.column_upper)
        value = np.where(problem.integer, np.round(value), value)
        value[cover] = self._projected(side, value)[cover]
        highs = self._send(side, cover, value)
        _highs.set_option(highs, "time_limit", time_limit)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        self._bases[side] = highs.getBasis()
        x = np.array(highs.getSolution().col_value)
        x[cover] = value[cover]
        return x, float(self._sign * (problem.objective @ x))

    def _send(self, side: int, cover: IntArray, value: FloatArray) -> Any:
        problem = self.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        lower[cover] = upper[cover] = value[cover]
        matrix, constant = self._fixed_rows(side, value)
        highs = _highs.new_solver()
        sides = problem.row_lower - constant, problem.row_upper - constant
        lp = _highs.linear_program(matrix, self._sign * problem.objective, (lower, upper), sides)
        free_whole = problem.integer & (lower < upper)
        if free_whole.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[int(whole)] for whole in free_whole]
        for name, setting in (("threads", 1), ("primal_feasibility_tolerance", FEASIBILITY)):
            _highs.set_option(highs, name, setting)
        _highs.check(highs.passModel(lp), f"passing the repair of {problem.name}")
        basis = self._bases.get(side)
        if basis is not None and not free_whole.any():
            highs.setBasis(basis)
        return highs

    def _rows_within(self, cover: IntArray) -> IntArray:
        """Rows without products whose columns all belong to a cover."""
        problem = self.problem
        inside = np.zeros(problem.shape[1], dtype=bool)
        inside[cover] = True
        rows = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
        outside = np.bincount(rows, weights=~inside[problem.matrix.indices], minlength=problem.shape[0])
        outside = outside + np.bincount(problem.products.rows, minlength=problem.shape[0])
        return np.flatnonzero(outside == 0.0)

    def _projected(self, side: int, value: FloatArray) -> FloatArray:
        """Move a guess onto the rows that its fixed columns alone decide, such as shares that add to one."""
        rows, problem = self._own_rows[side], self.problem
        if not len(rows):
            return value
        table, value = self._own_tables[side], value.copy()
        for _ in range(3):
            activity = np.asarray(table @ value)
            miss = np.clip(activity, problem.row_lower[rows], problem.row_upper[rows]) - activity
            wrong = np.flatnonzero(miss)
            if not len(wrong):
                break
            part = table[wrong]
            moved = np.unique(part.indices)
            step = np.linalg.lstsq(part[:, moved].toarray(), miss[wrong], rcond=None)[0]
            value[moved] = np.clip(
                value[moved] + step, problem.column_lower[moved], problem.column_upper[moved]
            )
        return value

    def _fixed_rows(self, side: int, value: FloatArray) -> tuple[Any, FloatArray]:
        """Linear rows with the cover's values put into the products; matrix and constants (m,)."""
        pattern, terms = self._patterns[side], self.problem.products
        scaled = terms.coefficients * value[pattern.known]
        wholly = pattern.wholly
        constant = np.bincount(
            terms.rows[wholly],
            weights=scaled[wholly] * value[pattern.other[wholly]],
            minlength=self.problem.shape[0],
        )
        matrix = pattern.matrix.copy()
        matrix.data += np.bincount(pattern.places, weights=scaled[pattern.part], minlength=len(matrix.data))
        return matrix, np.asarray(constant, dtype=np.float64)
