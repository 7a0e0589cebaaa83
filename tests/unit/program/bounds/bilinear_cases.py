"""Programs with products that several tests of bounds share, and the means to know their optima."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from netback.program.bounds.relax import Pairs
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import FloatArray, Problem

INF = math.inf


def haverly(number: int = 1, sense: str = "min") -> Problem:
    """Haverly's pooling problem 1, 2 or 3 in proportions; optima 400, 600 and 750 (Haverly 1978)."""
    demand = {1: 100.0, 2: 600.0, 3: 100.0}[number]
    cost_b = {1: 16.0, 2: 16.0, 3: 13.0}[number]
    sign = 1.0 if sense == "max" else -1.0
    builder = Builder(f"haverly_{number}", sense)  # type: ignore[arg-type]
    share = builder.variables("share", Index.of("crude", ["a", "b"]), 0.0, 1.0)
    flow = builder.variables("flow", Index.of("product", ["x", "y"]), 0.0, [demand, 200.0])
    direct = builder.variables("direct", Index.of("product", ["x", "y"]), 0.0, [demand, 200.0])
    part = builder.variables(
        "part", Index.product(("crude", ["a", "b"]), ("product", ["x", "y"])), 0.0, [[demand, 200.0]] * 2
    )
    whole = builder.constraints("whole", Index.of("pool", ["pool"]), 1.0, 1.0)
    builder.add_terms(whole.ids[0], share.ids, 1.0)
    mix = builder.constraints("mix", part.index, 0.0, 0.0)
    builder.add_terms(mix.ids, part.ids, -1.0)
    builder.add_products(mix.ids, share.ids[:, None], flow.ids[None, :], 1.0)
    total = builder.constraints("total", Index.of("product", ["x", "y"]), 0.0, 0.0)
    builder.add_terms(total.ids, part.ids, 1.0)
    builder.add_terms(total.ids, flow.ids, -1.0)
    market = builder.constraints("market", Index.of("product", ["x", "y"]), upper=[demand, 200.0])
    builder.add_terms(market.ids, flow.ids, 1.0)
    builder.add_terms(market.ids, direct.ids, 1.0)
    sulfur = builder.constraints("sulfur_max", Index.of("product", ["x", "y"]), upper=0.0)
    limit = np.array([2.5, 1.5])
    builder.add_terms(sulfur.ids, part.ids, np.array([[3.0], [1.0]]) - limit)
    builder.add_terms(sulfur.ids, direct.ids, 2.0 - limit)
    price = np.array([9.0, 15.0])
    builder.add_costs(part.ids, sign * (price - np.array([[6.0], [cost_b]])))
    builder.add_costs(direct.ids, sign * (price - 10.0))
    return builder.build()


def small(
    sense: Any,
    costs: Any,
    lower: Any,
    upper: Any,
    rows: list[tuple[list[float], list[tuple[int, int, float]], float, float]],
    integer: Any = False,
    offset: float = 0.0,
) -> Problem:
    """Columns ``x[c0]`` ...; each row is linear coefficients, products (a, b, coefficient), lower and upper."""
    builder = Builder("small", sense)
    x = builder.variables("x", Index.of("c", [f"c{j}" for j in range(len(costs))]), lower, upper, integer)
    low, high = [row[2] for row in rows], [row[3] for row in rows]
    made = builder.constraints("row", Index.of("r", [f"r{i}" for i in range(len(rows))]), low, high)
    for i, (linear, products, _, _) in enumerate(rows):
        builder.add_terms(made.ids[i], x.ids, linear)
        for a, b, value in products:
            builder.add_products(made.ids[i], x.ids[a], x.ids[b], value)
    builder.add_costs(x.ids, costs)
    builder.add_offset(offset)
    return builder.build()


def lifted(pairs: Pairs, x: FloatArray) -> FloatArray:
    """A point (n,) with its products behind it (n + k,)."""
    return np.concatenate([x, x[pairs.a] * x[pairs.b]])


_number = st.integers(-3, 3).map(float)


@st.composite
def bilinear(draw: Any, *, integer: bool = False) -> Problem:
    """A random program of two or three boxed columns, up to three rows with products and squares, whole data."""
    columns = draw(st.integers(2, 3))
    pairs = list(itertools.combinations_with_replacement(range(columns), 2))
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        linear = draw(st.lists(_number, min_size=columns, max_size=columns))
        products = draw(st.lists(st.tuples(st.sampled_from(pairs), _number), min_size=0, max_size=2))
        low = float(draw(st.integers(-6, 3)))
        kind = draw(st.sampled_from(["lower", "upper", "both"]))
        high = low + draw(st.integers(0, 8))
        terms = [(a, b, value) for (a, b), value in products]
        rows.append((linear, terms, -INF if kind == "upper" else low, INF if kind == "lower" else high))
    lower = [float(draw(st.integers(-3, 1))) for _ in range(columns)]
    upper = [low + draw(st.integers(0, 4)) for low in lower]
    costs = draw(st.lists(_number, min_size=columns, max_size=columns))
    sense = draw(st.sampled_from(["min", "max"]))
    whole = [integer and draw(st.booleans()) for _ in range(columns)]
    return small(sense, costs, lower, upper, rows, whole, draw(_number))


def activity(problem: Problem, points: Any) -> Any:
    """Row values (points, m) of points (points, n)."""
    values = points @ problem.matrix.toarray().T
    terms = problem.products
    parts = zip(terms.rows, terms.columns_a, terms.columns_b, terms.coefficients, strict=True)
    for row, a, b, coefficient in parts:
        values[:, row] += coefficient * points[:, a] * points[:, b]
    return values


def feasible_grid(problem: Problem, step: float = 0.25) -> Any:
    """Every feasible point (points, n) of a grid over the boxed columns; exact where ``step`` is a power of two."""
    axes = [
        np.arange(low, high + step / 2.0, 1.0 if whole else step)
        for low, high, whole in zip(problem.column_lower, problem.column_upper, problem.integer, strict=True)
    ]
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    values = activity(problem, points)
    keep = np.all((values >= problem.row_lower) & (values <= problem.row_upper), axis=1)
    return points[keep]


def best_of(problem: Problem, points: Any) -> float:
    """Best objective over points (points, n); the worst infinity where there are none."""
    worst = INF if problem.sense == "min" else -INF
    values = points @ problem.objective + problem.offset
    if not len(values):
        return worst
    return float(values.min() if problem.sense == "min" else values.max())
