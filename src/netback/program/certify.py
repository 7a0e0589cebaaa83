"""Independent check of a solution in the original rows: feasibility, objective, bound and rays.

Shares no code with any solver; everything is recomputed from the problem's own arrays.

Weak duality, for ``min c'x`` (a maximisation is checked as ``min -c'x``): for any multipliers y that are
>= 0 where a row has no upper bound and <= 0 where it has no lower bound, and ``d = c - A'y``,

    c'x >= sum_i (y_i > 0 ? row_lower_i : row_upper_i) y_i
         + sum_j (d_j > 0 ? column_lower_j : column_upper_j) d_j

for every feasible x, so the right side bounds the optimum whatever the solver claims. A multiplier of the
wrong sign on a one-sided row is set to zero first, which keeps the bound valid. Where d_j has the wrong sign
on a column without a bound on that side, the bound that rows and the other columns imply is used; failing
that, d_j counts as zero if it is below the tolerance and is reported as ``residuals.dual``,
else there is no bound. Source: Chvatal, Linear Programming (1983), chapters 5 and 9; Farkas (1902).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from netback.errors import Finding, ModelError
from netback.program.implied import entry_rows, implied_bounds
from netback.program.problem import FloatArray, Problem
from netback.program.solution import Certificate, RawSolution, Residuals

#: A combined row counts as free of a column without bounds when the sum is below this part of its terms.
FARKAS_TOLERANCE = 1e-11
#: Rows that miss their bounds by less than this, relatively, do so by rounding alone.
ROUNDING = 1e-12


def certify(problem: Problem, raw: RawSolution, tolerance: float = 1e-6) -> Certificate:
    """Check what a solver returned; see :class:`netback.program.solution.Certificate` for the words.

    Parameters
    ----------
    problem
        The original problem; product terms are evaluated too.
    raw
        The solver's word.
    tolerance
        Largest relative residual and relative gap that pass.

    Raises
    ------
    ModelError
        If the tolerance is not in (0, 1) or a vector of the solution has the wrong length.
    """
    if not 0.0 < tolerance < 1.0:
        raise ModelError(Finding("tolerance", f"{tolerance!r} is not between 0 and 1."))
    _check_lengths(problem, raw)
    if raw.status == "infeasible":
        return _certify_infeasible(problem, raw, tolerance)
    if raw.status == "unbounded":
        return _certify_unbounded(problem, raw, tolerance)
    return _certify_point(problem, raw, tolerance)


def residuals(problem: Problem, x: FloatArray, objective: float | None = None) -> Residuals:
    """Worst relative violations of a point ``x`` (n,), each with its label.

    A row's violation is relative to the largest of its bound and ``|a_ij| max(1, |x_j|)``, a column's to
    ``max(1, |bound|)``, the objective's to the scale of :func:`value_scale`.
    """
    if not np.isfinite(x).all():
        at = int(np.flatnonzero(~np.isfinite(x))[0])
        return Residuals(bound=math.inf, bound_label=problem.column_label(at))
    row, row_at = _worst(_row_violations(problem, x))
    outside = np.maximum(problem.column_lower - x, x - problem.column_upper)
    nearest = np.where(x < problem.column_lower, problem.column_lower, problem.column_upper)
    size = np.where(np.isfinite(nearest), np.maximum(1.0, np.abs(nearest)), 1.0)
    bound, bound_at = _worst(np.maximum(outside, 0.0) / size)
    whole, whole_at = _worst(np.where(problem.integer, np.abs(x - np.round(x)), 0.0))
    wrong = 0.0
    if objective is not None:
        value = objective_value(problem, x)
        wrong = abs(objective - value) / max(value_scale(problem, x), abs(value), 1e-300)
    return Residuals(
        row=row,
        bound=bound,
        integrality=whole,
        objective=wrong if math.isfinite(wrong) else math.inf,
        row_label=problem.row_label(row_at) if row > 0 else "",
        bound_label=problem.column_label(bound_at) if bound > 0 else "",
        integrality_label=problem.column_label(whole_at) if whole > 0 else "",
    )


def objective_value(problem: Problem, x: FloatArray) -> float:
    """Evaluate the objective of a point, summed without loss."""
    return math.fsum([*(problem.objective * x).tolist(), problem.offset])


def value_scale(problem: Problem, x: FloatArray) -> float:
    """Return the smallest number a gap is measured against: 1, or less where all costs are small."""
    largest = float(np.max(np.abs(problem.objective) * np.maximum(1.0, np.abs(x)), initial=0.0))
    return min(1.0, max(largest, abs(problem.offset)))


def dual_bound(problem: Problem, row_dual: FloatArray, tolerance: float = 1e-6) -> DualBound:
    """Bound on the optimum of a linear program (or relaxation) from row multipliers (m,) alone."""
    sign = 1.0 if problem.sense == "min" else -1.0
    y = _valid_multipliers(problem, sign * row_dual)
    found = _lagrangian(problem, sign * problem.objective, y, tolerance)
    value = sign * found.value + problem.offset if math.isfinite(found.value) else None
    return DualBound(value, found.residual, found.label, found.columns)


@dataclass(frozen=True)
class DualBound:
    """A bound, or None; the largest reduced cost taken as zero, where, and on how many columns."""

    value: float | None
    residual: float
    label: str
    columns: int


def _check_lengths(problem: Problem, raw: RawSolution) -> None:
    rows, columns = problem.shape
    ray = rows if raw.status == "infeasible" else columns
    lengths = [("x", raw.x, columns), ("row_dual", raw.row_dual, rows), ("ray", raw.ray, ray)]
    for name, vector, length in lengths:
        if vector is not None and np.shape(vector) != (length,):
            what = f"{name} of shape {np.shape(vector)} where ({length},) is needed."
            raise ModelError(Finding(f"solution of {problem.name}", what))


def _worst(violations: FloatArray) -> tuple[float, int]:
    """Largest entry and its position; NaN counts as infinite."""
    if violations.size == 0:
        return 0.0, 0
    cleaned = np.where(np.isnan(violations), math.inf, violations)
    at = int(np.argmax(cleaned))
    return float(cleaned[at]), at


def _row_violations(problem: Problem, x: FloatArray) -> FloatArray:
    """Relative distance of every row outside its bounds (m,); beyond rounding the worst are summed without loss."""
    activity: FloatArray = np.asarray(problem.matrix @ x, dtype=np.float64)
    weights = np.abs(problem.matrix.data) * np.maximum(1.0, np.abs(x[problem.matrix.indices]))
    scale = np.zeros(problem.shape[0])
    np.maximum.at(scale, entry_rows(problem), weights)
    if not problem.is_linear:
        terms = problem.products
        values = terms.coefficients * x[terms.columns_a] * x[terms.columns_b]
        np.add.at(activity, terms.rows, values)
        np.maximum.at(scale, terms.rows, np.maximum(np.abs(terms.coefficients), np.abs(values)))
    violation = _outside(problem, activity, scale)
    doubtful = np.flatnonzero(violation > ROUNDING)
    if not len(doubtful):
        return violation
    for row in doubtful[np.argsort(violation[doubtful])[-20:]]:
        activity[row] = _exact_activity(problem, x, int(row))
    return _outside(problem, activity, scale)


def _outside(problem: Problem, activity: FloatArray, scale: FloatArray) -> FloatArray:
    below, above = problem.row_lower - activity, activity - problem.row_upper
    nearest = np.where(below > above, problem.row_lower, problem.row_upper)
    size = np.maximum(scale, np.where(np.isfinite(nearest), np.abs(nearest), 0.0))
    violation = np.maximum(np.maximum(below, above), 0.0)
    return np.where(violation > 0.0, violation / np.where(size > 0.0, size, 1.0), violation)


def _exact_activity(problem: Problem, x: FloatArray, row: int) -> float:
    matrix, terms = problem.matrix, problem.products
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    values = (matrix.data[part] * x[matrix.indices[part]]).tolist()
    if not problem.is_linear:
        here = terms.rows == row
        values += (terms.coefficients[here] * x[terms.columns_a[here]] * x[terms.columns_b[here]]).tolist()
    return math.fsum(values) if all(map(math.isfinite, values)) else math.nan


def _valid_multipliers(problem: Problem, y: FloatArray) -> FloatArray:
    """Set multipliers to zero where they are not numbers or lean on a bound that the row does not have."""
    wrong = ~np.isfinite(y)
    wrong |= (y > 0) & (problem.row_lower == -math.inf)
    wrong |= (y < 0) & (problem.row_upper == math.inf)
    return np.where(wrong, 0.0, y)


@dataclass(frozen=True)
class _Lagrangian:
    """Value of the bound, its largest term, the largest reduced cost taken as zero, where and how often."""

    value: float
    scale: float
    residual: float
    label: str
    columns: int


def _lagrangian(problem: Problem, cost: FloatArray, y: FloatArray, tolerance: float) -> _Lagrangian:
    """Minimum of ``cost'x + y'(b - Ax)`` over the column bounds.

    The value is -inf when a reduced cost above the tolerance meets a column without a bound.
    """
    # By entries, not by a transposed copy of the matrix: a small program pays for the copy more than for the sums.
    weighted = problem.matrix.data * y[entry_rows(problem)]
    columns_of, count_of = problem.matrix.indices, problem.shape[1]
    d = cost - np.bincount(columns_of, weights=weighted, minlength=count_of)
    size = np.abs(cost) + np.bincount(columns_of, weights=np.abs(weighted), minlength=count_of)
    relative = np.abs(d) / np.where(size > 0.0, size, 1.0)
    lower, upper = problem.column_lower, problem.column_upper
    unbounded = ((d > 0) & (lower == -math.inf)) | ((d < 0) & (upper == math.inf))
    edge = np.where(d > 0, lower, upper)
    if unbounded.any():
        implied_lower, implied_upper = implied_bounds(problem, unbounded & (d > 0), unbounded & (d < 0))
        edge = np.where(unbounded, np.where(d > 0, implied_lower, implied_upper), edge)
        unbounded &= ~np.isfinite(edge)
    worst, at = _worst(np.where(unbounded, relative, 0.0))
    label = problem.column_label(at) if worst > 0.0 else ""
    count = int(unbounded.sum())
    if worst > tolerance:
        return _Lagrangian(-math.inf, 0.0, worst, label, count)
    sides = np.where(y > 0, problem.row_lower, problem.row_upper)
    rows = np.where(y != 0.0, sides, 0.0) * y
    columns = np.where((d != 0.0) & ~unbounded, edge, 0.0) * d
    scale = max(float(np.max(np.abs(rows), initial=0.0)), float(np.max(np.abs(columns), initial=0.0)))
    return _Lagrangian(math.fsum([*rows.tolist(), *columns.tolist()]), scale, worst, label, count)


def _certify_point(problem: Problem, raw: RawSolution, tolerance: float) -> Certificate:
    bound, bound_by, dual = _bound(problem, raw, tolerance)
    blank = Certificate("not solved", bound=bound, bound_by=bound_by, residuals=dual, tolerance=tolerance)
    if raw.x is None:
        return replace(blank, message=f"There is no point to check. {raw.message}".strip())
    found = residuals(problem, raw.x, raw.objective)
    found = replace(found, dual=dual.dual, dual_label=dual.dual_label)
    size, kind, label = found.worst_primal
    if size > tolerance:
        place = f" of {label}" if label else ""
        what = f"The point fails the check: {kind} residual{place} is {size:.3g}, more than {tolerance:g}."
        return replace(blank, residuals=found, message=what)
    value = objective_value(problem, raw.x)
    result = replace(
        blank, word="feasible", value=value, value_by=f"{raw.solver}, re-evaluated", residuals=found
    )
    return _with_gap(problem, raw.x, result)


def _with_gap(problem: Problem, x: FloatArray, found: Certificate) -> Certificate:
    """Add the gap and the word; a bound that the checked point beats is wrong and is dropped."""
    if found.bound is None or found.value is None:
        return found
    scale = max(abs(found.value), value_scale(problem, x), 1e-300)
    gap = abs(found.value - found.bound) / scale
    beaten = found.value - found.bound if problem.sense == "max" else found.bound - found.value
    if beaten > found.tolerance * scale:
        what = f"The bound {found.bound!r} is wrong: the checked point is better."
        return replace(found, bound=None, message=what)
    return replace(found, gap=gap, word="proven" if gap <= found.tolerance else "feasible")


def _bound(problem: Problem, raw: RawSolution, tolerance: float) -> tuple[float | None, str, Residuals]:
    """Find the best bound there is: own arithmetic on multipliers, else the solver's word, said as such."""
    if raw.row_dual is not None and problem.is_linear:
        found = dual_bound(problem, raw.row_dual, tolerance)
        dual = Residuals(dual=found.residual, dual_label=found.label)
        if found.value is None:
            what = f"no bound: the reduced cost of {found.label} has the wrong sign ({found.residual:.3g})"
            return None, what, dual
        how = f"{raw.solver}, dual multipliers re-evaluated"
        if found.columns:
            how += f"; {found.columns} reduced costs up to {found.residual:.1e} taken as zero"
        return found.value, how, dual
    if raw.bound is not None and math.isfinite(raw.bound) and problem.is_integer:
        return raw.bound, f"{raw.solver}, its word", Residuals()
    return None, "", Residuals()


