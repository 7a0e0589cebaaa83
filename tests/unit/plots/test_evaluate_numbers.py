"""The ladder between two crudes and the table of pairs, as drawn: levels, colours, uom, places of texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from seen import PALETTE, assert_legible, bars, colours, look

from netback.plots import evaluate as plots
from netback.plots.style import BLUE, GREEN, GREY, ORANGE, RED
from netback.studies.facts import Fact
from netback.studies.pairs import Pairs
from netback.studies.slate import Priced
from netback.studies.split import Bar, Split

CRUDE = Priced("urals_primorsk", "fob", 80.0, (("freight", 10.0, 0.0), ("insurance", 0.0, 0.01)))
REFERENCE = Priced("murban_spot", "fob", 94.0, (("freight", 1.0, 0.0),))
WHAT = "karachi, 2023-09"


def split(**amounts: float) -> Split:
    """A ladder whose steps are the amounts of the groups named."""
    made = tuple(
        Bar(group, amount, 0.0, amount, amount, (amount, 0.0), Fact("x", "wt%", 1.0, 2.0))
        for group, amount in amounts.items()
    )
    worth = 97.0 + sum(amounts.values())
    return Split(
        "urals", "murban", "bbl", 3e5, worth, 97.0, 0.0, CRUDE, REFERENCE, made, ("rest",), (), "exact", 8, None
    )  # fmt: skip


def drawn(monkeypatch: pytest.MonkeyPatch, one: Split) -> tuple[Any, Any]:
    figure, made = look(plots, lambda: plots.ladder(one, "USD", WHAT), monkeypatch)
    return figure, made


def test_each_step_begins_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    one = split(sulphur=-3.0, density=4.5, handling=-0.5)
    figure, made = drawn(monkeypatch, one)
    (axes,) = figure.axes
    first, *steps, last = bars(axes)
    # 97 at the gate is 96 fob for the reference; the crude is worth 98 there, 87.13 fob with its insurance.
    assert first[1] == pytest.approx(one.break_even_reference) == pytest.approx(96.0)
    assert last[1] == pytest.approx(one.break_even) == pytest.approx((98.0 - 10.0) / 1.01)
    level = first[1]
    for left, right, _ in steps:
        assert left == pytest.approx(level)
        level = right
    assert level == pytest.approx(last[1])
    assert first[2] == GREY
    assert last[2] == GREEN
    assert {colour for *_, colour in steps} <= {ORANGE, BLUE, "#56B4E9", "#CC79A7"}
    assert made.title == "From murban to urals"
    assert "300,000 bbl" in made.caption


def test_every_step_is_written_with_its_sign_and_the_ends_with_their_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figure, _ = drawn(monkeypatch, split(sulphur=-3.0, density=4.5))
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert texts[0] == "96.00"
    assert "-3.00" in texts
    assert "+4.50" in texts
    assert "price of urals, 80.00" in texts
    assert axes.get_xlabel() == "break-even price [USD/bbl], the axis does not begin at zero"
    assert axes.get_title(loc="left") == "From murban to urals: karachi, 2023-09"
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert (names[0], names[-1]) == ("like murban, fob", "urals, fob")
    assert_legible(figure)
    assert colours(figure) <= PALETTE


def test_a_step_below_half_a_cent_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, _ = drawn(monkeypatch, split(sulphur=-3.0, density=0.004))
    with_it, _ = drawn(monkeypatch, split(sulphur=-3.0, density=0.006))
    assert len(bars(figure.axes[0])) + 1 == len(bars(with_it.axes[0]))


def test_the_price_asked_is_seen_however_far_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    for price in (5.0, 80.0, 240.0):
        figure, _ = drawn(monkeypatch, replace(split(sulphur=-3.0), crude_offer=replace(CRUDE, price=price)))
        (axes,) = figure.axes
        low, high = axes.get_xlim()
        assert low < price < high
        line = next(line for line in axes.lines if line.get_linestyle() == ":")
        assert set(line.get_xdata()) == {price}
        assert line.get_color() == RED
        assert_legible(figure)


NAMES = ("urals", "murban", "arab_light")


def pairs(values: list[list[float | None]]) -> Pairs:
    cells = {(a, b): values[j][k] for j, a in enumerate(NAMES) for k, b in enumerate(NAMES)}
    return Pairs(NAMES, "bbl", 2e5, dict.fromkeys(NAMES, 90.0), cells, cells)


SOME = [[-0.4, 0.1, None], [0.1, -0.2, 0.0], [None, 0.0, -0.05]]


def heat(monkeypatch: pytest.MonkeyPatch, values: list[list[float | None]]) -> Any:
    figure, _ = look(plots, lambda: plots.heat_table(pairs(values), "USD", WHAT), monkeypatch)
    return figure


def test_every_pair_is_written_in_its_cell_and_none_is_a_number_without_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    axes, bar = heat(monkeypatch, SOME).axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    for row in range(3):
        for column in range(3):
            value = SOME[row][column]
            assert written[column, row] == ("no plan" if value is None else f"{value:.2f}")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["urals", "murban", "arab light"]
    assert bar.get_ylabel() == "USD/bbl of both"
    assert axes.get_title(loc="left") == "Crudes together less each alone\nkarachi, 2023-09"


def test_blue_adds_vermilion_takes_and_nothing_is_white(monkeypatch: pytest.MonkeyPatch) -> None:
    axes, _ = heat(monkeypatch, SOME).axes
    (image,) = axes.images
    shades = image.cmap(image.norm(np.array([-0.4, 0.0, 0.4])))
    assert [to_hex(shade).upper() for shade in shades] == [RED, to_hex(shades[1]).upper(), BLUE]
    assert min(shades[1][:3]) > 0.98
    # Its reach is the greatest size, so that no sign looks stronger than the other.
    assert image.get_clim() == (-0.4, 0.4)


def test_numbers_can_be_read_on_their_shade(monkeypatch: pytest.MonkeyPatch) -> None:
    axes, _ = heat(monkeypatch, [[-0.4, 0.4, 0.0], [0.4, 0.1, 0.0], [0.0, 0.0, None]]).axes
    inks = {text.get_position(): text.get_color() for text in axes.texts}
    assert inks[0, 0] == inks[1, 0] == "white"
    assert inks[1, 1] == inks[2, 0] == inks[2, 2] == "black"


def test_a_table_without_any_number_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    axes, _ = heat(monkeypatch, [[None] * 3] * 3).axes
    assert {text.get_text() for text in axes.texts} == {"no plan"}
    assert axes.images[0].get_clim() == (-0.01, 0.01)
