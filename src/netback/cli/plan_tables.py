"""How a plan, a comparison and an explanation look in a terminal of 100 columns."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from netback.cli.common import WIDTH, counted, printable
from netback.cli.common import show_table as print_table
from netback.cli.voyage_tables import voyage_tables
from netback.planning.solve import Plan
from netback.results.explain import Explanation
from netback.results.limits import binding_first
from netback.results.solution import Solution
from netback.results.table import ResultTable

_MOST_LIMITS = 12
_FOLDED = 28
_BETWEEN = 3
#: A part whose balance is open by more than this share of its feed [%] is told at the top.
_OPEN_BALANCE_PCT = 0.5
#: How parts of a stream are named in the tables.
NAMES = (
    "Names of parts: kero@urals is what of kero comes from urals; 'by' says what makes it, where others make it of "
    "another quality; #2 is a second quality where neither differs. The table Parts of streams tells them all."
)
_PROVENANCE = ("source", "status", "low", "high", "note")


def figure(value: float | None, places: int = 0) -> str:
    """A number with thousands commas and a fixed number of places; blank for None."""
    if value is None:
        return ""
    rounded = round(value, places)
    return f"{rounded + 0.0:,.{places}f}"


def adaptive(value: float | None) -> str:
    """A number with the places that its size deserves."""
    if value is None:
        return ""
    size = abs(value)
    if 1e-9 < size < 1e-3:
        return f"{value:.3g}"
    return figure(value, 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 or size <= 1e-9 else 4)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table and a blank line; a period column that says the same everywhere is left out."""
    if columns and columns[0] == "period" and len({row[0] for row in rows}) <= 1:
        columns, rows = columns[1:], [row[1:] for row in rows]
    for chosen in _parts(columns, rows):
        print_table(title, [columns[k] for k in chosen], [[row[k] for k in chosen] for row in rows])
        title = ""
        print()


def _parts(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[int]]:
    """Columns of the tables, one below the other, that a wide table is told in; each repeats what the rows are."""

    def width(place: int) -> int:
        cells = max((len(line) for row in rows for line in str(row[place]).split("\n")), default=0)
        heading = max(map(len, columns[place].rstrip(">").split("\n")))
        return max(heading, cells if columns[place].endswith(">") else min(cells, _FOLDED))

    widths = [width(place) + _BETWEEN for place in range(len(columns))]
    if sum(widths) - _BETWEEN <= WIDTH:
        return [list(range(len(columns)))]
    told_left = [place for place, column in enumerate(columns) if not column.endswith(">")]
    first = told_left[: 2 if len(told_left) > 1 and told_left[1] == 1 else 1]
    parts, left = [list(first)], WIDTH - sum(widths[k] for k in first)
    for place in (k for k in range(len(columns)) if k not in first):
        if widths[place] > left + _BETWEEN and len(parts[-1]) > len(first):
            parts.append(list(first))
            left = WIDTH - sum(widths[k] for k in first)
        parts[-1].append(place)
        left -= widths[place]
    return parts


def say(text: str) -> None:
    """Print a sentence in lines of the width of the tables, without what could steer the terminal."""
    print(textwrap.fill(printable(text), WIDTH, break_long_words=False, break_on_hyphens=False))


def show_solution(solution: Solution, full: bool = False) -> None:
    """Print the answer: certificate, margin, purchases, sales, quality, limits that bind, balance."""
    _heading(solution)
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
    if full:
        say(NAMES)
        print()
        for table in solution.tables.values():
            show_any(table)


def show_voyages(solution: Solution) -> None:
    """Print the voyages of a plan with ships."""
    for title, columns, rows in voyage_tables(solution):
        show_table(title, columns, rows)


def _heading(solution: Solution) -> None:
    found, facts = solution.economics, solution.facts
    scenario = f", scenario {solution.scenario}" if solution.scenario else ""
    say(f"{solution.title}{scenario}")
    for line in _certificate(solution).splitlines():
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
    for row in solution["mass_balance"].records():
        if row["imbalance_pct"] is not None and abs(row["imbalance_pct"]) > _OPEN_BALANCE_PCT:
            made = "loses" if row["imbalance"] > 0.0 else "makes"
            found.append(
                f"WARNING: the mass balance of {row['part']} in {row['period']} does not close: it {made} "
                f"{abs(row['imbalance']):,.0f} t, {abs(row['imbalance_pct']):.1f} % of what goes in."
            )
    return found


