"""Profiles inside cuts: averages kept, positive stays positive, index rows do not depend on an added constant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay.interpolation import Pchip
from netback.assay.profiles import reconstruct

sizes = st.integers(1, 9)


@st.composite
def cells(draw: st.DrawFn, low: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    count = draw(sizes)
    widths = draw(st.lists(st.floats(0.01, 50.0), min_size=count, max_size=count))
    values = draw(st.lists(st.floats(low, 100.0), min_size=count, max_size=count))
    return np.array(widths), np.array(values)


def averages(widths: np.ndarray, values: np.ndarray, floor: bool) -> np.ndarray:
    profile = reconstruct(widths, values, np.array(floor))
    index = np.arange(len(widths))
    full, _ = profile.integrate(index, np.ones(len(widths)))
    start, _ = profile.integrate(index, np.zeros(len(widths)))
    return (full - start) / widths


@given(cells())
def test_every_cell_keeps_its_average(given_cells: tuple[np.ndarray, np.ndarray]) -> None:
    widths, values = given_cells
    for floor in (True, False):
        np.testing.assert_allclose(averages(widths, values, floor), values, rtol=1e-7, atol=1e-9)


@given(cells())
def test_running_total_of_a_positive_property_never_falls(
    given_cells: tuple[np.ndarray, np.ndarray],
) -> None:
    widths, values = given_cells
    profile = reconstruct(widths, values, np.array(True))
    position = np.linspace(0.0, 1.0, 41)
    for cell in range(len(widths)):
        total, _ = profile.integrate(np.full(41, cell), position)
        assert (np.diff(total) >= -1e-9 * (1.0 + abs(total[-1]))).all()


@given(cells(low=-100.0), st.floats(-500.0, 500.0))
def test_index_profile_moves_with_an_added_constant(
    given_cells: tuple[np.ndarray, np.ndarray], shift: float
) -> None:
    widths, values = given_cells
    half = np.full(len(widths), 0.37)
    index = np.arange(len(widths))
    before, _ = reconstruct(widths, values, np.array(False)).integrate(index, half)
    after, _ = reconstruct(widths, values + shift, np.array(False)).integrate(index, half)
    reached = np.cumsum(widths) - widths + 0.37 * widths
    np.testing.assert_allclose(after - before, shift * reached, rtol=1e-6, atol=1e-6)


def test_inner_edges_of_a_positive_property_are_those_of_pchip() -> None:
    widths, values = np.array([5.0, 13.0, 18.0, 9.0, 24.0]), np.array([0.01, 0.04, 0.4, 1.1, 2.9])
    x, y = np.append(0.0, np.cumsum(widths)), np.append(0.0, np.cumsum(widths * values))
    pchip = Pchip(x, y)
    profile = reconstruct(widths, values, np.array(True))
    for cell in (1, 2, 3):
        for position in (0.2, 0.5, 0.9):
            total, _ = profile.integrate(np.array([cell]), np.array([position]))
            assert total[0] == pytest.approx(float(pchip(x[cell] + position * widths[cell])), rel=1e-9)


def test_a_linear_property_is_reproduced() -> None:
    widths = np.full(6, 2.0)
    centres = np.cumsum(widths) - 1.0
    profile = reconstruct(widths, 3.0 + 0.5 * centres, np.array(False))
    total, _ = profile.integrate(np.array([3]), np.array([0.25]))
    end = 6.5
    assert total[0] == pytest.approx(3.0 * end + 0.25 * end * end, rel=1e-12)


def test_unknown_cells_count_neither_in_total_nor_in_width() -> None:
    widths, values = np.array([2.0, 3.0, 4.0]), np.array([1.0, np.nan, 5.0])
    profile = reconstruct(widths, values, np.array(True))
    total, known = profile.integrate(np.array([2]), np.array([1.0]))
    assert total[0] == pytest.approx(22.0)
    assert known[0] == pytest.approx(6.0)


def test_cells_without_width_are_passed_over() -> None:
    profile = reconstruct(np.array([0.0, 3.0]), np.array([7.0, 2.0]), np.array(True))
    total, known = profile.integrate(np.array([1]), np.array([1.0]))
    assert (total[0], known[0]) == (pytest.approx(6.0), pytest.approx(3.0))


def test_batches_are_the_same_as_one_by_one() -> None:
    generator = np.random.default_rng(3)
    widths, values = generator.uniform(1, 9, (4, 3, 6)), generator.uniform(0, 5, (4, 3, 6))
    floors = np.zeros((4, 3), dtype=bool)
    floors[:, 1] = True
    together = reconstruct(widths, values, floors)
    cell, position = np.array([[2, 4]] * 4)[:, None], np.full((4, 1, 2), 0.3)
    found, _ = together.integrate(cell, position)
    for row in range(4):
        for column in range(3):
            alone = reconstruct(widths[row, column], values[row, column], floors[row, column])
            wanted, _ = alone.integrate(np.array([2, 4]), np.full(2, 0.3))
            np.testing.assert_allclose(found[row, column], wanted, rtol=1e-12)
