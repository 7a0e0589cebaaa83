"""One run of a global solve: which bounds and searches work when, and in which of two threads.

A quick pass repairs the relaxation's point into a plan, cuts the relaxation by splitting all groups of products at
once, branches, and narrows the ranges by optimisation where the tree has cost as much as that would; small programs end
there. Otherwise one thread looks for better plans, gives the best to SCIP for a while where SCIP is quick, and then
joins the other, which narrows ranges and branches. A large program in which structure was found is narrowed where its
bound pays for it, once there is a value to beat.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from netback.program import highs
from netback.program.bounds.board import Board
from netback.program.bounds.disjunction import Splitter
from netback.program.bounds.finish import finish_by_scip
from netback.program.bounds.lazy import WORTH_LAZY, LazyRelaxation, relaxed
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.narrow import Narrower
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Structure, propagate
from netback.program.bounds.safe import safe_bound
from netback.program.bounds.seek import PATIENCE, seek
from netback.program.bounds.spatial import FIRST_DESCENT, LATE_DESCENT, Spatial
from netback.program.bounds.tighten import tighten
from netback.program.form import Form, same
from netback.program.local.live import Clock
from netback.program.problem import FloatArray, Problem
from netback.program.shares import LARGE_SHARE, TIGHTEN_SHARE, USUAL, Shares
from netback.program.side import Side, chosen
from netback.program.structure.form import Structured

OWN_BOUND = "own relaxation, multipliers re-evaluated with directed rounding"
#: A relaxation that solves in less than this [s] makes a small program: one thread, tighten and branch at once.
QUICK = 0.02
#: Part of the gap that a trial of narrowing the ranges must close to go on.
TIGHTEN_WORTH = 0.1
#: The same for a large program with structure, whose narrowing goes by what the bound pays for.
NARROW_SHARE = 0.6
#: Part of the time left for which the bounds of such a program wait for a first value.
WAIT_SHARE = 0.1
#: Its branching without a value to beat pauses after so many seconds to see whether there is one.
EARLY_SECONDS = 5.0
#: SCIP is asked only where a relaxation solves in less than this [s]; on larger programs it has proven nothing.
SCIP_QUICK = 0.1
#: Where a relaxation of a large program solves in less than this [s], branching descends from its points, and ranges
#: are narrowed again as better values come, after each of so many turns of branching for a part of the time left.
QUICK_LARGE, TURNS, TURN_SHARE = 1.0, 6, 0.1
#: Where a relaxation takes longer than this [s], branching gains little and both threads look for plans, so long [s].
SLOW, LONGEST_LOOK = 2.0, 60.0
#: Part of the time left that the first relaxation of a large program may take; stopped, it has a bound all the same.
ROOT_SHARE = 0.25
#: With more products than this the local search starts at once.
LARGE = 1_000
#: Rounds of narrowing a small program, and columns below which one thread does it.
ROUNDS, FEW = 6, 40
#: Rounds of cuts of a small program, the part of the gap that one must close for another, and of the time it may take.
CUT_ROUNDS, CUT_WORTH, CUT_SHARE = 3, 0.1, 0.05
#: Seconds for which both threads branch on a small program whose tree has grown before one looks for points.
GROWN_SECONDS = 2.0
#: Starts without a better point after which the local search before the bounds of a small program ends.
WARM_UP = 2

#: A local search: called with the problem, a function that takes points, a clock that says when to stop and how long a
#: single linear program may take, a seed, and the number of tries.
Local = Callable[[Problem, Callable[[FloatArray, str], bool], Clock, int, int], None]


class Run:
    """One global solve."""

    def __init__(
        self,
        board: Board,
        forms: list[Form],
        local: Local | None,
        seed: int,
        threads: int,
        relaxations: Sequence[Problem] = (),
        tighten_trial: float = TIGHTEN_SHARE,
        shares: Shares = USUAL,
    ) -> None:
        self.board, self.forms, self.relaxations, self.shares = board, forms, relaxations, shares
        self.large = len(board.problem.products) > LARGE and forms[0].found is None
        # In plans of several periods envelopes added as they break, and misses by price, prove less.
        self.lazy = bool(relaxations)
        self.local = local if local is not None else seek
        # A search of our own works on the smaller program where there is one.
        self._inner = forms[0] if local is None and forms[0].found is not None else same(board.problem)
        self.seed, self.threads, self.tighten_trial = seed, threads, tighten_trial
        self.evidence: list[str] = []
        self._other: threading.Thread | None = None
        self._search: Spatial | None = None
        self._sides: list[Side] = []

    def go(self) -> None:
        """Work until the board says stop or nothing is left."""
        if self.large:
            if self.threads > 1:
                self._start_other()
            self._relax()
        sides: list[Side] = []
        for form in self.forms:
            # Where one relaxation takes so long the bound of another is not worth the time.
            slow = self.large and self.lazy and bool(sides) and sides[-1].seconds > SLOW
            if not (self.evidence or slow) and (side := self._root(form)) is not None:
                sides.append(side)
        if self.board.done or not sides or self.evidence:
            return
        side = chosen(sides, self.board.value)
        self._sides = [side, *(other for other in sides if other is not side)]
        if self.shares.branch > 0.0:
            self._branch_at_once(side)
            return
        small = side.seconds < QUICK
        if self.threads > 1 and self._other is None and not small:
            self._start_other()
        if not small and side.form.found is not None:
            self._narrow_and_branch(side, side.form.found)
            return
        if side.seconds > SLOW and self._other is not None:
            share = min(LARGE_SHARE, LONGEST_LOOK / max(self.board.left, 1e-9))
            self._look(share, self.seed + 2, PATIENCE)
        self._tighten_and_branch(side, small=small)

    def _relax(self) -> None:
        """Bounds of the linear relaxations given."""
        for relaxation in self.relaxations:
            raw = highs.solve(
                relaxation, time_limit=self.board.left, cancel=lambda: not self.board.tick(), threads=1
            )
            if raw.row_dual is not None:
                bound = self.board.sign * safe_bound(relaxation, raw.row_dual)
                self.board.raise_bound(bound, f"{OWN_BOUND} ({relaxation.name})")

    def _narrow_and_branch(self, side: Side, found: Structured) -> None:
        """Branch on a large program from ranges narrowed by a value to beat, however late that comes."""
        if self._other is None:
            self._look(0.1, self.seed, WARM_UP)
        self._narrow(side, found)
        while not math.isfinite(self.board.value) and not self.evidence and self.board.tick():
            early = self._spatial(side, large=True)
            early.run(until=EARLY_SECONDS)
            if early.over:
                self._branch(early)
                return
            self._narrow(side, found)
        if not self.evidence and self.board.tick():
            self._branch(self._spatial(side, large=True))

    def _tighten_and_branch(self, side: Side, *, small: bool) -> None:
        if small:
            self._branch_small(side)
            return
        self._tighten(side, 2, small=False)
        if self.evidence or not self.board.tick():
            return
        if self.threads > 1 and self._other is None:
            self._start_other()
        # With hundreds of products most are off without being paid for.
        large = self.lazy and len(side.structure.pairs) > WORTH_LAZY
        search = self._spatial(side, large=large)
        if large and side.seconds < QUICK_LARGE:
            search = self._turns(side, search)
        if not self.evidence and self.board.tick():
            self._branch(search)

    def _branch_at_once(self, side: Side) -> None:
        """Branch from the ranges that there are, in both threads."""
        late = math.isfinite(self.board.value)
        self._search = self._spatial(
            side, large=False, lazy=True, first_descent=LATE_DESCENT if late else FIRST_DESCENT
        )
        if self.threads > 1 and self._other is None:
            self._start_other()
        self._branch(self._search)

    def _turns(self, side: Side, search: Spatial) -> Spatial:
        """Branch for a while, and narrow again where a better value has come since; the tree to go on with."""
        for _ in range(TURNS):
            search.run(until=TURN_SHARE * self.board.left)
            if not self.board.tick() or search.over:
                break
            if side.used - self.board.value <= TIGHTEN_WORTH * (self.board.value - self.board.bound):
                continue
            before = side.bound
            self._tighten(side, 2, small=False)
            if self.evidence or not self.board.tick():
                break
            # A tree that was split with wide ranges is worth less than a new one over narrow ones.
            if side.bound - before > TIGHTEN_WORTH * (self.board.value - before):
                search = self._spatial(side, large=True)
            else:
                search.narrow(side.ranges, side.used)
        return search

    def _branch_small(self, side: Side) -> None:
        """Branch first: a round of narrowing comes when the tree has cost about as much, another when it has doubled.

        With few columns in products narrowing costs next to nothing, and comes before.
        """
        few = len(side.structure.pairs.columns) < FEW
        if few and not self._narrowed(side):
            return
        before = self.board.value
        # A good point makes everything after it quicker.
        if self._other is None:
            self._look(0.1, self.seed, WARM_UP)
        if few and self.board.value < before and not self._narrowed(side):
            return
        if not self.board.tick() or not self._cut(side):
            return
        search = self._spatial(side, large=False)
        for number in range(ROUNDS):
            search.run(nodes=2**number * len(side.structure.pairs.columns))
            if not self.board.tick() or search.over:
                break
            before, so_far = side.bound, self.board.bound
            if not self._narrowed(side, rounds=1) or not self._cut(side):
                return
            if side.bound > so_far:
                search = self._spatial(side, large=False)
            else:
                search.narrow(side.ranges, side.used)
            if side.bound - before <= TIGHTEN_WORTH * (self.board.value - before):
                break
        # A small tree needs no second thread; one that has grown gets it, later the local search and SCIP beside it.
        if self.threads > 1 and self._other is None and self.board.tick() and not search.over:
            search.run(self.threads, until=GROWN_SECONDS)
            if self.board.tick() and not search.over:
                self._start_other()
        self._branch(search)

    def _narrowed(self, side: Side, rounds: int = ROUNDS) -> bool:
        """Narrow the ranges of a small program; whether to go on."""
        self._tighten(side, rounds, small=True)
        return not self.evidence and self.board.tick()

    def _spatial(
        self, side: Side, *, large: bool, lazy: bool = False, first_descent: int = FIRST_DESCENT
    ) -> Spatial:
        # Points of another form are looked for in the rows of the program itself, which are fewer.
        other = large and side.form.found is None and side.form.problem is not self.board.problem
        return Spatial(
            self.board,
            side.form.problem,
            side.ranges,
            to_board=side.form.to_main,
            from_board=side.form.from_main,
            used=side.used,
            found=side.form.found,
            large=large,
            lazy=lazy,
            points=self.board.problem if other else side.form.for_points,
            # A descent of a large program takes as long as many nodes; the other thread sees to that.
            descents=not large or (side.form.found is None and side.seconds < QUICK_LARGE),
            first_descent=first_descent,
        )

    def _branch(self, search: Spatial) -> None:
        self._search = search
        search.run()
        if search.empty:
            self.evidence.append("own branch and bound excludes every part by multipliers")

    def _look(self, share: float, seed: int, tries: int) -> None:
        """Local search here for a share of the time left."""
        self.local(
            self._inner.for_points,
            self._offer,
            self._clock(share * self.board.left, self.board.tick),
            seed,
            tries,
        )

    def _clock(self, seconds: float, go_on: Callable[[], bool]) -> Clock:
        """A clock that is over after so many seconds, or when the caller says so."""
        return Clock(time.monotonic() + min(seconds, self.board.left), lambda: not go_on())

    def _offer(self, x: FloatArray, by: str) -> bool:
        return self.board.offer(self._inner.to_main(x), by)

    def join(self) -> None:
        """Wait for the other thread, which stops when the board does."""
        while self._other is not None and self._other.is_alive():
            try:
                self._other.join(0.05)
                if self.evidence:
                    self.board.stop = True
                self.board.tick()
            except KeyboardInterrupt:
                self.board.stop = True

    def _root(self, form: Form) -> Side | None:
        """Ranges, relaxation and first point of a form; None when there is no time."""
        # Without any time one relaxation is solved all the same, as there is no bound else.
        if not self.board.tick() and (self.board.left > 0.0 or math.isfinite(self.board.bound)):
            return None
        structure = Structure.of(form.problem)
        if form.found is None:
            ranges = propagate(structure, form.problem.column_lower, form.problem.column_upper, 20)
        else:
            ranges = form.found.ranges
        if ranges.empty:
            self.evidence.append("interval arithmetic leaves no range")
            return None
        kind = LazyRelaxation if form.found is not None else relaxed if self.lazy else LiveRelaxation
        live = kind(form.problem, ranges.lower, ranges.upper)
        live.cancel = lambda: self.board.done
        side = Side(form, ranges, structure, live, Finder(form.for_points))
        start, used = self.board.seconds, time.process_time()
        share = ROOT_SHARE if self.large and self.lazy and self.threads > 1 else 1.0
        answer = live.solve(share * self.board.left)
        # On a machine that is busy with other work wall time would make a small program a large one.
        side.seconds = min(self.board.seconds - start, time.process_time() - used)
        if side.seconds < QUICK:
            answer = side.cut(answer, self.board.left)
        if answer.outcome == "infeasible":
            self.evidence.append("multipliers exclude every point of the relaxation")
            return None
        side.bound, side.x = answer.bound + side.shift, answer.x
        self.board.raise_bound(math.nextafter(side.bound, -math.inf), f"{OWN_BOUND} ({form.name})")
        if answer.x is not None and self.board.guesses is not None:
            self.board.guess(form.to_main(answer.x[: form.problem.shape[1]]))
        if answer.x is not None and not (self.large and self.threads > 1):
            self._repair(side, answer.x[: form.problem.shape[1]])
        return side

    def _repair(self, side: Side, x: FloatArray) -> None:
        """A plan from the relaxation's point: repaired at once, then descended from."""
        found = side.finder.repair(x, self.board.left)
        better = found is not None and self.board.offer(
            side.form.to_main(found), "relaxation's point repaired"
        )
        # Of a small program the local search and the branching see to the rest.
        if self.board.done or side.seconds >= QUICK or (math.isfinite(self.board.value) and not better):
            return
        deep = side.finder.descend(found if better and found is not None else x, self.board.left)
        if deep is not None:
            self.board.offer(side.form.to_main(deep), "successive linear programming")

    def _tighten(self, side: Side, rounds: int, *, small: bool) -> None:
        """Narrow the ranges; a bound follows from the narrower relaxation."""
        left, share = self.board.left, self.shares.tighten
        first = share if small else min(self.tighten_trial, share)
        few = small and len(side.structure.pairs.columns) < FEW
        for number in range(rounds):
            value, bound = self.board.value, side.bound
            limit = left * (first if small or number == 0 else share - first)
            cutoff = math.nextafter(value - side.shift, math.inf)
            done = tighten(
                side.form.problem,
                side.ranges.lower,
                side.ranges.upper,
                cutoff=cutoff,
                time_limit=limit,
                threads=1 if few or self._other is not None else self.threads,
                passes=2 if small else 5,
                cancel=lambda: not self.board.tick(),
                lazy=self.lazy,
            )
            if done.ranges.empty:
                self._excluded(value)
                return
            side.ranges, side.used = done.ranges, min(side.used, value)
            if not self._bound_again(side):
                return
            closed = side.bound - bound > TIGHTEN_WORTH * (value - bound)
            if not (closed or (small and self.board.value < value)):
                return

    def _cut(self, side: Side) -> bool:
        """Cuts from splitting all groups of products at once, while they close a part of the gap; whether to go on."""
        answer = side.live.solve(self.board.left)
        side.bound = answer.bound + side.shift
        # What the meaning of the program has cut leaves less to this.
        for _ in range(CUT_ROUNDS if side.form.cutter is None else 1):
            if answer.x is None or not self.board.tick():
                break
            cuts = Splitter(side.form.problem, side.ranges).cuts(answer.x, CUT_SHARE * self.board.left)
            if not len(cuts):
                break
            side.put(cuts)
            before, answer = side.bound, side.live.solve(self.board.left)
            if answer.outcome == "infeasible":
                self._excluded(side.used)
                return False
            side.bound = max(before, math.nextafter(answer.bound + side.shift, -math.inf))
            self.board.raise_bound(min(side.bound, side.used), f"{OWN_BOUND} ({side.form.name}, cuts)")
            if side.bound - before <= CUT_WORTH * (self.board.value - before):
                break
        if answer.x is not None and self.board.tick():
            self._repair(side, answer.x[: side.form.problem.shape[1]])
        return self.board.tick()

    def _narrow(self, side: Side, found: Structured) -> None:
        """Narrow the ranges of a large program where its bound pays for it, once there is a value to beat."""
        last = self.board.seconds + WAIT_SHARE * self.board.left
        while self._other is not None and not math.isfinite(self.board.value):
            if not self.board.tick() or self.board.seconds > last or not self._other.is_alive():
                break
            time.sleep(0.02)
        value = self.board.value
        if self.board.done or not math.isfinite(value):
            return
        cutoff = math.nextafter(value - side.shift, math.inf)

        def follow(bound: float) -> None:
            bound = math.nextafter(bound + side.shift, -math.inf)
            self.board.raise_bound(min(bound, value), f"{OWN_BOUND} ({side.form.name}, ranges narrowed)")

        narrower = Narrower(found, side.structure, threads=1 if self._other is not None else self.threads)
        limit, cancel = NARROW_SHARE * self.board.left, lambda: not self.board.tick()
        done = narrower.run(side.live, side.ranges, cutoff, time_limit=limit, cancel=cancel, follow=follow)
        if done.ranges.empty:
            self._excluded(value)
            return
        side.ranges, side.used = done.ranges, min(side.used, value)

    def _excluded(self, value: float) -> None:
        """Nothing is better than the value that cut the ranges; without one there is nothing at all."""
        if math.isfinite(value):
            self.board.raise_bound(value, OWN_BOUND)
        else:
            self.evidence.append("tightening by multipliers leaves no range")

    def _bound_again(self, side: Side) -> bool:
        """Bound of the relaxation over narrower ranges and a point from it; whether to go on."""
        side.live.set_ranges(side.ranges.lower, side.ranges.upper)
        answer = side.live.solve(self.board.left)
        if answer.outcome == "infeasible":
            self._excluded(side.used)
            return False
        bound = math.nextafter(answer.bound + side.shift, -math.inf)
        side.bound = max(side.bound, bound)
        self.board.raise_bound(min(bound, side.used), f"{OWN_BOUND} ({side.form.name}, ranges narrowed)")
        if answer.x is not None:
            self._repair(side, answer.x[: side.form.problem.shape[1]])
        return not self.board.done

    def _start_other(self) -> None:
        self._other = threading.Thread(target=self._beside, daemon=True, name="local")
        self._other.start()

    def _beside(self) -> None:
        """The other thread: local search, SCIP for a while where it is quick, then a hand in the branching."""
        try:
            # Without a value a search for one is the best help.
            if self._search is not None and self.shares.branch > 0.0 and math.isfinite(self.board.value):
                self._search.help(until=self.shares.branch * self.board.left)
            began, left = self.board.seconds, self.board.left
            self._descend_from_roots()

            def go_on() -> bool:
                quick = self.lazy and bool(self._sides) and self._sides[0].seconds < QUICK_LARGE
                share = self.shares.local_of(large=self.large, quick=quick)
                over = self.board.seconds >= began + share * left
                return self._goes_on and (not over or self._search is None or self.board.x is None)

            clock = self._clock(self.board.left, go_on)
            self.local(self._inner.for_points, self._offer, clock, self.seed + 1, PATIENCE)
            asked = self.shares.scip > 0.0 and bool(self._sides) and not (self.large and self.lazy)
            if self._goes_on and asked and self._sides[0].seconds < SCIP_QUICK:
                self._finish_by_scip(self._sides[0].form)
            while self._goes_on and self._search is None:
                time.sleep(0.02)
            if self._goes_on and self._search is not None:
                self._search.help()
        except BaseException as error:
            self.board.error = error

    def _finish_by_scip(self, form: Form) -> None:
        start = None if self.board.x is None else form.from_main(self.board.x)
        finish_by_scip(
            self.board,
            form.problem,
            form.to_main,
            start,
            seed=self.seed,
            limit=self.shares.scip * self.board.left,
            over=lambda: not self._goes_on,
        )

    def _descend_from_roots(self) -> None:
        """Descend from the relaxation's point of every form, the one with the best bound first."""
        for side in sorted(self._sides, key=lambda side: -side.bound):
            if self._goes_on:
                side.descend(self.board)

    @property
    def _goes_on(self) -> bool:
        over = self._search is not None and self._search.over
        return not (self.board.done or self.evidence or over)
