"""A user's assay as one CSV file: read it with all faults at once, write one, get an empty template.

One row per cut, plus rows for the whole crude, boiling points, light ends and where the numbers come from. The
column ``kind`` says what a row is:

=============  ====================================================================================
kind           what the row holds
=============  ====================================================================================
``info``       ``name`` is one of name, title, date, source, quality, region, vendor, note; ``text`` its value
``whole``      whole-crude values in the property columns; at most one row
``cut``        ``name``, ``start_c``, ``end_c`` (blank, IBP or FBP at the ends of the crude), yields on crude,
               density and properties; from light to heavy without gaps
``tbp``        a boiling point of the whole crude: ``end_c`` its temperature, yields cumulative
``light_end``  ``name`` of a pure component, ``yield_wt_pct`` on crude
``quality``    ``name`` of a property (or property@cut), ``text`` its quality, where it differs
=============  ====================================================================================

The property columns are the canonical names of :func:`netback.assay.blending.properties`, uom included. A blank
cell means not known, never zero. Yields by weight or by volume, with the density of each cut, are enough. A file
with boiling points and a whole-crude density but no cuts gives a coarse assay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from netback.assay.assay import DENSITY, Assay, Flag
from netback.assay.blending import properties as blend_properties
from netback.assay.closure import closure
from netback.errors import DataError, Finding, closest
from netback.io.assay_rows import KINDS, Cell, Row, Sheet, build, in_words
from netback.io.atomic import write_files
from netback.io.csv_reader import read_text

MAX_MB: Final = 20.0
FRAME: Final = ("kind", "name", "start_c", "end_c", "yield_wt_pct", "yield_vol_pct")
_TEXTS: Final = ("kind", "name", "text")
INFO: Final = ("name", "title", "date", "source", "quality", "region", "vendor", "note")
_SHOWN: Final = (
    DENSITY, "sulfur_wt_pct", "nitrogen_ppm", "mcr_wt_pct", "nickel_ppm", "vanadium_ppm", "viscosity_cst_50c",
    "viscosity_cst_100c", "smoke_mm", "freeze_c", "pour_c", "cetane_index",
)  # fmt: skip


def read_assay(path: Path | str, allow_open: bool = False) -> Assay:
    """Read and check one assay file.

    Parameters
    ----------
    path : path
        The CSV file, at most 20 MB, UTF-8.
    allow_open : bool
        Accept an assay whose cuts do not add up to its whole crude; what failed is then in ``remarks``.

    Returns
    -------
    Assay

    Raises
    ------
    DataError
        With all faults of the file together, each with its row and column.
    """
    path = Path(path)
    findings: list[Finding] = []
    sheet = _sheet(path, findings)
    assay = build(sheet, path.stem, findings) if sheet is not None else None
    if assay is not None:
        found = closure(assay).findings(path.name)
        findings.extend(_softened(found) if allow_open else found)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors or assay is None:
        raise DataError(errors, f"assay file {path.name}")
    return assay.with_(remarks=(*assay.remarks, *(str(finding) for finding in findings)))


def _softened(findings: tuple[Finding, ...]) -> list[Finding]:
    return [Finding(f.where, f.what, f.hint, "warning") for f in findings]


def _sheet(path: Path, findings: list[Finding]) -> Sheet | None:
    name = path.name
    if not path.exists():
        findings.append(Finding(name, "there is no such file.", "Check the path."))
        return None
    if path.is_file() and path.stat().st_size > MAX_MB * 1e6:
        what = f"the file has {path.stat().st_size / 1e6:,.0f} MB; an assay has at most {MAX_MB:.0f} MB."
        findings.append(Finding(name, what, "This is not an assay file."))
        return None
    text = read_text(path, MAX_MB, findings)
    if text is None:
        return None
    try:
        grid = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        findings.append(
            Finding(name, f"the quotation marks do not fit: {error}.", 'Write " twice inside quotes.')
        )
        return None
    if not grid or not any(cell.strip() for cell in grid[0]):
        findings.append(Finding(name, "the first row names no columns.", "See: docs/assays.md."))
        return None
    columns = _columns([cell.strip() for cell in grid[0]], name, findings)
    if columns is None:
        return None
    return Sheet(name, _rows(grid[1:], columns, len(grid[0]), name, findings))


def _columns(heading: list[str], name: str, findings: list[Finding]) -> dict[str, int] | None:
    """Place of each column; None if the heading cannot be used."""
    if len(heading) == 1 and (";" in heading[0] or "\t" in heading[0]):
        sign = "semicolons" if ";" in heading[0] else "tabs"
        what = f"the columns are separated by {sign}."
        findings.append(Finding(name, what, "Save it with commas as separators."))
        return None
    known = (*FRAME, "text", *blend_properties())
    places: dict[str, int] = {}
    for place, column in enumerate(heading):
        where = f"{name}, row 1"
        if not column:
            continue
        if column in places:
            findings.append(Finding(where, f'two columns are headed "{column}".', "Remove one of them."))
        elif column not in known:
            hint = closest(column, known) or "docs/assays.md lists the properties; remove what is none."
            findings.append(Finding(where, f'"{column}" is not a column of an assay.', hint))
        else:
            places[column] = place
    if "kind" not in places:
        hint = f"Each row says there what it is: {', '.join(KINDS)}."
        findings.append(Finding(f"{name}, row 1", 'the column "kind" is missing.', hint))
        return None
    return places


def _rows(
    grid: list[list[str]], columns: Mapping[str, int], width: int, name: str, findings: list[Finding]
) -> list[Row]:
    rows = []
    for number, cells in enumerate(grid, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            what = f"the row has {len(cells)} cells, the heading has {width}."
            hint = "Put a cell that holds a comma into quotation marks."
            findings.append(Finding(f"{name}, row {number}", what, hint))
            continue
        texts = {c: cells[p].strip() if p < len(cells) else "" for c, p in columns.items()}
        rows.append(_row(texts, number, name, findings))
    return rows


def _row(texts: Mapping[str, str], number: int, name: str, findings: list[Finding]) -> Row:
    kind = texts["kind"].casefold()
    if kind not in KINDS:
        hint = closest(kind, KINDS) or f"Known: {', '.join(KINDS)}."
        findings.append(Finding(f"{name}, row {number}, column kind", f'"{texts["kind"]}" is no kind.', hint))
    values = {}
    for column, text in texts.items():
        if column in _TEXTS or not text:
            continue
        if column in ("start_c", "end_c") and text.upper() in ("IBP", "FBP"):
            continue
        cell = Cell(f"{name}, row {number}, column {column}", column, text)
        value = cell.number(findings)
        if value is not None:
            values[column] = value
    return Row(kind, texts.get("name", ""), texts.get("text", ""), values, number)


def write_assay(assay: Assay, path: Path | str) -> None:
    """Write an assay as a file that :func:`read_assay` reads back.

    The extrapolated part of the boiling curve is left out: reading draws it anew.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    path = Path(path)
    write_files(path.parent, {path.name: assay_text(assay)})


