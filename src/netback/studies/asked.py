"""Programs that ask what a crude is worth in one period: one cargo of it, a volume of it, or none of it.

For a crude and a period of loading, the *asked columns* are the quantities that the plan may still choose: what each
ship of the crude loads, or what is bought of an offer that needs no ship. A row holds how many ships load, or how much:

    cargo       sum over the crude's free ships of the period = committed + 1, against = committed
    volume      sum over the asked columns = v, against = 0
    committed   ships of a cargo that must load (min_ships) = that number, against = 0
    first       the slope at 0 of the best margin in the quantity (linear plans, offers without ships)

Ships that must load are not free: they stay in both plans. All else is free to answer in both: the same crude in other
periods at its own price too. With d added to the price of what is asked, the margin falls by d x weight, the weight of
a quantity being 1 and the shares of its price that its items cost.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.planning.model import build_plan
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem
from netback.refinery.prices import cost_lines
from netback.studies.value import offered_positions
from netback.supply.cargoes import loaded_costs, ship_costs, ship_terms


@dataclass(frozen=True)
class Question:
    """What is asked. ``volume`` [uom of the stream] only of the kind volume; ``cargo`` only of the kind committed."""

    period: int
    name: str
    kind: str
    volume: float = 0.0
    cargo: str = ""


@dataclass(frozen=True)
class AskedColumn:
    """One quantity of the crude in a period that the plan may choose.

    ``weight`` is what a price rise of 1 costs per uom of the stream; ``least`` and ``most`` are those of one ship, or
    0 and infinite without ships.
    """

    column: int
    offer: str
    cargo: str
    weight: float
    least: float
    most: float


class Asked:
    """The plan of a case, and the programs that ask about one crude in it.

    With ``alone`` nothing of the crude is chosen in other periods: what must load stays, all else of it is left out.

    Raises
    ------
    DataError
        If nothing of that name is offered.
    ModelError
        If no sound program follows from the tables.
    """

    def __init__(self, case: Case, crude: str, alone: bool = False) -> None:
        self.case, self.crude = case, crude
        self.model = build_plan(case)
        self.problem = self._whole = self.model.problem
        self.positions = offered_positions(self.model, crude)
        tranches = self.model.tranches
        self.offers = tuple(dict.fromkeys(tranches[position].offer for position, _ in self.positions))
        self.lot = tranches[self.positions[0][0]].lot
        lines = cost_lines(case, "offer_costs", "offer")
        self._items = {offer: lines.get(offer, {}) for offer in self.offers}
        self._known: dict[tuple[int, bool], dict[str, int]] = {}
        self._slots = [
            position
            for position in range(len(self.model.cargoes.slots))
            if self.model.cargoes.cargo(position).offer in self.offers
        ]
        if alone:
            self.problem = self.without_any()

    def moved(self, problem: Problem) -> Asked:
        """The same questions of the same model in a program with other numbers; ships may and must load as before."""
        made = copy.copy(self)
        made.problem = made._whole = problem
        return made

    def without_any(self) -> Problem:
        """The plan with none of the crude beyond what must load."""
        lower, upper = self._whole.column_lower, self._whole.column_upper.copy()
        for period in sorted({period for _, period in self.positions}):
            held = list(self.ships(period, free=True).values())
            for position, at in self._direct(period):
                held.append(int(self.model.build.blocks["purchase"].ids[position, at]))
            upper[held] = lower[held]
        return self._whole.with_(column_upper=upper)

    @property
    def linear(self) -> bool:
        """Whether nothing is whole."""
        return not self.problem.is_integer

    @property
    def barrels(self) -> tuple[str, float]:
        """Uom in which worths are told, and how many of it are in one uom of the stream."""
        network = self.model.network
        stream = network.stream_of(self.lot)
        if stream.in_mass_balance and network.lots[self.lot].density_t_per_m3 is not None:
            return "bbl", network.factor(self.lot, "bbl")
        return stream.uom, 1.0

    def ships(self, period: int, *, free: bool) -> dict[str, int]:
        """Columns of the number of ships by cargo that load the crude in a period: free to choose, or that must."""
        if (period, free) not in self._known:
            self._known[period, free] = self._ships(period, free)
        return self._known[period, free]

    def _ships(self, period: int, free: bool) -> dict[str, int]:
        found: dict[str, int] = {}
        for position in self._slots:
            name = self.model.cargoes.cargo(position).name
            if self.model.cargoes.slot(position, period) is None:
                continue
            column = int(self.model.build.ids_over_time("cargo_ships", name)[period])
            lower, upper = self._whole.column_lower[column], self._whole.column_upper[column]
            if upper > lower if free else lower > 0.0:
                found[name] = column
        return found

    def questions(self, volumes: Sequence[float] = ()) -> tuple[Question, ...]:
        """What is asked of every period in which the crude is on offer: one cargo or barrel, or the volumes.

        Raises
        ------
        DataError
            If offers without ships are asked about in a plan in which something is whole, and no volume is named.
        """
        names = self.model.build.periods
        found: list[Question] = []
        for period in sorted({period for _, period in self.positions}):
            for cargo in self.ships(period, free=False):
                found.append(Question(period, names[period], "committed", cargo=cargo))
            if not self.ships(period, free=True) and not self._direct(period):
                found.append(Question(period, names[period], "none"))
            elif volumes:
                found += [Question(period, names[period], "volume", volume) for volume in volumes]
            elif self.ships(period, free=True):
                found.append(Question(period, names[period], "cargo"))
            elif self.linear:
                found.append(Question(period, names[period], "first"))
            else:
                what = f"something is whole in this plan, so a single barrel of {self.crude} has no worth."
                raise DataError(Finding("--volume", what, "Name a volume: --volume 50kt."), self.case.subject)
        return tuple(found)

    def _direct(self, period: int) -> list[tuple[int, int]]:
        """Offers without ships: positions of their tranches in a period."""
        shipped = self.model.cargoes.offers
        return [
            (position, at)
            for position, at in self.positions
            if at == period and self.model.tranches[position].offer not in shipped
        ]

    def share(self, offer: str, period: int) -> float:
        """Share of its price that the items of an offer cost."""
        records = [line[period] for line in self._items[offer].values()]
        return float(sum(r["cost"] for r in records if r is not None and r["cost_uom"] == "%")) / 100.0

    def columns(self, question: Question) -> tuple[AskedColumn, ...]:
        """The asked columns of a question."""
        period = question.period
        names = {question.cargo} if question.kind == "committed" else set(self.ships(period, free=True))
        cargoes, build = self.model.cargoes, self.model.build
        found = []
        for position in self._slots:
            cargo, slot = cargoes.cargo(position), cargoes.slot(position, period)
            if slot is None or cargo.name not in names:
                continue
            weight = 1.0 + self.share(cargo.offer, period) + sum(slot.terms.per_price.values())
            column = int(build.blocks["cargo_loaded"].ids[position, period])
            found.append(AskedColumn(column, cargo.offer, cargo.name, weight, slot.least, slot.most))
        if question.kind in ("volume", "first"):
            ids = build.blocks["purchase"].ids
            for position, at in self._direct(period):
                offer = self.model.tranches[position].offer
                weight = 1.0 + self.share(offer, at)
                found.append(AskedColumn(int(ids[position, at]), offer, "", weight, 0.0, math.inf))
        return tuple(found)

    def loads(self, question: Question) -> tuple[tuple[float, float], ...]:
        """Least and greatest quantity of so many ships as may load in the period of a question, for one and more.

        No volume between them can be had, whatever the plan. Where an offer needs no ship any volume can.
        """
        asked = self.columns(replace(question, kind="volume"))
        if any(not one.cargo for one in asked):
            return ((0.0, math.inf),)
        columns = list(self.ships(question.period, free=True).values())
        ships = round(min(1e3, float(self._whole.column_upper[columns].sum())))
        least, most = min(one.least for one in asked), max(one.most for one in asked)
        return tuple((number * least, number * most) for number in range(1, ships + 1))

    def may_load(self, question: Question) -> bool:
        """Whether whole ships could carry the volume of a question; a plan may still have no room for it."""
        slack = 1e-6 * max(1.0, question.volume)
        return any(least - slack <= question.volume <= most + slack for least, most in self.loads(question))

    def weights(self, question: Question) -> FloatArray:
        """What a price rise of 1 costs, float (columns,)."""
        made = np.zeros(self.problem.shape[1])
        for one in self.columns(question):
            made[one.column] = one.weight
        return made

    def number(self, question: Question) -> float:
        """How many ships of the question must load in any plan; 0 of volumes."""
        if question.kind != "cargo":
            return 0.0
        columns = list(self.ships(question.period, free=True).values())
        return float(self.problem.column_lower[columns].sum())

    def count(self, question: Question, x: FloatArray) -> float:
        """How many ships of the question load in a plan, or how much of it is bought."""
        if question.kind == "cargo":
            return float(np.round(x[list(self.ships(question.period, free=True).values())].sum(), 6))
        if question.kind == "committed":
            return float(np.round(x[self.ships(question.period, free=False)[question.cargo]], 6))
        return float(x[[one.column for one in self.columns(question)]].sum())

    def held(self, question: Question, *, with_it: bool) -> Problem:
        """The program with what is asked in the plan, or without it."""
        problem = self.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        room = 0.0
        if question.kind == "cargo":
            held = list(self.ships(question.period, free=True).values())
            target = self.number(question) + float(with_it)
            upper[held] = self._whole.column_upper[held]
        elif question.kind == "committed":
            held = [self.ships(question.period, free=False)[question.cargo]]
            target = float(lower[held[0]]) if with_it else 0.0
            lower[held] = 0.0
        else:
            asked = self.columns(question)
            held = [one.column for one in asked]
            target = question.volume if with_it else 0.0
            # What is asked is worth, not supply: the limits of the offers do not bind. Sums of lots miss by rounding.
            direct = [one.column for one in asked if not one.cargo]
            lower[direct], upper[direct] = 0.0, math.inf
            ships = list(self.ships(question.period, free=True).values())
            upper[ships] = self._whole.column_upper[ships]
            room = 0.0 if self.linear else 1e-6 * max(1.0, target)
        row = sparse.csr_array(
            (np.ones(len(held)), (np.zeros(len(held), dtype=int), held)), shape=(1, problem.shape[1])
        )
        return problem.with_(
            matrix=sparse.csr_array(sparse.vstack([problem.matrix, row])),
            row_lower=np.append(problem.row_lower, max(0.0, target - room)),
            row_upper=np.append(problem.row_upper, target + room),
            row_blocks=(*problem.row_blocks, Block("asked", Index.scalar(), problem.shape[0])),
            column_lower=lower,
            column_upper=upper,
        )

    def ends(self, question: Question) -> tuple[float, float]:
        """Least and greatest weight of what is asked in any plan that has it."""
        asked = self.columns(question)
        weights = [one.weight for one in asked]
        if question.kind == "volume":
            return question.volume * min(weights), question.volume * max(weights)
        held = self.held(question, with_it=True)
        ships = float(held.row_upper[-1])
        return (
            ships * min(one.least * one.weight for one in asked),
            ships * max(one.most * one.weight for one in asked),
        )

    def record(self, offer: str, period: int) -> tuple[Record | None, float]:
        """The row of an offer in a period and its price [currency per uom of the stream]; the first tranche."""
        for position, at in self.positions:
            tranche = self.model.tranches[position]
            if tranche.offer == offer and at == period:
                return tranche.line[period], float(tranche.price[period])
        return None, math.nan

    def added(self, question: Question, x: FloatArray) -> float:
        """What offers and ships of the question add to their price in a plan [currency], at the prices as stated."""
        period, total = question.period, 0.0
        tranches = {tranche.offer: tranche for tranche in reversed(self.model.tranches)}
        for one in self.columns(question):
            tranche = tranches[one.offer]
            total += float((tranche.delivered - tranche.price)[period]) * float(x[one.column])
        names = {one.cargo for one in self.columns(question)}
        cargoes, build = self.model.cargoes, self.model.build
        for position in self._slots:
            if cargoes.cargo(position).name not in names or cargoes.slot(position, period) is None:
                continue
            loaded = float(x[build.blocks["cargo_loaded"].ids[position, period]])
            ships = sum(
                sign * float(x[columns[period]]) for columns, sign in ship_terms(build, cargoes, position)
            )
            for cost in ship_costs(build, cargoes).values():
                total += float(cost[position, period]) * ships
            for cost in loaded_costs(build, cargoes, list(self.model.tranches)).values():
                total += float(cost[position, period]) * loaded
        return total
