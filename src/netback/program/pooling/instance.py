"""A pooling problem as frozen arrays: inputs of known quality, pools that mix perfectly, outputs with limits.

Nodes are numbered inputs first, then pools, then outputs. Arcs run input to pool, input to output, pool to
pool (cycles may occur) and pool to output. Costs are minimised:

    min  sum_i cost_i out(i) - sum_j price_j in(j) + sum_a cost_a f_a

Reference for the general (arbitrary network) problem: Audet, Brimberg, Hansen, Le Digabel, Mladenovic,
Pooling problem: alternate formulations and solution methods, Management Science 50 (2004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from netback.errors import Finding, ModelError
from netback.program.index import IntArray
from netback.program.problem import BoolArray, FloatArray, frozen


@dataclass(frozen=True)
class BestKnown:
    """What others found: objective and bound, None where unknown; ``status`` optimal, best or unknown."""

    objective: float | None = None
    dual_bound: float | None = None
    status: str = "unknown"
    source: str = ""


@dataclass(frozen=True, eq=False)
class PoolingInstance:
    """One pooling problem with I inputs, L pools, J outputs, K qualities and A arcs.

    Attributes
    ----------
    name, group
        Its name and the benchmark set it belongs to.
    qualities, inputs, pools, outputs
        Names (K,), (I,), (L,), (J,); no name stands for two nodes.
    input_cost, supply_lower, supply_upper
        Cost per unit drawn and bounds on the amount drawn (I,); the upper one may be infinite.
    input_quality
        Quality of every input (I, K).
    pool_capacity
        Largest throughput (L,), infinite where there is no limit.
    output_price, demand_lower, demand_upper
        Price per unit delivered and bounds on the amount delivered (J,).
    quality_lower, quality_upper
        Limits on the quality delivered (J, K); infinite where there is none.
    arc_tail, arc_head
        Node numbers (A,).
    arc_cost, arc_lower, arc_upper
        Cost per unit and bounds of the flow (A,).
    arc_fraction_upper
        Largest share (A,) of its pool's throughput that an arc from an input brings; infinite without limit.
    best_known
        What others found.

    Raises
    ------
    ModelError
        If shapes do not fit, a number is NaN or out of order, names are not unique or an arc runs where none
        can; all findings together.
    """

    name: str
    qualities: tuple[str, ...]
    inputs: tuple[str, ...]
    pools: tuple[str, ...]
    outputs: tuple[str, ...]
    input_cost: FloatArray
    supply_lower: FloatArray
    supply_upper: FloatArray
    input_quality: FloatArray
    pool_capacity: FloatArray
    output_price: FloatArray
    demand_lower: FloatArray
    demand_upper: FloatArray
    quality_lower: FloatArray
    quality_upper: FloatArray
    arc_tail: IntArray
    arc_head: IntArray
    arc_cost: FloatArray
    arc_lower: FloatArray
    arc_upper: FloatArray
    arc_fraction_upper: FloatArray
    group: str = ""
    best_known: BestKnown = field(default_factory=BestKnown)

    def __post_init__(self) -> None:
        shapes = self._shapes()
        findings = [
            Finding(name, f"has shape {np.shape(getattr(self, name))} where {shape} is needed.")
            for name, shape in shapes.items()
            if np.shape(getattr(self, name)) != shape
        ]
        if findings:
            raise ModelError(findings, f"pooling instance {self.name}")
        for name in shapes:
            kind = np.int64 if name in ("arc_tail", "arc_head") else np.float64
            object.__setattr__(self, name, frozen(getattr(self, name), kind))
        if findings := _faults(self):
            raise ModelError(findings, f"pooling instance {self.name}")

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape that every array must have."""
        inputs, pools, outputs = len(self.inputs), len(self.pools), len(self.outputs)
        qualities, arcs = len(self.qualities), int(np.size(self.arc_tail))
        shapes: dict[str, tuple[int, ...]] = {
            "input_quality": (inputs, qualities),
            "quality_lower": (outputs, qualities),
            "quality_upper": (outputs, qualities),
            "pool_capacity": (pools,),
        }
        shapes |= dict.fromkeys(("input_cost", "supply_lower", "supply_upper"), (inputs,))
        shapes |= dict.fromkeys(("output_price", "demand_lower", "demand_upper"), (outputs,))
        names = ("tail", "head", "cost", "lower", "upper", "fraction_upper")
        return shapes | dict.fromkeys((f"arc_{name}" for name in names), (arcs,))

    @property
    def first_pool(self) -> int:
        """Node number of the first pool."""
        return len(self.inputs)

    @property
    def first_output(self) -> int:
        """Node number of the first output."""
        return len(self.inputs) + len(self.pools)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of all nodes in the order of their numbers."""
        return (*self.inputs, *self.pools, *self.outputs)

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return len(self.arc_tail)

    @cached_property
    def from_pool(self) -> BoolArray:
        """Whether an arc leaves a pool (A,)."""
        return self.arc_tail >= self.first_pool

    @cached_property
    def to_pool(self) -> BoolArray:
        """Whether an arc enters a pool (A,)."""
        return (self.arc_head >= self.first_pool) & (self.arc_head < self.first_output)

    @cached_property
    def leaving(self) -> tuple[IntArray, ...]:
        """Arcs that leave each node, one array per node."""
        return tuple(np.flatnonzero(self.arc_tail == node) for node in range(len(self.nodes)))

    @cached_property
    def entering(self) -> tuple[IntArray, ...]:
        """Arcs that enter each node, one array per node."""
        return tuple(np.flatnonzero(self.arc_head == node) for node in range(len(self.nodes)))

    @cached_property
    def cost_of_flow(self) -> FloatArray:
        """Cost of one unit on each arc (A,): input cost, less output price, plus the arc's own cost."""
        price = np.concatenate([np.zeros(self.first_output), self.output_price])
        cost = np.concatenate([self.input_cost, np.zeros(len(self.pools) + len(self.outputs))])
        result: FloatArray = cost[self.arc_tail] - price[self.arc_head] + self.arc_cost
        return result

    @property
    def sizes(self) -> dict[str, int]:
        """Numbers of inputs, pools, outputs, qualities, arcs and arcs between pools."""
        return {
            "inputs": len(self.inputs),
            "pools": len(self.pools),
            "outputs": len(self.outputs),
            "qualities": len(self.qualities),
            "arcs": self.arcs,
            "pool_to_pool": int((self.from_pool & self.to_pool).sum()),
        }

    def arc_label(self, arc: int) -> tuple[str, str]:
        """Names of the two ends of an arc."""
        return self.nodes[int(self.arc_tail[arc])], self.nodes[int(self.arc_head[arc])]

    def with_(self, **changes: Any) -> PoolingInstance:
        """Return a changed copy. Raises :class:`ModelError` as the constructor does."""
        return replace(self, **changes)


