"""What the sets of a plant file say of its streams: which are one, which are mixed, and who takes them.

A splitter sends one stream on several ways, so its branches are that stream. A mixer with one component passes it on.
Whatever else is mixed is a *mix*: a product of blends.csv where it is sold and goes nowhere else, a pool elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from netback.io.plant_json.data import PlantData
from netback.io.remarks import Remarks

#: Sets of units by what they do.
DISTILLATION, PROCESS, MIXING, SPLITTING = ("UCDU",), ("UCDU", "UPF", "UPD"), ("UMIX", "UBLD"), ("USPL",)
#: Least and greatest qualities: of what a blender makes, of a stream.
BLEND_LIMITS, STREAM_LIMITS = ("FQBMin", "FQBMax"), ("FQMin", "FQMax")


@dataclass(frozen=True)
class Batch:
    """One way of running a unit: its streams in the words of the file."""

    unit: str
    mode: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Mix:
    """What a mixer or a blender makes of several streams, in the words of the file."""

    unit: str
    output: str
    inputs: tuple[str, ...]
    is_blend: bool


@dataclass
class Plant:
    """The structure of a plant file."""

    data: PlantData
    remarks: Remarks
    batches: list[Batch] = field(default_factory=list)
    mixes: dict[str, Mix] = field(default_factory=dict)
    _same: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: PlantData, remarks: Remarks) -> Plant:
        """Read the structure; what is wrong with it is added to the remarks as faults."""
        plant = cls(data, remarks)
        plant._check_ends()
        for name in SPLITTING:
            for unit in data.names(name):
                plant._split(unit)
        for name in MIXING:
            for unit in data.names(name):
                plant._mix(unit)
        for name in PROCESS:
            for unit in data.names(name):
                plant.batches += plant._batches(unit)
        for unit in sorted(set(data.names("U")) - set(plant.kinds)):
            remarks.fault(
                f"{data.source}, data.sets.U", f'unit "{unit}" is in no set that says what it does.'
            )
        return plant

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The set that says what each unit does."""
        names = (*PROCESS, *MIXING, *SPLITTING)
        return {unit: name for name in names for unit in self.data.names(name)}

    @cached_property
    def inputs(self) -> Mapping[str, tuple[str, ...]]:
        """Streams that flow into each unit."""
        return _grouped(self.data.sets["IU"])

    @cached_property
    def outputs(self) -> Mapping[str, tuple[str, ...]]:
        """Streams that each unit sends out."""
        return _grouped(self.data.sets["OU"])

    @cached_property
    def makers(self) -> Mapping[str, str]:
        """The unit that sends out each stream."""
        return {stream: unit for unit, stream in self.data.sets["OU"]}

    @cached_property
    def users(self) -> Mapping[str, str]:
        """The unit that each stream flows into."""
        return {stream: unit for unit, stream in self.data.sets["IU"]}

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Streams of the file by the stream of the case that they are."""
        found: dict[str, list[str]] = defaultdict(list)
        for (stream,) in self.data.sets["S"]:
            found[self.stream(stream)].append(stream)
        return {name: tuple(streams) for name, streams in found.items()}

    @cached_property
    def flowing(self) -> frozenset[str]:
        """Streams of the case that something makes, buys, takes or sells."""
        ends = {*self.makers, *self.users, *self.data.names("S_P"), *self.data.names("S_M")}
        return frozenset(self.stream(name) for name in ends)

    @cached_property
    def runs(self) -> Mapping[str, tuple[Batch, ...]]:
        """Batches by process unit."""
        found: dict[str, list[Batch]] = defaultdict(list)
        for batch in self.batches:
            found[batch.unit].append(batch)
        return {unit: tuple(batches) for unit, batches in found.items()}

    @cached_property
    def beside(self) -> frozenset[str]:
        """Streams of the case that some process unit takes beside its feed: a case keeps one quality of each."""
        found = {
            self.stream(name)
            for batch in self.batches
            if self.kinds[batch.unit] not in DISTILLATION
            for name in batch.inputs
            if name != self.feed(batch)
        }
        return frozenset(found)

    def feed(self, batch: Batch) -> str:
        """The stream of the file that a batch of a process unit runs: the one of which it takes most."""
        gamma = self.data.numbers["gamma"]
        return max(batch.inputs, key=lambda name: gamma.get((batch.unit, batch.mode, name), 0.0))

    def fed(self, batch: Batch) -> tuple[str, ...]:
        """The streams of the file that a batch runs: every crude of a distillation, the feed of another unit."""
        return batch.inputs if self.kinds[batch.unit] in DISTILLATION else (self.feed(batch),)

    def stream(self, name: str) -> str:
        """The stream of the case that a stream of the file is: the one furthest up."""
        while name in self._same:
            name = self._same[name]
        return name

    def ways(self, stream: str) -> Iterator[str]:
        """Streams of the file, furthest down, that carry all of one stream: itself, or what it is split into."""
        unit = self.users.get(stream)
        if unit is not None and self.kinds.get(unit) in SPLITTING:
            for branch in self.outputs.get(unit, ()):
                yield from self.ways(branch)
            return
        passed = None if unit is None else self._passed(unit, stream)
        if passed is not None:
            yield from self.ways(passed)
        else:
            yield stream

    def into(self, stream: str) -> Mix | None:
        """The mix that a stream of the file goes into, if it does."""
        unit = self.users.get(stream)
        found = (mix for mix in self.mixes.values() if mix.unit == unit and stream in mix.inputs)
        return next(found, None)

    def _passed(self, unit: str, stream: str) -> str | None:
        """What a mixer that takes this stream alone calls it."""
        if self.kinds.get(unit) not in MIXING:
            return None
        return next((out for out in self.outputs.get(unit, ()) if self._same.get(out) == stream), None)

    def _check_ends(self) -> None:
        for name, what in (("OU", "made by"), ("IU", "used by")):
            units: dict[str, list[str]] = defaultdict(list)
            for unit, stream in self.data.sets[name]:
                units[stream].append(unit)
            for stream, found in units.items():
                if len(found) > 1:
                    self.remarks.fault(
                        self.data.place(name, (found[1], stream)),
                        f'"{stream}" is {what} {" and ".join(found)}; a stream has one at each end.',
                        "Give each way a stream of its own, joined by a mixer or split by a splitter.",
                    )
        for stream in self.data.names("S_M"):
            if stream in self.makers:
                what = f'raw material "{stream}" is made by {self.makers[stream]} as well.'
                self.remarks.fault(self.data.place("S_M", (stream,)), what, "Take it out of one of the two.")

    def _split(self, unit: str) -> None:
        inputs, outputs = self.inputs.get(unit, ()), self.outputs.get(unit, ())
        if len(inputs) != 1 or not outputs:
            what = f"splitter {unit} has {len(inputs)} streams in and {len(outputs)} out."
            self.remarks.fault(
                f"{self.data.source}, data.sets.IU", what, "It needs one in and one or more out."
            )
            return
        for branch in outputs:
            self._alias(branch, inputs[0])

    def _mix(self, unit: str) -> None:
        listed = {mode for owner, mode, _ in self.data.sets["OM"] if owner == unit}
        parts = [
            (
                tuple(s for u, m, s in self.data.sets["IM"] if (u, m) == (unit, mode)),
                tuple(s for u, m, s in self.data.sets["OM"] if (u, m) == (unit, mode)),
            )
            for mode in sorted(listed)
        ] or [(self.inputs.get(unit, ()), self.outputs.get(unit, ()))]
        for inputs, outputs in parts:
            if len(outputs) != 1 or not inputs:
                what = f"{unit} mixes {len(inputs)} streams into {len(outputs)}."
                hint = "Each of its batches needs one stream out, and one or more in."
                self.remarks.fault(f"{self.data.source}, data.sets.OU", what, hint)
                continue
            output = outputs[0]
            sold = output in self.data.names("S_P") and output not in self.users
            if len(inputs) > 1 or (sold and self._is_limited(unit, output)):
                self.mixes[output] = Mix(unit, output, inputs, sold)
            else:
                self._alias(output, inputs[0])

    def _is_limited(self, unit: str, output: str) -> bool:
        blended = any((unit, q) in self.data.numbers[n] for n in BLEND_LIMITS for (q,) in self.data.sets["Q"])
        return blended or any(
            (output, q) in self.data.numbers[n] for n in STREAM_LIMITS for (q,) in self.data.sets["Q"]
        )

    def _alias(self, name: str, upstream: str) -> None:
        if self.stream(upstream) == name:
            what = f'"{name}" flows round without passing a unit.'
            self.remarks.fault(f"{self.data.source}, data.sets.OU", what, "Let it come from somewhere.")
        elif name not in self._same:
            self._same[name] = upstream

    def _batches(self, unit: str) -> list[Batch]:
        found: dict[str, tuple[list[str], list[str]]] = {}
        for side, name in enumerate(("IM", "OM")):
            for owner, mode, stream in self.data.sets[name]:
                if owner == unit:
                    found.setdefault(mode, ([], []))[side].append(stream)
        made = []
        for mode, (inputs, outputs) in found.items():
            if inputs and outputs:
                made.append(Batch(unit, mode, tuple(inputs), tuple(outputs)))
            else:
                place = self.data.place("IM" if inputs else "OM", (unit, mode, (inputs or outputs)[0]))
                lacks = "makes nothing" if inputs else "takes nothing"
                self.remarks.fault(
                    place, f"batch {mode} of {unit} {lacks}.", "Add its other side to IM or OM."
                )
        if not found:
            self.remarks.fault(f"{self.data.source}, data.sets.IM", f"unit {unit} has no batch.")
        return made


def _grouped(pairs: Mapping[tuple[str, ...], None]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for unit, stream in pairs:
        found[unit].append(stream)
    return {unit: tuple(streams) for unit, streams in found.items()}
