"""One look for all figures: colours safe for colour-blind readers (Okabe and Ito 2008), uom on every axis."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netback.results.solution import Solution

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#6E6E6E"
CYCLE = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE, GREY)

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 11,
    "figure.dpi": 110,
    "savefig.dpi": 160,
    "svg.fonttype": "path",
    "svg.hashsalt": "netback",
}


@dataclass(frozen=True)
class Drawn:
    """A figure as PNG and SVG, with its title and what it shows in words."""

    title: str
    caption: str
    png: bytes
    svg: bytes


def subtitle(solution: Solution) -> str:
    """Case, scenario and horizon of a plan, as titles tell them."""
    names = solution.facts["periods"]
    when = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    scenario = f", {solution.scenario}" if solution.scenario else ""
    return f"{solution.case}{scenario}, {when}"


def new_figure(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure [inch] with one pair of axes, drawn without a screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def drawn(figure: Figure, title: str, caption: str) -> Drawn:
    """Save a figure as PNG and SVG; the same figure gives the same bytes."""
    import matplotlib as mpl

    # Left to itself the layout is made anew for each file, each time with one more drawing of everything.
    engine = figure.get_layout_engine()
    if engine is not None:
        dpi = mpl.rcParams["savefig.dpi"]
        if dpi != "figure":
            figure.set_dpi(dpi)
        engine.execute(figure)
        figure.set_layout_engine(None)
    made = {}
    for kind in ("png", "svg"):
        buffer = io.BytesIO()
        # A date in the file would make every run differ.
        metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, metadata=metadata)
        made[kind] = buffer.getvalue()
    return Drawn(title, caption, made["png"], made["svg"])
