"""Where a local search may start: values of the product columns, from the ranges, a relaxation or earlier points.

Starts are numbered; the same number, seed and pool of points give the same start, whatever thread asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.errors import ModelError, SolveError
from netback.program.bounds.relax import mccormick
from netback.program.highs import solve
from netback.program.index import Index, IntArray
from netback.program.local.cover import Cover
from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock
from netback.program.local.slp import MET
from netback.program.problem import Block, FloatArray, Problem

#: Spread of random starts around the middle of the ranges: most of the way, half of it, all of it.
SPREADS = (0.8, 0.4, 1.0)
#: Part of the time left that a relaxation may take.
RELAXATION_SHARE = 0.2
#: Part of the cover's columns that a neighbour moves.
MOVED = (0.05, 0.15, 0.4)


@dataclass(frozen=True, eq=False)
class Ranges:
    """Ranges of the columns (n,) as far as known; infinite ends stand for a unit beyond the finite one."""

    lower: FloatArray
    upper: FloatArray

    @property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """Finite ends to draw from."""
        low = np.where(np.isfinite(self.lower), self.lower, np.minimum(self.upper, 1.0) - 1.0)
        high = np.where(np.isfinite(self.upper), self.upper, np.maximum(low, 0.0) + 2.0)
        return low, np.maximum(low, high)

    @property
    def middle(self) -> FloatArray:
        """Middle of the finite ends."""
        low, high = self.ends
        return (low + high) / 2.0


def relaxation_start(problem: Problem, ranges: Ranges, clock: Clock) -> FloatArray | None:
    """Best point (n,) of McCormick's relaxation over the ranges; None where it has none in the time."""
    try:
        relaxed = mccormick(problem, ranges.lower, ranges.upper)
        limit = None if np.isinf(clock.left) else RELAXATION_SHARE * clock.left
        raw = solve(relaxed.linear.with_(integer=False), time_limit=limit, cancel=clock.cancel, threads=1)
    except (ModelError, SolveError):
        return None
    return None if raw.x is None or raw.status != "optimal" else raw.x[: problem.shape[1]]


