"""Ranking crudes for a plant: what each would be worth at its gate, beside the plan as it is.

Every crude is put into the case in the way of one that is there (its units, periods, cost items, and the qualities that
the case states by hand for it, as stand-ins) and valued: the marginal worth of the first barrel, and the average of a
volume against none. With samples of the uncertain inputs,
the same for all crudes, two crudes are told apart only where the difference of their worths has one sign in nearly all
samples; those that are not share a place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netback.assay.library import Entry, index
from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding, NetbackError, closest
from netback.program.problem import FloatArray
from netback.studies.run import run_all
from netback.studies.sampling import latin_hypercube
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs
from netback.studies.value import worths

#: Two crudes are told apart when one is ahead in at least this part of the samples.
APART = 0.95
#: Worths closer than this [currency per barrel] share a place also without samples.
TIE = 0.005
_SHARES = ("min_share", "max_share")


@dataclass(frozen=True)
class Ranked:
    """One crude: worths at the gate [currency per barrel], and the place that it shares with those it ties with.

    ``low`` and ``high`` are the 5th and 95th percentile of the average over the samples, None without samples.
    ``fault`` says why there is no worth; its numbers are then NaN and its place 0. ``doubt`` says what is wrong with
    the shipped assay and what to prefer, blank where nothing is known to be.
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
    fault: str = ""
    doubt: str = ""


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


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    like: str
    volume: float
    changes: tuple[tuple[tuple[Uncertain, float], ...], ...]


def _valued(task: _Task) -> tuple[FloatArray, str]:
    """Worths float (1 + samples, 2) of the first barrel and of the volume, and why there are none."""
    made = np.full((1 + len(task.changes), 2), np.nan)
    try:
        case = with_crude(task.case, task.crude, task.like)
        made[0] = worths(case, task.crude, (task.volume,))
        for number, change in enumerate(task.changes, start=1):
            made[number] = worths(with_inputs(case, dict(change)), task.crude, (task.volume,))
    except NetbackError as error:
        return made, error.findings[0].what if error.findings else str(error)
    return made, "" if np.isfinite(made[0]).all() else "there is no plan with this volume of it."


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
    """
    with_crude(case, like, like)
    inputs = uncertain_inputs(case)
    drawn = latin_hypercube(inputs, count, seed) if count else np.zeros((0, len(inputs)))
    changes = tuple(tuple(zip(inputs, row.tolist(), strict=True)) for row in drawn)
    tasks = [_Task(case, crude, like, volume, changes) for crude in crudes]
    found: dict[int, tuple[FloatArray, str]] = {}
    for done, (number, answer) in enumerate(run_all(_valued, tasks, jobs), start=1):
        found[number] = answer
        if watch is not None:
            watch(done, len(tasks))
    order = sorted(range(len(tasks)), key=lambda k: (bool(found[k][1]), -np.nan_to_num(found[k][0][0, 1])))
    places = _places([found[k][0][:, 1] for k in order if not found[k][1]])
    return tuple(
        _ranked(crudes[k], *found[k], places[at] if at < len(places) else 0) for at, k in enumerate(order)
    )


def _places(worth: Sequence[FloatArray]) -> list[int]:
    """Places of crudes in falling order of worth; one that is not surely below the first of a place shares it."""
    places: list[int] = []
    leader = 0
    for at, own in enumerate(worth):
        if at and _surely_above(worth[leader], own):
            leader = at
        places.append(leader + 1)
    return places


def _surely_above(one: FloatArray, other: FloatArray) -> bool:
    if one[0] - other[0] <= TIE:
        return False
    ahead = one[1:] > other[1:]
    known = np.isfinite(one[1:]) & np.isfinite(other[1:])
    return not known.any() or float(ahead[known].mean()) >= APART


def _ranked(crude: str, worth: FloatArray, fault: str, place: int) -> Ranked:
    entry = index().get(crude)
    known = worth[1:, 1][np.isfinite(worth[1:, 1])]
    low, high = (None, None) if not len(known) else map(float, np.percentile(known, (5.0, 95.0)))
    nan = float("nan")
    return Ranked(
        crude,
        crude if entry is None else str(entry.title),
        nan if entry is None else entry.api_gravity,
        nan if entry is None else entry.sulfur_wt_pct,
        float(worth[0, 0]),
        float(worth[0, 1]),
        low,
        high,
        place,
        fault,
        "" if entry is None else _doubt(entry),
    )


def _doubt(entry: Entry) -> str:
    return f"{entry.doubtful}; prefer {entry.prefer}" if entry.doubtful and entry.prefer else entry.doubtful
