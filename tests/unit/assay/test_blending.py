"""Blending rules: published indices, and the properties every rule must have."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay import blending
from netback.assay.blending import RULES, BlendRule, blend, default_rule, fractions, methods, rule
from netback.assay.octane import octane_ethyl_rt70
from netback.errors import DataError

#: Where two polynomials of Riazi give the same index (see blending_rules): no unique inverse there.
OVERLAPS = ((75.0, 76.7), (102.7, 103.2))
#: One rule of each kind: viscosities at other temperatures and other linear contents share the functions.
NAMES = sorted({(entry.forward, entry.basis): key for key, entry in reversed(tuple(RULES.items()))}.values())


def overlapping(chosen: BlendRule, value: float) -> bool:
    return chosen.method == "riazi" and any(low < value < high for low, high in OVERLAPS)


def sample(chosen: BlendRule, part: float) -> float:
    low, high = chosen.valid
    if chosen.property.startswith("viscosity"):
        return float(low * (high / low) ** part)
    return float(low + part * (high - low))


@pytest.mark.parametrize("key", NAMES, ids=["-".join(key) for key in NAMES])
@given(part=st.floats(0.0, 1.0))
def test_inverse_returns_the_property(key: tuple[str, str], part: float) -> None:
    chosen = RULES[key]
    value = sample(chosen, part)
    if overlapping(chosen, value):
        assert chosen.from_index(chosen.to_index(value)) == pytest.approx(value, abs=1.0)
    else:
        assert chosen.from_index(chosen.to_index(value)) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("key", NAMES, ids=["-".join(key) for key in NAMES])
def test_index_is_strictly_monotone_in_the_direction_it_says(key: tuple[str, str]) -> None:
    chosen = RULES[key]
    values = np.array([sample(chosen, part) for part in np.linspace(0.0, 1.0, 801)])
    values = values[[not overlapping(chosen, value) for value in values]]
    step = np.diff(chosen.to_index(values))
    assert (step > 0.0).all() if chosen.increasing else (step < 0.0).all()


@pytest.mark.parametrize("key", NAMES, ids=["-".join(key) for key in NAMES])
@given(
    parts=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=5),
    weights=st.lists(st.floats(0.01, 10.0), min_size=5, max_size=5),
    factor=st.floats(1e-3, 1e3),
)
def test_a_blend_is_a_mean(
    key: tuple[str, str], parts: list[float], weights: list[float], factor: float
) -> None:
    chosen = RULES[key]
    values = np.array([sample(chosen, part) for part in parts])
    amounts = np.array(weights[: values.size])
    blended = blend(key[0], values, amounts, key[1])
    slack = 1.0 if chosen.method == "riazi" else 1e-9 * (1.0 + np.abs(values).max())
    assert values.min() - slack <= blended <= values.max() + slack
    assert blend(key[0], values, amounts * factor, key[1]) == pytest.approx(
        float(blended), rel=1e-9, abs=1e-9
    )
    assert blend(key[0], values[::-1], amounts[::-1], key[1]) == pytest.approx(
        float(blended), rel=1e-9, abs=1e-9
    )
    if not overlapping(chosen, values[0]):
        assert blend(key[0], values[:1], amounts[:1], key[1]) == pytest.approx(values[0], rel=1e-9, abs=1e-9)


def test_every_rule_of_the_table_inverts() -> None:
    for chosen in RULES.values():
        values = np.array([sample(chosen, part) for part in np.linspace(0.0, 1.0, 101)])
        values = values[[not overlapping(chosen, value) for value in values]]
        np.testing.assert_allclose(chosen.from_index(chosen.to_index(values)), values, rtol=1e-9, atol=1e-9)


@given(st.floats(0.5, 500.0), st.floats(0.5, 500.0), st.floats(0.01, 0.99))
def test_more_of_the_thicker_oil_is_thicker(first: float, second: float, share: float) -> None:
    thin, thick = sorted((first, second))
    for method in methods("viscosity_cst_50c"):
        less = blend("viscosity_cst_50c", [thin, thick], [1.0 - 0.5 * share, 0.5 * share], method)
        more = blend("viscosity_cst_50c", [thin, thick], [1.0 - share, share], method)
        assert more >= less * (1.0 - 1e-12)


@given(st.floats(0.1, 60.0), st.floats(0.1, 60.0), st.floats(0.1, 10.0))
def test_vapour_pressure_does_not_depend_on_its_uom(first: float, second: float, amount: float) -> None:
    kpa = 6.894757
    for method in methods("rvp_psi"):
        psi = blend("rvp_psi", [first, second], [1.0, amount], method)
        same = blend("rvp_kpa", [first * kpa, second * kpa], [1.0, amount], method)
        assert same == pytest.approx(float(psi) * kpa, rel=1e-12)


def test_published_blends() -> None:
    # Fahim et al. (2010) table E9.8; Penn State FSC 432; Wickey-Chittenden table.
    assert blend("viscosity_cst", [75.0, 100.0, 200.0], [2000, 3000, 4000], "chevron") == pytest.approx(
        125.73, abs=0.15
    )
    assert blend("ron", [86.0, 75.0], [8.0, 3.0]) == pytest.approx(83.0)
    assert rule("flash_c").to_index(40.0) == pytest.approx(636.0, abs=0.6)
    assert blend("api_gravity", [10.0, 40.0], [1.0, 1.0]) == pytest.approx(
        141.5 / ((1.0 + 141.5 / 171.5) / 2) - 131.5
    )


def test_powers_of_absolute_temperature() -> None:
    # Hu and Burns: cloud T^20, pour T^12.5, flash T^(-1/0.06); a ratio, so Kelvin and Rankine agree.
    for name, power in (("cloud_c", 20.0), ("pour_c", 12.5), ("flash_c", -1.0 / 0.06)):
        chosen = rule(name, "hu_burns")
        ratio = chosen.to_index(10.0) / chosen.to_index(-20.0)
        assert ratio == pytest.approx((509.67 / 455.67) ** power, rel=1e-12)
    assert rule("cloud_c", "exponential").to_index((50.0 - 32.0) / 1.8) == pytest.approx(np.exp(1.75))
    assert rule("freeze_c").to_index((-40.0 - 32.0) / 1.8) == pytest.approx(
        np.exp(12.8852 * np.log(420.0) - 73.0883), rel=1e-12
    )


def test_octane_index_jumps_where_the_printed_polynomials_do_not_meet() -> None:
    chosen = rule("ron", "riazi")
    assert chosen.to_index(76.0) == pytest.approx(56.29, abs=0.01)
    assert chosen.to_index(76.0 + 1e-9) == pytest.approx(56.04, abs=0.01)
    assert chosen.from_index(56.2) > 76.0
    assert chosen.from_index(chosen.to_index(105.0)) == pytest.approx(105.0, rel=1e-12)


def test_many_blends_at_once_equal_each_alone() -> None:
    values = np.array([[10.0, 50.0], [20.0, 400.0]])
    amounts = np.array([[1.0, 3.0], [2.0, 2.0]])
    both = blend("viscosity_cst_50c", values, amounts)
    assert both.shape == (2,)
    for row in range(2):
        assert both[row] == pytest.approx(float(blend("viscosity_cst_50c", values[row], amounts[row])))


def test_unknown_values_stay_unknown_unless_absent() -> None:
    assert np.isnan(blend("pour_c", [np.nan, -10.0], [0.5, 0.5]))
    assert blend("pour_c", [np.nan, -10.0], [0.0, 0.5]) == pytest.approx(-10.0)
    assert np.isnan(rule("viscosity_cst").to_index([np.nan, 3.0])[0])


def test_defaults_and_names() -> None:
    assert default_rule("viscosity_cst_50c").method == "refutas"
    assert default_rule("viscosity_cst_50c").basis == "mass"
    assert default_rule("sulfur_wt_pct").basis == "mass"
    assert default_rule("density_t_per_m3").basis == "volume"
    assert default_rule("rvp_psi").method == "power_1.25"
    assert methods("flash_c") == ("wickey_chittenden", "hu_burns")
    assert {"ron", "freeze_c", "tan_mgkoh_g"} <= set(blending.properties())
    assert default_rule("nickel_ppm").is_linear
    assert not default_rule("pour_c").is_linear
    assert all(entry.reference for entry in RULES.values())
    assert rule("pour_c").outside_validity([-150.0, 0.0]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("viscosity_cst_50c", [0.2, 3.0], [1, 1]), "argument viscosity_cst_50c: 0.2 has no refutas"),
        (("viscosity_cst_50c", [-1.0, 3.0], [1, 1], "chevron"), "has no chevron"),
        (("viscosity_cst_50c", [0.05, 3.0], [1, 1], "walther"), "has no walther"),
        (("rvp_psi", [-1.0, 3.0], [1, 1]), "has no power_1.25"),
        (("flash_c", [-240.0, 3.0], [1, 1]), "has no wickey_chittenden"),
        (("pour_c", [-280.0, 3.0], [1, 1]), "has no hu_burns"),
        (("ron", [92.0, 95.0], [-1, 1]), "argument amounts: -1 at position 0"),
        (("ron", [92.0, 95.0], [0, 0]), "add up to zero"),
        (("ron", [92.0, 95.0], [np.nan, 1]), "unknown amount"),
        (("ron", [92.0, np.inf], [1, 1]), "infinite"),
        (("viscosity_cst_50", [1.0], [1]), 'Closest name: "viscosity_cst_50c"'),
        (("xyzzy", [1.0], [1]), "Known: sulfur_wt_pct"),
        (("ron", [92.0], [1], "magic"), "Known: linear, riazi"),
    ],
)
def test_bad_input_is_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        blend(*arguments)  # type: ignore[arg-type]


def test_an_index_that_no_property_has_raises() -> None:
    for key, index in (
        (("viscosity_cst", "chevron"), 1.5),
        (("rvp_psi", "power_1.25"), -1.0),
        (("ron", "riazi"), 20.0),
    ):
        with pytest.raises(DataError, match="index of"):
            RULES[key].from_index(index)
    with pytest.raises(DataError, match="index of"):
        rule("viscosity_cst", "refutas").from_index(1e6)


def test_fractions_add_up_to_one() -> None:
    assert fractions([1.0, 3.0]).tolist() == [0.25, 0.75]


octanes = st.tuples(
    st.floats(60.0, 110.0), st.floats(55.0, 100.0), st.floats(0.0, 60.0), st.floats(0.0, 60.0)
)


@given(st.lists(octanes, min_size=1, max_size=4), st.sampled_from(["maples_75", "maples_135", "parkash"]))
def test_rt70_of_equal_components_is_the_component(stocks: list[tuple[float, ...]], chosen: str) -> None:
    ron, mon, olefins, aromatics = (list(column) for column in zip(*([stocks[0]] * len(stocks)), strict=True))
    found = octane_ethyl_rt70(ron, mon, olefins, aromatics, np.arange(1, len(stocks) + 1), chosen)  # type: ignore[arg-type]
    assert found.ron == pytest.approx(stocks[0][0], abs=1e-9)
    assert found.mon == pytest.approx(stocks[0][1], abs=1e-9)
    assert found.antiknock_index == pytest.approx(0.5 * (stocks[0][0] + stocks[0][1]))
    assert found.sensitivity == pytest.approx(stocks[0][0] - stocks[0][1], abs=1e-9)


def test_rt70_by_hand() -> None:
    # Two equal volumes: <R> 95, <J> 10, <RJ> 950, <O^2> - <O>^2 225, <A^2> - <A>^2 400.
    found = octane_ethyl_rt70([92.0, 98.0], [82.0, 88.0], [30.0, 0.0], [20.0, 60.0], [1.0, 1.0])
    assert found.ron == pytest.approx(95.0 + 0.00101 * 225.0)
    assert found.mon == pytest.approx(85.0 + 0.00081 * 225.0 - 0.00645 * 16.0)
    other = octane_ethyl_rt70([92.0, 98.0], [82.0, 88.0], [30.0, 0.0], [20.0, 60.0], [1.0, 1.0], "parkash")
    assert other.ron == pytest.approx(95.0 + 0.00061 * 225.0 - 0.00046 * 16.0)


def test_rt70_bad_input() -> None:
    with pytest.raises(DataError, match="olefins_vol_pct"):
        octane_ethyl_rt70([92.0], [82.0], [130.0], [20.0], [1.0])
    with pytest.raises(DataError, match="Known: maples_75"):
        octane_ethyl_rt70([92.0], [82.0], [13.0], [20.0], [1.0], "ethyl")  # type: ignore[arg-type]


def test_importing_the_rules_loads_no_heavy_library() -> None:
    code = (
        "import sys, netback.assay.blending, netback.assay.viscosity, netback.assay.curve;"
        "print([m for m in ('scipy', 'pandas', 'highspy', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
