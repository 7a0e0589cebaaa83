"""Cuts from splitting many groups of products at once: the convex hull of two halves of every group.

A group is a column b, its partners in products and their partners: of a pool, its shares, its flows and their products.
Every point of the program has ``b <= t`` or ``b >= t``. Over each half the products of the group are relaxed by
McCormick's envelopes of the half's narrower ranges, and the hull of the two relaxations is linear (Balas). With the
hulls of all groups added to the relaxation of the whole, ``sum_k v_k = x`` for every column x near the group,

    rows of half k:  A_k v_k >= b_k w_k,  lower_k w_k <= v_k <= upper_k w_k,  sum_k w_k = 1,

the multipliers mu of ``sum_k v_k = x`` are what the hull adds: ``-mu'x >= min_k L_k(-mu)`` is valid for every point,
and the relaxation with one such cut per group has the optimum of the whole hull. One linear program thus does for all
groups together what branching on them would need a tree for. A cut speaks of products too, so that it is a row of the
program like any other; its side L_k is evaluated with directed rounding for exactly the coefficients of the row.

References: Balas, Disjunctive programming: properties of the convex hull of feasible points (1998); Balas, Ceria,
Cornuejols, A lift-and-project cutting plane algorithm for mixed 0-1 programs (1993), for cuts from a hull.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from netback.program import _highs
from netback.program.bounds.branching import MET, NARROW, split_points
from netback.program.bounds.cuts import Cuts
from netback.program.bounds.leaf import Leaf, homogeneous
from netback.program.bounds.ranges import Ranges, Structure, propagate
from netback.program.bounds.relax import Pairs, envelopes, product_ranges
from netback.program.bounds.safe import Rows, lagrangian
from netback.program.index import IntArray
from netback.program.problem import FloatArray, Problem

#: Nonzeros of all halves together; what does not fit is not split.
MOST_NONZEROS = 100_000
#: A multiplier below this part of the largest is rounding and leaves the cut.
SMALLEST = 1e-9
#: A cut counts when the relaxation's point breaks it by more than this part of its size.
BROKEN = 1e-7


@dataclass(frozen=True, eq=False)
class _Group:
    """What one split touches: rows of the program, places of their columns (n + products), products enveloped."""

    rows: IntArray
    columns: IntArray
    pairs: IntArray


class Splitter:
    """Makes cuts for one program over ranges that hold for every point of interest.

    Parameters
    ----------
    problem
        With products; a maximisation has its costs negated.
    ranges
        Valid ranges (n,).
    """

    def __init__(self, problem: Problem, ranges: Ranges) -> None:
        import scipy.sparse as sparse

        self.problem, self.ranges = problem, ranges
        self.structure = Structure.of(problem)
        self.pairs = self.structure.pairs
        self.width = problem.shape[1]
        self.all = self.width + len(self.pairs)
        shape = (problem.shape[0], len(self.pairs))
        at = (self.pairs.rows, self.pairs.pairs)
        own = sparse.csr_array(sparse.coo_array((self.pairs.coefficients, at), shape=shape))
        self._matrix = sparse.csr_array(sparse.hstack([problem.matrix, own]))
        self._by_column = sparse.csc_array(self._matrix)
        ones = np.ones(len(self.pairs))
        square = (self.width, self.width)
        graph = sparse.coo_array((ones, (self.pairs.a, self.pairs.b)), shape=square).tocsr()
        self._graph = sparse.csr_array(graph + graph.T)

    def cuts(self, x: FloatArray, time_limit: float = math.inf) -> Cuts:
        """Cuts that the relaxation's point (n + products,) breaks; none where the hull is not solved in time."""
        groups = self._groups(x)
        if not groups:
            return _none(self.all)
        hull = _Hull(self, groups)
        y = hull.solve(time_limit)
        return _none(self.all) if y is None else hull.cuts(y, x)

    def _groups(self, x: FloatArray) -> list[tuple[_Group, list[Leaf]]]:
        """Groups around the columns whose products are furthest off, none inside another, with both halves."""
        blame = _blame(self.pairs, x, self.width)
        low, high = self.ranges.lower, self.ranges.upper
        with np.errstate(invalid="ignore"):
            wide = high - low > NARROW * np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)))
        able = (blame > 0.0) & wide & np.isfinite(low) & np.isfinite(high) & ~self.problem.integer
        points = split_points(low, high, x[: self.width])
        taken, total = np.zeros(self.width, dtype=bool), 0
        found = []
        for column in np.argsort(-blame, kind="stable").tolist():
            if not able[column]:
                if blame[column] <= 0.0:
                    break
                continue
            if taken[column]:
                continue
            group, members = self._around(column)
            taken[members] = True
            halves = self._halves(group, column, float(points[column]))
            total += sum(len(half.rows.values) for half in halves)
            if total > MOST_NONZEROS:
                break
            if halves:
                found.append((group, halves))
        return found

    def _around(self, column: int) -> tuple[_Group, IntArray]:
        """The group of a column, and its columns in products."""
        partners = _listed(self._graph, [column])
        members = np.unique(np.concatenate([[column], partners, _listed(self._graph, partners.tolist())]))
        inside = np.zeros(self.width, dtype=bool)
        inside[members] = True
        pairs = np.flatnonzero(inside[self.pairs.a] & inside[self.pairs.b])
        near = np.concatenate([members, self.width + pairs])
        rows = np.unique(_listed(self._by_column, near.tolist()))
        columns = np.union1d(_listed(self._matrix, rows.tolist()), near)
        return _Group(rows, columns, pairs), members

    def _halves(self, group: _Group, column: int, point: float) -> list[Leaf]:
        """The halves that may hold a point; empty where only one does and nothing is to be united."""
        halves = []
        for side in (0, 1):
            lower, upper = self.ranges.lower.copy(), self.ranges.upper.copy()
            (upper if side == 0 else lower)[column] = point
            narrow = propagate(self.structure, lower, upper, 3)
            if not narrow.empty:
                halves.append(self._half(group, narrow))
        return halves

    def _half(self, group: _Group, narrow: Ranges) -> Leaf:
        """The relaxation of a group's rows and products over a half."""
        place = np.full(self.all, -1)
        place[group.columns] = np.arange(len(group.columns))
        matrix = self._matrix
        count = matrix.indptr[group.rows + 1] - matrix.indptr[group.rows]
        row = np.repeat(np.arange(len(group.rows)), count)
        at = np.concatenate([np.arange(matrix.indptr[i], matrix.indptr[i + 1]) for i in group.rows.tolist()])
        own = self.pairs.a[group.pairs], self.pairs.b[group.pairs]
        none = np.zeros(0, dtype=np.int64)
        pairs = Pairs(*own, none, none, np.zeros(0))
        sides = envelopes(pairs, narrow.lower, narrow.upper)
        around = len(group.rows) + np.arange(sides.on_a.size)
        width = sides.on_a.shape[1]
        w, a, b = (np.repeat(place[ids], width) for ids in (self.width + group.pairs, *own))
        values = np.concatenate([matrix.data[at], np.ones(len(w)), sides.on_a.ravel(), sides.on_b.ravel()])
        kept = values != 0.0
        rows = np.concatenate([row, around, around, around])[kept]
        columns = np.concatenate([place[matrix.indices[at]], w, a, b])[kept]
        low = np.concatenate([self.problem.row_lower[group.rows], sides.lower.ravel()])
        high = np.concatenate([self.problem.row_upper[group.rows], sides.upper.ravel()])
        w_low, w_high = product_ranges(self.pairs, narrow.lower, narrow.upper)
        ends = (np.concatenate([narrow.lower, w_low]), np.concatenate([narrow.upper, w_high]))
        lower, upper = (end[group.columns] for end in ends)
        return Leaf(narrow, Rows(rows, columns, values[kept], low, high), lower, upper)


