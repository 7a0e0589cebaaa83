"""The words around a verdict: why, whom it binds, the chain of rows with their citations, what would change it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netback.case.table import Record
from netback.regimes.scope import holds, is_listing_of, is_taken_as_delivered, listed_names, reaches
from netback.regimes.truth import Statement, Truth

if TYPE_CHECKING:
    from netback.regimes.verdict import Bench


@dataclass(frozen=True)
class Step:
    """One row that was looked at: a rule, an exception or a permit, and what came of it.

    ``role`` is forbids, caps, permits, exempts, lists, levies, informs, proposed, ended or begins; ``decides`` says
    whether the verdict rests on it.
    """

    id: str
    role: str
    title: str
    outcome: str
    decides: bool
    record: Record

    @property
    def window(self) -> str:
        """First and last day, as text; an end that is not told is open or was not found."""
        start, end = self.record["start"], self.record["end"]
        told = [f"from {start}" if start else "", f"to {end}" if end else ""]
        return " ".join(part for part in told if part) or "no dates of its own"

    @property
    def citation(self) -> str:
        """Who says so."""
        return str(self.record["citation"] or "")

    @property
    def url(self) -> str:
        """Address of the citation; blank where there is none."""
        return str(self.record["url"] or "")

    @property
    def verified(self) -> str:
        """How well the row is verified: its standing and confidence."""
        standing = self.record.get("standing", "in_force")
        letter = self.record.get("confidence") or ""
        return letter if standing == "in_force" else f"{standing} {letter}".strip()


@dataclass(frozen=True)
class Levy:
    """A levy that falls on the trade: an amount in ``uom``, shown as cost."""

    rule: str
    title: str
    value: float
    uom: str
    sure: bool
    record: Record


@dataclass(frozen=True)
class Judged:
    """A prohibition with what came of it."""

    rule: Record
    way: Statement
    outcome: str
    helped_by: tuple[str, ...] = ()


def id_of(record: Record) -> str:
    """Return the id of a rule or an exception."""
    return str(record.get("exception") or record["rule"])


def because(bench: Bench, value: Truth, deciding: Sequence[Judged]) -> str:
    """Why the verdict is what it is, in one line."""
    if value == Truth.OPEN:
        return "if " + "; and if ".join(dict.fromkeys(one.way.yes for one in deciding))
    if value != Truth.TRUE:
        return "; ".join(_named(one) for one in deciding)
    told = [_helped(bench, one) for one in deciding]
    told = told or [str(permit["title"]) for permit in standing_permits(bench)]
    return "; ".join(dict.fromkeys(told)) or _no_rule(bench)


def _named(one: Judged) -> str:
    if one.outcome == "forbids it":
        return str(one.rule["title"])
    return f"{one.rule['title']} ({one.outcome})"


def _helped(bench: Bench, one: Judged) -> str:
    if not one.helped_by:
        met = one.outcome.startswith("met")
        return f"{one.rule['title']} ({one.outcome})" if met else f"{one.rule['rule']} {one.outcome}"
    titles = [_title(bench, name) for name in one.helped_by]
    return f"{', '.join(titles)}: exempt from {one.rule['rule']}"


def _title(bench: Bench, name: str) -> str:
    for record in bench.register.records("rule_exceptions"):
        if record["exception"] == name:
            return str(record["title"])
    return str(bench.register.rules[name]["title"])


def standing_permits(bench: Bench) -> list[Record]:
    """Permits that hold on the day and that somebody verified."""
    return [
        rule
        for rule in bench.current
        if rule["effect"] == "permits"
        and rule["standing"] == "in_force"
        and holds(bench.register, rule, bench.question).value == Truth.TRUE
        and all(statement.value == Truth.FALSE for _, statement in bench.exempts(rule["rule"]))
    ]


def neighbours(bench: Bench) -> list[tuple[str, Record]]:
    """The last prohibition that ended before the day and the next to begin, of those that ask for no circumstance."""
    on = bench.question.on
    bans = [r for r in bench.spoken if r["effect"] in ("forbids", "caps") and r["circumstance"] is None]
    before = [rule for rule in bans if rule["end"] is not None and rule["end"] < on]
    after = [rule for rule in bans if rule["start"] is not None and rule["start"] > on]
    found: list[tuple[str, Record]] = []
    if before:
        found.append(("ended", max(before, key=lambda rule: rule["end"])))
    if after:
        found.append(("begins", min(after, key=lambda rule: rule["start"])))
    return found


def _no_rule(bench: Bench) -> str:
    """No prohibition on the day: name the last that ended and the next to come."""
    bans = [rule for rule in bench.spoken if rule["effect"] in ("forbids", "caps")]
    if not bans:
        return "no prohibition is held"
    standing = [rule for rule in bench.current if rule["effect"] in ("forbids", "caps")]
    plain = [rule["rule"] for rule in standing if rule["circumstance"] is None and rule["listed"] is None]
    if plain:
        return f"no prohibition reaches it as told, not even {', '.join(plain)}"
    told = ["no prohibition reaches it as told" if standing else "no prohibition in force on this day"]
    days = {"ended": "end", "begins": "start"}
    told += [f"{rule['rule']} {word} on {rule[days[word]]}" for word, rule in neighbours(bench)]
    return ", ".join(told)


def bound(bench: Bench, deciding: Sequence[Judged]) -> tuple[str, ...]:
    """Whom the verdict binds: those of the rules that decided, else of all rules in force, else of all."""
    rules = [one.rule for one in deciding] or bench.current or bench.spoken
    return tuple(dict.fromkeys(str(rule["binds"]) for rule in rules))


def unless(bench: Bench, deciding: Sequence[Judged]) -> tuple[str, ...]:
    """Exceptions that would hold if the question told more: purposes, agreements, contract and loading dates."""
    found: dict[str, None] = {}
    for one in deciding:
        for record in bench.register.exceptions_of.get(one.rule["rule"], ()):
            asked = record.with_(unstated="open")
            open_now = holds(bench.register, asked, bench.question).value == Truth.OPEN
            if open_now and bench.complies(record).value != Truth.FALSE:
                found[str(record["title"])] = None
    return tuple(found)


def provided(bench: Bench, value: Truth, deciding: Sequence[Judged]) -> tuple[str, ...]:
    """What an answer takes for granted: ships on no list, deliveries under the agreement, rules not changed since."""
    found: list[str] = []
    for rule in bench.current:
        if rule["listed"] == "vessel" and bench.question.vessel is None and value != Truth.FALSE:
            held = len(listed_names(bench.register, rule, bench.question.on))
            found.append(f"the ship is not on the list of {rule['rule']} ({held} names held)")
        if not reaches(bench.register, rule, bench.question):
            found.append(f"no carrier, broker or bank of {bench.authority} serves it")
    found += [words for rule in bench.current if value != Truth.FALSE and (words := silent(bench, rule))]
    found += [words for rule in bench.current if (words := _asked_for(bench, rule))]
    found += [words for rule in bench.current if value != Truth.FALSE and (words := _owned(bench, rule))]
    for one in deciding:
        found += [told for name in one.helped_by if (told := _under_agreement(bench, name))]
        found += [told for name in one.helped_by if (told := _in_time(bench, name))]
        seen = one.rule["seen"]
        if one.rule["end"] is None and seen is not None and bench.question.on > seen:
            found.append(f"{one.rule['rule']} still holds: last seen in force on {seen}")
    return tuple(dict.fromkeys(found))


def silent(bench: Bench, rule: Record) -> str:
    """What keeps a prohibition away only because the question does not tell it."""
    if rule["effect"] not in ("forbids", "caps") or rule["unstated"] == "open":
        return ""
    asked = holds(bench.register, rule.with_(unstated="open"), bench.question)
    silent = asked.value == Truth.OPEN and holds(bench.register, rule, bench.question).value == Truth.FALSE
    return asked.no if silent else ""


def _asked_for(bench: Bench, rule: Record) -> str:
    """What a permit for the means of payment asks for beside it, where the question does not tell it."""
    if rule["effect"] != "permits" or rule["payment"] is None or bench.question.payment is None:
        return ""
    asked = holds(bench.register, rule.with_(unstated="open"), bench.question)
    return asked.yes if asked.value == Truth.OPEN else ""


def _owned(bench: Bench, rule: Record) -> str:
    """Lists reach those whom a listed party owns; of a seller that is not known nobody can say."""
    seller = bench.question.seller
    if rule["listed"] != "seller" or seller is None or seller in bench.register.parties:
        return ""
    names = listed_names(bench.register, rule, bench.question.on)
    return (
        f"{seller} is not owned by a party on the list of {rule['rule']}: {', '.join(names)}" if names else ""
    )


def _in_time(bench: Bench, name: str) -> str:
    """The day by which a licence wants the cargo delivered, where the question does not tell it."""
    rule = bench.register.rules.get(name)
    if rule is None or bench.question.delivered_on is not None or not is_taken_as_delivered(rule):
        return ""
    return f"the cargo is delivered by {rule['delivered_by']}"


def _under_agreement(bench: Bench, name: str) -> str:
    for record in bench.register.records("rule_exceptions"):
        if record["exception"] == name and record["kind"] == "agreement" and record["destination"]:
            return "the delivery is under the agreement"
    return ""


def steps(
    bench: Bench, judged: Sequence[Judged], deciding: Collection[str], helpers: Collection[str]
) -> tuple[Step, ...]:
    """Every row that was looked at, those that decided first."""
    found: list[Step] = []
    for one in judged:
        rule = one.rule
        decides = rule["rule"] in deciding
        found.append(Step(rule["rule"], rule["effect"], rule["title"], one.outcome, decides, rule))
        found += _listings(bench, rule, decides)
        for record, statement in [*bench.exempts(rule["rule"]), *bench.permits(rule)]:
            if statement.value != Truth.FALSE:
                found.append(_helping(record, statement, rule, decides and id_of(record) in helpers))
    found += [
        _standing_by(bench, rule, rule["rule"] in helpers)
        for rule in bench.current
        if rule["effect"] in ("permits", "levies", "informs")
    ]
    found += [
        Step(rule["rule"], "proposed", rule["title"], "not in force: it does not decide", False, rule)
        for rule in bench.proposed
    ]
    if not any(step.decides for step in found):
        found += [
            Step(r["rule"], word, r["title"], "not in force on this day", False, r)
            for word, r in neighbours(bench)
        ]
    unique: dict[str, Step] = {}
    for step in sorted(found, key=lambda step: not step.decides):
        unique.setdefault(step.id, step)
    return tuple(unique.values())


def _listings(bench: Bench, rule: Record, decides: bool) -> Iterator[Step]:
    """The rows that put the seller on the list of a rule, or every seller of that origin where none is told."""
    for row in bench.register.listings_of.get(rule["rule"], ()):
        if is_listing_of(bench.register, row, bench.question):
            title = f"{row['party']} is on the list of {rule['rule']}"
            yield Step(f"{row['party']} under {rule['rule']}", "lists", title, "holds", decides, row)


def _helping(record: Record, statement: Statement, rule: Record, decides: bool) -> Step:
    role = "exempts" if "exception" in record else "permits"
    told = {Truth.TRUE: "holds", Truth.OPEN: f"open: {statement.yes}", Truth.UNVERIFIED: "not verified"}
    outcome = f"{told[statement.value]}, for {rule['rule']}"
    return Step(id_of(record), role, record["title"], outcome, decides, record)


def _standing_by(bench: Bench, rule: Record, decides: bool) -> Step:
    value = holds(bench.register, rule, bench.question).value
    if rule["standing"] == "unverified":
        value = min(value, Truth.UNVERIFIED)
    told = ("not told to hold", "not verified", "may hold", "holds")[value]
    return Step(rule["rule"], rule["effect"], rule["title"], told, decides, rule)


def levies(bench: Bench) -> tuple[Levy, ...]:
    """Levies that fall on the trade on the day."""
    found = []
    for rule in bench.current:
        value = holds(bench.register, rule, bench.question).value
        if rule["effect"] != "levies" or value == Truth.FALSE or rule["value"] is None:
            continue
        exempt = [statement.value for _, statement in bench.exempts(rule["rule"])]
        if Truth.TRUE in exempt:
            continue
        sure = value == Truth.TRUE and rule["standing"] == "in_force" and not any(exempt)
        found.append(Levy(rule["rule"], rule["title"], rule["value"], rule["price_uom"] or "", sure, rule))
    return tuple(found)
