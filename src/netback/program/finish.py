"""Other forms of a program, and SCIP as the one that finishes a search with the best point known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress


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
    """

    name: str
    problem: Problem
    to_main: Callable[[FloatArray], FloatArray]
    from_main: Callable[[FloatArray], FloatArray]


def finish_by_scip(board: Board, form: Form, seed: int, limit: float, over: Callable[[], bool]) -> None:
    """Let SCIP work on a form with the best point known; its bound is its word."""
    shape = form.problem.shape[1]
    start = None if board.x is None else form.from_main(board.x)
    sign = board.sign

    def follow(moment: Progress) -> None:
        if math.isfinite(moment.bound):
            board.hear_bound(sign * moment.bound, "SCIP, its word")

    raw = scip.solve(
        form.problem,
        start=start if start is not None and start.shape == (shape,) else None,
        time_limit=limit,
        gap=0.9 * board.gap,
        seed=seed,
        progress=follow,
        cancel=lambda: board.done or over(),
        found=lambda x, _: board.note_point(form.to_main(x), "SCIP, re-evaluated"),
    )
    if raw.x is not None:
        board.offer(form.to_main(raw.x), "SCIP, re-evaluated")
    if raw.bound is not None:
        board.hear_bound(sign * raw.bound, "SCIP, its word")
    if raw.status == "infeasible":
        board.infeasible_word = raw.message
