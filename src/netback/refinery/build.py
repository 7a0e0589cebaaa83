"""What the blocks share while a plan is put together: the network, the builder and the flows made so far.

Every block of variables or rows has the periods as its last axis, so that coefficients are arrays over
(entity, period) and no Python loop runs over periods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netback.errors import DataError, Finding
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Block
from netback.refinery.network import Network

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Flow:
    """A weighted sum of columns per period: ``columns`` int (k, periods), ``weights`` float (k, periods)."""

    columns: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, parts: Sequence[tuple[IntArray, ArrayLike]], periods: int) -> Flow:
        """Stack (columns of one entity, weight) pairs."""
        if not parts:
            return cls(np.zeros((0, periods), dtype=np.int64), np.zeros((0, periods)))
        columns = np.stack([ids for ids, _ in parts])
        weights = np.stack([np.broadcast_to(np.asarray(w, dtype=np.float64), (periods,)) for _, w in parts])
        return cls(columns, weights)

    def scaled(self, factor: ArrayLike) -> Flow:
        """The flow times a number or a number per period."""
        return Flow(self.columns, self.weights * np.asarray(factor))

    def __len__(self) -> int:
        return int(self.columns.shape[0])


@dataclass(frozen=True)
class Switch:
    """A binary per period that is 1 when a flow is above zero; linked once the ranges of the flows are known.

    ``least`` is the least flow when on, float (periods,); ``where`` is the place that asked for the switch.
    ``periods`` are the positions to which the switch applies. With ``gate`` the flow needs the binary (flow <=
    upper x binary); ``most`` is a known upper bound or infinity.
    """

    name: str
    flow: Flow
    binary: IntArray
    least: FloatArray
    most: FloatArray
    where: str


@dataclass
class Build:
    """A plan in the making. Blocks add to ``builder``, ``findings`` and ``remarks``; nothing is removed.

    ``findings`` stop the plan; ``remarks`` are what a planner should know before trusting it.
    """

    network: Network
    builder: Builder
    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)
    switches: list[Switch] = field(default_factory=list)
    penalties: list[IntArray] = field(default_factory=list)
    balance_position: dict[int, int] = field(default_factory=dict)
    _remembered: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods."""
        return self.network.case.horizon.names

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(self.periods)

    def once(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What ``make`` returns, made at the first call of this name and kept."""
        if name not in self._remembered:
            self._remembered[name] = make()
        kept: Kept = self._remembered[name]
        return kept

    def index(
        self, dims: Sequence[str], keys: Iterable[Sequence[str]], periods: Sequence[str] | None = None
    ) -> Index:
        """Index of keys times periods, those of the horizon unless told."""
        return Index.product(Index.of(tuple(dims), list(keys)), Index.of("period", periods or self.periods))

    def variables(
        self,
        name: str,
        dims: Sequence[str],
        keys: Sequence[Sequence[str]],
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        integer: bool = False,
        periods: Sequence[str] | None = None,
    ) -> Block | None:
        """Columns of (key, period); None where there is no key."""
        if not keys:
            return None
        block = self.builder.variables(name, self.index(dims, keys, periods), lower, upper, integer)
        self.blocks[name] = block
        return block

    def constraints(
        self,
        name: str,
        dims: Sequence[str],
        keys: Sequence[Sequence[str]],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        periods: Sequence[str] | None = None,
    ) -> Block | None:
        """Rows of (key, period); None where there is no key."""
        if not keys:
            return None
        block = self.builder.constraints(name, self.index(dims, keys, periods), lower, upper)
        self.blocks[name] = block
        return block

    def ids_over_time(self, name: str, *labels: str) -> IntArray:
        """Ids of one key of a block over all periods, int (periods,)."""
        return self.blocks[name].ids_of([(*labels, period) for period in self.periods])

    def add_flow(self, row_ids: IntArray, flow: Flow) -> None:
        """Add a flow to rows int (periods,)."""
        if len(flow):
            rows = np.broadcast_to(row_ids, flow.columns.shape)
            self.builder.add_terms(rows, flow.columns, flow.weights)

    def balance_ids(self, lot: int) -> IntArray | None:
        """Rows of the balance of a lot, int (periods,); None for a loss, which needs no balance."""
        position = self.balance_position.get(lot)
        return None if position is None else self.blocks["stream_balance"].ids[position]

    def add_to_balances(self, lots: Sequence[int], column_ids: IntArray, coefficients: ArrayLike) -> None:
        """Add columns int (k, periods) to the balances of lots (k,) with coefficients (k,) or (k, periods)."""
        if not lots:
            return
        position = np.array([self.balance_position.get(lot, -1) for lot in lots])
        kept = position >= 0
        if not kept.any():
            return
        weights = np.asarray(coefficients, dtype=np.float64)
        weights = weights[:, None] if weights.ndim == 1 else weights
        rows = self.blocks["stream_balance"].ids[position[kept]]
        self.builder.add_terms(rows, column_ids[kept], np.broadcast_to(weights, column_ids.shape)[kept])

    def fault(self, where: str, error: DataError) -> None:
        """Keep the findings of an error, told at a place of the user's."""
        for finding in error.findings:
            if finding.where.startswith(where):
                # The error knows the cell; its row alone would say less, and both would say it twice.
                self.findings.append(finding)
                continue
            what = f"{finding.where}: {finding.what}" if finding.where else finding.what
            self.findings.append(Finding(where, what, finding.hint))

    def breaker(
        self,
        name: str,
        keys: Sequence[Sequence[str]],
        dims: Sequence[str],
        costs: FloatArray,
        row_ids: IntArray,
        sign: ArrayLike,
        periods: Sequence[str] | None = None,
    ) -> None:
        """Penalised slack on rows (k, periods): ``costs`` float (k, periods) per unit, NaN where none.

        ``sign`` is -1 where the slack lets a row exceed its upper bound, +1 where it may stay below the lower, one
        number or one per key.
        """
        priced = np.atleast_1d(~np.isnan(costs).all(axis=1))
        if not priced.any():
            return
        chosen = [tuple(key) for key, keep in zip(keys, priced, strict=True) if keep]
        allowed = np.where(np.isnan(costs[priced]), 0.0, np.inf)
        block = self.variables(name, dims, chosen, 0.0, allowed, periods=periods)
        if block is not None:
            signs = np.broadcast_to(np.asarray(sign, dtype=np.float64), priced.shape)[priced]
            self.builder.add_terms(row_ids[priced], block.ids, signs[:, None])
            self.builder.add_costs(block.ids, -np.nan_to_num(costs[priced]))
            self.penalties.append(block.ids.ravel())
