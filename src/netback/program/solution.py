"""What a solver returned, and what an independent check found about it.

Sign of multipliers: ``row_dual`` and ``column_dual`` are d(objective in the problem's own sense)/d(bound).
In a maximisation a binding "at most" limit has a dual >= 0: one more unit allowed raises the objective. In
a minimisation a binding "at least" limit has a dual >= 0: one more unit asked raises the cost.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Status = Literal["optimal", "infeasible", "unbounded", "time limit", "interrupted", "failed"]
Word = Literal["proven", "feasible", "proven infeasible", "unbounded", "not solved"]


@dataclass(frozen=True, eq=False)
class Basis:
    """A simplex basis: int8 codes (n,) of columns and (m,) of rows.

    Codes are those of HiGHS: 0 at lower bound, 1 basic, 2 at upper bound, 3 free at zero, 4 nonbasic.
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]


@dataclass(frozen=True)
class Progress:
    """A moment of a running solve. ``objective`` and ``bound`` are NaN while unknown; ``seconds`` [s]."""

    seconds: float
    iterations: int
    objective: float
    bound: float
    nodes: int


@dataclass(frozen=True, eq=False)
class RawSolution:
    """The solver's word, unchecked.

    Attributes
    ----------
    status
        ``optimal`` only when the solver's own status is optimal.
    x
        Column values (n,), or None when the solver has no point.
    row_dual, column_dual
        Multipliers (m,) and (n,), see the module's sign rule; None for integer programs or when unknown.
    objective, bound
        Claimed objective and best bound in the problem's own sense, or None.
    basis
        The last basis, to start a later solve from, or None.
    iterations, seconds
        Simplex or interior point iterations; wall time [s].
    solver
        Name, version and algorithm, for example ``HiGHS 1.15.1 simplex``.
    message
        The solver's status in words, and what was done about it.
    ray
        Farkas multipliers (m,) when infeasible; an improving direction (n,) when unbounded; or None.
    """

    status: Status
    x: FloatArray | None = None
    row_dual: FloatArray | None = None
    column_dual: FloatArray | None = None
    objective: float | None = None
    bound: float | None = None
    basis: Basis | None = None
    iterations: int = 0
    seconds: float = 0.0
    solver: str = ""
    message: str = ""
    ray: FloatArray | None = None


@dataclass(frozen=True)
class Residuals:
    """Worst relative violations found in the original rows, each with the label of the worst place.

    ``row`` and ``bound`` are distances outside row and column bounds, ``integrality`` the distance to a
    whole number, ``objective`` the claimed against the recomputed objective, ``dual`` the largest reduced
    cost that had to be taken as zero because its column has no bound on that side.
    """

    row: float = 0.0
    bound: float = 0.0
    integrality: float = 0.0
    dual: float = 0.0
    objective: float = 0.0
    row_label: str = ""
    bound_label: str = ""
    integrality_label: str = ""
    dual_label: str = ""

    @property
    def worst_primal(self) -> tuple[float, str, str]:
        """The largest of row, bound, integrality and objective: value, kind and label."""
        found = [
            (self.row, "row", self.row_label),
            (self.bound, "bound", self.bound_label),
            (self.integrality, "integrality", self.integrality_label),
            (self.objective, "objective", ""),
        ]
        return max(found, key=lambda item: item[0])


@dataclass(frozen=True)
class Certificate:
    """What is known about a solution, and how.

    Attributes
    ----------
    word
        ``proven``: the point passes every check and its gap is at most ``tolerance``. ``feasible``: it
        passes, the gap is larger or unknown. ``proven infeasible`` and ``unbounded``: the ray was checked
        by own arithmetic. ``not solved``: everything else, including a point that fails a check.
    value, bound, gap
        Objective recomputed from the point, best bound, and ``|value - bound| / max(|value|, scale)``
        (relative, 1 = 100 %); None when unknown. The bound is an upper one in a maximisation.
    value_by, bound_by
        How each was obtained, in words.
    """

    word: Word
    value: float | None = None
    bound: float | None = None
    gap: float | None = None
    value_by: str = ""
    bound_by: str = ""
    residuals: Residuals = field(default_factory=Residuals)
    tolerance: float = 1e-6
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, ready for JSON; numbers that are not finite become None."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
