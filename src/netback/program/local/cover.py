"""Complicating columns: fix them and every product term is linear.

The product graph has a vertex per column that is in a product and an edge per distinct pair. A set of columns
whose fixing leaves only linear terms is a vertex cover of it. Where the graph is bipartite a smallest cover is found
exactly by matching (Konig's theorem; Hopcroft and Karp 1973), else a greedy one is made minimal. Columns whose bounds
fix them already are left out: their products are linear as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse import csgraph

from netback.errors import Finding, ModelError
from netback.program.index import IntArray
from netback.program.problem import BoolArray, FloatArray, Problem, Products


@dataclass(frozen=True, eq=False)
class Cover:
    """Two sets of columns, sorted; fixing either makes the program linear.

    ``first`` is the smaller one; ``second`` holds every partner of ``first`` and, where two columns of ``first`` are
    partners of each other, one of those. ``is_smallest`` says that no cover has fewer columns than ``first``;
    ``block`` is the connected part of the product graph of every product column, -1 elsewhere, int (n,).
    """

    first: IntArray
    second: IntArray
    is_smallest: bool
    block: IntArray

    @property
    def blocks(self) -> int:
        """Number of connected parts of the product graph."""
        return int(self.block.max(initial=-1)) + 1


def product_pairs(problem: Problem) -> IntArray:
    """Distinct pairs of columns (k, 2) that are multiplied and are both free to move."""
    terms = problem.products
    free = problem.column_lower < problem.column_upper
    keep = free[terms.columns_a] & free[terms.columns_b]
    pairs = np.stack([terms.columns_a[keep], terms.columns_b[keep]], axis=1)
    return np.unique(pairs, axis=0) if len(pairs) else pairs.astype(np.int64)


def cover(problem: Problem) -> Cover:
    """Find the two sides of a program's products, block by block of the product graph."""
    pairs, columns = product_pairs(problem), problem.shape[1]
    block = _components(pairs, columns)
    colour, is_odd = _colours(pairs, columns, block)
    first = np.zeros(columns, dtype=bool)
    odd_pair = is_odd[block[pairs[:, 0]]] if len(pairs) else np.zeros(0, dtype=bool)
    first[_by_matching(pairs[~odd_pair], colour, columns)] = True
    first[_greedy(pairs[odd_pair], columns)] = True
    second = _other_side(pairs, first)
    return Cover(np.flatnonzero(first), np.flatnonzero(second), not odd_pair.any(), block)


def _components(pairs: IntArray, columns: int) -> IntArray:
    """Block number of every product column, -1 elsewhere."""
    block = np.full(columns, -1, dtype=np.int64)
    if len(pairs):
        used, inverse = np.unique(pairs, return_inverse=True)
        inverse = inverse.reshape(pairs.shape)
        _, label = csgraph.connected_components(_graph(inverse, len(used)), directed=False)
        block[used] = label
    return block


def _graph(pairs: IntArray, size: int) -> sparse.csr_array[np.float64]:
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return sparse.csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(size, size))


def _colours(pairs: IntArray, columns: int, block: IntArray) -> tuple[IntArray, BoolArray]:
    """Colour 0 or 1 of every column (n,) by distance within its block, and which blocks cannot be two-coloured."""
    colour = np.zeros(columns, dtype=np.int64)
    is_odd = np.zeros(int(block.max(initial=-1)) + 1, dtype=bool)
    if not len(pairs):
        return colour, is_odd
    graph = _graph(pairs, columns)
    _, starts = np.unique(block, return_index=True)
    for start in starts[np.unique(block) >= 0].tolist():
        order, parent = csgraph.breadth_first_order(graph, start, directed=False)
        for column in order[1:].tolist():
            colour[column] = 1 - colour[parent[column]]
    same = colour[pairs[:, 0]] == colour[pairs[:, 1]]
    is_odd[block[pairs[same, 0]]] = True
    return colour, is_odd


