"""Process units: runs of feed lots through modes, capacities, shares of feeds, operating costs, swing cuts.

    run[u, m, l, p]    feed of lot l to mode m of unit u                       [uom of the feed]
    join[l, k, p]      part of a swing cut's lot l that joins stream lot k     [uom of the source]
    balance of product k:  + yield x run          balance of feed l: - run     balance of utility: - use x run
    capacity_min <= sum of runs <= capacity_max,  each feed counted in the uom of the capacity
    run of a feed <= max_share x all runs of the unit (and >= min_share)
    sum over the lots of a mixed feed of yield x run >= 0,  where base and delta give some lot a yield below zero
    cost: (cost of the mode + cost of the feed) x run

Reference: process submodels with base-delta yields, e.g. Brooks, van Walsem, Drury, Choosing cutpoints to optimize
product yields, Hydrocarbon Processing 78 (1999).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.build import Build, FloatArray, Flow, Switch
from netback.refinery.network import Run
from netback.refinery.timeline import amount_scale, first, one_uom, timelines, values
from netback.uom import parse


def run_key(build: Build, run: Run) -> tuple[str, str, str]:
    """Labels of a run: unit, mode, feed lot."""
    return run.unit, run.mode, build.network.labels[run.feed]


def variables_run(build: Build) -> None:
    """Columns ``run[unit, mode, feed, period]`` and ``join[from, to, period]``."""
    network = build.network
    build.variables("run", ("unit", "mode", "feed"), [run_key(build, run) for run in network.runs])
    joins = [(network.labels[join.source], network.labels[join.target]) for join in network.joins]
    build.variables("join", ("from", "to"), joins)
    lines = timelines(network.case, "capacities", ("unit", "mode"))
    switched = [key for key, line in lines.items() if values(line, "min_if_run", 0.0).any()]
    build.variables("unit_on", ("unit", "mode"), [_named(key) for key in switched], 0.0, 1.0, integer=True)


def constraints_run(build: Build) -> None:
    """Balance terms of runs and joins."""
    network = build.network
    if network.runs:
        ids = build.blocks["run"].ids
        build.add_to_balances([run.feed for run in network.runs], ids, -np.ones(len(network.runs)))
        made = [(k, lot, y) for k, run in enumerate(network.runs) for lot, y in run.outputs]
        used = [(k, lot, -y) for k, run in enumerate(network.runs) for lot, y in run.uses]
        terms = made + used
        rows = [lot for _, lot, _ in terms]
        build.add_to_balances(rows, ids[[k for k, _, _ in terms]], np.array([y for _, _, y in terms]))
    if network.joins:
        ids = build.blocks["join"].ids
        build.add_to_balances([join.source for join in network.joins], ids, -np.ones(len(network.joins)))
        factors = np.array([join.factor for join in network.joins])
        build.add_to_balances([join.target for join in network.joins], ids, factors)


def feed_flow(
    build: Build,
    unit: str,
    mode: str | None = None,
    feed: str | None = None,
    target_uom: str | None = None,
    origin: str | None = None,
    mixed: bool = False,
) -> Flow:
    """Feed of a unit, all of it or that of one mode, stream or crude, in ``target_uom`` (blank: as it flows).

    Raises
    ------
    DataError
        If a density is missing, the origin of a feed is not followed, or feeds that flow in different uom are to be
        added up as they flow (with ``mixed`` they may be).
    """
    network = build.network
    chosen: list[int] = []
    for position in network.unit_runs.get(unit, ()):
        run = network.runs[position]
        lot = network.lots[run.feed]
        if mode not in (None, run.mode) or feed not in (None, lot.stream):
            continue
        if network.comes_from(run.feed, origin):
            chosen.append(position)
    if not chosen:
        return Flow.of([], build.count)
    feeds = [network.runs[position].feed for position in chosen]
    if target_uom is None and not mixed:
        _require_one_uom(build, feeds, f'feeds of "{unit}"')
    return Flow(build.blocks["run"].ids[chosen], flow_factors(build, feeds, target_uom))


def made_flow(
    build: Build,
    unit: str,
    mode: str | None,
    product: str | None,
    target_uom: str | None,
    origin: str | None = None,
    mixed: bool = False,
) -> Flow:
    """What a unit makes of a stream (blank: of all), in ``target_uom``; errors as :func:`feed_flow`.

    Utilities that it makes count, and of a stream that a swing cut of the unit may join, what joins it.
    """
    network = build.network
    joined = _joined_flow(build, unit, mode, product, target_uom, origin)
    chosen: list[tuple[int, int, float]] = []
    for position in network.unit_runs.get(unit, ()):
        run = network.runs[position]
        if mode not in (None, run.mode):
            continue
        for lot, amount in (*run.outputs, *((lot, -use) for lot, use in run.uses if use < 0.0)):
            if product in (None, network.lots[lot].stream) and network.comes_from(run.feed, origin):
                chosen.append((position, lot, amount))
    if not chosen:
        return joined
    positions, lots, amounts = zip(*chosen, strict=True)
    if target_uom is None and not mixed:
        _require_one_uom(build, lots, f'products of "{unit}"')
    weights = np.array(amounts)[:, None] * flow_factors(build, lots, target_uom)
    columns = build.blocks["run"].ids[list(positions)]
    return Flow(np.concatenate([columns, joined.columns]), np.concatenate([weights, joined.weights]))


def _joined_flow(
    build: Build, unit: str, mode: str | None, product: str | None, target_uom: str | None, origin: str | None
) -> Flow:
    """What of the swing cuts of a unit joins one stream; nothing where all products are asked for."""
    network = build.network
    chosen = [
        position
        for position, join in enumerate(network.joins)
        if network.lots[join.target].stream == product
        and any(record["unit"] == unit for record in _swing_rows(build, join.source))
        and network.comes_from(join.source, origin)
    ]
    if not chosen:
        return Flow.of([], build.count)
    swings = {network.lots[network.joins[position].source].stream for position in chosen}
    units = {
        record["unit"] for position in chosen for record in _swing_rows(build, network.joins[position].source)
    }
    if mode is not None or len(units) > 1:
        what = f'what of {", ".join(sorted(swings))} joins "{product}" is not known by {"mode" if mode else "unit"}.'
        raise DataError(Finding("", what, "Count the stream where it is used."))
    targets = [network.joins[position].target for position in chosen]
    factors = np.array([network.joins[position].factor for position in chosen])[:, None]
    return Flow(build.blocks["join"].ids[chosen], factors * flow_factors(build, targets, target_uom))


def _swing_rows(build: Build, lot: int) -> list[Record]:
    """Rows of cuts.csv that make the stream of a lot as a swing cut."""

    def make() -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in build.network.case.table("cuts").records:
            if record["swing_to"] is not None:
                found.setdefault(record["stream"], []).append(record)
        return found

    return build.once("rows of swing cuts", make).get(build.network.lots[lot].stream, [])


def _require_one_uom(build: Build, lots: Sequence[int], name: str) -> None:
    """Refuse to add up tonnes and barrels."""
    found = sorted({build.network.stream_of(lot).uom for lot in lots})
    if len(found) > 1:
        what = f"{name} flow in {' and '.join(found)} and cannot be added up as they flow."
        raise DataError(Finding("", what, "State the uom, or the basis, in which they are counted."))


def flow_factors(build: Build, lots: Sequence[int], target_uom: str | None) -> FloatArray:
    """Factors from the uom in which lots flow to an amount of ``target_uom``, float (lots, periods)."""
    if target_uom is None:
        return np.ones((len(lots), build.count))
    target = parse(target_uom)
    base = target.name.partition("/")[0]
    amounts = build.network.factors(lots, base)[:, None]
    if not target.is_rate:
        return np.repeat(amounts, build.count, axis=1)
    return amounts / amount_scale(build.network.case, target_uom, base, None)


def constraints_capacity(build: Build) -> None:
    """Rows ``capacity[unit, mode, period]`` in the uom of the capacity, with breakers and standstill."""
    case = build.network.case
    lines = timelines(case, "capacities", ("unit", "mode"))
    kept = []
    for (unit, mode), line in lines.items():
        where = case.table("capacities").where(first(line))
        try:
            counted = one_uom("capacities", line)
            kept.append(((unit, mode), line, feed_flow(build, unit, mode, target_uom=counted)))
        except DataError as error:
            build.fault(where, error)
    if not kept:
        return
    keys = [_named(key) for key, _, _ in kept]
    lower = np.stack([values(line, "min", -np.inf) for _, line, _ in kept])
    upper = np.stack([values(line, "max", np.inf) for _, line, _ in kept])
    rows = build.constraints("capacity", ("unit", "mode"), keys, lower, upper)
    assert rows is not None
    for position, (_, _, flow) in enumerate(kept):
        build.add_flow(rows.ids[position], flow)
    costs = np.stack([values(line, "breaker_cost", np.nan) for _, line, _ in kept])
    dims = ("unit", "mode")
    build.breaker(
        "break_capacity_max", keys, dims, np.where(np.isfinite(upper), costs, np.nan), rows.ids, -1.0
    )
    build.breaker(
        "break_capacity_min", keys, dims, np.where(np.isfinite(lower), costs, np.nan), rows.ids, 1.0
    )
    for position, (key, line, flow) in enumerate(kept):
        least = values(line, "min_if_run", 0.0)
        if least.any():
            binary = build.ids_over_time("unit_on", *_named(key))
            where = case.table("capacities").where(first(line), "max")
            # What a breaker lets a capacity exceed, the switch must not forbid.
            most = np.where(np.isnan(costs[position]), upper[position], np.inf)
            build.switches.append(Switch(f"run of {key[0]}", flow, binary, least, most, where))


def _named(key: Sequence[str | None]) -> tuple[str, str]:
    """Unit and mode as labels; all modes together read ``all``."""
    return str(key[0]), key[1] or "all"


def constraints_mixed_yield(build: Build) -> None:
    """Rows ``mixed_yield[unit, mode, feed, product, period]``: a mix makes nothing less than nothing.

    Only where base and delta give a part of the mix, by itself, a yield below zero.
    """
    network = build.network
    terms: dict[tuple[str, str, str, str], list[tuple[int, float]]] = {}
    below = set()
    for position, run in enumerate(network.runs):
        feed = network.lots[run.feed].stream
        for lot, amount in run.outputs:
            key = (run.unit, run.mode, feed, network.lots[lot].stream)
            terms.setdefault(key, []).append((position, amount))
            if amount < 0.0:
                below.add(key)
    keys = [key for key in terms if key in below]
    rows = build.constraints("mixed_yield", ("unit", "mode", "feed", "product"), keys, 0.0, np.inf)
    if rows is None:
        return
    ids = build.blocks["run"].ids
    for place, key in enumerate(keys):
        flow = Flow.of([(ids[position], amount) for position, amount in terms[key]], build.count)
        build.add_flow(rows.ids[place], flow)


def constraints_feed_share(build: Build) -> None:
    """Rows ``feed_share_max`` and ``feed_share_min`` [unit, feed, period]: feed - share x all feeds."""
    case = build.network.case
    for side, column, sign in (("max", "max_share", -1.0), ("min", "min_share", 1.0)):
        records = [record for record in case.table("feeds").records if record[column] is not None]
        keys, flows, costs = [], [], []
        for record in records:
            where = case.table("feeds").where(record, column)
            basis = {"mass": "t", "volume": "m3"}.get(record["basis"])
            try:
                part = feed_flow(build, record["unit"], record["mode"], record["feed"], basis)
                whole = feed_flow(build, record["unit"], record["mode"], None, basis)
            except DataError as error:
                build.fault(where, error)
                continue
            key = (record["unit"], record["mode"] or "all", record["feed"])
            if key in keys:
                continue
            keys.append(key)
            flows.append((part, whole.scaled(-record[column])))
            costs.append(np.nan if record["breaker_cost"] is None else record["breaker_cost"])
        bounds = (-np.inf, 0.0) if side == "max" else (0.0, np.inf)
        dims = ("unit", "mode", "feed")
        rows = build.constraints(f"feed_share_{side}", dims, keys, *bounds)
        if rows is None:
            continue
        for position, (part, whole) in enumerate(flows):
            build.add_flow(rows.ids[position], part)
            build.add_flow(rows.ids[position], whole)
        priced = np.repeat(np.array(costs, dtype=np.float64)[:, None], build.count, axis=1)
        build.breaker(f"break_feed_share_{side}", keys, dims, priced, rows.ids, sign)


def operating_costs(build: Build) -> FloatArray:
    """Cost per uom of feed of every run, float (runs, periods), in currency of the case."""
    case, network = build.network.case, build.network
    modes = {(row["unit"], row["mode"]): row for row in case.table("modes").records}
    feeds = {(row["unit"], row["mode"], row["feed"]): row for row in case.table("feeds").records}
    total = np.zeros((len(network.runs), build.count))
    for position, run in enumerate(network.runs):
        stream = network.lots[run.feed].stream
        rows = [
            ("modes", modes.get((run.unit, run.mode))),
            ("feeds", feeds.get((run.unit, run.mode, stream)) or feeds.get((run.unit, None, stream))),
        ]
        for table, row in rows:
            if row is None or not row["cost"]:
                continue
            lot = network.lots[run.feed]
            try:
                stream_uom = network.stream_of(run.feed).uom
                scales = network.money.factors(row["cost_uom"], stream_uom, lot.density_t_per_m3)
                total[position] += row["cost"] * scales
            except DataError as error:
                build.fault(case.table(table).where(row, "cost_uom"), error)
    return total


def costs_run(build: Build) -> None:
    """Operating costs, off the margin."""
    if build.network.runs:
        build.builder.add_costs(build.blocks["run"].ids, -operating_costs(build))