class _Hull:
    """The relaxation of the whole with the hulls of all groups: one linear program."""

    def __init__(self, splitter: Splitter, groups: list[tuple[_Group, list[Leaf]]]) -> None:
        import scipy.sparse as sparse

        self._groups, self._all = groups, splitter.all
        whole = Leaf.of(_minimised(splitter.problem), splitter.pairs, splitter.ranges)
        shape = (len(whole.rows.lower), splitter.all)
        at = (whole.rows.rows, whole.rows.columns)
        root = sparse.csr_array(sparse.coo_array((whole.rows.values, at), shape=shape))
        cost = _minimised(splitter.problem).objective
        self._cost = [cost, np.zeros(len(splitter.pairs))]
        self._ends: list[tuple[FloatArray, FloatArray]] = [(whole.lower, whole.upper)]
        self._sides: list[tuple[FloatArray, FloatArray]] = [(whole.rows.lower, whole.rows.upper)]
        self._entries = [_triplets(root)]
        self._rows, self._columns = root.shape
        self._links = [self._add(group, halves) for group, halves in groups]

    def _add(self, group: _Group, halves: list[Leaf]) -> tuple[int, list[tuple[int, IntArray]]]:
        """Add one group; first row of its ``sum v_k = x``, and of every half its first row and what is behind it."""
        size = len(group.columns)
        inner = group.columns >= self._all - len(self._cost[1])
        starts, firsts = [], []
        for half in halves:
            # Envelopes bound the products; as bounds they would be as many rows again.
            open_above = replace(half, upper=np.where(inner & (half.upper > half.lower), np.inf, half.upper))
            part = homogeneous(open_above)
            starts.append((self._rows, part.behind))
            firsts.append(self._columns)
            self._entries.append((self._rows + part.rows, self._columns + part.columns, part.values))
            self._sides.append((part.lower, part.upper))
            floor = np.append(np.where(np.isfinite(half.lower), 0.0, -np.inf), 0.0)
            ceiling = np.append(np.where(half.upper > half.lower, np.inf, 0.0), 1.0)
            self._ends.append((floor, ceiling))
            self._cost.append(np.zeros(size + 1))
            self._rows += len(part.behind)
            self._columns += size + 1
        link, ids = self._rows, np.arange(size)
        self._entries.append((link + ids, group.columns, -np.ones(size)))
        for half, first in zip(halves, firsts, strict=True):
            self._entries.append((link + ids, first + ids, np.ones(size)))
            row, weight = np.append(link + ids, link + size), np.full(size + 1, first + size)
            self._entries.append((row, weight, np.append(half.base, 1.0)))
        self._sides.append((np.append(np.zeros(size), 1.0), np.append(np.zeros(size), 1.0)))
        self._rows += size + 1
        return link, starts

    def solve(self, time_limit: float) -> FloatArray | None:
        """Multipliers of all rows, or None without an optimum in time."""
        import scipy.sparse as sparse

        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        shape = (self._rows, self._columns)
        matrix = sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))
        matrix.eliminate_zeros()
        lower, upper = (np.concatenate(part) for part in zip(*self._ends, strict=True))
        low, high = (np.concatenate(part) for part in zip(*self._sides, strict=True))
        lp = _highs.linear_program(matrix, np.concatenate(self._cost), (lower, upper), (low, high))
        highs = _highs.simplex_on(lp, "the hull of all groups")
        _highs.set_option(highs, "time_limit", time_limit)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(highs.getSolution().row_dual)

    def cuts(self, y: FloatArray, x: FloatArray) -> Cuts:
        """The cut of every group whose hull the point is not in."""
        found = [
            cut
            for (group, halves), (link, starts) in zip(self._groups, self._links, strict=True)
            if (cut := self._cut(group, halves, -y[link : link + len(group.columns)], starts, y)) is not None
        ]
        coefficients = np.array([row for row, _ in found]).reshape(-1, self._all)
        lower = np.array([side for _, side in found])
        size = np.abs(coefficients) @ np.abs(x) + np.abs(lower)
        broken = lower - coefficients @ x > BROKEN * size
        return Cuts(coefficients[broken], lower[broken])

    def _cut(
        self,
        group: _Group,
        halves: list[Leaf],
        slope: FloatArray,
        starts: list[tuple[int, IntArray]],
        y: FloatArray,
    ) -> tuple[FloatArray, float] | None:
        largest = float(np.max(np.abs(slope), initial=0.0))
        if not (math.isfinite(largest) and largest > 0.0):
            return None
        # Whatever multipliers come, the side below belongs to exactly these coefficients.
        slope = np.where(np.abs(slope) > SMALLEST * largest, slope / largest, 0.0)
        least = math.inf
        for half, (first, behind) in zip(halves, starts, strict=True):
            own = y[first : first + len(behind)] / largest
            used = behind >= 0
            count = len(half.rows.lower)
            folded = np.bincount(behind[used], weights=own[used], minlength=count).astype(np.float64)
            least = min(least, lagrangian(half.rows, slope, half.lower, half.upper, folded).value)
        if not math.isfinite(least):
            return None
        row = np.zeros(self._all)
        row[group.columns] = slope
        return row, least


