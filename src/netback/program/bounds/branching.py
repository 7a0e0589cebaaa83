"""Which column to split and where: pseudocosts, and trial splits until they can be trusted.

A column's *blame* is how far its products are off in the relaxation's point. Pseudocosts hold the mean gain of the
bound per unit of blame on either side. Columns whose pseudocosts rest on fewer than a few splits are tried: both halves
are solved, and a half that cannot hold a better point is cut off at once. Reference: Belotti, Lee, Liberti, Margot and
Waechter, Branching and bounds tightening techniques for non-convex MINLP (2009).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.ranges import WHOLE, Ranges
from netback.program.bounds.relax import Pairs
from netback.program.problem import BoolArray, FloatArray

IntArray = NDArray[np.int64]

#: A product is met when it is off by less than this part of its size.
MET = 1e-9
#: A range narrower than this part of its size is not split.
NARROW = 1e-9
#: In a large program a gain of less than this part of the bound says nothing: the first column blamed is split.
FLAT = 1e-7
#: A range without an end is not split at a point further out than this.
FAR = 1e9
#: Splits lie at least this part of the range off its ends, and lean to the relaxation's point by the next.
MARGIN, LEAN = 0.1, 0.75
#: Columns tried at a node.
TRIALS = 6
#: Splits after which a pseudocost is trusted; where trials are dear.
RELIABLE, RELIABLE_PRICED = 8, 4
#: Times as many columns are tried where the last split brought nothing.
DOUBTED = 3
#: Time of one trial and of all trials of a node, in times of the node's own relaxation.
TRIAL_TIMES, NODE_TIMES = 5.0, 25.0


class TrialClock:
    """Time for the trials of one node: a few times that of its own relaxation, and never beyond the end.

    Parameters
    ----------
    own
        What the node's relaxation took [s].
    left
        Wall time that is left [s].
    """

    def __init__(self, own: float, left: float) -> None:
        now = time.monotonic()
        self._one = TRIAL_TIMES * max(own, 1e-3)
        self._last, self._soon = now + left, now + NODE_TIMES * max(own, 1e-3)

    @property
    def one(self) -> float:
        """Time for one trial [s]."""
        return max(0.0, min(self._one, self._last - time.monotonic()))

    @property
    def over(self) -> bool:
        """Whether no further trial should begin."""
        return time.monotonic() >= min(self._last, self._soon)


@dataclass(frozen=True, eq=False)
class Choice:
    """A column, its distances to both sides (2,), and the point that divides its range."""

    column: int
    distances: FloatArray
    point: float


@dataclass(frozen=True, eq=False)
class Crop:
    """Ranges after a trial showed that one half holds nothing better; ``closed`` is the bound of that half."""

    ranges: Ranges
    closed: float


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Columns that may be split (k,), where, their distances (2, k) and their score (k,)."""

    columns: IntArray
    points: FloatArray
    distances: FloatArray
    score: FloatArray

    def choice(self, at: int) -> Choice:
        return Choice(int(self.columns[at]), self.distances[:, at], float(self.points[at]))


class Pseudocosts:
    """Mean gain of the bound per unit of distance, for each column (n,) and side."""

    def __init__(self, columns: int) -> None:
        self.sum = np.zeros((2, columns))
        self.count = np.zeros((2, columns))

    def learn(self, column: int, side: int, distance: float, gain: float) -> None:
        """Take one split into account; gains that are infinite say nothing of the rate."""
        if distance > 0.0 and math.isfinite(gain):
            self.sum[side, column] += max(0.0, gain) / distance
            self.count[side, column] += 1.0

    def score(self, distances: FloatArray, columns: IntArray) -> FloatArray:
        """Product of the gains expected on both sides (k,), for distances (2, k)."""
        count, total = self.count[:, columns], self.sum[:, columns]
        known = count > 0.0
        mean = float(total[known].sum() / count[known].sum()) if known.any() else 1.0
        rate = np.where(known, total / np.where(known, count, 1.0), mean)
        gains = np.maximum(rate * distances, 1e-12)
        return np.asarray(gains[0] * gains[1])


