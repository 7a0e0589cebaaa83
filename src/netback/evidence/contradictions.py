"""Claims that cannot both hold, found by rules over the columns of claims.csv; no rule knows a claim by name.

======================  ====================================================================================
rule                    a hit is
======================  ====================================================================================
numbers apart           same quantity, subject and basis, common days, ranges without a common number
part above whole        a flow of a shorter time above that of a longer one that holds it
words differ            same quantity and subject, common days, other words
dates apart             something that happens once, on days without a common day
limit exceeded          a recorded number, or a limit of a part, above the stated limit of the whole
parts and total         parts that do not add up to the total they name
change not borne out    a stated change or ratio that no pair of before and after gives
above its bound         a number above what its quantity may be at most, by other numbers of its subject
status runs backwards   a deal that was agreed or further, and is later proposed, under study or denied
denied                  what was agreed or came of it, and a denial of the same quantity, subject and days
same topic, loosely     only on request: numbers apart of claims without quantity, by their topic
======================  ====================================================================================
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from netback.case.table import Record
from netback.errors import DataError
from netback.evidence.comparable import (
    INTENTIONS,
    apart,
    distinct,
    is_rounded,
    is_under,
    latest_day,
    number_of,
    on_one_basis,
    overlap,
    period_of,
    same_basis,
    same_class,
    within,
)
from netback.evidence.evaluate import Evaluator
from netback.evidence.intervals import Interval, UndefinedError
from netback.evidence.register import Claim, Register, names_listed, split_name
from netback.evidence.values import ExpressionError, MissingError, Quantity, text_of, united

_RANK = {
    "proposed": 0,
    "under study": 1,
    "MoU": 2,
    "agreed": 3,
    "ordered": 4,
    "in transit": 5,
    "delivered": 6,
}
_AGREED = _RANK["agreed"]
_STUDIED = _RANK["under study"]


@dataclass(frozen=True)
class Hit:
    """Claims that a rule finds at odds, and what somebody judged of them, if anybody did."""

    rule: str
    claims: tuple[Claim, ...]
    why: str
    judged: Record | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Names of the claims without their parts."""
        return frozenset(claim.id for claim in self.claims)


Group = Sequence[Claim]
Rule = Callable[[Register, Group], Iterator[Hit]]


def find(register: Register, loose: bool = False) -> tuple[Hit, ...]:
    """Run every rule; hits on the same claims by the same rule come once, the listed ones first.

    With ``loose``, claims whose quantity nobody stated are held against each other too, by topic: most such hits
    are false alarms, and a first look at facts that are still to be structured.
    """
    claims = [claim for claim in distinct(register.claims.values()) if claim["quantity"]]
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim["quantity"]].append(claim)
    hits: dict[tuple[str, frozenset[str]], Hit] = {}
    for name, group in groups.items():
        quantity = register.quantities.get(name)
        for rule in _RULES.get(quantity["kind"] if quantity else "level", ()):
            for hit in rule(register, group):
                hits.setdefault((hit.rule, frozenset(claim.name for claim in hit.claims)), hit)
    for hit in (*_parts_and_total(register), *_above_bound(register, groups)):
        hits.setdefault((hit.rule, frozenset(claim.name for claim in hit.claims)), hit)
    for hit in _same_topic(register) if loose else ():
        hits.setdefault((hit.rule, frozenset(claim.name for claim in hit.claims)), hit)
    judged = [_judged(register, hit) for hit in hits.values()]
    return tuple(
        sorted(judged, key=lambda hit: (hit.judged is None, str(hit.judged and hit.judged["contradiction"])))
    )


def listed(register: Register) -> tuple[Record, ...]:
    """Return the contradictions that were known before any rule looked."""
    return tuple(record for record in register.contradictions if record["listed"])


def _judged(register: Register, hit: Hit) -> Hit:
    """Find the judgement whose claims hold all of the hit's; the one with fewest claims."""
    quantities = {claim["quantity"] for claim in hit.claims}
    found = [
        record
        for record in register.contradictions
        if hit.ids <= {split_name(name)[0] for name in names_listed([record["claims"]])}
        and record["quantity"] in (None, *quantities)
    ]
    best = min(found, key=lambda record: (not record["listed"], len(record["claims"])), default=None)
    return Hit(hit.rule, hit.claims, hit.why, best)


def _pairs(register: Register, group: Group) -> Iterator[tuple[Claim, Claim]]:
    """Pairs of one subject that can be compared at all."""
    by_subject: dict[str, list[Claim]] = defaultdict(list)
    for claim in group:
        by_subject[claim["subject"] or ""].append(claim)
    for claims in by_subject.values():
        for first, second in combinations(claims, 2):
            if same_class(first, second) and same_basis(register, first, second):
                yield first, second