def assay_text(assay: Assay) -> str:
    """Return the text that :func:`write_assay` writes."""
    names = [*dict.fromkeys((*assay.properties, *assay.whole))]
    rows: list[dict[str, str]] = [
        {"kind": "info", "name": key, "text": value} for key, value in _info(assay).items() if value
    ]
    rows.append({"kind": "whole", **{key: in_words(value) for key, value in assay.whole.items()}})
    rows += _cut_rows(assay)
    rows += _point_rows(assay)
    rows += [
        {"kind": "light_end", "name": key, "yield_wt_pct": in_words(value)}
        for key, value in assay.light_ends_wt_pct.items()
    ]
    rows += [_quality_row(key, flag) for key, flag in assay.flags.items()]
    return _csv_text((*FRAME, "text", *names), rows)


def _info(assay: Assay) -> dict[str, str]:
    origin = assay.provenance
    return {
        "name": assay.name,
        "title": assay.title,
        "date": origin.date,
        "source": origin.source,
        "quality": origin.quality,
        "region": origin.region,
        "vendor": origin.vendor,
        "note": origin.note or origin.doubtful,
    }


def _cut_rows(assay: Assay) -> list[dict[str, str]]:
    rows = []
    starts = ["" if assay.curve.light_end else in_words(assay.edges_c[0])]
    starts += [in_words(edge) for edge in assay.edges_c[1:-1]]
    ends = [*starts[1:], "" if assay.curve.heavy_end else in_words(assay.edges_c[-1])]
    for number, name in enumerate(assay.cut_names):
        row = {
            "kind": "cut",
            "name": name,
            "start_c": starts[number] or "IBP",
            "end_c": ends[number] or "FBP",
        }
        row["yield_wt_pct"] = in_words(assay.yield_wt_pct[number])
        row["yield_vol_pct"] = in_words(assay.yield_vol_pct[number])
        row |= {key: in_words(values[number]) for key, values in assay.properties.items()}
        rows.append(row)
    return rows


def _point_rows(assay: Assay) -> list[dict[str, str]]:
    curve = assay.curve
    inside = (curve.cumulative_wt_pct > 0.0) & (curve.temperature_c <= curve.known_to_c)
    inside &= curve.cumulative_wt_pct < 100.0
    return [
        {"kind": "tbp", "end_c": in_words(t), "yield_wt_pct": in_words(w), "yield_vol_pct": in_words(v)}
        for t, w, v in zip(
            curve.temperature_c[inside],
            curve.cumulative_wt_pct[inside],
            curve.cumulative_vol_pct[inside],
            strict=True,
        )
    ]


def _quality_row(key: tuple[str, str], flag: Flag) -> dict[str, str]:
    property, cut = key
    name = property if cut == "*" else f"{property}@{cut}"
    return {"kind": "quality", "name": name, "text": f"{flag.quality}; {flag.method}".removesuffix("; ")}


def _csv_text(columns: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def template() -> str:
    """Return an empty assay file: the usual cuts and properties, nothing filled in."""
    bounds = ("IBP", "15.6", "80", "180", "240", "290", "340", "370", "450", "540", "FBP")
    rows = [{"kind": "info", "name": key} for key in INFO]
    rows.append({"kind": "whole"})
    rows += [
        {"kind": "cut", "name": f"{low}-{high}", "start_c": low, "end_c": high}
        for low, high in pairwise(bounds)
    ]
    return _csv_text((*FRAME, "text", *_SHOWN), rows)


def is_assay_path(text: str) -> bool:
    """Whether a name on the command line means a file rather than an assay of the library."""
    return text.casefold().endswith((".csv", ".xlsx")) or "/" in text or "\\" in text


def is_sheet_path(text: str) -> bool:
    """Whether a name on the command line means a workbook of a seller, which is read by its layout."""
    return text.casefold().endswith(".xlsx")
