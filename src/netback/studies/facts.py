"""How two crudes differ, one number a group: what stands behind the bars of a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netback.case.case import Case
from netback.errors import Finding
from netback.refinery.crudes import Crudes, CutLot
from netback.refinery.hybrids import group_of, range_of
from netback.refinery.rules import DENSITY

#: Property that stands for a group, of the whole crude or of its heaviest cut, with its uom.
_OF_WHOLE = {"density": (DENSITY, "t/m3"), "sulphur": ("sulfur_wt_pct", "wt%")}


@dataclass(frozen=True)
class Fact:
    """One number of both crudes: what it is, its uom, of the reference and of the crude."""

    what: str
    uom: str
    reference: float
    crude: float


def facts(case: Case, stream: str, other: str) -> Mapping[str, Fact]:
    """What is known of both crudes, by group: yields of the ranges and of residue, density, sulphur, its viscosity.

    Parameters
    ----------
    case
        The case; its first distillation by cut points is the one that is told.
    stream, other
        Streams of the crude and of the reference. Crudes without an assay have no facts here.
    """
    findings: list[Finding] = []
    crudes = Crudes(case, findings)
    rows = case.table("cuts").records
    if not rows or not (crudes.has(stream) and crudes.has(other)):
        return {}
    unit, mode = rows[0]["unit"], rows[0]["mode"]
    both = [crudes.cuts(crude, unit, mode) for crude in (other, stream)]
    found: dict[str, Fact] = {}
    ranges = {row["stream"]: range_of(row) for row in rows if (row["unit"], row["mode"]) == (unit, mode)}
    for group in dict.fromkeys(ranges.values()):
        of_reference, own = (
            100.0 * sum(cut.mass_yield for cut in cuts if ranges[cut.stream] == group) for cuts in both
        )
        found[group] = Fact("yield", "wt%", of_reference, own)
    whole = [crudes.whole(crude) for crude in (other, stream)]
    for group, (name, uom) in _OF_WHOLE.items():
        if all(name in known for known in whole):
            found[group] = Fact(name, uom, whole[0][name], whole[1][name])
    name = _viscosity(both)
    if name:
        of_reference, own = (cuts[-1].properties[name] for cuts in both)
        found["viscosity"] = Fact(f"{name} of {both[0][-1].stream}", "cSt", of_reference, own)
    return found


def _viscosity(both: list[list[CutLot]]) -> str:
    """A viscosity that is known of the heaviest cut of both crudes; empty where there is none."""
    first, second = (cuts[-1].properties if cuts else {} for cuts in both)
    return next((name for name in first if group_of(name) == "viscosity" and name in second), "")
