"""Latin hypercube samples of uncertain inputs.

Each number follows a triangle from its low to its high end with its peak at the stated value: the ranges of a case say
no more than that. Every sample of n takes each n-th part of each range exactly once. Reference: McKay, Beckman and
Conover, Technometrics 21 (1979).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netback.program.problem import FloatArray
from netback.studies.uncertain import Uncertain


def latin_hypercube(inputs: Sequence[Uncertain], count: int, seed: int = 0) -> FloatArray:
    """Samples float (count, len(inputs)); the same seed gives the same samples."""
    if not inputs or not count:
        return np.zeros((count, len(inputs)))
    parts = latin_parts(len(inputs), count, seed)
    low = np.array([one.low for one in inputs])
    high = np.array([one.high for one in inputs])
    peak = np.clip([one.value for one in inputs], low, high)
    return triangle(parts, low, peak, high)


def latin_parts(dimensions: int, count: int, seed: int = 0) -> FloatArray:
    """Parts of ranges between 0 and 1, float (count, dimensions): every n-th part of each once."""
    from scipy.stats import qmc

    if not dimensions or not count:
        return np.zeros((count, dimensions))
    made = qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(count)
    return np.asarray(made, dtype=np.float64)


def triangle(part: FloatArray, low: FloatArray, peak: FloatArray, high: FloatArray) -> FloatArray:
    """Value below which ``part`` of a triangular distribution lies; arrays broadcast together."""
    width, left = high - low, peak - low
    rising = low + np.sqrt(part * width * left)
    falling = high - np.sqrt((1.0 - part) * width * (high - peak))
    return np.asarray(np.where(part * width < left, rising, falling))
