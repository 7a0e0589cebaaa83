"""Two-stage programs whose optimum is known by enumeration.

Two feeds are bought in whole lots x1, x2 and mixed in one pool; in every scenario the pool goes to the products A and
B, each with a most of quality, together with a clean stream bought then. The only products are quality times flow, and
with the lots fixed the quality is known, so that every scenario is a linear program: ``best_by_enumeration`` solves
them one by one by scipy.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import FloatArray, Problem

QUALITY = (3.0, 1.0)
CLEAN_QUALITY, MOST_CLEAN = 0.5, 3.0


@dataclass(frozen=True)
class TwoStage:
    """Numbers of one program with H scenarios; arrays (H,) but for ``cost`` (2,)."""

    cost: FloatArray
    lots: int
    chance: FloatArray
    limit_a: FloatArray
    limit_b: FloatArray
    price_a: FloatArray
    price_b: FloatArray
    most_a: FloatArray
    least_a: FloatArray
    clean: FloatArray

    @property
    def scenarios(self) -> int:
        return len(self.chance)


def random_two_stage(seed: int, scenarios: int = 3, least_a: float = 0.0) -> TwoStage:
    draw = np.random.default_rng(seed)

    def between(low: float, high: float) -> FloatArray:
        return np.asarray(np.round(draw.uniform(low, high, scenarios), 3))

    chance = draw.dirichlet(np.ones(scenarios))
    return TwoStage(
        np.round(draw.uniform([4.0, 7.0], [7.0, 11.0]), 3),
        4,
        chance,
        between(1.2, 2.6),
        between(2.4, 3.2),
        between(11.0, 18.0),
        between(2.0, 9.0),
        between(2.0, 7.0),
        np.full(scenarios, least_a),
        between(9.0, 13.0),
    )


def two_stage_problem(
    data: TwoStage, *, whole: bool = True, sense: str = "min", labelled: bool = True, offset: float = 0.0
) -> Problem:
    """The deterministic equivalent; without labels every column stands in one block of numbered columns."""
    sign = 1.0 if sense == "min" else -1.0
    names = [f"h{h}" for h in range(data.scenarios)]
    over = Index.of("scenario", names)
    build = Builder("two_stage", sense)  # type: ignore[arg-type]
    lots = build.variables("lots", Index.of("feed", ["x1", "x2"]), 0.0, float(data.lots), integer=whole).ids
    quality = build.variables("quality", over, QUALITY[1], QUALITY[0]).ids
    flows = {name: build.variables(name, over, 0.0, 2.0 * data.lots).ids for name in ("pool_a", "pool_b")}
    clean = {name: build.variables(name, over, 0.0, MOST_CLEAN).ids for name in ("clean_a", "clean_b")}
    row = build.constraints("storage", Index.scalar(), upper=1.5 * data.lots)
    build.add_terms(row.ids, lots, 1.0)
    rows = build.constraints("mass", over, 0.0, 0.0).ids
    content = build.constraints("content", over, 0.0, 0.0).ids
    build.add_terms(rows[:, None], lots[None, :], 1.0)
    build.add_terms(content[:, None], lots[None, :], np.array(QUALITY)[None, :])
    for flow in flows.values():
        build.add_terms(rows, flow, -1.0)
        build.add_products(content, quality, flow, -1.0)
    for side, limit in (("a", data.limit_a), ("b", data.limit_b)):
        rows = build.constraints(f"limit_{side}", over, -np.inf, 0.0).ids
        build.add_products(rows, quality, flows[f"pool_{side}"], 1.0)
        build.add_terms(rows, flows[f"pool_{side}"], -limit)
        build.add_terms(rows, clean[f"clean_{side}"], CLEAN_QUALITY - limit)
    rows = build.constraints("sold_a", over, data.least_a, data.most_a).ids
    build.add_terms(rows, flows["pool_a"], 1.0)
    build.add_terms(rows, clean["clean_a"], 1.0)
    build.add_costs(lots, sign * data.cost)
    for side, price in (("a", data.price_a), ("b", data.price_b)):
        build.add_costs(flows[f"pool_{side}"], -sign * data.chance * price)
        build.add_costs(clean[f"clean_{side}"], sign * data.chance * (data.clean - price))
    problem = build.build().with_(offset=sign * offset)
    return problem if labelled else unlabelled(problem)


def unlabelled(problem: Problem) -> Problem:
    """The same program with its rows and columns in one block each."""
    from netback.program.problem import Block

    rows, columns = problem.shape
    return problem.with_(
        row_blocks=(Block("row", Index.of("row", [str(k) for k in range(rows)]), 0),),
        column_blocks=(Block("column", Index.of("column", [str(k) for k in range(columns)]), 0),),
    )


def scenario_cost(data: TwoStage, h: int, x1: float, x2: float) -> float:
    """Least cost of one scenario at fixed lots, by scipy; inf where there is no point."""
    total = x1 + x2
    quality = (QUALITY[0] * x1 + QUALITY[1] * x2) / total if total > 0.0 else QUALITY[1]
    limit_a, limit_b = data.limit_a[h], data.limit_b[h]
    cost = [
        -data.price_a[h],
        -data.price_b[h],
        data.clean[h] - data.price_a[h],
        data.clean[h] - data.price_b[h],
    ]
    found = linprog(
        cost,
        A_ub=[
            [quality - limit_a, 0.0, CLEAN_QUALITY - limit_a, 0.0],
            [0.0, quality - limit_b, 0.0, CLEAN_QUALITY - limit_b],
            [1.0, 0.0, 1.0, 0.0],
            [-1.0, 0.0, -1.0, 0.0],
        ],
        b_ub=[0.0, 0.0, data.most_a[h], -data.least_a[h]],
        A_eq=[[1.0, 1.0, 0.0, 0.0]],
        b_eq=[total],
        bounds=[(0.0, 2.0 * data.lots)] * 2 + [(0.0, MOST_CLEAN)] * 2,
    )
    return float(found.fun) if found.status == 0 else math.inf


def cost_at(data: TwoStage, x1: float, x2: float) -> float:
    """Expected cost of all scenarios at fixed lots."""
    if x1 + x2 > 1.5 * data.lots + 1e-6:
        return math.inf
    own = float(data.cost @ np.array([x1, x2]))
    return own + sum(float(p) * scenario_cost(data, h, x1, x2) for h, p in enumerate(data.chance))


def best_by_enumeration(data: TwoStage, step: float = 1.0) -> float:
    """The least cost over all lots, or over a grid of amounts with a smaller step."""
    grid = np.arange(0.0, data.lots + 1e-9, step)
    return min(cost_at(data, x1, x2) for x1, x2 in itertools.product(grid, grid))


def random_blocks(seed: int) -> Problem:
    """A program of two to four blocks with random rows and products, also of first-stage columns; has a point."""
    draw = np.random.default_rng(seed)
    scenarios, lots, own, rows = (
        int(draw.integers(low, high)) for low, high in ((2, 5), (1, 3), (3, 6), (2, 4))
    )
    build = Builder("random", "min" if draw.random() < 0.5 else "max")
    x = build.variables(
        "x", Index.of("lot", [str(k) for k in range(lots)]), -1.0, 2.0, integer=bool(draw.random() < 0.5)
    ).ids
    names = [f"h{h}" for h in range(scenarios)]
    lower = -draw.integers(0, 2, (scenarios, own)).astype(float)
    upper = lower + np.round(draw.uniform(1.0, 3.0, (scenarios, own)), 2)
    over = Index.product(("scenario", names), ("part", [str(k) for k in range(own)]))
    y = build.variables("y", over, lower, upper).ids
    build.add_costs(x, np.round(draw.normal(size=lots), 2))
    build.add_costs(y, np.round(draw.normal(size=(scenarios, own)), 2))
    point, at = lower + (upper - lower) * draw.random((scenarios, own)), np.zeros(lots)
    places = [(h, r) for h in range(scenarios) for r in range(rows)]
    terms = []
    for h, r in places:
        a, b, c, k = (int(draw.integers(0, top)) for top in (own, own, own, lots))
        linear, product, mixed, lot = np.round(draw.normal(size=4), 2)
        activity = linear * point[h, a] + product * point[h, b] * point[h, c] + lot * at[k]
        terms.append((h, r, a, b, c, k, linear, product, mixed, lot, activity + mixed * at[k] * point[h, a]))
    slack = np.round(draw.uniform(0.01, 1.0, len(places)), 3)
    limits = np.array([term[-1] for term in terms]) + slack
    index = Index.product(("scenario", names), ("row", [str(r) for r in range(rows)]))
    ids = build.constraints("row", index, -np.inf, limits.reshape(scenarios, rows)).ids
    for h, r, a, b, c, k, linear, product, mixed, lot, _ in terms:
        build.add_terms(ids[h, r], y[h, a], linear)
        build.add_terms(ids[h, r], x[k], lot)
        build.add_products(ids[h, r], y[h, b], y[h, c], product)
        build.add_products(ids[h, r], x[k], y[h, a], mixed)
    return build.build()
