"""What is wrong with tables of law: names, dates, caps without a price, rules that contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from itertools import combinations

from netback.case.case import Case
from netback.case.references import keys_twice
from netback.case.shipped import SHIPPED_TABLES, shipped_table
from netback.case.table import Record, Table
from netback.case.values import names_in
from netback.errors import Finding, closest
from netback.regimes.names import Names
from netback.regimes.question import SELLER_KINDS, TRANSPORTS
from netback.regimes.register import Register
from netback.regimes.scope import is_equal_scope

_PLACES = ("authority", "origin", "destination", "country", "bloc", "flag", "insurer", "bound_by")
_DATED = ("rules", "rule_exceptions", "party_listings", "memberships")


def check_case_rules(case: Case) -> list[Finding]:
    """Check the tables of law of a case and its trade terms; nothing to do where it has none."""
    own = [case.tables[name] for name in (*SHIPPED_TABLES, "trade_terms") if case.tables[name].records]
    if not own:
        return []
    register = Register.of_case(case)
    terms = case.tables["trade_terms"]
    return [*check_register(register), *_terms(register, case, terms)]


def check_register(register: Register, with_shipped: bool = False) -> list[Finding]:
    """Check the rows that users gave; with ``with_shipped`` those that come with Netback as well."""
    own = {table.name: table for table in register.own}
    tables = [*register.own]
    if with_shipped:
        tables = [*(shipped_table(name) for name in SHIPPED_TABLES), *tables]
    findings: list[Finding] = []
    for table in tables:
        findings += [*keys_twice(table), *_same_rows(table), *_names(register, table)]
        findings += [*_windows(table), *_values(table), *_listings(register, table)]
    chosen = {id(record) for table in tables for record in table.records}
    findings += [*_contradictions(register, chosen), *_circles(register, chosen)]
    findings += _outside(register, chosen) if own or with_shipped else []
    return list(dict.fromkeys(findings))


def _same_rows(table: Table) -> Iterator[Finding]:
    if table.schema.by_name[table.schema.key_columns[0]].is_own_key:
        return
    rows: dict[tuple[object, ...], int] = {}
    for record in table.records:
        first = rows.setdefault(table.key(record), record.row)
        if first != record.row:
            what = f"the row says the same as row {first}: equal in {', '.join(table.schema.key_columns)}."
            yield Finding(table.where(record), what, "Remove one of them.")


def _names(register: Register, table: Table) -> Iterator[Finding]:
    """Names that no table of the register knows."""
    known = _known(register)
    for column in table.schema.columns:
        lookup = known.get(column.name) if column.name != "kind" else None
        if lookup is None or (column.is_own_key and table.name != "trade_terms"):
            continue
        noun, names = lookup
        for record in table.records:
            for name in names_in(record[column.name]):
                known_otherwise = column.name == "goods" and register.goods.find(name) is not None
                if name not in names() and not known_otherwise:
                    hint = closest(name, names()) or f"Add it to {noun}."
                    yield Finding(table.where(record, column.name), f'"{name}" is not in {noun}.', hint)


def _known(register: Register) -> dict[str, tuple[str, Callable[[], Collection[str]]]]:
    """What a name in a column may be: column -> (where it must stand, names)."""
    goods = {record["good"] for record in register.records("goods")}
    caps = [r["rule"] for r in register.records("rules") if r["effect"] == "caps"]
    rules = {record["rule"] for record in register.records("rules")}
    exceptions = {record["exception"] for record in register.records("rule_exceptions")}
    found: dict[str, tuple[str, Callable[[], Collection[str]]]] = dict.fromkeys(
        _PLACES, ("places.csv", lambda: register.places.kinds)
    )
    found |= {
        "goods": ("goods.csv", lambda: goods),
        "parent": ("goods.csv", lambda: goods),
        "sellers": ("parties.csv", lambda: register.parties),
        "party": ("parties.csv", lambda: register.parties),
        "transport": ("sea, pipeline, rail, road", lambda: TRANSPORTS),
        "seller_kind": ("producer, reseller", lambda: SELLER_KINDS),
        "circumstance": ("circumstances.csv", lambda: register.circumstances),
        "circumstances": ("circumstances.csv", lambda: register.circumstances),
        "lifts": ("rules.csv", lambda: rules),
        "replaces": ("rules.csv", lambda: rules),
        "rule": ("rules.csv", lambda: rules),
        "of": ("rules.csv or rule_exceptions.csv", lambda: rules | exceptions),
        "complies_with": ("the caps of rules.csv", lambda: caps),
    }
    return found


def _windows(table: Table) -> Iterator[Finding]:
    """Windows that end before they begin."""
    if table.name not in _DATED:
        return
    for record in table.records:
        start, end = record["start"], record["end"]
        if start is not None and end is not None and end < start:
            what = f"it ends on {end}, before it starts on {start}."
            yield Finding(
                table.where(record, "end"), what, "Correct one of the days; both are days in force."
            )


def _values(table: Table) -> Iterator[Finding]:
    """Caps and levies without an amount, an uom or a basis."""
    if table.name != "rules":
        return
    needs = {"caps": ("value", "price_uom", "price_basis"), "levies": ("value", "price_uom")}
    for record in table.records:
        for column in needs.get(record["effect"], ()):
            if record[column] is None and record["standing"] in ("in_force", "proposed"):
                noun = "cap" if record["effect"] == "caps" else "levy"
                what = f'{noun} "{record["rule"]}" states no {column}.'
                hint = "Give it, or standing unverified if it is not known."
                yield Finding(table.where(record, column), what, hint)
        if record["effect"] == "caps" and record["price_uom"] == "%":
            yield Finding(
                table.where(record, "price_uom"), "a cap is money per amount, not a share.", "Write USD/bbl."
            )
        if record["value"] is not None and record["value"] < 0.0:
            yield Finding(table.where(record, "value"), f"{record['value']:g} is below zero.", "Correct it.")


def _listings(register: Register, table: Table) -> Iterator[Finding]:
    """Listings without a day, or under a rule that has no list."""
    if table.name != "party_listings":
        return
    for record in table.records:
        if record["start"] is None:
            what = f'"{record["party"]}" is listed from no day, so the row would never hold.'
            yield Finding(table.where(record, "start"), what, "Give the first day on the list.")
        rule = register.rules.get(record["rule"])
        if rule is not None and rule["listed"] is None:
            what = f'rule "{record["rule"]}" asks for no list.'
            yield Finding(table.where(record, "rule"), what, "Fill its column listed: seller or vessel.")


def _contradictions(register: Register, chosen: Collection[int]) -> Iterator[Finding]:
    """Rules of one authority in force at once that speak of the same and say something else."""
    rules = [rule for rule in register.rules.values() if rule["standing"] == "in_force"]
    for one, other in combinations(rules, 2):
        if id(one) not in chosen and id(other) not in chosen:
            continue
        days = _common(one, other)
        if one["authority"] != other["authority"] or days is None or _ends(one, other):
            continue
        if is_equal_scope(register, one, other, days[0]):
            yield from _pair(register, one, other, days)


def _pair(
    register: Register, one: Record, other: Record, days: tuple[date, date | None]
) -> Iterator[Finding]:
    effects = {one["effect"], other["effect"]}
    when = f"from {days[0]}" + (f" to {days[1]}" if days[1] is not None else " on")
    if days[0] == date.min:
        when = "always" if days[1] is None else f"to {days[1]}"
    where, names = register.where("rules", other), f'"{one["rule"]}" and "{other["rule"]}"'
    if effects == {"caps"} and _priced(one) != _priced(other):
        what = f"{names} of {one['authority']} cap the same trade at {_cap(one)} and {_cap(other)} {when}."
        yield Finding(where, what, "End the earlier one, or name it in replaces of the later one.")
    elif effects in ({"caps"}, {"forbids"}):
        what = f"{names} of {one['authority']} say the same of the same trade {when}."
        yield Finding(where, what, "One of them may be left out.", "warning")
    elif effects == {"forbids", "permits"} and one["start"] == other["start"]:
        permit = one if one["effect"] == "permits" else other
        if not permit["lifts"]:
            what = f"{names} of {one['authority']} forbid and permit the same trade {when}."
            yield Finding(where, what, "Name what the permit lifts in its column lifts, or correct a day.")


def _common(one: Record, other: Record) -> tuple[date, date | None] | None:
    """First and last day on which both are in force; None where there is none."""
    first = max(one["start"] or date.min, other["start"] or date.min)
    ends = [end for end in (one["end"], other["end"]) if end is not None]
    last = min(ends) if ends else None
    return None if last is not None and last < first else (first, last)


def _ends(one: Record, other: Record) -> bool:
    return one["rule"] in names_in(other["replaces"]) or other["rule"] in names_in(one["replaces"])


def _priced(rule: Record) -> tuple[object, ...]:
    return rule["value"], rule["price_uom"], rule["price_basis"]


def _cap(rule: Record) -> str:
    value = "nothing" if rule["value"] is None else f"{rule['value']:g}"
    return f"{value} {rule['price_uom'] or ''} {rule['price_basis'] or ''}".strip()


def _circles(register: Register, chosen: Collection[int]) -> Iterator[Finding]:
    """Exceptions that exempt from each other in a circle."""
    records = {record["exception"]: record for record in register.records("rule_exceptions")}
    for name, record in records.items():
        path, above = [name], [target for target in names_in(record["of"]) if target in records]
        while above:
            target = above.pop()
            if target == name:
                what = (
                    f'exception "{name}" is in the end an exception of itself: {" > ".join([*path, name])}.'
                )
                if id(record) in chosen:
                    where = register.where("rule_exceptions", record, "of")
                    yield Finding(where, what, "Leave one of them out.")
                break
            if target not in path:
                path.append(target)
                above += [one for one in names_in(records[target]["of"]) if one in records]


def _outside(register: Register, chosen: Collection[int]) -> Iterator[Finding]:
    """Exceptions whose window lies outside those of all their rules, so that they never hold."""
    windows = {**{r["rule"]: r for r in register.records("rules")}}
    windows |= {r["exception"]: r for r in register.records("rule_exceptions")}
    for record in register.records("rule_exceptions"):
        targets = [windows[name] for name in names_in(record["of"]) if name in windows]
        if id(record) in chosen and targets and all(_common(record, target) is None for target in targets):
            where = register.where("rule_exceptions", record)
            what = f'exception "{record["exception"]}" holds on no day on which its rules hold.'
            yield Finding(where, what, "Correct its days.", "warning")


def _terms(register: Register, case: Case, table: Table) -> Iterator[Finding]:
    """Terms of offers and sales: names, one owner each, periods with a day."""
    yield from _terms_names(register, table)
    owners: dict[tuple[str, str], int] = {}
    for record in table.records:
        stated = [(name, record[name]) for name in ("offer", "sale", "cargo") if record[name] is not None]
        if len(stated) != 1:
            named = " and ".join(name for name, _ in stated) or "no offer, sale or cargo"
            what = f'terms "{record["terms"]}" name {named}.'
            yield Finding(table.where(record, "offer"), what, "Name one offer, one sale or one cargo.")
            continue
        yield from _terms_cargo(table, record)
        signed, loaded = record["contract_date"], record["loaded_on"]
        if signed is not None and loaded is not None and loaded < signed:
            what = f"the cargo is loaded on {loaded}, before its contract is signed on {signed}."
            yield Finding(table.where(record, "loaded_on"), what, "Put the days in order of time.")
        first = owners.setdefault(stated[0], record.row)
        if first != record.row:
            what = f'{stated[0][0]} "{stated[0][1]}" has its terms in row {first} already.'
            yield Finding(table.where(record, stated[0][0]), what, "Keep one row for it.")
    if table.records and any(period.start is None for period in case.horizon.periods):
        missing = [period.name for period in case.horizon.periods if period.start is None]
        what = f"rules are dated, and period {', '.join(missing[:3])} has no first day."
        yield Finding("periods.csv, column start", what, "Give the first day of every period.")


#: What terms of a cargo leave to others: column -> (its usual value, who decides it).
_NOT_OF_CARGOES = {
    "lead_days": (0.0, "The day of loading and the days at sea are those of the ship."),
    "loaded_on": (None, "The day of loading is that of the ship."),
    "above_cap": ("off", "The price belongs to the offer: give the way under the cap an offer of its own."),
    "within_period": ("every_day", "A ship loads on a day, so nothing is spread over a period."),
    "levies": ("in_price", "Levies belong to the terms of the offer."),
}


def _terms_cargo(table: Table, record: Record) -> Iterator[Finding]:
    """Columns that a cargo decides itself, and the one that only cargoes have."""
    if record["cargo"] is None:
        if record["asked_on"] != "both":
            what = "asked_on is for terms of a cargo."
            yield Finding(
                table.where(record, "asked_on"), what, "Leave it blank; lead_days tells the loading."
            )
        return
    for column, (usual, hint) in _NOT_OF_CARGOES.items():
        if record[column] != usual:
            what = f"terms of a cargo take no {column}."
            yield Finding(table.where(record, column), what, f"Leave it blank. {hint}")


def _terms_names(register: Register, table: Table) -> Iterator[Finding]:
    """Names of trade terms may be synonyms, as on the command line."""
    lookups: dict[str, tuple[str, Callable[[str], str | None], Names]] = {
        "goods": ("goods.csv", register.goods.find, register.goods.names)
    }
    places = ("places.csv", register.places.find, register.places.names)
    lookups |= dict.fromkeys(("origin", "destination", "flag", "insurer", "bound_by"), places)
    for record in table.records:
        for column, (file, find, names) in lookups.items():
            for name in names_in(record[column]):
                if find(name) is None:
                    yield Finding(
                        table.where(record, column), f'"{name}" is not in {file}.', names.hint(name)
                    )
        for name in names_in(record["bound_by"]):
            authority = register.places.find(name)
            if authority is not None and authority not in register.authorities:
                what = f'no rule of "{name}" is held, so it binds nothing here.'
                hint = f"Authorities: {', '.join(register.authorities)}."
                yield Finding(table.where(record, "bound_by"), what, hint, "warning")
        for name in names_in(record["circumstances"]):
            if name not in register.circumstances:
                where = table.where(record, "circumstances")
                hint = closest(name, register.circumstances)
                yield Finding(where, f'"{name}" is not in circumstances.csv.', hint)
