"""The calls into HiGHS: every status checked, the model passed by arrays, interruption without loss.

HiGHS goes on with other settings after an option call that fails, and drops coefficients below a threshold
with no more than a warning; here the first raises and the second is part of the message.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from netback.errors import Finding, ModelError, SolveError
from netback.program.problem import Problem
from netback.program.solution import Basis, Progress

Array = NDArray[np.float64]
VERSION = f"HiGHS {highspy._core._Highs().version()}"
INFINITE_BOUND = 1e20
LARGEST_COEFFICIENT = 1e15
SMALLEST_COEFFICIENT = 1e-12
PROGRESS_SECONDS = 0.1
CANCEL_SECONDS = 0.01
_ROWWISE = highspy.MatrixFormat.kRowwise
_INTERRUPTS = (
    highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
    highspy.cb.HighsCallbackType.kCallbackIpmInterrupt,
    highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
)
_SUB_PROBLEMS = ("mip_heuristic_run_rins", "mip_heuristic_run_rens")
_SMALL_HEURISTICS = ("mip_heuristic_run_feasibility_jump", "mip_heuristic_run_root_reduced_cost")
#: What HiGHS spends on heuristics by itself, as a share of all its work.
_HEURISTIC_EFFORT = 0.05
_BASIS_CODES = [highspy.HighsBasisStatus(code) for code in range(5)]
_VARIABLE_TYPES = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)


def check(status: Any, action: str) -> None:
    """Raise :class:`SolveError` unless a HiGHS call returned OK or a warning."""
    if status == highspy.HighsStatus.kError:
        raise SolveError(Finding("HiGHS", f"{action} returned an error."))


def set_option(highs: Any, name: str, value: bool | int | float | str) -> None:
    """Set an option; raise :class:`SolveError` unless HiGHS took it."""
    if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise SolveError(Finding("HiGHS", f'option "{name}" does not take the value {value!r}.'))


def set_search(highs: Any, search: str) -> None:
    """Say how integer programs are searched: full, light or proof, as :data:`netback.program.highs.Search`."""
    for name in _SUB_PROBLEMS:
        set_option(highs, name, search == "full")
    for name in _SMALL_HEURISTICS:
        set_option(highs, name, search != "proof")
    set_option(highs, "mip_allow_restart", search != "proof")
    set_option(highs, "mip_heuristic_effort", 0.0 if search == "proof" else _HEURISTIC_EFFORT)


def check_solvable(problem: Problem) -> None:
    """Raise :class:`ModelError` for what the linear and integer solver cannot take, naming the places."""
    if not problem.is_linear:
        row = problem.row_label(int(problem.products.rows[0]))
        what = (
            f"the linear solver cannot take product terms; there are {len(problem.products)}, the first here."
        )
        raise ModelError(Finding(row, what, "Use a method for products, or make the mixing linear."))
    if problem.shape[1] == 0:
        raise ModelError(Finding(f"problem {problem.name}", "there are no columns, so nothing to decide."))
    findings = [
        Finding(problem.column_label(int(j)), f"cost {problem.objective[j]:g} is too large for HiGHS.")
        for j in np.flatnonzero(np.abs(problem.objective) >= INFINITE_BOUND)[:10]
    ]
    for k in np.flatnonzero(np.abs(problem.matrix.data) >= LARGEST_COEFFICIENT)[:10]:
        at = int(np.searchsorted(problem.matrix.indptr, k, side="right")) - 1
        column = problem.column_label(int(problem.matrix.indices[k]))
        what = f"coefficient {problem.matrix.data[k]:g} of {column} is too large for HiGHS."
        findings.append(Finding(problem.row_label(at), what, "Use a larger uom for the row."))
    if findings:
        raise ModelError(findings, f"problem {problem.name}")


def sense_of(problem: Problem) -> Any:
    """Return the HiGHS constant of the problem's sense."""
    return highspy.ObjSense.kMaximize if problem.sense == "max" else highspy.ObjSense.kMinimize


