"""What a global solve may claim: the point and bound of its board as a solution with a certificate."""

from __future__ import annotations

import math
from dataclasses import replace

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.certify import certify
from netback.program.solution import Certificate, RawSolution, Status, Word


def outcome(board: Board, evidence: list[str], seed: int) -> tuple[RawSolution, Certificate]:
    """What the board knows, as a solution and its certificate."""
    if board.x is None:
        return _without_point(board, evidence, seed)
    sign = board.sign
    raw = RawSolution(
        status="time limit" if board.left <= 0.0 else "interrupted",
        x=board.x,
        objective=sign * board.value,
        bound=None,
        iterations=board.iterations,
        seconds=board.seconds,
        solver=board.value_by,
    )
    found = certify(board.problem, raw)
    if found.value is None:
        return raw, found
    bound, by = board.best_bound()
    scale = max(abs(found.value), board.scale)
    if bound - sign * found.value > found.tolerance * scale:
        message = f"The bound {sign * bound!r} ({by}) is wrong: the checked point is better."
        return raw, replace(found, message=message)
    if not math.isfinite(bound):
        return raw, found
    gap = abs(sign * found.value - bound) / scale
    word: Word = "proven" if gap <= board.gap else "feasible"
    status: Status = "optimal" if word == "proven" else raw.status
    raw = replace(raw, bound=sign * bound, status=status, message=f"{board.nodes} nodes.")
    return raw, replace(found, bound=sign * bound, bound_by=by, gap=gap, word=word)


def _without_point(board: Board, evidence: list[str], seed: int) -> tuple[RawSolution, Certificate]:
    """No point: infeasible when two methods say so, else not solved."""
    problem, sign = board.problem, board.sign
    bound, by = board.best_bound()
    known = sign * bound if math.isfinite(bound) else None
    status: Status = "time limit" if board.left <= 0.0 else "interrupted"
    raw = RawSolution(status=status, bound=known, seconds=board.seconds, iterations=board.iterations)
    blank = Certificate(
        "not solved", bound=known, bound_by=by, message="No point that keeps every row was found."
    )
    if not evidence and not board.infeasible_word:
        return raw, blank
    if evidence and not board.infeasible_word:
        second = scip.solve(problem, time_limit=max(5.0, board.left), seed=seed)
        if second.status == "infeasible":
            board.infeasible_word = second.message
        elif second.x is not None and board.offer(second.x, "SCIP, re-evaluated"):
            message = f"Contradiction: {evidence[0]}, yet SCIP has a point that passes the check."
            raw_, found = outcome(board, evidence, seed)
            return raw_, replace(found, word="feasible", bound=None, gap=None, bound_by="", message=message)
    said = [*evidence, board.infeasible_word]
    if not evidence or not board.infeasible_word:
        one = next(word for word in said if word)
        return raw, replace(blank, message=f"One method says infeasible ({one}); no second one confirms it.")
    message = f"Infeasible: {evidence[0]}; {board.infeasible_word}"
    raw = replace(raw, status="infeasible", bound=None, message=message)
    by = f"{evidence[0]}, confirmed by SCIP"
    return raw, Certificate("proven infeasible", bound_by=by, message=message)
