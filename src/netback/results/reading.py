"""Read a solved plan: values of blocks, amounts in tonnes and barrels, marginal values of rows.

Everything is computed from the columns of the plan; a result that needs a density which is not known is None.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netback.errors import DataError
from netback.planning.solve import Plan

FloatArray = NDArray[np.float64]

#: Flows below this part of the largest flow of their block are rounding of the solver.
_ROUNDING = 1e-9


class Reader:
    """Values of one plan, by block."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.model = plan.model
        self.network = plan.model.network
        self.periods = plan.model.build.periods

    def values(self, block: str) -> FloatArray:
        """Columns of a block in the shape of its index; rounding of the solver reads zero."""
        ids = self._ids(block)
        if ids is None:
            return np.zeros((0, len(self.periods)))
        found = self.plan.x[ids]
        largest = float(np.abs(found).max(initial=0.0))
        return np.where(np.abs(found) <= _ROUNDING * max(1.0, largest), 0.0, found)

    def _ids(self, block: str) -> NDArray[np.int64] | None:
        made = self.model.build.blocks.get(block)
        return None if made is None else made.ids

    def has(self, block: str) -> bool:
        """Whether the plan has a block of that name."""
        return block in self.model.build.blocks

    @cached_property
    def activities(self) -> FloatArray:
        """Left-hand side of every row, float (rows,)."""
        return np.asarray(self.model.problem.matrix @ self.plan.x, dtype=np.float64)

    def row_values(self, block: str) -> FloatArray:
        """Left-hand sides of a block of rows."""
        return self.activities[self.model.build.blocks[block].ids]

    def row_duals(self, block: str) -> FloatArray:
        """Marginal values of a block of rows; NaN where not known."""
        ids = self.model.build.blocks[block].ids
        if self.plan.row_dual is None:
            return np.full(ids.shape, np.nan)
        return self.plan.row_dual[ids]

    def lot_worth(self, lot: int, period: int) -> float | None:
        """Marginal value of one more uom of a lot, in currency of the case; one basis' word."""
        row = self.model.build.balance_ids(lot)
        if row is None or self.plan.row_dual is None:
            return None
        return -float(self.plan.row_dual[row[period]])

    def in_uom(self, lot: int, amount: float, target: str) -> float | None:
        """An amount of a lot in another uom; None where its density is not known."""
        try:
            return amount * self.network.factor(lot, target)
        except DataError:
            return None

    def tonnes(self, lot: int, amount: float) -> float | None:
        """Mass [t] of an amount of a lot; None for utilities and where not known."""
        if not self.network.stream_of(lot).in_mass_balance:
            return None
        return self.in_uom(lot, amount, "t")

    def barrels(self, lot: int, amount: float) -> float | None:
        """Volume [bbl] of an amount of a lot; None for utilities and where not known."""
        if not self.network.stream_of(lot).in_mass_balance:
            return None
        return self.in_uom(lot, amount, "bbl")

    @cached_property
    def blend_mass(self) -> dict[tuple[str, int], float | None]:
        """Mass [t] that goes into each product per period, from its components."""
        return self._blend_amount("t")

    @cached_property
    def blend_volume(self) -> dict[tuple[str, int], float | None]:
        """Volume [bbl] that goes into each product per period, from its components."""
        return self._blend_amount("bbl")

    def _blend_amount(self, target: str) -> dict[tuple[str, int], float | None]:
        found: dict[tuple[str, int], float | None] = {}
        flows = self.values("blend")
        for position, arc in enumerate(self.model.arcs):
            for period in range(len(self.periods)):
                key = (arc.product, period)
                part = self.in_uom(arc.lot, float(flows[position, period]), target)
                known = found.get(key, 0.0)
                found[key] = None if part is None or known is None else known + part
        return found

    def product_tonnes(self, lot: int, amount: float, period: int) -> float | None:
        """Mass [t] of an amount of a lot, that of a blend from what went into it in the period."""
        stream = self.network.lots[lot].stream
        if stream in self.network.blended and self.network.lots[lot].density_t_per_m3 is None:
            return self._scaled(self.blend_mass.get((stream, period)), lot, amount, period)
        return self.tonnes(lot, amount)

    def product_barrels(self, lot: int, amount: float, period: int) -> float | None:
        """Volume [bbl] of an amount of a lot, that of a blend from what went into it in the period."""
        stream = self.network.lots[lot].stream
        direct = self.barrels(lot, amount)
        if direct is None and stream in self.network.blended:
            return self._scaled(self.blend_volume.get((stream, period)), lot, amount, period)
        return direct

    def _scaled(self, whole: float | None, lot: int, amount: float, period: int) -> float | None:
        made = self.blend_made(self.network.lots[lot].stream)[period]
        if amount == 0.0:
            return 0.0
        return None if whole is None or made <= 0.0 else whole * amount / made

    def blend_made(self, product: str) -> FloatArray:
        """Amount blended of a product per period [uom of the product], float (periods,)."""
        flows = self.values("blend")
        total = np.zeros(len(self.periods))
        target = self.network.streams[product].uom
        for position, arc in enumerate(self.model.arcs):
            if arc.product == product:
                total += flows[position] * self.network.factor(arc.lot, target)
        return total
