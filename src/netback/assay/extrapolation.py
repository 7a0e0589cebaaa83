"""The heavy end of a boiling curve, beyond the last temperature a laboratory reached.

An atmospheric or vacuum distillation stops near 540 C at best, with 10 to 40 % still undistilled. What lies
beyond is an extrapolation, made by one of the named methods below and always marked as such; nothing here is
used inside the known range.

==================  ====================================================================================
method              curve through the last known point, temperature T against cumulative fraction x
==================  ====================================================================================
``riazi``           (T - T0) / T0 = [A / B ln(1 / (1 - x))]^(1/B), T in kelvin; T0, A, B fitted
``probability``     T on a straight line against the normal quantile of x (arithmetic probability paper)
``linear``          the last known slope goes on
==================  ====================================================================================

Measured by hiding what is known above 540 C (343 C) on 58 ADIOS and 8 vendor assays, mean absolute error of
the cumulative yield at 565 to 700 C: ``probability`` 0.4 (1.7) %, ``riazi`` 0.6 (2.5) %, ``linear`` 2.2
(6.0) %. So ``probability`` is the default.

Each passes exactly through the last known point. The end point is the temperature at which 99.5 % is over;
the rest is put there, because the distributions never end.

References: M. R. Riazi, Characterization and Properties of Petroleum Fractions, ASTM MNL50 (2005), section
4.5.4, equation 4.56, for ``riazi``; W. L. Nelson, Petroleum Refinery Engineering (1958), chapter 4, for
probability paper.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Final, Literal

import numpy as np

from netback.assay.arrays import FloatArray, choose
from netback.errors import DataError, Finding

HeavyEnd = Literal["riazi", "probability", "linear"]

#: Shares of the unknown rest at which the extrapolated curve gets a knot.
_KNOTS: Final = (0.15, 0.3, 0.45, 0.6, 0.75, 0.88)
_END_PCT: Final = 99.5
_ZERO_C_K: Final = 273.15
#: Points below this cumulative per cent say nothing about the heavy end and are not fitted.
_FIT_FROM_PCT: Final = 25.0


def extrapolate(
    temperature_c: FloatArray, cumulative_pct: FloatArray, method: HeavyEnd = "probability"
) -> tuple[FloatArray, FloatArray]:
    """Continue a boiling curve from its last known point to 100 %.

    Parameters
    ----------
    temperature_c : ndarray, shape (n,)
        True boiling temperatures [C], strictly increasing; at least two.
    cumulative_pct : ndarray, shape (n,)
        Cumulative yield [%], not decreasing, the last below 100.
    method : {"probability", "riazi", "linear"}
        See the table above.

    Returns
    -------
    tuple of ndarray
        Temperatures [C] and cumulative per cent of the added knots; the last is the end point at 100 %.

    Raises
    ------
    DataError
        If the method is unknown or fewer than two points below 100 % are known.
    """
    line: Callable[[FloatArray, FloatArray, FloatArray], FloatArray] = choose("method", method, _METHODS)
    inside = (cumulative_pct > 0.0) & (cumulative_pct < 100.0)
    if int(inside.sum()) < 2:
        raise DataError(
            Finding("heavy end", "fewer than two points of the boiling curve are known.", "Give more points.")
        )
    temperature, share = temperature_c[inside], cumulative_pct[inside] / 100.0
    last = float(share[-1])
    wanted = last + (1.0 - last) * np.array(_KNOTS)
    wanted = wanted[wanted < _END_PCT / 100.0 - 1e-3]
    wanted = np.append(wanted, max(_END_PCT / 100.0, last + 0.5 * (1.0 - last)))
    fitted = share >= min(_FIT_FROM_PCT / 100.0, float(share[max(-3, -len(share))]))
    tail = line(temperature[fitted], share[fitted], wanted)
    tail = np.maximum.accumulate(np.maximum(tail, temperature[-1] + np.arange(1.0, len(tail) + 1.0)))
    tail = tail + 1e-6 * np.arange(len(tail))
    return tail, 100.0 * np.append(wanted[:-1], 1.0)


def _riazi(temperature: FloatArray, share: FloatArray, wanted: FloatArray) -> FloatArray:
    kelvin = temperature + _ZERO_C_K
    log_log = np.log(np.log(1.0 / (1.0 - share)))
    trials = [_riazi_fit(kelvin, log_log, start) for start in kelvin[0] * np.linspace(0.3, 0.995, 60)]
    _, start, slope = min(trials)
    ratio = np.log(1.0 / (1.0 - wanted)) / np.log(1.0 / (1.0 - share[-1]))
    return np.asarray(start + (kelvin[-1] - start) * ratio**slope - _ZERO_C_K)


def _riazi_fit(kelvin: FloatArray, log_log: FloatArray, start: float) -> tuple[float, float, float]:
    """Squared error [K2], start and slope of the straight line of ln T* against ln ln 1/(1 - x)."""
    slope, intercept = np.polyfit(log_log, np.log((kelvin - start) / start), 1)
    missed = start + start * np.exp(intercept + slope * log_log) - kelvin
    return float(missed @ missed), float(start), float(slope)


def _probability(temperature: FloatArray, share: FloatArray, wanted: FloatArray) -> FloatArray:
    normal = NormalDist()
    known = np.array([normal.inv_cdf(float(x)) for x in share])
    asked = np.array([normal.inv_cdf(float(x)) for x in wanted])
    from_last, rise = known - known[-1], temperature - temperature[-1]
    slope = float(from_last @ rise) / float(from_last @ from_last)
    return np.asarray(temperature[-1] + slope * (asked - known[-1]))


def _linear(temperature: FloatArray, share: FloatArray, wanted: FloatArray) -> FloatArray:
    steps = np.diff(share)
    rising = np.flatnonzero(steps > 0.0)
    slope = 0.0 if not rising.size else float(np.diff(temperature)[rising[-1]] / steps[rising[-1]])
    return np.asarray(temperature[-1] + slope * (wanted - share[-1]))


_METHODS: Final[dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]]] = {
    "probability": _probability,
    "riazi": _riazi,
    "linear": _linear,
}
