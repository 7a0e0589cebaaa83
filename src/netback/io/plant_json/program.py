"""A plant file as the program that its authors published, row by row; nothing is assumed and nothing left out.

The case that :mod:`netback.io.plant_json.reading` makes says the plant in the tables of Netback, which differs in a
few places. This is the file's own program. What leaves the maker of a stream s is F_out(s), what reaches its user
F_in(s); F(u, m, s) is the part of a batch m of a unit u, Q(s, q) a quality, Y(u, m, s) a yield that moves, V a volume,
L a stock:

    distillation   F(u,m,s) = sum over crudes c of (y + phi y of swing cuts) F(u,m,c);  Q(s,q) F_out(s) = the same times
                   the qualities of the cuts, by mass, or by volume; density: F_out(s) = Q(s,d) times the sum over y / d
    fixed yields   F(u,m,s) sum of gamma of what goes in = gamma(s) sum of F that goes in
    moving yields  Y(s) = gamma(s) + sum of delta / Del (Q - B);  F(u,m,s) sum of Y that goes in = Y(s) sum of F in
    mixers         what goes in comes out;  F(out) Q(out,q) = sum of F Q, by volume with V Q(s,d) = F
    splitters      what goes in comes out, with the same qualities
    blenders       what goes in comes out;  least and greatest mean quality
    stocks         F_out + from stock = F_in + into stock;  L = L before + into stock - from stock; never both at once

Volumes that no row reads are left out, and so are stocks of what cannot be stored. Reference: Du et al., A production
planning benchmark for real-world refinery-petrochemical complexes (arXiv:2503.22057).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from netback.errors import DataError, Finding
from netback.io.plant_json.columns import Columns
from netback.io.plant_json.data import PlantData
from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.problem import Problem

Linear = list[tuple[int, float]]
Products = list[tuple[int, int, float]]


def plant_program(data: PlantData, name: str) -> Problem:
    """The program of a plant file: its margin at the most.

    Raises
    ------
    DataError
        If a yield or a density is needed and not stated; all findings together.
    ModelError
        If bounds cross.
    """
    return _Program(data, name).build()


@dataclass
class _Block:
    keys: list[tuple[str, str]] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    linear: list[Linear] = field(default_factory=list)
    products: list[Products] = field(default_factory=list)


class _Program(Columns):
    """Rows of all periods, gathered by what they say."""

    def __init__(self, data: PlantData, name: str) -> None:
        super().__init__(data, Builder(name, "max"))
        self.blocks: dict[str, _Block] = defaultdict(_Block)
        self.faults: dict[str, Finding] = {}

    def build(self) -> Problem:
        """Write every group of rows for every period."""
        for place, period in enumerate(self.periods):
            self._joins(period)
            self._capacities(period)
            self._distillations(period)
            self._yields(period)
            self._passed_on(period)
            self._mixers(period)
            self._shares(period)
            self._blenders(period)
            self._stocks(period, self.periods[place - 1] if place else None)
            self._limits(period)
            self._margin(period)
        if self.faults:
            raise DataError(list(self.faults.values()), f"plant file {self.data.source}")
        for name, block in self.blocks.items():
            rows = self.builder.constraints(
                name, Index.of(("what", "period"), block.keys), block.lower, block.upper
            )
            first = int(rows.ids.ravel()[0])
            terms = [(first + k, c, v) for k, linear in enumerate(block.linear) for c, v in linear]
            if terms:
                row, column, value = (np.array(part) for part in zip(*terms, strict=True))
                self.builder.add_terms(row, column, value)
            pairs = [(first + k, a, b, v) for k, listed in enumerate(block.products) for a, b, v in listed]
            if pairs:
                row, one, other, value = (np.array(part) for part in zip(*pairs, strict=True))
                self.builder.add_products(row, one, other, value)
        return self.builder.build()

    def _add(
        self,
        block: str,
        what: Iterable[str],
        period: str,
        linear: Linear,
        products: Products | None = None,
        lower: float = 0.0,
        upper: float = 0.0,
    ) -> None:
        if not any(v for _, v in linear) and not any(v for *_, v in products or ()):
            return
        made = self.blocks[block]
        made.keys.append((".".join(what), period))
        made.lower.append(lower)
        made.upper.append(upper)
        made.linear.append(linear)
        made.products.append(products or [])

    def _joins(self, t: str) -> None:
        """What a stream carries is the sum of its batches; mixers, splitters and blenders keep what goes in."""
        for name, flows, streams, batches in (
            ("parts_in", self.flow_in, self.inputs, self.batch_inputs),
            ("parts_out", self.flow_out, self.outputs, self.batch_outputs),
        ):
            for unit, listed in streams.items():
                modes = [mode for owner, mode in self.modes if owner == unit]
                for stream in listed:
                    parts = [
                        (self.batch_flow[unit, m, stream, t], -1.0)
                        for m in modes
                        if stream in batches[unit, m]
                    ]
                    if modes:
                        self._add(name, (unit, stream), t, [(flows[stream, t], 1.0), *parts])
        for unit, mode in self.modes:
            if (unit,) in self.sets["UMIX"]:
                into = [(self.batch_flow[unit, mode, s, t], 1.0) for s in self.batch_inputs[unit, mode]]
                out = [(self.batch_flow[unit, mode, s, t], -1.0) for s in self.batch_outputs[unit, mode]]
                self._add("mixer_balance", (unit, mode), t, into + out)
        for name in ("USPL", "UBLD"):
            for (unit,) in self.sets[name]:
                into = [(self.flow_in[s, t], 1.0) for s in self.inputs[unit]]
                out = [(self.flow_out[s, t], -1.0) for s in self.outputs[unit]]
                self._add("unit_balance", (unit,), t, into + out)

    def _capacities(self, t: str) -> None:
        for name, flows in (("CAPIN", self.flow_in), ("CAPOUT", self.flow_out)):
            for (capacity,) in self.sets[name]:
                terms = [(flows[s, t], 1.0) for c, s in self.sets["CAPS"] if c == capacity]
                low = self.numbers["FVCMin"].get((capacity, t), -math.inf)
                high = self.numbers["FVCMax"].get((capacity, t), math.inf)
                if math.isfinite(low) or math.isfinite(high):
                    self._add("capacity", (capacity,), t, terms, None, low, high)

    def _distillations(self, t: str) -> None:
        for unit, mode in self.modes:
            if (unit,) not in self.sets["UCDU"]:
                continue
            crudes = self.batch_inputs[unit, mode]
            for stream in self.batch_outputs[unit, mode]:
                cuts = self._cuts(unit, mode, stream)
                if not cuts:
                    place = self.data.place("OM", (unit, mode, stream))
                    what = "no yield says what the distillation makes of it from any crude."
                    self.faults.setdefault(
                        place, Finding(place, what, "State y, or phi of a cut that joins it.")
                    )
                made: Linear = [(self.batch_flow[unit, mode, stream, t], 1.0)]
                made += [
                    (self.batch_flow[unit, mode, c, t], -sum(y for y, _ in cuts[c]))
                    for c in crudes
                    if c in cuts
                ]
                self._add("cut_yield", (unit, mode, stream), t, made)
                for owner, quality in self.sets["SQ"]:
                    if owner == stream and (stream, quality) not in self.sets["FIX"]:
                        self._cut_quality(unit, mode, stream, quality, cuts, t)

    def _cuts(self, unit: str, mode: str, stream: str) -> dict[str, list[tuple[float, str]]]:
        """By crude the yields that make up a stream of a distillation, with the names of their cuts."""
        y, phi = self.numbers["y"], self.numbers["phi"]
        given = sum(share for (u, m, _, cut), share in phi.items() if (u, m, cut) == (unit, mode, stream))
        swings = [
            (cut, share)
            for (u, m, target, cut), share in phi.items()
            if (u, m, target) == (unit, mode, stream)
        ]
        found: dict[str, list[tuple[float, str]]] = {}
        for crude in self.batch_inputs[unit, mode]:
            parts = [(y.get((unit, mode, stream, crude), 0.0) * (1.0 - given), stream)]
            parts += [(share * y.get((unit, mode, cut, crude), 0.0), cut) for cut, share in swings]
            if kept := [part for part in parts if part[0]]:
                found[crude] = kept
        return found

    def _cut_quality(
        self,
        unit: str,
        mode: str,
        stream: str,
        quality: str,
        cuts: Mapping[str, list[tuple[float, str]]],
        t: str,
    ) -> None:
        known, own = self.numbers["FQcut"], self.quality[stream, quality, t]
        total, by_volume = self.flow_out[stream, t], quality in (self.density, *self.data.names("Qv"))
        sums: dict[str, float] = dict.fromkeys(cuts, 0.0)
        volumes: dict[str, float] = dict.fromkeys(cuts, 0.0)
        for crude, parts in cuts.items():
            for share, cut in parts:
                weight = share / self._density_of(mode, cut, crude, stream, quality) if by_volume else share
                volumes[crude] += weight
                sums[crude] += weight * known.get((mode, cut, crude, quality), 0.0)
        fed = {crude: self.batch_flow[unit, mode, crude, t] for crude in cuts}
        key = (unit, mode, stream, quality)
        if quality == self.density:
            products = [(own, fed[c], -v) for c, v in volumes.items() if v]
            self._add("cut_density", key, t, [(total, 1.0)], products)
        elif (quality,) in self.sets["Qv"]:
            products = [(own, fed[c], v) for c, v in volumes.items() if v]
            self._add("cut_quality", key, t, [(fed[c], -v) for c, v in sums.items()], products)
        elif (quality,) in self.sets["Qw"]:
            self._add("cut_quality", key, t, [(fed[c], -v) for c, v in sums.items()], [(own, total, 1.0)])

    def _density_of(self, mode: str, cut: str, crude: str, stream: str, quality: str) -> float:
        """Density of a cut, which a quality by volume needs; what is not stated becomes a fault of the file."""
        found = self.numbers["FQcut"].get((mode, cut, crude, self.density), 0.0)
        if found > 0.0:
            return found
        place = self.data.place("FQcut", (mode, cut, crude, self.density))
        what = f"is not stated above zero, and {quality} of {stream} is a mean by volume."
        self.faults.setdefault(place, Finding(place, what, "State it."))
        return 1.0

    def _yields(self, t: str) -> None:
        gamma = self.numbers["gamma"]
        for unit, mode in self.modes:
            streams = dict.fromkeys((*self.batch_inputs[unit, mode], *self.batch_outputs[unit, mode]))
            flow = {s: self.batch_flow[unit, mode, s, t] for s in streams}
            into = self.batch_inputs[unit, mode]
            if (unit,) in self.sets["UPF"]:
                whole = sum(gamma.get((unit, mode, s), 0.0) for s in into)
                for stream in streams:
                    own = gamma.get((unit, mode, stream), 0.0)
                    terms: dict[int, float] = {flow[stream]: whole}
                    for other in into:
                        terms[flow[other]] = terms.get(flow[other], 0.0) - own
                    self._add("fixed_yield", (unit, mode, stream), t, list(terms.items()))
            elif (unit,) in self.sets["UPD"]:
                share = {s: self.moving[unit, mode, s, t] for s in streams}
                for stream in streams:
                    self._moving(unit, mode, stream, share[stream], t)
                    pairs: dict[tuple[int, int], float] = {}
                    for other in into:
                        for pair, sign in (
                            ((flow[stream], share[other]), 1.0),
                            ((flow[other], share[stream]), -1.0),
                        ):
                            pairs[pair] = pairs.get(pair, 0.0) + sign
                    products = [(a, b, v) for (a, b), v in pairs.items() if v]
                    self._add("moving_yield_flow", (unit, mode, stream), t, [], products)

    def _moving(self, unit: str, mode: str, stream: str, share: int, t: str) -> None:
        """A yield and what moves it: a step of the quality of what is fed."""
        base, terms = self.numbers["gamma"].get((unit, mode, stream), 0.0), [(share, 1.0)]
        for owner, batch, fed, quality in self.sets["DBSQ"]:
            step = self.numbers["Del"].get((unit, mode, quality), 0.0)
            change = self.numbers["delta"].get((unit, mode, stream, quality), 0.0)
            if (owner, batch) == (unit, mode) and step and change and (fed, quality) in self.sets["SQ"]:
                terms.append((self.quality[fed, quality, t], -change / step))
                base -= change / step * self.numbers["B"].get((unit, mode, quality), 0.0)
        self._add("moving_yield_base", (unit, mode, stream), t, terms, None, base, base)

    def _passed_on(self, t: str) -> None:
        """Qualities that a product has of its feed, and those that a splitter leaves as they are."""
        for source, target, quality in self.sets["QT"]:
            known = {(source, quality), (target, quality)} <= self.sets["SQ"].keys()
            if known and (target, quality) not in self.sets["FIX"]:
                factor = self.numbers["alpha"].get((source, target, quality), 0.0)
                ends = [(self.quality[target, quality, t], 1.0), (self.quality[source, quality, t], -factor)]
                self._add("passed_on", (source, target, quality), t, ends)
        for (unit,) in self.sets["USPL"]:
            for source in self.inputs[unit]:
                for target in self.outputs[unit]:
                    for owner, quality in self.sets["SQ"]:
                        if owner == target and (source, quality) in self.sets["SQ"]:
                            ends = [
                                (self.quality[target, quality, t], 1.0),
                                (self.quality[source, quality, t], -1.0),
                            ]
                            self._add("split_quality", (target, quality), t, ends)

    def _mixers(self, t: str) -> None:
        for unit, mode in self.modes:
            if (unit,) not in self.sets["UMIX"]:
                continue
            into, outputs = self.batch_inputs[unit, mode], self.batch_outputs[unit, mode]
            if self.mixes_by_volume(unit, mode):
                for stream in (*into, *outputs):
                    if (stream, self.density) in self.sets["SQ"]:
                        pair = (
                            self.batch_volume[unit, mode, stream, t],
                            self.quality[stream, self.density, t],
                            1.0,
                        )
                        mass = [(self.batch_flow[unit, mode, stream, t], -1.0)]
                        self._add("mixed_volume", (unit, mode, stream), t, mass, [pair])
                parts = [(self.batch_volume[unit, mode, s, t], -1.0) for s in into]
                whole = [(self.batch_volume[unit, mode, s, t], 1.0) for s in outputs]
                self._add("volume_balance", (unit, mode), t, whole + parts)
            for output in outputs:
                for owner, quality in self.sets["SQ"]:
                    if owner == output and quality != self.density:
                        self._mixed(unit, mode, output, quality, t)

    def _mixed(self, unit: str, mode: str, output: str, quality: str, t: str) -> None:
        if (output, quality) in self.sets["FIX"]:
            return
        if (quality,) in self.sets["Qw"]:
            amount = self.batch_flow
        elif (quality,) in self.sets["Qv"]:
            amount = self.batch_volume
        else:
            return
        products = [(amount[unit, mode, output, t], self.quality[output, quality, t], 1.0)]
        products += [
            (amount[unit, mode, s, t], self.quality[s, quality, t], -1.0)
            for s in self.batch_inputs[unit, mode]
        ]
        self._add("mixed_quality", (unit, mode, output, quality), t, [], products)

    def _shares(self, t: str) -> None:
        """Mean qualities of several streams of a unit, and of the crude that it or the whole plant runs."""
        limits = {key: None for name in ("FQVMin", "FQVMax") for key in self.numbers[name]}
        for unit, mode, quality in limits:
            ends = [(n, self.numbers[n].get((unit, mode, quality))) for n in ("FQVMin", "FQVMax")]
            if (unit, mode, quality) in self.sets["CDUMQ"]:
                self._crude("crude_quality", quality, [(unit, mode)], ends, t)
                continue
            for name, end in ends:
                if end is None:
                    continue
                linear: Linear = []
                products: Products = []
                for stream in self.inputs[unit]:
                    flow = self.flow_in[stream, t]
                    if (quality,) in self.sets["Qp"]:
                        linear.append((flow, self.numbers["w"].get((unit, mode, stream, quality), 0.0) - end))
                    elif (stream, quality) in self.sets["SQ"]:
                        linear.append((flow, -end))
                        products.append((flow, self.quality[stream, quality, t], 1.0))
                self._end(f"mean_{name}", (unit, mode, quality), t, linear, products, name)
        everywhere = [(u, m) for u, m in self.modes if (u,) in self.sets["UCDU"]]
        for (quality,) in self.sets["CRU"]:
            ends = [(n, self.numbers[n].get((quality,))) for n in ("MFQMin", "MFQMax")]
            self._crude("all_crude_quality", quality, everywhere, ends, t)

    def _crude(
        self,
        name: str,
        quality: str,
        batches: list[tuple[str, str]],
        ends: list[tuple[str, float | None]],
        t: str,
    ) -> None:
        known = self.numbers["FQcrd"]
        for side, end in ends:
            linear: Linear = []
            for unit, mode in batches:
                for crude in self.batch_inputs[unit, mode]:
                    value = known.get((mode, crude, quality))
                    density = known.get((mode, crude, self.density))
                    if end is None or value is None:
                        continue
                    weight = value - end
                    if quality == self.density:
                        weight = 1.0 - end / value
                    elif (quality,) in self.sets["Qv"] and density:
                        weight /= density
                    linear.append((self.batch_flow[unit, mode, crude, t], weight))
            self._end(f"{name}_{side}", (*batches[0], quality), t, linear, [], side)

    def _end(
        self, block: str, key: Iterable[str], t: str, linear: Linear, products: Products, side: str
    ) -> None:
        least = side.endswith("Min")
        self._add(block, key, t, linear, products, 0.0 if least else -math.inf, math.inf if least else 0.0)

    def _blenders(self, t: str) -> None:
        for (unit,) in self.sets["RB"]:
            for source, target in self.numbers["beta"]:
                if source in self.inputs[unit] and target in self.outputs[unit]:
                    share = self.numbers["beta"][source, target]
                    ends = [(self.flow_in[source, t], 1.0), (self.flow_out[target, t], -share)]
                    self._add("blend_share", (unit, source), t, ends)
        for (unit,) in self.sets["UBLD"]:
            into = self.inputs[unit]
            if self.blends_by_volume(unit):
                for stream in into:
                    if (stream, self.density) in self.sets["SQ"]:
                        pair = (self.volume[stream, t], self.quality[stream, self.density, t], 1.0)
                        self._add(
                            "blend_volume", (unit, stream), t, [(self.flow_in[stream, t], -1.0)], [pair]
                        )
            for name in ("FQBMin", "FQBMax"):
                for (owner, quality), end in self.numbers[name].items():
                    if owner == unit:
                        self._blend_limit(unit, quality, name, end, t)

    def _blend_limit(self, unit: str, quality: str, name: str, end: float, t: str) -> None:
        linear: Linear = []
        products: Products = []
        for stream in self.inputs[unit]:
            if quality == self.density:
                linear += [(self.flow_in[stream, t], 1.0), (self.volume[stream, t], -end)]
                continue
            by_volume = (quality,) in self.sets["Qv"]
            amount = self.volume[stream, t] if by_volume else self.flow_in[stream, t]
            linear.append((amount, -end))
            products.append((amount, self.quality[stream, quality, t], 1.0))
        self._end(f"blend_{name}", (unit, quality), t, linear, products, name)

    def _stocks(self, t: str, before: str | None) -> None:
        for (stream,) in self.sets["S"]:
            flow = [(self.flow_out[stream, t], 1.0), (self.flow_in[stream, t], -1.0)]
            if (stream, t) not in self.into_stock:
                self._add("stream_balance", (stream,), t, flow)
                continue
            into, out = self.into_stock[stream, t], self.from_stock[stream, t]
            self._add("stream_balance", (stream,), t, [*flow, (into, -1.0), (out, 1.0)])
            opening = self.numbers["L0"].get((stream,), 0.0) if before is None else 0.0
            level: Linear = [(self.stock[stream, t], 1.0), (into, -1.0), (out, 1.0)]
            if before is not None:
                level.append((self.stock[stream, before], -1.0))
            self._add("stock_balance", (stream,), t, level, None, opening, opening)
            most, drawn = self.numbers["LMax"].get((stream, t), 0.0), self.drawn[stream, t]
            self._add("draw_or_fill", (stream, "out"), t, [(out, 1.0), (drawn, -most)], None, -math.inf, 0.0)
            self._add("draw_or_fill", (stream, "in"), t, [(into, 1.0), (drawn, most)], None, -math.inf, most)

    def _limits(self, t: str) -> None:
        """Least and greatest qualities and flows of streams."""
        for key in dict.fromkeys(key for name in ("FQMin", "FQMax") for key in self.numbers[name]):
            if (*key, t) in self.quality:
                ends = [self.numbers[n].get(key) for n in ("FQMin", "FQMax")]
                self._between("stream_quality", key, t, self.quality[(*key, t)], ends)
        for key in dict.fromkeys(key for name in ("FVMin", "FVMax") for key in self.numbers[name]):
            if key[1] == t:
                ends = [self.numbers[n].get(key) for n in ("FVMin", "FVMax")]
                self._between("flow_out_limit", key[:1], t, self.flow_out[key], ends)
                self._between("flow_in_limit", key[:1], t, self.flow_in[key], ends)

    def _between(self, block: str, key: Iterable[str], t: str, column: int, ends: list[float | None]) -> None:
        low, high = ends
        self._add(
            block,
            key,
            t,
            [(column, 1.0)],
            None,
            -math.inf if low is None else low,
            math.inf if high is None else high,
        )

    def _margin(self, t: str) -> None:
        for (stream,) in self.sets["S_P"]:
            self.builder.add_costs(self.flow_in[stream, t], self.numbers["c_P"].get((stream,), 0.0))
        for (stream,) in self.sets["S_M"]:
            self.builder.add_costs(self.flow_out[stream, t], -self.numbers["c_M"].get((stream,), 0.0))
        for stream in {key[0] for key in self.into_stock}:
            self.builder.add_costs(self.into_stock[stream, t], self.numbers["ci_P"].get((stream,), 0.0))
            self.builder.add_costs(self.from_stock[stream, t], -self.numbers["ci_M"].get((stream,), 0.0))
