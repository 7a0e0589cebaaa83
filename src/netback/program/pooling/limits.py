"""Quality limits of outputs: which can bind, and how far inputs are from them.

What every mix of the inputs that reach an output keeps needs no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netback.program.index import Index, IntArray
from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import FloatArray

if TYPE_CHECKING:
    from netback.program.pooling.parts import Network

#: Relative difference below which a quality is its limit.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Limits:
    """Quality limits of one output that can bind: qualities, bounds and rows, all (limits,).

    ``sign`` is 1 for greatest and -1 for least qualities: ``sign`` times the row is at most zero.
    """

    output: int
    qualities: IntArray
    bounds: FloatArray
    rows: IntArray
    sign: float

    def over(self, instance: PoolingInstance, inputs: IntArray) -> FloatArray:
        """How far the inputs' qualities are above the bounds (limits, inputs)."""
        return _distance(instance.input_quality[inputs][:, self.qualities].T, self.bounds[:, None])


def limits(network: Network) -> list[Limits]:
    """Rows ``sum (quality - bound) flow <= 0`` (or >= 0) of the limits that some input reaching the output breaks.

    No mix can break the others, so that they need no row.
    """
    one = network.instance
    found = []
    for side, bounds in (("max", one.quality_upper), ("min", one.quality_lower)):
        pairs = [(j, k) for j in range(len(one.outputs)) for k in _breakable(network, j, side)]
        labels = [(one.outputs[j], one.qualities[k]) for j, k in pairs]
        lower, upper = (-np.inf, 0.0) if side == "max" else (0.0, np.inf)
        index = Index.of(("output", "quality"), labels)
        rows = network.builder.constraints(f"quality_{side}", index, lower, upper).ids
        for j in sorted({j for j, _ in pairs}):
            here = np.array([n for n, pair in enumerate(pairs) if pair[0] == j], dtype=np.int64)
            which = np.array([pairs[n][1] for n in here], dtype=np.int64)
            found.append(Limits(j, which, bounds[j, which], rows[here], 1.0 if side == "max" else -1.0))
    return found


def _distance(quality: FloatArray, bound: FloatArray) -> FloatArray:
    """``quality - bound``; zero where it is rounding only, lest a row consist of rounding."""
    over = quality - bound
    size = np.maximum(np.abs(quality), np.abs(bound))
    found: FloatArray = np.where(np.abs(over) <= ROUNDING * size, 0.0, over)
    return found


def _breakable(network: Network, output: int, side: str) -> list[int]:
    """Qualities of which some input that reaches the output is beyond the limit."""
    one = network.instance
    reaching = network.outputs_of[:, output] @ network.inputs_of
    arcs = one.entering[one.first_output + output]
    reaching[one.arc_tail[arcs][one.arc_tail[arcs] < one.first_pool]] = True
    bound = one.quality_upper[output] if side == "max" else one.quality_lower[output]
    over = _distance(one.input_quality[reaching], np.where(np.isfinite(bound), bound, 0.0)[None, :])
    beyond = ((over > 0.0) if side == "max" else (over < 0.0)) & np.isfinite(bound)
    return [int(k) for k in np.flatnonzero(beyond.any(axis=0))]


def direct_arcs(network: Network, output: int) -> IntArray:
    """Arcs into an output that come straight from inputs."""
    one = network.instance
    arcs = one.entering[one.first_output + output]
    found: IntArray = arcs[one.arc_tail[arcs] < one.first_pool]
    return found


def add_direct(network: Network, limit: Limits) -> None:
    """What comes straight from inputs, in the rows of an output's limits."""
    arcs = direct_arcs(network, limit.output)
    over = limit.over(network.instance, network.instance.arc_tail[arcs])
    network.builder.add_terms(limit.rows[:, None], network.flow.ids[arcs][None, :], over)
