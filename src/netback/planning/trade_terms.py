"""Rules of law in the plan: they switch offers and sales off and cap their prices, by the day of every period.

For every row of trade_terms.csv and every period of its offer or sale the register is asked, once for every stretch of
days on which no rule changes:

    on(d)      1 where every authority that binds the trade allows it on day d, else 0; where a verdict is unknown or
               conditional the column when_unknown decides, and the plan says so
    share      every_day: min of on(d); any_day: max of on(d); share_of_days: mean of on(d) over the period
    max, min   x share
    price      with above_cap = at_cap: min(price, cap) where the price alone forbids it

The rules are asked for the day of loading: lead_days before the day of the period. A cargo that is already at sea has
its loaded_on, and is asked for on the day on which it counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from netback.case.case import Case
from netback.case.table import Record
from netback.case.values import names_in
from netback.errors import DataError, Finding
from netback.refinery.build import Build, FloatArray
from netback.refinery.prices import cost_items, cost_lines
from netback.refinery.purchases import Tranche
from netback.refinery.sales import Tier
from netback.regimes.chain import Levy
from netback.regimes.question import Price, Question, ask
from netback.regimes.register import Register
from netback.regimes.scope import speaks_of
from netback.regimes.verdict import Verdict, judge

_CAP_UOM = "USD/bbl"


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
    """What the law does to one tranche of an offer or tier of a sale in one period.

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


def apply_rules(
    build: Build, tranches: list[Tranche], tiers: list[Tier]
) -> tuple[list[Tranche], list[Tier], tuple[RuleEffect, ...]]:
    """Offers and sales as the rules leave them; themselves where the case has no trade terms.

    Findings and remarks go to ``build``.
    """
    terms = build.network.case.table("trade_terms").records
    if not terms:
        return tranches, tiers, ()
    found = _Terms(build)
    bought = {record["offer"]: record for record in terms if record["offer"] is not None}
    sold = {record["sale"]: record for record in terms if record["sale"] is not None}
    new_tranches = [found.tranche(one, bought[one.offer]) if one.offer in bought else one for one in tranches]
    new_tiers = [found.tier(one, sold[one.sale]) if one.sale in sold else one for one in tiers]
    return new_tranches, new_tiers, tuple(found.effects)


