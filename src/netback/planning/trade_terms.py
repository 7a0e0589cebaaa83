"""Rules of law in the plan: they switch offers and sales off and cap their prices, by the day of every period.

For every row of trade_terms.csv and every period of its offer or sale the register is asked, once for every stretch of
days on which no rule changes:

    on(d)      see :mod:`netback.planning.trade_law`
    share      every_day: min of on(d); any_day: max of on(d); share_of_days: mean of on(d) over the period
    max, min   x share
    price      with above_cap = at_cap: min(price, cap) where the price alone forbids it

The rules are asked for the day of loading: lead_days before the day of the period. A cargo that is already at sea has
its loaded_on, and is asked for on the day on which it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.planning.trade_law import CAP_UOM, RuleEffect, Stretch, TradeLaw, unsure_told
from netback.refinery.build import Build, FloatArray
from netback.refinery.prices import cost_items, cost_lines
from netback.refinery.purchases import Tranche
from netback.refinery.sales import Tier
from netback.regimes.chain import Levy


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
        self.case = build.network.case
        self.law = TradeLaw.of(build)
        self.effects: list[RuleEffect] = []

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
                price = self.law.price(lot, period, before, record.get("price_basis"))
                start = self._start(period) - timedelta(days=round(terms["lead_days"]))
                days = max(1, int(np.ceil(self.case.horizon.periods[period].days)))
                stretches = tuple(self.law.stretches(terms, start, days, price))
                made.append(self._effect(kind, name, step, period, before, lot, terms, stretches))
        except DataError as error:
            self.build.fault(where, error)
            return None
        self.effects += [effect for effect in made if effect.stretches]
        self._remarks(made, one, terms)
        return made

    def _start(self, period: int) -> date:
        found = self.case.horizon.periods[period]
        if found.start is None:
            what = f"rules are dated, and period {found.name} has no first day."
            raise DataError(Finding("periods.csv, column start", what, "Give the first day of every period."))
        return found.start

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
            scale = network.money.factor(CAP_UOM, network.stream_of(lot).uom, density, period)
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
            self.build.fault(self.law.register.where("rules", levy.record, "price_uom"), error)
            return 0.0

    def _remarks(self, effects: list[RuleEffect], one: Tranche | Tier, terms: Record) -> None:
        """Tell the planner what was decided for him: unsure verdicts, changes within a period, commitments cut."""
        where = self.case.table("trade_terms").where(terms)
        for effect in effects:
            when = f"{effect.name} in {self.build.periods[effect.period]}"
            told = [
                *(f"{when}{what}" for what in unsure_told(effect)),
                *_turns(effect, when, terms["within_period"]),
            ]
            if terms["levies"] == "added":
                told += _uncounted(effect, when)
            if effect.share < 1.0 and one.lower[effect.period] > 0.0:
                kind = "purchase" if effect.kind == "offer" else "sale"
                told.append(
                    f"the least {kind} of {when} is cut to {effect.share:.0%}: the law is in the way."
                )
            for what in told:
                self.law.remark(where, what)


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
