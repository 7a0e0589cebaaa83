"""What a cargo of one period was worth, as found: see :mod:`netback.studies.lifting`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from netback.program.problem import FloatArray
from netback.studies.asked import Asked, Question


@dataclass(frozen=True)
class Known:
    """A plan: its margin, a bound on the best one, and its columns float (n,)."""

    value: float
    bound: float
    x: FloatArray


@dataclass(frozen=True)
class Lift:
    """What a cargo (a volume, the first barrel) of one period was worth; money in currency of the case per ``per``.

    ``word`` is lift, leave, cannot tell (the interval holds the price), out of reach (no plan has it), must (no plan
    does without it), not on offer. ``break_even`` with its ends ``low`` and ``high`` and ``price`` are on ``basis``;
    ``landed`` is what it costs at the gate at its price, ``worth`` what it may cost there. ``offer`` and ``cargo`` are
    how it would come, ``volume`` [uom of the stream] how much. ``planned`` is what the best plan has of it: ships or
    volume. ``margin_with`` and ``margin_without`` [currency] are those of the best plans at the price as it stands.
    ``next`` and ``last`` are the break-even of the next and the last barrel of the best plan, where slopes are defined.
    ``plans`` are whole numbers of ships, float (integers,), of the plans found with and without it.
    """

    question: Question
    word: str
    uom: str
    per: str
    per_volume: float
    planned: float = 0.0
    offer: str = ""
    cargo: str = ""
    basis: str = ""
    volume: float = math.nan
    price: float = math.nan
    price_low: float = math.nan
    price_high: float = math.nan
    price_status: str = ""
    price_source: str = ""
    headroom: float = math.nan
    low: float = math.nan
    high: float = math.nan
    landed: float = math.nan
    worth: float = math.nan
    margin_with: float = math.nan
    margin_without: float = math.nan
    next: float | None = None
    last: float | None = None
    plans: tuple[FloatArray, ...] = field(default=(), repr=False, compare=False)

    @property
    def break_even(self) -> float:
        """The price at which lifting it is as good as leaving it; NaN where there is none."""
        return self.price + self.headroom

    @property
    def is_edge(self) -> bool:
        """Whether the verdict hangs on the price alone: the break-even lies within what is known of it."""
        return self.price_low <= self.break_even <= self.price_high and self.price_low < self.price_high


@dataclass(frozen=True)
class Lifting:
    """All periods of a crude, and the best plan of all.

    ``margin`` and ``bound`` are those of the best plan, ``without`` of the best one with none of the crude beyond what
    must load [currency]; ``gap`` is the relative gap of each plan. With ``alone`` other periods have none of the crude.
    """

    crude: str
    lifts: tuple[Lift, ...]
    margin: float
    bound: float
    without: float | None
    gap: float
    alone: bool = False

    @property
    def known(self) -> tuple[Lift, ...]:
        """Those with a break-even."""
        return tuple(lift for lift in self.lifts if math.isfinite(lift.headroom))

    @property
    def ships(self) -> tuple[FloatArray, ...]:
        """Numbers of ships of the plans found, each float (integers,)."""
        return tuple(numbers for lift in self.lifts for numbers in lift.plans)


def priced_by(asked: Asked, question: Question, offer: str, lift: Lift) -> Lift:
    """With what the row of the offer says of its price."""
    record, price = asked.record(offer, question.period)
    if record is None:
        return lift
    scale = price / lift.per_volume / record["price"] if record["price"] else math.nan
    low, high = (math.nan if record[name] is None else record[name] * scale for name in ("low", "high"))
    return replace(
        lift,
        offer=offer,
        basis=str(record["price_basis"]),
        price_low=low,
        price_high=high,
        price_status=record["status"] or "reported",
        price_source=record["source"] or "",
    )
