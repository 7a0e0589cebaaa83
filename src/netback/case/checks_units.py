"""Process units: their modes, capacities, yields, base and delta, cuts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from netback import uom
from netback.case.case import Case
from netback.case.checks_sources import spans
from netback.case.references import missing_finding
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import Finding, Severity, closest

NORMAL = "normal"

#: Yields by mass add up to one within this much of the feed.
BALANCE_TOLERANCE = 0.001

_WITH_MODE = (
    "feeds",
    "cuts",
    "yields",
    "deltas",
    "product_properties",
    "utilities",
    "capacities",
    "feed_specs",
)


def modes_by_unit(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the modes of every unit: its rows of ``modes.csv``, else the one mode ``normal``."""
    found: dict[str, dict[str, None]] = {record["unit"]: {} for record in case.table("units").records}
    for record in case.table("modes").records:
        found.setdefault(record["unit"], {})[record["mode"]] = None
    return {unit: tuple(modes) or (NORMAL,) for unit, modes in found.items()}


def check_modes(case: Case) -> list[Finding]:
    """Check that every mode that a row names is one of its unit's."""
    findings = []
    modes = modes_by_unit(case)
    for name in _WITH_MODE:
        table = case.table(name)
        for record in table.records:
            known = modes.get(record["unit"])
            if record["mode"] is not None and known is not None and record["mode"] not in known:
                what = f'unit "{record["unit"]}" has no mode "{record["mode"]}".'
                hint = closest(record["mode"], known) or f"Its modes: {', '.join(known)}."
                findings.append(Finding(table.where(record, "mode"), what, hint))
    return findings


def check_units(case: Case) -> list[Finding]:
    """Find units and modes that make nothing, and units without a capacity."""
    findings = []
    units, modes = case.table("units"), case.table("modes")
    making = {(r["unit"], r["mode"]) for name in ("yields", "cuts") for r in case.table(name).records}
    busy = {unit for unit, _ in making}
    limited = {r["unit"] for r in case.table("capacities").records if r["max"] is not None}
    for record in units.records:
        if record["unit"] not in busy:
            what = f'unit "{record["unit"]}" makes nothing.'
            findings.append(Finding(units.where(record, "unit"), what, "Add rows to yields.csv or cuts.csv."))
        elif record["unit"] not in limited:
            what = f'unit "{record["unit"]}" has no greatest capacity.'
            hint = "Add it to capacities.csv, or leave it if it never limits."
            findings.append(Finding(units.where(record, "unit"), what, hint, "warning"))
    for record in modes.records:
        if record["unit"] in busy and (record["unit"], record["mode"]) not in making:
            what = f'mode "{record["mode"]}" of unit "{record["unit"]}" makes nothing.'
            findings.append(
                Finding(modes.where(record, "mode"), what, "Add its rows to yields.csv or cuts.csv.")
            )
    return findings


def check_feeds(case: Case) -> list[Finding]:
    """Find feeds that a unit may take but of which it makes nothing."""
    table = case.table("feeds")
    cutting = {record["unit"] for record in case.table("cuts").records}
    yields = case.table("yields").records
    known = {(record["unit"], record["feed"], record["mode"]) for record in yields}
    known |= {(record["unit"], record["feed"], None) for record in yields}
    findings = []
    for record in table.records:
        key = (record["unit"], record["feed"], record["mode"])
        if record["unit"] not in cutting and key not in known:
            mode = f" in mode {record['mode']}" if record["mode"] else ""
            what = f'unit "{record["unit"]}" has no yields of the feed "{record["feed"]}"{mode}.'
            hint = closest(record["feed"], [f for u, f, _ in known if u == record["unit"]])
            findings.append(Finding(table.where(record, "feed"), what, hint or "Add them to yields.csv."))
    return findings


def check_deltas(case: Case) -> list[Finding]:
    """Check that every delta moves a yield that is stated."""
    table = case.table("deltas")
    key = ("unit", "mode", "feed", "product")
    known = {tuple(record[column] for column in key) for record in case.table("yields").records}
    return [
        Finding(
            table.where(record, "product"),
            f'yields.csv has no yield of "{record["product"]}" from "{record["feed"]}" in {_run(record)}.',
            "Add the yield at the base, or remove the delta.",
        )
        for record in table.records
        if tuple(record[column] for column in key) not in known
    ]


