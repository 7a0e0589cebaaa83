"""Result tables of what binds: limits with marginal values, and the quality of blends with giveaway."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netback.refinery.specs import SpecRow
from netback.results.reading import Reader
from netback.results.table import ResultTable

Row = tuple[object, ...]

#: A limit counts as binding when its slack is below this part of the limit.
BINDING = 1e-6


def limits(reader: Reader) -> ResultTable:
    """Every limit of the planner with what it holds, what is left and what one more would be worth."""
    rows = [*_capacities(reader), *_shares(reader), *_sale_limits(reader), *_offer_limits(reader)]
    rows += [*_stock_limits(reader), *_own_limits(reader), *_cargo_limits(reader)]
    money = reader.plan.case.currency
    columns = [
        ("period", "", ""),
        ("kind", "", ""),
        ("limit", "", "what is limited"),
        ("value", "row", "what the plan has"),
        ("min", "row", ""),
        ("max", "row", ""),
        ("uom", "", "uom of value, min and max"),
        ("slack", "row", "to the nearer limit"),
        ("binding", "", ""),
        ("marginal_value", f"{money}/uom", "of raising the limit by one; one of several where degenerate"),
        ("broken_by", "row", "how far a breaker lets it be broken"),
    ]
    return ResultTable.of("limits", "Limits", columns, rows)


def _row(
    name: str,
    kind: str,
    limit: str,
    value: float,
    low: float,
    high: float,
    uom: str,
    worth: float,
    broken: float = 0.0,
) -> Row:
    lower = None if not np.isfinite(low) else float(low)
    upper = None if not np.isfinite(high) else float(high)
    gaps = [abs(value - end) for end in (lower, upper) if end is not None]
    slack = min(gaps) if gaps else None
    scale = max(1e-9, *(abs(end) for end in (lower, upper) if end is not None), abs(value)) if gaps else 1.0
    binding = slack is not None and (slack <= BINDING * scale or broken > 0.0)
    known = None if np.isnan(worth) else float(worth) if binding else 0.0
    return (name, kind, limit, float(value), lower, upper, uom, slack, binding, known, float(broken) or None)


def _broken(reader: Reader, block: str, key: tuple[str, ...], period: int) -> tuple[float, float]:
    """How far the breakers of a row are used below its minimum and above its maximum."""
    found = [0.0, 0.0]
    for place, side in enumerate(("min", "max")):
        name = f"break_{block}_{side}"
        if not reader.has(name):
            continue
        made = reader.model.build.blocks[name]
        if key in made.index.axes[0]:
            found[place] = float(reader.values(name)[made.index.axes[0].index(key), period])
    return found[0], found[1]


def _limit_values(
    reader: Reader, block: str
) -> Iterator[tuple[int, tuple[str, ...], int, float, float, float, float]]:
    """Position, key, period, value, lower, upper and dual of every row of a block that limits something."""
    if not reader.has(block):
        return
    made = reader.model.build.blocks[block]
    problem = reader.model.problem
    values, duals = reader.row_values(block), reader.row_duals(block)
    for position, key in enumerate(made.index.axes[0]):
        for period in range(made.index.shape[1]):
            row = made.ids[position, period]
            low, high = problem.row_lower[row], problem.row_upper[row]
            if np.isfinite(low) or np.isfinite(high):
                found = (
                    float(values[position, period]),
                    float(low),
                    float(high),
                    float(duals[position, period]),
                )
                yield position, key, period, *found


def _capacities(reader: Reader) -> Iterator[Row]:
    for _, key, period, value, low, high, dual in _limit_values(reader, "capacity"):
        record = next(
            row
            for row in reader.plan.case.table("capacities").records
            if (row["unit"], row["mode"] or "all") == key and row["period"] in (None, reader.periods[period])
        )
        unit, mode = key
        below, above = _broken(reader, "capacity", key, period)
        label = unit if mode == "all" else f"{unit}, mode {mode}"
        uom = record["uom"] or _feed_uom(reader, unit, mode)
        # The row holds the breaker as well; what the plan does is the row without it.
        run = value + above - below
        yield _row(reader.periods[period], "capacity", label, run, low, high, uom, dual, above + below)


def _feed_uom(reader: Reader, unit: str, mode: str) -> str:
    """Uom in which all feeds of a unit flow; "flow" where they differ."""
    network = reader.network
    runs = [run for run in network.runs if run.unit == unit and mode in ("all", run.mode)]
    uoms = {network.stream_of(run.feed).uom for run in runs}
    return uoms.pop() if len(uoms) == 1 else "flow"


def _shares(reader: Reader) -> Iterator[Row]:
    """Shares are rows against zero; told as shares of the whole, worth per percentage point."""
    for side, end in (("max", "greatest"), ("min", "least")):
        for block, of in ((f"feed_share_{side}", "feed"), (f"share_{side}", "blend")):
            kind = f"{end} share of {of}"
            for _, key, period, value, _, _, dual in _limit_values(reader, block):
                part, whole, share = _part_and_whole(reader, block, key, period, value)
                if whole <= 0.0:
                    continue
                ends = (-np.inf, 100.0 * share) if side == "max" else (100.0 * share, np.inf)
                label = f"{key[-1]} in {key[0]}"
                broken = 100.0 * sum(_broken(reader, block.removesuffix(f"_{side}"), key, period)) / whole
                worth = dual * whole / 100.0
                yield _row(
                    reader.periods[period], kind, label, 100.0 * part / whole, *ends, "%", worth, broken
                )


def _part_and_whole(
    reader: Reader, block: str, key: tuple[str, ...], period: int, value: float
) -> tuple[float, float, float]:
    """Part, whole and the limiting share of a row  part - share x whole."""
    case, network = reader.plan.case, reader.network
    column = "max_share" if block.endswith("max") else "min_share"
    if block.startswith("feed"):
        rows = [r for r in case.table("feeds").records if (r["unit"], r["mode"] or "all", r["feed"]) == key]
        share = next(float(r[column]) for r in rows if r[column] is not None)
        basis = {"mass": "t", "volume": "m3"}.get(next(r["basis"] for r in rows if r[column] is not None))
        flows, whole = reader.values("run"), 0.0
        for position, run in enumerate(network.runs):
            if run.unit == key[0] and key[1] in ("all", run.mode):
                factor = 1.0 if basis is None else network.factor(run.feed, basis)
                whole += factor * float(flows[position, period])
        below, above = _broken(reader, "feed_share", key, period)
        part = value + share * whole + (above if column == "max_share" else -below)
        return part, whole, share
    rows = [r for r in case.table("blends").records if (r["product"], r["component"]) == key]
    share = next(float(r[column]) for r in rows if r[column] is not None)
    basis = {"mass": "t", "volume": "m3"}.get(next(r["basis"] for r in rows if r[column] is not None))
    flows, whole = reader.values("blend"), 0.0
    for position, arc in enumerate(reader.model.arcs):
        if arc.product == key[0]:
            factor = network.factor(arc.lot, basis or network.streams[arc.product].uom)
            whole += factor * float(flows[position, period])
    return value + share * whole, whole, share


def _sale_limits(reader: Reader) -> Iterator[Row]:
    tiers = {(tier.sale, tier.tier): tier for tier in reader.model.tiers}
    for _, key, period, value, low, high, dual in _limit_values(reader, "sale_limit"):
        tier = tiers[key[0], key[1]]
        record = tier.line[period]
        if record is None:
            # Not on offer in the period: a row from 0 to 0 limits nothing that a planner could change.
            continue
        uom = record["uom"] or reader.network.streams[tier.stream].uom
        several = sum(other.sale == tier.sale for other in tiers.values()) > 1
        label = f"{tier.sale}, tier {tier.tier}" if several else tier.sale
        floor = low if low > 0.0 else -np.inf
        broken = sum(_broken(reader, "sale", key, period))
        if np.isfinite(floor) or np.isfinite(high):
            yield _row(reader.periods[period], "sale", label, value - broken, floor, high, uom, dual, broken)


def _offer_limits(reader: Reader) -> Iterator[Row]:
    flows = reader.values("purchase")
    for position, tranche in enumerate(reader.model.tranches):
        column = reader.model.build.blocks["purchase"].ids[position]
        several = sum(other.offer == tranche.offer for other in reader.model.tranches) > 1
        label = f"{tranche.offer}, tranche {tranche.tranche}" if several else tranche.offer
        for period, record in enumerate(tranche.line):
            low, high = tranche.lower[period], tranche.upper[period]
            low = low if low > 0.0 else -np.inf
            if record is None or not (np.isfinite(low) or np.isfinite(high)):
                continue
            duals = reader.plan.column_dual
            dual = np.nan if duals is None else float(duals[column[period]])
            uom = reader.network.stream_of(tranche.lot).uom
            amount = float(flows[position, period])
            yield _row(reader.periods[period], "offer", label, amount, low, high, uom, dual)


def _stock_limits(reader: Reader) -> Iterator[Row]:
    for _, key, period, value, low, high, dual in _limit_values(reader, "stock_limit"):
        rows = [row for row in reader.plan.case.table("inventories").records if row["stream"] == key[0]]
        uom = rows[0]["uom"] or reader.network.streams[key[0]].uom
        # Every tank may be empty: a minimum of zero limits nothing that a planner could change.
        floor = low if low > 0.0 else -np.inf
        if np.isfinite(floor) or np.isfinite(high):
            yield _row(reader.periods[period], "tank", key[0], value, floor, high, uom, dual)


def _own_limits(reader: Reader) -> Iterator[Row]:
    records = {row["limit"]: row for row in reader.plan.case.table("limits").records}
    for block in ("limit", "limit_horizon"):
        for _, key, period, value, low, high, dual in _limit_values(reader, block):
            record = records[key[0]]
            name = reader.periods[period] if block == "limit" else "horizon"
            below, above = _broken(reader, block, key, period)
            label, uom = record["title"] or key[0], record["uom"] or "flow"
            yield _row(name, "limit", label, value + above - below, low, high, uom, dual, above + below)


_CARGO_LIMITS = {
    "contract_ships": ("contract", "ships of {}", "ships"),
    "contract_ships_horizon": ("contract", "ships of {}", "ships"),
    "berth_ships": ("berth", "ships at {}", "ships"),
    "berth_days": ("berth", "days at {}", "d"),
}


def _cargo_limits(reader: Reader) -> Iterator[Row]:
    """Ships that may or must load, berth days. No marginal value: a part of a ship is worth nothing by itself."""
    yield from _ship_numbers(reader)
    yield from _contract_totals(reader)
    for block, (kind, label, uom) in _CARGO_LIMITS.items():
        for _, key, period, value, low, high, _ in _limit_values(reader, block):
            name = "horizon" if block.endswith("horizon") else reader.periods[period]
            floor = low if low > 0.0 else -np.inf
            if np.isfinite(floor) or np.isfinite(high):
                yield _row(name, kind, label.format(key[0]), value, floor, high, uom, np.nan)


def _contract_totals(reader: Reader) -> Iterator[Row]:
    """What all ships of a contract load against its total; in a plan with ships worth nothing that is known."""
    uoms = {record["contract"]: record["uom"] for record in reader.plan.case.table("contracts").records}
    for block in ("contract_total", "contract_total_horizon"):
        for _, key, period, value, low, high, _ in _limit_values(reader, block):
            name = "horizon" if block.endswith("horizon") else reader.periods[period]
            label = f"quantity of {key[0]}"
            yield _row(name, "contract", label, value, low, high, uoms[key[0]] or "flow", np.nan)


def _ship_numbers(reader: Reader) -> Iterator[Row]:
    """Ships of each cargo by period of loading, where a number of them is stated."""
    if not reader.has("cargo_ships"):
        return
    made, problem = reader.model.build.blocks["cargo_ships"], reader.model.problem
    ships = reader.values("cargo_ships")
    for position, (cargo,) in enumerate(made.index.axes[0]):
        for period, name in enumerate(reader.periods):
            column = made.ids[position, period]
            low, high = float(problem.column_lower[column]), float(problem.column_upper[column])
            floor = low if low > 0.0 else -np.inf
            if high > 0.0 and (np.isfinite(floor) or np.isfinite(high)):
                yield _row(
                    name,
                    "cargo",
                    f"ships of {cargo}",
                    float(ships[position, period]),
                    floor,
                    high,
                    "ships",
                    np.nan,
                )


def qualities(reader: Reader) -> ResultTable:
    """Every specified property: what the blend has, its limits, what is given away, worth of one more."""
    found: dict[tuple[str, str, int], dict[str, object]] = {}
    for block, rows in (("spec", reader.model.blend_specs), ("feed_spec", reader.model.feed_specs)):
        for spec in rows:
            _read_spec(reader, block, spec, found)
    money = reader.plan.case.currency
    rows_out = [
        (
            reader.periods[period],
            owner,
            name,
            cell["value"],
            cell.get("min"),
            cell.get("max"),
            cell["giveaway"],
            cell["binding"],
            cell["marginal"],
            cell["rule"],
        )
        for (owner, name, period), cell in found.items()
    ]
    columns = [
        ("period", "", ""),
        ("product", "", "blend, or unit whose feed is specified"),
        ("property", "", "with its uom"),
        ("value", "row", "of the blend, by the blending rule"),
        ("min", "row", ""),
        ("max", "row", ""),
        ("giveaway", "row", "distance to the nearer limit: quality given away"),
        ("binding", "", ""),
        ("marginal_value", money, "of easing the binding limit by one uom of the property"),
        ("rule", "", "blending rule and basis"),
    ]
    return ResultTable.of("qualities", "Quality of blends", columns, rows_out)


def _read_spec(
    reader: Reader, block: str, spec: SpecRow, found: dict[tuple[str, str, int], dict[str, object]]
) -> None:
    duals = reader.row_duals(f"{block}_{spec.side}")
    made = reader.model.build.blocks[f"{block}_{spec.side}"]
    place = made.index.axes[0].index(spec.key)
    owner = spec.key[0]
    for period in range(len(reader.periods)):
        limit = spec.limit[period]
        amounts = spec.amounts * np.array([reader.plan.x[columns[period]] for _, columns, _ in spec.parts])
        whole = float(amounts.sum())
        if np.isnan(limit) or whole <= 1e-9:
            continue
        value = spec.rule.from_index(float(amounts @ spec.indices) / whole)
        cell = found.setdefault(
            (owner, spec.property, period), {"giveaway": None, "binding": False, "marginal": None}
        )
        cell["value"], cell[spec.side] = value, float(limit)
        cell["rule"] = f"{spec.rule.method}, {spec.rule.basis}"
        give = float(limit) - value if spec.side == "max" else value - float(limit)
        known = cell["giveaway"]
        cell["giveaway"] = give if known is None else min(give, float(str(known)))
        binding = abs(give) <= 1e-5 * (abs(float(limit)) or 1.0)
        if binding or give < 0.0:
            cell["binding"] = True
            cell["marginal"] = _worth(spec, float(duals[place, period]), whole, float(limit))


def _worth(spec: SpecRow, dual: float, whole: float, limit: float) -> float | None:
    """Worth of easing a spec by one uom of the property: dual x amount x slope of the index, eased not tightened.

    The row  amount x (I - I(limit))  moves by  - amount x I'  per unit of the limit.
    """
    if np.isnan(dual):
        return None
    step = 1e-6 * max(1.0, abs(limit))
    slope = (spec.rule.to_index(limit + step) - spec.rule.to_index(limit - step)) / (2.0 * step)
    raised = dual * whole * slope
    return raised if spec.side == "max" else -raised


def binding_first(table: ResultTable) -> ResultTable:
    """The binding rows, dearest first."""
    place = table.names.index("binding")
    worth = table.names.index("marginal_value")
    kept = [row for row in table.rows if row[place]]
    kept.sort(key=lambda row: -abs(row[worth] or 0.0))
    return ResultTable(table.name, table.title, table.columns, tuple(kept))
