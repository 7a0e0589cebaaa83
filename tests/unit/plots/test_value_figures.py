"""What a crude is worth and what decides it, as drawn: every number where the table has it, nothing in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from seen import PALETTE, assert_legible, bars, colours, look

from netback.plots import lifting as lifting_plots
from netback.plots import value as plots
from netback.plots.style import BLUE, GREY, ORANGE, RED, SETTINGS, SKY
from netback.studies.asked import Question
from netback.studies.deciding import Assumption, Effect
from netback.studies.lifting import Lifting
from netback.studies.lifts import Lift
from netback.studies.spread import Spread, Swing
from netback.studies.uncertain import Uncertain
from netback.studies.value import Curve, Point
from three_months import three_months

POINTS = (
    Point(0.0, None, 50.0, None, 0.0),
    Point(20.0, 50.0, 40.0, 50.0, 0.0),
    Point(50.0, 40.0, 25.0, 44.0, 0.0),
    Point(100.0, 25.0, None, 34.5, 0.0),
)
#: Items of 2 USD and 1 % of a price of 30.
CURVE = Curve("urals", ("spot",), "fob", "t", "bbl", 7.3, 30.0, 2.3, 0.01, POINTS, 0.0, 100.0, 60.0, True)
WHAT = "karachi, 2023-09"


def uncertain(key: str, status: str = "assumed", low: float = 1.0, high: float = 3.0) -> Uncertain:
    return Uncertain("offer_costs", 1, key, "cost", 2.0, low, high, status, "ours", 1.0)


SWINGS = (
    Swing(uncertain("urals freight"), 61.0, 59.0, 1000.0),
    Swing(uncertain("urals insurance", "reported"), 60.4, 59.8, 1000.0),
    Swing(uncertain("residue factor", low=-2.0), 58.5, 62.5, 1000.0),
    Swing(uncertain("nothing"), 60.0, 60.0, 1000.0),
)


def curve_of(monkeypatch: pytest.MonkeyPatch, curve: Curve = CURVE, spread: Spread | None = None) -> Any:
    figure, _ = look(plots, lambda: plots.break_even_curve(curve, "USD", spread, WHAT), monkeypatch)
    return figure


def test_the_steps_of_the_marginal_worth_are_on_the_basis_of_the_offer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (axes,) = curve_of(monkeypatch).axes
    marginal, average, asked, offered = axes.lines
    gate = [50.0, 50.0, 40.0, 40.0, 25.0, 25.0]
    assert list(marginal.get_xdata()) == [0.0, 20.0, 20.0, 50.0, 50.0, 100.0]
    assert np.asarray(marginal.get_ydata()) == pytest.approx([(worth - 2.0) / 1.01 for worth in gate])
    assert list(average.get_xdata()) == [0.0, 20.0, 50.0, 100.0]
    averages = [(worth - 2.0) / 1.01 for worth in (50.0, 50.0, 44.0, 34.5)]
    assert np.asarray(average.get_ydata()) == pytest.approx(averages)
    assert set(asked.get_ydata()) == {30.0}
    assert set(offered.get_xdata()) == {60.0}
    assert [line.get_color() for line in axes.lines] == [BLUE, ORANGE, RED, GREY]


def test_axes_and_title_say_what_in_which_uom_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, made = look(plots, lambda: plots.break_even_curve(CURVE, "USD", None, WHAT), monkeypatch)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "volume [t] over the horizon"
    assert axes.get_ylabel() == "USD/bbl fob"
    assert axes.get_title(loc="left") == "What urals is worth: karachi, 2023-09"
    assert made.title == "What urals is worth"
    assert "Break-even price fob" in made.caption
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "marginal: the next barrel", "average: all of it or none", "price asked, 30.00",
    ]  # fmt: skip
    assert_legible(figure)
    assert colours(figure) <= PALETTE


def test_large_volumes_are_told_in_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    points = tuple(replace(point, volume=1000.0 * point.volume) for point in POINTS)
    large = replace(CURVE, points=points, most=100_000.0, planned=60_000.0)
    (axes,) = curve_of(monkeypatch, large).axes
    assert axes.get_xlabel() == "volume [kt] over the horizon"
    assert list(axes.lines[1].get_xdata()) == [0.0, 20.0, 50.0, 100.0]
    assert set(axes.lines[3].get_xdata()) == {60.0}


@pytest.mark.parametrize("planned", [100.0, float("inf"), 250.0])
def test_what_is_on_offer_is_told_only_where_it_ends_before_the_plant(
    planned: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    (axes,) = curve_of(monkeypatch, replace(CURVE, planned=planned)).axes
    assert len(axes.lines) == 3
    assert not axes.texts


def test_the_band_of_the_samples_is_their_percentiles(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.column_stack([np.arange(101.0), 100.0 + np.arange(101.0)])
    figure = curve_of(monkeypatch, spread=Spread((0.0, 80.0), samples, 3, 0))
    (axes,) = figure.axes
    (band,) = axes.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert {(0.0, 5.0), (0.0, 95.0), (80.0, 105.0), (80.0, 195.0)} == corners
    assert axes.get_legend().get_texts()[0].get_text() == "average, 5 to 95 % of samples"
    assert_legible(figure)


def test_a_tornado_has_its_ends_where_the_plans_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, made = look(plots, lambda: plots.tornado(CURVE, "USD", SWINGS, WHAT), monkeypatch)
    (axes,) = figure.axes
    # The widest on top, and nothing where both ends are the same.
    assert bars(axes) == [
        (pytest.approx(58.5), pytest.approx(62.5), BLUE),
        (pytest.approx(59.0), pytest.approx(61.0), BLUE),
        (pytest.approx(59.8), pytest.approx(60.4), SKY),
    ]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "offer_costs: residue factor, cost",
        "offer_costs: urals freight, cost",
        "offer_costs: urals insurance, cost",
    ]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_xlabel() == "break-even price of the volume [USD/bbl fob]"
    assert "Dark bars rest on an assumption" in made.caption
    assert_legible(figure)
    assert colours(figure) <= PALETTE


def test_a_tornado_tells_each_input_at_the_end_that_it_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, _ = look(plots, lambda: plots.tornado(CURVE, "USD", SWINGS[:1], WHAT), monkeypatch)
    (axes,) = figure.axes
    # A dearer freight lowers what may be paid fob: its high end stands at the left.
    at = {text.get_text(): (text.xy[0], text.get_ha()) for text in axes.texts}
    assert at == {"1": (61.0, "left"), "3": (59.0, "right")}
    low, high = axes.get_xlim()
    assert (low, high) == (pytest.approx(58.72), pytest.approx(61.28))


def test_only_the_widest_bars_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        Swing(uncertain(f"input_{k:02d}"), 60.0 - 0.1 * k, 60.0 + 0.1 * k, 1.0)
        for k in range(1, plots.MOST_BARS + 6)
    ]
    figure, _ = look(plots, lambda: plots.tornado(CURVE, "USD", many, WHAT), monkeypatch)
    (axes,) = figure.axes
    widths = [right - left for left, right, _ in bars(axes)]
    assert len(widths) == plots.MOST_BARS
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(0.2 * (plots.MOST_BARS + 5))
    assert_legible(figure)


def test_without_swings_there_is_no_tornado() -> None:
    assert set(plots.figures(CURVE, "USD", None, (), WHAT)) == {"break_even_curve"}
    assert set(plots.figures(CURVE, "USD", None, SWINGS[3:], WHAT)) == {"break_even_curve"}
    both = plots.figures(CURVE, "USD", None, SWINGS, WHAT)
    assert set(both) == {"break_even_curve", "tornado"}
    again = plots.figures(CURVE, "USD", None, SWINGS, WHAT)
    assert [both[name].svg == again[name].svg for name in both] == [True, True]


# --- what decides a cargo ------------------------------------------------------------------------


def effect(key: str, width: float, status: str, anew: bool = False) -> Effect:
    """An effect whose ends lie ``width`` apart on the mean of two months."""
    low, high = np.array([60.0, 61.0]), np.array([60.0 + 1.5 * width, 61.0 + 0.5 * width])
    one = Uncertain("sales", 2, key, "price", 2.0, 1.0, 3.0, status, "ours", 1.0)
    return Effect(Assumption("sales", key, "price", (one,)), low, high, np.zeros((3, 2)), anew)


def found() -> Lifting:
    question = Question("2023-04", 0, "cargo")
    lift = Lift(question, "lift", "t", "bbl", 7.3, basis="fob", price=10.0, headroom=1.0)
    return Lifting("urals_spot", (lift,), 0.0, 0.0, None, 0.0)


def test_what_decides_is_drawn_by_its_mean_swing(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = [
        effect("diesel", 4.0, "assumed", anew=True),
        effect("petrol", 2.0, "reported"),
        effect("fuel", 1.0, "stand_in"),
        effect("tar", 0.0, "assumed"),
    ]
    case = three_months()
    figure, made = look(
        lifting_plots, lambda: lifting_plots.what_decides(case, found(), effects), monkeypatch
    )
    (axes,) = figure.axes
    assert bars(axes) == [
        (0.0, pytest.approx(4.0), ORANGE),
        (0.0, pytest.approx(2.0), BLUE),
        (0.0, pytest.approx(1.0), SKY),
    ]
    framed = [bar.get_linewidth() > 0.0 for bar in axes.patches]
    assert framed == [True, False, False]
    assert [text.get_text() for text in axes.texts] == ["4.00", "2.00", "1.00"]
    assert axes.get_xlabel() == "mean swing of the break-even price [USD/bbl]"
    assert axes.get_title(loc="right") == (
        "What decides the worth of Urals spot\nthree_months, 2023-04 to 2023-06"
    )
    assert "framed: all ships chosen anew" in made.caption
    assert_legible(figure)
    assert colours(figure) <= PALETTE


def test_figures_of_a_lifting_are_those_that_there_are_numbers_for() -> None:
    case = three_months()
    assert set(lifting_plots.figures(case, found(), [effect("tar", 0.0, "assumed")], None)) == {
        "break_even_by_month"
    }
    both = lifting_plots.figures(case, found(), [effect("tar", 1.0, "assumed")], None)
    assert set(both) == {"break_even_by_month", "what_decides"}
    unknown = replace(found(), lifts=tuple(replace(one, headroom=float("nan")) for one in found().lifts))
    assert lifting_plots.figures(case, unknown, [], None) == {}


def test_the_house_sets_its_look_for_its_own_figures_alone() -> None:
    before = mpl.rcParams["axes.titlelocation"]
    plots.figures(CURVE, "USD", None, (), WHAT)
    assert mpl.rcParams["axes.titlelocation"] == before
    assert before != SETTINGS["axes.titlelocation"]
