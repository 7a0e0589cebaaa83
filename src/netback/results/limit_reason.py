"""Why a limit does not bind: what is left of it, from which value on it would cost money, and what filling it costs.

For a limit with the activity a of the plan and the best margin V:

    starts   the end nearest to the plan of all activities of plans that earn V, beyond which the limit costs money:
             min (for a greatest amount) or max (for a least one) of a over the optimal face
    reach    the activity nearest to the limit that any plan within all limits has, and the limits that keep it there
    filled   best margin with a held at the limit (or at the reach), less V; what changes then, item by item

What holds the plan instead are the limits that bind, dearest first. Whole ships and lots stay as they are in the plan;
so do the mixes of pools, which makes every figure of a plan with pools a local one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from netback.errors import DataError, Finding, closest
from netback.planning.mixes import mix_held
from netback.planning.phrases import phrases
from netback.planning.solve import Plan, fixed_integers
from netback.program.diagnose import Side
from netback.program.distance import with_floor
from netback.program.highs import Session
from netback.program.problem import FloatArray, Problem
from netback.program.solution import RawSolution
from netback.results.explain import money_steps
from netback.results.limits import binding_first, limits
from netback.results.reading import Reader

#: A limit binds when its slack is below this part of its size.
BINDS = 1e-6
#: Part of the way to a limit over which the first and the last loss per uom are measured.
NEAR = 0.01
#: Blocks of rows that are limits of an amount, and what they are called in the table of limits.
_BLOCKS = {
    "capacity": "capacity",
    "sale_limit": "sale",
    "stock_limit": "tank",
    "limit": "limit",
    "limit_horizon": "limit",
}
Step = tuple[str, str, float, str, float]


@dataclass(frozen=True)
class LimitReason:
    """One side of one limit in one period. Amounts in ``uom``; money in currency of the case.

    ``starts`` is the value of the limit from which on it costs money, ``reach`` how near to the limit any plan
    comes; None where no program found it (with mixes held hardly a plan is left beside the one that is). ``kept_by``
    are the limits that let none come nearer, in words; ``filled`` is what the margin changes when the amount is held
    there, ``steps`` are (group, what, change, uom, money) of that, and ``first`` and ``last`` are
    the money lost per uom on the first and on the last hundredth of the way: the limit binds once each earns ``last``
    more. ``instead`` are (kind, limit, period, marginal value) of limits that bind. Where the limit binds
    itself, ``marginal`` is what one more would be worth, None where not known, and the others say nothing.
    """

    kind: str
    name: str
    period: str
    side: str
    bound: float
    value: float
    uom: str
    binds: bool
    marginal: float | None
    starts: float | None
    reach: float | None
    kept_by: tuple[str, ...]
    filled: float
    first: float | None
    last: float | None
    steps: tuple[Step, ...]
    instead: tuple[tuple[str, str, str, float], ...]

    @property
    def slack(self) -> float:
        """Distance from the plan to the limit."""
        return abs(self.bound - self.value)


def limit_reasons(
    plan: Plan, name: str, watch: Callable[[int, int], None] | None = None
) -> tuple[LimitReason, ...]:
    """Why the limits of a name bind or do not bind, period by period.

    Parameters
    ----------
    plan
        A solved plan.
    name
        Unit, sale, offer, tank or limit as the table of limits calls it; the id of a row of limits.csv too.
    watch
        Called with the number of limits told and of all: each takes some plans.

    Raises
    ------
    DataError
        If nothing of that name is limited.
    """
    reader = Reader(plan)
    known = [*_rows(reader), *_offers(reader)]
    chosen = [one for one in known if name in (one.name, *one.aliases)]
    if not chosen:
        # What a limit goes by beside its name, a tier or the word all, says nothing to who asks what is limited.
        names = list(dict.fromkeys(one.name for one in known))
        what = f'"{name}" has no limit of an amount in {plan.case.subject}.'
        hint = closest(name, names) or f"Limited: {', '.join(names[:20])}."
        raise DataError(Finding("--limit", what, hint))
    work = _Work(reader)
    told: list[LimitReason] = []
    for one in chosen:
        told.append(work.reason(one))
        if watch is not None:
            watch(len(told), len(chosen))
    return tuple(told)


@dataclass(frozen=True, eq=False)
class _Limit:
    """One side of one limit: ``weights`` make the amount of the columns."""

    kind: str
    name: str
    aliases: tuple[str, ...]
    period: str
    side: str
    bound: float
    uom: str
    weights: FloatArray
    dual: float


def _rows(reader: Reader) -> Iterator[_Limit]:
    problem = reader.model.problem
    shown = {(row["kind"], row["limit"], row["period"]): row["uom"] for row in limits(reader).records()}
    titles = {row["limit"]: row["title"] for row in reader.plan.case.table("limits").records}
    for block, kind in _BLOCKS.items():
        if not reader.has(block):
            continue
        made, duals = reader.model.build.blocks[block], reader.row_duals(block)
        tiers = {(tier.sale, tier.tier): tier.line for tier in reader.model.tiers if block == "sale_limit"}
        for position, key in enumerate(made.index.axes[0]):
            for place in range(made.index.shape[1]):
                if tiers and tiers[key[0], key[1]][place] is None:
                    continue
                row = int(made.ids[position, place])
                period = "horizon" if block == "limit_horizon" else reader.periods[place]
                name = _label(block, key, titles)
                uom = next(
                    (u for (k, n, p), u in shown.items() if (k, p) == (kind, period) and n == name), ""
                )
                weights = problem.matrix[[row], :].toarray().ravel()
                for side, bound in (("max", problem.row_upper[row]), ("min", problem.row_lower[row])):
                    if math.isfinite(bound) and (side == "max" or bound > 0.0):
                        dual = float(duals[position, place])
                        yield _Limit(kind, name, key, period, side, float(bound), uom, weights, dual)


def _label(block: str, key: tuple[str, ...], titles: dict[str, str]) -> str:
    """What the table of limits calls it."""
    if block == "capacity" and key[1] != "all":
        return f"{key[0]}, mode {key[1]}"
    return titles.get(key[0]) or key[0] if block.startswith("limit") else key[0]


def _offers(reader: Reader) -> Iterator[_Limit]:
    problem = reader.model.problem
    for position, tranche in enumerate(reader.model.tranches):
        columns = reader.model.build.blocks["purchase"].ids[position]
        for place, record in enumerate(tranche.line):
            if record is None:
                continue
            weights = np.zeros(problem.shape[1])
            weights[columns[place]] = 1.0
            duals = reader.plan.column_dual
            dual = math.nan if duals is None else float(duals[columns[place]])
            uom, period = reader.network.stream_of(tranche.lot).uom, reader.periods[place]
            for side, bound in (("max", tranche.upper[place]), ("min", tranche.lower[place])):
                if math.isfinite(bound) and (side == "max" or bound > 0.0):
                    aliases = (reader.network.lots[tranche.lot].stream,)
                    yield _Limit(
                        "offer", tranche.offer, aliases, period, side, float(bound), uom, weights, dual
                    )


class _Work:
    """The plan, its optimal face and what binds in it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        plan = reader.plan
        self.plan, self.money = plan, plan.model.problem.objective
        problem = plan.model.problem
        if not problem.is_linear:
            problem = mix_held(plan.model, plan.x)
        self.problem = fixed_integers(problem, plan.x) if problem.is_integer else problem
        self.session = Session()
        raw = self.session.solve(self.problem)
        self.x = plan.x if raw.x is None else raw.x
        value = float(self.money @ self.x) + problem.offset
        self.face = with_floor(self.problem, value - 1e-9 * max(1.0, abs(value)))
        self.binding = tuple(
            (row["kind"], row["limit"], row["period"], float(row["marginal_value"]))
            for row in binding_first(limits(reader)).records()
            if row["marginal_value"]
        )

    def reason(self, limit: _Limit) -> LimitReason:
        """Everything about one side of one limit."""
        value, sign = float(limit.weights @ self.plan.x), 1.0 if limit.side == "max" else -1.0
        size = max(1e-9, abs(limit.bound), abs(value))
        binds = abs(limit.bound - value) <= BINDS * size
        told = LimitReason(
            limit.kind, limit.name, limit.period, limit.side, limit.bound, value, limit.uom, binds,
            None if math.isnan(limit.dual) else limit.dual, value, value, (), 0.0, None, None, (), self._others(limit),
        )  # fmt: skip
        if binds:
            return told
        least, greatest = (
            self._end(self.face, limit.weights, -sign),
            self._end(self.problem, limit.weights, sign),
        )
        starts, reach = (
            None if raw is None or raw.x is None else float(limit.weights @ raw.x)
            for raw in (least, greatest)
        )
        if reach is None:
            return replace(told, starts=starts, reach=None)
        short = abs(reach - limit.bound) > BINDS * size
        told = replace(
            told, starts=starts, kept_by=self._kept_by(greatest) if short and greatest is not None else ()
        )
        if abs(reach - value) <= BINDS * size:
            return told
        margins = [
            self._margin(limit.weights, value + part * (reach - value)) for part in (0.0, NEAR, 1.0 - NEAR)
        ]
        filled = self._held(limit.weights, reach)
        if filled is None or None in margins:
            return told
        change = filled - self.x
        here, near, far = (margin or 0.0 for margin in margins)
        width, there = NEAR * abs(reach - value), float(self.money @ filled)
        return replace(
            told, reach=reach, filled=float(self.money @ change), steps=money_steps(self.reader, change),
            first=(here - near) / width, last=(far - there) / width,
        )  # fmt: skip

    def _margin(self, weights: FloatArray, amount: float) -> float | None:
        x = self._held(weights, amount)
        return None if x is None else float(self.money @ x)

    def _others(self, limit: _Limit) -> tuple[tuple[str, str, str, float], ...]:
        own = (limit.kind, limit.name, limit.period)
        same = [one for one in self.binding if one[:3] != own and one[2] in (limit.period, "horizon")]
        return tuple(same or [one for one in self.binding if one[:3] != own])

    def _end(self, problem: Problem, weights: FloatArray, sign: float) -> RawSolution | None:
        """The plan of the greatest (sign 1) or least (-1) amount within a program; None where there is no end."""
        raw = Session().solve(problem.with_(objective=sign * weights, offset=0.0))
        return raw if raw.status == "optimal" and raw.x is not None else None

    def _kept_by(self, raw: RawSolution) -> tuple[str, ...]:
        """Limits of the planner that bind where an amount is greatest."""
        if raw.row_dual is None or raw.column_dual is None:
            return ()
        said, problem = phrases(self.plan.model), self.problem
        found: dict[str, float] = {}
        for is_row, dual in ((True, raw.row_dual), (False, raw.column_dual)):
            floor = 1e-7 * max(1.0, float(np.abs(dual).max(initial=0.0)))
            lower, upper = (
                (problem.row_lower, problem.row_upper)
                if is_row
                else (problem.column_lower, problem.column_upper)
            )
            for place in np.flatnonzero(np.abs(dual) > floor).tolist():
                block = problem.row_block(place) if is_row else problem.column_block(place)
                side: Side = "upper" if dual[place] > 0.0 else "lower"
                bound = float((upper if dual[place] > 0.0 else lower)[place])
                idle = bound == 0.0 and (not is_row or not self._moves(place, raw.x))
                if block.name in said and math.isfinite(bound) and not idle:
                    found[said[block.name](block.index.label(place - block.start), side, bound)] = abs(
                        dual[place]
                    )
        return tuple(sorted(found, key=lambda name: -found[name]))

    def _moves(self, row: int, x: FloatArray | None) -> bool:
        """Whether anything flows in a row: a share of nothing keeps nothing from anywhere."""
        part = self.problem.matrix[[row], :]
        return x is not None and bool(np.abs(x[part.indices]).max(initial=0.0) > BINDS)

    def _held(self, weights: FloatArray, amount: float) -> FloatArray | None:
        """The best plan with the amount held, a hair of rounding allowed."""
        bounded = with_floor(self.problem.with_(objective=weights, offset=0.0), amount)
        upper = bounded.row_upper.copy()
        lower = bounded.row_lower.copy()
        room = 1e-9 * max(1.0, abs(amount))
        lower[-1], upper[-1] = amount - room, amount + room
        raw = self.session.solve(
            bounded.with_(objective=self.money, offset=0.0, row_lower=lower, row_upper=upper)
        )
        return raw.x if raw.status == "optimal" else None
