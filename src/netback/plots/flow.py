"""The refinery as a flow diagram (Sankey): what is bought, through which units and blends, into what is sold, by mass.

Bands are as wide as their mass. Boxes stand in columns, each to the right of all that feeds it, and bands pass between
the boxes that they do not feed. The figure is laid out in inches, so that it prints on a page of A4 as it is drawn.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.plots.band_names import FONT, LINES, BandNames, Name, measured, wordings
from netback.plots.boxes import Rectangle, is_within
from netback.plots.columns import Band, Room, gaps_of, levels, ordered, ports, rooms_of, tallest
from netback.plots.courses import TURN, Course, courses
from netback.plots.flows import Box, Links, layers, links
from netback.plots.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, Drawn, drawn, new_figure, subtitle
from netback.results.solution import Solution

_COLOURS = {"buy": RED, "unit": BLUE, "blend": ORANGE, "sell": GREEN, "other": GREY, "stock": GREY}
_KEY = {"buy": "purchase", "unit": "unit", "blend": "blend", "sell": "sale", "other": "own use, loss, stock"}
_DARK = (BLUE, GREY)
#: Width and height [inch] that print on A4 across, and heights of the heaviest column with what is between
#: its boxes, the best first.
_WIDTH, _HEIGHT = 10.9, 7.4
#: Room of the key [inch].
_LEAST_WIDTH = 5.4
_SCALES = tuple(zip(np.linspace(4.4, 1.4, 16), np.linspace(0.09, 0.045, 16), strict=True))
#: Sides, title and key; a box at least; what is between columns [inch].
_SIDE, _TOP, _FOOT = 0.12, 0.42, 0.42
_LEAST_BOX, _LAST_BOX, _LEAST_HEIGHT = 0.62, 0.22, 0.03
_LEAST_CHANNEL, _MOST_CHANNEL = 0.55, 1.6
_PAD = 0.03
#: Letters of a line of the name of a box, in a column and beside the last one.
_LETTERS, _LAST_LETTERS = 13, 20
_FONT = 8.0


@dataclass(frozen=True)
class Layout:
    """Where everything stands [inch]: boxes, their names, bands by (from, to, stream)."""

    width: float
    height: float
    boxes: dict[Box, Rectangle]
    names: dict[Box, tuple[Name, Rectangle]]
    bands: dict[tuple[Box, Box, str], Course]


def flow_diagram(solution: Solution) -> Drawn | None:
    """The Sankey diagram of a plan; None where nothing flows or masses are not known."""
    flows = {key: mass for key, mass in links(solution).items() if key[0] != key[1]}
    if len(flows) < 2:
        return None
    title = "From crude to product"
    figure = diagram(flows, f"{title}, mass [kt]: {subtitle(solution)}")
    caption = (
        "Mass over the horizon [kt]; bands are as wide as their mass. Purchases in vermilion, units in blue, blends in "
        "orange, sales in green, stock and losses in grey. Streams with several sources are split among their "
        "users in proportion."
    )
    return drawn(figure, title, caption)


def diagram(flows: Links, heading: str) -> Any:
    """The figure of mass flows [t] between boxes, none of which feeds itself."""
    figure, axes = new_figure(_WIDTH, _HEIGHT)
    figure.set_layout_engine(None)
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    laid = layout(axes, flows)
    title = axes.text(_SIDE, laid.height - 0.1, heading, va="top", fontsize=11, fontweight="bold")
    wide = title.get_window_extent(axes.figure.canvas.get_renderer()).width / figure.dpi
    width = max(laid.width, _LEAST_WIDTH, wide + 2.0 * _SIDE)
    figure.set_size_inches(width, laid.height)
    axes.set(xlim=(0.0, width), ylim=(0.0, laid.height))
    colours = _stream_colours(laid)
    for key, course in sorted(laid.bands.items(), key=lambda one: -one[1].width):
        colour = colours[key[2]]
        axes.fill(*course.outline.T, facecolor=colour, alpha=0.42, edgecolor=colour, linewidth=0.25)
    _draw_boxes(axes, laid)
    _name_bands(axes, laid)
    _key(axes, {box.kind for box in laid.boxes})
    return figure


def layout(axes: Any, flows: Links) -> Layout:
    """Where everything stands; ``axes`` say how large names are written."""
    columns = layers(flows)
    boxes, last = list(columns), max(columns.values())
    feeders = {key[0] for key in flows}
    ends = [columns[box] == last and box not in feeders for box in boxes]
    size = [max(_total(flows, box, 0), _total(flows, box, 1)) for box in boxes]
    stacked = [sum(m for m, b in zip(size, boxes, strict=True) if columns[b] == c) for c in range(last + 1)]
    names = [_name(axes, *one) for one in zip(boxes, size, ends, strict=True)]
    keys = sorted(flows)
    parts = [Band(boxes.index(key[0]), boxes.index(key[1]), flows[key] / max(stacked)) for key in keys]
    order = ordered([columns[box] for box in boxes], parts)
    for scale, gap in _SCALES:
        bands = [Band(part.source, part.target, part.width * scale) for part in parts]
        heights = [max(mass / max(stacked) * scale, _LEAST_HEIGHT) for mass in size]
        rooms = rooms_of(order, [_room(*one) for one in zip(heights, names, ends, strict=True)], bands)
        gaps = gaps_of(order, bands, gap)
        height = tallest(order, rooms, gaps) + _TOP + _FOOT
        if height <= _HEIGHT:
            break
    offsets = ports(order, bands)
    foot = levels(order, rooms, gaps, bands, offsets) + _FOOT
    turning = [band for band in bands if order.columns[band.source] >= order.columns[band.target]]
    margin = _SIDE + TURN * any(order.columns[band.target] == 0 for band in turning)
    beside = max([TURN, *(name.width for name, at_end in zip(names, ends, strict=True) if at_end)])
    widths = [_LEAST_BOX] * last + [_LAST_BOX]
    for box, name, at_end in zip(boxes, names, ends, strict=True):
        if not at_end:
            widths[columns[box]] = max(widths[columns[box]], name.width + 2.0 * _PAD)
    edges = _edges(widths, margin, beside)
    spots = {
        box: (*edges[columns[box]], low, low + high)
        for box, low, high in zip(boxes, foot.tolist(), heights, strict=False)
    }
    told = {
        box: (name, _spot(name, spots[box], at_end))
        for box, name, at_end in zip(boxes, names, ends, strict=True)
    }
    drawn_bands = dict(zip(keys, courses(order, bands, offsets, foot, edges), strict=True))
    return Layout(edges[-1][1] + _PAD + beside + _SIDE, height, spots, told, drawn_bands)


def _total(flows: Links, box: Box, side: int) -> float:
    return sum(mass for key, mass in flows.items() if key[side] == box)


def _name(axes: Any, box: Box, mass: float, at_end: bool) -> Name:
    """Name and mass in one line where they are short, in two where the name is, else in as many as it takes."""
    name, told = box.name.replace("_", " "), f"{mass / 1000.0:,.1f}"
    letters = _LAST_LETTERS if at_end else _LETTERS
    if len(name) + 1 + len(told) <= letters:
        words = f"{name} {told}"
    elif len(name) <= letters:
        words = f"{name}\n{told}"
    else:
        words = "\n".join(textwrap.wrap(f"{name} {told}", letters + 3))
    return measured(axes, words, _FONT)


def _fits(height: float, name: Name) -> bool:
    """Whether the name of a box stands in it."""
    return height >= name.height + 2.0 * _PAD


def _room(height: float, name: Name, at_end: bool) -> Room:
    if at_end:
        beside = max(0.0, 0.5 * (name.height - height))
        return Room(height, beside, beside)
    return Room(height, 0.0, 0.0 if _fits(height, name) else name.height + 2.0 * _PAD)


def _spot(name: Name, box: Rectangle, at_end: bool) -> Rectangle:
    """Where the name of a box stands: beside it at the end, else within it or above."""
    left, right, bottom, top = box
    if at_end:
        return name.at(right + _PAD + 0.5 * name.width, 0.5 * (bottom + top))
    if _fits(top - bottom, name):
        return name.at(0.5 * (left + right), 0.5 * (bottom + top))
    return name.at(left + 0.5 * name.width, top + _PAD + 0.5 * name.height)


def _edges(widths: Sequence[float], left: float, beside: float) -> list[tuple[float, float]]:
    """Left and right of every column [inch]; what they and the names at the end leave of the page is between them."""
    free = _WIDTH - left - _SIDE - _PAD - beside - sum(widths)
    channel = min(_MOST_CHANNEL, max(_LEAST_CHANNEL, free / max(1, len(widths) - 1)))
    edges = []
    for width in widths:
        edges.append((left, left + width))
        left += width + channel
    return edges


def _stream_colours(laid: Layout) -> dict[str, str]:
    """A colour for each stream, in the order in which they leave the boxes, so that those that touch differ."""
    first = sorted(laid.bands, key=lambda key: (laid.boxes[key[0]][0], laid.bands[key].floor[0]))
    streams = dict.fromkeys(key[2] for key in first)
    return {stream: CYCLE[place % len(CYCLE)] for place, stream in enumerate(streams)}


def _draw_boxes(axes: Any, laid: Layout) -> None:
    from matplotlib.patches import Rectangle as Patch

    for box, (left, right, bottom, top) in laid.boxes.items():
        colour = _COLOURS[box.kind]
        axes.add_patch(
            Patch((left, bottom), right - left, top - bottom, facecolor=colour, linewidth=0.0, zorder=3)
        )
        name, spot = laid.names[box]
        inside = is_within(spot, laid.boxes[box])
        axes.text(
            0.5 * (spot[0] + spot[1]) if inside else spot[0], 0.5 * (spot[2] + spot[3]), name.words,
            ha="center" if inside else "left", va="center", fontsize=_FONT, linespacing=LINES, zorder=4,
            color="white" if inside and colour in _DARK else "black",
        )  # fmt: skip


def _name_bands(axes: Any, laid: Layout) -> None:
    """Name the bands, the widest first; what has no room for a name has none."""
    taken = [*laid.boxes.values(), *(spot for _, spot in laid.names.values())]
    within = (_SIDE, laid.width - _SIDE, _FOOT - 0.05, laid.height - _TOP + 0.05)
    free = BandNames(list(laid.bands.values()), taken, within)
    wide = [(-course.width, number, key[2]) for number, (key, course) in enumerate(laid.bands.items())]
    for _, number, stream in sorted(wide):
        found = free.place(number, [measured(axes, words, FONT) for words in wordings(stream)])
        if found is None:
            continue
        name, spot = found
        if spot.leads_to is not None:
            x, y = spot.leads_to
            axes.plot([spot.x, x], [spot.y, y], color="#444444", linewidth=0.5, zorder=2.5)
            axes.plot(x, y, "o", color="#444444", markersize=1.8, zorder=2.5)
        axes.text(
            spot.x, spot.y, name.words, ha="center", va="center", fontsize=FONT, linespacing=LINES, zorder=5,
            # A line ends at the name.
            bbox=None if spot.leads_to is None else {"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip


def _key(axes: Any, kinds: set[str]) -> None:
    from matplotlib.patches import Patch

    kinds = {"other" if kind == "stock" else kind for kind in kinds}
    handles = [Patch(color=_COLOURS[kind], label=name) for kind, name in _KEY.items() if kind in kinds]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(_SIDE, 0.06), bbox_transform=axes.transData,
        ncols=len(handles), fontsize=8, frameon=False, borderaxespad=0.0, borderpad=0.0,
    )  # fmt: skip
