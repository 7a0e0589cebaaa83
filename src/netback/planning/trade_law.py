"""What the law says of a trade on a day: the register asked by the terms of trade_terms.csv.

    on(d)      1 where every authority that binds the trade allows it on day d, else 0; where a verdict is unknown or
               conditional the column when_unknown decides, and the plan says so

A day between two on which a rule changes is like the other days between them, so the register is asked once for all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from netback.case.case import Case
from netback.case.table import Record
from netback.case.values import names_in
from netback.errors import DataError, Finding
from netback.refinery.build import Build
from netback.regimes.chain import Levy
from netback.regimes.question import Price, Question, ask
from netback.regimes.register import Register
from netback.regimes.scope import speaks_of
from netback.regimes.verdict import Verdict, judge

CAP_UOM = "USD/bbl"


@dataclass(frozen=True)
class Stretch:
    """Days of a period on which no rule changes: ``first`` day, ``days`` [d], and what was decided.

    ``verdicts`` are those of the authorities that bind and did not plainly allow; ``cap`` is the price to which the
    offer was lowered [USD/bbl], None where it was not.
    """

    first: date
    days: float
    on: bool
    verdicts: tuple[Verdict, ...]
    cap: float | None
    levies: tuple[Levy, ...]


@dataclass(frozen=True)
class RuleEffect:
    """What the law does to one tranche of an offer, tier of a sale or cargo in one period.

    ``share`` is what is left of its limits, 1 where nothing is cut; ``price`` and ``price_before`` are in currency of
    the case per uom of the stream.
    """

    kind: str
    name: str
    step: str
    period: int
    share: float
    price: float
    price_before: float
    stretches: tuple[Stretch, ...]

    @property
    def is_cut(self) -> bool:
        """Whether the rules take something away or lower the price."""
        return self.share < 1.0 or self.price != self.price_before

    @property
    def is_unsure(self) -> bool:
        """Whether a verdict was unknown or conditional, so that the case decided."""
        return any(one.word in ("unknown", "conditional") for part in self.stretches for one in part.verdicts)

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules on which the effect rests, without their exceptions."""
        found: dict[str, None] = {}
        for part in self.stretches:
            for verdict in part.verdicts:
                found |= {s.id: None for s in verdict.steps if s.decides and s.role in ("forbids", "caps")}
        return tuple(found)


