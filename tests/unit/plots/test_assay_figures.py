"""Figures of assays: what is drawn is what the assay says; yields add up; the colours are those of the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from seen import written

from netback.assay.cutting import CutTable, cut
from netback.assay.library import load
from netback.plots.assay import draw_boiling_curves, draw_comparison, draw_yields
from netback.plots.boxes import overlap
from netback.plots.style import CYCLE

NAMES = ("urals", "murban", "arab_light_a")
CUTS = [165.0, 240.0, 360.0, 540.0]
PATH = Path("figure.png")


@pytest.fixture(scope="module")
def tables() -> list[CutTable]:
    return [cut(load(name), CUTS) for name in NAMES]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Figures in place of the files that they would be saved to."""
    kept: list[Any] = []

    def keep(figure: Figure, path: Path) -> None:
        assert path == PATH
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        kept.append(figure)

    monkeypatch.setattr(Figure, "savefig", keep)
    return kept


def test_a_boiling_curve_runs_through_its_assay(seen: list[Any], tables: list[CutTable]) -> None:
    assays = [table.assay for table in tables]
    draw_boiling_curves(assays, PATH)
    (axes,) = seen[0].axes
    assert axes.get_xlabel() == "distilled [wt% on crude]"
    assert axes.get_ylabel() == "true boiling point [C]"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(NAMES)
    lines = list(axes.lines)
    for assay, colour in zip(assays, CYCLE, strict=False):
        own = [line for line in lines if to_hex(line.get_color()).upper() == colour]
        whole = next(line for line in own if line.get_label() == assay.name)
        wt, temperature = np.asarray(whole.get_xdata()), np.asarray(whole.get_ydata())
        assert (np.diff(wt) >= 0.0).all()
        assert (np.diff(temperature) >= 0.0).all()
        assert temperature.max() <= assay.curve.known_to_c + 1e-6
        dots = next(line for line in own if line.get_marker() == "o")
        assert list(dots.get_ydata()) == list(assay.edges_c[1:-1])
        dashed = [line for line in own if line.get_linestyle() == "--"]
        assert len(dashed) == bool(assay.curve.heavy_end)
        if dashed:
            # The guess goes on where the knowledge ends.
            assert dashed[0].get_xdata()[0] == pytest.approx(wt[-1])
            assert dashed[0].get_ydata()[0] == pytest.approx(temperature[-1])


def test_yields_are_stacked_to_all_of_the_crude(seen: list[Any], tables: list[CutTable]) -> None:
    draw_yields(tables, PATH)
    (axes,) = seen[0].axes
    assert axes.get_xlabel() == "yield [wt% on crude]"
    bars = list(axes.patches)
    assert len(bars) == len(NAMES) * (len(CUTS) + 1)
    for row, table in enumerate(tables):
        own = bars[row :: len(tables)]
        widths = [bar.get_width() for bar in own]
        assert widths == pytest.approx(table.yield_wt_pct.tolist())
        ends = np.cumsum([0.0, *widths])
        assert [bar.get_x() for bar in own] == pytest.approx(ends[:-1].tolist())
        assert ends[-1] == pytest.approx(100.0)
    told = sorted(float(text.get_text()) for text in axes.texts)
    large = sorted(round(float(v), 1) for table in tables for v in table.yield_wt_pct if v >= 4.0)
    assert told == pytest.approx(large, abs=0.051)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == [f"{name} C" for name in tables[0].names]
    # The first crude stands on top.
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_numbers_of_the_bars_stand_in_their_own_bar(seen: list[Any], tables: list[CutTable]) -> None:
    draw_yields(tables, PATH)
    (axes,) = seen[0].axes
    renderer = seen[0].canvas.get_renderer()
    for text in axes.texts:
        box = text.get_window_extent(renderer)
        holding = [
            bar
            for bar in axes.patches
            if bar.get_window_extent(renderer).x0 <= box.x0 + 1 and box.x1 - 1 <= bar.get_window_extent(renderer).x1
            and bar.get_window_extent(renderer).y0 <= box.y0 and box.y1 <= bar.get_window_extent(renderer).y1
        ]  # fmt: skip
        assert len(holding) == 1, text.get_text()
        assert f"{holding[0].get_width():.1f}" == text.get_text()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_comparison_has_curves_sulphur_and_yields_apart(
    count: int, seen: list[Any], tables: list[CutTable]
) -> None:
    draw_comparison(tables[:count], PATH)
    (figure,) = seen
    curves, sulphur, yields = figure.axes
    assert sulphur.get_title(loc="left") == "sulphur of the cut [wt%]"
    heights = [bar.get_height() for bar in sulphur.patches]
    expected = [value for table in tables[:count] for value in table["sulfur_wt_pct"].tolist()]
    assert heights == pytest.approx(expected, nan_ok=True)
    assert [tick.get_text() for tick in sulphur.get_xticklabels()] == list(tables[0].names)
    # The bars of one cut stand side by side around it.
    middles = np.array([bar.get_x() + 0.5 * bar.get_width() for bar in sulphur.patches]).reshape(count, -1)
    assert middles.mean(axis=0) == pytest.approx(np.arange(len(CUTS) + 1))
    assert (np.diff(middles, axis=0) == pytest.approx(0.8 / count)) or count == 1
    frames = [axes.get_tightbbox(figure.canvas.get_renderer()).extents for axes in (curves, sulphur, yields)]
    boxes = [(left + 1, right - 1, bottom + 1, top - 1) for left, bottom, right, top in frames]
    assert not any(overlap(boxes[a], boxes[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    whole = figure.bbox
    for words, (left, right, bottom, top) in written(figure):
        assert whole.x0 - 1 <= left <= right <= whole.x1 + 1, words
        assert whole.y0 - 1 <= bottom <= top <= whole.y1 + 1, words


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path, tables: list[CutTable]) -> None:
    with pytest.raises(OSError):
        draw_yields(tables[:1], tmp_path / "nowhere" / "yields.png")
    draw_yields(tables[:1], tmp_path / "yields.svg")
    assert (tmp_path / "yields.svg").read_text().startswith("<?xml")
