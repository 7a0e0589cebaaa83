"""Labelled index tables: which rows or columns a block of the program has, and what each is called.

An :class:`Index` is a dense product of axes in C order. One axis is a tuple of keys and one key a tuple of
labels, so that ragged structure (the modes each unit really has) is one axis of pairs and never padded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from netback.errors import Finding, ModelError, closest

Label = tuple[str, ...]
Axis = tuple[Label, ...]
IntArray = NDArray[np.int64]


def _key(raw: str | Sequence[str]) -> Label:
    """One key as a tuple of labels; a bare string is a key of one label."""
    return (raw,) if isinstance(raw, str) else tuple(raw)


def _axis(dims: Label, keys: Iterable[str | Sequence[str]]) -> Axis:
    """Keys of one axis, each checked to have one text label per dimension."""
    axis = tuple(_key(raw) for raw in keys)
    for key in axis:
        if len(key) != len(dims) or not all(isinstance(label, str) for label in key):
            what = f"key {key!r} does not give one text label for each of {len(dims)} dimensions."
            raise ModelError(Finding(f"index over {', '.join(dims)}", what))
    return axis


@dataclass(frozen=True)
class Index:
    """Dense product of axes of keys, in C order (the last axis runs fastest).

    Parameters
    ----------
    dims
        Names of the labels in order, for example ``("unit", "mode", "period")``.
    axes
        One tuple of keys per axis; one key is a tuple of labels. All labels of one key of every axis, put
        one after the other, match ``dims``.

    Raises
    ------
    ModelError
        If a key has the wrong number of labels or stands twice on its axis.
    """

    dims: tuple[str, ...]
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        width = 0
        for axis in self.axes:
            self._check_axis(axis)
            width += len(axis[0]) if axis else 0
        complete = all(self.axes)
        if width > len(self.dims) or (complete and width != len(self.dims)):
            what = f"{len(self.dims)} dimensions ({', '.join(self.dims)}) but keys of {width} labels in all."
            raise ModelError(Finding("index", what))

    def _check_axis(self, axis: Axis) -> None:
        place = f"index over {', '.join(self.dims)}"
        seen: set[Label] = set()
        for key in axis:
            if len(key) != len(axis[0]):
                raise ModelError(Finding(place, f"key {key!r} has {len(key)} labels, others {len(axis[0])}."))
            if key in seen:
                raise ModelError(Finding(place, f'key "{",".join(key)}" stands twice.'))
            seen.add(key)

    @classmethod
    def of(cls, dims: str | Sequence[str], keys: Iterable[str | Sequence[str]]) -> Index:
        """Index with one axis. ``keys`` are label tuples, or bare strings where there is one dimension."""
        names = _key(dims)
        return cls(names, (_axis(names, keys),))

    @classmethod
    def product(cls, *parts: Index | tuple[str | Sequence[str], Iterable[str | Sequence[str]]]) -> Index:
        """Product of indices or of ``(dims, keys)`` pairs, in the order given."""
        indices = [part if isinstance(part, Index) else cls.of(*part) for part in parts]
        dims = tuple(dim for index in indices for dim in index.dims)
        return cls(dims, tuple(axis for index in indices for axis in index.axes))

    @classmethod
    def scalar(cls) -> Index:
        """Index of exactly one entry without labels."""
        return cls((), ())

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of keys on each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of entries, the product of ``shape``."""
        return prod(self.shape)

    def label(self, flat: int) -> Label:
        """Labels of the entry at a flat position, one per dimension.

        Raises
        ------
        ModelError
            If ``flat`` is not in ``[0, size)``.
        """
        if not 0 <= flat < self.size:
            raise ModelError(
                Finding(f"index over {', '.join(self.dims)}", f"has no entry {flat} of {self.size}.")
            )
        parts: list[Label] = []
        for axis in reversed(self.axes):
            flat, position = divmod(flat, len(axis))
            parts.append(axis[position])
        return tuple(label for key in reversed(parts) for label in key)

    @cached_property
    def _positions(self) -> tuple[dict[Label, int], ...]:
        return tuple({key: position for position, key in enumerate(axis)} for axis in self.axes)

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        return tuple(len(axis[0]) if axis else 0 for axis in self.axes)

    def flat(self, labels: Sequence[str]) -> int:
        """Flat position of the entry with these labels.

        Raises
        ------
        ModelError
            If there is none; the finding names the labels and the closest known key.
        """
        key, position, start = tuple(labels), 0, 0
        if self.size == 0:
            raise ModelError(self._unknown(key, "the index has no entries."))
        if len(key) != len(self.dims):
            raise ModelError(self._unknown(key, f"{len(self.dims)} labels are needed."))
        for known, width in zip(self._positions, self._widths, strict=True):
            part = key[start : start + width]
            if part not in known:
                raise ModelError(
                    self._unknown(key, f'"{",".join(part)}" is not in it.', self._hint(part, known))
                )
            position = position * len(known) + known[part]
            start += width
        return position

    def flats(self, keys: Iterable[str | Sequence[str]]) -> IntArray:
        """Flat positions of many entries, int (len(keys),). All unknown keys are reported together.

        Raises
        ------
        ModelError
            One finding for every key without an entry.
        """
        found: list[int] = []
        missing: list[Finding] = []
        for raw in keys:
            try:
                found.append(self.flat(_key(raw)))
            except ModelError as error:
                missing.extend(error.findings)
        if missing:
            raise ModelError(missing)
        return np.array(found, dtype=np.int64)

    def _hint(self, part: Label, known: dict[Label, int]) -> str:
        return closest(",".join(part), [",".join(key) for key in known])

    def _unknown(self, key: Label, what: str, hint: str = "") -> Finding:
        place = f"index over {', '.join(self.dims)}" if self.dims else "index without dimensions"
        return Finding(place, f'no entry "{",".join(key)}": {what}', hint)
