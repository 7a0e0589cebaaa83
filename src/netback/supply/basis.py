"""Prices that state their basis, and conversions that say which items they add.

A price is an amount per tonne or per barrel on a basis: fob, cfr, cif or delivered at the gate. Two prices meet only
on the same basis, in the same currency and per the same amount; anything else raises, because half the quarrels
about prices come from mixing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from netback.errors import DataError, Finding
from netback.supply.landed_cost import BASES, Basis

Per = Literal["t", "bbl"]


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of ``currency`` per ``per`` on ``basis``; ``items`` are what conversions added on the way."""

    value: float
    per: Per
    basis: Basis
    currency: str = "USD"
    items: tuple[tuple[str, float], ...] = ()

    def per_t(self, bbl_per_t: float) -> Price:
        """The same price per tonne, for a cargo of so many barrels in a tonne [bbl/t]."""
        return self if self.per == "t" else self._scaled("t", _above_zero(bbl_per_t))

    def per_bbl(self, bbl_per_t: float) -> Price:
        """The same price per barrel, for a cargo of so many barrels in a tonne [bbl/t]."""
        return self if self.per == "bbl" else self._scaled("bbl", 1.0 / _above_zero(bbl_per_t))

    def to(self, basis: Basis, items: Mapping[str, float]) -> Price:
        """The same price on another basis: the named items [currency per ``per``] stand between the two.

        They are added on the way to the gate and taken off on the way back.

        Raises
        ------
        DataError
            If the basis is the same and items are given, or another and none is.
        """
        steps = BASES.index(basis) - BASES.index(self.basis)
        if bool(steps) != bool(items):
            what = f"from {self.basis} to {basis} " + (
                "no item stands." if items else "at least one item stands."
            )
            raise DataError(
                Finding("price basis", what, "Name the items between the two bases, and no others.")
            )
        sign = 1.0 if steps > 0 else -1.0
        added = tuple((name, sign * amount) for name, amount in items.items())
        return replace(
            self,
            value=self.value + sum(amount for _, amount in added),
            basis=basis,
            items=(*self.items, *added),
        )

    def less(self, other: Price) -> float:
        """What this price is above another [currency per ``per``].

        Raises
        ------
        DataError
            If basis, currency or amount differ: the finding says which.
        """
        for name in ("basis", "currency", "per"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                what = f"one price is {mine}, the other {theirs}."
                raise DataError(Finding(f"price {name}", what, "Convert one of them first."))
        return self.value - other.value

    def _scaled(self, per: Per, factor: float) -> Price:
        items = tuple((name, amount * factor) for name, amount in self.items)
        return replace(self, value=self.value * factor, per=per, items=items)


def against(benchmark: Price, differential: float, basis: Basis) -> Price:
    """Return an outright price: a benchmark and a differential to it [currency per ``per``], negative if below.

    The differential carries its own basis: a discount fob and a discount delivered of one cargo differ by the way.
    """
    return Price(benchmark.value + differential, benchmark.per, basis, benchmark.currency)


def _above_zero(bbl_per_t: float) -> float:
    if not bbl_per_t > 0.0:
        raise DataError(Finding("bbl_per_t", f"{bbl_per_t:g} is not above zero.", "For Urals write 7.3."))
    return bbl_per_t
