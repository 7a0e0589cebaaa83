"""Other plans that earn almost as much: what none of them changes, what may change and how far, and how they differ.

For the best margin V and an allowance z, the near-optimal set is every plan that meets all limits and earns at least
V - z. Of that set two things are told:

    ranges   the least and the greatest of every amount bought, fed, sold; one program a side, each proven by its
             multipliers (of a plan with whole ships or lots by the bound of the search; where time is short, by
             their multipliers with ships in parts, which is an outer end). An amount whose ends are equal is
             shared by all of these plans.
    plans    one by one, each as far as possible from the nearest of those before it, in barrels bought and sold
             (:mod:`netback.program.distance`), and then the best of those that are almost as far.

A plan with ships is told by its sets of cargoes instead: the next best plan whose number of ships differs for at least
one cargo, until none is left within z. Every plan is checked in the original rows by :mod:`netback.program.certify`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.errors import DataError, Finding
from netback.planning.solve import Plan
from netback.program.certify import certify, objective_value
from netback.program.distance import Amounts, apart, farthest, with_floor
from netback.program.highs import Session
from netback.program.problem import FloatArray, Problem
from netback.program.solution import RawSolution
from netback.results.reading import Reader
from netback.studies.amounts import Amount, amounts_of, matrix_of

#: Part of the size of the plan below which two amounts are the same.
SAME = 1e-6
#: A further plan is told where it differs in at least this part of what the plan buys and sells.
FAR_ENOUGH = 0.01
#: Part of the greatest distance that the best plan of those almost as far must keep.
ALMOST = 0.95
#: Relative gap of the search for the farthest plan: a distance need not be exact.
FAR_GAP = 0.01
#: Part of the time of a plan with ships that goes to its sets of cargoes; the rest goes to ranges.
FOR_SETS = 0.6


@dataclass(frozen=True)
class Range:
    """How far an amount can go within the allowance [uom of the amount].

    ``low`` and ``high`` are None where nothing limits it. ``proven`` says that plans reach them and none goes further.
    Otherwise they are the ends of what the plans told here do, and no plan goes beyond ``least`` and ``greatest``, the
    ends with ships and lots in parts (None: not known).
    """

    amount: Amount
    best: float
    low: float | None
    high: float | None
    proven: bool
    least: float | None = None
    greatest: float | None = None

    @property
    def fixed(self) -> bool:
        """Whether every plan within the allowance has the same."""
        if not self.proven or self.low is None or self.high is None:
            return False
        return self.high - self.low <= SAME * max(1.0, abs(self.best), abs(self.high))


@dataclass(frozen=True, eq=False)
class Alternative:
    """One plan: its columns ``x``, what it earns less than the best [currency] and how far it is off [bbl].

    ``distance`` is to the nearest plan before it, in barrels bought and sold; None in a plan with ships. Each passed
    the check in the original rows; ``word`` "proven" says that it is the next best set of ships, "feasible" that a
    better one may be left.
    """

    x: FloatArray
    costs: float
    distance: float | None
    word: str


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Plans within an allowance of the best.

    ``by`` is "distance" or "ships". ``complete`` says that no further plan differs enough (by ships: that there is no
    other set of cargoes within the allowance); ``left_out`` counts ranges that were not settled in the time.
    """

    plan: Plan
    within: float
    ranges: tuple[Range, ...]
    plans: tuple[Alternative, ...]
    by: str
    complete: bool
    left_out: int

    @property
    def volume(self) -> float:
        """Barrels that the best plan buys and sells; distances are measured against it."""
        return sum(one.best * one.amount.barrels for one in self.ranges)


def alternatives(plan: Plan, within: float, most: int = 4, seconds: float = 60.0) -> Alternatives:
    """Plans whose margin is within an allowance of the best.

    Parameters
    ----------
    plan
        A solved plan without pools.
    within
        The allowance z >= 0 [currency of the case].
    most
        Greatest number of plans beside the best.
    seconds
        Wall time [s]; what is not settled by then is told as such.

    Raises
    ------
    DataError
        If the plan has pools, or the allowance is no number from zero on.
    """
    require_sound_request(within, most)
    if not plan.model.problem.is_linear:
        what = "a plan whose pools mix has no ranges that can be proven: its mixes move with everything."
        hint = "Ask the segregated plan, whose streams are kept apart; it bounds every mixed one from above."
        raise DataError(Finding("", what, hint))
    reader = Reader(plan)
    amounts = amounts_of(reader)
    search = _Search(plan, within, time.monotonic() + seconds)
    if plan.model.cargoes.slots:
        return _by_ships(search, amounts, most, seconds)
    ranges = search.ranges(amounts)
    plans, complete = _far(search, ranges, most)
    return _told(search, search.seen(ranges, plans), plans, "distance", complete)


def require_sound_request(within: float, most: int) -> None:
    """Refuse an allowance or a number of plans that mean nothing; raises DataError with all findings."""
    findings = []
    if not (math.isfinite(within) and within >= 0.0):
        what = f"{within:g} is not an amount of money from 0 on."
        findings.append(Finding("--within", what, "Write how much less a plan may earn, as 100000."))
    if most < 1:
        findings.append(Finding("--most", f"{most} plans are none.", "Write 1 or more."))
    if findings:
        raise DataError(findings)


