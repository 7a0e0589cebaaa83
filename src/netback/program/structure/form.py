"""The form of a program that its own structure gives: reduced, scaled, with its rows multiplied by its columns.

Made from the plain program alone, so that a program without a known meaning is bounded as tightly as one written with
its pools. Every step is exact (see :mod:`reduce`, :mod:`netback.program.local.scale`,
:mod:`netback.program.bounds.rlt`), so that bounds of the form are bounds of the program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netback.program.bounds.ranges import Ranges, Structure, propagate, structural_ranges
from netback.program.bounds.rlt import multiplied
from netback.program.local.scale import Scaled, scaled
from netback.program.problem import FloatArray, Problem
from netback.program.structure.hulls import Mix, hulls, mixes
from netback.program.structure.proportions import divided
from netback.program.structure.reduce import Reduced, reduce

#: Passes over the rows at a time, and turns of rows and mixes.
ROUNDS, TURNS = 200, 8


@dataclass(frozen=True, eq=False)
class Structured:
    """A program for bounds (``problem``), the same without redundant rows for points (``plain``), and the way back.

    In ``plain`` the quality of a mix has the range of what is mixed, also where the mix may have no flow. ``ranges``
    hold for every point of ``problem``; ``mixes`` are what narrows them further as flows begin. Values and costs of
    both are those of the given program.
    """

    problem: Problem
    plain: Problem
    ranges: Ranges
    mixes: list[Mix]
    multiplied_rows: int
    _reduced: Reduced
    _scaled: Scaled

    def to_given(self, z: FloatArray) -> FloatArray:
        """A point of the given program (n,) from one of the form (k,)."""
        return self._reduced.to_given(self._scaled.to_original(z))

    def from_given(self, x: FloatArray) -> FloatArray:
        """A point of the form (k,) from one of the given program (n,)."""
        return self._scaled.to_scaled(self._reduced.to_reduced(x))


def structured(problem: Problem) -> Structured:
    """Find the structured form of a program with products."""
    reduced = reduce(problem)
    first = structural_ranges(reduced.problem, rounds=ROUNDS)
    inner = scaled(reduced.problem if first.empty else divided(reduced.problem, first.lower))
    # Costs were scaled by a power of two, which comes off without rounding.
    plain = inner.problem.with_(
        objective=inner.problem.objective / inner.cost, offset=inner.problem.offset / inner.cost
    )
    ranges = structural_ranges(plain, rounds=ROUNDS)
    if ranges.empty:
        return Structured(plain, plain, ranges, [], 0, reduced, inner)
    more = multiplied(plain, ranges.lower, ranges.upper)
    found = mixes(plain)
    structure = Structure.of(more.problem)
    narrow = settled(structure, found, ranges)
    ends = settled(structure, found, narrow, flowing=False)
    if not ends.empty:
        plain = plain.with_(column_lower=ends.lower, column_upper=ends.upper)
    return Structured(more.problem, plain, narrow, found, len(more.rows), reduced, inner)


def settled(structure: Structure, found: list[Mix], ranges: Ranges, *, flowing: bool = True) -> Ranges:
    """Narrow ranges by rows and by mixes in turn until neither moves much; see :func:`hulls` for ``flowing``."""
    for _ in range(TURNS):
        ranges = propagate(structure, ranges.lower, ranges.upper, ROUNDS)
        if ranges.empty:
            break
        new = hulls(found, ranges, flowing=flowing)
        if new.empty or (np.array_equal(new.lower, ranges.lower) and np.array_equal(new.upper, ranges.upper)):
            return new
        ranges = new
    return ranges
