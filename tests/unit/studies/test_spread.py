"""Uncertain inputs, samples, spreads and swings: ranges are kept, what hangs together moves together."""

from __future__ import annotations

import itertools
import multiprocessing
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.io.folder import read_case
from netback.plots.value import figures
from netback.studies.run import run_all
from netback.studies.sampling import latin_hypercube, triangle
from netback.studies.spread import Spread, Swing, spread, swings
from netback.studies.tables import curve_table, swing_table
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs
from netback.studies.value import curve


@pytest.fixture(scope="module")
def karachi() -> Case:
    return read_case("karachi_2023_september")


def small(price_low: float = 40.0, price_high: float = 60.0) -> Case:
    """Crude into fuel and gas; the price of fuel and the yield are uncertain."""
    assumed = {"status": "assumed", "source": "us"}
    return Case.of(
        "small",
        {
            "sources": [{"source": "us", "title": "us", "confidence": "C"}],
            "periods": [{"period": "m", "days": 30}],
            "streams": [
                {"stream": "crude", "kind": "intermediate"},
                {"stream": "fuel", "kind": "product"},
                {"stream": "gas", "kind": "product"},
            ],
            "units": [{"unit": "still"}],
            "feeds": [{"unit": "still", "feed": "crude"}],
            "yields": [
                {
                    "unit": "still",
                    "feed": "crude",
                    "product": "fuel",
                    "yield": 0.8,
                    "low": 0.7,
                    "high": 0.9,
                    **assumed,
                },
                {"unit": "still", "feed": "crude", "product": "gas", "yield": 0.2},
            ],
            "capacities": [{"unit": "still", "max": 100.0, "uom": "t"}],
            "offers": [{"offer": "spot", "stream": "crude", "price": 30.0}],
            "sales": [
                {
                    "sale": "fuel",
                    "stream": "fuel",
                    "price": 50.0,
                    "low": price_low,
                    "high": price_high,
                    **assumed,
                },
                {"sale": "gas", "stream": "gas", "price": 10.0},
            ],
        },
    )


def test_every_number_with_a_range_is_found(karachi: Case) -> None:
    found = uncertain_inputs(karachi)
    expected = [
        (table.name, record.row)
        for table in karachi.tables.values()
        if table.schema.has_provenance and table.name not in ("overrides", "scenarios")
        for record in table.records
        if record["low"] is not None and record["high"] is not None and record["low"] < record["high"]
    ]
    assert {(one.table, one.row) for one in found} <= set(expected)
    assert len(found) > 80
    assumed = [one for one in found if one.status == "assumed"]
    assert all(one.doubt == 1.0 for one in assumed)
    assert all(0.0 < one.doubt <= 1.0 and one.low < one.high for one in found)


def test_doubt_follows_status_and_confidence() -> None:
    rows = [
        {"sale": "a", "stream": "fuel", "price": 1.0, "low": 0.5, "high": 2.0, "source": "good"},
        {"sale": "b", "stream": "fuel", "price": 1.0, "low": 0.5, "high": 2.0, "source": "good;bad"},
        {
            "sale": "c",
            "stream": "fuel",
            "price": 1.0,
            "low": 0.5,
            "high": 2.0,
            "status": "derived",
            "source": "bad",
        },
        {"sale": "d", "stream": "fuel", "price": 1.0, "low": 1.0, "high": 1.0, "source": "good"},
    ]
    case = small().with_table("sales", rows)
    case = case.with_table(
        "sources",
        [
            {"source": "us", "title": "us"},
            {"source": "good", "title": "g", "confidence": "A"},
            {"source": "bad", "title": "b", "confidence": "D"},
        ],
    )
    doubts = {one.key: one.doubt for one in uncertain_inputs(case) if one.table == "sales"}
    assert doubts == {"a 1": 0.1, "b 1": 1.0, "c 1": 0.5}


def test_yields_of_a_feed_keep_their_sum() -> None:
    case = small()
    one = next(one for one in uncertain_inputs(case) if one.table == "yields")
    moved = with_inputs(case, {one: 0.7})
    assert [row["yield"] for row in moved["yields"].records] == pytest.approx([0.7, 0.3])
    assert [row["yield"] for row in case["yields"].records] == [0.8, 0.2]


def test_cuts_stay_joined(karachi: Case) -> None:
    ends = {one.key: one for one in uncertain_inputs(karachi) if one.table == "cuts"}
    moved = with_inputs(
        karachi, {ends["cdu diesel"]: 338.0} if "cdu diesel" in ends else {_diesel(ends): 338.0}
    )
    rows = moved["cuts"].records
    for row, following in itertools.pairwise(rows):
        assert following["from_c"] == row["to_c"]
    assert 338.0 in [row["to_c"] for row in rows]


