"""What holds of every pooling instance and plan: contents are kept, names and order do not matter, faults are named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pooling_cases import INF, cycle, haverly, instance_of, random_case

from netback.io.pooling_json import read_pooling
from netback.program import highs
from netback.program.bounds.relax import mccormick
from netback.program.certify import objective_value
from netback.program.pooling.evaluate import evaluate, pool_qualities
from netback.program.pooling.forms import FORMS, pooling_problem
from netback.program.pooling.instance import PoolingInstance
from netback.program.pooling.structure import (
    flow_upper,
    input_shares,
    on_cycle,
    output_shares,
    quality_range,
    reach,
)
from netback.program.problem import FloatArray
from shared import shared

seeds = st.integers(0, 5_000)


def by_mixing(instance: PoolingInstance, flows: FloatArray, rounds: int = 4_000) -> FloatArray:
    """Qualities (L, K) of pools by mixing again and again what flows in, from zero; those that are fed settle."""
    first, count = instance.first_pool, len(instance.pools)
    found = np.zeros((count, len(instance.qualities)))
    into = [instance.entering[first + pool] for pool in range(count)]
    into = [arcs[flows[arcs] > 0.0] for arcs in into]
    for _ in range(rounds):
        known = np.vstack([instance.input_quality, found])
        new = found.copy()
        for pool, arcs in enumerate(into):
            if len(arcs):
                new[pool] = flows[arcs] @ known[instance.arc_tail[arcs]] / flows[arcs].sum()
        if np.abs(new - found).max(initial=0.0) < 1e-13:
            break
        found = new
    return found


def in_order(instance: PoolingInstance, arcs: np.ndarray) -> PoolingInstance:
    """The same instance with its arcs in another order."""
    names = ("tail", "head", "cost", "lower", "upper", "fraction_upper")
    return instance.with_(**{f"arc_{name}": getattr(instance, f"arc_{name}")[arcs] for name in names})


class TestMixing:
    @given(seeds)
    def test_qualities_are_where_mixing_again_and_again_ends(self, seed: int) -> None:
        instance, flows = random_case(seed)
        found = pool_qualities(instance, flows)
        told = ~np.isnan(found)
        assert found[told] == pytest.approx(by_mixing(instance, flows)[told], abs=1e-6)

    @given(seeds)
    def test_what_comes_in_goes_out(self, seed: int) -> None:
        """Of every quality, over the whole network: flows times qualities in and out, cycles or not."""
        instance, flows = random_case(seed)
        first, last = instance.first_pool, instance.first_output
        known = np.vstack([instance.input_quality, np.nan_to_num(pool_qualities(instance, flows))])
        brought = (
            flows[instance.arc_tail < first]
            @ instance.input_quality[instance.arc_tail[instance.arc_tail < first]]
        )
        out = instance.arc_head >= last
        taken = flows[out] @ known[instance.arc_tail[out]]
        assert taken == pytest.approx(brought, abs=1e-8 * max(1.0, float(np.abs(brought).max(initial=0.0))))

    @given(seeds)
    def test_no_pool_is_beyond_the_inputs_that_reach_it(self, seed: int) -> None:
        instance, flows = random_case(seed)
        found = pool_qualities(instance, flows)
        low, high = quality_range(instance, reach(instance)[0])
        told = ~np.isnan(found)
        assert (found[told] >= low[told] - 1e-9).all()
        assert (found[told] <= high[told] + 1e-9).all()

    @given(seeds)
    def test_shares_by_input_are_what_the_qualities_are_made_of(self, seed: int) -> None:
        instance, flows = random_case(seed)
        found = pool_qualities(instance, flows)
        shares = input_shares(instance, flows, reach(instance)[0])
        made = shares @ instance.input_quality
        told = ~np.isnan(found)
        assert made[told] == pytest.approx(found[told], abs=1e-8)

    @given(seeds)
    def test_shares_by_output_send_all_that_is_delivered(self, seed: int) -> None:
        """The direct inflows of pools, times their shares by output, are what the pools deliver to each output."""
        instance, flows = random_case(seed)
        first, last = instance.first_pool, instance.first_output
        shares = output_shares(instance, flows, reach(instance)[1])
        direct = instance.to_pool & ~instance.from_pool
        sent = np.zeros(len(instance.outputs))
        for arc in np.flatnonzero(direct):
            sent += flows[arc] * shares[instance.arc_head[arc] - first]
        got = np.zeros(len(instance.outputs))
        delivering = instance.from_pool & ~instance.to_pool
        np.add.at(got, instance.arc_head[delivering] - last, flows[delivering])
        assert sent == pytest.approx(got, abs=1e-8)


class TestEvaluation:
    @given(seeds)
    def test_the_objective_is_the_cost_of_every_flow(self, seed: int) -> None:
        instance, flows = random_case(seed)
        found = evaluate(instance, flows).objective
        assert found == pytest.approx(float(instance.cost_of_flow @ flows), abs=1e-9)
        model = pooling_problem(instance, "pq")
        assert objective_value(model.problem, model.start_of(flows)) == pytest.approx(found, abs=1e-9)

    @given(seeds, st.floats(0.1, 10.0))
    def test_flows_and_bounds_of_another_size_are_worth_their_size(self, seed: int, size: float) -> None:
        instance, flows = random_case(seed)
        names = (
            "supply_lower",
            "supply_upper",
            "pool_capacity",
            "demand_lower",
            "demand_upper",
            "arc_lower",
            "arc_upper",
        )
        larger = instance.with_(**{name: size * getattr(instance, name) for name in names})
        before, after = evaluate(instance, flows), evaluate(larger, size * flows)
        assert after.objective == pytest.approx(size * before.objective, abs=1e-8)
        assert after.worst <= 1e-9
        assert np.array_equal(
            np.isnan(pool_qualities(larger, size * flows)), np.isnan(pool_qualities(instance, flows))
        )

    @given(seeds)
    def test_the_order_of_arcs_does_not_matter(self, seed: int) -> None:
        instance, flows = random_case(seed)
        order = np.random.default_rng(seed).permutation(instance.arcs)
        other = in_order(instance, order)
        one, two = evaluate(instance, flows), evaluate(other, flows[order])
        assert two.objective == pytest.approx(one.objective, abs=1e-10)
        assert pool_qualities(other, flows[order]) == pytest.approx(
            pool_qualities(instance, flows), nan_ok=True, abs=1e-9
        )

    def broken(self, instance: PoolingInstance, flows: FloatArray, where: str) -> None:
        found = evaluate(instance, flows)
        assert found.where == where
        assert found.worst > 0.05

    @given(seeds, st.sampled_from(["arc_upper", "supply_upper", "pool_capacity", "demand_upper"]))
    def test_half_of_what_flows_is_too_narrow_a_bound_and_named(self, seed: int, name: str) -> None:
        instance, flows = random_case(seed)
        first, last = instance.first_pool, instance.first_output
        into = np.bincount(instance.arc_head, flows, len(instance.nodes))
        out = np.bincount(instance.arc_tail, flows, len(instance.nodes))
        arcs = [f"flow from {' to '.join(instance.arc_label(arc))}" for arc in range(instance.arcs)]
        values, places = {
            "arc_upper": (flows, arcs),
            "supply_upper": (out[:first], [f"supply of {node}" for node in instance.inputs]),
            "pool_capacity": (into[first:last], [f"capacity of {node}" for node in instance.pools]),
            "demand_upper": (into[last:], [f"demand of {node}" for node in instance.outputs]),
        }[name]
        at = int(np.argmax(values))
        if values[at] <= 2.0:
            return
        bounds = np.array(getattr(instance, name))
        bounds[at] = 0.5 * values[at]
        free = {
            lower: np.zeros_like(getattr(instance, lower))
            for lower in ("arc_lower", "supply_lower", "demand_lower")
        }
        self.broken(instance.with_(**free, **{name: bounds}), flows, places[at])

    @given(seeds)
    def test_half_of_a_share_is_too_narrow_and_named(self, seed: int) -> None:
        instance, flows = random_case(seed)
        direct = np.flatnonzero(instance.to_pool & ~instance.from_pool)
        arc = int(direct[np.argmax(flows[direct])])
        if flows[arc] <= 2.0:
            return
        total = flows[instance.arc_head == instance.arc_head[arc]].sum()
        limits = np.full(instance.arcs, INF)
        limits[arc] = 0.5 * flows[arc] / total
        where = f"share of {' in '.join(instance.arc_label(arc))}"
        self.broken(instance.with_(arc_fraction_upper=limits), flows, where)

    @given(seeds, st.sampled_from(["ub", "lb"]))
    def test_a_limit_that_the_delivered_mix_misses_by_one_is_named(self, seed: int, side: str) -> None:
        instance, flows = random_case(seed)
        known = np.vstack([instance.input_quality, np.nan_to_num(pool_qualities(instance, flows))])
        output = int(np.argmax([flows[arcs].sum() for arcs in instance.entering[instance.first_output :]]))
        arcs = instance.entering[instance.first_output + output]
        total = flows[arcs].sum()
        if total <= 2.0:
            return
        mean = float(flows[arcs] @ known[instance.arc_tail[arcs], 0]) / total
        bound = mean - 1.0 if side == "ub" else mean + 1.0
        low, high = (np.full(instance.quality_lower.shape, end) for end in (-INF, INF))
        (high if side == "ub" else low)[output, 0] = bound
        where = f"quality_{side} {instance.qualities[0]} of {instance.outputs[output]}"
        found = evaluate(instance.with_(quality_lower=low, quality_upper=high), flows)
        assert found.where == where
        quality = known[instance.arc_tail[arcs], 0]
        size = np.maximum(np.abs(quality), abs(bound)) * np.maximum(1.0, flows[arcs])
        assert found.worst == pytest.approx(total / float(size.max()), rel=1e-6)


class TestNetwork:
    @given(seeds)
    def test_an_arc_is_on_a_cycle_where_its_head_leads_back(self, seed: int) -> None:
        instance, _ = random_case(seed)
        first, last = instance.first_pool, instance.first_output
        ways = {
            pool: {
                int(h)
                for t, h in zip(instance.arc_tail, instance.arc_head, strict=True)
                if t == pool and first <= h < last
            }
            for pool in range(first, last)
        }

        def leads(begin: int, end: int) -> bool:
            seen, waiting = {begin}, [begin]
            while waiting:
                for other in ways[waiting.pop()] - seen:
                    seen.add(other)
                    waiting.append(other)
            return end in seen

        for arc, round_ in enumerate(on_cycle(instance)):
            tail, head = int(instance.arc_tail[arc]), int(instance.arc_head[arc])
            inner = first <= tail < last and first <= head < last
            assert bool(round_) is (inner and leads(head, tail))

    def test_capacities_go_along_a_chain(self) -> None:
        made = instance_of(
            [("a", "p"), ("p", "q"), ("q", "r"), ("r", "x")],
            {"a": (1.0, [1.0])},
            {"x": (5.0, 7.0, [2.0])},
            {"p": INF, "q": INF, "r": 50.0},
        )
        upper, throughput = flow_upper(made)
        assert upper.tolist() == [7.0] * 4
        assert throughput.tolist() == [7.0] * 3
        narrow = made.with_(supply_upper=np.array([3.0]))
        assert flow_upper(narrow)[0].tolist() == [3.0] * 4
        wide = made.with_(arc_upper=np.array([INF, 2.0, INF, INF]))
        assert flow_upper(wide)[0].tolist() == [2.0] * 4

    def test_a_limited_share_limits_its_arc_and_no_other(self) -> None:
        limits = np.full(6, INF)
        limits[1] = 0.25
        upper, _ = flow_upper(haverly().with_(arc_fraction_upper=limits))
        assert upper[1] == pytest.approx(0.25 * 300.0)
        assert upper[0] == 300.0

    def test_a_least_flow_above_every_limit_stays(self) -> None:
        lower = np.array([0.0, 0.0, 0.0, 0.0, 120.0, 0.0])
        assert flow_upper(haverly().with_(arc_lower=lower))[0][4] == 120.0


class TestForms:
    @settings(max_examples=15)
    @given(seeds)
    def test_the_order_of_arcs_moves_no_bound(self, seed: int) -> None:
        instance, _ = random_case(seed)
        other = in_order(instance, np.random.default_rng(seed).permutation(instance.arcs))
        for form in ("p", "pq", "tp"):
            one, two = (
                highs.solve(mccormick(pooling_problem(made, form).problem).linear)
                for made in (instance, other)
            )
            if one.status == "optimal":
                assert two.objective == pytest.approx(one.objective, rel=1e-6, abs=1e-6)
            else:
                assert two.status == one.status

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("name", ["Adhya1", "Bental4", "Foulds2", "Haverly1", "RT2"])
    def test_published_optima_are_above_every_relaxation(self, name: str, form: str) -> None:
        """Best known values of the benchmark files, whose sources stand in their README."""
        instance = read_pooling(shared(f"benchmarks/pooling/{name}.json"))
        known = instance.best_known.objective
        assert known is not None
        found = highs.solve(mccormick(pooling_problem(instance, form).problem).linear)  # type: ignore[arg-type]
        assert found.objective is not None
        assert found.objective <= known + 1e-6 * abs(known)

    def test_twice_the_costs_is_twice_the_bound(self) -> None:
        for instance in (haverly(3), cycle()):
            dear = instance.with_(
                input_cost=2.0 * instance.input_cost,
                output_price=2.0 * instance.output_price,
                arc_cost=2.0 * instance.arc_cost,
            )
            one, two = (
                highs.solve(mccormick(pooling_problem(made, "pq").problem).linear).objective
                for made in (instance, dear)
            )
            assert one is not None
            assert two == pytest.approx(2.0 * one)
