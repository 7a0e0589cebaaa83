"""The compiled mathematical program: frozen arrays, one sparse matrix, labels made only when asked for.

min or max   c'x + offset
subject to   row_lower <= A x + (sum of q x_a x_b of the row) <= row_upper
             column_lower <= x <= column_upper,   x_j whole where ``integer``
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netback.errors import Finding, ModelError, closest
from netback.program.index import Index, IntArray

if TYPE_CHECKING:
    import scipy.sparse as sparse

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
#: Fields of a problem that hold its numbers.
_NUMBERS = frozenset(
    ("objective", "offset", "matrix", "row_lower", "row_upper", "column_lower", "column_upper", "integer")
)
Sense = Literal["min", "max"]


@dataclass(frozen=True)
class Block:
    """A named run of rows or columns: ``index.size`` ids from ``start`` on, in the order of ``index``."""

    name: str
    index: Index
    start: int

    @property
    def size(self) -> int:
        """Number of rows or columns."""
        return self.index.size

    @property
    def stop(self) -> int:
        """First id after the block."""
        return self.start + self.size

    @cached_property
    def ids(self) -> IntArray:
        """Row or column ids, int array of ``index.shape``; read-only."""
        ids = np.arange(self.start, self.stop, dtype=np.int64).reshape(self.index.shape)
        ids.setflags(write=False)
        return ids

    def id(self, *labels: str) -> int:
        """Id of one entry.

        Raises
        ------
        ModelError
            If no entry has these labels; the finding names the block and the closest key.
        """
        try:
            return self.start + self.index.flat(labels)
        except ModelError as error:
            raise self._named(error) from None

    def ids_of(self, keys: Iterable[str | Sequence[str]]) -> IntArray:
        """Ids of many entries, int (len(keys),); every unknown key is reported at once.

        Raises
        ------
        ModelError
            One finding per key without an entry.
        """
        try:
            return self.index.flats(keys) + self.start
        except ModelError as error:
            raise self._named(error) from None

    def label(self, identifier: int) -> str:
        """``name[label,label]`` of a row or column id; the bare labels where the block has no name."""
        labels = ",".join(self.index.label(identifier - self.start))
        if not self.name:
            return labels
        return f"{self.name}[{labels}]" if self.index.dims else self.name

    def _named(self, error: ModelError) -> ModelError:
        return ModelError([replace(f, where=f"block {self.name}, {f.where}") for f in error.findings])


@dataclass(frozen=True, eq=False)
class Products:
    """Product terms ``coefficient * x[columns_a] * x[columns_b]`` added to rows; arrays of one length (k,).

    Kept in canonical form: ``columns_a <= columns_b``, sorted by row and columns, equal terms added up.
    """

    rows: IntArray
    columns_a: IntArray
    columns_b: IntArray
    coefficients: FloatArray

    @classmethod
    def empty(cls) -> Products:
        """No product terms."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, np.zeros(0))

    @classmethod
    def of(
        cls, rows: ArrayLike, columns_a: ArrayLike, columns_b: ArrayLike, coefficients: ArrayLike
    ) -> Products:
        """Canonical product terms from arrays (k,) in any order."""
        row, a, b = (np.asarray(part, dtype=np.int64).ravel() for part in (rows, columns_a, columns_b))
        values = np.asarray(coefficients, dtype=np.float64).ravel()
        keys = np.stack([row, np.minimum(a, b), np.maximum(a, b)])
        unique, inverse = np.unique(keys, axis=1, return_inverse=True)
        total = np.bincount(inverse.ravel(), weights=values, minlength=unique.shape[1])
        keep = total != 0.0
        row, a, b = (frozen(part[keep], np.int64) for part in unique)
        return cls(row, a, b, frozen(total[keep], np.float64))

    def __len__(self) -> int:
        return len(self.rows)


def frozen(values: Any, dtype: Any) -> NDArray[Any]:
    """Make a read-only contiguous array; shared if it already is one, else copied."""
    array = np.asarray(values, dtype=dtype)
    if array.flags.writeable or not array.flags.owndata or not array.flags.c_contiguous:
        array = np.array(array, dtype=dtype, order="C")
        array.setflags(write=False)
    return array