class TradeLaw:
    """Asks the register about every row of trade_terms.csv and keeps what was answered."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.case: Case = build.network.case
        self.register = Register.of_case(self.case)
        self.asked: dict[str, tuple[Register, list[date]]] = {}
        self.judged: dict[tuple[object, ...], list[Verdict]] = {}
        self._told: set[tuple[str, str]] = set()

    @classmethod
    def of(cls, build: Build) -> TradeLaw:
        """The one of a build."""
        found: TradeLaw = build.once("trade law", lambda: cls(build))
        return found

    def price(self, lot: int, period: int, value: float, basis: str | None) -> Price | None:
        """A price in currency of the case per uom of the stream as USD/bbl; None where that is not known."""
        network = self.build.network
        stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
        try:
            scale = network.money.factor(CAP_UOM, stream_uom, density, period)
        except DataError:
            return None
        return Price(value / scale, CAP_UOM, basis or "fob", density)

    def stretches(self, terms: Record, start: date, days: int, price: Price | None) -> Iterator[Stretch]:
        """Days from a first one, cut where a rule changes, with what was decided for each part.

        Raises
        ------
        DataError
            If a name of the terms is not known.
        """
        _, breaks = self._register(terms)
        end = start + timedelta(days=days)
        borders = [start, *(day for day in breaks if start < day < end), end]
        for first, after in pairwise(borders):
            yield self.decided(terms, first, (after - first).days, price)

    def voyage(self, terms: Record, loading: date, arrival: date, price: Price | None) -> Stretch:
        """What the law says of a ship that loads on a day and delivers on another. Raises as :meth:`stretches`."""
        days = {"loading": (loading,), "arrival": (arrival,)}.get(terms["asked_on"], (loading, arrival))
        verdicts = [
            verdict
            for on in dict.fromkeys(days)
            for verdict in self._verdicts(terms, on, price, (loading, arrival))
        ]
        return self._stretch(terms, loading, 1, verdicts, None)

    def decided(self, terms: Record, first: date, days: int, price: Price | None) -> Stretch:
        """What was decided for some days on which no rule changes."""
        verdicts = self._verdicts(terms, first, price)
        if not self._is_on(terms, verdicts) and terms["above_cap"] == "at_cap" and price is not None:
            lowered = _at_cap(price, verdicts)
            if lowered is not None and self._is_on(terms, self._verdicts(terms, first, lowered)):
                return replace(self._stretch(terms, first, days, verdicts, lowered.value), on=True)
        return self._stretch(terms, first, days, verdicts, None)

    def _stretch(
        self, terms: Record, first: date, days: int, verdicts: list[Verdict], cap: float | None
    ) -> Stretch:
        levies = tuple(levy for one in verdicts for levy in one.levies)
        unsure = tuple(one for one in verdicts if one.word != "allowed")
        return Stretch(first, days, self._is_on(terms, verdicts), unsure, cap, levies)

    def _register(self, terms: Record) -> tuple[Register, list[date]]:
        """The rules that ever speak of a trade, and the days on which one of them changes."""
        if terms["terms"] not in self.asked:
            moves = [
                day for row in self.register.records("memberships") for day in (row["start"], row["end"])
            ]
            days = {date.min, *(day for day in moves if day is not None)}
            days |= {day + timedelta(days=1) for day in days if day < date.max}
            questions = [self._question(self.register, terms, day) for day in days]
            rules = [
                name
                for name, rule in self.register.rules.items()
                if rule["replaces"] or any(speaks_of(self.register, rule, one).value for one in questions)
            ]
            few = self.register.only(rules)
            self.asked[terms["terms"]] = few, break_days(few)
        return self.asked[terms["terms"]]

    def _question(self, register: Register, terms: Record, on: date) -> Question:
        asked = ask(
            register,
            cargo=terms["goods"],
            origin=terms["origin"],
            destination=terms["destination"],
            on=on,
            seller=terms["seller"],
            transport=terms["transport"],
            flag=terms["flag"],
            insurer=terms["insurer"],
            vessel=terms["vessel"],
            payment=terms["payment"],
            contract_date=terms["contract_date"],
            circumstances=names_in(terms["circumstances"]),
        )
        return replace(asked, loaded_on=terms["loaded_on"] or on)

    def _verdicts(
        self, terms: Record, on: date, price: Price | None, sailing: tuple[date, date] | None = None
    ) -> list[Verdict]:
        """Verdicts of the authorities that bind; the same for all days between two on which a rule changes.

        ``sailing`` are the days of loading and of delivery, where a ship is asked for.
        """
        register, breaks = self._register(terms)
        key = terms["terms"], price, *(bisect_right(breaks, day) for day in (on, *(sailing or ())))
        if key not in self.judged:
            question = replace(self._question(register, terms, on), price=price)
            if sailing is not None:
                question = replace(question, loaded_on=sailing[0], delivered_on=sailing[1])
            stated = [register.places.find(name) or name for name in names_in(terms["bound_by"])]
            judged = (judge(register, question, name) for name in stated or register.authorities)
            self.judged[key] = [one for one in judged if one is not None]
        return self.judged[key]

    def _is_on(self, terms: Record, verdicts: list[Verdict]) -> bool:
        words = {one.word for one in verdicts}
        if "forbidden" in words:
            return False
        return words <= {"allowed"} or terms["when_unknown"] == "allowed"

    def remark(self, where: str, told: str) -> None:
        """Tell the planner once what was decided for him."""
        if (where, told) not in self._told:
            self._told.add((where, told))
            self.build.remarks.append(Finding(where, told, "", "note"))


def unsure_told(effect: RuleEffect) -> Iterator[str]:
    """What when_unknown decided where verdicts were unknown or conditional, to stand behind what is traded and when."""
    for part in effect.stretches:
        unsure = [one for one in part.verdicts if one.word in ("unknown", "conditional")]
        if unsure and len(unsure) == len(part.verdicts) and part.cap is None:
            told = "; ".join(dict.fromkeys(f"{one.authority}: {one.word}, {one.because}" for one in unsure))
            done = "traded" if part.on else "not traded"
            yield f" is {done}, as when_unknown says. {told}."


def break_days(register: Register) -> list[date]:
    """Days on which anything in the register begins to hold or has just ended, in order."""
    found: set[date] = set()
    for name in ("rules", "rule_exceptions", "party_listings", "memberships"):
        for record in register.records(name):
            if record["start"] is not None:
                found.add(record["start"])
            if record["end"] is not None and record["end"] < date.max:
                found.add(record["end"] + timedelta(days=1))
            for column in ("loaded_by", "delivered_by"):
                if record.get(column) is not None:
                    found.add(record[column] + timedelta(days=1))
    return sorted(found)


def _at_cap(price: Price, verdicts: list[Verdict]) -> Price | None:
    """The price lowered to the least cap that it breaks; None where it breaks none."""
    caps = [
        float(step.record["value"]) / _in_cap_uom(step.record["price_uom"], price)
        for one in verdicts
        for step in one.steps
        if step.decides and step.role == "caps" and step.record["value"] is not None
    ]
    return replace(price, value=min(caps)) if caps and min(caps) < price.value else None


def _in_cap_uom(price_uom: str, price: Price) -> float:
    """What one unit of the price reads in the uom of a cap."""
    return replace(price, value=1.0).in_uom(price_uom)


def without_rules(case: Case, *rules: str) -> Case:
    """The case as if some rules, shipped or its own, had been withdrawn."""
    register = Register.of_case(case)
    known = [name for name in rules if name in register.rules]
    own = [record for record in case.table("rules").records if record["rule"] not in known]
    withdrawn = [register.rules[name].with_(standing="withdrawn") for name in known]
    return case.with_table("rules", [*own, *withdrawn])
