"""Link every switch to its flow, with the smallest bound that the other rows prove.

    flow <= most x binary,   flow >= least x binary

``most`` is what the user states, or else what follows from all rows by interval propagation. A flow that nothing
bounds cannot be switched: a guessed big number would be a silent wrong answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netback.errors import Finding
from netback.program.ranges import column_ranges
from netback.refinery.build import Build, Switch


def link_switches(build: Build) -> None:
    """Rows ``switch_max_k`` and ``switch_min_k`` for the k-th switch. Findings go to ``build``."""
    if not build.switches:
        return
    lower, upper = column_ranges(build.builder.build())
    for number, switch in enumerate(build.switches, start=1):
        most = _most(switch, lower, upper)
        unlimited = ~np.isfinite(most)
        if unlimited.any():
            period = build.periods[int(np.flatnonzero(unlimited)[0])]
            what = f"{switch.name} in {period}: nothing bounds the flow that is to be switched."
            build.findings.append(
                Finding(switch.where, what, "Give a greatest quantity somewhere on its way.")
            )
            continue
        _link(build, switch, number, most)


def _most(switch: Switch, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Greatest flow per period, float (periods,)."""
    columns, weights = switch.flow.columns, switch.flow.weights
    if not len(switch.flow):
        return np.zeros_like(switch.least)
    with np.errstate(invalid="ignore"):
        ends = np.where(weights >= 0.0, weights * upper[columns], weights * lower[columns])
    propagated = np.where(weights == 0.0, 0.0, ends).sum(axis=0)
    most: NDArray[np.float64] = np.minimum(switch.most, propagated)
    return most


def _link(build: Build, switch: Switch, number: int, most: NDArray[np.float64]) -> None:
    gate = build.constraints(f"switch_max_{number}", ("flow",), [(switch.name,)], -np.inf, 0.0)
    assert gate is not None
    build.add_flow(gate.ids[0], switch.flow)
    build.builder.add_terms(gate.ids[0], switch.binary, -most)
    if switch.least.any():
        floor = build.constraints(f"switch_min_{number}", ("flow",), [(switch.name,)], 0.0, np.inf)
        assert floor is not None
        build.add_flow(floor.ids[0], switch.flow)
        build.builder.add_terms(floor.ids[0], switch.binary, -switch.least)
