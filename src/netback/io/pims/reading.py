"""A PIMS-style workbook as a case, with all that was not read.

Sheets are told by their name, or by the title ``*TABLE NAME`` where the name is none of the known ones; submodels by
their line in table SUBMODS. The uom of flows and prices and the length of the period stand in no table and are asked
of the user. A table without a reader, and every row, column and cell that does not fit what is known of a table, is
listed with its place and the reason; nothing is guessed and nothing dropped silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netback.case.case import Case
from netback.errors import DataError, Finding, closest
from netback.io.pims.blends import read_blends
from netback.io.pims.cases import read_cases
from netback.io.pims.crude import read_crude
from netback.io.pims.draft import PERIOD, SOURCE, Basis, Draft
from netback.io.pims.limits import read_limits
from netback.io.pims.sheets import PimsTable, read_sheet, tell_columns, title_of
from netback.io.pims.trade import TRADES, read_trade
from netback.io.pims.units import Units, read_submodel
from netback.io.remarks import REPORT_FILE, Remarks, import_page
from netback.io.xlsx_cells import SheetCells, SheetPlaces, faulty_cells, load_sheets
from netback.io.xlsx_scan import scan_workbook

#: Tables with a reader.
READ: Final = (
    *TRADES, "SUBMODS", "ASSAYS", "CRDDISTL", "CAPS", "PROCLIM", "BLENDS", "BLNMIX", "BLNPROP", "BLNSPEC", "SPECS",
    "CASE",
)  # fmt: skip
_ALIASES: Final = {"CRDDIST": "CRDDISTL"}
#: Tables that are known and not read, with the reason.
UNREAD: Final = {
    "PERIODS": "the case has one period; make further ones in periods.csv.",
    "PINV": "inventories between periods are not read; see opening_stocks.csv and inventories.csv.",
    "ALTTAGS": "other tags for the same material are not read.",
    "RATIO": "ratios of purchases are not read; write them into limits.csv.",
    "CRDCUTS": "cut points are not read; cuts bear the tags of ASSAYS in every crude unit.",
    "ASSAYLIB": "the library of assays is not read; yields come from ASSAYS.",
    "BLNCAP": "limits on the use of a component in all blends are not read; write them into limits.csv.",
    "UPOOLS": "pools are not read; see pools.csv.",
    "BOUNDS": "bounds of columns of the program are not read; they name its variables.",
    "XBOUNDS": "bounds of columns of the program are not read; they name its variables.",
    "ROWS": "rows written straight into the program are not read.",
    "MIP": "whole numbers in the program are not read.",
    "PGUESS": "first guesses of recursed properties are not needed.",
    "PCALC": "calculated properties are not read.",
    "INDEX": "blending indices are not read; the properties they name are averaged linearly.",
    "ABML": "correlations of blends are not read.",
}


@dataclass(frozen=True)
class PimsImport:
    """A case that came from a PIMS-style workbook, the remarks on it, and the page that lists them."""

    case: Case
    remarks: tuple[Finding, ...]
    files: Mapping[str, str]


def read_pims(path: str | Path, basis: Basis, name: str = "") -> PimsImport:
    """Read a workbook into a case called ``name``, or by its own name.

    Raises
    ------
    DataError
        With all faults of all sheets together; each names its sheet and cell.
    """
    file = Path(path)
    remarks = Remarks()
    scans = scan_workbook(file)
    sheets = load_sheets(file, [scan.name for scan in scans])
    tables, submodels = _sort(file.name, sheets, remarks)
    used = {table.places.sheet for table in (*tables.values(), *submodels.values())}
    cases = next((name for name, cells in sheets.items() if _table_name(name, cells) == "CASE"), None)
    remarks.findings.extend(faulty_cells(file.name, scans, used | ({cases} if cases else set())))
    draft = Draft(basis, remarks)
    if not tables and not submodels:
        known = ", ".join(READ)
        what = "no sheet is a table of PIMS."
        remarks.fault(file.name, what, f"Sheets are called {known}, or have a first row *TABLE NAME.")
    else:
        _fill(tables, submodels, draft)
        if cases is not None:
            read_cases(sheets[cases], SheetPlaces(file.name, cases), draft)
        if not draft.streams and not remarks.of("error"):
            what = "no table of the workbook names a material that is bought, made, blended or sold."
            remarks.fault(file.name, what, "Fill BUY and SELL at least.")
    if errors := remarks.of("error"):
        raise DataError(errors, f"workbook {file.name}")
    case = _case(file, name or file.stem, draft)
    told = (*remarks.of("warning"), *remarks.of("note"))
    conventions = (
        f"Flows are read in {basis.rate}, prices in {basis.price}, one period of {basis.days:g} days.\n"
        "Utilities are counted in units of their own (each). Properties keep their tags and are averaged linearly"
        f" by {'mass' if basis.by_mass else 'volume'}."
    )
    heading = "Read in part, or by a convention that the workbook does not state"
    page = import_page(file.name, case, conventions, heading, told)
    return PimsImport(case, told, {REPORT_FILE: page})


def _table_name(sheet: str, cells: SheetCells) -> str:
    """The table of a sheet by its name, else by its title."""
    own = sheet.strip().upper()
    own = _ALIASES.get(own, own)
    if own in READ or own in UNREAD:
        return own
    title = title_of(cells)
    return _ALIASES.get(title, title) or own


def _sort(
    file: str, sheets: Mapping[str, SheetCells], remarks: Remarks
) -> tuple[dict[str, PimsTable], dict[str, PimsTable]]:
    """Tables by name, and submodels by their tag."""
    tables: dict[str, PimsTable] = {}
    others: dict[str, str] = {}
    for sheet, cells in sheets.items():
        name, places = _table_name(sheet, cells), SheetPlaces(file, sheet)
        title = title_of(cells)
        if name in (*READ, *UNREAD) and title in (*READ, *UNREAD) and title != name:
            what = f'the sheet is called {sheet}, and its title says "TABLE {title}".'
            remarks.fault(places.whole, what, "Make the two agree.")
        elif name in UNREAD:
            remarks.ignored(places.whole, f"the table {name} is not read: {UNREAD[name]}")
        elif name in tables or (name in others and name in READ):
            remarks.fault(places.whole, f"there is a second table {name}.", "Remove one of them.")
        elif name in READ and name != "CASE":
            if (table := read_sheet(name, places, cells, remarks)) is not None:
                tables[name] = table
        elif name != "CASE":
            others[name] = sheet
    return tables, _submodels(file, sheets, tables, others, remarks)


def _submodels(
    file: str,
    sheets: Mapping[str, SheetCells],
    tables: Mapping[str, PimsTable],
    others: Mapping[str, str],
    remarks: Remarks,
) -> dict[str, PimsTable]:
    """Submodels by their tag: the sheets that SUBMODS lists, with or without the S before the tag."""
    found: dict[str, PimsTable] = {}
    listed = tables["SUBMODS"].rows if "SUBMODS" in tables else ()
    for row in listed:
        tag = _tag(row.code)
        sheet = next((others[name] for name in (f"S{tag}".upper(), row.code.upper()) if name in others), None)
        if sheet is None:
            what = f'there is no sheet "S{tag}" for the submodel {row.code}.'
            hint = closest(f"S{tag}", list(others.values())) or "Add it, or begin the row with *."
            remarks.fault(row.where, what, hint)
            continue
        table = read_sheet(f"S{tag}", SheetPlaces(file, sheet), sheets[sheet], remarks)
        if table is not None:
            found[tag] = table
    read = {table.places.sheet for table in found.values()}
    for name, sheet in others.items():
        if sheet not in read and any(any(row) for row in sheets[sheet].rows):
            near = closest(name, READ)
            what = f'"{name}" is no table that is read, and SUBMODS does not list it; it is not read.'
            remarks.ignored(SheetPlaces(file, sheet).whole, what, near)
    return found


def _tag(code: str) -> str:
    """The tag of a submodel: three letters, where its line may say Sxxx."""
    return code[1:] if len(code) == 4 and code[0] in "Ss" else code


def _fill(tables: Mapping[str, PimsTable], submodels: Mapping[str, PimsTable], draft: Draft) -> None:
    for name in TRADES:
        if name in tables:
            read_trade(tables[name], draft)
    units = Units()
    read_crude(tables.get("ASSAYS"), tables.get("CRDDISTL"), draft, units)
    titles = {_tag(row.code): row.title for row in tables["SUBMODS"].rows} if "SUBMODS" in tables else {}
    limits = tables["PROCLIM"].codes() if "PROCLIM" in tables else ()
    for tag, table in submodels.items():
        read_submodel(table, tag, titles.get(tag, ""), limits, draft, units)
    if "SUBMODS" in tables:
        tell_columns(tables["SUBMODS"], (), draft.remarks)
    for name in ("CAPS", "PROCLIM"):
        if name in tables:
            read_limits(tables[name], draft, units)
    for code in units.entries:
        listed = code in (tables["CAPS"].codes() if "CAPS" in tables else ())
        if not listed and code not in limits:
            what = f'row "{code}" has no line in CAPS, so it limits nothing.'
            draft.remarks.ignored(units.places[code], what)
    read_blends(dict(tables), draft)


def _case(file: Path, name: str, draft: Draft) -> Case:
    title = f"Workbook in the layout of PIMS tables: {file.name}"
    rows: dict[str, Sequence[Mapping[str, object]]] = {
        "sources": [{"source": SOURCE, "title": title}],
        "periods": [{"period": PERIOD, "days": draft.basis.days}],
        "streams": draft.stream_rows(),
        **draft.tables,
    }
    if any(row.get("feed") for row in draft.tables.get("product_properties", [])):
        crudes = [tag for tag, known in draft.streams.items() if known["kind"] == "crude"]
        rows["crudes"] = [{"crude": tag} for tag in crudes]
    try:
        return Case.of(
            name,
            rows,
            title=f"Read from {file.name}",
            description=f"Read from a workbook in the layout of PIMS tables; {REPORT_FILE} lists what was left out.",
            currency=draft.basis.currency,
            flow_uom=draft.basis.amount,
            source=SOURCE,
        )
    except DataError as error:
        # What becomes a name in the case may be none, such as a tag that begins with #.
        findings = [Finding(f"{file.name}, as {f.where}", f.what, f.hint) for f in error.findings]
        raise DataError(findings, f"workbook {file.name}") from None