class Brancher:
    """Chooses splits for one thread; pseudocosts are shared.

    With ``priced`` a product's miss counts by what the product is worth: in a large program most products are off
    without being paid for.
    """

    def __init__(self, pairs: Pairs, integer: BoolArray, costs: Pseudocosts, *, priced: bool = False) -> None:
        self._pairs, self._integer, self._costs = pairs, integer, costs
        self._priced, self._doubt = priced, False
        self._best: FloatArray | None = None
        self._width = len(integer)

    def choose(
        self,
        live: LiveRelaxation,
        ranges: Ranges,
        answer: Answer,
        limit: float,
        clock: TrialClock,
        doubt: bool = False,
        best: FloatArray | None = None,
    ) -> Choice | Crop | None:
        """Best split of ranges, or a crop that a trial found; None where no column is wide enough.

        Splits lie at ``best`` (n,), the best point known, where it is given and not near the ends of a range.
        ``limit`` is the bound from which on nothing is of interest. In ``doubt`` pseudocosts are not trusted, because
        the split that they led to brought nothing, and more columns are tried.
        """
        self._doubt, self._best = doubt, best
        x = _middle(ranges) if answer.x is None else answer.x[: self._width]
        x = np.clip(x, ranges.lower, ranges.upper)
        loose = np.flatnonzero(
            self._integer & (np.abs(x - np.round(x)) > WHOLE) & (ranges.upper > ranges.lower)
        )
        if len(loose):
            part = x[loose] - np.floor(x[loose])
            distances = np.stack([part, 1.0 - part])
            candidates = _Candidates(loose, x[loose], distances, self._costs.score(distances, loose))
            return self._tried(live, ranges, answer, candidates, limit, clock)
        return self._product(live, ranges, answer, x, limit, clock)

    def _product(
        self,
        live: LiveRelaxation,
        ranges: Ranges,
        answer: Answer,
        x: FloatArray,
        limit: float,
        clock: TrialClock,
    ) -> Choice | Crop | None:
        columns = np.unique(np.concatenate([self._pairs.columns, np.flatnonzero(self._integer)]))
        low, high = ranges.lower[columns], ranges.upper[columns]
        width, size = high - low, np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-6)
        able = width > NARROW * np.where(np.isfinite(size), size, 1.0)
        able &= ~self._integer[columns] | (width >= 1.0)
        able &= np.isfinite(width) | (np.abs(x[columns]) <= FAR)
        if not able.any():
            return None
        blame = self._blame(x, answer)[columns]
        told = bool((blame[able] > 0.0).any())
        if not told:
            blame = np.where(np.isfinite(width), width / np.where(np.isfinite(size), size, 1.0), 1e300)
        points = split_points(low, high, x[columns])
        if self._best is not None:
            points = at_best(low, high, points, self._best[columns])
        with np.errstate(invalid="ignore"):
            share = np.where(np.isfinite(width), (points - low) / width, 0.5)
        distances = np.stack([blame * (1.0 - share), blame * share])
        with np.errstate(over="ignore"):
            score = np.where(able & (blame > 0.0), self._costs.score(distances, columns), -1.0)
        candidates = _Candidates(columns, points, distances, score)
        if not told or answer.x is None:
            return candidates.choice(int(np.argmax(score)))
        return self._tried(live, ranges, answer, candidates, limit, clock)

    def _blame(self, x: FloatArray, answer: Answer) -> FloatArray:
        """How far the products of every column are off, (n,)."""
        if answer.x is None:
            return np.zeros(self._width)
        pairs, w = self._pairs, answer.x[self._width :]
        with np.errstate(over="ignore", invalid="ignore"):
            miss = np.abs(w - x[pairs.a] * x[pairs.b])
        miss = np.where(np.isfinite(miss), miss, 0.0)
        miss = np.where(miss > MET * np.maximum(1e-3, np.abs(w)), miss, 0.0)
        if self._priced and answer.prices is not None and bool((miss * answer.prices > 0.0).any()):
            miss = miss * answer.prices
        total = np.bincount(pairs.a, weights=miss, minlength=self._width)
        return np.asarray(total + np.bincount(pairs.b, weights=miss, minlength=self._width))

    def _tried(
        self,
        live: LiveRelaxation,
        ranges: Ranges,
        answer: Answer,
        candidates: _Candidates,
        limit: float,
        clock: TrialClock,
    ) -> Choice | Crop:
        """Solve both halves of the most promising columns that are not yet known well."""
        order = np.argsort(-candidates.score, kind="stable")[: TRIALS * (DOUBTED if self._doubt else 1)]
        reliable = RELIABLE_PRICED if self._priced else RELIABLE
        best, best_at = -1.0, int(order[0])
        for at in order.tolist():
            score, column = float(candidates.score[at]), int(candidates.columns[at])
            if score < 0.0 or clock.over:
                break
            if self._doubt or self._costs.count[:, column].min() < reliable:
                gains = self._gains(live, ranges, answer, candidates.choice(at), limit, clock)
                if isinstance(gains, Crop):
                    return gains
                least = FLAT * abs(answer.bound) if self._priced else 1e-12
                score = max(gains[0], least) * max(gains[1], least)
            if score > best:
                best, best_at = score, at
        return candidates.choice(best_at)

    def _gains(
        self,
        live: LiveRelaxation,
        ranges: Ranges,
        answer: Answer,
        choice: Choice,
        limit: float,
        clock: TrialClock,
    ) -> Crop | list[float]:
        """Gains of the bound on both sides of a split; a crop where one side holds nothing better."""
        gains = []
        for side in (0, 1):
            half = self.half(ranges, choice, side)
            live.set_ranges(half.lower, half.upper)
            bound, is_fact = live.trial(clock.one, limit)
            if is_fact and bound >= limit:
                return Crop(self.half(ranges, choice, 1 - side), bound)
            gain = bound - answer.bound if math.isfinite(bound) else 0.0
            self._costs.learn(choice.column, side, float(choice.distances[side]), gain)
            gains.append(max(0.0, gain))
        return gains

    def half(self, ranges: Ranges, choice: Choice, side: int) -> Ranges:
        """The part of ranges below (side 0) or above (side 1) the point of a split."""
        lower, upper = ranges.lower.copy(), ranges.upper.copy()
        whole = bool(self._integer[choice.column])
        if side == 0:
            upper[choice.column] = math.floor(choice.point) if whole else choice.point
        else:
            lower[choice.column] = math.floor(choice.point) + 1.0 if whole else choice.point
        return Ranges(lower, upper)


