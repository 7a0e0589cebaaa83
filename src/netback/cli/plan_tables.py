"""How a plan looks in a terminal of 100 columns."""

from __future__ import annotations

from typing import Any

from netback.cli.common import counted
from netback.cli.pivot_tables import GAPS, show_balance, show_binding, show_pivots
from netback.cli.show import adaptive, figure, quantity, say, show_any, show_table
from netback.cli.voyage_tables import voyage_tables
from netback.results.by_period import PRICES, by_period, has_many_periods, offer_label, sale_label
from netback.results.limits import binding_first
from netback.results.solution import Solution
from netback.results.told import certificate_text

_MOST_LIMITS = 12
#: A part whose balance is open by more than this share of its feed [%] is told at the top.
_OPEN_BALANCE_PCT = 0.5
#: How parts of a stream are named in the tables.
NAMES = (
    "Names of parts: kero@urals is what of kero comes from urals; 'by' says what makes it, where others make it of "
    "another quality; #2 is a second quality where neither differs. The table Parts of streams tells them all."
)


def show_solution(solution: Solution, full: bool = False) -> None:
    """Print the answer: certificate, margin, purchases, sales, quality, limits that bind, balance."""
    _heading(solution)
    if has_many_periods(solution):
        _period_columns(solution)
    else:
        _row_by_row(solution)
    if full:
        say(NAMES)
        print()
        for table in solution.tables.values():
            show_any(table)
    elif has_many_periods(solution):
        say("Every row of every table: --full. The same as files, figures and a page: --out FOLDER.")


def _row_by_row(solution: Solution) -> None:
    _purchases(solution)
    show_voyages(solution)
    _sales(solution)
    _units(solution)
    _pools(solution)
    _qualities(solution)
    _limits(solution)
    _rules(solution)
    _waterfall(solution)
    _balance(solution)


def _period_columns(solution: Solution) -> None:
    """The same for a plan of many periods: one row for each thing, one column for each period."""
    found = by_period(solution)
    prices = [pivot for name, pivot in found.items() if name.startswith(PRICES)]
    show_pivots([found.get("purchases"), *prices])
    _not_measured(solution)
    show_voyages(solution)
    show_pivots(found.get(name) for name in ("sales", "revenue", "capacity", "feeds", "pools", "qualities"))
    show_binding(solution)
    _rules(solution)
    _waterfall(solution)
    show_pivots([found.get("stocks")])
    show_balance(solution)


def show_voyages(solution: Solution) -> None:
    """Print the voyages of a plan with ships."""
    for title, columns, rows in voyage_tables(solution):
        show_table(title, columns, rows, GAPS)


def _heading(solution: Solution) -> None:
    found, facts = solution.economics, solution.facts
    scenario = f", scenario {solution.scenario}" if solution.scenario else ""
    say(f"{solution.title}{scenario}")
    for line in certificate_text(solution).splitlines():
        say(line)
    say(f"Form: {facts['form']}.")
    if facts["pools"]:
        ratio, step = facts["scaling_ratio"], facts["scaling"].strip().splitlines()[-1]
        say(f"Scaling: coefficients span a factor of {ratio:.0e}. {step}")
    per = f", {found.margin / found.crude:,.2f} {solution.currency}/{found.crude_uom}" if found.crude else ""
    print(f"Gross margin {found.margin:,.0f} {solution.currency}{per}.")
    if found.penalties > 1e-6:
        say(
            f"Limits are broken: breakers cost {found.penalties:,.0f}, so the objective is {found.objective:,.0f} "
            f"{solution.currency}."
        )
    for warning in _warnings(solution):
        say(warning)
    print()


def _warnings(solution: Solution) -> list[str]:
    """What a planner must not miss: nothing runs, or tables that make or lose mass."""
    found: list[str] = list(solution.facts["remarks"])
    if not len(solution["unit_runs"]) and not any(row["quantity"] for row in solution["sales"].records()):
        found.append("Nothing runs: no plan within the limits earns more than standing still.")
    opened: dict[str, list[dict[str, Any]]] = {}
    for row in solution["mass_balance"].records():
        if row["imbalance_pct"] is not None and abs(row["imbalance_pct"]) > _OPEN_BALANCE_PCT:
            opened.setdefault(row["part"], []).append(row)
    for part, rows in opened.items():
        many = has_many_periods(solution) and len(rows) > 1
        for row in rows[:1] if many else rows:
            made = "loses" if row["imbalance"] > 0.0 else "makes"
            again = f" and {counted(len(rows) - 1, 'more period')}" if many else ""
            found.append(
                f"WARNING: the mass balance of {part} in {row['period']}{again} does not close: it {made} "
                f"{abs(row['imbalance']):,.0f} t, {abs(row['imbalance_pct']):.1f} % of what goes in."
            )
    return found


