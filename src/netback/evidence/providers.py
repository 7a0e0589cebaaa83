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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from netback.evidence.values import Value

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