def _by_matching(pairs: IntArray, colour: IntArray, columns: int) -> IntArray:
    """Smallest vertex cover of a two-coloured graph: Konig's construction from a maximum matching."""
    if not len(pairs):
        return np.zeros(0, dtype=np.int64)
    swap = colour[pairs[:, 0]] == 1
    left, right = np.where(swap, pairs[:, 1], pairs[:, 0]), np.where(swap, pairs[:, 0], pairs[:, 1])
    graph = sparse.csr_array((np.ones(len(pairs)), (left, right)), shape=(columns, columns))
    mate = csgraph.maximum_bipartite_matching(graph, perm_type="row")  # of every right column, its left one
    partner = np.full(columns, -1, dtype=np.int64)
    partner[mate[mate >= 0]] = np.flatnonzero(mate >= 0)
    reached = np.zeros(columns, dtype=bool)
    queue = [int(column) for column in np.unique(left) if partner[column] < 0]
    reached[queue] = True
    while queue:
        column = queue.pop()
        for other in graph.indices[graph.indptr[column] : graph.indptr[column + 1]].tolist():
            if not reached[other]:
                reached[other] = True
                back = int(mate[other])
                if back >= 0 and not reached[back]:
                    reached[back] = True
                    queue.append(back)
    lefts, rights = np.unique(left), np.unique(right)
    return np.concatenate([lefts[~reached[lefts]], rights[reached[rights]]])


def _greedy(pairs: IntArray, columns: int) -> IntArray:
    """Cover by highest remaining degree, squares first, then without what is not needed."""
    chosen = np.zeros(columns, dtype=bool)
    chosen[pairs[pairs[:, 0] == pairs[:, 1], 0]] = True
    while True:
        left = pairs[~(chosen[pairs[:, 0]] | chosen[pairs[:, 1]])]
        if not len(left):
            break
        chosen[int(np.argmax(np.bincount(left.ravel(), minlength=columns)))] = True
    for column in np.flatnonzero(chosen).tolist():
        mine = pairs[(pairs[:, 0] == column) | (pairs[:, 1] == column)]
        others = np.where(mine[:, 0] == column, mine[:, 1], mine[:, 0])
        if not (others == column).any() and chosen[others].all():
            chosen[column] = False
    return np.flatnonzero(chosen)


def _other_side(pairs: IntArray, first: BoolArray) -> BoolArray:
    """The partners of a cover: itself a cover, as far as possible without the columns of the first."""
    second = np.zeros(len(first), dtype=bool)
    mixed = first[pairs[:, 0]] != first[pairs[:, 1]]
    second[np.where(first[pairs[mixed, 0]], pairs[mixed, 1], pairs[mixed, 0])] = True
    for a, b in pairs[~mixed].tolist():
        if not (second[a] or second[b]):
            second[a] = True
    return second


def fixed(problem: Problem, columns: IntArray, values: FloatArray) -> Problem:
    """Set columns to values and put them into every product; linear if the columns are a cover.

    The columns keep their place, with both bounds at the value. A value outside a column's bounds is moved to the
    bound, and an integer column's value to the nearest whole number within them.

    Raises
    ------
    ModelError
        If columns and values differ in length or a value is not a finite number.
    """
    columns, values = np.asarray(columns, dtype=np.int64), np.asarray(values, dtype=np.float64)
    if columns.shape != values.shape:
        what = f"{len(columns)} columns and values of shape {values.shape} do not fit."
        raise ModelError(Finding(f"problem {problem.name}", what))
    for at in np.flatnonzero(~np.isfinite(values))[:10]:
        raise ModelError(
            Finding(problem.column_label(int(columns[at])), f"value {values[at]!r} is not finite.")
        )
    values = np.where(problem.integer[columns], np.round(values), values)
    values = np.clip(values, problem.column_lower[columns], problem.column_upper[columns])
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    lower[columns] = upper[columns] = values
    is_set = lower == upper
    matrix, products = substituted(problem, is_set, lower)
    return problem.with_(matrix=matrix, products=products, column_lower=lower, column_upper=upper)


def substituted(
    problem: Problem, is_set: NDArray[np.bool_], values: FloatArray
) -> tuple[sparse.csr_array[np.float64], Products]:
    """Matrix and remaining products when the columns marked (n,) take their values (n,) in every product."""
    terms = problem.products
    set_a, set_b = is_set[terms.columns_a], is_set[terms.columns_b]
    linear = set_a | set_b
    keep = np.where(set_a, terms.columns_b, terms.columns_a)[linear]
    known = np.where(set_a, terms.columns_a, terms.columns_b)[linear]
    extra = (terms.coefficients[linear] * values[known], (terms.rows[linear], keep))
    matrix = sparse.csr_array(problem.matrix + sparse.csr_array(extra, shape=problem.shape))
    left = ~linear
    rest = (terms.rows[left], terms.columns_a[left], terms.columns_b[left], terms.coefficients[left])
    return matrix, Products.of(*rest)
