"""Pivots: a long result table as one row for each thing and one column for each period, ready to be shown.

The cells are numbers in a uom of a size that can be read (kt for 500,000 t); :meth:`Pivot.lines` are the same as
text, so that the terminal and the page say the same. Of what moves a dash is nothing at all; a blank is what does not
apply or is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netback.results.table import ResultTable

#: Plans of fewer periods are told row by row.
LEAST_PERIODS = 3
#: A number below this part of the greatest of its uom is rounding.
_ROUNDING = 1e-9
#: From this size on a uom is told in thousands, and from the square on in millions.
_LARGE, _HUGE = 1e4, 1e7
_THOUSANDS = {"t": "kt", "bbl": "kbbl", "MWh": "GWh", "GJ": "TJ"}
_MILLIONS = {"t": "Mt", "MWh": "TWh", "GJ": "PJ"}

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PivotRow:
    """Names of the row, one value for each period in the uom, and the value over the whole horizon."""

    labels: tuple[str, ...]
    uom: str
    values: Values
    whole: float | None = None
    marks: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Pivot:
    """Rows under the names of periods. ``heads`` are the headings of the labels; ``>`` at the end sets to the right.

    ``whole`` is the heading of the column over the horizon, blank for none. ``places`` are the decimals of a uom whose
    numbers are below 1000; None chooses them by row. ``dashed`` tells zero as a dash, ``signed`` a gain with its
    plus. ``mark`` is what a star at a number means. ``grouped`` tells the first label once, in a line above its rows.
    """

    name: str
    title: str
    heads: tuple[str, ...]
    periods: tuple[str, ...]
    rows: tuple[PivotRow, ...]
    whole: str = ""
    places: int | None = None
    dashed: bool = True
    signed: bool = False
    mark: str = ""
    grouped: bool = False
    notes: tuple[str, ...] = ()

    @property
    def uoms(self) -> tuple[str, ...]:
        """Every uom of the rows, once each."""
        return tuple(dict.fromkeys(row.uom for row in self.rows if row.uom))

    @property
    def heading(self) -> str:
        """The title with the uom of the rows, which stand in a column of their own if several, and with the mark."""
        uoms = f" [{'; '.join(self.uoms)}]" if self.uoms else ""
        mark = f", * {self.mark}" if any(any(row.marks) for row in self.rows) else ""
        return f"{self.title}{uoms}{mark}"

    def headings(self) -> tuple[str, ...]:
        """Headings of the columns of :meth:`lines`."""
        uom = ("uom",) if len(self.uoms) > 1 else ()
        whole = (f"{self.whole}>",) if self.whole else ()
        return (*self._heads, *uom, *whole, *(f"{period}>" for period in self.periods))

    def lines(self) -> list[tuple[str, ...]]:
        """The rows as text."""
        made: list[tuple[str, ...]] = []
        group = ""
        for row in self.rows:
            labels = row.labels
            if self.grouped:
                if labels[0] != group:
                    group = labels[0]
                    made.append((group, *("",) * (len(self.headings()) - 1)))
                labels = (f"  {labels[1]}", *labels[2:])
            made.append((*labels, *self._numbers(row)))
        return made

    @property
    def _heads(self) -> tuple[str, ...]:
        return (self.heads[0], *self.heads[2:]) if self.grouped else self.heads

    def _numbers(self, row: PivotRow) -> list[str]:
        places = self._places(row)
        marks = row.marks or (False,) * len(row.values)
        whole = [self._text(row.whole, places)] if self.whole else []
        return [
            *([row.uom] if len(self.uoms) > 1 else []),
            *whole,
            *(
                f"{'*' if marked else ''}{self._text(value, places)}"
                for value, marked in zip(row.values, marks, strict=True)
            ),
        ]

    def _places(self, row: PivotRow) -> int:
        """Decimals of a row: what is small beside the other rows keeps its figures."""
        greatest = _greatest((row,))
        if self.places is None or 0.0 < greatest < 1.0:
            return places_of(greatest)
        large = _greatest(other for other in self.rows if other.uom == row.uom) >= 1000.0
        return 0 if large and greatest >= 10.0 else min(self.places, 1) if large else self.places

    def _text(self, value: float | None, places: int) -> str:
        if value is None:
            return ""
        sign = "+" if self.signed else ""
        return "-" if value == 0.0 and self.dashed else f"{round(value, places) + 0.0:{sign},.{places}f}"


def places_of(greatest: float) -> int:
    """Decimals that make at most five signs of the numbers of a row."""
    return 0 if greatest >= 1000.0 else 1 if greatest >= 100.0 else 2 if greatest >= 1.0 else 3


Cell = tuple[tuple[str, ...], str, str, float | None]


def gathered(
    cells: Iterable[Cell], periods: Sequence[str], missing: float | None = None
) -> tuple[PivotRow, ...]:
    """Rows from (labels, uom, period, value): values of one cell add up, and the periods to the whole.

    A part that is not known makes its cell and its whole unknown. ``missing`` is the value of a period without any
    cell: None where it does not apply, zero where the table leaves out what is nothing.
    """
    found: dict[tuple[tuple[str, ...], str], dict[str, float | None]] = {}
    for labels, uom, period, value in cells:
        row = found.setdefault((labels, uom), {})
        known = row.get(period, 0.0)
        row[period] = None if known is None or value is None else known + value
    return tuple(
        PivotRow(labels, uom, tuple(row.get(period, missing) for period in periods), _sum(row.values()))
        for (labels, uom), row in found.items()
    )


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    known = [value for value in listed if value is not None]
    return None if len(known) < len(listed) else sum(known)


def amounts(table: ResultTable, label: Callable[[dict[str, Any]], str]) -> list[Cell]:
    """Cells of what moves: in t where the density is known in every period, else in the uom of the stream."""
    records = table.records()
    unknown = {label(row) for row in records if row["mass"] is None}
    return [
        ((name,), row["uom"], row["period"], row["quantity"])
        if (name := label(row)) in unknown
        else ((name,), "t", row["period"], row["mass"])
        for row in records
    ]


def folded(pivot: Pivot, words: str) -> Pivot:
    """The pivot without rows that are nothing in every period; a note names them after the words."""
    kept: list[PivotRow] = []
    left: list[PivotRow] = []
    for row in pivot.rows:
        (kept if any(row.values) else left).append(row)
    if not left:
        return pivot
    note = f"{words}: {listed(row.labels[0] for row in left)}."
    return replace(pivot, rows=tuple(kept), notes=(*pivot.notes, note))


def listed(names: Iterable[str]) -> str:
    """Names in one sentence, once each; those that hold a comma are kept apart by semicolons."""
    told = tuple(dict.fromkeys(names))
    return ("; " if any("," in name for name in told) else ", ").join(told)


def readable(pivot: Pivot) -> Pivot:
    """The pivot without rounding, in thousands or millions of each uom where the numbers are large."""
    made = []
    greatest = {uom: _greatest(row for row in pivot.rows if row.uom == uom) for uom in pivot.uoms}
    for row in pivot.rows:
        top = greatest.get(row.uom, 0.0)
        uom, factor = _size(row.uom, top)
        values = tuple(_scaled(value, factor, top) for value in row.values)
        made.append(replace(row, uom=uom, values=values, whole=_scaled(row.whole, factor, top)))
    return replace(pivot, rows=tuple(made))


def _scaled(value: float | None, factor: float, greatest: float) -> float | None:
    if value is None:
        return None
    return 0.0 if abs(value) <= _ROUNDING * greatest else value / factor


def _size(uom: str, greatest: float) -> tuple[str, float]:
    if greatest >= _HUGE:
        return _MILLIONS.get(uom, f"million {uom}"), 1e6
    if greatest >= _LARGE:
        return _THOUSANDS.get(uom, f"thousand {uom}"), 1e3
    return uom, 1.0


def summed(pivot: Pivot, label: str, uom: str) -> Pivot:
    """The pivot with one more row: the sum of the rows of a uom, where there are several."""
    rows = [row for row in pivot.rows if row.uom == uom]
    if len(rows) < 2:
        return pivot
    top = _greatest(rows)
    sums = (_known_sum(row.values[place] for row in rows) for place in range(len(pivot.periods)))
    values = tuple(_scaled(value, 1.0, top) for value in sums)
    whole = _scaled(_known_sum(row.whole for row in rows), 1.0, top)
    total = PivotRow((label, *("",) * (len(pivot.heads) - 1)), uom, values, whole)
    last = max(place for place, row in enumerate(pivot.rows) if row.uom == uom)
    return replace(pivot, rows=(*pivot.rows[: last + 1], total, *pivot.rows[last + 1 :]))


def _known_sum(values: Iterable[float | None]) -> float | None:
    """Sum of what applies; None where nothing does."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _greatest(rows: Iterable[PivotRow]) -> float:
    return max((abs(value) for row in rows for value in row.values if value is not None), default=0.0)