def _certificate(solution: Solution) -> str:
    found, facts = solution.certificate, solution.facts
    size = f"{facts['rows']:,} rows, {facts['columns']:,} columns, {facts['nonzeros']:,} nonzeros"
    worst = found.residuals.worst_primal[0]
    if found.word == "proven":
        told = f"Proven best to {found.gap or 0.0:.1e} by {found.bound_by}"
    elif found.gap is not None:
        told = f"Feasible, at most {100.0 * found.gap:.3g} % below the best: bound by {found.bound_by}"
    else:
        told = "Feasible; no bound is known"
    if "its word" in found.bound_by:
        told += ". That bound is the solver's word alone: it was not evaluated again"
    if facts["pools"]:
        told += (
            f".\nValue found by {found.value_by.removesuffix(', re-evaluated')}, added up again from the plan"
        )
    return f"{told}.\nChecked in the original rows: worst relative residual {worst:.0e} ({size})."


def _purchases(solution: Solution) -> None:
    """One table for each uom that prices are per: crude by the barrel first, then power by the MWh, and so on."""
    records = solution["purchases"].records()
    for per in dict.fromkeys(row["price_per"] for row in records):
        rows = [
            (
                row["period"],
                _offer(row),
                f"{figure(row['quantity'])} {row['uom']}",
                figure(None if row["volume"] is None else row["volume"] / 1000.0, 1),
                row["price_basis"],
                figure(row["price"], 2),
                figure(row["delivered_price"], 2),
                _interval(row["break_even_low"], row["break_even_high"]),
                figure(row["headroom"], 2),
            )
            for row in records
            if row["price_per"] == per
        ]
        heads = (
            "period",
            "offer",
            "bought>",
            "kbbl>",
            "basis",
            "price>",
            "at gate>",
            "break-even>",
            "headroom>",
        )
        uom = f"{solution.currency}/{per}"
        title = f"Purchases [{uom}]: break-even is what one {per} is worth on the basis of its price"
        show_table(title, heads, rows)
    left_out = solution.facts["offers"] - solution.facts["offers_measured"]
    if left_out:
        say(
            f"Break-even prices of {counted(left_out, 'offer')} were not measured: too many, too slow to solve, or "
            "ships in a plan that is not proven best."
        )
        print()


def _offer(row: dict[str, Any]) -> str:
    return f"{row['offer']}, tranche {row['tranche']}" if row["tranche"] != "1" else str(row["offer"])


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return figure(low if low is not None else high, 2)
    return figure(low, 2) if abs(high - low) < 0.005 else f"{figure(low, 2)} to {figure(high, 2)}"


def _sales(solution: Solution) -> None:
    told: dict[tuple[str, str, str, str, str], list[float | None]] = {}
    for row in solution["sales"].records():
        name = row["sale"] if row["tier"] == "1" else f"{row['sale']}, tier {row['tier']}"
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
            f"{figure(quantity)} {uom}",
            figure(mass),
            figure(100.0 * mass / total, 1) if total and mass is not None else "",
            f"{adaptive(revenue / quantity)}/{uom}" if quantity and revenue is not None else "",
            figure(revenue),
        )
        for (period, name, market, uom, _), (quantity, mass, revenue) in told.items()
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
        rows.append((period, unit, f"{figure(amount)} {uom}", figure(mass), capacity, used))
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
            f"{figure(row['quantity'])} {row['uom']}",
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
        say("Rules of law: every trade with terms is allowed.\n")


def _span(periods: str) -> str:
    first, *rest = periods.split("; ")
    return f"{first} to {rest[-1]}" if rest else first


def _waterfall(solution: Solution) -> None:
    table = solution["waterfall"]
    uom = table.columns[2].uom
    rows = [
        (row["group"], row["step"], figure(row["amount"], 2), figure(row["level"], 2))
        for row in table.records()
    ]
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


