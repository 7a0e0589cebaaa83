"""Figures of a plan of many periods: what is bought and sold when, prices against break-even, use of capacity."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from netback.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, Drawn, drawn, new_figure
from netback.results.by_period import by_period, offer_label
from netback.results.pivot import Pivot
from netback.results.solution import Solution

#: More periods, rows or panels than these are better read in a table.
_MOST_PERIODS, _MOST_ROWS, _MOST_PANELS = 60, 40, 15
#: Columns that have room for a number and for a name below them.
_NUMBERED, _NAMED = 16, 13
#: Panels of prices side by side.
_ACROSS = 3
#: A panel whose prices span less than this share of all has a scale of its own.
_FLAT = 0.1
#: What tells parts of the same colour apart.
_HATCHES = ("", "///", "...")
_MASS = ("t", "kt", "Mt")


def bought(solution: Solution, subtitle: str) -> Drawn | None:
    """Purchases by mass: one column for each period, the offers one upon the other."""
    caption = (
        "Each column is what is bought in a period, ships in the period of loading; the number is the sum."
    )
    return _stacked(solution, "purchases", f"Purchases by period: {subtitle}", caption)


def sold(solution: Solution, subtitle: str) -> Drawn | None:
    """Sales by mass: one column for each period, the products one upon the other."""
    caption = "Each column is what is sold in a period; the number is the sum."
    return _stacked(solution, "sales", f"Sales by period: {subtitle}", caption)


def _stacked(solution: Solution, name: str, title: str, caption: str) -> Drawn | None:
    pivot = by_period(solution).get(name)
    rows = [row for row in pivot.rows if row.uom in _MASS and row.labels[0] != "all"] if pivot else []
    if (
        pivot is None
        or not rows
        or len(pivot.periods) > _MOST_PERIODS
        or len(rows) > len(_HATCHES) * len(CYCLE)
    ):
        return None
    figure, axes = new_figure(9.0, 3.9)
    level = [0.0] * len(pivot.periods)
    for place, row in enumerate(rows):
        heights = [value or 0.0 for value in row.values]
        axes.bar(
            range(len(heights)),
            heights,
            bottom=level,
            color=CYCLE[place % len(CYCLE)],
            hatch=_HATCHES[place // len(CYCLE)],
            edgecolor="white",
            width=0.74,
            label=row.labels[0],
        )
        level = [below + height for below, height in zip(level, heights, strict=True)]
    if len(level) <= _NUMBERED:
        for place, whole in enumerate(level):
            text = f"{whole:,.0f}" if whole >= 10.0 or not whole else f"{whole:,.3g}"
            axes.annotate(text, (place, whole), (0, 3), textcoords="offset points", ha="center", fontsize=8.5)
    _name_periods(axes, pivot.periods, _NAMED)
    axes.set_ylim(0.0, 1.1 * max(level))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")
    axes.set_ylabel(rows[0].uom)
    axes.set_title(title)
    # The legend in the order of the column, from its top down.
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        frameon=False,
        fontsize=8.5,
    )
    return drawn(figure, title.partition(":")[0], caption)


def _name_periods(axes: Any, periods: tuple[str, ...], most: int) -> None:
    """Names of periods below the axis, so many of them as have room."""
    places = range(0, len(periods), math.ceil(len(periods) / most))
    axes.set_xticks(places, [periods[place] for place in places], fontsize=8)
    axes.set_xlim(-0.6, len(periods) - 0.4)


def break_even(solution: Solution, subtitle: str) -> Drawn | None:
    """A panel for each offer whose break-even price was measured: its price over the periods, and that price."""
    records = solution["purchases"].records()
    uoms = Counter(row["price_per"] for row in records if row["headroom"] is not None)
    per = max(uoms, key=lambda uom: uoms[uom], default="")
    known = [row for row in records if row["price_per"] == per]
    offers = list(dict.fromkeys(offer_label(row) for row in known if row["headroom"] is not None))
    periods = tuple(solution.facts["periods"])
    if not offers or len(offers) > _MOST_PANELS or len(periods) > _MOST_PERIODS:
        return None
    across = min(_ACROSS, len(offers))
    down = math.ceil(len(offers) / across)
    figure, first = new_figure(9.0, 2.1 * down + 0.9)
    first.remove()
    shared = _comparable([[row for row in known if offer_label(row) == offer] for offer in offers])
    panels = figure.subplots(down, across, sharex=True, sharey=shared, squeeze=False).flatten()
    for axes, offer in zip(panels, offers, strict=False):
        _panel(axes, periods, [row for row in known if offer_label(row) == offer])
        axes.set_title(f"{offer} ({_basis(known, offer)})", fontsize=9, fontweight="normal")
    for axes in panels[len(offers) :]:
        axes.set_visible(False)
    for axes in panels[: len(offers)]:
        _name_periods(axes, periods, _NAMED // across)
        # The panel below may be none: then the names of the periods stand here.
        axes.tick_params(labelbottom=True)
    figure.supylabel(f"{solution.currency}/{per}", fontsize=9)
    title = "Price against break-even price"
    figure.suptitle(f"{title}: {subtitle}", x=0.01, ha="left", fontsize=11, fontweight="bold")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize=8.5)
    caption = (
        "Each price on its own basis; filled where the offer is bought. A blue ring is the break-even price, where it "
        "was measured: above the price the offer earns, below it costs."
    )
    if len({row["price_per"] for row in records}) > 1:
        caption += f" Offers that are not priced per {per} stand in the table of purchases."
    return drawn(figure, title, caption)


def _comparable(panels: list[list[dict[str, Any]]]) -> bool:
    """Whether one scale shows the prices of every panel: none of them would be a flat line."""
    ends = []
    for records in panels:
        values = [row["price"] + end for row in records for end in (0.0, row["headroom"] or 0.0)]
        ends.append((min(values), max(values)))
    whole = max(high for _, high in ends) - min(low for low, _ in ends)
    return all(high - low >= _FLAT * whole for low, high in ends)


def _basis(records: list[dict[str, Any]], offer: str) -> str:
    """What the price of an offer covers."""
    return next(str(row["price_basis"]) for row in records if offer_label(row) == offer)


def _panel(axes: Any, periods: tuple[str, ...], records: list[dict[str, Any]]) -> None:
    places = [periods.index(row["period"]) for row in records]
    axes.plot(places, [row["price"] for row in records], color=RED, linewidth=1.0)
    for filled, label in ((True, "price, bought"), (False, "price, not bought")):
        chosen = [row for row in records if (row["quantity"] > 0.0) == filled]
        axes.plot(
            [periods.index(row["period"]) for row in chosen],
            [row["price"] for row in chosen],
            "D",
            color=RED,
            markersize=5,
            fillstyle="full" if filled else "none",
            label=label,
        )
    measured = [row for row in records if row["headroom"] is not None]
    axes.plot(
        [periods.index(row["period"]) for row in measured],
        [row["price"] + row["headroom"] for row in measured],
        "o",
        color=BLUE,
        markersize=8,
        fillstyle="none",
        markeredgewidth=1.8,
        label="break-even price",
    )
    axes.grid(axis="y", color="#E8E8E8")
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)


def capacity(solution: Solution, subtitle: str) -> Drawn | None:
    """Use of every capacity as a grid of units and periods."""
    pivot = by_period(solution).get("capacity")
    if pivot is None or not pivot.rows or len(pivot.rows) > _MOST_ROWS or len(pivot.periods) > _MOST_PERIODS:
        return None
    figure, axes = new_figure(9.0, 0.36 * len(pivot.rows) + 1.0)
    for place, row in enumerate(pivot.rows):
        for period, (used, binds) in enumerate(zip(row.values, row.marks, strict=True)):
            _cell(axes, (period, place), used, binds, len(pivot.periods) <= _NUMBERED)
    axes.set_yticks(
        range(len(pivot.rows)), [f"{row.labels[0]}, {row.labels[1]}" for row in pivot.rows], fontsize=9
    )
    axes.set_ylim(len(pivot.rows) - 0.5, -0.5)
    _name_periods(axes, pivot.periods, _NAMED)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    title = "Use of capacity"
    axes.set_title(f"{title} [%]: {subtitle}")
    caption = (
        "The bluer the fuller; orange where the capacity binds. Grey is a period without a limit."
        if _gaps(pivot)
        else "The bluer the fuller; orange where the capacity binds."
    )
    return drawn(figure, title, caption)


def _gaps(pivot: Pivot) -> bool:
    return any(None in row.values for row in pivot.rows)


def _cell(axes: Any, where: tuple[int, int], used: float | None, binds: bool, numbered: bool) -> None:
    from matplotlib.patches import Rectangle

    colour, alpha = (
        (GREY, 0.15) if used is None else (ORANGE, 1.0) if binds else (BLUE, min(1.0, used / 100.0) ** 1.5)
    )
    corner = (where[0] - 0.47, where[1] - 0.43)
    axes.add_patch(Rectangle(corner, 0.94, 0.86, facecolor=colour, alpha=alpha, linewidth=0))
    if used is not None and numbered:
        dark = not binds and used > 75.0
        axes.text(
            *where, f"{used:.0f}", ha="center", va="center", fontsize=8.5, color="white" if dark else "black"
        )
