"""Cutting: conservation to 1e-10, own values back, monotony, flags, many crudes at once, bad cut points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay import library
from netback.assay.assay import DENSITY, Assay, Provenance
from netback.assay.assembly import Draft, Points, assemble
from netback.assay.blending import default_rule
from netback.assay.cutting import LIGHT_ENDS_C, cut, cut_many
from netback.errors import DataError

NAMES = library.names()
CONSERVED = ("sulfur_wt_pct", "nitrogen_ppm", "nickel_ppm", "vanadium_ppm", "mcr_wt_pct", "ccr_wt_pct")
PRELIM_POINTS = (80, 180, 290, 340, 400, 450, 525)

cut_points = st.lists(
    st.floats(-60.0, 900.0).map(lambda value: round(value, 1)), min_size=0, max_size=25, unique=True
).map(sorted)


def known_sum(values: np.ndarray, amounts: np.ndarray) -> float:
    used = amounts > 0.0
    return float(values[used] @ amounts[used]) / 100.0


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_assay_conserves_when_cut_anywhere(name: str) -> None:
    assay = library.load(name)
    table = cut(assay, [-10, 15.6, 63, 121, 165.6, 188, 240.5, 343.3, 371, 444, 537.8, 612, 700])
    assert table.yield_wt_pct.sum() == pytest.approx(100.0, abs=1e-10)
    assert table.yield_vol_pct.sum() == pytest.approx(100.0, abs=1e-10)
    assert (table.yield_wt_pct >= 0.0).all()
    assert (table.yield_vol_pct >= 0.0).all()
    mass = known_sum(table[DENSITY], table.yield_vol_pct)
    assert mass == pytest.approx(assay.density_t_per_m3, rel=1e-10)
    for property in CONSERVED:
        whole = assay.sum_of_cuts(property)
        if np.isfinite(whole):
            total = known_sum(table[property], table.yield_wt_pct)
            assert total == pytest.approx(whole, rel=1e-10, abs=1e-12), property


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_assay_gives_its_own_cuts_back(name: str) -> None:
    assay = library.load(name)
    table = cut(assay, assay.edges_c[1:-1])
    np.testing.assert_allclose(table.yield_wt_pct, assay.yield_wt_pct, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table.yield_vol_pct, assay.yield_vol_pct, rtol=1e-12, atol=1e-12)
    for property, values in assay.properties.items():
        np.testing.assert_allclose(table[property], values, rtol=1e-9, err_msg=property)


@given(cut_points)
def test_any_cut_points_conserve_mass_volume_and_every_index(points: list[float]) -> None:
    assay = library.load("adios_upper_zakum")
    table = cut(assay, points)
    assert table.yield_wt_pct.sum() == pytest.approx(100.0, abs=1e-10)
    assert table.yield_vol_pct.sum() == pytest.approx(100.0, abs=1e-10)
    for property in assay.properties:
        whole = assay.sum_of_cuts(property)
        used = table.yield_wt_pct > 1e-9
        if np.isfinite(whole) and np.isfinite(table[property][used]).all():
            rule = default_rule(property)
            amounts = (table.yield_wt_pct if rule.basis == "mass" else table.yield_vol_pct)[used]
            index = float(rule.to_index(table[property][used]) @ amounts) / float(amounts.sum())
            wanted = float(rule.to_index(whole))
            assert index == pytest.approx(wanted, rel=1e-8, abs=1e-8), property


@given(st.floats(50.0, 600.0), st.floats(0.1, 50.0))
def test_splitting_a_cut_leaves_the_others_alone(point: float, width: float) -> None:
    assay = library.load("urals")
    one, two = cut(assay, [point]), cut(assay, [point, point + width])
    assert two.yield_wt_pct[0] == one.yield_wt_pct[0]
    assert two.yield_wt_pct[1:].sum() == pytest.approx(one.yield_wt_pct[1], abs=1e-11)


@given(st.floats(0.0, 890.0), st.floats(0.5, 100.0))
def test_yield_rises_with_the_cut_point(point: float, step: float) -> None:
    for name in ("urals", "adios_liza", "adios_ural_ad01140"):
        assay = library.load(name)
        assert cut(assay, [point + step]).yield_wt_pct[0] >= cut(assay, [point]).yield_wt_pct[0]


@pytest.mark.parametrize("name", ["urals", "murban", "adios_upper_zakum", "adios_liza", "adios_kearl"])
def test_profiles_stay_in_bounds(name: str) -> None:
    assay = library.load(name)
    table = cut(assay, np.arange(20.0, 700.0, 7.0))
    for property in (*CONSERVED, DENSITY):
        if property not in table:
            continue
        values = table[property][table.yield_wt_pct > 1e-6]
        values = values[np.isfinite(values)]
        assert (values >= 0.0).all(), property
    density = table[DENSITY][table.yield_wt_pct > 0.05]
    assert density.max() < 1.25
    assert density.min() > 0.45


def test_sulfur_rises_through_urals() -> None:
    sulfur = cut(library.load("urals"), np.arange(80.0, 640.0, 20.0))["sulfur_wt_pct"]
    assert (np.diff(sulfur) > 0.0).all()


def test_names_and_ends() -> None:
    table = cut(library.load("urals"), [180, 240.5])
    assert table.names == ("IBP-180", "180-240.5", "240.5-FBP")
    assert table.start_c[1] == 180.0
    assert table.end_c[1] == 240.5


def test_no_cut_points_give_the_whole_crude() -> None:
    assay = library.load("urals")
    table = cut(assay, [])
    assert table.names == ("IBP-FBP",)
    assert table.yield_wt_pct.tolist() == [100.0]
    assert table["sulfur_wt_pct"][0] == pytest.approx(assay.sum_of_cuts("sulfur_wt_pct"), rel=1e-12)
    assert table[DENSITY][0] == pytest.approx(assay.density_t_per_m3, rel=1e-12)


def test_cut_outside_the_crude_is_empty_and_not_known() -> None:
    table = cut(library.load("m100_fuel_oil"), [60, 79, 340, 1400, 1450])
    assert table.yield_wt_pct[0] == 0.0
    assert table.yield_wt_pct[-1] == 0.0
    assert np.isnan(table[DENSITY][0])
    assert np.isnan(table["sulfur_wt_pct"][-1])
    assert table.flags("sulfur_wt_pct")[0] == "not known"


def test_light_ends_as_their_own_cut() -> None:
    assay = library.load("adios_upper_zakum")
    table = cut(assay, [80, 180], light_ends=True)
    assert table.names[0] == "C1-C4"
    assert table.end_c[0] == LIGHT_ENDS_C
    assert table.yield_vol_pct[0] == pytest.approx(assay.yield_vol_pct[0], abs=1e-12)


def test_light_ends_asked_for_twice_is_one_cut() -> None:
    table = cut(library.load("adios_upper_zakum"), [LIGHT_ENDS_C, 80], light_ends=True)
    assert table.names == ("C1-C4", "15.6-80", "80-FBP")


def test_a_property_unknown_in_a_tenth_of_the_cut_is_not_known() -> None:
    assay = library.load("adios_upper_zakum")  # smoke is known from 73.9 to 343.3 C
    table = cut(assay, [60, 180, 330, 345])
    assert np.isnan(table["smoke_mm"][0])
    assert np.isnan(table["smoke_mm"][4])
    assert np.isfinite(table["smoke_mm"][2])
    wide = cut(assay, [250, 344])
    assert np.isfinite(wide["smoke_mm"][1])
    assert wide.flags("smoke_mm")[1] == "partial"
    assert 0.9 < wide.known_share["smoke_mm"][1] < 1.0


def test_flags_say_how_a_value_came_about() -> None:
    assay = library.load("urals")
    table = cut(assay, [180, 240, 340, 800])
    assert table.flags("sulfur_wt_pct") == (
        "derived", "interpolated", "interpolated", "extrapolated", "extrapolated",
    )  # fmt: skip
    own = cut(assay, PRELIM_POINTS)
    assert set(own.flags("sulfur_wt_pct")) == {"reported"}
    assert own.flags() == ("reported",) * 8


def test_coarse_assays_are_flagged_correlated() -> None:
    table = cut(library.load("adios_ural_ad01140"), [100, 200])
    assert set(table.flags(DENSITY)) == {"correlated"}


def test_table_is_a_mapping() -> None:
    table = cut(library.load("urals"), [180])
    assert set(table) == set(table.properties)
    assert len(table) == len(table.properties)
    assert "smoke_mm" not in table
    assert "urals" in repr(table)
    with pytest.raises(KeyError):
        table["smoke_mm"]


def test_many_crudes_at_once_are_the_same_as_one_by_one() -> None:
    assays = library.load_many(NAMES)
    together = cut_many(assays, [80, 180, 240, 340, 540])
    for assay, table in zip(assays, together, strict=True):
        alone = cut(assay, [80, 180, 240, 340, 540])
        assert table.assay is assay
        np.testing.assert_allclose(table.yield_wt_pct, alone.yield_wt_pct, rtol=0, atol=1e-10)
        np.testing.assert_allclose(table.yield_vol_pct, alone.yield_vol_pct, rtol=0, atol=1e-10)
        assert set(table) == set(alone)
        for property in table:
            np.testing.assert_allclose(table[property], alone[property], rtol=1e-7, atol=1e-9)


def test_no_crude_at_all() -> None:
    assert cut_many([], [180]) == ()


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([180, 170], "170 follows 180"),
        ([180, 180], "180 follows 180"),
        ([180, float("nan")], "finite"),
        ([float("inf")], "finite"),
        (["a"], "not numbers"),
        ([[180, 240]], "list"),
    ],
)
def test_bad_cut_points(points: list[object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        cut(library.load("urals"), points)  # type: ignore[arg-type]


def fine_assay(points: int = 800) -> Assay:
    temperature = np.linspace(20.0, 700.0, points)
    weight = 100.0 * (1.0 - np.exp(-(((temperature - 15.0) / 350.0) ** 1.5)))
    cuts = np.array([80.0, 150.0, 250.0, 350.0, 450.0, 550.0])
    edges = np.append(0.0, np.append(np.interp(cuts, temperature, weight), 100.0))
    unknown = np.full(points, np.nan)
    return assemble(
        Draft(
            name="fine",
            title="fine",
            cut_names=[f"c{i}" for i in range(7)],
            start_c=np.append(np.nan, cuts),
            end_c=np.append(cuts, np.nan),
            yield_wt_pct=np.diff(edges),
            yield_vol_pct=np.full(7, np.nan),
            density_t_per_m3=np.linspace(0.65, 1.0, 7),
            properties={"sulfur_wt_pct": np.array([0.0, 0.05, 0.2, 1.0, 1.6, 2.0, 3.5])},
            whole={},
            provenance=Provenance("test"),
            points=Points(temperature, weight, unknown),
        )
    )


def test_a_curve_of_800_points_is_followed() -> None:
    assay = fine_assay()
    assert len(assay.curve.temperature_c) > 700
    table = cut(assay, np.linspace(50.0, 650.0, 19))
    wanted = 100.0 * (1.0 - np.exp(-(((table.end_c[:-1] - 15.0) / 350.0) ** 1.5)))
    np.testing.assert_allclose(np.cumsum(table.yield_wt_pct)[:-1], wanted, atol=0.01)
