"""Figures of a valuation: the break-even curve with its band, and the tornado of what decides it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netback.plots.style import BLUE, GREY, ORANGE, RED, SETTINGS, SKY, Drawn, drawn, new_figure
from netback.studies.spread import Spread, Swing
from netback.studies.value import Curve

#: Inputs of a tornado.
MOST_BARS = 14


def figures(
    curve: Curve, currency: str, spread: Spread | None, swings: Sequence[Swing], what: str
) -> dict[str, Drawn]:
    """Every figure that there are numbers for, by file name without ending; ``what`` names case and horizon."""
    import matplotlib as mpl

    made = {}
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        made["break_even_curve"] = break_even_curve(curve, currency, spread, what)
        if any(swing.width for swing in swings):
            made["tornado"] = tornado(curve, currency, swings, what)
    return made


def break_even_curve(curve: Curve, currency: str, spread: Spread | None, what: str) -> Drawn:
    """Break-even price by volume: marginal as steps, the average of all, the band of uncertainty, the price asked."""
    figure, axes = new_figure(9.0, 4.6)
    scale = 1e-3 if curve.most >= 2000.0 else 1.0
    uom = f"k{curve.uom}" if scale < 1.0 else curve.uom
    volumes = np.array([point.volume for point in curve.points]) * scale
    if spread is not None:
        places = np.array(spread.volumes) * scale
        low, _, high = spread.percentiles()
        axes.fill_between(
            places, low, high, color=SKY, alpha=0.3, linewidth=0.0, label="average, 5 to 95 % of samples"
        )
    steps = [(p.volume * scale, p.last, p.next) for p in curve.points]
    across = [x for x, *_ in steps for _ in range(2)]
    levels = [level for _, last, following in steps for level in (last, following)]
    known = [(x, curve.on_basis(y)) for x, y in zip(across, levels, strict=True) if y is not None]
    axes.plot(
        [x for x, _ in known],
        [y for _, y in known],
        color=BLUE,
        linewidth=2.0,
        label="marginal: the next barrel",
    )
    # The average of next to nothing is the worth of the first barrel.
    averages = [
        curve.on_basis(point.next if point.average is None else point.average) for point in curve.points
    ]
    axes.plot(
        volumes, averages, color=ORANGE, linewidth=2.0, linestyle="--", label="average: all of it or none"
    )
    axes.axhline(
        curve.price, color=RED, linewidth=1.2, linestyle=":", label=f"price asked, {curve.price:.2f}"
    )
    if np.isfinite(curve.planned) and curve.planned < curve.most:
        axes.axvline(curve.planned * scale, color=GREY, linewidth=1.0)
        axes.annotate(
            "on offer",
            (curve.planned * scale, axes.get_ylim()[1]),
            (4, -10),
            textcoords="offset points",
            color=GREY,
            fontsize=8.5,
        )
    axes.set_xlabel(f"volume [{uom}] over the horizon")
    axes.set_ylabel(f"{currency}/{curve.per} {curve.basis}")
    axes.set_xlim(left=0.0)
    title = f"What {curve.crude} is worth"
    axes.set_title(f"{title}: {what}")
    axes.legend(frameon=False, fontsize=9)
    caption = (
        f"Break-even price {curve.basis} by volume: the marginal one is that of one more barrel, the average one that "
        "of the whole volume against none. Below both, buy; the dotted line is the price asked."
    )
    return drawn(figure, title, caption)


def tornado(curve: Curve, currency: str, swings: Sequence[Swing], what: str) -> Drawn:
    """What each uncertain input does to the break-even price, the widest on top."""
    widest = sorted((swing for swing in swings if swing.width > 0.0), key=lambda swing: -swing.width)[
        :MOST_BARS
    ]
    figure, axes = new_figure(9.0, 0.36 * len(widest) + 1.5)
    for place, swing in enumerate(widest):
        low, high = swing.at_low, swing.at_high
        left, right = min(low, high), max(low, high)
        axes.barh(
            place,
            right - left,
            left=left,
            color=BLUE if swing.input.status == "assumed" else SKY,
            height=0.66,
        )
        for end, value, side in ((low, swing.input.low, -1), (high, swing.input.high, 1)):
            outward = 1 if (end == right and (low != high or side > 0)) else -1
            axes.annotate(
                f"{value:g}", (end, place), (4 * outward, 0), textcoords="offset points", va="center",
                ha="left" if outward > 0 else "right", fontsize=8,
            )  # fmt: skip
    axes.set_yticks(
        range(len(widest)),
        [f"{s.input.table}: {s.input.key}, {s.input.column}" for s in widest],
        fontsize=8.5,
    )
    axes.set_ylim(len(widest) - 0.4, -0.6)
    ends = [end for swing in widest for end in (swing.at_low, swing.at_high)]
    room = 0.14 * max(max(ends) - min(ends), 1e-9)
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.set_xlabel(f"break-even price of the volume [{currency}/{curve.per} {curve.basis}]")
    title = f"What decides the worth of {curve.crude}"
    axes.set_title(f"{title}: {what}", loc="right")
    caption = (
        "Break-even price with each uncertain input at the low and at the high end of its range, all others as stated. "
        "Dark bars rest on an assumption, light ones on a reported, derived or stand-in number."
    )
    return drawn(figure, title, caption)