def _purchases(solution: Solution) -> None:
    """One table for each uom that prices are per: crude by the barrel first, then power by the MWh, and so on."""
    records = solution["purchases"].records()
    measured = any(row["break_even_high"] is not None for row in records)
    for per in dict.fromkeys(row["price_per"] for row in records):
        rows = [
            (
                row["period"],
                offer_label(row),
                quantity(row["quantity"], row["uom"]),
                figure(None if row["volume"] is None else row["volume"] / 1000.0, 1),
                row["price_basis"],
                figure(row["price"], 2),
                figure(row["delivered_price"], 2),
                *(
                    (_interval(row["break_even_low"], row["break_even_high"]), figure(row["headroom"], 2))
                    if measured
                    else ()
                ),
            )
            for row in records
            if row["price_per"] == per
        ]
        heads = ["period", "offer", "bought>", "kbbl>", "basis", "price>", "at gate>"]
        title = f"Purchases [{solution.currency}/{per}]"
        if measured:
            heads += ["break-even>", "headroom>"]
            title += f": break-even is what one {per} is worth on the basis of its price"
        show_table(title, heads, rows)
    _not_measured(solution)


def _not_measured(solution: Solution) -> None:
    left_out = solution.facts["offers"] - solution.facts["offers_measured"]
    measured = any(row["break_even_high"] is not None for row in solution["purchases"].records())
    if left_out and not measured and len(solution["voyages"]):
        say(
            f"What a cargo was worth, month by month: netback value {solution.name} --crude CRUDE (a minute; not "
            "measured here)."
        )
        print()
    elif left_out:
        say(
            f"Break-even prices of {counted(left_out, 'offer')} were not measured: too many, too slow to solve, a "
            "search that was stopped, or ships in a plan that is not proven best."
        )
        print()


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return figure(low if low is not None else high, 2)
    return figure(low, 2) if abs(high - low) < 0.005 else f"{figure(low, 2)} to {figure(high, 2)}"


def _sales(solution: Solution) -> None:
    told: dict[tuple[str, str, str, str, str], list[float | None]] = {}
    for row in solution["sales"].records():
        name = sale_label(row)
        cell = told.setdefault(
            (row["period"], name, row["market"] or "", row["uom"], row["sale"]), [0.0, 0.0, 0.0]
        )
        for place, column in enumerate(("quantity", "mass", "revenue")):
            known, part = cell[place], row[column]
            cell[place] = None if known is None or part is None else known + part
    total = sum(cell[1] or 0.0 for cell in told.values())
    rows = [
        (
            period,
            name,
            market,
            quantity(amount, uom),
            figure(mass),
            figure(100.0 * mass / total, 1) if total and mass is not None else "",
            f"{adaptive(revenue / amount)}/{uom}" if amount and revenue is not None else "",
            figure(revenue),
        )
        for (period, name, market, uom, _), (amount, mass, revenue) in told.items()
    ]
    money = solution.currency
    columns = (
        "period",
        "sale",
        "market",
        "sold>",
        "t>",
        "wt% of sold>",
        f"net price {money}>",
        f"revenue {money}>",
    )
    show_table("Sales", columns, rows)


def _units(solution: Solution) -> None:
    feeds: dict[tuple[str, str, str], list[float | None]] = {}
    for row in solution["unit_runs"].records():
        cell = feeds.setdefault((row["period"], row["unit"], row["uom"]), [0.0, 0.0])
        cell[0] = (cell[0] or 0.0) + row["quantity"]
        cell[1] = None if row["mass"] is None or cell[1] is None else cell[1] + row["mass"]
    ends = {
        (row["period"], row["limit"]): (row["value"], row["max"], row["uom"])
        for row in solution["limits"].records()
        if row["kind"] == "capacity" and row["max"] is not None
    }
    rows = []
    for (period, unit, uom), (amount, mass) in feeds.items():
        value, most, limit_uom = ends.get((period, unit), (None, None, ""))
        used = "" if not most or value is None else f"{100.0 * value / most:.0f}"
        capacity = "" if most is None else f"{adaptive(most)} {limit_uom}"
        rows.append((period, unit, quantity(amount, uom), figure(mass), capacity, used))
    if rows:
        show_table("Units", ("period", "unit", "feed>", "t>", "capacity>", "used %>"), rows)


