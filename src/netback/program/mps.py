"""Write and read programs as free MPS, the exchange format that every solver reads.

Names are the readable labels, with white space replaced and made unique; numbers are written with the
shortest digits that give the same double again. A range row that ``rhs + range`` cannot give back to the
last bit carries a ``*NETBACK RANGE`` comment with both bounds, which other readers skip. Product terms are
``QCMATRIX`` sections, whose entries count ``q_ab + q_ba``.

Format: IBM MPSX/370; free form, OBJSENSE and QCMATRIX as in the CPLEX file format reference. Conventions
that differ between readers are always written out: integer columns get both bounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from netback.errors import DataError, Finding
from netback.program._mps_reader import RANGE_COMMENT, parse_mps
from netback.program.problem import FloatArray, Problem

OBJECTIVE = "objective"


def write_mps(problem: Problem, target: str | Path | TextIO) -> None:
    """Write a problem as free MPS with readable names.

    ``target`` is a path or an open text file. The file reads back to the same numbers by :func:`read_mps`.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    with _opened(target, "w") as file:
        file.writelines(f"{line}\n" for line in _lines(problem))


def read_mps(source: str | Path | TextIO) -> Problem:
    """Read a free MPS file; the file's names become the labels of one row and one column block.

    Further N rows stay as rows without bounds. An integer column without any bound is 0 or 1, as in CPLEX,
    Gurobi and HiGHS. An upper bound below zero without a lower bound is refused, because readers differ.

    Raises
    ------
    DataError
        If the file is missing, not UTF-8 or not MPS; findings name the line, the fault and the repair.
    """
    with _opened(source, "r") as file:
        try:
            text = file.read()
        except UnicodeDecodeError as error:
            name = getattr(file, "name", "MPS file")
            raise DataError(
                Finding(str(name), f"is not UTF-8 at byte {error.start}.", "Save it as UTF-8.")
            ) from None
        return parse_mps(text, Path(str(getattr(file, "name", "MPS text"))).name)


@contextmanager
def _opened(place: str | Path | TextIO, mode: str) -> Iterator[TextIO]:
    if not isinstance(place, str | Path):
        yield place
        return
    try:
        with Path(place).open(mode, encoding="utf-8", newline="\n" if mode == "w" else None) as file:
            yield cast(TextIO, file)
    except OSError as error:
        raise DataError(Finding(str(place), f"cannot be opened: {error.strerror}.")) from None


