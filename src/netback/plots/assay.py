"""Figures of crudes: boiling curves, yields by cut, comparison. Matplotlib is imported when a figure is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netback.assay.assay import Assay
from netback.assay.cutting import CutTable
from netback.plots.style import CYCLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CUT_MAP: Final = "YlOrBr"


def draw_boiling_curves(assays: Sequence[Assay], path: Path) -> None:
    """Draw true boiling point curves; the extrapolated end is dashed.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    figure = _figure(8.0, 5.0)
    _curves(figure.subplots(), assays)
    figure.savefig(path)


def draw_yields(tables: Sequence[CutTable], path: Path) -> None:
    """Draw the yields by cut of each crude as stacked bars, wt% on crude. Raises as the others."""
    figure = _figure(8.0, 1.6 + 0.8 * len(tables))
    _bars(figure.subplots(), tables)
    figure.savefig(path)


def draw_comparison(tables: Sequence[CutTable], path: Path) -> None:
    """Draw boiling curves, yields and sulphur by cut of several crudes. Raises as the others."""
    figure = _figure(11.0, 7.0)
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 2))
    _curves(figure.add_subplot(grid[0, 0]), [table.assay for table in tables])
    _groups(figure.add_subplot(grid[0, 1]), tables, "sulfur_wt_pct", "sulphur of the cut [wt%]")
    _bars(figure.add_subplot(grid[1, :]), tables)
    figure.savefig(path)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def _curves(axes: Axes, assays: Sequence[Assay]) -> None:
    for assay, colour in zip(assays, _cycle(len(assays)), strict=True):
        curve = assay.curve
        known = curve.temperature_c <= curve.known_to_c + 1e-9
        axes.plot(
            curve.cumulative_wt_pct[known], curve.temperature_c[known], color=colour, label=assay.name, lw=1.8
        )
        if curve.heavy_end:
            tail = np.append(np.flatnonzero(known)[-1:], np.flatnonzero(~known))
            axes.plot(curve.cumulative_wt_pct[tail], curve.temperature_c[tail], "--", color=colour, lw=1.2)
        axes.plot(assay.edges_wt_pct[1:-1], assay.edges_c[1:-1], "o", color=colour, ms=4)
    axes.set(xlabel="distilled [wt% on crude]", ylabel="true boiling point [C]", xlim=(0.0, 100.0))
    axes.set_title("Boiling curves; dots: cuts of the source, dashed: extrapolated", loc="left", fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False)


def _bars(axes: Axes, tables: Sequence[CutTable]) -> None:
    from matplotlib import colormaps

    names = [table.assay.name for table in tables]
    shades = colormaps[_CUT_MAP](np.linspace(0.08, 0.95, len(tables[0].names)))
    left = np.zeros(len(tables))
    for number, (cut, shade) in enumerate(zip(tables[0].names, shades, strict=True)):
        width = np.array([table.yield_wt_pct[number] for table in tables])
        axes.barh(names, width, left=left, color=shade, edgecolor="white", label=f"{cut} C", height=0.65)
        ink = "black" if float(np.dot(shade[:3], (0.3, 0.6, 0.1))) > 0.5 else "white"
        for row, value in enumerate(width):
            if value >= 4.0:
                place = left[row] + value / 2.0
                axes.text(place, row, f"{value:.1f}", ha="center", va="center", fontsize=8, color=ink)
        left = left + width
    axes.set(xlim=(0.0, 100.0), xlabel="yield [wt% on crude]")
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(ncols=6, fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0))


def _groups(axes: Axes, tables: Sequence[CutTable], property: str, heading: str) -> None:
    places = np.arange(len(tables[0].names), dtype=np.float64)
    width = 0.8 / len(tables)
    for number, (table, colour) in enumerate(zip(tables, _cycle(len(tables)), strict=True)):
        values: Any = table.properties.get(property, np.full(len(places), np.nan))
        axes.bar(places + (number - (len(tables) - 1) / 2.0) * width, values, width, color=colour)
    axes.set_xticks(places, [f"{name}" for name in table.names], rotation=30, fontsize=8)
    axes.set_title(heading, loc="left", fontsize=9)
    axes.set_xlabel("cut [C]")
    axes.grid(axis="y", alpha=0.3)


def _cycle(count: int) -> list[str]:
    return [CYCLE[number % len(CYCLE)] for number in range(count)]
