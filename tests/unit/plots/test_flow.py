"""The flow diagram: masses close, layers rise, every sale and purchase of weight is there."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle as Patch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import planned
from netback.planning.solve import plan
from netback.plots.courses import Course, Rectangle
from netback.plots.flow import diagram, flow_diagram, layout
from netback.plots.flows import OPENING, REST, Box, Links, layers, links
from netback.plots.style import SETTINGS, new_figure
from netback.results.solution import Solution, solution_of
from tiny import rows, tiny


@pytest.fixture(scope="module")
def karachi() -> Solution:
    return planned.solution("karachi_2023_september")


def totals(flows: Links, side: int) -> dict[Box, float]:
    found: dict[Box, float] = defaultdict(float)
    for key, mass in flows.items():
        found[key[side]] += mass
    return found


def test_what_goes_into_units_and_blends_comes_out(karachi: Solution) -> None:
    flows = links(karachi)
    into, out = totals(flows, 1), totals(flows, 0)
    for box, mass in into.items():
        if box.kind == "blend" or (box.kind == "unit" and box.name not in ("fuel_system", "power_house")):
            assert out[box] == pytest.approx(mass, rel=0.02)


def test_own_use_and_loss_are_those_of_the_mass_balance(karachi: Solution) -> None:
    whole = next(row for row in karachi["mass_balance"].records() if row["part"] == "whole plant")
    assert whole["loss"] > 4_000.0
    assert totals(links(karachi), 1)[REST] == pytest.approx(whole["loss"] + whole["stock_change"], rel=0.001)


def test_a_plant_that_lives_from_its_stock_shows_it_and_what_it_loses() -> None:
    case = tiny(
        stream_properties=rows("stream property value", "X density_t_per_m3 0.8", "Y density_t_per_m3 0.8"),
        opening_stocks=rows("stream quantity", "X 40"),
        inventories=rows("stream min max", "X 0 40"),
        offers=rows("offer stream price max", "x X 10 50"),
        yields=rows("unit feed product yield", "U X Y 0.9"),
        sales=rows("sale stream price", "y Y 20"),
    )
    solution = solution_of(plan(case))
    flows = links(solution)
    assert flows[Box("buy", "x"), Box("unit", "U"), "X"] == pytest.approx(50.0)
    assert flows[OPENING, Box("unit", "U"), "X"] == pytest.approx(40.0)
    assert flows[Box("unit", "U"), Box("sell", "y"), "Y"] == pytest.approx(81.0)
    assert flows[Box("unit", "U"), REST, "loss"] == pytest.approx(9.0)
    assert layers(flows)[OPENING] == 0
    assert flow_diagram(solution) is not None


def test_purchases_and_sales_are_those_of_the_tables(karachi: Solution) -> None:
    flows = links(karachi)
    bought = {row["offer"]: row["mass"] for row in karachi["purchases"].records() if row["mass"]}
    sold: dict[str, float] = defaultdict(float)
    for row in karachi["sales"].records():
        sold[row["sale"]] += row["mass"] or 0.0
    assert {b.name: m for b, m in totals(flows, 0).items() if b.kind == "buy"} == pytest.approx(
        bought, rel=0.01
    )
    drawn = {b.name: m for b, m in totals(flows, 1).items() if b.kind == "sell"}
    assert drawn == pytest.approx({name: mass for name, mass in sold.items() if mass}, rel=0.01)
    assert "lpg_home" in drawn


def test_layers_rise_along_every_flow_and_products_stand_last(karachi: Solution) -> None:
    flows = links(karachi)
    places = layers(flows)
    assert all(places[key[0]] < places[key[1]] for key in flows if key[0] != key[1])
    last = max(places.values())
    assert all(places[box] == last for box in places if box.kind in ("sell", "other"))
    assert all(places[box] == 0 for box in places if box.kind == "buy")


def test_a_round_of_streams_is_drawn_too() -> None:
    one, two, three = Box("unit", "a"), Box("unit", "b"), Box("sell", "c")
    flows: Links = {(one, two, "x"): 1.0, (two, one, "y"): 0.5, (two, three, "z"): 0.5}
    assert set(layers(flows)) == {one, two, three}


def test_what_is_fed_back_runs_back_and_its_feeder_stands_after_what_it_feeds() -> None:
    buy, sell = Box("buy", "crude"), Box("sell", "coke")
    cdu, coker = Box("unit", "cdu"), Box("unit", "coker")
    flows: Links = {
        (coker, cdu, "recycle"): 50.0,
        (coker, sell, "coke"): 10.0,
        (cdu, coker, "residue"): 60.0,
        (buy, cdu, "crude"): 10.0,
    }
    assert layers(flows) == {buy: 0, cdu: 1, coker: 2, sell: 3}


def test_what_feeds_back_from_the_end_has_what_ends_to_its_right() -> None:
    one, two, end = Box("unit", "one"), Box("unit", "two"), Box("unit", "flare")
    flows: Links = {(one, two, "a"): 2.0, (two, one, "b"): 1.0, (one, end, "c"): 1.0}
    assert layers(flows) == {one: 0, two: 1, end: 2}


def test_swing_cuts_go_where_the_table_says(karachi: Solution) -> None:
    table = karachi["swings"]
    assert len(table) > 0
    made: dict[str, float] = defaultdict(float)
    for row in karachi["unit_products"].records():
        made[row["stream"]] += row["mass"] or 0.0
    for stream in {row["stream"] for row in table.records()}:
        moved = sum(row["mass"] for row in table.records() if row["stream"] == stream)
        assert moved == pytest.approx(made[stream], rel=1e-6)


@st.composite
def plants(draw: st.DrawFn) -> Links:
    """Purchases, units and sales with streams between them, rounds of units among them."""
    units = [Box("unit", f"unit_{'long_named_' * (k % 3)}{k}") for k in range(draw(st.integers(1, 7)))]
    buys = [Box("buy", f"crude_{k}") for k in range(draw(st.integers(1, 3)))]
    ends = [*(Box("sell", f"product_number_{k}") for k in range(draw(st.integers(1, 5)))), REST]
    pairs = st.one_of(
        st.tuples(st.sampled_from(buys), st.sampled_from(units)),
        st.tuples(st.sampled_from(units), st.sampled_from(units)),
        st.tuples(st.sampled_from(units), st.sampled_from(ends)),
        st.tuples(st.sampled_from(buys), st.sampled_from(ends)),
    )
    found = draw(st.dictionaries(pairs, st.floats(0.01, 100.0), min_size=2, max_size=18))
    return {
        (one, other, f"stream_{n % 9}"): mass * 1_000.0
        for n, ((one, other), mass) in enumerate(found.items())
        if one != other
    }


def apart(one: Rectangle, other: Rectangle, least: float = 1e-6) -> bool:
    return (
        one[1] <= other[0] + least
        or other[1] <= one[0] + least
        or one[3] <= other[2] + least
        or other[3] <= one[2] + least
    )


def crosses(band: Course, box: Rectangle) -> bool:
    """Whether any part of a band lies within a box, edges left out."""
    inner = Bbox([[box[0] + 1e-6, box[2] + 1e-6], [box[1] - 1e-6, box[3] - 1e-6]])
    return bool(Path(band.outline, closed=False).intersects_bbox(inner, filled=True))


def check_layout(flows: Links) -> None:
    _, axes = new_figure(8.0, 4.0)
    laid = layout(axes, flows)
    assert set(laid.bands) == set(flows)
    page = (0.0, laid.width, 0.0, laid.height)
    for box, spot in laid.boxes.items():
        assert page[0] <= spot[0] < spot[1] <= page[1], box
        assert page[2] <= spot[2] < spot[3] <= page[3], box
        for key, band in laid.bands.items():
            assert box in key or not crosses(band, spot), (box, key)
    outside = [spot for box, (_, spot) in laid.names.items() if not is_within(spot, laid.boxes[box])]
    blocks = [*laid.boxes.values(), *outside]
    assert all(apart(one, other) for one, other in combinations(blocks, 2))
    for spot in outside:
        assert not any(crosses(band, spot) for band in laid.bands.values())
    scale = {key: band.width / flows[key] for key, band in laid.bands.items()}
    assert max(scale.values()) == pytest.approx(min(scale.values()))
    for band in laid.bands.values():
        assert band.outline.min() >= 0.0
        assert (band.outline <= [page[1], page[3]]).all()


def is_within(one: Rectangle, other: Rectangle) -> bool:
    return one[0] >= other[0] and one[1] <= other[1] and one[2] >= other[2] and one[3] <= other[3]


@settings(max_examples=60, deadline=None)
@given(plants())
def test_no_band_crosses_a_box_that_it_does_not_feed_and_no_name_of_a_box(flows: Links) -> None:
    if flows:
        check_layout(flows)


def check_texts(flows: Links) -> int:
    """No text of the figure lies upon another, upon a box that is not its own, or beyond the page."""
    figure = diagram(flows, "From crude to product, mass [kt]: a case with a long name, 2023-04 to 2023-12")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    renderer = figure.canvas.get_renderer()
    legend = axes.get_legend()
    texts = [text for text in axes.texts if text.get_text()]
    spots = [Text.get_window_extent(text, renderer).extents for text in texts]
    spots = [(left, right, bottom, top) for left, bottom, right, top in spots]
    key = legend.get_window_extent(renderer).extents
    page = (*figure.bbox.intervalx, *figure.bbox.intervaly)
    assert all(is_within(spot, page) for spot in spots)
    for one, other in combinations([*spots, (key[0], key[2], key[1], key[3])], 2):
        assert apart(one, other, 0.5)
    boxes = [patch.get_window_extent(renderer).extents for patch in axes.patches if isinstance(patch, Patch)]
    for left, bottom, right, top in boxes:
        for spot in spots:
            box = (left, right, bottom, top)
            assert apart(spot, box, 0.5) or is_within(
                spot, (left - 0.5, right + 0.5, bottom - 0.5, top + 0.5)
            )
    return len(texts)


@settings(max_examples=15, deadline=None)
@given(plants())
def test_no_text_lies_upon_another_or_upon_a_box(flows: Links) -> None:
    if flows:
        check_texts(flows)


def test_the_flagship_keeps_clear_of_boxes_and_texts_and_prints_on_a_page(karachi: Solution) -> None:
    flows = links(karachi)
    check_layout(flows)
    boxes = {box for key in flows for box in key[:2]}
    # A title, every box, and most of the bands.
    assert check_texts(flows) > 1 + len(boxes) + 0.6 * len(flows)
    _, axes = new_figure(8.0, 4.0)
    laid = layout(axes, flows)
    assert laid.width <= 11.0
    assert laid.height <= 7.5


def test_the_figure_is_drawn_and_says_what_it_shows(karachi: Solution) -> None:
    found = planned.figures("karachi_2023_september")["flow"]
    assert found.png.startswith(b"\x89PNG")
    assert b"<svg" in found.svg
    assert "Mass over the horizon" in found.caption
    with mpl.rc_context(SETTINGS):  # type: ignore[arg-type]
        again = flow_diagram(karachi)
    assert again == found


def test_nothing_flows_nothing_is_drawn() -> None:
    case = tiny(offers=rows("offer stream price", "dear X 12"), sales=rows("sale stream price", "s X 10"))
    assert flow_diagram(solution_of(plan(case))) is None
