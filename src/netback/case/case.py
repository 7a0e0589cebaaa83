"""The case: everything that the user states about one plan, frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from netback.case.horizon import Horizon
from netback.case.schema import TABLES, Column
from netback.case.table import Table, schema_of
from netback.errors import DataError, Finding

FORMAT = "netback-case/1"

#: Default for the largest table that is read [MB].
MAX_TABLE_MB = 64.0

#: The keys of ``case.yaml`` in order; types as in the tables.
CASE_KEYS: tuple[Column, ...] = (
    Column("format", "text", required=True, meaning=f"always {FORMAT}"),
    Column("name", "name", required=True, meaning="short name, best the name of the folder"),
    Column("title", "text", meaning="one line for reports"),
    Column("description", "text", meaning="what the case is about, what it leaves out"),
    Column("currency", "name", default="USD", meaning="currency of all results: three capital letters"),
    Column(
        "flow_uom", "uom", default="t", meaning="uom of every stream that states none: t or bbl, never a rate"
    ),
    Column("source", "name", refers_to="sources.source", meaning="source of every row that names none"),
    Column("licence", "text", meaning="terms under which the case may be used"),
    Column("max_table_mb", "number", uom="MB", default=MAX_TABLE_MB, meaning="largest table that is read"),
)

_OWN_FIELDS = ("name", "title", "description", "currency", "flow_uom", "source")


@dataclass(frozen=True)
class Case:
    """All input tables of one plan with its horizon and settings.

    ``tables`` holds every table of the schema, empty where the user has none. ``settings`` are the remaining
    keys of ``case.yaml``. ``remarks`` are the warnings that came up while reading. ``folder`` and ``remarks``
    do not count when two cases are compared.
    """

    name: str
    horizon: Horizon
    tables: Mapping[str, Table]
    title: str = ""
    description: str = ""
    currency: str = "USD"
    flow_uom: str = "t"
    source: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    scenario: str | None = None
    folder: Path | None = field(default=None, compare=False)
    remarks: tuple[Finding, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        tables = {name: self.tables.get(name, Table(TABLES[name])) for name in TABLES}
        object.__setattr__(self, "tables", MappingProxyType(tables))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @classmethod
    def of(cls, name: str, tables: Mapping[str, Iterable[Mapping[str, Any]]], **settings: Any) -> Case:
        """Make a case in Python: ``tables`` maps names to rows; ``settings`` are the other fields.

        Raises
        ------
        DataError
            With all findings of all tables.
        """
        findings: list[Finding] = []
        built: dict[str, Table] = {}
        for table, rows in tables.items():
            try:
                built[table] = Table.of(table, rows)
            except DataError as error:
                findings.extend(error.findings)
        if findings:
            raise DataError(findings, f"case {name}")
        return cls(name, Horizon.of(built.get("periods", Table(TABLES["periods"]))), built, **settings)

    @property
    def subject(self) -> str:
        """What findings are about, for example ``case karachi_2023_september``."""
        return f"case {self.name}" + (f", scenario {self.scenario}" if self.scenario else "")

    def table(self, name: str) -> Table:
        """One table.

        Raises
        ------
        DataError
            If no table has that name.
        """
        return self.tables[schema_of(name).name]

    def __getitem__(self, name: str) -> Table:
        return self.table(name)

    def with_(self, **changes: Any) -> Case:
        """Return a copy with other fields."""
        return replace(self, **changes)

    def with_table(self, name: str, rows: Iterable[Mapping[str, Any]]) -> Case:
        """Return a copy with other rows in one table; a change of ``periods`` makes a new horizon.

        Raises
        ------
        DataError
            If the table is unknown or cells do not fit their column.
        """
        table = Table.of(name, rows)
        horizon = Horizon.of(table) if name == "periods" else self.horizon
        return replace(self, tables={**self.tables, name: table}, horizon=horizon)

    def in_scenario(self, name: str | None) -> Case:
        """Return the case as a scenario changes it, the parents' changes first; itself for None.

        Raises
        ------
        DataError
            If the scenario is unknown, its parents go round in a circle, or a change does not fit.
        """
        from netback.case.scenario import apply

        return apply(self, name) if name else self

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["tables"], fields["settings"] = dict(self.tables), dict(self.settings)
        return _rebuild, (fields,)


def _rebuild(fields: dict[str, Any]) -> Case:
    return Case(**fields)


def case_fields(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Sort the typed keys of ``case.yaml`` into the fields of :class:`Case`."""
    fields = {name: keys[name] for name in _OWN_FIELDS if keys.get(name) is not None}
    fields["settings"] = {
        name: value
        for name, value in keys.items()
        if name not in (*_OWN_FIELDS, "format") and value is not None
    }
    return fields
