"""Narrower ranges of the columns in products: every end is the optimum of a relaxation, and a fact.

For each column the relaxation is minimised and maximised over the column, with a row that keeps points worse than the
incumbent out. The new end is the safe bound of that solve, so that no feasible point better than the incumbent is cut
off. Passes alternate with interval propagation. Two threads share the work, each with a live relaxation of its own.
Reference: Gleixner, Berthold, Mueller and Weltge, Three enhancements for optimization-based bound tightening (2017),
from which the filter comes: an end at which some solution already lies cannot move.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.lazy import relaxed
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import Ranges, Structure, propagate
from netback.program.problem import FloatArray, Problem

IntArray = NDArray[np.int64]

#: A solution this near to an end, as a part of the range, shows that the end hardly moves.
AT_END = 1e-3
#: A pass that narrows the ranges of product columns by less than this part on average is the last.
WORTH = 0.02


@dataclass
class Tightened:
    """Ranges (n,) after tightening, how many solves and passes it took, and whether time ran out."""

    ranges: Ranges
    solves: int = 0
    passes: int = 0
    stopped: bool = False


def tighten(
    problem: Problem,
    lower: FloatArray,
    upper: FloatArray,
    *,
    cutoff: float = math.inf,
    time_limit: float = math.inf,
    threads: int = 2,
    passes: int = 5,
    cancel: Callable[[], bool] | None = None,
    lazy: bool = False,
) -> Tightened:
    """Narrow the ranges of the columns in products by optimisation.

    Parameters
    ----------
    problem
        With or without products.
    lower, upper
        Valid ranges (n,).
    cutoff
        Cost, as a minimisation without the offset, that a point must not exceed; points above may be cut off.
    time_limit
        Wall time for all passes [s].
    threads, passes
        How many live relaxations, and at most so many passes over the columns.
    cancel
        Returns True to stop; what is found so far is kept.
    lazy
        Whether relaxations of many products hold only the envelopes that bind.
    """
    clock = Clock(time_limit, cancel)
    structure = Structure.of(problem)
    result = Tightened(propagate(structure, lower, upper, 20))
    if result.ranges.empty or not len(structure.pairs):
        return result
    workers = _workers(problem, result.ranges, cutoff, threads, relaxed if lazy else LiveRelaxation)
    while result.passes < passes and not clock.over and not result.ranges.empty:
        before = result.ranges
        one = Pass(structure, before, clock, workers)
        found = one.run()
        result.solves += one.solves
        result.passes += 1
        result.ranges = found if found.empty else propagate(structure, found.lower, found.upper, 20)
        if one.proven_empty:
            result.ranges = Ranges(before.lower, before.upper, empty=True)
        if result.ranges.empty or _gain(structure, before, result.ranges) < WORTH:
            break
        for worker in workers:
            worker.set_ranges(result.ranges.lower, result.ranges.upper)
    result.stopped = clock.over
    return result


class Clock:
    """When narrowing stops: after so many seconds, or when the caller says so."""

    def __init__(self, time_limit: float, cancel: Callable[[], bool] | None) -> None:
        self._end = time.monotonic() + time_limit
        self._cancel = cancel

    @property
    def left(self) -> float:
        """Wall time left [s]."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.left <= 0.0 or (self._cancel is not None and bool(self._cancel()))


def _workers(
    problem: Problem, ranges: Ranges, cutoff: float, threads: int, kind: Callable[..., LiveRelaxation]
) -> list[LiveRelaxation]:
    workers = [
        kind(problem, ranges.lower, ranges.upper, cutoff_row=math.isfinite(cutoff)) for _ in range(threads)
    ]
    if math.isfinite(cutoff):
        for worker in workers:
            worker.set_cutoff(cutoff)
    return workers


def _gain(structure: Structure, old: Ranges, new: Ranges) -> float:
    """Mean part by which the ranges of product columns shrank."""
    columns = structure.pairs.columns
    with np.errstate(invalid="ignore"):
        before = (old.upper - old.lower)[columns]
        after = (new.upper - new.lower)[columns]
        part = np.where(before > 0.0, 1.0 - after / before, 0.0)
    return float(np.mean(np.where(np.isfinite(part), part, 1.0))) if len(columns) else 0.0


