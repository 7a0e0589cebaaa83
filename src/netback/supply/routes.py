"""Routes: the best way from port to port through the chokepoints that are open on the day a ship gets there.

The sea is a graph: places with legs between them [nm]. A chokepoint lets a ship through or not, and costs time and
money, by the rows of ``chokepoint_events.csv`` that hold on the day of passage:

    days of a leg      = distance / (24 x speed)
    days of a passage  = sum of extra_days + length x (1 / slowest speed - 1 / speed) / 24, if slower
    toll of a passage  = sum of toll_usd + cargo x sum of toll_usd_per_t

A passage is barred if a row closes it, if the ship's draught with its cargo or its deadweight is above the least
limit. Ships do not wait for a barred passage to open. The search keeps every label that no other beats in both the
objective and the days, because what holds at a passage depends on the day.

Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271; labels of
two values as in Martins, E. Q. V. (1984). European Journal of Operational Research 16, 236-245; ordered by the least
that is still ahead as in Hart, P. E., Nilsson, N. J., Raphael, B. (1968). IEEE Transactions on Systems Science and
Cybernetics 4, 100-107.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from netback.errors import DataError, Finding
from netback.supply.data import SupplyData
from netback.supply.rows import ChokepointEvent, Place, VesselClass

Objective = Literal["distance", "days", "cost"]
#: Speed of a ship of which no class is named [kn].
USUAL_SPEED_KN = 12.5


@dataclass(frozen=True, slots=True)
class Sailing:
    """A ship under way, as far as a route depends on it.

    ``draught_m`` [m] and ``dwt_t`` [t] meet the limits of passages where they are known; ``cargo_t`` [t] pays
    tolls; ``usd_per_day`` is what a day costs when the objective is cost.
    """

    start: date
    speed_kn: float
    vessel: VesselClass | None = None
    laden: bool = True
    draught_m: float | None = None
    cargo_t: float = 0.0
    usd_per_day: float = 0.0

    def on(self, days: float) -> date:
        """Return the day after so many days under way."""
        return self.start + timedelta(days=int(days + 1e-9))


@dataclass(frozen=True, slots=True)
class Passage:
    """What it takes to pass a chokepoint on a day; ``barred`` says why not, empty if open."""

    place: Place
    extra_days: float
    toll_usd: float
    max_draught_m: float | None
    barred: str
    events: tuple[ChokepointEvent, ...]


@dataclass(frozen=True, slots=True)
class RouteLeg:
    """One leg of a route: steaming days [d] at the speed of the ship, without waits."""

    from_place: str
    to_place: str
    distance_nm: float
    days: float


@dataclass(frozen=True)
class Route:
    """A way from port to port. ``passages`` are the chokepoints on it in order, waypoints left out."""

    places: tuple[Place, ...]
    legs: tuple[RouteLeg, ...]
    passages: tuple[Passage, ...]

    @property
    def distance_nm(self) -> float:
        """Length [nm]."""
        return sum(leg.distance_nm for leg in self.legs)

    @property
    def steaming_days(self) -> float:
        """Days under way [d], passages not counted."""
        return sum(leg.days for leg in self.legs)

    @property
    def days(self) -> float:
        """Days from pilot to pilot [d], with the waits and slow passages of chokepoints."""
        return self.steaming_days + sum(passage.extra_days for passage in self.passages)

    @property
    def toll_usd(self) -> float:
        """Tolls of all passages [USD]."""
        return sum(passage.toll_usd for passage in self.passages)

    def to_next_chokepoint(self) -> tuple[RouteLeg, ...]:
        """Legs with those that meet at a mere waypoint joined into one."""
        joined: list[RouteLeg] = []
        for place, leg in zip(self.places, self.legs, strict=False):
            if joined and place.is_waypoint:
                last = joined.pop()
                leg = RouteLeg(
                    last.from_place, leg.to_place, last.distance_nm + leg.distance_nm, last.days + leg.days
                )
            joined.append(leg)
        return tuple(joined)


@dataclass(frozen=True, slots=True)
class _Label:
    """A ship at a place: ``stage`` stops are behind her, ``seen`` are the last call and the chokepoints since."""

    value: float
    days: float
    place: str
    before: _Label | None = field(compare=False)
    stage: int = 0
    seen: frozenset[str] = frozenset()

    def path(self) -> Iterator[str]:
        label: _Label | None = self
        while label is not None:
            yield label.place
            label = label.before


def find_route(
    data: SupplyData,
    origin: str,
    destination: str,
    sailing: Sailing,
    via: str | Sequence[str] | None = None,
    avoid: Sequence[str] = (),
    objective: Objective = "distance",
) -> Route:
    """Find the best route.

    Parameters
    ----------
    data
        Places, legs and events.
    origin, destination
        Ports, by key, title or alias.
    sailing
        The ship, its speed [kn] and its day of departure.
    via
        Chokepoints or ports to pass, in order; one name, or several separated by semicolons.
    avoid
        Chokepoints or ports not to pass.
    objective
        What is least: ``distance`` [nm], ``days`` [d] or ``cost`` [USD].

    Raises
    ------
    DataError
        If a name is unknown, a place is both to be passed and avoided, or every way is closed: the finding names
        what bars it.
    """
    stops = [
        data.port(origin, "origin").name,
        *_via_names(data, via),
        data.port(destination, "destination").name,
    ]
    avoided = {data.passage(name, "avoid").name for name in avoid}
    clash = [name for name in stops if name in avoided]
    if clash:
        what = f'"{data.places[clash[0]].title}" is to be passed and to be avoided.'
        raise DataError(Finding("avoid", what, "Leave out one of the two."))
    if sailing.speed_kn <= 0.0:
        raise DataError(Finding("speed_kn", f"a speed of {sailing.speed_kn:g} kn goes nowhere."))
    path = _best_path(data, stops, sailing, avoided, objective)
    if path is None:
        raise _no_way(data, stops, sailing, avoided, objective)
    return _route(data, path, sailing)


@dataclass(frozen=True, slots=True)
class _Way:
    """The best way for ships that leave between two days, both included and counted as ordinals; None where no way."""

    first: int
    last: int
    path: tuple[str, ...] | None


@dataclass(slots=True)
class _Window:
    """Between which days of departure everything that was looked at holds; ordinals of days."""

    start: int
    first: int = 1
    last: int = date.max.toordinal()

    def look(self, changes: Sequence[date], on: date) -> None:
        """Note that what holds at a place on a day was looked at: it changes there on the days of ``changes``."""
        place, day = bisect_right(changes, on), on.toordinal()
        if place < len(changes):
            self.last = min(self.last, self.start + changes[place].toordinal() - 1 - day)
        if place:
            self.first = max(self.first, self.start + changes[place - 1].toordinal() - day)


def _best_path(
    data: SupplyData, stops: Sequence[str], sailing: Sailing, avoided: set[str], objective: Objective
) -> tuple[str, ...] | None:
    """Places on the best way; None where there is none.

    The search depends on the day of departure by the events at the passages that it looks at, and by nothing else. So
    a way that was found holds for all days of departure on which the same events are met.
    """
    like = replace(sailing, start=date.min)
    if objective != "cost":
        like = replace(like, cargo_t=0.0, usd_per_day=0.0)
    ways: list[_Way] = data.once(("ways", *stops, frozenset(avoided), objective, like), list)
    start = sailing.start.toordinal()
    for way in ways:
        if way.first <= start <= way.last:
            return way.path
    window = _Window(start)
    label = _search(data, stops, sailing, avoided, objective, window)
    path = None if label is None else tuple(label.path())[::-1]
    ways.append(_Way(window.first, window.last, path))
    return path


def passage_of(data: SupplyData, place: Place, sailing: Sailing, on: date) -> Passage:
    """Return what it takes to pass a place on a day: the rows that hold, taken together."""
    vessel_class = sailing.vessel.vessel_class if sailing.vessel is not None else None
    rows = tuple(
        row for row in data.events_at.get(place.name, ()) if row.holds(on, vessel_class, sailing.laden)
    )
    speeds = [row.speed_kn for row in rows if row.speed_kn is not None]
    slow = min(speeds, default=sailing.speed_kn)
    extra = sum(row.extra_days or 0.0 for row in rows)
    if slow < sailing.speed_kn:
        extra += place.length_nm * (1.0 / slow - 1.0 / sailing.speed_kn) / 24.0
    toll = sum((row.toll_usd or 0.0) + sailing.cargo_t * (row.toll_usd_per_t or 0.0) for row in rows)
    draughts = [row.max_draught_m for row in rows if row.max_draught_m is not None]
    return Passage(place, extra, toll, min(draughts, default=None), _bar(rows, place, sailing), rows)


def _bar(rows: Sequence[ChokepointEvent], place: Place, sailing: Sailing) -> str:
    """Why a ship cannot pass, in the user's words; empty if it can."""
    for row in rows:
        if row.closed:
            return f"{place.title} is closed ({row.event}{_until(row)})"
        deep, limit = sailing.draught_m, row.max_draught_m
        if deep is not None and limit is not None and deep > limit + 1e-9:
            return f"{place.title} lets {limit:g} m pass, the ship draws {deep:.2f} m"
        if sailing.vessel is not None and row.max_dwt_t is not None and sailing.vessel.dwt_t > row.max_dwt_t:
            return (
                f"{place.title} lets {row.max_dwt_t:,.0f} dwt pass, the ship has {sailing.vessel.dwt_t:,.0f}"
            )
    return ""


