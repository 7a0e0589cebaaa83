"""Distributive recursion: a local plan of pools by successive linear programs, as planning systems make it.

At a pass the mix of every pool is guessed, share0[g], and how the pool is divided among its users, split0[u]. With
what there is of class g, inlet[g], the pass solves the linear program

    flow(g, u) = share0[g] draw[u] + split0[u] error[g],      error[g] = inlet[g] - share0[g] (sum over u of draw[u])

in which the error of the guess is *distributed* among the users as the last pass divided the pool. That is the first
order expansion of flow = share x draw at the guess, so the passes are successive linear programming (the columns are
those of :mod:`netback.planning.mixes`). The shares may
move by a *reach* only. After each pass the shares found are held and the plan is solved again: that plan is feasible.
Until there is such a plan, flows may miss their mix at a price that rises from pass to pass.
Where it is better the guess moves there, else the reach shrinks. It ends when the shares or the margin stand still.

What comes out is a local plan. Its bound is that of the relaxation of the source form, a fact; the gap says how much
more another plan could earn at most.

Reference: Haverly, SIGMAP Bulletin 25 (1978); Lasdon and Joffe, The relationship between distributive recursion and
successive linear programming in refining production planning models, NPRA CC-90-141 (1990).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netback.planning.mixes import Loose, Mix, completed, distributed, held, mixes
from netback.planning.model import Model
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Certificate, Progress, RawSolution, Status, Word

#: Most passes from one guess, and without a plan; reach of the shares at first and when a pass ends the recursion.
PASSES, PASSES_WITHOUT = 40, 12
FIRST_REACH, LAST_REACH = 0.5, 1e-6
#: Passes that look for mixes with a plan; price of a miss at first, in parts of the median cost of a flow, and how
#: price and reach change from one to the next.
OPENING_PASSES, FIRST_PRICE, PRICE_STEP, REACH_STEP = 14, 0.03, 2.5, 0.75
#: Rounds without a better plan after which polishing ends, and the part of the time left that a local search may take.
POLISH_ROUNDS, SEARCH_SHARE = 2, 0.5
#: Above so many products the pools of one part of the plant are freed at a time, down to this reach.
MANY_PRODUCTS, PART_REACH = 4_000, 0.05
#: Passes in a row that may go on from mixes whose plan is no better.
STRAYS = 2
#: Margins that differ by less than this part stand still.
STILL = 1e-9


@dataclass
class _Best:
    """The best plan so far and how it was found."""

    x: FloatArray | None = None
    value: float = -np.inf
    passes: int = 0
    how: str = ""

    def take(self, x: FloatArray | None, value: float | None) -> bool:
        """Keep a plan if it is better."""
        if x is None or value is None:
            return False
        if self.x is not None and not value > self.value + STILL * max(1.0, abs(self.value)):
            return False
        self.x, self.value = x, value
        return True


def recursion(
    model: Model,
    *,
    gap: float,
    time_limit: float,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[RawSolution, Certificate]:
    """A local plan by distributive recursion, with the bound of the relaxation.

    Parameters
    ----------
    model
        A model with pools, of whatever exact form.
    gap
        Relative gap to the relaxation at which the plan counts as proven.
    time_limit
        Wall time [s].
    progress, cancel
        As in :func:`netback.program.globally.solve_global`.
    """
    run = Recursion(model, time_limit, progress, cancel)
    run.go()
    run.polish()
    bound, bound_by = best_bound(model, run)
    status: Status = "interrupted" if run.cancelled else "time limit" if run.over else "optimal"
    if run.best.x is None:
        text = "Recursion found no plan that keeps every row with a mix."
        raw = RawSolution("failed", seconds=run.seconds, message=text)
        return raw, Certificate("not solved", bound=bound, bound_by=bound_by, message=text)
    by = ", ".join(filter(None, (f"distributive recursion, {run.best.passes} passes", run.best.how)))
    raw = RawSolution(
        status,
        x=run.best.x,
        objective=run.best.value,
        seconds=run.seconds,
        iterations=run.best.passes,
        solver=f"{by}, HiGHS",
    )
    found = certify(model.problem, raw)
    if found.value is None or bound is None:
        return raw, found
    distance = abs(bound - found.value) / max(abs(found.value), 1e-9)
    word: Word = "proven" if distance <= gap else "feasible"
    return raw, replace(found, bound=bound, bound_by=bound_by, gap=distance, word=word)


def best_bound(model: Model, run: Recursion) -> tuple[float | None, str]:
    """A safe bound: of McCormick's relaxation, or of the segregated plan where that is too large to solve."""
    if len(model.problem.products) > MANY_PRODUCTS:
        return run.segregated_bound, f"the segregated plan, by {run.segregated_by}"
    by = "relaxation of the source form, multipliers re-evaluated with directed rounding"
    return _relaxed_bound(model.problem), by


