"""SCIP as finisher of a global solve: it starts from the best point, and what it says of the bound is its word."""

from __future__ import annotations

import math
from collections.abc import Callable

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress


def finish_by_scip(
    board: Board,
    problem: Problem,
    to_board: Callable[[FloatArray], FloatArray],
    start: FloatArray | None,
    *,
    seed: int,
    limit: float,
    over: Callable[[], bool],
) -> None:
    """Let SCIP work on a form of the board's problem with the best point known; its bound is its word.

    Parameters
    ----------
    board
        Where points and words go.
    problem, to_board
        The form, and what maps its points to the board's problem.
    start
        A point of the form; left out where it has another length.
    seed, limit, over
        Of its random choices; wall time [s]; returns True to stop.
    """
    shape, sign = problem.shape[1], board.sign

    def follow(moment: Progress) -> None:
        if math.isfinite(moment.bound):
            board.hear_bound(sign * moment.bound, "SCIP, its word")

    raw = scip.solve(
        problem,
        start=start if start is not None and start.shape == (shape,) else None,
        time_limit=limit,
        gap=0.9 * board.gap,
        seed=seed,
        progress=follow,
        cancel=lambda: board.done or over(),
        found=lambda x, _: board.note_point(to_board(x), "SCIP, re-evaluated"),
    )
    if raw.x is not None:
        board.offer(to_board(raw.x), "SCIP, re-evaluated")
    if raw.bound is not None:
        board.hear_bound(sign * raw.bound, "SCIP, its word")
    if raw.status == "infeasible":
        board.infeasible_word = raw.message
