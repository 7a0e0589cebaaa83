"""Property correlations: printed examples beyond the shared ones, inverses, limits, validity and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay import (
    cold_flow,
    composition,
    conversion_yields,
    gravity,
    heat,
    ignition,
    pseudo,
    viscosity,
)
from netback.assay.arrays import Range, outside_validity, validity
from netback.errors import DataError


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32.0) / 1.8


def rankine(temperature_c: Any) -> Any:
    return (np.asarray(temperature_c) + 273.15) * 1.8


#: (what, calculation, published answer, half of its last digit or the source's rounding, source)
PUBLISHED: tuple[tuple[str, Callable[[], Any], float, float, str], ...] = (
    (
        "freeze",
        lambda: rankine(cold_flow.freeze_point(0.799, 874.5 / 1.8 - 273.15)),
        417.0,
        0.5,
        "API TDB 2B11",
    ),
    ("cetane D976", lambda: ignition.cetane_index_d976(32.3, celsius(617.0)), 57.1, 0.05, "API TDB 2B13"),
    ("Singh", lambda: viscosity.viscosity_singh(celsius(210.0), 1.38), 0.705, 0.0005, "API TDB 11A4.1"),
    ("11A4.2 b", lambda: viscosity.viscosity_100f(celsius(647.3), 9.955), 39.41, 0.005, "API TDB 11A4.2"),
    ("11A4.2 c", lambda: viscosity.viscosity_100f(celsius(1113.2), 11.94), 2612.0, 0.5, "API TDB 11A4.2"),
    ("furol 210", lambda: viscosity.saybolt_furol(100.0, at_210f=True), 48.4, 0.05, "API TDB 11A1.4"),
    ("VI above 100", lambda: viscosity.viscosity_index(22.83, 5.05), 156.0, 0.5, "ASTM D2270"),
    (
        "sulphur",
        lambda: composition.sulfur_riazi(1484, 1.0209, 1.1611, 289.2786),
        2.85,
        0.006,
        "Riazi et al. 1999",
    ),
    (
        "heavy M",
        lambda: pseudo.molecular_weight_heavy(gravity.specific_gravity(22.5), 55.1, 5.87),
        340.0,
        0.5,
        "2B2.3",
    ),
    (
        "M API",
        lambda: pseudo.molecular_weight_api(celsius(798.0), 0.9046),
        378.0,
        1.0,
        "API TDB 2B2.1, 2B4.1",
    ),
    ("M 1987", lambda: fraction().molecular_weight, 97.0, 0.5, "Ahmed 2016, example 2.2"),
    ("Tc 1987", lambda: fraction().critical_temperature_r, 986.0, 0.5, "Ahmed 2016, example 2.2"),
    ("Pc 1987", lambda: fraction().critical_pressure_psia, 466.0, 0.5, "Ahmed 2016, example 2.2"),
    ("Vc 1987", lambda: fraction().critical_volume_ft3_per_lb, 0.0626, 5e-5, "Ahmed 2016, example 2.2"),
    ("w Edmister", lambda: acentric(), 0.287, 0.0005, "Ahmed 2016, example 2.2"),
    ("Tc Lee-Kesler", lambda: kesler().critical_temperature_r, 981.0, 0.5, "Ahmed 2016, example 2.2"),
    ("Pc Lee-Kesler", lambda: kesler().critical_pressure_psia, 470.0, 0.5, "Ahmed 2016, example 2.2"),
    ("M Lee-Kesler", lambda: kesler().molecular_weight, 98.6, 0.05, "Ahmed 2016, example 2.2"),
    ("w Lee-Kesler", lambda: kesler_acentric(), 0.306, 0.0005, "Ahmed 2016, example 2.2"),
    (
        "Tc from M",
        lambda: pseudo.from_molecular_weight(150, 0.78, "554.4").critical_temperature_r,
        1160,
        1.0,
        "Ahmed",
    ),
)


def fraction() -> pseudo.PseudoComponent:
    return pseudo.from_boiling_point(celsius(198.0), 0.7365)


def kesler() -> pseudo.PseudoComponent:
    return pseudo.lee_kesler(celsius(198.0), 0.7365)


def acentric() -> Any:
    found = fraction()
    return pseudo.acentric_factor_edmister(
        celsius(198.0), found.critical_temperature_r, found.critical_pressure_psia
    )


def kesler_acentric() -> Any:
    found = kesler()
    return pseudo.acentric_factor_lee_kesler(
        celsius(198.0), 0.7365, found.critical_temperature_r, found.critical_pressure_psia
    )


@pytest.mark.parametrize(
    ("name", "calculation", "answer", "tolerance", "source"), PUBLISHED, ids=[p[0] for p in PUBLISHED]
)
def test_printed_answer(
    name: str, calculation: Callable[[], Any], answer: float, tolerance: float, source: str
) -> None:
    assert calculation() == pytest.approx(answer, abs=tolerance)


@given(st.floats(-20.0, 120.0))
def test_gravity_inverses(api: float) -> None:
    assert gravity.api_gravity(gravity.specific_gravity(api)) == pytest.approx(api, rel=1e-9, abs=1e-9)
    assert gravity.density_to_api(gravity.density(api)) == pytest.approx(api, rel=1e-9, abs=1e-9)


@given(st.floats(0.0, 700.0), st.floats(0.6, 1.1), st.floats(1.35, 1.6))
def test_small_inverses(boiling: float, sg: float, refractive: float) -> None:
    k = gravity.watson_k(boiling, sg)
    assert gravity.specific_gravity_from_watson_k(boiling, k) == pytest.approx(sg, rel=1e-12)
    assert gravity.refractive_index(gravity.huang_index(refractive)) == pytest.approx(refractive, rel=1e-12)


@given(st.floats(1.82, 5e4), st.floats(-20.0, 150.0))
def test_saybolt_universal_inverse(cst: float, temperature: float) -> None:
    seconds = viscosity.saybolt_universal(cst, temperature)
    assert viscosity.saybolt_universal_to_cst(seconds, temperature) == pytest.approx(cst, rel=1e-9)


@given(st.floats(48.5, 5e4), st.booleans())
def test_saybolt_furol_inverse(cst: float, hot: bool) -> None:
    assert viscosity.saybolt_furol_to_cst(viscosity.saybolt_furol(cst, hot), hot) == pytest.approx(
        cst, rel=1e-9
    )


@given(st.floats(0.3, 1e5), st.floats(0.2, 0.95), st.floats(30.0, 120.0))
def test_walther_line_goes_through_its_points_and_falls(cold: float, part: float, warm: float) -> None:
    hot = 0.25 + part * (cold - 0.25)
    found = viscosity.viscosity_at([20.0, warm, 0.5 * (20.0 + warm)], (20.0, warm), (cold, hot))
    np.testing.assert_allclose(found[:2], [cold, hot], rtol=1e-9)
    assert hot < found[2] < cold


@given(st.floats(1.0, 20.0), st.floats(-20.0, 60.0))
def test_vapour_pressure_inverses(rvp: float, temperature: float) -> None:
    crude = heat.true_vapour_pressure_crude(rvp, temperature)
    assert heat.reid_vapour_pressure_crude(crude, temperature) == pytest.approx(rvp, rel=1e-9)
    stock = heat.true_vapour_pressure_product(rvp, temperature)
    assert heat.reid_vapour_pressure_product(stock, temperature) == pytest.approx(rvp, rel=1e-9)
    assert heat.true_vapour_pressure_crude(rvp, temperature + 5.0) > crude


def test_vapour_pressure_at_100_f_is_near_the_reid_one() -> None:
    # AP-42 nomograph: at 100 F a crude of 7 psi Reid has about 9 psia, a gasoline of 10 psi Reid about 10.5 psia.
    assert heat.true_vapour_pressure_crude(7.0, celsius(100.0)) == pytest.approx(9.0, abs=0.5)
    assert heat.true_vapour_pressure_product(10.0, celsius(100.0)) == pytest.approx(10.5, abs=0.5)


@given(st.floats(-4.0, 60.0))
def test_net_heat_is_below_gross(api: float) -> None:
    found = heat.heat_of_combustion(api)
    assert found.net_btu_per_lb < found.gross_btu_per_lb
    assert 38.0 < found.net_mj_per_kg < found.gross_mj_per_kg < 50.0


def test_usual_sulphur_and_ash_change_nothing() -> None:
    usual = heat.heat_of_combustion(10.0, 0.0, 0.95, 1.8)
    assert usual.gross_btu_per_lb == pytest.approx(float(heat.heat_of_combustion(10.0).gross_btu_per_lb))
    wet = heat.heat_of_combustion(10.0, 1.0)
    assert wet.net_btu_per_lb == pytest.approx(0.99 * float(usual.net_btu_per_lb) - 10.53)


def test_hydrocarbon_types_add_up_in_both_ranges() -> None:
    types = composition.hydrocarbon_types([150.0, 378.0], [1.045, 1.0502], [0.82, 0.8485])
    np.testing.assert_allclose(types.paraffins + types.naphthenes + types.aromatics, 1.0)
    # M up to 200 by hand: P = -13.359 + 14.4591*1.045 - 1.41344*0.82.
    assert types.paraffins[0] == pytest.approx(0.591739, abs=1e-6)
    by_ratio = composition.hydrocarbon_types_from_ch([150.0, 300.0], 0.8, 1.45, 1.05, 6.2)
    np.testing.assert_allclose(by_ratio.paraffins + by_ratio.naphthenes + by_ratio.aromatics, 1.0)
    assert by_ratio.paraffins[0] == pytest.approx(2.57 - 2.877 * 0.8 + 0.02876 * 6.2)


def test_normal_decane_and_hydrogen_formulas_agree() -> None:
    # n-decane has 15.5 wt% hydrogen and a carbon-to-hydrogen ratio of 5.46.
    assert composition.hydrogen_from_ch(5.46) == pytest.approx(15.5, abs=0.05)
    assert composition.hydrogen_from_ch(5.46, 2.0) == pytest.approx(98.0 / 6.46)
    assert composition.hydrogen_jenkins_walsh(0.8, 60.0) == pytest.approx(13.8, abs=0.1)
    assert composition.m_parameter(142.0, 1.4119) == pytest.approx(-8.96, abs=0.01)
    assert composition.carbon_residue_from_ch(8.5) == pytest.approx(148.0 - 86.96 * 11.9147 / 8.5)


def test_sulphur_has_a_light_and_a_heavy_form() -> None:
    light = 177.448 - 170.946 * 1.045 + 0.2258 * -3.0 + 4.054 * 0.8
    heavy = -58.02 + 38.463 * 1.045 - 0.023 * -3.0 + 22.4 * 0.8
    np.testing.assert_allclose(composition.sulfur_riazi([199.9, 200.0], 0.8, 1.045, -3.0), [light, heavy])


def test_total_correlations_for_the_printed_feed() -> None:
    # Sadeghbeigi, example 2-2 feed: SG 0.913, 455 C, M 446, 0.48 wt% S.
    refractive = composition.total_refractive_index_20c(0.913, 455.05, 446.0)
    warm = composition.total_refractive_index_60c(0.913, 455.05, 446.0)
    assert warm == pytest.approx(refractive - 0.016, abs=0.004)
    hydrogen = composition.total_hydrogen(refractive, 0.913, 446.0, 0.48, 7.0)
    assert hydrogen == pytest.approx(52.825 - 14.26 * 1.51045 - 19.4734 - 1.0704 - 0.02496 + 1.473, abs=0.01)


def test_pour_point_without_viscosity_follows_cloud() -> None:
    sg, boiling = 0.85, np.array([250.0, 300.0, 350.0])
    difference = cold_flow.pour_point(sg, boiling) - cold_flow.cloud_point(sg, boiling)
    assert (np.abs(difference) < 5.0).all()
    assert (np.diff(cold_flow.pour_point(sg, boiling)) > 0.0).all()


def test_flash_point_from_d86() -> None:
    # FP = 0.69 T10 - 118.2 in F: T10 400 F gives 157.8 F closed cup, 162.4 F open cup.
    assert cold_flow.flash_point(celsius(400.0)) == pytest.approx(celsius(157.8))
    assert cold_flow.flash_point(celsius(400.0), open_cup=True) == pytest.approx(celsius(162.4))


def test_two_cetane_regressions_differ() -> None:
    api = gravity.density_to_api(0.85)
    us, si = ignition.cetane_index_d976(api, 280.0), ignition.cetane_index_d976_si(0.85, 280.0)
    assert us == pytest.approx(float(si), abs=2.0)
    assert us != pytest.approx(float(si), abs=1e-3)
    assert ignition.diesel_index(35.0, 70.0) == pytest.approx(35.0 * 158.0 / 100.0)


def test_smoke_points_agree_for_a_kerosene() -> None:
    aniline = ignition.aniline_point(0.80, 200.0)
    found = ignition.smoke_point_from_aniline(0.80, aniline)
    assert found == pytest.approx(float(ignition.smoke_point(0.80, 200.0)), abs=4.0)


def test_ccai_of_a_usual_fuel_oil() -> None:
    # ISO 8217 form: D - 81 - 141 lg lg(v + 0.85) - 483 lg((t + 273)/323) gives 852 for 991 kg/m3 and 380 cSt at 50 C.
    assert ignition.ccai(991.0, 380.0) == pytest.approx(852.0, abs=0.6)
    assert ignition.ccai(991.0, 380.0, 60.0) < ignition.ccai(991.0, 380.0, 50.0)


def test_viscosity_gravity_constant() -> None:
    vgc = gravity.viscosity_gravity_constant(0.9046, viscosity.saybolt_universal(70.0))
    assert 0.80 < vgc < 0.90
    hot = gravity.viscosity_gravity_constant_210f(0.9046, 60.0)
    assert hot == pytest.approx((0.9046 - 0.24 - 0.022 * np.log10(24.5)) / 0.755)
    assert gravity.density_20c(0.85) == pytest.approx(0.85 - 0.0045 * (2.34 - 1.615))


def test_riazi_daubert_forms_agree_with_each_other() -> None:
    first = pseudo.from_boiling_point(200.0, 0.80)
    back = pseudo.from_molecular_weight(first.molecular_weight, 0.80)
    assert back.boiling_point_c == pytest.approx(200.0, abs=5.0)
    assert back.critical_temperature_r == pytest.approx(float(first.critical_temperature_r), rel=0.01)
    assert back.huang_index == pytest.approx(float(first.huang_index), rel=0.01)
    assert back.ch_ratio == pytest.approx(float(first.ch_ratio), rel=0.02)
    assert np.isnan(pseudo.from_boiling_point(200.0, 0.80, "riazi_daubert_1980").ch_ratio)
    assert pseudo.molecular_weight_goossens(174.1, 0.7301) == pytest.approx(142.3, rel=0.025)


def test_the_chosen_factor_of_tc_is_nearer_to_pure_compounds() -> None:
    # Molecular weight, specific gravity and critical temperature [K] of n-hexane, n-decane, cyclohexane, toluene.
    weight, sg = np.array([86.18, 142.28, 84.16, 92.14]), np.array([0.664, 0.7342, 0.7835, 0.8723])
    measured = np.array([507.6, 617.7, 553.8, 591.8]) * 1.8
    chosen = pseudo.from_molecular_weight(weight, sg).critical_temperature_r / measured - 1.0
    other = pseudo.from_molecular_weight(weight, sg, "544.4").critical_temperature_r / measured - 1.0
    assert np.abs(chosen).max() < 0.017
    assert (np.abs(other) > np.abs(chosen)).all()


def test_coker_is_linear_in_carbon_residue() -> None:
    assert conversion_yields.delayed_coker([10.0, 20.0]).coke_wt_pct.tolist() == [16.0, 32.0]


def test_arrays_broadcast_and_nan_stays() -> None:
    found = ignition.aniline_point(np.array([[0.8], [0.85]]), np.array([200.0, np.nan, 300.0]))
    assert found.shape == (2, 3)
    assert np.isnan(found[:, 1]).all()
    assert np.isfinite(found[:, [0, 2]]).all()


def test_validity_is_readable_and_never_clips() -> None:
    assert Range("specific_gravity", 0.74, 0.90) in validity(cold_flow.freeze_point)
    outside = outside_validity(cold_flow.freeze_point, specific_gravity=[0.7, 0.8], boiling_point_c=200.0)
    assert outside.tolist() == [True, False]
    assert np.isfinite(cold_flow.freeze_point(0.7, 200.0))
    assert validity(gravity.api_gravity) == ()
    assert not outside_validity(gravity.api_gravity, specific_gravity=0.8)
    assert str(Range("x", 1.0, 2.0, "C")) == "x 1 to 2 C"


@pytest.mark.parametrize(
    ("calculation", "argument"),
    [
        (lambda: gravity.api_gravity(0.0), "specific_gravity"),
        (lambda: gravity.specific_gravity(-131.5), "api"),
        (lambda: gravity.watson_k(-280.0, 0.8), "temperature_c"),
        (lambda: gravity.huang_index(0.9), "refractive_index_20c"),
        (lambda: gravity.viscosity_gravity_constant(0.9, 38.0), "saybolt_s_100f"),
        (lambda: cold_flow.pour_point(0.85, 300.0, 0.0), "viscosity_cst_100f"),
        (lambda: cold_flow.freeze_point(-0.8, 200.0), "specific_gravity"),
        (lambda: ignition.smoke_point([0.8, 0.0], 200.0), "specific_gravity: 0 at position 1"),
        (lambda: ignition.cetane_index_d4737(0.0, 200.0, 250.0, 300.0), "density_t_per_m3"),
        (lambda: ignition.cetane_index_d976(35.0, -20.0), "d86_50_c"),
        (lambda: ignition.ccai(991.0, 0.1), "viscosity_cst"),
        (lambda: viscosity.viscosity_at(40.0, (20.0, 20.0), (3.0, 2.0)), "known_c"),
        (lambda: viscosity.viscosity_at(40.0, (20.0, 50.0), (0.1, 0.05)), "known_cst"),
        (lambda: viscosity.saybolt_universal_to_cst(20.0), "saybolt_s"),
        (lambda: viscosity.saybolt_furol_to_cst(20.0), "saybolt_s"),
        (lambda: viscosity.viscosity_index(5.0, 1.5), "viscosity_cst_100c"),
        (lambda: composition.hydrogen_goossens(0.0, 1.4, 0.7), "molecular_weight"),
        (lambda: pseudo.acentric_factor_edmister(200.0, 500.0, 400.0), "critical_temperature_r"),
        (lambda: pseudo.molecular_weight_goossens(900.0, 0.8), "boiling_point_c"),
        (lambda: pseudo.from_boiling_point(200.0, 0.8, "twu"), "method"),  # type: ignore[arg-type]
        (lambda: heat.heat_of_combustion(20.0, -1.0), "water_wt_pct"),
        (lambda: heat.true_vapour_pressure_crude(0.0, 20.0), "rvp_psi"),
        (lambda: conversion_yields.delayed_coker(-1.0), "ccr_wt_pct"),
        (lambda: gravity.api_gravity(np.inf), "specific_gravity"),
        (lambda: gravity.api_gravity("heavy"), "specific_gravity"),
    ],
)
def test_bad_arguments_are_named(calculation: Callable[[], Any], argument: str) -> None:
    with pytest.raises(DataError, match=argument):
        calculation()
