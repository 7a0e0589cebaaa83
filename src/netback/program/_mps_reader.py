"""Parse free MPS text. Every fault is collected with its line; see :mod:`netback.program.mps`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import scipy.sparse as sparse

from netback.errors import DataError, Finding, ModelError, closest
from netback.program.index import Index
from netback.program.problem import Block, Problem, Products

RANGE_COMMENT = "*NETBACK RANGE"
MAX_FINDINGS = 20
_SECTIONS = ("NAME", "OBJSENSE", "ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "QCMATRIX", "ENDATA")
_VALUED = ("LO", "UP", "FX", "LI", "UI")
_BARE = ("FR", "MI", "PL", "BV")


def parse_mps(text: str, name: str) -> Problem:
    """Problem from MPS text; ``name`` is the file's name for findings. Raises :class:`DataError`."""
    return _Parser(name).parse(text)


class _FaultError(Exception):
    """One faulty line: what is wrong and the repair."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


class _Parser:
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.section, self.product_row = "", -1
        self.name, self.objective = "", ""
        self.sense: Literal["min", "max"] = "min"
        self.row_ids: dict[str, int] = {}
        self.row_kinds: list[str] = []
        self.column_ids: dict[str, int] = {}
        self.integer: list[bool] = []
        self.inside_integer = False
        self.costs: dict[int, float] = {}
        self.entries: dict[tuple[int, int], float] = {}
        self.sides: dict[int, float] = {}
        self.ranges: dict[int, float] = {}
        self.exact: dict[str, tuple[float, float]] = {}
        self.lower: dict[int, float] = {}
        self.upper: dict[int, float] = {}
        self.products: list[tuple[int, int, int, float]] = []
        self.offset = 0.0
        self.sets: dict[str, str] = {}
        self.readers: dict[str, Callable[[list[str]], None]] = {
            "OBJSENSE": self.read_sense,
            "ROWS": self.read_row,
            "COLUMNS": self.read_column,
            "RHS": self.read_side,
            "RANGES": self.read_range,
            "BOUNDS": self.read_bound,
            "QCMATRIX": self.read_product,
        }

    def parse(self, text: str) -> Problem:
        for number, line in enumerate(text.splitlines(), start=1):
            try:
                self.read_line(line)
            except _FaultError as fault:
                self.findings.append(Finding(f"{self.file}, line {number}", fault.what, fault.hint))
            if self.section == "ENDATA" or len(self.findings) >= MAX_FINDINGS:
                break
        if not self.findings and self.section != "ENDATA":
            self.findings.append(Finding(self.file, "ends without ENDATA.", "The file may be cut short."))
        if not self.findings and not self.objective:
            self.findings.append(Finding(self.file, "has no N row, so no objective."))
        self.check_bounds()
        if self.findings:
            raise DataError(self.findings, self.file)
        try:
            return self.problem()
        except ModelError as error:
            raise DataError(error.findings, self.file) from None

    def read_line(self, line: str) -> None:
        if line.startswith(RANGE_COMMENT):
            name, lower, upper = self.fields(line[len(RANGE_COMMENT) :].split(), 3)
            self.exact[name] = (_number(lower), _number(upper))
        elif line.startswith("*") or not line.strip():
            return
        elif line[0].isspace():
            if self.section not in self.readers:
                raise _FaultError(f"a data line in section {self.section or 'none'}.")
            self.readers[self.section](line.split())
        else:
            self.open_section(line.split())

    def open_section(self, fields: list[str]) -> None:
        section = fields[0].upper()
        if section not in _SECTIONS:
            hint = closest(section, _SECTIONS) or f"Known: {', '.join(_SECTIONS)}."
            raise _FaultError(f'unknown section "{fields[0]}".', hint)
        self.section = section
        if section == "NAME":
            self.name = " ".join(fields[1:])
        elif section == "OBJSENSE" and len(fields) > 1:
            self.read_sense(fields[1:])
        elif section == "QCMATRIX":
            self.product_row = self.row(self.fields(fields, 2)[1])

    def fields(self, found: list[str], count: int) -> list[str]:
        if len(found) != count:
            hint = "Names in free MPS have no spaces." if len(found) > count else ""
            raise _FaultError(f"{len(found)} fields where {count} are needed.", hint)
        return found

    def row(self, name: str) -> int:
        if name not in self.row_ids:
            raise _FaultError(f'unknown row "{name}".', closest(name, self.row_ids))
        return self.row_ids[name]

    def column(self, name: str) -> int:
        if name not in self.column_ids:
            raise _FaultError(f'unknown column "{name}".', closest(name, self.column_ids))
        return self.column_ids[name]

    def read_sense(self, fields: list[str]) -> None:
        word = self.fields(fields, 1)[0].upper()
        if word not in ("MIN", "MAX", "MINIMIZE", "MAXIMIZE"):
            raise _FaultError(f'sense "{fields[0]}" is neither MIN nor MAX.')
        self.sense = "max" if word.startswith("MAX") else "min"

    def read_row(self, fields: list[str]) -> None:
        kind, name = self.fields(fields, 2)
        kind = kind.upper()
        if kind not in ("N", "E", "L", "G"):
            raise _FaultError(f'row type "{fields[0]}" is none of N, E, L, G.')
        if name in self.row_ids or name == self.objective:
            raise _FaultError(f'row "{name}" stands twice.')
        if kind == "N" and not self.objective:
            self.objective = name
            return
        self.row_ids[name] = len(self.row_kinds)
        self.row_kinds.append(kind)

    def read_column(self, fields: list[str]) -> None:
        if len(fields) == 3 and fields[1] == "'MARKER'":
            if fields[2] not in ("'INTORG'", "'INTEND'"):
                raise _FaultError(f"marker {fields[2]} is neither 'INTORG' nor 'INTEND'.")
            self.inside_integer = fields[2] == "'INTORG'"
            return
        if len(fields) not in (3, 5):
            self.fields(fields, 3)
        name = fields[0]
        if name not in self.column_ids:
            self.column_ids[name] = len(self.integer)
            self.integer.append(self.inside_integer)
        column = self.column_ids[name]
        for row, value in zip(fields[1::2], fields[2::2], strict=True):
            self.read_entry(row, name, column, _number(value))

    def read_entry(self, row: str, name: str, column: int, value: float) -> None:
        if row == self.objective:
            if column in self.costs:
                raise _FaultError(f'the cost of column "{name}" stands twice.')
            self.costs[column] = value
            return
        place = (self.row(row), column)
        if place in self.entries:
            raise _FaultError(f'row "{row}" of column "{name}" stands twice.')
        self.entries[place] = value

    def pairs(self, fields: list[str], section: str) -> list[tuple[str, float]]:
        """Row and value pairs of an RHS or RANGES line, with or without the name of its set."""
        if len(fields) % 2:
            self.one_set(fields[0], section)
            fields = fields[1:]
        if len(fields) not in (2, 4):
            self.fields(fields, 2)
        return [(row, _number(value)) for row, value in zip(fields[::2], fields[1::2], strict=True)]

    def one_set(self, name: str, section: str) -> None:
        first = self.sets.setdefault(section, name)
        if name != first:
            raise _FaultError(
                f'a second set "{name}" in {section} after "{first}".', "Keep one set in the file."
            )

    def read_side(self, fields: list[str]) -> None:
        for row, value in self.pairs(fields, "RHS"):
            if row == self.objective:
                self.offset = -value
            else:
                self.sides[self.row(row)] = value

    def read_range(self, fields: list[str]) -> None:
        for row, value in self.pairs(fields, "RANGES"):
            if row == self.objective or self.row_kinds[self.row(row)] == "N":
                raise _FaultError(f'row "{row}" is of type N and takes no range.')
            self.ranges[self.row(row)] = value

    def read_bound(self, fields: list[str]) -> None:
        kind = fields[0].upper()
        if kind not in (*_VALUED, *_BARE):
            raise _FaultError(f'bound type "{fields[0]}" is none of {", ".join((*_VALUED, *_BARE))}.')
        bare = kind in _BARE
        if len(fields) >= (3 if bare else 4):
            self.one_set(fields.pop(1), "BOUNDS")
        column = self.column(self.fields(fields[:2] if bare else fields, 2 if bare else 3)[1])
        if bare:
            self.set_bare(kind, column)
        else:
            self.set_bound(kind, column, _number(fields[2]))

    def set_bare(self, kind: str, column: int) -> None:
        if kind in ("FR", "MI"):
            self.lower[column] = -math.inf
        if kind in ("FR", "PL"):
            self.upper[column] = math.inf
        if kind == "BV":
            self.lower[column], self.upper[column], self.integer[column] = 0.0, 1.0, True

    def set_bound(self, kind: str, column: int, value: float) -> None:
        if kind in ("LI", "UI"):
            self.integer[column] = True
        if kind in ("LO", "LI", "FX"):
            self.lower[column] = value
        if kind in ("UP", "UI", "FX"):
            self.upper[column] = value

    def read_product(self, fields: list[str]) -> None:
        first, second, value = self.fields(fields, 3)
        self.products.append((self.product_row, self.column(first), self.column(second), _number(value)))

    def row_bounds(self, row: int, name: str) -> tuple[float, float]:
        kind, side = self.row_kinds[row], self.sides.get(row, 0.0)
        if name in self.exact:
            return self.exact[name]
        if kind == "N":
            return -math.inf, math.inf
        width = self.ranges.get(row)
        if kind == "E":
            width = 0.0 if width is None else width
            return (side, side + width) if width >= 0.0 else (side + width, side)
        if kind == "G":
            return side, math.inf if width is None else side + abs(width)
        return -math.inf if width is None else side - abs(width), side

    def column_bounds(self, column: int) -> tuple[float, float]:
        lower, upper = self.lower.get(column), self.upper.get(column)
        if upper is None:
            upper = 1.0 if self.integer[column] and lower is None else math.inf
        return 0.0 if lower is None else lower, upper

    def check_bounds(self) -> None:
        """Refuse what other readers take in two ways: CPLEX opens such a column downwards, HiGHS does not."""
        for name, column in self.column_ids.items():
            if column not in self.lower and self.upper.get(column, 0.0) < 0.0:
                what = (
                    f'column "{name}" has an upper bound below zero and no lower bound; readers differ here.'
                )
                self.findings.append(
                    Finding(self.file, what, "Add its lower bound: MI, or LO with a number.")
                )

    def problem(self) -> Problem:
        rows, columns = len(self.row_kinds), len(self.integer)
        row_bounds = [self.row_bounds(i, name) for name, i in self.row_ids.items()]
        column_bounds = [self.column_bounds(j) for j in range(columns)]
        places = np.array(list(self.entries), dtype=np.int64).reshape(-1, 2)
        values = np.array(list(self.entries.values()))
        objective = np.zeros(columns)
        objective[list(self.costs)] = list(self.costs.values())
        terms = np.array(self.products, dtype=np.float64).reshape(-1, 4)
        product_rows, first, second = terms[:, :3].T.astype(np.int64)
        return Problem(
            name=self.name,
            sense=self.sense,
            objective=objective,
            offset=self.offset,
            matrix=sparse.csr_array(
                sparse.coo_array((values, (places[:, 0], places[:, 1])), shape=(rows, columns))
            ),
            row_lower=np.array([low for low, _ in row_bounds]),
            row_upper=np.array([high for _, high in row_bounds]),
            column_lower=np.array([low for low, _ in column_bounds]),
            column_upper=np.array([high for _, high in column_bounds]),
            integer=np.array(self.integer, dtype=bool),
            row_blocks=(Block("", Index.of("row", self.row_ids), 0),),
            column_blocks=(Block("", Index.of("column", self.column_ids), 0),),
            products=Products.of(product_rows, first, second, terms[:, 3]),
        )


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(text.upper().replace("D", "E"))
        except ValueError:
            raise _FaultError(f'"{text}" is not a number.') from None
    if math.isnan(value):
        raise _FaultError(f'"{text}" is not a number.')
    return value
