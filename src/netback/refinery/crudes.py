"""Crude distillation: cut points of the plant on the assay of each crude.

Yields [t/t] and qualities of every cut come from :mod:`netback.assay.cutting`, which conserves mass, volume, sulphur,
nitrogen, metals and carbon residue at any cut points. A swing cut is a cut of its own that may join its neighbours.
Gaps of an assay are filled only by the rows of completions.csv.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netback.assay.assay import DENSITY, Assay
from netback.assay.cutting import CutTable, cut_many
from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.needs import swing_targets

#: A cut of less than this mass share of the crude is left out: its properties have no meaning.
_LEAST_YIELD = 1e-9
#: What is read of a case here.
_TABLES = ("crudes", "cuts", "modes", "completions")


@dataclass(frozen=True, slots=True)
class CutLot:
    """One cut of one crude: yield [t/t of crude] and known properties."""

    stream: str
    mass_yield: float
    properties: Mapping[str, float]


@dataclass(frozen=True)
class _Pieces:
    """Cuts of one crude: yields [wt% of crude], float (cuts,), and what is known of each."""

    yield_wt_pct: NDArray[np.float64]
    known: list[dict[str, float]]


class Crudes:
    """Assays of the crudes of a case and what the distillations of the case make of them."""

    def __init__(self, case: Case, findings: list[Finding]) -> None:
        self.case = case
        self.findings = findings
        rows = case.table("crudes").records
        self.declared = frozenset(record["crude"] for record in rows)
        self._records = {record["crude"]: record for record in rows if record["assay"] is not None}
        self._plan: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._swing: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for record in case.table("cuts").records:
            self._plan[record["unit"], record["mode"]].append(record)
            targets = swing_targets(record["swing_to"])
            known = [pair for pair in self._swing[record["stream"]] if pair == (record["unit"], targets)]
            if targets and not known:
                self._swing[record["stream"]].append((record["unit"], targets))
        self._pieces: dict[tuple[str, tuple[float, ...]], _Pieces] = {}
        self._cut_tables: dict[tuple[float, ...], dict[int, CutTable]] = {}
        self._losses = {
            (record["unit"], record["mode"]): record["loss_wt_pct"] or 0.0
            for record in case.table("modes").records
        }

    def hold_for(self, case: Case) -> bool:
        """Whether another case, a changed copy of this one, says the same of its crudes and cuts."""
        tables = [(case.table(name), self.case.table(name)) for name in _TABLES]
        same = all(one is other or not (len(one) or len(other)) for one, other in tables)
        return same and case.folder == self.case.folder

    @property
    def names(self) -> tuple[str, ...]:
        """Crudes with an assay."""
        return tuple(self._records)

    def has(self, stream: str) -> bool:
        """Whether an assay stands behind a stream."""
        return stream in self._records

    def distils(self, unit: str, mode: str) -> bool:
        """Whether the mode of the unit has cut points."""
        return (unit, mode) in self._plan

    def swings(self, stream: str) -> list[tuple[str, tuple[str, ...]]]:
        """Units that make a stream as swing cut, with the streams it may join."""
        return self._swing.get(stream, [])

    def whole(self, crude: str) -> Mapping[str, float]:
        """Known properties of the whole crude: the sum of its cuts, but the density that the assay lists.

        A barrel is bought at the listed density, which may differ by up to 0.7 % from that of the cuts.
        """
        pieces = self._cut(crude, ())
        if pieces is None:
            return {}
        listed = self._assays[crude].whole_value(DENSITY)
        return {**pieces.known[0], DENSITY: float(listed)} if np.isfinite(listed) else pieces.known[0]

    def cuts(self, crude: str, unit: str, mode: str) -> list[CutLot]:
        """What a mode of a distillation makes of a crude; empty where the assay could not be read."""
        rows = sorted(self._plan[unit, mode], key=_start)
        points = tuple(row["to_c"] for row in rows[:-1] if row["to_c"] is not None)
        if len(points) != len(rows) - 1 or any(np.diff(points) <= 0.0):
            where = self.case.table("cuts").where(rows[0], "to_c")
            what = f"cut points of {unit}, mode {mode}, do not rise from the lightest cut to the heaviest."
            finding = Finding(where, what, "Give every cut but the last its to_c, each above the one before.")
            if finding not in self.findings:
                self.findings.append(finding)
            return []
        pieces = self._cut(crude, points)
        if pieces is None:
            return []
        kept = 1.0 - self._losses.get((unit, mode), 0.0) / 100.0
        return [
            CutLot(row["stream"], share / 100.0 * kept, properties)
            for row, share, properties in zip(rows, pieces.yield_wt_pct.tolist(), pieces.known, strict=True)
            if share > _LEAST_YIELD
        ]

    def _cut(self, crude: str, points: tuple[float, ...]) -> _Pieces | None:
        """A crude cut at these points, its gaps filled; None where the assay could not be read."""
        assay = self._assays.get(crude)
        if assay is None:
            return None
        key = (crude, points)
        if key not in self._pieces:
            self._pieces[key] = self._filled(crude, assay, _pieces(self._tables(points)[id(assay)]), points)
        return self._pieces[key]

    def _tables(self, points: tuple[float, ...]) -> dict[int, CutTable]:
        """Every assay of the case cut at the same points, in one call; one that stands behind several crudes once."""
        if points not in self._cut_tables:
            distinct = {id(assay): assay for assay in self._assays.values()}
            tables = cut_many(list(distinct.values()), list(points))
            self._cut_tables[points] = dict(zip(distinct, tables, strict=True))
        return self._cut_tables[points]

    @cached_property
    def _assays(self) -> dict[str, Assay]:
        found: dict[str, Assay] = {}
        for crude, record in self._records.items():
            where = self.case.table("crudes").where(record, "assay")
            try:
                found[crude] = find_assay(self.case, record["assay"])
            except DataError as error:
                self._keep(where, error)
        return found

    def _filled(self, crude: str, assay: Assay, pieces: _Pieces, points: tuple[float, ...]) -> _Pieces:
        """Fill gaps on the cuts of the plant, by the rows of completions.csv; known values stay."""
        rows = [r for r in self.case.table("completions").records if r["crude"] in (None, crude)]
        if not rows or not points:
            return pieces
        from netback.assay.completion import complete, methods
        from netback.assay.recutting import recut

        drawn = [place for place, share in enumerate(pieces.yield_wt_pct) if share > 0.0]
        own = recut(assay, list(points))
        for record in rows:
            name = record["property"]
            known = own.properties.get(name)
            if known is not None and not np.isnan(known).any():
                continue
            try:
                method = record["method"] or methods(name)[0]
                own = complete(own, name, method, consent=bool(record["consent"]))
            except DataError as error:
                self._keep(self.case.table("completions").where(record, "property"), error)
                continue
            for place, value in zip(drawn, own.properties[name], strict=True):
                if not np.isnan(value):
                    pieces.known[place].setdefault(name, float(value))
        return pieces

    def _keep(self, where: str, error: DataError) -> None:
        for fault in error.findings:
            what = f"{fault.where}: {fault.what}" if fault.where else fault.what
            hint = fault.hint.replace(
                "Say consent=True", "Write yes in the column consent of completions.csv"
            )
            self.findings.append(Finding(where, what, hint))


def find_assay(case: Case, name: str) -> Assay:
    """The assay of that name in the folder ``assays`` of the case, else in the shipped library.

    Raises
    ------
    DataError
        If there is none, or the user's file has faults.
    """
    from netback.assay.library import load

    if case.folder is not None:
        for path in (case.folder / "assays" / name, case.folder / "assays" / f"{name}.csv"):
            if path.is_file():
                from netback.io.assay_files import read_assay

                return read_assay(path)
    return load(name)


def _start(record: Record) -> float:
    return -np.inf if record["from_c"] is None else float(record["from_c"])


def _pieces(table: CutTable) -> _Pieces:
    names = tuple(table.properties)
    by_cut: list[list[float]] = np.array([table.properties[name] for name in names]).T.tolist()
    known = [
        {name: value for name, value in zip(names, values, strict=True) if not math.isnan(value)}
        for values in by_cut
    ]
    return _Pieces(table.yield_wt_pct, known)
