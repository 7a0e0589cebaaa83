"""Yields of a mix of which a part alone would have a yield below zero; limits on what flows into a pool."""

from __future__ import annotations

import numpy as np
import pytest

from netback.case.case import Case
from netback.case.checks import check
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.planning.solve import Plan, plan
from pool_cases import haverly
from tiny import rows, tiny


def hydrotreated(a_price: float = 6.0, tail: float = 0.05, **tables: object) -> Case:
    """A and B mix; of the mix a unit makes oil and tail, and a tonne of A, by itself, would use up tail.

    Sulphur of A is 3 and of B 1; tail is made at 0.05 less 0.04 for each unit of sulphur above 1: -0.03 of A.
    """
    stated = {
        "streams": rows("stream kind", "A crude", "B crude", "gas loss"),
        "crudes": rows("crude", "A", "B"),
        "properties": rows("property basis", "sulphur flow"),
        "stream_properties": rows("stream property value", "A sulphur 3", "B sulphur 1"),
        "offers": rows("offer stream price max", f"A A {a_price} 100", "B B 10 100"),
        "pools": rows("stream component", "mix A", "mix B"),
        "yields": rows("unit feed product yield", "U mix oil 0.9", f"U mix tail {tail}", "U mix gas 0.05"),
        "deltas": rows("unit feed product property base delta", "U mix tail sulphur 1 -0.04"),
        "sales": rows("sale stream price", "oil oil 20", "tail tail 1"),
    }
    return tiny("hydrotreated", **{**stated, **tables})  # type: ignore[arg-type]


def planned(case: Case, form: str = "exact") -> Plan:
    made = plan(case, pooling=form, gap=1e-7, time_limit=30)
    assert made.certificate.word == "proven", made.certificate
    return made


def bought(made: Plan) -> dict[str, float]:
    block = made.model.problem.block("purchase")
    return {key[0]: float(made.x[block.ids[k, 0]]) for k, key in enumerate(block.index.axes[0])}


class TestMixedYields:
    @pytest.mark.parametrize("form", ["exact", "p", "source"])
    def test_a_mix_may_hold_what_would_use_up_a_product_by_itself(self, form: str) -> None:
        """All of A and B: 200 t with sulphur 2 make 180 t of oil and 200 x (0.05 - 0.04) = 2 t of tail."""
        made = planned(hydrotreated(), form)
        assert bought(made) == pytest.approx({"A": 100.0, "B": 100.0})
        assert made.certificate.value == pytest.approx(180 * 20 + 2 * 1 - 100 * 6 - 100 * 10)

    def test_a_mix_makes_nothing_less_than_nothing(self) -> None:
        """40 t of B carry at most the A at which tail is 0: sulphur 2.25, so A is 5/3 of B."""
        offers = rows("offer stream price max", "A A 6 100", "B B 10 40")
        made = planned(hydrotreated(offers=offers))
        assert bought(made) == pytest.approx({"A": 40 * 5 / 3, "B": 40.0})
        assert made.certificate.value == pytest.approx((40 + 200 / 3) * 0.9 * 20 - 6 * 200 / 3 - 10 * 40)

    def test_tail_of_another_unit_does_not_pay_for_it(self) -> None:
        """What V makes of C is tail as well; the mix must still not use it up."""
        case = hydrotreated(
            offers=rows("offer stream price max", "A A 6 100", "B B 10 40", "C C 0.1 100"),
            yields=rows(
                "unit feed product yield",
                *("U mix oil 0.9", "U mix tail 0.05", "U mix gas 0.05", "V C tail 1"),
            ),
        )
        assert bought(planned(case)) == pytest.approx({"A": 40 * 5 / 3, "B": 40.0, "C": 100.0})

    def test_the_row_is_there_only_where_it_is_needed(self) -> None:
        assert "mixed_yield" not in build_plan(hydrotreated(tail=0.2), "exact").build.blocks
        assert "mixed_yield" in build_plan(hydrotreated(), "exact").build.blocks

    def test_what_flows_unmixed_is_refused(self) -> None:
        case = hydrotreated(
            pools=[],
            yields=rows("unit feed product yield", "U A oil 0.9", "U A tail 0.05", "U A gas 0.05"),
            deltas=rows("unit feed product property base delta", "U A tail sulphur 1 -0.04"),
        )
        with pytest.raises(ModelError, match=r'a yield of -0\.03 for "A".*below zero'):
            build_plan(case)

    def test_a_product_of_several_qualities_is_refused(self) -> None:
        """Tail of A and tail of B differ in sulphur: the one cannot be used up to make the other."""
        case = hydrotreated(
            product_properties=rows("unit product property factor", "U tail sulphur 0.5"),
            blends=rows("product component", "X tail"),
            specs=rows("product property max", "X sulphur 1"),
            sales=rows("sale stream price", "oil oil 20", "x X 1"),
        )
        with pytest.raises(ModelError, match="below zero"):
            build_plan(case, "exact")


