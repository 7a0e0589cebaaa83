"""Constructive starts that know the pooling structure: from arc flows to full points through the pooling model.

========== =====================================================================================================
relaxed    flows of McCormick's relaxation, pool by pool turned into the shares and qualities they imply
perturbed  the same with every cost moved at random by up to a third, so that other pools are used
candidates every pool may be any of a few mixes at once, each with a fixed share of its inputs: one linear program
           whose flows, added up by arc, are the start (a discretised pooling problem after Dey and Gupte 2015 with
           its choice relaxed)
closed     the flows of a known point without one pool
========== =====================================================================================================
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from netback.errors import ModelError, SolveError
from netback.program.builder import Builder
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.local.live import Clock
from netback.program.local.search import Limits, local_search
from netback.program.local.starts import Ranges, relaxation_start
from netback.program.pooling.forms import PoolingModel
from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress, RawSolution

#: How far a perturbed cost may lie from its value.
PERTURBED = 0.33
#: Mixes of every pool in a linear program of candidates.
CANDIDATES = 6
#: Starts of a search, and the part of its time that making them may take.
STARTS, START_SHARE = 6, 0.25


def relaxed_start(
    model: PoolingModel, clock: Clock, random: np.random.Generator | None = None
) -> FloatArray | None:
    """Full point (n,) from the relaxation's flows; with ``random`` its costs are perturbed. None without one."""
    problem = model.problem
    if random is not None:
        factors = 1.0 + PERTURBED * (2.0 * random.random(problem.shape[1]) - 1.0)
        problem = problem.with_(objective=problem.objective * factors)
    point = relaxation_start(problem, Ranges(problem.column_lower, problem.column_upper), clock)
    return None if point is None else model.start_of(model.flows_of(point))


def closed_start(model: PoolingModel, x: FloatArray, pool: int) -> FloatArray:
    """Full point (n,) from the flows of ``x`` without those into and out of a pool."""
    instance = model.instance
    node = instance.first_pool + pool
    flows = model.flows_of(x)
    flows[(instance.arc_tail == node) | (instance.arc_head == node)] = 0.0
    return model.start_of(flows)


def candidate_start(model: PoolingModel, clock: Clock, random: np.random.Generator) -> FloatArray | None:
    """Full point (n,) from a linear program in which every pool is several mixes at once; None without one.

    Arcs between pools carry nothing.
    """
    instance = model.instance
    try:
        problem, into, out = _candidates(instance, random)
        raw = solve(
            problem, time_limit=None if np.isinf(clock.left) else clock.left, cancel=clock.cancel, threads=1
        )
    except (ModelError, SolveError):
        return None
    if raw.x is None or raw.status != "optimal":
        return None
    return model.start_of(np.asarray(into @ raw.x + out @ raw.x))


def _candidates(
    instance: PoolingInstance, random: np.random.Generator
) -> tuple[Problem, FloatArray, FloatArray]:
    """The linear program and two matrices (A, columns) from its columns to flows into pools and to outputs."""
    columns = _Columns(instance, random)
    count = len(columns.cost)
    builder = Builder(f"{instance.name} (candidates)", "min")
    flow = builder.variables("flow", Index.of("column", [str(k) for k in range(count)]))
    builder.add_costs(flow.ids, columns.cost)
    for name, matrix, upper in columns.limits():
        rows = np.flatnonzero(np.isfinite(upper) & (np.abs(matrix).sum(axis=1) > 0.0))
        block = builder.constraints(name, Index.of("row", [str(row) for row in rows]), upper=upper[rows])
        at, column = np.nonzero(matrix[rows])
        builder.add_terms(block.ids[at], flow.ids[column], matrix[rows][at, column])
    return builder.build(), columns.into, columns.out


