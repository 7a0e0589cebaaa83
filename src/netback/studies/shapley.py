"""Shapley values: a difference allotted to the changes that make it, additive.

For n changes and a worth v(S) of every set S of them, the value of a change is the mean, over all orders in which they
can be made, of what it adds when it is made:

    phi_k = sum over S without k of  |S|! (n - |S| - 1)! / n!  x  ( v(S + k) - v(S) ),
    sum of phi = v(all) - v(none)

They are linear in v: where v is a sum of accounts, so is every phi. A set is a whole number, bit k of which says
whether change k is in it. Beyond :data:`EXACT` changes the mean is taken over random orders and their reverses; it
still adds up, and has a standard error. Reference: Shapley (1953); Castro, Gomez and Tejada, Computers and Operations
Research 36 (2009).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netback.program.problem import FloatArray

#: Changes up to which every set is needed.
EXACT = 9
#: Orders that are drawn beyond that, half of them the reverses of the others.
ORDERS = 32


@dataclass(frozen=True)
class Sets:
    """The sets whose worth is needed: all of them where ``orders`` is empty, else those along the orders."""

    count: int
    orders: tuple[tuple[int, ...], ...]
    wanted: tuple[int, ...]

    @property
    def exact(self) -> bool:
        """Whether every set is asked for."""
        return not self.orders

    @property
    def method(self) -> str:
        """How the difference is allotted, in words."""
        if self.exact:
            return f"Shapley values, exact: all {len(self.wanted)} combinations of {self.count} groups solved"
        return f"Shapley values over {len(self.orders)} orders of {self.count} groups, {len(self.wanted)} plans solved"


def sets_of(count: int, seed: int = 0) -> Sets:
    """Sets that the Shapley values of ``count`` changes need."""
    if count <= EXACT:
        return Sets(count, (), tuple(range(2**count)))
    random = np.random.default_rng(seed)
    drawn = [tuple(random.permutation(count).tolist()) for _ in range(ORDERS // 2)]
    orders = tuple(order for one in drawn for order in (one, one[::-1]))
    wanted = dict.fromkeys(sum(1 << k for k in order[:size]) for order in orders for size in range(count + 1))
    return Sets(count, orders, tuple(wanted))


def shapley(sets: Sets, worth: Mapping[int, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Shapley values of every account, and their standard errors.

    Parameters
    ----------
    sets
        Which sets were asked for.
    worth
        By set, float (accounts,).

    Returns
    -------
    Two arrays, float (count, accounts); the second is 0 where every set was asked for.
    """
    width = len(worth[0])
    if sets.exact:
        amounts = np.zeros((sets.count, width))
        for chosen, value in worth.items():
            size = chosen.bit_count()
            for k in range(sets.count):
                if chosen >> k & 1:
                    amounts[k] += value * (math.factorial(size - 1) * math.factorial(sets.count - size))
                else:
                    amounts[k] -= value * (math.factorial(size) * math.factorial(sets.count - size - 1))
        return amounts / math.factorial(sets.count), np.zeros((sets.count, width))
    gains = np.zeros((len(sets.orders), sets.count, width))
    for row, order in enumerate(sets.orders):
        chosen = 0
        for k in order:
            gains[row, k] = worth[chosen | 1 << k] - worth[chosen]
            chosen |= 1 << k
    # An order and its reverse are not independent; their mean is one draw.
    draws = 0.5 * (gains[0::2] + gains[1::2])
    return gains.mean(axis=0), draws.std(axis=0, ddof=1) / math.sqrt(len(draws))


def ranges(sets: Sets, worth: Mapping[int, float]) -> FloatArray:
    """Least and greatest of what each change adds in the orders that were looked at, float (count, 2)."""
    pairs = (
        ((k, chosen, chosen | 1 << k) for chosen in worth for k in range(sets.count) if not chosen >> k & 1)
        if sets.exact
        else ((k, *_around(order, k)) for order in sets.orders for k in order)
    )
    found = np.tile([math.inf, -math.inf], (sets.count, 1))
    for k, before, after in pairs:
        added = worth[after] - worth[before]
        found[k] = min(found[k, 0], added), max(found[k, 1], added)
    return found


def _around(order: tuple[int, ...], change: int) -> tuple[int, int]:
    """The sets before and after a change is made in an order."""
    before = sum(1 << k for k in order[: order.index(change)])
    return before, before | 1 << change


def in_cents(start: float, amounts: Sequence[float]) -> list[float]:
    """Steps of a ladder in whole cents whose sum is the rounded end less the rounded start.

    The levels are rounded, not the steps: each step is off by less than a cent, their sum by nothing.
    """
    levels = np.round(np.cumsum([start, *amounts]), 2)
    return [round(float(step), 2) for step in np.diff(levels)]