class TestLimitsOnPools:
    def test_what_flows_into_a_pool_is_counted(self) -> None:
        """X of A and B alone: at most 30 t of A flow in, so X of 100 t holds 30 of A where it would hold 75."""
        base = {
            "blends": rows("product component", "X mix"),
            "sales": rows("sale stream price max", "X X 9 100"),
        }
        free = planned(haverly(specs=rows("product property max", "X sulphur 2.5"), **base))
        assert bought(free)["A"] == pytest.approx(75.0)
        limited = haverly(
            specs=rows("product property max", "X sulphur 2.5"),
            limits=rows("limit max", "few 30"),
            limit_terms=rows("limit activity item of", "few pool mix A"),
            b_price=8,
            **base,
        )
        assert bought(planned(limited))["A"] == pytest.approx(30.0)

    def test_the_share_of_a_component_is_a_limit_with_both_terms(self) -> None:
        """A is at least 60 % of what flows in: A - 0.6 x (A + B) >= 0."""
        case = haverly(
            b_price=2,
            blends=rows("product component", "X mix"),
            sales=rows("sale stream price max", "X X 9 100"),
            specs=rows("product property max", "X sulphur 2.5"),
            limits=rows("limit min", "share 0"),
            limit_terms=rows(
                "limit activity item of coefficient", "share pool mix A 0.4", "share pool mix B -0.6"
            ),
        )
        found = bought(planned(case))
        assert found == pytest.approx({"A": 60.0, "B": 40.0, "C": 0.0})

    def test_all_components_together(self) -> None:
        case = haverly(
            limits=rows("limit max", "little 20"), limit_terms=rows("limit activity item", "little pool mix")
        )
        made = planned(case)
        block = made.model.problem.block("join")
        assert float(np.asarray(made.x)[block.ids].sum()) == pytest.approx(20.0)

    @pytest.mark.parametrize(
        ("term", "words"),
        [
            (
                "few pool X .",
                'limit_terms.csv, row 2, column item: "X" is no stream of pools.csv with a component.',
            ),
            ("few pool mix C", 'limit_terms.csv, row 2, column of: "mix" has no component "C".'),
        ],
    )
    def test_what_is_no_pool_is_told(self, term: str, words: str) -> None:
        case = haverly(limits=rows("limit max", "few 30"), limit_terms=rows("limit activity item of", term))
        told = [str(finding) for finding in check(case)]
        assert any(words in line for line in told), told


def test_remarks_on_mean_yields_stand_once_for_each_property() -> None:
    """Two feeds whose yields move with a property that averages by volume while they flow by mass: one remark."""
    case = hydrotreated(
        properties=rows("property basis", "sulphur volume"),
        stream_properties=rows(
            "stream property value",
            "A sulphur 3",
            "B sulphur 1",
            "A density_t_per_m3 0.9",
            "B density_t_per_m3 0.8",
        ),
        pools=rows("stream component", "mix A", "mix B", "late A", "late B"),
        yields=rows(
            "unit feed product yield",
            *("U mix oil 0.8", "U mix tail 0.2", "V late oil 0.8", "V late tail 0.2"),
        ),
        deltas=rows(
            "unit feed product property base delta",
            *("U mix oil sulphur 1 0.01", "U mix tail sulphur 1 -0.01"),
            *("V late oil sulphur 1 0.01", "V late tail sulphur 1 -0.01"),
        ),
    )
    told = [str(remark) for remark in build_plan(case, "exact").build.remarks if "is the mean" in str(remark)]
    assert len(told) == 1
    assert told[0].startswith(
        'deltas.csv, rows 2-5: sulphur blends by volume (linear), but the feeds "mix", "late"'
    )
