"""Which crudes help each other in this plant: the worth of two together less that of each alone.

M(p, q) is the best margin with p of a crude A and q of a crude B bought in all, their own prices left out, everything
else as the case offers it. With Q barrels of each,

    synergy     (M(Q, Q) - M(Q, 0) - M(0, Q) + M(0, 0)) / 2Q      the two together less each alone
    of itself   (M(2Q) - 2 M(Q) + M(0)) / 2Q                      the second cargo of a crude against its first
    blending    (M(Q, Q) - (M(2Q, 0) + M(0, 2Q)) / 2) / 2Q        a cargo of each against the mean of two of either

Two crudes that fill the same plant take worth from each other, so most synergies are negative; a crude's own is never
above zero in a linear plan, where worth falls with volume. Blending is never below zero there: a plan may run the
halves of two plans side by side, and what is above that comes of mixing what the crudes make. All three are symmetric,
and none depends on which other pairs are asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.planning.model import build_plan
from netback.studies.slate import Slate, names_offered, per_uom


@dataclass(frozen=True)
class Pairs:
    """What crudes are worth together [currency per ``per`` of both]; None where there is no plan.

    ``barrels`` [``per``] of each crude; ``alone`` is the worth of that much of each against none of it. ``synergy`` is
    by both names, either way round, with a crude's own; ``blending`` too, of different crudes.
    """

    crudes: tuple[str, ...]
    per: str
    barrels: float
    alone: Mapping[str, float | None]
    synergy: Mapping[tuple[str, str], float | None]
    blending: Mapping[tuple[str, str], float | None]


def pairs(
    case: Case,
    crudes: Sequence[str],
    barrels: float,
    watch: Callable[[int, int], None] | None = None,
) -> Pairs:
    """Synergy of every pair of some crudes.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    crudes
        Streams or offers, at least two.
    barrels
        Volume of each, in barrels (in the uom of the stream where density is not known).
    watch
        Called with the number of pairs done and of all.

    Raises
    ------
    DataError
        If there are fewer than two, one is named twice, not offered, or they are priced per different uom.
    ModelError
        If no sound program follows from the tables.
    """
    _require_pairs(case, crudes)
    model = build_plan(case)
    streams = {crude: names_offered(case, crude)[0] for crude in crudes}
    scales = {crude: per_uom(model, streams[crude]) for crude in crudes}
    uoms = {per for per, _ in scales.values()}
    if len(uoms) > 1:
        raise DataError(
            Finding("--pairs", f"some crudes are priced per {' and some per '.join(sorted(uoms))}.")
        )
    volume = {crude: barrels / scale for crude, (_, scale) in scales.items()}
    alone: dict[str, float | None] = {}
    synergy: dict[tuple[str, str], float | None] = {}
    blending: dict[tuple[str, str], float | None] = {}
    wanted = list(itertools.combinations_with_replacement(crudes, 2))
    for done, (one, other) in enumerate(wanted, start=1):
        if one == other:
            alone[one], synergy[one, one] = _with_itself(Slate(model, [one]), one, volume[one], barrels)
        else:
            both = _together(Slate(model, [one, other]), (one, other), volume, barrels)
            for names in ((one, other), (other, one)):
                synergy[names], blending[names] = both
        if watch is not None:
            watch(done, len(wanted))
    return Pairs(tuple(crudes), uoms.pop(), barrels, alone, synergy, blending)


def _with_itself(
    slate: Slate, crude: str, volume: float, barrels: float
) -> tuple[float | None, float | None]:
    """Worth of a crude alone, and the synergy with itself."""
    none, once, twice = (_value(slate, {crude: times * volume}) for times in (0.0, 1.0, 2.0))
    if none is None or once is None:
        return None, None
    return (once - none) / barrels, None if twice is None else (twice - 2.0 * once + none) / (2.0 * barrels)


def _together(
    slate: Slate, names: tuple[str, str], volume: Mapping[str, float], barrels: float
) -> tuple[float | None, float | None]:
    """Synergy and blending of two crudes."""

    def value(first: float, second: float) -> float | None:
        return _value(slate, {name: t * volume[name] for name, t in zip(names, (first, second), strict=True)})

    none, one, other, both = value(0.0, 0.0), value(1.0, 0.0), value(0.0, 1.0), value(1.0, 1.0)
    if both is None:
        return None, None
    two, others = value(2.0, 0.0), value(0.0, 2.0)
    blending = None if two is None or others is None else (both - 0.5 * (two + others)) / (2.0 * barrels)
    if none is None or one is None or other is None:
        return None, blending
    return (both - one - other + none) / (2.0 * barrels), blending


def _require_pairs(case: Case, crudes: Sequence[str]) -> None:
    streams = [names_offered(case, crude)[0] for crude in crudes]
    twice = {name for name, stream in zip(crudes, streams, strict=True) if streams.count(stream) > 1}
    findings = [
        Finding("--pairs", f'"{name}" is named twice.', "Name each crude once.") for name in sorted(twice)
    ]
    if len(crudes) < 2:
        findings.append(
            Finding("--pairs", "one crude makes no pair.", "Name two or more, separated by commas.")
        )
    if findings:
        raise DataError(findings, case.subject)


def _value(slate: Slate, volumes: Mapping[str, float]) -> float | None:
    found = slate.loaded(volumes)
    return None if found is None else found.value
