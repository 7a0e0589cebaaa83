"""Narrower ranges where the bound pays for it: optimisation over the columns with the largest blame, in rounds.

A large program has thousands of columns in products and a relaxation that takes a tenth of a second, so that a pass
over all of them takes minutes. But its bound leans on few: those whose products are off at the relaxation's point and
worth something in its rows. Each round finds these, narrows both ends of their ranges by the relaxation with a row that
keeps points worse than the incumbent out, propagates, and solves again. Ends are safe bounds, as in
:mod:`netback.program.bounds.tighten`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.ranges import Ranges, Structure
from netback.program.bounds.relax import Pairs
from netback.program.bounds.tighten import Clock, Pass
from netback.program.problem import FloatArray
from netback.program.structure.form import Structured, settled

IntArray = NDArray[np.int64]

#: Columns of a round, and rounds.
COLUMNS, ROUNDS = 12, 12
#: Totals of mixes that are looked at before the rows are propagated.
BATCH = 8
#: A round that brings less than this part of the distance between bound and incumbent is the last but two.
WORTH, IDLE = 0.005, 3


def blame(pairs: Pairs, answer: Answer, width: int) -> FloatArray:
    """How far the products of every column (n,) are off at an answer's point, each by what it is worth."""
    if answer.x is None or answer.prices is None:
        return np.zeros(width)
    x, w = answer.x[:width], answer.x[width:]
    with np.errstate(over="ignore", invalid="ignore"):
        miss = np.abs(w - x[pairs.a] * x[pairs.b]) * answer.prices
    miss = np.where(np.isfinite(miss), miss, 0.0)
    total = np.bincount(pairs.a, weights=miss, minlength=width)
    return np.asarray(total + np.bincount(pairs.b, weights=miss, minlength=width))


@dataclass
class Narrowed:
    """Ranges after narrowing, the last answer over them, how many solves it took; ``empty`` proves no better point."""

    ranges: Ranges
    answer: Answer
    solves: int = 0


class Narrower:
    """Narrows the ranges of one problem again and again; keeps its relaxations between calls.

    Parameters
    ----------
    found
        A program with what its structure gives: its mixes' totals are looked at first, since where they cannot be
        zero the qualities have the ranges of what is mixed.
    structure
        Of the program.
    threads
        How many relaxations work at once.
    """

    def __init__(self, found: Structured, structure: Structure, threads: int = 1) -> None:
        problem, ranges = found.problem, found.ranges
        self.structure, self.width, self._mixes = structure, problem.shape[1], found.mixes
        self._totals = np.unique(np.array([mix.total for mix in found.mixes], dtype=np.int64))
        self._workers: list[LiveRelaxation] = [
            LazyRelaxation(problem, ranges.lower, ranges.upper, cutoff_row=True) for _ in range(threads)
        ]

    def run(
        self,
        main: LiveRelaxation,
        ranges: Ranges,
        cutoff: float,
        *,
        time_limit: float = math.inf,
        rounds: int = ROUNDS,
        columns: int = COLUMNS,
        cancel: Callable[[], bool] | None = None,
        follow: Callable[[float], None] | None = None,
    ) -> Narrowed:
        """Narrow ranges in rounds.

        Parameters
        ----------
        main
            A relaxation of the same problem without a cutoff, solved anew after each round.
        ranges
            Valid ranges (n,).
        cutoff
            Cost, as a minimisation without the offset, that a point must not exceed.
        time_limit, rounds, columns
            Wall time [s], rounds and columns of each.
        cancel
            Returns True to stop.
        follow
            Called with every bound as it comes, without the offset; valid for points that meet the cutoff.
        """
        clock = Clock(time_limit, cancel)
        main.set_ranges(ranges.lower, ranges.upper)
        result = Narrowed(ranges, main.solve(clock.left))
        idle = 0
        self._open(main, result, cutoff, clock, follow)
        for _ in range(rounds):
            if clock.over or result.ranges.empty or result.answer.bound >= cutoff or idle >= IDLE:
                break
            before = result.answer.bound
            if not self._round(main, result, cutoff, columns, clock):
                break
            if follow is not None:
                follow(result.answer.bound)
            gained = result.answer.bound - before
            idle = 0 if gained > WORTH * max(0.0, cutoff - before) else idle + 1
        return result

    def _round(
        self, main: LiveRelaxation, result: Narrowed, cutoff: float, columns: int, clock: Clock
    ) -> bool:
        """One round; False where nothing is to blame."""
        blamed = blame(self.structure.pairs, result.answer, self.width)
        chosen = np.argsort(-blamed, kind="stable")[:columns]
        chosen = chosen[blamed[chosen] > 0.0]
        if not len(chosen):
            return False
        return self._pass(main, result, cutoff, clock, chosen, (1, -1))

    def _open(
        self,
        main: LiveRelaxation,
        result: Narrowed,
        cutoff: float,
        clock: Clock,
        follow: Callable[[float], None] | None,
    ) -> None:
        """Lower ends of the totals that may still be zero, once for all; the largest first, whose streams feed others.

        After each few the rows are propagated: once a still must run, so must all that its cuts fill.
        """
        waiting, self._totals = self._totals, np.zeros(0, dtype=np.int64)
        waiting = waiting[np.argsort(-result.ranges.upper[waiting], kind="stable")]
        while len(waiting) and math.isfinite(cutoff) and not clock.over and not result.ranges.empty:
            waiting = waiting[result.ranges.lower[waiting] <= 0.0]
            chosen, waiting = waiting[:BATCH], waiting[BATCH:]
            if not len(chosen) or not self._pass(main, result, cutoff, clock, chosen, (1,)):
                break
            if follow is not None:
                follow(result.answer.bound)

    def _pass(
        self,
        main: LiveRelaxation,
        result: Narrowed,
        cutoff: float,
        clock: Clock,
        columns: IntArray,
        ends: tuple[int, ...],
    ) -> bool:
        """Narrow some ends and solve again; False where there is nothing to go on with."""
        ranges = result.ranges
        for worker in self._workers:
            worker.set_ranges(ranges.lower, ranges.upper)
            worker.set_cutoff(cutoff)
        one = Pass(self.structure, ranges, clock, self._workers, columns=columns, ends=ends)
        found = one.run()
        result.solves += one.solves
        if one.proven_empty or found.empty:
            result.ranges = Ranges(ranges.lower, ranges.upper, empty=True)
            return False
        result.ranges = settled(self.structure, self._mixes, found)
        if not result.ranges.empty:
            main.set_ranges(result.ranges.lower, result.ranges.upper)
            answer = main.solve(clock.left)
            if answer.x is None:
                return False
            result.answer = answer
        return True