def _until(row: ChokepointEvent) -> str:
    since = f", from {row.start}" if row.start is not None else ""
    return f"{since} to {row.end}" if row.end is not None else since


def _via_names(data: SupplyData, via: str | Sequence[str] | None) -> list[str]:
    names = via.split(";") if isinstance(via, str) else list(via or ())
    return [data.passage(name, "via").name for name in names if name.strip()]


def _search(
    data: SupplyData,
    stops: Sequence[str],
    sailing: Sailing,
    avoided: set[str],
    objective: Objective,
    window: _Window,
) -> _Label | None:
    """The best way through all stops in order; None where there is none.

    Between two calls at ports no chokepoint is passed twice, and one that is to be passed is left into other waters
    than it was entered from: who asks for the Cape does not mean to turn round there.
    """
    ahead = _ahead_nm(data, stops)
    if ahead is None or stops[0] not in ahead[0]:
        return None
    # What a mile costs at least: no wait or toll takes anything off, so the rest of the way is never overrated.
    per_nm = {
        "distance": 1.0,
        "days": 1.0 / (24.0 * sailing.speed_kn),
        "cost": max(sailing.usd_per_day, 0.0) / (24.0 * sailing.speed_kn),
    }[objective]
    if len(stops) > 2:
        some = _found(data, stops, sailing, avoided, objective, ahead, per_nm, window, free=True)
        if some is None:
            return None
    return _found(data, stops, sailing, avoided, objective, ahead, per_nm, window, free=False)


