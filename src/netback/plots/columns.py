"""Boxes in columns, joined by bands that keep clear of every box they do not feed.

A band that passes a column has a place of its own in it, as if it were a box (Sugiyama, Tagawa and Toda 1981). What
stands in a column is ordered so that bands cross little: by the mean place of neighbours, then by exchanging those that
stand together. Levels come from a linear program that keeps bands as level as they can be (Gansner, Koutsofios, North
and Vo 1993). A band that runs back turns round beside its box and passes the columns between as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

_SWEEPS, _EXCHANGES = 16, 40
#: What a band weighs at least, as a part of the widest: thin ones are to cross little and run level as well.
_LEAST = 0.04


@dataclass(frozen=True)
class Band:
    """What runs from a box to another, by their numbers, as wide as it is drawn [inch]."""

    source: int
    target: int
    width: float


@dataclass(frozen=True)
class Room:
    """What a box takes up [inch]: its own height, and what is kept free below and above it for its name."""

    height: float
    below: float = 0.0
    above: float = 0.0


@dataclass(frozen=True)
class Ordered:
    """Places of every column from bottom to top: boxes by their numbers, then the waypoints of bands.

    ``columns`` has the column of every place, ``chains`` the places that every band goes through, ends included.
    """

    columns: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    stacks: tuple[tuple[int, ...], ...]

    @property
    def rank(self) -> dict[int, int]:
        """How many places of its column stand below each."""
        return {place: n for stack in self.stacks for n, place in enumerate(stack)}


def ordered(columns: Sequence[int], bands: Sequence[Band]) -> Ordered:
    """Give bands their waypoints and order every column; ``columns`` has that of every box."""
    where = list(columns)
    chains = []
    for band in bands:
        first, last = columns[band.source], columns[band.target]
        between = range(first + 1, last) if first < last else range(first, last - 1, -1)
        chains.append((band.source, *range(len(where), len(where) + len(between)), band.target))
        where.extend(between)
    widest = max((band.width for band in bands), default=1.0)
    beside: list[list[tuple[int, float]]] = [[] for _ in where]
    for band, chain in zip(bands, chains, strict=True):
        for here, there in pairwise(chain):
            weight = band.width / widest + _LEAST
            beside[here].append((there, weight))
            beside[there].append((here, weight))
    stacks: list[list[int]] = [[] for _ in range(max(where, default=-1) + 1)]
    for place in _along(chains, len(columns)):
        stacks[where[place]].append(place)
    best = _Order(where, beside, stacks)
    order = _Order(where, beside, [list(stack) for stack in stacks])
    for sweep in range(_SWEEPS):
        order.sweep(rising=sweep % 2 == 0)
        order.exchange()
        if order.crossings() < best.crossings() - 1e-9:
            best = _Order(where, beside, [list(stack) for stack in order.stacks])
    return Ordered(tuple(where), tuple(chains), tuple(map(tuple, best.stacks)))


def _along(chains: Iterable[Sequence[int]], boxes: int) -> list[int]:
    """Every place once, those of one band together, so that the first order has few crossings."""
    return list(dict.fromkeys([*(place for chain in chains for place in chain), *range(boxes)]))


class _Order:
    """An order of the columns that is being improved; ``beside`` has the neighbours of every place and their weight."""

    def __init__(
        self, columns: Sequence[int], beside: Sequence[Sequence[tuple[int, float]]], stacks: list[list[int]]
    ) -> None:
        self.stacks = stacks
        self._columns, self._beside = columns, beside
        self._rank = {place: n for stack in stacks for n, place in enumerate(stack)}

    def sweep(self, rising: bool) -> None:
        """Sort column after column by the mean place of the neighbours in the column before."""
        for column in range(len(self.stacks)) if rising else reversed(range(len(self.stacks))):
            stack = self.stacks[column]
            aim = {place: self._aim(place, column - 1 if rising else column + 1) for place in stack}
            stack.sort(key=aim.__getitem__)
            self._rank |= {place: n for n, place in enumerate(stack)}

    def _aim(self, place: int, column: int) -> float:
        near = [
            (self._part(one), weight) for one, weight in self._beside[place] if self._columns[one] == column
        ]
        if not near:
            return self._part(place)
        return sum(part * weight for part, weight in near) / sum(weight for _, weight in near)

    def _part(self, place: int) -> float:
        return (self._rank[place] + 0.5) / len(self.stacks[self._columns[place]])

    def exchange(self) -> None:
        """Exchange places that stand together as long as bands cross less for it."""
        for _ in range(_EXCHANGES):
            changed = False
            for stack in self.stacks:
                for at in range(len(stack) - 1):
                    low, high = stack[at], stack[at + 1]
                    if self._crossed(high, low) < self._crossed(low, high) - 1e-9:
                        stack[at], stack[at + 1] = high, low
                        self._rank[low], self._rank[high] = at + 1, at
                        changed = True
            if not changed:
                return

    def _crossed(self, low: int, high: int) -> float:
        """Weight of the crossings of two places that stand together, ``low`` below ``high``."""
        found = 0.0
        for one, weight in self._beside[low]:
            for other, against in self._beside[high]:
                if self._columns[one] == self._columns[other] and self._rank[one] > self._rank[other]:
                    found += weight * against
        return found

    def crossings(self) -> float:
        """Weight of all crossings."""
        return 0.5 * sum(
            self._crossed(low, high)
            for stack in self.stacks
            for n, low in enumerate(stack)
            for high in stack[n + 1 :]
        )


def rooms_of(order: Ordered, boxes: Sequence[Room], bands: Sequence[Band]) -> tuple[Room, ...]:
    """Room of every place: that of the boxes, and what the bands take at their waypoints."""
    rooms = [*boxes, *[Room(0.0)] * (len(order.columns) - len(boxes))]
    for band, chain in zip(bands, order.chains, strict=True):
        for place in chain[1:-1]:
            rooms[place] = Room(band.width)
    return tuple(rooms)


def gaps_of(order: Ordered, bands: Sequence[Band], gap: float) -> list[list[float]]:
    """Free height between what stands together in each column: nothing between bands of the same two boxes."""
    ends = {
        place: (band.source, band.target)
        for band, chain in zip(bands, order.chains, strict=True)
        for place in chain[1:-1]
    }
    return [
        [0.0 if low in ends and ends[low] == ends.get(high) else gap for low, high in pairwise(s)]
        for s in order.stacks
    ]


def tallest(order: Ordered, rooms: Sequence[Room], gaps: Sequence[Sequence[float]]) -> float:
    """Height [inch] of the tallest column."""
    heights = [
        sum(rooms[p].below + rooms[p].height + rooms[p].above for p in stack) + sum(free)
        for stack, free in zip(order.stacks, gaps, strict=True)
    ]
    return max(heights, default=0.0)


def ports(order: Ordered, bands: Sequence[Band]) -> list[list[float]]:
    """Lower edge of every band above that of each place of its chain [inch].

    At a box bands leave in the order of where they go next, and come in the order of where they come from. What turns
    round beside the box lies outermost, the nearest turn last, so that turns lie within each other.
    """
    rank = order.rank
    found = [[0.0] * len(chain) for chain in order.chains]
    sides: dict[tuple[int, bool], list[tuple[tuple[int, int], int, int]]] = {}
    for number, chain in enumerate(order.chains):
        for at, beside in ((0, 1), (len(chain) - 1, len(chain) - 2)):
            box, near = chain[at], chain[beside]
            turn = order.columns[box] == order.columns[near]
            place = ((2 if rank[near] > rank[box] else 0), -rank[near]) if turn else (1, rank[near])
            sides.setdefault((box, at == 0), []).append((place, number, at))
    for met in sides.values():
        level = 0.0
        for _, number, at in sorted(met):
            found[number][at] = level
            level += bands[number].width
    return found


def levels(
    order: Ordered,
    rooms: Sequence[Room],
    gaps: Sequence[Sequence[float]],
    bands: Sequence[Band],
    offsets: Sequence[Sequence[float]],
) -> np.ndarray[Any, Any]:
    """Lower edge of every place (places,) [inch] above the foot of the figure, bands as level as they can be."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    count, height = len(order.columns), tallest(order, rooms, gaps)
    widest = max((band.width for band in bands), default=1.0)
    entries: list[tuple[int, int, float]] = []
    least: list[float] = []
    for stack, free in zip(order.stacks, gaps, strict=True):
        for low, high, gap in zip(stack, stack[1:], free, strict=False):
            entries += [(len(least), low, -1.0), (len(least), high, 1.0)]
            least.append(rooms[low].height + rooms[low].above + gap + rooms[high].below)
    cost = [0.0] * count
    for band, chain, edges in zip(bands, order.chains, offsets, strict=True):
        for at in range(len(chain) - 1):
            rise, column = edges[at + 1] - edges[at], len(cost)
            cost.append(band.width / widest + _LEAST)
            for sign in (1.0, -1.0):
                # The new column is at least the rise of the band, up or down.
                entries += [
                    (len(least), column, 1.0), (len(least), chain[at + 1], -sign), (len(least), chain[at], sign)
                ]  # fmt: skip
                least.append(sign * rise)
    matrix = coo_array(
        ([value for *_, value in entries], tuple(np.array([entry[:2] for entry in entries]).T)),
        shape=(len(least), len(cost)),
    ).tocsr()
    extra = len(cost) - count
    lowest = [*(room.below for room in rooms), *[0.0] * extra]
    highest = [*(height - room.height - room.above for room in rooms), *[np.inf] * extra]
    found = milp(
        cost, bounds=Bounds(lowest, highest), constraints=LinearConstraint(matrix, np.array(least), np.inf)
    )
    assert found.x is not None, found.message
    return np.asarray(found.x[:count], dtype=float)
