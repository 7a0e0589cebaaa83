"""Average boiling points of a fraction from its ASTM D86 curve (API procedure 2B1.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, above, array
from netback.assay.gravity import celsius_from_fahrenheit, fahrenheit
from netback.errors import DataError, Finding


@dataclass(frozen=True, slots=True)
class BoilingPoints:
    """The five averages of one curve or of many [C], each of shape (...)."""

    volume_c: FloatArray
    molal_c: FloatArray
    weight_c: FloatArray
    cubic_c: FloatArray
    mean_c: FloatArray


def average_boiling_points(d86_c: npt.ArrayLike) -> BoilingPoints:
    """Volume, molal, weight, cubic and mean average boiling points.

    VABP is the mean of the five temperatures, SL = (T90 - T10)/80 [F/%]; with V = VABP - 32 F:
    WABP = VABP + exp(-3.062123 - 0.01829 V^0.6667 + 4.45818 SL^0.25),
    MABP = VABP - exp(-0.56379 - 0.007981 V^0.6667 + 3.04729 SL^0.333),
    CABP = VABP - exp(-0.23589 - 0.06906 V^0.45 + 1.8858 SL^0.45),
    MeABP = VABP - exp(-0.94402 - 0.00865 V^0.6667 + 2.99791 SL^0.333), all in F.

    Parameters
    ----------
    d86_c : array_like, shape (..., 5)
        ASTM D86 temperatures [C] at 10, 30, 50, 70 and 90 vol%.

    Raises
    ------
    DataError
        If there are not five temperatures, they fall, or their mean is below 0 C.

    References
    ----------
    API Technical Data Book, procedure 2B1.1; W. B. Zhou, Riazi MNL50 (2005), section 3.2.1.
    """
    temperature_f = fahrenheit(d86_c, "d86_c")
    if temperature_f.ndim == 0 or temperature_f.shape[-1] != 5:
        raise DataError(
            Finding("argument d86_c", f"has shape {temperature_f.shape}.", "Give 10, 30, 50, 70 and 90 vol%.")
        )
    if (np.diff(temperature_f, axis=-1) < 0.0).any():
        raise DataError(
            Finding("argument d86_c", "falls from one point to the next.", "A boiling curve rises.")
        )
    volume = np.mean(temperature_f, axis=-1)
    excess = above("mean of d86_c", volume, 32.0, "F") - 32.0
    slope = array("slope", (temperature_f[..., 4] - temperature_f[..., 0]) / 80.0)
    weight = volume + np.exp(-3.062123 - 0.01829 * excess**0.6667 + 4.45818 * slope**0.25)
    molal = volume - np.exp(-0.56379 - 0.007981 * excess**0.6667 + 3.04729 * slope**0.333)
    cubic = volume - np.exp(-0.23589 - 0.06906 * excess**0.45 + 1.8858 * slope**0.45)
    mean = volume - np.exp(-0.94402 - 0.00865 * excess**0.6667 + 2.99791 * slope**0.333)
    return BoilingPoints(*(celsius_from_fahrenheit(value) for value in (volume, molal, weight, cubic, mean)))
