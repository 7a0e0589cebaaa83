"""Lines that share a part of their way, moved side by side so that none hides another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: Step of a line, and over how many steps it moves over and its direction is taken.
_STEP, _WINDOW = 2.0, 7


@dataclass(frozen=True)
class Line:
    """A line through places, one part between each two: ``parts[n]`` (points, 2) leads from place n to place n + 1."""

    places: tuple[Hashable, ...]
    parts: tuple[Array, ...]


def side_by_side(lines: Sequence[Line], apart: float) -> list[Array]:
    """Points (points, 2) of every line, those between the same two places ``apart`` from each other, as on a road.

    The order across is that of the lines, seen by the first that goes there, so that lines that stay together do not
    change sides. Lines meet where they begin and end. Lengths are in the uom of the points, pixels for example.
    """
    users: dict[frozenset[Hashable], list[tuple[int, int, bool]]] = {}
    for number, line in enumerate(lines):
        for part, (here, there) in enumerate(pairwise(line.places)):
            met = users.setdefault(frozenset((here, there)), [])
            first = lines[met[0][0]].places[met[0][1]] if met else here
            met.append((number, part, here == first))
    shifts = [[0.0] * len(line.parts) for line in lines]
    for met in users.values():
        for slot, (number, part, is_along) in enumerate(met):
            shift = (slot - 0.5 * (len(met) - 1)) * apart
            shifts[number][part] = shift if is_along else -shift
    return [_moved(line, shift) for line, shift in zip(lines, shifts, strict=True)]


def _moved(line: Line, shifts: Sequence[float]) -> Array:
    """The line at even steps, every part moved to its side; it moves over softly from part to part."""
    lengths = [float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in line.parts]
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    points = np.concatenate([line.parts[0][:1], *(part[1:] for part in line.parts)])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, ends[-1], max(2, int(ends[-1] / _STEP) + 1))
    even = np.column_stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)])
    part = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, len(shifts) - 1)
    shift = np.asarray(shifts)[part]
    shift[: _WINDOW // 2 + 1] = shift[-(_WINDOW // 2) - 1 :] = 0.0
    shift = _smooth(shift)
    padded = np.pad(even, ((_WINDOW, _WINDOW), (0, 0)), mode="reflect", reflect_type="odd")
    ahead = np.gradient(np.column_stack([_smooth(axis)[_WINDOW:-_WINDOW] for axis in padded.T]), axis=0)
    length = np.maximum(np.hypot(*ahead.T), 1e-9)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length[:, None]
    return np.asarray(even + shift[:, None] * across)


def _smooth(values: Array) -> Array:
    return np.convolve(values, np.full(_WINDOW, 1.0 / _WINDOW), mode="same")
