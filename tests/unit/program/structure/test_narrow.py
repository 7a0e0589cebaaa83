"""Narrowing by blame keeps every point that is at least as good as the cutoff, and its bounds hold for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import best_on_grid, plant, points

from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.narrow import Narrower, blame
from netback.program.bounds.ranges import Structure
from netback.program.certify import objective_value
from netback.program.structure.form import structured


def narrowed(problem, cutoff, **limits):
    form = structured(problem)
    structure = Structure.of(form.problem)
    main = LazyRelaxation(form.problem, form.ranges.lower, form.ranges.upper)
    heard: list[float] = []
    threads = limits.pop("threads", 1)
    found = Narrower(form, structure, threads).run(main, form.ranges, cutoff, follow=heard.append, **limits)
    return form, found, heard


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["min", "max"]), st.floats(0.0, 0.9))
def test_no_point_as_good_as_the_cutoff_is_lost(seed, sense, part):
    problem = plant(sense)
    sign = 1.0 if sense == "min" else -1.0
    cutoff = -part * best_on_grid(sense, steps=6)
    form, found, heard = narrowed(problem, cutoff, rounds=3, columns=4)
    for x in points(20, seed):
        value = sign * objective_value(problem, x)
        if value <= cutoff:
            z = form.from_given(x)
            assert not found.ranges.empty
            assert (found.ranges.lower <= z + 1e-9).all()
            assert (z <= found.ranges.upper + 1e-9).all()
            assert max(heard) <= value + 1e-9 * max(1.0, abs(value))


@pytest.mark.parametrize("threads", [1, 2])
def test_ranges_and_bound_get_better(threads):
    best = best_on_grid("max")
    form, found, heard = narrowed(plant("max"), -best + 1e-6, threads=threads)
    first = LazyRelaxation(form.problem, form.ranges.lower, form.ranges.upper).solve().bound
    assert found.solves > 0
    assert heard[0] >= first - 1e-6
    assert heard[-1] > first
    width = np.nansum(found.ranges.upper - found.ranges.lower)
    assert width < np.nansum(
        np.where(np.isfinite(form.ranges.upper), form.ranges.upper - form.ranges.lower, 1e9)
    )


def test_a_cutoff_that_nothing_meets_empties_the_ranges():
    best = best_on_grid("max")
    _, found, _ = narrowed(plant("max"), -2.0 * best - 1.0)
    assert found.ranges.empty


def test_out_of_time_nothing_is_claimed():
    form, found, _ = narrowed(plant("max"), -1.0, time_limit=0.0)
    np.testing.assert_array_equal(found.ranges.lower, form.ranges.lower)


def test_blame_falls_on_products_that_are_off_and_worth_something():
    form = structured(plant("max"))
    pairs = Structure.of(form.problem).pairs
    answer = LazyRelaxation(form.problem, form.ranges.lower, form.ranges.upper).solve()
    found = blame(pairs, answer, form.problem.shape[1])
    assert found.max() > 0.0
    assert (found[np.setdiff1d(np.arange(len(found)), pairs.columns)] == 0.0).all()
