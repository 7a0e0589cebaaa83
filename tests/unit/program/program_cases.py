"""Programs and strategies that several tests of the program layer share."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Problem
from shared import shared

INF = math.inf


def dense(
    sense: Any,
    costs: Any,
    matrix: Any,
    row_lower: Any,
    row_upper: Any,
    column_lower: Any = 0.0,
    column_upper: Any = INF,
    integer: Any = False,
    offset: float = 0.0,
) -> Problem:
    """A small program from a dense matrix, rows ``row[r0]`` ... and columns ``x[c0]`` ..."""
    table = np.atleast_2d(np.asarray(matrix, dtype=float))
    builder = Builder("small", sense)
    rows = builder.constraints(
        "row", Index.of("r", [f"r{i}" for i in range(table.shape[0])]), row_lower, row_upper
    )
    columns = builder.variables(
        "x", Index.of("c", [f"c{j}" for j in range(table.shape[1])]), column_lower, column_upper, integer
    )
    builder.add_terms(rows.ids[:, None], columns.ids[None, :], table)
    builder.add_costs(columns.ids, costs)
    builder.add_offset(offset)
    return builder.build()


def blend() -> Problem:
    """Netlib BLEND from the shared benchmark file; min -30.812149846."""
    data = json.loads(shared("benchmarks/planning/netlib_blend.json").read_text())["data"]
    bounds = data["rows_lower_upper"]
    builder = Builder("blend", "min")
    lower = [-INF if low is None else low for low, _ in bounds.values()]
    upper = [INF if high is None else high for _, high in bounds.values()]
    rows = builder.constraints("row", Index.of("row", list(bounds)), lower, upper)
    columns = builder.variables("column", Index.of("column", [column["name"] for column in data["columns"]]))
    for column in data["columns"]:
        identifier = columns.id(column["name"])
        builder.add_terms(rows.ids_of(column["entries"]), identifier, list(column["entries"].values()))
        builder.add_costs(identifier, column["cost"])
    return builder.build()


def refinery(jet_minimum: float = 9.2) -> Problem:
    """Two crudes, three products [kt]: above 8 + 0.2 x 5 kt of jet the capacity of 60 kt is too small."""
    products = Index.of("product", ["jet", "gasoil", "fuel"])
    builder = Builder("plan", "max")
    run = builder.variables("run", Index.of("crude", ["urals", "arab"]), upper=[50.0, 40.0])
    sale = builder.variables("sale", products)
    balance = builder.constraints("balance", products, 0.0, 0.0)
    yields = np.array([[0.10, 0.15], [0.35, 0.35], [0.55, 0.50]])
    builder.add_terms(balance.ids[:, None], run.ids[None, :], yields)
    builder.add_terms(balance.ids, sale.ids, -1.0)
    minimum = builder.constraints(
        "sale_min", Index.of(("product", "period"), [("jet", "2023-09")]), jet_minimum
    )
    builder.add_terms(minimum.ids, sale.id("jet"), 1.0)
    capacity = builder.constraints("capacity", Index.of("unit", ["cdu"]), upper=60.0)
    builder.add_terms(capacity.ids[0], run.ids, 1.0)
    market = builder.constraints("market", Index.of("product", ["gasoil", "fuel"]), upper=100.0)
    builder.add_terms(market.ids, sale.ids[1:], 1.0)
    builder.add_costs(sale.ids, [3.0, 2.0, 1.0])
    return builder.build()


def market_split(rows: int = 4, columns: int = 32, seed: int = 5) -> Problem:
    """A 0-1 program (Cornuejols and Dawande 1998) with points in plenty and a proof out of reach."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(0, 100, (rows, columns)).astype(float)
    table = np.hstack([weights, np.eye(rows), -np.eye(rows)])
    half = np.floor(weights.sum(axis=1) / 2.0)
    upper = np.concatenate([np.ones(columns), np.full(2 * rows, INF)])
    whole = np.concatenate([np.ones(columns, dtype=bool), np.zeros(2 * rows, dtype=bool)])
    costs = np.concatenate([np.zeros(columns), np.ones(2 * rows)])
    return dense("min", costs, table, half, half, 0.0, upper, whole)


def wide(rows: int = 300, columns: int = 500, seed: int = 0) -> Problem:
    """A random feasible and bounded program that takes simplex some hundred iterations."""
    generator = np.random.default_rng(seed)
    table = generator.random((rows, columns)) * (generator.random((rows, columns)) < 0.1)
    return dense("max", generator.random(columns), table, -INF, table.sum(axis=1) * 0.4 + 0.1, 0.0, 1.0)


_small = st.integers(-3, 3).map(float)


@st.composite
def programs(draw: Any, *, boxed: bool = False, integer: bool = False) -> Problem:
    """A random small program with whole data; ``boxed`` gives every column finite bounds."""
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    table = draw(st.lists(st.lists(_small, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    row_bounds = [draw(_bounds(boxed=False)) for _ in range(rows)]
    column_bounds = [draw(_bounds(boxed=boxed)) for _ in range(columns)]
    return dense(
        draw(st.sampled_from(["min", "max"])),
        draw(st.lists(_small, min_size=columns, max_size=columns)),
        table,
        [low for low, _ in row_bounds],
        [high for _, high in row_bounds],
        [low for low, _ in column_bounds],
        [high for _, high in column_bounds],
        integer,
        draw(_small),
    )


@st.composite
def _bounds(draw: Any, *, boxed: bool) -> tuple[float, float]:
    low = draw(st.integers(-4, 4))
    high = low + draw(st.integers(0, 5))
    kinds = ["both"] if boxed else ["both", "lower", "upper", "none"]
    kind = draw(st.sampled_from(kinds))
    return (
        -INF if kind in ("upper", "none") else float(low),
        INF if kind in ("lower", "none") else float(high),
    )


def best_vertex(problem: Problem) -> float | None:
    """The optimum of a program with boxed columns by trying every vertex; None when there is none."""
    table = np.vstack([problem.matrix.toarray(), np.eye(problem.shape[1])])
    lower = np.concatenate([problem.row_lower, problem.column_lower])
    upper = np.concatenate([problem.row_upper, problem.column_upper])
    sides = [(i, bound) for i in range(len(lower)) for bound in {lower[i], upper[i]} if np.isfinite(bound)]
    values = []
    for chosen in itertools.combinations(sides, problem.shape[1]):
        square = table[[i for i, _ in chosen]]
        if abs(np.linalg.det(square)) < 1e-9:
            continue
        x = np.linalg.solve(square, [bound for _, bound in chosen])
        activity = table @ x
        if np.all(activity >= lower - 1e-9) and np.all(activity <= upper + 1e-9):
            values.append(float(problem.objective @ x) + problem.offset)
    if not values:
        return None
    return min(values) if problem.sense == "min" else max(values)


def best_whole_point(problem: Problem) -> float | None:
    """The optimum of an integer program with boxed columns by trying every point; None when there is none."""
    axes = [
        range(int(low), int(high) + 1)
        for low, high in zip(problem.column_lower, problem.column_upper, strict=True)
    ]
    values = []
    for point in itertools.product(*axes):
        activity = problem.matrix @ np.array(point, dtype=float)
        if np.all(activity >= problem.row_lower) and np.all(activity <= problem.row_upper):
            values.append(float(problem.objective @ np.array(point)) + problem.offset)
    if not values:
        return None
    return min(values) if problem.sense == "min" else max(values)
