"""Compare solved scenarios: inputs that differ, and results side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netback.case.case import Case
from netback.case.shipped import with_shipped
from netback.results.solution import Solution
from netback.results.table import ResultTable

Row = tuple[object, ...]


def changed_inputs(cases: Sequence[Case]) -> ResultTable:
    """Cells that differ between the first case and each other one, by table and key."""
    rows: list[Row] = []
    base = cases[0]
    for other in cases[1:]:
        for name, table in base.tables.items():
            if name in ("scenarios", "overrides"):
                continue
            if table.records or other.table(name).records:
                # A rule that a scenario changes is compared with the shipped one, not with nothing.
                before, after = (
                    {table.key(record): record for record in with_shipped(one).records}
                    for one in (table, other.table(name))
                )
            else:
                continue
            for key in dict.fromkeys((*before, *after)):
                rows += _differences(name, key, before.get(key), after.get(key), _label(other))
    columns = [
        ("scenario", "", "that differs from the first"),
        ("table", "", ""),
        ("row", "", "key of the row"),
        ("column", "", ""),
        ("first", "", ""),
        ("this", "", ""),
    ]
    return ResultTable.of("inputs", "Inputs that differ", columns, rows)


def _differences(name: str, key: Sequence[object], one: object, two: object, label: str) -> list[Row]:
    told = ", ".join(str(part) for part in key if part is not None and part != 1)
    if not isinstance(one, dict) or not isinstance(two, dict):
        return [
            (
                label,
                name,
                told,
                "row",
                "absent" if one is None else "there",
                "absent" if two is None else "there",
            )
        ]
    return [
        (label, name, told, column, one[column], two.get(column))
        for column in one
        if one[column] != two.get(column) and column not in ("note",)
    ]


def _label(case: Case) -> str:
    return case.scenario or case.name


def side_by_side(solutions: Sequence[Solution]) -> ResultTable:
    """Margin, purchases, sales and unit feeds of every solution in one table."""
    lines: dict[tuple[str, str, str], dict[int, float | None]] = {}

    def put(group: str, what: str, uom: str, place: int, value: float | None) -> None:
        cell = lines.setdefault((group, what, uom), {})
        known = cell.get(place, 0.0)
        cell[place] = None if value is None or known is None else known + value

    tables = (("bought", "purchases", "offer"), ("sold", "sales", "sale"))
    weighed = {
        (group, row[name])
        for group, table, name in tables
        for solution in solutions
        for row in solution[table].records()
        if row["mass"] is None
    }
    for place, solution in enumerate(solutions):
        found, money = solution.economics, solution.currency
        put("margin", "gross margin", money, place, found.margin)
        if found.crude:
            per = f"{money}/{found.crude_uom}"
            put("margin", "gross margin per crude", per, place, found.margin / found.crude)
            put("crude", "crude run", found.crude_uom, place, found.crude)
        for group, table, name in tables:
            for row in solution[table].records():
                in_own_uom = (group, row[name]) in weighed
                amount, uom = (row["quantity"], row["uom"]) if in_own_uom else (row["mass"], "t")
                put(group, row[name], uom, place, amount)
        for what, uom, price in _break_evens(solution):
            lines.setdefault(("break-even", what, uom), {})[place] = price
    order = {name: rank for rank, name in enumerate(("margin", "crude", "bought", "sold", "break-even"))}
    keys = sorted(lines, key=lambda key: order[key[0]])
    names = [solution.scenario or solution.case for solution in solutions]
    rows = [
        (
            *key,
            *(
                lines[key].get(place, 0.0 if key[0] in ("bought", "sold") else None)
                for place in range(len(solutions))
            ),
        )
        for key in keys
    ]
    columns = [
        ("group", "", ""),
        ("what", "", ""),
        ("uom", "", ""),
        *((name, "row", "") for name in _unique(names)),
    ]
    return ResultTable.of("comparison", "Side by side", columns, rows)


def _break_evens(solution: Solution) -> Iterator[tuple[str, str, float | None]]:
    """Offer, uom and the price at which it just enters or leaves, told apart by tranche and period where need be."""
    records = solution["purchases"].records()
    periods = {row["period"] for row in records}
    for row in records:
        if row["headroom"] is not None:
            several = sum(other["offer"] == row["offer"] for other in records) > len(periods)
            what = row["offer"] + (f", tranche {row['tranche']}" if several or row["tranche"] != "1" else "")
            what += f", {row['period']}" if len(periods) > 1 else ""
            yield what, f"{solution.currency}/{row['price_per']}", row["price"] + row["headroom"]


def _unique(names: Sequence[str]) -> list[str]:
    """Names told apart by a number where one stands twice; no number makes the name of another."""
    made: list[str] = []
    for name in names:
        shown, number = name, 1
        while shown in made:
            number += 1
            shown = f"{name} ({number})"
        made.append(shown)
    return made
