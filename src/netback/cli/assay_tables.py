"""Tables and JSON of the assay commands. At most 100 columns wide; the uom stands in the heading."""

from __future__ import annotations

import math
import shutil
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netback.assay.assay import DENSITY, Assay
from netback.assay.closure import Check, closure
from netback.assay.cutting import CutTable
from netback.assay.library import Entry
from netback.cli.common import WIDTH
from netback.uom import density_to_api

_CUTS_PER_TABLE: Final = 8
_UOM: Final = (
    ("_t_per_m3", "t/m3"), ("_wt_pct", "wt%"), ("_vol_pct", "vol%"), ("_ppm", "ppm"), ("_mgkoh_g", "mgKOH/g"),
    ("_mm", "mm"), ("_psi", "psi"), ("_kpa", "kPa"), ("_c", "C"),
)  # fmt: skip
_MARKS: Final = {
    "interpolated": "*",
    "derived": "",
    "partial": "p",
    "extrapolated": "x",
    "correlated": "~",
    "stand-in": "s",
    "assumed": "a",
}


def console() -> Console:
    """Console as wide as the terminal, at most 100 columns."""
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    return Console(width=width, highlight=False, markup=False)


def label(property: str) -> str:
    """Property and uom in words: ``viscosity at 50 C [cSt]``."""
    if property.startswith("viscosity_cst_"):
        return f"viscosity at {property.removeprefix('viscosity_cst_').rstrip('c')} C [cSt]"
    for suffix, uom in _UOM:
        if property.endswith(suffix):
            return f"{property.removesuffix(suffix).replace('_', ' ')} [{uom}]"
    return property.replace("_", " ")


def number(value: float) -> str:
    """Four significant digits without exponent up to a million; a dash where not known."""
    if math.isnan(value):
        return "-"
    if value == 0.0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-4:
        return f"{value:.1e}"
    digits = 0 if size >= 1000 else min(5, 3 - math.floor(math.log10(size)))
    return f"{value:.{max(digits, 0)}f}"


def show_list(entries: Sequence[Entry]) -> None:
    """Print one line per assay of the library."""
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("name", no_wrap=True)
    table.add_column("region", no_wrap=True)
    table.add_column("date")
    for heading in ("API", "S [wt%]", "cuts"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for entry in entries:
        remark = "doubtful" if entry.doubtful else "curve only" if entry.is_coarse else ""
        cuts = "" if entry.is_coarse else str(entry.cuts)
        values = (f"{entry.api_gravity:.1f}", number(entry.sulfur_wt_pct), cuts)
        table.add_row(entry.name, entry.region, entry.date, *values, remark)
    out.print(table)
    out.print(f"{len(entries)} assays. `netback assay show NAME` gives the source and why one is doubtful.")


def show_assay(assay: Assay) -> None:
    """Print origin, closure and properties by cut."""
    out = console()
    _heading(out, assay)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title="Whole crude", title_justify="left")
    table.add_column("property [uom]")
    for heading in ("listed", "from cuts", "difference [%]"):
        table.add_column(heading, justify="right")
    table.add_column("closure")
    checks = {check.quantity: check for check in closure(assay)}
    for name in dict.fromkeys((*checks, *assay.whole)):
        table.add_row(*_whole_row(assay, name, checks.get(name)))
    out.print(table)
    out.print()
    rows = {name: list(values) for name, values in assay.properties.items()}
    marks = {
        name: [_MARKS.get(assay.flag(name, cut).quality, "") for cut in assay.cut_names] for name in rows
    }
    spans = [f"{low:.0f}-{high:.0f}" for low, high in pairwise(assay.edges_c)]
    frame = {"cut [C]": spans}
    yields = {"yield_wt_pct": list(assay.yield_wt_pct), "yield_vol_pct": list(assay.yield_vol_pct)}
    _by_cut(out, assay.cut_names, frame, {**yields, **rows}, marks)
    _legend(out, {mark for row in marks.values() for mark in row})
    _remarks(out, assay)


