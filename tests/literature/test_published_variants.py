"""Published variants of the literature cases, and laws that every planning model must obey, shown on them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from literature.published import changed, flow, rows, scaled, with_rows
from netback.case.case import Case
from netback.errors import NetbackError
from netback.io.folder import read_case
from netback.planning.solve import plan

DAYS = ("day1", "day2", "day3", "day4", "day5")


def value(case: Case) -> float:
    found = plan(case)
    assert found.certificate.word == "proven"
    assert found.certificate.value is not None
    return found.certificate.value


def five_days(case: Case) -> Case:
    return case.with_table("periods", [{"period": day, "days": 1} for day in DAYS])


class TestPikeOverFiveDays:
    """The public re-implementation stores 2,677,227.478 for five days of which one is without the cracker."""

    def test_cracker_down_on_one_day(self) -> None:
        case = five_days(read_case("pike_refinery", "octane_83"))
        case = with_rows(
            case, "capacities", [{"unit": "cracker", "period": "day3", "max": 0, "uom": "bbl/d"}]
        )
        found = plan(case)
        assert found.certificate.word == "proven"
        assert found.certificate.value == pytest.approx(2_677_227.478, abs=0.001)
        assert flow(found, "run", "cracker", "day3") == pytest.approx(0.0, abs=1e-6)
        assert flow(found, "run", "cracker", "day2") == pytest.approx(30_000.0)

    def test_days_without_tanks_do_not_touch_each_other(self) -> None:
        case = read_case("pike_refinery")
        assert value(five_days(case)) == pytest.approx(5 * value(case))


class TestOneProblemInTwoForms:
    def test_refining_lines_as_limits_instead_of_units(self) -> None:
        """Food 1 without units: the oils are blended directly, the lines are limits on what goes in."""
        case = read_case("williams_food_1")
        raw = ("veg1", "veg2", "oil1", "oil2", "oil3")
        for table in ("units", "feeds", "yields", "capacities"):
            case = case.with_table(table, [])
        case = case.with_table("blends", [{"product": "food", "component": oil} for oil in raw])
        hardness = read_case("williams_food_1")["stream_properties"].records
        case = case.with_table(
            "stream_properties", [r.with_(stream=r["stream"].removeprefix("refined_")) for r in hardness]
        )
        case = case.with_table(
            "streams", [r for r in case["streams"].records if "refined" not in r["stream"]]
        )
        case = case.with_table("limits", [{"limit": "veg", "max": 200}, {"limit": "oil", "max": 250}])
        terms = [{"limit": oil[:3], "activity": "blend", "item": "food", "of": oil} for oil in raw]
        assert value(case.with_table("limit_terms", terms)) == pytest.approx(107_842.59, abs=0.01)

    def test_food_2_without_its_conditions_is_food_1(self) -> None:
        case = read_case("williams_food_2").with_table("limits", []).with_table("limit_terms", [])
        case = case.with_table("blends", [r.with_(min_if_used=None) for r in case["blends"].records])
        assert value(case) == pytest.approx(107_842.59, abs=0.01)

    def test_food_2_conditions_only_cost(self) -> None:
        case = read_case("williams_food_2")
        free = case.with_table("blends", [r.with_(min_if_used=None) for r in case["blends"].records])
        without = free.with_table("limits", []).with_table("limit_terms", [])
        assert value(case) <= value(without) + 1e-6

    def test_flows_in_thousand_barrels(self) -> None:
        case = read_case("rtl_refinery")
        big = case.with_table("streams", [r.with_(uom="kbbl") for r in case["streams"].records])
        big = big.with_table("sales", [r.with_(uom="bbl") for r in big["sales"].records])
        assert value(big) == pytest.approx(1_545_161.29, abs=0.01)

    def test_rates_follow_the_length_of_the_period(self) -> None:
        case = read_case("williams_refinery")
        week = case.with_table("periods", [{"period": "week", "days": 7}])
        assert value(week) == pytest.approx(7 * 211_365.1348, abs=0.01)

    def test_rvp_index_is_not_linear(self) -> None:
        """Butane of 54 psi is cheap: blending pressure itself instead of its index would let more in."""
        case = read_case("kantor_gasoline", "clean")
        own = {"property": "rvp_psi", "basis": "volume", "method": "linear"}
        assert value(with_rows(case, "properties", [own])) > value(case) + 100.0

    def test_maintenance_as_it_is_in_factory_1_is_one_choice_of_factory_2(self) -> None:
        """Free months of maintenance are worth 108,855.00 - 93,715.18; whole machine months are kept."""
        found = plan(read_case("williams_factory_2"))
        months = found.case.horizon.names
        for machine, hours in {
            "grinding": 8448,
            "vertical_drilling": 3840,
            "horizontal_drilling": 5760,
        }.items():
            bought = [flow(found, "purchase", machine, month) for month in months]
            assert all(amount / 384 == pytest.approx(round(amount / 384), abs=1e-6) for amount in bought)
            assert sum(bought) <= hours + 1e-6
        assert value(read_case("williams_factory_1")) < value(read_case("williams_factory_2"))


class TestLaws:
    @pytest.mark.parametrize("name", ["pike_refinery", "williams_food_1", "winston_sunco", "kantor_gasoline"])
    def test_money_scales(self, name: str) -> None:
        case = read_case(name)
        costly = [("offers", "price"), ("sales", "price"), ("modes", "cost"), ("sale_costs", "cost")]
        costly.append(("inventories", "holding_cost"))
        double = case
        for table, column in costly:
            double = scaled(double, table, column, 2.0)
        assert value(double) == pytest.approx(2 * value(case), rel=1e-9)

    @settings(max_examples=8)
    @given(factor=st.floats(0.85, 1.5))
    def test_more_room_never_costs(self, factor: float) -> None:
        case = read_case("pike_refinery")
        base, other = value(case), value(scaled(case, "capacities", "max", factor))
        assert (other >= base - 1e-3) if factor >= 1.0 else (other <= base + 1e-3)

    @settings(max_examples=8)
    @given(octane=st.floats(80.0, 90.0))
    def test_a_tighter_spec_never_pays(self, octane: float) -> None:
        case = read_case("pike_refinery")
        other = value(changed(case, "specs", {"product": "regular", "property": "octane"}, min=octane))
        assert (other >= value(case) - 1e-3) if octane <= 87.0 else (other <= value(case) + 1e-3)

    @settings(max_examples=6)
    @given(order=st.permutations(range(5)))
    def test_order_of_rows_does_not_matter(self, order: list[int]) -> None:
        case = read_case("williams_food_1")
        for table in ("streams", "offers", "blends", "inventories"):
            records = list(case[table].records)
            parts = [records[k::5] for k in order]
            case = case.with_table(table, [row for part in parts for row in part])
        assert value(case) == pytest.approx(107_842.5926, abs=1e-3)

    def test_one_barrel_more_is_worth_its_marginal_value(self) -> None:
        base, more = read_case("seborg_two_crudes"), read_case("seborg_two_crudes", "kerosene_2001")
        assert value(more) - value(base) == pytest.approx(175.036, abs=0.002)


class TestFaults:
    def test_exchanged_capacities_cannot_meet_demand(self) -> None:
        """The text of the TOMLAB example exchanges two capacities; with them the demand cannot be met."""
        case = read_case("gueret_refinery")
        case = changed(case, "capacities", {"unit": "desulphurisation"}, max=40_000)
        case = changed(case, "capacities", {"unit": "cracker"}, max=50_000)
        found = plan(case)
        assert found.certificate.word == "proven infeasible"
        assert not found.solved

    def test_what_cannot_be_left_over_stops_the_plan(self) -> None:
        """Without the worthless sales of leftovers every stream must be used up, and Gueret has no plan."""
        case = read_case("gueret_refinery")
        kept = [r for r in case["sales"].records if not r["sale"].startswith("surplus")]
        assert plan(case.with_table("sales", kept)).certificate.word == "proven infeasible"

    @pytest.mark.parametrize(
        ("table", "where", "change"),
        [
            ("specs", {"property": "hardness"}, {"property": "hardnes"}),
            ("capacities", {"unit": "vegetable_line"}, {"uom": "bbl"}),
            ("yields", {"product": "refined_oil3"}, {"basis": "volume"}),
            ("inventories", {"stream": "veg1"}, {"holding_cost_uom": "USD/t"}),
            ("offers", {"stream": "veg1"}, {"price_uom": "GBP/bbl"}),
        ],
    )
    def test_slips_are_found_with_their_place(
        self, table: str, where: dict[str, Any], change: dict[str, Any]
    ) -> None:
        case = changed(read_case("williams_food_1"), table, where, **change)
        place = f"{table}.csv, row {rows(case, table, **change)[0].row}"
        with pytest.raises(NetbackError) as caught:
            plan(case)
        assert place in str(caught.value)
