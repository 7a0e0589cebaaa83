"""Property profiles inside cuts: the step from averages over cuts to values at any point, without loss.

An assay gives averages over cuts. Recutting needs the profile inside a cut. Each cut gets one parabola that
has exactly the cut's average, so the running total at every old cut boundary stays as it was; the new cut
is a difference of running totals, and a conserved quantity is conserved for any cut points.

Two ways to choose the values at the edges between cuts, measured on eight assays with 13 cuts each, merged to
six and cut again (docs/assays.md):

* a property that cannot be negative (sulphur, metals, carbon residue): the running total is a monotone PCHIP;
  edges are weighted harmonic means, which follow the steep rise of sulphur and nitrogen best;
* a blending index, which may have any sign and origin: edges on the line through the two averages, parabolas
  limited to stay between them. Nothing depends on an added constant. Viscosity comes out best this way.

The first and last cut go on straight to their outer end, never below zero where zero is the floor.

References: F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300, for the harmonic mean;
P. Colella and P. R. Woodward, J. Comput. Phys. 54 (1984) 174, equation 1.10, for the limited parabola.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import BoolArray, FloatArray

IntArray: TypeAlias = npt.NDArray[np.intp]


class Profile:
    """One parabola per cell and the running totals at the cell edges.

    Value at position s in [0, 1] of a cell is ``left + s (slope + bend (1 - s))``. Coefficients are kept in one
    array of shape (6, ..., m), because looking them up is most of the work of a cut: width of the cell where
    known, left, slope, bend, running total and running known width up to its left edge.
    """

    __slots__ = ("_coefficients", "_grid")

    def __init__(self, coefficients: FloatArray) -> None:
        self._coefficients = coefficients
        lead = coefficients.shape[1:-1]
        self._grid = tuple(
            np.arange(size).reshape(*(-1 if axis == own else 1 for axis in range(len(lead))), 1)
            for own, size in enumerate(lead)
        )

    def integrate(self, cell: IntArray, position: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return running total and running known width up to ``position`` in ``cell``; both (..., k)."""
        width, left, slope, bend, total, known = self._coefficients[self._where(cell)]
        part = position * (left + position * (0.5 * (slope + bend) - position * bend / 3.0))
        return total + width * part, known + width * position

    def _where(self, cell: IntArray) -> tuple[Any, ...]:
        """Index of all coefficients of these cells, the leading axes side by side."""
        return (slice(None), *self._grid, cell)


def reconstruct(widths: FloatArray, averages: FloatArray, not_negative: BoolArray) -> Profile:
    """Fit the limited parabolas.

    Parameters
    ----------
    widths : ndarray, shape (..., m)
        Amount in each cell, in the basis of the property (mass or volume); zero for an empty cell.
    averages : ndarray, shape (..., m)
        Average in each cell; NaN where not known.
    not_negative : ndarray of bool, shape (...)
        Whether the property cannot be below zero; then no end of a parabola is.

    Returns
    -------
    Profile
    """
    known = ~np.isnan(averages) & (widths > 0.0)
    value = np.where(known, averages, 0.0)
    floored = (not_negative & (value >= 0.0).all(axis=-1))[..., None]
    left, right = _edges(widths, value, known, floored)
    limited = _limit(value, left, right)
    left = np.where(floored, np.maximum(left, 0.0), limited[0])
    right = np.where(floored, np.maximum(right, 0.0), limited[1])
    slope = right - left
    bend = 6.0 * (value - 0.5 * (left + right))
    amounts = np.where(known, widths, 0.0)
    parts = (amounts, left, slope, bend, _running(amounts * value), _running(amounts))
    return Profile(np.stack(parts))


def _edges(
    widths: FloatArray, value: FloatArray, known: BoolArray, floored: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Values at the left and right end of each cell; a lonely cell is flat."""
    both = known[..., :-1] & known[..., 1:]
    near, far, a, b = widths[..., :-1], widths[..., 1:], value[..., :-1], value[..., 1:]
    line = (a * far + b * near) / np.where(both, near + far, 1.0)
    weight_a, weight_b = 2.0 * far + near, far + 2.0 * near
    scale = weight_a * b + weight_b * a
    mean = (weight_a + weight_b) * a * b / np.where(scale > 0.0, scale, 1.0)
    edge = np.where(floored, mean, line)
    no = np.zeros((*both.shape[:-1], 1), dtype=np.bool_)
    has_left, has_right = np.concatenate([no, both], axis=-1), np.concatenate([both, no], axis=-1)
    left, right = _beside(edge)
    line_left, line_right = _beside(line)
    left_end = np.where(has_right, 2.0 * value - line_right, value)
    right_end = np.where(has_left, 2.0 * value - line_left, value)
    return np.where(has_left, left, left_end), np.where(has_right, right, right_end)


def _beside(edge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the edge to the left and to the right of each cell; blank (zero) at the outer ends."""
    blank = np.zeros((*edge.shape[:-1], 1))
    return np.concatenate([blank, edge], axis=-1), np.concatenate([edge, blank], axis=-1)


def _limit(value: FloatArray, left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Keep each parabola monotone and between its ends (Colella and Woodward 1.10)."""
    turning = (right - value) * (value - left) <= 0.0
    left, right = np.where(turning, value, left), np.where(turning, value, right)
    rise = right - left
    bend = 6.0 * (value - 0.5 * (left + right))
    steep_left, steep_right = rise * bend > rise * rise, rise * bend < -rise * rise
    return (
        np.where(steep_left, 3.0 * value - 2.0 * right, left),
        np.where(steep_right, 3.0 * value - 2.0 * left, right),
    )


def _running(amounts: FloatArray) -> FloatArray:
    """Running total up to the left edge of each cell, shape (..., m)."""
    return np.asarray(np.cumsum(amounts, axis=-1) - amounts)
