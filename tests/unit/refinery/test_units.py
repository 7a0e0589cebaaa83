"""Runs: uom of capacities and flows, utilities, costs, shares, standstill, what counts as fed and as made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netback.case.case import Case
from netback.planning.model import build_plan
from netback.refinery.units import feed_flow, flow_factors, made_flow
from netback.uom import BARREL_M3
from tiny import margin, periods, rows, solved, tiny, values


def unit(**tables: Any) -> Case:
    """X (0.8 t/m3) through U into Y."""
    stated: dict[str, Any] = {
        "stream_properties": rows("stream property value", "X density_t_per_m3 0.8"),
        "offers": rows("offer stream price max", "x X 10 100000"),
        "yields": rows("unit feed product yield", "U X Y 1"),
        "sales": rows("sale stream price", "y Y 20"),
    }
    return tiny(**{**stated, **tables})


def run_of(case: Case) -> float:
    """Feed of U in the only period."""
    (flow,) = values(solved(case), "run").values()
    return flow


@pytest.mark.parametrize(
    ("uom", "tonnes"),
    [
        ("t", 12.0),
        ("kt", 12_000.0),
        ("t/d", 12.0 * 30),
        ("tpd", 12.0 * 30),
        ("t/h", 12.0 * 24 * 30),
        ("m3", 12.0 * 0.8),
        ("bbl/d", 12.0 * 30 * BARREL_M3 * 0.8),
        ("b/d", 12.0 * 30 * BARREL_M3 * 0.8),
        ("kbd", 12_000.0 * 30 * BARREL_M3 * 0.8),
        ("kb/d", 12_000.0 * 30 * BARREL_M3 * 0.8),
        ("barrel", 12.0 * BARREL_M3 * 0.8),
    ],
)
def test_capacity_in_every_uom(uom: str, tonnes: float) -> None:
    assert run_of(unit(capacities=rows("unit max uom", f"U 12 {uom}"))) == pytest.approx(tonnes, rel=1e-9)


@pytest.mark.parametrize("uom", ["t", "tpd", "m3", "kbd", "b/d"])
def test_sales_and_limits_take_the_same_uom(uom: str) -> None:
    dense = rows("stream property value", "X density_t_per_m3 0.8", "Y density_t_per_m3 0.8")
    by_capacity = run_of(unit(capacities=rows("unit max uom", f"U 2 {uom}")))
    by_sale = unit(sales=rows("sale stream price max uom", f"y Y 20 2 {uom}"), stream_properties=dense)
    by_limit = unit(
        limits=rows("limit max uom", f"few 2 {uom}"), limit_terms=rows("limit activity item", "few feed U")
    )
    by_offer = unit(offers=rows("offer stream price max uom", f"x X 10 2 {uom}"))
    for case in (by_sale, by_limit, by_offer):
        assert run_of(case) == pytest.approx(by_capacity, rel=1e-9)


def test_a_rate_counts_the_days_of_its_period() -> None:
    case = unit(periods=periods(P1=31, P2=28.5), capacities=rows("unit max uom", "U 10 t/d"))
    flows = values(solved(case), "run")
    assert [flow for _, flow in sorted(flows.items())] == pytest.approx([310.0, 285.0])


def test_a_capacity_of_one_period_leaves_the_others_free() -> None:
    case = unit(
        periods=periods(P1=30, P2=30),
        capacities=rows("unit period max", "U P2 7"),
        offers=rows("offer stream price max", "x X 10 50"),
    )
    assert [flow for _, flow in sorted(values(solved(case), "run").items())] == pytest.approx([50.0, 7.0])


class TestUtilities:
    def uses(self, *lines: str) -> dict[str, float]:
        """Use of W per tonne of feed, by mode and feed."""
        case = unit(
            modes=rows("unit mode", "U a", "U b"),
            yields=rows("unit mode feed product yield", "U a X Y 1", "U b X Y 1", "U a Z Y 1", "U b Z Y 1"),
            offers=rows("offer stream price", "x X 10", "z Z 10", "w W 1"),
            utilities=rows("unit mode feed utility use", *lines),
        )
        network = build_plan(case).network
        return {
            f"{run.mode}{network.lots[run.feed].stream}": sum(amount for _, amount in run.uses)
            for run in network.runs
        }

    def test_a_row_without_mode_and_feed_holds_for_all(self) -> None:
        assert self.uses("U . . W 2") == {"aX": 2.0, "bX": 2.0, "aZ": 2.0, "bZ": 2.0}

    def test_a_more_special_row_replaces_it(self) -> None:
        found = self.uses("U b . W 3", "U . . W 2", "U b Z W 5")
        assert found == {"aX": 2.0, "bX": 3.0, "aZ": 2.0, "bZ": 5.0}

    def test_a_use_per_barrel_of_the_feed(self) -> None:
        case = unit(
            streams=rows("stream kind uom", "W utility kWh"),
            utilities=rows("unit utility use per", "U W 5 bbl"),
            offers=rows("offer stream price max", "x X 10 100", "w W 0.1 ."),
        )
        per_tonne = 5 / (0.8 * BARREL_M3)
        assert margin(case) == pytest.approx(100 * (20 - 10 - 0.1 * per_tonne))

    def test_what_is_made_can_be_sold_and_counted(self) -> None:
        case = unit(
            streams=rows("stream kind uom", "steam utility GJ"),
            utilities=rows("unit utility use", "U steam -2"),
            offers=rows("offer stream price max", "x X 10 100"),
            sales=rows("sale stream price", "y Y 20", "s steam 3"),
            limits=rows("limit max uom", "boiler 50 GJ"),
            limit_terms=rows("limit activity item of", "boiler make U steam"),
        )
        # 25 t of feed make the 50 GJ that are allowed.
        assert margin(case) == pytest.approx(25 * (10 + 6))

    def test_made_and_used_must_balance(self) -> None:
        case = unit(
            yields=rows("unit feed product yield", "U X Y 1", "U X H 0.1", "V Y N 1", "V Y H -0.3"),
            sales=rows("sale stream price", "n N 20", "y Y 12"),
            offers=rows("offer stream price max", "x X 10 90"),
        )
        # 90 t give 9 H, all of which must be used: 30 t through V.
        assert margin(case) == pytest.approx(30 * 20 + 60 * 12 - 900)

    def test_a_utility_does_not_count_as_mass(self) -> None:
        case = unit(
            streams=rows("stream kind uom", "W utility t"),
            utilities=rows("unit utility use", "U W 1"),
            offers=rows("offer stream price max", "x X 10 100", "w W 0 ."),
        )
        network = build_plan(case).network
        (lot,) = network.stream_lots["W"]
        assert np.isnan(network.mass_factors()[lot])


class TestCosts:
    def test_costs_of_mode_and_feed_add_up(self) -> None:
        case = unit(
            modes=rows("unit mode cost cost_uom", "U normal 1 USD/m3"),
            feeds=rows("unit mode feed cost", "U . X 3", "U normal X 2"),
            offers=rows("offer stream price max", "x X 10 100"),
        )
        # The feed's row for the mode replaces the one for all modes: 1 / 0.8 + 2.
        assert margin(case) == pytest.approx(100 * (10 - 1.25 - 2))

    def test_costs_in_another_currency_follow_its_rate(self) -> None:
        case = unit(
            periods=periods(P1=30, P2=30),
            exchange_rates=rows("currency period rate", "PKR P1 200", "PKR P2 250"),
            modes=rows("unit mode cost cost_uom", "U normal 500 PKR/t"),
            offers=rows("offer stream price max", "x X 10 100"),
        )
        assert margin(case) == pytest.approx(100 * (10 - 2.5) + 100 * (10 - 2.0))


class TestShares:
    def two(self, **tables: Any) -> Case:
        stated: dict[str, Any] = {
            "offers": rows("offer stream price max", "x X 10 60", "z Z 15 60"),
            "yields": rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
        }
        return unit(**{**stated, **tables})

    def test_a_greatest_share(self) -> None:
        case = self.two(feeds=rows("unit feed max_share", "U X 0.25", "U Z ."))
        # 60 Z allow 20 X.
        assert margin(case) == pytest.approx(60 * 5 + 20 * 10)

    def test_a_least_share(self) -> None:
        case = self.two(
            feeds=rows("unit feed min_share", "U X .", "U Z 0.5"),
            offers=rows("offer stream price max", "x X 10 60", "z Z 25 60"),
        )
        # A tonne of each earns 10 - 5.
        assert margin(case) == pytest.approx(60 * 10 - 60 * 5)

    def test_a_share_of_one_mode_only(self) -> None:
        case = self.two(
            modes=rows("unit mode", "U a", "U b"),
            yields=rows("unit mode feed product yield", "U a X Y 1", "U a Z Y 1", "U b X Y 0.6"),
            feeds=rows("unit mode feed max_share", "U a X 0.25", "U a Z ."),
        )
        # 20 X in mode a beside 60 Z; the other 40 in b earn 2 each.
        assert margin(case) == pytest.approx(60 * 5 + 20 * 10 + 40 * 2)

    def test_a_share_of_zero_keeps_a_feed_out(self) -> None:
        assert margin(self.two(feeds=rows("unit feed max_share", "U X 0", "U Z ."))) == pytest.approx(300)

    def test_a_least_share_of_what_cannot_be_had_stops_the_unit(self) -> None:
        case = self.two(feeds=rows("unit feed min_share", "U W 0.1", "U X .", "U Z ."))
        assert margin(case) == pytest.approx(0.0)

    def test_a_broken_share_costs_its_breaker(self) -> None:
        case = self.two(feeds=rows("unit feed max_share breaker_cost", "U X 0.25 4", "U Z . ."))
        # Each further tonne of X breaks by 0.75 t for 3 and earns 10.
        assert margin(case) == pytest.approx(60 * 5 + 60 * 10 - 40 * 0.75 * 4)


class TestFlows:
    def network_case(self) -> Case:
        return unit(
            streams=rows("stream uom", "Z m3"),
            modes=rows("unit mode", "U a", "U b"),
            stream_properties=rows(
                "stream property value", "X density_t_per_m3 0.8", "Z density_t_per_m3 0.9"
            ),
            offers=rows("offer stream price", "x X 10", "z Z 10"),
            yields=rows("unit mode feed product yield", "U a X Y 0.5", "U b X Y 0.6", "U a Z Y 0.7"),
        )

    def test_feeds_by_unit_mode_and_stream(self) -> None:
        build = build_plan(self.network_case()).build
        assert len(feed_flow(build, "U", target_uom="t")) == 3
        assert len(feed_flow(build, "U", "a", target_uom="t")) == 2
        assert feed_flow(build, "U", "a", "Z", "t").weights.tolist() == [[0.9]]
        assert feed_flow(build, "U", "b", "X", "m3").weights.tolist() == [[1.25]]
        assert len(feed_flow(build, "V")) == 0

    def test_products_by_mode_in_any_uom(self) -> None:
        build = build_plan(self.network_case()).build
        assert made_flow(build, "U", None, "Y", "kt").weights[:, 0] == pytest.approx([5e-4, 6e-4, 7e-4])
        assert made_flow(build, "U", "b", None, None).weights.tolist() == [[0.6]]
        assert len(made_flow(build, "U", "b", "X", None)) == 0

    def test_factors_are_per_lot_and_period(self) -> None:
        case = self.network_case().with_table("periods", periods(P1=30, P2=10))
        build = build_plan(case).build
        lots = [build.network.stream_lots["X"][0], build.network.stream_lots["Z"][0]]
        assert flow_factors(build, lots, None).tolist() == [[1.0, 1.0], [1.0, 1.0]]
        assert flow_factors(build, lots, "t/d") == pytest.approx(np.array([[1 / 30, 0.1], [0.9 / 30, 0.09]]))


class TestStandstill:
    def test_a_unit_stands_still_below_its_least_run(self) -> None:
        case = unit(
            offers=rows("offer stream price max", "x X 10 4"), capacities=rows("unit max min_if_run", "U 9 5")
        )
        assert margin(case) == 0.0

    def test_a_least_run_as_a_rate_and_by_period(self) -> None:
        case = unit(
            periods=periods(P1=30, P2=10),
            offers=rows("offer stream price max", "x X 10 40"),
            capacities=rows("unit max min_if_run uom", "U 9 2 t/d"),
        )
        # 40 t are 1.33 t/d in P1: too little; 4 t/d in P2.
        assert margin(case) == pytest.approx(400)

    def test_the_bound_of_a_switch_is_found_behind_the_feed(self) -> None:
        """No capacity: the offer bounds the run."""
        case = unit(
            offers=rows("offer stream price max", "x X 10 40"), capacities=rows("unit min_if_run", "U 5")
        )
        model = build_plan(case)
        gate = model.problem.block("switch_max_1").start
        binary = model.problem.block("unit_on").start
        assert model.problem.matrix[[gate], [binary]].item() == pytest.approx(-40.0, rel=1e-6)
        assert margin(case) == pytest.approx(400)
