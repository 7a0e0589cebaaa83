"""Runs, capacities, feeds, blends, specs and limits: programs worked out by hand in golden/*.txt, and their optima."""

from __future__ import annotations

import pytest

from equations.lp_text import assert_golden
from netback.case.case import Case
from netback.planning.model import build_plan
from tiny import margin, periods, rows, solved, tiny, values


def runs() -> Case:
    return tiny(
        streams=rows("stream kind uom", "N product m3", "L loss .", "POWER utility kWh"),
        modes=rows("unit mode cost", "U a 2", "U b 3"),
        feeds=rows("unit feed cost cost_uom", "U F 0.8 USD/m3"),
        stream_properties=rows(
            "stream property value", "F density_t_per_m3 0.8", "F ccr_wt_pct 5", "N density_t_per_m3 0.75"
        ),
        yields=rows(
            "unit mode feed product yield basis",
            "U a F N 0.62 mass",
            "U a F G 0.28 flow",
            "U a F L 0.12 .",
            "U a F H2 -0.02 .",
            "U b F N 0.9 volume",
            "U b F G 0.25 mass",
        ),
        deltas=rows(
            "unit mode feed product property base step delta",
            "U a F N ccr_wt_pct 4 2 -0.04",
            "U a F G ccr_wt_pct 4 2 0.04",
        ),
        product_properties=rows("unit product property value", "U G density_t_per_m3 0.6"),
        utilities=rows("unit mode utility use per", "U . POWER 40 m3", "U b POWER 10 ."),
        offers=rows("offer stream price max", "f F 10 100", "p POWER 0.1 .", "h H2 1000 ."),
        sales=rows("sale stream price", "n N 30", "g G 20"),
    )


def capacity() -> Case:
    return tiny(
        periods=periods(P1=30, P2=10),
        modes=rows("unit mode", "U a", "U b"),
        stream_properties=rows("stream property value", "X density_t_per_m3 0.8"),
        yields=rows("unit mode feed product yield", "U a X Y 0.5", "U b X Y 0.9"),
        capacities=rows("unit mode min max min_if_run uom breaker_cost", "U . 1 4 . m3/d 7", "U b . 9 3 . ."),
        offers=rows("offer stream price", "x X 1"),
        sales=rows("sale stream price", "y Y 3"),
    )


def feed_share() -> Case:
    return tiny(
        streams=rows("stream uom", "Z m3"),
        stream_properties=rows("stream property value", "X density_t_per_m3 0.8", "Z density_t_per_m3 0.9"),
        feeds=rows(
            "unit feed min_share max_share basis breaker_cost", "U X . 0.4 volume 5", "U Z 0.3 . mass ."
        ),
        yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
        offers=rows("offer stream price", "x X 1", "z Z 2"),
        sales=rows("sale stream price", "y Y 3"),
    )


def blends() -> Case:
    return tiny(
        streams=rows("stream uom", "B m3", "Q m3"),
        stream_properties=rows("stream property value", "A density_t_per_m3 0.8", "B density_t_per_m3 1"),
        blends=rows(
            "product component min_share max_share min_if_used basis", "Q A . 0.6 . .", "Q B 0.2 . 5 mass"
        ),
        offers=rows("offer stream price max", "a A 1 .", "b B 2 8"),
        sales=rows("sale stream price", "q Q 4"),
    )


def recipes() -> Case:
    return tiny(
        stream_properties=rows("stream property value", "A density_t_per_m3 0.8", "B density_t_per_m3 1"),
        blends=rows(
            "product component recipe parts max_share basis",
            "Q A . . 0.5 flow",
            "Q A old 3 . mass",
            "Q B old 1 . mass",
            "Q A new 1 . volume",
            "Q B new 1 . volume",
        ),
        offers=rows("offer stream price", "a A 1", "b B 2"),
        sales=rows("sale stream price", "q Q 4"),
    )


def specs() -> Case:
    return tiny(
        periods=periods(P1=30, P2=30),
        properties=rows("property basis", "hardness flow"),
        stream_properties=rows(
            "stream property value",
            *("A density_t_per_m3 0.8", "A sulfur_wt_pct 2", "A ron 95", "A hardness 8.8"),
            *("B density_t_per_m3 1", "B sulfur_wt_pct 0.5", "B ron 80", "B hardness 2"),
        ),
        blends=rows("product component", "Q A", "Q B"),
        specs=rows(
            "product property period min max breaker_cost",
            "Q sulfur_wt_pct . . 1 3",
            "Q sulfur_wt_pct P2 . 1.5 3",
            "Q density_t_per_m3 P1 . 0.85 .",
            "Q ron . 90 . .",
            "Q hardness . 3 6 .",
        ),
        offers=rows("offer stream price max", "a A 1 10", "b B 2 10"),
        sales=rows("sale stream price", "q Q 4"),
    )