@dataclass(frozen=True)
class _End:
    """One end of a range: proven, or only a bound that nothing goes beyond."""

    value: float
    proven: bool


class _Search:
    """The near-optimal set of one plan and the time that is left."""

    def __init__(self, plan: Plan, within: float, end: float) -> None:
        assert plan.certificate.value is not None
        self.plan, self.within, self.end = plan, within, end
        self.value = plan.certificate.value
        self.original = plan.model.problem
        # A hair of room, so that rounding does not put the best plan itself outside.
        self.floor = self.value - within - 1e-9 * max(1.0, abs(self.value))
        self.problem = with_floor(self.original, self.floor)
        self.session = Session(search="light" if plan.model.cargoes.slots else "full")
        self.relaxed = Session()

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.end - time.monotonic())

    def solve(self, problem: Problem, gap: float = 1e-6, seconds: float | None = None) -> RawSolution:
        """Solve in the time that is left, or in part of it."""
        left = self.left() if seconds is None else min(seconds, self.left())
        session = self.session if problem.is_integer else self.relaxed
        return session.solve(problem, time_limit=left, gap=gap)

    def ranges(self, amounts: Sequence[Amount]) -> tuple[Range, ...]:
        """Least and greatest of every amount over the near-optimal set.

        Of a plan with whole ships or lots first with these in parts, which is quick and bounds every range from
        outside; the time that is left is then shared among the amounts that this did not settle.
        """
        made = [self._range(one) for one in amounts]
        open_ = [place for place, one in enumerate(made) if not one.proven]
        for done, place in enumerate(open_):
            made[place] = self._whole(made[place], 0.5 * self.left() / (len(open_) - done))
        return tuple(made)

    def _range(self, amount: Amount) -> Range:
        """The range with what is whole in parts: the range itself where nothing is whole or it is a point."""
        best = amount.of(self.plan.x)
        relaxed = self.problem.with_(integer=False)
        low, high = (self._end(relaxed, amount, sign, None) for sign in (-1.0, 1.0))
        whole = self.problem.is_integer
        if low is None or high is None or not (low.proven or whole) or not (high.proven or whole):
            return Range(amount, best, best, best, False)
        ends = _outwards(low.value, best, -1.0), _outwards(high.value, best, 1.0)
        if whole and self.problem.integer[amount.columns].all():
            ends = (
                math.ceil(ends[0] - SAME),
                math.floor(ends[1] + SAME) if math.isfinite(ends[1]) else ends[1],
            )
        outer = _finite(ends[0]), _finite(ends[1])
        if whole and not _same(ends, best):
            return Range(amount, best, best, best, False, *outer)
        return Range(amount, best, *outer, True, *outer)

    def _whole(self, found: Range, seconds: float) -> Range:
        """The range of a plan in which something is whole, if the search ends in time [s] for each end."""
        ends = []
        for sign, outer in ((-1.0, found.least), (1.0, found.greatest)):
            if outer is not None and _same((outer,), found.best):
                ends.append(found.best)
                continue
            end = self._end(self.problem, found.amount, sign, seconds)
            if end is None or not end.proven:
                return found
            ends.append(_outwards(end.value, found.best, sign))
        low, high = _finite(ends[0]), _finite(ends[1])
        return Range(found.amount, found.best, low, high, True, low, high)

    def _end(self, problem: Problem, amount: Amount, sign: float, seconds: float | None) -> _End | None:
        """One end of a range, infinite where nothing limits it; None where no bound of it was found in the time."""
        if self.left() <= 0.0:
            return None
        objective = np.zeros(problem.shape[1])
        objective[amount.columns] = sign
        asked = problem.with_(objective=objective, offset=0.0)
        found = certify(asked, self.solve(asked, seconds=seconds))
        if found.word == "unbounded":
            return _End(sign * math.inf, proven=True)
        if found.word == "proven" and found.value is not None:
            return _End(sign * found.value, proven=True)
        return None if found.bound is None else _End(sign * found.bound, proven=False)

    def seen(self, ranges: Sequence[Range], plans: Sequence[Alternative]) -> tuple[Range, ...]:
        """Ranges that were not settled, as the plans found show them."""
        points = [self.plan.x, *(one.x for one in plans)]
        made = []
        for one in ranges:
            amounts = [one.amount.of(x) for x in points]
            made.append(one if one.proven else replace(one, low=min(amounts), high=max(amounts)))
        return tuple(made)

    def checked(self, x: FloatArray, distance: float | None) -> Alternative | None:
        """A point as a plan, checked in the original rows; None where it fails or earns too little."""
        own = x[: self.original.shape[1]]
        value = objective_value(self.original, own)
        found = certify(self.original, RawSolution("optimal", x=own, objective=value))
        if found.word not in ("proven", "feasible") or value < self.floor - 1e-6 * max(1.0, abs(self.value)):
            return None
        return Alternative(own, max(0.0, self.value - value), distance, found.word)


