"""How a global solve divides its time between narrowing ranges, looking for points, and branching."""

from __future__ import annotations

from dataclasses import dataclass

#: Part of the time that narrowing the ranges may take before branching starts.
TIGHTEN_SHARE = 0.25
#: Parts of the time left that the local search and SCIP may take in the other thread before it joins the branching.
LOCAL_SHARE, SCIP_SHARE = 0.3, 0.3
#: What the local search of a large program takes, and where branching is quick.
LARGE_SHARE, QUICK_LARGE_SHARE = 0.85, 0.5


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

    def local_of(self, *, large: bool, quick: bool) -> float:
        """Part of the time left for the local search of the other thread; less where branching is quick."""
        if not large or self != USUAL:
            return self.local
        return QUICK_LARGE_SHARE if quick else LARGE_SHARE


USUAL = Shares()
