"""Mass flows of a plan between boxes: what is bought, through which units and blends, into what is sold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from netback.results.solution import Solution

#: Flows below this part of the largest are not drawn.
LEAST = 2e-3


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
    """Layer of every box: one more than the highest of its feeders, the last for what is sold or left over.

    A round is cut where a search that begins with the purchases comes back to a box it came through, so that what is
    fed back runs back.
    """
    boxes = sorted({box for key in flows for box in key[:2]})
    weight: dict[tuple[Box, Box], float] = defaultdict(float)
    for (source, target, _), mass in flows.items():
        if source != target:
            weight[source, target] += mass
    fed = {target for _, target in weight}
    feeds: dict[Box, list[Box]] = defaultdict(list)
    for source, target in sorted(weight, key=lambda pair: (-weight[pair], pair)):
        feeds[source].append(target)
    # From what ends a search to what began it, all that a box feeds stands before it.
    closed: dict[Box, None] = {}
    back: set[tuple[Box, Box]] = set()
    for start in sorted(boxes, key=lambda box: (box in fed, box)):
        path = [] if start in closed else [(start, iter(feeds[start]))]
        while path:
            box, rest = path[-1]
            after = next(rest, None)
            if after is None:
                closed[box] = None
                path.pop()
            elif any(after == one for one, _ in path):
                back.add((box, after))
            elif after not in closed:
                path.append((after, iter(feeds[after])))
    found = dict.fromkeys(boxes, 0)
    for source in reversed(closed):
        for target in feeds[source]:
            if (source, target) not in back:
                found[target] = max(found[target], found[source] + 1)
    last = max(found.values(), default=0)
    # What feeds back from the last layer turns round to the right of it: what ends there stands one further.
    end = last + any(found[box] == last for box, targets in feeds.items() if targets)
    ends = {box for box in boxes if box.kind in ("sell", "other") or (found[box] == last and not feeds[box])}
    return {box: end if box in ends else layer for box, layer in found.items()}