def _frozen_matrix(matrix: Any) -> sparse.csr_array[np.float64]:
    """Canonical read-only CSR: sorted indices, equal entries added up, no stored zeros."""
    import scipy.sparse as sparse  # a third of a second that only a compiled problem needs

    parts = (matrix.data, matrix.indices, matrix.indptr) if isinstance(matrix, sparse.csr_array) else ()
    if parts and not any(part.flags.writeable for part in parts):
        return matrix  # type: ignore[no-any-return]
    result = sparse.csr_array(matrix, dtype=np.float64, copy=True)
    result.sum_duplicates()
    result.eliminate_zeros()
    for part in (result.data, result.indices, result.indptr):
        part.setflags(write=False)
    return result


def check_bounds(lower: FloatArray, upper: FloatArray, label: Any) -> list[Finding]:
    """Find NaN bounds, bounds at the wrong infinity and lower above upper; at most 10 are listed."""
    bad = np.isnan(lower) | np.isnan(upper) | (lower > upper) | (lower == np.inf) | (upper == -np.inf)
    places = np.flatnonzero(bad)
    findings = [
        Finding(
            label(int(i)),
            f"bounds from {float(lower[i])!r} to {float(upper[i])!r} hold no number.",
            "Lower must not exceed upper.",
        )
        for i in places[:10]
    ]
    if len(places) > 10:
        findings.append(Finding("", f"and {len(places) - 10} more rows or columns with such bounds."))
    return findings