class _Terms:
    """Asks the register for every offer and sale with terms and keeps what came of it."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.case: Case = build.network.case
        self.register = Register.of_case(self.case)
        self.asked: dict[str, tuple[Register, list[date]]] = {}
        self.judged: dict[tuple[str, int, Price | None], list[Verdict]] = {}
        self.effects: list[RuleEffect] = []
        self._told: set[tuple[str, str]] = set()

    def tranche(self, tranche: Tranche, terms: Record) -> Tranche:
        """A tranche as the rules leave it."""
        effects = self._effects("offer", tranche.offer, tranche.tranche, tranche, tranche.price, terms)
        if effects is None:
            return tranche
        prices = np.array([effect.price for effect in effects])
        lower, upper = _limits(tranche, effects)
        changed = replace(tranche, lower=lower, upper=upper, price=prices)
        if (prices != tranche.price).any():
            lines = cost_lines(self.case, "offer_costs", "offer").get(tranche.offer, {})
            items = cost_items(self.build, lines, tranche.lot, prices, "offer_costs")
            changed = replace(changed, items=items)
        added = self._levies(effects, terms, tranche.lot, prices)
        return replace(changed, items={**changed.items, **added})

    def tier(self, tier: Tier, terms: Record) -> Tier:
        """A tier as the rules leave it; its first lot stands for the price of all."""
        if not tier.lots:
            return tier
        effects = self._effects("sale", tier.sale, tier.tier, tier, tier.prices[0], terms)
        if effects is None:
            return tier
        before = tier.prices[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(before > 0.0, np.array([e.price for e in effects]) / before, 1.0)
        prices = tuple(price * ratio for price in tier.prices)
        lines = cost_lines(self.case, "sale_costs", "sale").get(tier.sale, {})
        items = tuple(
            (cost_items(self.build, lines, lot, price, "sale_costs") if (ratio != 1.0).any() else own)
            | self._levies(effects, terms, lot, price)
            for lot, price, own in zip(tier.lots, prices, tier.items, strict=True)
        )
        lower, upper = _limits(tier, effects)
        return replace(tier, lower=lower, upper=upper, prices=prices, items=items)

    def _effects(
        self, kind: str, name: str, step: str, one: Tranche | Tier, prices: FloatArray, terms: Record
    ) -> list[RuleEffect] | None:
        """What the rules do in every period; None with a finding where the terms cannot be understood."""
        where = self.case.table("trade_terms").where(terms)
        lot = one.lot if isinstance(one, Tranche) else one.lots[0]
        made: list[RuleEffect] = []
        try:
            for period, record in enumerate(one.line):
                before = float(prices[period])
                if record is None:
                    made.append(RuleEffect(kind, name, step, period, 1.0, before, before, ()))
                    continue
                price = self._price(lot, period, before, record)
                stretches = tuple(self._stretches(terms, period, price))
                made.append(self._effect(kind, name, step, period, before, lot, terms, stretches))
        except DataError as error:
            self.build.fault(where, error)
            return None
        self.effects += [effect for effect in made if effect.stretches]
        self._remarks(made, one, terms)
        return made

    def _price(self, lot: int, period: int, value: float, record: Record) -> Price | None:
        """The price in USD/bbl; None where density or exchange rate are not known."""
        network = self.build.network
        stream_uom, density = network.stream_of(lot).uom, network.lots[lot].density_t_per_m3
        try:
            scale = network.money.factor(_CAP_UOM, stream_uom, density, period)
        except DataError:
            return None
        return Price(value / scale, _CAP_UOM, record.get("price_basis") or "fob", density)

    def _register(self, terms: Record) -> tuple[Register, list[date]]:
        """The rules that ever speak of a trade, and the days on which one of them changes."""
        if terms["terms"] not in self.asked:
            moves = [
                day for row in self.register.records("memberships") for day in (row["start"], row["end"])
            ]
            days = {date.min, *(day for day in moves if day is not None)}
            days |= {day + timedelta(days=1) for day in days if day < date.max}
            questions = [self._question(self.register, terms, day, None) for day in days]
            rules = [
                name
                for name, rule in self.register.rules.items()
                if rule["replaces"] or any(speaks_of(self.register, rule, one).value for one in questions)
            ]
            few = self.register.only(rules)
            self.asked[terms["terms"]] = few, break_days(few)
        return self.asked[terms["terms"]]

    def _stretches(self, terms: Record, period: int, price: Price | None) -> Iterator[Stretch]:
        start, days = self._days(period, terms)
        register, breaks = self._register(terms)
        borders = [start, *(day for day in breaks if start < day < start + timedelta(days=days))]
        ends = [*borders[1:], start + timedelta(days=days)]
        for first, end in zip(borders, ends, strict=True):
            length = max((end - first).days, 1)
            question = self._question(register, terms, first, price)
            yield self._decided(register, terms, question, first, length)

    def _days(self, period: int, terms: Record) -> tuple[date, int]:
        found = self.case.horizon.periods[period]
        if found.start is None:
            what = f"rules are dated, and period {found.name} has no first day."
            raise DataError(Finding("periods.csv, column start", what, "Give the first day of every period."))
        start = found.start - timedelta(days=round(terms["lead_days"]))
        return start, max(1, int(np.ceil(found.days)))

    def _question(self, register: Register, terms: Record, on: date, price: Price | None) -> Question:
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
            payment=terms["payment"],
            contract_date=terms["contract_date"],
            circumstances=names_in(terms["circumstances"]),
        )
        return replace(asked, price=price, loaded_on=terms["loaded_on"] or on)

    def _decided(
        self, register: Register, terms: Record, question: Question, first: date, days: float
    ) -> Stretch:
        verdicts = self._verdicts(register, terms, question)
        on, cap = self._is_on(terms, verdicts), None
        if not on and terms["above_cap"] == "at_cap" and question.price is not None:
            lowered = self._at_cap(question, verdicts)
            if lowered is not None:
                again = self._verdicts(register, terms, replace(question, price=lowered))
                on = self._is_on(terms, again)
                cap = lowered.value if on else None
        levies = tuple(levy for one in verdicts for levy in one.levies)
        unsure = tuple(one for one in verdicts if one.word != "allowed")
        return Stretch(first, days, on, unsure, cap, levies)

    def _verdicts(self, register: Register, terms: Record, question: Question) -> list[Verdict]:
        """Verdicts of the authorities that bind; the same for all days between two on which a rule changes."""
        key = terms["terms"], bisect_right(self.asked[terms["terms"]][1], question.on), question.price
        if key not in self.judged:
            stated = [register.places.find(name) or name for name in names_in(terms["bound_by"])]
            judged = (judge(register, question, name) for name in stated or register.authorities)
            self.judged[key] = [one for one in judged if one is not None]
        return self.judged[key]

    def _is_on(self, terms: Record, verdicts: list[Verdict]) -> bool:
        words = {one.word for one in verdicts}
        if "forbidden" in words:
            return False
        return words <= {"allowed"} or terms["when_unknown"] == "allowed"

    def _at_cap(self, question: Question, verdicts: list[Verdict]) -> Price | None:
        """The price lowered to the least cap that it breaks; None where it breaks none."""
        price = question.price
        assert price is not None
        caps = [
            float(step.record["value"]) / _in_cap_uom(step.record["price_uom"], price)
            for one in verdicts
            for step in one.steps
            if step.decides and step.role == "caps" and step.record["value"] is not None
        ]
        return replace(price, value=min(caps)) if caps and min(caps) < price.value else None

    def _effect(
        self,
        kind: str,
        name: str,
        step: str,
        period: int,
        before: float,
        lot: int,
        terms: Record,
        stretches: tuple[Stretch, ...],
    ) -> RuleEffect:
        share = _share(terms["within_period"], stretches)
        caps = [part.cap for part in stretches if part.cap is not None and part.on]
        price = before
        if caps and share > 0.0:
            network = self.build.network
            density = network.lots[lot].density_t_per_m3
            scale = network.money.factor(_CAP_UOM, network.stream_of(lot).uom, density, period)
            price = min(caps) * scale
        return RuleEffect(kind, name, step, period, share, price, before, stretches)

    def _levies(
        self, effects: list[RuleEffect], terms: Record, lot: int, prices: FloatArray
    ) -> dict[str, FloatArray]:
        """Levies as cost items, in currency of the case per uom of the stream: those that are sure, by their days."""
        found: dict[str, FloatArray] = {}
        if terms["levies"] != "added":
            return found
        stream_uom = self.build.network.stream_of(lot).uom
        for effect in effects:
            days = sum(part.days for part in effect.stretches)
            for part in effect.stretches:
                for levy in (one for one in part.levies if one.sure):
                    item = found.setdefault(f"levy {levy.rule}", np.zeros(self.build.count))
                    amount = self._levy(levy, stream_uom, lot, effect.period, prices)
                    item[effect.period] += amount * part.days / days
        return found

    def _levy(self, levy: Levy, stream_uom: str, lot: int, period: int, prices: FloatArray) -> float:
        if levy.uom == "%":
            return levy.value / 100.0 * float(prices[period])
        density = self.build.network.lots[lot].density_t_per_m3
        try:
            return levy.value * self.build.network.money.factor(levy.uom, stream_uom, density, period)
        except DataError as error:
            self.build.fault(self.register.where("rules", levy.record, "price_uom"), error)
            return 0.0

    def _remarks(self, effects: list[RuleEffect], one: Tranche | Tier, terms: Record) -> None:
        """Tell the planner what was decided for him: unsure verdicts, changes within a period, commitments cut."""
        where = self.case.table("trade_terms").where(terms)
        for effect in effects:
            when = f"{effect.name} in {self.build.periods[effect.period]}"
            told = [*_unsure(effect, when), *_turns(effect, when, terms["within_period"])]
            if terms["levies"] == "added":
                told += _uncounted(effect, when)
            if effect.share < 1.0 and one.lower[effect.period] > 0.0:
                kind = "purchase" if effect.kind == "offer" else "sale"
                told.append(
                    f"the least {kind} of {when} is cut to {effect.share:.0%}: the law is in the way."
                )
            for what in told:
                self._tell(where, what)

    def _tell(self, where: str, what: str) -> None:
        if (where, what) not in self._told:
            self._told.add((where, what))
            self.build.remarks.append(Finding(where, what, "", "note"))


def _unsure(effect: RuleEffect, when: str) -> Iterator[str]:
    """Verdicts that were unknown or conditional, so that the case decided."""
    for part in effect.stretches:
        unsure = [one for one in part.verdicts if one.word in ("unknown", "conditional")]
        if unsure and len(unsure) == len(part.verdicts) and part.cap is None:
            told = "; ".join(f"{one.authority}: {one.word}, {one.because}" for one in unsure)
            done = "traded" if part.on else "not traded"
            yield f"{when} is {done}, as when_unknown says. {told}."


def _turns(effect: RuleEffect, when: str, how: str) -> Iterator[str]:
    """The first day within a period on which a trade is switched on or off."""
    for before, after in pairwise(effect.stretches):
        if before.on != after.on:
            left = f"{how} leaves {effect.share:.0%} of its limits"
            yield f"the law on {when} changes on {after.first}; {left}."
            return


def _uncounted(effect: RuleEffect, when: str) -> Iterator[str]:
    """Levies that nobody verified and that are therefore in no cost."""
    names = dict.fromkeys(one.rule for part in effect.stretches for one in part.levies if not one.sure)
    if names:
        yield f"{when}: not counted, because not verified: {', '.join(names)}."


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


def _share(how: str, stretches: tuple[Stretch, ...]) -> float:
    days = sum(part.days for part in stretches)
    on = sum(part.days for part in stretches if part.on)
    if how == "share_of_days":
        return on / days
    return float(on == days) if how == "every_day" else float(on > 0.0)


def _limits(one: Tranche | Tier, effects: list[RuleEffect]) -> tuple[FloatArray, FloatArray]:
    """Least and greatest quantities times what the rules leave of them."""
    share = np.array([effect.share for effect in effects])
    with np.errstate(invalid="ignore"):
        upper = np.where(share > 0.0, one.upper * share, 0.0)
    return one.lower * share, upper


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
