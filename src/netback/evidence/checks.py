"""Checks of a register: claims without source, dates out of order, units that do not fit, faulty calculations.

Only the rows of the user's own tables are checked; they may quote the shipped register.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from netback.case.table import Table
from netback.errors import Finding, closest
from netback.evidence.comparable import latest_day
from netback.evidence.language import parse
from netback.evidence.providers import Providers
from netback.evidence.readings import Reading, Reckoner
from netback.evidence.register import Calculation, Claim, Register, names_listed, split_name, unit_fault
from netback.evidence.units import differ_by_density, parse_unit, words_of
from netback.evidence.values import ExpressionError

#: What has been seen to happen; it cannot be published before it happens.
_SEEN = ("delivered", "in transit")


def check_register(
    register: Register, providers: Providers | None = None, of_case: bool = False
) -> list[Finding]:
    """Run every check and return all findings; of a case those that its own checks do not find already."""
    own = {name: tables[0] for name, tables in register.tables.items() if tables}
    findings: list[Finding] = []
    for claim in _own_claims(own):
        for check in (
            *(() if of_case else (_source,)),
            _dates,
            _range,
            _units,
            _quantity,
            _part_of,
            _doubtful_answer,
        ):
            findings.extend(check(register, claim))
    findings.extend(_series(own))
    findings.extend(_quantities(register, own))
    findings.extend(_calculations(register, own, providers or {}))
    if not of_case:
        findings.extend(_input_sources(own))
    findings.extend(_contradictions(register, own))
    return list(dict.fromkeys(findings))


def _own_claims(own: Mapping[str, Table]) -> Iterator[Claim]:
    if "claims" in own:
        for record in own["claims"].records:
            yield Claim(record, own["claims"])


def _source(_: Register, claim: Claim) -> Iterator[Finding]:
    if claim["source"] is None:
        hint = "Name a source of sources.csv; a claim that nobody makes is no claim."
        yield Finding(claim.where("source"), f"{claim.name} names no source.", hint)


def _dates(_: Register, claim: Claim) -> Iterator[Finding]:
    first, last = claim["period_from"], claim["period_to"]
    if first is not None and last is not None and last < first:
        yield Finding(
            claim.where("period_to"), f"the period ends on {last}, before it begins on {first}.", "Swap them."
        )
    published = claim["published"]
    if published is None:
        return
    latest = latest_day(published)
    if latest is None:
        hint = "Write 2023, 2023-06 or 2023-06-28."
        yield Finding(claim.where("published"), f'"{published}" is not a day, month or year.', hint)
    elif claim["status"] in _SEEN and first is not None and latest < first:
        what = f"published {published}, yet it reports as {claim['status']} what happened from {first} on."
        yield Finding(claim.where("published"), what, "Correct one of the dates, or the status.")


def _range(_: Register, claim: Claim) -> Iterator[Finding]:
    low, high = claim["low"], claim["high"]
    if low is not None and high is not None and low > high:
        yield Finding(claim.where("high"), f"high {high:g} is below low {low:g}.", "Swap them.")
    if claim["word"] is not None and any(claim[column] is not None for column in ("value", "low", "high")):
        yield Finding(claim.where("word"), "the claim states a word and a number.", "Make two parts of it.")


def _units(register: Register, claim: Claim) -> Iterator[Finding]:
    fault = unit_fault(claim.uom)
    if fault is not None:
        yield Finding(claim.where("uom"), fault.findings[0].what, fault.findings[0].hint)
        return
    quantity = register.quantities.get(claim["quantity"] or "")
    if quantity is None or not quantity["uom"] or claim["word"] is not None or not claim.has_answer:
        return
    if unit_fault(quantity["uom"]) is not None:
        return
    own, wanted = parse_unit(claim.uom).dimensions, parse_unit(quantity["uom"]).dimensions
    if own != wanted and not differ_by_density(own, wanted):
        what = (
            f'"{claim.uom}" measures {words_of(own)}, but {claim["quantity"]} is {words_of(wanted)}, '
            f"told for example in {quantity['uom']}."
        )
        put_to_test = claim.id in register.calculations
        hint = "Netback verify refutes the unit." if put_to_test else "Correct the uom or the quantity."
        yield Finding(
            claim.where("uom"), what, hint, "warning" if put_to_test or claim.is_doubtful else "error"
        )


def _quantity(register: Register, claim: Claim) -> Iterator[Finding]:
    name = claim["quantity"]
    if name is not None and name not in register.quantities:
        hint = closest(name, register.quantities) or "Add it to quantities.csv."
        yield Finding(claim.where("quantity"), f'quantity "{name}" is not in quantities.csv.', hint)


def _part_of(register: Register, claim: Claim) -> Iterator[Finding]:
    total = claim["part_of"]
    if total is None:
        return
    name, part = split_name(total)
    if (name, part or 1) not in register.claims:
        yield Finding(claim.where("part_of"), f'there is no claim "{total}".', closest(name, register.parts))


def _doubtful_answer(_: Register, claim: Claim) -> Iterator[Finding]:
    if claim["relation"] in ("at_least", "at_most") and claim["value"] is None:
        what = f"{claim['relation']} needs a value, and the claim has none."
        yield Finding(claim.where("relation"), what, "Give value, or leave relation blank.")


def _series(own: Mapping[str, Table]) -> Iterator[Finding]:
    table = own.get("series")
    if table is None:
        return
    uoms: dict[str, str] = {}
    for record in table.records:
        fault = unit_fault(record["uom"] or "")
        if fault is not None:
            yield Finding(table.where(record, "uom"), fault.findings[0].what, fault.findings[0].hint)
        first = uoms.setdefault(record["series"], record["uom"] or "")
        if first != (record["uom"] or ""):
            what = f'series "{record["series"]}" is told in "{first}" before and in "{record["uom"]}" here.'
            yield Finding(
                table.where(record, "uom"), what, "Give the series of other definition another name."
            )


def _quantities(register: Register, own: Mapping[str, Table]) -> Iterator[Finding]:
    table = own.get("quantities")
    if table is None:
        return
    for record in table.records:
        fault = unit_fault(record["uom"] or "")
        if fault is not None:
            yield Finding(table.where(record, "uom"), fault.findings[0].what, fault.findings[0].hint)
        yield from _bound(register, table.where(record, "at_most"), record["at_most"])
        needs = record["kind"] in ("maximum", "change", "ratio")
        if record["of"] is not None and record["of"] not in register.quantities:
            what = f'quantity "{record["of"]}" is not in quantities.csv.'
            yield Finding(table.where(record, "of"), what, closest(record["of"], register.quantities))
        elif needs and record["kind"] != "maximum" and record["of"] is None:
            what = f"a {record['kind']} must say of which quantity."
            yield Finding(table.where(record, "of"), what, "Name it in of.")


def _bound(register: Register, where: str, text: str | None) -> Iterator[Finding]:
    """Faults of what a quantity may be at most."""
    if text is None:
        return
    try:
        tree = parse(text, ())
    except ExpressionError as fault:
        yield Finding(where, fault.what, fault.hint)
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and node.id not in register.quantities
            and unit_fault(node.id) is not None
        ):
            what = f'"{node.id}" is neither a quantity nor a uom.'
            yield Finding(where, what, closest(node.id, register.quantities))


def _calculations(register: Register, own: Mapping[str, Table], providers: Providers) -> Iterator[Finding]:
    reckoner = Reckoner(register, providers)
    used: dict[str, set[str]] = {}
    table = own.get("calculations")
    for record in table.records if table else ():
        assert table is not None
        calculation = Calculation(record, table)
        yield from _frame(register, calculation)
        reading = reckoner.read(calculation)
        names = used.setdefault(record["claim"], set())
        names.update(leaf.key for leaf in reading.leaves)
        if reading.result is None:
            names.update(register.inputs.get(record["claim"], {}))
        yield from _outcome(reading)
    yield from _inputs(register, own, used)


def _frame(register: Register, calculation: Calculation) -> Iterator[Finding]:
    """Faults of a row of calculations.csv beside its expression."""
    name, key = calculation["claim"], calculation.key
    if name not in register.parts:
        what = f'there is no claim "{name}".'
        yield Finding(calculation.where("claim"), what, closest(name, register.parts))
    elif key not in register.claims:
        what = f"{name} has {len(register.parts[name])} part(s), and none is {key[1]}."
        yield Finding(calculation.where("part"), what, "Add the part to claims.csv.")
    if calculation["role"] == "alternative" and not calculation["assumption"]:
        what = "an alternative reading must say what it needs."
        yield Finding(
            calculation.where("assumption"), what, 'Complete the words "it holds only if".', "warning"
        )
    fault = unit_fault(calculation["uom"] or "")
    if fault is not None:
        yield Finding(calculation.where("uom"), fault.findings[0].what, fault.findings[0].hint)


def _outcome(reading: Reading) -> Iterator[Finding]:
    """Faults of an expression, and numbers that it needs and nobody states."""
    where = reading.calculation.where("expression")
    if reading.fault is not None:
        yield Finding(where, reading.fault.what, reading.fault.hint)
    elif reading.result is None and not reading.provider_absent:
        yield Finding(where, reading.missing, "The verdict cannot be told.", "warning")


def _inputs(register: Register, own: Mapping[str, Table], used: Mapping[str, set[str]]) -> Iterator[Finding]:
    table = own.get("calculation_inputs")
    for record in table.records if table else ():
        assert table is not None
        fault = unit_fault(record["uom"] or "")
        if fault is not None:
            yield Finding(table.where(record, "uom"), fault.findings[0].what, fault.findings[0].hint)
        if record["status"] == "assumed" and not record["note"]:
            what = f"{record['input']} is assumed, and no reason is given."
            yield Finding(
                table.where(record, "note"), what, "Say why the number lies in its range.", "warning"
            )
        name = record["claim"]
        if name not in register.calculations:
            what = f'no calculation is of the claim "{name}".'
            yield Finding(table.where(record, "claim"), what, closest(name, register.calculations), "warning")
        elif record["input"] not in used.get(name, {record["input"]}):
            what = f'no calculation of {name} uses "{record["input"]}".'
            yield Finding(table.where(record, "input"), what, "Remove the row, or use the name.", "warning")


def _input_sources(own: Mapping[str, Table]) -> Iterator[Finding]:
    """Inputs without source or range; the checks of a case find these by themselves."""
    table = own.get("calculation_inputs")
    for record in table.records if table else ():
        assert table is not None
        if record["status"] == "assumed" and None in (record["low"], record["high"]):
            what = f"{record['value']:g} is assumed without its range."
            yield Finding(table.where(record, "value"), what, "Give low and high.")
        if record["status"] != "assumed" and record["source"] is None:
            hint = "Name a source, or give status assumed with low and high."
            yield Finding(table.where(record, "source"), "nobody is named who says so.", hint)
        low, high = record["low"], record["high"]
        if (low is not None and record["value"] < low) or (high is not None and record["value"] > high):
            yield Finding(
                table.where(record, "value"), f"{record['value']:g} lies outside its range.", "Correct one."
            )


def _contradictions(register: Register, own: Mapping[str, Table]) -> Iterator[Finding]:
    table = own.get("contradictions")
    for record in table.records if table else ():
        assert table is not None
        for name in names_listed([record["claims"]]):
            if split_name(name)[0] not in register.parts:
                what = f'there is no claim "{name}".'
                yield Finding(table.where(record, "claims"), what, closest(name, register.parts))
