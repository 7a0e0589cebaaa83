"""Solve a pooling instance: the multi-commodity form by :func:`solve_global`, its dual form for another bound."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netback.program.bounds.lazy import WORTH_LAZY
from netback.program.bounds.seek import seek
from netback.program.form import Cutter
from netback.program.form import Form as OtherForm
from netback.program.global_run import LARGE, WARM_UP, Local
from netback.program.globally import solve_global
from netback.program.local.live import Clock
from netback.program.local.recipe_search import RecipeSearch
from netback.program.pooling.evaluate import Evaluation, evaluate
from netback.program.pooling.forms import Form, PoolingModel, pooling_problem
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.limit_cuts import LimitCuts
from netback.program.pooling.parts import InputShares
from netback.program.pooling.paths import Paths
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Certificate, Progress, RawSolution

MAIN: Form = "pq"
OTHERS: tuple[Form, ...] = ("tp",)
#: The same for networks without arcs between pools that have many paths: never worse, and with only the envelopes that
#: bind in it it solves about as quickly.
OTHERS_MANY: tuple[Form, ...] = ("stp",)
#: With more paths than this a second form takes too long to build and to solve.
MOST_PATHS = 5_000
#: Latest points of the relaxation that are kept for the local search.
GUESSES = 3
#: Narrowing ranges by optimisation closes sparse networks and does nothing for dense ones: it is tried so long first.
TIGHTEN_TRIAL = 0.05


@dataclass(frozen=True, eq=False)
class PoolingSolution:
    """What came of it.

    Attributes
    ----------
    model
        The form that was solved.
    raw, certificate
        As of :func:`netback.program.globally.solve_global`, on that form's program.
    flows, evaluation
        Arc flows (A,) and what they are by the independent check, or None where there is no plan.
    """

    model: PoolingModel
    raw: RawSolution
    certificate: Certificate
    flows: FloatArray | None
    evaluation: Evaluation | None


def as_other(main: PoolingModel, other: PoolingModel) -> OtherForm:
    """One form of an instance as another form of the same instance's program; points are carried by flows."""
    return OtherForm(
        name=other.form,
        problem=other.problem,
        to_main=lambda x: main.start_of(other.flows_of(x)),
        from_main=lambda x: other.start_of(main.flows_of(x)),
    )


def _cutter(model: PoolingModel) -> Cutter | None:
    """What cuts a form by the quality limits of its outputs, where it can."""
    shares = [part for part in model.parts if isinstance(part, InputShares) and not part.explicit]
    return LimitCuts(shares[0]).cuts if shares else None


def _by_recipes(model: PoolingModel, paths: Paths, guesses: deque[FloatArray]) -> Local:
    """A local search over the recipes of the pools, which begins from points of the relaxation too."""

    def search(
        problem: Problem,
        offer: Callable[[FloatArray, str], bool],
        clock: Clock,
        seed: int,
        tries: int,
    ) -> None:
        def found(flows: FloatArray, how: str) -> bool:
            return offer(model.start_of(np.maximum(flows, 0.0)), how)

        def guess() -> FloatArray | None:
            """Arc flows (A,) of the latest point, each once."""
            try:
                return model.flows_of(guesses.pop())
            except IndexError:
                return None

        RecipeSearch(paths, seed, clock, found, guess).run(max(1, tries // 2))
        # Recipes that no neighbour makes better are left to the descents of any program.
        if tries > WARM_UP:
            seek(problem, offer, clock, seed, tries)

    return search


def solve_pooling(
    instance: PoolingInstance,
    *,
    gap: float = 1e-4,
    time_limit: float = 60.0,
    seed: int = 0,
    form: Form | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> PoolingSolution:
    """Solve an instance; arguments as of :func:`netback.program.globally.solve_global`.

    With a ``form`` its program alone is solved, so that the bound is that of the form; else the one of several forms
    whose relaxation is best, and on networks without arcs between pools the blending relaxation before them.

    Raises
    ------
    ModelError
        If an argument is out of range.
    SolveError
        If a solver fails.
    """
    started = time.monotonic()
    paths = None if (instance.from_pool & instance.to_pool).any() else Paths.of(instance)
    inner = 0 if paths is None else int((paths.pool >= 0).sum())
    main = pooling_problem(instance, form or MAIN)
    few = OTHERS if paths is None and len(main.problem.products) <= LARGE else ()
    others = () if form is not None else OTHERS_MANY if WORTH_LAZY < inner <= MOST_PATHS else few
    alternatives = [as_other(main, pooling_problem(instance, other)) for other in others]
    # Building the forms of a large instance takes a second or two of the time given; a bad limit is not hidden.
    left = max(0.0, time_limit - (time.monotonic() - started)) if time_limit > 0.0 else time_limit
    guesses: deque[FloatArray] = deque(maxlen=GUESSES)
    raw, certificate = solve_global(
        main.problem,
        gap=gap,
        time_limit=left,
        alternatives=alternatives,
        local=None if paths is None else _by_recipes(main, paths, guesses),
        guesses=None if paths is None else guesses,
        cutter=None if paths is None else _cutter(main),
        tighten_trial=TIGHTEN_TRIAL,
        relaxations=[] if paths is None or form is not None else [paths.blending()],
        seed=seed,
        progress=progress,
        cancel=cancel,
    )
    flows = None if raw.x is None else main.flows_of(raw.x)
    checked = None if flows is None else evaluate(instance, flows)
    return PoolingSolution(main, raw, certificate, flows, checked)
