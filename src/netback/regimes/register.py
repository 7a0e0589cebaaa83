"""The register: every rule, exception, listing and name that a question is answered from.

Shipped rows come first; rows of a folder and of a case add to them or, with the same key, take their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from netback.case.case import MAX_TABLE_MB, Case
from netback.case.schema import TABLES
from netback.case.shipped import SHIPPED_TABLES, shipped_table
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import DataError, Finding, closest
from netback.io.csv_reader import read_table
from netback.regimes.names import Goods, Names, Places


@dataclass(frozen=True)
class Register:
    """All tables of law by name, each with the shipped rows that nobody replaced.

    ``own`` are the tables as their owners gave them, for the places of findings.
    """

    tables: Mapping[str, Table]
    own: tuple[Table, ...] = ()

    @classmethod
    def of(cls, *layers: Mapping[str, Table]) -> Register:
        """Make a register of the shipped rows and of layers that add to or replace them, the last wins."""
        tables = {name: shipped_table(name) for name in SHIPPED_TABLES}
        own: list[Table] = []
        for layer in layers:
            for name in SHIPPED_TABLES:
                table = layer.get(name)
                if table is not None and table.records:
                    own.append(table)
                    tables[name] = _over(tables[name], table)
        return cls(tables, tuple(own))

    @classmethod
    def of_case(cls, case: Case) -> Register:
        """Make the register of a case."""
        return cls.of(case.tables)

    def records(self, table: str) -> tuple[Record, ...]:
        """Rows of one table."""
        return self.tables[table].records

    def where(self, table: str, record: Record, column: str = "") -> str:
        """Return the place of a row in the user's words; a shipped row says that it is one."""
        if any(record is row for row in shipped_table(table).records):
            return f"{shipped_table(table).where(record, column)}, shipped"
        return self.tables[table].where(record, column)

    @cached_property
    def rules(self) -> dict[str, Record]:
        """Rules that have not been withdrawn, by id."""
        return {r["rule"]: r for r in self.records("rules") if r["standing"] != "withdrawn"}

    @cached_property
    def exceptions_of(self) -> dict[str, tuple[Record, ...]]:
        """Exceptions that have not been withdrawn, by the id of the rule or exception that they limit."""
        found: dict[str, list[Record]] = {}
        for record in self.records("rule_exceptions"):
            if record["standing"] != "withdrawn":
                for target in names_in(record["of"]):
                    found.setdefault(target, []).append(record)
        return {target: tuple(records) for target, records in found.items()}

    @cached_property
    def listings_of(self) -> dict[str, tuple[Record, ...]]:
        """Rows of party_listings.csv by rule."""
        found: dict[str, list[Record]] = {}
        for record in self.records("party_listings"):
            found.setdefault(record["rule"], []).append(record)
        return {rule: tuple(records) for rule, records in found.items()}

    @cached_property
    def goods(self) -> Goods:
        """Families of goods."""
        return Goods(self.records("goods"))

    @cached_property
    def places(self) -> Places:
        """Countries and blocs."""
        return Places(self.records("places"), self.records("memberships"))

    @cached_property
    def parties(self) -> dict[str, Record]:
        """Sellers and ships by name."""
        return {record["party"]: record for record in self.records("parties")}

    @cached_property
    def party_names(self) -> Names:
        """Names of parties with synonyms."""
        return Names.of(self.records("parties"), "party")

    @cached_property
    def circumstances(self) -> dict[str, Record]:
        """Circumstances by name."""
        return {record["circumstance"]: record for record in self.records("circumstances")}

    @property
    def authorities(self) -> tuple[str, ...]:
        """Everybody who made a rule, in the order of the rules."""
        return tuple(dict.fromkeys(record["authority"] for record in self.rules.values()))

    def without(self, *rules: str) -> Register:
        """Return the register as if some rules had never been made."""
        table = self.tables["rules"]
        kept = tuple(record for record in table.records if record["rule"] not in rules)
        return Register({**self.tables, "rules": replace(table, records=kept)}, self.own)

    def only(self, rules: Iterable[str]) -> Register:
        """Return the register with these rules alone, with what hangs on them."""
        kept = set(rules)
        exceptions: list[Record] = []
        left = list(self.records("rule_exceptions"))
        reached = set(kept)
        while found := [r for r in left if reached & set(names_in(r["of"]))]:
            exceptions += found
            left = [r for r in left if not any(r is one for one in found)]
            reached |= {r["exception"] for r in found}
        chosen = {
            "rules": [r for r in self.records("rules") if r["rule"] in kept],
            "rule_exceptions": exceptions,
            "party_listings": [r for r in self.records("party_listings") if r["rule"] in kept],
        }
        tables = {name: replace(self.tables[name], records=tuple(rows)) for name, rows in chosen.items()}
        return Register({**self.tables, **tables}, self.own)


def _over(below: Table, above: Table) -> Table:
    own = {above.key(record) for record in above.records}
    kept = tuple(record for record in below.records if below.key(record) not in own)
    return Table(above.schema, (*kept, *above.records), above.extras)


def read_rules(path: str | Path) -> dict[str, Table]:
    """Read the tables of law of a folder; other files are not looked at.

    Raises
    ------
    DataError
        With every finding: no such folder, no table of law in it, cells that cannot be read.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(
            Finding(str(path), "there is no such folder of rules.", "Name a folder with rules.csv.")
        )
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".csv"))
    findings: list[Finding] = []
    tables: dict[str, Table] = {}
    for name in SHIPPED_TABLES:
        if f"{name}.csv" in files:
            reading = read_table(folder / f"{name}.csv", TABLES[name], MAX_TABLE_MB)
            findings += [finding for finding in reading.findings if finding.severity == "error"]
            tables[name] = reading.table
    if not tables:
        findings.append(_no_table(folder, files))
    if findings:
        raise DataError(findings, f"rules of {path}")
    return tables


def _no_table(folder: Path, files: Iterable[str]) -> Finding:
    known = [f"{name}.csv" for name in SHIPPED_TABLES]
    near = next((hint for file in files if (hint := closest(file, known))), "")
    hint = near or f"It may hold {', '.join(known)}."
    return Finding(str(folder), "the folder holds no table of rules.", hint)