def check_product_properties(case: Case) -> list[Finding]:
    """Check that qualities belong to something the unit makes, and state a value or a factor, not both."""
    table = case.table("product_properties")
    made: dict[str, set[str]] = defaultdict(set)
    for record in case.table("yields").records:
        made[record["unit"]].add(record["product"])
    for record in case.table("cuts").records:
        made[record["unit"]].add(record["stream"])
    findings = []
    for record in table.records:
        if record["product"] not in made[record["unit"]]:
            what = f'unit "{record["unit"]}" does not make "{record["product"]}".'
            hint = closest(record["product"], made[record["unit"]])
            findings.append(Finding(table.where(record, "product"), what, hint))
        given = [name for name in ("value", "factor", "offset") if record[name] is not None]
        if not given:
            hint = "Give value, or factor and offset."
            findings.append(Finding(table.where(record, "value"), "the row states no quality.", hint))
        elif "value" in given and len(given) > 1:
            what = f"value and {' and '.join(given[1:])} are given; only one can hold."
            findings.append(
                Finding(table.where(record, "value"), what, "Keep the value, or factor and offset.")
            )
    return findings


def check_yield_sums(case: Case) -> list[Finding]:
    """Check that yields by mass, losses among them, add up to the feed."""
    table, streams = case.table("yields"), _Streams.of(case)
    findings = []
    for key, records in _groups(table, ("unit", "mode", "feed")).items():
        counted = [record for record in records if not streams.is_utility(record["product"])]
        if streams.is_utility(key[2]) or not counted or not all(map(streams.by_mass, counted)):
            continue
        total = sum(map(streams.mass_yield, counted))
        if abs(total - 1.0) > BALANCE_TOLERANCE:
            findings.append(_sum_finding(table, counted, total))
    return findings


def _sum_finding(table: Table, records: list[Record], total: float) -> Finding:
    place = f"{table.schema.file}, {', '.join(spans(record.row for record in records))}"
    feed = f'"{records[0]["feed"]}" in {_run(records[0])}'
    # A yield on the basis flow may count something other than mass, such as an equivalent in fuel.
    severity: Severity = "error" if all(record["basis"] == "mass" for record in records) else "warning"
    if total < 1.0:
        what = f"the products of {feed} add up to {total:.4g} of its mass; {1.0 - total:.4g} is missing."
        return Finding(place, what, "Add what is missing, for example as a product of kind loss.", severity)
    what = f"the products of {feed} add up to {total:.4g} of its mass; {total - 1.0:.4g} is too much."
    hint = "Lower a yield, or add what is used up beside the feed as a negative yield."
    return Finding(place, what, hint, severity)


def check_delta_sums(case: Case) -> list[Finding]:
    """Check that the deltas of yields by mass cancel, so that mass is neither made nor lost off the base."""
    table, streams = case.table("deltas"), _Streams.of(case)
    by_mass = {
        (record["unit"], record["mode"], record["feed"], record["product"]): record["basis"]
        for record in case.table("yields").records
        if streams.by_mass(record) and not streams.is_utility(record["product"])
    }
    findings = []
    for records in _groups(table, ("unit", "mode", "feed", "property")).values():
        if not all((r["unit"], r["mode"], r["feed"], r["product"]) in by_mass and r["step"] for r in records):
            continue
        total = sum(record["delta"] / record["step"] for record in records)
        if abs(total) > 1e-6 * max(abs(record["delta"] / record["step"]) for record in records) + 1e-12:
            place = f"{table.schema.file}, {', '.join(spans(record.row for record in records))}"
            what = f'the deltas of "{records[0]["feed"]}" in {_run(records[0])} add up to {total:.4g} of its mass'
            what += f" per unit of {records[0]['property']}, not to 0."
            bases = {by_mass[r["unit"], r["mode"], r["feed"], r["product"]] for r in records}
            severity: Severity = "error" if bases == {"mass"} else "warning"
            findings.append(Finding(place, what, "What one product gains, the others must lose.", severity))
    return findings


def check_cuts(case: Case) -> list[Finding]:
    """Check that the cuts of a distillation follow each other from the lightest to the heaviest end."""
    table = case.table("cuts")
    findings: list[Finding] = []
    for records in _groups(table, ("unit", "mode")).values():
        ordered = sorted(records, key=lambda record: -1e9 if record["from_c"] is None else record["from_c"])
        findings.extend(_end_findings(table, ordered))
        for record in ordered:
            if None not in (record["from_c"], record["to_c"]) and record["to_c"] <= record["from_c"]:
                what = f"the cut ends at {record['to_c']:g} C, before it begins at {record['from_c']:g} C."
                findings.append(Finding(table.where(record, "to_c"), what, "Swap the two."))
        for lighter, heavier in pairwise(ordered):
            findings.extend(_joint_findings(table, lighter, heavier))
    return findings


