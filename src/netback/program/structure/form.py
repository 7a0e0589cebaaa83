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
from netback.program.structure.hulls import hulls
from netback.program.structure.proportions import divided
from netback.program.structure.reduce import Reduced, reduce

ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Structured:
    """A program for bounds (``problem``), the same without redundant rows for points (``plain``), and the way back.

    In ``plain`` the quality of a mix has the range of what is mixed, also where the mix may have no flow.
    ``ranges`` hold for every point of ``problem``. Values and costs of both are those of the given program.
    """

    problem: Problem
    plain: Problem
    ranges: Ranges
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
        return Structured(plain, plain, ranges, 0, reduced, inner)
    more = multiplied(plain, ranges.lower, ranges.upper)
    narrow = structural_ranges(more.problem, ranges.lower, ranges.upper, ROUNDS)
    ends = hulls(plain, narrow, flowing=False)
    if not ends.empty:
        plain = plain.with_(column_lower=ends.lower, column_upper=ends.upper)
    return Structured(more.problem, plain, narrow, len(more.rows), reduced, inner)
