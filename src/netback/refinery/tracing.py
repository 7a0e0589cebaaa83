"""Trace every lot from purchase through the units, and so find the network of a case.

Starting from what is bought or lies in tanks, each lot is run through every mode that takes its stream; the
products are new lots, unless a lot of that stream with the same needed properties exists. A plant in which a
quality feeds back on itself has no end to its lots; that is reported with the round it takes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from netback.case.case import Case
from netback.errors import DataError, Finding, ModelError, closest
from netback.refinery.crudes import Crudes
from netback.refinery.money import Money
from netback.refinery.needs import (
    feeds_by_unit,
    followed_by_crude,
    mixed_streams,
    needed_properties,
    pool_components,
    reached,
    swing_targets,
)
from netback.refinery.network import POOL, Join, Lot, Network, Run, Stream, lot_factor
from netback.refinery.rules import DENSITY, Rules
from netback.refinery.yields import Recipes

#: A quality that still changes when its stream comes by this often on one way will change for ever.
_ROUNDS = 5
_LOTS_PER_STREAM = 20_000
_BASIS_UOM = {"mass": "t", "volume": "m3"}


def trace(case: Case, lean: bool = False, crudes: Crudes | None = None) -> Network:
    """Build the network of a case.

    Parameters
    ----------
    case
        The case, in the scenario that is wanted.
    lean
        Whether lots of equal quality are one even where their crudes differ, wherever nothing tells crudes apart any
        more. Plans with pools are much smaller then; results name all crudes of such a lot.
    crudes
        What the distillations make of each crude; by the assays of the case unless told.

    Raises
    ------
    ModelError
        With every finding: missing properties, densities, endless rounds, unreadable assays.
    """
    tracer = _Tracer(case, lean, crudes)
    tracer.run()
    if tracer.findings:
        raise ModelError(dict.fromkeys(tracer.findings), case.subject)
    return tracer.network()


class _Tracer:
    def __init__(self, case: Case, lean: bool, crudes: Crudes | None) -> None:
        self.case = case
        self.lean = lean
        self.findings: list[Finding] = []
        self.streams = {
            record["stream"]: Stream(
                record["stream"],
                record["title"] or record["stream"],
                record["kind"],
                record["uom"] or case.flow_uom,
            )
            for record in case.table("streams").records
        }
        self.needs = needed_properties(case)
        self.wanted = {stream: tuple(sorted(names)) for stream, names in self.needs.items()}
        self.fixed, self.by_origin = _stated_properties(case)
        self.plain = _used_beside_feeds(case)
        self.lots: list[Lot] = []
        self.runs: list[Run] = []
        self.joins: list[Join] = []
        self.rounds: list[int] = []
        self.parent: list[int] = []
        self.found: dict[tuple[Any, ...], int] = {}
        self.per_stream: dict[str, int] = defaultdict(int)
        self.queue: deque[int] = deque()
        self.blended: dict[str, int] = {}
        named = any(record["origin"] for record in case.table("limit_terms").records)
        self.keep_origins = named or bool(self.by_origin)
        self.followed = followed_by_crude(case) if lean else frozenset(self.streams)
        self.mixed = mixed_streams(case)
        self.used_up: dict[str, list[Finding]] = defaultdict(list)
        self.crudes = Crudes(case, self.findings) if crudes is None else crudes
        self.consumers = _consumers(case)
        self.tanks = _tanks(case)
        self.apart = _distilled_mixes(case, self.consumers, self.crudes)
        self.rules = Rules(case)
        self.money = Money.of(case)
        self.recipes = Recipes(case)

    def network(self) -> Network:
        return Network(
            self.case,
            self.streams,
            tuple(self.lots),
            tuple(self.runs),
            tuple(self.joins),
            self.blended,
            self.rules,
            self.money,
            self.plain,
        )

    def run(self) -> None:
        bought, kept = _supplies(self.case)
        for stream, origin in bought:
            self._supply(stream, origin)
        for record in self.case.table("blends").records:
            if record["product"] not in self.blended:
                self.blended[record["product"]] = self._register(record["product"], (), "blend", {}, None)
        self._visit_all()
        # What a unit makes is known by now: a stock of it has the quality of the one lot that it can be.
        for stream, origin in kept:
            fitting = [lot for lot in self.lots if lot.stream == stream and origin in (None, *lot.origins)]
            if len(fitting) != 1:
                self._supply(stream, origin)
                self._visit_all()
        for stream, faults in self.used_up.items():
            # A mix may make less of a product for one of its parts, but not of one quality of it for another.
            if self.per_stream[stream] > 1:
                self.findings += faults

    def _visit_all(self) -> None:
        while self.queue and len(self.findings) < 200:
            self._visit(self.queue.popleft())

    def _supply(self, stream: str, origin: str | None) -> None:
        crude = origin or (stream if stream in self.crudes.declared else None)
        properties: Mapping[str, float] = {}
        if crude is not None and (crude == stream or stream in self.apart) and self.crudes.has(crude):
            properties = self.crudes.whole(crude)
        origins = (crude,) if crude else ()
        self._register(stream, origins, "purchase", properties, None)

    def _register(
        self,
        stream: str,
        origins: tuple[str, ...],
        made_by: str,
        properties: Mapping[str, float],
        parent: int | None,
    ) -> int:
        """Find the lot of this stream with these properties, or make it."""
        kept = self._kept(stream, origins, properties)
        named = self.keep_origins and stream not in self.plain and stream in self.followed
        kept_apart = stream in self.apart or named
        tag = origins if kept_apart else ()
        key = (stream, tag, frozenset([(name, float(f"{value:.12g}")) for name, value in kept.items()]))
        if key in self.found:
            lot = self.found[key]
            known = self.lots[lot]
            if any(origin not in known.origins for origin in origins):
                merged = tuple(dict.fromkeys((*known.origins, *origins)))
                self.lots[lot] = Lot(lot, stream, merged, known.made_by, known.properties)
            return lot
        lot = len(self.lots)
        self.found[key] = lot
        self.lots.append(Lot(lot, stream, origins, made_by, kept))
        self.parent.append(-1 if parent is None else parent)
        before = self._same_stream_before(lot)
        self.rounds.append(1 if before is None else self.rounds[before] + 1)
        self.per_stream[stream] += 1
        self.queue.append(lot)
        return lot

    def _kept(
        self, stream: str, origins: tuple[str, ...], properties: Mapping[str, float]
    ) -> Mapping[str, float]:
        fixed = self.fixed.get(stream)
        if fixed is not None:
            return fixed
        if stream in self.plain or not (properties or self.by_origin):
            return {}
        wanted = self.wanted.get(stream, (DENSITY,))
        kept = {name: properties[name] for name in wanted if name in properties}
        if self.by_origin and len(origins) == 1:
            kept.update(self.by_origin.get((stream, origins[0]), {}))
        return kept

    def _visit(self, lot: int) -> None:
        found = self.lots[lot]
        if self._endless(lot):
            return
        for unit, mode in self.consumers.get(found.stream, ()):
            if self.crudes.distils(unit, mode):
                self._distil(unit, mode, lot)
            else:
                self._convert(unit, mode, lot)
        joined: dict[str, str] = {}
        for unit, targets in self.crudes.swings(found.stream):
            for target in targets:
                joined.setdefault(target, unit)
        for target in self.tanks.get(found.stream, ()):
            joined.setdefault(target, POOL)
        for target, unit in joined.items():
            self._join(unit, lot, target)

    def _distil(self, unit: str, mode: str, lot: int) -> None:
        found = self.lots[lot]
        crude = found.origins[0] if found.stream in self.apart and found.origins else found.stream
        if not self.crudes.has(crude):
            where = f"unit {unit}"
            hint = closest(crude, self.crudes.names) or "Name its assay in crudes.csv."
            what = f'distillation is fed with "{found.stream}", which has no assay.'
            if crude != found.stream:
                what = f'distillation is fed with "{found.stream}" from "{crude}", which has no assay.'
            self.findings.append(Finding(where, what, hint))
            return
        outputs = []
        for cut in self.crudes.cuts(crude, unit, mode):
            product = self._register(cut.stream, (crude,), unit, cut.properties, lot)
            amount = self._amount(lot, product, "t", cut.mass_yield, lambda: f"cuts.csv, unit {unit}")
            outputs.append((product, amount))
        self.runs.append(Run(unit, mode, lot, tuple(outputs), self._uses(unit, mode, lot)))

    def _convert(self, unit: str, mode: str, lot: int) -> None:
        found = self.lots[lot]
        lines = self.recipes.yields(unit, mode, found.stream)
        if not lines:
            return
        outputs: list[tuple[int, float]] = []
        uses, made_by = list(self._uses(unit, mode, lot)), f"{unit}/{mode}"
        for line in lines:
            amount, findings = self.recipes.base_and_delta(line, found)
            properties, faults = self.recipes.product_properties(line, found, self.needs)
            self.findings.extend((*findings, *faults))
            if amount < 0.0 <= line["yield"]:
                fault = self.recipes.below_zero(line, found, amount)
                target = self.used_up[line["product"]] if found.stream in self.mixed else self.findings
                target.append(fault)
            product = self._register(line["product"], found.origins, made_by, properties, lot)
            basis = _BASIS_UOM.get(line["basis"])
            where = partial(self.case.table("yields").where, line, "yield")
            scaled = amount if basis is None else self._amount(lot, product, basis, amount, where)
            if scaled < 0.0 and line["yield"] < 0.0:
                uses.append((product, -scaled))
            else:
                outputs.append((product, scaled))
        self.runs.append(Run(unit, mode, lot, tuple(outputs), tuple(uses)))

    def _uses(self, unit: str, mode: str, lot: int) -> tuple[tuple[int, float], ...]:
        """Utilities used by a run, per uom of the feed."""
        uses = []
        for record in self.recipes.utilities(unit, mode, self.lots[lot].stream):
            where = partial(self.case.table("utilities").where, record, "per")
            per = 1.0 if record["per"] is None else self._factor(lot, record["per"], where)
            used = self._register(record["utility"], (), "utility", {}, lot)
            uses.append((used, record["use"] * per))
        return tuple(uses)

    def _factor(self, lot: int, target: str, where: Callable[[], str]) -> float:
        found = self.lots[lot]
        stream = self.streams[found.stream]
        if stream.uom == target:
            return 1.0
        try:
            return lot_factor(found, stream, target, found.stream in self.blended)
        except DataError as error:
            fault = error.findings[0]
            self.findings.append(Finding(where(), f"{fault.where}: {fault.what}", fault.hint))
            return 1.0

    def _amount(self, feed: int, product: int, basis: str, share: float, where: Callable[[], str]) -> float:
        """Product per feed, each in its own uom, from a share on the basis ``t`` or ``m3``."""
        return share * self._factor(feed, basis, where) / self._factor(product, basis, where)

    def _join(self, unit: str, lot: int, target: str) -> None:
        found = self.lots[lot]
        made_by = "purchase" if unit == POOL else found.stream
        made = self._register(target, found.origins, made_by, found.properties, lot)
        source_uom, target_uom = self.streams[found.stream].uom, self.streams[target].uom
        share = 1.0
        if source_uom != target_uom:
            table = "pools.csv" if unit == POOL else "cuts.csv"
            basis = "t" if DENSITY in found.properties else source_uom
            share = self._amount(lot, made, basis, 1.0, lambda: f'{table}, "{found.stream}" to "{target}"')
        self.joins.append(Join(unit, lot, made, share))

    def _endless(self, lot: int) -> bool:
        stream = self.lots[lot].stream
        if self.rounds[lot] <= _ROUNDS and self.per_stream[stream] <= _LOTS_PER_STREAM:
            return False
        path, last = [lot], self._same_stream_before(lot)
        while self.parent[path[-1]] >= 0 and path[-1] != last and len(path) < 12:
            path.append(self.parent[path[-1]])
        round_trip = [f"{self.lots[step].stream} (by {self.lots[step].made_by})" for step in reversed(path)]
        seen = " > ".join(round_trip)
        what = f'a cycle of units: {seen}. "{stream}" comes back with another quality each time round, without end.'
        hint = "Give one stream of the cycle a fixed quality in stream_properties.csv."
        self.findings.append(Finding("yields.csv", what, hint))
        self.queue.clear()
        return True

    def _same_stream_before(self, lot: int) -> int | None:
        """The nearest lot of the same stream from which this one is made."""
        step = self.parent[lot]
        while step >= 0 and self.lots[step].stream != self.lots[lot].stream:
            step = self.parent[step]
        return None if step < 0 else step


def _stated_properties(
    case: Case,
) -> tuple[dict[str, dict[str, float]], dict[tuple[str, str], dict[str, float]]]:
    """Properties of stream_properties.csv: by stream, and by stream and origin."""
    fixed: dict[str, dict[str, float]] = defaultdict(dict)
    by_origin: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for record in case.table("stream_properties").records:
        if record["origin"] is None:
            fixed[record["stream"]][record["property"]] = record["value"]
        else:
            by_origin[record["stream"], record["origin"]][record["property"]] = record["value"]
    return dict(fixed), dict(by_origin)


def _used_beside_feeds(case: Case) -> frozenset[str]:
    """Streams that a unit uses beside its feed: nobody asks which lot, so they are one lot."""
    used = {record["utility"] for record in case.table("utilities").records}
    used |= {record["product"] for record in case.table("yields").records if record["yield"] < 0.0}
    return frozenset(used)


def _tanks(case: Case) -> dict[str, tuple[str, ...]]:
    """Pools that each component flows into."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for component, stream in pool_components(case):
        found[component].setdefault(stream)
    return {component: tuple(streams) for component, streams in found.items()}


