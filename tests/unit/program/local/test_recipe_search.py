"""The search over recipes: known optima, plans that pass the independent check, seeds, starts and stopping."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from netback.io.pooling_json import read_pooling
from netback.program.local.live import Clock
from netback.program.local.recipe_search import RecipeSearch, _next_radius
from netback.program.pooling.evaluate import evaluate
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.paths import Paths
from netback.program.pooling.solve import solve_pooling
from netback.program.problem import FloatArray
from shared import shared


def read(name: str) -> PoolingInstance:
    return read_pooling(shared(f"benchmarks/pooling/{name}.json"))


def search_of(
    instance: PoolingInstance, seed: int = 0, clock: Clock | None = None
) -> tuple[RecipeSearch, list]:
    found: list[tuple[FloatArray, str]] = []
    search = RecipeSearch(
        Paths.of(instance), seed, clock or Clock(), lambda flows, how: found.append((flows, how))
    )
    return search, found


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("Haverly1", -400.0),
        ("Haverly3", -750.0),
        ("Bental4", -450.0),
        ("Foulds2", -1100.0),
        ("Adhya4", -877.65),
    ],
)
def test_optima_of_the_literature_are_found(name: str, optimum: float) -> None:
    search, found = search_of(read(name))
    best = search.run(10)
    assert best is not None
    assert best.cost == pytest.approx(optimum, rel=1e-4)
    assert evaluate(search.paths.instance, found[-1][0]).objective == pytest.approx(best.cost, rel=1e-8)


def test_a_local_optimum_stays_one_and_is_no_better_than_the_known_optimum() -> None:
    """Adhya1 has a plan at 509.78 that no change of recipes at hand makes better; the bounds find the other."""
    search, _ = search_of(read("Adhya1"))
    best = search.run(5)
    assert best is not None
    assert -549.81 <= best.cost <= -509.0


@pytest.mark.parametrize("name", ["Adhya4", "sppA0", "sppA2"])
def test_every_plan_offered_is_better_than_the_last_and_passes_the_check(name: str) -> None:
    search, found = search_of(read(name), seed=1)
    search.run(1)
    checked = [evaluate(search.paths.instance, flows) for flows, _ in found]
    assert checked
    assert max(one.worst for one in checked) < 1e-8
    values = [one.objective for one in checked]
    assert values == sorted(values, reverse=True)


def test_same_seed_same_plans() -> None:
    first, second, other = (search_of(read("Adhya4"), seed)[0] for seed in (3, 3, 4))
    plans = [search.run(2) for search in (first, second, other)]
    assert plans[0] is not None
    assert plans[1] is not None
    assert np.array_equal(plans[0].shares, plans[1].shares)
    assert first.recipes.iterations == second.recipes.iterations != other.recipes.iterations


@pytest.mark.parametrize("name", ["Adhya4", "sppA0"])
def test_all_ways_give_plans(name: str) -> None:
    search, _ = search_of(read(name), seed=2)
    none = search.recipes.normal(np.zeros(len(search.paths.feeds)))
    every = np.ones(search.pools, dtype=bool)
    plans = [search.settle(none, every), search.dive(none, every), search.serve(none, every)]
    values = [plan.cost for plan in plans if plan is not None]
    relaxed = search.recipes.free(none, every, Clock())
    assert len(values) == 3
    assert relaxed is not None
    assert all(relaxed.cost <= value < 0.0 for value in values)


def test_polish_never_loses() -> None:
    search, _ = search_of(read("sppA0"), seed=2)
    rng = np.random.default_rng(0)
    for _ in range(3):
        plan = search._plan(search.recipes.normal(rng.random(len(search.paths.feeds)) ** 4))
        assert plan is not None
        assert search.polish(plan).cost <= plan.cost


def test_a_dive_stops_where_the_relaxation_is_worth_no_more() -> None:
    search, _ = search_of(read("Haverly1"))
    none, every = np.array([0.5, 0.5]), np.ones(1, dtype=bool)
    assert search.dive(none, every, worth=-501.0) is None
    assert search.dive(none, every, worth=-399.0) is not None


def test_a_search_that_stands_goes_on_elsewhere_and_keeps_its_best_plan() -> None:
    search, found = search_of(read("sppA0"))
    places = []
    for number in range(6):
        search._stale = 1000
        search._round(number)
        assert search._now is not None
        places.append(search._now.cost)
    assert search.best is not None
    assert search.best.cost == min(places)
    assert len(set(places)) > 1
    assert found


def test_a_lower_limit_that_cannot_be_met_brings_no_plan() -> None:
    instance = read("Haverly1")
    search, found = search_of(
        instance.with_(demand_lower=np.full(2, 90.0), supply_upper=np.full(3, 10.0)), seed=0
    )
    best = search.run(3)
    assert best is None or best.mix.missing > 0.0
    assert not found


def test_a_lower_limit_is_met() -> None:
    instance = read("Haverly1")
    lower = np.minimum(instance.demand_upper, 50.0)
    search, found = search_of(instance.with_(demand_lower=lower))
    search.run(4)
    assert found
    assert evaluate(search.paths.instance, found[-1][0]).worst < 1e-8


def test_it_stops_when_told() -> None:
    calls: list[int] = []

    def over() -> bool:
        calls.append(1)
        return len(calls) > 20

    search, _ = search_of(read("sppA0"), clock=Clock(cancel=over))
    search.run()
    assert 20 < len(calls) < 60


@pytest.mark.parametrize(
    ("gain", "expected", "radius"),
    [(1.0, 1.0, 0.6), (0.3, 1.0, 0.3), (0.0, 1.0, 0.075), (-math.inf, 1.0, 0.075), (1.0, math.inf, 0.3)],
)
def test_trust_radius(gain: float, expected: float, radius: float) -> None:
    assert _next_radius(0.3, gain, expected) == pytest.approx(radius)


def test_no_linear_program_of_it_outlasts_the_clock() -> None:
    """Without the deadline in the programs the first of them alone may take twenty seconds."""
    started = time.monotonic()
    search, _ = search_of(read("sppC0"), clock=Clock(deadline=started + 0.3))
    search.run()
    assert search.clock.is_over()
    assert time.monotonic() - started < 15.0


def test_a_solve_gives_the_search_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []
    run = RecipeSearch.run

    def seen(search: RecipeSearch, patience: int | None = None) -> object:
        left.append(search.clock.left)
        return run(search, patience)

    monkeypatch.setattr(RecipeSearch, "run", seen)
    solve_pooling(read("Adhya1"), time_limit=0.8, gap=1e-9)
    assert left
    assert max(left) <= 0.8


def test_a_guess_is_settled_once_prices_are_known() -> None:
    """Flows of the optimum, as a relaxation that is nearly closed gives them: each is asked for once and followed."""
    instance = read("Adhya1")
    best = solve_pooling(instance, time_limit=20.0).flows
    assert best is not None
    guesses, found = [best], []
    search = RecipeSearch(
        Paths.of(instance),
        0,
        Clock(),
        lambda flows, how: found.append((flows, how)),
        lambda: guesses.pop() if guesses else None,
    )
    assert search._from_guess() is None
    assert guesses
    search._prices = np.full(len(search.paths.row_lower), 10.0)
    plan = search._from_guess()
    assert plan is not None
    search._follow(plan)
    assert not guesses
    flows, how = found[-1]
    assert how == "recipes, guess"
    made = evaluate(instance, flows)
    assert made.worst < 1e-6
    assert made.objective == pytest.approx(float(instance.cost_of_flow @ best), rel=1e-4)


def test_the_rounds_of_a_search_take_guesses() -> None:
    instance = read("Adhya1")
    asked: list[int] = []
    search = RecipeSearch(Paths.of(instance), 0, Clock(), lambda *_: None, lambda: asked.append(1))
    search.run(4)
    assert search._prices is not None
    assert asked
