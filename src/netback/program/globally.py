"""Solve a program with product terms to a proven gap: points from local searches, bounds from relaxations.

A program that falls into blocks is worked on block by block first (:mod:`netback.program.decomposition`). Else both
sides improve at once. A quick pass repairs the relaxation's point into a plan, narrows the ranges by
optimisation and branches; small programs end there. Otherwise one thread looks for better plans, gives the best
to SCIP for a while where SCIP is quick, and then joins the other, which narrows ranges and branches. Whatever is known
when the gap is reached, the time is out or the caller stops it is what comes back.

A bound of our own is a fact: multipliers evaluated with directed rounding. A bound of SCIP's is its word, used only
where it is better, and labelled. A program is called infeasible only when two methods say so.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from netback.errors import Finding, ModelError
from netback.program import highs
from netback.program.bounds.board import Board
from netback.program.bounds.outcome import outcome
from netback.program.certify import certify
from netback.program.decomposition.solve import Outcome, decompose
from netback.program.form import Cutter, Form, same
from netback.program.global_run import Local, Run
from netback.program.problem import FloatArray, Problem
from netback.program.shares import TIGHTEN_SHARE, USUAL, Shares
from netback.program.solution import Certificate, Progress, RawSolution
from netback.program.structure.form import structured


def solve_global(
    problem: Problem,
    *,
    gap: float = 1e-4,
    time_limit: float = 60.0,
    starts: Sequence[FloatArray] = (),
    local: Local | None = None,
    alternatives: Sequence[Form] = (),
    relaxations: Sequence[Problem] = (),
    tighten_trial: float = TIGHTEN_SHARE,
    structure: bool = True,
    seed: int = 0,
    threads: int = 2,
    shares: Shares = USUAL,
    cutter: Cutter | None = None,
    guesses: deque[FloatArray] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[RawSolution, Certificate]:
    """Solve a program with products and whole columns, with value and bound.

    Parameters
    ----------
    problem
        The program.
    gap
        Relative gap at which it counts as proven.
    time_limit
        Wall time [s].
    starts
        Points (n,) to start from; those that keep no row well are repaired or dropped.
    local
        A local search to run beside the bounds; the usual one when None.
    alternatives
        Other forms of the same program; the one with the best bound is branched on. Without any, and
        without relaxations, a form is made from the structure found in the program.
    relaxations
        Linear programs whose optimum bounds that of the program, the quickest first; asked first where it is large.
    tighten_trial
        Part of the time after which narrowing the ranges goes on only where it has closed some of the gap.
    structure
        Whether to look for structure and blocks in the plain program; of no use where a form was chosen with care.
    seed
        Varies the local searches.
    threads
        1 or 2.
    shares
        Parts of the time that may go into narrowing ranges and into what works beside the bounds.
    cutter
        Makes cuts from what the program means; used where it is small.
    guesses
        Takes points of relaxations (n,), which keep no product, while it runs, for a local search of the caller's.
    progress, cancel
        Called while it runs; ``cancel`` returns True to stop. Ctrl-C stops too. What is known comes back.

    Raises
    ------
    ModelError
        If an argument is out of range or a start has the wrong length.
    SolveError
        If a solver fails.
    """
    _check(problem, gap, time_limit, starts, alternatives, threads)
    board = Board(problem, gap, time_limit, progress=progress, cancel=cancel, guesses=guesses)
    if problem.is_linear:
        return _linear(problem, gap, time_limit, progress, cancel)
    for start in starts:
        board.offer(np.asarray(start, dtype=np.float64), "start given")
    blocks = decompose(board, threads) if structure and local is None and not alternatives else Outcome()
    given = bool(alternatives or relaxations) or not structure
    forms = [same(problem, cutter), *alternatives] if given else _found(problem)
    run = Run(board, forms, local, seed, threads, relaxations, tighten_trial, shares)
    run.evidence += blocks.evidence
    try:
        if not (board.done and math.isfinite(board.bound)):
            run.go()
    except KeyboardInterrupt:
        board.stop = True
    run.join()
    if board.error is not None and not isinstance(board.error, KeyboardInterrupt):
        raise board.error
    raw, found = outcome(board, run.evidence, run.seed)
    return raw, replace(found, message=f"{found.message} {blocks.remark}".strip())


def _check(
    problem: Problem,
    gap: float,
    time_limit: float,
    starts: Sequence[FloatArray],
    alternatives: Sequence[Form],
    threads: int,
) -> None:
    findings = []
    if not 0.0 < gap < 1.0:
        findings.append(Finding("gap", f"{gap!r} is not between 0 and 1."))
    if not time_limit >= 0.0:
        findings.append(Finding("time_limit", f"{time_limit!r} is not a number of seconds >= 0."))
    if threads not in (1, 2):
        findings.append(Finding("threads", f"{threads!r} is neither 1 nor 2."))
    for k, start in enumerate(starts):
        if np.shape(start) != (problem.shape[1],):
            what = f"start of shape {np.shape(start)} where ({problem.shape[1]},) is needed."
            findings.append(Finding(f"starts[{k}]", what))
    for form in alternatives:
        if form.problem.sense != problem.sense:
            what = f'sense "{form.problem.sense}" where the program has "{problem.sense}".'
            findings.append(Finding(f"form {form.name}", what))
    if problem.shape[1] == 0:
        findings.append(Finding(f"problem {problem.name}", "there are no columns, so nothing to decide."))
    if findings:
        raise ModelError(findings, f"problem {problem.name}")


def _found(problem: Problem) -> list[Form]:
    """The form that the program's structure gives, where it has one, else the program."""
    found = structured(problem)
    if not found.multiplied_rows:
        return [same(problem)]
    return [Form("structure found", found.problem, found.to_given, found.from_given, found)]


def _linear(
    problem: Problem,
    gap: float,
    time_limit: float,
    progress: Callable[[Progress], None] | None,
    cancel: Callable[[], bool] | None,
) -> tuple[RawSolution, Certificate]:
    raw = highs.solve(problem, gap=0.9 * gap, time_limit=time_limit, progress=progress, cancel=cancel)
    found = certify(problem, raw)
    if found.word == "feasible" and found.gap is not None and found.gap <= gap:
        found = replace(found, word="proven")
    return raw, found
