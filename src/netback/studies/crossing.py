"""Where a gain changes its sign as one number is followed outwards: the nearest value found, both ways in steps."""

from __future__ import annotations

import math
from collections.abc import Callable

from netback.studies.levers import Lever

#: Changes that are tried, as parts of the number, before the ends of its stated range.
TRIED = (0.01, 0.05, 0.2, 0.5, 1.0)
#: A value is found to this part of itself.
FOUND = 1e-6
Gain = Callable[[float], float | None]


def smallest(gain: Gain, lever: Lever, now: float, found: float = FOUND) -> float | None:
    """The nearest value at which the gain changes sign, followed both ways in steps; to the part ``found`` of it."""
    ways = (outwards(gain, lever, now, sign, found) for sign in (-1.0, 1.0))
    return min((at for at in ways if at is not None), key=lambda at: abs(at - lever.value), default=None)


def outwards(gain: Gain, lever: Lever, now: float, sign: float, found: float = FOUND) -> float | None:
    """The first value on one side at which the crude no longer does what it does now."""
    points = {lever.value + sign * part * abs(lever.value) for part in TRIED}
    points |= {end for end in (lever.low, lever.high) if end is not None and sign * (end - lever.value) > 0.0}
    before = (lever.value, now)
    for point in sorted(points, key=lambda v: abs(v - lever.value)):
        there = gain(point)
        if there is None:
            return None
        if (there > 0.0) != (now > 0.0):
            return closed_in(gain, before, (point, there), found)
        before = (point, there)
    return None


def closed_in(
    gain: Gain, before: tuple[float, float], beyond: tuple[float, float], found: float = FOUND
) -> float | None:
    """The value between two at which the sign changes: the end beyond it, so that the crude does change there.

    Secants, each set half the wanted width towards the farther end, so that two of them enclose a straight crossing;
    every third point halves, which ends the search wherever the gain is not straight.
    """
    room = found * max(abs(before[0]), abs(beyond[0]))
    count = 0
    while abs(beyond[0] - before[0]) > room:
        count += 1
        middle = 0.5 * (before[0] + beyond[0])
        if count % 3:
            secant = before[0] - before[1] * (beyond[0] - before[0]) / (beyond[1] - before[1])
            farther = beyond[0] if abs(secant - before[0]) < abs(secant - beyond[0]) else before[0]
            secant += math.copysign(0.5 * room, farther - secant)
            if min(before[0], beyond[0]) < secant < max(before[0], beyond[0]):
                middle = secant
        there = gain(middle)
        if there is None:
            return None
        if (there > 0.0) != (before[1] > 0.0):
            beyond = (middle, there)
        else:
            before = (middle, there)
    return beyond[0]
