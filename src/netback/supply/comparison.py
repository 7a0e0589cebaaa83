"""Cargoes beside each other at the gate, and beside what others say of them. All in USD/bbl loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netback.errors import DataError, Finding
from netback.supply.data import SupplyData
from netback.supply.landed_cost import LandedCost


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one or two cargoes [USD/bbl], with the ends that the ranges of the inputs allow."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClaimBeside:
    """A claim and the calculation beside it [USD/bbl].

    ``verdict`` says ``meets`` if the value lies in the claimed range, ``can meet`` if only the ranges overlap, and
    ``outside`` else.
    """

    claim: str
    landing: str
    against: str | None
    measure: str
    claimed_low: float
    claimed_high: float
    here: Measured
    verdict: str
    source: str


def measure(kind: str, cost: LandedCost, other: LandedCost | None = None) -> Measured:
    """Work out one measure.

    ``lightering`` is the cost of lightering of ``cost``; ``difference`` what ``other`` costs more at the gate;
    ``difference_before_lightering`` the same without the lightering of both.

    Raises
    ------
    DataError
        If a difference has no other cargo, or barrels are not known.
    """
    if kind == "lightering":
        value = cost.lightering_usd / _barrels(cost)
        ends = [end / _barrels(cost) for end in cost.lightering_range_usd]
        return Measured(value, *ends)
    if other is None:
        raise DataError(Finding("landed_claims.csv", "a difference needs two cargoes.", "Fill against."))
    mine, theirs = _ends(cost), _ends(other)
    if kind == "difference_before_lightering":
        mine, theirs = (
            [end - part for end, part in zip(ends, _light_ends(one), strict=True)]
            for ends, one in ((mine, cost), (theirs, other))
        )
    return Measured(theirs[0] - mine[0], theirs[1] - mine[2], theirs[2] - mine[1])


def claims_beside(data: SupplyData, costs: Sequence[LandedCost]) -> tuple[ClaimBeside, ...]:
    """Every claim of ``landed_claims`` about the cargoes given, with the calculation beside it."""
    known = {cost.landing.landing: cost for cost in costs}
    found = []
    for record in data.tables["landed_claims"].records:
        if record["landing"] not in known or record["against"] not in (None, *known):
            continue
        other = known[record["against"]] if record["against"] is not None else None
        here = measure(record["measure"], known[record["landing"]], other)
        low = record["reported"] if record["claimed_low"] is None else record["claimed_low"]
        high = record["reported"] if record["claimed_high"] is None else record["claimed_high"]
        found.append(
            ClaimBeside(
                record["claim"],
                record["landing"],
                record["against"],
                record["measure"],
                low,
                high,
                here,
                _verdict(here, low, high),
                record["source"] or "",
            )
        )
    return tuple(found)


def _verdict(here: Measured, low: float, high: float) -> str:
    if low <= here.value <= high:
        return "meets"
    return "can meet" if here.low <= high and low <= here.high else "outside"


def _barrels(cost: LandedCost) -> float:
    if cost.landing.bbl_per_t is None:
        what = f'landing "{cost.landing.landing}" states no bbl_per_t.'
        raise DataError(Finding(cost.landing.where, what, "Fill bbl_per_t."))
    return cost.landing.cargo_t * cost.landing.bbl_per_t


def _ends(cost: LandedCost) -> list[float]:
    """Delivered cost per barrel: value, low, high."""
    usd = (cost.delivered_usd, cost.low_delivered_usd, cost.high_delivered_usd)
    return [end / _barrels(cost) for end in usd]


def _light_ends(cost: LandedCost) -> list[float]:
    ends = (cost.lightering_usd, *cost.lightering_range_usd)
    return [end / _barrels(cost) for end in ends]
