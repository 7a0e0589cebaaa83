"""Programs as plain data, from which every modelling library builds the same linear program.

A program is a list of column blocks and row blocks over (key, period), and links between them: in row ``rows[i]`` the
column ``columns[i]`` has the coefficient ``coefficients[i, period]``, in every period (with ``lag`` 1 the column of the
period before). That is how a planner's tables state a program: a yield links a run to the balance of a product.
Nothing here is a finished matrix: no row or column has a number of its own yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netback.program.problem import Block, Problem

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Sense = Literal["<=", ">=", "="]


@dataclass(frozen=True, eq=False)
class Columns:
    """A block of columns: ``lower``, ``upper`` and ``cost`` are float (keys, periods)."""

    name: str
    dims: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    lower: FloatArray
    upper: FloatArray
    cost: FloatArray


@dataclass(frozen=True, eq=False)
class Rows:
    """A block of rows of one sense: ``rhs`` is float (keys, periods)."""

    name: str
    dims: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    sense: Sense
    rhs: FloatArray


@dataclass(frozen=True, eq=False)
class Link:
    """Entries of one column block in one row block: positions (n,) and coefficients (n, periods - lag)."""

    rows: str
    columns: str
    row: IntArray
    column: IntArray
    coefficients: FloatArray
    lag: int = 0


@dataclass(frozen=True, eq=False)
class Program:
    """A program to be built; it is maximised. ``grid``: sizes of the dimensions of a regular program, else empty."""

    name: str
    periods: tuple[str, ...]
    columns: tuple[Columns, ...]
    rows: tuple[Rows, ...]
    links: tuple[Link, ...]
    grid: tuple[int, ...] = ()

    @property
    def size(self) -> tuple[int, int, int]:
        """Rows, columns, nonzeros."""
        rows = sum(block.rhs.size for block in self.rows)
        columns = sum(block.lower.size for block in self.columns)
        return rows, columns, sum(link.coefficients.size for link in self.links)


def program_of(problem: Problem, name: str) -> Program:
    """The data behind a compiled plan. A row with two different limits becomes two rows, one without any is left out.

    The peers have no rows with two limits, so that only this gives all of them the same number of rows.
    """
    entries = _Entries(problem)
    rows, links = [], []
    for block in problem.row_blocks:
        for made, kept in _senses(problem, block):
            rows.append(made)
            links.extend(entries.links(block, made.name, kept))
    columns = tuple(_columns(problem, block) for block in problem.column_blocks)
    periods = tuple(key[0] for key in problem.row_blocks[0].index.axes[1])
    return Program(name, periods, columns, tuple(rows), tuple(links))


def _columns(problem: Problem, block: Block) -> Columns:
    span = slice(block.start, block.stop)
    parts = (problem.column_lower, problem.column_upper, problem.objective)
    lower, upper, cost = (np.array(part[span]).reshape(block.index.shape) for part in parts)
    return Columns(block.name, block.index.dims[:-1], block.index.axes[0], lower, upper, cost)


def _senses(problem: Problem, block: Block) -> list[tuple[Rows, IntArray]]:
    """Rows of one sense and the keys of the block that they come from."""
    span = slice(block.start, block.stop)
    lower = problem.row_lower[span].reshape(block.index.shape)
    upper = problem.row_upper[span].reshape(block.index.shape)
    equal = (lower == upper).all(axis=1)
    sides: tuple[tuple[Sense, FloatArray, NDArray[np.bool_]], ...] = (
        ("=", lower, equal),
        ("<=", upper, np.isfinite(upper).all(axis=1) & ~equal),
        (">=", lower, np.isfinite(lower).all(axis=1) & ~equal),
    )
    made = []
    for sense, rhs, chosen in sides:
        kept = np.flatnonzero(chosen)
        if len(kept):
            suffix = {"=": "", "<=": "_most", ">=": "_least"}[sense]
            keys = tuple(block.index.axes[0][k] for k in kept)
            made.append((Rows(block.name + suffix, block.index.dims[:-1], keys, sense, rhs[kept]), kept))
    return made


class _Entries:
    """The coefficients of a compiled problem, told by block, key and period."""

    def __init__(self, problem: Problem) -> None:
        coo = problem.matrix.tocoo()
        row, column = (part.astype(np.int64) for part in coo.coords)
        self.problem, self.value = problem, coo.data
        self.row_block, self.row_key, self.row_period = _decoded(problem.row_blocks, row)
        self.column_block, self.column_key, self.column_period = _decoded(problem.column_blocks, column)

    def links(self, block: Block, name: str, kept: IntArray) -> list[Link]:
        number = self.problem.row_blocks.index(block)
        place = np.full(block.index.shape[0], -1)
        place[kept] = np.arange(len(kept))
        mine = np.flatnonzero(
            (self.row_block == number) & (place[np.where(self.row_block == number, self.row_key, 0)] >= 0)
        )
        found = []
        for other in np.unique(self.column_block[mine]):
            chosen = mine[self.column_block[mine] == other]
            lag = self.row_period[chosen] - self.column_period[chosen]
            for step in np.unique(lag):
                found.append(self._link(name, place, int(other), int(step), chosen[lag == step]))
        return found

    def _link(self, name: str, place: IntArray, other: int, lag: int, chosen: IntArray) -> Link:
        periods = self.problem.row_blocks[0].index.shape[1] - lag
        order = np.lexsort((self.row_period[chosen], self.row_key[chosen], self.column_key[chosen]))
        at = chosen[order].reshape(-1, periods)
        if (
            np.ptp(self.row_key[at], axis=1).any() or np.ptp(self.column_key[at], axis=1).any()
        ) and periods > 1:
            raise ValueError(f"{name}: an entry is missing in some period")
        columns = self.problem.column_blocks[other].name
        row, column = place[self.row_key[at[:, 0]]], self.column_key[at[:, 0]]
        return Link(name, columns, row, column, self.value[at], lag)


def _decoded(blocks: tuple[Block, ...], ids: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Block, key and period of ids."""
    starts = np.array([block.start for block in blocks])
    widths = np.array([block.index.shape[1] for block in blocks])
    number = np.searchsorted(starts, ids, side="right") - 1
    inside = ids - starts[number]
    return number, inside // widths[number], inside % widths[number]


