"""Rows of a user's assay file: cells to numbers, checks across rows, and the assay they make."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, QUALITIES, Assay, Flag, Provenance, Quality
from netback.assay.assembly import Draft, Points, assemble
from netback.assay.blending import default_rule
from netback.assay.coarse import from_curve
from netback.errors import DataError, Finding, closest

KINDS: Final = ("info", "whole", "cut", "tbp", "light_end", "quality")
_INFO: Final = ("name", "title", "date", "source", "quality", "region", "vendor", "note")
_PLACES: Final = ("start_c", "end_c", "yield_wt_pct", "yield_vol_pct")
#: Lowest and highest number that makes sense in the columns that are not properties.
_LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "start_c": (-165.0, 1500.0),
    "end_c": (-165.0, 1500.0),
    "yield_wt_pct": (0.0, 100.5),
    "yield_vol_pct": (0.0, 100.5),
    DENSITY: (0.3, 1.5),
}
_SAME_C: Final = 0.011


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell with its place in the user's words."""

    where: str
    column: str
    text: str

    def number(self, findings: list[Finding]) -> float | None:
        """Return the number, or None with a finding."""
        try:
            value = float(self.text)
        except ValueError:
            hint = "Use a point for the decimal." if re.fullmatch(r"-?\d+,\d+", self.text) else ""
            hint = hint or "Leave it blank if it is not known."
            findings.append(Finding(self.where, f'"{self.text[:40]}" is not a number.', hint))
            return None
        if not math.isfinite(value):
            findings.append(Finding(self.where, f'"{self.text}" is not a number.', "Blank means not known."))
            return None
        return self._within(value, findings)

    def _within(self, value: float, findings: list[Finding]) -> float | None:
        low, high = _limits(self.column)
        if low <= value <= high:
            return value
        hint = f"It must lie between {low:g} and {high:g}; check the uom."
        findings.append(Finding(self.where, f"{value:g} is not possible.", hint))
        return None


def _limits(column: str) -> tuple[float, float]:
    if column in _LIMITS:
        return _LIMITS[column]
    rule = default_rule(column)
    low = rule.domain[0]
    if rule.is_linear and rule.valid[0] >= 0.0:
        low = 0.0
    elif math.isfinite(low):
        low = np.nextafter(low, np.inf)
    high = rule.domain[1]
    if column.endswith("_pct"):
        high = min(high, 100.0)
    return float(max(low, -1e12)), float(min(high, 1e12))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: kind, name, text, numbers by column, and its number in the spreadsheet."""

    kind: str
    name: str
    text: str
    values: Mapping[str, float]
    number: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a file."""

    file: str
    rows: Sequence[Row]

    def of(self, kind: str) -> list[Row]:
        """Rows of one kind, in order."""
        return [row for row in self.rows if row.kind == kind]

    def place(self, row: Row, column: str = "") -> str:
        """Name a cell or row as the user sees it."""
        return f"{self.file}, row {row.number}" + (f", column {column}" if column else "")


def in_words(value: float) -> str:
    """Return a number with all its digits, blank if it is NaN."""
    return "" if math.isnan(value) else repr(float(value))


def build(sheet: Sheet, stem: str, findings: list[Finding]) -> Assay | None:
    """Make the assay of a sheet; None if a finding forbids it."""
    info = _info(sheet, findings)
    provenance = _provenance(sheet, info, findings)
    whole = _whole(sheet, findings)
    points = _points(sheet, findings)
    cuts = sheet.of("cut")
    light_ends = _light_ends(sheet, findings)
    _check_cuts(sheet, cuts, findings)
    flags = _flags(sheet, cuts, findings)
    if not cuts and not points.temperature_c.size:
        hint = 'Rows of kind "cut" or "tbp" are needed.'
        findings.append(Finding(sheet.file, "the file holds no cuts and no boiling points.", hint))
    if any(finding.severity == "error" for finding in findings):
        return None
    name = re.sub(r"[^a-z0-9]+", "_", (info.get("name") or stem).casefold()).strip("_") or "assay"
    title = info.get("title") or name
    try:
        if not cuts:
            return from_curve(name, title, points, whole, provenance)
        return assemble(_draft(name, title, cuts, whole, provenance, points, light_ends, flags))
    except DataError as error:
        findings.extend(Finding(sheet.file, f"{f.where}: {f.what}", f.hint) for f in error.findings)
        return None


