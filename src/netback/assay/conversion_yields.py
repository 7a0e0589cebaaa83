"""Yields of conversion units by one-property correlations, for screening."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, at_least, valid_within


@dataclass(frozen=True, slots=True)
class CokerYields:
    """Yields of a delayed coker [wt% on feed]."""

    coke_wt_pct: FloatArray
    gas_wt_pct: FloatArray


@valid_within(Range("ccr_wt_pct", 5.0, 35.0, "wt%"))
def delayed_coker(ccr_wt_pct: npt.ArrayLike) -> CokerYields:
    """Coke and gas (C4 and lighter) of a delayed coker from the Conradson carbon residue of its feed [wt%].

    Coke = 1.6 CCR, gas = 7.8 + 0.144 CCR.

    Raises
    ------
    DataError
        If a carbon residue is below zero.

    References
    ----------
    J. H. Gary and G. E. Handwerk, Petroleum Refining: Technology and Economics, delayed coking.
    """
    residue = at_least("ccr_wt_pct", ccr_wt_pct, 0.0, "wt%")
    return CokerYields(1.6 * residue, 7.8 + 0.144 * residue)
