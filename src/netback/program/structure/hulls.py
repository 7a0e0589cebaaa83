"""The quality of a mix lies between those of what is mixed: ranges of qualities along a network.

Looked for in the rows of a plain program: an equation ``sum_i t_i = c q F`` without a constant, in which each term is
``t_i = a_i f_i`` (a known quality) or ``t_i = c_i q_i f_i``, all c, c_i, a_i of one sign pattern, and an equation
``F = sum_i y_i f_i`` with every ``y_i > 0`` over the same flows (or F itself, where one stream only
changes its name), all flows at least zero. Then, where F is not zero,

    min_i (c_i q_i) / (c y_i)  <=  q  <=  max_i (c_i q_i) / (c y_i)

with a zero for flows of the balance that bring nothing. The same holds where the row is split in parts, each amount
named by a column: ``F = q V`` and ``F_i = q_i V_i`` (mass is density times volume) with balances of all F and of all V;
and where the total has no column: ``F = q sum_i d_i f_i`` with ``F = sum_i y_i f_i`` puts q between the ``y_i / d_i``.
Applied in turn until nothing moves, from feeds to products.
Where F is zero the mix does not exist and its quality may be anything: such a range holds for some best point, not for
all points, and :func:`hulls` says which flows it leans on. Ends are moved outward by more than the rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.program.bounds.ranges import Ranges
from netback.program.bounds.safe import EPSILON
from netback.program.problem import FloatArray, Problem

IntArray = NDArray[np.int64]
#: Passes over all mixes; a network has no longer chain of pools than this.
PASSES = 60


@dataclass(frozen=True, eq=False)
class Mix:
    """One mix: ``quality`` of the flow ``total``, from ``sources`` (k,) with factors (k,); -1 for a known quality.

    The quality is a mean of ``factors * x[sources]`` (``factors`` alone where the source is -1).
    """

    quality: int
    total: int
    sources: IntArray
    factors: FloatArray


def mixes(problem: Problem) -> list[Mix]:
    """Find the mixes of a program."""
    balances = _balances(problem)
    by_row = _terms_by_row(problem)
    found = _by_amounts(problem, by_row, balances)
    for row, terms in by_row.items():
        if problem.row_lower[row] != 0.0 or problem.row_upper[row] != 0.0:
            continue
        at = slice(problem.matrix.indptr[row], problem.matrix.indptr[row + 1])
        linear = list(zip(problem.matrix.indices[at].tolist(), problem.matrix.data[at].tolist(), strict=True))
        for lone in range(len(terms)):
            found += _mixes_of(terms, linear, lone, balances)
        if len(linear) == 1 and len(terms) > 1:
            found += _of_shares(problem, terms, linear[0], balances)
    return found


def _of_shares(
    problem: Problem,
    terms: list[tuple[int, int, float]],
    amount: tuple[int, float],
    balances: dict[int, list[dict[int, float]]],
) -> list[Mix]:
    """The mix ``F = q sum d f`` with ``F = sum y f``."""
    column, value = amount
    found = []
    for quality in set.intersection(*({a, b} for a, b, _ in terms)):
        volumes = {(b if a == quality else a): -c / value for a, b, c in terms}
        if not (problem.column_lower[list(volumes)] >= 0.0).all():
            continue
        for shares in balances.get(column, []):
            if min(volumes.values()) > 0.0 and set(shares) <= set(volumes):
                factors = np.array([shares.get(flow, 0.0) / d for flow, d in volumes.items()])
                found.append(Mix(quality, column, np.full(len(factors), -1), factors))
    return found


def _by_amounts(
    problem: Problem,
    by_row: dict[int, list[tuple[int, int, float]]],
    balances: dict[int, list[dict[int, float]]],
) -> list[Mix]:
    """Mixes whose amounts ``F = c q V`` are columns of their own."""
    matrix, amounts = problem.matrix, dict[int, list[tuple[int, int, float]]]()
    for row, terms in by_row.items():
        first, last = int(matrix.indptr[row]), int(matrix.indptr[row + 1])
        is_bare = problem.row_lower[row] == 0.0 == problem.row_upper[row]
        if is_bare and len(terms) == 1 and last - first == 1:
            a, b, c = terms[0]
            factor = -c / float(matrix.data[first])
            amounts.setdefault(int(matrix.indices[first]), []).extend([(a, b, factor), (b, a, factor)])
    found = []
    for amount, ways in amounts.items():
        for quality, total, factor in ways:
            for masses in balances.get(amount, []):
                for volumes in balances.get(total, []):
                    mix = _mix_of_amounts(quality, total, factor, masses, volumes, amounts)
                    found += [] if mix is None else [mix]
    return found


def _mix_of_amounts(
    quality: int,
    total: int,
    factor: float,
    masses: dict[int, float],
    volumes: dict[int, float],
    amounts: dict[int, list[tuple[int, int, float]]],
) -> Mix | None:
    left, sources, factors = dict(volumes), [], []
    for mass, share in masses.items():
        fits = [way for way in amounts.get(mass, []) if way[1] in left]
        if len(fits) != 1 or fits[0][0] == quality:
            return None
        source, volume, own = fits[0]
        sources.append(source)
        factors.append(share * own / factor / left.pop(volume))
    if left:
        return None
    return Mix(quality, total, np.array(sources, dtype=np.int64), np.array(factors))


def _terms_by_row(problem: Problem) -> dict[int, list[tuple[int, int, float]]]:
    terms = problem.products
    by_row: dict[int, list[tuple[int, int, float]]] = {}
    parts = (terms.rows, terms.columns_a, terms.columns_b, terms.coefficients)
    for row, a, b, c in zip(*(part.tolist() for part in parts), strict=True):
        by_row.setdefault(row, []).append((a, b, c))
    return by_row


def _balances(problem: Problem) -> dict[int, list[dict[int, float]]]:
    """For every flow the equations ``F = sum y f`` with positive y over flows that are at least zero."""
    matrix = problem.matrix
    fit = (problem.row_lower == 0.0) & (problem.row_upper == 0.0)
    fit[problem.products.rows] = False
    found: dict[int, list[dict[int, float]]] = {}
    for row in np.flatnonzero(fit & (np.diff(matrix.indptr) > 1)).tolist():
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns, values = matrix.indices[at], matrix.data[at]
        if not (problem.column_lower[columns] >= 0.0).all():
            continue
        for sign in (1.0, -1.0):
            lone = np.flatnonzero(sign * values > 0.0)
            if len(lone) == 1:
                k = int(lone[0])
                shares = {
                    int(columns[i]): float(-values[i] / values[k]) for i in range(len(columns)) if i != k
                }
                found.setdefault(int(columns[k]), []).append(shares)
    return found


def _mixes_of(
    terms: list[tuple[int, int, float]],
    linear: list[tuple[int, float]],
    lone: int,
    balances: dict[int, list[dict[int, float]]],
) -> list[Mix]:
    """Mixes in which the product ``terms[lone]`` is quality times total."""
    a, b, c = terms[lone]
    others = [term for k, term in enumerate(terms) if k != lone]
    found = []
    for quality, total in ((a, b), (b, a)):
        for shares in [*balances.get(total, []), {total: 1.0}]:
            mix = _mix(quality, total, c, others, linear, shares)
            if mix is not None:
                found.append(mix)
                break
    return found


def _mix(
    quality: int,
    total: int,
    c: float,
    others: list[tuple[int, int, float]],
    linear: list[tuple[int, float]],
    shares: dict[int, float],
) -> Mix | None:
    """The mix with these terms if every term stands on a flow of the balance, each flow once."""
    left, sources, factors = dict(shares), [], []
    for column, value in linear:
        if column not in left:
            return None
        sources.append(-1)
        factors.append(-value / c / left.pop(column))
    for a, b, value in others:
        flow, source = (a, b) if a in left else (b, a)
        if flow not in left or source == quality:
            return None
        sources.append(source)
        factors.append(-value / c / left.pop(flow))
    if left:
        sources.append(-1)
        factors.append(0.0)
    return Mix(quality, total, np.array(sources, dtype=np.int64), np.array(factors))


def hulls(found: list[Mix], ranges: Ranges, *, flowing: bool) -> Ranges:
    """Narrow the ranges of qualities to those of what is mixed.

    Parameters
    ----------
    found
        The mixes of a program.
    ranges
        Valid ranges (n,).
    flowing
        True: only mixes whose total is above zero throughout its range, which cuts off no point. False: all mixes,
        for points only; where a total is zero its quality may then miss a better number, never a better plan of flows.
    """
    low, high = ranges.lower.copy(), ranges.upper.copy()
    for _ in range(PASSES):
        before = low.copy(), high.copy()
        for mix in found:
            if not flowing or low[mix.total] > 0.0:
                _narrow(mix, low, high)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return Ranges(low, high, empty=bool((low > high).any()))


def _narrow(mix: Mix, low: FloatArray, high: FloatArray) -> None:
    """Narrow the range of one quality in place; left as it is where the two would not meet."""
    known = mix.sources < 0
    least = np.where(known, 1.0, low[mix.sources])
    most = np.where(known, 1.0, high[mix.sources])
    with np.errstate(invalid="ignore"):
        ends = np.stack([mix.factors * least, mix.factors * most])
    if np.isnan(ends).any():
        return
    floor, ceiling = float(ends.min()), float(ends.max())
    floor -= 8.0 * EPSILON * abs(floor) if np.isfinite(floor) else 0.0
    ceiling += 8.0 * EPSILON * abs(ceiling) if np.isfinite(ceiling) else 0.0
    quality = mix.quality
    if floor > high[quality] or ceiling < low[quality]:
        return
    low[quality], high[quality] = max(low[quality], floor), min(high[quality], ceiling)
