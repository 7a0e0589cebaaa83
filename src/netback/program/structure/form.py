"""The form of a program that its own structure gives: reduced, scaled, with its rows multiplied by its columns.

Made from the plain program alone, so that a program without a known meaning is bounded as tightly as one written with
its pools. Every step is exact (see :mod:`reduce`, :mod:`netback.program.local.scale`,
:mod:`netback.program.bounds.rlt`), so that bounds of the form are bounds of the program.
"""

from __future__ import annotations

from dataclasses import dataclass

from netback.program.bounds.ranges import Ranges, structural_ranges
from netback.program.bounds.rlt import multiplied
from netback.program.local.scale import Scaled, scaled
from netback.program.problem import FloatArray, Problem
from netback.program.structure.reduce import Reduced, reduce

ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Structured:
    """A program for bounds (``problem``), the same without redundant rows (``plain``), and the way back.

    ``ranges`` hold for every point of ``problem``. Values of both are those of the given program times ``cost``.
    """

    problem: Problem
    plain: Problem
    ranges: Ranges
    cost: float
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
    inner = scaled(reduced.problem)
    ranges = structural_ranges(inner.problem, rounds=ROUNDS)
    if ranges.empty:
        return Structured(inner.problem, inner.problem, ranges, inner.cost, 0, reduced, inner)
    more = multiplied(inner.problem, ranges.lower, ranges.upper)
    narrow = structural_ranges(more.problem, ranges.lower, ranges.upper, ROUNDS)
    return Structured(more.problem, inner.problem, narrow, inner.cost, len(more.rows), reduced, inner)