def _draft(
    name: str,
    title: str,
    cuts: list[Row],
    whole: Mapping[str, float],
    provenance: Provenance,
    points: Points,
    light_ends: Mapping[str, float],
    flags: Mapping[tuple[str, str], Flag],
) -> Draft:
    columns = dict.fromkeys(column for row in cuts for column in row.values)
    names = [column for column in columns if column not in (*_PLACES, DENSITY)]
    return Draft(
        name=name,
        title=title,
        cut_names=_cut_names(cuts),
        start_c=_column(cuts, "start_c"),
        end_c=_column(cuts, "end_c"),
        yield_wt_pct=_column(cuts, "yield_wt_pct"),
        yield_vol_pct=_column(cuts, "yield_vol_pct"),
        density_t_per_m3=_column(cuts, DENSITY),
        properties={column: _column(cuts, column) for column in names},
        whole=whole,
        provenance=provenance,
        points=points,
        light_ends_wt_pct=light_ends,
        flags=flags,
    )


def _column(rows: Sequence[Row], name: str) -> FloatArray:
    return np.array([row.values.get(name, np.nan) for row in rows], dtype=np.float64)


def _cut_names(cuts: Sequence[Row]) -> list[str]:
    return [row.name or f"cut {number}" for number, row in enumerate(cuts, start=1)]


