"""Pools whose contents were made of one other pool: which they are, and what of them came which way.

What a unit makes of a mix is a mix itself. Of class c of a pool r the unit makes lot l in the amount w[l], so that what
it made of ``made`` [uom of r] of the mix holds

    w[l] share[r, c(l)] made                                                             [uom of the stream of l]

of every lot. All that came one way, by one mode of a unit or one swing, is a *family*: its lots follow from the shares
of r and one amount, and this holds on through further units and pools. A pool with a stock keeps what came before, and
is a root; so is a pool of which no part came from another one, if it is written with shares of classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.refinery.build import Build, FloatArray
from netback.refinery.pool_inlets import Inlet, inlets_of
from netback.refinery.pools import Pool

#: The form of pools that have families.
TRACED = "traced"


@dataclass(frozen=True, eq=False)
class Family:
    """What came into a pool in one way; pools by their places in the list of all.

    ``above`` is the pool before and ``user`` what takes it there; ``before`` the family there that it was made of, None
    where the pool before is the root.
    """

    name: str
    pool: int
    root: int
    above: int
    user: str
    before: int | None


@dataclass(frozen=True, eq=False)
class Part:
    """What of a class came with one family: made of class ``source`` of the root, ``weights`` per uom, (periods,)."""

    family: int
    source: int
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Traced:
    """Families of one pool, and the parts of every class that comes from them alone."""

    families: tuple[Family, ...]
    classes: Mapping[int, tuple[Part, ...]]


#: Way of a part: the pool before, what takes it there, and the family there.
_Way = tuple[int, str, int | None]


def traces(build: Build, made: Sequence[Pool]) -> Mapping[int, Traced]:
    """What the pools in the traced form are made of, by their places."""
    tracer = _Tracer(build, made, {place for place, pool in enumerate(made) if pool.form == "source"})
    return {place: tracer.traced(place) for place, pool in enumerate(made) if pool.form == TRACED}


def with_traced(build: Build, made: Sequence[Pool]) -> list[Pool]:
    """Pools with forms, those that were made of other pools in the traced form."""
    kept = {place for place, pool in enumerate(made) if pool.is_kept}
    tracer = _Tracer(build, made, kept)
    return [
        replace(pool, form=TRACED) if tracer.traced(place).families else pool
        for place, pool in enumerate(made)
    ]


class _Tracer:
    """Goes up from pool to pool; ``roots`` are not traced, whatever they are made of."""

    def __init__(self, build: Build, made: Sequence[Pool], roots: set[int]) -> None:
        self._build, self._made, self._roots = build, made, roots
        self._place = {pool.stream: place for place, pool in enumerate(made)}
        self._found: dict[int, Traced] = {}

    def traced(self, place: int) -> Traced:
        """What one pool is made of; nothing for a root, nor for a pool that is made of itself."""
        if place not in self._found:
            self._found[place] = Traced((), {})
            if place not in self._roots:
                self._found[place] = self._traced(place)
        return self._found[place]

    def _traced(self, place: int) -> Traced:
        pool = self._made[place]
        ways: dict[int, list[Inlet]] = {lot: [] for lot in pool.lots}
        for way in inlets_of(self._build, pool):
            ways[way.lot].append(way)
        known: dict[_Way, int] = {}
        classes: dict[int, tuple[Part, ...]] = {}
        for number in range(pool.matter.count):
            lots = [lot for lot, its in zip(pool.lots, pool.matter.classes, strict=True) if its == number]
            found = [self._parts(pool, way) for lot in lots for way in ways[lot]]
            if all(ways[lot] for lot in lots) and all(found):
                classes[number] = tuple(
                    Part(known.setdefault(key, len(known)), source, weights)
                    for parts in found
                    for key, source, weights in parts
                )
        return Traced(tuple(self._family(place, *key) for key in known), classes)

    def _family(self, place: int, above: int, user: str, before: int | None) -> Family:
        upper = None if before is None else self._found[above].families[before]
        way = f"{self._made[above].stream if upper is None else upper.name}, {user}"
        root = above if upper is None else upper.root
        return Family(f"{self._made[place].stream}: {way}", place, root, above, user, before)

    def _parts(self, pool: Pool, way: Inlet) -> list[tuple[_Way, int, FloatArray]]:
        """What an inlet brings: its way, the class of the root that it is made of and the amount; empty if unknown."""
        if way.feed is None or not bool((way.weights > 0.0).all()):
            return []
        above = self._place.get(self._build.network.lots[way.feed].stream)
        names = (f"feed of {way.by}", f"swing to {pool.stream}", f"flow to {pool.stream}")
        users = () if above is None else self._made[above].users
        taken = [
            name for name in (names[1:] if way.by.startswith("join of ") else names[:1]) if name in users
        ]
        if above is None or len(taken) != 1:
            return []
        found = self._sources(above, way.feed)
        return [
            ((above, taken[0], before), source, weights * way.weights) for before, source, weights in found
        ]

    def _sources(self, place: int, lot: int) -> list[tuple[int | None, int, FloatArray]]:
        """Families of a lot in its pool (None: a root), with its class in the root and its amount per uom of that."""
        pool = self._made[place]
        number = int(pool.matter.classes[pool.lots.index(lot)])
        # Lots of one class are not told apart: what flows on of each of them does not follow from the class.
        if int((pool.matter.classes == number).sum()) > 1:
            return []
        above = self.traced(place)
        if number in above.classes:
            return [(part.family, part.source, part.weights) for part in above.classes[number]]
        is_root = not above.families and (place in self._roots or pool.form == "source")
        return [(None, number, np.ones(self._build.count))] if is_root else []
