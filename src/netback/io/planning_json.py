"""``netback-benchmark/1`` files of planning to programs, as far as their data alone say the program.

Read are: pooling in the layouts of Haverly and of Adhya, the crude selection problem, plants as sets and parameters,
and linear programs given as a matrix. The other files tell their program in words; which, and why they are not read, is
part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from netback.io.crude_selection import read_crude_selection
from netback.io.crude_selection_model import crude_selection_problem
from netback.io.json_file import PLANNING, Fields, read_json
from netback.io.plant_json.data import is_plant
from netback.io.pooling_json import pooling_of
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.pooling.instance import PoolingInstance
from netback.program.problem import Problem

_ALL_FROM_ZERO = "all >= 0"
_TOP = ("format", "id", "title", "kind", "sense", "data", "model", "expected")


@dataclass(frozen=True, eq=False)
class PlanningCase:
    """A benchmark of planning.

    ``problem`` or ``pooling`` is what to solve; where both are None, ``reason`` says why the file is not read.
    ``sense`` is that of the file: a pooling instance always minimises, so that its value changes sign under "max".
    """

    name: str
    sense: Literal["min", "max"]
    best_known: float | None = None
    problem: Problem | None = None
    pooling: PoolingInstance | None = None
    reason: str = ""


def read_planning(path: Path | str) -> PlanningCase:
    """Read a benchmark file, gzipped or not.

    Raises
    ------
    DataError
        With every fault of the file; each finding names the file and the field.
    """
    return planning_of(read_json(path), Path(path).name)


def planning_of(value: Any, source: str = "case") -> PlanningCase:
    """Make a case of parsed JSON; ``source`` is what findings call it.

    Raises
    ------
    DataError
        As :func:`read_planning`.
    """
    fields = Fields(source)
    top = fields.document(value, _TOP, PLANNING)
    name, sense = fields.text(top, "id", ""), top.get("sense")
    if sense not in ("min", "max"):
        fields.add("sense", f'is {sense!r}, neither "min" nor "max".')
    expected = fields.mapping(top.get("expected", {}), "expected")
    best = expected.get("objective")
    best_known = None if best is None else fields.as_number(best, "expected.objective")
    data = fields.mapping(top.get("data"), "data")
    fields.raise_if_any()
    case = PlanningCase(name, cast(Literal["min", "max"], sense), best_known)
    if is_plant(value):
        return _plant(case, value, source)
    return _filled(case, data, str(top.get("kind", "")), fields)


def _filled(case: PlanningCase, data: Mapping[str, Any], kind: str, fields: Fields) -> PlanningCase:
    """Add the program by what the data look like; the names of files play no part."""
    if {"rows_lower_upper", "columns", "column_bounds"} <= data.keys():
        return replace(case, problem=_matrix(case, data, fields))
    if {"scalars", "tables", "vectors", "scenarios"} <= data.keys():
        numbers = read_crude_selection(data, fields)
        return replace(case, problem=crude_selection_problem(numbers, case.name))
    if {"sources", "pool", "products"} <= data.keys():
        return replace(case, pooling=pooling_of(_haverly(case.name, data, fields), fields.source))
    if {"sources", "pools", "products", "source_capacity"} <= data.keys():
        return replace(case, pooling=pooling_of(_adhya(case.name, data, fields), fields.source))
    return replace(case, reason=_reason(kind))


def _plant(case: PlanningCase, value: Any, source: str) -> PlanningCase:
    """The published program of a plant; none where the file holds something of which nothing is known."""
    from netback.io.plant_json.data import plant_data
    from netback.io.plant_json.program import plant_program
    from netback.io.remarks import Remarks

    remarks = Remarks()
    data = plant_data(value, source, remarks)
    if unknown := remarks.of("note"):
        told = "; ".join(
            f"{finding.where.removeprefix(f'{source}, ')}: {finding.what}" for finding in unknown
        )
        return replace(case, reason=f"a plant with what is not in the published layout: {told}")
    return replace(case, problem=plant_program(data, case.name))


def _reason(kind: str) -> str:
    """Why a file gives no program."""
    if kind == "LP":
        return "a linear program told in words; the shipped case of that name is planned by: netback plan"
    return f'no program is known for data of this layout (kind "{kind}")'


def _haverly(name: str, data: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """One pool and direct sources, one quality, as ``pooling-json/1``."""
    sources = fields.mapping(data["sources"], "data.sources")
    products = fields.mapping(data["products"], "data.products")
    pool = fields.mapping(data["pool"], "data.pool")
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    for key, value in sources.items():
        row = fields.mapping(value, f"data.sources.{key}")
        cost = fields.number(row, "cost", f"data.sources.{key}")
        quality = fields.number(row, "sulphur", f"data.sources.{key}")
        inputs.append({"id": f"source {key}", "cost": cost, "quality": {"sulphur": quality}})
    for key, value in products.items():
        place = f"data.products.{key}"
        row = fields.mapping(value, place)
        price, most, limit = (
            fields.number(row, what, place) for what in ("price", "demand_max", "sulphur_max")
        )
        limits = {"quality_ub": {"sulphur": limit}, "quality_lb": {}}
        outputs.append({"id": f"product {key}", "price": price, "demand_lb": 0, "demand_ub": most, **limits})
    arcs = [(f"source {key}", "pool") for _, key in fields.rows(pool, "inputs", "data.pool")]
    arcs += [
        (f"source {key}", output["id"])
        for _, key in fields.rows(data, "direct", "data")
        for output in outputs
    ]
    arcs += [("pool", output["id"]) for output in outputs]
    return _pooling(name, ["sulphur"], inputs, [{"id": "pool"}], outputs, arcs, fields)


def _adhya(name: str, data: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Pools with their own sources that feed every product, qualities by position, as ``pooling-json/1``."""
    sources = fields.mapping(data["sources"], "data.sources")
    most = fields.number(data, "source_capacity", "data")
    inputs: list[dict[str, Any]] = []
    pools: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    arcs: list[tuple[str, str]] = []
    for key, value in sources.items():
        place = f"data.sources.{key}"
        row = fields.mapping(value, place)
        cost, quality = fields.number(row, "cost", place), _by_position(row, "quality", place, fields)
        inputs.append({"id": f"source {key}", "cost": cost, "supply_ub": most, "quality": quality})
    for key, value in fields.mapping(data["products"], "data.products").items():
        place = f"data.products.{key}"
        row = fields.mapping(value, place)
        price, demand = (fields.number(row, what, place) for what in ("price", "demand_max"))
        limits = {"quality_ub": _by_position(row, "quality_max", place, fields), "quality_lb": {}}
        outputs.append(
            {"id": f"product {key}", "price": price, "demand_lb": 0, "demand_ub": demand, **limits}
        )
    for key, value in fields.mapping(data["pools"], "data.pools").items():
        place = f"data.pools.{key}"
        row = fields.mapping(value, place)
        pools.append({"id": f"pool {key}", "capacity": fields.number(row, "capacity", place)})
        arcs += [(f"source {source}", f"pool {key}") for _, source in fields.rows(row, "sources", place)]
        arcs += [(f"pool {key}", output["id"]) for output in outputs]
    names = sorted({name for row in inputs for name in row["quality"]})
    return _pooling(name, names, inputs, pools, outputs, arcs, fields)


