"""Another program with the same optimum as a given one, made for its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netback.program.bounds.cuts import Cuts
from netback.program.bounds.ranges import Ranges
from netback.program.bounds.relax import Pairs
from netback.program.problem import FloatArray, Problem
from netback.program.structure.form import Structured

#: Makes cuts that a point (n + products,) of a program's relaxation breaks, from its products and valid ranges (n,).
Cutter = Callable[[Pairs, Ranges, FloatArray], Cuts]


@dataclass(frozen=True, eq=False)
class Form:
    """Another program with the same optimum, for its bound.

    Attributes
    ----------
    name
        How the bound is labelled.
    problem
        The program; its sense is that of the main one.
    to_main
        Maps a point of the form to a point of the main program.
    from_main
        Maps a point of the main program to one of the form.
    found
        What the structure of the program gave, where the form is made from that.
    uncut
        The program without rows that only tighten its relaxation, where it has such; None where it has none.
    cutter
        Makes cuts from what the program means, where something is known of that.
    """

    name: str
    problem: Problem
    to_main: Callable[[FloatArray], FloatArray]
    from_main: Callable[[FloatArray], FloatArray]
    found: Structured | None = None
    uncut: Problem | None = None
    cutter: Cutter | None = None

    @property
    def for_points(self) -> Problem:
        """The program to look for points of the form in."""
        if self.found is not None:
            return self.found.plain
        return self.problem if self.uncut is None else self.uncut


def same(problem: Problem, cutter: Cutter | None = None) -> Form:
    """The program itself as a form."""
    return Form("as given", problem, lambda x: x, lambda x: x, cutter=cutter)