def _outwards(end: float, best: float, sign: float) -> float:
    """An end of a range, without rounding that would put the best plan outside or a trace of nothing inside."""
    held = max(end, best) if sign > 0.0 else min(end, best)
    return 0.0 if abs(held) <= SAME else held


def _finite(end: float | None) -> float | None:
    return end if end is not None and math.isfinite(end) else None


def _same(ends: Sequence[float], best: float) -> bool:
    """Whether the ends are the best plan's own amount."""
    return all(abs(end - best) <= SAME * max(1.0, abs(best)) for end in ends)


def _far(search: _Search, ranges: Sequence[Range], most: int) -> tuple[list[Alternative], bool]:
    """Plans far from each other, and whether no further one differs enough."""
    used = [
        one
        for one in ranges
        if one.amount.barrels > 0.0 and not one.fixed and None not in (one.low, one.high) and one.proven
    ]
    if not used:
        return [], all(one.fixed or one.amount.barrels == 0.0 for one in ranges)
    amounts = Amounts(
        matrix_of([one.amount for one in used], search.original.shape[1]),
        np.array([one.low for one in used], dtype=np.float64),
        np.array([one.high for one in used], dtype=np.float64),
        np.array([one.amount.barrels for one in used]),
    )
    least = FAR_ENOUGH * sum(one.best * one.amount.barrels for one in ranges)
    points = [search.plan.x]
    plans: list[Alternative] = []
    while len(plans) < most and search.left() > 0.0:
        problem = farthest(search.problem, amounts, points)
        raw = search.solve(problem, gap=FAR_GAP)
        if raw.x is None:
            return plans, False
        if raw.x[-1] < least:
            bound = raw.bound if raw.bound is not None else raw.objective
            return plans, raw.status == "optimal" and bound is not None and bound <= 1.05 * least
        found = _best_of_far(search, amounts, points, raw.x)
        if found is None:
            return plans, False
        plans.append(found)
        points.append(found.x)
    return plans, False


def _best_of_far(
    search: _Search, amounts: Amounts, points: Sequence[FloatArray], x: FloatArray
) -> Alternative | None:
    """The best of the plans that are almost as far as ``x``, on its side of every point."""
    problem = apart(search.problem, amounts, points, ALMOST * float(x[-1]))
    switches = problem.block("above").ids.ravel()
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    lower[switches] = upper[switches] = np.round(x[switches])
    raw = search.solve(problem.with_(column_lower=lower, column_upper=upper))
    for point in (x if raw.x is None else raw.x, x):
        nearest = min(amounts.distance(point, other) for other in points)
        found = search.checked(point, nearest)
        if found is not None:
            return found
    return None


def _by_ships(search: _Search, amounts: Sequence[Amount], most: int, seconds: float) -> Alternatives:
    """The next best sets of cargoes, and ranges as far as time allows."""
    end, search.end = search.end, search.end - (1.0 - FOR_SETS) * seconds
    ships = [one for one in amounts if one.group == "ships"]
    plans, complete = _sets(search, ships, most) if ships else ([], True)
    search.end = end
    ranges = search.seen(search.ranges(amounts), plans)
    return _told(search, ranges, plans, "ships", complete)


def _sets(search: _Search, ships: Sequence[Amount], most: int) -> tuple[list[Alternative], bool]:
    """Plans in order of margin whose numbers of ships differ, and whether there is no other within the allowance."""
    problem = search.problem
    columns = np.concatenate([one.columns for one in ships])
    upper = problem.column_upper[columns]
    if not np.isfinite(upper).all():
        relaxed = problem.with_(integer=False)
        tops = [_greatest(search, relaxed, one) for one in ships]
    else:
        tops = [float(problem.column_upper[one.columns].sum()) for one in ships]
    amounts = Amounts(
        matrix_of(ships, search.original.shape[1]), np.zeros(len(ships)), np.array(tops), np.ones(len(ships))
    )
    points = [search.plan.x]
    plans: list[Alternative] = []
    while len(plans) < most and search.left() > 0.0:
        asked = apart(problem, amounts, points, 1.0)
        raw = search.solve(asked)
        if raw.status == "infeasible":
            return plans, True
        found = None if raw.x is None else search.checked(raw.x, None)
        if found is None:
            return plans, False
        plans.append(replace(found, word=certify(asked, raw).word))
        points.append(found.x)
    return plans, False


def _greatest(search: _Search, relaxed: Problem, amount: Amount) -> float:
    """Greatest number of ships of a cargo without wholeness; what the plan has where that was not found."""
    objective = np.zeros(relaxed.shape[1])
    objective[amount.columns] = 1.0
    raw = search.solve(relaxed.with_(objective=objective, offset=0.0))
    found = raw.objective if raw.status == "optimal" and raw.objective is not None else 0.0
    return max(math.floor(found + 1e-6), round(amount.of(search.plan.x)), 1)


def _told(
    search: _Search, ranges: tuple[Range, ...], plans: Sequence[Alternative], by: str, complete: bool
) -> Alternatives:
    left_out = sum(not one.proven for one in ranges)
    return Alternatives(search.plan, search.within, ranges, tuple(plans), by, complete, left_out)
