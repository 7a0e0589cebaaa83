"""Tranches of an offer and tiers of a sale are filled in their order, where a plan would not keep it by itself.

    early step >= its greatest quantity x full,    late step <= its greatest quantity x full,    full 0 or 1
    full of a later step <= full of the step before

Reference: switches for stepped prices, Williams, Model Building in Mathematical Programming, ch. 9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from netback.refinery.build import Build, IntArray


def steps_to_order(owners: Sequence[str], better: Callable[[int, int], bool]) -> list[tuple[int, int]]:
    """Neighbouring tranches or tiers of one owner whose order must be forced.

    ``better(early, late)`` says whether a plan would rather take the late one. A border between two steps needs no
    forcing where nothing behind it is better than anything before it; then the order follows by itself. Comparing
    neighbours alone is not enough: with prices 5, 6, 1 a plan would leave out the first to reach the third sooner.
    """
    pairs: list[tuple[int, int]] = []
    start = 0
    while start < len(owners):
        stop = start + 1
        while stop < len(owners) and owners[stop] == owners[start]:
            stop += 1
        for border in range(start + 1, stop):
            before, behind = range(start, border), range(border, stop)
            if any(better(early, late) for early in before for late in behind):
                pairs.append((border - 1, border))
        start = stop
    return pairs


def chain_steps(
    build: Build,
    name: str,
    dims: tuple[str, str],
    pairs: Sequence[tuple[int, int]],
    keys: Sequence[tuple[str, str]],
    full: IntArray,
) -> None:
    """Rows ``name[key, period]``: a step is full only when the one before is, though its greatest quantity be zero.

    ``keys`` are the labels of the early steps of ``pairs`` and ``full`` int (pairs, periods) their binaries.
    """
    linked = [k for k in range(1, len(pairs)) if pairs[k - 1][1] == pairs[k][0]]
    rows = build.constraints(name, dims, [keys[k] for k in linked], -np.inf, 0.0)
    if rows is not None:
        build.builder.add_terms(rows.ids, full[linked], 1.0)
        build.builder.add_terms(rows.ids, full[[k - 1 for k in linked]], -1.0)
