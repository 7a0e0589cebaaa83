"""The planning problem as a whole: its list of blocks, findings together, certificates, marginal values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.planning.solve import fixed_integers, plan
from tiny import findings, margin, periods, rows, solved, tiny, values


def simple(**tables: Any) -> Case:
    """X through U into Y."""
    stated: dict[str, Any] = {
        "offers": rows("offer stream price max", "x X 10 100"),
        "yields": rows("unit feed product yield", "U X Y 0.9"),
        "sales": rows("sale stream price max", "y Y 20 45"),
    }
    return tiny(**{**stated, **tables})


class TestModel:
    def test_a_case_of_nothing_has_nothing_to_decide(self) -> None:
        case = tiny(streams=rows("stream", "X"))
        assert build_plan(case).problem.shape == (0, 0)
        with pytest.raises(ModelError, match="nothing to decide"):
            plan(case)

    def test_the_blocks_are_those_that_are_needed(self) -> None:
        problem = build_plan(simple()).problem
        assert [block.name for block in problem.column_blocks] == ["purchase", "run", "sale"]
        assert [block.name for block in problem.row_blocks] == ["stream_balance", "sale_limit"]
        assert problem.sense == "max"
        assert problem.is_linear
        assert not problem.is_integer

    def test_faults_of_all_blocks_come_together(self) -> None:
        case = simple(
            offers=rows("offer stream price price_uom", "x X 10 USD/bbl"),
            sales=rows("sale stream price price_uom", "y Y 20 EUR/t"),
            specs=rows("product property max", "Y ron 90"),
            limits=rows("limit max", "few 5"),
            limit_terms=rows("limit activity item", "few feed V"),
        )
        with pytest.raises(ModelError) as caught:
            build_plan(case)
        told = findings(caught.value)
        for words in ("offers.csv, row 2", "sales.csv, row 2", "specs.csv, row 2", "limit_terms.csv, row 2"):
            assert words in told
        assert caught.value.report().startswith("4 problems in case tiny")

    def test_faults_of_the_tables_come_before_any_other(self) -> None:
        case = simple(offers=rows("offer stream period price price_uom", "x X P7 10 USD/bbl"))
        with pytest.raises(ModelError) as caught:
            build_plan(case)
        assert len(caught.value.findings) == 1
        assert 'period "P7" is not in periods.csv' in findings(caught.value)

    def test_an_override_that_crosses_a_limit_names_the_scenario(self) -> None:
        case = simple(
            offers=rows("offer stream price min max", "x X 10 50 100"),
            scenarios=rows("scenario", "tight"),
            overrides=rows("scenario table where column value", "tight offers offer=x max 40"),
        )
        assert margin(case) == pytest.approx(400)
        with pytest.raises(ModelError, match="min 50 is above max 40") as caught:
            build_plan(case.in_scenario("tight"))
        assert caught.value.subject == "case tiny, scenario tight"

    def test_an_offer_left_out_by_a_greatest_of_zero_needs_no_other_change(self) -> None:
        case = simple(offers=rows("offer stream price min_if_bought lot_size max", "x X 10 50 5 0"))
        assert margin(case) == 0.0

    def test_penalties_are_the_columns_of_breakers(self) -> None:
        model = build_plan(simple(capacities=rows("unit max breaker_cost", "U 10 3")))
        labels = [model.problem.column_label(int(column)) for column in model.penalty_columns]
        assert labels == ["break_capacity_max[U,all,P1]"]
        assert len(build_plan(simple()).penalty_columns) == 0


class TestSwitches:
    def test_the_bound_of_a_switch_is_the_least_of_what_is_stated_and_follows(self) -> None:
        case = simple(offers=rows("offer stream price min_if_bought max", "x X 10 5 100"))
        problem = build_plan(case).problem
        row, binary = problem.block("switch_max_1").start, problem.block("purchase_made").start
        # The sale takes 45, that is 50 of the feed.
        assert problem.matrix[[row], [binary]].item() == pytest.approx(-50.0, rel=1e-6)
        assert problem.row_label(row) == "switch_max_1[purchase of x,P1]"

    def test_every_switch_that_nothing_bounds_is_told(self) -> None:
        case = tiny(
            offers=rows("offer stream price min_if_bought", "x X 10 5", "z Z 10 5"),
            sales=rows("sale stream price", "y X 20", "v Z 20"),
        )
        with pytest.raises(ModelError) as caught:
            build_plan(case)
        assert len(caught.value.findings) == 2
        assert all("nothing bounds the flow" in finding.what for finding in caught.value.findings)

    def test_a_switch_of_a_flow_that_cannot_be_is_off(self) -> None:
        case = simple(
            blends=rows("product component min_if_used", "Q Y .", "Q N 5"),
            sales=rows("sale stream price max", "q Q 20 45"),
        )
        made = solved(case)
        assert values(made, "blend_used") == {("Q", "N", "P1"): 0.0}
        assert made.certificate.value == pytest.approx(45 * 20 - 500)


class TestSolve:
    def test_a_plan_knows_its_case_and_times(self) -> None:
        case = simple()
        made = solved(case)
        assert made.case is case
        assert made.solved
        assert made.build_seconds >= 0.0
        assert made.solve_seconds >= 0.0
        assert made.x.shape == (made.model.problem.shape[1],)

    def test_marginal_values(self) -> None:
        made = solved(simple())
        assert made.row_dual is not None
        problem = made.model.problem
        # One more tonne of sale earns 20 less 10 / 0.9 of feed; one more tonne of Y in hand saves the feed.
        assert made.row_dual[problem.block("sale_limit").start] == pytest.approx(20 - 10 / 0.9)
        assert made.row_dual[problem.block("stream_balance").id("Y", "P1")] == pytest.approx(-10 / 0.9)

    def test_marginal_values_of_a_plan_with_switches_hold_for_its_switches(self) -> None:
        made = solved(simple(offers=rows("offer stream price min_if_bought max", "x X 10 5 100")))
        assert made.model.problem.is_integer
        assert made.row_dual is not None
        assert made.row_dual[made.model.problem.block("sale_limit").start] == pytest.approx(20 - 10 / 0.9)

    def test_fixed_integers_keep_the_plan(self) -> None:
        made = solved(simple(offers=rows("offer stream price lot_size max", "x X 10 20 100")))
        fixed = fixed_integers(made.model.problem, made.x)
        assert not fixed.is_integer
        lots = made.model.problem.block("purchase_lots").start
        assert fixed.column_lower[lots] == fixed.column_upper[lots] == round(made.x[lots])

    def test_an_infeasible_spec_is_proven_so(self) -> None:
        case = simple(
            stream_properties=rows("stream property value", "Y sulfur_wt_pct 2"),
            blends=rows("product component", "Q Y"),
            specs=rows("product property max", "Q sulfur_wt_pct 1"),
            sales=rows("sale stream price min", "q Q 20 5"),
        )
        made = plan(case)
        assert made.certificate.word == "proven infeasible"
        assert not made.solved
        assert made.row_dual is None

    def test_a_least_sale_of_what_nothing_makes_is_infeasible(self) -> None:
        case = simple(sales=rows("sale stream price min", "y Y 20 .", "n N 20 5"))
        assert plan(case).certificate.word == "proven infeasible"

    def test_a_least_sale_of_what_nothing_makes_may_be_missed_for_its_price(self) -> None:
        case = simple(sales=rows("sale stream price min breaker_cost", "y Y 20 . .", "n N 20 5 2"))
        assert margin(case) == pytest.approx(90 * 20 - 1000 - 5 * 2)

    def test_a_plan_without_any_bound_is_unbounded(self) -> None:
        case = simple(offers=rows("offer stream price", "x X 10"), sales=rows("sale stream price", "y Y 20"))
        assert plan(case).certificate.word == "unbounded"

    def test_periods_without_a_tank_are_plans_of_their_own(self) -> None:
        three = simple(periods=periods(P1=30, P2=10, P3=1))
        assert margin(three) == pytest.approx(3 * margin(simple()))

    def test_two_plans_of_one_case_are_the_same(self) -> None:
        first, second = solved(simple()), solved(simple())
        assert np.array_equal(first.x, second.x)
