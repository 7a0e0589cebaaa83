"""``program-json/1`` files and parsed objects to :class:`Problem`, with all findings together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from netback.errors import closest
from netback.io.json_file import PROGRAM, Fields, read_json
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import FloatArray, Problem, Sense

_TOP = ("format", "name", "sense", "objective", "variables", "rows", "published_start", "best_known")
_VARIABLE = ("name", "lower", "upper", "integer")
_ROW = ("name", "relation", "rhs", "linear", "products")
_RELATIONS = ("=", "<=", ">=")


@dataclass(frozen=True, eq=False)
class ProgramFile:
    """A program with what its file says beside it.

    ``start`` holds the values (n,) that came with the model, NaN where it gives none, or None; ``best_known`` is
    the best objective known, or None.
    """

    problem: Problem
    start: FloatArray | None = None
    best_known: float | None = None


def read_program(path: Path | str) -> ProgramFile:
    """Read a program from a file, gzipped or not.

    Raises
    ------
    DataError
        With every fault of the file; each finding names the file and the field.
    """
    return program_of(read_json(path), Path(path).name)


def program_of(value: Any, source: str = "program") -> ProgramFile:
    """Make a program of parsed JSON; ``source`` is what findings call it.

    Raises
    ------
    DataError
        As :func:`read_program`.
    """
    fields = Fields(source)
    top = fields.document(value, _TOP, PROGRAM)
    reading = _Reading(fields, top)
    fields.raise_if_any()
    return ProgramFile(reading.problem(), reading.start, reading.best_known)


class _Reading:
    """One pass over a program; sound only if there are no findings."""

    def __init__(self, fields: Fields, top: Mapping[str, Any]) -> None:
        self.fields, self.top = fields, top
        self.name = fields.text(top, "name", "")
        self.sense = top.get("sense")
        if self.sense not in ("min", "max"):
            fields.add("sense", f'is {self.sense!r}, neither "min" nor "max".')
        self.column: dict[str, int] = {}
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.integer: list[bool] = []
        self._variables()
        self.row_names: dict[str, int] = {}
        self.row_lower: list[float] = []
        self.row_upper: list[float] = []
        self.terms: list[tuple[int, int, float]] = []
        self.products: list[tuple[int, int, int, float]] = []
        self._rows()
        self.costs = self._coefficients(top.get("objective", {}), "objective")
        self.offset = fields.number(top, "offset", "", 0.0)
        self.start = self._start()
        self.best_known = self._best_known()

    def problem(self) -> Problem:
        """Put the program together."""
        builder = Builder(self.name, cast(Sense, self.sense))
        columns = Index.of("variable", list(self.column))
        builder.variables(
            "x", columns, np.array(self.lower), np.array(self.upper), np.array(self.integer, dtype=bool)
        )
        rows = Index.of("row", list(self.row_names))
        builder.constraints("rows", rows, np.array(self.row_lower), np.array(self.row_upper))
        if self.terms:
            row, column, value = zip(*self.terms, strict=True)
            builder.add_terms(row, column, value)
        if self.products:
            at, first, second, factor = zip(*self.products, strict=True)
            builder.add_products(at, first, second, factor)
        if self.costs:
            builder.add_costs(*(list(part) for part in zip(*self.costs, strict=True)))
        builder.add_offset(self.offset)
        return builder.build()

    def _variables(self) -> None:
        take = self.fields
        for place, value in take.rows(self.top, "variables"):
            row = take.mapping(value, place, _VARIABLE)
            name = take.text(row, "name", place) if row else ""
            if name in self.column:
                take.add(f"{place}.name", f'"{name}" is the name of an earlier variable.')
                continue
            self.column[name] = len(self.column)
            low = take.number(row, "lower", place, -math.inf)
            high = take.number(row, "upper", place, math.inf)
            if low > high:
                take.add(
                    f"{place}.lower", f"is {low!r}, above upper {high!r}.", "Lower must not exceed upper."
                )
            whole = row.get("integer", False)
            if not isinstance(whole, bool):
                take.add(f"{place}.integer", "is neither true nor false.")
            self.lower.append(low)
            self.upper.append(high)
            self.integer.append(whole is True)

    def _rows(self) -> None:
        take = self.fields
        for place, value in take.rows(self.top, "rows"):
            row = take.mapping(value, place, _ROW)
            name = take.text(row, "name", place) if row else ""
            if name in self.row_names:
                take.add(f"{place}.name", f'"{name}" is the name of an earlier row.')
                continue
            at = self.row_names[name] = len(self.row_names)
            relation, rhs = row.get("relation"), take.number(row, "rhs", place)
            if relation not in _RELATIONS:
                take.add(f"{place}.relation", f"is {relation!r}, none of {', '.join(_RELATIONS)}.")
            self.row_lower.append(-math.inf if relation == "<=" else rhs)
            self.row_upper.append(math.inf if relation == ">=" else rhs)
            linear = self._coefficients(row.get("linear", {}), f"{place}.linear")
            self.terms += [(at, column, factor) for column, factor in linear]
            self._products(row, at, place)

    def _products(self, row: Mapping[str, Any], at: int, place: str) -> None:
        if row.get("products") is None:
            return
        for where, triple in self.fields.rows(row, "products", place):
            if not isinstance(triple, list) or len(triple) != 3:
                self.fields.add(where, "is not a list of two variables and a coefficient.")
                continue
            first, second = (self._column(name, where) for name in triple[:2])
            factor = self.fields.as_number(triple[2], where)
            self.products.append((at, first, second, factor))

    def _coefficients(self, value: Any, place: str) -> list[tuple[int, float]]:
        """Columns and coefficients of an object ``{variable: coefficient}``."""
        found = []
        for name, factor in self.fields.mapping(value, place).items():
            where = f"{place}.{name}"
            found.append((self._column(name, where), self.fields.as_number(factor, where)))
        return found

    def _column(self, name: Any, place: str) -> int:
        if isinstance(name, str) and name in self.column:
            return self.column[name]
        # A hint costs a comparison with every name, so that only the first findings have one.
        hint = closest(str(name), self.column) if len(self.fields.findings) < 10 else ""
        self.fields.add(place, f"there is no variable {name!r}.", hint)
        return -1

    def _start(self) -> FloatArray | None:
        given = self.top.get("published_start")
        if not given:
            return None
        start = np.full(len(self.column), np.nan)
        for column, value in self._coefficients(given, "published_start"):
            if column >= 0:
                start[column] = value
        return start

    def _best_known(self) -> float | None:
        value = self.top.get("best_known")
        if isinstance(value, dict):
            value = value.get("objective")
        return None if value is None else self.fields.as_number(value, "best_known")
