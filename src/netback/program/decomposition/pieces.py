"""One block as a program of its own, divided into leaves where its products are far off.

A piece has the first-stage columns z in front, without cost, then the columns of the block; its rows are those of
both. With V(x) the least cost of the block at z = x, every multiplier mu of ``z = x`` gives a cut

    V(x) >= L(mu) + mu'x,      L(mu) = min cost'y - mu'z  over the piece.

L is bounded over the hull of the leaves of the piece (:mod:`netback.program.decomposition.hull`); with one leaf this is
Benders' cut, and the more leaves, the nearer it comes to the Lagrangian cut. References: Geoffrion, Generalized
Benders decomposition (1972); Li, Tomasgard and Barton, Nonconvex generalized Benders decomposition for stochastic
separable mixed-integer nonlinear programs (2011); Li and Grossmann, A generalized Benders decomposition-based branch
and cut algorithm for two-stage stochastic programs with nonconvex constraints (2019).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netback.program.bounds.branching import split_points
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.ranges import WHOLE, Ranges, Structure, propagate
from netback.program.bounds.tighten import tighten
from netback.program.decomposition.cuts import Cut
from netback.program.decomposition.hull import WEIGHT, Hull, Mix
from netback.program.decomposition.structure import Blocks
from netback.program.index import Index, IntArray
from netback.program.problem import Block, FloatArray, Problem, Products

#: Columns whose split is tried out, and passes of interval arithmetic over the halves.
TRIALS, PASSES = 4, 5
#: A product that is off by less than this part of its size is met.
MET = 1e-7


def part_of(problem: Problem, columns: IntArray, rows: IntArray, name: str) -> Problem:
    """The program of some columns and rows, as a minimisation; other columns must not stand in the rows."""
    sign = 1.0 if problem.sense == "min" else -1.0
    place = np.full(problem.shape[1], -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    row_place = np.full(problem.shape[0], -1, dtype=np.int64)
    row_place[rows] = np.arange(len(rows))
    terms = problem.products
    own = np.flatnonzero(row_place[terms.rows] >= 0)
    products = Products.of(
        row_place[terms.rows[own]],
        place[terms.columns_a[own]],
        place[terms.columns_b[own]],
        terms.coefficients[own],
    )
    return Problem(
        name,
        "min",
        sign * problem.objective[columns],
        0.0,
        problem.matrix[rows][:, columns],
        problem.row_lower[rows],
        problem.row_upper[rows],
        problem.column_lower[columns],
        problem.column_upper[columns],
        problem.integer[columns],
        (_numbered("row", len(rows)),),
        (_numbered("column", len(columns)),),
        products,
    )


def _numbered(name: str, count: int) -> Block:
    return Block(name, Index.of(name, [str(k) for k in range(count)]), 0)


@dataclass(frozen=True, eq=False)
class Rest:
    """What the rest of the program costs: first-stage costs (k,), and cuts for the other blocks in groups.

    ``least`` and ``most`` (g,) are the ends of the cost of every group; a cut comes with the place of its group;
    ``cutoff`` is for the whole.
    """

    cost: FloatArray
    cuts: Sequence[tuple[Cut, int]]
    least: FloatArray
    most: FloatArray
    cutoff: float


def _with_rest(problem: Problem, rest: Rest) -> Problem:
    """A piece with first-stage costs and a cost column for every other group, under its cuts."""
    import scipy.sparse as sparse

    more, (rows, columns) = len(rest.least), problem.shape
    objective = np.concatenate([problem.objective, np.ones(more)])
    objective[: len(rest.cost)] = rest.cost
    body = np.zeros((len(rest.cuts), columns + more))
    for at, (cut, group) in enumerate(rest.cuts):
        body[at, : len(cut.slope)] = -cut.slope
        if not cut.is_ray:
            body[at, columns + group] = 1.0
    own = sparse.hstack([problem.matrix, sparse.csr_array((rows, more))])
    return problem.with_(
        objective=objective,
        matrix=sparse.csr_array(sparse.vstack([own, sparse.csr_array(body)])),
        row_lower=np.concatenate([problem.row_lower, [cut.constant for cut, _ in rest.cuts]]),
        row_upper=np.concatenate([problem.row_upper, np.full(len(rest.cuts), math.inf)]),
        column_lower=np.concatenate([problem.column_lower, rest.least]),
        column_upper=np.concatenate([problem.column_upper, rest.most]),
        integer=np.concatenate([problem.integer, np.zeros(more, dtype=bool)]),
        row_blocks=(_numbered("row", rows + len(rest.cuts)),),
        column_blocks=(_numbered("column", columns + more),),
    )


class Piece:
    """One block with its leaves.

    Parameters
    ----------
    problem
        The whole program.
    blocks, number
        Its structure and which block this is.
    """

    def __init__(self, problem: Problem, blocks: Blocks, number: int) -> None:
        self.columns = np.concatenate([blocks.linking, blocks.columns[number]])
        self.count, self.own_rows = len(blocks.linking), len(blocks.own_rows)
        rows = np.concatenate([blocks.own_rows, blocks.rows[number]])
        own = part_of(problem, self.columns, rows, f"block {number + 1} of {problem.name}")
        cost = own.objective.copy()
        cost[: self.count] = 0.0
        self.problem = own.with_(objective=cost)
        self.structure = Structure.of(self.problem)
        self.pairs = self.structure.pairs
        ranges = propagate(self.structure, self.problem.column_lower, self.problem.column_upper, 20)
        self.leaves: list[Ranges] = [] if ranges.empty else [ranges]
        self._hull: Hull | None = None
        self._scratch: LiveRelaxation | None = None

    @property
    def empty(self) -> bool:
        """Whether no leaf is left: the block has no point in the present box."""
        return not self.leaves

    @property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """The first-stage box (k,), (k,) that holds all leaves."""
        lower = np.min([leaf.lower[: self.count] for leaf in self.leaves], axis=0)
        return lower, np.max([leaf.upper[: self.count] for leaf in self.leaves], axis=0)

    def take(self, leaves: list[Ranges]) -> None:
        """Work with other leaves."""
        self.leaves, self._hull = leaves, None

    def narrow(self, lower: FloatArray, upper: FloatArray) -> None:
        """Cut all leaves to a first-stage box (k,); what becomes empty goes."""
        kept = []
        for leaf in self.leaves:
            low, high = leaf.lower.copy(), leaf.upper.copy()
            low[: self.count] = np.maximum(low[: self.count], lower)
            high[: self.count] = np.minimum(high[: self.count], upper)
            if (low > high).any():
                continue
            found = propagate(self.structure, low, high, PASSES)
            if not found.empty:
                kept.append(found)
        self.take(kept)

    def tighten(self, time_limit: float, rest: Rest | None, cancel: Callable[[], bool] | None = None) -> None:
        """Narrow every leaf by optimisation.

        Without ``rest`` what is lost holds no point of the block; with it, no point whose cost, together with what
        the rest of the program costs at least, is within ``rest.cutoff``.
        """
        problem = self.problem if rest is None else _with_rest(self.problem, rest)
        kept, more = [], problem.shape[1] - self.problem.shape[1]
        for leaf in self.leaves:
            found = tighten(
                problem,
                leaf.lower if rest is None else np.concatenate([leaf.lower, rest.least]),
                leaf.upper if rest is None else np.concatenate([leaf.upper, rest.most]),
                cutoff=math.inf if rest is None else rest.cutoff,
                time_limit=time_limit / len(self.leaves),
                threads=1,
                passes=1,
                cancel=cancel,
            ).ranges
            if not found.empty:
                width = len(found.lower) - more
                kept.append(Ranges(found.lower[:width], found.upper[:width]))
        self.take(kept)

    def cut_at(self, x: FloatArray, time_limit: float = math.inf) -> tuple[Cut | None, Mix | None]:
        """A cut at a first-stage point (k,) and the hull's point there, each None where unknown."""
        if self._hull is None:
            self._hull = Hull(self.problem, self.pairs, self.count, self.leaves)
        return self._hull.cut_at(x, time_limit)

    def refine(self, mix: Mix, slope: FloatArray, time_limit: float = math.inf) -> bool:
        """Split the leaf that is worst off in a point of the hull; whether there was one to split."""
        blames = [self._blame(point) for point in mix.points]
        costs = [float(w) * blame.sum() for w, blame in zip(mix.weights, blames, strict=True)]
        worst = int(np.argmax(costs))
        if mix.weights[worst] <= WEIGHT or costs[worst] <= 0.0:
            return False
        halves = self._split(self.leaves[worst], mix.points[worst], blames[worst], slope, time_limit)
        self._scratch = None  # hundreds of blocks would hold on to hundreds of solvers
        if halves is None:
            return False
        self.take([*self.leaves[:worst], *self.leaves[worst + 1 :], *halves])
        return True

    def _blame(self, point: FloatArray) -> FloatArray:
        """How far off the own columns of the block are, (n,): from whole numbers first, else in their products."""
        width = self.problem.shape[1]
        x, w = point[:width], point[width:]
        loose = np.where(self.problem.integer, np.abs(x - np.round(x)), 0.0)
        loose[: self.count] = 0.0
        if loose.max(initial=0.0) > WHOLE:
            return np.where(loose > WHOLE, loose, 0.0)
        miss = np.abs(w - x[self.pairs.a] * x[self.pairs.b])
        miss = np.where(miss > MET * np.maximum(1e-3, np.abs(w)), miss, 0.0)
        blame = np.bincount(self.pairs.a, miss, width) + np.bincount(self.pairs.b, miss, width)
        blame[: self.count] = 0.0  # the first stage is split by the tree, not here
        return np.asarray(blame)

    def _split(
        self, leaf: Ranges, point: FloatArray, blame: FloatArray, slope: FloatArray, time_limit: float
    ) -> list[Ranges] | None:
        """The halves of a leaf by the column whose trial raises the bound most."""
        best: tuple[float, list[Ranges]] | None = None
        for column in np.argsort(-blame, kind="stable")[:TRIALS].tolist():
            if blame[column] <= 0.0 or not leaf.upper[column] > leaf.lower[column]:
                continue
            halves = self._halves(leaf, column, point)
            bounds = [self.bound(half, slope, time_limit) for half in halves]
            kept = [half for half, bound in zip(halves, bounds, strict=True) if bound < math.inf]
            score = min(bounds, default=math.inf)
            if best is None or score > best[0]:
                best = score, kept
        return None if best is None else best[1]

    def _halves(self, leaf: Ranges, column: int, point: FloatArray) -> list[Ranges]:
        at = slice(column, column + 1)
        where = float(split_points(leaf.lower[at], leaf.upper[at], point[at])[0])
        whole = bool(self.problem.integer[column])
        found = []
        for side in (0, 1):
            low, high = leaf.lower.copy(), leaf.upper.copy()
            if side == 0:
                high[column] = math.floor(where + WHOLE) if whole else where
            else:
                low[column] = math.floor(where + WHOLE) + 1.0 if whole else where
            if low[column] <= high[column]:
                half = propagate(self.structure, low, high, PASSES)
                if not half.empty:
                    found.append(half)
        return found

    def least(self, time_limit: float = math.inf) -> float:
        """Bound on the cost of the block wherever the first stage is."""
        found = min(self.bound(leaf, np.zeros(self.count), time_limit) for leaf in self.leaves)
        self._scratch = None
        return found

    def bound(self, ranges: Ranges, slope: FloatArray, time_limit: float) -> float:
        """Bound of ``cost'y - slope'z`` over a box; inf where it is proven empty."""
        if self._scratch is None:
            self._scratch = LiveRelaxation(self.problem, ranges.lower, ranges.upper)
        live = self._scratch
        live.set_ranges(ranges.lower, ranges.upper)
        cost = live.own_cost.copy()
        cost[: self.count] -= slope
        live.set_cost(cost)
        return live.solve(time_limit).bound
