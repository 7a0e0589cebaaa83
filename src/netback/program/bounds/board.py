"""What several threads know about one problem: the best point, the bound, and who found each.

Values here are those of a minimisation with the offset in; a maximisation is negated on the way in and out.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from netback.program.bounds.alternate import Alternator
from netback.program.certify import objective_value, residuals
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress

#: A point is taken as it is when its worst relative residual is at most this, else repaired first.
EXACT = 1e-8
#: A solver's word counts only where it is better than what is proven by more than this part.
WORD_WORTH = 1e-6
#: A point may beat a bound by this many times the root of what it misses its rows by.
ROOTS = 2.0
PROGRESS_SECONDS = 0.2


class Board:
    """Shared by all threads of one solve.

    Parameters
    ----------
    problem
        The problem whose points and bounds are kept.
    gap
        Relative gap at which the problem counts as solved.
    time_limit
        Wall time [s].
    tolerance
        Largest relative residual of a point that is taken.
    guesses
        Where the bounds put points of their relaxations (n,) for a local search to begin from; None where none listens.
    progress, cancel
        Called by :meth:`tick`; ``cancel`` returns True to stop.
    """

    def __init__(
        self,
        problem: Problem,
        gap: float,
        time_limit: float = math.inf,
        tolerance: float = 1e-6,
        progress: Callable[[Progress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        guesses: deque[FloatArray] | None = None,
    ) -> None:
        self.problem, self.gap, self.tolerance = problem, gap, tolerance
        self.guesses = guesses
        self.sign = 1.0 if problem.sense == "min" else -1.0
        self.x: FloatArray | None = None
        self.value, self.value_by = math.inf, ""
        self.bound, self.bound_by = -math.inf, ""
        self.word, self.word_by = -math.inf, ""
        self._missed = 0.0
        self.infeasible_word = ""
        self.nodes = self.iterations = 0
        self.stop = False
        self.error: BaseException | None = None
        self._progress, self._cancel = progress, cancel
        self._start = time.monotonic()
        self._end = self._start + time_limit
        self._next = 0.0
        self._lock = threading.RLock()
        self._repairs = threading.Lock()
        self._alternator: Alternator | None = None
        self._waiting: list[tuple[FloatArray, str]] = []
        self.scale = max(1e-9, min(1.0, float(np.max(np.abs(problem.objective), initial=0.0))))

    @property
    def seconds(self) -> float:
        """Wall time since the start [s]."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Wall time that is left [s]."""
        return max(0.0, self._end - time.monotonic())

    @property
    def cutoff(self) -> float:
        """Value that a region must beat to be of interest: the incumbent less nearly the whole gap."""
        if not math.isfinite(self.value):
            return math.inf
        return self.value - 0.9 * self.gap * max(abs(self.value), self.scale)

    @property
    def relative_gap(self) -> float:
        """Gap of the certificate: distance over the larger of value and scale; inf while unknown."""
        bound = self.best_bound()[0]
        if not (math.isfinite(self.value) and math.isfinite(bound)):
            return math.inf
        return max(0.0, self.value - bound) / max(abs(self.value), self.scale)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do: gap reached, out of time, cancelled or failed."""
        if self._cancel is not None and not self.stop and bool(self._cancel()):
            self.stop = True
        closed = self.relative_gap <= self.gap
        return self.stop or closed or self.left <= 0.0 or self.error is not None

    def offer(self, x: FloatArray, by: str) -> bool:
        """Take a point (n,) if it keeps every row and is better than the best; repaired where it is not exact."""
        if x.shape != (self.problem.shape[1],) or not np.isfinite(x).all():
            return False
        x = np.clip(x, self.problem.column_lower, self.problem.column_upper)
        x = np.where(self.problem.integer & (np.abs(x - np.round(x)) < self.tolerance), np.round(x), x)
        worst = residuals(self.problem, x).worst_primal[0]
        if worst > EXACT and self._worth(x) and (better := self._repaired(x)) is not None:
            return self._take(better, residuals(self.problem, better).worst_primal[0], by)
        return self._take(x, worst, by)

    def _worth(self, x: FloatArray) -> bool:
        return self.sign * objective_value(self.problem, x) < self.value

    def _take(self, x: FloatArray, worst: float, by: str) -> bool:
        if not worst <= self.tolerance:
            return False
        value = self.sign * objective_value(self.problem, x)
        with self._lock:
            if not value < self.value:
                return False
            self.x, self.value, self.value_by, self._missed = np.array(x), value, by, worst
            self._give_way()
            return True

    def _repaired(self, x: FloatArray) -> FloatArray | None:
        with self._repairs:
            if self._alternator is None:
                self._alternator = Alternator(self.problem)
            found = self._alternator.improve(x, rounds=1, time_limit=min(5.0, self.left))
        return None if found is None else found[0]

    def raise_bound(self, bound: float, by: str) -> None:
        """Take a valid lower bound if it is better than the best."""
        with self._lock:
            if bound > self.bound:
                self.bound, self.bound_by = bound, by
                self._give_way()

    def _give_way(self) -> None:
        """Lower the bound to a value that beats it by no more than the rows are missed by: a weaker bound holds too.

        Where a square closes a row, as ``x^2 <= 0`` does, the value moves by the root of what the row is missed by. A
        bound that is beaten by more stays as it is, to be told as wrong.
        """
        room = ROOTS * math.sqrt(min(self._missed, EXACT)) * max(abs(self.value), self.scale)
        if 0.0 < self.bound - self.value <= room:
            self.bound = self.value

    def hear_bound(self, bound: float, by: str) -> None:
        """Take a solver's word for a bound, unless the best point beats it and shows that it is wrong."""
        with self._lock:
            wrong = bound - self.value > self.tolerance * max(abs(self.value), self.scale)
            if bound > self.word and math.isfinite(bound) and not wrong:
                self.word, self.word_by = bound, by

    def best_bound(self) -> tuple[float, str]:
        """The best bound and who says so; a solver's word only where it is better than what is proven."""
        with self._lock:
            clearly = self.word - self.bound > WORD_WORTH * max(abs(self.word), self.scale)
            return (self.word, self.word_by) if clearly else (self.bound, self.bound_by)

    def guess(self, x: FloatArray) -> None:
        """Leave a point of a relaxation (n,), which keeps no product, for a local search to begin from."""
        if self.guesses is not None:
            self.guesses.append(np.array(x))

    def note_point(self, x: FloatArray, by: str) -> None:
        """Keep a point that comes from inside a solver, to be offered by the next :meth:`tick`."""
        with self._lock:
            self._waiting.append((x, by))

    def tick(self) -> bool:
        """Report progress when due; whether to go on."""
        while self._waiting:
            with self._lock:
                waiting = self._waiting.pop() if self._waiting else None
            if waiting is not None:
                self.offer(*waiting)
        now = self.seconds
        if self._progress is not None and now >= self._next:
            self._next = now + PROGRESS_SECONDS
            self._progress(self.moment())
        return not self.done

    def moment(self) -> Progress:
        """The present state in the problem's own sense."""
        value = self.sign * self.value if math.isfinite(self.value) else math.nan
        bound = self.sign * self.bound if math.isfinite(self.bound) else math.nan
        return Progress(self.seconds, self.iterations, value, bound, self.nodes)
