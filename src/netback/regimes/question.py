"""A question to the register: what is traded, from where to where, by whom, when and at what price.

What is not stated is not guessed, with three exceptions that every answer repeats: between countries that have a coast
the cargo goes by sea, a price without uom is in USD/bbl, and one without basis is fob.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from netback import uom
from netback.case.values import CellError, parse_price
from netback.errors import DataError, Finding, closest
from netback.regimes.names import folded
from netback.regimes.register import Register

TRANSPORTS = ("sea", "pipeline", "rail", "road")
#: The bloc of countries without a coast: nothing is taken to come from there, or to go there, by sea.
LANDLOCKED = "landlocked"
SELLER_KINDS = ("producer", "reseller")
_SELLER_WORDS = {
    "producer": "producer",
    "producers": "producer",
    "refiner": "producer",
    "refinery": "producer",
    "oil company": "producer",
    "manufacturer": "producer",
    "reseller": "reseller",
    "resellers": "reseller",
    "re seller": "reseller",
    "trader": "reseller",
    "independent trader": "reseller",
    "non producer": "reseller",
    "nonproducer": "reseller",
    "intermediary": "reseller",
}
_TRANSPORT_WORDS = {"sea": "sea", "seaborne": "sea", "ship": "sea", "tanker": "sea", "vessel": "sea"} | {
    "pipeline": "pipeline", "pipe": "pipeline", "rail": "rail", "train": "rail", "road": "road", "truck": "road",
}  # fmt: skip
_BASES = {"fob": "fob", "free on board": "fob"} | dict.fromkeys(
    ("delivered", "cif", "cfr", "c&f", "des", "dap", "dat", "cip", "landed"), "delivered"
)
#: A misspelt party is a fault only when a known name is as near as this; others are parties on no list.
_NEAR = 0.75


@dataclass(frozen=True)
class Price:
    """A price on its basis. ``density_t_per_m3`` [t/m3] is needed only between mass and volume."""

    value: float
    price_uom: str = "USD/bbl"
    basis: str = "fob"
    density_t_per_m3: float | None = None

    def in_uom(self, price_uom: str) -> float:
        """Return the price in another uom of the same currency.

        Raises
        ------
        DataError
            If the currencies differ, or a density is needed and missing.
        """
        own, wanted = parse_price(self.price_uom), parse_price(price_uom)
        if own.currency != wanted.currency:
            what = f"the price is in {self.price_uom}, the cap in {price_uom}."
            raise DataError(Finding("price", what, f"State the price in {wanted.currency}."))
        try:
            factor = uom.factor(wanted.uom, own.uom, self.density_t_per_m3)
        except DataError as error:
            what = f"the price is per {own.uom}, the cap per {wanted.uom}. {error.findings[0].what}"
            hint = f"State the price in {price_uom}, or a density."
            raise DataError(Finding("price", what, hint)) from None
        # A price that equals the cap is at the cap, whatever the rounding of the conversion.
        return float(f"{self.value * factor:.12g}")


@dataclass(frozen=True)
class Question:
    """One question. Names are those of the register; None where it is not told.

    ``seller`` is the name of a party, ``seller_kind`` producer or reseller; ``flag`` and ``insurer`` are countries
    or blocs. ``transport`` is None where nobody says how goods go to or from a country without a coast.
    """

    goods: str
    origin: str
    destination: str
    on: date
    seller: str | None = None
    seller_kind: str | None = None
    price: Price | None = None
    transport: str | None = "sea"
    flag: str | None = None
    insurer: str | None = None
    vessel: str | None = None
    payment: str | None = None
    signed_on: date | None = None
    loaded_on: date | None = None
    delivered_on: date | None = None
    circumstances: frozenset[str] = frozenset()
    taken: tuple[str, ...] = field(default=(), compare=False)


def ask(
    register: Register,
    *,
    cargo: str,
    origin: str,
    destination: str,
    on: date | str,
    seller: str | None = None,
    price: float | None = None,
    price_uom: str | None = None,
    price_basis: str | None = None,
    density_t_per_m3: float | None = None,
    transport: str | None = None,
    flag: str | None = None,
    insurer: str | None = None,
    vessel: str | None = None,
    payment: str | None = None,
    contract_date: date | str | None = None,
    loaded_on: date | str | None = None,
    delivered_on: date | str | None = None,
    circumstances: Iterable[str] = (),
) -> Question:
    """Make a question of what people write: synonyms of goods, places and sellers, dates as text.

    Parameters
    ----------
    price, price_uom, price_basis
        Price [USD/bbl unless told], fob unless told.
    density_t_per_m3
        Density [t/m3 at 15 C], to compare a price per tonne with a cap per barrel.

    Raises
    ------
    DataError
        With every name, date and uom that cannot be understood, and the closest name.
    """
    reader = _Reader(register)
    way = reader.word("by", transport, _TRANSPORT_WORDS)
    found = Question(
        goods=reader.named("cargo", cargo, register.goods.find, register.goods.names.hint),
        origin=reader.place("from", origin),
        destination=reader.place("to", destination),
        on=reader.day("on", on) or date.min,
        seller=reader.seller(seller),
        seller_kind=reader.seller_kind(seller),
        price=reader.price(price, price_uom, price_basis, density_t_per_m3),
        transport=way,
        flag=reader.place("flag", flag) or None,
        insurer=reader.place("insurer", insurer) or None,
        vessel=reader.vessel(vessel),
        payment=payment.strip().casefold() if payment and payment.strip() else None,
        signed_on=reader.day("contract-date", contract_date),
        loaded_on=reader.day("loaded-on", loaded_on),
        delivered_on=reader.day("delivered-on", delivered_on),
        circumstances=frozenset(reader.circumstance(name) for name in circumstances),
        taken=tuple(_taken(price, price_uom, price_basis)),
    )
    if way is None:
        found = _by_sea(register, found)
    reader.check_order(found)
    if reader.findings:
        raise DataError(reader.findings, "the question")
    return found


def _by_sea(register: Register, found: Question) -> Question:
    """The question with the sea as its way, unless it goes from or to a country that has no coast."""
    ends = (found.origin, found.destination)
    inland = [place for place in ends if register.places.is_in(place, LANDLOCKED, found.on)]
    if not inland:
        return replace(found, transport="sea", taken=("by sea", *found.taken))
    have = "have" if len(inland) > 1 else "has"
    return replace(
        found, taken=(f"no way ({' and '.join(inland)} {have} no coast; name one with --by)", *found.taken)
    )


def _taken(price: float | None, price_uom: str | None, price_basis: str | None) -> Iterable[str]:
    if price is not None and not price_uom:
        yield "price in USD/bbl"
    if price is not None and not price_basis:
        yield "price fob"


def _money(text: str | None) -> str:
    """Spell a price uom as the tables do: ``$/bbl`` and ``usd/bbl`` are USD/bbl."""
    currency, slash, amount = (text or "").strip().replace("$", "USD").partition("/")
    return f"{currency.strip().upper()}{slash}{amount.strip()}"


class _Reader:
    """Reads the parts of a question and keeps the faults."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.findings: list[Finding] = []

    def fault(self, where: str, what: str, hint: str = "") -> None:
        self.findings.append(Finding(where, what, hint))

    def named(
        self, where: str, text: str, find: Callable[[str], str | None], hint: Callable[[str], str]
    ) -> str:
        found = find(text)
        if found is None:
            self.fault(where, f'"{text}" is not known.', hint(text) or "See: netback may --names.")
        return found or text

    def place(self, where: str, text: str | None) -> str:
        if not text or not text.strip():
            return ""
        places = self.register.places
        return self.named(where, text, places.find, places.names.hint)

    def day(self, where: str, text: date | str | None) -> date | None:
        if text is None or isinstance(text, date):
            return text
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip(), re.ASCII):
                raise ValueError
            return date.fromisoformat(text.strip())
        except ValueError:
            self.fault(where, f'"{text}" is no day.', "Write year, month and day as 2024-12-15.")
            return None

    def word(self, where: str, text: str | None, words: dict[str, str]) -> str | None:
        if not text or not text.strip():
            return None
        found = words.get(text.strip().casefold())
        if found is None:
            known = ", ".join(dict.fromkeys(words.values()))
            self.fault(where, f'"{text}" is not known.', f"{closest(text, words)} Known: {known}.".strip())
        return found

    def seller_kind(self, text: str | None) -> str | None:
        if not text:
            return None
        if (kind := _SELLER_WORDS.get(folded(text))) is not None:
            return kind
        party = self.register.parties.get(self.register.party_names.find(text) or "")
        return party["kind"] if party is not None and party["kind"] in SELLER_KINDS else None

    def seller(self, text: str | None) -> str | None:
        if not text or not text.strip() or folded(text) in _SELLER_WORDS:
            return None
        return self._party("seller", text, SELLER_KINDS)

    def vessel(self, text: str | None) -> str | None:
        if not text or not text.strip():
            return None
        return self._party("vessel", text, ())

    def _party(self, where: str, text: str, words: Iterable[str]) -> str:
        """Return the party of a name; a name near to none is that of a party that nobody listed."""
        names = self.register.party_names
        found = names.find(text)
        if found is not None:
            return found
        spellings = {**names.known, **{folded(word): word for word in (*words, *_SELLER_WORDS)}}
        if near := get_close_matches(folded(text), spellings, 1, _NEAR):
            self.fault(where, f'"{text}" is not known.', f'Closest name: "{spellings[near[0]]}".')
        return text.strip()

    def circumstance(self, text: str) -> str:
        known = self.register.circumstances
        name = folded(text).replace(" ", "_")
        if name not in known:
            self.fault(
                "with", f'"{text}" is no circumstance.', closest(name, known) or f"Known: {', '.join(known)}."
            )
        return name

    def price(
        self, value: float | None, price_uom: str | None, basis: str | None, density: float | None
    ) -> Price | None:
        told = _money(price_uom) or "USD/bbl"
        known = _BASES.get((basis or "fob").strip().casefold())
        if known is None:
            self.fault("price-basis", f'"{basis}" is no basis of a price.', "Write fob or delivered.")
        try:
            if parse_price(told).is_share:
                raise CellError("% is a share of a price, and here is none.")
        except CellError as error:
            self.fault("price-uom", error.what, error.hint)
        if value is None:
            if price_uom or basis:
                self.fault("price", "a uom or a basis is given, and no price.", "Add the price.")
            return None
        if not 0.0 <= value < 1e9:
            self.fault("price", f"{value:g} is no price.", "Write a number from 0 on.")
        if density is not None and not 0.3 <= density <= 2.0:
            self.fault("density", f"{density:g} t/m3 is no density of a cargo.", "Write about 0.7 to 1.1.")
        return Price(value, told, known or "fob", density)

    def check_order(self, question: Question) -> None:
        """Note dates out of order: a contract comes before loading, and loading before delivery."""
        dated: list[tuple[str, Any]] = [
            ("contract-date", question.signed_on),
            ("loaded-on", question.loaded_on),
            ("delivered-on", question.delivered_on),
        ]
        told = [(where, day) for where, day in dated if day is not None]
        if question.loaded_on is None and question.signed_on is not None and question.signed_on > question.on:
            what = f"the contract is signed on {question.signed_on}, after the day asked for, {question.on}."
            self.fault("contract-date", what, "Put the dates in order of time.")
        for (before, first), (after, second) in pairwise(told):
            if second < first:
                self.fault(after, f"{second} is before {before} {first}.", "Put the dates in order of time.")
