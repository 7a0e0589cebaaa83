"""Cuts from one quality limit of an output and one pool that feeds it: the share of a bad pool in a good mix.

Written about the bound of the limit, at most D is delivered: f is the flow from the pool, q its quality over the bound,
u = q f what that adds; y and z are the flow from elsewhere and what it adds. With b the best that elsewhere can bring
(z >= -b y), B the worst (z <= B y), low <= q <= high:

    u + z <= 0   and   f + y <= D   give   u <= b (D - f).

Multiplied by q - low >= 0, with ``q u = q^2 f >= 2 r u - r^2 f`` for any r:

    b D (q - low) - b (u - low f) + low u - (2 r u - r^2 f) >= 0                                          (bad pool)

and where elsewhere is too bad (z > 0) the pool has to be good, ``q z <= -z^2 / f``, so that for any r >= 0

    D (high - q) - high f + u - (high z + 2 r z - r^2 f) / B >= 0                                          (bad rest)

which with high >= 0 holds for z <= 0 too, where it is weaker than ``(high - q) (D - f) >= 0``. In the form by shares of
inputs, without arcs between pools, q and u are sums over shares and products, so that both are rows of the relaxation,
strongest at r = u / f and r = z / f. Right sides give back what rounding may have taken.

Reference: Luedtke, D'Ambrosio, Linderoth, Schweiger, Strong convex nonlinear relaxations of the pooling
problem, SIAM Journal on Optimization 30 (2020), whose set of one output, one pool and one quality this is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netback.program.bounds.cuts import Cuts
from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs
from netback.program.bounds.safe import EPSILON
from netback.program.index import IntArray
from netback.program.problem import FloatArray

if TYPE_CHECKING:
    from netback.program.pooling.limits import Limits
    from netback.program.pooling.parts import InputShares

#: Roundings that a coefficient may have seen, with room.
ROUNDINGS = 32.0
#: A cut counts when the point breaks it by more than this part of its size.
BROKEN = 1e-5
#: Flows below this part of what is delivered say nothing of r.
NO_FLOW = 1e-9


class _Feed(NamedTuple):
    """An arc into an output: its flow, the inputs it brings (k,), their shares (none of a direct arc) and parts."""

    flow: int
    inputs: IntArray
    shares: IntArray
    columns: IntArray


@dataclass(frozen=True, eq=False)
class _Place:
    """One limit of an output and one pool: columns of the flow, shares (k,) and products (k,), all over the bound."""

    flow: int
    shares: IntArray
    products: IntArray
    over: FloatArray
    #: Columns, products among them, of what comes from elsewhere and how far it is over the bound, (m,) each.
    rest: IntArray
    rest_over: FloatArray
    #: The same by source: shares of another pool (none for a direct arc), (shares, over) each.
    sources: list[tuple[IntArray, FloatArray]]
    demand: float


class LimitCuts:
    """Makes the cuts of one instance in the form by shares of inputs.

    Parameters
    ----------
    shares
        The part of the form, with products in its rows (not explicit), of a network without arcs between pools.
    """

    def __init__(self, shares: InputShares) -> None:
        self._shares = shares
        self._known: tuple[Pairs, list[_Place], _Sums | None] | None = None

    def cuts(self, pairs: Pairs, ranges: Ranges, x: FloatArray) -> Cuts:
        """Cuts that a point (n + products,) of the relaxation breaks, valid over ranges (n,)."""
        if self._known is None or len(self._known[0]) != len(pairs):
            width = len(ranges.lower)
            places = self._places(pairs, width)
            self._known = (pairs, places, _Sums(places, width + len(pairs)) if places else None)
        _, places, sums = self._known
        if sums is None:
            return Cuts(np.zeros((0, len(x))), np.zeros(0))
        low, high, best, worst = _ends(places, ranges)
        return sums.cuts(x, low, high, best, worst)

    def _places(self, pairs: Pairs, width: int) -> list[_Place]:
        shares = self._shares
        one = shares.network.instance
        at = {
            key: width + n
            for n, (a, b) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
            for key in ((a, b), (b, a))
        }
        found: list[_Place] = []
        for limit in shares.limits:
            arcs = one.entering[one.first_output + limit.output]
            demand = float(one.demand_upper[limit.output])
            if not math.isfinite(demand) or demand <= 0.0:
                continue
            feeds = [feed for a in arcs.tolist() if len((feed := self._feed(a, at)).inputs)]
            found += self._of_limit(limit, feeds, demand)
        return found

    def _feed(self, arc: int, at: dict[tuple[int, int], int]) -> _Feed:
        one, shares = self._shares.network.instance, self._shares
        flow = int(shares.network.flow.ids[arc])
        if not one.from_pool[arc]:
            return _Feed(flow, one.arc_tail[[arc]], np.zeros(0, dtype=np.int64), np.array([flow]))
        pool = int(one.arc_tail[arc]) - one.first_pool
        inputs = np.flatnonzero(shares.reached[pool])
        own = [shares.share_id[pool, int(n)] for n in inputs]
        products = np.array([at[column, flow] for column in own], dtype=np.int64)
        return _Feed(flow, inputs, np.array(own, dtype=np.int64), products)

    def _of_limit(self, limit: Limits, feeds: list[_Feed], demand: float) -> list[_Place]:
        over = [limit.sign * limit.over(self._shares.network.instance, feed.inputs) for feed in feeds]
        found = []
        for n, feed in enumerate(feeds):
            others = [m for m in range(len(feeds)) if m != n]
            if not len(feed.shares) or not others:
                continue
            rest = np.concatenate([feeds[m].columns for m in others])
            for k in range(len(limit.qualities)):
                sources = [(feeds[m].shares, over[m][k]) for m in others]
                rest_over = np.concatenate([values for _, values in sources])
                if max(over[n][k].max(), rest_over.max()) > 0.0:
                    own = (feed.flow, feed.shares, feed.columns, over[n][k])
                    found.append(_Place(*own, rest, rest_over, sources, demand))
        return found


class _Factors(NamedTuple):
    """Factors (p,) of the pool's quality, of what it adds, of what the rest adds, and of the flow."""

    quality: FloatArray
    added: FloatArray
    rest: FloatArray
    flow: FloatArray


