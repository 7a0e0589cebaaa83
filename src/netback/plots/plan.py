"""Figures of one plan: waterfall, slate, prices against break-even, use of capacity."""

from __future__ import annotations

from typing import Any

from netback.plots.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, SETTINGS, Drawn, drawn, new_figure
from netback.results.solution import Solution


def figures(solution: Solution) -> dict[str, Drawn]:
    """Every figure that the plan has numbers for, by file name without ending."""
    import matplotlib as mpl

    made: dict[str, Drawn] = {}
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        made["waterfall"] = waterfall(solution)
        for name, draw in (("slate", slate), ("break_even", break_even), ("capacity", capacity)):
            figure = draw(solution)
            if figure is not None:
                made[name] = figure
    return made


def _subtitle(solution: Solution) -> str:
    periods = solution.facts["periods"]
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    scenario = f", {solution.scenario}" if solution.scenario else ""
    return f"{solution.case}{scenario}, {when}"


def waterfall(solution: Solution) -> Drawn:
    """From product value to margin: each bar starts where the last one ended."""
    table = solution["waterfall"]
    records = table.records()
    uom = table.columns[2].uom
    figure, axes = new_figure(9.0, max(3.2, 0.34 * len(records) + 1.2))
    colours = {"sales": GREEN, "purchases": RED, "purchase costs": ORANGE, "margin": BLUE}
    for place, row in enumerate(records):
        start = 0.0 if row["group"] == "margin" else row["level"] - row["amount"]
        axes.barh(place, row["amount"], left=start, color=colours.get(row["group"], GREY), height=0.7)
        end = max(start, start + row["amount"])
        axes.text(end, place, f" {row['amount']:+.2f}", va="center", ha="left", fontsize=8.5)
    axes.set_yticks(range(len(records)), [f"{row['step']}" for row in records])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.use_sticky_edges = False
    axes.margins(x=0.1)
    axes.set_xlabel(f"{uom} of crude run")
    title = "From product value to margin"
    axes.set_title(f"{title}: {_subtitle(solution)}")
    caption = (
        "Sales in green, crude in vermilion, freight and other costs of buying in orange, operating costs in grey, "
        "margin in blue."
    )
    return drawn(figure, title, caption)


def slate(solution: Solution) -> Drawn | None:
    """What is bought and what is sold, by mass: two stacked bars that close but for fuel and losses."""
    bought = _masses(solution["purchases"].records(), "offer")
    sold = _masses(solution["sales"].records(), "sale")
    if not bought or not sold:
        return None
    figure, axes = new_figure(9.0, 4.2)
    for column, parts in ((0, bought), (1, sold)):
        level = 0.0
        whole = sum(parts.values())
        for place, (name, mass) in enumerate(sorted(parts.items(), key=lambda item: -item[1])):
            colour = CYCLE[place % len(CYCLE)]
            axes.barh(
                1 - column, mass / 1000.0, left=level / 1000.0, color=colour, edgecolor="white", height=0.55
            )
            if mass > 0.045 * whole:
                text = f"{name}\n{mass / 1000.0:,.1f} kt\n{100.0 * mass / whole:.0f} %"
                axes.text(
                    (level + mass / 2.0) / 1000.0, 1 - column, text, ha="center", va="center", fontsize=7.5
                )
            level += mass
    axes.set_yticks([1, 0], ["bought", "sold"])
    axes.set_xlabel("kt over the horizon")
    title = "What goes in and what comes out"
    axes.set_title(f"{title}: {_subtitle(solution)}")
    return drawn(figure, title, "Purchases and sales by mass; the difference is own fuel, losses and stocks.")


def _masses(records: list[dict[str, Any]], name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in records:
        if row["mass"]:
            found[row[name]] = found.get(row[name], 0.0) + row["mass"]
    return found


def break_even(solution: Solution) -> Drawn | None:
    """Price of every offer beside the price at which it just enters or leaves."""
    rows = [row for row in solution["purchases"].records() if row["break_even_low"] is not None]
    if not rows or len(rows) > 60:
        return None
    figure, axes = new_figure(9.0, max(2.6, 0.42 * len(rows) + 1.3))
    several = len({row["period"] for row in rows}) > 1
    for place, row in enumerate(rows):
        low, high = row["break_even_low"], row["break_even_high"]
        if high is not None and high > low:
            axes.plot([low, high], [place, place], color=BLUE, linewidth=5, alpha=0.45, solid_capstyle="butt")
        axes.plot(low, place, "o", color=BLUE, markersize=8, label="break-even" if not place else None)
        axes.plot(row["price"], place, "D", color=RED, markersize=7, label="price" if not place else None)
        colour = GREEN if row["headroom"] >= 0.0 else RED
        axes.plot([row["price"], low], [place, place], color=colour, linewidth=1.2, zorder=0)
        text = f"  {row['headroom']:+.2f}" + ("  bought" if row["quantity"] > 1e-6 else "")
        axes.text(max(low, row["price"], high or low), place, text, va="center", fontsize=8.5)
    labels = [f"{row['offer']} {row['period']}" if several else row["offer"] for row in rows]
    axes.set_yticks(
        range(len(rows)), [f"{label} ({row['price_basis']})" for label, row in zip(labels, rows, strict=True)]
    )
    axes.invert_yaxis()
    axes.margins(x=0.18, y=0.12)
    axes.set_xlabel(f"{solution.currency}/{rows[0]['price_per']}, each on the basis of its price")
    title = "Price against break-even price"
    axes.set_title(f"{title}: {_subtitle(solution)}")
    axes.legend(loc="lower right", frameon=False, fontsize=8.5)
    caption = (
        "Sales in green, crude in vermilion, freight and other costs of buying in orange, operating costs in grey, "
        "margin in blue."
    )
    return drawn(figure, title, caption)


def capacity(solution: Solution) -> Drawn | None:
    """Use of every capacity."""
    rows = [row for row in solution["limits"].records() if row["kind"] == "capacity" and row["max"]]
    if not rows or len(rows) > 60:
        return None
    figure, axes = new_figure(9.0, max(2.2, 0.36 * len(rows) + 1.2))
    several = len({row["period"] for row in rows}) > 1
    for place, row in enumerate(rows):
        used = 100.0 * row["value"] / row["max"]
        axes.barh(place, 100.0, color="#E8E8E8", height=0.6)
        axes.barh(place, used, color=ORANGE if row["binding"] else BLUE, height=0.6)
        text = f" {used:.0f} % of {row['max']:,.0f} {row['uom']}"
        if row["binding"] and row["marginal_value"]:
            text += f"; one more is worth {row['marginal_value']:,.2f} {solution.currency}"
        axes.text(101.0, place, text, va="center", fontsize=8.5)
    axes.set_yticks(
        range(len(rows)), [f"{row['limit']} {row['period']}" if several else row["limit"] for row in rows]
    )
    axes.invert_yaxis()
    axes.set_xlim(0.0, 190.0)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("% of capacity")
    title = "Use of capacity"
    axes.set_title(f"{title}: {_subtitle(solution)}")
    return drawn(figure, title, "Units that bind are orange, with the worth of one more unit of feed.")