def regular(sources: int, places: int, goods: int, periods: int, seed: int = 2026) -> Program:
    """A dense program: goods from every source to every place in every period.

    No two blocks differ in shape and every row has as many entries as the next: the structure for which array
    libraries are made. Supply per source and good, demand per place and good, capacity per source and place.
    """
    draw = np.random.default_rng(seed)
    i, j, k = (
        part.ravel() for part in np.meshgrid(range(sources), range(places), range(goods), indexing="ij")
    )
    entries = len(i)
    shape = (entries, periods)
    profit = draw.uniform(20, 60, (places, goods, 1))[j, k] - draw.uniform(1, 40, (sources, places, 1))[i, j]
    keys = tuple((f"s{a}", f"p{b}", f"g{c}") for a, b, c in zip(i, j, k, strict=True))
    flow = Columns(
        "flow", ("source", "place", "good"), keys, np.zeros(shape), np.full(shape, 50.0),
        profit + draw.normal(0, 2, shape),
    )  # fmt: skip

    def rows(
        name: str, sense: Sense, dims: tuple[str, str], sizes: tuple[int, int], low: float, high: float
    ) -> Rows:
        names = tuple(
            (f"{dims[0][0]}{a}", f"{dims[1][0]}{b}") for a in range(sizes[0]) for b in range(sizes[1])
        )
        return Rows(name, dims, names, sense, draw.uniform(low, high, (len(names), periods)))

    blocks = (
        rows("supply", "<=", ("source", "good"), (sources, goods), 0.4 * places, 0.8 * places),
        rows("demand", "<=", ("place", "good"), (places, goods), 0.4 * sources, 0.8 * sources),
        rows("capacity", "<=", ("source", "place"), (sources, places), 0.3 * goods, 0.8 * goods),
    )
    everything, ones = np.arange(entries), np.ones(shape)
    weights = np.broadcast_to(draw.uniform(0.5, 2.0, (goods, 1))[k], shape).copy()
    links = (
        Link("supply", "flow", i * goods + k, everything, ones),
        Link("demand", "flow", j * goods + k, everything, ones),
        Link("capacity", "flow", i * places + j, everything, weights),
    )
    names = tuple(f"t{t}" for t in range(periods))
    return Program(
        f"regular {sources} x {places} x {goods} x {periods}",
        names,
        (flow,),
        blocks,
        links,
        (sources, places, goods),
    )
