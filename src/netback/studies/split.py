"""Why a crude is worth more or less than another: the difference of two break-even prices, property by property.

Let Q barrels of a crude A be bought in all, its own price left out and everything else as the case offers it, and let
W(S) be the average worth at the gate of these barrels when the groups S of their qualities are those of a reference B:

    W(S) = (M_S(Q) - M(0)) / Q,        M the best margin
    W(none) is the worth of A, as in the curve of value; W(all) that of as many barrels of a crude like B in its place

The plan is solved for hybrids of both crudes (:mod:`netback.refinery.hybrids`) and the difference W(none) - W(all) is
allotted to the groups by their Shapley values (:mod:`netback.studies.shapley`), which add up. On the basis of the
offers the break-even prices p solve  p + items(p) = W,  so

    p_A - p_B = sum over groups of phi - sum over items of (item_A(p_A) - item_B(p_B)),     to the last digit.

Every margin is a sum of accounts (what each product fetches, other crudes, everything else), so each bar is the sum of
what it does to them: a quality is paid for by selling less of one product and more of another, which is what blending
does to buy it back. Where several plans earn the same, the accounts are those of the plan that was found; their sum is
not touched by that. Which qualities change together, that a yield grows at the expense of residue, and
that a bar is the mean over all orders are conventions; the least and the greatest of what a group adds in any order are
told beside it, and show how much hangs on the last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.case.case import Case
from netback.case.table import Record
from netback.errors import DataError, Finding, ModelError, NetbackError
from netback.planning.model import Model, build_plan
from netback.program.problem import FloatArray
from netback.refinery.crudes import Crudes
from netback.refinery.hybrids import GROUPS, HANDLING, RANGES, RESIDUE, YIELDS, Hybrid, HybridCrudes
from netback.refinery.network import Network
from netback.refinery.tracing import trace
from netback.studies.facts import Fact, facts
from netback.studies.run import run_all
from netback.studies.shapley import Sets, ranges, sets_of, shapley
from netback.studies.slate import Loaded, Priced, Slate, is_crude, names_offered, per_uom, priced

#: Plans that are made together, from crudes that are cut once.
_TOGETHER = 32
#: Plans from which on all cores are used.
_MANY = 96
_PROVENANCE = frozenset({"status", "low", "high", "source", "note"})
OTHER_CRUDES, REST = "other crudes", "all else"


@dataclass(frozen=True)
class Bar:
    """One group of qualities: what it makes of the worth at the gate [currency per ``per``].

    ``accounts`` are its parts by account, ``error`` a standard error, 0 where the values are exact; ``least`` and
    ``greatest`` are what it adds in the orders in which it adds least and most. ``fact`` says how the crudes differ.
    """

    group: str
    amount: float
    error: float
    least: float
    greatest: float
    accounts: tuple[float, ...]
    fact: Fact | None

    @property
    def title(self) -> str:
        """The group in the user's words."""
        return GROUPS[self.group]


@dataclass(frozen=True)
class Split:
    """The difference of two break-even prices.

    ``barrels`` [``per``] are held; ``worth_crude`` and ``worth_reference`` are at the gate [currency per ``per``],
    known within ``gap``; ``accounts`` name the parts of the bars; ``same`` are groups that make no difference to this
    plant; ``residue`` is its yield of both. ``items`` are (item, what it makes of the difference), of both offers at
    their break-even prices.
    """

    crude: str
    reference: str
    per: str
    barrels: float
    worth_crude: float
    worth_reference: float
    gap: float
    crude_offer: Priced
    reference_offer: Priced
    bars: tuple[Bar, ...]
    accounts: tuple[str, ...]
    same: tuple[str, ...]
    method: str
    plans: int
    residue: Fact | None

    @property
    def break_even(self) -> float:
        """Break-even price of the crude on the basis of its offer."""
        return self.crude_offer.on_basis(self.worth_crude)

    @property
    def break_even_reference(self) -> float:
        """Break-even price of a crude like the reference on the basis of the reference's offer."""
        return self.reference_offer.on_basis(self.worth_reference)

    @property
    def items(self) -> tuple[tuple[str, float], ...]:
        """Steps of the chain to the gate: the item of the reference less that of the crude."""
        names = dict.fromkeys(
            name for offer in (self.reference_offer, self.crude_offer) for name, *_ in offer.items
        )
        return tuple(
            (
                name,
                self.reference_offer.item(name, self.break_even_reference)
                - self.crude_offer.item(name, self.break_even),
            )
            for name in names
        )