def _relaxed_bound(problem: Problem) -> float | None:
    """Safe bound of McCormick's relaxation over the ranges that follow from the rows."""
    from netback.program.bounds.live import LiveRelaxation
    from netback.program.bounds.ranges import structural_ranges

    ranges = structural_ranges(problem)
    if ranges.empty:
        return None
    live = LiveRelaxation(problem, ranges.lower, ranges.upper)
    answer = live.solve()
    if not np.isfinite(answer.bound):
        return None
    return float(live.sign * answer.bound + problem.offset)


class Recursion:
    """Passes of distributive recursion for one model, of whatever exact form.

    Parameters
    ----------
    model
        The model; its pools tell which flows are mixed.
    time_limit
        Wall time [s].
    progress, cancel
        As in :func:`recursion`.
    problem
        A changed copy of the model's program; the model's own when None.
    """

    def __init__(
        self,
        model: Model,
        time_limit: float,
        progress: Callable[[Progress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        problem: Problem | None = None,
    ) -> None:
        self.model = model
        self.best = _Best()
        #: Margin that the last pass expected of the mixes that it found.
        self.promised: float | None = None
        #: Safe bound of the plan in which nothing mixes, None until it is known.
        self.segregated_bound: float | None = None
        self.segregated_by = ""
        self.cancelled = False
        self._loose = Loose.of(model, problem)
        self._progress, self._cancel = progress, cancel
        self._start = time.monotonic()
        self._end = self._start + time_limit
        self._held, self._passing = Session(brief=True), Session(brief=True)

    @property
    def seconds(self) -> float:
        """Wall time since the start [s]."""
        return time.monotonic() - self._start

    @property
    def over(self) -> bool:
        """Whether the time is out."""
        return time.monotonic() >= self._end

    @property
    def _left(self) -> float:
        return max(0.05, self._end - time.monotonic())

    def go(self) -> None:
        """Recursion from the mixes of the segregated plan; a local search where no mix with a plan is found."""
        try:
            raw = self._solve(Session(brief=True), self._loose.problem)
            if raw.x is None:
                return
            told = certify(self._loose.problem, raw)
            if told.word in ("proven", "feasible"):
                self.segregated_bound, self.segregated_by = told.bound, told.bound_by
            first = mixes(self.model.pools, raw.x)
            self._hold(first)
            if len(self.model.problem.products) > MANY_PRODUCTS:
                if self.best.x is not None:
                    self._part_by_part()
                return
            self._recurse(first)
            if self.best.x is None and not self._stop():
                self._recurse(self._opened(first))
            if self.best.x is None and not self._stop():
                self._search()
        except KeyboardInterrupt:
            self.cancelled = True

    def _solve(self, session: Session, problem: Problem) -> RawSolution:
        """Solve within the time that is left; Ctrl-C in the solver stops the recursion."""
        raw = session.solve(problem, time_limit=self._left, cancel=self._cancel)
        self.cancelled |= raw.status == "interrupted"
        return raw

    def refine(self, guess: list[Mix], passes: int) -> None:
        """Recursion from given mixes, for so many passes."""
        try:
            self._hold(guess)
            self._recurse(guess, passes)
        except KeyboardInterrupt:
            self.cancelled = True

    def _stop(self) -> bool:
        if self._cancel is not None and self._cancel():
            self.cancelled = True
        return self.cancelled or self.over

    def _part_by_part(self) -> None:
        """Passes in which the mixes of one pool, one period or one part of the plant are free and all others kept."""
        every = list(range(len(self.model.pools)))
        turns: list[tuple[list[int], int | None]] = [([k], None) for k in every]
        turns += [(every, period) for period in range(self.model.build.count)]
        turns += [(part, None) for part in self._parts()]
        reach = FIRST_REACH
        while not self._stop() and reach > PART_REACH:
            before = self.best.value
            for part, period in turns:
                if self._stop() or self.best.x is None:
                    return
                self._free(part, period, reach)
            if self.best.value <= before + STILL * max(1.0, abs(before)):
                reach *= 0.5

    def _free(self, part: list[int], period: int | None, reach: float) -> None:
        """One pass with the pools at these places free, in one period where one is given."""
        assert self.best.x is not None
        chosen = mixes(self.model.pools, self.best.x)
        keep = [mix for k, mix in enumerate(chosen) if k not in part]
        changed = distributed(self._loose, [chosen[k] for k in part], reach, keep=keep, only=period)
        passed = self._solve(Session(brief=True), changed)
        self.best.passes += 1
        self._tell()
        if passed.status == "optimal" and passed.x is not None:
            found = mixes(self.model.pools, passed.x)
            self._hold([found[k] if k in part else mix for k, mix in enumerate(chosen)])

    def _parts(self) -> list[list[int]]:
        """Places of pools that belong together: the one feeds the other, or both go into one product."""
        network, pools = self.model.network, self.model.pools
        names: list[set[str]] = []
        for pool in pools:
            mine = {user.split()[1] for user in pool.users if user.startswith("blend ")} | {pool.stream}
            for run in network.runs:
                if network.lots[run.feed].stream == pool.stream:
                    mine |= {network.lots[lot].stream for lot, _ in run.outputs}
            names.append(mine | {user.split()[-1] for user in pool.users if " to " in user})
        parts: list[tuple[set[str], list[int]]] = []
        for place, mine in enumerate(names):
            near = [part for part in parts if part[0] & mine]
            words = mine.union(*(part[0] for part in near))
            places = sorted([place, *(k for part in near for k in part[1])])
            parts = [part for part in parts if part not in near] + [(words, places)]
        return [places for _, places in parts]

    def _opened(self, guess: list[Mix]) -> list[Mix]:
        """From the mixes of the segregated plan to mixes that a plan can keep, missing them at a rising price."""
        cost = np.abs(self._loose.problem.objective)
        price = FIRST_PRICE * float(np.median(cost[cost > 0.0])) if cost.any() else 1.0
        session, reach = Session(brief=True), 1.0
        for _ in range(OPENING_PASSES):
            if self._hold(guess) or self._stop():
                return mixes(self.model.pools, self.best.x) if self.best.x is not None else guess
            passed = self._solve(session, distributed(self._loose, guess, reach, price))
            self.best.passes += 1
            self._tell()
            if passed.x is None:
                break
            guess = mixes(self.model.pools, passed.x)
            price, reach = price * PRICE_STEP, reach * REACH_STEP
        even = [_even(mix) for mix in guess]
        return even if self._hold(even) else guess

    def _recurse(self, guess: list[Mix], passes: int = PASSES) -> None:
        reach, chosen, strays = FIRST_REACH, guess, 0
        for number in range(passes):
            if self._stop() or reach < LAST_REACH or (self.best.x is None and number >= PASSES_WITHOUT):
                return
            passed = self._solve(self._passing, distributed(self._loose, chosen, reach))
            self.best.passes += 1
            self._tell()
            if passed.status != "optimal" or passed.x is None:
                reach *= 0.25 if self.best.x is not None else 2.0
                if reach > 2.0:
                    return
                continue
            self.promised = passed.objective
            found = mixes(self.model.pools, passed.x)
            moved = max(
                (float(np.abs(a.share - b.share).max()) for a, b in zip(found, chosen, strict=True)),
                default=0.0,
            )
            if self._hold(found) and self.best.x is not None:
                chosen, reach, strays = mixes(self.model.pools, self.best.x), min(1.0, 2.0 * reach), 0
            elif self.best.x is None or strays < STRAYS:
                # A mix found by the expansion may be a little off every plan: the next pass puts it right.
                chosen, strays = found, strays + 1
            else:
                chosen = mixes(self.model.pools, self.best.x)
                reach, strays = 0.25 * min(reach, max(moved, LAST_REACH)), 0
            if moved < LAST_REACH and strays == 0:
                return

    def _hold(self, chosen: list[Mix]) -> bool:
        """Solve with mixes held: feasible where there is a plan; whether it is the best so far."""
        raw = self._solve(self._held, held(self._loose, chosen))
        if raw.status != "optimal" or raw.x is None:
            return False
        return self.best.take(completed(self.model, raw.x), raw.objective)

    def polish(self) -> None:
        """Successive linear programming with a trust region and prices on misses, from this plan and other starts."""
        if not self._stop() and len(self.model.problem.products) <= MANY_PRODUCTS:
            self._search(POLISH_ROUNDS)

    def _search(self, patience: int = 4) -> None:
        """A local search of the same program, from the best plan where there is one."""
        from netback.program.local.search import local_search

        starts = [] if self.best.x is None else [self.best.x]
        limit = SEARCH_SHARE * self._left
        try:
            raw = local_search(
                self.model.problem, starts=starts, time_limit=limit, patience=patience, cancel=self._cancel
            )
        except KeyboardInterrupt:
            self.cancelled = True
            return
        self.cancelled |= raw.status == "interrupted"
        if raw.x is not None and self.best.take(raw.x, raw.objective):
            self.best.how = "then successive linear programming"
            self._recurse(mixes(self.model.pools, raw.x))

    def _tell(self) -> None:
        if self._progress is not None:
            value = self.best.value if np.isfinite(self.best.value) else np.nan
            self._progress(Progress(self.seconds, self.best.passes, value, np.nan, 0))


def _even(mix: Mix) -> Mix:
    """The same pool with equal shares of all its classes."""
    return replace(mix, share=np.full_like(mix.share, 1.0 / len(mix.share)))
