"""What matters of a mix: the sums over its lots that any row of the plan can tell apart.

Two mixes of one stream do the same for a user when every row and every cost that the user's flow enters sees the
same sum. So what matters of a stream s with lots l is a space of vectors over its lots,

    S(s) = span of { 1 },  the coefficients of its users' columns in every row and in the objective,
                         and  phi B  for every phi in S(t), where B(m, l) is what lot l adds to lot m of a stream t

found by going round until nothing is added: what matters of a product matters of the feed. Rows that balance the lots
themselves are left out; a mix is no less good because another crude carries the same qualities. From S(s) follow

    classes     lots that no vector of S(s) tells apart: one share for all of them
    qualities   a basis of S(s) beside the constant: what the p form has to keep equal for all users, no more

Where S(s) is the constant alone nobody can tell how the stream is mixed, and it needs no pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from netback.errors import DataError
from netback.refinery.build import Build, FloatArray, IntArray

#: Vectors that differ by less than this part of their size are one.
_EQUAL = 1e-9
#: Parts of a unit vector below this are rounding of the decomposition that it comes from.
_ROUNDING = 1e-13
#: Columns of every user of a stream by name, int (lots, periods).
Users = Mapping[str, IntArray]


@dataclass(frozen=True, eq=False)
class Quality:
    """One quality that a pool keeps equal for all its users: ``weights`` per uom of the stream, float (lots,)."""

    name: str
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class Matter:
    """What matters of one stream: the class of every lot, int (lots,), and its qualities."""

    classes: IntArray
    qualities: tuple[Quality, ...]

    @property
    def count(self) -> int:
        """Number of classes."""
        return int(self.classes.max()) + 1


def what_matters(build: Build, users: Mapping[str, Users]) -> dict[str, Matter]:
    """What matters of every stream that is mixed.

    Parameters
    ----------
    build
        The plan with all its rows and costs, but without pools.
    users
        Of every mixed stream, the columns of its users.
    """
    spaces = _spaces(_Seen(build, users), users, build)
    return {stream: _matter(build, stream, spaces[stream]) for stream in users}


def _spaces(seen: _Seen, users: Mapping[str, Users], build: Build) -> dict[str, FloatArray]:
    """Bases (k, lots) of S(s) by stream."""
    lots = {stream: len(build.network.stream_lots[stream]) for stream in users}
    spaces = {stream: _span(np.vstack([np.ones((1, lots[stream])), seen.own(stream)])) for stream in users}
    changed = True
    while changed:
        changed = False
        for stream in users:
            if len(spaces[stream]) == lots[stream]:
                continue
            passed = [spaces.get(t, np.eye(b.shape[0])) @ b for t, b in seen.passed(stream)]
            found = _span(np.vstack([spaces[stream], *passed]))
            if len(found) > len(spaces[stream]):
                spaces[stream], changed = found, True
    return spaces


def _span(vectors: FloatArray) -> FloatArray:
    """An orthonormal basis (k, n) of the rows of vectors (m, n)."""
    size = np.abs(vectors).max(axis=1, initial=0.0)
    kept = vectors[size > 0.0] / size[size > 0.0][:, None]
    _, values, right = np.linalg.svd(np.unique(kept, axis=0), full_matrices=False)
    return np.asarray(right[values > _EQUAL * values[0]])


class _Seen:
    """What the compiled rows see of the users' columns."""

    def __init__(self, build: Build, users: Mapping[str, Users]) -> None:
        self._build = build
        problem = build.builder.build()
        self._matrix, self._costs = problem.matrix.tocsc(), problem.objective
        self._balance = np.full((problem.shape[0], 2), -1, dtype=np.int64)
        if "stream_balance" in build.blocks:
            ids = build.blocks["stream_balance"].ids
            for lot, place in build.balance_position.items():
                self._balance[ids[place], 0] = lot
                self._balance[ids[place], 1] = np.arange(ids.shape[1])
        self._own: dict[str, list[FloatArray]] = {}
        self._passed: dict[str, dict[tuple[str, bytes], FloatArray]] = {}
        for stream, found in users.items():
            self._own[stream], self._passed[stream] = [], {}
            for columns in found.values():
                for period in range(columns.shape[1]):
                    self._look(stream, columns[:, period])

    def own(self, stream: str) -> FloatArray:
        """Coefficients in rows that balance no lot, and costs; (k, lots)."""
        return np.unique(np.array(self._own[stream]), axis=0)

    def passed(self, stream: str) -> Iterable[tuple[str, FloatArray]]:
        """Streams that lots of this one are turned into, with what each lot adds to each lot of theirs (m, lots)."""
        return [(target, matrix) for (target, _), matrix in self._passed[stream].items()]

    def _look(self, stream: str, columns: IntArray) -> None:
        """Take in the columns of one user in one period, int (lots,)."""
        network = self._build.network
        part = self._matrix[:, columns].tocoo()
        lots = self._balance[part.row, 0]
        plain = lots < 0
        rows, place = np.unique(part.row[plain], return_inverse=True)
        dense = np.zeros((len(rows), len(columns)))
        np.add.at(dense, (place, part.col[plain]), part.data[plain])
        self._own[stream] += [*dense, self._costs[columns]]
        made: dict[tuple[str, int], FloatArray] = {}
        for lot, period, column, value in zip(
            lots[~plain],
            self._balance[part.row[~plain], 1],
            part.col[~plain],
            part.data[~plain],
            strict=True,
        ):
            target = network.lots[int(lot)].stream
            ids = network.stream_lots[target]
            if target == stream and value == -1.0 and ids[int(column)] == int(lot):
                continue
            key = (target, int(period))
            if key not in made:
                made[key] = np.zeros((len(ids), len(columns)))
            made[key][ids.index(int(lot)), int(column)] += value
        for (target, _), matrix in made.items():
            self._passed[stream].setdefault((target, matrix.tobytes()), matrix)


