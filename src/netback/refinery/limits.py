"""Further limits: any weighted sum of flows, per period or over the horizon, and counts of what is used.

    min <= sum over terms of coefficient x flow <= max        in the uom of the limit

Over the horizon amounts add up and rates are averaged: a tonne counts 1 / days of the horizon as t/d in any period.
A term with measure ``used`` counts 1 where the flow is above zero and 0 where it is not (switch).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.case.table import Record
from netback.errors import DataError, Finding, closest
from netback.refinery.blends import Arc, blend_flow
from netback.refinery.build import Build, Flow, IntArray, Switch
from netback.refinery.inventory import stock_positions
from netback.refinery.network import POOL
from netback.refinery.purchases import Tranche
from netback.refinery.sales import Tier, tier_flow
from netback.refinery.timeline import Timeline, first, one_uom, timelines, values
from netback.refinery.units import feed_flow, flow_factors, made_flow
from netback.uom import parse

#: What the period label of a limit over the whole horizon reads.
HORIZON = "horizon"


@dataclass(frozen=True)
class Activities:
    """What a term may speak of."""

    tranches: list[Tranche]
    tiers: list[Tier]
    arcs: list[Arc]


def term_flow(build: Build, term: Record, target: str | None, made: Activities, mixed: bool = False) -> Flow:
    """The flow of one row of limit_terms.csv, counted in ``target`` (blank: as it flows).

    Raises
    ------
    DataError
        If the item is not known, the uom does not fit, flows of different uom are to be added up as they flow (with
        ``mixed`` they may be), or the origin of a stream is not followed.
    """
    kind, item, part, origin = term["activity"], term["item"], term["of"], term["origin"]
    if kind == "purchase":
        return _purchased(build, item, target, made.tranches, origin)
    if kind == "sale":
        return _sold(build, item, target, made.tiers, origin)
    if kind == "stock":
        return _kept(build, item, target, origin)
    if kind == "pool":
        return _joined(build, item, part, target, origin)
    if kind == "blend":
        _known(item, build.network.blended, "blended product")
        return blend_flow(build, made.arcs, item, part, target, None, origin)
    _known(item, build.network.unit_runs, "unit that runs")
    if kind == "feed":
        return feed_flow(build, item, term["mode"], part, target, origin, mixed)
    return made_flow(build, item, term["mode"], part, target, origin, mixed)


def _known(item: str, names: Any, kind: str) -> None:
    if item not in names:
        raise DataError(Finding("", f'"{item}" is no {kind}.', closest(item, list(names))))


def _purchased(
    build: Build, item: str, target: str | None, tranches: list[Tranche], origin: str | None
) -> Flow:
    network = build.network
    named = build.once("names of tranches", lambda: _positions(_tranche_names(build, t) for t in tranches))
    _known(item, named, "offer or bought stream")
    chosen = [k for k in named[item] if network.comes_from(tranches[k].lot, origin)]
    if not chosen:
        return Flow.of([], build.count)
    lots = [tranches[position].lot for position in chosen]
    return Flow(build.blocks["purchase"].ids[chosen], flow_factors(build, lots, target))


def _tranche_names(build: Build, tranche: Tranche) -> tuple[str, str]:
    return tranche.offer, build.network.lots[tranche.lot].stream


def _positions(names: Iterable[tuple[str, ...]]) -> dict[str, list[int]]:
    """Positions at which each name stands."""
    found: dict[str, list[int]] = {}
    for position, several in enumerate(names):
        for name in dict.fromkeys(several):
            found.setdefault(name, []).append(position)
    return found


def _sold(build: Build, item: str, target: str | None, tiers: list[Tier], origin: str | None) -> Flow:
    named = build.once("names of tiers", lambda: _positions((t.sale, t.stream) for t in tiers))
    _known(item, named, "sale or sold stream")
    parts = [tier_flow(build, tiers, position, target) for position in named[item]]
    lots = [lot for position in named[item] for lot in tiers[position].lots]
    kept = [position for position, lot in enumerate(lots) if build.network.comes_from(lot, origin)]
    columns = np.concatenate([part.columns for part in parts])
    return Flow(columns[kept], np.concatenate([part.weights for part in parts])[kept])


def _kept(build: Build, item: str, target: str | None, origin: str | None) -> Flow:
    network = build.network
    positions = stock_positions(build)
    _known(item, positions, "stream with a tank")
    lots = [lot for lot in positions[item] if network.comes_from(lot, origin)]
    if not lots:
        return Flow.of([], build.count)
    columns = build.blocks["stock"].ids[[positions[item][lot] for lot in lots]]
    return Flow(columns, flow_factors(build, lots, target))


def _joined(build: Build, item: str, part: str | None, target: str | None, origin: str | None) -> Flow:
    """What flows into a pool from one of its components, or from all of them (blank: in the uom of the pool)."""
    network = build.network
    into = [k for k, join in enumerate(network.joins) if join.unit == POOL]
    into = [k for k in into if network.lots[network.joins[k].target].stream == item]
    components = {network.lots[network.joins[k].source].stream for k in into}
    _known(item, {item} if into else set(), "pool with components")
    if part is not None:
        _known(part, components, f'component of pool "{item}"')
    lots = [network.joins[k].source for k in into]
    chosen = [
        (k, lot)
        for k, lot in zip(into, lots, strict=True)
        if part in (None, network.lots[lot].stream) and network.comes_from(lot, origin)
    ]
    if not chosen:
        return Flow.of([], build.count)
    columns = build.blocks["join"].ids[[k for k, _ in chosen]]
    counted = target or network.streams[item].uom
    return Flow(columns, flow_factors(build, [lot for _, lot in chosen], counted))


def _used_terms(build: Build) -> dict[tuple[str, str, str, str, str], Record]:
    """Distinct flows that some term counts as used."""
    found: dict[tuple[str, str, str, str, str], Record] = {}
    for term in build.network.case.table("limit_terms").records:
        if term["measure"] == "used" and _shared_binary(build, term) is None:
            found.setdefault(_use_key(term), term)
    return found


def _shared_binary(build: Build, term: Record) -> IntArray | None:
    """The binary that already says whether this very flow is on, because it has a least quantity; int (periods,).

    A second binary would not know of the least quantity and could count what is not there as used.
    """
    kind, item, part, mode = term["activity"], term["item"], term["of"], term["mode"]
    if term["origin"] is not None:
        return None
    keys = {
        "blend": ("blend_used", (item, part)),
        "feed": ("unit_on", (item, mode or "all")),
        "purchase": ("purchase_made", (item, "1")),
    }
    name, labels = keys.get(kind, ("", ()))
    block = build.blocks.get(name)
    if block is None or None in labels or (kind == "feed" and part is not None):
        return None
    known = {label[: len(labels)] for label in block.index.axes[0]}
    if labels not in known:
        return None
    if kind == "purchase" and _tranches(build, item) > 1:
        return None
    return build.ids_over_time(name, *labels)


def _tranches(build: Build, offer: str) -> int:
    return sum(key[0] == offer for key in build.blocks["purchase"].index.axes[0])


def _use_key(term: Record) -> tuple[str, str, str, str, str]:
    blank = (term["of"] or "all", term["mode"] or "all", term["origin"] or "all")
    return (term["activity"], term["item"], *blank)


def variables_limit(build: Build) -> None:
    """Columns ``used[activity, item, of, mode, origin, period]`` for terms that count use."""
    dims = ("activity", "item", "of", "mode", "origin")
    build.variables("used", dims, list(_used_terms(build)), 0.0, 1.0, integer=True)


def constraints_limit(build: Build, made: Activities) -> None:
    """Rows ``limit[limit, period]`` and ``limit_horizon[limit]``, and the switches of use."""
    case = build.network.case
    lines = timelines(case, "limits", ("limit",))
    terms: dict[str, list[Record]] = {}
    for term in case.table("limit_terms").records:
        terms.setdefault(term["limit"], []).append(term)
    _switch_uses(build, made)
    for limit, rows in terms.items():
        for term in rows:
            _check_use(build, term, lines.get((limit,)))
    whole = {limit: (first(line),) for (limit,), line in lines.items() if _over_horizon(build, line)}
    each = {limit: line for (limit,), line in lines.items() if limit not in whole}
    _limit_rows(build, "limit", each, terms, made)
    _limit_rows(build, "limit_horizon", whole, terms, made)


def _over_horizon(build: Build, line: Timeline) -> bool:
    """Whether a limit holds over the horizon; then it has one row, which is no row of one period."""
    head, table = first(line), build.network.case.table("limits")
    for record in line:
        if record is None or record["scope"] == head["scope"] != "horizon" or record is head:
            continue
        what = f"limit {head['limit']} holds over the horizon, and here is another row of it."
        build.findings.append(Finding(table.where(record, "scope"), what, "Give such a limit one row."))
    return bool(head["scope"] == "horizon")


def _limit_rows(
    build: Build,
    name: str,
    lines: Mapping[str, Timeline],
    terms: Mapping[str, list[Record]],
    made: Activities,
) -> None:
    if not lines:
        return
    periods = build.periods if name == "limit" else (HORIZON,)
    lower = np.stack([values(line, "min", -np.inf) for line in lines.values()])
    upper = np.stack([values(line, "max", np.inf) for line in lines.values()])
    costs = np.stack([values(line, "breaker_cost", np.nan) for line in lines.values()])
    keys = [(limit,) for limit in lines]
    rows = build.constraints(name, ("limit",), keys, lower, upper, periods)
    assert rows is not None
    days = build.network.case.horizon.days
    for position, (limit, line) in enumerate(lines.items()):
        for term in terms.get(limit, []):
            flow, counted = _counted(build, term, line, made)
            if flow is not None:
                if name == "limit_horizon" and counted is not None and parse(counted).is_rate:
                    flow = flow.scaled(days / days.sum())
                build.add_flow(np.broadcast_to(rows.ids[position], (build.count,)), flow)
    for side, bound, sign in (("max", upper, -1.0), ("min", lower, 1.0)):
        priced = np.where(np.isfinite(bound), costs, np.nan)
        build.breaker(f"break_{name}_{side}", keys, ("limit",), priced, rows.ids, sign, periods)


def _counted(build: Build, term: Record, line: Timeline, made: Activities) -> tuple[Flow | None, str | None]:
    """What a term counts and in which uom; no flow after a finding."""
    case = build.network.case
    if term["measure"] == "used":
        shared = _shared_binary(build, term)
        ids = build.ids_over_time("used", *_use_key(term)) if shared is None else shared
        return Flow.of([(ids, term["coefficient"])], build.count), None
    try:
        target = term["uom"] or one_uom("limits", line)
        return term_flow(build, term, target, made).scaled(term["coefficient"]), target
    except DataError as error:
        build.fault(case.table("limit_terms").where(term, "item"), error)
        return None, None


def _check_use(build: Build, term: Record, line: Timeline | None) -> None:
    """A count that a row wants large must have a least amount, or nothing at all could count as used."""
    if line is None or term["measure"] != "used" or _shared_binary(build, term) is not None:
        return
    wanted = "min" if term["coefficient"] > 0.0 else "max"
    if all(record is None or record[wanted] is None for record in line):
        return
    where = build.network.case.table("limit_terms").where(term, "measure")
    what = f"the {wanted} of limit {term['limit']} asks for use, but no least amount says what use is."
    hint = "Give min_if_used in blends.csv, min_if_run in capacities.csv or min_if_bought in offers.csv."
    build.findings.append(Finding(where, what, hint))


def _switch_uses(build: Build, made: Activities) -> None:
    for key, term in _used_terms(build).items():
        where = build.network.case.table("limit_terms").where(term, "measure")
        try:
            flow = term_flow(build, term, None, made, mixed=True)
        except DataError as error:
            build.fault(where, error)
            continue
        binary = build.ids_over_time("used", *key)
        name = f"{term['activity']} of {term['of'] or term['item']}"
        build.switches.append(
            Switch(name, flow, binary, np.zeros(build.count), np.full(build.count, np.inf), where)
        )
