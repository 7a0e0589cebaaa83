"""Repairs of plans that do not exist: by hand, and made anew with the limit eased a hair less and a hair more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netback.case.case import Case
from netback.planning.model import build_plan
from netback.planning.phrases import explain_failure, failure_findings
from netback.planning.repairs import Repair, repairs
from netback.planning.solve import plan
from tiny import margin, periods, rows, tiny


def no_uom(block: str, labels: tuple[str, ...]) -> str:
    return ""


def found(case: Case) -> dict[str, Repair]:
    model = build_plan(case)
    told = explain_failure(model)
    assert told.word == "infeasible"
    return {one.phrase: one for one in repairs(model, told.conflict, no_uom) if one.enough}


def plant(**more: Any) -> Case:
    """Ten tons of a at most, made into p and q by halves; 8 of p must be sold."""
    tables: dict[str, Any] = {
        "offers": rows("offer stream price max", "a a 5 10"),
        "yields": rows("unit feed product yield", "u a p 0.5", "u a q 0.5"),
        "sales": rows("sale stream price min", "p p 9 8", "q q 9 ."),
        **more,
    }
    return tiny("plant", **tables)


def test_two_repairs_by_hand() -> None:
    """More of a (16 t, 64 earned) or less of p asked (5 t: 10 t of a, 40 earned)."""
    told = found(plant())
    assert list(told) == ["the maximum purchase of a in P1", "the minimum sale of p in P1"]
    more, less = told.values()
    assert (more.text, less.text) == ("from 10 to 16", "from 8 to 5")
    assert (more.margin, less.margin) == (pytest.approx(64.0, abs=1e-3), pytest.approx(40.0, abs=1e-3))


@pytest.mark.parametrize(
    ("most", "least", "exists"), [(16, 8, True), (15.99, 8, False), (10, 5, True), (10, 5.01, False)]
)
def test_less_easing_is_not_enough(most: float, least: float, exists: bool) -> None:
    case = plant(
        offers=rows("offer stream price max", f"a a 5 {most}"),
        sales=rows("sale stream price min", f"p p 9 {least}", "q q 9 ."),
    )
    assert plan(case).solved is exists


def test_a_capacity_in_its_own_uom_and_period() -> None:
    case = plant(
        periods=periods(P1=10, P2=20),
        offers=rows("offer stream price", "a a 5"),
        capacities=rows("unit max uom", "u 1 t/d"),
        sales=rows("sale stream period price min", "p p P1 9 8", "p p P2 9 .", "q q . 9 ."),
    )
    told = found(case)
    assert told["the capacity of u in P1"].text == "from 1 to 1.6 in P1"
    assert told["the minimum sale of p in P1"].text == "from 8 to 5 in P1"


def test_a_limit_over_several_periods_is_one_repair() -> None:
    case = plant(
        periods=periods(P1=10, P2=10),
        offers=rows("offer stream price", "a a 5"),
        capacities=rows("unit max uom", "u 1 t/d"),
        limits=[{"limit": "need", "scope": "horizon", "min": 30, "uom": "t"}],
        limit_terms=rows("limit activity item", "need purchase a"),
        sales=rows("sale stream price", "p p 9", "q q 9"),
    )
    told = found(case)
    assert set(told) == {"the capacity of u", "the minimum of limit need over the horizon"}
    assert told["the minimum of limit need over the horizon"].text == "from 30 to 20"
    # One period has to give way by 10 t, which of them is open.
    assert told["the capacity of u"].text.startswith("from 1 to ")


def blend(limit: float, rule: str = "sulfur_wt_pct", side: str = "max") -> Case:
    """Four tons of a blend of x (2 %) and y (3 %), of which x is short."""
    return tiny(
        stream_properties=rows(
            "stream property value",
            f"x {rule} 2",
            f"y {rule} 3",
            "x density_t_per_m3 1",
            "y density_t_per_m3 1",
        ),
        offers=rows("offer stream price max", "x x 5 1", "y y 4 10"),
        blends=rows("product component", "m x", "m y"),
        specs=rows(f"product property {side}", f"m {rule} {limit}"),
        sales=rows("sale stream price min max", "m m 9 4 4"),
    )


def test_a_spec_is_eased_along_its_own_scale() -> None:
    """With one ton of x in four the blend has 2.75 %."""
    told = found(blend(2.5))
    spec = told["the sulfur_wt_pct max of m in P1"]
    number = float(spec.text.split()[-1])
    assert spec.text.startswith("from 2.5 to ")
    assert number == pytest.approx(2.75, abs=1e-4)
    assert spec.margin == pytest.approx(4 * 9 - 5 - 3 * 4, abs=1e-2)
    assert margin(blend(number + 1e-6)) == pytest.approx(spec.margin, abs=1e-2)
    assert not plan(blend(number - 1e-3)).solved
    assert told["the maximum purchase of x in P1"].text == "from 1 to 2"
    assert told["the minimum sale of m in P1"].text == "from 4 to 2"


def test_a_least_quality_is_eased_downwards() -> None:
    """Octane: x has 2 and y 3, both too low for 4; the best that can be had is y alone."""
    told = found(blend(4.0, "ron", "min"))
    assert float(told["the ron min of m in P1"].text.split()[-1]) == pytest.approx(3.0, abs=1e-4)


def test_conflicts_side_by_side_have_no_single_repair() -> None:
    case = tiny(
        offers=rows("offer stream price max", "a a 5 10", "b b 5 10"),
        sales=rows("sale stream price min", "a a 9 20", "b b 9 20"),
    )
    assert found(case) == {}
    (finding,) = failure_findings(build_plan(case), "proven infeasible", "", repair=True).findings
    assert "No one of them is enough alone" in finding.what
    assert "Elsewhere bounds are missed as well" in finding.what


def test_the_message_tells_repairs_dearest_margin_first_only_when_asked() -> None:
    model = build_plan(plant())
    (plain,) = failure_findings(model, "proven infeasible", "").findings
    assert "alone" not in plain.what
    (finding,) = failure_findings(model, "proven infeasible", "", repair=True).findings
    lines = finding.what.splitlines()
    place = lines.index("Each of these alone makes a plan possible, if it is eased at least so far:")
    assert lines[place + 1 :] == [  # and the hint stands in a line of its own
        "  - the maximum purchase of a in P1 from 10 to 16 t, then the margin is 64 USD",
        "  - the minimum sale of p in P1 from 8 to 5 t, then the margin is 40 USD",
    ]


def test_a_limit_that_is_not_enough_alone_is_said_to_be() -> None:
    """Sulphur and octane both ask for more x than there is: easing one of them leaves the other."""
    case = tiny(
        stream_properties=rows(
            "stream property value",
            "x sulfur_wt_pct 2",
            "y sulfur_wt_pct 3",
            "x ron 90",
            "y ron 80",
            "x density_t_per_m3 1",
            "y density_t_per_m3 1",
        ),
        offers=rows("offer stream price max", "x x 5 1", "y y 4 10"),
        blends=rows("product component", "m x", "m y"),
        specs=rows("product property min max", "m sulfur_wt_pct . 2.5", "m ron 85 ."),
        sales=rows("sale stream price min max", "m m 9 4 4"),
    )
    model = build_plan(case)
    told = explain_failure(model)
    every = repairs(model, told.conflict, no_uom)
    assert {one.phrase for one in every if not one.enough} & {
        "the sulfur_wt_pct max of m in P1",
        "the ron min of m in P1",
    }
    assert every[-1].enough is False
    (finding,) = failure_findings(model, "proven infeasible", "", repair=True).findings
    assert "Not enough alone, since other limits clash then: the " in finding.what


def test_whole_lots_are_repaired_whole() -> None:
    case = tiny(
        offers=rows("offer stream price lot_size max", "a a 5 30 50"),
        sales=rows("sale stream price min max", "a a 9 40 45"),
    )
    told = found(case)
    assert told["the minimum sale of a in P1"].text == "from 40 to 30"


def test_no_time_means_no_repairs() -> None:
    model = build_plan(plant())
    told = explain_failure(model)
    assert repairs(model, told.conflict, no_uom, seconds=0.0) == ()


def test_shares_over_several_periods_have_no_number_to_tell() -> None:
    case = tiny(
        periods=periods(P1=10, P2=10),
        offers=rows("offer stream price min max", "one a 1 10 10", "two b 1 0 5"),
        units=rows("unit", "mixer"),
        feeds=rows("unit feed max_share", "mixer a 0.3", "mixer b ."),
        yields=rows("unit feed product yield", "mixer a p 1", "mixer b p 1"),
        sales=rows("sale stream price", "s p 2"),
    )
    model = build_plan(case)
    share = next(one for one in explain_failure(model).conflict if one.block == "feed_share_max")
    both = [replace(share, labels=(*share.labels[:-1], period)) for period in ("P1", "P2")]
    (told,) = repairs(model, both, no_uom)
    assert (told.enough, told.text) == (True, "")
    assert told.margin == pytest.approx(2 * 15 * (2 - 1))
