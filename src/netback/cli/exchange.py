"""``netback export`` and ``netback import``: cases to Excel workbooks and back, and models of others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netback.cli.common import counted, findings_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netback.case.case import Case
    from netback.errors import Finding

#: Length of the period of a file that states none [d].
_DAYS = 1.0


def export(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder of a case, or the name of a shipped one.")
    ],
    workbook: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Workbook to write.")],
    force: Annotated[bool, typer.Option("--force", help="Write over the file if it exists.")] = False,
) -> None:
    """Write a case as an Excel workbook: one sheet per table, uom and help under the headings, drop-down lists.

    Plan it as it is (netback plan FILE.xlsx) or bring it back into a folder with netback import.
    """
    from netback.io.excel_writer import write_workbook
    from netback.io.folder import read_case

    found = read_case(case)
    write_workbook(found, workbook, force)
    filled = [table for table in found.tables.values() if len(table)]
    print(f"Wrote {workbook}: {counted(len(filled), 'table')}, {counted(sum(map(len, filled)), 'row')}.")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook, or plant in JSON, to read.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the case into.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace files of a case that exists there.")
    ] = False,
    pims: Annotated[
        bool, typer.Option("--pims", help="The sheets are tables in the layout of PIMS.")
    ] = False,
    uom: Annotated[
        str, typer.Option("--uom", help="With --pims: uom of all flows, for example kbbl/d or t/d.")
    ] = "",
    price_uom: Annotated[
        str, typer.Option("--price-uom", help="With --pims: uom of costs and prices, for example USD/bbl.")
    ] = "",
    days: Annotated[
        float | None,
        typer.Option("--days", help="With --pims or a plant in JSON: length of the period; 1 unless told."),
    ] = None,
) -> None:
    """Read an Excel workbook into the folder of a case: case.yaml, one CSV per table, and what else it carries.

    With --pims the workbook holds tables in the layout of PIMS. FILE.json, gzipped or not, holds a plant as sets and
    parameters in the layout of arXiv:2503.22057. What was not read of these is listed, also in IMPORT.md.
    """
    plant = file.suffix in (".json", ".gz")
    _require_used(
        plant, pims, {"--uom": bool(uom), "--price-uom": bool(price_uom), "--days": days is not None}
    )
    if plant:
        _import_plant(file, folder, force, _DAYS if days is None else days)
        return
    if pims:
        _import_pims(file, folder, force, uom, price_uom, _DAYS if days is None else days)
        return
    from netback.io.excel import read_workbook
    from netback.io.folder_writer import write_case

    found = read_workbook(file)
    _require_sound(found.case)
    if found.case.remarks:
        print(findings_text(found.case.remarks, found.case.subject))
    write_case(found.case, folder, force, found.files)
    filled = [table for table in found.case.tables.values() if len(table)]
    print(f"Wrote {folder}: {counted(len(filled), 'table')}, {counted(sum(map(len, filled)), 'row')}.")
    print(f"Next: netback check {folder}")


def _require_used(plant: bool, pims: bool, given: Mapping[str, bool]) -> None:
    """Refuse options that the kind of file has no use for: whoever gives one expects something of it."""
    from netback.errors import DataError, Finding

    used = {"--days"} if plant else set(given) if pims else set()
    unused = [name for name, is_given in given.items() if is_given and name not in used]
    if plant and pims:
        unused.append("--pims")
    what = "a plant in JSON states that itself" if plant else "the workbook of a case states that itself"
    hint = (
        "Leave it out."
        if plant
        else "Leave it out, or say --pims where its tables are in the layout of PIMS."
    )
    if unused:
        raise DataError([Finding(name, f"{what}.", hint) for name in unused])


def _require_sound(case: Case) -> None:
    """Refuse a workbook whose case no plan could be made of: its cells are where the user mends it."""
    from netback.cli.check import all_findings
    from netback.errors import DataError

    if errors := [finding for finding in all_findings(case) if finding.severity == "error"]:
        raise DataError(errors, case.subject)


def _import_pims(workbook: Path, folder: Path, force: bool, uom: str, price_uom: str, days: float) -> None:
    from netback.io.folder_writer import write_case
    from netback.io.pims.draft import Basis
    from netback.io.pims.reading import read_pims

    found = read_pims(workbook, Basis.of(uom, price_uom, days), folder.resolve().name)
    write_case(found.case, folder, force, found.files)
    _tell_foreign(found.case, found.remarks, folder, f"workbook {workbook.name}")


def _import_plant(file: Path, folder: Path, force: bool, days: float) -> None:
    from netback.io.folder_writer import write_case
    from netback.io.plant_json.reading import read_plant

    found = read_plant(file, days, folder.resolve().name)
    write_case(found.case, folder, force, found.files)
    _tell_foreign(found.case, found.remarks, folder, f"plant file {file.name}")


def _tell_foreign(case: Case, remarks: tuple[Finding, ...], folder: Path, subject: str) -> None:
    """What came of a file of others, and what of it was not read."""
    from netback.io.remarks import REPORT_FILE

    if remarks:
        print(findings_text(remarks, subject))
    filled = [table for table in case.tables.values() if len(table)]
    print(f"Wrote {folder}: {counted(len(filled), 'table')}, {counted(sum(map(len, filled)), 'row')}.")
    unread = [finding for finding in remarks if finding.severity == "note"]
    print(f"Not read: {counted(len(unread), 'thing')}. All of it stands in {folder / REPORT_FILE}.")
    print(f"Next: netback check {folder}")