class _Sums:
    """Quality, what the pool adds and what the rest adds, of all places at once, as sums over columns."""

    def __init__(self, places: list[_Place], columns: int) -> None:
        def matrix(parts: list[tuple[IntArray, FloatArray]]) -> FloatArray:
            made = np.zeros((len(parts), columns))
            for row, (ids, values) in enumerate(parts):
                made[row, ids] = values
            return made

        self.quality = matrix([(place.shares, place.over) for place in places])
        self.added = matrix([(place.products, place.over) for place in places])
        self.rest = matrix([(place.rest, place.rest_over) for place in places])
        self.flow = np.array([place.flow for place in places])
        self.demand = np.array([place.demand for place in places])

    def cuts(
        self, x: FloatArray, low: FloatArray, high: FloatArray, best: FloatArray, worst: FloatArray
    ) -> Cuts:
        """Broken cuts of all places (p,) at a point, with the ends of the pool's quality and of the rest's."""
        f, u, z = x[self.flow], self.added @ x, self.rest @ x
        flowing = (f > NO_FLOW * self.demand) & (high > low)
        r = np.clip(np.divide(u, f, out=np.zeros_like(u), where=flowing), low, high)
        bad = flowing & (best > 0.0) & (high > 0.0)
        parts = [self._bad_pool(np.flatnonzero(bad), low, r, best)]
        s = np.maximum(np.divide(z, f, out=np.zeros_like(z), where=flowing), 0.0)
        parts.append(self._bad_rest(np.flatnonzero(flowing & (worst > 0.0) & (z > 0.0)), high, s, worst))
        rows = np.concatenate([row for row, _ in parts])
        sides = np.concatenate([side for _, side in parts])
        size = np.abs(rows) @ np.abs(x) + np.abs(sides)
        broken = sides - rows @ x > BROKEN * size
        return Cuts(rows[broken], sides[broken])

    def _bad_pool(
        self, at: IntArray, low: FloatArray, r: FloatArray, best: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        b, lo, slope = best[at], low[at], r[at]
        scale = 1.0 / (b * self.demand[at])
        on_quality = np.nextafter(b * self.demand[at], np.inf) * scale
        none = np.zeros(len(at))
        factors = _Factors(on_quality, (lo - b - 2.0 * slope) * scale, none, (b * lo + slope**2) * scale)
        added, flow = np.abs(lo) + b + 2.0 * np.abs(slope), b * np.abs(lo) + slope**2
        return self._rows(
            at, factors, _Factors(on_quality, added * scale, none, flow * scale), on_quality * lo
        )

    def _bad_rest(
        self, at: IntArray, high: FloatArray, s: FloatArray, worst: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        hi, slope, most = np.maximum(high[at], 0.0), s[at], worst[at]
        scale = 1.0 / self.demand[at]
        one, rest = np.ones(len(at)), (hi + 2.0 * slope) / most * scale
        factors = _Factors(-one, scale, -rest, (slope**2 / most - hi) * scale)
        return self._rows(at, factors, _Factors(one, scale, rest, (slope**2 / most + hi) * scale), -hi)

    def _rows(
        self, at: IntArray, factors: _Factors, sizes: _Factors, side: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Rows and right sides of places ``at``; ``sizes`` are those of the factors before terms cancelled."""
        quality, added, rest = self.quality[at], self.added[at], self.rest[at]
        rows = factors.quality[:, None] * quality + factors.added[:, None] * added
        rows += factors.rest[:, None] * rest
        rows[np.arange(len(at)), self.flow[at]] += factors.flow
        # Shares are at most one, everything else at most what is delivered.
        delivered = (
            sizes.added * np.abs(added).sum(axis=1) + sizes.rest * np.abs(rest).sum(axis=1) + sizes.flow
        )
        lost = sizes.quality * np.abs(quality).sum(axis=1) + np.abs(side) + self.demand[at] * delivered
        return rows, side - ROUNDINGS * EPSILON * lost


def _ends(places: list[_Place], ranges: Ranges) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Least and greatest of every pool's quality over the bound, best and worst of the rest with sign; (p,) each."""
    known: dict[tuple[int, bytes], tuple[float, float]] = {}

    def of(shares: IntArray, over: FloatArray) -> tuple[float, float]:
        if not len(shares):
            return float(over[0]), float(over[0])
        key = (int(shares[0]), over.tobytes())
        if key not in known:
            lower, upper = ranges.lower[shares], ranges.upper[shares]
            known[key] = (mean_least(over, lower, upper), -mean_least(-over, lower, upper))
        return known[key]

    found = []
    for place in places:
        low, high = of(place.shares, place.over)
        rest = [of(*source) for source in place.sources]
        found.append((low, high, -min(low for low, _ in rest), max(high for _, high in rest)))
    low, high, best, worst = np.array(found).T
    return low, high, best, worst


def mean_least(values: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Least mean of values (k,) with weights in ``lower`` to ``upper`` that sum to one, rounded down.

    Where no such weights exist, or none are known to, the least value.
    """
    least, size = float(values.min()), float(np.abs(values).max())
    lower, upper = np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)
    left = 1.0 - float(lower.sum())
    if left < 0.0 or float(upper.sum()) < 1.0:
        return least
    total = float(values @ lower)
    for n in np.argsort(values, kind="stable").tolist():
        taken = min(left, float(upper[n] - lower[n]))
        total += taken * float(values[n])
        left -= taken
    return max(least, total - ROUNDINGS * EPSILON * size * len(values))