def split(
    case: Case,
    crude: str,
    reference: str,
    barrels: float,
    jobs: int | None = None,
    seed: int = 0,
    watch: Callable[[int, int], None] | None = None,
) -> Split:
    """Split the difference of the break-even prices of two crudes.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    crude, reference
        Streams or offers.
    barrels
        How much of the crude is bought, in barrels (in the uom of the stream where its density is not known).
    jobs
        Processes; one, or two and more where there are many plans, unless told.
    seed
        What orders are drawn from where the groups are too many for all combinations.
    watch
        Called with the number of plans done and of all.

    Raises
    ------
    DataError
        If a crude is not offered, both are one, or lie in stock; if they cannot be compared; if a combination of their
        qualities has no plan.
    ModelError
        If no sound program follows from the tables.
    """
    stream, other = (names_offered(case, name)[0] for name in (crude, reference))
    if stream == other:
        raise DataError(
            Finding("--against", f'"{reference}" and "{crude}" are the same crude.', "Name another.")
        )
    _require_comparable(case, stream, other)
    model = build_plan(case)
    slate = Slate(model, [crude])
    base = slate.loaded({crude: 0.0})
    if base is None:
        what = f"without any {crude} there is no plan, so none of it can be set against none."
        raise DataError(Finding("", what, "Split it in a case in which it need not be bought."), case.subject)
    groups, same = _groups(case, stream, other)
    accounts = _account_names(model)
    per, per_own = per_uom(model, stream)
    per_other, per_reference = per_uom(model, other)
    if per != per_other:
        what = f"{crude} is priced per {per} and {reference} per {per_other}."
        raise DataError(Finding("--against", what, "Give both a density."))
    sets = sets_of(len(groups), seed)
    worth = _worths(
        _Task(case, crude, reference, stream, other, groups, barrels, accounts), sets, jobs, watch
    )
    total = {chosen: float(found[1:].sum()) / barrels for chosen, found in worth.items()}
    amounts, errors = shapley(
        sets, {s: np.array([total[s], *found[1:] / barrels]) for s, found in worth.items()}
    )
    told = facts(case, stream, other)
    bars = tuple(
        Bar(group, float(row[0]), float(error[0]), least, most, tuple(row[1:].tolist()), told.get(group))
        for group, row, error, (least, most) in zip(
            groups, amounts, errors, ranges(sets, total).tolist(), strict=True
        )
    )
    gap = (base.gap + max(found[0] for found in worth.values())) / barrels
    return Split(
        crude, reference, per, barrels,
        total[(1 << len(groups)) - 1] - base.value / barrels, total[0] - base.value / barrels, gap,
        priced(model, crude, per_own), priced(model, reference, per_reference),
        bars, accounts, same, sets.method, len(sets.wanted), told.get(RESIDUE),
    )  # fmt: skip


def _require_comparable(case: Case, stream: str, other: str) -> None:
    """Refuse crudes of which one has an assay and the other yields, and a crude that lies in stock."""
    assays = {row["crude"] for row in case.table("crudes").records if row["assay"] is not None}
    findings = []
    if (stream in assays) != (other in assays):
        bare = other if stream in assays else stream
        what = f'"{bare}" has no assay and the other crude has one: their qualities cannot be exchanged.'
        findings.append(Finding("crudes.csv", what, "Compare two crudes that are described alike."))
    for row in case.table("opening_stocks").records:
        if row["stream"] == stream and row["quantity"]:
            where = case.table("opening_stocks").where(row, "stream")
            what = f'"{stream}" lies in stock: what changes its qualities would change the stock as well.'
            findings.append(Finding(where, what, "Split a crude of which none is in stock."))
    if findings:
        raise DataError(findings, case.subject)


