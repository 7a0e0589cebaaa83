"""Why a crude is in or out: where each dollar per barrel goes against what it displaces.

One parcel of the crude is forced into the plan (or, where no more can be taken, the last one is left out) and the
rest of the plan is allowed to answer. The change of every sale, purchase and cost, per barrel of the crude, adds up
to what the barrel earns beyond its price: zero steps are left out, nothing is allotted by judgement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netback.errors import DataError, Finding, closest
from netback.planning.solve import Plan
from netback.planning.worth import OfferWorth, Prober, positions_of
from netback.planning.worth_pooled import PooledProber
from netback.program.solution import Progress
from netback.results.reading import FloatArray, Reader
from netback.results.table import ResultTable

Row = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why one offer is in or out in one period.

    ``steps`` are (group, what, quantity change per barrel, its uom, money per barrel) and add up to ``gain``, in
    currency of the case per ``per`` of the crude. ``forced`` says whether the parcel was put in or left out.
    """

    crude: str
    period: str
    worth: OfferWorth
    forced: str
    per: str
    steps: tuple[tuple[str, str, float, str, float], ...]
    gain: float
    yields: ResultTable
    sentence: str

    def table(self, currency: str) -> ResultTable:
        """The steps as a result table."""
        columns = [
            ("group", "", ""),
            ("what", "", ""),
            ("change", "row", f"more of it, per {self.per} of the crude"),
            ("uom", "", ""),
            ("money", f"{currency}/{self.per}", "positive where it helps the margin"),
        ]
        rows: list[Row] = list(self.steps)
        rows.append(("gain", "sum: worth less price", 0.0, "", self.gain))
        return ResultTable.of("explanation", f"One more {self.per} of {self.crude}", columns, rows)


