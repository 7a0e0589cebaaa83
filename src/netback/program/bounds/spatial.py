"""Spatial branch and bound on McCormick's relaxation: every bound of every node is a fact.

Best bound first. A node is a box of ranges; it is narrowed by interval propagation and by reduced costs, bounded by a
warm-started linear program, and split at the column whose products are furthest from the truth. Pseudocosts learn which
columns move the bound. References: Belotti, Lee, Liberti, Margot and Waechter, Branching and bounds tightening
techniques for non-convex MINLP (2009); Ryoo and Sahinidis, A branch-and-reduce approach to global optimization (1996).
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.alternate import Alternator
from netback.program.bounds.board import Board
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.ranges import WHOLE, Ranges, Structure, propagate
from netback.program.problem import FloatArray, Problem

IntArray = NDArray[np.int64]

BY = "own branch and bound"
#: A product is met when it is off by less than this part of its size.
MET = 1e-9
#: A range narrower than this part of its size is not split.
NARROW = 1e-9
#: Splits lie within this part of the range from its ends, and lean to the relaxation's point by the next.
MARGIN, LEAN = 0.1, 0.75


@dataclass(order=True)
class Node:
    """A box (n,), the bound known before it is solved, and the split that made it."""

    bound: float
    number: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)
    column: int = field(compare=False, default=-1)
    side: int = field(compare=False, default=0)
    distance: float = field(compare=False, default=0.0)
    depth: int = field(compare=False, default=0)


class Spatial:
    """Branch and bound on one form of a problem; see :meth:`run`.

    Parameters
    ----------
    board
        Where points and bounds go. Its problem may be another form of the same.
    problem
        The form to branch on.
    ranges
        Valid ranges of its columns.
    to_board
        Maps a point of the form to the board's problem; None when it is the same.
    used
        The value that the ranges were cut with; inf when they hold for every point.
    """

    def __init__(
        self,
        board: Board,
        problem: Problem,
        ranges: Ranges,
        *,
        to_board: Callable[[FloatArray], FloatArray] | None = None,
        used: float = math.inf,
    ) -> None:
        self.board, self.problem = board, problem
        self.to_board = to_board
        self.structure = Structure.of(problem)
        self.sign = 1.0 if problem.sense == "min" else -1.0
        self.shift = self.sign * problem.offset
        self.nodes = 0
        self.until = math.inf
        self.closed = math.inf
        #: The lowest value that ranges were cut with: below it nothing is lost, above it nothing is known.
        self.used = used
        self._numbers = itertools.count()
        self._heap = [Node(board.bound, 0, ranges.lower, ranges.upper)]
        self._active: dict[int, float] = {}
        self._gains = _Pseudocosts(problem.shape[1])
        self._wait = threading.Condition()
        if ranges.empty:
            self._heap = []

    def run(self, threads: int = 1, until: float = math.inf) -> None:
        """Work until the gap is closed, the tree is empty, ``until`` [s] are over, or the board says stop."""
        self.until = self.board.seconds + until
        others = [threading.Thread(target=self._guarded, daemon=True) for _ in range(threads - 1)]
        for thread in others:
            thread.start()
        self._guarded()
        for thread in others:
            thread.join()
        if self.board.error is None:
            self._publish()

    @property
    def over(self) -> bool:
        """Whether no node is open."""
        return not self._heap and not self._active

    @property
    def empty(self) -> bool:
        """Whether every part was excluded by multipliers, without any value that cut it: there is no point."""
        return self.over and self.bound == math.inf and self.board.x is None

    @property
    def bound(self) -> float:
        """The least bound of what is open, in work, or closed; valid for the whole problem."""
        with self._wait:
            top = self._heap[0].bound if self._heap else math.inf
            return min([top, self.closed, self.used, *self._active.values()])

    def _publish(self) -> None:
        bound = self.bound
        if self.board.bound < bound < math.inf:
            self.board.raise_bound(bound, f"{BY}, multipliers re-evaluated with directed rounding")

    def _guarded(self) -> None:
        try:
            _Worker(self).loop()
        except BaseException as error:
            self.board.error = error
        finally:
            with self._wait:
                self._wait.notify_all()

    def take(self) -> Node | None:
        """Next node, or None when the search is over."""
        with self._wait:
            while not self._heap and self._active and not self.board.done:
                self._wait.wait(0.05)
            if not self._heap or self.board.seconds >= self.until or not self.board.tick():
                return None
            node = heapq.heappop(self._heap)
            self._active[node.number] = node.bound
            self.nodes += 1
            self.board.nodes += 1
            return node

    def give(self, node: Node, children: list[Node], closed: float) -> None:
        """Replace a node by its children, or close it with its bound."""
        with self._wait:
            for child in children:
                child.number = next(self._numbers) + 1
                heapq.heappush(self._heap, child)
            self.closed = min(self.closed, closed)
            del self._active[node.number]
            self._wait.notify_all()
        self._publish()


class _Pseudocosts:
    """Mean gain of the bound per unit of distance, for each column and side."""

    def __init__(self, columns: int) -> None:
        self.sum = np.zeros((2, columns))
        self.count = np.zeros((2, columns))

    def learn(self, node: Node, gain: float) -> None:
        if node.column >= 0 and node.distance > 0.0 and math.isfinite(gain):
            self.sum[node.side, node.column] += max(0.0, gain) / node.distance
            self.count[node.side, node.column] += 1.0

    def score(self, distances: FloatArray, columns: IntArray) -> FloatArray:
        """Product of the gains expected on both sides, (k,), for distances (2, k)."""
        count, total = self.count[:, columns], self.sum[:, columns]
        known = count > 0.0
        mean = float(total[known].sum() / count[known].sum()) if known.any() else 1.0
        rate = np.where(known, total / np.where(known, count, 1.0), mean)
        gains = np.maximum(rate * distances, 1e-12)
        return np.asarray(gains[0] * gains[1])


class _Worker:
    """One thread with a live relaxation of its own."""

    def __init__(self, search: Spatial) -> None:
        self.search, self.board = search, search.board
        self.pairs = search.structure.pairs
        self.width = search.problem.shape[1]
        self._live: LiveRelaxation | None = None
        self._alternator = Alternator(search.problem)
        self._solved = 0
        self._uses = np.bincount(
            np.concatenate([self.pairs.a, self.pairs.b]), minlength=self.width
        )

    def loop(self) -> None:
        while (node := self.search.take()) is not None:
            children, closed = self._process(node)
            self.search.give(node, children, closed)

    def _process(self, node: Node) -> tuple[list[Node], float]:
        """Children of a node, or none and the bound it closes with."""
        if node.bound >= self.board.cutoff:
            return [], node.bound
        ranges = self._narrowed(node, Ranges(node.lower, node.upper))
        if ranges.empty:
            return [], math.inf
        answer = self._solve(ranges)
        bound = self._bound(node, answer)
        self.search._gains.learn(node, bound - node.bound)
        if bound >= self.board.cutoff:
            return [], bound
        if answer.x is not None:
            self._look_for_points(node, answer.x)
        if bound >= self.board.cutoff:
            return [], bound
        ranges = self._by_reduced_cost(ranges, answer)
        if ranges.empty:
            return [], math.inf
        children = self._split(node, ranges, answer, bound)
        return children, math.inf if children else bound

    def _bound(self, node: Node, answer: Answer) -> float:
        if answer.bound == -math.inf:
            return node.bound
        total = answer.bound + self.search.shift
        return max(node.bound, math.nextafter(total, -math.inf) if self.search.shift else total)

    def _narrowed(self, node: Node, ranges: Ranges) -> Ranges:
        found = propagate(self.search.structure, ranges.lower, ranges.upper, 3)
        return found if found.empty else _settled(ranges, found)

    def _solve(self, ranges: Ranges) -> Answer:
        if self._live is None:
            self._live = LiveRelaxation(self.search.problem, ranges.lower, ranges.upper)
        else:
            self._live.set_ranges(ranges.lower, ranges.upper)
        answer = self._live.solve(self.board.left)
        self.board.iterations += answer.iterations
        return answer

    def _look_for_points(self, node: Node, x: FloatArray) -> None:
        """Repair the relaxation's point: at the first nodes always, later now and then."""
        self._solved += 1
        if self._solved > 8 and self._solved % 16:
            return
        found = self._alternator.improve(x[: self.width], rounds=4, time_limit=self.board.left)
        if found is not None and found[1] + self.search.shift < self.board.value:
            to_board = self.search.to_board
            self.board.offer(found[0] if to_board is None else to_board(found[0]), f"{BY}, repaired")

    def _by_reduced_cost(self, ranges: Ranges, answer: Answer) -> Ranges:
        """Ranges that a point better than the cutoff can lie in: ``value >= bound + d (x - end)``."""
        limit = self.board.cutoff
        if answer.found is None or not math.isfinite(limit) or not math.isfinite(answer.bound):
            return ranges
        self.search.used = min(self.search.used, limit)
        room = math.nextafter(limit - self.search.shift - answer.bound, math.inf)
        least, most = answer.found.least[: self.width], answer.found.most[: self.width]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            up, down = np.nextafter(room / least, np.inf), np.nextafter(room / -most, np.inf)
            ceiling = np.nextafter(ranges.lower + up, np.inf)
            floor = np.nextafter(ranges.upper - down, -np.inf)
        upper = np.where(least > 0.0, np.minimum(ranges.upper, ceiling), ranges.upper)
        lower = np.where(most < 0.0, np.maximum(ranges.lower, floor), ranges.lower)
        whole = self.search.problem.integer
        lower = np.where(whole, np.ceil(lower - WHOLE), lower)
        upper = np.where(whole, np.floor(upper + WHOLE), upper)
        return Ranges(lower, upper, empty=bool((lower > upper).any()))

    def _split(self, node: Node, ranges: Ranges, answer: Answer, bound: float) -> list[Node]:
        x = answer.x[: self.width] if answer.x is not None else _middle(ranges)
        x = np.clip(x, ranges.lower, ranges.upper)
        column, distances, point = self._choose(ranges, x, answer)
        if column < 0:
            return []
        children = []
        for side in (0, 1):
            lower, upper = ranges.lower.copy(), ranges.upper.copy()
            whole = bool(self.search.problem.integer[column])
            if side == 0:
                upper[column] = math.floor(point) if whole else point
            else:
                lower[column] = math.floor(point) + 1.0 if whole else point
            children.append(
                Node(bound, 0, lower, upper, column, side, float(distances[side]), node.depth + 1)
            )
        return children

    def _choose(self, ranges: Ranges, x: FloatArray, answer: Answer) -> tuple[int, FloatArray, float]:
        """Column to split, the distances to both sides, and where; -1 where nothing is left to split."""
        whole = self.search.problem.integer
        loose = np.flatnonzero(whole & (np.abs(x - np.round(x)) > WHOLE) & (ranges.upper > ranges.lower))
        if len(loose):
            part = x[loose] - np.floor(x[loose])
            at = int(np.argmax(self.search._gains.score(np.stack([part, 1.0 - part]), loose)))
            return int(loose[at]), np.array([part[at], 1.0 - part[at]]), float(x[loose[at]])
        return self._choose_product(ranges, x, answer)

    def _choose_product(self, ranges: Ranges, x: FloatArray, answer: Answer) -> tuple[int, FloatArray, float]:
        columns = self.pairs.columns
        low, high = ranges.lower[columns], ranges.upper[columns]
        width = high - low
        size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-6)
        blame = self._blame(x, answer)[columns]
        able = width > NARROW * np.where(np.isfinite(size), size, 1.0)
        if not able.any():
            return -1, np.zeros(2), 0.0
        if not bool((blame[able] > 0.0).any()):
            blame = np.where(np.isfinite(width), width / size, 1e300)
        points = _split_points(low, high, x[columns])
        with np.errstate(invalid="ignore"):
            share = np.where(np.isfinite(width), (points - low) / width, 0.5)
        distances = np.stack([blame * (1.0 - share), blame * share])
        score = np.where(able & (blame > 0.0), self.search._gains.score(distances, columns), -1.0)
        at = int(np.argmax(score))
        return int(columns[at]), distances[:, at], float(points[at])

    def _blame(self, x: FloatArray, answer: Answer) -> FloatArray:
        """How far the products of every column are off, (n,), each weighed by what its rows are worth."""
        if answer.x is None:
            return np.zeros(self.width)
        pairs = self.pairs
        w = answer.x[self.width :]
        miss = np.abs(w - x[pairs.a] * x[pairs.b])
        miss = np.where(miss > MET * np.maximum(1e-3, np.abs(w)), miss, 0.0)
        total = np.bincount(pairs.a, weights=miss, minlength=self.width)
        return np.asarray(total + np.bincount(pairs.b, weights=miss, minlength=self.width))


