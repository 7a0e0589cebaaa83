"""Rows of a table laid out over the periods of the horizon: a named period wins over a blank one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netback import uom
from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding

FloatArray = NDArray[np.float64]
#: One record per period; None where no row speaks of the period.
Timeline = tuple[Record | None, ...]


def timelines(
    case: Case, table: str, key: Iterable[str], keep: Callable[[Record], bool] | None = None
) -> dict[tuple[Any, ...], Timeline]:
    """Group the rows of ``table`` by ``key`` columns and lay each group over the horizon."""
    names = tuple(key)
    every: dict[tuple[Any, ...], Record] = {}
    named: dict[tuple[Any, ...], dict[str, Record]] = {}
    order: dict[tuple[Any, ...], None] = {}
    for record in case.table(table).records:
        if keep is not None and not keep(record):
            continue
        group = tuple(record[name] for name in names)
        order.setdefault(group)
        if record["period"] is None:
            every[group] = record
        else:
            named.setdefault(group, {})[record["period"]] = record
    periods = case.horizon.names
    return {
        group: tuple(named.get(group, {}).get(period, every.get(group)) for period in periods)
        for group in order
    }


def values(line: Timeline, column: str, blank: float) -> FloatArray:
    """The numbers of one column, float (periods,); ``blank`` where there is no row or no number."""
    return np.array(
        [blank if record is None or record[column] is None else record[column] for record in line],
        dtype=np.float64,
    )


def first(line: Timeline) -> Record:
    """Any record of the line, for what does not change over time (a line always has one)."""
    return next(record for record in line if record is not None)


def one_uom(table: str, line: Timeline) -> str | None:
    """The uom that every row of a line states: the rows of the program that it makes count in one uom.

    Raises
    ------
    DataError
        If two rows of the line state different uom.
    """
    head = first(line)
    for record in line:
        if record is None or _spelled(record["uom"]) == _spelled(head["uom"]):
            continue
        names = [row["uom"] or "the uom of the stream" for row in (head, record)]
        what = f"{table}.csv counts in {names[0]} in row {head.row} and in {names[1]} in row {record.row}."
        raise DataError(Finding("", what, "State one uom in all rows of it."))
    return None if head["uom"] is None else str(head["uom"])


def _spelled(name: str | None) -> str | None:
    return None if name is None else uom.parse(name).name


def amount_factors(case: Case, line: Timeline, target_uom: str, density_t_per_m3: float | None) -> FloatArray:
    """Factors from the ``uom`` of each record to an amount in ``target_uom`` per period, float (periods,).

    A rate is multiplied by the days of its period; a blank uom is the target itself.
    """
    names = [None if record is None else record["uom"] for record in line]
    factors = np.ones(len(line))
    for name in dict.fromkeys(names):
        if name is not None:
            chosen = np.array([other == name for other in names])
            factors[chosen] = amount_scale(case, name, target_uom, density_t_per_m3)[chosen]
    return factors


def amount_scale(case: Case, name: str, target_uom: str, density_t_per_m3: float | None) -> FloatArray:
    """Factors from one uom, amount or rate, to an amount of ``target_uom`` per period, float (periods,)."""
    days: FloatArray = case.horizon.days
    if not uom.parse(name).is_rate:
        return np.full(len(days), uom.factor(name, target_uom, density_t_per_m3))
    return uom.factor(name, f"{target_uom}/d", density_t_per_m3) * days


def amount_factor(
    case: Case, name: str, target_uom: str, density_t_per_m3: float | None, period: int
) -> float:
    """Factor from one uom, amount or rate, to an amount of ``target_uom`` in a period."""
    return float(amount_scale(case, name, target_uom, density_t_per_m3)[period])
