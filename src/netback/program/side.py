"""A form of a program on its way through a global solve: its ranges, its relaxation and what that gave."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netback.program.bounds.board import Board
from netback.program.bounds.cuts import Cuts, joined, with_cuts
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, Structure
from netback.program.form import Form
from netback.program.problem import FloatArray

#: Of forms whose bounds differ by less than this part of what is open the smallest is branched on.
NEAR = 0.03
#: Most rounds of cuts from what a program means.
ROUNDS = 12


@dataclass
class Side:
    """A form with its ranges, the bound of its relaxation, and the value that cut its ranges."""

    form: Form
    ranges: Ranges
    structure: Structure
    live: LiveRelaxation
    finder: Finder
    bound: float = -math.inf
    seconds: float = 0.0
    used: float = math.inf
    x: FloatArray | None = None

    @property
    def shift(self) -> float:
        """The form's constant, as a minimisation."""
        return self.live.sign * self.form.problem.offset

    def cut(self, answer: Answer, time_limit: float) -> Answer:
        """Cut the relaxation by what the program means, from its last answer on; the answer of the last round.

        Cuts that bind there become rows of the form.
        """
        cutter = self.form.cutter
        # Where envelopes come and go the rows behind them are theirs.
        if cutter is None or isinstance(self.live, LazyRelaxation):
            return answer
        first, end, made = self.live.row_count, time.monotonic() + time_limit, []
        for _ in range(ROUNDS):
            if answer.x is None:
                break
            cuts = cutter(self.structure.pairs, self.ranges, answer.x)
            if not len(cuts):
                break
            self.live.add(cuts)
            again = self.live.solve(max(0.0, end - time.monotonic()))
            # A round that was stopped knows less than the one before.
            if again.outcome == "stopped":
                break
            answer = again
            made.append(cuts)
        if made and answer.row_dual is not None:
            every = joined(made)
            self.put(every.where(answer.row_dual[first:] != 0.0))
        return answer

    def put(self, cuts: Cuts) -> None:
        """Make cuts rows of the form."""
        problem = with_cuts(self.form.problem, cuts)
        self.form = replace(self.form, problem=problem, uncut=self.form.for_points)
        self.structure = Structure.of(problem)
        self.live = LiveRelaxation(problem, self.ranges.lower, self.ranges.upper)

    def descend(self, board: Board) -> None:
        """Descend from the relaxation's point, where there is one, and give the board what is found on the way."""
        if self.x is None:
            return

        def offer(x: FloatArray) -> bool:
            return board.offer(self.form.to_main(x), "successive linear programming")

        found = Finder(self.form.for_points, offer).descend(self.x[: self.form.problem.shape[1]], board.left)
        if found is not None:
            offer(found)


def chosen(sides: Sequence[Side], value: float) -> Side:
    """Of the forms with about the best bound, seen from a value, the one with the fewest columns."""
    best = max(side.bound for side in sides)
    open_gap = value - best
    room = NEAR * (open_gap if math.isfinite(open_gap) else 0.0)
    near = [side for side in sides if side.bound >= best - max(0.0, room)]
    return min(near, key=lambda side: side.form.problem.shape[1])
