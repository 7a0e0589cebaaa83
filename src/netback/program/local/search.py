"""Local search for a program with products: many descents from different starts, the best checked point wins.

It never claims a bound: the status is "time limit" or "interrupted", and the bound None. The same seed and number of
starts give the same point, however many threads there are, unless time runs out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from netback.errors import Finding, ModelError
from netback.program.bounds.ranges import structural_ranges
from netback.program.local.descend import Found, Lane, Way
from netback.program.local.live import Clock
from netback.program.local.scale import Scaled, scaled
from netback.program.local.starts import Ranges, Starts, relaxation_start
from netback.program.local.structure import sides
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress, RawSolution

LANES = 2
#: How the descents of a lane go, in turn.
WAYS: tuple[Way, ...] = ("direct", "open", "direct", "direct", "open", "alternate")
PER_LANE = 1
POOL = 6
#: Number of the start that stands in for a relaxation without a point.
SPARE = 10**6
SOLVER = "Netback local search (successive LP on HiGHS)"


@dataclass(frozen=True)
class Limits:
    """When to stop: after so many seconds, descents, or rounds of two without a better point (None: no limit)."""

    time_limit: float | None = 10.0
    descents: int | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.time_limit is not None and not self.time_limit >= 0.0:
            faults.append(Finding("time_limit", f"{self.time_limit!r} is not a number of seconds >= 0."))
        for name, value in (("descents", self.descents), ("patience", self.patience)):
            if value is not None and value < 1:
                faults.append(Finding(name, f"{value!r} is less than 1."))
        if self.time_limit is None and self.descents is None and self.patience is None:
            faults.append(Finding("time_limit", "there is no limit of any kind.", "Give one of the three."))
        if faults:
            raise ModelError(faults, "local search")


def local_search(
    problem: Problem,
    *,
    starts: Sequence[FloatArray] = (),
    time_limit: float | None = 10.0,
    descents: int | None = None,
    patience: int | None = None,
    seed: int = 0,
    threads: int = LANES,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> RawSolution:
    """Look for good feasible points of a program with products and perhaps whole numbers.

    Parameters
    ----------
    problem
        Any program; products may be of columns without bounds.
    starts
        Points (n,) to start from; only their product columns count. Entries may be NaN: the middle of the range.
    time_limit, descents, patience
        Stop after so many seconds, so many descents, so many rounds of two descents without a better point.
    seed
        Of the random starts.
    threads
        1 or 2; HiGHS releases Python's lock.
    progress
        Called after every round with the best objective so far; ``nodes`` counts descents.
    cancel
        Returns True to stop; asked between linear programs. Ctrl-C stops too.

    Returns
    -------
    RawSolution
        ``x`` and ``objective`` of the best point, feasible to a relative 1e-9 in the original rows, or None. Status
        "time limit" when a limit was reached, "interrupted" when stopped; the bound is None.

    Raises
    ------
    ModelError
        If a limit, the seed, the number of threads or the length of a start is wrong.
    """
    limits = Limits(time_limit, descents, patience)
    if threads not in (1, 2):
        raise ModelError(Finding("threads", f"{threads!r} is neither 1 nor 2."), "local search")
    if seed < 0:
        raise ModelError(Finding("seed", f"{seed!r} is less than 0."), "local search")
    for number, start in enumerate(starts):
        if np.shape(start) != (problem.shape[1],):
            what = f"shape {np.shape(start)} where ({problem.shape[1]},) is needed."
            raise ModelError(Finding(f"starts[{number}]", what), "local search")
    return _MultiStart(problem, starts, limits, seed, progress, cancel).run(threads)


@dataclass(eq=False)
class _Pool:
    """Distinct points found, the best first, and how often a round brought none better."""

    sense: str
    found: list[Found] = field(default_factory=list)

    def add(self, new: Found | None) -> bool:
        """Take a point; whether it is the best so far by more than rounding."""
        if new is None:
            return False
        best = self.found[0].objective if self.found else None
        sign = -1.0 if self.sense == "max" else 1.0
        close = [
            abs(new.objective - old.objective) <= 1e-9 * max(1.0, abs(new.objective)) for old in self.found
        ]
        if any(close) and sign * new.objective >= sign * self.found[close.index(True)].objective:
            return False
        self.found = sorted([*self.found, new], key=lambda item: sign * item.objective)[:POOL]
        return best is None or sign * (best - new.objective) > 1e-7 * max(1.0, abs(best))


class _MultiStart:
    """The rounds: every lane descends from its own starts, then the lanes share what they found."""

    def __init__(
        self,
        problem: Problem,
        starts: Sequence[FloatArray],
        limits: Limits,
        seed: int,
        progress: Callable[[Progress], None] | None,
        cancel: Callable[[], bool] | None,
    ) -> None:
        self._began = time.monotonic()
        limit = np.inf if limits.time_limit is None else self._began + limits.time_limit
        self._clock = Clock(limit, cancel)
        self._problem, self._limits, self._progress, self._cancel = problem, limits, progress, cancel
        self._scaled: Scaled = scaled(problem)
        known = structural_ranges(self._scaled.problem)
        self._empty = known.empty
        self._ranges = Ranges(known.lower, known.upper)
        parts = sides(self._scaled.problem)
        self._starts = Starts(self._ranges, parts, seed)
        self._given = [self._filled(start) for start in starts]
        self._lanes = [Lane(problem, self._scaled, parts, self._ranges) for _ in range(LANES)]
        self._pool = _Pool(problem.sense)
        self._was_interrupted = False

    def _filled(self, start: FloatArray) -> FloatArray:
        z = self._scaled.to_scaled(np.asarray(start, dtype=np.float64))
        return np.where(np.isfinite(z), z, self._ranges.middle)

    def run(self, threads: int) -> RawSolution:
        """Rounds until a limit; Ctrl-C ends the round under way."""
        count = idle = 0
        with ThreadPoolExecutor(threads, thread_name_prefix="local") as threads_pool:
            try:
                while not self._is_done(count, idle):
                    numbers = list(range(count, count + self._batch(count)))
                    idle = 0 if self._round(numbers, threads_pool) else idle + 1
                    count += len(numbers)
            except KeyboardInterrupt:
                self._was_interrupted = self._clock.stopped = True
        return self._raw(count)

    def _batch(self, count: int) -> int:
        most = LANES * PER_LANE
        return most if self._limits.descents is None else min(most, self._limits.descents - count)

    def _is_done(self, count: int, idle: int) -> bool:
        limits = self._limits
        if self._empty or self._clock.is_over():
            return True
        if limits.descents is not None and count >= limits.descents:
            return True
        return limits.patience is not None and idle >= limits.patience and count > len(self._given)

    def _round(self, numbers: list[int], threads: ThreadPoolExecutor) -> bool:
        """Descend from these starts; whether the best point got better."""
        pool = [self._scaled.to_scaled(found.x) for found in self._pool.found]
        shares = [numbers[lane::LANES] for lane in range(LANES)]
        tasks = [
            threads.submit(self._descend, lane, share, pool)
            for lane, share in zip(self._lanes, shares, strict=True)
        ]
        better = [self._pool.add(found) for task in tasks for found in task.result()]
        self._report()
        return any(better)

    def _descend(self, lane: Lane, numbers: list[int], pool: list[FloatArray]) -> list[Found | None]:
        found = []
        for number in numbers:
            if self._clock.is_over():
                break
            z = self._start(number, pool)
            if z is not None:
                found.append(lane.descend(z, self._clock, WAYS[number // LANES % len(WAYS)]))
        return found

    def _start(self, number: int, pool: list[FloatArray]) -> FloatArray | None:
        """Given starts first, then the relaxation's point, then the numbered stream."""
        if number < len(self._given):
            return self._given[number]
        number -= len(self._given)
        if number == 0:
            relaxed = relaxation_start(self._scaled.problem, self._ranges, self._clock)
            return self._starts.start(SPARE, pool) if relaxed is None else relaxed
        return self._starts.start(number - 1, pool)

    def _report(self) -> None:
        if self._progress is not None:
            best = self._pool.found[0].objective if self._pool.found else np.nan
            now = time.monotonic() - self._began
            self._progress(
                Progress(now, self._iterations, best, np.nan, sum(lane.descents for lane in self._lanes))
            )

    @property
    def _iterations(self) -> int:
        return sum(lane.linearised.iterations for lane in self._lanes)

    def _raw(self, count: int) -> RawSolution:
        stopped = self._was_interrupted or (self._clock.stopped and self._clock.left > 0.0)
        text = f"Stopped after {count} descents; a local search proves no bound. {self._scaled.text}"
        best = self._pool.found[0] if self._pool.found else None
        if best is None:
            text = f"No feasible point found, which proves nothing. {text}"
        return RawSolution(
            "interrupted" if stopped else "time limit",
            x=None if best is None else best.x,
            objective=None if best is None else best.objective,
            iterations=self._iterations,
            seconds=time.monotonic() - self._began,
            solver=SOLVER,
            message=text,
        )