def _faults(instance: PoolingInstance) -> list[Finding]:
    """All faults of an instance whose arrays have the right shapes."""
    return [*_name_faults(instance), *_arc_faults(instance), *_number_faults(instance)]


def _name_faults(instance: PoolingInstance) -> list[Finding]:
    findings = []
    for kind, names in (("node", instance.nodes), ("quality", instance.qualities)):
        seen: set[str] = set()
        for name in names:
            if name in seen:
                findings.append(Finding(f"{kind} {name}", "stands twice.", "Give every one its own name."))
            seen.add(name)
    return findings


def _arc_faults(instance: PoolingInstance) -> list[Finding]:
    findings, seen = [], set()
    count, pools, outputs = len(instance.nodes), instance.first_pool, instance.first_output
    for a, (tail, head) in enumerate(
        zip(instance.arc_tail.tolist(), instance.arc_head.tolist(), strict=True)
    ):
        if not (0 <= tail < count and 0 <= head < count):
            what = f"runs from node {tail} to node {head}; there are {count} nodes."
            findings.append(Finding(f"arc {a}", what))
        elif tail >= outputs or head < pools or tail == head:
            names = f"{instance.nodes[tail]} to {instance.nodes[head]}"
            hint = "Arcs lead from inputs and pools to other pools and to outputs."
            findings.append(Finding(f"arc {names}", "cannot carry flow.", hint))
        elif (tail, head) in seen:
            names = f"{instance.nodes[tail]} to {instance.nodes[head]}"
            findings.append(Finding(f"arc {names}", "stands twice.", "Add the two up."))
        seen.add((tail, head))
    return findings


def _number_faults(instance: PoolingInstance) -> list[Finding]:
    nodes = instance.nodes
    inputs, pools, outputs = instance.inputs, instance.pools, instance.outputs
    arcs = [
        f"arc {nodes[tail]} to {nodes[head]}"
        if 0 <= tail < len(nodes) and 0 <= head < len(nodes)
        else f"arc {a}"
        for a, (tail, head) in enumerate(
            zip(instance.arc_tail.tolist(), instance.arc_head.tolist(), strict=True)
        )
    ]
    findings = _bound_faults("supply", inputs, instance.supply_lower, instance.supply_upper)
    findings += _bound_faults("demand", outputs, instance.demand_lower, instance.demand_upper)
    findings += _bound_faults("flow", arcs, instance.arc_lower, instance.arc_upper)
    findings += _bound_faults("capacity", pools, np.zeros(len(pools)), instance.pool_capacity)
    fraction = instance.arc_fraction_upper
    findings += _bound_faults("share", arcs, np.zeros(len(arcs)), fraction)
    limited = np.isfinite(fraction)
    for a in np.flatnonzero(limited & ~((instance.arc_tail < instance.first_pool) & instance.to_pool)):
        findings.append(
            Finding(arcs[int(a)], "a share is limited where only an arc from input to pool has one.")
        )
    for j, output in enumerate(outputs):
        low, high = instance.quality_lower[j], instance.quality_upper[j]
        findings += _bound_faults(f"{output}, quality", instance.qualities, low, high, least=-math.inf)
    values = (
        ("cost", inputs, instance.input_cost),
        ("price", outputs, instance.output_price),
        ("cost", arcs, instance.arc_cost),
        *(
            (f"quality {name}", inputs, instance.input_quality[:, k])
            for k, name in enumerate(instance.qualities)
        ),
    )
    for what, names, numbers in values:
        for n in np.flatnonzero(~np.isfinite(numbers)):
            findings.append(Finding(names[int(n)], f"{what} {float(numbers[n])!r} is not a finite number."))
    return findings


def _bound_faults(
    what: str, names: Any, lower: FloatArray, upper: FloatArray, least: float = 0.0
) -> list[Finding]:
    """Bounds that are NaN, below ``least``, at the wrong infinity or crossed."""
    bad = ~(lower >= least) | ~(lower <= upper) | (lower == math.inf) | (upper == -math.inf)
    found = []
    for n in np.flatnonzero(bad):
        low, high = float(lower[n]), float(upper[n])
        where = "holds no number" if low > high or math.isnan(low + high) else "leaves its range"
        hint = "Lower must not exceed upper." if low > high else f"Bounds are numbers from {least:g} on."
        found.append(Finding(f"{names[n]}", f"{what} from {low!r} to {high!r} {where}.", hint))
    return found
