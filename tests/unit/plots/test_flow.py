"""The flow diagram: masses close, layers rise, every sale and purchase of weight is there."""

from __future__ import annotations

from collections import defaultdict

import matplotlib as mpl
import pytest

import planned
from netback.planning.solve import plan
from netback.plots.flow import OPENING, REST, Box, Links, flow_diagram, layers, links
from netback.plots.style import SETTINGS
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


def test_swing_cuts_go_where_the_table_says(karachi: Solution) -> None:
    table = karachi["swings"]
    assert len(table) > 0
    made: dict[str, float] = defaultdict(float)
    for row in karachi["unit_products"].records():
        made[row["stream"]] += row["mass"] or 0.0
    for stream in {row["stream"] for row in table.records()}:
        moved = sum(row["mass"] for row in table.records() if row["stream"] == stream)
        assert moved == pytest.approx(made[stream], rel=1e-6)


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
