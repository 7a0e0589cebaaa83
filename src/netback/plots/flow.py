"""The refinery as a flow diagram (Sankey): what is bought, through which units and blends, into what is sold, by mass.

Bands are as wide as their mass. Boxes stand in layers, each to the right of all that feeds it; within a layer they are
ordered by where their neighbours stand, which keeps bands from crossing more than they must.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.plots.labels import Labels
from netback.plots.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, Drawn, drawn, new_figure
from netback.results.solution import Solution

#: Flows below this part of the largest are not drawn.
LEAST = 2e-3
_GAP, _BOX = 0.035, 0.16
_SWEEPS = 8
#: Points of a band, of sixty, at which its name is tried where its first place is taken.
_ALONG = (20, 10, 40, 50, 25, 35, 6)
_COLOURS = {"buy": RED, "unit": BLUE, "blend": ORANGE, "sell": GREEN, "other": GREY, "stock": GREY}


@dataclass(frozen=True, order=True)
class Box:
    """One box: ``kind`` is buy, unit, blend, sell, stock (that is drawn down) or other (own use, stock, losses)."""

    kind: str
    name: str


REST, OPENING = Box("other", "own use, loss, stock"), Box("stock", "opening stock")

#: Mass [t] by (from, to, stream).
Links = dict[tuple[Box, Box, str], float]


def links(solution: Solution) -> Links:
    """Mass flows between boxes over the horizon; what the tables leave open goes to ``own use, loss, stock``."""
    made: dict[str, dict[Box, float]] = defaultdict(lambda: defaultdict(float))
    used: dict[str, dict[Box, float]] = defaultdict(lambda: defaultdict(float))
    moved: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in solution["purchases"].records():
        made[_stream(row["stream"])][Box("buy", row["offer"])] += row["mass"] or 0.0
    for row in solution["unit_products"].records():
        mass = row["mass"] or 0.0
        side = made if mass > 0.0 else used
        side[row["stream"]][Box("unit", row["unit"])] += abs(mass)
    for row in solution["unit_runs"].records():
        used[_stream(row["feed"])][Box("unit", row["unit"])] += row["mass"] or 0.0
    for row in solution["blends"].records():
        mass = row["mass"] or 0.0
        used[_stream(row["component"])][Box("blend", row["product"])] += mass
        made[row["product"]][Box("blend", row["product"])] += mass
    for row in solution["sales"].records():
        used[_stream(row["stream"])][Box("sell", row["sale"])] += row["mass"] or 0.0
    for row in solution["swings"].records():
        moved[_stream(row["stream"])][row["to"]] += row["mass"] or 0.0
    _join(made, moved)
    drawn_down: dict[str, float] = defaultdict(float)
    for row in solution["streams"].records():
        drawn_down[_stream(row["stream"])] += row["stock_change"]
    found: Links = {}
    for stream in dict.fromkeys((*made, *used)):
        if drawn_down[stream] < 0.0:
            short = sum(used[stream].values()) - sum(made[stream].values())
            made[stream][OPENING] += max(0.0, short)
        _spread(found, stream, made[stream], used[stream])
    _lose(found, solution)
    largest = max(found.values(), default=0.0)
    return {key: mass for key, mass in found.items() if mass > LEAST * largest}


def _stream(label: str) -> str:
    """Stream of the label of a lot: ``kerosene@urals#2`` is kerosene."""
    return label.split("@")[0].split("#")[0]


def _join(made: dict[str, dict[Box, float]], moved: Mapping[str, Mapping[str, float]]) -> None:
    """Swing cuts count as made where they join, by what made them."""
    for stream, targets in moved.items():
        total = sum(made[stream].values())
        for target, mass in targets.items():
            for box, part in made[stream].items():
                made[target][box] += mass * part / total if total else 0.0
        left = max(0.0, total - sum(targets.values()))
        for box in made[stream]:
            made[stream][box] *= left / total if total else 0.0