def _middle(ranges: Ranges) -> FloatArray:
    low = np.where(np.isfinite(ranges.lower), ranges.lower, np.minimum(ranges.upper, 0.0) - 1.0)
    low = np.where(np.isfinite(low), low, -1.0)
    high = np.where(np.isfinite(ranges.upper), ranges.upper, np.maximum(low, 0.0) + 1.0)
    return np.asarray(0.5 * low + 0.5 * high)


def _split_points(low: FloatArray, high: FloatArray, x: FloatArray) -> FloatArray:
    """Where to split ranges (k,): between the middle and the relaxation's point, off the ends; x where infinite."""
    with np.errstate(invalid="ignore"):
        middle, width = 0.5 * low + 0.5 * high, high - low
        point = LEAN * x + (1.0 - LEAN) * middle
        inner = np.clip(point, low + MARGIN * width, high - MARGIN * width)
    both = np.isfinite(width)
    return np.where(both, np.where(both, inner, 0.0), x)


def _settled(old: Ranges, new: Ranges) -> Ranges:
    """New ranges without the changes that are too small to matter; old ends are valid too."""
    with np.errstate(invalid="ignore"):
        least = 1e-3 * (old.upper - old.lower)
        raised, dropped = new.lower > old.lower + least, new.upper < old.upper - least
    raised |= np.isfinite(new.lower) & ~np.isfinite(old.lower)
    dropped |= np.isfinite(new.upper) & ~np.isfinite(old.upper)
    lower, upper = np.where(raised, new.lower, old.lower), np.where(dropped, new.upper, old.upper)
    return Ranges(lower, upper)
