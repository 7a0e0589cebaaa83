"""Closure: verdicts, tolerances, what is listed for every shipped assay, findings for a user."""

from __future__ import annotations

import numpy as np
import pytest

from netback.assay import library
from netback.assay.assay import DENSITY, Assay
from netback.assay.closure import TOLERANCES, Check, closure

FAILING = {
    "arab_light_stratiev": ("density_t_per_m3",),
    "arabian_heavy_2012": ("hydrogen_wt_pct",),
    "qatar_marine_oandg": ("density_t_per_m3",),
    "basra_bp": ("density_t_per_m3",),
    "brent_bp": ("density_t_per_m3",),
    "kuwait_export_stratiev": ("density_t_per_m3",),
    "lsfo_180cst": ("nitrogen_ppm",),
}


@pytest.mark.parametrize("name", library.names())
def test_status_of_each_shipped_assay(name: str) -> None:
    result = closure(library.load(name))
    assert tuple(check.quantity for check in result.failed) == FAILING.get(name, ())
    if library.index()[name].is_coarse:
        assert result.status == "not checked"
        assert not result.passed
    elif name in FAILING:
        assert result.status == f"fails: {FAILING[name][0]}"
    else:
        assert result.status == "closes"


def by_name(assay: Assay) -> dict[str, Check]:
    return {check.quantity: check for check in closure(assay)}


def changed(name: str, **whole: float) -> Assay:
    assay = library.load(name)
    return assay.with_(whole={**assay.whole, **whole})


def test_every_quantity_is_reported_even_if_it_cannot_be_checked() -> None:
    checks = by_name(library.load("urals"))
    assert set(checks) == {"yield_wt_pct", "yield_vol_pct", *TOLERANCES}
    assert checks["nickel_ppm"].verdict == "not checked"
    assert checks["nickel_ppm"].reason
    assert checks["mcr_wt_pct"].verdict == "passed"


@pytest.mark.parametrize(("factor", "verdict"), [(1.006, "passed"), (1.008, "failed"), (0.992, "failed")])
def test_density_may_differ_by_seven_in_a_thousand(factor: float, verdict: str) -> None:
    density = library.load("urals").density_t_per_m3
    assert by_name(changed("urals", **{DENSITY: density * factor}))[DENSITY].verdict == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(1.02, "passed"), (1.04, "failed"), (0.96, "failed")])
def test_sulfur_may_differ_by_three_per_cent(factor: float, verdict: str) -> None:
    sulfur = library.load("urals").sum_of_cuts("sulfur_wt_pct")
    assert by_name(changed("urals", sulfur_wt_pct=sulfur * factor))["sulfur_wt_pct"].verdict == verdict


def test_rounding_in_a_clean_crude_does_not_fail() -> None:
    assay = changed("urals", sulfur_wt_pct=0.0015)
    clean = np.full(8, 0.0008)
    assay = assay.with_(properties={**assay.properties, "sulfur_wt_pct": clean})
    assert by_name(assay)["sulfur_wt_pct"].verdict == "passed"


@pytest.mark.parametrize(
    ("total", "verdict"), [(99.1, "passed"), (100.9, "passed"), (98.9, "failed"), (101.1, "failed")]
)
def test_yields_may_add_up_to_99_to_101(total: float, verdict: str) -> None:
    assay = library.load("urals")
    printed = assay.printed.yield_wt_pct * total / assay.printed.yield_wt_pct.sum()
    scaled = assay.with_(
        printed=type(assay.printed)(printed, assay.printed.yield_vol_pct, assay.printed.density_t_per_m3)
    )
    assert by_name(scaled)["yield_wt_pct"].verdict == verdict


def test_cuts_without_a_value_count_as_none_only_if_the_rest_explains_the_whole() -> None:
    assay = library.load("urals")
    sulfur = np.array(assay.properties["sulfur_wt_pct"])
    sulfur[0] = np.nan
    blank = assay.with_(properties={**assay.properties, "sulfur_wt_pct": sulfur})
    assert by_name(blank)["sulfur_wt_pct"].verdict == "passed"
    sulfur = sulfur.copy()
    sulfur[7] = np.nan
    blank = assay.with_(properties={**assay.properties, "sulfur_wt_pct": sulfur})
    assert by_name(blank)["sulfur_wt_pct"].verdict == "not checked"


def test_findings_name_the_sum_the_listed_value_and_the_tolerance() -> None:
    assay = changed("urals", sulfur_wt_pct=2.0, nitrogen_ppm=5000.0)
    findings = {finding.severity: str(finding) for finding in closure(assay).findings("my.csv")}
    assert findings["error"].startswith("my.csv: sulfur_wt_pct of the cuts adds up to 1.4057")
    assert "listed as 2 (-29.7 %)" in findings["error"]
    assert "3.0 %" in findings["error"]
    assert "nitrogen_ppm" in findings["warning"]


def test_difference_of_a_listed_zero_is_not_a_number() -> None:
    assert np.isnan(Check("x", 0.0, 1.0, "failed").difference_pct)
