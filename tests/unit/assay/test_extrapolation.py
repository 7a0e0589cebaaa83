"""Heavy end: each method passes through the last point, rises to 100 %, and errs as the docstring says."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay.extrapolation import extrapolate
from netback.errors import DataError
from shared import shared

METHODS = ("probability", "riazi", "linear")


@pytest.mark.parametrize("method", METHODS)
@given(
    st.lists(st.floats(1.0, 120.0), min_size=3, max_size=12),
    st.lists(st.floats(0.5, 10.0), min_size=12, max_size=12),
)
def test_tail_rises_in_temperature_and_yield(method: str, steps: list[float], yields: list[float]) -> None:
    temperature = 20.0 + np.cumsum(steps)
    percent = np.cumsum(yields[: len(steps)])
    percent = percent * min(1.0, 95.0 / percent[-1])
    tail_c, tail = extrapolate(temperature, percent, method)  # type: ignore[arg-type]
    assert tail[-1] == 100.0
    assert (np.diff(np.append(percent[-1], tail)) > 0.0).all()
    assert (np.diff(np.append(temperature[-1], tail_c)) > 0.0).all()
    assert np.isfinite(tail_c).all()


def test_probability_reproduces_a_normal_curve() -> None:
    from statistics import NormalDist

    normal = NormalDist(350.0, 150.0)
    percent = np.array([30.0, 40.0, 50.0, 60.0, 70.0])
    temperature = np.array([normal.inv_cdf(p / 100.0) for p in percent])
    tail_c, tail = extrapolate(temperature, percent, "probability")
    for t, p in zip(tail_c[:-1], tail[:-1], strict=True):
        assert t == pytest.approx(normal.inv_cdf(p / 100.0), abs=1e-3)
    assert tail_c[-1] == pytest.approx(normal.inv_cdf(0.995), abs=1e-3)


def test_riazi_reproduces_its_own_distribution() -> None:
    start, a, b = 250.0, 1.2, 1.5
    percent = np.array([30.0, 40.0, 50.0, 60.0, 70.0, 75.0])
    kelvin = start * (1.0 + (a / b * np.log(1.0 / (1.0 - percent / 100.0))) ** (1.0 / b))
    tail_c, tail = extrapolate(kelvin - 273.15, percent, "riazi")
    wanted = start * (1.0 + (a / b * np.log(1.0 / (1.0 - tail[:-1] / 100.0))) ** (1.0 / b)) - 273.15
    np.testing.assert_allclose(tail_c[:-1], wanted, rtol=0.01)


def test_linear_goes_on_with_the_last_slope() -> None:
    tail_c, tail = extrapolate(np.array([100.0, 200.0, 300.0]), np.array([20.0, 40.0, 60.0]), "linear")
    np.testing.assert_allclose(tail_c[:-1], 300.0 + 5.0 * (tail[:-1] - 60.0), atol=1e-4)


@pytest.mark.parametrize(("method", "limit"), [("probability", 0.5), ("riazi", 0.8), ("linear", 2.6)])
def test_error_beyond_540_c_on_58_assays(method: str, limit: float) -> None:
    with shared("data/assays/adios_exxon_tbp.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    percent = np.array([0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100], dtype=float)
    error = []
    for row in rows:
        temperature = np.array([float(row[f"t{p:g}_C"]) for p in percent])
        known = np.array([80, 180, 290, 343, 400, 450, 490, 540], dtype=float)
        reached = np.interp(known, temperature, percent)
        fresh = np.append(True, np.diff(reached) > 0.0)
        if reached[-1] > 97.0:
            continue
        known, reached = known[fresh], reached[fresh]
        tail_c, tail = extrapolate(known, reached, method)  # type: ignore[arg-type]
        for wanted in (565.0, 600.0, 650.0, 700.0):
            if wanted < temperature[-1]:
                found = np.interp(wanted, np.append(known, tail_c), np.append(reached, tail))
                error.append(abs(found - np.interp(wanted, temperature, percent)))
    assert np.mean(error) < limit


def test_too_few_points() -> None:
    with pytest.raises(DataError, match="fewer than two"):
        extrapolate(np.array([100.0]), np.array([10.0]))
    with pytest.raises(DataError, match="fewer than two"):
        extrapolate(np.array([50.0, 100.0, 700.0]), np.array([0.0, 10.0, 100.0]))


def test_unknown_method() -> None:
    with pytest.raises(DataError, match="Known: probability, riazi, linear"):
        extrapolate(np.arange(4.0), np.arange(1.0, 5.0), "guess")  # type: ignore[arg-type]
