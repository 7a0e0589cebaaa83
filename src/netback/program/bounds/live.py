"""A relaxation kept alive in HiGHS: ranges change, the basis stays, and every answer carries a bound that is a fact.

Everything here minimises; a maximisation has its costs negated on the way in. Short solves by the thousand: HiGHS runs
in the calling thread with one thread of its own, and releases Python's lock while it runs, so that several live
relaxations work in parallel, one to a Python thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from netback.program import _highs
from netback.program.bounds.cuts import Cuts
from netback.program.bounds.relax import SIDES, Pairs, entries, envelopes, product_ranges
from netback.program.bounds.safe import Lagrangian, Rows, farkas, lagrangian
from netback.program.highs import SIMPLEX_NONZEROS, interior_solver
from netback.program.problem import FloatArray, Problem

Outcome = Literal["optimal", "infeasible", "stopped"]

_Model = highspy.HighsModelStatus
#: Above so many products a change of ranges sends the whole relaxation instead of single coefficients.
MANY_CHANGES = 1_500


@dataclass(frozen=True, eq=False)
class Answer:
    """What one solve of a relaxation found.

    Attributes
    ----------
    outcome
        ``infeasible`` only where multipliers prove it in own arithmetic.
    bound
        Safe lower bound on the relaxation's optimum; inf where infeasible, -inf where nothing is known.
    x
        The optimal point (n + k,) with its products, or None.
    found
        The safe Lagrangian with the intervals of the reduced costs, or None.
    iterations
        Simplex iterations.
    row_dual
        Multipliers of the rows of the linear program, or None.
    prices
        What a unit of each product is worth, (k,): the sizes of its coefficients times the rows' multipliers. Not the
        multipliers of its envelopes, which are zero where another limit stops the product from being further off.
    """

    outcome: Outcome
    bound: float
    x: FloatArray | None
    found: Lagrangian | None
    iterations: int = 0
    row_dual: FloatArray | None = None
    prices: FloatArray | None = None


class LiveRelaxation:
    """McCormick's relaxation of one problem over ranges that change.

    Parameters
    ----------
    problem
        The problem; whole columns are relaxed.
    lower, upper
        First ranges (n,).
    cutoff_row
        Whether a last row ``cost'x <= cutoff`` keeps worse points out; see :meth:`set_cutoff`.
    """

    def __init__(
        self, problem: Problem, lower: FloatArray, upper: FloatArray, *, cutoff_row: bool = False
    ) -> None:
        self.sign = 1.0 if problem.sense == "min" else -1.0
        self.problem = problem
        self.pairs = Pairs.of(problem.products)
        self.width = problem.shape[1]
        self.cutoff_row = cutoff_row
        self._base = problem.with_(
            sense="min", objective=self.sign * problem.objective, offset=0.0, integer=False
        )
        self._cost = np.concatenate([self._base.objective, np.zeros(len(self.pairs))])
        self.own_cost = self._cost
        self.cutoff = math.inf
        #: Asked while a long first solve runs; True stops it.
        self.cancel: Callable[[], bool] | None = None
        self._load(lower, upper)

    def _load(self, lower: FloatArray, upper: FloatArray) -> None:
        """Send the whole relaxation to a fresh HiGHS."""
        self.lower, self.upper = np.array(lower), np.array(upper)
        self._sides = envelopes(self.pairs, lower, upper)
        row, column, value = entries(self._base, self.pairs, self._sides)
        low = [self._base.row_lower, self._sides.lower.ravel()]
        high = [self._base.row_upper, self._sides.upper.ravel()]
        if self.cutoff_row:
            at = self._base.shape[0] + SIDES * len(self.pairs)
            costly = np.flatnonzero(self._base.objective)
            row = np.concatenate([row, np.full(len(costly), at)])
            column = np.concatenate([column, costly])
            value = np.concatenate([value, self._base.objective[costly]])
            low, high = [*low, np.array([-math.inf])], [*high, np.array([self.cutoff])]
        self.rows = Rows(row, column, value, np.concatenate(low), np.concatenate(high))
        w_low, w_high = product_ranges(self.pairs, lower, upper)
        self.all_lower = np.concatenate([lower, w_low])
        self.all_upper = np.concatenate([upper, w_high])
        self._first = len(self._base.matrix.data) + len(self.pairs.rows) + SIDES * len(self.pairs)
        self._highs = self._new_highs()

    def _new_highs(self) -> Any:
        import scipy.sparse as sparse

        rows = self.rows
        shape = (len(rows.lower), len(self._cost))
        matrix = sparse.csr_array(sparse.coo_array((rows.values, (rows.rows, rows.columns)), shape=shape))
        matrix.eliminate_zeros()
        ends, sides = (self.all_lower, self.all_upper), (rows.lower, rows.upper)
        lp = _highs.linear_program(matrix, self._cost, ends, sides)
        return _highs.simplex_on(lp, f"the relaxation of {self.problem.name}")

    @property
    def row_count(self) -> int:
        """Rows of the linear program."""
        return len(self.rows.lower)

    def add(self, cuts: Cuts) -> None:
        """Put cuts behind all other rows; they do not change with the ranges."""
        row, column = np.nonzero(cuts.coefficients)
        values, high = cuts.coefficients[row, column], np.full(len(cuts), np.inf)
        starts = np.searchsorted(row, np.arange(len(cuts))).astype(np.int32)
        ids = column.astype(np.int32)
        _highs.check(
            self._highs.addRows(len(cuts), cuts.lower, high, len(values), starts, ids, values), "adding cuts"
        )
        old = self.rows
        self.rows = Rows(
            np.concatenate([old.rows, len(old.lower) + row]),
            np.concatenate([old.columns, column]),
            np.concatenate([old.values, values]),
            np.concatenate([old.lower, cuts.lower]),
            np.concatenate([old.upper, high]),
        )

    def set_cost(self, cost: FloatArray) -> None:
        """Minimise another cost (n + k,)."""
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._cost = cost
        _highs.check(self._highs.changeColsCost(len(changed), changed, cost[changed]), "changing costs")

    def set_cutoff(self, cutoff: float) -> None:
        """Keep points with a cost above ``cutoff`` out; needs ``cutoff_row``."""
        self.cutoff = cutoff
        at = len(self.rows.upper) - 1
        self.rows.upper[at] = cutoff
        _highs.check(self._highs.changeRowBounds(at, -math.inf, cutoff), "changing the cutoff")

    def set_ranges(self, lower: FloatArray, upper: FloatArray) -> None:
        """Change the ranges (n,) and the envelopes that stand on them."""
        moved = (lower != self.lower) | (upper != self.upper)
        columns = np.flatnonzero(moved)
        if not len(columns):
            return
        touched = np.flatnonzero(moved[self.pairs.a] | moved[self.pairs.b])
        self.lower[columns], self.upper[columns] = lower[columns], upper[columns]
        if len(touched) > MANY_CHANGES:
            self._reload()
            return
        self._send_columns(columns, touched)
        self._send_envelopes(touched)

    def _reload(self) -> None:
        basis = self._highs.getBasis()
        self._load(self.lower, self.upper)
        if basis.valid:
            _highs.check(self._highs.setBasis(basis), "setting the basis")

    def _send_columns(self, columns: Any, touched: Any) -> None:
        part = _part(self.pairs, touched)
        self.all_lower[columns], self.all_upper[columns] = self.lower[columns], self.upper[columns]
        w_low, w_high = product_ranges(part, self.lower, self.upper)
        self.all_lower[self.width + touched], self.all_upper[self.width + touched] = w_low, w_high
        ids = np.concatenate([columns, self.width + touched]).astype(np.int32)
        status = self._highs.changeColsBounds(len(ids), ids, self.all_lower[ids], self.all_upper[ids])
        _highs.check(status, "changing ranges")

    def _send_envelopes(self, touched: Any) -> None:
        """Send the coefficients and sides that differ, and keep the own copy of the rows in step."""
        new = envelopes(_part(self.pairs, touched), self.lower, self.upper)
        first_row, count = self._base.shape[0], SIDES * len(self.pairs)
        places = (touched[:, None] * SIDES + np.arange(SIDES)).ravel()
        for offset, values in ((0, new.on_a.ravel()), (count, new.on_b.ravel())):
            at = self._first + offset + places
            changed = np.flatnonzero(self.rows.values[at] != values)
            self.rows.values[at[changed]] = values[changed]
            rows, columns = self.rows.rows[at[changed]].tolist(), self.rows.columns[at[changed]].tolist()
            for row, column, value in zip(rows, columns, values[changed].tolist(), strict=True):
                self._highs.changeCoeff(row, column, value)
        low, high, rows_at = new.lower.ravel(), new.upper.ravel(), first_row + places
        changed = np.flatnonzero((self.rows.lower[rows_at] != low) | (self.rows.upper[rows_at] != high))
        ids = rows_at[changed]
        self.rows.lower[ids], self.rows.upper[ids] = low[changed], high[changed]
        sent = ids.astype(np.int32)
        status = self._highs.changeRowsBounds(len(sent), sent, low[changed], high[changed])
        _highs.check(status, "changing envelopes")

    def solve(self, time_limit: float = math.inf) -> Answer:
        """Solve from the last basis, for at most ``time_limit`` [s]."""
        _highs.set_option(self._highs, "time_limit", self._highs.getRunTime() + time_limit)
        if len(self.rows.values) > SIMPLEX_NONZEROS and not self._highs.getBasis().valid:
            self._first_run()
        else:
            self._highs.run()
        status = self._highs.getModelStatus()
        if status == _Model.kOptimal:
            return self._read()
        if status in (_Model.kInfeasible, _Model.kUnboundedOrInfeasible):
            return self._settle_infeasible(time_limit)
        if status == _Model.kTimeLimit:
            return self._read(stopped=True)
        return Answer("stopped", -math.inf, None, None)

    def trial(self, time_limit: float, limit: float) -> tuple[float, bool]:
        """Optimum over the present ranges and whether it is a safe bound, for at most ``time_limit`` [s].

        Below ``limit`` the solver's word does, and costs no arithmetic of our own; from there on the bound is a fact.
        """
        _highs.set_option(self._highs, "time_limit", self._highs.getRunTime() + time_limit)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == _Model.kOptimal:
            value = float(self._highs.getInfo().objective_function_value)
            return (self._read().bound, True) if value >= limit else (value, False)
        if status in (_Model.kInfeasible, _Model.kUnboundedOrInfeasible):
            return self._settle_infeasible(time_limit).bound, True
        return (self._read(stopped=True).bound if status == _Model.kTimeLimit else -math.inf), True

    def _first_run(self) -> None:
        """A large relaxation without a basis: interior point gets there sooner, and leaves a basis by crossover."""
        for name, value in (("presolve", "on"), ("solver", interior_solver(self._highs))):
            _highs.set_option(self._highs, name, value)
        watch = _highs.Watch(None, self.cancel)
        _highs.run(self._highs, watch)
        for name, value in (("presolve", "off"), ("solver", "simplex")):
            _highs.set_option(self._highs, name, value)
        if watch.stop and not (self.cancel is not None and self.cancel()):
            raise KeyboardInterrupt

    def bound_of(self, row_dual: FloatArray) -> Lagrangian:
        """The safe bound that multipliers (rows,) give for the present costs and ranges."""
        return lagrangian(self.rows, self._cost, self.all_lower, self.all_upper, row_dual)

    def _read(self, *, stopped: bool = False) -> Answer:
        solution = self._highs.getSolution()
        x = np.array(solution.col_value) if solution.value_valid and not stopped else None
        iterations = int(self._highs.getInfo().simplex_iteration_count)
        if not solution.dual_valid:
            return Answer("stopped", -math.inf, x, None, iterations)
        y = np.array(solution.row_dual)
        found = self.bound_of(y)
        outcome: Outcome = "stopped" if stopped else "optimal"
        return Answer(outcome, found.value, x, found, iterations, y, self._prices(y))

    def _prices(self, y: FloatArray) -> FloatArray:
        pairs = self.pairs
        weights = np.abs(y[pairs.rows] * pairs.coefficients)
        total = np.bincount(pairs.pairs, weights=weights, minlength=len(pairs))
        return np.asarray(total, dtype=np.float64)

    def _settle_infeasible(self, time_limit: float) -> Answer:
        """Believe HiGHS only where its multipliers, or those of a second solve, prove that there is no point."""
        if self._proven_empty():
            return Answer("infeasible", math.inf, None, None)
        _highs.check(self._highs.clearSolver(), "clearing the solver")
        _highs.set_option(self._highs, "time_limit", self._highs.getRunTime() + time_limit)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == _Model.kOptimal:
            return self._read()
        if status == _Model.kInfeasible and self._proven_empty():
            return Answer("infeasible", math.inf, None, None)
        return Answer("stopped", -math.inf, None, None)

    def _proven_empty(self) -> bool:
        status, there, ray = self._highs.getDualRay()
        if status != highspy.HighsStatus.kOk or not there:
            return False
        return farkas(self.rows, self.all_lower, self.all_upper, np.array(ray))


def _part(pairs: Pairs, chosen: Any) -> Pairs:
    """Some of the pairs, without their terms."""
    none = np.zeros(0, dtype=np.int64)
    return Pairs(pairs.a[chosen], pairs.b[chosen], none, none, np.zeros(0))
