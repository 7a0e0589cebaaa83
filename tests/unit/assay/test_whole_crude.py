"""Blends of whole crudes: conservation by mass, union of boundaries, blanks, faults."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay import library
from netback.assay.assay import DENSITY
from netback.assay.cutting import cut
from netback.assay.whole_crude import blend_assays
from netback.errors import DataError

URALS, MURBAN, ARAB = (library.load(name) for name in ("urals", "murban", "arab_light_a"))
ADIOS = library.load("adios_upper_zakum")
LIZA = library.load("adios_liza")


@given(st.floats(0.01, 0.99))
def test_mass_volume_and_contents_are_conserved(share: float) -> None:
    mixed = blend_assays([(URALS, share), (MURBAN, 1.0 - share)], by="mass")
    for property in ("sulfur_wt_pct", "nitrogen_ppm", "mcr_wt_pct", "hydrogen_wt_pct"):
        wanted = share * URALS.sum_of_cuts(property) + (1.0 - share) * MURBAN.sum_of_cuts(property)
        assert mixed.sum_of_cuts(property) == pytest.approx(wanted, rel=1e-10)
    volume = share / URALS.density_t_per_m3 + (1.0 - share) / MURBAN.density_t_per_m3
    assert mixed.density_t_per_m3 == pytest.approx(1.0 / volume, rel=1e-10)
    assert mixed.yield_wt_pct.sum() == pytest.approx(100.0, abs=1e-10)
    assert mixed.yield_vol_pct.sum() == pytest.approx(100.0, abs=1e-10)


def test_yields_are_the_mean_of_those_of_the_components() -> None:
    mixed = blend_assays([(URALS, 3.0), (ADIOS, 1.0)], by="mass")
    points = [15.6, 73.9, 165.6, 180, 248.9, 340, 450, 525]
    table, urals, adios = (cut(assay, points) for assay in (mixed, URALS, ADIOS))
    wanted = 0.75 * urals.yield_wt_pct + 0.25 * adios.yield_wt_pct
    np.testing.assert_allclose(table.yield_wt_pct, wanted, atol=1e-6)


def test_the_blend_has_the_boundaries_of_all_components() -> None:
    mixed = blend_assays([(URALS, 1.0), (ADIOS, 1.0)])
    inner = set(np.round(mixed.edges_c[1:-1], 6))
    assert inner == {*URALS.edges_c[1:-1], *ADIOS.edges_c[1:-1]}
    assert mixed.cut_names[0] == "IBP-15.6"


def test_a_blend_of_a_crude_with_itself_is_that_crude() -> None:
    mixed = blend_assays([(LIZA, 0.4), (LIZA, 0.6)])
    np.testing.assert_allclose(mixed.yield_wt_pct, LIZA.yield_wt_pct, atol=1e-9)
    for property, values in LIZA.properties.items():
        np.testing.assert_allclose(mixed.properties[property], values, rtol=1e-7, err_msg=property)
    for property, value in LIZA.whole.items():
        assert mixed.whole[property] == pytest.approx(value, rel=1e-9)


def test_volume_and_mass_shares_meet_through_the_listed_density() -> None:
    by_volume = blend_assays([(URALS, 0.5), (MURBAN, 0.5)], by="volume")
    densities = URALS.whole[DENSITY], MURBAN.whole[DENSITY]
    by_mass = blend_assays([(URALS, densities[0]), (MURBAN, densities[1])], by="mass")
    np.testing.assert_allclose(by_volume.yield_wt_pct, by_mass.yield_wt_pct, rtol=1e-12)
    assert by_volume.whole[DENSITY] == pytest.approx(sum(densities) / 2.0)


def test_viscosity_of_the_blend_lies_between() -> None:
    mixed = blend_assays([(ADIOS, 0.5), (LIZA, 0.5)])
    values = [cut(assay, [343.3])["viscosity_cst_50c"][1] for assay in (ADIOS, mixed, LIZA)]
    assert values[0] > values[1] > values[2] or values[0] < values[1] < values[2]


def test_what_one_component_does_not_know_is_not_known() -> None:
    mixed = blend_assays([(URALS, 0.5), (ADIOS, 0.5)])
    assert (
        "viscosity_cst_50c" not in mixed.properties or np.isnan(mixed.properties["viscosity_cst_50c"]).any()
    )
    assert "nickel_ppm" not in mixed.whole


def test_components_with_nothing_do_not_count() -> None:
    mixed = blend_assays([(URALS, 0.0), (LIZA, 2.0)])
    assert "smoke_mm" in mixed.properties
    assert "urals" not in mixed.title


def test_origin_and_quality_are_kept() -> None:
    doubtful = library.load("murban_bp")
    mixed = blend_assays([(URALS, 0.5), (doubtful, 0.5)], by="mass", name="mine")
    assert mixed.name == "mine"
    assert "50 % urals + 50 % murban_bp by mass" in mixed.title
    assert "murban_bp" in mixed.provenance.doubtful
    assert mixed.provenance.quality == "derived"
    coarse = blend_assays([(URALS, 0.5), (library.load("adios_ural_ad01140"), 0.5)])
    assert coarse.flag(DENSITY, coarse.cut_names[0]).quality == "correlated"


def test_three_crudes_and_a_blend_of_blends() -> None:
    once = blend_assays([(URALS, 1.0), (MURBAN, 1.0), (ARAB, 2.0)], by="mass")
    pair = blend_assays([(URALS, 1.0), (MURBAN, 1.0)], by="mass")
    twice = blend_assays([(pair, 1.0), (ARAB, 1.0)], by="mass")
    assert once.sum_of_cuts("sulfur_wt_pct") == pytest.approx(twice.sum_of_cuts("sulfur_wt_pct"), rel=1e-10)


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ((-1.0, 1.0), "component urals: its amount is -1"),
        ((float("nan"), 1.0), "component urals"),
        ((float("inf"), 1.0), "component urals"),
        ((0.0, 0.0), "no crude has an amount"),
    ],
)
def test_bad_amounts(amounts: tuple[float, float], words: str) -> None:
    with pytest.raises(DataError, match=words):
        blend_assays([(URALS, amounts[0]), (MURBAN, amounts[1])])


def test_no_component_and_unknown_basis() -> None:
    with pytest.raises(DataError, match="no crude"):
        blend_assays([])
    with pytest.raises(DataError, match="Known: mass, volume"):
        blend_assays([(URALS, 1.0)], by="moles")  # type: ignore[arg-type]