@dataclass(frozen=True, eq=False)
class Problem:
    """A mathematical program, frozen. Make one with :class:`netback.program.builder.Builder`.

    Attributes
    ----------
    name, sense
        Its name and "min" or "max".
    objective, offset
        Cost of each column (n,) and a constant.
    matrix
        scipy CSR array (m, n), canonical.
    row_lower, row_upper, column_lower, column_upper
        Bounds (m,) and (n,), infinite where there is none.
    integer
        Whether a column takes whole numbers only, bool (n,).
    products
        Product terms of the rows, possibly none.
    row_blocks, column_blocks
        Blocks in the order of their ids, covering all rows and columns.

    Raises
    ------
    ModelError
        If shapes do not fit or a number is NaN or out of order; the findings name the rows and columns.
    """

    name: str
    sense: Sense
    objective: FloatArray
    offset: float
    matrix: sparse.csr_array[np.float64]
    row_lower: FloatArray
    row_upper: FloatArray
    column_lower: FloatArray
    column_upper: FloatArray
    integer: BoolArray
    row_blocks: tuple[Block, ...]
    column_blocks: tuple[Block, ...]
    products: Products = field(default_factory=Products.empty)

    def __post_init__(self) -> None:
        if self.sense not in ("min", "max"):
            raise ModelError(
                Finding(f"problem {self.name}", f'sense "{self.sense}" is neither "min" nor "max".')
            )
        self._settle(_NUMBERS, (_span(self.row_blocks, "row"), _span(self.column_blocks, "column")))

    def _settle(self, changed: Collection[str], shape: tuple[int, int]) -> None:
        """Freeze and check the numbers that are new; ``shape`` is what the blocks hold."""
        for name, length, dtype in _vectors(*shape):
            if name in changed:
                object.__setattr__(self, name, self._vector(name, length, dtype))
        if "matrix" in changed:
            object.__setattr__(self, "matrix", _frozen_matrix(self.matrix))
            if self.matrix.shape != shape:
                what = f"matrix of shape {self.matrix.shape} where blocks hold {shape}."
                raise ModelError(Finding(f"problem {self.name}", what))
        self._check_numbers(changed)

    def _vector(self, name: str, length: int, dtype: Any) -> NDArray[Any]:
        value = np.asarray(getattr(self, name))
        if value.shape == ():
            value = np.full(length, value, dtype=dtype)
        if value.shape != (length,):
            what = f"{name} of shape {value.shape} where ({length},) is needed."
            raise ModelError(Finding(f"problem {self.name}", what))
        return frozen(value, dtype)

    def _check_numbers(self, changed: Collection[str]) -> None:
        findings: list[Finding] = []
        if "row_lower" in changed or "row_upper" in changed:
            findings += check_bounds(self.row_lower, self.row_upper, self.row_label)
        if "column_lower" in changed or "column_upper" in changed:
            findings += check_bounds(self.column_lower, self.column_upper, self.column_label)
        for j in np.flatnonzero(~np.isfinite(self.objective))[:10]:
            findings.append(
                Finding(
                    self.column_label(int(j)), f"cost {float(self.objective[j])!r} is not a finite number."
                )
            )
        data = self.matrix.data if "matrix" in changed else np.zeros(0)
        for k in np.flatnonzero(~np.isfinite(data))[:10]:
            row = int(np.searchsorted(self.matrix.indptr, k, side="right")) - 1
            column = self.column_label(int(self.matrix.indices[k]))
            what = f"coefficient {float(self.matrix.data[k])!r} of {column} is not a finite number."
            findings.append(Finding(self.row_label(row), what))
        if not np.isfinite(self.offset):
            findings.append(Finding("objective", f"offset {self.offset!r} is not a finite number."))
        if findings:
            raise ModelError(findings, f"problem {self.name}")

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self.row_lower), len(self.column_lower)

    @property
    def nonzeros(self) -> int:
        """Number of linear coefficients."""
        return int(self.matrix.nnz)

    @property
    def is_linear(self) -> bool:
        """Whether there are no product terms."""
        return len(self.products) == 0

    @property
    def is_integer(self) -> bool:
        """Whether any column takes whole numbers only."""
        return bool(self.integer.any())

    @cached_property
    def _row_starts(self) -> list[int]:
        return [block.start for block in self.row_blocks]

    @cached_property
    def _column_starts(self) -> list[int]:
        return [block.start for block in self.column_blocks]

    def row_block(self, row: int) -> Block:
        """Return the block of a row id. Raises :class:`ModelError` if there is no such row."""
        return _block_at(self.row_blocks, self._row_starts, row, "row")

    def column_block(self, column: int) -> Block:
        """Return the block of a column id. Raises :class:`ModelError` if there is no such column."""
        return _block_at(self.column_blocks, self._column_starts, column, "column")

    def row_label(self, row: int) -> str:
        """Readable name of a row, for example ``limit_max[jet_sales,2023-09]``."""
        return self.row_block(row).label(row)

    def column_label(self, column: int) -> str:
        """Readable name of a column, for example ``purchase[urals,2023-09]``."""
        return self.column_block(column).label(column)

    def block(self, name: str) -> Block:
        """Return the row or column block of this name.

        Raises
        ------
        ModelError
            If there is none; the finding names the closest one.
        """
        known = {block.name: block for block in (*self.column_blocks, *self.row_blocks)}
        if name not in known:
            what = f'there is no block "{name}".'
            raise ModelError(Finding(f"problem {self.name}", what, closest(name, known)))
        return known[name]

    def with_(self, **changes: Any) -> Problem:
        """Return a changed copy that shares everything else; scalars broadcast.

        Raises
        ------
        ModelError
            If a name is not a field of a problem or the new numbers are not sound.
        """
        known = [item.name for item in fields(self)]
        for name in changes:
            if name not in known:
                what = f'a problem has no field "{name}" to change.'
                raise ModelError(Finding(f"problem {self.name}", what, closest(name, known)))
        if not changes.keys() <= _NUMBERS:
            return replace(self, **changes)
        made = object.__new__(Problem)
        for item in fields(self):
            object.__setattr__(made, item.name, changes.get(item.name, getattr(self, item.name)))
        made._settle(changes.keys(), self.shape)
        return made


def _vectors(rows: int, columns: int) -> list[tuple[str, int, Any]]:
    """Name, length and type of every vector of a problem."""
    floats = [("objective", columns), ("row_lower", rows), ("row_upper", rows)]
    floats += [("column_lower", columns), ("column_upper", columns)]
    return [(name, size, np.float64) for name, size in floats] + [("integer", columns, np.bool_)]


def _span(blocks: tuple[Block, ...], kind: str) -> int:
    """Count the ids that blocks cover; they must follow each other without gaps."""
    total = 0
    for block in blocks:
        if block.start != total:
            raise ModelError(
                Finding(f"{kind} block {block.name}", f"starts at {block.start}, not at {total}.")
            )
        total = block.stop
    return total


def _block_at(blocks: tuple[Block, ...], starts: list[int], identifier: int, kind: str) -> Block:
    total = blocks[-1].stop if blocks else 0
    if not 0 <= identifier < total:
        raise ModelError(Finding(kind, f"there is no {kind} {identifier}; there are {total}."))
    return blocks[bisect_right(starts, identifier) - 1]