def new_solver() -> Any:
    """Make a silent HiGHS instance that keeps coefficients down to 1e-12."""
    highs = highspy._core._Highs()
    set_option(highs, "output_flag", False)
    set_option(highs, "small_matrix_value", SMALLEST_COEFFICIENT)
    return highs


def pass_problem(highs: Any, problem: Problem) -> str:
    """Give HiGHS the whole problem; returns a remark where it drops tiny coefficients, else ``""``."""
    rows, columns = problem.shape
    matrix = problem.matrix
    status = highs.passModel(
        columns, rows, problem.nonzeros, int(_ROWWISE), int(sense_of(problem)), problem.offset,
        problem.objective, problem.column_lower, problem.column_upper, problem.row_lower, problem.row_upper,
        matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
        problem.integer.astype(np.int32),
    )  # fmt: skip
    check(status, f"passing problem {problem.name}")
    return dropped_remark(problem)


def linear_program(matrix: Any, cost: Array, ends: tuple[Array, Array], sides: tuple[Array, Array]) -> Any:
    """Return a HiGHS model of rows (m, n) in CSR: cost (n,), bounds of the columns (n,) and of the rows (m,)."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, (lp.col_lower_, lp.col_upper_) = cost, ends
    lp.row_lower_, lp.row_upper_ = sides
    lp.a_matrix_.format_ = _ROWWISE
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = matrix.shape
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    return lp


def simplex_on(lp: Any, what: str) -> Any:
    """Return a solver that keeps a small model live: one thread, simplex as it stands; ``what`` names it."""
    highs = new_solver()
    for name, value in (("threads", 1), ("presolve", "off"), ("solver", "simplex")):
        set_option(highs, name, value)
    check(highs.passModel(lp), f"passing {what}")
    return highs


def dropped_remark(problem: Problem) -> str:
    """Say how many coefficients HiGHS will drop as too small, or ``""``."""
    dropped = int((np.abs(problem.matrix.data) <= SMALLEST_COEFFICIENT).sum())
    return f"HiGHS dropped {dropped} coefficients below {SMALLEST_COEFFICIENT:g}." if dropped else ""


def pass_basis(highs: Any, basis: Basis, problem: Problem) -> None:
    """Start from a basis. Raises :class:`ModelError` when its size does not fit the problem."""
    found = (len(basis.rows), len(basis.columns))
    if found != problem.shape:
        what = f"the basis has {found[0]} rows and {found[1]} columns, the problem {problem.shape[0]} and "
        raise ModelError(Finding(f"problem {problem.name}", what + f"{problem.shape[1]}."))
    given = highspy.HighsBasis()
    given.col_status = [_BASIS_CODES[code] for code in basis.columns.tolist()]
    given.row_status = [_BASIS_CODES[code] for code in basis.rows.tolist()]
    given.valid = True
    check(highs.setBasis(given), "setting the basis")


def pass_start(highs: Any, start: NDArray[np.float64]) -> None:
    """Hand over a point to begin with; HiGHS drops one that it finds to break a row."""
    point = highspy.HighsSolution()
    point.col_value = start.tolist()
    highs.setSolution(point)


def read_basis(highs: Any) -> Basis | None:
    """Return the current basis, or None when HiGHS has none."""
    found = highs.getBasis()
    if not found.valid:
        return None
    columns = np.array([status.value for status in found.col_status], dtype=np.int8)
    rows = np.array([status.value for status in found.row_status], dtype=np.int8)
    return Basis(columns, rows)


def array(values: Any) -> NDArray[np.float64]:
    """Make a read-only float copy of a HiGHS vector."""
    result = np.array(values, dtype=np.float64)
    result.setflags(write=False)
    return result


class Watch:
    """Follows a running solve: reports progress, asks whether to stop, and keeps what a callback raised."""

    def __init__(
        self, progress: Callable[[Progress], None] | None, cancel: Callable[[], bool] | None
    ) -> None:
        self.stop = False
        self.error: BaseException | None = None
        self._progress, self._cancel = progress, cancel
        self._start = time.monotonic()
        self._next_progress = self._next_cancel = 0.0

    @property
    def is_asked(self) -> bool:
        """Whether the caller wants to hear of the solve, or to stop it."""
        return self._progress is not None or self._cancel is not None

    @property
    def seconds(self) -> float:
        """Wall time since the watch was made [s]."""
        return time.monotonic() - self._start

    def attach(self, highs: Any) -> None:
        """Have HiGHS call this watch while it runs."""
        check(highs.setCallback(self._called, None), "setting the callback")
        for kind in _INTERRUPTS:
            check(highs.startCallback(kind), "starting the callback")

    def detach(self, highs: Any) -> None:
        """Stop the calls, so that HiGHS holds no reference to this watch."""
        for kind in _INTERRUPTS:
            check(highs.stopCallback(kind), "stopping the callback")

    def _called(self, kind: Any, _message: str, out: Any, into: Any, _data: Any) -> None:
        # An exception must not cross the C++ frames of HiGHS: it is kept and raised after the run.
        try:
            self._look(kind, out)
        except BaseException as error:
            self.error, self.stop = error, True
        if self.stop and into is not None:
            into.user_interrupt = True

    def asked_to_stop(self) -> bool:
        """Whether Ctrl-C, the caller or a fault has asked to stop."""
        return self.stop or (self._cancel is not None and bool(self._cancel()))

    def _look(self, kind: Any, out: Any) -> None:
        now = self.seconds
        if self._progress is not None and now >= self._next_progress:
            self._next_progress = now + PROGRESS_SECONDS
            self._progress(_progress(kind, out, now))
        if self._cancel is not None and now >= self._next_cancel:
            self._next_cancel = now + CANCEL_SECONDS
            self.stop = self.asked_to_stop()


def _progress(kind: Any, out: Any, seconds: float) -> Progress:
    """Progress from HiGHS's own callback fields; what it does not know there is NaN."""
    whole = kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt
    value = out.mip_primal_bound if whole else out.objective_function_value
    bound = out.mip_dual_bound if whole else math.nan
    value, bound = (number if math.isfinite(number) else math.nan for number in (value, bound))
    iterations = max(0, out.simplex_iteration_count) + max(0, out.ipm_iteration_count)
    return Progress(seconds, iterations, value, bound, max(0, out.mip_node_count) if whole else 0)