def _numbers_apart(register: Register, group: Group) -> Iterator[Hit]:
    for first, second in _pairs(register, group):
        ranges = on_one_basis(register, first, second)
        if ranges and overlap(first, second) and apart(*ranges, is_rounded(first, second)):
            yield Hit("numbers apart", (first, second), f"{_said(first)} against {_said(second)}")


def _flows(register: Register, group: Group) -> Iterator[Hit]:
    for first, second in _pairs(register, group):
        ranges = on_one_basis(register, first, second)
        if ranges is None:
            continue
        if within(first, second) and within(second, first):
            if apart(*ranges, is_rounded(first, second)):
                yield Hit("numbers apart", (first, second), f"{_said(first)} against {_said(second)}")
        elif within(first, second) and ranges[0].low > ranges[1].high:
            yield Hit("part above whole", (first, second), f"{_said(first)} within {_said(second)}")
        elif within(second, first) and ranges[1].low > ranges[0].high:
            yield Hit("part above whole", (second, first), f"{_said(second)} within {_said(first)}")


def _words_differ(register: Register, group: Group) -> Iterator[Hit]:
    for first, second in _pairs(register, group):
        words = first["word"], second["word"]
        if None not in words and words[0] != words[1] and overlap(first, second):
            yield Hit("words differ", (first, second), f'"{words[0]}" against "{words[1]}"')


def _dates_apart(register: Register, group: Group) -> Iterator[Hit]:
    for first, second in _pairs(register, group):
        if first["period_from"] is None or second["period_from"] is None:
            continue
        (a, b), (c, d) = period_of(first, event=True), period_of(second, event=True)
        if b < c or d < a:
            yield Hit("dates apart", (first, second), f"{a} to {b} against {c} to {d}")


def _limit_exceeded(register: Register, group: Group) -> Iterator[Hit]:
    recorded = [
        claim
        for claim in distinct(register.claims.values())
        if claim["quantity"] is not None
        and claim["quantity"] == register.quantities[group[0]["quantity"]]["of"]
        and claim["status"] not in (*INTENTIONS, "denied")
    ]
    for limit in group:
        parts = [one for one in group if one["subject"] != limit["subject"] and same_class(one, limit)]
        for other in (*recorded, *parts):
            ranges = on_one_basis(register, other, limit)
            if (
                ranges and is_under(other["subject"], limit["subject"]) and overlap(other, limit)
                and ranges[0].low > ranges[1].high and same_basis(register, other, limit)
            ):  # fmt: skip
                yield Hit(
                    "limit exceeded",
                    (limit, other),
                    f"limit {_said(limit)}, {_said(other)} at {other['subject']}",
                )


def _changes(register: Register, group: Group) -> Iterator[Hit]:
    quantity = register.quantities[group[0]["quantity"]]
    if quantity["of"] is None:
        return
    levels = [
        claim
        for claim in register.claims.values()
        if claim["quantity"] == quantity["of"] and number_of(claim)
    ]
    for change in group:
        stated = number_of(change)
        own = [claim for claim in levels if claim["subject"] == change["subject"]]
        afters = [claim for claim in own if overlap(claim, change) and claim["period_from"]]
        pairs = [(b, a) for a in afters for b in own if period_of(b)[1] < period_of(a)[0]]
        found = [(b, a, ratio) for b, a in pairs if (ratio := _ratio(register, b, a)) is not None]
        if stated is None or not found:
            continue
        less = 1.0 if quantity["kind"] == "change" else 0.0
        results = [(b, a, ratio - Interval.at(less)) for b, a, ratio in found]
        if not any(result.meets(stated.range) for _, _, result in results):
            before, after, result = min(results, key=lambda row: abs(row[2].middle - stated.range.middle))
            told = text_of(Quantity(result), change.uom)
            why = f"stated {_said(change)}; {_said(before)} to {_said(after)} gives {told}"
            yield Hit("change not borne out", (change, before, after), why)


def _ratio(register: Register, before: Claim, after: Claim) -> Interval | None:
    ranges = on_one_basis(register, after, before)
    try:
        return ranges[0] / ranges[1] if ranges else None
    except UndefinedError:
        return None


