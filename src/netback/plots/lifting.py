"""Figures of what cargoes were worth: break-even against price by month, and which assumptions decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netback.case.case import Case
from netback.plots.style import (
    BLUE,
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
)
from netback.studies.deciding import Effect, Samples
from netback.studies.lifting import Lift, Lifting

#: Assumptions of the second figure.
MOST_BARS = 8


def figures(
    case: Case,
    lifting: Lifting,
    effects: Sequence[Effect],
    samples: Samples | None,
    alone: Lifting | None = None,
) -> dict[str, Drawn]:
    """Every figure that there are numbers for, by file name without ending."""
    import matplotlib as mpl

    made = {}
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        if lifting.known:
            made["break_even_by_month"] = break_even_by_month(case, lifting, samples, alone)
        if any(effect.width > 0.0 for effect in effects):
            made["what_decides"] = what_decides(case, lifting, effects)
    return made


def break_even_by_month(
    case: Case, lifting: Lifting, samples: Samples | None = None, alone: Lifting | None = None
) -> Drawn:
    """Break-even price of one cargo and the price asked, month by month, with the band of the samples.

    ``alone`` adds a line: the break-even of the same cargo when no other month has any.
    """
    figure, axes = new_figure(9.2, 5.0)
    names = list(dict.fromkeys(lift.question.name for lift in lifting.lifts))
    own = [(place, lift) for place, lift in enumerate(lifting.lifts) if np.isfinite(lift.headroom)]
    free = _first_of_each(own)
    at = np.array([names.index(lift.question.name) for _, lift in free])
    price = np.array([lift.price for _, lift in free])
    even = np.array([lift.break_even for _, lift in free])
    _gap_between(axes, at, price, even)
    if samples is not None:
        bands = samples.percentiles()[:, [place for place, _ in free]]
        axes.bar(
            at, bands[2] - bands[0], bottom=bands[0], width=0.3, color=SKY, alpha=0.55, linewidth=0.0,
            label="break-even, 5 to 95 % of samples", zorder=2,
        )  # fmt: skip
    known = np.array([lift.price_high > lift.price_low for _, lift in free])
    ends = np.array([[lift.price - lift.price_low, lift.price_high - lift.price] for _, lift in free])
    if known.any():
        axes.errorbar(
            at[known], price[known], yerr=np.maximum(ends[known].T, 0.0), fmt="none", ecolor=RED, elinewidth=1.2,
            capsize=3, zorder=3,
        )  # fmt: skip
    basis = next(lift.basis for _, lift in free)
    axes.plot(at, price, color=RED, marker="D", markersize=5, linewidth=1.4, zorder=4,
              label=f"price {basis}, with its range")  # fmt: skip
    axes.plot(at, even, color=BLUE, marker="o", markersize=6.5, linewidth=1.8, zorder=5,
              label="break-even price of one cargo")  # fmt: skip
    if alone is not None:
        single = [lift for _, lift in _first_of_each(list(enumerate(alone.known)))]
        axes.plot(
            [names.index(lift.question.name) for lift in single], [lift.break_even for lift in single],
            color=PURPLE, marker="^", markersize=5.5, linewidth=1.4, linestyle=(0, (4, 2)), zorder=4,
            label="the same with none in other months",
        )  # fmt: skip
    _committed(axes, names, own)
    axes.set_xlim(-0.6, len(names) - 0.4)
    _headrooms(axes, at, even - price)
    axes.set_xticks(range(len(names)), [_month(case, name) for name in names])
    axes.set_xlabel("month of loading")
    axes.set_ylabel(f"{case.currency}/{free[0][1].per} {basis}")
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)
    figure.legend(
        *axes.get_legend_handles_labels(), frameon=False, fontsize=8.8, loc="outside lower left", ncols=2
    )
    title = f"What a cargo of {_named(lifting)} was worth, and what it cost"
    axes.set_title(f"{title}\n{_what(case)}", pad=24.0)
    caption = (
        f"Price {basis} and break-even price of one cargo loading in the month, "
        f"{case.currency}/{free[0][1].per}; the numbers above are the headroom. Where the break-even stands above the "
        "price, lifting paid (green)."
        + ("" if alone is None else " Dashed: the same cargo when no other month has any.")
    )
    return drawn(figure, title, caption)


def _first_of_each(own: Sequence[tuple[int, Lift]]) -> list[tuple[int, Lift]]:
    """One answer a month: that of what was free to choose, of several volumes the first."""
    found: dict[str, tuple[int, Lift]] = {}
    for place, lift in own:
        if lift.question.kind != "committed":
            found.setdefault(lift.question.name, (place, lift))
    return list(found.values()) or list(own)


def _gap_between(axes: Any, at: np.ndarray[Any, Any], price: Any, even: Any) -> None:
    """Shade between both lines: green where lifting pays, orange where it does not."""
    fine = np.linspace(at.min(), at.max(), 400) if len(at) > 1 else at
    low, high = np.interp(fine, at, price), np.interp(fine, at, even)
    axes.fill_between(fine, low, high, where=high >= low, color=GREEN, alpha=0.16, linewidth=0.0, zorder=1)
    axes.fill_between(fine, low, high, where=high < low, color=ORANGE, alpha=0.2, linewidth=0.0, zorder=1)


def _committed(axes: Any, names: list[str], own: Sequence[tuple[int, Lift]]) -> None:
    must = [lift for _, lift in own if lift.question.kind == "committed"]
    for number, lift in enumerate(must):
        axes.plot(
            names.index(lift.question.name) - 0.22, lift.break_even, marker="s", markersize=7, color="white",
            markeredgecolor=BLUE, markeredgewidth=1.6, linestyle="none", zorder=6,
            label="break-even of what had to load" if not number else "_",
        )  # fmt: skip


def _headrooms(axes: Any, at: Any, rooms: Any) -> None:
    """The headroom of every month in a row above the frame, where no line runs."""
    row = axes.get_xaxis_transform()
    for x, room in zip(at, rooms, strict=True):
        axes.text(
            x, 1.02, f"{room:+.1f}".replace("-", "\N{MINUS SIGN}"), transform=row, ha="center", va="bottom",
            fontsize=9.5, fontweight="bold", color="#00664B" if room > 0.0 else "#9A4300",
        )  # fmt: skip
    axes.annotate(
        "headroom", (0.0, 1.02), (-6, 0), xycoords="axes fraction", textcoords="offset points", ha="right",
        va="bottom", fontsize=8.8,
    )  # fmt: skip


def _what(case: Case) -> str:
    """Case, scenario and horizon, as titles tell them."""
    names = [period.name for period in case.horizon.periods]
    when = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return f"{case.name}{f', {case.scenario}' if case.scenario else ''}, {when}"


def _named(lifting: Lifting) -> str:
    """The crude as a title writes it."""
    return lifting.crude[:1].upper() + lifting.crude[1:].replace("_", " ")


def _month(case: Case, name: str) -> str:
    """A period as an axis names it: ``Apr`` above ``2023`` where it has a first day."""
    for period in case.horizon.periods:
        if period.name == name and period.start is not None:
            return f"{period.start:%b}\n{period.start:%Y}"
    return name


def what_decides(case: Case, lifting: Lifting, effects: Sequence[Effect]) -> Drawn:
    """Mean swing of the break-even between the ends of the range of each assumption, the widest on top."""
    widest = [effect for effect in effects if effect.width > 0.0][:MOST_BARS]
    figure, axes = new_figure(9.2, 0.4 * len(widest) + 1.5)
    colours = {"assumed": ORANGE, "stand_in": SKY, "derived": SKY, "correlated": SKY}
    for place, effect in enumerate(widest):
        axes.barh(
            place, effect.width, height=0.62, color=colours.get(effect.assumption.status, BLUE),
            edgecolor=GREY, linewidth=1.4 if effect.anew else 0.0,
        )  # fmt: skip
        axes.annotate(
            f"{effect.width:.2f}",
            (effect.width, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(widest)), [effect.assumption.label(case) for effect in widest])
    axes.set_ylim(len(widest) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.1 * max(effect.width for effect in widest))
    per = lifting.lifts[0].per
    axes.set_xlabel(f"mean swing of the break-even price [{case.currency}/{per}]")
    title = f"What decides the worth of {_named(lifting)}"
    axes.set_title(f"{title}\n{_what(case)}", loc="right")
    caption = (
        "Distance between the break-even prices with an assumption at its low and at its high end, mean of the months. "
        "Orange rests on an assumption, blue on a reported, derived or stand-in number; framed: all ships chosen anew."
    )
    return drawn(figure, title, caption)
