"""Rows of what is bought and sold, what units make of it, and what is mixed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from netback.io.plant_json.plant import BLEND_LIMITS, DISTILLATION, STREAM_LIMITS, Batch, Mix
from netback.io.plant_json.qualities import Qualities

Row = dict[str, Any]
#: Yields that add up to one within this are by mass; others are as they flow.
CLOSES: Final = 1e-4


class Flows:
    """Rows of a plant file for the tables of flows."""

    def __init__(self, qualities: Qualities) -> None:
        self.qualities, self.plant, self.data = qualities, qualities.plant, qualities.data
        self.remarks = qualities.remarks
        self.periods = self.data.names("T")

    def tables(self) -> dict[str, list[Row]]:
        """Rows by table."""
        made = [row for batch in self.plant.batches for row in self._yields(batch)]
        return {
            "streams": list(self._streams()),
            "crudes": [{"crude": name} for name in sorted(self.crudes)],
            "offers": list(self._trades("S_M", "c_M", "offer")),
            "sales": list(self._trades("S_P", "c_P", "sale")),
            "units": [{"unit": unit} for unit in self.plant.runs],
            "modes": [{"unit": batch.unit, "mode": batch.mode} for batch in self.plant.batches],
            "yields": made,
            "deltas": [row for batch in self.plant.batches for row in self._deltas(batch, made)],
            "pools": list(self._pools()),
            "blends": [row for mix in self.plant.mixes.values() if mix.is_blend for row in self._blend(mix)],
            "specs": [row for mix in self.plant.mixes.values() if mix.is_blend for row in self._specs(mix)],
            "feed_specs": list(self._feed_specs()),
        }

    @cached_property
    def crudes(self) -> set[str]:
        """Raw materials that are distilled."""
        distilled = {
            self.plant.stream(name)
            for batch in self.plant.batches
            if self.plant.kinds[batch.unit] in DISTILLATION
            for name in batch.inputs
        }
        return distilled & {self.plant.stream(name) for name in self.data.names("S_M")}

    def by_period(self, name: str, key: str) -> list[tuple[str | None, float]]:
        """Values of a parameter over (name, period); one without period where all periods say the same."""
        values = [(period, self.data.numbers[name].get((key, period))) for period in self.periods]
        known = {value for _, value in values}
        if len(known) == 1:
            value = known.pop()
            return [] if value is None else [(None, value)]
        return [(period, value) for period, value in values if value is not None]

    def limited(self, names: tuple[str, str], key: str) -> list[Row]:
        """Cells ``period``, ``min`` and ``max`` of a pair of parameters: one row, or one for every period."""
        found: dict[str | None, Row] = {}
        for name, column in zip(names, ("min", "max"), strict=True):
            for period, value in self.by_period(name, key):
                found.setdefault(period, {})[column] = value
        whole = found.pop(None, {})
        if not found:
            return [{"period": None, **whole}] if whole else []
        return [{"period": period, **whole, **found.get(period, {})} for period in self.periods]

    def _streams(self) -> Iterator[Row]:
        bought = {self.plant.stream(name) for name in self.data.names("S_M")}
        sold = {self.plant.stream(name) for name in self.data.names("S_P")}
        used = {self.plant.stream(name) for name in self.plant.users}
        for stream, names in self.plant.members.items():
            if stream not in self.plant.flowing:
                continue
            kind = "feedstock" if stream in bought else "intermediate"
            if stream in self.crudes:
                kind = "crude"
            elif stream not in bought and stream not in used:
                kind = "product" if stream in sold else "loss"
            if kind == "loss":
                what = "nothing takes it and it is no product, so it is read as a loss."
                self.remarks.partly(self.data.place("S", (stream,)), what)
            title = f"{stream} ({', '.join(n for n in names if n != stream)})" if len(names) > 1 else None
            yield {"stream": stream, "title": title, "kind": kind}

    def _trades(self, members: str, price: str, column: str) -> Iterator[Row]:
        for name in self.data.names(members):
            value = self.data.numbers[price].get((name,))
            if value is None:
                what = f'there is no {price} of "{name}"; it is read as 0.'
                self.remarks.partly(self.data.place(members, (name,)), what, f"State it in {price}.")
            row: Row = {column: name, "stream": self.plant.stream(name), "price": value or 0.0}
            for cells in self.limited(("FVMin", "FVMax"), name) or [{}]:
                yield {**row, **cells}

    def _yields(self, batch: Batch) -> Iterator[Row]:
        keys: Row = {"unit": batch.unit, "mode": batch.mode}
        if self.plant.kinds[batch.unit] in DISTILLATION:
            for crude in batch.inputs:
                for product in batch.outputs:
                    parts = self.qualities.cut_parts(batch, product, crude)
                    if parts:
                        total = sum(amount for _, amount in parts)
                        yield {**keys, **self._way(crude, product), "yield": total}
            return
        gamma = self.data.numbers["gamma"]
        feed = self.plant.feed(batch)
        per = gamma.get((batch.unit, batch.mode, feed), 0.0)
        if per <= 0.0:
            what = f"batch {batch.mode} of {batch.unit} takes nothing of {feed}."
            self.remarks.fault(
                self.data.place("IM", (batch.unit, batch.mode, feed)), what, "State its gamma."
            )
            return
        for name, sign in (
            *((n, -1.0) for n in batch.inputs if n != feed),
            *((n, 1.0) for n in batch.outputs),
        ):
            value = gamma.get((batch.unit, batch.mode, name))
            if value is None:
                place = self.data.place("IM" if sign < 0.0 else "OM", (batch.unit, batch.mode, name))
                self.remarks.fault(
                    place, f"there is no gamma of {name} in {batch.mode}.", "State it in gamma."
                )
            elif value != 0.0 or self._moved(batch, name):
                yield {**keys, **self._way(feed, name), "yield": sign * value / per}

    def _way(self, feed: str, product: str) -> Row:
        return {"feed": self.plant.stream(feed), "product": self.plant.stream(product), "basis": "flow"}

    def _moved(self, batch: Batch, name: str) -> list[tuple[str, float]]:
        """Properties that move the yield of a stream of the file in a batch, with the change per step."""
        return [
            (quality, value)
            for (unit, mode, stream, quality), value in self.data.numbers["delta"].items()
            if (unit, mode, stream) == (batch.unit, batch.mode, name)
        ]

    def _deltas(self, batch: Batch, made: list[Row]) -> Iterator[Row]:
        moved = [k for k in self.data.numbers["delta"] if k[:2] == (batch.unit, batch.mode)]
        if not moved:
            return
        feed = self.plant.feed(batch)
        told = {(q, s) for u, m, s, q in self.data.sets["DBSQ"] if (u, m) == (batch.unit, batch.mode)}
        known = {(row["unit"], row["mode"], row["product"]): row for row in made}
        for key in moved:
            _, _, name, quality = key
            place, where = self.data.place("delta", key), (batch.unit, batch.mode, quality)
            base, step = (self.data.numbers[n].get(where) for n in ("B", "Del"))
            line = known.get((batch.unit, batch.mode, self.plant.stream(name)))
            if name == feed:
                what = f"the share of the feed itself moves with {quality}; that is not read: yields are per feed."
                self.remarks.ignored(place, what)
            elif name not in (*batch.inputs, *batch.outputs) or line is None:
                self.remarks.ignored(place, f"{name} is no stream of batch {batch.mode}; it is not read.")
            elif (quality, feed) not in told:
                self.remarks.ignored(place, f"DBSQ does not name {quality} of {feed}; it is not read.")
            elif base is None or not step:
                self.remarks.fault(
                    place, f"B or Del of {quality} in {batch.mode} is missing or 0.", "State both."
                )
            else:
                sign = -1.0 if name in batch.inputs else 1.0
                cells = {c: line[c] for c in ("unit", "mode", "feed", "product")}
                per = self.data.numbers["gamma"][batch.unit, batch.mode, feed]
                delta = sign * self.data.numbers["delta"][key] / per
                yield {
                    **cells,
                    "property": self.qualities.name(quality),
                    "base": base,
                    "step": step,
                    "delta": delta,
                }

    def _pools(self) -> Iterator[Row]:
        """Every mix that is used further, and every stream that units make in more than one quality."""
        for output, mix in self.plant.mixes.items():
            if not mix.is_blend:
                for name in dict.fromkeys(map(self.plant.stream, mix.inputs)):
                    yield {"stream": output, "component": name}
        asked = {name for name, _ in self.qualities.asked}
        for stream in self.qualities.makings:
            ways = {(batch.unit, batch.mode, feed) for batch, feed in self.qualities.makings[stream]}
            if len(ways) > 1 and stream in asked:
                yield {"stream": stream}

    def _blend(self, mix: Mix) -> Iterator[Row]:
        in_proportion = (mix.unit,) in self.data.sets["RB"]
        for name in mix.inputs:
            row: Row = {"product": mix.output, "component": self.plant.stream(name)}
            share = self.data.numbers["beta"].get((mix.output, name))
            if in_proportion and share is None:
                what = f"{mix.unit} blends in proportion, and there is no beta of {name} in {mix.output}."
                self.remarks.fault(self.data.place("RB", (mix.unit,)), what, "State it in beta.")
            yield {**row, "min_share": share, "max_share": share} if in_proportion else row

    def _specs(self, mix: Mix) -> Iterator[Row]:
        yield from (
            {"product": mix.output, "property": self.qualities.name(quality), **ends}
            for quality, ends in self._ends(mix).items()
        )

    def _ends(self, mix: Mix) -> dict[str, Row]:
        """Limits on the quality of a blend by property: the tighter of those of blender and stream."""
        found: dict[str, Row] = {}
        for names, key in ((BLEND_LIMITS, mix.unit), (STREAM_LIMITS, mix.output)):
            for name, column, tighter in zip(names, ("min", "max"), (max, min), strict=True):
                for (owner, quality), value in self.data.numbers[name].items():
                    if owner == key:
                        cells = found.setdefault(quality, {})
                        cells[column] = tighter(cells.get(column, value), value)
        return found

    def _feed_specs(self) -> Iterator[Row]:
        found: dict[tuple[str, str], Row] = {}
        for name, column in zip(STREAM_LIMITS, ("min", "max"), strict=True):
            for (stream, quality), value in self.data.numbers[name].items():
                found.setdefault((stream, quality), {})[column] = value
        for (stream, quality), ends in found.items():
            if (mix := self.plant.mixes.get(stream)) is not None and mix.is_blend:
                continue
            for way in self.plant.ways(stream):
                unit = self.plant.users.get(way, "")
                batches = [b for b in self.plant.runs.get(unit, ()) if way in b.inputs]
                alone = all(len(self.plant.fed(batch)) == 1 for batch in batches)
                if not batches or not alone or any(way not in self.plant.fed(batch) for batch in batches):
                    name = "FQMax" if "max" in ends else "FQMin"
                    goes = f"goes to {unit}" if unit else "is sold"
                    what = f"the limit on {quality} of {stream} is not read: {way} {goes}, which runs it not by itself."
                    self.remarks.ignored(self.data.place(name, (stream, quality)), what)
                for batch in batches if alone else ():
                    cells = {"unit": unit, "mode": batch.mode, "property": self.qualities.name(quality)}
                    yield {**cells, **ends}
