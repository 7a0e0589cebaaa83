"""Figures of plans with many periods: every column its sum, every cell its number, no text upon another."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.colors import to_hex

import planned
from netback.case.case import Case
from netback.planning.solve import plan
from netback.plots import periods
from netback.plots import plan as plots
from netback.plots.style import BLUE, ORANGE, RED, Drawn
from netback.results.by_period import by_period
from netback.results.solution import Solution, solution_of
from tiny import periods as lengths
from tiny import rows, tiny

DRAWN = {
    "purchases": periods.bought,
    "sales": periods.sold,
    "break_even": periods.break_even,
    "capacity": periods.capacity,
}


@pytest.fixture(scope="module")
def months() -> Solution:
    return planned.solution("three_months")


@pytest.fixture(scope="module")
def ships() -> Solution:
    return planned.without_worths("hormuz_2026")


@pytest.fixture(
    scope="module", params=["three_months", "hormuz_2026", "williams_food_2", "williams_factory_1"]
)
def solution(request: pytest.FixtureRequest) -> Solution:
    name: str = request.param
    return planned.without_worths(name) if name == "hormuz_2026" else planned.solution(name)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The figures as objects, by the title that is told with them."""
    seen: dict[str, Any] = {}

    def keep(figure: Any, title: str, caption: str) -> Drawn:
        seen[title] = figure
        assert caption.endswith(".")
        return Drawn(title, caption, b"", b"")

    monkeypatch.setattr(periods, "drawn", keep)
    return seen


def of(count: int, offers: int = 1) -> Solution:
    """A plan of so many periods and offers."""
    case = tiny(
        periods=lengths(**{f"period_{number + 1}": 1 for number in range(count)}),
        offers=[
            {"offer": f"offer_{k}", "stream": "crude", "price": 5 + k, "max": 10 + k} for k in range(offers)
        ],
        yields=rows("unit feed product yield", "cdu crude light 1"),
        capacities=rows("unit max uom", "cdu 1000 t/d"),
        sales=rows("sale stream price", "export light 200"),
    )
    return solution_of(plan(case))


OTHERS = {
    "three_months": ["slate", "purchases", "sales", "flow", "break_even", "capacity"],
    "hormuz_2026": ["slate", "purchases", "sales", "flow", "capacity", "ways"],
}
#: Drawn a second time of each case; together every kind.
AGAIN = {
    "three_months": "capacity",
    "hormuz_2026": "purchases",
    "williams_food_2": "sales",
    "williams_factory_1": "break_even",
}


def test_figures_of_many_periods_are_whole_and_repeatable(solution: Solution) -> None:
    name, subtitle = solution.case, subtitle_of(solution)
    if name in OTHERS:
        first = planned.figures(name, ships=name == "hormuz_2026")
        assert list(first) == ["waterfall", *OTHERS[name]]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            drawn = with_settings(solution, subtitle)
        first = {kind: figure for kind, figure in drawn.items() if figure is not None}
    told = [kind for kind in DRAWN if kind in first]
    assert AGAIN[name] in told
    for kind in told:
        assert first[kind].png.startswith(b"\x89PNG")
        assert ElementTree.fromstring(first[kind].svg).tag.endswith("svg")
    again = with_settings(solution, subtitle, [AGAIN[name]])[AGAIN[name]]
    assert first[AGAIN[name]].svg == again.svg
    assert first[AGAIN[name]].png == again.png


def test_columns_are_the_sums_of_the_pivot(solution: Solution, kept: dict[str, Any]) -> None:
    for name in ("purchases", "sales"):
        DRAWN[name](solution, "x")
        title = f"{name.capitalize()} by period"
        rows_told = [
            row for row in by_period(solution)[name].rows if row.uom in ("t", "kt") and row.labels[0] != "all"
        ]
        if not rows_told:
            assert title not in kept
            continue
        axes = kept[title].axes[0]
        heights = [[bar.get_height() for bar in bars] for bars in axes.containers]
        assert heights == [pytest.approx([value or 0.0 for value in row.values]) for row in rows_told]
        assert axes.get_ylabel() == rows_told[0].uom
        whole = [sum(values) for values in zip(*heights, strict=True)]
        assert [float(text.get_text().replace(",", "")) for text in axes.texts] == pytest.approx(
            whole, abs=0.51
        )
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert labels == [row.labels[0] for row in reversed(rows_told)]


