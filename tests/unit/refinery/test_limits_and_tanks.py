"""Limits of every kind and tanks: what they count, over periods and the horizon, and what breaking costs."""

from __future__ import annotations

from typing import Any

import pytest

from netback.case.case import Case
from netback.planning.model import build_plan
from tiny import margin, periods, rows, solved, tiny, values


def plant(**tables: Any) -> Case:
    """X through U into Y, which is blended into Q, over a long and a short period."""
    stated: dict[str, Any] = {
        "periods": periods(P1=30, P2=10),
        "stream_properties": rows("stream property value", "X density_t_per_m3 0.8"),
        "offers": rows("offer stream price max", "x X 10 100"),
        "yields": rows("unit feed product yield", "U X Y 1"),
        "blends": rows("product component", "Q Y"),
        "sales": rows("sale stream price", "q Q 20"),
    }
    return tiny(**{**stated, **tables})


def limited(limit: str, heading: str, *terms: str, **tables: Any) -> Case:
    return plant(
        limits=rows("limit scope min max uom breaker_cost", f"few {limit}"),
        limit_terms=rows(f"limit {heading}", *(f"few {term}" for term in terms)),
        **tables,
    )


@pytest.mark.parametrize(
    "term", ["purchase x", "purchase X", "feed U", "make U", "blend Q", "sale q", "sale Q"]
)
def test_every_activity_is_counted_per_period(term: str) -> None:
    assert margin(limited("period . 30 . .", "activity item", term)) == pytest.approx(2 * 30 * 10)


@pytest.mark.parametrize("term", ["purchase x", "feed U", "make U", "blend Q", "sale q"])
def test_over_the_horizon_amounts_add_up(term: str) -> None:
    assert margin(limited("horizon . 30 t .", "activity item", term)) == pytest.approx(30 * 10)


def test_over_the_horizon_a_rate_is_a_mean() -> None:
    # 2 t/d over 40 days are 80 t in all, whenever they are run.
    assert margin(limited("horizon . 2 t/d .", "activity item", "feed U")) == pytest.approx(80 * 10)
    short_only = limited(
        "horizon . 2 t/d .",
        "activity item",
        "feed U",
        offers=rows("offer stream period price max", "x X P2 10 100"),
    )
    assert margin(short_only) == pytest.approx(80 * 10)


def test_a_rate_per_period_counts_its_days() -> None:
    assert margin(limited("period . 2 t/d .", "activity item", "feed U")) == pytest.approx((60 + 20) * 10)


def test_a_horizon_limit_may_name_any_period() -> None:
    case = plant(
        limits=rows("limit period scope max", "few P2 horizon 30"),
        limit_terms=rows("limit activity item", "few feed U"),
    )
    assert margin(case) == pytest.approx(300)


def test_a_limit_of_one_period_leaves_the_other_free() -> None:
    case = plant(
        limits=rows("limit period max", "few P2 30"), limit_terms=rows("limit activity item", "few feed U")
    )
    assert margin(case) == pytest.approx((100 + 30) * 10)


def test_coefficients_weigh_and_terms_add_up() -> None:
    case = limited("period . 30 . .", "activity item coefficient", "feed U 2", "sale q -0.5")
    assert margin(case) == pytest.approx(2 * 20 * 10)


def test_a_term_may_have_a_uom_of_its_own() -> None:
    # 1.25 m3 of feed and 0.001 kt of sale per tonne: 30 = 1.25 x + 0.001 x 1000 x.
    case = limited("period . 30 m3 .", "activity item coefficient uom", "feed U 1 .", "sale q 1000 kt")
    assert margin(case) == pytest.approx(2 * 30 / 2.25 * 10)


def test_a_minimum_forces_a_loss() -> None:
    case = limited(
        "period 5 . . .", "activity item", "feed U", offers=rows("offer stream price max", "x X 23 100")
    )
    assert margin(case) == pytest.approx(-2 * 5 * 3)


@pytest.mark.parametrize(("breaker", "expected"), [("1", -2 * 5 * 1.0), ("4", -2 * 5 * 3.0)])
def test_a_minimum_is_broken_when_that_is_cheaper(breaker: str, expected: float) -> None:
    case = limited(
        f"period 5 . . {breaker}",
        "activity item",
        "feed U",
        offers=rows("offer stream price max", "x X 23 100"),
    )
    assert margin(case) == pytest.approx(expected)


@pytest.mark.parametrize(("breaker", "expected"), [("4", 30 * 10 + 170 * 6), ("11", 30 * 10)])
def test_a_horizon_maximum_is_broken_while_that_pays(breaker: str, expected: float) -> None:
    assert margin(limited(f"horizon . 30 . {breaker}", "activity item", "feed U")) == pytest.approx(expected)


def test_a_use_over_the_horizon_counts_periods() -> None:
    case = limited("horizon . 1 . .", "activity item measure", "feed U used")
    made = solved(case)
    assert sorted(values(made, "run").values()) == pytest.approx([0.0, 100.0])


