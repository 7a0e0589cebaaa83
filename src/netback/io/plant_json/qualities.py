"""Which qualities the plan asks for, where the file states them, and what is assumed where it states none.

Asked for is what a limit or a base-delta yield speaks of, and what that is made of, traced up to where a quality is
stated: ``FIX`` and ``FQ0``, cut qualities by crude (``FQcut``), or a factor on the quality of another stream (``QT``
and ``alpha``). The published program leaves a quality that nothing states free, so that a plan chooses it. A case
needs a number: the value that hampers least where all that it comes to are limits on one side, the middle elsewhere,
within the range that the file knows of that property. It is marked ``assumed`` and told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from netback.io.plant_json.data import PlantData
from netback.io.plant_json.plant import BLEND_LIMITS, DISTILLATION, STREAM_LIMITS, Batch, Plant
from netback.io.remarks import Remarks

#: Built-in property that the specific gravity of the file becomes: both are relative to water of 1 t/m3.
DENSITY: Final = "density_t_per_m3"
_Pair = tuple[str, str]


@dataclass
class Qualities:
    """Qualities of a plant, by stream of the case and property of the file."""

    plant: Plant
    remarks: Remarks
    asked: dict[_Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    missing: dict[_Pair, list[str | None]] = field(default_factory=lambda: defaultdict(list))
    zeros: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    _partial: set[str] = field(default_factory=set)

    @property
    def data(self) -> PlantData:
        """The file."""
        return self.plant.data

    @cached_property
    def density(self) -> str | None:
        """The property of the file that is the specific gravity."""
        return next(iter(self.data.names("SPG")), None)

    @cached_property
    def loose(self) -> Mapping[_Pair, str]:
        """Stated qualities that FIX names for no stream of the file that is this one, with the first that is."""
        fixed = {(self.plant.stream(name), quality) for name, quality in self.data.sets["FIX"]}
        names: dict[_Pair, str] = {}
        for name, quality in self.data.numbers["FQ0"]:
            if (pair := (self.plant.stream(name), quality)) not in fixed:
                names.setdefault(pair, name)
        return names

    def name(self, quality: str) -> str:
        """A property of the file in the case."""
        return DENSITY if quality == self.density else quality

    @cached_property
    def mixing(self) -> frozenset[str]:
        """Properties whose blending the file states: by weight, by volume, or the specific gravity."""
        return frozenset({*self.data.names("Qw"), *self.data.names("Qv"), *self.data.names("SPG")})

    @cached_property
    def stated(self) -> Mapping[_Pair, float]:
        """Qualities stated by FQ0 of each stream of the case; those that FIX does not name are told."""
        found: dict[_Pair, tuple[float, str]] = {}
        fixed = self.data.sets["FIX"]
        for name, quality in sorted(self.data.numbers["FQ0"], key=lambda key: key not in fixed):
            value, pair = self.data.numbers["FQ0"][name, quality], (self.plant.stream(name), quality)
            known, first = found.setdefault(pair, (value, name))
            if known != value:
                what = f"is {value:g}, but {first}, which is the same stream, has {known:g}; that is read."
                self.remarks.partly(self.data.place("FQ0", (name, quality)), what)
        return {pair: value for pair, (value, _) in found.items()}

    @cached_property
    def passed(self) -> Mapping[_Pair, tuple[str, float]]:
        """Qualities that are a factor times that of another stream: that stream of the file, and the factor."""
        found: dict[_Pair, tuple[str, float]] = {}
        for source, target, quality in self.data.sets["QT"]:
            factor = self.data.numbers["alpha"].get((source, target, quality))
            place = self.data.place("QT", (source, target, quality))
            pair = (self.plant.stream(target), quality)
            if factor is None:
                self.remarks.fault(place, "there is no factor.", "State it in alpha.")
            elif pair in found:
                self.remarks.fault(
                    place, f"{quality} of {target} is passed on from {found[pair][0]} as well."
                )
            else:
                found[pair] = (source, factor)
        return found

    @cached_property
    def makings(self) -> Mapping[str, tuple[tuple[Batch, str], ...]]:
        """Ways in which units make each stream of the case: the batch, and the stream that it is fed with."""
        found: dict[str, list[tuple[Batch, str]]] = defaultdict(list)
        for batch in self.plant.batches:
            for product in batch.outputs:
                found[self.plant.stream(product)] += [
                    (batch, self.plant.stream(feed)) for feed in self.plant.fed(batch)
                ]
        return {stream: tuple(ways) for stream, ways in found.items()}

    @cached_property
    def cut(self) -> Mapping[tuple[str, str, str], float]:
        """Qualities of what a distillation makes of each crude: by product, crude and property of the file.

        A cut is what the columns ``y`` name, less what swing ratios ``phi`` send elsewhere, with what they bring.
        Averaged by mass, the specific gravity and properties of ``Qv`` by volume. A cut of which the file does not
        state the property counts 0, as in the published program; ``zeros`` holds these.
        """
        found: dict[tuple[str, str, str], float] = {}
        for unit in self.data.names("UCDU"):
            for batch in self.plant.runs.get(unit, ()):
                for crude in batch.inputs:
                    for product in batch.outputs:
                        for quality, value in self._cut_values(batch, product, crude):
                            found[self.plant.stream(product), self.plant.stream(crude), quality] = value
        return found

    def cut_parts(self, batch: Batch, product: str, crude: str) -> list[tuple[str, float]]:
        """Cuts of a crude that make up a product of a distillation, with their yields [mass/mass]."""
        y, phi = self.data.numbers["y"], self.data.numbers["phi"]
        where = (batch.unit, batch.mode)
        given = sum(share for (u, m, _, cut), share in phi.items() if (u, m) == where and cut == product)
        parts = [(product, y.get((*where, product, crude), 0.0) * (1.0 - given))]
        for (u, m, target, cut), share in phi.items():
            if (u, m) == where and target == product:
                parts.append((cut, share * y.get((*where, cut, crude), 0.0)))
        return [(cut, amount) for cut, amount in parts if amount != 0.0]

    def _cut_values(self, batch: Batch, product: str, crude: str) -> Iterator[tuple[str, float]]:
        known = self.data.numbers["FQcut"]
        parts = self.cut_parts(batch, product, crude)
        if not parts:
            return
        by_volume = {*self.data.names("Qv"), *self.data.names("SPG")}
        for (quality,) in self.data.sets["Q"]:
            values = [known.get((batch.mode, cut, crude, quality)) for cut, _ in parts]
            weights = [amount for _, amount in parts]
            if quality in by_volume:
                densities = [known.get((batch.mode, cut, crude, self.density or "")) for cut, _ in parts]
                if not all(densities) or None in values:
                    continue
                weights = [w / float(d or 1.0) for w, d in zip(weights, densities, strict=True)]
            if all(value is None for value in values):
                continue
            for (cut, _), value in zip(parts, values, strict=True):
                if value is None:
                    self.zeros[batch.unit, self.plant.stream(product), quality].setdefault(cut)
            yield quality, sum(w * (v or 0.0) for w, v in zip(weights, values, strict=True)) / sum(weights)

    @cached_property
    def circular(self) -> frozenset[tuple[str, str, str]]:
        """Passings (product, feed, property) that would let a quality come back on itself, and so are not read.

        The file passes a quality on from one stream, whatever else its unit runs; a case lets each part follow its own
        feed. Where that closes a circle, what comes from the other feed is not known.
        """
        ways: dict[_Pair, set[str]] = defaultdict(set)
        for (stream, quality), (source, _) in self.passed.items():
            ways[stream, quality].add(self.plant.stream(source))
        found = set()
        for (stream, quality), (source, _) in self.passed.items():
            for _, feed in self.makings.get(stream, ()):
                if feed == self.plant.stream(source):
                    continue
                if self._reaches(feed, stream, quality, ways):
                    found.add((stream, feed, quality))
                else:
                    ways[stream, quality].add(feed)
        return frozenset(found)

    def _reaches(self, start: str, goal: str, quality: str, ways: Mapping[_Pair, set[str]]) -> bool:
        """Whether the quality of one stream follows from that of another."""
        seen, pending = {start}, [start]
        while pending:
            stream = pending.pop()
            if stream == goal:
                return True
            if (stream, quality) in self.stated and stream not in self.plant.mixes:
                continue
            mix = self.plant.mixes.get(stream)
            more = (
                {self.plant.stream(name) for name in mix.inputs}
                if mix
                else ways.get((stream, quality), set())
            )
            pending += more - seen
            seen |= more
        return False

    def trace(self) -> None:
        """Find what is asked for, and what of it nothing states."""
        while True:
            self.asked.clear()
            self.missing.clear()
            for stream, quality, why in self._limited():
                self._ask(stream, quality, why)
            partial = {stream for stream, _ in self.asked if self._is_partial(stream)} - self._partial
            if not partial:
                break
            self._partial |= partial

    def fixed(self, stream: str) -> bool:
        """Whether a mixed stream has one quality: all that is asked for is stated, or it is used beside a feed."""
        if stream in self.plant.beside:
            return True
        return self._is_mixed(stream) and stream not in self._partial and self._count(stream) > 0

    def partial(self) -> Mapping[str, tuple[str, ...]]:
        """Mixed streams of which some of what is asked for is stated and some is not; what is stated is not read."""
        return {
            stream: tuple(q for q in self._of(stream) if (stream, q) in self.stated)
            for stream in sorted(self._partial)
        }

    def _is_partial(self, stream: str) -> bool:
        return (
            self._is_mixed(stream)
            and stream not in self.plant.beside
            and 0 < self._count(stream) < len(self._of(stream))
        )

    def _of(self, stream: str) -> list[str]:
        return sorted(quality for name, quality in self.asked if name == stream)

    def _count(self, stream: str) -> int:
        return sum((stream, quality) in self.stated for quality in self._of(stream))

    def _is_mixed(self, stream: str) -> bool:
        mix = self.plant.mixes.get(stream)
        return mix is not None and not mix.is_blend

    def _limited(self) -> Iterator[tuple[str, str, str]]:
        for name, side in zip(STREAM_LIMITS, ("min", "max"), strict=True):
            for stream, quality in self.data.numbers[name]:
                yield self.plant.stream(stream), quality, side
        for name, side in zip(BLEND_LIMITS, ("min", "max"), strict=True):
            for unit, quality in self.data.numbers[name]:
                for stream in self.plant.inputs.get(unit, ()):
                    yield self.plant.stream(stream), quality, side
        for _, _, stream, quality in self.data.sets["DBSQ"]:
            yield self.plant.stream(stream), quality, "delta"

    def _ask(self, stream: str, quality: str, why: str) -> None:
        if why in self.asked[stream, quality]:
            return
        self.asked[stream, quality].add(why)
        mix = self.plant.mixes.get(stream)
        if (stream, quality) in self.stated and (mix is None or stream not in self._partial):
            return
        if mix is not None and stream not in self.plant.beside:
            for name in mix.inputs:
                self._ask(self.plant.stream(name), quality, why)
                if quality == self.density or quality in self.data.names("Qv"):
                    self._ask(self.plant.stream(name), self.density or quality, why)
        elif stream in self.plant.beside or stream not in self.makings:
            self._miss(stream, quality, None)
        else:
            for batch, feed in self.makings[stream]:
                self._ask_feed(stream, quality, batch, feed, why)

    def _ask_feed(self, stream: str, quality: str, batch: Batch, feed: str, why: str) -> None:
        if self.plant.kinds[batch.unit] in DISTILLATION:
            if (stream, feed, quality) not in self.cut:
                self._miss(stream, quality, feed)
        elif (stream, quality) not in self.passed:
            self._miss(stream, quality, None)
        elif (stream, feed, quality) in self.circular:
            self._miss(stream, quality, feed)
        else:
            self._ask(feed, quality, why)

    def _miss(self, stream: str, quality: str, feed: str | None) -> None:
        if feed not in self.missing[stream, quality]:
            self.missing[stream, quality].append(feed)

    @cached_property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Least and greatest value that the file knows of each property."""
        found: dict[str, list[float]] = defaultdict(list)
        for name in ("FQ0", "FQcut"):
            for key, value in self.data.numbers[name].items():
                found[key[-1]].append(value)
        return {quality: (min(values), max(values)) for quality, values in found.items()}

    def assumed(self, stream: str, quality: str) -> dict[str, Any]:
        """Cells of an assumed value: the end that hampers least, or the middle, within what the file knows."""
        low, high = self.ranges[quality]
        ends = {"max": low, "min": high}
        sides = self.asked[stream, quality] - {"delta"}
        value = ends[next(iter(sides))] if len(sides) == 1 else (low + high) / 2.0
        note = "the file states none and its program leaves it free; range of this property in the file"
        return {"value": value, "status": "assumed", "low": low, "high": high, "note": note}