def _spread(found: Links, stream: str, made: Mapping[Box, float], used: Mapping[Box, float]) -> None:
    """Sources feed users in proportion; what is made and not used goes to own use, loss and stock."""
    total, wanted = sum(made.values()), sum(used.values())
    if total <= 0.0:
        return
    for source, mass in made.items():
        for user, part in used.items():
            amount = mass * part / max(total, wanted)
            if amount > 0.0:
                found[source, user, stream] = found.get((source, user, stream), 0.0) + amount
        rest = mass * (1.0 - min(1.0, wanted / total))
        if rest > 0.0:
            found[source, REST, stream] = found.get((source, REST, stream), 0.0) + rest


def _lose(found: Links, solution: Solution) -> None:
    """What units lose without a stream of it: what goes in less what comes out, where all of both is known."""
    made: dict[tuple[str, str], float] = defaultdict(float)
    for row in solution["unit_products"].records():
        made[row["period"], row["unit"]] += max(0.0, row["mass"] or 0.0)
    units = {unit for _, unit in made}
    for row in solution["mass_balance"].records():
        lost = row["mass_in"] - made[row["period"], row["part"]]
        if row["part"] in units and not row["unknown"] and lost > 0.0:
            key = (Box("unit", row["part"]), REST, "loss")
            found[key] = found.get(key, 0.0) + lost


def layers(flows: Links) -> dict[Box, int]:
    """Layer of every box: one more than the highest of its feeders; rounds are cut where they close."""
    feeds: dict[Box, set[Box]] = defaultdict(set)
    for source, target, _ in flows:
        if source != target:
            feeds[target].add(source)
    found: dict[Box, int] = {}

    def place(box: Box, above: frozenset[Box]) -> int:
        if box not in found:
            known = [place(one, above | {box}) for one in sorted(feeds[box]) if one not in above]
            found[box] = 1 + max(known, default=-1)
        return found[box]

    boxes = sorted({box for key in flows for box in key[:2]})
    for box in boxes:
        place(box, frozenset({box}))
    last = max(found.values(), default=0)
    return {box: last if box.kind in ("sell", "other") else layer for box, layer in found.items()}


def flow_diagram(solution: Solution) -> Drawn | None:
    """The Sankey diagram of a plan; None where nothing flows or masses are not known."""
    flows = {key: mass for key, mass in links(solution).items() if key[0] != key[1]}
    if len(flows) < 2:
        return None
    places = layers(flows)
    size = {box: max(_total(flows, box, 0), _total(flows, box, 1)) for box in places}
    order = _ordered(flows, places)
    columns = max(places.values()) + 1
    heaviest = max(sum(size[box] for box in stack) for stack in order)
    height = 0.9 / heaviest
    spots = _spots(order, size, height)
    figure, axes = new_figure(max(9.0, 2.2 * columns), max(4.5, 0.42 * max(map(len, order)) + 2.5))
    named = _bands(axes, flows, places, spots, height)
    boxes = _boxes(axes, places, spots, size, columns)
    axes.set_xlim(-0.1, columns - 1 + 2.2 * _BOX + 0.55)
    axes.set_ylim(-0.02, max(top for top, _ in spots.values()) + 0.06)
    axes.axis("off")
    title = "From crude to product"
    scenario = f", {solution.scenario}" if solution.scenario else ""
    axes.set_title(f"{title} [kt]: {solution.case}{scenario}")
    labels = Labels(axes, boxes)
    for text, spans in named:
        labels.along(text, spans)
    caption = (
        "Mass over the horizon; bands are as wide as their mass. Purchases in vermilion, units in blue, blends in "
        "orange, sales in green, stock and losses in grey. Streams with several sources are split among their "
        "users in proportion."
    )
    return drawn(figure, title, caption)


def _total(flows: Links, box: Box, side: int) -> float:
    return sum(mass for key, mass in flows.items() if key[side] == box)