def show_any(table: ResultTable, most: int = 400) -> None:
    """Print any result table; wide ones are told in parts, one below the other."""
    rows = [[_any(value) for value in row] for row in table.rows[:most]]
    columns = [_heading_of(table, place) for place in range(len(table.columns))]
    show_table(f"{table.title} ({counted(len(table), 'row')})", columns, rows)
    if len(table) > most:
        say(f"... and {len(table) - most:,} more rows; --out writes them all.")


def _heading_of(table: ResultTable, place: int) -> str:
    column = table.columns[place]
    uom = f"\n[{column.uom}]" if column.uom and column.uom != "row" else ""
    values = [row[place] for row in table.rows]
    number = any(isinstance(value, float | int) and not isinstance(value, bool) for value in values)
    if column.name == "period":
        return "period"
    return "\n".join(textwrap.wrap(column.name.replace("_", " "), 12)) + uom + (">" if number else "")


def _any(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return adaptive(value) if isinstance(value, float) else "" if value is None else str(value)


def show_comparison(solutions: Sequence[Solution], inputs: ResultTable, results: ResultTable) -> None:
    """Print inputs that differ and results side by side; many scenarios are told in groups of four."""
    for solution in solutions:
        name = solution.scenario or f"{solution.case} (base)"
        say(f"{name}: {_certificate(solution).splitlines()[0]}")
    print()
    told = [
        (row["scenario"], f"{row['table']}: {row['row']}", f"{row['column']}: {_changed(row)}")
        for row in inputs.records()
        if row["column"] not in _PROVENANCE
    ]
    if told:
        show_table("Inputs that differ from the first", ("scenario", "row", "change"), told)
    else:
        say("No inputs differ.\n")
    names = results.names[3:]
    for start in range(0, len(names), 4):
        chosen = range(start, min(start + 4, len(names)))
        rows = [
            (row[0], f"{row[1]} [{row[2]}]", *(adaptive(row[3 + place]) for place in chosen))
            for row in results.rows
        ]
        show_table("Side by side", ("", "", *(f"{names[place]}>" for place in chosen)), rows)


def _changed(row: dict[str, Any]) -> str:
    first, this = (_any(row[name]) or "blank" for name in ("first", "this"))
    return f"{first} becomes {this}"


def show_explanation(solved: Plan, told: Explanation) -> None:
    """Print why one offer is in or out."""
    money = solved.case.currency
    say(told.sentence)
    if not told.steps:
        return
    how = "one more" if told.forced == "put in" else "the last"
    title = f"What {how} {told.per} of {told.crude} does in {told.period} [{money}/{told.per}]"
    rows = [
        (group, what, f"{change:+.4f} {uom}" if uom else "", figure(amount, 2))
        for group, what, change, uom, amount in _to_the_cent(told.steps)
    ]
    rows.append(("sum", "worth less price, at the gate", "", figure(round(told.gain, 2), 2)))
    show_table(title, ("group", "what", f"change per {told.per}>", f"{money}>"), rows)
    if len(told.yields.columns) > 1:
        cuts = [(row[0], *(adaptive(value) for value in row[1:])) for row in told.yields.rows]
        show_table(
            "What distillation makes of it, and of the crudes of the plan [wt%]",
            ("cut", *(f"{column.name}>" for column in told.yields.columns[1:])),
            cuts,
        )


def _to_the_cent(
    steps: Iterable[tuple[str, str, float, str, float]],
) -> list[tuple[str, str, float, str, float]]:
    """Round the money so that the cents shown add up to the rounded sum (largest remainder)."""
    listed = list(steps)
    cents = [100.0 * step[4] for step in listed]
    whole = [int(cent // 1) for cent in cents]
    missing = round(sum(cents)) - sum(whole)
    order = sorted(range(len(listed)), key=lambda k: whole[k] - cents[k])
    for k in order[:missing]:
        whole[k] += 1
    return [(*step[:4], cent / 100.0) for step, cent in zip(listed, whole, strict=True)]


def explanation_json(solved: Plan, told: Sequence[Explanation]) -> str:
    """The explanations as JSON."""
    money = solved.case.currency
    found = [
        {
            "crude": one.crude,
            "period": one.period,
            "sentence": one.sentence,
            "gain": one.gain,
            "per": one.per,
            "currency": money,
            "steps": one.table(money).records(),
            "yields": one.yields.records(),
        }
        for one in told
    ]
    return json.dumps(found, indent=1, ensure_ascii=False)
