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
from netback.program import highs, scip
from netback.program.bounds.board import Board
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, Structure, propagate
from netback.program.bounds.safe import safe_bound
from netback.program.bounds.seek import PATIENCE, seek
from netback.program.bounds.spatial import Spatial
from netback.program.bounds.tighten import tighten
from netback.program.certify import certify
from netback.program.finish import Form, finish_by_scip
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Certificate, Progress, RawSolution, Status, Word

OWN_BOUND = "own relaxation, multipliers re-evaluated with directed rounding"
#: A relaxation that solves in less than this [s] makes a small program: one thread, tighten and branch at once.
QUICK = 0.02
#: Part of the time that narrowing the ranges may take before branching starts, and the part of the gap that a trial
#: of it must close to go on.
TIGHTEN_SHARE, TIGHTEN_WORTH = 0.25, 0.1
#: Parts of the time left that the local search and SCIP may take in the other thread before it joins the branching.
LOCAL_SHARE, SCIP_SHARE = 0.3, 0.3
#: SCIP is asked only where a relaxation solves in less than this [s]; on larger programs it has proven nothing.
SCIP_QUICK = 0.1
#: Of forms whose bounds differ by less than this part of what is open the smallest is branched on.
NEAR = 0.03
#: Where a relaxation takes longer than this [s], branching gains little and both threads look for plans, so long [s].
SLOW, LONGEST_LOOK = 2.0, 60.0
#: With more products than this the local search starts at once, and takes this part of the time before it joins.
LARGE, LARGE_SHARE = 1_000, 0.85
#: Rounds of narrowing a small program, and columns below which one thread does it.
ROUNDS, FEW = 6, 40
#: Starts without a better point after which the local search before the bounds of a small program ends.
WARM_UP = 4


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
    relaxations: Sequence[Problem] = (),
    tighten_trial: float = TIGHTEN_SHARE,
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
        A local search to run beside the bounds; alternating linear programs when None.
    alternatives
        Other forms of the same program; the one with the best bound is branched on.
    relaxations
        Linear programs whose optimum bounds that of the program, the quickest first; asked first where it is large.
    tighten_trial
        Part of the time after which narrowing the ranges goes on only where it has closed some of the gap.
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
    run = _Run(board, [_same(problem), *alternatives], local, seed, threads, relaxations, tighten_trial)
    try:
        run.go()
    except KeyboardInterrupt:
        board.stop = True
    run.join()
    if board.error is not None and not isinstance(board.error, KeyboardInterrupt):
        raise board.error
    return _answer(board, run)


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

    def __init__(
        self,
        board: Board,
        forms: list[Form],
        local: Local | None,
        seed: int,
        threads: int,
        relaxations: Sequence[Problem],
        tighten_trial: float,
    ) -> None:
        self.board, self.forms, self.relaxations = board, forms, relaxations
        self.large = len(board.problem.products) > LARGE
        self.local = local if local is not None else seek
        self.seed, self.threads, self.tighten_trial = seed, threads, tighten_trial
        self.evidence: list[str] = []
        self._other: threading.Thread | None = None
        self._search: Spatial | None = None
        self._sides: list[_Side] = []

    def go(self) -> None:
        """Work until the board says stop or nothing is left."""
        if self.large:
            if self.threads > 1:
                self._start_other()
            self._relax()
        sides = [side for form in self.forms if not self.evidence and (side := self._root(form)) is not None]
        if self.board.done or not sides or self.evidence:
            return
        best = max(side.bound for side in sides)
        open_gap = self.board.value - best
        room = NEAR * (open_gap if math.isfinite(open_gap) else 0.0)
        near = [side for side in sides if side.bound >= best - max(0.0, room)]
        side = min(near, key=lambda side: side.form.problem.shape[1])
        self._sides = [side, *(other for other in sides if other is not side)]
        small = side.seconds < QUICK
        if self.threads > 1 and self._other is None and not small:
            self._start_other()
        if side.seconds > SLOW and self._other is not None:
            share = min(LARGE_SHARE, LONGEST_LOOK / max(self.board.left, 1e-9))
            self._look(share, self.seed + 2, PATIENCE)
        self._tighten(side, small=small)
        if small and self.board.tick() and not self.evidence:
            before = self.board.value
            # A good point makes everything after it quicker.
            self._look(0.1, self.seed, WARM_UP)
            if self.board.value < before and self.board.tick():
                self._tighten(side, small=small)
        if self.evidence or not self.board.tick():
            return
        if self.threads > 1 and self._other is None and not small:
            self._start_other()
        search = Spatial(
            self.board, side.form.problem, side.ranges, to_board=side.form.to_main, used=side.used
        )
        # A small tree needs no second thread; one that has grown gets the local search and SCIP beside it.
        if small and self.threads > 1:
            search.run(until=2.0)
            if self.board.tick() and not search.over:
                self._start_other()
        self._search = search
        search.run()
        if search.empty:
            self.evidence.append("own branch and bound excludes every part by multipliers")

    def _relax(self) -> None:
        """Bounds of the linear relaxations given."""
        for relaxation in self.relaxations:
            raw = highs.solve(
                relaxation, time_limit=self.board.left, cancel=lambda: not self.board.tick(), threads=1
            )
            if raw.row_dual is not None:
                bound = self.board.sign * safe_bound(relaxation, raw.row_dual)
                self.board.raise_bound(bound, f"{OWN_BOUND} ({relaxation.name})")

    def _look(self, share: float, seed: int, tries: int) -> None:
        """Local search here for a share of the time left."""
        end = self.board.seconds + share * self.board.left
        self.local(
            self.board.problem,
            self.board.offer,
            lambda: self.board.tick() and self.board.seconds < end,
            seed,
            tries,
        )

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
        ranges = propagate(structure, form.problem.column_lower, form.problem.column_upper, 20)
        if ranges.empty:
            self.evidence.append("interval arithmetic leaves no range")
            return None
        live = LiveRelaxation(form.problem, ranges.lower, ranges.upper)
        live.cancel = lambda: self.board.done
        side = _Side(form, ranges, structure, live, Finder(form.problem))
        start = self.board.seconds
        answer = live.solve(self.board.left)
        side.seconds = self.board.seconds - start
        if answer.outcome == "infeasible":
            self.evidence.append("multipliers exclude every point of the relaxation")
            return None
        side.bound, side.x = answer.bound + side.shift, answer.x
        self.board.raise_bound(math.nextafter(side.bound, -math.inf), f"{OWN_BOUND} ({form.name})")
        if answer.x is not None and not (self.large and self.threads > 1):
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
        left = self.board.left
        first = TIGHTEN_SHARE if small else min(self.tighten_trial, TIGHTEN_SHARE)
        few = small and len(side.structure.pairs.columns) < FEW
        for number in range(ROUNDS if small else 2):
            value, bound = self.board.value, self.board.bound
            limit = left * (first if small or number == 0 else TIGHTEN_SHARE - first)
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
            )
            if done.ranges.empty:
                self._excluded(value)
                return
            side.ranges, side.used = done.ranges, min(side.used, value)
            if not self._bound_again(side):
                return
            closed = self.board.bound - bound > TIGHTEN_WORTH * (value - bound)
            if not (closed or (small and self.board.value < value)):
                return

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

    def _start_other(self) -> None:
        self._other = threading.Thread(target=self._beside, daemon=True, name="local")
        self._other.start()

    def _beside(self) -> None:
        """The other thread: local search, SCIP for a while where it is quick, then a hand in the branching."""
        try:
            end = self.board.seconds + (LARGE_SHARE if self.large else LOCAL_SHARE) * self.board.left
            self._descend_from_roots()
            self.local(
                self.board.problem,
                self.board.offer,
                lambda: (
                    self._goes_on
                    and (self.board.seconds < end or self._search is None or self.board.x is None)
                ),
                self.seed + 1,
                PATIENCE,
            )
            if self._goes_on and self._sides and self._sides[0].seconds < SCIP_QUICK:
                limit = SCIP_SHARE * self.board.left
                finish_by_scip(self.board, self._sides[0].form, self.seed, limit, lambda: not self._goes_on)
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
            finder, guess = Finder(side.form.problem), side.x[: side.form.problem.shape[1]]
            found = finder.descend(guess, self.board.left)
            if found is not None:
                self.board.offer(side.form.to_main(found), "successive linear programming")

    @property
    def _goes_on(self) -> bool:
        over = self._search is not None and self._search.over
        return not (self.board.done or self.evidence or over)