def run(highs: Any, watch: Watch) -> Any:
    """Run HiGHS in a thread of its own and return its model status; Ctrl-C sets the watch to stop.

    A signal reaches only Python's main thread, and there only between bytecodes; a main thread inside HiGHS
    would answer Ctrl-C after the solve. HiGHS also ties its worker threads to the calling thread, so that a
    fresh thread takes a changed ``threads`` option where the old one would return an error.
    """
    outcome: list[Any] = []
    done = threading.Event()
    watch.attach(highs)
    threading.Thread(target=_guarded, args=(highs, outcome, done), daemon=True, name="highs").start()
    # Not Thread.join: in Python 3.11 an interrupted join takes a running thread for finished.
    while not done.is_set():
        try:
            done.wait(0.2)
        except KeyboardInterrupt:
            watch.stop = True
    watch.detach(highs)
    if isinstance(watch.error, KeyboardInterrupt):
        watch.error = None
    if watch.error is not None:
        raise watch.error
    if isinstance(outcome[0], BaseException):
        raise SolveError(Finding("HiGHS", f"the run failed: {outcome[0]}"))
    return highs.getModelStatus()


def run_here(highs: Any, seconds: float) -> Any:
    """Run HiGHS in the calling thread for at most this long [s]; its model status, or None if it takes longer.

    For small programs that take a fraction of a millisecond, where a thread of its own costs as much again; Ctrl-C
    waits as long. With one worker thread, as every run in a calling thread here has: HiGHS ties them to it.
    """
    set_option(highs, "threads", 1)
    set_option(highs, "time_limit", highs.getRunTime() + seconds)
    if highs.run() == highspy.HighsStatus.kError:
        return None
    status = highs.getModelStatus()
    return None if status == highspy.HighsModelStatus.kTimeLimit else status


def _guarded(highs: Any, outcome: list[Any], done: threading.Event) -> None:
    try:
        outcome.append(highs.run())
    except Exception as error:
        outcome.append(error)
    finally:
        done.set()
