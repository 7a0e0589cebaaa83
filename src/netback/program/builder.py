"""Build a :class:`Problem` from labelled blocks and arrays of terms.

Blocks give ids, terms are triplets of row id, column id and coefficient in broadcasting arrays; one sparse
matrix is made at the end. Nothing is aligned by guess: an id that no block made raises.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netback.errors import Finding, ModelError
from netback.program.index import Index
from netback.program.problem import Block, FloatArray, Problem, Products, check_bounds

__all__ = ["Block", "Builder"]


class Builder:
    """Collects blocks, terms and costs, then makes a frozen :class:`Problem`.

    Parameters
    ----------
    name
        Name of the problem, used in messages and files.
    sense
        "max" or "min".
    """

    def __init__(self, name: str, sense: Literal["min", "max"] = "max") -> None:
        if sense not in ("min", "max"):
            raise ModelError(Finding(f"problem {name}", f'sense "{sense}" is neither "min" nor "max".'))
        self.name = name
        self.sense: Literal["min", "max"] = sense
        self._columns = _Side("column")
        self._rows = _Side("row")
        self._integer: list[NDArray[np.bool_]] = []
        self._terms: list[tuple[NDArray[Any], ...]] = []
        self._products: list[tuple[NDArray[Any], ...]] = []
        self._costs: list[tuple[NDArray[Any], ...]] = []
        self._offsets: list[float] = []

    def variables(
        self,
        name: str,
        index: Index,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = math.inf,
        integer: ArrayLike = False,
    ) -> Block:
        """Add a block of columns; ``lower``, ``upper`` and ``integer`` broadcast to ``index.shape``.

        Raises
        ------
        ModelError
            If the name is taken, a shape does not fit, a bound is NaN or lower exceeds upper.
        """
        block = self._columns.add(name, index, lower, upper, self._rows)
        whole = _broadcast(integer, index.shape, np.bool_, f"columns {name}", "integer")
        self._integer.append(whole.ravel())
        return block

    def constraints(
        self, name: str, index: Index, lower: ArrayLike = -math.inf, upper: ArrayLike = math.inf
    ) -> Block:
        """Add a block of rows ``lower <= ... <= upper``; bounds broadcast to ``index.shape``.

        Raises
        ------
        ModelError
            If the name is taken, a shape does not fit, a bound is NaN or lower exceeds upper.
        """
        return self._rows.add(name, index, lower, upper, self._columns)

    def add_terms(self, rows: ArrayLike, columns: ArrayLike, coefficients: ArrayLike) -> None:
        """Add ``coefficient * x[column]`` to rows; arrays broadcast together, equal places add up.

        Raises
        ------
        ModelError
            If arrays do not broadcast, an id belongs to no block or a coefficient is not finite.
        """
        row, column, value = _together("terms", rows, columns, coefficients)
        self._rows.check(row, "terms")
        self._columns.check(column, "terms")
        self._check_finite(
            value, "coefficient", lambda k: f"{self._rows.label(row[k])}, {self._columns.label(column[k])}"
        )
        self._terms.append((row, column, value))

    def add_products(
        self, rows: ArrayLike, columns_a: ArrayLike, columns_b: ArrayLike, coefficients: ArrayLike
    ) -> None:
        """Add ``coefficient * x[column_a] * x[column_b]`` to rows; arrays broadcast together.

        Raises
        ------
        ModelError
            As :meth:`add_terms`.
        """
        row, first, second, value = _together("products", rows, columns_a, columns_b, coefficients)
        self._rows.check(row, "products")
        self._columns.check(first, "products")
        self._columns.check(second, "products")
        self._check_finite(value, "coefficient", lambda k: f"{self._rows.label(row[k])}, products")
        self._products.append((row, first, second, value))

    def add_costs(self, columns: ArrayLike, coefficients: ArrayLike) -> None:
        """Add to the objective coefficient of columns; arrays broadcast together, equal columns add up.

        Raises
        ------
        ModelError
            As :meth:`add_terms`.
        """
        column, value = _together("costs", columns, coefficients)
        self._columns.check(column, "costs")
        self._check_finite(value, "cost", lambda k: self._columns.label(column[k]))
        self._costs.append((column, value))

    def add_offset(self, value: float) -> None:
        """Add a constant to the objective. Raises :class:`ModelError` unless it is finite."""
        if not math.isfinite(value):
            raise ModelError(Finding("objective", f"offset {value!r} is not a finite number."))
        self._offsets.append(float(value))

    def build(self) -> Problem:
        """Make the frozen problem. The builder may be used further; the problem does not change with it."""
        import scipy.sparse as sparse

        rows, columns = self._rows.size, self._columns.size
        row, column, value = _joined(self._terms, 3)
        matrix = sparse.coo_array((value, (row, column)), shape=(rows, columns)).tocsr()
        matrix.eliminate_zeros()
        for part in (matrix.data, matrix.indices, matrix.indptr):
            part.setflags(write=False)  # canonical and nobody else's: the problem need not copy it
        cost_columns, costs = _joined(self._costs, 2)
        return Problem(
            name=self.name,
            sense=self.sense,
            objective=np.bincount(cost_columns, weights=costs, minlength=columns).astype(np.float64),
            offset=math.fsum(self._offsets),
            matrix=matrix,
            row_lower=_concatenated(self._rows.lower),
            row_upper=_concatenated(self._rows.upper),
            column_lower=_concatenated(self._columns.lower),
            column_upper=_concatenated(self._columns.upper),
            integer=np.concatenate(self._integer) if self._integer else np.zeros(0, dtype=bool),
            row_blocks=tuple(self._rows.blocks),
            column_blocks=tuple(self._columns.blocks),
            products=Products.of(*_joined(self._products, 4)),
        )

    def _check_finite(self, values: NDArray[Any], kind: str, label: Any) -> None:
        if bool(np.isfinite(values).all()):
            return
        places = np.flatnonzero(~np.isfinite(values))[:10]
        raise ModelError(
            [Finding(label(k), f"{kind} {float(values[k])!r} is not a finite number.") for k in places],
            f"problem {self.name}",
        )


class _Side:
    """Blocks and bounds of the rows or of the columns."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.size = 0
        self.blocks: list[Block] = []
        self.lower: list[FloatArray] = []
        self.upper: list[FloatArray] = []

    def add(self, name: str, index: Index, lower: ArrayLike, upper: ArrayLike, other: _Side) -> Block:
        place = f"{self.kind}s {name}"
        if not name or any(block.name == name for block in (*self.blocks, *other.blocks)):
            raise ModelError(
                Finding(place, "the name is empty." if not name else "the name is already taken.")
            )
        block = Block(name, index, self.size)
        low = _broadcast(lower, index.shape, np.float64, place, "lower").ravel()
        high = _broadcast(upper, index.shape, np.float64, place, "upper").ravel()
        if findings := check_bounds(low, high, lambda i: block.label(block.start + i)):
            raise ModelError(findings)
        self.blocks.append(block)
        self.lower.append(low)
        self.upper.append(high)
        self.size += block.size
        return block

    def check(self, ids: NDArray[Any], where: str) -> None:
        """Raise unless every id is an integer that a block of this side made."""
        if ids.size == 0:
            return
        if ids.dtype.kind not in "iu":
            raise ModelError(Finding(where, f"{self.kind} ids must be whole numbers, not {ids.dtype}."))
        low, high = int(ids.min()), int(ids.max())
        if low < 0 or high >= self.size:
            bad = low if low < 0 else high
            what = f"{self.kind} id {bad} belongs to no block; there are {self.size} {self.kind}s."
            raise ModelError(Finding(where, what))

    def label(self, identifier: Any) -> str:
        """Readable name of an id of this side."""
        return next(block for block in self.blocks if identifier < block.stop).label(int(identifier))