def test_offers_have_colours_or_hatches_of_their_own(kept: dict[str, Any]) -> None:
    solution = of(3, offers=20)
    periods.bought(solution, "x")
    bars = kept["Purchases by period"].axes[0].containers
    looks = {(to_hex(one[0].get_facecolor()), one[0].get_hatch()) for one in bars}
    assert len(looks) == len(bars) == 20


def test_panels_show_price_and_break_even_of_every_offer(months: Solution, kept: dict[str, Any]) -> None:
    periods.break_even(months, "x")
    figure = kept["Price against break-even price"]
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in panels] == ["crude (fob)", "crude, tranche 2 (fob)", "dear (fob)"]
    assert figure.get_supylabel() == "USD/bbl"
    for axes, (offer, tranche) in zip(panels, [("crude", "1"), ("crude", "2"), ("dear", "1")], strict=True):
        records = months["purchases"].where(offer=offer, tranche=tranche).records()
        line, filled, hollow, rings = axes.lines
        assert list(line.get_ydata()) == [row["price"] for row in records]
        assert len(filled.get_ydata()) == sum(row["quantity"] > 0.0 for row in records)
        assert len(hollow.get_ydata()) == sum(row["quantity"] == 0.0 for row in records)
        assert list(rings.get_ydata()) == [
            row["price"] + row["headroom"] for row in records if row["headroom"] is not None
        ]
        assert (to_hex(line.get_color()), to_hex(rings.get_color())) == (RED.lower(), BLUE.lower())


def test_the_caption_names_what_is_priced_otherwise(months: Solution, ships: Solution) -> None:
    found = periods.break_even(months, "x")
    assert found is not None
    assert found.caption.endswith("Offers that are not priced per bbl stand in the table of purchases.")
    assert periods.break_even(ships, "x") is None


def test_prices_of_other_sizes_have_scales_of_their_own(kept: dict[str, Any]) -> None:
    for prices, shared in (((10.0, 12.0, 11.0), True), ((1000.0, 2000.0, 3000.0), False)):
        lines = [f"a X P{k + 1} 5 {10.0 + k}" for k in range(3)] + [
            f"b X P{k + 1} 5 {price}" for k, price in enumerate(prices)
        ]
        case = tiny(
            periods=lengths(P1=1, P2=1, P3=1),
            offers=rows("offer stream period max price", *lines),
            sales=rows("sale stream price max", "s X 12 4"),
        )
        periods.break_even(solution_of(plan(case)), "x")
        first, second = kept["Price against break-even price"].axes
        assert (first.get_ylim() == second.get_ylim()) == shared


def test_the_grid_says_what_the_pivot_says(solution: Solution, kept: dict[str, Any]) -> None:
    periods.capacity(solution, "x")
    pivot = by_period(solution).get("capacity")
    if pivot is None:
        assert "Use of capacity" not in kept
        return
    axes = kept["Use of capacity"].axes[0]
    cells = [(value, mark) for row in pivot.rows for value, mark in zip(row.values, row.marks, strict=True)]
    assert len(axes.patches) == len(cells)
    assert [text.get_text() for text in axes.texts] == [
        f"{value:.0f}" for value, _ in cells if value is not None
    ]
    for patch, (_, binds) in zip(axes.patches, cells, strict=True):
        assert (to_hex(patch.get_facecolor()) == ORANGE.lower()) == binds
    assert [label.get_text().split(",")[0] for label in axes.get_yticklabels()] == [
        row.labels[0] for row in pivot.rows
    ]


