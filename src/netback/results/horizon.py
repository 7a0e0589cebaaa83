"""Result tables over the whole horizon: limits with the periods in which they bind, and the mass balance in sums."""

from __future__ import annotations

from typing import Any

from netback.results.solution import Solution
from netback.results.table import ResultTable

Record = dict[str, Any]

#: Share of what goes in that may be left over where a balance closes.
_CLOSED = 1e-5
#: Share of it below which what is left over is rounding.
_ROUNDING = 1e-12
_SUMMED = ("mass_in", "mass_out", "loss", "stock_change", "imbalance")
#: Place of the worth in a row of :func:`binding_limits`.
_WORTH = 7


def binding_limits(solution: Solution) -> ResultTable:
    """Every limit that binds somewhere, specs included: where it stands, how often it binds, its dearest worth.

    The dearest comes first. Limits without a worth of their own (whole ships) come last.
    """
    found: dict[tuple[str, str, str], list[Record]] = {}
    for row in _limits(solution):
        # A limit may be stated per day in some periods and in all in others.
        found.setdefault((row["kind"], row["limit"], row["uom"]), []).append(row)
    rows = [_grouped(*key, group) for key, group in found.items() if any(row["binding"] for row in group)]
    rows.sort(key=lambda row: -abs(row[_WORTH] or 0.0))
    money = solution.currency
    columns = [
        ("kind", "", ""),
        ("limit", "", "what is limited"),
        ("least", "row", "what the plan has where the limit binds: the least of the periods"),
        ("most", "row", "and the most"),
        ("uom", "", "uom of least and most"),
        ("binds", "", "periods in which it binds"),
        ("periods", "", "periods in which it is stated"),
        ("worth", f"{money}/uom", "of easing the limit by one, in the period where that is dearest"),
        ("dearest", "", "that period"),
        ("broken_by", "row", "how far breakers let it be broken, at most"),
    ]
    return ResultTable.of("binding_limits", "Limits that bind", columns, rows)


def _limits(solution: Solution) -> list[Record]:
    """Limits and specs under the same names."""
    specs = [
        {
            **row,
            "kind": "quality",
            "limit": f"{row['product']} {row['property']}",
            "uom": "",
            "broken_by": _beyond(row),
        }
        for row in solution["qualities"].records()
    ]
    return [*solution["limits"].records(), *specs]


def _beyond(row: Record) -> float | None:
    """How far a spec is broken; None where it is kept but for rounding."""
    give = row["giveaway"]
    return -give if give is not None and give < -1e-6 * max(1.0, abs(row["value"])) else None


def _grouped(kind: str, limit: str, uom: str, group: list[Record]) -> tuple[Any, ...]:
    binding = [row for row in group if row["binding"]]
    dearest = max(binding, key=lambda row: abs(row["marginal_value"] or 0.0))
    worth = dearest["marginal_value"]
    values = [row["value"] for row in binding]
    broken = [row["broken_by"] for row in binding if row["broken_by"]]
    return (
        kind,
        limit,
        min(values),
        max(values),
        uom,
        len(binding),
        len(group),
        worth,
        None if worth is None else dearest["period"],
        max(broken, default=None),
    )


def balance_sums(solution: Solution) -> ResultTable:
    """The mass balance of every part, summed over the periods, with the period in which most is left over."""
    found: dict[str, list[Record]] = {}
    for row in solution["mass_balance"].records():
        found.setdefault(row["part"], []).append(row)
    rows = []
    for part, group in found.items():
        sums = {name: sum(row[name] for row in group) for name in _SUMMED}
        least = _ROUNDING * max(sums["mass_in"], sums["mass_out"])
        sums["imbalance"] = _without_rounding(sums["imbalance"], least)
        worst = max(group, key=lambda row: abs(row["imbalance"]))
        left = _without_rounding(worst["imbalance"], least)
        unknown = dict.fromkeys(name for row in group for name in row["unknown"].split(", ") if name)
        closes = all(_closes(row) for row in group)
        rows.append(
            (
                part,
                *sums.values(),
                closes,
                left,
                worst["period"] if left else None,
                ", ".join(unknown) or None,
            )
        )
    columns = [
        ("part", "", "unit, the whole plant, or what is at sea"),
        ("mass_in", "t", ""),
        ("mass_out", "t", ""),
        ("loss", "t", ""),
        ("stock_change", "t", ""),
        ("imbalance", "t", "over all periods"),
        ("closes", "", "in every period"),
        ("worst", "t", "left over in the period where that is most"),
        ("worst_period", "", ""),
        ("unknown", "", "streams left out because no density is known"),
    ]
    return ResultTable.of("balance_sums", "Mass balance over the horizon", columns, rows)


def _without_rounding(value: float, least: float) -> float:
    return value if abs(value) > least else 0.0


def _closes(row: Record) -> bool:
    return bool(abs(row["imbalance"]) <= _CLOSED * max(1.0, row["mass_in"], row["mass_out"]))