def _middle(ranges: Ranges) -> FloatArray:
    """A point in the middle of ranges, near zero where they are infinite."""
    low = np.where(np.isfinite(ranges.lower), ranges.lower, np.minimum(ranges.upper, 0.0) - 1.0)
    low = np.where(np.isfinite(low), low, -1.0)
    high = np.where(np.isfinite(ranges.upper), ranges.upper, np.maximum(low, 0.0) + 1.0)
    return np.asarray(0.5 * low + 0.5 * high)


def split_points(low: FloatArray, high: FloatArray, x: FloatArray) -> FloatArray:
    """Where to split ranges (k,): between the middle and the relaxation's point, off the ends; x where infinite."""
    with np.errstate(invalid="ignore"):
        middle, width = 0.5 * low + 0.5 * high, high - low
        point = LEAN * x + (1.0 - LEAN) * middle
        inner = np.clip(point, low + MARGIN * width, high - MARGIN * width)
    return np.asarray(np.where(np.isfinite(width), inner, x))


def at_best(low: FloatArray, high: FloatArray, points: FloatArray, best: FloatArray) -> FloatArray:
    """Split points (k,), moved to the best known point where that lies off the ends.

    McCormick's envelopes are exact on the edge of a box: with the best known point on the edge of both halves neither
    has to be split again and again around it.
    """
    with np.errstate(invalid="ignore"):
        width = high - low
        inside = (best > low + MARGIN * width) & (best < high - MARGIN * width)
    return np.asarray(np.where(inside & np.isfinite(width), best, points))
