"""Solve programs with product terms by SCIP, through PySCIPOpt.

SCIP's word is a word: its bound rests on floating-point linear programs, and it has called industrial refineries with
known plans infeasible. What it returns is labelled so and is checked by :mod:`netback.program.certify`. SCIP works
in one thread of its own and releases Python's lock, so that others go on beside it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from netback.errors import Finding, ModelError, SolveError
from netback.program.certify import residuals
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Progress, RawSolution, Status

#: Costs and bounds from here on are infinite for SCIP.
INFINITE = 1e20
#: A start counts as feasible, against SCIP's word, when its worst relative residual is at most this.
FEASIBLE = 1e-6
WAIT_SECONDS = 0.05
_STATUS: dict[str, Status] = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "infeasible": "infeasible",
    "unbounded": "unbounded",
    "timelimit": "time limit",
    "nodelimit": "interrupted",
    "userinterrupt": "interrupted",
}
#: Presolving by components takes all the time on pooling over several periods (measured with SCIP 10).
_SETTINGS: dict[str, Any] = {
    "constraints/components/maxprerounds": 0,
    "timing/clocktype": 2,
    "lp/threads": 1,
    "parallel/maxnthreads": 1,
    "misc/catchctrlc": False,
}


def solve(
    problem: Problem,
    *,
    start: FloatArray | None = None,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
    time_limit: float | None = None,
    gap: float = 1e-4,
    seed: int = 0,
    node_limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    found: Callable[[FloatArray, float], None] | None = None,
) -> RawSolution:
    """Solve a program, with products and whole columns or without.

    Parameters
    ----------
    problem
        The program.
    start
        A feasible point (n,) to start from.
    lower, upper
        Narrower ranges (n,) that are known to be valid; the problem's own bounds where not given.
    time_limit
        Wall time [s]; the best point and bound come back with status "time limit".
    gap
        Relative gap at which SCIP stops, by its own measure.
    seed
        Shifts SCIP's own random seeds.
    node_limit
        Stops after so many nodes with status "interrupted".
    progress, cancel
        Called while it runs; ``cancel`` returns True to stop. Ctrl-C stops too.
    found
        Called with every better point (n,) and its objective, from another thread.

    Returns
    -------
    RawSolution
        "infeasible" is SCIP's word alone; where ``start`` is feasible it is "failed", and the message says so.

    Raises
    ------
    ModelError
        If there are no columns, or a vector has the wrong length.
    SolveError
        If SCIP fails.
    """
    _check(problem, start, lower, upper)
    run = _Run(problem, found)
    run.load(
        problem.column_lower if lower is None else lower, problem.column_upper if upper is None else upper
    )
    run.set_options(time_limit, gap, seed, node_limit)
    if start is not None:
        run.add_start(start)
    run.go(progress, cancel)
    return run.read(start)


def version() -> str:
    """Name and version of SCIP."""
    import pyscipopt

    return f"SCIP {pyscipopt.Model().version():g}"


def _check(problem: Problem, start: Any, lower: Any, upper: Any) -> None:
    if problem.shape[1] == 0:
        raise ModelError(Finding(f"problem {problem.name}", "there are no columns, so nothing to decide."))
    for name, vector in (("start", start), ("lower", lower), ("upper", upper)):
        if vector is not None and np.shape(vector) != (problem.shape[1],):
            what = f"{name} of shape {np.shape(vector)} where ({problem.shape[1]},) is needed."
            raise ModelError(Finding(f"problem {problem.name}", what))


class _Run:
    """One SCIP model and its run."""

    def __init__(self, problem: Problem, found: Callable[[FloatArray, float], None] | None) -> None:
        import pyscipopt

        self.problem, self._found = problem, found
        self.model = pyscipopt.Model(problem.name)
        self.model.hideOutput()
        self.variables: list[Any] = []
        self.best = self.bound = math.nan
        self.nodes = self.iterations = 0
        self.errors: list[BaseException] = []
        self._start = time.monotonic()
        self._listener: Any = None

    def load(self, lower: FloatArray, upper: FloatArray) -> None:
        """Give SCIP the columns, rows and objective."""
        problem = self.problem
        kinds = ["I" if whole else "C" for whole in problem.integer]
        for j, (low, high) in enumerate(zip(lower.tolist(), upper.tolist(), strict=True)):
            self.variables.append(
                self.model.addVar(f"x{j}", vtype=kinds[j], lb=_finite(low), ub=_finite(high))
            )
        products = self._products_of_rows()
        for row in range(problem.shape[0]):
            self._add_row(row, products.get(row, []))
        costs = np.flatnonzero(problem.objective)
        objective = self._sum(costs.tolist(), problem.objective[costs].tolist())
        self.model.setObjective(
            objective + problem.offset, "minimize" if problem.sense == "min" else "maximize"
        )

    def _products_of_rows(self) -> dict[int, list[tuple[float, int, int]]]:
        terms, result = self.problem.products, dict[int, list[tuple[float, int, int]]]()
        parts = (terms.rows, terms.coefficients, terms.columns_a, terms.columns_b)
        for row, value, a, b in zip(*(part.tolist() for part in parts), strict=True):
            result.setdefault(row, []).append((value, a, b))
        return result

    def _sum(self, columns: list[int], values: list[float]) -> Any:
        from pyscipopt import quicksum

        return quicksum(value * self.variables[j] for j, value in zip(columns, values, strict=True))

    def _add_row(self, row: int, products: list[tuple[float, int, int]]) -> None:
        from pyscipopt import ExprCons, quicksum

        problem, x = self.problem, self.variables
        low, high = float(problem.row_lower[row]), float(problem.row_upper[row])
        part = slice(problem.matrix.indptr[row], problem.matrix.indptr[row + 1])
        columns = problem.matrix.indices[part].tolist()
        if (not math.isfinite(low) and not math.isfinite(high)) or not (columns or products):
            if low > 0.0 or high < 0.0:
                self._add_contradiction()
            return
        expression = self._sum(columns, problem.matrix.data[part].tolist())
        if products:
            expression = expression + quicksum(value * x[a] * x[b] for value, a, b in products)
        self.model.addCons(ExprCons(expression, _finite(low), _finite(high)), name=f"r{row}")

    def _add_contradiction(self) -> None:
        """A row without terms that no point meets."""
        never = self.model.addVar("never", lb=0.0, ub=0.0)
        self.model.addCons(never >= 1.0)

    def set_options(self, time_limit: float | None, gap: float, seed: int, node_limit: int | None) -> None:
        settings = dict(_SETTINGS)
        settings["limits/gap"] = gap
        settings["randomization/randomseedshift"] = seed % 2**31
        if time_limit is not None:
            settings["limits/time"] = max(0.0, time_limit)
        if node_limit is not None:
            settings["limits/nodes"] = node_limit
        for name, value in settings.items():
            try:
                self.model.setParam(name, value)
            except (KeyError, LookupError, ValueError) as error:
                raise SolveError(
                    Finding("SCIP", f'option "{name}" does not take {value!r}: {error}')
                ) from None

    def add_start(self, start: FloatArray) -> None:
        solution = self.model.createSol()
        for variable, value in zip(self.variables, start.tolist(), strict=True):
            self.model.setSolVal(solution, variable, value)
        self.model.addSol(solution)

    def go(self, progress: Callable[[Progress], None] | None, cancel: Callable[[], bool] | None) -> None:
        """Run in a thread of its own; the caller's thread reports, asks whether to stop, and takes Ctrl-C."""
        self._listen()
        done = threading.Event()
        stop = False
        threading.Thread(target=self._guarded, args=(done,), daemon=True, name="scip").start()
        while not done.is_set():
            try:
                done.wait(WAIT_SECONDS)
                if progress is not None:
                    seconds = time.monotonic() - self._start
                    progress(Progress(seconds, self.iterations, self.best, self.bound, self.nodes))
                stop = stop or (cancel is not None and bool(cancel()))
            except KeyboardInterrupt:
                stop = True
            except BaseException as error:
                self.errors.append(error)
                stop = True
            if stop and not done.is_set():
                self.model.interruptSolve()
        if self.errors:
            self._raise(self.errors[0])

    def _raise(self, error: BaseException) -> None:
        if isinstance(error, (MemoryError, OSError, ValueError, RuntimeError)) or type(error) is Exception:
            raise SolveError(Finding("SCIP", f"the run failed: {error}")) from error
        raise error

    def _guarded(self, done: threading.Event) -> None:
        try:
            self.model.optimizeNogil()
        except BaseException as error:
            self.errors.append(error)
        finally:
            done.set()

    def _listen(self) -> None:
        """Follow nodes and better points."""
        from pyscipopt.scip import PY_SCIP_EVENTTYPE, Eventhdlr

        run = self
        kinds = (PY_SCIP_EVENTTYPE.NODESOLVED, PY_SCIP_EVENTTYPE.BESTSOLFOUND)

        class Listener(Eventhdlr):
            def eventinit(self) -> None:
                for kind in kinds:
                    self.model.catchEvent(kind, self)

            def eventexit(self) -> None:
                for kind in kinds:
                    self.model.dropEvent(kind, self)

            def eventexec(self, event: Any) -> None:
                run.note(better=event.getType() == kinds[1])

        self._listener = Listener()
        self.model.includeEventhdlr(self._listener, "netback", "follows nodes and better points")

    def note(self, *, better: bool) -> None:
        """Keep what SCIP knows now; what goes wrong here must not cross its frames."""
        try:
            if not better:
                # A better point may come before the search begins, when SCIP cannot count and complains aloud.
                self.nodes, self.iterations = int(self.model.getNNodes()), int(self.model.getNLPIterations())
            self.bound = _known(self.model.getDualbound())
            # While it tells of a better point, SCIP's primal bound is still that of the one before.
            if better and int(self.model.getNSols()) > 0:
                self.best = float(self.model.getSolObjVal(self.model.getBestSol()))
                if self._found is not None:
                    self._found(self._point(), self.best)
        except BaseException as error:
            self.errors.append(error)
            self.model.interruptSolve()

    def _point(self) -> FloatArray:
        solution = self.model.getBestSol()
        return np.array([float(self.model.getSolVal(solution, x)) for x in self.variables])

    def read(self, start: FloatArray | None) -> RawSolution:
        """What SCIP says at the end."""
        said = str(self.model.getStatus())
        status = _STATUS.get(said, "failed")
        message = f"SCIP: {said}."
        if status == "infeasible":
            message += " This is SCIP's word alone."
            if start is not None and residuals(self.problem, start).worst_primal[0] <= FEASIBLE:
                status, message = "failed", message + " It is wrong: the start passes the check of every row."
        has_point = int(self.model.getNSols()) > 0 and status != "infeasible"
        x = self._point() if has_point else None
        bound = _known(self.model.getDualbound()) if status not in ("infeasible", "failed") else math.nan
        return RawSolution(
            status=status,
            x=x,
            objective=float(self.model.getObjVal()) if has_point else None,
            bound=bound if math.isfinite(bound) else None,
            iterations=self.iterations,
            seconds=time.monotonic() - self._start,
            solver=f"SCIP {self.model.version():g} spatial branch and bound",
            message=message,
        )


def _finite(value: float) -> float | None:
    return value if abs(value) < INFINITE else None


def _known(value: float) -> float:
    return float(value) if abs(value) < INFINITE else math.nan
