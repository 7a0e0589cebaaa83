"""The assay itself: closing a draft, tying mass to volume, curve ends, blanks, faults."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.assay.assay import DENSITY, Assay, Flag, Provenance
from netback.assay.assembly import LOWEST_START_C, Draft, Points, assemble, convert
from netback.assay.coarse import densities_constant_watson_k, from_curve
from netback.assay.cutting import cut
from netback.assay.distillation_of_cut import tbp_of_cut
from netback.errors import DataError

NAN = float("nan")


def draft(**changes: object) -> Draft:
    base = Draft(
        name="x",
        title="X",
        cut_names=["naphtha", "kerosene", "residue"],
        start_c=np.array([NAN, 150.0, 250.0]),
        end_c=np.array([150.0, 250.0, NAN]),
        yield_wt_pct=np.array([20.0, 30.0, 50.0]),
        yield_vol_pct=np.full(3, NAN),
        density_t_per_m3=np.array([0.7, 0.8, 0.95]),
        properties={"sulfur_wt_pct": np.array([0.01, 0.2, 2.0])},
        whole={DENSITY: 0.85},
        provenance=Provenance("test"),
        points=Points(np.array([100.0, 350.0]), np.array([10.0, 70.0]), np.full(2, NAN)),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_mass_and_volume_are_tied_by_density() -> None:
    assay = assemble(draft())
    volumes = np.array([20.0 / 0.7, 30.0 / 0.8, 50.0 / 0.95])
    np.testing.assert_allclose(assay.yield_vol_pct, 100.0 * volumes / volumes.sum())
    assert assay.density_t_per_m3 == pytest.approx(100.0 / volumes.sum())
    np.testing.assert_allclose(assay.properties[DENSITY], [0.7, 0.8, 0.95], rtol=1e-12)


def test_yields_by_volume_are_enough() -> None:
    by_weight = assemble(draft())
    again = assemble(draft(yield_wt_pct=np.full(3, NAN), yield_vol_pct=np.array(by_weight.yield_vol_pct)))
    np.testing.assert_allclose(again.yield_wt_pct, by_weight.yield_wt_pct, rtol=1e-12)


def test_density_of_a_cut_follows_from_both_yields() -> None:
    volumes = np.array(assemble(draft()).yield_vol_pct)
    whole = assemble(draft()).density_t_per_m3
    changed = draft(
        yield_vol_pct=volumes, density_t_per_m3=np.array([NAN, 0.8, 0.95]), whole={DENSITY: whole}
    )
    assert assemble(changed).properties[DENSITY][0] == pytest.approx(0.7, rel=1e-9)


@given(st.lists(st.floats(1.0, 60.0), min_size=3, max_size=3))
def test_yields_are_scaled_to_100_and_the_printed_ones_kept(yields: list[float]) -> None:
    assay = assemble(draft(yield_wt_pct=np.array(yields), points=Points.none()))
    assert assay.yield_wt_pct.sum() == pytest.approx(100.0, abs=1e-12)
    assert assay.printed.yield_wt_pct.tolist() == yields
    np.testing.assert_allclose(assay.yield_wt_pct / assay.yield_wt_pct[0], np.array(yields) / yields[0])


def test_cuts_without_yield_are_left_out() -> None:
    points = Points(np.array([200.0, 350.0]), np.array([15.0, 70.0]), np.full(2, NAN))
    assay = assemble(draft(yield_wt_pct=np.array([0.0, 40.0, 60.0]), points=points))
    assert assay.cut_names == ("kerosene", "residue")
    assert cut(assay, [150.0]).yield_wt_pct[0] == pytest.approx(0.0, abs=1e-12)


def test_unknown_is_nan_and_a_property_known_nowhere_is_absent() -> None:
    assay = assemble(draft(properties={"smoke_mm": np.array([NAN, 22.0, NAN]), "pour_c": np.full(3, NAN)}))
    assert np.isnan(assay.properties["smoke_mm"][0])
    assert "pour_c" not in assay.properties
    assert np.isnan(assay.sum_of_cuts("pour_c"))
    assert np.isnan(assay.sum_of_cuts("smoke_mm"))


def test_blank_metals_are_zero_only_where_the_balance_says_so() -> None:
    nickel = {"nickel_ppm": np.array([NAN, NAN, 40.0])}
    full = assemble(draft(properties=nickel, whole={DENSITY: 0.85, "nickel_ppm": 20.0}))
    np.testing.assert_array_equal(full.properties["nickel_ppm"], [0.0, 0.0, 40.0])
    assert full.flag("nickel_ppm", "naphtha").quality == "derived"
    assert full.flag("nickel_ppm", "residue").quality == "reported"
    open_balance = assemble(draft(properties=nickel, whole={DENSITY: 0.85, "nickel_ppm": 21.0}))
    assert np.isnan(open_balance.properties["nickel_ppm"][0])
    unlisted = assemble(draft(properties=nickel))
    assert np.isnan(unlisted.properties["nickel_ppm"][0])


def test_curve_goes_through_boundaries_and_points() -> None:
    assay = assemble(draft())
    for temperature, weight in ((100.0, 10.0), (150.0, 20.0), (250.0, 50.0), (350.0, 70.0)):
        assert cut(assay, [temperature]).yield_wt_pct[0] == pytest.approx(weight, abs=1e-9)
    assert assay.curve.known_to_c == 350.0
    assert assay.curve.heavy_end == "probability"
    assert assay.curve.light_end.startswith("extrapolated")
    assert assay.curve.temperature_c[0] == pytest.approx(50.0)


def test_given_ends_are_kept_and_nothing_is_extrapolated() -> None:
    assay = assemble(draft(start_c=np.array([20.0, 150.0, 250.0]), end_c=np.array([150.0, 250.0, 700.0])))
    assert (assay.curve.temperature_c[0], assay.curve.temperature_c[-1]) == (20.0, 700.0)
    assert assay.curve.heavy_end == ""
    assert assay.curve.light_end == ""
    assert assay.curve.known_to_c == 700.0


def test_start_that_would_fall_below_propane_is_assumed() -> None:
    points = Points(np.array([80.0, 100.0]), np.array([18.0, 18.5]), np.full(2, NAN))
    assay = assemble(draft(points=points))
    assert assay.curve.temperature_c[0] == LOWEST_START_C
    assert assay.curve.light_end.startswith("assumed")


def test_points_that_contradict_the_cuts_are_shifted_and_it_is_said() -> None:
    temperature = np.arange(60.0, 420.0, 10.0)
    weight = np.interp(temperature, [50, 150, 250, 420], [0, 22, 52, 80])
    points = Points(temperature, weight, np.full(len(weight), NAN))
    assay = assemble(draft(points=points))
    assert cut(assay, [150.0]).yield_wt_pct[0] == pytest.approx(20.0, abs=1e-9)
    assert any("differ by up to 2.00 wt%" in remark for remark in assay.remarks)


def test_points_by_volume_and_flat_points_make_a_rising_curve() -> None:
    points = Points(np.array([90.0, 110.0, 130.0, 200.0]), np.full(4, NAN), np.array([5.0, 12.0, 12.0, 40.0]))
    curve = assemble(draft(points=points)).curve
    assert (np.diff(curve.temperature_c) > 0.0).all()
    assert (np.diff(curve.cumulative_wt_pct) >= 0.0).all()
    assert (np.diff(curve.cumulative_vol_pct) >= 0.0).all()


def test_convert_gives_edges_exactly_and_stays_in_between() -> None:
    edges_wt, edges_vol = np.array([0.0, 20.0, 50.0, 100.0]), np.array([0.0, 24.0, 56.0, 100.0])
    np.testing.assert_array_equal(convert(edges_wt, edges_wt, edges_vol), edges_vol)
    inside = convert(np.linspace(0, 100, 301), edges_wt, edges_vol)
    assert (np.diff(inside) > 0.0).all()


def test_arrays_and_attributes_cannot_be_changed() -> None:
    assay = assemble(draft())
    with pytest.raises(ValueError, match="read-only"):
        assay.properties["sulfur_wt_pct"][0] = 1.0
    with pytest.raises(TypeError):
        assay.properties["sulfur_wt_pct"] = np.zeros(3)  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        assay.name = "y"  # type: ignore[misc]
    assert assay.with_(name="y").name == "y"
    assert assay.name == "x"


def test_flags_go_from_value_to_property_to_assay() -> None:
    own, column = Flag("measured"), Flag("stand-in", "of another crude")
    assay = assemble(draft(flags={("sulfur_wt_pct", "naphtha"): own, ("sulfur_wt_pct", "*"): column}))
    assert assay.flag("sulfur_wt_pct", "naphtha") is own
    assert assay.flag("sulfur_wt_pct", "residue") is column
    assert assay.flag(DENSITY, "residue").quality == "reported"


def test_whole_value_prefers_the_listed() -> None:
    assay = assemble(draft())
    assert assay.whole_value(DENSITY) == 0.85
    assert assay.whole_value("sulfur_wt_pct") == pytest.approx(1.062)
    assert "X" not in repr(assay)
    assert "3 cuts" in repr(assay)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"yield_wt_pct": np.zeros(3)}, "no cut has a yield"),
        ({"density_t_per_m3": np.array([0.7, NAN, 0.9])}, "density of cut kerosene"),
        (
            {
                "yield_wt_pct": np.array([20.0, NAN, 50.0]),
                "yield_vol_pct": np.array([NAN, 30.0, NAN]),
            },
            "partly by weight",
        ),
        (
            {
                "points": Points.none(),
                "yield_wt_pct": np.array([0.0, 0.0, 100.0]),
            },
            "fewer than two points",
        ),
    ],
)
def test_drafts_that_make_no_assay(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        assemble(draft(**changes))


def curve_only(**changes: object) -> Assay:
    points = Points(
        np.array([60.0, 150.0, 250.0, 350.0, 450.0]), np.full(5, NAN), np.array([5.0, 20.0, 40.0, 58.0, 72.0])
    )
    arguments = {"points": points, "whole": {DENSITY: 0.86}, "provenance": Provenance("t"), **changes}
    return from_curve("c", "C", **arguments)  # type: ignore[arg-type]


def test_a_curve_alone_makes_a_coarse_assay_with_one_watson_k() -> None:
    assay = curve_only()
    assert assay.density_t_per_m3 == pytest.approx(0.86, rel=1e-9)
    assert assay.cut_names[0] == "IBP-60"
    assert assay.cut_names[-1] == "450-FBP"
    assert assay.flag(DENSITY, "IBP-60").quality == "correlated"
    assert (np.diff(assay.properties[DENSITY]) > 0.0).all()
    np.testing.assert_allclose(np.cumsum(assay.yield_vol_pct)[:-1], [5, 20, 40, 58, 72], atol=1e-9)


def test_constant_watson_k_by_weight_and_volume_keep_the_whole_density() -> None:
    boiling, yields = np.array([80.0, 200.0, 400.0]), np.array([20.0, 30.0, 50.0])
    by_volume = densities_constant_watson_k(boiling, yields, 0.87, by_weight=False)
    by_weight = densities_constant_watson_k(boiling, yields, 0.87, by_weight=True)
    assert by_volume @ yields / 100.0 == pytest.approx(0.87)
    assert 100.0 / (yields / by_weight).sum() == pytest.approx(0.87)
    factor = np.cbrt(boiling + 273.15) / by_volume
    np.testing.assert_allclose(factor, factor[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"whole": {}}, "whole-crude density"),
        (
            {"points": Points(np.array([60.0, 90.0]), np.array([5.0, 9.0]), np.full(2, NAN))},
            "fewer than three",
        ),
        (
            {
                "points": Points(
                    np.array([60.0, 90.0, 120.0]), np.array([5.0, NAN, 9.0]), np.array([NAN, 7.0, NAN])
                )
            },
            "partly by weight",
        ),
    ],
)
def test_curves_that_make_no_assay(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        curve_only(**changes)


def test_distillation_of_a_cut_runs_from_end_to_end() -> None:
    assay = assemble(draft())
    temperature = tbp_of_cut(assay, 150.0, 250.0, [0.0, 50.0, 100.0])
    assert temperature[0] == pytest.approx(150.0)
    assert temperature[2] == pytest.approx(250.0)
    assert 150.0 < temperature[1] < 250.0
    assert np.isnan(tbp_of_cut(assay, 2000.0, 2100.0, [50.0])).all()
