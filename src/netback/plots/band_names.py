"""Names of the bands of a figure in columns: within the band, close beside it, or further off on a thin line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.plots.boxes import Point, Rectangle, is_within, meets, overlap
from netback.plots.courses import Course

FONT, LINES = 7.0, 1.1
#: Step of the places that are tried, and what is kept free around a name [inch].
_STEP, _FREE = 0.02, 0.02
#: A band so wide is named on a line where nothing else has room; how far along it the line may end [inch].
_LINED, _ALONG = 0.05, 1.3
#: A name that needs this many letters or more may stand in two lines.
_SHORT = 8
#: How far off a name on a line may stand, the nearest first [inch].
_AROUND = sorted(
    ((across, up) for across in np.arange(-0.8, 0.9, 0.1) for up in np.arange(-0.8, 0.9, 0.1)),
    key=lambda off: float(np.hypot(*off)),
)


@dataclass(frozen=True)
class Name:
    """Words, with the size they take [inch]."""

    words: str
    width: float
    height: float

    def at(self, x: float, y: float) -> Rectangle:
        """What it takes up with its middle at a point."""
        return x - 0.5 * self.width, x + 0.5 * self.width, y - 0.5 * self.height, y + 0.5 * self.height


@dataclass(frozen=True)
class Spot:
    """Where the middle of a name stands, and the point of its band that a line leads to, if it stands off."""

    x: float
    y: float
    leads_to: Point | None = None


def measured(axes: Any, words: str, font: float) -> Name:
    """A name as axes that are laid out in inches write it."""
    text = axes.text(0.0, 0.0, words, fontsize=font, linespacing=LINES)
    box = text.get_window_extent(axes.figure.canvas.get_renderer())
    text.remove()
    return Name(words, box.width / axes.figure.dpi, box.height / axes.figure.dpi)


def wordings(name: str) -> list[str]:
    """The words of a name in one line, and in two lines as even as they can be."""
    words = name.replace("_", " ").split()
    whole = " ".join(words)
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    if len(whole) < _SHORT or not halves:
        return [whole]
    return [whole, "\n".join(min(halves, key=lambda lines: max(map(len, lines))))]


class BandNames:
    """Finds places for names; ``taken`` is what they must not touch, ``within`` what they must not leave."""

    def __init__(self, bands: Sequence[Course], taken: Sequence[Rectangle], within: Rectangle) -> None:
        self._within = within
        self._grid = np.arange(within[0], within[1], _STEP)
        self._low = np.array([band.low(self._grid) for band in bands])
        self._high = self._low + np.array([band.width for band in bands])[:, None]
        self._start = [band.across[0] for band in bands]
        self._taken = [*map(_wider, taken), *(turn for band in bands for turn in band.turns)]
        self._lines: list[tuple[Point, Point]] = []

    def place(self, number: int, names: Sequence[Name]) -> tuple[Name, Spot] | None:
        """The best free place of a band's name, of its wordings the first that has one; it is taken then."""
        for search in (self._on_it, self._beside, self._further):
            for name in names:
                spot = min(search(number, name), key=lambda one: one[0], default=None)
                if spot is not None:
                    _, found = spot
                    self._taken.append(_wider(name.at(found.x, found.y)))
                    if found.leads_to is not None:
                        self._lines.append(((found.x, found.y), found.leads_to))
                    return name, found
        return None

    def _windows(self, number: int, name: Name) -> Iterator[tuple[float, float, slice]]:
        """Where a name may stand along its band: its middle, how far from the best, and its part of the grid."""
        there = np.flatnonzero(np.isfinite(self._low[number]))
        reach = int(np.ceil(0.5 * name.width / _STEP)) + 1
        for at in there[reach : len(there) - reach : 3]:
            x = float(self._grid[at])
            yield x, abs(x - self._start[number] - 0.6), slice(at - reach, at + reach + 1)

    def _on_it(self, number: int, name: Name) -> Iterator[tuple[float, Spot]]:
        """Places within the band, those the best that no other band crosses."""
        for x, off, part in self._windows(number, name):
            floor, ceiling = self._low[number, part].max(), self._high[number, part].min()
            y = 0.5 * float(floor + ceiling)
            if ceiling - floor >= name.height + _FREE and not self._is_taken(name.at(x, y)):
                yield self._crossing(name.at(x, y), part, number) + 0.1 * off, Spot(x, y)

    def _beside(self, number: int, name: Name) -> Iterator[tuple[float, Spot]]:
        """Free places close above or below the band."""
        half = 0.5 * name.height + _FREE
        for x, off, part in self._windows(number, name):
            for y in (
                float(self._high[number, part].max()) + half,
                float(self._low[number, part].min()) - half,
            ):
                # Where a band is steep, its name would stand far from it.
                middle = self._low[number, part][(part.stop - part.start) // 2] + 0.5 * (
                    self._high[number, part.start] - self._low[number, part.start]
                )
                slope = abs(y - float(middle))
                if not self._is_taken(name.at(x, y)) and not self._crossing(name.at(x, y), part, None):
                    yield slope + 0.1 * off, Spot(x, y)

    def _further(self, number: int, name: Name) -> Iterator[tuple[float, Spot]]:
        """Free places off a wide band, with a line to it that crosses no name."""
        thick = float(np.nanmax(self._high[number] - self._low[number]))
        if thick < _LINED:
            return
        there = np.flatnonzero(np.isfinite(self._low[number]))
        points = [
            (float(self._grid[at]), float(self._low[number, at]) + 0.5 * thick)
            for at in there[4 : int(_ALONG / _STEP) : 8]
        ]
        for across, up in _AROUND:
            for point in points:
                x, y = point[0] + across, point[1] + up
                box = name.at(x, y)
                reach = slice(*np.searchsorted(self._grid, box[:2]))
                if not (
                    self._is_taken(box) or self._crossing(box, reach, None) or self._is_barred((x, y), point)
                ):
                    yield np.hypot(across, up), Spot(x, y, point)
                    return

    def _is_taken(self, box: Rectangle) -> bool:
        if not is_within(box, self._within):
            return True
        return any(overlap(box, other) for other in self._taken) or any(
            meets(*line, box) for line in self._lines
        )

    def _is_barred(self, start: Point, end: Point) -> bool:
        """Whether a line would cross what is taken."""
        return any(meets(start, end, box) for box in self._taken)

    def _crossing(self, box: Rectangle, part: slice, own: int | None) -> int:
        """How many bands cross a rectangle, the one of number ``own`` left out."""
        met = ((self._low[:, part] < box[3] + _FREE) & (self._high[:, part] > box[2] - _FREE)).any(axis=1)
        if own is not None:
            met[own] = False
        return int(met.sum())


def _wider(box: Rectangle) -> Rectangle:
    return box[0] - 2.0 * _FREE, box[1] + 2.0 * _FREE, box[2] - _FREE, box[3] + _FREE
