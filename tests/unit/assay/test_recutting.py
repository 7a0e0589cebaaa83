"""Recutting: totals kept to 1e-10, own boundaries give the assay back, once more cut is the same, no empty cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.assay import library
from netback.assay.assay import DENSITY, Assay
from netback.assay.completion import complete
from netback.assay.cutting import cut
from netback.assay.recutting import recut
from netback.errors import DataError

CONSERVED = ("sulfur_wt_pct", "nitrogen_ppm", "mcr_wt_pct", "ccr_wt_pct", "nickel_ppm", "vanadium_ppm")
PLANT = (15, 80, 150, 180, 230, 260, 345, 375)
#: One crude of each kind of source, with and without light ends, metals and viscosities.
CRUDES = ("urals", "arab_light_a", "murban", "das", "adios_upper_zakum")

cut_points = st.lists(
    st.floats(-60.0, 900.0).map(lambda value: round(value, 1)), min_size=1, max_size=20, unique=True
).map(sorted)


def totals(assay: Assay) -> dict[str, float]:
    """What must not change: volume per mass, and every mass property known in all cuts."""
    found = {"mass": float(assay.yield_wt_pct.sum()), "volume": float(assay.yield_vol_pct.sum())}
    found["density"] = float(assay.properties[DENSITY] @ assay.yield_vol_pct) / 100.0
    for name in CONSERVED:
        values = assay.properties.get(name)
        if values is not None and np.isfinite(values).all():
            found[name] = float(values @ assay.yield_wt_pct) / 100.0
    return found


def assert_same_totals(one: Assay, other: Assay) -> None:
    """Totals that both know agree."""
    kept, before = totals(one), totals(other)
    assert kept["mass"] == pytest.approx(100.0, abs=1e-10)
    assert kept["volume"] == pytest.approx(100.0, abs=1e-10)
    for name in before.keys() & kept.keys():
        assert kept[name] == pytest.approx(before[name], rel=1e-10, abs=1e-10), name


class TestConservation:
    @pytest.mark.parametrize("name", library.names())
    def test_every_shipped_assay_at_the_cuts_of_a_plant(self, name: str) -> None:
        assay = library.load(name)
        found = recut(assay, PLANT)
        assert_same_totals(found, assay)
        assert found.density_t_per_m3 == pytest.approx(assay.density_t_per_m3, rel=1e-10)

    @pytest.mark.parametrize("name", CRUDES)
    def test_what_is_known_everywhere_stays_known(self, name: str) -> None:
        assay = library.load(name)
        assert totals(assay).keys() <= totals(recut(assay, PLANT)).keys()

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(CRUDES), cut_points)
    def test_anywhere(self, name: str, points: list[float]) -> None:
        assay = library.load(name)
        assert_same_totals(recut(assay, points), assay)

    @pytest.mark.parametrize("name", CRUDES)
    def test_no_points_make_the_whole_crude(self, name: str) -> None:
        assay = library.load(name)
        whole = recut(assay, [])
        assert len(whole.cut_names) == 1
        assert whole.properties[DENSITY][0] == pytest.approx(assay.density_t_per_m3, rel=1e-10)
        assert_same_totals(whole, assay)


class TestSameAgain:
    @pytest.mark.parametrize("name", library.names())
    def test_own_boundaries_give_the_own_values(self, name: str) -> None:
        assay = library.load(name)
        kept = assay.yield_wt_pct > 0.0
        found = recut(assay, assay.edges_c[1:-1])
        np.testing.assert_allclose(found.yield_wt_pct, assay.yield_wt_pct[kept], rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(found.yield_vol_pct, assay.yield_vol_pct[kept], rtol=1e-10, atol=1e-10)
        for property, values in assay.properties.items():
            np.testing.assert_allclose(
                found.properties[property], values[kept], rtol=1e-9, atol=1e-10, err_msg=property
            )

    @pytest.mark.parametrize("name", CRUDES)
    def test_once_more_at_the_same_points_changes_nothing(self, name: str) -> None:
        once = recut(library.load(name), PLANT)
        twice = recut(once, PLANT)
        assert twice.cut_names == once.cut_names
        np.testing.assert_allclose(twice.yield_wt_pct, once.yield_wt_pct, rtol=1e-10, atol=1e-10)
        for property, values in once.properties.items():
            np.testing.assert_allclose(twice.properties[property], values, rtol=1e-9, atol=1e-10)

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(CRUDES), cut_points)
    def test_recut_then_cut_is_cut(self, name: str, points: list[float]) -> None:
        assay = library.load(name)
        direct, through = cut(assay, points), cut(recut(assay, points), points)
        np.testing.assert_allclose(through.yield_wt_pct, direct.yield_wt_pct, rtol=0.0, atol=1e-10)
        np.testing.assert_allclose(through.yield_vol_pct, direct.yield_vol_pct, rtol=0.0, atol=1e-10)
        drawn = direct.yield_wt_pct > 1e-6
        for property in (DENSITY, "sulfur_wt_pct"):
            np.testing.assert_allclose(
                through[property][drawn], direct[property][drawn], rtol=1e-6, err_msg=property
            )

    @pytest.mark.parametrize("name", CRUDES)
    def test_recut_then_cut_coarser_keeps_the_known_totals(self, name: str) -> None:
        assay = library.load(name)
        direct, through = cut(assay, [180, 375]), cut(recut(assay, PLANT), [180, 375])
        np.testing.assert_allclose(through.yield_wt_pct, direct.yield_wt_pct, atol=1e-10)
        np.testing.assert_allclose(through["sulfur_wt_pct"], direct["sulfur_wt_pct"], rtol=1e-8)
        np.testing.assert_allclose(through[DENSITY], direct[DENSITY], rtol=1e-10)


class TestForm:
    def test_cuts_without_a_yield_are_left_out(self) -> None:
        assay = library.load("urals")
        found = recut(assay, [-200, -150, 180, 375, 2000, 2100])
        assert found.cut_names[1:-1] == ("180-375",)
        assert len(found.cut_names) == 3
        assert (found.yield_wt_pct > 0.0).all()
        assert (np.diff(found.edges_c) > 0.0).all()

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(CRUDES), cut_points)
    def test_every_cut_kept_has_a_yield(self, name: str, points: list[float]) -> None:
        found = recut(library.load(name), points)
        assert (found.yield_wt_pct > 0.0).all()
        assert (np.diff(found.edges_c) > 0.0).all()
        assert found.edges_wt_pct[0] == 0.0
        assert found.edges_wt_pct[-1] == 100.0

    def test_the_assay_itself_is_untouched(self) -> None:
        assay = library.load("urals")
        names, density = assay.cut_names, assay.properties[DENSITY].copy()
        recut(assay, PLANT)
        assert assay.cut_names == names
        np.testing.assert_array_equal(assay.properties[DENSITY], density)

    def test_a_remark_names_the_points(self) -> None:
        assay = library.load("urals")
        found = recut(assay, [180, 375.5])
        assert found.remarks[: len(assay.remarks)] == assay.remarks
        assert found.remarks[-1] == "recut at 180, 375.5 C"

    def test_the_boiling_curve_is_the_same(self) -> None:
        assay = library.load("urals")
        assert recut(assay, PLANT).curve is assay.curve

    def test_estimates_stay_estimates(self) -> None:
        assay = complete(library.load("urals"), "viscosity_cst_50c", "nearest", consent=True)
        found = recut(assay, [180, 375])
        assert found.flag("viscosity_cst_50c", found.cut_names[-1]).quality == "stand-in"

    @pytest.mark.parametrize("points", [[180, 180], [375, 180], [float("nan")], [180, float("inf")]])
    def test_points_that_do_not_rise_are_findings(self, points: list[float]) -> None:
        with pytest.raises(DataError):
            recut(library.load("urals"), points)


class TestFillingOnTheCutsOfThePlant:
    def test_flash_of_a_narrow_piece_of_a_wide_cut(self) -> None:
        """The source knows 80 to 180 C as one cut; 150 to 180 C alone flashes far above it."""
        source = complete(library.load("urals"), "flash_c", "api")
        wide = source.properties["flash_c"][source.edges_c[:-1] == 80.0]
        piece = complete(recut(library.load("urals"), PLANT), "flash_c", "api")
        narrow = piece.properties["flash_c"][piece.cut_names.index("150-180")]
        assert wide.size == 1
        assert narrow > float(wide[0]) + 20.0
        assert narrow == pytest.approx(38.1, abs=0.1)

    def test_flash_rises_from_cut_to_cut(self) -> None:
        found = complete(recut(library.load("murban"), PLANT), "flash_c", "api").properties["flash_c"]
        assert (np.diff(found[np.isfinite(found)]) > 0.0).all()
