"""Scenarios: a case with named changes of its cells, the changes of the parents first.

Each row of ``overrides.csv`` picks rows of one table by ``column=value``, several joined by ``&``, or by
``*`` for all rows, and sets one cell or drops the rows. A change that fits nothing is a fault, never passed
over. A cell that carries the main number of its row takes status, range and source from the override: what
was said of the old number is not said of the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netback.case.case import Case
from netback.case.horizon import Horizon, horizon_findings
from netback.case.references import dangling, keys_twice, missing_finding, names_in_cell, names_of
from netback.case.schema import TABLES, Column, TableSchema
from netback.case.shipped import SHIPPED_TABLES, shipped_table, with_shipped
from netback.case.table import Change, Record, Table, blank_value
from netback.case.values import CellError, read_cell
from netback.errors import DataError, Finding, closest

_AND = re.compile(r"&(?=[^&=]+=)")
_COMMA = re.compile(r"[,;\s]\s*([^,;&=\s]+)\s*=")
_OWN_TABLES = ("scenarios", "overrides")
_PROVENANCE = ("status", "low", "high", "source")


@dataclass
class _Work:
    """The tables as they change, and the faults met on the way."""

    overrides: Table
    tables: dict[str, Table]
    findings: list[Finding] = field(default_factory=list)

    def fault(self, override: Record, column: str, what: str, hint: str = "") -> None:
        """Note a fault of one override."""
        self.findings.append(Finding(self.overrides.where(override, column), what, hint))


def apply(case: Case, name: str) -> Case:
    """Return the case as a scenario changes it.

    Raises
    ------
    DataError
        With all changes that do not fit: unknown scenario, parents in a circle, unknown table or column, rows
        that do not exist, values of a wrong type, references that the changes leave dangling.
    """
    if case.scenario is not None:
        what = f'the case is already in scenario "{case.scenario}".'
        raise DataError(Finding("", what, "Apply a scenario to the case itself."), case.subject)
    chain = parents_and(case, name)
    work = _Work(case.table("overrides"), dict(case.tables))
    for scenario in chain:
        for override in work.overrides.records:
            if override["scenario"] == scenario:
                _override(work, override)
    if not work.findings:
        work.findings.extend(_consequences(case, work.tables))
    if work.findings:
        raise DataError(work.findings, f"case {case.name}, scenario {name}")
    return replace(case, tables=work.tables, horizon=Horizon.of(work.tables["periods"]), scenario=name)


def changed_case(case: Case, changes: Iterable[Mapping[str, Any]]) -> Case:
    """Return the case with changes that stand in no table: rows as those of overrides.csv, without a scenario.

    Raises
    ------
    DataError
        With all changes that do not fit, as :func:`apply`.
    """
    overrides = Table.of("overrides", [{"scenario": "change", **row} for row in changes])
    work = _Work(overrides, dict(case.tables))
    for override in overrides.records:
        _override(work, override)
    if not work.findings:
        work.findings.extend(_consequences(case, work.tables))
    if work.findings:
        raise DataError(work.findings, case.subject)
    return replace(case, tables=work.tables, horizon=Horizon.of(work.tables["periods"]))


def parents_and(case: Case, name: str) -> tuple[str, ...]:
    """Return the scenario with all its parents, the farthest first.

    Raises
    ------
    DataError
        If the scenario or a parent is unknown, or the parents go round in a circle.
    """
    table = case.table("scenarios")
    records = {record["scenario"]: record for record in table.records}
    if name not in records:
        hint = closest(name, records) or (
            f"Known: {', '.join(records)}." if records else "The case has none."
        )
        raise DataError(Finding("scenarios.csv", f'there is no scenario "{name}".', hint), case.subject)
    chain = [name]
    while (parent := records[chain[-1]]["parent"]) is not None:
        where = table.where(records[chain[-1]], "parent")
        if parent in chain:
            circle = " > ".join([*chain[chain.index(parent) :], parent])
            what = f"the parents go round in a circle: {circle}."
            raise DataError(Finding(where, what, "Leave one parent blank."), case.subject)
        if parent not in records:
            raise DataError(
                missing_finding(where, parent, "scenarios.scenario", dict.fromkeys(records)), case.subject
            )
        chain.append(parent)
    return tuple(reversed(chain))


def _override(work: _Work, override: Record) -> None:
    name = override["table"]
    if name not in TABLES or name in _OWN_TABLES:
        hint = (
            closest(name, TABLES) if name not in TABLES else "A scenario changes the tables of the plan only."
        )
        work.fault(override, "table", f'there is no table "{name}" to change.', hint)
        return
    table = work.tables[name]
    picked = _pick(work, override, with_shipped(table))
    if not picked:
        return
    if name in SHIPPED_TABLES:
        table = work.tables[name] = _brought_in(work, override, table, picked)
    if override["action"] == "drop":
        kept = tuple(record for record in table.records if id(record) not in picked)
        work.tables[name] = replace(table, records=kept)
        return
    value = _new_value(work, override, table)
    if value is not _NOTHING:
        records = tuple(
            _changed(record, override, table.schema, value) if id(record) in picked else record
            for record in table.records
        )
        work.tables[name] = replace(table, records=records)


def _pick(work: _Work, override: Record, table: Table) -> dict[int, Record]:
    """Return the rows that the override names, by their identity; a finding if there are none."""
    conditions = _conditions(work, override, table)
    if conditions is None:
        return {}
    picked = {id(r): r for r in table.records if all(r[name] == value for name, value in conditions.items())}
    if not picked:
        what = f'no row of {table.schema.file} fits "{override["where"]}".'
        hint = _comma_hint(override["where"], table) or _nearest_value(table, conditions)
        work.fault(override, "where", what, hint)
    return picked


def _brought_in(work: _Work, override: Record, table: Table, picked: Mapping[int, Record]) -> Table:
    """Return the table with the shipped rows that the override changes; they cannot be dropped."""
    shipped = {id(record) for record in shipped_table(table.name).records}
    named = tuple(record for identity, record in picked.items() if identity in shipped)
    if named and override["action"] == "drop":
        key = " ".join(str(value) for value in table.key(named[0]) if value is not None)
        hint = "Set its end, or standing to withdrawn." if "standing" in table.schema.by_name else ""
        work.fault(override, "action", f'"{key}" comes with Netback and cannot be dropped.', hint)
        return table
    return replace(table, records=(*table.records, *named))


def _nearest_value(table: Table, conditions: Mapping[str, Any]) -> str:
    for name, value in conditions.items():
        known = {str(record[name]) for record in table.records}
        if value is not None and str(value) not in known:
            return closest(str(value), sorted(known)) or f"No row has {name}={value}."
    return "Each condition fits some row, but no row fits all." if conditions else "The table has no rows."


def _conditions(work: _Work, override: Record, table: Table) -> dict[str, Any] | None:
    text = override["where"]
    if text == "*":
        return {}
    conditions: dict[str, Any] = {}
    for part in _AND.split(text):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            hint = "Write column=value, several joined by &, or * for all rows."
            work.fault(override, "where", f'"{part}" is not a condition.', hint)
            return None
        column = _column(work, override, table, name, "where")
        if column is None:
            return None
        try:
            typed = read_cell(value, column)
        except CellError as error:
            hint = _comma_hint(text, table) or error.hint
            work.fault(override, "where", f"{name}: {error.what}", hint)
            return None
        conditions[name] = column.default if typed is None else typed
    return conditions


def _comma_hint(text: str, table: Table) -> str:
    """Repair of conditions that are joined by a comma or a blank; empty where none is."""
    if any(found[1] in table.columns for found in _COMMA.finditer(text)):
        return f'Join conditions by &: "{_COMMA.sub(_joined, text)}".'
    return ""


def _joined(found: re.Match[str]) -> str:
    return f"&{found[1]}="


def _column(work: _Work, override: Record, table: Table, name: str | None, place: str) -> Column | None:
    if name is not None and name in table.schema.by_name:
        return table.schema.by_name[name]
    if name is not None and name in table.extras:
        return Column(name, "text")
    if name is None:
        work.fault(override, place, "the cell to set is not named.", f"Columns: {', '.join(table.columns)}.")
    else:
        work.fault(
            override, place, f'{table.schema.file} has no column "{name}".', closest(name, table.columns)
        )
    return None


_NOTHING = object()


def _new_value(work: _Work, override: Record, table: Table) -> Any:
    """Return the typed value to set, or ``_NOTHING`` with a finding."""
    column = _column(work, override, table, override["column"], "column")
    if column is None:
        return _NOTHING
    try:
        value = read_cell(override["value"] or "", column)
        value = blank_value(column) if value is None else value
    except CellError as error:
        work.fault(override, "value", error.what, error.hint)
        return _NOTHING
    if column.refers_to:
        known = names_of(work.tables, column.refers_to)
        for name in names_in_cell(Record({column.name: value}), column):
            if name not in known:
                where = work.overrides.where(override, "value")
                work.findings.append(missing_finding(where, name, column.refers_to, known))
                return _NOTHING
    return value


def _changed(record: Record, override: Record, schema: TableSchema, value: Any) -> Record:
    column = override["column"]
    values = {**record, column: value}
    if column == schema.main_number and schema.has_provenance:
        values.update({name: override[name] for name in _PROVENANCE})
    change = Change(override["scenario"], column, record[column], override.row)
    return Record(values, record.row, (*record.changes, change))


def _consequences(case: Case, tables: Mapping[str, Table]) -> list[Finding]:
    """Find what the changes broke elsewhere: references to dropped rows, keys now twice, the horizon."""
    changed = {name for name, table in tables.items() if table is not case.tables[name]}
    findings = [*horizon_findings(tables["periods"]), *dangling(tables, changed=changed)]
    for name in changed:
        findings.extend(keys_twice(tables[name]))
    return findings
