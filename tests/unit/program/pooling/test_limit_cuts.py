"""Cuts from one limit and one pool: they hold at every plan, in every range, and close gaps that can be worked out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pooling_cases import haverly, instance_of, random_case

from netback.program.bounds.cuts import with_cuts
from netback.program.bounds.lazy import LazyRelaxation
from netback.program.bounds.live import Answer, LiveRelaxation
from netback.program.bounds.points import Finder
from netback.program.bounds.ranges import Ranges, Structure
from netback.program.bounds.relax import Pairs
from netback.program.form import same
from netback.program.pooling.forms import PoolingModel, pooling_problem
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.limit_cuts import LimitCuts, mean_least
from netback.program.pooling.parts import InputShares
from netback.program.pooling.solve import solve_pooling
from netback.program.problem import FloatArray
from netback.program.side import Side


def cutter_of(model: PoolingModel) -> LimitCuts:
    (shares,) = (part for part in model.parts if isinstance(part, InputShares))
    return LimitCuts(shares)


def with_products(pairs: Pairs, x: FloatArray) -> FloatArray:
    return np.concatenate([x, x[pairs.a] * x[pairs.b]])


def root(instance: PoolingInstance, rounds: int = 20) -> tuple[float, float, int]:
    """Bound of the form by shares of inputs, the same with cuts, and how many there were."""
    model = pooling_problem(instance, "pq")
    low, high = model.problem.column_lower, model.problem.column_upper
    live = LiveRelaxation(model.problem, low, high)
    answer = live.solve()
    first, made, cutter = answer.bound, 0, cutter_of(model)
    for _ in range(rounds):
        assert answer.x is not None
        cuts = cutter.cuts(live.pairs, Ranges(low, high), answer.x)
        if not len(cuts):
            break
        made += len(cuts)
        live.add(cuts)
        answer = live.solve()
    return first, answer.bound, made


@pytest.mark.parametrize(("number", "optimum"), [(1, -400.0), (2, -600.0), (3, -750.0)])
def test_haverly_is_closed_in_part_and_never_cut_off(number: int, optimum: float) -> None:
    before, after, made = root(haverly(number))
    assert made > 0
    assert before < after <= optimum + 1e-6
    # Of the first two problems a quarter and more is closed.
    assert number == 3 or optimum - after < 0.75 * (optimum - before)


def test_a_pool_too_bad_for_all_the_rest_can_make_up_is_held_back() -> None:
    """With r the share of the bad input b: flow of the pool to x is at most 1 / (1 + r), worked out by hand.

    Qualities over the limit: pool 2 r - 1, c -1. Delivered up to 1: ``u <= 1 - f`` and ``u = (2 r - 1) f``.
    The pool gives to y without a limit, where only b pays, so that its shares are worth something.
    """
    one = instance_of(
        [("a", "p"), ("b", "p"), ("c", "x"), ("p", "x"), ("p", "y")],
        {"a": (0.0, [0.0]), "b": (0.0, [2.0]), "c": (0.0, [0.0])},
        {"x": (1.0, 1.0, [1.0]), "y": (1.0, 1.0, [np.inf])},
        {"p": np.inf},
    )
    model = pooling_problem(one, "pq")
    flow = dict(
        zip(zip(one.arc_tail.tolist(), one.arc_head.tolist(), strict=True), model.flow_ids, strict=True)
    )
    cutter, pairs = cutter_of(model), Pairs.of(model.problem.products)
    low, high = model.problem.column_lower, np.minimum(model.problem.column_upper, 10.0)
    for share in (0.6, 0.75, 0.9, 1.0):
        most = 1.0 / (1.0 + (2.0 * share - 1.0))
        for part, broken in ((0.999, False), (1.02, True)):
            # A point of the relaxation that claims a flow with u as the true product, and no room for it.
            f = part * most
            flows = np.zeros(one.arcs)
            into_y = 0.5
            flows[[0, 1, 3, 4]] = (1 - share) * (f + into_y), share * (f + into_y), f, into_y
            flows[2] = 1.0 - f
            x = with_products(pairs, model.start_of(flows))
            rows = cutter.cuts(pairs, Ranges(low, high), x)
            assert (len(rows) > 0) is broken
            assert flow[3, 5] in model.flow_ids


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_no_plan_is_ever_cut_off(seed: int, other: int) -> None:
    instance, flows = random_case(seed)
    if (instance.from_pool & instance.to_pool).any():
        kept = ~(instance.from_pool & instance.to_pool)
        if not kept.any() or flows[~kept].any():
            return
    model = pooling_problem(instance, "pq")
    if not len(model.problem.products):
        return
    rng = np.random.default_rng(other)
    plan = model.start_of(flows)
    low, high = model.problem.column_lower.copy(), model.problem.column_upper.copy()
    # Any ranges that hold the plan.
    near = rng.random(len(plan)) < 0.5
    low = np.where(near, np.maximum(low, plan - rng.uniform(0, 1, len(plan))), low)
    high = np.where(near, np.minimum(high, plan + rng.uniform(0, 1, len(plan))), high)
    live = LiveRelaxation(model.problem, low, high)
    cutter, truth = cutter_of(model), with_products(live.pairs, plan)
    for _ in range(4):
        live.set_cost(rng.normal(size=len(truth)))
        answer = live.solve()
        if answer.x is None:
            continue
        cuts = cutter.cuts(live.pairs, Ranges(low, high), answer.x)
        slack = cuts.coefficients @ truth - cuts.lower
        size = np.abs(cuts.coefficients) @ np.abs(truth) + np.abs(cuts.lower)
        assert (slack >= -1e-9 * size).all()
        assert (cuts.coefficients @ answer.x < cuts.lower).all()


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4),
    st.integers(0, 10**6),
)
def test_the_least_mean_is_below_every_mean(parts: list[tuple[float, float, float]], seed: int) -> None:
    values = np.array([value for value, _, _ in parts])
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(parts)))
    lower = np.array([a * w for (_, a, _), w in zip(parts, weights, strict=True)])
    upper = np.array([w + b * (1 - w) for (_, _, b), w in zip(parts, weights, strict=True)])
    found = mean_least(values, lower, upper)
    assert found <= float(weights @ values) + 1e-12
    assert found >= values.min()


def test_the_least_mean_fills_the_least_first() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert mean_least(values, np.array([0.2, 0.0, 0.0]), np.array([1.0, 0.5, 1.0])) == pytest.approx(
        0.2 * 3.0 + 0.5 * 1.0 + 0.3 * 2.0
    )
    # Without weights that sum to one nothing is known but the least value.
    assert mean_least(values, np.zeros(3), np.full(3, 0.2)) == 1.0


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_stays_below_the_best_plan(seed: int) -> None:
    """Two pools, two outputs, two qualities: bound with cuts below the value that a solve proves."""
    rng = np.random.default_rng(seed)
    arcs = list(itertools.product(("a", "b"), ("p",))) + list(itertools.product(("b", "c"), ("q",)))
    arcs += [*itertools.product(("p", "q"), ("x", "y")), ("d", "x"), ("d", "y")]
    one = instance_of(
        arcs,
        {name: (float(rng.uniform(0, 10)), rng.uniform(0, 4, 2).tolist()) for name in "abcd"},
        {
            name: (float(rng.uniform(8, 20)), float(rng.uniform(50, 200)), rng.uniform(1, 3, 2).tolist())
            for name in "xy"
        },
        {"p": 150.0, "q": 150.0},
    )
    before, after, _ = root(one)
    found = solve_pooling(one, gap=1e-6, time_limit=20.0)
    assert found.certificate.word == "proven"
    assert found.certificate.value is not None
    assert before - 1e-9 <= after <= found.certificate.value + 1e-6 * abs(found.certificate.value)


def test_rows_of_cuts_are_rows_of_the_program() -> None:
    model = pooling_problem(haverly(1), "pq")
    low, high = model.problem.column_lower, model.problem.column_upper
    live = LiveRelaxation(model.problem, low, high)
    answer = live.solve()
    assert answer.x is not None
    cuts = cutter_of(model).cuts(live.pairs, Ranges(low, high), answer.x)
    live.add(cuts)
    again = LiveRelaxation(with_cuts(model.problem, cuts), low, high)
    assert live.solve().bound == pytest.approx(again.solve().bound, abs=1e-6)
    assert live.row_count == again.row_count


def test_a_form_without_a_cutter_has_none() -> None:
    assert same(pooling_problem(haverly(1), "p").problem).cutter is None


def test_cuts_of_a_pool_that_is_always_good_hold_where_the_rest_is_good_too() -> None:
    """Qualities over the limit: pool -3 to -1, direct +2 and -2; points need not be of the relaxation to be cut."""
    one = instance_of(
        [("a", "p"), ("b", "p"), ("p", "x"), ("c", "x"), ("d", "x")],
        {"a": (0.0, [-3.0]), "b": (0.0, [-1.0]), "c": (0.0, [2.0]), "d": (0.0, [-2.0])},
        {"x": (1.0, 10.0, [0.0])},
        {"p": np.inf},
    )
    model = pooling_problem(one, "pq")
    pairs, cutter = Pairs.of(model.problem.products), cutter_of(model)
    ranges = Ranges(model.problem.column_lower, np.minimum(model.problem.column_upper, 10.0))
    rng = np.random.default_rng(4)

    def plan() -> FloatArray:
        while True:
            share, flows = (
                rng.uniform(),
                10.0 * rng.dirichlet(np.ones(4))[:3] * rng.choice([0.01, 0.3, 1.0], 3),
            )
            quality = -3.0 * share - (1.0 - share)
            if quality * flows[0] + 2.0 * flows[1] - 2.0 * flows[2] <= 0.0:
                inside = np.array([share * flows[0], (1.0 - share) * flows[0], *flows])
                return with_products(pairs, model.start_of(inside))

    plans = np.array([plan() for _ in range(300)])
    made = 0
    for x in plans:
        off = x.copy()
        off[-len(pairs) :] *= rng.uniform(0.0, 2.0, len(pairs))
        off[model.flow_ids] = rng.uniform(0.0, 10.0, one.arcs)
        cuts = cutter.cuts(pairs, ranges, off)
        made += len(cuts)
        assert (cuts.coefficients @ plans.T >= cuts.lower[:, None] - 1e-9).all()
    assert made > 30


@pytest.mark.parametrize("kind", [LiveRelaxation, LazyRelaxation])
def test_only_a_relaxation_whose_rows_stay_is_cut(kind: type[LiveRelaxation]) -> None:
    problem = pooling_problem(haverly(1), "pq").problem
    ranges = Ranges(problem.column_lower, problem.column_upper)
    live = kind(problem, ranges.lower, ranges.upper)
    model = pooling_problem(haverly(1), "pq")
    form = same(problem, cutter_of(model).cuts)
    side = Side(form, ranges, Structure.of(problem), live, Finder(problem))
    first = live.solve()
    cut = side.cut(first, 5.0)
    stays = kind is LiveRelaxation
    assert (cut.bound > first.bound + 1.0) is stays
    assert (side.form.problem.shape[0] > problem.shape[0]) is stays
    assert side.form.for_points is problem


def test_a_round_that_is_stopped_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model = pooling_problem(haverly(1), "pq")
    ranges = Ranges(model.problem.column_lower, model.problem.column_upper)
    live = LiveRelaxation(model.problem, ranges.lower, ranges.upper)
    form = same(model.problem, cutter_of(model).cuts)
    side = Side(form, ranges, Structure.of(model.problem), live, Finder(model.problem))
    first = live.solve()
    monkeypatch.setattr(live, "solve", lambda _: Answer("stopped", -np.inf, None, None))
    assert side.cut(first, 0.0) is first
    assert side.form is form
