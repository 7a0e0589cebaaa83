"""The first stage's program: its bounds are those of an exact linear program, from below."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import linprog

from netback.program.builder import Builder
from netback.program.decomposition.cuts import Cut, Others, summed
from netback.program.decomposition.master import Master
from netback.program.index import Index
from netback.program.problem import Problem


def first_stage(integer: bool = False) -> Problem:
    build = Builder("first", "min")
    x = build.variables("x", Index.of("k", ["a", "b"]), 0.0, 5.0, integer=integer).ids
    row = build.constraints("sum", Index.scalar(), upper=7.0).ids
    build.add_terms(row, x, 1.0)
    build.add_costs(x, np.array([1.0, 2.0]))
    return build.build()


def master(seed: int, cuts: int = 8, integer: bool = False) -> tuple[Master, list[tuple[Cut, int]]]:
    draw = np.random.default_rng(seed)
    made = [
        (Cut(float(draw.normal(0.0, 5.0)), draw.normal(0.0, 3.0, 2)), int(draw.integers(0, 2)))
        for _ in range(cuts)
    ]
    return Master(first_stage(integer), np.zeros(2), np.full(2, 5.0), np.full(2, -100.0), made), made


def exact(made: list[tuple[Cut, int]], cost: list[float], cutoff: float = math.inf) -> float:
    rows = [[*cut.slope.tolist(), *(-1.0 if g == group else 0.0 for g in (0, 1))] for cut, group in made]
    limits = [-cut.constant for cut, _ in made]
    rows.append([1.0, 1.0, 0.0, 0.0])
    limits.append(7.0)
    if math.isfinite(cutoff):
        rows.append([1.0, 2.0, 1.0, 1.0])
        limits.append(cutoff)
    found = linprog(cost, A_ub=rows, b_ub=limits, bounds=[(0, 5)] * 2 + [(-100, None)] * 2)
    return float(found.fun) if found.status == 0 else math.inf


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_the_optimum_from_below(seed: int) -> None:
    made, cuts = master(seed)
    bound, point = made.solve()
    best = exact(cuts, [1.0, 2.0, 1.0, 1.0])
    assert point is not None
    assert best - 1e-7 * (1.0 + abs(best)) <= bound <= best + 1e-12 * (1.0 + abs(best))


@pytest.mark.parametrize("seed", range(6))
def test_the_narrowed_box_is_that_of_the_cutoff(seed: int) -> None:
    made, cuts = master(seed)
    best = exact(cuts, [1.0, 2.0, 1.0, 1.0])
    cutoff = best + 2.0
    found = made.tighten(cutoff)
    assert found is not None
    for k in (0, 1):
        cost = [float(k == j) for j in range(4)]
        low, high = exact(cuts, cost, cutoff), -exact(cuts, [-c for c in cost], cutoff)
        assert found[0][k] <= low + 1e-9
        assert found[1][k] >= high - 1e-9
        assert found[0][k] == pytest.approx(low, abs=2e-2)
        assert found[1][k] == pytest.approx(high, abs=2e-2)
    assert made.solve()[0] == pytest.approx(best, abs=1e-6)


def test_nothing_is_left_below_the_bound() -> None:
    made, cuts = master(1)
    assert made.tighten(exact(cuts, [1.0, 2.0, 1.0, 1.0]) - 1.0) is None


def test_a_ray_that_excludes_the_box_is_proven() -> None:
    made, _ = master(2)
    made.add(Cut(1.0, np.array([0.1, 0.1]), is_ray=True), 0)
    assert made.solve() == (math.inf, None)


def test_whole_points_are_whole_and_old_cuts_go() -> None:
    made, cuts = master(3, integer=True)
    found = made.whole_point(5.0)
    assert found is not None
    assert found[1] == pytest.approx(np.round(found[1]))
    grid = [(a, b) for a in range(6) for b in range(6) if a + b <= 7]

    def cost(a: int, b: int) -> float:
        x = np.array([a, b])
        thetas = [max([-100.0, *(cut.at(x) for cut, own in cuts if own == g)]) for g in (0, 1)]
        return a + 2.0 * b + sum(thetas)

    assert found[0] == pytest.approx(min(cost(a, b) for a, b in grid), abs=1e-4)
    for _ in range(5):
        made.solve()
    assert 0 < len(made.kept_cuts(3)) < len(cuts)
    assert len(made.cuts) == len(cuts)


@pytest.mark.filterwarnings("error")
def test_an_endless_column_in_no_cut_hides_none_of_them() -> None:
    """A theta held below what its cut asks for would make a bound of no worth: 2 for b, and 12 that the cut asks."""
    cut = Cut(10.0, np.array([0.0, 2.0]))
    found = Master(
        first_stage(), np.array([0.0, 1.0]), np.array([math.inf, 5.0]), np.array([-100.0]), [(cut, 0)]
    )
    assert 20.0 <= found.most[0] <= 20.0 * (1.0 + 1e-9)
    bound, point = found.solve()
    assert bound == pytest.approx(2.0 + 12.0)
    assert point is not None
    assert point.tolist() == pytest.approx([0.0, 1.0, 12.0])
    both = summed([cut, cut], found.lower, found.upper)
    assert (both.constant, both.slope.tolist()) == (pytest.approx(20.0), [0.0, 4.0])
    assert Others([cut, cut], found.lower, found.upper).without(0).constant == pytest.approx(10.0)
