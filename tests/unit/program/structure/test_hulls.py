"""Mixes are found in plain rows, and their qualities lie between those of what is mixed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from plants import FEEDS, plant, points
from program_cases import dense

from netback.program.bounds.ranges import structural_ranges
from netback.program.structure.hulls import hulls, mixes
from netback.program.structure.reduce import reduce


def test_the_mix_of_the_plant_is_found():
    small = reduce(plant()).problem
    found = mixes(small)
    names = [(small.column_label(m.quality), small.column_label(m.total)) for m in found]
    assert ("column[13]", "column[4]") in names
    mix = found[names.index(("column[13]", "column[4]"))]
    assert sorted(mix.factors.tolist()) == sorted(FEEDS)
    assert (mix.sources == -1).all()


@given(st.integers(0, 10_000), st.floats(0.0, 2.0))
def test_no_point_with_flow_is_cut_off(seed, least):
    problem = plant()
    lower = problem.column_lower.copy()
    lower[0] = least
    small = reduce(problem.with_(column_lower=lower))
    ranges = structural_ranges(small.problem)
    found = hulls(mixes(small.problem), ranges, flowing=True)
    assert not found.empty
    for x in points(10, seed):
        z = small.to_reduced(x)
        if x[0] >= least:
            assert (found.lower <= z + 1e-12).all()
            assert (z <= found.upper + 1e-12).all()


def test_a_mix_that_may_stand_still_is_narrowed_for_points_only():
    small = reduce(plant())
    quality = int(small.place[13])
    ranges = structural_ranges(small.problem)
    free = hulls(mixes(small.problem), ranges, flowing=True)
    assert free.upper[quality] == ranges.upper[quality]
    found = hulls(mixes(small.problem), ranges, flowing=False)
    assert found.lower[quality] <= FEEDS[0] <= FEEDS[1] <= found.upper[quality]
    assert found.upper[quality] - found.lower[quality] < FEEDS[1] - FEEDS[0] + 1e-12


def test_rows_that_are_no_balance_make_no_mix():
    # The total is more than the sum of the flows by a constant: the quality may leave the hull.
    problem = dense("max", [1.0] * 3, [[1.0, 1.0, -1.0]], 1.0, 1.0, 0.0, 5.0)
    assert mixes(problem) == []
