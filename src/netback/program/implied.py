"""Column bounds that the linear rows of a program imply.

From ``sum_j a_j x_j <= u`` follows ``a_k x_k <= u - sum_(j != k) min(a_j x_j)`` over the column bounds. Used by the
certificate, so it shares nothing with any solver. Programs of a study differ in a few numbers: bounds of the last
program are kept for the next where every row that they follow from is the same, number by number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from netback.program.index import IntArray
from netback.program.problem import BoolArray, FloatArray, Problem

#: How often bounds are carried from row to row.
IMPLIED_ROUNDS: Final = 10


def entry_rows(problem: Problem) -> IntArray:
    """Row of every stored coefficient, int (nonzeros,); read-only."""
    return _KEPT.rows(problem)


def implied_bounds(
    problem: Problem, lower_wanted: BoolArray, upper_wanted: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Column bounds (n,) and (n,) that the linear rows imply; only missing bounds are filled.

    The rounds end when every wanted bound is known, when nothing is added, or after :data:`IMPLIED_ROUNDS`.
    """
    return _KEPT.bounds(problem, lower_wanted, upper_wanted)


@dataclass(frozen=True, eq=False)
class _Places:
    """Entries of the linear rows ``sign A x <= limit`` that have a limit; row ``m + i`` is the lower side of row i.

    Where they stand in the matrix, their signs, rows and columns, (entries,).
    """

    entries: IntArray
    signs: FloatArray
    rows: IntArray
    columns: IntArray
    count: int

    @classmethod
    def of(cls, problem: Problem, limited: BoolArray) -> _Places:
        """Entries of the sides that are limited, bool (2 m,)."""
        rows, count = entry_rows(problem), problem.shape[0]
        above, below = np.flatnonzero(limited[rows]), np.flatnonzero(limited[count + rows])
        entries = np.concatenate([above, below])
        signs = np.repeat([1.0, -1.0], [len(above), len(below)])
        columns: IntArray = problem.matrix.indices[entries].astype(np.int64)
        return cls(entries, signs, np.concatenate([rows[above], count + rows[below]]), columns, 2 * count)


@dataclass(frozen=True, eq=False)
class _Sides:
    """Rows ``weights x <= limits``: their entries, float (entries,), and limits, float (2 m,)."""

    places: _Places
    weights: FloatArray
    limits: FloatArray

    def fill(self, lower: FloatArray, upper: FloatArray, used: BoolArray) -> None:
        """Fill missing column bounds (n,) and (n,) from these rows, and mark the rows (m,) that were used."""
        rows_of, columns, count = self.places.rows, self.places.columns, self.places.count
        positive = self.weights > 0.0
        least = self.weights * np.where(positive, lower[columns], upper[columns])
        is_open = ~np.isfinite(least)
        closed = np.where(is_open, 0.0, least)
        total = np.bincount(rows_of, weights=closed, minlength=count)
        holes = np.bincount(rows_of, weights=is_open, minlength=count)
        # Without its own term the row must have no hole left.
        usable = holes[rows_of] == is_open
        for values, is_side, better in (
            (upper, positive, np.minimum),
            (lower, self.weights < 0.0, np.maximum),
        ):
            use = np.flatnonzero(usable & is_side & np.isinf(values[columns]))
            rows = rows_of[use]
            limit = (self.limits[rows] - (total[rows] - closed[use])) / self.weights[use]
            better.at(values, columns[use], limit)
            used[rows % len(used)] = True


@dataclass(eq=False)
class _Bounds:
    """Bounds of one program as far as rounds were needed, and the rows (m,) that they follow from."""

    problem: Problem
    lower: FloatArray
    upper: FloatArray
    used: BoolArray
    sides: _Sides | None = None
    left: int = IMPLIED_ROUNDS

    def rounds(
        self, lower_wanted: BoolArray, upper_wanted: BoolArray, sides_of: Callable[[Problem], _Sides]
    ) -> tuple[FloatArray, FloatArray]:
        """Go on until the wanted bounds are known."""
        while self.left and (
            np.isinf(self.lower[lower_wanted]).any() or np.isinf(self.upper[upper_wanted]).any()
        ):
            if self.sides is None:
                self.sides = sides_of(self.problem)
            missing = self._missing()
            # Filled beside what others may be reading, in another thread.
            lower, upper, used = self.lower.copy(), self.upper.copy(), self.used.copy()
            self.sides.fill(lower, upper, used)
            self.lower, self.upper, self.used = lower, upper, used
            self.left = self.left - 1 if self._missing() < missing else 0
        return self.lower, self.upper

    def hold_for(self, problem: Problem) -> bool:
        """Whether all that these bounds follow from is the same in another program."""
        old, new = self.problem, problem
        same = (
            old.matrix.indptr is new.matrix.indptr
            and old.matrix.indices is new.matrix.indices
            and old.products is new.products
            and _equal(old.column_lower, new.column_lower)
            and _equal(old.column_upper, new.column_upper)
        )
        if not same:
            return False
        changed = (old.row_lower != new.row_lower) | (old.row_upper != new.row_upper)
        if old.matrix is not new.matrix:
            changed[entry_rows(new)[old.matrix.data != new.matrix.data]] = True
        return not bool((changed & self.used).any())

    def _missing(self) -> int:
        return int(np.isinf(self.lower).sum() + np.isinf(self.upper).sum())


def _equal(one: FloatArray, other: FloatArray) -> bool:
    return one is other or np.array_equal(one, other)


@dataclass(eq=False)
class _Kept:
    """What was found for the last program, with the arrays that it rests on."""

    _rows: tuple[object, IntArray] | None = None
    _places: tuple[object, object, BoolArray, _Places] | None = None
    _bounds: _Bounds | None = None

    def rows(self, problem: Problem) -> IntArray:
        """Row of every entry."""
        pointers, kept = problem.matrix.indptr, self._rows
        if kept is not None and kept[0] is pointers:
            return kept[1]
        found = np.repeat(np.arange(problem.shape[0]), np.diff(pointers))
        found.setflags(write=False)
        if not pointers.flags.writeable:
            self._rows = pointers, found
        return found

    def bounds(
        self, problem: Problem, lower_wanted: BoolArray, upper_wanted: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Bounds of a program: those of the last one as far as they hold for it, and what is wanted beyond."""
        kept = self._bounds
        if kept is None or (kept.problem is not problem and not kept.hold_for(problem)):
            none = np.zeros(problem.shape[0], dtype=bool)
            kept = _Bounds(problem, problem.column_lower, problem.column_upper, none)
        elif kept.problem is not problem:
            kept = _Bounds(problem, kept.lower, kept.upper, kept.used)
        self._bounds = kept
        return kept.rounds(lower_wanted, upper_wanted, self._sides)

    def _sides(self, problem: Problem) -> _Sides:
        limits = np.concatenate([problem.row_upper, -problem.row_lower])
        limited = np.isfinite(limits)
        limited[problem.products.rows] = limited[problem.shape[0] + problem.products.rows] = False
        pointers, indices, kept = problem.matrix.indptr, problem.matrix.indices, self._places
        if (
            kept is not None
            and kept[0] is pointers
            and kept[1] is indices
            and np.array_equal(kept[2], limited)
        ):
            places = kept[3]
        else:
            places = _Places.of(problem, limited)
            if not (pointers.flags.writeable or indices.flags.writeable):
                self._places = pointers, indices, limited, places
        return _Sides(places, places.signs * problem.matrix.data[places.entries], limits)


_KEPT: Final = _Kept()
