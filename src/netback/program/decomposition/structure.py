"""Finds the block structure of a program: a few linking columns, and blocks that meet nowhere else.

Columns and rows form a two-sided graph, an edge for each coefficient and each factor of a product. Without the linking
columns the graph falls into parts; parts that hold much are blocks, the small rest joins the first stage. Two ways
propose linking columns: the columns that lack a label which others carry (a scenario, a period, a plant), and the
columns that stand in the most rows. Whatever proposes, the graph decides; the proposal with the fewest linking columns
is taken. Reference: Bergner et al., Automatic Dantzig-Wolfe reformulation of mixed integer programs (2015).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netback.program.index import IntArray
from netback.program.problem import BoolArray, Problem

#: Most linking columns: cuts and branching live in their space.
MOST_LINKING = 60
#: The linking columns are at most this part of all columns, and the largest block at most the next part of them.
LINKING_SHARE, BLOCK_SHARE = 0.25, 0.7
#: A part with fewer columns than this share of the largest is no block.
SMALL_PART = 0.1
#: Numbers of linking columns that are tried by the number of their rows.
DEGREES_TRIED = 12


@dataclass(frozen=True, eq=False)
class Blocks:
    """Columns and rows of the first stage and of every block, sorted ids.

    A row of a block holds columns of that block and of the first stage only; ``own_rows`` hold first-stage columns
    only. ``by`` says in words how the linking columns were found.
    """

    linking: IntArray
    own_rows: IntArray
    columns: tuple[IntArray, ...]
    rows: tuple[IntArray, ...]
    by: str

    def __len__(self) -> int:
        return len(self.columns)


def find_blocks(problem: Problem) -> Blocks | None:
    """The block structure with the fewest linking columns; None where there is none worth it."""
    graph = _Graph(problem)
    best: Blocks | None = None
    for linking, by in (*_by_label(problem), *_by_degree(graph)):
        if best is not None and linking.sum() >= len(best.linking):
            continue
        found = graph.blocks(linking, by)
        if found is not None and (best is None or len(found.linking) < len(best.linking)):
            best = found
    return best


def _by_label(problem: Problem) -> Iterator[tuple[BoolArray, str]]:
    """For every name of a label: the columns without it."""
    names = dict.fromkeys(name for block in problem.column_blocks for name in block.index.dims)
    for name in names:
        linking = np.ones(problem.shape[1], dtype=bool)
        for block in problem.column_blocks:
            if name in block.index.dims:
                linking[block.start : block.stop] = False
        if 0 < linking.sum() <= MOST_LINKING:
            yield linking, f'columns without the label "{name}"'


def _by_degree(graph: _Graph) -> Iterator[tuple[BoolArray, str]]:
    """Columns that stand in many rows, first only those that stand in the most."""
    levels = np.unique(graph.degree)[::-1]
    for level in levels[:DEGREES_TRIED]:
        linking = graph.degree >= level
        if linking.sum() > MOST_LINKING:
            return
        yield linking, f"columns that stand in {int(level)} rows or more"


class _Graph:
    """Rows and columns of a problem with their edges."""

    def __init__(self, problem: Problem) -> None:
        terms = problem.products
        self.shape = problem.shape
        own = np.repeat(np.arange(self.shape[0]), np.diff(problem.matrix.indptr))
        rows = np.concatenate([own, terms.rows, terms.rows])
        columns = np.concatenate([problem.matrix.indices, terms.columns_a, terms.columns_b])
        keys = np.unique(rows.astype(np.int64) * self.shape[1] + columns.astype(np.int64))
        self.rows, self.columns = keys // max(1, self.shape[1]), keys % max(1, self.shape[1])
        self.degree = np.bincount(self.columns, minlength=self.shape[1])
        self._products = terms

    def blocks(self, linking: BoolArray, by: str) -> Blocks | None:
        """What the graph falls into without these columns, if it is worth it."""
        part, count = self._parts(linking)
        sizes = np.bincount(part[part >= 0], minlength=count)
        if not count:
            return None
        is_block = sizes >= max(2.0, SMALL_PART * float(sizes.max()))
        number = np.where(is_block, np.cumsum(is_block) - 1, -1)
        # A small part without a link, or with products, may stand in any block and would burden the first stage.
        smallest = int(np.flatnonzero(is_block)[np.argmin(sizes[is_block])]) if is_block.any() else -1
        apart = ~is_block & self._kept_out(part, linking, count)
        number = np.where(apart & (smallest >= 0), number[smallest], number)
        block = np.where(part >= 0, number[part], -1)
        first = np.flatnonzero(block < 0)
        if not self._worth(len(first), np.bincount(block[block >= 0])) or self._multiplies(first):
            return None
        row_block = np.full(self.shape[0], -1, dtype=np.int64)
        inside = block[self.columns] >= 0
        row_block[self.rows[inside]] = block[self.columns[inside]]
        return Blocks(
            first,
            np.flatnonzero(row_block < 0),
            _grouped(block, int(is_block.sum())),
            _grouped(row_block, int(is_block.sum())),
            by,
        )

    def _parts(self, linking: BoolArray) -> tuple[IntArray, int]:
        """Number of the connected part of every column, -1 for the linking ones; and how many parts there are."""
        import scipy.sparse as sparse
        from scipy.sparse import csgraph

        kept = ~linking[self.columns]
        size = sum(self.shape)
        rows, columns = self.columns[kept], self.shape[1] + self.rows[kept]
        graph = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
        _, label = csgraph.connected_components(graph.tocsr(), directed=False)
        own = label[: self.shape[1]]
        free = np.flatnonzero(~linking)
        known, inverse = np.unique(own[free], return_inverse=True)
        part = np.full(self.shape[1], -1, dtype=np.int64)
        part[free] = inverse
        return part, len(known)

    def _kept_out(self, part: IntArray, linking: BoolArray, count: int) -> BoolArray:
        """Whether a part shares no row with a linking column, or holds a factor of a product; (count,)."""
        touched_row = np.zeros(self.shape[0], dtype=bool)
        touched_row[self.rows[linking[self.columns]]] = True
        joined = touched_row[self.rows] & ~linking[self.columns]
        touches = np.zeros(count, dtype=bool)
        touches[part[self.columns[joined]]] = True
        factors = np.concatenate([self._products.columns_a, self._products.columns_b])
        multiplies = np.zeros(count, dtype=bool)
        multiplies[part[factors[part[factors] >= 0]]] = True
        return ~touches | multiplies

    def _worth(self, first: int, sizes: IntArray) -> bool:
        columns = self.shape[1]
        few = first <= min(MOST_LINKING, LINKING_SHARE * columns)
        return bool(few and len(sizes) >= 2 and sizes.max() <= BLOCK_SHARE * columns)

    def _multiplies(self, first: IntArray) -> bool:
        """Whether first-stage columns are multiplied with each other: the first stage is kept linear."""
        inside = np.zeros(self.shape[1], dtype=bool)
        inside[first] = True
        return bool((inside[self._products.columns_a] & inside[self._products.columns_b]).any())


def _grouped(number: IntArray, count: int) -> tuple[IntArray, ...]:
    """Sorted ids of every group 0, 1, ...; ids with a negative number belong to none."""
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(count + 1))
    return tuple(order[start:stop] for start, stop in itertools.pairwise(ends.tolist()))
