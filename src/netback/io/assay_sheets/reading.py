"""An assay sheet that a seller publishes, as an assay: which layout it has is told by its words, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netback.assay.assay import Assay
from netback.assay.closure import closure
from netback.errors import DataError, Finding
from netback.io.assay_rows import build
from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.columns import heading_of, read_columns
from netback.io.assay_sheets.cuts import SheetOfCuts
from netback.io.assay_sheets.summary import block_of, is_bp, read_summary
from netback.io.assay_sheets.told import chosen_sheet, read_layout, read_told
from netback.io.xlsx_cells import faulty_cells, is_old, load_sheets, old_sheets
from netback.io.xlsx_scan import SheetScan, scan_workbook

_HINT: Final = (
    "Tell its layout in a small file (--layout, docs/import.md), or type the numbers into an assay file: netback assay "
    "template."
)


@dataclass(frozen=True)
class SheetReading:
    """An assay that came from a sheet: its layout in words, and what was not read, each with its cell."""

    assay: Assay
    layout: str
    unread: tuple[Finding, ...]


@dataclass(frozen=True)
class _Layout:
    name: str
    fits: Callable[[AssaySheet], bool]
    read: Callable[[AssaySheet, Sequence[AssaySheet]], SheetOfCuts | None]


LAYOUTS: Final = (
    _Layout("BP", lambda sheet: block_of(sheet) is not None and is_bp(sheet), read_summary),
    _Layout("summary report (ExxonMobil, Equinor)", lambda sheet: block_of(sheet) is not None, read_summary),
    _Layout("ExxonMobil before 2020", lambda sheet: heading_of(sheet) is not None, read_columns),
)


def read_assay_sheet(
    path: str | Path, allow_open: bool = False, told: str | Path | None = None
) -> SheetReading:
    """Read a workbook with an assay.

    Parameters
    ----------
    path : path
        The workbook, .xlsx or the .xls of before 2007.
    allow_open : bool
        Accept an assay whose cuts do not add up to its whole crude; what failed is then in ``remarks``.
    told : path or None
        A file that tells the layout, see :mod:`netback.io.assay_sheets.told`; else the words of the sheet tell it.

    Raises
    ------
    DataError
        With all faults together, each with its sheet and cell; and where no sheet has a layout that is read.
    """
    file = Path(path)
    told_layout = None if told is None else read_layout(Path(told))
    scans = scan_workbook(file) if not is_old(file) else [SheetScan(name) for name in old_sheets(file)]
    cells = load_sheets(file, [scan.name for scan in scans])
    sheets = [AssaySheet(file.name, name, found.rows) for name, found in cells.items()]
    if told_layout is not None:
        sheet, name = chosen_sheet(told_layout, sheets), f"as {told_layout.file} tells"
    else:
        sheet, layout = _recognise(file.name, sheets)
        name = layout.name
    sheet.findings.extend(faulty_cells(file.name, scans, [sheet.name]))
    others = [other for other in sheets if other.name != sheet.name]
    rows = read_told(told_layout, sheet) if told_layout is not None else layout.read(sheet, others)
    findings = sheet.findings
    assay = build(rows, file.stem, findings) if rows is not None else None
    if assay is not None:
        found = closure(assay).findings(file.name)
        findings.extend(_softened(found) if allow_open else found)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors or assay is None:
        raise DataError(errors, f"assay sheet {file.name}")
    unread = [
        Finding(f"{file.name}, sheet {other.name}", "the sheet is not read.", "", "note")
        for other in others
        if other.name not in sheet.used and any(True for _ in other.labels())
    ]
    remarks = tuple(str(finding) for finding in findings)
    return SheetReading(assay.with_(remarks=(*assay.remarks, *remarks)), name, (*sheet.unread, *unread))


def _recognise(file: str, sheets: Sequence[AssaySheet]) -> tuple[AssaySheet, _Layout]:
    """The first sheet that has a layout.

    Raises
    ------
    DataError
        If none has.
    """
    for layout in LAYOUTS:
        for sheet in sheets:
            if layout.fits(sheet):
                return sheet, layout
    if any(sheet.find("PROPERTIES OF TBP CUTS") is not None for sheet in sheets):
        what = (
            "this looks like a sheet of TotalEnergies, whose block of cuts has no one layout; it is not read."
        )
        raise DataError(Finding(file, what, _HINT), f"assay sheet {file}")
    names = "; ".join(layout.name for layout in LAYOUTS)
    what = f"no sheet has a layout that is read ({names})."
    raise DataError(Finding(file, what, f"See docs/assays.md. {_HINT}"), f"assay sheet {file}")


def _softened(findings: Sequence[Finding]) -> list[Finding]:
    return [Finding(f.where, f.what, f.hint, "warning") for f in findings]
