"""Spatial branch and bound on McCormick's relaxation: every bound of every node is a fact.

Best bound first. A node is a box of ranges; it is narrowed by interval propagation and by reduced costs, bounded by a
warm-started linear program, and split where :mod:`netback.program.bounds.branching` says. Reference: Ryoo and
Sahinidis, A branch-and-reduce approach to global optimization (1996).
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from netback.program.bounds.board import Board
from netback.program.bounds.branching import Brancher, Choice, Crop, Pseudocosts, TrialClock
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import WHOLE, Ranges, Structure, propagate
from netback.program.problem import FloatArray, Problem
from netback.program.structure.form import Structured
from netback.program.structure.hulls import hulls

BY = "own branch and bound"
BOUND_BY = f"{BY}, multipliers re-evaluated with directed rounding"
#: Nodes at which the relaxation's point is repaired: the first, the second, the fourth and so on, later every so many.
POINTS_EVERY = 16
#: Nodes after which a descent is tried, and where a good point is known; doubled every time it brings nothing.
FIRST_DESCENT, LATE_DESCENT = 4, 16
#: Part of the time that looking for points may take here, beyond some first seconds: another thread does it too.
POINTS_SHARE, FREE_SECONDS = 0.15, 0.5
#: A point is worth another descent when it closes this part of what is open.
WORTH = 1e-3
#: A split brought nothing where the bound rose by less than this part of what is open. In a tree of so many nodes less
#: than the other part is too little; not in a large program, where most bring little and trials are dear.
VAIN, VAIN_GROWN, GROWN = 1e-4, 0.1, 60


@dataclass(order=True)
class Node:
    """A box (n,), the bound known before it is solved, and the split that made it."""

    bound: float
    number: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)
    split: tuple[Choice, int] | None = field(compare=False, default=None)


class Spatial:
    """Branch and bound on one form of a problem; see :meth:`run`.

    Parameters
    ----------
    board
        Where points and bounds go. Its problem may be another form of the same.
    problem
        The form to branch on.
    ranges
        Ranges (n,) of its columns, valid for every point better than ``used``.
    to_board
        Maps a point of the form to the board's problem; None when it is the same.
    used
        The value that the ranges were cut with; inf when they hold for every point.
    found
        What the structure of the form gave, where it is made from that: where to look for points, mixes.
    large
        Whether the relaxation is large: splits are then chosen by what the bound pays for.
    lazy
        Whether envelopes are added as they are broken; always where it is large.
    points
        The program in whose rows points of the form are looked for; that of ``found``, or ``problem``, when None.
        Where it is the board's, points are mapped to it first.
    descents
        Whether to descend from the relaxation's point now and then.
    first_descent
        Nodes of a thread after which it descends from one for the first time.
    from_board
        Maps a point of the board's problem to one of the form; None when it is the same.
    """

    def __init__(
        self,
        board: Board,
        problem: Problem,
        ranges: Ranges,
        *,
        to_board: Callable[[FloatArray], FloatArray] | None = None,
        used: float = math.inf,
        found: Structured | None = None,
        large: bool = False,
        lazy: bool = False,
        points: Problem | None = None,
        descents: bool = True,
        first_descent: int = FIRST_DESCENT,
        from_board: Callable[[FloatArray], FloatArray] | None = None,
    ) -> None:
        self._from_board = from_board
        self._mapped: tuple[float, FloatArray | None] = (math.inf, None)
        self.descents = descents
        self.maps_first = to_board is not None and points is board.problem
        self.points = points if points is not None else problem if found is None else found.plain
        self.first_descent = first_descent
        self.large, self.lazy, self.found = large, lazy or large, found
        self.board, self.problem, self.to_board = board, problem, to_board
        self.structure = Structure.of(problem)
        self.shift = problem.offset if problem.sense == "min" else -problem.offset
        self.nodes = 0
        self.costs = Pseudocosts(problem.shape[1])
        self._until, self._most = math.inf, math.inf
        self._closed = math.inf
        # The lowest value that any range was cut with: what is worse may have been lost.
        self._used = used
        self._numbers = itertools.count(1)
        self._heap = [] if ranges.empty else [Node(board.bound, 0, ranges.lower, ranges.upper)]
        self._active: dict[int, float] = {}
        self._wait = threading.Condition()

    def best_in(self, ranges: Ranges) -> FloatArray | None:
        """The best known point (n,) where it lies within ranges."""
        value, x = self._mapped
        if self.board.value < value and self.board.x is not None:
            x = self.board.x if self._from_board is None else self._from_board(self.board.x)
            self._mapped = (self.board.value, x)
        if x is None or len(x) != len(ranges.lower):
            return None
        slack = 1e-6 * np.maximum(1.0, np.abs(x))
        inside = (x >= ranges.lower - slack) & (x <= ranges.upper + slack)
        return x if bool(inside.all()) else None

    def run(self, threads: int = 1, until: float = math.inf, nodes: float = math.inf) -> None:
        """Work until the gap is closed, the tree is empty, the board says stop, or for so many seconds or nodes."""
        self._until, self._most = self.board.seconds + until, self.nodes + nodes
        others = [threading.Thread(target=self._guarded, daemon=True) for _ in range(threads - 1)]
        for thread in others:
            thread.start()
        self._guarded()
        for thread in others:
            thread.join()
        if self.board.error is None:
            self._publish()

    def help(self, until: float = math.inf) -> None:
        """Work as one more thread on a search that another thread runs, for so many seconds."""
        self._guarded(self.board.seconds + until)

    @property
    def over(self) -> bool:
        """Whether no node is open."""
        return not self._heap and not self._active

    @property
    def empty(self) -> bool:
        """Whether every part was excluded by multipliers and no value cut it: there is no point at all."""
        return self.over and self.bound == math.inf

    @property
    def bound(self) -> float:
        """The least bound of what is open, in work, or closed; valid for the whole problem."""
        with self._wait:
            top = self._heap[0].bound if self._heap else math.inf
            return min([top, self._closed, self._used, *self._active.values()])

    def take(self, until: float = math.inf) -> Node | None:
        """Next node, or None when the search is over or the board's clock is past ``until`` [s]."""
        with self._wait:
            while not self._heap and self._active and not self.board.done:
                self._wait.wait(0.05)
            spent = self.board.seconds >= min(self._until, until) or self.nodes >= self._most
            if not self._heap or spent or not self.board.tick():
                return None
            node = heapq.heappop(self._heap)
            self._active[node.number] = node.bound
            self.nodes += 1
            self.board.nodes += 1
            return node

    def give(self, node: Node, children: list[Node]) -> None:
        """Replace a node by its children."""
        with self._wait:
            for child in children:
                child.number = next(self._numbers)
                heapq.heappush(self._heap, child)
            del self._active[node.number]
            self._wait.notify_all()
        self._publish()

    def close(self, bound: float) -> None:
        """Note that a part of a node is done with, and its bound."""
        with self._wait:
            self._closed = min(self._closed, bound)

    def cut_with(self, value: float) -> None:
        """Note that ranges are cut with a value."""
        with self._wait:
            self._used = min(self._used, value)

    def narrow(self, ranges: Ranges, used: float) -> None:
        """Keep every open box within ranges (n,) that hold for every point better than ``used``.

        Not for use while threads work on the tree. Boxes that become empty hold nothing better than ``used``.
        """
        self.cut_with(used)
        with self._wait:
            kept = []
            for node in self._heap:
                node.lower = np.maximum(node.lower, ranges.lower)
                node.upper = np.minimum(node.upper, ranges.upper)
                if not ranges.empty and bool((node.lower <= node.upper).all()):
                    kept.append(node)
            heapq.heapify(kept)
            self._heap = kept

    def _publish(self) -> None:
        bound = self.bound
        if self.board.bound < bound < math.inf:
            self.board.raise_bound(bound, BOUND_BY)

    def _guarded(self, until: float = math.inf) -> None:
        try:
            _Worker(self).loop(until)
        except BaseException as error:
            self.board.error = error
        finally:
            with self._wait:
                self._wait.notify_all()


