"""Plans of shipped cases that several files of tests look at, solved and drawn once for all of them."""

from __future__ import annotations

import warnings
from functools import cache

import pytest

from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.plots import plan as plots
from netback.plots.style import Drawn
from netback.results import solution as solutions
from netback.results.solution import Solution, solution_of
from three_months import three_months


@cache
def solution(name: str, scenario: str | None = None) -> Solution:
    """The tables of a shipped case planned as it stands, or of the three months of the tests."""
    return solution_of(plan(three_months() if name == "three_months" else read_case(name, scenario)))


@cache
def without_worths(name: str, gap: float | None = None) -> Solution:
    """The same of a case with ships; its break-even prices, two integer solves each, are not asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solutions, "offer_worths", lambda _: ())
        return solution_of(plan(read_case(name), gap=gap))


@cache
def figures(name: str, *, ships: bool = False) -> dict[str, Drawn]:
    """Every figure of such a plan, with ships their ways as well; drawing them warns of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return (
            plots.figures(without_worths(name), read_case(name)) if ships else plots.figures(solution(name))
        )
