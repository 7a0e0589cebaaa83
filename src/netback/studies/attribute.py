"""Which input made the difference: the change of the margin between two cases, allotted to what differs, additive.

Let the two cases differ in groups of cells (all changes of one row of one table are one group) and let M(S) be the best
margin when the groups S are those of the second case and all others those of the first. The Shapley value of a group is
the mean, over all orders in which the groups can be changed, of what M gains when it is changed:

    phi_g = sum over S without g of  |S|! (n - |S| - 1)! / n!  x  ( M(S + g) - M(S) )
    sum of phi_g = M(all) - M(none)

Up to seven groups every S is solved, so the values are exact. Beyond that they are means over random orders and their
reverses, with a standard error; they still add up exactly. Reference: Shapley (1953); Castro, Gomez and Tejada,
Computers and Operations Research 36 (2009).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from netback.case.case import Case
from netback.case.horizon import Horizon
from netback.case.table import Record, Table
from netback.errors import DataError, Finding, NetbackError
from netback.planning.phrases import failure_findings
from netback.planning.solve import plan
from netback.program.problem import FloatArray
from netback.studies.run import run_all

#: Groups up to which every combination is solved.
EXACT = 7
#: Orders that are drawn beyond that, each with its reverse.
ORDERS = 24
_TOGETHER = frozenset({"cuts", "periods"})
_NOT_INPUTS = frozenset({"scenarios", "overrides", "sources", "claims", "calculations"})


@dataclass(frozen=True)
class Change:
    """One row that differs: ``before`` and ``after`` are the row, None where absent."""

    key: tuple[object, ...]
    before: Record | None
    after: Record | None

    @property
    def text(self) -> str:
        """The change in the user's words: ``urals_primorsk 2023-09: max 0 becomes blank``."""
        row = " ".join(str(part) for part in self.key if part is not None and part != 1)
        if self.before is None or self.after is None:
            return f"{row}: {'added' if self.before is None else 'dropped'}"
        changes = [
            f"{column} {_told(self.before[column])} becomes {_told(self.after.get(column))}"
            for column in self.before
            if column not in _PROVENANCE and self.before[column] != self.after.get(column)
        ]
        return f"{row}: {', '.join(changes)}"


@dataclass(frozen=True)
class Group:
    """Rows of one table that change together: a row alone, but all cut points of a case at once."""

    table: str
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """Table and changes in the user's words."""
        return f"{self.table} {'; '.join(change.text for change in self.changes)}"


_PROVENANCE = frozenset({"status", "low", "high", "source", "note"})


@dataclass(frozen=True)
class Share:
    """What a group is worth of the difference [currency of the case]; ``error`` is a standard error, 0 where exact."""

    group: Group
    amount: float
    error: float


@dataclass(frozen=True)
class Attribution:
    """The difference of two margins [currency], by what caused it. ``method`` says how; ``solves`` how many plans."""

    before: float
    after: float
    shares: tuple[Share, ...]
    method: str
    solves: int


def _told(value: object) -> str:
    return "blank" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def differences(one: Case, other: Case) -> tuple[Group, ...]:
    """Rows that differ between two cases of the same tables; what only says who said it does not count."""
    found: list[Group] = []
    for name, table in one.tables.items():
        if name in _NOT_INPUTS:
            continue
        changes = _changes(table, other.table(name))
        # The end of one cut is the start of the next: half of such a change is no plant.
        together = [tuple(changes)] if name in _TOGETHER and changes else [(change,) for change in changes]
        found += [Group(name, group) for group in together]
    return tuple(found)


def _changes(one: Table, other: Table) -> list[Change]:
    before = {one.key(record): record for record in one.records}
    after = {other.key(record): record for record in other.records}
    found = [Change(key, before.get(key), after.get(key)) for key in dict.fromkeys((*before, *after))]
    return [c for c in found if c.before is None or c.after is None or _differ(c.before, c.after)]


def _differ(one: Record, other: Record) -> bool:
    return any(one[column] != other.get(column) for column in one if column not in _PROVENANCE)


def with_groups(case: Case, groups: Iterable[Group]) -> Case:
    """The case with some groups changed to what they are in the other case."""
    tables = dict(case.tables)
    for group in groups:
        table = tables[group.table]
        records = list(table.records)
        for change in group.changes:
            _change(records, change)
        tables[group.table] = Table(table.schema, tuple(records), table.extras)
    return case.with_(tables=tables, horizon=Horizon.of(tables["periods"]))