def safe_names(labels: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Make names without white space, each once: ``Arab Light`` is ``Arab_Light``, the next ``Arab_Light~2``.

    Names that were safe already keep theirs, whatever the order.
    """
    given = list(labels)
    cleaned = ["_".join(label.split()) or "_" for label in given]
    cleaned = ["_" + name if name[0] in "$*" else name for name in cleaned]
    used = set(taken) | {name for name, label in zip(cleaned, given, strict=True) if name == label}
    seen: set[str] = set()
    names: list[str] = []
    for name, label in zip(cleaned, given, strict=True):
        unique, number = name, 1
        while unique in seen or (unique in used and not (unique == label and unique not in taken)):
            number += 1
            unique = f"{name}~{number}"
        seen.add(unique)
        names.append(unique)
    return names


def _lines(problem: Problem) -> Iterator[str]:
    rows = safe_names((problem.row_label(i) for i in range(problem.shape[0])), (OBJECTIVE,))
    columns = safe_names(problem.column_label(j) for j in range(problem.shape[1]))
    yield f"* {problem.shape[0]} rows, {problem.shape[1]} columns, {problem.nonzeros} coefficients"
    yield f"NAME {safe_names([problem.name])[0]}"
    yield "OBJSENSE"
    yield f"    {problem.sense.upper()}"
    yield "ROWS"
    yield f" N {OBJECTIVE}"
    kinds = [_row_kind(*bounds) for bounds in _pairs(problem.row_lower, problem.row_upper)]
    yield from (f" {kind} {name}" for (kind, _, _), name in zip(kinds, rows, strict=True))
    yield from _column_lines(problem, rows, columns)
    yield from _right_side_lines(problem, rows, kinds)
    yield "BOUNDS"
    for j, (lower, upper) in enumerate(_pairs(problem.column_lower, problem.column_upper)):
        yield from _bound_lines(columns[j], lower, upper, bool(problem.integer[j]))
    yield from _product_lines(problem, rows, columns)
    yield "ENDATA"


def _pairs(lower: FloatArray, upper: FloatArray) -> Iterator[tuple[float, float]]:
    return zip(lower.tolist(), upper.tolist(), strict=True)


def _row_kind(lower: float, upper: float) -> tuple[str, float, float | None]:
    """MPS type, right side and range of a row; the anchor is the bound nearer to zero, for exactness."""
    if lower == upper:
        return "E", lower, None
    if lower == -math.inf:
        return ("N", 0.0, None) if upper == math.inf else ("L", upper, None)
    if upper == math.inf:
        return "G", lower, None
    return (
        ("G", lower, _range(lower, upper)) if abs(lower) <= abs(upper) else ("L", upper, _range(lower, upper))
    )


def _range(lower: float, upper: float) -> float:
    """Find a range that gives the far bound back exactly where one double does, else the nearest."""
    anchor, far = (lower, upper) if abs(lower) <= abs(upper) else (upper, lower)
    width = min(upper - lower, math.nextafter(math.inf, 0.0))
    sign = 1.0 if far == upper else -1.0
    for candidate in (width, math.nextafter(width, 0.0), math.nextafter(width, math.inf)):
        if anchor + sign * candidate == far:
            return candidate
    return width


def _column_lines(problem: Problem, rows: list[str], columns: list[str]) -> Iterator[str]:
    matrix = problem.matrix.tocsc()
    costs, whole = problem.objective.tolist(), problem.integer.tolist()
    starts, indices, values = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    yield "COLUMNS"
    inside = False
    for j, name in enumerate(columns):
        if whole[j] != inside:
            inside = whole[j]
            yield f"    MARKER 'MARKER' '{'INTORG' if inside else 'INTEND'}'"
        if costs[j] != 0.0 or starts[j] == starts[j + 1]:
            yield f"    {name} {OBJECTIVE} {costs[j]!r}"
        for k in range(starts[j], starts[j + 1]):
            yield f"    {name} {rows[indices[k]]} {values[k]!r}"
    if inside:
        yield "    MARKER 'MARKER' 'INTEND'"


def _right_side_lines(
    problem: Problem, rows: list[str], kinds: list[tuple[str, float, float | None]]
) -> Iterator[str]:
    yield "RHS"
    if problem.offset != 0.0:
        yield f"    RHS {OBJECTIVE} {-problem.offset!r}"
    for (_, side, _), name in zip(kinds, rows, strict=True):
        if side != 0.0:
            yield f"    RHS {name} {side!r}"
    yield "RANGES"
    for i, ((kind, side, width), name) in enumerate(zip(kinds, rows, strict=True)):
        if width is None:
            continue
        yield f"    RANGE {name} {width!r}"
        lower, upper = float(problem.row_lower[i]), float(problem.row_upper[i])
        if (side + width, side) != (upper, lower) if kind == "G" else (side - width, side) != (lower, upper):
            yield f"{RANGE_COMMENT} {name} {lower!r} {upper!r}"


def _bound_lines(name: str, lower: float, upper: float, whole: bool) -> Iterator[str]:
    if lower == upper:
        yield f" FX BOUND {name} {lower!r}"
        return
    if lower == -math.inf:
        yield f" FR BOUND {name}" if upper == math.inf else f" MI BOUND {name}"
    elif lower != 0.0:
        yield f" LO BOUND {name} {lower!r}"
    if upper != math.inf:
        yield f" UP BOUND {name} {upper!r}"
    elif whole and lower != -math.inf:
        yield f" PL BOUND {name}"


def _product_lines(problem: Problem, rows: list[str], columns: list[str]) -> Iterator[str]:
    terms = problem.products
    last = -1
    parts = (terms.rows, terms.columns_a, terms.columns_b, terms.coefficients)
    for row, a, b, value in zip(*(part.tolist() for part in parts), strict=True):
        if row != last:
            yield f"QCMATRIX {rows[row]}"
            last = row
        if a == b:
            yield f"    {columns[a]} {columns[a]} {value!r}"
            continue
        yield f"    {columns[a]} {columns[b]} {value / 2.0!r}"
        yield f"    {columns[b]} {columns[a]} {value / 2.0!r}"
