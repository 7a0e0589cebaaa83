"""Small plants written out stream by stream, as a planning program writes them, with points that keep every row."""

from __future__ import annotations

from typing import Any

import numpy as np

from netback.io.program_json import program_of
from netback.program.problem import FloatArray, Problem

#: Qualities of the two feeds and of the outside stream, and limit on the blend.
FEEDS, OUTSIDE, LIMIT = (1.0, 3.0), 0.5, 2.0
#: Yield of the first product is ``BASE - SLOPE * quality``; both products add up to the feed.
BASE, SLOPE = 0.75, 0.125


def _row(
    name: str, relation: str, rhs: float, linear: dict[str, float], products: Any = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "relation": relation,
        "rhs": rhs,
        "linear": linear,
        "products": [list(term) for term in products],
    }


def _variables(most: float) -> list[dict[str, Any]]:
    flows = ["feed_0", "feed_1", "feed_0_in", "feed_1_in", "mix", "mix_out", "branch_0", "branch_1"]
    flows += ["unit_in", "light", "heavy", "outside", "blend"]
    found = [
        {"name": name, "lower": 0.0, "upper": most if name.startswith("feed") else None} for name in flows
    ]
    found += [
        {"name": name, "lower": 0.0, "upper": None} for name in ("q_mix", "q_0", "q_1", "yield_0", "yield_1")
    ]
    found += [{"name": f"stock_{k}", "lower": 0.0, "upper": 0.0} for k in range(2)]
    found[11]["upper"] = most
    return [dict(variable, integer=False) for variable in found]


def _rows() -> list[dict[str, Any]]:
    return [
        _row("arrive_0", "=", 0.0, {"feed_0": 1.0, "feed_0_in": -1.0, "stock_0": -1.0}),
        _row("arrive_1", "=", 0.0, {"feed_1": 2.0, "feed_1_in": -2.0, "stock_1": -1.0}),
        _row("mix", "=", 0.0, {"feed_0_in": 1.0, "feed_1_in": 1.0, "mix": -1.0}),
        _row("pass", "=", 0.0, {"mix": 1.0, "mix_out": -1.0}),
        _row("quality", "=", 0.0, {"feed_0_in": FEEDS[0], "feed_1_in": FEEDS[1]}, [("mix", "q_mix", -1.0)]),
        _row("split", "=", 0.0, {"mix_out": 1.0, "branch_0": -1.0, "branch_1": -1.0}),
        _row("same_0", "=", 0.0, {"q_mix": -1.0, "q_0": 1.0}),
        _row("same_1", "=", 0.0, {"q_mix": -1.0, "q_1": 1.0}),
        _row("enter", "=", 0.0, {"branch_0": 1.0, "unit_in": -1.0}),
        _row("yield_0", "=", BASE, {"yield_0": 1.0, "q_0": SLOPE}),
        _row("yield_1", "=", 1.0 - BASE, {"yield_1": 1.0, "q_0": -SLOPE}),
        _row("light", "=", 0.0, {"light": -1.0}, [("yield_0", "unit_in", 1.0)]),
        _row("heavy", "=", 0.0, {"heavy": -1.0}, [("yield_1", "unit_in", 1.0)]),
        _row("blend", "=", 0.0, {"branch_1": 1.0, "outside": 1.0, "blend": -1.0}),
        _row("spec", "<=", 0.0, {"outside": OUTSIDE, "blend": -LIMIT}, [("branch_1", "q_1", 1.0)]),
        _row("demand", "<=", 6.0, {"blend": 1.0}),
        _row("idle", "<=", 0.0, {"stock_0": 1.0}),
    ]


def plant(sense: str = "max", most: float = 8.0, prices: tuple[float, ...] = (5.0, 2.0, 3.0)) -> Problem:
    """Two feeds mixed, split to a unit whose yields move with quality and to a blend with an outside stream."""
    light, heavy, blend = prices
    sign = 1.0 if sense == "max" else -1.0
    profit = {"light": light, "heavy": heavy, "blend": blend, "feed_0": -2.5, "feed_1": -1.0, "outside": -2.9}
    return program_of(
        {
            "format": "program-json/1",
            "name": "plant",
            "sense": sense,
            "objective": {name: sign * value for name, value in profit.items()},
            "variables": _variables(most),
            "rows": _rows(),
        }
    ).problem


def point(feed_0: float, feed_1: float, part: float, outside: float) -> FloatArray:
    """Values of all columns from the free flows and the part of the mix that enters the unit."""
    mix = feed_0 + feed_1
    quality = (FEEDS[0] * feed_0 + FEEDS[1] * feed_1) / mix if mix > 0.0 else 1.0
    into, rest = part * mix, mix - part * mix
    first, second = BASE - SLOPE * quality, 1.0 - BASE + SLOPE * quality
    flows = [feed_0, feed_1, feed_0, feed_1, mix, mix, into, rest, into, first * into, second * into]
    return np.array(
        [*flows, outside, rest + outside, quality, quality, quality, first, second, 0.0, 0.0],
        dtype=np.float64,
    )


def points(count: int, seed: int, most: float = 8.0) -> list[FloatArray]:
    """Points that keep the flows, the spec and the demand."""
    random, found = np.random.default_rng(seed), []
    while len(found) < count:
        feeds, part, outside = most * random.random(2), random.random(), most * random.random()
        x = point(float(feeds[0]), float(feeds[1]), float(part), float(outside))
        sulphur = x[7] * x[15] + OUTSIDE * outside
        if sulphur <= LIMIT * x[12] and x[12] <= 6.0:
            found.append(x)
    return found


def best_on_grid(sense: str, steps: int = 24, most: float = 8.0) -> float:
    """Best profit over a fine grid of the four free numbers, by enumeration; positive is good in either sense."""
    problem = plant("max", most)
    axis = np.linspace(0.0, 1.0, steps + 1)
    a, b, part, outside = np.meshgrid(most * axis, most * axis, axis, most * axis, indexing="ij")
    mix = a + b
    quality = np.where(mix > 0.0, (FEEDS[0] * a + FEEDS[1] * b) / np.where(mix > 0.0, mix, 1.0), 1.0)
    into, rest = part * mix, (1.0 - part) * mix
    blend = rest + outside
    allowed = (rest * quality + OUTSIDE * outside <= LIMIT * blend + 1e-12) & (blend <= 6.0)
    cost = problem.objective
    light, heavy = (BASE - SLOPE * quality) * into, (1.0 - BASE + SLOPE * quality) * into
    profit = (
        cost[0] * a + cost[1] * b + cost[9] * light + cost[10] * heavy + cost[11] * outside + cost[12] * blend
    )
    return float(profit[allowed].max())