def _info(sheet: Sheet, findings: list[Finding]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in sheet.of("info"):
        where = sheet.place(row, "name")
        if row.name not in _INFO:
            hint = closest(row.name, _INFO) or f"Known: {', '.join(_INFO)}."
            findings.append(Finding(where, f'"{row.name}" is no information of an assay.', hint))
        elif row.name in found:
            findings.append(Finding(where, f'"{row.name}" is given twice.', "Remove one row."))
        else:
            found[row.name] = row.text
    return found


def _provenance(sheet: Sheet, info: Mapping[str, str], findings: list[Finding]) -> Provenance:
    quality: Quality = "reported"
    text = info.get("quality", "").casefold()
    matches = [known for known in QUALITIES if known == text]
    if matches:
        quality = matches[0]
    elif text:
        row = next(row for row in sheet.of("info") if row.name == "quality")
        hint = closest(text, QUALITIES) or f"Known: {', '.join(QUALITIES)}."
        findings.append(Finding(sheet.place(row, "text"), f'"{row.text}" is no quality.', hint))
    source = info.get("source") or f"file {sheet.file}"
    rest = {key: info.get(key, "") for key in ("date", "region", "vendor", "note")}
    return Provenance(source=source, quality=quality, **rest)


def _whole(sheet: Sheet, findings: list[Finding]) -> dict[str, float]:
    rows = sheet.of("whole")
    for row in rows[1:]:
        findings.append(Finding(sheet.place(row), "a second row of the whole crude.", "Keep one."))
    return {key: value for key, value in rows[0].values.items() if key not in _PLACES} if rows else {}


def _light_ends(sheet: Sheet, findings: list[Finding]) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in sheet.of("light_end"):
        if not row.name or "yield_wt_pct" not in row.values:
            what = "a light end needs a name and a yield_wt_pct."
            findings.append(Finding(sheet.place(row), what, "Fill it or remove the row."))
        elif row.name in found:
            findings.append(Finding(sheet.place(row, "name"), f'"{row.name}" is given twice.', "Keep one."))
        else:
            found[row.name] = row.values["yield_wt_pct"]
    if sum(found.values()) > 100.0:
        findings.append(Finding(sheet.file, "the light ends add up to more than 100 wt%.", "Check the uom."))
    return found


def _points(sheet: Sheet, findings: list[Finding]) -> Points:
    rows = sheet.of("tbp")
    for row in rows:
        if "end_c" not in row.values:
            hint = "The temperature stands in end_c."
            findings.append(Finding(sheet.place(row, "end_c"), "a boiling point has no temperature.", hint))
        if not {"yield_wt_pct", "yield_vol_pct"} & set(row.values):
            hint = "Give the cumulative yield_wt_pct or yield_vol_pct."
            findings.append(Finding(sheet.place(row), "a boiling point has no cumulative yield.", hint))
    for before, row in pairwise(row for row in rows if "end_c" in row.values):
        low, high = before.values["end_c"], row.values["end_c"]
        if high <= low:
            what = f"{high:g} C follows {low:g} C (row {before.number})."
            findings.append(Finding(sheet.place(row, "end_c"), what, "Temperatures must rise."))
        for column in ("yield_wt_pct", "yield_vol_pct"):
            first, second = before.values.get(column), row.values.get(column)
            if first is not None and second is not None and second < first - 1e-9:
                what = f"{second:g} % at {high:g} C is less than {first:g} % before."
                findings.append(Finding(sheet.place(row, column), what, "Cumulative yields must not fall."))
    if not rows:
        return Points.none()
    return Points(_column(rows, "end_c"), _column(rows, "yield_wt_pct"), _column(rows, "yield_vol_pct"))


def _check_cuts(sheet: Sheet, cuts: Sequence[Row], findings: list[Finding]) -> None:
    names: dict[str, int] = {}
    for row in cuts:
        if row.name and row.name in names:
            what = f'cut "{row.name}" is given twice (row {names[row.name]}).'
            findings.append(Finding(sheet.place(row, "name"), what, "Rename or remove one."))
        names.setdefault(row.name, row.number)
        start, end = row.values.get("start_c"), row.values.get("end_c")
        if start is not None and end is not None and end <= start:
            what = f"the cut ends at {end:g} C, not above its start {start:g} C."
            findings.append(Finding(sheet.place(row, "end_c"), what, "Temperatures must rise."))
    for before, row in pairwise(cuts):
        findings.extend(_joint(sheet, before, row))
    findings.extend(_yields(sheet, cuts))


def _joint(sheet: Sheet, before: Row, row: Row) -> list[Finding]:
    """Faults where one cut meets the next."""
    start, last = row.values.get("start_c"), before.values.get("end_c")
    if start is None:
        return [Finding(sheet.place(row, "start_c"), "only the first cut may start at IBP.", "Give it.")]
    if last is None:
        return [Finding(sheet.place(before, "end_c"), "only the last cut may end at FBP.", "Give it.")]
    first = before.values.get("start_c")
    if first is not None and start < first:
        what = f"the cut starts at {start:g} C, below the cut before ({first:g} C)."
        return [Finding(sheet.place(row, "start_c"), what, "List cuts from light to heavy.")]
    if start < last - _SAME_C:
        what = f"the cut starts at {start:g} C and overlaps the cut before, which ends at {last:g} C."
        hint = "Leave out sums of other cuts, such as a whole residue."
        return [Finding(sheet.place(row, "start_c"), what, hint)]
    if start > last + _SAME_C:
        what = f"nothing covers {last:g} to {start:g} C."
        return [Finding(sheet.place(row, "start_c"), what, "Cuts must join without gaps.")]
    return []


def _yields(sheet: Sheet, cuts: Sequence[Row]) -> list[Finding]:
    findings = []
    by = {name: [row for row in cuts if name in row.values] for name in ("yield_wt_pct", "yield_vol_pct")}
    full = [name for name, rows in by.items() if len(rows) == len(cuts)]
    if cuts and not full:
        name = max(by, key=lambda key: len(by[key]))
        for row in cuts:
            if name not in row.values:
                hint = "Every cut needs one, all by weight or all by volume."
                findings.append(Finding(sheet.place(row, name), "the cut has no yield.", hint))
    return findings


def _flags(sheet: Sheet, cuts: Sequence[Row], findings: list[Finding]) -> dict[tuple[str, str], Flag]:
    columns = {column for row in sheet.rows for column in row.values} - set(_PLACES) | {DENSITY}
    names = _cut_names(cuts)
    found = {}
    for row in sheet.of("quality"):
        property, _, cut = row.name.partition("@")
        word, _, method = row.text.partition(";")
        known = [quality for quality in QUALITIES if quality == word.strip().casefold()]
        if property not in columns:
            hint = closest(property, columns) or "Name a property column of this file."
            findings.append(Finding(sheet.place(row, "name"), f'no property "{property}" is given.', hint))
        elif cut and cut not in names:
            hint = closest(cut, names) or f"Cuts: {', '.join(names)}."
            findings.append(Finding(sheet.place(row, "name"), f'there is no cut "{cut}".', hint))
        elif not known:
            hint = closest(word.strip(), QUALITIES) or f"Known: {', '.join(QUALITIES)}."
            findings.append(Finding(sheet.place(row, "text"), f'"{word.strip()}" is no quality.', hint))
        else:
            found[property, cut or "*"] = Flag(known[0], method.strip())
    return found
