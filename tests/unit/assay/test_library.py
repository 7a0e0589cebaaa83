"""The shipped library: what is there, names, aliases, search, doubtful entries, quality of each value."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from netback.assay import library
from netback.assay.assay import DENSITY, QUALITIES
from netback.assay.blending import default_rule
from netback.errors import DataError
from netback.uom import api_to_density

NAMES = library.names()


def test_counts() -> None:
    groups = [entry.group for entry in library.index().values()]
    assert groups.count("prelim") == 51
    assert groups.count("adios_exxon") == 58
    assert groups.count("adios_other") == 40
    assert len(set(NAMES)) == 149


@pytest.mark.parametrize("name", NAMES)
def test_each_assay_is_sound(name: str) -> None:
    assay = library.load(name)
    entry = library.index()[name]
    curve = assay.curve
    assert assay.name == name
    assert assay.provenance.source
    assert assay.provenance.quality in QUALITIES
    assert (np.diff(curve.temperature_c) > 0.0).all()
    assert (np.diff(curve.cumulative_wt_pct) >= 0.0).all()
    assert (np.diff(curve.cumulative_vol_pct) >= 0.0).all()
    assert (curve.cumulative_wt_pct[0], curve.cumulative_wt_pct[-1]) == (0.0, 100.0)
    assert (curve.cumulative_vol_pct[0], curve.cumulative_vol_pct[-1]) == (0.0, 100.0)
    assert assay.whole[DENSITY] == pytest.approx(api_to_density(entry.api_gravity), rel=2e-3)
    assert (np.diff(assay.edges_c) > 0.0).all()
    assert (assay.yield_wt_pct > 0.0).all()
    for property, values in assay.properties.items():
        assert len(values) == len(assay.cut_names)
        low, high = default_rule(property).domain
        known = values[np.isfinite(values)]
        assert ((known > low) & (known < high)).all() or default_rule(property).is_linear
        for cut in assay.cut_names:
            assert assay.flag(property, cut).quality in QUALITIES


def test_prelim_density_comes_from_the_api_column() -> None:
    assay = library.load("urals")
    assert assay.whole[DENSITY] == pytest.approx(api_to_density(31.778), abs=1e-6)
    assert assay.whole[DENSITY] - 0.86259 == pytest.approx(0.0032, abs=2e-4)
    flag = assay.flag(DENSITY, "DIESEL")
    assert flag.quality == "derived"
    assert "API" in flag.method


def test_vendor_numbers_are_not_shipped() -> None:
    for entry in library.index().values():
        assert "ncs-crude-quality-model" not in entry.source


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("urals", "urals"),
        ("Urals", "urals"),
        ("Urals Export Blend", "urals"),
        ("arab light", "arab_light_a"),
        ("Arab-Light", "arab_light_a"),
        ("upper zakum", "upper_zakum_a"),
        ("Upper_Zakum_B", "upper_zakum_b"),
        ("das blend", "das"),
        ("brent", "brent_blend"),
        ("adios upper zakum", "adios_upper_zakum"),
        ("Murban Crude_Solomon 2014", "murban"),
    ],
)
def test_names_aliases_and_spellings(text: str, name: str) -> None:
    assert library.resolve(text) == name
    assert library.load(text).name == name


def test_every_alias_is_of_one_assay_and_hides_no_name() -> None:
    aliases = [alias for entry in library.index().values() for alias in entry.aliases]
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(NAMES)


@pytest.mark.parametrize(
    ("wrong", "near"), [("uralls", "urals"), ("murbon", "murban"), ("upper zakm", "upper_zakum")]
)
def test_misspelt_names_get_the_closest(wrong: str, near: str) -> None:
    with pytest.raises(DataError, match=f'Closest name: "{near}"'):
        library.load(wrong)


def test_a_name_near_nothing_gets_the_way_to_the_list() -> None:
    with pytest.raises(DataError, match="netback assay list"):
        library.load("zzzzqqqq")


def test_load_many_reports_all_unknown_names_together() -> None:
    assert [assay.name for assay in library.load_many(["das", "urals"])] == ["das", "urals"]
    with pytest.raises(DataError) as error:
        library.load_many(["uralls", "urals", "murbon"])
    assert len(error.value.findings) == 2


def test_loading_twice_gives_the_same_object() -> None:
    assert library.load("urals") is library.load("Urals Export Blend")


def test_search_holds_every_word_of_names_titles_and_regions() -> None:
    assert "urals" in {entry.name for entry in library.search("russia")}
    assert {entry.name for entry in library.search("upper ZAKUM adios")} >= {"adios_upper_zakum"}
    assert library.search("no such crude") == ()
    assert len(library.search("")) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "word", "prefer"),
    [
        ("adios_arabian_light_ad01470", "59.6 vol%", "arab_light_a"),
        ("wti_domestic_sweet", "0.54 wt% sulphur", "wti_stratiev"),
        ("murban_bp", "4.5 wt% carbon residue", "murban"),
        ("oman", "30.5 API", "adios_oman_ad01478"),
        ("qatar_marine_oandg", "1.8 %", "qatar_marine"),
    ],
)
def test_known_bad_entries_are_kept_and_say_what_to_prefer(name: str, word: str, prefer: str) -> None:
    origin = library.load(name).provenance
    assert word in origin.doubtful
    assert origin.prefer == prefer
    assert prefer in NAMES
    assert library.index()[name].doubtful == origin.doubtful


def test_only_five_are_doubtful() -> None:
    assert sum(bool(entry.doubtful) for entry in library.index().values()) == 5


def test_urals_has_no_viscosity_metals_or_cold_flow() -> None:
    properties = library.load("urals").properties
    assert set(properties) == {DENSITY, "sulfur_wt_pct", "nitrogen_ppm", "hydrogen_wt_pct", "mcr_wt_pct"}


def test_metals_of_adios_distillates_are_zero_by_balance() -> None:
    assay = library.load("adios_upper_zakum")
    assert assay.properties["nickel_ppm"][0] == 0.0
    assert assay.flag("nickel_ppm", "KEROSENE").quality == "derived"
    assert "balance" in assay.flag("nickel_ppm", "KEROSENE").method


def test_importing_the_library_loads_no_heavy_package() -> None:
    code = (
        "import sys; from netback.assay import library, cutting, completion, whole_crude; "
        "bad = {'scipy', 'pandas', 'matplotlib', 'highspy'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
