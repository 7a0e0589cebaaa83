"""Specs by blending index: coefficients against the printed formulas, and blends that meet the limit exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.assay import blending
from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import Model, build_plan
from tiny import margin, periods, rows, solved, tiny, values

#: t/m3 of the two components.
LIGHT, HEAVY = 0.8, 0.95


def blend(name: str, of_a: float, of_b: float, side: str, limit: float, **tables: Any) -> Case:
    """A (dear) and B (cheap) into Q with one spec; both flow in tonnes."""
    known = {"density_t_per_m3": (LIGHT, HEAVY), name: (of_a, of_b)}
    stated: dict[str, Any] = {
        "stream_properties": rows(
            "stream property value",
            *(f"{stream} {key} {both[k]}" for key, both in known.items() for k, stream in enumerate("AB")),
        ),
        "blends": rows("product component", "Q A", "Q B"),
        "specs": rows(f"product property {side}", f"Q {name} {limit}"),
        "offers": rows("offer stream price max", "a A 90 100", "b B 10 100"),
        "sales": rows("sale stream price", "q Q 80"),
    }
    return tiny(**{**stated, **tables})


def refutas(cst: float) -> float:
    return 14.534 * math.log(math.log(cst + 0.8)) + 10.975


def wickey(celsius: float) -> float:
    return float(10.0 ** (-6.1188 + 4345.2 / (celsius * 1.8 + 32.0 + 383.0)))


def power(psi: float) -> float:
    return float(psi**1.25)


def gravity(api: float) -> float:
    return 141.5 / (api + 131.5)


def chevron(cst: float) -> float:
    return math.log10(cst) / (3.0 + math.log10(cst))


def plain(value: float) -> float:
    return value


#: property -> (of A, of B, side, limit, index, basis, row is at most)
INDEXED: dict[str, tuple[float, float, str, float, Callable[[float], float], str, bool]] = {
    "viscosity_cst_50c": (20.0, 500.0, "max", 180.0, refutas, "mass", True),
    "flash_c": (80.0, 40.0, "min", 60.0, wickey, "volume", True),
    "rvp_psi": (5.0, 12.0, "max", 8.0, power, "volume", True),
    "api_gravity": (45.0, 17.0, "min", 30.0, gravity, "volume", True),
    "sulfur_wt_pct": (0.5, 2.0, "max", 1.0, plain, "mass", True),
    "ron": (98.0, 80.0, "min", 92.0, plain, "volume", False),
    "density_t_per_m3": (LIGHT, HEAVY, "max", 0.87, plain, "volume", True),
}


def coefficients(model: Model, block: str) -> list[float]:
    """Coefficients of A and B in the only row of a block."""
    row = model.problem.block(block).start
    columns = [model.problem.block("blend").id("Q", "free", lot, "P1") for lot in ("A", "B")]
    return [float(model.problem.matrix[[row], [column]].item()) for column in columns]


@pytest.mark.parametrize("name", INDEXED)
def test_row_is_amount_times_distance_of_indices(name: str) -> None:
    of_a, of_b, side, limit, index, basis, at_most = INDEXED[name]
    model = build_plan(blend(name, of_a, of_b, side, limit))
    weights = (1.0, 1.0) if basis == "mass" else (1.0 / LIGHT, 1.0 / HEAVY)
    by_hand = [w * (index(v) - index(limit)) for w, v in zip(weights, (of_a, of_b), strict=True)]
    assert coefficients(model, f"spec_{side}") == pytest.approx(by_hand, rel=1e-9)
    row = model.problem.block(f"spec_{side}").start
    ends = (-math.inf, 0.0) if at_most else (0.0, math.inf)
    assert (model.problem.row_lower[row], model.problem.row_upper[row]) == ends


@pytest.mark.parametrize("name", INDEXED)
def test_the_cheapest_blend_just_meets_the_limit(name: str) -> None:
    of_a, of_b, side, limit, _, basis, _ = INDEXED[name]
    made = solved(blend(name, of_a, of_b, side, limit))
    flows = values(made, "blend")
    a, b = flows["Q", "free", "A", "P1"], flows["Q", "free", "B", "P1"]
    assert a > 0.1
    assert b > 0.1
    amounts = [a, b] if basis == "mass" else [a / LIGHT, b / HEAVY]
    assert float(blending.blend(name, [of_a, of_b], amounts)) == pytest.approx(limit, rel=1e-6)


@settings(max_examples=15)
@given(st.floats(1.0, 500.0), st.floats(1.0, 500.0), st.floats(1.0, 500.0))
def test_a_blend_exists_where_the_limit_lies_between(first: float, second: float, limit: float) -> None:
    """Q must hold at least some of A: possible exactly where A, or a mix, is thin enough."""
    case = blend("viscosity_cst_50c", round(first, 3), round(second, 3), "max", round(limit, 3))
    case = case.with_table("offers", rows("offer stream price max", "a A 10 100", "b B 10 100"))
    low, high = sorted((round(first, 3), round(second, 3)))
    sold = margin(case)
    if round(limit, 3) >= high:
        assert sold == pytest.approx(200 * 70)
    elif round(limit, 3) < low:
        assert sold == pytest.approx(0.0, abs=1e-4)
    else:
        assert sold >= 100 * 70 - 1e-4


def test_a_method_of_choice_replaces_the_default() -> None:
    case = blend(
        "viscosity_cst_50c",
        20.0,
        500.0,
        "max",
        180.0,
        properties=rows("property method", "viscosity_cst_50c chevron"),
    )
    by_hand = [
        (chevron(20.0) - chevron(180.0)) / LIGHT,
        (chevron(500.0) - chevron(180.0)) / HEAVY,
    ]
    assert coefficients(build_plan(case), "spec_max") == pytest.approx(by_hand, rel=1e-9)


def test_a_linear_rule_on_a_basis_of_choice() -> None:
    case = blend("ron", 98.0, 80.0, "min", 92.0, properties=rows("property basis", "ron mass"))
    assert coefficients(build_plan(case), "spec_min") == pytest.approx([6.0, -12.0])


def test_an_own_property_blends_by_volume_unless_told() -> None:
    case = blend("colour", 3.0, 8.0, "max", 5.0, properties=rows("property", "colour"))
    assert coefficients(build_plan(case), "spec_max") == pytest.approx([-2.0 / LIGHT, 3.0 / HEAVY])


def test_flow_basis_counts_in_the_uom_of_the_product() -> None:
    case = blend(
        "colour",
        *(3.0, 8.0, "max", 5.0),
        properties=rows("property basis", "colour flow"),
        streams=rows("stream uom", "A m3", "Q kt"),
    )
    # 1 m3 of A is 0.8 t = 0.0008 kt.
    assert coefficients(build_plan(case), "spec_max") == pytest.approx([-2.0 * LIGHT / 1000, 3.0 / 1000])


def test_a_breaker_of_a_falling_index_is_paid_per_volume_and_index() -> None:
    case = blend(
        "flash_c",
        *(80.0, 40.0, "min", 60.0),
        specs=rows("product property min breaker_cost", "Q flash_c 60 0.01"),
        offers=rows("offer stream price max", "a A 500 100", "b B 10 100"),
    )
    # A does not pay; B alone breaks the spec: a tonne costs 0.01 x 1/0.95 x (I(40) - I(60)) of the 70 that are left.
    fine = 0.01 / HEAVY * (wickey(40.0) - wickey(60.0))
    assert 0.0 < fine < 70.0
    assert margin(case) == pytest.approx(100 * (70.0 - fine))


def test_both_sides_and_periods_of_one_spec() -> None:
    case = blend(
        "sulfur_wt_pct",
        *(0.5, 2.0, "max", 1.0),
        periods=periods(P1=30, P2=30),
        specs=rows(
            "product property period min max", "Q sulfur_wt_pct P1 0.8 1.0", "Q sulfur_wt_pct P2 . 2.0"
        ),
        sales=rows("sale stream price max", "q Q 80 50"),
    )
    made = solved(case)
    flows = values(made, "blend")
    # P1: at most 1/3 of B pays a part of A's loss of 10: 2/3 x -10 + 1/3 x 70. P2: B alone.
    assert flows["Q", "free", "B", "P1"] == pytest.approx(50 / 3)
    assert flows["Q", "free", "A", "P2"] == pytest.approx(0.0, abs=1e-9)
    lower = made.model.problem.block("spec_min").ids
    assert made.model.problem.row_lower[lower[0, 1]] == -math.inf


def test_a_blend_may_be_a_component_with_a_fixed_quality() -> None:
    case = blend(
        "sulfur_wt_pct",
        *(0.5, 2.0, "max", 1.0),
        blends=rows("product component", "Q A", "Q B", "R Q", "R C"),
        specs=rows("product property max", "Q sulfur_wt_pct 1.0", "R sulfur_wt_pct 1.2"),
        stream_properties=rows(
            "stream property value",
            *("A sulfur_wt_pct 0.5", "B sulfur_wt_pct 2", "Q sulfur_wt_pct 1", "C sulfur_wt_pct 1.4"),
        ),
        offers=rows("offer stream price max", "a A 90 10", "b B 10 100", "c C 1 100"),
        sales=rows("sale stream price", "r R 80"),
    )
    # 10 A and 5 B make 15 Q of 1.0; as much C of 1.4 makes 30 R of 1.2.
    assert margin(case) == pytest.approx(30 * 80 - 900 - 50 - 15)


def test_faults_of_all_specs_come_together() -> None:
    case = blend(
        "ron",
        *(98.0, 80.0, "min", 92.0),
        specs=rows("product property min", "Q ron 92", "Q mon 80", "Q hardness 3", "A ron 90"),
    )
    with pytest.raises(ModelError) as caught:
        build_plan(case)
    told = [str(finding) for finding in caught.value.findings]
    assert len(told) == 4
    assert sum("mon of component" in line for line in told) == 2
    assert sum('"hardness" is not known' in line for line in told) == 1
    assert sum('"A" is not blended' in line for line in told) == 1


def test_feed_spec_of_a_unit_that_does_not_run_is_free() -> None:
    case = blend(
        "ron",
        *(98.0, 80.0, "min", 92.0),
        units=rows("unit", "idle"),
        feed_specs=rows("unit property max", "idle sulfur_wt_pct 1"),
    )
    assert margin(case) > 0.0
