"""What is asked of which stream, what flows as one mix, and what must be followed by crude: walks along the flows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.refinery.needs import (
    feeds_by_unit,
    followed_by_crude,
    mixed_streams,
    needed_properties,
    pool_components,
    reached,
)
from tiny import rows, tiny

DENSITY = {"density_t_per_m3"}


def chain(**tables: Any) -> Case:
    """A through U1 into B and C; B through U2 into D; C and D into the product P."""
    stated: dict[str, Any] = {
        "offers": rows("offer stream price", "a A 10"),
        "yields": rows("unit feed product yield", "U1 A B 0.6", "U1 A C 0.4", "U2 B D 1"),
        "blends": rows("product component", "P C", "P D"),
        "sales": rows("sale stream price", "p P 20"),
    }
    return tiny(**{**stated, **tables})


def needs(case: Case) -> dict[str, set[str]]:
    """What is needed beside the density, of streams of which something is."""
    return {
        stream: set(found) - DENSITY for stream, found in needed_properties(case).items() if found - DENSITY
    }


class TestReached:
    def test_nothing_leads_on_from_what_has_no_way(self) -> None:
        assert reached(["a"], []) == {"a"}
        assert reached([], [("a", "b")]) == frozenset()

    def test_ways_are_followed_one_way_only_and_round_a_circle_once(self) -> None:
        ways = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")]
        assert reached(["b"], ways) == {"a", "b", "c", "e"}
        assert reached(["d"], ways) == {"a", "b", "c", "d", "e"}
        assert reached(["e"], ways) == {"e"}

    @given(
        st.sets(st.integers(0, 7), max_size=3),
        st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    )
    def test_as_powers_of_the_adjacency_matrix_say(
        self, start: set[int], pairs: list[tuple[int, int]]
    ) -> None:
        steps = np.eye(8, dtype=bool)
        for source, target in pairs:
            steps[source, target] = True
        walks = np.linalg.matrix_power(steps.astype(object), 8).astype(bool)
        expected = {str(place) for place in range(8) if any(walks[begin, place] for begin in start)}
        assert reached(map(str, start), [(str(a), str(b)) for a, b in pairs]) == expected


class TestNeeds:
    def test_without_specs_only_the_density_is_needed(self) -> None:
        assert needs(chain()) == {}
        assert set(needed_properties(chain())["D"]) == DENSITY

    def test_a_spec_is_asked_of_components_and_of_no_feed_that_does_not_pass_it_on(self) -> None:
        case = chain(
            stream_properties=rows("stream property value", "C sulphur_wt_pct 1", "D sulphur_wt_pct 1"),
            specs=rows("product property max", "P sulphur_wt_pct 2"),
        )
        assert needs(case) == {"C": {"sulphur_wt_pct"}, "D": {"sulphur_wt_pct"}}

    def test_a_factor_passes_the_need_up_a_value_does_not(self) -> None:
        case = chain(
            stream_properties=rows("stream property value", "A sulphur_wt_pct 1"),
            product_properties=rows(
                "unit product property value factor",
                "U1 B sulphur_wt_pct . 1.2",
                "U1 C sulphur_wt_pct 0.3 .",
                "U2 D sulphur_wt_pct . 0.9",
            ),
            specs=rows("product property max", "P sulphur_wt_pct 2"),
        )
        assert needs(case) == {name: {"sulphur_wt_pct"} for name in "ABCD"}
        fixed_at_d = rows(
            "unit product property value factor",
            "U1 C sulphur_wt_pct 0.3 .",
            "U2 D sulphur_wt_pct 0.4 .",
        )
        case = chain(product_properties=fixed_at_d, specs=rows("product property max", "P sulphur_wt_pct 2"))
        assert needs(case) == {name: {"sulphur_wt_pct"} for name in "CD"}

    def test_only_the_property_of_the_factor_goes_up(self) -> None:
        case = chain(
            product_properties=rows("unit product property factor", "U2 D sulphur_wt_pct 0.9"),
            stream_properties=rows(
                "stream property value", "B sulphur_wt_pct 1", "C sulphur_wt_pct 1",
                "C ccr_wt_pct 1", "D ccr_wt_pct 1",
            ),
            specs=rows("product property max", "P sulphur_wt_pct 2", "P ccr_wt_pct 3"),
        )  # fmt: skip
        found = needs(case)
        assert found["D"] == found["C"] == {"sulphur_wt_pct", "ccr_wt_pct"}
        assert found["B"] == {"sulphur_wt_pct"}

    def test_deltas_and_limits_of_a_feed_ask_it_of_the_feed(self) -> None:
        case = chain(
            stream_properties=rows("stream property value", "A sulphur_wt_pct 1", "B ccr_wt_pct 1"),
            deltas=rows(
                "unit feed product property base delta",
                "U1 A B sulphur_wt_pct 1 0.01",
                "U1 A C sulphur_wt_pct 1 -0.01",
            ),
            feed_specs=rows("unit property max", "U2 ccr_wt_pct 2"),
        )
        assert needs(case) == {"A": {"sulphur_wt_pct"}, "B": {"ccr_wt_pct"}}

    def test_a_tank_passes_all_that_is_asked_of_it_to_what_flows_in(self) -> None:
        case = chain(
            blends=rows("product component", "P T"),
            pools=rows("stream component", "T C", "T D"),
            stream_properties=rows("stream property value", "C sulphur_wt_pct 1", "D sulphur_wt_pct 2"),
            specs=rows("product property max", "P sulphur_wt_pct 2"),
        )
        assert pool_components(case) == [("C", "T"), ("D", "T")]
        assert needs(case) == {name: {"sulphur_wt_pct"} for name in "TCD"}


class TestMixes:
    def test_nothing_is_mixed_without_a_tank(self) -> None:
        assert mixed_streams(chain()) == frozenset()

    @pytest.mark.parametrize(
        ("tank", "expected"),
        [(("B", "."), {"B", "D"}), (("D", "."), {"D"}), (("T", "A"), {"T"}), (("A", "."), set("ABCD"))],
    )
    def test_a_tank_and_what_units_make_of_it(self, tank: tuple[str, str], expected: set[str]) -> None:
        case = chain(
            pools=rows("stream component", " ".join(tank)),
            sales=rows("sale stream price", "p P 20", "t T 1"),
        )
        assert mixed_streams(case) == expected


class TestFollowed:
    def crude_case(self, **tables: Any) -> Case:
        """Crudes K and L through U1 into B and C."""
        return chain(
            crudes=rows("crude", "K", "L"),
            offers=rows("offer stream price", "k K 10", "l L 9"),
            yields=rows(
                "unit feed product yield",
                *("U1 K B 0.6", "U1 K C 0.4", "U1 L B 0.5", "U1 L C 0.5", "U2 B D 1"),
            ),
            **tables,
        )

    def test_nothing_speaks_of_a_crude(self) -> None:
        assert followed_by_crude(self.crude_case()) == frozenset()

    def test_a_quality_of_one_crude_is_followed_up_to_the_crudes(self) -> None:
        case = self.crude_case(stream_properties=rows("stream origin property value", "D K sulphur_wt_pct 1"))
        assert followed_by_crude(case) == {"D", "B", "K", "L"}

    @pytest.mark.parametrize(
        ("activity", "item", "expected"),
        [
            ("feed", "U2", set("BKL")),
            ("make", "U1", set("KL")),
            ("blend", "P", set("CDBKL")),
            ("sale", "p", {"P", "p"}),
        ],
    )
    def test_a_limit_on_the_part_of_one_crude(self, activity: str, item: str, expected: set[str]) -> None:
        case = self.crude_case(
            limits=rows("limit max", "few 1"),
            limit_terms=rows("limit activity item origin", f"few {activity} {item} K"),
        )
        assert followed_by_crude(case) == expected

    def test_a_limit_on_all_is_no_reason_to_follow(self) -> None:
        case = self.crude_case(
            limits=rows("limit max", "few 1"),
            limit_terms=rows("limit activity item", "few feed U2"),
        )
        assert followed_by_crude(case) == frozenset()


def test_feeds_of_units() -> None:
    assert feeds_by_unit(chain()) == {"U1": ("A",), "U2": ("B",)}