def _none(columns: int) -> Cuts:
    return Cuts(np.zeros((0, columns)), np.zeros(0))


def _minimised(problem: Problem) -> Problem:
    return problem if problem.sense == "min" else problem.with_(sense="min", objective=-problem.objective)


def _listed(matrix: Any, lines: list[int]) -> IntArray:
    """What stands in these rows of a matrix by rows, or columns of one by columns."""
    starts, indices = matrix.indptr, matrix.indices
    none = np.zeros(0, dtype=np.int64)
    parts = [indices[starts[line] : starts[line + 1]] for line in lines]
    return np.concatenate([none, *parts])


def _triplets(matrix: Any) -> tuple[IntArray, IntArray, FloatArray]:
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return row, matrix.indices.astype(np.int64), matrix.data


def _blame(pairs: Pairs, x: FloatArray, width: int) -> FloatArray:
    """How far the products of every column are off, (n,)."""
    w = x[width:]
    with np.errstate(over="ignore", invalid="ignore"):
        miss = np.abs(w - x[pairs.a] * x[pairs.b])
    miss = np.where(np.isfinite(miss) & (miss > MET * np.maximum(1e-3, np.abs(w))), miss, 0.0)
    total = np.bincount(pairs.a, weights=miss, minlength=width)
    return np.asarray(total + np.bincount(pairs.b, weights=miss, minlength=width))
