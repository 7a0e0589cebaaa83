"""How pivots of a plan of many periods look in a terminal, with what binds and what balances over the horizon."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netback.cli.show import adaptive, figure, say, show_table
from netback.results.horizon import balance_sums, binding_limits
from netback.results.pivot import Pivot, listed
from netback.results.solution import Solution

#: Blanks between the columns: nine months fit beside their names with the narrow ones.
GAPS = (3, 2, 1)
#: Names of periods that are longer are folded, so that they do not widen the columns.
_HEADING = 6
#: What of a name stays together.
_PARTS = re.compile(r"[^-_ /]+[-_ /]*|[-_ /]+")


def show_pivots(pivots: Iterable[Pivot | None]) -> None:
    """Print pivots one below the other, each with its notes; None is a pivot that the plan has not."""
    for pivot in pivots:
        if pivot is not None:
            show_pivot(pivot)


def show_pivot(pivot: Pivot) -> None:
    """Print one pivot and its notes."""
    if pivot.rows:
        periods = {f"{period}>" for period in pivot.periods}
        heads = [_folded(head) if head in periods else head for head in pivot.headings()]
        show_table(pivot.heading, heads, pivot.lines(), GAPS)
    for note in pivot.notes:
        say(note)
    if pivot.notes:
        print()


def _folded(head: str) -> str:
    """The name of a period in lines of a few signs, broken behind hyphens and blanks."""
    lines = [""]
    for part in _PARTS.findall(head.rstrip(">")):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > _HEADING:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines) + ">"


def show_binding(solution: Solution) -> None:
    """Print the limits that bind, each once: in how many periods, and where easing it is worth most."""
    records = binding_limits(solution).records()
    valued = [row for row in records if row["worth"] or row["broken_by"]]
    rows = [
        (
            row["kind"],
            row["limit"],
            _at(row["least"], row["most"], row["uom"]),
            f"{row['binds']} of {row['periods']}",
            adaptive(row["worth"]),
            row["dearest"] or "",
            *([adaptive(row["broken_by"])] if any(one["broken_by"] for one in valued) else []),
        )
        for row in valued
    ]
    if rows:
        broken = ("broken by>",) if len(rows[0]) > 6 else ()
        heads = (
            "kind",
            "limit",
            "at>",
            "binds in>",
            f"worth {solution.currency}>",
            "in",
            *broken,
        )
        title = "Limits that bind: in how many periods, and what one more is worth where it is worth most"
        show_table(title, heads, rows, GAPS)
    told = [f"{row['limit']} ({row['binds']} of {row['periods']})" for row in records if row not in valued]
    if told:
        say(f"At their limit too, without a worth of one more: {listed(told)}.")
        print()


def _at(least: float, most: float, uom: str) -> str:
    ends = dict.fromkeys((adaptive(least), adaptive(most)))
    return f"{' to '.join(ends)} {uom}".rstrip()


def show_balance(solution: Solution) -> None:
    """Print the sums of what goes in and out of the plant, and whether every part closes in every period."""
    records = balance_sums(solution).records()
    whole = [
        row
        for row in records
        if row["part"] in ("whole plant", "at sea") and (row["mass_in"] or row["mass_out"])
    ]
    if not whole:
        return
    heads = ("part", "in>", "out>", "loss>", "stock>", "left over>")
    rows = [
        (
            row["part"],
            *(figure(row[name]) for name in ("mass_in", "mass_out", "loss", "stock_change")),
            figure(row["imbalance"], 1),
        )
        for row in whole
    ]
    show_table("Mass balance over all periods [t]", heads, rows)
    left = [row for row in records if not row["closes"]]
    if left:
        told = ", ".join(f"{row['part']} {row['worst']:+,.1f} t in {row['worst_period']}" for row in left)
        say(f"Parts that do not close, each with what is left over in its worst period: {told}.")
    else:
        say("Every part closes in every period.")
    unknown = dict.fromkeys(row["unknown"] for row in records if row["unknown"])
    if unknown:
        say(f"Left out because no density is known: {', '.join(unknown)}.")
    print()
