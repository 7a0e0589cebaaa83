"""Rows that say that flows stand in given proportions, with what they imply once the common factor is divided out.

A unit whose feeds and products keep proportions ``x_i : x_k = h_i : h_k`` is often written as one row for each product
over the sum of its feeds,

    (sum_i x_i) y = z (sum_i h_i)          with ratio rows  x_i h_r = x_r h_i

The ratio rows make ``x_i = t h_i`` with ``t = x_r / h_r``, so the row says ``t y S = z S`` with ``S = sum_i h_i``.
Where S is above zero at every point (all h at least zero, h_r above zero) it is the same as

    x_r y = h_r z

which has one product where the row has many, and none of degree three behind it. The row is replaced by this one in
the form for bounds; no point is lost or won.
"""

from __future__ import annotations

import numpy as np

from netback.program.problem import FloatArray, Problem, Products

Term = tuple[int, int, float]
Pair = frozenset[int]


def divided(problem: Problem, lower: FloatArray) -> Problem:
    """Replace rows over proportional flows by what they imply; ``lower`` (n,) are valid lower ends."""
    by_row = _product_rows(problem)
    ratios = {
        frozenset((frozenset(terms[0][:2]), frozenset(terms[1][:2])))
        for terms in by_row.values()
        if len(terms) == 2 and terms[0][2] == -terms[1][2]
    }
    new: dict[int, list[Term]] = {}
    for row, terms in by_row.items():
        if len(terms) >= 4 and (found := _implied(terms, ratios, lower)) is not None:
            new[row] = found
    return _replaced(problem, new) if new else problem


def _product_rows(problem: Problem) -> dict[int, list[Term]]:
    """Terms of every equation that holds products alone and no constant."""
    terms = problem.products
    fit = (problem.row_lower == 0.0) & (problem.row_upper == 0.0) & (np.diff(problem.matrix.indptr) == 0)
    found: dict[int, list[Term]] = {}
    parts = (terms.rows, terms.columns_a, terms.columns_b, terms.coefficients)
    for row, a, b, c in zip(*(part.tolist() for part in parts), strict=True):
        if fit[row]:
            found.setdefault(row, []).append((a, b, c))
    return found


def _implied(terms: list[Term], ratios: set[frozenset[Pair]], lower: FloatArray) -> list[Term] | None:
    """What a row implies once divided, or None."""
    above = [term for term in terms if term[2] > 0.0]
    below = [(a, b, -c) for a, b, c in terms if c < 0.0]
    if len(above) != len(below):
        return None
    for one, other in ((above, below), (below, above)):
        for y in _shared(one):
            for z in _shared(other):
                found = _divided(_partners(one, y), _partners(other, z), ratios, lower)
                if found is not None:
                    return [(found[0], y, 1.0), (found[1], z, -1.0)]
    return None


def _shared(terms: list[Term]) -> set[int]:
    """Columns that stand in every term."""
    return set.intersection(*({a, b} for a, b, _ in terms))


def _partners(terms: list[Term], column: int) -> list[tuple[int, float]]:
    return [(b if a == column else a, c) for a, b, c in terms]


def _divided(
    flows: list[tuple[int, float]],
    shares: list[tuple[int, float]],
    ratios: set[frozenset[Pair]],
    lower: FloatArray,
) -> tuple[int, int] | None:
    """A flow and its share if all flows and shares pair up in proportion to them, with equal coefficients."""
    if not all(lower[share] >= 0.0 for share, _ in shares):
        return None
    for share, weight in shares:
        if not lower[share] > 0.0:
            continue
        for flow, own in flows:
            if own == weight and _pair_up(flow, share, flows, shares, ratios):
                return flow, share
    return None


def _pair_up(
    flow: int,
    share: int,
    flows: list[tuple[int, float]],
    shares: list[tuple[int, float]],
    ratios: set[frozenset[Pair]],
) -> bool:
    """Whether every other flow x has a share h of its own with ``x share = flow h`` among the ratio rows."""
    left = [(h, weight) for h, weight in shares if h != share]
    for x, own in flows:
        if x == flow:
            continue
        fits = [
            item
            for item in left
            if item[1] == own and frozenset((frozenset((x, share)), frozenset((flow, item[0])))) in ratios
        ]
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _replaced(problem: Problem, new: dict[int, list[Term]]) -> Problem:
    """The problem with the product terms of these rows exchanged."""
    terms = problem.products
    kept = ~np.isin(terms.rows, list(new))
    added = [(row, a, b, c) for row, items in new.items() for a, b, c in items]
    rows, first, second, values = (np.array(part) for part in zip(*added, strict=True))
    return problem.with_(
        products=Products.of(
            np.concatenate([terms.rows[kept], rows]),
            np.concatenate([terms.columns_a[kept], first]),
            np.concatenate([terms.columns_b[kept], second]),
            np.concatenate([terms.coefficients[kept], values]),
        )
    )