def _heading(out: Console, assay: Assay) -> None:
    origin = assay.provenance
    out.print(Text(f"{assay.name}: {assay.title}", style="bold"))
    facts = [origin.region, origin.date, f"quality: {origin.quality}", closure(assay).status]
    out.print(", ".join(fact for fact in facts if fact))
    if origin.doubtful:
        hint = f" Prefer {origin.prefer}." if origin.prefer else ""
        out.print(Text(_wrapped(f"Doubtful: {origin.doubtful}.{hint}"), style="yellow"))
    if origin.note:
        out.print(_wrapped(f"Note: {origin.note}."))
    out.print(_wrapped(f"Source: {origin.source}"))
    out.print()


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH - 1, subsequent_indent="  ", break_on_hyphens=False)


def _whole_row(assay: Assay, name: str, check: Check | None) -> tuple[str, ...]:
    if check is None:
        total = assay.sum_of_cuts(name)
        return label(name), number(assay.whole[name]), number(total), "", ""
    difference = "" if math.isnan(check.difference_pct) else f"{check.difference_pct:+.2f}"
    verdict = check.verdict + (f": {check.reason}" if check.reason else "")
    return label(name), number(check.listed), number(check.sum), difference, verdict


def _by_cut(
    out: Console,
    names: Sequence[str],
    frame: dict[str, list[str]],
    rows: dict[str, list[Any]],
    marks: dict[str, list[str]],
) -> None:
    """Print properties down and cuts across, at most eight cuts in one table."""
    for start in range(0, len(names), _CUTS_PER_TABLE):
        part = slice(start, start + _CUTS_PER_TABLE)
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("property [uom]", no_wrap=True)
        for name in names[part]:
            table.add_column(name.replace("_", " "), justify="right", vertical="bottom")
        for heading, texts in frame.items():
            table.add_row(heading, *texts[part])
        for name, values in rows.items():
            if all(math.isnan(value) for value in values):
                continue
            own = [
                "" if math.isnan(value) else mark
                for value, mark in zip(values, marks.get(name, [""] * len(values)), strict=True)
            ]
            known = {mark for value, mark in zip(values, own, strict=True) if not math.isnan(value)}
            common = known.pop() if len(known) == 1 else ""
            cells = [number(v) + ("" if common else m) for v, m in zip(values, own, strict=True)]
            table.add_row(f"{label(name)} {common}".rstrip(), *cells[part])
        out.print(table)
        out.print()


def _legend(out: Console, used: set[str]) -> None:
    words = [f"{mark} {word}" for word, mark in _MARKS.items() if mark and mark in used]
    out.print(", ".join(("- not known", *words)))


def _remarks(out: Console, assay: Assay) -> None:
    curve = assay.curve
    remarks = list(assay.remarks)
    if curve.light_end:
        remarks.append(f"initial boiling point {curve.temperature_c[0]:.0f} C {curve.light_end}")
    if curve.heavy_end:
        remarks.append(f"boiling curve above {curve.known_to_c:.0f} C extrapolated: {curve.heavy_end}")
    methods = {
        f"{label(property)} of {'all cuts' if cut == '*' else cut}: {flag.quality}, {flag.method}"
        for (property, cut), flag in assay.flags.items()
        if flag.method and not (cut != "*" and flag.quality == "derived")
    }
    for remark in (*remarks, *sorted(methods)):
        out.print(_wrapped(f"* {remark}"))


def show_cuts(table: CutTable) -> None:
    """Print the cuts of one crude."""
    out = console()
    assay = table.assay
    out.print(Text(f"{assay.name}: {assay.title}", style="bold"))
    if assay.provenance.doubtful:
        out.print(Text(_wrapped(f"Doubtful: {assay.provenance.doubtful}."), style="yellow"))
    marks = {name: [_MARKS.get(flag, "") for flag in table.flags(name)] for name in table}
    marks["yield_wt_pct"] = marks["yield_vol_pct"] = [_MARKS.get(flag, "") for flag in table.flags()]
    yields = {"yield_wt_pct": list(table.yield_wt_pct), "yield_vol_pct": list(table.yield_vol_pct)}
    rows = {**yields, **{name: list(values) for name, values in table.items()}}
    _by_cut(out, table.names, {}, rows, marks)
    _legend(out, {mark for name, row in marks.items() if name in rows for mark in row})
    blank = [label(name) for name, values in table.items() if all(math.isnan(v) for v in values)]
    if blank:
        out.print(_wrapped(f"Not known in any of these cuts: {', '.join(blank)}."))


