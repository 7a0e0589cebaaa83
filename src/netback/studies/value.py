"""What a crude is worth to this plant, by volume: a curve with intervals instead of one number.

For the best margin V(q) with q of a crude bought in all, its own price left out,

    marginal worth   the slopes of V at q: of the last barrel and of the next       (Slopes: an interval, or a point)
    average worth    (V(q) - V(0)) / q: the price at which q barrels just pay, against none (or against what is
                     committed: at sea, under contract)
    gap              V is known within the gap of its proof, so the average is known within (gap(q) + gap(0)) / q

V is concave and piecewise linear where nothing is whole, so its steps are found exactly: where the tangents of two
points meet, V is asked again, until it lies on them. Worths are at the gate; the price on the basis of the offer (fob)
follows by taking off the items that the offer adds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse

from netback.case.case import Case
from netback.errors import DataError, Finding, SolveError, closest
from netback.planning.model import Model, build_plan
from netback.planning.phrases import failure_findings
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem
from netback.program.solution import RawSolution
from netback.refinery.prices import cost_lines
from netback.studies.slopes import Slopes, slopes

#: Steps of a curve that are looked for.
MOST_STEPS = 60
#: Relative gap of plans in which something is whole; it is told with the averages that rest on them.
WHOLE_GAP = 1e-5
#: V lies on a tangent when it is off by less than this part of itself.
ON_TANGENT = 1e-9


@dataclass(frozen=True)
class Point:
    """Worth at one volume, in currency of the case per barrel (or per ``per`` of the curve).

    ``volume`` [uom of the stream]; ``last`` and ``next`` are the marginal worth at the gate of the barrel before and
    after it, None where there is none; ``average`` that of all barrels up to it against none, within ``average_gap``.
    """

    volume: float
    last: float | None
    next: float | None
    average: float | None
    average_gap: float

    @property
    def is_point(self) -> bool:
        """Whether the marginal worth is one number."""
        return self.last is not None and self.next is not None and abs(self.last - self.next) < 5e-5


@dataclass(frozen=True)
class Terms:
    """What an offer costs: its price, all its items, and the share of the price that items in per cent add.

    ``price`` and ``added`` are in currency of the case per barrel.
    """

    price: float
    added: float
    added_share: float

    def on_basis(self, at_gate: float) -> float:
        """The price on the basis of the offer at which it costs ``at_gate`` with its items [currency per barrel]."""
        fixed = self.added - self.added_share * self.price
        return (at_gate - fixed) / (1.0 + self.added_share)


@dataclass(frozen=True)
class Curve:
    """Worth of a crude by volume.

    ``uom`` is that of volumes, ``per`` that of worths; ``per_volume`` how many ``per`` are in one ``uom``.
    ``price`` is the offer's own price, ``added`` its items, both per ``per``; ``added_share`` the share of the price
    that items in per cent add. ``committed`` is the least volume of any plan (at sea, under contract), from which
    averages are reckoned; ``most`` the greatest that the plant takes, ``planned`` what is on offer.
    """

    crude: str
    offers: tuple[str, ...]
    basis: str
    uom: str
    per: str
    per_volume: float
    price: float
    added: float
    added_share: float
    points: tuple[Point, ...]
    committed: float
    most: float
    planned: float
    exact: bool

    def on_basis(self, at_gate: float | None) -> float | None:
        """The price on the basis of the offer at which it costs ``at_gate`` with its items."""
        if at_gate is None:
            return None
        return Terms(self.price, self.added, self.added_share).on_basis(at_gate)


class Held:
    """A plan in which the volume of one crude is held, its own price left out.

    Raises
    ------
    DataError
        If nothing of that name is offered, or its offers are in different uom.
    ModelError
        If no sound program follows from the tables.
    """

    def __init__(self, case: Case, crude: str) -> None:
        self.case, self.crude = case, crude
        self.model = build_plan(case)
        self.positions = offered_positions(self.model, crude)
        self.problem = _held_problem(self.model, self.positions)
        self.column = self.problem.shape[1] - 1
        self._session = Session()

    @property
    def uom(self) -> str:
        """Uom of the stream."""
        position, _ = self.positions[0]
        return self.model.network.stream_of(self.model.tranches[position].lot).uom

    @property
    def linear(self) -> bool:
        """Whether nothing is whole, so that slopes are defined."""
        return not self.problem.is_integer

    def at(self, volume: float | None, *, extreme: float = 0.0) -> RawSolution:
        """Solve with a volume held [uom of the stream], or free; with ``extreme`` 1 or -1 for the most or the least."""
        problem = self.problem if volume is None else self._held(volume)
        if extreme:
            objective = np.zeros(problem.shape[1])
            objective[self.column] = extreme
            problem = problem.with_(objective=objective)
        return self._session.solve(problem, gap=WHOLE_GAP)

    def _held(self, volume: float) -> Problem:
        """The program with a volume held; whole lots may miss it by rounding, since their sums do."""
        lower, upper = self.problem.column_lower.copy(), self.problem.column_upper.copy()
        room = 0.0 if self.linear else 1e-6 * max(1.0, volume)
        lower[self.column], upper[self.column] = max(0.0, volume - room), volume + room
        return self.problem.with_(column_lower=lower, column_upper=upper)

    def value(self, volume: float) -> tuple[float, float, RawSolution] | None:
        """V, the absolute gap of its proof, and the plan; None where the plant cannot take it."""
        raw = self.at(volume)
        if raw.status != "optimal" or raw.x is None:
            return None
        found = certify(self._held(volume), raw)
        if found.value is None or found.word not in ("proven", "feasible"):
            return None
        gap = abs(found.bound - found.value) if found.bound is not None else math.inf
        return found.value, gap, raw

    def slopes(self, volume: float, raw: RawSolution) -> Slopes:
        """Slopes at a volume whose best plan is given; none where something is whole."""
        if not self.linear or raw.x is None:
            return Slopes(None, None)
        lower, upper = self.problem.column_lower.copy(), self.problem.column_upper.copy()
        lower[self.column], upper[self.column] = 0.0, math.inf
        found = slopes(self.problem.with_(column_lower=lower, column_upper=upper), raw.x, self.column)
        return found if volume > 0.0 else Slopes(None, found.next)


def offered_positions(model: Model, crude: str) -> list[tuple[int, int]]:
    """Tranches and periods that offer a crude, by the name of its stream or of an offer.

    Raises
    ------
    DataError
        If nothing of that name is offered; the finding names the closest.
    """
    found = [
        (position, period)
        for position, tranche in enumerate(model.tranches)
        if crude in (tranche.offer, model.network.lots[tranche.lot].stream)
        for period, record in enumerate(tranche.line)
        if record is not None
    ]
    if not found:
        names = [t.offer for t in model.tranches] + [model.network.lots[t.lot].stream for t in model.tranches]
        hint = closest(crude, names) or f"Offered: {', '.join(dict.fromkeys(names))}."
        raise DataError(Finding("", f'"{crude}" is not offered in {model.case.subject}.', hint))
    return found


def _held_problem(model: Model, positions: Sequence[tuple[int, int]]) -> Problem:
    """The plan with a further column, the volume of the crude, whose own prices and limits are left out.

    What is asked is worth, not supply: the least and greatest quantity of its offers do not bind.
    """
    problem = model.problem
    ids = model.build.blocks["purchase"].ids
    columns = np.array([ids[position, period] for position, period in positions])
    delivered = np.array([model.tranches[position].delivered[period] for position, period in positions])
    objective = problem.objective.copy()
    objective[columns] += delivered
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    lower[columns], upper[columns] = 0.0, math.inf
    rows, width = problem.shape
    total = sparse.csr_array(
        (
            np.append(np.ones(len(columns)), -1.0),
            (np.zeros(len(columns) + 1, dtype=int), np.append(columns, width)),
        ),
        shape=(1, width + 1),
    )
    wider = sparse.hstack([problem.matrix, sparse.csr_array((rows, 1))])
    return problem.with_(
        objective=np.append(objective, 0.0),
        matrix=sparse.csr_array(sparse.vstack([wider, total])),
        row_lower=np.append(problem.row_lower, 0.0),
        row_upper=np.append(problem.row_upper, 0.0),
        column_lower=np.append(lower, 0.0),
        column_upper=np.append(upper, math.inf),
        integer=np.append(problem.integer, False),
        row_blocks=(*problem.row_blocks, Block("volume_of_crude", Index.scalar(), rows)),
        column_blocks=(*problem.column_blocks, Block("volume", Index.scalar(), width)),
    )


def curve(case: Case, crude: str, volumes: Sequence[float] = ()) -> Curve:
    """Worth of a crude by volume.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    crude
        Stream or offer.
    volumes
        Volumes [uom of the stream] that are wanted beside the steps of the curve; those beyond what the plant takes
        are left out.

    Raises
    ------
    DataError
        If nothing of that name is offered.
    ModelError
        If no sound program follows from the tables, or there is no plan.
    SolveError
        If a solver fails.
    """
    held = Held(case, crude)
    committed = least_of(held)
    first = held.value(committed)
    if first is None:
        raise SolveError(Finding("", f"the plan with the least of {crude}, {committed:,.6g}, was not found."))
    planned = _on_offer(held)
    most = most_of(held, planned)
    base, base_gap, _ = first
    found: dict[float, tuple[float, float, Slopes]] = {}

    def ask(volume: float) -> tuple[float, float, Slopes] | None:
        if volume not in found:
            got = held.value(volume)
            if got is None:
                return None
            found[volume] = got[0], got[1], held.slopes(volume, got[2])
        return found[volume]

    asked = (volume for volume in volumes if committed <= volume <= most)
    wanted = sorted({committed, *asked, *((most,) if math.isfinite(most) else ())})
    for volume in wanted:
        ask(volume)
    exact = held.linear and _steps(sorted(found), ask)
    found = {v: one for v, one in found.items() if v in wanted or _is_step(one[2])}
    scale = barrels_of(held)
    points = tuple(
        Point(
            volume,
            _per(slope.last, scale[1]),
            _per(slope.next, scale[1]),
            _per((value - base) / (volume - committed), scale[1]) if volume > committed else None,
            (gap + base_gap) / (volume - committed) / scale[1] if volume > committed else 0.0,
        )
        for volume, (value, gap, slope) in sorted(found.items())
    )
    return _told(held, points, scale, (committed, most, planned), exact)


def least_of(held: Held) -> float:
    """Least volume of any plan: what lies at sea or is bound by contract or limit [uom of the stream].

    Raises
    ------
    ModelError
        If there is no plan at all.
    """
    raw = held.at(None, extreme=-1.0)
    if raw.status != "optimal" or raw.x is None:
        raise failure_findings(
            held.model, "proven infeasible" if raw.status == "infeasible" else "not solved", raw.message
        )
    least = float(raw.x[held.column])
    # A hair inside, so that rounding does not make the first point infeasible.
    return 0.0 if least <= 1e-6 else least * (1.0 + 1e-9) if held.linear else least


def _is_step(slope: Slopes) -> bool:
    """Whether the curve has a corner here."""
    if slope.last is None or slope.next is None:
        return True
    return slope.last - slope.next > 1e-6 * max(1.0, abs(slope.last))


def _per(value: float | None, barrels: float) -> float | None:
    return None if value is None else value / barrels


def _steps(volumes: list[float], ask: Callable[[float], tuple[float, float, Slopes] | None]) -> bool:
    """Ask where tangents meet until every step between the volumes is known; whether that was reached."""
    pending = list(pairwise(volumes))
    for _ in range(MOST_STEPS):
        if not pending:
            return True
        left, right = pending.pop(0)
        one, other = ask(left), ask(right)
        if one is None or other is None or one[2].next is None or other[2].last is None:
            continue
        rise, fall = one[2].next, other[2].last
        size = max(abs(one[0]), abs(other[0]), 1.0)
        straight = one[0] + rise * (right - left)
        if abs(rise - fall) <= ON_TANGENT * max(1.0, abs(rise)) or straight - other[0] <= ON_TANGENT * size:
            continue
        middle = (other[0] - one[0] + rise * left - fall * right) / (rise - fall)
        if not left < middle < right or min(middle - left, right - middle) <= 1e-9 * (right - left):
            continue
        if ask(middle) is not None:
            pending += [(left, middle), (middle, right)]
    return not pending


def _on_offer(held: Held) -> float:
    """Greatest quantity of all offers of the crude [uom of the stream]; infinite where one has no limit."""
    tranches = held.model.tranches
    return float(sum(tranches[position].upper[period] for position, period in held.positions))


def most_of(held: Held, planned: float) -> float:
    """Greatest volume that the plant takes [uom of the stream]."""
    raw = held.at(None, extreme=1.0)
    if raw.status in ("optimal", "time limit") and raw.x is not None:
        # A hair inside, so that rounding does not make the last point infeasible.
        return float(raw.x[held.column]) * (1.0 - 1e-9)
    if raw.status == "unbounded":
        return planned
    raise SolveError(Finding("", f"the greatest volume of {held.crude} was not found: {raw.message}."))


def barrels_of(held: Held) -> tuple[str, float]:
    """Uom in which worths are told, and how many of it are in one uom of the stream."""
    position, _ = held.positions[0]
    network = held.model.network
    lot = held.model.tranches[position].lot
    if network.stream_of(lot).in_mass_balance and network.lots[lot].density_t_per_m3 is not None:
        return "bbl", network.factor(lot, "bbl")
    return network.stream_of(lot).uom, 1.0


def _told(
    held: Held,
    points: tuple[Point, ...],
    scale: tuple[str, float],
    volumes: tuple[float, float, float],
    exact: bool,
) -> Curve:
    position, period = held.positions[0]
    tranche = held.model.tranches[position]
    record = tranche.line[period]
    terms = _terms(held)
    return Curve(
        held.crude,
        tuple(dict.fromkeys(held.model.tranches[p].offer for p, _ in held.positions)),
        "delivered" if record is None else str(record["price_basis"]),
        held.model.network.stream_of(tranche.lot).uom,
        *scale,
        terms.price,
        terms.added,
        terms.added_share,
        points,
        *volumes,
        exact,
    )


def _terms(held: Held) -> Terms:
    """Price and items of the first offer of the crude in its first period, as the case of the plan states them."""
    position, period = held.positions[0]
    tranche, barrels = held.model.tranches[position], barrels_of(held)[1]
    lines = cost_lines(held.case, "offer_costs", "offer").get(tranche.offer, {})
    records = [line[period] for line in lines.values()]
    share = float(sum(r["cost"] for r in records if r is not None and r["cost_uom"] == "%")) / 100.0
    price = float(tranche.price[period])
    return Terms(price / barrels, (float(tranche.delivered[period]) - price) / barrels, share)


def break_evens(case: Case, crude: str, volumes: Sequence[float]) -> FloatArray:
    """Worths of several volumes as prices on the basis of the offer: less its items as this case states them.

    Returns float (1 + len(volumes),) in currency per barrel: the first barrel, then the averages; NaN where the plant
    cannot take the volume or there is no plan.
    """
    held = Held(case, crude)
    terms = _terms(held)
    return np.array([terms.on_basis(worth) for worth in _worths(held, volumes).tolist()])


def _worths(held: Held, volumes: Sequence[float]) -> FloatArray:
    barrels = barrels_of(held)[1]
    made = np.full(1 + len(volumes), np.nan)
    committed = least_of(held)
    base = held.value(committed)
    if base is None:
        return made
    first = held.slopes(committed, base[2]).next
    made[0] = np.nan if first is None else first / barrels
    for place, volume in enumerate(volumes, start=1):
        found = held.value(volume)
        if found is not None and volume > committed:
            made[place] = (found[0] - base[0]) / (volume - committed) / barrels
    return made