def _diesel(ends: dict[str, Uncertain]) -> Uncertain:
    return next(one for key, one in ends.items() if key.split()[-1] == "diesel")


@given(st.integers(1, 30), st.integers(0, 1000))
def test_a_latin_hypercube_takes_every_part_once(count: int, seed: int) -> None:
    inputs = uncertain_inputs(small())
    drawn = latin_hypercube(inputs, count, seed)
    assert drawn.shape == (count, len(inputs))
    for column, one in zip(drawn.T, inputs, strict=True):
        assert ((one.low <= column) & (column <= one.high)).all()
        parts = np.sort(_part(column, one))
        assert (np.floor(parts * count * (1 - 1e-12)) == np.arange(count)).all()
    assert (drawn == latin_hypercube(inputs, count, seed)).all()


def _part(value: np.ndarray, one: Uncertain) -> np.ndarray:
    """The part of a triangle below a value, from the textbook formula."""
    width, left, right = one.high - one.low, one.value - one.low, one.high - one.value
    below = (value - one.low) ** 2 / (width * left)
    above = 1.0 - (one.high - value) ** 2 / (width * right)
    return np.where(value < one.value, below, above)


def test_a_triangle_has_its_peak_where_it_is_stated() -> None:
    part = np.array([0.0, 0.25, 1.0])
    assert triangle(part, np.array(0.0), np.array(1.0), np.array(4.0)).tolist() == pytest.approx(
        [0.0, 1.0, 4.0]
    )
    assert triangle(part, np.array(0.0), np.array(0.0), np.array(1.0))[0] == 0.0
    assert triangle(np.array([0.0, 1.0]), np.array(0.0), np.array(1.0), np.array(1.0)).tolist() == [0.0, 1.0]


def test_a_spread_lies_within_what_the_ranges_allow() -> None:
    found = spread(small(), "crude", [50.0], count=40, jobs=1)
    # Worth is yield x price + (1 - yield) x 10: between 0.7 x 40 + 3 and 0.9 x 60 + 1.
    assert found.failed == 0
    assert found.samples.min() >= 31.0 - 1e-6
    assert found.samples.max() <= 55.0 + 1e-6
    low, middle, high = found.percentiles()[:, 1]
    assert low < middle < high
    assert middle == pytest.approx(42.0, abs=1.5)
    again = spread(small(), "crude", [50.0], count=40, jobs=1)
    assert (again.samples == found.samples).all()


def test_swings_by_hand() -> None:
    found = swings(small(), "crude", 50.0, 360.0, jobs=1)
    told = {one.input.table: one for one in found}
    assert (told["sales"].at_low, told["sales"].at_high) == pytest.approx((34.0, 50.0))
    assert (told["yields"].at_low, told["yields"].at_high) == pytest.approx((38.0, 46.0))
    assert told["sales"].at_stake == pytest.approx(16.0 * 360.0)
    assert found[0].input.table == "sales"


def with_costs(*items: tuple[str, float, str, float, float]) -> Case:
    """The small case with items of the offer: item, cost, uom, low, high."""
    rows = [
        {
            "offer": "spot",
            "item": item,
            "cost": cost,
            "cost_uom": unit,
            "low": low,
            "high": high,
            "status": "assumed",
            "source": "us",
        }
        for item, cost, unit, low, high in items
    ]
    return small().with_table("offer_costs", rows)


def swings_by_key(case: Case) -> dict[str, Swing]:
    return {one.input.key: one for one in swings(case, "crude", 50.0, 360.0, jobs=1)}


FREIGHT = ("freight", 5.0, "USD/t", 3.0, 8.0)
INSURANCE = ("insurance", 2.0, "%", 0.5, 4.0)


def test_a_freight_swings_the_break_even_by_its_whole_range() -> None:
    told = swings_by_key(with_costs(FREIGHT))
    freight = told["spot freight"]
    assert (freight.at_low, freight.at_high) == pytest.approx((39.0, 34.0))
    assert freight.width == pytest.approx(5.0)
    assert freight.at_stake == pytest.approx(5.0 * 360.0)
    assert (told["fuel 1"].at_low, told["fuel 1"].at_high) == pytest.approx((29.0, 45.0))


