"""A local search beside the bounds: descents from its own starts and from random vertices of the relaxation in turn."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import structural_ranges
from netback.program.local.live import Clock
from netback.program.local.search import local_search
from netback.program.problem import FloatArray, Problem

#: Starts in a row without a better point after which the search ends.
PATIENCE = 60
#: Starts of one kind before the other has its turn.
TURN = 4
#: What one solve or descent from a random vertex may take [s].
LONGEST = 10.0


def seek(
    problem: Problem,
    offer: Callable[[FloatArray, str], bool],
    clock: Clock,
    seed: int,
    tries: int = PATIENCE,
) -> None:
    """Descents by successive linear programming, from the search's own starts and from random vertices in turn.

    Parameters
    ----------
    problem
        The program.
    offer, clock
        Takes a point and its finder; says when to stop.
    seed
        Of all random choices.
    tries
        Ends after so many starts in a row without a better point.
    """
    wanderer = _Wanderer(problem, seed)
    failed, turn, best = 0, 0, None
    while not clock.is_over() and failed < tries:
        if turn % 2 == 0:
            count = min(TURN, tries)
            found = local_search(
                problem,
                starts=[best] if best is not None else [],
                descents=count,
                time_limit=clock.left if math.isfinite(clock.left) else None,
                seed=seed + turn,
                threads=1,
                cancel=clock.is_over,
            )
            points, failed = ([] if found.x is None else [found.x]), failed + count
        else:
            points, failed = wanderer.points(TURN, clock), failed + TURN
        for x in points:
            if offer(x, "local search"):
                best, failed = x, 0
        turn += 1


class _Wanderer:
    """Descents from vertices of the relaxation under random costs."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem, self._generator = problem, np.random.default_rng(seed)
        self._finder = Finder(problem)
        self._live: LiveRelaxation | None = None

    def points(self, count: int, clock: Clock) -> list[FloatArray]:
        """Points from so many vertices."""
        if self._live is None:
            ranges = structural_ranges(self._problem)
            if ranges.empty:
                return []
            self._live = LiveRelaxation(self._problem, ranges.lower, ranges.upper)
        own, found = self._live.own_cost, []
        size = np.abs(own) + (float(np.mean(np.abs(own[own != 0.0]))) if own.any() else 1.0)
        for _ in range(count):
            if clock.is_over():
                break
            spread = float(self._generator.choice([0.05, 0.2, 0.5, 1.0]))
            self._live.set_cost(own + spread * size * self._generator.normal(size=len(own)))
            answer = self._live.solve(min(LONGEST, clock.left))
            if answer.x is not None and not clock.is_over():
                guess = answer.x[: self._problem.shape[1]]
                repaired = self._finder.repair(guess, min(LONGEST, clock.left))
                deep = self._finder.descend(guess if repaired is None else repaired, min(LONGEST, clock.left))
                found += [x for x in (repaired, deep) if x is not None]
        return found
