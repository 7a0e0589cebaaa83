"""A cargo of a crude on top of the base slate, in place of a cargo of another, and together with one: whole ships.

The *base* is the best plan of the case; it loads a cargoes of a crude A and b of a balancing crude B over the horizon.
M is the best margin with the numbers of cargoes in brackets, prices and all (:mod:`netback.studies.cargo_slate`: the
other cargoes held as the base has them, or free):

    on top      M(a + 1) - M                    what one cargo more of A earns
    swap        M(a + 1, b - 1) - M             what a cargo of A in place of one of B earns
    synergy     M(1, 1) - M(1, 0) - M(0, 1) + M(0, 0)          a cargo of each, beyond what must load, less each alone
    of itself   M(2) - 2 M(1) + M(0);   blending  M(1, 1) - (M(2, 0) + M(0, 2)) / 2

Cargoes differ in size and month, so these are told in money, with the quantities beside them, and not per barrel. With
the other cargoes held one cargo of A is added to a slate that stays, so it has a *break-even price*: that of the cargo
alone at which the plan with it is as good as the base, by :func:`netback.studies.lifting.root`. With the others free
months and sizes of A's other cargoes change too; ``netback value`` tells the break-even price of each month then.
Every figure is known within the gaps of the proofs of its plans, and told with it. In a plan with ships blending may be
below zero: halves of two plans are none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.program.problem import FloatArray, Problem
from netback.studies.asked import Asked
from netback.studies.cargo_slate import CargoSlate, Loading
from netback.studies.lifting import GAP, Known, best_plan, root, solved
from netback.studies.slate import is_crude, per_uom
from netback.supply.cargo_options import Slot

Watch = Callable[[int, int], None]
#: Barrels that a plan loads less of, in part of what it loads more of the crude, before a crude counts as displaced.
_DISPLACED = 1e-3


@dataclass(frozen=True)
class Change:
    """What a change of the numbers of cargoes does, the other cargoes held or free; money in currency of the case.

    ``gain`` is what it earns against the base, ``low`` and ``high`` its proven ends, None where no plan has it.
    ``costs`` is what cargoes of the crudes named cost more at the gate, so the rest of the plan is worth ``worth``
    more. ``volumes`` are what the plan loads more of each crude [bbl], ``loads`` and ``leaves`` the cargoes that it has
    beyond the base and lacks. ``price`` and ``break_even`` with its ends are of the cargo that is more, per ``per``, on
    ``basis``; None where it is not defined.
    """

    held: bool
    gain: float | None = None
    low: float = math.nan
    high: float = math.nan
    costs: float = math.nan
    volumes: Mapping[str, float] = field(default_factory=dict)
    loads: tuple[Loading, ...] = ()
    leaves: tuple[Loading, ...] = ()
    price: float | None = None
    break_even: float | None = None
    break_even_low: float | None = None
    break_even_high: float | None = None

    @property
    def worth(self) -> float:
        """What the rest of the plan is worth more."""
        return math.nan if self.gain is None else self.gain + self.costs


@dataclass(frozen=True)
class CargoPairs:
    """What cargoes are worth together [currency]; None where there is no plan, ``gap`` the widest gap of one figure."""

    crudes: tuple[str, ...]
    alone: Mapping[str, float | None]
    synergy: Mapping[tuple[str, str], float | None]
    blending: Mapping[tuple[str, str], float | None]
    gap: float


@dataclass(frozen=True)
class CargoEvaluation:
    """A crude in ships against another. ``number`` are cargoes in the base plan, ``basis`` that of its prices."""

    crude: str
    reference: str
    per: str
    basis: str
    margin: float
    gap: float
    number: Mapping[str, float]
    on_top: tuple[Change, ...] = ()
    swaps: tuple[Change, ...] = ()
    pairs: CargoPairs | None = None
    complete: bool = False


def cargo_evaluation(
    case: Case,
    crude: str,
    against: str = "",
    pairs: Sequence[str] = (),
    gap: float = GAP,
    watch: Watch | None = None,
) -> Iterator[CargoEvaluation]:
    """Evaluate a crude that comes in ships; what is known, step by step.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    crude, against
        Streams or offers; the balancing crude is the one that a further cargo displaces most of unless told.
    pairs
        Crudes of which pairs are told.
    gap
        Relative gap of each plan.
    watch
        Called with the number of plans done and of all.

    Raises
    ------
    DataError
        If one is not offered or comes without ships, both are one, or the crude displaces none.
    ModelError
        If no sound program follows from the tables, or there is no plan.
    """
    work = _Work(case, crude, gap, watch)
    listed = [work.slate.stream(name) for name in pairs]
    _require(case, listed, pairs)
    other = work.slate.stream(against) if against else ""
    if other == work.stream:
        what = f'"{against}" and "{crude}" are the same crude.'
        raise DataError(Finding("--against", what, "Name another, or leave it out."))
    pair_plans = len(listed) * (len(listed) - 1) // 2 * 6 + 3 * len(listed)
    work.total = 5 + pair_plans
    work.start()
    told = work.told(against)
    on_top = work.on_top(held=False)
    if not other:
        other = work.displaced(on_top)
    told = replace(told, reference=against or other, on_top=(on_top,), number=work.numbers(other))
    yield told
    told = replace(told, on_top=(work.on_top(held=True), on_top))
    yield told
    if told.number[other]:
        for held in (True, False):
            told = replace(told, swaps=(*told.swaps, work.swap(other, held)))
            yield told
    if listed:
        told = replace(told, pairs=work.pairs(listed, pairs))
    yield replace(told, complete=True)


def _require(case: Case, listed: Sequence[str], names: Sequence[str]) -> None:
    twice = sorted({name for name, stream in zip(names, listed, strict=True) if listed.count(stream) > 1})
    findings = [Finding("--pairs", f'"{name}" is named twice.', "Name each crude once.") for name in twice]
    if len(listed) == 1:
        findings.append(
            Finding("--pairs", "one crude makes no pair.", "Name two or more, separated by commas.")
        )
    if findings:
        raise DataError(findings, case.subject)


class _Work:
    """The base plan and plans beside it."""

    def __init__(self, case: Case, crude: str, gap: float, watch: Watch | None) -> None:
        self.slate, self.gap, self.watch = CargoSlate(case), gap, watch
        self.stream, self.crude = self.slate.stream(crude), crude
        self.asked = Asked(case, self.stream)
        self.total, self.done = 1, 0
        self._known: dict[tuple[tuple[str, float], ...], Known | None] = {}
        self._base: Known | None = None

    def start(self) -> None:
        """Find the base plan; raises ModelError if there is none."""
        self._base = best_plan(self.asked, self.gap)
        self._count()

    @property
    def base(self) -> Known:
        """The best plan of the case."""
        assert self._base is not None
        return self._base

    def _count(self) -> None:
        self.done += 1
        if self.watch is not None:
            self.watch(min(self.done, self.total), self.total)

    def _solved(self, problem: Problem) -> Known | None:
        found = solved(problem, self.gap)
        self._count()
        return found

    def told(self, against: str) -> CargoEvaluation:
        """What is known with the base plan."""
        per = per_uom(self.slate.model, self.stream)[0]
        offer = self.asked.offers[0]
        rows = [row for row in self.slate.case.table("offers").records if row["offer"] == offer]
        gap = self.base.bound - self.base.value
        return CargoEvaluation(
            self.crude, against, per, str(rows[0]["price_basis"]), self.base.value, gap, {}
        )

    def numbers(self, other: str) -> dict[str, float]:
        """Cargoes of both crudes in the base plan."""
        return {name: self.slate.number(name, self.base.x) for name in (self.stream, other)}

    def displaced(self, on_top: Change) -> str:
        """Stream in ships that a plan with a further cargo loads less of by most barrels."""
        fall = {name: -more for name, more in on_top.volumes.items() if name in self.slate.shipped}
        fall.pop(self.stream, None)
        most = max(fall, key=lambda name: fall[name], default="")
        if not most or fall[most] <= _DISPLACED * abs(on_top.volumes[self.stream]):
            what = f"a further cargo of {self.crude} displaces no other crude of the plan."
            others = [name for name in self.slate.shipped if name != self.stream]
            if on_top.gain is None:
                what = f"no plan has a cargo of {self.crude} more, so none shows what it would displace."
            hint = (
                f"Name one with --against: {', '.join(others)}."
                if others
                else "Offer another crude in ships."
            )
            raise DataError(Finding("--against", what, hint), self.slate.case.subject)
        return most

    def on_top(self, *, held: bool) -> Change:
        """One cargo more than the base."""
        more = {self.stream: self.slate.number(self.stream, self.base.x) + 1.0}
        problem = self.slate.with_numbers(more, self.base.x if held else None)
        found = self._solved(problem)
        made = self._change(found, (self.stream,), held)
        return self._priced(made, problem, found) if held and found is not None else made

    def swap(self, other: str, held: bool) -> Change:
        """One cargo more than the base, and one fewer of another crude."""
        x = self.base.x
        numbers = {
            self.stream: self.slate.number(self.stream, x) + 1.0,
            other: self.slate.number(other, x) - 1.0,
        }
        found = self._solved(self.slate.with_numbers(numbers, x if held else None))
        return self._change(found, (self.stream, other), held)

    def _change(self, found: Known | None, crudes: Sequence[str], held: bool) -> Change:
        if found is None:
            return Change(held)
        base, slate = self.base, self.slate
        costs = sum(slate.cost(name, found.x) - slate.cost(name, base.x) for name in crudes)
        volumes = {
            name: (self._bought(name, found.x) - self._bought(name, base.x)) * per_uom(slate.model, name)[1]
            for name in self._crudes()
        }
        loads, leaves = self._differences(found.x)
        gain = found.value - base.value
        ends = found.value - base.bound, found.bound - base.value
        return Change(held, gain, *ends, costs, volumes, loads, leaves)

    def _crudes(self) -> list[str]:
        model = self.slate.model
        return list(
            dict.fromkeys(model.network.lots[t.lot].stream for t in model.tranches if is_crude(model, t.lot))
        )

    def _bought(self, stream: str, x: FloatArray) -> float:
        model = self.slate.model
        ids = model.build.blocks["purchase"].ids
        return float(
            sum(
                x[ids[k]].sum()
                for k, t in enumerate(model.tranches)
                if model.network.lots[t.lot].stream == stream
            )
        )

    def _differences(self, x: FloatArray) -> tuple[tuple[Loading, ...], tuple[Loading, ...]]:
        """Cargoes that a plan has beyond the base, and those that it lacks."""
        loads, leaves = [], []
        for stream in self.slate.shipped:
            before = {(one.cargo, one.period): one for one in self.slate.loadings(stream, self.base.x)}
            after = {(one.cargo, one.period): one for one in self.slate.loadings(stream, x)}
            for key in sorted(before.keys() | after.keys(), key=lambda key: (key[1], key[0])):
                one, two = before.get(key), after.get(key)
                ships = (two.ships if two else 0.0) - (one.ships if one else 0.0)
                quantity = (two.quantity if two else 0.0) - (one.quantity if one else 0.0)
                known = two or one
                assert known is not None
                if ships > 0.0:
                    loads.append(replace(known, ships=ships, quantity=quantity))
                elif ships < 0.0:
                    leaves.append(replace(known, ships=-ships, quantity=-quantity))
        return tuple(loads), tuple(leaves)

    def _priced(self, made: Change, problem: Problem, found: Known) -> Change:
        """With the price at which the cargo that is more just pays."""
        weights, prices = self._weights()
        committed = float(weights @ self.base.x)
        one_ship = [
            (slot.least * weights[column], slot.most * weights[column])
            for slot, column in self._slot_columns()
        ]
        ends = committed + min(low for low, _ in one_ship), committed + max(high for _, high in one_ship)
        per = per_uom(self.slate.model, self.stream)[1]
        even = root(problem, weights, ends, self.base, found, self.gap)
        if even is None:
            return made
        more = even.one.x - self.base.x
        # Held quantities may move by a hair; they are no part of the cargo.
        more[np.abs(more) <= _DISPLACED * float(np.abs((weights > 0.0) * more).max())] = 0.0
        loaded = float((weights > 0.0) @ more)
        price = float(prices @ more) / loaded / per
        low, high, rise = (end / per for end in (even.low, even.high, even.rise))
        return replace(
            made,
            price=price,
            break_even=price + rise,
            break_even_low=price + low,
            break_even_high=price + high,
        )

    def _slot_columns(self) -> list[tuple[Slot, int]]:
        cargoes, ids = self.slate.model.cargoes, self.slate.model.build.blocks["cargo_loaded"].ids
        found = [(cargoes.slot(n, t), int(ids[n, t])) for n, t in self.slate.slots(self.stream)]
        return [(slot, column) for slot, column in found if slot is not None]

    def _weights(self) -> tuple[FloatArray, FloatArray]:
        """What a price rise of 1 costs per uom loaded, and the prices, float (columns,)."""
        width = self.slate.problem.shape[1]
        weights, prices = np.zeros(width), np.zeros(width)
        cargoes = self.slate.model.cargoes
        for (position, period), (slot, column) in zip(
            self.slate.slots(self.stream), self._slot_columns(), strict=True
        ):
            offer = cargoes.cargo(position).offer
            weights[column] = 1.0 + self.asked.share(offer, period) + sum(slot.terms.per_price.values())
            prices[column] = self.asked.record(offer, period)[1]
        return weights, prices

    def _numbered(self, numbers: Mapping[str, float]) -> Known | None:
        """The best plan with so many cargoes of each beyond what must load."""
        key = tuple(sorted(numbers.items()))
        if key not in self._known:
            held = {name: self.slate.must(name) + more for name, more in numbers.items()}
            self._known[key] = self._solved(self.slate.with_numbers(held))
        return self._known[key]

    def pairs(self, streams: Sequence[str], names: Sequence[str]) -> CargoPairs:
        """Synergy of every pair of crudes."""
        alone: dict[str, float | None] = {}
        synergy: dict[tuple[str, str], float | None] = {}
        blending: dict[tuple[str, str], float | None] = {}
        gaps = [0.0]

        def added(terms: Sequence[tuple[float, Mapping[str, float]]]) -> float | None:
            plans = [(weight, self._numbered(numbers)) for weight, numbers in terms]
            known = [(weight, one) for weight, one in plans if one is not None]
            if len(known) < len(plans):
                return None
            gaps.append(sum(abs(weight) * (one.bound - one.value) for weight, one in known))
            return math.fsum(weight * one.value for weight, one in known)

        named = dict(zip(streams, names, strict=True))
        for one, name in named.items():
            alone[name] = added([(1.0, {one: 1.0}), (-1.0, {one: 0.0})])
            synergy[name, name] = added([(1.0, {one: 2.0}), (-2.0, {one: 1.0}), (1.0, {one: 0.0})])
        for one, two in itertools.combinations(streams, 2):
            both = added(
                [
                    (1.0, {one: 1.0, two: 1.0}),
                    (-1.0, {one: 1.0, two: 0.0}),
                    (-1.0, {one: 0.0, two: 1.0}),
                    (1.0, {one: 0.0, two: 0.0}),
                ]
            )
            mixed = added(
                [(1.0, {one: 1.0, two: 1.0}), (-0.5, {one: 2.0, two: 0.0}), (-0.5, {one: 0.0, two: 2.0})]
            )
            for key in ((named[one], named[two]), (named[two], named[one])):
                synergy[key], blending[key] = both, mixed
        return CargoPairs(tuple(names), alone, synergy, blending, max(gaps))
