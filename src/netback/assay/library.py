"""The shipped assay library: names, search, load.

109 crudes and fuel oils with properties by cut (51 of the PRELIM inventory, 58 ExxonMobil assays
transcribed by NOAA) and 40 coarse boiling curves of NOAA ADIOS. Names are stable; aliases and spellings
with spaces, hyphens or capitals are understood; a misspelt name raises and names the closest.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, Assay, Flag, Provenance, Quality
from netback.assay.assembly import Draft, Points, assemble
from netback.assay.coarse import from_curve
from netback.errors import DataError, Finding, closest

_FRAME: Final = ("assay", "cut", "start_c", "end_c", "yield_wt_pct", "yield_vol_pct", DENSITY)
#: Quality of the values of one source group, and of properties that differ from it.
_GROUPS: Final[Mapping[str, tuple[Quality, str, Mapping[str, tuple[Quality, str]]]]] = {
    "prelim": (
        "reported",
        "Solomon Associates, BP, Stratiev and others, collected by PRELIM",
        {DENSITY: ("derived", "from the listed API gravity, the density column having a mixed basis")},
    ),
    "adios_exxon": (
        "reported",
        "ExxonMobil, transcribed by NOAA",
        {
            "cetane_index": ("derived", "ASTM D4737 by the publisher"),
            "viscosity_cst_20c": ("derived", "ASTM D341 by the publisher"),
            "viscosity_cst_40c": ("derived", "ASTM D341 by the publisher"),
            "viscosity_cst_50c": ("derived", "ASTM D341 by the publisher"),
        },
    ),
    "adios_other": ("reported", "collected by NOAA", {}),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index: what ``netback assay list`` shows without opening the assay.

    ``kind`` is crude or fuel oil.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    group: str
    region: str
    date: str
    api_gravity: float
    sulfur_wt_pct: float
    cuts: int
    kind: str
    doubtful: str
    prefer: str
    note: str
    source: str

    @property
    def is_coarse(self) -> bool:
        """Whether only a boiling curve and whole-crude values are known."""
        return self.group == "adios_other"


@lru_cache(maxsize=1)
def index() -> Mapping[str, Entry]:
    """Return all shipped assays by name, in the order of the library."""
    text = (files("netback") / "library" / "assays" / "index.csv").read_text(encoding="utf-8")
    entries = [_entry(row) for row in csv.DictReader(text.splitlines())]
    return {entry.name: entry for entry in entries}


def _entry(row: Mapping[str, str]) -> Entry:
    return Entry(
        name=row["name"],
        title=row["title"],
        aliases=tuple(row["aliases"].split()),
        group=row["group"],
        region=row["region"],
        date=row["date"],
        api_gravity=_number(row["api_gravity"]),
        sulfur_wt_pct=_number(row["sulfur_wt_pct"]),
        cuts=int(row["cuts"]),
        kind=row["kind"],
        doubtful=row["doubtful"],
        prefer=row["prefer"],
        note=row["note"],
        source=row["source"],
    )


def names() -> tuple[str, ...]:
    """Return the names of all shipped assays."""
    return tuple(index())


def search(text: str) -> tuple[Entry, ...]:
    """Find entries whose name, title, alias or region holds every word of ``text``, capitals aside."""
    words = text.casefold().split()
    found = []
    for entry in index().values():
        hay = " ".join((entry.name, entry.title, *entry.aliases, entry.region, entry.group)).casefold()
        if all(word in hay for word in words):
            found.append(entry)
    return tuple(found)


@lru_cache(maxsize=1)
def _lookup() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for entry in index().values():
        for spelling in (*entry.aliases, _plain(entry.title)):
            known.setdefault(spelling, entry.name)
    return known | {name: name for name in index()}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def resolve(name: str) -> str:
    """Return the stable name for a name, alias or title.

    Raises
    ------
    DataError
        If there is none; the finding names the closest.
    """
    known = _lookup()
    plain = _plain(name)
    if plain in known:
        return known[plain]
    hint = closest(plain, known) or "`netback assay list` shows all names."
    raise DataError(Finding(f'assay "{name}"', "is not in the library.", hint))


def load(name: str) -> Assay:
    """Load one assay of the library.

    Raises
    ------
    DataError
        If the name is not known; the finding names the closest.
    """
    return _load(resolve(name))


def load_many(names: Iterable[str]) -> tuple[Assay, ...]:
    """Load several assays, in the order of the names. All unknown names are reported together.

    Raises
    ------
    DataError
        As :func:`load`.
    """
    findings: list[Finding] = []
    found: list[str] = []
    for name in names:
        try:
            found.append(resolve(name))
        except DataError as error:
            findings.extend(error.findings)
    if findings:
        raise DataError(findings)
    return tuple(_load(name) for name in found)


@lru_cache(maxsize=512)
def _load(name: str) -> Assay:
    entry = index()[name]
    quality, vendor, different = _GROUPS[entry.group]
    provenance = Provenance(
        source=entry.source,
        date=entry.date,
        quality=quality,
        region=entry.region,
        vendor=vendor,
        note=entry.note,
        doubtful=entry.doubtful,
        prefer=entry.prefer,
    )
    flags = {(property, "*"): Flag(kind, method) for property, (kind, method) in different.items()}
    rows = _rows(f"cuts_{entry.group}.csv", name)
    points = _points(_rows(f"points_{entry.group}.csv", name), from_cuts=not entry.is_coarse)
    whole = _whole(rows[0])
    if entry.is_coarse:
        return from_curve(name, entry.title, points, whole, provenance)
    return assemble(_draft(entry, rows[1:], whole, points, provenance, flags))


def _draft(
    entry: Entry,
    cuts: list[dict[str, str]],
    whole: Mapping[str, float],
    points: Points,
    provenance: Provenance,
    flags: Mapping[tuple[str, str], Flag],
) -> Draft:
    return Draft(
        name=entry.name,
        title=entry.title,
        cut_names=[row["cut"] for row in cuts],
        start_c=_column(cuts, "start_c"),
        end_c=_column(cuts, "end_c"),
        yield_wt_pct=_column(cuts, "yield_wt_pct"),
        yield_vol_pct=_column(cuts, "yield_vol_pct"),
        density_t_per_m3=_column(cuts, DENSITY),
        properties={name: _column(cuts, name) for name in cuts[0] if name not in _FRAME},
        whole=whole,
        provenance=provenance,
        points=points,
        flags=flags,
    )


def _whole(row: Mapping[str, str]) -> dict[str, float]:
    frame = set(_FRAME) - {DENSITY}
    return {name: float(value) for name, value in row.items() if value and name not in frame}


def _points(rows: list[dict[str, str]], *, from_cuts: bool) -> Points:
    return Points(
        _column(rows, "temperature_c"),
        _column(rows, "cumulative_wt_pct"),
        _column(rows, "cumulative_vol_pct"),
        from_cuts,
    )


def _column(rows: list[dict[str, str]], name: str) -> FloatArray:
    return np.array([_number(row.get(name, "")) for row in rows])


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _rows(file: str, name: str) -> list[dict[str, str]]:
    heading, blocks = _blocks(file)
    return [dict(zip(heading, line.split(","), strict=True)) for line in blocks.get(name, ())]


@lru_cache(maxsize=8)
def _blocks(file: str) -> tuple[list[str], Mapping[str, list[str]]]:
    """Heading and lines of a shipped file by assay. Its fields hold no commas or quotes."""
    text = (files("netback") / "library" / "assays" / file).read_text(encoding="utf-8")
    heading, *lines = text.splitlines()
    blocks: dict[str, list[str]] = {}
    for line in lines:
        blocks.setdefault(line.partition(",")[0], []).append(line)
    return heading.split(","), blocks
