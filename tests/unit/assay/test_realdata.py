"""The accuracy of the methods on 66 real assays, as `realdata_benchmarks.csv` prints it, to its last digit."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from netback.assay import cold_flow, curve, ignition, viscosity
from netback.assay.arrays import FloatArray
from netback.assay.blending import blend
from netback.assay.gravity import watson_k
from netback.assay.interpolation import Pchip
from netback.uom import WATER_60F_T_PER_M3
from shared import shared

Row = dict[str, str]
POINTS = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)


@cache
def table(name: str) -> tuple[Row, ...]:
    with shared(f"data/assays/{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def number(text: str) -> float:
    return float(text) if text else np.nan


def listed(cut: str, column: str) -> FloatArray:
    return np.array([number(row[column]) for row in table("adios_exxon_cuts") if row["cut"] == cut])


def boiling(cut: str, *percents: int) -> FloatArray:
    stored = {(row["adios_id"], row["cut"]): row for row in table("adios_exxon_cut_distillation")}
    order = [row["adios_id"] for row in table("adios_exxon_cuts") if row["cut"] == cut]
    return np.array([[number(stored[name, cut][f"t{percent}_C"]) for percent in percents] for name in order])


def specific_gravity(cut: str) -> FloatArray:
    return listed(cut, "density_15p6C_g_cm3") / WATER_60F_T_PER_M3


def correlation(
    function: Callable[[FloatArray, FloatArray], FloatArray], cut: str, column: str
) -> FloatArray:
    return function(specific_gravity(cut), boiling(cut, 50)[:, 0]) - listed(cut, column)


def cetane_from_tbp(cut: str) -> FloatArray:
    points = boiling(cut, 10, 50, 90).T
    return ignition.cetane_index_d4737(listed(cut, "density_15p6C_g_cm3"), *points) - listed(
        cut, "cetane_index_D4737"
    )


def d86(cut: str) -> FloatArray:
    return curve.tbp_to_d86((10, 30, 50, 70, 90), boiling(cut, 10, 30, 50, 70, 90))


def cetane_from_d86(cut: str) -> FloatArray:
    points = d86(cut)[:, [0, 2, 4]].T
    return ignition.cetane_index_d4737(listed(cut, "density_15p6C_g_cm3"), *points) - listed(
        cut, "cetane_index_D4737"
    )


def cetane_d976(cut: str) -> FloatArray:
    index = ignition.cetane_index_d976_si(listed(cut, "density_15p6C_g_cm3"), d86(cut)[:, 2])
    return index - listed(cut, "cetane_index_D4737")


def viscosity_40c(cut: str) -> FloatArray:
    middle = boiling(cut, 50)[:, 0]
    found = viscosity.viscosity_from_boiling_point(40.0, middle, watson_k(middle, specific_gravity(cut)))
    return np.log(found / listed(cut, "kv_40C_cSt"))


def viscosity_d341() -> FloatArray:
    errors = []
    for cut in ("WHOLE", "KEROSENE", "DIESEL", "VGO"):
        known = listed(cut, "kv_20C_cSt"), listed(cut, "kv_50C_cSt")
        errors.append(np.log(viscosity.viscosity_at(40.0, (20.0, 50.0), known) / listed(cut, "kv_40C_cSt")))
    return np.concatenate(errors)


def leave_one_out(percent: int) -> FloatArray:
    kept = [place for place, point in enumerate(POINTS) if point != percent]
    whole = np.array([[number(row[f"t{point}_C"]) for point in POINTS] for row in table("adios_exxon_tbp")])
    interpolant = Pchip(np.array(POINTS, dtype=float)[kept], whole[:, kept])
    return interpolant(float(percent)) - whole[:, POINTS.index(percent)]


def residue(method: str, basis: str) -> FloatArray:
    parts = ("370-450", "450-500", "500-550", "550-FBP")
    errors = []
    for name in dict.fromkeys(row["crude_id"] for row in table("vendor_detailed_cuts")):
        rows = {row["cut"]: row for row in table("vendor_detailed_cuts") if row["crude_id"] == name}
        values = [number(rows[cut]["kv_100C_cSt"]) for cut in parts]
        amounts = [number(rows[cut][f"yield_{basis}_pct"]) for cut in parts]
        found = (
            np.average(values, weights=amounts)
            if method == "plain"
            else blend("viscosity_cst_100c", values, amounts, method)
        )
        errors.append(np.log(found / number(rows["370-FBP"]["kv_100C_cSt"])))
    return np.array(errors)


def conserved(column: str) -> FloatArray:
    errors = []
    for name in dict.fromkeys(row["crude_id"] for row in table("vendor_detailed_cuts")):
        rows = [row for row in table("vendor_detailed_cuts") if row["crude_id"] == name]
        whole = next(row for row in rows if row["cut"] == "WHOLE")
        parts = [row for row in rows if row["cut"] not in ("WHOLE", "370-FBP")]
        amounts = np.array([number(row["yield_wt_pct"]) for row in parts]) / 100.0
        values = np.nan_to_num([number(row[column]) for row in parts])
        errors.append(100.0 * (float(np.sum(amounts * values)) / number(whole[column]) - 1.0))
    return np.array(errors)


#: check and dataset (its first words) of the file -> errors
CHECKS: dict[tuple[str, str], Callable[[], FloatArray]] = {
    ("smoke point API 2B10.1", "KEROSENE"): lambda: correlation(ignition.smoke_point, "KEROSENE", "smoke_mm"),
    ("freeze point API 2B11.1", "KEROSENE"): lambda: correlation(
        cold_flow.freeze_point, "KEROSENE", "freeze_C"
    ),
    ("aniline point API 2B9.1", "KEROSENE"): lambda: correlation(
        ignition.aniline_point, "KEROSENE", "aniline_C"
    ),
    ("aniline point API 2B9.1", "DIESEL"): lambda: correlation(ignition.aniline_point, "DIESEL", "aniline_C"),
    ("cloud point API 2B12.1", "DIESEL"): lambda: correlation(cold_flow.cloud_point, "DIESEL", "cloud_C"),
    ("pour point API 2B8.1-2", "DIESEL"): lambda: 1.8 * correlation(cold_flow.pour_point, "DIESEL", "pour_C"),
    ("cetane index D4737 using TBP", "KEROSENE"): lambda: cetane_from_tbp("KEROSENE"),
    ("cetane index D4737 using TBP", "DIESEL"): lambda: cetane_from_tbp("DIESEL"),
    ("cetane index D4737 using D86", "KEROSENE"): lambda: cetane_from_d86("KEROSENE"),
    ("cetane index D4737 using D86", "DIESEL"): lambda: cetane_from_d86("DIESEL"),
    ("cetane index D976 (SI form)", "KEROSENE"): lambda: cetane_d976("KEROSENE"),
    ("cetane index D976 (SI form)", "DIESEL"): lambda: cetane_d976("DIESEL"),
    ("ln viscosity at 40C: API 11A4.2", "KEROSENE"): lambda: viscosity_40c("KEROSENE"),
    ("ln viscosity at 40C: API 11A4.2", "DIESEL"): lambda: viscosity_40c("DIESEL"),
    ("ln viscosity at 40C by ASTM D341", "whole"): viscosity_d341,
    ("TBP leave-one-out PCHIP in T(vol%) at 30", "whole"): lambda: leave_one_out(30),
    ("TBP leave-one-out PCHIP in T(vol%) at 50", "whole"): lambda: leave_one_out(50),
    ("TBP leave-one-out PCHIP in T(vol%) at 70", "whole"): lambda: leave_one_out(70),
    ("TBP leave-one-out PCHIP in T(vol%) at 90", "whole"): lambda: leave_one_out(90),
    ("370+ residue ln viscosity 100C from 4 cuts: Refutas", "vendor"): lambda: residue("refutas", "wt"),
    ("370+ residue ln viscosity 100C from 4 cuts: Chevron", "vendor"): lambda: residue("chevron", "vol"),
    ("370+ residue ln viscosity 100C from 4 cuts: D7152-like", "vendor"): lambda: residue("d7152", "vol"),
    ("370+ residue ln viscosity 100C from 4 cuts: ln ln", "vendor"): lambda: residue("walther", "wt"),
    ("370+ residue ln viscosity 100C from 4 cuts: plain", "vendor"): lambda: residue("plain", "wt"),
    ("sulfur_wt_pct: mass-weighted", "vendor"): lambda: conserved("sulfur_wt_pct"),
    ("nitrogen_mass_ppm: mass-weighted", "vendor"): lambda: conserved("nitrogen_mass_ppm"),
    ("mcr_wt_pct: mass-weighted", "vendor"): lambda: conserved("mcr_wt_pct"),
    ("nickel_mass_ppm: mass-weighted", "vendor"): lambda: conserved("nickel_mass_ppm"),
    ("vanadium_mass_ppm: mass-weighted", "vendor"): lambda: conserved("vanadium_mass_ppm"),
}


def benchmark(check: str, dataset: str) -> Row:
    with shared("data/methods/realdata_benchmarks.csv").open(encoding="utf-8", newline="") as file:
        found = [
            row
            for row in csv.DictReader(file)
            if row["check"].startswith(check) and dataset in row["dataset"]
        ]
    assert len(found) == 1, (check, dataset)
    return found[0]


@pytest.mark.parametrize(
    ("check", "dataset"), CHECKS, ids=[f"{check}, {dataset}" for check, dataset in CHECKS]
)
def test_error_statistics_are_reproduced(check: str, dataset: str) -> None:
    printed = benchmark(check, dataset)
    errors = CHECKS[check, dataset]()
    errors = errors[~np.isnan(errors)]
    absolute = np.abs(errors)
    found = errors.mean(), absolute.mean(), np.percentile(absolute, 95)
    expected = [float(printed[column]) for column in ("mean_error", "mean_abs_error", "p95_abs_error")]
    assert errors.size == int(printed["n"])
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=6e-4)


def test_rows_that_belong_to_cutting_are_the_only_ones_left_out() -> None:
    with shared("data/methods/realdata_benchmarks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["check"] for row in csv.DictReader(file)]
    left = [row for row in rows if not any(row.startswith(check) for check, _ in CHECKS)]
    assert left == ["cut yield wt% from TBP curve", "cut yield vol% from TBP curve"]
