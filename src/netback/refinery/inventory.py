"""Tanks: stocks of every lot from one period to the next.

    stock[l, p]   stock of lot l at the end of period p                          [uom of the stream]
    balance of l: + stock[p-1] - stock[p], with the opening stock before the first period
    min <= sum of the lots of a stream <= max;  closing_min <= sum at the end of the horizon <= closing_max
    no stock at the end of a period of which no row speaks
    cost: holding_cost x stock at the end of each period;  closing_value x stock at the end of the horizon

Reference: Williams, Model Building in Mathematical Programming, problem 12.1 (storage charged on end-of-month stock).
"""

from __future__ import annotations

import numpy as np

from netback.case.table import Record
from netback.errors import DataError, Finding
from netback.refinery.build import Build, FloatArray, Flow
from netback.refinery.prices import price_over_time
from netback.refinery.timeline import Timeline, amount_factor, first, one_uom, timelines, values


def _lines(build: Build) -> dict[str, Timeline]:
    lines = build.once("inventories", lambda: timelines(build.network.case, "inventories", ("stream",)))
    return {key[0]: line for key, line in lines.items()}


def stock_lots(build: Build) -> list[int]:
    """Lots that may be kept: those of every stream in inventories.csv."""
    return [lot for stream in _lines(build) for lot in build.network.stream_lots[stream]]


def stock_positions(build: Build) -> dict[str, dict[int, int]]:
    """Where the stock of each lot stands in the block ``stock``: stream -> lot -> position."""

    def make() -> dict[str, dict[int, int]]:
        found: dict[str, dict[int, int]] = {}
        for position, lot in enumerate(stock_lots(build)):
            found.setdefault(build.network.lots[lot].stream, {})[lot] = position
        return found

    return build.once("positions of stocks", make)


def variables_stock(build: Build) -> None:
    """Columns ``stock[lot, period]``."""
    labels = build.network.labels
    build.variables("stock", ("lot",), [(labels[lot],) for lot in stock_lots(build)])


def constraints_stock(build: Build) -> None:
    """Balance terms, opening stocks and rows ``stock_limit[stream, period]``."""
    lots = stock_lots(build)
    if lots:
        ids = build.blocks["stock"].ids
        build.add_to_balances(lots, ids, -np.ones(len(lots)))
        _carry_over(build, lots)
    _opening(build, lots)
    _limits(build)


def _carry_over(build: Build, lots: list[int]) -> None:
    ids = build.blocks["stock"].ids
    for position, lot in enumerate(lots):
        rows = build.balance_ids(lot)
        if rows is not None and build.count > 1:
            build.builder.add_terms(rows[1:], ids[position, :-1], 1.0)


def _opening(build: Build, lots: list[int]) -> None:
    """Opening stock as a fixed column in the first period, so that its worth has a marginal value."""
    case, network = build.network.case, build.network
    found: dict[int, float] = {}
    for record in case.table("opening_stocks").records:
        where = case.table("opening_stocks").where(record, "stream")
        lot = _opening_lot(build, record, where)
        if lot is None:
            continue
        if lot not in lots:
            build.findings.append(Finding(where, "has an opening stock but no row in inventories.csv."))
            continue
        stream_uom = network.stream_of(lot).uom
        try:
            density = network.lots[lot].density_t_per_m3
            scale = amount_factor(case, record["uom"] or stream_uom, stream_uom, density, 0)
        except DataError as error:
            build.fault(where, error)
            continue
        # Origins of equal quality are one lot.
        found[lot] = found.get(lot, 0.0) + record["quantity"] * scale
    fixed = np.zeros((len(found), build.count))
    fixed[:, 0] = list(found.values())
    keys = [(network.labels[lot],) for lot in found]
    block = build.variables("opening_stock", ("lot",), keys, fixed, fixed)
    if block is not None:
        build.add_to_balances(list(found), block.ids, np.ones(len(found)))


