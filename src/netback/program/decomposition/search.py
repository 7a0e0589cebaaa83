"""Branch and bound over the first stage; every node is bounded block by block.

At a node Benders' decomposition converges over the hulls of the blocks' leaves; the box is narrowed by the cuts and the
incumbent; the ranges within the leaves by optimisation; leaves are split where their products are off. When that gains
little the box is split: a whole column first, else the column in which the leaves of the blocks differ most. The work
per round is that of one small program per block, so that the cost grows in proportion to the number of blocks.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from netback.program.bounds.board import Board
from netback.program.bounds.ranges import WHOLE
from netback.program.decomposition.node import Node
from netback.program.decomposition.pieces import Piece, part_of
from netback.program.decomposition.structure import Blocks
from netback.program.decomposition.work import NodeWork
from netback.program.problem import FloatArray, Problem

Item = TypeVar("Item")
Answer = TypeVar("Answer")

#: Groups of blocks, each with one cost column in the first stage's program.
GROUPS = 20
#: Looks for plans that are left out in a row at most.
MOST_PAUSE = 16
#: Looks without a plan after which they are left out even where none is known.
PATIENCE = 4
#: Cuts that no solve used for so long are not handed on.
CUT_AGE = 40


class NotApplicableError(Exception):
    """The program has blocks, but the method cannot bound them; says why."""


class _StoppedError(Exception):
    """The board said stop."""


class Pace:
    """When to look for plans: every time while that helps or none is known, else after pauses that double."""

    def __init__(self) -> None:
        self._pause = self._skipped = self._failed = 0

    def due(self) -> bool:
        """Whether it is time."""
        self._skipped += 1
        return self._skipped > self._pause

    def learn(self, better: bool, known: bool) -> None:
        """Note whether the last look brought a better plan, and whether any is known."""
        self._skipped = 0
        self._failed = 0 if better else self._failed + 1
        patient = better or (not known and self._failed < PATIENCE)
        self._pause = 0 if patient else min(MOST_PAUSE, 2 * self._pause + 1)


class Search:
    """Branch and bound over the first stage; see :meth:`run`.

    Parameters
    ----------
    board
        Where points and bounds go.
    problem, blocks
        The program and its structure.
    threads
        Blocks worked on at the same time.
    until
        Seconds of the board's clock at which to stop.

    Raises
    ------
    NotApplicableError
        If a first-stage column has no finite range or a block no finite bound.
    """

    def __init__(
        self, board: Board, problem: Problem, blocks: Blocks, threads: int, until: float = math.inf
    ) -> None:
        self.board, self.problem, self.blocks = board, problem, blocks
        self.sign = board.sign
        self.shift = self.sign * problem.offset
        self.evidence: list[str] = []
        self.nodes = 0
        self._pool = ThreadPoolExecutor(threads)
        self._threads, self._until = threads, until
        self._used = math.inf
        self._closed = math.inf
        self._heap: list[Node] = []
        self._numbers = itertools.count()
        self._working = math.inf
        self.tried: list[FloatArray] = []
        self.pace = Pace()
        self.first = part_of(problem, blocks.linking, blocks.own_rows, f"first stage of {problem.name}")
        count = min(GROUPS, len(blocks))
        self.groups = [list(range(at, len(blocks), count)) for at in range(count)]
        self.by = (
            f"own decomposition into {len(blocks)} blocks ({blocks.by} link them), "
            "multipliers re-evaluated with directed rounding"
        )

    def run(self) -> None:
        """Work until the gap is closed, nothing is left, or the board says stop."""
        try:
            self._prepare()
            while self._heap and not self.evidence:
                node = heapq.heappop(self._heap)
                self._working = node.bound
                if node.bound >= self.board.cutoff:
                    self.close(node.bound)
                else:
                    self._work(node)
                self._working = math.inf
                self._publish()
            if not self._heap and self._bound() == math.inf and not self.evidence:
                self.evidence.append("own decomposition excludes every first stage by multipliers")
        except _StoppedError:
            self._publish()
        except KeyboardInterrupt:
            self.board.stop = True
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def spread(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
        """Work on all items, in threads; raises where the board says stop."""

        def one(item: Item) -> Answer:
            if self.board.done or self.board.seconds >= self._until:
                raise _StoppedError
            return work(item)

        answers = self._pool.map(one, items) if self._threads > 1 and len(items) > 1 else map(one, items)
        found = []
        for answer in answers:
            found.append(answer)
            self.board.tick()
        if not self.board.tick():
            raise _StoppedError
        return found

    def _prepare(self) -> None:
        """Pieces, the first box and the first node."""
        numbers = list(range(len(self.blocks)))
        self.pieces = self.spread(lambda k: Piece(self.problem, self.blocks, k), numbers)
        if any(piece.empty for piece in self.pieces):
            self.evidence.append("interval arithmetic leaves no range")
            return
        lower, upper = self.box()
        if not (np.isfinite(lower) & np.isfinite(upper)).all():
            at = int(np.flatnonzero(~(np.isfinite(lower) & np.isfinite(upper)))[0])
            label = self.problem.column_label(int(self.blocks.linking[at]))
            raise NotApplicableError(f"column {label} has no finite range")
        least = np.array(self.spread(lambda piece: piece.least(self.board.left), self.pieces))
        if (least == math.inf).any():
            self.evidence.append("multipliers exclude every point of a block")
            return
        if not np.isfinite(least).all():
            number = int(np.flatnonzero(~np.isfinite(least))[0])
            label = self.problem.column_label(int(self.blocks.columns[number][0]))
            raise NotApplicableError(f"the block of column {label} has no finite bound")
        self.least = np.array([math.nextafter(math.fsum(least[group]), -math.inf) for group in self.groups])
        if (lower > upper).any():
            self.evidence.append("interval arithmetic leaves no range")
            return
        self.width = upper - lower
        leaves = [piece.leaves for piece in self.pieces]
        self._heap = [Node(-math.inf, next(self._numbers), lower, upper, leaves, [])]

    def _bound(self) -> float:
        top = self._heap[0].bound if self._heap else math.inf
        return min(top, self._closed, self._used, self._working)

    def _publish(self) -> None:
        bound = self._bound()
        if self.board.bound < bound < math.inf:
            self.board.raise_bound(bound, self.by)

    def close(self, bound: float) -> None:
        """Note that a part is done with, and its bound."""
        self._closed = min(self._closed, bound)

    def raise_bound(self, node: Node, bound: float) -> None:
        """Note the bound of the node in work."""
        node.bound = max(node.bound, bound)
        self._working = node.bound
        self._publish()

    def cut_with(self, value: float) -> None:
        """Note that a box was cut with a value: what is worse may have been lost."""
        self._used = min(self._used, value)

    def box(self) -> tuple[FloatArray, FloatArray]:
        """The box (k,), (k,) that the leaves of all blocks leave; crossed where a block has none."""
        if any(piece.empty for piece in self.pieces):
            nothing = np.full(len(self.blocks.linking), math.inf)
            return nothing, -nothing
        boxes = [piece.box for piece in self.pieces]
        return np.max([low for low, _ in boxes], axis=0), np.min([high for _, high in boxes], axis=0)

    def total(self, bound: float) -> float:
        """A bound of the master with the constant of the program, rounded down."""
        if not self.shift or not math.isfinite(bound):
            return bound
        return math.nextafter(bound + self.shift, -math.inf)

    def _work(self, node: Node) -> None:
        """Bound a node until it is closed or split."""
        self.nodes += 1
        self.board.nodes += 1
        for piece, own in zip(self.pieces, node.leaves, strict=True):
            piece.take(own)
        work = NodeWork(self, node)
        split = work.run()
        if split is None:
            self.close(node.bound)
            return
        column, point = split
        leaves, cuts = [piece.leaves for piece in self.pieces], work.master.kept_cuts(CUT_AGE)
        whole = bool(self.first.integer[column])
        for side in (0, 1):
            lower, upper = work.master.lower.copy(), work.master.upper.copy()
            if side == 0:
                upper[column] = math.floor(point + WHOLE) if whole else point
            else:
                lower[column] = math.floor(point + WHOLE) + 1.0 if whole else point
            if lower[column] <= upper[column]:
                number, depth = next(self._numbers), node.depth + 1
                half = Node(node.bound, number, lower, upper, leaves, cuts, depth)
                heapq.heappush(self._heap, half)