def _found(
    data: SupplyData,
    stops: Sequence[str],
    sailing: Sailing,
    avoided: set[str],
    objective: Objective,
    ahead: Sequence[Mapping[str, float]],
    per_nm: float,
    window: _Window,
    free: bool,
) -> _Label | None:
    """The search; ``free`` lets ships turn round and pass twice, which shows fast that there is no way at all."""
    start = _Label(0.0, 0.0, stops[0], None, seen=frozenset(stops[:1]))
    queue = [(ahead[0][stops[0]] * per_nm, 0.0, 0, start)]
    settled: dict[tuple[str, int, str], list[_Label]] = {}
    count, last = 0, len(stops) - 2
    while queue:
        _, _, _, label = heapq.heappop(queue)
        if label.stage == last and label.place == stops[-1]:
            return label
        known = settled.setdefault(_key(label, stops), [])
        if any(other.days <= label.days and (free or other.seen <= label.seen) for other in known):
            continue
        known.append(label)
        for name, distance_nm in data.neighbours[label.place].items():
            if name in avoided:
                continue
            if not free and (name in label.seen or not _may_leave(data, label, name, stops)):
                continue
            onward = _onward(data, label, name, distance_nm, sailing, objective, window)
            if onward is not None:
                count += 1
                onward = _staged(data, label, onward, stops)
                rest = ahead[onward.stage][name] * per_nm
                heapq.heappush(queue, (onward.value + rest, onward.days, count, onward))
    return None


def _ahead_nm(data: SupplyData, stops: Sequence[str]) -> list[Mapping[str, float]] | None:
    """Least distance [nm] from every place through the stops that are left, by stage; None where no leg leads on."""
    found: list[Mapping[str, float]] = []
    after = 0.0
    for here, there in reversed([*pairwise(stops)]):
        nearest = data.distances_nm(there)
        if here not in nearest:
            return None
        found.append({name: distance + after for name, distance in nearest.items()} if after else nearest)
        after += nearest[here]
    return found[::-1]


def _key(label: _Label, stops: Sequence[str]) -> tuple[str, int, str]:
    """Labels are compared at one place and stage; at a stop also by the water that they came from."""
    turning = label.stage > 0 and label.place == stops[label.stage] and label.before is not None
    return label.place, label.stage, label.before.place if turning and label.before is not None else ""