class _Worker:
    """One thread with a live relaxation of its own."""

    def __init__(self, search: Spatial) -> None:
        self._search, self._board = search, search.board
        self._width = search.problem.shape[1]
        self._live: LiveRelaxation | None = None
        self._finder = Finder(search.points)
        self._brancher = Brancher(
            search.structure.pairs, search.problem.integer, search.costs, priced=search.large
        )
        self._solved, self._pause = 0, FIRST_DESCENT
        self._next_descent = search.first_descent
        self._began, self._looked = search.board.seconds, 0.0

    def loop(self, until: float = math.inf) -> None:
        """Work on nodes until there are none, or the board's clock is past ``until`` [s]."""
        while (node := self._search.take(until)) is not None:
            self._search.give(node, self._process(node))

    def _process(self, node: Node) -> list[Node]:
        """Children of a node; none where it is closed."""
        ranges = self._narrowed(Ranges(node.lower, node.upper))
        if node.bound >= self._board.cutoff or ranges.empty:
            return self._closed(math.inf if ranges.empty else node.bound)
        live = self._at(ranges)
        start = self._board.seconds
        answer = live.solve(self._board.left)
        own = self._board.seconds - start
        self._board.iterations += answer.iterations
        bound = max(node.bound, self._total(answer.bound))
        self._learn(node, bound)
        if answer.x is not None and bound < self._board.cutoff:
            self._look_for_points(answer.x[: self._width])
        if bound >= self._board.cutoff:
            return self._closed(bound)
        ranges = self._by_reduced_cost(ranges, answer)
        if ranges.empty:
            return []
        limit = self._board.cutoff - self._search.shift
        clock = TrialClock(own, self._board.left)
        grown = not self._search.large and self._search.nodes > GROWN
        least = (VAIN_GROWN if grown else VAIN) * (self._board.cutoff - node.bound)
        vain = node.split is not None and bound - node.bound <= least
        choice = self._brancher.choose(
            live,
            ranges,
            answer,
            limit,
            clock,
            doubt=vain,
            best=self._search.best_in(ranges) if vain else None,
        )
        return self._children(bound, ranges, choice)

    def _children(self, bound: float, ranges: Ranges, choice: Choice | Crop | None) -> list[Node]:
        if choice is None:
            return self._closed(bound)
        if isinstance(choice, Crop):
            self._search.close(self._total(choice.closed))
            return [Node(bound, 0, choice.ranges.lower, choice.ranges.upper)]
        halves = [self._brancher.half(ranges, choice, side) for side in (0, 1)]
        return [Node(bound, 0, half.lower, half.upper, (choice, side)) for side, half in enumerate(halves)]

    def _closed(self, bound: float) -> list[Node]:
        self._search.close(bound)
        return []

    def _total(self, bound: float) -> float:
        """A bound with the constant of the form, rounded down."""
        shift = self._search.shift
        return math.nextafter(bound + shift, -math.inf) if shift and math.isfinite(bound) else bound

    def _learn(self, node: Node, bound: float) -> None:
        if node.split is not None and math.isfinite(node.bound):
            choice, side = node.split
            distance = float(choice.distances[side])
            self._search.costs.learn(choice.column, side, distance, bound - node.bound)

    def _narrowed(self, ranges: Ranges) -> Ranges:
        found = propagate(self._search.structure, ranges.lower, ranges.upper, 3)
        if self._search.large and self._search.found is not None and not found.empty:
            found = hulls(self._search.found.mixes, found, flowing=True)
        return found if found.empty else _settled(ranges, found)

    def _at(self, ranges: Ranges) -> LiveRelaxation:
        if self._live is None:
            kind = LazyRelaxation if self._search.lazy else LiveRelaxation
            self._live = kind(self._search.problem, ranges.lower, ranges.upper)
            self._live.cancel = lambda: self._board.done
        else:
            self._live.set_ranges(ranges.lower, ranges.upper)
        return self._live

    def _look_for_points(self, x: FloatArray) -> None:
        """Repair the relaxation's point at the first nodes and now and then; descend when that brought something."""
        self._solved += 1
        if self._solved % min(POINTS_EVERY, 2 ** (self._solved.bit_length() - 1)):
            return
        if self._search.to_board is not None and (self._search.maps_first or self._board.guesses is not None):
            self._board.guess(mapped := self._search.to_board(x))
            x = mapped if self._search.maps_first else x
        else:
            self._board.guess(x)
        start = self._board.seconds
        if self._looked > POINTS_SHARE * (start - self._began) + FREE_SECONDS:
            return
        found = self._finder.repair(x, self._board.left)
        better = found is not None and self._offer(found, "repaired")
        if self._search.descents and (better or self._solved >= self._next_descent):
            guess = found if better and found is not None else x
            limit = self._board.left * (POINTS_SHARE if self._search.large else 1.0)
            deep = self._finder.descend(guess, limit)
            gained = deep is not None and self._offer(deep, "successive linear programming")
            self._pause = FIRST_DESCENT if gained or better else 2 * self._pause
            self._next_descent = self._solved + self._pause
        self._looked += self._board.seconds - start

    def _offer(self, x: FloatArray, how: str) -> bool:
        """Offer a point; whether it is better by a part of what is open, and not by rounding alone."""
        done = self._search.to_board is None or self._search.maps_first
        point = x if done or self._search.to_board is None else self._search.to_board(x)
        before = self._board.value
        taken = self._board.offer(point, f"{BY}, {how}")
        return taken and not before - self._board.value <= WORTH * (before - self._board.bound)

    def _by_reduced_cost(self, ranges: Ranges, answer: Answer) -> Ranges:
        """Ranges that a point better than the cutoff can lie in: ``value >= own bound + d (x - end)``."""
        limit = self._board.cutoff
        # The reduced costs belong to the last round's own bound, which may be weaker than the best of all rounds.
        if answer.found is None or not math.isfinite(limit) or not math.isfinite(answer.found.value):
            return ranges
        self._search.cut_with(limit)
        room = math.nextafter(limit - self._search.shift - answer.found.value, math.inf)
        least, most = answer.found.least[: self._width], answer.found.most[: self._width]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            up, down = np.nextafter(room / least, np.inf), np.nextafter(room / -most, np.inf)
            ceiling = np.nextafter(ranges.lower + up, np.inf)
            floor = np.nextafter(ranges.upper - down, -np.inf)
        upper = np.where(least > 0.0, np.fmin(ranges.upper, ceiling), ranges.upper)
        lower = np.where(most < 0.0, np.fmax(ranges.lower, floor), ranges.lower)
        whole = self._search.problem.integer
        lower = np.where(whole, np.ceil(lower - WHOLE), lower)
        upper = np.where(whole, np.floor(upper + WHOLE), upper)
        return Ranges(lower, upper, empty=bool((lower > upper).any()))


def _settled(old: Ranges, new: Ranges) -> Ranges:
    """New ranges without the changes that are too small to matter; old ends are valid too."""
    with np.errstate(invalid="ignore"):
        least = 1e-3 * (old.upper - old.lower)
        raised, dropped = new.lower > old.lower + least, new.upper < old.upper - least
    raised |= np.isfinite(new.lower) & ~np.isfinite(old.lower)
    dropped |= np.isfinite(new.upper) & ~np.isfinite(old.upper)
    return Ranges(np.where(raised, new.lower, old.lower), np.where(dropped, new.upper, old.upper))
