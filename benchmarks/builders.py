"""The same program built four ways: Netback, linopy, PuLP, Pyomo; each ends with a model inside HiGHS.

Every function takes the data of :mod:`program_data` and returns the ``highspy`` object that holds the whole program,
ready to run: that is what is timed. Each library is used as its own documentation recommends for speed:

Netback
    ids of blocks in arrays, ``add_terms`` per link. Keys keep all their labels.
linopy
    arrays with dimensions, vectorised selection, ``groupby(...).sum()``. Both its modes are built: the usual one, which
    pads every row of a block to the longest, and ``Model(sparse=True)`` of version 0.10, which does not. Integer
    coordinates instead of labels, which is to its advantage. Handed over by ``to_highspy``.
PuLP
    ``LpAffineExpression`` from a dict of terms, ``LpConstraint`` with sense and right-hand side, no operator
    overloading; handed over by its own HiGHS interface (``buildSolverModel``).
Pyomo
    ``LinearExpression`` from lists of coefficients and variables in rules over integer sets, no operator overloading;
    handed over by the faster of its interfaces, the standard form (one sparse matrix) passed to HiGHS in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
from program_data import Link, Program

from netback.program import _highs
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Problem


def netback_highs(program: Program) -> Any:
    """Netback: ids of blocks in arrays."""
    problem = netback_regular(program) if program.grid else netback_problem(program)
    _highs.check_solvable(problem)
    highs = _highs.new_solver()
    _highs.pass_problem(highs, problem)
    return highs


def netback_problem(program: Program) -> Problem:
    """Netback: a block per block, the terms of a link in one call."""
    builder = Builder(program.name, "max")
    periods = Index.of("period", program.periods)
    columns, rows = {}, {}
    for block in program.columns:
        index = Index.product(Index.of(block.dims, block.keys), periods)
        columns[block.name] = builder.variables(block.name, index, block.lower, block.upper)
        builder.add_costs(columns[block.name].ids, block.cost)
    for wanted in program.rows:
        index = Index.product(Index.of(wanted.dims, wanted.keys), periods)
        lower = -np.inf if wanted.sense == "<=" else wanted.rhs
        upper = np.inf if wanted.sense == ">=" else wanted.rhs
        rows[wanted.name] = builder.constraints(wanted.name, index, lower, upper)
    for link in program.links:
        row_ids = rows[link.rows].ids[link.row, link.lag :]
        column_ids = columns[link.columns].ids[link.column, : len(program.periods) - link.lag]
        builder.add_terms(row_ids, column_ids, link.coefficients)
    return builder.build()


def netback_regular(program: Program) -> Problem:
    """Netback on the regular program: ids of four dimensions, rows spread over the dimension they sum."""
    builder = Builder(program.name, "max")
    sizes = dict(zip(("source", "place", "good"), program.grid, strict=True))
    axes = {name: (name, [f"{name[0]}{k}" for k in range(size)]) for name, size in sizes.items()}
    periods = ("period", program.periods)
    block, shape = program.columns[0], (*program.grid, len(program.periods))
    index = Index.product(*axes.values(), periods)
    flow = builder.variables(block.name, index, block.lower.reshape(shape), block.upper.reshape(shape)).ids
    builder.add_costs(flow, block.cost.reshape(shape))
    for rows, link in zip(program.rows, program.links, strict=True):
        index = Index.product(*(axes[dim] for dim in rows.dims), periods)
        made = builder.constraints(rows.name, index, -np.inf, rows.rhs.reshape(index.shape))
        over = next(place for place, dim in enumerate(sizes) if dim not in rows.dims)
        builder.add_terms(np.expand_dims(made.ids, over), flow, link.coefficients.reshape(shape))
    return builder.build()


def linopy_highs(program: Program, sparse: bool = False) -> Any:
    """linopy: arrays with dimensions, groupby."""
    import linopy
    import pandas as pd
    import xarray as xr

    if program.grid:
        return linopy_regular_highs(program, sparse)
    linopy.options["semantics"] = "v1"
    model = linopy.Model(sparse=sparse)
    times = pd.RangeIndex(len(program.periods), name="period")
    variables, costs = {}, []
    for block in program.columns:
        coords = [pd.RangeIndex(len(block.keys), name=block.name), times]
        variable = model.add_variables(
            xr.DataArray(block.lower, coords=coords),
            xr.DataArray(block.upper, coords=coords),
            name=block.name,
        )
        variables[block.name] = variable
        if block.cost.any():
            costs.append((variable * xr.DataArray(block.cost, coords=coords)).sum())

    def expression(link: Link, rows: pd.RangeIndex) -> Any:
        entries = pd.RangeIndex(len(link.row), name="entry")
        when = times[link.lag :]
        variable = variables[link.columns]
        if link.lag:
            variable = variable.isel(period=slice(0, len(when))).assign_coords(period=when)
        chosen = variable.isel({link.columns: xr.DataArray(link.column, coords=[entries])})
        terms = (chosen * xr.DataArray(link.coefficients, coords=[entries, when])).drop_vars(link.columns)
        return terms.groupby(pd.Series(link.row, index=entries, name=rows.name)).sum()

    for made in program.rows:
        rows = pd.RangeIndex(len(made.keys), name=f"{made.name}_row")
        parts = [expression(link, rows) for link in program.links if link.rows == made.name]
        lhs = linopy.merge(parts, join="outer", cls=linopy.LinearExpression) if len(parts) > 1 else parts[0]
        rhs = xr.DataArray(made.rhs, coords=[rows, times])
        model.add_constraints(lhs, made.sense, rhs, name=made.name)
    model.add_objective(
        linopy.merge(costs, cls=linopy.LinearExpression) if len(costs) > 1 else costs[0], sense="max"
    )
    return model.to_highspy()


def linopy_regular_highs(program: Program, sparse: bool = False) -> Any:
    """linopy on the regular program: one variable of four dimensions, sums over one of them."""
    import linopy
    import pandas as pd
    import xarray as xr

    linopy.options["semantics"] = "v1"
    model = linopy.Model(sparse=sparse)
    sizes = dict(zip(("source", "place", "good"), program.grid, strict=True)) | {
        "period": len(program.periods)
    }
    coords = {name: pd.RangeIndex(size, name=name) for name, size in sizes.items()}

    def array(values: Any, *dims: str) -> Any:
        return xr.DataArray(
            values.reshape([sizes[dim] for dim in dims]), coords=[coords[dim] for dim in dims]
        )

    block = program.columns[0]
    flow = model.add_variables(array(block.lower, *sizes), array(block.upper, *sizes), name=block.name)
    for rows, link in zip(program.rows, program.links, strict=True):
        over = next(iter({"source", "place", "good"} - set(rows.dims)))
        terms = flow if (link.coefficients == 1.0).all() else flow * array(link.coefficients, *sizes)
        model.add_constraints(
            terms.sum(over), rows.sense, array(rows.rhs, *rows.dims, "period"), name=rows.name
        )
    model.add_objective((flow * array(block.cost, *sizes)).sum(), sense="max")
    return model.to_highspy()


def linopy_sparse_highs(program: Program) -> Any:
    """linopy with its sparse backing."""
    return linopy_highs(program, sparse=True)


def pulp_highs(program: Program) -> Any:
    """PuLP: dicts of terms."""
    import pulp

    problem = pulp.LpProblem(program.name.replace(" ", "_"), pulp.LpMaximize)
    count = len(program.periods)
    columns: dict[str, list[list[Any]]] = {}
    costs: dict[Any, float] = {}
    for block in program.columns:
        lower, upper = (np.where(np.isfinite(b), b, np.nan).tolist() for b in (block.lower, block.upper))
        made = [
            [
                pulp.LpVariable(f"{block.name}_{key}_{t}", lo if lo == lo else None, up if up == up else None)
                for t, (lo, up) in enumerate(zip(lower[key], upper[key], strict=True))
            ]
            for key in range(len(block.keys))
        ]
        columns[block.name] = made
        for key, line in enumerate(block.cost.tolist()):
            costs.update((made[key][t], cost) for t, cost in enumerate(line) if cost)
    problem.setObjective(pulp.LpAffineExpression(costs))
    terms: dict[str, list[list[dict[Any, float]]]] = {
        wanted.name: [[{} for _ in range(count)] for _ in wanted.keys] for wanted in program.rows
    }
    for link in program.links:
        into, source, lag = terms[link.rows], columns[link.columns], link.lag
        for row, column, line in zip(
            link.row.tolist(), link.column.tolist(), link.coefficients.tolist(), strict=True
        ):
            variables, cells = source[column], into[row]
            for t, coefficient in enumerate(line):
                cells[t + lag][variables[t]] = coefficient
    senses = {"<=": pulp.LpConstraintLE, ">=": pulp.LpConstraintGE, "=": pulp.LpConstraintEQ}
    for wanted in program.rows:
        sense, cells_of = senses[wanted.sense], terms[wanted.name]
        for key, line in enumerate(wanted.rhs.tolist()):
            for t, rhs in enumerate(line):
                expression = pulp.LpAffineExpression(cells_of[key][t])
                name = f"{wanted.name}_{key}_{t}"
                problem.addConstraint(pulp.LpConstraint(expression, sense, name, rhs))
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    return problem.solverModel


def pyomo_model(program: Program) -> Any:
    """Pyomo: linear expressions from lists."""
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import LinearExpression

    model = pyo.ConcreteModel()
    count = len(program.periods)
    times = range(count)
    columns: dict[str, list[list[Any]]] = {}
    cost_values: list[float] = []
    cost_variables: list[Any] = []
    for block in program.columns:
        lower, upper = (np.where(np.isfinite(b), b, np.nan).tolist() for b in (block.lower, block.upper))

        variable = pyo.Var(range(len(block.keys)), times, bounds=_pyomo_bounds(lower, upper))
        model.add_component(block.name, variable)
        made = [[variable[key, t] for t in times] for key in range(len(block.keys))]
        columns[block.name] = made
        for key, line in enumerate(block.cost.tolist()):
            for t, cost in enumerate(line):
                if cost:
                    cost_values.append(cost)
                    cost_variables.append(made[key][t])
    expression = LinearExpression(constant=0, linear_coefs=cost_values, linear_vars=cost_variables)
    model.objective = pyo.Objective(expr=expression, sense=pyo.maximize)
    coefs: dict[str, list[list[list[float]]]] = {}
    variables: dict[str, list[list[list[Any]]]] = {}
    for wanted in program.rows:
        coefs[wanted.name] = [[[] for _ in times] for _ in wanted.keys]
        variables[wanted.name] = [[[] for _ in times] for _ in wanted.keys]
    for link in program.links:
        into_coefs, into_variables = coefs[link.rows], variables[link.rows]
        source, lag = columns[link.columns], link.lag
        for row, column, line in zip(
            link.row.tolist(), link.column.tolist(), link.coefficients.tolist(), strict=True
        ):
            cell_coefs, cell_variables, own = into_coefs[row], into_variables[row], source[column]
            for t, coefficient in enumerate(line):
                cell_coefs[t + lag].append(coefficient)
                cell_variables[t + lag].append(own[t])
    for wanted in program.rows:
        parts = wanted.sense, wanted.rhs.tolist(), coefs[wanted.name], variables[wanted.name]
        rows = pyo.Constraint(range(len(wanted.keys)), times, rule=_pyomo_rule(*parts))
        model.add_component(f"{wanted.name}_rows", rows)
    return model


def _pyomo_bounds(lower: Any, upper: Any) -> Callable[[Any, int, int], Any]:
    def bounds(_: Any, key: int, t: int) -> Any:
        low, high = lower[key][t], upper[key][t]
        return (low if low == low else None), (high if high == high else None)

    return bounds


def _pyomo_rule(sense: str, rhs: Any, coefs: Any, variables: Any) -> Callable[[Any, int, int], Any]:
    from pyomo.core.expr.numeric_expr import LinearExpression

    def rule(_: Any, key: int, t: int) -> Any:
        body = LinearExpression(constant=0, linear_coefs=coefs[key][t], linear_vars=variables[key][t])
        limit = rhs[key][t]
        return (None if sense == "<=" else limit, body, None if sense == ">=" else limit)

    return rule


def pyomo_highs(program: Program) -> Any:
    """Pyomo handed over as one sparse matrix."""
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    form = LinearStandardFormCompiler().write(pyomo_model(program), mixed_form=True, set_sense=None)
    matrix = form.A.tocsr()
    rhs, kind = np.asarray(form.rhs), np.array([row.bound_type for row in form.rows])
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.asarray(form.c.todense()).ravel()
    lp.col_lower_ = np.array([-np.inf if v.lb is None else v.lb for v in form.columns])
    lp.col_upper_ = np.array([np.inf if v.ub is None else v.ub for v in form.columns])
    lp.row_lower_ = np.where(kind == 1, -np.inf, rhs)
    lp.row_upper_ = np.where(kind == -1, np.inf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs = highspy.Highs()
    highs.passModel(lp)
    return highs


def pyomo_persistent_highs(program: Program) -> Any:
    """Pyomo handed over by its persistent HiGHS interface."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    solver = Highs()  # type: ignore[no-untyped-call]
    solver.set_instance(pyomo_model(program))
    return solver._solver_model


BUILDERS: dict[str, Callable[[Program], Any]] = {
    "netback": netback_highs,
    "linopy": linopy_highs,
    "linopy sparse": linopy_sparse_highs,
    "pulp": pulp_highs,
    "pyomo": pyomo_highs,
    "pyomo persistent": pyomo_persistent_highs,
}
