"""The course of every band of a figure in columns, as an outline that can be filled [inch]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.plots.boxes import Rectangle
from netback.plots.columns import Band, Ordered

#: Points of the bend between two columns and of a turn.
_POINTS = 33
#: How far a turn reaches beside its box, as a part of what is between two columns.
_REACH = 0.8
#: How far it reaches beside the first and the last column [inch].
TURN = 0.4

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Course:
    """A band of even height ``width``.

    ``across`` (points,) rises strictly, ``floor`` (points,) is the lower edge there, without the turns of a band that
    runs back; ``turns`` is what those take up. ``outline`` (points, 2) is the whole band, closed.
    """

    width: float
    across: Array
    floor: Array
    outline: Array
    turns: tuple[Rectangle, ...] = ()

    def low(self, x: Array) -> Array:
        """Lower edge at every ``x``; nan beside the band."""
        return np.asarray(np.interp(x, self.across, self.floor, left=np.nan, right=np.nan))


def courses(
    order: Ordered,
    bands: Sequence[Band],
    offsets: Sequence[Sequence[float]],
    foot: Array,
    edges: Sequence[tuple[float, float]],
) -> list[Course]:
    """Courses of all bands; ``edges`` are left and right of every column, ``foot`` (places,) the lower edge of each."""
    found = []
    for band, chain, above in zip(bands, order.chains, offsets, strict=True):
        floor = [float(foot[place]) + up for place, up in zip(chain, above, strict=True)]
        columns = [order.columns[place] for place in chain]
        if columns[0] < columns[-1]:
            across, low = _rising(columns, floor, edges)
            upper = np.column_stack([across, low + band.width])
            outline = np.concatenate([np.column_stack([across, low]), upper[::-1]])
            found.append(Course(band.width, across, low, outline))
        else:
            found.append(_back(band.width, columns, floor, edges))
    return found


def _rising(
    columns: Sequence[int], floor: Sequence[float], edges: Sequence[tuple[float, float]]
) -> tuple[Array, Array]:
    """Lower edge through columns from left to right, level where it passes one."""
    part = np.linspace(0.0, 1.0, _POINTS)
    ease = part * part * (3.0 - 2.0 * part)
    across, low = [], []
    for here, there, start, end in zip(columns, columns[1:], floor, floor[1:], strict=False):
        left, right = edges[here][1], edges[there][0]
        across.append(left + (right - left) * part)
        low.append(start + (end - start) * ease)
    return np.concatenate(across), np.concatenate(low)


def _back(
    width: float, columns: Sequence[int], floor: Sequence[float], edges: Sequence[tuple[float, float]]
) -> Course:
    """Out at the right of the source, round, back through the columns, round again and in at the left of the target."""
    first, last = columns[0], columns[-1]
    left, right = edges[last][0], edges[first][1]
    across, low = np.array([left, right]), np.array([floor[1], floor[1]])
    if first > last:
        across, low = _rising(columns[-2:0:-1], floor[-2:0:-1], edges)
        across = np.concatenate([[left], across, [right]])
        low = np.concatenate([[floor[-2]], low, [floor[1]]])
    beyond = _REACH * (edges[first + 1][0] - right) if first + 1 < len(edges) else TURN
    before = _REACH * (left - edges[last - 1][1]) if last else TURN
    out = _turn(right, beyond, width, floor[0], floor[1])
    into = _turn(left, -before, width, floor[-1], floor[-2])
    sides = [
        np.concatenate([one, np.column_stack([across, low + up])[::-1], other[::-1]])
        for one, other, up in zip(out, into, (width, 0.0), strict=True)
    ]
    return Course(
        width, across, low, np.concatenate([sides[0], sides[1][::-1]]), (_around(out), _around(into))
    )


def _turn(x: float, most: float, width: float, port: float, way: float) -> tuple[Array, Array]:
    """Both edges (points, 2) of a turn beside ``x``, from a box to the upper and to the lower edge of the way back.

    ``port`` and ``way`` are lower edges; the turn reaches at most ``most``, to the left where that is below zero.
    """
    side = np.sign(most)
    reach = side * min(abs(most), 0.12 + width, 0.12 + 0.5 * abs(way - port))
    inner = reach - side * min(width, 0.7 * abs(reach))
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, _POINTS)
    middle, half = 0.5 * (port + way + width), 0.5 * (way - port)
    # Where the way back lies below its box the signs of both radii turn round.
    outer, hollow = (
        (half + 0.5 * width, half - 0.5 * width) if half > 0.0 else (half - 0.5 * width, half + 0.5 * width)
    )
    far = np.column_stack([x + reach * np.cos(angle), middle + outer * np.sin(angle)])
    near = np.column_stack([x + inner * np.cos(angle), middle + hollow * np.sin(angle)])
    return (far, near) if half > 0.0 else (near, far)


def _around(edges: tuple[Array, Array]) -> Rectangle:
    points = np.concatenate(edges)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return float(left), float(right), float(bottom), float(top)
