"""Programs with recipes: fixed ones against the exact flows, free ones as relaxations, steps to first order."""

from __future__ import annotations

import numpy as np
import pytest

from netback.io.pooling_json import read_pooling
from netback.program import highs
from netback.program.local.live import Clock
from netback.program.local.recipes import Recipes, spread
from netback.program.pooling.evaluate import evaluate
from netback.program.pooling.paths import Paths
from netback.program.problem import FloatArray
from shared import shared


def recipes_of(name: str) -> Recipes:
    return Recipes(Paths.of(read_pooling(shared(f"benchmarks/pooling/{name}.json"))))


def even(recipes: Recipes) -> FloatArray:
    return recipes.normal(np.zeros(len(recipes.paths.feeds)))


def every(recipes: Recipes, value: bool = True) -> np.ndarray:
    return np.full(len(recipes.paths.instance.pools), value)


def random_shares(recipes: Recipes, seed: int) -> FloatArray:
    return recipes.normal(np.random.default_rng(seed).random(len(recipes.paths.feeds)) ** 3)


@pytest.mark.parametrize("name", ["Haverly1", "Adhya4", "Foulds3", "sppA0"])
def test_shares_are_even_where_nothing_flows_and_add_up_to_one(name: str) -> None:
    recipes = recipes_of(name)
    for shares in (even(recipes), random_shares(recipes, 1)):
        total = np.bincount(recipes.paths.feed_pool, shares)
        assert total == pytest.approx(np.ones(len(total)))
        assert (shares >= 0.0).all()


def test_tiny_shares_are_dropped() -> None:
    recipes = recipes_of("Haverly1")
    assert recipes.normal(np.array([1.0, 1e-9])).tolist() == [1.0, 0.0]


def test_haverly_with_its_best_recipe() -> None:
    """The pool holds b alone; then 100 of y from b and 100 from c: 15 * 200 - 16 * 100 - 10 * 100 = 400."""
    recipes = recipes_of("Haverly1")
    names = [recipes.paths.instance.nodes[t] for t in recipes.paths.instance.arc_tail[recipes.paths.feeds]]
    quality = recipes.paths.instance.input_quality[[recipes.paths.instance.inputs.index(n) for n in names], 0]
    shares = (quality == quality.min()).astype(float)
    mix = recipes.fixed(shares, Clock())
    assert mix is not None
    assert mix.cost == pytest.approx(-400.0)
    flows = recipes.arc_flows(mix, shares)
    assert evaluate(recipes.paths.instance, flows).objective == pytest.approx(-400.0)


@pytest.mark.parametrize("name", ["Adhya1", "Adhya4", "Bental4", "Foulds2", "sppA0"])
@pytest.mark.parametrize("seed", range(3))
def test_flows_of_any_recipe_pass_the_independent_check(name: str, seed: int) -> None:
    recipes = recipes_of(name)
    shares = random_shares(recipes, seed)
    mix = recipes.fixed(shares, Clock())
    assert mix is not None
    found = evaluate(recipes.paths.instance, recipes.arc_flows(mix, shares))
    assert found.worst < 1e-8
    assert found.objective == pytest.approx(mix.cost, rel=1e-7, abs=1e-6)
    free = recipes.free(shares, every(recipes), Clock())
    assert free is not None
    assert free.cost <= mix.cost + 1e-6 * abs(mix.cost)


def test_all_pools_free_is_the_blending_relaxation() -> None:
    recipes = recipes_of("sppA0")
    free = recipes.free(even(recipes), every(recipes), Clock())
    relaxed = highs.solve(recipes.paths.blending())
    assert free is not None
    assert relaxed.objective is not None
    assert free.cost == pytest.approx(relaxed.objective, rel=1e-8)
    away, through = spread(recipes.paths, free.amounts)
    assert (away >= 0.0).all()
    assert away.max() > 1e-3 * through.max()


def test_pools_that_serve_one_output_have_one_mix() -> None:
    recipes = recipes_of("Adhya4")
    none = recipes.free(even(recipes), every(recipes), Clock(), output=-1)
    assert none is not None
    for output in range(len(recipes.paths.instance.outputs)):
        mix = recipes.free(even(recipes), every(recipes), Clock(), output=output)
        assert mix is not None
        assert mix.cost <= none.cost + 1e-9
        away, through = spread(recipes.paths, mix.amounts)
        assert (away <= 1e-7 * np.maximum(through, 1.0)).all()


def test_a_step_promises_no_less_than_staying_and_keeps_shares_whole() -> None:
    recipes = recipes_of("Adhya4")
    shares = even(recipes)
    here = recipes.fixed(shares, Clock())
    assert here is not None
    for radius in (0.0, 0.1, 1.0):
        step = recipes.step(shares, here.flows, radius, Clock())
        assert step is not None
        assert step.cost <= here.cost + 1e-6
        assert np.abs(step.change).max() <= radius + 1e-9
        assert np.bincount(recipes.paths.feed_pool, step.change) == pytest.approx(0.0, abs=1e-7)
        assert (shares + step.change >= -1e-9).all()


def test_the_slope_of_a_step_is_that_of_the_best_flows() -> None:
    """Finite differences: where no limit changes hands, a small step gains what it promises to first order."""
    recipes = recipes_of("Haverly1")
    shares = np.array([0.1, 0.9])
    here = recipes.fixed(shares, Clock())
    assert here is not None
    radius = 1e-3
    step = recipes.step(shares, here.flows, radius, Clock())
    assert step is not None
    there = recipes.fixed(recipes.normal(shares + step.change), Clock())
    assert there is not None
    promised, gained = here.cost - step.cost, here.cost - there.cost
    assert promised > 0.0
    assert gained == pytest.approx(promised, rel=0.05)


def test_a_price_lets_qualities_be_missed() -> None:
    recipes = recipes_of("Adhya4")
    shares = random_shares(recipes, 5)
    hard = recipes.fixed(shares, Clock())
    cheap = recipes.fixed(shares, Clock(), np.full(len(recipes.paths.row_lower), 1e-6))
    assert hard is not None
    assert cheap is not None
    assert hard.missing == 0.0
    assert cheap.missing > 0.0
    assert cheap.cost < hard.cost


def test_a_share_limit_closes_a_pool_that_breaks_it() -> None:
    paths = recipes_of("Haverly1").paths
    fraction = paths.instance.arc_fraction_upper.copy()
    fraction[paths.feeds[0]] = 0.25
    recipes = Recipes(Paths.of(paths.instance.with_(arc_fraction_upper=fraction)))
    assert even(recipes).tolist() == pytest.approx([0.2, 0.8])
    broken = recipes.fixed(np.array([0.5, 0.5]), Clock())
    assert broken is not None
    assert broken.flows == pytest.approx(0.0, abs=1e-9)


def test_no_time_no_answer() -> None:
    assert recipes_of("sppA0").free(np.full(62, 0.1), np.ones(10, dtype=bool), Clock(deadline=0.0)) is None
