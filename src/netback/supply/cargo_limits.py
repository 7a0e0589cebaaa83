"""Contracts and berths: how many ships must, may and can come. Equations: :mod:`netback.supply.cargoes`."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np

from netback import uom
from netback.case.table import Record
from netback.case.values import names_in
from netback.errors import DataError, Finding
from netback.program.problem import Block
from netback.refinery.build import Build, FloatArray
from netback.refinery.timeline import Timeline, first, timelines, values
from netback.supply.cargoes import Cargoes, add_ships, arrivals, ship_terms

#: What a contract over the whole horizon has in place of a period.
HORIZON = ("horizon",)


def _contracts(build: Build) -> dict[tuple[str, str], Timeline]:
    lines = build.once("contracts", lambda: timelines(build.network.case, "contracts", ("contract", "scope")))
    return {(str(name), str(scope)): line for (name, scope), line in lines.items()}


#: Columns with their weights.
Terms = list[tuple[int, float]]


def _counted(build: Build, found: Cargoes, record: Record) -> list[Terms]:
    """Ships that count for a contract, by period."""
    names = names_in(record["cargoes"])
    counted: list[Terms] = [[] for _ in range(build.count)]
    for arrival in arrivals(build, found):
        if arrival.part or found.cargo(arrival.position).name not in names:
            continue
        period = arrival.loading if record["counted"] == "loading" else arrival.period
        if period < build.count:
            terms = ship_terms(build, found, arrival.position)
            counted[period] += [(int(columns[arrival.loading]), weight) for columns, weight in terms]
    return counted


def variables_contract(build: Build, found: Cargoes) -> None:
    """Columns ``contract_short``: ships below the least number that are paid for all the same."""
    for scope in ("period", "horizon"):
        lines = {key: line for key, line in _contracts(build).items() if key[1] == scope}
        keys, most = [], []
        for (name, _), line in lines.items():
            priced = [row is not None and row["short_cost"] is not None for row in line]
            if any(priced) and found.slots:
                keys.append((name,))
                most.append([math.inf if yes else 0.0 for yes in priced])
        upper = np.array(most) if keys else np.zeros((0, 0))
        if scope == "horizon" and keys:
            build.variables("contract_short_horizon", ("contract",), keys, 0.0, upper.max(axis=1)[:, None],
                            periods=HORIZON)  # fmt: skip
        elif keys:
            build.variables("contract_short", ("contract",), keys, 0.0, upper)


def constraints_contract(build: Build, found: Cargoes) -> None:
    """Rows ``contract_ships``, ``contract_total`` and ``contract_lot_max``, ``contract_lot_min``."""
    if not _contracts(build):
        return
    if not found.slots:
        for line in _contracts(build).values():
            _impossible(build, first(line), "no cargo of it can be loaded.")
        return
    for scope, name, periods in (
        ("period", "contract_ships", None),
        ("horizon", "contract_ships_horizon", HORIZON),
    ):
        told = {key[0]: line for key, line in _contracts(build).items() if key[1] == scope}
        ends = {contract: _ends(build, found, line, scope) for contract, line in told.items()}
        # A row that binds nothing would tie plants together that have nothing else in common.
        lines = {
            contract: line
            for contract, line in told.items()
            if (ends[contract][0] > 0.0).any() or np.isfinite(ends[contract][1]).any()
        }
        keys = [(contract,) for contract in lines]
        lower = np.array([ends[contract][0] for contract in lines]) if lines else 0.0
        upper = np.array([ends[contract][1] for contract in lines]) if lines else 0.0
        rows = build.constraints(name, ("contract",), keys, lower, upper, periods=periods)
        if rows is not None:
            _count(build, found, lines, rows, scope)
    _contract_totals(build, found)
    _contract_lots(build, found)


def _contract_totals(build: Build, found: Cargoes) -> None:
    """Rows ``contract_total`` and ``contract_total_horizon``: what all ships of a contract load, within tolerance."""
    for scope, block, periods in (
        ("period", "contract_total", None),
        ("horizon", "contract_total_horizon", HORIZON),
    ):
        lines = {
            key[0]: line if scope == "period" else (first(line),)
            for key, line in _contracts(build).items()
            if key[1] == scope
        }
        lines = {
            name: line
            for name, line in lines.items()
            if any(record is not None and record["total"] is not None for record in line)
        }
        ends = [[_within_total(record) for record in line] for line in lines.values()]
        low, high = (
            np.array([[pair[side] for pair in row] for row in ends]) if ends else 0.0 for side in (0, 1)
        )
        rows = build.constraints(
            block, ("contract",), [(name,) for name in lines], low, high, periods=periods
        )
        if rows is None:
            continue
        for place, line in enumerate(lines.values()):
            for period, record in enumerate(line):
                if record is not None and record["total"] is not None:
                    _add_loaded(build, found, record, int(rows.ids[place, period]), period, scope)


def _within_total(record: Record | None) -> tuple[float, float]:
    """Least and greatest quantity of all ships of a contract [its uom]; free where it names no total."""
    if record is None or record["total"] is None:
        return -math.inf, math.inf
    free = record["total_tolerance_pct"] / 100.0 if record["option"] == "buyer" else 0.0
    return record["total"] * (1.0 - free), record["total"] * (1.0 + free)


def _add_loaded(build: Build, found: Cargoes, record: Record, row: int, period: int, scope: str) -> None:
    """Add what the ships of a contract load in a period, or over the horizon, to the row of its total."""
    network, counted = build.network, 0
    names = names_in(record["cargoes"])
    for arrival in arrivals(build, found):
        cargo = found.cargo(arrival.position)
        when = arrival.loading if record["counted"] == "loading" else arrival.period
        if arrival.part or cargo.name not in names or not (when == period or scope == "horizon"):
            continue
        if when >= build.count:
            continue
        stream_uom = network.stream_of(cargo.lot).uom
        try:
            scale = uom.factor(
                stream_uom, record["uom"] or stream_uom, network.lots[cargo.lot].density_t_per_m3
            )
        except DataError as error:
            build.fault(network.case.table("contracts").where(record, "uom"), error)
            return
        column = int(build.blocks["cargo_loaded"].ids[arrival.position, arrival.loading])
        build.builder.add_terms(row, column, scale)
        counted += 1
    if not counted and _within_total(record)[0] > 0.0:
        when_told = f" in {build.periods[period]}" if scope == "period" else ""
        verb = "load" if record["counted"] == "loading" else "arrive"
        why = f"{record['total']:g} must {verb}{when_told}, and none of its cargoes can."
        _impossible(build, record, why, "total")


def _ends(build: Build, found: Cargoes, line: Timeline, scope: str) -> tuple[FloatArray, FloatArray]:
    """Least and greatest number of ships; a least that no ship can meet is a finding."""
    if scope == "horizon":
        head = first(line)
        line = (head,) + (None,) * (build.count - 1)
    least, most = values(line, "min_ships", 0.0), values(line, "max_ships", np.inf)
    for period, record in enumerate(line):
        if record is None:
            continue
        counted = _counted(build, found, record)
        possible = counted[period] if scope == "period" else list(chain.from_iterable(counted))
        if least[period] > 0.0 and not possible and record["short_cost"] is None:
            when = f" in {build.periods[period]}" if scope == "period" else ""
            verb = "load" if record["counted"] == "loading" else "arrive"
            why = f"{least[period]:g} ships must {verb}{when}, and none of its cargoes can."
            _impossible(build, record, why)
    return (least[:1], most[:1]) if scope == "horizon" else (least, most)


def _impossible(build: Build, record: Record, why: str, column: str = "min_ships") -> None:
    where = build.network.case.table("contracts").where(record, column)
    hint = "Look at the laycans, the ways that are closed and the end of the horizon, or give short_cost or counted."
    build.findings.append(Finding(where, f'contract "{record["contract"]}": {why}', hint))


def _count(build: Build, found: Cargoes, lines: dict[str, Timeline], rows: Block, scope: str) -> None:
    short = build.blocks.get("contract_short" if scope == "period" else "contract_short_horizon")
    for place, (name, line) in enumerate(lines.items()):
        for period, record in enumerate(line):
            if record is None:
                continue
            counted = _counted(build, found, record)[period]
            row = rows.ids[place, period if scope == "period" else 0]
            if counted:
                columns, weights = zip(*counted, strict=True)
                build.builder.add_terms(np.full(len(counted), row), np.array(columns), np.array(weights))
        if short is not None and (name,) in short.index.axes[0]:
            build.builder.add_terms(rows.ids[place], short.ids[short.index.axes[0].index((name,))], 1.0)


def _contract_lots(build: Build, found: Cargoes) -> None:
    """Rows ``contract_lot_min`` and ``_max[contract, cargo, slot, period]``: each ship within the tolerance."""
    made: list[tuple[str, int, FloatArray]] = []
    for (name, _), line in _contracts(build).items():
        names = names_in(first(line)["cargoes"])
        for position in range(len(found.slots)):
            if found.cargo(position).name in names:
                rows_of = _rows_of_slot(build, found, position, line)
                sizes = [_lot(build, found, position, row) for row in rows_of]
                if any(size is not None for size in sizes):
                    ends = np.array([(np.nan, np.nan) if size is None else size for size in sizes])
                    made.append((name, position, ends))
    keys = [(name, *found.key(position)) for name, position, _ in made]
    for side, block in enumerate(("contract_lot_min", "contract_lot_max")):
        # A period in which the contract names no lot leaves the row free.
        sizes_told = [~np.isnan(ends[:, side]) for _, _, ends in made]
        free = np.array([np.where(told, 0.0, np.inf) for told in sizes_told]) if made else 0.0
        low, high = (0.0 - free, np.inf) if side == 0 else (-np.inf, free)
        rows = build.constraints(block, ("contract", "cargo", "slot"), keys, low, high)
        if rows is None:
            return
        chosen = [position for _, position, _ in made]
        size = np.array([np.nan_to_num(ends[:, side]) for _, _, ends in made])
        build.builder.add_terms(rows.ids, build.blocks["cargo_loaded"].ids[chosen], 1.0)
        for place, position in enumerate(chosen):
            add_ships(build, found, position, rows.ids[place], -size[place])


def _rows_of_slot(build: Build, found: Cargoes, position: int, line: Timeline) -> Timeline:
    """The row of a contract for the ships of a slot, by period of loading: that of loading or of arrival."""
    if first(line)["counted"] == "loading":
        return line
    rows: list[Record | None] = []
    for period in range(build.count):
        slot = found.slot(position, period)
        arrives = build.count if slot is None else slot.periods[0]
        rows.append(line[arrives] if arrives < build.count else None)
    return tuple(rows)


def _lot(build: Build, found: Cargoes, position: int, record: Record | None) -> tuple[float, float] | None:
    """Least and greatest quantity of one ship under a contract [uom of the stream]; None where it names no lot."""
    if record is None or record["lot"] is None:
        return None
    network, lot = build.network, found.cargo(position).lot
    stream_uom = network.stream_of(lot).uom
    try:
        scale = uom.factor(record["uom"] or stream_uom, stream_uom, network.lots[lot].density_t_per_m3)
    except DataError as error:
        build.fault(network.case.table("contracts").where(record, "uom"), error)
        return None
    free = record["tolerance_pct"] / 100.0 if record["option"] == "buyer" else 0.0
    return record["lot"] * scale * (1.0 - free), record["lot"] * scale * (1.0 + free)


def short_costs(build: Build) -> list[tuple[str, list[int], FloatArray]]:
    """What missing ships cost: contract, its columns and the cost of one ship in each."""
    found = []
    for (name, scope), line in _contracts(build).items():
        block = build.blocks.get("contract_short" if scope == "period" else "contract_short_horizon")
        if block is None or (name,) not in block.index.axes[0]:
            continue
        columns = block.ids[block.index.axes[0].index((name,))].tolist()
        found.append((name, columns, values(line, "short_cost", 0.0)[: len(columns)]))
    return found


def costs_contract(build: Build) -> None:
    """Take or pay: what missing ships cost, off the margin."""
    for _, columns, costs in short_costs(build):
        build.builder.add_costs(np.array(columns), -costs)


def constraints_berth(build: Build, found: Cargoes) -> None:
    """Rows ``berth_ships`` and ``berth_days``: what a port takes in a period, less what was at sea before."""
    lines = {key[0]: line for key, line in timelines(build.network.case, "berth_limits", ("port",)).items()}
    for name, column in (("berth_ships", "max_ships"), ("berth_days", "max_days")):
        ports = [port for port, line in lines.items() if np.isfinite(values(line, column, np.inf)).any()]
        used = {port: _used(build, found, port, name) for port in ports}
        ports = [port for port in ports if used[port][1].any() or used[port][0]]
        room = [values(lines[port], column, np.inf) - used[port][1] for port in ports]
        for port, left in zip(ports, room, strict=True):
            _check_room(build, lines[port], left, port, column)
        upper = np.maximum(np.array(room), 0.0) if ports else 0.0
        rows = build.constraints(name, ("port",), [(port,) for port in ports], -np.inf, upper)
        if rows is None:
            continue
        for place, port in enumerate(ports):
            for period, ships, weight in used[port][0]:
                build.builder.add_terms(rows.ids[place, period], ships, weight)


def _used(
    build: Build, found: Cargoes, port: str, name: str
) -> tuple[list[tuple[int, int, float]], FloatArray]:
    """Period, column and weight of every ship that berths at a port, and what voyages at sea use of it."""
    terms: list[tuple[int, int, float]] = []
    for arrival in arrivals(build, found):
        part = found.cargo(arrival.position).parts[arrival.part]
        slot = found.slot(arrival.position, arrival.loading)
        if part.port == port and arrival.period < build.count and slot is not None:
            split = found.cargo(arrival.position).split
            days = part.berth_days if split else slot.terms.berth_days
            weight = arrival.number * (1.0 if name == "berth_ships" else days)
            for columns, sign in ship_terms(build, found, arrival.position):
                terms.append((arrival.period, int(columns[arrival.loading]), sign * weight))
    fixed = np.zeros(build.count)
    for afloat in found.afloat:
        if afloat.port == port:
            fixed[afloat.period] += 1.0 if name == "berth_ships" else afloat.berth_days
    return terms, fixed


def _check_room(build: Build, line: Timeline, left: FloatArray, port: str, column: str) -> None:
    for period in np.flatnonzero(left < -1e-9).tolist():
        where = build.network.case.table("berth_limits").where(line[period], column)
        what = f"voyages at sea alone take more of {port} in {build.periods[period]} than it has."
        build.findings.append(Finding(where, what, "Change their arrival or the limit."))