def _may_leave(data: SupplyData, label: _Label, name: str, stops: Sequence[str]) -> bool:
    """Whether a ship passes a chokepoint that she is to pass when she goes on to a place, or turns round there."""
    if not label.stage or label.place != stops[label.stage] or label.before is None:
        return True
    if data.places[label.place].is_port:
        return True
    entered, left = (data.waters.get(place) for place in (label.before.place, name))
    if entered is None or left is None or not data.parts_waters(label.place):
        return label.before.place != name
    return entered != left


def _staged(data: SupplyData, label: _Label, onward: _Label, stops: Sequence[str]) -> _Label:
    """The label with the stop counted that it has come to, and the chokepoint where there are stops to keep apart."""
    if len(stops) == 2:
        return onward
    place = data.places[onward.place]
    reached = onward.place == stops[label.stage + 1] and label.stage + 2 < len(stops)
    seen = label.seen
    if reached and place.is_port:
        seen = frozenset({place.name})
    elif not place.is_port and not place.is_waypoint:
        seen |= {place.name}
    return _Label(onward.value, onward.days, onward.place, label, label.stage + reached, seen)


def _onward(
    data: SupplyData,
    label: _Label,
    name: str,
    distance_nm: float,
    sailing: Sailing,
    objective: Objective,
    window: _Window,
) -> _Label | None:
    """Label of the next place; None if it bars the ship."""
    days = distance_nm / (24.0 * sailing.speed_kn)
    toll = 0.0
    place = data.places[name]
    if not place.is_port and name in data.events_at:
        on = sailing.on(label.days + days)
        window.look(data.changes_at[name], on)
        passage = passage_of(data, place, sailing, on)
        if passage.barred:
            return None
        days += passage.extra_days
        toll = passage.toll_usd
    added = {"distance": distance_nm, "days": days, "cost": days * sailing.usd_per_day + toll}[objective]
    return _Label(label.value + added, label.days + days, name, label)


def _no_way(
    data: SupplyData, stops: Sequence[str], sailing: Sailing, avoided: set[str], objective: Objective
) -> DataError:
    """Say what bars the way: the passages on the way that would be best if nothing were barred."""
    titles = [data.places[name].title for name in stops]
    where = f"route {titles[0]} to {titles[-1]}"
    if _ahead_nm(data, stops) is None:
        what = "no leg of sea_legs.csv leads there."
        return DataError(Finding(where, what, "Add the legs that join the two places to the rest."))
    label = _search(replace(data, events=()), stops, sailing, set(), objective, _Window(0))
    if label is None:
        what = f"no way leads through {' and '.join(titles[1:-1])} without turning round or passing a strait twice."
        return DataError(Finding(where, what, "Name other chokepoints in via, or leave it out."))
    reasons = list(_bars_on(data, [*label.path()][::-1], sailing, avoided))
    what = f"every way is closed: {'; '.join(reasons) or 'what is avoided cuts the two off'}."
    hint = "Take another day, load less, avoid less, or change the event in a case."
    return DataError(Finding(where, what, hint))


def _bars_on(data: SupplyData, path: Sequence[str], sailing: Sailing, avoided: set[str]) -> Iterator[str]:
    days = 0.0
    for here, there in pairwise(path):
        days += data.neighbours[here][there] / (24.0 * sailing.speed_kn)
        if there in avoided:
            yield f"{data.places[there].title} is avoided"
        elif not data.places[there].is_port:
            barred = passage_of(data, data.places[there], sailing, sailing.on(days)).barred
            if barred:
                yield barred


def _route(data: SupplyData, path: Sequence[str], sailing: Sailing) -> Route:
    legs: list[RouteLeg] = []
    passages: list[Passage] = []
    days = 0.0
    for here, there in pairwise(path):
        distance_nm = data.neighbours[here][there]
        steaming = distance_nm / (24.0 * sailing.speed_kn)
        legs.append(RouteLeg(here, there, distance_nm, steaming))
        days += steaming
        place = data.places[there]
        if place.is_port or (place.is_waypoint and place.name not in data.events_at):
            continue
        passages.append(passage_of(data, place, sailing, sailing.on(days)))
        days += passages[-1].extra_days
    return Route(tuple(data.places[name] for name in path), tuple(legs), tuple(passages))
