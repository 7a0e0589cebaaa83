"""A live relaxation that holds only the envelopes that bind: for programs with thousands of products.

McCormick's four rows of every product make a linear program several times as long as the problem, and nearly all of
them never bind. Here a solve begins with those that did so before, looks which others its point breaks, adds them and
goes on from the last basis until none is broken by more than a tolerance. Any of these linear programs is a relaxation,
so that its multipliers, zero on what is left out, give a bound that is a fact. Rows that have not bound for a while
are taken out again.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netback.program import _highs
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.relax import SIDES, Envelopes, Pairs, envelopes, product_ranges
from netback.program.bounds.safe import Rows
from netback.program.problem import FloatArray, Problem

IntArray = NDArray[np.int64]

#: An envelope is broken when it is missed by more than this part of the sizes in it.
BROKEN = 1e-7
#: Rounds of adding rows in one solve; what is broken then stays out, which is valid.
ROUNDS = 40
#: Solves without a multiplier after which an envelope is taken out, and how many such rows make it worth while.
IDLE_SOLVES, IDLE_ROWS = 30, 200
#: Numbers of envelopes from this size on are not sent.
LARGEST = 1e14
#: Products from which on it pays to hold only the envelopes that bind; below, looking for them costs what it saves.
WORTH_LAZY = 300


def relaxed(
    problem: Problem, lower: FloatArray, upper: FloatArray, *, cutoff_row: bool = False
) -> LiveRelaxation:
    """The kind of live relaxation that suits the number of products; parameters as of :class:`LiveRelaxation`."""
    kind = LazyRelaxation if len(Pairs.of(problem.products)) > WORTH_LAZY else LiveRelaxation
    return kind(problem, lower, upper, cutoff_row=cutoff_row)


class LazyRelaxation(LiveRelaxation):
    """McCormick's relaxation with envelopes added as they are broken; parameters as of its base class."""

    def _load(self, lower: FloatArray, upper: FloatArray) -> None:
        self.lower, self.upper = np.array(lower), np.array(upper)
        self._sides = _sendable(envelopes(self.pairs, lower, upper))
        self._active: IntArray = np.zeros(0, dtype=np.int64)
        self._idle = np.zeros(SIDES * len(self.pairs), dtype=np.int64)
        self.all_lower, self.all_upper = self._ends()
        self.rows = self._fixed_rows()
        self._own = len(self.rows.lower)
        self._highs = self._new_highs()

    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of all columns; none where HiGHS takes no finite number of this size, which is weaker and valid."""
        w_low, w_high = product_ranges(self.pairs, self.lower, self.upper)
        low, high = np.concatenate([self.lower, w_low]), np.concatenate([self.upper, w_high])
        low[np.abs(low) >= _highs.INFINITE_BOUND] = -np.inf
        high[np.abs(high) >= _highs.INFINITE_BOUND] = np.inf
        return low, high

    def _fixed_rows(self) -> Rows:
        """Rows of the problem, then the cutoff."""
        base, pairs = self._base, self.pairs
        own = np.repeat(np.arange(base.shape[0]), np.diff(base.matrix.indptr))
        row, column = [own, pairs.rows], [base.matrix.indices.astype(np.int64), self.width + pairs.pairs]
        value, low, high = [base.matrix.data, pairs.coefficients], base.row_lower, base.row_upper
        if self.cutoff_row:
            costly = np.flatnonzero(base.objective)
            row, column = [*row, np.full(len(costly), len(low))], [*column, costly]
            value = [*value, base.objective[costly]]
            low, high = np.append(low, -math.inf), np.append(high, self.cutoff)
        return Rows(np.concatenate(row), np.concatenate(column), np.concatenate(value), low, np.array(high))

    def set_cutoff(self, cutoff: float) -> None:
        """Keep points out whose own cost is above ``cutoff``; needs ``cutoff_row``."""
        self.cutoff = cutoff
        self.rows.upper[self._own - 1] = cutoff
        status = self._highs.changeRowBounds(self._own - 1, -math.inf, cutoff)
        _highs.check(status, "changing the cutoff")

    def set_ranges(self, lower: FloatArray, upper: FloatArray) -> None:
        """Change the ranges (n,) and the envelopes in use that stand on them."""
        if np.array_equal(lower, self.lower) and np.array_equal(upper, self.upper):
            return
        self.lower, self.upper = np.array(lower), np.array(upper)
        self._sides = _sendable(envelopes(self.pairs, lower, upper))
        low, high = self._ends()
        moved = np.flatnonzero((low != self.all_lower) | (high != self.all_upper)).astype(np.int32)
        self.all_lower, self.all_upper = low, high
        status = self._highs.changeColsBounds(len(moved), moved, low[moved], high[moved])
        _highs.check(status, "changing ranges")
        self._renew()

    def _renew(self) -> None:
        """Bring the envelopes in use up to date: an envelope with an infinite end becomes a free row."""
        if not len(self._active):
            return
        new = self._envelope_rows(self._active)
        at = self._own + np.arange(len(self._active))
        first = self._first_entry
        old = self.rows.values[first:]
        changed = np.flatnonzero(old != new.values)
        rows, columns = self.rows.rows[first:][changed].tolist(), self.rows.columns[first:][changed].tolist()
        for row, column, value in zip(rows, columns, new.values[changed].tolist(), strict=True):
            self._highs.changeCoeff(row, column, value)
        moved = np.flatnonzero((self.rows.lower[at] != new.lower) | (self.rows.upper[at] != new.upper))
        ids = at[moved].astype(np.int32)
        status = self._highs.changeRowsBounds(len(ids), ids, new.lower[moved], new.upper[moved])
        _highs.check(status, "changing envelopes")
        self.rows.values[first:] = new.values
        self.rows.lower[at], self.rows.upper[at] = new.lower, new.upper

    @property
    def _first_entry(self) -> int:
        """Place of the first entry of an envelope in the triplets."""
        return len(self.rows.values) - 3 * len(self._active)

    def _envelope_rows(self, ids: IntArray) -> Rows:
        """Triplets (w, a, b in turn) and bounds of envelopes, numbered as if all in use stood behind the own rows."""
        pair, side = ids // SIDES, ids % SIDES
        sides, count = self._sides, len(ids)
        columns = np.stack([self.width + pair, self.pairs.a[pair], self.pairs.b[pair]], axis=1)
        values = np.stack([np.ones(count), sides.on_a[pair, side], sides.on_b[pair, side]], axis=1)
        rows = np.repeat(self._own + np.arange(count), 3)
        return Rows(rows, columns.ravel(), values.ravel(), sides.lower[pair, side], sides.upper[pair, side])

    def _add(self, ids: IntArray) -> None:
        """Put envelopes behind those in use."""
        new = self._envelope_rows(ids)
        # A square has one column twice; its second coefficient is zero and not sent.
        sent = (new.values != 0.0) | (np.arange(len(new.values)) % 3 == 0)
        starts = np.concatenate([[0], np.cumsum(sent.reshape(-1, 3).sum(axis=1))[:-1]]).astype(np.int32)
        columns, values = new.columns[sent].astype(np.int32), new.values[sent]
        status = self._highs.addRows(len(ids), new.lower, new.upper, len(values), starts, columns, values)
        _highs.check(status, "adding envelopes")
        self._extend(new, len(self._active))
        self._active = np.concatenate([self._active, ids])
        self._idle[ids] = 0

    def _extend(self, new: Rows, offset: int) -> None:
        old = self.rows
        self.rows = Rows(
            np.concatenate([old.rows, new.rows + offset]),
            np.concatenate([old.columns, new.columns]),
            np.concatenate([old.values, new.values]),
            np.concatenate([old.lower, new.lower]),
            np.concatenate([old.upper, new.upper]),
        )

    def solve(self, time_limit: float = math.inf) -> Answer:
        """Solve from the last basis, adding broken envelopes, for at most ``time_limit`` [s]."""
        end = self._highs.getRunTime() + time_limit
        best = -math.inf
        iterations = 0
        for _ in range(ROUNDS):
            answer = super().solve(max(0.0, end - self._highs.getRunTime()))
            iterations += answer.iterations
            best = max(best, answer.bound)
            if answer.outcome != "optimal" or answer.x is None:
                break
            broken = self._broken(answer.x)
            if not len(broken):
                break
            self._add(broken)
        return self._finished(answer, best, iterations)

    def trial(self, time_limit: float, limit: float) -> tuple[float, bool]:
        """As of the base class, with the envelopes that the solver's points break."""
        bound = self.solve(time_limit).bound
        return bound, bound >= limit

    def _finished(self, answer: Answer, best: float, iterations: int) -> Answer:
        """The answer of the last round with the best bound of all; rows long idle are taken out."""
        answer = replace(answer, bound=best, iterations=iterations)
        if answer.row_dual is not None:
            used = answer.row_dual[self._own :]
            known = self._active[: len(used)]  # rows added after the last round have no multiplier yet
            self._idle[known] = np.where(used == 0.0, self._idle[known] + 1, 0)
        self._purge()
        return answer

    def _broken(self, x: FloatArray) -> IntArray:
        """Envelopes out of use that a point (n + k,) breaks, in the order of the products."""
        pairs, sides = self.pairs, self._sides
        a, b, w = x[pairs.a][:, None], x[pairs.b][:, None], x[self.width :][:, None]
        on_a, on_b = sides.on_a * a, sides.on_b * b
        left = w + on_a + on_b
        miss = np.maximum(np.maximum(sides.lower - left, left - sides.upper), 0.0)
        size = 1e-3 + np.abs(w) + np.abs(on_a) + np.abs(on_b)
        broken = (miss > BROKEN * size).ravel()
        broken[self._active] = False
        return np.flatnonzero(broken)

    def _purge(self) -> None:
        out = self._idle[self._active] >= IDLE_SOLVES
        if int(out.sum()) < IDLE_ROWS:
            return
        rows = (self._own + np.flatnonzero(out)).astype(np.int32)
        _highs.check(self._highs.deleteRows(len(rows), rows), "taking out envelopes")
        first = self._first_entry
        kept = self._active[~out]
        old = self.rows
        self.rows = Rows(
            old.rows[:first],
            old.columns[:first],
            old.values[:first],
            old.lower[: self._own],
            old.upper[: self._own],
        )
        self._active = np.zeros(0, dtype=np.int64)
        if len(kept):
            self._extend(self._envelope_rows(kept), 0)
        self._active = kept
        self._idle[np.setdiff1d(np.arange(len(self._idle)), kept)] = 0


def _sendable(sides: Envelopes) -> Envelopes:
    """Envelopes without those whose numbers are too large for the solver; leaving them out is valid."""
    large = (np.abs(sides.on_a) >= LARGEST) | (np.abs(sides.on_b) >= LARGEST)
    with np.errstate(invalid="ignore"):
        for side in (sides.lower, sides.upper):
            large |= np.isfinite(side) & (np.abs(side) >= LARGEST)
    if not large.any():
        return sides
    low, high = np.where(large, -np.inf, sides.lower), np.where(large, np.inf, sides.upper)
    return Envelopes(np.where(large, 0.0, sides.on_a), np.where(large, 0.0, sides.on_b), low, high)
