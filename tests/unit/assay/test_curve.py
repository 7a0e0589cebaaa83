"""Boiling curves: printed examples beyond the shared ones, exact inverses, shape, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netback.assay import boiling_point, curve
from netback.assay.arrays import FloatArray, outside_validity
from netback.assay.averages import average_boiling_points
from netback.errors import DataError

FIVE = (10, 30, 50, 70, 90)
rises = arrays(np.float64, 5, elements=st.floats(1.0, 60.0))


def rising(steps: FloatArray) -> FloatArray:
    return 60.0 + np.cumsum(steps)


def test_api_3a1_inverse_as_printed() -> None:
    # API Technical Data Book 3A1.1, inverse example: TBP 321, 371, 409 F give D86 378.4 and 401.9 F.
    tbp = (np.array([321.0, 371.0, 409.0, 447.0, 469.0]) - 32.0) / 1.8
    d86 = 1.8 * curve.tbp_to_d86(FIVE, tbp) + 32.0
    np.testing.assert_allclose(d86[1:3], [378.4, 401.9], atol=0.05)


def test_riazi_daubert_inverse_as_printed() -> None:
    # Riazi, ASTM MNL50, example 3.2.
    tbp = [10.0, 71.1, 143.3, 204.4, 250.6, 291.7]
    assert curve.tbp_to_d86((0, *FIVE), tbp, "riazi_daubert")[0] == pytest.approx(32.0, abs=0.5)


def test_thirty_percent_coefficient_is_selectable() -> None:
    # Riazi, ASTM MNL50, example 3.3 prints 190.3 C; the other print of the coefficient gives 188.2 C.
    d86 = [165.6, 173.7, 193.3, 206.7, 222.8, 242.8]
    assert curve.d86_to_tbp((0, *FIVE), d86, "riazi_daubert_mnl50")[2] == pytest.approx(190.3, abs=0.05)
    assert curve.d86_to_tbp((0, *FIVE), d86, "riazi_daubert")[2] == pytest.approx(188.2, abs=0.05)


def test_simulated_distillation_as_printed() -> None:
    # Riazi, ASTM MNL50, examples 3.5 (both methods) and 3.4.
    naphtha = [33.9, 64.4, 101.7, 140.6, 182.2]
    by_power = curve.d2887_to_d86(FIVE, naphtha, "riazi_daubert")
    np.testing.assert_allclose(by_power, [53.2, 70.9, 96.0, 131.3, 168.3], atol=0.06)
    np.testing.assert_allclose(curve.d2887_to_d86(FIVE, naphtha), [53.5, 68.2, 96.9, 132.6, 167.8], atol=0.06)
    kerosene = [151.7, 162.2, 168.9, 173.3, 181.7]
    np.testing.assert_allclose(
        curve.d2887_to_tbp(FIVE, kerosene), [164.3, 166.9, 168.9, 170.9, 176.8], atol=0.06
    )


@given(rises)
def test_conversions_have_exact_inverses(steps: FloatArray) -> None:
    temperature = rising(steps)
    pairs = [
        (curve.d86_to_tbp, curve.tbp_to_d86),
        (curve.d2887_to_d86, curve.d86_to_d2887),
        (curve.d2887_to_tbp, curve.tbp_to_d2887),
        (curve.d1160_to_tbp, curve.tbp_to_d1160),
    ]
    for forward, backward in pairs:
        np.testing.assert_allclose(
            backward(FIVE, forward(FIVE, temperature)), temperature, rtol=1e-9, atol=1e-7
        )


@given(rises)
def test_tbp_is_wider_than_d86_and_rises(steps: FloatArray) -> None:
    tbp = curve.d86_to_tbp(FIVE, rising(steps))
    assert (np.diff(tbp) > 0.0).all()


@given(arrays(np.float64, (4, 7), elements=st.floats(1.0, 40.0)))
def test_many_curves_equal_each_alone(steps: FloatArray) -> None:
    percent, temperature = (0, 10, 30, 50, 70, 90, 100), 20.0 + np.cumsum(steps, axis=1)
    together = curve.d86_to_tbp(percent, temperature)
    for row in range(4):
        np.testing.assert_allclose(together[row], curve.d86_to_tbp(percent, temperature[row]))


def test_standard_points_interpolate() -> None:
    found = curve.standard_points([0, 20, 40, 60, 80, 100], [100.0, 140.0, 180.0, 220.0, 260.0, 300.0])
    np.testing.assert_allclose(found, [120.0, 160.0, 200.0, 240.0, 280.0])


@pytest.mark.parametrize(
    ("percent", "temperature", "message"),
    [
        ((10, 35, 50), (1.0, 2.0, 3.0), "35 % is not a standard point"),
        ((10, 50, 70), (100.0, 200.0, 300.0), "leaves out a standard point"),
        ((70, 90), (200.0, 300.0), "leaves out a standard point, or 50 %"),
        ((30, 50, 70), (200.0, 190.0, 300.0), "falls"),
        ((30, 50, 70), (200.0, 300.0), "has shape"),
        ((30, 50, 70), (-90.0, -60.0, -50.0), "50 % point"),
        ((30, 50, 70), ("a", "b", "c"), "cannot be read"),
    ],
)
def test_bad_curves_are_named(percent: object, temperature: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        curve.d86_to_tbp(percent, temperature)  # type: ignore[arg-type]


def test_other_bad_input() -> None:
    with pytest.raises(DataError, match="20 % is not a standard point"):
        curve.d86_to_tbp([20], [100.0], "riazi_daubert")
    with pytest.raises(DataError, match=r"Known: api_3a1\.1"):
        curve.d86_to_tbp(FIVE, rising(np.ones(5)), "guess")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="lacks the 10 % point"):
        curve.d2887_to_d86([30, 50], [100.0, 110.0], "riazi_daubert")
    with pytest.raises(DataError, match=r"Known: api_3a3\.2"):
        curve.d2887_to_d86(FIVE, rising(np.ones(5)), "guess")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="TBP step"):
        curve.tbp_to_d1160(FIVE, [100.0, 100.1, 200.0, 210.0, 220.0])


def test_d1160_equals_tbp_from_the_middle_on() -> None:
    assert curve.d1160_to_tbp((50, 70), (250.0, 290.0)).tolist() == [250.0, 290.0]


@given(st.floats(-50.0, 550.0), st.floats(0.01, 3000.0), st.floats(10.5, 13.0))
def test_boiling_point_correction_is_undone(temperature: float, pressure: float, k: float) -> None:
    normal = boiling_point.normal_boiling_point(temperature, pressure, k)
    back = boiling_point.boiling_point_at_pressure(normal, pressure, k)
    assert back == pytest.approx(temperature, abs=1e-8)


@given(st.floats(50.0, 500.0), st.floats(1.0, 700.0))
def test_vacuum_lowers_the_boiling_point(normal: float, pressure: float) -> None:
    cold = boiling_point.boiling_point_at_pressure(normal, pressure)
    assert cold < normal + 0.2
    assert cold < boiling_point.boiling_point_at_pressure(normal, pressure * 1.05)


def test_vapour_pressure_is_the_pressure_at_which_it_boils() -> None:
    pressure = np.array([5.0, 100.0, 700.0, 1500.0])
    boils = boiling_point.boiling_point_at_pressure(300.0, pressure, 11.5)
    np.testing.assert_allclose(boiling_point.vapour_pressure(boils, 300.0, 11.5), pressure, rtol=1e-9)
    assert np.isnan(boiling_point.vapour_pressure(20.0, 1200.0))


def test_pressure_must_be_positive() -> None:
    with pytest.raises(DataError, match="argument pressure_mmhg: 0 is not allowed"):
        boiling_point.normal_boiling_point(100.0, 0.0)
    with pytest.raises(DataError, match="argument temperature_c: -300"):
        boiling_point.normal_boiling_point(-300.0, 10.0)
    assert outside_validity(boiling_point.normal_boiling_point, pressure_mmhg=[1.0, 1e5]).tolist() == [
        False,
        True,
    ]


@given(arrays(np.float64, 5, elements=st.floats(2.0, 40.0)))
def test_average_boiling_points_keep_their_order(steps: FloatArray) -> None:
    points = average_boiling_points(rising(steps))
    assert points.molal_c < points.mean_c < points.cubic_c < points.volume_c < points.weight_c


def test_average_boiling_points_bad_input() -> None:
    with pytest.raises(DataError, match="Give 10, 30, 50, 70 and 90"):
        average_boiling_points([100.0, 120.0])
    with pytest.raises(DataError, match="falls"):
        average_boiling_points([100.0, 120.0, 110.0, 150.0, 160.0])
    with pytest.raises(DataError, match="mean of d86_c"):
        average_boiling_points([-60.0, -50.0, -40.0, -30.0, -20.0])
    assert average_boiling_points(np.full((3, 5), [90.0, 100.0, 110.0, 120.0, 130.0])).volume_c.shape == (3,)
