"""A crude that takes some of its qualities from another: what a single difference between two crudes does.

A *group* is a set of qualities that change together. For a crude A and a reference B, of which some groups are taken:

    cuts         the property x of a cut of A is that of the same cut of B where the group of x is taken
    yields       the yields of the cuts of a boiling range (naphtha and lighter, middle distillate, gas oil: a group
                 each) are those of B where the group is taken; residue is what is left of the whole, as in a still:

                     y_residue = sum of y_A - sum over distilled cuts of y

                 which is that of A with nothing taken and that of B with everything
    whole crude  as the cuts; the density is that at which a barrel is bought
    tables       rows that state a quality, a yield or terms of running by the name of the crude go with their group

The ranges are told by the middle of the cut: naphtha and lighter below 175 C, middle distillate below 370 C, gas oil
above; residue is the cut without an end. That is a convention of this module. Where two very different crudes would
distil more than the whole, all cuts shrink in proportion and nothing is left. A cut that one of both crudes does not
have takes the properties that the other knows of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from netback.case.case import Case
from netback.case.table import Record, Table
from netback.refinery.crudes import Crudes, CutLot

#: Upper ends of the boiling ranges, by the middle of a cut [C TBP].
LIGHT_TO_C: Final = 175.0
MIDDLE_TO_C: Final = 370.0

_Chooser = Callable[[Record], bool]

YIELDS: Final = "yields"
HANDLING: Final = "handling"
RESIDUE: Final = "residue"
RANGES: Final = ("yield_light", "yield_middle", "yield_gas_oil")
#: Groups in the order in which they are told, with their titles.
GROUPS: Final[Mapping[str, str]] = {
    "yield_light": "naphtha and lighter instead of residue",
    "yield_middle": "middle distillate instead of residue",
    "yield_gas_oil": "gas oil instead of residue",
    YIELDS: "yields",
    "density": "density (tonnes in a barrel)",
    "sulphur": "sulphur",
    "octane": "octane and kind of naphtha",
    "volatility": "flash point and vapour pressure",
    "cetane": "cetane and smoke point",
    "cold_flow": "cold flow",
    "viscosity": "viscosity",
    "contaminants": "contaminants and other qualities",
    HANDLING: "limits and costs of running it",
}
#: Beginnings of the names of properties, by group; a property that none fits is one of the contaminants.
_BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "density": ("density", "api", "specific_gravity"),
    "sulphur": ("sulfur", "mercaptan", "h2s"),
    "octane": ("ron", "mon", "octane", "paraffin", "naphthene", "aromatic", "olefin", "benzene", "n_plus", "n2a"),
    "volatility": ("flash", "rvp", "tvp", "vapour_pressure", "d86", "t10", "t50", "t90", "e70", "e100", "e150"),
    "cetane": ("cetane", "smoke", "aniline", "luminometer", "diesel_index"),
    "cold_flow": ("pour", "cloud", "freez", "cfpp", "wax"),
    "viscosity": ("viscosity",),
}  # fmt: skip
#: Tables whose rows name a crude as feed, and the group that they belong to; properties have one of their own.
_BY_FEED: Final = (("yields", YIELDS), ("deltas", YIELDS), ("feeds", HANDLING), ("utilities", HANDLING))


def group_of(name: str) -> str:
    """Group of a property."""
    for group, beginnings in _BEGINNINGS.items():
        if name.lower().startswith(beginnings):
            return group
    return "contaminants"


def range_of(record: Record) -> str:
    """Group of the yield of a cut, a row of cuts.csv, by the middle of its boiling range; or residue."""
    start, end = record["from_c"], record["to_c"]
    if end is None:
        return RESIDUE
    middle = end if start is None else 0.5 * (start + end)
    return (
        "yield_light" if middle < LIGHT_TO_C else "yield_middle" if middle < MIDDLE_TO_C else "yield_gas_oil"
    )


@dataclass(frozen=True)
class Hybrid:
    """A crude of which the groups ``taken`` are those of a reference; both are streams."""

    crude: str
    reference: str
    taken: frozenset[str]

    def mixed(self, own: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
        """Properties of both, each from the crude whose group it is; one that this crude lacks is not known."""
        found = {name: value for name, value in own.items() if group_of(name) not in self.taken}
        return found | {name: value for name, value in other.items() if group_of(name) in self.taken}

    def case(self, case: Case) -> Case:
        """The case with the rows that name the crude in the taken groups replaced by those of the reference."""
        tables = dict(case.tables)
        for name, group in _BY_FEED:
            if group in self.taken:
                tables[name] = self._replaced(tables[name], "feed", lambda _: True)
        tables["product_properties"] = self._replaced(tables["product_properties"], "feed", self._takes)
        stated = self._replaced(tables["stream_properties"], "origin", self._takes)
        own = frozenset({self.crude, self.reference})
        tables["stream_properties"] = self._replaced(
            stated, "stream", lambda row: row["stream"] in own and self._takes(row)
        )
        if HANDLING in self.taken:
            terms = self._replaced(tables["limit_terms"], "origin", lambda _: True)
            tables["limit_terms"] = self._replaced(terms, "item", lambda _: True)
        return case.with_(tables=tables)

    def _takes(self, row: Record) -> bool:
        return group_of(row["property"]) in self.taken

    def _replaced(self, table: Table, column: str, taken: _Chooser) -> Table:
        """Rows of the crude that are chosen give way to copies of those of the reference, in the same column."""
        kept = [row for row in table.records if not (row[column] == self.crude and taken(row))]
        copies = [
            row.with_(**{column: self.crude})
            for row in table.records
            if row[column] == self.reference and taken(row)
        ]
        return Table(table.schema, (*kept, *copies), table.extras)


class HybridCrudes(Crudes):
    """The crudes of a case, one of them a hybrid; what was cut for ``base`` is not cut again."""

    def __init__(self, base: Crudes, hybrid: Hybrid) -> None:
        super().__init__(base.case, base.findings)
        self._base, self._hybrid = base, hybrid

    def whole(self, crude: str) -> Mapping[str, float]:
        """Known properties of the whole crude."""
        if not self._mixes(crude):
            return self._base.whole(crude)
        return self._hybrid.mixed(self._base.whole(crude), self._base.whole(self._hybrid.reference))

    def cuts(self, crude: str, unit: str, mode: str) -> list[CutLot]:
        """What a mode of a distillation makes of a crude."""
        own = self._base.cuts(crude, unit, mode)
        if not self._mixes(crude):
            return own
        other = self._base.cuts(self._hybrid.reference, unit, mode)
        ranges = {row["stream"]: range_of(row) for row in self._plan[unit, mode]}
        return hybrid_cuts(own, other, ranges, self._hybrid)

    def _mixes(self, crude: str) -> bool:
        return crude == self._hybrid.crude and self._base.has(self._hybrid.reference)


def hybrid_cuts(
    own: list[CutLot], other: list[CutLot], ranges: Mapping[str, str], hybrid: Hybrid
) -> list[CutLot]:
    """Cuts of a hybrid from those of both crudes.

    Parameters
    ----------
    own, other
        Cuts of the crude and of the reference: mass yields [t/t] and properties.
    ranges
        Group of the yield of each cut, by stream.
    hybrid
        Which groups are the reference's.
    """
    mine, theirs = ({cut.stream: cut for cut in cuts} for cuts in (own, other))
    yields = _yields({n: c.mass_yield for n, c in mine.items()}, {n: c.mass_yield for n, c in theirs.items()},
                     ranges, hybrid.taken)  # fmt: skip
    order = [stream for stream in ranges if stream in yields]
    made = []
    for stream in order:
        first, second = mine.get(stream), theirs.get(stream)
        known = {} if first is None and second is None else hybrid.mixed(
            (first or second).properties, (second or first).properties  # type: ignore[union-attr]
        )  # fmt: skip
        made.append(CutLot(stream, yields[stream], known))
    return made


def _yields(
    own: Mapping[str, float], other: Mapping[str, float], ranges: Mapping[str, str], taken: frozenset[str]
) -> dict[str, float]:
    """Mass yields [t/t] of a hybrid: distilled cuts each from the crude whose group it is, residue what is left."""
    streams = [stream for stream in ranges if stream in own or stream in other]
    distilled = [stream for stream in streams if ranges[stream] != RESIDUE]
    for whole, wanted in ((own, False), (other, True)):
        if all((ranges[stream] in taken) == wanted for stream in distilled):
            return dict(whole)
    sources = {stream: other if ranges[stream] in taken else own for stream in distilled}
    found = {stream: source[stream] for stream, source in sources.items() if stream in source}
    total, distils = math.fsum(own.values()), math.fsum(found.values())
    if distils >= total:
        return {stream: share * total / distils for stream, share in found.items()}
    return found | {stream: total - distils for stream in streams if ranges[stream] == RESIDUE}