def _groups(case: Case, stream: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Groups that make a difference to the plant, and those in which the crudes differ or not without one."""
    assays = {row["crude"] for row in case.table("crudes").records if row["assay"] is not None}
    possible = [g for g in GROUPS if g != YIELDS or stream not in assays]
    possible = [g for g in possible if g not in RANGES or stream in assays]
    crudes = Crudes(case, [])
    every = frozenset(possible)
    ends = {taken: _traced(case, crudes, Hybrid(stream, other, taken)) for taken in (frozenset[str](), every)}

    def matters(group: str) -> bool:
        # What one crude lacks (a cut, a quality of it) may be felt at one end alone.
        return any(
            _differs(end, _traced(case, crudes, Hybrid(stream, other, taken ^ {group})), group)
            for taken, end in ends.items()
        )

    found = tuple(group for group in possible if matters(group))
    same = frozenset(possible) - frozenset(found)
    if any(
        _differs(end, _traced(case, crudes, Hybrid(stream, other, taken ^ same)), HANDLING)
        for taken, end in ends.items()
    ):
        # What makes no difference alone makes one together: nothing is left out then.
        return tuple(possible), ()
    return found, tuple(group for group in possible if group in same)


def _traced(case: Case, crudes: Crudes, hybrid: Hybrid) -> Network:
    network = trace(hybrid.case(case), crudes=HybridCrudes(crudes, hybrid))
    if crudes.findings:
        raise ModelError(dict.fromkeys(crudes.findings), case.subject)
    return network


def _differs(one: Network, two: Network, group: str) -> bool:
    """Whether two networks are different plants: lots, runs, or rows that price and limit what is run."""
    if _plant(one) != _plant(two):
        return True
    if group != HANDLING:
        return False
    return any(
        _bare(one.case.table(name).records) != _bare(two.case.table(name).records)
        for name in ("feeds", "limit_terms", "utilities")
    )


def _plant(network: Network) -> list[object]:
    """Qualities and yields to ten figures: less is rounding."""

    def told(pairs: Iterable[tuple[object, float]]) -> list[tuple[object, str]]:
        return [(what, f"{amount:.10g}") for what, amount in pairs]

    lots = [(lot.stream, lot.origins, sorted(told(lot.properties.items()), key=str)) for lot in network.lots]
    runs = [(run.unit, run.mode, run.feed, told(run.outputs), told(run.uses)) for run in network.runs]
    return [lots, runs, [(j.unit, j.source, j.target, f"{j.factor:.10g}") for j in network.joins]]


def _bare(rows: Sequence[Record]) -> list[str]:
    """Rows without who says so, in an order of their own."""
    return sorted(
        repr([(column, value) for column, value in row.items() if column not in _PROVENANCE]) for row in rows
    )


def _account_names(model: Model) -> tuple[str, ...]:
    """What is sold, by stream, and two accounts for the rest."""
    return (*dict.fromkeys(tier.stream for tier in model.tiers), OTHER_CRUDES, REST)


@dataclass(frozen=True)
class _Task:
    """Sets to be solved: bit k of a set says that the k-th group is the crude's own."""

    case: Case
    crude: str
    reference: str
    stream: str
    other: str
    groups: tuple[str, ...]
    barrels: float
    accounts: tuple[str, ...]
    chosen: tuple[int, ...] = ()


def _worths(
    task: _Task, sets: Sets, jobs: int | None, watch: Callable[[int, int], None] | None
) -> Mapping[int, FloatArray]:
    """Gap and accounts [currency] of every set, float (1 + accounts,)."""
    parts = [sets.wanted[k : k + _TOGETHER] for k in range(0, len(sets.wanted), _TOGETHER)]
    tasks = [replace(task, chosen=part) for part in parts]
    found: dict[int, FloatArray] = {}
    count = jobs or (min(os.cpu_count() or 1, len(tasks)) if len(sets.wanted) >= _MANY else 1)
    for number, (worth, faults) in run_all(_solved, tasks, count):
        if faults:
            raise DataError(faults, f"{task.crude} against {task.reference}")
        found.update(zip(parts[number], worth, strict=True))
        if watch is not None:
            watch(len(found), len(sets.wanted))
    return found


def _solved(task: _Task) -> tuple[list[FloatArray], list[Finding]]:
    """Gap and accounts of each set of a task, and the faults of the first one that has no plan."""
    crudes = Crudes(task.case, [])
    made: list[FloatArray] = []
    for chosen in task.chosen:
        own = [group for k, group in enumerate(task.groups) if chosen >> k & 1]
        taken = frozenset(task.groups) - frozenset(own)
        told = f"a crude like {task.reference}"
        if own:
            told += f", but for {', '.join(GROUPS[group] for group in own)} of {task.crude}"
        try:
            hybrid = Hybrid(task.stream, task.other, taken)
            model = build_plan(hybrid.case(task.case), crudes=HybridCrudes(crudes, hybrid))
            per, scale = per_uom(model, task.stream)
            found = Slate(model, [task.crude]).loaded({task.crude: task.barrels / scale})
        except NetbackError as error:
            return made, [Finding(told, finding.what, finding.hint) for finding in error.findings[:3]]
        if found is None:
            hint = "Try a smaller --volume."
            return made, [Finding(told, f"the plant cannot take {task.barrels:,.0f} {per} of it.", hint)]
        made.append(np.array([found.gap, *_accounts(model, task.accounts, found)]))
    return made, []


def _accounts(model: Model, names: Sequence[str], found: Loaded) -> list[float]:
    """Margin of a plan by account [currency]; the last account is what is left, so they add up."""
    money = found.problem.objective * found.x
    sums = dict.fromkeys(names, 0.0)
    ids = model.build.blocks["sale"].ids if model.tiers else np.zeros((0, 0), dtype=np.int64)
    position = 0
    for tier in model.tiers:
        for _ in tier.lots:
            sums[tier.stream] += float(money[ids[position]].sum())
            position += 1
    for place, tranche in enumerate(model.tranches):
        if is_crude(model, tranche.lot):
            sums[OTHER_CRUDES] += float(money[model.build.blocks["purchase"].ids[place]].sum())
    sums[REST] = found.value - sum(sums.values())
    return list(sums.values())
