"""Feasible points near a guess: alternating linear programs at once, successive linear programming where it pays.

Belongs to one thread. The descents are those of :mod:`netback.program.local`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from netback.program.bounds.alternate import Alternator
from netback.program.bounds.ranges import structural_ranges
from netback.program.local.cover import cover
from netback.program.local.descend import Lane
from netback.program.local.live import Clock
from netback.program.local.scale import scaled
from netback.program.local.starts import Ranges as Ends
from netback.program.problem import FloatArray, Problem


class Finder:
    """Looks for points of one problem from guesses (n,).

    ``found``, where given, is called with points that a descent passes on its way.
    """

    def __init__(self, problem: Problem, found: Callable[[FloatArray], object] | None = None) -> None:
        self.problem, self._found = problem, found
        self._alternator = Alternator(problem)
        self._lane: Lane | None = None

    def repair(self, guess: FloatArray, time_limit: float = math.inf) -> FloatArray | None:
        """Alternating linear programs from a guess; quick."""
        found = self._alternator.improve(guess, rounds=4, time_limit=time_limit)
        return None if found is None else found[0]

    def descend(self, guess: FloatArray, time_limit: float = math.inf) -> FloatArray | None:
        """Successive linear programming from a guess to a local optimum; thorough."""
        if self._lane is None:
            self._scaled = scaled(self.problem)
            known = structural_ranges(self._scaled.problem)
            if known.empty:
                return None
            ends = Ends(known.lower, known.upper)
            self._lane = Lane(self.problem, self._scaled, cover(self._scaled.problem), ends)
            self._lane.found = self._found
        clock = Clock(time.monotonic() + time_limit, None)
        found = self._lane.descend(self._scaled.to_scaled(np.asarray(guess, dtype=np.float64)), clock)
        return None if found is None else found.x