def feed_specs() -> Case:
    return tiny(
        streams=rows("stream uom", "X m3"),
        modes=rows("unit mode", "U a", "U b"),
        stream_properties=rows(
            "stream property value",
            *("X density_t_per_m3 0.8", "X sulfur_wt_pct 3", "Z density_t_per_m3 0.9", "Z sulfur_wt_pct 1"),
        ),
        yields=rows("unit mode feed product yield", "U a X Y 1", "U a Z Y 1", "U b X Y 0.5"),
        feed_specs=rows(
            "unit mode property min max breaker_cost",
            "U . sulfur_wt_pct . 2 .",
            "U a density_t_per_m3 0.85 . 4",
        ),
        offers=rows("offer stream price", "x X 1", "z Z 1"),
        sales=rows("sale stream price", "y Y 3"),
    )


def limits() -> Case:
    return tiny(
        periods=periods(P1=30, P2=10),
        modes=rows("unit mode", "U a"),
        stream_properties=rows("stream property value", "X density_t_per_m3 0.8", "Y density_t_per_m3 1"),
        yields=rows("unit mode feed product yield", "U a X Y 0.5"),
        blends=rows("product component", "Q Y"),
        inventories=rows("stream max", "Q 1000"),
        limits=rows(
            "limit period scope min max uom breaker_cost",
            "mix . . . 100 m3 2",
            "mix P2 . . 50 m3 .",
            "total . horizon 1 6 t/d .",
        ),
        limit_terms=rows(
            "limit activity item of mode coefficient uom",
            "mix purchase X . . 2 .",
            "mix feed U X a 1 .",
            "mix make U Y a -1 .",
            "mix blend Q Y . 1 .",
            "mix sale q . . 3 t",
            "mix stock Q . . 1 t",
            "total purchase x1 . . 1 .",
        ),
        offers=rows("offer stream price", "x1 X 1", "x2 X 2"),
        sales=rows("sale stream price", "q Q 5"),
    )


def uses() -> Case:
    return tiny(
        periods=periods(P1=30, P2=30),
        yields=rows("unit feed product yield", "U X Y 1"),
        capacities=rows("unit max min_if_run", "U 50 10"),
        limits=rows("limit scope max", "one period 1", "runs horizon 1"),
        limit_terms=rows(
            "limit activity item measure", "one purchase x1 used", "one purchase x2 used", "runs feed U used"
        ),
        offers=rows("offer stream price max", "x1 X 1 30", "x2 X 2 40"),
        sales=rows("sale stream price", "y Y 5"),
    )


CASES = {
    "runs": runs,
    "capacity": capacity,
    "feed_share": feed_share,
    "blends": blends,
    "recipes": recipes,
    "specs": specs,
    "feed_specs": feed_specs,
    "limits": limits,
    "uses": uses,
}


@pytest.mark.parametrize("name", CASES)
def test_program_is_the_one_worked_out_by_hand(name: str) -> None:
    assert_golden(build_plan(CASES[name]()).problem, name)


def test_margin_of_runs() -> None:
    # Mode a loses 24 + 6 - 3 - 20 - 5 - 10 = -8 a tonne; mode b earns 33.75 + 5 - 4 - 1 - 10 = 23.75.
    made = solved(runs())
    assert made.certificate.value == pytest.approx(2375)
    assert values(made, "run")["U", "a", "F", "P1"] == pytest.approx(0.0)


def test_margin_of_capacity_breaks_the_limit_while_it_pays() -> None:
    # Mode a leaves 0.5 a tonne, mode b 1.7. P1: breaking costs 7/24 = 0.2917 a tonne: endless without a limit.
    case = capacity().with_table("offers", rows("offer stream price max", "x X 1 200"))
    # P1: 200 t, 9 in b: 104 t over 96; P2: breaking costs 7/8 a tonne, so 32 t, 9 in b.
    first = 9 * 1.7 + 191 * 0.5 - (200 / 24 - 4) * 7
    second = 9 * 1.7 + 23 * 0.5
    assert margin(case) == pytest.approx(first + second)


