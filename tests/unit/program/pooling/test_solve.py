"""Solving an instance: Haverly's optima, points carried between forms, and bad arguments."""

from __future__ import annotations

import numpy as np
import pytest
from pooling_cases import cycle, haverly, random_case

from netback.errors import ModelError
from netback.program.certify import residuals
from netback.program.pooling.forms import pooling_problem
from netback.program.pooling.solve import as_other, solve_pooling


@pytest.mark.parametrize(("number", "optimum"), [(1, -400.0), (2, -600.0), (3, -750.0)])
def test_haverly_is_proven(number: int, optimum: float) -> None:
    found = solve_pooling(haverly(number), time_limit=20.0)
    assert found.certificate.word == "proven"
    assert found.evaluation is not None
    assert found.evaluation.objective == pytest.approx(optimum, rel=1e-4)
    assert found.evaluation.worst < 1e-6
    assert found.certificate.bound is not None
    assert found.certificate.bound <= optimum + 1e-6


def test_a_cycle_is_proven() -> None:
    found = solve_pooling(cycle(), time_limit=20.0)
    assert found.certificate.word == "proven"
    assert found.certificate.value == pytest.approx(-360.0, rel=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_points_go_to_the_other_form_and_back(seed: int) -> None:
    instance, flows = random_case(seed)
    main, other = pooling_problem(instance, "source"), pooling_problem(instance, "tp")
    form = as_other(main, other)
    there = form.from_main(main.start_of(flows))
    assert residuals(other.problem, there).worst_primal[0] < 1e-9
    back = form.to_main(there)
    assert np.array_equal(main.flows_of(back), flows)


@pytest.mark.parametrize("seed", range(6))
def test_no_known_plan_beats_the_bound(seed: int) -> None:
    instance, flows = random_case(seed)
    found = solve_pooling(instance, time_limit=3.0)
    known = float(instance.cost_of_flow @ flows)
    assert found.certificate.word in ("proven", "feasible")
    assert found.certificate.bound is None or found.certificate.bound <= known + 1e-6 * max(1.0, abs(known))


@pytest.mark.parametrize(
    "argument", [{"gap": 0.0}, {"gap": 2.0}, {"time_limit": -1.0}, {"time_limit": float("nan")}]
)
def test_bad_arguments(argument: dict[str, float]) -> None:
    with pytest.raises(ModelError):
        solve_pooling(haverly(), **argument)  # type: ignore[arg-type]