@dataclass
class Pass:
    """One pass: both ends of every column in products, over ranges that stay as they are meanwhile.

    ``columns`` limits it to some of them, ``ends`` to their lower (1) or upper (-1) ends.
    """

    structure: Structure
    ranges: Ranges
    clock: Clock
    workers: list[LiveRelaxation]
    solves: int = 0
    proven_empty: bool = False
    error: BaseException | None = None
    columns: IntArray | None = None
    ends: tuple[int, ...] = (1, -1)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Ranges:
        """The narrower ranges."""
        self.lower, self.upper = self.ranges.lower.copy(), self.ranges.upper.copy()
        self._seen_low = np.full(len(self.lower), math.inf)
        self._seen_high = np.full(len(self.lower), -math.inf)
        self._tasks = self._order()
        others = [threading.Thread(target=self._work, args=(worker,)) for worker in self.workers[1:]]
        for thread in others:
            thread.start()
        self._work(self.workers[0])
        for thread in others:
            thread.join()
        if self.error is not None:
            raise self.error
        crossed = bool((self.lower > self.upper).any())
        return Ranges(self.lower, self.upper, empty=crossed)

    def _order(self) -> list[tuple[int, int]]:
        """Columns and ends: wide ranges that stand in many products first, infinite ones before all."""
        pairs = self.structure.pairs
        columns = pairs.columns if self.columns is None else self.columns
        uses = np.bincount(np.concatenate([pairs.a, pairs.b]), minlength=len(self.lower))[columns]
        width = (self.upper - self.lower)[columns]
        size = np.maximum(np.abs(self.lower), np.abs(self.upper))[columns]
        with np.errstate(invalid="ignore"):
            relative = np.where(np.isfinite(width), width / np.where(size > 0.0, size, 1.0), np.inf)
        order = np.argsort(-relative * uses, kind="stable")
        # Against the size of an infinite end no range would be wide.
        is_wide = width > 1e-9 * np.maximum(1.0, np.where(np.isfinite(size), size, 1.0))
        wide = [int(columns[k]) for k in order if is_wide[k]]
        return [(j, end) for j in wide for end in self.ends]

    def _take(self) -> tuple[int, int] | None:
        with self._lock:
            while self._next < len(self._tasks):
                column, end = self._tasks[self._next]
                self._next += 1
                if not self._settled(column, end):
                    return column, end
        return None

    def _settled(self, column: int, end: int) -> bool:
        """Whether some solution already lies at this end."""
        low, high = self.ranges.lower[column], self.ranges.upper[column]
        near = AT_END * (high - low) if math.isfinite(high - low) else 0.0
        if end == 1:
            return bool(self._seen_low[column] <= low + near)
        return bool(self._seen_high[column] >= high - near)

    def _work(self, worker: LiveRelaxation) -> None:
        try:
            while not self.clock.over and not self.proven_empty and (task := self._take()) is not None:
                self._solve(worker, *task)
        except BaseException as error:
            self.error = error
        finally:
            worker.set_cost(worker.own_cost)

    def _solve(self, worker: LiveRelaxation, column: int, end: int) -> None:
        cost = np.zeros(len(worker.own_cost))
        cost[column] = float(end)
        worker.set_cost(cost)
        answer = worker.solve(self.clock.left)
        with self._lock:
            self.solves += 1
            if answer.outcome == "infeasible":
                self.proven_empty = True
                return
            if answer.x is not None:
                own = answer.x[: len(self.lower)]
                np.minimum(self._seen_low, own, out=self._seen_low)
                np.maximum(self._seen_high, own, out=self._seen_high)
            if end == 1:
                self.lower[column] = max(self.lower[column], answer.bound)
            else:
                self.upper[column] = min(self.upper[column], -answer.bound)
