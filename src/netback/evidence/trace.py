"""Walk from a number to those who said it: rows of a case, claims, calculations, sources.

The walk needs no plan: a row of a result table stands on the rows of the input tables that name the same offer,
sale, unit, product or stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netback.case.case import Case
from netback.case.checks_sources import described_number
from netback.case.schema import TABLES as SCHEMAS
from netback.case.shipped import SHIPPED_TABLES, shipped_table
from netback.case.table import Record, Table
from netback.case.values import write_cell
from netback.errors import DataError, Finding, closest
from netback.evidence.leaves import Leaf
from netback.evidence.readings import Reading, Reckoner
from netback.evidence.register import Calculation, Claim, Register, name_of, names_listed, split_name
from netback.evidence.result_names import RESULT_COLUMNS, RESULTS
from netback.evidence.values import text_of
from netback.evidence.verdicts import claimed_text

_PROVENANCE = ("status", "low", "high", "source", "note")
_MOST = 60


@dataclass(frozen=True)
class Node:
    """One line of the tree and the lines below it. ``word`` marks what a reader must not miss."""

    text: str
    below: tuple[Node, ...] = ()
    word: str = ""

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        yield self
        for node in self.below:
            yield from node.walk()


def trace_row(
    case: Case,
    register: Register,
    table: str,
    row: str,
    column: str = "",
    library: Mapping[str, Table] | None = None,
) -> Node:
    """Walk from a row of an input table or of a result table.

    Parameters
    ----------
    row
        A name that stands in a key column, several joined by a blank; of an input table also the row that a
        spreadsheet shows, the heading being row 1. Rows of results have names alone: their order is that of the plan.
    column
        One column; blank for the main number. A column of a result leads to all inputs of its row.
    library
        Tables that stand behind those of the case, such as ports and ships, by name.

    Raises
    ------
    DataError
        If the table, row or column is not there; the finding names the closest.
    """
    plain = table.removesuffix(".csv")
    if plain not in SCHEMAS and plain not in RESULTS:
        hint = closest(plain, [*SCHEMAS, *RESULTS]) or "All tables of a case: netback tables."
        raise DataError(Finding("", f'there is no table "{plain}", neither of a case nor of a plan.', hint))
    inputs, column = _inputs(case, plain, row, column)
    found = [(owner, record) for owner in inputs for record in _found(owner, row, plain not in SCHEMAS)]
    if not found:
        found = _shipped(inputs, row, library or {})
    if not found:
        behind = [library[owner.name] for owner in inputs if library and owner.name in library]
        raise DataError(_row_missing(plain, [*inputs, *behind], row))
    nodes = tuple(_row_node(case, register, owner, record, column) for owner, record in found[:_MOST])
    nodes = _told_once(nodes, set())
    if len(found) > _MOST:
        nodes += (Node(f"and {len(found) - _MOST} more rows"),)
    if len(nodes) == 1:
        return nodes[0]
    return Node(f"{case.subject}: {plain} of {row} stands on {len(found)} rows of the case", nodes)


def _inputs(case: Case, plain: str, row: str, column: str) -> tuple[list[Table], str]:
    """Input tables to look into, and the column of them to show; blank for the main number.

    A name may be both an input and a result: a row number or a column of the input means the input.
    """
    own = case.table(plain).columns if plain in SCHEMAS else ()
    results = RESULT_COLUMNS.get(plain, ())
    behind = _behind(case, plain)
    if plain in SCHEMAS and (
        plain not in RESULTS or column in own or (row.isdigit() and column not in results)
    ):
        if column and column not in own:
            raise DataError(_column_missing(plain, column, own, results))
        return [case.table(plain)], column
    if not column or column in results:
        return [case.table(plain)] if row.isdigit() and plain in SCHEMAS else behind, ""
    having = [table for table in behind if column in table.columns]
    if not having:
        hints = (*results, *own, *(name for table in behind for name in table.columns))
        raise DataError(_column_missing(plain, column, own, results, hints))
    return having, column


def _behind(case: Case, plain: str) -> list[Table]:
    """Input tables that a result stands on; of the table of assumptions, the assumed rows of all."""
    if plain != "assumed":
        return [case.table(name) for name in RESULTS.get(plain, ())]
    return [
        replace(table, records=tuple(record for record in table.records if record.get("status") == "assumed"))
        for table in case.tables.values()
        if table.schema.has_provenance
    ]


def _column_missing(
    plain: str, column: str, own: Sequence[str], results: Sequence[str], hints: Sequence[str] = ()
) -> Finding:
    """The finding for a column that neither the input nor the result of a name has."""
    hint = closest(column, dict.fromkeys((*own, *results, *hints)))
    if own and results:
        what = f'neither the input nor the result {plain} has a column "{column}".'
    else:
        what = f'the {"table" if own else "result"} has no column "{column}".'
    return Finding(f"{plain}.csv", what, hint)


def _found(table: Table, row: str, is_result: bool) -> list[Record]:
    """Rows by name or number. A name of a result may be that of a part: ``naphtha@murban by cdu``."""
    if not is_result:
        return _rows(table, row)
    if row.isdigit() and not any(row in map(str, table.key(record)) for record in table.records):
        return []
    names = (
        [row] if "@" not in row else [part.strip() for part in re.split(r"@|#| by |,", row) if part.strip()]
    )
    kept: dict[int, Record] = {}
    for name in names:
        kept |= {record.row: record for record in _rows(table, name) if not name.isdigit()}
    return [kept[number] for number in sorted(kept)]


def _shipped(inputs: Sequence[Table], row: str, library: Mapping[str, Table]) -> list[tuple[Table, Record]]:
    """Rows that come with Netback, which a case need not repeat: of law, and of the library."""
    law = {table.name: shipped_table(table.name) for table in inputs if table.name in SHIPPED_TABLES}
    shipped = [
        replace(known[table.name], place=f"shipped {table.schema.file}")
        for table in inputs
        for known in (law, library)
        if table.name in known
    ]
    return [] if row.isdigit() else [(table, record) for table in shipped for record in _rows(table, row)]


def trace_claim(register: Register, name: str) -> Node:
    """Walk from a claim.

    Raises
    ------
    DataError
        If there is no such claim; the finding names the closest.
    """
    return _claim_node(register, register.parts_of(name), seen=frozenset())


def _told_once(nodes: Iterable[Node], told: set[str]) -> tuple[Node, ...]:
    """Leave out what hangs below a source or claim that was told before."""
    kept = []
    for node in nodes:
        again = node.text.startswith(("source ", "claim ")) and node.text in told and bool(node.below)
        told.add(node.text)
        below = (Node("as above"),) if again else _told_once(node.below, told)
        kept.append(Node(node.text, below, node.word))
    return tuple(kept)


def _rows(table: Table, row: str) -> list[Record]:
    if row.isdigit() and not any(row in map(str, table.key(record)) for record in table.records):
        return [record for record in table.records if record.row == int(row)]
    found = [record for record in table.records if row in (_key(table, record), _key(table, record, "/"))]
    return found or [record for record in table.records if row in map(str, table.key(record))]


def _key(table: Table, record: Record, sign: str = " ") -> str:
    return sign.join(write_cell(value) for value in table.key(record) if value is not None)


def _row_missing(table: str, inputs: Sequence[Table], row: str) -> Finding:
    names = dict.fromkeys(
        str(value)
        for owner in inputs
        for record in owner.records
        for column, value in zip(owner.schema.key_columns, owner.key(record), strict=True)
        if isinstance(value, str) and column != "period"
    )
    known = f"Known: {', '.join(list(names)[:8])}." if names else "The table is empty."
    if row.isdigit() and table not in SCHEMAS:
        return Finding(f"{table}.csv", "rows of a result are named, not numbered.", known)
    if row.isdigit():
        rows = [record.row for owner in inputs for record in owner.records]
        last = f"The last one is row {max(rows)}." if rows else "The table is empty."
        return Finding(f"{table}.csv", f"there is no row {row}.", last)
    return Finding(f"{table}.csv", f'no row is named "{row}".', closest(row, names) or known)


def _row_node(case: Case, register: Register, table: Table, record: Record, column: str) -> Node:
    described = "value" if table.name == "overrides" else described_number(table.schema, record)
    shown = column or described
    where = table.where(record)
    number = _number_text(record, shown)
    text = f"{where}: {_key(table, record)}{', ' if number else ''}{number}"
    below = list(_changed(record, shown))
    if table.schema.has_provenance:
        if column and column != described and described:
            below.append(Node(f"status and range of the row speak of {_number_text(record, described)}"))
        below += _provenance(case, register, record)
    elif record.get("citation"):
        below.append(Node(f"{record['citation']}", (Node(record["url"]),) if record.get("url") else ()))
    if table.name == "crudes" and record.get("assay"):
        below.append(Node(f"assay {record['assay']}: netback assay show {record['assay']}"))
    return Node(text, tuple(below))


def _number_text(record: Record, column: str) -> str:
    if not column:
        return ""
    uom = (
        record.get(f"{column}_uom")
        or (record.get("uom") if isinstance(record[column], float) else None)
        or ""
    )
    value = record[column]
    return f"{column} {'blank' if value is None else write_cell(value)} {uom}".rstrip()


def _changed(record: Record, column: str) -> Iterator[Node]:
    for change in record.changes:
        if change.column == column or not column:
            old = "blank" if change.old is None else write_cell(change.old)
            yield Node(
                f"set by scenario {change.scenario} (overrides.csv, row {change.row}); it was {old}",
                word="scenario",
            )


def _provenance(case: Case, register: Register, record: Record) -> Iterator[Node]:
    status = record["status"] or "reported"
    low, high = record["low"], record["high"]
    span = f", {write_cell(low)} to {write_cell(high)}" if low is not None and high is not None else ""
    reason = f": {record['note']}" if record.get("note") else ""
    yield Node(f"{status.replace('_', '-')}{span}{reason}", word=status if status == "assumed" else "")
    names = list(names_listed([record["source"] or case.source]))
    for name in names:
        yield _source_node(register, name)
    if not names and status != "assumed":
        yield Node("orphan: nobody is named who says so", word="orphan")
    if not names and status == "assumed":
        yield Node("nobody says so: the number is assumed", word="assumed")


def _source_node(register: Register, name: str) -> Node:
    source = register.sources.get(name)
    if source is None:
        return Node(f'source "{name}" is not in sources.csv', word="orphan")
    said = source["attributed_to"] or source["outlet"] or "nobody named"
    grade = f", confidence {source['confidence']}" if source["confidence"] else ""
    head = f"source {name}: {source['title']} [{said}, {source['published'] or 'undated'}{grade}]"
    below = [Node(source["url"])] if source["url"] else [Node("no address")]
    if name in register.parts and _same_place(register, source, register.parts[name]):
        below.append(_claim_node(register, register.parts[name], frozenset(), short=True))
    return Node(head, tuple(below))


def _same_place(register: Register, source: Record, claims: tuple[Claim, ...]) -> bool:
    """Whether a source and a claim of one name come from the same address, as far as both state one."""
    urls = {
        register.sources[name]["url"]
        for name in names_listed([claims[0]["source"]])
        if name in register.sources
    }
    return not source["url"] or urls <= {None, source["url"]}


def _claim_node(
    register: Register, claims: tuple[Claim, ...], seen: frozenset[str], short: bool = False
) -> Node:
    claim = claims[0]
    below = [_part_node(part) for part in claims if part.has_answer or len(claims) > 1]
    said = " through ".join(filter(None, [claim["said_by"], claim["via"]])) or "nobody named"
    grade = f", confidence {claim['confidence']}" if claim["confidence"] else ""
    stands = f"{claim['status'] or 'reported'}, said by {said}, {claim['published'] or 'undated'}{grade}"
    below.append(Node(stands, word="doubtful" if claim.is_doubtful else ""))
    if claim["quotation"]:
        below.append(Node(f'"{claim["quotation"]}"'))
    sources = list(names_listed([claim["source"]]))
    if not short:
        below += [_plain_source(register, name) for name in sources]
    if not sources:
        below.append(Node("orphan: the claim names no source", word="orphan"))
    if claim["note"] and not short:
        below.append(Node(f"note: {claim['note']}"))
    if not short:
        below += _own_calculations(register, claims, seen | {claim.id})
    below += _uses(register, claim.id)
    below += _disputes(register, claim.id)
    return Node(f"claim {claim.id}: {claim['statement']}", tuple(below))


def _plain_source(register: Register, name: str) -> Node:
    source = register.sources.get(name)
    if source is None:
        return Node(f'source "{name}" is not in sources.csv', word="orphan")
    return Node(f"source {name}: {source['title']}", (Node(source["url"] or "no address"),))


def _part_node(claim: Claim) -> Node:
    what = " of ".join(filter(None, [(claim["quantity"] or "").replace("_", " "), claim["subject"]]))
    days = [write_cell(day) for day in (claim["period_from"], claim["period_to"]) if day is not None]
    period = " to ".join(dict.fromkeys(days))
    basis = f" {claim['basis']}" if claim["basis"] else ""
    number = f"{claimed_text(claim)}{basis}" if claim.has_answer else ""
    return Node(": ".join(filter(None, [claim.name, ", ".join(filter(None, [number, what, period]))])))


def _own_calculations(register: Register, claims: tuple[Claim, ...], seen: frozenset[str]) -> Iterator[Node]:
    reckoner = Reckoner(register)
    parts = {claim.key: claim for claim in claims}
    for calculation in register.calculations.get(claims[0].id, ()):
        if calculation.key in parts:
            yield _calculation_node(
                register, reckoner.read(calculation), calculation, parts[calculation.key], seen
            )


def _calculation_node(
    register: Register, reading: Reading, calculation: Calculation, claim: Claim, seen: frozenset[str]
) -> Node:
    uom = calculation["uom"] or claim.uom
    told = (
        text_of(reading.result, uom)
        if reading.result is not None
        else f"cannot be told here: {reading.missing}"
    )
    part = "" if claim.key[1] == 1 else f" of {name_of(claim.key)}"
    below = [Node(calculation["expression"])]
    below += [_leaf_node(register, leaf, seen) for leaf in reading.leaves]
    return Node(f"calculation{part}, {reading.name} ({reading.role}): {told}", tuple(below))


def _leaf_node(register: Register, leaf: Leaf, seen: frozenset[str]) -> Node:
    value = text_of(leaf.value, leaf.uom)
    if leaf.kind == "assumed":
        return Node(f"{leaf.key} = {value}, assumed: {leaf.said or 'no reason given'}", word="assumed")
    name = split_name(leaf.key)[0]
    if leaf.kind == "fact" and name in register.parts and name not in seen:
        claim = register.parts[name][0]
        below = tuple(Node(url) for url in leaf.urls)
        return Node(f"{leaf.key} = {value}: {claim['statement']} [{leaf.said}]", below)
    return Node(f"{leaf.key} = {value} [{leaf.said}]")


def _uses(register: Register, name: str) -> Iterator[Node]:
    users = sorted(
        claim
        for claim, calculations in register.calculations.items()
        if claim != name and any(_names(calculation["expression"], name) for calculation in calculations)
    )
    if users:
        yield Node(f"used by the calculations of {', '.join(users)}")


def _names(expression: str, name: str) -> bool:
    place = expression.find(name)
    return place >= 0 and not expression[place + len(name) : place + len(name) + 1].isalnum()


def _disputes(register: Register, name: str) -> Iterator[Node]:
    for record in register.contradictions:
        ids = [split_name(one)[0] for one in names_listed([record["claims"]])]
        if name in ids and record["judgement"] != "false alarm":
            others = ", ".join(one for one in ids if one != name) or "itself"
            text = f"{record['contradiction']}, {record['topic']}: against {others}; {record['assessment']}"
            yield Node(text, word="disputed")
