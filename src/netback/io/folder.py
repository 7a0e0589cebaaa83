"""Cases as folders: ``case.yaml`` and one CSV file per table.

Reading finds every fault of every file and raises them together. Writing goes to a temporary file beside the
target and then replaces it, so that a run that is killed leaves either the old file or the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from netback.case.case import CASE_KEYS, FORMAT, MAX_TABLE_MB, Case, case_fields
from netback.case.horizon import Horizon, horizon_findings
from netback.case.references import dangling, keys_twice
from netback.case.schema import TABLES
from netback.case.table import Table
from netback.case.values import CellError, check_value
from netback.errors import DataError, Finding, closest
from netback.io.csv_reader import TableReading, read_table, read_text

CASE_FILE = "case.yaml"
SHIPPED = Path(__file__).resolve().parent.parent / "cases"
_MAX_CASE_FILE_MB = 1.0


def shipped_cases() -> tuple[str, ...]:
    """Names of the cases that come with Netback."""
    if not SHIPPED.is_dir():
        return ()
    return tuple(sorted(path.parent.name for path in SHIPPED.glob(f"*/{CASE_FILE}")))


def read_case(path: str | Path, scenario: str | None = None) -> Case:
    """Read a case from a folder, or a shipped case by its name, and apply a scenario.

    Raises
    ------
    DataError
        With all findings of all files together.
    """
    folder = find_folder(path)
    findings: list[Finding] = []
    keys = _read_keys(folder / CASE_FILE, findings)
    name = str(keys.get("name") or folder.resolve().name)
    readings = _read_tables(folder, float(keys.get("max_table_mb", MAX_TABLE_MB)), findings)
    findings.extend(_between_tables(readings, keys))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise DataError(errors, f"case {name}")
    tables = {table: reading.table for table, reading in readings.items()}
    case = Case(
        **{**case_fields(keys), "name": name},
        horizon=Horizon.of(tables["periods"]),
        tables=tables,
        folder=folder,
        remarks=tuple(findings),
    )
    return case.in_scenario(scenario)


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
                Finding(str(path), "this is a file; a case is a folder.", "Name the folder."), subject
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
    if near or not folder.parent.is_dir():
        return near
    known = [entry.name for entry in folder.parent.iterdir() if entry.is_dir()]
    return closest(folder.name, known) or "Make one with: netback new DIR."


def _read_keys(path: Path, findings: list[Finding]) -> dict[str, Any]:
    """Read the typed keys of ``case.yaml``; keys with faults are left out."""
    if not path.exists():
        near = closest(CASE_FILE, [entry.name for entry in path.parent.iterdir()])
        findings.append(
            Finding(CASE_FILE, "the file is missing.", near or "Make a new case with: netback new DIR.")
        )
        return {}
    text = read_text(path, _MAX_CASE_FILE_MB, findings)
    if text is None:
        return {}
    stated = _parse_yaml(text, findings)
    return dict(_typed_keys(stated, findings)) if stated is not None else {}


def _parse_yaml(text: str, findings: list[Finding]) -> dict[Any, Any] | None:
    import yaml

    try:
        stated = yaml.load(text, Loader=_text_loader())
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{CASE_FILE}, line {mark.line + 1}" if mark else CASE_FILE
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        findings.append(
            Finding(where, f"this is not YAML: {reason}.", "Write one line per key: name: my_case.")
        )
        return None
    if not isinstance(stated, dict):
        findings.append(Finding(CASE_FILE, "the file states no keys.", f"Begin with: format: {FORMAT}."))
        return None
    return stated


def _text_loader() -> Any:
    """Return a YAML loader that leaves every scalar as text: 2023-09 stays a name and no a word."""
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _typed_keys(stated: dict[Any, Any], findings: list[Finding]) -> Iterator[tuple[str, Any]]:
    columns = {column.name: column for column in CASE_KEYS}
    for key, value in stated.items():
        where = f"{CASE_FILE}, key {key}"
        if key not in columns:
            hint = closest(str(key), columns) or f"Known: {', '.join(columns)}."
            findings.append(Finding(CASE_FILE, f'the key "{key}" is not known.', hint))
        elif not isinstance(value, str):
            findings.append(
                Finding(where, "the value is not a single text or number.", f"Write {key}: value.")
            )
        else:
            try:
                yield key, _key_value(key, check_value(value, columns[key]))
            except CellError as fault:
                findings.append(Finding(where, fault.what, fault.hint))
    for column in CASE_KEYS:
        if column.required and not stated.get(column.name):
            findings.append(
                Finding(CASE_FILE, f'the key "{column.name}" is missing.', f"It is: {column.meaning}.")
            )


def _key_value(key: str, value: Any) -> Any:
    if key == "format" and value not in (None, FORMAT):
        raise CellError(f'"{value}" is not a format that this version reads.', f"Write {FORMAT}.")
    if (
        key == "currency"
        and value is not None
        and not (len(value) == 3 and value.isascii() and value.isupper())
    ):
        raise CellError(f'"{value}" is not a currency.', "Write three capital letters, for example USD.")
    if key == "flow_uom" and value is not None and "/" in value:
        raise CellError(f'"{value}" is a rate; flows are amounts in a period.', "Write t, m3 or bbl.")
    if key == "max_table_mb" and value is not None and value <= 0.0:
        raise CellError(
            f"{value:g} MB would refuse every table.", f"Write {MAX_TABLE_MB:g} or leave the key out."
        )
    return value


def _read_tables(folder: Path, max_mb: float, findings: list[Finding]) -> dict[str, TableReading]:
    present = {path.name: path for path in sorted(folder.iterdir())}
    readings = {}
    for name, schema in TABLES.items():
        if schema.file in present:
            readings[name] = read_table(present[schema.file], schema, max_mb)
            findings.extend(readings[name].findings)
        else:
            readings[name] = TableReading(Table(schema), [], frozenset(schema.column_names))
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


def _between_tables(readings: dict[str, TableReading], keys: dict[str, Any]) -> Iterator[Finding]:
    """Faults that show only when all tables are read: keys given twice, dangling references, the horizon."""
    tables = {name: reading.table for name, reading in readings.items()}
    for table in tables.values():
        yield from keys_twice(table)

    def is_known(table: str, column: str) -> bool:
        return column in readings[table].columns

    periods = readings["periods"]
    if periods.is_readable and not any(finding.severity == "error" for finding in periods.findings):
        yield from horizon_findings(periods.table)
    yield from dangling(tables, is_known)
    source = keys.get("source")
    known = [record["source"] for record in tables["sources"].records]
    if source and is_known("sources", "source") and source not in known:
        where = f"{CASE_FILE}, key source"
        yield Finding(
            where, f'source "{source}" is not in sources.csv.', closest(source, [k for k in known if k])
        )
