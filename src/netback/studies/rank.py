"""Ranking crudes for a plant: what each would be worth at its gate, beside the plan as it is.

Every crude is put into the case in the way of one that is there (its units, periods, cost items, and the qualities that
the case states by hand for it, as stand-ins) and valued: the marginal worth of the first barrel, and the average of a
volume against none. With samples of the uncertain inputs,
the same for all crudes, two crudes are told apart only where the difference of their worths has one sign in nearly all
samples; those that are not share a place. So do those whose worths lie within the gaps of their plans, where ships or
lots are whole.

Every crude comes at the gate, by the barrel, since what it is worth there is asked: no ship has to be filled with it.
One that the case brings in ships has none of those but the ships that must load.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from netback.assay.assay import DENSITY
from netback.assay.gravity import density_to_api
from netback.assay.library import index
from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding, NetbackError, closest
from netback.program.problem import FloatArray
from netback.refinery.crudes import find_assay
from netback.studies.lifting import processes
from netback.studies.run import run_all
from netback.studies.sampling import latin_hypercube
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs
from netback.studies.volume_worth import Worth, worth

#: Two crudes are told apart when one is ahead in at least this part of the samples.
APART = 0.95
#: Worths closer than this [currency per barrel] share a place also without samples.
TIE = 0.005
#: Fault of crudes that were not reached when the user stopped the ranking.
STOPPED = "The ranking was stopped before."
_SHARES = ("min_share", "max_share")


@dataclass(frozen=True)
class Ranked:
    """One crude: worths at the gate [currency per barrel], and the place that it shares with those it ties with.

    ``low`` and ``high`` are the 5th and 95th percentile of the average over the samples, None without samples.
    ``first`` is NaN where something is whole and no slope is defined. ``average`` is known within ``within`` either
    way, by the gaps of its plans. ``fault`` says why there is no worth; its numbers are then NaN and its place 0.
    ``doubt`` says what is wrong with the shipped assay, ``prefer`` what to take instead; blank where nothing is known.
    ``kind`` is blank for a crude, else what it is instead.
    """

    crude: str
    title: str
    api: float
    sulfur_wt_pct: float
    first: float
    average: float
    low: float | None
    high: float | None
    place: int
    within: float = 0.0
    fault: str = ""
    doubt: str = ""
    prefer: str = ""
    kind: str = ""


def library_crudes() -> tuple[str, ...]:
    """Names of all crudes that come with Netback."""
    return tuple(index())


def with_crude(case: Case, assay: str, like: str) -> Case:
    """The case with one more crude, offered without limit in the way of ``like``.

    Raises
    ------
    DataError
        If ``like`` is no crude that is offered.
    """
    offers = [row for row in case.table("offers").records if like in (row["stream"], row["offer"])]
    if not offers:
        names = [row["stream"] for row in case.table("offers").records]
        raise DataError(
            Finding("--like", f'"{like}" is not offered in {case.subject}.', closest(like, names)),
            case.subject,
        )
    stream, offer = offers[0]["stream"], offers[0]["offer"]
    if any(row["crude"] == assay for row in case.table("crudes").records):
        return case
    changes: dict[str, list[Mapping[str, object]]] = {}
    limits = dict.fromkeys(("min", "max", "min_if_bought", "lot_size"))
    blank = {"status": None, "low": None, "high": None}
    changes["streams"] = [
        row.with_(stream=assay, title=None)
        for row in case.table("streams").records
        if row["stream"] == stream
    ]
    changes["crudes"] = [Record({"crude": assay, "assay": assay, "source": offers[0]["source"]})]
    changes["offers"] = [
        row.with_(offer=assay, stream=assay, **{**limits, "min": 0.0}, **blank)
        for row in offers
        if row["offer"] == offer and row["tranche"] == offers[0]["tranche"]
    ]
    changes["feeds"] = [
        row.with_(feed=assay, **dict.fromkeys(_SHARES))
        for row in case.table("feeds").records
        if row["feed"] == stream
    ]
    changes["pools"] = [
        row.with_(component=assay) for row in case.table("pools").records if row["component"] == stream
    ]
    changes["offer_costs"] = [
        {**row, "offer": assay, **blank, "status": "derived"}
        for row in case.table("offer_costs").records
        if row["offer"] == offer
    ]
    changes["stream_properties"] = [
        {**row, "origin": assay, **blank, "status": "stand_in"} for row in stand_ins(case, stream)
    ]
    for name, rows in changes.items():
        if rows:
            case = case.with_table(name, [*case.table(name).records, *rows])
    return case


def stand_ins(case: Case, like: str) -> tuple[Record, ...]:
    """Qualities that the case states by hand for streams made of ``like``; they stand in for those of other crudes."""
    return tuple(row for row in case.table("stream_properties").records if row["origin"] == like)


def at_the_gate(case: Case, crude: str) -> tuple[Case, str]:
    """The case in which a crude that comes in ships can be had at the gate, and the name to ask for it by.

    Its ships are closed but for those that must load. A crude that needs no ship is asked for as it is.
    """
    shipped = {row["offer"] for row in case.table("cargoes").records}
    offers = [row for row in case.table("offers").records if crude in (row["stream"], row["offer"])]
    own = {row["offer"] for row in offers} & shipped
    if not own:
        return case, crude
    taken, name = {row["offer"] for row in case.table("offers").records}, f"{crude}_at_the_gate"
    while name in taken:
        name += "_"
    cargoes = [
        row.with_(max_ships=row["min_ships"] or 0) if row["offer"] in own else row
        for row in case.table("cargoes").records
    ]
    limits = dict.fromkeys(("min", "max", "min_if_bought", "lot_size"))
    first = offers[0]
    added = [
        row.with_(offer=name, **{**limits, "min": 0.0})
        for row in offers
        if (row["offer"], row["tranche"]) == (first["offer"], first["tranche"])
    ]
    case = case.with_table("cargoes", cargoes)
    return case.with_table("offers", [*case.table("offers").records, *added]), name


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    like: str
    volume: float
    changes: tuple[tuple[tuple[Uncertain, float], ...], ...]


@dataclass(frozen=True)
class _Valued:
    """Worths float (1 + samples, 2) of the first barrel and of the volume, reach of the gaps, why there are none."""

    worth: FloatArray
    within: float = 0.0
    fault: str = ""


def _valued(task: _Task) -> _Valued:
    made = np.full((1 + len(task.changes), 2), np.nan)
    try:
        case, name = at_the_gate(with_crude(task.case, task.crude, task.like), task.crude)
        found = worth(case, name, task.volume)
        made[0] = _pair(found)
    except NetbackError as error:
        return _Valued(made, 0.0, error.findings[0].what if error.findings else str(error))
    for number, change in enumerate(task.changes, start=1):
        with suppress(NetbackError):
            made[number] = _pair(worth(with_inputs(case, dict(change)), name, task.volume))
    return _Valued(made, found.within)


def _pair(found: Worth) -> tuple[float, float]:
    return math.nan if found.first is None else found.first, found.average


def rank(
    case: Case,
    crudes: Sequence[str],
    like: str,
    volume: float,
    count: int = 0,
    seed: int = 0,
    jobs: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> tuple[Ranked, ...]:
    """Rank crudes by the average worth of a volume at the gate, the dearest first; those without a worth come last.

    Where the user stops it, those not yet valued have the fault ``STOPPED``.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    crudes
        Names of shipped assays, or of crudes of the case.
    like
        Crude of the case whose units, periods and costs each one takes.
    volume
        Volume that is bought of each [uom of its stream].
    count, seed
        Samples of the uncertain inputs, the same for all.
    jobs, watch
        See :func:`netback.studies.spread.spread`.

    Raises
    ------
    DataError
        If ``like`` is not offered.
    KeyboardInterrupt
        If the user stops it before any is valued.
    """
    with_crude(case, like, like)
    inputs = uncertain_inputs(case)
    drawn = latin_hypercube(inputs, count, seed) if count else np.zeros((0, len(inputs)))
    changes = tuple(tuple(zip(inputs, row.tolist(), strict=True)) for row in drawn)
    tasks = [_Task(case, crude, like, volume, changes) for crude in crudes]
    found: dict[int, _Valued] = {}
    shipped = bool(case.table("cargoes").records)
    workers = processes(jobs, len(tasks), heavy=True) if shipped else jobs
    try:
        for done, (number, answer) in enumerate(run_all(_valued, tasks, workers), start=1):
            found[number] = answer
            if watch is not None:
                watch(done, len(tasks))
    except KeyboardInterrupt:
        if not found:
            raise
        nothing = np.full((1 + len(changes), 2), np.nan)
        found = {k: found.get(k, _Valued(nothing, fault=STOPPED)) for k in range(len(tasks))}
    order = sorted(
        range(len(tasks)), key=lambda k: (bool(found[k].fault), -np.nan_to_num(found[k].worth[0, 1]))
    )
    places = _places([(found[k].worth[:, 1], found[k].within) for k in order if not found[k].fault])
    return tuple(
        _ranked(case, crudes[k], found[k], places[at] if at < len(places) else 0)
        for at, k in enumerate(order)
    )


def _places(worth: Sequence[tuple[FloatArray, float]]) -> list[int]:
    """Places of crudes in falling order of worth; one that is not surely below the first of a place shares it."""
    places: list[int] = []
    leader = 0
    for at, own in enumerate(worth):
        if at and _surely_above(worth[leader], own):
            leader = at
        places.append(leader + 1)
    return places


def _surely_above(one: tuple[FloatArray, float], other: tuple[FloatArray, float]) -> bool:
    (above, reach), (below, depth) = one, other
    if above[0] - below[0] <= max(TIE, reach + depth):
        return False
    ahead = above[1:] > below[1:]
    known = np.isfinite(above[1:]) & np.isfinite(below[1:])
    return not known.any() or float(ahead[known].mean()) >= APART


def _ranked(case: Case, crude: str, valued: _Valued, place: int) -> Ranked:
    own = {row["crude"]: str(row["assay"]) for row in case.table("crudes").records}.get(crude, crude)
    entry, worth = index().get(own), valued.worth
    known = worth[1:, 1][np.isfinite(worth[1:, 1])]
    low, high = (None, None) if not len(known) else map(float, np.percentile(known, (5.0, 95.0)))
    title, api, sulfur = _told(case, own)
    return Ranked(
        crude,
        title,
        api,
        sulfur,
        float(worth[0, 0]),
        float(worth[0, 1]),
        low,
        high,
        place,
        valued.within,
        valued.fault,
        "" if entry is None else entry.doubtful,
        "" if entry is None else entry.prefer,
        "" if entry is None or entry.kind == "crude" else entry.kind,
    )


def _told(case: Case, name: str) -> tuple[str, float, float]:
    """Title, gravity [API] and sulphur [wt%] of an assay of the case or of the library."""
    if (entry := index().get(name)) is not None:
        return entry.title, entry.api_gravity, entry.sulfur_wt_pct
    try:
        assay = find_assay(case, name)
    except DataError:
        return name, math.nan, math.nan
    return (
        assay.title,
        float(density_to_api(assay.whole_value(DENSITY))),
        assay.whole_value("sulfur_wt_pct"),
    )
