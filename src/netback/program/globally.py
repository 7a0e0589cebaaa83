"""Solve a program with product terms to a proven gap: points from local searches, bounds from relaxations.

Both sides improve at once. A quick pass repairs the relaxation's point into a plan, narrows the ranges by
optimisation and branches; small programs end there. Otherwise one thread looks for better plans, gives the best
to SCIP for a while where SCIP is quick, and then joins the other, which narrows ranges and branches. Whatever is known
when the gap is reached, the time is out or the caller stops it is what comes back.

A bound of our own is a fact: multipliers evaluated with directed rounding. A bound of SCIP's is its word, used only
where it is better, and labelled. A program is called infeasible only when two methods say so.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.errors import Finding, ModelError
from netback.program import highs
from netback.program.bounds.board import Board
from netback.program.bounds.finish import finish_by_scip
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.narrow import Narrower
from netback.program.bounds.outcome import outcome
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, Structure, propagate
from netback.program.bounds.seek import PATIENCE, seek
from netback.program.bounds.spatial import Spatial
from netback.program.bounds.tighten import tighten
from netback.program.certify import certify
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Certificate, Progress, RawSolution
from netback.program.structure.form import Structured, structured

OWN_BOUND = "own relaxation, multipliers re-evaluated with directed rounding"
#: A relaxation that solves in less than this [s] makes a small program: one thread, tighten and branch at once.
QUICK = 0.02
#: Part of the time that narrowing the ranges may take before branching starts.
TIGHTEN_SHARE = 0.25
#: The same for a large program, whose narrowing goes by what the bound pays for.
NARROW_SHARE = 0.6
#: Part of the time left for which the bounds of a large program wait for a first value.
WAIT_SHARE = 0.1
#: Branching of a large program without a value to beat pauses after so many seconds to see whether there is one.
EARLY_SECONDS = 5.0
#: Parts of the time left that the local search and SCIP may take in the other thread before it joins the branching.
LOCAL_SHARE, SCIP_SHARE = 0.3, 0.3
#: SCIP is asked only where a relaxation solves in less than this [s]; on larger programs it has proven nothing.
SCIP_QUICK = 0.1
#: Starts without a better point after which the local search before the bounds of a small program ends.
WARM_UP = 4


@dataclass(frozen=True, eq=False)
class Form:
    """Another program with the same optimum, for its bound.

    Attributes
    ----------
    name
        How the bound is labelled.
    problem
        The program; its sense is that of the main one.
    to_main
        Maps a point of the form to a point of the main program.
    from_main
        Maps a point of the main program to one of the form.
    found
        What the structure of the program gave, where the form is made from that.
    """

    name: str
    problem: Problem
    to_main: Callable[[FloatArray], FloatArray]
    from_main: Callable[[FloatArray], FloatArray]
    found: Structured | None = None

    @property
    def for_points(self) -> Problem:
        """The program to look for points of the form in."""
        return self.problem if self.found is None else self.found.plain


#: A local search: called with the problem, a function that takes points, one that says whether to go on, and a seed.
Local = Callable[[Problem, Callable[[FloatArray, str], bool], Callable[[], bool], int, int], None]


def solve_global(
    problem: Problem,
    *,
    gap: float = 1e-4,
    time_limit: float = 60.0,
    starts: Sequence[FloatArray] = (),
    local: Local | None = None,
    alternatives: Sequence[Form] = (),
    seed: int = 0,
    threads: int = 2,
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
        Other forms of the same program; the one with the best bound is branched on. Without any, a form is made from
        the structure found in the program.
    seed
        Varies the local searches.
    threads
        1 or 2.
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
    board = Board(problem, gap, time_limit, progress=progress, cancel=cancel)
    if problem.is_linear:
        return _linear(problem, gap, time_limit, progress, cancel)
    for start in starts:
        board.offer(np.asarray(start, dtype=np.float64), "start given")
    forms = [_same(problem), *alternatives] if alternatives else _found(problem)
    run = _Run(board, forms, local, seed, threads)
    try:
        run.go()
    except KeyboardInterrupt:
        board.stop = True
    run.join()
    if board.error is not None and not isinstance(board.error, KeyboardInterrupt):
        raise board.error
    return outcome(board, run.evidence, run.seed)


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


def _same(problem: Problem) -> Form:
    return Form("as given", problem, lambda x: x, lambda x: x)


def _found(problem: Problem) -> list[Form]:
    """The form that the program's structure gives, where it has one, else the program."""
    found = structured(problem)
    if not found.multiplied_rows:
        return [_same(problem)]
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