class _Columns:
    """One column per arc to an output and mix of its pool; arcs from inputs to outputs have one."""

    def __init__(self, instance: PoolingInstance, random: np.random.Generator) -> None:
        self._instance = instance
        first, last = instance.first_pool, instance.first_output
        delivering = np.flatnonzero(instance.arc_head >= last)
        feeding = np.flatnonzero((instance.arc_tail < first) & (instance.arc_head < last))
        into, out, quality = [], [], []
        mixes = {
            pool: self._mixes(feeding[instance.arc_head[feeding] == pool], random)
            for pool in range(first, last)
        }
        for arc in delivering.tolist():
            tail = int(instance.arc_tail[arc])
            for mix in mixes[tail] if tail >= first else [np.zeros(instance.arcs)]:
                into.append(mix)
                out.append(np.eye(1, instance.arcs, arc)[0])
                amount = np.bincount(instance.arc_tail, weights=mix, minlength=first)[:first]
                quality.append(
                    amount @ instance.input_quality if tail >= first else instance.input_quality[tail]
                )
        self.into, self.out = np.array(into).T, np.array(out).T
        self._quality = np.array(quality)
        self._heads = self._sums(instance.arc_head) @ self.out
        self.cost = self._costs()

    def _mixes(self, arcs: np.ndarray, random: np.random.Generator) -> list[FloatArray]:
        """Shares (A,) of the arcs into a pool: one arc alone, or a few at random."""
        found = []
        for _ in range(CANDIDATES if len(arcs) else 0):
            chosen = random.choice(arcs, min(len(arcs), int(random.integers(1, 4))), replace=False)
            mix = np.zeros(self._instance.arcs)
            mix[chosen] = random.dirichlet(np.ones(len(chosen)))
            found.append(mix)
        return found

    def _sums(self, nodes: np.ndarray) -> FloatArray:
        """Matrix (nodes, A) that adds up arcs by node."""
        matrix = np.zeros((len(self._instance.nodes), self._instance.arcs))
        matrix[nodes, np.arange(self._instance.arcs)] = 1.0
        return matrix

    def _costs(self) -> FloatArray:
        instance = self._instance
        drawn = self._sums(instance.arc_tail) @ (self.into + self.out)
        cost = instance.arc_cost @ (self.into + self.out) + instance.input_cost @ drawn[: instance.first_pool]
        return np.asarray(cost - instance.output_price @ self._heads[instance.first_output :])

    def limits(self) -> list[tuple[str, FloatArray, FloatArray]]:
        """Names, matrices (rows, columns) and upper sides of the rows; lower limits of amounts are left out."""
        instance = self._instance
        first, last = instance.first_pool, instance.first_output
        drawn = (self._sums(instance.arc_tail) @ (self.into + self.out))[:first]
        passed = (self._sums(instance.arc_head) @ self.into)[first:last]
        delivered = self._heads[last:]
        found = [
            ("supply", drawn, instance.supply_upper),
            ("capacity", passed, instance.pool_capacity),
            ("demand", delivered, instance.demand_upper),
            ("arc", self.into + self.out, instance.arc_upper),
        ]
        for sign, side in ((1.0, instance.quality_upper), (-1.0, -instance.quality_lower)):
            for k in range(len(instance.qualities)):
                known = np.isfinite(side[:, k])
                limit = np.where(known, side[:, k], 0.0)[:, None]
                rows = delivered * (sign * self._quality[:, k] - limit)
                found.append((f"quality_{k}_{sign:g}", rows, np.where(known, 0.0, np.inf)))
        return found


def pooling_starts(model: PoolingModel, count: int, seed: int, clock: Clock) -> list[FloatArray]:
    """So many starts at most: relaxed, candidates, perturbed and so on in turn, the same for the same seed."""
    found: list[FloatArray] = []
    for number in range(count):
        random = np.random.default_rng((seed, number))
        if clock.is_over():
            break
        if number % 4 == 0:
            start = relaxed_start(model, clock, random if number else None)
        else:
            start = candidate_start(model, clock, random)
        if start is not None:
            found.append(start)
    return found


def pooling_search(
    model: PoolingModel,
    *,
    time_limit: float = 10.0,
    starts: Sequence[FloatArray] = (),
    seed: int = 0,
    threads: int = 2,
    descents: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> RawSolution:
    """Local search on a pooling model from given and constructive starts; arguments and result as ``local_search``.

    Making the starts takes at most a fourth of the time.

    Raises
    ------
    ModelError
        As :func:`netback.program.local.search.local_search`.
    """
    Limits(time_limit, descents)
    began = time.monotonic()
    made = pooling_starts(model, STARTS, seed, Clock(began + START_SHARE * time_limit, cancel))
    left = max(0.0, time_limit - (time.monotonic() - began))
    return local_search(
        model.problem,
        starts=[*starts, *made],
        time_limit=left,
        descents=descents,
        seed=seed,
        threads=threads,
        progress=progress,
        cancel=cancel,
    )
