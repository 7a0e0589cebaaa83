"""Linear programs over the paths of a pooling network in which every pool has its recipe or is free of one.

A recipe is the shares y of a pool's content by arc into it. Of a pool with a recipe only the flows f out of it remain,
and its paths are ``v = y f``. A pool without one may send another mix to every output (a relaxation). Near shares y
and flows f the paths are ``v = y f' + f dy`` to first order, with ``sum dy = 0`` in every pool: the step of a
successive linear program. All three are one program of constant shape, so that each starts from its own last basis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import highspy
import numpy as np

from netback.program import _highs
from netback.program.index import IntArray
from netback.program.local.live import Clock
from netback.program.pooling.paths import Paths
from netback.program.problem import BoolArray, FloatArray

_OPTIMAL = highspy.HighsModelStatus.kOptimal
Kind = Literal["fixed", "free", "one", "step"]
#: Rows and bounds of plans hold this closely; relaxations and steps need less and take a third less time with less.
FEASIBILITY, LOOSER = 1e-9, 1e-7
#: Shares below this are rounding, and make bad rows.
SMALLEST_SHARE = 1e-7
#: A sum below this part of its terms is zero.
CANCELLED = 1e-9
#: Cost of one unit short of a lower limit, in times of the largest cost of a path.
SHORT = 100.0
#: Seconds for the first program of a kind, and for later ones, where that is less than so many times the longest.
LONGEST_SECONDS, FIRST_SECONDS, PATIENCE = 20.0, 0.3, 4.0


@dataclass(frozen=True, eq=False)
class Mix:
    """What one program found.

    Attributes
    ----------
    cost
        With the price of what is missing.
    amounts
        On the paths of free pools and of none (P,), zero elsewhere.
    flows
        Out of pools with a recipe (D,).
    change
        Of the shares (E,), only where asked for.
    missing
        Sum of what limits are missed by.
    dual
        Multipliers of the rows (R,).
    """

    cost: float
    amounts: FloatArray
    flows: FloatArray
    change: FloatArray
    missing: float
    dual: FloatArray


@dataclass(frozen=True, eq=False)
class _Pattern:
    """Entries of a group of columns that are sums over paths: their places, and the path entries in each."""

    rows: IntArray
    columns: IntArray
    place: IntArray

    @classmethod
    def of(cls, rows: IntArray, columns: IntArray, count: int) -> _Pattern:
        unique, place = np.unique(columns * count + rows, return_inverse=True)
        return cls(unique % count, unique // count, np.asarray(place, dtype=np.int64).ravel())

    def values(self, terms: FloatArray) -> FloatArray:
        """Sums of the terms; zero where they cancel but for rounding, as in a mix that just meets a limit."""
        total = np.bincount(self.place, weights=terms, minlength=len(self.rows))
        size = np.bincount(self.place, weights=np.abs(terms), minlength=len(self.rows))
        return np.where(np.abs(total) > CANCELLED * size, total, 0.0)


class Recipes:
    """The programs of one network. Not for use from several threads at once."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._rows = len(paths.row_lower)
        matrix = paths.matrix
        self._row = matrix.indices.astype(np.int64)
        self._path = np.repeat(np.arange(len(paths)), np.diff(matrix.indptr))
        self._value = matrix.data
        inner = np.flatnonzero(paths.pool[self._path] >= 0)
        self._inner = inner
        self._feed, self._draw = paths.feed_place[self._path[inner]], paths.draw_place[self._path[inner]]
        self._by_draw = _Pattern.of(self._row[inner], self._draw, self._rows)
        self._by_feed = _Pattern.of(self._row[inner], self._feed, self._rows)
        # Columns that stand for what a row misses: lower limits of amounts always, qualities where they have a price.
        quality = np.array([kind.startswith("quality") for kind, _ in paths.row_labels], dtype=bool)
        self.soft = quality
        self._short = np.flatnonzero((paths.row_lower > 0.0) | quality)
        self._hard = ~quality[self._short]
        self._sign = np.where(np.isfinite(paths.row_lower[self._short]), 1.0, -1.0)
        self._sizes = (len(paths), len(paths.draws), len(paths.feeds), len(self._short))
        self._solvers: dict[Kind, Any] = {}
        self._bases: dict[Kind, Any] = {}
        self._longest = dict.fromkeys(get_args(Kind), 0.0)
        self.iterations = self.again = 0
        self.price = SHORT * float(np.max(np.abs(paths.cost), initial=1.0))
        self.most = _largest_shares(paths)

    def of(self, flows: FloatArray) -> FloatArray:
        """Shares (E,) of arc flows (A,): those of the flows in; even ones where nothing flows."""
        into = np.maximum(flows[self.paths.feeds], 0.0)
        return self.normal(into)

    def normal(self, amounts: FloatArray) -> FloatArray:
        """Amounts (E,) as shares within every pool; even ones, as far as limits let them, where there are none."""
        place, count = self.paths.feed_pool, len(self.paths.instance.pools)
        total = np.bincount(place, weights=amounts, minlength=count)[place]
        amounts = np.where(amounts > SMALLEST_SHARE * total, amounts, 0.0)
        total = np.bincount(place, weights=amounts, minlength=count)[place]
        spare = np.bincount(place, weights=self.most, minlength=count)[place]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(total > 0.0, amounts / total, self.most / np.where(spare > 0.0, spare, 1.0))
        return np.asarray(shares)

    def arc_flows(self, mix: Mix, shares: FloatArray) -> FloatArray:
        """Arc flows (A,) of a program in which every pool has its recipe."""
        paths = self.paths
        flows = paths.flows(mix.amounts)
        drawn = np.maximum(mix.flows, 0.0)
        flows[paths.draws] += drawn
        through = np.bincount(paths.draw_pool, weights=drawn, minlength=len(paths.instance.pools))
        flows[paths.feeds] += shares * through[paths.feed_pool]
        return flows

    def fixed(self, shares: FloatArray, clock: Clock, prices: FloatArray | None = None) -> Mix | None:
        """Best flows with every recipe given (E,); with ``prices`` (R,) of what qualities are missed by."""
        none = np.zeros(len(self.paths.instance.pools), dtype=bool)
        return self._solve("fixed", shares, none, None, 0.0, clock, prices=prices)

    def free(
        self,
        shares: FloatArray,
        free: BoolArray,
        clock: Clock,
        cost: FloatArray | None = None,
        output: int | None = None,
    ) -> Mix | None:
        """Best amounts where the pools marked (L,) have no recipe; with other costs of paths (P,) where given.

        With an ``output`` these pools send to no other, so that their flows have one mix each.
        """
        return self._solve("free" if output is None else "one", shares, free, None, 0.0, clock, cost, output)

    def step(
        self,
        shares: FloatArray,
        flows: FloatArray,
        radius: float,
        clock: Clock,
        prices: FloatArray | None = None,
    ) -> Mix | None:
        """Best flows and change of shares to first order near shares (E,) and flows out of pools (D,)."""
        none = np.zeros(len(self.paths.instance.pools), dtype=bool)
        return self._solve("step", shares, none, flows, radius, clock, prices=prices)

    def _solve(
        self,
        kind: Kind,
        shares: FloatArray,
        free: BoolArray,
        flows: FloatArray | None,
        radius: float,
        clock: Clock,
        cost: FloatArray | None = None,
        output: int | None = None,
        prices: FloatArray | None = None,
    ) -> Mix | None:
        highs = self._solvers.get(kind)
        if highs is None:
            highs = self._solvers[kind] = _highs.new_solver()
            options = (("threads", 1), ("solver", "simplex"), ("presolve", "off"))
            for name, value in options:
                _highs.set_option(highs, name, value)
            if kind == "fixed":
                _highs.set_option(highs, "primal_feasibility_tolerance", FEASIBILITY)
        on_path = np.where(self.paths.pool < 0, True, free[self.paths.pool])
        if output is not None:
            on_path &= (self.paths.pool < 0) | (self.paths.output == output)
        cost = self.paths.cost if cost is None else cost
        self._send(highs, shares, free, on_path, flows, radius, cost, prices)
        if kind in self._bases:
            highs.setBasis(self._bases[kind])
        elif kind != "fixed":
            _highs.set_option(highs, "presolve", "on")
        self._run(highs, kind, clock)
        _highs.set_option(highs, "presolve", "off")
        if highs.getModelStatus() not in (_OPTIMAL, highspy.HighsModelStatus.kTimeLimit):
            self._run_again(highs, kind, clock)
        if highs.getModelStatus() != _OPTIMAL:
            return None
        self._bases[kind] = highs.getBasis()
        return self._read(highs)

    def _run_again(self, highs: Any, kind: Kind, clock: Clock) -> None:
        """A basis of other numbers can lead astray, and rows of rounding defy a close tolerance."""
        for tolerance in (FEASIBILITY, LOOSER) if kind == "fixed" else (LOOSER,):
            if clock.is_over():
                break
            _highs.set_option(highs, "primal_feasibility_tolerance", tolerance)
            highs.clearSolver()
            self._run(highs, kind, clock)
            self.again += 1
            if highs.getModelStatus() == _OPTIMAL:
                break
        if kind == "fixed":
            _highs.set_option(highs, "primal_feasibility_tolerance", FEASIBILITY)

    def _run(self, highs: Any, kind: Kind, clock: Clock) -> None:
        """Run within the time left and within some times the longest solve so far: a few never end."""
        before = highs.getRunTime()
        limit = max(FIRST_SECONDS, PATIENCE * self._longest[kind]) if self._longest[kind] else LONGEST_SECONDS
        _highs.set_option(highs, "time_limit", before + min(limit, max(0.0, clock.left)))
        highs.run()
        self.iterations += max(0, int(highs.getInfo().simplex_iteration_count))
        if highs.getModelStatus() == _OPTIMAL:
            self._longest[kind] = max(self._longest[kind], highs.getRunTime() - before)

    def _read(self, highs: Any) -> Mix:
        x = np.array(highs.getSolution().col_value)
        cuts = np.cumsum(self._sizes)[:-1]
        amounts, flows, change, short = np.split(x, cuts)
        value = float(highs.getInfo().objective_function_value)
        dual = np.array(highs.getSolution().row_dual)[: self._rows]
        return Mix(value, np.maximum(amounts, 0.0), flows, change, float(np.sum(short)), dual)

    def _send(
        self,
        highs: Any,
        shares: FloatArray,
        free: BoolArray,
        on_path: BoolArray,
        flows: FloatArray | None,
        radius: float,
        cost: FloatArray,
        prices: FloatArray | None,
    ) -> None:
        paths = self.paths
        on_draw = ~free[paths.draw_pool]
        on_feed = np.full(len(paths.feeds), flows is not None)
        share = np.where(on_draw[paths.draw_place], shares[paths.feed_place], 0.0) * (paths.pool >= 0)
        flow = np.zeros(len(paths)) if flows is None else flows[paths.draw_place] * (paths.pool >= 0)
        inner = paths.pool >= 0
        draw_cost = np.bincount(paths.draw_place[inner], (cost * share)[inner], len(paths.draws))
        feed_cost = np.bincount(paths.feed_place[inner], (cost * flow)[inner], len(paths.feeds))
        entries = self._entries(on_path, share, flow, on_feed)
        low, high = np.zeros(sum(self._sizes)), np.full(sum(self._sizes), np.inf)
        first, second, third = np.cumsum(self._sizes)[:-1]
        high[:first][~on_path] = 0.0
        high[first:second][~on_draw] = 0.0
        low[second:third] = np.where(on_feed, np.maximum(-radius, -shares), 0.0)
        high[second:third] = np.where(on_feed, np.minimum(radius, np.maximum(self.most - shares, 0.0)), 0.0)
        pools = len(paths.instance.pools)
        high[third:] = np.where(self._hard | (prices is not None), np.inf, 0.0)
        short = np.where(self._hard, self.price, 0.0 if prices is None else prices[self._short])
        costs = np.concatenate([cost, draw_cost, feed_cost, short])
        status = highs.passModel(
            len(costs), self._rows + pools, len(entries[2]), int(highspy.MatrixFormat.kColwise), 1, 0.0,
            costs, low, high,
            np.concatenate([paths.row_lower, np.zeros(pools)]),
            np.concatenate([paths.row_upper, np.zeros(pools)]),
            entries[0], entries[1], entries[2], np.zeros(len(costs), dtype=np.int32),
        )  # fmt: skip
        _highs.check(status, f"passing the recipes of {paths.instance.name}")

    def _entries(
        self, on_path: BoolArray, share: FloatArray, flow: FloatArray, on_feed: BoolArray
    ) -> tuple[Any, Any, FloatArray]:
        """Starts, rows and values by column."""
        paths, (width, draws, feeds, short) = self.paths, self._sizes
        kept = on_path[self._path]
        value, path = self._value[self._inner], self._path[self._inner]
        rows = [self._row[kept], self._by_draw.rows]
        columns = [self._path[kept], width + self._by_draw.columns]
        values = [self._value[kept], self._by_draw.values(value * share[path])]
        if on_feed.any():
            rows += [self._by_feed.rows, self._rows + paths.feed_pool]
            columns += [width + draws + self._by_feed.columns, width + draws + np.arange(feeds)]
            values += [self._by_feed.values(value * flow[path]), np.ones(feeds)]
        rows.append(self._short)
        columns.append(width + draws + feeds + np.arange(short))
        values.append(self._sign)
        row, column, number = (np.concatenate(part) for part in (rows, columns, values))
        there = np.abs(number) > _highs.SMALLEST_COEFFICIENT
        row, column, number = row[there], column[there], number[there]
        order = np.argsort(column, kind="stable")
        starts = np.zeros(sum(self._sizes), dtype=np.int32)
        np.cumsum(np.bincount(column, minlength=sum(self._sizes))[:-1], out=starts[1:])
        return starts, row[order].astype(np.int32), number[order]


def sums(place: IntArray, amounts: FloatArray, count: int) -> FloatArray:
    """Amounts added up by place, (count,)."""
    return np.asarray(np.bincount(place, weights=amounts, minlength=count), dtype=np.float64)


def _largest_shares(paths: Paths) -> FloatArray:
    """Largest share of every arc into a pool (E,)."""
    most = np.minimum(1.0, paths.instance.arc_fraction_upper[paths.feeds])
    return np.where(np.isfinite(most), most, 1.0)


def spread(paths: Paths, amounts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far the paths of every pool are from one recipe, in amounts (L,), and its throughput (L,)."""
    inner = np.flatnonzero(paths.pool >= 0)
    pools = len(paths.instance.pools)
    feed, draw, pool = paths.feed_place[inner], paths.draw_place[inner], paths.pool[inner]
    into, out = sums(feed, amounts[inner], len(paths.feeds)), sums(draw, amounts[inner], len(paths.draws))
    total = sums(pool, amounts[inner], pools)
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = np.where(total[pool] > 0.0, into[feed] * out[draw] / total[pool], 0.0)
    return sums(pool, np.abs(amounts[inner] - mixed), pools), total
