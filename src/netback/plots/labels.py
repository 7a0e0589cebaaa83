"""Labels of a figure that keep clear of each other: each takes the first free place, or is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Where a name may stand beside its point [points] and which of its corners looks at it, the best first.
BESIDE = (
    (4.0, 4.0, "left", "bottom"),
    (4.0, -4.0, "left", "top"),
    (-4.0, 4.0, "right", "bottom"),
    (-4.0, -4.0, "right", "top"),
    (0.0, 6.0, "center", "bottom"),
    (0.0, -6.0, "center", "top"),
)
#: Further off, for a name that must be told: a thin line leads to its point.
FURTHER = tuple(
    (side * across, up * high, "left" if side > 0 else "right", "bottom" if up > 0 else "top")
    for high in (10.0, 20.0, 32.0, 46.0)
    for across in (8.0, 22.0)
    for up in (1.0, -1.0)
    for side in (1.0, -1.0)
)


class Labels:
    """Places taken by the labels of one pair of axes; make it when limits, title and legend are set."""

    def __init__(self, axes: Any, taken: Iterable[Any] = ()) -> None:
        """Lay the figure out. ``taken`` are artists that nothing may stand on, a legend for example."""
        self._axes = axes
        axes.figure.draw_without_rendering()
        self._renderer = axes.figure.canvas.get_renderer()
        self._within = axes.get_window_extent(self._renderer)
        self._taken = [artist.get_window_extent(self._renderer) for artist in taken]

    def mark(self, x: float, y: float, points: float) -> None:
        """Keep a point of the data, and a few points around it, free of labels."""
        from matplotlib.transforms import Bbox

        pixels = points * self._axes.figure.dpi / 72.0
        across, up = self._axes.transData.transform((x, y))
        self._taken.append(Bbox([[across - pixels, up - pixels], [across + pixels, up + pixels]]))

    def fits(self, text: Any) -> bool:
        """Whether a text overlaps nothing and stands within the axes; if so, its place is taken."""
        box = self._extent(text)
        inside = (
            box.x0 >= self._within.x0
            and box.x1 <= self._within.x1
            and box.y0 >= self._within.y0
            and box.y1 <= self._within.y1
        )
        if not inside or box.count_overlaps(self._taken):
            return False
        self._taken.append(box)
        return True

    def _extent(self, text: Any) -> Any:
        """Box of the words alone: that of an annotation counts its line, which leads to a point that is taken."""
        from matplotlib.text import Annotation, Text

        if isinstance(text, Annotation):
            text.update_positions(self._renderer)
        return Text.get_window_extent(text, self._renderer)

    def beside(self, name: str, x: float, y: float, must: bool, **style: Any) -> bool:
        """Write a name beside a point of the data; one that must be told may stand further off, on a line."""
        for number, (across, up, ha, va) in enumerate((*BESIDE, *(FURTHER if must else ()))):
            far = number >= len(BESIDE)
            line = {"arrowstyle": "-", "lw": 0.5, "color": "#6E6E6E", "shrinkA": 0.0, "shrinkB": 2.0}
            text = self._axes.annotate(
                name, (x, y), xytext=(across, up), textcoords="offset points", ha=ha, va=va,
                arrowprops=line if far else None, **style,
            )  # fmt: skip
            text.set_in_layout(False)
            if self.fits(text):
                return True
            text.remove()
        return False
