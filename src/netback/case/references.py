"""References between tables: a name in one table must stand in the table that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from netback.case.schema import Column
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import Finding, closest


def dangling(
    tables: Mapping[str, Table],
    is_known: Callable[[str, str], bool] | None = None,
    changed: Collection[str] | None = None,
) -> list[Finding]:
    """Names that are missing in the table they refer to.

    ``is_known(table, column)`` says whether a column could be read at all; references into one that could not
    are passed over, because one fault would give many findings. With ``changed``, only references from or into
    these tables are looked at.
    """
    findings: list[Finding] = []
    cache: dict[str, dict[str, None]] = {}
    for table in tables.values():
        if not table.records:
            continue
        for column in table.schema.referring_columns:
            target = column.refers_to.partition(".")
            if is_known is not None and not is_known(target[0], target[2]):
                continue
            if changed is not None and table.name not in changed and target[0] not in changed:
                continue
            if column.refers_to not in cache:
                cache[column.refers_to] = names_of(tables, column.refers_to)
            findings.extend(_dangling_in(table, column, cache[column.refers_to]))
    return findings


def missing_tables(tables: Mapping[str, Table], absent: Collection[str]) -> Iterator[Finding]:
    """One finding for each table that is not there although rows of others name its rows."""
    naming: dict[str, dict[str, None]] = {}
    for table in tables.values():
        for column in table.schema.referring_columns if table.records else ():
            if any(record[column.name] is not None for record in table.records):
                naming.setdefault(column.refers_to.partition(".")[0], {})[table.schema.file] = None
    for target in absent:
        if tables[target].schema.required:
            continue  # told already, whether named or not
        if target in naming:
            what = f"the table is missing, and rows of {', '.join(naming[target])} name what it holds."
            yield Finding(tables[target].where(), what, f"It holds {tables[target].schema.meaning}.")


def names_of(tables: Mapping[str, Table], reference: str) -> dict[str, None]:
    """Return the names that a reference ``table.column`` may take, in order."""
    name, _, column = reference.partition(".")
    return {record[column]: None for record in tables[name].records if record[column] is not None}


def names_in_cell(record: Record, column: Column) -> tuple[str, ...]:
    """Return the names that a cell of a referring column holds."""
    value = record[column.name]
    if value is None:
        return ()
    return names_in(value) if column.is_list else (value,)


def missing_finding(where: str, name: str, reference: str, known: Mapping[str, None]) -> Finding:
    """Make the finding for a name that is not in its table."""
    table, _, column = reference.partition(".")
    return Finding(where, f'{column} "{name}" is not in {table}.csv.', closest(name, known))


def _dangling_in(table: Table, column: Column, known: dict[str, None]) -> Iterator[Finding]:
    if {record[column.name] for record in table.records} <= {None, *known}:
        return
    seen: dict[str, Finding] = {}
    for record in table.records:
        for name in names_in_cell(record, column):
            if name in known:
                continue
            where = table.where(record, column.name)
            if name not in seen:
                seen[name] = missing_finding(where, name, column.refers_to, known)
            yield Finding(where, seen[name].what, seen[name].hint)


def keys_twice(table: Table) -> list[Finding]:
    """Find names that stand in two rows of a table whose rows they alone must name."""
    findings = []
    for column in table.schema.columns if table.records else ():
        if not column.is_own_key:
            continue
        rows: dict[str, int] = {}
        for record in table.records:
            name = record[column.name]
            if name is not None and name in rows:
                what = f'"{name}" is already in row {rows[name]}.'
                hint = "Give it another name or remove one row."
                findings.append(Finding(table.where(record, column.name), what, hint))
            elif name is not None:
                rows[name] = record.row
    return findings
