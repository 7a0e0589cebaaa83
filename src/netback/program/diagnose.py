"""Say in the planner's words why a program has no solution, or an unlimited one.

Infeasible: *breakers* (penalised slacks) on every bound that the planner may change give the smallest total
amount by which bounds must give way, each row measured in units of its largest coefficient. Then a deletion
filter, started from the rows with a Farkas multiplier, finds an irreducible set: together these bounds
cannot hold, and without any one of them the rest can. Bounds that may not give way, such as balances, stay
in force throughout.

Source: Chinneck, Feasibility and Infeasibility in Optimization (2008), chapters 6 (elastic programs) and
7 (deletion filter).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sparse

from netback.program.highs import Session, solve
from netback.program.index import Index, Label
from netback.program.problem import Block, FloatArray, Problem, Products
from netback.program.scaling import Range, ScalingReport, scaling
from netback.program.solution import RawSolution

Side = Literal["lower", "upper"]
Phrase = Callable[[Label, Side, float], str]
UomOf = Callable[[str, Label], str]

#: A breaker below this part of the row's largest coefficient or bound is rounding.
NEGLIGIBLE = 1e-7

__all__ = ["Conflict", "Diagnosis", "Phrase", "Range", "ScalingReport", "Side", "diagnose", "scaling"]


@dataclass(frozen=True)
class Conflict:
    """One bound of a conflicting set: block, labels of the entry, side, the bound and how to say it."""

    block: str
    labels: Label
    side: Side
    value: float
    phrase: str


@dataclass(frozen=True)
class Diagnosis:
    """Why a program has no optimum.

    Attributes
    ----------
    word
        "infeasible", "unbounded", "feasible" when there is nothing wrong, or "not told".
    conflict
        Bounds that cannot all hold. ``irreducible`` says that without any one of them the others can,
        which was checked by solving again.
    shortfalls
        Label and amount, in the units of the row, by which bounds must give way at least in total; for an
        unbounded program the columns that grow without end and their proportions.
    breakable
        False where the conflict lies in bounds that the planner was not said to be able to change.
    text
        The above as sentences.
    rest
        What the sentences say after the names of the bounds.
    """

    word: Literal["infeasible", "unbounded", "feasible", "not told"]
    conflict: tuple[Conflict, ...]
    shortfalls: tuple[tuple[str, float], ...]
    text: str
    irreducible: bool = False
    breakable: bool = True
    rest: str = ""


@dataclass(frozen=True)
class Member:
    """One bound that may give way: a row or column id and the side."""

    is_row: bool
    id: int
    side: Side


def diagnose(
    problem: Problem,
    *,
    soft: Collection[str] | None = None,
    phrases: Mapping[str, Phrase] | None = None,
    uom_of: UomOf | None = None,
    time_limit: float | None = None,
) -> Diagnosis:
    """Find why a linear or integer program is infeasible or unbounded.

    Parameters
    ----------
    problem
        The program that did not solve.
    soft
        Names of the row and column blocks whose bounds the planner can change: limits, specs, minimum
        sales, capacities. The blocks of ``phrases`` when None, all blocks when that is None too. A column's
        lower bound of zero is physical and never counts.
    phrases
        By block name, what one bound is called: ``phrase(labels, side, bound) -> "the minimum sale of jet
        in 2023-09"``.
    uom_of
        The uom of a row or column of a block, ``uom_of(block, labels) -> "kt"``.
    time_limit
        Wall time [s]. When it runs out the conflict is still true but may not be irreducible.

    Raises
    ------
    ModelError
        If a block name is unknown or there are product terms.
    SolveError
        If a HiGHS call fails.
    """
    names = soft if soft is not None else phrases
    blocks = [problem.block(name) for name in names] if names is not None else None
    work = _Work(
        problem, phrases or {}, uom_of, None if time_limit is None else time.monotonic() + time_limit
    )
    raw = solve(problem.with_(objective=0.0, offset=0.0), time_limit=work.left())
    if raw.status == "infeasible":
        return work.infeasible(_members(problem, blocks), raw)
    if raw.status != "optimal":
        return Diagnosis("not told", (), (), f"Whether a solution exists was not found. {raw.message}")
    raw = solve(problem, time_limit=work.left())
    if raw.status == "unbounded":
        return work.unbounded(raw)
    return Diagnosis("feasible", (), (), "All bounds can hold together; nothing clashes.")


def _members(problem: Problem, blocks: Iterable[Block] | None) -> list[Member]:
    """Every finite bound of the blocks, or of all; without lower bounds of zero on columns."""
    chosen = [*problem.row_blocks, *problem.column_blocks] if blocks is None else list(blocks)
    found: list[Member] = []
    for block in chosen:
        is_row = any(block is other for other in problem.row_blocks)
        lower = problem.row_lower if is_row else problem.column_lower
        upper = problem.row_upper if is_row else problem.column_upper
        for identifier in range(block.start, block.stop):
            low, high = float(lower[identifier]), float(upper[identifier])
            if low != -math.inf and (is_row or low != 0.0):
                found.append(Member(is_row, identifier, "lower"))
            if high != math.inf:
                found.append(Member(is_row, identifier, "upper"))
    return found


class _Work:
    """One diagnosis: the problem, the caller's words and the time that is left."""

    def __init__(
        self, problem: Problem, phrases: Mapping[str, Phrase], uom_of: UomOf | None, end: float | None
    ) -> None:
        self.problem, self.phrases, self.uom_of, self.end = problem, phrases, uom_of, end
        self.still = problem.with_(objective=0.0, offset=0.0)
        self.session = Session()

    def left(self) -> float | None:
        """Seconds left, or None without a limit."""
        return None if self.end is None else max(0.0, self.end - time.monotonic())

    def infeasible(self, members: list[Member], raw: RawSolution) -> Diagnosis:
        """Find shortfalls and an irreducible conflict among members, or among all bounds if need be."""
        if raw.ray is not None:
            self.still = self.still.with_(integer=False)
        shortfalls = self.shortfalls(members)
        breakable = shortfalls is not None
        if shortfalls is None:
            members = _members(self.problem, None)
            shortfalls = self.shortfalls(members) or []
        found, irreducible = self.irreducible(members, raw)
        conflict = tuple(self.conflict(member) for member in found)
        rest = self.rest(found, conflict, shortfalls, irreducible, breakable)
        text = f"{_listed(list(dict.fromkeys(item.phrase for item in conflict)))} {rest}"
        amounts = tuple((self.label(member), amount) for member, amount in shortfalls)
        return Diagnosis("infeasible", conflict, amounts, text, irreducible, breakable, rest)

    def shortfalls(self, members: list[Member]) -> list[tuple[Member, float]] | None:
        """Least amounts by which members must give way, or None when no amounts suffice."""
        if not members:
            return None
        raw = solve(elastic(self.problem, members), time_limit=self.left())
        if raw.status == "infeasible":
            return None
        if raw.x is None:
            return []
        slacks = raw.x[self.problem.shape[1] :]
        scales = _scales(self.problem, members)
        sizes = np.maximum(scales, np.abs([self.bound(member) for member in members]))
        keep = np.flatnonzero(slacks > NEGLIGIBLE * sizes)
        return [(members[k], float(slacks[k])) for k in keep]

    def irreducible(self, members: list[Member], raw: RawSolution) -> tuple[list[Member], bool]:
        """Find an infeasible subset of members, and whether every one of it was shown to be needed."""
        active = self.supported(members, raw, [], members)
        needed: list[Member] = []
        certain = True
        while active:
            member = active.pop()
            trial = self.trial([*needed, *active], members)
            if trial.status == "infeasible":
                active = self.supported(active, trial, needed, members)
                continue
            needed.append(member)
            certain = certain and trial.status == "optimal"
        return needed[::-1], certain and bool(needed) and self.verified(needed, members)

    def supported(
        self, active: list[Member], raw: RawSolution, needed: list[Member], members: list[Member]
    ) -> list[Member]:
        """Active members with weight in the Farkas ray, if with the needed ones they are still infeasible."""
        if raw.ray is None:
            return list(active)
        row_weight = np.abs(raw.ray)
        column_weight = np.abs(np.asarray(self.problem.matrix.T @ raw.ray))
        floor = 1e-9 * float(np.max(row_weight, initial=0.0))
        kept = [m for m in active if (row_weight if m.is_row else column_weight)[m.id] > floor]
        infeasible = self.trial([*needed, *kept], members).status == "infeasible"
        return kept if infeasible else list(active)

    def verified(self, needed: list[Member], members: list[Member]) -> bool:
        """Solve again: together infeasible, without any one feasible."""
        if self.trial(needed, members).status != "infeasible":
            return False
        rest = ([m for m in needed if m is not member] for member in needed)
        return all(self.trial(part, members).status == "optimal" for part in rest)

    def trial(self, kept: list[Member], members: list[Member]) -> RawSolution:
        """Solve with only the kept members in force, and everything that is no member."""
        arrays = {
            (True, "lower"): self.problem.row_lower.copy(),
            (True, "upper"): self.problem.row_upper.copy(),
            (False, "lower"): self.problem.column_lower.copy(),
            (False, "upper"): self.problem.column_upper.copy(),
        }
        for member in set(members) - set(kept):
            arrays[member.is_row, member.side][member.id] = -math.inf if member.side == "lower" else math.inf
        changed = self.still.with_(
            row_lower=arrays[True, "lower"],
            row_upper=arrays[True, "upper"],
            column_lower=arrays[False, "lower"],
            column_upper=arrays[False, "upper"],
        )
        return self.session.solve(changed, time_limit=self.left())

    def unbounded(self, raw: RawSolution) -> Diagnosis:
        """Name the columns that grow without end."""
        if raw.ray is None:
            return Diagnosis("unbounded", (), (), "Nothing limits the objective; no direction was found.")
        size = float(np.max(np.abs(raw.ray), initial=0.0))
        order = [int(j) for j in np.argsort(-np.abs(raw.ray)) if abs(raw.ray[j]) > 1e-9 * size]
        moving = tuple((self.problem.column_label(j), float(raw.ray[j]) / size) for j in order)
        named = _listed([label for label, _ in moving[:8]])
        more = f" and {len(moving) - 8} more columns" if len(moving) > 8 else ""
        text = (
            f"Nothing limits {named}{more}: the objective improves without end. Limit at least one of them."
        )
        return Diagnosis("unbounded", (), moving, text)

    def block(self, member: Member) -> Block:
        """Return the block a member belongs to."""
        return self.problem.row_block(member.id) if member.is_row else self.problem.column_block(member.id)

    def bound(self, member: Member) -> float:
        """Return the member's bound."""
        return float(_sides(self.problem, member.is_row, member.side)[member.id])

    def upper(self, member: Member) -> float:
        """Return the upper bound of the member's row or column."""
        return float(_sides(self.problem, member.is_row, "upper")[member.id])

    def label(self, member: Member) -> str:
        """Return the member's row or column label."""
        return self.block(member).label(member.id)

    def conflict(self, member: Member) -> Conflict:
        """Say the member in the caller's words, or in plain ones."""
        block, value = self.block(member), self.bound(member)
        labels = block.index.label(member.id - block.start)
        if block.name in self.phrases:
            phrase = self.phrases[block.name](labels, member.side, value)
        else:
            at = "at least" if member.side == "lower" else "at most"
            if _sides(self.problem, member.is_row, "lower")[member.id] == self.upper(member):
                at = "exactly"
            phrase = f"{block.label(member.id)} {at} {self.amount(member, value)}"
        return Conflict(block.name, labels, member.side, value, phrase)

    def amount(self, member: Member, value: float) -> str:
        """Write a number with the member's uom where the caller gave one."""
        block = self.block(member)
        uom = self.uom_of(block.name, block.index.label(member.id - block.start)) if self.uom_of else ""
        return f"{value:.4g} {uom}".rstrip()

    def rest(
        self,
        found: list[Member],
        conflict: tuple[Conflict, ...],
        shortfalls: list[tuple[Member, float]],
        irreducible: bool,
        breakable: bool,
    ) -> str:
        """Write what is wrong with the bounds that were named before."""
        places = {(member.is_row, member.id) for member in found}
        inside = [pair for pair in shortfalls if (pair[0].is_row, pair[0].id) in places]
        text = "cannot all hold" if len(conflict) > 1 else "cannot hold"
        if inside:
            text += f"; short by {self.amounts(inside, alone=len(inside) == 1)}"
        parts = [text + "."]
        if outside := [pair for pair in shortfalls if pair not in inside]:
            parts.append(f"Elsewhere bounds are missed as well: {self.amounts(outside, alone=False)}.")
        if not irreducible:
            parts.append("Fewer of these may already clash; this was not settled.")
        if not breakable:
            parts.append("This lies in the balances and fixed data, not in limits that can be changed.")
        return " ".join(parts)

    def amounts(self, pairs: list[tuple[Member, float]], *, alone: bool) -> str:
        """Amounts with uom, each with its place unless it stands alone."""
        if alone:
            return self.amount(*pairs[0])
        texts = [
            f"{self.amount(member, value)} at {self.conflict(member).phrase}" for member, value in pairs[:6]
        ]
        more = [f"{len(pairs) - 6} more"] if len(pairs) > 6 else []
        return _listed(texts + more)


