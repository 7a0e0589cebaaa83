"""Numbers and tables as a terminal of 100 columns shows them: rounded by size, wide tables in parts."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netback import uom
from netback.cli.common import WIDTH, counted, printable
from netback.cli.common import show_table as print_table
from netback.results.table import ResultTable

if TYPE_CHECKING:
    from netback.case.case import Case

_FOLDED = 28
#: Tonnes or cubic metres in a uom from which on it is shown with three places: kt, kbbl.
_THOUSANDS = 100.0
_BETWEEN = 3


def figure(value: float | None, places: int = 0) -> str:
    """A number with thousands commas and a fixed number of places; blank for None."""
    if value is None:
        return ""
    rounded = round(value, places)
    return f"{rounded + 0.0:,.{places}f}"


def quantity(value: float | None, uom_name: str) -> str:
    """An amount with its uom: whole tonnes and barrels, so three places where the uom is thousands of them."""
    if value is None:
        return ""
    return f"{figure(value, 3 if uom.parse(uom_name).factor >= _THOUSANDS else 0)} {uom_name}"


def adaptive(value: float | None) -> str:
    """A number with the places that its size deserves."""
    if value is None:
        return ""
    size = abs(value)
    if 1e-9 < size < 1e-3:
        return f"{value:.3g}"
    return figure(value, 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 or size <= 1e-9 else 4)


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], gaps: Sequence[int] = (_BETWEEN,)
) -> None:
    """Print a table and a blank line; a period column that says the same everywhere is left out.

    ``gaps`` are the blanks between columns to try, the widest first; a table that is too wide even with the last is
    told in parts.
    """
    if columns and columns[0] == "period" and len({row[0] for row in rows}) <= 1:
        columns, rows = columns[1:], [row[1:] for row in rows]
    for gap in gaps:
        parts = _parts(columns, rows, gap)
        if len(parts) == 1:
            break
    for chosen in parts:
        print_table(title, [columns[k] for k in chosen], [[row[k] for k in chosen] for row in rows], gap)
        title = ""
        print()


def _parts(columns: Sequence[str], rows: Sequence[Sequence[Any]], gap: int) -> list[list[int]]:
    """Columns of the tables, one below the other, that a wide table is told in; each repeats what the rows are."""

    def width(place: int) -> int:
        cells = max((len(line) for row in rows for line in str(row[place]).split("\n")), default=0)
        heading = max(map(len, columns[place].rstrip(">").split("\n")))
        return max(heading, cells if columns[place].endswith(">") else min(cells, _FOLDED))

    widths = [width(place) + gap for place in range(len(columns))]
    if sum(widths) - gap <= WIDTH:
        return [list(range(len(columns)))]
    told_left = [place for place, column in enumerate(columns) if not column.endswith(">")]
    first = told_left[: 2 if len(told_left) > 1 and told_left[1] == 1 else 1]
    parts, left = [list(first)], WIDTH - sum(widths[k] for k in first)
    for place in (k for k in range(len(columns)) if k not in first):
        if widths[place] > left + gap and len(parts[-1]) > len(first):
            parts.append(list(first))
            left = WIDTH - sum(widths[k] for k in first)
        parts[-1].append(place)
        left -= widths[place]
    return parts


def say(text: str) -> None:
    """Print a sentence in lines of the width of the tables, without what could steer the terminal."""
    print(textwrap.fill(printable(text), WIDTH, break_long_words=False, break_on_hyphens=False))


def show_any(table: ResultTable, most: int = 400) -> None:
    """Print any result table; wide ones are told in parts, one below the other."""
    rows = [[any_text(value) for value in row] for row in table.rows[:most]]
    columns = [_heading_of(table, place) for place in range(len(table.columns))]
    show_table(f"{table.title} ({counted(len(table), 'row')})", columns, rows)
    if len(table) > most:
        say(f"... and {len(table) - most:,} more rows; --out writes them all.")


def _heading_of(table: ResultTable, place: int) -> str:
    column = table.columns[place]
    uom = f"\n[{column.uom}]" if column.uom and column.uom != "row" else ""
    values = [row[place] for row in table.rows]
    number = any(isinstance(value, float | int) and not isinstance(value, bool) for value in values)
    if column.name == "period":
        return "period"
    return "\n".join(textwrap.wrap(column.name.replace("_", " "), 12)) + uom + (">" if number else "")


def any_text(value: Any) -> str:
    """Text of any value of a result table; blank for None and no."""
    if isinstance(value, bool):
        return "yes" if value else ""
    return adaptive(value) if isinstance(value, float) else "" if value is None else str(value)


def say_pools(case: Case, pooling: str = "segregated", local: str = "") -> None:
    """Say what an answer holds for in a case with pools: streams kept apart, or mixed and then ``local``."""
    if not len(case.table("pools")):
        return
    if pooling == "segregated":
        say(
            "Streams are kept apart here, those of pools.csv too; with them mixed the plant can be worth less."
        )
    else:
        say(f"Pools mix in this plan, so what follows is local: {local}.")
