"""What was reported beside the plan: one line of dots for each fact, scaled by what was reported."""

from __future__ import annotations

import textwrap
from typing import Any

from netback.plots.style import BLUE, GREY, ORANGE, Drawn, drawn, new_figure, subtitle
from netback.results.solution import Solution


def reported_facts(solution: Solution) -> Drawn | None:
    """The plan as a share of each value reported [%], with the range reported; None where nothing was."""
    if "reported" not in solution.tables:
        return None
    rows = [row for row in solution["reported"].records() if row["plan"] is not None and _base(row)]
    if not rows:
        return None
    figure, axes = new_figure(8.2, 1.3 + 0.62 * len(rows))
    for place, row in enumerate(reversed(rows)):
        _line(axes, place, row)
    axes.axvline(100.0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [_label(row) for row in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel("% of what was reported")
    axes.scatter([], [], s=60, color=BLUE, label="plan")
    axes.scatter([], [], s=60, facecolor="none", edgecolor=ORANGE, linewidth=2.0, label="reported")
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.0 + 0.35 / len(rows)), ncols=2, frameon=False)
    title = "The plan beside what was reported"
    figure.suptitle(f"{title}: {subtitle(solution)}", x=0.01, ha="left", fontsize=11, fontweight="bold")
    caption = "A plan is what would have been best, a report what was done; numbers are plan and report with their uom."
    return drawn(figure, title, caption)


def _base(row: dict[str, Any]) -> float:
    """What stands for 100 %: the value reported, or the nearer end of the range."""
    known = [row[name] for name in ("reported", "low", "high") if row[name]]
    return float(known[0]) if known else 0.0


def _label(row: dict[str, Any]) -> str:
    return "\n".join(textwrap.wrap(str(row["title"]), 34))


def _line(axes: Any, place: int, row: dict[str, Any]) -> None:
    base = _base(row)
    plan = 100.0 * row["plan"] / base
    ends = [100.0 * row[name] / base for name in ("low", "high") if row[name] is not None]
    if row["reported"] is not None:
        axes.scatter(
            [100.0 * row["reported"] / base], [place], s=60, facecolor="none", edgecolor=ORANGE, linewidth=2.0
        )
    if len(ends) == 2:
        axes.plot(ends, [place, place], color=ORANGE, linewidth=6, alpha=0.35, solid_capstyle="butt")
    elif ends:
        mark = ">" if row["low"] is not None else "<"
        axes.scatter(ends, [place], s=70, marker=mark, facecolor="none", edgecolor=ORANGE, linewidth=2.0)
    axes.plot([plan, 100.0], [place, place], color=GREY, linewidth=1.0, zorder=0)
    axes.scatter([plan], [place], s=60, color=BLUE, zorder=3)
    told = f"{row['plan']:,.0f} | reported {_reported(row)} {row['uom']}"
    axes.annotate(
        told, (max(plan, 100.0), place), xytext=(9, 0), textcoords="offset points", va="center", fontsize=9
    )
    axes.margins(x=0.18)


def _reported(row: dict[str, Any]) -> str:
    if row["reported"] is not None:
        return f"{row['reported']:,.0f}"
    if row["low"] is not None and row["high"] is not None:
        return f"{row['low']:,.0f} to {row['high']:,.0f}"
    return f"over {row['low']:,.0f}" if row["low"] is not None else f"under {row['high']:,.0f}"
