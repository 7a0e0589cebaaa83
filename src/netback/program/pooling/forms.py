"""Pooling instances as programs with product terms, in five forms with the same optimum and different bounds.

========== ============================== ============================================== =====================
form       columns beside the flows       products                                       bound
========== ============================== ============================================== =====================
``p``      qualities of pools             quality x flow out of the pool                 weakest
``pq``     shares by input                share x flow out, written into the rows        as ``source``
``source`` shares by input and their      share x flow out, one column each              at least as good as p
           parts of flows
``tp``     shares by output and their     share x flow into the pool                     neither way with source
           parts of flows
``stp``    both, linked                   both                                           the best of all
========== ============================== ============================================== =====================

On networks with arcs between pools ``pq`` and ``source`` are the multi-commodity form of Alfaki and Haugland
(2013), ``tp`` its dual with one commodity per output. All have the redundant rows that tighten them: the sum
of shares times the flow, and the capacity times the share; see :mod:`netback.program.pooling.parts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from netback.errors import Finding, ModelError, closest
from netback.program.builder import Builder
from netback.program.index import IntArray
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.parts import (
    InputShares,
    Network,
    OutputShares,
    Part,
    Qualities,
    link,
    shared_parts,
)
from netback.program.problem import FloatArray, Problem

Form = Literal["p", "pq", "source", "tp", "stp"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, eq=False)
class PoolingModel:
    """An instance in one form.

    Attributes
    ----------
    instance, form
        What it was made from.
    problem
        The program, of sense "min".
    flow_ids
        Columns of the arc flows (A,).
    parts
        What makes the other columns from the flows.
    """

    instance: PoolingInstance
    form: Form
    problem: Problem
    flow_ids: IntArray
    parts: tuple[Part, ...]

    def flows_of(self, x: FloatArray) -> FloatArray:
        """Arc flows (A,) of a column vector (n,); never below zero, which is where rounding puts them."""
        flows: FloatArray = np.maximum(np.asarray(x, dtype=np.float64)[self.flow_ids], 0.0)
        return flows

    def start_of(self, flows: FloatArray) -> FloatArray:
        """Full column vector (n,) from arc flows (A,): shares, parts and qualities are those of the flows.

        Flows that keep every row of the instance give a vector that keeps every row of the program.

        Raises
        ------
        ModelError
            If the flows have the wrong length or are not finite.
        """
        given = np.asarray(flows, dtype=np.float64)
        if given.shape != (self.instance.arcs,) or not np.isfinite(given).all():
            what = f"{given.shape} flows where {self.instance.arcs} finite ones are needed."
            raise ModelError(Finding(f"pooling instance {self.instance.name}", what))
        x = np.zeros(self.problem.shape[1])
        x[self.flow_ids] = given
        for part in self.parts:
            ids, values = part.values(given)
            x[ids] = values
        return x


def pooling_problem(instance: PoolingInstance, form: Form) -> PoolingModel:
    """Build an instance in one form; see the module's table.

    Raises
    ------
    ModelError
        If there is no such form.
    """
    if form not in FORMS:
        raise ModelError(Finding("form", f'"{form}" is none of {", ".join(FORMS)}.', closest(form, FORMS)))
    builder = Builder(f"{instance.name} ({form})", "min")
    network = Network(instance, builder)
    parts = _parts(network, form)
    return PoolingModel(instance, form, builder.build(), network.flow.ids, parts)


def _parts(network: Network, form: Form) -> tuple[Part, ...]:
    if form == "p":
        return (Qualities(network),)
    if form == "tp":
        return (OutputShares(network),)
    by_input = InputShares(network, explicit=form != "pq")
    if form in ("pq", "source"):
        return (by_input,)
    by_output = OutputShares(network, with_limits=False, known=shared_parts(network, by_input))
    link(network, by_input, by_output)
    return (by_input, by_output)