def _by_position(row: Mapping[str, Any], key: str, place: str, fields: Fields) -> dict[str, float]:
    return {
        f"quality {n}": fields.as_number(value, where)
        for n, (where, value) in enumerate(fields.rows(row, key, place), start=1)
    }


def _pooling(
    name: str, qualities: list[str], inputs: Any, pools: Any, outputs: Any, arcs: Any, fields: Fields
) -> dict[str, Any]:
    fields.raise_if_any()
    return {
        "format": "pooling-json/1",
        "name": name,
        "sense": "min",
        "qualities": qualities,
        "inputs": inputs,
        "pools": pools,
        "outputs": outputs,
        "arcs": [{"from": tail, "to": head} for tail, head in arcs],
    }


def _matrix(case: PlanningCase, data: Mapping[str, Any], fields: Fields) -> Problem:
    """A linear program: row bounds by name, columns with cost and entries by row, all of them from zero on."""
    rows = fields.mapping(data["rows_lower_upper"], "data.rows_lower_upper")
    row_ends = [_ends(value, f"data.rows_lower_upper.{key}", fields) for key, value in rows.items()]
    if data["column_bounds"] != _ALL_FROM_ZERO:
        fields.add(
            "data.column_bounds", f"is {data['column_bounds']!r}; only {_ALL_FROM_ZERO!r} can be read."
        )
    places = {key: n for n, key in enumerate(rows)}
    names: dict[str, None] = {}
    entries: list[tuple[int, int, float]] = []
    costs = []
    for at, (place, value) in enumerate(fields.rows(data, "columns", "data")):
        row = fields.mapping(value, place, ("name", "cost", "entries"))
        name = fields.text(row, "name", place)
        if name in names:
            fields.add(f"{place}.name", f'"{name}" is the name of an earlier column.')
        names[name] = None
        costs.append(fields.number(row, "cost", place, 0.0))
        for key, factor in fields.mapping(row.get("entries", {}), f"{place}.entries").items():
            if key not in places:
                fields.add(f"{place}.entries.{key}", "there is no such row.")
            entries.append((places.get(key, -1), at, fields.as_number(factor, f"{place}.entries.{key}")))
    fields.raise_if_any()
    builder = Builder(case.name, case.sense)
    x = builder.variables("x", Index.of("column", list(names)))
    builder.constraints("rows", Index.of("row", list(rows)), *np.array(row_ends).reshape(-1, 2).T)
    if entries:
        builder.add_terms(*(list(part) for part in zip(*entries, strict=True)))
    builder.add_costs(x.ids, np.array(costs))
    return builder.build()


def _ends(value: Any, place: str, fields: Fields) -> tuple[float, float]:
    """A pair of bounds; null is no bound."""
    if not isinstance(value, list) or len(value) != 2:
        fields.add(place, "is not a list of two bounds.")
        return math.nan, math.nan
    low = -math.inf if value[0] is None else fields.as_number(value[0], place)
    high = math.inf if value[1] is None else fields.as_number(value[1], place)
    if low > high:
        fields.add(place, f"runs from {low!r} to {high!r}.", "Lower must not exceed upper.")
    return low, high