def explain(
    plan: Plan,
    crude: str,
    watch: Callable[[int, int], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Explanation, ...]:
    """Explain every offer of a crude, period by period.

    ``watch`` is called with how many are explained and how many there are, at the beginning too; ``progress`` while a
    program without pools is solved. After Ctrl-C those come back that are explained until then.

    In a plan with pools the barrel is one of a plan near this one (:mod:`netback.planning.worth_pooled`): mixes may
    answer, and nobody looks for a plan of another kind.

    Raises
    ------
    DataError
        If nothing of that name is offered.
    """
    places = positions_of(plan, crude)
    if not places:
        names = [t.offer for t in plan.model.tranches]
        names += [plan.model.network.lots[t.lot].stream for t in plan.model.tranches]
        what = f'"{crude}" is not offered in {plan.case.subject}.'
        hint = closest(crude, names) or f"Offered: {', '.join(dict.fromkeys(names))}."
        raise DataError(Finding("", what, hint))
    if watch is not None:
        watch(0, len(places))
    prober = Prober(plan, progress=progress) if plan.model.problem.is_linear else PooledProber(plan)
    found: list[Explanation] = []
    for position, period in places:
        told = None if prober.stopped else _explain(prober, position, period)
        if told is None or prober.stopped:
            break
        found.append(told)
        if watch is not None:
            watch(len(found), len(places))
    return tuple(found)


def _explain(prober: Prober, position: int, period: int) -> Explanation:
    plan = prober.plan
    reader = Reader(plan)
    tranche = plan.model.tranches[position]
    worth = prober.worth(position, period)
    per, scale = _per_barrel(reader, tranche.lot)
    change, forced = worth.parcel, "put in"
    if worth.quantity > 0.0 and worth.parcel_last:
        # The break-even of what is bought is that of its last parcel; the steps must tell the same story.
        change, forced = -worth.parcel_last, "left out"
    moved = prober.moved(position, period, change) if change else None
    if moved is None:
        change, forced = (worth.parcel, "put in") if change < 0.0 else (-worth.parcel_last, "left out")
        moved = prober.moved(position, period, change) if change else None
    if moved is None:
        steps: tuple[tuple[str, str, float, str, float], ...] = ()
        forced = "none possible"
    else:
        difference = (moved - prober.x) / (change * scale)
        steps = money_steps(reader, difference)
    gain = float(sum(step[4] for step in steps))
    yields = _yields(reader, tranche.lot)
    sentence = _sentence(reader, worth, scale, per, forced)
    name = reader.network.lots[tranche.lot].stream
    return Explanation(name, worth.period, worth, forced, per, steps, gain, yields, sentence)


def _per_barrel(reader: Reader, lot: int) -> tuple[str, float]:
    """Uom to tell prices by, and how many of it are in one uom of the stream."""
    stream = reader.network.stream_of(lot)
    barrels = reader.in_uom(lot, 1.0, "bbl") if stream.in_mass_balance else None
    return ("bbl", barrels) if barrels else (stream.uom, 1.0)


def money_steps(reader: Reader, change: FloatArray) -> tuple[tuple[str, str, float, str, float], ...]:
    """Changes of sales, purchases and other costs, largest money first within each group."""
    model, network = reader.model, reader.network
    objective = model.problem.objective
    told: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    accounted = np.zeros(len(objective), dtype=bool)

    several = len(reader.periods) > 1

    def add(group: str, what: str, uom: str, ids: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        for period, column in zip(reader.periods, ids, strict=True):
            cell = told[group, f"{what}, {period}" if several else what, uom]
            cell[0] += float(change[column])
            cell[1] += float(objective[column] * change[column])
        accounted[ids] = True

    if reader.has("purchase"):
        for position, tranche in enumerate(model.tranches):
            ids = model.build.blocks["purchase"].ids[position]
            add("purchases", tranche.offer, network.stream_of(tranche.lot).uom, ids)
    if reader.has("sale"):
        position = 0
        for tier in model.tiers:
            for _ in tier.lots:
                add(
                    "sales",
                    tier.sale,
                    network.streams[tier.stream].uom,
                    model.build.blocks["sale"].ids[position],
                )
                position += 1
    if reader.has("run"):
        for position, run in enumerate(network.runs):
            ids = model.build.blocks["run"].ids[position]
            add("operating costs", run.unit, network.stream_of(run.feed).uom, ids)
    if reader.has("blend"):
        for position, arc in enumerate(model.arcs):
            if arc.record["cost"]:
                ids = model.build.blocks["blend"].ids[position]
                add("operating costs", f"blending {arc.product}", network.stream_of(arc.lot).uom, ids)
    for block in ("cargo_ships", "cargo_later", "cargo_loaded"):
        if reader.has(block):
            uom = "" if block == "cargo_loaded" else "ships"
            for position, key in enumerate(model.build.blocks[block].index.axes[0]):
                what = f"{key[0]}, {'by ship' if uom else 'by quantity'}"
                add("cargo costs", what, uom, model.build.blocks[block].ids[position])
    rest = float((objective[~accounted] * change[~accounted]).sum())
    steps = [(*key[:2], amount, key[2], money) for key, (amount, money) in told.items()]
    order = {"purchases": 0, "sales": 1, "operating costs": 2, "cargo costs": 3}
    kept = [
        s
        for s in steps
        if abs(s[4]) > 5e-7 or (s[0] not in ("operating costs", "cargo costs") and abs(s[2]) > 1e-7)
    ]
    kept.sort(key=lambda step: (order[step[0]], -abs(step[4])))
    if abs(rest) > 5e-7:
        kept.append(("other", "stocks and breakers", 0.0, "", rest))
    return tuple(kept)


def _yields(reader: Reader, lot: int) -> ResultTable:
    """What the distillations make of the crude, beside the other crudes of the plan."""
    network = reader.network
    flows = reader.values("run")
    streams: dict[str, None] = {}
    shares: dict[str, dict[str, float]] = {}
    for position, run in enumerate(network.runs):
        crude = network.lots[run.feed].stream
        if network.stream_of(run.feed).kind != "crude" or (run.feed != lot and not flows[position].any()):
            continue
        feed_mass = reader.tonnes(run.feed, 1.0)
        for product, amount in run.outputs:
            mass = reader.tonnes(product, amount)
            if mass is not None and feed_mass:
                streams.setdefault(network.lots[product].stream)
                made = shares.setdefault(crude, {})
                made[network.lots[product].stream] = 100.0 * mass / feed_mass
    columns = [("cut", "", ""), *((crude, "wt%", "of the crude") for crude in shares)]
    rows = [(stream, *(made.get(stream) for made in shares.values())) for stream in streams]
    return ResultTable.of("yields", "What distillation makes of it", columns, rows)


def _basis(reader: Reader, worth: OfferWorth) -> str:
    """The basis on which an offer is priced: fob or delivered."""
    period = reader.periods.index(worth.period)
    for tranche in reader.model.tranches:
        record = tranche.line[period]
        if (tranche.offer, tranche.tranche) == (worth.offer, worth.tranche) and record is not None:
            return str(record["price_basis"])
    return "delivered"


def _kept_out(reader: Reader, worth: OfferWorth) -> str:
    """Why an offer that would pay is not bought: something other than its price holds it out."""
    period = reader.periods.index(worth.period)
    for tranche in reader.model.tranches:
        if (tranche.offer, tranche.tranche) == (worth.offer, worth.tranche) and tranche.upper[period] <= 0.0:
            return " because its greatest quantity is 0"
    return " although it would pay, because a limit or a whole lot keeps it out"


def _sentence(reader: Reader, worth: OfferWorth, scale: float, per: str, forced: str) -> str:
    money = reader.plan.case.currency
    price = worth.price / scale
    state = "in" if worth.quantity > 0.0 else "out"
    low, high, decides = (
        None if value is None else value / scale
        for value in map(worth.on_price_basis, (worth.low, worth.high, worth.break_even))
    )
    if low is None or high is None or decides is None or forced == "none possible":
        return f"{worth.offer} is {state} ({worth.period}); no parcel of it can be moved within the limits."
    gap = decides - price
    reason = _kept_out(reader, worth) if state == "out" and gap > 0.0 else ""
    opening = f"{worth.offer} is {state} ({worth.period}){reason}: its break-even price ({_basis(reader, worth)}) is"
    apart = f"{abs(gap):.2f} {'above' if gap >= 0 else 'below'} its price of {price:.2f}."
    if worth.is_point or high - low < 0.005:
        return f"{opening} {decides:.2f} {money}/{per}, {apart}"
    which = "The last parcel stays up to" if state == "in" else "The next parcel enters below"
    return f"{opening} {low:.2f} to {high:.2f} {money}/{per}. {which} {decides:.2f}, {apart}"
