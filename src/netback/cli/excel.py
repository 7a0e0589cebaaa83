"""``netback export`` and ``netback import``: cases to Excel workbooks and back, without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netback.cli.common import counted, findings_text


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
    workbook: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Workbook to read.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the case into.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace files of a case that exists there.")
    ] = False,
) -> None:
    """Read an Excel workbook into the folder of a case: case.yaml, one CSV per table, and what else it carries."""
    from netback.io.excel import read_workbook
    from netback.io.folder_writer import write_case

    found = read_workbook(workbook)
    if found.case.remarks:
        print(findings_text(found.case.remarks, found.case.subject))
    write_case(found.case, folder, force, found.files)
    filled = [table for table in found.case.tables.values() if len(table)]
    print(f"Wrote {folder}: {counted(len(filled), 'table')}, {counted(sum(map(len, filled)), 'row')}.")
    print(f"Next: netback check {folder}")
