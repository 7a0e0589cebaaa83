"""Result tables of alternatives: ranges within the allowance, and the plans side by side."""

from __future__ import annotations

from netback.results.table import ResultTable
from netback.studies.alternatives import SAME, Alternatives, Range

#: A row of the plans is told where an amount moves by more than this part of its greatest.
MOVES = 1e-3


def shared(one: Range) -> str:
    """What all plans within the allowance have in common in one amount."""
    if one.fixed:
        return "none" if abs(one.best) <= SAME else "the same"
    least = one.least if one.proven or one.least is not None else None
    return "some" if least is not None and least > SAME else ""


def range_table(found: Alternatives) -> ResultTable:
    """Every amount: what the best plan has, and how far any plan within the allowance can go."""
    columns = [
        ("group", "", "bought, ships, run (feed of a unit) or sold"),
        ("what", "", "offer, cargo, unit or sale"),
        ("uom", "", ""),
        ("best", "row", "in the best plan"),
        ("least", "row", "proven: of all plans within the allowance; else of the plans told"),
        ("greatest", "row", "as least; blank where nothing limits it"),
        ("proven", "", "whether a plan reaches both ends and none goes further"),
        ("not_below", "row", "no plan within the allowance has less"),
        ("not_above", "row", "no plan within the allowance has more; blank where not known or no limit"),
        ("all_have", "", "the same, none, or at least some: in all plans within the allowance"),
    ]
    rows = [
        (
            one.amount.group,
            one.amount.name,
            one.amount.uom,
            _clean(one.best),
            one.low,
            one.high,
            one.proven,
            one.least,
            one.greatest,
            shared(one),
        )
        for one in found.ranges
    ]
    return ResultTable.of("ranges", "What plans within the allowance do", columns, rows)


def plan_table(found: Alternatives) -> ResultTable:
    """The plans side by side: what each earns less, how far it is off, and the amounts that move."""
    money = found.plan.case.currency
    names = [f"plan {number}" for number in range(2, len(found.plans) + 2)]
    columns = [("group", "", ""), ("what", "", ""), ("uom", "", "")]
    columns += [(name, "row", "") for name in ("best", *names)]
    rows: list[tuple[object, ...]] = [
        ("margin", "less than the best by", money, 0.0, *(one.costs for one in found.plans))
    ]
    if found.by == "distance":
        rows.append(
            ("distance", "from the nearest plan before", "bbl", 0.0, *(one.distance for one in found.plans))
        )
    for one in found.ranges:
        amounts = [one.amount.of(x) for x in (found.plan.x, *(other.x for other in found.plans))]
        size = max(map(abs, amounts))
        if max(amounts) - min(amounts) > MOVES * max(size, 1e-3):
            rows.append((one.amount.group, one.amount.name, one.amount.uom, *map(_clean, amounts)))
    return ResultTable.of("plans", "The plans side by side", columns, rows)


def _clean(amount: float) -> float:
    """An amount without the rounding of the solver."""
    return 0.0 if abs(amount) <= SAME else amount
