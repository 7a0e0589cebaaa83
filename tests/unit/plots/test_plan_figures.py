"""Figures of a plan: drawn without warnings, the same bytes every time, no text upon another or cut off."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import matplotlib.colors
import pytest

import planned
from netback.planning.solve import plan
from netback.plots import plan as plots
from netback.plots.style import GREY, Drawn
from netback.results.solution import Solution, solution_of
from tiny import rows, tiny

CASES = ["karachi_2023_september", "pike_refinery", "winston_sunco"]


@pytest.fixture(scope="module", params=CASES)
def solution(request: pytest.FixtureRequest) -> Solution:
    return planned.solution(request.param)


@pytest.fixture(scope="module")
def many_sales() -> Solution:
    """So many small sales that the lines of their names below the bar need room."""
    names = [f"a_product_with_quite_a_name_{k}" for k in range(20)]
    case = tiny(
        offers=rows("offer stream max price", "crude crude 100000 10"),
        yields=[{"unit": "u", "feed": "crude", "product": name, "yield": 0.05} for name in names],
        sales=[{"sale": name, "stream": name, "price": 20 + k} for k, name in enumerate(names)],
    )
    return solution_of(plan(case))


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def colours_used(data: bytes) -> int:
    """Number of different bytes in the picture: one for an empty page."""
    body, place = b"", 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            body += data[place + 8 : place + 8 + length]
        place += 12 + length
    return len(set(zlib.decompress(body)))


def test_png_and_svg_are_whole_and_not_empty(solution: Solution) -> None:
    drawn = planned.figures(solution.case)
    assert "waterfall" in drawn
    for name, figure in drawn.items():
        width, height = png_size(figure.png)
        assert 800 < width < 3000, name
        assert 200 < height < 6000, name
        assert colours_used(figure.png) > 5, name
        root = ElementTree.fromstring(figure.svg)
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 30
        assert b"<dc:date>" not in figure.svg
        assert figure.title
        assert figure.caption.endswith(".")


def test_texts_stand_apart_and_inside(solution: Solution, monkeypatch: pytest.MonkeyPatch) -> None:
    """No label of a figure lies upon another one or leaves the page."""
    check_texts(solution, plots.figures, monkeypatch)


def test_many_small_parts_have_room_below_their_bar(
    many_sales: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_texts(many_sales, plots.slate, monkeypatch)


def check_texts(solution: Solution, draw: Callable[[Solution], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Any]] = []

    def keep(figure: Any, title: str, caption: str) -> Drawn:
        seen.append((title, figure))
        return Drawn(title, caption, b"", b"")

    monkeypatch.setattr(plots, "drawn", keep)
    draw(solution)
    assert seen
    for title, figure in seen:
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        axes = figure.axes[0]
        texts = [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels(), axes.title, axes.xaxis.label]
        boxes = []
        left, right = axes.get_xlim()
        for text in texts:
            is_tick = text in axes.get_xticklabels()
            if not text.get_text() or not text.get_visible():
                continue
            if is_tick and not min(left, right) <= text.get_position()[0] <= max(left, right):
                continue
            boxes.append((text.get_text(), text.get_window_extent(renderer)))
        whole = figure.bbox
        for words, box in boxes:
            assert box.x0 >= whole.x0 - 1.0, (title, words)
            assert box.x1 <= whole.x1 + 1.0, (title, words)
        for (one, first), (other, second) in combinations(boxes, 2):
            apart = (
                first.x1 <= second.x0 + 1.0
                or second.x1 <= first.x0 + 1.0
                or first.y1 <= second.y0 + 1.5
                or second.y1 <= first.y0 + 1.5
            )
            assert apart, (title, one, other)


def test_the_same_plan_gives_the_same_bytes() -> None:
    first = planned.figures("pike_refinery")
    again = plots.figures(planned.solution("pike_refinery"))
    assert list(first) == list(again)
    for name in first:
        assert first[name].png == again[name].png, name
        assert first[name].svg == again[name].svg, name


def test_the_figures_of_the_flagship_and_what_break_even_leaves_out() -> None:
    found = planned.figures("karachi_2023_september")
    assert list(found) == ["waterfall", "slate", "flow", "break_even", "capacity", "reported"]
    caption = found["break_even"].caption
    assert "break-even less price" in caption
    assert "not priced per bbl" in caption


def test_what_has_no_numbers_is_not_drawn() -> None:
    case = tiny(
        flow_uom="bbl",
        offers=rows("offer stream price max", "a a 5 10"),
        sales=rows("sale stream price", "a a 9"),
    )
    assert list(plots.figures(solution_of(plan(case)))) == ["waterfall", "break_even"]


def test_no_figure_for_more_rows_than_one_can_read() -> None:
    case = tiny(
        offers=[{"offer": f"o{k}", "stream": "a", "price": 5 + k, "max": 1} for k in range(61)],
        sales=rows("sale stream price max", "a a 90 20"),
    )
    found = solution_of(plan(case))
    assert len(found["purchases"]) == 61
    assert plots.break_even(found) is None


def test_a_plan_at_a_loss_is_drawn_left_of_zero() -> None:
    case = tiny(
        offers=rows("offer stream price min max", "a a 50 10 10"),
        sales=rows("sale stream price", "a a 9"),
    )
    found = solution_of(plan(case))
    assert found.economics.margin < 0.0
    assert plots.figures(found)["waterfall"].svg


def test_settings_of_the_caller_are_left_alone() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    case = tiny(offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9"))
    plots.figures(solution_of(plan(case)))
    assert dict(mpl.rcParams) == before


def test_what_is_left_at_the_end_stands_out_of_the_waterfall(monkeypatch: pytest.MonkeyPatch) -> None:
    case = tiny(
        inventories=rows("stream min max closing_value", "X 0 40 30"),
        offers=rows("offer stream price max", "x X 10 50"),
        sales=rows("sale stream price", "y X 20"),
    )
    solution = solution_of(plan(case))
    steps = [row["step"] for row in solution["waterfall"].records()]
    assert "closing value" in steps
    seen: list[Any] = []

    def keep(figure: Any, title: str, caption: str) -> Drawn:
        seen.append(figure)
        return Drawn(title, caption, b"", b"")

    monkeypatch.setattr(plots, "drawn", keep)
    assert "closing value" in plots.waterfall(solution).caption
    axes = seen[0].axes[0]
    grey = matplotlib.colors.to_rgba(GREY)
    for step, bar, number, label in zip(steps, axes.patches, axes.texts, axes.get_yticklabels(), strict=True):
        stands_out = step in ("closing value", "gross margin")
        assert bar.get_facecolor() != grey
        assert (bar.get_edgecolor() == (0.0, 0.0, 0.0, 1.0)) == stands_out
        assert (number.get_fontweight() == "bold") == stands_out
        assert (label.get_fontweight() == "bold") == stands_out
    (key,) = seen[0].legends
    assert {text.get_text() for text in key.get_texts()} == {"sales", "stocks", "purchases", "margin"}
