"""Figures of one plan: waterfall, slate, prices against break-even, use of capacity."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from netback.case.case import Case
from netback.plots import periods
from netback.plots.flow import flow_diagram
from netback.plots.reported import reported_facts
from netback.plots.style import (
    BLUE,
    CYCLE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SETTINGS,
    SKY,
    Drawn,
    drawn,
    new_figure,
    subtitle,
)
from netback.plots.ways import ways
from netback.results.by_period import has_many_periods
from netback.results.solution import Solution

#: More rows than this are better read in a table.
_MOST_ROWS = 60


def figures(solution: Solution, case: Case | None = None) -> dict[str, Drawn]:
    """Every figure that the plan has numbers for, by file name without ending; with its case, the ways of its ships."""
    import matplotlib as mpl

    made: dict[str, Drawn] = {}
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        made["waterfall"] = waterfall(solution)
        what = subtitle(solution)
        others: dict[str, Drawn | None] = {"slate": slate(solution)}
        if has_many_periods(solution):
            others["purchases"] = periods.bought(solution, what)
            others["sales"] = periods.sold(solution, what)
            others["flow"] = flow_diagram(solution)
            others["break_even"] = periods.break_even(solution, what)
            others["capacity"] = periods.capacity(solution, what)
        else:
            others["flow"] = flow_diagram(solution)
            others["break_even"] = break_even(solution)
            others["capacity"] = capacity(solution)
        others["reported"] = reported_facts(solution)
        others["ways"] = ways(case, solution) if case is not None else None
        made |= {name: figure for name, figure in others.items() if figure is not None}
    return made


def _amount(value: float, signed: bool = True) -> str:
    """A number with the places that its size deserves."""
    sign = "+" if signed else ""
    text = f"{value:{sign},.0f}" if abs(value) >= 1000.0 else f"{value:{sign},.2f}"
    return text.replace("-", "\N{MINUS SIGN}")


#: Groups of the waterfall: what the key calls them, and their colour.
_GROUPS = {
    "sales": ("sales", GREEN),
    "sale costs": ("costs of selling and running", GREY),
    "operating costs": ("costs of selling and running", GREY),
    "stocks": ("stocks", PURPLE),
    "cargo costs": ("freight and other costs of buying", ORANGE),
    "purchase costs": ("freight and other costs of buying", ORANGE),
    "purchases": ("purchases", RED),
    "margin": ("margin", BLUE),
}
#: What stands out: what is left at the end, in the tanks and in all.
_CLOSING = (("stocks", "closing value"), ("margin", "gross margin"))


def waterfall(solution: Solution) -> Drawn:
    """From product value to margin: each bar starts where the last one ended; the key is in the order of the steps."""
    from matplotlib.patches import Patch

    table = solution["waterfall"]
    records = table.records()
    uom = table.columns[2].uom
    figure, axes = new_figure(9.0, max(2.9, 0.3 * len(records) + 1.4))
    closing = [(row["group"], row["step"]) in _CLOSING for row in records]
    for place, (row, stands_out) in enumerate(zip(records, closing, strict=True)):
        start = 0.0 if row["group"] == "margin" else row["level"] - row["amount"]
        colour = _GROUPS[row["group"]][1]
        # An edge keeps a step that is next to nothing in sight.
        axes.barh(
            place, row["amount"], left=start, color=colour, height=0.7,
            edgecolor="black" if stands_out else colour, linewidth=1.4 if stands_out else 0.8,
        )  # fmt: skip
        axes.annotate(
            _amount(row["amount"]),
            (max(start, start + row["amount"]), place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=10 if stands_out else 8.5,
            fontweight="bold" if stands_out else "normal",
        )
    axes.set_yticks(range(len(records)), [str(row["step"]) for row in records])
    for label, stands_out in zip(axes.get_yticklabels(), closing, strict=True):
        label.set_fontweight("bold" if stands_out else "normal")
    axes.set_ylim(len(records) - 0.4, -0.6)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.axhline(len(records) - 1.5, color="black", linewidth=0.6)
    ends = [0.0, *(row["level"] for row in records)]
    span = max(max(ends) - min(ends), 1e-9)
    axes.set_xlim(min(ends) - (0.02 * span if min(ends) < 0.0 else 0.0), max(ends) + 0.13 * span)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace("-", "\N{MINUS SIGN}"))
    axes.set_xlabel(f"{uom} of crude run" if solution.economics.crude else uom)
    key = dict(_GROUPS[group] for group in _GROUPS if any(row["group"] == group for row in records))
    figure.legend(
        handles=[Patch(color=colour, label=name) for name, colour in key.items()],
        loc="outside lower left", ncols=3, fontsize=8.5, frameon=False,
    )  # fmt: skip
    title = "From product value to margin"
    axes.set_title(f"{title}: {subtitle(solution)}")
    caption = (
        "Sales in green, crude and other purchases in vermilion, freight and other costs of buying in orange, "
        "other costs in grey, stocks in purple, margin in blue. Framed in black: what is left at the end, in the "
        "tanks (closing value) and in all."
    )
    return drawn(figure, title, caption)


def slate(solution: Solution) -> Drawn | None:
    """What is bought and what is sold, by mass: two stacked bars that close but for fuel and losses."""
    bought = _masses(solution["purchases"].records(), "offer")
    sold = _masses(solution["sales"].records(), "sale")
    if not bought or not sold:
        return None
    figure, axes = new_figure(9.0, 4.0)
    longest = max(sum(bought.values()), sum(sold.values()))
    _stack(axes, 1, bought, longest)
    lines = _stack(axes, 0, sold, longest)
    axes.set_yticks([1, 0], ["bought", "sold"])
    more = max(0, lines - _LINES)
    axes.set_ylim(-0.62 - _LINE * more, 1.4)
    figure.set_figheight(4.0 + _LINE_INCH * more)
    axes.set_xlim(0.0, 1.01 * longest / 1000.0)
    axes.set_xlabel("kt over the horizon")
    title = "What goes in and what comes out"
    axes.set_title(f"{title}: {subtitle(solution)}")
    return drawn(figure, title, "Purchases and sales by mass; the difference is own fuel, losses and stocks.")


#: Widths of one letter of the labels and of the bars [points]; a label that is wider than its part goes below it.
_LETTER, _AXES_WIDTH = 4.7, 580.0
#: Lines below the last bar that have room; height of a further one in bars and [inch].
_LINES, _LINE, _LINE_INCH = 3, 0.085, 0.14


def _stack(axes: Any, place: int, parts: Mapping[str, float], longest: float) -> int:
    """One bar of parts, the largest first; what is too narrow for its label is told below the bar, in so many lines."""
    level, whole = 0.0, sum(parts.values())
    below: list[str] = []
    for number, (name, mass) in enumerate(sorted(parts.items(), key=lambda item: -item[1])):
        colour = CYCLE[number % len(CYCLE)]
        start, width = level / 1000.0, mass / 1000.0
        axes.barh(place, width, left=start, color=colour, edgecolor="white", height=0.55)
        lines = [*name.split("_"), f"{width:,.1f} kt", f"{100.0 * mass / whole:.0f} %"]
        if _LETTER * max(map(len, lines)) + 4.0 <= _AXES_WIDTH * mass / longest and len(lines) <= 6:
            shade = "black" if colour in (ORANGE, SKY, PURPLE) else "white"
            axes.text(
                start + width / 2.0,
                place,
                "\n".join(lines),
                ha="center",
                va="center",
                fontsize=7.5,
                color=shade,
            )
        else:
            below.append(f"{name} {width:,.1f} kt ({100.0 * mass / whole:.1f} %)")
        level += mass
    lines = textwrap.wrap("then, left to right: " + ", ".join(below), 110) if below else []
    if lines:
        axes.annotate(
            "\n".join(lines), (0.0, place - 0.31), (4, 0), textcoords="offset points", ha="left", va="top",
            fontsize=7.5,
        )  # fmt: skip
    return len(lines)


def _masses(records: list[dict[str, Any]], name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in records:
        if row["mass"]:
            found[row[name]] = found.get(row[name], 0.0) + row["mass"]
    return found


def break_even(solution: Solution) -> Drawn | None:
    """Price of every offer beside the price at which it just enters or leaves, for the commonest uom of price."""
    known = [row for row in solution["purchases"].records() if row["headroom"] is not None]
    uoms = Counter(row["price_per"] for row in known)
    rows = [row for row in known if row["price_per"] == max(uoms, key=lambda uom: uoms[uom])]
    if not rows or len(rows) > _MOST_ROWS:
        return None
    figure, axes = new_figure(9.0, max(2.2, 0.34 * len(rows) + 1.35))
    for place, row in enumerate(rows):
        low, high = row["break_even_low"], row["break_even_high"]
        decides, price = row["price"] + row["headroom"], row["price"]
        if high > low:
            axes.plot([low, high], [place, place], color=BLUE, linewidth=6, alpha=0.3, solid_capstyle="butt")
        axes.plot([price, decides], [place, place], color=GREY, linewidth=1.2, zorder=1)
        # Where both coincide neither may hide the other: an open ring around a smaller diamond.
        axes.plot(
            decides, place, "o", color=BLUE, markersize=10, fillstyle="none", markeredgewidth=2.2,
            label=None if place else "break-even price",
        )  # fmt: skip
        axes.plot(price, place, "D", color=RED, markersize=5.5, label=None if place else "price")
        text = _amount(row["headroom"]) + ("  bought" if row["quantity"] > 0.0 else "")
        right = max(price, decides)
        axes.annotate(text, (right, place), (9, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(range(len(rows)), _offer_labels(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", color="#E8E8E8", zorder=0)
    axes.set_axisbelow(True)
    # An interval may reach far below zero; the axis follows what is paid and what decides.
    ends = [value for row in rows for value in (row["price"], row["price"] + row["headroom"])]
    span = max(max(ends) - min(ends), 0.02 * max(map(abs, ends)), 1e-6)
    axes.set_xlim(min(ends) - 0.06 * span, max(ends) + 0.22 * span)
    axes.set_xlabel(f"{solution.currency}/{rows[0]['price_per']}, each on the basis of its price")
    title = "Price against break-even price"
    axes.set_title(f"{title}: {subtitle(solution)}", pad=22.0)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False, fontsize=8.5, borderaxespad=0.2
    )
    caption = (
        "The number is break-even less price: of the last parcel where the offer is bought, of the next where it is "
        "not. A pale bar is the interval between the worth of the next and of the last parcel, cut off where it "
        "leaves the figure."
    )
    if len(rows) < len(known):
        caption += f" Offers that are not priced per {rows[0]['price_per']} stand in the table of purchases."
    return drawn(figure, title, caption)


def _offer_labels(rows: list[dict[str, Any]]) -> list[str]:
    several = len({row["period"] for row in rows}) > 1
    stepped = {row["offer"] for row in rows if row["tranche"] != "1"}
    labels = []
    for row in rows:
        label = row["offer"] + (f", tranche {row['tranche']}" if row["offer"] in stepped else "")
        labels.append(label + (f", {row['period']}" if several else "") + f" ({row['price_basis']})")
    return labels


def capacity(solution: Solution) -> Drawn | None:
    """Use of every capacity."""
    rows = [row for row in solution["limits"].records() if row["kind"] == "capacity" and row["max"]]
    if not rows or len(rows) > _MOST_ROWS:
        return None
    figure, axes = new_figure(9.0, max(1.8, 0.32 * len(rows) + 1.1))
    several = len({row["period"] for row in rows}) > 1
    used = [100.0 * row["value"] / row["max"] for row in rows]
    end = max(100.0, *used)
    for place, row in enumerate(rows):
        binding = row["binding"] and used[place] >= 99.99
        axes.barh(place, 100.0, color="#E8E8E8", height=0.6)
        axes.barh(place, used[place], color=ORANGE if binding else BLUE, height=0.6)
        text = f"{used[place]:.0f} % of {row['max']:,.6g} {row['uom']}"
        if binding and row["marginal_value"]:
            text += f"; one more {row['uom']} is worth {_amount(row['marginal_value'], False)} {solution.currency}"
        axes.annotate(text, (end, place), (6, 0), textcoords="offset points", va="center", fontsize=8.5)
    labels = [f"{row['limit']}, {row['period']}" if several else row["limit"] for row in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.9 * end)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.spines["bottom"].set_bounds(0.0, end)
    axes.set_xlabel("% of capacity", x=0.5 / 1.9)
    title = "Use of capacity"
    axes.set_title(f"{title}: {subtitle(solution)}")
    caption = "Units that are full are orange, with the worth of one more over the period."
    return drawn(figure, title, caption)
