"""Solve linear and integer programs with HiGHS.

Which algorithm: measured on refinery plans, the dual simplex that HiGHS chooses by itself is right below
about 30,000 nonzeros; above, interior point with crossover is up to ten times faster unless a good basis is
at hand. So above that size simplex runs first under an iteration cap and interior point takes over.

Signs of multipliers: see :mod:`netback.program.solution`.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import highspy
import numpy as np
import scipy.sparse as sparse

from netback.errors import Finding, ModelError
from netback.program import _highs
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem
from netback.program.solution import Basis, Progress, RawSolution, Status

Algorithm = Literal["auto", "simplex", "interior point"]
ALGORITHMS: tuple[Algorithm, ...] = ("auto", "simplex", "interior point")
#: How an integer program is searched: with everything; without smaller programs beside it (RINS, RENS), which pays
#: where it has few integers; or for the proof alone, without heuristics and restarts, from a start that is nearly the
#: best point. Nine months of one refinery in whole ships: 2.3 s light, 0.7 s for the proof from the best plan.
Search = Literal["full", "light", "proof"]
SIMPLEX_NONZEROS = 30_000
COLD_ITERATIONS = 1_000
WARM_ITERATIONS = 5_000
NO_LIMIT = 2**31 - 1
#: Programs up to this size are tried in the calling thread by brief sessions, for so long [s].
HERE_NONZEROS, HERE_SECONDS = 20_000, 0.05

_Model = highspy.HighsModelStatus
_STATUS: dict[Any, Status] = {
    _Model.kOptimal: "optimal",
    _Model.kInfeasible: "infeasible",
    _Model.kUnbounded: "unbounded",
    _Model.kTimeLimit: "time limit",
    _Model.kInterrupt: "interrupted",
}
_FEASIBLE_POINT = int(highspy.SolutionStatus.kSolutionStatusFeasible)


@dataclass(frozen=True)
class _Settings:
    """What the caller asked for; times in seconds."""

    time_limit: float | None
    gap: float
    threads: int | None
    algorithm: Algorithm
    search: Search = "full"
    brief: bool = False

    def __post_init__(self) -> None:
        faults = []
        if self.time_limit is not None and not self.time_limit >= 0.0:
            faults.append(Finding("time_limit", f"{self.time_limit!r} is not a number of seconds >= 0."))
        if not (self.gap >= 0.0 and math.isfinite(self.gap)):
            faults.append(Finding("gap", f"{self.gap!r} is not a finite number >= 0."))
        if self.threads is not None and self.threads < 1:
            faults.append(Finding("threads", f"{self.threads!r} is less than 1."))
        if self.algorithm not in ALGORITHMS:
            faults.append(Finding("algorithm", f'"{self.algorithm}" is none of {", ".join(ALGORITHMS)}.'))
        if faults:
            raise ModelError(faults)


def solve(
    problem: Problem,
    *,
    basis: Basis | None = None,
    time_limit: float | None = None,
    gap: float = 1e-6,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    threads: int | None = None,
    algorithm: Algorithm = "auto",
) -> RawSolution:
    """Solve a linear or integer program.

    Parameters
    ----------
    problem
        A program without product terms.
    basis
        Where simplex starts from, usually the basis of a similar solve.
    time_limit
        Wall time [s]; the best point so far comes back with status "time limit".
    gap
        Relative gap at which an integer program counts as solved.
    progress, cancel
        Called from the solver's thread while it runs; ``cancel`` returns True to stop. Ctrl-C stops too, and
        the best point so far comes back with status "interrupted".
    threads
        Number of threads HiGHS may use; its own choice when None.
    algorithm
        "auto" follows the rule of the module's docstring. Integer programs ignore it.

    Raises
    ------
    ModelError
        If there are product terms, no columns, numbers too large for HiGHS, or a basis that does not fit.
    SolveError
        If a HiGHS call or option fails.
    """
    session = Session(threads=threads, algorithm=algorithm)
    return session.solve(
        problem, basis=basis, time_limit=time_limit, gap=gap, progress=progress, cancel=cancel
    )


class Session:
    """A live HiGHS model: each solve sends only what changed and starts from the last basis.

    Not for use from several threads at once. ``search`` is how integer programs are searched. A ``brief`` session is
    for many small programs: its answers carry no basis, which takes a small program longer to read than to solve again,
    and a program without progress or cancel is first tried in the calling thread, see :func:`_highs.run_here`.
    ``changes`` is the number of values the last solve sent, or None when it sent the whole problem.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        algorithm: Algorithm = "auto",
        search: Search = "full",
        brief: bool = False,
    ) -> None:
        self._threads = threads
        self._search: Search = search
        self._brief = brief
        self._algorithm: Algorithm = algorithm
        _Settings(None, 0.0, threads, algorithm)
        self._highs: Any = None
        self._problem: Problem | None = None
        self.changes: int | None = None

    def solve(
        self,
        problem: Problem,
        *,
        basis: Basis | None = None,
        time_limit: float | None = None,
        gap: float = 1e-6,
        progress: Callable[[Progress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        start: FloatArray | None = None,
    ) -> RawSolution:
        """Solve a problem, usually a changed copy of the last one. Arguments and errors as :func:`solve`.

        ``start`` float (n,) is a point that an integer program begins with; one that breaks a row does no harm.
        """
        settings = _Settings(time_limit, gap, self._threads, self._algorithm, self._search, self._brief)
        _highs.check_solvable(problem)
        watch = _highs.Watch(progress, cancel)
        try:
            self._send(problem)
            if basis is not None:
                _highs.pass_basis(self._highs, basis, problem)
            if start is not None and problem.is_integer:
                _highs.pass_start(self._highs, start)
            return _Solve(self._highs, problem, settings, watch).result()
        except BaseException:
            self._highs = self._problem = None
            raise

    def _send(self, problem: Problem) -> None:
        last, self._problem, self.changes = self._problem, problem, None
        if last is None or last.shape != problem.shape:
            self._highs = _highs.new_solver()
            _highs.pass_problem(self._highs, problem)
            return
        self.changes = _send_difference(self._highs, last, problem)


def _changed(old: FloatArray, new: FloatArray) -> Any:
    if old is new:
        return np.zeros(0, dtype=np.int32)
    return np.flatnonzero(old != new).astype(np.int32)


def _either(one: Any, other: Any) -> Any:
    """Places in one of two lists, sorted."""
    if not len(other):
        return one
    return np.union1d(one, other) if len(one) else other


def _send_difference(highs: Any, old: Problem, new: Problem) -> int | None:
    """Change a live model from one problem to another; the number of values sent, None for all of them."""
    entries = _changed_entries(old, new)
    if len(entries[0]) > max(1000, new.nonzeros // 5) or bool((old.integer != new.integer).any()):
        basis = _highs.read_basis(highs)
        _highs.pass_problem(highs, new)
        if basis is not None and not new.is_integer:
            _highs.pass_basis(highs, basis, new)
        return None
    costs = _changed(old.objective, new.objective)
    if len(costs):
        _highs.check(highs.changeColsCost(len(costs), costs, new.objective[costs]), "changing costs")
    columns = _either(
        _changed(old.column_lower, new.column_lower), _changed(old.column_upper, new.column_upper)
    )
    if len(columns):
        low, high = new.column_lower[columns], new.column_upper[columns]
        _highs.check(highs.changeColsBounds(len(columns), columns, low, high), "changing column bounds")
    rows = _either(_changed(old.row_lower, new.row_lower), _changed(old.row_upper, new.row_upper))
    # Labels are made where a call fails: there are thousands of calls.
    for row in rows.tolist():
        status = highs.changeRowBounds(row, new.row_lower[row], new.row_upper[row])
        if status == highspy.HighsStatus.kError:
            _highs.check(status, f"changing the bounds of {new.row_label(row)}")
    for row, column, value in zip(*(part.tolist() for part in entries), strict=True):
        status = highs.changeCoeff(row, column, value)
        if status == highspy.HighsStatus.kError:
            _highs.check(status, f"changing a coefficient of {new.row_label(row)}")
    if old.sense != new.sense:
        _highs.check(highs.changeObjectiveSense(_highs.sense_of(new)), "changing the sense")
    _highs.check(highs.changeObjectiveOffset(new.offset), "changing the offset")
    return len(costs) + len(columns) + len(rows) + len(entries[0])


def _changed_entries(old: Problem, new: Problem) -> tuple[Any, Any, Any]:
    """Rows, columns and new values of the coefficients that differ."""
    if old.matrix is new.matrix:
        none = np.zeros(0, dtype=np.int32)
        return none, none, np.zeros(0)
    if old.matrix.indices is new.matrix.indices and old.matrix.indptr is new.matrix.indptr:
        at = np.flatnonzero(old.matrix.data != new.matrix.data)
        rows = np.searchsorted(new.matrix.indptr, at, side="right") - 1
        return rows, new.matrix.indices[at], new.matrix.data[at]
    differs: Any = old.matrix != new.matrix
    row, column = differs.tocoo().coords
    values = np.asarray(new.matrix[row, column], dtype=np.float64).ravel() if len(row) else np.zeros(0)
    return row, column, values


class _Solve:
    """One solve of a live model: picks algorithms, settles doubtful statuses, reads the answer."""

    def __init__(self, highs: Any, problem: Problem, settings: _Settings, watch: _highs.Watch) -> None:
        self._highs, self._problem, self._settings, self._watch = highs, problem, settings, watch
        self._iterations = 0
        self._method = "simplex"
        self._notes: list[str] = [remark] if (remark := _highs.dropped_remark(problem)) else []

    def result(self) -> RawSolution:
        """Run and read."""
        self._set_common()
        status = self._run_integer() if self._problem.is_integer else self._run_linear()
        if status == _Model.kUnboundedOrInfeasible:
            self._notes.append("Presolve could not tell infeasible from unbounded; solved again without it.")
            status = self._rerun_plain()
        elif status == _Model.kInfeasible and not self._problem.is_integer and not self._has_factors:
            status = self._confirmed(status)
        raw = self._read(status)
        if raw.status == "infeasible":
            return replace(raw, ray=self._farkas_ray(), **self._spent())
        if raw.status == "unbounded":
            return replace(raw, **self._unbounded(raw), **self._spent())
        return raw

    def _confirmed(self, status: Any) -> Any:
        """What simplex says without presolve, which alone has called feasible programs infeasible (HiGHS 1.15)."""
        plain = self._rerun_plain()
        if plain == status or plain not in _STATUS:
            return status
        self._notes.append("Presolve called it infeasible, which simplex without it does not confirm.")
        return plain

    def _set_common(self) -> None:
        for name in ("simplex_iteration_limit", "ipm_iteration_limit"):
            _highs.set_option(self._highs, name, NO_LIMIT)
        _highs.set_option(self._highs, "presolve", "choose")
        _highs.set_option(self._highs, "solver", "choose")
        _highs.set_option(self._highs, "run_crossover", "on")
        _highs.set_option(self._highs, "mip_rel_gap", self._settings.gap)
        _highs.set_option(self._highs, "threads", self._settings.threads or 0)
        _highs.set_search(self._highs, self._settings.search)

    def _run(self) -> Any:
        limit = self._settings.time_limit
        left = math.inf if limit is None else max(0.0, limit - self._watch.seconds)
        status = self._tried_here(left)
        if status is None:
            # HiGHS counts what a linear program took in all its runs, and an integer one in this run alone.
            before = 0.0 if self._problem.is_integer else self._highs.getRunTime()
            _highs.set_option(self._highs, "time_limit", before + left)
            status = _highs.run(self._highs, self._watch)
        info = self._highs.getInfo()
        counts = (info.simplex_iteration_count, info.ipm_iteration_count, info.crossover_iteration_count)
        self._iterations += sum(max(0, count) for count in counts)
        return status

    def _tried_here(self, left: float) -> Any:
        """The status of a small linear program of a brief session, solved in this thread; None where it was not."""
        small = self._problem.nonzeros <= HERE_NONZEROS and not self._problem.is_integer
        alone = self._settings.threads in (None, 1) and not self._watch.is_asked
        if not (self._settings.brief and small and alone and left > HERE_SECONDS):
            return None
        status = _highs.run_here(self._highs, HERE_SECONDS)
        if status is None:
            _highs.set_option(self._highs, "threads", self._settings.threads or 0)
        return status

    def _run_integer(self) -> Any:
        self._method = "branch and bound"
        return self._run()

    def _run_linear(self) -> Any:
        algorithm = self._settings.algorithm
        large = self._problem.nonzeros > SIMPLEX_NONZEROS
        if algorithm == "interior point":
            return self._run_interior()
        _highs.set_option(self._highs, "solver", "simplex")
        if algorithm == "simplex" or not large:
            return self._run()
        warm = bool(self._highs.getBasis().valid)
        _highs.set_option(
            self._highs, "simplex_iteration_limit", WARM_ITERATIONS if warm else COLD_ITERATIONS
        )
        status = self._run()
        _highs.set_option(self._highs, "simplex_iteration_limit", NO_LIMIT)
        return self._run_interior() if status == _Model.kIterationLimit else status

    def _run_interior(self) -> Any:
        self._method = "interior point"
        _highs.set_option(self._highs, "solver", interior_solver(self._highs))
        status = self._run()
        if status in _STATUS or status == _Model.kUnboundedOrInfeasible:
            return status
        self._notes.append(f"Interior point ended {self._in_words(status)}; simplex took over.")
        self._method = "simplex"
        _highs.set_option(self._highs, "solver", "simplex")
        return self._run()

    def _rerun_plain(self) -> Any:
        """Solve again by simplex from the start without presolve, so that rays exist."""
        _highs.check(self._highs.clearSolver(), "clearing the solver")
        _highs.set_option(self._highs, "presolve", "off")
        _highs.set_option(self._highs, "solver", "choose" if self._problem.is_integer else "simplex")
        return self._run()

    def _in_words(self, status: Any) -> str:
        return str(self._highs.modelStatusToString(status)).lower()

    def _spent(self) -> dict[str, Any]:
        return {
            "seconds": self._watch.seconds,
            "iterations": self._iterations,
            "message": " ".join(self._notes),
        }

    def _read(self, status: Any) -> RawSolution:
        info, solution = self._highs.getInfo(), self._highs.getSolution()
        self._notes.insert(0, f"HiGHS: {self._in_words(status)}.")
        word = _STATUS.get(status, "failed")
        feasible = info.primal_solution_status == _FEASIBLE_POINT
        has_point = bool(solution.value_valid) and (feasible or word == "optimal")
        linear = not self._problem.is_integer
        duals = linear and bool(solution.dual_valid) and word in ("optimal", "time limit", "interrupted")
        bound = self._bound(word, info)
        return RawSolution(
            status=word,
            x=_highs.array(solution.col_value) if has_point else None,
            row_dual=_highs.array(solution.row_dual) if duals else None,
            column_dual=_highs.array(solution.col_dual) if duals else None,
            objective=float(info.objective_function_value) if has_point else None,
            bound=bound,
            basis=_highs.read_basis(self._highs) if linear and not self._settings.brief else None,
            solver=f"{_highs.VERSION} {self._method}",
            **self._spent(),
        )

    def _bound(self, word: Status, info: Any) -> float | None:
        if self._problem.is_integer:
            return float(info.mip_dual_bound) if math.isfinite(info.mip_dual_bound) else None
        return float(info.objective_function_value) if word == "optimal" else None

    @property
    def _has_factors(self) -> bool:
        """Whether HiGHS has a factored basis to take a ray from; without one the call may end the process."""
        return self._method != "interior point" and bool(self._highs.getBasis().valid)

    def _farkas_ray(self) -> FloatArray | None:
        """Multipliers that prove the linear relaxation infeasible, or None; found without presolve."""
        if self._problem.is_integer:
            found = self._other(integer=False)
            if found.status != "infeasible":
                self._notes.append(f"The linear relaxation is {found.status}, so no multipliers prove it.")
            return found.ray if found.status == "infeasible" else None
        there = False
        if self._has_factors:
            status, there, ray = self._highs.getDualRay()
        if not there and self._rerun_plain() == _Model.kInfeasible:
            status, there, ray = self._highs.getDualRay()
        if there and status == highspy.HighsStatus.kOk:
            return _highs.array(ray)
        # HiGHS has none where a row has no columns, or presolve does all the work.
        return self._from_other(_phase_one(self._problem), "row_dual")

    def _other(self, **changes: Any) -> RawSolution:
        """Solve a changed copy from the start, in what time is left."""
        session = Session(threads=self._settings.threads)
        changed = self._problem.with_(**changes)
        return session.solve(changed, time_limit=self._left(), cancel=self._watch.asked_to_stop)

    def _from_other(self, problem: Problem, vector: str) -> FloatArray | None:
        """Solve another problem from the start; one vector of its optimum, or None without one."""
        highs = _highs.new_solver()
        _highs.pass_problem(highs, problem)
        _highs.set_option(highs, "time_limit", math.inf if (left := self._left()) is None else left)
        if _highs.run(highs, self._watch) != _Model.kOptimal:
            return None
        return _highs.array(getattr(highs.getSolution(), vector))

    def _unbounded(self, raw: RawSolution) -> dict[str, Any]:
        """Find a feasible point and an improving direction of an unbounded program, as far as HiGHS can."""
        x, ray = raw.x, None
        if x is None:
            x = self._other(objective=0.0, offset=0.0).x
        if self._problem.is_integer:
            ray = self._other(integer=False).ray
        else:
            there = False
            if self._has_factors:
                status, there, found = self._highs.getPrimalRay()
            if not there and self._rerun_plain() == _Model.kUnbounded:
                status, there, found = self._highs.getPrimalRay()
            there = there and status == highspy.HighsStatus.kOk
            ray = _highs.array(found) if there else self._from_other(_directions(self._problem), "col_value")
        return {"x": x, "ray": ray, "objective": None, "bound": None}

    def _left(self) -> float | None:
        limit = self._settings.time_limit
        return None if limit is None else max(0.0, limit - self._watch.seconds)


def _directions(problem: Problem) -> Problem:
    """Directions of at most one unit per column that keep every bound, seeking the best objective."""

    def kept(bounds: FloatArray, beyond: float) -> FloatArray:
        return np.where(np.isfinite(bounds), 0.0, beyond)

    return problem.with_(
        offset=0.0,
        row_lower=kept(problem.row_lower, -math.inf),
        row_upper=kept(problem.row_upper, math.inf),
        column_lower=kept(problem.column_lower, -1.0),
        column_upper=kept(problem.column_upper, 1.0),
    )


def _phase_one(problem: Problem) -> Problem:
    """Put a slack either way on every row and minimise their sum."""
    rows, columns = problem.shape
    slack = Index.product(("side", ["below", "above"]), ("row", [str(row) for row in range(rows)]))
    unit = sparse.eye_array(rows, format="csr")
    return problem.with_(
        sense="min",
        objective=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        offset=0.0,
        matrix=sparse.csr_array(sparse.hstack([problem.matrix, unit, -unit])),
        column_lower=np.concatenate([problem.column_lower, np.zeros(2 * rows)]),
        column_upper=np.concatenate([problem.column_upper, np.full(2 * rows, math.inf)]),
        integer=False,
        column_blocks=(*problem.column_blocks, Block("slack", slack, columns)),
    )


def interior_solver(highs: Any) -> str:
    """``hipo`` where its library is installed and HiGHS takes the option, else ``ipm``."""
    if importlib.util.find_spec("highspy_extras") is None:
        return "ipm"
    taken = highs.setOptionValue("solver", "hipo") == highspy.HighsStatus.kOk
    return "hipo" if taken else "ipm"


__all__ = ["ALGORITHMS", "Algorithm", "Session", "solve"]