def _certify_infeasible(problem: Problem, raw: RawSolution, tolerance: float) -> Certificate:
    failed = Certificate("not solved", tolerance=tolerance, bound_by=f"{raw.solver}, its word alone")
    if raw.ray is None:
        what = f"{raw.solver} says infeasible; no multipliers prove it, so this is its word alone."
        return replace(failed, message=f"{what} {raw.message}".strip())
    if not problem.is_linear:
        return replace(failed, message="Multipliers prove nothing where there are product terms.")
    for sign in (1.0, -1.0):
        margin, worst, label = _farkas_margin(problem, sign * raw.ray)
        if margin > tolerance:
            found = Residuals(dual=worst, dual_label=label)
            how = f"{raw.solver}, Farkas multipliers re-evaluated"
            return replace(failed, word="proven infeasible", bound_by=how, residuals=found)
    what = f"{raw.solver} says infeasible; its multipliers do not prove it, so this is its word alone."
    return replace(failed, message=what)


def _farkas_margin(problem: Problem, ray: FloatArray) -> tuple[float, float, str]:
    """Relative margin by which the weighted rows cannot meet; > 0 proves that no point satisfies all."""
    y = _valid_multipliers(problem, ray)
    largest = float(np.max(np.abs(y), initial=0.0))
    if largest == 0.0:
        return -math.inf, 0.0, ""
    y = y / largest
    # With cost zero the Lagrangian bounds 0 from below by a positive number: a contradiction.
    found = _lagrangian(problem, np.zeros(problem.shape[1]), y, FARKAS_TOLERANCE)
    margin = found.value / found.scale if found.scale > 0.0 else found.value
    return margin, found.residual, found.label


