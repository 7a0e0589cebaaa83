"""Local search: known optima, comparison with grids, no infeasible point, determinism, limits, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.errors import ModelError
from netback.program.builder import Builder
from netback.program.certify import certify, residuals
from netback.program.index import Index
from netback.program.local.cover import cover
from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock
from netback.program.local.scale import scaled
from netback.program.local.search import local_search
from netback.program.local.slp import Search, Settings
from netback.program.local.starts import Nearest, alternate
from netback.program.problem import Problem
from netback.program.solution import Progress

from .local_cases import best_on_grid, bilinear, haverly


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e5])
def test_haverly_is_found_in_any_unit_of_flow(unit: float) -> None:
    raw = local_search(haverly(unit=unit), descents=8, time_limit=20.0)
    assert raw.objective == pytest.approx(400.0, rel=1e-7)
    assert raw.bound is None
    assert raw.status == "time limit"


def test_published_second_case_of_haverly() -> None:
    problem = haverly()
    market = problem.row_upper.copy()
    market[problem.block("market").ids[0]] = 600.0
    raw = local_search(problem.with_(row_upper=market), descents=12, time_limit=20.0)
    assert raw.objective == pytest.approx(600.0, rel=1e-7)


def test_certificate_says_feasible_and_no_more() -> None:
    problem = haverly()
    found = certify(problem, local_search(problem, descents=4))
    assert (found.word, found.bound) == ("feasible", None)
    assert found.residuals.worst_primal[0] <= 1e-9


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_random_programs_against_a_grid(seed: int) -> None:
    problem = bilinear(np.random.default_rng(seed))
    raw = local_search(problem, descents=12, time_limit=20.0)
    grid = best_on_grid(problem, 21)
    if raw.x is not None and raw.objective is not None:
        assert residuals(problem, raw.x, raw.objective).worst_primal[0] <= 1e-9
    if grid is not None:
        assert raw.objective is not None
        ahead = raw.objective - grid if problem.sense == "max" else grid - raw.objective
        assert ahead >= -1e-6


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_random_integer_programs_against_enumeration(seed: int) -> None:
    problem = bilinear(np.random.default_rng(seed), integer=True)
    raw = local_search(problem, descents=12, time_limit=20.0)
    best = best_on_grid(problem, 3)
    if best is None:
        assert raw.x is None
    if raw.x is not None:
        assert best is not None
        assert (raw.x == np.round(raw.x)).all()
        assert residuals(problem, raw.x).worst_primal[0] <= 1e-9
        assert (raw.objective <= best + 1e-9) if problem.sense == "max" else (raw.objective >= best - 1e-9)


def infeasible() -> Problem:
    """x y = 1 with x + y <= 1 and both >= 0: impossible, since x y <= 1/4."""
    builder = Builder("impossible", "min")
    x = builder.variables("x", Index.of("c", ["x", "y"]), 0.0, 1.0)
    row = builder.constraints("row", Index.of("r", ["product", "sum"]), [1.0, 0.0], 1.0)
    builder.add_products(row.ids[0], x.ids[0], x.ids[1], 1.0)
    builder.add_terms(row.ids[1], x.ids, 1.0)
    return builder.build()


def test_an_infeasible_program_gets_no_point_and_no_verdict() -> None:
    raw = local_search(infeasible(), descents=8, time_limit=10.0)
    assert raw.x is None
    assert raw.objective is None
    assert raw.status == "time limit"
    assert "proves nothing" in raw.message
    assert certify(infeasible(), raw).word == "not solved"


@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_point_whatever_the_threads(seed: int) -> None:
    problem = bilinear(np.random.default_rng(5))
    found = [local_search(problem, descents=8, seed=seed, threads=threads) for threads in (1, 2, 2)]
    assert all(raw.x is not None for raw in found)
    for raw in found[1:]:
        np.testing.assert_array_equal(raw.x, found[0].x)


def test_a_linear_program_is_solved_as_well() -> None:
    builder = Builder("linear", "max")
    x = builder.variables("x", Index.of("c", ["x", "y"]), 0.0, 4.0)
    row = builder.constraints("row", Index.of("r", ["r"]), upper=6.0)
    builder.add_terms(row.ids[0], x.ids, 1.0)
    builder.add_costs(x.ids, [2.0, 1.0])
    assert local_search(builder.build(), descents=2).objective == pytest.approx(10.0)


def test_time_limit_is_kept_and_cancel_stops() -> None:
    assert local_search(haverly(), time_limit=0.3, descents=1_000_000).status == "time limit"
    raw = local_search(haverly(), time_limit=30.0, cancel=lambda: True)
    assert raw.status == "interrupted"


def test_progress_counts_descents_and_never_gets_worse() -> None:
    seen: list[Progress] = []
    local_search(haverly(), descents=8, progress=seen.append)
    assert [progress.nodes for progress in seen] == [2, 4, 6, 8]
    assert all(np.isnan(progress.bound) for progress in seen)
    assert seen[-1].objective >= seen[0].objective


def test_a_given_start_is_used_even_with_holes() -> None:
    start = np.full(7, np.nan)
    start[6] = 1.0
    assert local_search(haverly(), starts=[start], descents=1).objective == pytest.approx(400.0, rel=1e-7)


def test_patience_ends_the_search() -> None:
    raw = local_search(haverly(), time_limit=None, patience=3)
    assert raw.objective == pytest.approx(400.0, rel=1e-7)


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"time_limit": -1.0}, "time_limit"),
        ({"time_limit": float("nan")}, "time_limit"),
        ({"time_limit": None}, "no limit"),
        ({"descents": 0}, "descents"),
        ({"patience": 0}, "patience"),
        ({"threads": 3}, "threads"),
        ({"seed": -1}, "seed"),
        ({"starts": [np.zeros(3)]}, r"starts\[0\]"),
    ],
)
def test_bad_arguments_are_findings(arguments: dict[str, object], place: str) -> None:
    with pytest.raises(ModelError, match=place):
        local_search(haverly(), **arguments)  # type: ignore[arg-type]


def search_of(problem: Problem, **changes: object) -> tuple[Search, Linearised]:
    inner = scaled(problem).problem
    mask = np.zeros(problem.shape[1], dtype=bool)
    mask[cover(inner).first] = True
    lin = Linearised(inner)
    settings = Settings(**changes)  # type: ignore[arg-type]
    return Search(lin, mask, inner.column_lower, inner.column_upper, settings), lin


@pytest.mark.parametrize("project", [False, True])
def test_successive_programs_end_where_the_product_rows_are_met(project: bool) -> None:
    search, lin = search_of(haverly(), project=project)
    found = search.run(np.full(7, 2.0), Clock())
    assert found is not None
    assert found.rested
    assert found.is_met
    assert float(lin.violations(found.place.x).sum()) == found.place.miss


def test_linearisation_is_exact_at_its_point() -> None:
    problem = haverly()
    lin = Linearised(problem)
    x = np.array([0.0, 100.0, 0.0, 100.0, 0.0, 100.0, 1.0])
    point = lin.step(x, x, x, np.full(len(lin.rows), 1.0), Clock())
    assert point.objective == pytest.approx(-400.0)
    assert lin.violations(x).max() == 0.0


def test_linearisation_as_a_problem_is_the_live_one() -> None:
    lin = Linearised(haverly())
    x = np.linspace(1.0, 7.0, 7)
    price = np.full(len(lin.rows), 20.0)
    low, high = np.maximum(x - 1.0, 0.0), x + 1.0
    live = lin.step(x, low, high, price, Clock())
    from netback.program.highs import solve

    assert solve(lin.as_problem(x, low, high, price)).objective == pytest.approx(live.objective)


def test_alternating_never_raises_the_merit() -> None:
    search, lin = search_of(haverly())
    found = cover(lin.problem)
    x0 = np.full(7, 1.0)
    place = search.begin(x0, Clock())
    assert place is not None
    after = alternate(lin, found, place.x, 1e3, Clock())
    assert lin.cost @ after + 1e3 * lin.violations(after).sum() <= place.merit(1e3) + 1e-6


def test_nearest_shares_add_up_to_one() -> None:
    builder = Builder("shares", "min")
    share = builder.variables("share", Index.of("s", ["a", "b", "c"]), 0.0, 1.0)
    flow = builder.variables("flow", Index.of("f", ["f"]), 0.0, 5.0)
    total = builder.constraints("sum", Index.of("r", ["r"]), 1.0, 1.0)
    builder.add_terms(total.ids[0], share.ids, 1.0)
    other = builder.constraints("other", Index.of("r", ["r"]), upper=9.0)
    builder.add_terms(other.ids[0], flow.ids[0], 1.0)
    builder.add_terms(other.ids[0], share.ids[0], 1.0)
    nearest = Nearest(builder.build(), share.ids)
    moved = nearest.move(np.array([0.7, 0.8, 0.1, 3.0]))
    assert moved[:3].sum() == pytest.approx(1.0)
    assert moved[3] == 3.0
    assert np.abs(moved - [0.7, 0.8, 0.1, 3.0]).sum() == pytest.approx(0.6)
    np.testing.assert_array_equal(nearest.move(moved), moved)


def test_a_column_fixed_by_its_bounds_multiplies_as_a_number() -> None:
    """Mass = density x volume with a known density: volume must follow when the quality side is held."""
    builder = Builder("fixed", "max")
    x = builder.variables(
        "x", Index.of("c", ["mass", "density", "volume", "q", "f"]), 0.0, [10.0, 2.0, 9.0, 3.0, 4.0]
    )
    rows = builder.constraints("row", Index.of("r", ["amount", "spec"]), [0.0, -np.inf], [0.0, 6.0])
    builder.add_terms(rows.ids[0], x.ids[0], 1.0)
    builder.add_products(rows.ids[0], x.ids[1], x.ids[2], -1.0)
    builder.add_products(rows.ids[1], x.ids[3], x.ids[4], 1.0)
    builder.add_costs(x.ids, [1.0, 0.0, 0.0, 1.0, 1.0])
    problem = builder.build().with_(column_lower=np.array([0.0, 2.0, 0.0, 0.0, 0.0]))
    linearised = Linearised(problem)
    held = np.zeros(5, dtype=bool)
    held[3] = True
    point = linearised.fixed(np.array([0.0, 2.0, 1.0, 2.0, 1.0]), held, np.full(2, np.inf), Clock())
    assert point.x is not None
    assert point.x[0] == pytest.approx(10.0)
    assert point.x[0] == pytest.approx(2.0 * point.x[2])
    assert linearised.violations(point.x[:5]).max() <= 1e-8
