"""What every authority says to a trade, side by side, with the rules and exceptions that decided.

For one authority a trade is allowed when every one of its prohibitions leaves a way:

    way(R) = not holds(R)  or  R is a cap and the price meets it  or  an exception of R holds
             or  a permit that lifts R holds  or  R binds services and none of the authority's serve
    exception holds = its conditions hold and no exception of the exception holds
    verdict = all of way(R): true allowed, open conditional, unverified unknown, false forbidden

A rule that nobody verified leaves at least an unverified way. Later instruments end those that they replace; a
narrower cap stands in place of a wider one; a permit without a list lifts what is as wide or wider and not later.
Verdicts of different authorities bind different people and are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from netback.case.table import Record
from netback.case.values import names_in
from netback.regimes.chain import (
    Judged,
    Levy,
    Step,
    because,
    bound,
    id_of,
    levies,
    provided,
    silent,
    standing_permits,
    steps,
    unless,
)
from netback.regimes.names import covers
from netback.regimes.question import Question
from netback.regimes.register import Register
from netback.regimes.scope import (
    NO,
    YES,
    holds,
    is_equal_scope,
    is_narrower,
    is_so,
    may_be_listed,
    reaches,
    reasons_against,
    speaks_of,
)
from netback.regimes.truth import Statement, Truth, all_of, any_of

WORDS = {
    Truth.TRUE: "allowed",
    Truth.OPEN: "conditional",
    Truth.UNVERIFIED: "unknown",
    Truth.FALSE: "forbidden",
}
_PROHIBITIONS = ("forbids", "caps")
#: How a rule that speaks of the goods is told not to reach the trade, before the reason.
SPARES = "does not reach this trade: "


@dataclass(frozen=True)
class Verdict:
    """What one authority says.

    ``conditions`` are what a conditional answer hangs on; ``unless`` would change a forbidden or unknown one;
    ``provided`` is what the answer takes for granted.
    """

    authority: str
    word: str
    because: str
    binds: tuple[str, ...]
    conditions: tuple[str, ...]
    unless: tuple[str, ...]
    provided: tuple[str, ...]
    steps: tuple[Step, ...]
    levies: tuple[Levy, ...]

    @property
    def deciding(self) -> tuple[str, ...]:
        """Ids of the rules and exceptions that the verdict rests on."""
        return tuple(step.id for step in self.steps if step.decides)


@dataclass(frozen=True)
class Answer:
    """The verdicts of every authority with a rule that speaks of the trade."""

    question: Question
    verdicts: tuple[Verdict, ...]

    def verdict(self, authority: str) -> Verdict:
        """Return the verdict of one authority.

        Raises
        ------
        KeyError
            If no rule of it speaks of the trade.
        """
        for one in self.verdicts:
            if one.authority == authority:
                return one
        raise KeyError(authority)

    @property
    def words(self) -> dict[str, str]:
        """The word of every authority."""
        return {one.authority: one.word for one in self.verdicts}

    @property
    def overall(self) -> str:
        """Who is bound by what; verdicts of different authorities are told side by side, never merged."""
        parts = []
        for word, verb in _VERBS.items():
            bound = [f"{one.authority} ({'; '.join(one.binds)})" for one in self.verdicts if one.word == word]
            if bound:
                parts.append(f"{verb} {', '.join(bound)}")
        allowed = [one.authority for one in self.verdicts if one.word == "allowed"]
        if allowed:
            parts.append(f"Nothing held here stands against it under {', '.join(allowed)}")
        return ". ".join(parts) + "." if parts else "No rule held here speaks of this trade."


_VERBS = {
    "forbidden": "Forbidden by",
    "unknown": "Not known for",
    "conditional": "Conditional under",
}


def may(register: Register, question: Question) -> Answer:
    """Answer a question for every authority that has a rule on these goods between these places, on any day."""
    verdicts = [judge(register, question, authority) for authority in _in_order(register, question)]
    return Answer(question, tuple(one for one in verdicts if one is not None))


def _in_order(register: Register, question: Question) -> list[str]:
    """Authorities: those of origin and destination first, then as the rules have them."""

    def place(authority: str) -> int:
        ends = (question.origin, question.destination)
        return next(
            (k for k, end in enumerate(ends) if register.places.is_in(end, authority, question.on)), 2
        )

    return sorted(register.authorities, key=place)


def judge(register: Register, question: Question, authority: str) -> Verdict | None:
    """Return the verdict of one authority; None where no rule of it ever speaks of the trade."""
    bench = Bench(register, question, authority)
    return bench.verdict() if bench.spoken else None


class Bench:
    """The rules of one authority before one question."""

    def __init__(self, register: Register, question: Question, authority: str) -> None:
        self.register = register
        self.question = question
        self.authority = authority
        mine = [rule for rule in register.rules.values() if rule["authority"] == authority]
        spoken = [
            rule
            for rule in mine
            if speaks_of(register, rule, question).value != Truth.FALSE
            and may_be_listed(register, rule, question)
        ]
        #: Rules on these goods between these places, whatever the day.
        self.spoken = [rule for rule in spoken if rule["standing"] != "proposed"]
        self.proposed = [r for r in spoken if r["standing"] == "proposed" and covers(r, question.on)]

    @cached_property
    def current(self) -> list[Record]:
        """Rules in force on the day that no later one replaces, and no narrower cap stands in for."""
        return [rule for rule in self._standing if all(s.value != Truth.TRUE for s in self._stand_ins(rule))]

    @cached_property
    def _standing(self) -> list[Record]:
        """Rules in force on the day that no later one replaces."""
        on = self.question.on
        replaced = {
            name
            for rule in self.spoken_all
            if rule["standing"] == "in_force" and rule["start"] is not None and rule["start"] <= on
            for name in names_in(rule["replaces"])
        }
        return [rule for rule in self.spoken if covers(rule, on) and rule["rule"] not in replaced]

    @property
    def spoken_all(self) -> list[Record]:
        """Every rule of the authority: what one replaces is ended whatever the goods asked about."""
        return [r for r in self.register.rules.values() if r["authority"] == self.authority]

    def _stand_ins(self, rule: Record) -> list[Statement]:
        """Whether each narrower cap holds: where one does, it stands in for a wider one."""
        if rule["effect"] != "caps" or rule["standing"] != "in_force":
            return []
        return [
            holds(self.register, other, self.question)
            for other in self._standing
            if other["effect"] == "caps"
            and other["standing"] == "in_force"
            and is_narrower(self.register, other, rule, self.question.on)
        ]

    def exempts(self, target: str, seen: tuple[str, ...] = ()) -> list[tuple[Record, Statement]]:
        """Exceptions of a rule or an exception with what they come to, their own exceptions counted."""
        found = []
        for record in self.register.exceptions_of.get(target, ()):
            if record["exception"] in seen:
                continue  # a circle; the check of the tables tells it
            own = self.exempts(record["exception"], (*seen, record["exception"]))
            stands = [holds(self.register, record, self.question), self.complies(record)]
            stands += [~statement for _, statement in own]
            found.append((record, at_most(all_of(stands), record)))
        return found

    def complies(self, record: Record) -> Statement:
        """Whether the price meets the caps that an exception asks to comply with."""
        caps = [self.register.rules.get(name) for name in names_in(record["complies_with"])]
        if not caps:
            return YES
        spoken = [
            cap
            for cap in caps
            if cap is not None and speaks_of(self.register, cap, self.question).value != Truth.FALSE
        ]
        return all_of(self.price_meets(cap) for cap in spoken) if spoken else NO

    def price_meets(self, rule: Record) -> Statement:
        """Whether the price is at most the cap; a delivered price meets a fob cap if it does so with freight."""
        cap, price_uom, basis = rule["value"], rule["price_uom"], rule["price_basis"] or "fob"
        if cap is None or price_uom is None:
            return NO
        price = self.question.price
        yes = f"the {basis} price is at most {cap:g} {price_uom}"
        no = f"the {basis} price is above {cap:g} {price_uom}"
        if price is None:
            return Statement(Truth.OPEN, yes, no)
        value = price.in_uom(price_uom)
        if price.basis == basis:
            return is_so(value <= cap)
        sure = value <= cap if basis == "fob" else value > cap
        return is_so(basis == "fob") if sure else Statement(Truth.OPEN, yes, no)

    def permits(self, rule: Record) -> list[tuple[Record, Statement]]:
        """Permits that lift a prohibition, with what they come to."""
        found = []
        for permit in self.current:
            if permit["effect"] != "permits" or not self._lifts(permit, rule):
                continue
            stands = [holds(self.register, permit, self.question)]
            stands += [~statement for _, statement in self.exempts(permit["rule"])]
            found.append((permit, at_most(all_of(stands), permit)))
        return found

    def _lifts(self, permit: Record, rule: Record) -> bool:
        named = names_in(permit["lifts"])
        if named:
            return rule["rule"] in named
        on = self.question.on
        if is_narrower(self.register, permit, rule, on):
            return True
        later = (permit["start"] or date.min) > (rule["start"] or date.min)
        return later and is_equal_scope(self.register, permit, rule, on)

    def judged(self, rule: Record) -> Judged:
        """What a prohibition leaves, and in words."""
        question, register = self.question, self.register
        applies = holds(register, rule, question)
        if applies.value == Truth.FALSE:
            against = reasons_against(register, rule, question)
            return Judged(rule, YES, f"{SPARES}{against.no}" if against.no else "does not reach this trade")
        if not reaches(register, rule, question):
            return Judged(rule, YES, f"binds nobody here: neither flag nor insurer is of {self.authority}")
        helpers = [*self.exempts(rule["rule"]), *self.permits(rule)]
        ways = [~applies, *(statement for _, statement in helpers), *self._stand_ins(rule)]
        meets = self.price_meets(rule) if rule["effect"] == "caps" else NO
        way = any_of([meets, *ways])
        if way.value < Truth.UNVERIFIED and rule["standing"] == "unverified":
            way = Statement(Truth.UNVERIFIED)
        helped = tuple(id_of(r) for r, s in helpers if s.value == way.value and way.value != Truth.FALSE)
        if meets.value == Truth.TRUE or ways[0].value == Truth.TRUE:
            helped = ()
        return Judged(rule, way, self._outcome(rule, way, meets, helped), helped)

    def _outcome(self, rule: Record, way: Statement, meets: Statement, helped: tuple[str, ...]) -> str:
        price = self.question.price
        told = "" if price is None else f" {price.value:g} {price.price_uom} {price.basis}"
        if way.value == Truth.TRUE and rule["effect"] == "caps" and meets.value == Truth.TRUE:
            return f"met:{told} is at most {rule['value']:g} {rule['price_uom']}"
        if way.value == Truth.TRUE:
            return f"does not hold here: {', '.join(helped)}" if helped else "does not reach this trade"
        if way.value == Truth.OPEN:
            return f"open: {way.yes}"
        if way.value == Truth.UNVERIFIED:
            return f"not verified{': ' + ', '.join(helped) if helped else ''}"
        if rule["listed"] == "seller" and self.question.seller is not None:
            return f"{self.question.seller} is listed"
        if rule["effect"] == "caps":
            return f"broken:{told} is above {rule['value']:g} {rule['price_uom']}"
        return "forbids it"

    def verdict(self) -> Verdict:
        """Put the rules of the authority together."""
        judged = [self.judged(rule) for rule in self.current if rule["effect"] in _PROHIBITIONS]
        whole = all_of(one.way for one in judged)
        deciding = [one for one in judged if one.way.value == whole.value and self._touches(one)]
        conditions = tuple(
            dict.fromkeys(one.way.yes for one in judged if one.way.value == Truth.OPEN and one.way.yes)
        )
        helpers = [name for one in deciding for name in one.helped_by]
        if whole.value == Truth.TRUE and not deciding:
            helpers += [rule["rule"] for rule in standing_permits(self)]
        return Verdict(
            self.authority,
            WORDS[whole.value],
            because(self, whole.value, deciding),
            bound(self, deciding),
            conditions if whole.value == Truth.OPEN else (),
            unless(self, deciding) if whole.value <= Truth.UNVERIFIED else (),
            provided(self, whole.value, deciding),
            steps(self, judged, {one.rule["rule"] for one in deciding}, helpers),
            levies(self),
        )

    def _touches(self, one: Judged) -> bool:
        """Whether a rule had anything to say to the trade as it is told, so that the verdict rests on it."""
        if one.way.value != Truth.TRUE or one.helped_by or one.outcome.startswith("met"):
            return True
        return one.outcome.startswith(SPARES) and not silent(self, one.rule)


def at_most(statement: Statement, record: Record) -> Statement:
    """A row that nobody verified is at most unverified."""
    if record["standing"] == "unverified" and statement.value > Truth.UNVERIFIED:
        return Statement(Truth.UNVERIFIED, statement.yes, statement.no)
    return statement
