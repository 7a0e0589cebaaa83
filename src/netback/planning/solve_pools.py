"""Solve a plan with pools: recursion for a plan at once, ranges of what flows, then branch and bound to the gap."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from netback.planning.model import Model
from netback.planning.recursion import MANY_PRODUCTS, Recursion, recursion
from netback.planning.throughput import narrowed
from netback.program.certify import certify
from netback.program.globally import solve_global
from netback.program.shares import Shares
from netback.program.solution import Certificate, Progress, RawSolution

#: Time [s] and gap unless told.
SECONDS, GAP = 60.0, 1e-4
#: Part of the time that recursion, and that narrowing the draws, may take.
START_SHARE = 0.25
#: Once a plan is known and the ranges that matter are narrow both threads branch for a part of the time; then one looks
#: for better plans, by local search and by SCIP.
SHARES = Shares(local=0.05, scip=0.05, branch=0.4)


def solve_pools(
    model: Model,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[RawSolution, Certificate]:
    """A plan of a model with pools, with value and bound.

    Parameters
    ----------
    model
        A model in an exact form or in that of recursion.
    gap
        Relative gap at which a plan counts as proven; 1e-4 unless told.
    time_limit
        Wall time [s]; 60 unless told.
    progress, cancel
        As in :func:`netback.program.globally.solve_global`. Ctrl-C stops too; what is known comes back.
    """
    wanted, seconds = GAP if gap is None else gap, SECONDS if time_limit is None else time_limit
    if model.pooling == "recursion" or len(model.problem.products) > MANY_PRODUCTS:
        return recursion(model, gap=wanted, time_limit=seconds, progress=progress, cancel=cancel)
    started = time.monotonic()
    # A plan known from the start cuts the ranges of everything that follows.
    quick = Recursion(model, START_SHARE * seconds, progress, cancel)
    quick.go()
    best, problem = quick.best.x, model.problem
    if not quick.cancelled:
        try:
            problem = narrowed(model, best, START_SHARE * seconds)
        except KeyboardInterrupt:
            quick.cancelled = True

    def over() -> bool:
        return quick.cancelled or (cancel is not None and cancel())

    def since_start(now: Progress) -> None:
        if progress is not None:
            progress(replace(now, seconds=time.monotonic() - started))

    raw, found = solve_global(
        problem,
        gap=wanted,
        time_limit=max(0.0, seconds - (time.monotonic() - started)),
        starts=[] if best is None else [best],
        shares=SHARES if best is not None else Shares(branch=SHARES.branch),
        structure=False,
        progress=since_start,
        cancel=over,
    )
    if raw.x is None and best is not None:
        raw = replace(raw, x=best, objective=quick.best.value, solver="distributive recursion, HiGHS")
    if raw.x is None:
        return raw, found
    # Checked once more in the rows and bounds of the plan itself, which are wider than those that were solved.
    checked = certify(model.problem, raw)
    if checked.word == "not solved" or found.word == "not solved":
        return raw, checked
    by = found.value_by.replace("start given", f"distributive recursion, {quick.best.passes} passes")
    return raw, replace(found, value=checked.value, value_by=by, residuals=checked.residuals)
