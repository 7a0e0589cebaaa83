"""Tables CAPS and PROCLIM: greatest and least values of weighted sums of activities.

A row stands for the row of the same name in the submodels: ``CCAPxxx`` with its coefficients. Where these count the
feed of one unit, each with weight one, it is a capacity; else a limit with terms. ``CCAPxxx`` that no submodel has is
the capacity of the crude unit xxx of CRDDISTL. MIN and MAX may be blank; a zero limits nothing in these two tables
(AspenTech, "Capacities and process limits: blank or zero means no corresponding limitation"), which is told.
"""

from __future__ import annotations

from typing import Any, Final

from netback.io.pims.draft import Draft
from netback.io.pims.sheets import PimsTable, Row, number_of, tell_columns
from netback.io.pims.units import CAPACITY, NORMAL, Activity, Units

_BOUNDS: Final = ("MIN", "MAX")


def read_limits(table: PimsTable, draft: Draft, units: Units) -> None:
    """Read CAPS or PROCLIM into capacities.csv, limits.csv and limit_terms.csv."""
    tell_columns(table, _BOUNDS, draft.remarks)
    for row in table.rows:
        _read_row(table.name, row, draft, units)


def bound(value: float | None, row: Row, column: str, draft: Draft) -> float | None:
    """A bound of these tables: zero is none."""
    if value != 0.0:
        return value
    what = f"{column} is 0, which limits nothing in this table; it is read as blank."
    draft.remarks.partly(row.where, what, "Say so in capacities.csv or limits.csv if 0 is meant.")
    return None


def _read_row(name: str, row: Row, draft: Draft, units: Units) -> None:
    low, high = (
        bound(number_of(row.cells.get(column), draft.remarks), row, column, draft) for column in _BOUNDS
    )
    target = _target(row, draft, units)
    if target is None:
        if row.cells:
            what = f'no submodel has a row "{row.code}", and no crude unit is called so; it is not read.'
            draft.remarks.ignored(row.where, what)
        return
    table, where, rows = target
    if low is None and high is None:
        return
    for column, aim in (("MIN", "min"), ("MAX", "max")):
        draft.targets[name, row.code, column] = (table, where, aim, 1.0)
    draft.add(table, **rows[0], min=low, max=high, uom=draft.basis.rate)
    for term in rows[1:]:
        draft.add("limit_terms", **term)


def _target(row: Row, draft: Draft, units: Units) -> tuple[str, str, list[dict[str, Any]]] | None:
    """Table, where and rows (the first without its bounds, then terms) that a limit becomes."""
    entries = units.entries.get(row.code, [])
    tag = row.code.removeprefix(CAPACITY)
    if not entries:
        if row.code.startswith(CAPACITY) and units.of(tag):
            return "capacities", f"unit={tag}", [{"unit": tag}]
        return None
    counted = [activity for activity, coefficient in entries if coefficient == activity.feed_per_activity]
    owners = {activity.unit for activity, _ in entries}
    if len(counted) == len(entries) and len(owners) == 1:
        unit = owners.pop()
        if counted == units.of(unit) and not _has_capacity(draft, unit):
            return "capacities", f"unit={unit}", [{"unit": unit}]
    terms = [_term(row.code, activity, coefficient) for activity, coefficient in entries]
    return "limits", f"limit={row.code}", [{"limit": row.code, "title": row.title or None}, *terms]


def _has_capacity(draft: Draft, unit: str) -> bool:
    return any(row["unit"] == unit for row in draft.tables.get("capacities", []))


def _term(name: str, activity: Activity, coefficient: float) -> dict[str, Any]:
    return {
        "limit": name,
        "activity": "feed",
        "item": activity.unit,
        "of": activity.feed,
        "mode": None if activity.mode == NORMAL else activity.mode,
        "coefficient": coefficient / activity.feed_per_activity,
    }