def test_items_in_per_cent_are_those_of_the_end_of_the_range() -> None:
    # Worth 42 at the gate: p (1 + share) + freight = 42.
    told = swings_by_key(with_costs(FREIGHT, INSURANCE))
    insurance, freight = told["spot insurance"], told["spot freight"]
    assert (insurance.at_low, insurance.at_high) == pytest.approx((37.0 / 1.005, 37.0 / 1.04))
    assert (freight.at_low, freight.at_high) == pytest.approx((39.0 / 1.02, 34.0 / 1.02))


def test_its_own_price_moves_no_break_even() -> None:
    case = with_costs(FREIGHT, INSURANCE)
    offer = {"offer": "spot", "stream": "crude", "price": 30.0, "low": 20.0, "high": 40.0, "source": "us"}
    told = swings_by_key(case.with_table("offers", [{**offer, "status": "assumed"}]))
    assert told["spot 1"].width == pytest.approx(0.0, abs=1e-9)
    assert told["spot 1"].at_low == pytest.approx(37.0 / 1.02)


def test_every_sample_has_its_own_freight_and_insurance() -> None:
    case = with_costs(FREIGHT, INSURANCE)
    inputs = uncertain_inputs(case)
    drawn = latin_hypercube(inputs, 8, 3)
    values = [dict(zip([one.name for one in inputs], row, strict=True)) for row in drawn.tolist()]
    by_hand = [
        (
            made["yields still normal crude fuel yield"] * made["sales fuel 1 price"]
            + (1.0 - made["yields still normal crude fuel yield"]) * 10.0
            - made["offer_costs spot freight cost"]
        )
        / (1.0 + made["offer_costs spot insurance cost"] / 100.0)
        for made in values
    ]
    found = spread(case, "crude", [50.0], count=8, seed=3, jobs=1)
    assert found.samples[:, 0] == pytest.approx(by_hand)
    assert found.samples[:, 1] == pytest.approx(by_hand)


def test_a_wider_freight_makes_a_wider_spread() -> None:
    def width(low: float, high: float) -> float:
        case = with_costs(("freight", 5.0, "USD/t", low, high))
        found = spread(case, "crude", [50.0], count=15, jobs=1).percentiles()
        return float(found[2, 1] - found[0, 1])

    assert width(-20.0, 30.0) > 1.8 * width(4.9, 5.1)


def test_tables_and_figures_tell_the_break_even_of_each_end() -> None:
    case = with_costs(FREIGHT, INSURANCE)
    found = curve(case, "crude", [50.0])
    told = swings(case, "crude", 50.0, 50.0, jobs=1)
    for row in swing_table(found, told, "USD").records():
        assert row["swing"] == pytest.approx(abs(row["break_even_at_low"] - row["break_even_at_high"]))
        assert row["swing"] > 0.5
    band = spread(case, "crude", [50.0], count=5, jobs=1)
    (row,) = [row for row in curve_table(found, "USD", band).records() if row["volume"] == 50.0]
    assert (row["p5"], row["p50"], row["p95"]) == pytest.approx(tuple(band.percentiles()[:, 1]))
    assert set(figures(found, "USD", band, told, "small")) == {"break_even_curve", "tornado"}


def test_a_volume_without_a_plan_has_no_percentiles() -> None:
    found = curve(small(), "crude", [50.0])
    band = Spread((0.0, 50.0), np.array([[42.0, np.nan]]), 1, 0)
    (row,) = [row for row in curve_table(found, "USD", band).records() if row["volume"] == 50.0]
    assert (row["p5"], row["p50"], row["p95"]) == (None, None, None)


def test_samples_without_a_plan_are_counted_not_hidden() -> None:
    samples = np.array([[1.0, np.nan], [2.0, 3.0], [3.0, 5.0]])
    found = Spread((0.0, 1.0), samples, 1, 0)
    assert found.failed == 1
    assert found.percentiles()[1].tolist() == [2.0, 4.0]
    nothing = Spread((0.0,), np.full((2, 1), np.nan), 1, 0)
    assert np.isnan(nothing.percentiles()).all()


def test_two_processes_give_what_one_gives() -> None:
    tasks = [float(k) for k in range(6)]
    alone = dict(run_all(abs, [-task for task in tasks], 1))
    both = dict(run_all(abs, [-task for task in tasks], 2))
    assert alone == both == dict(enumerate(tasks))


def test_whoever_stops_waits_for_no_task_that_has_begun() -> None:
    before = set(multiprocessing.active_children())
    found = run_all(time.sleep, [0.0, 3600.0, 3600.0], 2)
    assert next(found) == (0, None)
    found.close()  # type: ignore[attr-defined]
    for process in set(multiprocessing.active_children()) - before:
        process.join()
        assert process.exitcode != 0
