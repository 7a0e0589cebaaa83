"""Cases as folders: ``case.yaml`` and one CSV file per table.

Reading finds every fault of every file and raises them together. Writing stands in
:mod:`netback.io.folder_writer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from netback.case.case import MAX_TABLE_MB, Case, case_fields
from netback.case.horizon import Horizon, horizon_findings
from netback.case.references import dangling, keys_twice, missing_tables
from netback.case.schema import TABLES
from netback.case.table import Table
from netback.errors import DataError, Finding, closest
from netback.io.case_file import CASE_FILE, read_keys
from netback.io.csv_reader import read_table
from netback.io.grid import TableReading

SHIPPED = Path(__file__).resolve().parent.parent / "cases"


def shipped_cases() -> tuple[str, ...]:
    """Names of the cases that come with Netback."""
    if not SHIPPED.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in SHIPPED.glob(f"*/{CASE_FILE}")))


def _hint(path: Path) -> str:
    """Workbooks of other formats are saved anew: macros are never run, and not kept."""
    other = path.suffix.casefold() in (".xls", ".xlsm", ".xlsb", ".ods")
    return "Save it as .xlsx." if other else "Name one."


def read_case(path: str | Path, scenario: str | None = None) -> Case:
    """Read a case from a folder, a workbook (.xlsx), or a shipped case by its name, and apply a scenario.

    Raises
    ------
    DataError
        With all findings of all files together.
    """
    if Path(path).suffix.casefold() == ".xlsx" and not Path(path).is_dir():
        from netback.io.excel import read_case_of_workbook

        return read_case_of_workbook(path, scenario)
    folder = find_folder(path)
    findings: list[Finding] = []
    keys = read_keys(folder / CASE_FILE, findings)
    name = str(keys.get("name") or folder.resolve().name)
    readings = _read_tables(folder, float(keys.get("max_table_mb", MAX_TABLE_MB)), findings)
    return case_of(name, keys, readings, findings, folder).in_scenario(scenario)


def case_of(
    name: str,
    keys: dict[str, Any],
    readings: dict[str, TableReading],
    findings: list[Finding],
    folder: Path | None = None,
) -> Case:
    """Put a case together from its keys and tables, wherever they were read.

    Raises
    ------
    DataError
        With the findings of the reading and those between the tables, if any of them is an error.
    """
    findings.extend(between_tables(readings, keys))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise DataError(errors, f"case {name}")
    tables = {table: reading.table for table, reading in readings.items()}
    return Case(
        **{**case_fields(keys), "name": name},
        horizon=Horizon.of(tables["periods"]),
        tables=tables,
        folder=folder,
        remarks=tuple(findings),
    )


def find_folder(path: str | Path) -> Path:
    """Find the folder of a case; a name without a folder of that name may be that of a shipped case.

    Raises
    ------
    DataError
        If there is neither, or the folder holds no case.
    """
    folder = Path(path)
    subject = f"case {path}"
    try:
        if folder.is_file() and folder.name == CASE_FILE:
            folder = folder.parent
        if folder.is_file():
            raise DataError(
                Finding(
                    str(path), "this is a file; a case is a folder or a workbook (.xlsx).", _hint(Path(path))
                ),
                subject,
            )
        if not folder.exists() and str(path) in shipped_cases():
            return SHIPPED / str(path)
        if not folder.exists():
            raise DataError(Finding(str(path), "there is no such folder.", _folder_hint(folder)), subject)
        names = [entry.name for entry in folder.iterdir()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            Finding(str(path), f"the folder cannot be read: {reason.lower()}."), subject
        ) from None
    if not names:
        raise DataError(
            Finding(str(path), "the folder is empty.", "Fill a new one with: netback new DIR."), subject
        )
    return folder


def _folder_hint(folder: Path) -> str:
    near = closest(str(folder), shipped_cases())
    if not near and folder.parent.is_dir():
        known = [entry.name for entry in folder.parent.iterdir() if entry.is_dir()]
        near = closest(folder.name, known)
    return f"{near or 'Make one with: netback new DIR.'} Those that come with Netback: netback cases."


def _read_tables(folder: Path, max_mb: float, findings: list[Finding]) -> dict[str, TableReading]:
    present = {path.name: path for path in sorted(folder.iterdir())}
    readings = {}
    for name, schema in TABLES.items():
        if schema.file in present:
            readings[name] = read_table(present[schema.file], schema, max_mb)
            findings.extend(readings[name].findings)
        else:
            known = frozenset(() if schema.required else schema.column_names)
            readings[name] = TableReading(Table(schema), [], known, absent=True)
            if schema.required:
                findings.append(Finding(schema.file, "the table is missing.", f"It holds {schema.meaning}."))
    findings.extend(_strange_files(present))
    return readings


def _strange_files(names: Iterable[str]) -> Iterator[Finding]:
    files = [schema.file for schema in TABLES.values()]
    for name in names:
        if name.casefold().endswith(".csv") and name not in files:
            hint = closest(name, files) or "Remove it, or see the names of all tables with: netback tables."
            yield Finding(name, "there is no table of this name, so it would not be read.", hint)


def between_tables(readings: dict[str, TableReading], keys: dict[str, Any]) -> Iterator[Finding]:
    """Faults that show only when all tables are read: keys given twice, dangling references, the horizon."""
    tables = {name: reading.table for name, reading in readings.items()}
    for table in tables.values():
        yield from keys_twice(table)

    def is_known(table: str, column: str) -> bool:
        return column in readings[table].columns

    periods = readings["periods"]
    if periods.is_readable and not any(finding.severity == "error" for finding in periods.findings):
        yield from horizon_findings(periods.table)
    streams = readings["streams"]
    if streams.is_readable and not streams.table.records and not streams.findings and periods.table.records:
        yield Finding("streams.csv", "there is no stream.", "Add one row per material, for example naphtha.")
    yield from missing_tables(tables, [name for name, reading in readings.items() if reading.absent])
    yield from dangling(tables, is_known)
    source = keys.get("source")
    known = [record["source"] for record in tables["sources"].records]
    if source and is_known("sources", "source") and source not in known:
        where = f"{CASE_FILE}, key source"
        yield Finding(
            where, f'source "{source}" is not in sources.csv.', closest(source, [k for k in known if k])
        )