def show_comparison(cuts: Sequence[CutTable]) -> None:
    """Print crudes side by side; differences are against the first."""
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("property [uom]")
    for number_, one in enumerate(cuts):
        table.add_column(one.assay.name, justify="right", overflow="fold", max_width=22)
        if number_:
            table.add_column("diff.", justify="right")
    table.add_row("API gravity", *_against([_api(one.assay) for one in cuts], 1))
    sulfur = [one.assay.whole_value("sulfur_wt_pct") for one in cuts]
    table.add_row("sulfur [wt%]", *_against(sulfur, 2))
    for position, name in enumerate(cuts[0].names):
        table.add_section()
        table.add_row(Text(f"{name} C", style="bold"))
        table.add_row("  yield [wt%]", *_against([float(one.yield_wt_pct[position]) for one in cuts], 1))
        table.add_row("  yield [vol%]", *_against([float(one.yield_vol_pct[position]) for one in cuts], 1))
        for property, digits in ((DENSITY, 4), ("sulfur_wt_pct", 3)):
            values = [float(one[property][position]) if property in one else math.nan for one in cuts]
            table.add_row(f"  {label(property)}", *_against(values, digits))
    out.print(table)
    for one in cuts:
        if one.assay.provenance.doubtful:
            text = f"{one.assay.name} is doubtful: {one.assay.provenance.doubtful}."
            out.print(Text(_wrapped(text), style="yellow"))


def _api(assay: Assay) -> float:
    return density_to_api(assay.whole_value(DENSITY))


def _against(values: Sequence[float], digits: int) -> list[str]:
    cells = []
    for position, value in enumerate(values):
        cells.append("-" if math.isnan(value) else f"{value:.{digits}f}")
        if position:
            change = value - values[0]
            cells.append("-" if math.isnan(change) else f"{change:+.{digits}f}")
    return cells


def entry_dict(entry: Entry) -> dict[str, Any]:
    """One line of the list as JSON."""
    return {name: getattr(entry, name) for name in entry.__slots__}


def assay_dict(assay: Assay) -> dict[str, Any]:
    """All of an assay as JSON; NaN becomes null."""
    origin, curve = assay.provenance, assay.curve
    cuts = [
        {
            "name": name,
            "start_c": float(assay.edges_c[i]),
            "end_c": float(assay.edges_c[i + 1]),
            "yield_wt_pct": float(assay.yield_wt_pct[i]),
            "yield_vol_pct": float(assay.yield_vol_pct[i]),
            **{property: float(values[i]) for property, values in assay.properties.items()},
            "quality": {property: assay.flag(property, name).quality for property in assay.properties},
        }
        for i, name in enumerate(assay.cut_names)
    ]
    return {
        "name": assay.name,
        "title": assay.title,
        "provenance": {key: getattr(origin, key) for key in origin.__slots__},
        "whole": dict(assay.whole),
        "cuts": cuts,
        "light_ends_wt_pct": dict(assay.light_ends_wt_pct),
        "curve": {
            "temperature_c": curve.temperature_c.tolist(),
            "cumulative_wt_pct": curve.cumulative_wt_pct.tolist(),
            "cumulative_vol_pct": curve.cumulative_vol_pct.tolist(),
            "known_to_c": curve.known_to_c,
            "heavy_end": curve.heavy_end,
            "light_end": curve.light_end,
        },
        "closure": [_check_dict(check) for check in closure(assay)],
        "remarks": list(assay.remarks),
    }


def _check_dict(check: Check) -> dict[str, Any]:
    return {key: getattr(check, key) for key in check.__slots__}


def cut_dict(table: CutTable) -> dict[str, Any]:
    """All of a cut table as JSON; NaN becomes null."""
    cuts = [
        {
            "name": name,
            "start_c": float(table.start_c[i]),
            "end_c": float(table.end_c[i]),
            "yield_wt_pct": float(table.yield_wt_pct[i]),
            "yield_vol_pct": float(table.yield_vol_pct[i]),
            **{property: float(values[i]) for property, values in table.items()},
        }
        for i, name in enumerate(table.names)
    ]
    flags = {"yield": list(table.flags())} | {name: list(table.flags(name)) for name in table}
    return {"assay": table.assay.name, "cuts": cuts, "flags": flags}


def without_nan(value: Any) -> Any:
    """Replace NaN by None, at any depth, since JSON has no NaN."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
