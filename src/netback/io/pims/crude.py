"""Crude distillation: yields by crude from table ASSAYS, units and their crudes from table CRDDISTL.

``ESTxxx`` in CRDDISTL lets crude xxx into the logical crude unit of a column where it holds a number, which is a first
estimate of the flow and no limit (AspenTech knowledge base, "Table CRDDIST"). ASSAYS holds ``VBALxxx`` (``WBALxxx``
by weight), the yield of cut xxx, and ``Ipppxxx``, property ppp of cut xxx, with a column per crude.
"""

from __future__ import annotations

import re
from typing import Final

from netback.io.pims.draft import Draft
from netback.io.pims.sheets import PimsTable, Row
from netback.io.pims.units import CLOSES, LOSS, NORMAL, Activity, Units, cell_numbers

#: The unit where no CRDDISTL names any.
CRUDE_UNIT: Final = "CDU"
_ESTIMATE: Final = "EST"
_YIELD: Final = re.compile(r"([VW])BAL(.+)")
_PROPERTY: Final = re.compile(r"I(.{3})(.{3})")
#: Sums of yields that are taken as fractions, and as per cent.
_FRACTIONS: Final = (0.5, 1.2)
_PER_CENT: Final = (50.0, 120.0)


def read_crude(assays: PimsTable | None, distillation: PimsTable | None, draft: Draft, units: Units) -> None:
    """Read both tables into units, feeds, yields and product_properties."""
    if assays is None:
        if distillation is not None:
            what = "there is no table ASSAYS, so nothing is known of what the crudes make."
            draft.remarks.fault(distillation.places.whole, what, "Add the sheet ASSAYS.")
        return
    yields = _yields(assays, draft)
    properties = _properties(assays, {cut for cuts in yields.values() for cut in cuts}, draft)
    units_of = _units(assays, distillation, list(yields), draft)
    for crude in yields:
        draft.stream(crude, "crude")
        if not any(crude in crudes for crudes in units_of.values()):
            what = f"no crude unit takes {crude}, so its yields are not read."
            draft.remarks.ignored(assays.heading(crude), what, "CRDDISTL has no number in its row EST.")
    for unit, crudes in units_of.items():
        for crude in crudes:
            units.activities.append(Activity(unit, NORMAL, crude, 1.0))
            draft.add("feeds", unit=unit, feed=crude)
            basis = _basis(assays, crude, yields[crude], draft)
            for cut, value in yields[crude].items():
                draft.add("yields", unit=unit, feed=crude, product=cut, **{"yield": value}, basis=basis)
            for (cut, name), value in properties.get(crude, {}).items():
                draft.add(
                    "product_properties", unit=unit, feed=crude, product=cut, property=name, value=value
                )


def _yields(assays: PimsTable, draft: Draft) -> dict[str, dict[str, float]]:
    """Yields of cuts by crude, as fractions."""
    found: dict[str, dict[str, float]] = {crude: {} for crude in assays.columns}
    for row in assays.rows:
        balance = _YIELD.fullmatch(row.code)
        if balance is None:
            continue
        if (balance[1] == "W") != draft.basis.by_mass:
            if row.cells:
                what = "the yields are on the other basis than the flows of the case; they are not read."
                draft.remarks.ignored(row.where, what)
            continue
        draft.stream(balance[2], "loss" if balance[2] == LOSS else "intermediate", row.title)
        for crude, value in cell_numbers(row, draft).items():
            if value < 0.0:
                what = f"a yield of {value:g} is not possible."
                draft.remarks.fault(row.cells[crude].where, what, "Yields in ASSAYS are above zero.")
            found[crude][balance[2]] = value
    for crude, cuts in found.items():
        if not cuts:
            draft.remarks.ignored(assays.heading(crude), "the column holds no yields; it is not read.")
    return {crude: _fractions(assays, crude, cuts, draft) for crude, cuts in found.items() if cuts}


def _fractions(assays: PimsTable, crude: str, cuts: dict[str, float], draft: Draft) -> dict[str, float]:
    total = sum(cuts.values())
    if _FRACTIONS[0] <= total <= _FRACTIONS[1]:
        return cuts
    if _PER_CENT[0] <= total <= _PER_CENT[1]:
        what = f"the yields of {crude} add up to {total:.6g}; they are read as per cent."
        draft.remarks.partly(assays.heading(crude), what)
        return {cut: value / 100.0 for cut, value in cuts.items()}
    what = f"the yields of {crude} add up to {total:.6g}, neither to 1 nor to 100."
    draft.remarks.fault(assays.heading(crude), what, "Give every cut once, as a share of the crude.")
    return cuts


def _basis(assays: PimsTable, crude: str, cuts: dict[str, float], draft: Draft) -> str:
    if not draft.basis.by_mass:
        return "volume"
    if abs(sum(cuts.values()) - 1.0) <= CLOSES:
        return "mass"
    what = (
        f"the yields of {crude} add up to {sum(cuts.values()):.4g} of its mass; they are read as they stand."
    )
    draft.remarks.partly(assays.heading(crude), what)
    return "flow"


def _properties(assays: PimsTable, cuts: set[str], draft: Draft) -> dict[str, dict[tuple[str, str], float]]:
    found: dict[str, dict[tuple[str, str], float]] = {}
    for row in assays.rows:
        if _YIELD.fullmatch(row.code):
            continue
        named = _PROPERTY.fullmatch(row.code)
        if named is None or named[2] not in cuts:
            _unread(row, draft)
            continue
        for crude, value in cell_numbers(row, draft).items():
            found.setdefault(crude, {})[named[2], named[1]] = value
    return found


def _unread(row: Row, draft: Draft) -> None:
    if row.cells:
        what = f'row "{row.code}" is neither the yield nor a property of a cut of this table; it is not read.'
        draft.remarks.ignored(row.where, what, "Read: VBALxxx, WBALxxx, and Ipppxxx of a cut xxx.")


def _units(
    assays: PimsTable, distillation: PimsTable | None, crudes: list[str], draft: Draft
) -> dict[str, list[str]]:
    """Crudes of each crude unit."""
    if distillation is None:
        what = f"there is no table CRDDISTL; one unit {CRUDE_UNIT} takes every crude."
        draft.remarks.partly(assays.places.whole, what)
        draft.add("units", unit=CRUDE_UNIT, title="Crude distillation")
        return {CRUDE_UNIT: crudes}
    found: dict[str, list[str]] = {unit: [] for unit in distillation.columns}
    for row in distillation.rows:
        crude = row.code.removeprefix(_ESTIMATE)
        if not row.code.startswith(_ESTIMATE):
            if row.cells:
                what = f'row "{row.code}" is not read; the rows ESTxxx say which crude may go where.'
                draft.remarks.ignored(row.where, what)
            continue
        for unit, _ in cell_numbers(row, draft).items():
            if crude not in crudes:
                what = f"ASSAYS has no yields of {crude}."
                draft.remarks.fault(row.where, what, f"Crudes of ASSAYS: {', '.join(crudes) or 'none'}.")
                break
            found[unit].append(crude)
    for unit, taken in found.items():
        if taken:
            draft.add("units", unit=unit)
        else:
            draft.remarks.ignored(
                distillation.heading(unit), "no crude may go into the unit; it is left out."
            )
    return {unit: taken for unit, taken in found.items() if taken}
