"""Monotone piecewise cubic interpolation (PCHIP), vectorised over curves and over points, in numpy alone.

Boiling curves rise, so their interpolant must not overshoot. PCHIP keeps the data's monotony and its first
derivative is continuous. Slopes are those of Fritsch and Butland: the weighted harmonic mean of the two
neighbouring secants inside, the shape-preserving three-point formula at the ends.

References: F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17 (1980) 238; F. N. Fritsch and J. Butland,
SIAM J. Sci. Stat. Comput. 5 (1984) 300; C. Moler, Numerical Computing with MATLAB (2004), chapter 3.
``scipy.interpolate.PchipInterpolator`` gives the same numbers; it is not used because importing it takes
longer than all the work done here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import BoolArray, FloatArray, array, choose
from netback.errors import DataError, Finding

Outside = Literal["raise", "nan", "hold", "linear"]
IntArray: TypeAlias = npt.NDArray[np.intp]


def _value(
    t: FloatArray, width: FloatArray, y0: FloatArray, y1: FloatArray, d0: FloatArray, d1: FloatArray
) -> FloatArray:
    rest = 1.0 - t
    cubic = t * rest * (rest * width * d0 - t * width * d1 + (2.0 * t - 1.0) * (y1 - y0))
    return y0 * rest + y1 * t + cubic


def _derivative(
    t: FloatArray, width: FloatArray, y0: FloatArray, y1: FloatArray, d0: FloatArray, d1: FloatArray
) -> FloatArray:
    rest = 1.0 - t
    return 6.0 * t * rest * (y1 - y0) / width + d0 * rest * (1.0 - 3.0 * t) + d1 * t * (3.0 * t - 2.0)


def _integral(
    t: FloatArray, width: FloatArray, y0: FloatArray, y1: FloatArray, d0: FloatArray, d1: FloatArray
) -> FloatArray:
    t2, t3, t4 = t * t, t**3, t**4
    values = y0 * t + (y1 - y0) * (t3 - 0.5 * t4)
    slopes = d0 * (0.5 * t2 - 2.0 / 3.0 * t3 + 0.25 * t4) + d1 * (0.25 * t4 - t3 / 3.0)
    return width * (values + width * slopes)


_Piece = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


def _checked_knots(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    if x.ndim == 0 or y.ndim == 0 or x.shape[-1] < 2 or x.shape[-1] != y.shape[-1]:
        raise DataError(
            Finding(
                "argument x", f"and y have shapes {x.shape} and {y.shape}.", "Give two or more knots in each."
            )
        )
    y = np.broadcast_to(y, np.broadcast_shapes(x.shape, y.shape)) if x.ndim > 1 else y
    known = ~np.isnan(x)
    count = known.sum(axis=-1)
    filled = np.arange(x.shape[-1]) < count[..., None]
    if (count < 2).any() or (known != filled).any() or (np.isnan(y) & filled).any():
        raise DataError(
            Finding(
                "argument x", "or y misses a value between its knots.", "NaN may only fill up a row's end."
            )
        )
    if (np.diff(x, axis=-1) <= 0.0).any():
        raise DataError(
            Finding("argument x", "does not increase from knot to knot.", "Sort it and drop repeats.")
        )
    return x, y, count


def _slopes(x: FloatArray, y: FloatArray, count: IntArray) -> FloatArray:
    width = np.diff(x, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        secant = np.diff(y, axis=-1) / width
    slope = np.full((*secant.shape[:-1], x.shape[-1]), np.nan)
    slope[..., 1:-1] = _inner_slopes(width, secant)
    last = np.broadcast_to(count - 1, slope.shape[:-1])[..., None]
    two = np.broadcast_to(count == 2, slope.shape[:-1])[..., None]
    second = min(1, width.shape[-1] - 1)
    first_slope = _end_slope(
        width[..., :1], width[..., second : second + 1], secant[..., :1], secant[..., second : second + 1]
    )
    near, far = np.maximum(last - 1, 0), np.maximum(last - 2, 0)
    last_slope = _end_slope(_take(width, near), _take(width, far), _take(secant, near), _take(secant, far))
    slope[..., :1] = np.where(two, secant[..., :1], first_slope)
    np.put_along_axis(slope, last, np.where(two, secant[..., :1], last_slope), axis=-1)
    return slope


def _inner_slopes(width: FloatArray, secant: FloatArray) -> FloatArray:
    left, right = secant[..., :-1], secant[..., 1:]
    weight_left, weight_right = 2.0 * width[..., 1:] + width[..., :-1], width[..., 1:] + 2.0 * width[..., :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weight_left + weight_right) / (weight_left / left + weight_right / right)
    return np.where(left * right > 0.0, mean, 0.0)


def _end_slope(
    near: FloatArray, far: FloatArray, near_secant: FloatArray, far_secant: FloatArray
) -> FloatArray:
    slope = ((2.0 * near + far) * near_secant - near * far_secant) / (near + far)
    turns = np.sign(near_secant) != np.sign(far_secant)
    slope = np.where(turns & (np.abs(slope) > 3.0 * np.abs(near_secant)), 3.0 * near_secant, slope)
    return np.where(np.sign(slope) != np.sign(near_secant), 0.0, slope)


def _locate(knots: FloatArray, points: FloatArray, count: IntArray) -> IntArray:
    """Index of the interval that holds each point; points outside belong to the first or last interval."""
    if knots.ndim == 1:
        found = np.searchsorted(knots[: int(count)], points, side="right") - 1
        return np.clip(found, 0, int(count) - 2)
    lead = np.broadcast_shapes(knots.shape[:-1], points.shape[:-1])
    low = np.zeros((*lead, points.shape[-1]), dtype=np.intp)
    high = np.broadcast_to(count[..., None] - 1, low.shape)
    for _ in range(knots.shape[-1].bit_length()):
        middle = (low + high) // 2
        right = _take(knots, middle) <= points
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    return low


def _take(values: FloatArray, index: IntArray) -> FloatArray:
    """``values`` at ``index`` along the last axis, the leading axes broadcast."""
    if values.ndim == 1:
        return values[index]
    if index.ndim == 1:
        return values[..., index]
    lead = np.broadcast_shapes(values.shape[:-1], index.shape[:-1])
    wide = np.broadcast_to(values, (*lead, values.shape[-1]))
    return np.take_along_axis(wide, np.broadcast_to(index, (*lead, index.shape[-1])), axis=-1)


def _as_points(name: str, points: npt.ArrayLike) -> tuple[FloatArray, bool]:
    positions = array(name, points)
    return (positions[None], True) if positions.ndim == 0 else (positions, False)


def _shape_back(result: FloatArray, single: bool) -> FloatArray:
    return result[..., 0] if single else result


def _outside_error(name: str, points: FloatArray, mask: BoolArray) -> DataError:
    worst = np.broadcast_to(points, mask.shape)[mask][0]
    return DataError(
        Finding(
            f"argument {name}",
            f"{worst:g} lies outside the knots.",
            'Ask for outside="hold", "linear" or "nan".',
        )
    )


class Pchip:
    """Monotone cubic interpolant of one curve or of many curves at once.

    Parameters
    ----------
    x : array_like, shape (n,) or (..., n)
        Knots, strictly increasing along the last axis, at least two. A row with fewer knots than the others
        is filled up with NaN at its right end.
    y : array_like, shape (..., n)
        Values at the knots; broadcast against ``x``. NaN only where ``x`` is NaN.
    outside : {"raise", "nan", "hold", "linear"}
        What a point outside the knots gives: an error (default), NaN, the value at the end knot, or the
        straight line through the end knot with the end slope. Nothing is clipped without being asked for.

    Raises
    ------
    DataError
        If knots are fewer than two, do not increase, or a value is missing.
    """

    __slots__ = ("_count", "_integral", "_slope", "outside", "x", "y")

    def __init__(self, x: npt.ArrayLike, y: npt.ArrayLike, outside: Outside = "raise") -> None:
        choose("outside", outside, {"raise": 0, "nan": 1, "hold": 2, "linear": 3})
        self.outside: Outside = outside
        self.x, self.y, self._count = _checked_knots(array("x", x), array("y", y))
        self._slope = _slopes(self.x, self.y, self._count)
        self._integral: FloatArray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the family of curves: ``()`` for a single one."""
        return self.y.shape[:-1]

    def __call__(self, points: npt.ArrayLike) -> FloatArray:
        """Interpolate.

        Parameters
        ----------
        points : array_like, shape (m,) or (..., m), or a single number
            Where to evaluate. Its leading axes broadcast against the family of curves.

        Returns
        -------
        ndarray, shape (..., m), or (...) for a single number
        """
        return self._evaluate(points, _value)

    def derivative(self, points: npt.ArrayLike) -> FloatArray:
        """First derivative at the points; shapes as in :meth:`__call__`."""
        return self._evaluate(points, _derivative)

    def integral(self, low: npt.ArrayLike, high: npt.ArrayLike) -> FloatArray:
        """Exact integral of the interpolant from ``low`` to ``high``; shapes as in :meth:`__call__`.

        Limits beyond the knots raise, unless ``outside`` is "hold".
        """
        upper, lower = np.broadcast_arrays(array("high", high), array("low", low))
        return self._antiderivative(upper) - self._antiderivative(lower)

    def inverse(self, values: npt.ArrayLike) -> FloatArray:
        """Find the points at which a strictly monotone curve takes the given values.

        Shapes are as in :meth:`__call__`. The answer is found by bisection in the interval that holds the
        value, to the last bits of a double. Values beyond the ends are treated as ``outside`` says ("linear"
        needs an end slope that is not zero).

        Raises
        ------
        DataError
            If the curve is not strictly monotone.
        """
        step = np.diff(self.y, axis=-1)
        rising, known = step > 0.0, ~np.isnan(step)
        if (rising | ~known).all():
            sign = 1.0
        elif ((step < 0.0) | ~known).all():
            sign = -1.0
        else:
            raise DataError(
                Finding(
                    "argument y",
                    "is not strictly monotone, so the curve has no inverse.",
                    "Drop flat points.",
                )
            )
        return self._solve(sign, values)

    def _solve(self, sign: float, values: npt.ArrayLike) -> FloatArray:
        targets, single = _as_points("values", values)
        interval = _locate(sign * self.y, sign * targets, self._count)
        x0, x1, y0, y1, d0, d1 = self._ends(interval)
        low, high = np.zeros_like(y0 * targets), np.ones_like(y0 * targets)
        for _ in range(54):
            middle = 0.5 * (low + high)
            short = sign * (_value(middle, x1 - x0, y0, y1, d0, d1) - targets) < 0.0
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        result = x0 + 0.5 * (low + high) * (x1 - x0)
        first, last = self._end_values(self.y)
        below, over = sign * (targets - first) < 0.0, sign * (targets - last) > 0.0
        result = self._beyond_inverse(result, targets, below, over)
        return _shape_back(np.where(np.isnan(targets), np.nan, result), single)

    def _beyond_inverse(
        self, result: FloatArray, targets: FloatArray, below: BoolArray, over: BoolArray
    ) -> FloatArray:
        if not (below.any() or over.any()):
            return result
        ends = zip(
            (below, over), self._end_values(self.x), self._end_values(self.y), self._end_slopes(), strict=True
        )
        for mask, x_end, y_end, slope in ends:
            if self.outside == "raise" and mask.any():
                raise _outside_error("values", targets, mask)
            with np.errstate(divide="ignore", invalid="ignore"):
                line = x_end + (targets - y_end) / slope
            beyond = {"raise": result, "nan": np.full_like(result, np.nan), "hold": x_end, "linear": line}
            result = np.where(mask, beyond[self.outside], result)
        return result

    def _evaluate(self, points: npt.ArrayLike, formula: _Piece) -> FloatArray:
        positions, single = _as_points("points", points)
        interval = _locate(self.x, positions, self._count)
        x0, x1, y0, y1, d0, d1 = self._ends(interval)
        width = x1 - x0
        result = formula((positions - x0) / width, width, y0, y1, d0, d1)
        first, last = self._end_values(self.x)
        below, over = positions < first, positions > last
        if below.any() or over.any():
            result = self._beyond(result, positions, below, over, formula is _derivative)
        return _shape_back(result, single)

    def _beyond(
        self, result: FloatArray, positions: FloatArray, below: BoolArray, over: BoolArray, derivative: bool
    ) -> FloatArray:
        if self.outside == "raise":
            raise _outside_error("points", positions, below | over)
        ends = zip(
            (below, over), self._end_values(self.x), self._end_values(self.y), self._end_slopes(), strict=True
        )
        for mask, x_end, y_end, slope in ends:
            held = np.zeros_like(y_end) if derivative else y_end
            line = slope if derivative else y_end + slope * (positions - x_end)
            beyond = {"nan": np.full_like(y_end, np.nan), "hold": held, "linear": line}[self.outside]
            result = np.where(mask, beyond, result)
        return result

    def _antiderivative(self, points: npt.ArrayLike) -> FloatArray:
        positions, single = _as_points("points", points)
        first, last = self._end_values(self.x)
        outside = (positions < first) | (positions > last)
        if outside.any() and self.outside != "hold":
            raise _outside_error("points", positions, outside)
        inside = np.clip(positions, first, last)
        interval = _locate(self.x, inside, self._count)
        x0, x1, y0, y1, d0, d1 = self._ends(interval)
        part = _integral((inside - x0) / (x1 - x0), x1 - x0, y0, y1, d0, d1)
        total = _take(self._cumulative(), interval) + part
        held_first, held_last = self._end_values(self.y)
        total = (
            total
            + np.minimum(positions - first, 0.0) * held_first
            + np.maximum(positions - last, 0.0) * held_last
        )
        return _shape_back(total, single)

    def _cumulative(self) -> FloatArray:
        if self._integral is None:
            width, y, d = np.diff(self.x, axis=-1), self.y, self._slope
            areas = _integral(np.ones(1), width, y[..., :-1], y[..., 1:], d[..., :-1], d[..., 1:])
            self._integral = np.concatenate(
                [np.zeros((*areas.shape[:-1], 1)), np.cumsum(areas, axis=-1)], axis=-1
            )
        return self._integral

    def _ends(self, interval: IntArray) -> tuple[FloatArray, ...]:
        both = [
            (_take(values, interval), _take(values, interval + 1)) for values in (self.x, self.y, self._slope)
        ]
        return tuple(value for pair in both for value in pair)

    def _end_values(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        if np.ndim(self._count) == 0:
            return values[..., :1], values[..., int(self._count) - 1 : int(self._count)]
        return values[..., :1], _take(values, (self._count - 1)[..., None])

    def _end_slopes(self) -> tuple[FloatArray, FloatArray]:
        return self._end_values(self._slope)
