"""Looks at a figure before it is saved: where its texts stand, what it is coloured with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from netback.plots.boxes import overlap
from netback.plots.style import CYCLE, SETTINGS, YELLOW, Drawn

#: Colours by Okabe and Ito, the greys of the house, black and white.
PALETTE = {colour.lower() for colour in (*CYCLE, YELLOW, "#000000", "#ffffff", "#e5e5e5", "#dddddd")}


def look(module: Any, draw: Callable[[], Drawn], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Drawn]:
    """The figure that a function draws, laid out, and what it hands back."""
    seen: list[Any] = []

    def keep(figure: Any, title: str, caption: str) -> Drawn:
        seen.append(figure)
        return Drawn(title, caption, b"", b"")

    monkeypatch.setattr(module, "drawn", keep)
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        made = draw()
        (figure,) = seen
        figure.draw_without_rendering()
    return figure, made


def written(figure: Any) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Every text that is seen, with its place (left, right, bottom, top) [pixel]; ticks beyond the axes are not."""
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        frame = axes.get_window_extent(renderer)
        ticks = {*axes.get_xticklabels(), *axes.get_yticklabels()}
        texts = [*axes.texts, *ticks, axes.title, axes._left_title, axes._right_title]
        texts += [axes.xaxis.label, axes.yaxis.label]
        legend = axes.get_legend()
        texts += legend.get_texts() if legend is not None else []
        for text in texts:
            if not text.get_text() or not text.get_visible():
                continue
            left, bottom, right, top = Text.get_window_extent(text, renderer).extents
            across, up = 0.5 * (left + right), 0.5 * (bottom + top)
            outside = (
                not frame.x0 - 1.0 <= across <= frame.x1 + 1.0
                if text in axes.get_xticklabels()
                else not frame.y0 - 1.0 <= up <= frame.y1 + 1.0
            )
            if text in ticks and outside and text.get_rotation() == 0.0:
                continue
            found.append((text.get_text(), (left, right, bottom, top)))
    return found


def assert_legible(figure: Any) -> None:
    """No text leaves the figure or lies upon another one."""
    whole = figure.bbox
    texts = written(figure)
    assert texts
    for words, (left, right, bottom, top) in texts:
        assert left >= whole.x0 - 1.0, words
        assert right <= whole.x1 + 1.0, words
        assert bottom >= whole.y0 - 1.0, words
        assert top <= whole.y1 + 1.0, words
    for (one, first), (other, second) in combinations(texts, 2):
        inner = (first[0] + 1.0, first[1] - 1.0, first[2] + 1.5, first[3] - 1.5)
        assert not overlap(inner, second), (one, other)


def colours(figure: Any) -> set[str]:
    """Colours of all bars and lines."""
    found = set()
    for axes in figure.axes:
        found |= {to_hex(bar.get_facecolor()) for bar in axes.patches if isinstance(bar, Rectangle)}
        found |= {to_hex(line.get_color()) for line in axes.lines}
        found |= {to_hex(area.get_facecolor()[0]) for area in axes.collections if len(area.get_facecolor())}
    return found


def bars(axes: Any) -> list[tuple[float, float, str]]:
    """Left end, right end and colour of every level bar, from the first drawn to the last."""
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), to_hex(bar.get_facecolor()).upper())
        for bar in axes.patches
        if isinstance(bar, Rectangle)
    ]
