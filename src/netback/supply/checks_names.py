"""Names of ports, berths, ships, ways and plans of lightering in the tables of cargoes: each must be known.

A stated voyage needs none of them to be reckoned, so a misspelt port would pass in silence, and a berth limit of
another spelling would limit nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from netback.case.case import Case
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import Finding, closest
from netback.supply.data import overlaid, plain

Tables = Mapping[str, Table]

#: Where names of a kind stand: table, and its columns of aliases, keys and titles.
_KINDS: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]] = {
    "port": (("ports", ("aliases", "port", "title")),),
    "berth": (("berths", ("aliases", "berth", "title")),),
    "vessel class": (("vessel_classes", ("aliases", "vessel_class", "title")),),
    "chokepoint": (("chokepoints", ("aliases", "chokepoint", "title")),),
    "lightering plan": (("lightering_plans", ("place", "plan", "title")),),
    # A ship is lightened off a coast that no port may be named for.
    "country": (("ports", ("country",)),),
}
_FILES = {kind: f"{sources[0][0]}.csv" for kind, sources in _KINDS.items()}

#: Tables of cargoes: the columns that name things of supply, and the kinds that may stand there.
_COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cargoes": {
        "load_port": ("port", "berth"),
        "discharge_port": ("port", "berth"),
        "vessel": ("vessel class",),
        "via": ("chokepoint", "port"),
        "lightering": ("lightering plan", "port", "country"),
    },
    "parcels": {"vessel": ("vessel class",), "discharge_port": ("port", "berth")},
    "berth_limits": {"port": ("port", "berth")},
    "cargoes_at_sea": {"discharge_port": ("port", "berth"), "vessel": ("vessel class",)},
}
#: What the voyage estimate asks for, where it is narrower.
_ESTIMATED = {"load_port": ("port",), "lightering": ("lightering plan",)}

NAMING_TABLES = tuple(_COLUMNS)


def name_findings(case: Case, tables: Tables | None = None) -> list[Finding]:
    """Names in the tables of cargoes that neither the library nor the case knows, with the closest known one.

    ``tables`` are the overlaid tables of supply; they are made where None.
    """
    if not any(case.tables[name].records for name in NAMING_TABLES):
        return []
    known = _known(overlaid(case) if tables is None else tables)
    return [
        finding
        for name, columns in _COLUMNS.items()
        for record in case.tables[name].records
        for column, kinds in columns.items()
        for finding in _of_cell(case.tables[name], record, column, kinds, known)
    ]


def _of_cell(
    table: Table, record: Record, column: str, kinds: tuple[str, ...], known: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    value = record[column]
    if value is None:
        return
    if record.get("estimate"):
        kinds = _ESTIMATED.get(column, kinds)
    names = names_in(value) if column == "via" else (value,)
    for name in names:
        if any(plain(name) in known[kind] for kind in kinds):
            continue
        what = f'there is no {" or ".join(kinds)} "{name}".'
        near = _closest(name, [known[kind] for kind in kinds])
        files = " or ".join(dict.fromkeys(_FILES[kind] for kind in kinds))
        yield Finding(table.where(record, column), what, near or f"Correct it, or add a row to {files}.")


def _closest(name: str, known: Sequence[Mapping[str, str]]) -> str:
    """The closest name as it is written; capitals and signs do not count."""
    spellings = {spelling: written for names in reversed(known) for spelling, written in names.items()}
    hint = closest(plain(name), spellings)
    for spelling, written in spellings.items():
        if hint == f'Closest name: "{spelling}".':
            return f'Closest name: "{written}".'
    return hint


def _known(tables: Tables) -> dict[str, dict[str, str]]:
    """Every spelling of every name by kind, each with the name as it is written; a title wins over its key."""
    return {
        kind: {
            plain(name): name
            for table, columns in sources
            for column in columns
            for name in _written(tables[table].records, column)
            if plain(name)
        }
        for kind, sources in _KINDS.items()
    }


def _written(records: Collection[Record], column: str) -> Iterator[str]:
    for record in records:
        value = record[column]
        if value is not None:
            yield from names_in(value) if column == "aliases" else (value,)
