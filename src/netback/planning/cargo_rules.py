"""Rules of law on cargoes: which days a way, its ships and its services may load, by terms that name a cargo.

A cargo is a way to ship an offer: a port of loading, a route, a class of ship, and with its terms a flag, an insurer
and a seller. The law is asked for every day on which it may load, with the day on which its last part arrives:

    on(d)     every authority that binds allows the ship that loads on d, on the days that asked_on names
    slots     cut to the days with on(d) = 1; a laycan without such a day has no slot, so no ship

Nothing is spread over a period: a ship loads on a day. The price is that of the offer in the month of loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from netback.case.table import Record
from netback.errors import DataError
from netback.planning.trade_law import RuleEffect, Stretch, TradeLaw, unsure_told
from netback.refinery.build import Build
from netback.refinery.purchases import Tranche
from netback.regimes.question import Price
from netback.supply.cargo_options import Cargo, Loading, Slot
from netback.supply.cargoes import Cargoes, with_cargoes


def apply_cargo_rules(
    build: Build, found: Cargoes, tranches: list[Tranche]
) -> tuple[Cargoes, tuple[RuleEffect, ...]]:
    """Cargoes as the rules leave them; themselves where no terms name a cargo. Findings and remarks go to ``build``."""
    terms = {
        record["cargo"]: record
        for record in build.network.case.table("trade_terms").records
        if record["cargo"] is not None
    }
    if not terms:
        return found, ()
    reader = _CargoTerms(build, tranches)
    cargoes = [reader.cargo(one, terms[one.name]) if one.name in terms else one for one in found.cargoes]
    return with_cargoes(found, cargoes), tuple(reader.effects)


@dataclass(frozen=True)
class _Day:
    """A day of loading with its slot and what the law says of it."""

    day: date
    slot: Slot
    told: Stretch


class _CargoTerms:
    """Asks the law for every day of every cargo with terms."""

    def __init__(self, build: Build, tranches: list[Tranche]) -> None:
        self.build, self.tranches = build, tranches
        self.law = TradeLaw.of(build)
        self.effects: list[RuleEffect] = []

    def cargo(self, cargo: Cargo, terms: Record) -> Cargo:
        """A cargo as the rules leave it."""
        try:
            loadings = tuple(
                loading if loading is None else self._loading(cargo, loading, period, terms)
                for period, loading in enumerate(cargo.loadings)
            )
        except DataError as error:
            self.build.fault(self.build.network.case.table("trade_terms").where(terms), error)
            return cargo
        self._tell(cargo, terms)
        return replace(cargo, loadings=loadings)

    def _loading(self, cargo: Cargo, loading: Loading, period: int, terms: Record) -> Loading:
        if not loading.slots:
            return loading
        value, price = self._price(cargo, period)
        days = [
            _Day(day, slot, self.law.voyage(terms, day, arrival, price))
            for slot in loading.slots
            for day, arrival in _days(slot)
        ]
        left = sum(one.told.on for one in days) / len(days)
        stretches = tuple(_stretches(days))
        self.effects.append(RuleEffect("cargo", cargo.name, "", period, left, value, value, stretches))
        least = loading.min_ships
        if left == 0.0 and least > 0.0:
            least = 0.0
            what = (
                f"{cargo.name} in {self.build.periods[period]} cannot load as it must: the law is in the way."
            )
            self.law.remark(self._where(terms), what)
        return replace(loading, slots=tuple(_cut(days)), min_ships=least)

    def _price(self, cargo: Cargo, period: int) -> tuple[float, Price | None]:
        """Price of the offer in a period, in currency of the case per uom of the stream, and as the law reads it."""
        for tranche in self.tranches:
            record = tranche.line[period]
            if tranche.offer == cargo.offer and record is not None:
                value = float(tranche.price[period])
                return value, self.law.price(cargo.lot, period, value, record.get("price_basis"))
        return 0.0, None

    def _where(self, terms: Record) -> str:
        return self.build.network.case.table("trade_terms").where(terms)

    def _tell(self, cargo: Cargo, terms: Record) -> None:
        """Tell the planner what when_unknown decided and which laycans the law cuts short: alike months together."""
        mine = [effect for effect in self.effects if effect.name == cargo.name]
        told: dict[str, dict[str, None]] = {}
        for effect in mine:
            for what in [*unsure_told(effect), *_short(effect)]:
                told.setdefault(what, {})[self.build.periods[effect.period]] = None
        for what, periods in told.items():
            self.law.remark(self._where(terms), f"{cargo.name} in {', '.join(periods)}{what}")


def _days(slot: Slot) -> Iterator[tuple[date, date]]:
    """Days of loading of a slot, each with the day on which the last part arrives."""
    way = max(slot.dates) - slot.first
    for offset in range((slot.last - slot.first).days + 1):
        day = slot.first + timedelta(days=offset)
        yield day, day + way


def _cut(days: list[_Day]) -> Iterator[Slot]:
    """Slots of the days on which the ship may load."""
    for (slot, on), group in groupby(days, key=lambda one: (one.slot, one.told.on)):
        if on:
            allowed = [one.day for one in group]
            later = allowed[0] - slot.first
            dates = tuple(arrival + later for arrival in slot.dates)
            yield replace(slot, first=allowed[0], last=allowed[-1], dates=dates)


def _stretches(days: list[_Day]) -> Iterator[Stretch]:
    """Days in a row of which the law says the same."""
    for _, group in groupby(days, key=lambda one: (one.told.on, one.told.verdicts, one.told.levies)):
        alike = list(group)
        yield replace(alike[0].told, days=len(alike))


def _short(effect: RuleEffect) -> Iterator[str]:
    """What is left of a laycan of which the law takes a part."""
    if 0.0 < effect.share < 1.0:
        open_days = [part for part in effect.stretches if part.on]
        spans = ", ".join(
            f"{part.first} to {part.first + timedelta(days=part.days - 1)}" for part in open_days
        )
        yield f": the law leaves these days of loading: {spans}."
