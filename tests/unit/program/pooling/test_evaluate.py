"""The independent check: values by hand, every kind of violation, cycles, pools that nothing feeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pooling_cases import INF, cycle, haverly

from netback.errors import ModelError
from netback.program.pooling.evaluate import evaluate, pool_qualities

#: a, b into the pool; c to x, y; pool to x, y: Haverly's optimum, 100 of b and 100 of c to y.
OPTIMUM = np.array([0.0, 100.0, 0.0, 100.0, 0.0, 100.0])


def test_haverlys_optimum_by_hand() -> None:
    found = evaluate(haverly(), OPTIMUM)
    assert found.objective == -400.0
    assert (found.worst, found.where) == (0.0, "")


def test_qualities_of_a_cycle_by_hand() -> None:
    """a 10 into p, b 10 into q, p to q 15, q to p 5: p holds 10 a + 5 q, q holds 10 b + 15 p."""
    flows = np.array([10.0, 10.0, 15.0, 5.0, 20.0, 0.0])
    # 15 p = 5 q and 25 q = 100 + 15 p for the first quality: q = 5, p = 5/3; the second: q = 3, p = 13/3.
    assert pool_qualities(cycle(), flows) == pytest.approx(np.array([[5 / 3, 13 / 3], [5.0, 3.0]]))
    assert evaluate(cycle(), flows).worst == 0.0


def test_a_circulation_that_nothing_feeds_has_no_quality() -> None:
    flows = np.array([0.0, 0.0, 5.0, 5.0, 0.0, 0.0])
    assert np.isnan(pool_qualities(cycle(), flows)).all()
    assert evaluate(cycle(), flows).worst == 0.0


@pytest.mark.parametrize(
    ("change", "flows", "worst", "where"),
    [
        ({}, [0, 100, 0, 101, 0, 100], 1 / 201, "demand of y"),
        ({"demand_lower": [0.0, 300.0], "demand_upper": [100.0, 400.0]}, OPTIMUM, 1 / 3, "demand of y"),
        ({"supply_upper": [INF, 50.0, INF]}, OPTIMUM, 0.5, "supply of b"),
        ({"supply_lower": [10.0, 0.0, 0.0]}, OPTIMUM, 1.0, "supply of a"),
        ({"pool_capacity": [80.0]}, OPTIMUM, 0.2, "capacity of p"),
        ({}, [0, 90, 0, 100, 0, 100], 0.1, "balance of p"),
        ({}, [50, 50, 0, 100, 0, 100], 100 / 200, "quality_ub q0 of y"),
        (
            {"quality_lower": [[-INF], [1.6]], "quality_upper": [[INF], [2.0]]},
            OPTIMUM,
            20 / 200,
            "quality_lb q0 of y",
        ),
        ({"arc_upper": [INF, INF, INF, 60.0, INF, INF]}, OPTIMUM, 40 / 60, "flow from c to y"),
        ({"arc_fraction_upper": [INF, 0.5, INF, INF, INF, INF]}, OPTIMUM, 0.5, "share of b in p"),
        ({}, [0, 100, -1, 100, 0, 100], 1.0, "flow from c to x"),
    ],
)
def test_every_kind_of_violation(
    change: dict[str, list[float]], flows: list[float], worst: float, where: str
) -> None:
    instance = haverly().with_(**{name: np.array(values) for name, values in change.items()})
    found = evaluate(instance, np.array(flows, dtype=float))
    assert found.where == where
    assert found.worst == pytest.approx(worst, rel=0.02)


def test_flows_that_are_no_numbers() -> None:
    found = evaluate(haverly(), np.full(6, np.nan))
    assert math.isnan(found.objective)
    assert found.worst == math.inf


def test_the_number_of_flows_is_checked() -> None:
    with pytest.raises(ModelError, match=r"\(4,\) flows where \(6,\) are needed"):
        evaluate(haverly(), np.zeros(4))
