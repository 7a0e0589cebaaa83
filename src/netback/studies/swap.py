"""A crude on top of the base slate, and in place of a balancing crude: with the other crudes held, and with them free.

The *base* is the best plan of the case; it buys a of a crude A and b of a balancing crude B. M is the best margin with
the volumes named in brackets held, their prices and items left out, and the other crudes either *held* at what the base
buys of each or *free* at the prices of the case. All else (units, blends, sales, power) answers in both. For Q barrels

    on top    (M(a + Q) - M(a)) / Q              worth at the gate of A on top of the base slate; B is one of the others
    swap      (M(a + Q, b - Q) - M(a, b)) / Q    worth of A less worth of B, barrel for barrel

The swap pays where that is above the cost of A at the gate less that of B. A held slate answers a buyer whose other
cargoes are bound, a free one a planner who may still change them; at the base both are the same plan, so a free slate
is worth no less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.planning.phrases import failure_findings
from netback.planning.solve import Plan, plan
from netback.program.problem import FloatArray
from netback.studies.slate import Slate, bought, names_offered, per_uom, priced

#: Days of feed that are looked at unless told [d].
USUAL_DAYS = 14.0
#: Barrels that a plan buys less of, in part of the volume, before it counts as displaced.
_DISPLACED = 1e-6


@dataclass(frozen=True)
class OnTop:
    """Worth of a crude on top of the base slate [currency per ``per``], the other crudes held or free.

    ``most`` [``per``] fits on top at most, infinite where nothing ends it; ``barrels`` are what was put on top, no more
    than that. ``first`` is the marginal worth of the first barrel, None where something is whole; ``average`` that of
    all, None where nothing fits.
    """

    held: bool
    most: float
    barrels: float
    first: float | None
    average: float | None
    gap: float


@dataclass(frozen=True)
class Swap:
    """A crude in for the balancing crude, barrel for barrel; None where the plant cannot take it.

    ``difference`` is the worth of the crude less that of the balancing crude at the gate, ``costs`` what it costs more
    there at the prices of the case (None where one has no price), ``changes`` what the plan buys more of each other
    crude [``per`` per ``per``].
    """

    held: bool
    barrels: float
    difference: float | None
    costs: float | None
    gap: float
    changes: Mapping[str, float]

    @property
    def gain(self) -> float | None:
        """What the swap earns at the prices of the case [currency per ``per``]."""
        if self.difference is None or self.costs is None:
            return None
        return self.difference - self.costs


@dataclass(frozen=True)
class Base:
    """The best plan of a case and what it buys of each crude stream [uom of the stream]."""

    plan: Plan
    bought: Mapping[str, float]

    @property
    def x(self) -> FloatArray:
        """Columns of the plan."""
        return self.plan.x


def base_of(case: Case) -> Base:
    """Solve the base plan.

    Raises
    ------
    ModelError
        If no sound program follows from the tables, or there is no plan.
    """
    solved = plan(case)
    if not solved.solved:
        raise failure_findings(solved.model, solved.certificate.word, solved.certificate.message)
    return Base(solved, bought(solved.model, solved.x))


def usual_barrels(base: Base, crudes: Sequence[str]) -> float:
    """Half a month of what the base plan buys in all, or the least that the plant takes of each crude [``per``]."""
    model = base.plan.model
    total = sum(amount * per_uom(model, name)[1] for name, amount in base.bought.items())
    found = total * min(1.0, USUAL_DAYS / float(model.case.horizon.days.sum()))
    for crude in crudes:
        stream, _ = names_offered(model.case, crude)
        most = Slate(model, [crude]).most(crude, {})
        found = min(found, math.inf if most is None else most * per_uom(model, stream)[1])
    return found


def displaced(base: Base, crude: str, barrels: float) -> str:
    """Stream of the crude that a plan with ``barrels`` of a crude buys less of by most barrels, all others free.

    Raises
    ------
    DataError
        If the crude displaces none, or the plant cannot take that much of it.
    """
    model = base.plan.model
    stream, _ = names_offered(model.case, crude)
    slate = Slate(model, [crude])
    per, scale = per_uom(model, stream)
    without, with_it = slate.loaded({crude: 0.0}), slate.loaded({crude: barrels / scale})
    if with_it is None:
        end = slate.most(crude, {})
        what = f"the plant cannot take {barrels:,.0f} {per} of {crude}"
        what += "." if end is None or math.isinf(end) else f"; it takes at most {end * scale:,.0f} {per}."
        raise DataError(Finding("--volume", what, "Name a smaller volume."))
    if without is None:
        what = f"the plant cannot do without any {crude}, so it displaces no other."
        raise DataError(Finding("--against", what, "Name a crude to compare it with."))
    before, after = bought(model, without.x), bought(model, with_it.x)
    fall = {name: (before[name] - after[name]) * per_uom(model, name)[1] for name in before if name != stream}
    most = max(fall, key=lambda name: fall[name], default="")
    if not most or fall[most] <= _DISPLACED * barrels:
        what = f"{crude} displaces no other crude of the plan, so there is none to compare it with."
        others = [name for name in before if name != stream]
        hint = f"Name one: --against {' or '.join(others)}." if others else "Offer another crude."
        raise DataError(Finding("--against", what, hint), model.case.subject)
    return most


def on_top(base: Base, crude: str, barrels: float, held: bool) -> OnTop:
    """Worth of a crude on top of the base slate.

    Parameters
    ----------
    base
        The base plan.
    crude
        Stream or offer.
    barrels
        How much is put on top, if as much fits [``per``].
    held
        Whether the other crudes are held at what the base buys.

    Raises
    ------
    DataError
        If the crude is not offered, or comes in ships.
    """
    model = base.plan.model
    stream, _ = names_offered(model.case, crude)
    per = per_uom(model, stream)[1]
    slate = Slate(model, [crude])
    others = base.x if held else None
    planned = base.bought.get(stream, 0.0)
    most = slate.most(crude, {}, others)
    room = max(0.0, (0.0 if most is None else most) - planned)
    first = slate.loaded({crude: planned}, others)
    put = min(barrels / per, room)
    slope = None if first is None else slate.slopes(crude, first).next
    if first is None or put <= _DISPLACED * barrels / per:
        return OnTop(held, room * per, 0.0, None if slope is None else slope / per, None, 0.0)
    full = slate.loaded({crude: planned + put}, others)
    average = None if full is None else (full.value - first.value) / (put * per)
    gap = first.gap if full is None else first.gap + full.gap
    return OnTop(
        held, room * per, put * per, None if slope is None else slope / per, average, gap / (put * per)
    )


def swap(base: Base, crude: str, reference: str, barrels: float, held: bool) -> Swap:
    """A crude in for a balancing crude, barrel for barrel, as far as the base buys of that and the plant takes it.

    Parameters
    ----------
    base
        The base plan.
    crude, reference
        Streams or offers; the reference goes out.
    barrels
        How much is swapped, if the base buys as much of the reference and the plant takes it [``per``].
    held
        Whether the other crudes are held at what the base buys.

    Raises
    ------
    DataError
        If one is not offered, comes in ships, both are one, or the base buys nothing of the reference.
    """
    model = base.plan.model
    stream, out = (names_offered(model.case, name)[0] for name in (crude, reference))
    if stream == out:
        raise DataError(
            Finding("--against", f'"{reference}" and "{crude}" are the same crude.', "Name another.")
        )
    per_in, per_out = per_uom(model, stream)[1], per_uom(model, out)[1]
    had = base.bought.get(out, 0.0)
    swapped = min(barrels, had * per_out)
    if swapped <= _DISPLACED * barrels:
        left = [name for name, amount in base.bought.items() if amount > 0.0 and name != stream]
        hint = f"In the plan: {', '.join(left)}." if left else "The plan buys no other crude."
        raise DataError(Finding("--against", f"the plan buys no {reference} that could go out.", hint))
    slate = Slate(model, [crude, reference])
    others = base.x if held else None
    planned = base.bought.get(stream, 0.0)
    volumes = {crude: planned, reference: had}
    most = slate.most_swapped(crude, reference, volumes, per_in / per_out, others) * per_in
    swapped = min(swapped, most)
    before = slate.loaded(volumes, others)
    after = None
    if most > _DISPLACED * barrels:
        after = slate.loaded(
            {crude: planned + swapped / per_in, reference: max(0.0, had - swapped / per_out)}, others
        )
    in_, out_ = priced(model, crude, per_in), priced(model, reference, per_out)
    costs = None if in_.price is None or out_.price is None else in_.gate(in_.price) - out_.gate(out_.price)
    if before is None or after is None:
        return Swap(held, swapped, None, costs, math.inf, {})
    first, second = bought(model, before.x), bought(model, after.x)
    changes = {
        name: (second[name] - first[name]) * per_uom(model, name)[1] / swapped
        for name in first
        if name not in (stream, out)
    }
    gap = (before.gap + after.gap) / swapped
    return Swap(held, swapped, (after.value - before.value) / swapped, costs, gap, changes)