def test_a_period_without_a_limit_is_grey_and_told(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tiny(
        periods=lengths(P1=1, P2=1, P3=1),
        offers=rows("offer stream price max", "a X 5 10"),
        yields=rows("unit feed product yield", "u X Y 1"),
        capacities=rows("unit period max", "u P1 8", "u P3 10"),
        sales=rows("sale stream price", "s Y 9"),
    )
    found = periods.capacity(solution_of(plan(case)), "x")
    assert found is not None
    assert found.caption.endswith("Grey is a period without a limit.")
    assert [text.get_text() for text in kept["Use of capacity"].axes[0].texts] == ["100", "100"]


def texts_of(figure: Any) -> list[tuple[str, Any]]:
    """Texts that are seen, with their boxes."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    found = []
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        low, high = sorted(axes.get_xlim())
        bottom, top = sorted(axes.get_ylim())
        texts = [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
        texts += [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
        texts += [label for label in axes.get_yticklabels() if bottom <= label.get_position()[1] <= top]
        if axes.get_legend() is not None:
            texts += axes.get_legend().get_texts()
        found += [text for text in texts if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in found]


def test_texts_stand_apart_and_inside(solution: Solution, kept: dict[str, Any]) -> None:
    with_settings(solution, subtitle_of(solution))
    assert kept
    for title, figure in kept.items():
        check_texts(title, figure)


def subtitle_of(solution: Solution) -> str:
    return f"{solution.case}, {solution.facts['periods'][0]} to {solution.facts['periods'][-1]}"


def with_settings(solution: Solution, subtitle: str, names: Iterable[str] = DRAWN) -> dict[str, Any]:
    import matplotlib as mpl

    with mpl.rc_context(plots.SETTINGS):  # type: ignore[arg-type]
        return {name: DRAWN[name](solution, subtitle) for name in names}


def check_texts(title: str, figure: Any) -> None:
    boxes = texts_of(figure)
    for words, box in boxes:
        assert box.x0 >= figure.bbox.x0 - 1.0, (title, words)
        assert box.x1 <= figure.bbox.x1 + 1.0, (title, words)
    for (one, first), (other, second) in combinations(boxes, 2):
        apart = (
            first.x1 <= second.x0 + 1.0
            or second.x1 <= first.x0 + 1.0
            or first.y1 <= second.y0 + 1.5
            or second.y1 <= first.y0 + 1.5
        )
        assert apart, (title, one, other)


@pytest.mark.parametrize(("count", "offers"), [(3, 15), (13, 8), (26, 4), (60, 15)])
def test_names_of_any_number_of_periods_stand_apart(count: int, offers: int, kept: dict[str, Any]) -> None:
    with_settings(of(count, offers), "many")
    assert set(kept) == {
        "Purchases by period",
        "Sales by period",
        "Price against break-even price",
        "Use of capacity",
    }
    for title, figure in kept.items():
        check_texts(title, figure)


def test_what_is_too_much_to_read_is_not_drawn() -> None:
    many = of(61)
    assert [draw(many, "x") for draw in DRAWN.values()] == [None] * 4
    wide = of(3, offers=22)
    assert periods.bought(wide, "x") is None
    assert periods.break_even(wide, "x") is None
    assert periods.capacity(wide, "x") is not None


def test_what_has_no_numbers_is_not_drawn() -> None:
    case: Case = tiny(
        flow_uom="bbl",
        periods=lengths(P1=1, P2=1, P3=1),
        offers=rows("offer stream price max", "a a 50 10"),
        sales=rows("sale stream price", "a a 9"),
    )
    found = plots.figures(solution_of(plan(case)))
    assert list(found) == ["waterfall", "break_even"]


def test_two_periods_keep_the_figures_of_rows() -> None:
    assert list(plots.figures(of(2))) == ["waterfall", "slate", "flow", "break_even", "capacity"]
