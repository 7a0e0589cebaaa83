"""A market of whole tonnes, counted by hand: the dearest sales are served by the cheapest crudes.

Every tonne of any crude makes a tonne of fuel, so the best plan pairs the best open sale with the cheapest open offer
until a tonne loses money, and nothing of the planner is needed to say what it earns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from netback.case.case import Case
from tiny import tiny

Steps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Market:
    """Offers and sales as (price [USD/t], most [t]) steps; ``freight`` [USD/t] comes on top of the price of ``own``."""

    own: Steps
    rival: Steps
    sales: Steps
    room: int
    freight: int = 0

    def case(self, **more: Any) -> Case:
        """The market as a case of one period."""
        return tiny(
            "market",
            streams=[{"stream": "own", "kind": "crude"}, {"stream": "rival", "kind": "crude"}],
            offers=[
                {
                    "offer": name,
                    "stream": name,
                    "tranche": k,
                    "price": price,
                    "max": most,
                    "price_basis": "fob",
                }
                for name, steps in (("own", self.own), ("rival", self.rival))
                for k, (price, most) in enumerate(steps, start=1)
            ],
            offer_costs=[{"offer": "own", "item": "freight", "cost": self.freight}] if self.freight else [],
            yields=[
                {"unit": "still", "feed": name, "product": "fuel", "yield": 1.0} for name in ("own", "rival")
            ],
            capacities=[{"unit": "still", "max": self.room, "uom": "t"}],
            sales=[
                {"sale": "fuel", "stream": "fuel", "tier": k, "price": price, "max": most}
                for k, (price, most) in enumerate(self.sales, start=1)
            ],
            **more,
        )

    def margin(self) -> float:
        """Best margin of the market as it is [USD]."""
        return max(self.held(q) - self.cost(q) for q in range(self.most_own() + 1))

    def cost(self, quantity: int) -> float:
        """What a quantity of ``own`` costs delivered, the cheapest tonnes first [USD]."""
        return float(sum(price + self.freight for price in tonnes(self.own)[:quantity]))

    def most_own(self) -> int:
        """Greatest quantity of ``own`` on offer that the still and the sales take [t]."""
        return min(sum(most for _, most in self.own), self.takes())

    def takes(self) -> int:
        """Greatest quantity that the still and the sales take [t]."""
        return min(self.room, sum(most for _, most in self.sales))

    def held(self, own: int, rival: int | None = None) -> float:
        """Best margin with ``own`` tonnes held, what they cost left out; of the rival as well where it is stated."""
        sold = sorted(tonnes(self.sales), reverse=True)
        total = own + (rival or 0)
        assert total <= self.takes()
        margin = float(sum(sold[:total]))
        if rival is not None:
            return margin
        open_sales, bought = sold[total : self.takes()], sorted(tonnes(self.rival))
        pairs = zip(open_sales, bought, strict=False)
        return margin + sum(sale - price for sale, price in pairs if sale > price)

    def with_(self, **changes: Any) -> Market:
        return replace(self, **changes)


def tonnes(steps: Steps) -> list[int]:
    """The price of every tonne, step by step."""
    return [price for price, most in steps for _ in range(most)]


def _steps(prices: st.SearchStrategy[int], falling: bool) -> st.SearchStrategy[Steps]:
    pairs = st.lists(st.tuples(prices, st.integers(1, 6)), min_size=1, max_size=3, unique_by=lambda p: p[0])
    return pairs.map(lambda made: tuple(sorted(made, reverse=falling)))


markets = st.builds(
    Market,
    own=_steps(st.integers(20, 60), falling=False),
    rival=_steps(st.integers(20, 60), falling=False),
    sales=_steps(st.integers(10, 80), falling=True),
    room=st.integers(2, 14),
    freight=st.integers(0, 8),
)
