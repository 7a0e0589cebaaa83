"""Answers from outside the register: a voyage, a rule, a plan. The protocol that the layers above fill.

A provider is a function with a name, for example ``voyage(origin, destination, via, speed_kn)``. It gives an
:class:`Answer` with named fields: ``voyage(...).days``. A calculation may call any provider that the caller of
:func:`netback.evidence.verdicts.verify` hands over; one that is not handed over makes the reading of the claim
that needs it untold, never wrong.

Names that calculations of the shipped register use, with their fields:

=========================== =====================================================  =========================
provider                    arguments                                              fields
=========================== =====================================================  =========================
voyage                      origin, destination, via, speed_kn                     days, distance_nm
largest_cargo_t             port, berth                                            (one number [t])
lightering_cost_usd_per_bbl port, mother_t, parcels                                (one number [USD/bbl])
may                         cargo, origin, destination, seller, date               (allowed, forbidden, ...)
plan                        case, table, column, and the rows as product=...       (one number)
case                        case, table, row, column                               (one number with its range)
=========================== =====================================================  =========================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from inspect import signature
from itertools import product
from typing import Any, Protocol

from netback.errors import NetbackError
from netback.evidence.values import Day, ExpressionError, MissingError, Quantity, Value, Word, united

#: Field of an answer that stands for the answer itself.
ALONE = ""


@dataclass(frozen=True)
class Answer:
    """What a provider says: values by field, and on what they rest, in a few words."""

    fields: Mapping[str, Value]
    said: str = ""


class Provider(Protocol):
    """A named function that answers from outside the register."""

    @property
    def name(self) -> str:
        """Name in an expression."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the arguments in order; ``**`` as the last one takes any further named ones."""
        ...

    def __call__(self, arguments: Mapping[str, Value]) -> Answer:
        """Answer.

        Raises
        ------
        MissingError
            If it cannot be told, with the reason.
        ExpressionError
            If the arguments are wrong.
        """
        ...


#: Providers by name.
Providers = Mapping[str, Provider]

#: What is known of providers that a register may name before the layers above fill them.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "voyage": ("origin", "destination", "via", "speed_kn"),
    "largest_cargo_t": ("port", "berth"),
    "lightering_cost_usd_per_bbl": ("port", "mother_t", "parcels"),
    "may": ("cargo", "origin", "destination", "seller", "date"),
    "plan": ("case", "table", "column", "**"),
    "case": ("case", "table", "row", "column"),
}

#: Kinds of an argument or a field that are no uom.
WORD, DAY = "word", "day"


@dataclass(frozen=True)
class FunctionProvider:
    """A provider made of a plain Python function, for the layers above.

    ``takes`` names the parameters in order, each with its uom, ``word`` or ``day``; the function gets them by name as
    float in that uom, text or :class:`datetime.date`, those that the calculation leaves out not at all. ``gives``
    names the fields of the mapping that it returns in the same way; the field ``""`` stands for the answer itself.

    A number or day with a range is asked at both of its ends, every combination of ends of several, and the answers
    are united. That is the whole range for a function that rises or falls with each of them, as a voyage does with
    speed.
    """

    name: str
    takes: Mapping[str, str]
    gives: Mapping[str, str]
    function: Callable[..., Mapping[str, Any]]
    said: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the arguments in order."""
        return tuple(self.takes)

    def __call__(self, arguments: Mapping[str, Value]) -> Answer:
        """Ask the function at every combination of ends.

        Raises
        ------
        MissingError
            If the function cannot answer, with the first finding of its :class:`NetbackError`.
        ExpressionError
            If an argument is of another kind than the parameter.
        """
        ends = {name: _ends(self.name, name, value, self.takes[name]) for name, value in arguments.items()}
        found = [self._asked(dict(zip(ends, one, strict=True))) for one in product(*ends.values())]
        return Answer({name: united(answer[name] for answer in found) for name in found[0]}, self.said)

    def _asked(self, arguments: Mapping[str, Any]) -> dict[str, Value]:
        try:
            signature(self.function).bind(**arguments)
        except TypeError:
            raise ExpressionError(f"{self.name} needs more arguments: {', '.join(self.takes)}.") from None
        try:
            answer = self.function(**arguments)
        except NetbackError as fault:
            raise MissingError(f"{self.name}(...) cannot be told: {fault.findings[0]}") from None
        strange = set(answer) - set(self.gives)
        if strange:
            raise ValueError(f"{self.name} gives {', '.join(sorted(strange))}, which it does not declare")
        return {name: _value(self.gives[name], value) for name, value in answer.items()}


def _ends(provider: str, name: str, value: Value, kind: str) -> tuple[Any, ...]:
    """The ends of an argument as plain Python values, once where they are the same."""
    if kind == WORD and isinstance(value, Word) and len(value.words) == 1:
        return tuple(value.words)
    if kind == DAY and isinstance(value, Day):
        return tuple(dict.fromkeys((value.first, value.last)))
    if kind not in (WORD, DAY) and isinstance(value, Quantity):
        ends = value.within(kind)
        return tuple(dict.fromkeys((ends.low, ends.high)))
    wanted = {WORD: "a word in quotes", DAY: "a day"}.get(kind, f"a number in {kind or 'no uom'}")
    raise ExpressionError(f"{name} of {provider} is {wanted}.")


def _value(kind: str, value: Any) -> Value:
    if kind == WORD:
        return Word.of(str(value))
    if kind == DAY:
        assert isinstance(value, date)
        return Day(value, value)
    low, high = value if isinstance(value, tuple) else (value, value)
    return Quantity.of(float(low), float(high), kind)
