"""From tables to lots and runs: which lots there are, their qualities, rounds with and without an end."""

from __future__ import annotations

from typing import Any

import pytest

from netback.case.case import Case
from netback.errors import ModelError
from netback.refinery.needs import needed_properties
from netback.refinery.network import Network
from netback.refinery.tracing import trace
from tiny import margin, rows, solved, tiny, values


def lots(network: Network, stream: str) -> list[dict[str, float]]:
    """Properties of the lots of a stream."""
    return [dict(network.lots[lot].properties) for lot in network.stream_lots[stream]]


def two_feeds(*qualities: str, **tables: Any) -> Case:
    """X and Z through U into Y, which is blended into Q."""
    stated: dict[str, Any] = {
        "offers": rows("offer stream price max", "x X 10 100", "z Z 10 100"),
        "yields": rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
        "product_properties": rows("unit product property factor", "U Y sulfur_wt_pct 0.5"),
        "blends": rows("product component", "Q Y"),
        "specs": rows("product property max", "Q sulfur_wt_pct 1"),
        "sales": rows("sale stream price", "q Q 20"),
        "stream_properties": rows("stream property value", *qualities),
    }
    return tiny(**{**stated, **tables})


class TestLots:
    def test_lots_of_different_quality_stay_apart(self) -> None:
        network = trace(two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 3"))
        assert lots(network, "Y") == [{"sulfur_wt_pct": 0.5}, {"sulfur_wt_pct": 1.5}]
        assert [network.labels[lot] for lot in network.stream_lots["Y"]] == ["Y", "Y#2"]

    def test_lots_of_equal_quality_are_one(self) -> None:
        network = trace(two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 1"))
        assert lots(network, "Y") == [{"sulfur_wt_pct": 0.5}]
        assert len(network.runs) == 2

    def test_qualities_that_nobody_asks_for_do_not_part_lots(self) -> None:
        case = two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 3", specs=[])
        assert lots(trace(case), "Y") == [{}]

    def test_equal_to_twelve_digits_is_equal(self) -> None:
        network = trace(two_feeds("X sulfur_wt_pct 0.3", "Z sulfur_wt_pct 0.30000000000000004"))
        assert len(network.stream_lots["Y"]) == 1

    def test_a_stated_quality_makes_one_lot_whatever_the_unit_says(self) -> None:
        case = two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 3", "Y sulfur_wt_pct 0.8")
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 0.8}]

    def test_value_offset_and_factor(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 2",
            "Z sulfur_wt_pct 4",
            product_properties=rows(
                "unit feed product property value factor offset", "U X Y sulfur_wt_pct . 0.5 0.1"
            )
            + rows("unit feed product property value", "U Z Y sulfur_wt_pct 0.7"),
        )
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 1.1}, {"sulfur_wt_pct": 0.7}]

    def test_the_more_special_row_of_a_quality_wins(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 2",
            "Z sulfur_wt_pct 4",
            product_properties=rows("unit product property value", "U Y sulfur_wt_pct 9")
            + rows("unit mode product property value", "U normal Y sulfur_wt_pct 8")
            + rows("unit mode feed product property value", "U normal X Y sulfur_wt_pct 7"),
        )
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 7.0}, {"sulfur_wt_pct": 8.0}]

    def test_an_offset_alone_is_the_quality(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 2",
            "Z sulfur_wt_pct 4",
            product_properties=rows("unit product property offset", "U Y sulfur_wt_pct 0.4"),
        )
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 0.4}]

    def test_quality_by_origin(self) -> None:
        case = two_feeds(
            crudes=rows("crude", "X", "Z"),
            product_properties=[],
            stream_properties=rows(
                "stream origin property value", "Y X sulfur_wt_pct 0.2", "Y Z sulfur_wt_pct 0.9"
            ),
        )
        network = trace(case)
        assert lots(network, "Y") == [{"sulfur_wt_pct": 0.2}, {"sulfur_wt_pct": 0.9}]
        assert [network.labels[lot] for lot in network.stream_lots["Y"]] == ["Y@X", "Y@Z"]

    def test_quality_by_origin_reaches_over_a_stream_of_one_quality(self) -> None:
        """W has one fixed quality for both crudes; what is made of it still knows its crude."""
        case = two_feeds(
            crudes=rows("crude", "X", "Z"),
            yields=rows("unit feed product yield", "U X W 1", "U Z W 1", "V W Y 1"),
            product_properties=[],
            stream_properties=rows("stream property value", "W sulfur_wt_pct 3")
            + rows("stream origin property value", "Y X sulfur_wt_pct 0.2", "Y Z sulfur_wt_pct 0.9"),
        )
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 0.2}, {"sulfur_wt_pct": 0.9}]

    def test_what_is_used_beside_feeds_is_one_lot(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            "Z sulfur_wt_pct 3",
            yields=rows(
                "unit feed product yield",
                "U X Y 1",
                "U Z Y 1",
                "U X H 0.02",
                "U Z H 0.03",
                "V Y W 1",
                "V Y H -0.1",
            ),
        )
        network = trace(case)
        assert len(network.stream_lots["H"]) == 1
        assert len(network.stream_lots["Y"]) == 2

    def test_a_purchase_adds_to_its_own_lot(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            offers=rows("offer stream price max", "x X 10 100", "y Y 30 100"),
            blends=rows("product component", "Q X"),
        )
        network = trace(case)
        assert [network.lots[lot].made_by for lot in network.stream_lots["Y"]] == ["purchase"]

    def test_the_network_does_not_depend_on_chance(self) -> None:
        case = two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 3")
        assert trace(case).labels == trace(case).labels
        assert trace(case).runs == trace(case).runs