@dataclass
class _Side:
    """A form with its ranges, the bound of its relaxation, and the value that cut its ranges."""

    form: Form
    ranges: Ranges
    structure: Structure
    live: LiveRelaxation
    finder: Finder
    bound: float = -math.inf
    seconds: float = 0.0
    used: float = math.inf
    x: FloatArray | None = None

    @property
    def shift(self) -> float:
        """The form's constant, as a minimisation."""
        return self.live.sign * self.form.problem.offset


class _Run:
    """One global solve."""

    def __init__(self, board: Board, forms: list[Form], local: Local | None, seed: int, threads: int) -> None:
        self.board, self.forms = board, forms
        self.local = local if local is not None else seek
        # A search of our own works on the smaller program where there is one.
        inner = forms[0] if local is None and forms[0].found is not None else _same(board.problem)
        self._inner = inner
        self.seed, self.threads = seed, threads
        self.evidence: list[str] = []
        self._other: threading.Thread | None = None
        self._search: Spatial | None = None
        self._sides: list[_Side] = []

    def go(self) -> None:
        """Work until the board says stop or nothing is left."""
        sides = [side for form in self.forms if not self.evidence and (side := self._root(form)) is not None]
        if self.board.done or not sides or self.evidence:
            return
        self._sides = sides
        side = max(sides, key=lambda side: (side.bound, -side.form.problem.shape[1]))
        small = side.seconds < QUICK
        if self.threads > 1 and not small:
            self._start_other(side)
        if not small and side.form.found is not None:
            self._large(side, side.form.found)
        else:
            self._branch_from_tightened(side, small=small)

    def _large(self, side: _Side, found: Structured) -> None:
        """Branch on a large program from ranges narrowed by a value to beat, however late that comes."""
        if self._other is None:
            self._warm_up()
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

    def _branch_from_tightened(self, side: _Side, *, small: bool) -> None:
        self._tighten(side, small=small)
        if small and self.board.tick() and not self.evidence:
            before = self.board.value
            self._warm_up()
            if self.board.value < before and self.board.tick():
                self._tighten(side, small=small)
        if self.evidence or not self.board.tick():
            return
        if self.threads > 1 and self._other is None and not small:
            self._start_other(side)
        search = self._spatial(side, large=False)
        # A small tree needs no second thread; one that has grown gets the local search and SCIP beside it.
        if small and self.threads > 1:
            search.run(until=2.0)
            if self.board.tick() and not search.over:
                self._start_other(side)
        self._branch(search)

    def _spatial(self, side: _Side, *, large: bool) -> Spatial:
        return Spatial(
            self.board,
            side.form.problem,
            side.ranges,
            to_board=side.form.to_main,
            used=side.used,
            found=side.form.found,
            large=large,
        )

    def _branch(self, search: Spatial) -> None:
        self._search = search
        search.run()
        if search.empty:
            self.evidence.append("own branch and bound excludes every part by multipliers")

    def _warm_up(self) -> None:
        """A short local search first: a good point makes everything after it quicker."""
        end = self.board.seconds + 0.1 * self.board.left
        self.local(
            self._inner.for_points,
            self._offer,
            lambda: self.board.tick() and self.board.seconds < end,
            self.seed,
            WARM_UP,
        )

    def _offer(self, x: FloatArray, by: str) -> bool:
        """Take a point of the program that the local search works on."""
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

    def _root(self, form: Form) -> _Side | None:
        """Ranges, relaxation and first point of a form; None when there is no time."""
        if not self.board.tick() and self.board.left > 0.0:
            return None
        structure = Structure.of(form.problem)
        if form.found is None:
            ranges = propagate(structure, form.problem.column_lower, form.problem.column_upper, 20)
        else:
            ranges = form.found.ranges
        if ranges.empty:
            self.evidence.append("interval arithmetic leaves no range")
            return None
        kind = LiveRelaxation if form.found is None else LazyRelaxation
        live = kind(form.problem, ranges.lower, ranges.upper)
        side = _Side(form, ranges, structure, live, Finder(form.for_points))
        start = self.board.seconds
        answer = live.solve(self.board.left)
        side.seconds = self.board.seconds - start
        if answer.outcome == "infeasible":
            self.evidence.append("multipliers exclude every point of the relaxation")
            return None
        side.bound, side.x = answer.bound + side.shift, answer.x
        self.board.raise_bound(math.nextafter(side.bound, -math.inf), f"{OWN_BOUND} ({form.name})")
        if answer.x is not None:
            self._repair(side, answer.x[: form.problem.shape[1]])
        return side

    def _repair(self, side: _Side, x: FloatArray) -> None:
        """A plan from the relaxation's point: repaired at once, then descended from."""
        found = side.finder.repair(x, self.board.left)
        better = found is not None and self.board.offer(
            side.form.to_main(found), "relaxation's point repaired"
        )
        if self.board.done or side.seconds >= QUICK:
            return
        deep = side.finder.descend(found if better and found is not None else x, self.board.left)
        if deep is not None:
            self.board.offer(side.form.to_main(deep), "successive linear programming")

    def _tighten(self, side: _Side, *, small: bool) -> None:
        """Narrow the ranges; a bound follows from the narrower relaxation."""
        limit = self.board.left * TIGHTEN_SHARE
        for _ in range(3 if small else 1):
            value = self.board.value
            cutoff = math.nextafter(value - side.shift, math.inf)
            done = tighten(
                side.form.problem,
                side.ranges.lower,
                side.ranges.upper,
                cutoff=cutoff,
                time_limit=limit,
                threads=1 if small or self._other is not None else self.threads,
                cancel=lambda: not self.board.tick(),
            )
            if done.ranges.empty:
                self._excluded(value)
                return
            side.ranges, side.used = done.ranges, min(side.used, value)
            if not self._bound_again(side) or not self.board.value < value:
                return

    def _narrow(self, side: _Side, found: Structured) -> None:
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

    def _bound_again(self, side: _Side) -> bool:
        """Bound of the relaxation over narrower ranges and a point from it; whether to go on."""
        side.live.set_ranges(side.ranges.lower, side.ranges.upper)
        answer = side.live.solve(self.board.left)
        if answer.outcome == "infeasible":
            self._excluded(side.used)
            return False
        bound = math.nextafter(answer.bound + side.shift, -math.inf)
        self.board.raise_bound(min(bound, side.used), f"{OWN_BOUND} ({side.form.name}, ranges narrowed)")
        if answer.x is not None:
            self._repair(side, answer.x[: side.form.problem.shape[1]])
        return not self.board.done

    def _start_other(self, side: _Side) -> None:
        self._other = threading.Thread(target=self._beside, args=(side,), daemon=True, name="local")
        self._other.start()

    def _beside(self, side: _Side) -> None:
        """The other thread: local search, SCIP for a while where it is quick, then a hand in the branching."""
        try:
            end = self.board.seconds + LOCAL_SHARE * self.board.left
            self._descend_from_roots()
            self.local(
                self._inner.for_points,
                self._offer,
                lambda: (
                    self._goes_on
                    and (self.board.seconds < end or self._search is None or self.board.x is None)
                ),
                self.seed + 1,
                PATIENCE,
            )
            if self._goes_on and side.seconds < SCIP_QUICK:
                limit = SCIP_SHARE * self.board.left
                form, start = side.form, self.board.x
                finish_by_scip(
                    self.board,
                    form.problem,
                    form.to_main,
                    None if start is None else form.from_main(start),
                    seed=self.seed,
                    limit=limit,
                    over=lambda: not self._goes_on,
                )
            while self._goes_on and self._search is None:
                time.sleep(0.02)
            if self._goes_on and self._search is not None:
                self._search.help()
        except BaseException as error:
            self.board.error = error

    def _descend_from_roots(self) -> None:
        """Descend from the relaxation's point of every form, the one with the best bound first."""
        for side in sorted(self._sides, key=lambda side: -side.bound):
            if side.x is None or not self._goes_on:
                continue
            self._descend_from_root(side, side.x[: side.form.problem.shape[1]])

    def _descend_from_root(self, side: _Side, guess: FloatArray) -> None:
        def offer(x: FloatArray) -> bool:
            return self.board.offer(side.form.to_main(x), "successive linear programming")

        found = Finder(side.form.for_points, offer).descend(guess, self.board.left)
        if found is not None:
            offer(found)

    @property
    def _goes_on(self) -> bool:
        over = self._search is not None and self._search.over
        return not (self.board.done or self.evidence or over)