def _listed(texts: list[str]) -> str:
    """Join as ``a``, ``a and b``, ``a, b and c``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def _sides(problem: Problem, is_row: bool, side: Side) -> FloatArray:
    if is_row:
        return problem.row_lower if side == "lower" else problem.row_upper
    return problem.column_lower if side == "lower" else problem.column_upper


def _scales(problem: Problem, members: list[Member]) -> FloatArray:
    """Size of one unit of violation per member: the row's largest coefficient; 1 for columns."""
    largest = np.zeros(problem.shape[0])
    rows = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))
    np.maximum.at(largest, rows, np.abs(problem.matrix.data))
    largest[largest == 0.0] = 1.0
    return np.array([largest[member.id] if member.is_row else 1.0 for member in members])


def elastic(problem: Problem, members: list[Member]) -> Problem:
    """Put a breaker on every member of a program; minimise the sum of breakers over their scales.

    Column bounds become rows, since only a row can carry a breaker.
    """
    rows, columns = problem.shape
    bounded = sorted({member.id for member in members if not member.is_row})
    place = {column: rows + k for k, column in enumerate(bounded)}
    signs = [1.0 if member.side == "lower" else -1.0 for member in members]
    at = [member.id if member.is_row else place[member.id] for member in members]
    unit = sparse.csr_array(
        (np.ones(len(bounded)), (np.arange(len(bounded)), bounded)), shape=(len(bounded), columns)
    )
    breakers = sparse.csr_array(
        (signs, (at, np.arange(len(members)))), shape=(rows + len(bounded), len(members))
    )
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    for member in members:
        if not member.is_row:
            (lower if member.side == "lower" else upper)[member.id] = (
                -math.inf if member.side == "lower" else math.inf
            )
    extra = Index.of("bound", [str(column) for column in bounded])
    slack = Index.of("breaker", [str(k) for k in range(len(members))])
    soft_lower = np.where(np.isinf(lower[bounded]), problem.column_lower[bounded], -math.inf)
    soft_upper = np.where(np.isinf(upper[bounded]), problem.column_upper[bounded], math.inf)
    return Problem(
        name=f"{problem.name} with breakers",
        sense="min",
        objective=np.concatenate([np.zeros(columns), 1.0 / _scales(problem, members)]),
        offset=0.0,
        matrix=sparse.csr_array(sparse.hstack([sparse.vstack([problem.matrix, unit]), breakers])),
        row_lower=np.concatenate([problem.row_lower, soft_lower]),
        row_upper=np.concatenate([problem.row_upper, soft_upper]),
        column_lower=np.concatenate([lower, np.zeros(len(members))]),
        column_upper=np.concatenate([upper, np.full(len(members), math.inf)]),
        integer=np.concatenate([problem.integer, np.zeros(len(members), dtype=bool)]),
        row_blocks=(*problem.row_blocks, Block("bounds of columns", extra, rows)),
        column_blocks=(*problem.column_blocks, Block("breakers", slack, columns)),
        products=Products.empty(),
    )