def _pools(solution: Solution) -> None:
    """The mix of every pool, and what its users take."""
    rows = [
        (
            row["period"],
            row["pool"],
            "of" if row["side"] == "part" else "to",
            row["name"],
            f"{figure(row['share'], 1)}",
            quantity(row["quantity"], row["uom"]),
        )
        for row in solution["pools"].records()
        if row["share"] >= 0.05
    ]
    if rows:
        show_table(
            "Pools: what each is made of, and what takes it",
            ("period", "pool", "", "", "%>", "amount>"),
            rows,
        )


def _qualities(solution: Solution) -> None:
    rows = [
        (
            row["period"],
            row["product"],
            row["property"],
            adaptive(row["value"]),
            adaptive(row["min"]),
            adaptive(row["max"]),
            _room(row),
            adaptive(row["marginal_value"]) if row["binding"] else "",
        )
        for row in solution["qualities"].records()
    ]
    if rows:
        columns = (
            "period",
            "product",
            "property",
            "value>",
            "min>",
            "max>",
            "giveaway>",
            f"worth of 1 {solution.currency}>",
        )
        show_table("Quality of blends", columns, rows)


def _room(row: dict[str, Any]) -> str:
    """What is given away, or that the limit binds, or by how much a breaker lets it be broken."""
    if row["giveaway"] is not None and row["giveaway"] < -1e-6 * max(1.0, abs(row["value"])):
        return f"BROKEN by {adaptive(-row['giveaway'])}"
    return "binds" if row["binding"] else adaptive(row["giveaway"])


def _limits(solution: Solution) -> None:
    bound = binding_first(solution["limits"]).records()
    rows = [
        (
            row["period"],
            row["kind"],
            row["limit"],
            f"{adaptive(row['value'])} {row['uom']}",
            adaptive(row["marginal_value"]),
            adaptive(row["broken_by"]),
        )
        for row in bound[:_MOST_LIMITS]
    ]
    if rows:
        columns = ("period", "kind", "limit", "at>", f"worth of one more {solution.currency}>", "broken by>")
        more = f" (the {_MOST_LIMITS} dearest of {len(bound)})" if len(bound) > _MOST_LIMITS else ""
        show_table(f"Limits that bind{more}", columns, rows)


def _rules(solution: Solution) -> None:
    """What the law takes from the plan; only where the case states the terms of its trades."""
    if "rules" not in solution.tables:
        return
    rows = [
        (
            row["rules"].replace("; ", "\n"),
            f"{row['trades']}\n{_span(row['periods'])}",
            row["done"],
            {None: "not measured", True: "yes", False: "no"}[row["binds"]],
            figure(row["worth"]),
            figure(row["more"]),
            figure(row["worth_per_bbl"], 2),
        )
        for row in solution["rules"].records()
    ]
    if rows:
        money = solution.currency
        columns = ("rule", "trade", "done", "binds", f"worth {money}>", "more bbl>", f"{money}/bbl>")
        title = "Rules of law that stand in the way: worth is the margin without the rule less this margin"
        show_table(title, columns, rows)
    else:
        say("Rules of law: every trade with terms is allowed.")
        print()


def _span(periods: str) -> str:
    first, *rest = periods.split("; ")
    return f"{first} to {rest[-1]}" if rest else first


def _waterfall(solution: Solution) -> None:
    table = solution["waterfall"]
    uom = table.columns[2].uom
    # Steps between rounded levels, so that the column adds up as printed.
    rows, before = [], 0.0
    for row in table.records():
        level = round(row["level"], 2)
        step = level if row["group"] == "margin" else level - before
        rows.append((row["group"], row["step"], figure(step, 2), figure(level, 2)))
        before = level
    show_table(
        f"From product value to margin [{uom} of crude run]", ("group", "step", "amount>", "level>"), rows
    )


def _balance(solution: Solution) -> None:
    rows = [
        (
            row["period"],
            row["part"],
            figure(row["mass_in"]),
            figure(row["mass_out"]),
            figure(row["loss"]),
            figure(row["stock_change"]),
            figure(row["imbalance"], 1),
            "no density: " + row["unknown"] if row["unknown"] else "",
        )
        for row in solution["mass_balance"].records()
        if row["mass_in"] or (row["mass_out"] and row["part"] == "at sea")
    ]
    if rows:
        columns = ("period", "part", "in t>", "out t>", "loss t>", "stock t>", "left over t>", "remark")
        show_table("Mass balance", columns, rows)
