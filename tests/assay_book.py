"""Assay sheets in the layouts of sellers, as tests build them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netback.assay.assay import DENSITY, Assay
from netback.uom import WATER_60F_T_PER_M3
from pims_book import write_book

Rows = list[list[Any]]

#: Labels of the summary report in C; ``{}`` stands for what sheets in F write otherwise.
LABELS = {
    "sulfur_wt_pct": "Total Sulphur (% wt)",
    "nitrogen_ppm": "Total Nitrogen (ppm)",
    "tan_mgkoh_g": "Total Acid Number (mgKOH/g)",
    "viscosity_cst_50c": "Viscosity @ 50°C (cSt)",
    "pour_c": "Pour Point (°C)",
    "mcr_wt_pct": "Micro Carbon Residue (% wt)",
    "nickel_ppm": "Nickel (ppm)",
    "vanadium_ppm": "Vanadium (ppm)",
}


def put(rows: Rows, number: int, place: int, cell: Any) -> None:
    """Write a cell of raw rows; rows and columns are made as needed. NaN leaves it blank."""
    while len(rows) <= number:
        rows.append([])
    rows[number] += [None] * (place + 1 - len(rows[number]))
    rows[number][place] = None if isinstance(cell, float) and math.isnan(cell) else cell


def summary(
    cuts: Sequence[Mapping[str, Any]],
    whole: Mapping[str, Any],
    labels: Mapping[str, str] = LABELS,
    title: str = "Test Blend",
    vendor: str = "Equinor ASA",
    molecules: Mapping[str, float] | None = None,
    uom: str = "C",
    density: str = "Density @ 15°C (g/cc)",
) -> Rows:
    """A summary report: general information, molecules and whole crude on top, the block of cuts below.

    A cut has ``start``, ``end``, ``wt``, ``vol``, ``density`` and properties; None or NaN leaves a cell blank.
    """
    rows: Rows = []
    put(rows, 0, 0, vendor)
    put(rows, 8, 1, "Crude Summary Report")
    for number, (label, value) in enumerate(
        (
            ("Reference:", "TEST202401"),
            ("Name:", title),
            ("Origin:", "Norway"),
            ("Assay Date:", "01 April 2024"),
        ),
        13,
    ):
        put(rows, number, 1, label)
        put(rows, number, 2, value)
    for number, (name, share) in enumerate((molecules or {}).items(), 14):
        put(rows, number, 6, name)
        put(rows, number, 10, share)
    for number, (name, cell) in enumerate(((labels.get(k, k), v) for k, v in whole.items()), 14):
        put(rows, number, 11, name)
        put(rows, number, 15, cell)
    put(rows, 32, 1, "Cut Data")
    put(rows, 34, 1, f"Start (°{uom})")
    put(rows, 35, 1, f"End (°{uom})")
    put(rows, 38, 1, "Yield (% wt)")
    put(rows, 39, 1, "Yield (% vol)")
    put(rows, 40, 1, "Cumulative Yield (% wt)")
    put(rows, 41, 1, density)
    put(rows, 42, 1, "API Gravity")
    columns = [{"start": "IBP", "end": "FBP", "wt": 100.0, "vol": 100.0}, *cuts]
    for place, cut in enumerate(columns, 2):
        for number, key in ((34, "start"), (35, "end"), (38, "wt"), (39, "vol"), (41, "density")):
            put(rows, number, place, cut.get(key))
        put(rows, 42, place, 30.0)
    for number, (key, label) in enumerate(labels.items(), 43):
        put(rows, number, 1, label)
        for place, cut in enumerate(columns, 2):
            put(rows, number, place, cut.get(key))
    return rows


def bp(cuts: Sequence[Mapping[str, Any]], whole: Mapping[str, Any], molecules: Mapping[str, float]) -> Rows:
    """A sheet of BP: cuts from C5 on, the whole in a column headed Crude, light ends apart."""
    rows: Rows = []
    for number, label, value in (
        (8, "Reference:", "MM00TEST"),
        (10, "Name:", "Test Crude"),
        (12, "Origin:", "Sea"),
    ):
        put(rows, number, 1, label)
        put(rows, number, 2, value)
    for number, (name, share) in enumerate(molecules.items(), 10):
        put(rows, number, 6, name)
        put(rows, number, 9, share)
    put(rows, 25, 1, "Cut Data")
    put(rows, 27, 2, "Crude")
    labels = {
        "start": (29, "Start (°C API)"), "end": (30, "End (°C API) "), "wt": (33, "Yield on crude (% wt)"),
        "vol": (34, "Yield on crude (% vol)"), "density": (35, "Density at 15°C (kg/litre)"),
        "sulfur_wt_pct": (38, "Total Sulphur (% wt)"), "nitrogen_ppm": (40, "Total Nitrogen (ppm wt)"),
    }  # fmt: skip
    for key, (number, label) in labels.items():
        put(rows, number, 1, label)
        put(rows, number, 2, {"wt": 100.0, "vol": 100.0, **whole}.get(key))
        for place, cut in enumerate(cuts, 3):
            put(rows, number, place, cut.get(key, "-"))
    return rows


#: Labels of ExxonMobil's sheets of before 2020, with what turns our number into the printed one.
OLD_LABELS: dict[str, tuple[str, float, float]] = {
    DENSITY: ("Specific Gravity (60/60F)", 1.0 / WATER_60F_T_PER_M3, 0.0),
    "carbon_wt_pct": ("Carbon, wt %", 1.0, 0.0),
    "hydrogen_wt_pct": ("Hydrogen, wt %", 1.0, 0.0),
    "pour_c": ("Pour point, F", 1.8, 32.0),
    "tan_mgkoh_g": ("Neutralization number (TAN), MG/GM", 1.0, 0.0),
    "sulfur_wt_pct": ("Sulfur, wt%", 1.0, 0.0),
    "viscosity_cst_20c": ("Viscosity at 20C/68F, cSt", 1.0, 0.0),
    "viscosity_cst_40c": ("Viscosity at 40C/104F, cSt", 1.0, 0.0),
    "viscosity_cst_50c": ("Viscosity at 50C/122F, cSt", 1.0, 0.0),
    "nitrogen_ppm": ("Nitrogen, ppm", 1.0, 0.0),
    "ccr_wt_pct": ("CCR, wt%", 1.0, 0.0),
    "asphaltenes_wt_pct": ("N-Heptane Insolubles (C7 Asphaltenes), wt%", 1.0, 0.0),
    "nickel_ppm": ("Nickel, ppm", 1.0, 0.0),
    "vanadium_ppm": ("Vanadium, ppm", 1.0, 0.0),
    "rvp_psi": ("Reid Vapor Pressure (RVP) Whole Crude, psi", 1.0, 0.0),
    "paraffins_vol_pct": ("Paraffins, vol %", 1.0, 0.0),
    "naphthenes_vol_pct": ("Naphthenes, vol %", 1.0, 0.0),
    "aromatics_vol_pct": ("Aromatics (FIA), vol %", 1.0, 0.0),
    "freeze_c": ("Freeze point, F", 1.8, 32.0),
    "smoke_mm": ("Smoke point, mm", 1.0, 0.0),
    "naphthalenes_vol_pct": ("Naphthalenes (D1840), vol%", 1.0, 0.0),
    "cetane_index": ("Cetane Index 1990 (D4737),", 1.0, 0.0),
    "cloud_c": ("Cloud point, F", 1.8, 32.0),
    "aniline_c": ("Aniline pt, F", 1.8, 32.0),
}


def old_exxon(assay: Assay) -> Rows:
    """An assay of seven cuts as ExxonMobil printed it before 2020."""
    names = [
        "Butane and Lighter IBP - 60F", "Lt. Naphtha C5 - 165F", "Hvy Naphtha 165 - 330F", "Kerosene 330 - 480F",
        "Diesel 480 - 650F", "Vacuum Gas Oil 650 - 1000F", "Vacuum Residue 1000F+",
    ]  # fmt: skip
    rows: Rows = [
        ["ExxonMobil"], ["Crude oil assay"], ["2020"], [], ["TEST16F", "Whole crude", *names],
        ["Cut volume, %", 100.0, *map(float, assay.printed.yield_vol_pct)], ["API Gravity,", 35.2],
    ]  # fmt: skip
    for key, (label, factor, offset) in OLD_LABELS.items():
        line: list[Any] = [label, assay.whole.get(key, math.nan) * factor + offset]
        values = assay.printed.density_t_per_m3 if key == DENSITY else assay.properties.get(key)
        line += [math.nan] * len(names) if values is None else [float(v) * factor + offset for v in values]
        rows.append([None if isinstance(cell, float) and math.isnan(cell) else cell for cell in line])
    rows.append(["Calcium, ppm", 5.9])
    rows.append(["Mercaptan sulfur, ppm", "NotAvailable"])
    rows.append(["Distillation type, TBP"])
    curve = assay.curve
    for share in (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95):
        at = _at(curve.cumulative_vol_pct, curve.temperature_c, share)
        rows.append(["IBP, F" if not share else f"{share} vol%, F", 1.8 * at + 32.0])
    rows.append(["EP, F", 1500.0])
    return rows


def _at(shares: Any, temperatures: Any, share: float) -> float:
    import numpy as np

    return float(np.interp(share, shares, temperatures))


def write_sheet(path: Path, rows: Rows, name: str = "Summary", **others: Rows) -> Path:
    """Write a workbook of the sheet, and others after it."""
    return write_book(path, {name: rows, **others})
