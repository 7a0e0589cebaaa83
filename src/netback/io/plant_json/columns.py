"""Columns of the program of a plant file, by the keys of the file and the period: see :mod:`.program`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from netback.io.plant_json.data import Key, PlantData
from netback.program.builder import Builder
from netback.program.index import Index

#: Greatest specific gravity of any stream, as the authors bound it.
MOST_DENSITY = 10.0


class Columns:
    """Flows, qualities, yields, volumes and stocks, each a mapping from keys of the file and a period to a column."""

    def __init__(self, data: PlantData, builder: Builder) -> None:
        self.data, self.sets, self.numbers = data, data.sets, data.numbers
        self.builder = builder
        self.periods = data.names("T")
        self.density = next(iter(data.names("SPG")), "")
        self.inputs, self.outputs = _streams(self.sets["IU"]), _streams(self.sets["OU"])
        self.batch_inputs, self.batch_outputs = _batches(self.sets["IM"]), _batches(self.sets["OM"])
        self.modes = _modes(self.sets["IM"], self.sets["OM"])
        self._columns()

    def _columns(self) -> None:
        streams = self.sets["S"]
        self.flow_in = self._flows("flow_in", ("stream",), streams)
        self.flow_out = self._flows("flow_out", ("stream",), streams)
        batches = dict.fromkeys([*self.sets["IM"], *self.sets["OM"]])
        self.batch_flow = self._flows("batch_flow", ("unit", "batch", "stream"), batches)
        self.quality = self._qualities()
        moving = {unit for (unit,) in self.sets["UPD"]}
        self.moving = self._flows(
            "moving_yield", ("unit", "batch", "stream"), [key for key in batches if key[0] in moving]
        )
        stored = [key for key in streams if any((*key, t) in self.numbers["LMax"] for t in self.periods)]
        self.into_stock = self._flows("into_stock", ("stream",), stored)
        self.from_stock = self._flows("from_stock", ("stream",), stored)
        self.stock = self._flows("stock", ("stream",), stored, self.numbers["LMin"], self.numbers["LMax"])
        self.drawn = self._flows("draws", ("stream",), stored, whole=True)
        mixers = {unit for (unit,) in self.sets["UMIX"]}
        by_volume = [
            (unit, mode, stream)
            for unit, mode in self.modes
            if unit in mixers and self.mixes_by_volume(unit, mode)
            for stream in (*self.batch_inputs[unit, mode], *self.batch_outputs[unit, mode])
        ]
        self.batch_volume = self._flows("batch_volume", ("unit", "batch", "stream"), by_volume)
        blended = [
            (stream,)
            for (unit,) in self.sets["UBLD"]
            if self.blends_by_volume(unit)
            for stream in self.inputs[unit]
        ]
        self.volume = self._flows("volume", ("stream",), blended)

    def _flows(
        self,
        name: str,
        dims: tuple[str, ...],
        keys: Iterable[Key],
        lower: Mapping[Key, float] | None = None,
        upper: Mapping[Key, float] | None = None,
        whole: bool = False,
    ) -> dict[Key, int]:
        """Columns by key and period."""
        listed = list(dict.fromkeys(keys))
        if not listed:
            return {}
        block = self.builder.variables(
            name,
            Index.product((dims, listed), ("period", self.periods)),
            [[(lower or {}).get((*key, t), 0.0) for t in self.periods] for key in listed],
            [
                [1.0 if whole else (upper or {}).get((*key, t), math.inf) for t in self.periods]
                for key in listed
            ],
            whole,
        )
        ids = block.ids.reshape(len(listed), len(self.periods)).tolist()
        return {(*key, t): ids[at][p] for at, key in enumerate(listed) for p, t in enumerate(self.periods)}

    def _qualities(self) -> dict[Key, int]:
        """Qualities that are traced, and those of what is mixed or blended: where nothing else says one, it is free."""
        fixed, stated = self.sets["FIX"], self.numbers["FQ0"]
        low, high = {}, {}
        needed = dict.fromkeys(self.sets["SQ"])
        for unit, mode in self.modes:
            if (unit,) in self.sets["UMIX"]:
                for output in self.batch_outputs[unit, mode]:
                    mixed = [q for owner, q in self.sets["SQ"] if owner == output and q != self.density]
                    needed |= dict.fromkeys((s, q) for s in self.batch_inputs[unit, mode] for q in mixed)
        for name in ("FQBMin", "FQBMax"):
            for unit, quality in self.numbers[name]:
                if quality != self.density:
                    needed |= dict.fromkeys((stream, quality) for stream in self.inputs[unit])
        for key in needed:
            for t in self.periods:
                if key in fixed and key in stated:
                    low[(*key, t)] = high[(*key, t)] = stated[key]
                elif key[1] == self.density:
                    high[(*key, t)] = MOST_DENSITY
        return self._flows("quality", ("stream", "property"), needed, low, high)

    def mixes_by_volume(self, unit: str, mode: str) -> bool:
        """Whether a mix has a density, or another quality by volume, that follows from its parts."""
        by_volume = {self.density, *self.data.names("Qv")}
        outputs = self.batch_outputs[unit, mode]
        return any(
            (out, q) in self.sets["SQ"] and (out, q) not in self.sets["FIX"]
            for out in outputs
            for q in by_volume
        )

    def blends_by_volume(self, unit: str) -> bool:
        """Whether a blender has limits on density or on a quality by volume."""
        by_volume = {self.density, *self.data.names("Qv")}
        return any((unit, q) in self.numbers[name] for name in ("FQBMin", "FQBMax") for q in by_volume)


def _streams(pairs: Mapping[Key, None]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for unit, stream in pairs:
        found[unit].append(stream)
    return defaultdict(tuple, {unit: tuple(streams) for unit, streams in found.items()})


def _batches(keys: Mapping[Key, None]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for unit, mode, stream in keys:
        found[unit, mode].append(stream)
    return defaultdict(tuple, {batch: tuple(streams) for batch, streams in found.items()})


def _modes(*sets: Mapping[Key, None]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((unit, mode) for one in sets for unit, mode, _ in one))
