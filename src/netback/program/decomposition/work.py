"""The work on one node: Benders' decomposition, narrower boxes, more leaves, plans, and at last where to split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netback.program.bounds.branching import split_points
from netback.program.bounds.ranges import WHOLE
from netback.program.decomposition.cuts import Cut, Others
from netback.program.decomposition.hull import Mix
from netback.program.decomposition.master import Master
from netback.program.decomposition.node import Node
from netback.program.decomposition.pieces import Piece, Rest
from netback.program.decomposition.plans import add_cuts, improve, plan_block
from netback.program.index import IntArray
from netback.program.problem import FloatArray

if TYPE_CHECKING:
    from netback.program.decomposition.search import Search

#: Rounds of Benders' decomposition at most, and part of what is missing that the last round may leave open.
ROUNDS, OPEN_SHARE = 80, 0.03
#: Part of a value that a round may leave open while no plan is known.
OPEN_VALUE = 1e-5
#: Passes that gain less than this part of what is missing are poor ones; after so many the box is split.
POOR_SHARE, POOR_PASSES = 0.1, 2
#: Where whole columns explain this part of what is missing, they are split before leaves are.
WHOLE_SHARE = 0.5
#: A box that shrank to this part in some column is worth narrowing the blocks again.
SHRUNK = 0.8
#: So are blocks whose leaves have become so many times as many.
GROWN = 1.5
#: What the other blocks cost is told by the cuts that one of so many last solves used, and for the blocks of the own
#: group by those of so many last rounds.
REST_AGE, REST_ROUNDS = 6, 8
#: Leaves of one block at which the box is split first, and how many more for each level of the tree.
MOST_LEAVES, LEAVES_PER_LEVEL = 24, 4
#: First stages tried until all blocks have a point.
TRIES = 6
BY = "decomposition, blocks planned one by one"


@dataclass
class Round:
    """Where Benders' decomposition stands: point (k,), cost there by the cuts, cut and mix of every block."""

    x: FloatArray
    value: float
    cuts: Sequence[Cut]
    mixes: Sequence[Mix | None]


