"""How many cargoes of a crude pay: the best plan with each number of them, and where one more begins to lose.

For n cargoes beyond those that must load, over all periods together, M(n) is the best margin of all plans with exactly
n of them, everything else free to answer. The n-th cargo earned M(n) - M(n-1). The number at which the answer turns is
that of the best plan: one more would lose. Each M(n) is a plan with its bound, so what a cargo earned is known within
the two gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem
from netback.studies.asked import Asked, Question
from netback.studies.lifting import Lifting, Watch, best_plan, processes, solved, with_these_ships
from netback.studies.run import run_all

#: Cargoes beyond those of the best plan that are tried.
BEYOND = 2


@dataclass(frozen=True)
class CargoCount:
    """The best plan with a number of cargoes.

    ``cargoes`` are those beyond what must load, ``volume`` [uom of the stream] what they load, ``margin`` and ``bound``
    [currency] those of the best plan with them. ``gain`` is what the last of them earned, ``gain_low`` and
    ``gain_high`` its proven ends; NaN for the fewest.
    """

    cargoes: int
    volume: float
    margin: float
    bound: float
    gain: float = float("nan")
    gain_low: float = float("nan")
    gain_high: float = float("nan")


@dataclass(frozen=True)
class CargoCounts:
    """All numbers that were tried, rising; ``planned`` is that of the best plan, ``uom`` that of volumes."""

    counts: tuple[CargoCount, ...]
    planned: int
    uom: str

    @property
    def next(self) -> CargoCount | None:
        """One cargo more than the best plan; None where no plan has it."""
        return next((one for one in self.counts if one.cargoes == self.planned + 1), None)

    @property
    def last(self) -> CargoCount | None:
        """The best plan."""
        return next((one for one in self.counts if one.cargoes == self.planned), None)


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    cargoes: int
    gap: float
    ships: tuple[FloatArray, ...]


def cargo_counts(
    case: Case, lifting: Lifting, jobs: int | None = None, watch: Watch | None = None
) -> CargoCounts | None:
    """The best plan with every number of cargoes, from the fewest to ``BEYOND`` more than the best plan has.

    None where the crude comes without ships.

    Raises
    ------
    ModelError
        If there is no plan.
    """
    asked = Asked(case, lifting.crude)
    columns = _columns(asked)
    if not columns:
        return None
    best = best_plan(asked, lifting.gap, with_these_ships(asked, lifting.ships))
    lower, upper = (ends[columns].sum() for ends in (asked.problem.column_lower, asked.problem.column_upper))
    planned = round(float(best.x[columns].sum() - lower))
    most = min(round(float(upper - lower)), planned + BEYOND)
    # The best plan of all is the best one with its number.
    ships = (*lifting.ships, best.x[asked.problem.integer])
    tasks = [_Task(case, lifting.crude, n, lifting.gap, ships) for n in range(most + 1) if n != planned]
    found = {planned: _count(asked, planned, best.x, best.value, best.bound)}
    count = processes(jobs, len(tasks), heavy=True)
    for done, (_, answer) in enumerate(run_all(_answer, tasks, count), start=1):
        if answer is not None:
            found[answer.cargoes] = answer
        if watch is not None:
            watch(done, len(tasks))
    uom = asked.model.network.stream_of(asked.lot).uom
    return CargoCounts(_with_gains([found[n] for n in sorted(found)]), planned, uom)


def _columns(asked: Asked) -> list[int]:
    """Columns of the numbers of ships that are free to choose, over all periods."""
    periods = sorted({period for _, period in asked.positions})
    return [column for period in periods for column in asked.ships(period, free=True).values()]


def _held(asked: Asked, cargoes: int) -> Problem:
    """The program with exactly so many cargoes beyond those that must load."""
    problem, columns = asked.problem, _columns(asked)
    target = float(problem.column_lower[columns].sum()) + cargoes
    row = sparse.csr_array(
        (np.ones(len(columns)), (np.zeros(len(columns), dtype=int), columns)), shape=(1, problem.shape[1])
    )
    return problem.with_(
        matrix=sparse.csr_array(sparse.vstack([problem.matrix, row])),
        row_lower=np.append(problem.row_lower, target),
        row_upper=np.append(problem.row_upper, target),
        row_blocks=(*problem.row_blocks, Block("cargoes", Index.scalar(), problem.shape[0])),
    )


def _answer(task: _Task) -> CargoCount | None:
    asked = Asked(task.case, task.crude)
    held, columns = _held(asked, task.cargoes), _columns(asked)
    known = [
        one
        for one in with_these_ships(asked, task.ships)
        if round(float(one.x[columns].sum() - asked.problem.column_lower[columns].sum())) == task.cargoes
    ]
    start = max(known, key=lambda one: one.value).x if known else None
    found = solved(held, task.gap, start)
    return None if found is None else _count(asked, task.cargoes, found.x, found.value, found.bound)


def _count(asked: Asked, cargoes: int, x: FloatArray, margin: float, bound: float) -> CargoCount:
    loaded = [
        float(x[column.column])
        for period in sorted({period for _, period in asked.positions})
        for column in asked.columns(Question(period, "", "cargo"))
    ]
    return CargoCount(cargoes, sum(loaded), margin, bound)


def _with_gains(counts: Sequence[CargoCount]) -> tuple[CargoCount, ...]:
    """With what the last cargo of each earned over the number before it."""
    made = list(counts[:1])
    for before, one in pairwise(counts):
        if one.cargoes != before.cargoes + 1:
            made.append(one)
            continue
        ends = one.margin - before.bound, one.bound - before.margin
        made.append(
            CargoCount(one.cargoes, one.volume, one.margin, one.bound, one.margin - before.margin, *ends)
        )
    return tuple(made)
