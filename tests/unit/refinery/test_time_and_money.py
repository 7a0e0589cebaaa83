"""Rows over time, uom of quantities, prices and exchange rates, order of steps, and conversions by lot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import DataError
from netback.refinery.build import Flow
from netback.refinery.money import Money, split_price_uom
from netback.refinery.network import Network
from netback.refinery.prices import price_over_time
from netback.refinery.rules import Rules
from netback.refinery.steps import steps_to_order
from netback.refinery.timeline import amount_factor, amount_factors, first, one_uom, timelines, values
from netback.refinery.tracing import trace
from netback.uom import BARREL_M3
from tiny import periods, rows, tiny


def three(*offers: str, heading: str = "offer stream period price max uom", **tables: Any) -> Case:
    """Three periods of 10, 20 and 30 days."""
    return tiny(periods=periods(P1=10, P2=20, P3=30), offers=rows(heading, *offers), **tables)


class TestTimelines:
    def test_a_named_period_wins_over_a_blank_one(self) -> None:
        lines = timelines(three("x X . 5 . .", "x X P2 7 . ."), "offers", ("offer",))
        assert values(lines[("x",)], "price", np.nan).tolist() == [5.0, 7.0, 5.0]

    def test_the_order_of_the_rows_is_of_no_account(self) -> None:
        lines = timelines(three("x X P2 7 . .", "x X . 5 . ."), "offers", ("offer",))
        assert values(lines[("x",)], "price", np.nan).tolist() == [5.0, 7.0, 5.0]

    def test_no_row_and_no_number_read_as_told(self) -> None:
        (line,) = timelines(three("x X P2 7 . .", "x X P3 7 9 ."), "offers", ("offer",)).values()
        assert line[0] is None
        assert values(line, "max", -1.0).tolist() == [-1.0, -1.0, 9.0]
        assert first(line)["period"] == "P2"

    def test_rows_may_be_kept_out(self) -> None:
        case = three("x X . 5 . .", "y Y . 6 . .")
        assert list(timelines(case, "offers", ("offer",), lambda row: row["price"] > 5)) == [("y",)]

    def test_one_uom_or_a_finding(self) -> None:
        (line,) = timelines(three("x X . 5 1 tonne", "x X P2 7 1 t"), "offers", ("offer",)).values()
        assert one_uom("offers", line) == "tonne"
        (line,) = timelines(three("x X . 5 1 .", "x X P2 7 1 t"), "offers", ("offer",)).values()
        with pytest.raises(
            DataError, match=r"offers\.csv counts in the uom of the stream in row 2 and in t in row 3"
        ):
            one_uom("offers", line)

    def test_amounts_and_rates_of_each_period(self) -> None:
        case = three("x X . 5 1 kt", "x X P2 7 1 m3/d", "x X P3 7 1 kt/h")
        (line,) = timelines(case, "offers", ("offer",)).values()
        assert amount_factors(case, line, "t", 0.8) == pytest.approx([1000.0, 0.8 * 20, 1000.0 * 24 * 30])
        assert amount_factor(case, "bbl/d", "m3", None, 2) == pytest.approx(BARREL_M3 * 30)

    def test_a_rate_into_an_amount_of_mass_needs_a_density(self) -> None:
        case = three("x X . 5 1 bbl/d")
        (line,) = timelines(case, "offers", ("offer",)).values()
        with pytest.raises(DataError, match="needs a density"):
            amount_factors(case, line, "t", None)


class TestMoney:
    def money(self) -> Money:
        return Money.of(
            three(
                "x X . 5 . .",
                exchange_rates=rows("currency period rate", "EUR . 0.8", "EUR P3 1.0", "PKR P1 250"),
            )
        )

    def test_own_currency_needs_no_rate(self) -> None:
        assert self.money().factor("USD/bbl", "t", 0.8, 0) == pytest.approx(1 / (0.8 * BARREL_M3))
        assert self.money().factor(None, "t", None, 0) == 1.0
        assert self.money().is_own("USD/t")
        assert not self.money().is_own("EUR/t")

    def test_a_price_is_divided_by_the_rate_of_its_period(self) -> None:
        assert self.money().factors("EUR/kt", "t", None) == pytest.approx([1.25e-3, 1.25e-3, 1e-3])
        assert self.money().factor("PKR/l", "m3", None, 0) == pytest.approx(1000 / 250)

    @pytest.mark.parametrize(("uom", "period"), [("PKR/t", 1), ("GBP/t", 0)])
    def test_a_missing_rate_is_told(self, uom: str, period: int) -> None:
        with pytest.raises(DataError, match=f"no rate of {uom[:3]} against USD"):
            self.money().factor(uom, "t", None, period)

    def test_parts_of_a_price(self) -> None:
        assert split_price_uom("USD/bbl") == ("USD", "bbl")

    def test_prices_over_time_are_zero_where_no_row_speaks(self) -> None:
        case = three("x X P1 70 . .", "x X P3 80 . .", heading="offer stream period price max uom")
        network = trace(case)
        (line,) = timelines(case, "offers", ("offer",)).values()
        assert price_over_time(network, line, 0, "price", "price_uom").tolist() == [70.0, 0.0, 80.0]


class TestRules:
    def rules(self, *lines: str) -> Rules:
        return Rules(tiny(properties=rows("property basis method", *lines)))

    def test_built_in_rule_without_a_row(self) -> None:
        rule = self.rules()["flash_c"]
        assert (rule.basis, rule.method, rule.rising) == ("volume", "wickey_chittenden", False)
        assert rule.from_index(rule.to_index(60.0)) == pytest.approx(60.0)

    def test_many_indices_at_once_are_the_same(self) -> None:
        for name, basis in (("viscosity_cst_50c", "mass"), ("sulfur_wt_pct", "mass"), ("ron", "volume")):
            rule = self.rules()[name]
            found = rule.to_indices(np.array([80.0, 95.0]))
            assert found == pytest.approx([rule.to_index(80.0), rule.to_index(95.0)])
            assert rule.basis == basis

    def test_own_rules_are_linear(self) -> None:
        rules = self.rules("hardness . .", "shade flow linear")
        assert (rules["hardness"].basis, rules["shade"].basis) == ("volume", "flow")
        assert rules["shade"].to_index(3.0) == 3.0
        assert rules.known("hardness")
        assert not rules.known("softness")

    def test_unknown_property_names_the_closest(self) -> None:
        with pytest.raises(DataError, match='Closest name: "viscosity_cst_50c"'):
            self.rules()["viscosity_cst_50"]


class TestSteps:
    @pytest.mark.parametrize(
        ("prices", "expected"),
        [
            ([5, 6, 7], []),
            ([7, 6, 5], [(0, 1), (1, 2)]),
            ([5, 6, 1], [(0, 1), (1, 2)]),
            ([5, 1, 3], [(0, 1), (1, 2)]),
            ([1, 2, 10, 5], [(2, 3)]),
            ([1, 5, 2, 10], [(1, 2)]),
            ([3], []),
        ],
    )
    def test_borders_that_are_forced(self, prices: list[float], expected: list[tuple[int, int]]) -> None:
        assert steps_to_order(["o"] * len(prices), lambda a, b: prices[b] < prices[a]) == expected

    def test_offers_do_not_mix(self) -> None:
        prices = [5, 6, 1, 2]
        assert steps_to_order(["a", "a", "b", "b"], lambda a, b: prices[b] < prices[a]) == []

    @settings(max_examples=50)
    @given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
    def test_what_is_not_forced_is_in_order(self, prices: list[int]) -> None:
        forced = steps_to_order(["o"] * len(prices), lambda a, b: prices[b] < prices[a])
        for border in range(1, len(prices)):
            if (border - 1, border) not in forced:
                assert max(prices[:border]) <= min(prices[border:])


class TestNetwork:
    def network(self) -> Network:
        case = tiny(
            streams=rows("stream kind uom", "X crude bbl", "Y . t", "W utility kWh", "N . each", "V . m3"),
            stream_properties=rows(
                "stream property value", "X density_t_per_m3 0.85", "V density_t_per_m3 -1"
            ),
            offers=rows("offer stream price", "x X 1", "y Y 1", "w W 1", "n N 1", "v V 1"),
            blends=rows("product component", "Q X"),
        )
        return trace(case)

    def test_factors_by_the_density_of_the_lot(self) -> None:
        network = self.network()
        (x,) = network.stream_lots["X"]
        assert network.factor(x, "t") == pytest.approx(0.85 * BARREL_M3)
        assert network.factor(x, "kbbl") == pytest.approx(1e-3)
        (y,) = network.stream_lots["Y"]
        assert network.factor(y, "kg") == pytest.approx(1000.0)

    @pytest.mark.parametrize(
        ("stream", "target", "what"),
        [
            ("Y", "bbl", "needs a density"),
            ("V", "t", "needs a density"),
            ("W", "t", "measures energy"),
            ("N", "t", "measures count"),
            ("X", "t/d", "one is a rate"),
        ],
    )
    def test_what_cannot_be_converted_is_told(self, stream: str, target: str, what: str) -> None:
        network = self.network()
        (lot,) = network.stream_lots[stream]
        with pytest.raises(DataError, match=what) as caught:
            network.factor(lot, target)
        assert stream in caught.value.findings[0].where
        with pytest.raises(DataError, match=what):
            network.factors([lot], target)

    def test_many_factors_are_those_of_each(self) -> None:
        network = self.network()
        lots = [network.stream_lots[stream][0] for stream in ("X", "Y", "X")]
        assert network.factors(lots, "t").tolist() == pytest.approx(
            [network.factor(lot, "t") for lot in lots]
        )
        (x,) = network.stream_lots["X"]
        assert network.factors([x], "l").tolist() == pytest.approx([BARREL_M3 * 1000])

    def test_mass_of_every_lot_where_there_is_one(self) -> None:
        network = self.network()
        found = {
            network.labels[lot.id]: mass
            for lot, mass in zip(network.lots, network.mass_factors(), strict=True)
        }
        assert found["X"] == pytest.approx(0.85 * BARREL_M3)
        assert found["Y"] == found["Q"] == 1.0
        assert all(np.isnan(found[name]) for name in ("W", "N", "V"))

    def test_what_counts_in_the_mass_balance(self) -> None:
        streams = self.network().streams
        assert [name for name, stream in streams.items() if stream.in_mass_balance] == ["X", "Y", "V", "Q"]

    def test_a_blend_is_told_to_flow_as_it_is_sold(self) -> None:
        network = self.network()
        with pytest.raises(DataError, match="let it flow in the uom it is sold in"):
            network.factor(network.blended["Q"], "bbl")


class TestFlow:
    def test_nothing_is_an_empty_flow(self) -> None:
        flow = Flow.of([], 3)
        assert len(flow) == 0
        assert flow.columns.shape == flow.weights.shape == (0, 3)

    def test_scaled_by_a_number_or_by_period(self) -> None:
        flow = Flow.of([(np.array([1, 2]), 3.0), (np.array([4, 5]), np.array([1.0, 2.0]))], 2)
        assert flow.weights.tolist() == [[3.0, 3.0], [1.0, 2.0]]
        assert flow.scaled(2.0).weights.tolist() == [[6.0, 6.0], [2.0, 4.0]]
        assert flow.scaled(np.array([1.0, 0.5])).weights.tolist() == [[3.0, 1.5], [1.0, 1.0]]
