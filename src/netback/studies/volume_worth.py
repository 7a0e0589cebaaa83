"""What one volume of a crude is worth to this plant, and how much of it the plant takes: points of its curve.

See :mod:`netback.studies.value` for the curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from netback.case.case import Case
from netback.errors import DataError, Finding, SolveError
from netback.studies.value import Held, barrels_of, least_of, most_of


@dataclass(frozen=True)
class Worth:
    """What a volume is worth at the gate against none of it, or against what is committed [currency per barrel].

    ``first`` is of the first barrel, None where something is whole and no slope is defined; ``average`` of all of it,
    known within ``within`` either way, by the gaps of both plans.
    """

    first: float | None
    average: float
    within: float


def worth(case: Case, crude: str, volume: float) -> Worth:
    """What a volume of a crude [uom of its stream] is worth on average, and its first barrel.

    Raises
    ------
    DataError
        If nothing of that name is offered, every plan takes as much, or the plant takes less.
    ModelError
        If no sound program follows from the tables, or there is no plan.
    SolveError
        If a solver fails.
    """
    held = Held(case, crude)
    barrels, committed = barrels_of(held)[1], least_of(held)
    if volume <= committed:
        what = f"every plan takes {committed:,.6g} {held.uom} of it, no less than the volume asked."
        raise DataError(Finding("--volume", what, "Ask for more."), case.subject)
    base, found = held.value(committed), held.value(volume)
    if found is None and (most := most_of(held, math.inf)) < volume:
        nothing = most <= 1e-9 * max(1.0, volume)
        what = (
            "the plant takes none of it."
            if nothing
            else f"the plant takes at most {most:,.6g} {held.uom} of it."
        )
        raise DataError(Finding("--volume", what, "Ask for less."), case.subject)
    if base is None or found is None:
        raise SolveError(Finding("", "no plan with this volume of it was found.", "Try another volume."))
    first, scale = held.slopes(committed, base[2]).next, (volume - committed) * barrels
    return Worth(
        None if first is None else first / barrels, (found[0] - base[0]) / scale, (found[1] + base[1]) / scale
    )


@dataclass(frozen=True)
class Room:
    """Greatest volume of a crude that the plant takes [``uom`` of its stream]; each holds ``per_volume`` [``per``]."""

    most: float
    uom: str
    per: str
    per_volume: float


def room(case: Case, crude: str) -> Room:
    """What the plant takes of a crude, whatever is on offer.

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
    least_of(held)
    return Room(most_of(held, math.inf), held.uom, *barrels_of(held))
