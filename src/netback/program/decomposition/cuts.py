"""Cuts for what a block costs, as functions of the first stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netback.program.bounds.safe import EPSILON
from netback.program.problem import FloatArray


@dataclass(frozen=True, eq=False)
class Cut:
    """``cost >= constant + slope'x``, or ``0 >= constant + slope'x`` where ``is_ray``; slope (k,)."""

    constant: float
    slope: FloatArray
    is_ray: bool = False

    def at(self, x: FloatArray) -> float:
        """Value at a first-stage point (k,)."""
        return self.constant + float(self.slope @ x)


def reach(size: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The most that slopes of a size (k,) come to over a box (k,), float (k,); columns without any may be endless."""
    most = np.maximum(np.abs(lower), np.abs(upper))
    return np.multiply(size, most, out=np.zeros(len(size)), where=size != 0.0)


def summed(cuts: Sequence[Cut], lower: FloatArray, upper: FloatArray) -> Cut:
    """The sum of cuts over a box (k,), its constant lowered by what rounding may have added."""
    if len(cuts) == 1:
        return cuts[0]
    slopes = np.array([cut.slope for cut in cuts])
    slope, size = slopes.sum(axis=0), np.abs(slopes).sum(axis=0)
    lost = 2.0 * (len(cuts) + 1) * EPSILON * reach(size, lower, upper)
    constant = math.fsum([*(cut.constant for cut in cuts), *(-lost).tolist()])
    return Cut(math.nextafter(constant, -math.inf), slope, cuts[0].is_ray)


class Others:
    """For every block what all the others cost together, by the cuts of one round at one first stage.

    Parameters
    ----------
    cuts
        One cut for every block, none of them a ray's.
    lower, upper
        Box (k,) over which the sums are to hold; a column in a cut is finite.
    """

    def __init__(self, cuts: Sequence[Cut], lower: FloatArray, upper: FloatArray) -> None:
        self._slopes = np.array([cut.slope for cut in cuts])
        self._constants = np.array([cut.constant for cut in cuts])
        self._slope, self._constant = self._slopes.sum(axis=0), math.fsum(self._constants.tolist())
        # Twice the sum's own error bound: taking one term off again may round as much once more.
        unit = 4.0 * (len(cuts) + 2) * EPSILON
        lost = math.fsum(reach(np.abs(self._slopes).sum(axis=0), lower, upper).tolist())
        self._lost = unit * (lost + math.fsum(np.abs(self._constants).tolist()))

    def without(self, number: int) -> Cut:
        """The sum of the cuts of all blocks but one."""
        constant = self._constant - float(self._constants[number]) - self._lost
        return Cut(math.nextafter(constant, -math.inf), self._slope - self._slopes[number])