def _change(records: list[Record], change: Change) -> None:
    place = next((n for n, record in enumerate(records) if record is change.before), None)
    if place is None:
        if change.after is not None:
            records.append(change.after)
    elif change.after is None:
        del records[place]
    else:
        records[place] = change.after


@dataclass(frozen=True)
class _Task:
    case: Case
    groups: tuple[Group, ...]
    chosen: frozenset[int]


def _margin(task: _Task) -> tuple[float, str]:
    try:
        solved = plan(with_groups(task.case, (task.groups[k] for k in sorted(task.chosen))))
        if not solved.solved or solved.certificate.value is None:
            raise failure_findings(solved.model, solved.certificate.word, solved.certificate.message)
    except NetbackError as error:
        return math.nan, "; ".join(str(finding) for finding in error.findings[:2])
    return solved.certificate.value, ""


def attribute(
    one: Case,
    other: Case,
    seed: int = 0,
    jobs: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Allot the difference of the best margins of two cases to the rows that differ.

    Raises
    ------
    DataError
        If nothing differs, or a combination of the changes has no plan: an allotment would then rest on a hole.
    """
    groups = differences(one, other)
    if not groups:
        raise DataError(Finding("", "the two cases do not differ in any input.", "Compare two that do."))
    exact = len(groups) <= EXACT
    orders = [] if exact else _orders(len(groups), seed)
    wanted = _all_sets(len(groups)) if exact else _sets_of(orders)
    # Records are told apart by identity, so the groups and the case must travel together.
    tasks = [_Task(one, groups, chosen) for chosen in wanted]
    margins: dict[frozenset[int], float] = {}
    findings = []
    for done, (number, (value, fault)) in enumerate(run_all(_margin, tasks, jobs), start=1):
        margins[wanted[number]] = value
        if fault:
            names = ", ".join(groups[k].name for k in sorted(wanted[number])) or "none of the changes"
            findings.append(Finding(f"with {names}", f"there is no plan: {fault}"))
        if watch is not None:
            watch(done, len(tasks))
    if findings:
        raise DataError(findings[:5], f"what makes {other.subject} differ from {one.subject}")
    before, after = margins[frozenset()], margins[frozenset(range(len(groups)))]
    if exact:
        amounts, errors = _shapley(len(groups), margins), np.zeros(len(groups))
        method = f"Shapley values, exact: all {len(wanted)} combinations of {len(groups)} changes solved"
    else:
        amounts, errors = _sampled(len(groups), orders, margins)
        method = (
            f"Shapley values over {len(orders)} orders of {len(groups)} changes, {len(wanted)} plans solved"
        )
    shares = [Share(g, float(a), float(e)) for g, a, e in zip(groups, amounts, errors, strict=True)]
    shares.sort(key=lambda share: -abs(share.amount))
    return Attribution(before, after, tuple(shares), method, len(wanted))


def _all_sets(count: int) -> list[frozenset[int]]:
    return [
        frozenset(chosen)
        for size in range(count + 1)
        for chosen in itertools.combinations(range(count), size)
    ]


def _orders(count: int, seed: int) -> list[tuple[int, ...]]:
    random = np.random.default_rng(seed)
    drawn = [tuple(random.permutation(count).tolist()) for _ in range(ORDERS // 2)]
    return [order for one in drawn for order in (one, one[::-1])]


def _sets_of(orders: Sequence[tuple[int, ...]]) -> list[frozenset[int]]:
    return list(dict.fromkeys(frozenset(order[:k]) for order in orders for k in range(len(order) + 1)))


def _shapley(count: int, margins: dict[frozenset[int], float]) -> FloatArray:
    amounts = np.zeros(count)
    for chosen, margin in margins.items():
        size = len(chosen)
        for k in range(count):
            if k in chosen:
                amounts[k] += margin * math.factorial(size - 1) * math.factorial(count - size)
            else:
                amounts[k] -= margin * math.factorial(size) * math.factorial(count - size - 1)
    return amounts / math.factorial(count)


def _sampled(
    count: int, orders: Sequence[tuple[int, ...]], margins: dict[frozenset[int], float]
) -> tuple[FloatArray, FloatArray]:
    gains = np.zeros((len(orders), count))
    for row, order in enumerate(orders):
        for k, group in enumerate(order):
            gains[row, group] = margins[frozenset(order[: k + 1])] - margins[frozenset(order[:k])]
    # An order and its reverse are not independent; their mean is one draw.
    draws = 0.5 * (gains[0::2] + gains[1::2])
    return gains.mean(axis=0), draws.std(axis=0, ddof=1) / math.sqrt(len(draws))
