"""Mixes of a plan: hold them, expand around them, read them, whatever the form that the plan is written in.

All of it speaks of the flows alone, so it is the same for every form. For a pool with shares ``share0[g]`` held, draws
``D[u]`` and inlets ``I[g]`` (sums of flows):

    held            flow(g, u) = share0[g] D[u]
    distributed     flow(g, u) = share0[g] D[u] + split0[u] (I[g] - share0[g] sum over u of D[u])
    within a reach  (share0[g] - reach) sum of D <= I[g] <= (share0[g] + reach) sum of D
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sparse

from netback.planning.model import Model
from netback.planning.pooling import class_amounts
from netback.program.index import Index
from netback.program.problem import Block, BoolArray, FloatArray, Problem, Products
from netback.refinery.build import Build, IntArray
from netback.refinery.pool_inlets import inlets_of
from netback.refinery.pool_traced import complete_traced
from netback.refinery.pools import Pool

#: Amounts below this part of the largest of a pool are rounding: the pool is empty.
EMPTY = 1e-9


def loosened(problem: Problem) -> Problem:
    """The program without its products, the rows that held them free: no pool mixes."""
    free = np.zeros(problem.shape[0], dtype=bool)
    free[problem.products.rows] = True
    return problem.with_(
        products=Products.empty(),
        row_lower=np.where(free, -np.inf, problem.row_lower),
        row_upper=np.where(free, np.inf, problem.row_upper),
    )


@dataclass(frozen=True, eq=False)
class Mix:
    """Mix of one pool: shares of classes (classes, periods), of users (users, periods), and the whole (periods,)."""

    pool: Pool
    share: FloatArray
    split: FloatArray
    whole: FloatArray

    @property
    def full(self) -> BoolArray:
        """Whether there is anything in the pool, bool (periods,)."""
        return np.asarray(self.whole > EMPTY * max(1.0, float(self.whole.max(initial=0.0))))


def mixes(pools: Sequence[Pool], x: FloatArray) -> list[Mix]:
    """Mixes of all pools in a plan (columns,). An empty pool has the mix of the other periods, and even splits."""
    found = []
    for pool in pools:
        amounts = class_amounts(pool, x)
        draws = np.stack([np.maximum(x[columns], 0.0).sum(axis=0) for columns in pool.users.values()])
        share = _parts(amounts, amounts.sum(axis=1))
        split = _parts(draws, np.ones(len(draws)))
        found.append(Mix(pool, share, split, amounts.sum(axis=0)))
    return found


def _parts(amounts: FloatArray, fallback: FloatArray) -> FloatArray:
    """Columns divided by their sums; where one is empty, the fallback divided by its own."""
    whole = amounts.sum(axis=0)
    full = whole > EMPTY * max(1.0, float(whole.max(initial=0.0)))
    other = fallback / fallback.sum() if fallback.sum() > 0.0 else np.full(len(fallback), 1.0 / len(fallback))
    parts = np.where(full, amounts / np.where(full, whole, 1.0), other[:, None])
    # A part of rounding, held as a share, would tie whole flows to nothing.
    parts = np.where(parts > EMPTY, parts, 0.0)
    return np.asarray(parts / parts.sum(axis=0))


@dataclass
class _Extra:
    """Rows and columns that are put under a program, its own keeping their places."""

    columns: int
    rows: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    added: int = 0
    missable: list[bool] = field(default_factory=list)

    def column(self) -> int:
        """A new free column."""
        self.added += 1
        return self.columns + self.added - 1

    def add(
        self, parts: Sequence[tuple[list[int], float]], lower: float, upper: float, missable: bool = True
    ) -> None:
        """One row of (columns, coefficient) parts."""
        for columns, value in parts:
            self.rows += [len(self.lower)] * len(columns)
            self.places += columns
            self.values += [value] * len(columns)
        self.lower.append(lower)
        self.upper.append(upper)
        self.missable.append(missable)

    def under(self, problem: Problem, price: float | None = None) -> Problem:
        """The program with what was added; rows may be missed at a price per uom where one is given."""
        count = len(self.lower)
        if not count:
            return problem
        if price is not None:
            first = len(self.lower)
            for row in np.flatnonzero(self.missable[:first]).tolist():
                for sign in (1.0, -1.0):
                    self.rows.append(row)
                    self.places.append(self.column())
                    self.values.append(sign)
        width = self.columns + self.added
        triplets = (np.array(self.values), (np.array(self.rows), np.array(self.places)))
        extra = sparse.coo_array(triplets, shape=(count, width)).tocsr()
        own = sparse.csr_array(
            (problem.matrix.data, problem.matrix.indices, problem.matrix.indptr), (problem.shape[0], width)
        )
        return problem.with_(
            matrix=sparse.vstack([own, extra]).tocsr(),
            row_lower=np.concatenate([problem.row_lower, self.lower]),
            row_upper=np.concatenate([problem.row_upper, self.upper]),
            row_blocks=(*problem.row_blocks, _block("mix_rows", count, problem.shape[0])),
            **self._new_columns(problem, price),
        )

    def _new_columns(self, problem: Problem, price: float | None) -> dict[str, Any]:
        if not self.added:
            return {}
        cost, low = np.zeros(self.added), np.full(self.added, -np.inf)
        if price is not None:
            misses = 2 * sum(self.missable)
            cost[self.added - misses :] = -price if problem.sense == "max" else price
            low[self.added - misses :] = 0.0
        return {
            "objective": np.concatenate([problem.objective, cost]),
            "column_lower": np.concatenate([problem.column_lower, low]),
            "column_upper": np.concatenate([problem.column_upper, np.full(self.added, np.inf)]),
            "integer": np.concatenate([problem.integer, np.zeros(self.added, dtype=bool)]),
            "column_blocks": (*problem.column_blocks, _block("mix_columns", self.added, self.columns)),
        }


def _block(name: str, count: int, start: int) -> Block:
    return Block(name, Index.of("mix", [str(k) for k in range(count)]), start)


@dataclass(frozen=True, eq=False)
class Loose:
    """A program without its mixing rows, and where its draws and totals stand."""

    problem: Problem
    draws: Mapping[str, IntArray]
    totals: Mapping[str, IntArray]

    @classmethod
    def of(cls, model: Model, problem: Problem | None = None) -> Loose:
        """The loose program of a model, or of a changed copy of its program."""
        build = model.build
        draws = {
            pool.stream: np.stack(
                [build.ids_over_time("pool_draw", pool.stream, user) for user in pool.users]
            )
            for pool in model.pools
        }
        totals = {pool.stream: build.ids_over_time("pool_total", pool.stream) for pool in model.pools}
        return cls(loosened(model.problem if problem is None else problem), draws, totals)


def held(loose: Loose, chosen: Sequence[Mix], empty_too: bool = False) -> Problem:
    """Hold every mix, so that what is left is linear.

    Parameters
    ----------
    loose
        The program without mixing.
    chosen
        The mixes.
    empty_too
        Whether a pool that is empty stays empty; else it may fill with the mix that it has by name.
    """
    problem = loose.problem
    extra, upper = _Extra(problem.shape[1]), np.array(problem.column_upper)
    for mix in chosen:
        if not empty_too:
            _hold(extra, loose, mix)
            continue
        for flows in mix.pool.users.values():
            upper[flows[:, ~mix.full]] = 0.0
        _hold(extra, loose, mix, mix.full)
    return extra.under(problem.with_(column_upper=np.maximum(upper, problem.column_lower)))


def _hold(extra: _Extra, loose: Loose, mix: Mix, when: BoolArray | None = None) -> None:
    """Rows that hold one mix, in the periods told or in all."""
    draws, shares = loose.draws[mix.pool.stream].tolist(), mix.share.tolist()
    periods = range(mix.share.shape[1]) if when is None else np.flatnonzero(when).tolist()
    for draw, classes in zip(draws, mix.pool.class_columns, strict=True):
        for period in periods:
            for columns, share in zip(classes[:-1], shares, strict=False):
                extra.add([(columns[period], 1.0), ([draw[period]], -share[period])], 0.0, 0.0)


def distributed(
    loose: Loose,
    chosen: Sequence[Mix],
    reach: float,
    price: float | None = None,
    keep: Sequence[Mix] = (),
    only: int | None = None,
) -> Problem:
    """The linear program of one pass of recursion: errors distributed, shares within a reach, some mixes kept.

    ``keep`` are mixes that are held; with ``only`` all others are held too, but in that period.

    With a ``price`` per uom of the stream a flow may miss its mix, and a share its reach, and pays for it, so that
    there is always a plan where the segregated one has one.
    """
    extra = _Extra(loose.problem.shape[1])
    for mix in keep:
        _hold(extra, loose, mix)
    for mix in chosen:
        count = mix.share.shape[1]
        free = np.arange(count) if only is None else np.array([only])
        _hold(extra, loose, mix, ~np.isin(np.arange(count), free))
        for period in free.tolist():
            _distribute(extra, loose, mix, period, reach)
    return extra.under(loose.problem, price)


def _distribute(extra: _Extra, loose: Loose, mix: Mix, period: int, reach: float) -> None:
    """Rows of one mix in one period: its error, and how the users share it."""
    pool, total = mix.pool, int(loose.totals[mix.pool.stream][period])
    draws, splits = loose.draws[pool.stream][:, period].tolist(), mix.split[:, period].tolist()
    for group, share in enumerate(mix.share[:-1, period].tolist()):
        error = extra.column()
        flows = [classes[group][period] for classes in pool.class_columns]
        whole = [column for columns in flows for column in columns]
        extra.add([(whole, 1.0), ([total], -share), ([error], -1.0)], 0.0, 0.0, missable=False)
        for columns, draw, split in zip(flows, draws, splits, strict=True):
            extra.add([(columns, 1.0), ([draw], -share), ([error], -split)], 0.0, 0.0)
        if share + reach < 1.0:
            extra.add([([error], 1.0), ([total], -reach)], -np.inf, 0.0)
        if share - reach > 0.0:
            extra.add([([error], 1.0), ([total], reach)], 0.0, np.inf)


def mix_held(model: Model, x: FloatArray) -> Problem:
    """The linear program that is left when every pool keeps the mix that it has in ``x``; empty pools stay empty.

    Rows and columns of the plan keep their places; rows that define the form are free, those that hold the mix follow.
    """
    return held(Loose.of(model), mixes(model.pools, x), empty_too=True)


def completed(model: Model, x: FloatArray) -> FloatArray:
    """A plan with the columns of its form as its flows have them, float (columns,)."""
    found = np.array(x)
    build = model.build

    def put(name: str, keys: Sequence[Sequence[str]], values: FloatArray) -> None:
        if name in build.blocks:
            known = set(build.blocks[name].index.axes[0])
            for key, one in zip(keys, values, strict=True):
                if tuple(key) in known:
                    found[build.ids_over_time(name, *key)] = one

    for mix in mixes(model.pools, x):
        pool = mix.pool
        flows = np.stack([x[columns] for columns in pool.users.values()])
        users = [(pool.stream, user) for user in pool.users]
        classes = [(label,) for label in pool.class_labels(model.network)]
        put("pool_draw", users, flows.sum(axis=1))
        put("pool_total", [(pool.stream,)], flows.sum(axis=(0, 1))[None])
        put("pool_share", classes, mix.share)
        put("pool_inlet", classes, class_amounts(pool, x))
        put("pool_other", classes, class_amounts(pool, x))
        put("pool_split", users, mix.split)
        put("pool_traced_split", users, mix.split)
        if pool.form == "pq":
            names = [(pool.stream, way.name) for way in inlets_of(build, pool)]
            put("pool_inlet_share", names, _inlet_parts(build, mix, x))
        parts = _parts(flows.sum(axis=0), flows.sum(axis=(0, 2)))
        kinds = pool.matter.qualities
        put(
            "pool_quality",
            [(pool.stream, one.name) for one in kinds],
            np.array([one.weights for one in kinds]) @ parts,
        )
    for _ in model.pools:
        for mix in mixes(model.pools, x):
            _pass_on(model, mix, found)
    splits = [mix.split for mix in mixes(model.pools, x)]
    complete_traced(build, model.pools, splits, found)
    return found


def _pass_on(model: Model, mix: Mix, found: FloatArray) -> None:
    """Give an empty pool the shares of the pool that fills it, where a row of its form says that they are the same."""
    rows = model.build.blocks.get(f"pool_pass_{mix.pool.stream}")
    if rows is None:
        return
    matrix = model.problem.matrix
    for period in np.flatnonzero(~mix.full).tolist():
        for row in rows.ids[:, period].tolist():
            here = slice(matrix.indptr[row], matrix.indptr[row + 1])
            columns, values = matrix.indices[here], matrix.data[here]
            own = int(columns[values < 0.0][0])
            found[own] += float(values @ found[columns])


def _inlet_parts(build: Build, mix: Mix, x: FloatArray) -> FloatArray:
    """Share of every inlet, float (inlets, periods); an empty pool has that of its classes, by their first inlets."""
    ways = inlets_of(build, mix.pool)
    flows = np.stack([np.where(way.columns >= 0, way.weights * x[way.columns], 0.0) for way in ways])
    parts = np.maximum(flows, 0.0) / np.where(mix.full, np.maximum(mix.whole, EMPTY), 1.0)
    seen: set[int] = set()
    for place, way in enumerate(ways):
        number = int(mix.pool.matter.classes[mix.pool.lots.index(way.lot)])
        first = mix.share[number] if number not in seen else np.zeros_like(mix.whole)
        parts[place] = np.where(mix.full, parts[place], first)
        seen.add(number)
    return np.asarray(parts)