class TestStocks:
    def test_a_stock_of_what_a_unit_makes_has_its_quality(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            offers=rows("offer stream price max", "x X 10 100"),
            opening_stocks=rows("stream quantity", "Y 5"),
            inventories=rows("stream max", "Y 9"),
        )
        assert lots(trace(case), "Y") == [{"sulfur_wt_pct": 0.5}]
        assert margin(case) == pytest.approx(100 * 10 + 5 * 20)

    def test_a_stock_without_any_maker_is_a_lot_of_its_own(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            "S sulfur_wt_pct 0.2",
            offers=rows("offer stream price max", "x X 10 100"),
            blends=rows("product component", "Q Y", "Q S"),
            opening_stocks=rows("stream quantity", "S 5"),
            inventories=rows("stream max", "S 9"),
        )
        assert lots(trace(case), "S") == [{"sulfur_wt_pct": 0.2}]

    def test_stocks_of_two_origins_in_one_lot_add_up(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            "Z sulfur_wt_pct 1",
            crudes=rows("crude", "X", "Z"),
            opening_stocks=rows("stream origin quantity", "Y X 5", "Y Z 7"),
            inventories=rows("stream max", "Y 20"),
        )
        made = solved(case)
        assert values(made, "opening_stock") == {("Y", "P1"): 12.0}

    def test_a_crude_that_lies_in_tank_is_run_though_nobody_offers_it(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            "Z sulfur_wt_pct 1",
            offers=rows("offer stream price max", "x X 10 100"),
            opening_stocks=rows("stream quantity", "Z 5"),
            inventories=rows("stream max", "Z 5"),
        )
        assert margin(case) == pytest.approx(100 * 10 + 5 * 20)


