"""Plans: points of the whole program from a first stage and a guess for every block.

With the first stage fixed every block is on its own: alternating linear programs turn a point of its relaxation into a
point of its rows. Then all blocks together: with one side of the products fixed at the plan the whole program is
linear but for its whole first-stage columns, which stay as they are, and Benders' decomposition solves it block by
block; fixing the other side next, the plan improves until it rests. The cuts of these restricted programs say nothing
of the original and are thrown away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from netback.program import highs
from netback.program.bounds.board import Board
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, structural_ranges
from netback.program.bounds.relax import Pairs
from netback.program.bounds.spatial import Spatial
from netback.program.certify import residuals
from netback.program.decomposition.cuts import Cut, summed
from netback.program.decomposition.hull import WEIGHT, Hull, Mix
from netback.program.decomposition.master import Master
from netback.program.decomposition.pieces import Piece
from netback.program.local.cover import cover, fixed
from netback.program.problem import FloatArray, Problem

#: Runs a function over items, in threads; raises to stop.
Spread = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]

#: A point of the hull that keeps the rows of its block this closely is the best one there.
EXACT = 1e-9
#: Gap and time [s] of the branch and bound for one block whose local searches found no point.
BLOCK_GAP, BLOCK_SECONDS = 1e-3, 1.0
#: Rounds of Benders' decomposition with one side of the products fixed, and gain that is worth another side.
ROUNDS, WORTH = 30, 1e-6


def plan_block(piece: Piece, x: FloatArray, mix: Mix | None, time_limit: float) -> FloatArray | None:
    """A point (n,) of a piece at a first stage (k,) from a point of its hull, or None where none is found."""
    problem = _at(piece, x)
    guess = np.clip(_mean(piece, mix), problem.column_lower, problem.column_upper)
    if not len(problem.products):
        return highs.solve(problem, gap=1e-6, time_limit=time_limit).x
    alone = mix is not None and float(mix.weights.max()) >= 1.0 - WEIGHT
    if alone and residuals(problem, guess).worst_primal[0] <= EXACT:
        return guess
    finder = Finder(problem)
    found = finder.descend(guess, time_limit)
    found = finder.repair(guess, time_limit) if found is None else found
    return _by_branching(problem, time_limit) if found is None else found


def _by_branching(problem: Problem, time_limit: float) -> FloatArray | None:
    """A point by a short branch and bound, where the local searches found none."""
    board = Board(problem, BLOCK_GAP, min(BLOCK_SECONDS, time_limit))
    ranges = structural_ranges(problem)
    if not ranges.empty:
        Spatial(board, problem, ranges).run(until=BLOCK_SECONDS)
    return board.x


def _at(piece: Piece, x: FloatArray) -> Problem:
    """The piece with its first stage fixed; rows of the first stage alone are left to the caller."""
    lower, upper = piece.problem.column_lower.copy(), piece.problem.column_upper.copy()
    lower[: piece.count] = upper[: piece.count] = x
    low, high = piece.problem.row_lower.copy(), piece.problem.row_upper.copy()
    low[: piece.own_rows], high[: piece.own_rows] = -math.inf, math.inf
    whole = piece.problem.integer.copy()
    whole[: piece.count] = False
    return piece.problem.with_(
        column_lower=lower, column_upper=upper, row_lower=low, row_upper=high, integer=whole
    )


def _mean(piece: Piece, mix: Mix | None) -> FloatArray:
    width = piece.problem.shape[1]
    if mix is None:
        low = np.maximum(np.min([leaf.lower for leaf in piece.leaves], axis=0), -1e9)
        high = np.minimum(np.max([leaf.upper for leaf in piece.leaves], axis=0), 1e9)
        return np.asarray(0.5 * (low + high))
    # The heaviest leaf: a mean over leaves would blur what they tell apart.
    return np.array(mix.points[int(np.argmax(mix.weights))][:width])


def improve(
    first: Problem,
    pieces: Sequence[Piece],
    points: Sequence[FloatArray],
    spread: Spread,
    groups: Sequence[Sequence[int]],
) -> list[FloatArray]:
    """Points (n,) of all pieces, one first stage, with a cost no worse than that of the points given."""
    best, count = list(points), pieces[0].count
    value = _cost(first, pieces, best)
    for turn in range(4):
        found = _restricted(first, pieces, best, turn % 2, spread, groups)
        if found is None:
            break
        new = _cost(first, pieces, found)
        gained = value - new
        if gained > 0.0:
            best, value = found, new
        if turn and gained <= WORTH * max(1.0, abs(value)):
            break
    return [np.concatenate([best[0][:count], point[count:]]) for point in best]


def _cost(first: Problem, pieces: Sequence[Piece], points: Sequence[FloatArray]) -> float:
    own = float(first.objective @ points[0][: first.shape[1]])
    costs = (float(piece.problem.objective @ point) for piece, point in zip(pieces, points, strict=True))
    return own + math.fsum(costs)


def _restricted(
    first: Problem,
    pieces: Sequence[Piece],
    points: Sequence[FloatArray],
    side: int,
    spread: Spread,
    groups: Sequence[Sequence[int]],
) -> list[FloatArray] | None:
    """Best points with one side of the products and all whole columns fixed; None where the solves fail."""
    hulls = spread(lambda item: _linear_hull(item[0], item[1], side), list(zip(pieces, points, strict=True)))
    if any(hull is None for hull in hulls):
        return None
    lower, upper = _first_box(first, hulls, points[0])
    least = np.array([-_size(pieces, points, group) for group in groups])
    master = Master(first, lower, upper, least)
    x, best, found = points[0][: first.shape[1]], math.inf, None
    for _ in range(ROUNDS):
        answers = spread(partial(_cut_at, x=x), hulls)
        if any(cut is None for cut, _ in answers):
            return found
        mixes = [mix for _, mix in answers]
        if all(mix is not None for mix in mixes):
            value = float(first.objective @ x) + math.fsum(mix.cost for mix in mixes)
            if value < best:
                best, found = value, [_point(mix, x) for mix in mixes]
        add_cuts(master, [cut for cut, _ in answers], groups)
        bound, new = master.solve()
        if new is None or best - bound <= WORTH * max(1.0, abs(best)):
            return found
        x = new[: first.shape[1]]
    return found


def _cut_at(hull: Hull, x: FloatArray) -> tuple[Cut | None, Mix | None]:
    return hull.cut_at(x)


def _point(mix: Mix, x: FloatArray) -> FloatArray:
    """The restricted piece has as many columns as the piece: nothing is multiplied any more."""
    point = np.array(mix.points[0])
    point[: len(x)] = x
    return point


def _linear_hull(piece: Piece, point: FloatArray, side: int) -> Hull | None:
    chosen = cover(piece.problem)
    columns = chosen.first if side == 0 else chosen.second
    columns = np.union1d(columns, np.flatnonzero(piece.problem.integer))
    problem = fixed(piece.problem, columns, point[columns])
    if len(problem.products):
        return None
    ranges = Ranges(problem.column_lower, problem.column_upper)
    return Hull(problem, Pairs.of(problem.products), piece.count, [ranges])


def _first_box(first: Problem, hulls: Sequence[Hull], point: FloatArray) -> tuple[FloatArray, FloatArray]:
    width = first.shape[1]
    lower = np.max([hull.leaves[0].lower[:width] for hull in hulls], axis=0)
    upper = np.min([hull.leaves[0].upper[:width] for hull in hulls], axis=0)
    x = point[:width]
    return np.minimum(lower, x), np.maximum(upper, x)


def _size(pieces: Sequence[Piece], points: Sequence[FloatArray], group: Sequence[int]) -> float:
    """A size that the cost of a group in a restricted program will hardly exceed: a floor for its theta."""
    return 10.0 * math.fsum(float(np.abs(pieces[k].problem.objective * points[k]).sum()) for k in group) + 1.0


def add_cuts(master: Master, cuts: Sequence[Cut], groups: Sequence[Sequence[int]]) -> None:
    """Add the cuts of all blocks at one first stage: rays each by itself, the others summed by group."""
    for number, group in enumerate(groups):
        own = [cuts[k] for k in group]
        rays = [cut for cut in own if cut.is_ray]
        for cut in rays:
            master.add(cut, number)
        if not rays:
            master.add(summed(own, master.lower, master.upper), number)