def _ordered(flows: Links, places: Mapping[Box, int]) -> list[list[Box]]:
    """Boxes of each layer from bottom to top, by the mean height of their neighbours."""
    stacks: list[list[Box]] = [[] for _ in range(max(places.values()) + 1)]
    for box in sorted(places, key=lambda box: (box.kind, box.name)):
        stacks[places[box]].append(box)
    for _ in range(_SWEEPS):
        rank = {
            box: n / max(1, len(stack) - 1) if len(stack) > 1 else 0.5
            for stack in stacks
            for n, box in enumerate(stack)
        }
        for stack in stacks:
            stack.sort(key=lambda box: _mean_rank(flows, box, rank))
    return stacks


def _mean_rank(flows: Links, box: Box, rank: Mapping[Box, float]) -> float:
    near = [
        (rank[key[1] if key[0] == box else key[0]], mass) for key, mass in flows.items() if box in key[:2]
    ]
    return sum(r * mass for r, mass in near) / sum(mass for _, mass in near)


def _spots(
    order: list[list[Box]], size: Mapping[Box, float], height: float
) -> dict[Box, tuple[float, float]]:
    """Top and bottom of every box."""
    tallest = max(sum(size[box] for box in stack) * height + _GAP * (len(stack) - 1) for stack in order)
    spots = {}
    for stack in order:
        level = 0.5 * (tallest - sum(size[box] for box in stack) * height - _GAP * (len(stack) - 1))
        for box in stack:
            spots[box] = (level + size[box] * height, level)
            level += size[box] * height + _GAP
    return spots


def _bands(
    axes: Any,
    flows: Links,
    places: Mapping[Box, int],
    spots: Mapping[Box, tuple[float, float]],
    height: float,
) -> list[tuple[Any, list[tuple[float, float]]]]:
    """Draw the bands; the names of the wide ones come back with places along the band, the widest first."""
    named = []
    leaving = {box: spots[box][1] for box in spots}
    entering = dict(leaving)
    streams = list(dict.fromkeys(key[2] for key in flows))
    for source, target, stream in sorted(flows, key=lambda key: (spots[key[0]][1], spots[key[1]][1])):
        wide = flows[source, target, stream] * height
        colour = CYCLE[streams.index(stream) % len(CYCLE)]
        across = np.linspace(places[source] + _BOX, places[target], 60)
        part = np.linspace(0.0, 1.0, 60)
        ease = part * part * (3.0 - 2.0 * part)
        low = leaving[source] + (entering[target] - leaving[source]) * ease
        axes.fill_between(across, low, low + wide, color=colour, alpha=0.38, linewidth=0.0)
        if wide > 0.022:
            text = axes.text(0, 0, stream.replace("_", " "), fontsize=6.5, ha="center", va="center")
            text.set_in_layout(False)
            first = 15 if places[target] - places[source] > 1 else 30
            spans = [(across[at], low[at] + 0.5 * wide) for at in (first, *_ALONG)]
            named.append((wide, text, spans))
        leaving[source] += wide
        entering[target] += wide
    named.sort(key=lambda one: -one[0])
    return [(text, spans) for _, text, spans in named]


def _boxes(
    axes: Any,
    places: Mapping[Box, int],
    spots: Mapping[Box, tuple[float, float]],
    size: Mapping[Box, float],
    columns: int,
) -> list[Any]:
    """Draw the boxes; their names come back."""
    named = []
    for box, layer in places.items():
        top, bottom = spots[box]
        axes.fill_between(
            [layer, layer + _BOX], bottom, max(top, bottom + 0.004), color=_COLOURS[box.kind], linewidth=0.0
        )
        text = f"{box.name.replace('_', ' ')} {size[box] / 1000.0:,.1f}"
        if layer == columns - 1:
            named.append(axes.text(layer + _BOX + 0.03, 0.5 * (top + bottom), text, fontsize=8, va="center"))
        else:
            named.append(axes.text(layer, top + 0.005, text, fontsize=8, va="bottom"))
    return named
