"""Rows of case tables that come with Netback: rules of law, goods, places and parties.

A case adds to them; a row of the case with the same key takes the place of the shipped one. They stand in
``library/regimes`` in the format of the tables of a case.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from netback.case.table import Table

SHIPPED_FOLDER = Path(__file__).resolve().parent.parent / "library" / "regimes"

#: Tables of which rows are shipped.
SHIPPED_TABLES = (
    "goods",
    "places",
    "memberships",
    "parties",
    "circumstances",
    "rules",
    "rule_exceptions",
    "party_listings",
)


@lru_cache(maxsize=len(SHIPPED_TABLES))
def shipped_table(name: str) -> Table:
    """Return the shipped rows of a table, with the rows of their own file.

    Raises
    ------
    KeyError
        If no rows of that table are shipped.
    """
    if name not in SHIPPED_TABLES:
        raise KeyError(name)
    with (SHIPPED_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return Table.of(name, list(csv.DictReader(file)))


def with_shipped(table: Table) -> Table:
    """Return a table of a case behind the shipped rows that it does not replace; itself where none are shipped."""
    if table.name not in SHIPPED_TABLES:
        return table
    own = {table.key(record) for record in table.records}
    shipped = shipped_table(table.name)
    kept = tuple(record for record in shipped.records if shipped.key(record) not in own)
    return Table(table.schema, (*kept, *table.records), table.extras)
