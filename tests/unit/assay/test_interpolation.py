"""Pchip against scipy, against its own calculus, and on bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import PchipInterpolator

from netback.assay.arrays import FloatArray
from netback.assay.interpolation import Pchip
from netback.errors import DataError

steps = arrays(np.float64, st.integers(1, 30), elements=st.floats(0.01, 50.0))


def knots(widths: FloatArray, heights: FloatArray) -> tuple[FloatArray, FloatArray]:
    size = min(widths.size, heights.size)
    return np.concatenate([[0.0], np.cumsum(widths[:size])]), np.concatenate(
        [[5.0], 5.0 + np.cumsum(heights[:size])]
    )


@given(steps, arrays(np.float64, st.integers(1, 30), elements=st.floats(-20.0, 50.0)))
def test_values_and_slopes_are_those_of_scipy(widths: FloatArray, heights: FloatArray) -> None:
    x, y = knots(widths, heights)
    points = np.linspace(x[0], x[-1], 41)
    ours, theirs = Pchip(x, y), PchipInterpolator(x, y)
    scale = np.abs(y).max()
    np.testing.assert_allclose(ours(points), theirs(points), rtol=1e-10, atol=1e-10 * scale)
    slopes = np.abs(np.diff(y) / np.diff(x)).max() + 1e-12
    np.testing.assert_allclose(
        ours.derivative(points), theirs.derivative()(points), rtol=1e-7, atol=1e-7 * slopes
    )


@given(steps, steps)
def test_a_rising_curve_stays_within_its_knots_and_rises(widths: FloatArray, heights: FloatArray) -> None:
    x, y = knots(widths, heights)
    points = np.sort(np.concatenate([x, np.linspace(x[0], x[-1], 101)]))
    values = Pchip(x, y)(points)
    assert (np.diff(values) >= -1e-9 * y[-1]).all()
    np.testing.assert_allclose(Pchip(x, y)(x), y, rtol=1e-14)


@given(steps, steps, st.floats(0.0, 1.0))
def test_inverse_returns_to_the_value(widths: FloatArray, heights: FloatArray, part: float) -> None:
    x, y = knots(widths, heights)
    curve = Pchip(x, y)
    wanted = y[0] + part * (y[-1] - y[0])
    np.testing.assert_allclose(curve(curve.inverse(wanted)), wanted, rtol=1e-12)
    falling = Pchip(x, -y)
    np.testing.assert_allclose(falling(falling.inverse(-wanted)), -wanted, rtol=1e-12)


@given(steps, steps, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_integrals_add_up(widths: FloatArray, heights: FloatArray, first: float, second: float) -> None:
    x, y = knots(widths, heights)
    curve, (low, high) = Pchip(x, y), sorted((first * x[-1], second * x[-1]))
    parts = curve.integral(x[0], low) + curve.integral(low, high) + curve.integral(high, x[-1])
    np.testing.assert_allclose(parts, curve.integral(x[0], x[-1]), rtol=1e-12)
    np.testing.assert_allclose(
        curve.integral(x[0], x[-1]), PchipInterpolator(x, y).integrate(x[0], x[-1]), rtol=1e-9
    )


def test_many_curves_with_own_knots_equal_each_alone() -> None:
    rng = np.random.default_rng(7)
    x, y = np.full((3, 6), np.nan), np.full((3, 6), np.nan)
    sizes = (2, 4, 6)
    for row, size in enumerate(sizes):
        x[row, :size], y[row, :size] = (
            np.cumsum(rng.uniform(0.1, 5, size)),
            np.cumsum(rng.uniform(0.1, 5, size)),
        )
    points = np.linspace(-1.0, 25.0, 9)
    for outside in ("hold", "linear", "nan"):
        many = Pchip(x, y, outside=outside)
        assert many.shape == (3,)
        for row, size in enumerate(sizes):
            alone = Pchip(x[row, :size], y[row, :size], outside=outside)
            np.testing.assert_allclose(many(points)[row], alone(points))
            np.testing.assert_allclose(many.inverse(points)[row], alone.inverse(points))
            np.testing.assert_allclose(many.derivative(points)[row], alone.derivative(points))
            assert many(3.0).shape == (3,)
    held = Pchip(x, y, outside="hold")
    np.testing.assert_allclose(
        held.integral(0.0, 30.0)[1], Pchip(x[1, :4], y[1, :4], "hold").integral(0.0, 30.0)
    )


def test_shared_knots_with_many_values() -> None:
    x, y = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 2.0, 3.0], [5.0, 4.0, 1.0]])
    found = Pchip(x, y)([0.5, 2.0])
    assert found.shape == (2, 2)
    np.testing.assert_allclose(found[1], Pchip(x, y[1])([0.5, 2.0]))
    np.testing.assert_allclose(Pchip(x, y)([[0.5], [2.0]])[:, 0], [found[0, 0], found[1, 1]])


def test_outside_the_knots() -> None:
    x, y = [0.0, 1.0, 2.0], [0.0, 2.0, 3.0]
    with pytest.raises(DataError, match="argument points: -1 lies outside the knots"):
        Pchip(x, y)([-1.0, 1.0])
    assert np.isnan(Pchip(x, y, outside="nan")(3.0))
    assert Pchip(x, y, outside="hold")(9.0) == 3.0
    line = Pchip(x, y, outside="linear")
    assert line(3.0) == pytest.approx(3.0 + line.derivative(2.0))
    assert line.inverse(line(3.0)) == pytest.approx(3.0)
    assert Pchip(x, y, outside="hold").derivative(5.0) == 0.0
    assert Pchip(x, y, outside="hold").integral(2.0, 4.0) == pytest.approx(6.0)
    with pytest.raises(DataError, match="argument values: 4 lies outside"):
        Pchip(x, y).inverse(4.0)
    with pytest.raises(DataError, match="lies outside"):
        Pchip(x, y, outside="linear").integral(0.0, 4.0)


def test_nan_points_give_nan() -> None:
    curve = Pchip([0.0, 1.0], [0.0, 1.0])
    assert np.isnan(curve([np.nan, 0.5])).tolist() == [True, False]
    assert np.isnan(curve.inverse(np.nan))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([0.0], [1.0], "Give two or more knots"),
        (1.0, 2.0, "Give two or more knots"),
        ([0.0, 1.0], [1.0, 2.0, 3.0], "have shapes"),
        ([0.0, 0.0, 1.0], [1.0, 2.0, 3.0], "does not increase"),
        ([0.0, 2.0, 1.0], [1.0, 2.0, 3.0], "does not increase"),
        ([0.0, np.nan, 1.0], [1.0, 2.0, 3.0], "misses a value"),
        ([0.0, 1.0, 2.0], [1.0, np.nan, 3.0], "misses a value"),
        ([0.0, np.nan], [1.0, np.nan], "misses a value"),
        ([0.0, np.inf], [1.0, 2.0], "infinite"),
        (["a", "b"], [1.0, 2.0], "cannot be read as numbers"),
    ],
)
def test_bad_knots_are_named(x: object, y: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Pchip(x, y)  # type: ignore[arg-type]


def test_flat_curve_has_no_inverse_and_unknown_word_is_listed() -> None:
    with pytest.raises(DataError, match="no inverse"):
        Pchip([0.0, 1.0, 2.0], [1.0, 1.0, 2.0]).inverse(1.5)
    with pytest.raises(DataError, match="Known: raise, nan, hold, linear"):
        Pchip([0.0, 1.0], [0.0, 1.0], outside="clip")  # type: ignore[arg-type]


def test_eight_hundred_points_at_twenty_cuts_at_once_are_those_one_by_one() -> None:
    x = np.linspace(0.0, 100.0, 800)
    curve = Pchip(x, x**1.5)
    cuts = np.linspace(1.0, 99.0, 20)
    assert curve(cuts) == pytest.approx([float(curve(cut)) for cut in cuts], rel=1e-14)
    assert curve(cuts) == pytest.approx(cuts**1.5, rel=1e-5)
