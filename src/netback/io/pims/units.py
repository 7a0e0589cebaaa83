"""Submodels: each column is an activity of a unit, each row a balance that it takes from or gives to.

Rows ``VBALxxx`` and ``WBALxxx`` are material balances by volume and by weight, ``UBALxxx`` those of utilities,
``CCAPxxx`` capacities; xxx is a tag. Above zero is consumed, below zero produced, per unit of the activity. A column
with one stream above zero runs that feed; with several it runs the one that its capacity counts, or else the
largest, and uses the others up beside it, which is the same arithmetic.

Rows of recursion and of base and delta (and any other) are told and not read. A column with entries in such rows is a
vector of base and delta where it takes nothing but what another column of the submodel makes: it shifts yields, and
is left out. One that takes a feed from elsewhere is the base, and is read at the base.

Source: AspenTech, descriptions of submodel matrices (CCAP rows linked to VBAL rows, VBALLOS and WBALLOS as losses) and
knowledge base (UBALxxx for utility tags).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from netback.io.pims.draft import Draft
from netback.io.pims.sheets import PimsTable, Row, number_of, some

_BALANCE: Final = re.compile(r"([VWU])BAL(.+)")
CAPACITY: Final = "CCAP"
LOSS: Final = "LOS"
NORMAL: Final = "normal"
#: Yields that add up to one within this much close by mass.
CLOSES: Final = 0.001


@dataclass(frozen=True, slots=True)
class Activity:
    """One column that was read: the mode and feed that it runs, and how much feed one unit of it takes."""

    unit: str
    mode: str
    feed: str
    feed_per_activity: float


@dataclass
class Units:
    """Activities that were read, the entries of each limiting row, (activity, coefficient), and where it stands."""

    activities: list[Activity] = field(default_factory=list)
    entries: dict[str, list[tuple[Activity, float]]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def of(self, unit: str) -> list[Activity]:
        """Activities of one unit."""
        return [activity for activity in self.activities if activity.unit == unit]


@dataclass
class _Column:
    """What the rows of a submodel say of one column."""

    name: str
    where: str
    taken: dict[str, float] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)
    utilities: dict[str, float] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def read_submodel(
    table: PimsTable, code: str, title: str, limits: Collection[str], draft: Draft, units: Units
) -> None:
    """Read a submodel into units, modes, feeds, yields and utilities; ``limits`` are the rows of PROCLIM."""
    columns = {name: _Column(name, table.heading(name)) for name in table.columns}
    for row in table.rows:
        _read_row(table, row, columns, limits, draft)
        units.places.setdefault(row.code, row.where)
    runs = [
        (column, feed)
        for column in columns.values()
        if (feed := _feed(column, columns.values(), draft)) is not None
    ]
    if not runs:
        what = "no column of the submodel takes a feed and makes something, so the unit is left out."
        draft.remarks.ignored(table.places.whole, what)
        return
    if units.of(code):
        what = f'"{code}" is a crude unit of CRDDISTL too.'
        draft.remarks.fault(table.places.whole, what, "Give one of them another tag.")
        return
    draft.add("units", unit=code, title=title or None)
    twice = max(Counter(feed for _, feed in runs).values()) > 1
    for column, feed in runs:
        activity = Activity(code, column.name if twice else NORMAL, feed, column.taken[feed])
        units.activities.append(activity)
        _write(column, activity, draft)
        for name, coefficient in column.limits.items():
            units.entries.setdefault(name, []).append((activity, coefficient))
        if twice:
            draft.add("modes", unit=code, mode=column.name)


def _read_row(
    table: PimsTable, row: Row, columns: dict[str, _Column], limits: Collection[str], draft: Draft
) -> None:
    balance = _BALANCE.fullmatch(row.code)
    if balance is not None and not _wanted(table, row, balance[1], balance[2], draft):
        return
    if balance is None and not row.code.startswith(CAPACITY) and row.code not in limits:
        if row.cells:
            what = f'row "{row.code}" is no VBAL, WBAL, UBAL, CCAP or process limit'
            draft.remarks.ignored(row.where, f"{what} and is not read ({some(row.cells)}).")
            for name in row.cells:
                columns[name].unread.append(row.code)
        return
    for name, cell in row.cells.items():
        value = number_of(cell, draft.remarks)
        if value is None or value == 0.0:
            continue
        column = columns[name]
        if balance is None:
            column.limits[row.code] = value
        elif balance[1] == "U":
            draft.stream(balance[2], "utility", row.title)
            column.utilities[balance[2]] = value
        elif balance[2] == LOSS and value > 0.0:
            what = "a gain in the balance of losses is not read; no stream is made of it."
            draft.remarks.ignored(cell.where, what)
        else:
            draft.stream(balance[2], "loss" if balance[2] == LOSS else "intermediate", row.title)
            side = column.taken if value > 0.0 else column.made
            side[balance[2]] = abs(value)


def _wanted(table: PimsTable, row: Row, kind: str, tag: str, draft: Draft) -> bool:
    """Whether a balance is of the basis in which the streams of the case flow."""
    if kind == "U" or (kind == "W") == draft.basis.by_mass:
        return True
    if not row.cells:
        return False
    other = f"{'W' if kind == 'V' else 'V'}BAL{tag}"
    own, foreign = ("mass", "volume") if draft.basis.by_mass else ("volume", "weight")
    if other in table.codes():
        what = f"the balance by {foreign} of {tag} is not read; its balance by {own} is."
        draft.remarks.ignored(row.where, what)
    else:
        what = f"{tag} flows by {foreign} alone, in a uom that the workbook does not state; it is left out."
        draft.remarks.ignored(row.where, what, f"Flows of the case are by {own}.")
    return False


def _feed(column: _Column, columns: Iterable[_Column], draft: Draft) -> str | None:
    """The stream that a column runs; None with a remark if it cannot be a run of a unit."""
    if not (column.taken or column.made or column.utilities or column.limits):
        return None
    if not column.taken or not column.made:
        lacks = "takes no feed" if not column.taken else "makes nothing"
        what = f"the column {lacks}, as a vector of recursion or of base and delta; it is not read."
        draft.remarks.ignored(column.where, what, "Yields hold at the base alone.")
        return None
    if column.unread:
        elsewhere = {tag for other in columns if other is not column for tag in other.made}
        if set(column.taken) <= elsewhere:
            what = "the column shifts yields, as a vector of base and delta; it is not read."
            draft.remarks.ignored(column.where, what, "Yields hold at the base alone.")
            return None
        what = f"the column is read as it stands at its base, without the rows {', '.join(column.unread)}."
        draft.remarks.partly(column.where, what, "See deltas.csv for yields that move with a property.")
    capacities = [value for name, value in column.limits.items() if name.startswith(CAPACITY)]
    counted = [tag for tag, value in column.taken.items() if value in capacities]
    return counted[0] if counted else max(column.taken, key=lambda tag: column.taken[tag])


def _write(column: _Column, activity: Activity, draft: Draft) -> None:
    per = activity.feed_per_activity
    mode = None if activity.mode == NORMAL else activity.mode
    keys = {"unit": activity.unit, "feed": activity.feed}
    draft.add("feeds", **keys, mode=mode)
    yields = {tag: value / per for tag, value in column.made.items()}
    for tag, value in column.taken.items():
        if tag != activity.feed:
            yields[tag] = yields.get(tag, 0.0) - value / per
    basis = "volume"
    if draft.basis.by_mass:
        closes = abs(sum(yields.values()) - 1.0) <= CLOSES
        basis = "mass" if closes else "flow"
        if not closes:
            what = f"the products of the column add up to {sum(yields.values()):.4g} of the mass of its feed."
            draft.remarks.partly(column.where, what, "They are read as they stand.")
    for tag, value in yields.items():
        draft.add("yields", **keys, mode=activity.mode, product=tag, **{"yield": value}, basis=basis)
    for tag, value in column.utilities.items():
        use = value / per
        draft.add("utilities", **keys, mode=mode, utility=tag, use=use, per=draft.basis.priced_amount)


def cell_numbers(row: Row, draft: Draft) -> dict[str, float]:
    """Numbers of a row by column; blank cells and faults are left out."""
    found = {}
    for name, cell in row.cells.items():
        value = number_of(cell, draft.remarks)
        if value is not None:
            found[name] = value
    return found