class TestRounds:
    def round_trip(self, factor: str, offset: str = ".", **tables: Any) -> Case:
        """S makes X, U makes Y of X, V makes X of Y again; Y is blended into Q."""
        stated: dict[str, Any] = {
            "offers": rows("offer stream price max", "s S 10 100"),
            "yields": rows("unit feed product yield", "T S X 1", "U X Y 0.8", "V Y X 0.5"),
            "product_properties": rows(
                "unit product property factor offset",
                *("T X sulfur_wt_pct 1 .", f"U Y sulfur_wt_pct {factor} {offset}", "V X sulfur_wt_pct 1 ."),
            ),
            "blends": rows("product component", "Q Y"),
            "specs": rows("product property max", "Q sulfur_wt_pct 5"),
            "sales": rows("sale stream price", "q Q 20"),
            "stream_properties": rows("stream property value", "S sulfur_wt_pct 2"),
        }
        return tiny(**{**stated, **tables})

    def test_a_round_of_constant_quality_is_planned(self) -> None:
        case = self.round_trip("1")
        network = trace(case)
        assert len(network.stream_lots["X"]) == len(network.stream_lots["Y"]) == 1
        # 100 X make 80 Y; Y sent round again would make 0.4 of itself, so none is.
        assert margin(case) == pytest.approx(80 * 20 - 1000)

    def test_a_round_that_must_be_used_closes(self) -> None:
        made = solved(self.round_trip("1", capacities=rows("unit min max", "V 10 50")))
        # V takes 10 Y and gives 5 X: 105 X make 84 Y, of which 74 are sold.
        assert made.certificate.value == pytest.approx(74 * 20 - 1000)

    def test_a_round_that_settles_at_once_is_planned(self) -> None:
        network = trace(self.round_trip("0", "0.7"))
        assert lots(network, "Y") == [{"sulfur_wt_pct": 0.7}]
        assert lots(network, "X") == [{"sulfur_wt_pct": 2.0}, {"sulfur_wt_pct": 0.7}]

    def test_a_quality_that_swings_between_two_values_is_planned(self) -> None:
        """4 - x of x is x again after two rounds."""
        network = trace(self.round_trip("-1", "3"))
        assert sorted(lot["sulfur_wt_pct"] for lot in lots(network, "Y")) == [1.0, 2.0]

    @pytest.mark.parametrize(("factor", "offset"), [("0.9", "."), ("1", "0.1"), ("0.5", "1.5")])
    def test_a_quality_that_never_settles_is_told_with_its_round(self, factor: str, offset: str) -> None:
        with pytest.raises(ModelError) as caught:
            trace(self.round_trip(factor, offset))
        (finding,) = caught.value.findings
        assert finding.what.startswith("a cycle of units: ")
        assert "(by U/normal)" in finding.what
        assert "(by V/normal)" in finding.what
        assert "fixed quality" in finding.hint

    def test_the_repair_of_the_hint_works(self) -> None:
        fixed = rows("stream property value", "S sulfur_wt_pct 2", "X sulfur_wt_pct 2")
        assert margin(self.round_trip("0.9", stream_properties=fixed)) == pytest.approx(600)

    def test_branching_rounds_end_soon(self) -> None:
        """Two modes that change the quality differently double the lots with every round."""
        case = self.round_trip(
            "0.9",
            modes=rows("unit mode", "U mild", "U hard"),
            yields=rows(
                "unit mode feed product yield",
                "T normal S X 1",
                "U mild X Y 0.8",
                "U hard X Y 0.7",
                "V normal Y X 0.5",
            ),
            product_properties=rows(
                "unit mode product property factor",
                *("T . X sulfur_wt_pct 1", "U mild Y sulfur_wt_pct 0.9"),
                *("U hard Y sulfur_wt_pct 0.7", "V . X sulfur_wt_pct 1"),
            ),
        )
        with pytest.raises(ModelError, match="a cycle of units"):
            trace(case)

    def test_a_long_way_through_one_unit_is_no_round(self) -> None:
        steps = 40
        case = self.round_trip(
            "1",
            yields=rows(
                "unit feed product yield", *(f"T N{k} N{k + 1} 1" for k in range(steps)), f"T N{steps} Y 1"
            ),
            product_properties=rows(
                "unit product property factor",
                *(f"T N{k + 1} sulfur_wt_pct 0.99" for k in range(steps)),
                "T Y sulfur_wt_pct 1",
            ),
            offers=rows("offer stream price max", "s N0 10 100"),
            stream_properties=rows("stream property value", "N0 sulfur_wt_pct 2"),
        )
        network = trace(case)
        assert lots(network, "Y")[0]["sulfur_wt_pct"] == pytest.approx(2 * 0.99**steps)
        assert margin(case) == pytest.approx(1000)


