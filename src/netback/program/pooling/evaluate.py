"""Independent check of a pooling plan from its arc flows alone; shares no code with the forms.

Qualities of pools are the stationary solution of perfect mixing, ``in_l q_lk = sum of f_il c_ik + sum of f_ml
q_mk``, found by direct solution and one step of refinement, so that cycles are no special case. Pools that no
input feeds have no quality. Every row is summed without loss (``math.fsum``); the only rounding left is that of
the products and of the qualities, at most about (number of pools) * 1e-15 of the largest quality.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netback.errors import Finding, ModelError
from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import BoolArray, FloatArray


@dataclass(frozen=True)
class Evaluation:
    """What a plan is worth and how far it is from keeping every rule.

    Attributes
    ----------
    objective
        Cost of the flows, which the instance minimises.
    worst
        Largest violation of any rule, relative to the largest of 1, its bound and its terms (for a quality: to
        the same times the size of quality and bound).
    where
        The rule that is violated most, for example ``quality_ub k1 of o5``; empty where none is.
    """

    objective: float
    worst: float
    where: str


def evaluate(instance: PoolingInstance, flows: FloatArray) -> Evaluation:
    """Objective and worst relative violation of arc flows (A,).

    Raises
    ------
    ModelError
        If the number of flows is wrong.
    """
    given = np.asarray(flows, dtype=np.float64)
    if given.shape != (instance.arcs,):
        what = f"{given.shape} flows where ({instance.arcs},) are needed."
        raise ModelError(Finding(f"pooling instance {instance.name}", what))
    if not np.isfinite(given).all():
        return Evaluation(math.nan, math.inf, "a flow that is not a number")
    check = _Check(instance, given.tolist())
    check.arcs()
    check.nodes()
    check.qualities(pool_qualities(instance, given))
    return Evaluation(check.objective(), check.worst, check.where)


def pool_qualities(instance: PoolingInstance, flows: FloatArray) -> FloatArray:
    """Qualities of the pools (L, K) at arc flows (A,); NaN for a pool that no input feeds."""
    first, count = len(instance.inputs), len(instance.pools)
    brought = np.zeros((count, len(instance.qualities)))
    passed = np.zeros((count, count))
    for a, flow in enumerate(flows):
        tail, head = int(instance.arc_tail[a]), int(instance.arc_head[a]) - first
        if flow <= 0.0 or head >= count:
            continue
        if tail < first:
            brought[head] += flow * instance.input_quality[tail]
        else:
            passed[head, tail - first] += flow
    fed = _fed(instance, flows, passed)
    taken = np.zeros(count)
    np.add.at(taken, instance.arc_head[instance.to_pool] - first, np.maximum(flows[instance.to_pool], 0.0))
    result = np.full(brought.shape, np.nan)
    if fed.any():
        passed = passed[np.ix_(fed, fed)] / taken[fed, None]
        matrix = np.eye(len(passed)) - passed
        right = brought[fed] / taken[fed, None]
        found = np.linalg.solve(matrix, right)
        result[fed] = found + np.linalg.solve(matrix, right - matrix @ found)
    return result


def _fed(instance: PoolingInstance, flows: FloatArray, passed: FloatArray) -> BoolArray:
    """Pools that flow from an input gets to, bool (L,)."""
    first, count = len(instance.inputs), len(instance.pools)
    fed = np.zeros(count, dtype=bool)
    direct = instance.to_pool & (instance.arc_tail < first) & (flows > 0.0)
    fed[instance.arc_head[direct] - first] = True
    waiting = list(np.flatnonzero(fed))
    while waiting:
        pool = waiting.pop()
        for other in np.flatnonzero((passed[:, pool] > 0.0) & ~fed):
            fed[other] = True
            waiting.append(other)
    return fed


class _Check:
    """Goes through all rules and keeps the worst."""

    def __init__(self, instance: PoolingInstance, flows: list[float]) -> None:
        self.instance, self.flows = instance, flows
        self.worst, self.where = 0.0, ""
        self.tail, self.head = instance.arc_tail.tolist(), instance.arc_head.tolist()

    def note(self, value: float, lower: float, upper: float, size: float, where: str) -> None:
        """Keep a rule ``lower <= value <= upper`` if it is violated more than all before."""
        over = max(lower - value, value - upper, 0.0)
        bound = lower if value < lower else upper
        scale = max(size, abs(bound) if math.isfinite(bound) else 0.0)
        relative = over / scale if over > 0.0 else 0.0
        if math.isnan(value) or relative > self.worst:
            self.worst, self.where = (math.inf if math.isnan(value) else relative), where

    def arcs(self) -> None:
        """Bounds of flows."""
        one = self.instance
        for a, flow in enumerate(self.flows):
            low, high = float(one.arc_lower[a]), float(one.arc_upper[a])
            self.note(flow, low, high, 1.0, f"flow from {' to '.join(one.arc_label(a))}")

    def nodes(self) -> None:
        """Supply, capacity, balance, shares and demand."""
        one = self.instance
        pools, outputs = len(one.inputs), len(one.inputs) + len(one.pools)
        for node, name in enumerate(one.nodes):
            into = [flow for flow, head in zip(self.flows, self.head, strict=True) if head == node]
            out = [flow for flow, tail in zip(self.flows, self.tail, strict=True) if tail == node]
            if node < pools:
                self._sum(out, one.supply_lower[node], one.supply_upper[node], f"supply of {name}")
            elif node < outputs:
                self._sum(into, 0.0, one.pool_capacity[node - pools], f"capacity of {name}")
                self._sum([*into, *(-flow for flow in out)], 0.0, 0.0, f"balance of {name}")
            else:
                j = node - outputs
                self._sum(into, one.demand_lower[j], one.demand_upper[j], f"demand of {name}")
        for a in np.flatnonzero(np.isfinite(one.arc_fraction_upper)).tolist():
            share, head = float(one.arc_fraction_upper[a]), self.head[a]
            terms = [-share * flow for flow, to in zip(self.flows, self.head, strict=True) if to == head]
            where = f"share of {' in '.join(one.arc_label(a))}"
            self._sum([self.flows[a], *terms], -math.inf, 0.0, where)

    def _sum(self, terms: list[float], lower: float, upper: float, where: str) -> None:
        size = max(1.0, *map(abs, terms)) if terms else 1.0
        self.note(math.fsum(terms), float(lower), float(upper), size, where)

    def qualities(self, pools: FloatArray) -> None:
        """Quality limits of what is delivered; pools that nothing feeds deliver rounding only."""
        one, first = self.instance, len(self.instance.inputs)
        known = np.vstack([one.input_quality, np.where(np.isnan(pools), 0.0, pools)])
        for j, output in enumerate(one.outputs):
            arcs = [a for a, head in enumerate(self.head) if head == first + len(one.pools) + j]
            for k, name in enumerate(one.qualities):
                limits = (("quality_ub", one.quality_upper[j, k]), ("quality_lb", one.quality_lower[j, k]))
                for kind, bound in limits:
                    if math.isfinite(bound):
                        terms = [(float(known[self.tail[a], k]), self.flows[a]) for a in arcs]
                        self._limit(terms, float(bound), kind == "quality_ub", f"{kind} {name} of {output}")

    def _limit(self, terms: list[tuple[float, float]], bound: float, is_upper: bool, where: str) -> None:
        """``sum (quality - bound) flow`` on the right side of zero."""
        over = math.fsum([quality * flow for quality, flow in terms] + [-bound * flow for _, flow in terms])
        size = max((max(abs(q), abs(bound)) * max(1.0, abs(flow)) for q, flow in terms), default=1.0)
        low, high = (-math.inf, 0.0) if is_upper else (0.0, math.inf)
        self.note(over, low, high, size or 1.0, where)

    def objective(self) -> float:
        """Cost of the flows, summed without loss."""
        one, first = self.instance, len(self.instance.inputs)
        last = first + len(one.pools)
        terms = []
        for a, flow in enumerate(self.flows):
            terms.append(float(one.arc_cost[a]) * flow)
            if self.tail[a] < first:
                terms.append(float(one.input_cost[self.tail[a]]) * flow)
            if self.head[a] >= last:
                terms.append(-float(one.output_price[self.head[a] - last]) * flow)
        return math.fsum(terms)
