"""The structured form of a plain program: same points, tighter bounds, the optimum of a plant found by enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plants import best_on_grid, plant, points

from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import LiveRelaxation
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
