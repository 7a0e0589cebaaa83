"""Figures of an evaluation: the ladder between two crudes as a waterfall, pairs of crudes as a heat table."""

from __future__ import annotations

import numpy as np

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
from netback.studies.evaluate_tables import steps
from netback.studies.pairs import Pairs
from netback.studies.split import Split

_COLOURS = {"way to the gate": ORANGE, "yields": BLUE, "qualities": SKY, "running it": PURPLE}


def figures(split: Split | None, pairs: Pairs | None, currency: str, what: str) -> dict[str, Drawn]:
    """Every figure that there are numbers for, by file name without ending; ``what`` names case and horizon."""
    import matplotlib as mpl

    made = {}
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        if split is not None:
            made["ladder"] = ladder(split, currency, what)
        if pairs is not None:
            made["pairs"] = heat_table(pairs, currency, what)
    return made


def ladder(split: Split, currency: str, what: str) -> Drawn:
    """From the break-even price of the reference to that of the crude: each bar starts where the last one ended."""
    told = [step for step in steps(split) if abs(step[2]) >= 5e-3]
    start, end = split.break_even_reference, split.break_even
    levels = np.concatenate([[start], start + np.cumsum([amount for *_, amount in told])])
    low, high = float(min(levels.min(), end)), float(max(levels.max(), end))
    room = 0.12 * max(high - low, 1.0)
    figure, axes = new_figure(9.0, 0.36 * (len(told) + 2) + 1.3)
    left = low - room
    names = [f"like {split.reference}, {split.reference_offer.basis}"]
    axes.barh(0, start - left, left=left, color=GREY, height=0.66)
    _write(axes, start, 0, f"{start:.2f}")
    for place, (kind, name, amount) in enumerate(told, start=1):
        before, after = levels[place - 1], levels[place]
        axes.barh(place, amount, left=before, color=_COLOURS[kind], height=0.66)
        axes.plot([after, after], [place - 0.33, place + 1.33], color=GREY, linewidth=0.7)
        _write(axes, max(before, after), place, f"{amount:+.2f}")
        names.append(name)
    last = len(told) + 1
    axes.barh(last, end - left, left=left, color=GREEN, height=0.66)
    _write(axes, end, last, f"{end:.2f}")
    names.append(f"{split.crude}, {split.crude_offer.basis}")
    price = split.crude_offer.price
    if price is not None:
        axes.axvline(price, color=RED, linewidth=1.2, linestyle=":")
        axes.annotate(
            f"price of {split.crude}, {price:.2f}", (price, -0.6), (0, 3), textcoords="offset points",
            color=RED, fontsize=8.5, ha="center", va="bottom",
        )  # fmt: skip
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(last + 0.6, -0.6)
    ends = [left, high + 1.3 * room, *(() if price is None else (price - room, price + room))]
    axes.set_xlim(min(ends), max(ends))
    axes.set_xlabel(f"break-even price [{currency}/{split.per}], the axis does not begin at zero")
    title = f"From {split.reference} to {split.crude}"
    axes.set_title(f"{title}: {what}", loc="left", pad=20)
    _key(axes, {kind for kind, *_ in told})
    caption = (
        f"Break-even price of {split.barrels:,.0f} {split.per} of a crude like {split.reference}, and what each "
        f"difference makes of it until the crude is {split.crude}: the way to the gate in orange, yields in blue, "
        "qualities in light blue, limits and costs of running it in purple. Bars below half a cent are left out."
    )
    return drawn(figure, title, caption)


def _write(axes: object, x: float, place: float, text: str) -> None:
    axes.annotate(  # type: ignore[attr-defined]
        text, (x, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5
    )


def _key(axes: object, kinds: set[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=kind) for kind, colour in _COLOURS.items() if kind in kinds]
    if handles:
        axes.legend(handles=handles, frameon=False, fontsize=8.5, loc="best")  # type: ignore[attr-defined]


def heat_table(pairs: Pairs, currency: str, what: str) -> Drawn:
    """Synergy of every pair: blue where two crudes add to each other, vermilion where they take from each other."""
    from matplotlib.colors import LinearSegmentedColormap

    count = len(pairs.crudes)
    values = np.array(
        [
            [np.nan if (cell := pairs.synergy[a, b]) is None else cell for b in pairs.crudes]
            for a in pairs.crudes
        ]
    )
    known = np.abs(values[np.isfinite(values)])
    reach = max(float(known.max()) if len(known) else 0.0, 0.01)
    colours = LinearSegmentedColormap.from_list("synergy", [RED, "white", BLUE]).with_extremes(bad="#DDDDDD")
    figure, axes = new_figure(1.05 * count + 2.6, 0.62 * count + 2.1)
    shown = axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=-reach, vmax=reach, aspect="auto")
    for row in range(count):
        for column in range(count):
            value = values[row, column]
            text = "no plan" if np.isnan(value) else f"{value + 0.0:.2f}"
            shade = "white" if abs(value) > 0.7 * reach else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=9, color=shade)
    labels = [name.replace("_", " ") for name in pairs.crudes]
    axes.set_xticks(range(count), labels, rotation=30, ha="right", fontsize=9)
    axes.set_yticks(range(count), labels, fontsize=9)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.colorbar(shown, ax=axes, label=f"{currency}/{pairs.per} of both")
    title = "Crudes together less each alone"
    axes.set_title(f"{title}\n{what}", loc="left")
    caption = (
        f"Worth at the gate of {pairs.barrels:,.0f} {pairs.per} of two crudes together less each alone, per barrel of "
        "both; on the diagonal the second cargo of a crude against its first. Blue: they add to each other; vermilion: "
        "they take from each other."
    )
    return drawn(figure, title, caption)
