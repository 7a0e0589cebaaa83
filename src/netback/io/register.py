"""Registers of evidence as folders of CSV files: the shipped one, one's own, or that of a case.

A register of one's own may hold any of the tables sources, quantities, claims, series, calculations,
calculation_inputs and contradictions. Its rows stand beside the shipped ones and may quote them; where both
state the same claim, one's own holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from netback.case.case import MAX_TABLE_MB, Case
from netback.case.references import keys_twice
from netback.case.schema import TABLES as SCHEMAS
from netback.case.table import Table
from netback.errors import DataError, Finding, closest
from netback.evidence.register import TABLES, Register, names_listed
from netback.io.case_file import CASE_FILE
from netback.io.csv_reader import read_table
from netback.io.folder import read_case, shipped_cases

SHIPPED = Path(__file__).resolve().parent.parent / "library" / "evidence"
_TEXTS = (".txt", ".md", ".html", ".htm")


@lru_cache(maxsize=1)
def shipped_tables() -> Mapping[str, Table]:
    """Read the tables of the shipped register."""
    tables, findings = _read_tables(SHIPPED)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise DataError(errors, "the shipped register")
    return tables


def read_register(path: str | Path | None = None) -> Register:
    """Read a register: the shipped one alone, or a folder or case before it.

    Raises
    ------
    DataError
        With all findings of all files together.
    """
    if path is None:
        return Register.of(shipped_tables())
    folder = Path(path)
    if (folder / CASE_FILE).is_file() or folder.name == CASE_FILE or (
        not folder.exists() and str(path) in shipped_cases()
    ):  # fmt: skip
        return register_of(read_case(path))
    if not folder.is_dir():
        known = [*shipped_cases(), *(entry.name for entry in _entries(folder.parent))]
        what = (
            "there is no such folder or case." if not folder.exists() else "this is a file; name its folder."
        )
        raise DataError(Finding(str(path), what, closest(folder.name, known)), f"register {path}")
    tables, findings = _read_tables(folder)
    if not tables:
        what = f"the folder holds none of the tables {', '.join(TABLES)}."
        findings.append(Finding(str(path), what, "See: netback tables claims."))
    findings.extend(_sources_missing(tables))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise DataError(errors, f"register {path}")
    return Register.of(tables, shipped_tables())


def register_of(case: Case, sources: Table | None = None) -> Register:
    """Return the evidence of a case before the shipped register; ``sources`` are further ones that rows may name."""
    shipped = dict(shipped_tables())
    if sources is not None:
        known = {record["source"] for record in shipped["sources"].records}
        more = tuple(record for record in sources.records if record["source"] not in known)
        shipped["sources"] = replace(shipped["sources"], records=(*shipped["sources"].records, *more))
    return Register.of({name: case.table(name) for name in TABLES}, shipped)


def read_texts(folder: Path) -> dict[str, str]:
    """Read stored texts by their name without ending: ``dawn-2023-06-28.txt`` is the text of that source.

    Raises
    ------
    DataError
        If the folder is none, or a text in it cannot be read as UTF-8.
    """
    if not folder.is_dir():
        raise DataError(Finding(str(folder), "there is no such folder.", "Name the folder of stored texts."))
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for path in sorted(_entries(folder)):
        if path.suffix.lower() not in _TEXTS or not path.is_file():
            continue
        try:
            texts[path.stem] = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            findings.append(Finding(path.name, f"the text cannot be read: {reason}.", "Save it as UTF-8."))
    if findings:
        raise DataError(findings, f"texts {folder}")
    return texts


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read_tables(folder: Path) -> tuple[dict[str, Table], list[Finding]]:
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    files = {SCHEMAS[name].file: name for name in TABLES}
    for path in sorted(_entries(folder)):
        if path.name in files:
            reading = read_table(path, SCHEMAS[files[path.name]], MAX_TABLE_MB)
            tables[files[path.name]] = reading.table
            findings.extend(reading.findings)
        elif path.suffix.casefold() == ".csv":
            hint = closest(path.name, files) or f"A register holds {', '.join(files)}."
            findings.append(Finding(path.name, "no table of a register has this name.", hint))
    for table in tables.values():
        findings.extend(keys_twice(table))
        findings.extend(_rows_twice(table))
    return tables, findings


def _rows_twice(table: Table) -> list[Finding]:
    """Rows of one table that say something of the same thing, which a claim and its part, or a day, must not."""
    if not table.schema.shared_key:
        return []
    rows: dict[tuple[object, ...], int] = {}
    findings = []
    for record in table.records:
        first = rows.setdefault(table.key(record), record.row)
        if first != record.row:
            what = f"the row says the same as row {first}: equal in {', '.join(table.schema.key_columns)}."
            findings.append(
                Finding(table.where(record), what, "Remove one, or give it another part or name.")
            )
    return findings


def _sources_missing(tables: Mapping[str, Table]) -> list[Finding]:
    """Sources that neither the folder nor the shipped register knows."""
    groups = [tables, shipped_tables()]
    known = {r["source"] for group in groups if "sources" in group for r in group["sources"].records}
    findings = []
    for table in tables.values():
        if "source" not in table.schema.by_name or table.name == "sources":
            continue
        for record in table.records:
            for name in names_listed([record["source"]]):
                if name not in known:
                    what = f'source "{name}" is neither in sources.csv nor in the shipped register.'
                    findings.append(Finding(table.where(record, "source"), what, closest(name, known)))
    return findings