def test_a_breaker_reaches_over_the_switch_of_a_least_run() -> None:
    case = capacity().with_table("capacities", rows("unit max min_if_run breaker_cost", "U 10 5 1.5"))
    case = case.with_table("yields", rows("unit mode feed product yield", "U a X Y 1"))
    case = case.with_table("modes", rows("unit mode", "U a")).with_table("periods", periods(P1=30))
    case = case.with_table("offers", rows("offer stream price max", "x X 1 40"))
    # 2 a tonne are left, 0.5 beyond 10 t.
    assert margin(case) == pytest.approx(10 * 2 + 30 * 0.5)


def test_margin_of_feed_share() -> None:
    case = feed_share().with_table("offers", rows("offer stream price max", "x X 1 30", "z Z 2 20"))
    # X leaves 2 a tonne, Z 1 a m3. Z 20 m3 allows 0.4/0.75 x 20 = 10.667 t of X; more costs 0.75 x 5 = 3.75 a tonne.
    assert margin(case) == pytest.approx(20 + 2 * 20 * 0.4 / 0.75)


def test_margin_of_blends() -> None:
    # B 8 m3; A at most 0.6/0.5 x 8 = 9.6 t. 4 x (12 + 8) - 9.6 - 16.
    assert margin(blends()) == pytest.approx(80 - 9.6 - 16)


def test_a_component_below_its_least_use_is_left_out() -> None:
    case = blends().with_table("offers", rows("offer stream price max", "a A 1 .", "b B 2 4.9"))
    assert margin(case) == 0.0


def test_margin_of_recipes() -> None:
    # 10 t of A and 10 of B. All of A: free A needs B, new uses 0.4 t of A per 0.5 t of B, old 0.75 to 0.25.
    case = recipes().with_table("offers", rows("offer stream price max", "a A 1 10", "b B 2 10"))
    made = solved(case)
    # A tonne of Q from A earns 3, from B 2. Share: all A <= all B, so 10 and 10 at best, and that is possible:
    # new takes B = 10 with 8 of A, the other 2 of A go in freely.
    assert made.certificate.value == pytest.approx(10 * 3 + 10 * 2)
    assert values(made, "recipe")["Q", "new", "P1"] * 0.5 <= 10 + 1e-6


def test_margin_of_specs() -> None:
    # P1 for 1 t of A: density allows 0.0625/0.15 = 0.4167 of B, octane 0.625, hardness <= 6 asks for 0.7: too much.
    # So nothing can be blended with density on, though sulphur could be broken.
    # P2: hardness asks 0.7, sulphur 0.5 or breaking, octane at most 0.625 < 0.7: nothing either.
    assert margin(specs()) == 0.0
    case = specs().with_table(
        "specs", [row for row in specs()["specs"].records if row["property"] != "hardness"]
    )
    # P1: x t of B per t of A. A earns 3, B 2, each t x % of sulphur over costs 3: A 1, B 0.5 back, so
    # 3 + 2 x - 3 (1 - 0.5 x) = 3.5 x, x at most 0.4167 (density): 10 t of A.
    # P2: 3 + 2 x - 3 (0.5 - x) with x = 0.5 without breaking = 4, octane up to 0.625: 3 + 2 x = 4.25.
    assert margin(case) == pytest.approx(10 * 3.5 * 0.0625 / 0.15 + 10 * 4.25)


def test_margin_of_feed_specs() -> None:
    case = feed_specs().with_table("offers", rows("offer stream price max", "x X 1 10", "z Z 1 10"))
    # Mode a earns 2 a unit of either feed. Sulphur: 0.8 X <= Z, so 10 of both is fine. Density: X <= 1.1111 Z: fine.
    assert margin(case) == pytest.approx(40)


def test_margin_of_limits() -> None:
    case = limits().with_table("offers", rows("offer stream price max", "x1 X 1 200", "x2 X 2 200"))
    # A tonne of X makes 0.5 t of Q for 2.5 - 1 = 1.5 and counts 2.5 + 0.75 + 0.5 + 1.5 = 5.25 in mix.
    # P2: 50 / 5.25 = 9.52 t. total asks for 40 t of x1, so 30.48 t in P1, which count 160, broken by 60 at 2.
    assert margin(case) == pytest.approx(40 * 1.5 - 60 * 2)
    free = [{**row, "min": None} for row in case["limits"].records]
    assert margin(case.with_table("limits", free)) == pytest.approx((100 + 50) / 5.25 * 1.5)


def test_margin_of_uses() -> None:
    # One period only, one offer only: 30 t at 1 (4 left) = 120, 40 t at 2 (3 left) = 120.
    assert margin(uses()) == pytest.approx(120)
    dearer = uses().with_table("offers", rows("offer stream price max", "x1 X 1 30", "x2 X 1.9 40"))
    assert margin(dearer) == pytest.approx(40 * 3.1)