def _answer(board: Board, run: _Run) -> tuple[RawSolution, Certificate]:
    """What the board knows, as a solution and its certificate."""
    if board.x is None:
        return _without_point(board, run)
    sign = board.sign
    raw = RawSolution(
        status="time limit" if board.left <= 0.0 else "interrupted",
        x=board.x,
        objective=sign * board.value,
        bound=None,
        iterations=board.iterations,
        seconds=board.seconds,
        solver=board.value_by,
    )
    found = certify(board.problem, raw)
    if found.value is None:
        return raw, found
    bound, by = board.best_bound()
    scale = max(abs(found.value), board.scale)
    if bound - sign * found.value > found.tolerance * scale:
        message = f"The bound {sign * bound!r} ({by}) is wrong: the checked point is better."
        return raw, replace(found, message=message)
    if not math.isfinite(bound):
        return raw, found
    gap = abs(sign * found.value - bound) / scale
    word: Word = "proven" if gap <= board.gap else "feasible"
    status: Status = "optimal" if word == "proven" else raw.status
    raw = replace(raw, bound=sign * bound, status=status, message=f"{board.nodes} nodes.")
    return raw, replace(found, bound=sign * bound, bound_by=by, gap=gap, word=word)


def _without_point(board: Board, run: _Run) -> tuple[RawSolution, Certificate]:
    """No point: infeasible when two methods say so, else not solved."""
    problem, sign = board.problem, board.sign
    bound, by = board.best_bound()
    known = sign * bound if math.isfinite(bound) else None
    status: Status = "time limit" if board.left <= 0.0 else "interrupted"
    raw = RawSolution(status=status, bound=known, seconds=board.seconds, iterations=board.iterations)
    blank = Certificate(
        "not solved", bound=known, bound_by=by, message="No point that keeps every row was found."
    )
    if not run.evidence and not board.infeasible_word:
        return raw, blank
    if run.evidence and not board.infeasible_word:
        second = scip.solve(problem, time_limit=max(5.0, board.left), seed=run.seed)
        if second.status == "infeasible":
            board.infeasible_word = second.message
        elif second.x is not None and board.offer(second.x, "SCIP, re-evaluated"):
            message = f"Contradiction: {run.evidence[0]}, yet SCIP has a point that passes the check."
            raw_, found = _answer(board, run)
            return raw_, replace(found, word="feasible", bound=None, gap=None, bound_by="", message=message)
    said = [*run.evidence, board.infeasible_word]
    if not run.evidence or not board.infeasible_word:
        one = next(word for word in said if word)
        return raw, replace(blank, message=f"One method says infeasible ({one}); no second one confirms it.")
    message = f"Infeasible: {run.evidence[0]}; {board.infeasible_word}"
    raw = replace(raw, status="infeasible", bound=None, message=message)
    by = f"{run.evidence[0]}, confirmed by SCIP"
    return raw, Certificate("proven infeasible", bound_by=by, message=message)
