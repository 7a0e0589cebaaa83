"""Decomposition as the first way of a global solve: used where a program falls into blocks, left where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from netback.errors import SolveError
from netback.program.bounds.board import Board
from netback.program.decomposition.search import NotApplicableError, Search
from netback.program.decomposition.structure import find_blocks

#: Part of the time for few blocks: other methods are good at programs of that size too, and get the rest.
FEW_BLOCKS, FEW_SHARE = 8, 0.6


@dataclass(frozen=True)
class Outcome:
    """What came of it beside points and bounds on the board.

    ``evidence`` says why there is no point at all; ``remark`` says in words that the program has blocks which the
    method could not use, and why.
    """

    evidence: tuple[str, ...] = ()
    remark: str = ""


def decompose(board: Board, threads: int) -> Outcome:
    """Solve the board's problem block by block where it falls into blocks; else return at once.

    Parameters
    ----------
    board
        The problem, its time and gap; takes the points and bounds.
    threads
        Blocks worked on at the same time.
    """
    blocks = find_blocks(board.problem)
    if blocks is None or not board.tick():
        return Outcome()
    share = 1.0 if len(blocks) >= FEW_BLOCKS else FEW_SHARE
    search = Search(board, board.problem, blocks, threads, until=board.seconds + share * board.left)
    try:
        search.run()
    except NotApplicableError as reason:
        return Outcome(remark=f"Has {len(blocks)} blocks, yet solved as a whole: {reason}.")
    except SolveError as error:
        # What is on the board stays valid; the other methods go on from it.
        what = "; ".join(str(finding) for finding in error.findings)
        return Outcome(remark=f"Has {len(blocks)} blocks; their decomposition ended early: {what}")
    return Outcome(tuple(search.evidence))
