"""Order of the rows of a result table: period by period, and in every period the same things in the same order.

Tables are filled unit by unit or block by block and leave out what is nothing, so that a thing which is first used in
June would otherwise stand behind everything of May and June.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netback.results.table import ResultTable


def period_by_period(table: ResultTable, periods: Sequence[str]) -> ResultTable:
    """Rows by period; within one by the names that follow, each in the order in which the table first has it.

    What is of no period of the horizon (``horizon``) comes last. A table of one period, or without periods, is
    returned as it is.
    """
    if not table.rows or table.names[0] != "period" or len(set(table.column("period"))) == 1:
        return table
    named = _leading_names(table)
    rank = {name: place for place, name in enumerate(periods)}
    seen: dict[tuple[Any, ...], int] = {}
    for row in table.rows:
        for end in range(2, named + 1):
            seen.setdefault(row[1:end], len(seen))

    def place(row: tuple[Any, ...]) -> tuple[int, ...]:
        return rank.get(row[0], len(rank)), *(seen[row[1:end]] for end in range(2, named + 1))

    return ResultTable(table.name, table.title, table.columns, tuple(sorted(table.rows, key=place)))


def _leading_names(table: ResultTable) -> int:
    """How many of the first columns hold names and no numbers."""
    for place in range(len(table.columns)):
        if any(not isinstance(row[place], str | None) for row in table.rows):
            return place
    return len(table.columns)
