"""Programs of many cases without building each: what moves in proportion to an input is learnt once.

Prices, costs, limits and many yields enter the compiled program in proportion: every number f of it is f0 + (v - v0) x
slope. The slope of each input is taken from two builds and tried at a third value; inputs together are tried at once,
and those whose effects do not simply add up are left out. What is left is exact to rounding, and a case that changes
only such inputs costs a few array operations instead of a build. Everything else is built as usual.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from netback.program.problem import FloatArray, Problem

#: Numbers agree when they differ by less than this part of their size.
SAME = 1e-9
_FIELDS = ("objective", "row_lower", "row_upper", "column_lower", "column_upper")

#: Builds the program with some inputs at other values, by number of the input.
Build = Callable[[Mapping[int, float]], Problem]


@dataclass(frozen=True)
class _Slope:
    """Change per unit of one input of the numbers it moves: their places in the flat program, and by how much."""

    places: np.ndarray[tuple[int], np.dtype[np.int64]]
    change: FloatArray


class AffinePrograms:
    """Programs that follow from one by moving inputs in proportion.

    ``inputs`` are the numbers of the inputs that may be moved together; ``builds`` counts what learning cost.
    """

    def __init__(self, build: Build, points: Sequence[tuple[float, float, float]]) -> None:
        """Learn.

        Parameters
        ----------
        build
            Makes the program with some inputs moved; called a few times per input.
        points
            For each input its value, and two other values at which it is tried.
        """
        self._build = build
        self.builds = 0
        self._known: dict[tuple[tuple[int, float], ...], Problem] = {}
        self.problem = self._built({})
        self._flat, self._pattern = _flatten(self.problem), _pattern(self.problem)
        self._values = [point[0] for point in points]
        slopes = {k: slope for k, point in enumerate(points) if (slope := self._slope(k, point)) is not None}
        self._slopes: dict[int, _Slope] = {}
        self._join(slopes, points)
        self._known.clear()

    @property
    def inputs(self) -> frozenset[int]:
        """Inputs that may be moved, alone and together."""
        return frozenset(self._slopes)

    def at(self, changes: Mapping[int, float]) -> Problem | None:
        """The program with inputs at other values; None if one of them does not move it in proportion."""
        if not changes.keys() <= self._slopes.keys():
            return None
        flat = self._moved(self._slopes, changes)
        return _unflatten(self.problem, flat)

    def _built(self, changes: Mapping[int, float]) -> Problem:
        key = tuple(sorted(changes.items()))
        if key not in self._known:
            self.builds += 1
            self._known[key] = self._build(changes)
        return self._known[key]

    def _moved(self, slopes: Mapping[int, _Slope], changes: Mapping[int, float]) -> FloatArray:
        flat = self._flat.copy()
        for number, value in changes.items():
            slope = slopes[number]
            flat[slope.places] += (value - self._values[number]) * slope.change
        return flat

    def _slope(self, number: int, point: tuple[float, float, float]) -> _Slope | None:
        value, one, other = point
        if one == value:
            return None
        first = self._built({number: one})
        if _pattern(first) != self._pattern:
            return None
        flat = _flatten(first)
        if not _same_infinities(flat, self._flat):
            return None
        with np.errstate(invalid="ignore"):
            moved = np.flatnonzero((flat != self._flat) & np.isfinite(flat))
        slope = _Slope(moved, (flat[moved] - self._flat[moved]) / (one - value))
        tried = self._built({number: other})
        fits = _pattern(tried) == self._pattern and _agree(
            self._moved({number: slope}, {number: other}), _flatten(tried)
        )
        return slope if fits else None

    def _join(self, slopes: Mapping[int, _Slope], points: Sequence[tuple[float, float, float]]) -> None:
        """Keep the inputs whose effects add up: all of them if they do at two corners, else one by one."""
        ends = [{k: points[k][side] for k in slopes} for side in (1, 2)]
        if all(self._fits(slopes, end) for end in ends):
            self._slopes = dict(slopes)
            return
        kept: dict[int, _Slope] = {}
        for number, slope in slopes.items():
            trial = {**kept, number: slope}
            if self._fits(trial, {k: points[k][1] for k in trial}):
                kept = trial
        self._slopes = kept

    def _fits(self, slopes: Mapping[int, _Slope], changes: Mapping[int, float]) -> bool:
        built = self._built(changes)
        return _pattern(built) == self._pattern and _agree(self._moved(slopes, changes), _flatten(built))


def moved_program(
    base: Problem, value: float, others: Sequence[tuple[float, Problem]]
) -> Callable[[float], Problem] | None:
    """Programs of one input, moved in proportion from two builds; further builds are what they must agree with.

    Parameters
    ----------
    base, value
        The program and the input in it.
    others
        Inputs and programs with them: the first gives the slope. None is returned where another does not fit.
    """
    (one, first), *tried = others
    pattern, flat, there = _pattern(base), _flatten(base), _flatten(first)
    if _pattern(first) != pattern or not _same_infinities(there, flat):
        return None
    moved = np.flatnonzero((flat != there) & np.isfinite(flat))
    change = (there[moved] - flat[moved]) / (one - value)

    def at(other: float) -> Problem:
        made = flat.copy()
        made[moved] += (other - value) * change
        return _unflatten(base, made)

    fits = all(
        _pattern(problem) == pattern and _agree(_flatten(at(other)), _flatten(problem))
        for other, problem in tried
    )
    return at if fits else None


def _flatten(problem: Problem) -> FloatArray:
    parts = [np.asarray(getattr(problem, name), dtype=np.float64) for name in _FIELDS]
    return np.concatenate([np.array([problem.offset]), problem.matrix.data, *parts])


def _unflatten(problem: Problem, flat: FloatArray) -> Problem:
    """The program of flat numbers; arrays that are equal are shared, which later steps tell by identity."""
    count = problem.nonzeros
    changes: dict[str, object] = {}
    matrix, data = problem.matrix, flat[1 : 1 + count]
    if not np.array_equal(data, matrix.data):
        changes["matrix"] = _with_data(matrix, data.copy())
    start = 1 + count
    for name in _FIELDS:
        known = getattr(problem, name)
        part = flat[start : start + len(known)]
        start += len(known)
        if not np.array_equal(part, known):
            changes[name] = part
    return problem.with_(offset=float(flat[0]), **changes)


def _with_data(matrix: sparse.csr_array[np.float64], data: FloatArray) -> sparse.csr_array[np.float64]:
    """A canonical matrix with other numbers in the same places."""
    if (data == 0.0).any():
        return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    data.setflags(write=False)
    made = copy.copy(matrix)
    made.data = data
    return made


def _pattern(problem: Problem) -> tuple[object, ...]:
    """What must be the same for two programs to differ in numbers alone."""
    products = problem.products
    return (
        problem.shape,
        problem.matrix.indptr.tobytes(),
        problem.matrix.indices.tobytes(),
        problem.integer.tobytes(),
        products.rows.tobytes(),
        products.columns_a.tobytes(),
        products.columns_b.tobytes(),
        products.coefficients.tobytes(),
    )


def _same_infinities(one: FloatArray, other: FloatArray) -> bool:
    return bool(
        np.array_equal(np.isinf(one), np.isinf(other))
        and np.array_equal(one[np.isinf(one)], other[np.isinf(other)])
    )


def _agree(one: FloatArray, other: FloatArray) -> bool:
    if not _same_infinities(one, other):
        return False
    finite = np.isfinite(one)
    return bool(np.allclose(one[finite], other[finite], rtol=SAME, atol=SAME))
