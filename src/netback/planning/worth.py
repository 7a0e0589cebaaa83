"""What one more barrel of an offer is worth at the gate: by forcing it in or out and solving again.

For the best margin V(q) with the quantity q of one offer held, the worth of the next barrel is the right derivative
of V plus the delivered price, the worth of the last barrel the left one. V is concave in a linear program, so
worth_next <= worth_last; they are equal where the plan is not degenerate. Both are measured over a small parcel, never
read from one basis, because a degenerate plan has many multipliers. The break-even price is the price at which the
parcel just enters or leaves.

An offer that is shipped in whole ships is worth what its next or last ship is worth: the quantity of its period of
loading is raised by the largest ship that may load, or lowered by the mean of the ships that do, and every other ship
may answer. That needs a proven plan, one tranche, and ships that bear the same share of the price; it is not measured
otherwise.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netback.planning.solve import Plan, fixed_integers
from netback.program.highs import Session
from netback.program.problem import Problem
from netback.program.solution import Progress
from netback.refinery.prices import cost_lines
from netback.refinery.timeline import amount_factors, values
from netback.supply.cargoes import added_per_uom, largest_ship, price_share, ships_of_offer

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Share of all that is bought of the same kind that makes the parcel.
PARCEL_SHARE = 1e-3
#: Whole numbers of a plan with ships up to which every offer is measured with the plan: more take as long as it each.
FEW_INTEGERS = 30
#: Time for all offers of a plan with pools [s].
POOLED_SECONDS = 8.0


@dataclass(frozen=True)
class OfferWorth:
    """Worth of one tranche of an offer in one period.

    Prices are in currency of the case per uom of the stream. ``delivered`` is its price with all items, ``added`` the
    items alone, ``added_share`` the part of the price that items stated in per cent add. ``worth_next`` and
    ``worth_last`` are at the gate; None where the parcel cannot be bought or left out.
    ``parcel`` and ``parcel_last`` are the quantities over which they were measured [uom of the stream].
    """

    offer: str
    tranche: str
    period: str
    lot: int
    quantity: float
    delivered: float
    added: float
    added_share: float
    worth_next: float | None
    worth_last: float | None
    parcel: float
    parcel_last: float

    @property
    def low(self) -> float | None:
        """Low end of the worth: of the next parcel, or of the last where no more can be taken."""
        return self.worth_last if self.worth_next is None else self.worth_next

    @property
    def high(self) -> float | None:
        """High end of the worth: of the last parcel, or of the next where none is bought."""
        return self.worth_next if self.worth_last is None else self.worth_last

    @property
    def break_even(self) -> float | None:
        """The end that decides: of the last parcel where some is bought, of the next where none is."""
        return self.high if self.quantity > 0.0 else self.low

    @property
    def price(self) -> float:
        """The price on its own basis, without the items."""
        return self.delivered - self.added

    def on_price_basis(self, at_gate: float | None) -> float | None:
        """The price at which the offer costs ``at_gate`` with its items; items in per cent move with the price."""
        if at_gate is None:
            return None
        fixed = self.added - self.added_share * self.price
        return (at_gate - fixed) / (1.0 + self.added_share)

    @property
    def is_point(self) -> bool:
        """Whether both ends agree to a hundredth of a cent per dollar."""
        if self.low is None or self.high is None:
            return False
        return abs(self.high - self.low) <= 1e-4 * max(1.0, abs(self.high))


def offer_worths(plan: Plan, most: int = 200, seconds: float | None = None) -> tuple[OfferWorth, ...]:
    """Worth of every offer that the case names, bought or not, in the order of the offers.

    Two solves each, from the basis of the plan; plans with whole lots are solved as such. At most ``most`` offers are
    measured, and none is begun after ``seconds`` [s] (unless told, ten times the solve and at least 10 s) or after
    Ctrl-C; offers that are left out are not known, and whoever shows them has to say so. Unless ``seconds`` is told,
    none is measured of a plan whose search was stopped, nor of one with many ships: there each takes as long as the
    plan, and :mod:`netback.studies.lifting` asks better. In a plan with pools the worth is local, see
    :mod:`netback.planning.worth_pooled`.
    """
    found: list[OfferWorth] = []
    if seconds is None and (plan.interrupted or has_many_ships(plan)):
        return ()
    if plan.model.problem.is_linear:
        usual = max(10.0, 10.0 * plan.solve_seconds)
        prober = Prober(plan, usual if seconds is None else seconds)
    else:
        from netback.planning.worth_pooled import PooledProber

        prober = PooledProber(plan, POOLED_SECONDS if seconds is None else seconds)
    for position, period in offered(plan):
        if len(found) == most:
            break
        if not prober.can_measure(position, period):
            continue
        worth = prober.worth(position, period)
        if prober.stopped:
            break
        found.append(worth)
    return tuple(found)


def has_many_ships(plan: Plan) -> bool:
    """Whether each further plan with another ship takes about as long as the plan itself."""
    return bool(plan.model.cargoes.slots) and int(plan.model.problem.integer.sum()) > FEW_INTEGERS


def offered(plan: Plan) -> Iterator[tuple[int, int]]:
    """Tranches and periods in which something is offered."""
    for position, tranche in enumerate(plan.model.tranches):
        for period, record in enumerate(tranche.line):
            if record is not None:
                yield position, period


def positions_of(plan: Plan, crude: str) -> list[tuple[int, int]]:
    """Tranches and periods in which a stream or offer of that name is offered."""
    tranches, lots = plan.model.tranches, plan.model.network.lots
    return [
        (position, period)
        for position, period in offered(plan)
        if crude in (tranches[position].offer, lots[tranches[position].lot].stream)
    ]


class Prober:
    """Solves the plan again with the quantity of one offer moved by a parcel.

    ``x`` is the point that moves are measured from: the plan, its purchases as planned. ``stopped`` says that time
    [s] or the user's patience ended before a move was solved; its worth is then not known. ``progress`` is called while
    programs without pools are solved, see :func:`netback.program.highs.solve`.
    """

    def __init__(
        self,
        plan: Plan,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.plan, self._progress = plan, progress
        self.stopped = False
        self._end = None if seconds is None else time.monotonic() + seconds
        self.problem = self._prepared()
        self.purchase = plan.model.problem.block("purchase") if plan.model.tranches else None
        # Plans with ships are searched as they were planned: see netback.program.separable.
        self.session = Session(search="light" if plan.model.cargoes.slots else "full")
        self.x = plan.x
        self._first()

    def _prepared(self) -> Problem:
        """The program in which parcels are moved."""
        return _for_probing(self.plan)

    def _first(self) -> None:
        """Find the point from which moves are measured."""
        plan = self.plan
        if self._linear:
            self._solved(self.problem, plan.raw.basis)
        elif self.purchase is not None:
            # The plan may be a gap away from the best; a parcel is worth less than that gap.
            as_planned = self._held(self.purchase.ids.ravel(), plan.x[self.purchase.ids.ravel()])
            raw = self._solved(as_planned)
            self.x = plan.x if raw is None else raw

    @property
    def _gap(self) -> float:
        """Relative gap of a move: with ships a millionth of the margin, a fraction of a cent per barrel of a ship."""
        return 1e-6 if self.plan.model.cargoes.slots else 1e-9

    @property
    def _linear(self) -> bool:
        return not self.problem.is_integer

    def _held(self, columns: IntArray, amounts: FloatArray) -> Problem:
        """The program with some columns held at amounts."""
        lower, upper = self.problem.column_lower.copy(), self.problem.column_upper.copy()
        lower[columns] = upper[columns] = np.maximum(amounts, 0.0)
        return self.problem.with_(column_lower=lower, column_upper=upper)

    def _left(self) -> float | None:
        return None if self._end is None else self._end - time.monotonic()

    def _solved(self, problem: Problem, basis: Any = None) -> FloatArray | None:
        """Columns of the best point; None where there is none or it was not found in the time."""
        left = self._left()
        if self.stopped or (left is not None and left <= 0.0):
            self.stopped = True
            return None
        raw = self.session.solve(
            problem, basis=basis, time_limit=left, gap=self._gap, progress=self._progress
        )
        self.stopped = raw.status in ("interrupted", "time limit")
        return raw.x if raw.status == "optimal" else None

    def quantity(self, position: int, period: int) -> float:
        """What the plan buys [uom of the stream]; rounding of the solver reads zero."""
        assert self.purchase is not None
        amount = float(self.plan.x[self.purchase.ids[position, period]])
        return amount if amount > 1e-6 * self.small(position) else 0.0

    def small(self, position: int) -> float:
        """A small parcel of an offer without lots [uom of its stream]."""
        network = self.plan.model.network
        stream_uom = network.stream_of(self.plan.model.tranches[position].lot).uom
        assert self.purchase is not None
        same = [
            other
            for other, tranche in enumerate(self.plan.model.tranches)
            if network.stream_of(tranche.lot).uom == stream_uom
        ]
        return max(float(self.plan.x[self.purchase.ids[same]].sum()) * PARCEL_SHARE, 1e-3)

    def parcels(self, position: int, period: int) -> tuple[float, float]:
        """Quantity of the next and of the last parcel [uom of the stream]; the last is 0 where none is bought."""
        if self._shipped(position):
            return self._ships(position, period)
        lot_size, least = (self._stated(position, period, column) for column in ("lot_size", "min_if_bought"))
        small, quantity = self.small(position), self.quantity(position, period)
        if lot_size > 0.0:
            fewest = math.ceil(least / lot_size - 1e-9) * lot_size
            return (max(lot_size, fewest) if not quantity else lot_size), min(lot_size, quantity)
        last = min(small, quantity)
        if quantity - last < least:
            last = quantity
        return (max(small, least) if not quantity else small), last

    def _stated(self, position: int, period: int, column: str) -> float:
        model = self.plan.model
        tranche = model.tranches[position]
        density = model.network.lots[tranche.lot].density_t_per_m3
        uom = model.network.stream_of(tranche.lot).uom
        scale = amount_factors(self.plan.case, tranche.line, uom, density)
        return float((values(tranche.line, column, 0.0) * scale)[period])

    def _shipped(self, position: int) -> bool:
        return self.plan.model.tranches[position].offer in self.plan.model.cargoes.offers

    def can_measure(self, position: int, period: int) -> bool:
        """Whether the worth of an offer means something: of an offer in ships not always, see the module."""
        if not self._shipped(position):
            return True
        offer = self.plan.model.tranches[position].offer
        single = sum(tranche.offer == offer for tranche in self.plan.model.tranches) == 1
        proven = self.plan.certificate.word == "proven"
        return single and proven and price_share(self.plan.model.cargoes, offer, period) is not None

    def _ships(self, position: int, period: int) -> tuple[float, float]:
        """Quantity of the next ship and of the last one; of the last 0 where none loads."""
        model, quantity = self.plan.model, self.quantity(position, period)
        offer = model.tranches[position].offer
        loading = ships_of_offer(model.build, model.cargoes, self.plan.x, offer, period)
        up = largest_ship(model.cargoes, offer, period)
        return up, quantity / loading if loading else 0.0

    def _added_cargo(self, position: int, period: int) -> float:
        model = self.plan.model
        if not self._shipped(position):
            return 0.0
        offer = model.tranches[position].offer
        found = added_per_uom(model.build, model.cargoes, list(model.tranches), self.plan.x, offer, period)
        return found or 0.0

    def _added_share(self, offer: str, period: int) -> float:
        shipping = price_share(self.plan.model.cargoes, offer, period) or 0.0
        lines = cost_lines(self.plan.case, "offer_costs", "offer").get(offer, {})
        records = [line[period] for line in lines.values()]
        stated = sum(r["cost"] for r in records if r is not None and r["cost_uom"] == "%")
        return float(stated) / 100.0 + shipping

    def moved(self, position: int, period: int, change: float) -> FloatArray | None:
        """Columns of the best plan with the quantity changed; None where there is none.

        The least and greatest quantity of the offer itself do not bind here: what is asked is worth, not supply.
        """
        assert self.purchase is not None
        column = self.purchase.ids[position, period]
        held = float(self.plan.x[column]) + change
        if held < -1e-9 * max(1.0, abs(change)):
            return None
        return self._solved(self._held(np.array([column]), np.array([held])))

    def gain(self, x: FloatArray | None) -> float | None:
        """Margin of a moved plan less that of the plan."""
        return None if x is None else float(self.problem.objective @ (x - self.x))

    def worth(self, position: int, period: int) -> OfferWorth:
        """Worth of the next and the last parcel of one offer."""
        tranche = self.plan.model.tranches[position]
        up, down = self.parcels(position, period)
        gain_up = self.gain(self.moved(position, period, up)) if up else None
        gain_down = self.gain(self.moved(position, period, -down)) if down else None
        delivered = float(tranche.delivered[period]) + self._added_cargo(position, period)
        return OfferWorth(
            tranche.offer,
            tranche.tranche,
            self.plan.model.build.periods[period],
            tranche.lot,
            self.quantity(position, period),
            delivered,
            delivered - float(tranche.price[period]),
            self._added_share(tranche.offer, period),
            None if gain_up is None else _unrounded(delivered + gain_up / up, delivered),
            None if gain_down is None else _unrounded(delivered - gain_down / down, delivered),
            up,
            down,
        )


def _unrounded(worth: float, delivered: float) -> float:
    """The worth, or zero where only rounding of the solver is left of it."""
    return 0.0 if abs(worth) <= 1e-8 * max(1.0, abs(delivered)) else worth


def _for_probing(plan: Plan) -> Problem:
    """The plan's program; integers are fixed unless they are those of purchases, which the parcel must move.

    They are fixed as well where the plan is not proven best: a move would find what the plan missed, and that is
    not what a parcel is worth.
    """
    problem = plan.model.problem
    if not problem.is_integer:
        return problem
    if plan.certificate.word != "proven":
        return fixed_integers(problem, plan.x)
    blocks = {block.name for block in problem.column_blocks}
    if blocks & {"purchase_lots", "purchase_made", "purchase_full", "cargo_ships"}:
        return problem
    return fixed_integers(problem, plan.x)
