"""Repairs of an infeasible plan: which limit, eased alone, makes a plan possible, by how much at least, at what margin.

For each limit of an irreducible conflict every other limit stays in force. A limit on an amount is eased by the least
breaker that a plan needs (an elastic program with breakers on that limit alone, over all its periods that clash). A
spec is eased along its own scale: between its value and the quality of the worst component its first feasible value is
found by halving. The margin is that of the best plan with the limit eased so far and no further.

Where no limit alone will do, several conflicts stand side by side; the least easing of all together is told elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.planning.model import Model
from netback.program.diagnose import NEGLIGIBLE, Conflict, Member, UomOf, elastic
from netback.program.highs import Session, solve
from netback.program.problem import Problem
from netback.refinery.specs import SpecRow

#: Part of a spec to which its first feasible value is found.
_FOUND = 1e-5
#: A hair by which an eased bound gives way beyond the least, so that rounding does not close it again.
_HAIR = 1e-7


@dataclass(frozen=True)
class Repair:
    """One limit eased alone: ``phrase`` names it, ``text`` says how far, ``margin`` is that of the best plan then.

    ``text`` is blank where the limit has no number of its own; ``margin`` [currency] is None where it was not found.
    ``enough`` is False where no easing of this limit alone makes a plan possible: others clash then.
    """

    phrase: str
    text: str
    margin: float | None
    enough: bool = True


def repairs(
    model: Model, conflict: Sequence[Conflict], uom_of: UomOf, seconds: float = 20.0
) -> tuple[Repair, ...]:
    """Limits of a conflict, each eased alone: those that make a plan possible first, in order of its margin.

    Parameters
    ----------
    model
        A model without pools that has no plan.
    conflict
        The limits that clash, as :func:`netback.program.diagnose.diagnose` names them.
    uom_of
        The uom of a row or column of a block.
    seconds
        Wall time [s]; limits that are not reached in it are left out.
    """
    end = time.monotonic() + seconds
    found = []
    for group in _groups(model, conflict):
        left = end - time.monotonic()
        if left <= 0.0:
            break
        spec = _spec_of(model, group)
        made = _eased_spec(model, group, spec, left) if spec else _eased_amount(model, group, uom_of, left)
        found.append(made or Repair(_named(group), "", None, enough=False))
    return tuple(sorted(found, key=lambda one: (not one.enough, -(one.margin or 0.0))))


def _groups(model: Model, conflict: Sequence[Conflict]) -> list[list[Conflict]]:
    """Conflicts of one limit over several periods together."""
    made: dict[tuple[object, ...], list[Conflict]] = {}
    for one in conflict:
        labels = tuple(label for label in one.labels if label not in model.build.periods)
        made.setdefault((one.block, labels, one.side), []).append(one)
    return list(made.values())


def _member(problem: Problem, one: Conflict) -> Member:
    block = problem.block(one.block)
    is_row = any(block is other for other in problem.row_blocks)
    return Member(is_row, block.id(*one.labels), one.side)


def _eased_amount(model: Model, group: Sequence[Conflict], uom_of: UomOf, seconds: float) -> Repair | None:
    problem = model.problem
    members = [_member(problem, one) for one in group]
    raw = solve(elastic(problem, members), time_limit=seconds)
    if raw.status != "optimal" or raw.x is None:
        return None
    slacks = raw.x[problem.shape[1] :]
    bounds = {
        name: getattr(problem, name).copy()
        for name in ("row_lower", "row_upper", "column_lower", "column_upper")
    }
    told = []
    for one, member, slack in zip(group, members, slacks, strict=True):
        if slack <= NEGLIGIBLE * max(1.0, abs(one.value)):
            continue
        sign = 1.0 if one.side == "upper" else -1.0
        eased = one.value + sign * float(slack)
        name = f"{'row' if member.is_row else 'column'}_{one.side}"
        bounds[name][member.id] = eased + sign * _HAIR * max(1.0, abs(eased))
        told.append(_words(model, one, eased, uom_of(one.block, one.labels)))
    if not told:
        return None
    margin = solve(problem.with_(**bounds), time_limit=seconds)
    text = "; ".join(word for word in told if word)
    return Repair(_named(group), text, margin.objective if margin.status == "optimal" else None)


def _words(model: Model, one: Conflict, eased: float, uom: str) -> str:
    """``to 12 t``, with its period where the plan has several; shares have no number that could be told."""
    if one.value == 0.0:
        return ""
    period = next((label for label in one.labels if label in model.build.periods), "")
    where = f" in {period}" if period and len(model.build.periods) > 1 else ""
    return f"from {one.value:,.6g} to {eased:,.6g} {uom}".rstrip() + where


def _named(group: Sequence[Conflict]) -> str:
    """The limit without its number and, where several periods clash, without the period."""
    phrase = group[0].phrase.rpartition(" (")[0] or group[0].phrase
    if len(group) > 1:
        for label in group[0].labels:
            phrase = phrase.removesuffix(f" in {label}")
    return phrase


def _spec_of(model: Model, group: Sequence[Conflict]) -> SpecRow | None:
    """The spec of a conflict about one."""
    block = group[0].block
    if not block.startswith(("spec_", "feed_spec_")):
        return None
    rows = model.feed_specs if block.startswith("feed_") else model.blend_specs
    side, key = block.rpartition("_")[2], group[0].labels[:-1]
    return next(row for row in rows if row.key == key and row.side == side)


def _eased_spec(model: Model, group: Sequence[Conflict], spec: SpecRow, seconds: float) -> Repair | None:
    """The first value of a spec, over all periods that clash alike, with which there is a plan."""
    problem, session = model.problem, Session()
    places = [model.build.periods.index(one.labels[-1]) for one in group]
    rows = {place: problem.block(one.block).id(*one.labels) for place, one in zip(places, group, strict=True)}
    now = [float(spec.limit[place]) for place in places]
    values = [spec.rule.from_index(float(index)) for index in spec.indices]
    start, worst = (max(now), max(values)) if spec.side == "max" else (min(now), min(values))

    def tried(limit: float, objective: bool = False) -> float | None:
        """Margin with the spec at a limit (0 unless asked for); None where there is no plan."""
        made = _with_spec(problem, spec, rows, limit)
        raw = session.solve(made if objective else made.with_(objective=0.0, offset=0.0), time_limit=seconds)
        return raw.objective if raw.status == "optimal" else None

    if tried(worst) is None:
        return None
    infeasible, feasible = start, worst
    while abs(feasible - infeasible) > _FOUND * max(1e-6, abs(start)):
        middle = 0.5 * (feasible + infeasible)
        if tried(middle) is None:
            infeasible = middle
        else:
            feasible = middle
    return Repair(_named(group), f"from {start:,.6g} to {feasible:,.6g}", tried(feasible, objective=True))


def _with_spec(problem: Problem, spec: SpecRow, rows: dict[int, int], limit: float) -> Problem:
    """The program with a spec at another limit in some periods (period -> row)."""
    matrix = problem.matrix.tolil(copy=True)
    index = spec.rule.to_index(limit)
    for period, row in rows.items():
        columns = np.array([ids[period] for _, ids, _ in spec.parts])
        for column in np.unique(columns):
            matrix[row, column] = 0.0
        for column, amount, own in zip(columns, spec.amounts, spec.indices, strict=True):
            matrix[row, column] += amount * (own - index)
    return problem.with_(matrix=sparse.csr_array(matrix))