def _same_topic(register: Register) -> Iterator[Hit]:
    """Numbers apart of claims without quantity that share their topic, at one time, by different statements."""
    topics: dict[str, list[Claim]] = defaultdict(list)
    for claim in register.claims.values():
        if (
            claim["quantity"] is None
            and claim["topic"]
            and claim["period_from"]
            and claim["status"] != "claimed"
        ):
            topics[claim["topic"]].append(claim)
    for group in topics.values():
        for first, second in combinations(group, 2):
            alike = (
                first.id != second.id and same_class(first, second) and same_basis(register, first, second)
            )
            ranges = on_one_basis(register, first, second) if alike else None
            at_once = within(first, second) or within(second, first)
            if ranges and at_once and apart(*ranges, is_rounded(first, second)):
                yield Hit("same topic, loosely", (first, second), f"{_said(first)} against {_said(second)}")


def _parts_and_total(register: Register) -> Iterator[Hit]:
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in register.claims.values():
        if claim["part_of"]:
            groups[claim["part_of"]].append(claim)
    for name, parts in groups.items():
        try:
            total = register.claim(*_key(name))
        except MissingError:
            continue
        stated, numbers = number_of(total), [number_of(part) for part in parts]
        if stated is None or None in numbers or {n.dimensions for n in numbers if n} != {stated.dimensions}:
            continue
        added = Interval.at(0.0)
        for number in numbers:
            assert number is not None
            added = added + number.range
        if not added.meets(stated.range):
            why = f"parts add up to {text_of(Quantity(added, stated.dimensions), total.uom)}, total {_said(total)}"
            yield Hit("parts and total", (total, *parts), why)


def _above_bound(register: Register, groups: Mapping[str, Group]) -> Iterator[Hit]:
    for name, group in groups.items():
        quantity = register.quantities.get(name)
        if quantity is None or not quantity["at_most"]:
            continue
        for claim in group:
            stated, bound = number_of(claim), _bound(register, quantity["at_most"], claim, groups)
            if (
                stated
                and bound
                and stated.dimensions == bound[0].dimensions
                and stated.range.low > bound[0].range.high
            ):
                why = f"{_said(claim)}, at most {text_of(bound[0], claim.uom)} = {quantity['at_most']}"
                yield Hit("above its bound", (claim, *bound[1]), why)


def _bound(
    register: Register, text: str, claim: Claim, groups: Mapping[str, Group]
) -> tuple[Quantity, tuple[Claim, ...]] | None:
    """Evaluate a bound over the other quantities of the subject; None where one of them is not known."""
    values, used = {}, []
    named = set(re.findall(r"[A-Za-z_]\w*", text))
    for name, group in groups.items():
        own = [
            one
            for one in group
            if one["subject"] == claim["subject"] and same_class(one, claim) and one is not claim
        ]
        numbers = [number for other in own if (number := number_of(other)) is not None]
        if numbers and name in named:
            values[name] = united(numbers)
            used.append(max(own, key=_high))
    try:
        result = Evaluator(register, {}, names=values)(text)
    except (ExpressionError, MissingError, DataError):
        return None
    return (result, tuple(used)) if isinstance(result, Quantity) else None


def _status_backwards(_: Register, group: Group) -> Iterator[Hit]:
    by_subject: dict[str, list[tuple[date, Claim]]] = defaultdict(list)
    for claim in group:
        day = claim["period_from"] or latest_day(claim["published"] or "")
        if day is not None and claim["status"] in (*_RANK, "denied"):
            by_subject[claim["subject"] or ""].append((day, claim))
    for dated in by_subject.values():
        for day, later in dated:
            if later["status"] != "denied" and _RANK[later["status"]] > _STUDIED:
                continue
            before = [(d, one) for d, one in dated if d <= day and _RANK.get(one["status"], -1) >= _AGREED]
            if before:
                since, first = max(before, key=lambda pair: pair[0])
                why = f"{first['status']} ({since}), then {later['status']} ({day})"
                yield Hit("status runs backwards", (first, later), why)


def _denied(register: Register, group: Group) -> Iterator[Hit]:
    for pair in _pairs(register, group):
        for denial, other in (pair, pair[::-1]):
            if denial["status"] == "denied" and _RANK.get(other["status"], -1) >= _AGREED and overlap(*pair):
                yield Hit("denied", (other, denial), f"{other['status']} against denied")


def _high(claim: Claim) -> float:
    number = number_of(claim)
    return -math.inf if number is None else number.range.high


def _said(claim: Claim) -> str:
    from netback.evidence.verdicts import claimed_text

    return claimed_text(claim)


def _key(text: str) -> tuple[str, int]:
    name, part = split_name(text)
    return name, part or 1


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "level": (_numbers_apart, _denied),
    "maximum": (_numbers_apart, _limit_exceeded),
    "flow": (_flows, _denied),
    "word": (_words_differ,),
    "once": (_dates_apart, _denied),
    "change": (_numbers_apart, _changes),
    "ratio": (_numbers_apart, _changes),
    "deal": (_status_backwards,),
}