def _certify_unbounded(problem: Problem, raw: RawSolution, tolerance: float) -> Certificate:
    failed = Certificate("not solved", tolerance=tolerance)
    if raw.x is None or raw.ray is None:
        what = (
            f"{raw.solver} says unbounded; without a feasible point and a direction this is its word alone."
        )
        return replace(failed, message=what)
    if not problem.is_linear:
        return replace(failed, message="A direction proves nothing where there are product terms.")
    found = residuals(problem, raw.x)
    if found.worst_primal[0] > tolerance:
        return replace(
            failed, residuals=found, message=f"The point fails the check at {found.worst_primal[2]}."
        )
    gain, worst, label = _ray_check(problem, raw.ray)
    if worst > tolerance or not gain > tolerance:
        what = (
            f"The direction does not keep {label}."
            if worst > tolerance
            else "The direction does not improve."
        )
        return replace(failed, residuals=found, message=what)
    how = f"{raw.solver}, point and direction re-evaluated"
    return replace(failed, word="unbounded", value_by=how, residuals=found)


def _ray_check(problem: Problem, ray: FloatArray) -> tuple[float, float, str]:
    """Relative gain along a direction, its worst step out of a bound and where."""
    size = float(np.max(np.abs(ray), initial=0.0))
    if not (size > 0.0 and math.isfinite(size)):
        return 0.0, 0.0, ""
    step = ray / size
    cone = problem.with_(
        row_lower=np.where(np.isfinite(problem.row_lower), 0.0, -math.inf),
        row_upper=np.where(np.isfinite(problem.row_upper), 0.0, math.inf),
        column_lower=np.where(np.isfinite(problem.column_lower), 0.0, -math.inf),
        column_upper=np.where(np.isfinite(problem.column_upper), 0.0, math.inf),
        integer=False,
    )
    found = residuals(cone, step)
    gain = math.fsum((problem.objective * step).tolist()) * (1.0 if problem.sense == "max" else -1.0)
    scale = float(np.max(np.abs(problem.objective * step), initial=0.0))
    worst, _, label = found.worst_primal
    return gain / scale if scale > 0.0 else 0.0, worst, label