@dataclass(frozen=True, eq=False)
class Starts:
    """A numbered stream of starts for one problem."""

    ranges: Ranges
    cover: Cover
    seed: int

    def start(self, number: int, pool: Sequence[FloatArray]) -> FloatArray:
        """Start of a number: random while there is no point, else in turn random, neighbours and mixtures.

        Parameters
        ----------
        number
            0 is the middle of the ranges.
        pool
            Points (n,) found so far, the best first.
        """
        if number == 0:
            return self.ranges.middle
        random = np.random.default_rng((self.seed, number))
        kind = number % 5 if pool else 0
        if kind == 0:
            return self._spread(random, SPREADS[number // 5 % 3] if pool else SPREADS[number % 3])
        if kind == 1 and len(pool) > 1:
            return self._mixture(random, pool)
        if kind == 2 and self.cover.blocks > 1:
            return self._block(random, pool[0])
        return self._neighbour(random, pool[0], MOVED[number // 5 % 3])

    def _spread(self, random: np.random.Generator, spread: float) -> FloatArray:
        """Every column somewhere around the middle of its range."""
        low, high = self.ranges.ends
        return self.ranges.middle + spread * (random.random(len(low)) - 0.5) * (high - low)

    def _mixture(self, random: np.random.Generator, pool: Sequence[FloatArray]) -> FloatArray:
        """Between the best point and another one, or a little beyond."""
        other = pool[int(random.integers(1, len(pool)))]
        return pool[0] + random.uniform(0.2, 1.2) * (other - pool[0])

    def _block(self, random: np.random.Generator, best: FloatArray) -> FloatArray:
        """The best point with the columns of one block of the product graph drawn anew."""
        return self._redrawn(
            random, best, np.flatnonzero(self.cover.block == random.integers(self.cover.blocks))
        )

    def _neighbour(self, random: np.random.Generator, best: FloatArray, part: float) -> FloatArray:
        """The best point with some columns of a side drawn anew or set to the lower end of their range."""
        side = self.cover.first if random.random() < 0.5 else self.cover.second
        if not len(side):
            return best
        chosen = random.choice(side, max(1, round(part * len(side))), replace=False)
        start = self._redrawn(random, best, chosen)
        closed = chosen[random.random(len(chosen)) < 0.5]
        start[closed] = self.ranges.ends[0][closed]
        return start

    def _redrawn(self, random: np.random.Generator, best: FloatArray, columns: IntArray) -> FloatArray:
        low, high = self.ranges.ends
        start = best.copy()
        start[columns] = low[columns] + random.random(len(columns)) * (high - low)[columns]
        return start


class Nearest:
    """Moves values of some columns to the nearest ones that the rows holding no other column allow.

    Shares drawn at random do not add up to one; with them fixed no linear program could be met.
    """

    def __init__(self, problem: Problem, columns: IntArray) -> None:
        matrix = problem.matrix
        inside = np.zeros(problem.shape[1], dtype=bool)
        inside[columns] = True
        fixed = problem.column_lower == problem.column_upper
        strange = np.asarray(abs(matrix) @ (~(inside | fixed)).astype(np.float64)) > 0.0
        strange |= np.asarray(abs(matrix) @ inside.astype(np.float64)) == 0.0
        strange[problem.products.rows] = True
        rows = np.flatnonzero(~strange)
        constant = np.asarray(matrix[rows] @ np.where(fixed & ~inside, problem.column_lower, 0.0))
        self._columns, self._part = columns, sparse.csr_array(matrix[rows][:, columns])
        self._row_ends = problem.row_lower[rows] - constant, problem.row_upper[rows] - constant
        self._ends = problem.column_lower[columns], problem.column_upper[columns]

    def move(self, z: FloatArray) -> FloatArray:
        """Values (n,) with the columns moved as little as possible in sum; unchanged where nothing can be met."""
        low, high = self._ends
        now = np.clip(z[self._columns], low, high)
        activity = np.asarray(self._part @ now)
        if not ((activity < self._row_ends[0] - MET) | (activity > self._row_ends[1] + MET)).any():
            return self._with(z, now)
        raw = solve(self._program(now), threads=1)
        if raw.x is None or raw.status != "optimal":
            return z
        size = len(now)
        return self._with(z, now + raw.x[:size] - raw.x[size:])

    def _with(self, z: FloatArray, values: FloatArray) -> FloatArray:
        moved = z.copy()
        moved[self._columns] = values
        return moved

    def _program(self, now: FloatArray) -> Problem:
        """Least sum of moves up and down (2 columns each) that meets the rows."""
        low, high = self._ends
        rows, size = self._part.shape[0], len(now)
        index = Index.of(("row",), [str(row) for row in range(rows)])
        moves = Index.product(("side", ["up", "down"]), ("column", [str(column) for column in self._columns]))
        activity = np.asarray(self._part @ now)
        return Problem(
            "nearest values",
            "min",
            np.ones(2 * size),
            0.0,
            sparse.csr_array(sparse.hstack([self._part, -self._part])),
            self._row_ends[0] - activity,
            self._row_ends[1] - activity,
            np.zeros(2 * size),
            np.concatenate([high - now, now - low]),
            np.zeros(2 * size, dtype=bool),
            (Block("row", index, 0),),
            (Block("move", moves, 0),),
        )


def alternate(
    linearised: Linearised, cover: Cover, x: FloatArray, price: float, clock: Clock, rounds: int = 3
) -> FloatArray:
    """Solve with the first side of the cover fixed, then with the second, in turn; the merit never rises.

    Source: the alternating method for pooling of Audet, Brimberg, Hansen, Le Digabel, Mladenovic, Management Science
    50 (2004), section 3.3.
    """
    prices = np.full(len(linearised.rows), price)
    sides = [np.zeros(len(x), dtype=bool) for _ in range(2)]
    sides[0][cover.first] = True
    sides[1][cover.second] = True
    last = np.inf
    for count in range(2 * rounds):
        point = linearised.fixed(x, sides[count % 2], prices, clock)
        if point.x is None or point.objective >= last - 1e-9 * max(1.0, abs(last)):
            return x
        x, last = point.x[: len(x)], point.objective
    return x
