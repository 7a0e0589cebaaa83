"""The structured form of a plain program: same points, tighter bounds, the optimum of a plant found by enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import best_on_grid, plant, points

from netback.program import global_run
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import structural_ranges
from netback.program.certify import objective_value, residuals
from netback.program.globally import solve_global
from netback.program.structure.form import structured
from shared import shared


@given(st.integers(0, 10_000), st.sampled_from(["min", "max"]))
def test_every_point_keeps_the_redundant_rows_and_the_ranges(seed, sense):
    problem = plant(sense)
    form = structured(problem)
    assert form.multiplied_rows > 0
    for x in points(5, seed):
        z = form.from_given(x)
        assert residuals(form.problem, z).worst_primal[0] <= 1e-12
        assert (form.ranges.lower <= z + 1e-12).all()
        assert (z <= form.ranges.upper + 1e-12).all()
        np.testing.assert_allclose(form.to_given(z), x, rtol=1e-15)
        assert objective_value(form.problem, z) == pytest.approx(objective_value(problem, x), rel=1e-12)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_the_root_bound_is_tighter_and_valid(sense):
    problem = plant(sense)
    ranges = structural_ranges(problem)
    given_bound = LiveRelaxation(problem, ranges.lower, ranges.upper).solve().bound
    form = structured(problem)
    own = LazyRelaxation(form.problem, form.ranges.lower, form.ranges.upper).solve().bound
    best = -best_on_grid(sense)
    assert given_bound < own <= best + 1e-9


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_plant_is_proven_to_the_best_of_a_grid(sense, threads):
    raw, certificate = solve_global(plant(sense), gap=1e-5, time_limit=20.0, threads=threads)
    best = best_on_grid(sense)
    sign = 1.0 if sense == "max" else -1.0
    assert certificate.word == "proven"
    assert sign * certificate.value >= best - 1e-6
    assert sign * certificate.value <= best + 0.05  # the grid's step
    assert sign * certificate.bound >= sign * certificate.value - 1e-9
    assert certificate.residuals.worst_primal[0] <= 1e-6
    assert raw.x is not None


def test_the_industrial_refinery_has_its_structure_found():
    from netback.io.program_json import read_program

    problem = read_program(shared("benchmarks/program/refinery_petrochemical_case1.json.gz")).problem
    form = structured(problem)
    # Less than a third of the rows and columns is left, and the root bound falls from 44.05 to 39.14 million.
    assert form.plain.shape[0] < problem.shape[0] / 3
    assert form.plain.shape[1] < 0.36 * problem.shape[1]
    answer = LazyRelaxation(form.problem, form.ranges.lower, form.ranges.upper).solve()
    assert 34_167_967.95 < -answer.bound < 39.2e6


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_way_of_large_programs_proves_the_same(monkeypatch, sense, threads):
    # No relaxation is quick: values first, ranges narrowed by blame, envelopes as they are broken.
    monkeypatch.setattr(global_run, "QUICK", 0.0)
    best = best_on_grid(sense)
    _, certificate = solve_global(plant(sense), gap=1e-5, time_limit=30.0, threads=threads)
    sign = 1.0 if sense == "max" else -1.0
    assert certificate.word == "proven"
    assert best - 1e-6 <= sign * certificate.value <= best + 0.05
    assert sign * certificate.bound >= sign * certificate.value - 1e-9


@settings(max_examples=15)
@given(st.floats(1.0, 8.0), st.floats(0.0, 6.0), st.floats(0.0, 6.0), st.floats(0.0, 6.0))
def test_no_bound_is_ever_on_the_wrong_side(most, light, heavy, blend):
    problem = plant("max", round(most, 2), (round(light, 2), round(heavy, 2), round(blend, 2)))
    before, global_run.QUICK = global_run.QUICK, 0.0
    try:
        _, certificate = solve_global(problem, gap=1e-3, time_limit=3.0, threads=1)
    finally:
        global_run.QUICK = before
    assert certificate.word != "proven infeasible"
    assert certificate.bound is not None
    for x in points(200, 1, round(most, 2)):
        assert certificate.bound >= objective_value(problem, x) - 1e-9


def test_points_on_the_way_of_a_descent_with_whole_numbers_are_told():
    problem = plant("max")
    whole = problem.integer.copy()
    whole[0] = True
    problem = problem.with_(integer=whole)
    heard: list[np.ndarray] = []
    found = Finder(problem, heard.append).descend(np.ones(problem.shape[1]), 20.0)
    assert found is not None
    assert heard
    for x in [*heard, found]:
        assert residuals(problem, x).worst_primal[0] <= 1e-9
        assert x[0] == round(x[0])