class TestNeeds:
    def test_a_spec_is_needed_of_components_and_of_what_passes_it_on(self) -> None:
        needs = needed_properties(two_feeds("X sulfur_wt_pct 1", "Z sulfur_wt_pct 3"))
        for stream in ("X", "Z", "Y"):
            assert needs[stream] == {"sulfur_wt_pct", "density_t_per_m3"}
        assert needs["Q"] == {"density_t_per_m3"}

    def test_a_stated_value_asks_nothing_of_the_feed(self) -> None:
        case = two_feeds(
            "X sulfur_wt_pct 1",
            product_properties=rows("unit product property value", "U Y sulfur_wt_pct 0.5"),
        )
        assert needed_properties(case)["X"] == {"density_t_per_m3"}

    def test_deltas_and_feed_specs_ask_of_the_feed(self) -> None:
        case = two_feeds(
            deltas=rows("unit feed product property base delta", "U X Y ccr_wt_pct 4 0.1"),
            feed_specs=rows("unit property max", "U nitrogen_ppm 100"),
            specs=[],
        )
        needs = needed_properties(case)
        assert needs["X"] == {"ccr_wt_pct", "nitrogen_ppm", "density_t_per_m3"}
        assert needs["Z"] == {"nitrogen_ppm", "density_t_per_m3"}

    def test_a_swing_cut_needs_what_its_targets_need(self) -> None:
        case = tiny(
            cuts=rows(
                "unit stream from_c to_c swing_to",
                "cdu light . 150 .",
                "cdu swing 150 200 light;heavy",
                "cdu heavy 200 . .",
            ),
            blends=rows("product component", "Q heavy"),
            specs=rows("product property max", "Q sulfur_wt_pct 1"),
        )
        needs = needed_properties(case)
        assert needs["swing"] == needs["heavy"] == {"sulfur_wt_pct", "density_t_per_m3"}
        assert needs["light"] == {"density_t_per_m3"}


class TestLean:
    """Plans with pools are traced without crudes that nobody speaks of any more."""

    def crudes(self, **tables: list[dict[str, object]]) -> Case:
        stated: dict[str, list[dict[str, object]]] = {
            "crudes": rows("crude", "A", "B"),
            "offers": rows("offer stream price", "a A 10", "b B 10"),
            "yields": rows("unit feed product yield", "cdu A X 1", "cdu B X 1", "V X Z 1"),
            "product_properties": rows("unit product property value", "V Z sulfur_wt_pct 1"),
            "stream_properties": rows(
                "stream origin property value", "X A sulfur_wt_pct 1", "X B sulfur_wt_pct 2"
            ),
            "blends": rows("product component", "Q X", "Q Z"),
            "specs": rows("product property max", "Q sulfur_wt_pct 2"),
            "sales": rows("sale stream price", "q Q 20"),
        }
        return tiny(**{**stated, **tables})

    def test_equal_lots_are_one_where_nothing_speaks_of_the_crude(self) -> None:
        full, lean = trace(self.crudes()), trace(self.crudes(), lean=True)
        assert len(full.stream_lots["Z"]) == 2
        assert len(lean.stream_lots["Z"]) == 1
        assert lean.lots[lean.stream_lots["Z"][0]].origins == ("A", "B")
        assert len(lean.stream_lots["X"]) == 2

    def test_a_limit_that_names_the_crude_keeps_them_apart(self) -> None:
        case = self.crudes(
            limits=rows("limit max", "few 5"),
            limit_terms=rows("limit activity item of origin", "few blend Q Z A"),
        )
        assert len(trace(case, lean=True).stream_lots["Z"]) == 2

    def test_lots_of_several_makers_are_named_by_them(self) -> None:
        case = self.crudes(
            yields=rows("unit feed product yield", "cdu A X 1", "cdu B X 1", "V X Z 1", "W X Z 1"),
            product_properties=rows(
                "unit product property value", "V Z sulfur_wt_pct 1", "W Z sulfur_wt_pct 0.5"
            ),
        )
        network = trace(case, lean=True)
        labels = {network.labels[lot] for lot in network.stream_lots["Z"]}
        assert labels == {"Z@A+B by V/normal", "Z@A+B by W/normal"}
