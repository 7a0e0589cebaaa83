"""Worth by month: headrooms stand clear of every line, the title names case and horizon."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text
from seen import look

from lifting_cases import wheat
from netback.plots import lifting as plots
from netback.plots.boxes import Rectangle, overlap
from netback.studies.lifting import lifting


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_headrooms_stand_on_no_line_and_beside_each_other(
    seed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = wheat(seed)
    found = lifting(case, "black", jobs=1)
    alone = lifting(case, "black", jobs=1, alone=True)
    figure, _ = look(plots, lambda: plots.break_even_by_month(case, found, None, alone), monkeypatch)
    (axes,) = figure.axes
    assert (
        axes.get_title(loc="left")
        == "What a cargo of Black was worth, and what it cost\ntiny, 2023-04 to 2023-06"
    )
    renderer = figure.canvas.get_renderer()
    spots: list[Rectangle] = []
    rooms = []
    for text in axes.texts:
        left, bottom, right, top = Text.get_window_extent(text, renderer).extents
        spots.append((left, right, bottom, top))
        rooms.append(text.get_text())
    known = [lift for lift in found.known if lift.question.kind != "committed"]
    assert known
    assert rooms == [
        *(f"{lift.headroom:+.1f}".replace("-", "\N{MINUS SIGN}") for lift in known),
        "headroom",
    ]
    assert not any(overlap(one, other) for one, other in combinations(spots, 2))
    frame = axes.get_window_extent(renderer)
    title = axes._left_title.get_window_extent(renderer)
    for spot in spots:
        # Nothing that is drawn leaves the frame, and the names of months stand below it.
        assert frame.y1 <= spot[2] < spot[3] <= title.y0
        assert spot[0] >= figure.bbox.x0
    for line in axes.lines:
        points = axes.transData.transform(np.column_stack(line.get_data()))
        assert (points[:, 1] <= frame.y1).all()
