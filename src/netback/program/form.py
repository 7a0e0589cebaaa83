"""Another program with the same optimum as a given one, made for its bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netback.program.problem import FloatArray, Problem
from netback.program.structure.form import Structured


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
    """

    name: str
    problem: Problem
    to_main: Callable[[FloatArray], FloatArray]
    from_main: Callable[[FloatArray], FloatArray]
    found: Structured | None = None
    uncut: Problem | None = None

    @property
    def for_points(self) -> Problem:
        """The program to look for points of the form in."""
        if self.found is not None:
            return self.found.plain
        return self.problem if self.uncut is None else self.uncut


def same(problem: Problem) -> Form:
    """The program itself as a form."""
    return Form("as given", problem, lambda x: x, lambda x: x)
