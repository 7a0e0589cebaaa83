"""Cost lines in whole cents, so that sums hold to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from netback.supply.rows import FreightRate

Per = Literal["ship", "t", "value"]


def cents(amount: float | Decimal) -> int:
    """Whole cents of an amount of money, half cents to the even one."""
    return int(
        (Decimal(repr(amount) if isinstance(amount, float) else amount) * 100).quantize(1, ROUND_HALF_EVEN)
    )


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost of a voyage.

    ``low_usd`` and ``high_usd`` are the ends of the amount where the rate behind it has a range. ``per`` says what
    it grows with: each ship, each tonne of cargo, or the value of the cargo; ``rate`` is
    USD per ship, USD/t or a share. ``amount_usd`` is None where it grows with a value that is not known.
    """

    name: str
    group: str
    per: Per
    rate: float
    amount_usd: float | None
    note: str = ""
    low_usd: float | None = None
    high_usd: float | None = None

    @classmethod
    def ship(
        cls,
        name: str,
        group: str,
        usd: float,
        note: str = "",
        low_usd: float | None = None,
        high_usd: float | None = None,
    ) -> CostLine:
        """A cost of the whole ship [USD], with the ends of its range where these are known."""
        return cls(name, group, "ship", usd, cents(usd) / 100, note, low_usd, high_usd)

    @property
    def range_usd(self) -> tuple[float, float]:
        """Ends of the amount [USD]; both are the amount itself where no range is known.

        Raises
        ------
        ValueError
            If the amount grows with a value that is not known.
        """
        if self.amount_usd is None:
            raise ValueError(f"{self.name} is a share of a value that is not known")
        low = self.amount_usd if self.low_usd is None else self.low_usd
        return low, self.amount_usd if self.high_usd is None else self.high_usd

    @classmethod
    def tonne(cls, name: str, group: str, usd_per_t: float, cargo_t: float, note: str = "") -> CostLine:
        """A cost of each tonne [USD/t]."""
        return cls(name, group, "t", usd_per_t, cents(usd_per_t * cargo_t) / 100, note)

    @classmethod
    def share(cls, name: str, group: str, share: float, value_usd: float | None, note: str = "") -> CostLine:
        """A share of the value of the cargo."""
        amount = None if value_usd is None else cents(share * value_usd) / 100
        return cls(name, group, "value", share, amount, note)


def total_usd(lines: Iterable[CostLine]) -> float:
    """Sum of the lines whose amount is known [USD], exact to the cent."""
    return sum(cents(line.amount_usd) for line in lines if line.amount_usd is not None) / 100


def hired(name: str, group: str, rate: FreightRate, days: float, note: str = "") -> CostLine:
    """Hire of a ship [USD] over so many days, with the range of the rate."""
    ends = [None if end is None else end * days for end in (rate.low, rate.high)]
    return CostLine.ship(name, group, rate.amount * days, note, *ends)


def rates(lines: Iterable[CostLine], per: Per) -> float:
    """Sum of the rates of the lines that grow with one thing."""
    return sum(line.rate for line in lines if line.per == per)


def rounded_to_sum(values: Sequence[float], digits: int) -> list[float]:
    """Round values so that the rounded ones add up to the rounded sum (largest remainders get the last units).

    Balinski, M. L. and Young, H. P. (1982). Fair Representation, ch. 3 (Hamilton's method).
    """
    scale = 10**digits
    exact = [value * scale for value in values]
    floors = [int(value // 1) for value in exact]
    missing = round(sum(exact)) - sum(floors)
    order = sorted(range(len(values)), key=lambda place: floors[place] - exact[place])
    for place in order[:missing]:
        floors[place] += 1
    return [floor / scale for floor in floors]
