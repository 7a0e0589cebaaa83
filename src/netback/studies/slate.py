"""A plan in which the volumes of some crudes are held and their own prices and limits left out.

For the best margin M(q) with q_k of every crude k of the slate bought in all, their prices and items left out,

    worth of A at the gate, per barrel    (M(q with more of A) - M(q)) / barrels more

All other purchases are free, as the case offers them; or the other crudes are held at what a plan buys of them. What is
asked is worth, not supply, so the least and greatest quantities of the offers of the slate do not bind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.errors import DataError, Finding, SolveError, closest
from netback.planning.model import Model
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem
from netback.program.solution import RawSolution
from netback.refinery.network import Lot, Stream
from netback.refinery.prices import cost_lines
from netback.studies.slopes import Slopes, slopes

#: Relative gap of plans in which something is whole.
_WHOLE_GAP = 1e-6
#: Part of the greatest volume that is left out, so that rounding makes no plan infeasible.
_HAIR = 1e-9


@dataclass(frozen=True)
class Loaded:
    """A plan with volumes held: its margin [currency of the case], the absolute gap of its proof, its columns."""

    value: float
    gap: float
    x: FloatArray
    problem: Problem


@dataclass(frozen=True)
class Priced:
    """What a crude costs, in currency of the case per ``per``.

    ``items`` are (item, fixed amount, share of the price); the price is on the basis ``basis`` of the offer, None where
    nobody asks one.
    """

    offer: str
    basis: str
    price: float | None
    items: tuple[tuple[str, float, float], ...]

    def gate(self, price: float) -> float:
        """Cost at the gate at a price on the basis of the offer."""
        return price + sum(fixed + share * price for _, fixed, share in self.items)

    def on_basis(self, gate: float) -> float:
        """The price on the basis of the offer that costs ``gate`` with its items."""
        fixed, share = sum(item[1] for item in self.items), sum(item[2] for item in self.items)
        return (gate - fixed) / (1.0 + share)

    def item(self, name: str, price: float) -> float:
        """One item at a price; 0 where the offer has none of that name."""
        return float(sum(fixed + share * price for item, fixed, share in self.items if item == name))


def names_offered(case: Case, crude: str) -> tuple[str, tuple[str, ...]]:
    """Stream and offers of a crude, which is named by its stream or by one of its offers.

    Raises
    ------
    DataError
        If nothing of that name is offered.
    """
    rows = [row for row in case.table("offers").records if crude in (row["stream"], row["offer"])]
    if not rows:
        names = [name for row in case.table("offers").records for name in (row["offer"], row["stream"])]
        hint = closest(crude, names) or f"Offered: {', '.join(dict.fromkeys(names))}."
        raise DataError(Finding("", f'"{crude}" is not offered in {case.subject}.', hint))
    return rows[0]["stream"], tuple(dict.fromkeys(row["offer"] for row in rows))


class Slate:
    """A plan with the volumes of some crudes held.

    Raises
    ------
    DataError
        If a crude is not offered, or comes in ships, whose worth is that of a whole ship.
    """

    def __init__(self, model: Model, crudes: Sequence[str]) -> None:
        self.model = model
        self.crudes = tuple(crudes)
        offers = {crude: names_offered(model.case, crude)[1] for crude in crudes}
        shipped = [offer for names in offers.values() for offer in names if offer in model.cargoes.offers]
        if shipped:
            what = f'"{shipped[0]}" comes in whole ships; a barrel of it cannot be held by itself.'
            raise DataError(Finding("", what, "Evaluate it in a case whose offers are priced without ships."))
        self.positions = {
            crude: [
                (position, period)
                for position, tranche in enumerate(model.tranches)
                if tranche.offer in offers[crude]
                for period, record in enumerate(tranche.line)
                if record is not None
            ]
            for crude in crudes
        }
        self._problem = self._free()
        self._session = Session()

    def _columns(self, crude: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        ids = self.model.build.blocks["purchase"].ids
        return np.array([ids[position, period] for position, period in self.positions[crude]])

    def _free(self) -> Problem:
        """The plan with a further column for the volume of each crude, whose prices and limits are left out."""
        problem = self.model.problem
        objective, lower, upper = (
            problem.objective.copy(),
            problem.column_lower.copy(),
            problem.column_upper.copy(),
        )
        rows, width = problem.shape
        count = len(self.crudes)
        totals = sparse.lil_array((count, width + count))
        for number, crude in enumerate(self.crudes):
            columns = self._columns(crude)
            objective[columns] += [self.model.tranches[n].delivered[t] for n, t in self.positions[crude]]
            lower[columns], upper[columns] = 0.0, math.inf
            totals[number, columns] = 1.0
            totals[number, width + number] = -1.0
        wider = sparse.hstack([problem.matrix, sparse.csr_array((rows, count))])
        index = Index.of("crude", self.crudes)
        return problem.with_(
            objective=np.append(objective, np.zeros(count)),
            matrix=sparse.csr_array(sparse.vstack([wider, sparse.csr_array(totals)])),
            row_lower=np.append(problem.row_lower, np.zeros(count)),
            row_upper=np.append(problem.row_upper, np.zeros(count)),
            column_lower=np.append(lower, np.zeros(count)),
            column_upper=np.append(upper, np.full(count, math.inf)),
            integer=np.append(problem.integer, np.zeros(count, dtype=bool)),
            row_blocks=(*problem.row_blocks, Block("volume_of_crude", index, rows)),
            column_blocks=(*problem.column_blocks, Block("volume", index, width)),
        )

    @property
    def linear(self) -> bool:
        """Whether nothing is whole, so that slopes are defined."""
        return not self._problem.is_integer

    def column(self, crude: str) -> int:
        """Column of the volume of a crude."""
        return self._problem.shape[1] - len(self.crudes) + self.crudes.index(crude)

    def held(self, volumes: Mapping[str, float], others: FloatArray | None = None) -> Problem:
        """The program with volumes held [uom of the stream]; a crude that is not named is free in its volume.

        ``others`` are the columns of a plan, at whose purchases every other crude is held; free where None.
        """
        lower, upper = self._problem.column_lower.copy(), self._problem.column_upper.copy()
        for crude, volume in volumes.items():
            # Whole lots may miss a volume by rounding, since their sums do.
            room = 0.0 if self.linear else 1e-6 * max(1.0, volume)
            lower[self.column(crude)], upper[self.column(crude)] = max(0.0, volume - room), volume + room
        if others is not None:
            columns = self._other_crudes()
            lower[columns] = upper[columns] = np.maximum(others[columns], 0.0)
        return self._problem.with_(column_lower=lower, column_upper=upper)

    def _other_crudes(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Columns of the purchases of every crude that is not of this slate."""
        own = {n for positions in self.positions.values() for n, _ in positions}
        ids = self.model.build.blocks["purchase"].ids
        found = [
            ids[n] for n, t in enumerate(self.model.tranches) if n not in own and is_crude(self.model, t.lot)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def loaded(self, volumes: Mapping[str, float], others: FloatArray | None = None) -> Loaded | None:
        """The best plan with volumes held; None where the plant cannot take them."""
        problem = self.held(volumes, others)
        raw = self._session.solve(problem, gap=_WHOLE_GAP)
        if raw.status != "optimal" or raw.x is None:
            return None
        found = certify(problem, raw)
        if found.value is None or found.word not in ("proven", "feasible"):
            return None
        gap = abs(found.bound - found.value) if found.bound is not None else math.inf
        return Loaded(found.value, gap, raw.x, problem)

    def most(
        self, crude: str, volumes: Mapping[str, float], others: FloatArray | None = None
    ) -> float | None:
        """Greatest volume of a crude [uom of the stream], the others as held; infinite, or None without any plan.

        Raises
        ------
        SolveError
            If a solver fails.
        """
        problem = self.held({name: v for name, v in volumes.items() if name != crude}, others)
        objective = np.zeros(problem.shape[1])
        objective[self.column(crude)] = 1.0
        raw: RawSolution = self._session.solve(problem.with_(objective=objective, offset=0.0))
        if raw.status == "optimal" and raw.x is not None:
            return float(raw.x[self.column(crude)]) * (1.0 - _HAIR)
        if raw.status == "unbounded":
            return math.inf
        if raw.status == "infeasible":
            return None
        raise SolveError(Finding("", f"the greatest volume of {crude} was not found: {raw.message}."))

    def most_swapped(
        self,
        into: str,
        out: str,
        volumes: Mapping[str, float],
        ratio: float,
        others: FloatArray | None = None,
    ) -> float:
        """How much of one crude can come in while ``ratio`` times as much of another goes out of ``volumes``.

        In uom of the stream that comes in; 0 where there is no plan at all.

        Raises
        ------
        SolveError
            If a solver fails.
        """
        problem = self.held({}, others)
        width = problem.shape[1]
        columns = np.array([self.column(into), self.column(out)])
        row = sparse.csr_array(([ratio, 1.0], ([0, 0], columns)), shape=(1, width))
        kept = ratio * volumes[into] + volumes[out]
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        lower[columns[0]], upper[columns[1]] = volumes[into], volumes[out]
        objective = np.zeros(width)
        objective[columns[0]] = 1.0
        raw = self._session.solve(
            problem.with_(
                objective=objective,
                offset=0.0,
                matrix=sparse.csr_array(sparse.vstack([problem.matrix, row])),
                row_lower=np.append(problem.row_lower, kept),
                row_upper=np.append(problem.row_upper, kept),
                column_lower=lower,
                column_upper=upper,
                row_blocks=(*problem.row_blocks, Block("swap", Index.scalar(), problem.shape[0])),
            )
        )
        if raw.status == "optimal" and raw.x is not None:
            return max(0.0, float(raw.x[columns[0]]) - volumes[into]) * (1.0 - _HAIR)
        if raw.status == "infeasible":
            return 0.0
        raise SolveError(Finding("", f"how much of {into} can come in was not found: {raw.message}."))

    def slopes(self, crude: str, found: Loaded) -> Slopes:
        """Slopes of the margin in the volume of a crude at a plan [currency per uom of the stream]."""
        if not self.linear:
            return Slopes(None, None)
        lower, upper = found.problem.column_lower.copy(), found.problem.column_upper.copy()
        lower[self.column(crude)], upper[self.column(crude)] = 0.0, math.inf
        return slopes(
            found.problem.with_(column_lower=lower, column_upper=upper), found.x, self.column(crude)
        )


def bought(model: Model, x: FloatArray) -> dict[str, float]:
    """What a plan buys of each crude stream [uom of the stream]."""
    found: dict[str, float] = {}
    for position, tranche in enumerate(model.tranches):
        if is_crude(model, tranche.lot):
            stream = model.network.lots[tranche.lot].stream
            amount = float(x[model.build.blocks["purchase"].ids[position]].sum())
            found[stream] = found.get(stream, 0.0) + amount
    return found


def is_crude(model: Model, lot: int) -> bool:
    """Whether a lot is of a crude: by its kind in streams.csv, or because crudes.csv names it."""
    stream = model.network.stream_of(lot)
    return stream.kind == "crude" or any(
        row["crude"] == stream.name for row in model.case.table("crudes").records
    )


def per_uom(model: Model, stream: str) -> tuple[str, float]:
    """Uom in which worths of a stream are told, and how many of it are in one uom of the stream.

    Barrels, or the uom of the stream itself where its density is not known.
    """
    network = model.network
    found: Stream = network.streams[stream]
    lots: list[Lot] = [network.lots[t.lot] for t in model.tranches if network.lots[t.lot].stream == stream]
    if found.in_mass_balance and lots and lots[0].density_t_per_m3 is not None:
        return "bbl", network.factor(lots[0].id, "bbl")
    return found.uom, 1.0


def priced(model: Model, crude: str, per: float) -> Priced:
    """What a crude costs: its first offer, in the first period in which it is offered.

    Parameters
    ----------
    model
        A plan of the case.
    crude
        Stream or offer.
    per
        How many of the uom of the prices are in one uom of the stream.
    """
    stream, offers = names_offered(model.case, crude)
    tranche = next(
        t for t in model.tranches if t.offer in offers and model.network.lots[t.lot].stream == stream
    )
    period, record = next((n, row) for n, row in enumerate(tranche.line) if row is not None)
    price = float(tranche.price[period]) / per
    items = []
    for item, line in cost_lines(model.case, "offer_costs", "offer").get(tranche.offer, {}).items():
        row = line[period]
        if row is None:
            continue
        share = row["cost"] / 100.0 if row["cost_uom"] == "%" else 0.0
        items.append((item, 0.0 if share else float(tranche.items[item][period]) / per, share))
    return Priced(tranche.offer, str(record["price_basis"]), price, tuple(items))
