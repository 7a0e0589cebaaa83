"""What one more barrel of an offer is worth at the gate: by forcing it in or out and solving again.

For the best margin V(q) with the quantity q of one offer held, the worth of the next barrel is the right derivative
of V plus the delivered price, the worth of the last barrel the left one. V is concave in a linear program, so
worth_next <= worth_last; they are equal where the plan is not degenerate. Both are measured over a small parcel, never
read from one basis, because a degenerate plan has many multipliers. The break-even price is the price at which the
parcel just enters or leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.planning.solve import Plan, fixed_integers
from netback.program.highs import Session
from netback.program.problem import Problem

FloatArray = NDArray[np.float64]

#: Share of all that is bought of the same kind that makes the parcel.
PARCEL_SHARE = 1e-3


@dataclass(frozen=True)
class OfferWorth:
    """Worth of one tranche of an offer in one period.

    Prices are in currency of the case per uom of the stream. ``delivered`` is its price with all items, ``added`` the
    items alone. ``worth_next`` and ``worth_last`` are at the gate; None where the parcel cannot be bought or left out.
    ``parcel`` is the quantity over which they were measured [uom of the stream].
    """

    offer: str
    tranche: str
    period: str
    lot: int
    quantity: float
    delivered: float
    added: float
    worth_next: float | None
    worth_last: float | None
    parcel: float

    @property
    def low(self) -> float | None:
        """Low end of the worth: of the next parcel, or of the last where no more can be taken."""
        return self.worth_last if self.worth_next is None else self.worth_next

    @property
    def high(self) -> float | None:
        """High end of the worth: of the last parcel, or of the next where none is bought."""
        return self.worth_next if self.worth_last is None else self.worth_last

    @property
    def is_point(self) -> bool:
        """Whether both ends agree to a hundredth of a cent per dollar."""
        if self.low is None or self.high is None:
            return False
        return abs(self.high - self.low) <= 1e-4 * max(1.0, abs(self.high))


def offer_worths(plan: Plan, most: int = 200) -> tuple[OfferWorth, ...]:
    """Worth of every offer that the case names, bought or not; at most ``most`` are measured, the first ones.

    Two solves each, from the basis of the plan; plans with whole lots are solved as such.
    """
    found: list[OfferWorth] = []
    prober = Prober(plan)
    for position, tranche in enumerate(plan.model.tranches):
        for period, record in enumerate(tranche.line):
            if record is not None and len(found) < most:
                found.append(prober.worth(position, period))
    return tuple(found)


class Prober:
    """Solves the plan again with the quantity of one offer moved by a parcel."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.problem = _for_probing(plan)
        self.session = Session()
        self.base = self.session.solve(self.problem, basis=plan.raw.basis if self._linear else None)
        self.purchase = plan.model.problem.block("purchase") if plan.model.tranches else None

    @property
    def _linear(self) -> bool:
        return not self.problem.is_integer

    def parcel(self, position: int, period: int) -> float:
        """Quantity that the offer is moved by [uom of its stream]."""
        tranche = self.plan.model.tranches[position]
        record = tranche.line[period]
        network = self.plan.model.network
        stream_uom = network.stream_of(tranche.lot).uom
        for column in ("lot_size", "min_if_bought"):
            if record is not None and record[column]:
                scale = 1.0 if record["uom"] is None else 1.0 / network.factor(tranche.lot, record["uom"])
                return float(record[column]) * scale
        total = 0.0
        assert self.purchase is not None
        for other, same in enumerate(self.plan.model.tranches):
            if network.stream_of(same.lot).uom == stream_uom:
                total += float(self.plan.x[self.purchase.ids[other]].sum())
        return max(total * PARCEL_SHARE, 1e-3)

    def moved(self, position: int, period: int, change: float) -> FloatArray | None:
        """Columns of the best plan with the quantity changed; None where there is none."""
        assert self.purchase is not None
        column = int(self.purchase.ids[position, period])
        held = float(self.plan.x[column]) + change
        if held < -1e-9 * max(1.0, abs(change)):
            return None
        lower, upper = self.problem.column_lower.copy(), self.problem.column_upper.copy()
        lower[column] = upper[column] = max(held, 0.0)
        raw = self.session.solve(self.problem.with_(column_lower=lower, column_upper=upper), gap=1e-9)
        return raw.x if raw.status == "optimal" else None

    def gain(self, x: FloatArray | None) -> float | None:
        """Margin of a moved plan less that of the plan."""
        if x is None or self.base.x is None:
            return None
        return float(self.problem.objective @ (x - self.base.x))

    def worth(self, position: int, period: int) -> OfferWorth:
        """Worth of the next and the last parcel of one offer."""
        tranche = self.plan.model.tranches[position]
        parcel = self.parcel(position, period)
        assert self.purchase is not None
        quantity = float(self.plan.x[self.purchase.ids[position, period]])
        down = min(parcel, quantity) if self._linear else parcel
        gain_up = self.gain(self.moved(position, period, parcel))
        gain_down = self.gain(self.moved(position, period, -down)) if down > 1e-9 else None
        delivered = float(tranche.delivered[period])
        return OfferWorth(
            tranche.offer,
            tranche.tranche,
            self.plan.model.build.periods[period],
            tranche.lot,
            quantity,
            delivered,
            delivered - float(tranche.price[period]),
            None if gain_up is None else delivered + gain_up / parcel,
            None if gain_down is None else delivered - gain_down / down,
            parcel,
        )

    def positions(self, crude: str) -> Iterator[tuple[int, int]]:
        """Tranches and periods in which a stream or offer of that name is offered."""
        for position, tranche in enumerate(self.plan.model.tranches):
            stream = self.plan.model.network.lots[tranche.lot].stream
            if crude in (tranche.offer, stream):
                for period, record in enumerate(tranche.line):
                    if record is not None:
                        yield position, period


def _for_probing(plan: Plan) -> Problem:
    """The plan's program; integers are fixed unless they are those of purchases, which the parcel must move."""
    problem = plan.model.problem
    if not problem.is_integer:
        return problem
    blocks = {block.name for block in problem.column_blocks}
    if blocks & {"purchase_lots", "purchase_made", "purchase_full"}:
        return problem
    return fixed_integers(problem, plan.x)
