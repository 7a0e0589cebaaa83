"""Break-even prices of plans with pools: those of the best plans with a parcel more and less, found globally."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from netback.case.case import Case
from netback.planning import worth_pooled
from netback.planning.mixes import Loose, held, mixes
from netback.planning.recursion import Recursion
from netback.planning.solve import Plan, plan
from netback.planning.worth import offer_worths
from netback.planning.worth_pooled import PooledProber
from netback.program.globally import solve_global
from netback.program.highs import Session
from pool_cases import haverly, in_a_row, over_time, passed_on, with_deltas

CASES: list[Callable[[], Case]] = [in_a_row, over_time, with_deltas, passed_on]


def best_with(made: Plan, position: int, period: int, change: float) -> float | None:
    """Margin of the best plan of any mix with the quantity of an offer changed; None where there is none."""
    problem = made.model.problem
    column = problem.block("purchase").ids[position, period]
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    lower[column] = upper[column] = made.x[column] + change
    changed = problem.with_(column_lower=lower, column_upper=upper)
    return solve_global(changed, gap=1e-5, time_limit=20.0)[1].value


@pytest.mark.parametrize("make", CASES)
def test_worths_are_differences_of_proven_best_plans(make: Callable[[], Case]) -> None:
    """The parcel is a thousandth of what is bought, so the two agree but for its square."""
    made = plan(make(), pooling="exact")
    assert made.certificate.word == "proven"
    found = {(one.offer, one.period): one for one in offer_worths(made)}
    compared = 0
    for position, tranche in enumerate(made.model.tranches):
        for period, name in enumerate(made.model.build.periods):
            if tranche.line[period] is None:
                continue
            told = found[tranche.offer, name]
            for worth, change in ((told.worth_next, told.parcel), (told.worth_last, -told.parcel_last)):
                margin = best_with(made, position, period, change) if change else None
                assert (worth is None) == (margin is None)
                if worth is None or margin is None:
                    continue
                assert made.certificate.value is not None
                exact = told.delivered + (margin - made.certificate.value) / change
                assert worth == pytest.approx(exact, rel=0.02, abs=0.05)
                compared += 1
    assert compared >= 4


def test_the_published_plan_of_haverly() -> None:
    """By hand: 100 of B (1 % sulphur) and 100 of C (2 %) make the 200 of Y (1.5 %, 15) that are sold.

    One more of A (3 %) goes with 101 of B and 98 of C: 2 at 10 are saved, 1 at 16 is bought. One more of B: 1 of A at 6
    in place of 2 of C. The last B takes its C along and 2 of Y; half an A and half a B stand in for the last C. No mix
    has room for one more C, so it is sold as X, at 9.
    """
    made = plan(haverly(), pooling="exact")
    told = {one.offer: one for one in offer_worths(made)}
    assert {name: one.quantity for name, one in told.items()} == pytest.approx(
        {"A": 0.0, "B": 100.0, "C": 100.0}
    )
    assert told["A"].worth_next == pytest.approx(2 * 10.0 - 16.0)
    assert told["B"].worth_next == pytest.approx(2 * 10.0 - 6.0)
    assert told["B"].worth_last == pytest.approx(2 * 15.0 - 10.0)
    assert told["C"].worth_next == pytest.approx(9.0)
    assert told["C"].worth_last == pytest.approx(0.5 * 6.0 + 0.5 * 16.0)
    assert told["A"].break_even == pytest.approx(4.0)
    assert not told["B"].is_point


def test_the_same_plan_has_the_same_worths() -> None:
    made = plan(over_time(), pooling="exact")
    assert offer_worths(made) == offer_worths(made)
    assert all(one.break_even is not None for one in offer_worths(made))


def short_of_the_best(case: Case) -> Plan:
    """The plan with mixes of even shares: nobody would stay there."""
    made = plan(case, pooling="exact")
    loose, chosen = Loose.of(made.model), mixes(made.model.pools, made.x)
    even = [replace(mix, share=np.full_like(mix.share, 1.0 / len(mix.share))) for mix in chosen]
    raw = Session().solve(held(loose, even))
    assert raw.x is not None
    run = Recursion(made.model, 10.0)
    assert run._hold(even)
    assert run.best.x is not None
    x = run.best.x
    value = float(made.model.problem.objective @ x)
    return replace(made, raw=replace(made.raw, x=x), certificate=replace(made.certificate, value=value))


def test_a_plan_that_is_no_local_optimum_is_brought_to_one_first() -> None:
    made = short_of_the_best(with_deltas())
    prober = PooledProber(made)
    assert prober.settled
    assert prober.problem.objective[: len(prober.x)] @ prober.x > made.model.problem.objective @ made.x + 1.0
    assert any(one.break_even is not None for one in offer_worths(made))


def test_nothing_is_known_where_no_local_optimum_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    made = short_of_the_best(with_deltas())
    monkeypatch.setattr(worth_pooled, "PASSES", 0)
    prober = PooledProber(made)
    assert not prober.settled
    assert prober.moved(0, 0, 1.0) is None
    assert all(one.break_even is None for one in offer_worths(made))
