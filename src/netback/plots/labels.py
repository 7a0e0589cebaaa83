"""Labels of a figure that keep clear of each other: each takes the first free place, or is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import cos, pi, sin
from typing import Any

import numpy as np

from netback.plots.boxes import Point, Rectangle, is_within, meets, overlap

#: Where a name may stand beside its point [points] and which of its corners looks at it, the best first.
BESIDE = (
    (4.0, 4.0, "left", "bottom"),
    (4.0, -4.0, "left", "top"),
    (-4.0, 4.0, "right", "bottom"),
    (-4.0, -4.0, "right", "top"),
    (0.0, 6.0, "center", "bottom"),
    (0.0, -6.0, "center", "top"),
    (7.0, 0.0, "left", "center"),
    (-7.0, 0.0, "right", "center"),
)
#: Further off, for a name that must be told: a thin line leads to its point.
FURTHER = tuple(
    (
        far * cos(pi * turn / 8.0),
        far * sin(pi * turn / 8.0),
        "center" if turn % 8 == 4 else "left" if cos(pi * turn / 8.0) > 0.0 else "right",
        "center" if turn % 8 == 0 else "bottom" if sin(pi * turn / 8.0) > 0.0 else "top",
    )
    for far in (13.0, 20.0, 29.0, 40.0, 53.0, 68.0, 85.0, 105.0, 130.0)
    for turn in (2, 14, 6, 10, 1, 15, 3, 13, 0, 4, 12, 5, 11, 7, 9, 8)
)

#: So many of those stand near enough for a name that need not be told.
_NEAR = 32


class Labels:
    """Places taken by the labels of one pair of axes; make it when limits, title and legend are set."""

    def __init__(self, axes: Any, taken: Iterable[Any] = ()) -> None:
        """Lay the figure out. ``taken`` are artists that nothing may stand on, a legend for example."""
        self._axes = axes
        axes.figure.draw_without_rendering()
        self._renderer = axes.figure.canvas.get_renderer()
        self._within = _rectangle(axes.get_window_extent(self._renderer))
        self._taken = [_rectangle(artist.get_window_extent(self._renderer)) for artist in taken]
        self._lines: list[tuple[Point, Point]] = []
        self._off = np.empty((0, 2))

    def mark(self, x: float, y: float, points: float) -> None:
        """Keep a point of the data, and a few points around it, free of labels."""
        pixels = points * self._axes.figure.dpi / 72.0
        across, up = self._axes.transData.transform((x, y))
        self._taken.append((across - pixels, across + pixels, up - pixels, up + pixels))

    def keep_off(self, line: np.ndarray[Any, Any]) -> None:
        """Keep labels off a line if they can be; its points (points, 2) [pixels] stand close together."""
        self._off = np.concatenate([self._off, line])

    def fits(self, text: Any) -> bool:
        """Whether a text overlaps nothing and stands within the axes; if so, its place is taken."""
        box = self._extent(text)
        if not self._is_free(box) or any(meets(*line, box) for line in self._lines):
            return False
        self._taken.append(box)
        return True

    def _is_free(self, box: Rectangle) -> bool:
        return is_within(box, self._within) and not any(overlap(box, other) for other in self._taken)

    def _extent(self, text: Any) -> Rectangle:
        """Box of the words alone: that of an annotation counts its line, which leads to a point that is taken."""
        from matplotlib.text import Annotation, Text

        if isinstance(text, Annotation):
            text.update_positions(self._renderer)
        return _rectangle(Text.get_window_extent(text, self._renderer))

    def beside(self, name: str, x: float, y: float, must: bool, **style: Any) -> bool:
        """Write a name beside a point of the data; one that must be told may stand further off, on a line.

        It stands off the lines that labels are to keep off. One that must be told may stand on them where there is no
        other place, and at last where lines to names cross names.
        """
        point = tuple(self._axes.transData.transform((x, y)))
        for (across, up, ha, va), is_far, strictness in self._places(must):
            line = {"arrowstyle": "-", "lw": 0.6, "color": "#444444", "shrinkA": 0.0, "shrinkB": 2.0}
            text = self._axes.annotate(
                name, (x, y), xytext=(across, up), textcoords="offset points", ha=ha, va=va,
                arrowprops=line if is_far else None, **style,
            )  # fmt: skip
            text.set_in_layout(False)
            box = self._extent(text)
            middle = (0.5 * (box[0] + box[1]), 0.5 * (box[2] + box[3]))
            if (
                self._is_free(box)
                and (strictness < 2 or not self._touches(box))
                and (strictness < 1 or not self._is_crossed(box, middle, point if is_far else middle))
            ):
                self._taken.append(box)
                if is_far:
                    self._lines.append((middle, point))
                return True
            text.remove()
        return False

    def _places(self, must: bool) -> Iterator[tuple[tuple[float, float, str, str], bool, int]]:
        """Places of a name, whether each is far off, and how strictly it keeps off lines there: 2, 1 or not at all."""
        for strictness in (2, 1, 0) if must else (2,):
            for place in BESIDE:
                yield place, False, strictness
            for place in FURTHER if must else FURTHER[:_NEAR]:
                yield place, True, strictness

    def _touches(self, box: Rectangle) -> bool:
        x, y = self._off.T
        return bool(((x > box[0]) & (x < box[1]) & (y > box[2]) & (y < box[3])).any())

    def _is_crossed(self, box: Rectangle, start: Point, point: Point) -> bool:
        """Whether a line crosses this name, or its own line from ``start`` what is taken, that at ``point`` aside."""
        return any(meets(*line, box) for line in self._lines) or any(
            meets(start, point, other)
            for other in self._taken
            if not (other[0] <= point[0] <= other[1] and other[2] <= point[1] <= other[3])
        )


def _rectangle(box: Any) -> Rectangle:
    return float(box.x0), float(box.x1), float(box.y0), float(box.y1)