def _distilled_mixes(
    case: Case, consumers: Mapping[str, tuple[tuple[str, str], ...]], crudes: Crudes
) -> frozenset[str]:
    """Streams that are distilled but no crude themselves, and what flows into them: their lots stay apart by crude."""
    found = {
        stream
        for stream, pairs in consumers.items()
        if not crudes.has(stream) and any(crudes.distils(unit, mode) for unit, mode in pairs)
    }
    ways = [(record["feed"], record["product"]) for record in case.table("yields").records]
    ways += pool_components(case)
    return reached(found, ((target, source) for source, target in ways if not crudes.has(source)))


def _consumers(case: Case) -> dict[str, tuple[tuple[str, str], ...]]:
    """Which (unit, mode) takes each stream as feed."""
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for record in case.table("yields").records:
        found[record["feed"]].setdefault((record["unit"], record["mode"]))
    by_unit = feeds_by_unit(case)
    modes = {(record["unit"], record["mode"]) for record in case.table("cuts").records}
    for unit, mode in sorted(modes):
        rows = [record for record in case.table("feeds").records if record["unit"] == unit]
        stated = {record["feed"] for record in rows if record["mode"] in (None, mode)}
        for feed in stated or by_unit[unit]:
            found[feed].setdefault((unit, mode))
    return {stream: tuple(pairs) for stream, pairs in found.items()}


_Supply = tuple[str, str | None]


def _supplies(case: Case) -> tuple[list[_Supply], list[_Supply]]:
    """Streams with their origins: those that enter from outside, and those in tanks that units may make as well."""
    made = {record["product"] for record in case.table("yields").records}
    made |= {record["utility"] for record in case.table("utilities").records}
    for record in case.table("cuts").records:
        made.update((record["stream"], *swing_targets(record["swing_to"])))
    made.update(stream for _, stream in pool_components(case))
    entering = dict.fromkeys((record["stream"], None) for record in case.table("offers").records)
    entering |= dict.fromkeys((record["stream"], None) for record in case.table("cargoes_at_sea").records)
    parcels = [record for record in case.table("parcels").records if record["stream"] is not None]
    entering |= dict.fromkeys((record["stream"], None) for record in parcels)
    tanks: dict[_Supply, None] = {}
    for record in case.table("opening_stocks").records:
        supply = (record["stream"], record["origin"])
        if record["stream"] in made:
            tanks.setdefault(supply)
        else:
            entering.setdefault(supply)
    return list(entering), list(tanks)