def test_a_use_of_feeds_in_different_uom() -> None:
    case = plant(
        streams=rows("stream uom", "Z m3"),
        offers=rows("offer stream price max", "x X 10 100", "z Z 10 100"),
        yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
        limits=rows("limit scope max", "few horizon 1"),
        limit_terms=rows("limit activity item measure", "few feed U used"),
    )
    assert margin(case) == pytest.approx(200 * 10)


def test_a_least_purchase_shares_its_switch_with_the_count() -> None:
    case = plant(
        periods=periods(P1=30),
        offers=rows("offer stream price min_if_bought max", "x X 23 5 100"),
        limits=rows("limit min", "some 1"),
        limit_terms=rows("limit activity item measure", "some purchase x used"),
    )
    model = build_plan(case)
    assert "used" not in {block.name for block in model.problem.column_blocks}
    assert margin(case) == pytest.approx(-5 * 3)


class TestTanks:
    def tank(self, inventory: str, **tables: Any) -> Case:
        """X may be kept; it is dear in P2."""
        stated: dict[str, Any] = {
            "offers": rows("offer stream period price max", "x X P1 10 100", "x X P2 18 100"),
            "sales": rows("sale stream price max", "q Q 20 50"),
            "inventories": rows(
                "stream period min max closing_min closing_max uom holding_cost closing_value", inventory
            ),
        }
        return plant(**{**stated, **tables})

    def test_stock_is_carried_from_the_cheap_period(self) -> None:
        assert margin(self.tank("X . . 30 . . . . .")) == pytest.approx(50 * 10 + 30 * 10 + 20 * 2)

    def test_holding_costs_are_paid_at_the_end_of_each_period(self) -> None:
        assert margin(self.tank("X . . 30 . . . 3 .")) == pytest.approx(50 * 10 + 30 * 7 + 20 * 2)
        assert margin(self.tank("X . . 30 . . . 9 .")) == pytest.approx(50 * 10 + 50 * 2)

    def test_a_limit_in_cubic_metres(self) -> None:
        assert margin(self.tank("X . . 30 . . m3 . .")) == pytest.approx(50 * 10 + 24 * 10 + 26 * 2)

    def test_a_closing_stock_is_bought_and_valued(self) -> None:
        # The closing 12 t are bought in P1 at 10, and valued at 8 each.
        assert margin(self.tank("X . . 30 12 . . . 8")) == pytest.approx(50 * 10 + 18 * 10 + 32 * 2 - 12 * 2)

    def test_a_valued_stock_fills_the_tank_to_its_closing_greatest(self) -> None:
        # Each closing tonne gains 19 - 10 by way of P1 (then 18 - 10 is lost on the sale) or 19 - 18 from P2.
        assert margin(self.tank("X . . 30 . 25 . . 19")) == pytest.approx(50 * 10 + 30 * 8 + 50 * 2 + 25 * 1)

    def test_a_least_stock_is_kept_in_every_period(self) -> None:
        made = solved(self.tank("X . 7 30 . . . . ."))
        assert all(stock >= 7 - 1e-9 for stock in values(made, "stock").values())

    def test_no_stock_where_no_row_speaks_of_the_period(self) -> None:
        assert margin(self.tank("X P2 . 30 . . . . .")) == pytest.approx(50 * 10 + 50 * 2)

    def test_opening_stock_in_another_uom(self) -> None:
        case = self.tank(
            "X . . 30 . . . . .",
            opening_stocks=rows("stream quantity uom", "X 10 m3"),
            offers=rows("offer stream price max", "x X 10 0"),
        )
        assert margin(case) == pytest.approx(8 * 20)

    def test_a_blend_may_be_kept(self) -> None:
        case = self.tank("Q . . 30 . . . . .")
        assert margin(case) == pytest.approx(50 * 10 + 30 * 10 + 20 * 2)

    def test_lots_share_a_tank(self) -> None:
        case = plant(
            offers=rows("offer stream period price max", "x X P1 10 100", "z Z P1 10 100"),
            yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
            product_properties=rows(
                "unit feed product property value", "U X Y sulfur_wt_pct 1", "U Z Y sulfur_wt_pct 2"
            ),
            specs=rows("product property max", "Q sulfur_wt_pct 1.5"),
            inventories=rows("stream max", "Y 30"),
            sales=rows("sale stream period price", "q Q P2 20"),
        )
        made = solved(case)
        assert made.certificate.value == pytest.approx(300)
        kept = [stock for (_, period), stock in values(made, "stock").items() if period == "P1"]
        assert len(kept) == 2
        assert sum(kept) == pytest.approx(30.0)


def test_marginal_values_have_the_sign_of_the_problem() -> None:
    case = limited("period . 30 . .", "activity item", "feed U")
    made = solved(case)
    assert made.row_dual is not None
    duals = made.row_dual[made.model.problem.block("limit").ids]
    # One tonne more under the limit earns 10.
    assert duals.tolist() == [pytest.approx([10.0, 10.0])]