def _opening_lot(build: Build, record: Record, where: str) -> int | None:
    network = build.network
    lots = network.stream_lots[record["stream"]]
    if record["origin"] is not None:
        lots = tuple(lot for lot in lots if record["origin"] in network.lots[lot].origins)
    bought = [lot for lot in lots if network.lots[lot].made_by == "purchase"]
    chosen = bought if len(bought) == 1 else list(lots)
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(network.labels[lot] for lot in lots)
    what = f"the stock could be any of: {names}." if lots else "nothing of this origin exists."
    build.findings.append(Finding(where, what, "Name its origin."))
    return None


def _limits(build: Build) -> None:
    """Rows over all lots of a stream; the last period also keeps the closing limits."""
    lines = _lines(build)
    lower = np.zeros((len(lines), build.count))
    upper = np.full((len(lines), build.count), np.inf)
    for position, line in enumerate(lines.values()):
        spoken = np.array([record is not None for record in line])
        lower[position] = values(line, "min", 0.0)
        upper[position] = np.where(spoken, values(line, "max", np.inf), 0.0)
        last = line[-1]
        _check_closing(build, line)
        if last is not None:
            low, high = last["closing_min"], last["closing_max"]
            lower[position, -1] = lower[position, -1] if low is None else max(low, lower[position, -1])
            upper[position, -1] = upper[position, -1] if high is None else min(high, upper[position, -1])
    rows = build.constraints("stock_limit", ("stream",), [(stream,) for stream in lines], lower, upper)
    for position, (stream, line) in enumerate(lines.items()):
        assert rows is not None
        places = stock_positions(build).get(stream, {})
        if places:
            weights = np.repeat(_tank_weights(build, line, list(places))[:, None], build.count, axis=1)
            build.add_flow(
                rows.ids[position], Flow(build.blocks["stock"].ids[list(places.values())], weights)
            )


def _tank_weights(build: Build, line: Timeline, lots: list[int]) -> FloatArray:
    """Uom of the tank per uom in which lots flow, float (lots,)."""
    try:
        counted = one_uom("inventories", line)
        return np.ones(len(lots)) if counted is None else build.network.factors(lots, counted)
    except DataError as error:
        build.fault(build.network.case.table("inventories").where(first(line), "uom"), error)
        return np.ones(len(lots))


def _check_closing(build: Build, line: Timeline) -> None:
    """Find what is said of the end of the horizon in a row that does not hold in the last period."""
    columns = ("closing_min", "closing_max", "closing_value")
    if line[-1] is not None and any(line[-1][column] is not None for column in columns):
        return
    table = build.network.case.table("inventories")
    rows = [record for record in table.records if record["stream"] == first(line)["stream"]]
    for record in rows:
        for column in columns:
            if record is not line[-1] and record[column] is not None:
                what = f"the row does not hold in {build.periods[-1]}, the end of the horizon."
                hint = f"Give {column} in the row of {build.periods[-1]}."
                build.findings.append(Finding(table.where(record, column), what, hint))


def holding_costs(build: Build, column: str = "holding_cost") -> FloatArray:
    """Cost or value per uom of every stock, float (lots, periods), in currency of the case."""
    lines = _lines(build)
    found = np.zeros((len(stock_lots(build)), build.count))
    for position, lot in enumerate(stock_lots(build)):
        line = lines[build.network.lots[lot].stream]
        try:
            found[position] = price_over_time(build.network, line, lot, column, f"{column}_uom")
        except DataError as error:
            build.fault(build.network.case.table("inventories").where(first(line), f"{column}_uom"), error)
    return found


def costs_stock(build: Build) -> None:
    """Holding costs off the margin, closing values on it."""
    if "stock" in build.blocks:
        ids = build.blocks["stock"].ids
        build.builder.add_costs(ids, -holding_costs(build))
        build.builder.add_costs(ids[:, -1], holding_costs(build, "closing_value")[:, -1])
