"""Purchases, sales, blends and tanks whose best plan is a sum by hand."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.uom import BARREL_M3
from tiny import findings, margin, periods, rows, solved, tiny, values

INF = float("inf")


def faults(case: Case) -> str:
    with pytest.raises(ModelError) as error:
        build_plan(case)
    return findings(error.value)


def traded(offers: list[Any], sales: list[Any] | None = None, **tables: Any) -> Case:
    """X is bought and sold as it is."""
    sales = rows("sale stream price", "s X 20") if sales is None else sales
    return tiny(offers=offers, sales=sales, **tables)


class TestLots:
    def test_only_whole_lots_are_bought(self) -> None:
        # 47 can be sold: four lots of 10 and what is missing cannot be bought.
        case = traded(
            rows("offer stream price lot_size", "x X 12 10"), rows("sale stream price max", "s X 20 47")
        )
        made = solved(case)
        assert values(made, "purchase") == {("x", "1", "P1"): pytest.approx(40.0)}
        assert values(made, "purchase_lots") == {("x", "1", "P1"): pytest.approx(4.0)}
        assert made.certificate.value == pytest.approx(40 * 8)

    def test_one_lot_more_is_bought_and_kept_where_the_tank_pays_for_it(self) -> None:
        case = traded(
            rows("offer stream price lot_size", "x X 12 10"),
            rows("sale stream price max", "s X 20 47"),
            inventories=rows("stream max closing_value", "X 100 11"),
        )
        # A fifth lot: 7 more are sold at 20, 3 are kept at 11, all at 12.
        assert margin(case) == pytest.approx(47 * 20 + 3 * 11 - 50 * 12)

    @pytest.mark.parametrize(("uom", "factor"), [("kt", 1_000.0), ("m3", 0.8), ("bbl", 0.8 * BARREL_M3)])
    def test_lots_and_limits_in_the_uom_of_the_row(self, uom: str, factor: float) -> None:
        case = traded(
            rows("offer stream price max lot_size uom", f"x X 12 7 3 {uom}"),
            stream_properties=rows("stream property value", "X density_t_per_m3 0.8"),
        )
        # Two lots of 3 fit into 7.
        assert margin(case) == pytest.approx(6 * factor * 8)

    def test_a_period_without_a_lot_size_is_free(self) -> None:
        case = traded(
            rows("offer stream period price lot_size max", "x X P1 12 10 47", "x X P2 12 . 47"),
            periods=periods(P1=30, P2=30),
        )
        assert margin(case) == pytest.approx((40 + 47) * 8)

    def test_less_than_the_least_is_not_bought(self) -> None:
        offers = rows("offer stream price min_if_bought max", "x X 12 50 60")
        for wanted, expected in ((40, 0.0), (50, 400.0), (55, 440.0), (70, 480.0)):
            case = traded(offers, rows("sale stream price max", f"s X 20 {wanted}"))
            assert margin(case) == pytest.approx(expected)

    def test_a_least_purchase_is_bought_at_a_loss(self) -> None:
        assert margin(traded(rows("offer stream price min", "x X 23 5"))) == pytest.approx(-15.0)


class TestTranches:
    def test_a_dear_first_tranche_is_filled_before_the_cheap_second(self) -> None:
        offers = rows("offer stream tranche price max", "x X 1 25 10", "x X 2 10 100")
        for wanted, expected in ((5, 0.0), (12, 0.0), (30, 10 * -5 + 20 * 10), (200, 10 * -5 + 100 * 10)):
            case = traded(offers, rows("sale stream price max", f"s X 20 {wanted}"))
            assert margin(case) == pytest.approx(max(0.0, expected))

    def test_a_tranche_in_lots_is_full_with_its_last_whole_lot(self) -> None:
        # 25 in lots of 10 is full at 20; then 30 more at 5.
        offers = rows("offer stream tranche price max lot_size", "x X 1 19 25 10", "x X 2 15 30 .")
        made = solved(traded(offers))
        bought = values(made, "purchase")
        assert bought["x", "1", "P1"] == pytest.approx(20.0)
        assert bought["x", "2", "P1"] == pytest.approx(30.0)
        assert made.certificate.value == pytest.approx(20 * 1 + 30 * 5)

    def test_where_a_tranche_is_not_offered_the_others_are_on_their_own(self) -> None:
        offers = rows("offer stream period tranche price max", "x X P1 1 25 10", "x X . 2 10 100")
        case = traded(offers, periods=periods(P1=30, P2=30))
        # In P1 ten at a loss of 5 open a hundred at 10; in P2 there is no first tranche to fill.
        second = solved(case)
        assert second.certificate.value == pytest.approx(-50 + 1_000 + 1_000)
        assert values(second, "purchase")["x", "1", "P2"] == pytest.approx(0.0)
        assert values(second, "purchase")["x", "1", "P1"] == pytest.approx(10.0)

    def test_items_of_cost_count_in_the_order(self) -> None:
        # Bare the second is dearer; with what its offer pays by share of the price both are, in order.
        costs = rows("offer item cost cost_uom", "x levy 50 %", "x dues 1 .")
        offers = rows("offer stream tranche price max", "x X 1 4 10", "x X 2 8 10")
        case = traded(offers, offer_costs=costs)
        assert margin(case) == pytest.approx(10 * (20 - 7) + 10 * (20 - 13))

    @settings(max_examples=25)
    @given(
        st.lists(
            st.tuples(st.integers(5, 25), st.integers(1, 6), st.sampled_from([0, 2, 3])),
            min_size=2,
            max_size=3,
        ),
        st.integers(0, 14),
    )
    def test_against_every_way_to_buy(self, tranches: list[tuple[int, int, int]], wanted: int) -> None:
        """Whole numbers of tonnes: each tranche of a price, a most and a lot, the next only when the last is full."""
        lines = [f"x X {k + 1} {price} {most} {lot or '.'}" for k, (price, most, lot) in enumerate(tranches)]
        case = traded(
            rows("offer stream tranche price max lot_size", *lines),
            rows("sale stream price max", f"s X 20 {wanted}"),
        )
        best = 0.0
        for amounts in itertools.product(*(range(most + 1) for _, most, _ in tranches)):
            if sum(amounts) > wanted:
                continue
            if any(lot and amount % lot for amount, (_, _, lot) in zip(amounts, tranches, strict=True)):
                continue
            full = [
                amount == (most // lot * lot if lot else most)
                for amount, (_, most, lot) in zip(amounts, tranches, strict=True)
            ]
            if any(amounts[k] and not all(full[:k]) for k in range(len(amounts))):
                continue
            best = max(
                best, sum(a * (20 - price) for a, (price, _, _) in zip(amounts, tranches, strict=True))
            )
        assert margin(case) == pytest.approx(best, abs=1e-6)


class TestSales:
    OFFER = rows("offer stream price", "x X 12")

    def test_a_better_second_tier_opens_when_the_first_is_full(self) -> None:
        sales = rows("sale stream tier price max", "s X 1 10 30", "s X 2 25 20")
        assert margin(traded(self.OFFER, sales)) == pytest.approx(30 * -2 + 20 * 13)
        poor = rows("sale stream tier price max", "s X 1 10 300", "s X 2 25 20")
        assert margin(traded(self.OFFER, poor)) == pytest.approx(0.0)

    @pytest.mark.parametrize(
        ("uom", "sold"),
        [("t", 30.0), ("t/d", 900.0), ("kt", 30_000.0), ("m3", 24.0), ("kbd", 30_000 * 30 * 0.8 * BARREL_M3)],
    )
    def test_its_limit_is_an_amount_or_a_rate(self, uom: str, sold: float) -> None:
        case = traded(
            self.OFFER,
            rows("sale stream price max uom", f"s X 20 30 {uom}"),
            stream_properties=rows("stream property value", "X density_t_per_m3 0.8"),
        )
        assert margin(case) == pytest.approx(8 * sold)

    def test_a_least_sale_may_be_missed_at_its_price(self) -> None:
        dear = rows("offer stream price max", "x X 26 100")
        for breaker, expected in (("4", -4.0 * 30), ("9", -6.0 * 30)):
            sales = rows("sale stream price min breaker_cost", f"s X 20 30 {breaker}")
            assert margin(traded(dear, sales)) == pytest.approx(expected)

    def test_costs_of_a_sale_come_off_its_price(self) -> None:
        costs = rows("sale item cost cost_uom", "s fee 3 .", "s tax 10 %")
        assert margin(traded(self.OFFER, rows("sale stream price max", "s X 20 10"), sale_costs=costs)) == (
            pytest.approx(10 * (20 - 3 - 2 - 12))
        )

    def test_a_least_sale_of_what_nothing_makes_leaves_no_plan(self) -> None:
        from netback.planning.solve import plan

        case = tiny(
            sales=rows("sale stream price min", "s Y 20 1", "t X 20 ."),
            offers=rows("offer stream price max", "x X 12 5"),
        )
        assert plan(case).certificate.word == "proven infeasible"


class TestBlends:
    def blended(self, blends: list[Any], **tables: Any) -> Case:
        """A of 0.5 t/m3 at 10 and B of 1 t/m3 at 14 into Q at 20, of which 60 t can be sold."""
        given_: dict[str, Any] = {
            "streams": rows("stream uom", "A t", "B t", "Q t"),
            "stream_properties": rows(
                "stream property value", "A density_t_per_m3 0.5", "B density_t_per_m3 1"
            ),
            "offers": rows("offer stream price", "a A 10", "b B 14"),
            "sales": rows("sale stream price max", "q Q 20 60"),
            "blends": blends,
        }
        return tiny(**(given_ | tables))

    @pytest.mark.parametrize(
        ("basis", "cheap"),
        [
            # At most 40 % of A: of 60 t by mass, or of the cubic metres: 0.4 x 0.5 against 0.6 x 1 t.
            ("mass", 0.4),
            ("volume", 0.4 * 0.5 / (0.4 * 0.5 + 0.6 * 1.0)),
        ],
    )
    def test_a_greatest_share_is_of_mass_or_of_volume(self, basis: str, cheap: float) -> None:
        blends = rows("product component max_share basis", f"Q A 0.4 {basis}", "Q B . .")
        made = solved(self.blended(blends))
        assert values(made, "blend")["Q", "free", "A", "P1"] == pytest.approx(60 * cheap)
        assert made.certificate.value == pytest.approx(60 * (20 - 14 + 4 * cheap))

    @pytest.mark.parametrize(("basis", "dear"), [("mass", 0.3), ("volume", 0.3 / (0.3 + 0.7 * 0.5))])
    def test_a_least_share_is_too(self, basis: str, dear: float) -> None:
        blends = rows("product component min_share basis", "Q A . .", f"Q B 0.3 {basis}")
        assert margin(self.blended(blends)) == pytest.approx(60 * (10 - 4 * dear))

    @pytest.mark.parametrize(("basis", "part"), [("mass", 0.25), ("volume", 0.125 / (0.125 + 0.75))])
    def test_a_recipe_keeps_its_parts(self, basis: str, part: float) -> None:
        blends = rows("product component recipe parts basis", f"Q A r 1 {basis}", f"Q B r 3 {basis}")
        made = solved(self.blended(blends))
        assert values(made, "blend")["Q", "r", "A", "P1"] == pytest.approx(60 * part)
        assert made.certificate.value == pytest.approx(60 * (6 + 4 * part))

    def test_two_recipes_share_a_product(self) -> None:
        blends = rows(
            "product component recipe parts", "Q A lean 1", "Q B lean 3", "Q A rich 1", "Q B rich 1"
        )
        limited = rows("offer stream price max", "a A 10 20", "b B 14 40")
        made = solved(self.blended(blends, offers=limited))
        # 20 of A and 40 of B: x in lean and y in rich with x / 4 + y / 2 = 20 and 3 x / 4 + y / 2 = 40: all 60.
        assert values(made, "recipe") == {
            ("Q", "lean", "P1"): pytest.approx(40.0),
            ("Q", "rich", "P1"): pytest.approx(20.0),
        }

    def test_none_or_at_least_so_much_of_a_component(self) -> None:
        blends = rows("product component min_if_used", "Q A 25", "Q B .")
        for most, cheap in ((60, 60), (25, 25), (24, 0)):
            offers = rows("offer stream price max", f"a A 10 {most}", "b B 14 .")
            assert margin(self.blended(blends, offers=offers)) == pytest.approx(60 * 6 + 4 * cheap)

    @pytest.mark.parametrize(("uom", "per_t"), [(".", 1.0), ("USD/m3", 2.0), ("USD/kt", 1e-3)])
    def test_the_cost_of_a_component_is_in_its_own_uom(self, uom: str, per_t: float) -> None:
        blends = rows("product component cost cost_uom", f"Q A 3 {uom}")
        assert margin(self.blended(blends)) == pytest.approx(60 * (10 - 3 * per_t))

    def test_barrels_of_components_make_tonnes_of_product(self) -> None:
        streams = rows("stream uom", "A bbl", "Q t")
        blends = rows("product component", "Q A")
        offers = rows("offer stream price", "a A 1")
        assert margin(self.blended(blends, streams=streams, offers=offers)) == pytest.approx(
            60 * 20 - 60 / (0.5 * BARREL_M3)
        )

    def test_faults_have_their_cells(self) -> None:
        told = faults(self.blended(rows("product component", "Q A", "Q Q")))
        assert "blends.csv, row 3, column component: a product cannot be a component of itself." in told
        no_density: list[Any] = []
        shares = rows("product component max_share basis", "Q A 0.4 volume", "Q B . .")
        told = faults(self.blended(shares, stream_properties=no_density))
        assert "blends.csv, row 2, column max_share" in told
        recipe = rows("product component recipe parts basis", "Q A r 1 volume", "Q B r 3 volume")
        told = faults(self.blended(recipe, stream_properties=no_density))
        assert "blends.csv, row 2, column basis" in told
        cost = rows("product component cost cost_uom", "Q A 3 USD/m3")
        told = faults(self.blended(cost, stream_properties=no_density))
        assert "blends.csv, row 2, column cost_uom" in told


class TestTanks:
    def kept(self, inventories: list[Any], opening: list[Any] | None = None, **tables: Any) -> Case:
        """Cheap in P1 only, sold up to 10 in each of three periods."""
        given_: dict[str, Any] = {
            "periods": periods(P1=10, P2=10, P3=10),
            "offers": rows("offer stream period price", "x X P1 12"),
            "sales": rows("sale stream price max", "s X 20 10"),
            "inventories": inventories,
            "opening_stocks": opening or [],
        }
        return tiny(**(given_ | tables))

    @pytest.mark.parametrize(("most", "sold"), [(0, 10), (7, 17), (20, 30), (50, 30)])
    def test_what_the_tank_holds_is_sold_later(self, most: int, sold: int) -> None:
        assert margin(self.kept(rows("stream max", f"X {most}"))) == pytest.approx(8 * sold)

    def test_holding_is_paid_for_each_period_end(self) -> None:
        # Sold in P2: 20 - 12 - 3 = 5; in P3: 20 - 12 - 6 = 2.
        assert margin(self.kept(rows("stream max holding_cost", "X 50 3"))) == pytest.approx(10 * (8 + 5 + 2))
        assert margin(self.kept(rows("stream max holding_cost", "X 50 5"))) == pytest.approx(10 * (8 + 3))

    def test_an_opening_stock_is_there_once(self) -> None:
        opening = rows("stream quantity uom", "X 0.006 kt")
        made = solved(self.kept(rows("stream max", "X 50"), opening, offers=[]))
        # Six tonnes, once.
        assert made.certificate.value == pytest.approx(6 * 20)
        assert sum(values(made, "sale").values()) == pytest.approx(6.0)

    def test_closing_limits_hold_at_the_end_alone(self) -> None:
        assert margin(self.kept(rows("stream max closing_min", "X 50 5"))) == pytest.approx(30 * 8 - 5 * 12)
        full = rows("stream max closing_max closing_value", "X 50 4 15")
        assert margin(self.kept(full)) == pytest.approx(30 * 8 + 4 * 3)
        # A closing greatest above that of the tank does not widen it.
        wide = rows("stream max closing_max closing_value", "X 22 90 15")
        assert margin(self.kept(wide)) == pytest.approx(8 * 30 + 3 * 2)

    def test_least_stocks_of_a_period_and_of_the_end_the_higher_counts(self) -> None:
        case = self.kept(rows("stream min max closing_min", "X 3 50 2"))
        assert margin(case) == pytest.approx(30 * 8 - 3 * 12)

    def test_faults_have_their_cells(self) -> None:
        told = faults(self.kept([], rows("stream quantity", "X 4")))
        assert (
            "opening_stocks.csv, row 2, column stream: has an opening stock but no row in inventories.csv."
            in told
        )
        told = faults(self.kept(rows("stream max", "X 50"), rows("stream quantity uom", "X 4 m3")))
        assert "opening_stocks.csv, row 2" in told
        assert "density" in told
        early = rows("stream period max closing_min", "X P1 50 5", "X P3 50 .")
        told = faults(self.kept(early))
        assert (
            "inventories.csv, row 2, column closing_min: the row does not hold in P3, the end of the horizon."
            in told
        )
        told = faults(
            self.kept(
                rows("stream max", "X 50"),
                rows("stream quantity origin", "X 4 Y"),
                streams=rows("stream", "Y"),
            )
        )
        assert 'opening_stocks.csv, row 2, column origin: crude "Y" is not in crudes.csv.' in told