def _end_findings(table: Table, ordered: list[Record]) -> Iterator[Finding]:
    first, last = ordered[0], ordered[-1]
    if first["from_c"] is not None:
        what = f"the lightest cut of {_run(first)} begins at {first['from_c']:g} C; what boils below is lost."
        yield Finding(table.where(first, "from_c"), what, "Leave from_c blank.")
    if last["to_c"] is not None:
        what = f"the heaviest cut of {_run(last)} ends at {last['to_c']:g} C; what boils above is lost."
        yield Finding(table.where(last, "to_c"), what, "Leave to_c blank.")


def _joint_findings(table: Table, lighter: Record, heavier: Record) -> Iterator[Finding]:
    end, start = lighter["to_c"], heavier["from_c"]
    names = f'"{lighter["stream"]}" and "{heavier["stream"]}"'
    if end is None:
        what = f'the cut has no end, but "{heavier["stream"]}" is heavier.'
        yield Finding(table.where(lighter, "to_c"), what, "Give to_c; only the heaviest cut is open.")
    elif start is None:
        what = f'the cut has no beginning, as has "{lighter["stream"]}".'
        yield Finding(table.where(heavier, "from_c"), what, "Give from_c; only the lightest cut is open.")
    elif start > end:
        what = f"between {names} nothing takes what boils from {end:g} to {start:g} C."
        yield Finding(table.where(heavier, "from_c"), what, f"Write {end:g}.")
    elif start < end:
        what = f"{names} both take what boils from {start:g} to {end:g} C."
        yield Finding(table.where(heavier, "from_c"), what, f"Write {end:g}.")


def check_swing_cuts(case: Case) -> list[Finding]:
    """Check that a swing cut joins cuts of its own distillation, its neighbours as a rule."""
    table = case.table("cuts")
    findings: list[Finding] = []
    for records in _groups(table, ("unit", "mode")).values():
        ordered = sorted(records, key=lambda record: -1e9 if record["from_c"] is None else record["from_c"])
        streams = [record["stream"] for record in ordered]
        for place, record in enumerate(ordered):
            near = {*streams[max(place - 1, 0) : place], *streams[place + 1 : place + 2]}
            findings.extend(_swing_findings(table, record, streams, near))
    return findings


def _swing_findings(
    table: Table, record: Record, streams: list[str], near: Iterable[str]
) -> Iterator[Finding]:
    where = table.where(record, "swing_to")
    for target in names_in(record["swing_to"]):
        if target == record["stream"]:
            yield Finding(where, "the cut would join itself.", "Name its neighbours.")
        elif target not in streams:
            other = missing_finding(where, target, "cuts.stream", dict.fromkeys(streams))
            yield Finding(where, f'"{target}" is not a cut of {_run(record)}.', other.hint)
        elif target not in near:
            what = f'"{target}" does not lie beside "{record["stream"]}" in boiling range.'
            yield Finding(where, what, "A swing cut joins its neighbours as a rule.", "warning")


def _groups(table: Table, columns: tuple[str, ...]) -> dict[tuple[Any, ...], list[Record]]:
    found: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in table.records:
        found[tuple(record[column] for column in columns)].append(record)
    return found


def _run(record: Record) -> str:
    return (
        f"{record['unit']}, mode {record['mode']}"
        if record["mode"] not in (None, NORMAL)
        else str(record["unit"])
    )


@dataclass(frozen=True)
class _Streams:
    """Kind and uom of every stream; blank kind for one that is not listed."""

    facts: dict[str, tuple[str, str]]
    flow_uom: str

    @classmethod
    def of(cls, case: Case) -> _Streams:
        records = case.table("streams").records
        return cls({r["stream"]: (r["kind"], r["uom"] or case.flow_uom) for r in records}, case.flow_uom)

    def is_utility(self, stream: str) -> bool:
        return self.facts.get(stream, ("", ""))[0] == "utility"

    def uom(self, stream: str) -> str:
        return self.facts.get(stream, ("", self.flow_uom))[1]

    def by_mass(self, record: Record) -> bool:
        """Whether a yield is mass per mass: so stated, or a flow between streams that are both weighed."""
        if record["basis"] != "flow":
            return bool(record["basis"] == "mass")
        pair = (self.uom(record["feed"]), self.uom(record["product"]))
        return all(uom.parse(name).dimension == "mass" for name in pair)

    def mass_yield(self, record: Record) -> float:
        """Mass of the product per mass of the feed."""
        scale = (
            1.0
            if record["basis"] == "mass"
            else uom.factor(self.uom(record["product"]), self.uom(record["feed"]))
        )
        return float(record["yield"]) * scale
