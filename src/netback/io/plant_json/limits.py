"""Rows of capacities and of limits on flows, in the words of limit_terms.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netback.io.plant_json.flows import Flows, Row
from netback.io.plant_json.plant import DISTILLATION, Batch

_Term = tuple[str, str, str | None, str | None]


class Limits:
    """Rows of a plant file for capacities, limits and limit_terms."""

    def __init__(self, flows: Flows) -> None:
        self.flows, self.plant, self.data, self.remarks = flows, flows.plant, flows.data, flows.remarks
        self._limits: list[Row] = []
        self._terms: list[Row] = []
        self._capacities: list[Row] = []

    def tables(self) -> dict[str, list[Row]]:
        """Rows by table."""
        for (name,) in self.data.sets["C"]:
            self._capacity(name)
        self._stream_limits()
        self._shares()
        self._crude_limits()
        return {"capacities": self._capacities, "limits": self._limits, "limit_terms": self._terms}

    def _capacity(self, name: str) -> None:
        counted = [stream for owner, stream in self.data.sets["CAPS"] if owner == name]
        rows = self._ends(("FVCMin", "FVCMax"), name)
        place = self.data.place("C", (name,))
        if not rows or not counted:
            lacks = "has neither FVCMin nor FVCMax" if counted else "counts no stream of CAPS"
            self.remarks.ignored(place, f"the capacity {lacks}; it limits nothing.")
            return
        inward, outward = (name,) in self.data.sets["CAPIN"], (name,) in self.data.sets["CAPOUT"]
        if inward == outward:
            both = "both CAPIN and CAPOUT" if inward else "neither CAPIN nor CAPOUT"
            self.remarks.fault(place, f"the capacity is in {both}.", "Name it in one of them.")
            return
        whole = self._whole_unit(counted) if inward else None
        if whole is not None:
            self._capacities += [{"unit": whole[0], "mode": whole[1], **cells} for cells in rows]
            return
        terms: dict[_Term, float] = {}
        for stream in counted:
            for term, factor in self._taken(stream) if inward else self._made(stream):
                terms[term] = terms.get(term, 0.0) + factor
        self._add(name, None, rows, terms)

    def _ends(self, names: tuple[str, str], key: str) -> list[Row]:
        """Rows of a pair of parameters that limit something."""
        return [row for row in self.flows.limited(names, key) if "min" in row or "max" in row]

    def _whole_unit(self, counted: list[str]) -> tuple[str, str | None] | None:
        """The unit, or the mode of one, whose feeds these are, all of them and nothing else."""
        units = {self.plant.users.get(stream, "") for stream in counted}
        if len(units) != 1:
            return None
        unit = units.pop()
        fed = {b.mode: set(self.plant.fed(b)) for b in self.plant.runs.get(unit, ())}
        if fed and set(counted) == set().union(*fed.values()):
            return unit, None
        modes = [mode for mode, streams in fed.items() if streams & set(counted)]
        return (unit, modes[0]) if len(modes) == 1 and fed[modes[0]] == set(counted) else None

    def _made(self, stream: str) -> Iterator[tuple[_Term, float]]:
        unit = self.plant.makers.get(stream, "")
        if unit in self.plant.runs:
            yield ("make", unit, self.plant.stream(stream), None), 1.0
        else:
            yield from self._taken(stream)

    def _taken(self, stream: str) -> Iterator[tuple[_Term, float]]:
        """What counts the flow of a stream of the file where it ends: fed, mixed, blended or sold."""
        for way in self.plant.ways(stream):
            unit, own = self.plant.users.get(way), self.plant.stream(way)
            mix = self.plant.into(way)
            if mix is not None:
                yield ("blend" if mix.is_blend else "pool", mix.output, own, None), 1.0
            elif unit is None:
                if way in self.data.names("S_P"):
                    yield ("sale", way, None, None), 1.0
                elif (whole := self.plant.mixes.get(way)) is not None:
                    yield ("pool", whole.output, None, None), 1.0
            else:
                for batch in self.plant.runs.get(unit, ()):
                    if way in batch.inputs:
                        yield from self._fed_with(batch, way)

    def _fed_with(self, batch: Batch, way: str) -> Iterator[tuple[_Term, float]]:
        unit, mode, fed = batch.unit, batch.mode, self.plant.fed(batch)
        if way in fed:
            yield ("feed", unit, self.plant.stream(way), mode), 1.0
            return
        gamma = self.data.numbers["gamma"]
        moved = [key for key in self.data.numbers["delta"] if key[:3] == (unit, mode, way)]
        if moved:
            what = f"{way} goes into {unit} beside its feed in a share that moves; it is counted at its base."
            self.remarks.partly(self.data.place("delta", moved[0]), what)
        share = gamma.get((unit, mode, way), 0.0) / gamma[unit, mode, fed[0]]
        yield ("feed", unit, self.plant.stream(fed[0]), mode), share

    def _stream_limits(self) -> None:
        traded = {*self.data.names("S_M"), *self.data.names("S_P")}
        names = dict.fromkeys(key[0] for n in ("FVMin", "FVMax") for key in self.data.numbers[n])
        for stream in names:
            if stream not in traded:
                rows = self._ends(("FVMin", "FVMax"), stream)
                self._add(f"flow_{stream}", f"flow of {stream}", rows, dict(self._taken(stream)))

    def _shares(self) -> None:
        """Shares of what a unit takes, in per cent: FQVMin and FQVMax of what VMQ and w count."""
        ends: dict[tuple[str, str, str], dict[str, float]] = {}
        for name, column in (("FQVMin", "min"), ("FQVMax", "max")):
            for key, value in self.data.numbers[name].items():
                ends.setdefault((key[0], key[1], key[2]), {})[column] = value
        for (unit, mode, quality), limits in ends.items():
            where = self.data.place("FQVMin" if "min" in limits else "FQVMax", (unit, mode, quality))
            if (unit, mode, quality) in self.data.sets["CDUMQ"]:
                continue
            if (quality,) not in self.data.sets["Qp"]:
                what = f"the limit is on {quality} of several mixes together, which no table says; it is not read."
                self.remarks.ignored(where, what)
                continue
            for column, value in limits.items():
                terms: dict[_Term, float] = {}
                for stream in self.plant.inputs.get(unit, ()):
                    part = self.data.numbers["w"].get((unit, mode, stream, quality), 0.0)
                    for term, factor in self._taken(stream):
                        terms[term] = terms.get(term, 0.0) + factor * (part - value) / 100.0
                name = f"share_{unit}_{mode}_{column}"
                side = "at least" if column == "min" else "at most"
                title = f"share in {unit} of what {mode} counts, {side} {value:g} %"
                self._add(name, title, [{"period": None, column: 0.0}], terms)

    def _crude_limits(self) -> None:
        """Qualities of the crude of one distillation (CDUMQ, FQVMin, FQVMax) and of all (CRU, MFQMin, MFQMax)."""
        everywhere = [b for b in self.plant.batches if self.plant.kinds[b.unit] in DISTILLATION]
        for unit, mode, quality in self.data.sets["CDUMQ"]:
            batches = [b for b in everywhere if (b.unit, b.mode) == (unit, mode)]
            ends = {
                c: self.data.numbers[n].get((unit, mode, quality))
                for n, c in (("FQVMin", "min"), ("FQVMax", "max"))
            }
            self._crude_limit(f"crude_{unit}_{mode}_{quality}", quality, batches, ends)
        for (quality,) in self.data.sets["CRU"]:
            ends = {
                c: self.data.numbers[n].get((quality,)) for n, c in (("MFQMin", "min"), ("MFQMax", "max"))
            }
            self._crude_limit(f"crude_{quality}", quality, everywhere, ends)

    def _crude_limit(
        self, name: str, quality: str, batches: list[Batch], ends: Mapping[str, float | None]
    ) -> None:
        """Quality less its limit, summed over the crudes: linear, since a crude has one quality."""
        for column, bound in ends.items():
            if bound is None:
                continue
            terms: dict[_Term, float] = {}
            for batch in batches:
                for crude in batch.inputs:
                    if (crude, quality) in self.data.sets["SQ"]:
                        term = ("feed", batch.unit, self.plant.stream(crude), batch.mode)
                        terms[term] = self._above(batch.mode, crude, quality, bound)
            side = "at least" if column == "min" else "at most"
            title = f"{quality} of the crude {name.removeprefix('crude_')}, {side} {bound:g}"
            self._add(f"{name}_{column}", title, [{"period": None, column: 0.0}], terms)

    def _above(self, mode: str, crude: str, quality: str, bound: float) -> float:
        """What a tonne of a crude adds to the sum that a limit on the mean quality holds on one side of 0."""
        density = next(iter(self.data.names("SPG")), "")
        by_volume = quality in (density, *self.data.names("Qv"))
        known = self.data.numbers["FQcrd"]
        needed = (quality, density) if by_volume else (quality,)
        for name in needed:
            if not known.get((mode, crude, name)):
                what = f"a limit on crude needs {name} of {crude} in {mode}."
                self.remarks.fault(self.data.place("SQ", (crude, quality)), what, "State it in FQcrd.")
                return 0.0
        value = known[mode, crude, quality]
        if quality == density:
            return 1.0 - bound / value
        return (value - bound) / (known[mode, crude, density] if by_volume else 1.0)

    def _add(self, name: str, title: str | None, rows: list[Row], terms: dict[_Term, float]) -> None:
        self._limits += [{"limit": name, "title": title, **cells} for cells in rows]
        for (activity, item, of, mode), factor in terms.items():
            if factor != 0.0:
                cells = {"activity": activity, "item": item, "of": of, "mode": mode}
                self._terms.append({"limit": name, **cells, "coefficient": factor})