class NodeWork:
    """Works on one node of a search; the pieces hold the node's leaves meanwhile."""

    def __init__(self, search: Search, node: Node) -> None:
        self.search, self.board, self.node = search, search.board, node
        self.master = Master(search.first, node.lower, node.upper, search.least, node.cuts)
        self._rounds: list[Sequence[Cut]] = []
        self._done_box: tuple[FloatArray, FloatArray] | None = None
        self._done_leaves = 0

    @property
    def closed(self) -> bool:
        """Whether the node cannot hold a better plan."""
        return self.node.bound >= self.board.cutoff

    def run(self) -> tuple[int, float] | None:
        """Work until the node is closed (None) or is to be split: column and point."""
        poor = 0
        while True:
            before = self.node.bound
            now = self._converge()
            if self.closed:
                return None
            if now is None:
                return self._choose(None)
            self._plan(now)
            if self.closed or not self._narrow_box():
                return None
            if self._narrow_blocks():
                continue
            missing, gained = self.board.value - before, self.node.bound - before
            poor = poor + 1 if math.isfinite(missing) and gained < POOR_SHARE * missing else 0
            split = self._choose(now) if poor >= POOR_PASSES or self._whole_first() or self._full() else None
            if split is not None:
                return split
            if not self._refine(now):
                self.search.tried.clear()
                self._plan_at(now)
                return None if self.closed else self._choose(now)

    def _full(self) -> bool:
        """Whether some block has as many leaves as a node at this depth should have."""
        most = MOST_LEAVES + LEAVES_PER_LEVEL * self.node.depth
        return any(len(piece.leaves) >= most for piece in self.search.pieces)

    def _converge(self) -> Round | None:
        """Benders' decomposition over the present leaves; None where no block gave a cut that helps."""
        best: Round | None = None
        for _ in range(ROUNDS):
            bound, point = self.master.solve()
            self._raise(bound)
            if point is None or self.closed:
                return best
            now = self._round(point[: self.search.first.shape[1]])
            if now is None:
                return best
            best = now
            if now.value - bound <= self._open(bound):
                break
        return best

    def _raise(self, bound: float) -> None:
        self.search.raise_bound(self.node, self.search.total(bound))

    def _open(self, bound: float) -> float:
        """What a round may leave open."""
        missing = self.board.value - self.search.total(bound)
        if math.isfinite(missing):
            return OPEN_SHARE * max(missing, self.board.gap * abs(self.board.value))
        return OPEN_VALUE * max(1.0, abs(bound))

    def _round(self, x: FloatArray) -> Round | None:
        """Cuts of all blocks at a first stage, added to the master; None where a block gave none."""
        answers = self.search.spread(lambda piece: piece.cut_at(x, self.board.left), self.search.pieces)
        cuts = [cut for cut, _ in answers if cut is not None]
        if len(cuts) < len(answers):
            return None
        add_cuts(self.master, cuts, self.search.groups)
        rays = any(cut.is_ray for cut in cuts)
        if not rays:
            self._rounds.append(cuts)
        value = float(self.search.first.objective @ x) + math.fsum(cut.at(x) for cut in cuts)
        return Round(x, math.inf if rays else value, cuts, [mix for _, mix in answers])

    def _plan(self, now: Round) -> None:
        """Look for a plan at the best first stage with whole columns whole; seldom where that has brought nothing."""
        pace, before = self.search.pace, self.board.value
        if pace.due():
            self._plan_at(now)
            pace.learn(self.board.value < before, math.isfinite(self.board.value))

    def _plan_at(self, now: Round) -> None:
        found = self._whole_round(now)
        if found is None or self.search.total(found.value) >= self.board.value:
            return
        x = found.x
        items = list(zip(self.search.pieces, found.mixes, strict=True))
        points = self.search.spread(lambda item: plan_block(item[0], x, item[1], self.board.left), items)
        planned = [point for point in points if point is not None]
        if len(planned) < len(points):
            return
        self.search.tried.append(x)
        self._offer(planned)
        if not self.board.done:
            search = self.search
            self._offer(improve(search.first, search.pieces, planned, search.spread, search.groups))

    def _offer(self, points: Sequence[FloatArray]) -> None:
        whole = np.zeros(self.search.problem.shape[1])
        for piece, point in zip(self.search.pieces, points, strict=True):
            whole[piece.columns] = point
        self.board.offer(whole, BY)

    def _whole_round(self, now: Round) -> Round | None:
        """A first stage that was not tried yet, with whole columns whole, at which every block has a point."""
        integer = self.search.first.integer
        for _ in range(TRIES):
            x = now.x
            if (np.abs(x - np.round(x))[integer] > WHOLE).any():
                found = self.master.whole_point(min(10.0, self.board.left))
                if found is None:
                    return None
                x = found[1]
            x = np.where(integer, np.round(x), x)
            if any(np.allclose(x, tried, rtol=1e-6, atol=1e-6) for tried in self.search.tried):
                return None
            answer = self._round(x)
            if answer is None:
                return None
            if math.isfinite(answer.value):
                return answer
        return None

    def _narrow_box(self) -> bool:
        """Narrow the box by cuts and incumbent; False where nothing better is left in it."""
        cutoff = self.board.cutoff
        if not math.isfinite(cutoff):
            return True
        self.search.cut_with(cutoff)
        limit = math.nextafter(cutoff - self.search.shift, math.inf)
        found = self.master.tighten(limit)
        if found is None:
            self.node.bound = max(self.node.bound, cutoff)
            return False
        self.master.set_box(*found)
        return True

    def _narrow_blocks(self) -> bool:
        """Take a box that shrank into the blocks and narrow their leaves; whether that was done."""
        lower, upper = self.master.lower, self.master.upper
        count = sum(len(piece.leaves) for piece in self.search.pieces)
        if self._done_box is not None:
            old = self._done_box[1] - self._done_box[0]
            shrunk = bool((upper - lower < SHRUNK * old - 1e-9).any())
            if not shrunk and count < GROWN * self._done_leaves:
                return False
        self._done_box, self._done_leaves = (lower.copy(), upper.copy()), count

        def narrow(item: tuple[Piece, Rest | None]) -> None:
            piece, rest = item
            piece.narrow(lower, upper)
            piece.tighten(self.board.left, rest, lambda: self.board.done)

        self.search.spread(narrow, list(zip(self.search.pieces, self._rests(), strict=True)))
        low, high = self.search.box()
        if (np.maximum(low, lower) > np.minimum(high, upper)).any():
            self.node.bound = math.inf
            return True
        self.master.set_box(np.maximum(lower, low), np.minimum(upper, high))
        return True

    def _rests(self) -> list[Rest | None]:
        """For every block what the others cost; None for all where no plan is known."""
        cutoff, pieces = self.board.cutoff, self.search.pieces
        recent = self._rounds[-REST_ROUNDS:]
        if not math.isfinite(cutoff) or not recent:
            return [None] * len(pieces)
        self.search.cut_with(cutoff)
        limit = math.nextafter(cutoff - self.search.shift, math.inf)
        found: list[Rest | None] = [None] * len(pieces)
        kept = self.master.kept_cuts(REST_AGE)
        for number, group in enumerate(self.search.groups):
            rest = self._other_groups(number, kept, limit)
            if len(group) == 1:
                found[group[0]] = rest
                continue
            sums = [Others([cuts[k] for k in group], self.node.lower, self.node.upper) for cuts in recent]
            for at, block in enumerate(group):
                found[block] = _joined(rest, [part.without(at) for part in sums], self.node)
        return found

    def _other_groups(self, number: int, kept: Sequence[tuple[Cut, int]], limit: float) -> Rest:
        """What the groups but one cost, by the cuts that the last solves used."""
        master = self.master
        others = [group for group in range(len(self.search.groups)) if group != number]
        place = {group: at for at, group in enumerate(others)}
        cuts = [(cut, place.get(group, 0)) for cut, group in kept if cut.is_ray or group != number]
        return Rest(master.problem.objective, cuts, master.least[others], master.most[others], limit)

    def _whole_first(self) -> bool:
        """Whether whole columns explain most of what is missing."""
        if not self.search.first.integer.any() or not math.isfinite(self.board.value):
            return False
        found = self.master.whole_point(min(10.0, self.board.left))
        if found is None:
            return False
        missing = self.board.value - self.node.bound
        return self.search.total(found[0]) - self.node.bound > WHOLE_SHARE * missing

    def _refine(self, now: Round) -> bool:
        """Split a leaf of every block whose products are off; whether any was split."""
        if not math.isfinite(now.value):
            return False
        items = [
            (piece, mix, cut.slope)
            for piece, mix, cut in zip(self.search.pieces, now.mixes, now.cuts, strict=True)
            if mix is not None
        ]
        return any(self.search.spread(lambda item: item[0].refine(item[1], item[2], self.board.left), items))

    def _choose(self, now: Round | None) -> tuple[int, float] | None:
        """Column and point of a split; None where the box is as good as a point."""
        lower, upper = self.master.lower, self.master.upper
        x = 0.5 * (lower + upper) if now is None else np.clip(now.x, lower, upper)
        integer = self.search.first.integer
        part = np.where(integer & (upper > lower), np.abs(x - np.round(x)), 0.0)
        if part.max(initial=0.0) > WHOLE:
            return self._strongest(np.flatnonzero(part > WHOLE), x)
        width = upper - lower
        size = np.maximum(np.maximum(np.abs(lower), np.abs(upper)), 1e-6)
        able = (width > 1e-7 * size) & (~integer | (width >= 1.0))
        if not able.any():
            return None
        score = np.where(able, self._spread_of(now, x) / np.maximum(self.search.width, 1e-12), -1.0)
        if score.max() <= 0.0:
            score = np.where(able, width / np.maximum(self.search.width, 1e-12), -1.0)
        column = int(np.argmax(score))
        at = slice(column, column + 1)
        return column, float(split_points(lower[at], upper[at], x[at])[0])

    def _spread_of(self, now: Round | None, x: FloatArray) -> FloatArray:
        """How far the leaves of the blocks are apart in every first-stage column, (k,)."""
        total = np.zeros(len(x))
        for mix in () if now is None else now.mixes:
            for weight, point in zip(mix.weights, mix.points, strict=True) if mix is not None else ():
                total += weight * np.abs(point[: len(x)] - x)
        return total

    def _strongest(self, columns: IntArray, x: FloatArray) -> tuple[int, float]:
        """The fractional column whose halves raise the master's bound most."""
        lower, upper = self.master.lower.copy(), self.master.upper.copy()
        best, best_at = -1.0, int(columns[0])
        for column in columns.tolist():
            gains = []
            for side in (0, 1):
                low, high = lower.copy(), upper.copy()
                if side == 0:
                    high[column] = math.floor(x[column])
                else:
                    low[column] = math.floor(x[column]) + 1.0
                self.master.set_box(low, high)
                bound, _ = self.master.solve()
                gains.append(max(self.search.total(bound) - self.node.bound, 1e-9))
            score = min(gains) * 10.0 + max(gains) if math.isfinite(max(gains)) else math.inf
            if score > best:
                best, best_at = score, column
        self.master.set_box(lower, upper)
        return best_at, float(x[best_at])


def _joined(rest: Rest, siblings: Sequence[Cut], node: Node) -> Rest:
    """A rest with one more group, the other blocks of the block's own group."""
    place = len(rest.least)
    most = max(_top(cut, node.lower, node.upper) for cut in siblings)
    # A cut's own magnitude bounds the cost that it asks for from both sides; below the first cut nothing is lost.
    floor = np.append(rest.least, -most)
    cuts = [*rest.cuts, *((cut, place) for cut in siblings)]
    return Rest(rest.cost, cuts, floor, np.append(rest.most, most), rest.cutoff)


def _top(cut: Cut, lower: FloatArray, upper: FloatArray) -> float:
    """The most that a cut asks for in a box, rounded up."""
    corner = np.maximum(np.abs(cut.slope * lower), np.abs(cut.slope * upper))
    return math.nextafter((abs(cut.constant) + float(corner.sum())) * (1.0 + 1e-12), math.inf)