def _matter(build: Build, stream: str, space: FloatArray) -> Matter:
    return Matter(_classes(space), tuple(_qualities(build, stream, space)))


def _classes(space: FloatArray) -> IntArray:
    """Number of the class of every lot, in the order in which they first come, int (lots,)."""
    known: list[FloatArray] = []
    found = np.zeros(space.shape[1], dtype=np.int64)
    for lot, vector in enumerate(space.T):
        same = (k for k, other in enumerate(known) if np.abs(vector - other).max() <= 10.0 * _EQUAL)
        found[lot] = next(same, len(known))
        if found[lot] == len(known):
            known.append(vector)
    return found


def _qualities(build: Build, stream: str, space: FloatArray) -> list[Quality]:
    """A basis of the space beside the constant: properties by their names where they lie in it, then what is left."""
    lots = space.shape[1]
    chosen, basis = [], _span(np.ones((1, lots)))
    for name, weights in _named(build, stream):
        size = float(np.abs(weights).max())
        within = np.abs(weights - space.T @ (space @ weights)).max() <= 10.0 * _EQUAL * size
        wider = _span(np.vstack([basis, weights])) if within else basis
        if len(wider) > len(basis):
            chosen.append(Quality(name, weights))
            basis = wider
    rest = space - space @ basis.T @ basis
    left = len(space) - len(basis)
    if left > 0:
        _, _, right = np.linalg.svd(rest)
        right[np.abs(right) < _ROUNDING] = 0.0
        chosen += [Quality(f"quality {k}", right[k - 1]) for k in range(1, left + 1)]
    return chosen


def _named(build: Build, stream: str) -> Iterable[tuple[str, FloatArray]]:
    """Blending indices of the known properties of a stream and its densities, per uom of the stream."""
    network = build.network
    lots = network.stream_lots[stream]
    for name in sorted(set.intersection(*(set(network.lots[lot].properties) for lot in lots))):
        try:
            rule = network.rules[name]
            counted = {"mass": "t", "volume": "m3"}.get(rule.basis)
            amounts = np.ones(len(lots)) if counted is None else network.factors(lots, counted)
            values = np.array([network.lots[lot].properties[name] for lot in lots])
            yield name, amounts * rule.to_indices(values)
        except DataError:
            continue
    for name, counted in (("mass", "t"), ("volume", "m3")):
        try:
            yield name, network.factors(lots, counted)
        except DataError:
            continue
