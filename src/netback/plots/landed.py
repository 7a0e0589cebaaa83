"""Figures of supply: landed cost as steps side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netback.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SETTINGS,
    SKY,
    Drawn,
    drawn,
    new_figure,
)
from netback.supply.comparison import ClaimBeside
from netback.supply.landed_cost import LandedCost

#: Stage of the landed cost -> what the legend calls it, and its colour.
_STAGES = {
    "fob": ("price fob", GREY),
    "freight": ("freight, fuel, tolls, dues", BLUE),
    "insurance": ("cargo insurance", SKY),
    "lightering": ("lightering", RED),
    "arrival": ("loss, credit, interest, exchange", ORANGE),
}


def landed_waterfall(costs: Sequence[LandedCost], claims: Sequence[ClaimBeside] = ()) -> Drawn:
    """Steps from fob to the gate for each cargo, side by side [USD/bbl]; whiskers are the range at the gate.

    ``claims`` stand below: what others say, as a band, and what the steps come to, as a dot with its range.

    The axis does not begin at zero, because the steps would be too small to see: bars float, and each begins
    where the last one ended. Cargoes without barrels are left out.
    """
    import matplotlib as mpl

    shown = [cost for cost in costs if cost.landing.bbl_per_t is not None]
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        below = 0.9 + 0.34 * len(claims) if claims else 0.0
        figure, axes = new_figure(max(7.0, 1.9 * len(shown) + 2.0), 5.2 + below)
        if claims:
            figure.clear()
            axes, beside = figure.subplots(2, 1, height_ratios=(5.2, below))
            _claims(beside, claims, {cost.landing.landing: cost for cost in costs})
        for place, cost in enumerate(shown):
            _column(axes, place, cost)
        lowest = min(cost.price("fob", "bbl") for cost in shown)
        highest = max(cost.high_delivered_usd / _barrels(cost) for cost in shown)
        axes.set_ylim(lowest - 0.18 * (highest - lowest), highest + 0.12 * (highest - lowest))
        axes.set_xlim(-0.6, len(shown) - 0.4)
        labels = [_label(cost) for cost in shown]
        axes.set_xticks(range(len(shown)), labels, fontsize=8.5)
        axes.set_ylabel("USD/bbl loaded (the axis does not begin at zero)")
        title = "From fob to the gate"
        axes.set_title(f"{title}, {_months(shown)}")
        axes.grid(axis="y", alpha=0.3)
        handles = [mpl.patches.Patch(color=colour, label=name) for name, colour in _STAGES.values()]
        handles.append(
            mpl.patches.Patch(facecolor=GREEN, edgecolor="black", label="at the gate, with its range")
        )
        axes.legend(
            handles=handles, fontsize=8, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0.0, -0.3)
        )
        caption = "Steps from the price fob to the cost at the gate; whiskers: ranges of the inputs."
        if claims:
            caption += (
                " Below, what others say (bands) beside what the steps come to (dots with their ranges)."
            )
        return drawn(figure, title, caption)


_MEASURES = {
    "lightering": "lightering of {0}",
    "difference": "{1} less {0}, at the gate",
    "difference_before_lightering": "{1} less {0}, before lightering",
}


def _claims(axes: Any, claims: Sequence[ClaimBeside], costs: Mapping[str, LandedCost]) -> None:
    """What others say as bands, what the steps come to as dots with their ranges [USD/bbl]."""
    names = {name: (cost.landing.title or name).split(",")[0] for name, cost in costs.items()}
    months = {name: f"{cost.landing.day:%B %Y}" for name, cost in costs.items()}
    labels = []
    for place, claim in enumerate(reversed(claims)):
        axes.barh(
            place,
            claim.claimed_high - claim.claimed_low,
            0.62,
            left=claim.claimed_low,
            color=ORANGE,
            alpha=0.5,
        )
        axes.plot([claim.here.low, claim.here.high], [place, place], color=BLUE, lw=1.6)
        axes.plot(claim.here.value, place, "o", color=BLUE, ms=6)
        told = _MEASURES[claim.measure].format(names[claim.landing], names.get(claim.against or "", ""))
        labels.append(f"{told}, {months[claim.landing]}")
    axes.set_yticks(range(len(labels)), labels, fontsize=8.5)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("USD/bbl")
    axes.grid(axis="x", alpha=0.3)
    axes.barh(0, 0, color=ORANGE, alpha=0.5, label="claimed")
    axes.plot([], [], "o-", color=BLUE, label="here, with its range")
    axes.legend(fontsize=8, frameon=False, loc="lower right")


def _months(costs: Sequence[LandedCost]) -> str:
    """Months of loading, from the first to the last."""
    days = sorted(cost.landing.day for cost in costs)
    first, last = f"{days[0]:%B %Y}", f"{days[-1]:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _barrels(cost: LandedCost) -> float:
    return cost.landing.cargo_t * (cost.landing.bbl_per_t or 1.0)


def _label(cost: LandedCost) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(cost.landing.title or cost.landing.landing, 17))


def _column(axes: Any, place: int, cost: LandedCost) -> None:
    """One cargo: narrow bars from left to right within its place, then the level at the gate."""
    barrels = _barrels(cost)
    stages = [stage for stage in list(_STAGES)[1:] if cost.stage_cents(stage)]
    width = 0.8 / (len(stages) + 2)
    left, level = place - 0.4, cost.price("fob", "bbl")
    axes.bar(left + width / 2, level, width * 0.92, color=_STAGES["fob"][1])
    style = {"fontsize": 8, "color": "white", "rotation": 90, "ha": "center", "va": "top"}
    axes.text(left + width / 2, level - 0.25, f"{level:.2f}", **style)
    for number, stage in enumerate(stages, start=1):
        step = cost.stage_cents(stage) / 100 / barrels
        x = left + number * width
        axes.bar(x + width / 2, step, width * 0.92, bottom=level, color=_STAGES[stage][1])
        if step >= 0.4:
            axes.text(x + width / 2, level + step, f"{step:.2f}", ha="center", va="bottom", fontsize=7.5)
        level += step
    x = left + (len(stages) + 1) * width
    # What it comes to stands out: framed, its number large above the bar and its range.
    axes.bar(x + width / 2, level, width * 0.92, color=GREEN, edgecolor="black", linewidth=1.4)
    low, high = cost.low_delivered_usd / barrels, cost.high_delivered_usd / barrels
    axes.plot([x + width / 2] * 2, [low, high], color="black", lw=1.4)
    axes.annotate(
        f"{level:.2f}", (x + width / 2, max(high, level)), (0, 4), textcoords="offset points", ha="center",
        fontsize=10, fontweight="bold",
    )  # fmt: skip