def _broadcast(value: ArrayLike, shape: tuple[int, ...], dtype: Any, place: str, what: str) -> NDArray[Any]:
    """Array of ``shape``; raises a :class:`ModelError` that names the block when it does not fit."""
    try:
        return np.array(np.broadcast_to(np.asarray(value, dtype=dtype), shape))
    except (TypeError, ValueError):
        found = np.shape(value)
        hint = f"Give one number or an array that broadcasts to {shape}."
        raise ModelError(Finding(place, f"{what} of shape {found} does not fit {shape}.", hint)) from None


def _together(where: str, *arrays: ArrayLike) -> tuple[NDArray[Any], ...]:
    """Arrays broadcast together and flattened, the last one as floats; copies."""
    given = [np.asarray(part) for part in arrays]
    try:
        given[-1] = given[-1].astype(np.float64)
        shape = np.broadcast_shapes(*(part.shape for part in given))
    except (TypeError, ValueError):
        shapes = ", ".join(str(part.shape) for part in given)
        raise ModelError(
            Finding(where, f"arrays of shapes {shapes} are not numbers that broadcast together.")
        ) from None
    return tuple(np.array(np.broadcast_to(_narrow(part), shape)).ravel() for part in given)


def _narrow(part: NDArray[Any]) -> NDArray[Any]:
    """Ids as 32-bit numbers where they fit: half the memory to move."""
    if part.dtype.kind not in "iu" or part.itemsize <= 4 or not part.size:
        return part
    fits = int(part.min()) >= -(2**31) and int(part.max()) < 2**31
    return part.astype(np.int32) if fits else part


def _joined(parts: list[tuple[NDArray[Any], ...]], width: int) -> tuple[NDArray[Any], ...]:
    """Concatenate lists of equal-length arrays; ids as int64, the last array as float64."""
    if not parts:
        return (*(np.zeros(0, dtype=np.int64) for _ in range(width - 1)), np.zeros(0))
    ids = [np.concatenate([part[k] for part in parts]) for k in range(width - 1)]
    return (*ids, np.concatenate([part[-1] for part in parts]))


def _concatenated(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros(0)
