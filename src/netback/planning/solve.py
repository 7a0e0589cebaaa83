"""Solve a plan: build, optimise, check independently, and explain when there is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.case.case import Case
from netback.planning.mixes import mix_held
from netback.planning.model import Model, build_plan
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.problem import Problem
from netback.program.separable import solve_separable
from netback.program.solution import Certificate, Progress, RawSolution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """A solved plan: the model, the solver's word and what an independent check found.

    ``row_dual`` float (rows,) and ``column_dual`` float (columns,) are marginal values in currency of the case per
    unit of the row or column; with integers in the plan they hold for the integers as chosen. None without a point.
    """

    model: Model
    raw: RawSolution
    certificate: Certificate
    row_dual: FloatArray | None
    column_dual: FloatArray | None
    build_seconds: float
    solve_seconds: float

    @property
    def case(self) -> Case:
        """The case that was planned."""
        return self.model.case

    @property
    def x(self) -> FloatArray:
        """Values of the columns, float (columns,)."""
        assert self.raw.x is not None
        return self.raw.x

    @property
    def solved(self) -> bool:
        """Whether there is a plan that passed the check."""
        return self.certificate.word in ("proven", "feasible") and self.raw.x is not None

    @property
    def interrupted(self) -> bool:
        """Whether the search was stopped by whoever asked for the plan, who then waits for no further plans."""
        return self.raw.status == "interrupted"


def plan(
    case: Case,
    *,
    pooling: str = "segregated",
    time_limit: float | None = None,
    gap: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Plan:
    """Find the plan of greatest margin for a case.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    pooling
        Form of the plan, see :func:`netback.planning.model.build_plan`.
    time_limit
        Wall time of the solve [s]; 60 s for a plan with pools unless told.
    gap
        Relative gap at which a plan counts as solved: 1e-6, for a plan with pools 1e-4, unless told.
    progress, cancel
        See :func:`netback.program.highs.solve`.

    Raises
    ------
    ModelError
        If no sound program follows from the tables; all findings together.
    """
    started = time.perf_counter()
    model = build_plan(case, pooling)
    problem = model.problem
    built = time.perf_counter()
    if problem.is_linear:
        solver = solve_separable if problem.is_integer and model.cargoes.slots else Session().solve
        raw = solver(
            problem, time_limit=time_limit, gap=1e-6 if gap is None else gap, progress=progress, cancel=cancel
        )
        certificate = certify(problem, raw)
    else:
        from netback.planning.solve_pools import solve_pools

        raw, certificate = solve_pools(model, gap, time_limit, progress, cancel)
    row_dual, column_dual = _marginal_values(model, raw)
    return Plan(model, raw, certificate, row_dual, column_dual, built - started, time.perf_counter() - built)


def fixed_integers(problem: Problem, x: FloatArray) -> Problem:
    """The linear program that is left when every integer keeps its value in ``x``."""
    whole = problem.integer
    value = np.round(x)
    return problem.with_(
        column_lower=np.where(whole, value, problem.column_lower),
        column_upper=np.where(whole, value, problem.column_upper),
        integer=np.zeros_like(whole),
    )


def _marginal_values(model: Model, raw: RawSolution) -> tuple[FloatArray | None, FloatArray | None]:
    """Multipliers of the plan: with integers as chosen and, in a plan with pools, every mix as it is (local)."""
    problem = model.problem
    if raw.x is None:
        return None, None
    if problem.is_linear and (raw.row_dual is not None or not problem.is_integer):
        return raw.row_dual, raw.column_dual
    linear = problem if problem.is_linear else mix_held(model, raw.x)
    relaxed = Session().solve(fixed_integers(linear, raw.x))
    if relaxed.status != "optimal" or relaxed.row_dual is None:
        return None, None
    return relaxed.row_dual[: problem.shape[0]], relaxed.column_dual
