"""How a global solve divides its time between narrowing ranges, looking for points, and branching."""

from __future__ import annotations

from dataclasses import dataclass

#: Part of the time that narrowing the ranges may take before branching starts.
TIGHTEN_SHARE = 0.25
#: Parts of the time left that the local search and SCIP may take in the other thread before it joins the branching.
LOCAL_SHARE, SCIP_SHARE = 0.3, 0.3


@dataclass(frozen=True)
class Shares:
    """Parts of the time left, 0 to 1, that narrowing the ranges, the local search and SCIP may take.

    ``branch`` is the part for which both threads branch before one of them looks for better points, where a point is
    known: for programs whose ranges are narrow already. None is then narrowed, and no point looked for, before.
    """

    tighten: float = TIGHTEN_SHARE
    local: float = LOCAL_SHARE
    scip: float = SCIP_SHARE
    branch: float = 0.0


USUAL = Shares()
