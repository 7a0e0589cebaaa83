"""``pooling-json/1`` files and parsed objects to :class:`PoolingInstance`, with all findings together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netback.errors import DataError, Finding, ModelError, closest
from netback.io.json_file import POOLING, Fields, read_json
from netback.program.pooling.instance import BestKnown, PoolingInstance

_INPUT = ("id", "cost", "supply_lb", "supply_ub", "quality")
_POOL = ("id", "capacity")
_OUTPUT = ("id", "price", "demand_lb", "demand_ub", "quality_ub", "quality_lb")
_ARC = ("from", "to", "cost", "lb", "ub", "fraction_ub")
_TOP = (
    "format",
    "name",
    "set",
    "origin",
    "sense",
    "best_known",
    "qualities",
    "inputs",
    "pools",
    "outputs",
    "arcs",
)


def read_pooling(path: Path | str) -> PoolingInstance:
    """Read an instance from a file, gzipped or not.

    Raises
    ------
    DataError
        With every fault of the file; each finding names the file and the field.
    """
    return pooling_of(read_json(path), Path(path).name)


def pooling_of(value: Any, source: str = "instance") -> PoolingInstance:
    """Make an instance of parsed JSON; ``source`` is what findings call it.

    Raises
    ------
    DataError
        As :func:`read_pooling`.
    """
    fields = Fields(source)
    top = fields.document(value, _TOP, POOLING)
    if top.get("sense", "min") != "min":
        fields.add("sense", f"is {top.get('sense')!r}; the format knows only 'min'.")
    reading = _Reading(fields, top)
    numbers = reading.numbers()
    fields.raise_if_any()
    try:
        return PoolingInstance(**numbers)
    except ModelError as error:
        raise DataError([Finding(f"{source}, {f.where}", f.what, f.hint) for f in error.findings]) from None


class _Reading:
    """One pass over the lists of an instance."""

    def __init__(self, fields: Fields, top: Mapping[str, Any]) -> None:
        self.fields, self.top = fields, top
        self.qualities = self._qualities()
        self.node: dict[str, tuple[str, int]] = {}
        self.inputs = self._rows("inputs", "input", _INPUT)
        self.pools = self._rows("pools", "pool", _POOL)
        self.outputs = self._rows("outputs", "output", _OUTPUT)

    def numbers(self) -> dict[str, Any]:
        """Arguments of the instance; sound only if there are no findings."""
        return {
            "name": self.fields.text(self.top, "name", ""),
            "group": self.fields.text(self.top, "set", "", ""),
            "best_known": self._best_known(),
            "qualities": tuple(self.qualities),
            **self._inputs(),
            **self._pools(),
            **self._outputs(),
            **self._arcs(),
        }

    def _qualities(self) -> list[str]:
        names: list[str] = []
        for place, name in self.fields.rows(self.top, "qualities"):
            if not isinstance(name, str) or not name:
                self.fields.add(place, "is not a name.")
            elif name in names:
                self.fields.add(place, f'quality "{name}" stands twice.')
            else:
                names.append(name)
        return names

    def _rows(self, key: str, kind: str, known: tuple[str, ...]) -> list[tuple[str, Mapping[str, Any]]]:
        """Rows of a list of nodes; every id is entered once."""
        rows = []
        for place, value in self.fields.rows(self.top, key):
            row = self.fields.mapping(value, place, known)
            rows.append((place, row))
            name = self.fields.text(row, "id", place) if row else ""
            if name in self.node:
                other = self.node[name][0]
                what = f'"{name}" is the id of an earlier {other}.'
                self.fields.add(f"{place}.id", what, "Give every node its own id.")
            elif name:
                self.node[name] = (kind, len(self.node))
        return rows

    def _names(self, rows: list[tuple[str, Mapping[str, Any]]]) -> tuple[str, ...]:
        return tuple(str(row.get("id")) for _, row in rows)

    def _inputs(self) -> dict[str, Any]:
        take = self.fields
        bounds = [take.bounds(row, ("supply_lb", "supply_ub"), place) for place, row in self.inputs]
        quality = [self._quality_map(row, "quality", place, None) for place, row in self.inputs]
        return {
            "inputs": self._names(self.inputs),
            "input_cost": np.array([take.number(row, "cost", place) for place, row in self.inputs]),
            "supply_lower": np.array([low for low, _ in bounds]),
            "supply_upper": np.array([high for _, high in bounds]),
            "input_quality": np.array(quality).reshape(len(bounds), len(self.qualities)),
        }

    def _pools(self) -> dict[str, Any]:
        take = self.fields
        capacity = [take.number(row, "capacity", place, math.inf, 0.0) for place, row in self.pools]
        return {"pools": self._names(self.pools), "pool_capacity": np.array(capacity, dtype=np.float64)}

    def _outputs(self) -> dict[str, Any]:
        take = self.fields
        bounds = [take.bounds(row, ("demand_lb", "demand_ub"), place) for place, row in self.outputs]
        limits = [
            [self._quality_map(row, key, place, default) for place, row in self.outputs]
            for key, default in (("quality_lb", -math.inf), ("quality_ub", math.inf))
        ]
        shape = len(bounds), len(self.qualities)
        low, high = (np.array(side).reshape(shape) for side in limits)
        for j, k in np.argwhere(low > high):
            place = f"{self.outputs[j][0]}.quality_lb.{self.qualities[k]}"
            hint = "Lower must not exceed upper."
            take.add(place, f"is {float(low[j, k])!r}, above quality_ub {float(high[j, k])!r}.", hint)
        return {
            "outputs": self._names(self.outputs),
            "output_price": np.array([take.number(row, "price", place) for place, row in self.outputs]),
            "demand_lower": np.array([low for low, _ in bounds]),
            "demand_upper": np.array([high for _, high in bounds]),
            "quality_lower": low,
            "quality_upper": high,
        }

    def _quality_map(
        self, row: Mapping[str, Any], key: str, place: str, default: float | None
    ) -> list[float]:
        """Numbers by quality; a missing one is ``default``, a finding if that is None."""
        where = f"{place}.{key}"
        value = row.get(key, None if default is None else {})
        if value is None and row:
            self.fields.add(where, "is missing.")
        found = self.fields.mapping(value, where) if value is not None else {}
        for name in found:
            if name not in self.qualities:
                hint = closest(name, self.qualities)
                self.fields.add(f"{where}.{name}", "is no quality of this instance.", hint)
        if value is None:
            return [math.nan] * len(self.qualities)
        return [self.fields.number(found, name, where, default) for name in self.qualities]

    def _arcs(self) -> dict[str, Any]:
        take, ends, seen = self.fields, [], set()
        numbers: dict[str, list[float]] = {"cost": [], "lower": [], "upper": [], "fraction_upper": []}
        for place, value in take.rows(self.top, "arcs"):
            row = take.mapping(value, place, _ARC)
            end = (self._end(row, "from", place), self._end(row, "to", place))
            if end in seen and -1 not in end:
                take.add(
                    place,
                    f"runs from {row['from']} to {row['to']} as an earlier arc does.",
                    "Add the two up.",
                )
            seen.add(end)
            ends.append(end)
            low, high = take.bounds(row, ("lb", "ub"), place)
            numbers["cost"].append(take.number(row, "cost", place, 0.0))
            numbers["lower"].append(low)
            numbers["upper"].append(high)
            numbers["fraction_upper"].append(self._fraction(row, place))
        tail, head = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        arrays = {f"arc_{name}": np.array(values, dtype=np.float64) for name, values in numbers.items()}
        return {"arc_tail": tail, "arc_head": head, **arrays}

    def _end(self, row: Mapping[str, Any], key: str, place: str) -> int:
        """Node number of an end of an arc, or -1 with a finding."""
        name = self.fields.text(row, key, place) if row else ""
        if not name:
            return -1
        if name not in self.node:
            self.fields.add(f"{place}.{key}", f'there is no node "{name}".', closest(name, self.node))
            return -1
        kind, number = self.node[name]
        if kind == ("output" if key == "from" else "input"):
            way = "leave an output" if key == "from" else "enter an input"
            self.fields.add(f"{place}.{key}", f'"{name}" is an {kind}; no arc can {way}.')
        elif key == "to" and name == row.get("from"):
            self.fields.add(place, f'runs from "{name}" to itself.')
        return number

    def _fraction(self, row: Mapping[str, Any], place: str) -> float:
        value = self.fields.number(row, "fraction_ub", place, math.inf, 0.0)
        kinds = [self.node.get(str(row.get(key)), ("", 0))[0] for key in ("from", "to")]
        if value < math.inf and all(kinds) and kinds != ["input", "pool"]:
            hint = "Only an arc from an input to a pool has one."
            self.fields.add(f"{place}.fraction_ub", f"stands on an arc from {kinds[0]} to {kinds[1]}.", hint)
        return value

    def _best_known(self) -> BestKnown:
        value = self.top.get("best_known")
        if value is None:
            return BestKnown()
        row = self.fields.mapping(value, "best_known", ("objective", "dual_bound", "status", "source"))
        objective, bound = (
            None if row.get(key) is None else self.fields.number(row, key, "best_known")
            for key in ("objective", "dual_bound")
        )
        status = self.fields.text(row, "status", "best_known", "unknown")
        return BestKnown(objective, bound, status, self.fields.text(row, "source", "best_known", ""))
