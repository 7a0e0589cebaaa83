"""From the columns of a sheet to the cuts of an assay: one chain from light to heavy, without sums of other cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netback.errors import Finding
from netback.io.assay_rows import Cell, Row, Sheet
from netback.io.assay_sheets.cells import AssaySheet
from netback.io.assay_sheets.labels import YIELD_VOL, YIELD_WT, Meaning

#: Between butane and pentane [C]: 60 F, where ExxonMobil's sheets end "Butane and Lighter IBP - 60F".
C4_C5_C: Final = 15.6
#: Temperatures this close [C] are the same.
_SAME_C: Final = 0.3
#: Shares of the crude [%] above which a column is the whole, and below which nothing is missing.
_WHOLE, _NOTHING = 99.95, 0.02
#: By how much [wt%] listed light ends may differ from the share that they explain.
_LIGHT_ENDS: Final = 0.2
C1_TO_C4: Final = (
    *("methane", "ethane", "methane + ethane", "propane", "isobutane", "i-butane", "n-butane"),
)


@dataclass
class Column:
    """One column of a sheet: its cut, with None for the open ends, and its numbers by property."""

    place: int
    name: str
    start_c: float | None
    end_c: float | None
    values: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it is the crude itself."""
        if self.start_c is None and self.end_c is None:
            return True
        return max(self.values.get(YIELD_WT, 0.0), self.values.get(YIELD_VOL, 0.0)) >= _WHOLE


@dataclass(frozen=True, slots=True)
class SheetOfCuts(Sheet):
    """Rows of an assay that stand in columns of a sheet: places name the column."""

    def place(self, row: Row, column: str = "") -> str:
        """``a.xlsx, sheet Summary, cut 65-100 (end_c)``."""
        name = f"cut {row.name}" if row.kind == "cut" else row.kind.replace("_", " ")
        return f"{self.file}, {name}" + (f" ({column})" if column else "")


def read_value(sheet: AssaySheet, row: int, column: int, meaning: Meaning) -> float | None:
    """The number of a cell in the uom of its property; None where blank, or with a fault where not possible."""
    printed = sheet.number(row, column)
    if printed is None:
        return None
    cell = Cell(sheet.where(row, column), meaning.property, repr(meaning.value(printed)))
    return cell.number(sheet.findings)


def chain(sheet: AssaySheet, columns: Sequence[Column]) -> list[Column]:
    """Cuts that follow each other from the lightest; of several that begin at one place the narrowest is taken."""
    left = [column for column in columns if column.values and not column.is_whole]
    found: list[Column] = []
    at = _beginning(left)
    while here := [column for column in left if _same(column.start_c, at) and column not in found]:
        found.append(min(here, key=lambda column: float("inf") if column.end_c is None else column.end_c))
        at = found[-1].end_c
        if at is None:
            break
    if found and at is not None:
        what = f"no cut begins at {at:.4g} C, where cut {found[-1].name} ends."
        where = f"{sheet.file}, sheet {sheet.name}"
        sheet.findings.append(Finding(where, what, "Cuts must join from the lightest to the heaviest."))
    for column in left:
        if column not in found:
            sheet.ignore_column(column.place, f"cut {column.name} is the sum of other cuts; it is not read.")
    return found


def _beginning(columns: Sequence[Column]) -> float | None:
    """Where the lightest cut begins; None for the initial boiling point."""
    starts = [column.start_c for column in columns]
    known = [start for start in starts if start is not None]
    return None if len(known) < len(starts) or not known else min(known)


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= _SAME_C


def joined(sheet: AssaySheet, columns: Sequence[Column], light_ends: dict[str, float]) -> list[Column]:
    """The cuts of the assay: the chain of the columns, with what is lighter than the first where that is left out."""
    return _with_butane(chain(sheet, columns), _lightest(light_ends))


def assay_rows(
    sheet: AssaySheet,
    info: dict[str, str],
    cuts: Sequence[Column],
    whole: dict[str, float],
    light_ends: dict[str, float],
    points: Sequence[dict[str, float]],
) -> SheetOfCuts:
    """Rows as of an assay file; ``points`` hold a temperature ``end_c`` and a cumulative yield."""
    rows = [Row("info", name, text, {}, 0) for name, text in info.items() if text]
    rows.append(Row("whole", "", "", {k: v for k, v in whole.items() if not k.startswith("yield_")}, 0))
    for cut in cuts:
        ends = {"start_c": cut.start_c, "end_c": cut.end_c}
        known = {name: value for name, value in ends.items() if value is not None}
        rows.append(Row("cut", cut.name, "", known | cut.values, cut.place))
    rows += [Row("tbp", "", "", point, 0) for point in points]
    first, lightest = cuts[0].values.get(YIELD_WT) if cuts else None, _lightest(light_ends)
    if light_ends and first is not None and abs(lightest - first) <= _LIGHT_ENDS:
        rows += [Row("light_end", name, "", {YIELD_WT: value}, 0) for name, value in light_ends.items()]
    elif light_ends:
        what = f"C1 to C4 add up to {lightest:.4g}, not to the cut up to C4; light ends are not read."
        sheet.ignore_all(what)
    return SheetOfCuts(f"{sheet.file}, sheet {sheet.name}", rows)


def _lightest(light_ends: dict[str, float]) -> float:
    return sum(value for name, value in light_ends.items() if name in C1_TO_C4)


def _with_butane(cuts: list[Column], lightest: float) -> list[Column]:
    """Add what is lighter than the first cut, where the light ends or a start at C5 say that it is left out."""
    if not cuts:
        return cuts
    rest = {
        name: 100.0 - sum(cut.values[name] for cut in cuts)
        for name in (YIELD_WT, YIELD_VOL)
        if all(name in cut.values for cut in cuts)
    }
    if not rest or min(rest.values()) <= _NOTHING:
        return cuts
    first = cuts[0]
    listed = lightest > 0.0 and abs(lightest - rest.get(YIELD_WT, -1.0)) <= _LIGHT_ENDS
    if not (_same(first.start_c, C4_C5_C) or (first.start_c is None and listed)):
        return cuts
    first.start_c = C4_C5_C
    return [Column(first.place, "C4 and lighter", None, C4_C5_C, rest), *cuts]
