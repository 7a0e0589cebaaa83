"""A crude with other cuts: the same boiling curve and the same totals, cut where a plant cuts.

Gaps are best filled on the cuts that a plant really draws: a flash point or a cetane index estimated for a wide
cut of the source says little about a narrow piece of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.assay import Assay, Flag, Printed
from netback.assay.cutting import cut


def recut(assay: Assay, cut_points_c: npt.ArrayLike) -> Assay:
    """Return the assay with new cuts.

    Parameters
    ----------
    assay : Assay
    cut_points_c : array_like, shape (k - 1,)
        Cut points [C], strictly increasing; cuts without a yield are left out.

    Returns
    -------
    Assay
        Yields and properties are those of :func:`netback.assay.cutting.cut`. Values that the assay knows only by
        an estimate keep that quality; a remark names the cut points.

    Raises
    ------
    DataError
        If the cut points are not numbers or do not increase.
    """
    table = cut(assay, cut_points_c)
    kept = table.yield_wt_pct > 0.0
    names = tuple(name for name, keep in zip(table.names, kept, strict=True) if keep)
    starts, ends = table.start_c[kept], table.end_c[kept]
    blank = np.full(int(kept.sum()), np.nan)
    points = ", ".join(f"{point:g}" for point in np.atleast_1d(cut_points_c))
    return assay.with_(
        cut_names=names,
        edges_c=np.append(starts, ends[-1]),
        edges_wt_pct=_cumulative(table.yield_wt_pct[kept]),
        edges_vol_pct=_cumulative(table.yield_vol_pct[kept]),
        properties={name: np.array(values[kept]) for name, values in table.properties.items()},
        printed=Printed(blank, blank, blank),
        flags=_flags(assay),
        remarks=(*assay.remarks, f"recut at {points} C"),
    )


def _cumulative(yields: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    edges = np.concatenate([[0.0], np.cumsum(yields)])
    edges[-1] = 100.0
    return edges


def _flags(assay: Assay) -> dict[tuple[str, str], Flag]:
    """One flag per property: that of all cuts, or the one of any cut that was not measured or reported."""
    found: dict[tuple[str, str], Flag] = {}
    for (name, _), flag in assay.flags.items():
        found[name, "*"] = flag
    return found
