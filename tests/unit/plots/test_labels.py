"""Labels keep clear of each other, of the edge and of what is taken."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

from netback.plots.boxes import meets
from netback.plots.labels import Labels
from netback.plots.style import new_figure


@pytest.fixture
def axes() -> Any:
    _, made = new_figure(5.0, 4.0)
    made.set(xlim=(0.0, 10.0), ylim=(0.0, 10.0))
    return made


def boxes(axes: Any) -> list[Any]:
    renderer = axes.figure.canvas.get_renderer()
    return [Text.get_window_extent(text, renderer) for text in axes.texts]


def test_names_of_places_that_stand_together_do_not_overlap(axes: Any) -> None:
    labels = Labels(axes)
    told = [labels.beside(f"Harbour {k}", 5.0 + 0.05 * k, 5.0, must=True, fontsize=8) for k in range(8)]
    assert all(told)
    assert len(axes.texts) == 8
    assert not any(one.overlaps(other) for one, other in combinations(boxes(axes), 2))


def test_a_name_that_need_not_be_told_is_left_out_where_there_is_no_room(axes: Any) -> None:
    labels = Labels(axes)
    told = [labels.beside("Strait of Somewhere", 5.0, 5.0, must=False, fontsize=8) for _ in range(9)]
    assert any(told)
    assert not all(told)
    assert len(axes.texts) == sum(told)


def test_a_name_at_the_edge_stays_within(axes: Any) -> None:
    assert Labels(axes).beside("Karachi", 9.9, 9.9, must=False, fontsize=8)
    within = axes.get_window_extent()
    assert all(box.x1 <= within.x1 and box.y1 <= within.y1 for box in boxes(axes))


def test_a_marked_point_and_a_taken_artist_are_kept_free(axes: Any) -> None:
    held = axes.text(5.0, 5.0, "held")
    labels = Labels(axes, [held])
    labels.mark(2.0, 2.0, 4.0)
    for x, y in ((5.0, 5.0), (2.0, 2.0)):
        text = axes.text(x, y, "x")
        assert not labels.fits(text)
        text.remove()
    assert labels.fits(axes.text(8.0, 8.0, "x"))
    assert not labels.fits(axes.text(8.0, 8.0, "x"))


def test_a_name_stands_off_a_line_and_one_that_must_be_told_stands_on_it_at_last(axes: Any) -> None:
    labels = Labels(axes)
    x, y = np.meshgrid(np.arange(0.0, 10.0, 0.02), np.arange(4.0, 6.0, 0.02))
    labels.keep_off(axes.transData.transform(np.column_stack([x.ravel(), y.ravel()])))
    assert labels.beside("Above", 5.0, 5.9, must=False, fontsize=8)
    assert axes.texts[0].get_window_extent().y0 >= axes.transData.transform((5.0, 6.0))[1] - 0.5
    assert not labels.beside("Within", 5.0, 5.0, must=False, fontsize=8)
    x, y = np.meshgrid(np.arange(0.0, 10.0, 0.02), np.arange(0.0, 10.0, 0.02))
    labels.keep_off(axes.transData.transform(np.column_stack([x.ravel(), y.ravel()])))
    assert labels.beside("Told", 5.0, 5.0, must=True, fontsize=8)


def test_no_name_stands_on_the_line_of_another(axes: Any) -> None:
    labels = Labels(axes)
    for k in range(7):
        assert labels.beside(f"Harbour {k}", 5.0 + 0.02 * k, 5.0, must=True, fontsize=8)
    point = axes.transData.transform((5.0, 5.0))
    spots = [(box.x0, box.x1, box.y0, box.y1) for box in boxes(axes)]
    far = [
        n
        for n, spot in enumerate(spots)
        if np.hypot(0.5 * (spot[0] + spot[1]) - point[0], spot[2] - point[1]) > 25.0
    ]
    assert far
    for n in far:
        middle = (0.5 * (spots[n][0] + spots[n][1]), 0.5 * (spots[n][2] + spots[n][3]))
        target = tuple(axes.transData.transform(axes.texts[n].xy))
        assert not any(meets(middle, target, spot) for other, spot in enumerate(spots) if other != n)
