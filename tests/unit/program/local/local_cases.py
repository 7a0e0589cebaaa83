"""Small programs with products whose best points are known, and random ones to compare with grids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Problem

INF = math.inf


def haverly(demand: float = 100.0, unit: float = 1.0) -> Problem:
    """Haverly's first pooling problem (1978) with qualities as columns; best profit 400 (in flows of ``unit``)."""
    builder = Builder("haverly", "max")
    flow = builder.variables("flow", Index.of("arc", ["a", "b", "px", "py", "cx", "cy"]))
    quality = builder.variables("sulfur", Index.of("pool", ["p"]), 0.0, 10.0)
    a, b, px, py, cx, cy = flow.ids.tolist()
    balance = builder.constraints("balance", Index.of("pool", ["p"]), 0.0, 0.0)
    builder.add_terms(balance.ids, [a, b, px, py], [1.0, 1.0, -1.0, -1.0])
    mixing = builder.constraints("mixing", Index.of("pool", ["p"]), 0.0, 0.0)
    builder.add_terms(mixing.ids, [a, b], [3.0, 1.0])
    builder.add_products(mixing.ids, quality.ids, [px, py], -1.0)
    limit = builder.constraints("limit", Index.of("product", ["x", "y"]), -INF, 0.0)
    builder.add_terms(limit.ids, [cx, cy], [2.0 - 2.5, 2.0 - 1.5])
    builder.add_terms(limit.ids, [px, py], [-2.5, -1.5])
    builder.add_products(limit.ids, quality.ids, [px, py], 1.0)
    market = builder.constraints(
        "market", Index.of("product", ["x", "y"]), 0.0, [demand * unit, 2.0 * demand * unit]
    )
    builder.add_terms(market.ids, [px, py], 1.0)
    builder.add_terms(market.ids, [cx, cy], 1.0)
    builder.add_costs(flow.ids, np.array([-6.0, -16.0, 9.0, 15.0, 9.0 - 10.0, 15.0 - 10.0]) / unit)
    return builder.build()


def bilinear(random: np.random.Generator, integer: bool = False) -> Problem:
    """Two or three columns within [0, 2], one "at most" and one "at least" row with products, random numbers."""
    size = int(random.integers(2, 4))
    builder = Builder("random", "min" if random.random() < 0.5 else "max")
    x = builder.variables("x", Index.of("c", [str(j) for j in range(size)]), 0.0, 2.0, integer=integer)
    rows = builder.constraints("row", Index.of("r", ["most", "least"]), [-INF, -1.0], [2.0, INF])
    for row in rows.ids.tolist():
        builder.add_terms(row, x.ids, random.integers(-2, 3, size))
        builder.add_products(row, x.ids[0], x.ids[1:], random.integers(-2, 3, size - 1))
    builder.add_costs(x.ids, random.integers(-3, 4, size))
    return builder.build()


def best_on_grid(problem: Problem, steps: int) -> float | None:
    """Best objective over a grid of the columns' box, None if no grid point keeps the rows."""
    axes = [np.linspace(low, high, steps) for low, high in zip(*ends(problem), strict=True)]
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
    activity = points @ problem.matrix.toarray().T
    terms = problem.products
    values = terms.coefficients * points[:, terms.columns_a] * points[:, terms.columns_b]
    np.add.at(activity.T, terms.rows, values.T)
    keep = ((activity >= problem.row_lower - 1e-12) & (activity <= problem.row_upper + 1e-12)).all(axis=1)
    if not keep.any():
        return None
    found = points[keep] @ problem.objective + problem.offset
    return float(found.min() if problem.sense == "min" else found.max())


def ends(problem: Problem) -> tuple[Any, Any]:
    """Bounds of the columns."""
    return problem.column_lower, problem.column_upper
